"""Equations, conditions, sets, lists and systems: which say the same."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.agreement import same_formula
from grader.statements import compare_statement, is_statement
from solvers.expression import parse
from solvers.expression.nodes import names_in
from solvers.rational import quotient
from tests.hostile import counted


def verdict(key: str, answer: str, **domains: str) -> str:
    return compare_statement(parse(key), parse(answer), domains, partial(same_formula, domains=domains)).kind


# what each row needs: the key, answers that say the same, answers that don't
SAME = [
    ("y = 3*x - 2", ["y - 3*x = -2", "3*x - 2 = y", "2*y + 4 = 6*x", "(y + 2)/3 = x"], ["y = 3*x + 2", "y = 2*x - 3", "x = 3*y - 2"]),
    ("x^2 = 9", ["x = 3 or x = -3", "(x - 3)*(x + 3) = 0", "2*x^2 - 18 = 0"], ["x = 3", "x = 9", "x = 3 or x = 3", "x^2 = 3"]),
    ("1/u + 1/v = 1/f", ["u*f + v*f = u*v", "f = u*v/(u + v)"], ["u + v = f", "f = (u + v)/(u*v)"]),
    ("x = 4", ["4 = x", "2*x = 8", "x - 4 = 0"], ["x = -4", "(x - 4)^2 = 0", "x*y = 4*y", "x = 4 or x = 5"]),
    ("abs(a) = abs(b)", ["a = b or a = -b", "a^2 = b^2"], ["a = b"]),
    ("y = sin(2*t)", ["y = 2*sin(t)*cos(t)", "y/2 = sin(t)*cos(t)"], ["y = 2*sin(t)", "y = cos(2*t)"]),
    ("x^2 + y^2 = 4", ["(y - sqrt(4 - x^2))*(y + sqrt(4 - x^2)) = 0", "x^2 = 4 - y^2"], ["y = sqrt(4 - x^2)", "x^2 + y^2 = 2"]),
    ("x^2 > 9", ["x > 3 or x < -3", "not (-3 <= x and x <= 3)", "abs(x) > 3", "9 < x^2"], ["x > 3", "x^2 >= 9", "x > 3 and x < -3"]),
    ("x > 2 and x < 5", ["2 < x < 5", "5 > x and x > 2", "abs(2*x - 7) < 3", "(x - 2)*(x - 5) < 0"], ["2 <= x < 5", "2 < x < 6", "x > 2 or x < 5"]),
    ("x >= 1/3", ["3*x >= 1", "1/3 <= x", "x > 1/3 or x = 1/3"], ["x > 1/3", "x >= 0.333", "x <= 1/3"]),
    ("x != 0", ["x < 0 or x > 0", "x^2 > 0", "2*x != 0"], ["x > 0", "x != 1"]),
    ("log(x) > 0", ["x > 1"], ["x > 0", "x >= 1"]),
    ("a < b", ["b > a", "2*a - 2*b < 0", "a - b < 0"], ["a <= b", "b < a", "a > b"]),
    ("p and (q or r)", ["(p and q) or (p and r)", "(r or q) and p"], ["(p and q) or r", "p and q"]),
    ("{1/2, 3}", ["{3, 0.5}", "{3, 1/2, 6/2}", "3, 1/2"], ["{1/2}", "{1/2, 3, 4}", "[1/2, 3]", "{1/2, -3}"]),
    ("{x + 1, y}", ["{y, 1 + x}"], ["{x, y + 1}", "{x + 1}"]),
    ("[x + 1, 2*y]", ["[1 + x, y + y]", "(x + 1, 2*y)"], ["[2*y, x + 1]", "[x + 1]", "[x + 1, 2*y, 0]"]),
    ("[x + y = 5, x - y = 1]", ["[x = 3, y = 2]", "[y = 2, x = 3]", "[2*x = 6, x + y = 5]"], ["[x = 2, y = 3]", "[x + y = 5]", "[x = 3, y = 2, y = 1]"]),
    ("x = 3 and y = 2", ["y = 2 and x = 3", "x + y = 5 and x - y = 1"], ["x = 3 or y = 2", "x = 2 and y = 3"]),
    ("true", ["true", "x = x or x > 1"], ["false"]),
]  # fmt: skip
RIGHT = [(key, answer) for key, right, _ in SAME for answer in right]
WRONG = [(key, answer) for key, _, wrong in SAME for answer in wrong]


@pytest.mark.parametrize(("key", "answer"), [*RIGHT, *((key, key) for key, _, _ in SAME)])
def test_what_says_the_same_is_right(key: str, answer: str) -> None:
    assert verdict(key, answer) == "correct"


@pytest.mark.parametrize(("key", "answer"), WRONG)
def test_what_says_something_else_is_wrong(key: str, answer: str) -> None:
    assert verdict(key, answer) == "incorrect"


def test_domains_decide() -> None:
    assert verdict("n > 2", "n >= 3") == "incorrect"
    assert verdict("n > 2", "n >= 3", n="integer") == "correct"
    assert verdict("x^2 > 4", "x > 2") == "incorrect"
    assert verdict("x^2 > 4", "x > 2", x="positive") == "correct"


@pytest.mark.parametrize(
    ("key", "answer", "en", "zh"),
    [
        ("x >= 2", "x > 2", "At x = 2, yours does not hold; it should.", "当 x = 2 时，你的条件不成立，应成立。"),
        ("x > 2", "x > 1", "At x = 1.5, yours holds; it should not.", "当 x = 1.5 时，你的条件成立，应不成立。"),
        ("x = 2", "[2, 3]", "This is a list; an equation is expected.", "这是列表，应为方程。"),
        ("x > 2", "x + 2", "This is a formula; a condition is expected.", "这是公式，应为条件。"),
    ],
)
def test_a_wrong_one_is_told_why(key: str, answer: str, en: str, zh: str) -> None:
    (note,) = compare_statement(parse(key), parse(answer), {}, partial(same_formula, domains={})).notes
    assert (note["en"], note["zh"]) == (en, zh)


def test_statements_are_told_from_formulas() -> None:
    assert all(is_statement(parse(text)) for text in ("x = 1", "x < 1 or x > 2", "not x > 1", "{1, 2}", "[x]", "true"))
    assert not any(is_statement(parse(text)) for text in ("x + 1", "2", "x", "pi", "(x + 1)"))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.fractions(-9, 9, max_denominator=6), min_size=1, max_size=3, unique=True),
    st.fractions(-9, 9, max_denominator=6),
    st.integers(1, 5),
)
def test_roots_are_the_equation(roots: list[Fraction], other: Fraction, factor: int) -> None:
    key = " or ".join(f"x = {root}" for root in roots)
    product = f"{factor}*" + "*".join(f"(x - ({root}))" for root in roots)
    assert verdict(key, f"{product} = 0") == "correct"
    assert verdict(key, f"{product} = 1") == "incorrect"
    assert verdict(f"{product} < 0", f"{product} <= 0") == "incorrect"
    assert verdict(f"{product} < 0", f"-({product}) > 0") == "correct"
    if other not in roots:
        assert verdict(key, f"{product}*(x - ({other})) = 0") == "incorrect"


HOSTILE = [
    "(a + b + c + d + f + g)^30 = 1",
    "x^9999 = 1",
    "(x + 1)^40 = (x - 1)^40",
    "x^(9^9) = 1",
    "abs(abs(abs(abs(abs(x))))) > 1",
    "sin(sin(sin(sin(x)))) > 0.3",
    " or ".join(f"abs(x - {i}) < sin(x)" for i in range(30)),
    " or ".join(f"x = {i}" for i in range(300)),
    "((((x + 1)^9 + 1)^9 + 1)^9 + 1) = 0",
    "{" + ", ".join(f"sin(x + {i})" for i in range(300)) + "}",
    "[" + ", ".join(f"x^9 + y^{i} = {i}" for i in range(40)) + "]",
    "[x^4 + y^3*x = 1, y^4 + x^3*y = 2]",
    " and ".join(f"{a} > {b}" for a in "abcdf" for b in "abcdf" if a != b),
    "1/(1/(1/(1/x + 1) + 1) + 1) = x",
    "x > 1e-300",
    "9" * 400 + " = x",
    "[[1, 2], [3, 4]]",
    "{" + "1, " * 400 + "1}",
    "sum(k^k, k, 1, 99999) = x",
]


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_meant_to_take_long_does_not(answer: str) -> None:
    verdict("x = 1", "2*x = 2")  # so that what is imported only once is
    for key in ("x^2 + y^2 = 4", "x > 2 or x < -2", "[x + y = 2, x - y = 0]", "{1, 2, 3}", "a < b and b < c"):
        found, calls = counted(partial(verdict, key, answer))
        assert found == "incorrect"
        assert calls < 1_200_000


@pytest.mark.parametrize(
    ("text", "top", "bottom"),
    [
        ("(x^2 - 1)/(x - 1)", "x + 1", "1"),
        ("1/x + 1/y", "x + y", "x*y"),
        ("0.5*x", "1/2*x", "1"),
        ("x^-2", "1", "x**2"),
        ("50%*x", "1/2*x", "1"),
        ("2/(4*x)", "1/2", "x"),
        ("x - x", "0", "1"),
    ],
)
def test_a_quotient_of_polynomials_is_brought_to_its_lowest_terms(text: str, top: str, bottom: str) -> None:
    node = parse(text)
    pair = quotient(node, names_in(node))
    assert pair is not None
    assert tuple(map(str, pair)) == (top, bottom)


@pytest.mark.parametrize(
    "text",
    [
        "sin(x)",
        "x^y",
        "x^(1/2)",
        "pi*x",
        "x % 2",
        "1/0",
        "0^-1",
        "(x + y)^99",
        "x^99999",
        "9^999",
        "a + b + c + d + f + g + h",
    ],
)
def test_what_is_no_small_quotient_is_none(text: str) -> None:
    node = parse(text)
    assert quotient(node, names_in(node)) is None
