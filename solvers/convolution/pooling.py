"""Pooling windows: a convolution's positions, counted in floor mode or in PyTorch's ceil mode."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, word
from solvers.trace import Undefined
from solvers.values import Value
from solvers.windows import (
    DILATION,
    INPUT,
    PADDING,
    STRIDE,
    declare_span,
    fitting,
    positions,
    rounded_up,
    starts,
    strides_begun,
    torch_length,
    torch_span,
)

WINDOW = integer("k", "pooling window", "池化窗口大小", least=1)


def halved(n: int, s: int) -> int:
    """Half of the size, whatever the stride. Raises Undefined for a stride of 2, by which many divide for another reason."""
    if s == 2:
        raise Undefined("to halve is to divide by this stride", "减半就是除以该步幅")
    return n // 2


MODE = word("m", "rounding of the quotient", "取整方式", words=("floor", "ceil"), default="floor")


def pool_padding(p: int, k: int) -> int:
    """The padding, if PyTorch's pooling layers take it; raises Undefined otherwise."""
    if 2 * p > k:
        raise Undefined("a pooling window is padded by at most half of its size", "池化的补零不得超过窗口大小的一半")
    return p


def pooled(n: int, p: int, s: int, reach: int, mode: str) -> int:
    """Windows on a padded input; in ceil mode each must start in the input or in the padding before it."""
    if mode == "floor":
        return positions(n, 2 * p, s, reach)
    return fitting(min(rounded_up(n, 2 * p, s, reach), starts(n, p, s)))


def _padded_once(n: int, p: int, s: int, reach: int, mode: str) -> int:
    """Windows where the zeros are counted on one side only."""
    if mode == "floor":
        return positions(n, p, s, reach)
    return fitting(min(rounded_up(n, p, s, reach), starts(n, p, s)))


def _torch_pooled(n: int, k: int, s: int, p: int, d: int, ceil: bool) -> int:
    import torch

    return int(torch.nn.MaxPool1d(k, s, p, d, ceil_mode=ceil)(torch.empty(1, 1, n, device="meta")).shape[-1])


def _pool_size(mode: str) -> Derivation:
    derivation = Derivation(
        "conv.pool_size",
        "Output length of a pooling layer, rounding down or up",
        "池化层的输出长度（向下或向上取整）",
        n=INPUT,
        k=WINDOW,
        s=STRIDE,
        p=PADDING,
        d=DILATION,
        mode=MODE,
    )
    declare_span(derivation)
    moves = r"\frac{$n + 2 \cdot $p - $effective_kernel}{$s}"
    formula = {
        "floor": rf"\left\lfloor {moves} \right\rfloor + 1",
        "ceil": rf"\min\left(\left\lceil {moves} \right\rceil + 1, \left\lceil \frac{{$n + $p}}{{$s}} \right\rceil\right)",
    }[mode]

    @derivation.step(formula, symbol="o", zh="池化窗口的个数", name="size")
    def _(n: int, k: int, p: int, s: int, effective_kernel: int, mode: str) -> int:
        """Windows; in ceil mode each must start in the input or in the padding before it."""
        return pooled(n, pool_padding(p, k), s, effective_kernel, mode)

    @derivation.misconception("conv/pooling-keeps-size", replaces="size")
    def _(n: int) -> int:
        return n

    @derivation.misconception("conv/input-over-stride", replaces="size")
    def _(n: int, s: int) -> int:
        return n // s

    @derivation.misconception("conv/forgot-padding", replaces="size")
    def _(n: int, s: int, effective_kernel: int, mode: str) -> int:
        return pooled(n, 0, s, effective_kernel, mode)

    @derivation.convention("convention/other-rounding", replaces="size")
    def _(n: int, p: int, s: int, effective_kernel: int, mode: str) -> int:
        return pooled(n, p, s, effective_kernel, "ceil" if mode == "floor" else "floor")

    _add_counting_mistakes(derivation, mode)

    @derivation.oracle
    def _(n: int, k: int, s: int, p: int, d: int, mode: str) -> dict[str, object]:
        return {"effective_kernel": torch_span(k, d), "size": _torch_pooled(n, k, s, p, d, mode == "ceil")}

    return derivation


