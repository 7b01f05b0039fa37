"""Shares of counts, and what several measures are made of."""

from __future__ import annotations

from fractions import Fraction

from solvers.trace import Undefined
from solvers.values import Number


def share(part: Number, whole: Number, en: str, zh: str) -> Number:
    """Part of a whole, exact for whole numbers. Raises Undefined with these words where the whole is 0."""
    if whole == 0:
        raise Undefined(en, zh)
    return Fraction(part, whole) if isinstance(part, int) and isinstance(whole, int) else part / whole


def precision_of(tp: Number, fp: Number) -> Number:
    """The true ones among the positive predictions. Raises Undefined where there are none."""
    return share(tp, tp + fp, "nothing was predicted positive", "没有样本被预测为正类")


def recall_of(tp: Number, fn: Number) -> Number:
    """The positive examples that were found. Raises Undefined where there are none."""
    return share(tp, tp + fn, "no example is positive", "没有正类样本")


def harmonic(precision: Number, recall: Number) -> Number:
    """F1: the harmonic mean. Raises Undefined where both are 0."""
    return share(2 * precision * recall, precision + recall, "precision and recall are both 0", "精确率与召回率均为 0")
