"""Follow-through over the whole bank: what one early slip costs, and what nobody gets for values that leave nothing to do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import islice

import pytest

from grader.gaming import made_up
from grader.marking import Verdict, mark
from questions.bank import Bank
from questions.blueprint import Policy
from questions.exam import Item
from questions.key import printed_value, split_answer
from questions.sampling import draw
from questions.variant import Variant
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, array, as_float, elements, is_array, is_number, with_element

BANK = Bank()
SEEDS = (1, 2)
SLIPS = 2  # slips tried in each part of each variant
NO_OTHER_VALUE = {"evaluation/counts-behind": "no other number of found cases fits the precision that is given"}


@cache
def variants(id: str) -> tuple[Variant, ...]:
    """Some variants of a question, none of one that no derivation answers."""
    question = BANK.question(id)
    return tuple(draw(question, seed) for seed in SEEDS) if question.derivation is not None else ()


def is_finite(number: Value) -> bool:
    return is_number(number) and math.isfinite(as_float(number))


def step_of(found: Variant, index: int) -> str:
    return split_answer(found.question.parts[index].answer or "")[0]


def numbers_of(found: Variant) -> list[int]:
    """The parts whose answers are numbers or arrays that the derivation computes: something to work on from."""
    pairs = zip(found.question.parts, found.targets, strict=True)
    return [i for i, (part, target) in enumerate(pairs) if part.answer and target.slack and part.type != "expression"]


def later_than(found: Variant, first: int) -> list[int]:
    """The parts behind one that need its answer."""
    assert found.trace is not None
    needed, upstream = step_of(found, first), found.trace.derivation.upstream
    return [i for i in numbers_of(found) if i > first and needed in upstream(step_of(found, i)) - {step_of(found, i)}]


def working_from(found: Variant, first: int, own: Value) -> Trace:
    """The right working of somebody who has this answer to a part."""
    assert found.trace is not None
    step, index = split_answer(found.question.parts[first].answer or "")
    return found.trace.putting({step: with_element(found.trace[step], index, own) if index else own})


def written(found: Variant, trace: Trace) -> dict[int, str]:
    """What this working writes down; the key where it is no number. Raises StepError where the working leads nowhere."""
    texts = {i: target.printed for i, target in enumerate(found.targets)}
    for i in numbers_of(found):
        target = found.targets[i]
        value = found.answer_of(trace, found.question.parts[i], target)
        if not all(map(is_finite, elements(value))):
            raise StepError(
                trace.derivation.name, step_of(found, i), found.prompt
            )  # infinite, or the root of a negative number
        texts[i] = printed_value(value, target.precision)
    return texts


def marked(found: Variant, texts: Mapping[int, str]) -> tuple[Verdict, ...]:
    paper = Item(1, 0, found, found.question.marks)
    return mark(paper, {paper.label(i): text for i, text in texts.items()}, Policy())


def with_number(whole: Value, place: int, number: Value) -> Value:
    """The value with the number in this place, counted in reading order."""
    if isinstance(whole, Shape):
        return Shape(number if i == place else size for i, size in enumerate(whole))
    if not is_array(whole):
        return number
    moved = whole.copy()
    moved.flat[place] = number
    moved.setflags(write=False)
    return moved


# -------------------------------------------------------------------------------------------------------------- slips


def slips(found: Variant, index: int) -> Iterator[Value]:
    """Answers with one number a little off, of the other sign, or doubled; never 0 or 1 by that, which a condition against gaming may refuse."""
    target = found.targets[index]
    for place, number in enumerate(elements(target.value)):
        if target.type in ("integer", "shape"):
            moved = [number + 1, number + 2, number - 1]
        elif target.precision is None:
            moved = [number + Fraction(1, 4), -number, 2 * number]
        else:
            tenth = round(max(abs(as_float(number)), 0.5) / 10, 4)
            moved = [number + tenth, number - tenth, -number, 2 * number]
        yield from (with_number(target.value, place, one) for one in moved if abs(one) not in (0, 1))


def slipped(found: Variant, first: int) -> Iterator[dict[int, str]]:
    """What is written down after such a slip, where right working from it comes to something else than the key."""
    for own in slips(found, first):
        try:
            texts = written(found, working_from(found, first, own))
        except StepError:
            continue
        if texts[first] != found.targets[first].printed:
            yield texts


@pytest.mark.parametrize("id", BANK.ids())
def test_one_early_slip_and_right_working_after_it_lose_only_the_early_marks(id: str) -> None:
    """In every question of which a part needs an earlier one, and from every such part."""
    lost = [
        (found.seed, first, texts)
        for found in variants(id)
        for first in numbers_of(found)
        if later_than(found, first)
        for texts in islice(slipped(found, first), SLIPS)
        if any(v.marks < v.worth for i, v in enumerate(marked(found, texts)) if i != first)
    ]
    assert lost == []


@pytest.mark.parametrize("id", BANK.ids())
def test_every_part_that_another_needs_can_be_slipped_in(id: str) -> None:
    """So that the test above has something to say."""
    without = {
        first
        for found in variants(id)
        for first in numbers_of(found)
        if later_than(found, first) and next(slipped(found, first), None) is None
    }
    assert bool(without) is (id in NO_OTHER_VALUE)


# ------------------------------------------------------------------------------------------------------------- gaming


def games(found: Variant, index: int) -> Iterator[Value]:
    """Answers that nobody has worked for: zeros, ones and enormous numbers."""
    key = found.targets[index].value
    enormous = 10**6 * max(1, *(int(abs(as_float(number))) for number in elements(key)))
    for filler in (0, 1, enormous):
        own = key
        for place in range(len(elements(key))):
            own = with_number(own, place, filler)
        if not _could_be_a_slip(key, own, counts=found.targets[index].type in ("integer", "shape")):
            yield own


def _could_be_a_slip(key: Value, own: Value, *, counts: bool) -> bool:
    """One number in place of another: 1 for one below ten, 0 for such a position, 0 or 1 for one of several exact ones."""
    differing = [(a, b) for a, b in zip(elements(key), elements(own), strict=True) if a != b]
    if len(elements(key)) > 1 and not counts:
        return len(differing) < 2 and all(not isinstance(a, float) for a in elements(key))
    small = all(abs(as_float(a)) < 10 for a in elements(key))
    return not differing or (small and all(b == 1 or (b == 0 and counts) for _, b in differing))


@pytest.mark.parametrize("id", BANK.ids())
def test_zeros_ones_and_enormous_values_earn_nothing_for_what_follows(id: str) -> None:
    """However right the working from them is, in the next part and in those behind it."""
    won = []
    for found in variants(id)[:1]:
        for first in numbers_of(found):
            for own in games(found, first):
                texts = _worked_as_far_as_it_goes(found, first, own)
                verdicts = marked(found, texts)
                won += [(found.seed, first, i, texts) for i in later_than(found, first) if verdicts[i].carried]
    assert won == []


@pytest.mark.parametrize("id", BANK.ids())
def test_what_comes_of_a_made_up_value_earns_nothing_where_the_value_itself_is_left_blank(id: str) -> None:
    """Who leaves the scores out and makes all weights equal has not shown how an output follows from weights."""
    won = []
    for found in variants(id)[:1]:
        for first in numbers_of(found):
            for own in games(found, first):
                texts = _worked_as_far_as_it_goes(found, first, own) | {first: ""}
                verdicts = marked(found, texts)
                won += [(found.seed, first, i, texts) for i in later_than(found, first) if verdicts[i].carried]
    assert won == []


def test_real_working_behind_a_blank_is_carried() -> None:
    """Weights that are wrong but worked for: the output that follows from them is right from there."""
    found = next(iter(variants("attention/bilinear-score")))
    own = array([Fraction(1, 5), Fraction(7, 10), Fraction(1, 10)])
    texts = _worked_as_far_as_it_goes(found, 1, own)
    assert [bool(verdict.carried) for verdict in marked(found, texts)] == [False, False, True]


def _worked_as_far_as_it_goes(found: Variant, first: int, own: Value) -> dict[int, str]:
    texts = {}
    trace = working_from(found, first, own)
    for i in (first, *later_than(found, first)):
        part, target = found.question.parts[i], found.targets[i]
        try:
            value = found.answer_of(trace, part, target)
        except StepError:
            continue
        if all(map(is_finite, elements(value))):
            texts[i] = printed_value(value, target.precision)
    return texts


@pytest.mark.parametrize(
    ("own", "key", "counts", "expected"),
    [
        (0, Fraction(21, 2), False, True),
        (1, 5, False, False),
        (1, 58, False, True),
        (1.0, 0.7, False, False),
        (0, 0.7, False, True),
        (0.7, 0.6, False, False),
        (1, 4, True, False),
        (1, 1408684, True, True),
        (1, 0, True, False),
        (array([0, 0]), array([2, 3]), False, True),
        (array([1, 1]), array([2, 1]), False, False),
        (array([1, 0]), array([0.6, 0.4]), False, True),
        (array([0, 1, 1, 0]), array([0, 1, 0, 0]), False, False),
        (array([0, 0, 0, 0]), array([0, 1, 1, 0]), False, True),
    ],
    ids=str,
)
def test_only_zeros_and_ones_that_no_slip_leads_to_are_made_up(
    own: Value, key: Value, counts: bool, expected: bool
) -> None:
    """A small number may come to 1, one element of several to 0 or 1."""
    assert made_up(own, key, counts=counts) is expected


def test_what_follows_from_a_made_up_value_is_not_carried_by_itself() -> None:
    """Equal scores make equal weights: neither they nor the output that follows from the weights earn anything."""
    found = next(iter(variants("attention/bilinear-score")))
    texts = _worked_as_far_as_it_goes(found, 0, found.targets[0].value * 0)
    assert [verdict.marks for verdict in marked(found, texts)] == [0, 0, 0]
