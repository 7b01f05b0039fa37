"""A class marked: submissions in, results and a list of what needs a person out; nothing that came in is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from grader.gradebook import Gradebook, Listed
from grader.submissions import Problem, Submission
from grader.submissions.labels import by_label
from questions.exam_folder import ExamFolder
from solvers.nearest import suggestion
from solvers.text import Text
from solvers.version import VERSION


@dataclass
class Run:
    """What one run saw: how many were marked or unchanged, and everything that needs a person."""

    marked: int = 0
    unchanged: int = 0
    problems: list[Listed] = field(default_factory=list)
    seen: dict[str, tuple[str, str]] = field(default_factory=dict)


def to_mark(
    exam: ExamFolder, submissions: Iterable[Submission | Problem], book: Gradebook, run: Run, *, again: bool = False
) -> Iterator[tuple[Submission, str]]:
    """The submissions that are new or changed, each with its fingerprint, one at a time.

    What is unchanged is skipped unless `again`. `run` collects what needs a person.
    """
    known = set(exam.students)
    fingerprints = _Fingerprints(exam)
    for submission in _filled_first(submissions):
        if isinstance(submission, Problem):
            run.problems.append(
                Listed(submission.source, submission.line, submission.code, submission.message, submission.todo)
            )
            continue
        if not _acceptable(exam, known, submission, run):
            continue
        digest, key = fingerprints.of(submission)
        _check_labels(submission, key, run)
        if not again and book.digest(submission.student) == digest:
            run.unchanged += 1
            list_unreadable(book.result(submission.student), run)
            continue
        yield submission, digest


def _filled_first(submissions: Iterable[Submission | Problem]) -> Iterator[Submission | Problem]:
    """Blank sheets last, and only those of students who handed in nothing else: a sheet comes in two formats, and one is filled in."""
    filled: set[str] = set()
    blank: list[Submission] = []
    for submission in submissions:
        if isinstance(submission, Submission) and not any(text.strip() for text in submission.responses.values()):
            blank.append(submission)
            continue
        if isinstance(submission, Submission):
            filled.add(submission.student)
        yield submission
    for submission in blank:
        if submission.student not in filled:
            filled.add(submission.student)
            yield submission


class _Fingerprints:
    """Fingerprints of submissions, the question files read once."""

    def __init__(self, exam: ExamFolder) -> None:
        self._exam = exam
        self._files: dict[str, str] = {}
        self._policy = _short(exam.blueprint.policy.model_dump(mode="json"))

    def of(self, submission: Submission) -> tuple[str, dict[str, Any]]:
        key = self._exam.key(submission.student)
        for item in key["items"]:
            if item["question"] not in self._files:
                self._files[item["question"]] = self._exam.bank.question_digest(item["question"])
        files = [self._files[item["question"]] for item in key["items"]]
        return ":".join((submission.digest[:16], _short([key, files]), self._policy, VERSION)), key


def _short(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _acceptable(exam: ExamFolder, known: set[str], submission: Submission, run: Run) -> bool:
    """Whether a submission can be marked here; if not, it is listed."""
    student, source = submission.student, submission.source
    if submission.exam and submission.exam != exam.blueprint.exam:
        run.problems.append(
            Listed(
                source,
                None,
                "other-exam",
                Text(
                    f"{student}: this is for the exam {submission.exam!r}, not {exam.blueprint.exam!r}.",
                    f"{student}：这是考试 {submission.exam!r} 的答卷，不是 {exam.blueprint.exam!r} 的。",
                ),
                Text("Mark it with its own exam folder.", "请用对应的试卷文件夹批改。"),
            )
        )
        return False
    if student not in known:
        hint = suggestion(student, known)
        run.problems.append(
            Listed(
                source,
                None,
                "unknown-student",
                Text(
                    f"No paper was made for the student {student!r}.{hint.en}",
                    f"没有为学生 {student!r} 生成过试卷。{hint.zh}",
                ),
                Text("Correct the id in the file, and run again.", "请在文件中改正学号后重新运行。"),
            )
        )
        return False
    code = exam.key(student)["paper"]
    if submission.paper and submission.paper != code:
        run.problems.append(
            Listed(
                source,
                None,
                "other-paper",
                Text(
                    f"{student}: the sheet is of the paper {submission.paper}, but this student's paper is {code}.",
                    f"{student}：答题卡属于试卷 {submission.paper}，而该生的试卷是 {code}。",
                ),
                Text(
                    "The student answered somebody else's paper, or copied a sheet. Decide, correct the file, and run again.",
                    "该生答了别人的试卷，或抄用了别人的答题卡。请核实、改正文件后重新运行。",
                ),
            )
        )
        return False
    earlier = run.seen.setdefault(student, (submission.digest, source))
    if earlier[1] != source:
        same = earlier[0] == submission.digest
        en = "it says the same" if same else "the two differ"
        zh = "内容相同" if same else "两份内容不同"
        run.problems.append(
            Listed(
                source,
                None,
                "duplicate" if same else "conflict",
                Text(
                    f"{student} handed in twice, first in {earlier[1]}; {en}.",
                    f"{student} 交了两份，先读到的是 {earlier[1]}；{zh}。",
                ),
                Text("Nothing to do.", "无需处理。")
                if same
                else Text(
                    "The first one was marked. Remove the one that does not count, and run again.",
                    "已批改先读到的一份。请删去不作数的一份后重新运行。",
                ),
            )
        )
        return False
    return True


def _check_labels(submission: Submission, key: dict[str, Any], run: Run) -> None:
    """Lists answers under labels that the paper doesn't have."""
    labels = {label for item in key["items"] for label in item["answers"]}
    for label in by_label(submission.responses, labels)[1]:
        text = submission.responses[label]
        if text.strip():
            run.problems.append(
                Listed(
                    submission.source,
                    None,
                    "unknown-part",
                    Text(
                        f"{submission.student}: there is no part {label!r} on the paper; its answer was: {text[:80]!r}.",
                        f"{submission.student}：试卷上没有“{label}”这一题；所填内容为“{repr(text[:80])[1:-1]}”。",
                    ),
                    Text(
                        f"Parts are called {', '.join(sorted(labels))}. Correct the label, and run again.",
                        f"各问编号为 {'、'.join(sorted(labels))}。请改正编号后重新运行。",
                    ),
                )
            )


