"""Which input samples each unit of a layer sees along one axis, exactly, where neighbouring units may see differently many.

Behind an upsampling by 2, every other unit sees the samples that its neighbour sees; what a unit sees depends on its phase. Units repeat after so
many phases, each time the same number of input samples further on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

MOST_PHASES = 4096
_MOST_TAPS = 1_000_000  # of all phases together

Ends = tuple[int, int] | None
"""The first and the last sample that a unit sees; None where it sees none."""


class TooManyPhasesError(ValueError):
    """The units of a layer repeat only after more phases, or see through more taps, than anyone wants to know of."""


@dataclass(frozen=True)
class Reach:
    """The ends of each phase, and how many input samples lie between a unit and the next of its phase."""

    ends: tuple[Ends, ...] = ((0, 0),)
    advance: int = 1

    def of(self, unit: int) -> Ends:
        """What the unit of this number sees; the first is unit 0."""
        turn, phase = divmod(unit, len(self.ends))
        seen = self.ends[phase]
        return seen and (seen[0] + turn * self.advance, seen[1] + turn * self.advance)

    def through(self, k: int, s: int, p: int, d: int, u: int) -> Reach:
        """The reach behind a window of k taps, d apart, moved by s on units that were laid u apart, p places before the first.

        Raises TooManyPhasesError.
        """
        whole = u * len(self.ends)
        phases = whole // math.gcd(whole, s)
        if phases > MOST_PHASES:
            raise TooManyPhasesError
        advance = phases * s * self.advance // whole
        if len(self.ends) == 1 and u == 1:
            return Reach((_joined((self.of(-p), self.of(d * (k - 1) - p))),), advance)
        if k * phases > _MOST_TAPS:
            raise TooManyPhasesError
        seen = [_joined(map(self.of, _units(k, s * unit - p, d, u))) for unit in range(phases)]
        return Reach(tuple(seen), advance).shortest()

    def joined(self, *others: Reach) -> Reach:
        """What units see that read units of several layers, whose units lie equally far apart. Raises TooManyPhasesError."""
        phases = math.lcm(*(len(reach.ends) for reach in (self, *others)))
        if phases > MOST_PHASES:
            raise TooManyPhasesError
        advance = self.advance * (phases // len(self.ends))
        ends = (_joined(reach.of(unit) for reach in (self, *others)) for unit in range(phases))
        return Reach(tuple(ends), advance).shortest()

    def shortest(self) -> Reach:
        """The same reach with as few phases as tell it."""
        phases = len(self.ends)
        for fewer in range(1, phases):
            if phases % fewer == 0 and self.advance * fewer % phases == 0:
                candidate = Reach(self.ends[:fewer], self.advance * fewer // phases)
                if all(candidate.of(unit) == self.ends[unit] for unit in range(phases)):
                    return candidate
        return self

    @property
    def largest(self) -> int:
        """The samples from one end to the other, in the phase in which they are most; 0 where no unit sees any."""
        return max((seen[1] - seen[0] + 1 for seen in self.ends if seen), default=0)

    @property
    def middle(self) -> Fraction:
        """The centre of what the first unit sees, where the first sample reaches from 0 to 1."""
        low, high = self.ends[0] or (0, 0)
        return Fraction(low + high + 1, 2)

    @property
    def jump(self) -> Fraction:
        """Input samples between neighbouring units, on average over the phases."""
        return Fraction(self.advance, len(self.ends))


def _units(k: int, first: int, d: int, u: int) -> Iterable[int]:
    """The units under a window's taps, where units were laid u apart."""
    return (place // u for place in range(first, first + d * (k - 1) + 1, d) if place % u == 0)


def _joined(ends: Iterable[Ends]) -> Ends:
    seen = [one for one in ends if one]
    return (min(low for low, _ in seen), max(high for _, high in seen)) if seen else None
