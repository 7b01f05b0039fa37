"""A formula's value beyond doubt: whole numbers and fractions exactly, all else to as many digits as wanted, complex where it must be.

Powers, roots and logarithms take their principal values outside of the reals; only a written fraction with an odd denominator gives the
real root, so that (-8)^(1/3) is -2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from solvers.expression import arithmetic
from solvers.expression.elementary import EXACT_OF_SEVERAL
from solvers.expression.nodes import (
    JUXTAPOSED,
    SERIES,
    Call,
    Comparison,
    Constant,
    Name,
    Negative,
    Node,
    Number,
    Percent,
    Power,
    Product,
    Sum,
)
from solvers.expression.opaque import opaque
from solvers.expression.vocabulary import FUNCTIONS
from solvers.values import MOST_BITS

DIGITS: Final = 50
MORE_DIGITS: Final = 100
LARGEST: Final = 100_000
"""Bits of the largest value's exponent; beyond it, and for what is undefined, there is no value."""
MOST_TERMS = 1_000  # of a sum over an index
_MOST_WORK = 4_000  # nodes visited in one evaluation, sums over long lists included
_FUNCTION, _GAMMA, _ERF, _COMPLEX_GAMMA, _COMPLEX = (
    8,
    40,
    100,
    300,
    4,
)  # what working one out costs, where a node costs 1


class NoValueError(Exception):
    """The formula has no value at the point, or holds something that is no number."""


class TooMuchWorkError(NoValueError):
    """Working the formula out takes longer than any that people write."""


