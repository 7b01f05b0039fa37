"""Why an answer is wrong: single errors, pairs, errors on top of a carried value, and what speaks against them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grader.diagnosing import Diagnosis
from grader.marking import mark
from grader.simulation import misled, random_numbers
from questions.bank import Bank
from questions.blueprint import Policy
from questions.exam import Item
from questions.key import printed_value
from questions.sampling import draw
from questions.stream import Stream
from questions.variant import Variant
from solvers.registry import derivation
from solvers.trace import Trace
from tests.strategies import item, marked, model_answers, paper_of, variant

SEEDS = st.integers(1, 40)


def printed(found: Variant, trace: Trace, names: Iterable[str] | None = None) -> dict[str, str]:
    """What a run gives, as answers by the parts' names."""
    return {
        part.key_name: printed_value(trace[part.answer], target.precision)
        for part, target in zip(found.question.parts, found.targets, strict=True)
        if part.answer and "[" not in part.answer and (names is None or part.key_name in names)
    }


def under(found: Variant, *ids: str) -> Trace:
    """The run of somebody who has these misconceptions."""
    assert found.trace is not None
    return found.trace.derivation.run(found.trace.givens, replacing=ids, base=found.trace)


def causes(answers: dict[str, str], id: str, seed: int) -> dict[str, Diagnosis | None]:
    return {name: verdict.diagnosis for name, verdict in marked(item(id, seed), answers).items()}


@pytest.mark.parametrize(
    ("id", "wrong"),
    [
        ("integer", "conv/forgot-padding"),
        ("vector", "lstm/gates-swapped"),
        ("vector", "lstm/hidden-without-tanh"),
        ("chains/lstm", "lstm/tanh-in-gates"),
        ("chains/lstm", "lstm/gates-swapped"),
        ("chains/lstm", "lstm/hidden-without-tanh"),
        ("chains/convolution", "conv/forgot-padding"),
        ("chains/convolution", "conv/no-plus-one"),
        ("chains/attention", "attention/no-scaling"),
        ("chains/attention", "attention/raw-scores-as-weights"),
    ],
)
@given(seed=SEEDS)
def test_a_listed_misconception_is_told_from_its_answers(id: str, wrong: str, seed: int) -> None:
    """In every part that it makes wrong and that isn't right from the part before."""
    found = variant(id, seed)
    verdicts = marked(item(id, seed), printed(found, under(found, wrong)))
    lost = [v for v in verdicts.values() if v.kind != "correct"]
    assert lost
    assert all(v.diagnosis is not None and wrong in v.diagnosis.misconceptions for v in lost)


def test_a_right_answer_with_too_few_digits_to_tell_speaks_against_nothing() -> None:
    """-0.0001 for -0.0002 is right within rounding, and just what the mistake gives that the gradients show."""
    found = draw(Bank().question("backprop/through-time"), 8)
    typed = misled(found, ["backprop/weights-left-out"])
    assert typed is not None
    assert (typed["hidden_delta_1"], found.targets[2].printed) == ("-0.0001", "-0.0002")
    whole = Item(1, 0, found, found.question.marks)
    answers = {whole.label(i): typed[part.key_name] for i, part in enumerate(found.question.parts)}
    told = {verdict.diagnosis.misconceptions for verdict in mark(whole, answers, Policy()) if verdict.diagnosis}
    assert told == {("backprop/weights-left-out",)}


def test_a_right_answer_has_no_diagnosis() -> None:
    """Nor has an unreadable or a blank one."""
    answers = {"forget_gate": "about half", "input_gate": ""}
    assert set(causes(answers, "chains/lstm", 1).values()) == {None}


def test_an_answer_that_nothing_explains_has_no_diagnosis() -> None:
    """Better to say nothing than something false."""
    assert causes({"size": "7"}, "integer", 1)["size"] is None


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_one_slip_goes_before_two_errors(seed: int) -> None:
    """A wrong sign is a wrong sign, even if two misconceptions together would turn it round as well, which is said."""
    found = variant("lstm/forget-bias", seed)
    right = model_answers(found)
    flipped = right["bias"].removeprefix("-") if right["bias"].startswith("-") else f"-{right['bias']}"
    said = causes({**right, "bias": flipped}, "lstm/forget-bias", seed)["bias"]
    assert said is not None
    assert said.misconceptions == ("slip/sign",)
    assert {"lstm/logit-inverted", "lstm/inputs-added"} in map(set, said.alternatives)


@given(SEEDS)
def test_two_errors_together_are_found_as_a_pair(seed: int) -> None:
    """Where no single one explains the answer."""
    found = variant("vector", seed)
    both = ("lstm/gates-swapped", "lstm/hidden-without-tanh")
    answers = printed(found, under(found, *both), ["hidden"])
    diagnosis = causes(answers, "vector", seed)["hidden"]
    assert diagnosis is not None
    assert sorted(diagnosis.misconceptions) == sorted(both)


