"""The condition against gaming: which of a student's own answers leave something to work out for what is carried from them.

Zeros, ones, enormous numbers and formulas without a variable make later parts trivial; nobody earns anything for what follows from those. A
slip in real work leads to a number of about the right size, and to another formula of about the right length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from questions.key import Target, split_answer, value_of, within
from questions.question import NUMERIC, Part
from solvers.expression import Node
from solvers.expression.nodes import Call, Negative, Power, Product, Sum, children
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, elements, is_array, is_exact, is_number, same, with_element

OUTLANDISH = 1000  # times the key's size from which on a student's value is not carried
_NUDGE = Fraction(1, 16)  # by which a number is moved to see what depends on it
_LARGE = 10  # size of a number that no slip turns into 0 or 1
_SIZE = 3  # times the right size, or a third of it, that a slip may make of a number
_POINT = (Fraction(1, 100), Fraction(1, 10), 10, 100)  # what a decimal point in the wrong place makes of a number
_DIGITS = 0.005  # of its size, within which the digits of a number are the right ones
_SLIPS = 3  # exact numbers in place of which the same one stands, that slips no more lead to
_LENGTH = 2  # times as many operations as in a student's formula that the right one may have, where only its value is asked for next


def counts(part: Part, target: Target) -> bool:
    """Whether a part asks for whole numbers; elsewhere a key may be whole by chance. Of a choice, whether all options are sizes or counts."""
    if part.type in NUMERIC:
        return part.type in ("integer", "shape")
    return bool(target.options) and all(
        isinstance(option.value, Shape) or (type(option.value) is int and option.value > 0) for option in target.options
    )


def leaves_work(answer: str, own: Trace, right: Trace, *, counts: bool, slip: bool = False) -> bool:
    """Whether a run from a student's own values leads to another answer than the right one, and leaves something to work out for it.

    `slip` says that a mistake is known to lead to them. Raises StepError where one of the runs has no such answer.
    """
    value, key = value_of(own, answer), value_of(right, answer)
    if same(value, key) or not all(map(math.isfinite, floats(value))):
        return False
    nothing = counts and _comes_to_nothing(value, key)
    if nothing and any(_is_below(own[step], right[step]) for step in own.overrides):
        return False
    halves = counts and any(isinstance(x, Fraction) for x in own.overrides.values())
    slip = slip or (not halves and all(plausible(own[step], right[step]) for step in own.overrides))
    if not slip and (
        nothing or trivial(value, key, counts=counts and not halves) or _stays_flat(own, right, value, key, counts)
    ):
        return False
    flat = sum(saturated(own[step], right[step]) for step in own.overrides)
    if not slip and not counts and (flat > 1 or _unheard(own, right, answer)):
        return False
    return not (flat and deaf(own, right, answer))


def _comes_to_nothing(value: Value, key: Value) -> bool:
    """Whether nothing is left of a count that is rightly more than one."""
    return not any(floats(value)) and not _flat(floats(key))


def _is_below(own: Value, key: Value) -> bool:
    """Whether a number is negative where the right one is positive."""
    return any(a < 0 < b for a, b in zip(floats(own), floats(key), strict=False))


def _unheard(own: Trace, right: Trace, answer: str) -> bool:
    """Whether a student's value is so far out that the answer no longer changes with it, as behind a tanh, where it rightly does."""
    right = right.putting({step: right[step] for step in own.overrides})
    for step in own.overrides:
        places = range(len(elements(right[step])))
        if any(_hears(right, step, place, answer) for place in places) and not any(
            _hears(own, step, place, answer) for place in places
        ):
            return True
    return False


def _stays_flat(own: Trace, right: Trace, value: Value, key: Value, counts: bool) -> bool:
    """Whether zeros and ones have only led to zeros and ones, in numbers that are no counts."""
    if counts or not _flat(floats(value)) or _flat(floats(key)):
        return False
    return any(_flat(floats(own[step])) and not _flat(floats(right[step])) for step in own.overrides)


# ------------------------------------------------------------------------------------------------------- values


def floats(value: Value) -> list[float]:
    """The numbers in a value; a word or a truth value has none."""
    return [as_float(x) for x in elements(value) if is_number(x)]


def outlandish(own: Value, key: Value, *, counts: bool) -> bool:
    """Whether a student's value is no number to work with: none at all, or far out."""
    return is_no_number(own, key, counts=counts) or is_far_out(own, key, counts=counts)


def is_no_number(own: Value, key: Value, *, counts: bool) -> bool:
    """Whether a student's value is infinite, or a count of nothing."""
    mine, right = floats(own), floats(key)
    return not all(map(math.isfinite, mine)) or (counts and 0 in mine and bool(right) and min(right) > 0)


def is_far_out(own: Value, key: Value, *, counts: bool) -> bool:
    """Whether a student's value is far beyond the right one, all but nothing beside it, or a count below nothing.

    Of a count that is negative the sign may be the slip, if its size is right. One of thousands is not below ten.
    """
    mine, right = floats(own), floats(key)
    largest, size = max(map(abs, mine), default=0.0), max(map(abs, right), default=0.0)
    if counts and mine and right and min(right) > 0:
        if min(mine) < 0 and not plausible(own, key):
            return True
        if 0 < largest < _LARGE and (largest < 1 or largest * OUTLANDISH <= size):
            return True
    return largest >= OUTLANDISH * max(1.0, size) or 0 < largest * OUTLANDISH**2 < size


def is_one_number(values: Sequence[Value]) -> bool:
    """Whether several values hold one and the same number everywhere."""
    numbers = [floats(value) for value in values]
    return len(numbers) > 1 and all(numbers) and len(set().union(*numbers)) == 1


