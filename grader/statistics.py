"""How a class did: totals, questions and parts, the misconceptions found, what needs a person."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from string import ascii_lowercase
from typing import Any

from grader.alarms import Alarm
from grader.gradebook import Change, Gradebook, Listed
from grader.standing import Standing
from solvers.derivation import is_convention
from solvers.text import Text

BINS = 10
MOST_TOTALS = 2000  # students whose totals a report lists
MOST_NAMED = 200  # students named with a misconception


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
    """One question of the paper over the class; `standing` sets its marks beside the whole papers'."""

    number: int
    question: str
    worth: Fraction
    parts: dict[str, PartStatistics] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)

    @property
    def success(self) -> float:
        """The share of the marks that the class earned, 0 to 1."""
        return self.standing.here

    @property
    def discrimination(self) -> float | None:
        """How well it tells strong papers from weak ones: the correlation of its marks with the totals, -1 to 1; None where there is none."""
        return self.standing.correlation


@dataclass(frozen=True)
class Where:
    """One question in which a misconception was found: in which parts, and in how many students' answers."""

    question: str
    parts: tuple[str, ...]
    count: int

    @property
    def topic(self) -> str:
        """The topic that the question belongs to."""
        return self.question.partition("/")[0]


@dataclass(frozen=True)
class Found:
    """A misconception or another convention found in the class: in how many students' answers, whose (the first `MOST_NAMED`), and where."""

    id: str
    count: int
    students: tuple[str, ...]
    where: tuple[Where, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """The labels of all parts in which it was found."""
        return tuple(dict.fromkeys(label for where in self.where for label in where.parts))


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
    alarms: tuple[Alarm, ...] = ()


def class_report(book: Gradebook, alarms: tuple[Alarm, ...] = ()) -> ClassReport:
    """The statistics of a gradebook, from one pass over its results, in memory that does not grow with the class.

    Of the totals the first `MOST_TOTALS` are kept. `alarms` are those that were found when the class was marked.
    """
    questions: dict[tuple[int, str], QuestionStatistics] = {}
    found: dict[str, _Counted] = {}
    totals: list[tuple[str, str, Fraction, Fraction]] = []
    points: Counter[Fraction] = Counter()
    worth, histogram = Fraction(0), [0] * BINS
    for result in book.results():
        total, whole = Fraction(result["marks"]), Fraction(result["worth"])
        share = float(total / whole) if whole else 0.0
        if len(totals) < MOST_TOTALS:
            totals.append((result["student"], result["name"], total, whole))
        points[total] += 1
        worth = max(worth, whole)
        histogram[min(int(share * BINS), BINS - 1)] += 1
        for entry in result["questions"]:
            _count_question(questions, entry, share)
        _count_misconceptions(found, result)
    named = sorted((counted.found(id) for id, counted in found.items()), key=_frequent)
    mean = _mean(points)
    return ClassReport(
        exam=book.exam.id,
        title=book.exam.title,
        papers=book.exam.papers,
        marked=points.total(),
        worth=worth,
        mean=mean,
        median=_median(points),
        deviation=math.sqrt(sum((float(x) - mean) ** 2 * n for x, n in points.items()) / max(1, points.total())),
        lowest=float(min(points, default=0)),
        highest=float(max(points, default=0)),
        histogram=tuple(histogram),
        questions=tuple(questions[key] for key in sorted(questions)),
        misconceptions=tuple(f for f in named if not is_convention(f.id)),
        conventions=tuple(f for f in named if is_convention(f.id)),
        problems=tuple(book.problems()),
        changes=tuple(book.changes()),
        totals=tuple(totals),
        alarms=alarms,
    )


def _frequent(found: Found) -> tuple[bool, int, str]:
    """Mistaken ideas before general slips, which every question knows, and the frequent ones first."""
    return found.id.startswith("slip/"), -found.count, found.id


def _mean(points: Counter[Fraction]) -> float:
    return float(sum((x * n for x, n in points.items()), Fraction(0)) / max(1, points.total()))


def _median(points: Counter[Fraction]) -> float:
    """The total in the middle, or half-way between the two there."""
    seen, middle = 0, [(points.total() + 1) // 2, points.total() // 2 + 1]
    found: list[Fraction] = []
    for total in sorted(points):
        seen += points[total]
        found += [total for place in middle[len(found) :] if place <= seen]
    return float((found[0] + found[-1]) / 2) if found else 0.0


def _count_question(questions: dict[tuple[int, str], QuestionStatistics], entry: dict[str, Any], share: float) -> None:
    key, worth = (entry["number"], entry["question"]), Fraction(entry["worth"])
    question = questions.setdefault(key, QuestionStatistics(*key, worth))
    if worth:
        question.standing.add(share, float(Fraction(entry["marks"]) / worth))
    for part in entry["parts"]:
        here = question.parts.setdefault(part["label"], PartStatistics(part["label"], Fraction(part["worth"])))
        here.verdicts[part["verdict"]] += 1
        here.answered += part["verdict"] != "blank"
        here.earned += Fraction(part["marks"])
        here.carried += bool(part["carried"])
        here.misconceptions.update(_named(part))


@dataclass
class _Counted:
    """What is known of one misconception while the papers go by."""

    count: int = 0
    students: list[str] = field(default_factory=list)
    where: dict[str, tuple[dict[str, None], Counter[str]]] = field(default_factory=dict)

    def found(self, id: str) -> Found:
        """The same, when all papers have gone by."""
        where = [
            Where(question, tuple(sorted(parts, key=_place)), count[question])
            for question, (parts, count) in self.where.items()
        ]
        return Found(id, self.count, tuple(self.students), tuple(sorted(where, key=lambda w: (-w.count, w.question))))


def _place(label: str) -> tuple[int, str]:
    """Where a part stands on a paper: `2b` before `10a`."""
    return len(label.rstrip(ascii_lowercase)), label


def _count_misconceptions(found: dict[str, _Counted], result: dict[str, Any]) -> None:
    seen: dict[str, None] = {}
    for entry in result["questions"]:
        here: dict[str, None] = {}
        for part in entry["parts"]:
            for id in _named(part):
                counted = found.setdefault(id, _Counted())
                parts, count = counted.where.setdefault(entry["question"], ({}, Counter()))
                parts[part["label"]] = None
                count[entry["question"]] += id not in here
                seen[id] = here[id] = None
    for id in seen:
        found[id].count += 1
        if len(found[id].students) < MOST_NAMED:
            found[id].students.append(result["student"])


def _named(part: dict[str, Any]) -> list[str]:
    """The misconceptions and conventions that a verdict names; of alternatives only the first, the likelier one."""
    said = part["diagnosis"]
    return [*said["misconceptions"], *said.get("conventions", ())] if said else []
