"""Sizes in multi-head self-attention: the shape of every tensor, the multiplications, the spread of the scores."""

from __future__ import annotations

import math
from typing import Any

from solvers import functions
from solvers.attention.steps import divided
from solvers.derivation import Derivation
from solvers.givens import integer, number
from solvers.rules import times
from solvers.trace import Undefined
from solvers.values import Number, Shape

BATCH = integer("B", "sequences in the batch", "批大小", default=1, least=1)
LENGTH = integer("L", "tokens in a sequence", "序列长度", least=1)
MODEL = integer("d", "width of the model", "模型维数", least=1)
HEADS = integer("h", "heads", "头数", default=1, least=1)


def _add_head_width(d: Derivation) -> None:
    @d.step(r"\frac{$d}{$h}", symbol="d_k", zh="每个头的维数")
    def head_width(d: int, h: int) -> int:
        """Width of one head."""
        if d % h:
            raise Undefined("the width cannot be shared out among the heads", "模型维数不能被头数整除")
        return d // h

    @d.misconception("attention/heads-full-width", replaces="head_width")
    def _(d: int) -> int:
        return d


# ---------------------------------------------------------------------------------------------------------- shapes

shapes = Derivation(
    "attention.shapes",
    "Shapes of all tensors in multi-head self-attention",
    "多头自注意力中各张量的形状",
    B=BATCH,
    L=LENGTH,
    d=MODEL,
    h=HEADS,
)
_add_head_width(shapes)


@shapes.step(
    r"$B \times $L \times $d", symbol=r"\operatorname{shape}(Q)", zh="投影后查询（键、值同）的形状", final=True
)
def projected(B: int, L: int, d: int) -> Shape:
    """Shape of the queries (keys, values) after the projection."""
    return Shape((B, L, d))


@shapes.step(
    r"$B \times $h \times $L \times $head_width",
    symbol=r"\operatorname{shape}(Q_i)",
    zh="分头后查询（键、值同）的形状",
    final=True,
)
def split_heads(B: int, h: int, L: int, head_width: int) -> Shape:
    """Shape of the queries (keys, values) once they are cut into heads."""
    return Shape((B, h, L, head_width))


@shapes.step(
    r"$B \times $h \times $L \times $L", symbol=r"\operatorname{shape}(S)", zh="得分（权重同）的形状", final=True
)
def scores(B: int, h: int, L: int) -> Shape:
    """Shape of the scores (and weights)."""
    return Shape((B, h, L, L))


@shapes.misconception("attention/features-for-tokens", replaces="scores")
def _(B: int, h: int, head_width: int) -> Shape:
    return Shape((B, h, head_width, head_width))


@shapes.misconception("attention/heads-not-moved", replaces="scores")
def _(B: int, L: int, h: int) -> Shape:
    return Shape((B, L, h, h))


@shapes.misconception("attention/queries-not-multiplied", replaces="scores")
def _(split_heads: Shape) -> Shape:
    return split_heads


@shapes.misconception("attention/one-score-matrix", replaces="scores")
def _(B: int, L: int) -> Shape:
    return Shape((B, L, L))


@shapes.misconception("attention/batch-mixed", replaces="scores")
def _(B: int, h: int, L: int) -> Shape:
    return Shape((h, B * L, B * L))


@shapes.step(r"$B \cdot $h \cdot $L^2", symbol="n", zh="注意力权重的个数", final=True)
def weight_count(B: int, h: int, L: int) -> int:
    """Number of attention weights."""
    return B * h * L * L


@shapes.misconception("attention/one-score-matrix", replaces="weight_count")
def _(B: int, L: int) -> int:
    return B * L * L


@shapes.step(
    r"$B \times $h \times $L \times $head_width",
    symbol=r"\operatorname{shape}(\mathrm{head})",
    zh="各个头输出的形状",
    final=True,
)
def head_outputs(B: int, h: int, L: int, head_width: int) -> Shape:
    """Shape of the heads' outputs."""
    return Shape((B, h, L, head_width))


@shapes.step(
    r"$B \times $L \times $h \cdot $head_width", symbol=r"\operatorname{shape}(C)", zh="拼接后的形状", final=True
)
def concatenated(B: int, L: int, h: int, head_width: int) -> Shape:
    """Shape of the joined heads."""
    return Shape((B, L, h * head_width))


