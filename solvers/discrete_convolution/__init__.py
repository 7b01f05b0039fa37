"""Discrete convolution by hand: values of one- and two-dimensional convolution, with and without flipping the kernel.

Layers compute a cross-correlation (`correlation_1d`, `correlation_2d`, `channels`); `convolution_1d` and `convolution_2d` flip the
kernel, as mathematics, NumPy and SciPy do. Two dice are the classic example of the latter, image filters of the former.
"""

from __future__ import annotations

from solvers.discrete_convolution.correlation import channels, correlation_1d, correlation_2d
from solvers.discrete_convolution.dice import dice, fair_dice
from solvers.discrete_convolution.filters import filtered, gaussian_kernel
from solvers.discrete_convolution.flipped import convolution_1d, convolution_2d

__all__ = [
    "channels",
    "convolution_1d",
    "convolution_2d",
    "correlation_1d",
    "correlation_2d",
    "dice",
    "fair_dice",
    "filtered",
    "gaussian_kernel",
]
