"""A class marked: whatever comes in is marked or listed with what to do, and a second run changes nothing without a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.gradebook import Gradebook, open_gradebook
from grader.grading import Run
from grader.submissions import read_submissions
from questions.bank import Bank
from questions.blueprint import Blueprint, Student
from questions.exam_folder import BankChangedError, ExamFolder
from templates import marking
from templates.exam import write_exam
from templates.results import GRADEBOOK, write_results
from tests.strategies import EVERY_TYPE, folder_of

STUDENTS = [Student(id=f"s{i}", name=f"Student {i}") for i in range(1, 5)]
PLAN = {
    "exam": "quiz",
    "title": {"en": "Quiz", "zh": "测验"},
    "sections": [{"questions": ["every/integer", "every/truth", "every/text"]}],
}


class Exam:
    """An exam on three questions (1, 2a, 2b, 3), a folder for submissions, and one for results."""

    def __init__(self, root: Path, **changes: object) -> None:
        self.root = root
        self.bank = folder_of(
            root / "bank",
            {f.relative_to(EVERY_TYPE).as_posix(): f.read_text("utf-8") for f in EVERY_TYPE.rglob("*.yaml")},
        )
        self.handed_in = root / "in"
        self.results = root / "out"
        write_exam(Bank([self.bank]), Blueprint.model_validate({**PLAN, **changes}), STUDENTS, root / "exam", seed=1)

    def open(self, **options: Any) -> ExamFolder:
        return ExamFolder(self.root / "exam", Bank([self.bank]), **options)

    def right(self, student: str) -> dict[str, str]:
        """The model answers by label."""
        return {label: text for item in self.open().key(student)["items"] for label, text in item["answers"].items()}

    def hand_in(self, student: str, name: str | None = None, **fields: Any) -> None:
        """A sheet with the model answers, changed; `answers` replaces some of them."""
        answers = {**self.right(student if student in {s.id for s in STUDENTS} else "s1"), **fields.pop("answers", {})}
        sheet = {"exam": "quiz", "student": student, "answers": answers, **fields}
        folder_of(self.handed_in, {f"{name or student}.json": json.dumps(sheet, ensure_ascii=False)})

    def grade(self, *paths: Path, again: bool = False, **options: Any) -> Run:
        found = read_submissions(paths or [self.handed_in])
        return write_results(self.open(**options), found, self.results, language="en", again=again)

    def book(self) -> Gradebook:
        return open_gradebook(self.results / GRADEBOOK)

    def marks(self) -> dict[str, str]:
        with self.book() as book:
            return {result["student"]: result["marks"] for result in book.results()}


@pytest.fixture
def exam(tmp_path: Path) -> Exam:
    return Exam(tmp_path)


def problems(run: Run) -> list[tuple[str, str]]:
    return [(Path(p.source).name, p.code) for p in run.problems if p.code != "absent"]


def told(run: Run, code: str) -> str:
    (found,) = [p for p in run.problems if p.code == code]
    assert found.todo.en
    assert found.todo.zh
    assert found.message.zh != found.message.en
    return found.message.en


# -------------------------------------------------------------------------------------------------------- what comes in


def test_model_answers_earn_everything(exam: Exam) -> None:
    """For each student their own."""
    for student in STUDENTS:
        exam.hand_in(student.id)
    run = exam.grade()
    assert (run.marked, run.problems) == (4, [])
    assert exam.marks() == dict.fromkeys(("s1", "s2", "s3", "s4"), "5")


def test_who_handed_in_nothing_is_listed(exam: Exam) -> None:
    """As absent, without marks."""
    exam.hand_in("s1")
    run = exam.grade()
    assert [p.message.en for p in run.problems] == [f"s{i}: nothing was handed in." for i in (2, 3, 4)]
    assert list(exam.marks()) == ["s1"]


def test_an_unknown_student_is_listed_with_the_nearest(exam: Exam) -> None:
    """Nobody's marks change."""
    exam.hand_in("s11")
    run = exam.grade()
    assert problems(run) == [("s11.json", "unknown-student")]
    assert "'s11'. Did you mean 's1'?" in told(run, "unknown-student")
    assert exam.marks() == {}


def test_a_sheet_of_another_exam_is_listed(exam: Exam) -> None:
    """It is not marked here."""
    exam.hand_in("s1", exam="final")
    run = exam.grade()
    assert "this is for the exam 'final', not 'quiz'" in told(run, "other-exam")
    assert exam.marks() == {}


def test_a_sheet_of_another_paper_is_listed(exam: Exam) -> None:
    """Somebody answered their neighbour's questions."""
    exam.hand_in("s1", paper=exam.open().key("s2")["paper"])
    run = exam.grade()
    assert "this student's paper is" in told(run, "other-paper")
    assert exam.marks() == {}


