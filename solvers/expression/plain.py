"""What was understood, written back as plain text with no bracket that isn't needed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from solvers.expression.nodes import (
    JUXTAPOSED,
    SERIES,
    Array,
    Call,
    Comparison,
    Constant,
    Index,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Percent,
    Power,
    Product,
    Sum,
    Transpose,
    Word,
    children,
)

_SUM, _PRODUCT, _SIGN, _POWER, _OPERAND = range(5)
_OR, _NOT, _COMPARISON = range(-3, 0)
_LEVELS: dict[type, int] = {
    Logic: _OR,
    Not: _NOT,
    Comparison: _COMPARISON,
    Sum: _SUM,
    Product: _PRODUCT,
    Negative: _SIGN,
    Power: _POWER,
}


_PLAIN = re.compile(r"[0-9.]+(?:[eE][+-]?[0-9]+)?")
_BRACKETS = {"{": "{}", "[)": "[)", "(]": "(]", "()": "()"}  # lists are in square ones, as they are read in any
_SIGNS = {JUXTAPOSED: "*", "%": " % ", "@": " @ ", "⊙": " ⊙ ", "outer": " ⊗ "}


def to_plain(node: Node) -> str:
    """The expression in the notation that `parse` reads, e.g. `4*h*(d + h + 1)`; parsing it gives the same value."""
    return _RULES[type(node)](node)


def _within(node: Node, level: int) -> str:
    """The node, in brackets if it binds looser than `level`."""
    text = to_plain(node)
    own = _LEVELS.get(type(node), _OPERAND)
    number = node.operand if isinstance(node, Negative) else node
    if isinstance(number, Number) and "/" in text:
        own = _PRODUCT
    return text if own >= level else f"({text})"


def _number(node: Number) -> str:
    digits = node.text.replace("_", "")
    if node.form in ("integer", "decimal", "scientific") and _PLAIN.fullmatch(digits):
        return digits
    return str(node.value)


def _negative(node: Negative) -> str:
    operand = node.operand
    return "-" + (to_plain(operand) if isinstance(operand, Number) else _within(operand, _SIGN))


def _sum(node: Sum) -> str:
    (_, first), *rest = node.terms
    return _within(first, _SUM) + "".join([f" {sign} {_within(term, _PRODUCT)}" for sign, term in rest])


def _product(node: Product) -> str:
    (_, first), *rest = node.factors
    return _within(first, _PRODUCT) + "".join([f"{_SIGNS.get(sign, sign)}{_within(x, _SIGN)}" for sign, x in rest])


def _listed(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(to_plain, nodes))


def _call(node: Call) -> str:
    if node.function in SERIES:
        body, index, low, high = map(to_plain, node.arguments)
        return f"({'∑' if node.function == 'series' else '∏'}_{{{index}={low}}}^{{{high}}} ({body}))"
    if node.function == "indicator":
        return f"1[{_listed(node.arguments)}]"
    return f"{node.function}({_listed(node.arguments)})"


def _array(node: Array) -> str:
    if node.bracket == "matrix":
        rows = [children(row) for row in node.items]
        if len(rows) == 1:
            return f"[{_listed(rows[0])}]^T"
        if len(rows[0]) == 1:
            return f"[{_listed(tuple(row[0] for row in rows))}]"
    around = _BRACKETS.get(node.bracket, "[]")
    return f"{around[0]}{_listed(node.items)}{around[1]}"


def _comparison(node: Comparison) -> str:
    rest = [f" {'=' if sign == '==' else sign} {_within(x, _SUM)}" for sign, x in node.rest]
    return _within(node.first, _SUM) + "".join(rest)


_RULES: dict[type, Callable[[Any], str]] = {
    Number: _number,
    Name: lambda node: node.name,
    Constant: lambda node: node.name,
    Word: lambda node: f'"{node.text}"',
    Negative: _negative,
    Sum: _sum,
    Product: _product,
    Power: lambda node: f"{_within(node.base, _OPERAND)}^{_within(node.exponent, _SIGN)}",
    Percent: lambda node: f"{_within(node.operand, _OPERAND)}%",
    Transpose: lambda node: f"{_within(node.operand, _OPERAND)}^T",
    Call: _call,
    Array: _array,
    Index: lambda node: f"{to_plain(node.target)}[{_listed(node.indices)}]",
    Comparison: _comparison,
    Not: lambda node: f"not {_within(node.operand, _COMPARISON)}",
    Logic: lambda node: f" {node.word} ".join([_within(x, _NOT) for x in node.operands]),
}
