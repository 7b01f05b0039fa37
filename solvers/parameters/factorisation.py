"""One layer against several that do its work with fewer weights: depthwise-separable convolutions, stacks of small kernels."""

from __future__ import annotations

from fractions import Fraction

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.parameters.common import (
    INPUT_CHANNELS,
    KERNEL_SIDE,
    OUTPUT_CHANNELS,
    add_other_bias,
    bias_given,
    bias_size,
    learned,
    size,
)
from solvers.parameters.convolution import counts_of

# ------------------------------------------------------------------------------- depthwise-separable or ordinary


def _separable(bias: bool) -> Derivation:
    pair = Derivation(
        "params.separable",
        "Depthwise-separable against ordinary convolution",
        "深度可分离卷积与普通卷积的参数量比较",
        c_in=INPUT_CHANNELS,
        c_out=OUTPUT_CHANNELS,
        k=KERNEL_SIDE,
        bias=bias_given(default=False),
    )

    @pair.step("$k^2 $c_in" + bias * " + $c_in", symbol=r"N_\text{dw}", zh="深度卷积的参数量")
    def depthwise(k: int, c_in: int, bias: bool) -> int:
        """Depthwise convolution: one kernel for each input channel."""
        return k**2 * c_in + (c_in if bias else 0)

    @pair.step("$c_in $c_out" + bias * " + $c_out", symbol=r"N_\text{pw}", zh="1×1 逐点卷积的参数量")
    def pointwise(c_in: int, c_out: int, bias: bool) -> int:
        """Pointwise convolution: 1x1, from all channels to each filter."""
        return c_in * c_out + (c_out if bias else 0)

    @pair.step("$depthwise + $pointwise", symbol=r"N_\text{sep}", zh="深度可分离卷积的参数总数")
    def separable(depthwise: int, pointwise: int) -> int:
        """Both together: the depthwise-separable convolution."""
        return depthwise + pointwise

    @pair.step("$k^2 $c_in $c_out" + bias * " + $c_out", symbol=r"N_\text{conv}", zh="普通卷积的参数量")
    def ordinary(k: int, c_in: int, c_out: int, bias: bool) -> int:
        """Ordinary convolution with the same kernel and channels."""
        return k**2 * c_in * c_out + (c_out if bias else 0)

    @pair.step(r"\frac{$separable}{$ordinary}", symbol="r", zh="参数量之比：可分离 / 普通")
    def ratio(separable: int, ordinary: int) -> Fraction:
        """The separable convolution's share of the ordinary one's parameters."""
        return Fraction(separable, ordinary)

    _add_separable_mistakes(pair)
    add_other_bias(pair, bias)

    @pair.oracle
    def _(c_in: int, c_out: int, k: int, bias: bool) -> dict[str, float]:
        found = {
            "depthwise": counts_of(c_in, c_in, (k, k), c_in, bias)["total"],
            "pointwise": counts_of(c_in, c_out, (1, 1), 1, bias)["total"],
            "ordinary": counts_of(c_in, c_out, (k, k), 1, bias)["total"],
        }
        both = found["depthwise"] + found["pointwise"]
        return {**found, "separable": both, "ratio": both / found["ordinary"]}

    return pair


def _add_separable_mistakes(pair: Derivation) -> None:
    @pair.misconception("params/ignored-groups", replaces="depthwise")
    def _(k: int, c_in: int) -> int:
        return k**2 * c_in**2

    @pair.misconception("params/multiplied-stages", replaces="separable")
    def _(depthwise: int, pointwise: int) -> int:
        return depthwise * pointwise

    pair.misconception("params/depthwise-left-out", replaces="separable")(lambda pointwise: pointwise)
    pair.misconception("params/pointwise-left-out", replaces="separable")(lambda depthwise: depthwise)

    @pair.misconception("params/one-kernel-for-all-channels", replaces="depthwise")
    def _(k: int, c_in: int, bias: bool) -> int:
        return k**2 + (c_in if bias else 0)

    @pair.misconception("params/kernel-in-pointwise", replaces="pointwise")
    def _(k: int, c_in: int, c_out: int, bias: bool) -> int:
        return k**2 * c_in * c_out + (c_out if bias else 0)

    @pair.misconception("params/missed-input-channels", replaces="ordinary")
    def _(k: int, c_out: int) -> int:
        return k**2 * c_out

    pair.misconception("params/ordinary-for-separable", replaces="separable")(lambda ordinary: ordinary)
    pair.misconception("params/saving-for-share", replaces="ratio")(
        lambda separable, ordinary: 1 - Fraction(separable, ordinary)
    )

    @pair.misconception("params/ratio-upside-down", replaces="ratio")
    def _(separable: int, ordinary: int) -> Fraction:
        return Fraction(ordinary, separable)

    @pair.misconception("params/kernel-per-filter", replaces="depthwise")
    def _(k: int, c_out: int) -> int:
        return k**2 * c_out


