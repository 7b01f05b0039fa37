"""Exams: papers that are the same for ever, that betray nothing, and a key from which they can be marked."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.blueprint import Blueprint, Student
from questions.exam import Item, Paper, key_of, normal_label, paper_from_key, papers, secret_of_seed
from questions.exam_folder import ExamFolder
from questions.key import Target
from solvers.certificate import Certificate, CertificateError
from solvers.files import FileError
from solvers.text import GradmarkError, UsageError
from solvers.values import same
from templates import exam as exam_pages
from templates.exam import write_exam
from tests.strategies import CHAINS, EVERY_TYPE, TYPES, every_type, variant

CLASS = [Student(id="s001", name="Ada"), Student(id="s002", name="张三"), Student(id="s 003")]
SECRET = bytes(range(32))


def blueprint(*questions: str, **changes: object) -> Blueprint:
    ids = [f"every/{name}" for name in questions or ("integer", "vector", "order", "matching")]
    plain = {"exam": "quiz", "title": {"en": "Quiz", "zh": "测验"}, "sections": [{"questions": ids}]}
    return Blueprint.model_validate({**plain, **changes})


def drawn(secret: bytes = SECRET, students: list[Student] | None = None, **changes: object) -> list[Paper]:
    return list(papers(every_type(), blueprint(**changes), students or CLASS, secret))  # type: ignore[arg-type]


def seeds(paper: Paper) -> list[int]:
    return [item.variant.seed for item in paper.items]


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# -------------------------------------------------------------------------------------------------------------- drawing


def test_a_seed_is_an_hmac_of_secret_exam_student_place_and_question() -> None:
    """Computed here a second time: another recipe would change every paper ever drawn."""
    paper = drawn()[0]
    for item in paper.items:
        words = ("quiz", "s001", str(item.number), item.variant.question.id)
        digest = hmac.new(SECRET, "\x1f".join(words).encode(), hashlib.sha256).digest()
        assert item.variant.seed == int.from_bytes(digest[:7], "big")


def test_the_same_student_always_gets_the_same_paper() -> None:
    """Whoever else sits the exam."""
    alone, among = drawn(students=CLASS[1:2])[0], drawn()[1]
    assert (seeds(alone), alone.code) == (seeds(among), among.code)


def test_students_get_different_numbers_on_the_same_questions() -> None:
    """And codes that tell the papers apart."""
    first, second, third = drawn()
    assert len({*seeds(first), *seeds(second), *seeds(third)}) == 12
    assert [i.variant.question.id for i in first.items] == [i.variant.question.id for i in second.items]
    assert len({first.code, second.code, third.code}) == 3


def test_one_bit_of_the_secret_changes_everything() -> None:
    """So that no paper says anything about another exam's secret."""
    other = bytes([SECRET[0] ^ 1]) + SECRET[1:]
    for a, b in zip(drawn(), drawn(other), strict=True):
        assert not {*seeds(a)} & {*seeds(b)}
        assert a.code != b.code


def test_questions_may_differ_between_students() -> None:
    """Where the blueprint says so; still the same for the same student."""
    sections = [{"topics": ["every"], "draw": 4}]
    one, again = (drawn(sections=sections, same_questions=False) for _ in range(2))
    asked = [[i.variant.question.id for i in paper.items] for paper in one]
    assert len({tuple(ids) for ids in asked}) > 1
    assert asked == [[i.variant.question.id for i in paper.items] for paper in again]


def test_sections_draw_no_question_twice() -> None:
    """Named questions are not drawn again, and what one section has drawn the next one leaves."""
    sections = [{"questions": ["every/real"]}, {"topics": ["every"], "draw": 8}, {"topics": ["every"], "draw": 7}]
    asked = [i.variant.question.id for i in drawn(sections=sections)[0].items]
    assert len(asked) == len(set(asked)) == 16


def test_marks_each_sets_what_a_question_counts() -> None:
    """Divided over its parts as its own marks are."""
    paper = drawn(sections=[{"questions": ["every/vector", "every/element"], "marks_each": 6}])[0]
    assert paper.marks == 12
    assert [item.worth(part) for item in paper.items for part in item.variant.question.parts] == [
        3,
        3,
        Fraction(3, 2),
        Fraction(3, 2),
        3,
    ]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"topics": ["every"], "draw": 99}, "but the bank has 16 that fit"),
        ({"topics": ["evry"], "draw": 1}, "Did you mean 'every'?"),
        ({"topics": ["every"], "draw": 3, "kinds": ["order"]}, "but the bank has 1 that fit"),
        ({"topics": ["every"], "draw": 3, "difficulty": [5, 5]}, "but the bank has 0 that fit"),
        ({"questions": ["every/intger"]}, "Did you mean 'every/integer'?"),
    ],
)
def test_a_section_that_cannot_be_filled_says_why(section: dict[str, object], said: str) -> None:
    """With what the bank has."""
    with pytest.raises(UsageError) as caught:
        drawn(sections=[section])
    assert said in str(caught.value)


