"""Workings as students write them, each judged line by line: what is right is never blamed, and of what is wrong the first line is.

They stand in `tests/working/*.txt`. A working begins with `### question part`, then after bars what is expected: the marks, if they are not all of
them (or none is said where a line is wrong), the fault of the first wrong line, the misconception it shows. A line that begins with ✗ is wrong,
one with ? cannot be read, in one with ≠ formula and value do not agree though the value is right or follows; the marks are no part of what was typed. `givens.txt` has the numbers of each question.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from grader.marking import Verdict, mark
from grader.working import WorkedLine
from questions.blueprint import Policy
from questions.exam import Item
from questions.variant import Variant, targets
from solvers.givens_text import read_givens
from solvers.registry import derivation
from tests.strategies import every_type

FOLDER = Path(__file__).parent / "working"
WRONG, UNREAD, AT_ODDS = "✗ ", "? ", "≠ "


@dataclass(frozen=True)
class Written:
    """One working, and what is to be said of it."""

    place: str
    question: str
    part: str
    text: str
    wrong: tuple[str, ...]
    unread: tuple[str, ...]
    at_odds: tuple[str, ...]
    expected: dict[str, str] = field(hash=False)


def written(path: Path) -> list[Written]:
    """The workings of a file."""
    found: list[Written] = []
    for number, block in enumerate(path.read_text("utf-8").split("\n### ")[1:], 1):
        head, *lines = block.strip("\n").split("\n")
        asked, *expected = (piece.strip() for piece in head.split("|"))
        question, part = asked.split(" ", 1)
        typed = [line.removeprefix(WRONG).removeprefix(UNREAD).removeprefix(AT_ODDS) for line in lines]
        found.append(
            Written(
                f"{path.stem} {number} {question}",
                question,
                part,
                "\n".join(typed),
                tuple(line.removeprefix(WRONG) for line in lines if line.startswith(WRONG)),
                tuple(line.removeprefix(UNREAD) for line in lines if line.startswith(UNREAD)),
                tuple(line.removeprefix(AT_ODDS) for line in lines if line.startswith(AT_ODDS)),
                dict(piece.split(" ", 1) for piece in expected),
            )
        )
    return found


WORKINGS = [one for path in sorted(FOLDER.glob("*.txt")) if path.stem != "givens" for one in written(path)]


@cache
def asked(question_id: str, answer: str) -> Item:
    """The one part of a question as a paper has it, with the numbers that the working is about."""
    question = every_type().question(question_id)
    assert question.derivation is not None
    lines = (FOLDER / "givens.txt").read_text("utf-8").splitlines()
    words = next(line for line in lines if line.startswith(f"{question_id} | ")).split(" | ")[1:]
    graph = derivation(question.derivation)
    givens = graph.complete(read_givens(graph.givens, words))
    part = next(part for part in question.parts if part.answer is not None and part.answer == answer)
    one = question.model_copy(update={"parts": [part]})
    trace = graph.at(givens).run(givens)
    return Item(1, 0, Variant(one, 1, givens, trace, targets(one, 1, givens, trace)), part.marks)


def verdict_on(one: Written) -> Verdict:
    """What becomes of a working that is handed in."""
    item = asked(one.question, one.part)
    return mark(item, {item.label(0): one.text}, Policy())[0]


def _among(line: WorkedLine, marked: tuple[str, ...]) -> bool:
    """Whether a line is one of those marked, or a statement on one of them."""
    return any(line.text.strip() in typed or typed.strip() in line.text for typed in marked)


@pytest.mark.parametrize("one", WORKINGS, ids=[one.place for one in WORKINGS])
def test_what_is_right_is_not_blamed_and_what_is_wrong_is(one: Written) -> None:
    """The first wrong line and no right one, why it is wrong, what could not be read, and the marks."""
    verdict = verdict_on(one)
    assert verdict.working is not None
    lines = verdict.working.lines
    assert [line.text for line in lines if line.state in ("wrong", "coarse") and not _among(line, one.wrong)] == []
    assert [line.text for line in lines if (line.state == "unread") != _among(line, one.unread)] == []
    assert [line.text for line in lines if line.at_odds] == list(one.at_odds)
    first = verdict.working.first_wrong
    assert (first is not None) == bool(one.wrong)
    if first is not None:
        assert _among(first, one.wrong[:1])
        told = set(first.misconceptions) | set(verdict.diagnosis.misconceptions if verdict.diagnosis else ())
        assert told == set() if "because" not in one.expected else one.expected["because"] in told
        assert one.expected.get("fault", first.fault) == first.fault
    worth = None if one.wrong else str(verdict.worth)
    assert one.expected.get("marks", worth) in (None, str(verdict.marks))


def test_there_are_many_students() -> None:
    """At least a hundred and fifty workings, on forty questions of twenty topics, half of them wrong somewhere."""
    questions = {one.question for one in WORKINGS}
    assert len(WORKINGS) >= 150
    assert len(questions) >= 40
    assert len({question.partition("/")[0] for question in questions}) >= 20
    assert 0.4 < sum(bool(one.wrong) for one in WORKINGS) / len(WORKINGS) < 0.6
