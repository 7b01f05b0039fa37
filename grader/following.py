"""Follow-through: what a later part's answer would be, worked rightly from the student's own earlier answers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from grader.carrying import (
    formula_at,
    in_numbers,
    is_a_mistake,
    is_of_no_use,
    key_value,
    own_formula,
    own_value,
    run_from,
)
from grader.gaming import (
    OUTLANDISH,
    constant,
    counts,
    floats,
    is_one_number,
    is_repeated,
    leaves_work,
    made_up,
    outlandish,
    too_short,
    trivial,
)
from grader.reading import Reading
from questions.key import Precision, Target, close_to, slack_of, split_answer, value_of, within
from questions.points import formula_slack, values_at
from questions.question import NUMERIC, Part
from questions.variant import Variant, asked_before, precision_of
from solvers.expression import Node, parse
from solvers.trace import StepError, Trace, Undefined
from solvers.values import Shape, Value, array, each, elements, is_exact, same, with_element

if TYPE_CHECKING:
    from grader.diagnosing import Response

_SHOWN = Precision(significant=4)  # digits of an option that has no others
_NOTHING = 1e-3  # size of a number below which it may as well be 0
_BY_CHANCE = 2  # wrong answers of which one may follow rightly from the other
_MOST_UNDEFINED = 2  # a formula may have no value at one of so many points


def carried_targets(
    variant: Variant, index: int, answers: Sequence[Response]
) -> Iterator[tuple[tuple[int, ...], Target]]:
    """The keys of a part under the student's own earlier wrong answers: all of them together, then each alone.

    Each comes with the indices of the parts carried; numbers first with the original slack, then, for who needs it, with the slack that rounding
    has in this run. Answers that make the part trivial are not carried.
    """
    part, target = variant.question.parts[index], variant.targets[index]
    if variant.trace is None or part.answer is None:
        return
    wrong = _wrong_before(variant, index, answers) if not same_everywhere(variant, answers) else []
    choices = [tuple(wrong)] + ([(i,) for i in reversed(wrong)] if len(wrong) > 1 else [])
    for carried in choices:
        run = run_from(variant, carried, answers) if carried else None
        if run is None or not (is_work(variant, index, run) or _is_misled(variant, index, carried, answers, run)):
            continue
        own = _for_part(part, run)
        key = key_under(variant, index, own)
        yield carried, key
        if part.type in NUMERIC:
            asked = asked_before(variant.question, part)
            yield carried, replace(target, value=key.value, slack=slack_of(own, part.answer, target.precision, asked))


def rested_on(variant: Variant, index: int, carried: tuple[int, ...], answers: Sequence[Response]) -> tuple[int, ...]:
    """Those of the parts carried for another on which its answer rests: what reaches it only through later ones, or not at all, is left out."""
    expected = _carried_key(variant, index, carried, answers)
    for one in carried:
        rest = tuple(i for i in carried if i != one)
        found = _carried_key(variant, index, rest, answers) if rest else None
        if found is not None and expected is not None and same(found, expected):
            carried = rest
    return carried


def _carried_key(variant: Variant, index: int, carried: Sequence[int], answers: Sequence[Response]) -> Value | None:
    """What a part's answer would be from the student's own to others, if anything."""
    run = run_from(variant, carried, answers)
    if run is None:
        return None
    try:
        return key_under(variant, index, _for_part(variant.question.parts[index], run)).value
    except StepError:
        return None


def _is_misled(variant: Variant, index: int, carried: Sequence[int], answers: Sequence[Response], own: Trace) -> bool:
    """Whether misconceptions lead to all that is carried: what is left to work out then may be little, as after any slip."""
    return is_work(variant, index, own, slip=True) and all(
        (value := own_value(variant, i, answers[i])) is not None and is_a_mistake(variant, i, value) for i in carried
    )


def _for_part(part: Part, run: Trace) -> Trace:
    """A run as a part needs it: in formulas where one is asked for, else in numbers."""
    return run if part.type == "expression" else in_numbers(run)


def is_work(variant: Variant, index: int, own: Trace, *, slip: bool = False) -> bool:
    """Whether a run from a student's own answers leads to another answer to a part, and leaves something to work out for it.

    `slip` says that a mistake is known to lead to them.
    """
    part, target = variant.question.parts[index], variant.targets[index]
    assert variant.trace is not None
    assert part.answer is not None
    try:
        if part.type != "expression":
            return leaves_work(part.answer, in_numbers(own), variant.trace, counts=counts(part, target), slip=slip)
        defined, values = _where_defined(variant, index, own)
    except StepError:
        return False
    keys = array([elements(target.value)[i] for i in defined])
    return not (same(values, keys) or constant(values, keys) or trivial(values, keys, counts=False))


def key_under(variant: Variant, index: int, own: Trace) -> Target:
    """The key of a part in another run: of a choice, the label of the option that shows it, or none. Raises StepError where there is none."""
    part, target = variant.question.parts[index], variant.targets[index]
    assert part.answer is not None
    if part.type == "expression":
        defined, values = _where_defined(variant, index, own)
        points = tuple(target.points[i] for i in defined)
        return replace(target, value=values, points=points, slack=formula_slack(values))
    value = value_of(own, part.answer)
    if target.options:
        return replace(target, value=_option(variant, index, own, value))
    if isinstance(value, str):
        others = tuple(word for word in (*target.accept, *target.others) if word != value)
        return replace(target, value=value, accept=(value,), others=others)
    return replace(target, value=value)


def _where_defined(variant: Variant, index: int, own: Trace) -> tuple[list[int], Value]:
    """The points of a formula's key at which another run has values, and these. Raises StepError where they are too few."""
    part, target = variant.question.parts[index], variant.targets[index]
    assert part.answer is not None
    defined: list[int] = []
    values: list[Value] = []
    error: StepError | None = None
    for i, point in enumerate(target.points):
        try:
            values += elements(values_at(own, part.answer, (point,)))
        except StepError as reason:
            error = reason
        else:
            defined.append(i)
    if error is not None and len(defined) * _MOST_UNDEFINED < len(target.points):
        raise error
    return defined, array(values)


