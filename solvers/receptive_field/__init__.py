"""Receptive fields: how much of the input one unit sees, how far apart the units' fields lie, and where they begin.

The recurrences are those of Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks" (Distill,
2019): the field grows by d(k - 1) times the product of the *earlier* strides; padding moves the field and never widens it.
Pooling layers are layers like any other. Layers counted backwards from a wanted field have their own module.
"""

from __future__ import annotations

from solvers.receptive_field.chain import chain, pixels, window
from solvers.receptive_field.design import last_kernel, versus_stack
from solvers.receptive_field.stacks import dilated_layers, dilated_stack, equal_layers, layers_needed, strided_layers

__all__ = [
    "chain",
    "dilated_layers",
    "dilated_stack",
    "equal_layers",
    "last_kernel",
    "layers_needed",
    "pixels",
    "strided_layers",
    "versus_stack",
    "window",
]
