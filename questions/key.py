"""The key of one part: the right value, how it is printed, and how far right working may lie from it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from questions.question import ResponseType
from solvers.expression.function import Function
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import (
    Shape,
    Value,
    as_float,
    elements,
    ending_decimal,
    is_array,
    is_exact,
    plain,
    rounded,
    with_number,
)

Slack = tuple[Fraction | float, ...]
"""How far each element of a value, in reading order, may lie from it."""

_ANSWER = re.compile(r"^(\w+)(?:\[([\d,\s]+)\])?$")


@dataclass(frozen=True, slots=True)
class Precision:
    """How exactly a number is asked for: a count of decimals or of significant figures, `exactly` so many or at least."""

    decimals: int | None = None
    significant: int | None = None
    exactly: bool = False

    def unit(self, value: Value) -> Fraction:
        """One in the last place asked for, for a number of this size."""
        if self.decimals is not None:
            return _power_of_ten(-self.decimals)
        return _power_of_ten(leading_place(value) - (self.significant or 1) + 1)

    def printed(self, value: Value) -> str:
        """The number with just the digits asked for, halves away from zero."""
        if self.decimals is not None:
            return rounded(value, self.decimals)
        unit = self.unit(value)
        if _rounded_to(abs(_exact(value)), unit) >= _power_of_ten(leading_place(value) + 1):
            unit *= 10  # 9.996 with three figures is 10.0: rounding has brought a digit more
        if unit <= 1:
            return rounded(value, len(str(unit.denominator)) - 1)
        size = int(_rounded_to(abs(_exact(value)), unit))
        return str(-size if value < 0 else size)


@lru_cache(maxsize=256)
def _power_of_ten(exponent: int) -> Fraction:
    return Fraction(10) ** exponent


def _exact(value: Value) -> Fraction:
    """The number itself; a float as it is written, so that 2.675 is no 2.67499999999999982."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def leading_place(number: Value) -> int:
    """The power of ten of the first digit: 2 for 345, -2 for 0.045, 0 for nothing."""
    if number == 0:
        return 0
    if isinstance(number, float) and math.isfinite(number):
        return Decimal(repr(number)).adjusted()
    size = abs(_exact(number))
    place = len(str(size.numerator)) - len(str(size.denominator))
    return place if size >= _power_of_ten(place) else place - 1


def _rounded_to(size: Fraction, unit: Fraction) -> Fraction:
    return math.floor(size / unit + Fraction(1, 2)) * unit


@dataclass(frozen=True)
class Choosable:
    """One option of a choice, an order or a matching, under the letter it has on this paper."""

    label: str
    text: Text
    correct: bool = False
    because: Text | None = None
    misconceptions: tuple[str, ...] = ()
    value: Value = None


@dataclass(frozen=True)
class Target:
    """What counts as right for one part.

    `value` is the exact key: a number, array or shape; a label for a choice, a frozenset of labels for choices, a tuple of
    labels for an order, a tuple of (number, label) pairs for a matching; a truth value; a name. `slack` holds, for each
    element in reading order, how far an answer may lie from the value: half of the last place asked for, and what
    rounding the intermediate values to that place can add. An expression's key is its values at `points`, each a value for
    every one of its `names`, or, where it is a formula itself, that `formula`, and nothing else.

    `others` are names that the question uses for something else, which no misspelling is forgiven for; with `listed`, they and the
    accepted ones are all names that it has. Without `partial`, some of several things being right earns nothing. Without `ordered`, the numbers of an array may stand in any order. With
    `simplest`, a cost keeps no constants or lower-order terms. `unit` is the one that the key is in; `%` for a percentage.
    """

    type: ResponseType
    value: Value
    printed: str
    precision: Precision | None = None
    slack: Slack = ()
    names: tuple[str, ...] = ()
    points: tuple[Mapping[str, Value], ...] = ()
    formula: Function | None = None
    options: tuple[Choosable, ...] = ()
    left: tuple[Text, ...] = ()
    accept: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    listed: bool = False
    partial: bool = True
    ordered: bool = True
    simplest: bool = False
    unit: str | None = None

    @classmethod
    def of_numbers(
        cls,
        type: ResponseType,  # noqa: A002 - the field's name
        value: Value,
        printed: str,
        precision: Precision | None,
        slack: Slack,
    ) -> Target:
        """A numeric key, in a fraction of the time that its constructor takes: all other fields have their defaults."""
        target = object.__new__(cls)
        target.__dict__.update(type=type, value=value, printed=printed, precision=precision, slack=slack)
        return target

    @cached_property
    def reach(self) -> float:
        """How far an element of an answer may lie from the key's at most."""
        return max(map(as_float, self.slack), default=0.0)

    def close(self, value: Value) -> bool:
        """Whether a value would be taken for the key, element by element within the slack."""
        return close_to(self.value, value, self.slack)


