"""Formulas: read the subset of LaTeX that questions use, and say it on one line.

`parse` is strict: what it does not know is an error that points at the character, never text passed through. The
same tree gives the line for a terminal (`plain_text`) and the MathML for a page (`templates.mathml`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from solvers.latex.lexer import LatexError
from solvers.latex.line import one_line
from solvers.latex.parser import MAX_DEPTH, MAX_LENGTH, Parser
from solvers.latex.tree import Node

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "LatexError", "Segment", "parse", "plain_text", "segments", "with_plain_text"]

_MATH = re.compile(
    r"\\(?P<dollar>\$)|\$\$(?P<display>(?:\\.|[^$\\])+)\$\$|\$(?P<inline>(?:\\.|[^$\\])+)\$|(?P<stray>\$)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a prompt: its words, or (`latex` set) a formula, on a line of its own if `display`."""

    text: str
    latex: bool = False
    display: bool = False


def parse(latex: str) -> Node:
    """The tree of a formula. Raises LatexError at the first thing that is not understood."""
    if len(latex) > MAX_LENGTH:
        raise LatexError(
            latex, MAX_LENGTH, f"a formula has at most {MAX_LENGTH} characters", f"公式最多 {MAX_LENGTH} 个字符"
        )
    return Parser(latex).formula()


@lru_cache(maxsize=1024)
def plain_text(latex: str) -> str:
    r"""The formula on one line, with the brackets that keep its meaning: `\frac{n + p}{2 s}` is `(n + p)/(2s)`.

    Minus is the ASCII hyphen, and scripts that are not plain integers are written `x_t`, `e^(-x)`, so that the
    line can be typed and read back. Raises LatexError.
    """
    return one_line(parse(latex))


def with_plain_text(text: str) -> str:
    r"""The text with every `$…$` and `$$…$$` on one line, and `\$` as a dollar. Raises LatexError."""
    return "".join(plain_text(part.text) if part.latex else part.text for part in segments(text))


def segments(text: str) -> Iterator[Segment]:
    r"""The words and the formulas of a prompt in turn, `\$` already a dollar in the words.

    Raises LatexError for a `$` without a partner.
    """
    words, end = "", 0
    for match in _MATH.finditer(text):
        words += text[end : match.start()]
        end = match.end()
        kind = match.lastgroup
        if kind == "dollar":
            words += "$"
        elif kind == "stray" or kind is None:
            raise LatexError(
                text,
                match.start(),
                "this `$` has no partner (a dollar sign is written `\\$`)",
                "这个 `$` 没有配对（美元符号写作 `\\$`）",
            )
        else:
            if words:
                yield Segment(words)
            words = ""
            yield Segment(match[kind], latex=True, display=kind == "display")
    words += text[end:]
    if words:
        yield Segment(words)
