"""The steps that all kinds of dot-product attention share, each written once and added to a derivation.

One row stands for one token unless a function says otherwise: the scores are then QK^T and softmax runs along the rows. The
notation is that of Vaswani et al., "Attention Is All You Need" (2017), section 3.2.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from solvers import functions
from solvers.derivation import Derivation
from solvers.givens import Given, matrix
from solvers.rules import turning
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Tensor, Value, Vector, each, is_symbolic

# ------------------------------------------------------------------------------------------------------ arithmetic


def divided(number: Number, divisor: Number) -> Number:
    """The quotient, a fraction where both numbers are exact."""
    if isinstance(number, int) and isinstance(divisor, (int, Fraction)):
        number = Fraction(number)
    return number / divisor


def over_root(number: Number, width: int) -> Number:
    """The number divided by the square root of `width`, exact where that is."""
    if is_symbolic(number):
        import sympy

        return number / sympy.sqrt(width)
    return 0 if number == 0 else divided(number, functions.sqrt(width))


def scaled(scores: Value, width: int) -> Value:
    """Every score divided by the square root of `width`."""
    return each(lambda score: over_root(score, width), scores)


def hidden(score: Number) -> bool:
    """Whether a score is minus infinity: its key cannot be seen."""
    return isinstance(score, float) and score == -math.inf


def weights_along(scores: Tensor, axis: int = -1, *, nothing_visible: bool = False) -> Tensor:
    """Softmax along one axis; hidden keys weigh exactly 0.

    Raises Undefined for a query that sees no key, unless `nothing_visible` allows it: then all its weights are 0.
    """
    if scores.ndim == 1:
        return _weights(scores, nothing_visible)
    if axis == 0:
        return weights_along(scores.T, nothing_visible=nothing_visible).T
    return np.array([_weights(line, nothing_visible) for line in scores], dtype=object)


def _weights(scores: Vector, nothing_visible: bool) -> Vector:
    visible = [not hidden(score) for score in scores]
    if all(visible):
        return functions.softmax(scores)
    if not any(visible) and not nothing_visible:
        raise Undefined("a query sees no key: all its scores are masked", "某个查询看不到任何键：其得分全部被掩码")
    weights = np.zeros(scores.shape, dtype=object)
    if any(visible):
        weights[visible] = functions.softmax(scores[visible])
    return weights


def shown(scores: Tensor) -> Tensor:
    """The scores as someone counts them who takes a hidden key's for 0."""
    return np.asarray(each(lambda score: 0 if hidden(score) else score, scores), dtype=object)


def shares(parts: Tensor, axis: int = -1) -> Tensor:
    """Every number divided by the sum along one axis. Raises Undefined where that sum is 0."""
    totals = np.sum(parts, axis=axis, keepdims=True)
    if any(total == 0 for total in np.asarray(totals).flat):
        raise Undefined("the numbers add up to 0", "各数之和为 0")
    quotients = np.empty(parts.shape, dtype=object)
    for index, part in np.ndenumerate(parts):
        quotients[index] = divided(part, np.broadcast_to(totals, parts.shape)[index])
    return quotients


# ---------------------------------------------------------------------------------------------------------- givens


def in_rows(given: Given) -> Given:
    """The given, its single vectors shown as rows."""
    return replace(given, row=True)


QUERIES = in_rows(matrix("Q", "queries, one row per token", "查询，每行一个词元", axes=("queries", "d_k")))
KEYS = in_rows(matrix("K", "keys, one row per token", "键，每行一个词元", axes=("keys", "d_k")))
VALUES = in_rows(matrix("V", "values, one row per token", "值，每行一个词元", axes=("keys", "d_v")))
QUERY_WEIGHTS = matrix("W_Q", "query weights", "查询权重矩阵", axes=("d", "d_k"))
KEY_WEIGHTS = matrix("W_K", "key weights", "键权重矩阵", axes=("d", "d_k"))
VALUE_WEIGHTS = matrix("W_V", "value weights", "值权重矩阵", axes=("d", "d_v"))
TOKENS = in_rows(matrix("X", "inputs, one row per token", "输入，每行一个词元", axes=("tokens", "d")))


# ----------------------------------------------------------------------------------------------------------- steps


class Head:
    """Which head a step belongs to: its part of names, symbols and labels; nothing for the only head."""

    def __init__(self, number: int | None = None) -> None:
        self.number = number

    def name(self, step: str) -> str:
        """The step's name for this head: `weights_2`."""
        return step if self.number is None else f"{step}_{self.number}"

    def symbol(self, symbol: str) -> str:
        """The quantity's symbol for this head."""
        return symbol if self.number is None else f"{symbol}_{{{self.number}}}"

    def en(self, label: str) -> str:
        """The step's name in English words."""
        return label if self.number is None else f"Head {self.number}: {label[0].lower()}{label[1:]}"

    def zh(self, label: str) -> str:
        """The step's name in Chinese words."""
        return label if self.number is None else f"第 {self.number} 个头：{label}"


