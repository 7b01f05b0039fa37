"""The perceptron: textbooks' runs to convergence, points on the plane itself, and PyTorch's word on all derivations."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.trace import StepError
from tests.deriving import certified, matrices, run, tenths, vectors

F = Fraction
LI_HANG: dict[str, Any] = {"X": [[3, 3], [4, 3], [1, 1]], "y": [1, 1, -1]}
BITS = [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_seven_updates_of_the_textbook() -> None:
    """Li Hang, Statistical Learning Methods, example 2.1: w = (1, 1), b = -3 after seven updates."""
    trace = run("perceptron.train", **LI_HANG, order="first")
    assert [trace[f"sample_{k}"] for k in range(1, 8)] == [1, 3, 3, 3, 1, 3, 3]
    assert (trace["updates"], trace["weights"].tolist(), trace["bias"]) == (7, [1, 1], -3)
    assert certified(trace)


def test_dual_form_of_the_textbook() -> None:
    """Li Hang, example 2.2: the same plane from the numbers of updates."""
    trace = run("perceptron.dual", **LI_HANG, n=[2, 0, 5])
    assert trace["gram"].tolist() == [[18, 21, 6], [21, 25, 7], [6, 7, 2]]
    assert (trace["weights"].tolist(), trace["bias"]) == ([1, 1], -3)


def test_and_with_a_fixed_threshold() -> None:
    """Negnevitsky, Artificial Intelligence, table 6.3: threshold 0.2, rate 0.1, weights 0.1 and 0.1 after five epochs."""
    start = {"w": [F("0.3"), F("-0.1")], "b": F("-0.2"), "rate": F("0.1"), "train_bias": False}
    trace = run("perceptron.epochs", X=BITS, t=[0, 0, 0, 1], **start, epochs=5)
    assert trace["weights"].tolist() == [F("0.1"), F("0.1")]
    assert trace["w_1_4"].tolist() == [F("0.3"), 0]
    assert trace["mistakes_5"] == 0
    assert certified(trace)


def test_and_with_bipolar_targets_and_a_band() -> None:
    """Fausett, Fundamentals of Neural Networks, example 2.11: weights 2 and 3, bias -4 after ten epochs."""
    rules = {"theta": F("0.2"), "activation": "signum", "rule": "target"}
    trace = run("perceptron.epochs", X=BITS[::-1], t=[1, -1, -1, -1], **rules, epochs=10)
    assert (trace["weights"].tolist(), trace["bias"]) == ([2, 3], -4)
    assert [trace["mistakes_9"], trace["mistakes_10"]] == [2, 0]
    assert certified(trace)


def test_xor_is_never_learnt() -> None:
    """After any number of updates one of the four points is on the wrong side."""
    with pytest.raises(StepError, match="after 60 updates"):
        run("perceptron.train", X=BITS, y=[-1, 1, 1, -1], most=60)["updates"]


@pytest.mark.parametrize(("tie", "decision"), [("plus", 1), ("zero", 0), ("minus", -1)])
def test_a_point_on_the_plane(tie: str, decision: int) -> None:
    """Its distance is 0, its decision a convention."""
    trace = run("perceptron.decision", w=[3, 4], x=[1, -1], b=1, tie=tie)
    assert (trace["decision"], trace["distance"]) == (decision, 0)
    assert certified(trace)


def test_distance_is_measured_in_units_of_the_weights() -> None:
    """3 + 4 - 2 = 5, divided by the length 5."""
    assert run("perceptron.decision", w=[3, 4], x=[1, 1], b=-2)["distance"] == 1


def test_weights_of_zero_are_no_plane() -> None:
    """There is nothing to measure a distance from."""
    with pytest.raises(StepError, match="no plane"):
        run("perceptron.decision", w=[0, 0], x=[1, 1], b=1)["distance"]


def test_a_point_on_the_plane_is_misclassified() -> None:
    """Margin 0 enters the set M, and adds nothing to the loss."""
    trace = run("perceptron.loss", X=[[1, 1], [2, 2]], y=[1, 1], w=[1, -1])
    assert (trace["count"], trace["loss"], trace["w_gradient"].tolist()) == (2, 0, [-3, -3])
    assert certified(trace)


def test_a_plane_that_does_not_separate_has_no_bound() -> None:
    """Novikoff's theorem needs a positive margin."""
    with pytest.raises(StepError, match="does not separate"):
        run("perceptron.mistake_bound", X=[[1, 0], [2, 0]], y=[1, -1], w=[1, 0])["bound"]


@pytest.mark.parametrize(("m", "repeats"), [(0, 1), (-5, 2), (F(-499, 100), 1)])
def test_updates_that_one_point_needs(m: Fraction, repeats: int) -> None:
    """Each adds 1 + 4 to the margin; a margin of exactly 0 needs another one."""
    assert run("perceptron.repeats", m=m, q=4)["repeats"] == repeats


rates = st.integers(1, 10).map(lambda n: F(n, 10))
signs = st.sampled_from([1, -1])


VARIED: dict[str, dict[str, Any]] = {
    "perceptron.decision": {
        "w": vectors(3).filter(any),
        "x": vectors(3),
        "b": tenths,
        "y": signs,
        "tie": st.sampled_from(["plus", "minus", "zero"]),
    },
    "perceptron.loss": {"X": matrices(4, 2), "y": vectors(4, signs), "w": vectors(2), "b": tenths, "rate": rates},
    "perceptron.mistake_bound": {"X": st.just([[2, 1], [-1, 1]]), "y": st.just([1, -1]), "w": st.just([3, 1])},
    "perceptron.update": {"x": vectors(3), "y": signs, "w": vectors(3), "b": tenths, "rate": rates},
    "perceptron.train": {
        "X": st.just([[2, 1], [1, 3], [-1, 0]]),
        "y": st.just([1, 1, -1]),
        "w": vectors(2),
        "b": tenths,
        "rate": rates,
        "order": st.sampled_from(["first", "cyclic"]),
    },
    "perceptron.dual": {"X": matrices(3, 2), "y": vectors(3, signs), "n": vectors(3, st.integers(0, 5)), "rate": rates},
    "perceptron.repeats": {"m": st.integers(-30, 0), "q": st.integers(1, 9), "r": rates},
    "perceptron.epochs": {
        "X": matrices(3, 2),
        "t": vectors(3, signs),
        "w": vectors(2),
        "b": tenths,
        "rate": rates,
        "epochs": st.integers(1, 2),
        "activation": st.sampled_from(["threshold", "bipolar", "signum"]),
        "theta": st.sampled_from([0, F(1, 5)]),
        "rule": st.sampled_from(["error", "target"]),
        "train_bias": st.booleans(),
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
