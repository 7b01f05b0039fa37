"""A reading against the key: verdict, credit, and what the student is told."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import chain, combinations, permutations
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.comparing import RIGHT, Outcome, compare
from grader.comparing.labels import compare_choices, compare_matching, compare_order
from grader.marking import read_for
from grader.reading import Reading
from grader.request_key import target_of
from questions.blueprint import Policy
from questions.key import Choosable, Precision, Target
from questions.variant import LETTERS, targets
from solvers.text import Text
from tests.strategies import TYPES, variant


def compared(answer: str, target: Target) -> Outcome:
    """The answer compared with a key."""
    reading = read_for(answer, target)
    assert isinstance(reading, Reading), reading
    return compare(reading, target, Policy())


def outcome(kind: str, key: str, answer: str, policy: Policy | None = None, **request: Any) -> Outcome:
    """The answer compared with a key given as text, as in a request to `gradmark check`."""
    target = target_of({"type": kind, "key": key, "answer": answer, **request})
    reading = read_for(answer, target)
    assert isinstance(reading, Reading), reading
    return compare(reading, target, policy or Policy())


HALF = Fraction(1, 2)
TABLE: list[tuple[str, str, str, dict[str, Any], str, Fraction | int]] = [
    ("integer", "55", "55", {}, "correct", 1),
    ("integer", "55", "54", {}, "incorrect", 0),
    ("integer", "60965224", "60965225", {}, "incorrect", 0),
    ("integer", "175000000000", "175B", {}, "correct", 1),
    ("integer", "9007199254740993", "9007199254740992", {}, "incorrect", 0),
    ("real", "0.8808", "0.881", {"decimals": 3}, "correct", 1),
    ("real", "0.8808", "0.88", {"decimals": 3}, "coarse", HALF),
    ("real", "0.8808", "0.87", {"decimals": 3}, "incorrect", 0),
    ("real", "0.8808", "0", {"decimals": 3}, "incorrect", 0),
    ("real", "0.8808", "0.9", {"decimals": 3}, "incorrect", 0),
    ("real", "0.8808", "1", {"decimals": 3}, "incorrect", 0),
    ("real", "12.3456", "12", {"decimals": 3}, "coarse", HALF),
    ("real", "12.3456", "12.3", {"decimals": 3}, "coarse", HALF),
    ("real", "12.3456", "12.4", {"decimals": 3}, "incorrect", 0),
    ("real", "12.3456", "1e1", {"decimals": 3}, "incorrect", 0),
    ("real", "9.96", "10", {"decimals": 2}, "coarse", HALF),
    ("real", "1234.5", "1200", {"decimals": 1}, "coarse", HALF),
    ("real", "1234.5", "1000", {"decimals": 1}, "incorrect", 0),
    ("real", "0.125", "0.12", {"decimals": 2}, "correct", 1),
    ("real", "0.125", "0.13", {"decimals": 2}, "correct", 1),
    ("real", "0.0625", "0.062", {"significant": 2}, "correct", 1),
    ("real", "0.0625", "0.063", {"significant": 2}, "correct", 1),
    ("real", "9.996", "10.0", {"significant": 3}, "correct", 1),
    ("real", "9.996", "9.95", {"significant": 3}, "incorrect", 0),
    ("real", "45.8", "46.0", {"abs": "0.2"}, "correct", 1),
    ("real", "45.8", "46.01", {"abs": "0.2"}, "incorrect", 0),
    ("real", "4", "4.44", {"rel": "0.1"}, "incorrect", 0),
    ("real", "4", "4.4", {"rel": "0.1"}, "correct", 1),
    ("real", "1/3", "0.333", {}, "incorrect", 0),
    ("integer", "25557032", "25.6M", {}, "incorrect", 0),
    ("real", "0.0123", "0.0", {"decimals": 3}, "incorrect", 0),
    ("real", "0.5", ".5", {"decimals": 3}, "correct", 1),
    ("real", "0.5", "1/2", {"decimals": 3}, "correct", 1),
    ("real", "0.25", "25%", {"decimals": 2}, "correct", 1),
    ("real", "25557032", "25.6M", {"significant": 3}, "correct", 1),
    ("real", "25557032", "25.6M", {"decimals": 0}, "coarse", HALF),
    ("real", "25557032", "26M", {"significant": 3}, "coarse", HALF),
    ("real", "25557032", "3e7", {"significant": 3}, "incorrect", 0),
    ("real", "1234.5", "1.2k", {"decimals": 1}, "coarse", HALF),
    ("real", "0.001234", "1.23e-3", {"significant": 3}, "correct", 1),
    ("real", "e^2/(1+e^2)", "0.8807970779778823", {}, "correct", 1),
    ("real", "100", "101", {"rel": 0.01}, "correct", 1),
    ("real", "100", "101.1", {"rel": 0.01}, "incorrect", 0),
    ("real", "100", "100.5", {"abs": 0.5}, "correct", 1),
    ("fraction", "3/4", "3/4", {}, "correct", 1),
    ("fraction", "3/4", "6/8", {}, "form", HALF),
    ("fraction", "3/4", "-3/-4", {}, "correct", 1),
    ("fraction", "3/4", "0.75", {}, "correct", 1),
    ("fraction", "3/2", "1 1/2", {}, "correct", 1),
    ("fraction", "2", "4/2", {}, "form", HALF),
    ("fraction", "3/4", "4/3", {}, "incorrect", 0),
    ("fraction", "1/3", "0.333", {}, "incorrect", 0),
    ("vector", "[1, 2, 3, 4]", "1, 2, 3, 4", {}, "correct", 1),
    ("vector", "[1, 2, 3, 4]", "[1, 2, 3, 5]", {}, "partial", Fraction(3, 4)),
    ("vector", "[1, 2, 3, 4]", "[5, 6, 7, 8]", {}, "incorrect", 0),
    ("vector", "[1, 2, 3]", "[1, 2]", {}, "incorrect", 0),
    ("vector", "[0.125, 0.25]", "[0.13, 0.25]", {"decimals": 3}, "partial", Fraction(3, 4)),
    ("vector", "[0.125, 0.625]", "[0.13, 0.63]", {"decimals": 3}, "coarse", HALF),
    ("matrix", "[[1, 2], [3, 4]]", "1 2; 3 4", {}, "correct", 1),
    ("matrix", "[[1, 2], [3, 4]]", "[[1, 2], [3, 0]]", {}, "partial", Fraction(3, 4)),
    ("matrix", "[[1, 2, 3], [4, 5, 6]]", "[[1, 4], [2, 5], [3, 6]]", {}, "incorrect", 0),
    ("vector", "[0.123, 0.046, 0.831]", "[0.12, 0.05, 0.83]", {"decimals": 3}, "coarse", HALF),
    ("vector", "[0.123, 0.046, 0.831]", "[0.12, 0.06, 0.83]", {"decimals": 3}, "partial", Fraction(1, 3)),
    ("vector", "[1, 0, 0, 3]", "[0, 0, 0, 0]", {}, "incorrect", 0),
    ("vector", "[1, 1, 1, 3]", "[1, 1, 1, 1]", {}, "incorrect", 0),
    ("vector", "[2, 2, 2, 2]", "[2, 2, 2, 2]", {}, "correct", 1),
    ("matrix", "[[1, 2], [3, 4]]", "[[[1, 2], [3, 4]]]", {}, "correct", 1),
    ("matrix", "[[1, 2], [3, 4]]", "[[[1, 2], [3, 5]]]", {}, "partial", Fraction(3, 4)),
    ("matrix", "[[1, 2, 3], [4, 5, 6]]", "[[1, 2], [3, 4], [5, 6]]", {}, "form", HALF),
    ("matrix", "[[1, 2], [3, 4]]", "1, 2, 3, 4", {}, "form", HALF),
    ("matrix", "[[1, 2], [3, 4]]", "1, 3, 2, 4", {}, "incorrect", 0),
    ("matrix", "[[1], [2], [3]]", "[[1, 2, 3]]", {}, "form", HALF),
    ("tensor", "[[[1, 2]], [[3, 4]]]", "[[[1, 2]], [[3, 4]]]", {}, "correct", 1),
    ("shape", "(64, 112, 112)", "64x112x112", {}, "correct", 1),
    ("shape", "(64, 112, 112)", "1x64x112x112", {}, "correct", 1),
    ("shape", "(64, 112, 112)", "64@112x112", {}, "correct", 1),
    ("shape", "(64, 112, 112)", "C=64, H=112, W=112", {}, "correct", 1),
    ("shape", "(64, 112, 112)", "N x 64 x 112 x 112", {}, "correct", 1),
    ("shape", "(64, 112, 112)", "(batch, 64, 112, 112)", {}, "correct", 1),
    ("shape", "(64, 112, 112)", "H=112, W=112, C=64", {}, "incorrect", 0),
    ("shape", "(1, 64, 112, 112)", "64x112x112", {}, "correct", 1),
    ("shape", "(1, 10)", "10", {}, "incorrect", 0),
    ("shape", "(10,)", "(1, 10)", {}, "incorrect", 0),
    ("shape", "(64, 112, 112)", "2x64x112x112", {}, "incorrect", 0),
    ("shape", "(64, 112, 112)", "112x112x64", {}, "incorrect", 0),
    ("shape", "(64, 112, 112)", "64x112", {}, "incorrect", 0),
    ("expression", "4*h*(d+h+1)", "4hd + 4h^2 + 4h", {}, "correct", 1),
    (
        "expression",
        "floor((n-k)/s)+1",
        "floor((n-k+s)/s)",
        {"variables": dict.fromkeys("nks", "integer")},
        "correct",
        1,
    ),
    ("expression", "floor((n-k)/s)+1", "(n-k)/s+1", {"variables": dict.fromkeys("nks", "integer")}, "incorrect", 0),
    ("expression", "x^2", "1/0*x", {}, "incorrect", 0),
    ("choice", "B", "b", {}, "correct", 1),
    ("choice", "B", "(C)", {}, "incorrect", 0),
    ("choices", "A, C", "C A", {"options": "ABCD"}, "correct", 1),
    ("choices", "A, C", "A", {"options": "ABCD"}, "partial", HALF),
    ("choices", "A, C", "A B C D", {"options": "ABCD"}, "incorrect", 0),
    ("choices", "A, C", "A, B", {"options": "ABCD"}, "incorrect", 0),
    ("choices", "A, C", "A, B, C", {"options": "ABCD"}, "partial", HALF),
    ("truth", "true", "对", {}, "correct", 1),
    ("truth", "true", "F", {}, "incorrect", 0),
    ("order", "A, B, C", "A > B > C", {"options": "ABC"}, "correct", 1),
    ("order", "A, B, C", "A > C > B", {"options": "ABC"}, "incorrect", 0),
    ("order", "A, B, C, D", "A, C, B, D", {"options": "ABCD"}, "partial", HALF),
    ("order", "A, B, C", "C > B > A", {"options": "ABC"}, "incorrect", 0),
    ("order", "A, B, C", "A > B", {"options": "ABC"}, "incorrect", 0),
    ("matching", "1-A, 2-B, 3-C", "1-A, 2-B, 3-C", {"options": "ABC"}, "correct", 1),
    ("matching", "1-A, 2-B, 3-C", "2-B, 1-A", {"options": "ABC"}, "partial", HALF),
    ("matching", "1-A, 2-B, 3-C", "1-A, 2-A, 3-A", {"options": "ABC"}, "incorrect", 0),
    ("text", "forget gate|遗忘门", "Forget-gate", {}, "correct", 1),
    ("text", "forget gate|遗忘门", "input gate", {}, "incorrect", 0),
    ("complexity", "O(n^2 d)", "n^2d + n", {}, "correct", 1),
    ("complexity", "O(n^2 d)", "dnn", {"variables": ["n", "d"]}, "correct", 1),
    ("complexity", "O(n^2 d)", "O(n d)", {}, "incorrect", 0),
]


@pytest.mark.parametrize(("kind", "key", "answer", "request_", "verdict", "credit"), TABLE)
def test_verdict_and_credit(
    kind: str, key: str, answer: str, request_: dict[str, Any], verdict: str, credit: Fraction | int
) -> None:
    """What each answer is, and the share of the marks that it earns."""
    found = outcome(kind, key, answer, **request_)
    assert (found.kind, found.credit) == (verdict, credit)


NOTES: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("real", "0.8808", "0.88", {"decimals": 3}, "3 decimals were asked for"),
    ("real", "1234.5", "1.2k", {"significant": 4}, "4 significant figures were asked for"),
    ("real", "0.8808", "-0.881", {"decimals": 3}, "Only the sign is wrong"),
    ("fraction", "3/4", "6/8", {}, "can be reduced"),
    ("vector", "[1, 2, 3, 4]", "[1, 2, 3, 5]", {}, "3 of the 4 numbers are right"),
    ("vector", "[1, 2]", "[1, 5]", {}, "1 of the 2 numbers is right"),
    ("vector", "[1, 2, 3]", "[3, 2, 1]", {}, "in reverse order"),
    ("vector", "[1, 2, 3]", "[-1, -2, -3]", {}, "Every sign is the wrong way round"),
    ("vector", "[1, 2, 3]", "[1, 2]", {}, "Yours is a vector of 2 numbers; a vector of 3 numbers is expected"),
    ("matrix", "[[1, 2], [3, 4]]", "[[1, 3], [2, 4]]", {}, "transposed"),
    ("matrix", "[[1, 2, 3], [4, 5, 6]]", "[[1, 4], [2, 5], [3, 6]]", {}, "transposed"),
    ("matrix", "[[1, 2], [3, 4]]", "[[-1, -3], [-2, -4]]", {}, "transposed, with every sign"),
    ("real", "0.8808", "0.9", {"decimals": 3}, "rounded too far to count"),
    ("integer", "25557032", "25.6M", {}, "the exact one is needed"),
    ("fraction", "1/3", "0.333", {}, "the exact one is needed"),
    ("vector", "[1, 2, 3]", "5", {}, "One number was given"),
    ("vector", "[1, 2, 3]", "[2, 4, 6]", {}, "the right answer times 2"),
    ("vector", "[0.12, 0.34, 0.51]", "[0.24, 0.69, 1.02]", {"decimals": 2}, "the right answer times 2"),
    ("vector", "[1, 2, 3]", "[2, 3, 1]", {}, "but not in their places"),
    ("vector", "[1, 2, 3]", "[1, -2, 3]", {}, "Only a sign is wrong"),
    ("vector", "[1, 2, 3, 4]", "[1, -2, 3, -4]", {}, "Only 2 signs are wrong"),
    ("vector", "[1, 0, 0, 3]", "[0, 0, 0, 0]", {}, "same number everywhere"),
    ("vector", "[2, 1, 1]", "[1, 1, 1]", {}, "same number everywhere"),
    ("vector", "[2, 0]", "[0, 0]", {}, "same number everywhere"),
    ("matrix", "[[1, 2], [3, 4]]", "[[3, 4], [1, 2]]", {}, "rows stand in reverse"),
    ("matrix", "[[1, 2], [3, 4]]", "[[2, 1], [4, 3]]", {}, "columns stand in reverse"),
    ("matrix", "[[1, 2], [3, 4]]", "[[4, 3], [2, 1]]", {}, "turned by 180 degrees"),
    ("matrix", "[[1, 2], [3, 4], [5, 6]]", "[[3, 4], [5, 6], [1, 2]]", {}, "The rows are right"),
    ("matrix", "[[1, 2, 3], [4, 5, 6]]", "[[2, 3, 1], [5, 6, 4]]", {}, "The columns are right"),
    ("matrix", "[[1, 2], [3, 4]]", "[[4, 1], [2, 3]]", {}, "but not in their places"),
    ("matrix", "[[1, 2], [3, 4]]", "[[1.5, 3], [4.5, 6]]", {}, "times 1.5"),
    ("matrix", "[[1, 2], [3, 4]]", "1, 2, 3, 4", {}, "the shape is not"),
    ("matrix", "[[1, 2], [3, 4]]", "1, 3, 2, 4", {}, "column by column"),
    ("matrix", "[[1], [2], [3]]", "[[1, 2, 3]]", {}, "Rows and columns are exchanged"),
    ("matrix", "[[1, 2, 3], [4, 5, 6]]", "[[1, 4], [2, 5], [3, 6]]", {}, "Yours is 3 × 2; 2 × 3 is expected"),
    ("matrix", "[[1, 2, 3], [4, 5, 6]]", "[[1, 0], [0, 0], [0, 0]]", {}, "look exchanged"),
    ("matrix", "[[1, 2], [3, 4]]", "[[[1, 2], [3, 4]]]", {}, "a batch of 1 in front"),
    ("tensor", "[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]", "[[[1, 3], [2, 4]], [[5, 7], [6, 8]]]", {}, "Axes 2 and 3"),
    ("tensor", "[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]", "[[[1, 5], [2, 6]], [[3, 7], [4, 8]]]", {}, "another order"),
    ("tensor", "[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]", "[[[5, 6], [7, 8]], [[1, 2], [3, 4]]]", {}, "along axis 1"),
    ("shape", "(64, 112, 112)", "112x112x64", {}, "channels stand last"),
    ("shape", "(112, 112, 64)", "64x112x112", {}, "channels stand first"),
    ("shape", "(8, 3, 32, 48)", "(8, 32, 48, 3)", {}, "channels stand last"),
    ("shape", "(3, 32, 48)", "(3, 48, 32)", {}, "Height and width"),
    ("shape", "(3, 32, 48)", "(48, 32, 3)", {}, "reverse order"),
    ("shape", "(3, 32, 48, 5)", "(5, 32, 3, 48)", {}, "their order is not"),
    ("shape", "(3, 4)", "(4, 3)", {}, "two sizes are exchanged"),
    ("shape", "(8, 3, 32, 48)", "(3, 32, 48)", {}, "of size 8, is missing"),
    ("shape", "(3, 32, 48)", "(8, 3, 32, 48)", {}, "batch of 8"),
    ("shape", "(3, 32, 48)", "(3, 32, 47)", {}, "2 of the 3 sizes"),
    ("shape", "(3, 32, 48)", "(3, 32)", {}, "Yours has 2 axes; 3 are expected"),
    ("shape", "(64, 112, 112)", "1x64x112x112", {}, "batch of 1"),
    ("expression", "4*h*(d+h+1)", "4*h*(d+h)", {}, "yours gives"),
    ("expression", "4*x", "2*x", {}, "the right one times 0.5"),
    ("order", "A, B, C", "A > B", {"options": "ABC"}, "exactly once"),
    ("order", "A, B, C", "C > B > A", {"options": "ABC"}, "backwards"),
    ("order", "A, B, C, D", "A, C, B, D", {"options": "ABCD"}, "5 of the 6 pairs"),
    ("matching", "1-A, 2-B, 3-C", "2-B, 1-A", {"options": "ABC"}, "2 of 3 matches are right"),
    ("complexity", "O(n^2 d)", "O(n d)", {}, "Too tight"),
]


@pytest.mark.parametrize(("kind", "key", "answer", "request_", "said"), NOTES)
def test_a_verdict_says_what_is_wrong(kind: str, key: str, answer: str, request_: dict[str, Any], said: str) -> None:
    """In both languages."""
    notes = outcome(kind, key, answer, **request_).notes
    assert said in " ".join(note.en for note in notes)
    assert all(note.zh and note.zh != note.en for note in notes)


def test_a_wrong_formula_gets_the_simplest_counterexample() -> None:
    """Numbers at which the two differ, and both values there."""
    (note,) = outcome("expression", "h*(d + 1)", "h*d", variables={"d": "integer", "h": "integer"}).notes
    assert note.en.startswith("At ")
    assert "yours gives" in note.en


def test_a_square_transpose_is_still_marked_element_by_element() -> None:
    """Recognising it changes no marks: the diagonal is right."""
    assert outcome("matrix", "[[1, 2], [3, 4]]", "[[1, 3], [2, 4]]").credit == Fraction(1, 2)


@pytest.mark.parametrize(("setting", "answer"), [("coarse_credit", "0.88"), ("form_credit", "6/8")])
def test_the_policy_says_what_coarse_and_unreduced_answers_earn(setting: str, answer: str) -> None:
    """Anything from nothing to everything."""
    kind, key = ("fraction", "3/4") if "/" in answer else ("real", "0.8808")
    policy = Policy.model_validate({setting: "1/5"})
    assert outcome(kind, key, answer, policy, **({} if "/" in answer else {"decimals": 3})).credit == Fraction(1, 5)


@given(st.sets(st.sampled_from("ABCDEF")), st.sets(st.sampled_from("ABCDEF"), min_size=1, max_size=5))
def test_choosing_everything_or_guessing_never_pays(chosen: set[str], right: set[str]) -> None:
    """Credit stays in [0, 1], is 1 only for exactly the right options, and every wrong one costs."""
    if not chosen:
        return
    found = outcome("choices", ", ".join(sorted(right)), ", ".join(sorted(chosen)), options="ABCDEF")
    assert 0 <= found.credit <= 1
    assert (found.credit == 1) == (chosen == right)


def test_each_option_that_was_ticked_wrongly_or_missed_is_named() -> None:
    """Its reason says nothing where it is not known whose it is."""
    because = (Text.of("it holds"), Text.of("it does not"), None, Text.of("neither does this"))
    options = tuple(Choosable(LETTERS[i], Text.of(""), i == 0, because=why) for i, why in enumerate(because))
    target = Target("choices", frozenset("A"), "", options=options)
    assert compare_choices(frozenset("BC"), target).notes == (
        Text("A: it holds", "A：it holds"),
        Text("B: it does not", "B：it does not"),
    )


def test_nothing_is_said_of_happening_to_be_right_where_nothing_is() -> None:
    """One number everywhere may be what a mistake gives."""
    assert outcome("vector", "[145, 146, 114]", "[322, 322, 322]").notes == ()


@given(st.permutations("ABCDE"))
def test_an_order_earns_the_pairs_it_has_right(order: list[str]) -> None:
    """Credit is in [0, 1], full only for the right order, nothing for at most two thirds of the pairs."""
    found = outcome("order", "A, B, C, D, E", " > ".join(order), options="ABCDE")
    right = sum(a < b for i, a in enumerate(order) for b in order[i + 1 :])
    assert found.credit == max(0, Fraction(3 * right - 20, 10))


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_guessing_earns_little_in_orders_and_matchings(count: int) -> None:
    """On average over all answers: at most what one of six answers earns, and less the more there is to put in order."""
    letters = LETTERS[:count]
    orders = [compare_order(order, tuple(letters)).credit for order in permutations(letters)]
    key = {str(i): letter for i, letter in enumerate(letters)}
    matches = [
        compare_matching({str(i): letter for i, letter in enumerate(order)}, key).credit
        for order in permutations(letters)
    ]
    assert mean(orders) <= Fraction(1, 2 * count)
    assert mean(matches) <= Fraction(1, 2 * count)


@pytest.mark.parametrize(("count", "right"), [(n, r) for n in range(3, 8) for r in range(1, n)])
def test_ticking_options_blindly_earns_little(count: int, right: int) -> None:
    """Never more than 1/3 on average, at most 1/4 if every option is ticked or not by the toss of a coin, nothing for all of them."""
    options = tuple(Choosable(LETTERS[i], Text.of(""), i < right) for i in range(count))
    target = Target("choices", frozenset(LETTERS[:right]), "", options=options)
    earned = [
        [compare_choices(frozenset(chosen), target).credit for chosen in combinations(LETTERS[:count], ticked)]
        for ticked in range(count + 1)
    ]
    assert max(map(mean, earned)) <= Fraction(1, 3)
    assert mean(list(chain.from_iterable(earned))) <= Fraction(1, 4)
    assert earned[count] == [0]


@given(
    st.integers(0, 10**4).map(lambda n: f"0.{n:04}") | st.integers(-(10**7), 10**7).map(lambda n: f"{n / 1000:.3f}"),
    st.integers(0, 3),
)
def test_one_figure_never_earns_anything_for_being_coarse(key: str, decimals: int) -> None:
    """Of the ten answers with one figure of the key's size, none is coarse."""
    for digit in range(1, 10):
        shift = len(key.partition(".")[0].lstrip("-0"))
        guess = (
            f"{digit}{'0' * (shift - 1)}" if shift else f"0.{'0' * (len(key) - len(key[2:].lstrip('0')) - 2)}{digit}"
        )
        assert outcome("real", key, guess, decimals=decimals).kind != "coarse"


