"""Other scoring functions, for one query `s` over any number of states `h_i` that are keys and values at once.

Additive: Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate" (2015). Dot,
bilinear ("general") and concat: Luong, Pham and Manning, "Effective Approaches to Attention-based Neural Machine
Translation" (2015), section 3.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from solvers import functions
from solvers.attention.steps import add_weights
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, matrix, vector
from solvers.oracles import torch_tensor
from solvers.rules import taking, turning
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector, array

QUERY = vector("s", "query, such as a decoder state", "查询向量，例如解码器状态", axes=("d_s",))
STATES = matrix(
    "h", "states, one row each, such as encoder states", "各个状态（每行一个），例如编码器状态", axes=("states", "d_h")
)
OUTER = vector("v", "weights of the scoring layer's units", "打分层各单元的权重", axes=("d_a",))

AddScore = Callable[[Derivation, int], None]


def _scoring(
    name: str, title: Text, givens: dict[str, Given], *, add_score: AddScore, scores: Callable[..., Any]
) -> Family:
    """The family with one score per state; `add_score` adds the steps up to `score_i`, `scores` is PyTorch's way there."""

    def build(states: int) -> Derivation:
        d = Derivation(name, title.en, title.zh, **givens)
        for number in range(1, states + 1):
            add_score(d, number)
        _add_gathering(d, states)
        add_weights(d, of="scores", symbol=r"\alpha")
        _add_context(d, states)

        @d.oracle
        def _(**values: Value) -> dict[str, Any]:
            tensors = {key: torch_tensor(value) for key, value in values.items()}
            found: dict[str, Any] = scores(**tensors)
            weights = found["scores"].softmax(0)
            each = {f"score_{i + 1}": score for i, score in enumerate(found["scores"])}
            return {**found, **each, "weights": weights, "context": weights @ tensors["h"]}

        return d

    def size(values: Mapping[str, Value]) -> tuple[int]:
        return (values["h"].shape[0],)

    return Family(name, build, size, (2,))


def _add_gathering(d: Derivation, states: int) -> None:
    names = [f"score_{number}" for number in range(1, states + 1)]
    lines = r" \\ ".join(f"${name}" for name in names)
    d.step(
        rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}",
        symbol="e",
        name="scores",
        en="All scores",
        zh="全部得分",
    )(taking(names, lambda values: array([values[name] for name in names])))


def _add_context(d: Derivation, states: int) -> None:
    terms = " + ".join(f"$weights[{i}] $h[{i}]" for i in range(states))

    @d.step(terms, symbol="c", zh="上下文向量：状态的加权和")
    def context(weights: Vector, h: Matrix) -> Vector:
        """Context vector: the states' sum, weighted."""
        return weights @ h

    @d.misconception("attention/values-averaged", replaces="context")
    def _(h: Matrix) -> Vector:
        return np.asarray(h.sum(axis=0) * Fraction(1, len(h)), dtype=object)

    @d.misconception("attention/states-summed", replaces="context")
    def _(h: Matrix) -> Vector:
        return np.asarray(h.sum(axis=0), dtype=object)


def _add_score(d: Derivation, number: int, formula: str) -> Callable[[Any], Any]:
    return d.step(
        formula,
        symbol=f"e_{{{number}}}",
        name=f"score_{number}",
        en=f"Score of state {number}",
        zh=f"第 {number} 个状态的得分",
    )


# ------------------------------------------------------------------------------------------------------------- dot


def _add_dot(d: Derivation, number: int) -> None:
    i = number - 1

    @_add_score(d, number, rf"$s^\top $h[{i}]")
    def _(s: Vector, h: Matrix) -> Number:
        return s @ h[i]


dot = _scoring(
    "attention.dot",
    Text("Attention with dot-product scores s^T h", "点积打分 s^T h 的注意力"),
    {"s": replace(QUERY, axes=("d_h",)), "h": STATES},
    add_score=_add_dot,
    scores=lambda s, h: {"scores": h.mv(s)},
)

# -------------------------------------------------------------------------------------------------------- bilinear


def _add_bilinear(d: Derivation, number: int) -> None:
    i = number - 1

    @_add_score(d, number, rf"$s^\top $W $h[{i}]")
    def _(s: Vector, W: Matrix, h: Matrix) -> Number:
        return s @ W @ h[i]

    @d.misconception("attention/bilinear-transposed", replaces=f"score_{number}")
    def _(s: Vector, W: Matrix, h: Matrix) -> Number:
        return s @ W.T @ h[i]

    @d.misconception("attention/bilinear-as-dot", replaces=f"score_{number}")
    def _(s: Vector, h: Matrix) -> Number:
        return s @ h[i]


def _torch_bilinear(s: Any, W: Any, h: Any) -> dict[str, Any]:
    from torch.nn.functional import bilinear as torch_bilinear

    return {"scores": torch_bilinear(s.expand(len(h), -1).contiguous(), h, W[None])[:, 0]}


bilinear = _scoring(
    "attention.bilinear",
    Text("Attention with bilinear scores s^T W h", "双线性打分 s^T W h 的注意力"),
    {
        "s": QUERY,
        "W": matrix("W", "weights of the bilinear form", "双线性型的权重矩阵", axes=("d_s", "d_h")),
        "h": STATES,
    },
    add_score=_add_bilinear,
    scores=_torch_bilinear,
)

# -------------------------------------------------------------------------------------------------------- additive


def _add_outer_score(d: Derivation, number: int) -> None:
    """The hidden vector of the scoring layer turned into one number."""
    hidden = f"hidden_{number}"

    @d.step(
        r"$v^\top $hidden",
        symbol=f"e_{{{number}}}",
        name=f"score_{number}",
        en=f"Score of state {number}",
        zh=f"第 {number} 个状态的得分",
        hidden=hidden,
    )
    def _(v: Vector, hidden: Vector) -> Number:
        return v @ hidden

    @d.misconception("attention/hidden-summed", replaces=f"score_{number}", hidden=hidden)
    def _(hidden: Vector) -> Number:
        return sum(hidden)


