"""The rows and cells of an array as people lay them out: with brackets, commas, semicolons, spaces, tabs, or line by line.

- Within brackets of its own, or on a line of its own, stands a row. `;` separates rows, or the numbers of a vector.
- Cells are separated by commas, or else by spaces or tabs. A space beside an operator separates nothing: `1 / 2`, `1 - 2`;
  but `1 -2` are two cells.
- A comma right between two digits is a decimal sign where spaces or `;` separate the cells: `0,5; 1,5` for a vector, `0,5 1,5`.
- Inside brackets a line's end means nothing for a vector, nor for the rows of a matrix that have brackets of their own (long ones are
  printed so), and a new row for a matrix otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.reading.mistakes import MissingNumber
from solvers.expression.errors import TooDeep, TooLarge, UnclosedBracket, UnopenedBracket

MOST_CELLS = 1_000  # rows, or cells of one row
DEEPEST = 16  # brackets within each other, the array's and those of formulas in its cells
_PARTNERS = {")": "(", "]": "[", "}": "{"}
_BRACKET = re.compile(r"[()\[\]{}]")
_SPACE = re.compile(
    r"(?<=[^\s*/^+\-(,])[^\S\n]+(?=[^\s*/^)+\-,])|(?<=[^\s*/^+\-(,])[^\S\n]+(?=[+\-]\S)|(?<=[\])])(?=[\[(])"
)
_DECIMAL_COMMA = re.compile(r"\s*[+-]?[0-9]+,[0-9]+\s*")


@dataclass(frozen=True, slots=True)
class Cell:
    """Characters of the response that are one number."""

    start: int
    end: int
    decimal_comma: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, or rows within a row."""

    start: int
    items: tuple[Cell | Row, ...]


def lay_out(text: str, *, flat: bool) -> Cell | Row:
    """The rows and cells of a text; `flat` if a vector is expected.

    Raises ReadingError or a bracket's ExpressionError.
    """
    return _Layout(text, flat).region(0, len(text), inside=False)


