"""Questions about networks: many variants, names read back, prompts that show what has to be known."""

from __future__ import annotations

import pytest

from grader.bank_check import mark_variant
from grader.bank_check.marked import names_misconception
from questions.bank import Bank
from questions.network_prompts import counting, counts, layers, title
from questions.question import Draw
from questions.sampling import draw, draws
from questions.variant import Variant
from questions.variant_json import misconception_answers
from solvers.network.library import find, keep
from solvers.network.reading import read_network
from solvers.network.suited import fits, inputs, sizes, suited
from solvers.text import Language
from solvers.values import Shape
from templates.prose import html
from templates.terminal import plain_prose

BANK = Bank()
TEMPLATES = [id for id in BANK.ids() if id.startswith("networks/")]
SEEDS = range(100, 103)


def test_there_are_templates_of_many_kinds_and_of_every_difficulty() -> None:
    questions = list(BANK.questions("networks"))
    assert len(questions) >= 14
    assert {question.difficulty for question in questions} == {1, 2, 3, 4, 5}
    kinds = {question.kind for question in questions}
    assert kinds >= {"compute", "trace", "invert", "choose", "compare", "table", "find-error"}


def printed(variant: Variant) -> dict[str, str]:
    """The model answer, as it is printed."""
    return {p.key_name: t.printed for p, t in zip(variant.question.parts, variant.targets, strict=True)}


@pytest.mark.parametrize("id", TEMPLATES)
def test_the_printed_answer_earns_everything_and_a_seed_gives_the_same_variant(id: str) -> None:
    question = BANK.question(id)
    for seed in SEEDS:
        variant = draw(question, seed)
        assert mark_variant(variant, printed(variant)).marks == question.marks
        assert draw(question, seed).givens == variant.givens


@pytest.mark.parametrize("id", TEMPLATES)
def test_misconceptions_answer_differently_and_are_told(id: str) -> None:
    question = BANK.question(id)
    variant = draw(question, 104)
    wrong = {id: misconception_answers(variant, id) for id in question.misconceptions}
    # A choice need not offer what each of them gives.
    offered = {part.key_name for part in question.parts if part.type == "choice"}
    assert all(answers != printed(variant) and (answers or offered) for answers in wrong.values())
    for misconception, answers in wrong.items():
        assert answers is not None
        verdicts = mark_variant(variant, answers).items[0].verdicts
        blamed = [verdict for verdict in verdicts if verdict.diagnosis]
        assert not blamed or any(names_misconception(verdict, misconception) for verdict in blamed)


@pytest.mark.parametrize("id", TEMPLATES)
def test_tables_become_tables_on_a_page(id: str) -> None:
    prompt = draw(BANK.question(id), 105).prompt
    assert "<table" in html(prompt.en)
    assert "<table" in html(prompt.zh)


# ------------------------------------------------------------------------------------------------------------- names


def first_to_see(layer: str) -> Variant:
    """A variant whose answer is this layer."""
    question = BANK.question("networks/first-to-see")
    return next(variant for seed in range(40) if (variant := draw(question, seed)).targets[0].printed == layer)


@pytest.mark.parametrize("typed", ["conv2", "Conv2", " CONV2 ", "`conv2`", "conv 2"])
def test_a_layer_may_be_written_in_several_ways(typed: str) -> None:
    (first, _) = mark_variant(first_to_see("conv2"), {"layer": typed}).items[0].verdicts
    assert first.marks == first.worth


@pytest.mark.parametrize("typed", ["conv1", "conv3", "conv22", "pool2", "conv", "2"])
def test_another_layer_is_no_misspelling(typed: str) -> None:
    (first, _) = mark_variant(first_to_see("conv2"), {"layer": typed}).items[0].verdicts
    assert first.marks == 0


def test_no_name_of_a_network_counts_for_another() -> None:
    """Names that differ by one letter (`inception4a`, `inception4b`) are different layers."""
    variant = first_to_see("conv2")
    target = variant.targets[0]
    assert target.others
    assert set(target.others).isdisjoint(target.accept)
    for other in target.others:
        (first, _) = mark_variant(variant, {"layer": other}).items[0].verdicts
        assert first.marks == 0, other


