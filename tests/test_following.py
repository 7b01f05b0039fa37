"""Follow-through over the whole bank: one early slip costs the marks of its own part, whatever kind of answer it is in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import islice

import pytest

from grader.gaming import operations
from grader.simulation import misled
from questions.choices import NoChoiceError, can_be_choice
from questions.key import value_of
from questions.variant import Variant, with_choices
from solvers.expression import ExpressionError, Node, evaluate, names_in, parse
from solvers.trace import StepError
from solvers.values import Value, array, as_float, elements, is_array, is_exact, with_element, with_number
from tests.own_answers import (
    BANK,
    LATER_FORMULAS,
    asked_with_options,
    chosen,
    form_of,
    formulas_of,
    is_finite,
    is_flat,
    later_than,
    marked,
    numbers_of,
    put_into,
    step_of,
    typed,
    variants,
    working_from,
    written,
    written_in_symbols,
    wrong_formulas,
)

FORMULAS = 4  # wrong formulas tried in each part that asks for one
IN_SYMBOLS = sorted({id for id in BANK.ids() for found in variants(id)[:1] for _ in formulas_of(found)})


@dataclass(frozen=True)
class Slip:
    """A slip in one part of a variant, what kind it was, and the other parts that lost marks by it."""

    found: Variant
    first: int
    kind: str
    own: Value
    lost: tuple[int, ...]


# -------------------------------------------------------------------------------------------------------------- slips


def slips(found: Variant, index: int) -> Iterator[tuple[str, Value]]:
    """Answers with one number off by one in the last digit shown, of the other sign, or doubled.

    The first number of several off by one in one variant, the last one doubled or of the other sign in the other, if possible. Never 0 or 1 where the right number is not, which a condition against
    gaming may refuse, but by a misconception.
    """
    target, first = found.targets[index], found.seed % 2 == 1
    numbers = elements(target.value)
    place = 0 if first else len(numbers) - 1
    number = numbers[place]
    if target.type in ("integer", "shape"):
        moved = [("digit", number + 1), ("factor", 2 * number), ("digit", number + 2), ("digit", number - 1)]
    else:
        unit = target.precision.unit(number) if target.precision is not None else Fraction(1, 4)
        shown = unit * max(1, math.ceil(2 * target.slack[place] / unit))
        wrong_by = shown if is_exact(number) else float(shown)
        other = ("sign", -number) if index % 2 else ("factor", 2 * number)
        moved = [("digit", number + wrong_by), other, ("digit", number - wrong_by)]
    likely = [(kind, with_number(target.value, place, one)) for kind, one in moved if abs(one) not in (0, 1)]
    yield from sorted(likely, key=lambda slip: (slip[0] == "digit") is not first)


def mistakes(found: Variant, index: int) -> Iterator[tuple[str, Value]]:
    """What the derivation's misconceptions lead to in a part that asks for numbers."""
    assert found.trace is not None
    target, answer = found.targets[index], found.question.parts[index].answer or ""
    ids = list(found.trace.derivation.misconceptions)
    for id in ids if found.seed % 2 else reversed(ids):
        try:
            own = value_of(found.under(id), answer)
        except StepError:
            continue
        alike = is_array(own) == is_array(target.value) and type(own) is not bool and not isinstance(own, str)
        if alike and len(elements(own)) == len(target.slack) and all(map(is_finite, elements(own))):
            yield id, own


def tried(found: Variant, first: int) -> Iterator[Slip]:
    """A slip and a misconception in a part, with what is lost by each; none whose answer, or what follows from it, nobody could write down."""
    for kinds in (slips, mistakes):
        likely = (slip for kind, own in kinds(found, first) if (slip := _slip(found, first, kind, own)) is not None)
        yield from islice(likely, 1)


def _slip(found: Variant, first: int, kind: str, own: Value) -> Slip | None:
    if found.targets[first].close(own):
        return None
    try:
        texts = written(found, first, own)
    except StepError:
        return None
    verdicts = marked(found, texts)
    if verdicts[first].marks == verdicts[first].worth:
        return None
    lost = (i for i, verdict in enumerate(verdicts) if i != first and verdict.marks < verdict.worth)
    return Slip(found, first, kind, own, tuple(lost))


