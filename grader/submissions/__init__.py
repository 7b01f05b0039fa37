"""What students handed in: files, folders, globs and zips of answer sheets, each read into a `Submission` or a `Problem`.

How an answer sheet may look in each format belongs here; what its responses mean belongs in `grader.reading`.
"""

from grader.submissions.forms import Form
from grader.submissions.sources import read_submissions
from grader.submissions.submission import HARMLESS, Limits, Problem, Submission

__all__ = ["HARMLESS", "Form", "Limits", "Problem", "Submission", "read_submissions"]
