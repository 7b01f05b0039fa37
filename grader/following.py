"""Follow-through: what a later part's answer would be, worked rightly from the student's own earlier values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.reading import Reading
from questions.key import Target, slack_of, split_answer, value_of
from questions.question import Part
from questions.variant import Variant, asked_before
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, each, elements, is_array, is_exact, is_number, same

if TYPE_CHECKING:
    from grader.diagnosing import Response

_NUDGE = Fraction(1, 16)  # by which a number is moved to see what depends on it
_LARGE = 10  # size of a number that no slip turns into 0 or 1
_SIZE = 3  # times the right size, or a third of it, that a slip may make of a number
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
    wrong = _wrong_before(variant, index, answers)
    choices = [tuple(wrong)] + ([(i,) for i in reversed(wrong)] if len(wrong) > 1 else [])
    for carried in choices:
        trace = run_from(variant, carried, answers) if carried else None
        if trace is None or not is_work(variant, index, trace):
            continue
        value = value_of(trace, part.answer)
        yield carried, replace(target, value=value)
        asked = asked_before(variant.question, part)
        yield carried, replace(target, value=value, slack=slack_of(trace, part.answer, target.precision, asked))


def is_work(variant: Variant, index: int, own: Trace) -> bool:
    """Whether a run from a student's own values leads to another answer to a part, and leaves something to work out for it."""
    part, target = variant.question.parts[index], variant.targets[index]
    assert variant.trace is not None
    assert part.answer is not None
    try:
        value = value_of(own, part.answer)
        halves = _counts(part) and any(isinstance(x, Fraction) for x in own.overrides.values())
        if same(value, target.value):
            return False
        slip = not halves and all(plausible(own[step], variant.trace[step]) for step in own.overrides)
        counts = _counts(part) and not halves
        if not slip and (trivial(value, target.value, counts=counts) or _stays_flat(own, variant.trace, value, target)):
            return False
        flat = any(saturated(own[step], variant.trace[step]) for step in own.overrides)
        return not (flat and deaf(own, variant.trace, part.answer))
    except StepError:
        return False


def _stays_flat(own: Trace, right: Trace, value: Value, target: Target) -> bool:
    """Whether zeros and ones have only led to zeros and ones, in numbers that are no counts."""
    if target.type in ("integer", "shape") or not _is_flat(value) or _is_flat(target.value):
        return False
    return any(_is_flat(own[step]) and not _is_flat(right[step]) for step in own.overrides)


def _wrong_before(variant: Variant, index: int, answers: Sequence[Response]) -> list[int]:
    """The wrong parts before one that its answer depends on; none that is made up, nor what may have followed from such."""
    assert variant.trace is not None
    derivation, parts = variant.trace.derivation, variant.question.parts
    step, _ = split_answer(parts[index].answer or "")
    upstream = derivation.upstream(step) - {step}
    steps = {
        i: needed
        for i in range(index)
        if (answer := parts[i].answer) is not None
        and (needed := split_answer(answer)[0]) in upstream
        and answers[i].wrong
    }
    hollow = derivation.downstream(
        needed
        for i, needed in steps.items()
        if _hollow(variant, i, answers[i]) or _from_nothing(variant, i, needed, answers)
    )
    return [i for i, needed in steps.items() if needed not in hollow]


def _hollow(variant: Variant, index: int, answer: Response) -> bool:
    """Whether a wrong answer is no number to work with, or one that nobody has worked for."""
    part, target = variant.question.parts[index], variant.targets[index]
    if not isinstance(answer.reading, Reading) or not target.slack or part.type == "expression":
        return False
    own, counts = answer.reading.value, _counts(part)
    if not _fits(own, target.value, counts=counts):
        return False
    return outlandish(own, target.value, counts=counts) or made_up(own, target.value, counts=counts)


