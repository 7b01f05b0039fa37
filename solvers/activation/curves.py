"""Activations of one number with their derivatives, and any of them over a vector."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.activation.catalogue import CURVES, positive
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import number, vector, word
from solvers.oracles import torch_tensor
from solvers.rules import parameters_of
from solvers.values import Number, Vector, array

ARGUMENT = number("x", "argument", "自变量")

# --------------------------------------------------------------------------------------------------- one derivation each


def torch_value(name: str, x: Any, p: float) -> Any:
    """The activation by PyTorch's own function."""
    import torch
    from torch.nn import functional

    return {
        "sigmoid": lambda: torch.sigmoid(p * x),
        "tanh": lambda: torch.tanh(p * x),
        "relu": lambda: functional.relu(x),
        "leaky_relu": lambda: functional.prelu(x.reshape(-1), torch.tensor([p], dtype=x.dtype)).reshape(x.shape),
        "elu": lambda: functional.elu(x, p),
        "softplus": lambda: functional.softplus(p * x, threshold=700) / p,
        "silu": lambda: functional.silu(p * x) / p if p else x / 2,
        "gelu": lambda: functional.gelu(x),
        "gelu_tanh": lambda: functional.gelu(x, approximate="tanh"),
    }[name]()


def _with_slope(name: str, x: Number, p: Number) -> dict[str, Any]:
    import torch

    at = torch_tensor(x).requires_grad_()
    value = torch_value(name, at, float(p))
    (slope,) = torch.autograd.grad(value, at)
    return {"value": value.item(), "derivative": slope.item()}


def _slope_from_zero(x: Number) -> int:
    return 1 if x >= 0 else 0


def _curve(name: str) -> Derivation:
    curve = CURVES[name]
    extra = {curve.letter: curve.parameter} if curve.parameter else {}
    d = Derivation(f"activation.{name}", curve.en, curve.zh, x=ARGUMENT, **extra)
    shown = {"p": curve.letter} if curve.parameter else {}

    def value(x: Number, p: Number) -> Number:
        return curve.rule(x, p)

    def slope(x: Number, p: Number, value: Number) -> Number:
        return curve.steepness(x, p, value)

    d.step(
        curve.formula,
        symbol=f"{curve.symbol}(x)",
        name="value",
        en="Value of the activation",
        zh="激活函数的值",
        inputs=shown,
    )(value if curve.parameter else lambda x: value(x, 1))
    d.step(curve.slope, symbol=f"{curve.symbol}'(x)", name="derivative", en="Derivative", zh="导数", inputs=shown)(
        slope if curve.parameter else lambda x, value: slope(x, 1, value)
    )
    if name == "relu":
        d.convention("convention/relu-slope-at-zero", replaces="derivative")(_slope_from_zero)
    for wrong, step in ((curve.wrong_values, "value"), (curve.wrong_slopes, "derivative")):
        for id, rule in wrong.items():
            d.misconception(id, replaces=step, inputs=shown)(rule)

    @d.oracle
    def _(x: Number, **parameter: Number) -> dict[str, Any]:
        return _with_slope(name, x, next(iter(parameter.values()), 1))

    return d


sigmoid = _curve("sigmoid")
tanh = _curve("tanh")
relu = _curve("relu")
leaky_relu = _curve("leaky_relu")
elu = _curve("elu")
softplus = _curve("softplus")
silu = _curve("silu")
gelu = _curve("gelu")
gelu_tanh = _curve("gelu_tanh")

# ------------------------------------------------------------------------------- PReLU: the leak is learnt, too

prelu = Derivation(
    "activation.prelu",
    "Parametric ReLU: value, derivative, and one step of its learnt slope",
    "PReLU：函数值、导数，以及可学习斜率的一次更新",
    x=ARGUMENT,
    gamma=number(r"\gamma", "learnt slope for negative arguments", "负半轴的可学习斜率", default=Fraction(1, 4)),
    g=number("g", "gradient that arrives at the output", "传到输出的梯度", default=1),
    rate=number(r"\eta", "learning rate", "学习率", default=Fraction(1, 10)),
)
prelu.step(
    CURVES["leaky_relu"].formula,
    symbol="f(x)",
    name="value",
    en="Value",
    zh="函数值",
    inputs={"p": "gamma"},
    final=True,
)(lambda x, p: x if x > 0 else p * x)
prelu.step(
    CURVES["leaky_relu"].slope,
    symbol="f'(x)",
    name="derivative",
    en="Derivative with respect to the argument",
    zh="对自变量的导数",
    inputs={"p": "gamma"},
    final=True,
)(lambda x, p: 1 if x > 0 else p)


@prelu.step(r"$g \min\left(0, $x\right)", symbol=r"\frac{\partial L}{\partial \gamma}", zh="损失对斜率的梯度")
def slope_gradient(g: Number, x: Number) -> Number:
    """Gradient of the loss with respect to the learnt slope."""
    return g * min(x, 0)


