"""Functions and their arguments, and what may stand after an operand: a power in superscripts, `!`, `%`, an index."""

from __future__ import annotations

from abc import abstractmethod

from solvers.expression.cursor import CLOSES, OPERANDS, PRODUCT
from solvers.expression.errors import UnevenRows, WrongArguments
from solvers.expression.literals import raised_exponent
from solvers.expression.nodes import (
    JUXTAPOSED,
    Array,
    Call,
    Constant,
    Index,
    Name,
    Node,
    Number,
    Percent,
    Power,
    Product,
    Transpose,
    names_in,
)
from solvers.expression.notation import Notation, inverse
from solvers.expression.tokens import SUPERSCRIPTS
from solvers.expression.vocabulary import FUNCTIONS, WITHOUT_BRACKETS, function_named

_POSTFIXES = frozenset(("super", "percent", "%", "transpose", "[", "!", "°"))


class Calls(Notation):
    """Reads the arguments of a function and what follows an operand; operands are read by `expression` and `items`."""

    __slots__ = ()

    @abstractmethod
    def items(self, first: Node) -> tuple[Node, ...]:
        """The rest of a list after its first item; a comma may end it."""

    @abstractmethod
    def root(self, text: str, start: int) -> Node:
        """A root just passed, applied to what follows."""

    def is_call(self, word: str) -> bool:
        """Whether the function just read has an argument after it."""
        kind = self.tokens[self.at].kind
        if kind in ("(", "{"):
            return True
        if (self.words is None or self.words.open) and word.lower() not in WITHOUT_BRACKETS:
            return False
        return kind in OPERANDS or kind in ("|", "‖", "super", "-") or (kind == "^" and word != "sigma")

    def call(self, word: str, plain: str, start: int) -> Node:
        """A function just passed, applied to what follows: `f(x)`, `f^2(x)`, `f x`."""
        exponent = None
        if self.tokens[self.at].kind == "^":
            self.at += 1
            exponent = self.argument()
        elif self.tokens[self.at].kind == "super":
            _, text, place, _ = self.tokens[self.at]
            self.at += 1
            exponent = self.raised(text, place)
        inverted = inverse(plain, exponent)
        if inverted is not None:
            plain, exponent = inverted, None
        kind = self.tokens[self.at].kind
        if kind == "[" and plain == "sqrt" and exponent is None and (found := self.indexed_root(start)) is not None:
            return found
        if kind == "[":
            arguments = self.squared(plain)
        else:
            arguments = self.listed() if kind in ("(", "{") else (self.bare_argument(),)
        if plain == "sum" and self.words is not None and self.words.open and _is_series(arguments):
            return Call(start, "series", arguments)
        if word == "lg" and len(arguments) == 2:
            plain = "log"
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

    def squared(self, plain: str) -> tuple[Node, ...]:
        """Arguments in square brackets: one is a group, several are a list for a function of one."""
        start = self.tokens[self.at].start
        items = self.listed()
        return items if len(items) == 1 or FUNCTIONS[plain][1] > 1 else (Array(start, items, "["),)

    def indexed_root(self, start: int) -> Node | None:
        """`sqrt[3]{x}`; None if the square brackets hold what the root is of."""
        depth, at = 0, self.at
        while True:
            kind = self.tokens[at].kind
            depth += (kind == "[") - (kind == "]")
            if not depth or kind == "end of text":
                break
            at += 1
        if self.tokens[at].kind == "end of text" or self.tokens[at + 1].kind not in ("(", "{"):
            return None
        return self.root("\\sqrt", start)

    def bare_argument(self) -> Node:
        r"""The operand of a function without brackets: `\ln 2`, `\sin 2\pi x`."""
        first = self.expression(PRODUCT)
        factors = [("*", first)]
        while self.tokens[self.at].kind in ("name", "frac", "sqrt"):
            before, here = self.tokens[self.at - 1], self.tokens[self.at]
            run = before.kind == here.kind == "name" and before.end == here.start
            if function_named(here.text) is not None or not (run or isinstance(factors[-1][1], (Number, Constant))):
                break
            factors.append((JUXTAPOSED, self.expression(PRODUCT)))
        return first if len(factors) == 1 else Product(first.offset, tuple(factors))

    def over_index(self, word: str, start: int) -> Node:
        """`product(k^2, k, 1, n)`."""
        arguments = self.listed()
        if not _is_series(arguments):
            raise WrongArguments(start, word, len(arguments))
        return Call(start, "product", arguments)

    def rows(self, start: int) -> Node:
        """The rows of `matrix([1, 2], [3, 4])`, or those of one list of them."""
        items = self.listed()
        inner = items[0]
        if len(items) == 1 and isinstance(inner, Array):
            return Array(start, inner.items, "matrix")
        check_rows(items)
        return Array(start, items, "matrix")

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
                if isinstance(node, Percent):
                    self.refuse()
                self.at += 1
                node = Percent(node.offset, node)
            elif kind == "!":
                self.at += 1
                if self.tokens[self.at].kind == "!":
                    self.refuse()
                node = Call(node.offset, "factorial", (node,))
            elif kind == "°":
                self.at += 1
                node = self.degrees(node)
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


def _is_series(arguments: tuple[Node, ...]) -> bool:
    """Whether the arguments are what is summed, its index, and the index's first and last value: `sum(k^2, k, 1, n)`."""
    if len(arguments) != 4 or not isinstance(arguments[1], Name):
        return False
    index = names_in(arguments[1])
    return index <= names_in(arguments[0]) and not index & (names_in(arguments[2]) | names_in(arguments[3]))


def check_rows(items: tuple[Node, ...]) -> None:
    """Raises UnevenRows if the items are rows of different lengths."""
    first = items[0]
    if not isinstance(first, Array):
        return
    for number, row in enumerate(items[1:], start=2):
        if isinstance(row, Array) and len(row.items) != len(first.items):
            raise UnevenRows(row.offset, number, len(first.items), len(row.items))
