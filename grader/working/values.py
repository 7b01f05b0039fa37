"""Values in a student's working: how exactly one was written, and whether it is another one as far as rounding lets it be told."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from grader.reading import Reading, Unreadable, each_written, read
from questions.key import Precision, slack_of, split_answer, value_of, within
from questions.question import ResponseType
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, elements, is_array, is_number

_DEFAULT_DECIMALS = 4  # of values that were written as fractions or formulas
_FEWEST = 2  # decimals, or figures, with which a value says enough
_NEAR = 40  # half places, and
_SHARE = 1e-3  # of the value itself, beyond which no rounding of earlier values is looked into
_BLANK = (
    Text("Nothing stands after the equals sign.", "等号后没有内容。"),
    Text("a value such as 0.62", "数值，例如 0.62"),
)
_LAST_BITS = 1e-9
_LARGEST = 1e9
_FAR = 0.05  # of a value, beyond which no rounding explains another one
_KINDS: dict[int, ResponseType] = {1: "vector", 2: "matrix"}


@dataclass(frozen=True)
class Given:
    """A value as a student wrote it, and the last place written of each of its numbers; `whole` if there are whole numbers only."""

    value: Value
    echo: str
    places: tuple[int, ...]
    whole: bool

    @property
    def decimals(self) -> int:
        """The place to which most of its numbers were written; zeros at the end may be left out."""
        return max(self.places, key=lambda place: (self.places.count(place), place))

    @property
    def precision(self) -> Precision:
        """How exactly the value was written, to those who work on with it; a whole number is what it is."""
        return Precision(decimals=_DEFAULT_DECIMALS if self.whole else self.decimals)

    def precision_of(self, right: Value) -> Precision:
        """The same, where the value is to be `right`: one that is that exactly has not been rounded."""
        if not self.whole and self.decimals < _DEFAULT_DECIMALS and same_numbers(self.value, right):
            return Precision(decimals=_DEFAULT_DECIMALS)
        return self.precision

    def written(self) -> tuple[Fraction, ...]:
        """Half of the last place of each number, as it was written."""
        return tuple(Fraction(1, 2 * 10**place) for place in self.places)

    def slack(self, right: Value) -> tuple[Fraction, ...]:
        """Half of the last place of each number, of those that are compared to be told apart from others."""
        places = self.places if len(self.places) == len(elements(right)) else (self.decimals,) * len(elements(right))
        return tuple(Fraction(1, 2 * 10 ** enough(place, right)) for place in places)


def read_value(text: str, like: Value) -> Given | Unreadable:
    """The value at the end of a line, read as what the step it belongs to is."""
    found = read(text, _kind(like))
    if isinstance(found, Unreadable) and (bare := without_remarks(text)) != text:
        found = read(bare, _kind(like))
    if isinstance(found, Unreadable) and is_array(like) and like.size == 1:
        found = read(text, "real")
    if isinstance(found, Reading):
        return _given(found)
    if isinstance(found, Unreadable):
        return found
    return Unreadable(text, 0, "blank", *_BLANK)


def read_any(text: str, kinds: Sequence[Value]) -> Given | Unreadable:
    """The value at the end of a line whose step is not known, read as the first of several kinds that it can be."""
    first: Given | Unreadable | None = None
    for like in kinds:
        found = read_value(text, like)
        if not isinstance(found, Unreadable):
            return found
        first = first or found
    assert first is not None
    return first


_REMARK = re.compile(
    r"\s*[(\[]\s*[^()\[\]0-9]{2,60}(?:\s[^()\[\]]{0,40})?[)\]]\s*\Z|(?<=[0-9)\]])\s*,\s+[^=\n]*[^\W\d_]{2}[^=\n]*\Z"
)
_UNIT = re.compile(r"(?<=[0-9])\s*(?:[\u3400-\u9fff][^0-9=]{0,12}|\s[A-Za-z]{2,20}(?:[ -][A-Za-z]{1,20}){0,6})\Z")


def without_remarks(text: str) -> str:
    """A value without what explains it: `0.31 (forget gate)`, `40, 6 channels`, `26 个样本`."""
    if not text or text[-1].isdigit():
        return text
    return _UNIT.sub("", _REMARK.sub("", text))


def telling(given: Given) -> float:
    """What a value says, in bits: how many others of its size and digits there are."""
    sizes = (as_float(x) for x in elements(given.value) if is_number(x))
    return sum(math.log2(2 * min(abs(size), _LARGEST) * 10**given.decimals + 3) for size in sizes)


def _kind(like: Value) -> ResponseType:
    if isinstance(like, Shape):
        return "shape"
    return _KINDS.get(like.ndim, "tensor") if is_array(like) else "real"


def _given(found: Reading) -> Given:
    """A reading with the last place that was written of each number.

    Fractions and formulas are worked out as far as anybody wants; a whole number among decimals is one of them.
    """
    written = list(each_written(found.written)) or [None]
    places = [_DEFAULT_DECIMALS if w is None or w.decimals is None else max(0, w.decimals) for w in written]
    whole = [w is not None and w.form == "integer" for w in written]
    finest = max((place for place, is_whole in zip(places, whole, strict=True) if not is_whole), default=0)
    places = [finest if is_whole else place for place, is_whole in zip(places, whole, strict=True)]
    return Given(found.value, found.echo, tuple(places), all(whole))


def fitted(value: Value, like: Value) -> Value | None:
    """The value laid out as another one is, where that is only a matter of brackets; None if it is of another size."""
    if isinstance(like, Shape) or isinstance(value, Shape):
        return value if isinstance(value, Shape) and isinstance(like, Shape) and len(value) == len(like) else None
    if is_array(like):
        if not is_array(value):
            if like.size != 1 or not is_number(value):
                return None
            lone = like.copy()
            lone.flat[0] = value
            lone.setflags(write=False)
            return lone
        if value.size != like.size or not all(map(is_number, elements(value))):
            return None
        if value.shape == like.shape:
            return value
        long, wanted = ([size for size in shape if size != 1] for shape in (value.shape, like.shape))
        return value.reshape(like.shape) if long == wanted or 1 in (*value.shape, value.ndim) else None
    if is_array(value):
        return value.flat[0] if value.size == 1 and is_number(value.flat[0]) else None
    return value if is_number(value) == is_number(like) else None


def close(value: Value, right: Value, slack: Fraction | float | tuple[Fraction | float, ...]) -> bool:
    """Whether every element lies within the slack of the right one."""
    mine, key = elements(value), elements(right)
    slacks = slack if isinstance(slack, tuple) else (slack,) * len(key)
    if len(mine) != len(key) or np.shape(value) != np.shape(right) or len(slacks) != len(key):
        return False
    if not all(map(is_number, (*mine, *key))):
        return bool(np.all(value == right))
    return all(map(within, key, mine, slacks))


def is_near(value: Value, right: Value) -> bool:
    """Whether lone numbers are near enough for a closer look; whatever else is looked at anyway."""
    if is_array(value) or is_array(right) or not is_number(value) or not is_number(right):
        return True
    mine, key = as_float(value), as_float(right)
    return abs(mine - key) <= _FAR * max(abs(key), 1.0)


class Budget:
    """How many costly looks at rounding one response may have: more would let a long one cost seconds."""

    def __init__(self, looks: int) -> None:
        self._left = looks

    def spend(self) -> bool:
        """Whether another look may be had."""
        self._left -= 1
        return self._left >= 0


def follows(
    given: Given, value: Value, trace: Trace, answer: str, asked: Mapping[str, Precision], budget: Budget
) -> bool | None:
    """Whether a value is what a run has for a quantity, rounded anywhere on the way; None if it was written too coarsely to tell.

    `asked` is how exactly the earlier values were written that the run has put in. Raises StepError where the run has no value.
    """
    right = value_of(trace, answer)
    slack = given.slack(right)
    if close(value, right, slack):
        return True
    near = tuple(max(float(_NEAR * half), _SHARE * size) for half, size in zip(slack, _sizes(right), strict=True))
    if close(value, right, near) and not _is_counted(trace, answer) and budget.spend():
        try:
            reach = slack_of(trace, answer, Precision(decimals=enough(given.decimals, right)), asked)
        except StepError:
            return False
        if close(value, right, reach):
            return True
    return None if not given.whole and close(value, right, given.written()) else False


def _is_counted(trace: Trace, answer: str) -> bool:
    """Whether a quantity and all that leads to it are whole numbers: nobody rounds those."""
    step, _ = split_answer(answer)
    return all(isinstance(x, int) for name in trace.derivation.upstream(step) | {step} for x in elements(trace[name]))


def _sizes(value: Value) -> list[float]:
    return [abs(as_float(x)) if is_number(x) else 0.0 for x in elements(value)]


def enough(decimals: int, right: Value) -> int:
    """The decimals to which a value is compared: those written, but no fewer than say something of it."""
    largest = max(_sizes(right), default=1.0)
    least = _FEWEST if largest >= 1 or largest == 0 else _FEWEST - 1 + max(1, -_exponent(largest))
    return max(decimals, min(least, 10))


def _exponent(size: float) -> int:
    return int(np.floor(np.log10(size))) if 0 < size < float("inf") else 0


def same_numbers(value: Value, other: Value) -> bool:
    """Whether two values hold the same numbers in the same order, whatever their brackets."""
    mine, theirs = elements(value), elements(other)
    return len(mine) == len(theirs) and all(
        is_number(a) and is_number(b) and abs(as_float(a) - as_float(b)) <= _LAST_BITS
        for a, b in zip(mine, theirs, strict=True)
    )
