"""Cutting a formula into lexemes, and saying at which character reading stopped."""

from __future__ import annotations

import re

from solvers.text import GradmarkError

_LEXEME = re.compile(
    r"""\s*(?:\\[bB]igg?[lr]?(?![A-Za-z])\s*)?(
        \\(?:text(?:bf|it|rm|tt)?|mbox)\s*\{(?:[^{}\\]|\\.)*\}
      | \\(?:begin|end)\s*\{[A-Za-z]*\*?\}
      | \\(?:left|right)(?![A-Za-z])\s*(?:\\[A-Za-z]+|\\.|.)
      | \\operatorname\*
      | \\[A-Za-z]+ | \\.
      | \d+(?:(?:\{,\}|\\,)\d{3}(?!\d))*(?:\.\d+)? | \.\d+
      | '+ | := | \|\| | \S
    )""",
    re.VERBOSE | re.DOTALL,
)


class LatexError(GradmarkError):
    """A formula that cannot be read; `offset` is the character in `latex` at which reading stopped."""

    def __init__(self, latex: str, offset: int, en: str, zh: str) -> None:
        start = max(0, offset - 30)
        excerpt = ("…" if start else "") + latex[start : offset + 30] + ("…" if offset + 30 < len(latex) else "")
        excerpt = " ".join(excerpt.split())
        super().__init__(
            f"Formula “{excerpt}”, character {offset + 1}: {en}.",
            f"公式“{excerpt}”的第 {offset + 1} 个字符：{zh}。",
        )
        self.latex = latex
        self.offset = offset


def lexemes(latex: str) -> list[str]:
    """The commands, numbers, letters and signs of a formula in turn, and an empty string for its end."""
    return [*_LEXEME.findall(latex), ""]


def offset(latex: str, index: int) -> int:
    """Where in `latex` the lexeme of this index stands; only errors need it, so that reading stays fast."""
    starts = (match.start(1) for match in _LEXEME.finditer(latex))
    return next((start for number, start in enumerate(starts) if number == index), len(latex))


def closes(lexeme: str) -> bool:
    """Whether the lexeme ends the row that it is met in."""
    if lexeme[:1] != "\\":
        return lexeme in ("", "}", "&")
    if lexeme.startswith("\\end"):
        return lexeme[-1] == "}"
    return lexeme == "\\\\" or (lexeme.startswith("\\right") and is_fence(lexeme, 6))


def is_fence(lexeme: str, length: int) -> bool:
    r"""Whether the lexeme is `\left` or `\right` with its bracket, not a command that begins alike."""
    return not lexeme[length : length + 1].isalpha()
