"""Equals signs in an answer that is one value: working in front of it, `5*11 = 55`, its name behind it, `55 = x`, its decimals, `1/3 ≈ 0.33`."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from fractions import Fraction
from typing import Final, NamedTuple

from grader.reading.result import Written
from grader.reading.surroundings import EQUALS, Surrounded
from solvers.expression.tokens import GREEK
from solvers.expression.vocabulary import CONSTANTS, function_named
from solvers.text import Text
from solvers.values import Value, as_float

_SEVERAL = re.compile(r"\b(?:or|and)\b|[或和、;]|,\s*[A-Za-z]")  # answers beside each other are no working
_BRACKETED = re.compile(r"\([^()]*\)")
_SEPARATOR = re.compile(r"[,;\n]")
_ARRAY = re.compile(r"\s*(?:[\[({<⟨]|\\(?:begin|left|langle|\[|\{)|(?:torch\.)?tensor\(|(?:np\.)?array\()")
_GREEK = "|".join(sorted(set(GREEK.values()), key=len, reverse=True))
_SYMBOL = re.compile(
    rf"\\?(?P<name>(?:{_GREEK})|[A-Za-z{''.join(GREEK)}])(?:_?[0-9A-Za-z]|_\{{[^{{}}]{{1,20}}\}}|[₀-₉])?'{{0,2}}(?:\([A-Za-z]\))?"
)
_HALF = Fraction(1, 2) + Fraction(1, 10**9)  # of a unit in the last place, and what a float may have lost


ONLY_LAST: Final = Text("Only what stands after the last equals sign was read.", "只读取了最后一个等号之后的内容。")


class Equation(NamedTuple):
    """The last equals sign that has a value on both sides: where the value before it starts and ends, and the sign itself."""

    start: int
    end: int
    sign: str


def strip_name(found: Surrounded, names: Collection[str] = ()) -> None:
    """Passes over the name of the answer after it, `5 = x`; a symbol, and none that is declared."""
    signs = list(EQUALS.finditer(found.text))
    if not signs or not found.text[: signs[-1].start()].strip():
        return
    shown = found.text[signs[-1].end() :].strip()
    symbol = _SYMBOL.fullmatch(shown)
    if symbol is None or shown in names or symbol["name"] in CONSTANTS or function_named(symbol["name"]) == shown:
        return
    found.blank(signs[-1].start(), len(found.text))
    found.note(f"“= {shown}” after the answer was passed over.", f"答案之后的“= {shown}”已略去。")


def strip_working(found: Surrounded) -> Equation | None:
    """Passes over working in front of the last equals sign; gives what stood right before it, if anything did."""
    text = found.text
    signs = [match for match in EQUALS.finditer(text) if text[match.end() :].strip()]
    if "{" in text:
        signs = [match for match in signs if _is_outside(text, match.start())]
    if not signs or _SEVERAL.search(_BRACKETED.sub("", text[: signs[-1].start()])) is not None:
        return None
    last = signs[-1]
    found.blank(0, last.end())
    start = signs[-2].end() if len(signs) > 1 else 0
    return Equation(start, last.start(), last[0])


def strip_array_working(found: Surrounded) -> Equation | None:
    """The same for arrays: `softmax([0, ln 2]) = [1/3, 2/3]`. What stands behind the sign has to be one array in brackets."""
    outer = _outer(found.text)
    signs = list(EQUALS.finditer(outer))
    if not signs or _ARRAY.match(found.text, signs[-1].end()) is None:
        return None
    last = signs[-1]
    if _SEPARATOR.search(outer, 0, last.start()) is not None:
        return None
    found.blank(0, last.end())
    return Equation(signs[-2].end() if len(signs) > 1 else 0, last.start(), last[0])


def _outer(text: str) -> str:
    """The text with letters in place of what stands in brackets."""
    depth, shown = 0, []
    for character in text:
        depth -= character in ")]}"
        shown.append(character if depth == 0 else "x")
        depth += character in "([{"
    return "".join(shown)


def _is_outside(text: str, place: int) -> bool:
    """Whether a place is in no braces."""
    return text.count("{", 0, place) == text.count("}", 0, place)


def is_rounding(sign: str, value: Value, rounded: Value, written: Written) -> bool:
    """Whether a number is another one rounded or cut off at its last digit; after an equals sign only one with decimals."""
    if written.decimals is None or value == rounded or (sign == "=" and written.decimals <= 0):
        return False
    if not (math.isfinite(as_float(value)) and math.isfinite(as_float(rounded))):
        return False
    exact, other = Fraction(value), Fraction(rounded)
    lost = (abs(exact) - abs(other)) * Fraction(10) ** written.decimals
    return exact * other >= 0 and -_HALF <= lost < 1
