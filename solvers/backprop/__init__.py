"""Back-propagation: forward values, deltas, gradients and updates, from a single neuron to convolution and recurrence.

A delta is everywhere the gradient of the loss with respect to a weighted sum, `output - target` and not the other way round;
logarithms are natural; the derivative of ReLU at 0 is 0. Every gradient is certified against `torch.autograd`.
"""

from __future__ import annotations

from solvers.backprop.chain import chain
from solvers.backprop.convolution import convolution_1d, convolution_2d, convolution_channels
from solvers.backprop.dense import batch_one_layer, batch_two_layer, one_layer, three_layer, two_layer
from solvers.backprop.neuron import neuron, unit
from solvers.backprop.pieces import l2_update, needed_rate, output_unit, softmax_cross_entropy
from solvers.backprop.pooling import average_pool, average_upsample, max_pool
from solvers.backprop.recurrent import rnn, rnn_last, rnn_scalar, rnn_scalar_last

__all__ = [
    "average_pool",
    "average_upsample",
    "batch_one_layer",
    "batch_two_layer",
    "chain",
    "convolution_1d",
    "convolution_2d",
    "convolution_channels",
    "l2_update",
    "max_pool",
    "needed_rate",
    "neuron",
    "one_layer",
    "output_unit",
    "rnn",
    "rnn_last",
    "rnn_scalar",
    "rnn_scalar_last",
    "softmax_cross_entropy",
    "three_layer",
    "two_layer",
    "unit",
]
