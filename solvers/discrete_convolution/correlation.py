"""Cross-correlation by hand, as convolutional layers compute it: the kernel lies on the input as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.discrete_convolution.mistakes import add_sliding_mistakes
from solvers.family import Family
from solvers.givens import Given, integer, matrix, number, tensor, vector
from solvers.oracles import torch_tensor
from solvers.sliding import LONGEST_FORMULA, Index, Reach, correlated, meetings, output_sizes, slot, written_out
from solvers.text import UsageError
from solvers.trace import Undefined
from solvers.values import Number, Tensor, Value, Vector
from solvers.windows import DILATION, PADDING, STRIDE

STRIDE_ACROSS = integer(
    "s_w", "stride along the width; 0: the same as s", "沿宽度方向的步幅；0 表示与 s 相同", default=0, least=0
)
BIAS = number("b", "bias", "偏置", default=0)


def fitting_reach(inputs: Index, kernel: Index, reach: Reach) -> Reach:
    """The settings, if the kernel fits on the padded input. Raises UsageError otherwise."""
    if min(output_sizes(inputs, kernel, reach)) < 1:
        raise UsageError("The kernel does not fit on the input.", "卷积核比输入还大。")
    return reach


def sum_formula(inputs: Index, kernel: Index, reach: Reach, after: str = "") -> str:
    """The output entry by entry as sums of products where that is short, else in general."""
    met = meetings(inputs, kernel, reach)
    if len(met) > LONGEST_FORMULA:
        return rf"$w \star $x{after}"
    terms = ((o, f"{slot('w', k)} {slot('x', i)}") for o, k, i in met)
    return written_out(output_sizes(inputs, kernel, reach), terms, after)


def _flat(inputs: Index, kernel: Index, reach: Reach) -> Derivation:
    d = Derivation(
        "convolve.correlation_1d",
        "One-dimensional cross-correlation (what a convolutional layer computes)",
        "一维互相关（卷积层所做的运算）",
        x=vector("x", "input", "输入", axes=("n",), row=True),
        w=vector("w", "kernel", "卷积核", axes=("k",), row=True),
        b=BIAS,
        s=STRIDE,
        p=PADDING,
        d=DILATION,
    )

    @d.step(
        sum_formula(inputs, kernel, reach, " + $b"),
        symbol="y",
        zh="输出：各位置上核元素与输入的乘积之和加偏置",
        name="output",
        row=True,
    )
    def _(*, x: Vector, w: Vector, b: Number, s: int, p: int, d: int) -> Vector:
        """Output: at each position the kernel times the input under it, added up, plus the bias."""
        return correlated(x, w, (s, p, d)) + b

    add_sliding_mistakes(d, inputs, kernel, reach)

    @d.oracle
    def _(*, x: Vector, w: Vector, b: Number, s: int, p: int, d: int) -> Mapping[str, Any]:
        import torch

        signal, weights, bias = (torch_tensor(value) for value in (x, w, b))
        found = torch.nn.functional.conv1d(signal[None, None], weights[None, None], bias.reshape(1), s, p, d)
        return {"output": found[0, 0]}

    return d


def _size_1d(givens: Mapping[str, Value]) -> tuple[Any, ...]:
    inputs, kernel = givens["x"].shape, givens["w"].shape
    return inputs, kernel, fitting_reach(inputs, kernel, (givens["s"], givens["p"], givens["d"]))


correlation_1d = Family("convolve.correlation_1d", _flat, _size_1d, smallest=((3,), (2,), (1, 0, 1)))


def _square(inputs: Index, kernel: Index, reach: Reach) -> Derivation:
    d = Derivation(
        "convolve.correlation_2d",
        "Two-dimensional cross-correlation (what a convolutional layer computes)",
        "二维互相关（卷积层所做的运算）",
        x=matrix("X", "input", "输入", axes=("h", "w")),
        w=matrix("K", "kernel", "卷积核", axes=("kh", "kw")),
        b=BIAS,
        s=STRIDE,
        s_w=STRIDE_ACROSS,
        p=PADDING,
        d=DILATION,
    )

    @d.step(
        sum_formula(inputs, kernel, reach, " + $b"),
        symbol="Y",
        zh="输出：各位置上核元素与输入的乘积之和加偏置",
        name="output",
    )
    def _(*, x: Tensor, w: Tensor, b: Number, s: int, s_w: int, p: int, d: int) -> Tensor:
        """Output: at each position the kernel times the input under it, added up, plus the bias."""
        return correlated(x, w, ((s, s_w or s), p, d)) + b

    add_sliding_mistakes(d, inputs, kernel, reach)

    @d.oracle
    def _(*, x: Tensor, w: Tensor, b: Number, s: int, s_w: int, p: int, d: int) -> Mapping[str, Any]:
        import torch

        image, weights, bias = (torch_tensor(value) for value in (x, w, b))
        strides = (s, s_w or s)
        found = torch.nn.functional.conv2d(image[None, None], weights[None, None], bias.reshape(1), strides, p, d)
        return {"output": found[0, 0]}

    return d


def _size_2d(givens: Mapping[str, Value]) -> tuple[Any, ...]:
    inputs, kernel = givens["x"].shape, givens["w"].shape
    strides = (givens["s"], givens["s_w"] or givens["s"])
    return inputs, kernel, fitting_reach(inputs, kernel, (strides, givens["p"], givens["d"]))


correlation_2d = Family("convolve.correlation_2d", _square, _size_2d, smallest=((3, 3), (2, 2), ((1, 1), 0, 1)))

# ------------------------------------------------------------------------------------------------ several channels

_X: Given = tensor("X", "input: channel, row, column", "输入：通道、行、列", axes=("c", "h", "w"))

channels = Derivation(
    "convolve.channels",
    "Convolutional layer with several channels and filters (cross-correlation)",
    "多通道、多滤波器的卷积层（互相关）",
    x=_X,
    w=tensor("W", "filters: filter, channel, row, column", "滤波器：序号、通道、行、列", axes=("f", "c", "kh", "kw")),
    b=vector("b", "bias of each filter", "各滤波器的偏置", axes=("f",), default=0),
    s=STRIDE,
    p=PADDING,
    d=DILATION,
)


@channels.step(r"$w \star $x", symbol="M", zh="每个滤波器在每个通道上的互相关")
def channel_maps(x: Tensor, w: Tensor, s: int, p: int, d: int) -> Tensor:
    """Each filter's cross-correlation with each channel by itself."""
    if min(output_sizes(x.shape[1:], w.shape[2:], (s, p, d))) < 1:
        raise Undefined("the kernel is larger than the padded input", "卷积核比补零后的输入还大")
    return np.stack([np.stack([correlated(x[c], one[c], (s, p, d)) for c in range(len(x))]) for one in w])


