"""How responses are read, as plain text for a terminal."""

from __future__ import annotations

from grader.previewing import Outcome, PartPreview, Preview
from grader.reading import Blank, Reading, Unreadable
from grader.reading.caret import columns, visible
from questions.question import ResponseType
from solvers.text import Language, Text
from templates.unreadable import unreadable_lines
from templates.words import VERDICTS, WORDS, shown_reading

_SHORT = 26  # columns of a response and of its reading that share a line
_LONGEST_SHOWN = 400  # characters of a response that are repeated
_COUNTED: tuple[tuple[Outcome, Text], ...] = (
    ("read", Text("read", "已识别")),
    ("unreadable", Text("not readable", "无法识别")),
    ("blank", Text("without an answer", "未作答")),
    ("unknown", Text("not on the sheet", "不在答题卡上")),
)
_TYPES: dict[ResponseType, Text] = {
    "integer": Text("a whole number", "整数"),
    "real": Text("a number", "数"),
    "fraction": Text("a fraction", "分数"),
    "vector": Text("a vector", "向量"),
    "matrix": Text("a matrix", "矩阵"),
    "tensor": Text("a tensor", "张量"),
    "shape": Text("a shape", "形状"),
    "expression": Text("a formula", "公式"),
    "complexity": Text("a cost", "复杂度"),
    "choice": Text("a choice", "单选"),
    "choices": Text("choices", "多选"),
    "truth": Text("true or false", "判断"),
    "order": Text("an order", "排序"),
    "matching": Text("a matching", "配对"),
    "text": Text("a name", "名称"),
}


def preview_text(found: Preview, language: Language) -> str:
    """One submission: each response as it was typed, how it is read or why it cannot be, and a line that counts them."""
    indent = max((len(part.label) for part in found.parts), default=0) + 2
    lines = [f"{found.source}{WORDS['('][language]}{found.student}{WORDS[')'][language]}"]
    width = max((columns(part.response.strip()) for part in found.parts if _is_short(part)), default=0)
    for part in found.parts:
        first, *others = _part(part, width, language)
        lines.append(f"  {part.label:<{indent}}{first}")
        lines += [f"  {'':{indent}}{line}" if line else "" for line in others]
    return "\n".join([*lines, _count(found)[language]])


def _is_short(part: PartPreview) -> bool:
    """Whether response and reading fit on one line."""
    typed = part.response.strip()
    return (
        isinstance(part.reading, Reading)
        and "\n" not in typed
        and columns(typed) <= _SHORT
        and columns(part.reading.echo) <= _SHORT
    )


def _part(part: PartPreview, width: int, language: Language) -> list[str]:
    notes = [note[language] for note in part.notes]
    match part.reading:
        case Reading(echo=echo):
            shown, read_as = (
                _typed(part.response),
                f"{_read_as(part)[language]} {shown_reading(echo, part.response.strip(), language)}",
            )
            if _is_short(part):
                return [f"{shown[0]}{'':{width - columns(shown[0])}}  {read_as}", *notes]
            return [*shown, read_as, *notes]
        case Blank():
            typed = part.response.strip()
            said = VERDICTS["blank"][language]
            return [f"{_typed(typed)[0]}{WORDS['('][language]}{said}{WORDS[')'][language]}" if typed else said]
        case Unreadable() as wrong:
            return unreadable_lines(wrong, language)
        case None:
            return [*_typed(part.response), _no_such_part(part)[language]]


def _read_as(part: PartPreview) -> Text:
    read_as = WORDS["read as"]
    if not part.guessed or part.form is None:
        return Text(read_as.en, read_as.zh)
    kind = _TYPES[part.form.type]
    return Text(f"taken for {kind.en}, read as", f"当作{kind.zh}，识别为")


def _typed(response: str) -> list[str]:
    """What was typed, with nothing in it that a terminal obeys."""
    text = response.strip()
    text = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + " …"
    return [visible(line) for line in text.splitlines()]


def _no_such_part(part: PartPreview) -> Text:
    if not part.near:
        return Text(f"The sheet has no part {part.label}.", f"答题卡上没有第 {part.label} 问。")
    return Text(
        f"The sheet has no part {part.label}; it has {', '.join(part.near)}.",
        f"答题卡上没有第 {part.label} 问，只有 {'、'.join(part.near)}。",
    )


def _count(found: Preview) -> Text:
    """`7 read, 1 not readable: 2c, 1 without an answer: 3b.`"""
    en, zh = [], []
    for outcome, said in _COUNTED:
        labels = found.having(outcome)
        if labels or outcome == "read":
            which = outcome != "read"
            en.append(f"{len(labels)} {said.en}" + (f" ({', '.join(labels)})" if which else ""))
            zh.append(f"{said.zh} {len(labels)} 个" + (f"（{'、'.join(labels)}）" if which else ""))
    return Text(", ".join(en) + ".", "，".join(zh) + "。")
