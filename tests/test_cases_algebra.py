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


NOTATIONS: dict[str, tuple[str, str, str]] = {
    "Maxima's constants": ("e^(2*pi*t)", "%e^(2*%pi*t) | exp(2*%pi*t) | (%e^(%pi*t))^2", "%e^(%pi*t) | %pi^(2*%e*t)"),
    "Maxima's key": ("%e^(3*u) - %pi", "exp(3u) - pi | e^{3u} - \\pi | (%e^u)^3 - π", "%e^(3*u) + %pi | 3*%e^u - %pi"),
    "raised formulas": ("x^(n + 2)", "xⁿ⁺² | x⁽ⁿ⁺²⁾ | x²*xⁿ | x^n x^2", "xⁿ + 2 | x²ⁿ | x^(n*2)"),
    "figures raised and lowered": ("3*v/16", "³⁄₁₆v | ³/₁₆ v | 3v÷16", "¹⁶⁄₃v | ³⁄₁₆ + v"),
    "other brackets": ("(a + 1)*(b + 2)", "❨a + 1❩❨b + 2❩ | （a + 1）（b + 2） | ﹙a + 1﹚(b + 2)", "❨a + 1❩ + ❨b + 2❩"),
    "lowered letters": ("c_1 + c_2*t", "c₁ + c₂t | c_₁ + t c_₂ | c[1] + c[2]*t", "c₁t + c₂ | c[1] + c[1]*t"),
    "a decimal comma": ("2.5*y^2 + 1", "2,5*y^2 + 1 | 2,5y² + 1,0 | 5/2 y^2 + 1", "25*y^2 + 1 | 2*y^2 + 5"),
    "sums over an index": ("1 + r + r^2 + r^3", "sum(r^k, k, 0, 3) | \\sum_{k=0}^{3} r^k | (r^4 - 1)/(r - 1)", "sum(r^k, k, 1, 3) | sum(r^k, k, 0, 4)"),
    "products over an index": ("n^3*2", "product(k*n, k, 1, 2)*n | 2n³", "product(k*n, k, 1, 3)"),
    "a logarithm's base": ("ln(x)/ln(5)", "lg(x, 5) | log(x, 5) | log_5(x)", "lg(x) | log(5, x)"),
    "names beside the key's": ("4", "2 + 2*(cos(t)^2 + sin(t)^2) | 4 + 0*w | 4*m/m", "4 + w | 4*m | 4*cos(t)"),
    "letters run together": ("3ab + c", "c + 3*a*b | 3ba + c | c + 3 a b", "3ab | 3a + b + c | 3abc"),
    "other names": ("1/n", "n^-1", "1/m | 1/(n + m) | n"),
    "the imaginary unit": ("z^2 + 9", "(z - 3i)(z + 3i) | (z + 3*%i)*(z - 3*%i) | z^2 - (3i)^2", "(z - 3)(z + 3) | (z + 3i)^2 | z^2 + 9i"),
    "complex numbers": ("(1 + 2*i)*(3 - i)", "5 + 5i | 5*(1 + i) | 5 + 5 i | 5 + i5", "5 - 5i | 3 - 2i | 5 + 5 | 5 - i5"),
    "powers of the imaginary unit": ("exp(i*pi/2)", "i | sqrt(-1) | %i | cos(pi/2) + i*sin(pi/2)", "-i | 1 | e^(pi/2)"),
}  # fmt: skip

