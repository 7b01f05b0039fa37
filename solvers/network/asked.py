"""What is asked of a network beyond its table: the first layer that sees enough, and the padding or cropping that fits."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer
from solvers.network import measured
from solvers.network.derivations import LAYER, layer_of, measured_shapes, of_network, rename_shape, started
from solvers.network.fields import Fields
from solvers.network.kinds.convolution import Conv
from solvers.network.model import Network
from solvers.network.suited import crops
from solvers.network.wiring import Wiring
from solvers.rules import taking
from solvers.text import Text
from solvers.trace import StepError, Undefined
from solvers.values import Shape, Value
from solvers.windows import positions, span

WANTED = integer("R", "input samples that are to be seen", "需要看到的输入样本数", least=2)


def unsuited(derivation: str, en: str, zh: str) -> StepError:
    """A network or layer of which this cannot be asked."""
    return StepError(derivation, "layer", Text(en, zh))


# ------------------------------------------------------------------------------------------ the first that sees enough


def _first_to_see(whole: Network, x: tuple[int, ...], wanted: str) -> Derivation:
    derivation = started(
        "network.first_to_see",
        "The first layer whose units see so many input samples",
        "网络中第一个能看到足够多输入样本的层",
        R=WANTED,
    )
    wiring = Wiring(derivation, whole, Shape(x))
    wiring.add_shapes()
    places = {
        name: seen[0] for name, seen in Fields(wiring).of.items() if name in whole.by_name and isinstance(seen, tuple)
    }
    # A layer that sees what the one before it sees is never the first.
    steps = dict.fromkeys(place.field for place in places.values())
    first = {step: next(name for name, place in places.items() if place.field == step) for step in steps}
    seeing = next((place.field for place in places.values() if place.reach.largest >= int(wanted)), None)
    if seeing is None:
        raise unsuited("network.first_to_see", f"no layer sees {wanted} samples", f"没有任何层能看到 {wanted} 个样本")
    parameters = {"R": "R"} | {f"r{i}": step for i, step in enumerate(first, 1)}

    def enough(values: dict[str, Value]) -> str:
        wanted = values.pop("R")
        for parameter, value in values.items():
            if value >= wanted:
                return parameter
        raise Undefined("no layer sees so many", "没有任何层能看到这么多")

    derivation.step(
        r"\min \{\ell : r_\ell \ge $R\}",
        symbol=r"\ell",
        name="layer",
        en="First layer that sees so many input samples",
        zh="第一个满足要求的层",
        final=True,
        among=whole.by_name,
        inputs=parameters,
    )(taking(parameters, lambda values: first[parameters[enough(values)]]))

    derivation.step(
        next(f"${parameter}" for parameter, step in parameters.items() if step == seeing),
        symbol="r",
        name="field",
        en="Input samples that it sees",
        zh="它能看到的输入样本数",
        inputs=parameters,
    )(taking(parameters, lambda values: values[enough(dict(values))]))

    @derivation.oracle
    def _(R: int, **_: Any) -> dict[str, Any]:
        for name in whole.by_name:
            seen = measured.seen(wiring, name) if name in places else None
            if seen is not None and seen.field >= R:
                return {"layer": name, "field": seen.field}
        return {}

    return derivation


first_to_see = of_network("network.first_to_see", _first_to_see, R="10")


# ------------------------------------------------------------------------------------------------- a padding that fits


def _padding(whole: Network, x: tuple[int, ...], layer: str) -> Derivation:
    asked = layer_of(whole, layer)
    derivation = started(
        "network.padding",
        "The padding of one layer, from the shapes around it",
        "由前后形状求某一层的填充",
        layer=LAYER,
    )
    kind = asked.kind
    if not isinstance(kind, Conv) or kind.padding == "same":
        raise unsuited("network.padding", "only the padding of a convolution is asked for", "只求卷积层的填充")
    before = [one for one in whole.before(layer) if one.name != layer]
    wiring = Wiring(derivation, whole, Shape(x), before)
    wiring.add_shapes()
    k, s, d = (side[0] for side in kind.sides())
    size = wiring.shapes[layer][1]
    name = wiring.shape[asked.inputs[0]]

    @derivation.step(
        rf"\left\lceil \frac{{({size} - 1) \cdot {s} + {span(k, d)} - $x[1]}}{{2}} \right\rceil",
        symbol="p",
        zh=f"{layer} 每侧的填充",
        en=f"Zeros padded on each side by {layer}",
        name="padding",
        x=name,
    )
    def padding(x: Shape) -> int:
        found = -(-((size - 1) * s + span(k, d) - x[1]) // 2)
        if found < 0 or positions(x[1], 2 * found, s, span(k, d)) != size:
            raise Undefined("no padding gives this shape", "没有填充能得到该形状")
        return found

    @derivation.misconception("conv/padding-for-both-sides", replaces="padding", x=name)
    def _(x: Shape) -> int:
        return (size - 1) * s + span(k, d) - x[1]

    @derivation.misconception("conv/half-kernel-always", replaces="padding")
    def _() -> int:
        return k // 2

    @derivation.misconception("conv/stride-left-out", replaces="padding", x=name)
    def _(x: Shape) -> int:
        return max(-(-((size - 1) + span(k, d) - x[1]) // 2), 0)

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        import torch

        signal = torch.empty(1, 1, wiring.shapes[asked.inputs[0]][1], device="meta")
        taps = torch.empty(1, 1, k, device="meta")
        for p in range(k * d + size * s):
            if torch.nn.functional.conv1d(signal, taps, None, s, p, d).shape[-1] == size:
                return {**measured_shapes(wiring), "padding": p}
        return {}

    return derivation


padding = of_network("network.padding", _padding, layer="conv2")


# ------------------------------------------------------------------------------------------------- a crop that fits


def _joined_with(network: Network, layer: str) -> str | None:
    """What the layer's output is put together with, where something reads both."""
    for reader in network.layers:
        others = [source for source in reader.inputs if source != layer]
        if layer in reader.inputs and others:
            return others[0]
    return None