@prelu.step(r"$gamma - $rate $slope_gradient", symbol=r"\gamma^{\text{new}}", zh="更新后的斜率")
def slope_updated(gamma: Number, rate: Number, slope_gradient: Number) -> Number:
    """Slope after the step."""
    return gamma - rate * slope_gradient


prelu.misconception("activation/slope-gradient-for-argument", replaces="slope_gradient")(lambda g, gamma: g * gamma)
prelu.misconception("activation/uphill", replaces="slope_updated")(
    lambda gamma, rate, slope_gradient: gamma + rate * slope_gradient
)
prelu.misconception("activation/relu-for-leaky", replaces="value")(lambda x: max(x, 0))
prelu.misconception("activation/relu-slope-for-leaky", replaces="derivative")(positive)


@prelu.oracle
def _(x: Number, gamma: Number, g: Number, rate: Number) -> dict[str, Any]:
    import torch

    at, leak = torch_tensor(x).reshape(1).requires_grad_(), torch_tensor(gamma).reshape(1).requires_grad_()
    value = torch.nn.functional.prelu(at, leak)
    slope, learnt = torch.autograd.grad(value, [at, leak])
    leak.grad = learnt * float(g)
    gradient = leak.grad.item()
    torch.optim.SGD([leak], lr=float(rate)).step()
    return {
        "value": value.item(),
        "derivative": slope.item(),
        "slope_gradient": gradient,
        "slope_updated": leak.item(),
    }


# -------------------------------------------------------------------------------------------------- over a vector

DEFAULTS = {name: curve.parameter.default if curve.parameter else 1 for name, curve in CURVES.items()}


_OF_THE_PARAMETER = {
    "activation/slope-ignored",
    "activation/inner-derivative-missing",
    "activation/parameter-dropped",
    "activation/parameter-on-exponential-only",
}
"""What goes wrong with a parameter that is 1 here and changes nothing then."""


def _each(rule: Callable[..., Number], function: str, *, slope: bool) -> Callable[..., Vector]:
    """A wrong rule for one number, for every element of a vector."""
    wanted = parameters_of(rule)

    def of_values(x: Vector) -> Vector:
        given = [{"x": number, "p": DEFAULTS[function]} for number in x]
        return array([rule(*(known[name] for name in wanted)) for known in given])

    def of_slopes(x: Vector, values: Vector) -> Vector:
        pairs = zip(x, values, strict=True)
        given = [{"x": number, "p": DEFAULTS[function], "value": value} for number, value in pairs]
        return array([rule(*(known[name] for name in wanted)) for known in given])

    return of_slopes if slope else of_values


def _elementwise(function: str) -> Derivation:
    curve = CURVES[function]
    d = Derivation(
        "activation.elementwise",
        "An activation and its derivative for every element of a vector",
        "激活函数及其导数（逐元素）",
        x=vector("x", "arguments", "自变量", axes=("d",)),
        function=word("f", "activation", "激活函数", words=tuple(CURVES), default="relu"),
    )
    default = "0.01" if function == "leaky_relu" else ""
    formula = (
        curve.formula.replace("$p ", default).replace("$p", "1")
        if curve.of_vectors
        else rf"{curve.symbol}\left($x\right)"
    )

    @d.step(
        formula,
        symbol=f"{curve.symbol}(x)",
        name="values",
        en="Value for each element",
        zh="各元素的函数值",
    )
    def _(x: Vector, function: str) -> Vector:
        return array([CURVES[function].rule(number, DEFAULTS[function]) for number in x])

    @d.step(
        rf"{curve.symbol}'\left($x\right)",
        symbol="f'(x)",
        name="derivatives",
        en="Derivative for each element",
        zh="各元素的导数",
    )
    def _(x: Vector, values: Vector, function: str) -> Vector:
        p = DEFAULTS[function]
        return array([CURVES[function].steepness(number, p, value) for number, value in zip(x, values, strict=True)])

    for wrong, step in ((curve.wrong_values, "values"), (curve.wrong_slopes, "derivatives")):
        for id, rule in wrong.items():
            if id not in _OF_THE_PARAMETER:
                d.misconception(id, replaces=step)(_each(rule, function, slope=step == "derivatives"))
    if function == "relu":
        d.convention("convention/relu-slope-at-zero", replaces="derivatives")(
            lambda x: array([_slope_from_zero(n) for n in x])
        )

    @d.oracle
    def _(x: Vector, function: str) -> dict[str, Any]:
        import torch

        at = torch_tensor(x).requires_grad_()
        values = torch_value(function, at, float(DEFAULTS[function]))
        (slopes,) = torch.autograd.grad(values.sum(), at)
        return {"values": values.detach(), "derivatives": slopes}

    return d


elementwise = Family("activation.elementwise", _elementwise, lambda givens: (givens["function"],), smallest=("relu",))
