"""What is said in a terminal of a response that cannot be read: in the drill, a preview, and the check of one response."""

from __future__ import annotations

from grader.reading import Unreadable, caret
from grader.reading.caret import line_start, visible
from solvers.text import Language
from templates.words import VERDICTS, WORDS

_LINES_BEFORE = 5  # that are shown above the line with the caret
_LONGEST_LINE = 400


def unreadable_lines(wrong: Unreadable, language: Language) -> list[str]:
    """The line in which reading failed with a caret below it, and what stands before it; the mistake; the form expected."""
    before = wrong.text[: line_start(wrong.text, wrong.offset)].splitlines()[-_LINES_BEFORE:]
    colon = WORDS["colon"][language]
    return [
        *(visible(line[:_LONGEST_LINE]) for line in before),
        *caret(wrong.text, wrong.offset).split("\n"),
        f"{VERDICTS['unreadable'][language]}{colon}{wrong.message[language]}",
        f"{WORDS['expected'][language]}{colon}{wrong.expected[language]}",
    ]