@shapes.misconception("attention/heads-averaged", replaces="concatenated")
def _(B: int, L: int, head_width: int) -> Shape:
    return Shape((B, L, head_width))


@shapes.misconception("attention/heads-in-a-row", replaces="concatenated")
def _(B: int, L: int, h: int, head_width: int) -> Shape:
    return Shape((B, h * L, head_width))


@shapes.step(r"$B \times $L \times $d", symbol=r"\operatorname{shape}(O)", zh="输出的形状")
def output(B: int, L: int, d: int) -> Shape:
    """Shape of the output."""
    return Shape((B, L, d))


@shapes.oracle
def _(B: int, L: int, d: int, h: int) -> dict[str, Any]:
    import torch

    x = torch.empty(B, L, d, device="meta")
    projected = torch.nn.Linear(d, d, device="meta")(x)
    split = projected.unflatten(-1, (h, -1)).transpose(1, 2)
    heads = torch.nn.functional.scaled_dot_product_attention(split, split, split)
    layer = torch.nn.MultiheadAttention(d, h, batch_first=True, device="meta")
    output, weights = layer(x, x, x, average_attn_weights=False)
    return {
        "head_width": layer.head_dim,
        "projected": list(projected.shape),
        "split_heads": list(split.shape),
        "scores": list(weights.shape),
        "head_outputs": list(heads.shape),
        "concatenated": list(heads.transpose(1, 2).flatten(2).shape),
        "output": list(output.shape),
        "weight_count": weights.numel(),
    }


# ------------------------------------------------------------------------------------------------------------ cost

cost = Derivation(
    "attention.cost",
    "Multiplications in multi-head self-attention",
    "多头自注意力的乘法次数",
    B=BATCH,
    L=LENGTH,
    d=MODEL,
    h=HEADS,
)
_add_head_width(cost)


@cost.step(r"4 \cdot $B \cdot $L \cdot $d^2", symbol=r"N_{\mathrm{proj}}", zh="四个投影（Q、K、V、输出）的乘法次数")
def projections(B: int, L: int, d: int) -> int:
    """Multiplications of the four projections: queries, keys, values, output."""
    return 4 * B * L * d * d


@cost.misconception("attention/output-projection-uncounted", replaces="projections")
def _(B: int, L: int, d: int) -> int:
    return 3 * B * L * d * d


@cost.misconception("attention/one-projection", replaces="projections")
def _(B: int, L: int, d: int) -> int:
    return B * L * d * d


def _pairs(B: int, L: int, h: int, head_width: int) -> int:
    return B * h * L * L * head_width


@cost.step(r"$B \cdot $h \cdot $L^2 \cdot $head_width", symbol="N_S", zh="得分的乘法次数")
def scores_cost(B: int, h: int, L: int, head_width: int) -> int:
    """Multiplications of the scores."""
    return _pairs(B, L, h, head_width)


@cost.step(r"$B \cdot $h \cdot $L^2 \cdot $head_width", symbol="N_O", zh="加权求和的乘法次数")
def weighted_sums(B: int, h: int, L: int, head_width: int) -> int:
    """Multiplications of the weighted sums of values."""
    return _pairs(B, L, h, head_width)


@cost.misconception("attention/linear-in-length", replaces="scores_cost")
def _(B: int, L: int, h: int, head_width: int) -> int:
    return B * h * L * head_width


@cost.misconception("attention/linear-in-length", replaces="weighted_sums")
def _(B: int, L: int, h: int, head_width: int) -> int:
    return B * h * L * head_width


cost.misconception("attention/one-head-counted", replaces="scores_cost")(
    lambda B, L, head_width: _pairs(B, L, 1, head_width)
)
cost.misconception("attention/one-head-counted", replaces="weighted_sums")(
    lambda B, L, head_width: _pairs(B, L, 1, head_width)
)


@cost.step("$projections + $scores_cost + $weighted_sums", symbol="N", zh="乘法总次数")
def total(projections: int, scores_cost: int, weighted_sums: int) -> int:
    """Multiplications altogether."""
    return projections + scores_cost + weighted_sums


