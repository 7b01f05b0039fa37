"""A mistake on the way to a wrong answer, in a step that no part asks for: later parts may be right working from it.

Who goes wrong once, in a step that two answers need, has gone wrong once. Where a misconception explains both, and neither its own, it is that
one. Else what the step came to cannot be read, but the first wrong answer shows it: it is the value that leads there. A later answer that follows
from the same value, in more digits than chance would hit, is right working.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from grader.evidence import specificity
from grader.following import same_everywhere, worked_for_nothing
from grader.gaming import OUTLANDISH, made_up, outlandish
from grader.reading import Reading
from questions.key import Target, slack_of, split_answer, value_of
from questions.question import NUMERIC, Part
from questions.variant import Variant, asked_before
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, elements, is_array, is_exact, is_number, tidy, with_element

if TYPE_CHECKING:
    from grader.diagnosing import Diagnosis, Response

_SURE = 2.0  # bits by which the answers have to say more than how many numbers on the way were tried
_MOST = 24  # numbers on the way that are tried
_TURNS = 12  # steps of the secant method
_NEAR = 1e-3  # of the slack within which the wrong answer has to be met
_NUDGE = Fraction(1, 64)  # of its size by which a number is moved first
_ASIDE = Fraction(1, 8)  # of its size on either side, where nothing changes beside the right one


@dataclass(frozen=True)
class _Shown:
    """A number on the way and what the wrong answer shows of it: the run with its value, and the runs at both ends of what rounding leaves open."""

    step: str
    run: Trace
    ends: tuple[Trace, ...]


@dataclass(frozen=True)
class Along:
    """The key of a part with a mistake on the way to an earlier one, and the index of that."""

    first: int
    key: Target


def along(
    variant: Variant, answers: Sequence[Response], diagnoses: Sequence[Diagnosis | None], followed: Set[int]
) -> dict[int, Along]:
    """The wrong parts that are right working after a mistake in a step that no part asks for, as an earlier wrong answer shows it.

    `followed` are right from earlier answers themselves: they show nothing of such a mistake, and bear none out.
    """
    parts = variant.question.parts
    numbers = [i for i, a in enumerate(answers) if a.mistaken and parts[i].answer and parts[i].type in NUMERIC]
    if variant.trace is None or len(numbers) < 2 or same_everywhere(variant, answers):
        return {}
    hollow = variant.trace.derivation.downstream(
        _step(parts[i])
        for i, answer in enumerate(answers)
        if answer.wrong and parts[i].answer and worked_for_nothing(variant, i, answers)
    )
    numbers = [i for i in numbers if _step(parts[i]) not in hollow]
    first = next((i for i in numbers if i not in followed), None)
    if first is None:
        return {}
    later = [i for i in numbers if i > first and _is_another(parts[first], parts[i])]
    keys = _by_the_cause(variant, first, later, diagnoses)
    later = [i for i in later if i not in keys]
    if not set(later) <= followed:
        keys |= _after(variant, first, later, answers, followed)
    return {i: Along(first, key) for i, key in keys.items()}


def _step(part: Part) -> str:
    """The step that a part asks for."""
    return split_answer(part.answer or "")[0]


def _by_the_cause(
    variant: Variant, first: int, later: Sequence[int], diagnoses: Sequence[Diagnosis | None]
) -> dict[int, Target]:
    """The keys of the later parts with the cause that they have in common with the first, where all that it changes for them comes before that."""
    trace, parts, cause = variant.trace, variant.question.parts, diagnoses[first]
    assert trace is not None
    known = trace.derivation.misconceptions
    if cause is None or cause.carried or not set(cause.misconceptions) <= set(known):
        return {}
    run = trace.replacing(cause.misconceptions)
    changed = {step for id in cause.misconceptions for step in known[id].rules}
    before, keys = _up_to(run, parts[first]), {}
    for i in later:
        own = diagnoses[i]
        same = own is not None and own.misconceptions == cause.misconceptions and not own.carried
        if same and not _is_whole(parts[i], parts[first]) and changed & _up_to(run, parts[i]) <= before:
            with suppress(StepError):
                keys[i] = _key(variant, i, run)
    return keys


def _up_to(run: Trace, part: Part) -> Set[str]:
    """The step that a part asks for, and those before it."""
    return run.derivation.upstream(_step(part)) | {_step(part)}


def _after(
    variant: Variant, first: int, later: Sequence[int], answers: Sequence[Response], followed: Set[int]
) -> dict[int, Target]:
    """The keys of the later parts that follow from the number on the way which explains them best, if they say enough."""
    tried = list(_on_the_way(variant, first, [i for i in later if i not in followed]))
    mine, right = _reading(answers[first]).value, variant.targets[first].value
    if not 0 < len(tried) <= _MOST or len(elements(mine)) != len(elements(right)):
        return {}
    best, most, spare = dict[int, Target](), _SURE + math.log2(len(tried)), _spare(variant, first, answers)
    for step, place in tried:
        for shown in _shown_by(variant, first, answers, step, place):
            if not _fits_the_rest(variant, first, answers, shown):
                continue
            keys = _keys(variant, later, answers, shown)
            bits = spare + sum(
                specificity(
                    _reading(answers[i]), variant.question.parts[i], replace(variant.targets[i], slack=key.slack)
                )
                for i, key in keys.items()
                if i not in followed
            )
            if not set(keys) <= followed and bits >= most:
                best, most = keys, bits
    return best


def _reading(answer: Response) -> Reading:
    assert isinstance(answer.reading, Reading)
    return answer.reading


def _spare(variant: Variant, first: int, answers: Sequence[Response]) -> float:
    """Bits of the wrong numbers in the first answer beside the one that shows the slip."""
    part, target, reading = variant.question.parts[first], variant.targets[first], _reading(answers[first])
    wrong = sum(gap > 1 for gap in _gaps(reading, target))
    return specificity(reading, part, target) * (wrong - 1) / wrong if wrong else 0.0


def _gaps(reading: Reading, target: Target) -> list[float]:
    """How many slacks each number lies away from the right one."""
    numbers = zip(elements(reading.value), elements(target.value), target.slack, strict=True)
    return [abs(as_float(mine) - as_float(key)) / (float(slack) or _NEAR) for mine, key, slack in numbers]


def _is_another(first: Part, later: Part) -> bool:
    """Whether two parts do not ask for the same answer once more, or a part of it."""
    (step, place), (end, _) = split_answer(first.answer or ""), split_answer(later.answer or "")
    return step != end or bool(place)


def _is_whole(later: Part, first: Part) -> bool:
    """Whether a part asks for all numbers of a step of which another asks for one: what is done wrongly in each of them is no later use of it."""
    (step, place), (end, element) = split_answer(first.answer or ""), split_answer(later.answer or "")
    return step == end and bool(place) and not element


def _on_the_way(variant: Variant, first: int, later: Sequence[int]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The numbers in steps that no part asks for, and the first part and a later one need."""
    trace, parts = variant.trace, variant.question.parts
    assert trace is not None
    derivation = trace.derivation
    ends = [split_answer(part.answer)[0] if part.answer else None for part in parts]
    needed = set().union(*(derivation.upstream(end) for i in later if (end := ends[i])))
    both = needed & derivation.upstream(ends[first] or "") - set(ends)
    for name in derivation.steps:
        if name not in both:
            continue
        value = trace[name]
        if isinstance(value, Shape) or not all(map(is_number, elements(value))):
            continue
        yield from ((name, place) for place in (np.ndindex(value.shape) if is_array(value) else [()]))


