"""Pooling windows: where they stand, what is written for them, and their settings as givens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

import numpy as np

from solvers.convolution.pooling import pool_padding, pooled
from solvers.givens import Given, integer
from solvers.sliding import Index, slot, written_out
from solvers.text import UsageError
from solvers.values import Number, Tensor, Value

LONGEST_FORMULA = 64  # inputs in all windows up to which a pooled map is written out
Windows = list[tuple[Index, list[Index], int]]
"""Each output's index, those of the inputs in its window, and how many places the window has on input and padding."""

WINDOW = integer("k", "side of the window", "窗口的边长", default=2, least=1)
STRIDE = integer("s", "stride; 0: the window's side", "步幅；0 表示等于窗口边长", default=0, least=0)
PADDING = integer("p", "places padded on each side", "每侧填充的格数", default=0, least=0)
SETTINGS: dict[str, Given] = {
    "k": WINDOW,
    "k_w": integer("k_w", "width of the window; 0: the same as k", "窗口的宽；0 表示与 k 相同", default=0, least=0),
    "s": STRIDE,
    "s_w": integer(
        "s_w", "stride along the width; 0: the same as s", "沿宽度的步幅；0 表示与 s 相同", default=0, least=0
    ),
    "p": PADDING,
    "p_w": integer(
        "p_w", "padding along the width; -1: the same as p", "沿宽度的填充；-1 表示与 p 相同", default=-1, least=-1
    ),
}


def windows(inputs: Index, sides: Index, strides: Index, paddings: Index, mode: str = "floor") -> Windows:
    """All windows in reading order; places in the padding are counted but have no input."""
    axes = []
    for n, k, s, p in zip(inputs, sides, strides, paddings, strict=True):
        count = pooled(n, pool_padding(p, k), s, k, mode)
        axes.append([([t for t in range(j * s - p, j * s - p + k) if 0 <= t < n], k) for j in range(count)])
    found = []
    for o in np.ndindex(*(len(axis) for axis in axes)):
        chosen = [axis[i] for axis, i in zip(axes, o, strict=True)]
        cells: list[Index] = [()]
        for places, _ in chosen:
            cells = [(*cell, place) for cell in cells for place in places]
        found.append((o, cells, int(np.prod([k for _, k in chosen]))))
    return found


def mapped(found: Windows, value: Callable[[list[Index], int], Number]) -> Tensor:
    """An array of one value for each window."""
    result = np.empty(tuple(i + 1 for i in found[-1][0]), dtype=object)
    for o, cells, size in found:
        result[o] = value(cells, size)
    return result


def formula_of(found: Windows, written: Callable[[list[str], int], str], short: str) -> str:
    """The pooled map as LaTeX, entry by entry as `written` says; `short` where that would be long."""
    if sum(len(cells) for _, cells, _ in found) > LONGEST_FORMULA:
        return short
    shape = tuple(i + 1 for i in found[-1][0])
    return written_out(shape, ((o, written([slot("x", i) for i in cells], size)) for o, cells, size in found))


def largest_of(names: Iterable[str], _: int) -> str:
    """The largest of the named inputs, as LaTeX."""
    return rf"\max\left({', '.join(names)}\right)"


def mean_of(names: Iterable[str], size: int) -> str:
    """The sum of the named inputs over the size of their window, as LaTeX."""
    return rf"\frac{{{' + '.join(names)}}}{{{size}}}"


def average(x: Tensor, cells: list[Index], size: int) -> Number:
    """The sum of some inputs divided by `size`, exact where they are."""
    total = sum(x[i] for i in cells)
    return total / size if isinstance(total, float) else Fraction(total) / size


def geometry(g: Mapping[str, Value]) -> tuple[Index, Index, Index, Index]:
    """Sizes, sides, strides and paddings, read from givens whose zeros stand for other settings."""
    k, s, p = g["k"], g["s"] or g["k"], g["p"]
    k_w = g["k_w"] or k
    s_w = g["s_w"] or g["s"] or k_w
    inputs, paddings = g["x"].shape, (p, p if g["p_w"] < 0 else g["p_w"])
    if any(n + 2 * q < side for n, side, q in zip(inputs, (k, k_w), paddings, strict=True)):
        raise UsageError("The window does not fit on the input.", "窗口比输入还大。")
    if any(2 * q > side for side, q in zip((k, k_w), paddings, strict=True)):
        raise UsageError("The padding is at most half of the window.", "填充不得超过窗口大小的一半。")
    return inputs, (k, k_w), (s, s_w), paddings
