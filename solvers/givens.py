"""What a derivation has to be given: the name, kind, size and meaning of each input, and its check."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from solvers.text import Text, UsageError
from solvers.values import (
    Number,
    Shape,
    Value,
    array,
    elements,
    is_array,
    is_number,
    is_symbolic,
    is_too_long,
    normal,
    plain,
)

MOST_ELEMENTS = 2_500
"""Numbers in one array: what can still be worked out line by line in seconds."""
LONGEST_NAME = 200
"""Characters of a name that is given."""
Kind = Literal["integer", "number", "vector", "matrix", "tensor", "shape", "word", "name", "truth"]
_RANKS: dict[Kind, int | None] = {"vector": 1, "matrix": 2, "tensor": None}


@dataclass(frozen=True, kw_only=True)
class Given:
    """One input of a derivation.

    `axes` names the sizes of a vector's, matrix's or tensor's axes; the same name must mean the same size in all the
    givens of one derivation. A `default` for an array may be one number, which then fills the array.
    """

    symbol: str
    kind: Kind
    meaning: Text
    default: Any = None
    axes: tuple[str, ...] = ()
    least: Number | None = None
    most: Number | None = None
    words: tuple[str, ...] = ()
    row: bool = False

    def describe(self) -> str:
        """The kind and size in a few characters: `integer`, `matrix (h, d)`, `word floor|ceil`."""
        if self.words:
            return "word " + "|".join(self.words)
        return f"{self.kind} ({', '.join(self.axes)})" if self.axes else self.kind

    def read(self, name: str, value: Any) -> Value:
        """The value in the plainest exact form.

        Raises UsageError if it is of another kind, out of bounds, or no word of the list.
        """
        result = self._converted(name, value)
        if is_array(result) and result.size > MOST_ELEMENTS:
            raise UsageError(
                f"{name} has {result.size} numbers; at most {MOST_ELEMENTS} can be worked with.",
                f"{name} 中有 {result.size} 个数，最多支持 {MOST_ELEMENTS} 个。",
            )
        if is_too_long(result):
            raise UsageError(f"{name} is too large.", f"{name} 的数值过大。")
        for element in elements(result) if self.kind not in ("word", "name", "truth") else ():
            if is_symbolic(element):
                continue
            if self.least is not None and element < self.least:
                raise UsageError(
                    f"{name} = {plain(value)} is too small: it must be at least {plain(self.least)}.",
                    f"{name} = {plain(value)} 太小：至少应为 {plain(self.least)}。",
                )
            if self.most is not None and element > self.most:
                raise UsageError(
                    f"{name} = {plain(value)} is too large: it must be at most {plain(self.most)}.",
                    f"{name} = {plain(value)} 太大：至多应为 {plain(self.most)}。",
                )
        return result

    def _converted(self, name: str, value: Any) -> Value:
        if self.kind == "word":
            if value in self.words:
                return value
            raise self._mismatch(name, value)
        if self.kind == "name":
            if isinstance(value, str) and 0 < len(value) <= LONGEST_NAME:
                return value
            raise self._mismatch(name, value)
        if self.kind == "truth":
            if isinstance(value, bool):
                return value
            raise self._mismatch(name, value)
        if self.kind in ("integer", "number"):
            number = normal(value)
            if is_number(number) and (self.kind == "number" or isinstance(number, int) or is_symbolic(number)):
                return number
            raise self._mismatch(name, value)
        return self._converted_array(name, value)

    def _converted_array(self, name: str, value: Any) -> Value:
        if not isinstance(value, (list, tuple, np.ndarray)):
            raise self._mismatch(name, value)
        try:
            result = array([normal(element) for element in value] if isinstance(value, Shape) else value)
        except ValueError:
            raise self._mismatch(name, value) from None
        rank = _RANKS.get(self.kind, 1) if not self.axes else len(self.axes)
        numbers = all(is_number(element) for element in result.flat)
        if not numbers or result.size == 0 or (rank is not None and result.ndim != rank):
            raise self._mismatch(name, value)
        if self.kind == "shape":
            if not all(isinstance(normal(size), int) for size in result):
                raise self._mismatch(name, value)
            return Shape(normal(size) for size in result)
        result = array([normal(x) for x in result.flat]).reshape(result.shape)
        result.setflags(write=False)
        return result

    def _mismatch(self, name: str, value: Any) -> UsageError:
        shown = (
            reprlib.repr(value) if isinstance(value, (list, tuple)) and not isinstance(value, Shape) else plain(value)
        )
        return UsageError(
            f"{name} = {shown} does not fit: {name} ({self.meaning.en}) must be: {self.describe()}.",
            f"{name} = {shown} 不合要求：{name}（{self.meaning.zh}）应为 {self.describe()}。",
        )


def integer(
    symbol: str, en: str, zh: str, *, default: int | None = None, least: int | None = None, most: int | None = None
) -> Given:
    """A whole number."""
    return Given(symbol=symbol, kind="integer", meaning=Text(en, zh), default=default, least=least, most=most)


def number(
    symbol: str,
    en: str,
    zh: str,
    *,
    default: Number | None = None,
    least: Number | None = None,
    most: Number | None = None,
) -> Given:
    """A real number, exact if it is given as a decimal or fraction."""
    return Given(symbol=symbol, kind="number", meaning=Text(en, zh), default=default, least=least, most=most)


def vector(
    symbol: str,
    en: str,
    zh: str,
    *,
    axes: tuple[str] | tuple[()] = (),
    default: Any = None,
    row: bool = False,
    least: Number | None = None,
) -> Given:
    """Numbers along one axis, shown as a column unless `row` is set."""
    return Given(symbol=symbol, kind="vector", meaning=Text(en, zh), axes=axes, default=default, row=row, least=least)


def matrix(symbol: str, en: str, zh: str, *, axes: tuple[str, str] | tuple[()] = (), default: Any = None) -> Given:
    """Numbers in rows and columns."""
    return Given(symbol=symbol, kind="matrix", meaning=Text(en, zh), axes=axes, default=default)


def tensor(symbol: str, en: str, zh: str, *, axes: tuple[str, ...] = (), default: Any = None) -> Given:
    """Numbers along any number of axes."""
    return Given(symbol=symbol, kind="tensor", meaning=Text(en, zh), axes=axes, default=default)


def shape(symbol: str, en: str, zh: str, *, default: Any = None) -> Given:
    """The sizes of an array's axes."""
    return Given(symbol=symbol, kind="shape", meaning=Text(en, zh), default=default)


