"""Parameter counts of normalisation layers, alone and behind convolutions."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.parameters.common import (
    INPUT_CHANNELS,
    KERNEL_SIDE,
    OUTPUT_CHANNELS,
    add_sum,
    add_total,
    learned,
    leave_out,
    miss_parts,
    size,
)

# ------------------------------------------------------------------------------------------------------ batch norm

batch_norm = Derivation(
    "params.batch_norm",
    "Parameters of a batch normalisation layer",
    "批量归一化层的参数量",
    c=size("C", "channels (or features)", "通道数（或特征数）"),
)


@batch_norm.step("$c", symbol=r"N_\gamma", zh="缩放系数：每个通道一个")
def gains(c: int) -> int:
    """Gains: one for each channel."""
    return c


@batch_norm.step("$c", symbol=r"N_\beta", zh="平移系数：每个通道一个")
def shifts(c: int) -> int:
    """Shifts: one for each channel."""
    return c


@batch_norm.step("2 $c", symbol=r"N_\text{run}", zh="滑动均值与方差：被保存但不学习", final=True)
def running_statistics(c: int) -> int:
    """Running means and variances: stored, not learned."""
    return 2 * c


add_total(batch_norm, "gains", "shifts")


@batch_norm.convention("convention/buffers-counted", replaces="total")
def _(gains: int, shifts: int, running_statistics: int) -> int:
    return gains + shifts + running_statistics


@batch_norm.misconception("params/norm-per-layer", replaces="total")
def _() -> int:
    return 2


leave_out(batch_norm, "params/norm-gain-only", "shifts")


@batch_norm.oracle
def _(c: int) -> dict[str, int]:
    import torch

    real = torch.nn.BatchNorm2d(c, device="meta")
    return {
        "gains": real.weight.numel(),
        "shifts": real.bias.numel(),
        "running_statistics": real.running_mean.numel() + real.running_var.numel(),
        "total": learned(real),
    }


# ------------------------------------------------------------------------------------------------------ layer norm

layer_norm = Derivation(
    "params.layer_norm",
    "Parameters of a layer normalisation",
    "层归一化的参数量",
    d=size("d", "features that are normalised together", "一同归一化的特征数"),
)


@layer_norm.step("2 $d", symbol="N", zh="参数总数：每个特征一个缩放系数和一个平移系数", name="total")
def _(d: int) -> int:
    """Parameters: a gain and a shift for each feature."""
    return 2 * d


@layer_norm.misconception("params/norm-gain-only", replaces="total")
def _(d: int) -> int:
    return d


@layer_norm.misconception("params/norm-per-layer", replaces="total")
def _() -> int:
    return 2


@layer_norm.oracle
def _(d: int) -> dict[str, int]:
    import torch

    return {"total": learned(torch.nn.LayerNorm(d, device="meta"))}


# ---------------------------------------------------------------------------- a convolution and its batch norm

conv_batch_norm = Derivation(
    "params.conv_batch_norm",
    "Parameters of a convolution without bias and the batch norm behind it",
    "无偏置卷积层及其后批量归一化层的参数量",
    c_in=INPUT_CHANNELS,
    c_out=OUTPUT_CHANNELS,
    k=KERNEL_SIDE,
)


@conv_batch_norm.step("$k^2 $c_in $c_out", symbol=r"N_\text{conv}", zh="卷积层的参数量（无偏置）")
def convolution(k: int, c_in: int, c_out: int) -> int:
    """Convolution, without biases."""
    return k**2 * c_in * c_out


@conv_batch_norm.step("2 $c_out", symbol=r"N_\text{bn}", zh="批量归一化层的参数量")
def norm(c_out: int) -> int:
    """Batch norm: a gain and a shift for each channel."""
    return 2 * c_out


add_total(conv_batch_norm, "convolution", "norm")
leave_out(conv_batch_norm, "params/norm-left-out", "norm")


@conv_batch_norm.convention("convention/with-bias", replaces="convolution")
def _(k: int, c_in: int, c_out: int) -> int:
    return k**2 * c_in * c_out + c_out


@conv_batch_norm.misconception("params/missed-input-channels", replaces="convolution")
def _(k: int, c_out: int) -> int:
    return k**2 * c_out


@conv_batch_norm.convention("convention/buffers-counted", replaces="norm")
def _(c_out: int) -> int:
    return 4 * c_out


conv_batch_norm.convention("convention/biases-and-buffers", replaces="total")(
    lambda convolution, c_out: convolution + 5 * c_out
)


@conv_batch_norm.misconception("params/norm-gain-only", replaces="norm")
def _(c_out: int) -> int:
    return c_out


@conv_batch_norm.oracle
def _(c_in: int, c_out: int, k: int) -> dict[str, int]:
    import torch

    layer = torch.nn.Conv2d(c_in, c_out, k, bias=False, device="meta")
    behind = torch.nn.BatchNorm2d(c_out, device="meta")
    return {"convolution": learned(layer), "norm": learned(behind), "total": learned(layer, behind)}


# ---------------------------------------------------------------- MobileNet's block: depthwise, norm, pointwise, norm

separable_block = Derivation(
    "params.separable_block",
    "Parameters of a depthwise-separable block with batch norms (as in MobileNet)",
    "带批量归一化的深度可分离卷积块（MobileNet）的参数量",
    c_in=INPUT_CHANNELS,
    c_out=OUTPUT_CHANNELS,
    k=KERNEL_SIDE,
)


@separable_block.step("$k^2 $c_in", symbol=r"N_\text{dw}", zh="深度卷积的参数量")
def depthwise(k: int, c_in: int) -> int:
    """Depthwise convolution: one kernel for each channel."""
    return k**2 * c_in


@separable_block.step("2 $c_in", symbol=r"N_\text{bn,1}", zh="其后批量归一化层的参数量")
def depthwise_norm(c_in: int) -> int:
    """Batch norm behind it."""
    return 2 * c_in


@separable_block.step("$c_in $c_out", symbol=r"N_\text{pw}", zh="1×1 卷积的参数量")
def pointwise(c_in: int, c_out: int) -> int:
    """Pointwise convolution: one weight for every pair of channels."""
    return c_in * c_out


@separable_block.step("2 $c_out", symbol=r"N_\text{bn,2}", zh="其后批量归一化层的参数量")
def pointwise_norm(c_out: int) -> int:
    """Batch norm behind the pointwise convolution."""
    return 2 * c_out


add_sum(
    separable_block,
    "depthwise_norm",
    "pointwise_norm",
    name="norms",
    symbol=r"N_\text{bn}",
    en="Both batch norms",
    zh="两个批量归一化层的参数量之和",
)
add_total(separable_block, "depthwise", "pointwise", "norms")
miss_parts(
    separable_block,
    "total",
    {"depthwise": "params/depthwise-left-out", "pointwise": "params/pointwise-left-out", "norms": ""},
)
leave_out(separable_block, "params/norm-left-out", "norms")


@separable_block.misconception("params/ignored-groups", replaces="depthwise")
def _(k: int, c_in: int) -> int:
    return k**2 * c_in**2


@separable_block.convention("convention/with-bias", replaces="depthwise")
def _(k: int, c_in: int) -> int:
    return k**2 * c_in + c_in


@separable_block.convention("convention/with-bias", replaces="pointwise")
def _(c_in: int, c_out: int) -> int:
    return c_in * c_out + c_out


@separable_block.convention("convention/buffers-counted", replaces="norms")
def _(depthwise_norm: int, pointwise_norm: int) -> int:
    return 2 * (depthwise_norm + pointwise_norm)


@separable_block.misconception("params/norm-gain-only", replaces="norms")
def _(c_in: int, c_out: int) -> int:
    return c_in + c_out


@separable_block.misconception("params/one-weight-per-filter", replaces="pointwise")
def _(c_out: int) -> int:
    return c_out


@separable_block.oracle
def _(c_in: int, c_out: int, k: int) -> dict[str, int]:
    import torch

    block = torch.nn.Sequential(
        torch.nn.Conv2d(c_in, c_in, k, groups=c_in, bias=False, device="meta"),
        torch.nn.BatchNorm2d(c_in, device="meta"),
        torch.nn.Conv2d(c_in, c_out, 1, bias=False, device="meta"),
        torch.nn.BatchNorm2d(c_out, device="meta"),
    )
    names = ("depthwise", "depthwise_norm", "pointwise", "pointwise_norm")
    found = {name: learned(layer) for name, layer in zip(names, block, strict=True)}
    return found | {"norms": learned(block[1], block[3]), "total": learned(block)}