ONLY = Head()


def add_projection(d: Derivation, result: str, weight: str, *, en: str, zh: str, source: str = "X") -> None:
    """The inputs times a weight matrix: `Q = X W_Q`."""

    @d.step("$X $W", symbol=result, name=result, en=en, zh=zh, row=True, X=source, W=weight)
    def projected(X: Matrix, W: Matrix) -> Matrix:
        return X @ W

    d.convention("convention/column-vectors", replaces=result, X=source, W=weight)(turning(projected, "W"))


def add_projections(d: Derivation) -> None:
    """Queries, keys and values from the inputs `X`."""
    add_projection(d, "Q", "W_Q", en="Queries", zh="查询")
    add_projection(d, "K", "W_K", en="Keys", zh="键")
    add_projection(d, "V", "W_V", en="Values", zh="值")


def add_key_width(d: Derivation) -> None:
    """The width of a key, whose root the scores are divided by."""

    @d.step(r"\operatorname{len}\left($K[0]\right)", symbol="d_k", zh="键的维数")
    def key_width(K: Matrix) -> int:
        """Width of a key."""
        return int(K.shape[1])


def add_scores(d: Derivation, head: Head = ONLY) -> None:
    """Every query's dot product with every key: one row per query, one column per key."""
    Q_i, K_i = head.name("Q"), head.name("K")
    step = head.name("scores")

    @d.step(
        r"$Q $K^\top",
        symbol=head.symbol("S"),
        name=step,
        en=head.en("Scores: every query times every key"),
        zh=head.zh("得分：每个查询与每个键的点积"),
        Q=Q_i,
        K=K_i,
    )
    def _(Q: Matrix, K: Matrix) -> Matrix:
        return Q @ K.T

    @d.misconception("attention/queries-keys-swapped", replaces=step, Q=Q_i, K=K_i)
    def _(Q: Matrix, K: Matrix) -> Matrix:
        return K @ Q.T

    @d.misconception("attention/features-for-tokens", replaces=step, Q=Q_i, K=K_i)
    def _(Q: Matrix, K: Matrix) -> Matrix:
        return Q.T @ K


def add_scaling(
    d: Derivation, head: Head = ONLY, *, symbol: str = r"\tilde S", axis: int = -1, width: str = "key_width"
) -> None:
    """The scores divided by the root of the key width; `axis` is that of the keys."""
    of = head.name("scores")
    step = head.name("scaled_scores")

    @d.step(
        r"\frac{$scores}{\sqrt{$key_width}}",
        symbol=head.symbol(symbol),
        name=step,
        en=head.en("Scaled scores"),
        zh=head.zh("缩放后的得分"),
        scores=of,
        key_width=width,
    )
    def _(scores: Value, key_width: int) -> Value:
        return scaled(scores, key_width)

    @d.misconception("attention/no-scaling", replaces=step, scores=of)
    def _(scores: Value) -> Value:
        return scores

    @d.misconception("attention/scaled-by-width", replaces=step, scores=of, key_width=width)
    def _(scores: Value, key_width: int) -> Value:
        return each(lambda score: divided(score, key_width), scores)

    @d.misconception("attention/multiplied-by-root", replaces=step, scores=of, key_width=width)
    def _(scores: Value, key_width: int) -> Value:
        return each(lambda score: over_root(score * key_width, key_width), scores)

    @d.misconception("attention/scaled-by-tokens", replaces=step, scores=of)
    def _(scores: Tensor) -> Value:
        return scaled(scores, scores.shape[axis])


def add_weights(
    d: Derivation, head: Head = ONLY, *, of: str = "scaled_scores", symbol: str = "A", axis: int = -1
) -> None:
    """Softmax over the keys, and what goes wrong with it; `axis` is that of the keys."""
    source = head.name(of)
    step = head.name("weights")

    @d.step(
        r"\operatorname{softmax}\left($scores\right)"
        if axis == -1
        else r"\operatorname{softmax}_{\mathrm{col}}\left($scores\right)",
        symbol=head.symbol(symbol),
        name=step,
        en=head.en("Attention weights: softmax over the keys"),
        zh=head.zh("注意力权重：对各个键做 softmax"),
        scores=source,
    )
    def _(scores: Tensor) -> Tensor:
        return weights_along(scores, axis)

    @d.misconception("attention/raw-scores-as-weights", replaces=step, scores=source)
    def _(scores: Tensor) -> Tensor:
        return shown(scores)

    @d.misconception("attention/divided-by-sum", replaces=step, scores=source)
    def _(scores: Tensor) -> Tensor:
        return shares(shown(scores), axis)

    @d.misconception("attention/not-normalised", replaces=step, scores=source)
    def _(scores: Tensor) -> Value:
        return each(lambda score: 0 if hidden(score) else functions.exp(score), scores)


