"""Parameter counts of BERT (Devlin et al., 2019) and GPT-2 (Radford et al., 2019), whole."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, truth
from solvers.parameters.common import add_sum, add_total, learned, leave_out, miss_parts, size
from solvers.parameters.transformer import BLOCKS, add_blocks, counts_of_layer, layer_givens

VOCABULARY = size("V", "word pieces in the vocabulary", "词表大小（词片数）", default=30522)
POSITIONS = size("P", "positions", "最大位置数", default=512)
SEGMENTS = size("S", "segments", "句段类型数", default=2)


def _add_embeddings(net: Derivation, *, name: str, symbol: str) -> None:
    """BERT's three tables and the layer norm on their sum; `name` is the step that adds them up."""

    @net.step("$vocab $d", symbol=r"N_\text{tok}", zh="词嵌入表")
    def token_embeddings(vocab: int, d: int) -> int:
        """Token embeddings."""
        return vocab * d

    @net.step("$positions $d", symbol=r"N_\text{pos}", zh="位置嵌入表（学习得到）")
    def position_embeddings(positions: int, d: int) -> int:
        """Position embeddings, learned."""
        return positions * d

    @net.step("$segments $d", symbol=r"N_\text{seg}", zh="句段嵌入表")
    def segment_embeddings(segments: int, d: int) -> int:
        """Segment embeddings."""
        return segments * d

    @net.step("2 $d", symbol=r"N_\text{emb,ln}", zh="嵌入之和上的层归一化")
    def embedding_norm(d: int) -> int:
        """Layer norm on the sum of the embeddings."""
        return 2 * d

    tables = ("token_embeddings", "position_embeddings", "segment_embeddings", "embedding_norm")
    add_sum(net, *tables, name=name, symbol=symbol, en="Input embeddings in all", zh="输入嵌入的参数总数")
    leave_out(net, "params/position-embeddings-left-out", "position_embeddings")
    leave_out(net, "params/segment-embeddings-left-out", "segment_embeddings")
    leave_out(net, "params/embedding-norm-left-out", "embedding_norm")
    others = ("position_embeddings", "segment_embeddings", "embedding_norm")
    leave_out(net, "params/token-embeddings-alone", *others)

    @net.misconception("params/norm-gain-only", replaces="embedding_norm")
    def _(d: int) -> int:
        return d


def _tables(vocab: int, positions: int, segments: int, d: int) -> tuple[Any, ...]:
    """The real tables and the norm, in the order of the steps."""
    import torch

    sizes = (vocab, positions, segments)
    return *(torch.nn.Embedding(n, d, device="meta") for n in sizes), torch.nn.LayerNorm(d, device="meta")


def _counts_of_tables(tables: tuple[Any, ...]) -> dict[str, int]:
    names = ("token_embeddings", "position_embeddings", "segment_embeddings", "embedding_norm")
    return {name: learned(table) for name, table in zip(names, tables, strict=True)}


bert_embeddings = Derivation(
    "params.bert_embeddings",
    "Parameters of BERT's input embeddings",
    "BERT 输入嵌入的参数量",
    d=size("d", "model width", "模型维度", default=768),
    vocab=VOCABULARY,
    positions=POSITIONS,
    segments=SEGMENTS,
)
_add_embeddings(bert_embeddings, name="total", symbol="N")


@bert_embeddings.oracle
def _(d: int, vocab: int, positions: int, segments: int) -> dict[str, int]:
    tables = _tables(vocab, positions, segments, d)
    return _counts_of_tables(tables) | {"total": learned(*tables)}


def _layers(default: int) -> Given:
    return size("L", "layers", "层数", default=default)


def _add_layer(net: Derivation, stack: str, zh: str) -> None:
    """One layer from its blocks, and the stack of all layers."""
    add_blocks(net)
    blocks = ("attention", "feed_forward", "layer_norms")
    add_sum(net, *blocks, name="layer", symbol=r"N_\text{layer}", en="One layer", zh="一层的参数量")
    miss_parts(net, "layer", BLOCKS)

    @net.step("$layers $layer", symbol=r"N_\text{layers}", en="All layers", zh=zh, name=stack)
    def _(layers: int, layer: int) -> int:
        return layers * layer

    @net.misconception("params/one-layer", replaces=stack)
    def _(layer: int) -> int:
        return layer


# --------------------------------------------------------------------------------------------------------- whole BERT


