"""Drawing one given as its `Draw` says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from questions.question import Draw
from questions.stream import Stream
from solvers.expression import evaluate, parse
from solvers.text import UsageError
from solvers.values import Value, array, normal


def draw_value(how: Draw, stream: Stream, givens: Mapping[str, Value]) -> Value:
    """One given; `givens` are those drawn before it."""
    if not how.shape:
        return _draw_one(how, stream, givens)
    sizes = [size if isinstance(size, int) else int(evaluate(parse(size, givens), givens)) for size in how.shape]
    count = math.prod(sizes)
    drawn: list[Value] = []
    for _ in range(count * 200):
        if len(drawn) == count:
            break
        element = _draw_one(how, stream, givens)
        if not (how.distinct and element in drawn):
            drawn.append(element)
    if len(drawn) < count:
        raise UsageError(f"no {count} distinct values can be drawn", f"无法抽出 {count} 个互不相同的值")
    result = array(drawn).reshape(sizes)
    result.setflags(write=False)
    return result


def _draw_one(how: Draw, stream: Stream, givens: Mapping[str, Value]) -> Value:
    if how.expression is not None:
        return normal(evaluate(parse(how.expression, givens), givens))
    if how.value is not None:
        return fixed(how.value)
    values = candidates(how)
    return values[stream.below(len(values))]


def fixed(value: Any) -> Value:
    """A value written in a question file: lists become arrays, whole fractions integers."""
    return array([fixed(item) for item in value]) if isinstance(value, list) else normal(value)


class _Range:
    """The multiples of a step from low to high without the avoided ones, counted without listing them."""

    def __init__(self, low: Fraction, step: Fraction, count: int, avoid: frozenset[Value]) -> None:
        self._low, self._step = low, step
        self._skipped = sorted(
            {int((Fraction(a) - low) / step) for a in avoid if (Fraction(a) - low) % step == 0} & set(range(count))
            if count < 10**6
            else set()
        )
        self._count = count - len(self._skipped)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Value:
        for skipped in self._skipped:
            index += index >= skipped
        return normal(self._low + index * self._step)


def candidates(how: Draw) -> Any:
    """The values that one draw chooses from."""
    if how.choice is not None:
        return [fixed(value) for value in how.choice]
    low, high = how.integer or how.decimal or (0, 0)
    step = how.step or Fraction(1)
    avoid = frozenset(normal(value) for value in how.avoid)
    return _Range(Fraction(low), step, int((Fraction(high) - Fraction(low)) / step) + 1, avoid)
