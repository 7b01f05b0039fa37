"""Convolution sizes backwards: the stride, kernel or input that gives a wanted output length (`solvers.convolution.padding` has the zeros)."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.trace import Undefined
from solvers.windows import (
    DILATION,
    INPUT,
    KERNEL,
    OUTPUT,
    PADDING,
    STRIDE,
    declare_span,
    places,
    torch_length,
    torch_span,
)

# ------------------------------------------------------------------------------------------------ stride for an output

needed_stride = Derivation(
    "conv.needed_stride",
    "Strides that give a wanted output length",
    "得到指定输出长度的步幅",
    n=INPUT,
    k=KERNEL,
    p=PADDING,
    d=DILATION,
    o=OUTPUT,
)
declare_span(needed_stride)


@needed_stride.step(r"$n + 2 \cdot $p - $effective_kernel", symbol="m", zh="窗口可移动的距离")
def room(n: int, p: int, o: int, effective_kernel: int) -> int:
    """How far the kernel can move from its first position."""
    distance = n + 2 * p - effective_kernel
    if distance < 0:
        raise Undefined("the kernel is larger than the padded input", "卷积核比补零后的输入还大")
    if o > 1 and distance // (o - 1) <= distance // o:
        raise Undefined("no stride gives this output length", "没有任何步幅能得到该输出长度")
    return distance


@needed_stride.step(
    r"\left\lfloor \frac{$room}{$o} \right\rfloor + 1", symbol=r"s_{\min}", zh="满足要求的最小步幅", final=True
)
def smallest(room: int, o: int) -> int:
    """Smallest stride at which one more window no longer fits."""
    return room // o + 1


@needed_stride.step(r"\left\lfloor \frac{$room}{$o - 1} \right\rfloor", symbol=r"s_{\max}", zh="满足要求的最大步幅")
def largest(room: int, o: int) -> int:
    """Largest stride at which as many windows still fit."""
    if o == 1:
        raise Undefined("every stride large enough leaves one window", "步幅足够大时总是只剩一个窗口，没有最大值")
    return room // (o - 1)


@needed_stride.misconception("conv/no-plus-one", replaces="largest")
def _(room: int, o: int) -> int:
    return room // o


@needed_stride.misconception("conv/no-plus-one", replaces="smallest")
def _(room: int, o: int) -> int:
    return room // (o + 1) + 1


@needed_stride.misconception("conv/input-over-stride", replaces="largest")
def _(n: int, o: int) -> int:
    return n // o


@needed_stride.misconception("conv/input-over-stride", replaces="smallest")
def _(n: int, o: int) -> int:
    return n // o


@needed_stride.misconception("conv/forgot-padding", replaces="room")
def _(n: int, effective_kernel: int) -> int:
    return n - effective_kernel


@needed_stride.misconception("conv/padding-once", replaces="room")
def _(n: int, p: int, effective_kernel: int) -> int:
    return n + p - effective_kernel


@needed_stride.misconception("conv/kernel-left-out", replaces="room")
def _(n: int, p: int) -> int:
    return n + 2 * p


@needed_stride.convention("convention/rounded-up", replaces="smallest")
def _(room: int, o: int) -> int:
    if o == 1:
        raise Undefined(
            "rounded up, one window is left only where nothing moves", "向上取整时，只有无法移动才会剩下一个窗口"
        )
    return max(-(-room // (o - 1)), 1)


@needed_stride.convention("convention/rounded-up", replaces="largest")
def _(room: int, o: int) -> int:
    if o <= 2:
        raise Undefined(
            "rounded up, every large stride leaves two windows", "向上取整时，步幅足够大总剩两个窗口，没有最大值"
        )
    return -(-room // (o - 2)) - 1


@needed_stride.oracle
def _(n: int, k: int, p: int, d: int, o: int) -> dict[str, object]:
    smallest, largest = places(range(1, n + 2 * p + 1), -o, lambda s: -(torch_length(n, k, s, p, d) or 0))
    return {"effective_kernel": torch_span(k, d), "smallest": smallest, "largest": largest}


# ------------------------------------------------------------------------------------------------ kernel for an output

needed_kernel = Derivation(
    "conv.needed_kernel",
    "Kernel sizes that give a wanted output length",
    "得到指定输出长度的卷积核大小",
    n=INPUT,
    s=STRIDE,
    p=PADDING,
    d=DILATION,
    o=OUTPUT,
)


@needed_kernel.step(r"$n + 2 \cdot $p - ($o - 1)$s", symbol=r"k'_{\max}", zh="卷积核最多可覆盖的长度")
def longest_span(n: int, p: int, o: int, s: int, d: int) -> int:
    """Samples that the last window may reach over."""
    longest = n + 2 * p - (o - 1) * s
    if _largest(longest, d) < _smallest(longest, s, d):
        raise Undefined("no kernel gives this output length", "没有任何卷积核能得到该输出长度")
    return longest


def _smallest(longest_span: int, s: int, d: int) -> int:
    return max(-((s - longest_span) // d) + 1, 1)


def _largest(longest_span: int, d: int) -> int:
    return (longest_span - 1) // d + 1


@needed_kernel.step(
    r"\max\left(\left\lceil \frac{$longest_span - $s}{$d} \right\rceil + 1, 1\right)",
    symbol=r"k_{\min}",
    zh="满足要求的最小卷积核",
    final=True,
    name="smallest",
)
def _smallest_kernel(longest_span: int, s: int, d: int) -> int:
    """Smallest kernel at which one more window no longer fits."""
    return _smallest(longest_span, s, d)


@needed_kernel.step(
    r"\left\lfloor \frac{$longest_span - 1}{$d} \right\rfloor + 1",
    symbol=r"k_{\max}",
    zh="满足要求的最大卷积核",
    name="largest",
)
def _largest_kernel(longest_span: int, d: int) -> int:
    """Largest kernel at which as many windows still fit."""
    return _largest(longest_span, d)


@needed_kernel.misconception("conv/forgot-padding", replaces="longest_span")
def _(n: int, o: int, s: int) -> int:
    return n - (o - 1) * s


@needed_kernel.misconception("conv/padding-once", replaces="longest_span")
def _(n: int, p: int, o: int, s: int) -> int:
    return n + p - (o - 1) * s


@needed_kernel.misconception("conv/no-plus-one", replaces="longest_span")
def _(n: int, p: int, o: int, s: int) -> int:
    return n + 2 * p - o * s


@needed_kernel.misconception("conv/stride-left-out", replaces="longest_span")
def _(n: int, p: int, o: int) -> int:
    return n + 2 * p - (o - 1)


@needed_kernel.convention("convention/rounded-up", replaces="smallest")
def _(longest_span: int, d: int) -> int:
    return _smallest(longest_span, 1, d)


@needed_kernel.convention("convention/rounded-up", replaces="largest")
def _(longest_span: int, s: int, d: int) -> int:
    return _largest(longest_span + s - 1, d)


@needed_kernel.oracle
def _(n: int, s: int, p: int, d: int, o: int) -> dict[str, object]:
    smallest, largest = places(range(1, n + 2 * p + 1), -o, lambda k: -(torch_length(n, k, s, p, d) or 0))
    return {"smallest": smallest, "largest": largest}


# ------------------------------------------------------------------------------------------------- input for an output

needed_input = Derivation(
    "conv.needed_input",
    "Input lengths that give a wanted output length",
    "得到指定输出长度的输入长度",
    o=OUTPUT,
    k=KERNEL,
    s=STRIDE,
    p=PADDING,
    d=DILATION,
)
declare_span(needed_input)


@needed_input.step(r"($o - 1)$s + $effective_kernel - 2 \cdot $p", symbol="m", zh="最后一个窗口恰好到头时的输入长度")
def exact_fit(o: int, s: int, p: int, effective_kernel: int) -> int:
    """Input whose padding ends just where the last window does."""
    return (o - 1) * s + effective_kernel - 2 * p


@needed_input.step(
    r"\max\left($exact_fit, 1\right)", symbol=r"n_{\min}", zh="满足要求的最小输入长度", final=True, name="smallest"
)
def _smallest_input(exact_fit: int) -> int:
    """Smallest input with so many windows."""
    return max(exact_fit, 1)


@needed_input.step(r"$exact_fit + $s - 1", symbol=r"n_{\max}", zh="满足要求的最大输入长度", name="largest")
def _largest_input(exact_fit: int, s: int) -> int:
    """Largest input: one sample short of another window."""
    if exact_fit + s - 1 < 1:
        raise Undefined("the padding alone gives more output", "仅补零部分就会产生更多输出")
    return exact_fit + s - 1


@needed_input.misconception("conv/output-times-stride", replaces="exact_fit")
def _(o: int, s: int) -> int:
    return o * s


@needed_input.misconception("conv/no-plus-one", replaces="exact_fit")
def _(o: int, s: int, p: int, effective_kernel: int) -> int:
    return o * s + effective_kernel - 2 * p


@needed_input.misconception("conv/forgot-padding", replaces="exact_fit")
def _(o: int, s: int, effective_kernel: int) -> int:
    return (o - 1) * s + effective_kernel


@needed_input.misconception("conv/padding-once", replaces="exact_fit")
def _(o: int, s: int, p: int, effective_kernel: int) -> int:
    return (o - 1) * s + effective_kernel - p


@needed_input.misconception("conv/padding-added-backwards", replaces="exact_fit")
def _(o: int, s: int, p: int, effective_kernel: int) -> int:
    return (o - 1) * s + effective_kernel + 2 * p


@needed_input.convention("convention/rounded-up", replaces="smallest")
def _(exact_fit: int, s: int) -> int:
    return max(exact_fit - s + 1, 1)


@needed_input.convention("convention/rounded-up", replaces="largest")
def _(exact_fit: int) -> int:
    return exact_fit


@needed_input.oracle
def _(o: int, k: int, s: int, p: int, d: int) -> dict[str, object]:
    smallest, largest = places(range(1, o * s + k * d + 1), o, lambda n: torch_length(n, k, s, p, d) or 0)
    return {"effective_kernel": torch_span(k, d), "smallest": smallest, "largest": largest}
