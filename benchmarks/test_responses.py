"""Responses marked per second, beside what else reads mathematics; and beside reading the requests, which no grader can do without.

Every round marks responses that were never seen before, so that nothing kept from earlier ones helps more than it does in a class.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from grader.checking import check_bytes
from grader.comparing import compare
from grader.marking import read_for
from grader.reading import Reading
from grader.request_key import target_of
from questions.blueprint import Policy
from questions.key import Target

Pair = tuple[str, str]
POLICY = Policy()
RESPONSES = {"numeric": 40, "symbolic": 6, "matrix": 6}
"""How many a round marks: the slowest grader needs about a tenth of a second for them."""
LINES = 2_000
STATED: dict[str, dict[str, int]] = {"numeric": {"decimals": 4}, "symbolic": {}, "matrix": {}}


def numeric(draw: random.Random) -> Pair:
    """A number and what is typed for it, right two times out of three: decimals, whole numbers, and one fraction in ten."""
    value = draw.uniform(-10, 10)
    whole = str(draw.randrange(10**7))
    fraction = f"{draw.randrange(1, 99)}/{draw.randrange(100, 999)}"
    kind = draw.randrange(10)
    key = fraction if kind == 0 else whole if kind < 4 else f"{value:.7f}"
    right = key if kind < 4 else f"{value:.4f}"
    return key, right if draw.random() < 2 / 3 else f"{draw.uniform(-10, 10):.4f}"


def symbolic(draw: random.Random) -> Pair:
    """A formula and another way to write it, with its own numbers."""
    a, b, c = (draw.randrange(2, 99) for _ in range(3))
    forms = (
        (f"{a}*h*(d + h + {b})", f"{a}*h*d + {a}*h*h + {a * b}*h"),
        (f"(n + {2 * a}*p - k)/s + {b}", f"(n - k + {2 * a}*p + {b}*s)/s"),
        (f"x*({a} - {b}*x) + {c}", f"{c} - {b}*x^2 + {a}*x"),
        (f"(x + {a})*(x - {b})", f"x^2 + {a - b}*x - {a * b}"),
    )
    return draw.choice(forms)


def matrix(draw: random.Random) -> Pair:
    """A 4 x 4 matrix of whole numbers in LaTeX, which all can read."""
    rows = [[str(draw.randrange(-999, 999)) for _ in range(4)] for _ in range(4)]
    key, answer = (r"\\".join(between.join(row) for row in rows) for between in (" & ", "&"))
    return rf"\begin{{pmatrix}}{key}\end{{pmatrix}}", rf"\begin{{pmatrix}}{answer}\end{{pmatrix}}"


KINDS: dict[str, tuple[str, Callable[[random.Random], Pair]]] = {
    "numeric": ("real", numeric),
    "symbolic": ("expression", symbolic),
    "matrix": ("matrix", matrix),
}


def ours(pairs: list[Pair], targets: list[Target]) -> int:
    """How many answers are right."""
    right = 0
    for (_, answer), target in zip(pairs, targets, strict=True):
        reading = read_for(answer, target)
        right += isinstance(reading, Reading) and compare(reading, target, POLICY).kind == "correct"
    return right


def sympys(pairs: list[Pair]) -> int:
    """The same by raw sympy, which is how many graders do it, and runs what it reads: for texts of our own only."""
    import sympy

    if pairs[0][0].startswith("\\"):
        return sum(sympy.simplify(_sympy_matrix(key) - _sympy_matrix(answer)).is_zero_matrix for key, answer in pairs)
    differences = [
        sympy.simplify(sympy.sympify(key.replace("^", "**")) - sympy.sympify(answer.replace("^", "**")))
        for key, answer in pairs
    ]
    return sum(difference == 0 for difference in differences)


def _sympy_matrix(latex: str) -> Any:
    import sympy

    rows = latex.removeprefix(r"\begin{pmatrix}").removesuffix(r"\end{pmatrix}").split(r"\\")
    return sympy.Matrix([[sympy.sympify(cell) for cell in row.split("&")] for row in rows])


def math_verifys(pairs: list[Pair]) -> int:
    """The same by math-verify."""
    import math_verify

    parsed = [
        (math_verify.parse(f"${key}$", parsing_timeout=None), math_verify.parse(f"${answer}$", parsing_timeout=None))
        for key, answer in pairs
    ]
    return sum(bool(math_verify.verify(key, answer, timeout_seconds=None)) for key, answer in parsed)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("grader", ["gradmark", "sympy", "math-verify"])
def test_grade(benchmark: Any, grader: str, kind: str) -> None:
    """The same responses by each, from the text and the key's target to the verdict; the others read key and answer."""
    pytest.importorskip("math_verify" if grader == "math-verify" else "sympy")
    response_type, drawn = KINDS[kind]
    draw = random.Random(kind)

    def fresh() -> tuple[tuple[Any, ...], dict[str, Any]]:
        pairs = [drawn(draw) for _ in range(RESPONSES[kind])]
        if grader != "gradmark":
            return (pairs,), {}
        return (pairs, [target_of({"type": response_type, "key": key} | STATED[kind]) for key, _ in pairs]), {}

    benchmark.group = f"{kind} responses ({RESPONSES[kind]} a round)"
    benchmark.name = grader
    mark = {"gradmark": ours, "sympy": sympys, "math-verify": math_verifys}[grader]
    assert benchmark.pedantic(mark, setup=fresh, rounds=30 if grader == "gradmark" else 8, warmup_rounds=2) > 0


@pytest.mark.parametrize("keys", ["one key", "a key for each"])
@pytest.mark.parametrize("what", ["gradmark check --batch", "json.loads"])
def test_close_to_the_floor(benchmark: Any, what: str, keys: str) -> None:
    """Numeric requests, read, marked and answered, beside reading the same lines and no more."""
    draw = random.Random(keys)

    def fresh() -> tuple[tuple[Any, ...], dict[str, Any]]:
        lines = []
        for number in range(LINES):
            key, answer = numeric(draw)
            request = {
                "id": f"s{number}",
                "type": "real",
                "key": "0.880797" if keys == "one key" else key,
                "answer": answer,
                "decimals": 4,
            }
            lines.append(json.dumps(request | STATED["numeric"]))
        return (lines if what == "json.loads" else ["\n".join(lines).encode()],), {}

    def read(lines: list[str]) -> int:
        return sum(len(json.loads(line)) for line in lines)

    def answer(chunks: list[bytes]) -> int:
        return sum(map(len, check_bytes(chunks)))

    benchmark.group = f"numeric requests, {keys} ({LINES} a round)"
    benchmark.name = what
    assert benchmark.pedantic(read if what == "json.loads" else answer, setup=fresh, rounds=15, warmup_rounds=2) > LINES
