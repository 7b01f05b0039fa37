"""What a student has practised: every attempt in one SQLite file, and from it which question to ask next.

Each question has a box, as in Leitner's card box: a right answer moves it to the next box, a wrong one back to the first. A question in
box b is due again after 2^b other questions, so that what goes wrong comes back sooner.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from grader.database import Database
from questions.stream import Stream
from solvers.files import explained

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, question TEXT NOT NULL, seed INTEGER NOT NULL, part TEXT NOT NULL,
    response TEXT NOT NULL, verdict TEXT NOT NULL, marks TEXT NOT NULL, worth TEXT NOT NULL, diagnosis TEXT NOT NULL
) STRICT;
CREATE TABLE boxes (
    question TEXT PRIMARY KEY, box INTEGER NOT NULL, asked INTEGER NOT NULL, times INTEGER NOT NULL
) STRICT;
"""
LAST_BOX = 6
LATELY = 6
"""Answers by which one says how a topic goes now."""


@dataclass(frozen=True)
class Attempt:
    """One response in a drill."""

    question: str
    seed: int
    part: str
    response: str
    verdict: str
    marks: Fraction
    worth: Fraction
    diagnosis: tuple[str, ...] = ()


@dataclass(frozen=True)
class TopicProgress:
    """How a student stands in one topic: attempts, the share of marks earned, how many questions are known."""

    topic: str
    attempts: int
    success: float
    known: int


class Progress:
    """A student's progress, kept in a file; every attempt is there as soon as it is made. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        with explained(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._database = Database(path, _SCHEMA, _SCHEMA_VERSION)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def record(self, attempt: Attempt) -> None:
        """Keeps an attempt."""
        self._database.execute(
            "INSERT INTO attempts (at, question, seed, part, response, verdict, marks, worth, diagnosis) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                datetime.now(UTC).isoformat(timespec="seconds"),
                attempt.question,
                attempt.seed,
                attempt.part,
                attempt.response,
                attempt.verdict,
                str(attempt.marks),
                str(attempt.worth),
                " ".join(attempt.diagnosis),
            ),
        )

    def finish(self, question: str, *, right: bool) -> None:
        """Moves a question to its next box, or back to the first."""
        box, _, times = self._box(question)
        turn = self.turn() + 1
        self._database.execute(
            "INSERT OR REPLACE INTO boxes VALUES (?, ?, ?, ?)",
            (question, min(box + 1, LAST_BOX) if right else 0, turn, times + 1),
        )

    def _box(self, question: str) -> tuple[int, int, int]:
        row = self._database.row("SELECT box, asked, times FROM boxes WHERE question = ?", (question,))
        return row or (0, 0, 0)

    def box(self, question: str) -> int:
        """The question's box: 0 for one that is new or went wrong, up to `LAST_BOX`."""
        return self._box(question)[0]

    def turn(self) -> int:
        """How many questions have been finished."""
        return int(self._database.row("SELECT coalesce(max(asked), 0) FROM boxes")[0])

    def attempts(self) -> int:
        """How many responses have been given."""
        return int(self._database.row("SELECT count(*) FROM attempts")[0])

    def seed(self, question: str) -> int:
        """The first seed that this student has not had for this question, nor any after it."""
        (last,) = self._database.row("SELECT coalesce(max(seed), 0) FROM attempts WHERE question = ?", (question,))
        return int(last) + 1

    def next(self, questions: Sequence[str], passed: Collection[str] = ()) -> str:
        """The question to ask now: the most overdue one; new ones in between, easy before hard as they are listed.

        Questions that were just `passed` over come only when there are no others.
        """
        turn = self.turn()
        stream = Stream(f"drill|{turn}|{self.attempts()}")
        due: list[tuple[int, str]] = []
        new: list[str] = []
        later: list[tuple[int, str]] = []
        for id in [id for id in questions if id not in passed] or questions:
            box, asked, times = self._box(id)
            if times == 0:
                new.append(id)
            elif (late := turn - asked - 2**box) >= 0:
                due.append((late, id))
            else:
                later.append((late, id))
        if due and not (new and stream.below(3) == 0):
            return max(due)[1]
        if new:
            return new[stream.below(min(len(new), 3))]
        return max(due or later)[1]

    def lately(self, topic: str) -> TopicProgress | None:
        """How the student stood in the last answers on a topic; None before the first."""
        rows = list(
            self._database.rows(
                "SELECT marks, worth FROM attempts WHERE substr(question, 1, ?) = ? ORDER BY id DESC LIMIT ?",
                (len(topic) + 1, f"{topic}/", LATELY),
            )
        )
        if not rows:
            return None
        earned, worth = (sum(map(Fraction, column), Fraction(0)) for column in zip(*rows, strict=True))
        (known,) = self._database.row(
            "SELECT count(*) FROM boxes WHERE box > 1 AND substr(question, 1, ?) = ?", (len(topic) + 1, f"{topic}/")
        )
        return TopicProgress(topic, len(rows), float(earned / worth) if worth else 0.0, known)

    def topics(self) -> list[TopicProgress]:
        """How the student stands, topic by topic, the weakest first."""
        sums: dict[str, list[Fraction]] = {}
        counts: dict[str, int] = {}
        for question, marks, worth in self._database.rows("SELECT question, marks, worth FROM attempts"):
            topic = question.partition("/")[0]
            total = sums.setdefault(topic, [Fraction(0), Fraction(0)])
            total[0] += Fraction(marks)
            total[1] += Fraction(worth)
            counts[topic] = counts.get(topic, 0) + 1
        known: dict[str, int] = {}
        for question, box in self._database.rows("SELECT question, box FROM boxes"):
            topic = question.partition("/")[0]
            known[topic] = known.get(topic, 0) + (box > 1)
        found = [TopicProgress(t, counts[t], float(a / b) if b else 0.0, known.get(t, 0)) for t, (a, b) in sums.items()]
        return sorted(found, key=lambda topic: topic.success)
