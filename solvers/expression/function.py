"""A formula as a function: where it is compared with others, and whether another one agrees with it there beyond doubt."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np

from solvers.expression.corners import corners
from solvers.expression.nodes import Node, names_in
from solvers.expression.precise import MORE_DIGITS, NoValueError, TooMuchWorkError, is_complex, precise
from solvers.expression.residue import residue
from solvers.expression.sampled import Floats, sampled
from solvers.expression.survey import Survey, survey
from solvers.values import Value

POINTS: Final = 20
"""Points at which two formulas are compared, besides the corners of either."""
IMAGINARY: Final = "i"
"""The imaginary unit, where a variable is complex and none has this name."""
UNDECLARED: Final = "undeclared"
"""The domain of a variable of which nothing is said: real numbers, those at which the formulas that are compared have values."""
UNIT: Final = "unit"
"""The domain that makes `i` the imaginary unit among real variables."""
DOMAINS: Final = ("real", "positive", "nonnegative", "integer", "complex")

_TRIED = 72
_LEAST = 3  # points without which more are looked for
_LAST_BITS = 1e-12  # a bound itself is within a tolerance
_CLEAR = 1e-15  # a gap that no rounding explains between values of common size
_CLOSED = 1e-30
# The first points are what a person would try by hand. The others tell formulas apart: no two variables keep step with each other.
_SMALL = (2, 3, 5, 4, 7, 6, 1)
_SIGNED = tuple(itertools.permutations((-2, 2, Fraction(1, 2))))  # (x^n)^z is not x^(n z) where x = -2, n = 2, z = 1/2
_WHOLE = (8, 3, 12, 1, 16, 5, 24, 2, 9, 13, 32, 7, 11)
_EIGHTHS = (3, 12, -7, 25, 5, -22, 37, 9, -13, 17, 1, -3, 30)
_IMAGINARY_EIGHTHS = (5, -9, 14, 3, -20, 11, 7, -2, 26, -15, 4, 18, -6)
_SCALES = (
    1,
    1,
    3,
    10,
)  # from round to round: larger numbers only where smaller ones give no value, or rounding gets in the way


@dataclass(frozen=True)
class Tolerance:
    """How far an answer's values may lie from the key's: so much in all, or so much of the key's size."""

    absolute: float = 0.0
    relative: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.absolute or self.relative)


@dataclass(frozen=True)
class Places:
    """Points, and in floating point: each variable's values there, and the function's own."""

    points: tuple[Mapping[str, Value], ...]
    columns: Mapping[str, Floats]
    floats: Floats

    @cached_property
    def efforts(self) -> list[tuple[bool, bool, float]]:
        """How hard each point is to work with by hand; smaller is easier."""
        return [_effort(list(point.values())) for point in self.points]

    def by_simplicity(self, places: Iterable[int]) -> list[int]:
        """The places, those of points with small whole numbers first."""
        return sorted(places, key=self.efforts.__getitem__)


@dataclass(frozen=True, slots=True)
class Beside:
    """Two formulas' values at a point, None for one that has none, and whether they are the same; None if that says nothing."""

    mine: Any
    theirs: Any
    same: bool | None


