"""Initialisation against the rules' known values, corner cases, and PyTorch on varied givens."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.registry import derivation, names
from solvers.trace import Trace

HALF, TENTH = Fraction(1, 2), Fraction(1, 10)


def run(name: str, **givens: Any) -> Trace:
    """The named derivation on these givens."""
    found = derivation(f"init.{name}")
    complete = found.complete(givens)
    return found.at(complete).run(complete)


def test_the_uniform_bound_of_glorot() -> None:
    """sqrt(6) / sqrt(n_in + n_out), as in the paper of Glorot and Bengio: 1/2 for 24 connections in all."""
    assert run("xavier", n_in=16, n_out=8)["bound"] == HALF


def test_the_deviation_of_he() -> None:
    """sqrt(2 / n): 1/10 for 200 inputs."""
    assert run("he", n_in=200)["std"] == TENTH


def test_the_rule_of_he_keeps_the_variance_behind_relu() -> None:
    """What the rule is made for, from the second layer on."""
    trace = run("propagated_variance", n=[50, 80, 20], v_w=[HALF, Fraction(1, 40), TENTH], activation="relu")
    assert trace["variance_1"] == trace["variance_2"] == trace["variance_3"]


def test_all_weights_zero_give_the_hidden_layer_no_gradient() -> None:
    """Only the output weights learn, and all by the same amount."""
    trace = run("equal_weights", x=[1, 2], y=2)
    assert list(trace["hidden_gradient"]) == [0, 0]
    assert trace["output_gradient"] == -1


def test_a_forget_bias_of_one() -> None:
    """sigma(1) = 0.7311."""
    assert float(run("forget_bias")["gate"]) == pytest.approx(0.731059, abs=1e-6)


CASES: list[tuple[str, dict[str, Any]]] = [
    ("xavier", {"n_in": 300, "n_out": 100}),
    ("xavier", {"n_in": 1, "n_out": 1, "gain": Fraction(5, 3)}),
    ("he", {"n_in": 50}),
    ("he", {"n_in": 50, "a": TENTH}),
    ("propagated_variance", {"n": [100, 50, 20], "v_w": [TENTH, HALF, TENTH], "activation": "relu", "v_x": 2}),
    ("propagated_variance", {"n": [100], "v_w": [TENTH]}),
    ("equal_weights", {"x": [1, 2], "c": HALF, "u": 1, "y": 2, "h": 3}),
    ("equal_weights", {"x": [1, 2], "y": 2}),
    ("forget_bias", {"T": 10}),
    ("forget_bias", {"b": 0, "T": 0}),
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
    assert {name for name in names() if name.startswith("init.")} == {f"init.{name}" for name, _ in CASES}
