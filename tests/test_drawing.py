"""One given, drawn as its `Draw` says."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.drawing import candidates, draw_value
from questions.question import Draw
from questions.same import Same
from questions.stream import Stream
from solvers.text import UsageError
from solvers.values import normal

TENTHS = st.integers(-60, 60).map(lambda count: Fraction(count, 10))


@given(TENTHS, TENTHS, st.sampled_from([Fraction(1, 4), Fraction(1, 3), Fraction(1, 10), Fraction(2)]), st.data())
def test_a_range_is_counted_as_if_it_were_listed(
    low: Fraction, high: Fraction, step: Fraction, data: st.DataObject
) -> None:
    """Every value from low to high in its steps, in order, in its plainest type, without those to be avoided."""
    low, high = min(low, high), max(low, high)
    listed = [normal(low + place * step) for place in range(int((high - low) / step) + 1)]
    avoid = data.draw(st.lists(st.sampled_from([*listed, Fraction(1, 7)]), max_size=len(listed) - 1))
    kept = [value for value in listed if value not in avoid]
    how = Draw(decimal=(low, high), step=step, avoid=avoid)
    if kept:
        found = [candidates(how)[place] for place in range(len(candidates(how)))]
        assert [(value, type(value)) for value in found] == [(value, type(value)) for value in kept]


def test_a_range_of_which_everything_is_avoided_is_an_error() -> None:
    """Whenever it is asked for."""
    how = Draw(integer=(1, 2), avoid=[1, 2])
    for _ in range(2):
        with pytest.raises(UsageError):
            candidates(how)


def test_two_draws_that_say_the_same_are_two() -> None:
    """What is remembered of one is not given for the other."""
    first, second = Draw(choice=[1, 2]), Draw(choice=[1, 2])
    assert Same(first) == Same(first)
    assert Same(first) != Same(second)
    assert candidates(first) == candidates(second)


def test_an_expression_takes_what_was_drawn_before() -> None:
    """Again on other givens, though it is read once."""
    how = Draw(expression="2*n + 1")
    assert [draw_value(how, Stream("x"), {"n": n}) for n in (3, 4)] == [7, 9]