@cache
def slipped(id: str) -> tuple[Slip, ...]:
    """What was tried in every part of a question that a later one needs."""
    return tuple(
        slip
        for found in variants(id)
        for first in numbers_of(found)
        if later_than(found, first)
        for slip in tried(found, first)
    )


def says_nothing(slip: Slip) -> bool:
    """Whether a misconception's value has lost what later parts are worked from, so that it cannot be told from one that is made up.

    It is nothing but 0, 1 and -1, or no number of something that is counted, or all that it leads to is nothing but 0, 1 and -1.
    """
    found, target = slip.found, slip.found.targets[slip.first]
    if is_flat(slip.own):
        return True
    if target.type in ("integer", "shape") and any(x <= 0 or isinstance(x, Fraction) for x in elements(slip.own)):
        return True
    assert found.trace is not None
    step = step_of(found, slip.first)
    own = found.trace.putting({step: slip.own}) if step == found.question.parts[slip.first].answer else None
    return own is not None and all(is_flat(value_of(own, found.question.parts[i].answer or "")) for i in slip.lost)


@pytest.mark.parametrize("id", BANK.ids())
def test_one_early_slip_and_right_working_after_it_lose_only_the_early_marks(id: str) -> None:
    """In every question of which a part needs an earlier one, and from every such part."""
    assert [slip for slip in slipped(id) if slip.lost and slip.kind in ("digit", "sign", "factor")] == []


@pytest.mark.parametrize("id", BANK.ids())
def test_a_misconception_and_right_working_after_it_lose_only_the_early_marks(id: str) -> None:
    """Unless its value is one that anybody could have made up: nothing but zeros and ones."""
    assert [slip for slip in slipped(id) if slip.lost and not says_nothing(slip)] == []


def test_hardly_any_misconception_costs_later_marks() -> None:
    """Fewer than one in twenty of those tried, over the whole bank."""
    misled = [slip for id in BANK.ids() for slip in slipped(id) if slip.kind not in ("digit", "sign", "factor")]
    assert len(misled) > len(BANK.ids())
    assert sum(bool(slip.lost) for slip in misled) * 20 < len(misled)


@pytest.mark.parametrize("id", BANK.ids())
def test_every_part_that_another_needs_can_be_slipped_in(id: str) -> None:
    """So that the tests above have something to say."""
    needed = {first for found in variants(id) for first in numbers_of(found) if later_than(found, first)}
    without = needed - {slip.first for slip in slipped(id) if slip.kind in ("digit", "sign", "factor")}
    assert not without


@pytest.mark.parametrize(
    ("id", "first", "factor"),
    [
        ("parameters/small-network", 0, -1),
        ("bert/how-many-masks", 0, -1),
        ("receptive-field/layer-by-layer", 2, -1),
        ("lstm/one-unit", 3, 10),
        ("attention/key-value", 0, 10),
        ("positional-encoding/one-dimension", 0, 10),
    ],
)
def test_the_right_digits_show_work_whatever_the_sign_and_the_decimal_point(id: str, first: int, factor: int) -> None:
    """A count below nothing, and a tangent or weights that are 1 from there, are worked on from."""
    for found in variants(id):
        own = found.targets[first].value * factor
        texts = written(found, first, own)
        verdicts = marked(found, texts)
        assert [i for i, v in enumerate(verdicts) if i != first and v.marks < v.worth] == []
        assert any(verdict.carried for verdict in verdicts)


def test_a_wrong_number_in_an_array_that_is_asked_for_by_itself_first_is_lost_once() -> None:
    """In the array it is the student's own; the others have to be right."""
    found = variants("pooling/overlapping-average")[0]
    own = found.targets[0].value + 1
    right = written(found, 0, own)
    right[1] = typed(found, 1, with_element(found.targets[1].value, (0, 0), own))
    wrong = right | {1: typed(found, 1, with_element(found.targets[1].value, (0, 0), own) + 1)}
    assert [v.marks == v.worth for v in marked(found, right)][:2] == [False, True]
    assert [v.marks == v.worth for v in marked(found, wrong)][:2] == [False, False]


