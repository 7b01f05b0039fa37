r"""The grammar: plain text and LaTeX alike, read by precedence into the nodes of an expression.

From loosest to tightest, the operators are

    or,  and,  not,  comparisons (a chain: 0 <= p < k),  + -,  * / // % mod @ ⊙ and juxtaposition,  - (sign),  ^

Products go from left to right, with or without a sign: `1/2x` is `(1/2)*x`. A sign binds looser than a power: `-x^2` is
`-(x^2)`. Powers go from right to left. After an operand may stand `%`, `²`, `^\top`, `.T` and, without a space, `[index]`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

from solvers.expression.cursor import AND, CLOSING, COMPARISON, LEVELS, POWER, PRODUCT, SUM
from solvers.expression.errors import (
    MissingOperator,
    TooLong,
)
from solvers.expression.nodes import (
    JUXTAPOSED,
    Array,
    Comparison,
    Logic,
    Node,
    Power,
    Product,
    Sum,
    Transpose,
)
from solvers.expression.notation import without_group
from solvers.expression.operands import Operands
from solvers.expression.tokens import Token
from solvers.expression.vocabulary import (
    vocabulary,
)

LONGEST: Final = 10_000
"""Characters that are read unless the caller allows more."""


def parse(text: str, names: Collection[str] | None = None, *, longest: int = LONGEST) -> Node:
    """The expression that a text stands for.

    `names` are the declared variables: other words are then functions, constants, magnitudes (`2.5M`), runs of declared
    names (`nd` for `n*d`), or an error. With None every word that is not a function call is a variable.

    Raises a subclass of ExpressionError, with the place of the mistake in `text`.
    """
    if len(text) > longest:
        raise TooLong(longest, len(text), longest)
    return _Parser(text, None if names is None else vocabulary(frozenset(names))).whole()


class _Parser(Operands):
    __slots__ = ()

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
        left = self.leaf() or self.operand()
        tokens = self.tokens
        while True:
            kind = tokens[self.at].kind
            level = LEVELS.get(kind)
            if level is None:
                if not self.is_operand(self.at):
                    break
                level = PRODUCT
            if kind == "||" and "|" in self.bars:
                _, _, start, end = tokens[self.at]
                tokens[self.at : self.at + 1] = [Token("|", "|", start, start + 1), Token("|", "|", end - 1, end)]
                break
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
            if kind in CLOSING or kind == "end of text":
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
            if LEVELS.get(kind) == PRODUCT:
                self.at += 1
                factors.append(("%" if kind == "mod" else kind, self.leaf() or self.expression(PRODUCT)))
            elif self.is_operand(self.at):
                before = self.tokens[self.at - 1]
                if (
                    kind in ("number", "fraction")
                    and before.kind not in CLOSING
                    and before.kind != "!"
                    and not self.is_power(before)
                ):
                    raise MissingOperator(start, self.shown(before), self.shown(self.tokens[self.at]))
                factors.append((JUXTAPOSED, self.expression(PRODUCT)))
            else:
                return Product(left.offset, tuple(factors if "[" not in self.text else map(_ungrouped, factors)))

    def is_power(self, before: Token) -> bool:
        """Whether a number stands apart after a name, with an exponent: `n 2^n`."""
        here = self.tokens[self.at]
        return before.kind == "name" and here.start > before.end and self.tokens[self.at + 1].kind == "^"

    def power(self, base: Node) -> Node:
        self.at += 1
        if self.is_transposition():
            return self.postfix(Transpose(base.offset, base))
        if self.is_degree():
            return self.postfix(self.degrees(base))
        return Power(base.offset, without_group(base), self.expression(PRODUCT))

    def comparison(self, first: Node) -> Node:
        rest = []
        while LEVELS.get(kind := self.tokens[self.at].kind) == COMPARISON:
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
        while LEVELS.get(kind := self.tokens[self.at].kind) == level and kind not in self.bars:
            self.at += 1
            operands.append(self.expression(level))
        word: Literal["and", "or"] = "and" if level == AND else "or"
        return Logic(first.offset, word, tuple(operands))


def _ungrouped(factor: tuple[str, Node]) -> tuple[str, Node]:
    return factor[0], without_group(factor[1])
