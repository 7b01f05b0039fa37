"""Computed parts as multiple choice: distinct options, each wrong one a diagnosis, no place that betrays the key."""

from __future__ import annotations

from collections import Counter

import pytest

from grader.bank_check import mark_variant
from questions.bank import Bank
from questions.blueprint import Blueprint, Student
from questions.choices import NoChoiceError, asked_as_choice
from questions.distractors import Wrong, selected
from questions.exam import key_of, paper_from_key, papers, secret_of_seed
from questions.key import value_of
from questions.question import Words
from questions.sampling import draw
from questions.stream import Stream
from solvers.derivation import is_convention
from solvers.values import Shape, same

BANK = Bank()
KINDS = ("convolution/output-size", "lstm/one-unit", "lstm/vector-layer", "convolution/volume-shape")


@pytest.mark.parametrize("id", KINDS)
def test_choices_change_no_draw(id: str) -> None:
    """The same seed draws the same numbers, with options or without."""
    question = BANK.question(id)
    assert [str(draw(question, s).givens) for s in range(6)] == [
        str(draw(question, s, choices=True).givens) for s in range(6)
    ]


@pytest.mark.parametrize("id", KINDS)
def test_options_print_unlike_each_other_and_one_is_right(id: str) -> None:
    """At least two wrong ones beside it."""
    for target in draw(BANK.question(id), 3, choices=True).targets:
        assert len({option.text.en for option in target.options}) == len(target.options) >= 3
        assert sum(option.correct for option in target.options) == 1


def test_a_wrong_option_is_its_own_diagnosis() -> None:
    """Whoever chooses it is told the misconception that it stands for."""
    variant = draw(BANK.question("convolution/output-size"), 1, choices=True)
    for option in variant.targets[0].options:
        diagnosis = mark_variant(variant, {"size": option.label}).items[0].verdicts[0].diagnosis
        assert (diagnosis.misconceptions if diagnosis else ()) == option.misconceptions


def test_the_letter_of_the_key_is_as_likely_one_as_another() -> None:
    """Over a hundred seeds none of five letters is rare, none common."""
    question = BANK.question("convolution/output-size")
    letters = Counter(draw(question, seed, choices=True).targets[0].value for seed in range(100))
    assert len(letters) == 5
    assert max(letters.values()) < 35


def test_two_mistakes_at_once_are_both_told() -> None:
    """A wrong option that two misconceptions give together, or a slip on top of one, names both, with texts for both."""
    both = [
        (variant, option)
        for seed in range(12)
        for variant in [draw(BANK.question("convolution/output-size"), seed, choices=True)]
        for option in variant.targets[0].options
        if len(option.misconceptions) == 2
    ]
    assert both
    for variant, option in both:
        diagnosis = mark_variant(variant, {"size": option.label}).items[0].verdicts[0].diagnosis
        assert diagnosis is not None
        assert diagnosis.misconceptions == option.misconceptions
        assert all(id in BANK.misconceptions for id in option.misconceptions)


def _wrong(value: int, kind: str = "listed") -> Wrong:
    return Wrong(value, str(value), (f"a/{value}", "slip/besides-one") if kind == "besides" else (f"a/{value}",), kind)


def test_the_key_is_as_often_the_smallest_as_the_largest_or_in_the_middle() -> None:
    """Of five options; however many of the wrong values are larger."""
    pool = [_wrong(n) for n in (3, 12, 33, 40, 52, 61, 75, 88)] + [_wrong(n, "besides") for n in (7, 19)]
    places = Counter(
        sum(one.value < 30 for one in selected(_wrong(30, ""), pool, 4, Stream(f"place {i}"))) for i in range(300)
    )
    assert set(places) == set(range(5))
    assert max(places.values()) < 2 * min(places.values())