def _option(variant: Variant, index: int, own: Trace, value: Value) -> str:
    """The label of the option that a value is nearest to, of those that it could be taken for; an empty one where there is none."""
    part, target = variant.question.parts[index], variant.targets[index]
    assert part.answer is not None
    if not floats(value):
        return next((option.label for option in target.options if same(option.value, value)), "")
    precision = precision_of(part) or (None if is_exact(value) else _SHOWN)
    slack = slack_of(own, part.answer, precision, asked_before(variant.question, part))
    near = [option for option in target.options if close_to(value, option.value, slack)]
    return min(near, key=lambda option: _gap(value, option.value)).label if near else ""


def _gap(value: Value, other: Value) -> float:
    """How far the numbers of two values lie apart at most."""
    return max((abs(a - b) for a, b in zip(floats(value), floats(other), strict=True)), default=0.0)


# ------------------------------------------------------------------------------------------- what can be carried


def _wrong_before(variant: Variant, index: int, answers: Sequence[Response]) -> list[int]:
    """The wrong parts before one that its answer depends on; none that is made up, nor what may have followed from such."""
    assert variant.trace is not None
    derivation, parts = variant.trace.derivation, variant.question.parts
    step, _ = split_answer(parts[index].answer or "")
    upstream = derivation.upstream(step) - {step}
    steps = {
        i: needed
        for i in range(index)
        if answers[i].wrong
        and (answer := parts[i].answer) is not None
        and ((needed := split_answer(answer)[0]) in upstream or (needed == step and _is_in_it(parts[i], parts[index])))
    }
    hollow = derivation.downstream(needed for i, needed in steps.items() if worked_for_nothing(variant, i, answers))
    return [
        i for i, needed in steps.items() if needed not in hollow and _is_of_use(variant, i, needed, index, answers[i])
    ]


def _is_in_it(first: Part, later: Part) -> bool:
    """Whether a part asks for the formula of what a later one asks the value of, or for one number of it."""
    if first.type == "expression" or later.type == "expression":
        return first.type != later.type and first.type == "expression"
    (_, place), (_, whole) = split_answer(first.answer or ""), split_answer(later.answer or "")
    return len(place) > len(whole) and place[: len(whole)] == whole


