"""Regularisation against known special cases, and PyTorch on varied givens."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.registry import derivation, names
from solvers.trace import StepError, Trace

HALF, TENTH = Fraction(1, 2), Fraction(1, 10)


def run(name: str, **givens: Any) -> Trace:
    """The named derivation on these givens."""
    found = derivation(f"reg.{name}")
    complete = found.complete(givens)
    return found.at(complete).run(complete)


def test_l2_without_data_loss_shrinks_every_weight_by_one_factor() -> None:
    """1 - eta lambda, for small and large weights."""
    assert list(run("l2_step", w=[1, -50], l=HALF, lr=TENTH)["w_updated"]) == [Fraction(19, 20), Fraction(-95, 2)]


def test_l1_leaves_a_weight_of_zero_alone() -> None:
    """The subgradient at 0 is taken as 0, as PyTorch does."""
    assert list(run("l1_step", w=[0, 2], l=HALF)["penalty_gradient"]) == [0, HALF]


def test_scaled_dropout_keeps_the_expected_value() -> None:
    """Whatever the probability of dropping."""
    assert run("dropout_moments", a=3, p=Fraction(1, 3))["scaled_expected"] == 3


def test_dropping_everything_has_no_scale() -> None:
    """1 / (1 - p) does not exist for p = 1."""
    with pytest.raises(StepError, match="dropped"):
        run("dropout", a=[1, 2], mask=[0, 0], p=1)["scale"]


FALLING = [Fraction(9, 10), Fraction(7, 10), Fraction(6, 10)]
BUMPY = [Fraction(x, 100) for x in (90, 70, 80, 60, 70, 65, 62, 50)]


def test_a_curve_that_only_falls_is_trained_to_its_end() -> None:
    """Nothing stops it, and the last model is the best."""
    trace = run("early_stopping", losses=FALLING, patience=1)
    assert (trace["stop_epoch"], trace["best_epoch"]) == (3, 3)


def test_a_tie_is_no_improvement() -> None:
    """An equal loss does not start the count again."""
    assert run("early_stopping", losses=[HALF, HALF, HALF, TENTH], patience=2)["stop_epoch"] == 3


CASES: list[tuple[str, dict[str, Any]]] = [
    ("l2_step", {"w": [1, -2, 0], "g": [HALF, 1, -1], "l": TENTH}),
    ("l1_step", {"w": [1, -2, 0], "g": [HALF, 1, -1], "l": TENTH}),
    ("weight_decay", {"w": 3, "lr": TENTH, "decay": HALF, "T": 3}),
    ("weight_decay", {"w": 3, "lr": TENTH, "decay": HALF, "T": 0}),
    ("dropout", {"a": [1, 2, 3], "mask": [1, 0, 1], "p": Fraction(1, 4)}),
    ("dropout_moments", {"a": 3, "p": Fraction(1, 4), "n": 100}),
    ("early_stopping", {"losses": BUMPY}),
    ("early_stopping", {"losses": BUMPY, "patience": 1, "delta": Fraction(1, 20)}),
    ("early_stopping", {"losses": FALLING, "patience": 2}),
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
    assert {name for name in names() if name.startswith("reg.")} == {f"reg.{name}" for name, _ in CASES}
