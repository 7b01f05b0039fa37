"""A batch of real and generated examples: what the second network makes of them, and means over it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from solvers.givens import Given, vector
from solvers.values import Number, Vector, array


def mean(numbers: Vector) -> Number:
    """Mean over a batch, which stands for the expectation."""
    return numbers.sum() / Fraction(len(numbers))


def over(rule: Callable[[Number], Number], numbers: Vector) -> Vector:
    """What a rule makes of each output of a batch."""
    return array([rule(each) for each in numbers])


def outputs(what_en: str, what_zh: str) -> dict[str, Given]:
    """The givens `real` and `fake`: what the second network makes of real and of generated examples."""
    return {
        "real": vector("r", f"{what_en} for real examples", f"{what_zh}（真实样本）", axes=("real",)),
        "fake": vector("g", f"{what_en} for generated examples", f"{what_zh}（生成样本）", axes=("generated",)),
    }
