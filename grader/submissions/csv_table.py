"""CSV tables: one row for each student, one column for each part."""

from __future__ import annotations

import csv
import io
import itertools
import re
import secrets
from collections.abc import Iterator

from grader.submissions.decoding import encoding_of, reader
from grader.submissions.found import Found
from grader.submissions.json_sheet import too_long
from grader.submissions.labels import Field, field_name, part_label
from grader.submissions.sheet import CORRECT, Sheet
from grader.submissions.submission import Limits, Problem, Submission
from solvers.text import Text

_END = secrets.token_hex(16)  # a row of our own after the last: it is swallowed if a quotation mark stays open
_GUARD = re.compile(r"'[=+\-@]")  # how programs keep a spreadsheet from running a cell that begins like a formula


class _TooLongError(Exception):
    """A row beyond the limit."""


def read_table(found: Found, limits: Limits) -> Iterator[Submission | Problem]:
    """The submissions of a CSV file, one row at a time."""
    encoding, note = encoding_of(found)
    if note:
        yield note
    if encoding is None:
        return
    if csv.field_size_limit() < limits.file:  # the module's own limit holds for the whole process
        csv.field_size_limit(limits.file)
    with reader(found, encoding) as text:
        yield from _Table(found.name, limits).read(text)


class _Table:
    """Reads rows; knows where each begins, since a cell may go over several lines."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.length = 0
        self.line = 0
        self.columns: list[tuple[Field | None, str]] = []
        self.told: set[int] = set()

    def read(self, text: io.TextIOWrapper) -> Iterator[Submission | Problem]:
        start = 1
        try:
            lines = self.lines(text)
            header = next(lines)
            if header.lower().startswith("sep="):  # Excel's own first line
                header = next(lines)
            start = self.line
            for row in csv.reader(itertools.chain([header], lines), delimiter=_delimiter(header)):
                if row == [_END]:
                    return
                if row and row[-1].endswith(f"{_END}\n"):
                    yield self.unclosed(start)
                    return
                if any(cell.strip() for cell in row):
                    if self.columns:
                        yield from self.row(row, start)
                    elif problem := self.headings(row, start):
                        yield problem
                        return
                start, self.length = self.line + 1, 0
        except _TooLongError:
            yield too_long(self.name, start, self.limits)
        except csv.Error as error:
            yield self.problem(
                start, "row", Text(f"This row cannot be read ({error}).", f"无法读取这一行（{error}）。")
            )

    def lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        while line := text.readline(self.limits.file + 1):
            self.line += 1
            self.length += len(line)
            if self.length > self.limits.file:
                raise _TooLongError
            yield line if line.endswith(("\n", "\r")) else f"{line}\n"
        yield f"{_END}\n"

    def problem(self, line: int, code: str, message: Text, todo: Text = CORRECT) -> Problem:
        return Problem(self.name, line, code, message, todo)

    def unclosed(self, line: int) -> Problem:
        return self.problem(
            line,
            "row",
            Text(
                "A quotation mark that opens in this row is never closed: from here on nothing could be read.",
                "这一行中的引号没有闭合，从这里起的内容都无法读取。",
            ),
        )

    def headings(self, row: list[str], line: int) -> Problem | None:
        self.columns = [(field_name(cell), part_label(cell)) for cell in row]
        if any(name == "student" for name, _ in self.columns):
            return None
        return self.problem(
            line,
            "row",
            Text("No column is called 'student'.", "没有名为“学号”或“student”的列。"),
            Text(
                "Begin the table with a row of headings: student, 1a, 1b, … Then run again.",
                "表格第一行应为标题：学号、1a、1b……请补上后重新运行。",
            ),
        )

    def row(self, row: list[str], line: int) -> Iterator[Submission | Problem]:
        sheet = Sheet(f"{self.name}:{line}", self.name, line, self.limits)
        for index, cell in enumerate(row):
            self.cell(sheet, index, cell)
        yield from sheet.finish()

    def cell(self, sheet: Sheet, index: int, cell: str) -> None:
        name, label = self.columns[index] if index < len(self.columns) else (None, "")
        text = cell[1:] if _GUARD.match(cell) else cell
        if name in ("student", "exam", "paper"):
            sheet.set_field(name, text.removeprefix("'"))
        elif name is None and label:
            sheet.add_answer(label, text)
        elif name is None and text.strip() and index not in self.told:
            self.told.add(index)
            sheet.problem(
                "row",
                Text(
                    f"Column {index + 1} has no heading, so what stands in it was not read.",
                    f"第 {index + 1} 列没有标题，其中的内容未读取。",
                ),
            )


def _delimiter(header: str) -> str:
    outside = re.sub(r'"[^"]*"', "", header)
    return max(",;\t", key=outside.count)
