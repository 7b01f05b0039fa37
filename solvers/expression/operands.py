"""Operands: numbers, names, calls, brackets, matrices, roots, and what may stand after one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from fractions import Fraction

from solvers.expression.cursor import CLOSES, ENDS, NOT, OPERANDS, PRODUCT, Cursor
from solvers.expression.errors import (
    UnevenRows,
    UnknownFunction,
    UnknownName,
    WrongArguments,
)
from solvers.expression.literals import literal, raised_exponent, vulgar_fraction, whole_if_possible
from solvers.expression.nodes import (
    JUXTAPOSED,
    Array,
    Call,
    Constant,
    Index,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Percent,
    Power,
    Product,
    Transpose,
    Word,
)
from solvers.expression.tokens import GREEK, SUPERSCRIPTS, Token
from solvers.expression.vocabulary import (
    CONSTANTS,
    FUNCTIONS,
    MAGNITUDES,
    ROWS,
    WITHOUT_BRACKETS,
    closest,
    function_named,
)

_POSTFIXES = frozenset(("super", "percent", "%", "transpose", "["))
_FUNCTION_OF = {"⌊": "floor", "⌈": "ceil", "|": "abs", "|(": "abs", "‖": "norm", "‖(": "norm", "||": "norm"}


_GREEK = frozenset(GREEK.values())
_SHORTEST_FUNCTION = 2  # letters: `f(x + 1)` may be a product, `foo(x + 1)` is none


class Operands(Cursor):
    """Reads one operand at a time; what joins them is read by `expression` and `items`."""

    __slots__ = ()

    @abstractmethod
    def whole(self) -> Node:
        """All of the text."""

    @abstractmethod
    def expression(self, floor: int) -> Node:
        """Everything that binds tighter than `floor`."""

    @abstractmethod
    def items(self, first: Node) -> tuple[Node, ...]:
        """The rest of a list after its first item; a comma may end it."""

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
        if kind in ("number", "fraction", "frac") and form == "integer":
            mixed = self.mixed(value, start, end)
            if mixed is not None:
                return mixed
        if kind == "name" and self.words is not None and self.words.is_magnitude(word):
            self.at += 1
            return Number(start, whole_if_possible(value * 10 ** MAGNITUDES[word]), text + word, "scientific")
        return Number(start, value, text, form)

    def mixed(self, whole: int | Fraction, start: int, end: int) -> Node | None:
        r"""A whole number with a fraction right after it, `1 1/2`, `1½` or `1\frac{1}{2}`; None if there is no such fraction."""
        tokens, at = self.tokens, self.at
        kind, text, next_start, last = tokens[at]
        if kind == "fraction":
            self.at += 1
            return Number(start, whole + vulgar_fraction(text), self.text[start:last], "mixed")
        if kind == "number":
            slash, bottom = tokens[at + 1 : at + 3] if len(tokens) > at + 2 else (tokens[-1], tokens[-1])
            attached = next_start > end and slash.start == last and bottom.start == slash.end
            if slash.kind != "/" or bottom.kind != "number" or not attached:
                return None
            taken, above, below = 3, text, bottom
        else:
            kinds = [token.kind for token in tokens[at : at + 7]]
            if kinds != ["frac", "{", "number", "}", "{", "number", "}"]:
                return None
            taken, above, below = 7, tokens[at + 2].text, tokens[at + 5]
        if not (above.isdigit() and below.text.isdigit()):
            return None
        top, _ = literal(above, next_start)
        divisor, _ = literal(below.text, below.start)
        if divisor == 0:
            return None
        self.at += taken
        return Number(start, whole + Fraction(top, divisor), self.text[start : tokens[at + taken - 1].end], "mixed")

    def name(self, word: str, start: int, end: int) -> Node:
        """What a word just passed means. Raises UnknownName or UnknownFunction."""
        words = self.words
        declared = None if words is None else words.find(word)
        if declared is not None:
            return Name(start, declared)
        plain = function_named(word)
        if plain is not None and self.is_call(word):
            return self.call(word, plain, start)
        if word in CONSTANTS:
            return Constant(start, CONSTANTS[word])
        if words is None:
            return Name(start, word)
        pieces = words.split(word) if end - start == len(word) else None
        if pieces is not None and len(pieces) > 1:
            return self.pieces(pieces, start)
        if self.tokens[self.at].kind == "(" and self.tokens[self.at].start == end and plain is None:
            if words.open and word in ROWS:
                return self.rows(start)
            if words.open and (len(word) < _SHORTEST_FUNCTION or not word.isalpha() or word in _GREEK):
                return Name(start, word)
            raise UnknownFunction(start, self.text[start:end], closest(word, tuple(FUNCTIONS)))
        if words.open:
            return Name(start, word)
        raise UnknownName(start, self.text[start:end], words.names, words.nearest(word))

    def rows(self, start: int) -> Node:
        """The rows of `matrix([1, 2], [3, 4])`, or those of one list of them."""
        items = self.listed()
        inner = items[0]
        if len(items) == 1 and isinstance(inner, Array):
            return Array(start, inner.items, "matrix")
        _check_rows(items)
        return Array(start, items, "matrix")

    def pieces(self, pieces: tuple[str, ...], start: int) -> Node:
        """Puts the names that a word runs together in its place, and reads the first."""
        tokens, place = [], start
        for piece in pieces:
            tokens.append(Token("name", piece, place, place + len(piece)))
            place += len(piece)
        self.tokens[self.at - 1 : self.at] = tokens
        _, word, first, end = tokens[0]
        return self.name(word, first, end)

    def is_call(self, word: str) -> bool:
        """Whether the function just read has an argument after it."""
        kind = self.tokens[self.at].kind
        if kind in ("(", "{"):
            return True
        if (self.words is None or self.words.open) and word.lower() not in WITHOUT_BRACKETS:
            return False
        return kind in OPERANDS or kind in ("|", "‖") or (kind == "^" and word != "sigma")

    def call(self, word: str, plain: str, start: int) -> Node:
        """A function just passed, applied to what follows: `f(x)`, `f^2(x)`, `f x`."""
        exponent = None
        if self.tokens[self.at].kind == "^":
            self.at += 1
            exponent = self.argument()
        kind = self.tokens[self.at].kind
        arguments = self.listed() if kind in ("(", "{") else (self.bare_argument(),)
        least, most = FUNCTIONS[plain]
        if not least <= len(arguments) <= most:
            raise WrongArguments(start, word, len(arguments))
        result: Node = Call(start, plain, arguments)
        return result if exponent is None else Power(start, result, exponent)

    def listed(self) -> tuple[Node, ...]:
        """Arguments in brackets."""
        opening = self.tokens[self.at]
        self.at += 1
        if self.tokens[self.at].kind == CLOSES[opening.kind]:
            self.missing()
        bars, self.bars = self.bars, []
        items = self.items(self.expression(0))
        self.close(opening.kind, opening.start)
        self.bars = bars
        return items

    def bare_argument(self) -> Node:
        r"""The operand of a function without brackets: `\ln 2`, `\sin 2\pi x`."""
        first = self.expression(PRODUCT)
        factors = [("*", first)]
        while isinstance(factors[-1][1], (Number, Constant)) and self.tokens[self.at].kind in ("name", "frac", "sqrt"):
            if function_named(self.tokens[self.at].text) is not None:
                break
            factors.append((JUXTAPOSED, self.expression(PRODUCT)))
        return first if len(factors) == 1 else Product(first.offset, tuple(factors))

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
        comma = self.tokens[self.at].kind == ","
        items = self.items(first)
        self.close(kind, start)
        self.bars = outer_bars
        if comma or (kind == "[" and not text.startswith("\\left")):
            _check_rows(items)
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
        _check_rows(tuple(rows))
        return self.postfix(Array(start, tuple(rows), "matrix"))

    def _root(self, text: str, start: int) -> Node:
        r"""`\sqrt{x}`, `\sqrt[3]{x}`, `√2`, `√(n+1)`."""
        degree: Node | None = None
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
            return self.name(text, start, end)
        if kind in ("(", "{"):
            return self.bracket(kind, text, start)
        self.at -= 1
        return self.operand()

    # What may stand after an operand.

    def postfix(self, node: Node) -> Node:
        """The operand with what stands after it: percent signs, raised figures, transposition, indices."""
        while True:
            kind, text, start, _ = self.tokens[self.at]
            if kind not in _POSTFIXES:
                return node
            if kind == "super":
                self.at += 1
                node = (
                    Transpose(node.offset, node) if text == "ᵀ" else Power(node.offset, node, self.raised(text, start))
                )
            elif kind == "percent" or (kind == "%" and not self.is_operand(self.at + 1)):
                self.at += 1
                node = Percent(node.offset, node)
            elif kind == "transpose":
                self.at += 1
                node = Transpose(node.offset, node)
            elif kind == "[" and isinstance(node, (Name, Index)) and self.tokens[self.at - 1].end == start:
                self.at += 1
                indices = self.items(self.expression(0))
                self.close("[", start)
                node = Index(node.offset, node, indices)
            else:
                return node
            self.deeper()
            if kind == "super" and self.tokens[self.at].kind == "^":
                self.refuse()

    def raised(self, text: str, start: int) -> Node:
        """The exponent in superscript characters, `ⁿ⁺¹` as `n+1`."""
        exponent = raised_exponent(text, start)
        if exponent is None:
            plain = "".join(map(SUPERSCRIPTS.__getitem__, text))
            exponent = type(self)(" " * start + plain, self.words).whole()
        return exponent

    def is_transposition(self) -> bool:
        r"""Whether `\top` or an undeclared `T` stands after `^`; if so, it is passed over."""
        at = self.at
        braced = self.tokens[at].kind == "{"
        kind, text, _, _ = self.tokens[at + braced]
        if kind != "top" and not (
            kind == "name" and text == "T" and (self.words is None or self.words.find("T") is None)
        ):
            return False
        if braced and self.tokens[at + 2].kind != "}":
            return False
        self.at = at + (3 if braced else 1)
        return True


_PREFIXES: dict[str, Callable[[Operands, str, int], Node]] = {
    "-": Operands._negative,
    "+": Operands._positive,
    "not": Operands._opposite,
    "frac": Operands._quotient,
    "sqrt": Operands._root,
    "fraction": Operands._vulgar,
    "infinity": Operands._infinity,
    "begin": Operands._matrix,
    "word": Operands._quoted,
}


def _check_rows(items: tuple[Node, ...]) -> None:
    """Raises UnevenRows if the items are rows of different lengths."""
    first = items[0]
    if not isinstance(first, Array):
        return
    for number, row in enumerate(items[1:], start=2):
        if isinstance(row, Array) and len(row.items) != len(first.items):
            raise UnevenRows(row.offset, number, len(first.items), len(row.items))
