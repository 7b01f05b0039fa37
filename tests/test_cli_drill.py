"""The drill as a student meets it: a conversation in, a conversation out, and what is kept of it."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.drill import command
from grader.progress import Progress
from questions.bank import Bank
from questions.sampling import draw
from solvers.text import UsageError
from tests.strategies import EVERY_TYPE, folder_of

ONE = """\
id: own/sum
title: {en: Length, zh: 长度}
kind: compute
derivation: conv.output_size
difficulty: 1
givens: {n: {integer: [100, 9999]}, k: {choice: [3, 5]}, p: {choice: [1, 2]}}
prompt: {en: "$n = {{ n }}$, $k = {{ k }}$, $p = {{ p }}$.", zh: "$n = {{ n }}$，$k = {{ k }}$，$p = {{ p }}$。"}
parts:
  - {ask: {en: Span of the kernel?, zh: 卷积核跨度？}, answer: effective_kernel, type: integer, marks: 1}
  - {ask: {en: Length?, zh: 长度？}, answer: size, type: integer, marks: 1}
hints:
  - {en: First hint., zh: 第一条提示。}
  - {en: Second hint., zh: 第二条提示。}
misconceptions: [conv/forgot-padding]
"""


class Student:
    """Somebody who sits at a terminal: a bank of one topic, and a file of progress."""

    def __init__(self, folder: Path, questions: int = 1) -> None:
        names = ["sum", *(f"sum-{i}" for i in range(1, questions))]
        self.bank = folder_of(folder / "bank", {f"own/{n}.yaml": ONE.replace("own/sum", f"own/{n}") for n in names})
        self.data = folder / "progress.sqlite"

    def types(self, *lines: str, lang: str = "en", options: tuple[str, ...] = ("--topic", "own")) -> Result:
        arguments = ["--bank", str(self.bank), "--data", str(self.data), "--lang", lang, *options]
        text = "".join(f"{line}\n" for line in lines)
        return CliRunner().invoke(command, arguments, input=text, standalone_mode=False, catch_exceptions=False)

    def key(self, seed: int) -> tuple[str, str]:
        """The right answers to the variant of a seed."""
        first, second = draw(Bank([self.bank]).question("own/sum"), seed).targets
        return first.printed, second.printed

    def givens(self, seed: int) -> dict[str, Any]:
        """The numbers of the variant of a seed."""
        return dict(draw(Bank([self.bank]).question("own/sum"), seed).givens)

    def kept(self) -> list[tuple[int, str, str]]:
        with closing(sqlite3.connect(self.data)) as database:
            return list(database.execute("SELECT seed, response, verdict FROM attempts ORDER BY id"))


@pytest.fixture
def student(tmp_path: Path) -> Student:
    return Student(tmp_path)


def test_right_answers_are_told_and_kept(student: Student) -> None:
    """Reading, verdict and marks; then goodbye."""
    first, second = student.key(1)
    said = student.types(first, second, ":q").output
    assert f"read as {first}" in said
    assert said.count("right, 1 of 1 mark") == 2
    assert "2 answers so far." in said
    assert student.kept() == [(1, first, "correct"), (1, second, "correct")]


def test_a_mistake_is_told_with_its_cause(student: Student) -> None:
    """The misconception that leads to it."""
    first, second = student.key(1)
    wrong = str(int(second) - 2 * student.givens(1)["p"])
    said = student.types(first, wrong, ":q").output
    assert "not right, 0 of 1 mark" in said
    assert "Likely cause" in said


def test_an_own_value_is_carried(student: Student) -> None:
    """Right working from the student's own span."""
    givens = student.givens(1)
    own = givens["k"] + 1
    said = student.types(str(own), str(givens["n"] + 2 * givens["p"] - own + 1), ":q").output
    assert "Right from your own answer to 1a" in said


def test_what_cannot_be_read_is_asked_again(student: Student) -> None:
    """With a caret under what is wrong; nothing is kept of it."""
    first, second = student.key(1)
    said = student.types("12..5", first, second, ":q").output
    assert "not readable" in said
    assert "^" in said
    assert [response for _, response, _ in student.kept()] == [first, second]


def test_hints_come_one_by_one(student: Student) -> None:
    """And end."""
    said = student.types("?", "?", "?", ":q").output
    assert said.index("First hint.") < said.index("Second hint.") < said.index("No more hints")


def test_the_solution_is_shown_on_request(student: Student) -> None:
    """What is typed after it does not count as known."""
    first, second = student.key(1)
    said = student.types("!", first, second, ":q").output
    assert "Worked solution" in said
    assert second in said
    with Progress(student.data) as progress:
        assert progress.box("own/sum") == 0


