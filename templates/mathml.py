"""Formulas for a page: presentation MathML, which browsers set by themselves, without a script.

What stretches does so by the browser's own dictionary; it needs a mathematical font, which `templates.fonts` embeds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from typing import Any, Literal

from solvers.latex import parse, segments
from solvers.latex.tree import (
    Accent,
    Fenced,
    Fraction,
    Kind,
    Letter,
    Name,
    Node,
    Number,
    Root,
    Row,
    Scripts,
    Space,
    Style,
    Symbol,
    Table,
    Words,
)

_Size = Literal[0, 1, 2]
_SCRIPT: _Size = 0  # small: no room around signs
_TEXT: _Size = 1  # in a line of words
_DISPLAY: _Size = 2  # on a line of its own: limits under and over
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_THIN = '<mspace width="0.167em"/>'
_FACTORS = frozenset(
    ["number", "letter", "name", "ordinary", "operator", "differential", "group", "table", "fraction", "root"]
)
_SPACED = frozenset(["sum", "product", "relation", "comma"])
_SET_BESIDE = frozenset("∫∮")
_MATHEMATICAL = {"-": "−", "·": "⋅"}
_UPRIGHT = frozenset("∇Δ")
_ATTRIBUTES = {
    "sign": ' form="prefix"',
    "open": ' form="prefix" stretchy="false"',
    "close": ' form="postfix" stretchy="false"',
    "slash": ' lspace="0" rspace="0"',
    "relation": ' stretchy="false"',
    "postfix": ' form="postfix" lspace="0" rspace="0"',
}
_SPECIAL = {
    "∣": '<mo lspace="0.278em" rspace="0.278em" stretchy="false">|</mo>',
    "∥": '<mo lspace="0.278em" rspace="0.278em" stretchy="false">‖</mo>',
    "mod": '<mo lspace="0.222em" rspace="0.222em">mod</mo>',
}
_MARKS = {
    "hat": "^", "widehat": "\u0302", "tilde": "~", "widetilde": "\u0303", "bar": "¯", "vec": "\u20d7", "dot": "˙",
    "ddot": "¨",
}  # fmt: skip
_STRETCHED_MARKS = frozenset(["widehat", "widetilde"])
_BRACES = {"overbrace": ("mover", "⏞"), "underbrace": ("munder", "⏟")}
_LINES = {  # no font has a stroke of every length
    "overline": "border-top:0.06em solid;padding-top:0.12em",
    "underline": "border-bottom:0.06em solid;padding-bottom:0.12em",
}
# First code points of the mathematical alphabets: capitals, small letters, digits, Greek capitals, Greek small letters.
_ALPHABETS: dict[Style, tuple[int, int, int, int, int]] = {
    "italic": (0x1D434, 0x1D44E, 0, 0x1D6E2, 0x1D6FC),
    "bold": (0x1D400, 0x1D41A, 0x1D7CE, 0x1D6A8, 0x1D6C2),
    "bolditalic": (0x1D468, 0x1D482, 0x1D7CE, 0x1D71C, 0x1D736),
    "blackboard": (0x1D538, 0, 0x1D7D8, 0, 0),
    "script": (0x1D49C, 0, 0, 0, 0),
}
_BLOCKS = ("AZ", "az", "09", "ΑΩ", "αω")
_ELSEWHERE = {
    "italic": {"h": "ℎ"},
    "blackboard": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
    "script": dict(zip("BEFHILMR", "ℬℰℱℋℐℒℳℛ", strict=True)),
}


def with_mathml(text: str) -> str:
    r"""The text as HTML: its words escaped, `$…$` and `$$…$$` as MathML, `\$` as a dollar. Raises LatexError."""
    return "".join(mathml(part.text, part.display) if part.latex else _escaped(part.text) for part in segments(text))


@lru_cache(maxsize=1024)
def mathml(latex: str, display: bool = False) -> str:
    """The formula as a `math` element, on a line of its own if `display`. Raises LatexError."""
    return formula(parse(latex), display=display)


def formula(node: Node, *, display: bool) -> str:
    """A formula that has been read as a `math` element, on a line of its own if `display`."""
    body = _items(node, _DISPLAY if display else _TEXT)
    return f'<math display="block">{body}</math>' if display else f"<math>{body}</math>"


def _escaped(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", text))


def _element(node: Node, size: _Size) -> str:
    """The node as exactly one element."""
    writer = _WRITERS.get(type(node))
    return writer(node, size) if writer else _leaf(node, size == _SCRIPT)


def _items(node: Node, size: _Size) -> str:
    """The node where any number of elements may stand."""
    return _side_by_side(node.items, size) if type(node) is Row else _element(node, size)


def _side_by_side(items: Sequence[Node], size: _Size) -> str:
    out: list[str] = []
    before = ""
    for item in items:
        kind = item.kind
        if (kind == "name" and before in _FACTORS) or (before == "name" and kind in _FACTORS and kind != "group"):
            out.append(_THIN)
        writer = _WRITERS.get(type(item))
        out.append(writer(item, size) if writer else _leaf(item, size == _SCRIPT))
        before = kind
    return "".join(out)


def _row(node: Row, size: _Size) -> str:
    return f"<mrow>{_side_by_side(node.items, size)}</mrow>"


@lru_cache(maxsize=4096)
def _leaf(node: Node, tight: bool) -> str:
    """A node without parts."""
    match node:
        case Number(text):
            return f"<mn>{text}</mn>"
        case Letter(text, style):
            return _letter(text, style)
        case Symbol(text, kind):
            return _symbol(text, kind, tight)
        case Name(text):
            text = _escaped(text).replace(" ", "\u2009")
            return f"<mi>{text}</mi>" if len(text) > 1 else f'<mi mathvariant="normal">{text}</mi>'
        case Space(em):
            return f'<mspace width="{em:.3f}em"/>'
        case Words(text):
            before, after = "\u00a0" * text[:1].isspace(), "\u00a0" * text[-1:].isspace()
            return f"<mtext>{before}{_escaped(text.strip())}{after}</mtext>"
    raise TypeError(node)


def _letter(text: str, style: Style) -> str:
    if style == "upright":
        return f'<mi mathvariant="normal">{text}</mi>' if len(text) == 1 else f"<mi>{_escaped(text)}</mi>"
    if len(text) > 1 or style != "italic":  # a browser slants a single letter by itself
        text = "".join(_styled(character, style) for character in text)
    return f"<mi>{_escaped(text)}</mi>"


def _styled(character: str, style: Style) -> str:
    """The letter or digit in a mathematical alphabet, itself where the alphabet has none."""
    if character in _ELSEWHERE.get(style, {}):
        return _ELSEWHERE[style][character]
    for start, block in zip(_ALPHABETS[style], _BLOCKS, strict=True):
        if start and block[0] <= character <= block[1]:
            return chr(start + ord(character) - ord(block[0]))
    return character


def _symbol(text: str, kind: Kind, tight: bool) -> str:
    if text in _SPECIAL:
        return _SPECIAL[text]
    text = _escaped(_MATHEMATICAL.get(text, text))
    if kind in ("ordinary", "differential") or text == "%":
        return f'<mi mathvariant="normal">{text}</mi>' if text in _UPRIGHT else f"<mi>{text}</mi>"
    if tight and kind in _SPACED:
        return f'<mo lspace="0" rspace="0" stretchy="false">{text}</mo>'
    return f"<mo{_ATTRIBUTES.get(kind, '')}>{text}</mo>"


def _fraction(node: Fraction, size: _Size) -> str:
    smaller = _TEXT if size == _DISPLAY else _SCRIPT
    parts = _element(node.top, smaller) + _element(node.bottom, smaller)
    if node.bar:
        return f"<mfrac>{parts}</mfrac>"
    return f'<mrow><mo>(</mo><mfrac linethickness="0">{parts}</mfrac><mo>)</mo></mrow>'


def _root(node: Root, size: _Size) -> str:
    if node.index is None:
        return f"<msqrt>{_items(node.body, size)}</msqrt>"
    return f"<mroot>{_element(node.body, size)}{_element(node.index, _SCRIPT)}</mroot>"


def _scripts(node: Scripts, size: _Size) -> str:
    base, sub, sup = node.base, node.sub, node.sup
    around = node.stacked or (isinstance(base, Accent) and base.name in _BRACES)
    if size == _DISPLAY and not around:
        around = (isinstance(base, Name) and base.limits) or (base.kind == "operator" and not _is_beside(base))
    below, above = ("munder", "mover") if around else ("msub", "msup")
    parts = _element(base, size)
    if node.primes:  # beside the base: the sign is raised by itself, and a second time as a superscript
        parts = f'<mrow>{parts}<mo form="postfix" lspace="0" rspace="0">{_primes(node.primes)}</mo></mrow>'
    if sub is not None:
        parts += _element(sub, _SCRIPT)
    if sup is None:
        return f"<{below}>{parts}</{below}>" if sub is not None else parts
    parts += _element(sup, _SCRIPT)
    tag = above if sub is None else below + above[1:]
    return f"<{tag}>{parts}</{tag}>"


def _primes(count: int) -> str:
    return {2: "″", 3: "‴"}.get(count, "′" * count)


def _is_beside(node: Node) -> bool:
    """Whether the limits of this sign stand beside it, as an integral's do."""
    return isinstance(node, Symbol) and node.text in _SET_BESIDE


