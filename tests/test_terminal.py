"""Questions as plain text: the prose of the bank without its marks."""

from __future__ import annotations

import pytest

from templates.terminal import plain_prose


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
