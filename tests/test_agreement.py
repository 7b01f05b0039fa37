"""Formulas that are equal as functions, and those that only nearly are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grader.agreement import compare_expression
from grader.outcome import Outcome
from grader.reading import Reading, read
from questions.bank import Bank
from questions.key import Target
from questions.sampling import draw
from solvers.expression import ExpressionError, evaluate, parse, to_plain
from solvers.expression.function import POINTS, Function
from solvers.expression.nodes import Node
from solvers.expression.residue import residue
from solvers.expression.sampled import sampled
from solvers.text import Text
from tests.strategies import item, marked

NAMES = ("d", "h", "k", "n", "p", "s", "x", "z")
SIZES = dict.fromkeys(NAMES, "integer")
REALS = dict.fromkeys(NAMES, "real")
POSITIVE = dict.fromkeys(NAMES, "positive")


def verdict(key: str, answer: str, domains: Mapping[str, str] = REALS) -> Outcome:
    """What comparing the two gives."""
    formula = Function(parse(key, (*domains, *"abcinsxz")), domains)
    reading = read(answer, "expression", names=(*domains, *"abcinsxz"))
    assert isinstance(reading, Reading), reading
    return compare_expression(reading, Target("expression", None, key, names=tuple(domains), formula=formula))


EQUAL = [
    ("4*h*(d + h + 1)", "4hd + 4h^2 + 4h", SIZES),
    ("floor((n + 2p - k)/s) + 1", "floor((n - k + 2p + s)/s)", SIZES),
    ("floor((n - k)/s)", "floor(n/s - k/s)", SIZES),
    ("ceil(n/s)", "floor((n + s - 1)/s)", SIZES),
    ("n*(n - 1)/2", "(n^2 - n)/2", SIZES),
    ("1/(1 + e^(-x))", "e^x/(1 + e^x)", REALS),
    ("sigma(x)*(1 - sigma(x))", "e^(-x)/(1 + e^(-x))^2", REALS),
    ("tanh(x)", "2sigma(2x) - 1", REALS),
    ("ln(x*z)", "ln x + ln z", POSITIVE),
    ("max(0, x)", "(x + |x|)/2", REALS),
    ("sqrt(x^2)", "abs(x)", REALS),
    ("x^2/x", "x", REALS),
    ("2^n", "e^(n*ln(2))", SIZES),
    ("x/3", "1/3 x", REALS),
    ("3", "6/2", {}),
    ("pi/4", r"\frac{\pi}{4}", {}),
    ("1 - sigma(x)", "sigma(-x)", REALS),
    ("x^(n + z)", "x^n*x^z", POSITIVE),
    ("exp(exp(exp(x)))", "e^e^e^x", REALS),
    ("(-1)^n", "cos(pi n)", SIZES),
    ("0", "sin(500pi)", {}),
    ("1", "(930249 + 416020sqrt(5))^(1/30) - (930249 - 416020sqrt(5))^(1/30)", {}),
    ("(x - 1)^6000", "(x - 1)^5999*(x - 1)", REALS),
    ("ln(x*z)", "ln x + ln z", {}),
    ("a^(b + c)", "a^b*a^c", {}),
    ("z*i", "i z", {"z": "complex"}),
    ("(z + i)*(z - i)", "z^2 + 1", {"z": "complex"}),
]
DIFFERENT = [
    ("4*h*(d + h + 1)", "4h(d + h) + 4", SIZES, "At"),
    ("floor((n - k)/s) + 1", "ceil((n - k)/s)", SIZES, "At"),
    ("x - x^2", "x^2 - x", REALS, "Only the sign is wrong."),
    ("ln(x)", "ln(x) + 10^-20", POSITIVE, "At"),
    ("10^-50*sin(x)", "10^-50*cos(x)", REALS, "At"),
    ("(x^n)^z", "x^(n z)", REALS, "At"),
    ("abs(x + 10) - 10", "abs(x + 11) - 11", REALS, "At"),
    ("ceil(n/40)", "floor(n/40) + 1", SIZES, "At"),
    ("min(n, 200)", "n", SIZES, "At"),
    ("2*x + 2", "x + 1", REALS, "Your formula is the right one times 0.5."),
    ("x^2 + 1", "x^2 + 4", REALS, "Your formula is the right one plus 3."),
    ("n/s", "s/n", SIZES, "reciprocal"),
    ("x", "x + 10^-15", REALS, "At"),
    ("x/3", "0.3333x", REALS, "At"),
    ("sqrt(x^2)", "x", REALS, "x = "),
    ("1/(1 + e^(-x))", "1/(1 + e^x)", REALS, "At"),
    ("ln(x)", "log2(x)", POSITIVE, "At"),
    ("x", "x + 2305843008226039621 - 2305843008226039620", REALS, "At"),
    ("3", "4", {}, "Yours gives 4; it should be 3."),
    ("x", "x/0", REALS, "yours has no value"),
    ("sqrt(x)^2", "sqrt(-1 - x^2)^2", {}, "At"),
    ("x", "sqrt(x)", {}, "At"),
    ("x", "x + ln(-1 - x^2)", {}, "yours has no value"),
    ("x", "1/0", {}, "yours has no value"),
    ("z^2", "z*i", {"z": "complex"}, "At"),
]


@pytest.mark.parametrize(("key", "answer", "domains"), EQUAL, ids=str)
def test_equal_as_functions(key: str, answer: str, domains: Mapping[str, str]) -> None:
    """However they are written, and whichever of the two is the key."""
    assert verdict(key, answer, domains).kind == "correct"
    assert verdict(answer, key, domains).kind == "correct"


@pytest.mark.parametrize(("key", "answer", "domains", "said"), DIFFERENT, ids=str)
def test_not_equal(key: str, answer: str, domains: Mapping[str, str], said: str) -> None:
    """With the numbers at which they differ, and how."""
    outcome = verdict(key, answer, domains)
    assert outcome.kind == "incorrect"
    assert said in " ".join(note.en for note in outcome.notes)
    assert all(note.zh for note in outcome.notes)


def test_the_counter_example_is_punctuated_as_each_language_is() -> None:
    """Values are listed with commas in English, and with the mark for lists in Chinese."""
    (note,) = verdict("n*k", "n + k + 1", SIZES).notes[:1]
    assert re.match(r"At \w = \d+, \w = \d+, yours gives", note.en)
    assert re.match(r"当 \w = \d+、\w = \d+ 时，你的式子得", note.zh)


def _shown_apart(note: Text) -> float:
    """How far the two values of a counter-example lie apart, as a part of the right one."""
    found = re.search(r"yours gives ([\d.]+); it should be ([\d.]+)\.$", note.en)
    assert found is not None, note.en
    return abs(float(found[1]) / float(found[2]) - 1)


def test_the_counter_example_is_no_matter_of_rounding() -> None:
    """0.1782 beside 0.1786 would look like a slip of the calculator, for a key that is a formula and for one from a derivation."""
    (note,) = verdict("n", "n + x^4/1000", {"n": "positive", "x": "real"}).notes[:1]
    assert _shown_apart(note) > 0.04
    for seed in range(1, 6):
        variant = draw(Bank().question("initialisation/he-in-symbols"), seed)
        target = variant.targets[1]
        reading = read("sqrt(6/((1 + a^2) + n_in))", "expression", names=target.names)
        assert isinstance(reading, Reading)
        (note,) = compare_expression(reading, target).notes[:1]
        assert _shown_apart(note) > 0.04


@pytest.mark.parametrize(
    ("key", "answer", "said"),
    [
        ("e^(-x)", "2*e^(-x)", "times 2."),
        ("sqrt(x)", "sqrt(x) + 3", "plus 3."),
        ("sqrt(x)", "0.3*sqrt(x)", "times 0.3."),
        ("sqrt(x)", "pi*sqrt(x)", "times 3.1416."),
    ],
)
def test_a_factor_is_said_without_the_digits_of_floating_point(key: str, answer: str, said: str) -> None:
    """Twice is twice, and not 2.0000 times."""
    assert verdict(key, answer, POSITIVE).notes[1].en.endswith(said)


def test_the_counter_example_has_small_numbers() -> None:
    """Not 37/8 where 2 shows it as well."""
    (note,) = verdict("n*k + s", "n*k - s", SIZES).notes
    assert note.en == "At k = 2, n = 3, s = 5, yours gives 1; it should be 11."


@pytest.mark.parametrize(
    ("key", "answer", "kind"),
    [
        ("f(x + 1) - f(x)", "-f(x) + f(1 + x)", "correct"),
        ("f(2x)", "f(x + x)", "correct"),
        ("f(x) g(x)", "g(x)f(x)", "correct"),
        ("f(x, z)", "f(z, x)", "incorrect"),
        ("f(x + 1) - f(x)", "f(1)", "incorrect"),
        ("f(x)", "g(x)", "incorrect"),
        ("f(2x)", "2f(x)", "incorrect"),
        ("f(x^2)", "f(x)^2", "incorrect"),
    ],
)
def test_functions_that_may_be_any(key: str, answer: str, kind: str) -> None:
    """Nothing is known of f and g."""
    names = ("x", "z", "f()", "g()")
    reading = read(answer, "expression", names=names)
    assert isinstance(reading, Reading), reading
    formula = Function(parse(key, names), REALS)
    assert compare_expression(reading, Target("expression", None, key, names=names, formula=formula)).kind == kind


def formulas(names: tuple[str, ...] = ("n", "x")) -> st.SearchStrategy[str]:
    """Formulas as text."""
    leaves = st.sampled_from(names) | st.integers(0, 9).map(str) | st.sampled_from(["0.5", "e", "pi"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(inner, st.integers(-2, 3)).map(lambda t: f"({t[0]})^({t[1]})"),
            st.tuples(st.sampled_from(["exp", "tanh", "floor", "sqrt", "ln", "abs", "relu", "round"]), inner).map(
                lambda t: f"{t[0]}({t[1]})"
            ),
            st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        ),
        max_leaves=8,
    )


def _at(node: Node, point: Mapping[str, Fraction]) -> float | None:
    try:
        return float(evaluate(node, point))
    except (ExpressionError, OverflowError):
        return None


@given(formulas(), st.fractions(-4, 4, max_denominator=8), st.fractions(-4, 4, max_denominator=8))
def test_samples_are_the_exact_values_but_for_rounding(text: str, n: Fraction, x: Fraction) -> None:
    """Wherever the formula has a value that rounding doesn't make jump."""
    node = parse(text, ("n", "x"))
    exact = _at(node, {"n": n, "x": x})
    nudged = _at(node, {"n": n + Fraction(1, 10**9), "x": x + Fraction(1, 10**9)})
    assume(exact is not None and nudged is not None)
    assert exact is not None
    assert nudged is not None
    assume(abs(exact - nudged) < 1e-3 * max(1, abs(exact)) and abs(exact) < 1e12)
    found = sampled(node, {"n": np.array([float(n)]), "x": np.array([float(x)])})
    assume(found is not None)
    assert found is not None
    assert np.isnan(found).any() or found.flat[0] == pytest.approx(exact, rel=1e-5, abs=1e-5)