def _from_nothing(variant: Variant, index: int, step: str, answers: Sequence[Response]) -> bool:
    """Whether a wrong answer is what comes of zeros, ones or something enormous in place of an earlier part without an answer.

    Who leaves the scores out and makes all weights equal has worked for neither.
    """
    assert variant.trace is not None
    target, reading = variant.targets[index], answers[index].reading
    if not isinstance(reading, Reading) or not target.slack or variant.question.parts[index].type == "expression":
        return False
    upstream = variant.trace.derivation.upstream(step) - {step}
    for i in range(index):
        answer = variant.question.parts[i].answer
        if answer is None or answers[i].outcome is not None or not variant.targets[i].slack:
            continue
        earlier, place = split_answer(answer)
        if earlier not in upstream or variant.question.parts[i].type == "expression":
            continue
        whole, key = variant.trace[earlier], variant.targets[i].value
        enormous = OUTLANDISH**2 * max(1, *(math.ceil(abs(as_float(x))) for x in elements(key)))
        for filler in (0, 1, enormous):
            filled = with_element(whole, place, filler) if place else _filled(whole, filler)
            try:
                value = value_of(variant.trace.putting({earlier: filled}), variant.question.parts[index].answer or "")
            except StepError:
                continue
            if replace(target, value=value).close(reading.value):
                return True
    return False


def _filled(value: Value, filler: int) -> Value:
    """The value with the same number in all of its places."""
    if isinstance(value, Shape):
        return Shape(filler for _ in value)
    return each(lambda _: filler, value)


def earlier_run(variant: Variant, index: int, answers: Sequence[Response]) -> Trace | None:
    """The run with the student's own wrong values of the parts before this one; None if there are none, or one cannot be carried."""
    part = variant.question.parts[index]
    wrong = _wrong_before(variant, index, answers) if part.answer is not None and variant.trace is not None else []
    return run_from(variant, wrong, answers) if wrong else None


def run_from(variant: Variant, carried: Sequence[int], answers: Sequence[Response]) -> Trace | None:
    """The derivation run with the student's values of these parts put in; None if one of them cannot be carried."""
    assert variant.trace is not None
    overrides: dict[str, Value] = {}
    for i in carried:
        part, reading = variant.question.parts[i], answers[i].reading
        assert part.answer is not None
        assert isinstance(reading, Reading)
        step, element = split_answer(part.answer)
        own, key = reading.value, variant.targets[i].value
        if not _fits(own, key, counts=_counts(part)) or outlandish(own, key, counts=_counts(part)):
            return None
        overrides[step] = with_element(overrides.get(step, variant.trace[step]), element, own) if element else own
    return variant.trace.derivation.run(variant.trace.givens, overrides=overrides, base=variant.trace)


def with_element(whole: Value, index: Sequence[Any], own: Value) -> Value:
    """The whole value with a number in one of its places."""
    if isinstance(whole, Shape):
        return Shape(own if i == index[0] else size for i, size in enumerate(whole))
    changed = whole.copy()
    changed[tuple(index)] = own
    changed.setflags(write=False)
    return changed


def _counts(part: Part) -> bool:
    """Whether a part asks for whole numbers; elsewhere a key may be whole by chance."""
    return part.type in ("integer", "shape")


def _fits(own: Value, key: Value, *, counts: bool) -> bool:
    """Whether the student's value is of the key's kind and size. A count that is no whole number has lost its marks; the working after it need not."""
    if is_array(key) or is_array(own):
        return is_array(key) and is_array(own) and own.shape == key.shape and all(is_number(x) for x in elements(own))
    if counts and is_number(key):
        return is_exact(own) and is_number(own)
    if not is_number(key):
        return type(own) is type(key)
    return is_number(own)


def outlandish(own: Value, key: Value, *, counts: bool) -> bool:
    """Whether a student's value is no number to work with: infinite, a count of nothing, far beyond the right one."""
    mine, right = [as_float(x) for x in elements(own)], [as_float(x) for x in elements(key)]
    if not all(map(math.isfinite, mine)):
        return True
    if counts and min(mine) <= 0 < min(right):
        return True
    return max(map(abs, mine), default=0) > OUTLANDISH * max(1.0, *map(abs, right))


