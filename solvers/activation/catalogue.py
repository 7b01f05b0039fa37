"""The activations: value and slope of each, as formulas and as rules, and what students take for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from solvers import functions
from solvers.expression.arithmetic import divided
from solvers.givens import Given, number
from solvers.trace import Undefined
from solvers.values import Number, as_float, is_symbolic

Rule = Callable[..., Number]

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


def _below(x: Number) -> Number:
    """The share of the standard normal distribution below x."""
    if is_symbolic(x):
        import sympy

        return (1 + sympy.erf(x / sympy.sqrt(2))) / 2
    return Fraction(1, 2) if x == 0 else (1 + math.erf(as_float(x) / math.sqrt(2))) / 2


def _density(x: Number) -> Number:
    return functions.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _bent(x: Number) -> Number:
    return functions.tanh(math.sqrt(2 / math.pi) * (x + CUBIC * x**3)) if x != 0 else 0


def _slope_of_bent(x: Number) -> Number:
    return (1 - _bent(x) ** 2) * math.sqrt(2 / math.pi) * (1 + 3 * CUBIC * x * x)


CUBIC = Fraction("0.044715")


@dataclass(frozen=True)
class Curve:
    """An activation: value and slope, as formulas over `$x`, `$p` (its parameter) and `$value`, and as rules.

    `of_vectors`: whether the value's formula, with a vector in it, means each element.

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
    of_vectors: bool = True
    wrong_values: dict[str, Rule] = field(default_factory=dict)
    wrong_slopes: dict[str, Rule] = field(default_factory=dict)


