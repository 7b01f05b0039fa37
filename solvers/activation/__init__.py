"""Activations and their derivatives: one number, whole vectors, softmax, identities, and units that no longer learn.

The derivative of ReLU and its kind at 0 is that of the left side, as in PyTorch.
"""

from __future__ import annotations

from solvers.activation.curves import (
    elementwise,
    elu,
    gelu,
    gelu_tanh,
    leaky_relu,
    prelu,
    relu,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from solvers.activation.softmax import softmax, stable_softmax
from solvers.activation.units import dead_unit, dying_bias, logit, tanh_from_sigmoid, vanishing

__all__ = [
    "dead_unit",
    "dying_bias",
    "elementwise",
    "elu",
    "gelu",
    "gelu_tanh",
    "leaky_relu",
    "logit",
    "prelu",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "stable_softmax",
    "tanh",
    "tanh_from_sigmoid",
    "vanishing",
]
