"""`gradmark check`: one response for a person, many for a program."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.strategies import gradmark

Capsys = pytest.CaptureFixture[str]
ASKED = ("--type", "real", "--key", "e^2/(1+e^2)")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*ASKED, "--answer", "0.88", "--digits", "2"), "right (read as 0.88)\n"),
        (
            (*ASKED, "--answer", "0.88", "--digits", "3"),
            "too coarse (read as 0.88)\nThe value is right, but too coarse: 3 decimals",
        ),
        ((*ASKED, "--answer", "0.5", "--digits", "2"), "not right (read as 0.5)\n"),
        ((*ASKED, "--answer", "", "--digits", "2"), "no answer\n"),
        ((*ASKED, "--answer", "0.88", "--digits", "2", "--lang", "zh"), "正确"),
        (("--type", "expression", "--key", "4*h*(d+h+1)", "--answer", "4h(h+d) + 4h"), "right"),
        (("--type", "real", "--key", "45.8", "--answer", "46.0", "--abs", "0.2"), "right (read as 46.0)\n"),
        (("--type", "real", "--key", "4", "--answer", "4.44", "--rel", "10%"), "not right"),
        (("--type", "real", "--key", "12345", "--answer", "12300", "--sigfigs", "3"), "right"),
        (("--type", "expression", "--key", "sqrt(x^2)", "--answer", "x", "--variables", "x"), "not right"),
        (
            (
                "--type",
                "expression",
                "--key",
                "sqrt(n^2 x^2)",
                "--answer",
                "n x",
                "--variables",
                "x: positive，n：nonnegative",
            ),
            "right",
        ),
        (("--type", "shape", "--key", "(3, 32, 32)", "--answer", "3x32x32"), "right"),
    ],
)
def test_one_response(capsys: Capsys, arguments: tuple[str, ...], said: str) -> None:
    """Verdict, reading, and what there is to say."""
    code, out, _ = gradmark(capsys, "check", *arguments)
    assert code == 0
    assert out.startswith(said)


def test_a_domain_that_does_not_exist_is_named(capsys: Capsys) -> None:
    """With the nearest that does."""
    request = ("--type", "expression", "--key", "x", "--answer", "x")
    code, _, err = gradmark(capsys, "check", *request, "--variables", "x: postive")
    assert code == 2
    assert "Did you mean 'positive'?" in err


def test_what_cannot_be_read_gets_a_caret(capsys: Capsys) -> None:
    """Under the character that the student typed."""
    _, out, _ = gradmark(capsys, "check", *ASKED, "--answer", "12..5")
    typed, caret = out.splitlines()[:2]
    assert typed[caret.index("^")] == "."
    assert "not readable" in out


def test_one_response_as_json(capsys: Capsys) -> None:
    """The same reply as in a batch."""
    _, out, _ = gradmark(capsys, "check", *ASKED, "--answer", "0.88", "--digits", "2", "--json")
    assert json.loads(out) == {
        "verdict": "correct",
        "marks": 1.0,
        "credit": 1.0,
        "reading": "0.88",
        "feedback": "",
        "error": None,
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--type", "real", "--key", "1"), "Give --type, --key and --answer, or --batch"),
        (("--batch", "x.jsonl", "--key", "1"), "--batch takes everything that a request says from the file"),
        (("--type", "reel", "--key", "1", "--answer", "1"), "Did you mean 'real'"),
        (("--type", "real", "--key", "[1", "--answer", "1"), "the key cannot be read"),
        (("--type", "real", "--key", "1", "--answer", "1", "--digits", "99"), "99"),
    ],
)
def test_a_wrong_request_is_wrong_usage(capsys: Capsys, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, with what is wrong."""
    code, _, complained = gradmark(capsys, "check", *arguments)
    assert code == 2
    assert said in complained


