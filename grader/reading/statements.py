"""Reading equations, inequalities, conditions, sets and lists, where the key is one, besides formulas."""

from __future__ import annotations

import re
from collections.abc import Collection

from grader.reading.mistakes import NotIndexable
from grader.reading.solutions import read_solutions
from solvers.expression import ExpressionError, Node, parse, to_plain
from solvers.expression.nodes import Array, Comparison, Constant, Index, Logic, Name, Not, Number, children, rebuilt

STATEMENTS = "="
"""Among the names that a response may use: it may be an equation, a condition, a set or a list as well as a formula."""

_SPELLINGS = (
    (re.compile(r"\+/-"), "±"),
    (re.compile(r"(?:(?<=[=,({])|(?<=[=,({] )|^\s*)\+-"), "±"),
    (re.compile(r"(?<!\\)\bin\b(?=\s*[\[({])"), "∈"),
    (re.compile(r"=>|⇒"), ">="),
    (re.compile(r"=<"), "<="),
    (re.compile(r"#"), "≠"),
    (re.compile(r"或者?"), "∨"),
    (re.compile(r"[并而]?且"), "∧"),
    (re.compile(r"(?<=[0-9)}])\s*和(?=\s*[-+0-9({\\√])"), ","),
    (re.compile(r"\\(?:left|right)?\\([{}])"), r" \1"),
)


def read_statement(text: str, names: Collection[str]) -> Node:
    """What a text says. Raises ReadingError, or ExpressionError with an offset in `text`."""
    for pattern, sign in _SPELLINGS:
        text = pattern.sub(lambda match, sign=sign: match.expand(sign).ljust(len(match[0])), text)  # type: ignore[misc]
    if "\\mathbb" in text or "ℝ" in text:
        found = read_solutions(text, names)
        if found is not None:
            return found
    try:
        node = parse(text, names)
    except ExpressionError:
        found = read_solutions(text, names)
        if found is None:
            raise
        return with_indexed_names(found)
    if not _is_complete(node):
        node = read_solutions(text, names) or node
    return with_indexed_names(node) if "[" in text or "brack" in text else node


def each_once(node: Node) -> Node:
    """A set without what stands in it a second time; one element is what it is."""
    if not isinstance(node, Array) or node.bracket != "{":
        return node
    items = tuple({to_plain(item): item for item in reversed(node.items)}.values())[::-1]
    if len(items) == len(node.items):
        return node
    return items[0] if len(items) == 1 else Array(node.offset, items, node.bracket)


def _is_complete(node: Node) -> bool:
    """Whether a condition joins nothing but conditions and names, and a list without brackets lists formulas: `x = 1 or 2` is no condition."""
    match node:
        case Logic(operands=operands):
            return all(isinstance(each, (Name, Constant)) or (_is_complete(each) and _says(each)) for each in operands)
        case Not(operand=operand):
            return _is_complete(operand)
        case Array(bracket=bracket, items=items):
            if not bracket:
                return not any(map(_says, items))
            return not (bracket in ("(", "[") and len(items) == 2 and any(map(_has_infinity, items)))
        case Comparison(rest=rest):
            return all(sign not in ("in", "not in") for sign, _ in rest)
        case _:
            return True


def _says(node: Node) -> bool:
    return isinstance(node, (Comparison, Logic, Not))


def _has_infinity(node: Node) -> bool:
    return (isinstance(node, Constant) and node.name == "infinity") or any(map(_has_infinity, children(node)))


def with_indexed_names(node: Node) -> Node:
    """The expression with `x[1]` for the name `x_1`: where nothing is declared, there is no array to take an element of."""
    if not _is_indexed(node):
        return node
    if isinstance(node, Index):
        if not isinstance(node.target, Name):
            raise NotIndexable(node.offset)
        inner = ",".join(map(_subscript, node.indices))
        return Name(node.offset, f"{node.target.name}_{inner if inner.isalnum() else f'{{{inner}}}'}")
    return rebuilt(node, with_indexed_names)


def _subscript(node: Node) -> str:
    return node.name if isinstance(node, Name) else node.text if isinstance(node, Number) else to_plain(node)


def _is_indexed(node: Node) -> bool:
    return isinstance(node, Index) or any(map(_is_indexed, children(node)))
