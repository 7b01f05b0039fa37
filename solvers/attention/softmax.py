"""From scores to a choice: softmax with temperature, the weight of one key against another, hard attention."""

from __future__ import annotations

import math
from typing import Any

from solvers import functions
from solvers.attention.steps import KEYS, VALUES, divided, over_root, shares, weights_along
from solvers.derivation import Derivation
from solvers.givens import integer, number, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector, each, elements

SCORES = vector("z", "scores", "得分", axes=("keys",))
WIDTH = integer("d_k", "width of a key", "键的维数", default=1, least=1)


def _finite(powers: Value) -> Value:
    """The exponentials, unless one is beyond a double."""
    if any(isinstance(power, float) and math.isinf(power) for power in elements(powers)):
        raise Undefined(
            "an exponential is too large for a double: subtract the largest score first",
            "指数过大，超出双精度范围：请先减去最大的得分",
        )
    return powers


# --------------------------------------------------------------------------------------------------------- softmax

softmax = Derivation(
    "attention.softmax",
    "Softmax of scores, with a temperature",
    "带温度的 softmax",
    z=SCORES,
    T=number("T", "temperature", "温度", default=1),
)


@softmax.step(r"\frac{$z}{$T}", symbol=r"\tilde z", zh="除以温度后的得分")
def scaled_scores(z: Vector, T: Number) -> Value:
    """Scores divided by the temperature."""
    if T <= 0:
        raise Undefined("the temperature must be above 0", "温度必须大于 0")
    return each(lambda score: divided(score, T), z)


@softmax.step("e^{$scaled_scores}", symbol="p", zh="指数")
def powers(scaled_scores: Vector) -> Value:
    """Exponentials of the scores."""
    return _finite(functions.exp(scaled_scores))


@softmax.step(r"\operatorname{sum}\left($powers\right)", symbol="Z", zh="指数之和")
def total(powers: Vector) -> Number:
    """Sum of the exponentials."""
    return sum(powers)


@softmax.step(r"\frac{$powers}{$total}", symbol=r"\alpha", zh="权重：各指数除以总和")
def weights(powers: Vector, total: Number) -> Value:
    """Weights: each exponential divided by the sum."""
    return each(lambda power: divided(power, total), powers)


@softmax.misconception("attention/temperature-ignored", replaces="scaled_scores")
def _(z: Vector) -> Vector:
    return z


@softmax.misconception("attention/temperature-multiplied", replaces="scaled_scores")
def _(z: Vector, T: Number) -> Vector:
    return z * T


@softmax.misconception("attention/temperature-after-softmax", replaces="weights")
def _(z: Vector, T: Number) -> Value:
    return each(lambda weight: divided(weight, T), weights_along(z))


@softmax.misconception("attention/divided-by-sum", replaces="weights")
def _(scaled_scores: Vector) -> Vector:
    return shares(scaled_scores)


@softmax.misconception("attention/not-normalised", replaces="weights")
def _(powers: Vector) -> Vector:
    return powers


@softmax.misconception("activation/powers-over-scores", replaces="weights")
def _(powers: Vector, scaled_scores: Vector) -> Value:
    return each(lambda power: divided(power, sum(scaled_scores)), powers)


@softmax.misconception("attention/divided-by-largest", replaces="weights")
def _(powers: Vector) -> Value:
    largest = max(powers, key=float)
    return each(lambda power: divided(power, largest), powers)


@softmax.oracle
def _(z: Vector, T: Number) -> dict[str, Any]:
    scores = torch_tensor(z) / float(T)
    return {
        "scaled_scores": scores,
        "powers": scores.exp(),
        "total": scores.logsumexp(0).exp(),
        "weights": scores.softmax(0),
    }


stable_softmax = Derivation(
    "attention.stable_softmax",
    "Softmax with the largest score subtracted first",
    "先减去最大得分的 softmax（数值稳定）",
    z=SCORES,
)


@stable_softmax.step(r"\max\left($z\right)", symbol="m", zh="最大的得分")
def largest(z: Vector) -> Number:
    """Largest score."""
    return max(z)


