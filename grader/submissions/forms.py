"""What a sheet says of its parts, so that responses can be read without the key: types, letters, options, digits.

A sheet carries it in comments, one for each question, between its other comments:

    # parts: 1 integer; 2a expression n k s; 2b choice A B C D; 2c real 4 decimals

Nothing of it tells more than the paper does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from questions.key import Target
from questions.question import Part, ResponseType

_TYPES = frozenset(get_args(ResponseType))
_LINE = re.compile(r"^[ \t]*(?:#|<!--)[ \t]*parts:[ \t]*(\S[^\n]{0,4000}?)[ \t]*(?:-->)?[ \t]*\r?$", re.MULTILINE)
_MOST_LINES = 500
_MOST_WORDS = 60
_LABEL = re.compile(r"[0-9]{1,3}[a-z]{0,2}")
_DIGITS = ("decimals", "significant")
_LABELLED = ("choice", "choices", "order", "matching")


@dataclass(frozen=True)
class Form:
    """What one part asks for: its type, the letters of a formula, the labels of the options, and the digits of a number."""

    type: ResponseType
    names: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    decimals: int | None = None
    significant: int | None = None

    @classmethod
    def of(cls, part: Part, target: Target) -> Form:
        """What a part of a paper asks for."""
        if part.type == "expression":
            return cls(part.type, names=tuple(part.variables))
        if part.type in _LABELLED:
            return cls(part.type, options=tuple(option.label for option in target.options))
        return cls(part.type, decimals=part.decimals, significant=part.significant)

    def __str__(self) -> str:
        digits = [f"{count} {word}" for word in _DIGITS if (count := getattr(self, word)) is not None]
        return " ".join([self.type, *self.names, *self.options, *digits])


def comment(forms: Mapping[str, Form]) -> str:
    """The words of one comment, `parts: 1 integer; 2a choice A B`."""
    return "parts: " + "; ".join(f"{label} {form}" for label, form in forms.items())


def forms_in(text: str) -> dict[str, Form]:
    """What the comments of a sheet say of its parts, by label; what was changed beyond recognition is passed over."""
    if "parts:" not in text:
        return {}
    found: dict[str, Form] = {}
    for number, match in enumerate(_LINE.finditer(text)):
        if number == _MOST_LINES:
            break
        for entry in match[1].split(";"):
            label, *words = entry.split()[:_MOST_WORDS] or [""]
            if _LABEL.fullmatch(label) and words and words[0] in _TYPES:
                found[label] = _form(cast(ResponseType, words[0]), words[1:])
    return found


def _form(kind: ResponseType, words: list[str]) -> Form:
    if kind in _LABELLED:
        return Form(kind, options=tuple(words))
    if kind == "expression":
        return Form(kind, names=tuple(words))
    return Form(kind, decimals=_count(words, "decimals"), significant=_count(words, "significant"))


def _count(words: list[str], unit: str) -> int | None:
    """The number before a word, if the two are all there is."""
    return int(words[0]) if len(words) == 2 and words[1] == unit and re.fullmatch("[0-9]{1,2}", words[0]) else None
