"""Why gradients vanish or explode over time: products of Jacobians, their bound, and what truncation cuts off.

The gradients of all weights of a whole network are in `solvers.backprop` (`backprop.rnn` and its kin); here are the factors
between one time step and the next:

    dh_t / dh_(t-1) = diag(f'(z_t)) U,    |dh_T / dh_k| <= (gamma sigma)^(T - k)

with gamma the largest slope of the activation and sigma the largest singular value of U (Pascanu, Mikolov and Bengio, 2013).
"""

from __future__ import annotations

from solvers.bptt.bounds import matrix_bound, norm_bound
from solvers.bptt.jacobians import jacobians
from solvers.bptt.shares import contributions

__all__ = [
    "contributions",
    "jacobians",
    "matrix_bound",
    "norm_bound",
]
