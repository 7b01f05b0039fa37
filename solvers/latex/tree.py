"""What a formula is once it is read: a tree of frozen nodes.

`solvers.latex` builds the tree; `solvers.latex.line` and
`templates.mathml` write it. Every node has a `kind`, its part in the row it stands in, which decides on signs,
spaces and brackets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeAlias

Kind = Literal[
    "number",
    "letter",
    "name",  # of a function: max, softmax
    "words",
    "ordinary",  # a symbol that stands for itself: ∞, …
    "operator",  # takes what follows: ∑, ∏, ∫
    "sign",  # a plus or minus in front of its term
    "sum",  # +, -, ∪: looser than a product
    "product",  # ·, ×, ⊙
    "slash",
    "relation",
    "comma",
    "open",  # a bracket without its partner
    "close",
    "bar",  # |, ‖ before it is known whether it opens or closes
    "differential",  # ∂, ∇, Δ: binds to the factor that follows
    "postfix",  # !, %
    "space",
    "group",  # anything with brackets around it
    "table",
    "fraction",
    "root",
    "row",
]
Style = Literal["italic", "upright", "bold", "bolditalic", "blackboard", "script"]


@dataclass(frozen=True, slots=True)
class Number:
    """Digits, with a point or thousands separators: `0.25`, `1,000`."""

    text: str
    kind: ClassVar[Kind] = "number"


@dataclass(frozen=True, slots=True)
class Letter:
    """A variable, or an upright word that stands for one: `x`, `σ`, `ReLU`."""

    text: str
    style: Style = "italic"
    kind: Kind = "letter"


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a function; with `limits`, what is below and above it is set under and over it."""

    text: str
    limits: bool = False
    kind: ClassVar[Kind] = "name"


@dataclass(frozen=True, slots=True)
class Words:
    """Ordinary text inside a formula, in any script."""

    text: str
    kind: ClassVar[Kind] = "words"


@dataclass(frozen=True, slots=True)
class Symbol:
    """An operator, a relation, a bracket without a partner, or a symbol that stands for itself."""

    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Space:
    """Extra room, in em."""

    em: float
    kind: ClassVar[Kind] = "space"


@dataclass(frozen=True, slots=True)
class Row:
    """Things side by side."""

    items: tuple[Node, ...]
    kind: ClassVar[Kind] = "row"


@dataclass(frozen=True, slots=True)
class Fraction:
    """`top` over `bottom`; without a bar it is a binomial coefficient."""

    top: Node
    bottom: Node
    bar: bool = True
    kind: ClassVar[Kind] = "fraction"


@dataclass(frozen=True, slots=True)
class Root:
    """The square root, or the root of degree `index`."""

    body: Node
    index: Node | None = None
    kind: ClassVar[Kind] = "root"


@dataclass(frozen=True, slots=True)
class Scripts:
    """`base` with primes, a subscript, a superscript; `stacked` ones always stand under and over it."""

    base: Node
    sub: Node | None = None
    sup: Node | None = None
    primes: int = 0
    stacked: bool = False

    @property
    def kind(self) -> Kind:
        """A thing with scripts plays the part that it plays without them."""
        return self.base.kind


@dataclass(frozen=True, slots=True)
class Fenced:
    """`body` between two brackets, either of which may be empty; `tall` ones grow with what they hold."""

    open: str
    body: Node
    close: str
    tall: bool
    kind: ClassVar[Kind] = "group"


