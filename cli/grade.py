"""`gradmark grade`: submissions in, marks, feedback and a report out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import bank_option, bilingual_command, bilingual_option, language_option, trust_option
from solvers.text import Language, Text

if TYPE_CHECKING:
    from grader.grading import Run

_MOST_SHOWN = 20


@bilingual_command(
    """Mark submissions and write feedback.

    SUBMISSIONS are YAML, JSON, JSONL, CSV and Markdown files, folders, globs or zips of them. A run that was interrupted goes on where it
    stopped; what has not changed is not marked again. Ends with 1 if something needs a person.

    \b
    Examples:
      gradmark grade midterm handed-in/ --out results
      gradmark grade midterm class.zip late/*.yaml --out results
    """,
    """批改答卷并撰写反馈。

    SUBMISSIONS 可以是 YAML、JSON、JSONL、CSV、Markdown 文件，也可以是包含它们的文件夹、通配符或 zip。
    中断后重新运行会从停下的地方继续；没有变化的答卷不会重复批改。有需要人工处理的情况时退出码为 1。

    \b
    示例：
      gradmark grade midterm handed-in/ --out results
      gradmark grade midterm class.zip late/*.yaml --out results
    """,
)
@click.argument("exam", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("submissions", nargs=-1, required=True)
@bilingual_option(
    "--out",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    en="The folder for the results.",
    zh="成绩文件夹。",
)
@bilingual_option(
    "--again", is_flag=True, en="Mark everything again, changed or not.", zh="无论有无变化，全部重新批改。"
)
@bilingual_option(
    "--accept-changed-bank",
    is_flag=True,
    en="Mark with the bank as it is now, though it has changed since the exam was drawn.",
    zh="题库在组卷后有改动时，仍按现在的题库批改。",
)
@bilingual_option(
    "--jobs",
    type=click.IntRange(1, 256),
    en="Processes that mark a large class (default: one for each processor).",
    zh="批改大班时使用的进程数（默认每个处理器一个）。",
)
@bank_option
@trust_option
@language_option
def command(
    exam: Path,
    submissions: tuple[str, ...],
    folder: Path,
    again: bool,
    accept_changed_bank: bool,
    jobs: int | None,
    banks: tuple[Path, ...],
    trust: bool,
    lang: Language,
) -> int:
    """See the help above."""
    from cli.progress import progress
    from grader.submissions import read_submissions
    from questions.exam_folder import ExamFolder
    from questions.own_bank import open_bank
    from templates.results import write_results

    opened = ExamFolder(exam, open_bank(banks, trust=trust), accept_changed_bank=accept_changed_bank)
    with progress(Text("Marking", "批改"), len(opened.students)) as step:
        found = read_submissions(submissions)
        count = jobs or os.cpu_count() or 1
        run = write_results(opened, found, folder, language=lang, again=again, jobs=count, step=step)
    click.echo(_summary(run, folder)[lang])
    return 1 if tell_problems(run, folder, lang) else 0


def _summary(run: Run, folder: Path) -> Text:
    return Text(
        f"Marked {run.marked}, unchanged {run.unchanged}. Report: {folder / 'report.html'}",
        f"批改 {run.marked} 份，未变 {run.unchanged} 份。报告：{folder / 'report.html'}",
    )


def tell_problems(run: Run, folder: Path, lang: Language) -> bool:
    """Prints what needs a person; whether there was anything."""
    from grader.submissions import HARMLESS

    urgent = [p for p in run.problems if p.code not in ("duplicate", "absent", *HARMLESS)]
    for problem in urgent[:_MOST_SHOWN]:
        place = f"{problem.source}:{problem.line}" if problem.line else problem.source
        click.echo(f"  {click.style(place, bold=True)} {problem.message[lang]}\n    {problem.todo[lang]}", err=True)
    if run.problems:
        more = Text(
            f"{len(run.problems)} in all are listed in {folder / 'problems.csv'}.",
            f"共 {len(run.problems)} 条，见 {folder / 'problems.csv'}。",
        )
        click.echo(more[lang], err=True)
    return bool(urgent)
