"""Wrong values that need no author: what a small slip makes of the right one, where too few misconceptions give options of a choice.

Only slips that could stand on a paper: they have the kind, the sign and about the size of the right value. Each comes with the id under which
`misconceptions/slips.yaml` explains it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from questions.key import split_answer
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, is_array

_HALF = Fraction(1, 2)
_FEW_DIGITS = 8  # of numerator and denominator together: a longer fraction is no option that anybody would choose


def near_misses(trace: Trace, answer: str) -> Iterator[tuple[str, Value]]:
    """Slips on the way to a part's answer, by their ids, likely ones first."""
    step, place = split_answer(answer)
    whole = trace[step]
    key = whole[place if is_array(whole) else place[0]] if place else whole
    if place and is_array(whole):
        yield from (("slip/other-element", x) for at, x in np.ndenumerate(whole) if at != place)
    if isinstance(key, Shape):
        yield from _of_a_shape(key)
    elif is_array(key):
        yield from _of_an_array(key)
    elif type(key) is int:
        yield from _of_a_count(key)
    elif isinstance(key, (Fraction, float)):
        yield from _of_a_number(key)
    elif isinstance(key, str):
        yield from (("slip/other-name", word) for word in trace.derivation.steps[step].among if word != key)
    for name in trace.derivation.steps:
        if name != step and name in trace.derivation.upstream(step):
            try:
                yield "slip/intermediate", trace[name]
            except StepError:
                continue


def _of_a_count(key: int) -> Iterator[tuple[str, Value]]:
    yield "slip/off-by-one", key + 1
    yield "slip/off-by-one", key - 1
    yield "slip/twice", 2 * key
    if key % 2 == 0:
        yield "slip/half", key // 2


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
