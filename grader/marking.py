"""Marks: every verdict carries the operations that made its marks, and one fold turns them into a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import Literal

from grader.comparing import compare
from grader.comparing.numbers import ROUNDED, TOO_ROUGH
from grader.comparing.rearranged import OTHER_PLACES
from grader.conventions import named, recognised
from grader.diagnosing import Diagnosis, Response, diagnose
from grader.following import carried_targets, earlier_run, rested_on
from grader.implied import Along, along
from grader.outcome import Likeness, Outcome
from grader.reading import Blank, Reading, Unreadable, read
from grader.working import Working, read_answer, step_marks, walk
from questions.blueprint import Policy
from questions.exam import Item
from questions.key import Target
from questions.question import Part
from questions.variant import Variant
from solvers.derivation import is_convention
from solvers.text import Text
from solvers.trace import StepError
from solvers.values import as_float, elements, is_number, plain

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
    bank's words, which may hold formulas. `working` are the lines of a response that shows how its answer came about.
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
    working: Working | None = None

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
        read_answer(responses.get(label, ""), variant, i, partial(read_for, target=target))
        for i, (label, target) in enumerate(zip(labels, variant.targets, strict=True))
    ]
    outcomes = [
        compare(reading, target, policy) if isinstance(reading, Reading) else None
        for reading, target in zip(readings, variant.targets, strict=True)
    ]
    answers = [Response(reading, outcome) for reading, outcome in zip(readings, outcomes, strict=True)]
    diagnoses = named(variant, answers, diagnose(variant, answers))
    plainly = [
        _verdict(labels[i], responses.get(labels[i], ""), readings[i], outcomes[i], item.worth(part))
        for i, part in enumerate(parts)
    ]
    followed = {
        i: verdict
        for i, answer in enumerate(answers)
        if answer.wrong and (verdict := _followed(plainly[i], item, i, answers, labels, policy)).carried
    }
    elsewhere = recognised(variant, answers, diagnoses, followed)
    whole = {i for i, verdict in followed.items() if _follows(verdict, policy)}
    after = along(variant, answers, diagnoses, whole) if policy.follow_through else {}
    verdicts = []
    for i, verdict in enumerate(plainly):
        best = followed.get(i, verdict) if policy.follow_through else verdict
        if i in elsewhere and not _follows(best, policy):
            best = _recognised(best, verdict, tuple(labels[j] for j in elsewhere[i][1]), policy)
        if i in after:
            best = _along(best, answers[i], after[i], diagnoses[after[i].first], labels, policy)
        if best.carried and _is_below_all(answers[i], variant, i):
            best = replace(best, notes=(*best.notes, _NEGATIVE))
        verdicts.append(_with_cause(best, None if _follows(best, policy) else diagnoses[i]))
    return tuple(_worked(verdict, item, i, answers, policy) for i, verdict in enumerate(verdicts))


_NEGATIVE = Text(
    "It is negative, though: if that cannot be, an answer that it rests on cannot be right either.",
    "不过这个结果是负数：如果该量不可能为负，它所依据的答案也就不可能正确。",
)


def _is_below_all(answer: Response, variant: Variant, index: int) -> bool:
    """Whether a whole number is negative where the right one is not, nor any number that it is made of."""
    target = variant.targets[index]
    if target.type != "integer" or not isinstance(answer.reading, Reading) or variant.trace is None:
        return False
    givens = (x for value in variant.trace.givens.values() for x in elements(value))
    if any(is_number(x) and as_float(x) < 0 for x in givens):
        return False
    return as_float(answer.reading.value) < 0 <= as_float(target.value)


def _follows(verdict: Verdict, policy: Policy) -> bool:
    """Whether an answer is wholly right working from what came before."""
    return bool(verdict.carried) and verdict.marks == verdict.worth * (1 - policy.carry_penalty)


def _with_cause(verdict: Verdict, cause: Diagnosis | None) -> Verdict:
    """The verdict with what led to it. A number that a mistake explains is not called a rounded right one as well, nor described twice."""
    if cause is None:
        return replace(verdict, diagnosis=None)
    likeness = [note for note in verdict.notes if isinstance(note, Likeness) and note != OTHER_PLACES]
    if likeness and cause.misconceptions == ("slip/order",):  # which other order it is
        cause = replace(cause, details=(*cause.details, ("slip/order", likeness[0])))
    notes = (n for n in verdict.notes if n not in (ROUNDED, TOO_ROUGH) and not isinstance(n, Likeness))
    return replace(verdict, diagnosis=cause, notes=tuple(notes))


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
        names = tuple(labels[i] for i in carried)
        said = partial(_carried_on, item.variant, index, carried, answers, labels)
        best = _carried(best, reading, target, names, said, policy)
        if _follows(best, policy):
            break
    return best


def _along(
    best: Verdict,
    answer: Response,
    mistake: Along,
    cause: Diagnosis | None,
    labels: Sequence[str],
    policy: Policy,
) -> Verdict:
    """The verdict with marks for right working after a mistake that an earlier answer shows, if that earns more."""
    assert isinstance(answer.reading, Reading)
    name = labels[mistake.first]
    told = (cause.misconceptions, *cause.alternatives) if cause is not None and not cause.carried else ()
    agreed = bool(told) and all(is_convention(id) for ids in told for id in ids)
    said = partial(_same_convention if agreed else _same_mistake, name)
    return _carried(best, answer.reading, mistake.key, (name,), said, policy)


def _carried(
    best: Verdict, reading: Reading, target: Target, names: tuple[str, ...], said: Callable[..., Text], policy: Policy
) -> Verdict:
    """The verdict with marks by the key that earlier answers lead to, if they are more."""
    outcome = compare(reading, target, policy)
    gained = outcome.credit * best.worth
    penalty = gained * policy.carry_penalty
    if gained - penalty <= best.marks:
        return best
    operations = [Operation("carry", gained, said(whole=outcome.credit == 1))]
    if penalty:
        operations.append(_penalty(penalty, policy))
    kind: VerdictKind = "partial" if outcome.kind == "correct" and penalty else outcome.kind
    return replace(best, kind=kind, operations=tuple(operations), carried=names, notes=outcome.notes)


def _same_mistake(name: str, *, whole: bool) -> Text:
    """What is said of an answer that is right, or partly, after a mistake on the way to an earlier one."""
    if whole:
        return Text(f"Right after the same mistake as in {name}.", f"沿用 {name} 中的同一处错误推算，结果正确。")
    return Text(f"Partly right after the same mistake as in {name}.", f"沿用 {name} 中的同一处错误推算，结果部分正确。")


def _same_convention(name: str, *, whole: bool) -> Text:
    """What is said of an answer that is right, or partly, under the other convention that an earlier one was given in."""
    if whole:
        return Text(f"Right under the same convention as in {name}.", f"沿用 {name} 中的约定推算，结果正确。")
    return Text(f"Partly right under the same convention as in {name}.", f"沿用 {name} 中的约定推算，结果部分正确。")


def _carried_on(
    variant: Variant,
    index: int,
    carried: tuple[int, ...],
    answers: Sequence[Response],
    labels: Sequence[str],
    *,
    whole: bool,
) -> Text:
    """What is said of an answer that is right, or partly, from the student's own answers to these parts."""
    told = rested_on(variant, index, carried, answers)
    names, kinds = [labels[i] for i in told], {variant.question.parts[i].type for i in told}
    en, zh = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names), "、".join(names)
    if kinds == {"expression"}:
        own = Text(f"your own formula{'s' * (len(names) > 1)} in {en}", f"你在 {zh} 中写的式子")
    elif kinds == {"choice"}:
        own = Text(f"the option{'s' * (len(names) > 1)} you chose in {en}", f"你在 {zh} 中所选的选项")
    else:
        own = Text(f"your own answer{'s' * (len(names) > 1)} to {en}", f"你在 {zh} 中的答案")
    if whole:
        return Text(f"Right from {own.en}.", f"按{own.zh}推算，结果正确。")
    return Text(f"Partly right from {own.en}.", f"按{own.zh}推算，结果部分正确。")