@given(st.fractions(-1000, 1000, max_denominator=999) | st.integers(-(10**9), 10**9).map(Fraction), st.integers(0, 6))
def test_both_ways_of_rounding_the_key_are_right(key: Fraction, decimals: int) -> None:
    """Halves away from zero, and halves to even."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(key.numerator) / Decimal(key.denominator)
        for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN):
            answer = exact.quantize(Decimal(1).scaleb(-decimals), rounding)
            assert outcome("real", str(key), f"{answer:f}", decimals=decimals).kind == "correct"


@pytest.mark.parametrize(
    ("digits", "answer", "verdict"),
    [
        ({"decimals": 3}, "0.881", "correct"),
        ({"decimals": 3}, "0.8808", "form"),
        ({"decimals": 3}, "0.88", "coarse"),
        ({"significant": 2}, "0.88", "correct"),
        ({"significant": 2}, "0.881", "form"),
        ({"significant": 2}, "0.87", "incorrect"),
    ],
)
def test_too_many_digits_are_the_wrong_form_where_their_number_matters(
    digits: dict[str, int], answer: str, verdict: str
) -> None:
    """And right where it doesn't."""
    target = target_of({"type": "real", "key": "0.8808", "answer": answer, **digits})
    assert target.precision is not None
    exactly = replace(target, precision=replace(target.precision, exactly=True))
    assert compared(answer, exactly).kind == verdict
    assert compared(answer, target).kind == ("correct" if verdict == "form" else verdict)


