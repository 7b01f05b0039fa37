"""LSTM gate steps: derivations of one time step, in the conventions that books and libraries use.

Hochreiter and Schmidhuber (1997) with the forget gate of Gers, Schmidhuber and Cummins (2000). The gates' rules are in
`solvers.lstm.cell` and the students' mistakes in `solvers.lstm.mistakes`; several time steps are in
`solvers.lstm.unrolled`; what follows from known gate values is in
`solvers.lstm.memory`, `solvers.lstm.inverse` and `solvers.lstm.gradient`.
"""

from __future__ import annotations

from solvers.lstm.gradient import backward_step, cell_gradient, scalar_backward_step
from solvers.lstm.inverse import forget_bias, previous_cell
from solvers.lstm.memory import (
    constant_gates,
    retention,
    scalar_state_from_gates,
    sequence_from_gates,
    state_from_gates,
)
from solvers.lstm.step import scalar_step, step, step_batch, step_concatenated, step_pytorch
from solvers.lstm.unrolled import sequence, sequence_concatenated, sequence_scalar

__all__ = [
    "backward_step",
    "cell_gradient",
    "constant_gates",
    "forget_bias",
    "previous_cell",
    "retention",
    "scalar_backward_step",
    "scalar_state_from_gates",
    "scalar_step",
    "sequence",
    "sequence_concatenated",
    "sequence_from_gates",
    "sequence_scalar",
    "state_from_gates",
    "step",
    "step_batch",
    "step_concatenated",
    "step_pytorch",
]
