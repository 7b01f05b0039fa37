"""Computed parts as multiple choice: distinct options, each wrong one a diagnosis, no place that betrays the key."""

from __future__ import annotations

from collections import Counter

import pytest

from grader.bank_check import mark_variant
from questions.bank import Bank
from questions.blueprint import Blueprint, Student, Words
from questions.choices import NoChoiceError, asked_as_choice
from questions.exam import key_of, paper_from_key, papers, secret_of_seed
from questions.sampling import draw

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
        assert (diagnosis.misconceptions[0] if diagnosis else None) == option.misconception


def test_the_letter_of_the_key_is_as_likely_one_as_another() -> None:
    """Over a hundred seeds none of five letters is rare, none common."""
    question = BANK.question("convolution/output-size")
    letters = Counter(draw(question, seed, choices=True).targets[0].value for seed in range(100))
    assert len(letters) == 5
    assert max(letters.values()) < 35


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
        [(o.label, o.text, o.misconception) for item in p.items for t in item.variant.targets for o in t.options]
        for p in (paper, again)
    )
    assert first == second