@dataclass(frozen=True, slots=True)
class Accent:
    """A mark over (or, for `underbrace`, under) the body; `name` is its LaTeX command without the backslash."""

    name: str
    body: Node
    kind: ClassVar[Kind] = "letter"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; `layout` is `matrix`, `cases` or `aligned`, the brackets belong to a matrix only."""

    layout: Literal["matrix", "cases", "aligned"]
    rows: tuple[tuple[Node, ...], ...]
    open: str = ""
    close: str = ""
    kind: ClassVar[Kind] = "table"


Node: TypeAlias = (
    Number | Letter | Name | Words | Symbol | Space | Row | Fraction | Root | Scripts | Fenced | Accent | Table
)

WITHOUT_AN_OPERAND = frozenset(["sum", "product", "slash", "relation", "comma", "bar", "sign"])
_NESTED_BARS = 2


def digits_meet(left: Node, right: Node) -> bool:
    r"""Whether a product would be misread as one longer number or a mixed one: `2 3`, `2 \frac{1}{3}`."""
    if type(right) is Fraction:
        return left.kind == "number" and right.top.kind == "number"
    return left.kind in ("number", "fraction")


def as_operand(node: Node) -> Node:
    """A lone operator in braces or in a script stands for itself."""
    if isinstance(node, Symbol) and node.kind in WITHOUT_AN_OPERAND:
        return Symbol(node.text, "ordinary")
    return node


def paired_bars(items: list[Node]) -> list[Node]:
    """The same items with `|…|` and `‖…‖` as brackets; a bar without a partner is a condition, as in `P(a|b)`."""
    opened: list[Node] = []
    rows: list[list[Node]] = [[]]
    for item in _single_bars(items):
        if item.kind != "bar":
            rows[-1].append(item)
        elif opened and _bar(opened[-1]) == _bar(item):
            body, text = rows.pop(), _bar(opened.pop())
            tall = any(part.kind in ("fraction", "table", "operator") for part in body)
            fenced: Node = Fenced(text, body[0] if len(body) == 1 else Row(tuple(body)), text, tall)
            rows[-1].append(replace(item, base=fenced) if isinstance(item, Scripts) else fenced)
        elif len(opened) < _NESTED_BARS and not isinstance(item, Scripts):
            opened.append(item)
            rows.append([])
        else:
            rows[-1].append(_lone_bar(item))
    for bar, row in zip(opened, rows[1:], strict=True):
        rows[0] += [_lone_bar(bar), *row]
    return rows[0]


def _single_bars(items: list[Node]) -> list[Node]:
    """The items with the two bars that meet in `|a||b|` apart; in `||a||` they belong together."""
    single = sum(item.kind == "bar" and _bar(item) == "|" for item in items)
    if single % 2 or not single:
        return items
    apart: list[Node] = []
    inside = False
    for item in items:
        if inside and item == Symbol("‖", "bar"):
            apart += [Symbol("|", "bar"), Symbol("|", "bar")]
            continue
        inside ^= item.kind == "bar" and _bar(item) == "|"
        apart.append(item)
    return apart


def _bar(node: Node) -> str:
    """The bar itself, without its scripts."""
    base = node.base if isinstance(node, Scripts) else node
    return base.text if isinstance(base, Symbol) else ""


def _lone_bar(node: Node) -> Node:
    """A bar that separates, as in `P(a|b)`, or that is taken at a point, as in `f(x)|_{x=0}`."""
    if isinstance(node, Scripts):
        return replace(node, base=Symbol(_bar(node), "postfix"))
    return Symbol("∣" if _bar(node) == "|" else "∥", "relation")


def styled(node: Node, style: Style) -> Node:
    """The node in another alphabet; letters side by side become one word."""
    if isinstance(node, Row):
        parts = [styled(item, style) for item in node.items]
        word = style in ("upright", "italic") and all(
            isinstance(part, (Letter, Number)) or (isinstance(part, Symbol) and part.text in "-_") for part in parts
        )
        if parts and word:
            return Letter("".join(getattr(part, "text", "") for part in parts), style)
        return Row(tuple(parts))
    if isinstance(node, Letter):
        return Letter(node.text, style, "differential" if (node.text, style) == ("d", "upright") else "letter")
    if isinstance(node, Number) and style != "upright":
        return Letter(node.text, style)
    if isinstance(node, Scripts):
        return replace(node, base=styled(node.base, style))
    return node