def _add_counting_mistakes(derivation: Derivation, mode: str) -> None:
    """The mistakes that a convolution's positions have as well, and that of ceil mode."""

    @derivation.misconception("conv/no-plus-one", replaces="size")
    def _(n: int, p: int, s: int, effective_kernel: int) -> int:
        return (n + 2 * p - effective_kernel) // s

    @derivation.misconception("conv/not-rounded", replaces="size")
    def _not_rounded(n: int, p: int, s: int, effective_kernel: int) -> Fraction:
        return Fraction(n + 2 * p - effective_kernel, s) + 1

    @derivation.misconception("conv/one-taken-off", replaces="size")
    def _one_taken_off(n: int, p: int, s: int, effective_kernel: int) -> int:
        return fitting((n + 2 * p - effective_kernel) // s - 1)

    @derivation.misconception("conv/stride-ignored", replaces="size")
    def _stride_ignored(n: int, p: int, effective_kernel: int) -> int:
        return fitting(n + 2 * p - effective_kernel + 1)

    @derivation.misconception("conv/padding-once", replaces="size")
    def _padding_once(n: int, p: int, s: int, effective_kernel: int, mode: str) -> int:
        return _padded_once(n, p, s, effective_kernel, mode)

    @derivation.misconception("conv/window-as-stride", replaces="size")
    def _window_as_stride(n: int, k: int, p: int, effective_kernel: int, mode: str) -> int:
        return pooled(n, p, k, effective_kernel, mode)

    derivation.misconception("conv/stride-rounded-up", replaces="size")(strides_begun)
    derivation.misconception("conv/pooling-always-halves", replaces="size")(halved)

    if mode == "ceil":

        @derivation.misconception("conv/window-past-the-end", replaces="size")
        def _past_the_end(n: int, p: int, s: int, effective_kernel: int) -> int:
            return rounded_up(n, 2 * p, s, effective_kernel)


def _mode(givens: Mapping[str, Value]) -> tuple[str]:
    return (str(givens["mode"]),)


pool_size = Family("conv.pool_size", _pool_size, _mode, ("floor",))

rounding_modes = Derivation(
    "conv.rounding_modes",
    "A pooling layer's output length in floor mode and in ceil mode",
    "池化层在向下取整与向上取整两种模式下的输出长度",
    n=INPUT,
    k=WINDOW,
    s=STRIDE,
    p=PADDING,
)


@rounding_modes.step(
    r"\left\lfloor \frac{$n + 2 \cdot $p - $k}{$s} \right\rfloor + 1",
    symbol=r"o_{\text{floor}}",
    zh="向下取整时的输出长度",
    final=True,
)
def floor_size(n: int, k: int, s: int, p: int) -> int:
    """Output length in floor mode."""
    return pooled(n, pool_padding(p, k), s, k, "floor")


@rounding_modes.step(
    r"\left\lceil \frac{$n + 2 \cdot $p - $k}{$s} \right\rceil + 1", symbol="a", zh="向上取整得到的窗口数"
)
def counted_up(n: int, k: int, s: int, p: int) -> int:
    """Windows when the quotient is rounded up."""
    return rounded_up(n, 2 * p, s, k)


@rounding_modes.step(r"\left\lceil \frac{$n + $p}{$s} \right\rceil", symbol="b", zh="起点合法的窗口数")
def allowed_starts(n: int, s: int, p: int) -> int:
    """Windows that start in the input or in the padding before it."""
    return starts(n, p, s)


@rounding_modes.step(
    r"\min\left($counted_up, $allowed_starts\right)", symbol=r"o_{\text{ceil}}", zh="向上取整时的输出长度"
)
def ceil_size(counted_up: int, allowed_starts: int) -> int:
    """Output length in ceil mode."""
    return fitting(min(counted_up, allowed_starts))


@rounding_modes.misconception("conv/forgot-padding", replaces="floor_size")
def _(n: int, k: int, s: int) -> int:
    return (n - k) // s + 1


@rounding_modes.misconception("conv/forgot-padding", replaces="counted_up")
def _(n: int, k: int, s: int) -> int:
    return rounded_up(n, 0, s, k)


@rounding_modes.misconception("conv/forgot-padding", replaces="allowed_starts")
def _(n: int, s: int) -> int:
    return starts(n, 0, s)


@rounding_modes.misconception("conv/padding-once", replaces="floor_size")
def _(n: int, k: int, s: int, p: int) -> int:
    return positions(n, p, s, k)


@rounding_modes.misconception("conv/padding-once", replaces="counted_up")
def _(n: int, k: int, s: int, p: int) -> int:
    return rounded_up(n, p, s, k)


@rounding_modes.misconception("conv/window-as-stride", replaces="floor_size")
def _(n: int, k: int, p: int) -> int:
    return positions(n, 2 * p, k, k)


@rounding_modes.misconception("conv/window-as-stride", replaces="counted_up")
def _(n: int, k: int, p: int) -> int:
    return rounded_up(n, 2 * p, k, k)


@rounding_modes.misconception("conv/window-as-stride", replaces="allowed_starts")
def _(n: int, k: int, p: int) -> int:
    return starts(n, p, k)


@rounding_modes.misconception("conv/no-plus-one", replaces="floor_size")
def _(n: int, k: int, s: int, p: int) -> int:
    return fitting((n + 2 * p - k) // s)


@rounding_modes.misconception("conv/no-plus-one", replaces="counted_up")
def _(n: int, k: int, s: int, p: int) -> int:
    return fitting(rounded_up(n, 2 * p, s, k) - 1)


@rounding_modes.misconception("conv/window-past-the-end", replaces="ceil_size")
def _(counted_up: int) -> int:
    return counted_up


@rounding_modes.misconception("conv/pooling-keeps-size", replaces="floor_size")
def _(n: int) -> int:
    return n


@rounding_modes.misconception("conv/pooling-keeps-size", replaces="ceil_size")
def _(n: int) -> int:
    return n


@rounding_modes.misconception("conv/input-over-stride", replaces="floor_size")
def _(n: int, s: int) -> int:
    return n // s


@rounding_modes.misconception("conv/input-over-stride", replaces="ceil_size")
def _(n: int, s: int) -> int:
    return -(-n // s)


@rounding_modes.oracle
def _(n: int, k: int, s: int, p: int) -> dict[str, object]:
    import torch

    return {
        "floor_size": _torch_pooled(n, k, s, p, 1, ceil=False),
        "counted_up": torch_length(n + 2 * p + s - 1, k, s),  # room for a last window that hangs over the end
        "allowed_starts": torch.empty(p + n, device="meta")[::s].shape[0],
        "ceil_size": _torch_pooled(n, k, s, p, 1, ceil=True),
    }
