"""`gradmark questions`: what the bank has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import bank_option, bilingual_command, bilingual_option, json_option, language_option, trust_option
from solvers.text import LANGUAGES, Language, Text, UsageError

if TYPE_CHECKING:
    from questions.bank import Bank
    from questions.question import Question


@bilingual_command(
    """List the questions in the bank, with the coverage of the map of topics.

    \b
    Examples:
      gradmark questions
      gradmark questions --topic lstm
    """,
    """列出题库中的题目，以及各主题的覆盖情况。

    \b
    示例：
      gradmark questions
      gradmark questions --topic lstm
    """,
)
@bilingual_option("--topic", en="Only the questions on this topic.", zh="只列出这一主题的题目。")
@json_option
@bank_option
@trust_option
@language_option
def command(topic: str | None, as_json: bool, banks: tuple[Path, ...], trust: bool, lang: Language) -> None:
    """See the help above."""
    from questions.own_bank import open_bank
    from solvers.nearest import suggestion

    bank = open_bank(banks, trust=trust)
    if topic is not None and topic not in bank.topics():
        hint = suggestion(topic, bank.topics())
        raise UsageError(
            f"There are no questions on {topic!r}.{hint.en} Topics: {', '.join(bank.topics())}.",
            f"题库中没有主题 {topic!r}。{hint.zh}现有主题：{'、'.join(bank.topics())}。",
        )
    found = list(bank.questions(topic))
    if as_json:
        click.echo(json.dumps([_described(q) for q in found], ensure_ascii=False, indent=1))
    elif topic is not None:
        _table_of_questions(found, lang)
    else:
        _table_of_topics(bank, found, lang)


def _described(question: Question) -> dict[str, object]:
    from questions.sampling import draws

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


def _table_of_topics(bank: Bank, found: list[Question], lang: Language) -> None:
    from cli.tables import print_table
    from questions.sampling import draws

    words = [
        Text("row", "序号"),
        Text("topic", "主题"),
        Text("", ""),
        Text("templates", "题目模板"),
        Text("variants", "变体数"),
        Text("languages", "语言"),
        Text("certified", "可验证"),
        Text("misconceptions", "误解"),
    ]
    rows = []
    mapped = {row.id for row in bank.topic_map}
    own = [(0, topic, Text(topic, topic)) for topic in bank.topics() if topic not in mapped]
    for number, id, title in [(row.row, row.id, row.title) for row in bank.topic_map] + own:
        here = [q for q in found if q.topic == id]
        wrong = {m for q in here for m in q.misconceptions}
        proved = sum(q.derivation is not None for q in here)
        variants = _count(sum(map(draws, here)))
        shown = (
            [str(len(here)), variants, " ".join(LANGUAGES), str(proved), str(len(wrong))] if here else ["–"] + [""] * 4
        )
        rows.append([str(number or ""), id, title[lang], *shown])
    print_table([(word[lang], i in (0, 3, 4, 6, 7)) for i, word in enumerate(words)], rows)
    click.echo()
    covered = len({q.topic for q in found} & mapped)
    click.echo(
        Text(
            f"{len(found)} templates on {covered} of {len(mapped)} topics. `gradmark questions --topic lstm` lists those of one topic.",
            f"共 {len(found)} 个模板，覆盖 {len(mapped)} 个主题中的 {covered} 个。`gradmark questions --topic lstm` 列出某一主题的题目。",
        )[lang]
    )
