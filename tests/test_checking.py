"""Requests to mark one response: what they may say, what they are answered, and that none is fatal."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from grader.checking import check, check_line, check_lines
from solvers.text import UsageError
from tests.hostile import CODE, LARGE

ASKED = {"type": "real", "key": "0.8808", "answer": "0.881", "decimals": 3}


def test_a_reply_says_everything() -> None:
    """Verdict, marks, credit, reading, feedback, error."""
    assert check({**ASKED, "id": 7, "marks": 4, "answer": "0.88"}) == {
        "id": 7,
        "verdict": "coarse",
        "marks": 2.0,
        "credit": 0.5,
        "reading": "0.88",
        "feedback": "The value is right, but too coarse: 3 decimals were asked for.",
        "error": None,
    }


def test_an_unreadable_answer_says_where_and_what_is_expected() -> None:
    """It earns nothing and is not called wrong."""
    reply = check({**ASKED, "answer": "12..5"})
    assert reply["verdict"] == "unreadable"
    assert reply["error"]["offset"] == 2
    assert "Expected: a number such as" in reply["feedback"]


@pytest.mark.parametrize("answer", ["", "   ", "\n"])
def test_nothing_is_blank(answer: str) -> None:
    """An empty answer is not wrong; a program can tell it by its code."""
    reply = check({**ASKED, "answer": answer})
    assert (reply["verdict"], reply["error"]) == ("unreadable", {"code": "blank", "offset": 0})


def test_feedback_in_chinese() -> None:
    """With `lang`."""
    assert check({**ASKED, "answer": "0.88", "lang": "zh"})["feedback"] == "数值正确，但精度不够：要求保留 3 位小数。"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"typ": "real"}, "unknown field 'typ'. Did you mean 'type'"),
    ({"type": "reel"}, "unknown type 'reel'. Did you mean 'real'"),
    ({"type": None}, "'type' is missing"),
    ({"key": 0.88}, "'key' is missing, or no text"),
    ({"answer": 0.88}, "'answer' is missing, or no text"),
    ({"key": ""}, "the key cannot be read: it is empty"),
    ({"key": "[1"}, "the key cannot be read"),
    ({"decimals": -2}, "'decimals' is a whole number from 0 to 30"),
    ({"decimals": 10**9}, "'decimals' is a whole number from 0 to 30"),
    ({"decimals": "2"}, "'decimals' is a whole number from 0 to 30"),
    ({"decimals": True}, "'decimals' is a whole number from 0 to 30"),
    ({"decimals": None, "sigfigs": 0}, "'sigfigs' is a whole number from 1 to 30"),
    ({"abs": "1e999999999"}, "'abs' is no number"),
    ({"rel": "nan"}, "'rel' is no number"),
    ({"rel": -0.1}, "'rel' is no number"),
    ({"abs": [1]}, "'abs' is no number"),
    ({"marks": "many"}, "'marks' is no number"),
    ({"options": 5}, "'options' is a list"),
    ({"options": [1, 2]}, "'options' is a list"),
    ({"variables": 5}, "'variables' is a list"),
    ({"variables": [1]}, "'variables' is a list"),
    ({"variables": {"n": 1}}, "'variables' is a list"),
    ({"type": "expression", "key": "n+1", "variables": {"n": "quaternion"}}, "unknown domain 'quaternion'"),
    ({"type": "expression", "key": "sqrt(-1-x^2)"}, "has no value at any point"),
    ({"type": "complexity", "key": "O(n"}, "bracket"),
    ({"type": "choice", "key": "Z"}, "the key cannot be read"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_a_wrong_request_is_answered_with_what_is_wrong(change: dict[str, Any], said: str) -> None:
    """In a batch it is one line out, with its id."""
    reply = check_line(json.dumps({**ASKED, "id": 3, **change}))
    assert (reply["id"], reply["verdict"], reply["marks"]) == (3, "unreadable", 0)
    assert reply["error"]["code"] in ("request", "key")
    assert said in reply["feedback"]


@pytest.mark.parametrize(
    "line",
    ["no json", '{"rel": NaN}', "[1, 2]", "5", "null", '{"type": "real"', "{" * 100_000, "[" * 100_000, "\ud800"],
)
def test_a_line_that_is_no_request_is_answered(line: str) -> None:
    """And the next one is read."""
    replies = list(check_lines(iter([line, "", json.dumps(ASKED)])))
    assert [reply["verdict"] for reply in replies] == ["unreadable", "correct"]


@pytest.mark.parametrize("field", ["answer", "key", "abs", "marks"])
def test_no_request_is_fatal_or_slow(field: str) -> None:
    """Whatever stands in a field becomes a reply; 20 seconds of processor time are what a hang would take."""
    for kind in ("real", "expression", "complexity", "matrix"):
        for text in (*CODE, *LARGE):
            began = time.process_time()
            assert check_line(json.dumps({"type": kind, "key": "x + 1", "answer": "1", field: text}))["verdict"]
            assert time.process_time() - began < 20, text[:80]


def test_a_wrong_request_alone_is_wrong_usage() -> None:
    """Asked for on the command line, it ends with exit code 2."""
    with pytest.raises(UsageError):
        check({**ASKED, "type": "reel"})
