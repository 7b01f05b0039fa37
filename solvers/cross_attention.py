"""Encoder-decoder (cross) attention: queries from the decoder, keys and values from the encoder's output.

The steps are those of `solvers.attention`, one row per token; n is the number of target tokens, m that of source tokens.
"""

from __future__ import annotations

from typing import Any

from solvers.attention.shapes import MODEL
from solvers.attention.steps import (
    KEY_WEIGHTS,
    QUERY_WEIGHTS,
    VALUE_WEIGHTS,
    add_dot_product_attention,
    add_projection,
    torch_attention,
)
from solvers.derivation import Derivation
from solvers.givens import integer, matrix
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Shape

BATCH = integer("B", "sentence pairs in the batch", "批大小", default=1, least=1)
TARGETS = integer("n", "target tokens (decoder)", "目标序列长度（解码器）", least=1)
SOURCES = integer("m", "source tokens (encoder)", "源序列长度（编码器）", least=1)
HEADS = integer("h", "heads", "头数", default=1, least=1)

# ------------------------------------------------------------------------------------------------------------ values

attention = Derivation(
    "cross.attention",
    "Cross-attention from the states of decoder and encoder, one row per token",
    "由解码器与编码器的状态计算交叉注意力（每行一个词元）",
    S=matrix("X", "decoder states, one row per target token", "解码器状态（每行一个目标词元）", axes=("n", "d")),
    H=matrix("H", "encoder outputs, one row per source token", "编码器输出（每行一个源词元）", axes=("m", "d")),
    W_Q=QUERY_WEIGHTS,
    W_K=KEY_WEIGHTS,
    W_V=VALUE_WEIGHTS,
)
add_projection(attention, "Q", "W_Q", en="Queries, from the decoder", zh="查询（来自解码器）", source="S")
add_projection(attention, "K", "W_K", en="Keys, from the encoder", zh="键（来自编码器）", source="H")
add_projection(attention, "V", "W_V", en="Values, from the encoder", zh="值（来自编码器）", source="H")
add_dot_product_attention(attention)


@attention.misconception("cross/self-attention", replaces="K")
def _(S: Matrix, W_K: Matrix) -> Matrix:
    return S @ W_K


@attention.misconception("cross/self-attention", replaces="V")
def _values_from_decoder(S: Matrix, W_V: Matrix) -> Matrix:
    return S @ W_V


@attention.misconception("cross/roles-exchanged", replaces="Q")
def _queries_from_encoder(H: Matrix, W_Q: Matrix) -> Matrix:
    return H @ W_Q


@attention.misconception("cross/roles-exchanged", replaces="K")
def _keys_from_decoder(S: Matrix, W_K: Matrix) -> Matrix:
    return S @ W_K


@attention.misconception("cross/roles-exchanged", replaces="V")
def _values_exchanged(S: Matrix, W_V: Matrix) -> Matrix:
    return S @ W_V


@attention.misconception("cross/projections-skipped", replaces="V")
def _unprojected(H: Matrix) -> Matrix:
    return H


@attention.oracle
def _attention(S: Matrix, H: Matrix, W_Q: Matrix, W_K: Matrix, W_V: Matrix) -> dict[str, Any]:
    from torch.nn.functional import linear

    memory = torch_tensor(H)
    Q = linear(torch_tensor(S), torch_tensor(W_Q).mT)
    K, V = (linear(memory, torch_tensor(W).mT) for W in (W_K, W_V))
    return {"Q": Q, "K": K, "V": V, "key_width": K.shape[1], **torch_attention(Q, K, V)}


# ------------------------------------------------------------------------------------------------------------ shapes

shapes = Derivation(
    "cross.shapes",
    "Shapes of all tensors in multi-head cross-attention",
    "多头交叉注意力中各张量的形状",
    B=BATCH,
    n=TARGETS,
    m=SOURCES,
    d=MODEL,
    h=HEADS,
)


@shapes.step(r"\frac{$d}{$h}", symbol="d_k", zh="每个头的维数")
def head_width(d: int, h: int) -> int:
    """Width of one head."""
    if d % h:
        raise Undefined("the width cannot be shared out among the heads", "模型维数不能被头数整除")
    return d // h


@shapes.misconception("attention/heads-full-width", replaces="head_width")
def _full_width(d: int) -> int:
    return d


@shapes.step(
    r"$B \times $h \times $n \times $head_width", symbol=r"\operatorname{shape}(Q)", zh="分头后查询的形状", final=True
)
def queries(B: int, h: int, n: int, head_width: int) -> Shape:
    """Shape of the queries, cut into heads."""
    return Shape((B, h, n, head_width))


@shapes.step(
    r"$B \times $h \times $m \times $head_width",
    symbol=r"\operatorname{shape}(K)",
    zh="分头后键（值同）的形状",
    final=True,
)
def keys(B: int, h: int, m: int, head_width: int) -> Shape:
    """Shape of the keys (and values), cut into heads."""
    return Shape((B, h, m, head_width))


@shapes.step(r"$B \times $h \times $n \times $m", symbol=r"\operatorname{shape}(A)", zh="注意力权重的形状", final=True)
def weights(B: int, h: int, n: int, m: int) -> Shape:
    """Shape of the attention weights: one row per target token, one column per source token."""
    return Shape((B, h, n, m))


