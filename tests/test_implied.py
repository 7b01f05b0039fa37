"""A slip on the way to an answer, in a step that nobody asks for, costs that answer and no later one; numbers that mean nothing earn nothing by it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from grader.marking import Verdict, mark
from grader.simulation import random_numbers, worked
from questions.bank import Bank
from questions.blueprint import Policy
from questions.exam import Item
from questions.key import split_answer
from questions.question import NUMERIC
from questions.sampling import draw
from questions.stream import Stream
from questions.variant import Variant
from solvers.derivation import is_convention
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, elements, is_array, is_number, with_element

BANK = Bank()
SOME = [id for id in BANK.ids() if BANK.question(id).derivation is not None][::5]
MOST_LOST = 0.1  # of the slips: what has become 0 or 1 shows nothing, and numbers of a few digits too little
MOST_BY_CHANCE = 0.01


def verdicts(found: Variant, answers: dict[str, str]) -> tuple[Verdict, ...]:
    """The verdicts on answers by the parts' names; what is not given is right."""
    paper = Item(1, 0, found, found.question.marks)
    given = {p.key_name: t.printed for p, t in zip(found.question.parts, found.targets, strict=True)} | answers
    return mark(paper, {paper.label(i): given[p.key_name] for i, p in enumerate(found.question.parts)}, Policy())


def slipped(found: Variant, step: str) -> Trace:
    """The run with the last number of a step a quarter too large, a count one too large."""
    assert found.trace is not None
    whole = found.trace[step]
    place = list(np.ndindex(whole.shape))[-1] if is_array(whole) else ()
    number = whole[place] if place else whole
    moved: Value = number + 1 if isinstance(number, int) or not number else number * Fraction(5, 4)
    if isinstance(number, float):
        moved = number * 1.25 if number else 0.25
    return found.trace.putting({step: with_element(whole, place, moved) if place else moved})


def on_the_way(found: Variant) -> Iterator[str]:
    """The steps that are not asked for, and at least two parts need."""
    assert found.trace is not None
    derivation = found.trace.derivation
    asked = [split_answer(part.answer)[0] for part in found.question.parts if part.answer]
    for step in derivation.steps:
        value = found.trace[step]
        numbers = not isinstance(value, Shape) and all(map(is_number, elements(value)))
        if step not in asked and numbers and sum(step in derivation.upstream(end) for end in asked) > 1:
            yield step


def wrong_in(found: Variant, run: Trace) -> list[int]:
    """The parts that ask for numbers and are wrong in a run."""
    parts = zip(found.question.parts, found.targets, strict=True)
    return [
        i
        for i, (part, target) in enumerate(parts)
        if part.answer and part.type in NUMERIC and not target.close(found.answer_of(run, part, target))
    ]


@pytest.mark.parametrize(
    ("id", "step"),
    [
        ("backprop/through-time", "hidden_1"),
        ("lstm/backward-step", "cell"),
        ("receptive-field/last-kernel", "jump_1"),
        ("initialisation/xavier-spread", "variance"),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_slip_on_the_way_costs_one_answer(id: str, step: str, seed: int) -> None:
    """The later ones are right from what the first shows, and say so."""
    found = draw(BANK.question(id), seed)
    run = slipped(found, step)
    first, *later = wrong_in(found, run)
    said = verdicts(found, worked(found, run))
    assert later
    assert said[first].marks < said[first].worth
    for i in later:
        assert (said[i].marks, bool(said[i].carried)) == (said[i].worth, True), i


@pytest.mark.parametrize(
    ("id", "step"),
    [
        ("backprop/through-time", "hidden_2"),
        ("data/min-max-scaling", "largest"),
        ("regression/line-through-points", "x_mean"),
    ],
)
def test_a_sign_on_the_way_costs_one_answer(id: str, step: str) -> None:
    """Though the number lies far from the right one, or beyond where nothing changes."""
    found = draw(BANK.question(id), 4)
    assert found.trace is not None
    run = found.trace.putting({step: -found.trace[step]})
    first, *later = wrong_in(found, run)
    said = verdicts(found, worked(found, run))
    assert later
    assert said[first].marks < said[first].worth
    assert [i for i in later if said[i].marks < said[i].worth] == []


def test_most_slips_on_the_way_cost_one_answer() -> None:
    """Over the bank, a slip in each step that nobody asks for."""
    costs = []
    for id in SOME:
        found = draw(BANK.question(id), 1)
        for step in on_the_way(found):
            try:
                run = slipped(found, step)
                wrong = wrong_in(found, run)
                answers = worked(found, run)
            except StepError:
                continue
            if len(wrong) > 1:
                said = verdicts(found, answers)
                costs.append(any(said[i].marks < said[i].worth for i in wrong[1:]))
    assert len(costs) > 30
    assert sum(costs) <= MOST_LOST * len(costs)


@pytest.mark.parametrize(
    ("id", "cause"),
    [
        ("backprop/mini-batch", "backprop/target-minus-output"),
        ("bptt/shares-of-time-steps", "bptt/weight-left-out"),
        ("cross-attention/two-targets-three-sources", "cross/roles-exchanged"),
        ("discrete-convolution/filter-a-patch", "convolve/centre-left-out"),
        ("lstm/concatenated-input", "convention/other-concatenation"),
        ("regression/softmax-step-code", "regression/target-minus-prediction"),
    ],
)
def test_a_misconception_on_the_way_costs_one_answer(id: str, cause: str) -> None:
    """In a step that two answers need: the first is told why, the second is right after the same mistake, whatever is asked of a step in between."""
    found = draw(BANK.question(id), 1)
    assert found.trace is not None
    run = found.trace.replacing([cause])
    first, second, *_ = wrong_in(found, run)
    said = verdicts(found, worked(found, run))
    cause_told = said[first].diagnosis
    assert cause_told is not None
    assert cause_told.misconceptions == (cause,)
    assert said[first].marks < said[first].worth
    assert (said[second].marks, said[second].diagnosis) == (said[second].worth, None)
    carried_on = "same convention" if is_convention(cause) else "same mistake"
    assert carried_on in said[second].operations[0].text.en


def test_a_misconception_repeated_costs_each_time() -> None:
    """Where it changes a later part in a step of its own as well."""
    found = draw(BANK.question("regression/two-steps"), 1)
    assert found.trace is not None
    run = found.trace.replacing(["regression/uphill"])
    said = verdicts(found, worked(found, run))
    assert [said[i].marks for i in wrong_in(found, run)[:2]] == [0, 0]


def test_numbers_that_mean_nothing_follow_from_nothing() -> None:
    """Some value on the way leads to nearly every wrong answer; hardly ever to a second one as well."""
    looked = followed = 0
    for id in SOME:
        found = draw(BANK.question(id), 3)
        for near in (False, True):
            drawn = random_numbers(found, Stream(f"implied {id} {near}"), near=near)
            said = verdicts(found, drawn) if len(drawn) > 1 else ()
            looked += len(said)
            followed += sum(bool(verdict.carried) for verdict in said[1:])
    assert looked > 200
    assert followed <= 3 * MOST_BY_CHANCE * looked


def test_a_right_answer_speaks_against_a_slip_before_it() -> None:
    """What would have been wrong with the slip, and is right, shows that there was none."""
    found = draw(BANK.question("backprop/through-time"), 1)
    answers = worked(found, slipped(found, "hidden_1"))
    first = next(iter(answers))
    mixed = {name: text for name, text in answers.items() if name in (first, "w_gradient")}
    said = verdicts(found, mixed)
    assert said[-1].carried == ()
