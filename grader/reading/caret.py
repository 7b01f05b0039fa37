"""Pointing at a character of what a student typed."""

from __future__ import annotations

import unicodedata

_BEFORE, _AFTER = 46, 30  # columns of a long line that are shown before the caret, and from it on
_JOINED = frozenset(
    range(0x1160, 0x1200)
)  # the later parts of a Korean syllable, which terminals draw in its first part


def caret(text: str, offset: int) -> str:
    """The line that holds the character at `offset`, and below it a line with `^` under that character.

    Full-width characters take two columns and accents none, as terminals show them; a long line is cut with `…`. Characters that
    can't be seen, or would turn the line round, are shown as `·`. At the end of a text that ends in empty lines, the caret
    stands after the last line that is not empty.
    """
    start = line_start(text, offset)
    line = text[start:].partition("\n")[0].rstrip("\r")
    at = min(offset - start, len(line.rstrip()) if text[:offset].rstrip() == text.rstrip() else len(line))
    before = _fitting(line[:at], _BEFORE, -1)
    return f"{before}{_fitting(line[at:], _AFTER, 1)}\n{' ' * columns(before)}^"


def line_start(text: str, offset: int) -> int:
    """Where the line begins that `caret` shows."""
    start = text.rfind("\n", 0, offset) + 1
    if text[start:].strip():
        return start
    return text.rfind("\n", 0, len(text[:offset].rstrip())) + 1


def visible(line: str) -> str:
    """A line as a terminal may show it: characters that can't be seen, or would turn it round, as `·`."""
    return "".join(map(_visible, line))


def columns(text: str) -> int:
    """How many columns of a terminal a line takes."""
    return sum(map(_width, text))


def _fitting(text: str, room: int, way: int) -> str:
    """The beginning of a text (`way` 1) or its end (-1), with what fits into `room` columns; `…` where it was cut."""
    shown = visible(text[: 4 * room] if way > 0 else text[-4 * room :])
    if len(text) <= 4 * room and columns(shown) <= room:
        return shown
    while columns(shown) > room - 1:
        shown = shown[:-1] if way > 0 else shown[1:]
    return f"{shown}…" if way > 0 else f"…{shown}"


def _visible(character: str) -> str:
    if character == "\t":
        return " "
    marks = unicodedata.category(character) in ("Mn", "Me") and not unicodedata.combining(character)
    return "·" if marks or ord(character) in _JOINED or not character.isprintable() else character


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
