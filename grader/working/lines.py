r"""The lines of shown working: where each begins, what stands between its equals signs, what is no more than words.

A line ends at a line break, at `\\` or at a semicolon; brackets hold it together over several rows, and one that begins with an equals
sign goes on with the line before it. Places count characters of the text as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from solvers.expression.tokens import tidy

MOST_LINES = 50
"""Lines of one response that are looked at as working."""
MOST_CHARACTERS = 6_000
"""Characters of one response that are looked at as working."""
MOST_LINKS = 240
"""Equals signs of one response, beyond which it is no working."""

_EQUALS = re.compile(r"(?<![<>=!:])(?::=|=|≈|≅|≃|\\approx(?![a-z])|\\simeq(?![a-z]))(?![=>])")
_BREAK = re.compile(r"\n|\\\\(?!\s*\[)|;")
_MATRIX = re.compile(r"\\(begin|end)\{[a-zA-Z]*(?:matrix|array|cases)\*?\}")
_LAYOUT = re.compile(
    r"\\(?:begin|end)\{(?:align|aligned|equation|gather|split|eqnarray|multline)\*?\}|\\[\[\]]|\$|```|`"
)
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True)
class Link:
    """What stands between two equals signs, and where it begins in the response."""

    text: str
    offset: int


@dataclass(frozen=True)
class TypedLine:
    """One line as it was typed: where it begins, what stands before its first equals sign, and what stands after each."""

    start: int
    text: str
    left: Link
    links: tuple[Link, ...]


def typed_lines(text: str) -> list[TypedLine]:
    """The lines of a response that are not empty; none if it is too long for working."""
    if len(text) > MOST_CHARACTERS:
        return []
    plain = _LAYOUT.sub(lambda found: " " * len(found[0]), tidy(text))
    if len(_EQUALS.findall(plain)) > MOST_LINKS:
        return []
    lines: list[TypedLine] = []
    for start, end in _stretches(plain):
        left, *links = _links(plain, start, end)
        if links and not left.text and lines and lines[-1].links:
            before = lines.pop()
            lines.append(_line(text, before.start, end, before.left, (*before.links, *links)))
        elif left.text or links:
            lines.append(_line(text, start, end, left, tuple(links)))
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


def _line(text: str, start: int, end: int, left: Link, links: tuple[Link, ...]) -> TypedLine:
    typed = text[start:end]
    return TypedLine(start + len(typed) - len(typed.lstrip()), typed.strip(), left, links)


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
            if matrices or (depth > 0 and (found[0] == ";" or _EQUALS.search(rest) is None)):
                at = found.end()
                continue
            if found[0] != ";" or _EQUALS.search(rest.partition(";")[0]) is not None:
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


def _links(plain: str, start: int, end: int) -> list[Link]:
    """What stands between the equals signs of a line that are in no bracket."""
    if (
        "\\begin{" not in plain[start:end]
    ):  # there `&` keeps columns apart; elsewhere it puts equals signs below each other
        plain = plain[:start] + plain[start:end].replace("&", " ") + plain[end:]
    found, depth, last, begin = [], 0, start, start
    for sign in _EQUALS.finditer(plain, start, end):
        between = plain[last : sign.start()]
        depth = max(0, depth + sum(map(between.count, _OPENING)) - sum(map(between.count, _CLOSING)))
        last = sign.end()
        if depth == 0:
            found.append(_link(plain, begin, sign.start()))
            begin = sign.end()
    found.append(_link(plain, begin, end))
    return found


def _link(plain: str, start: int, end: int) -> Link:
    text = plain[start:end]
    trimmed = text.strip()
    return Link(trimmed.rstrip(".,。").rstrip() if trimmed else "", start + len(text) - len(text.lstrip()))