def test_a_sheet_without_exam_and_paper_is_marked(exam: Exam) -> None:
    """The student's id says enough."""
    exam.hand_in("s1", exam=None)
    assert exam.grade().marked == 1


@pytest.mark.parametrize(("change", "code"), [({}, "duplicate"), ({"answers": {"1": "7"}}, "conflict")])
def test_who_hands_in_twice_is_listed(exam: Exam, change: dict[str, Any], code: str) -> None:
    """The first sheet counts, whatever the second says."""
    exam.hand_in("s1", "a")
    exam.hand_in("s1", "b", **change)
    run = exam.grade()
    assert problems(run) == [("b.json", code)]
    assert "s1 handed in twice" in told(run, code)
    assert exam.marks() == {"s1": "5"}


def test_two_sheets_in_one_file_are_told_apart(exam: Exam) -> None:
    """A list of sheets in JSON."""
    sheets = [{"student": "s1", "answers": exam.right("s1")}, {"student": "s1", "answers": {"1": "7"}}]
    folder_of(exam.handed_in, {"all.json": json.dumps(sheets)})
    run = exam.grade()
    assert [code for _, code in problems(run)] == ["conflict"]
    assert exam.marks() == {"s1": "5"}


def test_the_same_file_named_twice_is_read_once(exam: Exam) -> None:
    """As a folder and by name."""
    exam.hand_in("s1")
    run = exam.grade(exam.handed_in, exam.handed_in / "s1.json")
    assert problems(run) == []


def test_a_blank_sheet_beside_a_filled_one_is_nothing(exam: Exam) -> None:
    """An answer sheet comes in two formats, and one is filled in."""
    exam.hand_in("s1", "a", answers=dict.fromkeys(exam.right("s1"), ""))
    exam.hand_in("s1", "b")
    assert exam.grade().problems[0].code == "absent"
    assert exam.marks() == {"s1": "5"}


def test_a_blank_sheet_alone_is_a_paper_without_marks(exam: Exam) -> None:
    """It was handed in."""
    exam.hand_in("s1", answers=dict.fromkeys(exam.right("s1"), ""))
    exam.grade()
    assert exam.marks() == {"s1": "0"}


def test_an_answer_to_a_part_that_does_not_exist_is_listed(exam: Exam) -> None:
    """With what it says; the others are marked."""
    exam.hand_in("s1", answers={"2c": "55", "4": "", "x": "what I meant"})
    run = exam.grade()
    assert problems(run) == [("s1.json", "unknown-part"), ("s1.json", "unknown-part")]
    assert any("'2c' on the paper; its answer was: '55'" in p.message.en for p in run.problems)
    assert any("1, 2a, 2b, 3" in p.todo.en for p in run.problems)
    assert exam.marks() == {"s1": "5"}


def test_a_second_spelling_of_a_label_does_not_replace_the_first(exam: Exam) -> None:
    """It is listed."""
    exam.hand_in("s1", answers={"1?!": "7"})
    run = exam.grade()
    assert len([p for p in run.problems if p.code != "absent"]) == 1
    assert exam.marks() == {"s1": "5"}


def test_what_cannot_be_read_is_listed_and_earns_nothing(exam: Exam) -> None:
    """In this run and in every later one, until somebody has looked at it."""
    exam.hand_in("s1", answers={"1": "twelve and a bit"})
    exam.hand_in("s2")
    first = exam.grade()
    assert problems(first) == [("s1.json", "unreadable")]
    assert "'twelve and a bit'" in told(first, "unreadable")
    assert exam.marks() == {"s1": "3", "s2": "5"}
    assert problems(exam.grade()) == [("s1.json", "unreadable")]
    assert problems(exam.grade(exam.handed_in / "s2.json")) == [("s1.json", "unreadable")]


def test_files_that_are_no_sheets_are_listed_with_the_rest(exam: Exam) -> None:
    """The others are marked."""
    exam.hand_in("s1")
    folder_of(exam.handed_in, {"photo.heic": "x", "broken.json": "{"})
    run = exam.grade()
    assert run.marked == 1
    assert {name for name, _ in problems(run)} == {"photo.heic", "broken.json"}


def test_problems_are_in_the_gradebook_and_its_export(exam: Exam) -> None:
    """Not on the screen only."""
    exam.hand_in("s11")
    exam.grade()
    with exam.book() as book:
        assert [p.code for p in book.problems()] == ["unknown-student"] + ["absent"] * 4
    assert "unknown-student" in (exam.results / "problems.csv").read_text("utf-8-sig")


# ------------------------------------------------------------------------------------------------------------ once more


