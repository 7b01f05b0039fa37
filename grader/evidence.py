"""How much a wrong answer says about its cause, in bits: what chance would need to hit it.

A number that could as well have been any of a thousand others says ten bits; one of six says hardly more than nothing, and whatever gives it
may do so by chance. A cause has to pay for how many of its kind are tried, so that five causes explain more numbers by chance than one, and pairs
of causes many more; what is left over has to be `ENOUGH`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from grader.reading import Reading, Written
from questions.key import Target
from questions.question import Part
from solvers.values import Shape, Value, as_float, elements, is_array, is_number

ENOUGH = 1.75  # bits left over when a cause has been paid for: benchmarks/test_diagnosis.py measures what comes of it
AGAINST = 3.0  # bits for each right part that the cause would have made wrong
UNEXPLAINED = 3.0  # bits for each wrong part that the cause leaves unexplained: who guesses gets every part wrong
OWN = 2.0  # bits for one that it leaves unexplained, but from whose value the student has gone on
ALONE = 2.0  # bits where other parts were left blank, and nothing can bear the cause out
CLOSE = 2.0  # bits by which another cause may explain less and still be told as well
UNLISTED = 1.0  # bits more for a misconception that the question does not name
SECOND = 1.0  # bits more for each further misconception at once
SLIP = 3.0  # bits more for a general slip than for a misconception
RIGHT = 0.5  # bits for each right part that the cause leaves right, up to `MOST_RIGHT`: who has the rest right does not guess
MOST_RIGHT = 1.0
FOLLOWED = 0.5  # bits for each part that follows from the earlier ones, and from the cause as well
FORMULA = 14.0  # bits of a formula that agrees everywhere
_FEW = {0.0: 3.0, 1.0: 3.5}  # bits at most of numbers that are written for many reasons
_PLAIN = frozenset((int, float, Fraction))
_NEAR = 0.1  # times its size within which a number is near another
_LEAST = 10  # numbers near enough to be written by chance, however small the key


def specificity(reading: Reading, part: Part, target: Target) -> float:
    """Bits of a wrong response: the logarithm of how many responses of its kind and size there are.

    A number counts among those up to twice its size or the key's, and near the key among those near it as well, in steps of its own last digit,
    but of no less than rounding leaves open.
    Of an array the elements count that are wrong, and a little that others are right.
    """
    if part.type == "expression":
        return FORMULA
    if not target.slack:
        return 1.0 if isinstance(reading.value, bool) else math.log2(max(2, len(target.options)))
    if type(reading.value) in _PLAIN and type(target.value) in _PLAIN:
        reach, step = as_float(target.slack[0]), _step(reading.value, next(places(reading.written)))
        key = as_float(target.value)
        wrong = abs(as_float(reading.value) - key) > reach
        return _bits(reading.value, key, max(step, 2 * reach)) if wrong else RIGHT
    given, right = elements(reading.value), elements(target.value)
    if not all(map(is_number, given)):
        return 0.0
    typed = tuple(places(reading.written))
    steps = [_step(mine, place) for mine, place in zip_longest(given, typed[: len(given)])]
    if sizes(reading.value) != sizes(target.value):
        largest, reach = max(map(as_float, right), key=abs), as_float(max(target.slack))
        return sum(_bits(mine, largest, max(step, 2 * reach)) for mine, step in zip(given, steps, strict=True))
    bits = [
        _bits(mine, key, max(step, 2 * reach))
        for mine, key, reach, step in zip(given, map(as_float, right), map(as_float, target.slack), steps, strict=True)
        if abs(as_float(mine) - key) > reach
    ]
    return sum(bits) + min(MOST_RIGHT, RIGHT * (len(given) - len(bits)))


def _bits(number: Value, right: float, step: float) -> float:
    """Bits of one number, as if half of those that mean nothing lay near the key."""
    mine = as_float(number)
    size = max(abs(mine), abs(right))
    if not math.isfinite(size):
        return 0.0
    most = FORMULA if type(number) is float else _FEW.get(abs(mine), FORMULA)
    if not step:
        return most
    if abs(mine) < step / 2:
        most = _FEW[0.0]  # as good as nothing, whatever digits it has
    chance, near = 1 / max(2 * size / step, _LEAST), max(_NEAR * size / step, _LEAST)
    if abs(mine - right) <= near * step:
        chance = (chance + 1 / (2 * near)) / 2
    return min(-math.log2(chance), most) if chance else most


def _step(number: Value, places: int | None) -> float:
    """The place of the last digit typed; without one, how near the next number of its kind lies: nothing for a float."""
    if places is not None:
        return 10.0**-places
    if type(number) is Fraction:
        return as_float(Fraction(1, number.denominator**2))
    return 1.0 if type(number) is int else 0.0


def places(written: Any) -> Iterator[int | None]:
    """The decimals typed of each number, in reading order; None where a number was not typed as one."""
    if isinstance(written, tuple):
        for item in written:
            yield from places(item)
    else:
        yield max(written.decimals, -30) if isinstance(written, Written) and written.decimals is not None else None


def price(ids: Sequence[str], listed: Collection[str], tried: tuple[int, int], known: Collection[str]) -> float:
    """Bits that these misconceptions cost: how many are `tried`, listed ones and all, and more for unlisted and for several.

    Those `known` already are free.
    """
    named = others = 0
    for id in ids:
        if id not in known:
            if id in listed:
                named += 1
            else:
                others += 1
    return _paid(named, others, tried)


@lru_cache(maxsize=1024)
def _paid(named: int, others: int, tried: tuple[int, int]) -> float:
    """The price of so many listed misconceptions and so many others."""
    cost = named * math.log2(max(1, tried[0])) + others * (math.log2(max(1, tried[1])) + UNLISTED)
    return cost + SECOND * max(0, named + others - 1)


def is_close(a: Value, b: Value, reach: float) -> bool:
    """Whether two values lie within `reach` of each other, element by element: a first look that costs little."""
    if type(a) in _PLAIN and type(b) in _PLAIN:
        return abs(as_float(a) - as_float(b)) <= reach
    return sizes(a) == sizes(b) and all(
        abs(as_float(x) - as_float(y)) <= reach for x, y in zip(elements(a), elements(b), strict=True)
    )


def sizes(value: Value) -> tuple[int, ...]:
    """The sizes of a value's axes; a lone number has none."""
    if is_array(value):
        return tuple(value.shape)
    return (len(value),) if isinstance(value, Shape) else ()
