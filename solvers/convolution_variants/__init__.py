"""Variants of convolution: values of transposed, dilated, 1x1, grouped and depthwise convolutions.

All lay the kernel down as it is written, as deep-learning libraries do. Their shapes are in `solvers.convolution`.
"""

from __future__ import annotations

from solvers.convolution_variants.others import dilated_1d, dilated_2d, grouped, pointwise
from solvers.convolution_variants.transposed import as_matrix, transposed_1d, transposed_2d

__all__ = ["as_matrix", "dilated_1d", "dilated_2d", "grouped", "pointwise", "transposed_1d", "transposed_2d"]
