"""Normalisation against known values, its corner cases, and PyTorch on varied givens."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.registry import derivation, names
from solvers.trace import StepError, Trace
from solvers.values import as_float

HALF, TENTH = Fraction(1, 2), Fraction(1, 10)


def run(name: str, **givens: Any) -> Trace:
    """The named derivation on these givens."""
    found = derivation(f"norm.{name}")
    complete = found.complete(givens)
    return found.at(complete).run(complete)


def test_one_to_four_normalised() -> None:
    """(1, 2, 3, 4) has variance 5/4; its normalised values are ±3/√5 and ±1/√5."""
    values = [float(x) for x in run("batch_norm", x=[1, 2, 3, 4], eps=0)["normalised"]]
    assert values == pytest.approx([-1.341641, -0.447214, 0.447214, 1.341641], abs=1e-6)


def test_the_running_variance_takes_the_sample_variance() -> None:
    """0.9 times 1 and 0.1 times 5/3, as PyTorch's documentation of BatchNorm1d says."""
    assert run("batch_norm", x=[1, 2, 3, 4])["new_running_var"] == Fraction(9, 10) + TENTH * Fraction(5, 3)


def test_layer_norm_is_batch_norm_of_the_transpose() -> None:
    """The two differ in the axis alone."""
    rows = run("layer_norm_matrix", x=[[1, 2, 6], [3, 6, 0]], eps=0)["normalised"]
    columns = run("batch_norm_matrix", x=[[1, 3], [2, 6], [6, 0]], eps=0)["normalised"]
    assert [[float(x) for x in row] for row in rows] == [[float(x) for x in row] for row in columns.T]


def test_equal_values_without_epsilon_have_no_normalised_form() -> None:
    """The variance is 0, and nothing keeps the divisor from it."""
    with pytest.raises(StepError, match="equal"):
        run("layer_norm", x=[2, 2], eps=0)["normalised"]


def test_equal_values_with_epsilon_become_zero() -> None:
    """What epsilon is for."""
    assert list(run("layer_norm", x=[2, 2])["normalised"]) == [0, 0]


def test_a_batch_of_one_leaves_the_running_variance_undefined() -> None:
    """One value has no sample variance; PyTorch refuses such a batch as well."""
    with pytest.raises(StepError, match="sample variance"):
        run("batch_norm", x=[2])["new_running_var"]


CASES: list[tuple[str, dict[str, Any]]] = [
    ("group_norm", {"x": [[1, 3], [5, 9], [0, 2], [4, 4]], "gamma": [1, 2, 3, 4], "beta": [0, 1, 0, -1], "eps": 0}),
    ("group_norm", {"x": [[1, 3, 2], [5, 9, 1]], "groups": 1}),
    ("rms_norm", {"x": [3, 4], "gamma": [2, -1]}),
    ("rms_norm", {"x": [HALF, -2, 1], "eps": TENTH}),
    ("batch_norm", {"x": [1, 2, 3, 6], "eps": 0, "gamma": 2, "beta": HALF}),
    ("batch_norm", {"x": [1, 2, 7], "momentum": Fraction(1, 5), "running_mean": 3, "running_var": 4}),
    ("batch_norm_matrix", {"x": [[1, 2], [3, 6], [5, 1]], "gamma": [2, 1], "beta": [0, 1]}),
    ("layer_norm_matrix", {"x": [[1, 2], [3, 6], [5, 1]], "gamma": [2, 1], "beta": [0, 1]}),
    ("batch_norm_inference", {"x": 3, "mean": 1, "var": 4, "gamma": 2, "beta": 1}),
    ("running_average", {"b": [3, 5, 4], "r": 1}),
    ("layer_norm", {"x": [1, 2, 3, 6], "gamma": [1, 2, 1, HALF], "eps": 0}),
    ("post_norm", {"x": [1, 2, 3], "f": [1, -2, 4], "beta": [1, 0, 0]}),
    ("local_response", {"a": [1, 2, 3, 4, 5, 6], "n": 3, "k": 1, "alpha": TENTH, "beta": 1}),
    ("local_response", {"a": [1, 2, 3, 4, 5, 6], "n": 3, "k": 1, "alpha": TENTH, "beta": HALF}),
    ("local_response", {"a": [3, -1, 2, 5], "n": 4, "form": "pytorch"}),
    ("local_response", {"a": [7]}),
]


@pytest.mark.parametrize(("name", "givens"), CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)])
def test_pytorch_agrees_with_every_step(name: str, givens: dict[str, Any]) -> None:
    """Every step is compared, and none differs."""
    trace = run(name, **givens)
    certificate = certify(trace)
    assert certificate.certified, certificate.reason
    assert set(certificate.steps) == set(trace.derivation.steps)


def test_every_derivation_of_the_topic_is_certified_here() -> None:
    """None is left out of the table above."""
    assert {name for name in names() if name.startswith("norm.")} == {f"norm.{name}" for name, _ in CASES}


def test_rms_norm_of_a_vector_with_mean_zero_is_layer_norm() -> None:
    """The mean is all that the two differ in."""
    x = [3, -1, -2]
    assert list(run("rms_norm", x=x, eps=TENTH)["output"]) == list(run("layer_norm", x=x, eps=TENTH)["output"])


def test_rms_norm_of_zeros_needs_epsilon() -> None:
    """Nothing else keeps the divisor from 0."""
    with pytest.raises(StepError):
        run("rms_norm", x=[0, 0])["output"]
    assert list(run("rms_norm", x=[0, 0], eps=TENTH)["output"]) == [0, 0]


def test_the_ends_of_group_norm() -> None:
    """One group is layer norm over everything; a group for each channel is instance norm."""
    x = [[1, 3], [5, 9], [0, 2], [4, 4]]
    whole = run("layer_norm", x=[number for row in x for number in row])["normalised"]
    assert list(run("group_norm", x=x, groups=1)["normalised"].flat) == list(whole)
    each = run("layer_norm_matrix", x=x)["normalised"]
    assert run("group_norm", x=x, groups=4)["normalised"].tolist() == each.tolist()


def test_channels_must_divide_into_groups() -> None:
    """As PyTorch wants it, too."""
    with pytest.raises(StepError, match="divide"):
        run("group_norm", x=[[1], [2], [3]], groups=2)["output"]


@pytest.mark.parametrize(
    ("id", "first"),
    [
        ("mean-not-subtracted", 0.5),
        ("epsilon-left-out", -1.0),
        ("epsilon-outside-root", -0.25),
        ("root-forgotten", -0.25),
    ],
)
def test_the_divisor_of_every_line(id: str, first: float) -> None:
    """A sample of 1 and 3: mean 2, variance 1, and epsilon 3 makes the divisor 2."""
    assert as_float(_of_lines(id)[0, 0]) == pytest.approx(first)


def _of_lines(id: str) -> Any:
    found = derivation("norm.layer_norm_matrix")
    givens = found.complete({"x": [[1, 3]], "eps": 3})
    return found.at(givens).run(givens, replacing=(f"norm/{id}",))["normalised"]


@pytest.mark.parametrize(("id", "rms"), [("epsilon-left-out", 5), ("epsilon-outside-root", 16)])
def test_the_epsilon_of_rms(id: str, rms: int) -> None:
    """A mean square of 25, and epsilon 11."""
    found = derivation("norm.rms_norm")
    givens = found.complete({"x": [1, 7], "eps": 11})
    assert found.at(givens).run(givens, replacing=(f"norm/{id}",))["root_mean_square"] == rms
