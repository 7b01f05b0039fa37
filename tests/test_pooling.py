"""Pooling values: published worked examples, corner cases, agreement with PyTorch."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.formula_check import check_formula
from solvers.text import UsageError
from solvers.values import Value, to_json
from tests.deriving import run


def answer(name: str, *replacing: str, **givens: Any) -> Value:
    """The last step, as plain lists and numbers."""
    trace = run(name, *replacing, **givens)
    return to_json(trace[trace.derivation.answer])


NINE = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
SIXTEEN = [[4 * i + j for j in range(4)] for i in range(4)]


def test_dive_into_deep_learnings_pooling() -> None:
    """Zhang et al., "Dive into Deep Learning", section 7.5.1: windows of 2 x 2, stride 1."""
    assert answer("pool.max", x=NINE, s=1) == [[4, 5], [7, 8]]
    assert answer("pool.average", x=NINE, s=1) == [[2, 3], [5, 6]]


def test_dive_into_deep_learnings_padding_and_stride() -> None:
    """The same, section 7.5.2: the stride defaults to the window; padding 1; a window of 2 x 3."""
    assert answer("pool.max", x=SIXTEEN, k=3) == [[10]]
    assert answer("pool.max", x=SIXTEEN, k=3, p=1, s=2) == [[5, 7], [13, 15]]
    assert answer("pool.max", x=SIXTEEN, k=2, k_w=3, s=2, s_w=3, p=0, p_w=1) == [[5, 7], [13, 15]]


def test_cs231ns_pooling_figure() -> None:
    """Stanford CS231n, notes on convolutional networks: 2 x 2 max pooling of a 4 x 4 slice."""
    assert answer("pool.max", x=[[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]) == [[6, 8], [3, 4]]


def test_padding_never_wins_a_maximum() -> None:
    """All inputs negative: the padding counts as minus infinity, not as zero."""
    negative = [[-1, -2], [-3, -4]]
    assert answer("pool.max", x=negative, p=1) == [[-1, -2], [-3, -4]]
    assert answer("pool.max", "pool/zeros-compete", x=negative, p=1) == [[0, 0], [0, 0]]


def test_zeros_of_the_padding_in_an_average() -> None:
    """Counted by default, as in PyTorch; left out on request."""
    assert answer("pool.average", x=[[4, 8], [12, 16]], p=1) == [[1, 2], [3, 4]]
    assert answer("pool.average", x=[[4, 8], [12, 16]], p=1, count_include_pad=False) == [[4, 8], [12, 16]]


def test_ties_and_a_window_of_one() -> None:
    """Equal values have themselves as maximum and average; a window of one cell changes nothing."""
    assert answer("pool.max", x=[[3, 3], [3, 3]]) == answer("pool.average", x=[[3, 3], [3, 3]]) == [[3]]
    assert answer("pool.max", x=NINE, k=1) == NINE


def test_ceil_mode_keeps_the_border() -> None:
    """Three columns in windows of two: one window in floor mode, two in ceil mode."""
    assert answer("pool.max", x=NINE) == [[4]]
    assert answer("pool.max", x=NINE, mode="ceil") == [[4, 5], [7, 8]]


def test_a_window_that_does_not_fit_is_refused() -> None:
    """Neither without padding nor with more than half a window of it."""
    with pytest.raises(UsageError, match="does not fit"):
        run("pool.max", x=NINE, k=4)
    with pytest.raises(UsageError, match="half"):
        run("pool.average", x=NINE, p=2)


def test_global_pooling() -> None:
    """One number for each channel."""
    trace = run("pool.global", x=[[[1, 2], [3, -5]], [[2, 2], [2, 3]]])
    assert to_json(trace["maxima"]) == [3, 3]
    assert list(trace["averages"]) == [Fraction(1, 4), Fraction(9, 4)]


def test_lenets_first_pooling_leaves_a_quarter() -> None:
    """LeCun et al. (1998): six maps of 28 x 28 become six of 14 x 14."""
    trace = run("pool.reduction", c=6, h=28, w=28)
    assert (trace["outputs"], trace["kept"], trace["parameters"]) == (6 * 14 * 14, Fraction(1, 4), 0)


def test_a_shift_inside_a_window_changes_nothing() -> None:
    """Goodfellow, Bengio and Courville, "Deep Learning", figure 9.8: not every value changes when all inputs do."""
    assert run("pool.shift", x=[0, 9, 0, 0, 8, 0], k=3)["unchanged"] == 2
    assert run("pool.shift", x=[0, 0, 9, 0, 0, 8], k=3)["unchanged"] == 0


@pytest.mark.parametrize(
    "settings",
    [{}, {"s": 1}, {"k": 3, "p": 1}, {"k": 3, "s": 2, "p": 1}, {"k_w": 3, "p_w": 1}, {"k": 4, "s": 3, "p": 2}],
)
def test_every_setting_is_certified_and_its_formula_true(settings: dict[str, int]) -> None:
    """Windows, strides and padding, for maxima in both rounding modes and averages with both divisors."""
    image = [[3, -1, 4, 1, 5], [-9, 2, -6, 5, 3], [5, 8, 9, -7, 9], [-3, 2, 3, 8, 4]]
    for trace in (
        run("pool.max", x=image, **settings),
        run("pool.max", x=image, mode="ceil", **settings),
        run("pool.average", x=image, **settings),
        run("pool.average", x=image, count_include_pad=False, **settings),
    ):
        assert certify(trace).certified
        assert check_formula(trace, "output") in ("agrees", "unreadable")


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("move", [0, 1, 2, 7])
def test_shifts_are_certified(kind: str, move: int) -> None:
    """Also one that shifts everything out."""
    assert certify(run("pool.shift", x=[1, 5, 2, 0, 3, 4], shift=move, kind=kind)).certified
