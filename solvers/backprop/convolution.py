"""Gradients of a convolutional layer, from the gradient at its output: kernel, input and bias.

The layer computes a cross-correlation, as in deep-learning libraries: the kernel is not flipped on the way forwards. Each
gradient adds one product for every way in which an output, a kernel entry and an input meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, integer, matrix, number, tensor, vector
from solvers.oracles import torch_tensor
from solvers.sliding import (
    LONGEST_FORMULA,
    Index,
    Reach,
    added,
    correlated,
    input_gradient_of,
    kernel_gradient_of,
    meetings,
    output_sizes,
    slot,
    written_out,
)
from solvers.text import UsageError
from solvers.values import Number, Tensor, Value, Vector


def _formulas(inputs: Index, kernel: Index, reach: Reach) -> tuple[str, str, str]:
    """Output, kernel gradient and input gradient: written out where they are short, else in general."""
    met = meetings(inputs, kernel, reach)
    if len(met) > LONGEST_FORMULA or len(inputs) > 2:
        return r"$w \star $x + $b", r"$delta \star $x", r"$delta \ast $w"
    outputs = output_sizes(inputs, kernel, reach)
    return (
        written_out(outputs, ((o, f"{slot('w', k)} {slot('x', i)}") for o, k, i in met), " + $b"),
        written_out(kernel, ((k, f"{slot('delta', o)} {slot('x', i)}") for o, k, i in met)),
        written_out(inputs, ((i, f"{slot('delta', o)} {slot('w', k)}") for o, k, i in met)),
    )


# ------------------------------------------------------------------------------------------------- derivations


def _reach_givens() -> dict[str, Given]:
    return {
        "s": integer("s", "stride", "步幅", default=1, least=1),
        "p": integer("p", "zeros on each side", "每侧补零个数", default=0, least=0),
        "d": integer("d", "dilation", "膨胀率", default=1, least=1),
    }


def _check_sizes(inputs: Index, kernel: Index, reach: Reach, delta: Index) -> None:
    outputs = output_sizes(inputs, kernel, reach)
    if min(outputs) < 1:
        raise UsageError("The kernel does not fit on the input.", "卷积核比输入还大。")
    if outputs != delta:
        wanted, found = " × ".join(map(str, outputs)), " × ".join(map(str, delta))
        raise UsageError(
            f"delta has the size {found}, but the output of this layer has {wanted}.",
            f"delta 的大小为 {found}，而该层输出的大小为 {wanted}。",
        )


def _plain(inputs: Index, kernel: Index, reach: Reach) -> Derivation:
    """The derivation with one channel, over vectors or matrices."""
    flat = len(inputs) == 1
    given: Callable[..., Given] = vector if flat else matrix
    width = "one" if flat else "two"
    row = {"row": True} if flat else {}
    axes = [("n",), ("k",), ("o",)] if flat else [("h", "w"), ("kh", "kw"), ("oh", "ow")]
    d = Derivation(
        f"backprop.convolution_{len(inputs)}d",
        f"Gradients of a {width}-dimensional convolution",
        f"{'一' if flat else '二'}维卷积层的梯度",
        x=given("x" if flat else "X", "input", "输入", axes=axes[0], **row),
        w=given("w" if flat else "K", "kernel", "卷积核", axes=axes[1], **row),
        delta=given(r"\delta", "gradient of the loss at the output", "损失对输出的梯度", axes=axes[2], **row),
        b=number("b", "bias", "偏置", default=0),
        **_reach_givens(),
    )
    output, kernel_gradient, input_gradient = _formulas(inputs, kernel, reach)

    @d.step(output, symbol="o" if flat else "O", zh="卷积层的输出（互相关）", name="output", final=True, row=flat)
    def _(*, x: Tensor, w: Tensor, b: Number, s: int, p: int, d: int) -> Tensor:
        """Output of the layer (cross-correlation)."""
        return correlated(x, w, (s, p, d)) + b

    letter = "w" if flat else "K"

    @d.step(kernel_gradient, symbol=_partial(letter), zh="卷积核的梯度", name="kernel_gradient", final=True, row=flat)
    def _(x: Tensor, delta: Tensor, s: int, p: int, d: int) -> Tensor:
        """Gradient of the kernel."""
        return kernel_gradient_of(x, delta, kernel, (s, p, d))

    @d.step(
        r"\operatorname{sum}\left($delta\right)",
        symbol=_partial("b"),
        zh="偏置的梯度",
        name="bias_gradient",
        final=True,
    )
    def _(delta: Tensor) -> Number:
        """Gradient of the bias: the sum over all positions."""
        return sum(delta.flat)

    @d.step(input_gradient, symbol=_partial("x" if flat else "X"), zh="输入的梯度", name="input_gradient", row=flat)
    def _(w: Tensor, delta: Tensor, s: int, p: int, d: int) -> Tensor:
        """Gradient of the input."""
        return input_gradient_of(w, delta, inputs, (s, p, d))

    _add_mistakes(d, inputs, kernel, reach)
    d.oracle(_oracle)
    return d


def _partial(symbol: str) -> str:
    return rf"\frac{{\partial L}}{{\partial {symbol}}}"


def _add_mistakes(d: Derivation, inputs: Index, kernel: Index, reach: Reach) -> None:
    """Declares what students get wrong about these gradients."""

    @d.misconception("backprop/kernel-not-flipped", replaces="input_gradient")
    def _(w: Tensor, delta: Tensor) -> Tensor:
        return input_gradient_of(np.flip(w), delta, inputs, reach)

    @d.misconception("backprop/kernel-gradient-flipped", replaces="kernel_gradient")
    def _(x: Tensor, delta: Tensor) -> Tensor:
        return np.flip(kernel_gradient_of(x, delta, kernel, reach))

    @d.misconception("backprop/first-position-only", replaces="kernel_gradient")
    def _(x: Tensor, delta: Tensor) -> Tensor:
        first = np.zeros(delta.shape, dtype=object)
        first.flat[0] = delta.flat[0]
        return kernel_gradient_of(x, first, kernel, reach)

    @d.misconception("backprop/overlaps-not-added", replaces="input_gradient")
    def _(w: Tensor, delta: Tensor) -> Tensor:
        last = np.zeros(inputs, dtype=object)
        for o, k, i in meetings(inputs, kernel, reach):
            last[i] = delta[o] * w[k]
        return last

    @d.misconception("backprop/bias-gradient-averaged", replaces="bias_gradient")
    def _(delta: Tensor) -> Number:
        from solvers.backprop.functions import quotient

        return quotient(sum(delta.flat), delta.size)

    @d.convention("convention/kernel-flipped", replaces="output")
    def _(x: Tensor, w: Tensor, b: Number) -> Tensor:
        return correlated(x, np.flip(w), reach) + b

    @d.convention("convention/kernel-flipped", replaces="kernel_gradient")
    def _(x: Tensor, delta: Tensor) -> Tensor:
        return np.flip(kernel_gradient_of(x, delta, kernel, reach))

    @d.convention("convention/kernel-flipped", replaces="input_gradient")
    def _(w: Tensor, delta: Tensor) -> Tensor:
        return input_gradient_of(np.flip(w), delta, inputs, reach)

    if reach[0] != 1:

        @d.misconception("backprop/stride-ignored", replaces="kernel_gradient")
        def _(x: Tensor, delta: Tensor) -> Tensor:
            met = (
                (o, k, tuple(a + b for a, b in zip(o, k, strict=True)))
                for o in np.ndindex(*delta.shape)
                for k in np.ndindex(*kernel)
            )
            return added(kernel, ((k, delta[o] * x[i]) for o, k, i in met))


def _oracle(*, x: Tensor, w: Tensor, delta: Tensor, b: Number, s: int, p: int, d: int) -> Mapping[str, Any]:
    import torch

    signal, kernel, bias = (torch_tensor(value).requires_grad_() for value in (x, w, b))
    layer = torch.nn.functional.conv1d if x.ndim == 1 else torch.nn.functional.conv2d
    found = layer(signal[None, None], kernel[None, None], bias.reshape(1), s, p, d)[0, 0]
    found.backward(torch_tensor(delta))
    return {
        "output": found.detach(),
        "kernel_gradient": kernel.grad,
        "bias_gradient": bias.grad.item(),
        "input_gradient": signal.grad,
    }


def _size(givens: Mapping[str, Value]) -> tuple[Any, ...]:
    inputs, kernel, delta = (givens[name].shape for name in ("x", "w", "delta"))
    reach = (givens["s"], givens["p"], givens["d"])
    _check_sizes(inputs, kernel, reach, delta)
    return inputs, kernel, reach


convolution_1d = Family("backprop.convolution_1d", _plain, _size, smallest=((3,), (2,), (1, 0, 1)))
convolution_2d = Family("backprop.convolution_2d", _plain, _size, smallest=((3, 3), (2, 2), (1, 0, 1)))

# ------------------------------------------------------------------------------------------------ several channels

convolution_channels = Derivation(
    "backprop.convolution_channels",
    "Gradients of a two-dimensional convolution with several channels",
    "多通道二维卷积层的梯度",
    x=tensor("X", "input: channels, rows, columns", "输入：通道、行、列", axes=("c", "h", "w")),
    w=tensor(
        "K", "kernels: filters, channels, rows, columns", "卷积核：滤波器、通道、行、列", axes=("f", "c", "kh", "kw")
    ),
    delta=tensor(
        r"\delta",
        "gradient of the loss at the output: filters, rows, columns",
        "损失对输出的梯度：滤波器、行、列",
        axes=("f", "oh", "ow"),
    ),
    b=vector("b", "biases, one per filter", "偏置（每个滤波器一个）", axes=("f",), default=0),
    **_reach_givens(),
)


@convolution_channels.step(r"$w \star $x + $b", symbol="O", zh="卷积层的输出（互相关）", name="output", final=True)
def _channels_output(*, x: Tensor, w: Tensor, b: Vector, s: int, p: int, d: int) -> Tensor:
    """Output of the layer (cross-correlation)."""
    maps = [sum(correlated(x[c], w[f, c], (s, p, d)) for c in range(len(x))) + b[f] for f in range(len(w))]
    return np.stack(maps)


@convolution_channels.step(
    r"$delta \star $x", symbol=_partial("K"), zh="卷积核的梯度", name="kernel_gradient", final=True
)
def _channels_kernel_gradient(*, x: Tensor, w: Tensor, delta: Tensor, s: int, p: int, d: int) -> Tensor:
    """Gradient of the kernels."""
    _check_sizes(x.shape[1:], w.shape[2:], (s, p, d), delta.shape[1:])
    rows = [[kernel_gradient_of(channel, one, w.shape[2:], (s, p, d)) for channel in x] for one in delta]
    return np.array(rows, dtype=object)


@convolution_channels.step(
    r"\sum_{i, j} \delta_{f, i, j}", symbol=_partial("b"), zh="各滤波器偏置的梯度", name="bias_gradient", final=True
)
def _channels_bias_gradient(delta: Tensor) -> Vector:
    """Gradients of the biases: for each filter the sum over all positions."""
    return np.array([sum(one.flat) for one in delta], dtype=object)


@convolution_channels.step(r"$delta \ast $w", symbol=_partial("X"), zh="输入的梯度", name="input_gradient")
def _channels_input_gradient(*, x: Tensor, w: Tensor, delta: Tensor, s: int, p: int, d: int) -> Tensor:
    """Gradient of the input: added up over the filters."""
    reach, size = (s, p, d), x.shape[1:]
    _check_sizes(size, w.shape[2:], reach, delta.shape[1:])
    maps = [sum(input_gradient_of(w[f, c], delta[f], size, reach) for f in range(len(w))) for c in range(len(x))]
    return np.stack(maps)


@convolution_channels.oracle
def _(*, x: Tensor, w: Tensor, delta: Tensor, b: Vector, s: int, p: int, d: int) -> Mapping[str, Any]:
    import torch

    image, kernels, biases = (torch_tensor(value).requires_grad_() for value in (x, w, b))
    found = torch.nn.functional.conv2d(image[None], kernels, biases, s, p, d)[0]
    found.backward(torch_tensor(delta))
    return {
        "output": found.detach(),
        "kernel_gradient": kernels.grad,
        "bias_gradient": biases.grad,
        "input_gradient": image.grad,
    }
