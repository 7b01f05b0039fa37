"""The class report: how the class did, question by question, which misconceptions it has, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.statistics import ClassReport, Found, PartStatistics, QuestionStatistics
from questions.bank import Bank
from solvers.text import GradmarkError, Language, Text
from templates.pages import page
from templates.words import VERDICTS

_WIDTH, _HEIGHT, _BASE = 640, 190, 150
_ORDER = ("correct", "partial", "coarse", "form", "incorrect", "unreadable", "blank")
_COLOURS = {
    "correct": "#1b7a43",
    "partial": "#c98a1b",
    "coarse": "#d9a94a",
    "form": "#e3c27d",
    "incorrect": "#b3261e",
    "unreadable": "#6a4fa3",
    "blank": "#c4ccd4",
}


WORDS = {
    "alarms": Text("Alarms", "警报"),
    "about alarms": Text(
        "What many students got wrong alike without any known misconception, and parts that the best students get wrong: a wrong "
        "key, an unclear question, or a misconception that is missing.",
        "许多学生错得一样、却没有已知误解可以解释的地方，以及成绩好的学生反而做错的小问：可能是答案有误、题意不清，或误解目录有遗漏。",
    ),
    "about misconceptions": Text("Each with what students are told about it.", "每条下面是学生看到的说明。"),
    "topic": Text("Topic", "主题"),
}


@dataclass(frozen=True)
class Bar:
    """One bar of the histogram, in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str


@dataclass(frozen=True)
class Piece:
    """One verdict's share of a part's responses, in percent."""

    kind: str
    share: float
    count: int
    colour: str


def histogram(report: ClassReport) -> tuple[Bar, ...]:
    """The bars of the histogram of totals."""
    highest = max(report.histogram, default=0) or 1
    step = _WIDTH / len(report.histogram)
    tenth = 100 // len(report.histogram)
    return tuple(
        Bar(
            x=round(i * step + 3, 1),
            y=round(_BASE - (_BASE - 22) * count / highest, 1),
            width=round(step - 6, 1),
            height=round((_BASE - 22) * count / highest, 1),
            count=count,
            label=f"{i * tenth}–{(i + 1) * tenth}",
        )
        for i, count in enumerate(report.histogram)
    )


def pieces(part: PartStatistics) -> tuple[Piece, ...]:
    """How a part's responses divide into verdicts."""
    total = sum(part.verdicts.values()) or 1
    return tuple(
        Piece(kind, round(100 * part.verdicts[kind] / total, 1), part.verdicts[kind], _COLOURS[kind])
        for kind in _ORDER
        if part.verdicts[kind]
    )


def _title(question: QuestionStatistics, bank: Bank, language: Language) -> str:
    try:
        return bank.question(question.question).title.text[language]
    except GradmarkError:
        return question.question  # its file is gone; the marks are there all the same


def report_html(report: ClassReport, bank: Bank, language: Language) -> str:
    """The report as one page."""
    return page(
        "report.html.j2",
        language,
        report=report,
        title=report.title[language],
        bars=histogram(report),
        titles={(q.number, q.question): _title(q, bank, language) for q in report.questions},
        pieces=pieces,
        legend=[(VERDICTS[kind][language], _COLOURS[kind]) for kind in _ORDER],
        misconceptions=_in_words(report.misconceptions, bank, language),
        conventions=_in_words(report.conventions, bank, language),
        topics={row.id: row.title[language] for row in bank.topic_map},
        words=WORDS,
        urgent=[p for p in report.problems if p.code != "absent"],
        absent=[p for p in report.problems if p.code == "absent"],
    )


def _in_words(found: Sequence[Found], bank: Bank, language: Language) -> list[tuple[Found, str, str]]:
    return [(one, bank.misconception_title(one.id)[language], _says(one.id, bank)[language]) for one in found]


def _says(id: str, bank: Bank) -> Text:
    known = bank.misconceptions.get(id)
    return known.says.text if known else Text("", "")
