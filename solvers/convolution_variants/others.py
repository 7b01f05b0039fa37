"""Dilated, 1x1 and grouped convolution: their values, as cross-correlations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, integer, matrix, tensor, vector
from solvers.oracles import torch_tensor
from solvers.parameters.common import per_group
from solvers.sliding import LONGEST_FORMULA, Index, correlated, meetings, output_sizes, slot, written_out
from solvers.text import UsageError
from solvers.trace import Undefined
from solvers.values import Matrix, Tensor, Value, Vector
from solvers.windows import PADDING, STRIDE, span

# ---------------------------------------------------------------------------------------------------------- dilated

DILATION = integer("d", "dilation", "膨胀率", default=2, least=1)


def _spread(w: Tensor, d: int) -> Tensor:
    """The kernel with d - 1 zeros between neighbours."""
    wide = np.zeros(tuple(span(k, d) for k in w.shape), dtype=object)
    wide[tuple(slice(None, None, d) for _ in w.shape)] = w
    return wide


def _dilated(inputs: Index, kernel: Index, rate: int) -> Derivation:
    flat = len(inputs) == 1
    given: Callable[..., Given] = vector if flat else matrix
    axes = [("n",), ("k",)] if flat else [("h", "w"), ("kh", "kw")]
    row = {"row": True} if flat else {}
    d = Derivation(
        f"variants.dilated_{len(inputs)}d",
        f"{'One' if flat else 'Two'}-dimensional dilated convolution (cross-correlation, stride 1, no padding)",
        f"{'一' if flat else '二'}维空洞卷积（互相关，步幅 1，不补零）",
        x=given("x" if flat else "X", "input", "输入", axes=axes[0], **row),
        w=given("w" if flat else "K", "kernel", "卷积核", axes=axes[1], **row),
        d=DILATION,
    )
    places = {tuple(i * rate for i in k): k for k in np.ndindex(*kernel)}
    wide = tuple(span(k, rate) for k in kernel)
    cells = ((place, slot("w", places[place])) for place in np.ndindex(*wide) if place in places)

    @d.step(
        written_out(wide, cells),
        symbol=r"\tilde{w}" if flat else r"\tilde{K}",
        zh="插零后的卷积核",
        name="spread_kernel",
        row=flat,
    )
    def _(w: Tensor, d: int) -> Tensor:
        """Kernel with zeros put between its entries."""
        return _spread(w, d)

    met = meetings(inputs, kernel, (1, 0, rate))
    entry = ((o, f"{slot('w', tuple(i * rate for i in k))} {slot('x', i)}") for o, k, i in met)
    sums = (
        written_out(output_sizes(inputs, kernel, (1, 0, rate)), entry)
        if len(met) <= LONGEST_FORMULA
        else r"$w \star $x"
    )

    @d.step(sums, symbol="y" if flat else "Y", zh="输出", name="output", w="spread_kernel", row=flat)
    def _(x: Tensor, w: Tensor) -> Tensor:
        """Output."""
        return correlated(x, w, (1, 0, 1))

    @d.misconception("variants/dilation-ignored", replaces="spread_kernel")
    def _(w: Tensor) -> Tensor:
        return w

    @d.convention("convention/kernel-flipped", replaces="output", w="spread_kernel")
    def _(x: Tensor, w: Tensor) -> Tensor:
        return correlated(x, np.flip(w), (1, 0, 1))

    if all(n >= span(k, rate + 1) for n, k in zip(inputs, kernel, strict=True)):

        @d.misconception("variants/one-zero-too-many", replaces="spread_kernel")
        def too_wide(w: Tensor) -> Tensor:
            return _spread(w, rate + 1)

    @d.oracle
    def _(x: Tensor, w: Tensor, d: int) -> Mapping[str, Any]:
        import torch

        layer = (torch.nn.functional.conv1d, torch.nn.functional.conv2d)[len(inputs) - 1]
        up = (torch.nn.functional.conv_transpose1d, torch.nn.functional.conv_transpose2d)[len(inputs) - 1]
        kernel = torch_tensor(w)[None, None]
        point = torch.ones([1] * (len(inputs) + 2), dtype=torch.float64)
        return {
            "spread_kernel": up(kernel, point, stride=d)[0, 0],
            "output": layer(torch_tensor(x)[None, None], kernel, dilation=d)[0, 0],
        }

    return d


def _dilated_size(g: Mapping[str, Value]) -> tuple[Any, ...]:
    if min(output_sizes(g["x"].shape, g["w"].shape, (1, 0, g["d"]))) < 1:
        raise UsageError("The dilated kernel does not fit on the input.", "膨胀后的卷积核比输入还大。")
    return g["x"].shape, g["w"].shape, g["d"]


dilated_1d = Family("variants.dilated_1d", _dilated, _dilated_size, ((3,), (2,), 2))
dilated_2d = Family("variants.dilated_2d", _dilated, _dilated_size, ((3, 3), (2, 2), 2))

# ----------------------------------------------------------------------------------------------------------- 1 x 1

_X = tensor("X", "input: channel, row, column", "输入：通道、行、列", axes=("c", "h", "w"))

pointwise = Derivation(
    "variants.pointwise",
    "1x1 convolution: the same linear layer at every pixel",
    "1×1 卷积：在每个像素上使用同一个线性层",
    x=_X,
    W=matrix("W", "weights: output channel, input channel", "权重：输出通道、输入通道", axes=("f", "c")),
    b=vector("b", "biases", "偏置", axes=("f",), default=0),
)


@pointwise.step(r"\sum_{c} W_{f, c} X_{c, i, j} + b_f", symbol="Y", zh="输出", name="output")
def _pointwise_output(x: Tensor, W: Matrix, b: Vector) -> Tensor:
    """Output: at every pixel the weights times the vector of channels, plus the biases."""
    flat = np.asarray(W, dtype=object).dot(np.asarray(x.reshape(len(x), -1), dtype=object))
    return flat.reshape(len(W), *x.shape[1:]) + b.reshape(-1, 1, 1)


@pointwise.misconception("variants/bias-forgotten", replaces="output")
def _(x: Tensor, W: Matrix, b: Vector) -> Tensor:
    return _pointwise_output(x, W, 0 * b)


@pointwise.misconception("variants/channels-not-mixed", replaces="output")
def _(x: Tensor, W: Matrix, b: Vector) -> Tensor:
    return np.stack([W[f, f % len(x)] * x[f % len(x)] + b[f] for f in range(len(W))])


@pointwise.convention("convention/row-vectors", replaces="output")
def _(x: Tensor, W: Matrix, b: Vector) -> Tensor:
    if W.shape[0] != W.shape[1]:
        raise Undefined("the weights are not square", "权重矩阵不是方阵")
    return _pointwise_output(x, W.T, b)


@pointwise.oracle
def _(x: Tensor, W: Matrix, b: Vector) -> Mapping[str, Any]:
    import torch

    image, weights, biases = (torch_tensor(value) for value in (x, W, b))
    return {"output": torch.nn.functional.conv2d(image[None], weights[:, :, None, None], biases)[0]}


# --------------------------------------------------------------------------------------------------------- grouped

grouped = Derivation(
    "variants.grouped",
    "Grouped or depthwise convolution (cross-correlation)",
    "分组卷积与逐通道卷积（互相关）",
    x=_X,
    w=tensor(
        "W",
        "filters: filter, channel of its group, row, column",
        "滤波器：序号、组内通道、行、列",
        axes=("f", "cg", "kh", "kw"),
    ),
    groups=integer("g", "groups", "分组数", default=1, least=1),
    s=STRIDE,
    p=PADDING,
)


@grouped.step(r"\frac{C_{\text{in}}}{$groups}", symbol="c_g", zh="每组的输入通道数")
def channels_per_group(x: Tensor, w: Tensor, groups: int) -> int:
    """Input channels of one group."""
    per_group(len(w), groups)
    found = per_group(len(x), groups)
    if found != w.shape[1]:
        raise Undefined(
            f"each filter needs {found} channels but has {w.shape[1]}",
            f"每个滤波器应有 {found} 个通道，实际为 {w.shape[1]} 个",
        )
    return found


def _grouped_output(x: Tensor, w: Tensor, first: Callable[[int], int], s: int, p: int) -> Tensor:
    """Each filter over the channels from `first(filter)` on."""
    if min(output_sizes(x.shape[1:], w.shape[2:], (s, p, 1))) < 1:
        raise Undefined("the kernel is larger than the padded input", "卷积核比补零后的输入还大")
    return np.stack(
        [sum(correlated(x[first(f) + c], w[f, c], (s, p, 1)) for c in range(w.shape[1])) for f in range(len(w))]
    )


@grouped.step(r"$w \star_{g} $x", symbol="Y", zh="输出", name="output")
def _(*, x: Tensor, w: Tensor, groups: int, channels_per_group: int, s: int, p: int) -> Tensor:
    """Output: each filter over the channels of its own group."""
    size = len(w) // groups
    return _grouped_output(x, w, lambda f: f // size * channels_per_group, s, p)


@grouped.misconception("variants/always-first-group", replaces="output")
def _(x: Tensor, w: Tensor, s: int, p: int) -> Tensor:
    return _grouped_output(x, w, lambda _: 0, s, p)


@grouped.misconception("variants/groups-added-up", replaces="output")
def _(*, x: Tensor, w: Tensor, groups: int, channels_per_group: int, s: int, p: int) -> Tensor:
    size = len(w) // groups
    parts = _grouped_output(x, w, lambda f: f // size * channels_per_group, s, p)
    return np.stack([parts[i::size].sum(axis=0) for i in range(size)])


@grouped.convention("convention/kernel-flipped", replaces="output")
def _(*, x: Tensor, w: Tensor, groups: int, channels_per_group: int, s: int, p: int) -> Tensor:
    size = len(w) // groups
    return _grouped_output(x, np.flip(w, (2, 3)), lambda f: f // size * channels_per_group, s, p)


@grouped.oracle
def _(*, x: Tensor, w: Tensor, groups: int, s: int, p: int) -> Mapping[str, Any]:
    import torch

    found = torch.nn.functional.conv2d(torch_tensor(x)[None], torch_tensor(w), None, s, p, 1, groups)[0]
    layer = torch.nn.Conv2d(len(x), len(w), 1, groups=groups, device="meta")
    return {"channels_per_group": layer.weight.shape[1], "output": found}