def _is_of_use(variant: Variant, first: int, needed: str, index: int, answer: Response) -> bool:
    """Whether a wrong answer can be worked on with: of a kind that fits, and no number in a formula for all numbers."""
    assert variant.trace is not None
    parts = variant.question.parts
    if (formula := own_formula(variant, first, answer)) is not None:
        return needed != split_answer(parts[index].answer or "")[0] or not too_short(formula, _form(parts[first]))
    if own_value(variant, first, answer) is None:
        return False
    behind = variant.trace.givens_behind(needed) | {needed}
    return parts[index].type != "expression" or behind.isdisjoint(parts[index].variables)


def worked_for_nothing(variant: Variant, index: int, answers: Sequence[Response]) -> bool:
    """Whether a wrong answer shows no work that others may follow from: made up, enormous, or what comes of such in place of a part left out.

    What follows rightly from earlier answers is none of these: an enormous score does make a weight of 1.
    """
    hollow = _hollow(variant, index, answers[index]) or _is_repeated(variant, index, answers)
    return (hollow and not _follows(variant, index, answers)) or _from_nothing(variant, index, answers)


def _hollow(variant: Variant, index: int, answer: Response) -> bool:
    """Whether a wrong answer is nothing to work with, or something that nobody has worked for."""
    part, target = variant.question.parts[index], variant.targets[index]
    if (formula := own_formula(variant, index, answer)) is not None:
        return _says_nothing(formula, target)
    own, key, whole = own_value(variant, index, answer), key_value(target), counts(part, target)
    if own is None or is_of_no_use(variant, index, own):
        return own is not None
    mixed = len(set(floats(own))) > 1
    return made_up(own, key, counts=whole) and not ((whole or mixed) and is_a_mistake(variant, index, own))


def _is_repeated(variant: Variant, index: int, answers: Sequence[Response]) -> bool:
    """Whether a wrong answer has one number in place of several, here or in answers that do not rest on it, and no misconception leads to it."""
    assert variant.trace is not None
    parts, derivation = variant.question.parts, variant.trace.derivation
    own = own_value(variant, index, answers[index])
    if own is None or len(number := set(floats(own))) != 1 or parts[index].type not in NUMERIC:
        return False
    mine, same = _needed(parts[index]), {index: own}
    one = max(map(abs, number)) == 1 and not counts(parts[index], variant.targets[index])
    for i, answer in enumerate(answers):
        if i == index or not answer.wrong or not parts[i].answer or parts[i].type not in NUMERIC:
            continue
        other, step = own_value(variant, i, answer), _needed(parts[i])
        if other is None or set(floats(other)) != number or (one and counts(parts[i], variant.targets[i])):
            continue
        related = mine in derivation.upstream(step) or step in derivation.upstream(mine)
        if not related or (one and not _comes_of(variant, index, i, answers)):
            same[i] = other
    if not is_repeated(list(same.values()), [variant.targets[i] for i in same]):
        return False
    return not all(is_a_mistake(variant, i, value) for i, value in same.items())


def _comes_of(variant: Variant, first: int, later: int, answers: Sequence[Response]) -> bool:
    """Whether a later answer is right from an earlier one alone."""
    value = _carried_key(variant, later, (first,), answers)
    reading = answers[later].reading
    return (
        isinstance(reading, Reading)
        and value is not None
        and replace(variant.targets[later], value=value).close(reading.value)
    )


def _needed(part: Part) -> str:
    """The step that a part asks for."""
    return split_answer(part.answer or "")[0]


def _follows(variant: Variant, index: int, answers: Sequence[Response]) -> bool:
    """Whether an answer is right from the student's own earlier ones."""
    reading = answers[index].reading
    return isinstance(reading, Reading) and any(
        _is(key, reading) for _, key in carried_targets(variant, index, answers)
    )


