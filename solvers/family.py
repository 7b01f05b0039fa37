"""Derivations whose steps depend on the givens: a chain of as many layers, a recurrence of as many time steps."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import Given
from solvers.text import GradmarkError, Text, UsageError
from solvers.values import Value

LONGEST = 200  # layers or time steps that a family unrolls at most


class Family:
    """Builds, for given `size` values, the derivation with that many steps; used wherever a derivation is.

    `size` reads from complete givens what the steps depend on (a length, a word); `build` makes the derivation for it.
    `smallest` are sizes with which the family introduces itself in lists.
    """

    def __init__(
        self,
        name: str,
        build: Callable[..., Derivation],
        size: Callable[[Mapping[str, Value]], tuple[Hashable, ...]],
        smallest: tuple[Hashable, ...],
    ) -> None:
        self.name = name
        self._size = size
        self._build = lru_cache(maxsize=64)(build)
        self.example = self._build(*smallest)

    def __repr__(self) -> str:
        return f"Family({self.name!r})"

    @property
    def title(self) -> Text:
        """What the derivations of the family compute."""
        return self.example.title

    @property
    def givens(self) -> Mapping[str, Given]:
        """The givens, which are the same for every size."""
        return self.example.givens

    def complete(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """The givens checked and completed, as in `Derivation.complete`."""
        return self.example.complete(values)

    def at(self, givens: Mapping[str, Value]) -> Derivation:
        """The derivation for these (complete) givens. Raises UsageError beyond `LONGEST` steps."""
        size = self._size(givens)
        if any(isinstance(part, int) and part > LONGEST for part in size):
            raise UsageError(
                f"{self.name} goes up to {LONGEST} layers or steps.", f"{self.name} 最多支持 {LONGEST} 层（步）。"
            )
        try:
            return self._build(*size)
        except GradmarkError:
            raise
        except (ValueError, IndexError, KeyError) as error:
            raise UsageError(
                f"{self.name} cannot be built for {size}: {error}", f"{self.name} 无法按 {size} 展开：{error}"
            ) from error
