r"""Notations with places of their own: `\log_b x`, `\sum_{k=1}^{n}`, `\binom{n}{k}`, `n!`, `30^\circ`, `f^{-1}(x)`."""

from __future__ import annotations

from abc import abstractmethod

from solvers.expression.cursor import COMPARISON, SUM, Cursor
from solvers.expression.elementary import INVERSES
from solvers.expression.errors import MissingLimits, UnknownName, WrongArguments
from solvers.expression.literals import literal
from solvers.expression.nodes import (
    JUXTAPOSED,
    Array,
    Call,
    Comparison,
    Constant,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
)
from solvers.expression.tokens import Token
from solvers.expression.vocabulary import ANY, CONSTANTS, Vocabulary, vocabulary

BASE = "log_"  # what the name of a logarithm to a base of one's own begins with


class Notation(Cursor):
    """Reads what stands at the places of a notation; the rest is read by `expression`, `argument` and `call`."""

    __slots__ = ()

    @abstractmethod
    def whole(self) -> Node:
        """All of the text."""

    @abstractmethod
    def expression(self, floor: int) -> Node:
        """Everything that binds tighter than `floor`."""

    @abstractmethod
    def argument(self) -> Node:
        """What a LaTeX command applies to."""

    @abstractmethod
    def call(self, word: str, plain: str, start: int) -> Node:
        """A function just passed, applied to what follows."""

    # Logarithms.

    def logarithm(self, word: str, start: int, end: int) -> Node:
        r"""A logarithm to the base in its name, which was just passed: `log_3 9`, `log_b(n)`, `\log_{a^2} x`, `\log_ax`."""
        base = self.base(word.removeprefix(BASE), start, end)
        found = self.call("log", "log", start)
        inner = found.base if isinstance(found, Power) else found
        if not isinstance(inner, Call) or len(inner.arguments) != 1:
            raise WrongArguments(start, word, 2)
        inner.arguments = (*inner.arguments, base)
        return found

    def is_based(self, word: str, plain: str | None, end: int) -> bool:
        """Whether a word that begins like a logarithm to a base is one of its own: `log_3`, `log_2.5`, not `log_2`."""
        after = self.tokens[self.at]
        return len(word) > len(BASE) and (plain is None or (after.start == end and after.text.startswith(".")))

    def base(self, text: str, start: int, end: int) -> Node:
        """The base of a logarithm; what is run together with it goes back among the tokens."""
        if text.startswith("{"):
            return type(self)(" " * (start + len(BASE) + 1) + text[1:-1], self.words).whole()
        figures = text[: len(text) - len(text.lstrip("0123456789"))]
        after = self.tokens[self.at]
        if figures == text and after.kind == "number" and after.start == end and after.text.startswith("."):
            self.at += 1
            figures = text = text + after.text
        if figures:
            value, form = literal(figures, start)
            node: Node = Number(start, value, figures, form)
            rest = text[len(figures) :]
        else:
            alone = self.words is None and (after.kind == "(" or self.is_operand(self.at))
            whole = text in CONSTANTS or alone or (self.words is not None and self.words.find(text) is not None)
            first = text if whole else text[0]
            rest = text[len(first) :]
            declared = first if self.words is None else self.words.find(first)
            if declared is None and first in CONSTANTS:
                node = Constant(start, CONSTANTS[first])
            elif declared is not None or self.words is None or self.words.open:
                node = Name(start, declared or first)
            else:
                raise UnknownName(start, first, self.words.names, self.words.nearest(first))
        if rest:
            self.tokens.insert(self.at, Token("name", rest, end - len(rest), end))
        return node

    # Sums and products over an index.

    def series(self, text: str, start: int) -> Node:
        r"""`\sum_{k=1}^{n} k^2` and `\prod`, with the index known in what is summed."""
        limits: dict[str, Node] = {}
        while self.tokens[self.at].kind in ("_", "^") and self.tokens[self.at].kind not in limits:
            kind = self.tokens[self.at].kind
            self.at += 1
            limits[kind] = self.lower_limit(text, start) if kind == "_" else self.argument()
        low = limits.get("_")
        if not isinstance(low, Comparison) or not isinstance(low.first, Name) or "^" not in limits:
            raise MissingLimits(start, text)
        outer, self.words = self.words, self.with_name(low.first.name)
        body = self.expression(SUM)
        self.words = outer
        function = "product" if text.startswith("\\prod") or text == "∏" else "series"
        return Call(start, function, (body, low.first, low.rest[0][1], limits["^"]))

    def lower_limit(self, sign: str, at: int) -> Node:
        """`{k=1}`, with the index known."""
        opened = self.tokens[self.at]
        if opened.kind != "{" or self.tokens[self.at + 1].kind != "name" or self.tokens[self.at + 2].kind != "==":
            raise MissingLimits(at, sign)
        _, word, start, _ = self.tokens[self.at + 1]
        self.at += 3
        value = self.expression(COMPARISON)
        self.close("{", opened.start)
        return Comparison(start, Name(start, word), (("==", value),))

    def with_name(self, name: str) -> Vocabulary | None:
        """The vocabulary with one more name."""
        words = self.words
        return None if words is None else vocabulary(frozenset((*words.names, name, *([ANY] if words.open else []))))

    # What stands before, between or after operands.

    def choice(self, text: str, start: int) -> Node:
        r"""`\binom{n}{k}`."""
        return Call(start, "binomial", (self.argument(), self.argument()))

    def degrees(self, node: Node) -> Node:
        """An angle in degrees."""
        return Product(
            node.offset,
            (("*", node), (JUXTAPOSED, Constant(node.offset, "pi")), ("/", Number(node.offset, 180, "180", "integer"))),
        )

    def is_degree(self) -> bool:
        r"""Whether `\circ` stands after `^`; if so, it is passed over."""
        braced = self.tokens[self.at].kind == "{"
        kind, text, _, _ = self.tokens[self.at + braced]
        if kind not in ("⊙", "°") or (braced and self.tokens[self.at + 2].kind != "}") or text == "\\odot":
            return False
        self.at += 3 if braced else 1
        return True


def inverse(function: str, exponent: Node | None) -> str | None:
    r"""The function that `\sin^{-1}` stands for; None if the exponent is another, or the function not inverted like this."""
    if isinstance(exponent, Negative) and isinstance(exponent.operand, Number) and exponent.operand.value == 1:
        return INVERSES.get(function)
    return None


def without_group(node: Node) -> Node:
    """What square brackets hold that group, as in `5[1 + x]`: one formula beside others."""
    while (
        isinstance(node, Array)
        and node.bracket == "["
        and len(node.items) == 1
        and not isinstance(node.items[0], Array)
    ):
        node = node.items[0]
    return node
