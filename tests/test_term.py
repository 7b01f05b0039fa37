"""A term of exams for one class: any row of the topic map can be examined, and nothing is asked twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from questions import exam
from questions.bank import Bank
from questions.blueprint import Blueprint, Student
from questions.exam import Item, Paper, papers, secret_of_seed

BANK = Bank()
ROWS = [row.id for row in BANK.topic_map]
CLASS = [Student(id=f"s{number}") for number in range(3)]
PAPERS = 10


@pytest.fixture(autouse=True)
def _uncertified(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bank's own tests certify each template."""
    monkeypatch.setattr(exam, "_certificate", lambda _: None)


def plan(name: str, *sections: dict[str, object], **changes: object) -> Blueprint:
    title = {"en": name, "zh": name}
    return Blueprint.model_validate({"exam": name, "title": title, "sections": list(sections), **changes})


def drawn(blueprint: Blueprint, students: list[Student] = CLASS) -> list[Paper]:
    return list(papers(BANK, blueprint, students, secret_of_seed(7)))


@pytest.mark.parametrize("row", ROWS)
def test_a_section_can_ask_for_any_row(row: str) -> None:
    """Three questions on it, no two of them the same, in both languages."""
    (paper,) = drawn(plan("row", {"topics": [row], "draw": 3}), CLASS[:1])
    asked = [item.variant.question for item in paper.items]
    assert [question.topic for question in asked] == [row] * 3
    assert len({question.id for question in asked}) == 3
    assert all(item.variant.prompt.en and item.variant.prompt.zh for item in paper.items)


def test_a_paper_can_ask_for_every_row() -> None:
    """One question each, in the order of the sections."""
    (paper,) = drawn(plan("all", *({"topics": [row], "draw": 1} for row in ROWS)), CLASS[:1])
    assert [item.variant.question.topic for item in paper.items] == ROWS


def shown(item: Item) -> tuple[str, str]:
    """What a student reads, the order of options apart."""
    variant = item.variant
    asked = [variant.ask(part).en for part in range(len(variant.question.parts))]
    options = [sorted(option.text.en for option in target.options) for target in variant.targets]
    return variant.question.id, f"{variant.prompt.en} {asked} {options}"


def numbered(found: list[Paper]) -> Iterator[tuple[str, str]]:
    """The variants of questions that have numbers enough for a class."""
    for paper in found:
        for item in paper.items:
            question = item.variant.question
            if question.derivation is not None and not question.finite:
                yield shown(item)


def test_a_term_over_all_rows_repeats_nothing() -> None:
    """Ten papers, each on its own tenth of the map: no student meets a variant twice, no two students the same numbers."""
    term = [drawn(plan(f"week-{week}", {"topics": ROWS[week::PAPERS], "draw": 6})) for week in range(PAPERS)]
    for own in zip(*term, strict=True):
        met = Counter(shown(item) for paper in own for item in paper.items)
        assert [variant for variant, count in met.items() if count > 1] == []
    numbers = Counter(numbered([paper for week in term for paper in week]))
    assert len(numbers) > PAPERS * len(CLASS)
    assert [variant for variant, count in numbers.items() if count > 1] == []


def test_papers_on_the_same_topics_have_other_numbers() -> None:
    """Ten papers that may all ask the same questions, as papers for repeating an exam do."""
    found = [
        paper for go in range(PAPERS) for paper in drawn(plan(f"go-{go}", {"topics": ["lstm", "pooling"], "draw": 6}))
    ]
    numbers = Counter(numbered(found))
    assert len({id for id, _ in numbers}) < len(numbers)
    assert [variant for variant, count in numbers.items() if count > 1] == []
