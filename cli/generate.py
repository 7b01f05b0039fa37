"""`gradmark generate`: an exam for a class, or a practice paper."""

from __future__ import annotations

from pathlib import Path

import click

from cli.networks import input_option, network_named
from cli.options import (
    bank_option,
    bilingual_command,
    bilingual_option,
    choices_option,
    language_option,
    seed_option,
    trust_option,
)
from solvers.text import Language, Text, UsageError


@bilingual_command(
    """Draw an exam for a class, or a practice paper.

    With a BLUEPRINT and a roster, every student gets variants of their own, drawn from a secret that stays in the teacher's folder.
    With --topics or --network, a practice paper. Hand out EXAM/papers; keep EXAM/teacher.

    \b
    Examples:
      gradmark generate midterm.yaml --roster class.csv --out midterm
      gradmark generate --topics convolution,lstm --questions 8 --seed 7 --lang zh --out practice
      gradmark generate --network resnet-50 --questions 6 --seed 7 --out practice
    """,
    """为全班组卷，或生成一份练习卷。

    给出蓝图 BLUEPRINT 和名单时，每个学生得到自己的一套数字，由保存在教师文件夹中的密钥抽取。
    给出 --topics 或 --network 时生成练习卷。EXAM/papers 可以发放，EXAM/teacher 请自己保管。

    \b
    示例：
      gradmark generate midterm.yaml --roster class.csv --out midterm
      gradmark generate --topics convolution,lstm --questions 8 --seed 7 --lang zh --out practice
      gradmark generate --network resnet-50 --questions 6 --seed 7 --out practice
    """,
)
@click.argument("blueprint", required=False, type=click.Path(dir_okay=False, path_type=Path))
@bilingual_option(
    "--roster",
    type=click.Path(dir_okay=False, path_type=Path),
    en="A CSV with a column 'student', and 'name' if you like.",
    zh="CSV 名单，须有 student（或 学号）列，可有 name（姓名）列。",
)
@bilingual_option("--topics", en="Topics of a practice paper, with commas.", zh="练习卷的主题，用逗号分隔。")
@bilingual_option(
    "--network",
    en="A practice paper about one network: a name that `gradmark network --list` shows, a YAML file, or a PyTorch module (file.py:Name).",
    zh="就一个网络出一份练习卷：`gradmark network --list` 列出的名称、YAML 文件，或 PyTorch 模块（file.py:Name）。",
)
@input_option
@bilingual_option(
    "--questions",
    "count",
    type=click.IntRange(1, 200),
    default=8,
    show_default=True,
    en="Questions on a practice paper.",
    zh="练习卷的题数。",
)
@choices_option
@seed_option()
@bilingual_option(
    "--out", "folder", required=True, type=click.Path(path_type=Path), en="The folder to make.", zh="要生成的文件夹。"
)
@bilingual_option("--replace", is_flag=True, en="Replace the folder if it is there.", zh="若文件夹已存在则替换。")
@bank_option
@trust_option
@language_option
def command(
    blueprint: Path | None,
    roster: Path | None,
    topics: str | None,
    network: str | None,
    shapes: tuple[str, ...],
    count: int,
    choices: bool,
    seed: int | None,
    folder: Path,
    replace: bool,
    banks: tuple[Path, ...],
    trust: bool,
    lang: Language,
) -> None:
    """See the help above."""
    from cli.progress import progress
    from questions.blueprint import practice_blueprint, read_blueprint, read_roster
    from questions.own_bank import open_bank
    from templates.exam import write_exam

    if sum(source is not None for source in (blueprint, topics, network)) != 1:
        raise UsageError(
            "Give one of a BLUEPRINT, --topics and --network.", "请在蓝图 BLUEPRINT、--topics、--network 中给出一个。"
        )
    bank = open_bank(banks, trust=trust)
    if blueprint is None:
        names = [name for name in (word.strip() for word in (topics or "").replace("，", ",").split(",")) if name]
        about = None if network is None else _name_of(network, shapes, trust=trust)
        plan = practice_blueprint(names, count, lang, choices=choices, network=about)
    elif choices:
        raise UsageError(
            "--choices is for practice papers. In a blueprint, write `choices: true` in a section.",
            "--choices 只用于练习卷。在蓝图中，请在大题里写 `choices: true`。",
        )
    else:
        plan = read_blueprint(blueprint)
    students = None if roster is None else read_roster(roster)
    with progress(Text("Drawing papers", "抽题组卷"), len(students or [None])) as step:
        certified = write_exam(bank, plan, students, folder, seed=seed, replace=replace, step=step)
    click.echo(_said(folder, len(students or [None]), certified)[lang])


def _name_of(network: str, shapes: tuple[str, ...], *, trust: bool) -> str:
    """The name under which the network that is asked about is known."""
    from solvers.network.library import add

    found = network_named(network, shapes, trust=trust)
    if shapes or not network.endswith((".yaml", ".yml")):
        add(found)
    return found.name


def _said(folder: Path, papers: int, certified: int) -> Text:
    count = "1 paper" if papers == 1 else f"{papers} papers"
    if certified:
        proof = Text(
            f"{certified} key{'' if certified == 1 else 's'} certified.", f"{certified} 道题的答案已由独立引擎验证。"
        )
    else:
        proof = Text(
            "Keys not certified: PyTorch is not installed (pip install 'gradmark[torch]').",
            "答案未经验证：未安装 PyTorch（pip install 'gradmark[torch]'）。",
        )
    return Text(
        f"{count} in {folder / 'papers'}: hand out this folder.\nKey and solutions in {folder / 'teacher'}: keep it. {proof.en}",
        f"{folder / 'papers'} 中有 {papers} 份试卷：可整个发放。\n答案与解答在 {folder / 'teacher'}：请自己保管。{proof.zh}",
    )