# ------------------------------------------------------------------------------------------------------------ drawing


def test_draws_are_counted_over_the_networks() -> None:
    question = BANK.question("networks/shape-after")
    names = question.givens["network"].choice or []
    counted = sum(len(inputs(find(name))) * len(suited(find(name), "has_window")) for name in names)
    assert draws(question) == counted >= 10_000


def test_draws_of_a_network_put_together_from_sizes_count_the_sizes() -> None:
    question = BANK.question("networks/totals-of-a-network")
    assert draws(question) == 299 * len(inputs(find("lenet-5")))


def test_sizes_of_an_input_are_tried_before_they_are_used() -> None:
    """The third convolution of LeNet-5 needs five rows: inputs below 32 do not fit."""
    lenet = find("lenet-5")
    assert Shape((1, 16, 16)) in sizes(lenet)
    assert not fits(lenet, Shape((1, 16, 16)))
    assert min(shape[1] for shape in inputs(lenet)) == 32


def test_text_puts_earlier_givens_in() -> None:
    question = BANK.question("networks/totals-of-a-network")
    variant = draw(question, 7)
    assert variant.givens["network"] == f"lenet-5(classes={variant.givens['classes']})"
    assert Draw(text="{a}").text == "{a}"


# ------------------------------------------------------------------------------------------------------------ prompts


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        (
            "googlenet/inception4a",
            "block `inception4a` of GoogLeNet (Inception v1)",
            "GoogLeNet（Inception v1）的 `inception4a` 模块",
        ),
        ("u-net(width=8)", "U-Net with changed sizes", "改动尺寸后的 U-Net"),
        ("vgg-16", "VGG-16", "VGG-16"),
    ],
)
def test_a_part_of_a_network_is_named_naturally(name: str, en: str, zh: str) -> None:
    assert title(name, "en") == en
    assert title(name, "zh") == zh


def test_the_padding_asked_for_is_not_shown() -> None:
    shown = layers("resnet-18/layer2.0", "en", "conv1")
    assert "| `conv1` | convolution, 128 filters, kernel 3, stride 2, no bias, padding ?, then" not in shown
    (row,) = [line for line in shown.splitlines() if line.startswith("| `conv1`")]
    assert "padding ?" in row
    assert "padding 1" not in row


def test_the_crop_asked_for_is_not_shown() -> None:
    shown = layers("u-net/down4.conv1..left4.relu2", "zh", "crop4")
    assert "裁剪，每侧裁去 ?" in shown
    assert "裁剪，每侧裁去 4" in layers("u-net/down4.conv1..left4.relu2", "zh")


def test_one_count_of_the_table_is_wrong_and_layers_without_parameters_are_shown() -> None:
    shown = counts("lenet-5", "en", Shape((1, 32, 32)), "conv2", "params/missed-input-channels")
    assert "| `conv2` | convolution, 16 filters, kernel 5, then tanh | 416 |" in shown
    assert "| `conv1` | convolution, 6 filters, kernel 5, then tanh | 156 |" in shown
    assert "| `pool2` | average pooling, window 2 | – |" in shown


def test_only_the_conventions_of_kinds_that_a_network_has_are_stated() -> None:
    assert counting("vgg-16", "en") == (
        "Every convolution and fully connected layer has biases unless the table says otherwise."
    )
    said = counting("bert-base/encoder.0", "zh")
    assert "层归一化" in said
    assert "投影" in said
    assert "批量归一化" not in said
    assert "two bias vectors" in counting("lstm-language-model", "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_of_a_network_are_no_markup(language: Language) -> None:
    """A title with a dollar and a module's name with a bar: no formula begins, no column."""
    odd = read_network(
        'network: odd\ntitle: {en: "5 $ net", zh: "5 $ 网"}\ninput: [4]\nlayers:\n'
        '  - {custom: "A|B$C", out: [4]}\n  - {linear: 2}\n'
    )
    name = keep(odd, "content")
    assert "5 $ " in html(title(name, language))
    page = html(layers(name, language))
    assert page.count("<th ") == 2
    assert "A|B$C" in page
    assert "5 $ " in plain_prose(title(name, language))
