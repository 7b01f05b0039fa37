"""What reading a response gives: what was understood, that nothing was answered, or why it can't be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from solvers.expression.nodes import Negative, Node, Number, Percent, Power, Product
from solvers.expression.vocabulary import MAGNITUDES
from solvers.text import GradmarkError, Text
from solvers.values import Value

Form = Literal["integer", "decimal", "fraction", "mixed", "percent", "scientific", "expression"]


@dataclass(frozen=True, slots=True)
class Written:
    """How a number was written, so that its precision and its form can be judged.

    `decimals` is the place of the last digit typed after the point (negative in front of it: `25.6M` has -5), `significant` the
    digits typed without leading zeros; both are None for fractions and worked-out expressions. `parts` are a fraction's
    numerator and denominator as typed.
    """

    form: Form
    decimals: int | None = None
    significant: int | None = None
    parts: tuple[int, int] | None = None


class Reading(NamedTuple):
    """What was understood of a response.

    `value` is exact wherever an exact number was typed: a number, an array, a Shape, the Node of an expression or a cost, a
    label, a frozenset of labels, a tuple of labels (order), a tuple of pairs (matching), a truth value, or a name. `echo`
    says it in plain text. `written` is a Written for a number and nested tuples of them for an array, else None. `notes` tell
    the student whatever was decided on the way; `unit` is the unit that was passed over. `exact` is the same number as it was
    written before it was rounded, in `1/3 ≈ 0.33`.
    """

    text: str
    type: str
    value: Value
    echo: str
    written: Any = None
    notes: tuple[Text, ...] = ()
    unit: str | None = None
    exact: Reading | None = None


def each_written(written: Any) -> Iterator[Written | None]:
    """How each number of a response is written, in reading order; None where nothing is known of it."""
    if isinstance(written, tuple):
        for item in written:
            yield from each_written(item)
    else:
        yield written


@dataclass(frozen=True, slots=True)
class Blank:
    """No answer: nothing was typed, or only that there is none."""

    text: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A response that can't be read: why, where in the typed text (`offset`), and what was expected instead."""

    text: str
    offset: int
    code: str
    message: Text
    expected: Text


class ReadingError(GradmarkError):
    """A response that is no value of its type, at an offset of the typed text."""

    def __init__(self, offset: int, code: str, en: str, zh: str) -> None:
        super().__init__(en, zh)
        self.offset = offset
        self.code = code


_FIGURES = re.compile(r"[0-9]+")
_DIGITS = re.compile(r"([0-9_]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?(.*)", re.DOTALL)


def written_as(node: Node) -> Written:
    """How a number that was typed in the grammar of expressions is written."""
    match node:
        case Negative(operand=operand):
            inner = written_as(operand)
            return Written(inner.form, parts=(-inner.parts[0], inner.parts[1])) if inner.parts is not None else inner
        case Number(form="fraction", value=value):
            return Written("fraction", parts=(value.numerator, value.denominator))
        case Number(form="mixed", text=text):
            figures = _FIGURES.findall(text)
            return Written("mixed", parts=(int(figures[-2]), int(figures[-1])) if len(figures) > 2 else None)
        case Number(form=form, text=text):
            return written_digits(text, form)
        case Percent(operand=Number() as number):
            inner = written_as(number)
            if inner.decimals is not None:
                return Written("percent", inner.decimals + 2, inner.significant)
        case Power(base=Number(value=10), exponent=Negative() as exponent) if (power := _whole(exponent)) is not None:
            return Written("scientific", -power, 1)
        case Product(factors=((_, top), ("/", bottom))):
            numerator, denominator = _whole(top), _whole(bottom)
            if numerator is not None and denominator is not None:
                return Written("fraction", parts=(numerator, denominator))
        case Product(factors=((_, mantissa), ("*", Power(base=Number(value=10), exponent=exponent)))):
            power, inner = _whole(exponent), written_as(mantissa)
            if power is not None and inner.decimals is not None:
                return Written("scientific", inner.decimals - power, inner.significant)
    return Written("expression")


def _whole(node: Node) -> int | None:
    """The whole number that was typed in figures, with its sign, or None."""
    if isinstance(node, Negative):
        inner = _whole(node.operand)
        return None if inner is None else -inner
    return int(node.value) if isinstance(node, Number) and node.form == "integer" else None


def written_digits(text: str, form: Form) -> Written:
    """How a plain number is written: `0.50`, `1_234`, `3e-2`, `2.5M`."""
    match = _DIGITS.fullmatch(text)
    assert match is not None, text  # the grammar has read it
    whole, decimals, power, magnitude = match.groups()
    shift = int(power or 0) + MAGNITUDES.get(magnitude, 0)
    digits = (whole + (decimals or "")).replace("_", "")
    return plainly(form, len(decimals or "") - shift, len(digits.lstrip("0")) or 1)


@lru_cache(maxsize=4096)
def plainly(form: Form, decimals: int, significant: int) -> Written:
    """How a plain number is written; most numbers of a class are written in one of a few ways."""
    return Written(form, decimals, significant)
