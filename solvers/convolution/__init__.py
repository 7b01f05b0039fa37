"""Convolution output sizes along one axis: convolution, padding modes, pooling and transposed convolution.

All sizes follow from counting the positions of a window: Dumoulin and Visin, "A guide to convolution arithmetic for deep
learning" (2016), relationships 6, 14 and 15; PyTorch's `Conv1d`, `MaxPool1d` and `ConvTranspose1d` count the same way, and
`same_size` and `valid_size` are TensorFlow's. Several axes, chains of layers and inverses have their own modules.
"""

from __future__ import annotations

from solvers.convolution.chain import chain, chain_input, features
from solvers.convolution.inverse import needed_input, needed_kernel, needed_stride
from solvers.convolution.modes import same_size, valid_size
from solvers.convolution.padding import needed_padding, same_padding
from solvers.convolution.pooling import pool_size, rounding_modes
from solvers.convolution.shape import output_shape, pool_shape, transposed_shape
from solvers.convolution.size import output_size, padded_size, unread_samples
from solvers.convolution.transposed import needed_output_padding, transposed_size

__all__ = [
    "chain",
    "chain_input",
    "features",
    "needed_input",
    "needed_kernel",
    "needed_output_padding",
    "needed_padding",
    "needed_stride",
    "output_shape",
    "output_size",
    "padded_size",
    "pool_shape",
    "pool_size",
    "rounding_modes",
    "same_padding",
    "same_size",
    "transposed_shape",
    "transposed_size",
    "unread_samples",
    "valid_size",
]
