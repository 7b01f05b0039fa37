"""What a whole stack of convolutions costs: sums over its layers of time and of space."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from solvers.convolution_cost.layer import torch_filters, torch_macs
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import vector
from solvers.parameters.common import size
from solvers.rules import sum_of, taking
from solvers.text import UsageError
from solvers.values import Value
from solvers.windows import whole


def _network(depth: int) -> Derivation:
    d = Derivation(
        "cost.network",
        "Time and space complexity of a stack of convolutions, layer by layer",
        "多层卷积网络的时间与空间复杂度（逐层求和）",
        c_in=size("C_0", "channels of the image", "图像通道数", default=3),
        sides=vector(
            "M", "side of each layer's output map", "各层输出特征图的边长", axes=("layers",), row=True, least=1
        ),
        k=vector("K", "kernel side of each layer", "各层卷积核边长", axes=("layers",), row=True, least=1),
        channels=vector("C", "output channels of each layer", "各层输出通道数", axes=("layers",), row=True, least=1),
    )
    for i in range(depth):
        _add_layer(d, i)
    _add_sum(d, "macs", depth, "T", "Time: multiply-adds of all layers", "时间：各层乘加次数之和", final=True)
    _add_sum(d, "weights", depth, "S_W", "Weights of all layers", "各层权重数之和")
    _add_sum(d, "activations", depth, "S_M", "Values of all output maps", "各层输出特征图数值个数之和")

    @d.step("$total_weights + $total_activations", symbol="S", zh="空间：权重与特征图", name="space")
    def _(total_weights: int, total_activations: int) -> int:
        """Space: weights and output maps."""
        return total_weights + total_activations

    @d.misconception("cost/maps-not-stored", replaces="space")
    def _(total_weights: int) -> int:
        return total_weights

    names = [f"macs_{i + 1}" for i in range(depth)]

    def last_layer(values: Mapping[str, Value]) -> int:
        return int(values[names[-1]])

    d.misconception("cost/weights-not-stored", replaces="space")(lambda total_activations: total_activations)
    if depth > 1:
        d.misconception("cost/last-layer-only", replaces="total_macs")(taking(names, last_layer))
        for count in ("macs", "weights", "activations"):
            d.misconception("cost/first-layer-only", replaces=f"total_{count}", first=f"{count}_1")(lambda first: first)
    d.oracle(_oracle)
    return d


def _add_layer(d: Derivation, i: int) -> None:
    """The counts of one layer, counted from 0."""
    before = f"$channels[{i - 1}]" if i else "$c_in"

    def seen(c_in: int, channels: Value) -> int:
        return int(channels[i - 1]) if i else c_in

    @d.step(
        f"$sides[{i}]^2 $k[{i}]^2 {before} $channels[{i}]",
        symbol=f"T_{{{i + 1}}}",
        en=f"Multiply-adds of layer {i + 1}",
        zh=f"第 {i + 1} 层的乘加次数",
        name=f"macs_{i + 1}",
    )
    def _(sides: Value, k: Value, c_in: int, channels: Value) -> int:
        whole(sides, k, channels)
        return int(sides[i] ** 2 * k[i] ** 2 * seen(c_in, channels) * channels[i])

    @d.convention("convention/additions-counted", replaces=f"macs_{i + 1}")
    def _(sides: Value, k: Value, c_in: int, channels: Value) -> int:
        return int(2 * sides[i] ** 2 * k[i] ** 2 * seen(c_in, channels) * channels[i])

    @d.step(
        f"$k[{i}]^2 {before} $channels[{i}]",
        symbol=f"S_{{W,{i + 1}}}",
        en=f"Weights of layer {i + 1}, without biases",
        zh=f"第 {i + 1} 层的权重数（不计偏置）",
        name=f"weights_{i + 1}",
    )
    def _(k: Value, c_in: int, channels: Value) -> int:
        whole(k, channels)
        return int(k[i] ** 2 * seen(c_in, channels) * channels[i])

    @d.step(
        f"$sides[{i}]^2 $channels[{i}]",
        symbol=f"S_{{M,{i + 1}}}",
        en=f"Values of the output map of layer {i + 1}",
        zh=f"第 {i + 1} 层输出特征图的数值个数",
        name=f"activations_{i + 1}",
    )
    def _(sides: Value, channels: Value) -> int:
        whole(sides, channels)
        return int(sides[i] ** 2 * channels[i])

    @d.convention("convention/with-bias", replaces=f"weights_{i + 1}")
    def _(k: Value, c_in: int, channels: Value) -> int:
        return int((k[i] ** 2 * seen(c_in, channels) + 1) * channels[i])

    _add_layer_mistakes(d, i, seen)


def _add_layer_mistakes(d: Derivation, i: int, seen: Callable[[int, Value], int]) -> None:
    """Declares the products of one layer with a factor missing; `seen` reads off the channels that it sees."""

    @d.misconception("cost/one-map", replaces=f"activations_{i + 1}")
    def _(sides: Value) -> int:
        return int(sides[i] ** 2)

    @d.misconception("params/missed-input-channels", replaces=f"weights_{i + 1}")
    def _(k: Value, channels: Value) -> int:
        return int(k[i] ** 2 * channels[i])

    @d.misconception("cost/kernel-not-squared", replaces=f"weights_{i + 1}")
    def _(k: Value, c_in: int, channels: Value) -> int:
        return int(k[i] * seen(c_in, channels) * channels[i])

    @d.misconception("cost/kernel-not-squared", replaces=f"macs_{i + 1}")
    def _(sides: Value, k: Value, c_in: int, channels: Value) -> int:
        return int(sides[i] ** 2 * k[i] * seen(c_in, channels) * channels[i])

    @d.misconception("cost/one-filter-for-the-layer", replaces=f"macs_{i + 1}")
    def _(sides: Value, k: Value, c_in: int, channels: Value) -> int:
        return int(sides[i] ** 2 * k[i] ** 2 * seen(c_in, channels))

    @d.misconception("cost/input-channels-left-out", replaces=f"macs_{i + 1}")
    def _(sides: Value, k: Value, channels: Value) -> int:
        return int(sides[i] ** 2 * k[i] ** 2 * channels[i])

    @d.misconception("cost/side-not-squared", replaces=f"macs_{i + 1}")
    def _(sides: Value, k: Value, c_in: int, channels: Value) -> int:
        return int(sides[i] * k[i] ** 2 * seen(c_in, channels) * channels[i])

    @d.misconception("cost/channels-of-the-image", replaces=f"macs_{i + 1}")
    def _(sides: Value, k: Value, c_in: int, channels: Value) -> int:
        return int(sides[i] ** 2 * k[i] ** 2 * c_in * channels[i])


def _add_sum(d: Derivation, count: str, depth: int, symbol: str, en: str, zh: str, final: bool = False) -> None:
    terms = [f"{count}_{i + 1}" for i in range(depth)]
    formula = " + ".join(f"${term}" for term in terms)
    d.step(formula, symbol=symbol, en=en, zh=zh, name=f"total_{count}", final=final)(sum_of(*terms))


def _oracle(c_in: int, sides: Value, k: Value, channels: Value) -> Mapping[str, Any]:
    import torch

    found: dict[str, Any] = {"total_macs": 0, "total_weights": 0, "total_activations": 0}
    before = c_in
    for i, (m, kernel, filters) in enumerate(zip(map(int, sides), map(int, k), map(int, channels), strict=True), 1):
        layer, n = torch_filters(before, filters, kernel), m + kernel - 1
        counts = {
            "macs": torch_macs(layer, before, n, n),
            "weights": layer.weight.numel(),
            "activations": layer(torch.empty(1, before, n, n, device="meta")).numel(),
        }
        for name, count in counts.items():
            found[f"{name}_{i}"] = count
            found[f"total_{name}"] += count
        before = filters
    return found | {"space": found["total_weights"] + found["total_activations"]}


def _depth(givens: Mapping[str, Value]) -> tuple[int]:
    if len(givens["sides"]) > 40:
        raise UsageError("A stack has at most 40 layers.", "最多 40 层。")
    return (len(givens["sides"]),)


network = Family("cost.network", _network, _depth, (2,))
