"""The optimisers step by step: each for listed gradients and for functions whose gradients are worked out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction

from solvers.givens import Given, word
from solvers.optimisers import oracle, rules
from solvers.optimisers.settings import LISTED, LISTED_VECTOR, PARABOLA, QUADRATIC, Rule, Setting, Step
from solvers.optimisers.unrolling import Method, epsilon, family, rate_given, share
from solvers.values import Value

_THOUSANDTH, _HUNDREDTH = Fraction(1, 1000), Fraction(1, 100)


# -------------------------------------------------------------------------------------------------- gradient descent


def _descent_givens(_: Setting) -> dict[str, Given]:
    return {"lr": rate_given(Fraction(1, 10))}


def _no_options(_: Mapping[str, Value]) -> tuple[Hashable, ...]:
    return ()


def _add_descent(step: Step) -> None:
    step.add_gradient()
    step.add("w", f"$w - $lr {step.g}", "w", "Parameter", "参数", rules.descend)
    step.wrong("ascent", "w", rules.ascend)
    step.wrong("rate-left-out", "w", rules.descend_unscaled)


_DESCENT = Method(
    "gradient_descent",
    "Gradient descent",
    "梯度下降",
    _descent_givens,
    _add_descent,
    {},
    oracle.gradient_descent,
    _no_options,
    (),
)

# --------------------------------------------------------------------------------------------------------- momentum

FORMS = ("accumulate", "velocity", "average")


def _momentum_givens(setting: Setting) -> dict[str, Given]:
    return {
        "lr": rate_given(Fraction(1, 10)),
        "mu": share(r"\mu", "momentum coefficient", "动量系数", Fraction(9, 10)),
        "v": setting.state("v_0", "velocity before the first step", "起始速度"),
        "form": word(
            r"\text{form}",
            "accumulate for v = mu v + g, w - lr v (PyTorch); velocity for v = mu v - lr g, w + v; average for v = mu v + (1 - mu) g, w - lr v",
            "accumulate：v = mu v + g，w - lr v（PyTorch）；velocity：v = mu v - lr g，w + v；average：v = mu v + (1 - mu) g，w - lr v",
            words=FORMS,
            default="accumulate",
        ),
    }


def _add_momentum(step: Step, form: str) -> None:
    step.add_gradient()
    shapes: dict[str, tuple[str, Rule, Rule]] = {
        "accumulate": (f"$mu $old_velocity + {step.g}", rules.accumulated, rules.swapped),
        "velocity": (f"$mu $old_velocity - $lr {step.g}", rules.moved, rules.moved_swapped),
        "average": (rf"$mu $old_velocity + (1 - $mu) {step.g}", rules.averaged, rules.averaged_swapped),
    }
    formula, right, exchanged = shapes[form]
    step.add("velocity", formula, "v", "Velocity", "速度", right, chosen_by="form")
    step.wrong("weights-swapped", "velocity", exchanged)
    step.forgets("velocity", right)
    if form == "accumulate":
        step.under_another("momentum-averages", "velocity", rules.averaged)
    if form == "average":
        step.wrong("sum-for-average", "velocity", rules.accumulated)
    if form == "velocity":
        step.add("w", "$w + $velocity", "w", "Parameter", "参数", rules.along_velocity)
        step.wrong("ascent", "w", rules.against_velocity)
        return
    step.add("w", "$w - $lr $g", "w", "Parameter", "参数", rules.descend, inputs={"g": f"velocity_{step.number}"})
    if form == "accumulate":
        step.under_another("velocity-with-rate", "velocity", rules.moved)
        step.under_another("velocity-with-rate", "w", rules.along_velocity)
    step.wrong("ascent", "w", rules.ascend, g=f"velocity_{step.number}")
    step.wrong("rate-left-out", "w", rules.descend_unscaled, g=f"velocity_{step.number}")
    step.wrong("velocity-unused", "w", rules.descend)


_MOMENTUM = Method(
    "momentum",
    "Gradient descent with momentum",
    "动量法",
    _momentum_givens,
    _add_momentum,
    {"velocity": "v"},
    oracle.momentum,
    lambda givens: (givens["form"],),
    ("accumulate",),
)

# --------------------------------------------------------------------------------------------------------- Nesterov


def _nesterov_givens(setting: Setting) -> dict[str, Given]:
    return {
        **_momentum_givens(setting),
        "form": word(
            r"\text{form}",
            "lookahead for the gradient at w + mu v, v = mu v - lr g, w + v; pytorch for v = mu v + g, w - lr (g + mu v)",
            "lookahead：在 w + mu v 处求梯度，v = mu v - lr g，w + v；pytorch：v = mu v + g，w - lr (g + mu v)",
            words=("lookahead", "pytorch"),
            default="lookahead",
        ),
    }


def _add_nesterov(step: Step, form: str) -> None:
    if form == "pytorch":
        step.add_gradient()
        step.add(
            "velocity", f"$mu $old_velocity + {step.g}", "v", "Velocity", "速度", rules.accumulated, chosen_by="form"
        )
        step.forgets("velocity", rules.accumulated)
        step.under_another("momentum-averages", "velocity", rules.averaged)
        step.add("direction", f"{step.g} + $mu $velocity", "d", "Direction", "更新方向", rules.nesterov_direction)
        step.wrong("no-lookahead", "direction", rules.plain_direction)
        name = f"direction_{step.number}"
        step.add("w", "$w - $lr $g", "w", "Parameter", "参数", rules.descend, inputs={"g": name})
        step.wrong("ascent", "w", rules.ascend, g=name)
        step.wrong("rate-left-out", "w", rules.descend_unscaled, g=name)
        return
    step.add(
        "lookahead",
        "$w + $mu $old_velocity",
        r"\tilde{w}",
        "Look-ahead point",
        "前瞻点",
        rules.looked_ahead,
        final=True,
    )
    step.add_gradient("lookahead")
    step.wrong("no-lookahead", "lookahead", rules.not_looked_ahead)
    step.add("velocity", f"$mu $old_velocity - $lr {step.g}", "v", "Velocity", "速度", rules.moved, chosen_by="form")
    step.forgets("velocity", rules.moved)
    step.add("w", "$w + $velocity", "w", "Parameter", "参数", rules.along_velocity)
    step.wrong("ascent", "w", rules.against_velocity)
    step.wrong("moved-twice-ahead", "w", rules.along_and_ahead)


_NESTEROV = Method(
    "nesterov",
    "Nesterov's accelerated gradient",
    "Nesterov 加速梯度法",
    _nesterov_givens,
    _add_nesterov,
    {"velocity": "v"},
    oracle.nesterov,
    lambda givens: (givens["form"],),
    ("lookahead",),
)

# ------------------------------------------------------------------------------------------------ Adagrad and RMSprop

_PLACE = word(
    r"\text{place}",
    "where epsilon stands: outside the root (PyTorch) or inside",
    "ε 的位置：outside 在根号外（PyTorch），inside 在根号内",
    words=("outside", "inside"),
    default="outside",
)


def _add_scaled(step: Step, square: str, place: str, nothing: bool) -> None:
    root = r"\sqrt{$square}" if nothing else r"\sqrt{$square + $eps}" if place == "inside" else r"\sqrt{$square} + $eps"
    named = {"square": f"{square}_{step.number}"}
    right = rules.scaled_inside if place == "inside" else rules.scaled
    formula = rf"$w - \frac{{$lr}}{{{root}}}{step.setting.times}{step.g}"
    step.add("w", formula, "w", "Parameter", "参数", right, inputs=named, chosen_by="place")
    if not nothing:
        other = rules.scaled if place == "inside" else rules.scaled_inside
        step.under_another("epsilon-across-the-root", "w", other, **named)
        step.wrong("epsilon-left-out", "w", rules.scaled_without_epsilon, **named)
    step.wrong("root-forgotten", "w", rules.scaled_without_root, **named)
    step.wrong("ascent", "w", rules.scaled_ascent, **named)
    step.wrong("not-scaled", "w", rules.descend)


def _adagrad_givens(setting: Setting) -> dict[str, Given]:
    return {
        "lr": rate_given(_HUNDREDTH),
        "eps": epsilon(1e-10),
        "place": _PLACE,
        "s": setting.state("s_0", "sum of squares before the first step", "起始平方和"),
    }


def _add_adagrad(step: Step, place: str, nothing: bool) -> None:
    step.add_gradient()
    formula = "$old_square_sum + " + step.setting.squared(step.g)
    step.add("square_sum", formula, "s", "Sum of squared gradients", "梯度平方和", rules.summed_squares)
    step.wrong("not-squared", "square_sum", rules.summed)
    step.wrong("sum-squared", "square_sum", rules.square_of_sum)
    step.forgets("square_sum", rules.summed_squares)
    _add_scaled(step, "square_sum", place, nothing)


_ADAGRAD = Method(
    "adagrad",
    "Adagrad",
    "Adagrad 算法",
    _adagrad_givens,
    _add_adagrad,
    {"square_sum": "s"},
    oracle.adagrad,
    lambda givens: (givens["place"], givens["eps"] == 0),
    ("outside", False),
)


def _rmsprop_givens(setting: Setting) -> dict[str, Given]:
    return {
        "lr": rate_given(_HUNDREDTH),
        "rho": share(
            r"\rho",
            "decay of the average of squares (0.99 in PyTorch)",
            "平方平均的衰减率（PyTorch 为 0.99）",
            Fraction(99, 100),
        ),
        "eps": epsilon(1e-8),
        "place": _PLACE,
        "s": setting.state("s_0", "average of squares before the first step", "起始平方平均"),
    }


def _add_rmsprop(step: Step, place: str, nothing: bool) -> None:
    step.add_gradient()
    formula = rf"$rho $old_square_average + (1 - $rho) {step.setting.squared(step.g)}"
    step.add(
        "square_average", formula, "s", "Average of squared gradients", "梯度平方的滑动平均", rules.averaged_squares
    )
    step.wrong("not-squared", "square_average", rules.averaged_gradients)
    step.wrong("weights-swapped", "square_average", rules.averaged_squares_swapped)
    step.wrong("sum-for-average", "square_average", rules.squares_in_full)
    step.forgets("square_average", rules.averaged_squares)
    _add_scaled(step, "square_average", place, nothing)


_RMSPROP = Method(
    "rmsprop",
    "RMSprop",
    "RMSprop 算法",
    _rmsprop_givens,
    _add_rmsprop,
    {"square_average": "s"},
    oracle.rmsprop,
    lambda givens: (givens["place"], givens["eps"] == 0),
    ("outside", False),
)

# --------------------------------------------------------------------------------------------------------- the families

gradient_descent, gradient_descent_vector = family(_DESCENT, LISTED), family(_DESCENT, LISTED_VECTOR)
gradient_descent_parabola, gradient_descent_quadratic = family(_DESCENT, PARABOLA), family(_DESCENT, QUADRATIC)
momentum, momentum_vector = family(_MOMENTUM, LISTED), family(_MOMENTUM, LISTED_VECTOR)
momentum_parabola, momentum_quadratic = family(_MOMENTUM, PARABOLA), family(_MOMENTUM, QUADRATIC)
nesterov, nesterov_vector = family(_NESTEROV, LISTED), family(_NESTEROV, LISTED_VECTOR)
nesterov_parabola, nesterov_quadratic = family(_NESTEROV, PARABOLA), family(_NESTEROV, QUADRATIC)
adagrad, adagrad_vector = family(_ADAGRAD, LISTED), family(_ADAGRAD, LISTED_VECTOR)
adagrad_parabola, adagrad_quadratic = family(_ADAGRAD, PARABOLA), family(_ADAGRAD, QUADRATIC)
rmsprop, rmsprop_vector = family(_RMSPROP, LISTED), family(_RMSPROP, LISTED_VECTOR)
rmsprop_parabola, rmsprop_quadratic = family(_RMSPROP, PARABOLA), family(_RMSPROP, QUADRATIC)
