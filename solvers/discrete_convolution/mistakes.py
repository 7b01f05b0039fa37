"""What students get wrong where a kernel slides over an input, wherever that happens."""

from __future__ import annotations

import numpy as np

from solvers.derivation import Derivation
from solvers.sliding import Index, Reach, correlated, output_sizes, per_axis
from solvers.values import Number, Tensor


def add_sliding_mistakes(d: Derivation, inputs: Index, kernel: Index, reach: Reach) -> None:
    """Declares the wrong outputs of a cross-correlation with inputs `x`, `w` and `b`: those that its settings allow."""
    strides, paddings, dilations = per_axis(reach, len(inputs))
    ones, zeros = (1,) * len(inputs), (0,) * len(inputs)

    @d.convention("convention/kernel-flipped", replaces="output")
    def _(x: Tensor, w: Tensor, b: Number) -> Tensor:
        return correlated(x, np.flip(w), reach) + b

    @d.misconception("convolve/bias-forgotten", replaces="output")
    def _(x: Tensor, w: Tensor) -> Tensor:
        return correlated(x, w, reach)

    if strides != ones:

        @d.misconception("convolve/stride-ignored", replaces="output")
        def unit_stride(x: Tensor, w: Tensor, b: Number) -> Tensor:
            return correlated(x, w, (1, paddings, dilations)) + b

        @d.misconception("convolve/stride-ignored-cut", replaces="output")
        def cut(x: Tensor, w: Tensor, b: Number) -> Tensor:
            kept = tuple(slice(size) for size in output_sizes(inputs, kernel, reach))
            return correlated(x, w, (1, paddings, dilations))[kept] + b

    if paddings != zeros and _fits(inputs, kernel, dilations):

        @d.misconception("convolve/padding-ignored", replaces="output")
        def unpadded(x: Tensor, w: Tensor, b: Number) -> Tensor:
            return correlated(x, w, (strides, 0, dilations)) + b

    if dilations != ones:

        @d.misconception("convolve/dilation-ignored", replaces="output")
        def undilated(x: Tensor, w: Tensor, b: Number) -> Tensor:
            return correlated(x, w, (strides, paddings, 1)) + b

    _add_exchanged(d, reach, plain=(strides, paddings, dilations) == (ones, zeros, ones))
    if len(kernel) == 2 and min(kernel) > 1:
        _add_turned(d, reach, square=kernel[0] == kernel[1])


def _add_exchanged(d: Derivation, reach: Reach, *, plain: bool) -> None:
    """Declares the output of an input that slides over its kernel, where both may slide (stride 1, no padding, no dilation)."""
    if plain:

        @d.misconception("convolve/roles-exchanged", replaces="output")
        def exchanged(x: Tensor, w: Tensor, b: Number) -> Tensor:
            return np.flip(correlated(x, w, reach) + b)


def _add_turned(d: Derivation, reach: Reach, *, square: bool) -> None:
    """Declares the outputs of a kernel with two axes that is mirrored or transposed."""
    for axis, id in enumerate(("convolve/mirrored-top-bottom", "convolve/mirrored-left-right")):
        d.misconception(id, replaces="output")(lambda x, w, b, axis=axis: correlated(x, np.flip(w, axis), reach) + b)
    if square:

        @d.misconception("convolve/kernel-transposed", replaces="output")
        def transposed(x: Tensor, w: Tensor, b: Number) -> Tensor:
            return correlated(x, w.T, reach) + b


def _fits(inputs: Index, kernel: Index, dilations: Index) -> bool:
    return all(n >= d * (k - 1) + 1 for n, k, d in zip(inputs, kernel, dilations, strict=True))