def test_the_zeros_of_a_whole_number_may_be_figures() -> None:
    """25600000 has three figures, or eight."""
    target = target_of({"type": "real", "key": "25557032", "answer": "", "significant": 3})
    exactly = replace(target, precision=Precision(significant=3, exactly=True))
    assert compared("25600000", exactly).kind == "correct"
    assert compared("25557000", exactly).kind == "form"


UNITS = [
    ("13", "cm", "13 cm", "correct", ""),
    ("13", "cm", "13 centimeters", "correct", ""),
    ("13", "cm", "13", "correct", "The unit cm is missing."),
    ("13", "cm", "13 m", "incorrect", "Converted from m to cm."),
    ("13", "cm", "13 kg", "incorrect", "The unit is kg; cm is expected."),
    ("13", "cm", "0.13 m", "correct", "Converted from m to cm."),
    ("5", "s", "5000 ms", "correct", "Converted from ms to s."),
    ("138", "params", "138", "correct", ""),
    ("138", "params", "138 weights", "correct", ""),
    ("0.28", "%", "28%", "correct", ""),
    ("0.28", "%", "28", "correct", "Read as a percentage."),
    ("0.28", "%", "0.28", "correct", ""),
    ("0.28", "%", "2.8", "incorrect", ""),
    ("0.28", None, "28", "incorrect", ""),
]


