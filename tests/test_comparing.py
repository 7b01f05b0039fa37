"""A reading against the key: verdict, credit, and what the student is told."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checking import target_of
from grader.comparing import compare
from grader.marking import read_for
from grader.outcome import Outcome
from grader.reading import Reading
from questions.blueprint import Policy


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
    ("real", "0.8808", "0.9", {"decimals": 3}, "coarse", HALF),
    ("real", "0.8808", "1", {"decimals": 3}, "incorrect", 0),
    ("real", "12.3456", "12", {"decimals": 3}, "coarse", HALF),
    ("real", "12.3456", "1e1", {"decimals": 3}, "coarse", HALF),
    ("real", "0.0123", "0.0", {"decimals": 3}, "incorrect", 0),
    ("real", "0.5", ".5", {"decimals": 3}, "correct", 1),
    ("real", "0.5", "1/2", {"decimals": 3}, "correct", 1),
    ("real", "0.25", "25%", {"decimals": 2}, "correct", 1),
    ("real", "25557032", "25.6M", {"significant": 3}, "correct", 1),
    ("real", "25557032", "25.6M", {"decimals": 0}, "coarse", HALF),
    ("real", "25557032", "3e7", {"significant": 3}, "coarse", HALF),
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
    ("vector", "[1, 2, 3, 4]", "1, 2, 3, 4", {}, "correct", 1),
    ("vector", "[1, 2, 3, 4]", "[1, 2, 3, 5]", {}, "partial", Fraction(3, 4)),
    ("vector", "[1, 2, 3, 4]", "[5, 6, 7, 8]", {}, "incorrect", 0),
    ("vector", "[1, 2, 3]", "[1, 2]", {}, "incorrect", 0),
    ("vector", "[0.125, 0.25]", "[0.13, 0.25]", {"decimals": 3}, "partial", Fraction(3, 4)),
    ("vector", "[0.125, 0.625]", "[0.13, 0.63]", {"decimals": 3}, "coarse", HALF),
    ("matrix", "[[1, 2], [3, 4]]", "1 2; 3 4", {}, "correct", 1),
    ("matrix", "[[1, 2], [3, 4]]", "[[1, 2], [3, 0]]", {}, "partial", Fraction(3, 4)),
    ("matrix", "[[1, 2, 3], [4, 5, 6]]", "[[1, 4], [2, 5], [3, 6]]", {}, "incorrect", 0),
    ("tensor", "[[[1, 2]], [[3, 4]]]", "[[[1, 2]], [[3, 4]]]", {}, "correct", 1),
    ("shape", "(64, 112, 112)", "64x112x112", {}, "correct", 1),
    ("shape", "(64, 112, 112)", "1x64x112x112", {}, "correct", 1),
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
    ("order", "A, B, C", "A > C > B", {"options": "ABC"}, "partial", Fraction(1, 3)),
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
    ("vector", "[1, 2, 3]", "[1, 2]", {}, "Yours is a vector of 2, expected is a vector of 3"),
    ("matrix", "[[1, 2], [3, 4]]", "[[1, 3], [2, 4]]", {}, "transposed"),
    ("matrix", "[[1, 2, 3], [4, 5, 6]]", "[[1, 4], [2, 5], [3, 6]]", {}, "transposed"),
    ("matrix", "[[1, 2], [3, 4]]", "[[-1, -3], [-2, -4]]", {}, "transposed, with every sign"),
    ("shape", "(64, 112, 112)", "112x112x64", {}, "their order is not"),
    ("shape", "(64, 112, 112)", "1x64x112x112", {}, "batch of 1"),
    ("expression", "4*h*(d+h+1)", "4*h*(d+h)", {}, "yours gives"),
    ("expression", "4*x", "2*x", {}, "the right one times 0.5"),
    ("order", "A, B, C", "A > B", {"options": "ABC"}, "exactly once"),
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


@given(st.permutations("ABCDE"))
def test_an_order_earns_the_pairs_it_has_right(order: list[str]) -> None:
    """Credit is in [0, 1], full only for the right order, nothing for at most half of the pairs."""
    found = outcome("order", "A, B, C, D, E", " > ".join(order), options="ABCDE")
    right = sum(a < b for i, a in enumerate(order) for b in order[i + 1 :])
    assert found.credit == max(0, Fraction(2 * right - 10, 10))


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
