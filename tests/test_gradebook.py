"""The gradebook: what is stored, what changed and why, and files that are not what they should be."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grader.gradebook import ExamFacts, Gradebook, Listed, cell, decimal_marks, open_gradebook, write_exports
from solvers.text import GradmarkError, Text

QUIZ = ExamFacts("quiz", Text("Quiz", "测验"), 3)


def result(student: str = "s1", name: str = "Ada", **marks: str) -> dict[str, Any]:
    """A stored result with these marks, each out of 2."""
    parts = [
        {
            "label": label.removeprefix("p"),
            "marks": mark,
            "worth": "2",
            "verdict": "correct",
            "carried": [],
            "diagnosis": None,
        }
        for label, mark in marks.items()
    ]
    return {
        "student": student,
        "name": name,
        "paper": "c0de",
        "source": f"{student}.yaml",
        "marks": "3",
        "worth": "4",
        "questions": [{"number": 1, "question": "every/vector", "marks": "3", "worth": "4", "parts": parts}],
    }


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gradebook]:
    with Gradebook(tmp_path / "book.sqlite", QUIZ) as opened:
        yield opened


def test_what_is_stored_comes_back(book: Gradebook) -> None:
    """With its fingerprint, by student."""
    book.store(result("s2", p1a="1"), "x:y:z:v")
    book.store(result("s1", p1a="2"), "a:b:c:v")
    assert [r["student"] for r in book.results()] == ["s1", "s2"]
    assert (book.count(), book.digest("s1"), book.digest("s3"), book.result("s3")) == (2, "a:b:c:v", None, None)


def test_storing_again_changes_nothing(book: Gradebook) -> None:
    """Regrading is idempotent."""
    assert book.store(result(p1a="1", p1b="2"), "a:b:c:v") == []
    assert book.store(result(p1a="1", p1b="2"), "a:b:c:v") == []
    assert (book.count(), book.changes()) == (1, [])


@pytest.mark.parametrize(
    ("digest", "reason"),
    [
        ("X:b:c:v", "submission"),
        ("a:X:c:v", "key"),
        ("a:b:X:v", "policy"),
        ("a:b:c:X", "version"),
        ("X:X:c:v", "submission, key"),
        ("a:b:c:v", "marking"),
    ],
)
def test_a_changed_mark_is_kept_with_its_reason(book: Gradebook, digest: str, reason: str) -> None:
    """Which of submission, key, policy and version is another; only the parts that changed."""
    book.store(result(p1a="1", p1b="2"), "a:b:c:v")
    (change,) = book.store(result(p1a="1", p1b="3/2"), digest)
    assert (change.student, change.label, change.old, change.new, change.reason) == ("s1", "1b", "2", "3/2", reason)
    assert book.changes() == [change]


def test_a_part_that_comes_or_goes_is_a_change(book: Gradebook) -> None:
    """With nothing on the other side."""
    book.store(result(p1a="1"), "a:b:c:v")
    changes = book.store(result(p1b="2"), "a:X:c:v")
    assert [(c.label, c.old, c.new) for c in changes] == [("1a", "1", ""), ("1b", "", "2")]


def test_problems_are_those_of_the_last_run(book: Gradebook) -> None:
    """In the order in which they were met."""
    problems = [Listed(f"{i}.yaml", i or None, "unreadable", Text("a", "甲"), Text("b", "乙")) for i in range(3)]
    book.list_problems([Listed("old", 1, "absent", Text("", ""), Text("", ""))])
    book.list_problems(problems)
    assert book.problems() == problems


def test_a_reader_needs_nothing_but_the_file(tmp_path: Path) -> None:
    """The exam's id and title are in it."""
    with Gradebook(tmp_path / "book.sqlite", QUIZ) as first:
        first.store(result(p1a="1"), "a:b:c:v")
    with open_gradebook(tmp_path / "book.sqlite") as again:
        assert (again.exam, again.count()) == (QUIZ, 1)


def test_a_process_that_is_killed_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    """And nothing that was half written is there."""
    book = Gradebook(tmp_path / "book.sqlite", QUIZ)
    book.store(result("s1", p1a="1"), "a:b:c:v")
    broken = result("s2", p1a="1") | {"marks": None}
    with pytest.raises(GradmarkError):
        book.store(broken, "a:b:c:v")
    with Gradebook(tmp_path / "book.sqlite", QUIZ) as other:
        assert [r["student"] for r in other.results()] == ["s1"]
        other.store(result("s2", p1a="1"), "a:b:c:v")
    book.__exit__()


def test_another_exam_is_refused(tmp_path: Path) -> None:
    """Its results would be mixed up."""
    Gradebook(tmp_path / "book.sqlite", QUIZ).__exit__()
    with pytest.raises(GradmarkError, match="the exam 'quiz', not of 'final'"):
        Gradebook(tmp_path / "book.sqlite", ExamFacts("final", QUIZ.title, 1))


