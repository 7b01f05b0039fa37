"""BERT: masks, input vectors, the next-sentence head."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.bert import input_vector, masking, next_sentence
from solvers.certificate import certify
from solvers.givens import complete
from solvers.trace import StepError, Trace

SMALL = st.integers(-5, 5)


def run(derivation: Any, **givens: Any) -> Trace:
    """The derivation on these givens."""
    found: Trace = derivation.run(complete(derivation.givens, givens))
    return found


def test_the_published_shares() -> None:
    """Of 1,000 tokens 150 are picked: 120 masked, 15 swapped, 15 left."""
    values = run(masking, n=1000).values
    assert [values[name] for name in ("picked", "masked", "swapped", "kept")] == [150, 120, 15, 15]
    assert certify(run(masking, n=1000)).certified


def test_shares_of_more_than_everything_are_refused() -> None:
    """0.8 and 0.3."""
    with pytest.raises(StepError, match="more than 1"):
        assert run(masking, n=100, swap=Fraction(3, 10)).values


@settings(max_examples=15, deadline=None)
@given(
    st.lists(SMALL, min_size=9, max_size=9).filter(lambda n: len({n[i] + n[i + 3] + n[i + 6] for i in range(3)}) > 1)
)
def test_pytorch_adds_and_normalises_alike(numbers: list[int]) -> None:
    """Any three rows whose sum is not constant."""
    T, S, P = ([numbers[i : i + 3], [9, 9, 9]] for i in (0, 3, 6))
    assert certify(run(input_vector, T=T, S=S, P=P, token=0, segment=0, position=0)).certified


def test_a_row_beyond_the_table_is_refused() -> None:
    """Two tokens, and number 2 asked for."""
    with pytest.raises(StepError, match="no such row"):
        assert run(input_vector, T=[[1, 2], [3, 4]], S=[[0, 0]], P=[[0, 0]], token=2).values


def test_equal_scores_leave_it_open() -> None:
    """1/2 each; a sum of probabilities is 1."""
    trace = run(next_sentence, h=[1, 2], W=[[1, 1], [3, 0]])
    assert list(trace.values["probabilities"]) == pytest.approx([0.5, 0.5])
    assert certify(trace).certified


@settings(max_examples=15, deadline=None)
@given(st.lists(SMALL, min_size=8, max_size=8), st.integers(0, 1))
def test_pytorch_agrees_on_the_head(numbers: list[int], y: int) -> None:
    """Any weights and either class."""
    assert certify(run(next_sentence, h=numbers[:2], W=[numbers[2:4], numbers[4:6]], b=numbers[6:], y=y)).certified
