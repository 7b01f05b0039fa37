"""Regression: published fits and predictions, the corners of least squares, and PyTorch's word on all derivations."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.certificate import certify
from solvers.registry import derivation
from solvers.trace import StepError
from tests.deriving import certified, matrices, run, tenths, vectors

F = Fraction


def test_line_through_four_points() -> None:
    """Wikipedia, "Linear least squares": y = 3.5 + 1.4 x, squared residuals 4.2."""
    trace = run("regression.line_fit", x=[1, 2, 3, 4], y=[6, 5, 7, 10])
    assert (trace["slope"], trace["intercept"], trace["squared_residuals"]) == (F("1.4"), F("3.5"), F("4.2"))


def test_the_normal_equation_finds_the_same_line() -> None:
    """With a column of ones for the intercept."""
    trace = run("regression.normal_equation", X=[[1, 1], [1, 2], [1, 3], [1, 4]], y=[6, 5, 7, 10])
    assert trace["weights"].tolist() == [F("3.5"), F("1.4")]


def test_dependent_columns_need_a_penalty() -> None:
    """Least squares has many solutions there, ridge regression one."""
    table: dict[str, Any] = {"X": [[1, 2], [2, 4]], "y": [1, 2]}
    with pytest.raises(StepError, match="depend on each other"):
        run("regression.normal_equation", **table)["weights"]
    assert certified(run("regression.normal_equation", **table, l2=1))


@pytest.mark.parametrize(("balance", "probability"), [(1000, 0.00576), (2000, 0.586)])
def test_default_probability_of_the_textbook(balance: int, probability: float) -> None:
    """James, Witten, Hastie and Tibshirani, section 4.3: coefficients -10.6513 and 0.0055."""
    trace = run("regression.probability", x=[balance], w=[F("0.0055")], b=F("-10.6513"))
    assert trace["probability"] == pytest.approx(probability, abs=1e-3)


@pytest.mark.parametrize(("hours", "probability"), [(1, 0.07), (2, 0.26), (3, 0.61), (4, 0.87), (5, 0.97)])
def test_hours_of_study(hours: int, probability: float) -> None:
    """Wikipedia, "Logistic regression": intercept -4.0777, weight 1.5046; half of them pass at 2.71 hours."""
    weights: dict[str, Any] = {"b": F("-4.0777")}
    trace = run("regression.probability", x=[hours], w=[F("1.5046")], **weights)
    assert trace["probability"] == pytest.approx(probability, abs=5e-3)
    assert run("regression.boundary", w=F("1.5046"), **weights)["input"] == pytest.approx(2.71, abs=5e-3)


def test_a_step_from_nothing() -> None:
    """With weights 0 every probability is exactly one half."""
    trace = run("regression.logistic_step", X=[[1, 2], [3, 4]], y=[0, 1], rate=1)
    assert trace["probabilities"].tolist() == [F(1, 2), F(1, 2)]
    assert trace["w_updated"].tolist() == [F(1, 2), F(1, 2)]
    assert trace["loss"] == pytest.approx(0.693147, abs=1e-6)


def test_two_classes_of_softmax_are_logistic_regression() -> None:
    """The gradient of the first class's weights is that of logistic regression on the difference of the scores."""
    two = run("regression.softmax_step", X=[[1, -2]], Y=[[1, 0]], W=[[F(1, 2), 0], [1, 0]])
    one = run("regression.logistic_step", X=[[1, -2]], y=[1], w=[F(1, 2), 1])
    assert two["W_gradient"][:, 0].tolist() == pytest.approx(one["w_gradient"].tolist())
    assert two["loss"] == pytest.approx(one["loss"])


def test_equal_inputs_have_no_line() -> None:
    """A vertical line has no slope."""
    with pytest.raises(StepError, match="all inputs are equal"):
        run("regression.line_fit", x=[2, 2], y=[1, 3])["slope"]


def test_large_scores_keep_a_finite_loss() -> None:
    """The loss of a confident mistake is the score itself."""
    assert run("regression.logistic_step", X=[[800]], y=[0], w=[1])["loss"] == 800


rates = st.integers(1, 10).map(lambda n: F(n, 10))
BITS = st.integers(0, 1)


REDUCTIONS = st.sampled_from(["mean", "sum"])
STEP = {"X": matrices(3, 2), "w": vectors(2), "b": tenths, "rate": rates, "l2": st.sampled_from([0, F(1, 10), 2])}
VARIED: dict[str, dict[str, Any]] = {
    "regression.linear_step": {
        **STEP,
        "y": vectors(3),
        "loss_function": st.sampled_from(["half_mean", "mean", "half_sum", "sum"]),
    },
    "regression.line_fit": {"x": vectors(4).filter(lambda x: max(x) - min(x) >= 1), "y": vectors(4)},
    "regression.normal_equation": {"X": matrices(3, 2), "y": vectors(3), "l2": rates},
    "regression.probability": {"x": vectors(3), "w": vectors(3), "b": tenths},
    "regression.boundary": {"w": rates, "b": tenths, "p": st.integers(1, 99).map(lambda n: F(n, 100))},
    "regression.logistic_step": {**STEP, "y": vectors(3, BITS), "reduction": REDUCTIONS},
    "regression.logistic_gradient": {"x": tenths, "w": tenths, "b": tenths, "y": BITS},
    "regression.softmax_step": {
        "X": matrices(2, 2),
        "Y": st.sampled_from([[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0]]]),
        "W": matrices(2, 3),
        "b": vectors(3),
        "rate": rates,
        "reduction": REDUCTIONS,
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


@pytest.mark.parametrize("bias", ["learnt", "fixed"])
@pytest.mark.parametrize("loss", ["half_mean", "mean", "half_sum", "sum"])
def test_several_steps_are_one_step_several_times(loss: str, bias: str) -> None:
    """And PyTorch's SGD arrives at the same weights."""
    givens: dict[str, Any] = {
        "X": [[1, 2], [3, 1], [0, 1]],
        "y": [1, 0, 2],
        "rate": Fraction(1, 20),
        "loss_function": loss,
    }
    found = derivation("regression.linear_descent")
    complete = found.complete({**givens, "w": [1, -1], "b": Fraction(1, 2), "T": 3, "bias": bias})
    trace = found.at(complete).run(complete)
    w, b = [1, -1], Fraction(1, 2)
    step = derivation("regression.linear_step")
    for _ in range(3):
        full = step.complete({**givens, "w": w, "b": b})
        once = step.at(full).run(full)
        w, b = list(once["w_updated"]), once["b_updated"] if bias == "learnt" else b
    assert list(trace["w_3"]) == w
    assert certify(trace).certified
