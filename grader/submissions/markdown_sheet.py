"""Markdown answer sheets: a few lines about the student, then a heading for each part with the answer below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.submissions.labels import field_name, known_label
from grader.submissions.sheet import Sheet
from grader.submissions.submission import Limits, Problem, Submission
from solvers.text import Text

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]*(?P<title>[^#\s].*)")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)\Z")
_FIELD = re.compile(r"(?P<name>[^:：]{1,60})[:：](?P<value>.*)\Z")
_RULE = re.compile(r"[-*_ ]{3,}\Z")
_OPEN, _CLOSE = "<!--", "-->"
_INLINE = re.compile(r"<!--(?:(?!<!--).)*?-->")
_DECORATION = "*_`>- \t"


@dataclass
class _Section:
    """The lines below one heading, comments removed; `label` is None for a heading that is no part's."""

    title: str
    label: str | None
    line: int
    lines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self.lines).strip()


def has_headings(text: str) -> bool:
    """Whether any line is the heading of a part."""
    return any(_label(line) for line in text.splitlines())


def _label(line: str) -> str | None:
    found = _HEADING.match(line)
    return known_label(found["title"].rstrip("# \t")) if found else None


def read_sheet(text: str, source: str, limits: Limits) -> Iterator[Submission | Problem]:
    """The sheet in a Markdown text."""
    sheet = Sheet(source, source, limits=limits)
    top, *sections = _sections(text, sheet)
    _read_top(top, sheet)
    answered = False
    for section in sections:
        if section.label is not None:
            answered = True
            sheet.add_answer(section.label, _unfenced(section.text), section.line)
        elif not answered:
            _read_top(section, sheet)
        elif section.text or section.title[:1].isdigit():
            sheet.problem(
                "unread-text",
                Text(
                    f"What stands at the heading {section.title[:60]!r} belongs to no part.",
                    f"标题 {section.title[:60]!r} 处的内容不属于任何小题。",
                ),
                Text(
                    "Put it below the heading of its part, such as '## 1a', and run again.",
                    "请移到对应小题的标题（如“## 1a”）之下后重新运行。",
                ),
                section.line,
            )
    yield from sheet.finish()


def _sections(text: str, sheet: Sheet) -> list[_Section]:
    """The text cut at its headings. A part's heading counts even within a fence or comment that was left open."""
    current = _Section("", None, 1)
    sections = [current]
    fence: str | None = None
    comment: int | None = None
    for number, typed in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        label = _label(typed)
        if label is not None or (fence is None and comment is None and _HEADING.match(typed)):
            if comment is not None:
                _unclosed(sheet, comment)
            current = _Section(typed.strip().strip("#").strip(), label, number)
            sections.append(current)
            fence = comment = None
            continue
        line = typed
        if fence is not None:
            fence = None if _closes(typed, fence) else fence
        elif comment is None and (opening := _FENCE.match(typed)):
            fence = opening["fence"]
        else:
            line, comment = _without_comments(typed, number, comment)
        if line == typed or line.strip():  # a line of comment is no line of the answer
            current.lines.append((number, line))
    if comment is not None:
        _unclosed(sheet, comment)
    return sections


def _without_comments(line: str, number: int, comment: int | None) -> tuple[str, int | None]:
    """What of a line stands outside comments, and where the comment began that is open at its end."""
    if comment is not None:
        _, closed, line = line.partition(_CLOSE)
        if not closed:
            return "", comment
    line = _INLINE.sub("", line)
    before, opened, _ = line.partition(_OPEN)
    return (before, number) if opened else (line, None)


def _unclosed(sheet: Sheet, line: int) -> None:
    sheet.problem(
        "unread-text",
        Text(
            "The comment that opens here with <!-- is never closed, so what follows was not read.",
            "这里以 <!-- 开始的注释没有结束，其后的内容未读取。",
        ),
        line=line,
    )


def _read_top(section: _Section, sheet: Sheet) -> None:
    """Lines such as `student: s001`; headings, rules and blank lines say nothing."""
    for number, line in section.lines:
        typed = line.strip()
        if not typed or _RULE.match(typed):
            continue
        found = _FIELD.match(typed)
        name = field_name(found["name"].strip(_DECORATION)) if found else None
        if found and name in ("student", "exam", "paper"):
            sheet.set_field(name, _bare(found["value"]), number)
        elif name is None or name == "answers":
            sheet.unread(typed, number)


def _bare(value: str) -> str:
    value = value.strip().removeprefix("**").strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "`'\"" else value


def _unfenced(answer: str) -> str:
    """The answer without the fence around it; an opening fence that was never closed goes too."""
    first, _, rest = answer.partition("\n")
    opening = _FENCE.match(first)
    if opening is None:
        return answer
    body, _, last = rest.rpartition("\n")
    inner = body if _closes(last, opening["fence"]) else rest
    return answer if any(_closes(line, opening["fence"]) for line in inner.split("\n")) else inner.strip()


def _closes(line: str, fence: str) -> bool:
    found = _FENCE.match(line)
    return bool(found and found["fence"].startswith(fence) and not found["info"].strip())
