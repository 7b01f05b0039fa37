"""Questions as plain text: the prose of the bank without its marks."""

from __future__ import annotations

import pytest

from questions.bank import Bank
from questions.sampling import draw
from solvers.text import Language
from templates.terminal import plain_prose, solution_text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("the *new* value and the **first** point", "the new value and the first point"),
        ("其中*旧*值乘以**第一个**系数", "其中旧值乘以第一个系数"),
        ("$b^*$ lies between $c^*$ and 2 * 3 * 4", "b^* lies between c^* and 2 * 3 * 4"),
        ("`a ** 2 + b ** 2` and `x*y*z`", "`a ** 2 + b ** 2` and `x*y*z`"),
        ("```python\nloss = a ** 2 + b ** 2\n```", "```python\nloss = a ** 2 + b ** 2\n```"),
    ],
)
def test_marks_of_emphasis_are_taken_off_outside_code_and_formulas(text: str, line: str) -> None:
    """A terminal shows words, not Markdown; stars that multiply stay."""
    assert plain_prose(text) == line


@pytest.mark.parametrize(
    ("id", "language", "example"),
    [
        ("neuron/bias-for-at-least", "en", "With numbers, as an example: n = 9, k = 3, w = 2"),
        ("neuron/bias-for-at-least", "zh", "代入一组数为例：n = 9、k = 3、w = 2"),
        ("convolution/padding-formula", "en", ""),
        ("neuron/truth-table", "en", ""),
    ],
)
def test_a_formula_worked_with_numbers_says_which(id: str, language: Language, example: str) -> None:
    """Where the question names none; its own numbers need no mention."""
    lines = solution_text(draw(Bank().question(id), 1), language).split("\n")
    assert (lines[1].strip() == example) == bool(example)
    assert any("example" in line or "为例" in line for line in lines) == bool(example)
