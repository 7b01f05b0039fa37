"""What students of algebra and calculus type, in many notations, and what it has to be taken for: one row, one decision."""

from __future__ import annotations

from typing import Any

import pytest

from grader.checking import check

# Each row: the key, answers that are right, answers that are not. Keys and answers are formulas unless the table says otherwise.
FORMULAS: dict[str, tuple[str, str, str]] = {
    "expanding": ("x^2 - x - 6", "(x - 3)(x + 2) | x(x - 1) - 6 | -(3 - x)(x + 2) | x² - x - 6", "(x + 3)(x - 2) | x^2 + x - 6 | x^2 - 6"),
    "a power too high to expand": ("(p - q)^400", "(q - p)^400 | ((p - q)^2)^200", "(p - q)^399 | (p + q)^400"),
    "one denominator": ("1/(n*(n + 2))", "1/2*(1/n - 1/(n + 2)) | 1/(2n) - 1/(2n + 4)", "1/n - 1/(n + 2) | 1/(n*(n - 2))"),
    "fractions in fractions": ("a*b/(a + b)", "1/(1/a + 1/b) | a/(1 + a/b) | b/(b/a + 1)", "(a + b)/(a*b) | 1/(a + b)"),
    "polynomial division": ("x + 3 + 10/(x - 2)", "(x^2 + x + 4)/(x - 2)", "(x^2 + x - 4)/(x - 2) | x + 3"),
    "surds": ("sqrt(75)", "5*sqrt(3) | 5√3 | 15/sqrt(3) | 75^(1/2) | 75^0.5", "3*sqrt(5) | sqrt(57) | 8.66"),
    "nested surds": ("sqrt(6 + 2*sqrt(5))", "1 + sqrt(5) | √5 + 1", "1 - sqrt(5) | sqrt(6) + sqrt(5)"),
    "the root of a square": ("sqrt(t^2)", "abs(t) | |t|", "t | -t"),
    "negative powers": ("5/z^3", "5*z^-3 | 5z^(-3) | 5 z^{-3} | \\frac{5}{z^3}", "1/(5*z^3) | 5*z^3"),
    "powers of powers": ("2^(3*k)", "8^k | (2^k)^3 | 2^k*4^k", "6^k | 2^(k + 3)"),
    "trigonometry": ("sin(2*a)", "2*sin(a)*cos(a) | 2 sin a cos a | \\sin(2a)", "2*sin(a) | sin(a)^2 | cos(2*a)"),
    "double angles": ("cos(t)^2", "(1 + cos(2*t))/2 | 1 - sin(t)^2", "(1 - cos(2*t))/2 | cos(t^2)"),
    "hyperbolic": ("(e^u - e^(-u))/2", "sinh(u) | (exp(u) - exp(-u))/2", "cosh(u) | (e^u + e^-u)/2"),
    "logarithms": ("ln(3*w)", "log(3*w) | ln(3) + ln(w) | ln 3w", "3*ln(w) | ln(3)*ln(w) | log10(3*w)"),
    "left to right": ("m/n*r", "m*r/n | r*m/n", "m/(n*r)"),
    "the sign of a power": ("-s^2", "-(s^2) | -s*s | -1*s^2", "(-s)^2 | s^2"),
    "towers": ("2^(3^v)", "2^3^v", "8^v | (2^3)^v"),
    "many signs": ("a - b", "a + -b | a - +b | a--(-b) | -b + a", "a--b | b - a"),
    "nothing added": ("7*c", "7*c + 0 | 1*7c | 7c/1 | c*7", "7 + c | 77*c | c^7"),
}  # fmt: skip


def rows(table: dict[str, tuple[str, str, str]]) -> list[Any]:
    """A row for each answer, under its table's entry."""
    found = []
    for title, (key, right, wrong) in table.items():
        for verdict, answers in (("correct", right), ("incorrect", wrong)):
            found += [pytest.param(key, answer, verdict, id=f"{title}: {answer}") for answer in split(answers)]
    return found


def split(answers: str) -> list[str]:
    return [answer.strip() for answer in answers.split(" | ")]


@pytest.mark.parametrize(("key", "answer", "verdict"), rows(FORMULAS))
def test_formulas(key: str, answer: str, verdict: str) -> None:
    assert check({"type": "expression", "key": key, "answer": answer})["verdict"] == verdict
