"""Alarms: what a class got wrong together that no misconception explains, and parts that the best students get wrong.

Many students agree on one wrong value, or, since every student has other numbers, on one wrong relation (see `relations`): the key may be wrong, the
question unclear, or a misconception missing from the catalogue. A part that the best students get wrong more often than the others, or that nobody has
right in a class that has the rest right, is rarely the students' fault.

Memory does not grow with the class: of each part at most `SAMPLE` wrong answers are looked at, chosen by a hash of the students' ids.
"""

from __future__ import annotations

import heapq
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import atanh, sqrt
from statistics import NormalDist
from string import ascii_lowercase
from typing import Any, Protocol

from grader.changes import Change
from grader.gradebook import Gradebook
from grader.marking import read_for
from grader.reading import Reading
from grader.relations import ALPHA, Answer, Relation, is_worth_a_search, relations
from grader.standing import Standing
from questions.bank import Bank
from questions.exam import Item
from solvers.text import GradmarkError, Text

SAMPLE = 200  # wrong answers of a part that are looked at
_LONGEST = 500  # characters of an answer that is looked at
_PAPERS = 10  # papers below which a correlation says nothing
_NOBODY = 8  # answers, all wrong, that are worth an alarm
_FAIR = 0.3  # share of the marks elsewhere of a class that can do something
_MOST = 0.5  # share of the answers that has the same wrong value where rather the key is wrong
_SAME = 0.8  # share of the students who are the same where two changes of one question are one
_CAMP = 0.3  # share of the answers that each of two readings of a question has, at least
_WEAKER = 0.1  # share of the marks elsewhere by which those are behind who misunderstand the matter, not the question


@dataclass(frozen=True)
class Alarm:
    """Something that a teacher should look at: where, how many and who, what, and what to do.

    `kind` is `change`, `value`, `slip`, `best` or `nobody`. Of `looked` wrong answers `count` agree; `wrong` is how many the class gave. `likely` is what
    the numbers point to: `key`, `wording` or `misconception`. `step`, `was` and `now` say what was changed, where it is a change. `expected` is how many
    hits chance would have brought.
    """

    kind: str
    question: str
    part: str
    labels: tuple[str, ...]
    count: int
    looked: int
    wrong: int
    students: tuple[str, ...]
    what: Text
    todo: Text
    step: str = ""
    was: str = ""
    now: str = ""
    expected: float = 0.0
    likely: str = ""

    def to_json(self) -> dict[str, Any]:
        """The alarm as programs read it."""
        return {
            **{name: getattr(self, name) for name in ("kind", "question", "part")},
            "labels": list(self.labels),
            **{name: getattr(self, name) for name in ("count", "looked", "wrong")},
            "students": list(self.students),
            "what": {"en": self.what.en, "zh": self.what.zh},
            "todo": {"en": self.todo.en, "zh": self.todo.zh},
            **{name: getattr(self, name) for name in ("likely", "step", "was", "now")},
            "expected": round(self.expected, 6),
        }


def alarms_from_json(text: str) -> tuple[Alarm, ...]:
    """The alarms that were written into a results folder. Raises GradmarkError where the text is something else."""
    try:
        return tuple(
            Alarm(
                **{
                    **entry,
                    "labels": tuple(entry["labels"]),
                    "students": tuple(entry["students"]),
                    "what": Text.of(entry["what"]),
                    "todo": Text.of(entry["todo"]),
                }
            )
            for entry in json.loads(text)
        )
    except (ValueError, TypeError, LookupError):
        raise GradmarkError(
            "alarms.json is not what gradmark wrote. Run `gradmark grade` again.",
            "alarms.json 不是由 gradmark 写入的内容。请重新运行 `gradmark grade`。",
        ) from None


class Exam(Protocol):
    """What is needed of an exam: its bank, and the questions of each paper."""

    @property
    def bank(self) -> Bank:
        """The bank that the exam was drawn from."""

    def item(self, student: str, number: int) -> Item:
        """The question with this number on a student's paper. Raises LookupError where there is none."""


