"""`gradmark show`: one question with numbers drawn."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cli.options import (
    bank_option,
    bilingual_command,
    bilingual_option,
    choices_option,
    json_option,
    language_option,
    seed_option,
    trust_option,
)
from solvers.text import Language


@bilingual_command(
    """Show one question with numbers drawn.

    \b
    Examples:
      gradmark show convolution/output-size --seed 3
      gradmark show lstm/one-unit --seed 3 --solution
    """,
    """查看一道抽好数字的题目。

    \b
    示例：
      gradmark show convolution/output-size --seed 3
      gradmark show lstm/one-unit --seed 3 --solution
    """,
)
@click.argument("question")
@seed_option(default=1)
@bilingual_option("--solution", is_flag=True, en="Show key and worked solution too.", zh="同时显示答案与解答。")
@choices_option
@json_option
@bank_option
@trust_option
@language_option
def command(
    question: str,
    seed: int,
    solution: bool,
    choices: bool,
    as_json: bool,
    banks: tuple[Path, ...],
    trust: bool,
    lang: Language,
) -> None:
    """See the help above."""
    from questions.own_bank import open_bank
    from questions.sampling import draw

    bank = open_bank(banks, trust=trust)
    variant = draw(bank.question(question), seed, choices=choices)
    if as_json:
        from questions.variant_json import variant_json

        click.echo(json.dumps(variant_json(variant), ensure_ascii=False))
        return
    from templates.terminal import solution_text, variant_text

    click.echo(variant_text(variant, lang))
    if solution:
        click.echo("\n" + solution_text(variant, lang, bank))
