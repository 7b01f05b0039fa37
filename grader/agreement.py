"""Formulas: equal when they agree as functions on the declared domain, not when they look alike.

Rational formulas are decided by their residues. Others are compared at points: in floating point where that leaves no doubt, else to as
many digits as it takes. A wrong one is shown the simplest point at which it fails, and told if it is the right one but for a factor or
a constant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from grader.outcome import NOTHING, RIGHT, WRONG, Outcome
from grader.reading import Reading
from questions.key import Target, within
from solvers.expression import ExpressionError, evaluate
from solvers.expression.function import Function, Places, as_number, joined
from solvers.expression.nodes import Negative, Node, Number, Power, children, names_in
from solvers.expression.opaque import has_opaque
from solvers.expression.precise import NoValueError, is_complex, precise
from solvers.expression.residue import residue
from solvers.expression.sampled import Floats, sampled
from solvers.text import Text
from solvers.values import Value, elements, is_number, plain

_SURELY_EQUAL = 1e-12  # of a value's size: as far as rounding in floating point leads
_FEW = 3  # points that a factor or a constant has to fit
_FEW_FIGURES = 10**6
_SMALL_POWER = 4
_NOT_FOR_EVERY = Text(
    "It is not the same for every function that these letters could stand for.",
    "对于这些字母所代表的任意函数，两个式子并不总是相等。",
)


def compare_expression(reading: Reading, target: Target) -> Outcome:
    """Equal as functions, or the simplest point where they differ."""
    if target.formula is not None:
        return _with_formula(reading.value, target.formula)
    return _with_table(reading.value, target)


def same_formula(key: Node, answer: Node, domains: Mapping[str, str]) -> bool:
    """Whether two formulas are equal as functions of variables with these domains; those without one are real."""
    return _with_formula(answer, Function(key, {**dict.fromkeys(sorted(names_in(answer)), "real"), **domains})) is RIGHT


def _with_formula(node: Node, key: Function) -> Outcome:
    """The key is a formula itself: known everywhere, to any number of digits."""
    fingerprint = residue(node) if key.residue is not None else None
    if fingerprint is not None and fingerprint == key.residue:
        return RIGHT
    places = key.places
    bent = key.corners_of(node)
    if bent.points:
        places = joined(places, bent)
    floats = sampled(node, places.columns)
    gaps = None if floats is None else _gaps(places.floats, floats)
    trusted = fingerprint is None and not key.tolerance and _is_common(key.node) and _is_common(node)
    for place in places.by_simplicity:
        # A large gap in floating point is no proof: 1 - σ(50) is 0 there.
        if trusted and gaps is not None and gaps[place] <= _SURELY_EQUAL:
            continue
        point = places.points[place]
        if not key.agrees(node, point):
            if has_opaque(node) or has_opaque(key.node):
                return Outcome("incorrect", NOTHING, (_NOT_FOR_EVERY,))
            names = names_in(node) | names_in(key.node)
            mine, theirs = _value(key.node, point), _value(node, point)
            return Outcome("incorrect", NOTHING, tuple(_notes(places, place, mine, theirs, floats, names)))
    return RIGHT if fingerprint is None else WRONG


def _with_table(node: Node, target: Target) -> Outcome:
    """The key is what a derivation gives at points."""
    keys = elements(target.value)
    columns = {name: np.array([as_number(point[name]) for point in target.points]) for name in target.names}
    places = Places(target.points, columns, np.array([as_number(key) for key in keys]))
    floats = sampled(node, columns)
    gaps = None if floats is None else _gaps(places.floats, floats)
    if gaps is not None and bool((gaps <= _SURELY_EQUAL).all()):
        return RIGHT
    for place in places.by_simplicity:
        answer = _exactly(node, target.points[place])
        if answer is None or not within(keys[place], answer, target.slack[place]):
            return Outcome(
                "incorrect", NOTHING, tuple(_notes(places, place, keys[place], answer, floats, target.names))
            )
    return RIGHT


def _gaps(keys: Floats, answers: Floats) -> Floats:
    """How far values lie apart, as a part of their size; inf where one has none."""
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(keys), np.abs(answers))
        gaps: Floats = np.where(size == 0, 0.0, np.abs(answers - keys) / size)
        return np.where(np.isnan(gaps), np.inf, gaps) if answers.dtype != complex else gaps


def _is_common(node: Node) -> bool:
    """Whether all its numbers have few figures; what has 10^-15 in it is a matter for more digits."""
    if isinstance(node, Number):
        return max(abs(node.value.numerator), node.value.denominator) <= _FEW_FIGURES
    if isinstance(node, Power) and isinstance(node.base, Number):
        exponent = node.exponent.operand if isinstance(node.exponent, Negative) else node.exponent
        if isinstance(exponent, Number) and exponent.value > _SMALL_POWER:
            return False
    return all(map(_is_common, children(node)))


def _value(node: Node, point: Mapping[str, Value]) -> Any:
    try:
        return precise(node, point)
    except NoValueError:
        return None


def _exactly(node: Node, point: Mapping[str, Value]) -> Value | None:
    try:
        value = evaluate(node, point)
    except ExpressionError:
        return None
    return value if is_number(value) else None


def _notes(
    places: Places, place: int, key: Any, answer: Any, floats: Floats | None, names: Collection[str]
) -> Iterator[Text]:
    """Where the formulas differ, and what would make the wrong one right; `names` are the variables that matter."""
    where = ", ".join(f"{name} = {_shown(value)}" for name, value in places.points[place].items() if name in names)
    en = f"yours gives {_shown(answer)}" if answer is not None else "yours has no value"
    zh = f"你的式子得 {_shown(answer)}" if answer is not None else "你的式子没有值"
    if where:
        yield Text(f"At {where}, {en}; it should be {_shown(key)}.", f"当 {where} 时，{zh}，应为 {_shown(key)}。")
    else:
        yield Text(f"{en[0].upper()}{en[1:]}; it should be {_shown(key)}.", f"{zh}，应为 {_shown(key)}。")
    if floats is None or answer is None or not floats.size == len(places.points) >= _FEW:
        return
    if np.isclose(floats.flat[place], as_number(answer), rtol=1e-9):
        yield from _near(places.floats, floats, key, answer)


def _near(keys: Floats, answers: Floats, key: Any, answer: Any) -> Iterator[Text]:
    """A factor, a sign or a constant by which all the values differ, or that they are each other's reciprocals."""
    with np.errstate(all="ignore"):
        factors, gaps, products = answers / keys, answers - keys, answers * keys
    if bool((keys != 0).all()) and _is_one(factors):
        if np.isclose(factors.flat[0], -1.0, rtol=1e-9):
            yield Text("Only the sign is wrong.", "只有正负号错了。")
        elif factors.flat[0] != 0:
            shown = _shown(_quotient(answer, key))
            yield Text(f"It is the right one times {shown}.", f"它恰好是正确式子的 {shown} 倍。")
    elif _is_one(gaps):
        less = not is_complex(gaps.flat[0]) and gaps.flat[0] < 0
        shown = _shown(abs(answer - key) if less else answer - key)
        sign, zh = ("minus", "少") if less else ("plus", "多")
        yield Text(f"It is the right one {sign} {shown}.", f"它比正确式子恰好{zh} {shown}。")
    elif _is_one(products) and np.isclose(products.flat[0], 1.0, rtol=1e-9):
        yield Text("It is the reciprocal of the right one.", "它恰好是正确式子的倒数。")


def _is_one(numbers: Floats) -> bool:
    """Whether they are all the same finite number."""
    first = numbers.flat[0]
    return bool(np.isfinite(numbers).all() and (np.abs(numbers - first) <= 1e-9 * max(1.0, abs(first))).all())


def _quotient(a: Any, b: Any) -> Any:
    return Fraction(a) / b if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)) else a / b


def _shown(value: Any) -> str:
    if is_complex(value):
        number = complex(value)
        return f"{number.real:.4g} {'-' if number.imag < 0 else '+'} {abs(number.imag):.4g}i"
    return plain(value if isinstance(value, (int, Fraction)) else float(value))
