"""`gradmark questions`: what the bank has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import bank_option, bilingual_command, bilingual_option, json_option, language_option, trust_option
from solvers.text import Language, Text

if TYPE_CHECKING:
    from questions.bank import Bank
    from questions.question import Question


@bilingual_command(
    """List the questions in the bank, with the coverage of the map of topics.

    \b
    Examples:
      gradmark questions
      gradmark questions --topic lstm
      gradmark questions --tag cnn --tag read-code
    """,
    """列出题库中的题目，以及各主题的覆盖情况。

    \b
    示例：
      gradmark questions
      gradmark questions --topic lstm
      gradmark questions --tag 卷积神经网络 --tag read-code
    """,
)
@bilingual_option("--topic", en="Only the questions on this topic.", zh="只列出这一主题的题目。")
@bilingual_option(
    "--tag",
    "tags",
    multiple=True,
    en="Only the questions with this tag: a theme such as gradients, or a kind such as find-error. Given twice, both are wanted.",
    zh="只列出带有这一标签的题目：主题类别（如 gradients）或题型（如 find-error）。给出多个时须同时具备。",
)
@json_option
@bank_option
@trust_option
@language_option
def command(
    topic: str | None, tags: tuple[str, ...], as_json: bool, banks: tuple[Path, ...], trust: bool, lang: Language
) -> None:
    """See the help above."""
    from questions.finding import find
    from questions.own_bank import open_bank

    bank = open_bank(banks, trust=trust)
    found = find(bank, topic, tags)
    if as_json:
        click.echo(json.dumps([_described(q, bank) for q in found], ensure_ascii=False, indent=1))
    elif topic is not None or tags:
        _heading(bank, topic, lang)
        _table_of_questions(found, lang)
    else:
        _table_of_topics(bank, lang)


def _heading(bank: Bank, topic: str | None, lang: Language) -> None:
    """What the topic is called, what it builds on, and how it is tagged."""
    row = bank.topic_row(topic) if topic is not None else None
    if row is None:
        return
    needed = [f"{title[lang]} ({id})" for id, title in _titles(bank, row.prerequisites)]
    names = [f"{bank.tag_names[tag][lang]} ({tag})" for tag in row.tags]
    click.echo(click.style(row.title[lang], bold=True))
    if needed:
        click.echo(Text(f"Builds on: {', '.join(needed)}", f"先修主题：{'、'.join(needed)}")[lang])
    click.echo(Text(f"Tags: {', '.join(names)}", f"标签：{'、'.join(names)}")[lang] + "\n")


def _titles(bank: Bank, topics: Sequence[str]) -> list[tuple[str, Text]]:
    titles = {row.id: row.title for row in bank.topic_map}
    return [(id, titles[id]) for id in topics]


def _described(question: Question, bank: Bank) -> dict[str, object]:
    from questions.sampling import draws

    row = bank.topic_row(question.topic)
    return {
        "id": question.id,
        "title": {"en": question.title.en, "zh": question.title.text.zh},
        "topic": question.topic,
        "kind": question.kind,
        "difficulty": question.difficulty,
        "minutes": question.minutes,
        "marks": str(question.marks),
        "parts": len(question.parts),
        "derivation": question.derivation,
        "draws": draws(question),
        "misconceptions": question.misconceptions,
        "sources": question.sources,
        "tags": bank.tags(question),
        "prerequisites": list(row.prerequisites) if row else [],
    }


def _table_of_questions(found: list[Question], lang: Language) -> None:
    from cli.tables import print_table
    from questions.sampling import draws

    words = [
        Text("id", "题目"),
        Text("title", "标题"),
        Text("kind", "类型"),
        Text("difficulty", "难度"),
        Text("parts", "小问"),
        Text("marks", "分值"),
        Text("draws", "变体数"),
        Text("misconceptions", "误解"),
    ]
    rows = [
        [
            q.id,
            q.title.text[lang],
            q.kind,
            str(q.difficulty),
            str(len(q.parts)),
            str(q.marks),
            _count(draws(q)),
            str(len(q.misconceptions)),
        ]
        for q in found
    ]
    print_table([(word[lang], i > 2) for i, word in enumerate(words)], rows)


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**9 else f"10^{len(str(number)) - 1}"


def _table_of_topics(bank: Bank, lang: Language) -> None:
    from cli.tables import print_table
    from questions.coverage import coverage

    words = [
        Text("row", "序号"),
        Text("topic", "主题"),
        Text("", ""),
        Text("templates", "题目模板"),
        Text("variants", "变体数"),
        Text("certified", "可验证"),
        Text("misconceptions", "误解"),
        Text("builds on", "先修"),
    ]
    numbers = {row.id: str(row.row) for row in bank.topic_map}
    covered = coverage(bank)
    rows = []
    for found in covered:
        counts = [str(found.templates), _count(found.variants), str(found.certified), str(found.misconceptions)]
        rows.append(
            [
                str(found.topic.row or ""),
                found.topic.id,
                found.topic.title[lang],
                *(counts if found.templates else ["–", "", "", ""]),
                " ".join(numbers[id] for id in found.topic.prerequisites),
            ]
        )
    print_table([(word[lang], i in (0, 3, 4, 5, 6)) for i, word in enumerate(words)], rows)
    templates = sum(found.templates for found in covered)
    mapped = [found for found in covered if found.topic.row]
    asked = sum(found.templates > 0 for found in mapped)
    click.echo()
    click.echo(
        Text(
            f"{templates} templates on {asked} of {len(mapped)} topics, each in English and Chinese; "
            "a topic builds on those whose rows are named.\n"
            "`gradmark questions --topic lstm` lists the questions of one topic, `--tag gradients` those with a tag.",
            f"共 {templates} 个模板（均有中英文），覆盖 {len(mapped)} 个主题中的 {asked} 个；“先修”一列是所依赖主题的序号。\n"
            "`gradmark questions --topic lstm` 列出某一主题的题目，`--tag gradients` 列出带某一标签的题目。",
        )[lang]
    )
