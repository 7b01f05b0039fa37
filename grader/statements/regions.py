"""For which numbers a condition in one unknown holds, and where two of them differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Final

from grader.statements.proportion import NEAR, Domains, value_at
from solvers.expression.nodes import (
    Call,
    Comparison,
    Constant,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Sum,
    children,
    names_in,
    rebuilt,
)
from solvers.rational import Polynomial, quotient
from solvers.values import Value

MOST_COMPARISONS: Final = 10
"""Comparisons in one condition."""
MOST_SCANS: Final = 3
"""Formulas of both conditions, other than quotients of polynomials, whose zeros are looked for step by step."""
MOST_BREAKS: Final = 6
"""Zeros of one such formula."""
HIGHEST: Final = 12
"""Degree of a polynomial whose zeros are looked for at once, and not step by step."""
_STEPS = tuple(Fraction(n, 2) for n in range(-50, 51))
_FAR = tuple(sign * Fraction(size) for size in (1000, 10**6) for sign in (1, -1))


def differs_at(key: Node, answer: Node, domains: Domains) -> tuple[str, Value, bool] | None:
    """The unknown, a number for which just one of two conditions holds, and whether the key does; None if there is none."""
    names = names_in(key) | names_in(answer)
    if len(names) != 1:
        return None
    (name,) = names
    if max(count_comparisons(key), count_comparisons(answer)) > MOST_COMPARISONS:
        return name, None, False
    try:
        breaks = _merged(sorted(_Breaks(name).of(key, answer)))
    except _TooManyError:
        return name, None, False
    between = [(Fraction(a) + Fraction(b)) / 2 for a, b in pairwise(breaks)]
    ends = [Fraction(breaks[0]) - 1, Fraction(breaks[-1]) + 1] if breaks else [Fraction(0)]
    exact = [x for x in breaks if isinstance(x, Fraction)]
    tried = [(x, False) for x in (*exact, *between, *ends, *_FAR)] + [(x, True) for x in breaks if isinstance(x, float)]
    domain = domains.get(name, "real")
    if domain == "integer":
        tried = [(Fraction(n), False) for n in sorted({m for x, _ in tried for m in (math.floor(x), math.ceil(x))})]
    for x, roughly in sorted(tried, key=lambda each: (abs(each[0]), each[0])):
        if (domain == "positive" and x <= 0) or (domain == "nonnegative" and x < 0):
            continue
        value: Value = int(x) if isinstance(x, Fraction) and x.denominator == 1 else x
        if _holds(key, name, value, roughly) != (holds := _holds(answer, name, value, roughly)):
            return name, value, not holds
    return None


def count_comparisons(node: Node) -> int:
    """The comparisons in a condition."""
    own = len(node.rest) if isinstance(node, Comparison) else 0
    return own + sum(map(count_comparisons, children(node)))


def _holds(node: Node, name: str, value: Value, roughly: bool) -> bool:
    match node:
        case Logic(word=word, operands=operands):
            found = (_holds(operand, name, value, roughly) for operand in operands)
            return all(found) if word == "and" else any(found)
        case Not(operand=operand):
            return not _holds(operand, name, value, roughly)
        case Constant(name=word):
            return word == "true"
        case Comparison():
            return all(_compares(sign, a, b, {name: value}, roughly) for sign, a, b in pairs(node))
        case _:
            return False


def pairs(node: Comparison) -> Iterator[tuple[str, Node, Node]]:
    """The comparisons of a chain: `0 <= p < k` says `0 <= p` and `p < k`."""
    left = node.first
    for sign, right in node.rest:
        yield sign, left, right
        left = right


def _compares(sign: str, left: Node, right: Node, point: Mapping[str, Value], roughly: bool) -> bool:
    a, b = value_at(left, point), value_at(right, point)
    if a is None or b is None:
        return False
    inexact = roughly or isinstance(a, float) or isinstance(b, float)
    if inexact and math.isclose(a, b, rel_tol=NEAR, abs_tol=NEAR):
        a = b
    return truth(sign, (a > b) - (a < b))


def truth(sign: str, order: int) -> bool:
    """Whether a comparison holds, from whether the left side is smaller (-1), the same (0) or larger (1)."""
    match sign:
        case "==":
            return order == 0
        case "!=":
            return order != 0
        case "<" | "<=":
            return order < 0 or (order == 0 and sign == "<=")
        case ">" | ">=":
            return order > 0 or (order == 0 and sign == ">=")
        case _:
            return False


def _merged(numbers: list[Fraction | float]) -> list[Fraction | float]:
    """One of any that are as good as equal, the exact one where there is one."""
    kept: list[Fraction | float] = []
    for number in numbers:
        if kept and math.isclose(kept[-1], number, rel_tol=NEAR, abs_tol=NEAR):
            if isinstance(kept[-1], Fraction) and isinstance(number, Fraction):
                kept.append(number)
            elif isinstance(number, Fraction):
                kept[-1] = number
        else:
            kept.append(number)
    return kept


class _TooManyError(Exception):
    """More zeros to look for than there is time for."""


class _Breaks:
    """Numbers at which conditions may begin or cease to hold: where two sides meet, or one has no value."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.known: dict[Node, set[Fraction | float]] = {}
        self.scans = 0

    def of(self, *conditions: Node) -> set[Fraction | float]:
        found: set[Fraction | float] = set()
        for node in conditions:
            if isinstance(node, Comparison):
                for _, left, right in pairs(node):
                    if (bound := self.bound(left, right)) is not None:
                        found.add(bound)
                        continue
                    for side in _without_bars(Sum(left.offset, (("+", left), ("-", right)))):
                        found |= self.zeros(side)
            else:
                found |= self.of(*children(node))
        return found

    def bound(self, left: Node, right: Node) -> Fraction | float | None:
        """The number that the unknown itself is compared with, or None."""
        unknown, other = (left, right) if isinstance(left, Name) else (right, left)
        if not isinstance(unknown, Name) or names_in(other):
            return None
        value = value_at(other, {})
        if isinstance(value, (int, Fraction)):
            return Fraction(value)
        return value if isinstance(value, float) and math.isfinite(value) else None

    def zeros(self, node: Node) -> set[Fraction | float]:
        if node not in self.known:
            pair = quotient(node, (self.name,))
            if pair is None or max(map(_degree, pair)) > HIGHEST:
                self.scans += 1
                if self.scans > MOST_SCANS:
                    raise _TooManyError
                self.known[node] = _scanned(node, self.name)
            else:
                self.known[node] = _roots(pair[0]) | _roots(pair[1])
        return self.known[node]


