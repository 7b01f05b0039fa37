"""Products of Jacobians: numbers worked out by hand, corner cases, and autograd's word on every step."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.trace import StepError
from solvers.values import as_float
from tests.deriving import assert_certified, run

F = Fraction
WORDS: dict[str, list[Any]] = {
    "tanh": [F(1, 2), F(-3, 5), F(4, 5)],
    "sigmoid": [F(1, 2), F(1, 5), F(9, 10)],
    "relu": [2, F(1, 3), 1],
    "linear": [2, -1, 3],
}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("kept", [1, 2, 5])
def test_autograd_agrees_with_every_share(word: str, kept: int) -> None:
    """Whatever the activation, and also where truncation keeps everything."""
    states = WORDS[word]
    assert_certified(run("bptt.contributions", h=states, u=F(-3, 2), h0=F(1, 4), error=2, K=kept, activation=word))


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("length", [1, 3])
def test_autograd_agrees_with_every_jacobian(word: str, length: int) -> None:
    """One step as well as several."""
    states = [WORDS[word][:2], WORDS[word][1:], WORDS[word][:2]][:length]
    assert_certified(run("bptt.jacobians", h=states, U=[[1, F(1, 2)], [-2, F(1, 4)]], activation=word))


@pytest.mark.parametrize("word", WORDS)
def test_pytorch_agrees_with_the_bounds(word: str) -> None:
    """Powers of the spectral norm, and how long they take to vanish."""
    assert_certified(run("bptt.norm_bound", sigma=F(9, 10), k=20, activation=word))
    assert_certified(run("bptt.matrix_bound", U=[[1, 2], [F(-1, 2), F(3, 4)]], k=3, activation=word))


def test_a_weight_of_nine_tenths_fades_to_a_hundredth_after_44_steps() -> None:
    """0.9^43 = 0.0108 and 0.9^44 = 0.0097."""
    trace = run("bptt.norm_bound", sigma=F(9, 10), k=43)
    assert trace["steps_needed"] == 44
    assert as_float(trace["bound"]) == pytest.approx(0.0108, abs=5e-5)


def test_a_power_that_hits_the_share_exactly_needs_one_step_more() -> None:
    """0.1^2 is 0.01 and not below it."""
    assert run("bptt.norm_bound", sigma=F(1, 10), k=1)["steps_needed"] == 3


def test_a_bound_that_grows_never_falls_below_a_share() -> None:
    """A factor of 1 or more."""
    with pytest.raises(StepError, match="below 1"):
        _ = run("bptt.norm_bound", sigma=2, k=3)["steps_needed"]


def test_a_diagonal_matrix_shows_its_singular_values() -> None:
    """diag(3, -4) stretches by 4 at most; the sigmoid brings that to 1."""
    trace = run("bptt.matrix_bound", U=[[3, 0], [0, -4]], k=7, activation="sigmoid")
    assert (trace["spectral_norm"], trace["factor"], trace["bound"]) == (4, 1, 1)


def test_a_linear_chain_is_a_power_of_its_weight() -> None:
    """Without an activation the first share is u^(T-1) h0."""
    trace = run("bptt.contributions", h=[1, 1, 1], u=2, h0=1, activation="linear")
    assert [trace[f"share_{t}"] for t in (1, 2, 3)] == [4, 2, 1]


def test_saturated_units_pass_nothing_back() -> None:
    """tanh at 1 has no slope left."""
    assert run("bptt.jacobians", h=[[1, 0]], U=[[5, 5], [1, 2]])["product"].tolist() == [[0, 0], [1, 2]]


def test_only_two_by_two_matrices_have_the_short_formula() -> None:
    """Larger ones take `bptt.norm_bound` with their norm."""
    with pytest.raises(StepError, match="2 by 2"):
        _ = run("bptt.matrix_bound", U=[[1, 2, 3]], k=2)["bound"]
