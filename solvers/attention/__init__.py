"""Attention: scores, weights and outputs in all the ways that textbooks write them.

Scaled dot products and their conventions are here; masks, heads, other scoring functions and the counting of shapes and costs in
the modules imported below, whose derivations this module offers too.
"""

from __future__ import annotations

from solvers.attention.dot_product import (
    columns,
    dot_product,
    key_value,
    query_vector,
    scaled_dot_product,
    self_attention,
    self_attention_columns,
    self_attention_unscaled,
)
from solvers.attention.heads import masked_multi_head, multi_head, multi_head_split
from solvers.attention.masks import causal, causal_from_scores, causal_self_attention, masked, masked_softmax
from solvers.attention.scoring import additive, bilinear, concat, dot
from solvers.attention.shapes import cost, score_spread, shapes
from solvers.attention.softmax import hard, pair_weight, score_difference, softmax, stable_softmax

__all__ = [
    "additive",
    "bilinear",
    "causal",
    "causal_from_scores",
    "causal_self_attention",
    "columns",
    "concat",
    "cost",
    "dot",
    "dot_product",
    "hard",
    "key_value",
    "masked",
    "masked_multi_head",
    "masked_softmax",
    "multi_head",
    "multi_head_split",
    "pair_weight",
    "query_vector",
    "scaled_dot_product",
    "score_difference",
    "score_spread",
    "self_attention",
    "self_attention_columns",
    "self_attention_unscaled",
    "shapes",
    "softmax",
    "stable_softmax",
]
