"""Settings of PyTorch's modules and functions as kinds write them."""

from __future__ import annotations

from collections.abc import Iterable


def sides(value: int | Iterable[int]) -> int | tuple[int, ...]:
    """One number for all axes if they are alike, else one for each."""
    if isinstance(value, int):
        return value
    found = tuple(int(v) for v in value)
    return found[0] if len(set(found)) == 1 else found
