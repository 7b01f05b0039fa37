"""How much a number says: more with every digit, hardly anything if it is small, and less the more causes are tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.evidence import ENOUGH, FORMULA, SECOND, UNLISTED, price, specificity
from grader.reading import Reading, read
from tests.strategies import item, marked, model_answers, variant


def bits(id: str, text: str, index: int = 0) -> float:
    """What this response to a part says."""
    found = variant(id)
    target = found.targets[index]
    reading = read(text, target.type, names=target.names)
    assert isinstance(reading, Reading)
    return specificity(reading, found.question.parts[index], target)


def test_digits_are_evidence() -> None:
    """Each further digit typed says some three bits more, until rounding would leave it open."""
    said = [bits("lstm/one-unit", text) for text in ("0.7", "0.71", "0.713", "0.7134", "0.71342")]
    assert said[2] - said[1] == pytest.approx(3.32, abs=0.01)
    assert said[4] == pytest.approx(said[3], abs=0.01)


def test_zeros_typed_are_digits() -> None:
    """0.300 is one of a thousand numbers, 0.3 one of ten."""
    assert bits("lstm/one-unit", "0.3000") > bits("lstm/one-unit", "0.3") + 6


@pytest.mark.parametrize("text", ["1e308", "-1e308", "2^1000", "1e-300", "9" * 300])
def test_numbers_of_any_size_say_something_finite(text: str) -> None:
    """No number that can be typed is more than the rarest, or breaks the count."""
    for index in range(len(variant("lstm/one-unit").targets)):
        assert 0 < bits("lstm/one-unit", text, index) <= FORMULA


@given(st.sampled_from(["0", "1", "-1"]))
def test_numbers_written_for_many_reasons_say_little(text: str) -> None:
    """Nobody is accused of anything for a 0 or a 1 alone."""
    assert bits("convolution/output-size", text) < 4


def test_an_array_says_as_much_as_its_wrong_elements() -> None:
    """What is right in it says that the student does not guess, and no more."""
    right = variant("lstm/vector-layer").targets[0].printed.strip("[]").split(",")[1]
    both, one = bits("lstm/vector-layer", "[0.111, 0.222]"), bits("lstm/vector-layer", f"[0.111, {right}]")
    assert both > 1.5 * one
    assert one == pytest.approx(bits("lstm/vector-layer", "[0.111]") + 0.5, abs=1)


def test_a_cause_costs_by_how_many_are_tried() -> None:
    """Twice as many cost a bit more; unlisted ones, further ones and those not known yet cost more."""
    listed = {"a", "b", "c", "d"}
    assert price(["a"], listed, (4, 8), ()) == 2
    assert price(["a"], listed, (2, 8), ()) == 1
    assert price(["x"], listed, (4, 8), ()) == 3 + UNLISTED
    assert price(["a", "b"], listed, (4, 8), ()) == 4 + SECOND
    assert price(["a", "b"], listed, (4, 8), {"a"}) == 2


def test_a_common_number_is_explained_only_if_the_rest_bears_it_out() -> None:
    """The same wrong stride is a misconception's when the other one is, too, and nobody's alone."""
    paper = item("convolution/needed-stride", 1)
    alone = marked(paper, {"largest": "7", "smallest": ""})["largest"].diagnosis
    borne_out = marked(paper, {"largest": "7", "smallest": "7"})["largest"].diagnosis
    assert alone is None
    assert borne_out is not None
    assert borne_out.misconceptions == ("conv/no-plus-one",)
    assert ENOUGH > 0


def test_what_is_nearly_nothing_says_as_little_as_nothing() -> None:
    """Digits behind zeros that nobody asked for are no evidence."""
    assert bits("lstm/one-unit", "0.0000100") == bits("lstm/one-unit", "0")


def test_a_number_with_fewer_digits_is_explained_by_what_rounds_to_it() -> None:
    """It is too coarse for the key, but not for what led to it."""
    wrong = {
        "cell_1": "-0.174",
        "hidden_1": "-0.065",
        "forget_gate_2": "0.203",
        "cell_2": "-0.178",
        "hidden_2": "-0.029",
    }
    verdicts = marked(item("lstm/two-time-steps", 1), wrong)
    said = {name: verdict.diagnosis.misconceptions for name, verdict in verdicts.items() if verdict.diagnosis}
    assert said == {"cell_2": ("lstm/cell-not-carried",), "hidden_2": ("lstm/cell-not-carried",)}


def test_a_whole_number_is_no_rounding_of_one_with_digits() -> None:
    """1 for 0.300 is explained by nothing, though much that comes to more than a half would round to it."""
    found = variant("lstm/one-unit")
    for name in model_answers(found):
        assert marked(item("lstm/one-unit"), {name: "1"})[name].diagnosis is None


def test_what_the_key_rounds_to_is_no_mistake() -> None:
    """Though a mistake's answer, with as few digits, is the same; but for one that comes to just these numbers."""
    for seed, rounded in ((6, "[0.1, 0.0, 0.9, 0.0]"), (13, "[0.2, 0.8, 0.0, 0.0]"), (17, "[0.8, 0.0, 0.2, 0.0]")):
        assert marked(item("attention/mask-too-late", seed), {"weights": rounded})["weights"].diagnosis is None
    exactly = marked(item("attention/mask-too-late", 4), {"weights": "[0.4, 0.6, 0.0, 0.0]"})["weights"].diagnosis
    assert exactly is not None
    assert exactly.misconceptions == ("attention/divided-by-sum",)