def precise(node: Node, point: Mapping[str, Any], digits: int = DIGITS) -> Any:
    """The value at a point: an int, a Fraction, or a real or complex number of mpmath's to so many digits.

    Raises NoValueError, and its subclass TooMuchWorkError.
    """
    try:
        return _Precise(_context(digits), point).value(node)
    except (ArithmeticError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise NoValueError from error


@lru_cache(maxsize=4)
def _context(digits: int) -> Any:
    """A calculator of its own: mpmath's common one belongs to whoever else uses it."""
    import mpmath

    context = mpmath.MPContext()
    context.dps = digits
    return context


def is_complex(value: Any) -> bool:
    """Whether a value has an imaginary part."""
    return hasattr(value, "_mpc_") or isinstance(value, complex)


class _Precise:
    __slots__ = ("context", "left", "point")

    def __init__(self, context: Any, point: Mapping[str, Any]) -> None:
        self.context = context
        self.point = point
        self.left = _MOST_WORK

    def value(self, node: Node) -> Any:
        self.spend(1)
        rule = _RULES.get(type(node))
        if rule is None:
            raise NoValueError
        return self.tame(rule(self, node))

    def spend(self, work: int) -> None:
        """Raises TooMuchWorkError once there has been too much of it."""
        self.left -= work
        if self.left < 0:
            raise TooMuchWorkError

    def tame(self, value: Any) -> Any:
        """The value, if it is finite and of a size to go on with; a real number where nothing imaginary is left."""
        if isinstance(value, int):
            return value if value.bit_length() <= MOST_BITS else self.number(value)
        if isinstance(value, Fraction):
            if value.denominator == 1:
                return value.numerator
            bits = value.numerator.bit_length() + value.denominator.bit_length()
            return value if bits <= MOST_BITS else self.number(value)
        if is_complex(value):
            self.spend(_COMPLEX)
            value = self.context.mpmathify(value)
            if abs(value.imag) <= abs(value.real) * self.context.eps * 1024:
                value = value.real
        if not self.context.isfinite(value) or (value != 0 and abs(self.context.mag(value)) > LARGEST):
            raise NoValueError
        return value

    def number(self, value: Any) -> Any:
        """An exact number as one of mpmath's."""
        if isinstance(value, Fraction):
            return self.context.mpf(value.numerator) / value.denominator
        return self.context.mpmathify(value)

    def real(self, value: Any) -> Any:
        """The value, which must be real. Raises NoValueError."""
        if is_complex(value):
            raise NoValueError
        return value

    # Leaves and signs.

    def name(self, node: Name) -> Any:
        return self.point[node.name]

    def constant(self, node: Constant) -> Any:
        if node.name in self.point:
            return self.point[node.name]
        if node.name == "i":
            return self.context.mpc(0, 1)
        return {"e": self.context.e, "pi": self.context.pi}[node.name] * 1

    def sum(self, node: Sum) -> Any:
        total: Any = 0
        for sign, term in node.terms:
            value = self.value(term)
            total = self.apply(_add if sign == "+" else _subtract, total, value)
        return total

    def product(self, node: Product) -> Any:
        total: Any = 1
        for sign, factor in node.factors:
            value = self.value(factor)
            if sign in _TIMES:
                total = self.apply(_multiply, total, value)
            elif sign == "/":
                total = self.quotient(total, value)
            elif sign in ("//", "%"):
                times = self.floored(self.quotient(self.real(total), self.real(value)))
                total = times if sign == "//" else self.apply(_subtract, total, self.apply(_multiply, times, value))
            else:
                raise NoValueError
        return total

    def apply(self, rule: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """A sum, difference or product, exact if both are."""
        if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
            return self.tame(rule(a, b))
        value = rule(self.number(a), self.number(b))
        return value if is_complex(value) else self.tame(value)

    def quotient(self, a: Any, b: Any) -> Any:
        if b == 0:
            raise NoValueError
        if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
            return self.tame(Fraction(a) / b)
        return self.number(a) / self.number(b)

    def power(self, node: Power) -> Any:
        exponent = self.value(node.exponent)
        if isinstance(node.base, Constant) and node.base.name == "e" and "e" not in self.point:
            return self.exponential(exponent)
        return self.raised(self.value(node.base), exponent)

    def raised(self, base: Any, exponent: Any) -> Any:
        if isinstance(base, (int, Fraction)) and isinstance(exponent, (int, Fraction)):
            if base == 0 and exponent <= 0:
                if exponent == 0:
                    return 1
                raise NoValueError
            if exponent.denominator == 1 or base > 0 or exponent.denominator % 2:
                exact = _exactly(arithmetic.raised, base, exponent)
                if exact is not None:
                    return exact
                if base < 0 and exponent.denominator > 1:
                    sign = -1 if exponent.numerator % 2 else 1
                    return sign * self.raised(-base, exponent)
        base, exponent = self.number(base), self.number(exponent)
        if base == 0:
            if self.context.re(exponent) > 0:
                return 0
            raise NoValueError
        if abs(exponent) * max(1, abs(self.context.mag(base))) > LARGEST:
            raise NoValueError
        self.spend(_FUNCTION)
        return self.context.power(base, exponent)

    def exponential(self, exponent: Any) -> Any:
        if exponent == 0:
            return 1
        if abs(exponent) > LARGEST / 2:
            raise NoValueError
        self.spend(_FUNCTION)
        return self.context.exp(self.number(exponent))

    # Functions.

    def series(self, node: Call) -> Any:
        """A sum or product over an index, term by term."""
        body, index, first, last = node.arguments
        low, high = self.value(first), self.value(last)
        if not isinstance(index, Name) or not isinstance(low, int) or not isinstance(high, int):
            raise NoValueError
        if high - low > MOST_TERMS:
            raise NoValueError
        outer, add = self.point, node.function == "series"
        total: Any = 0 if add else 1
        for k in range(low, high + 1):
            self.point = {**outer, index.name: k}
            total = self.apply(_add if add else _multiply, total, self.value(body))
        self.point = outer
        return total

    def call(self, node: Call) -> Any:
        if node.function in SERIES:
            return self.series(node)
        if node.function == "indicator":
            return self.indicator(node.arguments[0])
        arguments = [self.value(argument) for argument in node.arguments]
        if node.function == "factorial":
            self.spend(_FUNCTION)
        first, *rest = arguments
        special = _SPECIAL.get(node.function)
        if special is not None:
            return special(self, *arguments)
        if node.function not in FUNCTIONS:
            return opaque(node.function, [self.number(x) for x in arguments], lambda x: self.elementary("sin", x))
        several = _exactly(EXACT_OF_SEVERAL.get(node.function), *arguments)
        if several is not None:
            return several
        if rest:
            raise NoValueError
        exact = _exactly(arithmetic.FUNCTIONS.get(node.function), first)
        if exact is not None:
            return exact
        return self.elementary(node.function, first)

    def indicator(self, condition: Node) -> int:
        """1 where a chain of comparisons holds, 0 elsewhere."""
        if not isinstance(condition, Comparison):
            raise NoValueError
        numbers = [self.number(self.real(self.value(x))) for x in (condition.first, *(x for _, x in condition.rest))]
        pairs = zip(condition.rest, pairwise(numbers), strict=True)
        return int(all(arithmetic.compared(sign, a, b) for (sign, _), (a, b) in pairs))

    def elementary(self, function: str, x: Any) -> Any:
        """A function of mpmath's, at a number that it takes little work at."""
        rule = getattr(self.context, _SAME.get(function, ""), None)
        if rule is None:
            raise NoValueError
        x = self.number(x if function != "erf" else self.real(x))  # of a complex number, it takes a millisecond
        most = 1024 if function in _SLOW else 64
        if x != 0 and self.context.mag(x) > most:
            raise NoValueError
        self.spend(_COMPLEX_GAMMA if function == "factorial" and is_complex(x) else _COSTS.get(function, _FUNCTION))
        return rule(x)

    def floored(self, x: Any, rule: Callable[[Any], int] = math.floor) -> int:
        """A whole number; one that lies nearer to it than rounding in the last digits reaches is taken for it."""
        x = self.real(x)
        if isinstance(x, (int, Fraction)):
            return rule(x)
        if self.context.mag(x) > MOST_BITS:
            raise NoValueError
        nearest = int(self.context.nint(x))
        if abs(x - nearest) <= self.context.mpf(10) ** (10 - self.context.dps) * max(1, abs(x)):
            return nearest
        return int(self.context.floor(x)) if rule is math.floor else int(self.context.ceil(x))

    def rounded(self, x: Any) -> int:
        half = Fraction(1, 2)
        x = self.real(x)
        return (
            self.floored(self.apply(_add, x, half))
            if x >= 0
            else self.floored(self.apply(_subtract, x, half), math.ceil)
        )

    def extreme(self, rule: Callable[[Any], Any], arguments: tuple[Any, ...]) -> Any:
        numbers = [self.real(x) for x in arguments]
        found = rule(self.number(x) for x in numbers)
        return next(x for x in numbers if self.number(x) == found)

    def total(self, arguments: tuple[Any, ...]) -> Any:
        total: Any = 0
        for argument in arguments:
            total = self.apply(_add, total, argument)
        return total

    def logarithm(self, x: Any, base: Any = None) -> Any:
        if x == 0 or base in (0, 1):
            raise NoValueError
        if base is None:
            return 0 if x == 1 else self.context.log(self.number(x))
        if isinstance(x, (int, Fraction)) and isinstance(base, int) and x > 0 and base > 1:
            whole = arithmetic.whole_logarithm(Fraction(x), base)
            if whole is not None:
                return whole
        return self.context.log(self.number(x)) / self.context.log(self.number(base))

    def root(self, x: Any, degree: Any = 2) -> Any:
        if isinstance(degree, int) and degree:
            return self.raised(x, Fraction(1, degree))
        return self.raised(x, self.quotient(1, degree))


def _exactly(rule: Callable[..., Any] | None, *numbers: Any) -> Any:
    """What a rule gives for exact numbers, if that is exact itself; else None."""
    if rule is None or not all(isinstance(x, (int, Fraction)) for x in numbers):
        return None
    try:
        value = rule(*numbers)
    except (ArithmeticError, ValueError):
        return None
    return value if isinstance(value, (int, Fraction)) and not isinstance(value, bool) else None


def _add(a: Any, b: Any) -> Any:
    return a + b


def _subtract(a: Any, b: Any) -> Any:
    return a - b


def _multiply(a: Any, b: Any) -> Any:
    return a * b


_TIMES = ("*", JUXTAPOSED)
_SAME = {
    name: name
    for name in (
        *("cos", "cosh", "exp", "sin", "sinh", "tan", "tanh", "sec", "csc", "cot", "sech", "csch", "coth"),
        *("asin", "acos", "atan", "asinh", "acosh", "atanh", "asec", "acsc", "acot", "asech", "acsch", "acoth"),
        *("sign", "factorial", "erf"),
    )
}
_COSTS = {"factorial": _GAMMA, "erf": _ERF}
_SLOW = frozenset(
    ("asin", "acos", "atan", "asinh", "acosh", "asec", "acsc", "acot", "sign")
)  # at large numbers too, no more work
_SPECIAL: dict[str, Callable[..., Any]] = {
    "abs": lambda _, x: abs(x),
    "atan2": lambda self, y, x: self.context.atan2(self.number(self.real(y)), self.number(self.real(x))),
    "norm": lambda _, x: abs(x),
    "ceil": lambda self, x: self.floored(x, math.ceil),
    "exp": _Precise.exponential,
    "floor": _Precise.floored,
    "ln": lambda self, x: self.logarithm(x),
    "log": _Precise.logarithm,
    "log10": lambda self, x: self.logarithm(x, 10),
    "log2": lambda self, x: self.logarithm(x, 2),
    "max": lambda self, *arguments: self.extreme(max, arguments),
    "mean": lambda self, *arguments: self.quotient(self.total(arguments), len(arguments)),
    "min": lambda self, *arguments: self.extreme(min, arguments),
    "relu": lambda self, x: x if self.real(x) > 0 else 0,
    "round": _Precise.rounded,
    "sigmoid": lambda self, x: self.quotient(1, self.apply(_add, 1, self.exponential(self.apply(_multiply, -1, x)))),
    "sqrt": _Precise.root,
    "sum": lambda self, *arguments: self.total(arguments),
}
_RULES: dict[type, Callable[[_Precise, Any], Any]] = {
    Name: _Precise.name,
    Number: lambda _, node: node.value,
    Constant: _Precise.constant,
    Sum: _Precise.sum,
    Product: _Precise.product,
    Power: _Precise.power,
    Call: _Precise.call,
    Negative: lambda self, node: self.apply(_multiply, -1, self.value(node.operand)),
    Percent: lambda self, node: self.quotient(self.value(node.operand), 100),
}
