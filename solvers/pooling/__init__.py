"""Pooling values: maximum and average over windows, global pooling, and what a shift of the input changes.

As in PyTorch, the stride is the window's side unless one is given, maxima never come from the padding, and averages count its
zeros unless told otherwise.
"""

from __future__ import annotations

from solvers.pooling.planes import average_pool, max_pool
from solvers.pooling.shift import shift
from solvers.pooling.whole import global_pool, reduction

__all__ = ["average_pool", "global_pool", "max_pool", "reduction", "shift"]