@shapes.step(r"$B \cdot $h \cdot $n \cdot $m", symbol="N", zh="注意力权重的个数", final=True)
def weight_count(B: int, h: int, n: int, m: int) -> int:
    """Number of attention weights."""
    return B * h * n * m


@shapes.step(r"$B \times $n \times $d", symbol=r"\operatorname{shape}(O)", zh="输出的形状")
def output(B: int, n: int, d: int) -> Shape:
    """Shape of the output: one row per target token."""
    return Shape((B, n, d))


@shapes.misconception("cross/rows-and-columns-exchanged", replaces="weights")
def _exchanged(B: int, h: int, n: int, m: int) -> Shape:
    return Shape((B, h, m, n))


@shapes.misconception("cross/self-attention", replaces="weights")
def _square(B: int, h: int, n: int) -> Shape:
    return Shape((B, h, n, n))


@shapes.misconception("cross/self-attention", replaces="weight_count")
def _square_count(B: int, h: int, n: int) -> int:
    return B * h * n * n


@shapes.misconception("cross/source-with-itself", replaces="weights")
def _source_square(B: int, h: int, m: int) -> Shape:
    return Shape((B, h, m, m))


@shapes.misconception("cross/source-with-itself", replaces="weight_count")
def _source_count(B: int, h: int, m: int) -> int:
    return B * h * m * m


@shapes.misconception("cross/both-sequences-joined", replaces="weights")
def _joined(B: int, h: int, n: int, m: int) -> Shape:
    return Shape((B, h, n + m, n + m))


@shapes.misconception("cross/both-sequences-joined", replaces="weight_count")
def _joined_count(B: int, h: int, n: int, m: int) -> int:
    return B * h * (n + m) ** 2


@shapes.misconception("cross/output-per-source", replaces="output")
def _per_source(B: int, m: int, d: int) -> Shape:
    return Shape((B, m, d))


@shapes.oracle
def _shapes(B: int, n: int, m: int, d: int, h: int) -> dict[str, Any]:
    import torch

    states, memory = torch.empty(B, n, d, device="meta"), torch.empty(B, m, d, device="meta")
    layer = torch.nn.MultiheadAttention(d, h, batch_first=True, device="meta")
    found, weights = layer(states, memory, memory, average_attn_weights=False)
    return {
        "head_width": layer.head_dim,
        "queries": list(states.unflatten(-1, (h, -1)).transpose(1, 2).shape),
        "keys": list(memory.unflatten(-1, (h, -1)).transpose(1, 2).shape),
        "weights": list(weights.shape),
        "weight_count": weights.numel(),
        "output": list(found.shape),
    }


# ------------------------------------------------------------------------------------------------------------ counts

model_weights = Derivation(
    "cross.model_weights",
    "Attention weights of a whole encoder-decoder for one sentence pair",
    "整个编码器－解码器处理一个句对时的注意力权重个数",
    n=TARGETS,
    m=SOURCES,
    h=HEADS,
    layers=integer(
        "N", "layers of the encoder, and as many of the decoder", "编码器层数（解码器相同）", default=1, least=1
    ),
)


@model_weights.step(r"$layers \cdot $h \cdot $m^2", symbol="A_1", zh="编码器自注意力的权重个数")
def encoder_self(layers: int, h: int, m: int) -> int:
    """Self-attention of the encoder: source by source."""
    return layers * h * m * m


@model_weights.step(r"$layers \cdot $h \cdot $n^2", symbol="A_2", zh="解码器自注意力的权重个数（含被掩码的）")
def decoder_self(layers: int, h: int, n: int) -> int:
    """Self-attention of the decoder: target by target, masked ones counted."""
    return layers * h * n * n


@model_weights.step(r"$layers \cdot $h \cdot $n \cdot $m", symbol="A_3", zh="交叉注意力的权重个数")
def cross(layers: int, h: int, n: int, m: int) -> int:
    """Cross-attention: target by source."""
    return layers * h * n * m


@model_weights.step("$encoder_self + $decoder_self + $cross", symbol="A", zh="注意力权重总数")
def total(encoder_self: int, decoder_self: int, cross: int) -> int:
    """Attention weights altogether."""
    return encoder_self + decoder_self + cross


@model_weights.misconception("cross/cross-left-out", replaces="cross")
def _without_cross() -> int:
    return 0


@model_weights.misconception("cross/self-attention", replaces="cross")
def _cross_as_self(layers: int, h: int, n: int) -> int:
    return layers * h * n * n


@model_weights.misconception("cross/one-layer", replaces="total")
def _one_layer(*, encoder_self: int, decoder_self: int, cross: int, layers: int) -> int:
    return (encoder_self + decoder_self + cross) // layers


@model_weights.oracle
def _model_weights(n: int, m: int, h: int, layers: int) -> dict[str, int]:
    import torch

    layer = torch.nn.MultiheadAttention(h, h, device="meta")
    source, target = torch.empty(m, h, device="meta"), torch.empty(n, h, device="meta")

    def count(queries: Any, keys: Any) -> int:
        _, weights = layer(queries, keys, keys, average_attn_weights=False)
        return layers * int(weights.numel())

    found = {
        "encoder_self": count(source, source),
        "decoder_self": count(target, target),
        "cross": count(target, source),
    }
    return {**found, "total": sum(found.values())}