@pytest.mark.parametrize(("key", "unit", "answer", "verdict", "said"), UNITS)
def test_units_that_measure_are_judged(key: str, unit: str | None, answer: str, verdict: str, said: str) -> None:
    """Others are passed over; units of the same kind are converted."""
    target = replace(target_of({"type": "real", "key": key, "answer": ""}), unit=unit)
    found = compared(answer, target)
    assert found.kind == verdict
    assert " ".join(note.en for note in found.notes) == said


def test_without_partial_credit_it_is_all_or_nothing() -> None:
    """What is partly right is told all the same."""
    target = replace(target_of({"type": "vector", "key": "[1, 2, 3]", "answer": ""}), partial=False)
    found = compared("[1, 2, 4]", target)
    assert found.kind == "incorrect"
    assert found.credit == 0
    assert "2 of the 3" in found.notes[0].en
    assert compared("[1, 2, 3]", target) == RIGHT


@pytest.mark.parametrize(
    ("answer", "credit"),
    [
        ("3, 1, 2", 1),
        ("1, 2", Fraction(2, 3)),
        ("1, 2, 3, 4", Fraction(2, 3)),
        ("1, 1, 1", 0),
        ("4, 5", 0),
        ("3", Fraction(1, 3)),
    ],
)
def test_numbers_without_an_order_are_compared_as_a_set(answer: str, credit: Fraction | int) -> None:
    """The share of them that is there, less what is too much."""
    target = replace(target_of({"type": "vector", "key": "[1, 2, 3]", "answer": ""}), ordered=False)
    assert compared(answer, target).credit == credit


