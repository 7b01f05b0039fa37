"""The parts of an expression. Each knows where it begins in the text that was typed; two that differ only there are equal.

Chains of sums and products are flat, so that a tree is never deeper than the brackets in the text are. Nothing changes a node once it is
built; that they are not frozen is because freezing makes building one cost three times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

Form = Literal["integer", "decimal", "fraction", "mixed", "scientific"]
"""How a number was written: `55`, `0.5`, `½`, `1 1/2`, `3e-2` or `2.5M`."""

JUXTAPOSED = ""
"""The operator of a product written without one: `2x`, `n d`, `4h(d+1)`."""


@dataclass(slots=True, unsafe_hash=True)
class Number:
    """A number as typed: its exact value, its characters in plain form (with `_` between groups, and the magnitude's word) and its form."""

    offset: int = field(compare=False)
    value: int | Fraction
    text: str = field(compare=False)
    form: Form = field(compare=False)


@dataclass(slots=True, unsafe_hash=True)
class Name:
    """A variable, in the spelling in which it was declared."""

    offset: int = field(compare=False)
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Constant:
    """`e`, `pi`, `infinity`, `true` or `false`."""

    offset: int = field(compare=False)
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Word:
    """Quoted text, which only conditions compare."""

    offset: int = field(compare=False)
    text: str


@dataclass(slots=True, unsafe_hash=True)
class Negative:
    """The operand with its sign changed."""

    offset: int = field(compare=False)
    operand: Node


@dataclass(slots=True, unsafe_hash=True)
class Sum:
    """Terms with the sign (`+` or `-`) before each; the first sign is `+`."""

    offset: int = field(compare=False)
    terms: tuple[tuple[str, Node], ...]


@dataclass(slots=True, unsafe_hash=True)
class Product:
    """Factors with the operator before each, worked out from left to right; the first operator is `*`.

    Operators: `*`, `/`, `//`, `%` (remainder), `@` (matrix product), `⊙` (element by element), and JUXTAPOSED.
    """

    offset: int = field(compare=False)
    factors: tuple[tuple[str, Node], ...]


@dataclass(slots=True, unsafe_hash=True)
class Power:
    """Base to the power of the exponent."""

    offset: int = field(compare=False)
    base: Node
    exponent: Node


@dataclass(slots=True, unsafe_hash=True)
class Percent:
    """A hundredth of the operand."""

    offset: int = field(compare=False)
    operand: Node


@dataclass(slots=True, unsafe_hash=True)
class Transpose:
    """The operand with its last two axes exchanged; a vector lies down."""

    offset: int = field(compare=False)
    operand: Node


@dataclass(slots=True, unsafe_hash=True)
class Call:
    """A function of the vocabulary, by its one plain name, and its arguments."""

    offset: int = field(compare=False)
    function: str
    arguments: tuple[Node, ...]


@dataclass(slots=True, unsafe_hash=True)
class Array:
    """Items in brackets `[`, `(` or `{`, or the rows of a LaTeX `matrix` (each an Array of its own)."""

    offset: int = field(compare=False)
    items: tuple[Node, ...]
    bracket: str = field(compare=False)


@dataclass(slots=True, unsafe_hash=True)
class Index:
    """An element, or a part, of an array; indices count from 0."""

    offset: int = field(compare=False)
    target: Node
    indices: tuple[Node, ...]


@dataclass(slots=True, unsafe_hash=True)
class Comparison:
    """A chain such as `0 <= p < k`: the operators are `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` and `not in`."""

    offset: int = field(compare=False)
    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(slots=True, unsafe_hash=True)
class Not:
    """The opposite of a condition."""

    offset: int = field(compare=False)
    operand: Node


@dataclass(slots=True, unsafe_hash=True)
class Logic:
    """Conditions joined by `and` or by `or`."""

    offset: int = field(compare=False)
    word: Literal["and", "or"]
    operands: tuple[Node, ...]


Node = (
    Number
    | Name
    | Constant
    | Word
    | Negative
    | Sum
    | Product
    | Power
    | Percent
    | Transpose
    | Call
    | Array
    | Index
    | Comparison
    | Not
    | Logic
)


_CHILDREN: Final[dict[type, Callable[[Any], tuple[Node, ...]]]] = {
    Sum: lambda node: tuple([child for _, child in node.terms]),
    Product: lambda node: tuple([child for _, child in node.factors]),
    Power: lambda node: (node.base, node.exponent),
    Negative: lambda node: (node.operand,),
    Percent: lambda node: (node.operand,),
    Transpose: lambda node: (node.operand,),
    Not: lambda node: (node.operand,),
    Call: lambda node: node.arguments,
    Array: lambda node: node.items,
    Logic: lambda node: node.operands,
    Comparison: lambda node: (node.first, *(child for _, child in node.rest)),
    Index: lambda node: (node.target, *node.indices),
}


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node, in reading order."""
    below = _CHILDREN.get(type(node))
    return below(node) if below is not None else ()


SERIES: Final = frozenset(("series", "product"))
"""Calls of four arguments: what is summed or multiplied, its index, and the index's first and last value."""


def names_in(node: Node) -> frozenset[str]:
    """The variables that an expression needs a value for."""
    if isinstance(node, Name):
        return frozenset((node.name,))
    found: set[str] = set()
    _gather(node, found)
    return frozenset(found)


def _gather(node: Node, found: set[str]) -> None:
    """Adds the variables of a node that is no name."""
    if isinstance(node, Sum):
        below: Iterable[Node] = [child for _, child in node.terms]
    elif isinstance(node, Product):
        below = [child for _, child in node.factors]
    elif isinstance(node, Call) and node.function in SERIES:
        body, index, *below = node.arguments
        found |= names_in(body) - names_in(index)
    else:
        below = children(node)
    for child in below:
        kind = type(child)
        if kind is Name:
            found.add(child.name)  # type: ignore[union-attr]
        elif kind is not Number:
            _gather(child, found)


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with a change made to each of the nodes directly below it."""
    match node:
        case Sum(offset=offset, terms=pairs):
            return Sum(offset, tuple((sign, change(child)) for sign, child in pairs))
        case Product(offset=offset, factors=pairs):
            return Product(offset, tuple((sign, change(child)) for sign, child in pairs))
        case Comparison(offset=offset, first=first, rest=rest):
            return Comparison(offset, change(first), tuple((sign, change(child)) for sign, child in rest))
        case Power(offset=offset, base=base, exponent=exponent):
            return Power(offset, change(base), change(exponent))
        case Negative(operand=operand) | Percent(operand=operand) | Transpose(operand=operand) | Not(operand=operand):
            return type(node)(node.offset, change(operand))
        case Call(offset=offset, function=function, arguments=arguments):
            return Call(offset, function, tuple(map(change, arguments)))
        case Array(offset=offset, items=items, bracket=bracket):
            return Array(offset, tuple(map(change, items)), bracket)
        case Logic(offset=offset, word=word, operands=operands):
            return Logic(offset, word, tuple(map(change, operands)))
        case Index(offset=offset, target=target, indices=indices):
            return Index(offset, change(target), tuple(map(change, indices)))
        case _:
            return node
