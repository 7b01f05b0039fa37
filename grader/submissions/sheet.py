"""One student's sheet while it is read: fields and answers come in from any format, a submission and problems go out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.submissions.labels import FIELDS, LONGEST, field_name, joined, known_label, part_label
from grader.submissions.submission import Limits, Problem, Submission
from solvers.nearest import suggestion
from solvers.text import Text

DEEPEST = 50
LONGEST_ID = 200
CORRECT = Text("Correct the file, and run again.", "请改正文件后重新运行。")
_SURROGATES = re.compile("[\ud800-\udfff]")  # JSON can escape them; no file can hold them


@dataclass(frozen=True)
class Branch:
    """Values by key, in the order typed and with repetitions, each with its line where that is known."""

    pairs: list[tuple[str, Tree, int | None]]


Tree = str | bool | None | list["Tree"] | Branch
"""What YAML and JSON sheets are made of; numbers are the text that was typed."""


class TooDeepError(Exception):
    """Lists within lists beyond any answer."""


def text_of(tree: Tree, depth: int = 0) -> str:
    """A value as a student would write it on one line: `[1, 2, 3]`, `true`, nothing for null. Raises TooDeepError."""
    if depth > DEEPEST:
        raise TooDeepError
    if isinstance(tree, str):
        return tree
    if tree is None:
        return ""
    if isinstance(tree, bool):
        return str(tree).lower()
    if isinstance(tree, list):
        return f"[{', '.join(text_of(item, depth + 1) for item in tree)}]"
    return f"{{{', '.join(f'{key}: {text_of(value, depth + 1)}' for key, value, _ in tree.pairs)}}}"


@dataclass
class Sheet:
    """Collects what stands on one sheet.

    `source` names the sheet; `file` and `line` are where a problem is that has no line of its own. `unclear` holds fields
    and `refused` labels that cannot be relied on.
    """

    source: str
    file: str
    line: int | None = None
    limits: Limits = field(default_factory=Limits)
    problems: list[Problem] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    answers: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    unread_lines: list[tuple[int, str]] = field(default_factory=list)

    def problem(self, code: str, message: Text, todo: Text = CORRECT, line: int | None = None) -> None:
        """Report something. One problem beyond the limit shows that there are more."""
        if len(self.problems) <= self.limits.problems:
            self.problems.append(Problem(self.file, line or self.line, code, message, todo))

    def set_field(self, name: str, text: str, line: int | None = None) -> None:
        """Take the student's id, the exam's name or the paper's code."""
        value = " ".join(text.split())
        if not value or self.fields.get(name) == value:
            return
        if name in self.fields:
            self.unclear.add(name)
            self.problem(
                "conflict",
                Text(
                    f"'{name}' is given twice: {self.fields[name]} and {_shown(value)}.",
                    f"“{name}”出现了两次：{self.fields[name]} 和 {_shown(value)}。",
                ),
                line=line,
            )
        elif len(value) > LONGEST_ID or not value.isprintable():
            self.unclear.add(name)
            self.problem(
                "bad-id",
                Text(
                    f"'{name}' is too long or has invisible characters: {_shown(value)}.",
                    f"“{name}”太长或含有不可见字符：{_shown(value)}。",
                ),
                line=line,
            )
        else:
            self.fields[name] = value

    def add_answer(self, label: str, text: str, line: int | None = None) -> None:
        """Take the response to one part."""
        if len(label) > LONGEST:
            self.problem(
                "unknown-key",
                Text(f"This is not the label of a part: {_shown(label)}.", f"这不是小题的编号：{_shown(label)}。"),
                line=line,
            )
            return
        if len(text) > self.limits.response:
            self.refused.add(label)
            self.problem(
                "too-large",
                Text(
                    f"The response to {label} has more than {self.limits.response} characters; it was left out.",
                    f"{label} 的作答超过 {self.limits.response} 个字符，未读取。",
                ),
                line=line,
            )
            return
        label, text = _storable(label), _storable(text)
        known = self.answers.get(label)
        if known is None or not known[0].strip():
            self.answers[label] = (text, line)
        elif text.strip() not in ("", known[0].strip()) and label not in self.refused:
            self.refused.add(label)
            self.problem(
                "conflict",
                Text(
                    f"There are two different responses to {label}{_at(known[1], ', the first in line ')}. Neither was taken.",
                    f"{label} 有两个不同的作答{_at(known[1], '，第一个在第 ', ' 行')}，均未采用。",
                ),
                Text("Delete the one that does not count, and run again.", "请删去不作数的一个后重新运行。"),
                line,
            )

    def unread(self, text: str, line: int) -> None:
        """Take note of a line that could not be read; all such lines make one problem."""
        self.unread_lines.append((line, text))

    def fill(self, branch: Branch) -> None:
        """Take everything from a YAML or JSON sheet."""
        try:
            self._fill(branch)
        except TooDeepError:
            self.problem(
                "too-deep",
                Text("Brackets in this sheet are nested too deep to be an answer.", "该答题卡中的括号嵌套过深。"),
            )

    def _fill(self, branch: Branch) -> None:
        for key, value, line in branch.pairs:
            name = field_name(key)
            if name == "answers" and isinstance(value, Branch):
                self._fill_answers(value, "")
            elif name in ("student", "exam", "paper") and not isinstance(value, (Branch, list)):
                self.set_field(name, text_of(value), line)
            elif name == "aside" or (name == "answers" and text_of(value) in ("", "[]")):
                continue
            elif name is None and known_label(key):
                self._fill_answers(Branch([(key, value, line)]), "")
            else:
                hint = suggestion(key[:LONGEST], FIELDS)
                self.problem(
                    "unknown-key",
                    Text(
                        f"This part of the sheet was not understood: {_shown(key)}.{hint.en}",
                        f"无法理解答题卡的这一部分：{_shown(key)}。{hint.zh}",
                    ),
                    Text(
                        "A sheet has the keys exam, paper, student and answers. Correct the file, and run again.",
                        "答题卡的键为 exam、paper、student 和 answers。请改正文件后重新运行。",
                    ),
                    line,
                )

    def _fill_answers(self, branch: Branch, outer: str, depth: int = 0) -> None:
        if depth > DEEPEST:
            raise TooDeepError
        for key, value, line in branch.pairs:
            label = joined(outer, key) if outer else part_label(key)
            if isinstance(value, Branch):
                self._fill_answers(value, label, depth + 1)
            else:
                self.add_answer(label, text_of(value), line)

    def finish(self) -> Iterator[Submission | Problem]:
        """The problems, then the submission, if it is certain whose it is and what it is for."""
        if self.unread_lines:
            lines = ", ".join(str(line) for line, _ in self.unread_lines[:10]) + (
                ", …" if len(self.unread_lines) > 10 else ""
            )
            first, text = self.unread_lines[0]
            self.problem(
                "unread-text",
                Text(
                    f"What is written here belongs to no part (lines {lines}): {_shown(text)}",
                    f"这里的内容不属于任何小题（第 {lines} 行）：{_shown(text)}",
                ),
                Text(
                    "If it is an answer, put it where its part is, and run again.",
                    "若是作答，请移到对应小题处后重新运行。",
                ),
                first,
            )
        student = self.fields.get("student")
        if student is None and "student" not in self.unclear:
            self.problem(
                "no-student",
                Text("There is no student id here.", "这里没有填写学号。"),
                Text(
                    "Write the student's id after 'student:' (the file's name is not taken for it), and run again.",
                    "请在“student:”后填写学号（文件名不会当作学号）后重新运行。",
                ),
            )
        yield from self.problems
        if student is not None and not self.unclear:
            responses = {label: text for label, (text, _) in self.answers.items() if label not in self.refused}
            yield Submission(student, self.fields.get("exam"), responses, self.source, self.fields.get("paper"))


def _storable(text: str) -> str:
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def _shown(text: str) -> str:
    """The beginning of a text that someone else wrote, without anything that a terminal obeys."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:60]) + ("…" if len(text) > 60 else "")


def _at(line: int | None, before: str, after: str = "") -> str:
    return f"{before}{line}{after}" if line else ""
