"""What one convolutional layer costs: multiply-adds, weights, values to store; from its settings, or from its output map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer
from solvers.parameters.common import INPUT_CHANNELS, OUTPUT_CHANNELS, per_group, size
from solvers.rules import times
from solvers.trace import Undefined
from solvers.windows import DILATION, INPUT, PADDING, STRIDE, fitting, positions, rounded_up, span

KERNEL = size("K", "kernel side", "卷积核边长")
MAP = size("M", "side of the output map", "输出特征图的边长")
GROUPS = size("g", "groups", "分组数", default=1)


def torch_macs(layer: Any, *shape: int) -> int:
    """Multiply-adds of a real layer on one input without values, counted by PyTorch as it runs. For oracles only."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        layer(torch.empty(1, *shape, device="meta"))
    return int(counter.get_total_flops()) // 2


def torch_filters(*sizes: int, **settings: Any) -> Any:
    """A real convolution without biases and values. For oracles only."""
    import torch

    return torch.nn.Conv2d(*sizes, bias=False, device="meta", **settings)


def halved(macs: int) -> int:
    """Half of the multiply-adds. Raises Undefined where there is an odd number of them."""
    if macs % 2:
        raise Undefined("an odd number of multiply-adds cannot be halved", "乘加次数是奇数，不能平分")
    return macs // 2


def _add_costs(d: Derivation, **names: str) -> None:
    """Adds the counts that follow from the map's side M, the kernel's side K, the channels seen and the filters F, so named."""

    @d.step(
        "$M^2 $K^2 $seen",
        symbol="T_1",
        zh="一个卷积核的乘加次数",
        name="one_filter",
        final=True,
        inputs=names,
    )
    def _(M: int, K: int, seen: int) -> int:
        """Multiply-adds of one filter: its weights, once for each output position."""
        return M**2 * K**2 * seen

    @d.convention("convention/additions-counted", replaces="one_filter", inputs=names)
    def _(M: int, K: int, seen: int) -> int:
        return 2 * M**2 * K**2 * seen

    @d.convention("convention/additions-counted", replaces="flops")
    def _(macs: int) -> int:
        return macs

    @d.convention("convention/with-bias", replaces="weights", inputs=names)
    def _(K: int, seen: int, F: int) -> int:
        return (K**2 * seen + 1) * F

    @d.step("$one_filter $F", symbol="T", zh="该层的乘加次数", name="macs", final=True, inputs=names)
    def _(one_filter: int, F: int) -> int:
        """Multiply-adds of the layer."""
        return one_filter * F

    @d.step(r"2 $macs", symbol=r"\text{FLOPs}", zh="浮点运算次数（一次乘加计两次）", name="flops", final=True)
    def _(macs: int) -> int:
        """Floating-point operations: a multiplication and an addition for each multiply-add."""
        return 2 * macs

    @d.step("$K^2 $seen $F", symbol="S_W", zh="权重数（不计偏置）", name="weights", inputs=names)
    def _(K: int, seen: int, F: int) -> int:
        """Weights, without biases."""
        return K**2 * seen * F

    @d.step("$M^2 $F", symbol="S_M", zh="输出特征图的数值个数", name="activations", inputs=names)
    def _(M: int, F: int) -> int:
        """Values of the output map."""
        return M**2 * F

    @d.step("$weights + $activations", symbol="S", zh="空间开销：权重与特征图", name="space")
    def _(weights: int, activations: int) -> int:
        """Numbers to store: weights and output map."""
        return weights + activations

    _add_mistakes(d, names)


def _add_mistakes(d: Derivation, names: Mapping[str, str]) -> None:
    """Declares the products with a factor missing or too many."""

    @d.misconception("cost/one-filter-for-the-layer", replaces="one_filter", inputs=names)
    def _(M: int, K: int, seen: int, F: int) -> int:
        return M**2 * K**2 * seen * F

    @d.misconception("cost/one-filter-for-the-layer", replaces="macs")
    def _(one_filter: int) -> int:
        return one_filter

    @d.misconception("cost/side-not-squared", replaces="one_filter", inputs=names)
    def _(M: int, K: int, seen: int) -> int:
        return M * K**2 * seen

    @d.misconception("cost/kernel-not-squared", replaces="one_filter", inputs=names)
    def _(M: int, K: int, seen: int) -> int:
        return M**2 * K * seen

    @d.misconception("cost/input-channels-left-out", replaces="one_filter", inputs=names)
    def _(M: int, K: int) -> int:
        return M**2 * K**2

    @d.misconception("cost/input-channels-left-out", replaces="weights", inputs=names)
    def _(K: int, F: int) -> int:
        return K**2 * F

    @d.misconception("cost/bias-additions", replaces="macs", inputs=names)
    def _(one_filter: int, M: int, F: int) -> int:
        return (one_filter + M**2) * F

    d.misconception("cost/one-map", replaces="activations", inputs={"M": names["M"]})(lambda M: M**2)
    d.misconception("cost/side-not-squared", replaces="activations", inputs=names)(lambda M, F: M * F)

    @d.misconception("cost/positions-left-out", replaces="macs")
    def _(weights: int) -> int:
        return weights

    @d.misconception("cost/maps-not-stored", replaces="space")
    def _(weights: int) -> int:
        return weights

    d.misconception("cost/weights-not-stored", replaces="space")(lambda activations: activations)
    d.misconception("cost/kernel-not-squared", replaces="weights", inputs=names)(lambda K, seen, F: K * seen * F)
    _add_other_operations(d, names)