@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=2, max_size=3), st.data())
def test_a_matrix_earns_the_elements_it_has_right(rows: list[list[int]], data: st.DataObject) -> None:
    """Whatever else is said; except for one number everywhere."""
    answer = [[data.draw(st.sampled_from((x, x + 1))) for x in row] for row in rows]
    right = sum(x == y for row, other in zip(rows, answer, strict=True) for x, y in zip(row, other, strict=True))
    found = outcome("matrix", str(rows), str(answer))
    one_number = len({x for row in answer for x in row}) == 1 < len({x for row in rows for x in row})
    assert found.credit == (0 if one_number else Fraction(right, 3 * len(rows)))


@given(st.lists(st.sampled_from("ABCD"), min_size=4, max_size=4))
def test_one_match_is_what_guessing_gives(labels: list[str]) -> None:
    """Matching everything to one letter earns nothing."""
    typed = ", ".join(f"{i}-{label}" for i, label in enumerate(labels, 1))
    right = sum(label == "ABCD"[i] for i, label in enumerate(labels))
    assert outcome("matching", "1-A, 2-B, 3-C, 4-D", typed, options="ABCD").credit == max(0, Fraction(right - 1, 3))


@given(st.integers(-(10**12), 10**12), st.integers(-5, 5))
def test_integers_are_exact(key: int, off: int) -> None:
    """However large: one off is wrong."""
    assert (outcome("integer", str(key), str(key + off)).kind == "correct") == (off == 0)


