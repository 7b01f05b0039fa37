"""Blueprints and rosters: what a paper holds, how it is marked, and who sits it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from questions.bank import Bank
from questions.choices import suits_choice
from questions.question import Exact, Kind, Model, Question, Words
from questions.schema_errors import Place, check_once, repeated, stands_twice, validated, wrong
from questions.stream import Stream
from solvers.files import read_bytes
from solvers.nearest import suggestion
from solvers.text import GradmarkError, Text, UsageError
from solvers.yaml_reader import read_yaml

Date = Annotated[date, BeforeValidator(lambda v: date.fromisoformat(v) if isinstance(v, str) else v)]


class Policy(Model):
    """How marks are given.

    `carry_penalty` is the fraction of a part's marks that a carried error costs there; `coarse_credit` and `form_credit` are the credit
    for a right value given too coarsely or in the wrong form, `conventions` that for an answer which is right under another convention than the
    question states; `round_to` rounds a paper's total up to a multiple of it.
    """

    follow_through: bool = True
    carry_penalty: Exact = Field(default=Fraction(0), ge=0, le=1)
    coarse_credit: Exact = Field(default=Fraction(1, 2), ge=0, le=1)
    form_credit: Exact = Field(default=Fraction(1, 2), ge=0, le=1)
    conventions: Exact = Field(default=Fraction(1, 2), ge=0, le=1)
    round_to: Exact | None = Field(default=None, gt=0)


class Section(Model):
    """A part of the paper: named questions, `draw` questions out of topics, or `draw` questions about a `network`.

    The network is one that `gradmark network` knows by its name, or a YAML file beside the blueprint. With `choices`, numbers, arrays and shapes are asked as multiple choice: in every question of the section, or in the named ones.
    """

    title: Words | None = None
    questions: list[str] = Field(default_factory=list)
    topics: list[str] = Field(default_factory=list)
    network: str | None = Field(default=None, max_length=200)
    draw: int | None = Field(default=None, ge=1, le=200)
    difficulty: tuple[int, int] = (1, 5)
    kinds: list[Kind] = Field(default_factory=list)
    marks_each: Exact | None = Field(default=None, gt=0)
    choices: bool | list[str] = False

    @model_validator(mode="before")
    @classmethod
    def _pair(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("difficulty"), list):
            return {**data, "difficulty": tuple(data["difficulty"])}
        return data

    @model_validator(mode="after")
    def _names_something(self) -> Section:
        if self.network is not None and (self.questions or self.topics or self.draw is None):
            raise wrong(
                "a section on a network needs draw, and no questions or topics beside it",
                "以 network 出题的大题需要 draw，且不能再有 questions 或 topics",
            )
        if not self.questions and not self.topics and self.network is None:
            raise wrong("a section needs questions, topics or a network", "每个大题需要 questions、topics 或 network")
        if self.topics and self.draw is None:
            raise wrong("topics need draw: how many questions to take from them", "有 topics 时需要 draw：从中抽几题")
        if self.draw is not None and not self.topics and self.network is None:
            raise wrong("draw needs topics to take questions from", "有 draw 时需要 topics：从哪些主题抽题")
        check_once((id, ("questions", i)) for i, id in enumerate(self.questions))
        if isinstance(self.choices, list) and (strange := [id for id in self.choices if id not in self.questions]):
            raise wrong(
                f"choices names {strange[0]!r}, which is not among the section's questions",
                f"choices 中的 {strange[0]!r} 不在本大题的 questions 中",
            )
        return self

    def asks_choices(self, id: str) -> bool:
        """Whether a question of the section is asked as multiple choice."""
        return id in self.choices if isinstance(self.choices, list) else self.choices


class Blueprint(Model):
    """An exam before it has students."""

    exam: str = Field(pattern=r"^[\w][\w.-]*$", max_length=60)
    title: Words
    language: Literal["en", "zh"] = "en"
    instructions: Words | None = None
    opens: Date | None = None
    due: Date | None = None
    same_questions: bool = True
    policy: Policy = Policy()
    sections: list[Section] = Field(min_length=1, max_length=50)


def read_blueprint(path: Path) -> Blueprint:
    """A blueprint file; networks of its own that it names become known. Raises GradmarkError with file, line and column of what is wrong."""
    document = read_yaml(path)
    blueprint = validated(Blueprint, document, document.plain())
    for named in _named_once(blueprint):
        if found := repeated(named):
            raise stands_twice(document, *found)
    return with_networks(blueprint, path.parent)


def _named_once(blueprint: Blueprint) -> Iterator[list[tuple[str, Place]]]:
    """What a blueprint's file should say once: a question on the whole paper, a topic and a kind in their section."""
    sections = list(enumerate(blueprint.sections))
    yield [(id, ("sections", i, "questions", j)) for i, section in sections for j, id in enumerate(section.questions)]
    for i, section in sections:
        for key in ("topics", "kinds", "choices"):
            entries = getattr(section, key)
            yield (
                [(entry, ("sections", i, key, j)) for j, entry in enumerate(entries or [])]
                if entries is not True
                else []
            )


