"""The gradebook: one SQLite file that remembers every marked paper, what needs a person, and every mark that changed.

A paper is written in one transaction after its pages, so that a run killed at any moment goes on where it stopped: what is in the
gradebook is complete, what isn't is marked again.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader.database import Database
from solvers.files import write_pieces
from solvers.text import GradmarkError, Language, Text

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE exam (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE results (
    student TEXT PRIMARY KEY, name TEXT NOT NULL, paper TEXT NOT NULL, source TEXT NOT NULL,
    digest TEXT NOT NULL, marks TEXT NOT NULL, worth TEXT NOT NULL, result TEXT NOT NULL
) STRICT;
CREATE TABLE changes (
    id INTEGER PRIMARY KEY, student TEXT NOT NULL, label TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;
CREATE TABLE problems (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, line INTEGER, code TEXT NOT NULL,
    message_en TEXT NOT NULL, message_zh TEXT NOT NULL, todo_en TEXT NOT NULL, todo_zh TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True)
class Change:
    """A mark that another run gave differently, and why."""

    student: str
    label: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class Listed:
    """Something that needs a person: where, what, and what to do."""

    source: str
    line: int | None
    code: str
    message: Text
    todo: Text


@dataclass(frozen=True)
class ExamFacts:
    """What the gradebook knows of its exam: its id, its title, how many papers were made."""

    id: str
    title: Text
    papers: int


def open_gradebook(path: Path) -> Gradebook:
    """A gradebook that was made before, for reading."""
    return Gradebook(path, None)


class Gradebook:
    """The results of one exam in one file. Use as a context manager."""

    def __init__(self, path: Path, exam: ExamFacts | None) -> None:
        self.path = path
        self._database = Database(path, _SCHEMA, _SCHEMA_VERSION, create=exam is not None)
        try:
            self.exam = self._known_exam(exam)
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def _known_exam(self, exam: ExamFacts | None) -> ExamFacts:
        """The exam that the file is about, written down if it is new or has changed. Raises GradmarkError for another one."""
        known = dict(self._database.rows("SELECT name, value FROM exam"))
        if exam is None:
            if not known:
                raise GradmarkError(
                    f"{self.path} holds no results yet. Run `gradmark grade` again.",
                    f"{self.path} 中还没有成绩。请重新运行 `gradmark grade`。",
                )
            return ExamFacts(known["id"], Text(known["title_en"], known["title_zh"]), int(known["papers"]))
        if known.get("id", exam.id) != exam.id:
            raise GradmarkError(
                f"{self.path} holds the results of the exam {known['id']!r}, not of {exam.id!r}. Choose another --out.",
                f"{self.path} 中是考试 {known['id']!r} 的成绩，而不是 {exam.id!r}。请换一个 --out。",
            )
        facts = {"id": exam.id, "title_en": exam.title.en, "title_zh": exam.title.zh, "papers": str(exam.papers)}
        if known != facts:
            with self._database.transaction():
                self._database.execute_each("INSERT OR REPLACE INTO exam VALUES (?, ?)", facts.items())
        return exam

    def digest(self, student: str) -> str | None:
        """The fingerprint of what a student's stored result came from."""
        row = self._database.row("SELECT digest FROM results WHERE student = ?", (student,))
        return row[0] if row else None

    def result(self, student: str) -> dict[str, Any] | None:
        """A student's stored result."""
        row = self._database.row("SELECT result FROM results WHERE student = ?", (student,))
        return json.loads(row[0]) if row else None

    def store(self, result: dict[str, Any], digest: str) -> list[Change]:
        """Stores a result in place of the student's earlier one; the marks that changed are returned and kept."""
        before = self.result(result["student"])
        old_parts = (self.digest(result["student"]) or "").split(":")
        changes = _changes(before, result, _reason(old_parts, digest.split(":"))) if before else []
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    result["student"],
                    result["name"],
                    result["paper"],
                    result["source"],
                    digest,
                    result["marks"],
                    result["worth"],
                    json.dumps(result, ensure_ascii=False),
                ),
            )
            self._database.execute_each(
                "INSERT INTO changes (student, label, old, new, reason) VALUES (?, ?, ?, ?, ?)",
                [(c.student, c.label, c.old, c.new, c.reason) for c in changes],
            )
        return changes

    def list_problems(self, problems: list[Listed]) -> None:
        """Stores what needs a person, in place of the last run's list."""
        with self._database.transaction():
            self._database.execute("DELETE FROM problems")
            self._database.execute_each(
                "INSERT INTO problems (source, line, code, message_en, message_zh, todo_en, todo_zh) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(p.source, p.line, p.code, p.message.en, p.message.zh, p.todo.en, p.todo.zh) for p in problems],
            )

    def results(self) -> Iterator[dict[str, Any]]:
        """Every stored result, by student, one at a time."""
        return map(json.loads, self.texts())

    def texts(self) -> Iterator[str]:
        """Every stored result as JSON, by student, one at a time."""
        for (text,) in self._database.rows("SELECT result FROM results ORDER BY student"):
            yield text

    def count(self) -> int:
        """How many students have results."""
        return int(self._database.row("SELECT count(*) FROM results")[0])

    def problems(self) -> list[Listed]:
        """What needs a person."""
        rows = self._database.rows(
            "SELECT source, line, code, message_en, message_zh, todo_en, todo_zh FROM problems ORDER BY id"
        )
        return [Listed(s, line, code, Text(me, mz), Text(te, tz)) for s, line, code, me, mz, te, tz in rows]

    def changes(self) -> list[Change]:
        """Every mark that ever changed, oldest first."""
        rows = self._database.rows("SELECT student, label, old, new, reason FROM changes ORDER BY id")
        return [Change(*row) for row in rows]


