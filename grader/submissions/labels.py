"""The words on an answer sheet: what a part is called, and the names of the lines at the top."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Literal

from questions.exam import normal_label

Field = Literal["student", "exam", "paper", "answers", "aside"]

_FIELDS: dict[str, Field] = {
    **dict.fromkeys(("student", "student id", "studentid", "student number", "sid", "id"), "student"),
    **dict.fromkeys(("学号", "学生", "学生编号", "考生", "考号", "准考证号"), "student"),
    **dict.fromkeys(("exam", "quiz", "test", "考试", "考试名称"), "exam"),
    **dict.fromkeys(("paper", "paper code", "试卷", "试卷编号", "试卷号", "试卷代码"), "paper"),
    **dict.fromkeys(("answers", "answer", "responses", "答案", "作答", "答题"), "answers"),
    # What teachers and forms add about a student; the roster knows it better.
    **dict.fromkeys(("name", "student name", "first name", "last name", "surname", "email", "e mail"), "aside"),
    **dict.fromkeys(("class", "group", "date", "time", "timestamp", "title", "start time", "completion time"), "aside"),
    **dict.fromkeys(("姓名", "学生姓名", "邮箱", "电子邮箱", "班级", "专业", "学院", "日期", "时间", "提交时间", "标题"), "aside"),
}  # fmt: skip
LONGEST = 100  # characters that can be a label or the name of a field
FIELDS = ("exam", "paper", "student", "answers")

_LABEL = re.compile(
    r"(?:questions?|q|problem|part|exercise|题目|题|第)?\s*"
    r"(?P<number>\d{1,3})\s*(?:题|小题)?\s*[.\-_、]?\s*"
    r"\(?(?P<letter>(?:[a-z][ivx]{0,3})?)\)?\s*(?:题|问|小问|小题)?\s*[.:)、]?",
    re.IGNORECASE | re.ASCII,
)
_MARKS = re.compile(r"[(\[]\s*\d+(?:[./]\d+)?\s*(?:marks?|points?|pts?|分)\s*[)\]]\s*[.:]?\Z", re.IGNORECASE)
_BLANKS = re.compile(r"[\s_\-]+")


@functools.lru_cache(4096)
def known_label(text: str) -> str | None:
    """The label that `text` means, `1a` for `Question 1 (a).` or `第 1a 题`; None if it is not a label."""
    if len(text) > LONGEST:
        return None
    folded = unicodedata.normalize("NFKC", text).strip().strip("*_`").strip()
    found = _LABEL.fullmatch(_MARKS.sub("", folded).strip())
    return found["number"].lstrip("0").rjust(1, "0") + found["letter"].lower() if found else None


def part_label(text: str) -> str:
    """The label that `text` means, or `text` itself where that is none we know."""
    return known_label(text) or text.strip()


def joined(outer: str, inner: str) -> str:
    """The label of part `inner` of question `outer`: `1` and `a` make `1a`, `1` and `1a` too."""
    first, second = part_label(outer), part_label(inner)
    if second.startswith(first) and second[len(first) :].isalpha():
        return second
    return (
        f"{first}.{second}"
        if first[-1:].isdigit() and second[:1].isdigit()
        else part_label(first + second.strip("()."))
    )


@functools.lru_cache(4096)
def field_name(text: str) -> Field | None:
    """What a line `text: …` at the top of a sheet, or a column `text`, is about; None if it is none of these."""
    if len(text) > LONGEST:
        return None
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    return _FIELDS.get(_BLANKS.sub(" ", folded).strip())


def by_label(responses: Mapping[str, str], labels: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """The responses under the labels that the paper has, and the labels that it hasn't.

    A label in another spelling is taken for the paper's, unless that one is answered too.
    """
    known = {label: text for label, text in responses.items() if label in labels}
    strange = []
    for label, text in responses.items():
        plain = normal_label(label)
        if label in known:
            continue
        if plain in labels and plain not in known:
            known[plain] = text
        else:
            strange.append(label)
    return known, strange
