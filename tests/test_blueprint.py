"""Blueprints and rosters as people write them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from questions.blueprint import practice_blueprint, read_blueprint, read_roster
from solvers.text import GradmarkError, UsageError

PLAIN = """\
exam: midterm
title: {en: Midterm, zh: 期中考试}
language: zh
due: 2026-03-01
policy: {carry_penalty: 0.25, round_to: 0.5}
sections:
  - topics: [convolution, lstm]
    draw: 4
    difficulty: [1, 3]
  - questions: [attention/two-heads]
    marks_each: 5/2
"""


def written(tmp_path: Path, text: str | bytes, name: str) -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_blueprint_is_read_exactly(tmp_path: Path) -> None:
    """Decimals and fractions are what they say."""
    plan = read_blueprint(written(tmp_path, PLAIN, "midterm.yaml"))
    assert (plan.policy.carry_penalty, plan.policy.round_to) == (Fraction(1, 4), Fraction(1, 2))
    assert plan.sections[1].marks_each == Fraction(5, 2)
    assert (plan.language, str(plan.due), plan.same_questions) == ("zh", "2026-03-01", True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("exam: midterm", "exam: mid/term", "1:7: exam: this is not written as it has to be"),
        ("language: zh", "language: de", "language: 'de' is none of en, zh"),
        ("due: 2026-03-01", "due: tomorrow", "due: this is no date such as 2026-01-31"),
        ("carry_penalty: 0.25", "carry_penalty: 1.5", "carry_penalty: this has to be at most 1"),
        ("carry_penalty: 0.25", "carry_penelty: 1", "unknown key 'carry_penelty'. Did you mean 'carry_penalty'?"),
        ("round_to: 0.5", "round_to: 0", "round_to: this has to be above 0"),
        ("    draw: 4\n", "", "topics need draw"),
        ("topics: [convolution, lstm]", "questions: [lstm/one-unit]", "draw needs topics"),
        (
            "  - topics: [convolution, lstm]\n    draw: 4\n",
            "  - title: {en: a, zh: b}\n",
            "a section needs questions, topics or a network",
        ),
        (
            "[attention/two-heads]",
            "[lstm/one-unit, lstm/one-unit]",
            "10:32: 'lstm/one-unit' stands here for the second time; the first is in line 10",
        ),
        (
            "    marks_each: 5/2\n",
            "  - title: {en: a, zh: b}\n    questions: [lstm/one-unit, attention/two-heads]\n",
            "12:32: 'attention/two-heads' stands here for the second time; the first is in line 10",
        ),
        ("[convolution, lstm]", "[convolution, lstm, convolution]", "7:33: 'convolution' stands here for the second"),
        ("[1, 3]", "[1, 3]\n    kinds: [trace, trace]", "10:20: 'trace' stands here for the second time"),
        (
            "[attention/two-heads]",
            "[attention/two-heads]\n    choices: [attention/two-heads, attention/two-heads]",
            "11:36: 'attention/two-heads' stands here for the second time",
        ),
        ("draw: 4", "draw: 0", "this has to be at least 1"),
        ("sections:", "parts:", "'sections' is missing"),
    ],
)
def test_a_mistake_in_a_blueprint_is_told_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Like one in a question."""
    assert old in PLAIN
    path = written(tmp_path, PLAIN.replace(old, new), "midterm.yaml")
    with pytest.raises(GradmarkError) as caught:
        read_blueprint(path)
    assert said in caught.value.text.en
    assert str(path) in caught.value.text.zh
    assert caught.value.text.zh != caught.value.text.en


def test_a_practice_paper_needs_a_topic() -> None:
    """At least one."""
    with pytest.raises(UsageError, match="at least one topic"):
        practice_blueprint([], 4, "en")


ROSTERS = [
    ("student,name\ns1,Ada\ns2,Bob\n", [("s1", "Ada"), ("s2", "Bob")]),
    ("\ufeffstudent\ns1\n", [("s1", "")]),
    ("Name,ID\r\nAda,s1\r\n", [("s1", "Ada")]),
    ("学号,姓名\n2026001,张三\n", [("2026001", "张三")]),
    ("email,student\nx@y,s1\n", [("s1", "")]),
    ("student,name\n s1 , Ada  Lovelace \n\n,\n", [("s1", "Ada Lovelace")]),
    ('student,name\n"s,1","O\'Hara, ""Al"""\n', [("s,1", 'O\'Hara, "Al"')]),
    ("student,name\ns1\n", [("s1", "")]),
    ("student\n0012\n012\n", [("0012", ""), ("012", "")]),
]


@pytest.mark.parametrize(("text", "students"), ROSTERS, ids=range(len(ROSTERS)))
def test_a_roster_is_read(tmp_path: Path, text: str, students: list[tuple[str, str]]) -> None:
    """Whatever its columns, line ends and quotes; ids are text."""
    assert [(s.id, s.name) for s in read_roster(written(tmp_path, text, "class.csv"))] == students


WRONG_ROSTERS: list[tuple[str | bytes, str]] = [
    ("student,name\ns1,Ada\ns2,Bob\ns1,Eve\n", r"class.csv:4: the student id 's1' stands already on line 2"),
    ("student\nS1\ns1\n", "also in lower case"),
    ("student,name\n,Ada\n", r"class.csv:2: no student id"),
    ("pupil,name\ns1,Ada\n", r"class.csv:1: the roster needs a column 'student' .*pupil, name"),
    ("student;name\ns1;Ada\n", "the roster needs a column"),
    ("", "it has: nothing"),
    ("student\n", "the roster is empty"),
    ("student\n" + "x" * 300 + "\n", "too long or has invisible characters"),
    ("student\ns\u200b1\n", "too long or has invisible characters"),
    ("student\n" + "x" * 200_000 + "\n", "is no CSV|too long"),
    ("student\n张三\n".encode("gbk"), "not UTF-8"),
]


@pytest.mark.parametrize(("text", "said"), WRONG_ROSTERS, ids=range(len(WRONG_ROSTERS)))
def test_a_wrong_roster_is_told_with_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    """In both languages."""
    with pytest.raises(GradmarkError, match=said) as caught:
        read_roster(written(tmp_path, text, "class.csv"))
    assert caught.value.text.zh != caught.value.text.en


def test_a_roster_that_is_not_there_is_a_message(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(GradmarkError, match=r"nowhere\.csv"):
        read_roster(tmp_path / "nowhere.csv")
