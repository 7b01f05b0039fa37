"""Reading YAML: places, exact values, and everything that is refused."""

from __future__ import annotations

import contextlib
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from solvers import yaml_reader
from solvers.files import FileError
from solvers.text import Text
from solvers.yaml_reader import DEEPEST, read_yaml
from solvers.yaml_words import YamlError

QUESTION = """\
id: convolution/output-size
givens:
  n: {integer: [16, 256]}
parts:
  - ask: {en: How long, zh: 有多长？}
    marks: 2
  - marks: many
"""


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's parsers: the one in C, and the one it falls back to."""
    monkeypatch.setattr(yaml_reader, "_PARSER", getattr(yaml, request.param))


POSITIONS: tuple[tuple[tuple[str | int, ...], bool, tuple[int, int]], ...] = (
    ((), False, (1, 1)),
    (("id",), False, (1, 5)),
    (("givens", "n", "integer", 1), False, (3, 21)),
    (("parts", 1, "marks"), False, (7, 12)),
    (("parts", 1, "marks"), True, (7, 5)),
    (("parts", 0, "ask", "zh"), False, (5, 29)),
    (("parts", 1, "ask"), False, (7, 5)),  # missing: where it is missing
    (("givens", "n", "IntegerRange", "integer", 0), False, (3, 17)),  # an alternative's name stands between
    (("parts", 9, "marks"), False, (5, 3)),
)


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize(("path", "key", "place"), POSITIONS, ids=[f"{p}{'-key' * k}" for p, k, _ in POSITIONS])
def test_a_path_becomes_a_place(path: tuple[str | int, ...], key: bool, place: tuple[int, int]) -> None:
    """Line and column count from 1, in characters."""
    assert read_yaml(QUESTION).position(path, key=key) == place


VALUES: tuple[tuple[str, Any], ...] = (
    ("12", 12),
    ("-7", -7),
    ("+7", 7),
    ("007", 7),
    ("0x1F", 31),
    ("0o17", 15),
    ("0.1", Fraction(1, 10)),
    (".5", Fraction(1, 2)),
    ("5.", Fraction(5)),
    ("1e-3", Fraction(1, 1000)),
    ("-2.5E+2", Fraction(-250)),
    (".inf", math.inf),
    ("-.inf", -math.inf),
    ("true", True),
    ("FALSE", False),
    ("null", None),
    ("~", None),
    ("", None),
    ("no", "no"),
    ("on", "on"),
    ("12:30", "12:30"),
    ("1_000", "1_000"),
    ("2026-11-21", "2026-11-21"),
    ("1/2", "1/2"),
    ("'12'", "12"),
    ('"true"', "true"),
    ("-", "-"),
    ("。", "。"),
)


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize(
    ("typed", "value"), [v for v in VALUES if v[0] != "-"], ids=[v[0] for v in VALUES if v[0] != "-"]
)
def test_a_scalar_is_what_yaml_1_2_says(typed: str, value: object) -> None:
    """Numbers are exact; words that YAML 1.1 turned into something else stay words."""
    read = read_yaml(f"a: {typed}").plain()["a"]
    assert (type(read), read) == (type(value), value)


def test_not_a_number_is_read() -> None:
    """YAML's .nan is a float."""
    assert math.isnan(read_yaml("a: .nan").plain()["a"])


def test_decimals_become_floats_on_request() -> None:
    """For readers that want floats."""
    assert read_yaml("0.1", numbers="float").plain() == 0.1


@pytest.mark.parametrize("typed", ["0.50", "007", "true", "~", "1e-3", "55", ""])
def test_plain_strings_keep_what_was_typed(typed: str) -> None:
    """What a student typed is not interpreted."""
    assert read_yaml(f"a: {typed}", plain_strings=True).plain() == {"a": typed}


