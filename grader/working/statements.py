"""What one line of working states: `z1 = 3, a1 = 0.95` says two things, `before: 3` one, `s = 1.8 → σ(s) = 0.86` two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

EQUALS = re.compile(r"(?<![<>=!:])(?::=|=|≈|≅|≃|\\approx(?![a-z])|\\simeq(?![a-z]))(?![=>])")
"""Signs between two things of the same value."""

_ARROW = r"→|⇒|⟹|⟶|->|=>|\\(?:to|implies|[Rr]ightarrow|[Ll]ongrightarrow)(?![a-zA-Z])"
_BETWEEN = re.compile(
    rf"(?P<arrow>{_ARROW})|(?P<comma>,(?![0-9])|(?<![0-9]),)|(?P<stop>(?<=[0-9)\]])[.。](?=\s+[^\W\d_])|。)|[()\[\]{{}}]"
)
_OPENING, _CLOSING = "([{", ")]}"
_SAYS = re.compile(rf"{EQUALS.pattern}|{_ARROW}|:\s*[-+(\[.0-9]")
_LABEL = re.compile(r"\s*([^:=\n]{1,30}|[A-Za-z]\s*=\s*[0-9]{1,3}\s*):(?!=)")
_BRACKETED = re.compile(r"\([^()]{0,30}\)|\{[^{}]{0,30}\}")
_VALUE = re.compile(r"(?=[^:]*[0-9])[-+(\[.0-9√≈~]", re.DOTALL)
_VALUE_AFTER = re.compile(r":\s*([\[(][^:=]*)\Z")
_NAME = re.compile(r"[^\W\d_]|[0-9]\s*[-+*/^]\s*[0-9(]")
_CHINESE = re.compile(r"\s*[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"\s*[-+]?\s*[0-9][0-9.]*\s*")
_MOST_WORDS = 1  # in what stands after a colon as a value, such as its unit
_LONGEST_NAME = 60  # characters before an equals sign in the middle of a line


@dataclass(frozen=True)
class Link:
    """What stands between two equals signs, and where it begins in the response."""

    text: str
    offset: int


@dataclass(frozen=True)
class Statement:
    """Where a statement stands, what it is about, and what it says that is, in one way or several."""

    start: int
    end: int
    left: Link
    links: tuple[Link, ...]


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    after_arrow: bool


def statements(plain: str, start: int, end: int) -> Iterator[Statement]:
    """The statements of one line; words only are one without links, nothing is none."""
    if "\\begin{" not in plain[start:end]:
        # There `&` keeps columns apart; elsewhere it puts equals signs below each other.
        plain = plain[:start] + plain[start:end].replace("&", " ") + plain[end:]
    label, begin = _label(plain, start, end)
    found: list[Statement] = []
    for piece in _pieces(plain, begin, end):
        left, *links = _links(plain, piece.start, piece.end)
        if not links and found and found[-1].links:
            found[-1] = _with_rest(found[-1], left, piece)
        elif links and left.text and label and (found or begin > start):
            found.append(Statement(piece.start, piece.end, Link(f"{label}: {left.text}", left.offset), tuple(links)))
        elif links or left.text:
            found.append(_spoken(Statement(piece.start, piece.end, left, tuple(links)), piece))
    yield from found


def _label(plain: str, start: int, end: int) -> tuple[str, int]:
    """What a line begins with before a colon, which holds for all that the line states, and where its statements begin."""
    found = _LABEL.match(plain, start, end)
    if found is None:
        return "", start
    return " ".join(found[1].split()), found.end() if "=" in found[1] else start


def _pieces(plain: str, start: int, end: int) -> Iterator[_Piece]:
    """A line, cut at arrows, and at commas and full stops that another statement follows."""
    depth, begin, arrow = 0, start, False
    for sign in _BETWEEN.finditer(plain, start, end):
        if sign.lastgroup is None:
            depth = max(0, depth + (1 if sign[0] in _OPENING else -1))
        elif depth == 0 and (
            sign.lastgroup == "arrow"
            or (_states(plain, sign.end(), end) and _SAYS.search(plain, begin, sign.start()) is not None)
        ):
            yield _Piece(begin, sign.start(), arrow)
            begin, arrow = sign.end(), sign.lastgroup == "arrow"
    yield _Piece(begin, end, arrow)


def _states(plain: str, start: int, end: int) -> bool:
    """Whether what follows a comma says what something else is, or goes on in Chinese words."""
    if _CHINESE.match(plain, start, end) is not None:
        return True
    sign = EQUALS.search(plain, start, min(end, start + _LONGEST_NAME))
    if sign is None:
        return False
    name = _BRACKETED.sub("", plain[start : sign.start()])
    return "," not in name and _NAME.search(name) is not None and name.count("(") == name.count(")")


def _spoken(found: Statement, piece: _Piece) -> Statement:
    """A statement without an equals sign, `before: 3`, as one; what is none stays words."""
    if found.links:
        return found
    name, colon, value = found.left.text.rpartition(":")
    said = value.strip()
    is_named = not name or re.search(r"[^\W\d_]", name) is not None
    if not colon or not is_named or _VALUE.match(said) is None or len(_WORD.findall(said)) > _MOST_WORDS:
        return found
    offset = found.left.offset
    where = offset + len(name) + 1 + len(value) - len(value.lstrip())
    return Statement(piece.start, piece.end, Link(name.strip(), offset), (Link(said, where),))


def _with_rest(found: Statement, rest: Link, piece: _Piece) -> Statement:
    """A statement with what follows it without an equals sign: after an arrow its value, if it has none yet; else a remark."""
    is_number, had_one = (_NUMBER.fullmatch(text) is not None for text in (rest.text, found.links[-1].text))
    is_value = piece.after_arrow and (is_number or (not had_one and re.match(r"[-+(\[.\d]", rest.text)))
    links = (*found.links, rest) if is_value else found.links
    return Statement(found.start, piece.end, found.left, links)


def _links(plain: str, start: int, end: int) -> list[Link]:
    """What stands between the equals signs of a statement that are in no bracket."""
    found, depth, last, begin = [], 0, start, start
    for sign in EQUALS.finditer(plain, start, end):
        between = plain[last : sign.start()]
        depth = max(0, depth + sum(map(between.count, _OPENING)) - sum(map(between.count, _CLOSING)))
        last = sign.end()
        if depth == 0:
            found.append(link(plain, begin, sign.start()))
            begin = sign.end()
    spoken = _VALUE_AFTER.search(plain[:end], begin) if found else None
    found.append(link(plain, begin if spoken is None else spoken.start(1), end))
    return found


def link(plain: str, start: int, end: int) -> Link:
    """A stretch of the text without the spaces around it and the full stop or comma at its end."""
    text = plain[start:end]
    trimmed = text.strip()
    return Link(trimmed.rstrip(".,。").rstrip() if trimmed else "", start + len(text) - len(text.lstrip()))
