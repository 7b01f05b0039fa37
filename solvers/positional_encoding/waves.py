"""Sines, cosines and wavelengths, and what the derivations are given."""

from __future__ import annotations

import math
from fractions import Fraction

from solvers.exact import symbolic
from solvers.givens import integer, number, word
from solvers.trace import Undefined
from solvers.values import Number, Value, each, is_symbolic

POSITION = number("p", "position, counted from 0", "位置（从 0 开始）")
WIDTH = integer("d", "width of the model", "模型维数", least=1, most=4096)
BASE = number(r"\text{base}", "base of the wavelengths", "波长的底数", default=10000, least=1)
LAYOUT = word(
    r"\text{layout}",
    "interleaved: sine and cosine take turns; halves: all sines first",
    "interleaved 表示正弦、余弦交替，halves 表示先全部正弦再全部余弦",
    words=("interleaved", "halves"),
    default="interleaved",
)
READABLE = 16  # denominators of exponents up to which they are kept as fractions
OTHER_BASES = {"position/base-of-thousand": 1000, "position/base-of-hundred": 100}
"""Bases that are taken for the 10000 of the paper, by the mistake."""
WIDEST = 64  # dimensions of an encoding that is written out entry by entry


def _wave(name: str, x: Number) -> Number:
    if is_symbolic(x):
        import sympy

        return getattr(sympy, name)(x)
    if x == 0:
        return 0 if name == "sin" else 1
    return float(getattr(math, name)(x))


def sin(x: Value) -> Value:
    """Sine, elementwise, of an angle in radians."""
    return each(lambda number: _wave("sin", number), x)


def cos(x: Value) -> Value:
    """Cosine, elementwise, of an angle in radians."""
    return each(lambda number: _wave("cos", number), x)


def power(base: Number, exponent: Number) -> Number:
    """The base raised to a fraction, exact where that is a whole number: 10000^(1/2) = 100."""
    if is_symbolic(base) or is_symbolic(exponent):
        found: Number = symbolic(base) ** symbolic(exponent)
        return found
    rounded = float(base) ** float(exponent)
    if isinstance(base, float) or isinstance(exponent, float) or Fraction(exponent).denominator > WIDEST:
        return rounded
    nearest = round(rounded)
    return nearest if nearest ** Fraction(exponent).denominator == base ** Fraction(exponent).numerator else rounded


def other_power(base: Number, other: int, exponent: Number) -> Number:
    """The power of another base that is taken for the paper's. Raises Undefined where the paper's is not the one to take."""
    if base != 10000:
        raise Undefined("the base is not that of the paper", "底数不是论文中的底数")
    return power(other, exponent)