def with_networks(blueprint: Blueprint, folder: Path) -> Blueprint:
    """The blueprint with every network under its name. Raises GradmarkError for one that cannot be found or read."""
    if all(section.network is None for section in blueprint.sections):
        return blueprint
    from questions.about_network import named

    sections: list[Section] = []
    known: dict[str, str] = {}
    for section in blueprint.sections:
        if (written := section.network) is None:
            sections.append(section)
            continue
        name = named(written, folder)
        if (first := known.setdefault(name, written)) != written:
            raise GradmarkError(
                f"{first} and {written} are both called {name!r}. Give one of them another name.",
                f"{first} 与 {written} 中的网络都叫 {name!r}。请为其中一个换个名称。",
            )
        sections.append(section.model_copy(update={"network": name}))
    return blueprint.model_copy(update={"sections": sections})


def practice_blueprint(
    topics: list[str],
    questions: int,
    language: Literal["en", "zh"],
    *,
    choices: bool = False,
    network: str | None = None,
) -> Blueprint:
    """The blueprint of a practice paper over some topics or about a network, as multiple choice with `choices`.

    Raises UsageError for neither of them.
    """
    if not topics and network is None:
        raise UsageError("Name at least one topic, such as lstm.", "请至少给出一个主题，例如 lstm。")
    title = Words(en="Practice paper", zh="练习卷")
    section = Section(topics=topics, network=network, draw=questions, choices=choices)
    return Blueprint(exam="practice", title=title, language=language, sections=[section])


class Chosen(Model):
    """A question with its place on the paper."""

    section: int
    question: str
    marks: Exact
    choices: bool = False
    network: str | None = None


def choose(bank: Bank, blueprint: Blueprint, stream: Stream) -> list[Chosen]:
    """The questions of one paper, section by section; none is drawn that is there already, except about a network, with other numbers.

    Questions drawn from topics are spread over the topics as evenly as their numbers allow.
    Raises UsageError where a section asks for more than the bank has.
    """
    taken: set[str] = set()
    chosen: list[Chosen] = []
    for index, section in enumerate(blueprint.sections):
        ids = list(section.questions)
        for id in ids:
            bank.path_of(id)
        if section.network is not None:
            from questions.about_network import questions_about

            ids += questions_about(bank, section.network, section.draw or 0, stream)
        elif section.draw is not None:
            ids += _drawn(bank, section, stream, taken | set(ids))
        for id in ids:
            marks = section.marks_each or bank.question(id).marks
            chosen.append(
                Chosen(
                    section=index,
                    question=id,
                    marks=marks,
                    choices=section.asks_choices(id),
                    network=section.network,
                )
            )
        taken.update(ids)
    return chosen