def _crop(whole: Network, x: tuple[int, ...], layer: str) -> Derivation:
    asked = layer_of(whole, layer)
    other = _joined_with(whole, layer)
    if not crops(asked) or other is None:
        raise unsuited("network.crop", f"{layer} crops nothing for a skip connection", f"{layer} 不是跳跃连接上的裁剪")
    derivation = started(
        "network.crop",
        "What a skip connection has to crop so that its maps fit",
        "跳跃连接需要裁去多少才能拼接",
        layer=LAYER,
    )
    skipped = asked.inputs[0]
    wiring = Wiring(derivation, whole, Shape(x), whole.before(skipped, other))
    wiring.add_shapes()

    @derivation.step(
        r"\frac{$large[1] - $small[1]}{2}",
        symbol="c",
        zh=f"{layer} 每侧裁去的样本数",
        en=f"Samples cropped from each side by {layer}",
        name="crop",
        large=wiring.shape[skipped],
        small=wiring.shape[other],
    )
    def crop(large: Shape, small: Shape) -> int:
        if large[1] < small[1] or (large[1] - small[1]) % 2:
            raise Undefined("no equal crop on both sides fits", "两侧无法裁去相同的量")
        return (large[1] - small[1]) // 2

    rename_shape(wiring, skipped, "skipped")
    rename_shape(wiring, other, "risen")
    derivation.rename("crop", "crop_on_each_side")

    @derivation.misconception("network/crop-not-halved", replaces="crop_on_each_side", large="skipped", small="risen")
    def _(large: Shape, small: Shape) -> int:
        return large[1] - small[1]

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        import torch

        shapes = measured.run(wiring).shapes
        maps = torch.empty(1, *shapes[skipped], device="meta")
        fitting = (
            c for c in range(maps.shape[-1]) if torch.nn.functional.pad(maps, (-c,) * 4).shape[2:] == shapes[other][1:]
        )
        return {
            **measured_shapes(wiring),
            "skipped": shapes[skipped],
            "risen": shapes[other],
            "crop_on_each_side": next(fitting),
        }

    return derivation


crop = of_network("network.crop", _crop, network="u-net", layer="crop4")