_INNER = r"\tanh\left(\sqrt{\frac{2}{\pi}} \left($x + 0.044715 $x^3\right)\right)"
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
        True,
        {
            "activation/exponent-sign": lambda x, p: functions.sigmoid(-p * x),
            "activation/slope-ignored": functions.sigmoid,
            "activation/tanh-for-sigmoid": lambda x, p: functions.tanh(p * x),
        },
        {
            "activation/inner-derivative-missing": lambda value: value * (1 - value),
            "activation/formula-on-argument": lambda x, p: p * x * (1 - x),
            "activation/tanh-slope-for-sigmoid": lambda p, value: p * (1 - value**2),
            "activation/one-minus-value": lambda p, value: p * (1 - value),
            "activation/value-for-derivative": lambda value: value,
            "activation/derivative-at-value": lambda p, value: (
                p * functions.sigmoid(p * value) * (1 - functions.sigmoid(p * value))
            ),
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
        True,
        {
            "activation/sigmoid-for-tanh": lambda x, p: functions.sigmoid(p * x),
            "activation/exponent-not-doubled": lambda x, p: functions.tanh(divided(p * x, 2)),
            "activation/tangent-for-tanh": lambda x, p: math.tan(as_float(p * x)),
        },
        {
            "activation/value-for-derivative": lambda value: value,
            "activation/sigmoid-slope-for-tanh": lambda p, value: p * value * (1 - value),
            "activation/slope-of-sigmoid": lambda x, p: p * functions.sigmoid(p * x) * (1 - functions.sigmoid(p * x)),
            "activation/not-squared": lambda p, value: p * (1 - value),
            "activation/square-for-slope": lambda p, value: p * value**2,
            "activation/formula-on-argument": lambda x, p: p * (1 - x * x),
            "activation/inner-derivative-missing": lambda value: 1 - value**2,
            "activation/tanh-twice": lambda p, value: p * (1 - functions.tanh(p * value) ** 2),
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
        True,
        {
            "activation/absolute-value": lambda x: x if x > 0 else -x,
            "activation/identity-for-relu": lambda x: x,
            "activation/softplus-for-relu": lambda x: softplus_of(x, 1),
        },
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
        False,
        {
            "activation/relu-for-leaky": lambda x: x if x > 0 else 0,
            "activation/leak-without-sign": lambda x, p: x if x > 0 else -p * x,
            "activation/leak-as-constant": lambda x, p: x if x > 0 else -p,
            "activation/larger-of-slope-and-argument": lambda x, p: x if x > p else p,
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
        False,
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
        True,
        {
            "activation/one-forgotten": lambda x: x,
            "activation/exponential-left-out": lambda x, p: divided(functions.log(1 + p * x), p),
            "activation/exponent-sign": lambda x, p: softplus_of(-x, p),
            "activation/common-logarithm": lambda x, p: divided(softplus_of(x, p), functions.log(10)),
        },
        {
            "activation/value-for-derivative": lambda value: value,
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
        True,
        {
            "activation/exponent-sign": lambda x, p: x * functions.sigmoid(-p * x),
            "activation/gate-alone": lambda x, p: functions.sigmoid(p * x),
        },
        {
            "activation/value-for-derivative": lambda value: value,
            "activation/second-term-only": lambda x, p: p * x * functions.sigmoid(p * x) * functions.sigmoid(-p * x),
            "activation/argument-left-out": lambda x, p: (
                functions.sigmoid(p * x) + p * functions.sigmoid(p * x) * functions.sigmoid(-p * x)
            ),
            "activation/product-rule-forgotten": lambda x, p: functions.sigmoid(p * x),
            "activation/sigmoid-slope-for-silu": lambda x, p: (
                p * functions.sigmoid(p * x) * (1 - functions.sigmoid(p * x))
            ),
        },
    ),
    "gelu": Curve(
        "GELU and its derivative",
        "GELU 函数及其导数",
        r"\operatorname{GELU}",
        r"\frac{$x}{2} \left(1 + \operatorname{erf}\left(\frac{$x}{\sqrt{2}}\right)\right)",
        lambda x, _: x * _below(x),
        r"\frac{1}{2} \left(1 + \operatorname{erf}\left(\frac{$x}{\sqrt{2}}\right)\right) + "
        r"\frac{$x e^{-\frac{$x^2}{2}}}{\sqrt{2 \pi}}",
        lambda x, _p, _value: _below(x) + x * _density(x),
        of_vectors=False,
        wrong_values={
            "activation/gate-for-product": _below,
            "activation/silu-for-gelu": lambda x: x * functions.sigmoid(x),
            "activation/gelu-by-sigmoid": lambda x: x * functions.sigmoid(Fraction(1702, 1000) * x),
            "activation/upper-tail": lambda x: x * _below(-x),
            "activation/root-two-left-out": lambda x: x * _below(math.sqrt(2) * x),
        },
        wrong_slopes={
            "activation/product-rule-forgotten": _below,
            "activation/density-for-slope": _density,
            "activation/value-for-derivative": lambda value: value,
            "activation/second-term-only": lambda x: x * _density(x),
            "activation/argument-left-out": lambda x: _below(x) + _density(x),
        },
    ),
    "gelu_tanh": Curve(
        "GELU by its tanh approximation, and the derivative of that",
        "GELU 的 tanh 近似及其导数",
        r"\operatorname{GELU}_{\tanh}",
        rf"\frac{{$x}}{{2}} \left(1 + {_INNER}\right)",
        lambda x, _: divided(x * (1 + _bent(x)), 2),
        rf"\frac{{1}}{{2}} \left(1 + {_INNER}\right) + "
        rf"\frac{{$x}}{{2}} \left(1 - \left({_INNER}\right)^2\right) \sqrt{{\frac{{2}}{{\pi}}}} \left(1 + 3 \cdot 0.044715 $x^2\right)",
        lambda x, _p, _value: divided(1 + _bent(x), 2) + divided(x * _slope_of_bent(x), 2),
        of_vectors=False,
        wrong_values={
            "activation/cube-forgotten": lambda x: divided(x * (1 + functions.tanh(math.sqrt(2 / math.pi) * x)), 2),
            "activation/input-squared": lambda x: divided(x * x * (1 + _bent(x)), 2),
            "activation/scale-left-out": lambda x: divided(x * (1 + functions.tanh(x + CUBIC * x**3)), 2),
        },
        wrong_slopes={
            "activation/product-rule-forgotten": lambda x: divided(1 + _bent(x), 2),
            "activation/value-for-derivative": lambda value: value,
            "activation/second-term-only": lambda x: divided(x * _slope_of_bent(x), 2),
        },
    ),
}
