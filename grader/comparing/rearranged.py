"""What a wrong array would take to be the key: transposing, other signs, another order of its axes, rows or numbers, a factor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import permutations, product

import numpy as np

from grader.outcome import Likeness
from questions.key import Target, within
from solvers.text import Text
from solvers.values import Value, as_float, elements, is_exact, is_number, plain

MOST_ELEMENTS = 1_024
"""Elements up to which rearrangements are looked for."""
MOST_AXES = 4
LARGEST_TERM = 1_000
"""Numerator and denominator up to which a factor is worth saying."""
ROUNDED_TERM = 12
"""The same where the numbers are rounded."""
FEWEST_DISTINCT = 3
"""Different numbers from which on the right ones in another order are no chance."""

_TRANSPOSED = Likeness("It is the right answer transposed.", "这是正确答案的转置。")
_SIGNS = Likeness("Every sign is the wrong way round.", "所有正负号都反了。")
_BOTH = Likeness(
    "It is the right answer transposed, with every sign the wrong way round.", "这是正确答案的转置，且正负号都反了。"
)
_BACKWARDS = Likeness("It is the right answer in reverse order.", "这是正确答案的逆序。")
_UPSIDE_DOWN = Likeness("Its rows stand in reverse order.", "各行的顺序颠倒了。")
_MIRRORED = Likeness("Its columns stand in reverse order.", "各列的顺序颠倒了。")
_TURNED = Likeness("It is the right answer turned by 180 degrees.", "这是正确答案旋转 180° 的结果。")
_ROWS = Likeness("The rows are right, their order is not.", "各行都正确，但行的顺序不对。")
_COLUMNS = Likeness("The columns are right, their order is not.", "各列都正确，但列的顺序不对。")
OTHER_PLACES = Likeness("All of the right numbers are there, but not in their places.", "所需的数都在，但位置不对。")
"""What the slip `slip/order` says as well; the other remarks say which order it is."""


def in_reading_order(answer: np.ndarray, target: Target) -> bool:
    """Whether the numbers, one after the other, are the key's, whatever the shape."""
    return answer.size == target.value.size and target.close(answer.reshape(target.value.shape))


def rearranged(answer: np.ndarray, target: Target, *, mostly_right: bool = False) -> tuple[Text, ...]:
    """The simplest thing that tells the answer from the key, if there is one.

    Where most of the numbers stand in their right places, only wrong signs and exchanged numbers are looked for.
    """
    key = target.value
    if answer.size != key.size or key.size > MOST_ELEMENTS or not all(map(is_number, elements(answer))):
        return ()
    found = _small_differences(answer, target) if mostly_right else _differences(answer, target)
    return next(((said,) for said in found), ())


def _small_differences(answer: np.ndarray, target: Target) -> Iterator[Text]:
    mine, yours = elements(target.value), elements(answer)
    yield from _wrong_signs(mine, yours, target)
    if len(set(mine)) >= FEWEST_DISTINCT and _same_numbers(mine, yours, target):
        yield OTHER_PLACES


def _differences(answer: np.ndarray, target: Target) -> Iterator[Text]:
    for turned, said in _turns(answer):
        if target.close(turned):
            yield said
    key = target.value
    mine, yours = elements(key), elements(answer)
    if answer.shape == key.shape:
        yield from _wrong_signs(mine, yours, target)
        if (factor := _factor(mine, yours, target)) is not None:
            shown = plain(factor)
            yield Likeness(f"It is the right answer times {shown}.", f"这恰好是正确答案的 {shown} 倍。")
        if key.ndim == 2 and _same_rows(answer, key, target):
            yield _ROWS
        if key.ndim == 2 and _same_rows(answer.T, key.T, target, key_slack=_columns(target)):
            yield _COLUMNS
    if len(set(mine)) >= FEWEST_DISTINCT and _same_numbers(mine, yours, target):
        yield OTHER_PLACES


def _turns(answer: np.ndarray) -> Iterator[tuple[np.ndarray, Text]]:
    """The answer turned in every way that has a name."""
    if answer.ndim == 2:
        yield answer.T, _TRANSPOSED
    yield -answer, _SIGNS
    if answer.ndim == 1:
        yield answer[::-1], _BACKWARDS
    elif answer.ndim == 2:
        yield -answer.T, _BOTH
        yield answer[::-1], _UPSIDE_DOWN
        yield answer[:, ::-1], _MIRRORED
        yield answer[::-1, ::-1], _TURNED
    elif answer.ndim <= MOST_AXES:
        yield from _other_axes(answer)


