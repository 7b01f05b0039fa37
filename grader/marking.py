"""Marks: every verdict carries the operations that made its marks, and one fold turns them into a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

from grader.comparing import compare
from grader.diagnosing import Diagnosis, Response, diagnose
from grader.following import carried_targets
from grader.outcome import Outcome
from grader.reading import Blank, Reading, Unreadable, read
from questions.blueprint import Policy
from questions.exam import Item
from questions.key import Target
from solvers.text import Text
from solvers.values import plain

VerdictKind = Literal["correct", "partial", "coarse", "form", "incorrect", "unreadable", "blank"]


@dataclass(frozen=True)
class Operation:
    """One step towards the marks: award, carry and deduct change them, note only says something."""

    kind: Literal["award", "carry", "deduct", "note"]
    marks: Fraction
    text: Text


def fold(operations: Iterable[Operation], worth: Fraction) -> Fraction:
    """The marks that the operations add up to, between 0 and what the part is worth."""
    total = Fraction(0)
    for operation in operations:
        match operation.kind:
            case "award" | "carry":
                total += operation.marks
            case "deduct":
                total -= operation.marks
            case "note":
                pass
    return min(max(total, Fraction(0)), worth)


@dataclass(frozen=True)
class Verdict:
    """What became of one response, and why.

    `heard` is what was decided while reading, in words that may repeat the student's own; `notes` are remarks on the answer, in the
    bank's words, which may hold formulas.
    """

    label: str
    response: str
    reading: str
    kind: VerdictKind
    worth: Fraction
    operations: tuple[Operation, ...]
    diagnosis: Diagnosis | None = None
    carried: tuple[str, ...] = ()
    unreadable: Unreadable | None = None
    heard: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()

    @cached_property
    def marks(self) -> Fraction:
        """What the response earned."""
        return fold(self.operations, self.worth)


def read_for(text: str, target: Target) -> Reading | Blank | Unreadable:
    """One response, read as the target's type asks.

    A cost is read in the key's variables if it can be; one in other variables is a cost all the same, though a wrong one.
    """
    options = tuple([option.label for option in target.options]) if target.options else ()
    reading = read(text, target.type, names=target.names, options=options)
    if target.type == "complexity" and isinstance(reading, Unreadable):
        free = read(text, target.type)
        return free if isinstance(free, Reading) else reading
    return reading


def mark(item: Item, responses: Mapping[str, str], policy: Policy) -> tuple[Verdict, ...]:
    """The verdicts on one question's parts; `responses` are by label, a missing one is blank."""
    variant = item.variant
    parts = variant.question.parts
    labels = [item.label(i) for i in range(len(parts))]
    readings = [
        read_for(responses.get(label, ""), target) for label, target in zip(labels, variant.targets, strict=True)
    ]
    outcomes = [
        compare(reading, target, policy) if isinstance(reading, Reading) else None
        for reading, target in zip(readings, variant.targets, strict=True)
    ]
    answers = [Response(reading, outcome) for reading, outcome in zip(readings, outcomes, strict=True)]
    diagnoses = diagnose(variant, answers)
    verdicts = []
    for i, part in enumerate(parts):
        verdict = _verdict(labels[i], responses.get(labels[i], ""), readings[i], outcomes[i], item.worth(part))
        if policy.follow_through and answers[i].wrong:
            verdict = _followed(verdict, item, i, answers, labels, policy)
        right = bool(verdict.carried) and verdict.marks == verdict.worth * (1 - policy.carry_penalty)
        verdicts.append(replace(verdict, diagnosis=None if right else diagnoses[i]))
    return tuple(verdicts)


def _verdict(
    label: str, text: str, reading: Reading | Blank | Unreadable, outcome: Outcome | None, worth: Fraction
) -> Verdict:
    match reading:
        case Blank():
            nothing = (Operation("note", Fraction(0), Text("No answer.", "未作答。")),)
            return Verdict(label, text, "", "blank", worth, nothing)
        case Unreadable():
            said = (Operation("note", Fraction(0), Text("Could not be read.", "无法识别。")),)
            return Verdict(label, text, "", "unreadable", worth, said, unreadable=reading)
        case Reading():
            assert outcome is not None
            operations = _awarded(outcome, worth)
            kind, notes = outcome.kind, outcome.notes
            return Verdict(label, text, reading.echo, kind, worth, operations, heard=reading.notes, notes=notes)


_AWARDS = {
    "correct": Text("Right.", "正确。"),
    "partial": Text("Partly right.", "部分正确。"),
    "coarse": Text("Right value, too coarse.", "数值正确，精度不够。"),
    "form": Text("Right value, wrong form.", "数值正确，形式不符。"),
    "incorrect": Text("Not right.", "不正确。"),
}


def _awarded(outcome: Outcome, worth: Fraction) -> tuple[Operation, ...]:
    kind: Literal["award", "note"] = "award" if outcome.credit else "note"
    return (Operation(kind, worth * outcome.credit, _AWARDS[outcome.kind]),)


def _followed(
    verdict: Verdict, item: Item, index: int, answers: Sequence[Response], labels: Sequence[str], policy: Policy
) -> Verdict:
    """The verdict with marks for right working from the student's own earlier values, if that earns more."""
    reading = answers[index].reading
    assert isinstance(reading, Reading)
    best = verdict
    for carried, target in carried_targets(item.variant, index, answers):
        outcome = compare(reading, target, policy)
        gained = outcome.credit * verdict.worth
        penalty = gained * policy.carry_penalty
        if gained - penalty <= best.marks:
            continue
        names = tuple(labels[i] for i in carried)
        operations = [
            Operation(
                "carry",
                gained,
                Text(
                    f"Right from your own answer to {', '.join(names)}.",
                    f"按你在 {'、'.join(names)} 中的答案推算，结果正确。",
                ),
            )
        ]
        if penalty:
            rate = plain(policy.carry_penalty * 100)
            operations.append(
                Operation("deduct", penalty, Text(f"Carried error: minus {rate} %.", f"沿用错误：扣 {rate}%。"))
            )
        kind: VerdictKind = "partial" if outcome.kind == "correct" and penalty else outcome.kind
        best = replace(verdict, kind=kind, operations=tuple(operations), carried=names, notes=outcome.notes)
        if outcome.credit == 1:
            break
    return best
