"""Functions that stand for any function at all: `f(x + 1) - f(x)` where nothing is said of f.

Two formulas that hold for every f hold for one without any symmetry, and one without symmetry tells apart those that don't.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any


def opaque(function: str, arguments: Sequence[Any], sine: Callable[[Any], Any]) -> Any:
    """The value of such a function: smooth, and another one for each name. `sine` is that of the arguments' kind of number."""
    total = _phase(function) + 2
    for place, argument in enumerate(arguments):
        total = total + sine((place + 2) * argument + _phase(function)) + argument / (place + 7)
    return total


@lru_cache(maxsize=256)
def _phase(function: str) -> float:
    return float(Fraction(hashlib.sha256(function.encode()).digest()[0] + 1, 64))
