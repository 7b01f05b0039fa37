"""What to practise first when a topic goes badly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from grader.foundations import to_practise_first
from grader.progress import Attempt, Progress
from questions.bank import Bank

BANK = Bank()


@pytest.fixture
def progress(tmp_path: Path) -> Iterator[Progress]:
    with Progress(tmp_path / "progress.sqlite") as opened:
        yield opened


def answers(progress: Progress, topic: str, *marks: int) -> None:
    """Answers on a topic, each worth 2."""
    for earned in marks:
        progress.record(Attempt(f"{topic}/q", 1, "size", "1", "correct", Fraction(earned), Fraction(2)))


def first(progress: Progress, topic: str) -> str | None:
    found = to_practise_first(BANK, progress, topic)
    return found.id if found else None


@pytest.mark.parametrize("marks", [(), (0, 0), (2, 0, 2, 0), (0, 0, 0, 0, 2, 2, 2, 0, 2, 2)])
def test_a_topic_that_goes_well_or_is_new_needs_nothing_first(progress: Progress, marks: tuple[int, ...]) -> None:
    """Two wrong answers say little, old ones nothing."""
    answers(progress, "bptt", *marks)
    assert first(progress, "bptt") is None


def test_the_weakest_of_what_it_builds_on_comes_first(progress: Progress) -> None:
    """Practised with more wrong than right before untried, untried before half right."""
    answers(progress, "bptt", 0, 0, 0)
    assert BANK.topic_row("bptt").prerequisites == ("rnn", "backprop")  # type: ignore[union-attr] # it is on the map
    answers(progress, "rnn", 2, 2, 0)
    assert first(progress, "bptt") == "backprop"
    answers(progress, "backprop", 2, 2, 2)
    assert first(progress, "bptt") == "rnn"


def test_what_goes_badly_too_is_followed_down(progress: Progress) -> None:
    """To the first topic that is worth practising now."""
    for topic in ("bert", "transformer", "attention", "normalisation", "residual"):
        answers(progress, topic, 0, 0, 1)
    answers(progress, "attention", 0, 0, 0)
    assert first(progress, "bert") == "activations"


def test_nothing_is_named_when_all_below_is_known(progress: Progress) -> None:
    """Then the topic itself has to be practised."""
    answers(progress, "receptive-field", 0, 0, 0)
    answers(progress, "convolution", 2, 2, 2)
    assert first(progress, "receptive-field") is None


def test_a_topic_of_ones_own_builds_on_nothing(progress: Progress) -> None:
    """The map does not know it."""
    answers(progress, "own", 0, 0, 0)
    assert first(progress, "own") is None
