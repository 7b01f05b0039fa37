"""The class report for programs and spreadsheets: `misconceptions.csv`, `alarms.csv` and `alarms.json` in a results folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from grader.alarms import Alarm, alarms_from_json
from grader.gradebook import cell, csv_lines
from grader.statistics import ClassReport
from questions.bank import Bank
from solvers.files import explained, write_pieces, write_text
from solvers.text import Language

ALARMS = "alarms.json"


def write_class_tables(report: ClassReport, bank: Bank, folder: Path, language: Language) -> None:
    """The tables, each whole or absent."""
    write_pieces(folder / "misconceptions.csv", csv_lines(_misconception_rows(report, bank, language)))
    write_pieces(folder / "alarms.csv", csv_lines(_alarm_rows(report, language)))
    write_text(folder / ALARMS, json.dumps([a.to_json() for a in report.alarms], ensure_ascii=False, indent=1) + "\n")


def read_alarms(folder: Path) -> tuple[Alarm, ...]:
    """The alarms of a results folder; none if it was written before there were any. Raises GradmarkError for a damaged file."""
    path = folder / ALARMS
    if not path.is_file():
        return ()
    with explained(path):
        return alarms_from_json(path.read_text("utf-8", errors="replace"))


def _misconception_rows(report: ClassReport, bank: Bank, language: Language) -> Iterator[list[str]]:
    yield ["id", "misconception", "topic", "question", "parts", "students", "all", "who"]
    for found in (*report.misconceptions, *report.conventions):
        title = cell(bank.misconception_title(found.id)[language])
        who = cell(" ".join(found.students) + (" …" if found.count > len(found.students) else ""))
        for at in found.where:
            yield [found.id, title, at.topic, at.question, " ".join(at.parts), str(at.count), str(found.count), who]


def _alarm_rows(report: ClassReport, language: Language) -> Iterator[list[str]]:
    yield ["kind", "question", "part", "students", "looked at", "what", "what to do", "who"]
    for a in report.alarms:
        what, todo = cell(a.what[language]), cell(a.todo[language])
        yield [a.kind, a.question, a.part, str(a.count), str(a.looked), what, todo, cell(" ".join(a.students))]