def _other_axes(answer: np.ndarray) -> Iterator[tuple[np.ndarray, Text]]:
    """A tensor with its axes in another order, or some of them run through backwards."""
    straight = tuple(range(answer.ndim))
    for order in permutations(straight):
        if order == straight:
            continue
        moved = [i for i in straight if order[i] != i]
        if len(moved) == 2:
            a, b = moved[0] + 1, moved[1] + 1
            said = Likeness(f"Axes {a} and {b} are exchanged.", f"第 {a} 维与第 {b} 维互换了。")
        else:
            said = Likeness("Its axes stand in another order.", "各维的顺序不对。")
        yield answer.transpose(order), said
    for ways in product((False, True), repeat=answer.ndim):
        back = [str(axis + 1) for axis, way in enumerate(ways) if way]
        if not back:
            continue
        turned = answer[tuple(slice(None, None, -1) if way else slice(None) for way in ways)]
        along_en, along_zh = " and ".join(back), "、".join(back)
        said = Likeness(
            f"It runs backwards along {'axis' if len(back) == 1 else 'axes'} {along_en}.",
            f"沿第 {along_zh} 维的顺序颠倒了。",
        )
        yield turned, said


def _wrong_signs(mine: Sequence[Value], yours: Sequence[Value], target: Target) -> Iterator[Text]:
    """Some signs are wrong and nothing else."""
    wrong = 0
    for key, answer, slack in zip(mine, yours, target.slack, strict=True):
        if within(key, answer, slack):
            continue
        if not within(key, -answer, slack):
            return
        wrong += 1
    if wrong:
        yield Likeness(
            f"Only {'a sign is' if wrong == 1 else f'{wrong} signs are'} wrong.", f"只有 {wrong} 个数的正负号错了。"
        )


def _factor(mine: Sequence[Value], yours: Sequence[Value], target: Target) -> Fraction | None:
    """The number by which every element is multiplied; None if there is no such, or none worth saying."""
    if sum(x != 0 for x in mine) < 2:
        return None
    place = max(range(len(mine)), key=lambda i: abs(as_float(mine[i])))
    key, answer = mine[place], yours[place]
    exact = (
        is_exact(key) and is_exact(answer) and isinstance(key, (int, Fraction)) and isinstance(answer, (int, Fraction))
    )
    if exact and not any(target.slack):
        factor, largest = Fraction(answer) / Fraction(key), LARGEST_TERM
    else:
        ratio = as_float(answer) / as_float(key)
        if not abs(ratio) < LARGEST_TERM:
            return None
        factor, largest = Fraction(ratio).limit_denominator(ROUNDED_TERM), LARGEST_TERM
    if factor == 0 or abs(factor) == 1 or max(abs(factor.numerator), factor.denominator) > largest:
        return None
    wide = max(abs(factor), Fraction(1))
    fits = (
        within(k * (factor if is_exact(k) else float(factor)), a, s * (wide if is_exact(s) else float(wide)))
        for k, a, s in zip(mine, yours, target.slack, strict=True)
    )
    return factor if all(fits) else None


def _same_numbers(mine: Sequence[Value], yours: Sequence[Value], target: Target) -> bool:
    """Whether one is the other in another order; with numbers in the order of their sizes, close ones meet."""
    places = sorted(range(len(mine)), key=lambda i: as_float(mine[i]))
    sizes = sorted(yours, key=as_float)
    return all(within(mine[i], answer, target.slack[i]) for i, answer in zip(places, sizes, strict=True))


def _columns(target: Target) -> tuple[Fraction | float, ...]:
    """The slack of the transposed key."""
    rows, columns = target.value.shape
    return tuple(target.slack[r * columns + c] for c in range(columns) for r in range(rows))


def _same_rows(
    answer: np.ndarray, key: np.ndarray, target: Target, key_slack: tuple[Fraction | float, ...] | None = None
) -> bool:
    """Whether the answer's rows are the key's in another order."""
    slack = key_slack or target.slack
    width = key.shape[1]
    left = [answer_row.tolist() for answer_row in answer]
    for i, row in enumerate(key.tolist()):
        free = slack[i * width : (i + 1) * width]
        found = next((j for j, other in enumerate(left) if all(map(within, row, other, free))), None)
        if found is None:
            return False
        del left[found]
    return True
