"""Convolution output sizes along one axis under the padding modes of TensorFlow: SAME and VALID."""

from __future__ import annotations

import warnings
from bisect import bisect_left
from fractions import Fraction

from solvers.derivation import Derivation
from solvers.trace import Undefined
from solvers.windows import (
    DILATION,
    INPUT,
    KERNEL,
    STRIDE,
    declare_counted,
    declare_span,
    fitting,
    positions,
    strides_begun,
    torch_length,
    torch_span,
)

same_size = Derivation(
    "conv.same_size",
    "SAME padding with any stride (TensorFlow's rule)",
    "任意步幅下的 SAME 填充（TensorFlow 规则）",
    n=INPUT,
    k=KERNEL,
    s=STRIDE,
    d=DILATION,
)
declare_span(same_size)


@same_size.step(r"\left\lceil \frac{$n}{$s} \right\rceil", symbol="o", zh="输出长度", name="size")
def _same_size(n: int, s: int) -> int:
    """Output length: one position for every stride begun."""
    return -(-n // s)


@same_size.step(r"\max\left(($size - 1)$s + $effective_kernel - $n, 0\right)", symbol="P", zh="需补零的总数")
def total_padding(n: int, s: int, size: int, effective_kernel: int) -> int:
    """Zeros needed in all, for the last window to end on the padded input."""
    return max((size - 1) * s + effective_kernel - n, 0)


@same_size.step(r"\left\lfloor \frac{$total_padding}{2} \right\rfloor", symbol=r"p_{\text{before}}", zh="前端补零个数")
def padding_before(total_padding: int) -> int:
    """Zeros before the input."""
    return total_padding // 2


@same_size.step(r"$total_padding - $padding_before", symbol=r"p_{\text{after}}", zh="后端补零个数")
def padding_after(total_padding: int, padding_before: int) -> int:
    """Zeros after the input: an odd one goes here."""
    return total_padding - padding_before


@same_size.misconception("conv/same-keeps-size", replaces="size")
def _(n: int) -> int:
    return n


@same_size.misconception("conv/input-over-stride", replaces="size")
def _(n: int, s: int) -> int:
    return n // s


@same_size.misconception("conv/not-rounded", replaces="size")
def _(n: int, s: int) -> Fraction:
    return Fraction(n, s)


same_size.misconception("conv/same-without-stride", replaces="total_padding")(
    lambda effective_kernel: effective_kernel - 1
)


@same_size.misconception("conv/half-kernel-each-side", replaces="size")
def _(n: int, s: int, effective_kernel: int) -> int:
    return positions(n, 2 * (effective_kernel // 2), s, effective_kernel)


same_size.misconception("conv/half-kernel-each-side", replaces="total_padding")(
    lambda effective_kernel: 2 * (effective_kernel // 2)
)


def _even_without_one(span: int) -> int:
    """Zeros in all where half of the span less one, rounded down, stands on both sides; an odd span has nothing to round."""
    if span % 2:
        raise Undefined("half of the span less one is whole", "跨度减一之后的一半是整数")
    return span - 2


@same_size.misconception("conv/half-of-what-precedes", replaces="size")
def _(n: int, s: int, effective_kernel: int) -> int:
    return positions(n, _even_without_one(effective_kernel), s, effective_kernel)


same_size.misconception("conv/half-of-what-precedes", replaces="total_padding", span="effective_kernel")(
    _even_without_one
)


@same_size.convention("convention/odd-zero-first", replaces="padding_before")
def _(total_padding: int) -> int:
    return total_padding - total_padding // 2


@same_size.misconception("conv/zeros-shared-evenly", replaces="padding_after")
def _(total_padding: int, padding_before: int) -> int:
    if total_padding % 2 == 0:
        raise Undefined("an even number of zeros is shared evenly", "偶数个零本可平分")
    return padding_before


same_size.misconception("conv/half-kernel-plus-one", replaces="total_padding")(lambda k: 2 * (k // 2 + 1))


@same_size.oracle
def _(n: int, k: int, s: int, d: int) -> dict[str, object]:
    import torch

    size = torch.empty(n, device="meta")[::s].shape[0]
    total = bisect_left(range(n * s + k * d), size, key=lambda zeros: torch_length(n + zeros, k, s, 0, d) or 0)
    before = _zeros_before(total)
    return {
        "effective_kernel": torch_span(k, d),
        "size": size,
        "total_padding": total,
        "padding_before": before,
        "padding_after": total - before,
    }


def _zeros_before(total: int) -> int:
    """How many of so many zeros PyTorch's own "same" (stride 1 only) puts before the input.

    A kernel that reads just its first tap gives a zero wherever that tap stands before the input.
    """
    import torch

    taps = torch.nn.functional.one_hot(torch.tensor(0), total + 1).to(torch.float64)
    signal = torch.ones(1, 1, total + 1, dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns that an odd number of zeros costs a copy
        shown = torch.nn.functional.conv1d(signal, taps.view(1, 1, -1), padding="same")
    return int((shown == 0).sum())


valid_size = Derivation(
    "conv.valid_size",
    "VALID padding: no zeros at all (TensorFlow's rule)",
    "VALID 填充：完全不补零（TensorFlow 规则）",
    n=INPUT,
    k=KERNEL,
    s=STRIDE,
    d=DILATION,
)
declare_span(valid_size)


@valid_size.step(
    r"\left\lceil \frac{$n - $effective_kernel + 1}{$s} \right\rceil", symbol="o", zh="输出长度", name="size"
)
def _valid_size(n: int, s: int, effective_kernel: int) -> int:
    """Positions at which the whole kernel fits on the input itself."""
    return fitting(-(-(n - effective_kernel + 1) // s))


declare_counted(valid_size)
valid_size.misconception("conv/same-for-valid", replaces="size")(strides_begun)


@valid_size.misconception("conv/no-plus-one", replaces="size")
def _(n: int, s: int, effective_kernel: int) -> int:
    return fitting(-((effective_kernel - n) // s))


@valid_size.oracle
def _(n: int, k: int, s: int, d: int) -> dict[str, object]:
    import torch

    signal, kernel = torch.empty(1, 1, n, device="meta"), torch.empty(1, 1, k, device="meta")
    length = torch.nn.functional.conv1d(signal, kernel, None, s, "valid", d).shape[-1]
    return {"effective_kernel": torch_span(k, d), "size": length}
