"""Convolution sizes backwards: the padding, stride, kernel or input that gives a wanted output length."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from solvers.derivation import Derivation
from solvers.trace import Undefined
from solvers.windows import DILATION, INPUT, KERNEL, OUTPUT, PADDING, STRIDE, declare_span, torch_length, torch_span

# ------------------------------------------------------------------------------------------- padding that keeps a size

same_padding = Derivation(
    "conv.same_padding",
    "Padding on each side that keeps the length at stride 1",
    "步幅为 1 时保持长度不变的每侧补零个数",
    k=KERNEL,
    d=DILATION,
)
declare_span(same_padding)


@same_padding.step(r"\frac{$effective_kernel - 1}{2}", symbol="p", zh="每侧补零个数")
def padding(effective_kernel: int) -> int:
    """Zeros on each side: half of what the kernel would take away."""
    if effective_kernel % 2 == 0:
        raise Undefined("equal padding on both sides needs an odd span", "两侧等量补零要求卷积核覆盖奇数个输入")
    return (effective_kernel - 1) // 2


@same_padding.misconception("conv/half-kernel-plus-one", replaces="padding")
def _(effective_kernel: int) -> int:
    return effective_kernel // 2 + 1


@same_padding.misconception("conv/padding-for-both-sides", replaces="padding")
def _(effective_kernel: int) -> int:
    return effective_kernel - 1


@same_padding.misconception("conv/kernel-as-padding", replaces="padding")
def _(k: int) -> int:
    return k


@same_padding.misconception("conv/always-one-zero", replaces="padding")
def _() -> int:
    return 1


@same_padding.misconception("conv/same-without-zeros", replaces="padding")
def _() -> int:
    return 0


@same_padding.oracle
def _(k: int, d: int) -> dict[str, object]:
    n = k * d + 1
    padding = next(p for p in range(n) if torch_length(n, k, 1, p, d) == n)
    return {"effective_kernel": torch_span(k, d), "padding": padding}


# -------------------------------------------------------------------------------------------- padding for an output

needed_padding = Derivation(
    "conv.needed_padding",
    "Smallest equal padding that gives a wanted output length",
    "得到指定输出长度所需的最小补零个数",
    n=INPUT,
    k=KERNEL,
    s=STRIDE,
    d=DILATION,
    o=OUTPUT,
)
declare_span(needed_padding)


@needed_padding.step(r"($o - 1)$s + $effective_kernel", symbol="m", zh="所有窗口共覆盖的长度")
def covered(n: int, o: int, s: int, effective_kernel: int) -> int:
    """Samples from the start of the first window to the end of the last."""
    reach = (o - 1) * s + effective_kernel
    if (n + 2 * _zeros_per_side(n, reach) - effective_kernel) // s + 1 != o:
        raise Undefined("no equal padding gives this output length", "没有任何等量补零能得到该输出长度")
    return reach


def _zeros_per_side(n: int, reach: int) -> int:
    return -(-max(reach - n, 0) // 2)


@needed_padding.step(
    r"\left\lceil \frac{\max\left($covered - $n, 0\right)}{2} \right\rceil",
    symbol="p",
    zh="每侧补零个数",
    name="padding",
)
def _needed_padding(n: int, covered: int) -> int:
    """Zeros on each side."""
    return _zeros_per_side(n, covered)


@needed_padding.misconception("conv/padding-for-both-sides", replaces="padding")
def _(n: int, covered: int) -> int:
    return max(covered - n, 0)


@needed_padding.misconception("conv/half-kernel-always", replaces="padding")
def _(effective_kernel: int) -> int:
    return effective_kernel // 2


@needed_padding.misconception("conv/no-plus-one", replaces="covered")
def _(o: int, s: int, effective_kernel: int) -> int:
    return o * s + effective_kernel


@needed_padding.misconception("conv/stride-left-out", replaces="covered")
def _(o: int, effective_kernel: int) -> int:
    return o - 1 + effective_kernel


@needed_padding.oracle
def _(n: int, k: int, s: int, d: int, o: int) -> dict[str, object]:
    padding = bisect_left(range(o * s + k * d), o, key=lambda p: torch_length(n, k, s, p, d) or 0)
    covered, _ = _places(range(1, o * s + k * d + 1), o, lambda length: torch_length(length, k, s, 0, d) or 0)
    return {"effective_kernel": torch_span(k, d), "covered": covered, "padding": padding}


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
    smallest, largest = _places(range(1, n + 2 * p + 1), -o, lambda s: -(torch_length(n, k, s, p, d) or 0))
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
    smallest, largest = _places(range(1, n + 2 * p + 1), -o, lambda k: -(torch_length(n, k, s, p, d) or 0))
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
    smallest, largest = _places(range(1, o * s + k * d + 1), o, lambda n: torch_length(n, k, s, p, d) or 0)
    return {"effective_kernel": torch_span(k, d), "smallest": smallest, "largest": largest}


def _places(candidates: range, wanted: int, measured: Callable[[int], int]) -> tuple[int, int]:
    """The first and the last candidate for which a real layer gives what is wanted; its sizes only ever rise along them."""
    first = bisect_left(candidates, wanted, key=measured)
    last = bisect_right(candidates, wanted, key=measured) - 1
    return candidates[first], candidates[last]
