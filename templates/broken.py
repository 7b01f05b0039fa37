"""Long formulas on several lines: what does not fit beside each other stands below each other, aligned at the equals signs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from solvers.latex import parse
from solvers.latex.tree import Accent, Fenced, Fraction, Node, Root, Row, Scripts, Space, Symbol, Table
from templates.mathml import formula

WIDEST = 42.0
"""Em that stand beside each other on a printed page, and on a screen of ordinary width."""

_EQUALS = frozenset("=≈")
_ROOM = {"relation": 1.4, "sum": 1.3, "product": 1.1, "comma": 0.5}
_BRACKET, _SCRIPT, _BETWEEN = 0.4, 0.7, 0.8  # a bracket, what a script is scaled by, the room between columns


@lru_cache(maxsize=1024)
def line(latex: str) -> str:
    """A line of a worked solution as a `math` element on lines of its own. Raises LatexError."""
    return formula(broken(parse(latex)), display=True)


def broken(node: Node) -> Node:
    """A chain of equations that is too wide as an alignment, each side below the one before; any other formula as it is."""
    if not isinstance(node, Row) or width(node) <= WIDEST or any(item.kind == "comma" for item in node.items):
        return node
    sides: list[list[Node]] = [[]]
    for item in node.items:
        if isinstance(item, Symbol) and item.text in _EQUALS:
            sides.append([])
        sides[-1].append(item)
    if len(sides) < 3:
        return node
    left, *right = (Row(tuple(side)) for side in sides)
    rows = [[left, right[0]], *([Row(()), side] for side in right[1:])]
    return Table("aligned", tuple(map(tuple, rows)))


def width(node: Node) -> float:
    """About how wide a formula is, in em."""
    match node:
        case Row(items):
            return sum(map(width, items))
        case Fraction(top, bottom):
            return max(width(top), width(bottom))
        case Root(body):
            return width(body) + _BETWEEN
        case Scripts(base, sub, sup):
            return width(base) + _SCRIPT * _widest(part for part in (sub, sup) if part is not None)
        case Fenced(body=body):
            return width(body) + 2 * _BRACKET
        case Accent(body=body):
            return width(body)
        case Table(rows=rows):
            columns = zip(*rows, strict=False)
            return sum(_widest(column) + _BETWEEN for column in columns) + 2 * _BRACKET
        case Space(em):
            return em
        case Symbol(text, kind):
            return _ROOM.get(kind, len(text) / 2)
        case _:
            return len(node.text) / 2


def _widest(nodes: Iterable[Node]) -> float:
    return max(map(width, nodes), default=0.0)
