"""The labels of options: which may be chosen, and how people write one or several of them."""

from __future__ import annotations

import re
from collections.abc import Collection

from grader.reading.mistakes import UnknownLabel
from grader.reading.surroundings import Surrounded, strip_marks
from solvers.expression.errors import TooLong
from solvers.expression.tokens import LETTERS, tidy

LONGEST = 500
"""Characters of a response that is to be labels or a name."""
ALPHABET = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
AND = re.compile(r"\s*(?:[,;/&+|]|\band\b|以及|和|与|及|跟|\s)\s*", re.IGNORECASE)

_CHOSEN = re.compile(
    r"\s*(?:(?:i\s+)?(?:would\s+)?(?:choose|chose|pick|select|think(?:\s+it(?:\s+is|'s))?|go\s+(?:with|for))\s+(?:options?\s+)?"
    r"|(?:it\s+is|it's)\s+(?:options?\s+)?"
    r"|(?:the\s+)?(?:correct\s+|right\s+|best\s+)?(?:options?|answers?|choices?)\s*"
    r"(?:(?:is|are|must\s+be|should\s+be|would\s+be)\b\s*:?|:|=)?\s*"
    r"|(?:我)?(?:认为|觉得)?(?:应该?)?(?:选择|选项|选)\s*(?:是|为|:)?\s*|(?:正确)?答案\s*(?:应该?)?(?:是|为|:)?\s*)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:选项|都?(?:正确|对|是对的)|(?:is|are)(?:\s+(?:all|both))?\s+(?:right|correct|true))\s*[.!]?\s*\Z",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\(\s*([^\s()]{1,24})\s*\)")
_DOUBT = re.compile(r"\s*[?!]+\s*\Z")
# One character for each, so that every offset stays that of the typed text.
_CIRCLED = {
    **{ord(first) + i: str(i + 1) for first in "①❶⑴" for i in range(9)},
    **{ord(first) + i: letter for first in "Ⓐⓐⓐ⒜" for i, letter in enumerate(ALPHABET)},
}


class Labels:
    """The labels that may be chosen: those of the options, or single letters where there are none."""

    def __init__(self, options: Collection[str]) -> None:
        self.shown = tuple(options) or ALPHABET
        self._known = {tidy(label).strip().casefold(): label for label in self.shown}
        self._single = all(len(label) == 1 for label in self.shown)

    def find(self, word: str) -> str | None:
        """The label that a word is, whatever its case and the brackets or full stop at it."""
        return self._known.get(word.strip().strip(".()[]:!").strip().casefold())

    def all(self, answer: str, between: re.Pattern[str] = AND) -> list[str] | None:
        """The labels that an answer lists, or runs together (`BD`); None if anything else stands among them."""
        inner = answer.strip().strip("()[]{}").strip()
        found: list[str] = []
        for piece in between.split(inner):
            word = piece.strip("()[]{}.")
            if not word:
                continue
            label = self.find(word)
            if label is not None:
                found.append(label)
            elif (
                self._single
                and (run := [self.find(letter) for letter in re.sub(r"[()\[\].]", "", word)])
                and None not in run
            ):
                found.extend(label for label in run if label is not None)
            else:
                return None
        return found or None

    def first_unknown(self, around: Surrounded, between: re.Pattern[str] = AND) -> tuple[int, str]:
        """Where the first thing that is no label stands, and what it is."""
        for match in re.finditer(rf"[{LETTERS}0-9]+|\S", around.text):
            if self.all(match[0], between) is None and not between.fullmatch(match[0]) and match[0] not in "()[]{}.":
                return match.start(), match[0]
        return around.start, around.text.strip()

    def in_brackets(self, text: str) -> set[str]:
        """The labels that stand alone in brackets, as in `I would go with (B)`."""
        return {label for match in _BRACKETED.finditer(text) if (label := self.find(match[1])) is not None}

    def unknown(self, place: int, found: str) -> UnknownLabel:
        """What is said of something that is no label."""
        return UnknownLabel(place, found, self.shown if self.shown != ALPHABET else ())


def opened(text: str, *, label: bool = True) -> Surrounded:
    """A response without quotation marks, `I choose …`, `… is right`; circled letters and digits are plain ones."""
    check_length(text)
    around = Surrounded(text, tidy(text.translate(_CIRCLED)))
    strip_marks(around)
    if label:
        match = _CHOSEN.match(around.text)
        if match is not None and around.text[match.end() :].strip():
            around.blank(0, match.end())
        for pattern in (_AFTER, _DOUBT):
            match = pattern.search(around.text)
            if match is not None and around.text[: match.start()].strip():
                around.blank(*match.span())
        strip_marks(around)
    return around


def check_length(text: str) -> None:
    """Raises TooLong for what is no label or name."""
    if len(text) > LONGEST:
        raise TooLong(LONGEST, len(text), LONGEST)
