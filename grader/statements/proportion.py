"""Formulas worked out at fixed points: what tells that one is another one times a number."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any, Final

from solvers.expression import ExpressionError, evaluate
from solvers.expression.function import IMAGINARY, UNIT, of_one_kind
from solvers.expression.nodes import Node, names_in
from solvers.expression.precise import NoValueError, TooMuchWorkError, precise
from solvers.values import Value, as_float, is_number

NEAR: Final = 1e-9
"""Share of its size by which a computed number may be off."""
BUDGET: Final = 400
"""What working out a formula once may cost."""
_LARGEST = 10**250  # of a numerator and a denominator, so that every one can be a float
_NOTHING = 1e-40
_CLOSE = 1e-20
_ENOUGH = 4  # points at which two formulas in the same names agree

Domains = Mapping[str, str]

_POINTS = tuple(
    tuple(
        (-1) ** (i * k + i // 2) * Fraction(prime * (i + 2) % 97 + 3, (7 + i * k % 5) * (1 if i % 2 else 16))
        for k, prime in enumerate((31, 43, 59, 67, 71, 83, 89, 53))
    )
    for i in range(1, 33)
)


def value_at(node: Node, point: Mapping[str, Value]) -> float | Fraction | int | None:
    """A formula's value, or None where it has none."""
    try:
        value = evaluate(node, point, budget=BUDGET)
    except ExpressionError:
        return None
    if not is_number(value):
        return None
    if isinstance(value, (int, Fraction)):
        return value if max(abs(value.numerator), value.denominator) < _LARGEST else None
    size = as_float(value)
    return size if math.isfinite(size) else None


def proportional(first: Node, second: Node, domains: Domains) -> Any:
    """The number by which the second has to be multiplied to give the first, if there is one; never 0.

    It is a Fraction, or one of mpmath's numbers where there are roots or functions: a complex one if `i` is the imaginary unit.
    """
    names = sorted((names_in(first) | names_in(second)) - ({IMAGINARY} if domains.get(IMAGINARY) == UNIT else set()))
    if len(names) > len(_POINTS[0]):
        return None
    ratio: Any = None
    agreed = 0
    for numbers in _POINTS:
        point: dict[str, Value] = {IMAGINARY: 1j} if domains.get(IMAGINARY) == UNIT else {}
        point |= {name: _in_domain(x, domains.get(name, "real")) for name, x in zip(names, numbers, strict=False)}
        try:
            a, b = precise(first, point), precise(second, point)
        except TooMuchWorkError:
            return None
        except NoValueError:
            continue
        if abs(a) < _NOTHING or abs(b) < _NOTHING:
            if abs(a) >= _NOTHING or abs(b) >= _NOTHING:
                return None
            continue
        here = _quotient(a, b)
        if ratio is None:
            ratio = here
        elif not _is_close(ratio, here):
            return None
        agreed += 1
    return ratio if agreed >= (_ENOUGH if names else 1) else None


def _quotient(a: Any, b: Any) -> Any:
    a, b = of_one_kind(a, b)
    return Fraction(a) / Fraction(b) if isinstance(a, (int, Fraction)) else a / b


def _is_close(a: Any, b: Any) -> bool:
    a, b = of_one_kind(a, b)
    return bool(a == b if isinstance(a, (int, Fraction)) else abs(a - b) <= abs(a) * _CLOSE)


def value_somewhere(node: Node, names: Collection[str]) -> float | None:
    """A formula's value at one fixed point, to tell quickly what can't be the same; None where it has none."""
    value = value_at(node, dict(zip(sorted(names), _POINTS[0], strict=False)))
    return None if value is None else float(value)


def alike(first: float | None, second: float | None) -> bool:
    """Whether two values may be the same number."""
    if first is None or second is None:
        return True
    return math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-9)


def _in_domain(number: Fraction, domain: str) -> Fraction | int:
    match domain:
        case "integer":
            return math.floor(abs(number)) + 1
        case "positive" | "nonnegative":
            return abs(number)
        case _:
            return number
