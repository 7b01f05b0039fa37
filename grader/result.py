"""One student's result: the verdicts of a whole paper and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grader.diagnosing import Diagnosis
from grader.marking import Verdict, mark
from grader.submissions.labels import by_label
from grader.working import WorkedLine
from questions.blueprint import Policy
from questions.exam import Item, Paper
from solvers.derivation import is_convention
from solvers.text import Text

if TYPE_CHECKING:
    from grader.submissions import Submission


@dataclass(frozen=True)
class ItemResult:
    """One question's verdicts."""

    item: Item
    verdicts: tuple[Verdict, ...]

    @cached_property
    def marks(self) -> Fraction:
        """What the question earned."""
        return sum((verdict.marks for verdict in self.verdicts), Fraction(0))


@dataclass(frozen=True)
class StudentResult:
    """A marked paper."""

    paper: Paper
    source: str
    items: tuple[ItemResult, ...]
    round_to: Fraction | None = None

    @cached_property
    def marks(self) -> Fraction:
        """The total, rounded as the policy says."""
        total = sum((item.marks for item in self.items), Fraction(0))
        if self.round_to is None:
            return total
        return min(math.ceil(total / self.round_to) * self.round_to, self.paper.marks)


def mark_paper(paper: Paper, responses: Mapping[str, str], policy: Policy, source: str = "") -> StudentResult:
    """A paper marked; `responses` are by label."""
    items = tuple(ItemResult(item, mark(item, responses, policy)) for item in paper.items)
    return StudentResult(paper, source, items, policy.round_to)


def mark_submission(paper: Paper, submission: Submission, policy: Policy) -> StudentResult:
    """A submission marked against its paper."""
    responses, _ = by_label(submission.responses, paper.labels)
    return mark_paper(paper, responses, policy, submission.source)


def to_json(result: StudentResult) -> dict[str, Any]:
    """A result as programs and the gradebook read it; marks are exact fractions as text."""
    return {
        "student": result.paper.student.id,
        "name": result.paper.student.name,
        "paper": result.paper.code,
        "source": result.source,
        "marks": str(result.marks),
        "worth": str(result.paper.marks),
        "questions": [
            {
                "number": item.item.number,
                "question": item.item.variant.question.id,
                "marks": str(item.marks),
                "worth": str(item.item.marks),
                "parts": [_verdict_json(verdict) for verdict in item.verdicts],
            }
            for item in result.items
        ],
    }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "label": verdict.label,
        "response": verdict.response,
        "reading": verdict.reading,
        "verdict": verdict.kind,
        "marks": str(verdict.marks),
        "worth": str(verdict.worth),
        "operations": [{"kind": o.kind, "marks": str(o.marks), "text": _both(o.text)} for o in verdict.operations],
        "diagnosis": _diagnosis_json(verdict.diagnosis),
        "carried": list(verdict.carried),
        "notes": [_both(note) for note in (*verdict.heard, *verdict.notes)],
        "error": None
        if verdict.unreadable is None
        else {
            "code": verdict.unreadable.code,
            "offset": verdict.unreadable.offset,
            "message": _both(verdict.unreadable.message),
        },
        "working": None if verdict.working is None else [_line_json(line) for line in verdict.working.lines],
    }


def _line_json(line: WorkedLine) -> dict[str, Any]:
    return {
        "line": line.number,
        "text": line.text,
        "state": line.state,
        "step": line.step,
        "reading": line.reading,
        "fault": line.fault,
        "misconceptions": list(line.misconceptions),
        "notes": [_both(said) for said in line.says],
    }


def _diagnosis_json(diagnosis: Diagnosis | None) -> dict[str, Any] | None:
    if diagnosis is None:
        return None
    return {
        "misconceptions": [id for id in diagnosis.misconceptions if not is_convention(id)],
        "conventions": [id for id in diagnosis.misconceptions if is_convention(id)],
        "alternatives": [list(ids) for ids in diagnosis.alternatives],
    }


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}
