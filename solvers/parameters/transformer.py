"""Parameter counts of Transformer layers and of the whole encoder-decoder (Vaswani et al., 2017)."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, truth
from solvers.parameters.common import (
    FEED_FORWARD_WIDTH,
    MODEL_WIDTH,
    add_other_bias,
    add_sum,
    add_total,
    bias_given,
    bias_size,
    learned,
    leave_out,
    miss_parts,
    per_head,
    size,
)

# ----------------------------------------------------------------------------------------------------- feed-forward


def _feed_forward(bias: bool) -> Derivation:
    layer = Derivation(
        "params.feed_forward",
        "Parameters of a Transformer's feed-forward network",
        "Transformer 前馈网络的参数量",
        d=MODEL_WIDTH,
        d_ff=FEED_FORWARD_WIDTH,
        bias=bias_given(),
    )

    @layer.step("$d $d_ff" + bias * " + $d_ff", symbol="N_1", zh="第一个线性层的参数量")
    def expansion(d: int, d_ff: int, bias: bool) -> int:
        """First linear layer: from the model width up."""
        return d * d_ff + (d_ff if bias else 0)

    @layer.step("$d_ff $d" + bias * " + $d", symbol="N_2", zh="第二个线性层的参数量")
    def contraction(d: int, d_ff: int, bias: bool) -> int:
        """Second linear layer: back to the model width."""
        return d_ff * d + (d if bias else 0)

    add_total(layer, "expansion", "contraction")
    leave_out(layer, "params/one-feed-forward-matrix", "contraction")
    add_other_bias(layer, bias)

    @layer.oracle
    def _(d: int, d_ff: int, bias: bool) -> dict[str, int]:
        import torch

        up, down = torch.nn.Linear(d, d_ff, bias, device="meta"), torch.nn.Linear(d_ff, d, bias, device="meta")
        return {"expansion": learned(up), "contraction": learned(down), "total": learned(up, down)}

    return layer


feed_forward = Family("params.feed_forward", _feed_forward, bias_size, (True,))

# ------------------------------------------------------------------------------------------- what every layer is made of


def layer_givens(d: int | None = None, heads: int | None = None, d_ff: int | None = None) -> dict[str, Given]:
    """Widths and heads of a Transformer layer, with the defaults of some model."""
    return {
        "d": size("d", "model width", "模型维度", default=d),
        "heads": size("a", "attention heads", "注意力头数", default=heads or 1),
        "d_ff": size(r"d_\text{ff}", "width of the feed-forward layer", "前馈层宽度", default=d_ff),
    }


BLOCKS = {"attention": "params/attention-left-out", "feed_forward": "params/feed-forward-left-out", "layer_norms": ""}
"""The parts of a layer, and the misconception that leaves each of them out of the layer's sum; norms are left out by themselves."""


def add_blocks(net: Derivation, *, cross: bool = False) -> None:
    """Adds attention, feed-forward and layer norm of a Transformer layer, all with biases, and what goes wrong in them.

    With `cross`, a layer has a second attention, over the encoder's output.
    """

    @net.step("4 ($d^2 + $d)", symbol=r"N_\text{attn}", zh="一个多头注意力（Q、K、V、O 四个投影）的参数量")
    def attention(d: int, heads: int) -> int:
        """Multi-head attention: query, key, value and output projections."""
        per_head(d, heads)
        return 4 * (d**2 + d)

    @net.step("2 $d $d_ff + $d_ff + $d", symbol=r"N_\text{ffn}", zh="前馈网络（两个线性层）的参数量")
    def feed_forward(d: int, d_ff: int) -> int:
        """Feed-forward network: two linear layers."""
        return 2 * d * d_ff + d_ff + d

    norms = 3 if cross else 2

    @net.step(
        rf"{norms} \cdot 2 $d", symbol=r"N_\text{ln}", en=f"{norms} layer norms", zh=f"{norms} 个层归一化的参数量"
    )
    def layer_norms(d: int) -> int:
        return norms * 2 * d

    _add_attention_mistakes(net)
    _add_other_mistakes(net, norms)


