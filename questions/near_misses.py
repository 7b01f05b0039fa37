"""Wrong values that need no author: what a small slip makes of a value, where too few misconceptions give options of a choice.

Only slips that could stand on a paper: they have the kind, the sign and about the size of the right value. Each comes with the id under which
`misconceptions/slips.yaml` explains it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from questions.key import split_answer, value_of
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, is_array

_HALF = Fraction(1, 2)
_COUNTED = 60  # up to which things are counted one by one
_FEW_DIGITS = 8  # of numerator and denominator together: a longer fraction is no option that anybody would choose
BESIDES = {
    "slip/sign": "slip/besides-sign",
    "slip/twice": "slip/besides-twice",
    "slip/half": "slip/besides-half",
    "slip/off-by-one": "slip/besides-one",
    "slip/order": "slip/besides-order",
}
"""Slips that are made on top of another mistake as well, and what they are called then."""
AT_HAND = frozenset({"slip/given", "slip/intermediate", "slip/other-part"})
"""Slips by which a number that stands somewhere in the question, or in its solution, was written for another."""


def near_misses(trace: Trace, answer: str) -> Iterator[tuple[str, Value]]:
    """Slips on the way to a part's answer, by their ids, likely ones first."""
    step, place = split_answer(answer)
    whole, key = trace[step], value_of(trace, answer)
    if place and is_array(whole):
        yield from (("slip/other-element", x) for at, x in np.ndenumerate(whole) if at != place)
    yield from _altered(key)
    if isinstance(key, (Fraction, float)) and 0 < key < 1:
        yield "slip/complement", 1 - key
    if isinstance(key, str):
        yield from (("slip/other-name", word) for word in trace.derivation.steps[step].among if word != key)
    for name in trace.derivation.steps:
        if name != step and name in trace.derivation.upstream(step):
            try:
                yield "slip/intermediate", trace[name]
            except StepError:
                continue
    yield from (("slip/given", value) for value in trace.givens.values())


def besides(wrong: Value) -> Iterator[tuple[str, Value]]:
    """What a slip makes of a value that is wrong already, by the ids of slips on top of another mistake."""
    return ((BESIDES[id], value) for id, value in _altered(wrong) if id in BESIDES and not is_too_exact(id, wrong))


def is_made_up(ids: Sequence[str]) -> bool:
    """Whether a wrong value is a slip on top of a slip: it fills a list of options, and nothing worth saying explains it."""
    return len(ids) > 1 and ids[0].startswith("slip/") and ids[-1] in BESIDES.values()


def is_too_exact(id: str, value: Value) -> bool:
    """Whether a slip changes a value by so little of its size that nobody would think of it: 4607 beside 4608."""
    return id == "slip/off-by-one" and isinstance(value, int) and abs(value) > _COUNTED


def is_commonplace(id: str, value: Value) -> bool:
    """Whether a slip would be to have written one of the numbers at hand, and it is one that anybody may write: a 2, a 0.5, a 300."""
    if id not in AT_HAND or not isinstance(value, (int, Fraction, float)):
        return False
    return len(format(float(value), ".15g").partition("e")[0].replace(".", "").strip("-0")) <= 1


def _altered(value: Value) -> Iterator[tuple[str, Value]]:
    """What a slip makes of a value."""
    if isinstance(value, Shape):
        return _of_a_shape(value)
    if is_array(value):
        return _of_an_array(value)
    if type(value) is int:
        return _of_a_count(value)
    return _of_a_number(value) if isinstance(value, (Fraction, float)) else iter(())


def _of_a_count(key: int) -> Iterator[tuple[str, Value]]:
    yield "slip/off-by-one", key + 1
    yield "slip/off-by-one", key - 1
    yield "slip/twice", 2 * key
    if key % 2 == 0:
        yield "slip/half", key // 2
    yield "slip/sign", -key


def _of_a_number(key: Fraction | float) -> Iterator[tuple[str, Value]]:
    yield "slip/sign", -key
    yield "slip/twice", 2 * key
    yield "slip/half", key * _HALF if isinstance(key, Fraction) else key / 2
    if key != 0 and (isinstance(key, float) or len(f"{key.numerator}{key.denominator}") <= _FEW_DIGITS):
        yield "slip/reciprocal", 1 / key
    yield "slip/decimal-point", key * 10
    yield "slip/decimal-point", key / 10


def _of_a_shape(key: Shape) -> Iterator[tuple[str, Value]]:
    sizes = list(key)
    for axis in range(len(sizes) - 1):
        yield "slip/order", Shape([*sizes[:axis], sizes[axis + 1], sizes[axis], *sizes[axis + 2 :]])
    for axis in range(len(sizes)):
        for more in (1, -1):
            yield "slip/off-by-one", Shape([*sizes[:axis], sizes[axis] + more, *sizes[axis + 1 :]])


def _of_an_array(key: Any) -> Iterator[tuple[str, Value]]:
    if key.ndim == 2 and key.shape[0] == key.shape[1]:
        yield "slip/transposed", key.T
    for axis in range(key.ndim):
        for first in range(key.shape[axis] - 1):
            order = list(range(key.shape[axis]))
            order[first], order[first + 1] = order[first + 1], order[first]
            yield "slip/order", np.take(key, order, axis)
    yield "slip/sign", -key
    yield "slip/twice", key * 2
    yield "slip/half", key * _HALF
