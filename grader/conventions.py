"""Answers that are right under another convention than the question states: who has earned the share that the policy gives for them.

A diagnosis names conventions as it names misconceptions: by their answers, on all parts together, and on top of carried values. Marks need more than
a diagnosis does: numbers that chance, or the commonest slip, would hardly have hit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from grader.carrying import run_from
from grader.diagnosing import Diagnosis, Response
from grader.evidence import price, specificity
from grader.following import is_work
from grader.reading import Reading
from questions.key import Target
from questions.question import Part
from questions.variant import Variant
from solvers.derivation import is_convention
from solvers.values import as_float, elements, is_number

SURE = 7.0  # bits that have to be left over when the conventions tried have been paid for: one wrong number in 128
_NEXT = 3.0  # bits at most of a count that is one away from the right one, as it is for many reasons

Recognised = tuple[tuple[str, ...], tuple[int, ...]]
"""The conventions under which an answer is right, and the earlier parts whose values were carried for that."""


def recognised(
    variant: Variant, answers: Sequence[Response], diagnoses: Sequence[Diagnosis | None], followed: Collection[int]
) -> dict[int, Recognised]:
    """The parts that are right under other conventions beyond doubt; `followed` are right working from earlier values.

    What merely follows from an earlier answer bears nothing out, but is recognised with it.
    """
    named = {i: cause for i, diagnosis in enumerate(diagnoses) if diagnosis and (cause := _conventions(diagnosis))}
    sure: dict[int, Recognised] = {}
    for ids in dict.fromkeys(named.values()):
        parts = [i for i, cause in named.items() if cause == ids]
        bits = sum(_bits(variant, i, answers[i]) for i in parts if i not in followed)
        if bits - _cost(variant, ids) >= SURE:
            for i in parts:
                carried = _carried(diagnoses[i], ids)
                if _is_work(variant, i, answers, ids, carried):
                    sure[i] = ids, carried
    return sure


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


def _bits(variant: Variant, index: int, answer: Response) -> float:
    part, target = variant.question.parts[index], variant.targets[index]
    assert isinstance(answer.reading, Reading)
    bits = specificity(answer.reading, part, target)
    return min(bits, _NEXT * away) if (away := _one_away(part, target, answer.reading)) else bits


def _one_away(part: Part, target: Target, reading: Reading) -> int:
    """How many counts are just one away from the right ones; none if anything else is wrong."""
    given, right = elements(reading.value), elements(target.value)
    if part.type not in ("integer", "shape") or len(given) != len(right) or not all(map(is_number, (*given, *right))):
        return 0
    gaps = [abs(as_float(a) - as_float(b)) for a, b in zip(given, right, strict=True)]
    return sum(gap == 1 for gap in gaps) if set(gaps) <= {0.0, 1.0} else 0


def _is_work(
    variant: Variant, index: int, answers: Sequence[Response], ids: tuple[str, ...], carried: tuple[int, ...]
) -> bool:
    """Whether values carried for a part leave something to work out there, under the conventions as well."""
    if not carried:
        return True
    own = run_from(variant, carried, answers)
    if own is None:
        return False
    return is_work(variant, index, own.replacing(ids))
