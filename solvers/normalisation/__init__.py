"""Normalisation: batch norm in training and in use, running averages, layer, group and RMS norm, local response.

The derivations `norm.…` by name; what they share is in `shared`.
"""

from solvers.normalisation.batch import batch_norm, batch_norm_inference, running_average
from solvers.normalisation.groups import group_norm, rms_norm
from solvers.normalisation.layer import batch_norm_matrix, layer_norm, layer_norm_matrix, post_norm
from solvers.normalisation.local_response import local_response

__all__ = [
    "batch_norm",
    "batch_norm_inference",
    "batch_norm_matrix",
    "group_norm",
    "layer_norm",
    "layer_norm_matrix",
    "local_response",
    "post_norm",
    "rms_norm",
    "running_average",
]