_SLIPS = ("arithmetic", "numbers")
"""Faults of a line that no misconception is the cause of."""
ELSEWHERE = Text(
    "Right under another convention than the question states.", "在另一种约定下正确，但与题目规定的约定不同。"
)
"""What is said of an answer that has earned the policy's share for conventions."""


def _recognised(best: Verdict, plainly: Verdict, carried: tuple[str, ...], policy: Policy) -> Verdict:
    """The verdict with the share for an answer that is right under another convention, if that earns as much; said in any case."""
    if carried and not policy.follow_through:
        return best
    gained = plainly.worth * policy.conventions
    penalty = gained * policy.carry_penalty if carried else Fraction(0)
    if not gained or gained - penalty < best.marks:
        note = Operation("note", Fraction(0), ELSEWHERE)
        return replace(best, operations=(*best.operations, note))
    operations = [Operation("award", gained, ELSEWHERE)]
    if penalty:
        operations.append(_penalty(penalty, policy))
    kind: VerdictKind = "correct" if gained - penalty == plainly.worth else "partial"
    return replace(plainly, kind=kind, operations=tuple(operations), carried=carried, notes=())


def _penalty(marks: Fraction, policy: Policy) -> Operation:
    rate = plain(policy.carry_penalty * 100)
    return Operation("deduct", marks, Text(f"Carried error: minus {rate}%.", f"沿用错误：扣 {rate}%。"))


