"""Pointing at a character of what a student typed."""

from __future__ import annotations

import unicodedata

_BEFORE, _AFTER = 48, 28  # characters of a long line that are shown on either side of the caret


def caret(text: str, offset: int) -> str:
    """The line that holds the character at `offset`, and below it a line with `^` under that character.

    Full-width characters take two columns, as terminals show them; a long line is cut with `…`. Characters that can't be seen
    are shown as `·`.
    """
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    at = min(offset - start, len(line))
    if at > _BEFORE:
        line, at = "…" + line[at - _BEFORE + 1 :], _BEFORE
    if len(line) > at + _AFTER:
        line = line[: at + _AFTER - 1] + "…"
    shown = "".join(_visible(character) for character in line)
    return f"{shown}\n{' ' * sum(map(_width, shown[:at]))}^"


def _visible(character: str) -> str:
    if character == "\t":
        return " "
    return character if character.isprintable() and not unicodedata.combining(character) else "·"


def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
