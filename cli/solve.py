"""`gradmark solve`: a calculator that shows its working."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import (
    bank_option,
    bilingual_command,
    bilingual_option,
    json_option,
    language_option,
    trust_option,
)
from solvers.text import LANGUAGES, Language, Text, UsageError

if TYPE_CHECKING:
    from solvers.derivation import Derivation
    from solvers.family import Family


@bilingual_command(
    """Calculate, and show the working.

    GIVENS are name=value: numbers (0.5, 1/2), vectors and matrices ([[1, 2], [3, 4]] or "1 2; 3 4"), words, or one JSON object. What is
    not given takes its default. With --list, words after it look for derivations by what they compute, in either language.

    \b
    Examples:
      gradmark solve conv.output_size n=227 k=11 s=4
      gradmark solve attention.scaled_dot_product Q=[[1,0]] K="1 0; 0 1" V=[[1],[2]] --json
      gradmark solve --list layer norm
    """,
    """计算并写出每一步。

    已知量 GIVENS 写成 名称=值：数（0.5、1/2）、向量和矩阵（[[1, 2], [3, 4]] 或 "1 2; 3 4"）、单词，或一个 JSON 对象。
    没有给出的量取默认值。--list 之后可写关键词，按所计算的内容查找推导，中英文均可。

    \b
    示例：
      gradmark solve conv.output_size n=227 k=11 s=4
      gradmark solve attention.scaled_dot_product Q=[[1,0]] K="1 0; 0 1" V=[[1],[2]] --json
      gradmark solve --list 层归一化
    """,
)
@click.argument("derivation", required=False)
@click.argument("givens", nargs=-1)
@bilingual_option(
    "--list",
    "listing",
    is_flag=True,
    en="List the derivations with their givens: all, or those that the words name.",
    zh="列出推导及其已知量：全部，或关键词所指的。",
)
@bilingual_option(
    "--digits", type=click.IntRange(0, 12), default=4, show_default=True, en="Decimals shown.", zh="显示的小数位数。"
)
@json_option
@bank_option
@trust_option
@language_option
def command(
    derivation: str | None,
    givens: tuple[str, ...],
    listing: bool,
    digits: int,
    as_json: bool,
    banks: tuple[Path, ...],
    trust: bool,
    lang: Language,
) -> None:
    """See the help above."""
    from questions.own_bank import trust_banks
    from solvers import registry

    trust_banks(banks, trust=trust)

    if listing:
        found = _matching([registry.derivation(name) for name in registry.names()], (derivation or "", *givens))
        click.echo(
            json.dumps([_described(d) for d in found], ensure_ascii=False, indent=1) if as_json else _list(found, lang)
        )
        return
    if derivation is None:
        raise UsageError("Name a derivation; --list shows them all.", "请给出推导的名称；用 --list 查看全部。")
    _solve(derivation, givens, digits, as_json, lang)


def _matching(derivations: list[Derivation | Family], words: tuple[str, ...]) -> list[Derivation | Family]:
    """Those whose name, title, topic or steps hold all the words, whatever their case. Raises UsageError if none does."""
    from solvers.nearest import near_ones

    wanted = [word.casefold() for word in words if word]
    found = [each for each in derivations if all(word in _said_of(each) for word in wanted)]
    if not found:
        shown = " ".join(words)
        hint = near_ones(shown, [each.name for each in derivations])
        raise UsageError(f"No derivation is about {shown!r}.{hint.en}", f"没有与 {shown!r} 有关的推导。{hint.zh}")
    return found


def _said_of(found: Derivation | Family) -> str:
    """Every word under which somebody may look for a derivation."""
    from solvers.family import Family

    example = found.example if isinstance(found, Family) else found
    texts = [found.title, *(step.label for step in example.steps.values())]
    words = [found.name, found.name.replace("_", " "), *(text[language] for text in texts for language in LANGUAGES)]
    return "\n".join((*words, *example.steps)).casefold()


def _solve(name: str, words: tuple[str, ...], digits: int, as_json: bool, lang: Language) -> None:
    from solvers.givens_text import read_givens
    from solvers.registry import derivation
    from solvers.trace import StepError, json_of

    found = derivation(name)
    complete = found.complete(read_givens(found.givens, words))
    trace = found.at(complete).run(complete)
    if as_json:
        click.echo(json.dumps(json_of(trace, digits), ensure_ascii=False, allow_nan=False))
        return
    click.echo(click.style(found.title[lang], bold=True))
    without_value: list[StepError] = []
    for step in trace.derivation.steps:
        try:
            (line,) = trace.lines([step], digits)
        except StepError as error:
            without_value.append(error)
        else:
            click.echo(f"  {click.style(line.label[lang], dim=True)}\n    {line.text}")
    if without_value:  # what could be computed stands above; the first of the others says why
        raise without_value[0]


def _described(found: Derivation | Family) -> dict[str, object]:
    from solvers.family import Family
    from solvers.values import to_json

    example = found.example if isinstance(found, Family) else found
    return {
        "derivation": found.name,
        "title": {"en": found.title.en, "zh": found.title.zh},
        "givens": {
            name: {
                "kind": given.kind,
                "shape": list(given.axes),
                "words": list(given.words),
                "default": to_json(given.default) if not isinstance(given.default, list) else given.default,
                "required": given.default is None,
                "meaning": {"en": given.meaning.en, "zh": given.meaning.zh},
            }
            for name, given in found.givens.items()
        },
        "steps": list(example.steps),
        "unrolled": isinstance(found, Family),
        "misconceptions": list(example.misconceptions),
    }


_UNROLLED = Text(" (as many as the givens ask for)", "（步数随已知量而定）")
_STEPS = Text("gives", "步骤")


def _list(derivations: list[Derivation | Family], lang: Language) -> str:
    from solvers.family import Family
    from solvers.values import plain

    lines = []
    for found in derivations:
        example = found.example if isinstance(found, Family) else found
        lines.append(f"{click.style(found.name, bold=True)}  {found.title[lang]}")
        for name, given in found.givens.items():
            default = (
                ""
                if given.default is None
                else f" = {plain(given.default) if not isinstance(given.default, list) else given.default}"
            )
            lines.append(f"    {name}{default}  {given.describe()}: {given.meaning[lang]}")
        more = _UNROLLED[lang] if isinstance(found, Family) else ""
        lines.append(f"    → {_STEPS[lang]}: {', '.join(example.steps)}{more}\n")
    return "\n".join(lines).rstrip()
