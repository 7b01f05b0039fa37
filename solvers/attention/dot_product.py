"""Attention: scores, weights and outputs in all the ways that textbooks write them.

Scaled dot products and their conventions are here; masks, heads, other scoring functions and the counting of shapes and costs in
the modules imported below, whose derivations this module offers too.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

from solvers.attention.steps import (
    KEY_WEIGHTS,
    KEYS,
    QUERIES,
    QUERY_WEIGHTS,
    TOKENS,
    VALUE_WEIGHTS,
    VALUES,
    add_dot_product_attention,
    add_key_width,
    add_late_scaling_error,
    add_matrix_softmax_errors,
    add_output,
    add_projection,
    add_projections,
    add_scaling,
    add_scores,
    add_unasked_scaling_error,
    add_weights,
    torch_attention,
    weights_along,
)
from solvers.derivation import Derivation, Rule
from solvers.givens import matrix, vector
from solvers.oracles import torch_tensor
from solvers.values import Matrix, Vector, array


def _declare_turned(d: Derivation, id: str, scores: Rule, *, weights_of: str, axis: int) -> None:
    """Declares the convention under which every matrix of the working stands transposed; `axis` is that of the keys then."""
    d.convention(id, replaces="scores")(scores)

    @d.convention(id, replaces="weights", scores=weights_of)
    def _(scores: Matrix) -> Matrix:
        return weights_along(scores, axis)

    @d.convention(id, replaces="output")
    def _(weights: Matrix, V: Matrix) -> Matrix:
        return V.T @ weights if axis == 0 else weights @ V.T


def _declare_formula(
    d: Derivation, ids: tuple[str, str], scores: Rule, output: Rule, *, weights_of: str, axis: int
) -> None:
    """Declares the formula for the other layout, used on matrices that lie as they are: E9, and the other way round.

    The first id runs softmax along `axis`, as that formula has it, the second one along the other axis.
    """
    for id, along in zip(ids, (axis, -1 - axis), strict=True):
        d.misconception(id, replaces="scores")(scores)
        d.misconception(id, replaces="weights", scores=weights_of)(partial(weights_along, axis=along))
        d.misconception(id, replaces="output")(output)


def _declare_formula_of_columns(d: Derivation, *, weights_of: str = "scaled_scores") -> None:
    """E9: V softmax(K^T Q), where every token is a row."""
    _declare_formula(
        d,
        ("attention/formula-of-columns", "attention/formula-of-columns-along-rows"),
        lambda K, Q: K.T @ Q,
        lambda weights, V: V @ weights,
        weights_of=weights_of,
        axis=0,
    )


def _declare_formula_of_rows(d: Derivation) -> None:
    """softmax(Q K^T) V, where every token is a column."""
    _declare_formula(
        d,
        ("attention/formula-of-rows", "attention/formula-of-rows-down-columns"),
        lambda K, Q: Q @ K.T,
        lambda weights, V: weights @ V,
        weights_of="scaled_scores",
        axis=-1,
    )


def _keys_by_queries(K: Matrix, Q: Matrix) -> Matrix:
    return K @ Q.T


# ------------------------------------------------------------------------------------------ rows: one token, one row

scaled_dot_product = Derivation(
    "attention.scaled_dot_product",
    "Scaled dot-product attention, one row per token",
    "缩放点积注意力（每行一个词元）",
    Q=QUERIES,
    K=KEYS,
    V=VALUES,
)
add_dot_product_attention(scaled_dot_product)
_declare_turned(
    scaled_dot_product, "convention/tokens-as-columns", _keys_by_queries, weights_of="scaled_scores", axis=0
)
_declare_formula_of_columns(scaled_dot_product)


@scaled_dot_product.oracle
def _(Q: Matrix, K: Matrix, V: Matrix) -> dict[str, Any]:
    return {"key_width": K.shape[1], **torch_attention(torch_tensor(Q), torch_tensor(K), torch_tensor(V))}


dot_product = Derivation(
    "attention.dot_product",
    "Dot-product attention without scaling, one row per token",
    "不缩放的点积注意力（每行一个词元）",
    Q=QUERIES,
    K=KEYS,
    V=VALUES,
)
add_scores(dot_product)
add_weights(dot_product, of="scores")
add_matrix_softmax_errors(dot_product, of="scores")
add_unasked_scaling_error(dot_product)
add_output(dot_product)
_declare_turned(dot_product, "convention/tokens-as-columns", _keys_by_queries, weights_of="scores", axis=0)
_declare_formula_of_columns(dot_product, weights_of="scores")


@dot_product.oracle
def _(Q: Matrix, K: Matrix, V: Matrix) -> dict[str, Any]:
    found = torch_attention(torch_tensor(Q), torch_tensor(K), torch_tensor(V), scale=1.0)
    return {name: found[name] for name in ("scores", "weights", "output")}


self_attention = Derivation(
    "attention.self_attention",
    "Self-attention from the inputs, one row per token",
    "由输入计算自注意力（每行一个词元）",
    X=TOKENS,
    W_Q=QUERY_WEIGHTS,
    W_K=KEY_WEIGHTS,
    W_V=VALUE_WEIGHTS,
)
add_projections(self_attention)
add_dot_product_attention(self_attention)
_declare_formula_of_columns(self_attention)


@self_attention.misconception("attention/inputs-for-values", replaces="output")
def _(weights: Matrix, X: Matrix) -> Matrix:
    return weights @ X


@self_attention.misconception("attention/full-width-scale", replaces="key_width")
def _(X: Matrix) -> int:
    return int(X.shape[1])


@self_attention.oracle
def _(X: Matrix, W_Q: Matrix, W_K: Matrix, W_V: Matrix) -> dict[str, Any]:
    from torch.nn.functional import linear

    x = torch_tensor(X)
    Q, K, V = (linear(x, torch_tensor(W).mT) for W in (W_Q, W_K, W_V))
    return {"Q": Q, "K": K, "V": V, "key_width": K.shape[1], **torch_attention(Q, K, V)}


self_attention_unscaled = Derivation(
    "attention.self_attention_unscaled",
    "Self-attention from the inputs without scaling, one row per token",
    "由输入计算不缩放的自注意力（每行一个词元）",
    X=TOKENS,
    W_Q=QUERY_WEIGHTS,
    W_K=KEY_WEIGHTS,
    W_V=VALUE_WEIGHTS,
)
add_projections(self_attention_unscaled)
add_scores(self_attention_unscaled)
add_weights(self_attention_unscaled, of="scores")
add_matrix_softmax_errors(self_attention_unscaled, of="scores")
add_unasked_scaling_error(self_attention_unscaled)
add_output(self_attention_unscaled)
_declare_formula_of_columns(self_attention_unscaled, weights_of="scores")


@self_attention_unscaled.oracle
def _(X: Matrix, W_Q: Matrix, W_K: Matrix, W_V: Matrix) -> dict[str, Any]:
    from torch.nn.functional import linear

    Q, K, V = (linear(torch_tensor(X), torch_tensor(W).mT) for W in (W_Q, W_K, W_V))
    found = torch_attention(Q, K, V, scale=1.0)
    return {"Q": Q, "K": K, "V": V, **{name: found[name] for name in ("scores", "weights", "output")}}


# ---------------------------------------------------------------------------------- columns: one token, one column

columns = Derivation(
    "attention.columns",
    "Scaled dot-product attention, one column per token: V softmax(K^T Q / sqrt(d_k))",
    "缩放点积注意力（每列一个词元）：V softmax(K^T Q / sqrt(d_k))",
    Q=matrix("Q", "queries, one column per token", "查询，每列一个词元", axes=("d_k", "queries")),
    K=matrix("K", "keys, one column per token", "键，每列一个词元", axes=("d_k", "keys")),
    V=matrix("V", "values, one column per token", "值，每列一个词元", axes=("d_v", "keys")),
)
self_attention_columns = Derivation(
    "attention.self_attention_columns",
    "Self-attention from the inputs, one column per token",
    "由输入计算自注意力（每列一个词元）",
    X=matrix("X", "inputs, one column per token", "输入，每列一个词元", axes=("d", "tokens")),
    W_Q=matrix("W_Q", "query weights", "查询权重矩阵", axes=("d_k", "d")),
    W_K=matrix("W_K", "key weights", "键权重矩阵", axes=("d_k", "d")),
    W_V=matrix("W_V", "value weights", "值权重矩阵", axes=("d_v", "d")),
)


def _add_projection_of_columns(d: Derivation, result: str, weight: str, en: str, zh: str) -> None:
    @d.step("$W $X", symbol=result, name=result, en=en, zh=zh, W=weight)
    def _(W: Matrix, X: Matrix) -> Matrix:
        return W @ X


def _add_columns(d: Derivation) -> None:
    """Scores, weights and outputs with one column per query: softmax runs down the columns."""

    @d.step(r"\operatorname{len}\left($K\right)", symbol="d_k", zh="键的维数")
    def key_width(K: Matrix) -> int:
        """Width of a key: the rows of K."""
        return int(K.shape[0])

    @d.step(r"$K^\top $Q", symbol="S", zh="得分：每列对应一个查询")
    def scores(K: Matrix, Q: Matrix) -> Matrix:
        """Scores: one column per query."""
        return K.T @ Q

    @d.misconception("attention/queries-keys-swapped", replaces="scores")
    def _(K: Matrix, Q: Matrix) -> Matrix:
        return Q.T @ K

    @d.misconception("attention/rows-for-columns", replaces="scores")
    def _(K: Matrix, Q: Matrix) -> Matrix:
        return Q @ K.T

    add_scaling(d, axis=0)
    add_weights(d, axis=0)
    add_matrix_softmax_errors(d, axis=0)
    add_late_scaling_error(d, axis=0)

    @d.step("$V $weights", symbol="O", zh="输出：每列对应一个查询")
    def output(V: Matrix, weights: Matrix) -> Matrix:
        """Outputs: one column per query."""
        return V @ weights

    @d.misconception("attention/keys-for-values", replaces="output")
    def _(K: Matrix, weights: Matrix) -> Matrix:
        return K @ weights

    @d.misconception("attention/weights-transposed", replaces="output")
    def _(V: Matrix, weights: Matrix) -> Matrix:
        return V @ weights.T

    _declare_formula_of_rows(d)


_add_columns(columns)
_declare_turned(columns, "convention/tokens-as-rows", lambda K, Q: Q.T @ K, weights_of="scaled_scores", axis=-1)
_add_projection_of_columns(self_attention_columns, "Q", "W_Q", "Queries", "查询")
_add_projection_of_columns(self_attention_columns, "K", "W_K", "Keys", "键")
_add_projection_of_columns(self_attention_columns, "V", "W_V", "Values", "值")
_add_columns(self_attention_columns)


def _torch_columns(Q: Any, K: Any, V: Any) -> dict[str, Any]:
    """PyTorch wants rows: everything is turned before and after."""
    found = torch_attention(Q.mT.contiguous(), K.mT.contiguous(), V.mT.contiguous())
    return {"key_width": K.shape[0], **{name: value.mT for name, value in found.items()}}


@columns.oracle
def _(Q: Matrix, K: Matrix, V: Matrix) -> dict[str, Any]:
    return _torch_columns(torch_tensor(Q), torch_tensor(K), torch_tensor(V))


@self_attention_columns.oracle
def _(X: Matrix, W_Q: Matrix, W_K: Matrix, W_V: Matrix) -> dict[str, Any]:
    from torch.nn.functional import linear

    tokens = torch_tensor(X).mT
    Q, K, V = (linear(tokens, torch_tensor(W)).mT for W in (W_Q, W_K, W_V))
    return {"Q": Q, "K": K, "V": V, **_torch_columns(Q, K, V)}


# -------------------------------------------------------------------------------------------------- one query vector


def _add_context(d: Derivation) -> None:
    """The values' weighted sum for one query."""

    @d.step(r"$V^\top $weights", symbol="c", zh="上下文向量：值的加权和")
    def context(V: Matrix, weights: Vector) -> Vector:
        """Context vector: the values' sum, weighted."""
        return V.T @ weights

    @d.misconception("attention/keys-for-values", replaces="context")
    def _(K: Matrix, weights: Vector) -> Vector:
        return K.T @ weights

    @d.misconception("attention/values-averaged", replaces="context")
    def _(V: Matrix) -> Vector:
        return array((V.sum(axis=0) * Fraction(1, len(V))).tolist())

    @d.misconception("attention/largest-weight-only", replaces="context")
    def _(V: Matrix, weights: Vector) -> Vector:
        return V[max(range(len(V)), key=lambda i: weights[i])]


