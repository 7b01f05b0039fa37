"""Answers that are right under another convention than the question states: who has earned the share that the policy gives for them.

A diagnosis names conventions as it names misconceptions: by their answers, on all parts together, and on top of carried values. Marks need more than
a diagnosis does: numbers that chance, or the commonest slip, would hardly have hit; or that the convention is all that there is to say about the
whole question, with nothing else that explains its wrong answers, and none left over.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from grader.carrying import run_from
from grader.diagnosing import Diagnosis, Response
from grader.evidence import price, specificity
from grader.following import is_work, same_everywhere, worked_for_nothing
from grader.reading import Reading
from grader.runs import Runs, left_out
from questions.key import Target
from questions.question import Part
from questions.variant import Variant
from solvers.derivation import is_convention
from solvers.trace import quietly
from solvers.values import as_float, elements, is_number

TOLD = 4.0  # bits that a question's wrong numbers have to say for a convention to be named that nothing else bears out: a unit of a few is too little
SURE = 7.0  # bits that have to be left over when the conventions tried have been paid for: one wrong number in 128
_NEXT = 3.0  # bits at most of a count that is one away from the right one, as it is for many reasons

Recognised = tuple[tuple[str, ...], tuple[int, ...]]
"""The conventions under which an answer is right, and the earlier parts whose values were carried for that."""


def named(
    variant: Variant, answers: Sequence[Response], diagnoses: Sequence[Diagnosis | None]
) -> Sequence[Diagnosis | None]:
    """The diagnoses, with the convention under which the whole question is right where nothing else explains any of it.

    That a number is right under another convention is true whoever wrote it, and how: it asks for less than to say what somebody did wrong.
    """
    wrong = tuple(i for i, a in enumerate(answers) if a.mistaken and variant.question.parts[i].answer is not None)
    known = variant.trace.derivation.conventions if variant.trace is not None else ()
    if not wrong or not known or all(diagnoses[i] for i in wrong):
        return diagnoses
    with quietly():
        runs = Runs(variant, answers, wrong)
        left = [i for i in wrong if i not in runs.followed]
        bits = sum(specificity(runs.reading(i), variant.question.parts[i], variant.targets[i]) for i in left)
        if any(diagnoses[i] for i in left) or bits - math.log2(len(known)) < TOLD + left_out(variant, answers):
            return diagnoses
        fitting = [id for id in known if not runs.against((id,)) and all(runs.hit((id,), i) for i in left)]
    if not left or not fitting:
        return diagnoses
    id, *others = fitting
    hits = {i: hit for i in wrong if (hit := runs.hit((id,), i)) is not None}
    alike = tuple((other,) for other in others)
    return [Diagnosis((id,), alike, hits[i][1]) if i in hits else diagnoses[i] for i in range(len(answers))]


def recognised(
    variant: Variant, answers: Sequence[Response], diagnoses: Sequence[Diagnosis | None], followed: Collection[int]
) -> dict[int, Recognised]:
    """The parts that are right under other conventions beyond doubt; `followed` are right working from earlier values.

    What merely follows from an earlier answer bears nothing out, but is recognised with it.
    """
    causes = {i: cause for i, diagnosis in enumerate(diagnoses) if diagnosis and (cause := _conventions(diagnosis))}
    alone = {i: d for i, d in enumerate(diagnoses) if d is not None and i not in followed}
    sure: dict[int, Recognised] = {}
    for ids in dict.fromkeys(causes.values()):
        parts = [i for i, cause in causes.items() if cause == ids]
        # Beside a likelier mistake it has to explain as much: all that is explained.
        beside = any(alone[i].misconceptions != ids for i in parts if i in alone)
        if beside and not all(ids in (found.misconceptions, *found.alternatives) for found in alone.values()):
            continue
        bits = _bits(variant, answers, [i for i in parts if i not in followed])
        if bits - _cost(variant, ids) >= SURE or _is_all(variant, answers, diagnoses, followed, ids):
            for i in parts:
                carried = _carried(diagnoses[i], ids)
                if _is_work(variant, i, answers, ids, carried):
                    sure[i] = ids, carried
    return sure


def _is_all(
    variant: Variant,
    answers: Sequence[Response],
    diagnoses: Sequence[Diagnosis | None],
    followed: Collection[int],
    ids: tuple[str, ...],
) -> bool:
    """Whether these conventions, and nothing else, explain all that is wrong in the question. An option says too little: it may be a guess."""
    for i, (part, answer, diagnosis) in enumerate(zip(variant.question.parts, answers, diagnoses, strict=True)):
        if part.answer is None or i in followed or not (answer.wrong or answer.outcome is None):
            continue
        if diagnosis is None or diagnosis.misconceptions != ids or part.type == "choice":
            return False
        if any(not is_convention(id) for other in diagnosis.alternatives for id in other):
            return False
    return True


def _conventions(diagnosis: Diagnosis) -> tuple[str, ...]:
    """The likeliest cause that is nothing but other conventions. One that a misconception imitates counts for the student."""
    causes = (diagnosis.misconceptions, *diagnosis.alternatives)
    return next((ids for ids in causes if ids and all(map(is_convention, ids))), ())


def _carried(diagnosis: Diagnosis | None, ids: tuple[str, ...]) -> tuple[int, ...]:
    return diagnosis.carried if diagnosis is not None and diagnosis.misconceptions == ids else ()


def _cost(variant: Variant, ids: tuple[str, ...]) -> float:
    """What is paid for all the conventions that might have been hit."""
    known = variant.trace.derivation.conventions if variant.trace is not None else ()
    return price(ids, known, (len(known), len(known)), ())


def _bits(variant: Variant, answers: Sequence[Response], parts: Sequence[int]) -> float:
    """What these parts say together: a height that is one away says nothing more when the same width, or the shape, repeats it."""
    total, told = 0.0, set[tuple[float, float]]()
    for i in parts:
        part, target, reading = variant.question.parts[i], variant.targets[i], answers[i].reading
        assert isinstance(reading, Reading)
        bits = specificity(reading, part, target)
        away = _one_away(part, target, reading)
        total += min(bits, _NEXT * len(away - told)) if away else bits
        told |= away
    return total


def _one_away(part: Part, target: Target, reading: Reading) -> set[tuple[float, float]]:
    """The counts that are just one away from the right ones, and those; none if anything else is wrong."""
    given, right = elements(reading.value), elements(target.value)
    if part.type not in ("integer", "shape") or len(given) != len(right) or not all(map(is_number, (*given, *right))):
        return set()
    pairs = {(as_float(a), as_float(b)) for a, b in zip(given, right, strict=True) if a != b}
    return pairs if all(abs(a - b) == 1 for a, b in pairs) else set()


def _is_work(
    variant: Variant, index: int, answers: Sequence[Response], ids: tuple[str, ...], carried: tuple[int, ...]
) -> bool:
    """Whether values carried for a part leave something to work out there, under the conventions as well."""
    if not carried:
        return True
    if same_everywhere(variant, answers) or any(worked_for_nothing(variant, i, answers) for i in carried):
        return False
    own = run_from(variant, carried, answers)
    if own is None:
        return False
    return is_work(variant, index, own.replacing(ids))
