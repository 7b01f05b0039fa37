"""What was understood, written back as plain text with no bracket that isn't needed."""

from __future__ import annotations

import re

from solvers.expression.nodes import (
    JUXTAPOSED,
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


def to_plain(node: Node) -> str:  # noqa: C901, PLR0912 - one case for each kind of node
    """The expression in the notation that `parse` reads, e.g. `4*h*(d + h + 1)`; parsing it gives the same value."""
    match node:
        case Number(value=value, text=text, form=form):
            digits = text.replace("_", "")
            return digits if form in ("integer", "decimal", "scientific") and _PLAIN.fullmatch(digits) else str(value)
        case Name(name=name) | Constant(name=name):
            return name
        case Word(text=text):
            return f'"{text}"'
        case Negative(operand=Number() as number):
            return "-" + to_plain(number)
        case Negative(operand=operand):
            return "-" + _within(operand, _SIGN)
        case Sum(terms=terms):
            rest = "".join(f" {sign} {_within(term, _PRODUCT)}" for sign, term in terms[1:])
            return _within(terms[0][1], _SUM) + rest
        case Product(factors=factors):
            rest = "".join(f"{_SIGNS.get(sign, sign)}{_within(factor, _SIGN)}" for sign, factor in factors[1:])
            return _within(factors[0][1], _PRODUCT) + rest
        case Power(base=base, exponent=exponent):
            return f"{_within(base, _OPERAND)}^{_within(exponent, _SIGN)}"
        case Percent(operand=operand):
            return f"{_within(operand, _OPERAND)}%"
        case Transpose(operand=operand):
            return f"{_within(operand, _OPERAND)}^T"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(to_plain, arguments))})"
        case Array(items=(Array(items=cells),), bracket="matrix"):
            return f"[{', '.join(map(to_plain, cells))}]^T"
        case Array(items=rows, bracket="matrix") if all(len(children(row)) == 1 for row in rows):
            return f"[{', '.join(to_plain(children(row)[0]) for row in rows)}]"
        case Array(items=items):
            return f"[{', '.join(map(to_plain, items))}]"
        case Index(target=target, indices=indices):
            return f"{to_plain(target)}[{', '.join(map(to_plain, indices))}]"
        case Comparison(first=first, rest=pairs):
            return _within(first, _SUM) + "".join(f" {sign} {_within(operand, _SUM)}" for sign, operand in pairs)
        case Not(operand=operand):
            return f"not {_within(operand, _COMPARISON)}"
        case Logic(word=word, operands=operands):
            return f" {word} ".join(_within(operand, _NOT) for operand in operands)


_PLAIN = re.compile(r"[0-9.]+(?:[eE][+-]?[0-9]+)?")
_SIGNS = {JUXTAPOSED: "*", "%": " % ", "@": " @ ", "⊙": " ⊙ ", "outer": " ⊗ "}


def _within(node: Node, level: int) -> str:
    """The node, in brackets if it binds looser than `level`."""
    text = to_plain(node)
    own = _LEVELS.get(type(node), _OPERAND)
    number = node.operand if isinstance(node, Negative) else node
    if isinstance(number, Number) and "/" in text:
        own = _PRODUCT
    return text if own >= level else f"({text})"
