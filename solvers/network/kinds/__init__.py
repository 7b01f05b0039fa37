"""The kinds of layers, by the words that networks in YAML use for them. One module for each family of layers."""

from __future__ import annotations

from typing import Any

from solvers.network.kind import Kind
from solvers.network.kinds.attention import Attention, DecoderLayer, EncoderLayer
from solvers.network.kinds.convolution import Conv, Conv1d, Conv3d
from solvers.network.kinds.custom import Custom
from solvers.network.kinds.dense import Embedding, Flatten, Linear
from solvers.network.kinds.learned import ClassToken, Learned, Positions, Scale
from solvers.network.kinds.lenet import PartialConv, Subsample
from solvers.network.kinds.merging import Add, Concat, Matmul, Multiply, Subtract
from solvers.network.kinds.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalNorm, RmsNorm
from solvers.network.kinds.pointwise import (
    Dropout,
    Elu,
    Gelu,
    Hardsigmoid,
    Hardswish,
    Identity,
    LeakyRelu,
    LogSoftmax,
    Mish,
    Prelu,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from solvers.network.kinds.pooling import (
    AdaptiveAvgPool,
    AdaptiveAvgPool1d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool3d,
    AvgPool,
    AvgPool1d,
    AvgPool3d,
    GlobalPool,
    MaxPool,
    MaxPool1d,
    MaxPool3d,
)
from solvers.network.kinds.recurrent import Gru, Lstm, Rnn
from solvers.network.kinds.reshaping import Mean, Permute, Reshape, Select, Slice, Squeeze, Unsqueeze
from solvers.network.kinds.resizing import Pad, PixelShuffle, PixelUnshuffle, Upsample
from solvers.network.kinds.sampling import Sample
from solvers.network.kinds.traced import AttentionProduct, Cell, Derived, Einsum, Further, Operation
from solvers.network.kinds.transposed import Deconv, Deconv1d, Deconv3d

_FAMILIES: tuple[tuple[type[Kind], ...], ...] = (
    (
        Conv,
        Conv1d,
        Conv3d,
    ),
    (
        Deconv,
        Deconv1d,
        Deconv3d,
    ),
    (
        MaxPool,
        MaxPool1d,
        MaxPool3d,
        AvgPool,
        AvgPool1d,
        AvgPool3d,
        AdaptiveAvgPool,
        AdaptiveAvgPool1d,
        AdaptiveAvgPool3d,
        AdaptiveMaxPool,
        AdaptiveMaxPool1d,
        AdaptiveMaxPool3d,
        GlobalPool,
    ),
    (
        Linear,
        Flatten,
        Embedding,
    ),
    (
        BatchNorm,
        InstanceNorm,
        GroupNorm,
        LayerNorm,
        RmsNorm,
        LocalNorm,
    ),
    (
        Rnn,
        Lstm,
        Gru,
    ),
    (
        Attention,
        EncoderLayer,
        DecoderLayer,
    ),
    (
        Relu,
        LeakyRelu,
        Elu,
        Selu,
        Relu6,
        Gelu,
        Silu,
        Mish,
        Sigmoid,
        Tanh,
        Softplus,
        Hardswish,
        Hardsigmoid,
        Softmax,
        LogSoftmax,
        Identity,
        Dropout,
        Prelu,
    ),
    (
        Reshape,
        Permute,
        Select,
        Slice,
        Upsample,
        PixelShuffle,
        PixelUnshuffle,
        Pad,
        Unsqueeze,
        Squeeze,
        Mean,
    ),
    (
        Add,
        Multiply,
        Subtract,
        Matmul,
        Concat,
    ),
    (
        Positions,
        ClassToken,
        Scale,
        Learned,
    ),
    (PartialConv, Subsample, Sample),
    (Custom, Operation, Further, Derived, AttentionProduct, Einsum, Cell),
)

KINDS: dict[str, type[Kind]] = {kind.word: kind for family in _FAMILIES for kind in family}


def kind(word: str, **settings: Any) -> Kind:
    """A kind by its word. Raises KeyError for an unknown word, TypeError for settings that it has not."""
    make: Any = KINDS[word]
    made: Kind = make(**settings)
    return made


__all__ = ["KINDS", "kind"]
