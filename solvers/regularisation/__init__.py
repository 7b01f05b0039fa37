"""Regularisation: L1 and L2 steps, weight decay, dropout, early stopping; the derivations `reg.…` by name."""

from solvers.regularisation.dropout import dropout, dropout_moments
from solvers.regularisation.early_stopping import early_stopping
from solvers.regularisation.penalties import l1_step, l2_step, weight_decay

__all__ = [
    "dropout",
    "dropout_moments",
    "early_stopping",
    "l1_step",
    "l2_step",
    "weight_decay",
]
