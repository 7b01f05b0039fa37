"""The functions of the field, elementwise on numbers and arrays of any kind.

Each stays exact where its value is: `sqrt(9)` is 3, `sigmoid(0)` is 1/2, and on sympy numbers every function stays
symbolic. Elsewhere the value is a float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from solvers.values import Number, Value, Vector, as_float, each, is_array, is_symbolic, normal


def _elementwise(scalar: Callable[[Number], Number]) -> Callable[[Value], Value]:
    def function(x: Value) -> Value:
        return each(scalar, x)

    function.__name__ = function.__qualname__ = scalar.__name__
    function.__doc__ = scalar.__doc__
    return function


@_elementwise
def exp(x: Number) -> Number:
    """e to the power x; infinity, or 0, where x is beyond a double."""
    if is_symbolic(x):
        import sympy

        return sympy.exp(x)
    if x == 0:
        return 1
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf if x > 0 else 0.0


@_elementwise
def log(x: Number) -> Number:
    """Natural logarithm; raises ValueError at and below zero."""
    if is_symbolic(x):
        import sympy

        return sympy.log(x)
    return 0 if x == 1 else math.log(x)


@_elementwise
def log2(x: Number) -> Number:
    """Logarithm to base 2, exact at powers of two; raises ValueError at and below zero."""
    if is_symbolic(x):
        import sympy

        return sympy.log(x, 2)
    if isinstance(x, int) and x > 0 and x & (x - 1) == 0:
        return x.bit_length() - 1
    return math.log2(x)


@_elementwise
def sqrt(x: Number) -> Number:
    """Square root, exact for squares of fractions; raises ValueError below zero."""
    if is_symbolic(x):
        import sympy

        return sympy.sqrt(x)
    if isinstance(x, (int, Fraction)) and x >= 0:
        exact = Fraction(x)
        top, bottom = math.isqrt(exact.numerator), math.isqrt(exact.denominator)
        if top * top == exact.numerator and bottom * bottom == exact.denominator:
            return normal(Fraction(top, bottom))
    return math.sqrt(x)


@_elementwise
def sigmoid(x: Number) -> Number:
    """1 / (1 + e^-x), written so that neither tail overflows."""
    if is_symbolic(x):
        import sympy

        return 1 / (1 + sympy.exp(-x))
    if x == 0:
        return Fraction(1, 2)
    decay = math.exp(-abs(as_float(x)))
    return 1 / (1 + decay) if x > 0 else decay / (1 + decay)


@_elementwise
def tanh(x: Number) -> Number:
    """Hyperbolic tangent."""
    if is_symbolic(x):
        import sympy

        return sympy.tanh(x)
    return 0 if x == 0 else math.tanh(x)


@_elementwise
def relu(x: Number) -> Number:
    """The larger of x and 0."""
    return x if x > 0 else 0


@_elementwise
def floor(x: Number) -> Number:
    """The largest integer not above x."""
    if is_symbolic(x):
        import sympy

        return sympy.floor(x)
    return math.floor(x)


@_elementwise
def ceil(x: Number) -> Number:
    """The smallest integer not below x."""
    if is_symbolic(x):
        import sympy

        return sympy.ceiling(x)
    return math.ceil(x)


def softmax(scores: Vector, axis: int = -1) -> Vector:
    """Exponentials divided by their sum along `axis`; a score of minus infinity gets weight 0.

    The largest score is subtracted first, which leaves the quotient unchanged and keeps every exponential within a double.
    """
    if not is_array(scores):
        raise ValueError("softmax needs a vector of scores")
    if any(is_symbolic(score) for score in scores.flat):
        powers = exp(scores)
    else:
        powers = exp(scores - np.max(scores, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True) if _floats(powers) else _fractions(powers, axis)


def _floats(powers: Vector) -> bool:
    return any(not isinstance(power, int) for power in powers.flat)


def _fractions(powers: Vector, axis: int) -> Vector:
    """Equal scores have exact weights: each power is the integer 1 or 0."""
    return each(Fraction, powers) / np.sum(each(Fraction, powers), axis=axis, keepdims=True)
