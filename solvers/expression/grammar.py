r"""The grammar: plain text and LaTeX alike, read by precedence into the nodes of an expression.

From loosest to tightest, the operators are

    or,  and,  not,  comparisons (a chain: 0 <= p < k),  + -,  * / // % mod @ ⊙ and juxtaposition,  - (sign),  ^

Products go from left to right, with or without a sign: `1/2x` is `(1/2)*x`. A sign binds looser than a power: `-x^2` is
`-(x^2)`. Powers go from right to left. After an operand may stand `%`, `²`, `^\top`, `.T` and, without a space, `[index]`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection
from fractions import Fraction
from typing import Final, Literal, NoReturn

from solvers.expression.errors import (
    Elided,
    MissingOperand,
    MissingOperator,
    TooDeep,
    TooLarge,
    TooLong,
    UnclosedBracket,
    UnevenRows,
    UnexpectedCharacter,
    UnknownFunction,
    UnknownName,
    UnopenedBracket,
    WrongArguments,
)
from solvers.expression.nodes import (
    JUXTAPOSED,
    Array,
    Call,
    Comparison,
    Constant,
    Form,
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
)
from solvers.expression.tokens import SUPERSCRIPTS, Token, tokenize
from solvers.expression.vocabulary import (
    CONSTANTS,
    FUNCTIONS,
    MAGNITUDES,
    WITHOUT_BRACKETS,
    Vocabulary,
    closest,
    function_named,
    vocabulary,
)

LONGEST: Final = 10_000
"""Characters that are read unless the caller allows more."""
DEEPEST: Final = 60
"""Brackets, powers and signs within each other."""
MOST_DIGITS: Final = 400
"""Digits of a number as typed, and the largest power of ten in `1e400`."""

OR, AND, NOT, COMPARISON, SUM, PRODUCT, POWER = range(1, 8)
_LEVELS = {
    "or": OR, "||": OR, "and": AND, "==": COMPARISON, "!=": COMPARISON, "<": COMPARISON, "<=": COMPARISON, ">": COMPARISON,
    ">=": COMPARISON, "in": COMPARISON, "not in": COMPARISON, "not": COMPARISON, "+": SUM, "-": SUM, "*": PRODUCT,
    "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "mod": PRODUCT, "@": PRODUCT, "⊙": PRODUCT, "outer": PRODUCT, "^": POWER,
}  # fmt: skip
_OPERANDS = frozenset(
    ("number", "name", "fraction", "frac", "sqrt", "infinity", "begin", "(", "[", "{", "⌊", "⌈", "|(", "‖(")
)
_CLOSES = {"(": ")", "[": "]", "{": "}", "⌊": "⌋", "⌈": "⌉", "|": "|", "|(": ")|", "‖": "‖", "‖(": ")‖", "||": "||"}
_CLOSING = frozenset(_CLOSES.values())
_FUNCTION_OF = {"⌊": "floor", "⌈": "ceil", "|": "abs", "|(": "abs", "‖": "norm", "‖(": "norm", "||": "norm"}


def parse(text: str, names: Collection[str] | None = None, *, longest: int = LONGEST) -> Node:
    """The expression that a text stands for.

    `names` are the declared variables: other words are then functions, constants, magnitudes (`2.5M`), runs of declared
    names (`nd` for `n*d`), or an error. With None every word that is not a function call is a variable.

    Raises a subclass of ExpressionError, with the place of the mistake in `text`.
    """
    if len(text) > longest:
        raise TooLong(longest, len(text), longest)
    return _Parser(text, None if names is None else vocabulary(frozenset(names))).whole()


class _Parser:
    __slots__ = ("at", "bars", "depth", "text", "tokens", "words")

    def __init__(self, text: str, words: Vocabulary | None) -> None:
        self.text = text
        self.words = words
        self.tokens = tokenize(text)
        self.at = 0
        self.depth = 0
        self.bars: list[str] = []

    def whole(self) -> Node:
        node = self.expression(0)
        if self.tokens[self.at].kind == ",":
            node = Array(node.offset, self.items(node), "")
        if self.tokens[self.at].kind != "end of text":
            self.refuse()
        return node

    # The two loops: operators between operands, and items between commas.

    def expression(self, floor: int) -> Node:
        """Everything that binds tighter than `floor`."""
        depth = self.depth
        self.deeper()
        left = self.operand()
        while True:
            kind = self.tokens[self.at].kind
            level = _LEVELS.get(kind)
            if level is None:
                if not self.is_operand(self.at):
                    break
                level = PRODUCT
            if level <= floor or kind in self.bars:
                break
            if level == PRODUCT:
                left = self.product(left)
            elif level == SUM:
                left = self.sum(left)
            elif level == POWER:
                left = self.power(left)
            elif level == COMPARISON:
                left = self.comparison(left)
            else:
                left = self.logic(left, level)
        self.depth = depth
        return left

    def items(self, first: Node) -> tuple[Node, ...]:
        """The rest of a list after its first item; a comma may end it."""
        items = [first]
        while self.tokens[self.at].kind == ",":
            self.at += 1
            kind = self.tokens[self.at].kind
            if kind in _CLOSING or kind == "end of text":
                break
            items.append(self.expression(0))
        return tuple(items)

    def sum(self, left: Node) -> Node:
        terms = [("+", left)]
        while (kind := self.tokens[self.at].kind) == "+" or kind == "-":
            self.at += 1
            terms.append((kind, self.expression(SUM)))
        return Sum(left.offset, tuple(terms))

    def product(self, left: Node) -> Node:
        factors = [("*", left)]
        while True:
            kind, _, start, _ = self.tokens[self.at]
            if _LEVELS.get(kind) == PRODUCT:
                self.at += 1
                factors.append(("%" if kind == "mod" else kind, self.expression(PRODUCT)))
            elif self.is_operand(self.at):
                before = self.tokens[self.at - 1]
                if kind in ("number", "fraction") and before.kind not in _CLOSING:
                    raise MissingOperator(start, self.shown(before), self.shown(self.tokens[self.at]))
                factors.append((JUXTAPOSED, self.expression(PRODUCT)))
            else:
                return Product(left.offset, tuple(factors))

    def power(self, base: Node) -> Node:
        self.at += 1
        if self.is_transposition():
            return self.postfix(Transpose(base.offset, base))
        return Power(base.offset, base, self.expression(PRODUCT))

    def comparison(self, first: Node) -> Node:
        rest = []
        while _LEVELS.get(kind := self.tokens[self.at].kind) == COMPARISON:
            self.at += 1
            if kind == "not":
                if self.tokens[self.at].kind != "in":
                    self.refuse()
                self.at += 1
                kind = "not in"
            rest.append((kind, self.expression(COMPARISON)))
        return Comparison(first.offset, first, tuple(rest))

    def logic(self, first: Node, level: int) -> Node:
        operands = [first]
        while _LEVELS.get(kind := self.tokens[self.at].kind) == level and kind not in self.bars:
            self.at += 1
            operands.append(self.expression(level))
        word: Literal["and", "or"] = "and" if level == AND else "or"
        return Logic(first.offset, word, tuple(operands))

    # Operands.

    def operand(self) -> Node:
        kind, text, start, end = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return self.postfix(self.number(text, start, end))
        if kind == "name":
            return self.postfix(self.name(text, start, end))
        if kind in _CLOSES:
            return self.postfix(self.bracket(kind, text, start))
        rule = _PREFIXES.get(kind)
        if rule is None:
            self.at -= 1
            self.refuse()
        return rule(self, text, start)

    def negative(self, text: str, start: int) -> Node:
        return Negative(start, self.expression(PRODUCT))

    def positive(self, text: str, start: int) -> Node:
        return self.expression(PRODUCT)

    def opposite(self, text: str, start: int) -> Node:
        return Not(start, self.expression(NOT))

    def quotient(self, text: str, start: int) -> Node:
        top = self.argument()
        return self.postfix(Product(start, (("*", top), ("/", self.argument()))))

    def vulgar(self, text: str, start: int) -> Node:
        return self.postfix(Number(start, _vulgar(text), text, "fraction"))

    def infinity(self, text: str, start: int) -> Node:
        return self.postfix(Constant(start, "infinity"))

    def quoted(self, text: str, start: int) -> Node:
        return Word(start, text[1:-1])

    def number(self, text: str, start: int, end: int) -> Node:
        value, form = literal(text, start)
        kind, word, _, next_end = self.tokens[self.at]
        if kind in ("number", "fraction", "frac") and form == "integer":
            mixed = self.mixed(value, start, end)
            if mixed is not None:
                return mixed
        if kind == "name" and word in MAGNITUDES and self.words is not None and self.words.find(word) is None:
            self.at += 1
            return Number(start, _whole(value * 10 ** MAGNITUDES[word]), self.text[start:next_end], "scientific")
        return Number(start, value, self.text[start:end], form)

    def mixed(self, whole: int | Fraction, start: int, end: int) -> Node | None:
        r"""A whole number with a fraction right after it, `1 1/2`, `1½` or `1\frac{1}{2}`; None if there is no such fraction."""
        tokens, at = self.tokens, self.at
        kind, text, next_start, last = tokens[at]
        if kind == "fraction":
            self.at += 1
            return Number(start, whole + _vulgar(self.text[next_start]), self.text[start:last], "mixed")
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
            raise UnknownFunction(start, self.text[start:end], closest(word, tuple(FUNCTIONS)))
        raise UnknownName(start, self.text[start:end], words.names, words.nearest(word))

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
        if self.words is None and word.lower() not in WITHOUT_BRACKETS:
            return False
        return kind in _OPERANDS or kind in ("|", "‖") or (kind == "^" and word != "sigma")

    def call(self, word: str, plain: str, start: int) -> Node:
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
        if self.tokens[self.at].kind == _CLOSES[opening.kind]:
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
        if self.tokens[self.at].kind == _CLOSES[kind]:
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

    def matrix(self, text: str, start: int) -> Node:
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

    def root(self, text: str, start: int) -> Node:
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
        node = self.argument_node()
        self.depth = depth
        return node

    def argument_node(self) -> Node:
        kind, text, start, end = self.tokens[self.at]
        if kind == "number" and len(text) > 1:
            self.tokens[self.at] = Token("number", text[1:], start + 1, end)
            return Number(start, int(text[0]), text[0], "integer") if text[0].isdigit() else self.refuse()
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
        while True:
            kind, text, start, _ = self.tokens[self.at]
            if kind == "super":
                self.at += 1
                node = Transpose(node.offset, node) if text == "ᵀ" else Power(node.offset, node, _raised(text, start))
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

    def is_operand(self, at: int) -> bool:
        """Whether an operand starts at a token; a bar does unless it closes one."""
        kind = self.tokens[at].kind
        return kind in _OPERANDS or (kind in ("|", "‖") and kind not in self.bars)

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

    # Mistakes.

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep(self.tokens[self.at].start, DEEPEST)

    def close(self, kind: str, opened_at: int) -> None:
        if self.tokens[self.at].kind != _CLOSES[kind]:
            self.unclosed(self.shown_at(opened_at), opened_at)
        self.at += 1

    def unclosed(self, bracket: str, opened_at: int) -> NoReturn:
        kind, _, start, _ = self.tokens[self.at]
        if kind in _CLOSING or kind in ("end of text", "row", "end"):
            raise UnclosedBracket(start, bracket, opened_at)
        self.refuse()

    def missing(self) -> NoReturn:
        before = self.shown(self.tokens[self.at - 1]) if self.at else ""
        raise MissingOperand(self.tokens[self.at].start, before)

    def refuse(self) -> NoReturn:
        """Raises what is wrong with the token that the parser stands at."""
        token = self.tokens[self.at]
        before = self.tokens[self.at - 1] if self.at else None
        if token.kind == "dots":
            raise Elided(token.start)
        operand_before = before is not None and (
            before.kind in ("number", "name", "fraction", "super", "word", "percent", "transpose", "infinity")
            or before.kind in _CLOSING
        )
        if not operand_before and (
            token.kind == "end of text" or token.kind in _LEVELS or token.kind in _CLOSING or token.kind == ","
        ):
            self.missing()
        if token.kind in _CLOSING:
            raise UnopenedBracket(token.start, self.shown(token))
        if operand_before and before is not None and token.kind in ("number", "word", "fraction"):
            raise MissingOperator(token.start, self.shown(before), self.shown(token))
        raise UnexpectedCharacter(token.start, self.shown(token))

    def shown(self, token: Token) -> str:
        return self.text[token.start : token.end]

    def shown_at(self, offset: int) -> str:
        """The bracket that starts at an offset, as typed."""
        return next(self.shown(token) for token in self.tokens if token.start == offset)


_PREFIXES: dict[str, Callable[[_Parser, str, int], Node]] = {
    "-": _Parser.negative,
    "+": _Parser.positive,
    "not": _Parser.opposite,
    "frac": _Parser.quotient,
    "sqrt": _Parser.root,
    "fraction": _Parser.vulgar,
    "infinity": _Parser.infinity,
    "begin": _Parser.matrix,
    "word": _Parser.quoted,
}


def literal(text: str, offset: int) -> tuple[int | Fraction, Form]:
    """The exact value of a number's characters, and its form. Raises TooLarge beyond MOST_DIGITS."""
    if len(text) > MOST_DIGITS:
        raise TooLarge(offset)
    if text.isdigit():
        return int(text), "integer"
    mantissa, _, power = text.replace("_", "").replace("E", "e").partition("e")
    whole, point, decimals = mantissa.partition(".")
    if len(power) > 4 or (power and abs(int(power)) > MOST_DIGITS):
        raise TooLarge(offset)
    places = int(power or 0) - len(decimals)
    digits = int(whole + decimals)
    value = _whole(digits * Fraction(10) ** places) if places < 0 else digits * 10**places
    return value, "scientific" if power else "decimal" if point else "integer"


def _whole(value: int | Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def _vulgar(character: str) -> Fraction:
    return Fraction(unicodedata.numeric(character)).limit_denominator(10)


def _raised(text: str, start: int) -> Node:
    """The exponent in superscript figures."""
    plain = "".join(SUPERSCRIPTS[character] for character in text)
    digits = plain.lstrip("+-")
    if not digits.isdigit() or len(plain) - len(digits) > 1 or len(digits) > MOST_DIGITS:
        raise UnexpectedCharacter(start, text)
    value = int(digits)
    if plain[0] == "-":
        return Negative(start, Number(start, value, text, "integer"))
    return Number(start, value, text, "integer")


def _check_rows(items: tuple[Node, ...]) -> None:
    """Raises UnevenRows if the items are rows of different lengths."""
    first = items[0]
    if not isinstance(first, Array):
        return
    for number, row in enumerate(items[1:], start=2):
        if isinstance(row, Array) and len(row.items) != len(first.items):
            raise UnevenRows(row.offset, number, len(first.items), len(row.items))
