"""Parameter counts: how many numbers a layer or a whole network learns, exactly.

What belongs here: derivations `params.…` by family of layers. What these layers compute is other topics' business.
"""

from __future__ import annotations

from solvers.parameters.attention import additive_scoring, attention, attention_heads, self_attention
from solvers.parameters.bert import bert, bert_embeddings, gpt2
from solvers.parameters.convolution import (
    conv,
    conv1d,
    conv2d,
    conv2d_rectangular,
    conv3d,
    depthwise,
    pointwise,
)
from solvers.parameters.dense import embedding, hidden_width, linear, mlp
from solvers.parameters.factorisation import separable, stacked_kernels
from solvers.parameters.famous import alexnet, alexnet_grouped, inception, lenet5_original, vgg
from solvers.parameters.networks import cnn, lenet5
from solvers.parameters.normalisation import batch_norm, conv_batch_norm, layer_norm, separable_block
from solvers.parameters.recurrent import gru, lstm, recurrent_cells, rnn
from solvers.parameters.recurrent_network import rnn_with_output
from solvers.parameters.residual import basic_block, bottleneck_block, resnet
from solvers.parameters.sharing import connectivity, conv_on_image
from solvers.parameters.small_network import two_layer_cnn
from solvers.parameters.text_classifier import text_classifier
from solvers.parameters.transformer import decoder_layer, encoder_layer, feed_forward, transformer

__all__ = [
    "additive_scoring",
    "alexnet",
    "alexnet_grouped",
    "attention",
    "attention_heads",
    "basic_block",
    "batch_norm",
    "bert",
    "bert_embeddings",
    "bottleneck_block",
    "cnn",
    "connectivity",
    "conv",
    "conv1d",
    "conv2d",
    "conv2d_rectangular",
    "conv3d",
    "conv_batch_norm",
    "conv_on_image",
    "decoder_layer",
    "depthwise",
    "embedding",
    "encoder_layer",
    "feed_forward",
    "gpt2",
    "gru",
    "hidden_width",
    "inception",
    "layer_norm",
    "lenet5",
    "lenet5_original",
    "linear",
    "lstm",
    "mlp",
    "pointwise",
    "recurrent_cells",
    "resnet",
    "rnn",
    "rnn_with_output",
    "self_attention",
    "separable",
    "separable_block",
    "stacked_kernels",
    "text_classifier",
    "transformer",
    "two_layer_cnn",
    "vgg",
]