def _bert(pooler: bool) -> Derivation:
    net = Derivation(
        "params.bert",
        "Parameters of the whole BERT (defaults: BERT-base, uncased, with pooler)",
        "整个 BERT 的参数量（默认值为 BERT-base，uncased，含 pooler）",
        **layer_givens(768, 12, 3072),
        layers=_layers(12),
        vocab=VOCABULARY,
        positions=POSITIONS,
        segments=SEGMENTS,
        pooler=truth(r"\text{pooler}", "whether the pooling layer is counted", "是否计入 pooler 层", default=True),
    )
    _add_embeddings(net, name="embeddings", symbol=r"N_\text{emb}")
    _add_layer(net, "encoder", "编码器所有层")

    @net.step("$d^2 + $d" if pooler else "0", symbol=r"N_\text{pool}", zh="[CLS] 位置上的 pooler 线性层")
    def pooling(d: int, pooler: bool) -> int:
        """Pooler: a linear layer on the first position."""
        return d**2 + d if pooler else 0

    add_total(net, "embeddings", "encoder", "pooling")
    if pooler:
        leave_out(net, "params/pooler-left-out", "pooling")
    leave_out(net, "params/embeddings-left-out", "embeddings")
    leave_out(net, "params/matrices-alone", "embeddings", "pooling")

    @net.oracle
    def _(d: int, heads: int, d_ff: int, layers: int, pooler: bool, **tables: int) -> dict[str, int]:
        import torch

        inputs = _tables(**tables, d=d)
        one = torch.nn.TransformerEncoderLayer(d, heads, d_ff, device="meta")
        stack = torch.nn.TransformerEncoder(one, layers, enable_nested_tensor=False)
        head = [torch.nn.Linear(d, d, device="meta")] if pooler else []
        return (
            _counts_of_tables(inputs)
            | counts_of_layer(one)
            | {
                "embeddings": learned(*inputs),
                "layer": learned(one),
                "encoder": learned(stack),
                "pooling": learned(*head),
                "total": learned(*inputs, stack, *head),
            }
        )

    return net


bert = Family("params.bert", _bert, lambda givens: (givens["pooler"],), (True,))

# -------------------------------------------------------------------------------------------------------------- GPT-2

gpt2 = Derivation(
    "params.gpt2",
    "Parameters of the whole GPT-2 (defaults: the small model; the output layer shares the token table)",
    "整个 GPT-2 的参数量（默认值为 small；输出层与词嵌入表共享）",
    **layer_givens(768, 12, 3072),
    layers=_layers(12),
    vocab=size("V", "tokens in the vocabulary", "词表大小", default=50257),
    positions=size("P", "positions", "最大位置数", default=1024),
)


@gpt2.step("$vocab $d", symbol=r"N_\text{tok}", zh="词嵌入表")
def token_embeddings(vocab: int, d: int) -> int:
    """Token embeddings, used again as the output layer."""
    return vocab * d


@gpt2.step("$positions $d", symbol=r"N_\text{pos}", zh="位置嵌入表")
def position_embeddings(positions: int, d: int) -> int:
    """Position embeddings, learned."""
    return positions * d


_add_layer(gpt2, "decoder", "所有层")


@gpt2.step("2 $d", symbol=r"N_\text{ln}", zh="末尾的层归一化")
def final_norm(d: int) -> int:
    """Layer norm behind the last layer."""
    return 2 * d


add_total(gpt2, "token_embeddings", "position_embeddings", "decoder", "final_norm")
leave_out(gpt2, "params/position-embeddings-left-out", "position_embeddings")
leave_out(gpt2, "params/matrices-alone", "token_embeddings", "position_embeddings", "final_norm")


@gpt2.misconception("params/output-layer-untied", replaces="total")
def _(token_embeddings: int, position_embeddings: int, decoder: int, final_norm: int) -> int:
    return 2 * token_embeddings + position_embeddings + decoder + final_norm


@gpt2.oracle
def _(*, d: int, heads: int, d_ff: int, layers: int, vocab: int, positions: int) -> dict[str, int]:
    import torch

    tokens, places = (torch.nn.Embedding(n, d, device="meta") for n in (vocab, positions))
    one = torch.nn.TransformerEncoderLayer(d, heads, d_ff, norm_first=True, device="meta")
    end = torch.nn.LayerNorm(d, device="meta")
    stack = torch.nn.TransformerEncoder(one, layers, norm=end, enable_nested_tensor=False)
    head = torch.nn.Linear(d, vocab, bias=False, device="meta")
    head.weight = tokens.weight
    whole = torch.nn.ModuleList([tokens, places, stack, head])
    return counts_of_layer(one) | {
        "token_embeddings": learned(tokens),
        "position_embeddings": learned(places),
        "layer": learned(one),
        "decoder": learned(stack) - learned(end),
        "final_norm": learned(end),
        "total": learned(whole),
    }
