"""`gradmark bank`: checking the bank, or questions of one's own."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.language import language
from cli.options import (
    bank_option,
    bilingual_command,
    bilingual_group,
    bilingual_option,
    json_option,
    language_option,
    trust_option,
)
from solvers.text import Language, Text, UsageError

if TYPE_CHECKING:
    from grader.bank_check import Report


@bilingual_group(
    """Check the bank, or questions of your own.

    \b
    Example:
      gradmark bank check my-bank
    """,
    """检查题库，或检查您自己的题目。

    \b
    示例：
      gradmark bank check my-bank
    """,
)
@language_option
def command(lang: Language) -> None:
    """Hold the commands about banks."""


@bilingual_command(
    """Check every question: draws, keys, formulas, texts, diagnoses, the questions' own checks.

    PATH is a bank folder or one question file; without it, the whole bank is checked. Ends with 1 if anything is found.

    \b
    Examples:
      gradmark bank check
      gradmark bank check my-bank/optimisers/momentum.yaml --variants 200
    """,
    """逐题检查：抽取、答案、公式、文字、诊断，以及题目自带的检验。

    PATH 是题库文件夹或单个题目文件；不给则检查整个题库。发现问题时退出码为 1。

    \b
    示例：
      gradmark bank check
      gradmark bank check my-bank/optimisers/momentum.yaml --variants 200
    """,
    name="check",
)
@click.argument("path", required=False, type=click.Path(path_type=Path))
@bilingual_option(
    "--variants",
    type=click.IntRange(1, 100_000),
    default=50,
    show_default=True,
    en="Variants drawn of each question.",
    zh="每道题抽取的变体数。",
)
@bilingual_option(
    "--effort", is_flag=True, en="Show how much work each question's variants are.", zh="列出每道题各变体的计算量。"
)
@bilingual_option("--rules", is_flag=True, en="List what is checked, and stop.", zh="列出检查的内容后结束。")
@json_option
@bank_option
@trust_option
@language_option
def check(
    path: Path | None,
    variants: int,
    effort: bool,
    rules: bool,
    as_json: bool,
    banks: tuple[Path, ...],
    trust: bool,
    lang: Language,
) -> int:
    """See the help above."""
    from cli.progress import progress
    from grader.bank_check import RULES, check_bank
    from questions.own_bank import open_bank

    if rules:
        for name, (promise, _) in RULES.items():
            click.echo(f"{name:15} {promise[lang]}")
        return 0
    folder, wanted = _own(path)
    bank = open_bank((*banks, *folder), trust=trust)
    ids = [id for id in bank.ids() if wanted is None or id in wanted]
    with progress(Text("Checking", "检查"), len(ids)) as step:
        report = check_bank(bank, ids, variants=variants, step=step, jobs=_jobs(len(ids) * variants))
    if as_json:
        click.echo(json.dumps(_as_json(report), ensure_ascii=False))
        return 1 if report.findings else 0
    if effort:
        _show_efforts(report)
    click.echo(_said(report, lang))
    return 1 if report.findings else 0


_WORTH_PROCESSES = 400  # variants from which starting further processes pays


def _jobs(work: int) -> int:
    return (os.cpu_count() or 1) if work >= _WORTH_PROCESSES else 1


def _show_efforts(report: Report) -> None:
    from cli.tables import print_table

    words = [
        Text("question", "题目"),
        Text("effort", "计算量"),
        Text("band", "允许偏差"),
        Text("least", "最小"),
        Text("most", "最大"),
        Text("draws taken", "采用的抽取"),
    ]
    rows = [
        [e.question, f"{e.middle:.0f}", f"±{e.width:.0%}", f"{e.least:.0f}", f"{e.most:.0f}", f"{e.taken:.0%}"]
        for e in sorted(report.efforts, key=lambda e: e.taken)
    ]
    print_table([(word[language()], i > 0) for i, word in enumerate(words)], rows)
    click.echo()
    if len(report.efforts) > 1 and (widest := report.widest) is not None:
        said = Text(
            f"The work differs most in {widest.question}: {widest.least:.0f} to {widest.most:.0f}.",
            f"计算量差别最大的是 {widest.question}：{widest.least:.0f} 至 {widest.most:.0f}。",
        )
        click.echo(said[language()])
    if report.pairs:
        pairs = Text(
            f"Answers of two misconceptions at once that were looked at: {report.pairs:,}.",
            f"另检查了两个误解同时出现时的答案 {report.pairs:,} 个。",
        )
        click.echo(pairs[language()])


def _own(path: Path | None) -> tuple[list[Path], set[str] | None]:
    """The folder that a path names as a bank, and the questions in it; a question file means its bank's folder."""
    if path is None:
        return [], None
    if path.is_dir():
        found = {f.relative_to(path).with_suffix("").as_posix() for f in path.glob("*/**/*.yaml")}
        if not (ids := {id for id in found if not id.startswith("misconceptions/")}):
            raise UsageError(
                f"{path} holds no topics with questions. Name the bank's own folder, or one question file.",
                f"{path} 中没有按主题存放的题目。请给出题库文件夹本身，或单个题目文件。",
            )
        return [path], ids
    if path.is_file() and path.suffix == ".yaml":
        return [path.parent.parent], {f"{path.parent.name}/{path.stem}"}
    raise UsageError(f"There is no bank folder or question file {path}.", f"没有题库文件夹或题目文件 {path}。")


def _as_json(report: Report) -> dict[str, object]:
    return {
        "questions": report.questions,
        "variants": report.variants,
        "certified": report.certified,
        "formulas": report.formulas,
        "mistakes": report.mistakes,
        "pairs": report.pairs,
        "texts": report.texts,
        "uncertified": report.uncertified,
        "efforts": [asdict(row) for row in report.efforts],
        "findings": [
            {"question": f.question, "rule": f.rule, "text": {"en": f.text.en, "zh": f.text.zh}}
            for f in report.findings
        ],
    }


def _said(report: Report, lang: Language) -> str:
    lines = [f"{click.style(f.question, bold=True)} [{f.rule}] {f.text[lang]}" for f in report.findings]
    if report.uncertified:
        note = Text(f"Keys were not certified: {report.uncertified}.", f"答案未经验证：{report.uncertified}。")
        lines.append(note[lang])
    total = Text(
        f"{_counted(report.questions, 'question')}, {_counted(report.variants, 'variant')}, {report.certified:,} certified, "
        f"{_counted(report.formulas, 'formula')}, {_counted(report.mistakes, 'mistake')} diagnosed, "
        f"{_counted(report.texts, 'text')} read; {_counted(len(report.findings), 'finding')}.",
        f"共 {report.questions} 道题、{report.variants:,} 个变体，其中 {report.certified:,} 个已验证，"
        f"检查公式 {report.formulas:,} 条，诊断错误答案 {report.mistakes:,} 个，核对文字 {report.texts:,} 段；发现问题 {len(report.findings)} 个。",
    )
    return "\n".join([*lines, total[lang]])


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


command.add_command(check)
