"""Convolution output sizes along one axis: equal or different zeros at both ends, and the samples that none of the windows reads.

All sizes follow from counting the positions of a window.
"""

from __future__ import annotations

from fractions import Fraction

from solvers.derivation import Derivation
from solvers.givens import integer
from solvers.windows import (
    DILATION,
    INPUT,
    KERNEL,
    PADDING,
    STRIDE,
    declare_counted,
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


declare_counted(padded_size, n="padded")


@padded_size.convention("convention/rounded-up", replaces="size")
def _(padded: int, s: int, effective_kernel: int) -> int:
    return rounded_up(padded, 0, s, effective_kernel)


@padded_size.oracle
def _(n: int, k: int, s: int, d: int, before: int, after: int) -> dict[str, object]:
    import torch

    longer = torch.nn.functional.pad(torch.empty(1, 1, n, device="meta"), (before, after))
    length = longer.shape[-1]
    return {"effective_kernel": torch_span(k, d), "padded": length, "size": torch_length(length, k, s, 0, d)}


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


declare_counted(unread_samples)


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
