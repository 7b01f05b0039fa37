"""Long formulas on several lines: broken at the equals signs only, and only where they are too wide."""

from __future__ import annotations

import pytest

from solvers.latex import parse
from solvers.latex.tree import Table
from templates.broken import WIDEST, broken, line, width

SUM = " + ".join(f"x_{{{i}}} w_{{{i}}}" for i in range(1, 13))
LONG = rf"y = {SUM} = {SUM} = 5"


@pytest.mark.parametrize(
    "latex", ["y = 2 + 3 = 5", rf"y = {SUM}", rf"\frac{{{SUM}}}{{2}}", rf"a = {SUM}, b = {SUM}", "x"]
)
def test_what_is_short_or_has_one_side_stays_as_it_is(latex: str) -> None:
    """So does a list, whose equals signs belong to different things."""
    assert broken(parse(latex)) == parse(latex)


def test_each_side_stands_below_the_one_before() -> None:
    """What is on the left stands there once."""
    assert width(parse(LONG)) > WIDEST
    found = broken(parse(LONG))
    assert isinstance(found, Table)
    assert found.layout == "aligned"
    assert [width(left) > 0 for left, _ in found.rows] == [True, False, False]
    assert width(found) < WIDEST
    assert line(LONG).startswith('<math display="block"><mtable')
    assert line(LONG).count("<mtr>") == 3


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        ("x + y", "x y"),
        (r"\frac{a + b + c}{d}", r"\frac{a}{d}"),
        ("x_{12}", "x_1"),
        (r"\sqrt{x}", "x"),
        (r"\left(x\right)", "x"),
        (r"\begin{pmatrix} 1 & 22 \end{pmatrix}", r"\begin{pmatrix} 1 \\ 22 \end{pmatrix}"),
        (r"\hat{xy}", r"\hat{x}"),
        (r"x \quad y", "x y"),
    ],
)
def test_widths_are_about_right(wider: str, narrower: str) -> None:
    """Every kind of thing counts with what it holds."""
    assert width(parse(wider)) > width(parse(narrower))
