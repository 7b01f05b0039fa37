"""Follow-through: what a later part's answer would be, worked rightly from the student's own earlier values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from grader.reading import Reading
from questions.key import Target, slack_of, split_answer, value_of
from questions.variant import Variant
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, elements, is_array, is_exact, is_number, same

if TYPE_CHECKING:
    from grader.diagnosing import Response

OUTLANDISH = 1000  # times the key's size beyond which a student's value is not carried


def carried_targets(
    variant: Variant, index: int, answers: Sequence[Response]
) -> Iterator[tuple[tuple[int, ...], Target]]:
    """The keys of a part under the student's own earlier wrong values: all of them together, then each alone.

    Each comes with the indices of the parts carried; first with the original slack, then, for who needs it, with the slack that rounding has
    in this run. Values that make the part trivial are not carried.
    """
    part, target = variant.question.parts[index], variant.targets[index]
    if variant.trace is None or part.answer is None or not target.slack or part.type == "expression":
        return
    step, _ = split_answer(part.answer)
    upstream = variant.trace.derivation.upstream(step) - {step}
    wrong = [
        i
        for i in range(index)
        if (answer := variant.question.parts[i].answer) is not None
        and split_answer(answer)[0] in upstream
        and answers[i].wrong
    ]
    choices = [tuple(wrong)] + ([(i,) for i in reversed(wrong)] if len(wrong) > 1 else [])
    for carried in choices:
        trace = run_from(variant, carried, answers) if carried else None
        if trace is None:
            continue
        try:
            value = value_of(trace, part.answer)
            if trivial(value, target.value) or same(value, target.value):
                continue
        except StepError:
            continue
        yield carried, replace(target, value=value)
        yield carried, replace(target, value=value, slack=slack_of(trace, part.answer, target.precision))


def run_from(variant: Variant, carried: Sequence[int], answers: Sequence[Response]) -> Trace | None:
    """The derivation run with the student's values of these parts put in; None if one of them cannot be carried."""
    assert variant.trace is not None
    overrides: dict[str, Value] = {}
    for i in carried:
        answer = variant.question.parts[i].answer
        reading = answers[i].reading
        assert answer is not None
        assert isinstance(reading, Reading)
        step, element = split_answer(answer)
        own, key = reading.value, variant.targets[i].value
        if not _fits(own, key) or outlandish(own, key):
            return None
        overrides[step] = _with_element(overrides.get(step, variant.trace[step]), element, own) if element else own
    return variant.trace.derivation.run(variant.trace.givens, overrides=overrides, base=variant.trace)


def _with_element(whole: Value, index: tuple[int, ...], own: Value) -> Value:
    """The whole value with the student's number in the place that was asked for."""
    if isinstance(whole, Shape):
        return Shape(own if i == index[0] else size for i, size in enumerate(whole))
    changed = whole.copy()
    changed[index] = own
    changed.setflags(write=False)
    return changed


def _fits(own: Value, key: Value) -> bool:
    """Whether the student's value is of the key's kind and size."""
    if is_array(key):
        return is_array(own) and own.shape == key.shape and all(is_number(x) for x in elements(own))
    return type(own) is type(key) or (
        is_number(own) and is_number(key) and not (isinstance(key, int) and isinstance(own, float))
    )


def outlandish(own: Value, key: Value) -> bool:
    """Whether a student's value is so empty, so large or so saturated that the rest would be marks for nothing."""
    mine, right = [as_float(x) for x in elements(own)], [as_float(x) for x in elements(key)]
    if not all(map(math.isfinite, mine)):
        return True
    if not any(mine) and any(right):
        return True
    if _counts(key) and min(mine) <= 0 < min(right):
        return True
    if not is_exact(key) and _flat(mine) and not _flat(right):
        return True
    return max(map(abs, mine), default=0) > OUTLANDISH * max(1.0, *map(abs, right))


def _counts(key: Value) -> bool:
    return isinstance(key, (int, Shape)) and not isinstance(key, bool)


def trivial(value: Value, key: Value) -> bool:
    """Whether carrying made the answer one that needs no work: all zeros, or saturated at 0 and 1, where the key is not."""
    mine, right = [as_float(x) for x in elements(value)], [as_float(x) for x in elements(key)]
    return _flat(mine) and not _flat(right)


def _flat(numbers: list[float]) -> bool:
    return all(min(abs(x), abs(x - 1), abs(x + 1)) < 1e-4 for x in numbers)
