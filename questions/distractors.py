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
from operator import eq, sub

from questions.near_misses import BESIDES
from questions.stream import Stream
from solvers.values import Shape, Value, as_float, elements, is_array

FEWEST = 2  # single misconceptions that stay among the options, where there are so many

POOL = 24  # wrong values that sets are made of

_SETS = 80  # of options that are compared
_COST = {"listed": 0.0, "known": 0.1, "pair": 0.3, "besides": 0.5, "slip": 0.5, "twofold": 0.9, "far": 2.5}
_SINGLE = ("listed", "known")
_EQUAL = 1e-9
_SAME = 2e-3  # of a number: what rounding to the digits asked for may have taken from it
_LARGE, _STRIDE, _FACTOR = 1 << 64, 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9  # as in SplitMix64


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
    options = [key, *pool[:POOL]]
    looks = [_Look.of(option) for option in options]
    tables = [_table(looks, measure) for measure in _measures(key.value)]
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
    above = min(pool, POOL) - below
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
    mixed = stream.below(_LARGE)  # one number for a whole order: drawing each place would take longer than all the rest
    every = sorted(range(1, len(options)), key=lambda i: (mixed + i * _STRIDE) * _FACTOR % _LARGE >> 16)
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


@dataclass(frozen=True)
class _Look:
    """What of an option can be compared: its text, its numbers, and these by the places of their digits."""

    shown: str
    neighbours: frozenset[tuple[str, str]]
    numbers: tuple[float, ...]
    places: tuple[float, ...]

    @classmethod
    def of(cls, option: Wrong) -> _Look:
        """The look of an option."""
        numbers = () if isinstance(option.value, str) else tuple(as_float(x) for x in elements(option.value))
        return cls(
            option.shown, frozenset(pairwise(option.shown)), numbers, tuple(math.asinh(1e3 * x) for x in numbers)
        )


Measure = Callable[[_Look, _Look], float]


def _measures(key: Value) -> list[Measure]:
    """In which respects two options may resemble each other. Numbers that are as often large as small are near the others as often as not."""
    if isinstance(key, str):
        return [_letters]
    return [_near, _numbers, _letters, _kin] if is_array(key) or isinstance(key, Shape) else [_letters, _kin]


def _table(looks: Sequence[_Look], measure: Measure) -> list[list[float]]:
    """What each two options have in common; nothing with themselves."""
    table = [[0.0] * len(looks) for _ in looks]
    for i, a in enumerate(looks):
        for j in range(i):
            table[i][j] = table[j][i] = measure(a, looks[j])
    return table


def _size(value: Value) -> float | None:
    """By what numbers and shapes are ordered: a shape by how many elements it has; arrays and words by nothing."""
    if isinstance(value, Shape):
        return float(math.prod(value))
    return None if is_array(value) or isinstance(value, str) else as_float(value)


def _letters(a: _Look, b: _Look) -> float:
    """What share of their characters, and of neighbours among these, two options have in common."""
    alike = float(sum(map(eq, a.shown, b.shown))) / max(len(a.shown), len(b.shown))
    return alike + 2 * len(a.neighbours & b.neighbours) / max(1, len(a.neighbours) + len(b.neighbours))


def _numbers(a: _Look, b: _Look) -> float:
    """How many numbers two arrays or shapes have in common."""
    return float(sum(map(eq, a.numbers, b.numbers)))


def _near(a: _Look, b: _Look) -> float:
    """How little two arrays or shapes differ, with the places of the digits."""
    return -float(sum(map(abs, map(sub, a.places, b.places))))


_MADE = ((2.0, 0.0), (0.5, 0.0), (-1.0, 0.0), (10.0, 0.0), (0.1, 0.0), (1.0, 1.0), (1.0, -1.0))
"""The simple ways in which one number is made from another: times the first, plus the second."""


def _kin(a: _Look, b: _Look) -> float:
    """In how many simple ways one option is made from the other."""
    if len(a.numbers) != len(b.numbers):
        return 0.0
    ways = 0
    for times, plus in _MADE:
        for x, y in zip(a.numbers, b.numbers, strict=True):
            if abs(times * x + plus - y) > _SAME * abs(y) + _EQUAL:
                break
        else:
            ways += 1
    return float(ways)