@dataclass(frozen=True, order=True)
class _Wrong:
    """A wrong answer as the gradebook has it, in the order of a hash."""

    hash: int
    student: str
    number: int
    label: str
    response: str = field(compare=False)
    told: tuple[str, ...] = field(compare=False)
    elsewhere: float | None = field(compare=False, default=None)


@dataclass
class _Part:
    """What is kept of one part while the papers go by."""

    question: str
    index: int
    labels: dict[str, None] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)
    answered: int = 0
    wrong: int = 0
    told: Counter[tuple[str, ...]] = field(default_factory=Counter)  # what was said of each wrong answer
    right: list[float] = field(
        default_factory=lambda: [0.0, 0.0]
    )  # of those who have it right: how many, and their shares elsewhere together
    kept: list[_Wrong] = field(default_factory=list)  # a heap with the largest hash in front, all hashes negated

    def keep(self, wrong: _Wrong) -> None:
        """Counts an answer, and keeps it if its hash is among the smallest."""
        self.wrong += 1
        self.told[wrong.told] += 1
        if len(self.kept) < SAMPLE:
            heapq.heappush(self.kept, wrong)
        else:
            heapq.heappushpop(self.kept, wrong)


def find_alarms(book: Gradebook, exam: Exam) -> tuple[Alarm, ...]:
    """The alarms of a class, the most students first: one pass over the results, then a look at a sample of every part's wrong answers."""
    parts = _parts(book)
    searched = [part for part in parts if is_worth_a_search(part.told.elements())]
    found = [alarm for part in searched for alarm in _agreeing(part, exam, len(searched))]
    found += [alarm for part in parts if (alarm := _out_of_line(part, len(parts))) is not None]
    return tuple(once(sorted(found, key=lambda alarm: (-alarm.count, alarm.question, alarm.part))))


def once(found: Sequence[Alarm]) -> list[Alarm]:
    """Of changes that the same students made in one question only the first, with the labels of all: they are one, seen in several parts."""
    kept: list[Alarm] = []
    for alarm in found:
        for place, other in enumerate(kept):
            shared = len({*alarm.students} & {*other.students})
            alike = shared >= _SAME * min(len(alarm.students), len(other.students))
            if alarm.kind == other.kind == "change" and alarm.question == other.question and alike:
                labels = sorted({*other.labels, *alarm.labels}, key=lambda at: (len(at.rstrip(ascii_lowercase)), at))
                kept[place] = replace(other, labels=tuple(labels))
                break
        else:
            kept.append(alarm)
    return kept


def _parts(book: Gradebook) -> list[_Part]:
    parts: dict[tuple[str, int], _Part] = {}
    for result in book.results():
        marks, worth = Fraction(result["marks"]), Fraction(result["worth"])
        for entry in result["questions"]:
            rest = worth - Fraction(entry["worth"])
            elsewhere = float((marks - Fraction(entry["marks"])) / rest) if rest else None
            for index, verdict in enumerate(entry["parts"]):
                part = parts.setdefault((entry["question"], index), _Part(entry["question"], index))
                _count(part, result["student"], entry["number"], verdict, elsewhere)
    return list(parts.values())


def _count(part: _Part, student: str, number: int, verdict: Mapping[str, Any], elsewhere: float | None) -> None:
    if len(part.labels) < SAMPLE:
        part.labels[verdict["label"]] = None
    if verdict["verdict"] in ("blank", "unreadable"):
        return
    part.answered += 1
    worth = Fraction(verdict["worth"])
    if elsewhere is not None and worth:
        part.standing.add(elsewhere, float(Fraction(verdict["marks"]) / worth))
    told = verdict["diagnosis"] or {"misconceptions": [], "conventions": []}
    ids = (*told["misconceptions"], *told["conventions"])
    if elsewhere is not None and verdict["verdict"] == "correct":
        part.right = [part.right[0] + 1, part.right[1] + elsewhere]
    lost = not verdict["carried"] and verdict["verdict"] in ("incorrect", "partial")
    if lost and len(verdict["response"]) <= _LONGEST:
        digest = -zlib.crc32(f"{part.question}|{student}".encode())
        part.keep(_Wrong(digest, student, number, verdict["label"], verdict["response"], ids, elsewhere))


