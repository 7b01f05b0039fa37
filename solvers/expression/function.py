"""A formula as a function: its values at well-chosen points of its variables' domains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import numpy as np

from solvers.expression.errors import ExpressionError
from solvers.expression.evaluate import evaluate
from solvers.expression.nodes import Node, names_in
from solvers.expression.residue import residue
from solvers.expression.sampled import Floats, sampled
from solvers.values import Value, as_float, is_exact, is_number

POINTS: Final = 14
"""Points at which two formulas are compared."""
IMAGINARY: Final = "i"
"""The imaginary unit, where a variable is complex and none has this name."""
DOMAINS: Final = ("real", "positive", "nonnegative", "integer", "complex")

_TRIED = 400
# The first points are what a person would try by hand; the others tell formulas apart. Neither repeats among the variables of a point.
_SMALL = (2, 3, 5, 4, 7, 6, 1)
_WHOLE = (8, 3, 12, 1, 16, 5, 24, 2, 9, 13, 32, 7, 11)
_EIGHTHS = (3, 12, -7, 25, 5, -22, 37, 9, -13, 17, 1, -3, 30)
_IMAGINARY_EIGHTHS = (5, -9, 14, 3, -20, 11, 7, -2, 26, -15, 4, 18, -6)


@dataclass(frozen=True)
class Samples:
    """Points of a function's domain, its value at each, and how far an equal formula's value may lie from it."""

    points: tuple[Mapping[str, Value], ...]
    values: tuple[Value, ...]
    slack: tuple[Fraction | float, ...]

    @cached_property
    def columns(self) -> dict[str, Floats]:
        """For each variable, its values at all the points."""
        names = self.points[0] if self.points else ()
        return {name: np.array([_number(point[name]) for point in self.points]) for name in names}

    @cached_property
    def floats(self) -> Floats:
        """The function's values."""
        return np.array([_number(value) for value in self.values])

    @cached_property
    def by_simplicity(self) -> list[int]:
        """The points' places, those with small numbers first."""
        return sorted(
            range(len(self.points)), key=lambda place: sum(abs(_number(x)) for x in self.points[place].values())
        )


class Function:
    """A formula over the domains of its variables: `real`, `positive`, `nonnegative`, `integer` (sizes and counts) or `complex`."""

    def __init__(self, node: Node, domains: Mapping[str, str]) -> None:
        """Variables without a domain are real."""
        self.node = node
        self.domains = {**dict.fromkeys(sorted(names_in(node)), "real"), **domains}
        if self.is_complex and IMAGINARY not in domains:
            self.domains.pop(IMAGINARY, None)

    @property
    def is_complex(self) -> bool:
        """Whether a variable is complex, and `i` therefore the imaginary unit."""
        return "complex" in self.domains.values()

    @cached_property
    def residue(self) -> int | None:
        """The formula's fingerprint if it is rational, and `i` in it just another variable."""
        return None if self.is_complex else residue(self.node)

    @cached_property
    def samples(self) -> Samples:
        """Its values at up to POINTS points, exact where the mathematics is; none if it is defined at none of those tried."""
        points: list[Mapping[str, Value]] = []
        values: list[Value] = []
        for point in self._points():
            value = self.at(point)
            if value is not None:
                points.append(point)
                values.append(value)
            if len(points) == POINTS:
                break
        slack = tuple(Fraction(0) if _is_exact(x) else 1e-9 * max(1.0, abs(_number(x))) for x in values)
        return Samples(tuple(points), tuple(values), slack)

    def at(self, point: Mapping[str, Value]) -> Value | None:
        """The function's value at a point; None where it has none."""
        return value_at(self.node, point)

    def _points(self) -> Iterator[Mapping[str, Value]]:
        """Points to try; just one for a formula without variables."""
        constants: dict[str, Value] = {IMAGINARY: 1j} if self.is_complex and IMAGINARY not in self.domains else {}
        for trial in range(_TRIED if self.domains else 1):
            yield constants | {name: _draw(kind, i, trial) for i, (name, kind) in enumerate(self.domains.items())}


def value_at(node: Node, point: Mapping[str, Value]) -> Value | None:
    """A formula's value at a point, exact where the mathematics is; None where it has none."""
    if any(isinstance(x, complex) for x in point.values()):
        found = sampled(node, {name: np.array([_number(x)]) for name, x in point.items()})
        value = None if found is None else complex(found.flat[0])
        return value if value is not None and np.isfinite(value) else None
    try:
        exact = evaluate(node, point)
    except ExpressionError:
        return None
    return exact if is_number(exact) else None


def _draw(kind: str, variable: int, trial: int) -> Value:
    """A variable's value at a trial point: 2, 3, 5, … first, then numbers in an order of its own."""
    if trial < 3:
        return _SMALL[(variable + trial) % len(_SMALL)]
    # 13 values are walked in steps that differ from variable to variable, and from round to round, so that no two stay together.
    turn, step = divmod(trial - 3, 13)
    place = (variable * (turn + 1) + step * (variable % 12 + 1) + turn) % 13
    if kind == "integer":
        return _WHOLE[place]
    value = Fraction(_EIGHTHS[place], 8)
    if kind == "complex":
        return complex(value, _IMAGINARY_EIGHTHS[place] / 8)
    return value if kind == "real" else abs(value)


def _effort(numbers: Iterable[Any]) -> tuple[bool, float]:
    """How hard numbers are to work with by hand."""
    found = list(numbers)
    return not all(isinstance(x, int) for x in found), sum(abs(_number(x)) for x in found)


def _number(value: Any) -> Any:
    return value if isinstance(value, complex) else as_float(value)


def _is_exact(value: Any) -> bool:
    return not isinstance(value, complex) and is_exact(value)