def _add_other_operations(d: Derivation, names: Mapping[str, str]) -> None:
    """Declares the operations counted otherwise than two for each multiply-add."""

    @d.convention("convention/multiply-add-as-one", replaces="flops")
    def _(macs: int) -> int:
        return macs

    @d.misconception("cost/bias-additions", replaces="flops", inputs=names)
    def _(one_filter: int, M: int, F: int) -> int:
        return (2 * one_filter + M**2) * F

    @d.convention("convention/one-addition-fewer", replaces="flops", inputs=names)
    def _(one_filter: int, M: int, F: int) -> int:
        return (2 * one_filter - M**2) * F

    d.misconception("cost/multiply-add-halved", replaces="flops")(halved)


# ---------------------------------------------------------------------------------------------- from its settings

layer = Derivation(
    "cost.layer",
    "Multiply-adds, weights and memory of a convolutional layer on a square image",
    "卷积层（方形输入）的乘加次数、权重数与存储量",
    n=INPUT,
    c_in=INPUT_CHANNELS,
    c_out=OUTPUT_CHANNELS,
    k=KERNEL,
    s=STRIDE,
    p=PADDING,
    d=DILATION,
    groups=GROUPS,
)


@layer.step(
    r"\left\lfloor \frac{$n + 2 \cdot $p - $d($k - 1) - 1}{$s} \right\rfloor + 1", symbol="M", zh="输出特征图的边长"
)
def side(*, n: int, k: int, s: int, p: int, d: int) -> int:
    """Side of the output map."""
    return positions(n, 2 * p, s, span(k, d))


@layer.step(r"\frac{$c_in}{$groups}", symbol="C", zh="每个卷积核所见的输入通道数")
def channels_seen(c_in: int, c_out: int, groups: int) -> int:
    """Input channels that each filter sees."""
    per_group(c_out, groups)
    return per_group(c_in, groups)


_add_costs(layer, M="side", K="k", seen="channels_seen", F="c_out")


@layer.convention("convention/rounded-up", replaces="side")
def _(*, n: int, k: int, s: int, p: int, d: int) -> int:
    return fitting(rounded_up(n, 2 * p, s, span(k, d)))


@layer.misconception("cost/input-size-for-output", replaces="side")
def _(n: int) -> int:
    return n


layer.misconception("cost/input-map-for-output", replaces="activations")(lambda n, c_in: n**2 * c_in)
layer.misconception("conv/padding-taken-off", replaces="side")(
    lambda n, k, s, p, d: positions(n, -2 * p, s, span(k, d))
)