def same_everywhere(variant: Variant, answers: Sequence[Response]) -> bool:
    """Whether one number stands in every answer in numbers, two at least, and no misconception leads to it: nothing was worked out.

    Where it is wrong in several, one of them may be that by chance.
    """
    parts = variant.question.parts
    read = [
        (i, answer.reading.value)
        for i, answer in enumerate(answers)
        if isinstance(answer.reading, Reading) and parts[i].answer and parts[i].type in NUMERIC
    ]
    if not is_one_number([value for _, value in read]) or is_one_number([variant.targets[i].value for i, _ in read]):
        return False
    wrong = [(i, value) for i, value in read if answers[i].wrong]
    looked = wrong if len(wrong) > _BY_CHANCE else wrong[:1]
    if not looked or all(abs(number) < _NOTHING for _, value in looked for number in floats(value)):
        return True
    return not all(is_a_mistake(variant, i, value) for i, value in looked)


def _says_nothing(formula: Node, target: Target) -> bool:
    """Whether a formula is enormous, the same everywhere, or mostly without a value."""
    drawn = zip(_drawn(formula, target), elements(target.value), strict=True)
    defined = [(value, key) for value, key in drawn if value is not None]
    if len(defined) * _MOST_UNDEFINED < len(target.points):
        return True
    own, right = array([value for value, _ in defined]), array([key for _, key in defined])
    return constant(own, right) or outlandish(own, right, counts=False)


def _drawn(formula: Node, target: Target) -> list[Value | None]:
    """A formula's values at the points of its key, None where it has none."""
    values: list[Value | None] = []
    for point in target.points:
        try:
            values.append(formula_at(formula, point))
        except Undefined:
            values.append(None)
    return values


@lru_cache(maxsize=256)
def _parsed(form: str, names: tuple[str, ...]) -> Node:
    return parse(form, names)


def _form(part: Part) -> Node:
    """The formula that is printed as the key of a part."""
    return _parsed(part.form or "", tuple(part.variables))


def _from_nothing(variant: Variant, index: int, answers: Sequence[Response]) -> bool:
    """Whether a wrong answer is what comes of zeros, ones or something enormous in place of an earlier part without an answer.

    Who leaves the scores out and makes all weights equal has worked for neither.
    """
    assert variant.trace is not None
    reading = answers[index].reading
    in_symbols = variant.question.parts[index].type == "expression"
    if not isinstance(reading, Reading) or (in_symbols and own_formula(variant, index, answers[index]) is None):
        return False
    step, _ = split_answer(variant.question.parts[index].answer or "")
    upstream = variant.trace.derivation.upstream(step) - {step}
    for i in range(index):
        answer = variant.question.parts[i].answer
        if answer is None or answers[i].outcome is not None:
            continue
        earlier, place = split_answer(answer)
        whole = variant.trace[earlier]
        if earlier not in upstream or not floats(whole):
            continue
        enormous = OUTLANDISH**2 * max([1, *(math.ceil(abs(x)) for x in floats(whole))])
        for filler in (0, 1, enormous):
            filled = with_element(whole, place, filler) if place else _filled(whole, filler)
            try:
                key = key_under(variant, index, variant.trace.putting({earlier: filled}))
            except StepError:
                continue
            if _is(key, reading):
                return True
    return False


def _is(key: Target, reading: Reading) -> bool:
    """Whether a response is what another run of the graph leads to."""
    if key.type != "expression":
        return key.close(reading.value)
    drawn = zip(_drawn(reading.value, key), elements(key.value), key.slack, strict=True)
    return all(value is not None and within(right, value, slack) for value, right, slack in drawn)


def _filled(value: Value, filler: int) -> Value:
    """The value with the same number in all of its places."""
    if isinstance(value, Shape):
        return Shape(filler for _ in value)
    return each(lambda _: filler, value)


def earlier_run(variant: Variant, index: int, answers: Sequence[Response]) -> Trace | None:
    """The run with the student's own wrong answers to the parts before this one, in numbers; None if there are none, or one cannot be carried."""
    part = variant.question.parts[index]
    wrong = _wrong_before(variant, index, answers) if part.answer is not None and variant.trace is not None else []
    run = run_from(variant, wrong, answers) if wrong else None
    try:
        return in_numbers(run) if run is not None else None
    except StepError:
        return None