def trivial(value: Value, key: Value, *, counts: bool) -> bool:
    """Whether carrying made the answer one that needs no work: all zeros, or saturated at 0 and 1, where the key is not.

    A count or a position of 0 or 1 is as good as any other, unless it was worked from half a position.
    """
    if counts:
        return False
    mine, right = [as_float(x) for x in elements(value)], [as_float(x) for x in elements(key)]
    if is_exact(key):
        return not any(mine) and any(right)
    return _flat(mine) and not _flat(right)


def made_up(own: Value, key: Value, *, counts: bool) -> bool:
    """Whether a student has zeros and ones only where the right value has others: no slip in real work leads there.

    A small number may come to 1 by a slip or by rounding, a count to 0 as well, and one exact number of several to either.
    """
    mine, right = [as_float(x) for x in elements(own)], [as_float(x) for x in elements(key)]
    if len(mine) != len(right) or not _flat(mine) or mine == right:
        return False
    if len(mine) > 1:
        differing = sum(x != y for x, y in zip(mine, right, strict=True))
        monotonous = len(set(mine)) == 1 < len(set(right))
        return (monotonous or not _flat(right)) and (differing > 1 or not is_exact(key))
    return abs(right[0]) >= _LARGE if counts or any(mine) else True


def plausible(own: Value, key: Value) -> bool:
    """Whether a student's value looks like a slip in real work: every number of about the right size, and not 0 or 1 where the right one isn't.

    Whoever makes up a value does not know the size; after a slip in a sign or a factor it is right, even if what follows is then all zeros.
    """
    mine, right = [as_float(x) for x in elements(own)], [as_float(x) for x in elements(key)]
    largest = max(map(abs, right), default=0.0)
    return len(mine) == len(right) and all(
        abs(a) == abs(b)
        or (_flat([a]) <= _flat([b]) and (abs(b) / _SIZE <= abs(a) <= abs(b) * _SIZE if b else abs(a) <= largest))
        for a, b in zip(mine, right, strict=True)
    )


def saturated(own: Value, key: Value) -> bool:
    """Whether a student has nothing but 0, or 0 and 1 where the right value has something between."""
    mine, right = [as_float(x) for x in elements(own)], [as_float(x) for x in elements(key)]
    return (not any(mine) and any(right)) or (not is_exact(key) and _flat(mine) and not _flat(right))


def deaf(own: Trace, right: Trace, answer: str, also: Sequence[str] = ()) -> bool:
    """Whether the student's own values have cut the answer off from something that it rightly depends on.

    With a forget gate of 1 and an input gate of 0, the new cell no longer depends on the candidate. `also` names steps that have the student's
    values themselves.
    """
    steps = own.derivation.upstream(split_answer(answer)[0]) - set(own.overrides)
    right = right.putting({step: right[step] for step in own.overrides})
    for name in (*own.givens, *sorted(steps), *also):
        for place in range(len(elements(own[name]))):
            if _hears(right, name, place, answer) and not _hears(own, name, place, answer):
                return True
    return False


def _hears(trace: Trace, name: str, place: int, answer: str) -> bool:
    """Whether the answer changes with one number of a given or an earlier step."""
    value = trace[name]
    number = elements(value)[place]
    if not is_number(number) or isinstance(value, Shape):
        return False
    moved = number + _NUDGE
    if is_array(value):
        moved = with_element(value, np.unravel_index(place, value.shape), moved)
    try:
        return not same(value_of(trace.putting({name: moved}), answer), value_of(trace, answer))
    except StepError:
        return False


def _is_flat(value: Value) -> bool:
    return _flat([as_float(x) for x in elements(value)])


def _flat(numbers: list[float]) -> bool:
    return all(min(abs(x), abs(x - 1), abs(x + 1)) < 1e-4 for x in numbers)
