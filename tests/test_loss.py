"""Losses: values that documentation and courses print, their corners, and PyTorch's word on all derivations."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.certificate import certify
from solvers.trace import StepError
from solvers.values import array
from tests.deriving import certified, run, vectors

F = Fraction


def test_regression_errors_of_the_documentation() -> None:
    """scikit-learn's example: mean squared error 0.375, mean absolute error 0.5."""
    numbers = {"y": [3, F(-1, 2), 2, 7], "p": [F(5, 2), 0, 2, 8]}
    assert run("loss.squared_error", **numbers)["mean"] == F(3, 8)
    assert run("loss.absolute_error", **numbers)["mean"] == F(1, 2)


def test_softmax_loss_of_the_cat() -> None:
    """Stanford's CS231n: scores 3.2, 5.1, -1.7, the first class right: probability 0.13, loss 2.04."""
    trace = run("loss.cross_entropy_of_scores", z=[F("3.2"), F("5.1"), F("-1.7")], c=0)
    assert trace["right_probability"] == pytest.approx(0.13, abs=5e-4)
    assert trace["loss"] == pytest.approx(2.04, abs=5e-3)


def test_divergence_is_the_gap_between_cross_entropy_and_entropy() -> None:
    """A fair coin taken for one of 3 to 1: -ln(sqrt(3)/2)."""
    trace = run("loss.cross_entropy", y=[F(1, 2), F(1, 2)], p=[F(1, 4), F(3, 4)])
    assert trace["entropy"] == pytest.approx(0.693147, abs=1e-6)
    assert trace["divergence"] == pytest.approx(0.143841, abs=1e-6)


def test_certainty_costs_nothing_and_an_impossible_class_has_no_loss() -> None:
    """A probability of 1 for the right class: loss 0; a probability of 0: none."""
    assert run("loss.cross_entropy", y=[0, 1], p=[0, 1])["loss"] == 0
    with pytest.raises(StepError, match="above 0"):
        run("loss.cross_entropy", y=[1, 0], p=[0, 1])["loss"]


def test_both_parts_of_the_huber_loss_meet() -> None:
    """At an error of exactly delta."""
    assert run("loss.huber", y=[0, 0], p=[2, 3], delta=2)["losses"].tolist() == [2, 4]


def test_zero_one_loss_of_the_documentation() -> None:
    """scikit-learn's zero_one_loss: one of four wrong is 0.25."""
    trace = run("loss.zero_one", y=[2, 2, 3, 4], p=[1, 2, 3, 4])
    assert (trace["mistakes"], trace["error_rate"], trace["accuracy"]) == (1, F(1, 4), F(3, 4))


@pytest.mark.parametrize(("penalty", "risk"), [("half_l2", F("1.25")), ("l2", F("1.5")), ("l1", F("1.3"))])
def test_penalties(penalty: str, risk: Fraction) -> None:
    """Mean loss 1, weights 1 and -2, lambda 0.1."""
    trace = run("loss.regularised_risk", losses=[F("0.5"), F("1.5")], w=[1, -2], lam=F("0.1"), penalty=penalty)
    assert trace["regularised"] == risk


chances = st.integers(5, 95).map(lambda n: F(n, 100))
BITS = st.integers(0, 1)


shares = st.lists(st.integers(1, 9), min_size=3, max_size=3).map(lambda n: array([F(k, sum(n)) for k in n]))
one_hot = st.integers(0, 2).map(lambda c: array([int(i == c) for i in range(3)]))
PAIRS = {"y": vectors(4), "p": vectors(4)}
VARIED: dict[str, dict[str, Any]] = {
    "loss.squared_error": PAIRS,
    "loss.absolute_error": PAIRS,
    "loss.huber": {**PAIRS, "delta": st.integers(1, 20).map(lambda n: F(n, 10))},
    "loss.zero_one": {"y": vectors(5, BITS), "p": vectors(5, BITS)},
    "loss.cross_entropy": {"y": shares | one_hot, "p": shares},
    "loss.cross_entropy_of_scores": {"z": vectors(4), "c": st.integers(0, 3)},
    "loss.cross_entropy_batch": {
        "Y": st.lists(one_hot, min_size=2, max_size=2).map(lambda rows: [list(row) for row in rows]),
        "P": st.lists(shares, min_size=2, max_size=2).map(lambda rows: [list(row) for row in rows]),
    },
    "loss.binary_cross_entropy": {"y": vectors(3, BITS), "p": vectors(3, chances)},
    "loss.needed_probability": {"L": chances},
    "loss.hinge": {"y": vectors(3, st.sampled_from([1, -1])), "s": vectors(3)},
    "loss.empirical_risk": {"losses": vectors(4)},
    "loss.regularised_risk": {
        "losses": vectors(4),
        "w": vectors(3),
        "lam": chances,
        "penalty": st.sampled_from(["half_l2", "l2", "l1"]),
    },
}


@pytest.mark.parametrize("name", VARIED)
def test_pytorch_agrees_step_by_step(name: str) -> None:
    """On varied givens, every step is certified."""

    @settings(max_examples=12, deadline=None)
    @given(givens=st.fixed_dictionaries(VARIED[name]))
    def holds(givens: dict[str, Any]) -> None:
        assert certified(run(name, **givens))

    holds()


@pytest.mark.parametrize(
    ("name", "givens", "loss"),
    [
        ("loss.multiclass_hinge", {"z": [10, -2, 3], "c": 0}, 0),  # far enough above the others
        ("loss.multiclass_hinge", {"z": [10, 9, 9], "c": 0}, 0),  # just far enough
        ("loss.multiclass_hinge", {"z": [1, 1, 1], "c": 2}, 2),  # all equal: the margin from each of the others
        ("loss.multiclass_hinge", {"z": [3, 1], "c": 1, "delta": 0}, 2),
        (
            "loss.label_smoothing",
            {"z": [0, 0, 0, 0], "c": 1},
            pytest.approx(1.3862943611198906),
        ),  # ln 4, smoothed or not
        (
            "loss.label_smoothing",
            {"z": [2, 0], "c": 0, "eps": 0},
            pytest.approx(0.1269280110429725),
        ),  # plain cross-entropy
    ],
)
def test_losses_of_scores(name: str, givens: dict[str, Any], loss: Any) -> None:
    """Corner cases, each certified."""
    trace = run(name, **givens)
    assert trace["loss"] == loss
    assert certify(trace).certified


@pytest.mark.parametrize("name", ["loss.multiclass_hinge", "loss.label_smoothing"])
def test_a_class_that_is_not_there_has_no_loss(name: str) -> None:
    """Classes count from 0."""
    with pytest.raises(StepError, match="no such class"):
        run(name, z=[1, 2], c=2)["loss"]