def _reason(old: list[str], new: list[str]) -> str:
    """Which of submission, key and policy differ between two fingerprints."""
    names = ("submission", "key", "policy", "version")
    changed = [name for name, a, b in zip(names, old, new, strict=False) if a != b]
    return ", ".join(changed) or "marking"


def _changes(old: dict[str, Any], new: dict[str, Any], reason: str) -> list[Change]:
    before, after = marks_by_label(old), marks_by_label(new)
    return [
        Change(new["student"], label, before.get(label, ""), after.get(label, ""), reason)
        for label in dict.fromkeys((*before, *after))
        if before.get(label) != after.get(label)
    ]


def marks_by_label(result: dict[str, Any]) -> dict[str, str]:
    """The marks of each part of a stored result."""
    return {part["label"]: part["marks"] for question in result["questions"] for part in question["parts"]}


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(text: str) -> str:
    """Text that a spreadsheet shows and never runs: what it would take for a formula gets an apostrophe before it."""
    return "'" + text if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def decimal_marks(marks: str) -> str:
    """Marks for a spreadsheet: `2`, `1.5`, `0.667`."""
    number = Fraction(marks)
    return str(number.numerator) if number.denominator == 1 else f"{float(number):.3f}".rstrip("0")


def write_exports(book: Gradebook, folder: Path, language: Language) -> None:
    """`gradebook.csv`, `gradebook.json`, `problems.csv` and `changes.csv`, each whole or absent, written line by line."""
    labels = list(dict.fromkeys(label for result in book.results() for label in marks_by_label(result)))
    write_pieces(folder / "gradebook.csv", csv_lines(_mark_rows(book, labels)))
    write_pieces(folder / "gradebook.json", _json_array(book.texts()))
    write_pieces(folder / "problems.csv", csv_lines(_problem_rows(book, language)))
    write_pieces(folder / "changes.csv", csv_lines(_change_rows(book)))


def _mark_rows(book: Gradebook, labels: list[str]) -> Iterator[list[str]]:
    yield ["student", "name", "marks", "worth", *labels]
    for result in book.results():
        parts = marks_by_label(result)
        marks = [decimal_marks(parts[label]) if label in parts else "" for label in labels]
        totals = [decimal_marks(result["marks"]), decimal_marks(result["worth"])]
        yield [cell(result["student"]), cell(result["name"]), *totals, *marks]


def _problem_rows(book: Gradebook, language: Language) -> Iterator[list[str]]:
    yield ["source", "line", "code", "what", "what to do"]
    for p in book.problems():
        yield [cell(p.source), str(p.line or ""), p.code, cell(p.message[language]), cell(p.todo[language])]


def _change_rows(book: Gradebook) -> Iterator[list[str]]:
    yield ["student", "part", "old", "new", "reason"]
    for c in book.changes():
        yield [cell(c.student), c.label, decimal_marks(c.old or "0"), decimal_marks(c.new or "0"), c.reason]


def _json_array(texts: Iterable[str]) -> Iterator[str]:
    """Objects that are JSON already as one array, an object a line."""
    joint = "[\n"
    for text in texts:
        yield joint + text
        joint = ",\n"
    yield "[]\n" if joint.startswith("[") else "\n]\n"


def csv_lines(rows: Iterable[list[str]]) -> Iterator[str]:
    """Rows as a CSV that spreadsheets read rightly, a line at a time; cells from people go through `cell` before."""
    # Spreadsheets take a CSV for UTF-8 only if it begins with the mark.
    yield "\ufeff"
    for row in rows:
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow(row)
        yield line.getvalue()