STATEMENTS: dict[str, tuple[str, str, str]] = {
    "a line": ("3*x + 2*y = 12", "y = 6 - 1.5x | 2y = 12 - 3x | x/4 + y/6 = 1 | 12 = 3x + 2y", "y = 6 + 1.5x | 3x - 2y = 12 | 2x + 3y = 12 | 3x + 2y"),
    "a formula with its name": ("v = u + a*t", "u + a*t | v = a*t + u | v - u = a*t | t = (v - u)/a", "v = u - a*t | u*a*t | v = u + a"),
    "roots": ("x^2 - 3*x - 10 = 0", "x = 5 or x = -2 | x = -2, x = 5 | {5, -2} | (x - 5)(x + 2) = 0", "x = -5 or x = 2 | x = 5 | {5, 2}"),
    "both signs": ("x = 7 or x = -7", "x = ±7 | x = +-7 | x = +/-7 | x^2 = 49 | -7, 7", "x = 7 | x = +7 | x^2 = 7 | x = 7 and x = -7"),
    "a circle": ("(x - 1)^2 + y^2 = 4", "x^2 + y^2 - 2x = 3 | y² = 4 - (x - 1)²", "(x + 1)^2 + y^2 = 4 | (x - 1)^2 + y^2 = 2 | y = sqrt(4 - (x - 1)^2)"),
    "an interval": ("-1 < x <= 4", "(-1, 4] | x in (-1, 4] | -1<x and x≤4 | 4 >= x > -1 | x > -1, x ≤ 4", "[-1, 4) | (-1, 4) | -1 < x < 4 | x <= 4"),
    "an interval as the key": ("[2, 5)", "2 <= x < 5 | 2=<x<5 | x>=2 and x<5 | x ∈ [2, 5)", "(2, 5] | [2, 5] | {2, 5}"),
    "outside": ("x < -3 or x > 3", "|x| > 3 | x^2 > 9 | (-inf, -3) ∪ (3, inf) | not (-3 <= x <= 3)", "|x| < 3 | x > 3 | x < 3 or x > -3"),
    "not equal": ("x != 4", "x # 4 | x ≠ 4 | x <> 4 | x < 4 or x > 4", "x = 4 | x != -4"),
    "a region": ("y > 2*x", "2x < y | y - 2x > 0 | x < y/2", "y >= 2x | y < 2x | x > y/2"),
    "a set": ("{1, 2/3, sqrt(8)}", "{2√2, 1, 2/3} | {4/6, 1, 8^(1/2)} | 1, 2/3, 2*sqrt(2)", "{1, 2/3} | {1, 2/3, 2.83} | {1, 3/2, sqrt(8)} | [1, 2/3, sqrt(8)]"),
    "a set of one": ("{4}", "{4, 4} | 4 | {2 + 2}", "{4, 5} | {5, 5} | {4, -4}"),
    "a list": ("[a + 1, 2*b]", "[1 + a, b + b] | (a + 1, 2b) | a + 1, 2b", "[2b, a + 1] | [a + 1] | {a + 1, 2b}"),
    "rows of formulas": ("matrix([x, 1], [0, x^2])", "[[x, 1], [0, x*x]] | matrix([x, 1], [0, x²])", "[[x, 0], [1, x^2]] | [[x, 1], [0, 2x]]"),
    "a system": ("[x + y = 7, x - y = 1]", "[x = 4, y = 3] | x = 4 and y = 3 | [2x = 8, y = x - 1]", "[x = 3, y = 4] | x = 4 or y = 3 | [x + y = 7]"),
    "solutions joined by and": ("x = 2, x = 9", "x = 2 and x = 9 | x = 9, x = 2 | 2 and 9 | x = 2 or x = 9", "x = 2 and x = 8 | x = 2"),
    "pairs": ("(1, 4), (4, 1)", "(4, 1), (1, 4) | {(1, 4), (4, 1)} | (1, 4) or (4, 1)", "(1, 4) | (1, 4), (1, 4) | (4, 1), (1, 5)"),
    "truth": ("p and not q", "not q and p | not (q or not p)", "p and q | not (p and q) | p"),
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


@pytest.mark.parametrize(("key", "answer", "verdict"), rows(FORMULAS | NOTATIONS | STATEMENTS))
def test_what_is_right_is_correct_and_the_rest_is_not(key: str, answer: str, verdict: str) -> None:
    assert check({"type": "expression", "key": key, "answer": answer})["verdict"] == verdict


@pytest.mark.parametrize(
    ("answer", "verdict", "reading"),
    [
        ("2 = x", "correct", "2 = x"),
        ("x in [2, 2]", "correct", "x in [2, 2]"),
        ("{3, 2}", "incorrect", "{3, 2}"),
        ("x + 2", "incorrect", "x + 2"),
    ],
)
def test_statements_are_echoed_as_they_are_written(answer: str, verdict: str, reading: str) -> None:
    reply = check({"type": "expression", "key": "x = 2", "answer": answer})
    assert (reply["verdict"], reply["reading"]) == (verdict, reading)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"key": "x + 1", "answer": "x = 2 or x = 3"}, "not-a-formula"),
        ({"key": "x + 1", "answer": "foo(x)"}, "unknown-function"),
        ({"key": "x = 1", "answer": "x = "}, "missing-operand"),
        ({"key": "{1, 2}", "answer": "{1, 2"}, "unclosed-bracket"),
        ({"key": "x > 1", "answer": "x > > 1"}, "missing-operand"),
        ({"key": "x + y", "answer": "x + z", "variables": ["x", "y"]}, "unknown-name"),
    ],
)
def test_what_cannot_be_read_is_not_called_wrong(request_: dict[str, Any], code: str) -> None:
    reply = check({"type": "expression", **request_})
    assert reply["verdict"] == "unreadable"
    assert reply["error"]["code"] == code


@pytest.mark.parametrize("kind", ["vector", "matrix"])
def test_arrays_of_formulas_are_compared_element_by_element(kind: str) -> None:
    key, right, wrong = {
        "vector": ("[2*t, t^2]", "[t + t, t*t]", "[t^2, 2*t]"),
        "matrix": ("[[cos(a), -sin(a)], [sin(a), cos(a)]]", "[[cos(-a), -sin a], [sin a, cos a]]", "[[cos(a), sin(a)], [-sin(a), cos(a)]]"),
    }[kind]  # fmt: skip
    assert check({"type": kind, "key": key, "answer": right})["verdict"] == "correct"
    assert check({"type": kind, "key": key, "answer": wrong})["verdict"] == "incorrect"
