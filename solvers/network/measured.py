"""A network run with real PyTorch modules: the shapes, counts and receptive fields that they give. For oracles only.

Shapes are those of tensors that pass through the modules on the meta device; parameters are counted from the modules; multiply-adds by
PyTorch's own counter of floating-point operations; a field is where the input has a gradient in a copy whose weights are all 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from solvers.network.kind import Sees, Window
from solvers.network.model import Layer
from solvers.network.wiring import Wiring
from solvers.values import Shape, normal

LONGEST = 2**15  # input samples beyond which a field is not measured


@dataclass(frozen=True)
class Run:
    """What the real modules gave, by layer."""

    shapes: Mapping[str, Shape]
    parameters: Mapping[str, int]
    multiply_adds: Mapping[str, int]


def run(wiring: Wiring) -> Run:
    """One example through the real modules of all the wired layers."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    tensors: dict[str, Any] = {
        name: torch.empty(1, *wiring.shapes[name], device="meta", dtype=_type_of(wiring, name))
        for name in wiring.network.inputs
    }
    parameters: dict[str, int] = {}
    multiply_adds: dict[str, int] = {}
    for layer in wiring.layers:
        module = layer.kind.real(*wiring.inputs_of(layer)).eval()
        parameters[layer.name] = sum(parameter.numel() for parameter in module.parameters())
        counter = FlopCounterMode(display=False)
        with torch.no_grad(), counter:
            tensors[layer.name] = module(*(tensors[source] for source in layer.inputs))
        multiply_adds[layer.name] = counter.get_total_flops() // 2
    shapes = {name: Shape(tensor.shape[1:]) for name, tensor in tensors.items()}
    return Run(shapes, parameters, multiply_adds)


def multiply_adds(layer: Layer, x: Shape) -> int:
    """What PyTorch counts for one layer on an input of this shape."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        layer.kind.real(x)(torch.empty(1, *x, device="meta"))
    return counter.get_total_flops() // 2


def _type_of(wiring: Wiring, name: str) -> Any:
    """Token numbers for an embedding, reals for everything else."""
    import torch

    tokens = any(layer.kind.word == "embedding" for layer in wiring.layers if name in layer.inputs)
    return torch.long if tokens else torch.float32


@dataclass(frozen=True)
class Seen:
    """Samples in one unit's field (the largest, where neighbours see differently many), and between neighbouring units' fields."""

    field: int
    jump: int | Fraction


def seen(wiring: Wiring, name: str) -> Seen | None:
    """Field and jump of a layer along the first axis, by gradients; None where it would need too long an input."""
    import torch

    phases, length = _phases(wiring), 64
    while length <= LONGEST:
        signal = torch.ones(1, 1, length, dtype=torch.float64, requires_grad=True)
        passed = _passed(wiring, signal, name)
        if passed is not None and passed.shape[-1] >= max(4, 2 * phases + 2):
            middle = passed.shape[-1] // 2
            ends = [_ends(passed, signal, middle + unit) for unit in range(phases + 1)]
            if all(first > 0 and last < length - 1 for first, last in ends):
                jump = normal(Fraction(ends[-1][0] - ends[0][0], phases))
                return Seen(max(last - first + 1 for first, last in ends), jump)
        length *= 2
    return None


def _phases(wiring: Wiring) -> int:
    """After how many units what they see repeats, at the latest: upsampling makes neighbours see alike."""
    windows = [layer.kind.window(*wiring.inputs_of(layer)) for layer in wiring.layers]
    return math.prod(window.along(0)[-1] for window in windows if isinstance(window, Window))


def _ends(passed: Any, signal: Any, unit: int) -> tuple[int, int]:
    import torch

    (gradient,) = torch.autograd.grad(passed[0, 0, unit], signal, retain_graph=True)
    places = gradient[0, 0].nonzero()
    return int(places[0]), int(places[-1])


def _passed(wiring: Wiring, signal: Any, name: str) -> Any:
    """One channel along one axis through the windows of the layers; where paths meet they are added, so that none cancels another."""
    import torch

    passed: dict[str, Any] = dict.fromkeys(wiring.network.inputs, signal)
    for layer in wiring.layers:
        tensors = [passed[source] for source in layer.inputs if source in passed]
        if not tensors:
            continue  # it depends on no input
        if any(tensor is None for tensor in tensors):
            passed[layer.name] = None
            continue
        shortest = min(tensor.shape[-1] for tensor in tensors)
        whole = tensors[0] if len(tensors) == 1 else sum(tensor[..., :shortest] for tensor in tensors)
        passed[layer.name] = _through(layer, wiring, whole, torch)
        if layer.name == name:
            break
    return passed.get(name)


def _through(layer: Layer, wiring: Wiring, signal: Any, torch: Any) -> Any:
    window = layer.kind.window(*wiring.inputs_of(layer))
    if isinstance(window, Sees):
        return signal if window is Sees.OWN_PLACE else None
    k, s, p, d, u = window.along(0)
    length = (signal.shape[-1] - 1) * u + 1
    if length + 2 * p < d * (k - 1) + 1:
        return None
    spread = torch.zeros(1, 1, length, dtype=torch.float64)
    spread[..., ::u] = signal
    padded = torch.nn.functional.pad(spread, (p, p))
    return torch.nn.functional.conv1d(padded, torch.ones(1, 1, k, dtype=torch.float64), None, s, 0, d)
