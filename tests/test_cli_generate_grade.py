"""The teacher's road on the command line: draw, hand out, mark, report; and every way in which it may go wrong."""

from __future__ import annotations

import csv
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from tests.strategies import EVERY_TYPE, folder_of, gradmark

Capsys = pytest.CaptureFixture[str]
BLUEPRINT = """\
exam: quiz
title: {en: Quiz, zh: 测验}
sections:
  - questions: [every/integer, every/vector, every/text]
"""
ROSTER = "student,name\ns1,Ada\ns2,张三\ns3,Bob\n"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with blueprint, roster, and the exam drawn from them."""
    folder = folder_of(tmp_path_factory.mktemp("drawn"), {"quiz.yaml": BLUEPRINT, "class.csv": ROSTER})
    arguments = [
        "generate",
        folder / "quiz.yaml",
        "--roster",
        folder / "class.csv",
        "--out",
        folder / "exam",
        "--bank",
        EVERY_TYPE,
    ]
    assert main([str(a) for a in arguments]) == 0
    return folder


@pytest.fixture
def exam(drawn: Path, tmp_path: Path) -> Path:
    """A copy of it to work in."""
    shutil.copytree(drawn, tmp_path / "work")
    return tmp_path / "work"


def answers(folder: Path, student: str) -> dict[str, str]:
    """The model answers by label."""
    lines = (folder / "exam/teacher/keys.jsonl").read_text("utf-8").splitlines()
    (key,) = [key for key in map(json.loads, lines) if key["student"] == student]
    return {label: text for item in key["items"] for label, text in item["answers"].items()}


def sheets(folder: Path) -> None:
    """Submissions of three students in as many formats as there are: s1 in YAML, s2 in Markdown, s3 in JSON."""
    yaml = "\n".join(f"  {label}: {json.dumps(text)}" for label, text in answers(folder, "s1").items())
    markdown = "\n\n".join(f"## {label}\n\n{text}" for label, text in answers(folder, "s2").items())
    files = {
        "in/s1.yaml": f"exam: quiz\nstudent: s1\nanswers:\n{yaml}\n",
        "in/s2.md": f"exam: quiz\nstudent: s2\n\n{markdown}\n",
        "in/s3.json": json.dumps({"exam": "quiz", "student": "s3", "answers": answers(folder, "s3")}),
    }
    folder_of(folder, files)


def grade(capsys: Capsys, folder: Path, *submissions: object, **options: Any) -> tuple[int, str, str]:
    extra = [
        word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value) if word is not True
    ]
    paths = submissions or (folder / "in",)
    return gradmark(capsys, "grade", folder / "exam", *paths, "--out", folder / "results", "--bank", EVERY_TYPE, *extra)


def totals(folder: Path) -> dict[str, str]:
    rows = csv.DictReader((folder / "results/gradebook.csv").read_text("utf-8-sig").splitlines())
    return {row["student"]: row["marks"] for row in rows}


# ------------------------------------------------------------------------------------------------------------ generate


def test_an_exam_is_drawn_for_a_class(drawn: Path) -> None:
    """A folder to hand out and a folder to keep."""
    assert {path.name for path in (drawn / "exam").iterdir()} == {"papers", "teacher"}
    assert {path.name for path in (drawn / "exam/papers").iterdir()} == {"s1", "s2", "s3"}


def test_what_was_made_is_said(capsys: Capsys, exam: Path) -> None:
    """How many papers, where, and whether the keys are certified."""
    arguments = (
        "generate",
        exam / "quiz.yaml",
        "--roster",
        exam / "class.csv",
        "--out",
        exam / "new",
        "--bank",
        EVERY_TYPE,
    )
    code, said, _ = gradmark(capsys, *arguments)
    assert code == 0
    assert f"3 papers in {exam / 'new' / 'papers'}" in said
    assert "keys certified" in said
    _, chinese, _ = gradmark(capsys, *arguments, "--replace", "--lang", "zh")
    assert "3 份试卷" in chinese


def test_a_practice_paper_from_the_command_line(capsys: Capsys, tmp_path: Path) -> None:
    """Topics, a number of questions, a seed, a language; the same seed, the same paper."""
    for name in ("a", "b"):
        code, _, _ = gradmark(
            capsys,
            "generate",
            "--topics",
            "every",
            "--questions",
            3,
            "--seed",
            7,
            "--lang",
            "zh",
            "--out",
            tmp_path / name,
            "--bank",
            EVERY_TYPE,
        )
        assert code == 0
    (a,), (b,) = ((tmp_path / name / "papers").glob("*/paper.md") for name in "ab")
    assert a.read_bytes() == b.read_bytes()
    assert a.read_text("utf-8").startswith("# 练习卷")


WRONG_GENERATE: list[tuple[list[str], int, str]] = [
    (["--out", "x"], 2, "Give one of a BLUEPRINT, --topics and --network"),
    (["quiz.yaml", "--topics", "every", "--out", "x"], 2, "Give one of a BLUEPRINT, --topics and --network"),
    (["quiz.yaml"], 2, "--out"),
    (["nowhere.yaml", "--out", "x"], 1, "nowhere.yaml"),
    (["broken.yaml", "--out", "x"], 1, "broken.yaml:1:"),
    (["unknown.yaml", "--out", "x"], 2, "Did you mean 'every/integer'?"),
    (
        ["quiz.yaml", "--roster", "twice.csv", "--out", "x"],
        1,
        "twice.csv:3: the student id 's1' stands already on line 2",
    ),
    (["quiz.yaml", "--roster", "nowhere.csv", "--out", "x"], 1, "nowhere.csv"),
    (["quiz.yaml", "--out", "exam"], 1, "this folder is not empty"),
    (["quiz.yaml", "--out", "quiz.yaml"], 1, "a file stands where a folder is needed"),
    (["--topics", "evry", "--out", "x"], 2, "Did you mean 'every'?"),
    (["--topics", " , ", "--out", "x"], 2, "at least one topic"),
    (["--topics", "every", "--questions", "99", "--out", "x"], 2, "but the bank has 16 that fit"),
    (["--topics", "every", "--questions", "0", "--out", "x"], 2, "--questions"),
    (["--topics", "every", "--out", "a\0b"], 1, "a"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), WRONG_GENERATE, ids=range(len(WRONG_GENERATE)))
def test_what_cannot_be_drawn_is_a_message(
    capsys: Capsys, exam: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str
) -> None:
    """With its exit code, and nothing half written."""
    monkeypatch.chdir(exam)
    unknown = BLUEPRINT.replace("every/integer", "every/intger")
    folder_of(exam, {"broken.yaml": "exam: [", "unknown.yaml": unknown, "twice.csv": "student\ns1\ns1\n"})
    before = sorted(exam.iterdir())
    found, out, complained = gradmark(capsys, "generate", *arguments, "--bank", EVERY_TYPE)
    assert (found, out) == (code, "")
    assert said in complained
    assert sorted(exam.iterdir()) == before


def read_only(folder: Path) -> Path:
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")
    return folder


def test_a_read_only_folder_is_a_message(capsys: Capsys, exam: Path) -> None:
    """When drawing and when marking."""
    locked = read_only(exam / "locked")
    code, _, complained = gradmark(
        capsys, "generate", exam / "quiz.yaml", "--out", locked / "exam", "--bank", EVERY_TYPE
    )
    assert code == 1
    assert "permission denied" in complained
    sheets(exam)
    code, _, complained = gradmark(
        capsys, "grade", exam / "exam", exam / "in", "--out", locked / "results", "--bank", EVERY_TYPE
    )
    assert code == 1
    assert "permission denied" in complained


@pytest.mark.parametrize("refusal", [(13, "permission denied"), (28, "disk is full"), (30, "read-only")], ids=str)
def test_a_disk_that_refuses_is_a_message(
    capsys: Capsys, exam: Path, monkeypatch: pytest.MonkeyPatch, refusal: tuple[int, str]
) -> None:
    """Whoever runs it; the folder is absent, and no traceback is shown."""
    number, said = refusal

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "paper.md")

    monkeypatch.setattr("templates.exam.write_text", refuse)
    code, _, complained = gradmark(capsys, "generate", exam / "quiz.yaml", "--out", exam / "new", "--bank", EVERY_TYPE)
    assert code == 1
    assert said in complained
    assert not (exam / "new").exists()
    sheets(exam)
    monkeypatch.setattr("templates.marking.write_text", refuse)
    code, _, complained = grade(capsys, exam)
    assert code == 1
    assert said in complained
    monkeypatch.undo()
    assert grade(capsys, exam)[0] == 0


# --------------------------------------------------------------------------------------------------------------- grade


def test_submissions_in_every_format_are_marked(capsys: Capsys, exam: Path) -> None:
    """YAML, Markdown and JSON in a folder; exit code 0 as nothing needs a person."""
    sheets(exam)
    code, said, complained = grade(capsys, exam)
    assert (code, complained) == (0, "")
    assert "Marked 3, unchanged 0." in said
    assert totals(exam) == {"s1": "7", "s2": "7", "s3": "7"}
    for student in ("s1", "s2", "s3"):
        assert {f.name for f in (exam / "results/feedback" / student).iterdir()} == {"feedback.md", "feedback.html"}
    assert {f.name for f in (exam / "results").iterdir()} >= {
        "report.html",
        "gradebook.sqlite",
        "gradebook.csv",
        "gradebook.json",
        "problems.csv",
    }


@pytest.mark.parametrize("kind", ["csv", "jsonl", "zip", "glob", "files"])
def test_a_class_in_one_file(capsys: Capsys, exam: Path, kind: str) -> None:
    """A table, lines of JSON, a zip, a pattern, files by name."""
    sheets(exam)
    everybody = {student: answers(exam, student) for student in ("s1", "s2", "s3")}
    labels = list(everybody["s1"])
    paths: list[object] = [exam / f"all.{kind}"]
    if kind == "csv":
        with (exam / "all.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["student", *labels])
            table.writerows([student, *(found[label] for label in labels)] for student, found in everybody.items())
    elif kind == "jsonl":
        lines = [json.dumps({"student": student, "answers": found}) for student, found in everybody.items()]
        (exam / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    elif kind == "zip":
        with zipfile.ZipFile(exam / "all.zip", "w") as archive:
            for path in (exam / "in").iterdir():
                archive.write(path, path.name)
    else:
        paths = [exam / "in" / "*"] if kind == "glob" else sorted((exam / "in").iterdir())
    code, _, _ = grade(capsys, exam, *paths)
    assert code == 0
    assert totals(exam) == {"s1": "7", "s2": "7", "s3": "7"}


def test_what_needs_a_person_is_said_and_ends_with_one(capsys: Capsys, exam: Path) -> None:
    """With the file and what to do."""
    sheets(exam)
    path = exam / "in/s3.json"
    sheet = json.loads(path.read_text())
    sheet["answers"]["1"] = "see my notes"
    path.write_text(json.dumps(sheet))
    code, said, complained = grade(capsys, exam)
    assert code == 1
    assert "Marked 3" in said
    assert "s3, part 1: the response could not be read" in complained
    assert "write it plainly in the file, and run again" in complained
    code, said, _ = grade(capsys, exam)
    assert code == 1
    assert "Marked 0, unchanged 3." in said


def test_who_is_absent_needs_nobody(capsys: Capsys, exam: Path) -> None:
    """It is listed, and the exit code is 0."""
    sheets(exam)
    (exam / "in/s3.json").unlink()
    code, _, complained = grade(capsys, exam)
    assert code == 0
    assert "1 in all are listed" in complained


def test_a_changed_bank_is_said_and_can_be_accepted(capsys: Capsys, exam: Path) -> None:
    """With the questions that changed; nothing is marked before that."""
    sheets(exam)
    bank = exam / "bank"
    shutil.copytree(EVERY_TYPE, bank)
    with (bank / "every/text.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    arguments = ("grade", exam / "exam", exam / "in", "--out", exam / "results", "--bank", bank)
    code, _, complained = gradmark(capsys, *arguments)
    assert code == 1
    assert "the bank has changed since this exam was drawn: every/text" in complained
    assert not (exam / "results").exists()
    code, _, _ = gradmark(capsys, *arguments, "--accept-changed-bank")
    assert code == 0


def test_results_of_another_exam_are_left_alone(capsys: Capsys, exam: Path) -> None:
    """Another --out is needed."""
    sheets(exam)
    grade(capsys, exam)
    path = exam / "exam/teacher/exam.json"
    path.write_text(path.read_text("utf-8").replace('"exam": "quiz"', '"exam": "final"'), encoding="utf-8")
    code, _, complained = grade(capsys, exam)
    assert code == 1
    assert "holds the results of the exam 'quiz', not of 'final'. Choose another --out" in complained


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["exam"], 2, "SUBMISSIONS"),
        (["nowhere", "in"], 2, "nowhere"),
        (["in", "in"], 2, "is no exam folder"),
        (["exam", "in", "--jobs", "0"], 2, "--jobs"),
    ],
)
def test_wrong_usage_of_grade(
    capsys: Capsys, exam: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str
) -> None:
    """Exit code 2, and no results."""
    sheets(exam)
    monkeypatch.chdir(exam)
    found, _, complained = gradmark(capsys, "grade", *arguments, "--out", "results", "--bank", EVERY_TYPE)
    assert found == code
    assert said in complained
    assert not (exam / "results").exists()


def test_submissions_that_are_not_there_are_listed(capsys: Capsys, exam: Path) -> None:
    """A pattern that matches nothing, a path that isn't there."""
    code, _, complained = grade(capsys, exam, exam / "late" / "*.yaml", exam / "nowhere.zip")
    assert code == 1
    assert "nowhere.zip" in complained
    assert "late" in complained


