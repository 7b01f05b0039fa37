"""Activations of one number with their derivatives, and any of them over a vector."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from solvers import functions
from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.givens import Given, number, vector, word
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector, array, is_symbolic

Rule = Callable[..., Number]
ARGUMENT = number("x", "argument", "自变量")

# ------------------------------------------------------------------------------------------------------- the rules


def positive(x: Number) -> int:
    """1 above 0, else 0."""
    return 1 if x > 0 else 0


def softplus_of(x: Number, p: Number) -> Number:
    """ln(1 + e^(px)) / p, written so that neither tail overflows."""
    if p <= 0:
        raise Undefined("the sharpness must be above 0", "锐度参数必须大于 0")
    if is_symbolic(x):
        return functions.log(1 + functions.exp(p * x)) / p
    scaled = float(p * x)
    return (max(scaled, 0.0) + math.log1p(math.exp(-abs(scaled)))) / float(p)


def _elu_of(x: Number, p: Number) -> Number:
    return x if x > 0 else p * (functions.exp(x) - 1)


@dataclass(frozen=True)
class Curve:
    """An activation: value and slope, as formulas over `$x`, `$p` (its parameter) and `$value`, and as rules.

    `steepness` is the rule of the slope over x, p and value; `wrong_values` and `wrong_slopes` are what students take for them.
    """

    en: str
    zh: str
    symbol: str
    formula: str
    rule: Callable[[Number, Number], Number]
    slope: str
    steepness: Callable[[Number, Number, Number], Number]
    parameter: Given | None = None
    letter: str = ""
    wrong_values: dict[str, Rule] = field(default_factory=dict)
    wrong_slopes: dict[str, Rule] = field(default_factory=dict)


_SLOPE = number("a", "slope parameter", "斜率参数", default=1)
CURVES: dict[str, Curve] = {
    "sigmoid": Curve(
        "Logistic sigmoid with a slope parameter, and its derivative",
        "带斜率参数的 logistic sigmoid 函数及其导数",
        r"\sigma",
        r"\frac{1}{1 + e^{-$p $x}}",
        lambda x, p: functions.sigmoid(p * x),
        r"$p $value \left(1 - $value\right)",
        lambda _, p, value: p * value * (1 - value),
        _SLOPE,
        "a",
        {
            "activation/exponent-sign": lambda x, p: functions.sigmoid(-p * x),
            "activation/slope-ignored": functions.sigmoid,
        },
        {
            "activation/inner-derivative-missing": lambda value: value * (1 - value),
            "activation/formula-on-argument": lambda x, p: p * x * (1 - x),
            "activation/tanh-slope-for-sigmoid": lambda p, value: p * (1 - value**2),
            "activation/value-for-derivative": lambda value: value,
        },
    ),
    "tanh": Curve(
        "Hyperbolic tangent with a slope parameter, and its derivative",
        "带斜率参数的双曲正切函数及其导数",
        r"\tanh",
        r"\tanh\left($p $x\right)",
        lambda x, p: functions.tanh(p * x),
        r"$p \left(1 - $value^2\right)",
        lambda _, p, value: p * (1 - value**2),
        _SLOPE,
        "a",
        {"activation/sigmoid-for-tanh": lambda x, p: functions.sigmoid(p * x)},
        {
            "activation/sigmoid-slope-for-tanh": lambda p, value: p * value * (1 - value),
            "activation/not-squared": lambda p, value: p * (1 - value),
            "activation/formula-on-argument": lambda x, p: p * (1 - x * x),
            "activation/inner-derivative-missing": lambda value: 1 - value**2,
        },
    ),
    "relu": Curve(
        "Rectified linear unit and its derivative (0 at 0)",
        "ReLU 及其导数（在 0 处取 0）",
        r"\operatorname{ReLU}",
        r"\max\left(0, $x\right)",
        lambda x, _: x if x > 0 else 0,
        r"\max\left(0, \operatorname{sgn}\left($x\right)\right)",
        lambda x, _p, _value: positive(x),
        None,
        "",
        {"activation/absolute-value": lambda x: x if x > 0 else -x, "activation/identity-for-relu": lambda x: x},
        {"activation/value-for-derivative": lambda value: value, "activation/mask-inverted": lambda x: positive(-x)},
    ),
    "leaky_relu": Curve(
        "Leaky ReLU and its derivative",
        "LeakyReLU 及其导数",
        r"\operatorname{LeakyReLU}",
        r"\max\left(0, $x\right) + $p \min\left(0, $x\right)",
        lambda x, p: x if x > 0 else p * x,
        r"$p + \left(1 - $p\right) \max\left(0, \operatorname{sgn}\left($x\right)\right)",
        lambda x, p, _: 1 if x > 0 else p,
        number(r"\gamma", "slope for negative arguments", "负半轴的斜率", default=Fraction(1, 100)),
        "gamma",
        {
            "activation/relu-for-leaky": lambda x: x if x > 0 else 0,
            "activation/leak-without-sign": lambda x, p: x if x > 0 else -p * x,
            "activation/leak-as-constant": lambda x, p: x if x > 0 else -p,
        },
        {
            "activation/relu-slope-for-leaky": positive,
            "activation/value-for-derivative": lambda value: value,
        },
    ),
    "elu": Curve(
        "Exponential linear unit and its derivative",
        "ELU 及其导数",
        r"\operatorname{ELU}",
        r"\max\left(0, $x\right) + $p \left(e^{\min\left(0, $x\right)} - 1\right)",
        _elu_of,
        r"\max\left(0, \operatorname{sgn}\left($x\right)\right) + "
        r"\left(1 - \max\left(0, \operatorname{sgn}\left($x\right)\right)\right) \left($value + $p\right)",
        lambda x, p, value: 1 if x > 0 else value + p,
        number(r"\alpha", "minus the limit for very negative arguments", "负半轴饱和值的相反数", default=1),
        "alpha",
        {
            "activation/minus-one-forgotten": lambda x, p: x if x > 0 else p * functions.exp(x),
            "activation/parameter-on-exponential-only": lambda x, p: x if x > 0 else p * functions.exp(x) - 1,
            "activation/relu-for-leaky": lambda x: x if x > 0 else 0,
        },
        {
            "activation/value-for-derivative": lambda value: value,
            "activation/parameter-dropped": lambda x: 1 if x > 0 else functions.exp(x),
        },
    ),
    "softplus": Curve(
        "Softplus and its derivative",
        "softplus 函数及其导数",
        r"\operatorname{softplus}",
        r"\frac{\ln\left(1 + e^{$p $x}\right)}{$p}",
        softplus_of,
        r"\frac{1}{1 + e^{-$p $x}}",
        lambda x, p, _: functions.sigmoid(p * x),
        number(r"\beta", "sharpness", "锐度参数", default=1),
        "beta",
        {"activation/one-forgotten": lambda x: x, "activation/exponent-sign": lambda x, p: softplus_of(-x, p)},
        {
            "activation/logarithm-only": lambda x, p: divided(1, 1 + functions.exp(p * x)),
            "activation/relu-slope-for-softplus": positive,
        },
    ),
    "silu": Curve(
        "SiLU (swish) and its derivative",
        "SiLU（swish）函数及其导数",
        r"\operatorname{SiLU}",
        r"\frac{$x}{1 + e^{-$p $x}}",
        lambda x, p: x * functions.sigmoid(p * x),
        r"$p $value + \frac{1}{1 + e^{-$p $x}} \left(1 - $p $value\right)",
        lambda x, p, value: p * value + functions.sigmoid(p * x) * (1 - p * value),
        number(r"\beta", "sharpness", "锐度参数", default=1),
        "beta",
        {"activation/exponent-sign": lambda x, p: x * functions.sigmoid(-p * x)},
        {"activation/product-rule-forgotten": lambda x, p: functions.sigmoid(p * x)},
    ),
}

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
    }[name]()


def _with_slope(name: str, x: Number, p: Number) -> dict[str, Any]:
    import torch

    at = torch_tensor(x).requires_grad_()
    value = torch_value(name, at, float(p))
    (slope,) = torch.autograd.grad(value, at)
    return {"value": value.item(), "derivative": slope.item()}


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
    en="Derivative by the argument",
    zh="对自变量的导数",
    inputs={"p": "gamma"},
    final=True,
)(lambda x, p: 1 if x > 0 else p)


@prelu.step(r"$g \min\left(0, $x\right)", symbol=r"\frac{\partial L}{\partial \gamma}", zh="损失对斜率的梯度")
def slope_gradient(g: Number, x: Number) -> Number:
    """Gradient of the loss by the learnt slope."""
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
    readable = r"\min" not in curve.formula  # which our reader takes for one number, the smallest of all
    formula = (
        curve.formula.replace("$p ", default).replace("$p", "1") if readable else rf"{curve.symbol}\left($x\right)"
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

    @d.misconception("activation/value-for-derivative", replaces="derivatives")
    def _(values: Vector) -> Vector:
        return values

    if function == "relu":
        d.misconception("activation/absolute-value", replaces="values")(lambda x: array([abs(n) for n in x]))
        d.misconception("activation/mask-inverted", replaces="derivatives")(lambda x: array([positive(-n) for n in x]))

    @d.oracle
    def _(x: Vector, function: str) -> dict[str, Any]:
        import torch

        at = torch_tensor(x).requires_grad_()
        values = torch_value(function, at, float(DEFAULTS[function]))
        (slopes,) = torch.autograd.grad(values.sum(), at)
        return {"values": values.detach(), "derivatives": slopes}

    return d


elementwise = Family("activation.elementwise", _elementwise, lambda givens: (givens["function"],), smallest=("relu",))
