"""Padding sought: the zeros on each side that keep the length, or that give a wanted one."""

from __future__ import annotations

from bisect import bisect_left

from solvers.derivation import Derivation
from solvers.trace import Undefined
from solvers.windows import (
    DILATION,
    INPUT,
    KERNEL,
    OUTPUT,
    STRIDE,
    declare_span,
    places,
    torch_length,
    torch_span,
)

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
    covered, _ = places(range(1, o * s + k * d + 1), o, lambda length: torch_length(length, k, s, 0, d) or 0)
    return {"effective_kernel": torch_span(k, d), "covered": covered, "padding": padding}
