"""Receptive fields measured: the input samples on which one unit of a real network has a gradient. For oracles only.

All weights are 1 in float64, so that no two paths cancel and a sample is in the field just when its gradient isn't 0.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from solvers.values import Value
from solvers.windows import settings

LONGEST = 2**20  # input samples beyond which a field is not measured


@dataclass(frozen=True)
class Layer:
    """A convolution's or pooling layer's settings along one axis."""

    k: int
    s: int = 1
    p: int = 0
    d: int = 1


@dataclass(frozen=True)
class Measured:
    """Samples in one unit's field, samples between neighbouring units' fields, and where the first unit's field begins."""

    field: int
    jump: int
    offset: int


def layers_of(k: Value, s: Value, d: Value, p: Value | None = None) -> list[Layer]:
    """The layers that lists of settings describe."""
    padding = [0] * len(k) if p is None else p
    return [Layer(**settings(i, k=k, s=s, d=d, p=padding)) for i in range(len(k))]


def gradient(length: int, layers: Sequence[Layer], unit: int) -> Any | None:
    """The gradient of one unit (counted from 0) on each input sample; None where there is no such unit."""
    import torch

    signal = torch.ones(1, 1, length, dtype=torch.float64, requires_grad=True)
    passed = signal
    for layer in layers:
        taps = torch.ones(1, 1, layer.k, dtype=torch.float64)
        if passed.shape[-1] + 2 * layer.p < layer.d * (layer.k - 1) + 1:
            return None
        passed = torch.nn.functional.conv1d(passed, taps, None, layer.s, layer.p, layer.d)
    if unit >= passed.shape[-1]:
        return None
    passed[0, 0, unit].backward()
    assert signal.grad is not None
    return signal.grad[0, 0]


def ends(gradients: Any) -> tuple[int, int]:
    """The first and the last place with a gradient."""
    places = gradients.nonzero()
    return int(places[0]), int(places[-1])


def _first_unit(layers: Sequence[Layer]) -> tuple[int, int, int] | None:
    """First and last sample of unit 0's field without padding, and the input's length; None if that is too long."""
    bare = [Layer(layer.k, layer.s, 0, layer.d) for layer in layers]
    length = 1
    while length <= LONGEST:
        seen = gradient(length, bare, 0)
        if seen is not None:
            return *ends(seen), length
        length *= 2
    return None


def measure(layers: Sequence[Layer]) -> Measured | None:
    """Field, jump and offset of the last layer's units; None if that needs too long an input.

    Without padding, units 0 and 1 give field and jump. With it, a unit in the middle, whose field is whole, gives the offset.
    """
    found = _first_unit(layers)
    if found is None:
        return None
    start, end, length = found
    bare = [Layer(layer.k, layer.s, 0, layer.d) for layer in layers]
    while (second := gradient(length, bare, 1)) is None:
        length *= 2
        if length > LONGEST:
            return None
    field, jump = end - start + 1, ends(second)[0] - start
    while length <= LONGEST:
        unit = length // (2 * jump)
        seen = gradient(length, layers, unit)
        if seen is not None and seen.any():
            first, last = ends(seen)
            if last - first + 1 == field and first > 0 and last < length - 1:
                return Measured(field, jump, first - unit * jump)
        length *= 2
    return None


def field_of(layers: Sequence[Layer]) -> int:
    """The field alone, of networks small enough to be measured."""
    found = _first_unit(layers)
    assert found is not None
    start, end, _ = found
    return end - start + 1


def fewest(network: Callable[[int], Sequence[Layer]], wanted: int) -> int:
    """The smallest number whose network has a field of `wanted` samples or more."""
    upper = 1
    while field_of(network(upper)) < wanted:
        upper *= 2
    return bisect_left(range(upper + 1), wanted, key=lambda number: field_of(network(number)))
