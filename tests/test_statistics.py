"""What the class report counts, on gradebooks small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.alarms import Alarm
from grader.class_tables import read_alarms, write_class_tables
from grader.gradebook import ExamFacts, Gradebook
from grader.statistics import BINS, ClassReport, _place, class_report
from questions.bank import Bank
from solvers.text import Text


def part(label: str, marks: str, verdict: str = "correct", **more: Any) -> dict[str, Any]:
    return {"label": label, "marks": marks, "worth": "2", "verdict": verdict, "carried": [], "diagnosis": None, **more}


def found(*ids: str) -> dict[str, Any]:
    return {"misconceptions": list(ids), "alternatives": [["conv/no-plus-one"]]}


def report(path: Path, *students: list[dict[str, Any]]) -> ClassReport:
    """The report on students with these parts; `1…` belongs to the first question, `2…` to the second."""
    with Gradebook(path, ExamFacts("quiz", Text("Quiz", "测验"), len(students) + 1)) as book:
        for i, parts in enumerate(students):
            questions = []
            for number in (1, 2):
                here = [p for p in parts if p["label"].startswith(str(number))]
                marks, worth = (sum(Fraction(p[key]) for p in here) for key in ("marks", "worth"))
                entry = {
                    "number": number,
                    "question": f"every/q{number}",
                    "marks": str(marks),
                    "worth": str(worth),
                    "parts": here,
                }
                questions += [entry] if here else []
            marks, worth = (sum(Fraction(q[key]) for q in questions) for key in ("marks", "worth"))
            totals = {
                "student": f"s{i}",
                "name": "",
                "paper": "",
                "source": "",
                "marks": str(marks),
                "worth": str(worth),
            }
            book.store({**totals, "questions": questions}, "a:b:c:d")
        return class_report(book)


@pytest.fixture
def three(tmp_path: Path) -> ClassReport:
    """Three students: 6, 3 and 0 marks of 6."""
    swapped, forgot = found("lstm/gates-swapped"), found("conv/forgot-padding")
    return report(
        tmp_path / "book.sqlite",
        [part("1a", "2"), part("1b", "2"), part("2", "2")],
        [part("1a", "0", "incorrect", diagnosis=swapped), part("1b", "2", carried=["1a"]), part("2", "1", "coarse")],
        [
            part("1a", "0", "incorrect", diagnosis=swapped),
            part("1b", "0", "unreadable"),
            part("2", "0", "blank", diagnosis=forgot),
        ],
    )


def test_totals(three: ClassReport) -> None:
    """Mean, median, spread and ends."""
    assert (three.papers, three.marked, three.worth) == (4, 3, 6)
    assert (three.mean, three.median, three.lowest, three.highest) == (3.0, 3.0, 0.0, 6.0)
    assert three.deviation == pytest.approx(6**0.5)


def test_the_share_of_the_marks_that_the_class_earned(three: ClassReport) -> None:
    """By question and by part; a blank counts as nothing earned."""
    assert [q.success for q in three.questions] == [pytest.approx(6 / 12), pytest.approx(3 / 6)]
    assert [p.success for q in three.questions for p in q.parts.values()] == pytest.approx([1 / 3, 2 / 3, 1 / 2])


def test_verdicts_are_counted(three: ClassReport) -> None:
    """With what was carried and what was not answered."""
    parts = {label: p for q in three.questions for label, p in q.parts.items()}
    assert dict(parts["1b"].verdicts) == {"correct": 2, "unreadable": 1}
    assert (parts["1b"].carried, parts["2"].answered) == (1, 2)


def test_misconceptions_are_counted_by_student_most_frequent_first(three: ClassReport) -> None:
    """The likelier explanation only, with the parts where it showed."""
    assert [(f.id, f.students, f.places) for f in three.misconceptions] == [
        ("lstm/gates-swapped", ("s1", "s2"), ("1a",)),
        ("conv/forgot-padding", ("s2",), ("2",)),
    ]


def test_a_question_that_follows_the_totals_discriminates(three: ClassReport) -> None:
    """The correlation of its marks with the totals."""
    assert three.questions[1].discrimination == pytest.approx(1.0)


def test_a_question_that_all_have_right_discriminates_nothing(tmp_path: Path) -> None:
    """No correlation is better than a division by zero."""
    students = [[part("1", "2"), part("2", marks)] for marks in ("0", "1", "2")]
    assert report(tmp_path / "book.sqlite", *students).questions[0].discrimination is None


def test_two_students_discriminate_nothing(tmp_path: Path) -> None:
    """Two points always lie on a line."""
    assert report(tmp_path / "b.sqlite", [part("1", "0")], [part("1", "2")]).questions[0].discrimination is None


def test_nobody_is_a_class_too(tmp_path: Path) -> None:
    """All zeros."""
    nobody = report(tmp_path / "book.sqlite")
    assert (nobody.marked, nobody.mean, nobody.questions, sum(nobody.histogram)) == (0, 0.0, (), 0)


@pytest.mark.parametrize(
    ("share", "tenth"), [("0", 0), ("1/10", 1), ("3/10", 3), ("7/10", 7), ("29/100", 2), ("99/100", 9), ("1", 9)]
)
def test_a_total_falls_into_its_tenth(tmp_path: Path, share: str, tenth: int) -> None:
    """Full marks into the last one."""
    histogram = report(tmp_path / "b.sqlite", [part("1", str(2 * Fraction(share)))]).histogram
    assert histogram.index(1) == tenth


@given(st.lists(st.integers(0, 20), max_size=8))
def test_everybody_is_in_the_histogram(tmp_path_factory: pytest.TempPathFactory, marks: list[int]) -> None:
    """Once."""
    path = tmp_path_factory.mktemp("class") / "book.sqlite"
    histogram = report(path, *([part("1", f"{mark}/10")] for mark in marks)).histogram
    assert (len(histogram), sum(histogram)) == (BINS, len(marks))


def test_where_a_misconception_was_found(tmp_path: Path) -> None:
    """By question, with its topic and parts; a student counts once in each, and once in all."""
    swapped = found("lstm/gates-swapped")
    wrong = [part(label, "0", "incorrect", diagnosis=swapped) for label in ("1a", "1b", "2")]
    (one,) = report(tmp_path / "b.sqlite", wrong, wrong[:1]).misconceptions
    assert (one.count, one.places) == (2, ("1a", "1b", "2"))
    assert [(w.topic, w.question, w.parts, w.count) for w in one.where] == [
        ("every", "every/q1", ("1a", "1b"), 2),
        ("every", "every/q2", ("2",), 1),
    ]


def test_general_slips_come_after_mistaken_ideas(tmp_path: Path) -> None:
    """However frequent they are: they say little of what the class has understood."""
    slip = [part("1a", "0", "incorrect", diagnosis=found("slip/sign"))]
    idea = [part("1a", "0", "incorrect", diagnosis=found("conv/forgot-padding"))]
    told = report(tmp_path / "book.sqlite", slip, slip, idea).misconceptions
    assert [(one.id, one.count) for one in told] == [("conv/forgot-padding", 1), ("slip/sign", 2)]


def test_the_tables_of_a_class(tmp_path: Path) -> None:
    """A row for each misconception and question; what a spreadsheet could run is shown."""
    wrong = part("1", "0", "incorrect", diagnosis=found("conv/forgot-padding"))
    alarm = Alarm(
        "value", "every/q1", "x", ("1",), 3, 4, 5, ("=s1",), Text("are 5.", "都是 5。"), Text("Look.", "请看。")
    )
    known = replace(report(tmp_path / "b.sqlite", [wrong]), alarms=(alarm,))
    write_class_tables(known, Bank(), tmp_path, "zh")
    rows = (tmp_path / "misconceptions.csv").read_text("utf-8-sig").splitlines()
    assert rows[1] == "conv/forgot-padding,漏掉了补零,every,every/q1,1,1,1,s0"
    assert "'=s1" in (tmp_path / "alarms.csv").read_text("utf-8-sig")
    assert read_alarms(tmp_path) == (alarm,)


def test_a_folder_from_before_has_no_alarms(tmp_path: Path) -> None:
    """Its report is the same without them."""
    assert read_alarms(tmp_path) == ()


def test_parts_are_listed_in_the_order_of_the_paper() -> None:
    """Not in that in which students got them wrong, nor letter by letter."""
    assert sorted(["10a", "2b", "2a", "1"], key=_place) == ["1", "2a", "2b", "10a"]
