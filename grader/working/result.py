"""What walking a student's working gives: each line as it was read, and whether it follows from the ones before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from grader.reading import Unreadable
from questions.key import split_answer
from solvers.text import Text

State = Literal["right", "follows", "wrong", "coarse", "given", "own", "words", "unread", "corrected"]
"""Right; right from the student's own earlier values; not what follows from them; too few digits to tell; a given said again; a quantity of
the student's own; words only; not readable; taken back by a later line."""
Fault = Literal["formula", "numbers", "arithmetic", "value"]
"""Where a wrong line goes wrong: another formula, other numbers put in, worked out wrongly, or only a value, which cannot be told."""


@dataclass(frozen=True)
class WorkedLine:
    """One line of the working.

    `number` counts the lines from 1. `quantity` is the symbol of the step that it was read as, `reading` the value. A wrong line has a
    `fault`, words on it in `says`, and the `misconceptions` whose rule gives just its value, each on its own.
    """

    number: int
    text: str
    state: State
    step: str | None = None
    quantity: str = ""
    reading: str = ""
    fault: Fault | None = None
    says: tuple[Text, ...] = ()
    misconceptions: tuple[str, ...] = ()
    unreadable: Unreadable | None = None

    @property
    def at_odds(self) -> bool:
        """Whether the value is right, or follows, but what stands before it comes to another."""
        return self.state in ("right", "follows") and bool(self.says)


@dataclass(frozen=True)
class Shown:
    """A step that the working shows: which share of it is right, and whether only from the student's own wrong values."""

    share: Fraction
    carried: bool


@dataclass(frozen=True)
class Working:
    """A response's lines, and what they show of the steps.

    `vouched` are steps that are not shown, but that a later right line could not do without; of each the line's standing.
    """

    lines: tuple[WorkedLine, ...]
    shown: Mapping[str, Shown] = field(default_factory=dict)
    vouched: Mapping[str, Shown] = field(default_factory=dict)

    @property
    def first_wrong(self) -> WorkedLine | None:
        """The first line that does not follow from the ones before it."""
        return next((line for line in self.lines if line.state == "wrong"), None)

    @property
    def first_at_odds(self) -> WorkedLine | None:
        """The first line whose value is right, or follows, but not from the formula in it; None if a wrong line stands before it."""
        first = next((line for line in self.lines if line.at_odds or line.state == "wrong"), None)
        return first if first is not None and first.at_odds else None

    def ends_early(self, answer: str) -> bool:
        """Whether the lines end with another step than the one that a part's `answer` names, which none of them shows."""
        step, _ = split_answer(answer)
        return step not in self.shown and self.lines[-1].step is not None