def _fenced(node: Fenced, size: _Size) -> str:
    stretch = "" if node.tall else ' stretchy="false"'
    return f"<mrow>{_bracket(node.open, stretch)}{_items(node.body, size)}{_bracket(node.close, stretch)}</mrow>"


def _bracket(text: str, attributes: str = "") -> str:
    return f"<mo{attributes}>{text}</mo>" if text else ""


def _accent(node: Accent, size: _Size) -> str:
    name, body = node.name, _element(node.body, size)
    if name in _LINES:
        return f'<mrow style="{_LINES[name]}">{body}</mrow>'
    if name in _BRACES:
        tag, brace = _BRACES[name]
        return f"<{tag}>{body}<mo>{brace}</mo></{tag}>"
    stretchy = "true" if name in _STRETCHED_MARKS else "false"
    return f'<mover accent="true">{body}<mo stretchy="{stretchy}">{_MARKS[name]}</mo></mover>'


def _table(node: Table, _size: _Size) -> str:
    aligned = node.layout == "aligned"
    lines = []
    for row in node.rows:
        cells = [
            f"<mtd{_alignment(node, column)}>{_items(cell, _DISPLAY if aligned else _TEXT)}</mtd>"
            for column, cell in enumerate(row)
        ]
        lines.append(f"<mtr>{''.join(cells)}</mtr>")
    style = ' displaystyle="true"' if aligned else ""
    table = f"<mtable{style}>{''.join(lines)}</mtable>"
    left, right = ("{", "") if node.layout == "cases" else (node.open, node.close)
    return f"<mrow>{_bracket(left)}{table}{_bracket(right)}</mrow>" if left or right else table


def _alignment(node: Table, column: int) -> str:
    """Cases begin at the left; the columns of an alignment meet at their edges; a matrix is centred as it is."""
    if node.layout == "matrix":
        return ""
    if node.layout == "cases":
        return ' style="text-align:left"'
    return ' style="text-align:left;padding-left:0"' if column % 2 else ' style="text-align:right;padding-right:0"'


_WRITERS: dict[type, Callable[[Any, _Size], str]] = {
    Row: _row,
    Fraction: _fraction,
    Root: _root,
    Scripts: _scripts,
    Fenced: _fenced,
    Accent: _accent,
    Table: _table,
}
