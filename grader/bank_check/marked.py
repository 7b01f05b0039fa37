"""Answers to one variant, marked as a student's are."""

from __future__ import annotations

from grader.marking import Verdict
from grader.result import StudentResult, mark_paper
from questions.blueprint import Policy, Student
from questions.exam import Item, Paper
from questions.variant import Variant


def mark_variant(variant: Variant, answers: dict[str, str]) -> StudentResult:
    """Answers to one variant, by the parts' names, marked as a paper of one question."""
    item = Item(1, 0, variant, variant.question.marks)
    names = [part.key_name for part in variant.question.parts]
    responses = {item.label(i): answers.get(name, "") for i, name in enumerate(names)}
    return mark_paper(Paper("check", Student(id="check"), "", (item,)), responses, Policy())


def names_misconception(verdict: Verdict, id: str) -> bool:
    """Whether a verdict names the misconception, alone or among those that would explain the answer."""
    said = verdict.diagnosis
    return said is not None and any(id in cause for cause in (said.misconceptions, *said.alternatives))
