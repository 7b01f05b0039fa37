"""Reading an order and a matching: labels from first to last, and pairs of a number and a label."""

from __future__ import annotations

import re
from collections.abc import Collection

from grader.reading.labels import Labels, opened
from grader.reading.mistakes import Backwards, MatchedTwice, NotAPair, RepeatedLabel
from grader.reading.result import Reading
from grader.reading.surroundings import Surrounded
from solvers.expression.tokens import LETTERS
from solvers.text import Text

ORDER = Text("the letters from first to last, such as B, A, C", "按先后顺序排列的字母，例如 B, A, C")
MATCHING = Text("pairs such as 1-B, 2-A", "配对，例如 1-B, 2-A")

_THEN = re.compile(
    r"\s*(?:->|=>|→|⇒|>|≻|[,;/|]|-|、|\b(?:and\s+)?(?:then|next|first|finally|lastly)\b|followed\s+by|首先|然后|接着|接下来|最后|其次|之后"
    r"|先|再|后|\s)\s*",
    re.IGNORECASE,
)
_WORD = rf"[{LETTERS}]{{1,24}}|[0-9]{{1,3}}"
_PLACED = re.compile(
    rf"\s*[,;]?\s*(?:(?P<place>[0-9]{{1,2}})\s*[.):=-]?\s*(?P<label>[{LETTERS}]{{1,24}})|(?P<name>[{LETTERS}]{{1,24}})\s*[:=-]?\s*(?P<rank>[0-9]{{1,2}})(?![0-9]))"
    r"\s*"
)
_PAIR = re.compile(
    rf"\s*(?:[,;(\[{{]\s*)*(?P<left>{_WORD})\s*[)\].]?\s*"
    r"(?:->|=>|→|⇒|↔|[-:=,~—]|\b(?:with|to|and|is|matches)\b|对应|配|和|与|是|\s|(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9]))"
    rf"\s*[(\[]?(?P<right>{_WORD})\s*[)\]}}.]*\s*"
)
_SEPARATORS = re.compile(r"[\s,;]*")
_QUOTES = re.compile(r"['\"]")


def read_order(text: str, options: Collection[str]) -> Reading:
    """Labels from first to last, perhaps with their numbers. Raises ReadingError for an unknown or repeated one, or an order written backwards with `<`."""
    around = opened(text)
    labels = Labels(options)
    if "<" in around.text:
        place = around.text.index("<")
        raise Backwards(place)
    found = _numbered(around, labels) or labels.all(around.text.strip(), _THEN)
    if found is None:
        raise labels.unknown(*labels.first_unknown(around, _THEN))
    for number, label in enumerate(found):
        if label in found[:number]:
            raise RepeatedLabel(_second(around, label), label)
    return Reading(text, "order", tuple(found), ", ".join(found), None, tuple(around.notes))


def _numbered(around: Surrounded, labels: Labels) -> list[str] | None:
    """The labels of `1. B 2. A 3. C` or `A: 2, B: 1, C: 3`, by their numbers; None if they aren't 1, 2, 3, …"""
    found: dict[int, str] = {}
    at, end = 0, len(around.text.rstrip())
    while at < end:
        match = _PLACED.match(around.text, at, end)
        if match is None:
            return None
        label = labels.find(match["label"] or match["name"])
        place = int(match["place"] or match["rank"])
        if label is None or place in found:
            return None
        found[place] = label
        at = match.end()
    return [found[place] for place in sorted(found)] if sorted(found) == list(range(1, len(found) + 1)) else None


def _second(around: Surrounded, label: str) -> int:
    """Where a label stands for the second time."""
    places = [match.start() for match in re.finditer(re.escape(label), around.text, re.IGNORECASE)]
    return places[1] if len(places) > 1 else around.start


def read_matching(text: str, options: Collection[str]) -> Reading:
    """Pairs of a left and a right label, in the order typed; `options` are the right labels.

    Raises ReadingError for what is no pair, an unknown label, or a left label that stands twice.
    """
    around = opened(text, label=False)
    around.text = _QUOTES.sub(" ", around.text)
    labels = Labels(options) if options else None
    pairs: list[tuple[str, str]] = []
    at = around.start
    end = len(around.text.rstrip())
    while at < end:
        match = _PAIR.match(around.text, at, end)
        if match is None:
            separators = _SEPARATORS.match(around.text, at)
            at = separators.end() if separators is not None else at
            raise NotAPair(at, around.text[at:end].strip())
        pairs.append(_pair(match, labels))
        if pairs[-1][0] in [left for left, _ in pairs[:-1]]:
            raise MatchedTwice(match.start("left"), pairs[-1][0])
        at = match.end()
    if not pairs:
        raise NotAPair(around.start, "")
    return Reading(text, "matching", tuple(pairs), ", ".join(f"{a}-{b}" for a, b in pairs), None, tuple(around.notes))


def _pair(match: re.Match[str], labels: Labels | None) -> tuple[str, str]:
    """A pair, its sides exchanged if only the left one is a right label."""
    left, right = match["left"], match["right"]
    if labels is None:
        return left.upper() if len(left) == 1 else left, right.upper() if len(right) == 1 else right
    found = labels.find(right)
    if found is not None:
        return labels.find(left) or (left.upper() if len(left) == 1 else left), found
    swapped = labels.find(left)
    if swapped is not None:
        return right, swapped
    raise labels.unknown(match.start("right"), right)
