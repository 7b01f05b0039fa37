"""Short names: which spellings of a term are the term."""

from __future__ import annotations

import pytest

from grader.terms import alike

FORGET = ("forget gate", "遗忘门")

SAME = [
    ("forget gate", "forget gate"),
    ("Forget-Gate", "case and hyphen"),
    ("the forget gates", "article and plural"),
    ("forgetgate", "no space"),
    ("ｆｏｒｇｅｔ　ｇａｔｅ", "full-width letters"),
    ("forgt gate", "a letter left out"),
    ("forgett gate", "a letter too many"),
    ("forhet gate", "a letter replaced"),
    ("froget gate", "two letters swapped"),
    ("遗忘门", "the other language"),
    ("遗忘 门。", "space and full stop"),
]
OTHER = [
    ("forget", "half of it"),
    ("forgive gate", "two letters away"),
    ("遗忘", "Chinese forgives no slip: every character is a word"),
    ("输入门", "another gate"),
    ("", "nothing"),
    ("gate forget", "the words turned round"),
]


@pytest.mark.parametrize("text", [text for text, _ in SAME], ids=[why for _, why in SAME])
def test_a_spelling_of_the_term_is_the_term(text: str) -> None:
    """Case, spaces, hyphens, articles, plurals and one slip of the pen do not matter."""
    assert alike(text, FORGET)


@pytest.mark.parametrize("text", [text for text, _ in OTHER], ids=[why for _, why in OTHER])
def test_another_word_is_not_the_term(text: str) -> None:
    """What is forgiven ends at one letter."""
    assert not alike(text, FORGET)


@pytest.mark.parametrize(
    ("text", "term"),
    [("GRU", "RNN"), ("bias", "bids"), ("conv1d", "conv2d"), ("L1 norm", "L2 norm"), ("ResNet18", "ResNet19")],
)
def test_one_letter_tells_short_names_and_numbers_apart(text: str, term: str) -> None:
    """A slip is forgiven only in long words, and never in a digit."""
    assert not alike(text, [term])


@pytest.mark.parametrize("text", ["x" * 100_000, "é" * 10_000, "\u200b", "-" * 1000])
def test_strange_texts_are_other_words(text: str) -> None:
    """However long or empty."""
    assert not alike(text, FORGET)
