"""Operands: numbers, names, calls, brackets, matrices, roots, and what may stand after one."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from solvers.expression.calls import Calls, check_rows
from solvers.expression.cursor import CLOSES, CLOSING, COMPARISON, ENDS, LEVELS, NOT, PRODUCT
from solvers.expression.errors import (
    MissingArgument,
    UnknownFunction,
    UnknownName,
)
from solvers.expression.literals import literal, vulgar_fraction, whole_if_possible
from solvers.expression.nodes import (
    Array,
    Call,
    Constant,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Product,
    Word,
)
from solvers.expression.notation import BASE
from solvers.expression.tokens import GREEK, Token, canonical
from solvers.expression.vocabulary import (
    CONSTANTS,
    FUNCTIONS,
    MAGNITUDES,
    ROWS,
    WITHOUT_BRACKETS,
    closest,
    function_named,
)

_FUNCTION_OF = {"⌊": "floor", "⌈": "ceil", "|": "abs", "|(": "abs", "‖": "norm", "‖(": "norm", "||": "norm"}


_GREEK = frozenset(GREEK.values())
_GREEK_OR_NOT = re.compile(f"[{''.join(GREEK)}]|[^{''.join(GREEK)}]+")
_SHORTEST_FUNCTION = 2  # letters: `f(x + 1)` may be a product, `foo(x + 1)` is none


class Operands(Calls):
    """Reads one operand at a time; what joins them is read by `expression` and `items`."""

    __slots__ = ()

    def leaf(self) -> Node | None:
        """The number or the declared name that is a whole term or factor here: most are. None if there is more to it."""
        tokens, at = self.tokens, self.at
        kind, text, start, _ = tokens[at]
        if kind == "number":
            if tokens[at + 1].kind not in ENDS:
                return None
            self.at = at + 1
            value, form = literal(text, start)
            return Number(start, value, text, form)
        if kind == "name" and self.words is not None and tokens[at + 1].kind in ENDS:
            declared = self.words.find(text)
            if declared is not None:
                self.at = at + 1
                return Name(start, declared)
        return None

    def operand(self) -> Node:
        """The operand that starts here, with all that belongs to it."""
        kind, text, start, end = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return self.postfix(self.number(text, start, end))
        if kind == "name":
            return self.postfix(self.name(text, start, end))
        if kind in CLOSES:
            return self.postfix(self.bracket(kind, text, start))
        rule = _PREFIXES.get(kind)
        if rule is None:
            self.at -= 1
            self.refuse()
        return rule(self, text, start)

    def _negative(self, _: str, start: int) -> Node:
        return Negative(start, self.expression(PRODUCT))

    def _positive(self, text: str, start: int) -> Node:
        return self.expression(PRODUCT)

    def _opposite(self, text: str, start: int) -> Node:
        return Not(start, self.expression(NOT))

    def _quotient(self, text: str, start: int) -> Node:
        top = self.argument()
        return self.postfix(Product(start, (("*", top), ("/", self.argument()))))

    def _vulgar(self, text: str, start: int) -> Node:
        return self.postfix(Number(start, vulgar_fraction(text), text, "fraction"))

    def _infinity(self, text: str, start: int) -> Node:
        return self.postfix(Constant(start, "infinity"))

    def _quoted(self, text: str, start: int) -> Node:
        return Word(start, text[1:-1])

    def number(self, text: str, start: int, end: int) -> Node:
        """A number just passed, with the fraction or magnitude that belongs to it."""
        value, form = literal(text, start)
        kind, word = self.tokens[self.at][:2]
        if kind == "[" and text == "1" and self.tokens[self.at].start == end and self.is_condition():
            return self.indicator(start)
        if kind in ("number", "fraction", "frac") and form == "integer" and not self.is_after("/", "^"):
            mixed = self.mixed(value, start, end)
            if mixed is not None:
                return mixed
        if kind == "name" and self.words is not None and self.words.is_magnitude(word):
            self.at += 1
            return Number(start, whole_if_possible(value * 10 ** MAGNITUDES[word]), text + word, "scientific")
        return Number(start, value, text, form)

    def is_after(self, *kinds: str) -> bool:
        """Whether the token just passed stands right after one of these: `1/2 1/2` is no 1 over 2½."""
        return self.at >= 2 and self.tokens[self.at - 2].kind in kinds

    def mixed(self, whole: int | Fraction, start: int, end: int) -> Node | None:
        r"""A whole number with a fraction right after it, `1 1/2`, `1½` or `1\frac{1}{2}`; None if there is no such fraction."""
        tokens, at = self.tokens, self.at
        kind, text, next_start, last = tokens[at]
        if kind == "fraction":
            self.at += 1
            return Number(start, whole + vulgar_fraction(text), self.text[start:last], "mixed")
        if kind == "number":
            slash, bottom = tokens[at + 1 : at + 3] if len(tokens) > at + 2 else (tokens[-1], tokens[-1])
            if slash.kind != "/" or bottom.kind != "number" or next_start == end:
                return None
            taken, above, below = 3, text, bottom
        else:
            kinds = [token.kind for token in tokens[at : at + 7]]
            if kinds == ["frac", "{", "number", "}", "{", "number", "}"]:
                taken, above, below = 7, tokens[at + 2].text, tokens[at + 5]
            elif kinds[:2] == ["frac", "number"] and tokens[at + 1].text.isdigit() and len(tokens[at + 1].text) == 2:
                _, figures, first, stop = tokens[at + 1]
                taken, above, below = 2, figures[0], Token("number", figures[1], first + 1, stop)
            else:
                return None
        if not (above.isdigit() and below.text.isdigit()):
            return None
        top, _ = literal(above, next_start)
        divisor, _ = literal(below.text, below.start)
        if top >= divisor or "\n" in self.text[end:next_start]:
            return None
        self.at += taken
        return Number(start, whole + Fraction(top, divisor), self.text[start : tokens[at + taken - 1].end], "mixed")

    def name(self, word: str, start: int, end: int) -> Node:
        """What a word just passed means. Raises UnknownName or UnknownFunction."""
        words = self.words
        if word == "1" and self.is_condition():
            return self.indicator(start)
        if words is not None and word in words.functions and self.tokens[self.at].kind == "(":
            return Call(start, word, self.listed())
        declared = None if words is None else words.find(word)
        if declared is not None:
            return Name(start, declared)
        plain = function_named(word)
        if word.startswith(BASE) and self.is_based(word, plain, end):
            return self.logarithm(word, start, end)
        if plain is not None and self.is_call(word):
            return self.call(word, plain, start)
        if word in CONSTANTS:
            return Constant(start, CONSTANTS[word])
        return Name(start, word) if words is None else self.undeclared(word, plain, start, end)

    def is_condition(self) -> bool:
        """Whether brackets hold a comparison here, as after the 1 of `1[x > 0]`."""
        depth, compares = 0, False
        for kind, *_ in self.tokens[self.at :]:
            depth += (kind in CLOSES) - (kind in CLOSING)
            if depth <= 0:
                return compares and kind in CLOSING
            compares = compares or LEVELS.get(kind) == COMPARISON
        return False

    def indicator(self, start: int) -> Node:
        r"""`1[x > 0]`, `\mathbf{1}[x > 0]`: 1 where the condition holds, 0 elsewhere."""
        opening = self.tokens[self.at]
        self.at += 1
        condition = self.expression(0)
        self.close(opening.kind, opening.start)
        return Call(start, "indicator", (condition,))

    def undeclared(self, word: str, plain: str | None, start: int, end: int) -> Node:
        """A word that is no declared name, no function with its argument and no constant: names run together, or a mistake."""
        words = self.words
        assert words is not None
        if end - start == len(word):
            pieces = words.split(word)
            if pieces is not None and len(pieces) > 1:
                return self.pieces(pieces, start)
        elif (letters := self.letters(start, end)) is not None:
            return self.pieces(letters, start)
        if word in ("C", "nCr") and self.tokens[self.at].kind == "(":
            return self.call(word, "binomial", start)
        if self.tokens[self.at].kind == "(" and self.tokens[self.at].start == end and plain is None:
            if words.open and word in ROWS:
                return self.rows(start)
            if words.open and word in ("product", "prod"):
                return self.over_index(word, start)
            if words.open and (len(word) < _SHORTEST_FUNCTION or not word.isalpha() or word in _GREEK):
                return Name(start, word)
            raise UnknownFunction(start, self.text[start:end], closest(word, tuple(FUNCTIONS)))
        if plain is not None and (not words.open or word.lower() in WITHOUT_BRACKETS):
            raise MissingArgument(start, self.text[start:end])
        if words.open:
            return Name(start, word)
        raise UnknownName(start, self.text[start:end], words.names, words.nearest(word))

    def pieces(self, pieces: tuple[str, ...], start: int) -> Node:
        """Puts the names that a word runs together in its place, and reads the first."""
        tokens, place = [], start
        for piece in pieces:
            tokens.append(Token("name", canonical(piece), place, place + len(piece)))
            place += len(piece)
        self.tokens[self.at - 1 : self.at] = tokens
        _, word, first, end = tokens[0]
        return self.name(word, first, end)

    def letters(self, start: int, end: int) -> tuple[str, ...] | None:
        """The Greek letters and the words between them that are run together here, if each of them is declared: `λx`."""
        pieces = tuple(_GREEK_OR_NOT.findall(self.text[start:end]))
        known = self.words is not None and all(self.words.find(canonical(piece)) is not None for piece in pieces)
        return pieces if known and len(pieces) > 1 else None

    def bracket(self, kind: str, text: str, start: int) -> Node:
        """What an opening bracket just passed holds: a group, a list, or the argument of floor, ceil, abs or norm."""
        if self.tokens[self.at].kind == CLOSES[kind]:
            self.missing()
        outer_bars = self.bars
        self.bars = [kind] if kind in ("|", "‖", "||") else []
        first = self.expression(0)
        if kind in _FUNCTION_OF:
            self.close(kind, start)
            self.bars = outer_bars
            return Call(start, _FUNCTION_OF[kind], (first,))
        if self.tokens[self.at].kind == "choose":
            self.at += 1
            first = Call(start, "binomial", (first, self.expression(0)))
        comma = self.tokens[self.at].kind == ","
        items = self.items(first)
        self.close(kind, start)
        self.bars = outer_bars
        if comma or (kind == "[" and not text.startswith("\\left")):
            check_rows(items)
            return Array(start, items, kind)
        return first

    def _matrix(self, text: str, start: int) -> Node:
        rows: list[Array] = []
        cells: list[Node] = []
        bars, self.bars = self.bars, []
        while True:
            cells.append(self.expression(0))
            kind = self.tokens[self.at].kind
            self.at += 1
            if kind == "&":
                continue
            if kind not in ("row", "end"):
                self.at -= 1
                self.unclosed(self.shown_at(start), start)
            rows.append(Array(cells[0].offset, tuple(cells), "["))
            cells = []
            if kind == "row" and self.tokens[self.at].kind == "end":
                self.at += 1
                break
            if kind == "end":
                break
        self.bars = bars
        check_rows(tuple(rows))
        return self.postfix(Array(start, tuple(rows), "matrix"))

    def root(self, text: str, start: int) -> Node:
        r"""`\sqrt{x}`, `\sqrt[3]{x}`, `√2`, `√(n+1)`."""
        degree: Node | None = Number(start, "√∛∜".index(text) + 2, text, "integer") if text in ("∛", "∜") else None
        if self.tokens[self.at].kind == "[":
            opened = self.tokens[self.at].start
            self.at += 1
            degree = self.expression(0)
            self.close("[", opened)
        if self.tokens[self.at].kind in ("(", "{") or text.startswith("\\"):
            inner = self.argument()
        else:
            inner = self.expression(PRODUCT)
        return self.postfix(Call(start, "sqrt", (inner,) if degree is None else (inner, degree)))

    def argument(self) -> Node:
        r"""What a LaTeX command applies to: a group in braces, or one digit or letter, as in `\frac12`."""
        depth = self.depth
        self.deeper()
        node = self._argument_node()
        self.depth = depth
        return node

    def _argument_node(self) -> Node:
        kind, text, start, end = self.tokens[self.at]
        if kind == "number" and len(text) > 1 and text.isdigit():
            self.tokens[self.at] = Token("number", text[1:], start + 1, end)
            return Number(start, int(text[0]), text[0], "integer")
        self.at += 1
        if kind == "number":
            value, form = literal(text, start)
            return Number(start, value, text, form)
        if kind == "name":
            if end - start == len(text) > 1 and function_named(text) is None and not self.is_declared(text):
                kind = "number" if text[1:].isdigit() else "name"
                self.tokens.insert(self.at, Token(kind, text[1:], start + 1, end))
                return self.name(text[0], start, start + 1)
            return self.name(text, start, end)
        if kind in ("(", "{"):
            return self.bracket(kind, text, start)
        self.at -= 1
        return self.operand()

    def is_declared(self, word: str) -> bool:
        """Whether a word is one of the names that may stand here."""
        return self.words is not None and self.words.find(word) is not None


_PREFIXES: dict[str, Callable[[Operands, str, int], Node]] = {
    "-": Operands._negative,
    "+": Operands._positive,
    "not": Operands._opposite,
    "frac": Operands._quotient,
    "sqrt": Operands.root,
    "fraction": Operands._vulgar,
    "infinity": Operands._infinity,
    "begin": Operands._matrix,
    "word": Operands._quoted,
    "binom": Operands.choice,
    "series": Operands.series,
}
