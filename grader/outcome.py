"""What comparing a reading with the key gives."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from solvers.text import Text

Kind = Literal["correct", "partial", "coarse", "form", "incorrect"]
FULL, NOTHING = Fraction(1), Fraction(0)


class Likeness(Text):
    """A remark on what a wrong answer has in common with the right one. An explanation of it takes its place."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one reading: `credit` in [0, 1] of the part's marks, and remarks for the student.

    `convention` is the one under which a wrong answer would be right, where the answer itself shows it.
    """

    kind: Kind
    credit: Fraction
    notes: tuple[Text, ...] = ()
    convention: str = ""


RIGHT = Outcome("correct", FULL)
WRONG = Outcome("incorrect", NOTHING)


def graded(credit: Fraction, *notes: Text) -> Outcome:
    """The outcome whose kind its credit says."""
    kind: Kind = "correct" if credit == 1 else "partial" if credit > 0 else "incorrect"
    return Outcome(kind, credit, notes)