# -------------------------------------------------------------------------------------------------------------- report


def test_the_report_is_told_to_people_and_programs(capsys: Capsys, exam: Path) -> None:
    """In both languages, and as JSON."""
    sheets(exam)
    grade(capsys, exam)
    code, said, _ = gradmark(capsys, "report", exam / "results", "--bank", EVERY_TYPE)
    assert code == 0
    assert "3 of 3 papers marked; mean 7.0 of 7" in said
    _, chinese, _ = gradmark(capsys, "report", exam / "results", "--bank", EVERY_TYPE, "--lang", "zh")
    assert "3 份试卷中已批改 3 份" in chinese
    _, machine, _ = gradmark(capsys, "report", exam / "results", "--json")
    found = json.loads(machine)
    assert (found["exam"], found["marked"], found["mean"], found["worth"]) == ("quiz", 3, 7.0, "7")
    assert [part["label"] for question in found["questions"] for part in question["parts"]] == ["1", "2a", "2b", "3"]


def test_a_folder_without_results_is_wrong_usage(capsys: Capsys, tmp_path: Path) -> None:
    """It is no results folder."""
    code, _, complained = gradmark(capsys, "report", tmp_path)
    assert code == 2
    assert "is no results folder" in complained


def test_a_damaged_gradebook_is_a_message(capsys: Capsys, tmp_path: Path) -> None:
    """For report and for grade."""
    (tmp_path / "gradebook.sqlite").write_bytes(b"no database" * 1000)
    code, _, complained = gradmark(capsys, "report", tmp_path)
    assert code == 1
    assert "it is damaged" in complained


