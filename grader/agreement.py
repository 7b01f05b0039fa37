"""Formulas: equal when they agree as functions on the declared domain, not when they look alike.

Rational formulas are decided by their residues. Others are compared at points: in floating point, where that leaves no doubt, else
exactly. A wrong one is shown the simplest point at which it fails, and told if it is the right one but for a factor or a constant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from grader.outcome import NOTHING, RIGHT, WRONG, Outcome
from grader.reading import Reading
from questions.key import Target, within
from solvers.expression.function import Samples, value_at
from solvers.expression.nodes import Node, names_in
from solvers.expression.residue import residue
from solvers.expression.sampled import Floats, sampled
from solvers.text import Text
from solvers.values import Value, as_float, elements, is_exact, plain

_SURELY_EQUAL = 1e-12  # of a value's size: as far as rounding in floating point leads
_SURELY_NOT = 1e-6
_FEW = 3  # points that a factor or a constant has to fit


def compare_expression(reading: Reading, target: Target) -> Outcome:
    """Equal as functions, or the simplest point where they differ."""
    node: Node = reading.value
    formula = target.formula
    rational = formula is not None and formula.residue is not None
    fingerprint = residue(node) if rational else None
    if formula is not None and fingerprint is not None and fingerprint == formula.residue:
        return RIGHT
    samples = formula.samples if formula is not None else Samples(target.points, elements(target.value), target.slack)
    floats = sampled(node, samples.columns)
    gaps = None if floats is None else np.abs(floats - samples.floats) / np.maximum(1.0, np.abs(samples.floats))
    differs = fingerprint is not None
    if not differs and gaps is not None and bool((gaps <= _SURELY_EQUAL).all()):
        return RIGHT
    for place in samples.by_simplicity:
        key, point = samples.values[place], samples.points[place]
        answer = value_at(node, point)
        clear = gaps is not None and bool(gaps.flat[place if gaps.size > 1 else 0] > _SURELY_NOT)
        if answer is None or clear or not _is_within(key, answer, samples.slack[place]):
            names = names_in(node) | names_in(formula.node) if formula is not None else frozenset(samples.columns)
            return Outcome("incorrect", NOTHING, tuple(_notes(samples, place, answer, floats, names)))
    return WRONG if differs else RIGHT


def _is_within(key: Value, answer: Value, slack: Fraction | float) -> bool:
    if isinstance(key, complex) or isinstance(answer, complex):
        return abs(complex(key) - complex(answer)) <= slack
    return within(key, answer, slack)


def _notes(
    samples: Samples, place: int, answer: Value | None, floats: Floats | None, names: Collection[str]
) -> Iterator[Text]:
    """Where the formulas differ, and what would make the wrong one right; `names` are the variables that matter."""
    key, point = samples.values[place], samples.points[place]
    where = ", ".join(f"{name} = {_shown(value)}" for name, value in point.items() if name in names)
    en = f"yours gives {_shown(answer)}" if answer is not None else "yours has no value"
    zh = f"你的式子得 {_shown(answer)}" if answer is not None else "你的式子没有值"
    if where:
        yield Text(f"At {where}, {en}; it should be {_shown(key)}.", f"当 {where} 时，{zh}，应为 {_shown(key)}。")
    else:
        yield Text(f"{en[0].upper()}{en[1:]}; it should be {_shown(key)}.", f"{zh}，应为 {_shown(key)}。")
    if floats is None or answer is None or not floats.size == len(samples.points) >= _FEW:
        return
    if np.isclose(floats.flat[place], complex(answer) if isinstance(answer, complex) else as_float(answer), rtol=1e-9):
        yield from _near(samples.floats, floats, key, answer)


def _near(keys: Floats, answers: Floats, key: Value, answer: Value) -> Iterator[Text]:
    """A factor, a sign or a constant by which all the values differ, or that they are each other's reciprocals."""
    with np.errstate(all="ignore"):
        factors, gaps, products = answers / keys, answers - keys, answers * keys
    if _is_one(factors) and (keys != 0).all():
        if np.isclose(factors.flat[0], -1.0, rtol=1e-9):
            yield Text("Only the sign is wrong.", "只有正负号错了。")
        else:
            shown = _shown(_quotient(answer, key) if key else factors.flat[0])
            yield Text(f"It is the right one times {shown}.", f"它恰好是正确式子的 {shown} 倍。")
    elif _is_one(gaps):
        shown = _shown(answer - key if not isinstance(key, complex) else gaps.flat[0])
        yield Text(f"It is the right one plus {shown}.", f"它比正确式子恰好多 {shown}。")
    elif _is_one(products) and np.isclose(products.flat[0], 1.0, rtol=1e-9):
        yield Text("It is the reciprocal of the right one.", "它恰好是正确式子的倒数。")


def _is_one(numbers: Floats) -> bool:
    """Whether they are all the same finite number."""
    first = numbers.flat[0]
    return bool(np.isfinite(numbers).all() and (np.abs(numbers - first) <= 1e-9 * max(1.0, abs(first))).all())


def _quotient(a: Any, b: Any) -> Value:
    return Fraction(a) / Fraction(b) if is_exact(a) and is_exact(b) else a / b


def _shown(value: Any) -> str:
    if isinstance(value, complex):
        return f"{value.real:.4g} {'-' if value.imag < 0 else '+'} {abs(value.imag):.4g}i"
    return plain(value if not isinstance(value, np.generic) else float(value))
