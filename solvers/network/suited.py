"""What can be asked of a network: the layers, blocks, inputs and parts that suit a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from solvers.network.kind import Window
from solvers.network.kinds.convolution import Conv
from solvers.network.model import Layer, Network, NetworkError
from solvers.network.suits import Suits
from solvers.network.wiring import shapes_of
from solvers.values import Shape

SHOWN = 16  # rows of a table in a prompt
_SHARES = (-4, -3, -2, -1, 0, 1, 2, 3, 4)  # eighths of a side that an input is smaller or larger

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


_TESTS: dict[str, _Test] = {
    "computes": _changes,
    "learns": _learns,
    "multiplies": _multiplies,
    "has_window": _has_window,
    "pads": _pads,
}


@lru_cache(maxsize=256)
def suited(network: Network, that: Suits) -> list[str]:
    """The names of the layers of which this holds, in order; of the blocks with two layers or more that learn, for `is_block`."""
    shapes = shapes_of(network, next(iter(network.inputs.values())))

    def holds(layer: Layer, test: _Test) -> bool:
        return test(layer, tuple(shapes[source] for source in layer.inputs))

    if that == "is_block":
        return [name for name, layers in network.blocks.items() if sum(holds(layer, _learns) for layer in layers) > 1]
    return [layer.name for layer in network.layers if holds(layer, _TESTS[that])]


@lru_cache(maxsize=256)
def inputs(network: Network) -> list[Shape]:
    """Shapes that the network's (first) input may have: its own, and some whose sides are up to half smaller or larger."""
    own = next(iter(network.inputs.values()))
    found: dict[Shape, None] = {}
    for eighths in _SHARES:
        sides = own[1:] if len(own) > 1 else own
        shape = Shape((*own[: len(own) - len(sides)], *(max(1, round(side * (8 + eighths) / 8)) for side in sides)))
        try:
            shapes_of(network, shape)
        except NetworkError:
            continue
        found[shape] = None
    return list(found)


def parts(network: Network) -> list[str]:
    """What of a network fits into a prompt: the whole of it, its blocks, or as many layers in a row as can be shown."""
    if _rows(network.layers, network) <= SHOWN:
        return [network.name]
    blocks = [
        f"{network.name}/{name}" for name, layers in network.blocks.items() if 3 <= _rows(layers, network) <= SHOWN
    ]
    return blocks or [f"{network.name}/{first}..{last}" for first, last in _stretches(network)]


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
