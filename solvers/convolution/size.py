"""Convolution output sizes along one axis: convolution, padding modes, pooling and transposed convolution.

All sizes follow from counting the positions of a window: Dumoulin and Visin, "A guide to convolution arithmetic for deep
learning" (2016), relationships 6, 14 and 15; PyTorch's `Conv1d`, `MaxPool1d` and `ConvTranspose1d` count the same way, and
`same_size` and `valid_size` are TensorFlow's. Several axes, chains of layers and inverses have their own modules.
"""

from __future__ import annotations

import warnings
from bisect import bisect_left
from fractions import Fraction

from solvers.derivation import Derivation
from solvers.givens import integer
from solvers.trace import Undefined
from solvers.windows import (
    DILATION,
    INPUT,
    KERNEL,
    PADDING,
    STRIDE,
    WRONG_POSITIONS,
    declare_span,
    fitting,
    positions,
    rounded_up,
    strides_begun,
    torch_length,
    torch_span,
)

# ---------------------------------------------------------------------------------------------- equal padding, floor

output_size = Derivation(
    "conv.output_size",
    "Output length of a one-dimensional convolution",
    "一维卷积的输出长度",
    n=INPUT,
    k=KERNEL,
    s=STRIDE,
    p=PADDING,
    d=DILATION,
)
declare_span(output_size)


@output_size.step(
    r"\left\lfloor \frac{$n + 2 \cdot $p - $effective_kernel}{$s} \right\rfloor + 1", symbol="o", zh="完整窗口的个数"
)
def size(n: int, p: int, s: int, effective_kernel: int) -> int:
    """Positions at which the whole kernel fits."""
    return positions(n, 2 * p, s, effective_kernel)


@output_size.misconception("conv/forgot-padding", replaces="size")
def _(n: int, s: int, effective_kernel: int) -> int:
    return (n - effective_kernel) // s + 1


