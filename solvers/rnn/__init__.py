"""Simple recurrent networks, forwards: hidden states, outputs, losses, one step in each convention, shapes.

    h_t = f(W x_t + U h_(t-1) + b),    y_t = g(V h_t + c)

The backward pass is in `solvers.backprop` (gradients of all weights) and `solvers.bptt` (products of Jacobians).
"""

from __future__ import annotations

from solvers.rnn.linear import linear
from solvers.rnn.shapes import shapes
from solvers.rnn.step import step_batch, step_concatenated, step_pytorch
from solvers.rnn.unrolled import hidden, hidden_scalar, losses, losses_scalar, outputs, outputs_scalar

__all__ = [
    "hidden",
    "hidden_scalar",
    "linear",
    "losses",
    "losses_scalar",
    "outputs",
    "outputs_scalar",
    "shapes",
    "step_batch",
    "step_concatenated",
    "step_pytorch",
]