class Function:
    """A formula over the domains of its variables: `real`, `positive`, `nonnegative`, `integer` (sizes and counts) or `complex`."""

    def __init__(self, node: Node, domains: Mapping[str, str], tolerance: Tolerance = Tolerance()) -> None:
        """Variables without a domain are real, as far as formulas are. `verdicts` has room for what whoever compares found of other formulas' texts."""
        self.node = node
        self.tolerance = tolerance
        self.verdicts: dict[str, Any] = {}
        self.names = names_in(node)
        self.domains = {**dict.fromkeys(sorted(self.names), UNDECLARED), **domains}
        self.has_unit = domains.get(IMAGINARY) == UNIT or ("complex" in domains.values() and IMAGINARY not in domains)
        if self.has_unit:
            self.domains.pop(IMAGINARY, None)

    @property
    def is_undeclared(self) -> bool:
        """Whether nobody said what numbers a variable stands for."""
        return UNDECLARED in self.domains.values()

    @property
    def is_complex(self) -> bool:
        """Whether its values are complex: as a variable is, or as `i` is the imaginary unit."""
        return self.has_unit or "complex" in self.domains.values()

    @cached_property
    def survey(self) -> Survey:
        """What there is in the formula."""
        return survey(self.node)

    @cached_property
    def residue(self) -> int | None:
        """The formula's fingerprint if it is rational, to be met exactly, and `i` in it just another variable."""
        return None if self.is_complex or self.tolerance else residue(self.node)

    @cached_property
    def places(self) -> Places:
        """Up to POINTS points at which it has a value, and its corners; none if it has none at those tried."""
        usual = self._defined(_trials(tuple(self.domains.items()), self.is_complex), POINTS)
        if len(usual.points) < _LEAST and self.domains:
            # (-1)^x has values at whole numbers only.
            whole = tuple((name, "complex" if kind == "complex" else "integer") for name, kind in self.domains.items())
            usual = self._defined((*usual.points, *_trials(whole, self.is_complex)), POINTS)
        bent = self.corners_of(self.node) if self.survey.bends else None
        return joined(usual, bent) if bent is not None and bent.points else usual

    def corners_of(self, node: Node) -> Places:
        """Where another formula of the same variables changes its rule, and this one has a value."""
        return self._defined(() if self.has_unit else corners(node, self.domains))

    def at(self, point: Mapping[str, Value]) -> Any:
        """The function's value at a point, to 50 digits. Raises NoValueError."""
        return precise(self.node, point)

    def beside(self, node: Node, point: Mapping[str, Value]) -> Beside:
        """This formula's value and another one's at a point at which this one has one, and whether they are the same.

        Where rounding was needed on the way, they are the same if the gap between them closes as more digits are kept.
        """
        mine = value_at(self.node, point)
        try:
            theirs = precise(node, point)
        except TooMuchWorkError:
            return Beside(mine, None, same=False)
        except NoValueError:
            theirs = None
        if mine is None:
            return Beside(None, theirs, same=None)
        if theirs is None or (self.is_undeclared and is_complex(theirs) and not is_complex(mine)):
            # ln x + ln y for ln(x*y): whoever left the domains open can't hold negative numbers against it.
            return Beside(mine, None, same=None if self.is_undeclared else False)
        gap = _gap(mine, theirs)
        if self.tolerance:
            most = max(self.tolerance.absolute, self.tolerance.relative * abs(mine))
            return Beside(mine, theirs, same=bool(gap <= most * (1 + _LAST_BITS)))
        exact = isinstance(mine, (int, Fraction)) and isinstance(theirs, (int, Fraction))
        size = max(map(abs, of_one_kind(mine, theirs)))
        if gap == 0 or exact or (gap > _CLEAR and size < 1 / _CLEAR):
            return Beside(mine, theirs, same=bool(gap == 0))
        if gap <= size * _CLOSED:
            return Beside(mine, theirs, same=True)
        try:
            closer = _gap(precise(self.node, point, MORE_DIGITS), precise(node, point, MORE_DIGITS))
        except NoValueError:
            return Beside(mine, theirs, same=False)
        return Beside(mine, theirs, same=bool(closer <= gap * _CLOSED))

    def _defined(self, points: tuple[Mapping[str, Value], ...], most: int | None = None) -> Places:
        """Those of the points, up to so many, at which the formula has a finite value, a real one unless a variable is complex."""
        if not points:
            return Places((), {}, np.empty(0))
        columns = _columns(points)
        found = sampled(self.node, columns)
        # In floating point, tanh(1/0) is 1.
        if found is None or not np.isfinite(found).all() or value_at(self.node, points[0]) is None:
            values = [self._number_at(point) for point in points]
            kept = [place for place, value in enumerate(values) if value is not None][:most]
            floats = np.array([values[place] for place in kept])
        else:
            kept = list(range(len(points)))[:most]
            floats = np.broadcast_to(found, len(points))[kept]
        return Places(tuple(points[k] for k in kept), {name: column[kept] for name, column in columns.items()}, floats)

    def _number_at(self, point: Mapping[str, Value]) -> float | complex | None:
        try:
            value = self.at(point)
            if is_complex(value):
                return complex(value) if self.is_complex else None
            number = float(value)
        except (NoValueError, OverflowError):
            return None
        return number if np.isfinite(number) else None