def _drawn(bank: Bank, section: Section, stream: Stream, taken: set[str]) -> list[str]:
    known = bank.topics()
    for topic in section.topics:
        if topic not in known:
            hint = suggestion(topic, known)
            raise UsageError(
                f"There are no questions on {topic!r}.{hint.en} Topics: {', '.join(known)}.",
                f"题库中没有主题 {topic!r}。{hint.zh}现有主题：{'、'.join(known)}。",
            )
    low, high = section.difficulty
    waiting = {
        topic: stream.shuffled(
            [
                q.id
                for q in bank.questions(topic)
                if low <= q.difficulty <= high and q.id not in taken and _of_kind(q, section)
            ]
        )
        for topic in dict.fromkeys(section.topics)
    }
    wanted = section.draw or 0
    available = sum(map(len, waiting.values()))
    if available < wanted:
        raise UsageError(
            f"A section asks for {wanted} questions on {', '.join(section.topics)}, but the bank has {available} that fit.",
            f"某一大题要从 {'、'.join(section.topics)} 中抽 {wanted} 题，但题库中只有 {available} 题符合条件。",
        )
    picked: list[str] = []
    while len(picked) < wanted:
        for ids in waiting.values():
            if ids and len(picked) < wanted:
                picked.append(ids.pop())
    order = {topic: i for i, topic in enumerate(waiting)}
    return sorted(picked, key=lambda id: (order[id.partition("/")[0]], bank.question(id).difficulty, id))


def _of_kind(question: Question, section: Section) -> bool:
    if section.choices is True and not suits_choice(question):
        return False
    return not section.kinds or question.kind in section.kinds


_STUDENT_COLUMNS = ("student", "id", "student_id", "学号", "学生")
_NAME_COLUMNS = ("name", "姓名")
_LARGEST_ROSTER = 100_000_000  # bytes
_LONGEST_ID = 200  # characters, as in submissions


class Student(Model):
    """One line of a roster."""

    id: str
    name: str = ""


def read_roster(path: Path) -> list[Student]:
    """The students of a CSV roster with at least a column `student` (or `id`, `学号`).

    Raises GradmarkError, with the line, for a missing column, and for an id that is empty, repeated or cannot be printed.
    """
    try:
        text = read_bytes(path, _LARGEST_ROSTER).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GradmarkError(
            f"{path}: not UTF-8. Save the roster as CSV in UTF-8.", f"{path}：不是 UTF-8 编码，请另存为 UTF-8 的 CSV。"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        students = list(_students(reader, path))
    except csv.Error as error:
        raise _at(path, reader.line_num, f"this line is no CSV ({error})", f"该行不是合法的 CSV（{error}）") from None
    if not students:
        raise GradmarkError(f"{path}: the roster is empty.", f"{path}：名单为空。")
    return students


def _students(reader: Any, path: Path) -> Iterator[Student]:
    header = [cell.strip().lower() for cell in next(reader, [])]
    column = next((header.index(name) for name in _STUDENT_COLUMNS if name in header), None)
    if column is None:
        has = Text(", ".join(header)[:200] or "nothing", "、".join(header)[:200] or "无")
        raise _at(
            path,
            1,
            f"the roster needs a column 'student' (or 'id', '学号'); it has: {has.en}",
            f"名单需要 'student' 列（或 'id'、'学号'），现有的列：{has.zh}",
        )
    named = next((header.index(name) for name in _NAME_COLUMNS if name in header), None)
    lines: dict[str, int] = {}
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        # Submissions are read in the same way: white space within an id does not count.
        id = " ".join(row[column].split()) if column < len(row) else ""
        _check_id(id, path, reader.line_num, lines)
        name = " ".join(row[named].split()) if named is not None and named < len(row) else ""
        yield Student(id=id, name=name)


def _check_id(id: str, path: Path, line: int, lines: dict[str, int]) -> None:
    if not id:
        raise _at(path, line, "no student id", "缺少学号")
    if len(id) > _LONGEST_ID or not id.isprintable():
        raise _at(
            path, line, f"{id[:40]!r} is too long or has invisible characters", f"学号 {id[:40]!r} 太长或含有不可见字符"
        )
    # Ids that differ only in case would share a file on some systems.
    first = lines.setdefault(id.casefold(), line)
    if first != line:
        raise _at(
            path,
            line,
            f"the student id {id!r} stands already on line {first}. Ids must be unique, also in lower case",
            f"学号 {id!r} 已在第 {first} 行出现。学号不能重复（不区分大小写）",
        )


def _at(path: Path, line: int, en: str, zh: str) -> GradmarkError:
    return GradmarkError(f"{path}:{line}: {en}.", f"{path}:{line}：{zh}。")