# ------------------------------------------------------------------------------------------ many students agree


def _agreeing(part: _Part, exam: Exam, parts: int) -> Iterator[Alarm]:
    answers = [
        answer for wrong in sorted(part.kept, reverse=True) if (answer := _answer(wrong, part, exam)) is not None
    ]
    for relation in relations(answers, parts):
        yield _alarm(part, relation, answers, exam)


def _answer(wrong: _Wrong, part: _Part, exam: Exam) -> Answer | None:
    """The answer read again beside its variant; None where the exam has no such item any more."""
    try:
        item = exam.item(wrong.student, wrong.number)
    except (GradmarkError, LookupError):
        return None
    if item.variant.question.id != part.question or part.index >= len(item.variant.targets):
        return None
    reading = read_for(wrong.response, item.variant.targets[part.index])
    if not isinstance(reading, Reading):
        return None
    return Answer(wrong.student, wrong.label, item.variant, part.index, reading.value, wrong.told)


def _alarm(part: _Part, relation: Relation, answers: Sequence[Answer], exam: Exam) -> Alarm:
    count, looked = len(relation.answers), len(answers)
    change = relation.what if isinstance(relation.what, Change) else None
    kind = "change" if change else "slip" if relation.what else "value"
    likely = _likely(part, relation, looked) if kind != "slip" else ""
    what, todo = _said(relation, exam), _todo(likely, change)
    head = Text(f"{count} of {looked} wrong answers ", f"{looked} 份错误答案中有 {count} 份")
    if looked < part.wrong:
        head = Text(
            f"{count} of the {looked} wrong answers that were looked at, of {part.wrong} in all, ",
            f"抽查的 {looked} 份错误答案（共 {part.wrong} 份）中有 {count} 份",
        )
    points = _POINTS_TO.get(likely, Text("", ""))
    return Alarm(
        kind=kind,
        question=part.question,
        part=relation.answers[0].variant.question.parts[part.index].key_name,
        labels=tuple(dict.fromkeys(answer.label for answer in relation.answers)),
        count=count,
        looked=looked,
        wrong=part.wrong,
        students=tuple(sorted(answer.student for answer in relation.answers)),
        what=Text(f"{head.en}{what.en} {points.en}".strip(), f"{head.zh}{what.zh}{points.zh}"),
        todo=todo,
        step=change.step if change else "",
        was=change.was if change else "",
        now=change.now.en if change else "",
        expected=relation.expected,
        likely=likely,
    )


def _likely(part: _Part, relation: Relation, looked: int) -> str:
    """What so many answers that agree point to: most of the class to the key, two camps to the wording, the weaker students to a misconception."""
    agree = len(relation.answers) / max(1, looked) * part.wrong / max(1, part.answered)
    right = 1 - part.wrong / max(1, part.answered)
    if agree >= _MOST:
        return "key"
    alike = {answer.student for answer in relation.answers}
    known = [wrong.elsewhere for wrong in part.kept if wrong.student in alike and wrong.elsewhere is not None]
    weaker = known and part.right[0] and sum(known) / len(known) < part.right[1] / part.right[0] - _WEAKER
    return "wording" if min(agree, right) >= _CAMP and not weaker else "misconception"


_POINTS_TO = {
    "key": Text("Most of the class agrees: the key may be wrong.", "全班多数人一致：答案可能有误。"),
    "wording": Text(
        "The class is in two camps, equally strong elsewhere: the question can perhaps be read in two ways.",
        "全班分成两部分，在其他题上的水平相当：题意可能有两种理解。",
    ),
    "misconception": Text(
        "This looks like a misconception that the catalogue lacks.", "这很像误解目录中尚未收录的误解。"
    ),
}
_BY_HAND = Text("Work one of these papers by hand.", "请取其中一份试卷亲手算一遍。")