@stable_softmax.step("$z - $largest", symbol=r"\tilde z", zh="减去最大得分")
def shifted_scores(z: Vector, largest: Number) -> Vector:
    """Scores with the largest subtracted."""
    return z - largest


stable_softmax.step("e^{$scaled_scores}", symbol="p", zh="指数", name="powers", scaled_scores="shifted_scores")(powers)
stable_softmax.step(r"\operatorname{sum}\left($powers\right)", symbol="Z", zh="指数之和", name="total")(total)
stable_softmax.step(r"\frac{$powers}{$total}", symbol=r"\alpha", zh="权重：各指数除以总和", name="weights")(weights)


@stable_softmax.misconception("attention/divided-by-largest", replaces="weights")
def _(powers: Vector) -> Vector:
    return powers


@stable_softmax.oracle
def _(z: Vector) -> dict[str, Any]:
    scores = torch_tensor(z)
    shifted = scores - scores.max()
    return {
        "largest": scores.max(),
        "shifted_scores": shifted,
        "powers": shifted.exp(),
        "total": shifted.logsumexp(0).exp(),
        "weights": scores.softmax(0),
    }


# ---------------------------------------------------------------------------------------------- one key against others

pair_weight = Derivation(
    "attention.pair_weight",
    "Weight of the first of two keys, from their scores",
    "两个键中第一个键的权重",
    a=number("a", "score of the first key", "第一个键的得分"),
    b=number("b", "score of the second key", "第二个键的得分"),
    d=integer("d", "width of a key", "键的维数", default=1, least=1),
)


@pair_weight.step(r"\frac{$a - $b}{\sqrt{$d}}", symbol=r"\Delta", zh="缩放后的得分差")
def difference(a: Number, b: Number, d: int) -> Number:
    """Difference of the scaled scores."""
    return over_root(a - b, d)


@pair_weight.step(r"\frac{1}{1 + e^{-$difference}}", symbol=r"\alpha_1", zh="第一个键的权重", name="weight")
def _pair_weight(difference: Number) -> Number:
    """Weight of the first key."""
    return functions.sigmoid(difference)


@pair_weight.misconception("attention/no-scaling", replaces="difference")
def _(a: Number, b: Number) -> Number:
    return a - b


@pair_weight.misconception("attention/scaled-by-width", replaces="difference")
def _(a: Number, b: Number, d: int) -> Number:
    return divided(a - b, d)


@pair_weight.misconception("attention/weight-of-the-other", replaces="weight")
def _(difference: Number) -> Number:
    return functions.sigmoid(-difference)


@pair_weight.misconception("attention/divided-by-sum", replaces="weight")
def _(a: Number, b: Number) -> Number:
    return divided(a, a + b)


@pair_weight.oracle
def _(a: Number, b: Number, d: int) -> dict[str, Any]:
    import torch

    scores = torch.tensor([float(a), float(b)], dtype=torch.float64) * d**-0.5
    return {"difference": scores[0] - scores[1], "weight": scores.softmax(0)[0]}


score_difference = Derivation(
    "attention.score_difference",
    "How far one key's score must lie above the others' for a wanted weight",
    "要使某个键达到给定权重，其得分须比其余键高出多少",
    w=number("w", "wanted weight", "期望的权重"),
    n=integer("n", "other keys, all with one score", "其余键的个数（得分都相同）", default=1, least=1),
    d_k=WIDTH,
)


@score_difference.step(r"\frac{$n \cdot $w}{1 - $w}", symbol="r", zh="指数之比")
def ratio(w: Number, n: int) -> Number:
    """Ratio of this key's exponential to another's."""
    if not 0 < w < 1:
        raise Undefined("a weight of softmax lies between 0 and 1", "softmax 的权重介于 0 与 1 之间")
    return divided(n * w, 1 - w)


@score_difference.step(r"\ln $ratio", symbol=r"\tilde\Delta", zh="缩放后的得分差")
def scaled_difference(ratio: Number) -> Number:
    """Difference of the scaled scores."""
    return functions.log(ratio)


