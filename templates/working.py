"""Shown working on pages and in a terminal: each line as it was typed, what it was read as, and whether it follows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.reading import caret
from grader.working import WorkedLine, Working
from grader.working.faults import IN_FIGURES
from grader.working.spellings import key
from questions.bank import Bank
from solvers.text import Language, Text
from templates.words import WORDS

MOST_SHOWN = 60  # lines of one response that a page shows
_LONGEST = 300  # characters of a line that a page repeats

_NAME_BEFORE = re.compile(r"(?:[^=]*[\s:,，：])?([^\s=:,，：]+)\s*=")  # the last word before an equals sign

_SIGNS = {
    "right": "✓",
    "follows": "✓",
    "wrong": "✗",
    "coarse": "≈",
    "unread": "?",
    "given": "·",
    "own": "·",
    "words": "·",
    "corrected": "·",
}
_AT_ODDS = "≠"
_STATES = {
    "right": Text("", ""),
    "follows": Text("Follows from your own values.", "按你自己前面的数值推算，结果正确。"),
    "wrong": Text("Does not follow from the lines before it.", "由前面的内容推不出这一行。"),
    "coarse": Text("Too few digits.", "位数太少。"),
    "unread": Text("Could not be read.", "无法识别。"),
    "given": Text("Given.", "已知量。"),
    "own": Text("Not one of the steps.", "不是解题步骤中的量。"),
    "words": Text("", ""),
    "corrected": Text("Corrected further down.", "后文已更正。"),
}
_FINE = frozenset(("right", "follows", "given", "own", "words"))
_FAULTS = {
    "formula": Text("the formula is wrong", "公式有误"),
    "figures": Text("the formula is wrong, or the numbers in it are", "公式或代入的数有误"),
    "numbers": Text("the numbers put in are wrong", "代入的数有误"),
    "arithmetic": Text("the arithmetic is wrong", "计算有误"),
    "value": Text("the value is wrong", "数值不对"),
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
    """Shown working in one language; None where there is none, or one line with which nothing is wrong."""
    if working is None or (len(working.lines) == 1 and working.lines[0].state in _FINE and not working.lines[0].says):
        return None
    lines = tuple(_line(line, bank, language) for line in working.lines[:MOST_SHOWN])
    return WorkingView(summary(working)[language], lines, len(working.lines) - len(lines))


def summary(working: Working) -> Text:
    """Which line is the first that does not follow, and why; or that there is none."""
    wrong, odd = working.first_wrong, working.first_at_odds
    if odd is not None:
        return _at_odds(odd, wrong, working)
    if wrong is not None:
        fault = _fault(wrong)
        if len(working.lines) == 1:
            return Text(f"In your working, {fault.en}.", f"所写过程中，{fault.zh}。")
        return Text(
            f"Line {wrong.number} is the first that does not follow: {fault.en}.",
            f"最先出错的是第 {wrong.number} 行：{fault.zh}。",
        )
    if any(line.state == "unread" for line in working.lines):
        return Text("Every line that could be read follows from those before it.", "能识别的各行都正确。")
    if any(line.state in ("right", "follows") for line in working.lines):
        return Text("Every line follows from those before it.", "每一行都推算正确。")
    return Text("No line was recognised as a step.", "没有识别出解题步骤。")


def _at_odds(odd: WorkedLine, wrong: WorkedLine | None, working: Working) -> Text:
    """That a line's value does not come of the formula in it, and what is to be said of the values."""
    if len(working.lines) == 1:
        return Text("In your working, formula and value do not agree.", "所写过程中，算式与数值不符。")
    said = Text(f"In line {odd.number}, formula and value do not agree", f"第 {odd.number} 行的算式与数值不符")
    if wrong is not None:
        fault = _fault(wrong)
        return Text(
            f"{said.en}. Line {wrong.number} is the first whose value does not follow: {fault.en}.",
            f"{said.zh}。数值最先出错的是第 {wrong.number} 行：{fault.zh}。",
        )
    if any(line.state == "unread" for line in working.lines):
        return Text(f"{said.en}. Every value that could be read follows.", f"{said.zh}；能识别的各行数值都正确。")
    return Text(f"{said.en}. Every value follows from those before it.", f"{said.zh}；各行数值都推算正确。")


def _fault(wrong: WorkedLine) -> Text:
    """What is wrong with a line, in words; of a formula of numbers alone nobody knows whether it is the formula."""
    return _FAULTS["figures" if IN_FIGURES in wrong.says else wrong.fault or "value"]


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
        sign=_AT_ODDS if line.at_odds else _SIGNS[line.state],
        word="" if line.state == "wrong" and says else _STATES[line.state][language],
        read=_read_otherwise(line),
        says=tuple(says),
        causes=tuple(bank.misconception_title(id)[language] for id in known),
        pointer=caret(error.text, error.offset) if error is not None else "",
    )


def _read_otherwise(line: WorkedLine) -> str:
    """What a line was read as, where that is not how it was typed."""
    reading = line.reading.replace("infinity", "∞")
    typed, value = "".join(line.text.split()), "".join(reading.split())
    name = _NAME_BEFORE.match(line.text)
    named = not line.quantity or (name is not None and key(name[1]) == key(line.quantity))
    if typed.endswith(f"={value}") and (named or typed.startswith(f"{''.join(line.quantity.split())}=")):
        return ""
    read = f"{line.quantity} = {reading}" if line.quantity and reading else reading
    return "" if typed == "".join(read.split()) else read


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
        if line.word:
            lines.append(f"      {line.word}")
        lines += [f"      {visible(said)}" for said in line.says]
        probably = f"{WORDS['probably'][language]}{WORDS['colon'][language]}"
        lines += [f"      {probably}{plain_prose(title)}{WORDS['stop'][language]}" for title in line.causes]
    return lines
