"""What comes out of reading: one student's responses, or something that a person has to look at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.submissions.forms import Form
from solvers.text import Text

HARMLESS = frozenset({"encoding", "repaired"})
"""Codes of problems in spite of which everything was read."""


@dataclass(frozen=True)
class Limits:
    """How much is read of what may be hostile. Sizes are in bytes, `response` in characters."""

    file: int = 5_000_000  # one sheet, one line of a table, one member of a zip
    table: int = 2_000_000_000  # a CSV or JSONL file, read line by line
    response: int = 1_000_000
    members: int = 200_000
    total: int = 500_000_000  # all members of a zip together, unpacked
    problems: int = 100  # listed of one file
    ratio: int = 200  # how many times a member of more than a megabyte may be larger than it is packed


@dataclass(frozen=True)
class Submission:
    """One student's responses by part label (`1a`), each exactly as typed.

    `source` is where they stood, such as `class.zip!s001.yaml` or `answers.csv:17`; `paper` is the code printed on the
    sheet. `digest` is the same for the same content, whatever the file format. `forms` is what the sheet's comments say of its
    parts, by label.
    """

    student: str
    exam: str | None
    responses: Mapping[str, str]
    source: str
    paper: str | None = None
    digest: str = field(init=False)
    forms: Mapping[str, Form] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", self._digest())

    def _digest(self) -> str:
        """White space around a response is the format's, not the student's, and a blank is as good as nothing."""
        trimmed = {label: text.strip().replace("\r\n", "\n") for label, text in self.responses.items()}
        content = {
            "student": self.student,
            "exam": self.exam,
            "paper": self.paper,
            "responses": {label: text for label, text in trimmed.items() if text},
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True)
class Problem:
    """Something that was handed in and could not be read: where, what, and what to do."""

    source: str
    line: int | None
    code: str
    message: Text
    todo: Text
