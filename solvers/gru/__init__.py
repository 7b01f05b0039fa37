"""GRU gate steps, in the two conventions of the update gate and the two places of the reset gate.

The update gate z says how much of the old state stays in PyTorch, in Keras and in Cho et al. (2014):
h = (1 - z) n + z h_prev (`update=keep`); in Chung et al. (2014) and many course notes it says how much of the candidate comes in:
h = (1 - z) h_prev + z n (`update=write`). The reset gate acts on the old state before its weights, n = tanh(W x + U (r h) + b), in
the textbooks (`reset=before`); behind them, n = tanh(W x + b + r (U h + c)), in PyTorch (`reset=after`), c being the candidate's
second bias.
"""

from __future__ import annotations

from solvers.gru.blend import blend, needed_gate
from solvers.gru.step import scalar_step, sequence, sequence_scalar, step

__all__ = [
    "blend",
    "needed_gate",
    "scalar_step",
    "sequence",
    "sequence_scalar",
    "step",
]
