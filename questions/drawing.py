"""Drawing one given as its `Draw` says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from questions.question import Draw
from questions.same import Same
from questions.stream import Stream
from solvers.expression import Node, evaluate, parse
from solvers.text import UsageError
from solvers.values import Value, array, normal, plain

MOST_ELEMENTS = 4_096  # of an array that is drawn: more than anybody works with
MOST_VALUES = 10**15  # of a range
_TRIED = 100  # sizes of a network's input before it is left as it is
_PLACE = re.compile(r"\{(\w+)\}")


def draw_value(how: Draw, stream: Stream, givens: Mapping[str, Value]) -> Value:
    """One given; `givens` are those drawn before it."""
    if not how.shape:
        return _draw_one(how, stream, givens)
    names = tuple(givens)
    sizes = [size if isinstance(size, int) else evaluate(_parsed(size, names), givens) for size in how.shape]
    if not all(isinstance(size, int) and size > 0 for size in sizes) or math.prod(sizes) > MOST_ELEMENTS:
        shown = " × ".join(map(str, sizes))
        raise UsageError(
            f"an array of {shown} elements cannot be drawn; the most is {MOST_ELEMENTS}",
            f"无法抽取 {shown} 个元素的数组；最多 {MOST_ELEMENTS} 个",
        )
    result = array(_draw_many(how, math.prod(sizes), stream, givens)).reshape(sizes)
    result.setflags(write=False)
    return result


def _draw_many(how: Draw, count: int, stream: Stream, givens: Mapping[str, Value]) -> list[Value]:
    if not how.distinct:
        return [_draw_one(how, stream, givens) for _ in range(count)]
    drawn: dict[str, Value] = {}
    ranged = how.expression is None and how.value is None
    for _ in range(count * 200 if not ranged or len(candidates(how)) >= count else 0):
        if len(drawn) == count:
            break
        element = _draw_one(how, stream, givens)
        drawn.setdefault(str(element), element)
    if len(drawn) < count:
        raise UsageError(f"no {count} distinct values can be drawn", f"无法抽出 {count} 个互不相同的值")
    return list(drawn.values())


def _draw_one(how: Draw, stream: Stream, givens: Mapping[str, Value]) -> Value:
    if how.expression is not None:
        return normal(evaluate(_parsed(how.expression, tuple(givens)), givens))
    if how.value is not None:
        return fixed(how.value)
    if how.text is not None:
        return _filled(how.text, givens)
    if how.layer_of is not None or how.input_of is not None:
        return _of_network(how, stream, givens)
    values = candidates(how)
    return values[stream.below(len(values))]


@lru_cache(maxsize=2_048)
def _parsed(expression: str, names: tuple[str, ...]) -> Node:
    return parse(expression, names)


def _filled(text: str, givens: Mapping[str, Value]) -> str:
    """The text with earlier givens put in for `{name}`."""

    def given(found: re.Match[str]) -> str:
        if found[1] not in givens:
            raise UsageError(f"there is no given {found[1]!r} before it", f"前面没有已知量 {found[1]!r}")
        return plain(givens[found[1]])

    return _PLACE.sub(given, text)


def _of_network(how: Draw, stream: Stream, givens: Mapping[str, Value]) -> Value:
    """A layer of a network, or a size of its input."""
    given = how.layer_of or how.input_of or ""
    if given not in givens:
        raise UsageError(
            f"there is no given {given!r} before it that names a network", f"前面没有给出网络名称的已知量 {given!r}"
        )
    network = str(givens[given])
    if how.input_of is not None:
        return _input(network, stream)
    values = of_network(how, network)
    if not values:
        raise UsageError(f"{network} has no layer that {how.that}", f"{network} 中没有符合 {how.that} 的层")
    return values[stream.below(len(values))]


def _input(network: str, stream: Stream) -> Value:
    """A size of a network's input. Each is tried when it is drawn: to try them all would take long."""
    from solvers.network.library import find
    from solvers.network.suited import fits, sizes

    found = find(network)
    for _ in range(_TRIED):
        shape = sizes(found)[stream.below(len(sizes(found)))]
        if fits(found, shape):
            return shape
    return next(iter(found.inputs.values()))


def of_network(how: Draw, network: str) -> Sequence[Value]:
    """The layers of a network that suit a draw, or the sizes that its input may have. Raises UsageError for an unknown network."""
    from solvers.network.library import find
    from solvers.network.suited import inputs, suited

    return suited(find(network), how.that) if how.layer_of is not None else inputs(find(network))


def fixed(value: Any) -> Value:
    """A value written in a question file: lists become arrays, whole fractions integers. Raises UsageError for ragged rows."""
    if not isinstance(value, list):
        return normal(value)
    try:
        return array([fixed(item) for item in value])
    except ValueError:
        raise UsageError("the rows of an array differ in length", "数组各行的长度不同") from None


class _Range:
    """The multiples of a step from low to high without the avoided ones, counted without listing them."""

    def __init__(self, low: Fraction, step: Fraction, count: int, avoid: frozenset[Fraction]) -> None:
        self._below = math.lcm(low.denominator, step.denominator)
        self._first, self._each = int(low * self._below), int(step * self._below)
        places = {(number - low) / step for number in avoid}
        self._skipped = sorted(int(place) for place in places if place.denominator == 1 and 0 <= place < count)
        self._count = count - len(self._skipped)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Value:
        for skipped in self._skipped:
            index += index >= skipped
        above = self._first + index * self._each
        return above if self._below == 1 else normal(Fraction(above, self._below))


def candidates(how: Draw) -> tuple[Value, ...] | _Range:
    """The values that one draw chooses from: those that are listed as a tuple, a range without listing it."""
    return _candidates(Same(how))


@lru_cache(maxsize=4_096)
def _candidates(same: Same[Draw]) -> tuple[Value, ...] | _Range:
    how = same.object
    if how.choice is not None:
        return tuple(fixed(value) for value in how.choice)
    low, high = how.integer or how.decimal or (0, 0)
    step = how.step or Fraction(1)
    count = int((Fraction(high) - Fraction(low)) / step) + 1
    if not all(isinstance(number, (int, Fraction)) for number in how.avoid):
        raise UsageError("avoid lists numbers", "avoid 应列出若干个数")
    found = _Range(Fraction(low), step, count, frozenset(Fraction(number) for number in how.avoid))
    if count > MOST_VALUES or len(found) == 0:
        raise UsageError(
            f"the range has no values, or more than {MOST_VALUES:,}", f"范围内没有可取的值，或多于 {MOST_VALUES:,} 个"
        )
    return found
