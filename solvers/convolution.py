"""Convolution output sizes: convolution, pooling and transposed convolution, one axis or several, and their inverses.

All sizes follow from counting the positions of a window: Dumoulin and Visin, "A guide to convolution arithmetic for deep
learning" (2016), relationships 6, 14 and 15; PyTorch's `Conv2d`, `MaxPool2d` and `ConvTranspose2d` use the same.
"""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.givens import integer
from solvers.trace import Undefined

INPUT = integer("n", "input length", "输入长度", least=1)
KERNEL = integer("k", "kernel size", "卷积核大小", least=1)
STRIDE = integer("s", "stride", "步幅", default=1, least=1)
PADDING = integer("p", "zeros padded on each side", "每侧补零个数", default=0, least=0)
DILATION = integer("d", "dilation", "膨胀率", default=1, least=1)


def _fitting(size: int) -> int:
    """The size, if at least one whole window fits."""
    if size < 1:
        raise Undefined("the kernel is larger than the padded input", "卷积核比补零后的输入还大")
    return size


# ------------------------------------------------------------------------------------------------- one axis, floor

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


@output_size.step(r"$d($k - 1) + 1", symbol="k'", zh="膨胀后卷积核覆盖的长度")
def effective_kernel(k: int, d: int) -> int:
    """Span of the kernel once its taps are spread d apart."""
    return d * (k - 1) + 1


@output_size.step(
    r"\left\lfloor \frac{$n + 2 \cdot $p - $effective_kernel}{$s} \right\rfloor + 1", symbol="o", zh="完整窗口的个数"
)
def size(n: int, p: int, s: int, effective_kernel: int) -> int:
    """Positions at which the whole kernel fits."""
    return _fitting((n + 2 * p - effective_kernel) // s + 1)


@output_size.misconception("conv/forgot-padding", replaces="size")
def _(n: int, s: int, effective_kernel: int) -> int:
    return (n - effective_kernel) // s + 1


@output_size.misconception("conv/padding-once", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> int:
    return (n + p - effective_kernel) // s + 1


@output_size.misconception("conv/ignored-dilation", replaces="effective_kernel")
def _(k: int) -> int:
    return k


@output_size.misconception("conv/no-plus-one", replaces="size")
def _(n: int, p: int, s: int, effective_kernel: int) -> int:
    return (n + 2 * p - effective_kernel) // s


@output_size.oracle
def _(n: int, k: int, s: int, p: int, d: int) -> dict[str, object]:
    import torch

    layer = torch.nn.Conv1d(1, 1, k, s, p, d, device="meta")
    return {"size": layer(torch.empty(1, 1, n, device="meta")).shape[-1]}