class _Layout:
    def __init__(self, text: str, flat: bool) -> None:
        self.text = text
        self.flat = flat
        self.partner = _partners(text)
        self.depth = 0

    def region(self, start: int, end: int, *, inside: bool) -> Cell | Row:
        """What stands between two places, `inside` a pair of brackets or not."""
        start, end = self.trimmed(start, end)
        if start == end:
            raise MissingNumber(start)
        outer = self.mask(start, end)
        for separator, rows in ((";", True), ("\n", self.breaks_rows(outer, inside))):
            if rows and separator in outer.strip(separator):
                return self.rows(start, end, outer, separator)
        return self.row(start, end, outer, inside=inside)

    def breaks_rows(self, outer: str, inside: bool) -> bool:
        """Whether a line's end starts a new row."""
        lines = [line for line in outer.split("\n") if line.strip()]
        if (self.flat or inside) and any(line.rstrip().endswith(",") for line in lines[:-1]):
            return False
        return not inside or (self.depth < 2 and not self.flat and not any(character in outer for character in "[({"))

    def rows(self, start: int, end: int, outer: str, separator: str) -> Row:
        pieces = [piece for piece in self.split(start, end, outer, separator) if self.text[slice(*piece)].strip()]
        if not pieces:
            raise MissingNumber(start)
        texts = [self.text[a:b] for a, b in pieces]
        if (
            self.flat
            and any(map(_DECIMAL_COMMA.fullmatch, texts))
            and not any("," in t and not _DECIMAL_COMMA.fullmatch(t) for t in texts)
        ):
            return Row(start, tuple(Cell(*self.trimmed(a, b), "," in self.text[a:b]) for a, b in pieces))
        rows = [self.row(*self.trimmed(a, b - self.trailing_comma(a, b)), None, inside=False) for a, b in pieces]
        if not self.flat or any(isinstance(row, Row) for row in rows):
            rows = [Row(row.start, (row,)) if isinstance(row, Cell) else row for row in rows]
        return Row(start, tuple(rows))

    def trailing_comma(self, start: int, end: int) -> int:
        """How many characters a comma at the end of a row takes, with the space after it."""
        piece = self.text[start:end].rstrip()
        return end - start - len(piece) + 1 if piece.endswith(",") and piece.strip(", ") else 0

    def row(self, start: int, end: int, outer: str | None, *, inside: bool) -> Cell | Row:
        outer = self.mask(start, end) if outer is None else outer
        pieces = self.cells(start, end, outer)
        decimal = isinstance(pieces, _Decimal)
        items = tuple(self.item(a, b, decimal and "," in self.text[a:b]) for a, b in pieces)
        if len(items) == 1 and not inside and "," not in outer.rstrip()[-1:]:
            return items[0]
        return Row(start, items)

    def cells(self, start: int, end: int, outer: str) -> list[tuple[int, int]]:
        """Where each cell of a row starts and ends."""
        spaced = [match.span() for match in _SPACE.finditer(outer.replace("\n", " "))]
        if "," in outer:
            if spaced and all(_is_between_digits(outer, match.start()) for match in re.finditer(",", outer)):
                return _Decimal(self.between(start, end, spaced))
            pieces = self.split(start, end, outer, ",")
            if not self.text[slice(*pieces[-1])].strip():
                pieces.pop()
            return pieces
        return self.between(start, end, spaced)

    def item(self, start: int, end: int, decimal: bool) -> Cell | Row:
        start, end = self.trimmed(start, end)
        if start == end:
            raise MissingNumber(start)
        if self.partner.get(start) == end - 1 and self.is_list(start, end):
            self.depth += 1
            if self.depth > DEEPEST:
                raise TooDeep(start, DEEPEST)
            inner = self.region(start + 1, end - 1, inside=True)
            self.depth -= 1
            return Row(start, inner.items) if isinstance(inner, Row) else inner
        return Cell(start, end, decimal)

    def is_list(self, start: int, end: int) -> bool:
        """Whether brackets hold a list; round ones may be the brackets of a formula."""
        if self.text[start] == "[":
            return True
        outer = self.mask(start + 1, end - 1)
        return "," in outer or ";" in outer or _SPACE.search(outer.strip()) is not None

    def mask(self, start: int, end: int) -> str:
        """The text between two places, with whatever brackets hold replaced by letters."""
        parts, at = [], start
        for opened in self.opened(start, end):
            closed = self.partner[opened]
            parts.append(self.text[at : opened + 1])
            parts.append("x" * (closed - opened - 1))
            at = closed
        parts.append(self.text[at:end])
        return "".join(parts)

    def opened(self, start: int, end: int) -> Iterator[int]:
        at = start
        while at < end:
            match = _BRACKET.search(self.text, at, end)
            if match is None:
                return
            yield match.start()
            at = self.partner[match.start()] + 1

    def split(self, start: int, end: int, outer: str, separator: str) -> list[tuple[int, int]]:
        places = [(match.start(), match.end()) for match in re.finditer(separator, outer)]
        return self.between(start, end, places)

    def between(self, start: int, end: int, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
        if len(places) >= MOST_CELLS:
            raise TooLarge(start)
        edges = [start, *(start + edge for place in places for edge in place), end]
        return list(zip(edges[::2], edges[1::2], strict=True))

    def trimmed(self, start: int, end: int) -> tuple[int, int]:
        piece = self.text[start:end]
        return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()) if piece.strip() else end


class _Decimal(list[tuple[int, int]]):
    """Cells in which a comma is a decimal sign."""


def _is_between_digits(text: str, at: int) -> bool:
    return text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit()


def _partners(text: str) -> dict[int, int]:
    """Where each opening bracket is closed. Raises UnclosedBracket, UnopenedBracket or TooDeep."""
    partner: dict[int, int] = {}
    open_at: list[int] = []
    for match in _BRACKET.finditer(text):
        character, place = match[0], match.start()
        if character in "([{":
            open_at.append(place)
            if len(open_at) > DEEPEST:
                raise TooDeep(place, DEEPEST)
        elif not open_at:
            raise UnopenedBracket(place, character)
        elif text[open_at[-1]] != _PARTNERS[character]:
            raise UnclosedBracket(place, text[open_at[-1]], open_at[-1], character)
        else:
            partner[open_at.pop()] = place
    if open_at:
        raise UnclosedBracket(len(text.rstrip()), text[open_at[-1]], open_at[-1])
    return partner