def _shown_by(
    variant: Variant, first: int, answers: Sequence[Response], step: str, place: tuple[int, ...]
) -> Iterator[_Shown]:
    """What a wrong answer shows of a number on the way: the values of it that lead there, but for those that nobody works with."""
    trace, target, reading = variant.trace, variant.targets[first], _reading(answers[first])
    answer = variant.question.parts[first].answer
    assert trace is not None
    assert answer is not None
    gaps = _gaps(reading, target)
    at = gaps.index(max(gaps))
    slack, whole = float(target.slack[at]), trace[step]
    right = whole[place] if place else whole

    def run(number: Value) -> Trace:
        return trace.putting({step: with_element(whole, place, number) if place else number})

    def led_to(number: Value) -> Value:
        return elements(value_of(run(number), answer))[at]

    for number, slope in _leading(led_to, right, elements(reading.value)[at], slack or _NEAR):
        if outlandish(number, right, counts=False) or made_up(number, right, counts=False):
            continue
        try:
            if not replace(target, value=value_of(run(number), answer)).close(reading.value):
                continue
        except StepError:
            continue
        reach = slack / abs(as_float(slope)) if slope else 0
        ends = (run(as_float(number) - reach), run(as_float(number) + reach)) if reach else ()
        yield _Shown(step, run(number), ends)