@score_difference.step(
    r"\sqrt{$d_k} \cdot $scaled_difference", symbol=r"\Delta", zh="缩放前的得分差", name="difference"
)
def _raw_difference(scaled_difference: Number, d_k: int) -> Number:
    """Difference of the scores before scaling."""
    return over_root(scaled_difference * d_k, d_k)


@score_difference.misconception("attention/log-of-weight", replaces="ratio")
def _(w: Number) -> Number:
    return w


@score_difference.misconception("attention/other-keys-forgotten", replaces="ratio")
def _(w: Number) -> Number:
    return divided(w, 1 - w)


@score_difference.misconception("attention/odds-inverted", replaces="ratio")
def _(w: Number, n: int) -> Number:
    return divided(1 - w, n * w)


@score_difference.misconception("attention/log-base-ten", replaces="scaled_difference")
def _(ratio: Number) -> Number:
    return divided(functions.log(ratio), functions.log(10))


@score_difference.misconception("attention/difference-not-unscaled", replaces="difference")
def _(scaled_difference: Number) -> Number:
    return scaled_difference


@score_difference.misconception("attention/scaled-twice", replaces="difference")
def _(scaled_difference: Number, d_k: int) -> Number:
    return over_root(scaled_difference, d_k)


@score_difference.oracle
def _(w: Number, n: int, d_k: int) -> dict[str, Any]:
    import torch

    scaled = torch.tensor(float(w), dtype=torch.float64).logit() + math.log(n)
    return {"ratio": scaled.exp(), "scaled_difference": scaled, "difference": scaled * d_k**0.5}


# --------------------------------------------------------------------------------------------------- hard attention

hard = Derivation(
    "attention.hard",
    "Hard attention: the value of the key with the highest score",
    "硬注意力：取得分最高的键所对应的值",
    q=vector("q", "query", "查询向量", axes=("d_k",)),
    K=KEYS,
    V=VALUES,
)


@hard.step("$K $q", symbol="s", zh="得分：查询与每个键的点积")
def scores(K: Matrix, q: Vector) -> Vector:
    """Scores: the query times every key."""
    return K @ q


@hard.step(r"\operatorname{argmax}\left($scores\right)", symbol="i^*", zh="得分最高的键（从 1 数起）")
def chosen(scores: Vector) -> int:
    """Key with the highest score, counted from 1."""
    order = sorted(range(len(scores)), key=lambda i: scores[i], reverse=True)
    if len(order) > 1 and scores[order[0]] == scores[order[1]]:
        raise Undefined("two keys share the highest score", "有两个键同为最高得分")
    return order[0] + 1


@hard.step("V_{$chosen}", symbol="c", zh="输出：所选的值")
def context(V: Matrix, chosen: Number) -> Vector:
    """Output: the chosen value."""
    if not isinstance(chosen, int) or not 1 <= chosen <= len(V):
        raise Undefined("there is no such key", "没有这个键")
    return V[chosen - 1]


@hard.convention("convention/counted-from-zero", replaces="chosen")
def _(scores: Vector) -> int:
    return chosen(scores) - 1


@hard.convention("convention/counted-from-zero", replaces="context")
def _(V: Matrix, chosen: int) -> Vector:
    return V[chosen]


@hard.misconception("attention/lowest-score", replaces="chosen")
def _(scores: Vector) -> int:
    return min(range(len(scores)), key=lambda i: scores[i]) + 1


@hard.misconception("attention/keys-for-values", replaces="context")
def _(K: Matrix, chosen: int) -> Vector:
    return K[chosen - 1]


@hard.misconception("attention/soft-for-hard", replaces="context")
def _(scores: Vector, V: Matrix) -> Vector:
    return V.T @ weights_along(scores)


@hard.oracle
def _(q: Vector, K: Matrix, V: Matrix) -> dict[str, Any]:
    import torch

    found = torch.mv(torch_tensor(K), torch_tensor(q))
    best = found.argmax()
    return {
        "scores": found,
        "chosen": int(best) + 1,
        "context": torch.nn.functional.one_hot(best, len(found)).double() @ torch_tensor(V),
    }
