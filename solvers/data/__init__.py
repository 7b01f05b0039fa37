"""Data handling: splits, batches and updates, one-hot codes, standardising and scaling an input."""

from __future__ import annotations

from solvers.data.batches import updates
from solvers.data.codes import one_hot
from solvers.data.scaling import min_max, standardise
from solvers.data.splits import k_fold, split

__all__ = ["k_fold", "min_max", "one_hot", "split", "standardise", "updates"]