def test_names_of_other_parts_are_no_misspellings() -> None:
    """A question that asks for two names takes neither for the other."""
    question = variant("text").question
    first = question.parts[0]
    assert first.accept is not None
    update = {
        "accept": first.accept.model_copy(update={"en": ["forger gate", "forget"], "zh": ["伪造门"]}),
        "name": "other",
    }
    both = question.model_copy(update={"parts": [first, first.model_copy(update=update)]})
    one, other = targets(both, 1, {}, None)
    assert one.others == ("forger gate", "伪造门")
    assert compared("forget gat", one).kind == "correct"
    assert compared("forger gate", one).kind == "incorrect"
    assert compared("forger gate", other).kind == "correct"


@pytest.mark.parametrize("type_", TYPES)
@given(seed=st.integers(1, 60))
def test_the_printed_key_earns_everything(type_: str, seed: int) -> None:
    """Of every type, read back as a student would type it."""
    for target in variant(type_, seed).targets:
        assert compared(target.printed, target).credit == 1


@pytest.mark.parametrize("type_", TYPES)
@given(text=st.text(max_size=40), seed=st.integers(1, 5))
def test_credit_is_a_share(type_: str, text: str, seed: int) -> None:
    """Whatever is typed; and twice the same."""
    for target in variant(type_, seed).targets:
        reading = read_for(text, target)
        if isinstance(reading, Reading):
            found = compare(reading, target, Policy())
            assert 0 <= found.credit <= 1
            assert found == compare(reading, target, Policy())
            assert (found.credit == 1) == (found.kind == "correct")


def test_numbers_too_coarse_among_others_are_counted() -> None:
    """Each kind is counted by itself; nothing is called right that is not, and one decimal is one decimal."""
    mixed = [note.en for note in outcome("vector", "[0.231, 0.767, 0.002]", "[0.231, 0.77, 0.1]", decimals=3).notes]
    assert mixed == [
        "1 of the 3 numbers is right.",
        "1 more is right, but too coarse: 3 decimals were asked for.",
    ]
    none = [note.en for note in outcome("vector", "[0.231, 0.767]", "[0.23, 0.1]", decimals=3).notes]
    assert none == ["1 of the 2 numbers is right, but too coarse: 3 decimals were asked for."]
    single = [note.en for note in outcome("real", "12.4", "12", decimals=1).notes]
    assert single == ["The value is right, but too coarse: 1 decimal was asked for."]
