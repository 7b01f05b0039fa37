"""Evaluation: counts and shares, confusion matrices, perplexity."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.certificate import certify
from solvers.evaluation import binary, confusion_matrix, counts_wanted, f_beta, perplexity
from solvers.givens import complete
from solvers.trace import StepError, Trace

COUNT = st.integers(1, 40)
TENTHS = st.integers(1, 10).map(lambda n: Fraction(n, 10))


def run(derivation: Any, **givens: Any) -> Trace:
    """The derivation on these givens."""
    found: Trace = derivation.run(complete(derivation.givens, givens))
    return found


def test_the_counts_of_a_textbook_classifier() -> None:
    """TP 40, FP 10, FN 20, TN 30: 0.7, 0.8, 2/3, and F1 between the last two."""
    values = run(binary, tp=40, fp=10, fn=20, tn=30).values
    assert values["accuracy"] == Fraction(7, 10)
    assert values["precision"] == Fraction(4, 5)
    assert values["recall"] == Fraction(2, 3)
    assert values["specificity"] == Fraction(3, 4)
    assert values["f1"] == Fraction(8, 11)


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        ({"tp": 0, "fp": 0, "fn": 3, "tn": 5}, "precision"),
        ({"tp": 0, "fp": 2, "fn": 0, "tn": 5}, "recall"),
        ({"tp": 2, "fp": 0, "fn": 1, "tn": 0}, "specificity"),
        ({"tp": 0, "fp": 2, "fn": 1, "tn": 5}, "f1"),
    ],
)
def test_a_share_of_nothing_does_not_exist(counts: dict[str, int], missing: str) -> None:
    """Nothing predicted positive, nothing positive, nothing negative, no hit."""
    with pytest.raises(StepError, match=f"{missing} has no value"):
        assert run(binary, **counts).values


def test_a_uniform_guess_among_k_has_perplexity_k() -> None:
    """Eight equally likely tokens at every place."""
    values = run(perplexity, p=[Fraction(1, 8)] * 5).values
    assert float(values["perplexity"]) == pytest.approx(8)


def test_a_certain_model_has_perplexity_one() -> None:
    """And no cross-entropy."""
    values = run(perplexity, p=[1, 1]).values
    assert float(values["cross_entropy"]) == 0
    assert float(values["perplexity"]) == 1


def test_beta_moves_the_score_from_precision_to_recall() -> None:
    """0 is the precision, 1 is F1, and large values near the recall."""
    scores = [
        float(run(f_beta, P=Fraction(1, 2), R=Fraction(4, 5), beta=beta).values["score"]) for beta in (0, 1, 2, 1000)
    ]
    assert scores == pytest.approx([0.5, 0.6154, 0.7143, 0.8], abs=1e-4)


def test_counts_that_are_no_whole_numbers_are_refused() -> None:
    """A recall of 0.5 of 7 people."""
    with pytest.raises(StepError, match="whole number"):
        assert run(counts_wanted, positives=7, negatives=10, P=Fraction(1, 2), R=Fraction(1, 2)).values


@settings(max_examples=25, deadline=None)
@given(COUNT, COUNT, COUNT, COUNT)
def test_counts_survive_the_way_there_and_back(tp: int, fp: int, fn: int, tn: int) -> None:
    """From counts to shares to counts, each certified by the other engine."""
    there = run(binary, tp=tp, fp=fp, fn=fn, tn=tn)
    shares = there.values
    back = run(counts_wanted, positives=tp + fn, negatives=fp + tn, P=shares["precision"], R=shares["recall"])
    found = [back.values[f"{name}s"] for name in ("true_positive", "false_positive", "false_negative", "true_negative")]
    assert found == [tp, fp, fn, tn]
    assert back.values["resulting_accuracy"] == shares["accuracy"]
    assert certify(there).certified
    assert certify(back).certified


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(COUNT, min_size=4, max_size=4), min_size=4, max_size=4))
def test_pytorch_counts_the_same_of_four_classes(rows: list[list[int]]) -> None:
    """Every example one by one."""
    assert certify(run(confusion_matrix, C=rows)).certified


@settings(max_examples=15, deadline=None)
@given(st.lists(TENTHS, min_size=1, max_size=6), TENTHS, TENTHS, st.integers(0, 4))
def test_the_other_engine_agrees_on_texts_and_weighted_scores(
    p: list[Fraction], P: Fraction, R: Fraction, beta: int
) -> None:
    """Any probabilities above 0."""
    assert certify(run(perplexity, p=p)).certified
    assert certify(run(f_beta, P=P, R=R, beta=beta)).certified


def test_swapping_rows_and_columns_swaps_precision_and_recall() -> None:
    """As the transposed matrix would."""
    rows = [[5, 1, 0], [2, 6, 2], [0, 1, 3]]
    there, back = (
        run(confusion_matrix, C=each).values for each in (rows, [list(column) for column in zip(*rows, strict=True)])
    )
    assert list(there["precisions"]) == list(back["recalls"]) == [Fraction(5, 7), Fraction(3, 4), Fraction(3, 5)]
    assert there["macro_f1"] == back["macro_f1"]
