"""Data handling against known values, corner cases, and PyTorch on varied givens."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.registry import derivation, names
from solvers.trace import StepError, Trace


def run(name: str, **givens: Any) -> Trace:
    """The named derivation on these givens."""
    found = derivation(f"data.{name}")
    complete = found.complete(givens)
    return found.at(complete).run(complete)


def test_the_batches_of_mnist() -> None:
    """60,000 images in batches of 128 are 469 updates an epoch, the last with 96 images."""
    trace = run("updates", N=60_000, B=128)
    assert (trace["steps_per_epoch"], trace["last_batch"]) == (469, 96)


def test_a_multiple_of_the_batch_size_has_a_full_last_batch() -> None:
    """Nothing is left over, dropped or not."""
    assert [run("updates", N=96, B=32, drop_last=drop)["last_batch"] for drop in (False, True)] == [32, 32]


def test_fewer_samples_than_a_batch_and_the_rest_dropped_leave_no_batch() -> None:
    """No update at all."""
    trace = run("updates", N=5, B=8, drop_last=True)
    assert trace["steps_per_epoch"] == 0
    with pytest.raises(StepError, match="no batch"):
        trace["last_batch"]


def test_the_textbook_standard_deviation() -> None:
    """2, 4, 4, 4, 5, 5, 7, 9 has mean 5 and standard deviation 2."""
    assert run("standardise", x=[2, 4, 4, 4, 5, 5, 7, 9], new=9)["scaled_new"] == 2


def test_a_label_beyond_the_classes_has_no_code() -> None:
    """Labels 0 to 2 for three classes."""
    with pytest.raises(StepError, match="not among"):
        run("one_hot", labels=[3], C=3)["codes"]


def test_what_is_left_over_goes_to_training() -> None:
    """Both other parts are rounded down."""
    assert run("split", N=1003, validation=Fraction(3, 20))["training_size"] == 753


CASES: list[tuple[str, dict[str, Any]]] = [
    ("k_fold", {"N": 11, "k": 4}),
    ("split", {"N": 1003, "validation": Fraction(3, 20), "test": Fraction(1, 5)}),
    ("split", {"N": 10, "test": 0}),
    ("updates", {"N": 1000, "B": 32, "E": 10}),
    ("updates", {"N": 1000, "B": 32, "E": 10, "drop_last": True}),
    ("one_hot", {"labels": [2, 0, 1, 2], "C": 4}),
    ("one_hot", {"labels": [2, 1], "C": 3, "first": 1}),
    ("standardise", {"x": [1, 2, 6], "new": 10}),
    ("standardise", {"x": [1, 2, 6], "new": 10, "variance": "sample"}),
    ("min_max", {"x": [2, 4, 10], "new": 5, "low": -1}),
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
    assert {name for name in names() if name.startswith("data.")} == {f"data.{name}" for name, _ in CASES}


@pytest.mark.parametrize(
    ("n", "k", "sizes"),
    [(10, 3, [4, 3, 3]), (9, 3, [3, 3, 3]), (5, 5, [1] * 5), (7, 2, [4, 3])],
    ids=["one left over", "none left over", "leave one out", "halves"],
)
def test_folds(n: int, k: int, sizes: list[int]) -> None:
    """Each sample validates once and trains in all the other runs."""
    trace = run("k_fold", N=n, k=k)
    assert list(trace["fold_sizes"]) == sizes
    assert [n - size for size in sizes] == list(trace["training_sizes"])
    assert trace["trained_in_all"] == sum(trace["training_sizes"])


def test_more_folds_than_samples_are_refused() -> None:
    """A fold must hold something."""
    with pytest.raises(StepError, match="fewer samples"):
        run("k_fold", N=2, k=3)["fold_sizes"]


def test_the_variance_in_place_of_the_standard_deviation() -> None:
    """Of 1 and 5: mean 3, variance 4; 7 lies one variance above the mean."""
    trace = run("standardise", x=[1, 5], new=7)
    wrong = trace.derivation.run(trace.givens, replacing=("data/root-left-out",))
    assert [wrong["deviation"], wrong["scaled_new"]] == [4, 1]
