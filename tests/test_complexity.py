"""Big-O: two costs are equal when they grow alike."""

from __future__ import annotations

import time

import pytest

from grader.complexity import NoGrowthError, compare_growth, growth
from grader.reading import Reading, read
from solvers.expression import parse

EQUAL = [
    ("O(n^2 d)", "n^2 d"),
    ("O(n^2 d)", "3 n^2 d + 5 n d + 7"),
    ("O(n^2 d)", "Θ(d n n)"),
    ("O(n^2 d)", "O(N^2 D)"),
    ("O(n^2 d)", "n d n - n"),
    ("O(n^2 d + n d^2)", "n d (n + d)"),
    ("O(n^2 d + n d^2)", "(n + d) n d + n d"),
    ("O((n + m)^2)", "n^2 + m^2 + n m"),
    ("O(n log n)", "n log_2 n"),
    ("O(n log n)", "n ln(n^3)"),
    ("O(n log n)", "n log n + n"),
    ("O(log n + log m)", "log(n m)"),
    ("O(n + m)", "max(n, m)"),
    ("O(n^(1/2))", "sqrt(n)"),
    ("O(n^0.5)", "n/sqrt(n)"),
    ("O(n^2/d)", "n n / d"),
    ("O(1)", "42"),
    ("O(1)", "n^0"),
    ("O(log n)", "log(2n)"),
]
UNEQUAL = [
    ("O(n^2 d)", "n^3 d", "too loose"),
    ("O(n^2 d)", "n d", "Too tight"),
    ("O(n^2 d)", "n d^2", "another way"),
    ("O(n)", "n log n", "too loose"),
    ("O(n log n)", "n", "Too tight"),
    ("O(n)", "n/log(n)", "Too tight"),
    ("O(n^2 d + n d^2)", "n^2 d", "Too tight"),
    ("O(n)", "m", "another way"),
    ("O(1)", "log n", "too loose"),
    ("O(n)", "2^n", "expected a cost"),
    ("O(n)", "sin(n)", "expected a cost"),
]


def compared(key: str, answer: str) -> tuple[object, ...]:
    reading = read(answer, "complexity")
    assert isinstance(reading, Reading)
    return compare_growth(reading.value, key)


@pytest.mark.parametrize(("key", "answer"), EQUAL)
def test_constants_order_and_lower_terms_do_not_matter(key: str, answer: str) -> None:
    """The same growth earns everything."""
    assert compared(key, answer) == (1,)


@pytest.mark.parametrize(("key", "answer", "said"), UNEQUAL)
def test_another_growth_earns_nothing_and_is_told(key: str, answer: str, said: str) -> None:
    """Too loose, too tight, another way, or no cost at all."""
    credit, note = compared(key, answer)
    assert credit == 0
    assert said in note.en  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "(" + "+".join(f"x{i}" for i in range(250)) + ")^4",
        "*".join(f"(a{i} + b{i})" for i in range(120)),
        "n^" * 40 + "9",
        "n^(10^300)",
    ],
    ids=["power of a sum", "product of sums", "tower", "exponent"],
)
def test_a_cost_that_would_explode_is_refused_at_once(text: str) -> None:
    """In milliseconds."""
    began = time.process_time()
    with pytest.raises(NoGrowthError):
        growth(parse(text))
    assert time.process_time() - began < 20