LINES: list[tuple[str, dict[str, Any]]] = [
    ('{"id": 1, "type": "real", "key": "0.5", "answer": "1/2"}', {"id": 1, "verdict": "correct", "marks": 1.0}),
    (
        '{"type": "real", "key": "0.8808", "answer": "0.88", "decimals": 3, "marks": 3}',
        {"verdict": "coarse", "marks": 1.5},
    ),
    ("this is no request", {"verdict": "unreadable", "marks": 0.0}),
    ("", {}),
    ('{"id": "x", "type": "reel", "key": "1", "answer": "1"}', {"id": "x", "verdict": "unreadable"}),
    ('{"type": "matrix", "key": "[[1, 2], [3, 4]]", "answer": "1 2; 3 5"}', {"verdict": "partial", "marks": 0.75}),
    ('{"type": "choices", "key": "A, C", "answer": "C A", "options": ["A", "B", "C"]}', {"verdict": "correct"}),
    (
        '{"type": "expression", "key": "h*(d+1)", "answer": "__import__(\'os\')", "variables": {"h": "integer", "d": "integer"}}',
        {"verdict": "unreadable"},
    ),
    (
        '{"type": "text", "key": "forget gate|遗忘门", "answer": "遗忘门", "lang": "zh"}',
        {"verdict": "correct", "marks": 1.0},
    ),
]


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(line for line, _ in LINES), encoding="utf-8")
    return path


def test_a_batch_is_answered_line_by_line(capsys: Capsys, batch: Path) -> None:
    """One bad line does not stop the rest; an empty one is none."""
    code, out, _ = gradmark(capsys, "check", "--batch", batch)
    replies = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(replies) == len(LINES) - 1
    for reply, expected in zip(replies, [e for _, e in LINES if e], strict=True):
        assert {key: reply[key] for key in expected} == expected
        assert {"verdict", "marks", "credit", "reading", "feedback", "error"} <= set(reply)


def test_a_batch_may_come_through_a_pipe(capsys: Capsys, batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(batch.read_bytes()), encoding="utf-8"))
    code, out, _ = gradmark(capsys, "check", "--batch", "-")
    assert (code, len(out.splitlines())) == (0, len(LINES) - 1)


def test_bytes_that_are_no_text_spoil_their_line_only(capsys: Capsys, tmp_path: Path) -> None:
    """They are answered like any line that is no request."""
    path = tmp_path / "r.jsonl"
    path.write_bytes(b"\xff\xfe\x00\n" + LINES[0][0].encode() + b"\n")
    _, out, _ = gradmark(capsys, "check", "--batch", path)
    assert [json.loads(line)["verdict"] for line in out.splitlines()] == ["unreadable", "correct"]


def test_a_batch_that_is_not_there_is_a_message(capsys: Capsys, tmp_path: Path) -> None:
    """With its path."""
    code, _, complained = gradmark(capsys, "check", "--batch", tmp_path / "nowhere.jsonl")
    assert code in (1, 2)
    assert "nowhere.jsonl" in complained


def test_replies_go_into_a_file(capsys: Capsys, batch: Path, tmp_path: Path) -> None:
    """The same as are printed, and nothing else is."""
    _, printed, _ = gradmark(capsys, "check", "--batch", batch)
    code, out, _ = gradmark(capsys, "check", "--batch", batch, "--out", tmp_path / "new" / "replies.jsonl")
    assert (code, out) == (0, "")
    assert (tmp_path / "new" / "replies.jsonl").read_text("utf-8") == printed


def test_a_file_of_replies_is_written_whole_or_not_at_all(capsys: Capsys, tmp_path: Path) -> None:
    """Without requests the old one stays."""
    out = tmp_path / "replies.jsonl"
    out.write_text("old", "utf-8")
    code, _, _ = gradmark(capsys, "check", "--batch", tmp_path / "nowhere.jsonl", "--out", out)
    assert code != 0
    assert out.read_text("utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["replies.jsonl"]


def test_a_file_needs_a_batch(capsys: Capsys) -> None:
    """One reply is printed."""
    code, _, complained = gradmark(capsys, "check", *ASKED, "--answer", "1", "--out", "x.jsonl")
    assert code == 2
    assert "--out" in complained


def test_a_batch_answers_in_the_language_of_the_command(capsys: Capsys, tmp_path: Path) -> None:
    """Unless a request names its own."""
    path = tmp_path / "r.jsonl"
    request = {"type": "real", "key": "1", "answer": ""}
    path.write_text(f"{json.dumps(request)}\n{json.dumps({**request, 'lang': 'en'})}\n", "utf-8")
    _, out, _ = gradmark(capsys, "check", "--batch", path, "--lang", "zh")
    assert [json.loads(line)["feedback"] for line in out.splitlines()] == ["未作答。", "No answer."]