def test_a_second_run_marks_nothing_again(exam: Exam) -> None:
    """And leaves every file as it was, byte for byte."""
    for student in STUDENTS:
        exam.hand_in(student.id)
    exam.grade()
    before = exports(exam)
    run = exam.grade()
    assert (run.marked, run.unchanged) == (0, 4)
    assert exports(exam) == before


def test_marking_again_on_purpose_gives_the_same(exam: Exam) -> None:
    """Marks come from submission, key and policy only."""
    for student in STUDENTS:
        exam.hand_in(student.id, answers={"1": "7"})
    exam.grade()
    before = exports(exam)
    run = exam.grade(again=True)
    assert (run.marked, run.unchanged) == (4, 0)
    assert exports(exam) == before


def exports(exam: Exam) -> dict[str, bytes]:
    return {
        path.relative_to(exam.results).as_posix(): path.read_bytes()
        for path in exam.results.rglob("*")
        if path.is_file() and GRADEBOOK not in path.name
    }


def test_a_changed_submission_is_marked_again_and_its_marks_explained(exam: Exam) -> None:
    """Only the part that changed."""
    exam.hand_in("s1", answers={"1": "7"})
    exam.grade()
    exam.hand_in("s1")
    assert exam.grade().marked == 1
    with exam.book() as book:
        (change,) = book.changes()
    assert (change.student, change.label, change.old, change.new, change.reason) == ("s1", "1", "0", "2", "submission")


def test_an_order_of_answers_or_a_format_is_no_change(exam: Exam) -> None:
    """The same content in YAML is the same submission."""
    exam.hand_in("s1")
    exam.grade()
    (exam.handed_in / "s1.json").unlink()
    lines = [f"  {label}: {json.dumps(text, ensure_ascii=False)}" for label, text in reversed(exam.right("s1").items())]
    folder_of(exam.handed_in, {"s1.yaml": "exam: quiz\nstudent: s1\nanswers:\n" + "\n".join(lines)})
    run = exam.grade()
    assert (run.marked, run.unchanged) == (0, 1)


def test_a_changed_policy_is_marked_again(exam: Exam) -> None:
    """Here the total is rounded up to 5."""
    exam.hand_in("s1", answers={"2a": "false"})
    exam.grade()
    path = exam.root / "exam/teacher/exam.json"
    described = json.loads(path.read_text("utf-8"))
    described["blueprint"]["policy"]["round_to"] = "5"
    path.write_text(json.dumps(described), encoding="utf-8")
    assert exam.grade().marked == 1
    assert exam.marks() == {"s1": "5"}


def test_a_changed_bank_is_refused_and_may_be_accepted(exam: Exam) -> None:
    """With the questions' names; the marks that change say why."""
    exam.hand_in("s1")
    exam.grade()
    question = exam.bank / "every/truth.yaml"
    question.write_text(question.read_text("utf-8").replace("statement: true", "statement: false"), encoding="utf-8")
    with pytest.raises(BankChangedError, match=r"every/truth.*--accept-changed-bank") as caught:
        exam.grade()
    assert caught.value.changed == ["every/truth"]
    exam.grade(accept_changed_bank=True)
    with exam.book() as book:
        assert [(c.label, c.old, c.new, c.reason) for c in book.changes()] == [("2a", "1", "0", "key")]


def test_a_question_that_is_gone_is_a_changed_bank(exam: Exam) -> None:
    """Nothing can be marked without it."""
    (exam.bank / "every/truth.yaml").unlink()
    with pytest.raises(BankChangedError, match="every/truth"):
        exam.open()


@pytest.mark.parametrize("killed_after", [0, 1, 3])
def test_a_run_that_is_killed_goes_on_where_it_stopped(exam: Exam, killed_after: int) -> None:
    """What was marked is not marked again; what wasn't is."""
    for student in STUDENTS:
        exam.hand_in(student.id)
    left = iter(range(killed_after))

    def step() -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_results(exam.open(), read_submissions([exam.handed_in]), exam.results, language="en", step=step)
    run = exam.grade()
    assert (run.marked, run.unchanged) == (3 - killed_after, killed_after + 1)
    assert len(exam.marks()) == 4


def test_a_paper_in_the_gradebook_has_its_pages(exam: Exam, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that fails while it writes feedback has not stored the marks."""
    exam.hand_in("s1")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(marking, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        exam.grade()
    monkeypatch.undo()
    assert exam.marks() == {}
    assert exam.grade().marked == 1


def test_several_processes_mark_as_one_does(exam: Exam, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same results, pages and order."""
    for student in STUDENTS:
        exam.hand_in(student.id, answers={"1": "7"})
    exam.grade()
    alone = exports(exam)
    monkeypatch.setattr(marking, "ALONE", 1)
    exam.results = exam.root / "other"
    found = read_submissions([exam.handed_in])
    write_results(exam.open(), found, exam.results, language="en", jobs=2)
    assert exports(exam) == alone
