"""Parameter counts of attention: the projections of one head or several, and of learned scoring functions."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.parameters.common import (
    HEADS,
    MODEL_WIDTH,
    add_other_bias,
    add_total,
    bias_given,
    bias_size,
    learned,
    leave_out,
    per_head,
    size,
)

KEY_WIDTH = size("d_k", "width of queries and keys", "查询与键的维度")
VALUE_WIDTH = size("d_v", "width of the values", "值的维度")

# ------------------------------------------------------------------------------------- one head, no output projection


def _self_attention(bias: bool) -> Derivation:
    head = Derivation(
        "params.self_attention",
        "Parameters of one self-attention head (query, key and value projections)",
        "单头自注意力的参数量（查询、键、值投影）",
        d=size("d", "width of the inputs", "输入维度"),
        d_k=KEY_WIDTH,
        d_v=VALUE_WIDTH,
        bias=bias_given(default=False),
    )

    @head.step("$d $d_k" + bias * " + $d_k", symbol="N_Q", zh="查询投影的参数量")
    def query(d: int, d_k: int, bias: bool) -> int:
        """Query projection."""
        return d * d_k + (d_k if bias else 0)

    @head.step("$d $d_k" + bias * " + $d_k", symbol="N_K", zh="键投影的参数量")
    def key(d: int, d_k: int, bias: bool) -> int:
        """Key projection."""
        return d * d_k + (d_k if bias else 0)

    @head.step("$d $d_v" + bias * " + $d_v", symbol="N_V", zh="值投影的参数量")
    def value(d: int, d_v: int, bias: bool) -> int:
        """Value projection."""
        return d * d_v + (d_v if bias else 0)

    add_total(head, "query", "key", "value")
    leave_out(head, "params/value-projection-left-out", "value")
    add_other_bias(head, bias)

    @head.misconception("params/one-projection", replaces="total")
    def _(query: int) -> int:
        return query

    @head.oracle
    def _(d: int, d_k: int, d_v: int, bias: bool) -> dict[str, int]:
        import torch

        widths = {"query": d_k, "key": d_k, "value": d_v}
        found = {n: learned(torch.nn.Linear(d, width, bias, device="meta")) for n, width in widths.items()}
        return found | {"total": sum(found.values())}

    return head


self_attention = Family("params.self_attention", _self_attention, bias_size, (False,))

# ------------------------------------------------------------------------------------ several heads that share the width


def _attention(bias: bool) -> Derivation:
    layer = Derivation(
        "params.attention",
        "Parameters of multi-head attention, output projection included",
        "多头注意力的参数量（含输出投影）",
        d=MODEL_WIDTH,
        heads=HEADS,
        bias=bias_given(),
    )

    @layer.step(r"\frac{$d}{$heads}", symbol="d_k", zh="每个头的维度")
    def head_width(d: int, heads: int) -> int:
        """Width of one head."""
        return per_head(d, heads)

    @layer.step("$d $head_width", symbol=r"N_\text{head}", zh="一个头的查询投影权重数")
    def head_weights(d: int, head_width: int) -> int:
        """Weights of one head's query projection (keys and values have as many)."""
        return d * head_width

    @layer.step("$heads $head_weights" + bias * " + $d", symbol=r"N_\text{proj}", zh="一个投影（所有头）的参数量")
    def projection(heads: int, head_weights: int, d: int, bias: bool) -> int:
        """One projection for all heads together."""
        return heads * head_weights + (d if bias else 0)

    @layer.step("4 $projection", symbol="N", zh="参数总数：查询、键、值与输出四个投影")
    def total(projection: int) -> int:
        """Parameters in all: query, key, value and output projections."""
        return 4 * projection

    _add_attention_mistakes(layer, bias)

    @layer.oracle
    def _(d: int, heads: int, bias: bool) -> dict[str, int]:
        import torch

        real = torch.nn.MultiheadAttention(d, heads, bias=bias, device="meta")
        return {
            "head_width": real.head_dim,
            "head_weights": real.in_proj_weight[: real.head_dim].numel(),
            "projection": learned(real.out_proj),
            "total": learned(real),
        }

    return layer


def _add_attention_mistakes(layer: Derivation, bias: bool) -> None:
    @layer.misconception("params/output-projection-left-out", replaces="total")
    def _(projection: int) -> int:
        return 3 * projection

    @layer.misconception("params/one-projection", replaces="total")
    def _(projection: int) -> int:
        return projection

    @layer.misconception("params/multiplied-by-heads", replaces="head_weights")
    def _(d: int) -> int:
        return d**2

    @layer.misconception("params/heads-full-width-only", replaces="total")
    def _(d: int, heads: int, bias: bool) -> int:
        return 3 * heads * (d**2 + (d if bias else 0))

    @layer.misconception("params/heads-full-width-one-output", replaces="total")
    def _(d: int, heads: int, bias: bool) -> int:
        return (3 * heads + 1) * (d**2 + (d if bias else 0))

    @layer.misconception("params/heads-square", replaces="head_weights")
    def _(head_width: int) -> int:
        return head_width**2

    @layer.misconception("params/one-head", replaces="projection")
    def _(head_weights: int, head_width: int, bias: bool) -> int:
        return head_weights + (head_width if bias else 0)

    add_other_bias(layer, bias)