# ------------------------------------------------------------------------------------------------------ shown working


_NOT_SHOWN = Text(
    "The working was asked for; marks are given for the steps shown.", "题目要求写出过程，按写出的步骤给分。"
)


def _worked(verdict: Verdict, item: Item, index: int, answers: Sequence[Response], policy: Policy) -> Verdict:
    """The verdict with the working of its response walked, its marks by steps where the part gives them, and the cause that it shows."""
    variant, part = item.variant, item.variant.question.parts[index]
    if verdict.kind == "blank":
        return verdict
    working = walk(variant, index, verdict.response, partial(earlier_run, variant, index, answers))
    verdict = replace(verdict, working=working)
    if part.working:
        verdict = _by_steps(verdict, item, part, policy)
    if working is None or verdict.marks == verdict.worth:
        return verdict
    wrong = working.first_wrong
    if any(operation.text is ELSEWHERE for operation in verdict.operations):
        # Which convention that is stands in the diagnosis; a slip of arithmetic is none of the other causes.
        return _by_convention_only(verdict) if wrong is not None and wrong.fault in _SLIPS else verdict
    if wrong is not None:
        # A number that comes of a wrong line is no rounded right one, near as it may lie.
        verdict = replace(verdict, notes=tuple(note for note in verdict.notes if note not in (ROUNDED, TOO_ROUGH)))
    if wrong is None:
        # Who stops at an earlier step has not taken its value for the answer.
        return replace(verdict, diagnosis=None) if working.ends_early(part.answer or "") else verdict
    if wrong.misconceptions:
        first, *others = wrong.misconceptions
        shown = replace(verdict, diagnosis=Diagnosis((first,), tuple((other,) for other in others)))
        return _recognised(shown, shown, (), policy) if _is_right_by(first, variant, index, answers[index]) else shown
    return replace(verdict, diagnosis=None) if wrong.fault in _SLIPS else verdict


def _by_convention_only(verdict: Verdict) -> Verdict:
    """The verdict with no other cause than conventions."""
    found = verdict.diagnosis
    causes = (
        []
        if found is None
        else [ids for ids in (found.misconceptions, *found.alternatives) if all(map(is_convention, ids))]
    )
    return replace(verdict, diagnosis=Diagnosis(causes[0], tuple(causes[1:])) if causes else None)


def _is_right_by(id: str, variant: Variant, index: int, answer: Response) -> bool:
    """Whether an answer is right under this convention, if it is one."""
    if not is_convention(id) or not isinstance(answer.reading, Reading):
        return False
    try:
        value = variant.misled((id,), index)
    except StepError:
        return False
    return value is not None and replace(variant.targets[index], value=value).close(answer.reading.value)


def _by_steps(verdict: Verdict, item: Item, part: Part, policy: Policy) -> Verdict:
    """The verdict with what the steps earn, if that is more than the answer alone, or the working is required."""
    assert item.variant.trace is not None
    derivation, credit = item.variant.trace.derivation, verdict.marks / verdict.worth
    earned = step_marks(part, verdict.worth, derivation, verdict.working, credit, follow=policy.follow_through)
    penalty = sum((step.marks for step in earned if step.carried), Fraction(0)) * policy.carry_penalty
    total = sum((step.marks for step in earned), Fraction(0)) - penalty
    if total <= verdict.marks and not part.working_required:
        return verdict
    operations = [Operation("carry" if step.carried else "award", step.marks, step.text) for step in earned]
    if penalty:
        rate = plain(policy.carry_penalty * 100)
        operations.append(
            Operation("deduct", penalty, Text(f"Carried error: minus {rate}%.", f"沿用错误：扣 {rate}%。"))
        )
    if total < verdict.worth and part.working_required:
        operations.append(Operation("note", Fraction(0), _NOT_SHOWN))
    kind: VerdictKind = "correct" if total == verdict.worth else "partial" if total else "incorrect"
    return replace(verdict, kind=verdict.kind if verdict.kind == "unreadable" else kind, operations=tuple(operations))