separable = Family("params.separable", _separable, bias_size, (False,))

# ----------------------------------------------------------------------------------------- small kernels in a stack

stacked_kernels = Derivation(
    "params.stacked_kernels",
    "A stack of small kernels against one large kernel that sees as much",
    "多层小卷积核与感受野相同的一层大卷积核的参数量比较",
    c=size("C", "channels of every layer, in and out", "每层的输入与输出通道数"),
    k=size("k", "side of the small kernels", "小卷积核边长", default=3),
    layers=size("L", "small layers in the stack", "小卷积核的层数", default=2),
)


@stacked_kernels.step("$layers $k^2 $c^2", symbol=r"N_\text{stack}", zh="多层小卷积核的权重数")
def stack(layers: int, k: int, c: int) -> int:
    """Weights of the stack of small kernels."""
    return layers * k**2 * c**2


@stacked_kernels.step("$layers ($k - 1) + 1", symbol="K", zh="感受野相同的大卷积核边长")
def large_side(layers: int, k: int) -> int:
    """Side of the single kernel with the stack's receptive field."""
    return layers * (k - 1) + 1


@stacked_kernels.step("$large_side^2 $c^2", symbol=r"N_\text{large}", zh="一层大卷积核的权重数")
def large(large_side: int, c: int) -> int:
    """Weights of the single large kernel."""
    return large_side**2 * c**2


@stacked_kernels.step(r"\frac{$stack}{$large}", symbol="r", zh="权重数之比：多层小核 / 一层大核")
def stack_share(stack: int, large: int) -> Fraction:
    """The stack's share of the large kernel's weights."""
    return Fraction(stack, large)


@stacked_kernels.misconception("params/added-receptive-fields", replaces="large_side")
def _(layers: int, k: int) -> int:
    return layers * k


@stacked_kernels.misconception("params/one-kernel-for-all", replaces="stack")
def _(k: int, c: int) -> int:
    return k**2 * c**2


@stacked_kernels.misconception("params/missed-input-channels", replaces="stack")
def _(layers: int, k: int, c: int) -> int:
    return layers * k**2 * c


@stacked_kernels.misconception("params/missed-input-channels", replaces="large")
def _(large_side: int, c: int) -> int:
    return large_side**2 * c


stacked_kernels.convention("convention/with-bias", replaces="stack")(lambda layers, k, c: layers * (k**2 * c + 1) * c)
stacked_kernels.convention("convention/with-bias", replaces="large")(lambda large_side, c: (large_side**2 * c + 1) * c)
stacked_kernels.misconception("params/channels-left-out", replaces="stack")(lambda layers, k: layers * k**2)
stacked_kernels.misconception("params/channels-left-out", replaces="large")(lambda large_side: large_side**2)


stacked_kernels.misconception("params/saving-for-share", replaces="stack_share")(
    lambda stack, large: 1 - Fraction(stack, large)
)


@stacked_kernels.misconception("params/ratio-upside-down", replaces="stack_share")
def _(stack: int, large: int) -> Fraction:
    return Fraction(large, stack)


@stacked_kernels.oracle
def _(c: int, k: int, layers: int) -> dict[str, float]:
    import torch

    stack = torch.nn.Sequential(*(torch.nn.Conv2d(c, c, k, bias=False, device="meta") for _ in range(layers)))
    large = torch.nn.Conv2d(c, c, _span(c, k, layers), bias=False, device="meta")
    return {
        "stack": learned(stack),
        "large_side": large.kernel_size[0],
        "large": learned(large),
        "stack_share": learned(stack) / learned(large),
    }


def _span(c: int, k: int, layers: int) -> int:
    """What one output position sees: the side that transposed convolutions spread it over."""
    import torch

    spread = torch.nn.Sequential(*(torch.nn.ConvTranspose2d(c, c, k, device="meta") for _ in range(layers)))
    return int(spread(torch.empty(1, c, 1, 1, device="meta")).shape[-1])
