"""Short names: which spellings of a term are the term."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


RIVALS = [
    ("overfitting", "underfitting"), ("encoder", "decoder"), ("gradient ascent", "gradient descent"), ("max pooling", "mean pooling"),
    ("max pooling", "min pooling"), ("average pooling", "max pooling"), ("exploding gradient", "vanishing gradient"),
    ("forget gate", "output gate"), ("input gate", "output gate"), ("update gate", "reset gate"), ("hidden state", "cell state"),
    ("micro average", "macro average"), ("type I error", "type II error"), ("symmetric", "asymmetric"), ("supervised learning", "unsupervised learning"),
    ("batch normalization", "layer normalization"), ("self-attention", "cross-attention"), ("hard attention", "soft attention"),
    ("global minimum", "local minimum"), ("minimum", "maximum"), ("softmax", "softmin"), ("argmax", "argmin"), ("recurrent network", "recursive network"),
    ("convolution", "deconvolution"), ("equivariance", "invariance"), ("variance", "covariance"), ("parameter", "hyperparameter"),
    ("pre-norm", "post-norm"), ("upsampling", "downsampling"), ("true positive", "false positive"), ("L1 regularization", "L2 regularization"),
    ("Adam", "AdamW"), ("AdaGrad", "Adamax"), ("ReLU", "ELU"), ("leaky ReLU", "leaky ELU"), ("VGG16", "VGG19"), ("generative model", "discriminative model"),
    ("row vector", "column vector"), ("linear", "nonlinear"), ("query", "key"), ("valid padding", "invalid padding"), ("padding", "pooling"),
    ("convex", "concave"), ("prior", "posterior"), ("convergence", "divergence"), ("synchronous", "asynchronous"), ("many-to-one", "one-to-many"),
    ("遗忘门", "输入门"), ("过拟合", "欠拟合"), ("编码器", "解码器"), ("最大池化", "平均池化"), ("梯度消失", "梯度爆炸"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), RIVALS)
def test_no_term_is_taken_for_another(a: str, b: str) -> None:
    """However near they are to each other."""
    assert not alike(a, [b])
    assert not alike(b, [a])


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("overfiting", "overfitting"),
        ("backpropogation", "backpropagation"),
        ("long short trem memmory", "long short-term memory"),
        ("gradient decent", "gradient descent"),
        ("batch normalisation", "batch normalization"),
        ("confusion matrices", "confusion matrix"),
        ("biases", "bias"),
        ("forget gate (遗忘门)", "forget gate"),
        ("It's the softmax", "softmax"),
        ("long short-term memory (LSTM)", "long short-term memory"),
    ],
)
def test_misspelt_and_inflected_terms_are_the_term(text: str, term: str) -> None:
    """In both languages at once too, and with the initials behind."""
    assert alike(text, [term, "遗忘门"])


@pytest.mark.parametrize(
    "text", ["forget gate or input gate", "forget gate / input gate", "forget gate, not the input gate", "LSTM"]
)
def test_a_hedge_names_nothing(text: str) -> None:
    """Nor do initials alone."""
    assert not alike(text, ["forget gate", "long short-term memory"])


def test_another_term_of_the_question_is_no_misspelling() -> None:
    """What is nearer to it, or as near, is not forgiven."""
    assert alike("dilution", ["dilation"])
    assert not alike("dilution", ["dilation"], others=["dilution"])
    assert not alike("dilutoin", ["dilation"], others=["dilution"])


@given(st.sampled_from(["forget gate", "backpropagation", "long short-term memory"]), st.data())
def test_one_letter_more_or_less_is_forgiven_within_a_word(term: str, data: st.DataObject) -> None:
    """Three slips are not."""
    words = term.split()
    spot = data.draw(st.integers(0, len(words) - 1).filter(lambda i: len(words[i]) > 4))
    place = data.draw(st.integers(1, len(words[spot]) - 1).filter(lambda i: words[spot][i - 1] != "-"))
    slipped = (
        words[spot][:place] + data.draw(st.sampled_from(["", "q", words[spot][place] * 2])) + words[spot][place + 1 :]
    )
    assert alike(" ".join((*words[:spot], slipped, *words[spot + 1 :])), [term])
    assert not alike("qqq" + term[3:], [term])


@pytest.mark.parametrize("text", ["long shor-term memory", "long short-ter memory", "long shortterm memory"])
def test_a_letter_left_out_is_forgiven_where_the_next_word_begins_with_it(text: str) -> None:
    """Nobody can tell which of the two is missing."""
    assert alike(text, ["long short-term memory"])


@pytest.mark.parametrize("text", ["x" * 100_000, "é" * 10_000, "\u200b", "-" * 1000])
def test_strange_texts_are_other_words(text: str) -> None:
    """However long or empty."""
    assert not alike(text, FORGET)
