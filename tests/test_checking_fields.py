"""What each field of a request means, and that the short ways to a verdict lead where the long one does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checking import LONGEST_LINE, _reply_to, check, check_bytes, check_line, written
from grader.reading import Reading, read
from grader.reading.arrays import read_array, read_layout
from grader.reading.numbers import in_figures, read_number
from grader.request import setting_of
from grader.request_key import target_in
from questions.blueprint import Policy

FIELDS: tuple[tuple[str, dict[str, Any], str], ...] = (
    # boundaries, in exact arithmetic
    ("46.0", {"key": "45.8", "abs": 0.2}, "correct"),
    ("46.01", {"key": "45.8", "abs": 0.2}, "incorrect"),
    ("45.6", {"key": "45.8", "abs": "0.2"}, "correct"),
    ("4.4", {"key": "4", "rel": 0.1}, "correct"),
    ("4.44", {"key": "4", "rel": 0.1}, "incorrect"),
    ("3.6", {"key": "4", "rel": "1/10"}, "correct"),
    ("0.8808", {"key": "e^2/(1+e^2)", "decimals": 4}, "correct"),
    ("0.8808", {"key": "0.88075", "decimals": 4}, "correct"),
    ("0.3", {"key": "0.25", "decimals": 1}, "correct"),
    ("-0.3", {"key": "-0.25", "decimals": 1}, "correct"),
    ("10.0", {"key": "9.996", "sigfigs": 3}, "correct"),
    ("1230", {"key": "1234", "significant": 3}, "correct"),
    ("0.333", {"key": "1/3", "abs": 0, "decimals": 3}, "correct"),
    ("0.33", {"key": "1/3", "decimals": 3}, "coarse"),
    ("0.333", {"key": "0.33333", "decimals": 2, "exactly": True}, "form"),
    ("2/4", {"type": "fraction", "key": "1/2"}, "form"),
    ("0.1234567", {"key": "0.1234567", "decimals": None, "abs": None, "lang": None}, "correct"),
    # arrays, order, sets
    ("[1.41, 2]", {"type": "vector", "key": "[sqrt(2), 2]", "decimals": 2}, "correct"),
    ("3 1 2", {"type": "vector", "key": "[1, 2, 3]", "order": False}, "correct"),
    ("3 1 2", {"type": "vector", "key": "[1, 2, 3]"}, "incorrect"),
    ("{3, 1, 2, 2}", {"type": "set", "key": "{1, 2, 3}"}, "correct"),
    ("{3, 1}", {"type": "set", "key": "{1, 2, 3}"}, "partial"),
    ("{3, 1}", {"type": "set", "key": "{1, 2, 3}", "partial": False}, "incorrect"),
    ("[2, 1]", {"type": "set", "key": "{1, 2}", "order": True}, "incorrect"),
    ("[[1, 2], [3, 4]]", {"type": "matrix", "key": "1 2 3 4", "shape": [2, 2]}, "correct"),
    ("[1, 2, 3]", {"type": "matrix", "key": "[[1, 2, 3]]"}, "correct"),
    ("[[1, 2], [3, 5]]", {"type": "matrix", "key": "[[1, 2], [3, 4]]", "partial": False}, "incorrect"),
    ("(2x, 1 + y)", {"type": "vector", "key": "(2x, y + 1)", "variables": ["x", "y"]}, "correct"),
    ("(2x, 2 + y)", {"type": "vector", "key": "(2x, y + 1)", "variables": ["x", "y"]}, "incorrect"),
    # formulas
    ("-f(x) + f(1+x)", {"type": "expression", "key": "f(x+1) - f(x)", "variables": ["x"], "functions": ["f"]}, "correct"),
    ("f(1)", {"type": "expression", "key": "f(x+1) - f(x)", "variables": ["x"], "functions": ["f"]}, "incorrect"),
    ("z*z + 1", {"type": "expression", "key": "(z+i)*(z-i)", "variables": {"z": "complex"}}, "correct"),
    ("|x|", {"type": "expression", "key": "x", "variables": {"x": "positive"}}, "correct"),
    ("|x|", {"type": "expression", "key": "x", "variables": {"x": "real"}}, "incorrect"),
    ("pi", {"type": "expression", "key": "3.14159", "decimals": 3}, "correct"),
    ("3.1", {"type": "expression", "key": "pi", "abs": 0.01}, "incorrect"),
    # labels and names
    ("b", {"type": "choice", "key": "B", "choices": {"A": "yes", "B": "no"}}, "correct"),
    ("C, A", {"type": "choices", "key": "AC", "options": "ABC"}, "correct"),
    ("A", {"type": "choices", "key": "AC", "options": "ABC", "partial": False}, "incorrect"),
    ("output gate", {"type": "text", "key": "forget gate|遗忘门", "others": ["output gate"]}, "incorrect"),
    ("O(2 n)", {"type": "complexity", "key": "O(n)", "simplest": True}, "form"),
)  # fmt: skip


@pytest.mark.parametrize(("answer", "fields", "verdict"), FIELDS, ids=[f"{a}-{f}"[:70] for a, f, _ in FIELDS])
def test_a_field_means_what_the_table_says(answer: str, fields: dict[str, Any], verdict: str) -> None:
    reply = check({"type": "real", "answer": answer, **fields})
    assert (reply["verdict"], reply["error"]) == (verdict, None), reply


@pytest.mark.parametrize(
    ("fields", "code", "offset"),
    [
        ({"key": "1 +"}, "key", 3),
        ({"key": ""}, "key", 0),
        ({"shape": [2]}, "request", 0),
        ({"shape": [0]}, "request", 0),
        ({"order": 1}, "request", 0),
        ({"partial": "no"}, "request", 0),
        ({"functions": "f"}, "request", 0),
        ({"marks": "1e400"}, "request", 0),
        ({"answer": "1 +"}, "missing-operand", 3),
        ({"answer": " "}, "blank", 0),
    ],
)
def test_an_error_has_a_code_and_a_place(fields: dict[str, Any], code: str, offset: int) -> None:
    reply = check_line(json.dumps({"type": "real", "key": "1", "answer": "1", **fields}))
    assert (reply["verdict"], reply["credit"], reply["error"]) == ("unreadable", 0.0, {"code": code, "offset": offset})


def test_a_line_that_is_no_json_has_a_place() -> None:
    assert check_line('{"type": "real", }')["error"] == {"code": "request", "offset": 17}
    assert check_line("[]", "zh")["feedback"] == "请求应为 JSON 对象。"


# ----------------------------------------------------------------------------------------- short ways and the long one

PLAIN = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.decimals(-1000, 1000, places=3).map(str),
    st.decimals(-2, 2, places=1).map(str),
    st.sampled_from(["0", "-0", "+5", "007", "0.0", "-0.000", "100", "1200", "10.50", ".5", "1e3"]),
    st.sampled_from(["1/3", "-2/3", "1/7", "2/4", "10/5", "-0/3", "1/0003", "1/2000", "33/100"]),
)
STATED = st.fixed_dictionaries(
    {"type": st.sampled_from(["real", "integer"])},
    optional={
        "decimals": st.integers(0, 4),
        "sigfigs": st.integers(1, 4),
        "abs": st.sampled_from([0, 0.5, "0.01", 1, "1/3"]),
        "rel": st.sampled_from([0, 0.1, "1%", "1/7"]),
        "exactly": st.booleans(),
        "marks": st.integers(1, 5),
    },
)


def nudged(text: str, shift: int) -> str:
    """The number one step of its last place further, or with another sign: the neighbours that verdicts fall between."""
    if "/" in text:
        return f"{float(Fraction(text)):.{2 + shift}f}"
    return (
        str(Fraction(text).numerator + shift)
        if "." not in text and "e" not in text
        else f"{float(text) + shift / 1000:.3f}"
    )


@given(STATED, PLAIN, PLAIN, st.sampled_from(["other", "same", "negative", "next", "previous"]))
def test_plain_figures_are_decided_as_all_else_is(stated: dict[str, Any], key: str, other: str, which: str) -> None:
    """At once and at length: the same reply, word for word."""
    answer = {
        "other": other,
        "same": key,
        "negative": f"-{key.lstrip('+-')}",
        "next": nudged(key, 1),
        "previous": nudged(key, -1),
    }[which]
    setting = setting_of({**stated, "key": key})
    assert check({**stated, "key": key, "answer": answer}) == _reply_to(
        answer, target_in(setting, key), setting, Policy()
    )


@given(
    PLAIN | st.tuples(st.integers(-99, 99), st.integers(1, 99)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    st.sampled_from(["", " ", "\n"]),
)
def test_plain_numbers_are_read_as_the_grammar_reads_them(number: str, around: str) -> None:
    text = around + number + around
    short, long = in_figures(text, "real"), read_number(text, "real")
    assert short is not None
    assert (short.value, type(short.value), short.written, short.notes) == (
        long.value,
        type(long.value),
        long.written,
        long.notes,
    )


CELLS = st.sampled_from(["1", "-2", "+3", "0.5", "-.25", "4.", "1e-3", "2.5E2", "007", "12", "1.0000e+00"])
BETWEEN = st.sampled_from([", ", ",", " ", "  ", "\t", " ,", ",\n "])
BETWEEN_ROWS = st.sampled_from(["; ", ";", "\n", " \n", "], [", "],\n [", "]\n [", "] [", "][", "\\\\", " \\\\ "])
AROUND = st.sampled_from([
    ("", ""), ("[", "]"), ("[[", "]]"), ("[ [", "] ]"), ("[\n[", "]\n]"), ("tensor([[", "]])"), ("np.array([[", "]], dtype=float32)"),
    ("array([[", "]])"), ("tensor([[", "]], grad_fn=<AddmmBackward0>)"), ("[[[", "]]]"), (r"\begin{pmatrix}", r"\end{pmatrix}"), ("(", ")"),
])  # fmt: skip


@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=3), BETWEEN, BETWEEN_ROWS, AROUND, st.sampled_from(["vector", "matrix", "tensor"]), st.booleans())  # fmt: skip
def test_plain_arrays_are_read_as_the_layout_reads_them(
    rows: list[list[str]], between: str, between_rows: str, around: tuple[str, str], kind: str, even: bool
) -> None:
    """Every way in which rows and cells may be joined, sensible or not: what is read at once is what is read at length."""
    if even:
        rows = [(row * 3)[: len(rows[0])] for row in rows]
    joint = " & " if "begin" in around[0] else between
    text = around[0] + between_rows.join(joint.join(row) for row in rows) + around[1]
    try:
        short = read_array(text, kind)
    except Exception as error:  # noqa: BLE001 - whatever it is, it has to be the same
        with pytest.raises(type(error)):
            read_layout(text, kind)
        return
    long = read_layout(text, kind)
    assert np.array_equal(short.value, long.value)
    assert short.value.shape == long.value.shape
    assert short.written == long.written
    assert [str(note) for note in short.notes] == [str(note) for note in long.notes]
    assert short.echo.replace("+", "") == long.echo.replace("+", "")


def test_readings_that_are_kept_are_the_same() -> None:
    """The same text twice, and with other options: each is read as it is asked for."""
    first = read("B", "choice", options=("A", "B"))
    assert read("B", "choice", options=("A", "B")) == first
    assert not isinstance(read("B", "choice", options=("A", "C")), Reading)
    assert check({"type": "real", "key": "1", "answer": "1.2", "decimals": 0})["verdict"] == "correct"
    assert check_line('{"type": "real", "key": "1", "answer": "1.2", "decimals": false}')["error"]["code"] == "request"


# ------------------------------------------------------------------------------------------------------ many, in pieces

GOOD = '{"id": "名", "type": "real", "key": "0.5", "answer": "1/2"}'
BATCH = "\n".join(
    [
        GOOD,
        "",
        "no json",
        GOOD.replace("1/2", "0.2"),
        '{"id": "\\ud800", "type": "real", "key": "1", "answer": "\\ud800"}',
        GOOD,
    ]
)


def replies(chunks: Iterable[bytes]) -> list[dict[str, Any]]:
    text = "".join(check_bytes(chunks))
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


@given(st.lists(st.integers(0, len(BATCH.encode())), max_size=5), st.booleans())
def test_where_a_batch_is_cut_makes_no_difference(cuts: list[int], ended: bool) -> None:
    """Lines, characters and byte order marks are whole again."""
    data = b"\xef\xbb\xbf" + BATCH.encode() + b"\n" * ended
    edges = [0, *sorted(cuts), len(data)]
    found = replies(data[a:b] for a, b in pairwise(edges))
    assert [reply["verdict"] for reply in found] == ["correct", "unreadable", "incorrect", "unreadable", "correct"]
    assert [reply.get("id") for reply in found] == ["名", None, "名", "\ud800", "名"]


def test_a_line_without_end_is_answered_once_and_forgotten() -> None:
    """However long it is; what follows is answered."""
    piece = b'{"answer": "' + b"9" * 2_000_000
    chunks = [piece, *[b"9" * 2_000_000] * 4, b'"}\n' + GOOD.encode() + b"\n"]
    assert [reply["verdict"] for reply in replies(chunks)] == ["unreadable", "correct"]
    assert str(LONGEST_LINE) in replies([piece])[0]["feedback"]


@pytest.mark.parametrize(
    "value", ["1", '"a\\u0000\\"b"', "[1, {}]", "null", "true", "1.5", '"😀"', "1e999", "[" * 400 + "]" * 400]
)
def test_a_reply_is_written_as_json_writes_it(value: str) -> None:
    """Any id comes back; what JSON cannot write is null."""
    reply = check_line(f'{{"id": {value}, "type": "real", "key": "1", "answer": "“1\\u2028"}}')
    again = json.loads(written(reply))
    assert again == (reply if value != "1e999" else {**reply, "id": None})
    assert list(again) == ["id", "verdict", "marks", "credit", "reading", "feedback", "error"]
    if value != "1e999":
        assert written(reply) == json.dumps(reply, ensure_ascii=False)