def word(symbol: str, en: str, zh: str, *, words: tuple[str, ...], default: str | None = None) -> Given:
    """One word of a short list, such as floor or ceil."""
    return Given(symbol=symbol, kind="word", meaning=Text(en, zh), words=words, default=default)


def name(symbol: str, en: str, zh: str, *, default: str | None = None) -> Given:
    """What something is called, such as a network or one of its layers."""
    return Given(symbol=symbol, kind="name", meaning=Text(en, zh), default=default)


def truth(symbol: str, en: str, zh: str, *, default: bool | None = None) -> Given:
    """True or false: with a bias or without."""
    return Given(symbol=symbol, kind="truth", meaning=Text(en, zh), default=default)


def complete(declared: Mapping[str, Given], values: Mapping[str, Any]) -> dict[str, Value]:
    """The values checked, in the declared order, with defaults filled in; one number for a vector fills it, if its length is known.

    Raises UsageError for a missing value, a value of the wrong kind, or sizes that contradict each other.
    """
    read: dict[str, Value] = {}
    sizes: dict[str, tuple[int, str]] = {}
    for name, given in declared.items():
        if name not in values or _fills(given, values[name]):
            continue
        read[name] = given.read(name, values[name])
        if is_array(read[name]) and given.axes:
            _bind(name, given, read[name].shape, sizes)
    for name, given in declared.items():
        if name in values and name not in read:
            read[name] = given.read(name, _filled(given, values[name], sizes) if _known(given, sizes) else values[name])
        elif name not in read:
            read[name] = _default(name, given, sizes)
    return {name: read[name] for name in declared}


def _bind(name: str, given: Given, lengths: tuple[int, ...], sizes: dict[str, tuple[int, str]]) -> None:
    for axis, length in zip(given.axes, lengths, strict=True):
        known, owner = sizes.setdefault(axis, (length, name))
        if known != length:
            raise UsageError(
                f"The sizes do not fit: the axis {axis!r} has {length} entries in {name} but {known} in {owner}.",
                f"大小不一致：维 {axis!r} 在 {name} 中为 {length}，在 {owner} 中为 {known}。",
            )


def _default(name: str, given: Given, sizes: Mapping[str, tuple[int, str]]) -> Value:
    if given.default is None:
        raise UsageError(
            f"{name} is missing: {given.meaning.en} ({given.describe()}).",
            f"缺少 {name}：{given.meaning.zh}（{given.describe()}）。",
        )
    if isinstance(given.default, (int, Fraction)) and _known(given, sizes):
        return _filled(given, given.default, sizes)
    return given.read(name, given.default)


def _fills(given: Given, value: Any) -> bool:
    """Whether one number stands for a whole vector, as `stride=2` does in PyTorch."""
    return given.kind == "vector" and bool(given.axes) and is_number(value)


def _known(given: Given, sizes: Mapping[str, tuple[int, str]]) -> bool:
    return bool(given.axes) and all(axis in sizes for axis in given.axes)


def _filled(given: Given, number: Number, sizes: Mapping[str, tuple[int, str]]) -> np.ndarray:
    return array(np.full([sizes[axis][0] for axis in given.axes], number, dtype=object))
