"""The map of topics: what builds on what, and the tags by which questions are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from questions.bank import Bank
from questions.finding import find
from questions.topic_map import TopicRow, foundations
from solvers.text import Text, UsageError
from tests.strategies import folder_of
from tests.test_bank import PLAIN

BANK = Bank()


def row(id: str, *prerequisites: str) -> TopicRow:
    return TopicRow(1, id, Text(id, id), prerequisites)


def test_the_rows_are_numbered_in_order() -> None:
    """As the map of topics is printed."""
    assert [row.row for row in BANK.topic_map] == list(range(1, len(BANK.topic_map) + 1))


def test_every_prerequisite_is_a_topic_and_none_needs_itself() -> None:
    """Whoever follows the prerequisites down arrives somewhere."""
    assert {needed for row in BANK.topic_map for needed in row.prerequisites} <= {row.id for row in BANK.topic_map}
    assert all(id not in below for id, below in BANK.foundations.items())


def test_what_a_topic_builds_on_is_gathered_to_the_ground() -> None:
    """Not only the next topics below."""
    found = foundations([row("c", "b"), row("b", "a"), row("a"), row("d", "c", "a")])
    assert found["d"] == {"a", "b", "c"}
    assert found["a"] == frozenset()


def test_topics_that_need_each_other_are_refused() -> None:
    """With the circle."""
    with pytest.raises(ValueError, match="a → b → a"):
        foundations([row("a", "b"), row("b", "a")])


def test_every_tag_of_the_shipped_bank_has_a_name() -> None:
    """In both languages; every topic has one, and every name is used."""
    used = {tag for row in BANK.topic_map for tag in row.tags} | {t for q in BANK.questions() for t in q.tags}
    assert used == set(BANK.tag_names)
    assert all(row.tags for row in BANK.topic_map)
    assert all(name.en != name.zh for name in BANK.tag_names.values())


def test_questions_are_found_by_all_their_tags() -> None:
    """Their topic's and their kind."""
    found = find(BANK, tags=["cnn", "read-code"])
    assert {question.kind for question in found} == {"read-code"}
    assert {"convolution", "pooling"} <= {question.topic for question in found}
    assert "rnn" not in {question.topic for question in found}


@pytest.mark.parametrize("words", ["convolutional networks", "Convolutional Networks", "卷积神经网络"])
def test_a_tag_is_known_by_its_name(words: str) -> None:
    """In either language."""
    assert find(BANK, tags=[words]) == find(BANK, tags=["cnn"])


def test_a_question_has_tags_of_its_own(tmp_path: Path) -> None:
    """Beside its topic's: a teacher's own are found like the shipped ones."""
    text = PLAIN.replace("kind: compute", "kind: compute\ntags: [audio]")
    both = Bank([folder_of(tmp_path, {"own/length.yaml": text})])
    assert [question.id for question in find(both, tags=["audio"])] == ["own/length"]
    assert both.tags(both.question("own/length")) == ["audio", "compute"]


@pytest.mark.parametrize(
    ("topic", "tags", "said"),
    [
        ("atention", (), "Did you mean 'attention'?"),
        (None, ("gradient",), "Did you mean 'gradients'?"),
        (None, ("generativ models",), "Did you mean 'generative models'?"),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest(topic: str | None, tags: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        find(BANK, topic, tags)
    assert said in caught.value.text.en
