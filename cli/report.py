"""`gradmark report`: how the class did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import bank_option, bilingual_command, json_option, language_option, trust_option
from solvers.text import Language, Text, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.alarms import Alarm
    from grader.statistics import ClassReport, Found
    from questions.bank import Bank


@bilingual_command(
    """Show how the class did.

    RESULTS is the folder that `gradmark grade` made; its report.html says the same with pictures.

    \b
    Example:
      gradmark report results
    """,
    """查看全班成绩统计。

    RESULTS 是 `gradmark grade` 生成的文件夹；其中的 report.html 有同样内容的图文版。

    \b
    示例：
      gradmark report results
    """,
)
@click.argument("results", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@bank_option
@trust_option
@language_option
def command(results: Path, as_json: bool, banks: tuple[Path, ...], trust: bool, lang: Language) -> None:
    """See the help above."""
    from grader.class_tables import read_alarms
    from grader.gradebook import open_gradebook
    from grader.statistics import class_report
    from questions.own_bank import open_bank
    from templates.results import GRADEBOOK

    if not (results / GRADEBOOK).is_file():
        raise UsageError(
            f"{results} has no {GRADEBOOK}: it is no results folder.", f"{results} 中没有 {GRADEBOOK}，不是成绩文件夹。"
        )
    with open_gradebook(results / GRADEBOOK) as book:
        report = class_report(book, read_alarms(results))
    if as_json:
        click.echo(json.dumps(_as_json(report), ensure_ascii=False))
    else:
        _print(report, open_bank(banks, trust=trust), lang)


def _as_json(report: ClassReport) -> dict[str, object]:
    return {
        "exam": report.exam,
        "papers": report.papers,
        "marked": report.marked,
        "worth": str(report.worth),
        "mean": report.mean,
        "median": report.median,
        "deviation": report.deviation,
        "lowest": report.lowest,
        "highest": report.highest,
        "histogram": list(report.histogram),
        "questions": [
            {
                "number": q.number,
                "question": q.question,
                "success": q.success,
                "discrimination": q.discrimination,
                "parts": [
                    {"label": p.label, "success": p.success, "verdicts": dict(p.verdicts), "carried": p.carried}
                    for p in q.parts.values()
                ],
            }
            for q in report.questions
        ],
        "misconceptions": [_found_json(found) for found in report.misconceptions],
        "conventions": [_found_json(found) for found in report.conventions],
        "alarms": [alarm.to_json() for alarm in report.alarms],
        "problems": [
            {"source": p.source, "line": p.line, "code": p.code, "message": p.message.en} for p in report.problems
        ],
    }


def _found_json(found: Found) -> dict[str, object]:
    return {
        "id": found.id,
        "count": found.count,
        "students": list(found.students),
        "parts": list(found.places),
        "where": [
            {"topic": at.topic, "question": at.question, "parts": list(at.parts), "count": at.count}
            for at in found.where
        ],
    }


def _print(report: ClassReport, bank: Bank, lang: Language) -> None:
    from cli.tables import print_table

    click.echo(click.style(report.title[lang], bold=True))
    said = Text(
        f"{report.marked} of {report.papers} papers marked; mean {report.mean:.1f} of {float(report.worth):g}, "
        f"median {report.median:.1f}, from {report.lowest:g} to {report.highest:g}.",
        f"{report.papers} 份试卷中已批改 {report.marked} 份；满分 {float(report.worth):g}，平均 {report.mean:.1f}，"
        f"中位数 {report.median:.1f}，最低 {report.lowest:g}，最高 {report.highest:g}。",
    )
    click.echo(said[lang])
    words = [
        Text("part", "小问"),
        Text("question", "题目"),
        Text("success", "得分率"),
        Text("carried", "沿用"),
        Text("unread", "未识别"),
    ]
    rows = [
        [
            part.label,
            question.question,
            f"{part.success:.0%}",
            str(part.carried or ""),
            str(part.verdicts["unreadable"] or ""),
        ]
        for question in report.questions
        for part in question.parts.values()
    ]
    click.echo()
    print_table([(word[lang], i > 1) for i, word in enumerate(words)], rows)
    _print_found(Text("misconception", "误解"), report.misconceptions, bank, lang)
    _print_found(Text("other convention", "其他约定"), report.conventions, bank, lang)
    _print_alarms(report.alarms, lang)


def _print_found(word: Text, found: Sequence[Found], bank: Bank, lang: Language) -> None:
    """What was found most often, with where and in how many students' answers; nothing for nothing."""
    from cli.tables import print_table

    if found:
        words = [word, Text("topic", "主题"), Text("question", "题目"), Text("parts", "小问"), Text("students", "人数")]
        rows = [
            [
                bank.misconception_title(one.id)[lang] if first else "",
                at.topic,
                at.question,
                ", ".join(at.parts),
                f"{at.count}/{one.count}" if len(one.where) > 1 else str(one.count),
            ]
            for one in found[:20]
            for first, at in zip((True, *[False] * len(one.where)), one.where, strict=False)
        ]
        click.echo()
        print_table([(said[lang], i == 4) for i, said in enumerate(words)], rows)


def _print_alarms(alarms: Sequence[Alarm], lang: Language) -> None:
    """What many students got wrong alike, or the best of them: where, what, who, and what to do."""
    if alarms:
        click.echo()
        click.echo(click.style(Text("Alarms", "警报")[lang], bold=True))
    for alarm in alarms:
        place = f"{', '.join(alarm.labels[:4])} ({alarm.question}, {alarm.part})"
        click.echo(f"  {click.style(place, bold=True)} {alarm.what[lang]}")
        if alarm.students:
            click.echo("    " + ", ".join(alarm.students[:12]) + (" …" if len(alarm.students) > 12 else ""))
        click.echo(f"    {alarm.todo[lang]}")
