"""Arithmetic on single numbers: exact where it can be, its size judged before it is computed."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from solvers import functions
from solvers.expression.elementary import EXACT, EXACT_OF_SEVERAL
from solvers.values import MOST_BITS, Shape, Value, each, is_array, is_symbolic, normal, same

_LAST_BITS = 8 * math.ulp(1.0)  # of a float's size: what a few roundings come to


def real(value: Value) -> Value:
    """The value, if it is a number or an array. Raises TypeError for a truth value, a word or a shape."""
    if isinstance(value, (bool, str, Shape)) or value is None:
        raise TypeError
    return value


def divided(a: Value, b: Value) -> Value:
    """The quotient. Raises ZeroDivisionError."""
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return Fraction(a) / b if type(a) is int else a / b
    if b == 0:
        raise ZeroDivisionError
    return a / b


def floor_divided(a: Value, b: Value) -> Value:
    """The quotient rounded down. Raises ZeroDivisionError."""
    if is_symbolic(a) or is_symbolic(b):
        return functions.floor(divided(a, b))
    return a // b


def raised(base: Value, exponent: Value) -> Value:
    """The power, with its size judged before it is computed."""
    if is_symbolic(base) or is_symbolic(exponent):
        power: Value = exponent if isinstance(exponent, (int, Fraction, float)) else _rational(exponent)
        if power is not None and abs(power) > MOST_BITS:
            raise OverflowError
        return base**exponent
    if isinstance(base, float) or isinstance(exponent, float):
        return float(base) ** float(exponent)
    if exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(base) in (0, 1):
            exponent = exponent % 2 if base == -1 else (exponent > 0) - (exponent < 0)
        elif (bits - 1) * abs(exponent) > MOST_BITS:
            raise OverflowError
        return Fraction(base) ** int(exponent) if exponent < 0 else base ** int(exponent)
    return root(raised(base, exponent.numerator), exponent.denominator)


def _rational(value: Value) -> Fraction | None:
    """The fraction that a sympy number is, or None."""
    return Fraction(int(value.p), int(value.q)) if getattr(value, "is_Rational", False) else None


def root(value: Value, degree: Value) -> Value:
    """The degree-th root, exact where it is rational; of a negative number, its real root if the degree is odd."""
    if is_symbolic(value) or is_symbolic(degree):
        import sympy

        return sympy.root(value, degree)
    if degree == 2:
        return functions.sqrt(value)
    if isinstance(degree, int) and degree % 2 and value < 0:
        return -root(-value, degree)
    if isinstance(value, (int, Fraction)) and isinstance(degree, int) and 0 < degree <= MOST_BITS:
        guess = Fraction(round(value.numerator ** (1 / degree)), round(value.denominator ** (1 / degree)))
        size = max(guess.numerator.bit_length(), guess.denominator.bit_length())
        if guess and degree * size <= 2 * MOST_BITS and guess**degree == value:
            return normal(guess)
    result = float(value) ** (1 / degree)
    if isinstance(result, complex):
        raise ValueError
    return result


def whole_logarithm(x: Fraction, base: int) -> int | None:
    """The power of the base, a whole number above 1, that a positive number is, or None."""
    if x < 1:
        inverse = whole_logarithm(1 / x, base)
        return None if inverse is None else -inverse
    guess = round(math.log(x.numerator, base)) if x.denominator == 1 else -1
    return guess if guess >= 0 and guess * base.bit_length() <= 2 * MOST_BITS and base**guess == x else None


def based_logarithm(x: Value, base: Value) -> Value:
    """The logarithm to a base, exact where it is whole. Raises ZeroDivisionError for base 1, ValueError outside of the positive numbers."""
    if isinstance(x, (int, Fraction)) and type(base) is int and x > 0 and base > 1:
        whole = whole_logarithm(Fraction(x), base)
        if whole is not None:
            return whole
    return divided(functions.log(x), functions.log(base))


def _whole_or(rule: Callable[[Value], Value]) -> Callable[[Value], Value]:
    """Rounding up or down, but to the whole number itself from what is only a rounding of doubles away from it."""

    def number(x: Value) -> Value:
        if type(x) is float and math.isfinite(x) and abs(x - round(x)) <= _LAST_BITS * abs(x):
            return round(x)
        return rule(x)

    return lambda value: each(number, value)


def extreme(function: str, numbers: Iterable[Value]) -> Value:
    """The largest (`max`) or the smallest (`min`) of numbers. Raises ValueError if there are none."""
    found: list[Any] = list(numbers)
    if any(map(is_symbolic, found)):
        import sympy

        return sympy.Max(*found) if function == "max" else sympy.Min(*found)
    largest: Value = max(found) if function == "max" else min(found)
    return largest


def compared(sign: str, a: Value, b: Value) -> bool:
    """Whether a comparison of two values is true. Raises TypeError where they have no order."""
    if sign in ("in", "not in"):
        if isinstance(b, str):
            return (a in b) is (sign == "in")
        return any(same(a, item, 0) for item in b) is (sign == "in")
    if sign in ("==", "!="):
        return _equal(a, b) is (sign == "==")
    return bool(_ORDERS[sign](real(a), real(b)))


def _equal(a: Value, b: Value) -> bool:
    if is_array(a) or is_array(b) or isinstance(a, (bool, str)):
        return same(a, b, 0)
    return bool(a == b)


def of_several(name: str, numbers: Iterable[Value]) -> Value:
    """A binomial coefficient, greatest common divisor or least common multiple."""
    found = [real(number) for number in numbers]
    if any(map(is_symbolic, found)):
        import sympy

        return getattr(sympy, name)(*found)
    return normal(EXACT_OF_SEVERAL[name](*found))


def _symbolic_or(name: str, plain: Callable[[Any], Any]) -> Callable[[Value], Value]:
    """An elementary function that `solvers.functions` has no need of, elementwise, symbolic on sympy numbers."""

    def number(x: Value) -> Value:
        if is_symbolic(x):
            import sympy

            return getattr(sympy, name)(x)
        return plain(x)

    return lambda value: each(number, value)


def _relu(x: Value) -> Value:
    return each(lambda element: extreme("max", (element, 0)) if is_symbolic(element) else functions.relu(element), x)


def _sine(name: str, at_zero: int) -> Callable[[Any], Any]:
    exact: Callable[[float], float] = getattr(math, name)
    return lambda x: at_zero if x == 0 else exact(x)


FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "abs": _symbolic_or("Abs", abs),
    "ceil": _whole_or(functions.ceil),
    "cos": _symbolic_or("cos", _sine("cos", 1)),
    "cosh": _symbolic_or("cosh", _sine("cosh", 1)),
    "exp": functions.exp,
    "floor": _whole_or(functions.floor),
    "ln": functions.log,
    "log": functions.log,
    "log10": lambda value: each(_log10, value),
    "log2": functions.log2,
    "relu": _relu,
    "round": lambda value: each(_round, value),
    "sigmoid": functions.sigmoid,
    "sin": _symbolic_or("sin", _sine("sin", 0)),
    "sinh": _symbolic_or("sinh", _sine("sinh", 0)),
    "sqrt": functions.sqrt,
    "tan": _symbolic_or("tan", _sine("tan", 0)),
    "tanh": functions.tanh,
    **{name: _symbolic_or(name, exact) for name, exact in EXACT.items()},
}


def _log10(x: Value) -> Value:
    if is_symbolic(x):
        import sympy

        return sympy.log(x, 10)
    if isinstance(x, int) and x > 0 and x == 10 ** (len(str(x)) - 1):
        return len(str(x)) - 1
    return math.log10(x)


def _round(x: Value) -> Value:
    """The nearest whole number, halves away from zero, as it is taught at school."""
    return math.floor(x + Fraction(1, 2)) if x >= 0 else math.ceil(x - Fraction(1, 2))


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "/": divided,
    "//": floor_divided,
    "%": operator.mod,
    "⊙": operator.mul,
}
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