def _one_each(scores: Vector) -> Vector:
    """The weights where every key has a softmax to itself, as over the only query."""
    return array([1] * len(scores))


query_vector = Derivation(
    "attention.query_vector",
    "Scaled dot-product attention of one query vector",
    "单个查询向量的缩放点积注意力",
    q=vector("q", "query", "查询向量", axes=("d_k",)),
    K=KEYS,
    V=VALUES,
)
key_value = Derivation(
    "attention.key_value",
    "Key-value attention of one query: keys and values made from the inputs, unscaled dot products",
    "键值对注意力：由输入得到键和值，得分为不缩放的点积",
    q=vector("q", "query", "查询向量", axes=("d_k",)),
    X=TOKENS,
    W_K=KEY_WEIGHTS,
    W_V=VALUE_WEIGHTS,
)


def _add_query_scores(d: Derivation) -> None:
    @d.step("$K $q", symbol="s", zh="得分：查询与每个键的点积")
    def scores(K: Matrix, q: Vector) -> Vector:
        """Scores: the query times every key."""
        return K @ q


add_key_width(query_vector)
_add_query_scores(query_vector)
add_scaling(query_vector, symbol=r"\tilde s")
add_weights(query_vector, symbol=r"\alpha")
query_vector.misconception("attention/softmax-wrong-axis", replaces="weights", scores="scaled_scores")(_one_each)
add_late_scaling_error(query_vector)
_add_context(query_vector)

