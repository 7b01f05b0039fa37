"""Walking along the tokens of an expression, and saying what is wrong with the one that can't be taken."""

from __future__ import annotations

from typing import Final, NoReturn

from solvers.expression.errors import (
    Elided,
    MissingOperand,
    MissingOperator,
    TooDeep,
    UnclosedBracket,
    UnexpectedCharacter,
    UnopenedBracket,
)
from solvers.expression.tokens import Token, tokenize
from solvers.expression.vocabulary import Vocabulary

DEEPEST: Final = 60
"""Brackets, powers and signs within each other."""

OR, AND, NOT, COMPARISON, SUM, PRODUCT, POWER = range(1, 8)
LEVELS = {
    "or": OR, "||": OR, "and": AND, "==": COMPARISON, "!=": COMPARISON, "<": COMPARISON, "<=": COMPARISON, ">": COMPARISON,
    ">=": COMPARISON, "in": COMPARISON, "not in": COMPARISON, "not": COMPARISON, "+": SUM, "-": SUM, "*": PRODUCT,
    "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "mod": PRODUCT, "@": PRODUCT, "⊙": PRODUCT, "outer": PRODUCT, "^": POWER,
}  # fmt: skip
OPERANDS = frozenset(
    (
        "number",
        "name",
        "fraction",
        "frac",
        "sqrt",
        "infinity",
        "begin",
        "(",
        "[",
        "{",
        "⌊",
        "⌈",
        "|(",
        "‖(",
        "binom",
        "series",
    )
)
CLOSES = {"(": ")", "[": "]", "{": "}", "⌊": "⌋", "⌈": "⌉", "|": "|", "|(": ")|", "‖": "‖", "‖(": ")‖", "||": "||"}
CLOSING = frozenset(CLOSES.values())
ENDS = frozenset(("+", "-", "*", "/", ",", ")", "]", "}", "end of text"))
"""Tokens before which a number or a declared name is a whole term or factor."""


class Cursor:
    """A place among the tokens of a text, how deep it is nested, and which bars `|` are open around it."""

    __slots__ = ("at", "bars", "depth", "text", "tokens", "words")

    def __init__(self, text: str, words: Vocabulary | None) -> None:
        self.text = text
        self.words = words
        self.tokens = tokenize(text)
        self.at = 0
        self.depth = 0
        self.bars: list[str] = []

    def is_operand(self, at: int) -> bool:
        """Whether an operand starts at a token; a bar does unless it closes one."""
        kind = self.tokens[at].kind
        return kind in OPERANDS or (kind in ("|", "‖") and kind not in self.bars)

    def deeper(self) -> None:
        """Counts one more level of nesting. Raises TooDeep beyond the limit."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep(self.tokens[self.at].start, DEEPEST)

    def close(self, kind: str, opened_at: int) -> None:
        """Passes over the partner of a bracket. Raises UnclosedBracket, or what is wrong with the token in its place."""
        if self.tokens[self.at].kind != CLOSES[kind]:
            self.unclosed(self.shown_at(opened_at), opened_at)
        self.at += 1

    def unclosed(self, bracket: str, opened_at: int) -> NoReturn:
        """Raises UnclosedBracket if the text or an outer bracket ends here, else what is wrong with the token."""
        kind, _, start, _ = self.tokens[self.at]
        if kind in CLOSING or kind in ("end of text", "row", "end"):
            raise UnclosedBracket(
                start, bracket, opened_at, self.shown(self.tokens[self.at]) if kind in CLOSING else ""
            )
        self.refuse()

    def missing(self) -> NoReturn:
        """Raises MissingOperand for the place the cursor stands at."""
        before = self.shown(self.tokens[self.at - 1]) if self.at else ""
        raise MissingOperand(self.tokens[self.at].start, before, self.shown(self.tokens[self.at]))

    def refuse(self) -> NoReturn:
        """Raises what is wrong with the token that the parser stands at."""
        token = self.tokens[self.at]
        before = self.tokens[self.at - 1] if self.at else None
        if token.kind == "dots":
            raise Elided(token.start)
        operand_before = before is not None and (
            before.kind in ("number", "name", "fraction", "super", "word", "percent", "transpose", "infinity")
            or before.kind in CLOSING
        )
        expects_operand = not operand_before and (
            token.kind in LEVELS or token.kind in CLOSING or token.kind in (",", "&", "row", "end")
        )
        if expects_operand or token.kind == "end of text":
            self.missing()
        if token.kind in CLOSING:
            raise UnopenedBracket(token.start, self.shown(token))
        if operand_before and before is not None and token.kind in ("number", "word", "fraction"):
            raise MissingOperator(token.start, self.shown(before), self.shown(token))
        raise UnexpectedCharacter(token.start, self.shown(token))

    def shown(self, token: Token) -> str:
        """A token as it was typed."""
        return self.text[token.start : token.end]

    def shown_at(self, offset: int) -> str:
        """The bracket that starts at an offset, as typed."""
        return next(self.shown(token) for token in self.tokens if token.start == offset)