@channels.step(r"\sum_{c} M_{f, c} + b_f", symbol="Y", zh="输出：对通道求和，再加该滤波器的偏置")
def output(channel_maps: Tensor, b: Vector) -> Tensor:
    """Output: the sum over the channels plus the filter's bias."""
    return channel_maps.sum(axis=1) + b.reshape(-1, 1, 1)


@channels.misconception("convolve/first-channel-only", replaces="output")
def _(channel_maps: Tensor, b: Vector) -> Tensor:
    return channel_maps[:, 0] + b.reshape(-1, 1, 1)


@channels.misconception("convolve/bias-in-every-channel", replaces="output")
def _(channel_maps: Tensor, b: Vector) -> Tensor:
    return channel_maps.sum(axis=1) + channel_maps.shape[1] * b.reshape(-1, 1, 1)


@channels.misconception("convolve/bias-forgotten", replaces="output")
def _(channel_maps: Tensor) -> Tensor:
    return channel_maps.sum(axis=1)


@channels.convention("convention/kernel-flipped", replaces="channel_maps")
def _(x: Tensor, w: Tensor, s: int, p: int, d: int) -> Tensor:
    return channel_maps(x, np.flip(w, (2, 3)), s, p, d)


@channels.misconception("convolve/first-kernel-for-all-channels", replaces="channel_maps")
def _(x: Tensor, w: Tensor, s: int, p: int, d: int) -> Tensor:
    return channel_maps(x, np.repeat(w[:, :1], w.shape[1], axis=1), s, p, d)


@channels.oracle
def _(*, x: Tensor, w: Tensor, b: Vector, s: int, p: int, d: int) -> Mapping[str, Any]:
    import torch

    image, filters, biases = (torch_tensor(value) for value in (x, w, b))
    f, c = filters.shape[:2]
    alone = filters.transpose(0, 1).reshape(c * f, 1, *filters.shape[2:])
    maps = torch.nn.functional.conv2d(image[None], alone, None, s, p, d, groups=c)[0]
    return {
        "channel_maps": maps.reshape(c, f, *maps.shape[1:]).transpose(0, 1),
        "output": torch.nn.functional.conv2d(image[None], filters, biases, s, p, d)[0],
    }