def _without_bars(node: Node, most: int = 4) -> list[Node]:
    """The formulas that one with absolute values amounts to, with either sign for each."""
    found = [node]
    while len(found) < most and any(_first_bar(each) is not None for each in found):
        found = [
            _replaced(each, bar, replacement)
            for each in found
            if (bar := _first_bar(each)) is not None
            for replacement in (bar.arguments[0], Negative(bar.offset, bar.arguments[0]))
        ] + [each for each in found if _first_bar(each) is None]
    return found


def _first_bar(node: Node) -> Call | None:
    if isinstance(node, Call) and node.function == "abs":
        return node
    return next((bar for child in children(node) if (bar := _first_bar(child)) is not None), None)


def _replaced(node: Node, old: Node, new: Node) -> Node:
    return new if node is old else rebuilt(node, lambda child: _replaced(child, old, new))


def _degree(polynomial: Polynomial) -> int:
    return max((monomial[0] for monomial in polynomial.itermonoms()), default=0)


def _roots(polynomial: Polynomial) -> set[Fraction | float]:
    """The real zeros of a polynomial in one unknown, exact where they are fractions."""
    import numpy as np

    if not polynomial or polynomial.is_ground:
        return set()
    found: set[Fraction | float] = set()
    polynomial = polynomial.sqf_part()
    coefficients = {
        monomial[0]: Fraction(int(c.numerator), int(c.denominator)) for monomial, c in polynomial.iterterms()
    }
    degree = max(coefficients)
    if degree == 1:
        return {-coefficients.get(0, Fraction(0)) / coefficients[1]}
    dense = [coefficients.get(k, Fraction(0)) for k in range(degree, -1, -1)]
    largest = max(abs(c) for c in dense)
    for root in np.roots([float(c / largest) for c in dense]):
        if abs(root.imag) > 1e-6 * max(1.0, abs(root)):
            continue
        x = float(root.real)
        near = Fraction(x).limit_denominator(10**5)
        exact = sum(c * near**k for k, c in coefficients.items()) == 0
        found.add(near if exact else x)
    return found


def _scanned(node: Node, name: str) -> set[Fraction | float]:
    """Where a formula of any kind changes sign, or begins to have a value, in steps over the numbers that are commonly met."""
    found: set[Fraction | float] = set()
    before: tuple[Fraction, float | None] | None = None
    for x in _STEPS:
        value = value_at(node, {name: x})
        now = (x, None if value is None else float(value))
        if value == 0:
            found.add(x)
        elif before is not None and (now[1] is None) != (before[1] is None):
            found.add(_halved(node, name, before[0], x, lambda y: y is None))
        elif before is not None and now[1] is not None and before[1] is not None and now[1] * before[1] < 0:
            found.add(_halved(node, name, before[0], x, lambda y: y is not None and y > 0))
        if len(found) > MOST_BREAKS:
            raise _TooManyError
        before = now
    return found


def _halved(
    node: Node, name: str, low: Fraction, high: Fraction, test: Callable[[float | Fraction | int | None], bool]
) -> Fraction | float:
    a, b = float(low), float(high)
    first = test(value_at(node, {name: low}))
    for _ in range(45):
        middle = (a + b) / 2
        if test(value_at(node, {name: middle})) == first:
            a = middle
        else:
            b = middle
    near = Fraction(b).limit_denominator(1000)
    return near if abs(float(near) - b) < 1e-13 * max(1.0, abs(b)) else b
