"""Adam and AdamW: moving averages of gradients and squares, their corrections, and the step."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from solvers.functions import sqrt
from solvers.givens import Given, integer, number
from solvers.optimisers import oracle, rules
from solvers.optimisers.settings import LISTED, LISTED_VECTOR, PARABOLA, QUADRATIC, Setting, Step
from solvers.optimisers.unrolling import Method, epsilon, family, rate_given, share
from solvers.values import Number, Value

_THOUSANDTH, _HUNDREDTH = Fraction(1, 1000), Fraction(1, 100)


# ---------------------------------------------------------------------------------------------------- Adam and AdamW


def _adam_givens(setting: Setting) -> dict[str, Given]:
    return {
        "lr": rate_given(_THOUSANDTH),
        "beta1": share(r"\beta_1", "decay of the average of gradients", "一阶矩的衰减率", Fraction(9, 10)),
        "beta2": share(r"\beta_2", "decay of the average of squares", "二阶矩的衰减率", Fraction(999, 1000)),
        "eps": epsilon(1e-8),
        "m": setting.state("m_0", "first moment before the first step", "起始一阶矩"),
        "v": setting.state("v_0", "second moment before the first step", "起始二阶矩"),
        "t": integer("t_0", "steps already taken", "此前已走的步数", default=0, least=0),
    }


def _adamw_givens(setting: Setting) -> dict[str, Given]:
    return {
        **_adam_givens(setting),
        "decay": number(r"\lambda", "weight decay", "权重衰减系数", default=_HUNDREDTH, least=0),
    }


def _corrected(number: int) -> Callable[..., Value]:
    """The rule of the step with this number; the steps taken before count as well."""

    def rule(moment: Value, beta: Number, t: int) -> Value:
        return rules.corrected(moment, beta, t + number)

    return rule


def _multiplied(number: int) -> Callable[..., Value]:
    """The correction as a factor: wrong, it makes a small moment smaller."""

    def rule(moment: Value, beta: Number, t: int) -> Value:
        return moment * (1 - beta ** (t + number))

    return rule


def _corrected_by_power(number: int) -> Callable[..., Value]:
    """The power of the whole difference: wrong."""

    def rule(moment: Value, beta: Number, t: int) -> Value:
        return moment / (1 - beta) ** (t + number)

    return rule


def _corrected_one_on(number: int) -> Callable[..., Value]:
    """The correction of the step that follows: wrong."""
    return _corrected(number + 1)


def _epsilon_corrected(number: int) -> Callable[..., Value]:
    """Epsilon added to the root before the correction, which then enlarges it too."""

    def rule(*, w: Value, g: Value, square: Value, lr: Number, eps: Number, beta: Number, t: int) -> Value:
        return rules.scaled(w, g, square, lr, eps / sqrt(1 - beta ** (t + number)))

    return rule


def _add_adam(step: Step, nothing: bool, taken: int) -> None:
    step.add_gradient()
    _add_adam_moments(step, taken)
    _add_adam_step(step, nothing, step.names()["w"])


def _add_adamw(step: Step, nothing: bool, taken: int) -> None:
    step.add_gradient()
    step.add("decayed", r"(1 - $lr $decay) $w", r"\bar{w}", "Decayed parameter", "衰减后的参数", _decayed)
    step.wrong("decay-without-rate", "decayed", _decayed_unscaled)
    step.wrong("decay-left-out", "decayed", rules.not_looked_ahead)
    _add_adam_moments(step, taken)
    step.wrong("decay-in-gradient", "decayed", rules.not_looked_ahead)
    for place, squares in (("first", False), ("second", True)):
        named = {"beta": "beta2" if squares else "beta1", "old": step.names()[f"old_{place}_moment"]}
        step.wrong("decay-in-gradient", f"{place}_moment", _square_of_both if squares else _moment_of_both, **named)
    _add_adam_step(step, nothing, f"decayed_{step.number}")


def _add_adam_moments(step: Step, taken: int) -> None:
    time = taken + step.number
    for place, squares, symbol, en, zh in (
        ("first", False, "m", "First moment", "一阶矩"),
        ("second", True, "v", "Second moment", "二阶矩"),
    ):
        beta = "beta2" if squares else "beta1"
        named = {"beta": beta, "old": step.names()[f"old_{place}_moment"], "moment": f"{place}_moment_{step.number}"}
        gradient = step.setting.squared(step.g) if squares else step.g
        right, exchanged = (_square_moment, _square_moment_swapped) if squares else (rules.moment, rules.moment_swapped)
        formula = f"$beta $old + (1 - $beta) {gradient}"
        step.add(f"{place}_moment", formula, symbol, en, zh, right, inputs=named)
        step.wrong("weights-swapped", f"{place}_moment", exchanged, **named)
        if step.number > 1:
            start = step.started[f"{place}_moment"]
            step.wrong("memory-lost", f"{place}_moment", right, **{**named, "old": start})
            corrected = f"{place}_corrected_{step.number - 1}"
            step.wrong("corrected-carried", f"{place}_moment", right, **{**named, "old": corrected})
        step.add(
            f"{place}_corrected",
            rf"\frac{{$moment}}{{1 - $beta^{{{time}}}}}",
            rf"\hat{{{symbol}}}",
            f"{en}, corrected,",
            f"{zh}的修正值",
            _corrected(step.number),
            inputs=named,
        )
        step.wrong("no-bias-correction", f"{place}_corrected", rules.uncorrected, **named)
        if time > 1:
            step.wrong("exponent-forgotten", f"{place}_corrected", rules.corrected_once, **named)
            step.wrong("correction-power-outside", f"{place}_corrected", _corrected_by_power(step.number), **named)
        step.wrong("correction-multiplied", f"{place}_corrected", _multiplied(step.number), **named)
        step.wrong("correction-one-step-on", f"{place}_corrected", _corrected_one_on(step.number), **named)
    named = {"beta": "beta2", "old": step.names()["old_second_moment"]}
    step.wrong("not-squared", "second_moment", rules.moment, **named)


def _add_adam_step(step: Step, nothing: bool, start: str) -> None:
    names = {
        "w": start,
        "g": f"first_corrected_{step.number}",
        "square": f"second_corrected_{step.number}",
    }
    divisor = r"\sqrt{$square}" if nothing else r"\sqrt{$square} + $eps"
    step.add("w", rf"$w - \frac{{$lr $g}}{{{divisor}}}", "w", "Parameter", "参数", rules.scaled, inputs=names)
    step.wrong("root-forgotten", "w", rules.scaled_without_root, **names)
    if not nothing:
        step.wrong("epsilon-under-root", "w", rules.scaled_inside, **names)
        step.wrong("epsilon-left-out", "w", rules.scaled_without_epsilon, **names)
        step.wrong("epsilon-before-correction", "w", _epsilon_corrected(step.number), **names, beta="beta2")
    step.wrong("ascent", "w", rules.scaled_ascent, **names)
    step.wrong("not-scaled", "w", rules.descend)


def _moment_of_both(old: Value, w: Value, g: Value, beta: Number, decay: Number) -> Value:
    """The decay as a part of the gradient: L2 regularisation, which AdamW is not."""
    return rules.moment(old, g + decay * w, beta)


def _square_of_both(old: Value, w: Value, g: Value, beta: Number, decay: Number) -> Value:
    return _square_moment(old, g + decay * w, beta)


def _square_moment(old: Value, g: Value, beta: Number) -> Value:
    return rules.moment(old, g * g, beta)


def _square_moment_swapped(old: Value, g: Value, beta: Number) -> Value:
    return rules.moment_swapped(old, g * g, beta)


def _decayed(w: Value, lr: Number, decay: Number) -> Value:
    return (1 - lr * decay) * w


def _decayed_unscaled(w: Value, decay: Number) -> Value:
    return (1 - decay) * w


_MOMENTS = {"first_moment": "m", "second_moment": "v"}
_ADAM = Method(
    "adam",
    "Adam",
    "Adam 算法",
    _adam_givens,
    _add_adam,
    _MOMENTS,
    oracle.adam,
    lambda givens: (givens["eps"] == 0, givens["t"]),
    (False, 0),
)
_ADAMW = Method(
    "adamw",
    "AdamW, Adam with decoupled weight decay",
    "AdamW 算法（解耦权重衰减的 Adam）",
    _adamw_givens,
    _add_adamw,
    _MOMENTS,
    oracle.adamw,
    lambda givens: (givens["eps"] == 0, givens["t"]),
    (False, 0),
)

adam, adam_vector = family(_ADAM, LISTED), family(_ADAM, LISTED_VECTOR)
adam_parabola, adam_quadratic = family(_ADAM, PARABOLA), family(_ADAM, QUADRATIC)
adamw, adamw_vector = family(_ADAMW, LISTED), family(_ADAMW, LISTED_VECTOR)
adamw_parabola, adamw_quadratic = family(_ADAMW, PARABOLA), family(_ADAMW, QUADRATIC)
