"""Finding questions of the bank by topic and by tags."""

from __future__ import annotations

from collections.abc import Sequence

from questions.bank import Bank
from questions.question import Question
from solvers.nearest import suggestion
from solvers.text import UsageError


def find(bank: Bank, topic: str | None = None, tags: Sequence[str] = ()) -> list[Question]:
    """The questions on a topic (or on any) that have all the tags, in order.

    A tag may be given by its name in words, in either language. Raises UsageError for a topic or a tag that no question has, with the nearest.
    """
    known = bank.topics()
    if topic is not None and topic not in known:
        hint = suggestion(topic, known)
        raise UsageError(
            f"There are no questions on {topic!r}.{hint.en} Topics: {', '.join(known)}.",
            f"题库中没有主题 {topic!r}。{hint.zh}现有主题：{'、'.join(known)}。",
        )
    found = list(bank.questions(topic))
    if not tags:
        return found
    wanted = {_tag(bank, tag) for tag in tags}
    return [question for question in found if wanted <= set(bank.tags(question))]


def _tag(bank: Bank, words: str) -> str:
    known = {tag for question in bank.questions() for tag in bank.tags(question)}
    if words in known:
        return words
    by_name = {name.casefold(): tag for tag, text in bank.tag_names.items() for name in (text.en, text.zh)}
    if words.casefold() in by_name:
        return by_name[words.casefold()]
    hint = suggestion(words.casefold(), [*known, *by_name])
    raise UsageError(
        f"No question has the tag {words!r}.{hint.en} Tags: {', '.join(sorted(known))}.",
        f"没有题目带有标签 {words!r}。{hint.zh}现有标签：{'、'.join(sorted(known))}。",
    )
