"""What convolutions do with values: which output, kernel entry and input meet, and sums over all such meetings.

Everything is a cross-correlation, as in deep-learning libraries: the kernel is not flipped on its way over the input.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import product

import numpy as np

from solvers.values import Number, Tensor

Index = tuple[int, ...]
Meeting = tuple[Index, Index, Index]
"""Where an output, a kernel entry and an input meet: their indices."""
Reach = tuple[int | Index, int | Index, int | Index]
"""Stride, padding and dilation, each one number or one for every axis."""
LONGEST_FORMULA = 48  # products up to which a gradient is written out entry by entry

# ------------------------------------------------------------------------------------------------- who meets whom


@lru_cache(maxsize=256)
def meetings(inputs: Index, kernel: Index, reach: Reach) -> tuple[Meeting, ...]:
    """Every meeting on an input and a kernel of these sizes; those in the padding are left out."""
    axes = []
    outputs = output_sizes(inputs, kernel, reach)
    for n, k, o, s, p, d in zip(inputs, kernel, outputs, *per_axis(reach, len(inputs)), strict=True):
        found = ((j, t, j * s + t * d - p) for j in range(o) for t in range(k))
        axes.append([meeting for meeting in found if 0 <= meeting[2] < n])
    return tuple(tuple(zip(*met, strict=True)) for met in product(*axes))  # type: ignore[misc]


def per_axis(reach: Reach, axes: int) -> tuple[Index, Index, Index]:
    """Stride, padding and dilation with one number for every axis."""
    stride, padding, dilation = (part if isinstance(part, tuple) else (part,) * axes for part in reach)
    return stride, padding, dilation


def output_sizes(inputs: Index, kernel: Index, reach: Reach) -> Index:
    """The sizes of the output."""
    settings = per_axis(reach, len(inputs))
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in zip(inputs, kernel, *settings, strict=True)
    )


def correlated(x: Tensor, w: Tensor, reach: Reach) -> Tensor:
    """The output of the layer without its bias."""
    return added(
        output_sizes(x.shape, w.shape, reach), ((o, x[i] * w[k]) for o, k, i in meetings(x.shape, w.shape, reach))
    )


def kernel_gradient_of(x: Tensor, delta: Tensor, kernel: Index, reach: Reach) -> Tensor:
    """Each output's gradient times the input that the entry met there, added up for each kernel entry."""
    return added(kernel, ((k, delta[o] * x[i]) for o, k, i in meetings(x.shape, kernel, reach)))


def input_gradient_of(w: Tensor, delta: Tensor, inputs: Index, reach: Reach) -> Tensor:
    """Each output's gradient times the kernel entry that met the input there, added up for each input."""
    return added(inputs, ((i, delta[o] * w[k]) for o, k, i in meetings(inputs, w.shape, reach)))


def added(shape: Index, terms: Iterable[tuple[Index, Number]]) -> Tensor:
    """An array of zeros to which each term is added at its index."""
    total = np.zeros(shape, dtype=object)
    for index, term in terms:
        total[index] += term
    return total


# ------------------------------------------------------------------------------------------------------- formulas


def written_out(shape: Index, terms: Iterable[tuple[Index, str]], after: str = "") -> str:
    """An array as LaTeX whose entries are sums of terms."""
    sums: dict[Index, list[str]] = {}
    for index, term in terms:
        sums.setdefault(index, []).append(term)
    entries = {index: " + ".join(sums.get(index, [])) or "0" for index in np.ndindex(*shape)}
    if len(shape) == 1:
        body = " & ".join(entries[index] + after for index in entries)
    else:
        body = r" \\ ".join(" & ".join(entries[i, j] + after for j in range(shape[1])) for i in range(shape[0]))
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def slot(name: str, index: Index) -> str:
    """One element of an array in a formula template."""
    return f"${name}[{', '.join(map(str, index))}]"