def _leading(
    led_to: Callable[[Value], Value], right: Value, wanted: Value, slack: float
) -> Iterator[tuple[Value, Value]]:
    """Numbers that lead to a value, each with the slope there: the right one's negative, of a whole one its neighbours, and what secants come to.

    Beside a right number where nothing changes, as at a mean, they start on either side of it.
    """
    whole = is_exact(right) and right == int(right)
    for number in (-right, *((right + 1, right - 1) if whole else ())):
        with suppress(StepError, OverflowError):
            if abs(as_float(led_to(number)) - as_float(wanted)) <= slack:
                yield number, 0
    with suppress(StepError, OverflowError):
        nudge, aside = (_part(right, share) for share in (_NUDGE, _ASIDE))
        key, above, below = led_to(right), led_to(right + nudge), led_to(right - nudge)
        starts = [(right, right + nudge)]
        if (above > key) == (below > key):
            starts = [(right + aside, right + 2 * aside), (right - aside, right - 2 * aside)]
        for start, ahead in starts:
            found = _by_secants(led_to, start, ahead, wanted, _NEAR * slack)
            if found is not None:
                yield found


def _part(number: Value, share: Fraction) -> Value:
    """A share of a number's size, of 1 for nothing, exact where the number is."""
    return (share if is_exact(number) else float(share)) * (abs(number) or 1)


def _by_secants(
    led_to: Callable[[Value], Value], start: Value, ahead: Value, wanted: Value, near: float
) -> tuple[Value, Value] | None:
    """The number that leads to a value, by the secant method from two numbers, and the slope there; None where it does not get there."""
    x, y = start, led_to(start)
    for _ in range(_TURNS):
        if ahead == x or abs(as_float(ahead)) > OUTLANDISH * max(1.0, abs(as_float(start))):
            return None
        value = led_to(ahead)
        slope = (value - y) / (ahead - x)
        if not slope or not math.isfinite(slope):
            return None
        if abs(as_float(value) - as_float(wanted)) <= near:
            return ahead, slope
        x, y, ahead = ahead, value, tidy(ahead + (wanted - value) / slope)
    return None


def _fits_the_rest(variant: Variant, first: int, answers: Sequence[Response], shown: _Shown) -> bool:
    """Whether no right answer would be wrong with the slip."""
    below = shown.run.derivation.downstream([shown.step])
    for i, (part, target, answer) in enumerate(zip(variant.question.parts, variant.targets, answers, strict=True)):
        if i == first or part.answer is None or part.type not in NUMERIC or answer.mistaken or answer.outcome is None:
            continue
        if split_answer(part.answer)[0] in below:
            try:
                if not target.close(value_of(shown.run, part.answer)):
                    return False
            except StepError:
                return False
    return True


def _keys(variant: Variant, later: Sequence[int], answers: Sequence[Response], shown: _Shown) -> dict[int, Target]:
    """The keys of the later parts whose answers are right with the slip."""
    keys = {}
    for i in later:
        try:
            key = _key(variant, i, shown.run, shown.ends)
        except StepError:
            continue
        if key.close(_reading(answers[i]).value) and not variant.targets[i].close(key.value):
            keys[i] = key
    return keys


def _key(variant: Variant, index: int, run: Trace, others: Sequence[Trace] = ()) -> Target:
    """The key of a later part in a run, with the slack that others add which it might have been as well. Raises StepError where it has none."""
    part, target = variant.question.parts[index], variant.targets[index]
    assert part.answer is not None
    value = value_of(run, part.answer)
    asked = asked_before(variant.question, part)
    slack = slack_of(run, part.answer, target.precision, asked)
    ends = [elements(value_of(other, part.answer)) for other in others]
    drift = [
        max((abs(as_float(end[i]) - as_float(x)) for end in ends), default=0) for i, x in enumerate(elements(value))
    ]
    return replace(target, value=value, slack=tuple(s + d if d else s for s, d in zip(slack, drift, strict=True)))
