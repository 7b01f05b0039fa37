"""Responses marked per second, beside what else reads mathematics."""

from __future__ import annotations

from typing import Any

import pytest

from grader.comparing import compare
from grader.outcome import RIGHT
from grader.reading import Reading, read
from grader.request import target_of
from questions.blueprint import Policy
from questions.key import Target

NUMERIC = [("0.8808", "0.8808"), ("55", "55"), ("1/3", "1/3"), ("-2.5", "-2.5"), ("1234", "1234"), ("0.62", "0.62")]
SYMBOLIC = [
    ("4*h*(d + h + 1)", "4*h*d + 4*h*h + 4*h"),
    ("(n + 2*p - k)/s + 1", "(n - k + 2*p + s)/s"),
    ("x*(1 - x)", "x - x^2"),
]
POLICY = Policy()


def ours(pairs: list[tuple[str, str]], targets: list[Target]) -> int:
    """How many answers are right."""
    right = 0
    for (_, answer), target in zip(pairs, targets, strict=True):
        reading = read(answer, target.type, names=target.names)
        right += isinstance(reading, Reading) and compare(reading, target, POLICY).kind == RIGHT.kind
    return right


def sympys(pairs: list[tuple[str, str]]) -> int:
    """The same by raw sympy, which is how many graders do it, and runs what it reads: for texts of our own only."""
    import sympy

    difference = [
        sympy.simplify(sympy.sympify(key.replace("^", "**")) - sympy.sympify(answer.replace("^", "**")))
        for key, answer in pairs
    ]
    return sum(value == 0 for value in difference)


def math_verifys(pairs: list[tuple[str, str]]) -> int:
    """The same by math-verify."""
    import math_verify

    parsed = [
        (math_verify.parse(f"${key}$", parsing_timeout=None), math_verify.parse(f"${answer}$", parsing_timeout=None))
        for key, answer in pairs
    ]
    return sum(bool(math_verify.verify(key, answer, timeout_seconds=None)) for key, answer in parsed)


@pytest.mark.parametrize("kind", ["numeric", "symbolic"])
@pytest.mark.parametrize("grader", ["gradmark", "sympy", "math-verify"])
def test_grade(benchmark: Any, grader: str, kind: str) -> None:
    """The same responses by each; the group is the kind."""
    pairs = NUMERIC if kind == "numeric" else SYMBOLIC
    benchmark.group = f"{kind} responses ({len(pairs)} a round)"
    benchmark.name = grader
    if grader == "gradmark":
        type_ = "real" if kind == "numeric" else "expression"
        targets = [target_of({"type": type_, "key": key, "answer": ""}) for key, _ in pairs]
        assert benchmark(ours, pairs, targets) == len(pairs)
    elif grader == "sympy":
        pytest.importorskip("sympy")
        assert benchmark(sympys, pairs) == len(pairs)
    else:
        pytest.importorskip("math_verify")
        assert benchmark(math_verifys, pairs) >= 1