def test_labels_are_numbers_and_letters() -> None:
    """A question of one part has its number only."""
    assert drawn()[0].labels == ["1", "2a", "2b", "3", "4"]


@pytest.mark.parametrize(
    ("typed", "label"),
    [("1a", "1a"), ("1 (A)", "1a"), ("Q1.a", "1a"), ("Question 1a", "1a"), ("第 1 题 a", "1a"), ("12", "12")],
)
def test_a_label_may_be_typed_in_many_ways(typed: str, label: str) -> None:
    """Case, dots, brackets and words around it do not matter."""
    assert normal_label(typed) == label


def test_a_key_that_an_engine_contradicts_stops_the_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    """No paper is made of a wrong key."""
    wrong = Certificate("PyTorch", "2", ("size",), 1.0, agrees=False, reason="differs in size")
    monkeypatch.setattr("questions.exam.certify", lambda _: wrong)
    with pytest.raises(CertificateError, match=r"every/integer.*PyTorch gives another answer"):
        drawn()


# -------------------------------------------------------------------------------------------------------------- the key


def alike(a: Target, b: Target) -> bool:
    """Whether two keys are the same, in everything that marking looks at."""
    plain = [
        f.name for f in dataclasses.fields(Target) if f.name not in ("value", "slack", "points", "function", "options")
    ]
    options = [[(o.label, o.text, o.correct, o.because, o.misconceptions) for o in t.options] for t in (a, b)]
    points = [[dict(point) for point in t.points] for t in (a, b)]
    return (
        all(getattr(a, name) == getattr(b, name) for name in plain)
        and (a.value == b.value if a.type in ("choices", "order", "matching") else same(a.value, b.value, 0))
        and [float(x) for x in a.slack] == [float(x) for x in b.slack]
        and options[0] == options[1]
        and points[0] == points[1]
    )


@pytest.mark.parametrize("id", [*(f"every/{name}" for name in TYPES), "chains/lstm", "chains/attention"])
@given(seed=st.integers(1, 30))
def test_a_paper_comes_back_from_its_key_with_equal_answers(id: str, seed: int) -> None:
    """Through JSON, for every type of response."""
    found = variant(id, seed)
    paper = Paper("quiz", CLASS[0], "c0de", (Item(3, 0, found, Fraction(7, 3)),))
    back = paper_from_key(every_type(), "quiz", json.loads(json.dumps(key_of(paper))))
    (item,) = back.items
    assert (back.student, back.code, item.number, item.marks) == (CLASS[0], "c0de", 3, Fraction(7, 3))
    assert item.variant.prompt == found.prompt
    assert all(alike(a, b) for a, b in zip(item.variant.targets, found.targets, strict=True))


# ------------------------------------------------------------------------------------------------------------ the folder


def write(
    folder: Path, plan: Blueprint | None = None, seed: int | None = 7, students: list[Student] | None = CLASS
) -> int:
    return write_exam(every_type(), plan or blueprint(), students, folder, seed=seed)


