"""A formula's tree on one line, with brackets exactly where the line would otherwise mean something else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum
from typing import NamedTuple

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
    Symbol,
    Table,
    Words,
)


class Bond(IntEnum):
    """How firmly a stretch of the line holds together; it needs brackets where its place asks for more."""

    LOOSE = 0  # a + b, a = b, log x
    QUOTIENT = 1  # a/b
    SIGNED = 2  # -a
    PRODUCT = 3  # a·b
    FACTOR = 4  # x_t, e^x, f(x), ∂w
    ATOM = 5  # x, 12, (a + b)


class _Piece(NamedTuple):
    """One thing in a row, as it will be written."""

    text: str
    kind: Kind
    bond: Bond
    function: bool = False  # brackets after it hold its arguments
    open_end: str = ""  # `^` or `_` if it ends in a script that would run on into what follows


_TYPED = {
    "−": "-", "∗": "*", "∣": "|", "∥": "‖", "∼": "~", "ϵ": "ε", "ϕ": "φ", "′": "'",
}  # fmt: skip
_MARKS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304",
    "overline": "\u0304", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "underline": "\u0332",
}  # fmt: skip
_BLACKBOARD = str.maketrans("CHNPQRZ", "ℂℍℕℙℚℝℤ")
_BELOW = str.maketrans("0123456789-", "₀₁₂₃₄₅₆₇₈₉₋")
_ABOVE = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SHORT_SUPERSCRIPTS = {"⊤": "ᵀ", "∘": "°", "°": "°", "+": "⁺", "-": "⁻"}
_INTEGER = re.compile(r"-?[0-9]+")
_RADICALS = {"2": "√", "3": "∛", "4": "∜"}
_FACTORS = frozenset(
    ["number", "letter", "name", "ordinary", "operator", "differential", "group", "table", "fraction", "root"]
)
_AROUND_A_QUOTIENT = _FACTORS | {"slash", "postfix"}
_LOOSE = frozenset(["sum", "relation", "comma", "open", "close", "bar", "space", "operator", "words"])
_WITHOUT_SPACES = frozenset(["·", "*"])
_TIGHT_PAIRS = frozenset(
    (left, right)
    for left, rights in {
        "number": ("letter", "group", "root"),
        "letter": ("group",),
        "name": ("group",),
        "group": ("group",),
        "differential": ("letter", "differential", "group"),
    }.items()
    for right in rights
)


def one_line(node: Node) -> str:
    """The whole formula on one line."""
    return _line(node, tight=False)[0].strip()


def _line(node: Node, tight: bool) -> tuple[str, Bond]:
    """The text of a node and how firmly it holds together; `tight` leaves out the spaces around signs."""
    match node:
        case Row(items):
            pieces = _pieces(items, tight)
            return _joined(pieces, tight), _bond(pieces)
        case Letter(text, style):
            return text.translate(_BLACKBOARD) if style == "blackboard" else _TYPED.get(text, text), Bond.ATOM
        case Number(text) | Symbol(text) | Name(text):
            return _TYPED.get(text, text.replace("\u2009", " ")), Bond.ATOM
        case Words(text):
            return text, Bond.LOOSE if " " in text.strip() else Bond.ATOM
        case Space(em):
            return " " * round(2 * em), Bond.LOOSE
        case Scripts():
            text, _ = _scripts(node, tight)
            return text, Bond.FACTOR
        case Fraction():
            return _fraction(node, tight)
        case Root():
            return _root(node, tight), Bond.FACTOR
        case Fenced():
            return _fenced(node, tight)
        case Accent():
            return _accent(node, tight)
        case Table():
            return _table(node), Bond.ATOM


def _held(node: Node, needed: Bond, tight: bool) -> str:
    """The text of a node, in brackets if it holds together less firmly than `needed`."""
    text, bond = _line(node, tight)
    return text if bond >= needed else f"({text.strip()})"


def _pieces(items: Sequence[Node], tight: bool) -> list[_Piece]:
    """The row as it will be written, quotients in brackets where a neighbour would break them."""
    pieces = []
    for index, item in enumerate(items):
        if isinstance(item, Space) and item.em < 0:
            continue
        if type(item) is Scripts:
            text, open_end = _scripts(item, tight)
            pieces.append(_Piece(text, item.kind, Bond.FACTOR, _is_function(item.base), open_end))
            continue
        text, bond = _line(item, tight)
        if type(item) is Fraction and _needs_brackets(item, _next(items[:index][::-1]), _next(items[index + 1 :])):
            pieces.append(_Piece(f"({text})", "group", Bond.ATOM))
        else:
            pieces.append(_Piece(text, item.kind, bond, _is_function(item)))
    return pieces


def _next(items: Sequence[Node]) -> Node | None:
    """The first thing that is not a narrow space."""
    return next((item for item in items if not (isinstance(item, Space) and item.em < 1)), None)


def _needs_brackets(fraction: Fraction, before: Node | None, after: Node | None) -> bool:
    """Whether the quotient would swallow what stands next to it, or be swallowed."""
    if not fraction.bar:
        return False
    if after is not None and (after.kind in _AROUND_A_QUOTIENT or after.kind == "product"):
        return True
    if before is None or before.kind == "operator":
        return False
    if before.kind in ("sum", "sign", "product") and _starts_with(fraction.top, "sign"):
        return True
    if before.kind == "product":
        return _starts_with(fraction.bottom, "differential")
    return before.kind in _AROUND_A_QUOTIENT


def _is_function(node: Node) -> bool:
    """Whether brackets after this hold its arguments: max, ReLU, σ."""
    if isinstance(node, Scripts):
        return _is_function(node.base)
    return node.kind == "name" or (isinstance(node, Letter) and (len(node.text) > 1 or node.text == "σ"))


def _joined(pieces: list[_Piece], tight: bool) -> str:
    out = []
    for index, piece in enumerate(pieces):
        if index:
            out.append(_gap(pieces[index - 1], piece, tight))
        if piece.kind != "space":
            out.append(piece.text)
    return "".join(out)


def _gap(left: _Piece, right: _Piece, tight: bool) -> str:
    """The space between two neighbours."""
    if right.kind == "space":
        return right.text
    if left.kind == "space":
        return "" if left.text else " "
    for piece, other in ((left, right), (right, left)):
        if piece.kind in ("sum", "relation", "product") and piece.text not in _WITHOUT_SPACES:
            return "" if (tight and not piece.text.isalpha()) or other.text[:1] == " " == other.text[-1:] else " "
    if left.kind == "words" or right.kind == "words":
        ends = left.text[-1:] + right.text[:1]
        return " " if len(ends) == 2 and ends.isascii() and ends.isalnum() else ""
    if left.kind == "comma":
        return "" if tight or right.kind == "comma" else " "
    if left.kind not in _FACTORS and left.kind != "postfix":
        return ""
    if right.kind not in _FACTORS:
        return ""
    if left.text[-1:] == right.text[:1] == "|":
        return "·"
    if right.kind == "group" and left.kind != "operator" and left.open_end != "^":
        return ""
    return "" if (left.kind, right.kind) in _TIGHT_PAIRS and not left.open_end else " "


def _bond(pieces: list[_Piece]) -> Bond:
    """How firmly a row holds together."""
    pieces = [piece for piece in pieces if piece.text]
    if len(pieces) == 1:
        return pieces[0].bond
    if any(piece.kind in _LOOSE for piece in pieces):
        return Bond.LOOSE
    bond, factors = Bond.FACTOR if pieces else Bond.ATOM, 0
    for index, piece in enumerate(pieces):
        before = pieces[index - 1] if index else None
        if piece.kind == "sign":
            bond = min(bond, Bond.LOOSE if before else Bond.SIGNED)
        elif piece.kind in ("product", "slash"):
            bond = min(bond, Bond.QUOTIENT if piece.kind == "slash" else Bond.PRODUCT)
        elif piece.kind in _FACTORS:
            call = before is not None and before.function and piece.kind == "group"
            if before is not None and before.kind == "name" and not call:
                return Bond.LOOSE
            factors += not call and not (before is not None and before.kind == "differential")
            bond = min(bond, piece.bond)
    return min(bond, Bond.PRODUCT) if factors > 1 else bond


def _scripts(node: Scripts, tight: bool) -> tuple[str, str]:
    """The base with its scripts, and `^` or `_` if the last one has no end of its own."""
    text, bond = _line(node.base, tight)
    if bond < Bond.ATOM:
        text = f"({text})"
    parts = [text + "'" * node.primes]
    if node.sub is not None:
        parts.append(_script(node.sub, "_"))
    if node.sup is not None:
        parts.append(_script(node.sup, "^"))
    last = parts[-1]
    return "".join(parts), last[0] if len(parts) > 1 and last[0] in "_^" and last[-1] not in ")]}" else ""


def _script(node: Node, sign: str) -> str:
    """A script: raised or lowered digits where it is an integer, the sign and an operand elsewhere."""
    text, bond = _line(node, tight=True)
    text = text.strip()
    if _INTEGER.fullmatch(text):
        return text.translate(_BELOW if sign == "_" else _ABOVE)
    if sign == "^" and text in _SHORT_SUPERSCRIPTS:
        return _SHORT_SUPERSCRIPTS[text]
    if sign == "_" and isinstance(node, Row) and all(isinstance(item, (Letter, Number)) for item in node.items):
        return "_" + "".join(_line(item, tight=True)[0] for item in node.items)
    whole = bond == Bond.ATOM and not (isinstance(node, (Letter, Words, Name)) and set(text) & set(" -+/,"))
    return sign + text if whole else f"{sign}({text})"


def _fraction(node: Fraction, tight: bool) -> tuple[str, Bond]:
    if not node.bar:
        return f"C({_line(node.top, tight)[0]}, {_line(node.bottom, tight)[0]})", Bond.ATOM
    return f"{_held(node.top, Bond.SIGNED, tight)}/{_held(node.bottom, Bond.FACTOR, tight)}", Bond.QUOTIENT


def _root(node: Root, tight: bool) -> str:
    degree = "2" if node.index is None else _line(node.index, tight=True)[0]
    if degree in _RADICALS or node.index is None:
        return _RADICALS[degree] + _held(node.body, Bond.ATOM, tight)
    return f"{_held(node.body, Bond.ATOM, tight)}^(1/{_held(node.index, Bond.FACTOR, tight=True)})"


def _fenced(node: Fenced, tight: bool) -> tuple[str, Bond]:
    text, bond = _line(node.body, tight)
    if type(node.body) is Table and node.body.layout == "matrix" and not node.body.open and node.open in ("(", "["):
        return text, Bond.ATOM
    if node.open == node.close == "|" and "|" in text:
        return f"abs({text.strip()})", Bond.ATOM
    return node.open + text.strip() + node.close, Bond.ATOM if node.close else bond


def _accent(node: Accent, tight: bool) -> tuple[str, Bond]:
    if isinstance(node.body, Scripts):
        inner = node.body
        return _line(replace(inner, base=Accent(node.name, inner.base)), tight)
    text, bond = _line(node.body, tight)
    if node.name not in _MARKS:
        return text, bond
    if len(text) == 1:
        return unicodedata.normalize("NFC", text + _MARKS[node.name]), Bond.ATOM
    return f"{node.name.removeprefix('wide')}({text.strip()})", Bond.ATOM


def _table(node: Table) -> str:
    lines = [[_line(cell, tight=False)[0].strip() for cell in row] for row in node.rows]
    if node.layout == "cases":
        return "{" + "; ".join(", ".join(cell.rstrip(",; ") for cell in line) for line in lines) + "}"
    if node.layout == "aligned":
        text = ""
        for line, row in zip(lines, node.rows, strict=True):
            joint = " " if not line[0] or _starts_with(row[0], "relation") else "; "
            text += (joint if text else "") + " ".join(filter(None, line))
        return text
    if 1 in (len(lines), len(lines[0])):  # a row reads as a column does: a list
        text = "[" + ", ".join(cell for line in lines for cell in line) + "]"
    else:
        text = "[" + ", ".join("[" + ", ".join(line) + "]" for line in lines) + "]"
    return node.open + text + node.close if node.open in ("|", "‖") else text


def _starts_with(node: Node, kind: Kind) -> bool:
    return node.kind == kind or (isinstance(node, Row) and bool(node.items) and node.items[0].kind == kind)
