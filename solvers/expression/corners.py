"""Where a formula changes its rule: points on both sides of each corner of `abs`, `relu`, `max`, each step of `floor`, `ceil`.

At the points that a person would try, `min(n, 40)` is `n`, and `ceil(n/15)` is `floor(n/15) + 1`. They differ where the one takes its
second branch, and at the other's multiples of 15: so these points are looked for, one variable at a time, the others at small numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np

from solvers.expression.nodes import Call, Node, Product, Sum, children, names_in
from solvers.expression.sampled import Floats, sampled
from solvers.values import Value

MOST: Final = 48
"""Points given for one formula, at most."""

_BENT = frozenset(("abs", "relu", "sign"))
_STEPPED = frozenset(("floor", "ceil", "round"))
_EXTREME = frozenset(("max", "min"))
_STEPS = (1, 2, -1)  # of a stepped function: where its argument is a whole number other than 0
_OTHERS = (2, 3, 5, 7, 11, 13)
_FAR = (1021, 2053, 4099)  # where a factor of 1.001 is a step or more
_FARTHEST = 10**12
_FINEST = 1000
_PROBES = np.array([1.0, 2.0, 4.0])


def corners(node: Node, domains: Mapping[str, str]) -> tuple[Mapping[str, Value], ...]:
    """Points of the variables' domains on both sides of each corner and step of a formula, up to MOST; none for a smooth one."""
    found: dict[tuple[Value, ...], Mapping[str, Value]] = {}
    for point in itertools.islice(_points(node, domains), 4 * MOST):
        found.setdefault(tuple(point.values()), point)
        if len(found) == MOST:
            break
    return tuple(found.values())


def has_steps(node: Node) -> bool:
    """Whether its value jumps somewhere, so that the least rounding of a step's argument counts."""
    match node:
        case Call(function=function) if function in _STEPPED or function == "sign":
            return True
        case Product(factors=factors) if any(sign in ("//", "%") for sign, _ in factors):
            return True
    return any(has_steps(child) for child in children(node))


def _points(node: Node, domains: Mapping[str, str]) -> Iterator[Mapping[str, Value]]:
    if "complex" in domains.values():
        return
    usual: dict[str, int] = {name: _OTHERS[i % len(_OTHERS)] for i, name in enumerate(domains)}
    if has_steps(node):
        near: dict[str, int] = {name: 1 + i % 3 for i, name in enumerate(domains)}
        yield from (near | {name: _FAR[i % len(_FAR)]} for i, name in enumerate(domains))
    for argument, values in _switches(node):
        for name in sorted(names_in(argument) & domains.keys()):
            for place in _where(argument, values, name, usual):
                yield from (usual | {name: x} for x in _around(place, domains[name]))


def _switches(node: Node) -> Iterator[tuple[Node, tuple[int, ...]]]:
    """The formulas inside whose value decides on a rule, with the values at which it changes; outer ones first."""
    match node:
        case Call(function=function, arguments=(argument, *_)) if function in _BENT:
            yield argument, (0,)
        case Call(function=function, arguments=(argument, *_)) if function in _STEPPED:
            yield argument, _STEPS
        case Call(function=function, arguments=(first, *others)) if function in _EXTREME:
            for other in others:
                yield Sum(0, (("+", first), ("-", other))), (0,)
        case Product(factors=factors) if any(sign in ("//", "%") for sign, _ in factors):
            yield Product(0, tuple(("/" if sign in ("//", "%") else sign, factor) for sign, factor in factors)), _STEPS
    for child in children(node):
        yield from _switches(child)


def _where(argument: Node, values: tuple[int, ...], name: str, usual: Mapping[str, int]) -> Iterator[float]:
    """Where an argument takes these values as one variable varies, if it is linear in it; nowhere if it isn't, or far away."""
    columns = {other: _PROBES if other == name else _constant(x) for other, x in usual.items()}
    found = sampled(argument, columns)
    if found is None or found.shape != _PROBES.shape:
        return
    first, second, third = found.tolist()
    slope = second - first
    if not slope or not math.isfinite(third) or not math.isclose(third - second, 2 * slope, rel_tol=1e-9):
        return
    for value in values:
        place = 1 + (value - first) / slope
        if abs(place) <= _FARTHEST:
            yield place


@lru_cache(maxsize=64)
def _constant(number: int) -> Floats:
    return np.full(len(_PROBES), float(number))


def _around(found: float, domain: str) -> Iterator[Value]:
    """Numbers of a domain at a place, and close by and farther off on either side."""
    if domain == "integer":
        below = math.floor(found + 1e-9)
        yield from (x for x in (below, below + 1, below - 1, below + 3) if x >= 1)
        return
    place = Fraction(found) if found.is_integer() else Fraction(found).limit_denominator(_FINEST)
    for step in (Fraction(0), Fraction(-1, 2), Fraction(1, 2), Fraction(-5), Fraction(5)):
        x = place + step
        if domain in ("real", "undeclared") or x > 0:
            yield int(x) if x.denominator == 1 else x