@output_size.misconception("conv/padding-once", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> int:
    return (n + p - effective_kernel) // s + 1


@output_size.misconception("conv/no-plus-one", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> int:
    return (n + 2 * p - effective_kernel) // s


@output_size.misconception("conv/input-over-stride", replaces="size")
def _(n: int, s: int) -> int:
    return n // s


@output_size.misconception("conv/not-rounded", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> Fraction:
    return Fraction(n + 2 * p - effective_kernel, s) + 1


@output_size.misconception("conv/stride-ignored", replaces="size")
def _(n: int, p: int, effective_kernel: int) -> int:
    return fitting(n + 2 * p - effective_kernel + 1)


@output_size.misconception("conv/kernel-lost-once", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> int:
    return fitting((n + 2 * p - effective_kernel // 2 - 1) // s + 1)


@output_size.misconception("conv/kernel-lost-on-both-sides", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> int:
    return fitting((n + 2 * p - 2 * (effective_kernel - 1) - 1) // s + 1)


@output_size.misconception("conv/one-taken-off", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> int:
    return fitting((n + 2 * p - effective_kernel) // s - 1)


@output_size.misconception("conv/padding-taken-off", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> int:
    return positions(n, -2 * p, s, effective_kernel)


@output_size.misconception("conv/kernel-left-out", replaces="size")
def _(n: int, p: int, s: int) -> int:
    return (n + 2 * p) // s


output_size.misconception("conv/stride-rounded-up", replaces="size")(strides_begun)
output_size.misconception("conv/size-unchanged", replaces="size")(lambda n: n)
output_size.misconception("conv/kernel-for-output", replaces="size")(lambda k: k)


@output_size.convention("convention/rounded-up", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> int:
    return rounded_up(n, 2 * p, s, effective_kernel)


@output_size.oracle
def _(n: int, k: int, s: int, p: int, d: int) -> dict[str, object]:
    import torch

    layer = torch.nn.Conv1d(1, 1, k, s, p, d, device="meta")
    return {"effective_kernel": torch_span(k, d), "size": layer(torch.empty(1, 1, n, device="meta")).shape[-1]}


# ----------------------------------------------------------------------------------------------- different paddings


def _declare_counted(derivation: Derivation, n: str = "n") -> None:
    """Adds the ways in which the positions on an input that needs no further zeros are miscounted."""
    for id in ("conv/one-taken-off", "conv/not-rounded", "conv/stride-ignored", "conv/kernel-left-out"):
        derivation.misconception(id, replaces="size", n=n)(
            lambda n, s, effective_kernel, counted=WRONG_POSITIONS[id]: counted(n, 0, s, effective_kernel)
        )
    derivation.misconception("conv/input-over-stride", replaces="size")(lambda n, s: n // s)


padded_size = Derivation(
    "conv.padded_size",
    "Output length with different padding at the start and the end",
    "首尾补零不等时的输出长度",
    n=INPUT,
    k=KERNEL,
    s=STRIDE,
    d=DILATION,
    before=integer(r"p_{\text{before}}", "zeros put before the input", "输入前端补零个数", default=0, least=0),
    after=integer(r"p_{\text{after}}", "zeros put after the input", "输入后端补零个数", default=0, least=0),
)
declare_span(padded_size)


@padded_size.step(r"$n + $before + $after", symbol="n'", zh="补零后的长度")
def padded(n: int, before: int, after: int) -> int:
    """Length of the input with its zeros."""
    return n + before + after


@padded_size.step(
    r"\left\lfloor \frac{$padded - $effective_kernel}{$s} \right\rfloor + 1",
    symbol="o",
    zh="完整窗口的个数",
    name="size",
)
def _padded_size(padded: int, s: int, effective_kernel: int) -> int:
    """Positions at which the whole kernel fits."""
    return positions(padded, 0, s, effective_kernel)


@padded_size.misconception("conv/forgot-padding", replaces="padded")
def _(n: int) -> int:
    return n


@padded_size.misconception("conv/first-padding-twice", replaces="padded")
def _(n: int, before: int) -> int:
    return n + 2 * before


@padded_size.misconception("conv/last-padding-twice", replaces="padded")
def _(n: int, after: int) -> int:
    return n + 2 * after


@padded_size.misconception("conv/padding-once", replaces="padded")
def _(n: int, before: int) -> int:
    return n + before


@padded_size.misconception("conv/no-plus-one", replaces="size")
def _(padded: int, s: int, effective_kernel: int) -> int:
    return (padded - effective_kernel) // s


_declare_counted(padded_size, n="padded")


@padded_size.convention("convention/rounded-up", replaces="size")
def _(padded: int, s: int, effective_kernel: int) -> int:
    return rounded_up(padded, 0, s, effective_kernel)


@padded_size.oracle
def _(n: int, k: int, s: int, d: int, before: int, after: int) -> dict[str, object]:
    import torch

    longer = torch.nn.functional.pad(torch.empty(1, 1, n, device="meta"), (before, after))
    length = longer.shape[-1]
    return {"effective_kernel": torch_span(k, d), "padded": length, "size": torch_length(length, k, s, 0, d)}


# -------------------------------------------------------------------------------------------------- SAME and VALID

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


_declare_counted(valid_size)
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


# ------------------------------------------------------------------------------------------- samples that are never read

unread_samples = Derivation(
    "conv.unread_samples",
    "Samples at the end that an unpadded layer never reads",
    "不补零的层始终读不到的末端样本",
    n=INPUT,
    k=KERNEL,
    s=STRIDE,
    d=DILATION,
)
declare_span(unread_samples)


@unread_samples.step(
    r"\left\lfloor \frac{$n - $effective_kernel}{$s} \right\rfloor + 1", symbol="o", zh="完整窗口的个数", name="size"
)
def _unpadded_size(n: int, s: int, effective_kernel: int) -> int:
    """Positions at which the whole kernel fits."""
    return positions(n, 0, s, effective_kernel)


@unread_samples.step(r"$n - ($size - 1)$s - $effective_kernel", symbol="u", zh="末端未被读取的样本数")
def unread(n: int, size: int, s: int, effective_kernel: int) -> int:
    """Samples behind the last window."""
    return n - (size - 1) * s - effective_kernel


_declare_counted(unread_samples)


@unread_samples.misconception("conv/no-plus-one", replaces="size")
def _(n: int, s: int, effective_kernel: int) -> int:
    return (n - effective_kernel) // s


@unread_samples.misconception("conv/remainder-of-input", replaces="unread")
def _(n: int, s: int) -> int:
    return n % s


@unread_samples.convention("convention/rounded-up", replaces="size")
def _(n: int, s: int, effective_kernel: int) -> int:
    return rounded_up(n, 0, s, effective_kernel)


@unread_samples.oracle
def _(n: int, k: int, s: int, d: int) -> dict[str, object]:
    import torch

    signal = torch.ones(1, 1, n, dtype=torch.float64, requires_grad=True)
    output = torch.nn.functional.conv1d(signal, torch.ones(1, 1, k, dtype=torch.float64), None, s, 0, d)
    output.sum().backward()
    assert signal.grad is not None
    last_read = int(signal.grad[0, 0].nonzero()[-1])
    return {"effective_kernel": torch_span(k, d), "size": output.shape[-1], "unread": n - 1 - last_read}
