"""What a question may want of a layer that it draws."""

from __future__ import annotations

from typing import Literal

Suits = Literal[
    "computes",
    "learns",
    "multiplies",
    "has_window",
    "pads",
    "convolves",
    "transposes",
    "crops",
    "is_dense",
    "is_behind_a_bottleneck",
    "is_block",
]
"""That it changes its input's shape or learns, learns, multiplies, has a window, has padding, is a convolution (with a kernel of more than one
tap), a transposed one, a crop, a fully connected layer, a convolution behind a 1 × 1 one; or that it is a block."""