def _add_attention_mistakes(net: Derivation) -> None:
    @net.misconception("params/output-projection-left-out", replaces="attention")
    def _(d: int) -> int:
        return 3 * (d**2 + d)

    @net.misconception("params/one-projection", replaces="attention")
    def _(d: int) -> int:
        return d**2 + d

    @net.misconception("params/multiplied-by-heads", replaces="attention")
    def _(d: int, heads: int) -> int:
        return 4 * (heads * d**2 + d)

    @net.misconception("params/one-head", replaces="attention")
    def _(d: int, heads: int) -> int:
        return 4 * (d * per_head(d, heads) + per_head(d, heads))

    @net.misconception("params/matrices-alone", replaces="attention")
    def _(d: int) -> int:
        return 4 * d**2

    @net.convention("convention/no-bias", replaces="attention")
    def _(d: int) -> int:
        return 4 * d**2


def _add_other_mistakes(net: Derivation, norms: int) -> None:
    @net.convention("convention/no-bias", replaces="feed_forward")
    def _(d: int, d_ff: int) -> int:
        return 2 * d * d_ff

    @net.misconception("params/one-feed-forward-matrix", replaces="feed_forward")
    def _(d: int, d_ff: int) -> int:
        return d * d_ff + d_ff

    @net.misconception("params/norm-gain-only", replaces="layer_norms")
    def _(d: int) -> int:
        return norms * d

    @net.misconception("params/one-norm", replaces="layer_norms")
    def _(d: int) -> int:
        return 2 * d

    @net.misconception("params/matrices-alone", replaces="feed_forward")
    def _(d: int, d_ff: int) -> int:
        return 2 * d * d_ff

    leave_out(net, "params/norm-left-out", "layer_norms")
    leave_out(net, "params/matrices-alone", "layer_norms")


def counts_of_layer(layer: Any) -> dict[str, int]:
    """The blocks of a real `TransformerEncoderLayer` or `TransformerDecoderLayer`."""
    norms = [module for name, module in layer.named_children() if name.startswith("norm")]
    return {
        "attention": learned(layer.self_attn),
        "feed_forward": learned(layer.linear1, layer.linear2),
        "layer_norms": learned(*norms),
    }


# ---------------------------------------------------------------------------------------------------------- one layer

encoder_layer = Derivation(
    "params.encoder_layer",
    "Parameters of a Transformer encoder layer",
    "Transformer 编码器层的参数量",
    **layer_givens(),
)
add_blocks(encoder_layer)
add_total(encoder_layer, "attention", "feed_forward", "layer_norms")
miss_parts(encoder_layer, "total", BLOCKS)


@encoder_layer.oracle
def _(d: int, heads: int, d_ff: int) -> dict[str, int]:
    import torch

    real = torch.nn.TransformerEncoderLayer(d, heads, d_ff, device="meta")
    return counts_of_layer(real) | {"total": learned(real)}


decoder_layer = Derivation(
    "params.decoder_layer",
    "Parameters of a Transformer decoder layer",
    "Transformer 解码器层的参数量",
    **layer_givens(),
)
add_blocks(decoder_layer, cross=True)


@decoder_layer.step("2 $attention", symbol=r"N_\text{2 attn}", zh="掩码自注意力与交叉注意力的参数量")
def attentions(attention: int) -> int:
    """Masked self-attention and cross-attention."""
    return 2 * attention


add_total(decoder_layer, "attentions", "feed_forward", "layer_norms")
miss_parts(
    decoder_layer,
    "total",
    {"attentions": BLOCKS["attention"], "feed_forward": BLOCKS["feed_forward"], "layer_norms": ""},
)


@decoder_layer.misconception("params/cross-attention-left-out", replaces="attentions")
def _(attention: int) -> int:
    return attention


@decoder_layer.misconception("params/encoder-for-decoder", replaces="attentions")
def _(attention: int) -> int:
    return attention


@decoder_layer.misconception("params/encoder-for-decoder", replaces="layer_norms")
def _(d: int) -> int:
    return 2 * 2 * d


