"""Writing a results folder: feedback for every student, the gradebook and its exports, the class report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from grader.gradebook import ExamFacts, Gradebook, write_exports
from grader.grading import Run, grade, list_absent
from grader.result import StudentResult, to_json
from grader.statistics import class_report
from grader.submissions import Problem, Submission
from questions.exam_folder import ExamFolder
from questions.files import safe_name, write_text
from solvers.text import Language
from templates.feedback import feedback_pages
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
    step: Callable[[], None] = lambda: None,
) -> Run:
    """Marks what is new or changed and writes everything about it; what was complete before stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    run = Run()
    facts = ExamFacts(exam.blueprint.exam, exam.blueprint.title.text, len(exam.students))
    with Gradebook(folder / GRADEBOOK, facts) as book:
        for result, digest in grade(exam, submissions, book, run, again=again):
            write_feedback(result, exam, folder)
            # The gradebook comes last: a paper that is in it has its pages.
            book.store(to_json(result), digest)
            step()
        list_absent(exam, book, run)
        book.list_problems(run.problems)
        write_exports(book, folder, language)
        write_report(book, exam, folder, language)
    return run


def write_feedback(result: StudentResult, exam: ExamFolder, folder: Path) -> None:
    """One student's feedback, in the exam's language."""
    for file, content in feedback_pages(result, exam.blueprint, exam.bank).items():
        write_text(folder / "feedback" / safe_name(result.paper.student.id) / file, content)


def write_report(book: Gradebook, exam: ExamFolder, folder: Path, language: Language) -> Path:
    """The class report."""
    report = class_report(book)
    write_text(folder / REPORT, report_html(report, exam.bank, language))
    return folder / REPORT
