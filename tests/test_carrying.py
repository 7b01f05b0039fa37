"""What a student's own answer stands for in the graph: words, truth values, options and formulas as well as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from grader.carrying import formula_at
from grader.marking import Verdict, mark
from questions.blueprint import Policy
from questions.exam import Item
from solvers.derivation import Derivation
from solvers.expression import parse
from solvers.givens import integer, number
from solvers.trace import Undefined
from solvers.values import Vector, array
from tests.strategies import paper_of


def padded() -> Derivation:
    """What kind of padding there is, whether the size stays, how large the output is, and how that is called."""
    derivation = Derivation(
        "own.padded", "Padding", "填充", n=integer("n", "size", "大小"), k=integer("k", "kernel", "核")
    )

    @derivation.step("$k", symbol="m", zh="方式", among=("valid", "same", "full"))
    def mode(k: int) -> str:
        """Mode."""
        return "same" if k % 2 else "valid"

    @derivation.step("$mode", symbol="t", zh="是否不变", final=True)
    def stays(mode: str) -> bool:
        """Whether the size stays."""
        return mode == "same"

    @derivation.step("$n - $k + 1", symbol="o", zh="输出", final=True)
    def size(n: int, k: int, stays: bool) -> int:
        """Size."""
        return n if stays else n - k + 1

    @derivation.step("$size", symbol="w", zh="名称", among=("small", "medium", "large"), final=True)
    def word(size: int) -> str:
        """How it is called."""
        return "small" if size < 10 else "medium" if size < 20 else "large"

    return derivation


def hidden_layer() -> Derivation:
    """Two units in symbols, and their product."""
    derivation = Derivation("own.layer", "Layer", "层", a=number("a", "a", "a"), b=number("b", "b", "b"))

    @derivation.step("$a + $b", symbol="h", zh="隐层")
    def hidden(a: Fraction, b: Fraction) -> Vector:
        """Hidden."""
        return array([a * a + b, a - b])

    @derivation.step("$hidden", symbol="p", zh="积")
    def product(hidden: Vector) -> Fraction:
        """Product."""
        return Fraction(hidden[0] * hidden[1])

    return derivation


def verdicts(paper: Item, texts: Sequence[str]) -> tuple[Verdict, ...]:
    """The verdicts on these answers, in order."""
    return mark(paper, {paper.label(i): text for i, text in enumerate(texts)}, Policy())


PADDED: list[dict[str, Any]] = [
    {"answer": "mode", "type": "text"},
    {"answer": "stays", "type": "truth"},
    {"answer": "size", "type": "integer"},
    {"answer": "word", "type": "text"},
]


@pytest.mark.parametrize(
    ("texts", "marks"),
    [
        (["same", "true", "12", "medium"], [1, 1, 1, 1]),
        (["valid", "false", "10", "medium"], [0, 1, 1, 1]),
        (["Valid padding", "true", "12", "medium"], [0, 1, 1, 1]),
        (["full", "false", "10", "medium"], [0, 1, 1, 1]),
        (["same", "false", "10", "medium"], [1, 0, 1, 1]),
        (["same", "true", "9", "small"], [1, 1, 0, 1]),
        (["same", "true", "9", "large"], [1, 1, 0, 0]),
        (["reflect", "false", "10", "medium"], [0, 0, 1, 1]),
        (["reflect", "true", "12", "medium"], [0, 1, 1, 1]),
        (["", "false", "10", "medium"], [0, 0, 1, 1]),
    ],
    ids=str,
)
def test_words_and_truth_values_are_worked_on_with(texts: list[str], marks: list[int]) -> None:
    """In what follows from them, whatever kind that is of; a word that the step cannot have is nothing to work with."""
    paper = paper_of(padded(), {"n": 12, "k": 3}, PADDED)
    assert [verdict.marks for verdict in verdicts(paper, texts)] == marks


def test_the_formula_of_one_element_is_put_into_its_place() -> None:
    """The other elements stay right."""
    unit = {"a": {"decimal": ["0.1", "2"], "step": "0.1"}, "b": {"decimal": ["0.1", "2"], "step": "0.1"}}
    parts: list[dict[str, Any]] = [
        {"answer": "hidden[0]", "type": "expression", "variables": unit, "form": "a^2 + b"},
        {"answer": "product", "type": "expression", "variables": unit, "form": "(a^2 + b)*(a - b)"},
        {"answer": "product", "name": "value", "type": "real", "decimals": 2},
    ]
    paper = paper_of(hidden_layer(), {"a": Fraction(3, 2), "b": Fraction(1, 2)}, parts)
    own = verdicts(paper, ["a + b", "(a + b)*(a - b)", "2"])
    assert [verdict.marks for verdict in own] == [0, 1, 1]
    assert own[1].carried == ("1a",)
    assert [verdict.marks for verdict in verdicts(paper, ["a + b", "(a^2 + b)*(a + b)", "3"])] == [0, 0, 0]


@pytest.mark.parametrize(
    "formula", ["1/(a - a)", "sqrt(-a)", "c", "[a, a]", "a > 1", "9^9^9^9", r"\sum_{i=1}^{1000} \sum_{j=1}^{1000} a"]
)
def test_a_formula_without_a_finite_value_has_none(formula: str) -> None:
    """Nor does one that takes too long to work out."""
    with pytest.raises(Undefined):
        formula_at(parse(formula), {"a": Fraction(3, 2)})


def test_a_hostile_formula_costs_little_and_is_not_carried() -> None:
    """It is only a wrong one."""
    unit = {"a": {"decimal": ["0.1", "2"], "step": "0.1"}, "b": {"decimal": ["0.1", "2"], "step": "0.1"}}
    parts: list[dict[str, Any]] = [
        {"answer": "hidden[0]", "type": "expression", "variables": unit, "form": "a^2 + b"},
        {"answer": "product", "type": "expression", "variables": unit, "form": "(a^2 + b)*(a - b)"},
    ]
    paper = paper_of(hidden_layer(), {"a": Fraction(3, 2), "b": Fraction(1, 2)}, parts)
    for formula in ("1/(a - a)", "a^b^a^b^a^b^99", "+".join(["a*b"] * 60)):
        found = verdicts(paper, [formula, f"({formula})*(a - b)"])
        assert [(verdict.kind, verdict.carried) for verdict in found] == [("incorrect", ()), ("incorrect", ())]
