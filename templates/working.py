"""Shown working on pages and in a terminal: each line as it was typed, what it was read as, and whether it follows."""

from __future__ import annotations

from dataclasses import dataclass

from grader.reading import caret
from grader.working import WorkedLine, Working
from questions.bank import Bank
from solvers.text import Language, Text
from templates.words import WORDS

MOST_SHOWN = 60  # lines of one response that a page shows
_LONGEST = 300  # characters of a line that a page repeats

_SIGNS = {
    "right": "✓",
    "follows": "✓",
    "wrong": "✗",
    "coarse": "≈",
    "unread": "?",
    "given": "·",
    "own": "·",
    "words": "·",
}
_STATES = {
    "right": Text("right", "正确"),
    "follows": Text("follows from your own values", "按你自己的数值推算正确"),
    "wrong": Text("does not follow from the lines before it", "由前面各行推不出这一行"),
    "coarse": Text("too few digits", "位数太少"),
    "unread": Text("not read", "未能识别"),
    "given": Text("given", "已知量"),
    "own": Text("not one of the steps", "不是解题步骤中的量"),
    "words": Text("", ""),
}
_FAULTS = {
    "formula": Text("the formula is wrong", "公式有误"),
    "numbers": Text("the numbers put in are wrong", "代入的数有误"),
    "arithmetic": Text("the arithmetic is wrong", "计算有误"),
    "value": Text("its value is another one", "数值不对"),
}


@dataclass(frozen=True)
class LineView:
    """One line as a page shows it; everything in `text`, `read` and `pointer` may be the student's own words."""

    number: int
    text: str
    state: str
    sign: str
    word: str
    read: str
    says: tuple[str, ...]
    causes: tuple[str, ...]
    pointer: str


@dataclass(frozen=True)
class WorkingView:
    """The working of one response: what is to be said of it, and its lines; `left_out` counts those that are not shown."""

    summary: str
    lines: tuple[LineView, ...]
    left_out: int


def working_view(working: Working | None, bank: Bank, language: Language) -> WorkingView | None:
    """Shown working in one language; None where there is none."""
    if working is None:
        return None
    lines = tuple(_line(line, bank, language) for line in working.lines[:MOST_SHOWN])
    return WorkingView(summary(working)[language], lines, len(working.lines) - len(lines))


def summary(working: Working) -> Text:
    """Which line is the first that does not follow, and why; or that there is none."""
    wrong = working.first_wrong
    if wrong is not None:
        fault = _FAULTS[wrong.fault or "value"]
        return Text(
            f"Your first line that does not follow from the ones before it is line {wrong.number}: {fault.en}.",
            f"第一处推不出来的是第 {wrong.number} 行：{fault.zh}。",
        )
    if any(line.state == "unread" for line in working.lines):
        return Text("Every line that could be read follows from the ones before it.", "能识别的各行都能由前面推出。")
    if any(line.state in ("right", "follows") for line in working.lines):
        return Text("Every line follows from the ones before it.", "每一行都能由前面推出。")
    return Text("No line was recognised as a step.", "没有识别出解题步骤。")


def _line(line: WorkedLine, bank: Bank, language: Language) -> LineView:
    error = line.unreadable
    says = [said[language] for said in line.says]
    if error is not None:
        says.append(error.message[language])
    known = [id for id in line.misconceptions if id in bank.misconceptions]
    return LineView(
        number=line.number,
        text=_shortened(line.text),
        state=line.state,
        sign=_SIGNS[line.state],
        word=_STATES[line.state][language],
        read=f"{line.quantity} = {line.reading}" if line.quantity and line.reading else line.reading,
        says=tuple(says),
        causes=tuple(bank.misconception_title(id)[language] for id in known),
        pointer=caret(error.text, error.offset) if error is not None else "",
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"


def working_lines(view: WorkingView, language: Language) -> list[str]:
    """Shown working for a terminal, where nothing of a student's own may be a command."""
    from grader.reading.caret import visible
    from templates.terminal import plain_prose

    lines = [view.summary]
    for line in view.lines:
        text = visible(" ".join(line.text.split()))
        read = f"{WORDS['('][language]}{WORDS['read as'][language]} {visible(line.read)}{WORDS[')'][language]}"
        lines.append(f"  {line.sign} {line.number}  {text}{read if line.read else ''}")
        if line.state not in ("right", "words"):
            lines.append(f"      {line.word}")
        lines += [f"      {visible(said)}" for said in line.says]
        lines += [f"      {plain_prose(title)}" for title in line.causes]
    return lines
