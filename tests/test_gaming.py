"""The condition against gaming over the whole bank: what nobody gets for answers that leave nothing to work out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from functools import cache

import pytest

from grader.gaming import constant, made_up, operations, too_short
from grader.marking import mark
from questions.blueprint import Policy
from questions.key import printed_value
from questions.variant import Variant
from solvers.expression import ExpressionError, Node, parse
from solvers.registry import derivation
from solvers.trace import StepError
from solvers.values import Value, array, as_float, elements, is_array, with_number
from tests.own_answers import (
    BANK,
    LATER_FORMULAS,
    chosen,
    formulas_of,
    is_finite,
    later_than,
    marked,
    numbers_of,
    step_of,
    variants,
    working_from,
    written,
    written_in_symbols,
)
from tests.strategies import paper_of

IN_SYMBOLS = sorted({id for id, *_ in LATER_FORMULAS} | {"receptive-field/field-formula", "pooling/values-left"})


def needed(found: Variant) -> Iterator[int]:
    """The parts that ask for numbers, and that a later one needs."""
    return (first for first in numbers_of(found) if later_than(found, first))


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


def as_far_as_it_goes(found: Variant, first: int, own: Value) -> dict[int, str]:
    """What is written down by somebody who has this answer to a part and works on rightly for as long as that leads anywhere."""
    texts = {}
    trace = working_from(found, first, own)
    for i in (first, *later_than(found, first)):
        part, target = found.question.parts[i], found.targets[i]
        try:
            value = found.answer_of(trace, part, target)
        except StepError:
            continue
        if isinstance(value, bool):
            texts[i] = str(value)
        elif all(map(is_finite, elements(value))):
            texts[i] = printed_value(value, target.precision)
    return texts


@cache
def gamed(id: str) -> tuple[tuple[Variant, int, Value, dict[int, str]], ...]:
    """Made-up answers to every part of a question that a later one needs, with what is written down then."""
    return tuple(
        (found, first, own, as_far_as_it_goes(found, first, own))
        for found in variants(id)[:1]
        for first in needed(found)
        for own in games(found, first)
    )


def carried_in(found: Variant, first: int, texts: dict[int, str]) -> list[tuple[int, int, dict[int, str]]]:
    """The parts behind one that earn something for following from it."""
    verdicts = marked(found, texts)
    return [(first, i, texts) for i in later_than(found, first) if verdicts[i].carried]


@pytest.mark.parametrize("id", BANK.ids())
def test_zeros_ones_and_enormous_values_earn_nothing_for_what_follows(id: str) -> None:
    """However right the working from them is, in the next part and in those behind it."""
    assert [won for found, first, _, texts in gamed(id) for won in carried_in(found, first, texts)] == []


@pytest.mark.parametrize("id", BANK.ids())
def test_what_comes_of_a_made_up_value_earns_nothing_where_the_value_itself_is_left_blank(id: str) -> None:
    """Who leaves the scores out and makes all weights equal has not shown how an output follows from weights."""
    chains = [(found, first, texts) for found, first, _, texts in gamed(id) if len(later_than(found, first)) > 1]
    assert [won for found, first, texts in chains for won in carried_in(found, first, texts | {first: ""})] == []


@pytest.mark.parametrize("id", BANK.ids())
def test_an_option_of_zeros_or_ones_earns_nothing_for_what_follows(id: str) -> None:
    """Even one that stands on the paper, and where what follows stands there, too."""
    won = []
    for found, first, own, _ in gamed(id):
        if max(elements(own)) <= 1:
            with suppress(StepError):
                asked, texts = chosen(found, first, own)
                won += carried_in(asked, first, texts)
    assert won == []


def test_real_working_behind_a_blank_is_carried() -> None:
    """Weights that are wrong but worked for: the output that follows from them is right from there."""
    found = variants("attention/bilinear-score")[0]
    own = array([Fraction(1, 5), Fraction(7, 10), Fraction(1, 10)])
    texts = as_far_as_it_goes(found, 1, own)
    assert [bool(verdict.carried) for verdict in marked(found, texts)] == [False, False, True]


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
        ("same", "valid", False, False),
        (True, False, False, False),
    ],
    ids=str,
)
def test_only_zeros_and_ones_that_no_slip_leads_to_are_made_up(
    own: Value, key: Value, counts: bool, expected: bool
) -> None:
    """A small number may come to 1, one element of several to 0 or 1; a word is no number."""
    assert made_up(own, key, counts=counts) is expected


def _everywhere(value: Value, number: str) -> str:
    """A number in every place of a value, as somebody types it."""
    if is_array(value):
        return "[" + ", ".join(_everywhere(row, number) for row in value) + "]"
    return number


@pytest.mark.parametrize("number", ["1e-30", "0.0001", "0.25", "-0.5", "0.5", "1", "2", "10", "999", "1000"])
@pytest.mark.parametrize(
    "id",
    [
        "attention/scaled-dot-product",
        "backprop/through-time",
        "convolution-cost/wrong-formula-sheet",
        "convolution/same-padding",
        "evaluation/spam-filter",
        "lstm/one-unit",
        "lstm/saturated-gates",
    ],
)
def test_one_number_everywhere_earns_nothing_for_what_follows(id: str, number: str) -> None:
    """However often it happens to be what comes of itself."""
    found = variants(id)[0]
    texts = {i: _everywhere(found.targets[i].value, number) for i in numbers_of(found)}
    assert [verdict.label for verdict in marked(found, texts) if verdict.carried] == []


@pytest.mark.parametrize(
    ("made_up", "followed"),
    [
        ({"forget_gate": 1, "input_gate": 1, "candidate": 1, "output_gate": 1}, ["cell", "hidden"]),
        ({"forget_gate": 1000, "input_gate": 1000, "candidate": 1000}, ["cell"]),
        ({"cell": 90}, ["hidden"]),
    ],
    ids=["ones", "enormous gates", "a cell far out"],
)
def test_gates_of_one_and_a_tangent_of_one_leave_nothing_to_work_out(
    made_up: dict[str, int], followed: list[str]
) -> None:
    """Whoever adds one to a cell, or copies a gate because the tangent is 1, has not shown how a cell works."""
    found = variants("lstm/one-unit")[0]
    assert found.trace is not None
    run = found.trace.putting(made_up)
    names = [part.key_name for part in found.question.parts]
    texts = {
        i: printed_value(run[name], found.targets[i].precision)
        for i, name in enumerate(names)
        if name in made_up or name in followed
    }
    assert [verdict.label for verdict in marked(found, texts) if verdict.carried] == []


@pytest.mark.parametrize("number", [Fraction(1, 2), Fraction(3, 10)], ids=str)
@pytest.mark.parametrize(
    ("id", "made_up"),
    [
        ("lstm/one-unit", ["forget_gate", "input_gate", "output_gate"]),
        ("gru/one-unit", ["update_gate", "reset_gate"]),
    ],
)
def test_one_value_for_all_gates_earns_nothing_for_what_follows(id: str, made_up: list[str], number: Fraction) -> None:
    """However rightly the state is worked from it: who writes the same for gates that differ has worked out none of them."""
    found = variants(id)[0]
    assert found.trace is not None
    names = [part.key_name for part in found.question.parts]
    assert set(made_up) <= set(names)
    run = found.trace.putting(dict.fromkeys(made_up, number))
    texts = {i: printed_value(run[name], found.targets[i].precision) for i, name in enumerate(names)}
    assert [verdict.label for verdict in marked(found, texts) if verdict.carried] == []


def test_equal_weights_earn_nothing_for_what_follows_unless_they_follow_themselves() -> None:
    """From scores that a slip made equal they do."""
    found = variants("attention/additive-score")[0]
    assert found.trace is not None
    scores = found.trace[step_of(found, 0)]
    equal = array([scores[0]] * len(scores))
    worked = written(found, 0, equal)
    made_up = written(found, 1, array([Fraction(1, len(scores))] * len(scores)))
    assert [bool(verdict.carried) for verdict in marked(found, worked)] == [False, True, True]
    assert [bool(verdict.carried) for verdict in marked(found, made_up)] == [False, False, False]


@pytest.mark.parametrize(
    ("id", "number", "filled"),
    [
        ("backprop/through-time", 1, 2),
        ("lstm/concatenated-input", 1, 2),
        ("parameters/encoder-layer-table", Fraction(1, 2), 2),
        ("parameters/encoder-layer-table", 5, 3),
    ],
)
def test_ones_and_counts_of_next_to_nothing_earn_nothing_for_what_follows(id: str, number: Value, filled: int) -> None:
    """Though one of them might be a slip."""
    found = variants(id)[0]
    assert found.trace is not None
    run = found.trace.putting({step_of(found, i): number for i in range(filled)})
    values = {i: number if i < filled else run[step_of(found, i)] for i in numbers_of(found)}
    texts = {i: printed_value(value, found.targets[i].precision) for i, value in values.items()}
    assert [verdict.label for verdict in marked(found, texts) if verdict.carried] == []


@pytest.mark.parametrize("factor", [-1, -5])
def test_a_count_below_nothing_that_leaves_no_padding_earns_nothing(factor: int) -> None:
    """Even if its size is right; one of another size is made up anyway."""
    found = variants("convolution/same-padding")[0]
    texts = as_far_as_it_goes(found, 0, factor * found.targets[0].value)
    assert [verdict.label for verdict in marked(found, texts) if verdict.carried] == []


def test_a_count_of_one_that_a_mistake_leads_to_is_worked_on_with() -> None:
    """One bias for a whole layer is wrong, and the total is right with it; a one that nothing leads to earns nothing."""
    parts = [{"answer": name, "type": "integer"} for name in ("weights", "biases", "total")]
    paper = paper_of(derivation("params.conv2d"), {"c_in": 48, "c_out": 96, "k": 5}, parts)
    one_bias = {"1a": "115200", "1b": "1", "1c": "115201"}
    no_weights = {"1a": "1", "1b": "96", "1c": "97"}
    assert [verdict.marks for verdict in mark(paper, one_bias, Policy())] == [1, 0, 1]
    assert [verdict.marks for verdict in mark(paper, no_weights, Policy())] == [0, 1, 0]


def test_what_follows_from_a_made_up_value_is_not_carried_by_itself() -> None:
    """Equal scores make equal weights: neither they nor the output that follows from the weights earn anything."""
    found = variants("attention/bilinear-score")[0]
    texts = as_far_as_it_goes(found, 0, found.targets[0].value * 0)
    assert [verdict.marks for verdict in marked(found, texts)] == [0, 0, 0]


# ----------------------------------------------------------------------------------------------------------- formulas


def empty_formulas(found: Variant, index: int) -> Iterator[Node]:
    """Formulas that say nothing: 0, 1, an enormous number, something that is 0 or 1 whatever the variables are, and an enormous multiple."""
    part = found.question.parts[index]
    name = next(iter(part.variables))
    for text in ("0", "1", "1000000", f"0*{name}", f"{name} - {name} + 1", f"10^9*({part.form})"):
        yield parse(text, tuple(part.variables))


@pytest.mark.parametrize("id", IN_SYMBOLS)
def test_formulas_without_a_variable_and_enormous_ones_earn_nothing_for_what_follows(id: str) -> None:
    """Nor does what follows from them where the formula itself is left out."""
    won, count = [], 0
    for found in variants(id)[:1]:
        for first in formulas_of(found):
            later = later_than(found, first)
            for formula in empty_formulas(found, first) if later else ():
                try:
                    texts = written_in_symbols(found, first, formula, found.givens)
                except (StepError, ExpressionError):
                    continue
                for own in (texts, texts | {first: ""}):
                    verdicts = marked(found, own)
                    count += 1
                    won += [(own, i) for i in later if verdicts[i].carried]
    assert won == []
    assert count


def test_a_bare_variable_earns_nothing_for_its_value() -> None:
    """Who writes k for 1 + L d (k - 1) has not worked anything out by putting 3 for k; who forgets the 1 has."""
    found = variants("receptive-field/field-formula")[0]
    k, L, d = (found.givens[name] for name in ("k", "L", "d"))
    for formula, value, earns in (
        ("k", k, False),
        ("L*d*(k - 1)", L * d * (k - 1), True),
        ("1 + L*d*k", 1 + L * d * k, True),
    ):
        verdict = marked(found, {0: formula, 1: str(value)})[1]
        assert (verdict.marks == verdict.worth, bool(verdict.carried)) == (earns, earns)


def test_a_formula_that_undoes_what_follows_earns_nothing() -> None:
    """With 1/(a - y) for the slope, the delta is 1 whatever the numbers are, however long it is written."""
    found = variants("backprop/delta-in-symbols")[0]
    verdicts = marked(found, {0: "1/(a - y)", 1: "(a - y)*1/(a - y)", 2: "h"})
    assert [verdict.carried for verdict in verdicts[:2]] == [(), ()]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("a", 0), ("-a", 0), ("1 - a^2", 2), ("(a - y)*(1 - a^2)*h", 5), ("sqrt(6/((1 + a^2)*n))", 5), ("a b c", 2)],
)
def test_operations_are_counted(formula: str, expected: int) -> None:
    """Signs are none."""
    assert operations(parse(formula, tuple("abchny"))) == expected


def test_a_formula_has_half_the_right_ones_operations_at_least() -> None:
    """If only its value is asked for next."""
    right = parse("1 + L*d*(k - 1)")
    short = {text: too_short(parse(text), right) for text in ("k", "L*d", "L*d*k", "1 + L*d*k")}
    assert short == {"k": True, "L*d": True, "L*d*k": False, "1 + L*d*k": False}


def test_a_constant_is_the_same_everywhere_but_not_where_the_key_is() -> None:
    """One point says nothing."""
    assert constant(array([2, 2.0, 2]), array([1, 2, 3]))
    assert not constant(array([2, 2]), array([5, 5]))
    assert not constant(array([2]), array([5]))
    assert not constant(array([2, 3]), array([5, 6]))