attention = Family("params.attention", _attention, bias_size, (True,))

# ------------------------------------------------------------------------------------------ heads of any width


def _attention_heads(bias: bool) -> Derivation:
    layer = Derivation(
        "params.attention_heads",
        "Parameters of multi-head attention with heads of any width",
        "各头维度任意的多头注意力的参数量",
        d=MODEL_WIDTH,
        heads=HEADS,
        d_k=KEY_WIDTH,
        d_v=VALUE_WIDTH,
        bias=bias_given(default=False),
    )
    keys, values, outputs = bias * " + $heads $d_k", bias * " + $heads $d_v", bias * " + $d"

    @layer.step("$heads $d $d_k" + keys, symbol="N_Q", zh="所有头的查询投影参数量")
    def query(heads: int, d: int, d_k: int, bias: bool) -> int:
        """Query projections of all heads."""
        return heads * d * d_k + (heads * d_k if bias else 0)

    @layer.step("$heads $d $d_k" + keys, symbol="N_K", zh="所有头的键投影参数量")
    def key(heads: int, d: int, d_k: int, bias: bool) -> int:
        """Key projections of all heads."""
        return heads * d * d_k + (heads * d_k if bias else 0)

    @layer.step("$heads $d $d_v" + values, symbol="N_V", zh="所有头的值投影参数量")
    def value(heads: int, d: int, d_v: int, bias: bool) -> int:
        """Value projections of all heads."""
        return heads * d * d_v + (heads * d_v if bias else 0)

    @layer.step("$heads $d_v $d" + outputs, symbol="N_O", zh="输出投影的参数量")
    def output(heads: int, d_v: int, d: int, bias: bool) -> int:
        """Output projection of the concatenated heads."""
        return heads * d_v * d + (d if bias else 0)

    add_total(layer, "query", "key", "value", "output")
    leave_out(layer, "params/output-projection-left-out", "output")
    leave_out(layer, "params/value-projection-left-out", "value")
    add_other_bias(layer, bias)

    @layer.misconception("params/one-head", replaces="query")
    def _(d: int, d_k: int) -> int:
        return d * d_k

    @layer.misconception("params/one-head", replaces="key")
    def _(d: int, d_k: int) -> int:
        return d * d_k

    @layer.misconception("params/one-head", replaces="value")
    def _(d: int, d_v: int) -> int:
        return d * d_v

    @layer.oracle
    def _(d: int, heads: int, d_k: int, d_v: int, bias: bool) -> dict[str, int]:
        import torch

        def of_all_heads(width: int) -> int:
            return learned(*(torch.nn.Linear(d, width, bias, device="meta") for _ in range(heads)))

        found = {"query": of_all_heads(d_k), "key": of_all_heads(d_k), "value": of_all_heads(d_v)}
        found["output"] = learned(torch.nn.Linear(heads * d_v, d, bias, device="meta"))
        return found | {"total": sum(found.values())}

    return layer


attention_heads = Family("params.attention_heads", _attention_heads, bias_size, (False,))

# ------------------------------------------------------------------------------------------ learned scoring functions

additive_scoring = Derivation(
    "params.additive_scoring",
    "Parameters of additive attention scoring, against bilinear scoring",
    "加性注意力打分与双线性打分的参数量",
    d_q=size("d_q", "width of the query", "查询的维度"),
    d_k=size("d_k", "width of the keys", "键的维度"),
    h=size("h", "hidden units of the scoring function", "打分函数的隐藏单元数"),
)


@additive_scoring.step("$h $d_q + $h $d_k", symbol="N_{W,U}", zh="作用于查询与键的权重数")
def projections(h: int, d_q: int, d_k: int) -> int:
    """Weights on query and key."""
    return h * d_q + h * d_k


@additive_scoring.step("$projections + $h", symbol=r"N_\text{add}", zh="加性打分的参数总数（无偏置）", final=True)
def additive(projections: int, h: int) -> int:
    """Additive scoring in all, without biases: both weight matrices and the vector that makes one score."""
    return projections + h


@additive_scoring.step("$d_q $d_k", symbol=r"N_\text{bil}", zh="双线性打分的参数量")
def bilinear(d_q: int, d_k: int) -> int:
    """Bilinear scoring: one matrix between query and key."""
    return d_q * d_k


@additive_scoring.convention("convention/with-bias", replaces="additive")
def _(projections: int, h: int) -> int:
    return projections + h + h


@additive_scoring.convention("convention/with-bias", replaces="bilinear")
def _(d_q: int, d_k: int) -> int:
    return d_q * d_k + 1


@additive_scoring.misconception("params/score-vector-left-out", replaces="additive")
def _(projections: int) -> int:
    return projections


@additive_scoring.oracle
def _(d_q: int, d_k: int, h: int) -> dict[str, int]:
    import torch

    query, key, score = (torch.nn.Linear(*size, bias=False, device="meta") for size in ((d_q, h), (d_k, h), (h, 1)))
    return {
        "projections": learned(query, key),
        "additive": learned(query, key, score),
        "bilinear": learned(torch.nn.Bilinear(d_q, d_k, 1, bias=False, device="meta")),
    }
