"""Costs compared: a bottleneck with the large kernel alone, and one network with another."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import name as named
from solvers.network import measured
from solvers.network.asked import unsuited
from solvers.network.derivations import LAYER, layer_of, measured_shapes, of_network, started
from solvers.network.kind import Quantity
from solvers.network.library import find
from solvers.network.model import Layer, Network, NetworkError
from solvers.network.suited import reduced_by
from solvers.network.wiring import Wiring
from solvers.text import Text
from solvers.values import Shape

OTHER = named(r"\text{other}", "the name of a network on the same input", "同一输入上另一个网络的名称")
SIDES = ("A", "B")

# ----------------------------------------------------------------------------------------------- a bottleneck's saving


def _bottleneck(network: Network, layer: str) -> tuple[Layer, Layer]:
    """The 1 × 1 convolution in front of a larger one, and the larger one."""
    asked = layer_of(network, layer)
    before = reduced_by(network, asked)
    if before is None:
        raise unsuited(
            "network.saving",
            f"{layer} is no larger convolution behind a 1 × 1 one",
            f"{layer} 不是 1 × 1 卷积之后的较大卷积",
        )
    return before, asked


def _saving(whole: Network, x: tuple[int, ...], layer: str) -> Derivation:
    reducing, large = _bottleneck(whole, layer)
    derivation = started(
        "network.saving",
        "What a 1 × 1 convolution in front of a larger one saves",
        "较大卷积之前的 1 × 1 卷积节省了多少计算",
        layer=LAYER,
    )
    wiring = Wiring(derivation, whole, Shape(x), whole.before(layer))
    wiring.add_shapes()
    wiring.add_multiply_adds([reducing, large])
    first, second = wiring.multiply_adds[reducing.name], wiring.multiply_adds[large.name]
    inside, outside = wiring.shape[reducing.inputs[0]], wiring.shape[layer]
    direct_cost = large.kind.multiply_adds(wiring.shapes[reducing.inputs[0]])
    assert direct_cost is not None
    _add(
        derivation,
        "direct",
        direct_cost,
        r"M_{\text{direct}}",
        Text("Multiply-adds of the large kernel alone", "只用大卷积核时的乘加次数"),
        {"x": inside, "y": outside},
    )

    @derivation.step(
        "$first + $second", symbol=r"M_{\text{with}}", zh="两层的乘加次数之和", first=first, second=second, name="both"
    )
    def _(first: int, second: int) -> int:
        """Multiply-adds of the two layers."""
        return first + second

    @derivation.misconception("cost/reduction-free", replaces="both", second=second)
    def _(second: int) -> int:
        return second

    @derivation.step("$direct - $both", symbol=r"\Delta M", zh="节省的乘加次数", name="saved")
    def _(direct: int, both: int) -> int:
        """Multiply-adds saved."""
        return direct - both

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        found = measured.run(wiring)
        both = found.multiply_adds[reducing.name] + found.multiply_adds[layer]
        direct = measured.multiply_adds(large, wiring.shapes[reducing.inputs[0]])
        return {**measured_shapes(wiring, found), "both": both, "direct": direct, "saved": direct - both}

    return derivation


def _add(
    derivation: Derivation, name: str, quantity: Quantity, symbol: str, words: Text, inputs: dict[str, str]
) -> None:
    derivation.step(quantity.formula, symbol=symbol, name=name, en=words.en, zh=words.zh, final=True, inputs=inputs)(
        quantity.rule
    )
    for id, rule in quantity.wrong.items():
        derivation.misconception(id, replaces=name, inputs=inputs)(rule)


saving = of_network("network.saving", _saving, network="inception-block", layer="three.conv1")


# ------------------------------------------------------------------------------------------------- two networks


@lru_cache(maxsize=64)
def side_by_side(first: Network, second: Network) -> Network:
    """Two networks on the same input as one, whose layers are called `A.conv1`, `B.conv1`."""
    source, shape = next(iter(first.inputs.items()))
    layers: list[Layer] = []
    for side, network in zip(SIDES, (first, second), strict=True):
        called = {name: f"{side}.{name}" for name in network.by_name} | {next(iter(network.inputs)): source}
        layers += (
            replace(
                layer,
                name=called[layer.name],
                inputs=tuple(called[name] for name in layer.inputs),
                block=(side,),
                shares=called[layer.shares] if layer.shares else None,
            )
            for layer in network.layers
        )
    title = Text(f"{first.title.en} and {second.title.en}", f"{first.title.zh}与{second.title.zh}")
    return Network(f"{first.name} and {second.name}", title, {source: shape}, tuple(layers))


def _comparison(first: Network, x: tuple[int, ...], other: str) -> Derivation:
    second = find(other)
    if first is second or len(first.inputs) != 1 or len(second.inputs) != 1:
        raise unsuited("network.comparison", "there is nothing to compare", "没有可比较的内容")
    derivation = started(
        "network.comparison",
        "Which of two networks on the same input costs more",
        "同一输入上的两个网络哪个代价更大",
        other=OTHER,
    )
    try:
        wiring = Wiring(derivation, side_by_side(first, second), Shape(x))
    except NetworkError as error:
        raise unsuited("network.comparison", error.text.en, error.text.zh) from None
    wiring.add_shapes()
    wiring.add_parameters()
    wiring.add_multiply_adds()
    words = {
        "params": Text("Parameters of network {side}", "网络 {side} 的参数量"),
        "macs": Text("Multiply-adds of network {side}", "网络 {side} 的乘加次数"),
    }
    for what, counts, letter in (("params", wiring.parameters, "N"), ("macs", wiring.multiply_adds, "M")):
        for side in SIDES:
            own = {name: step for name, step in counts.items() if name.startswith(f"{side}.")}
            text = Text(words[what].en.format(side=side), words[what].zh.format(side=side))
            wiring.add_total(f"{what}_{side}", own, f"{letter}_{{{side}}}", text)

    @derivation.step(r"|$macs_A - $macs_B|", symbol=r"\Delta M", zh="两者乘加次数之差", name="difference")
    def _(macs_A: int, macs_B: int) -> int:
        """Multiply-adds that one takes more than the other."""
        return abs(macs_A - macs_B)

    @derivation.oracle
    def _(**_: Any) -> dict[str, int]:
        found = measured.run(wiring)
        sums = {
            f"{what}_{side}": sum(count for name, count in counts.items() if name.startswith(f"{side}."))
            for what, counts in (("params", found.parameters), ("macs", found.multiply_adds))
            for side in SIDES
        }
        return {**sums, "difference": abs(sums["macs_A"] - sums["macs_B"])}

    return derivation


comparison = of_network("network.comparison", _comparison, network="separable-block", other="resnet-18/layer2.0")
