"""`gradmark preview`: how responses are read, before they are handed in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from cli.options import bilingual_command, bilingual_option, json_option, language_option
from solvers.text import Language, Text, UsageError

if TYPE_CHECKING:
    from grader.previewing import Preview, Sheets
    from grader.submissions import Problem

_GUESSED = Text(
    "What the parts ask for was guessed. Name the answer sheet that came with the paper: --sheet answers.yaml",
    "各小问的题型是猜测的。请用 --sheet answers.yaml 指明随试卷发放的答题卡。",
)


@bilingual_command(
    """Show how answers are read, before handing them in.

    SUBMISSIONS are answer sheets in YAML, JSON, JSONL, CSV or Markdown, or folders, globs and zips of them. No key is needed, and nothing
    is marked. An answer sheet says itself what its parts ask for; for other files, --sheet names the one that came with the paper. Ends with 1
    if something cannot be read.

    \b
    Examples:
      gradmark preview answers.yaml
      gradmark preview answers.json --sheet papers/s001/answers.yaml
    """,
    """交卷前查看答案会被怎样识别。

    SUBMISSIONS 可以是 YAML、JSON、JSONL、CSV、Markdown 答题卡，也可以是包含它们的文件夹、通配符或 zip。不需要标准答案，也不评分。
    随试卷发放的答题卡写明了各小问的题型；其他文件请用 --sheet 指明该答题卡。有无法识别的内容时退出码为 1。

    \b
    示例：
      gradmark preview answers.yaml
      gradmark preview answers.json --sheet papers/s001/answers.yaml
    """,
)
@click.argument("submissions", nargs=-1, required=True)
@bilingual_option(
    "--sheet",
    metavar="PATH",
    en="The answer sheet that came with the paper, or a folder of them.",
    zh="随试卷发放的答题卡，或包含它们的文件夹。",
)
@json_option
@language_option
def command(submissions: tuple[str, ...], sheet: str | None, as_json: bool, lang: Language) -> int:
    """See the help above."""
    from grader.previewing import preview, to_json
    from grader.submissions import HARMLESS, Submission, read_submissions

    sheets = _sheets(sheet) if sheet is not None else None
    found: list[Preview] = []
    problems: list[Problem] = []
    for result in read_submissions(submissions):
        if isinstance(result, Submission):
            found.append(preview(result, sheets))
        else:
            problems.append(result)
    if as_json:
        said = {"submissions": [to_json(one) for one in found], "problems": [_problem_json(one) for one in problems]}
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        _tell(found, problems, lang)
    stuck = any(one.having("unreadable") or one.having("unknown") for one in found)
    return 1 if stuck or any(problem.code not in HARMLESS for problem in problems) else 0


def _sheets(place: str) -> Sheets:
    from grader.previewing import Sheets

    sheets = Sheets.at(place)
    if not sheets:
        raise UsageError(
            f"--sheet {place}: no answer sheet there says what its parts ask for. It is answers.yaml or answers.md, as it came with the paper.",
            f"--sheet {place}：其中没有写明题型的答题卡。应为随试卷发放的 answers.yaml 或 answers.md。",
        )
    return sheets


def _tell(found: Iterable[Preview], problems: Iterable[Problem], lang: Language) -> None:
    from templates.preview import preview_text

    found = list(found)
    for one in found:
        click.echo(preview_text(one, lang) + "\n")
    if any(one.guessed for one in found):
        click.echo(_GUESSED[lang])
    for problem in problems:
        place = f"{problem.source}:{problem.line}" if problem.line else problem.source
        click.echo(f"{click.style(place, bold=True)} {problem.message[lang]}\n  {problem.todo[lang]}", err=True)


def _problem_json(problem: Problem) -> dict[str, object]:
    return {
        "source": problem.source,
        "line": problem.line,
        "code": problem.code,
        "message": {"en": problem.message.en, "zh": problem.message.zh},
        "todo": {"en": problem.todo.en, "zh": problem.todo.zh},
    }
