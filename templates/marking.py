"""Submissions marked and their feedback written, here or by several processes: the same function in both cases.

Whatever is a `concurrent.futures.Executor` can do it; submissions go out in batches, few of which are under way at a time, so that memory
stays flat however large the class is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from grader.result import mark_submission, to_json
from grader.submissions import Submission
from questions.exam_folder import ExamFolder
from questions.own_bank import open_bank
from solvers.files import safe_name, write_text
from templates.feedback import feedback_pages

BATCH = 16  # submissions sent to a process at once
ALONE = 48  # submissions that one process marks before it is worth starting others

Work = tuple[Submission, str]
"""A submission and its fingerprint."""
Marked = tuple[dict[str, Any], str]
"""A result as the gradebook stores it, and its fingerprint."""


@dataclass(frozen=True)
class Desk:
    """Where marking happens: what another process needs to open the same exam and write into the same folder."""

    exam: Path
    banks: tuple[Path, ...]
    results: Path

    @classmethod
    def of(cls, exam: ExamFolder, results: Path) -> Desk:
        """The desk for an exam that is open."""
        return cls(exam.folder.resolve(), tuple(f.resolve() for f in exam.bank.folders[:-1]), results.resolve())


@lru_cache(maxsize=1)
def _open(desk: Desk) -> ExamFolder:
    # The banks were trusted, and a changed bank accepted, before the work was handed out.
    return ExamFolder(desk.exam, open_bank(desk.banks, trust=True), accept_changed_bank=True)


def mark_batch(desk: Desk, batch: list[Work]) -> list[Marked]:
    """Marks some submissions and writes their feedback, in whatever process this is called."""
    exam = _open(desk)
    return [mark_one(exam, desk.results, work) for work in batch]


def mark_one(exam: ExamFolder, results: Path, work: Work) -> Marked:
    """Marks one submission and writes its feedback, in the exam's language."""
    submission, digest = work
    result = mark_submission(exam.paper(submission.student), submission, exam.blueprint.policy)
    for file, content in feedback_pages(result, exam.blueprint, exam.bank).items():
        write_text(results / "feedback" / safe_name(submission.student) / file, content)
    return to_json(result), digest


def mark_all(exam: ExamFolder, results: Path, works: Iterator[Work], jobs: int) -> Iterator[Marked]:
    """Every submission marked: the first ones here, the rest of a large class by `jobs` processes, in order."""
    for work in islice(works, ALONE if jobs > 1 else None):
        yield mark_one(exam, results, work)
    first = list(islice(works, BATCH))
    if not first:
        return
    # A fresh interpreter: a fork would inherit the threads of a progress bar.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as executor:
        yield from _spread(executor, Desk.of(exam, results), first, works, jobs)


def _spread(executor: Executor, desk: Desk, batch: list[Work], works: Iterator[Work], jobs: int) -> Iterator[Marked]:
    waiting: deque[Future[list[Marked]]] = deque()
    while batch or waiting:
        while batch and len(waiting) < 2 * jobs:
            waiting.append(executor.submit(mark_batch, desk, batch))
            batch = list(islice(works, BATCH))
        yield from waiting.popleft().result()
