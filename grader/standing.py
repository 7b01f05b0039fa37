"""How well one question or part tells strong papers from weak ones, counted paper by paper in memory that does not grow with the class."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

_STEPS = 100  # of the scale on which papers are strong or weak
BEST = 4  # the best papers are the best one in so many


@dataclass
class Standing:
    """Pairs of a share of the marks elsewhere and a share of the marks here, both 0 to 1: their correlation, and how the best did."""

    count: int = 0
    _mean: tuple[float, float] = (0.0, 0.0)
    _squares: tuple[float, float] = (0.0, 0.0)
    _products: float = 0.0
    _papers: list[int] = field(default_factory=lambda: [0] * (_STEPS + 1))
    _earned: list[float] = field(default_factory=lambda: [0.0] * (_STEPS + 1))

    def add(self, elsewhere: float, here: float) -> None:
        """Counts one paper."""
        self.count += 1
        x, y = elsewhere - self._mean[0], here - self._mean[1]
        self._mean = self._mean[0] + x / self.count, self._mean[1] + y / self.count
        self._squares = (
            self._squares[0] + x * (elsewhere - self._mean[0]),
            self._squares[1] + y * (here - self._mean[1]),
        )
        self._products += x * (here - self._mean[1])
        at = min(_STEPS, max(0, round(elsewhere * _STEPS)))
        self._papers[at] += 1
        self._earned[at] += here

    @property
    def elsewhere(self) -> float:
        """The mean share of the marks elsewhere."""
        return self._mean[0]

    @property
    def here(self) -> float:
        """The mean share of the marks here."""
        return self._mean[1]

    @property
    def correlation(self) -> float | None:
        """How both go together, -1 to 1; None for fewer than three papers, or where one of them never changes."""
        x, y = self._squares
        if self.count < 3 or min(x, y) <= 1e-12 * self.count:
            return None
        return max(-1.0, min(1.0, self._products / math.sqrt(x * y)))

    @property
    def best(self) -> float:
        """The share of the marks here of the best quarter elsewhere; papers that are as good as the last of them count as well."""
        papers, earned = 0, 0.0
        for at in range(_STEPS, -1, -1):
            papers += self._papers[at]
            earned += self._earned[at]
            if papers * BEST >= self.count:
                break
        return earned / papers if papers else 0.0