def list_unreadable(result: dict[str, Any] | None, run: Run) -> None:
    """Lists the responses of a stored result that could not be read, and lines of working that cost marks because they could not."""
    for question in result["questions"] if result is not None else ():
        for part in question["parts"]:
            assert result is not None
            if part["verdict"] == "unreadable":
                _list_one_unreadable(run, result["source"], result["student"], part["label"], part["response"])
            elif part["marks"] != part["worth"]:
                for line in part.get("working") or ():
                    if line["state"] == "unread":
                        _list_one_unreadable(run, result["source"], result["student"], part["label"], line["text"])


def _list_one_unreadable(run: Run, source: str, student: str, label: str, text: str) -> None:
    run.problems.append(
        Listed(
            source,
            None,
            "unreadable",
            Text(
                f"{student}, part {label}: the response could not be read: {text[:80]!r}.",
                f"{student}，第 {label} 题：无法识别所填内容“{repr(text[:80])[1:-1]}”。",
            ),
            Text(
                "Look at it. If its meaning is clear, write it plainly in the file, and run again.",
                "请人工查看。若含义明确，请在文件中改写成规范形式后重新运行。",
            ),
        )
    )


def list_rest(exam: ExamFolder, book: Gradebook, run: Run) -> None:
    """Lists, of the students whom this run has not seen, who handed in nothing and what could not be read before."""
    for student in exam.students:
        if student in run.seen:
            continue
        stored = book.result(student)
        if stored is not None:
            list_unreadable(stored, run)
            continue
        run.problems.append(
            Listed(
                "",
                None,
                "absent",
                Text(f"{student}: nothing was handed in.", f"{student}：没有交卷。"),
                Text("If there is a submission, add it and run again.", "如有答卷，请补上后重新运行。"),
            )
        )
