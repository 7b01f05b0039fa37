"""Equals signs around one value, and costs in words."""

from __future__ import annotations

from typing import Any

import pytest

from grader.checking import check
from grader.reading import Reading, Unreadable, read

REAL: dict[str, Any] = {"type": "real"}
TWO = {**REAL, "decimals": 2}
EXACTLY = {**TWO, "exactly": True}
DECIMALS = (
    (REAL, "1/3", "1/3 ≈ 0.33", "correct"),
    (REAL, "1/3", "x = 2/6 = 1/3 ≈ 0.333", "correct"),
    (REAL, "1/3", "\\frac{1}{3} \\approx 0.33", "correct"),
    (REAL, "sqrt(2)", "√2 = 1.41", "correct"),
    (REAL, "-2/3", "-2/3 ≈ -0.66", "correct"),
    (REAL, "-2/3", "-2/3 ≈ 0.67", "incorrect"),
    (REAL, "1/3", "1/3 ≈ 0.34", "incorrect"),
    (REAL, "1/3", "1/4 ≈ 0.3", "incorrect"),
    (REAL, "55/3", "55/3 = 18", "incorrect"),
    (REAL, "1/3", "0.33", "incorrect"),
    (REAL, "0.33", "1/3 ≈ 0.33", "correct"),
    (TWO, "0.88079708", "e^2/(1+e^2) ≈ 0.88", "correct"),
    (TWO, "0.88079708", "e^2/(1+e^2) ≈ 0.9", "correct"),
    (TWO, "0.88079708", "0.9", "incorrect"),
    (EXACTLY, "0.3333333", "1/3 ≈ 0.33", "correct"),
    (EXACTLY, "0.3333333", "1/3 ≈ 0.333", "form"),
    ({"type": "fraction"}, "2/3", "2/3 ≈ 0.667", "correct"),
    ({"type": "fraction"}, "2/3", "4/6 ≈ 0.667", "form"),
    ({"type": "integer"}, "3", "8/3 ≈ 3", "correct"),
    ({"type": "integer"}, "2", "8/3 ≈ 3", "incorrect"),
)


@pytest.mark.parametrize(("asked", "key", "answer", "verdict"), DECIMALS, ids=[f"{c[1]}: {c[2]}" for c in DECIMALS])
def test_a_value_and_its_decimals_are_one_answer(asked: dict[str, Any], key: str, answer: str, verdict: str) -> None:
    """The better of the two counts where one is the other rounded; else the last."""
    assert check({**asked, "key": key, "answer": answer})["verdict"] == verdict


def test_both_are_said_to_be_read() -> None:
    reading = read("2/3 ≈ 0.667", "real")
    assert isinstance(reading, Reading)
    assert (reading.echo, reading.notes) == ("2/3 ≈ 0.667", ())
    only_last = read("2/4 ≈ 0.667", "real")
    assert isinstance(only_last, Reading)
    assert only_last.echo == "0.667"
    assert [note.en for note in only_last.notes] == ["Only what stands after the last equals sign was read."]


ARRAYS = (
    ("vector", "[1/3, 2/3] ≈ [0.33, 0.67]", "correct"),
    ("vector", "y = softmax([0, ln 2]) = [1/3, 2/3] ≈ [0.33, 0.67]", "correct"),
    ("vector", "[1/3, 2/3] = y", "correct"),
    ("vector", "(1/3, 2/3) = (0.33, 0.66)", "correct"),
    ("vector", "[1/3, 2/3] ≈ [0.33, 0.68]", "incorrect"),
    ("vector", "[1/3, 2/3] = [2/3, 1/3]", "incorrect"),
    ("vector", "[0.33, 0.67]", "incorrect"),
    ("vector", "x = 1/3\ny = 2/3", "correct"),
    ("vector", "y = 1/3\nx = 2/3", "unreadable"),
    ("vector", "1/3 = 2/3 = [", "unreadable"),
    ("matrix", "A B = [[1/3, 2/3]] = [[0.33, 0.67]]", "correct"),
    ("matrix", "[[1, 0]] + [[-2/3, 2/3]] = [[1/3, 2/3]]", "correct"),
    ("tensor", "torch.tensor([[1/3, 2/3]]) ≈ [[0.333, 0.667]]", "correct"),
)