@given(SEEDS)
def test_an_error_on_top_of_an_own_value_is_found(seed: int) -> None:
    """A slip in the cell, and then the hidden state without the tangent."""
    found = variant("chains/lstm", seed)
    assert found.trace is not None
    slipped = found.trace["cell"] + 0.7
    assume(abs(slipped) > 0.5)  # nearer to 0 the tangent hardly matters
    trace = found.trace.derivation.run(
        found.trace.givens, overrides={"cell": slipped}, replacing=("lstm/hidden-without-tanh",), base=found.trace
    )
    diagnosis = causes(printed(found, trace, ["cell", "hidden"]), "chains/lstm", seed)["hidden"]
    assert diagnosis is not None
    assert diagnosis.misconceptions == ("lstm/hidden-without-tanh",)
    assert diagnosis.carried == (3,)


def test_right_parts_speak_against_a_cause() -> None:
    """Whoever has the sizes right did not forget the padding there."""
    found = variant("chains/convolution", 1)
    trace = under(found, "conv/forgot-padding")
    everywhere = causes(printed(found, trace), "chains/convolution", 1)["size_1"]
    assert everywhere is not None
    assert everywhere.misconceptions == ("conv/forgot-padding",)
    # With one zero a side and no stride, that and one taken off twice are the same numbers.
    assert everywhere.alternatives == (("conv/one-taken-off",),)


def test_a_cause_of_more_parts_is_preferred() -> None:
    """One idea that explains every wrong part is likelier than one that explains a single part."""
    found = variant("chains/lstm", 3)
    answers = printed(found, under(found, "lstm/tanh-in-gates"), ["forget_gate", "input_gate", "output_gate"])
    diagnoses = causes(answers, "chains/lstm", 3)
    assert {d.misconceptions for n, d in diagnoses.items() if n in answers and d} == {("lstm/tanh-in-gates",)}


def test_a_chosen_option_names_its_misconception() -> None:
    """An option that stands for one is its own diagnosis, computed or written."""
    paper = item("choice")
    for name, target in zip(model_answers(paper.variant), paper.variant.targets, strict=True):
        for option in target.options:
            diagnosis = marked(paper, {name: option.label})[name].diagnosis
            assert (diagnosis.misconceptions if diagnosis else ()) == option.misconceptions


def test_an_expression_under_a_wrong_rule_is_recognised() -> None:
    """As a function, not by its looks: padding for both sides at once is twice the right one."""
    diagnosis = causes({"formula": "(k - 1)*d"}, "convolution/padding-formula", 1)["formula"]
    assert diagnosis is not None
    assert "conv/padding-for-both-sides" in diagnosis.misconceptions


@given(st.sampled_from(["chains/lstm", "chains/convolution", "chains/attention", "vector", "matrix"]), SEEDS)
def test_no_right_working_is_diagnosed(id: str, seed: int) -> None:
    """Neither the model answer nor right working from an own value is called a misconception."""
    found = variant(id, seed)
    assert set(causes(printed(found, found.trace), id, seed).values()) == {None}  # type: ignore[arg-type]


def test_causes_that_explain_as_much_are_told_together() -> None:
    """Two misconceptions that lead to the same number: either, or."""
    found = variant("backprop/vanishing-chain", 12)
    paper = item("backprop/vanishing-chain", 12)
    answers = printed(found, under(found, "backprop/weights-left-out"), ["delta2"])
    verdicts = mark(paper, {"1c": answers["delta2"]}, Policy())
    diagnosis = verdicts[2].diagnosis
    assert diagnosis is not None
    told = {diagnosis.misconceptions, *diagnosis.alternatives}
    assert {("backprop/weights-left-out",), ("backprop/own-weight",)} <= told


def test_causes_that_say_the_same_bear_each_other_out() -> None:
    """A number of one digit is no evidence of one mistake, but where most of those listed lead to it, it was one of them."""
    listed = ["conv/forgot-padding", "conv/padding-once", "conv/no-plus-one", "conv/input-over-stride"]
    window = {"n": 7, "k": 3, "s": 2, "p": 1}
    paper = paper_of(derivation("conv.output_size"), window, [{"answer": "size", "type": "integer"}], listed)
    [verdict] = mark(paper, {"1": "3"}, Policy())
    assert verdict.diagnosis is not None
    told = {verdict.diagnosis.misconceptions, *verdict.diagnosis.alternatives}
    assert told >= {(id,) for id in listed}


def test_what_bears_a_cause_out_ranks_it_first() -> None:
    """Of two that explain the first wrong part, the one that explains the later ones too."""
    found = variant("backprop/vanishing-chain", 12)
    diagnosis = causes(printed(found, under(found, "backprop/weights-left-out")), "backprop/vanishing-chain", 12)
    assert diagnosis["delta2"] is not None
    assert diagnosis["delta2"].misconceptions == ("backprop/weights-left-out",)


@given(seed=SEEDS, near=st.booleans())
def test_numbers_that_mean_nothing_are_not_explained(seed: int, near: bool) -> None:
    """In none of the parts of a question whose numbers have some digits."""
    found = variant("lstm/one-unit", seed)
    drawn = random_numbers(found, Stream(f"{seed}"), near=near)
    assert set(causes(drawn, "lstm/one-unit", seed).values()) == {None}