# ---------------------------------------------------------------------------------------------------------------- bank


def test_a_bank_of_ones_own_is_checked(capsys: Capsys, tmp_path: Path) -> None:
    """Its questions only; a broken file and a failing rule are findings, and end with 1."""
    text = (EVERY_TYPE / "every/text.yaml").read_text("utf-8")
    folder_of(tmp_path, {"every/text.yaml": text, "every/broken.yaml": "id: every/broken\n"})
    code, said, _ = gradmark(capsys, "bank", "check", tmp_path, "--variants", 2, "--json")
    found = json.loads(said)
    assert code == 1
    assert found["questions"] == 2
    assert {finding["question"] for finding in found["findings"]} >= {"every/broken"}
    code, said, _ = gradmark(capsys, "bank", "check", tmp_path / "every/broken.yaml", "--variants", 2, "--lang", "zh")
    assert code == 1
    assert "缺少 'title'" in said


def test_a_path_that_is_no_bank_is_wrong_usage(capsys: Capsys, tmp_path: Path) -> None:
    """Neither folder nor question file."""
    code, _, complained = gradmark(capsys, "bank", "check", tmp_path / "nowhere")
    assert code == 2
    assert "nowhere" in complained


def test_a_folder_of_one_topic_is_no_bank_and_never_passes_unread(capsys: Capsys, tmp_path: Path) -> None:
    """Nothing checked is not nothing found."""
    (tmp_path / "length.yaml").write_text("id: own/length", "utf-8")
    code, _, complained = gradmark(capsys, "bank", "check", tmp_path)
    assert code == 2
    assert "holds no topics" in complained
