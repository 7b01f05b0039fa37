"""Shown working: a response of several lines, read, walked along the question's own steps, and marked by them.

What belongs here: from the lines that a student typed to the first one that does not follow from those before it. How a lone value is read is for
`grader.reading`, what a part's answer is worth for `grader.marking`.
"""

from grader.working.answer import last_value, read_answer
from grader.working.marks import Earned, step_marks
from grader.working.result import Shown, WorkedLine, Working
from grader.working.walking import walk

__all__ = ["Earned", "Shown", "WorkedLine", "Working", "last_value", "read_answer", "step_marks", "walk"]
