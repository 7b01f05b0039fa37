"""How a class did: totals, questions and parts, the misconceptions found, what needs a person."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from grader.gradebook import Change, Gradebook, Listed
from solvers.derivation import is_convention
from solvers.text import Text

BINS = 10


@dataclass
class PartStatistics:
    """One part of one question over the class."""

    label: str
    worth: Fraction
    answered: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    earned: Fraction = Fraction(0)
    carried: int = 0
    misconceptions: Counter[str] = field(default_factory=Counter)

    @property
    def success(self) -> float:
        """The share of the marks that the class earned, 0 to 1."""
        total = self.worth * sum(self.verdicts.values())
        return float(self.earned / total) if total else 0.0


@dataclass
class QuestionStatistics:
    """One question of the paper over the class."""

    number: int
    question: str
    parts: dict[str, PartStatistics] = field(default_factory=dict)
    marks: list[float] = field(default_factory=list)
    worth: Fraction = Fraction(0)
    discrimination: float | None = None

    @property
    def success(self) -> float:
        """The share of the marks that the class earned, 0 to 1."""
        return statistics.fmean(self.marks) / float(self.worth) if self.marks and self.worth else 0.0


@dataclass(frozen=True)
class Found:
    """A misconception or another convention found in the class: in how many students' answers, and where."""

    id: str
    students: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class ClassReport:
    """Everything that the report says. Shares are 0 to 1."""

    exam: str
    title: Text
    papers: int
    marked: int
    worth: Fraction
    mean: float
    median: float
    deviation: float
    lowest: float
    highest: float
    histogram: tuple[int, ...]
    questions: tuple[QuestionStatistics, ...]
    misconceptions: tuple[Found, ...]
    conventions: tuple[Found, ...]
    problems: tuple[Listed, ...]
    changes: tuple[Change, ...]
    totals: tuple[tuple[str, str, Fraction, Fraction], ...]


def class_report(book: Gradebook) -> ClassReport:
    """The statistics of a gradebook, from one pass over its results."""
    questions: dict[tuple[int, str], QuestionStatistics] = {}
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    totals: list[tuple[str, str, Fraction, Fraction]] = []
    for result in book.results():
        totals.append((result["student"], result["name"], Fraction(result["marks"]), Fraction(result["worth"])))
        for entry in result["questions"]:
            _count_question(questions, entry)
            _count_misconceptions(found, result["student"], entry)
    shares = [float(marks / worth) if worth else 0.0 for _, _, marks, worth in totals]
    for question in questions.values():
        question.discrimination = _discrimination(question, shares)
    named = sorted(
        (Found(id, tuple(students), tuple(places)) for id, (students, places) in found.items()),
        key=lambda f: (-len(f.students), f.id),
    )
    points = [float(marks) for _, _, marks, _ in totals]
    return ClassReport(
        exam=book.exam.id,
        title=book.exam.title,
        papers=book.exam.papers,
        marked=len(totals),
        worth=max((worth for *_, worth in totals), default=Fraction(0)),
        mean=statistics.fmean(points) if points else 0.0,
        median=statistics.median(points) if points else 0.0,
        deviation=statistics.pstdev(points) if points else 0.0,
        lowest=min(points, default=0.0),
        highest=max(points, default=0.0),
        histogram=tuple(_histogram(shares)),
        questions=tuple(questions[key] for key in sorted(questions)),
        misconceptions=tuple(f for f in named if not is_convention(f.id)),
        conventions=tuple(f for f in named if is_convention(f.id)),
        problems=tuple(book.problems()),
        changes=tuple(book.changes()),
        totals=tuple(totals),
    )


def _count_question(questions: dict[tuple[int, str], QuestionStatistics], entry: dict[str, Any]) -> None:
    key = (entry["number"], entry["question"])
    question = questions.setdefault(key, QuestionStatistics(*key, worth=Fraction(entry["worth"])))
    question.marks.append(float(Fraction(entry["marks"])))
    for part in entry["parts"]:
        here = question.parts.setdefault(part["label"], PartStatistics(part["label"], Fraction(part["worth"])))
        here.verdicts[part["verdict"]] += 1
        here.answered += part["verdict"] != "blank"
        here.earned += Fraction(part["marks"])
        here.carried += bool(part["carried"])
        here.misconceptions.update(_named([part]))


def _count_misconceptions(
    found: dict[str, tuple[dict[str, None], dict[str, None]]], student: str, entry: dict[str, Any]
) -> None:
    for part in entry["parts"]:
        for id in _named([part]):
            students, places = found.setdefault(id, ({}, {}))
            students[student] = None
            places[part["label"]] = None


def _named(parts: Iterable[dict[str, Any]]) -> list[str]:
    """The misconceptions and conventions that some verdicts name; a pair of alternatives counts for the first, the likelier one."""
    said = [part["diagnosis"] for part in parts if part["diagnosis"]]
    return [id for diagnosis in said for id in (*diagnosis["misconceptions"], *diagnosis.get("conventions", ()))]


def _histogram(shares: list[float]) -> list[int]:
    """How many students reached each tenth of the marks; the full marks are in the last one."""
    bins = [0] * BINS
    for share in shares:
        bins[min(int(share * BINS), BINS - 1)] += 1
    return bins


def _discrimination(question: QuestionStatistics, shares: list[float]) -> float | None:
    """How well the question tells strong papers from weak ones: the correlation of its marks with the totals, -1 to 1."""
    if len(question.marks) != len(shares) or len(shares) < 3:
        return None
    try:
        return statistics.correlation(question.marks, shares)
    except statistics.StatisticsError:
        return None