@pytest.mark.parametrize(("kind", "answer", "verdict"), ARRAYS, ids=[case[1] for case in ARRAYS])
def test_working_before_an_array(kind: str, answer: str, verdict: str) -> None:
    key = "[1/3, 2/3]" if kind == "vector" else "[[1/3, 2/3]]"
    assert check({"type": kind, "key": key, "answer": answer, "partial": False})["verdict"] == verdict


@pytest.mark.parametrize(
    "answer", ["5 = x", "5=y", "x = 5 = y", "2 + 3 = 5 = n", "5 = \\alpha", "5 = o_1", "5 ≈ f(x)", "5 = λ'"]
)
def test_the_name_may_stand_behind(answer: str) -> None:
    assert check({"type": "integer", "key": "5", "answer": answer})["verdict"] == "correct"
    assert check({"type": "integer", "key": "6", "answer": answer})["verdict"] == "incorrect"


@pytest.mark.parametrize("answer", ["5 = 2x", "5 = wrong", "5 = x + 1", "= x", "5 = not"])
def test_what_is_no_name_is_not_passed_over(answer: str) -> None:
    assert check({"type": "integer", "key": "5", "answer": answer})["verdict"] == "unreadable"


def test_a_constant_behind_is_a_value() -> None:
    assert check({"type": "real", "key": "5", "answer": "5 = e"})["verdict"] == "incorrect"


def test_a_formula_may_have_its_name_behind() -> None:
    asked = {"type": "expression", "key": "5x", "variables": {"x": "real"}}
    assert check({**asked, "answer": "5x = y"})["verdict"] == "correct"
    assert check({**asked, "answer": "y = x"})["verdict"] == "incorrect"
    assert check({**asked, "answer": "5x = x"})["verdict"] == "unreadable"


WORDS = (
    ("O(n^2)", "平方级", "correct"),
    ("O(n^2)", "Quadratic time.", "correct"),
    ("O(n^2)", "quadratic in n", "correct"),
    ("O(n^2)", "与 n 成平方关系", "correct"),
    ("O(n^2)", "linear", "incorrect"),
    ("O(n)", "线性复杂度", "correct"),
    ("O(n)", "随 n 线性增长", "correct"),
    ("O(n^3)", "n 的立方级", "correct"),
    ("O(1)", "常数级", "correct"),
    ("O(1)", "constant", "correct"),
    ("O(log n)", "logarithmic", "correct"),
    ("O(n log n)", "线性对数级", "correct"),
    ("O(2^n)", "exponential", "correct"),
    ("O(3^n)", "exponential", "incorrect"),
    ("O(n^2 d)", "quadratic in n and linear in d", "correct"),
    ("O(n^2 d)", "quadratic in d, linear in n", "incorrect"),
    ("O(n^2 d)", "quadratic", "unreadable"),
    ("O(n^2)", "almost quadratic", "incorrect"),
    ("O(n^2)", "O(n^2) time", "correct"),
    ("O(n^2)", "O(n²)级", "correct"),
    ("O(n^2)", "on the order of n^2", "correct"),
    ("O(n^2)", "big-O of n^2", "correct"),
    ("O(n^2)", "order n^3", "incorrect"),
    ("O(n time)", "O(n time)", "correct"),
    ("O(log_k L)", "O(log L/log k)", "correct"),
    ("O(n log_k(L))", "O(n \\log_{k} L)", "correct"),
    ("O(log_k L)", "O(log L)", "incorrect"),
    ("O(log L)", "O(log_k L)", "incorrect"),
)


@pytest.mark.parametrize(("key", "answer", "verdict"), WORDS, ids=[f"{c[0]}: {c[1]}" for c in WORDS])
def test_costs_in_words_and_with_any_base(key: str, answer: str, verdict: str) -> None:
    assert check({"type": "complexity", "key": key, "answer": answer})["verdict"] == verdict


@pytest.mark.parametrize(
    ("text", "place"),
    [("[1, 2", "character 1"), ("[[1, 2],\n [3, 4]", "line 1, character 1"), ("1 2\n3 (4", "line 2, character 3")],
)
def test_an_open_bracket_is_found_in_its_line(text: str, place: str) -> None:
    found = read(text, "matrix")
    assert isinstance(found, Unreadable)
    assert f"opened at {place} is never closed" in found.message.en
