"""Values as people read them: decimals that end, numbers rounded to a place."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.values import LONGEST_DECIMAL, MOST_BITS, array, ending_decimal, is_too_long, rounded

DECIMALS = st.integers(0, 12)


def by_decimal(exact: Decimal, decimals: int) -> str:
    """What the standard library rounds it to, halves away from zero; zero has no sign."""
    text = f"{exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP):f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


@given(st.floats(-1e12, 1e12), DECIMALS)
def test_a_float_is_rounded_as_it_is_written(number: float, decimals: int) -> None:
    """The standard library's decimals agree."""
    with localcontext() as context:
        context.prec = 60
        assert rounded(number, decimals) == by_decimal(Decimal(repr(number)), decimals)


@given(st.fractions(), DECIMALS)
def test_a_fraction_is_rounded_exactly(number: Fraction, decimals: int) -> None:
    """As far as the standard library divides."""
    with localcontext() as context:
        context.prec = 200
        exact = Decimal(number.numerator) / Decimal(number.denominator)
        assert rounded(number, decimals) == by_decimal(exact, decimals)


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        (2.675, 2, "2.68"),
        (-0.5, 0, "-1"),
        (-0.004, 2, "0.00"),
        (10**30, 1, f"1{'0' * 30}.0"),
        (Fraction(-1, 8), 2, "-0.13"),
    ],
)
def test_halves_go_away_from_zero(number: float | Fraction, decimals: int, text: str) -> None:
    """And nothing is no negative number."""
    assert rounded(number, decimals) == text


@given(st.integers(-(10**12), 10**12), st.integers(0, 8))
def test_a_decimal_that_ends_is_the_fraction_itself(above: int, places: int) -> None:
    """It has no more places than it needs; a longer one is not given."""
    number = Fraction(above, 10**places)
    text = ending_decimal(number)
    needed = next(count for count in range(9) if 10**count % number.denominator == 0)
    assert (text is None) == (needed > LONGEST_DECIMAL)
    if text is not None:
        assert Fraction(text) == number
        assert len(text.partition(".")[2]) == needed


def test_a_third_has_no_end() -> None:
    """However many places are allowed."""
    assert ending_decimal(Fraction(1, 3), 30) is None


def test_a_number_is_too_long_beyond_its_bits() -> None:
    """Wherever it stands."""
    longest = 2**MOST_BITS - 1
    assert not is_too_long(longest)
    assert is_too_long(longest + 1)
    assert is_too_long(array([1, -longest - 1]))
    assert is_too_long(Fraction(longest, 2))
