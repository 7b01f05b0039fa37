"""Parameter counts of convolutions over one to three axes: ordinary, grouped, depthwise and 1x1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, vector
from solvers.parameters.common import (
    INPUT_CHANNELS,
    KERNEL_SIDE,
    OUTPUT_CHANNELS,
    add_biases,
    add_total,
    bias_given,
    bias_size,
    learned,
    per_group,
    size,
    whole,
)
from solvers.text import Text, UsageError
from solvers.values import Value, Vector

GROUPS = size("g", "groups", "分组数", default=1)

AREA = Text("Weights of one kernel in one channel", "卷积核在一个通道上的权重数")

# ----------------------------------------------------------------------------------------------- any convolution


@dataclass(frozen=True)
class Kernel:
    """How the givens describe a kernel: `sides` reads its side along each axis, `add_area` adds the step `kernel_area`."""

    givens: dict[str, Given]
    add_area: Callable[[Derivation], None]
    sides: Callable[[Mapping[str, Value]], tuple[int, ...]]


def cubic(rank: int) -> Kernel:
    """A kernel with the same side along all of `rank` axes."""

    def add_area(layer: Derivation) -> None:
        @layer.step("$k" if rank == 1 else f"$k^{rank}", symbol="K", name="kernel_area", en=AREA.en, zh=AREA.zh)
        def _(k: int) -> int:
            return k**rank

        if rank > 1:

            @layer.misconception("params/kernel-side-once", replaces="kernel_area")
            def _(k: int) -> int:
                return k

        if rank != 2:
            layer.misconception("params/kernel-squared-anyway", replaces="kernel_area")(lambda k: k**2)

    return Kernel({"k": KERNEL_SIDE}, add_area, lambda values: (values["k"],) * rank)


def _rectangular() -> Kernel:
    """A kernel of a height and a width."""

    def add_area(layer: Derivation) -> None:
        @layer.step("$k_h $k_w", symbol="K", name="kernel_area", en=AREA.en, zh=AREA.zh)
        def _(k_h: int, k_w: int) -> int:
            return k_h * k_w

        @layer.misconception("params/added-kernel-sides", replaces="kernel_area")
        def _(k_h: int, k_w: int) -> int:
            return k_h + k_w

        layer.misconception("params/square-of-the-height", replaces="kernel_area")(lambda k_h: k_h**2)
        layer.misconception("params/square-of-the-width", replaces="kernel_area")(lambda k_w: k_w**2)

    givens = {"k_h": size("k_h", "kernel height", "卷积核高"), "k_w": size("k_w", "kernel width", "卷积核宽")}
    return Kernel(givens, add_area, lambda values: (values["k_h"], values["k_w"]))


def _listed(rank: int) -> Kernel:
    """A kernel given by the list of its sides."""

    def add_area(layer: Derivation) -> None:
        @layer.step(
            " ".join(f"$kernel[{i}]" for i in range(rank)), symbol="K", name="kernel_area", en=AREA.en, zh=AREA.zh
        )
        def _(kernel: Vector) -> int:
            return whole(prod(kernel))

        if rank > 1:

            @layer.misconception("params/added-kernel-sides", replaces="kernel_area")
            def _(kernel: Vector) -> int:
                return whole(sum(kernel))

    sides = vector(
        "k", "kernel size along each axis (1 to 3 axes)", "卷积核沿各维的大小（1 至 3 维）", least=1, row=True
    )
    return Kernel({"kernel": sides}, add_area, lambda values: tuple(values["kernel"]))


def _conv(name: str, en: str, zh: str, kernel: Kernel, *, grouped: bool, bias: bool) -> Derivation:
    """A convolution over any number of axes."""
    channels = {"c_in": INPUT_CHANNELS, "c_out": OUTPUT_CHANNELS}
    layer = Derivation(name, en, zh, **channels, **kernel.givens, groups=GROUPS, bias=bias_given())
    kernel.add_area(layer)
    if grouped:

        @layer.step(r"\frac{$c_in}{$groups}", symbol="c", zh="每个卷积核所见的输入通道数")
        def channels_per_group(c_in: int, groups: int) -> int:
            """Input channels that each filter sees."""
            return per_group(c_in, groups)

    seen = "channels_per_group" if grouped else "c_in"

    @layer.step("$kernel_area $seen", symbol="w", zh="每个卷积核的权重数", seen=seen)
    def filter_weights(kernel_area: int, seen: int) -> int:
        """Weights of one filter: its kernel in every channel that it sees."""
        return kernel_area * seen

    @layer.step("$c_out $filter_weights", symbol="N_W", zh="权重总数")
    def weights(c_out: int, filter_weights: int, groups: int) -> int:
        """Weights of all filters."""
        per_group(c_out, groups)
        return c_out * filter_weights

    add_biases(layer, "c_out", bias, en="Biases: one for each filter", zh="偏置数：每个卷积核一个")
    add_total(layer, "weights", "biases")
    _add_weight_mistakes(layer, grouped)
    if bias:
        add_bias_mistakes(layer)
        _add_wrong_totals(layer)

    @layer.oracle
    def _(c_in: int, c_out: int, groups: int, bias: bool, **given: Value) -> dict[str, int]:
        return counts_of(c_in, c_out, kernel.sides(given), groups, bias)

    return layer


def _add_weight_mistakes(layer: Derivation, grouped: bool) -> None:
    @layer.misconception("params/missed-input-channels", replaces="filter_weights")
    def _(kernel_area: int) -> int:
        return kernel_area

    @layer.misconception("params/one-filter", replaces="weights")
    def _(filter_weights: int) -> int:
        return filter_weights

    if not grouped:
        return

    @layer.misconception("params/ignored-groups", replaces="filter_weights")
    def _(kernel_area: int, c_in: int) -> int:
        return kernel_area * c_in

    @layer.misconception("params/groups-divided-twice", replaces="weights")
    def _(c_out: int, filter_weights: int, groups: int) -> int:
        return c_out // groups * filter_weights


def add_bias_mistakes(layer: Derivation) -> None:
    """The wrong numbers of biases that a convolution gets."""

    @layer.misconception("params/bias-per-input", replaces="biases")
    def _(c_in: int) -> int:
        return c_in

    @layer.misconception("params/bias-per-channel-pair", replaces="biases")
    def _(c_in: int, c_out: int) -> int:
        return c_in * c_out

    @layer.misconception("params/one-bias-per-layer", replaces="biases")
    def _() -> int:
        return 1


def _add_wrong_totals(layer: Derivation) -> None:
    """Declares the counts in which weights and biases go wrong together."""
    layer.misconception("params/one-filter", replaces="biases")(lambda: 1)
    layer.misconception("params/biases-twice", replaces="biases")(lambda c_out: 2 * c_out)
    layer.misconception("params/one-filters-weights", replaces="weights")(lambda filter_weights: filter_weights)

    @layer.misconception("params/kernel-times-filters", replaces="weights")
    def _(kernel_area: int, c_out: int) -> int:
        return kernel_area * c_out

    @layer.misconception("params/kernel-times-filters", replaces="biases")
    def _() -> int:
        return 0


def counts_of(c_in: int, c_out: int, sides: tuple[int, ...], groups: int, bias: bool) -> dict[str, int]:
    """What a real layer has: its weight is filters x channels seen x kernel."""
    import torch

    kind = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d, 3: torch.nn.Conv3d}[len(sides)]
    real = kind(c_in, c_out, sides, groups=groups, bias=bias, device="meta")
    found = {
        "kernel_area": real.weight[0, 0].numel(),
        "filter_weights": real.weight[0].numel(),
        "weights": real.weight.numel(),
        "biases": real.bias.numel() if bias else 0,
        "total": learned(real),
    }
    return found | ({"channels_per_group": real.weight.shape[1]} if groups > 1 else {})


def _grouped_and_bias(givens: Mapping[str, Value]) -> tuple[bool, bool]:
    return givens["groups"] > 1, givens["bias"]


def _conv_family(name: str, en: str, zh: str, kernel: Kernel) -> Family:
    def build(grouped: bool, bias: bool) -> Derivation:
        return _conv(name, en, zh, kernel, grouped=grouped, bias=bias)

    return Family(name, build, _grouped_and_bias, (False, True))


conv1d = _conv_family("params.conv1d", "Parameters of a one-dimensional convolution", "一维卷积层的参数量", cubic(1))
conv2d = _conv_family(
    "params.conv2d",
    "Parameters of a two-dimensional convolution with a square kernel",
    "二维卷积层（方形核）的参数量",
    cubic(2),
)
conv3d = _conv_family(
    "params.conv3d",
    "Parameters of a three-dimensional convolution with a cubic kernel",
    "三维卷积层（立方核）的参数量",
    cubic(3),
)
conv2d_rectangular = _conv_family(
    "params.conv2d_rectangular",
    "Parameters of a two-dimensional convolution with a rectangular kernel",
    "二维卷积层（矩形核）的参数量",
    _rectangular(),
)


def _listed_conv(rank: int, grouped: bool, bias: bool) -> Derivation:
    if rank > 3:
        raise UsageError(
            f"kernel has {rank} entries, but at most 3 axes are known.", f"kernel 有 {rank} 项，但最多支持 3 维。"
        )
    return _conv(
        "params.conv",
        "Parameters of a convolution with any kernel",
        "任意卷积核的卷积层参数量",
        _listed(rank),
        grouped=grouped,
        bias=bias,
    )


conv = Family(
    "params.conv", _listed_conv, lambda givens: (len(givens["kernel"]), *_grouped_and_bias(givens)), (2, False, True)
)

# ------------------------------------------------------------------------------------------- depthwise and pointwise


def _depthwise(bias: bool) -> Derivation:
    layer = Derivation(
        "params.depthwise",
        "Parameters of a depthwise convolution",
        "深度（逐通道）卷积的参数量",
        c=size("C", "channels, in and out", "通道数（输入与输出相同）"),
        k=KERNEL_SIDE,
        bias=bias_given(),
    )

    @layer.step("$k^2 $c", symbol="N_W", zh="权重数：每个通道一个卷积核")
    def weights(k: int, c: int) -> int:
        """Weights: one kernel for each channel."""
        return k**2 * c

    add_biases(layer, "c", bias, en="Biases: one for each channel", zh="偏置数：每个通道一个")
    add_total(layer, "weights", "biases")

    @layer.misconception("params/ignored-groups", replaces="weights")
    def _(k: int, c: int) -> int:
        return k**2 * c**2

    @layer.misconception("params/kernel-side-once", replaces="weights")
    def _(k: int, c: int) -> int:
        return k * c

    layer.misconception("params/one-kernel-for-all-channels", replaces="weights")(lambda k: k**2)

    @layer.oracle
    def _(c: int, k: int, bias: bool) -> dict[str, int]:
        return _some(counts_of(c, c, (k, k), c, bias), "weights", "biases", "total")

    return layer


def _some(found: dict[str, int], *names: str) -> dict[str, int]:
    return {name: found[name] for name in names}


depthwise = Family("params.depthwise", _depthwise, bias_size, (True,))


def _pointwise(bias: bool) -> Derivation:
    layer = Derivation(
        "params.pointwise",
        "Parameters of a 1x1 convolution",
        "1×1 卷积的参数量",
        c_in=INPUT_CHANNELS,
        c_out=OUTPUT_CHANNELS,
        bias=bias_given(),
    )

    @layer.step("$c_in $c_out", symbol="N_W", zh="权重数")
    def weights(c_in: int, c_out: int) -> int:
        """Weights: one for every pair of an input and an output channel."""
        return c_in * c_out

    add_biases(layer, "c_out", bias, en="Biases: one for each filter", zh="偏置数：每个卷积核一个")
    add_total(layer, "weights", "biases")
    if bias:
        add_bias_mistakes(layer)

    @layer.misconception("params/one-weight-per-filter", replaces="weights")
    def _(c_out: int) -> int:
        return c_out

    layer.misconception("params/added-layer-sizes", replaces="weights")(lambda c_in, c_out: c_in + c_out)
    layer.misconception("params/counted-units", replaces="total")(lambda c_in, c_out: c_in + c_out)

    @layer.oracle
    def _(c_in: int, c_out: int, bias: bool) -> dict[str, int]:
        return _some(counts_of(c_in, c_out, (1, 1), 1, bias), "weights", "biases", "total")

    return layer


pointwise = Family("params.pointwise", _pointwise, bias_size, (True,))