for _name, _rule in (("projections", projections), ("scores_cost", scores_cost), ("weighted_sums", weighted_sums)):
    cost.convention("convention/additions-counted", replaces=_name)(times(2, _rule))


@cost.misconception("attention/weighted-sum-uncounted", replaces="total")
def _(projections: int, scores_cost: int) -> int:
    return projections + scores_cost


@cost.oracle
def _(B: int, L: int, d: int, h: int) -> dict[str, Any]:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    def multiplications(work: Any) -> int:
        with FlopCounterMode(display=False) as counter:
            work()
        return int(counter.get_total_flops()) // 2  # a multiplication and an addition each

    x = torch.empty(B, L, d, device="meta")
    layers = [torch.nn.Linear(d, d, bias=False, device="meta") for _ in range(4)]
    split = x.unflatten(-1, (h, -1)).transpose(1, 2).flatten(0, 1)
    weights = split @ split.mT
    found = {
        "projections": multiplications(lambda: [layer(x) for layer in layers]),
        "scores_cost": multiplications(lambda: split @ split.mT),
        "weighted_sums": multiplications(lambda: weights @ split),
    }
    return {"head_width": split.shape[-1], **found, "total": sum(found.values())}


# ---------------------------------------------------------------------------------------------------- score spread

score_spread = Derivation(
    "attention.score_spread",
    "Variance of a score when all components are independent with mean zero",
    "各分量独立且均值为零时得分的方差",
    d_k=integer("d_k", "width of a key", "键的维数", least=1),
    var_q=number(r"\sigma_q^2", "variance of a query's components", "查询各分量的方差", default=1, least=0),
    var_k=number(r"\sigma_k^2", "variance of a key's components", "键各分量的方差", default=1, least=0),
)


@score_spread.step(r"$var_q \cdot $var_k", symbol=r"\operatorname{Var}(q_j k_j)", zh="单个乘积的方差")
def product_variance(var_q: Number, var_k: Number) -> Number:
    """Variance of one product of components."""
    return var_q * var_k


@score_spread.step(r"$d_k \cdot $product_variance", symbol=r"\operatorname{Var}(s)", zh="缩放前得分的方差")
def variance(d_k: int, product_variance: Number) -> Number:
    """Variance of a score before scaling."""
    return d_k * product_variance


@score_spread.step(r"\sqrt{$variance}", symbol=r"\operatorname{sd}(s)", zh="缩放前得分的标准差", final=True)
def deviation(variance: Number) -> Number:
    """Standard deviation of a score before scaling."""
    return functions.sqrt(variance)


@score_spread.step(r"\frac{$variance}{$d_k}", symbol=r"\operatorname{Var}(\tilde s)", zh="除以根号 d_k 后得分的方差")
def scaled_variance(variance: Number, d_k: int) -> Number:
    """Variance of a score divided by the root of the width."""
    return divided(variance, d_k)


@score_spread.misconception("attention/variances-not-summed", replaces="variance")
def _(product_variance: Number) -> Number:
    return product_variance


@score_spread.misconception("attention/variances-added", replaces="product_variance")
def _(var_q: Number, var_k: Number) -> Number:
    return var_q + var_k


@score_spread.misconception("attention/variance-for-deviation", replaces="deviation")
def _(variance: Number) -> Number:
    return variance


@score_spread.misconception("attention/variance-divided-by-root", replaces="scaled_variance")
def _(variance: Number, d_k: int) -> Number:
    return functions.sqrt(variance * variance / d_k) if variance * variance % d_k == 0 else float(variance) / d_k**0.5


@score_spread.oracle
def _(d_k: int, var_q: Number, var_k: Number) -> dict[str, Any]:
    """Components of plus or minus one deviation are enough: a score's moment generating function is then a power of cosh."""
    import torch

    def second_moment(generating: Any) -> Any:
        start = torch.zeros((), dtype=torch.float64)
        return torch.func.grad(torch.func.grad(generating))(start)

    step = math.sqrt(var_q * var_k)
    spread = second_moment(lambda t: torch.cosh(step * t) ** d_k)
    return {
        "product_variance": second_moment(lambda t: torch.cosh(step * t)),
        "variance": spread,
        "deviation": spread.sqrt(),
        "scaled_variance": second_moment(lambda t: torch.cosh(step * t * d_k**-0.5) ** d_k),
    }