def database(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


@pytest.mark.parametrize("opened", [QUIZ, None], ids=["to write", "to read"])
def test_a_file_that_is_no_gradebook_is_a_message(tmp_path: Path, opened: ExamFacts | None) -> None:
    """Damaged, of another program, or of another version; it is left as it was."""
    noise = tmp_path / "noise.sqlite"
    noise.write_bytes(b"not a database at all" * 100)
    with pytest.raises(GradmarkError, match=r"noise\.sqlite cannot be used: it is damaged"):
        Gradebook(noise, opened)
    foreign = database(tmp_path / "foreign.sqlite", "CREATE TABLE photos (name TEXT)")
    before = foreign.read_bytes()
    with pytest.raises(GradmarkError, match="was not made by this version"):
        Gradebook(foreign, opened)
    assert foreign.read_bytes() == before
    later = database(tmp_path / "later.sqlite", "CREATE TABLE exam (name TEXT, value TEXT)", "PRAGMA user_version = 99")
    with pytest.raises(GradmarkError, match="its format is 99"):
        Gradebook(later, opened)


def test_a_damaged_page_is_a_message(tmp_path: Path) -> None:
    """When it is met."""
    path = tmp_path / "book.sqlite"
    with Gradebook(path, QUIZ) as book:
        for i in range(200):
            book.store(result(f"s{i}", p1a="1"), "a:b:c:v")
    data = bytearray(path.read_bytes())
    data[4096 * 4 :] = b"\xff" * (len(data) - 4096 * 4)
    path.write_bytes(data)
    with pytest.raises(GradmarkError, match="cannot be used"), open_gradebook(path) as book:
        list(book.results())


def test_a_folder_that_is_not_there_is_a_message(tmp_path: Path) -> None:
    """With what to check."""
    with pytest.raises(GradmarkError, match="cannot be opened; check the folder"):
        Gradebook(tmp_path / "nowhere" / "book.sqlite", QUIZ)


def test_a_file_that_another_process_writes_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After waiting for it."""
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **options: connect(path, timeout=0.05, **options))
    with Gradebook(tmp_path / "book.sqlite", QUIZ) as book, closing(connect(tmp_path / "book.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GradmarkError, match="another gradmark is writing to it"):
            book.store(result(p1a="1"), "a:b:c:v")


# -------------------------------------------------------------------------------------------------------------- exports


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1+1", "'＝1+1"),
        ("-5", "-5"),
        ("+3.5", "+3.5"),
        ("s001", "s001"),
        ("张三", "张三"),
        ("", ""),
    ],
)
def test_a_spreadsheet_runs_nothing(text: str, shown: str) -> None:
    """What looks like a formula becomes text; numbers stay numbers."""
    assert cell(text) == shown


@pytest.mark.parametrize(
    ("marks", "shown"), [("2", "2"), ("3/2", "1.5"), ("2/3", "0.667"), ("0", "0"), ("1/8", "0.125")]
)
def test_marks_in_a_spreadsheet_are_decimal(marks: str, shown: str) -> None:
    """With as many places as they need, three at most."""
    assert decimal_marks(marks) == shown


def table(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text("utf-8-sig").splitlines()))


def test_the_exports_say_everything(book: Gradebook, tmp_path: Path) -> None:
    """A column for each part, a row for each student, problems and changes beside it."""
    book.store(result("s1", "=cmd()", p1a="1", p1b="2"), "a:b:c:v")
    book.store(result("s1", "=cmd()", p1a="3/2", p1b="2"), "X:b:c:v")
    book.store(result("s2", "Bob, Jr", p1a="0"), "a:b:c:v")
    book.list_problems([Listed("=evil.yaml", 3, "unreadable", Text("what", "情况"), Text("do", "办法"))])
    write_exports(book, tmp_path / "out", "zh")
    out = tmp_path / "out"
    assert (out / "gradebook.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert table(out / "gradebook.csv") == [
        ["student", "name", "marks", "worth", "1a", "1b"],
        ["s1", "'=cmd()", "3", "4", "1.5", "2"],
        ["s2", "Bob, Jr", "3", "4", "0", ""],
    ]
    assert json.loads((out / "gradebook.json").read_text("utf-8")) == list(book.results())
    assert table(out / "problems.csv")[1] == ["'=evil.yaml", "3", "unreadable", "情况", "办法"]
    assert table(out / "changes.csv")[1] == ["s1", "1a", "1", "1.5", "submission"]


def test_the_exports_of_nothing_are_whole_as_well(book: Gradebook, tmp_path: Path) -> None:
    """Headings, and an empty list."""
    write_exports(book, tmp_path, "en")
    assert json.loads((tmp_path / "gradebook.json").read_text()) == []
    assert table(tmp_path / "gradebook.csv") == [["student", "name", "marks", "worth"]]
