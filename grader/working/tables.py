"""Working in a table: each row names a quantity and gives its value, or each column does and the row says which of them."""

from __future__ import annotations

import itertools
import re

from grader.working.statements import EQUALS, Link, Statement, link

_RULE = re.compile(r"[\s|:+-]*")
_VALUE = re.compile(r"\s*[-+]?[(\[]?\s*[-+]?[.0-9].*", re.DOTALL)
_IS_VALUE = frozenset(("value", "values", "result", "results", "answer", "=", "值", "数值", "结果", "取值"))
_LEAST = 2  # cells of a row


class Table:
    """The rows of a table as they come; whatever is no row ends it."""

    def __init__(self) -> None:
        self._heads: list[str] | None = None

    def row(self, plain: str, start: int, end: int) -> list[Statement] | None:
        """What a row states; None where the line is none. A head is words."""
        line = plain[start:end].strip()
        if not line.startswith("|") or not line.endswith("|") or line.startswith("||") or EQUALS.search(line):
            self._heads = None
            return None
        cells = _cells(plain, start, end)
        if len(cells) < _LEAST:
            return None
        if _RULE.fullmatch(line):
            return []
        if not any(_VALUE.fullmatch(cell.text) for cell in cells[1:]):
            self._heads = [cell.text for cell in cells]
            return [Statement(start, end, Link(line, start), ())]
        first, *values = cells
        named = ((self._name(place, first.text), cell) for place, cell in enumerate(values, 1))
        return [
            Statement(start, end, Link(name, first.offset), (cell,))
            for name, cell in named
            if _VALUE.fullmatch(cell.text)
        ]

    def _name(self, column: int, row: str) -> str:
        head = self._heads[column] if self._heads is not None and column < len(self._heads) else ""
        if not head or head.casefold() in _IS_VALUE:
            return row
        return f"{head}_{row}" if row.isdigit() else f"{row}: {head}"


def _cells(plain: str, start: int, end: int) -> list[Link]:
    """What stands between the bars of a row."""
    bars = [at for at in range(start, end) if plain[at] == "|"]
    return [link(plain, before + 1, after) for before, after in itertools.pairwise(bars)]
