"""Comparing: a reading and a key in, an outcome out. One module for each family of responses.

What belongs here: verdicts and what is said of them. How a response is read is the readers' matter; what a mistake comes from, the diagnosis's.
"""

from __future__ import annotations

from grader.comparing.by_type import compare
from grader.outcome import RIGHT, WRONG, Kind, Outcome

__all__ = ["RIGHT", "WRONG", "Kind", "Outcome", "compare"]