def close_to(mine: Value, value: Value, slack: Slack) -> bool:
    """Whether a value would be taken for another one, element by element within the slack."""
    if type(mine) in _EXACT and type(value) in _EXACT and slack:
        return within(mine, value, slack[0])
    if not slack:
        return not is_array(value) and type(value) is type(mine) and bool(value == mine)
    if is_array(mine):
        if not is_array(value) or value.shape != mine.shape or len(slack) != mine.size:
            return False
        key, other = mine.ravel().tolist(), value.ravel().tolist()
    elif isinstance(mine, Shape) or isinstance(value, Shape) or is_array(value):
        key, other = elements(mine), elements(value)
        if is_array(value) or not len(key) == len(other) == len(slack):
            return False
    else:
        return within(mine, value, slack[0])
    return key == other or all(map(within, key, other, slack))


_EXACT = frozenset((int, Fraction))
_LAST_BITS = 1e-12  # of a number's size: what a computation in doubles may have lost
_OF_NOTHING = 1e-14  # what sin(pi) is in doubles, and more
_COUNTED_TO = 1e-3  # but no more than this of a whole number, so that no count is accepted for the next one


def within(key: Value, answer: Value, slack: Fraction | float) -> bool:
    """Whether two numbers differ by at most `slack`, exactly where both are exact."""
    if type(key) in _EXACT and type(answer) in _EXACT and not isinstance(slack, float):
        if not slack:
            return bool(key == answer)
        (a, b), (c, d), (most, unit) = key.as_integer_ratio(), answer.as_integer_ratio(), slack.as_integer_ratio()
        return bool(abs(a * d - c * b) * unit <= most * b * d)
    floats = type(key) is float or type(answer) is float or type(slack) is float
    if not floats and is_exact(key) and is_exact(answer) and isinstance(slack, (int, Fraction)):
        return bool(abs(key - answer) <= slack)
    if not slack and type(key) is int and isinstance(answer, float):
        lost = min(_COUNTED_TO, _LAST_BITS * abs(as_float(key))) if key else _OF_NOTHING
        return math.isfinite(answer) and abs(key - Fraction(answer)) <= lost
    gap = abs(as_float(key) - as_float(answer))
    if math.isnan(gap):
        return bool(key == answer)  # both infinite
    # A float that prints as the key's own rounding lies on the boundary up to its last bit.
    lost = _LAST_BITS * abs(as_float(key))
    return bool(math.isfinite(gap) and gap <= as_float(slack) * (1 + 1e-9) + lost)


@lru_cache(maxsize=4096)
def split_answer(answer: str) -> tuple[str, tuple[int, ...]]:
    """The step and the element that a part's `answer` names: `hidden[0]` is step `hidden`, index (0,)."""
    match = _ANSWER.match(answer)
    assert match, answer  # the schema has checked the pattern
    return match[1], tuple(int(i) for i in match[2].split(",")) if match[2] else ()


def value_of(trace: Trace, answer: str) -> Value:
    """The value that a part's `answer` names. Raises StepError where it doesn't exist."""
    step, index = split_answer(answer)
    value = trace[step]
    if not index:
        return value
    try:
        return value[index if is_array(value) else index[0]]
    except (IndexError, TypeError) as error:
        reason = Text(f"it has no element {list(index)}", f"没有第 {list(index)} 个元素")
        raise StepError(trace.derivation.name, step, reason) from error