def add_matrix_softmax_errors(d: Derivation, head: Head = ONLY, *, of: str = "scaled_scores", axis: int = -1) -> None:
    """What can go wrong only where the scores are a matrix: softmax along the other axis, or over all at once."""
    source = head.name(of)
    step = head.name("weights")

    @d.misconception("attention/softmax-wrong-axis", replaces=step, scores=source)
    def _(scores: Matrix) -> Matrix:
        return weights_along(scores, 0 if axis == -1 else -1, nothing_visible=True)

    @d.misconception("attention/softmax-over-all", replaces=step, scores=source)
    def _(scores: Matrix) -> Matrix:
        return weights_along(scores.reshape(-1)).reshape(scores.shape)


def add_late_scaling_error(d: Derivation, head: Head = ONLY, *, axis: int = -1) -> None:
    """The weights divided by the root instead of the scores."""

    @d.misconception("attention/scaled-after-softmax", replaces=head.name("weights"), scores=head.name("scores"))
    def _(scores: Tensor, key_width: int) -> Tensor:
        return np.asarray(scaled(weights_along(scores, axis), key_width), dtype=object)


def add_unasked_scaling_error(d: Derivation) -> None:
    """The scores divided by the root of the key width where nothing says so."""

    @d.misconception("attention/scaled-unasked", replaces="weights")
    def _(scores: Tensor, K: Matrix) -> Tensor:
        return weights_along(np.asarray(scaled(scores, K.shape[1]), dtype=object))


def add_weighted_sum(d: Derivation, head: Head = ONLY, *, name: str = "output", symbol: str = "O") -> None:
    """Every query's weighted sum of the values."""
    weights_i, V_i = head.name("weights"), head.name("V")
    step = head.name(name)

    @d.step(
        "$weights $V",
        symbol=head.symbol(symbol),
        name=step,
        en=head.en("Output: the values' sum, weighted"),
        zh=head.zh("输出：值的加权和"),
        row=True,
        weights=weights_i,
        V=V_i,
    )
    def _(weights: Matrix, V: Matrix) -> Matrix:
        return weights @ V

    @d.misconception("attention/weights-transposed", replaces=step, weights=weights_i, V=V_i)
    def _(weights: Matrix, V: Matrix) -> Matrix:
        return weights.T @ V

    @d.misconception("attention/values-transposed", replaces=step, weights=weights_i, V=V_i)
    def _(weights: Matrix, V: Matrix) -> Matrix:
        return weights @ V.T

    @d.misconception("attention/elementwise-product", replaces=step, weights=weights_i, V=V_i)
    def _(weights: Matrix, V: Matrix) -> Matrix:
        if weights.shape != V.shape:
            raise Undefined("the matrices have different shapes", "两个矩阵形状不同")
        return weights * V


def add_output(d: Derivation, head: Head = ONLY, *, name: str = "output", symbol: str = "O") -> None:
    """The weighted sum of the values, which is sometimes taken over the keys by mistake."""
    add_weighted_sum(d, head, name=name, symbol=symbol)

    @d.misconception(
        "attention/keys-for-values", replaces=head.name(name), weights=head.name("weights"), K=head.name("K")
    )
    def _(weights: Matrix, K: Matrix) -> Matrix:
        return weights @ K


def add_dot_product_attention(d: Derivation) -> None:
    """Scores, scaled scores, weights and output of one head, from steps or givens named Q, K and V."""
    add_key_width(d)
    add_scores(d)
    add_scaling(d)
    add_weights(d)
    add_matrix_softmax_errors(d)
    add_late_scaling_error(d)
    add_output(d)


# --------------------------------------------------------------------------------------------------------- oracles


def torch_attention(Q: Any, K: Any, V: Any, **options: Any) -> dict[str, Any]:
    """Scores, weights and output by PyTorch's own attention; tensors may have a leading axis of heads.

    The weights are what attention makes of an identity matrix as values.
    """
    import torch

    attend = torch.nn.functional.scaled_dot_product_attention
    scores = torch.einsum("...id,...jd->...ij", Q, K)
    one_hot = torch.eye(K.shape[-2], dtype=Q.dtype).expand(*K.shape[:-2], -1, -1)
    # A leading axis of one: without it, PyTorch takes another path that wants equal ranks everywhere.
    batched = [tensor[None] for tensor in (Q, K, one_hot, V)]
    return {
        "scores": scores,
        "scaled_scores": scores * K.shape[-1] ** -0.5,
        "weights": attend(batched[0], batched[1], batched[2], **options)[0],
        "output": attend(batched[0], batched[1], batched[3], **options)[0],
    }
