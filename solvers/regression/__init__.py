"""Linear, logistic and softmax regression: predictions, losses, one step of gradient descent, and least squares at once."""

from __future__ import annotations

from solvers.regression.descent import linear_descent
from solvers.regression.linear import line_fit, linear_step, normal_equation
from solvers.regression.logistic import boundary, logistic_gradient, logistic_step, probability
from solvers.regression.softmax import softmax_step

__all__ = [
    "boundary",
    "line_fit",
    "linear_descent",
    "linear_step",
    "logistic_gradient",
    "logistic_step",
    "normal_equation",
    "probability",
    "softmax_step",
]