@pytest.mark.parametrize(
    ("id", "cause"),
    [
        ("convolution-cost/separable-ratio", "cost/stages-multiplied"),
        ("networks/multiply-adds-of-a-layer", "conv/maps-for-every-channel"),
        ("bert/input-vector", "bert/position-left-out"),
    ],
)
def test_what_a_known_mistake_leads_to_is_worked_on_from_however_far_out_it_is(id: str, cause: str) -> None:
    """Its digits show the work."""
    found = variants(id)[0]
    wrong = misled(found, [cause])
    assert wrong is not None
    texts = {i: wrong.get(p.key_name, found.targets[i].printed) for i, p in enumerate(found.question.parts)}
    verdicts = marked(found, texts)
    assert sum(verdict.marks < verdict.worth for verdict in verdicts) == 1


# ------------------------------------------------------------------------------------------------------------ choices


@pytest.mark.parametrize("id", BANK.ids())
def test_a_wrong_option_and_right_working_after_it_lose_only_the_early_marks(id: str) -> None:
    """Every part that another needs asked as a choice, and some of those behind it too, where what follows stands among the options."""
    lost = []
    for found in variants(id)[:1]:
        for slip in slipped(id):
            if slip.found is found and not is_flat(slip.own) and not slip.lost:
                asked, texts = chosen(found, slip.first, slip.own)
                verdicts = marked(asked, texts)
                assert verdicts[slip.first].marks == 0
                lost += [(slip, i) for i, v in enumerate(verdicts) if i != slip.first and v.marks < v.worth]
    assert lost == []


@pytest.mark.parametrize("id", BANK.ids()[::8])
def test_an_option_that_shows_what_follows_from_a_written_number_is_right(id: str) -> None:
    """The number is rounded as it was written, the option is what follows from the one on the calculator."""
    for slip in slipped(id):
        found = slip.found
        if slip.kind not in ("digit", "sign", "factor"):
            continue
        trace, texts = working_from(found, slip.first, slip.own), written(found, slip.first, slip.own)
        behind = [i for i in later_than(found, slip.first) if can_be_choice(found.question.parts[i])]
        follows = {i: value_of(trace, found.question.parts[i].answer or "") for i in behind}
        asked = asked_with_options(found, {i: v for i, v in follows.items() if not found.targets[i].close(v)})
        for i in behind:
            texts[i] = next((o.label for o in asked.targets[i].options if not o.correct), texts[i])
        assert [v.label for i, v in enumerate(marked(asked, texts)) if i != slip.first and v.marks < v.worth] == []


@pytest.mark.parametrize("id", BANK.ids()[::32])
def test_the_options_that_a_paper_offers_are_worked_on_with(id: str) -> None:
    """With what is drawn for a paper, too, where an option shows what follows."""
    for found in variants(id)[:1]:
        try:
            asked = with_choices(found)
        except NoChoiceError:
            continue
        for first in numbers_of(found):
            for option in asked.targets[first].options:
                if option.correct or is_flat(option.value) or not later_than(found, first):
                    continue
                mixed = asked_with_options(found, {first: option.value})
                try:
                    texts = written(found, first, option.value)
                except StepError:
                    continue
                texts[first] = next(o.label for o in mixed.targets[first].options if not o.correct)
                verdicts = marked(mixed, texts)
                assert [v.label for i, v in enumerate(verdicts) if i != first and v.marks < v.worth] == []


# ----------------------------------------------------------------------------------------------------------- formulas


def test_every_formula_that_follows_from_another_is_known_here() -> None:
    """A question that is added has to be said how its formulas follow."""
    pairs = {
        (id, step_of(found, first), step_of(found, i))
        for id in IN_SYMBOLS
        for found in variants(id)[:1]
        for first in formulas_of(found)
        for i in set(later_than(found, first)) & set(formulas_of(found))
    }
    assert pairs == LATER_FORMULAS.keys()