def of_one_kind(first: Any, second: Any) -> tuple[Any, Any]:
    """Two numbers with all their digits, both exact or both mpmath's: a Fraction and those know nothing of each other."""
    context = next((x.context for x in (first, second) if hasattr(x, "context")), None)
    if context is None:
        return first, second
    first, second = (
        context.mpf(x.numerator) / x.denominator if isinstance(x, (int, Fraction)) else x for x in (first, second)
    )
    return first, second


def _gap(first: Any, second: Any) -> Any:
    """How far two numbers lie apart."""
    first, second = of_one_kind(first, second)
    return abs(first - second)


def value_at(node: Node, point: Mapping[str, Value]) -> Any:
    """A formula's value to 50 digits, or None where it has none."""
    try:
        return precise(node, point)
    except NoValueError:
        return None


def joined(a: Places, b: Places) -> Places:
    """The points of both."""
    columns = {name: np.concatenate([a.columns[name], b.columns[name]]) for name in a.columns}
    return Places((*a.points, *b.points), columns, np.concatenate([a.floats, b.floats])) if a.points else b


def _columns(points: tuple[Mapping[str, Value], ...]) -> dict[str, Floats]:
    return {name: np.array([as_number(point[name]) for point in points]) for name in points[0]}


@lru_cache(maxsize=256)
def _trials(kinds: tuple[tuple[str, str], ...], with_imaginary: bool) -> tuple[Mapping[str, Value], ...]:
    """Points to try; just one for a formula without variables."""
    unit: dict[str, Value] = {IMAGINARY: 1j} if with_imaginary and IMAGINARY not in dict(kinds) else {}
    count = _TRIED if kinds else 1
    return tuple(unit | {name: _draw(kind, i, trial) for i, (name, kind) in enumerate(kinds)} for trial in range(count))


def _draw(kind: str, variable: int, trial: int) -> Value:
    """A variable's value at a trial point."""
    if trial < 2:
        return _SMALL[(variable + trial) % len(_SMALL)]
    if trial < 2 + len(_SIGNED) and kind not in ("integer", "complex"):
        value: Value = _SIGNED[trial - 2][variable % 3]
        return value if kind in (UNDECLARED, "real") else abs(value)
    # 13 values are walked in steps that differ from variable to variable, and from round to round, so that no two stay together.
    turn, step = divmod(trial, 13)
    place = (variable * (turn + 1) + step * (variable % 12 + 1) + turn) % 13
    scale = _SCALES[turn % len(_SCALES)]
    if kind == "integer":
        return _WHOLE[place] * scale
    value = Fraction(_EIGHTHS[place] * scale, 8)
    if kind == "complex":
        return complex(value, _IMAGINARY_EIGHTHS[place] / 8)
    return value if kind in (UNDECLARED, "real") else abs(value)


def _effort(numbers: list[Any]) -> tuple[bool, bool, float]:
    """Whether numbers are not whole, whether one is negative, and their sum without signs."""
    whole = all(isinstance(x, int) for x in numbers)
    negative = any(not isinstance(x, complex) and x < 0 for x in numbers)
    return not whole, negative, sum(abs(as_number(x)) for x in numbers)


def as_number(value: Any) -> Any:
    """A value as a float, infinite if it is too large for one, or as a complex number if it is one."""
    if is_complex(value):
        return complex(value)
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
