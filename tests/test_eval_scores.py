"""Scores of classifiers and detectors beyond the four counts: known values, corner cases, another engine's word."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.registry import derivation
from solvers.trace import StepError, Trace


def run(name: str, **givens: Any) -> Trace:
    """The named derivation on these givens."""
    found = derivation(f"eval.{name}")
    complete = found.complete(givens)
    return found.at(complete).run(complete)


CASES: list[tuple[str, dict[str, Any], str, Any]] = [
    ("roc_auc", {"y": [0, 1, 0, 1], "s": [1, 2, 3, 4]}, "auc", Fraction(3, 4)),
    ("roc_auc", {"y": [1, 1, 0], "s": [5, 5, 5]}, "auc", Fraction(1, 2)),  # all equal: chance
    ("roc_auc", {"y": [1, 0], "s": [0, 1]}, "auc", 0),  # every pair the wrong way round
    ("agreement", {"tp": 20, "fp": 10, "fn": 5, "tn": 15}, "kappa", Fraction(2, 5)),  # Wikipedia, Cohen's kappa
    ("agreement", {"tp": 5, "fp": 0, "fn": 0, "tn": 5}, "matthews", 1),
    ("agreement", {"tp": 0, "fp": 5, "fn": 5, "tn": 0}, "matthews", -1),
    ("agreement", {"tp": 9, "fp": 1, "fn": 0, "tn": 0}, "balanced_accuracy", Fraction(1, 2)),  # always the larger class
    ("iou", {"a": [0, 0, 2, 2], "b": [1, 1, 3, 3]}, "iou", Fraction(1, 7)),
    ("iou", {"a": [0, 0, 2, 2], "b": [2, 0, 4, 2]}, "iou", 0),  # they touch
    ("iou", {"a": [0, 0, 2, 2], "b": [5, 5, 6, 6]}, "intersection", 0),  # apart along both axes
    ("iou", {"a": [0, 0, 4, 4], "b": [1, 1, 2, 2]}, "iou", Fraction(1, 16)),  # one within the other
    ("iou", {"a": [0, 0, 1, 1], "b": [1, 1, 2, 2], "ends": "inclusive"}, "iou", Fraction(1, 7)),
    ("bleu", {"matched": [4, 3], "total": [4, 3], "c": 4, "r": 4}, "score", 1),
    ("bleu", {"matched": [4, 0], "total": [4, 3], "c": 4, "r": 4}, "score", 0),  # nothing matches at one length
    ("bleu", {"matched": [4], "total": [4], "c": 9, "r": 4}, "brevity", 1),  # longer than the reference
]


@pytest.mark.parametrize(("name", "givens", "step", "value"), CASES)
def test_known_values(name: str, givens: dict[str, Any], step: str, value: Any) -> None:
    """Exact where the arithmetic is."""
    assert run(name, **givens)[step] == value


@pytest.mark.parametrize(
    ("name", "givens"), [case[:2] for case in CASES if case[1].get("tn") != 0 or case[1]["fp"] > 1]
)
def test_another_engine_agrees(name: str, givens: dict[str, Any]) -> None:
    """On every step that has a value."""
    assert certify(run(name, **givens)).certified


@pytest.mark.parametrize(
    ("name", "givens", "step", "said"),
    [
        ("roc_auc", {"y": [1, 1], "s": [1, 2]}, "auc", "both classes"),
        ("roc_auc", {"y": [1, -1], "s": [1, 2]}, "auc", "1 and 0"),
        ("agreement", {"tp": 0, "fp": 0, "fn": 3, "tn": 3}, "matthews", "never"),
        ("agreement", {"tp": 4, "fp": 0, "fn": 0, "tn": 0}, "kappa", "chance alone"),
        ("iou", {"a": [2, 0, 0, 2], "b": [0, 0, 1, 1]}, "iou", "left, top, right, bottom"),
        ("iou", {"a": [1, 1, 1, 1], "b": [0, 0, 0, 0]}, "iou", "empty"),
        ("bleu", {"matched": [5], "total": [4], "c": 4, "r": 4}, "score", "no more n-grams"),
    ],
)
def test_what_has_no_value_says_why(name: str, givens: dict[str, Any], step: str, said: str) -> None:
    """In the words of the field."""
    with pytest.raises(StepError, match=said):
        run(name, **givens)[step]


def test_the_area_is_that_under_the_curve_whatever_the_scale() -> None:
    """Only the order of the scores counts."""
    y = [0, 1, 1, 0, 1]
    scores = [1, 3, 2, 2, 5]
    assert run("roc_auc", y=y, s=scores)["auc"] == run("roc_auc", y=y, s=[x**3 - 7 for x in scores])["auc"]