@pytest.mark.parametrize("id", sorted({id for id, *_ in LATER_FORMULAS}))
def test_the_right_formula_put_into_a_later_one_is_right(id: str) -> None:
    """So that the slips below are the only ones."""
    found = variants(id)[0]
    for first in formulas_of(found):
        for i in set(later_than(found, first)) & set(formulas_of(found)):
            texts = {j: target.printed for j, target in enumerate(found.targets)}
            texts[i] = put_into(found, first, i, form_of(found, first))
            assert all(verdict.kind == "correct" and not verdict.carried for verdict in marked(found, texts))


def leaves_something(found: Variant, first: int, formula: Node) -> bool:
    """Whether a formula has a variable, half of the right one's length if only its value is asked for next, and leads to no constant."""
    if not names_in(formula):
        return False
    for i in later_than(found, first):
        part = found.question.parts[i]
        if part.type != "expression":
            if step_of(found, i) == step_of(found, first) and operations(formula) * 2 < operations(
                form_of(found, first)
            ):
                return False
        else:
            later = parse(put_into(found, first, i, formula), tuple(part.variables))
            try:
                values = [as_float(evaluate(later, point)) for point in found.targets[i].points]
            except ExpressionError:
                return False
            if max(values) - min(values) < 1e-9:
                return False
    return True


@pytest.mark.parametrize("id", IN_SYMBOLS)
def test_a_wrong_formula_and_right_working_after_it_lose_only_the_early_marks(id: str) -> None:
    """In later formulas, and in numbers worked out with it."""
    lost, count, needed = [], 0, 0
    for found in variants(id)[:1]:
        for first in formulas_of(found):
            if not later_than(found, first):
                continue
            needed += 1
            likely = (f for f in wrong_formulas(form_of(found, first)) if leaves_something(found, first, f))
            for formula in islice(likely, FORMULAS):
                try:
                    texts = written_in_symbols(found, first, formula, found.givens)
                except (StepError, ExpressionError):
                    continue
                verdicts = marked(found, texts)
                if verdicts[first].marks == verdicts[first].worth:
                    continue
                count += 1
                lost += [(texts, i) for i, v in enumerate(verdicts) if i != first and v.marks < v.worth]
    assert lost == []
    assert count >= 2 * needed


def test_a_formula_that_was_carried_is_named() -> None:
    """In both languages; of two, the one that the answer rests on, which the first reaches only through it."""
    found = variants("backprop/delta-in-symbols")[0]
    texts = {0: "a*(1 - a)", 1: "(a - y)*a*(1 - a)", 2: "h*(a - y)*a*(1 - a)"}
    said = [verdict.operations[0].text for verdict in marked(found, texts)]
    assert [text.en for text in said[1:]] == [
        "Right from your own formula in 1a.",
        "Right from your own formula in 1b.",
    ]
    assert said[1].zh == "按你在 1a 中写的式子推算，结果正确。"


def test_only_what_an_answer_rests_on_is_named() -> None:
    """The weight after a step follows from its own gradient, whatever else was wrong."""
    found = variants("backprop/mini-batch")[0]
    uphill = misled(found, ["backprop/target-minus-output"])
    assert uphill is not None
    texts = {i: uphill[part.key_name] for i, part in enumerate(found.question.parts)}
    said = marked(found, texts)[3].operations[0].text
    assert said.en == "Right from your own answer to 1a."


def test_an_option_that_was_carried_is_named() -> None:
    """In both languages."""
    found = variants("attention/bilinear-score")[0]
    asked, texts = chosen(found, 1, array([Fraction(1, 5), Fraction(7, 10), Fraction(1, 10)]))
    said = marked(asked, texts)[2].operations[0].text
    assert said.en == "Right from the option you chose in 1b."
    assert said.zh == "按你在 1b 中所选的选项推算，结果正确。"
