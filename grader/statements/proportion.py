"""Formulas worked out at fixed points: what tells that one is another one times a number."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Final

from solvers.expression import ExpressionError, evaluate
from solvers.expression.nodes import Node, names_in
from solvers.values import Value, as_float, is_number

NEAR: Final = 1e-9
"""Share of its size by which a computed number may be off."""
BUDGET: Final = 400
"""What working out a formula once may cost."""
_LARGEST = 10**250  # of a numerator and a denominator, so that every one can be a float
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


def proportional(first: Node, second: Node, domains: Domains) -> Fraction | float | None:
    """The number by which the second has to be multiplied to give the first, if there is one; never 0."""
    names = sorted(names_in(first) | names_in(second))
    if len(names) > len(_POINTS[0]):
        return None
    ratio: Fraction | float | None = None
    agreed = 0
    for numbers in _POINTS:
        point = {name: _in_domain(x, domains.get(name, "real")) for name, x in zip(names, numbers, strict=False)}
        a, b = value_at(first, point), value_at(second, point)
        if a is None or b is None:
            continue
        if not a or not b:
            if a or b:
                return None
            continue
        here = a / b if isinstance(a, float) or isinstance(b, float) else Fraction(a) / Fraction(b)
        if ratio is None:
            ratio = here
        elif not math.isclose(ratio, here, rel_tol=NEAR):
            return None
        agreed += 1
    return ratio if agreed >= (_ENOUGH if names else 1) else None


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
