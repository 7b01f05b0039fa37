"""Chinese on the command line: that click still says what is translated, and that lines fit."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.chinese import MESSAGES, Formatter, columns, wrap

TEXTS = st.text("中文，。（）ab 1.", max_size=120)


def click_strings() -> set[str]:
    sources = Path(click.__file__).parent.glob("*.py")
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_click_says_everything_that_is_translated() -> None:
    """A message that click words differently one day would silently stay English."""
    assert set(MESSAGES) - click_strings() == set()


def blanks(message: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_translation_fills_the_same_blanks(message: str) -> None:
    assert blanks(MESSAGES[message]) == blanks(message)


@given(TEXTS, st.integers(8, 40))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    assert "".join("".join(wrap(text, width)).split()) == "".join(text.split())


@given(st.text("中文，a", max_size=120), st.integers(10, 40))
def test_no_line_begins_with_a_comma(text: str, width: int) -> None:
    lines = wrap(text.lstrip("，"), width)
    assert [line for line in lines if line.startswith("，")] == []


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("一二三四五", 6, ["一二三", "四五"]),
        ("一二三，四", 6, ["一二", "三，四"]),
        ("用 gradmark 出卷", 12, ["用 gradmark", "出卷"]),
        ("", 10, [""]),
        ("一二。\n  三四", 20, ["一二。三四"]),
        ("一二 GIVENS\n  三四", 20, ["一二 GIVENS 三四"]),
    ],
)
def test_lines_are_broken_by_columns(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


@given(st.text("中文a ", max_size=200))
def test_lines_fit(text: str) -> None:
    """Chinese breaks anywhere, so only an unbroken Latin word may be wider than the line."""
    assert [line for line in wrap(text, 20) if columns(line) > 20 and not line.isascii()] == []


def test_a_term_wider_than_its_column_stands_on_a_line_of_its_own() -> None:
    page = Formatter(width=40)
    page.write_dl([("--a-rather-long-option WITH-A-VALUE", "说明文字"), ("-b", "短")])
    assert page.getvalue() == f"--a-rather-long-option WITH-A-VALUE\n{'':32}说明文字\n-b{'':30}短\n"
