"""Losses: of numbers, of classes, and of whole data sets (empirical and regularised risk). Logarithms are natural."""

from __future__ import annotations

from solvers.loss.binary import binary_cross_entropy, hinge, needed_probability
from solvers.loss.classes import cross_entropy, cross_entropy_batch, cross_entropy_of_scores, zero_one
from solvers.loss.numbers import absolute_error, huber, squared_error
from solvers.loss.risk import empirical_risk, regularised_risk
from solvers.loss.scores import label_smoothing, multiclass_hinge

__all__ = [
    "absolute_error",
    "binary_cross_entropy",
    "cross_entropy",
    "cross_entropy_batch",
    "cross_entropy_of_scores",
    "empirical_risk",
    "hinge",
    "huber",
    "label_smoothing",
    "multiclass_hinge",
    "needed_probability",
    "regularised_risk",
    "squared_error",
    "zero_one",
]
