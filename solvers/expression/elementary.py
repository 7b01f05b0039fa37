"""Functions that answers hold beside those of `solvers.functions`: trigonometry, hyperbolic functions, factorials, divisors.

Each is given for one number, exact where it can be, and for many in floating point. A number outside of a function's domain raises
ValueError or ZeroDivisionError; in floating point it is nan or inf.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import numpy as np

from solvers.values import Value

LARGEST_FACTORIAL: Final = 500
LARGEST_CHOICE: Final = 4_000

INVERSES: Final = {
    "sin": "asin", "cos": "acos", "tan": "atan", "sec": "asec", "csc": "acsc", "cot": "acot",
    "sinh": "asinh", "cosh": "acosh", "tanh": "atanh", "sech": "asech", "csch": "acsch", "coth": "acoth",
}  # fmt: skip
"""What `f^{-1}` means for the functions that are commonly inverted like this."""


def _at(place: int, value: int, function: Callable[[float], float]) -> Callable[[Any], Any]:
    """The function, with the one value that is exact."""
    return lambda x: value if x == place else function(x)


def _one_over(function: Callable[[Any], float], exact: dict[int, int] | None = None) -> Callable[[Any], Any]:
    known = exact or {}
    return lambda x: known[x] if x in known else 1 / function(x)


def _of_reciprocal(function: Callable[[float], float]) -> Callable[[Any], Any]:
    return lambda x: function(1 / x)


def _arc_cotangent(x: Any) -> float:
    return math.pi / 2 if x == 0 else math.atan(1 / x)


def _sign(x: Any) -> int:
    return (x > 0) - (x < 0)


def factorial(x: Any) -> Any:
    """`x!`, exact for whole numbers, infinite for negative ones (so that 1/(-1)! is 0); in between by the gamma function.

    Raises OverflowError for large ones.
    """
    if x > LARGEST_FACTORIAL:
        raise OverflowError
    if isinstance(x, int):
        return math.factorial(x) if x >= 0 else math.inf
    return math.gamma(float(x) + 1)


def binomial(n: Any, k: Any) -> Any:
    """How many ways there are to choose k of n, exact where k is whole."""
    if isinstance(n, int) and isinstance(k, int) and n >= 0:
        if n > LARGEST_CHOICE:
            raise OverflowError
        return math.comb(n, k) if k >= 0 else 0
    if isinstance(k, int) and isinstance(n, (int, Fraction)):
        if not 0 <= k <= LARGEST_FACTORIAL:
            raise ValueError
        found = Fraction(1)
        for i in range(k):
            found = found * (n - i) / (i + 1)
        return found
    return math.gamma(n + 1) / (math.gamma(k + 1) * math.gamma(n - k + 1))


def divisor(*numbers: Any) -> int:
    """The greatest common divisor."""
    return math.gcd(*map(_whole, numbers))


def multiple(*numbers: Any) -> int:
    """The least common multiple."""
    return math.lcm(*map(_whole, numbers))


def _whole(x: Any) -> int:
    if x != int(x):
        raise ValueError
    return int(x)


EXACT: Final[dict[str, Callable[[Any], Any]]] = {
    "asin": _at(0, 0, math.asin),
    "acos": _at(1, 0, math.acos),
    "atan": _at(0, 0, math.atan),
    "asec": _of_reciprocal(math.acos),
    "acsc": _of_reciprocal(math.asin),
    "acot": _arc_cotangent,
    "sec": _one_over(math.cos, {0: 1}),
    "csc": _one_over(math.sin),
    "cot": _one_over(math.tan),
    "asinh": _at(0, 0, math.asinh),
    "acosh": _at(1, 0, math.acosh),
    "atanh": _at(0, 0, math.atanh),
    "asech": _of_reciprocal(math.acosh),
    "acsch": _of_reciprocal(math.asinh),
    "acoth": _of_reciprocal(math.atanh),
    "sech": _one_over(math.cosh, {0: 1}),
    "csch": _one_over(math.sinh),
    "coth": _one_over(math.tanh),
    "erf": _at(0, 0, math.erf),
    "sign": _sign,
    "factorial": factorial,
}
"""Functions of one number, by their sympy names."""

EXACT_OF_SEVERAL: Final[dict[str, Callable[..., Value]]] = {
    "atan2": math.atan2,
    "binomial": binomial,
    "gcd": divisor,
    "lcm": multiple,
}


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of plain numbers on many floats; whole ones as whole numbers."""

    @lru_cache(maxsize=1024)
    def number(*arguments: float) -> float:
        try:
            return float(function(*(int(x) if float(x).is_integer() else float(x) for x in arguments)))
        except (ValueError, ZeroDivisionError, TypeError):
            return math.nan
        except OverflowError:
            return math.inf

    def numbers(*arguments: Any) -> Any:
        columns = np.broadcast_arrays(*arguments)
        found = [number(*row) for row in zip(*(column.ravel().tolist() for column in columns), strict=True)]
        return np.array(found, dtype=float).reshape(columns[0].shape)

    return numbers


def _listed(function: Callable[..., Any]) -> Callable[[list[Any]], Any]:
    return lambda arguments: function(*arguments)


FLOATS: Final[dict[str, Callable[[Any], Any]]] = {
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asec": lambda x: np.arccos(1 / x),
    "acsc": lambda x: np.arcsin(1 / x),
    "acot": lambda x: np.arctan(1 / x),
    "sec": lambda x: 1 / np.cos(x),
    "csc": lambda x: 1 / np.sin(x),
    "cot": lambda x: 1 / np.tan(x),
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "asech": lambda x: np.arccosh(1 / x),
    "acsch": lambda x: np.arcsinh(1 / x),
    "acoth": lambda x: np.arctanh(1 / x),
    "sech": lambda x: 1 / np.cosh(x),
    "csch": lambda x: 1 / np.sinh(x),
    "coth": lambda x: 1 / np.tanh(x),
    "erf": _each(math.erf),
    "sign": np.sign,
    "factorial": _each(factorial),
}
FLOATS_OF_SEVERAL: Final[dict[str, Callable[[list[Any]], Any]]] = {
    name: _listed(_each(function)) for name, function in EXACT_OF_SEVERAL.items()
}
