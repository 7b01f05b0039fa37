"""Rosenblatt's perceptron: decision and distance, the loss over misclassified points, updates until nothing is misclassified.

A point with label y is misclassified where y (w·x + b) is 0 or less.
"""

from __future__ import annotations

from solvers.perceptron.counting import dual, repeats
from solvers.perceptron.epochs import epochs
from solvers.perceptron.plane import decision, loss, mistake_bound
from solvers.perceptron.training import train, update

__all__ = ["decision", "dual", "epochs", "loss", "mistake_bound", "repeats", "train", "update"]
