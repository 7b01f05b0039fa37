"""What students of course platforms type, and what a lecturer would say: one line for each response, read and compared as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from grader.checking import check

REAL: dict[str, Any] = {"type": "real"}
CLOSE: dict[str, Any] = {"type": "real", "rel": 1e-9}
IN_X: dict[str, Any] = {"type": "expression", "variables": ["x"]}
IN_XY: dict[str, Any] = {"type": "expression", "variables": ["x", "y"]}
POSITIVE: dict[str, Any] = {"type": "expression", "variables": dict.fromkeys(("x", "y", "b"), "positive")}
WHOLE: dict[str, Any] = {"type": "expression", "variables": dict.fromkeys(("n", "k", "s"), "integer")}
COST: dict[str, Any] = {"type": "complexity", "variables": ["n"]}


def verdict(question: dict[str, Any], key: str, answer: str) -> str:
    """The verdict on a response."""
    reply = check({**question, "key": key, "answer": answer})
    return str(reply["verdict"])


# --------------------------------------------------------------------------------------------------------------- right

RIGHT: tuple[tuple[dict[str, Any], str, str], ...] = (
    # functions under all their names, with and without brackets
    (IN_X, "1/cos(x)", "sec(x)"),
    (IN_X, "1/sin(x)", "csc x"),
    (IN_X, "1/sin(x)", "cosec(x)"),
    (IN_X, "cos(x)/sin(x)", "cot x"),
    (IN_X, "sec(x)^2 - 1", "tan^2 x"),
    (IN_X, "arctan(3x)", "atan(3x)"),
    (IN_X, "arctan(3x)", r"\tan^{-1}(3x)"),
    (IN_X, "arctan(3x)", "tan^-1(3x)"),
    (IN_X, "arctan(3x)", r"\arctan3x"),
    (IN_X, "sin(x)", r"\sinx"),
    (IN_X, "atan2(1, x)", "arctan2(1, x)"),
    (IN_X, "arcsin(x/4)", r"\arcsin\left(\frac{x}{4}\right)"),
    (IN_X, "acos(x/4)", "arccos(x/4)"),
    (IN_X, "pi/2 - arcsin(x/4)", "arccos(x/4)"),
    (IN_X, "ln(x + sqrt(x^2 + 1))", "arcsinh(x)"),
    (IN_X, "1/cosh(x)", "sech(x)"),
    (IN_X, "x*sgn(x)", "|x|"),
    (REAL | {"decimals": 4}, "0.4636", "atan(0.5)"),
    (REAL, "720", "6!"),
    (REAL, "90", "factorial(10)/factorial(8)"),
    (WHOLE, "(n + 1)!", "(n+1)*n!"),
    # logarithms to any base
    (CLOSE, "4", "log_3(81)"),
    (CLOSE, "4", "log_3 81"),
    (CLOSE, "4", r"\log_{3}81"),
    (POSITIVE, "ln(x)/ln(b)", "log_b(x)"),
    (POSITIVE, "log_b(x*y)", "log_b x + log_b y"),
    # one word after a function is its argument
    (POSITIVE, "ln(x*y)", "ln xy"),
    (POSITIVE, "sin(x*y)", r"\sin xy"),
    (IN_X, "cos(3*x)", "cos 3x"),
    # roots and fractions as editors write them
    (POSITIVE, "x^(1/3)", r"\sqrt[3]{x}"),
    (POSITIVE, "x^(1/3)", "sqrt[3]{x}"),
    (POSITIVE, "5/8*x", r"\frac58x"),
    (POSITIVE, "x/7", r"\frac x7"),
    (POSITIVE, "pi*x^2", "πx^2"),
    (IN_XY, "2*pi*x*y", "2πxy"),
    ({"type": "expression", "variables": ["λ", "x"]}, "λ*x + 1", "λx + 1"),
    ({"type": "expression", "variables": ["w_{ij}"]}, "2*w_{ij}", "w _ { ij } + w_{ij}"),
    ({"type": "fraction"}, "9/4", "2 1 / 4"),
    (REAL, "14000", "14{,}000"),
    # sums that cancel to nothing, or are what they should be but for the rounding of floats
    ({"type": "expression"}, "0", "sin(3pi)"),
    (REAL, "0", "cos(5pi/2)"),
    (REAL, "1/2", "sin(pi/6)"),
    (REAL, "-1", "cos(pi)"),
    (IN_X, "exp(exp(exp(x)))", "e^(e^(e^x))"),
    (IN_X, "(x^2 - 9)/(x - 3)", "x + 3"),
    # corners in the right places
    (IN_X, "abs(x - 60)", "max(x - 60, 60 - x)"),
    (IN_X, "relu(x - 25)", "max(x, 25) - 25"),
    (WHOLE, "ceil(n/48)", "floor((n + 47)/48)"),
    (WHOLE, "floor((n - k)/s) + 1", "floor((n - k + s)/s)"),
    # rows and arrows
    ({"type": "matrix"}, "[[4, 5, 6]]", "[4 5 6]"),
    ({"type": "matrix"}, "[[4, 5, 6]]", "[4, 5, 6]"),
    ({"type": "vector"}, "[2, -1, 1/2]", "<2, -1, 0.5>"),
    ({"type": "vector"}, "<2, -1, 1/2>", "(2, -1, 1/2)"),
    ({"type": "vector"}, "[2, -1]", "⟨2, −1⟩"),
    ({"type": "vector"}, "[2, -1]", "c(2, -1)"),
    ({"type": "vector"}, "[2, -1]", r"\langle 2, -1 \rangle"),
    # costs
    (COST, "2^n", "O(2**n)"),
    (COST, "n!", "n*(n-1)!"),
    (COST, "n log(log n)", "n log log n"),
)


@pytest.mark.parametrize(("question", "key", "answer"), RIGHT, ids=[f"{key}: {answer}" for _, key, answer in RIGHT])
def test_right(question: dict[str, Any], key: str, answer: str) -> None:
    assert verdict(question, key, answer) == "correct"


# --------------------------------------------------------------------------------------------------------------- wrong

WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    # apart only where few people look: beyond a corner, at a multiple, far from nought
    (WHOLE, "ceil(n/36)", "floor(n/36) + 1"),
    (WHOLE, "floor((n + 55)/56)", "floor((n + 54)/56)"),
    (WHOLE, "min(n, 75)", "n"),
    (WHOLE, "max(n - 200, 0)", "0"),
    (WHOLE, "floor(n/64)", "0"),
    (WHOLE, "max(n, 3000)", "3000"),
    (IN_X, "abs(x - 33)", "33 - x"),
    (IN_X, "relu(x - 45)", "relu(x - 46)"),
    (IN_X, "max(x, -70)", "max(x, -71)"),
    (IN_X, "abs(x + 250) - 250", "abs(x + 251) - 251"),
    (IN_X, "x", "min(x, 10^5)"),
    # apart in the last figures, or small throughout
    (IN_X, "x", "1.000001x"),
    (IN_X, "10^(-40)*sin(x)", "10^(-40)*cos(x)"),
    (IN_X, "3.14159x", "pi*x"),
    (IN_X, "x/3", "pi*x/3"),
    (IN_X, "exp(x/3)", "2^(x/3)"),
    (WHOLE, "10^(20*n)", "10^(20*n) + n"),
    (WHOLE, "2^(50*n*k)", "3^(50*n*k)"),
    (IN_X, "sqrt(x^2)", "x"),
    (IN_X, "tanh(x)", "x - x^3/3"),
    # a slip in an inverse, a base, an angle
    (IN_X, "arctan(3x)", "1/tan(3x)"),
    (IN_X, "sec(x)", "1/sin(x)"),
    (POSITIVE, "log_b(x)", "ln(b)/ln(x)"),
    (REAL, "720", "7!"),
    (WHOLE, "(n + 1)!", "n! + 1"),
    (REAL, "0", "sin(3)"),
    ({"type": "vector"}, "[2, -1, 1/2]", "<2, 1, 0.5>"),
    # costs that are none, or another's
    (COST, "1", "0"),
    (COST, "1", "1/0"),
    (COST, "log(n)", "-log(n^3)"),
    (COST, "n!", "(n-1)!"),
    (COST, "2^n", "n^50"),
    (COST, "2^n", "3^n"),
    (COST, "n", "log n"),
)


@pytest.mark.parametrize(("question", "key", "answer"), WRONG, ids=[f"{key}: {answer}" for _, key, answer in WRONG])
def test_wrong(question: dict[str, Any], key: str, answer: str) -> None:
    assert verdict(question, key, answer) in ("incorrect", "partial")


# ------------------------------------------------------------------------------------------ neither: not understood, form

OTHERWISE: tuple[tuple[dict[str, Any], str, str, str], ...] = (
    ({"type": "fraction"}, "-5/2", "-2 1/2", "correct"),
    ({"type": "fraction"}, "-5/2", "-2 3/6", "form"),
    (REAL, "2", "atan2(1)", "unreadable"),
    (IN_X, "2 + exp(x)", "2 + exp", "unreadable"),
    (REAL, "1/4", "1/2 1/2", "unreadable"),
    (REAL, "81", "3*×4", "unreadable"),
    (IN_X, "x", "x + spin(3)", "unreadable"),
)


@pytest.mark.parametrize(
    ("question", "key", "answer", "expected"), OTHERWISE, ids=[f"{k}: {a}" for _, k, a, _ in OTHERWISE]
)
def test_otherwise(question: dict[str, Any], key: str, answer: str, expected: str) -> None:
    assert verdict(question, key, answer) == expected