def is_repeated(values: Sequence[Value], targets: Sequence[Target]) -> bool:
    """Whether one number stands in place of several different ones and nowhere in its own, as nobody's work leads to: one value for all gates.

    Exact numbers, which have few digits, may be equal by two slips, but for 1.
    """
    if len(set().union(*map(floats, values))) != 1:
        return False
    missed = set()
    for own, target in zip(values, targets, strict=True):
        for mine, right, slack in zip(elements(own), elements(target.value), target.slack, strict=False):
            if within(right, mine, slack):
                return False
            missed.add(as_float(right))
    few = all(is_exact(target.value) for target in targets) and not _flat(floats(values[0]))
    return len(missed) >= (_SLIPS if few else 2)


def trivial(value: Value, key: Value, *, counts: bool) -> bool:
    """Whether carrying made the answer one that needs no work: all zeros, or saturated at 0 and 1, where the key is not.

    A count or a position of 0 or 1 is as good as any other, unless it was worked from half a position.
    """
    if counts:
        return False
    mine, right = floats(value), floats(key)
    if is_exact(key):
        return not any(mine) and any(right)
    return _flat(mine) and not _flat(right)


def made_up(own: Value, key: Value, *, counts: bool) -> bool:
    """Whether a student has zeros and ones only where the right value has others: no slip in real work leads there.

    A small number may come to 1 by a slip or by rounding, a count to 0 as well, and one exact number of several to either.
    """
    mine, right = floats(own), floats(key)
    if not mine or len(mine) != len(right) or not _flat(mine) or mine == right:
        return False
    if len(mine) > 1:
        differing = sum(x != y for x, y in zip(mine, right, strict=True))
        monotonous = len(set(mine)) == 1 < len(set(right))
        return (monotonous or not _flat(right)) and (differing > 1 or not is_exact(key))
    return abs(right[0]) >= _LARGE if counts or any(mine) else True


def plausible(own: Value, key: Value) -> bool:
    """Whether a student's value looks like a slip in real work: every number of about the right size, and not 0 or 1 where the right one isn't.

    Whoever makes up a value does not know the size; after a slip in a sign or a factor it is right, even if what follows is then all zeros. Nor
    the digits, which stay when the decimal point is in the wrong place.
    """
    mine, right = floats(own), floats(key)
    largest = max(map(abs, right), default=0.0)
    return len(mine) == len(right) and all(_is_like(a, b, largest) for a, b in zip(mine, right, strict=True))


def _is_like(mine: float, right: float, largest: float) -> bool:
    """Whether a number is one that a slip may make of the right one, beside others up to the `largest`."""
    size = abs(right)
    if abs(mine) == size:
        return True
    if _flat([mine]) > _flat([right]):
        return False
    if not size:
        return abs(mine) <= largest
    return size / _SIZE <= abs(mine) <= size * _SIZE or any(
        abs(abs(mine) - size * point) <= _DIGITS * size * point for point in _POINT
    )


def saturated(own: Value, key: Value) -> bool:
    """Whether a student has nothing but 0, or 0 and 1 where the right value has something between."""
    mine, right = floats(own), floats(key)
    return (not any(mine) and any(right)) or (not is_exact(key) and _flat(mine) and not _flat(right))


def _flat(numbers: list[float]) -> bool:
    return all(min(abs(x), abs(x - 1), abs(x + 1)) < 1e-4 for x in numbers)


# ----------------------------------------------------------------------------------------------------- formulas


def constant(values: Value, key: Value) -> bool:
    """Whether a formula's values at several points are all the same where the right ones are not."""
    mine, right = floats(values), floats(key)
    return len(mine) > 1 and max(mine) - min(mine) <= 1e-9 * max([1.0, *map(abs, mine)]) and len(set(right)) > 1


def operations(formula: Node) -> int:
    """How many operations a formula has, the sign before it not counted."""
    below = sum(map(operations, children(formula)))
    match formula:
        case Sum(terms=parts) | Product(factors=parts):
            return below + len(parts) - 1
        case Power() | Call():
            return below + 1
        case Negative() | _:
            return below


def too_short(formula: Node, right: Node) -> bool:
    """Whether a formula leaves much less to work out than the right one where only its value is asked for next."""
    return operations(formula) * _LENGTH < operations(right) or operations(formula) == 0


# ------------------------------------------------------------------------------------------------ what is cut off


def deaf(own: Trace, right: Trace, answer: str, also: Sequence[str] = ()) -> bool:
    """Whether the student's own values have cut the answer off from something that it rightly depends on.

    With a forget gate of 1 and an input gate of 0, the new cell no longer depends on the candidate. `also` names steps that have the student's
    values themselves.
    """
    steps = own.derivation.upstream(split_answer(answer)[0]) - set(own.overrides)
    right = right.putting({step: right[step] for step in own.overrides})
    for name in (*own.givens, *sorted(steps), *also):
        for place in range(len(elements(own[name]))):
            if _hears(right, name, place, answer) and not _hears(own, name, place, answer):
                return True
    return False


def _hears(trace: Trace, name: str, place: int, answer: str) -> bool:
    """Whether the answer changes with one number of a given or an earlier step."""
    value = trace[name]
    number = elements(value)[place]
    if not is_number(number) or isinstance(value, Shape):
        return False
    moved = number + _NUDGE
    if is_array(value):
        moved = with_element(value, tuple(map(int, np.unravel_index(place, value.shape))), moved)
    try:
        return not same(value_of(trace.putting({name: moved}), answer), value_of(trace, answer))
    except StepError:
        return False