def test_a_question_that_goes_well_moves_on(student: Student) -> None:
    """To the next box."""
    student.types(*student.key(1), ":q")
    with Progress(student.data) as progress:
        assert progress.box("own/sum") == 1


def numbers(said: str) -> list[str]:
    return re.findall(r"n = (\d+)", said)


def test_other_numbers_are_other_numbers(student: Student) -> None:
    """Each time, before an answer and after it, in this conversation and the next."""
    said = student.types(":v", ":v", *student.key(3), ":v", ":q").output
    later = student.types(":q").output
    drawn = numbers(said) + numbers(later)
    assert len(drawn) == 5
    assert len(set(drawn)) == 5


def test_another_question_is_another_question(tmp_path: Path) -> None:
    """Passing over does not bring the same one back, nor the one before it."""
    said = Student(tmp_path, questions=3).types(":n", ":n", ":q").output
    assert len(set(numbers(said))) == 3


def test_after_a_count_of_questions_the_drill_ends(student: Student) -> None:
    """Whatever is typed between them."""
    said = student.types(*student.key(1), ":v", *student.key(3), "", options=("--topic", "own", "--count", "2")).output
    assert "4 answers so far." in said


@pytest.mark.parametrize("end", [":q", ":QUIT", "exit", "quit"])
def test_stopping_is_done_in_many_words(student: Student, end: str) -> None:
    """At any prompt, with exit code 0."""
    result = student.types(end)
    assert (result.return_value or 0, result.exit_code) == (0, 0)
    assert "0 answers so far" in result.output


def test_the_end_of_input_keeps_what_was_done(student: Student) -> None:
    """Ctrl-D, or a file that ends."""
    first, _ = student.key(1)
    result = student.types(first)
    assert result.exit_code == 0
    assert "1 answer so far." in result.output
    assert len(student.kept()) == 1


def test_ctrl_c_keeps_what_was_done(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a question."""
    first, _ = student.key(1)
    typed = iter([first])

    def prompt(*_: object, **__: object) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr("click.prompt", prompt)
    result = student.types()
    assert result.exit_code == 0
    assert "1 answer so far." in result.output
    assert [response for _, response, _ in student.kept()] == [first]


def test_an_answer_of_several_lines_ends_with_its_bracket(tmp_path: Path) -> None:
    """A matrix typed row by row."""
    student = Student(tmp_path)
    student.bank = folder_of(
        tmp_path / "matrix",
        {"own/sum.yaml": (EVERY_TYPE / "every/vector.yaml").read_text("utf-8").replace("every/vector", "own/sum")},
    )
    cell, hidden = student.key(1)
    said = student.types(cell.replace(", ", ",\n"), hidden, ":q").output
    assert said.count("right, 2 of 2 marks") == 2


def test_the_conversation_in_chinese(student: Student) -> None:
    """All of it."""
    said = student.types(*student.key(1), ":q", lang="zh").output
    assert "正确" in said
    assert "目前共作答 2 次" in said
    assert "read as" not in said


def test_progress_is_shown_for_people_and_programs(student: Student) -> None:
    """Topic by topic."""
    assert "Nothing practised yet" in student.types(options=("--progress",)).output
    student.types(*student.key(1), ":q")
    assert "100%" in student.types(options=("--progress",)).output
    found = json.loads(student.types(options=("--json",)).output)
    assert found == [{"topic": "own", "attempts": 2, "success": 1.0, "known": 0}]


def test_an_unknown_topic_is_answered_with_the_nearest(student: Student) -> None:
    """Before anything is asked."""
    with pytest.raises(UsageError, match="Did you mean 'lstm'"):
        student.types(options=("--topic", "lsmt"))


def test_a_topic_that_goes_badly_leads_to_what_it_builds_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The prerequisite is named once, and `:p` asks from it."""
    titles = {"receptive-field": "Above", "convolution": "Below"}
    files = {
        f"{topic}/own.yaml": ONE.replace("own/sum", f"{topic}/own").replace("{en: Length", f"{{en: {title}", 1)
        for topic, title in titles.items()
    }
    bank = folder_of(tmp_path / "bank", files)
    monkeypatch.setattr("cli.drill._questions", lambda _, topic, **__: [f"{topic}/own"])
    arguments = ["--bank", str(bank), "--data", str(tmp_path / "p.sqlite"), "--topic", "receptive-field"]
    text = "".join(f"{line}\n" for line in ("0", "0", "", "0", "0", ":p", "0", "0", ":q"))
    said = CliRunner().invoke(command, arguments, input=text, standalone_mode=False, catch_exceptions=False).output
    before, named, after = said.partition("It builds on Convolution output sizes: practise that first with :p")
    assert named
    assert "`gradmark drill --topic convolution`" in after
    assert (before.count("Above"), before.count("Below")) == (2, 0)
    assert (after.count("Above"), after.count("Below")) == (0, 1)
