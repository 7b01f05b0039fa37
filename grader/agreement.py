"""Formulas: equal when they agree as functions on the declared domain, not when they look alike.

Rational formulas are decided by their residues. Others are compared at points: in floating point where that leaves no doubt, else to as
many digits as it takes. A wrong one is shown the simplest point at which it fails, and told if it is the right one but for a factor or
a constant.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from grader.outcome import NOTHING, RIGHT, WRONG, Outcome
from grader.reading import Reading
from questions.key import Target, within
from solvers.expression import ExpressionError, evaluate
from solvers.expression.function import Beside, Function, Places, as_number, of_one_kind
from solvers.expression.nodes import Node, names_in
from solvers.expression.precise import is_complex
from solvers.expression.residue import has_few_figures, residue
from solvers.expression.sampled import Floats, sampled
from solvers.expression.survey import Survey, survey
from solvers.text import Text
from solvers.values import Value, elements, is_number, plain

_SURELY_EQUAL = 1e-12  # of a value's size: as far as rounding in floating point leads
_DROWNING = 1e9  # so large that a term of its own may be lost beside it: 10^(20n) + n
_FEW = 3  # points that a factor or a constant has to fit
_SMALLEST = 1e-9  # down to which a number is shown with its zeros, not with a power of ten
_MOST_WORK = 1_500  # nodes evaluated to many digits for one response, so that a long one costs milliseconds
_LEAST_PLACES = 3
_MANY_PLACES = 8
_MOST_KNOWN = 1_000  # verdicts kept for a key: a class answers alike
_NOT_SURELY_OTHER = 1e-6
_PLAIN = 0.05  # of a value's size: nobody takes a gap as large as that for rounding
_PLAIN_TRIES = 3
_SIMPLE = 100  # the largest denominator of a factor that is said exactly
_NOT_FOR_EVERY = Text(
    "It is not the same for every function that these letters could stand for.",
    "对于这些字母所代表的任意函数，两个式子并不总是相等。",
)


def compare_expression(reading: Reading, target: Target) -> Outcome:
    """Equal as functions, or the simplest point where they differ."""
    formula = target.formula
    if formula is None:
        return _with_table(reading.value, target)
    known = formula.verdicts.get(reading.text)
    if known is None:
        known = _with_formula(reading.value, formula)
        if len(formula.verdicts) < _MOST_KNOWN:
            formula.verdicts[reading.text] = known
    return known


def same_formula(key: Node, answer: Node, domains: Mapping[str, str]) -> bool:
    """Whether two formulas are equal as functions of variables with these domains; those without one are real."""
    return _with_formula(answer, Function(key, {**dict.fromkeys(sorted(names_in(answer)), "real"), **domains})) is RIGHT


def _with_formula(node: Node, key: Function) -> Outcome:
    """The key is a formula itself: known everywhere, to any number of digits."""
    fingerprint = residue(node) if key.residue is not None else None
    if fingerprint is not None and fingerprint == key.residue and _is_borne_out(node, key):
        return RIGHT
    seen = survey(node)
    trusted = fingerprint is None and not (key.tolerance or key.survey.fine or seen.fine)
    wrong = _failing(node, seen, key, key.places, trusted=trusted, evidence=1)
    if wrong is None and seen.bends and (bent := key.corners_of(node)).points:
        wrong = _failing(node, seen, key, bent, trusted=trusted)
    if wrong is not None:
        return wrong
    return RIGHT if fingerprint is None else WRONG


def _is_borne_out(node: Node, key: Function) -> bool:
    """Whether a formula of the key's residue agrees with it where both have values: who knows the field can make one that doesn't.

    In a short formula there is no room for that.
    """
    if has_few_figures(node):
        return True
    places = key.places
    floats = sampled(node, places.columns)
    if floats is not None:
        gaps = _gaps(places.floats, floats)
        if np.count_nonzero(gaps <= _NOT_SURELY_OTHER) == len(gaps):
            return True
    found = [key.beside(node, point) for point in places.points]
    valued = [each.same for each in found if each.theirs is not None]
    return all(valued) and len(valued) >= len(places.points) // 3


def _failing(
    node: Node, seen: Survey, key: Function, places: Places, *, trusted: bool, evidence: int = 0
) -> Outcome | None:
    """What is wrong with a formula at the simplest of these points where it is; None if it agrees at all of them.

    They have to agree somewhere, at `evidence` points and a third of those at which the key has a value. Values that are equal in floating point are equal if they are `trusted`. A gap there proves nothing: 1 - σ(50) is 0.
    """
    floats = sampled(node, places.columns)
    gaps = np.full(len(places.points), np.inf) if floats is None else _gaps(places.floats, floats)
    unsure = (gaps > _SURELY_EQUAL) | (np.abs(places.floats) > _DROWNING)
    doubtful = np.flatnonzero(unsure).tolist() if trusted else list(range(len(places.points)))
    left = max(_LEAST_PLACES, _MOST_WORK // (seen.size + key.survey.size))
    if trusted and len(places.points) - len(doubtful) >= _MANY_PLACES:
        left = _LEAST_PLACES
    agreeing, first = len(places.points) - len(doubtful), None
    for place in places.by_simplicity(doubtful):
        left -= 1
        if left < 0 and gaps[place] <= _NOT_SURELY_OTHER:
            continue
        found = key.beside(node, places.points[place])
        if found.same is None:
            first = first or ((place, found) if found.mine is not None else None)
        elif found.same:
            agreeing += 1
        else:
            first = (place, found)
            break
    else:
        if agreeing >= max(evidence, len(places.points) // 3 * evidence):
            return None
    if first is None or seen.opaque or key.survey.opaque:
        return Outcome("incorrect", NOTHING, (_NOT_FOR_EVERY,) if first is not None else ())
    place, found = _telling(node, key, places, gaps, first)
    names = names_in(node) | names_in(key.node)
    return Outcome("incorrect", NOTHING, tuple(_notes(places, place, found.mine, found.theirs, floats, names)))


def _telling(node: Node, key: Function, places: Places, gaps: Floats, first: tuple[int, Beside]) -> tuple[int, Beside]:
    """Where a formula is plainly wrong, rather than where it is but nearly right and looks as if it had been rounded."""
    if not gaps[first[0]] < _PLAIN:
        return first
    for place in places.by_simplicity(_plainly(gaps))[:_PLAIN_TRIES]:
        found = key.beside(node, places.points[place])
        if found.same is False and found.theirs is not None:
            return place, found
    return first


def _with_table(node: Node, target: Target) -> Outcome:
    """The key is what a derivation gives at points."""
    keys = elements(target.value)
    columns = {name: np.array([as_number(point[name]) for point in target.points]) for name in target.names}
    places = Places(target.points, columns, np.array([as_number(key) for key in keys]))
    floats = sampled(node, columns)
    gaps = None if floats is None else _gaps(places.floats, floats)
    if gaps is not None and bool((gaps <= _SURELY_EQUAL).all()):
        return RIGHT

    def failing(among: Iterable[int]) -> Iterator[tuple[int, Value | None]]:
        for place in places.by_simplicity(among):
            answer = _exactly(node, target.points[place])
            if answer is None or not within(keys[place], answer, target.slack[place]):
                yield place, answer

    first = next(failing(range(len(keys))), None)
    if first is None:
        return RIGHT
    if gaps is not None and gaps[first[0]] < _PLAIN:
        first = next(failing(_plainly(gaps)), first)
    place, answer = first
    return Outcome("incorrect", NOTHING, tuple(_notes(places, place, keys[place], answer, floats, target.names)))


def _plainly(gaps: Floats) -> list[int]:
    """Where values lie so far apart that nobody takes it for rounding."""
    return np.flatnonzero(np.isfinite(gaps) & (gaps >= _PLAIN)).tolist()


def _gaps(keys: Floats, answers: Floats) -> Floats:
    """How far values lie apart, as a part of their size; inf where one has none."""
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(keys), np.abs(answers))
        gaps: Floats = np.where(size == 0, 0.0, np.abs(answers - keys) / size)
        return np.where(np.isnan(gaps), np.inf, gaps) if answers.dtype != complex else gaps


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
    where = [f"{name} = {_shown(value)}" for name, value in places.points[place].items() if name in names]
    en = f"yours gives {_shown(answer)}" if answer is not None else "yours has no value"
    zh = f"你的式子得 {_shown(answer)}" if answer is not None else "你的式子没有值"
    if where:
        at = Text(f"At {', '.join(where)}, {en}", f"当 {'、'.join(where)} 时，{zh}")
        yield Text(f"{at.en}; it should be {_shown(key)}.", f"{at.zh}，应为 {_shown(key)}。")
    else:
        yield Text(f"{en[0].upper()}{en[1:]}; it should be {_shown(key)}.", f"{zh}，应为 {_shown(key)}。")
    if floats is None or answer is None or not floats.size == len(places.points) >= _FEW:
        return
    if cmath.isclose(floats.flat[place], as_number(answer), rel_tol=1e-9):
        yield from _near(places.floats, floats, *of_one_kind(key, answer))


def _near(keys: Floats, answers: Floats, key: Any, answer: Any) -> Iterator[Text]:
    """A factor, a sign or a constant by which all the values differ, or that they are each other's reciprocals."""
    with np.errstate(all="ignore"):
        factors, gaps, products = answers / keys, answers - keys, answers * keys
    if bool((keys != 0).all()) and _is_one(factors):
        if cmath.isclose(factors.flat[0], -1.0, rel_tol=1e-9):
            yield Text("Only the sign is wrong.", "只有正负号错了。")
        elif factors.flat[0] != 0:
            shown = _shown(_simple(_quotient(answer, key)))
            yield Text(f"Your formula is the right one times {shown}.", f"你的式子恰好是正确式子的 {shown} 倍。")
    elif _is_one(gaps):
        less = not is_complex(gaps.flat[0]) and gaps.flat[0] < 0
        shown = _shown(_simple(abs(answer - key) if less else answer - key))
        sign, zh = ("minus", "少") if less else ("plus", "多")
        yield Text(f"Your formula is the right one {sign} {shown}.", f"你的式子比正确式子恰好{zh} {shown}。")
    elif _is_one(products) and cmath.isclose(products.flat[0], 1.0, rel_tol=1e-9):
        yield Text("Your formula is the reciprocal of the right one.", "你的式子恰好是正确式子的倒数。")


def _is_one(numbers: Floats) -> bool:
    """Whether they are all the same finite number."""
    first = numbers.flat[0]
    return bool(np.isfinite(numbers).all() and (np.abs(numbers - first) <= 1e-9 * max(1.0, abs(first))).all())


def _quotient(a: Any, b: Any) -> Any:
    return Fraction(a) / b if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)) else a / b


def _simple(value: Any) -> Any:
    """A small fraction without the digits that floating point has left behind it: 2, not 2.0000."""
    if isinstance(value, (int, Fraction)) or is_complex(value):
        return value
    near = Fraction(float(value)).limit_denominator(_SIMPLE)
    return near if math.isclose(float(value), near, rel_tol=1e-9) else value


def _shown(value: Any) -> str:
    if is_complex(value):
        number = complex(value)
        return f"{number.real:.4g} {'-' if number.imag < 0 else '+'} {abs(number.imag):.4g}i"
    text = plain(value if isinstance(value, (int, Fraction)) else float(value))
    small = "e-" in text and abs(value) >= _SMALLEST
    return format(Decimal(f"{float(value):.4g}"), "f") if small else text