def test_an_exam_with_a_seed_is_reproducible_byte_for_byte(tmp_path: Path) -> None:
    """All of it: papers, sheets, key, solutions."""
    write(tmp_path / "a")
    write(tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_an_exam_without_a_seed_has_a_secret_of_its_own(tmp_path: Path) -> None:
    """Which nobody else may read."""
    write(tmp_path / "a", seed=None)
    write(tmp_path / "b", seed=None)
    a, b = ((tmp_path / name / "teacher/secret") for name in "ab")
    assert a.read_bytes() != b.read_bytes()
    assert a.stat().st_mode & 0o077 == 0


def test_every_student_has_a_paper_and_two_answer_sheets(tmp_path: Path) -> None:
    """And the teacher their solutions, under names that every system takes."""
    write(tmp_path / "exam")
    folders = {path.name for path in (tmp_path / "exam/papers").iterdir()}
    assert {"s001", "s002"} < folders
    assert len(folders) == 3
    for name in folders:
        assert {f.name for f in (tmp_path / "exam/papers" / name).iterdir()} == {
            "paper.md",
            "paper.html",
            "answers.md",
            "answers.yaml",
        }
        assert {f.name for f in (tmp_path / "exam/teacher/solutions" / name).iterdir()} == {
            "solution.md",
            "solution.html",
        }


def test_nothing_handed_out_leads_to_a_key(tmp_path: Path) -> None:
    """No seed, no secret, no answer, no certificate, no given that the question does not say."""
    write(tmp_path / "exam", blueprint("integer", "vector", "tensor", "choice", "matching", "text"), seed=None)
    exam = ExamFolder(tmp_path / "exam", every_type())
    handed_out = b"\n".join(files(tmp_path / "exam/papers").values()).decode()
    secret = (tmp_path / "exam/teacher/secret").read_text().strip()
    hidden = [secret, secret[:16], "certif", "PyTorch", "seed", "keys", "every/"]
    for paper in exam.papers():
        for item in paper.items:
            hidden += [str(item.variant.seed), f"{item.variant.seed:x}"]
        hidden += [
            item.variant.targets[0].printed
            for item in paper.items
            if item.variant.targets[0].type in ("vector", "tensor")
        ]
        hidden += [
            item.variant.targets[0].printed for item in paper.items if item.variant.targets[0].type == "matching"
        ]
    assert [word for word in hidden if word in handed_out] == []


def test_an_exam_folder_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens at the last student."""
    calls = []

    def failing(*arguments: object) -> dict[str, str]:
        calls.append(arguments)
        if len(calls) == len(CLASS):
            raise OSError(28, "No space left on device")
        return {"paper.md": ""}

    monkeypatch.setattr(exam_pages, "paper_pages", failing)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "exam")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone_unless_replaced(tmp_path: Path) -> None:
    """And replaced as a whole."""
    (tmp_path / "exam").mkdir()
    (tmp_path / "exam/notes.txt").write_text("mine")
    with pytest.raises(FileError, match="not empty"):
        write(tmp_path / "exam")
    assert (tmp_path / "exam/notes.txt").read_text() == "mine"
    write_exam(every_type(), blueprint(), CLASS, tmp_path / "exam", seed=7, replace=True)
    assert not (tmp_path / "exam/notes.txt").exists()


def test_every_setting_of_a_blueprint_survives_in_the_folder(tmp_path: Path) -> None:
    """Marking goes by the policy that the papers were drawn under."""
    plan = blueprint(
        language="zh",
        instructions={"en": "Be calm.", "zh": "请冷静。"},
        opens="2026-03-01",
        due="2026-03-02",
        policy={"carry_penalty": "1/4", "coarse_credit": 0, "round_to": "1/2"},
        sections=[
            {
                "questions": ["every/integer"],
                "title": {"en": "One", "zh": "一"},
                "difficulty": [1, 2],
                "marks_each": "5/2",
            }
        ],
    )
    write(tmp_path / "exam", plan)
    assert ExamFolder(tmp_path / "exam", every_type()).blueprint == plan


def test_a_practice_paper_has_one_student(tmp_path: Path) -> None:
    """No roster is needed."""
    write(tmp_path / "exam", students=None)
    assert ExamFolder(tmp_path / "exam", every_type()).students == ["practice"]


def broken(tmp_path: Path, file: str, old: str, new: str) -> ExamFolder:
    write(tmp_path / "exam", blueprint("integer"))
    path = tmp_path / "exam/teacher" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return ExamFolder(tmp_path / "exam", every_type())


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("exam.json", "{", "[", "cannot be read"),
        ("exam.json", '"format": 1', '"format": 99', "format 99, but this gradmark reads format 1"),
        ("exam.json", '"blueprint"', '"bluprint"', "is not what gradmark wrote"),
        ("exam.json", '"sections"', '"section"', "is not what gradmark wrote"),
        ("exam.json", '"questions": {', '"questions": 5, "x": {', "is not what gradmark wrote"),
        ("keys.jsonl", '{"student"', '{"pupil"', "cannot be read"),
        ("keys.jsonl", '"items"', '"itms"', "is not what gradmark wrote"),
        ("keys.jsonl", '"givens": {"n"', '"givens": {"m"', "is not what gradmark wrote"),
        ("keys.jsonl", '"slack": [[', '"slack": [["a", ', "is not what gradmark wrote"),
        ("keys.jsonl", '{"fraction": "0"}', '{"fraction": "zero"}', "is not what gradmark wrote"),
        ("keys.jsonl", '{"fraction": "0"}', '{"code": "exit()"}', "did not write|is not what gradmark wrote"),
        ("keys.jsonl", '"seed": ', '"sead": ', "is not what gradmark wrote"),
    ],
)
def test_a_damaged_exam_folder_is_a_message(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    """Naming the file."""
    with pytest.raises(GradmarkError, match=said):
        list(broken(tmp_path, file, old, new).papers())


def test_a_folder_that_is_no_exam_is_wrong_usage(tmp_path: Path) -> None:
    """It says what makes one."""
    with pytest.raises(UsageError, match="is no exam folder"):
        ExamFolder(tmp_path, every_type())


def test_the_banks_of_the_tests_are_where_they_are_said_to_be() -> None:
    """Questions with every type, and chains of parts."""
    assert EVERY_TYPE.is_dir()
    assert CHAINS.is_dir()
    assert secret_of_seed(1) != secret_of_seed(2)
