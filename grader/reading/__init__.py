"""Reading responses: from what a student typed to a value, how it was written, and what was decided on the way.

What belongs here: every notation that people answer in. Whether the answer is right is for `grader.comparing`.
"""

from __future__ import annotations

from grader.reading.caret import caret
from grader.reading.read import EXPECTED, read
from grader.reading.result import Blank, Reading, Unreadable, Written, each_written

__all__ = ["EXPECTED", "Blank", "Reading", "Unreadable", "Written", "caret", "each_written", "read"]