def test_the_key_is_seldom_the_one_that_the_others_are_made_from() -> None:
    """Doubled, halved, one more and one less are made from wrong values as well."""
    key, values = 40, (80, 20, 41, 39, 12, 24, 6, 13, 11, 68, 136, 34, 69, 67)
    pool = [_wrong(n, "listed" if n in (12, 68) else "slip") for n in values]
    related = {(a, b) for a in (key, *values) for b in (key, *values) if a in (2 * b, b + 1)}
    found = 0
    for i in range(200):
        among = [key, *(int(one.value) for one in selected(_wrong(key, ""), pool, 4, Stream(f"kin {i}")))]
        kin = [sum((a, b) in related or (b, a) in related for b in among) for a in among]
        found += kin[0] == max(kin) and kin.count(kin[0]) == 1
    assert found < 0.3 * 200


def test_what_is_right_by_another_convention_is_no_slip() -> None:
    """A factor 2 that is a matter of convention is not offered as an error."""
    question = BANK.question("backprop/two-layer-step")
    for seed in range(4):
        variant = draw(question, seed, choices=True)
        assert variant.trace is not None
        for part, target in zip(variant.question.parts, variant.targets, strict=True):
            ways = [id for id in variant.trace.derivation.misconceptions if is_convention(id)]
            right = [value_of(variant.under(id), part.answer or "") for id in ways]
            made = [o for o in target.options if any(id.startswith("slip/") for id in o.misconceptions)]
            assert not any(same(option.value, value) for option in made for value in right)


def test_a_question_without_computed_parts_is_refused() -> None:
    """The reason names the question."""
    formula = BANK.question("convolution/padding-formula")
    only = formula.model_copy(update={"parts": [part for part in formula.parts if part.type == "expression"]})
    with pytest.raises(NoChoiceError, match="convolution/padding-formula"):
        asked_as_choice(only)


def test_the_key_of_an_exam_keeps_the_options() -> None:
    """A paper read back from it has the same letters."""
    words = Words(en="Quiz", zh="测验")
    plan = Blueprint.model_validate(
        {"exam": "quiz", "title": words, "sections": [{"questions": list(KINDS), "choices": True}]}
    )
    paper = next(papers(BANK, plan, [Student(id="s1")], secret_of_seed(1)))
    again = paper_from_key(BANK, "quiz", key_of(paper))
    first, second = (
        [(o.label, o.text, o.misconceptions) for item in p.items for t in item.variant.targets for o in t.options]
        for p in (paper, again)
    )
    assert first == second


def test_no_option_is_one_away_from_a_large_key() -> None:
    """134399 beside 134400 is what nobody would choose."""
    question = BANK.question("complexity/counted-costs")
    for seed in range(8):
        for target in draw(question, seed, choices=True).targets[:4]:
            values = [int(option.value) for option in target.options]
            key = next(int(option.value) for option in target.options if option.correct)
            assert len(values) > 2
            assert key < 100 or not {key - 1, key + 1} & set(values)


def test_a_number_that_anybody_may_write_is_not_called_copied() -> None:
    """An option of one digit that happens to be a given."""
    found = 0
    for seed in range(30):
        variant = draw(BANK.question("receptive-field/layers-needed"), seed, choices=True)
        for option in variant.targets[0].options:
            if option.misconceptions == ("slip/given",) and int(option.value) < 10:
                found += 1
                verdict = mark_variant(variant, {variant.question.parts[0].key_name: option.label}).items[0].verdicts[0]
                assert verdict.diagnosis is None
    assert found


def test_a_shape_is_offered_in_whole_sizes_and_not_one_off_a_large_one() -> None:
    """Neither 59/2 nor 137 beside 138 could be taken for a size."""
    for id in ("convolution/conv2d-code", "networks/skip-connection-crop", "attention/read-attention-code"):
        for seed in range(6):
            for target in draw(BANK.question(id), seed, choices=True).targets:
                shapes = [option.value for option in target.options if isinstance(option.value, Shape)]
                assert all(type(size) is int for shape in shapes for size in shape)
                near = [o for o in target.options if o.misconceptions == ("slip/off-by-one",) and o.value in shapes]
                key = next(option.value for option in target.options if option.correct)
                assert not any(a != b and b > 60 for o in near for a, b in zip(o.value, key, strict=True))