def _add_hidden(d: Derivation, number: int, formula: str) -> Callable[[Any], Any]:
    return d.step(
        formula,
        symbol=f"a_{{{number}}}",
        name=f"hidden_{number}",
        en=f"Scoring layer for state {number}",
        zh=f"第 {number} 个状态的打分层输出",
    )


def _add_additive(d: Derivation, number: int) -> None:
    i = number - 1

    @_add_hidden(d, number, rf"\tanh\left($W $s + $U $h[{i}]\right)")
    def hidden(W: Matrix, s: Vector, U: Matrix, h: Matrix) -> Value:
        return functions.tanh(W @ s + U @ h[i])

    d.convention("convention/row-vectors", replaces=f"hidden_{number}")(turning(hidden, "W", "U"))

    @d.misconception("attention/no-tanh", replaces=f"hidden_{number}")
    def _(W: Matrix, s: Vector, U: Matrix, h: Matrix) -> Value:
        return W @ s + U @ h[i]

    @d.misconception("attention/tanh-of-each", replaces=f"hidden_{number}")
    def _(W: Matrix, s: Vector, U: Matrix, h: Matrix) -> Value:
        return functions.tanh(W @ s) + functions.tanh(U @ h[i])

    @d.misconception("attention/query-left-out", replaces=f"hidden_{number}")
    def _(U: Matrix, h: Matrix) -> Value:
        return functions.tanh(U @ h[i])

    @d.misconception("attention/projections-swapped", replaces=f"hidden_{number}")
    def _(W: Matrix, s: Vector, U: Matrix, h: Matrix) -> Value:
        return functions.tanh(U @ s + W @ h[i])

    @d.misconception("attention/sigmoid-for-tanh", replaces=f"hidden_{number}")
    def _(W: Matrix, s: Vector, U: Matrix, h: Matrix) -> Value:
        return functions.sigmoid(W @ s + U @ h[i])

    _add_outer_score(d, number)

    @d.misconception("attention/tanh-of-score", replaces=f"score_{number}")
    def _(v: Vector, W: Matrix, s: Vector, U: Matrix, h: Matrix) -> Value:
        return functions.tanh(v @ (W @ s + U @ h[i]))


def _torch_additive(s: Any, h: Any, W: Any, U: Any, v: Any) -> dict[str, Any]:
    return _torch_concat(s, h, _side_by_side(W, U), v)


def _torch_concat(s: Any, h: Any, W: Any, v: Any) -> dict[str, Any]:
    """One linear layer over the query and a state laid end to end."""
    import torch

    pairs = torch.cat([s.expand(len(h), -1), h], dim=1)
    hidden = torch.nn.functional.linear(pairs, W).tanh()
    scores = torch.nn.functional.linear(hidden, v[None])[:, 0]
    return {**{f"hidden_{i + 1}": line for i, line in enumerate(hidden)}, "scores": scores}


def _side_by_side(W: Any, U: Any) -> Any:
    import torch

    return torch.cat([W, U], dim=1)


additive = _scoring(
    "attention.additive",
    Text("Attention with additive scores v^T tanh(W s + U h)", "加性打分 v^T tanh(W s + U h) 的注意力"),
    {
        "s": QUERY,
        "h": STATES,
        "W": matrix("W", "weights of the query", "查询的权重矩阵", axes=("d_a", "d_s")),
        "U": matrix("U", "weights of the states", "状态的权重矩阵", axes=("d_a", "d_h")),
        "v": OUTER,
    },
    add_score=_add_additive,
    scores=_torch_additive,
)

# ---------------------------------------------------------------------------------------------------------- concat


def _add_concat(d: Derivation, number: int) -> None:
    i = number - 1

    @_add_hidden(d, number, rf"\tanh\left($W \begin{{pmatrix}} $s \\ $h[{i}] \end{{pmatrix}}\right)")
    def _(W: Matrix, s: Vector, h: Matrix) -> Value:
        joined = np.concatenate([s, h[i]])
        if W.shape[1] != len(joined):
            raise Undefined(
                f"W has {W.shape[1]} columns, but query and state together have {len(joined)} components",
                f"W 有 {W.shape[1]} 列，而查询与状态拼接后共 {len(joined)} 个分量",
            )
        return functions.tanh(W @ joined)

    @d.misconception("attention/no-tanh", replaces=f"hidden_{number}")
    def _(W: Matrix, s: Vector, h: Matrix) -> Value:
        return W @ np.concatenate([s, h[i]])

    @d.misconception("attention/joined-the-other-way", replaces=f"hidden_{number}")
    def _(W: Matrix, s: Vector, h: Matrix) -> Value:
        return functions.tanh(W @ np.concatenate([h[i], s]))

    _add_outer_score(d, number)

    @d.misconception("attention/tanh-of-score", replaces=f"score_{number}")
    def _(v: Vector, W: Matrix, s: Vector, h: Matrix) -> Value:
        return functions.tanh(v @ (W @ np.concatenate([s, h[i]])))


concat = _scoring(
    "attention.concat",
    Text("Attention with concat scores v^T tanh(W [s; h])", "拼接打分 v^T tanh(W [s; h]) 的注意力"),
    {
        "s": QUERY,
        "h": STATES,
        "W": matrix(
            "W", "weights of query and state together", "查询与状态拼接后的权重矩阵", axes=("d_a", "d_s + d_h")
        ),
        "v": OUTER,
    },
    add_score=_add_concat,
    scores=_torch_concat,
)
