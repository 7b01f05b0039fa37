"""Masked attention: causal masks, given masks, and the ways in which masking goes wrong.

A masked score is minus infinity before softmax, so that its weight is 0 and the others still add up to 1: Vaswani et al.,
"Attention Is All You Need" (2017), section 3.2.3.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from solvers.attention.steps import (
    KEY_WEIGHTS,
    KEYS,
    ONLY,
    QUERIES,
    QUERY_WEIGHTS,
    TOKENS,
    VALUE_WEIGHTS,
    VALUES,
    Head,
    add_key_width,
    add_matrix_softmax_errors,
    add_output,
    add_projections,
    add_scaling,
    add_scores,
    add_weighted_sum,
    add_weights,
    hidden,
    in_rows,
    shown,
    torch_attention,
    weights_along,
)
from solvers.derivation import Derivation
from solvers.givens import Given, integer, matrix, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Tensor, Vector, each


def _masked(scores: Tensor, mask: Tensor) -> Tensor:
    """The scores, minus infinity wherever the mask is."""
    result = np.empty(scores.shape, dtype=object)
    for index, score in np.ndenumerate(scores):
        result[index] = -math.inf if hidden(mask[index]) else score
    return result


def _triangle(sizes: tuple[int, ...], diagonal: int) -> Matrix:
    """Minus infinity above a diagonal, 0 on and below it; diagonal 0 is the main one, 1 the next above."""
    result = np.zeros(sizes, dtype=object)
    for i, j in np.ndindex(*sizes):
        if j > i + diagonal:
            result[i, j] = -math.inf
    return result


def _of_visible(visible: Tensor) -> Tensor:
    """The mask to add to the scores: 0 where a key is visible, minus infinity elsewhere."""
    if any(element not in (0, 1) for element in visible.flat):
        raise Undefined("a mask holds only 0 (hidden) and 1 (visible)", "掩码只能含 0（屏蔽）和 1（可见）")
    return np.asarray(each(lambda seen: 0 if seen == 1 else -math.inf, visible), dtype=object)


def add_masking(d: Derivation, head: Head = ONLY, *, scores: str = "scaled_scores") -> None:
    """The mask added to the scaled scores, and what goes wrong with it."""
    source = head.name(scores)
    step = head.name("masked_scores")

    @d.step(
        "$scaled_scores + $mask",
        symbol=head.symbol(r"\hat S"),
        name=step,
        en=head.en("Masked scores"),
        zh=head.zh("加掩码后的得分"),
        scaled_scores=source,
    )
    def _(scaled_scores: Tensor, mask: Tensor) -> Tensor:
        return _masked(scaled_scores, mask)

    @d.misconception("attention/mask-ignored", replaces=step, scaled_scores=source)
    def _(scaled_scores: Tensor) -> Tensor:
        return scaled_scores

    @d.misconception("attention/mask-as-zero", replaces=step, scaled_scores=source)
    def _(scaled_scores: Tensor, mask: Tensor) -> Tensor:
        return shown(_masked(scaled_scores, mask))

    @d.misconception("attention/mask-after-softmax", replaces=head.name("weights"), scaled_scores=source)
    def _(scaled_scores: Tensor, mask: Tensor) -> Tensor:
        weights = weights_along(scaled_scores)
        weights[_masked(scaled_scores, mask) == -math.inf] = 0
        return weights


def add_causal_mask(d: Derivation, head: Head = ONLY, *heads: Head) -> None:
    """The mask that hides every later token, and what goes wrong with it, for as many heads as there are."""
    like = head.name("scores")

    @d.step(r"\begin{cases} 0 & j \le i \\ -\infty & j > i \end{cases}", symbol="M", zh="因果掩码", scores=like)
    def mask(scores: Matrix) -> Matrix:
        """Causal mask: no token sees a later one."""
        return _triangle(scores.shape, 0)

    @d.misconception("attention/mask-shows-next", replaces="mask", scores=like)
    def _(scores: Matrix) -> Matrix:
        return _triangle(scores.shape, 1)

    @d.misconception("attention/mask-hides-self", replaces="mask", scores=like)
    def _(scores: Matrix) -> Matrix:
        return _triangle(scores.shape, -1)

    @d.misconception("attention/mask-reversed", replaces="mask", scores=like)
    def _(scores: Matrix) -> Matrix:
        return _triangle(scores.shape[::-1], 0).T

    for each_head in (head, *heads):
        # Without itself the first token sees nothing: its row of weights stays 0.
        @d.misconception(
            "attention/mask-hides-self", replaces=each_head.name("weights"), scores=each_head.name("masked_scores")
        )
        def _(scores: Matrix) -> Matrix:
            return weights_along(scores, nothing_visible=True)


def add_given_mask(d: Derivation) -> None:
    """The mask that a matrix (or vector) of zeros and ones stands for, and its reading the wrong way round."""

    @d.step(r"\begin{cases} 0 & B = 1 \\ -\infty & B = 0 \end{cases}", symbol="M", zh="掩码")
    def mask(B: Tensor) -> Tensor:
        """Mask to add to the scores."""
        return _of_visible(B)

    @d.misconception("attention/mask-reversed", replaces="mask")
    def _(B: Tensor) -> Tensor:
        return _of_visible(1 - B)


def _add_after_scores(d: Derivation, *, causal: bool, width: str = "key_width") -> None:
    """Scaling, mask and softmax."""
    add_scaling(d, width=width)
    if causal:
        add_causal_mask(d)
    else:
        add_given_mask(d)
    add_masking(d)
    add_weights(d, of="masked_scores")
    add_matrix_softmax_errors(d, of="masked_scores")


def _visible(given: Given) -> Given:
    """The mask as a given: zeros and ones only."""
    return replace(given, least=0, most=1)


def torch_causal_mask(scores: Any) -> Any:
    """Minus infinity above the diagonal of the last two axes."""
    import torch

    return torch.full_like(scores, -math.inf).triu(1)


def _with_mask(found: dict[str, Any], mask: Any) -> dict[str, Any]:
    return {**found, "mask": mask, "masked_scores": found["scaled_scores"] + mask}


def _torch_causal(Q: Any, K: Any, V: Any, **options: Any) -> dict[str, Any]:
    found = torch_attention(Q, K, V, is_causal=True, **options)
    return _with_mask(found, torch_causal_mask(found["scores"]))


# ------------------------------------------------------------------------------------------------- from Q, K and V

causal = Derivation(
    "attention.causal",
    "Causal (masked) scaled dot-product attention: no token sees a later one",
    "因果（掩码）缩放点积注意力：任何词元都看不到其后的词元",
    Q=QUERIES,
    K=KEYS,
    V=VALUES,
)
add_key_width(causal)
add_scores(causal)
_add_after_scores(causal, causal=True)
add_output(causal)


@causal.oracle
def _(Q: Matrix, K: Matrix, V: Matrix) -> dict[str, Any]:
    return {"key_width": K.shape[1], **_torch_causal(torch_tensor(Q), torch_tensor(K), torch_tensor(V))}


masked = Derivation(
    "attention.masked",
    "Scaled dot-product attention with a mask of zeros and ones (1 = visible)",
    "带 0/1 掩码的缩放点积注意力（1 表示可见）",
    Q=QUERIES,
    K=KEYS,
    V=VALUES,
    B=_visible(
        matrix("B", "mask: 1 where the query sees the key", "掩码：查询能看到键处为 1", axes=("queries", "keys"))
    ),
)
add_key_width(masked)
add_scores(masked)
_add_after_scores(masked, causal=False)
add_output(masked)


@masked.oracle
def _(Q: Matrix, K: Matrix, V: Matrix, B: Matrix) -> dict[str, Any]:
    visible = torch_tensor(B).bool()
    found = torch_attention(torch_tensor(Q), torch_tensor(K), torch_tensor(V), attn_mask=visible)
    hidden_scores = found["scores"].new_zeros(visible.shape).masked_fill(~visible, -math.inf)
    return {"key_width": K.shape[1], **_with_mask(found, hidden_scores)}


causal_self_attention = Derivation(
    "attention.causal_self_attention",
    "Causal self-attention from the inputs, one row per token",
    "由输入计算因果自注意力（每行一个词元）",
    X=TOKENS,
    W_Q=QUERY_WEIGHTS,
    W_K=KEY_WEIGHTS,
    W_V=VALUE_WEIGHTS,
)
add_projections(causal_self_attention)
add_key_width(causal_self_attention)
add_scores(causal_self_attention)
_add_after_scores(causal_self_attention, causal=True)
add_output(causal_self_attention)


@causal_self_attention.oracle
def _(X: Matrix, W_Q: Matrix, W_K: Matrix, W_V: Matrix) -> dict[str, Any]:
    from torch.nn.functional import linear

    Q, K, V = (linear(torch_tensor(X), torch_tensor(W).mT) for W in (W_Q, W_K, W_V))
    return {"Q": Q, "K": K, "V": V, "key_width": K.shape[1], **_torch_causal(Q, K, V)}


# ------------------------------------------------------------------------------------------------ from the scores

causal_from_scores = Derivation(
    "attention.causal_from_scores",
    "Causal attention from the scores QK^T",
    "由得分 QK^T 计算因果注意力",
    scores=in_rows(
        matrix("S", "scores before scaling, one row per query", "缩放前的得分，每行一个查询", axes=("queries", "keys"))
    ),
    d_k=integer("d_k", "width of a key", "键的维数", default=1, least=1),
    V=VALUES,
)
_add_after_scores(causal_from_scores, causal=True, width="d_k")
add_weighted_sum(causal_from_scores)


@causal_from_scores.oracle
def _(scores: Matrix, d_k: int, V: Matrix) -> dict[str, Any]:
    import torch

    # With the unit vectors as keys, the queries are the scores themselves.
    unit_vectors = torch.eye(scores.shape[1], dtype=torch.float64)
    found = _torch_causal(torch_tensor(scores), unit_vectors, torch_tensor(V), scale=d_k**-0.5)
    scaled_scores = found["scores"] * d_k**-0.5
    return {
        "mask": found["mask"],
        "scaled_scores": scaled_scores,
        "masked_scores": scaled_scores + found["mask"],
        "weights": found["weights"],
        "output": found["output"],
    }


masked_softmax = Derivation(
    "attention.masked_softmax",
    "Masked softmax of one query's scores",
    "单个查询的掩码 softmax",
    z=vector("z", "scaled scores of one query", "单个查询缩放后的得分", axes=("keys",)),
    B=_visible(vector("B", "mask: 1 where a key is visible", "掩码：键可见处为 1", axes=("keys",))),
)
add_given_mask(masked_softmax)
add_masking(masked_softmax, scores="z")
add_weights(masked_softmax, of="masked_scores", symbol=r"\alpha")


@masked_softmax.oracle
def _(z: Vector, B: Vector) -> dict[str, Any]:
    hidden_keys = ~torch_tensor(B).bool()
    scores = torch_tensor(z).masked_fill(hidden_keys, -math.inf)
    mask = torch_tensor(z).new_zeros(len(z)).masked_fill(hidden_keys, -math.inf)
    return {"mask": mask, "masked_scores": scores, "weights": scores.softmax(0)}