def slack_of(
    trace: Trace, answer: str, precision: Precision | None, asked: Mapping[str, Precision] | None = None
) -> Slack:
    """How far each element of a numeric answer may lie from the key.

    Exact keys without a stated precision have none. Otherwise it is half of the last place asked for, plus the sum over
    all earlier values of the change that rounding that value to the same precision can cause: the graph run again with the
    value put in half a place higher. `asked` holds the precision of steps that were asked for themselves, and so written down
    with those digits; where it is coarser, it counts.
    """
    value = value_of(trace, answer)
    mine = elements(value)
    if precision is None:
        return tuple(Fraction(0) if is_exact(x) else 1e-9 * max(1.0, abs(as_float(x))) for x in mine)
    half = [precision.unit(x) / 2 for x in mine]
    drift = [0.0] * len(mine)
    step, _ = split_answer(answer)
    for name in trace.derivation.upstream(step) - {step}:
        try:
            known = trace[name]
        except StepError:
            continue  # the wrong rules of another run may get by without it
        digits = (precision, *([asked[name]] if asked and name in asked else []))
        # What a student typed is rounded already; the working may have gone on from what was on the calculator.
        typed = name in trace.overrides
        if typed and len(digits) == 1 and _is_whole(known):
            continue  # a count was typed as it is
        for moves in _moves(known, digits, typed=typed):
            changes = [_change(trace, name, moved, answer, mine) for moved in moves]
            drift = [d + max(along) for d, along in zip(drift, zip(*changes, strict=True), strict=True)]
    return tuple(h if d == 0 else float(h) + d for h, d in zip(half, drift, strict=True))


def _change(trace: Trace, name: str, moved: Value, answer: str, mine: tuple[Value, ...]) -> list[float]:
    """By how much each element of the answer changes when a step has another value; nothing where it then has none."""
    try:
        other = elements(value_of(trace.putting({name: moved}), answer))
    except StepError:
        return [0.0] * len(mine)
    if len(other) != len(mine):
        return [0.0] * len(mine)
    return [abs(as_float(b) - as_float(a)) for a, b in zip(mine, other, strict=True)]


_NEAR = 20  # times the key's slack: further than rounding in another run of the graph reaches


def reaches(target: Target, trace: Trace, answer: str, given: Value) -> bool:
    """Whether another run of the graph, whose value the target holds, leads to the given value, rounding allowed for.

    How far rounding reaches in that run is worked out only where the answer is neither clearly right nor clearly elsewhere.
    """
    same_size = len(elements(target.value)) == len(target.slack)
    if same_size and target.close(given):
        return True
    if same_size and not replace(target, slack=tuple(_NEAR * slack for slack in _widened(target))).close(given):
        return False
    return replace(target, slack=slack_of(trace, answer, target.precision)).close(given)


def _widened(target: Target) -> Slack:
    """The slack, as wide at least as significant figures make it for values of this size: it may be that of a smaller key."""
    if target.precision is None or target.precision.significant is None:
        return target.slack
    units = [target.precision.unit(x) / 2 for x in elements(target.value) if math.isfinite(as_float(x))]
    widest = max(units, default=Fraction(0))
    return tuple(max(slack, widest) for slack in target.slack)


def _is_whole(value: Value) -> bool:
    return isinstance(value, Shape) or all(isinstance(x, int) for x in elements(value))


_COARSEST = 20  # as the share of a value that rounding to two digits changes at most


def _moves(value: Value, precisions: tuple[Precision, ...], *, typed: bool) -> Iterator[list[Value]]:
    """For each element that rounding would change: the value with that element moved by half a place.

    A typed value has been rounded already, and may lie half a place either way. Nobody goes on with fewer than two digits of a value that was not
    asked for.
    """
    if isinstance(value, (bool, str, Shape)) or (_is_whole(value) and not typed):
        return
    for place, number in enumerate(elements(value)):
        precision = _coarsest(number, precisions)
        if typed or _changes(number, precision):
            half = precision.unit(number) / 2
            if not typed and len(precisions) == 1:
                half = min(half, abs(number) / _COARSEST)
            ways = (half, -half) if typed else (half,)
            yield [
                with_number(value, place, number + (float(way) if isinstance(number, float) else way)) for way in ways
            ]


def _coarsest(number: Any, precisions: tuple[Precision, ...]) -> Precision:
    return precisions[0] if len(precisions) == 1 else max(precisions, key=lambda precision: precision.unit(number))


def _changes(number: Any, precision: Precision) -> bool:
    if isinstance(number, int) and precision.decimals is not None:
        return False
    return isinstance(number, float) or (number / precision.unit(number)).denominator != 1


def printed_value(value: Value, precision: Precision | None) -> str:
    """A numeric key as a student could type it, with the digits asked for."""
    if isinstance(value, Shape) or not (is_array(value) or isinstance(value, (float, Fraction))):
        return plain(value) if not isinstance(value, Shape) else "(" + ", ".join(map(str, value)) + ")"
    if is_array(value):
        return "[" + ", ".join(printed_value(row, precision) for row in value) + "]"
    if precision is None:
        return (ending_decimal(value) if isinstance(value, Fraction) else None) or str(value)
    return precision.printed(value) if not isinstance(value, int) else str(value)