def _said(relation: Relation, exam: Exam) -> Text:
    """What the students did alike."""
    if isinstance(relation.what, Change):
        change, others = relation.what, relation.others
        return Text(
            f"come from one change: {change.words.en}"
            + "".join(f"; or, as well, {other.words.en}" for other in others)
            + ".",
            f"出于同一处改动：{change.words.zh}" + "".join(f"；或者 {other.words.zh}" for other in others) + "。",
        )
    if relation.what:
        title = exam.bank.misconception_title(relation.what)
        return Text(f"are the same slip: {title.en}.", f"是同一种失误：{title.zh}。")
    seeds = {tuple(sorted(answer.variant.givens.items(), key=str)).__repr__() for answer in relation.answers}
    if len(seeds) == 1:
        return Text(f"are {relation.value}, on the same numbers.", f"都是 {relation.value}（题目数据相同）。")
    return Text(f"are {relation.value}, whatever the numbers.", f"都是 {relation.value}，与题目数据无关。")


def _todo(likely: str, change: Change | None) -> Text:
    """What to do about it."""
    listed = Text("add it to the misconceptions", "将它作为误解加入题库")
    if change is not None:
        listed = Text(
            f"add it as a misconception that replaces `{change.step}`", f"将它作为替换 `{change.step}` 的误解加入题库"
        )
    if likely == "misconception":
        return Text(
            f"{_BY_HAND.en} If the key stands, {listed.en}, and take it up in class.",
            f"{_BY_HAND.zh}若答案无误，可{listed.zh}，并在课上讲评。",
        )
    if likely == "wording":
        return Text(
            f"Read the question as these students may have. If it can be read both ways, say in it which is meant; if the key is wrong, "
            f"correct it; then mark again. Otherwise {listed.en}.",
            f"请按这些学生的思路重读题面。若确有两种理解，请在题面中写明取哪一种；若答案有误，请改正；然后重新阅卷。否则可{listed.zh}。",
        )
    return Text(
        f"{_BY_HAND.en} If the students are right, correct the key and mark again; if the question can be read either way, say in it which is "
        f"meant. Otherwise {listed.en}.",
        f"{_BY_HAND.zh}如果学生是对的，请改正答案后重新阅卷；如果题意确有两种理解，请在题面中写明取哪一种。否则可{listed.zh}。",
    )


# ------------------------------------------------------------------------------- the best students get it wrong


def _out_of_line(part: _Part, parts: int) -> Alarm | None:
    """An alarm for a part that good papers have wrong, and poor ones not, or that nobody has right."""
    standing = part.standing
    if standing.count >= _NOBODY and standing.here == 0 and standing.elsewhere >= _FAIR:
        what = Text(
            f"None of {standing.count} answers is right, though the same students earned {standing.elsewhere:.0%} elsewhere.",
            f"{standing.count} 份答案无一正确，而这些学生在其他题上的得分率为 {standing.elsewhere:.0%}。",
        )
        return _about(part, "nobody", what)
    correlation = standing.correlation
    if standing.count < _PAPERS or correlation is None or correlation >= 0 or standing.best >= 0.5:
        return None
    significance = atanh(max(correlation, -0.999999)) * sqrt(standing.count - 3)
    if significance > NormalDist().inv_cdf(ALPHA / max(1, parts)):
        return None
    what = Text(
        f"The best quarter of the class earned {standing.best:.0%} here, the class {standing.here:.0%}: the stronger the rest of "
        f"the paper, the worse this part (correlation {correlation:.2f}).",
        f"总分前四分之一的学生在本小问的得分率为 {standing.best:.0%}，全班为 {standing.here:.0%}：其他题做得越好，本小问"
        f"反而越差（相关系数 {correlation:.2f}）。",
    )
    return _about(part, "best", what)


def _about(part: _Part, kind: str, what: Text) -> Alarm:
    count = part.standing.count
    todo = Text(
        "Check the key and the wording: strong students seem to read the question otherwise.",
        "请检查答案与题面：成绩好的学生对题意的理解似乎与答案不同。",
    )
    label = next(iter(part.labels), "")
    return Alarm(kind, part.question, label, tuple(part.labels), count, count, part.wrong, (), what, todo)
