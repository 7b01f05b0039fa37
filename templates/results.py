"""Writing a results folder: feedback for every student, the gradebook and its exports, the class report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from grader.alarms import find_alarms
from grader.class_tables import write_class_tables
from grader.gradebook import ExamFacts, Gradebook, write_exports
from grader.grading import Run, list_rest, list_unreadable, to_mark
from grader.statistics import class_report
from grader.submissions import Problem, Submission
from questions.exam_folder import ExamFolder
from solvers.files import explained, write_text
from solvers.text import Language
from templates.marking import mark_all
from templates.report import report_html

GRADEBOOK = "gradebook.sqlite"
REPORT = "report.html"


def write_results(
    exam: ExamFolder,
    submissions: Iterable[Submission | Problem],
    folder: Path,
    *,
    language: Language,
    again: bool = False,
    jobs: int = 1,
    step: Callable[[], None] = lambda: None,
) -> Run:
    """Marks what is new or changed and writes everything about it; what was complete before stays as it is.

    A large class is shared out over `jobs` processes. `step` is called after each paper.
    """
    _make(folder)
    run = Run()
    facts = ExamFacts(exam.blueprint.exam, exam.blueprint.title.text, len(exam.students))
    with Gradebook(folder / GRADEBOOK, facts) as book:
        works = to_mark(exam, submissions, book, run, again=again)
        for result, digest in mark_all(exam, folder, works, jobs):
            # The gradebook comes last: a paper that is in it has its pages.
            book.store(result, digest)
            run.marked += 1
            list_unreadable(result, run)
            step()
        list_rest(exam, book, run)
        book.list_problems(run.problems)
        write_exports(book, folder, language)
        write_report(book, exam, folder, language)
    return run


def _make(folder: Path) -> None:
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)


def write_report(book: Gradebook, exam: ExamFolder, folder: Path, language: Language) -> Path:
    """The class report and its tables."""
    report = class_report(book, find_alarms(book, exam))
    write_class_tables(report, exam.bank, folder, language)
    write_text(folder / REPORT, report_html(report, exam.bank, language))
    return folder / REPORT
