"""Alarms: a wrong key, an unclear question and a new misconception are found and named; answers that mean nothing raise none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grader.alarms import Alarm, find_alarms
from grader.gradebook import ExamFacts, Gradebook
from grader.result import mark_paper, to_json
from grader.simulation import random_numbers, worked
from questions.bank import Bank
from questions.blueprint import Blueprint, Policy, Student
from questions.exam import Item, Paper, key_of
from questions.sampling import draw
from questions.stream import Stream
from questions.variant import Variant
from solvers.derivation import Derivation, Rule
from solvers.formula import Formula
from solvers.registry import derivation
from solvers.text import Text
from solvers.trace import Trace
from tests.strategies import every_type

Answers = Callable[[Variant, int], dict[str, str]]
"""What the student with this number answers to a question, by the parts' names."""


@dataclass(frozen=True)
class Class:
    """An exam of some questions that a class has taken."""

    bank: Bank
    blueprint: Blueprint
    keys: dict[str, dict[str, Any]]

    def key(self, student: str) -> dict[str, Any]:
        """What the teacher keeps of one student's paper."""
        return self.keys[student]


def alarms(
    path: Path, questions: list[str], size: int, answers: Answers, *, seeds: Callable[[int], int] = lambda i: i + 1
) -> tuple[Alarm, ...]:
    """The alarms of a class of this size; `seeds` says which variant each student has."""
    bank = every_type()
    plan = Blueprint.model_validate(
        {"exam": "quiz", "title": {"en": "Quiz", "zh": "测验"}, "sections": [{"questions": questions}]}
    )
    taken = Class(bank, plan, {})
    with Gradebook(path / "book.sqlite", ExamFacts("quiz", Text("Quiz", "测验"), size)) as book:
        for i in range(size):
            variants = [draw(bank.question(id), seeds(i)) for id in questions]
            items = tuple(Item(n, 0, v, v.question.marks) for n, v in enumerate(variants, 1))
            paper = Paper("quiz", Student(id=f"s{i:03}"), "code", items)
            typed = {
                item.label(p): answers(item.variant, i).get(part.key_name, "")
                for item in items
                for p, part in enumerate(item.variant.question.parts)
            }
            taken.keys[paper.student.id] = key_of(paper)
            book.store(to_json(mark_paper(paper, typed, Policy())), "a:b:c:d")
        return find_alarms(book, taken)


def right(variant: Variant) -> dict[str, str]:
    return {p.key_name: t.printed for p, t in zip(variant.question.parts, variant.targets, strict=True)}


def under(variant: Variant, step: str, rule: Rule, *inputs: str) -> dict[str, str]:
    """What somebody writes who computes one step by another rule."""
    assert variant.trace is not None
    rules = {step: (rule, {name: name for name in inputs})}
    return worked(variant, Trace(variant.trace.derivation, variant.givens, {}, rules, variant.trace))


@pytest.fixture
def planted() -> Iterator[Callable[[str, str, str, Rule], None]]:
    """Replaces a step's rule and formula for one test: derivation, step, formula, rule."""
    changed: list[tuple[Derivation, str, Any]] = []

    def plant(name: str, step: str, formula: str, rule: Rule) -> None:
        found = derivation(name)
        assert isinstance(found, Derivation)
        changed.append((found, step, found.steps[step]))
        found.steps[step] = replace(found.steps[step], rule=rule, formula=Formula(formula))

    yield plant
    for found, step, known in reversed(changed):
        found.steps[step] = known


OUTPUT = r"\left\lfloor \frac{$n + 2 \cdot $p - $effective_kernel}{$s} \right\rfloor + 2"


def one_too_many(n: int, p: int, s: int, effective_kernel: int) -> int:
    return (n + 2 * p - effective_kernel) // s + 2


def as_taught(n: int, p: int, s: int, effective_kernel: int) -> int:
    return (n + 2 * p - effective_kernel) // s + 1


def test_a_wrong_key_is_found_and_the_right_formula_proposed(
    tmp_path: Path, planted: Callable[[str, str, str, Rule], None]
) -> None:
    """The key has one position too many; most of the class is right, on numbers of their own."""
    planted("conv.output_size", "size", OUTPUT, one_too_many)

    def answers(variant: Variant, i: int) -> dict[str, str]:
        if i % 5 == 0:
            return random_numbers(variant, Stream(f"wrong key {i}"), near=False)
        return under(variant, "size", as_taught, "n", "p", "s", "effective_kernel")

    (alarm,) = [a for a in alarms(tmp_path, ["convolution/output-size"], 40, answers) if a.kind == "change"]
    assert (alarm.step, alarm.now) == ("size", "floor((n + 2·p - k')/s) + 1")
