"""Which wrong values stand beside the key of a choice, so that nothing but the mistakes themselves tells it from them.

Wrong options that are all made from the key give it away: it is the one that the others resemble. So besides single misconceptions there are two at
once, and slips on top of one: these resemble the wrong options, as the wrong options resemble the key. Among several sets of options
one is taken in which the key stands where lots have been drawn for it to stand: by size, by how near it is to the others, by the digits or numbers that it has in
common with them, and by how many of them are its double, its half or its negative. Wherever somebody looks for the key, it is there as often as elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import eq

from questions.near_misses import BESIDES
from questions.stream import Stream
from solvers.values import Shape, Value, as_float, elements, is_array

FEWEST = 2  # single misconceptions that stay among the options, where there are so many

_SETS = 120  # of options that are compared
_POOL = 30  # wrong values that sets are made of
_COST = {"listed": 0.0, "known": 0.1, "pair": 0.3, "besides": 0.5, "slip": 0.5, "twofold": 0.9, "far": 2.5}
_SINGLE = ("listed", "known")
_EQUAL = 1e-9


@dataclass(frozen=True)
class Wrong:
    """A wrong value, how it is printed, what gives it, and of which kind that is: a key of `_COST`."""

    value: Value
    shown: str
    ids: tuple[str, ...]
    kind: str


def selected(key: Wrong, pool: Sequence[Wrong], count: int, stream: Stream) -> list[Wrong]:
    """So many of the wrong values, all of them where there are no more."""
    if len(pool) <= count:
        return list(pool)
    options = [key, *pool[:_POOL]]
    tables = [_table(options, measure) for measure in _measures(key.value)]
    wanted = [stream.below(count + 1) for _ in tables]
    single = min(FEWEST, sum(option.kind in _SINGLE for option in options))

    def off(chosen: Sequence[int]) -> float:
        """How far the key stands from where it should be, and what the options cost."""
        among = (0, *chosen)
        away = sum(_COST[options[i].kind] for i in chosen)
        away += max(0, single - sum(options[i].kind in _SINGLE for i in chosen))
        for table, place in zip(tables, wanted, strict=True):
            rows = [table[i] for i in among]
            away += _away([sum(row[j] for j in among) for row in rows], place)
        return away

    smaller = _smaller(options)
    room = None if smaller is None else _room(sum(smaller), len(pool), count, stream)
    sets = [_drawn(options, count, stream, smaller, room, family=number % 2 == 1) for number in range(_SETS)]
    return [options[i] for i in min(dict.fromkeys(sets), key=off)]


def _smaller(options: Sequence[Wrong]) -> list[bool] | None:
    """Which options are smaller than the first, the key; None for arrays and words, which have no size."""
    size = _size(options[0].value)
    return None if size is None else [(_size(option.value) or 0.0) < size for option in options]


def _room(below: int, pool: int, count: int, stream: Stream) -> tuple[int, int]:
    """How many options are to be larger than the key, and how many smaller, any split as likely where there are enough of both."""
    above = min(pool, _POOL) - below
    fewer = [n for n in range(count + 1) if n <= below and count - n <= above]
    taken = fewer[stream.below(len(fewer))]
    return count - taken, taken


def _away(scores: Sequence[float], wanted: int) -> float:
    """How many places the first lies from the wanted one, counted from the highest score; equal scores share their places."""
    mine, others = scores[0], scores[1:]
    above = sum(score > mine + _EQUAL for score in others)
    level = sum(abs(score - mine) <= _EQUAL for score in others)
    return max(0, above - wanted, wanted - above - level)


def _drawn(
    options: Sequence[Wrong],
    count: int,
    stream: Stream,
    smaller: Sequence[bool] | None,
    room: tuple[int, int] | None,
    *,
    family: bool,
) -> tuple[int, ...]:
    """The places of some options; in a family, a mistake on top of another stands with both of these. No side of the key gets more than its room."""
    left = list(room) if room is not None else [count, count]
    first: list[int] = []
    if family and (double := [i for i, option in enumerate(options) if len(option.ids) == 2]):
        on_top = double[stream.below(len(double))]
        first = [on_top, *_parents(options, on_top)]
    every = stream.shuffled(list(range(1, len(options))))
    single = [i for i in every if options[i].kind in _SINGLE]
    chosen: dict[int, None] = {}
    for i in (*first, *single[: FEWEST + stream.below(count)], *every):
        side = smaller is not None and smaller[i]
        if len(chosen) < count and i not in chosen and left[side]:
            chosen[i] = None
            left[side] -= 1
    return tuple(sorted(chosen))


def _parents(options: Sequence[Wrong], on_top: int) -> list[int]:
    """The options that one of the two mistakes alone gives."""
    alone = {next((slip for slip, besides in BESIDES.items() if besides == id), id) for id in options[on_top].ids}
    return [i for i, option in enumerate(options) if len(option.ids) == 1 and option.ids[0] in alone]


# --------------------------------------------------------------------------------------- what options have in common


def _measures(key: Value) -> list[Callable[[Wrong, Wrong], float]]:
    """In which respects two options may resemble each other. Numbers that are as often large as small are near the others as often as not."""
    if isinstance(key, str):
        return [_letters]
    return [_near, _numbers, _letters, _kin] if is_array(key) or isinstance(key, Shape) else [_letters, _kin]


def _table(options: Sequence[Wrong], measure: Callable[[Wrong, Wrong], float]) -> list[list[float]]:
    """What each two options have in common; nothing with themselves."""
    table = [[0.0] * len(options) for _ in options]
    for i, a in enumerate(options):
        for j in range(i):
            table[i][j] = table[j][i] = measure(a, options[j])
    return table


def _size(value: Value) -> float | None:
    """By what numbers and shapes are ordered: a shape by how many elements it has; arrays and words by nothing."""
    if isinstance(value, Shape):
        return float(math.prod(value))
    return None if is_array(value) or isinstance(value, str) else as_float(value)


def _letters(a: Wrong, b: Wrong) -> float:
    """What share of their characters, and of neighbours among these, two options have in common."""
    one, other = a.shown, b.shown
    first, second = set(pairwise(one)), set(pairwise(other))
    alike = float(sum(map(eq, one, other))) / max(len(one), len(other))
    return alike + 2 * len(first & second) / max(1, len(first) + len(second))


def _numbers(a: Wrong, b: Wrong) -> float:
    """How many numbers two arrays or shapes have in common."""
    return float(sum(map(eq, elements(a.value), elements(b.value))))


def _near(a: Wrong, b: Wrong) -> float:
    """How little two arrays or shapes differ, with the places of the digits."""
    pairs = zip(elements(a.value), elements(b.value), strict=False)
    return -sum(abs(math.asinh(1e3 * as_float(x)) - math.asinh(1e3 * as_float(y))) for x, y in pairs)


_MADE: tuple[Callable[[float], float], ...] = (
    lambda x: 2 * x,
    lambda x: x / 2,
    lambda x: -x,
    lambda x: 10 * x,
    lambda x: x / 10,
    lambda x: x + 1,
    lambda x: x - 1,
)


def _kin(a: Wrong, b: Wrong) -> float:
    """In how many simple ways one option is made from the other."""
    mine, other = [as_float(x) for x in elements(a.value)], [as_float(x) for x in elements(b.value)]
    if len(mine) != len(other):
        return 0.0
    return float(
        sum(
            all(math.isclose(made(x), y, rel_tol=2e-3, abs_tol=_EQUAL) for x, y in zip(mine, other, strict=True))
            for made in _MADE
        )
    )
