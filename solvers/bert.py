"""BERT (Devlin et al., 2019): how many tokens its training masks, the input vectors, the head for the next sentence.

How many parameters it has is in `solvers.parameters.bert`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers import functions
from solvers.derivation import Derivation
from solvers.givens import Given, integer, matrix, number, vector
from solvers.normalisation.shared import sample_variance
from solvers.oracles import torch_tensor
from solvers.rules import in_bits, times, to_base_ten, turning
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector

__all__ = ["input_vector", "masking", "next_sentence"]


def _share(symbol: str, en: str, zh: str, default: str) -> Given:
    return number(symbol, en, zh, default=Fraction(default), least=0, most=1)


# ---------------------------------------------------------------------------------------------------------------- masking

masking = Derivation(
    "bert.masking",
    "Expected numbers of tokens that masked language modelling picks, masks, swaps and leaves",
    "掩码语言模型选中、遮盖、替换和保留的词元数（期望）",
    n=integer("n", "tokens", "词元数", least=1),
    r=_share("r", "share of the tokens that is picked", "选中的比例", "0.15"),
    mask=_share("a", "share of those that becomes [MASK]", "其中换成 [MASK] 的比例", "0.8"),
    swap=_share("b", "share of those that becomes a random token", "其中换成随机词元的比例", "0.1"),
)


@masking.step("$r $n", symbol="N", zh="选中的词元数：模型要预测的", name="picked")
def _(r: Number, n: int) -> Number:
    """Tokens picked: those the model has to predict."""
    return r * n


@masking.step("$mask $picked", symbol="N_a", zh="换成 [MASK] 的词元数", name="masked", final=True)
def _(mask: Number, picked: Number) -> Number:
    """Tokens that become [MASK]."""
    return mask * picked


@masking.step("$swap $picked", symbol="N_b", zh="换成随机词元的词元数", name="swapped", final=True)
def _(swap: Number, picked: Number) -> Number:
    """Tokens that become a random one."""
    return swap * picked


@masking.step("(1 - $mask - $swap) $picked", symbol="N_c", zh="选中但保持不变的词元数", name="kept")
def _(mask: Number, swap: Number, picked: Number) -> Number:
    """Tokens that are picked and stay as they are."""
    if mask + swap > 1:
        raise Undefined("the shares add up to more than 1", "各比例之和超过 1")
    return (1 - mask - swap) * picked


@masking.misconception("bert/share-of-the-rest", replaces="swapped")
def _(swap: Number, mask: Number, picked: Number) -> Number:
    return swap * (1 - mask) * picked


@masking.misconception("bert/share-of-all-tokens", replaces="masked")
def _(mask: Number, n: int) -> Number:
    return mask * n


@masking.misconception("bert/share-of-all-tokens", replaces="swapped")
def _(swap: Number, n: int) -> Number:
    return swap * n


@masking.misconception("bert/share-of-the-masked", replaces="swapped")
def _(swap: Number, mask: Number, picked: Number) -> Number:
    return swap * mask * picked


@masking.misconception("bert/kept-of-all-tokens", replaces="kept")
def _(mask: Number, swap: Number, n: int) -> Number:
    return (1 - mask - swap) * n


@masking.misconception("bert/share-taken-twice", replaces="masked")
def _(mask: Number, picked: Number) -> Number:
    return mask * mask * picked


@masking.misconception("bert/share-taken-twice", replaces="swapped")
def _(swap: Number, picked: Number) -> Number:
    return swap * swap * picked


@masking.misconception("bert/swapped-counted-as-masked", replaces="masked")
def _(mask: Number, swap: Number, picked: Number) -> Number:
    return (mask + swap) * picked


@masking.misconception("bert/all-picked-masked", replaces="masked")
def _(picked: Number) -> Number:
    return picked


@masking.misconception("bert/kept-counts-unpicked", replaces="kept")
def _(mask: Number, swap: Number, picked: Number, n: int) -> Number:
    return n - (mask + swap) * picked


@masking.misconception("bert/unpicked-kept", replaces="kept")
def _(picked: Number, n: int) -> Number:
    return n - picked


@masking.misconception("bert/unpicked-predicted", replaces="picked")
def _(r: Number, n: int) -> Number:
    return (1 - r) * n


@masking.oracle(engine="sympy")  # type: ignore[untyped-decorator]
def _(n: int, r: Number, mask: Number, swap: Number) -> dict[str, Any]:
    import sympy

    k = sympy.Symbol("k", integer=True)
    chances = {"picked": r, "masked": r * mask, "swapped": r * swap, "kept": r * (1 - mask - swap)}
    # The mean of a binomial distribution from its generating function: its slope at 1.
    return {
        name: sympy.diff((1 + sympy.Rational(chance) * (k - 1)) ** n, k).subs(k, 1) for name, chance in chances.items()
    }


# ----------------------------------------------------------------------------------------------------------- input vector

input_vector = Derivation(
    "bert.input_vector",
    "Input vector of a token: token, segment and position embeddings, normalised",
    "一个词元的输入向量：词元、句段与位置嵌入之和，再做层归一化",
    T=matrix(
        "T",
        "token embeddings, one row for each token of the vocabulary",
        "词元嵌入（每行对应词表中的一个词元）",
        axes=("vocabulary", "width"),
    ),
    S=matrix(
        "S", "segment embeddings, one row for each segment", "句段嵌入（每行对应一个句段）", axes=("segments", "width")
    ),
    P=matrix(
        "P",
        "position embeddings, one row for each position",
        "位置嵌入（每行对应一个位置）",
        axes=("positions", "width"),
    ),
    token=integer("t", "number of the token, from 0", "词元编号（从 0 起）", least=0),
    segment=integer("s", "number of the segment, from 0", "句段编号（从 0 起）", default=0, least=0),
    position=integer("i", "position, from 0", "位置（从 0 起）", default=0, least=0),
    eps=number(r"\epsilon", "number added to the variance", "方差上所加的小数", default=0, least=0),
)


def _row(table: Matrix, row: int) -> Vector:
    if not 0 <= row < len(table):
        raise Undefined("the table has no such row", "表中没有这一行")
    found: Vector = table[row]
    return found


@input_vector.step(
    "T_t + S_s + P_i",
    symbol="x",
    zh="三个嵌入之和",
    name="embedding",
    inputs={"t": "token", "s": "segment", "i": "position"},
)
def _(T: Matrix, S: Matrix, P: Matrix, t: int, s: int, i: int) -> Vector:
    """Sum of the three embeddings."""
    return _row(T, t) + _row(S, s) + _row(P, i)


@input_vector.step(r"\operatorname{mean}\left($x\right)", symbol=r"\mu", zh="各分量的均值", name="mean", x="embedding")
def _(x: Vector) -> Number:
    """Mean over the components."""
    found: Number = x.sum() / Fraction(len(x))
    return found


@input_vector.step(
    r"\operatorname{mean}\left(($x - $mean)^2\right)",
    symbol=r"\sigma^2",
    zh="各分量的方差（总体）",
    name="variance",
    x="embedding",
)
def _(x: Vector, mean: Number) -> Number:
    """Variance over the components (population)."""
    found: Number = ((x - mean) * (x - mean)).sum() / Fraction(len(x))
    return found


@input_vector.step(
    r"\frac{$x - $mean}{\sqrt{$variance + $eps}}", symbol="y", zh="归一化后的输入向量", name="normalised", x="embedding"
)
def _(x: Vector, mean: Number, variance: Number, eps: Number) -> Vector:
    """Input vector after layer normalisation (gain 1, shift 0)."""
    if variance + eps == 0:
        raise Undefined("all components are equal", "各分量相等")
    return (x - mean) / functions.sqrt(variance + eps)


@input_vector.convention("convention/sample-variance", replaces="variance", x="embedding")
def _(x: Vector, mean: Number) -> Number:
    return sample_variance(x, mean)


@input_vector.convention("convention/counted-from-one", replaces="embedding")
def _(*, T: Matrix, S: Matrix, P: Matrix, token: int, segment: int, position: int) -> Vector:
    return _row(T, token - 1) + _row(S, segment - 1) + _row(P, position - 1)


@input_vector.misconception("bert/segment-left-out", replaces="embedding")
def _(T: Matrix, P: Matrix, token: int, position: int) -> Vector:
    return _row(T, token) + _row(P, position)


@input_vector.misconception("bert/position-left-out", replaces="embedding")
def _(T: Matrix, S: Matrix, token: int, segment: int) -> Vector:
    return _row(T, token) + _row(S, segment)


@input_vector.misconception("bert/not-centred", replaces="normalised")
def _(embedding: Vector, variance: Number, eps: Number) -> Vector:
    return embedding / functions.sqrt(variance + eps)


@input_vector.misconception("bert/divided-by-variance", replaces="normalised")
def _(embedding: Vector, mean: Number, variance: Number, eps: Number) -> Vector:
    return (embedding - mean) / (variance + eps)


@input_vector.oracle
def _(*, T: Matrix, S: Matrix, P: Matrix, token: int, segment: int, position: int, eps: Number) -> dict[str, Any]:
    import torch

    embed = torch.nn.functional.embedding
    rows = [embed(torch.tensor(row), torch_tensor(table)) for row, table in ((token, T), (segment, S), (position, P))]
    total = torch.stack(rows).sum(0)
    return {
        "embedding": total.tolist(),
        "mean": total.mean().item(),
        "variance": total.var(correction=0).item(),
        "normalised": torch.nn.functional.layer_norm(total, total.shape, eps=float(eps)).tolist(),
    }


# ---------------------------------------------------------------------------------------------------------- next sentence

next_sentence = Derivation(
    "bert.next_sentence",
    "Probability that the second sentence follows the first, from the vector of [CLS], and the loss",
    "由 [CLS] 的向量求第二句紧接第一句的概率与损失",
    h=vector("h", "pooled vector of [CLS]", "[CLS] 的池化向量", axes=("width",)),
    W=matrix(
        "W",
        "weights of the head: row 0 for 'follows', row 1 for 'does not'",
        "分类头的权重：第 0 行为“是下一句”，第 1 行为“不是”",
        axes=("classes", "width"),
    ),
    b=vector("b", "biases of the head", "分类头的偏置", default=0, axes=("classes",)),
    y=integer("y", "right class: 0 follows, 1 does not", "正确类别：0 为是下一句，1 为不是", default=0, least=0),
)


@next_sentence.step("$W $h + $b", symbol="s", zh="两类的得分", name="scores")
def scores(W: Matrix, h: Vector, b: Vector) -> Vector:
    """Scores of the two classes."""
    return W @ h + b


next_sentence.convention("convention/row-vectors", replaces="scores")(turning(scores, "W"))


@next_sentence.step(r"\operatorname{softmax}($scores)", symbol="p", zh="两类的概率", name="probabilities")
def _(scores: Vector) -> Vector:
    """Probabilities of the two classes."""
    return functions.softmax(scores)


@next_sentence.step(r"-\ln p_y", symbol="L", zh="交叉熵损失", name="loss")
def loss(probabilities: Vector, y: int) -> Number:
    """Cross-entropy loss."""
    return -functions.log(probabilities[y])


next_sentence.convention("convention/base-two-logarithm", replaces="loss")(in_bits(loss))
next_sentence.misconception("loss/logarithm-to-base-ten", replaces="loss")(to_base_ten(loss))
next_sentence.misconception("loss/minus-forgotten", replaces="loss")(times(-1, loss))
next_sentence.misconception("loss/probability-for-loss", replaces="loss")(lambda probabilities, y: 1 - probabilities[y])
next_sentence.misconception("loss/probability-as-loss", replaces="loss")(lambda probabilities, y: probabilities[y])


@next_sentence.misconception("bert/sigmoid-for-softmax", replaces="probabilities")
def _(scores: Vector) -> Vector:
    return functions.sigmoid(scores)


@next_sentence.misconception("bert/head-bias-forgotten", replaces="scores")
def _(W: Matrix, h: Vector) -> Vector:
    return W @ h


@next_sentence.misconception("bert/other-class", replaces="loss")
def _(probabilities: Vector, y: int) -> Number:
    return -functions.log(probabilities[1 - y])


@next_sentence.oracle
def _(h: Vector, W: Matrix, b: Vector, y: int) -> dict[str, Any]:
    import torch

    scores = torch.nn.functional.linear(torch_tensor(h), torch_tensor(W), torch_tensor(b))
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
    return {"scores": scores.tolist(), "probabilities": scores.softmax(0).tolist(), "loss": loss.item()}
