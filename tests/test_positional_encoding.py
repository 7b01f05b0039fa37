"""Sinusoidal positional encoding: published tables, corner cases, and complex exponentials as second opinion."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.formula_check import check_formula
from solvers.positional_encoding.waves import power
from solvers.text import GradmarkError
from solvers.trace import StepError
from solvers.values import as_float
from tests.deriving import run

F = Fraction


@pytest.mark.parametrize(
    ("name", "givens"),
    [
        *[("position.value", {"p": p, "i": i, "d": 6}) for p in (0, 1, 17) for i in range(6)],
        ("position.value", {"p": 3, "i": 101, "d": 512}),
        ("position.encoding", {"p": 5, "d": 6}),
        ("position.encoding", {"p": 5, "d": 2, "base": 100}),
        ("position.encoding", {"p": 5, "d": 4, "layout": "halves", "x": [1, F(1, 2), 0, -1], "scaled": True}),
        ("position.table", {"L": 3, "d": 4}),
        ("position.table", {"L": 1, "d": 6, "layout": "halves"}),
        ("position.shift", {"p": 4, "k": -3, "omega": F(1, 10)}),
        ("position.shift", {"p": 0, "k": 0, "omega": 1}),
    ],
)
def test_complex_exponentials_agree(name: str, givens: dict[str, Any]) -> None:
    """Every step is compared, and every printed formula gives the step's value."""
    trace = run(name, **givens)
    certificate = certify(trace)
    assert certificate.certified
    assert set(certificate.steps) == set(trace.derivation.steps)
    assert all(check_formula(trace, step) != "differs" for step in trace.derivation.steps)


def test_a_published_table_of_four_positions() -> None:
    """Mehreen Saeed, A Gentle Introduction to Positional Encoding, Part 1: seq_len=4, d=4, n=100."""
    table = run("position.table", L=4, d=4, base=100)["encoding"]
    published = [
        [0.0, 1.0, 0.0, 1.0],
        [0.84147098, 0.54030231, 0.09983342, 0.99500417],
        [0.90929743, -0.41614684, 0.19866933, 0.98006658],
        [0.14112001, -0.9899925, 0.29552021, 0.95533649],
    ]
    assert [[as_float(x) for x in row] for row in table] == [pytest.approx(row, abs=5e-9) for row in published]


def test_wavelengths_go_from_two_pi_towards_ten_thousand_times_that() -> None:
    """Vaswani et al., 2017, section 3.5."""
    assert as_float(run("position.value", p=1, i=0, d=512)["wavelength"]) == pytest.approx(2 * math.pi)
    longest = as_float(run("position.value", p=1, i=511, d=512)["wavelength"])
    assert 0.96 * 20_000 * math.pi < longest < 20_000 * math.pi


def test_position_zero_is_exact() -> None:
    """All sines are 0, all cosines 1."""
    assert run("position.encoding", p=0, d=6)["encoding"].tolist() == [0, 1] * 3


def test_a_root_of_the_base_is_exact_where_it_is_whole() -> None:
    """10000^(1/2) = 100 and 10000^(1/4) = 10, but 10000^(1/3) is no whole number."""
    assert [power(10000, F(1, 2)), power(10000, F(1, 4)), power(10000, 0)] == [100, 10, 1]
    assert power(10000, F(1, 3)) == pytest.approx(21.5443469)


def test_a_dimension_beyond_the_width_is_refused() -> None:
    """So are odd widths and embeddings of another width."""
    with pytest.raises(StepError, match="up to 3"):
        _ = run("position.value", p=1, i=4, d=4)["value"]
    with pytest.raises(StepError, match="even"):
        _ = run("position.encoding", p=1, d=5)["encoding"]


def test_a_shift_keeps_the_length() -> None:
    """A rotation: the pair stays on the unit circle, and distance 0 has dot product 1."""
    trace = run("position.shift", p=7, k=0, omega=F(3, 10))
    assert as_float(trace["dot"]) == pytest.approx(1)


@pytest.mark.parametrize("layout", ["interleaved", "halves"])
def test_rotary_scores_depend_on_the_distance_alone(layout: str) -> None:
    """The product of a turned query and a turned key is the same wherever the two stand; no vector changes its length."""
    query, key = [1, 2, -1, 3], [2, 0, 1, 1]

    def turned(x: list[int], p: int) -> list[float]:
        return [float(number) for number in run("position.rotary", x=x, p=p, base=100, layout=layout)["rotated"]]

    def score(at: int, other: int) -> float:
        return sum(a * b for a, b in zip(turned(query, at), turned(key, other), strict=True))

    assert score(7, 4) == pytest.approx(score(3, 0))
    assert sum(a * a for a in turned(query, 5)) == pytest.approx(15)


@pytest.mark.parametrize(
    "givens",
    [{"x": [1, 0], "p": 0}, {"x": [1, 2, 3, 4], "p": 3}, {"x": [1, 2, 3, 4, 5, 6], "p": 2, "layout": "halves"}],
)
def test_rotary_is_certified(givens: dict[str, Any]) -> None:
    """By complex multiplication."""
    assert certify(run("position.rotary", **givens)).certified


def test_an_odd_width_cannot_be_paired() -> None:
    """One component would be left over."""
    with pytest.raises(GradmarkError, match="even"):
        run("position.rotary", x=[1, 2, 3], p=1)