@decoder_layer.oracle
def _(d: int, heads: int, d_ff: int) -> dict[str, int]:
    import torch

    real = torch.nn.TransformerDecoderLayer(d, heads, d_ff, device="meta")
    both = {"attentions": learned(real.self_attn, real.multihead_attn), "total": learned(real)}
    return counts_of_layer(real) | both


# ------------------------------------------------------------------------------------------------- encoder and decoder


def _transformer(final_norms: bool) -> Derivation:
    net = Derivation(
        "params.transformer",
        "Parameters of a whole Transformer with one shared embedding table (defaults: the base model)",
        "整个 Transformer 的参数量，词嵌入表共享（默认值为基础模型）",
        **layer_givens(512, 8, 2048),
        layers=size("L", "layers in the encoder, and in the decoder", "编码器与解码器各自的层数", default=6),
        vocab=size("V", "words in the vocabulary", "词表大小", default=37000),
        final_norms=truth(
            r"\text{final norms}",
            "whether encoder and decoder end in a layer norm, as torch.nn.Transformer does",
            "编码器与解码器末尾是否各有一个层归一化（torch.nn.Transformer 有）",
            default=False,
        ),
    )
    add_blocks(net)
    add_sum(
        net,
        *("attention", "feed_forward", "layer_norms"),
        name="encoder_layer",
        symbol=r"N_\text{enc}",
        en="One encoder layer",
        zh="一个编码器层的参数量",
    )

    @net.step(
        "$encoder_layer + $attention + 2 $d",
        symbol=r"N_\text{dec}",
        zh="一个解码器层的参数量：多一个交叉注意力与层归一化",
    )
    def decoder_layer(encoder_layer: int, attention: int, d: int) -> int:
        """One decoder layer: a cross-attention and a layer norm more."""
        return encoder_layer + attention + 2 * d

    end = r" + 2 \cdot 2 $d" if final_norms else ""

    @net.step(
        "$layers $encoder_layer + $layers $decoder_layer" + end, symbol=r"N_\text{layers}", zh="所有编码器层与解码器层"
    )
    def stacks(layers: int, encoder_layer: int, decoder_layer: int, d: int, final_norms: bool) -> int:
        """All layers of encoder and decoder."""
        return layers * encoder_layer + layers * decoder_layer + (4 * d if final_norms else 0)

    @net.step("$vocab $d", symbol=r"N_\text{emb}", zh="共享的词嵌入表")
    def embedding(vocab: int, d: int) -> int:
        """Embedding table, shared by both sides and the output layer."""
        return vocab * d

    miss_parts(net, "encoder_layer", BLOCKS)
    add_total(net, "stacks", "embedding")
    miss_parts(net, "total", {"stacks": "", "embedding": "params/embeddings-left-out"})

    @net.misconception("params/cross-attention-left-out", replaces="decoder_layer")
    def _(encoder_layer: int) -> int:
        return encoder_layer

    @net.misconception("params/one-layer", replaces="stacks")
    def _(encoder_layer: int, decoder_layer: int) -> int:
        return encoder_layer + decoder_layer

    @net.oracle
    def _(*, d: int, heads: int, d_ff: int, layers: int, vocab: int, final_norms: bool) -> dict[str, int]:
        import torch

        kind = {"d_model": d, "nhead": heads, "dim_feedforward": d_ff, "device": "meta"}
        encoding, decoding = torch.nn.TransformerEncoderLayer(**kind), torch.nn.TransformerDecoderLayer(**kind)
        ends = [torch.nn.LayerNorm(d, device="meta") if final_norms else None for _ in range(2)]
        encoder = torch.nn.TransformerEncoder(encoding, layers, ends[0], enable_nested_tensor=False)
        decoder = torch.nn.TransformerDecoder(decoding, layers, ends[1])
        table = torch.nn.Embedding(vocab, d, device="meta")
        return counts_of_layer(encoding) | {
            "encoder_layer": learned(encoding),
            "decoder_layer": learned(decoding),
            "stacks": learned(encoder, decoder),
            "embedding": learned(table),
            "total": learned(encoder, decoder, table),
        }

    return net


transformer = Family("params.transformer", _transformer, lambda givens: (givens["final_norms"],), (False,))
