r"""Solutions as they are listed: `1 or 2`, `3 \pm \sqrt{2}`, `x = 1, x = 2`, `\{1, 2\}`, `[0, 1) \cup (2, \infty)`, `x \in [-2, 7]`, `x<1或x>3`.

A list without brackets stands for the set of what it lists. An interval is an Array with the two brackets it was written with, such as
`[)`; a union is joined by `or`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from solvers.expression import Node, parse
from solvers.expression.errors import TooLarge, UnclosedBracket
from solvers.expression.nodes import Array, Comparison, Constant, Logic, Name, Negative

MOST: Final = 60
"""Solutions in one list."""
MOST_BRACES: Final = 60
"""Braces in a text that is looked at for solutions."""

_SIGNS = re.compile(
    r"[±∓∪∩∨∧∅∈ℝ]|[\[(][^\[\]()]*[\])]|\\(?:pm|mp|cup|cap|lor|land|in|emptyset|varnothing|mathbb|\{)|[或且]|\b(?:or|and)\b|[{,;]|\bU\b"
)
_SPELLINGS = tuple(
    (re.compile(pattern), sign)
    for pattern, sign in (
        (r"\\left(?![a-z])|\\right(?![a-z])|\\[,;:! ]|\\q?quad(?![a-z])|\$", ""),
        (r"\\text(?:rm|normal)?\{\s*(?:or|或)\s*\}|\\mbox\{\s*or\s*\}|\\(?:cup|lor|vee)(?![a-zA-Z])|\bor\b|或者?|∪|(?<=[\])}])\s*U\s*(?=[\[({])", "∨"),
        (r",\s*(?:\\text\{\s*)?and\b\s*\}?", ","),
        (r"\\text(?:rm|normal)?\{\s*(?:and|且|和)\s*\}|\\mbox\{\s*and\s*\}|\\(?:land|wedge)(?![a-zA-Z])|\band\b|且|和", "∧"),
        (r"\\pm(?![a-zA-Z])", "±"), (r"\\in(?![a-zA-Z])", "∈"), (r"\\(?:emptyset|varnothing)(?![a-zA-Z])", "∅"),
        (r"\\mathbb\s*\{?\s*R\s*\}?", "ℝ"), (r"\\\{", "{"), (r"\\\}", "}"), (r"[;、]", ","),
    )
)  # fmt: skip
_PARTNERS = {"(": ")", "[": "]", "{": "}"}
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_LABEL = re.compile(r"\s*(?:\\?[A-Za-zα-ω\u4e00-\u9fff][A-Za-z0-9_{}']*(?:\([A-Za-z]\))?)\s*(=(?!=)|∈)")
_PAIR_LABEL = re.compile(r"\s*\(\s*[A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)+\s*\)\s*=(?!=)")
_RELATION = re.compile(r"[<>≤≥≠]|\\(?:leq?|geq?|lt|gt|neq?|leqslant|geqslant)(?![a-zA-Z])|!=")


def read_solutions(text: str, names: Collection[str] | None) -> Node | None:
    """What a text lists, or None if it is no list of solutions: then it is an expression like any other.

    Raises ExpressionError with an offset in `text`.
    """
    if _SIGNS.search(text) is None or text.count("{") > MOST_BRACES:
        return None
    return _Solutions(_spelled(text), names).whole()


def _spelled(text: str) -> str:
    """The text with one sign for each word and command that joins solutions, every character at its place."""
    for pattern, sign in _SPELLINGS:
        text = _replaced(pattern, sign, text)
    return text


def _replaced(pattern: re.Pattern[str], sign: str, text: str) -> str:
    return pattern.sub(lambda match: sign.ljust(len(match[0])), text)


class _Solutions:
    def __init__(self, text: str, names: Collection[str] | None) -> None:
        self.text = text
        self.names = names

    def whole(self) -> Node | None:
        parts = self.split(0, len(self.text), "∨")
        related = _RELATION.search(self.text) is not None
        if not related:
            parts = [piece for part in parts for piece in self.split(*part, "∧")]
        if len(parts) > 1:
            return self.union([self.part(*part) for part in parts])
        start, end = self.trimmed(*parts[0])
        if start == end:
            return None
        return None if related and "∈" not in self.text else self.alone(start, end)

    def alone(self, start: int, end: int) -> Node | None:
        """The one part of a text, if its form is one that only solutions have."""
        label = self.label(start, end)
        if label is not None and label[1] == "∈":
            return self.element(label[0], self.part(label[2], end))
        pieces = self.split(start, end, ",")
        inside = self.text[start:end]
        if len(pieces) > 1:
            return self.listed(pieces)
        if label is not None and self.is_solution(label[2], end):
            return self.part(label[2], end)
        return self.part(start, end) if self.is_solution(start, end) or "±" in inside else None

    def is_solution(self, start: int, end: int) -> bool:
        start, end = self.trimmed(start, end)
        opening = self.text[start : start + 1]
        mixed = opening in ("(", "[") and self.text[end - 1] in ")]" and self.text[end - 1] != _PARTNERS[opening]
        braced = opening == "{" and self.closes(start) == end - 1
        return self.text[start:end] in ("∅", "ℝ") or mixed or braced or "±" in self.text[start:end]

    def union(self, nodes: list[Node]) -> Node:
        """Numbers and tuples together are a set; conditions and intervals hold by turns."""
        if all(_is_item(node) for node in nodes):
            return Array(nodes[0].offset, tuple(_flat(nodes)), "{")
        return Logic(nodes[0].offset, "or", tuple(nodes))

    def listed(self, pieces: list[tuple[int, int]]) -> Node | None:
        """A list without brackets; None if it names several unknowns, which the equations themselves say."""
        if len(pieces) > MOST:
            raise TooLarge(pieces[MOST][0])
        labels = [self.label(*piece) for piece in pieces]
        known = {label[0].name for label in labels if label is not None}
        if len(known) > 1 or any(label is not None and label[1] == "∈" for label in labels):
            return None
        items = [self.part(*piece) for piece in pieces if self.text[slice(*piece)].strip()]
        return Array(items[0].offset, tuple(_flat(items)), "{") if items else None

    def part(self, start: int, end: int) -> Node:
        """One number, tuple, set, interval or condition."""
        start, end = self.trimmed(start, end)
        label = self.label(start, end)
        if label is not None and label[1] == "∈":
            return self.element(label[0], self.part(label[2], end))
        if label is not None and not _RELATION.search(self.text, start, end):
            start, end = self.trimmed(label[2], end)
        pair = _PAIR_LABEL.match(self.text, start, end)
        if pair is not None:
            start, end = self.trimmed(pair.end(), end)
        pieces = self.split(start, end, ",")
        if len(pieces) > 1:
            return Array(start, tuple(_flat([self.part(*piece) for piece in pieces])), "{")
        inside = self.text[start:end]
        if inside == "∅":
            return Array(start, (), "{")
        if inside == "ℝ":
            infinity = Constant(start, "infinity")
            return Array(start, (Negative(start, infinity), infinity), "()")
        if inside[:1] in ("(", "[") and inside[-1:] in (")", "]") and self.closes(start) == end - 1:
            return self.bracketed(start, end)
        if inside.startswith("{") and self.closes(start) == end - 1:
            pieces = [piece for piece in self.split(start + 1, end - 1, ",") if self.text[slice(*piece)].strip()]
            return Array(start, tuple(_flat([self.part(*piece) for piece in pieces])), "{")
        return self.number(start, end)

    def bracketed(self, start: int, end: int) -> Node:
        opening, closing = self.text[start], self.text[end - 1]
        pieces = self.split(start + 1, end - 1, ",")
        if len(pieces) == 1:
            if closing != _PARTNERS[opening]:
                raise UnclosedBracket(end - 1, opening, start, closing)
            return self.number(start, end)
        items = tuple(self.number(*piece) for piece in pieces)
        return Array(start, items, opening if closing == _PARTNERS[opening] else opening + closing)

    def number(self, start: int, end: int) -> Node:
        """A formula; with `±` it is two."""
        inside = self.text[start:end]
        if "±" not in inside:
            return self.parsed(inside, start)
        both = [self.parsed(inside.replace("±", sign), start) for sign in "+-"]
        return Array(start, tuple(both), "{")

    def parsed(self, inside: str, start: int) -> Node:
        return parse(" " * start + inside.replace("∨", " or ").replace("∧", " and "), self.names)

    def element(self, name: Name, of: Node) -> Node:
        if isinstance(of, Logic):
            return Logic(of.offset, of.word, tuple(self.element(name, part) for part in of.operands))
        return Comparison(name.offset, name, (("in", of),))

    def label(self, start: int, end: int) -> tuple[Name, str, int] | None:
        match = _LABEL.match(self.text, start, end)
        if match is None or ("∈" not in match[1] and self.text.count("=", start, end) > 1):
            return None
        word = match[0][: match.start(1) - match.start()].strip()
        return Name(start, word.removeprefix("\\")), match[1], match.end()

    def split(self, start: int, end: int, sign: str) -> list[tuple[int, int]]:
        """The places between which a sign stands outside of all brackets."""
        found, depth, begin = [], 0, start
        for at in range(start, end):
            character = self.text[at]
            depth += (character in _OPENING) - (character in _CLOSING)
            if character == sign and depth == 0:
                found.append((begin, at))
                begin = at + 1
        return [*found, (begin, end)]

    def closes(self, start: int) -> int:
        """Where the bracket that opens at a place is closed by one of any kind; -1 if it never is."""
        depth = 0
        for at in range(start, len(self.text)):
            depth += (self.text[at] in _OPENING) - (self.text[at] in _CLOSING)
            if depth == 0:
                return at
        return -1

    def trimmed(self, start: int, end: int) -> tuple[int, int]:
        piece = self.text[start:end]
        return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _is_item(node: Node) -> bool:
    """Whether a part is a number, a tuple or a set, rather than a condition or an interval."""
    if isinstance(node, Array):
        return not is_interval(node) and node.bracket != "["
    return not isinstance(node, (Comparison, Logic))


def is_interval(node: Node) -> bool:
    """Whether the brackets of a list are those of an interval that is not closed or open on both sides, or reaches to infinity."""
    return (
        isinstance(node, Array)
        and len(node.items) == 2
        and (len(node.bracket) == 2 or any(map(_is_infinite, node.items)))
    )


def _is_infinite(node: Node) -> bool:
    inner = node.operand if isinstance(node, Negative) else node
    return isinstance(inner, Constant) and inner.name == "infinity"


def _flat(nodes: list[Node]) -> Iterator[Node]:
    """The nodes, with the two that a `±` gives in its place."""
    for node in nodes:
        if isinstance(node, Array) and node.bracket == "{":
            yield from node.items
        else:
            yield node
