"""What can be asked of a network: the layers, blocks, inputs and parts that suit a question."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache

from solvers.network.kind import Window
from solvers.network.kinds.convolution import Conv
from solvers.network.kinds.dense import Linear
from solvers.network.kinds.resizing import Pad
from solvers.network.kinds.transposed import Deconv
from solvers.network.model import Layer, Network, NetworkError
from solvers.network.suits import Suits
from solvers.network.wiring import shapes_of
from solvers.values import Shape

SHOWN = 16  # rows of a table in a prompt
_PARTS = 32  # of its side in which an input's side is counted
_CHANNELS = range(8, 25)  # sixteenths of its channels that an input's channels may be
_FEW = 4  # channels of pictures, from which an input may have any number up to these

_Test = Callable[[Layer, tuple[Shape, ...]], bool]


def _changes(layer: Layer, xs: tuple[Shape, ...]) -> bool:
    return layer.kind.shape(*xs) is not None or layer.kind.parameters(*xs) is not None


def _learns(layer: Layer, xs: tuple[Shape, ...]) -> bool:
    return layer.shares is None and layer.kind.parameters(*xs) is not None


def _multiplies(layer: Layer, xs: tuple[Shape, ...]) -> bool:
    return layer.kind.multiply_adds(*xs) is not None


def _has_window(layer: Layer, xs: tuple[Shape, ...]) -> bool:
    window = layer.kind.window(*xs)
    return isinstance(window, Window) and max(window.kernel) > 1


def _pads(layer: Layer, xs: tuple[Shape, ...]) -> bool:
    return (
        isinstance(layer.kind, Conv) and isinstance(layer.kind.padding, int) and layer.kind.padding > 0 and len(xs) == 1
    )


def _convolves(layer: Layer, xs: tuple[Shape, ...]) -> bool:
    return isinstance(layer.kind, Conv) and _has_window(layer, xs)


def crops(layer: Layer) -> bool:
    """Whether a layer takes samples off every side."""
    sides = layer.kind.padding if isinstance(layer.kind, Pad) else 0
    return max((sides,) if isinstance(sides, int) else sides) < 0


def reduced_by(network: Network, layer: Layer) -> Layer | None:
    """The 1 × 1 convolution in front of a larger one; activations and norms may stand between them."""
    if not _is_conv(layer, pointwise=False):
        return None
    before = network.by_name.get(layer.inputs[0])
    while (
        before is not None and before.inputs and before.kind.shape(*(Shape((1, 1, 1)) for _ in before.inputs)) is None
    ):
        before = network.by_name.get(before.inputs[0])
    return before if before is not None and _is_conv(before, pointwise=True) else None


def _is_conv(layer: Layer, *, pointwise: bool) -> bool:
    return isinstance(layer.kind, Conv) and (math.prod(layer.kind.sides()[0]) == 1) is pointwise


_TESTS: dict[str, _Test] = {
    "computes": _changes,
    "learns": _learns,
    "multiplies": _multiplies,
    "has_window": _has_window,
    "pads": _pads,
    "convolves": _convolves,
    "transposes": lambda layer, _: isinstance(layer.kind, Deconv),
    "crops": lambda layer, _: crops(layer),
    "is_dense": lambda layer, _: isinstance(layer.kind, Linear),
}


@lru_cache(maxsize=256)
def suited(network: Network, that: Suits) -> list[str]:
    """The names of the layers of which this holds, in order; of the blocks with two layers or more that learn, for `is_block`."""
    shapes = shapes_of(network, next(iter(network.inputs.values())))

    def holds(layer: Layer, test: _Test) -> bool:
        return test(layer, tuple(shapes[source] for source in layer.inputs))

    if that == "is_block":
        return [name for name, layers in network.blocks.items() if sum(holds(layer, _learns) for layer in layers) > 1]
    if that == "is_behind_a_bottleneck":
        return [layer.name for layer in network.layers if reduced_by(network, layer) is not None]
    return [layer.name for layer in network.layers if holds(layer, _TESTS[that])]


@lru_cache(maxsize=256)
def inputs(network: Network) -> list[Shape]:
    """Shapes that the network's (first) input may have: its own, others of up to half its sides more or less, of fewer or more channels.

    That every number of channels fits with all sides if it fits with the network's own is taken for granted: see `fits`.
    """
    own = next(iter(network.inputs.values()))
    channels = _channel_axis(network)
    alike = [shape for shape in sizes(network) if channels is None or shape[channels] == own[channels]]
    sides = [shape for shape in alike if fits(network, shape)]
    if channels is None:
        return sides
    counts = [count for count in _counts(own[channels]) if fits(network, _with(own, channels, count))]
    return [_with(shape, channels, count) for count in counts for shape in sides]


def _with(shape: Shape, axis: int, size: int) -> Shape:
    return Shape((*shape[:axis], size, *shape[axis + 1 :]))


@lru_cache(maxsize=256)
def sizes(network: Network) -> list[Shape]:
    """What `inputs` chooses from: shapes that may not fit."""
    own = next(iter(network.inputs.values()))
    channels = _channel_axis(network)
    found: dict[Shape, None] = {}
    for count in _counts(own[channels]) if channels is not None else [0]:
        for share in range(_PARTS // 2, _PARTS * 3 // 2 + 1):
            sides = (max(1, round(side * share / _PARTS)) for side in own)
            found[Shape(count if axis == channels else side for axis, side in enumerate(sides))] = None
    return list(found)


@lru_cache(maxsize=4_096)
def fits(network: Network, shape: Shape) -> bool:
    """Whether the network takes an input of this shape."""
    try:
        shapes_of(network, shape)
    except NetworkError:
        return False
    return True


def _channel_axis(network: Network) -> int | None:
    """The axis of the input that holds channels or features; none for token numbers and for plain vectors."""
    name, own = next(iter(network.inputs.items()))
    if len(own) == 1:
        return None
    readers = [layer for layer in network.layers if name in layer.inputs]
    sequence = len(own) == 2 and not any(isinstance(reader.kind.window(own), Window) for reader in readers)
    return 1 if sequence else 0


def _counts(own: int) -> list[int]:
    return list(range(1, _FEW + 1)) if own <= _FEW else sorted({own * sixteenths // 16 for sixteenths in _CHANNELS})


def parts(network: Network, name: str) -> list[str]:
    """What of a network, asked for by this name, fits into a prompt: the whole of it, its blocks, or as many layers in a row as can be shown."""
    if _rows(network.layers, network) <= SHOWN:
        return [name]
    blocks = [f"{name}/{block}" for block, layers in network.blocks.items() if 3 <= _rows(layers, network) <= SHOWN]
    return blocks or [f"{name}/{first}..{last}" for first, last in _stretches(network)]


def _rows(layers: tuple[Layer, ...], network: Network) -> int:
    """The rows that a table of these layers takes: those that change nothing stand in the row before theirs."""
    shapes = shapes_of(network, next(iter(network.inputs.values())))
    return sum(_changes(layer, tuple(shapes[source] for source in layer.inputs)) for layer in layers)


def _stretches(network: Network) -> Iterator[tuple[str, str]]:
    """Layers one after the other, as many as fit."""
    start, count = 0, 0
    for index, layer in enumerate(network.layers):
        count += _rows((layer,), network)
        if count == SHOWN or index == len(network.layers) - 1:
            yield network.layers[start].name, layer.name
            start, count = index + 1, 0
