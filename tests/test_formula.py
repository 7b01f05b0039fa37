"""Formula templates: symbols in, numbers in, brackets and multiplication signs where they are needed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from solvers.derivation import Derivation
from solvers.formula import Formula
from solvers.formula_check import check_formula
from solvers.givens import integer
from solvers.values import Shape, array

NUMBERS = [
    ("2 $n", {"n": 227}, r"2 \cdot 227"),
    ("$n - $p", {"n": 4, "p": -3}, r"4 - \left(-3\right)"),
    ("$n + $p", {"n": -4, "p": 3}, "-4 + 3"),
    ("$n^2", {"n": -4}, r"\left(-4\right)^2"),
    ("$n^2", {"n": Fraction(1, 3)}, r"\left(\frac{1}{3}\right)^2"),
    ("$d($k - 1) + 1", {"d": 2, "k": 3}, r"2 \cdot (3 - 1) + 1"),
    (r"\frac{$n}{$s}", {"n": -6, "s": 2}, r"\frac{-6}{2}"),
    (r"\frac{1}{2} $n", {"n": 6}, r"\frac{1}{2} \cdot 6"),
    ("$a $b", {"a": 2, "b": 3}, r"2 \cdot 3"),
    (r"\sigma($z)", {"z": -1}, r"\sigma(-1)"),
    (r"$W[0,1] + 1", {"W": array([[1, 7], [3, 4]])}, "7 + 1"),
    ("$x", {"x": Fraction(3, 80)}, "0.0375"),
    ("$x + 1", {"x": 1e-7}, r"1.000 \times 10^{-7} + 1"),
]


@pytest.mark.parametrize(("template", "values", "shown"), NUMBERS, ids=[row[0] + str(row[1]) for row in NUMBERS])
def test_numbers_are_put_in_so_that_the_line_stays_true(template: str, values: dict[str, object], shown: str) -> None:
    """No digit runs into another, no minus follows a plus."""
    text = " ".join(Formula(template).with_values(values).split())
    assert text == " ".join(shown.split())


def test_symbols_are_put_in_and_elements_counted_from_one() -> None:
    """Mathematics counts from 1, Python from 0."""
    assert Formula("$W[0,1] $x[1]").with_symbols({"W": "W", "x": "x"}) == "W_{12} x_{2}"


def test_a_matrix_product_needs_no_sign() -> None:
    """Arrays stand side by side."""
    line = Formula("$W $x").with_values({"W": array([[1, 2]]), "x": array([3, 4])})
    assert r"\cdot" not in line


def test_a_formula_that_does_not_compute_its_rule_is_found_out() -> None:
    """What is printed is what is computed, or the checker says so."""
    derivation = Derivation("test.lie", "t", "t", n=integer("n", "n", "n"))

    @derivation.step("$n + 2", symbol="o", zh="和")
    def outcome(n: int) -> int:
        """Sum."""
        return n + 1

    assert check_formula(derivation.run({"n": 3}), "outcome") == "differs"


def test_an_element_of_a_shape_is_written_with_the_symbol_that_it_has() -> None:
    formula = Formula(r"$x[1] + 2 \cdot $x[0]")
    assert formula.with_symbols({"x": "s", "x[1]": "H"}) == r"H + 2 \cdot s_{1}"
    assert formula.with_values({"x": Shape((3, 32))}) == r"32 + 2 \cdot 3"
