"""Global pooling, and how many values a pooling layer leaves."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.givens import integer, tensor
from solvers.oracles import torch_tensor
from solvers.pooling.windows import (
    WINDOW,
)
from solvers.values import Tensor, Vector

# --------------------------------------------------------------------------------------------------- global pooling

global_pool = Derivation(
    "pool.global",
    "Global average and global max pooling: one number for each channel",
    "全局平均池化与全局最大池化：每个通道一个数",
    x=tensor("X", "input: channel, row, column", "输入：通道、行、列", axes=("c", "h", "w")),
)


@global_pool.step(r"\max_{i, j} $x", symbol=r"y^{\max}", zh="各通道的最大值", name="maxima", final=True, row=True)
def _maxima(x: Tensor) -> Vector:
    """Largest value of each channel."""
    return np.array([max(channel.flat) for channel in x], dtype=object)


@global_pool.step(r"\sum_{i, j} $x", symbol="S", zh="各通道之和", row=True)
def sums(x: Tensor) -> Vector:
    """Sum over each channel."""
    return np.array([sum(channel.flat) for channel in x], dtype=object)


@global_pool.step(r"h w", symbol="m", zh="每个通道的元素个数")
def places(x: Tensor) -> int:
    """Places in one channel."""
    return x.shape[1] * x.shape[2]


@global_pool.step(r"\frac{1}{$places} $sums", symbol=r"y^{\text{avg}}", zh="各通道的平均值", row=True)
def averages(sums: Vector, places: int) -> Vector:
    """Average of each channel."""
    return np.array(
        [total / places if isinstance(total, float) else Fraction(total) / places for total in sums], dtype=object
    )


@global_pool.misconception("pool/sum-not-divided", replaces="averages")
def _(sums: Vector) -> Vector:
    return sums


@global_pool.misconception("pool/divided-by-all-channels", replaces="averages")
def _(sums: Vector, places: int) -> Vector:
    return averages(sums, places * len(sums))


@global_pool.misconception("pool/average-of-extremes", replaces="averages")
def _(x: Tensor) -> Vector:
    return np.array([Fraction(max(c.flat) + min(c.flat)) / 2 for c in x], dtype=object)


@global_pool.misconception("pool/largest-magnitude", replaces="maxima")
def _(x: Tensor) -> Vector:
    return np.array([max(channel.flat, key=abs) for channel in x], dtype=object)


@global_pool.oracle
def _(x: Tensor) -> Mapping[str, Any]:
    import torch

    image = torch_tensor(x)
    return {
        "maxima": torch.nn.AdaptiveMaxPool2d(1)(image[None])[0, :, 0, 0],
        "sums": image.flatten(1).sum(1),
        "places": image[0].numel(),
        "averages": torch.nn.AdaptiveAvgPool2d(1)(image[None])[0, :, 0, 0],
    }


# ----------------------------------------------------------------------------------------------- what a layer leaves

reduction = Derivation(
    "pool.reduction",
    "How many values a pooling layer leaves, compares and learns (window and stride equal)",
    "池化层保留的数值个数、比较次数与参数量（窗口与步幅相等）",
    c=integer("c", "channels", "通道数", default=1, least=1),
    h=integer("h", "height", "高", least=1),
    w=integer("w", "width", "宽", least=1),
    k=WINDOW,
)


@reduction.step(
    r"$c \left\lfloor \frac{$h}{$k} \right\rfloor \left\lfloor \frac{$w}{$k} \right\rfloor",
    symbol="N",
    zh="输出的数值个数",
)
def outputs(c: int, h: int, w: int, k: int) -> int:
    """Values that the layer puts out."""
    return c * (h // k) * (w // k)


@reduction.step(r"$outputs ($k^2 - 1)", symbol=r"N_{\text{cmp}}", zh="最大池化的比较次数", final=True)
def comparisons(outputs: int, k: int) -> int:
    """Comparisons of max pooling: one fewer than inputs in each window."""
    return outputs * (k**2 - 1)


@reduction.step("0", symbol=r"N_{\text{par}}", zh="可学习的参数个数", final=True)
def parameters() -> int:
    """Parameters that the layer learns."""
    return 0


@reduction.step(r"\frac{$outputs}{$c $h $w}", symbol="r", zh="输出占输入的比例")
def kept(outputs: int, c: int, h: int, w: int) -> Fraction:
    """Share of the input's values that is left."""
    return Fraction(outputs, c * h * w)


@reduction.misconception("pool/keeps-size", replaces="outputs")
def _(c: int, h: int, w: int) -> int:
    return c * h * w


@reduction.misconception("pool/divided-by-side", replaces="outputs")
def _(c: int, h: int, w: int, k: int) -> int:
    return c * h * w // k


@reduction.misconception("pool/channels-merged", replaces="outputs")
def _(h: int, w: int, k: int) -> int:
    return (h // k) * (w // k)


reduction.misconception("pool/comparison-for-each-value", replaces="comparisons")(lambda outputs, k: outputs * k**2)
reduction.misconception("pool/one-axis-only", replaces="kept")(lambda k: Fraction(1, k))


reduction.misconception("pool/one-window-of-weights", replaces="parameters")(lambda k: k**2)
reduction.misconception("pool/comparisons-of-one-channel", replaces="comparisons")(
    lambda h, w, k: (h // k) * (w // k) * (k**2 - 1)
)


@reduction.misconception("pool/window-has-weights", replaces="parameters")
def _(c: int, k: int) -> int:
    return c * k**2


@reduction.oracle
def _(c: int, h: int, w: int, k: int) -> Mapping[str, Any]:
    import torch

    layer = torch.nn.MaxPool2d(k)
    found = layer(torch.empty(1, c, h, w, device="meta")).numel()
    unfolded = torch.nn.functional.unfold(torch.empty(1, c, h, w, device="meta"), k, stride=k)
    return {
        "outputs": found,
        "comparisons": unfolded.numel() - found,
        "parameters": sum(p.numel() for p in layer.parameters()),
        "kept": found / (c * h * w),
    }
