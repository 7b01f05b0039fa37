r"""The lines of shown working: where each begins, and what it states.

A line ends at a line break, at `\\` or at a semicolon; brackets hold it together over several rows, and one that begins with an equals
sign goes on with the line before it. Several statements may stand on one line. Places count characters of the text as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from grader.working.chinese import with_equals_signs
from grader.working.statements import EQUALS, Link, Statement, statements
from grader.working.tables import Table
from solvers.expression.tokens import tidy

MOST_LINES = 50
"""Lines of one response that are looked at as working."""
MOST_CHARACTERS = 6_000
"""Characters of one response that are looked at as working."""
MOST_LINKS = 240
"""Equals signs of one response, beyond which it is no working."""

_BREAK = re.compile(r"\n|\\\\(?!\s*\[)|;")
_MATRIX = re.compile(r"\\(begin|end)\{[a-zA-Z]*(?:matrix|array|cases)\*?\}")
_LAYOUT = re.compile(
    r"\\(?:begin|end)\{(?:align|aligned|equation|gather|split|eqnarray|multline)\*?\}|\\[\[\]]|\$|```|`|\*\*(?=\S[^*\n]*\*\*)|(?<=[^\s*])\*\*(?=\s|$)"
)
_STRUCK = re.compile(
    r"~~[^~\n]{1,400}+~~|\\(?:sout|st|cancel|xcancel|bcancel)\{(?:[^{}\n]++|\{[^{}\n]{0,64}+\}){0,40}+\}|<(del|s|strike)>[^<\n]{0,400}+</\1>"
)
_STRUCK_HINTS = ("~~", "\\sout", "\\st{", "cancel{", "<del>", "<s>", "<strike>")
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True)
class TypedLine:
    """One statement as it was typed: the line it stands on, counted from 1, where it begins, what stands before its first equals sign,
    and what stands after each; no `links` if it is words only.
    """

    number: int
    start: int
    text: str
    left: Link
    links: tuple[Link, ...]


def typed_lines(text: str) -> list[TypedLine]:
    """The statements of a response in order, and the lines that hold words only; none if it is too long for working."""
    if len(text) > MOST_CHARACTERS:
        return []
    plain = with_equals_signs(_LAYOUT.sub(_blank, tidy(text)))
    struck = any(hint in plain for hint in _STRUCK_HINTS)
    if struck:
        plain = _STRUCK.sub(_blank, plain)
    if len(EQUALS.findall(plain)) > MOST_LINKS:
        return []
    lines: list[TypedLine] = []
    table, number = Table(), 0
    for start, end in _stretches(plain):
        found = table.row(plain, start, end)
        if found is None:
            found = list(statements(plain, start, end))
        if lines and lines[-1].links and found and found[0].links and not found[0].left.text:
            first, before = found.pop(0), lines.pop()
            lines.append(_joined(text, before, first))
        if found or (struck and _STRUCK.search(text, start, end)):
            number += 1
        lines += [_line(text, number, statement) for statement in found]
        if struck and not found and (away := _STRUCK.search(text, start, end)) is not None:
            lines.append(TypedLine(number, away.start(), away[0], Link("", away.start()), ()))
        if len(lines) > MOST_LINES:
            return []
    return lines


def is_working(lines: list[TypedLine]) -> bool:
    """Whether lines show how an answer came about: two of them say what something is, or one says so in two ways."""
    stated = [line for line in lines if line.links]
    if len(stated) == 1:
        return len(stated[0].links) > 1 or _is_worked_out(stated[0].left.text)
    return len(stated) > 1


def _is_worked_out(text: str) -> bool:
    """Whether what stands before an equals sign is a calculation, as in `5*11 = 55`."""
    return re.search(r"[0-9][^=]*[-+*/^(][^=]*[0-9]", text) is not None


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _line(text: str, number: int, found: Statement) -> TypedLine:
    typed = text[found.start : found.end]
    start = found.start + len(typed) - len(typed.lstrip())
    return TypedLine(number, start, typed.strip(), found.left, found.links)


def _joined(text: str, before: TypedLine, more: Statement) -> TypedLine:
    """A line with what goes on below it."""
    return replace(before, text=text[before.start : more.end].strip(), links=(*before.links, *more.links))


def _stretches(plain: str) -> Iterator[tuple[int, int]]:
    """Where each line begins and ends."""
    start = depth = at = matrices = 0
    while at < len(plain):
        if (found := _MATRIX.match(plain, at)) is not None:
            matrices = max(0, matrices + (1 if found[1] == "begin" else -1))
            at = found.end()
            continue
        if (found := _BREAK.match(plain, at)) is not None:
            rest = plain[found.end() : _line_end(plain, found.end())]
            # Rows of an array hold no equals sign; a bracket that is never closed holds nothing together.
            if matrices or (depth > 0 and (found[0] == ";" or EQUALS.search(rest) is None)):
                at = found.end()
                continue
            if found[0] != ";" or EQUALS.search(rest.partition(";")[0]) is not None:
                yield start, at
                start, depth = found.end(), 0
            at = found.end()
            continue
        depth = max(0, depth + (plain[at] in _OPENING) - (plain[at] in _CLOSING))
        at += 1
    yield start, len(plain)


def _line_end(plain: str, start: int) -> int:
    end = plain.find("\n", start)
    return len(plain) if end < 0 else end
