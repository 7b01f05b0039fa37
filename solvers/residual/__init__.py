"""Residual blocks: output, gradient through the shortcut, shapes that must match, weights of basic and bottleneck blocks.

Vectors are columns, and the branch is F(x) = W2 ReLU(W1 x + b1) + b2. Whole parameter counts, with batch norms, are
`params.basic_block`, `params.bottleneck_block` and `params.resnet`.
"""

from __future__ import annotations

from solvers.residual.block import block, projected_block
from solvers.residual.design import shapes, weights
from solvers.residual.gradient import backward, chain

__all__ = ["backward", "block", "chain", "projected_block", "shapes", "weights"]