BELOW = (
    ("a: 1 2\n   3 4\n", "1 2\n3 4"),
    ("a: 1 2\n\n   3 4\n\nb: x", "1 2\n\n3 4"),
    (f"a: {'word ' * 14}\n   and more\n", f"{'word ' * 14}and more"),
    ("a: >5\n", ">5"),
    ("a: >\n  x\n  y\n", "x y\n"),
    ("a: |\n", ""),
)


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize(
    ("text", "typed"), BELOW, ids=["rows", "blank line", "folded", "inequality", "block", "nothing"]
)
def test_plain_strings_keep_line_ends(text: str, typed: str) -> None:
    """Rows of a matrix stay rows, and `>5` is an answer; a long line that a program broke is one line."""
    assert read_yaml(text, plain_strings=True).plain()["a"] == typed


def test_keys_are_the_text_that_was_typed() -> None:
    """A key that looks like a number or truth value stays text."""
    assert read_yaml("1: a\ntrue: b\n0.50: c").plain() == {"1": "a", "true": "b", "0.50": "c"}


def _nested(depth: int) -> str:
    return "[" * depth + "]" * depth


REFUSED: tuple[tuple[str, str | bytes, tuple[int, int], str], ...] = (
    ("open quote", 'a: "x\nb: 2\n', (1, 4), "quotation mark"),
    ("open list", "a: [1, 2\nb: 3\n", (1, 4), "list that opens"),
    ("open braces", "a: {x: 1\nb: 2\n", (1, 4), "braces"),
    ("second colon", "a: b: c", (1, 5), "second ': '"),
    ("no colon", "a: 1\nfoo\nb: 2\n", (2, 1), "no ': '"),
    ("dash", "a: - 3", (1, 4), "'- ' cannot"),
    ("tab", "a:\n\tb: 1", (2, 1), "tabs"),
    ("at sign", "a: @x", (1, 4), "cannot begin"),
    ("text after list", "a: [1 2] [3 4]", (1, 10), "nothing can follow"),
    ("text after quote", "学号: '一' 二", (1, 9), "nothing can follow"),
    ("indentation", "a:\n  b: 1\n c: 2\n", (3, 2), "does not fit"),
    ("two commas", "[1,,2]", (1, 4), "two commas"),
    ("bar", "a: |x|", (1, 4), "| or >"),
    ("unknown escape", 'a: "\\sqrt"', (1, 6), "single quotes"),
    ("latex in double quotes", 'a: "\\frac"', (1, 4), "single quotes"),
    ("lone surrogate", 'a: "\\ud800"', (1, 4), "single quotes"),
    ("anchor", "a: &x 1", (1, 4), "anchors"),
    ("alias", "a: *x", (1, 4), "anchors"),
    ("bomb", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", (1, 4), "anchors"),
    ("python object", "a: !!python/object/apply:os.system [ls]", (1, 4), "tags"),
    ("harmless tag", "a: !!str 5", (1, 4), "tags"),
    ("duplicate key", "a: 1\nb: 2\na: 3\n", (3, 1), "line 1"),
    ("list as key", "[a]: 2", (1, 1), "key must"),
    ("empty key", "{'': 2}", (1, 2), "key must"),
    ("two documents", "a: 1\n---\nb: 1\n", (2, 1), "second document"),
    ("empty", "", (1, 1), "nothing in it"),
    ("comment only", "# nothing\n", (2, 1), "nothing in it"),
    ("huge exponent", "a: 1e999999999", (1, 4), "too large"),
    ("long integer", f"a: {'9' * 5000}", (1, 4), "too large"),
    ("nul", "a: 1\nb: \0", (2, 4), "U+0000"),
    ("escape sequence", "a: \x1b[31m", (1, 4), "U+001B"),
    ("not utf-8", b"a: 1\nb: \xd1\xff", (2, 4), "0xD1"),
    ("deep flow", _nested(DEEPEST + 1), (1, DEEPEST + 1), "deep"),
    ("very deep flow", "[" * 100_000, (1, DEEPEST + 1), "deep"),
    ("very deep braces", "{a: " * 100_000, (1, DEEPEST * 4 + 1), "deep"),
    ("very deep block", "- " * 100_000, (1, DEEPEST * 2 + 1), "deep"),
    ("very deep keys", "? " * 100_000, (1, DEEPEST * 2 + 1), "deep"),
)


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize(("text", "place", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_wrong_is_said_with_its_place(text: str | bytes, place: tuple[int, int], words: str) -> None:
    """Whatever the mistake or the attack, the error knows line and column and says what to do."""
    with pytest.raises(YamlError) as caught:
        read_yaml(text, source="bank.yaml")
    line, column = place
    assert (caught.value.line, words in caught.value.reason.en) == (line, True)
    assert str(caught.value).startswith(f"bank.yaml:{line}:{caught.value.column}: ")
    assert abs(caught.value.column - column) <= 3  # the two parsers differ a little on where an escape begins


def test_the_deepest_nesting_is_read() -> None:
    """The limit itself is allowed."""
    assert read_yaml(_nested(DEEPEST)).plain() != []


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of nothing but brackets costs a moment, not minutes."""
    monkeypatch.setattr(yaml_reader, "MOST", 100)
    with pytest.raises(YamlError, match="more than 100 values"):
        read_yaml(f"[{'[],' * 100}]")


CARETS = ("a: b!: c", "学号: !&x", "\ta: !@x".strip(), "公式: '一' !二", f"k: {'x' * 200} !: y: z")


@pytest.mark.parametrize("case", CARETS)
def test_the_caret_stands_under_the_mistake(case: str) -> None:
    """Below wide characters too, and within a long line."""
    with pytest.raises(YamlError) as caught:
        read_yaml(case.replace("!", ""))
    shown, caret = str(caught.value).split("\n")[1:]
    assert shown[len(caret) - 1 :].startswith(case[case.index("!") + 1 :][:20])
    assert caret.replace("\u3000", " ").strip() == "^"


def test_an_error_is_said_in_chinese_too() -> None:
    """The same place and the same advice."""
    with pytest.raises(YamlError) as caught:
        read_yaml('a: "x', source="题库.yaml")
    assert caught.value.text["zh"] == '题库.yaml:1:4：这里的引号没有闭合，请补上右引号。\n    a: "x\n       ^'


def test_a_validator_places_its_own_errors() -> None:
    """`error` shows the line at a path."""
    error = read_yaml(QUESTION, source="q.yaml").error(("parts", 1, "marks"), Text("not a number.", "不是数。"))
    assert str(error) == "q.yaml:7:12: not a number.\n      - marks: many\n               ^"


def test_a_file_is_read_with_its_name(tmp_path: Path) -> None:
    """A byte-order mark is no content."""
    path = tmp_path / "q.yaml"
    path.write_bytes("\ufeffid: 一\r\n".encode())
    document = read_yaml(path)
    assert (document.plain(), document.source) == ({"id": "一"}, str(path))


@pytest.mark.parametrize("name", ["missing.yaml", "folder", "large.yaml", "nul\0.yaml"])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    """Missing, a folder, larger than the limit, or not a path at all."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "large.yaml").write_text("a" * 101)
    with pytest.raises(FileError) as caught:
        read_yaml(tmp_path / name, limit=100)
    assert caught.value.path == tmp_path / name


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc1一 ", min_size=1).map(str.strip).filter(bool), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_what_pyyaml_writes_is_read_back(data: Any) -> None:
    """Values that YAML 1.1 and 1.2 agree on. For 1.1, `0E0` is a text; for 1.2, it is a number."""
    text = yaml.safe_dump(data, allow_unicode=True)
    if "&id" not in text and not re.search(r"\d[eE]\d", text):
        assert read_yaml(text).plain() == data


@given(st.text("ab:-[]{},'\"#&*!|>%@`\n\t \\?~0.1e学", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but our own errors comes out."""
    with contextlib.suppress(YamlError):
        assert read_yaml(text).text == text
