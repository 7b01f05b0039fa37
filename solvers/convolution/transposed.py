"""Transposed convolution along one axis: its output length, and the output padding that undoes a convolution."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.givens import integer
from solvers.trace import Undefined
from solvers.windows import (
    DILATION,
    INPUT,
    KERNEL,
    PADDING,
    STRIDE,
    declare_span,
    positions,
    rounded_up,
    torch_length,
    torch_span,
)

OUTPUT_PADDING = integer("q", "output padding, at the end only", "输出填充（仅在末端）", default=0, least=0)

transposed_size = Derivation(
    "conv.transposed_size",
    "Output length of a transposed convolution",
    "转置卷积的输出长度",
    n=INPUT,
    k=KERNEL,
    s=STRIDE,
    p=PADDING,
    q=OUTPUT_PADDING,
    d=DILATION,
)
declare_span(transposed_size)


def stretched(n: int, s: int, p: int, q: int, d: int, reach: int) -> int:
    """Length that a transposed convolution stretches n samples to."""
    if q >= max(s, d):
        raise Undefined(
            "the output padding must be smaller than the stride or the dilation", "输出填充须小于步幅或膨胀率"
        )
    size = (n - 1) * s - 2 * p + reach + q
    if size < 1:
        raise Undefined("the padding takes all of the output away", "补零把输出全部裁掉了")
    return size


@transposed_size.step(r"($n - 1)$s - 2 \cdot $p + $effective_kernel + $q", symbol="o", zh="输出长度")
def size(n: int, s: int, p: int, q: int, d: int, effective_kernel: int) -> int:
    """Output length: n kernels laid s apart, cropped by p on each side, longer by q at the end."""
    return stretched(n, s, p, q, d, effective_kernel)


@transposed_size.misconception("conv/forward-formula", replaces="size")
def _(n: int, s: int, p: int, effective_kernel: int) -> int:
    return (n + 2 * p - effective_kernel) // s + 1


@transposed_size.misconception("conv/transposed-padding-added", replaces="size")
def _(n: int, s: int, p: int, q: int, effective_kernel: int) -> int:
    return (n - 1) * s + 2 * p + effective_kernel + q


@transposed_size.misconception("conv/no-output-padding", replaces="size")
def _(n: int, s: int, p: int, effective_kernel: int) -> int:
    return (n - 1) * s - 2 * p + effective_kernel


@transposed_size.misconception("conv/kernel-one-short", replaces="size")
def _(n: int, s: int, p: int, q: int, effective_kernel: int) -> int:
    return (n - 1) * s - 2 * p + effective_kernel - 1 + q


@transposed_size.misconception("conv/input-times-stride", replaces="size")
def _(n: int, s: int) -> int:
    return n * s


@transposed_size.misconception("conv/transposed-all-strides", replaces="size")
def _(n: int, s: int, p: int, q: int, effective_kernel: int) -> int:
    return n * s - 2 * p + effective_kernel + q


@transposed_size.misconception("conv/forgot-padding", replaces="size")
def _(n: int, s: int, q: int, effective_kernel: int) -> int:
    return (n - 1) * s + effective_kernel + q


@transposed_size.misconception("conv/padding-once", replaces="size")
def _(n: int, s: int, p: int, q: int, effective_kernel: int) -> int:
    return (n - 1) * s - p + effective_kernel + q


@transposed_size.misconception("conv/output-padding-twice", replaces="size")
def _(n: int, s: int, p: int, q: int, effective_kernel: int) -> int:
    return (n - 1) * s - 2 * p + effective_kernel + 2 * q


@transposed_size.misconception("conv/largest-restored", replaces="size")
def _(n: int, s: int, p: int, effective_kernel: int) -> int:
    return n * s - 2 * p + effective_kernel - 1


transposed_size.misconception("conv/spread-input-only", replaces="size")(lambda n, s: (n - 1) * s + 1)
transposed_size.misconception("conv/copies-side-by-side", replaces="size")(lambda n, k: n * k)


@transposed_size.oracle
def _(n: int, k: int, s: int, p: int, q: int, d: int) -> dict[str, object]:
    import torch

    layer = torch.nn.ConvTranspose1d(1, 1, k, s, p, q, dilation=d, device="meta")
    return {"effective_kernel": torch_span(k, d), "size": layer(torch.empty(1, 1, n, device="meta")).shape[-1]}


# ------------------------------------------------------------------------------------------------ there and back

needed_output_padding = Derivation(
    "conv.needed_output_padding",
    "Output padding with which a transposed convolution restores the length",
    "使转置卷积恢复原长度所需的输出填充",
    n=INPUT,
    k=KERNEL,
    s=STRIDE,
    p=PADDING,
    d=DILATION,
)
declare_span(needed_output_padding)


@needed_output_padding.step(
    r"\left\lfloor \frac{$n + 2 \cdot $p - $effective_kernel}{$s} \right\rfloor + 1",
    symbol="m",
    zh="卷积后的长度",
)
def shortened(n: int, s: int, p: int, effective_kernel: int) -> int:
    """Length after the convolution."""
    return positions(n, 2 * p, s, effective_kernel)


@needed_output_padding.step(
    r"($shortened - 1)$s - 2 \cdot $p + $effective_kernel", symbol="n'", zh="不加输出填充时转置卷积的输出长度"
)
def restored(shortened: int, s: int, p: int, effective_kernel: int) -> int:
    """Length after the transposed convolution without output padding."""
    return (shortened - 1) * s - 2 * p + effective_kernel


@needed_output_padding.step(r"$n - $restored", symbol="q", zh="所缺的样本数，即输出填充")
def output_padding(n: int, restored: int) -> int:
    """Samples that are missing: the output padding."""
    return n - restored


@needed_output_padding.misconception("conv/forgot-padding", replaces="shortened")
def _(n: int, s: int, effective_kernel: int) -> int:
    return (n - effective_kernel) // s + 1


@needed_output_padding.convention("convention/rounded-up", replaces="shortened")
def _(n: int, s: int, p: int, effective_kernel: int) -> int:
    return rounded_up(n, 2 * p, s, effective_kernel)


@needed_output_padding.misconception("conv/no-plus-one", replaces="shortened")
def _(n: int, s: int, p: int, effective_kernel: int) -> int:
    return (n + 2 * p - effective_kernel) // s


@needed_output_padding.misconception("conv/transposed-padding-added", replaces="restored")
def _(shortened: int, s: int, p: int, effective_kernel: int) -> int:
    return (shortened - 1) * s + 2 * p + effective_kernel


@needed_output_padding.misconception("conv/input-times-stride", replaces="restored")
def _(shortened: int, s: int) -> int:
    return shortened * s


needed_output_padding.misconception("conv/output-padding-by-stride", replaces="output_padding")(lambda s: s - 1)


@needed_output_padding.misconception("conv/transposed-all-strides", replaces="restored")
def _(shortened: int, s: int, p: int, effective_kernel: int) -> int:
    return shortened * s - 2 * p + effective_kernel


@needed_output_padding.oracle
def _(n: int, k: int, s: int, p: int, d: int) -> dict[str, object]:
    import torch

    shorter = torch_length(n, k, s, p, d)
    assert shorter is not None
    signal, kernel = torch.empty(1, 1, shorter, device="meta"), torch.empty(1, 1, k, device="meta")
    lengths = [
        torch.nn.functional.conv_transpose1d(signal, kernel, None, s, p, q, dilation=d).shape[-1]
        for q in range(max(s, d))
    ]
    return {
        "effective_kernel": torch_span(k, d),
        "shortened": shorter,
        "restored": lengths[0],
        "output_padding": lengths.index(n),
    }
