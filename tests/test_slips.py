"""Slips that no author has foreseen: found, told apart from chance, ranked after misconceptions, explained in both languages."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest

from grader.diagnosing import Diagnosis
from grader.slips import slips
from questions.bank import Bank
from questions.key import printed_value
from questions.near_misses import is_commonplace
from solvers.registry import derivation
from solvers.text import LANGUAGES, Text
from solvers.values import Value, array
from templates.feedback import causes
from templates.terminal import verdict_text
from tests.strategies import item, marked, paper_of, variant

UNIT, LAYER, COUNT = "lstm/one-unit", "lstm/vector-layer", "parameters/small-network"


def key(id: str, index: int = 0) -> Value:
    return variant(id, 3).targets[index].value


def said(id: str, value: Value, index: int = 0) -> list[str]:
    """The slips that lead to a value."""
    return [slip.id for slip in slips(variant(id, 3), index, value)]


@pytest.mark.parametrize(
    ("id", "change", "slip"),
    [
        (UNIT, lambda x: -x, "slip/sign"),
        (UNIT, lambda x: 2 * x, "slip/twice"),
        (UNIT, lambda x: x / 2, "slip/half"),
        (UNIT, lambda x: 10 * x, "slip/decimal-point"),
        (UNIT, lambda x: x / 100, "slip/decimal-point"),
        (UNIT, lambda x: 1 / x, "slip/reciprocal"),
        (COUNT, lambda n: n + 1, "slip/off-by-one"),
        (COUNT, lambda n: n - 1, "slip/off-by-one"),
        (COUNT, lambda n: 10 * n, "slip/decimal-point"),
        (LAYER, lambda v: -v, "slip/sign"),
        (LAYER, lambda v: array(list(v)[::-1]), "slip/order"),
        ("attention/scaled-dot-product", lambda m: m.T, "slip/transposed"),
        ("attention/scaled-dot-product", lambda m: m[::-1], "slip/order"),
    ],
)
def test_a_changed_key_is_found(id: str, change: object, slip: str) -> None:
    assert callable(change)
    assert slip in said(id, change(key(id)))


def test_the_right_number_of_something_else_is_named() -> None:
    """Another part's, a step's on the way, a given: with which one it is."""
    found = variant(UNIT, 3)
    assert found.trace is not None
    details = {slip.id: slip.detail for slip in slips(found, 0, key(UNIT, 1))}
    assert details["slip/other-part"] is not None
    assert "part (b)" in details["slip/other-part"].en
    assert "(b) 小问" in details["slip/other-part"].zh
    assert "slip/intermediate" in said(UNIT, found.trace["forget_score"], 5)


def test_what_another_part_asks_for_is_not_also_a_step_on_the_way() -> None:
    """One number has one name."""
    found = said(UNIT, key(UNIT, 3), 5)
    assert "slip/other-part" in found
    assert "slip/intermediate" not in found


def test_a_copied_given_is_named_unless_several_are_alike() -> None:
    """Which of them it was cannot be known then; and a number that anybody may write, such as 0.5, was not copied."""
    alike = set()
    for seed in range(1, 9):
        found = variant(UNIT, seed)
        assert found.trace is not None
        values = list(found.trace.givens.values())
        for name, value in found.trace.givens.items():
            copied = {slip.id: slip.detail for slip in slips(found, 5, value)}
            assert ("slip/given" in copied) == (not is_commonplace("slip/given", value))
            detail = copied.get("slip/given")
            if "slip/given" in copied:
                alike.add(values.count(value) > 1)
                assert (detail is None) == (values.count(value) > 1)
                assert detail is None or found.trace.derivation.givens[name].symbol in detail.en
    assert alike == {True, False}


def test_a_copied_number_is_near_what_it_was_copied_from() -> None:
    """By its own size: 0.8992 is no rounded 0.6602, though a key of 437 may be off by as much."""
    for seed in range(1, 9):
        found = variant("positional-encoding/one-dimension", seed)
        other = found.targets[1].value
        assert [slip.id for slip in slips(found, 0, other)] == ["slip/other-part"]


@pytest.mark.parametrize("value", [0, 2, -7, 30, 1000, Fraction(1, 2), Fraction(-1, 50), 0.3])
def test_a_number_of_one_digit_was_not_copied(value: Value) -> None:
    assert is_commonplace("slip/given", value)
    assert not is_commonplace("slip/sign", value)


@pytest.mark.parametrize("value", [12, 105, Fraction(3, 2), Fraction(1, 3), 0.25, array([1, 2])])
def test_a_number_of_more_digits_may_be_copied(value: Value) -> None:
    assert not is_commonplace("slip/given", value)


def test_digits_cut_off_are_told_from_digits_rounded_early() -> None:
    """The last digit is the only difference, but the advice is another."""
    for seed in range(1, 40):
        found = variant("attention/score-spread", seed)
        target = found.targets[1]
        cut = Fraction(math.trunc(target.value * 10**3), 10**3)
        if not target.close(cut):
            assert [slip.id for slip in slips(found, 1, cut)] == ["slip/cut-off"]
            return
    pytest.fail("no variant in which cutting off is wrong")


def test_working_with_a_digit_less_is_rounding_too_early() -> None:
    """The gates with two decimals, and then the hidden state with four."""
    found = variant(UNIT, 3)
    assert found.trace is not None
    coarse = {name: round(found.trace[name], 2) for name in ("forget_gate", "input_gate", "candidate", "output_gate")}
    value = found.trace.putting(coarse)["hidden"]
    ids = {slip.id for slip in slips(found, 5, Fraction(printed_value(value, found.targets[5].precision)))}
    assert ids <= {"slip/rounded-early"}
    assert slips(found, 5, key(UNIT, 5)) == []


def test_rounding_too_early_is_told() -> None:
    """The gates with a digit less than asked for: close to the key, but not close enough."""
    told = 0
    for seed in range(1, 30):
        found = variant(UNIT, seed)
        assert found.trace is not None
        run = found.trace
        for name in ("forget_gate", "input_gate", "candidate", "output_gate", "cell"):
            run = run.putting({name: Fraction(round(run[name], 3)).limit_denominator(1000)})
        typed = printed_value(run["hidden"], found.targets[5].precision)
        if not found.targets[5].close(Fraction(typed)):
            answers = {
                part.key_name: target.printed for part, target in zip(found.question.parts, found.targets, strict=True)
            }
            diagnosis = marked(item(UNIT, seed), {**answers, "hidden": typed})["hidden"].diagnosis
            told += diagnosis is not None and diagnosis.misconceptions == ("slip/rounded-early",)
    assert told


def test_another_row_is_another_element() -> None:
    """A part may ask for one row."""
    found = derivation("attention.dot_product")
    vectors = array([[Fraction(12, 10), Fraction(1, 2)], [Fraction(-4, 10), Fraction(8, 10)]])
    paper = paper_of(
        found, {"Q": vectors, "K": vectors, "V": vectors}, [{"answer": "scores[1]", "type": "vector", "decimals": 2}]
    )
    assert paper.variant.trace is not None
    assert [slip.id for slip in slips(paper.variant, 0, paper.variant.trace["scores"][0])] == ["slip/other-element"]


def test_what_is_left_of_a_share_is_told() -> None:
    """One minus the overlap of two boxes is their distance."""
    boxes = {"a": array([0, 0, 7, 5]), "b": array([3, 1, 11, 9])}
    paper = paper_of(derivation("eval.iou"), boxes, [{"answer": "iou", "type": "real", "decimals": 4}])
    assert [slip.id for slip in slips(paper.variant, 0, 1 - paper.variant.targets[0].value)] == ["slip/complement"]


def test_a_slip_is_told_where_no_misconception_explains_the_number() -> None:
    """A pure sign error in one part of a cell, the rest right."""
    found = variant(UNIT, 3)
    text = printed_value(-found.targets[3].value, found.targets[3].precision)
    diagnosis = marked(item(UNIT, 3), {"cell": text})["cell"].diagnosis
    assert diagnosis is not None
    assert diagnosis.misconceptions == ("slip/sign",)


def test_a_small_number_is_no_slip() -> None:
    """One away from 5 is where a guess would be."""
    answer = str(variant("convolution/needed-padding", 3).targets[1].value + 1)
    diagnosis = marked(item("convolution/needed-padding", 3), {"padding": answer})["padding"].diagnosis
    assert diagnosis is None or not diagnosis.misconceptions[0].startswith("slip/")


def test_students_are_told_what_it_was() -> None:
    """The general text, and the quantity by its name, in both languages."""
    found = variant(UNIT, 3)
    text = printed_value(found.targets[1].value, found.targets[1].precision)
    diagnosis = marked(item(UNIT, 3), {"candidate": text})["candidate"].diagnosis
    assert diagnosis is not None
    told = {language: causes(diagnosis, Bank(), language)[0][0].says for language in ("en", "zh")}
    assert told["en"].startswith("You answered part (b). ")
    assert told["zh"].startswith("你答的是第 (b) 小问。")


def test_every_slip_has_its_texts() -> None:
    """A title and an advice in both languages for whatever the search can find."""
    catalogue = [id for id in Bank().misconceptions if id.startswith("slip/")]
    root = Bank().folders[0].parent
    files = (root / "grader" / "slips.py", root / "questions" / "near_misses.py")
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert catalogue
    assert all(f'"{id}"' in source or f'"{id.removeprefix("slip/")}"' in source for id in catalogue)
    assert Diagnosis(("slip/sign",)).details == ()


def test_causes_that_fit_as_well_are_told_as_one_of_several() -> None:
    """Nobody is told one of two as if it were the only one."""
    two = Diagnosis(("slip/sign",), (("slip/twice",),))
    verdict = replace(next(iter(marked(item(UNIT, 3), {"cell": "9"}).values())), diagnosis=two)
    said = {language: verdict_text(verdict, Bank(), language) for language in LANGUAGES}
    assert "Likely one of these:\n- sign the wrong way round" in said["en"]
    assert "- or twice the right value" in said["en"]
    assert "可能的原因是下列之一：\n- 正负号弄反" in said["zh"]
    assert "- 或者多算了一倍" in said["zh"]


def test_only_a_symbol_that_the_question_shows_is_used() -> None:
    """A quantity of code, or one that only the solution names, is told by what it is."""
    code, formula = variant("attention/read-attention-code", 3), variant("attention/wanted-weight", 1)
    assert code.trace is not None
    assert formula.trace is not None
    given = {slip.id: slip.detail for slip in slips(code, 0, code.trace.givens["L"])}["slip/given"]
    assert given is not None
    assert given.en.startswith("You answered another quantity: tokens in a sequence ($")
    assert "另一个量：序列长度（$" in given.zh
    given = {slip.id: slip.detail for slip in slips(formula, 1, formula.trace.givens["d_k"])}["slip/given"]
    assert given is not None
    assert given.en.startswith("You answered $d_k = ")


def test_a_quantity_is_named_without_what_explains_it() -> None:
    """`true positives: positive, and predicted so (43)` is nothing that a lecturer would write."""
    found = variant("evaluation/spam-filter", 3)
    assert found.trace is not None
    hits = found.trace.givens["tp"]
    detail = next(slip.detail for slip in slips(found, 0, hits) if slip.id == "slip/given")
    assert detail == Text(
        f"You answered another quantity: true positives (${hits}$).", f"你给出的是另一个量：真正例数（${hits}$）。"
    )


@pytest.mark.parametrize(
    ("id", "times", "said"),
    [
        (UNIT, 10, "10 times the right one"),
        (UNIT, 100, "like a percentage"),
        (UNIT, 0.1, "a tenth of"),
        (UNIT, 0.01, "a hundredth of"),
        (COUNT, 100, "100 times the right one."),
    ],
)
def test_a_wrong_power_of_ten_is_named(id: str, times: float, said: str) -> None:
    """With what could have led to it where a share may have become a percentage."""
    value = key(id) * Fraction(str(times))
    details = [slip.detail for slip in slips(variant(id, 3), 0, value) if slip.id == "slip/decimal-point"]
    assert [said in detail.en for detail in details if detail is not None] == [True]