add_projection(key_value, "K", "W_K", en="Keys", zh="键")
add_projection(key_value, "V", "W_V", en="Values", zh="值")
_add_query_scores(key_value)
add_weights(key_value, of="scores", symbol=r"\alpha")
key_value.misconception("attention/softmax-wrong-axis", replaces="weights", scores="scores")(_one_each)
add_unasked_scaling_error(key_value)
_add_context(key_value)


@key_value.misconception("attention/inputs-for-values", replaces="context")
def _(X: Matrix, weights: Vector) -> Vector:
    return X.T @ weights


def _torch_query(q: Any, K: Any, V: Any, **options: Any) -> dict[str, Any]:
    """One query is a matrix of one row."""
    found = {name: value[0] for name, value in torch_attention(q[None], K, V, **options).items()}
    return {**found, "context": found["output"]}


@query_vector.oracle
def _(q: Vector, K: Matrix, V: Matrix) -> dict[str, Any]:
    found = _torch_query(torch_tensor(q), torch_tensor(K), torch_tensor(V))
    del found["output"]
    return {"key_width": K.shape[1], **found}


@key_value.oracle
def _(q: Vector, X: Matrix, W_K: Matrix, W_V: Matrix) -> dict[str, Any]:
    from torch.nn.functional import linear

    K, V = (linear(torch_tensor(X), torch_tensor(W).mT) for W in (W_K, W_V))
    found = _torch_query(torch_tensor(q), K, V, scale=1.0)
    return {"K": K, "V": V, **{name: found[name] for name in ("scores", "weights", "context")}}