@given(formulas(("n", "s", "x")))
def test_a_formula_written_back_is_the_same_function(text: str) -> None:
    """Its plain form earns full credit."""
    try:
        outcome = verdict(text, to_plain(parse(text, NAMES)))
    except ExpressionError:
        assume(False)
    assert outcome.kind == "correct" or not Function(parse(text, NAMES), REALS).places.points


@given(
    formulas(("n", "x")), st.sampled_from(["({}) + 1/1000", "({}) * 1.001", "-({})", "({}) + x^9/10^6", "({}) + n - 1"])
)
def test_a_near_miss_is_not_taken(text: str, change: str) -> None:
    """Unless the change leaves the function as it was."""
    key, other = parse(text, NAMES), parse(change.format(text), NAMES)
    mine, theirs = Function(key, REALS).places, Function(other, REALS).places
    assume(len(mine.points) == len(theirs.points) == POINTS and mine.points == theirs.points)
    assume(bool((np.abs(mine.floats) < 1e6).all()))
    differ = bool((np.abs(mine.floats - theirs.floats) > 1e-5).any())
    assert (verdict(text, change.format(text)).kind == "incorrect") is differ or not differ


@pytest.mark.parametrize(
    ("a", "b"),
    [("(x + 1)^2", "x^2 + 2x + 1"), ("x/(1/n)", "n x"), ("(50%) x", "x/2"), ("x^-2", "1/x^2"), ("0.1x", "x/10")],
)
def test_equal_rational_formulas_have_one_residue(a: str, b: str) -> None:
    """However they are written."""
    assert residue(parse(a, NAMES)) == residue(parse(b, NAMES)) is not None


@pytest.mark.parametrize("text", ["sqrt(x)", "x^n", "floor(x)", "1/(x - x)", "[x, 2]", "x == 2", "x^20000", "x // 2"])
def test_no_residue(text: str) -> None:
    """Nothing but sums, products, quotients and whole powers has one."""
    assert residue(parse(text, NAMES)) is None


def test_where_a_formula_fails_small_numbers_have_their_zeros() -> None:
    """A student reads 0.0009766 more easily than 9.766e-4."""
    verdict = marked(item("bptt/bound-in-symbols"), {"bound": "sigma^k/4"})["bound"]
    assert any("it should be 0.0009766." in note.en for note in verdict.notes)