@layer.misconception("cost/stride-twice", replaces="side")
def _(*, n: int, k: int, s: int, p: int, d: int) -> int:
    return max(positions(n, 2 * p, s, span(k, d)) // s, 1)


@layer.misconception("conv/no-plus-one", replaces="side")
def _(*, n: int, k: int, s: int, p: int, d: int) -> int:
    return max((n + 2 * p - span(k, d)) // s, 1)


layer.misconception("conv/forgot-padding", replaces="side")(lambda n, k, s, d: positions(n, 0, s, span(k, d)))
layer.misconception("conv/padding-once", replaces="side")(lambda n, k, s, p, d: positions(n, p, s, span(k, d)))
layer.misconception("conv/stride-ignored", replaces="side")(lambda n, k, p, d: positions(n, 2 * p, 1, span(k, d)))


@layer.misconception("cost/output-channels-twice", replaces="channels_seen")
def _(c_out: int, groups: int) -> int:
    return per_group(c_out, groups)


@layer.misconception("cost/groups-twice", replaces="channels_seen")
def _(c_in: int, groups: int) -> int:
    return per_group(per_group(c_in, groups), groups)


@layer.misconception("cost/groups-ignored", replaces="channels_seen")
def _(c_in: int) -> int:
    return c_in


@layer.oracle
def _(*, n: int, c_in: int, c_out: int, k: int, s: int, p: int, d: int, groups: int) -> dict[str, Any]:
    import torch

    settings = {"stride": s, "padding": p, "dilation": d}
    real = torch_filters(c_in, c_out, k, groups=groups, **settings)
    output = real(torch.empty(1, c_in, n, n, device="meta"))
    macs, seen = torch_macs(real, c_in, n, n), real.weight.shape[1]
    return {
        "side": output.shape[-1],
        "channels_seen": seen,
        "one_filter": torch_macs(torch_filters(seen, 1, k, **settings), seen, n, n),
        "macs": macs,
        "flops": 2 * macs,
        "weights": real.weight.numel(),
        "activations": output.numel(),
        "space": real.weight.numel() + output.numel(),
    }


# --------------------------------------------------------------------------------------------- from its output map

output_map = Derivation(
    "cost.output_map",
    "Multiply-adds, weights and memory of a convolutional layer with a known output map",
    "已知输出特征图大小时卷积层的乘加次数、权重数与存储量",
    M=MAP,
    K=KERNEL,
    C=size("C", "input channels", "输入通道数"),
    F=size("F", "filters, that is output channels", "卷积核个数，即输出通道数"),
)
_add_costs(output_map, M="M", K="K", seen="C", F="F")


@output_map.oracle
def _(M: int, K: int, C: int, F: int) -> dict[str, Any]:
    import torch

    n = M + K - 1
    real = torch_filters(C, F, K)
    output = real(torch.empty(1, C, n, n, device="meta"))
    macs = torch_macs(real, C, n, n)
    return {
        "one_filter": torch_macs(torch_filters(C, 1, K), C, n, n),
        "macs": macs,
        "flops": 2 * macs,
        "weights": real.weight.numel(),
        "activations": output.numel(),
        "space": real.weight.numel() + output.numel(),
    }


# -------------------------------------------------------------------------------------------- a linear layer instead

linear = Derivation(
    "cost.linear",
    "Multiply-adds of a fully connected layer",
    "全连接层的乘加次数",
    n_in=integer(r"n_{\text{in}}", "inputs", "输入数", least=1),
    n_out=integer(r"n_{\text{out}}", "outputs", "输出数", least=1),
    batch=size("B", "examples in the batch", "批量大小", default=1),
)


@linear.step("$batch $n_in $n_out", symbol="T", zh="乘加次数")
def macs(n_in: int, n_out: int, batch: int) -> int:
    """Multiply-adds: one for each weight and example."""
    return batch * n_in * n_out


@linear.step(r"2 $macs", symbol=r"\text{FLOPs}", zh="浮点运算次数（一次乘加计两次）")
def flops(macs: int) -> int:
    """Floating-point operations: two for each multiply-add."""
    return 2 * macs


linear.convention("convention/additions-counted", replaces="macs")(times(2, macs))
linear.convention("convention/additions-counted", replaces="flops")(lambda macs: macs)


linear.misconception("cost/multiply-add-halved", replaces="flops")(halved)
linear.misconception("cost/one-example", replaces="macs")(lambda n_in, n_out: n_in * n_out)
linear.misconception("cost/outputs-only", replaces="macs")(lambda n_out, batch: batch * n_out)
linear.misconception("cost/sizes-added", replaces="macs")(lambda n_in, n_out, batch: batch * (n_in + n_out))
linear.misconception("cost/bias-additions", replaces="macs")(lambda n_in, n_out, batch: batch * n_out * (n_in + 1))
linear.misconception("cost/bias-additions", replaces="flops")(lambda n_in, n_out, batch: batch * n_out * (2 * n_in + 1))


@linear.convention("convention/one-addition-fewer", replaces="flops")
def _(n_in: int, n_out: int, batch: int) -> int:
    return batch * n_out * (2 * n_in - 1)


@linear.convention("convention/multiply-add-as-one", replaces="flops")
def _(macs: int) -> int:
    return macs


@linear.oracle
def _(n_in: int, n_out: int, batch: int) -> dict[str, Any]:
    import torch

    found = torch_macs(torch.nn.Linear(n_in, n_out, bias=False, device="meta"), batch, n_in)
    return {"macs": found, "flops": 2 * found}
