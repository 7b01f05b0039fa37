"""Networks in YAML: what each construction stands for, and what is said about mistakes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from solvers.network.kinds.convolution import Conv
from solvers.network.model import NetworkError
from solvers.network.reading import read_network
from solvers.network.table import Field, LayerTable
from solvers.values import Shape
from solvers.yaml_words import YamlError


def named(layers: str, *, head: str = "input: [3, 32, 32]") -> list[tuple[str, str, tuple[str, ...]]]:
    network = read_network(f"network: net\n{head}\nlayers:\n{layers}")
    return [(layer.name, layer.kind.word, layer.inputs) for layer in network.layers]


def test_a_layer_reads_the_one_before_it_unless_it_says_otherwise() -> None:
    assert named("""
  - conv1: {conv: 8, kernel: 3}
  - relu
  - {conv: 8, kernel: 3}
  - relu
  - late: {conv: 4, kernel: 1, from: conv1}
""") == [
        ("conv1", "conv", ("input",)),
        ("relu1", "relu", ("conv1",)),
        ("conv2", "conv", ("relu1",)),
        ("relu2", "relu", ("conv2",)),
        ("late", "conv", ("conv1",)),
    ]


def test_the_word_takes_the_first_setting_and_numbers_are_expressions_over_sizes() -> None:
    network = read_network("""
network: net
input: [channels, 2*side, 2*side]
sizes: {channels: 3, side: 16}
layers:
  - {conv: 4*channels, kernel: [3, side - 11], padding: same, bias: false}
""")
    assert network.inputs == {"input": Shape((3, 32, 32))}
    assert network.layers[0].kind == Conv(12, (3, 5), padding="same", bias=False)


def test_sizes_can_be_replaced_and_only_those_that_exist() -> None:
    text = "network: net\ninput: [n]\nsizes: {n: 8}\nlayers: [{linear: 2*n}]"
    assert read_network(text, sizes={"n": 5}).inputs["input"] == Shape((5,))
    with pytest.raises(NetworkError, match="no size 'm'"):
        read_network(text, sizes={"m": 5})


def test_a_residual_adds_its_input_or_its_shortcut() -> None:
    assert named("""
  - first: {residual: [{conv: 3, kernel: 1}, relu]}
  - residual: [{conv: 6, kernel: 1}]
    shortcut: [{conv: 6, kernel: 1}]
""") == [
        ("first.conv1", "conv", ("input",)),
        ("first.relu1", "relu", ("first.conv1",)),
        ("first.add", "add", ("first.relu1", "input")),
        ("conv1", "conv", ("first.add",)),
        ("conv2", "conv", ("first.add",)),
        ("add", "add", ("conv1", "conv2")),
    ]


def test_branches_are_merged_and_named_after_themselves() -> None:
    assert named("""
  - mix:
      branches: {narrow: [{conv: 4, kernel: 1}], straight: []}
      merge: concat
""") == [("mix.narrow.conv1", "conv", ("input",)), ("mix.concat", "concat", ("mix.narrow.conv1", "input"))]


def test_blocks_are_repeated_with_their_sizes() -> None:
    network = read_network(
        """
network: net
input: [3, 32, 32]
blocks:
  step:
    takes: {width: , stride: 1}
    layers: [{conv: width*(i + 1), kernel: 3, stride: stride, padding: 1}]
layers:
  - stage: {block: step, repeat: 3, width: 4, first: {stride: 2}}
  - {block: step, width: 5}
  - tail: {each: {width: [7, 9]}, block: step}
""".replace("- {block: step, width: 5}", "- {repeat: 1, layers: [{conv: 5, kernel: 1}]}")
    )
    made = [
        (layer.name, layer.kind.settings()["out"], layer.kind.settings().get("stride", 1)) for layer in network.layers
    ]
    assert made == [
        ("stage.0.conv1", 4, 2),
        ("stage.1.conv1", 8, 1),
        ("stage.2.conv1", 12, 1),
        ("block1.0.conv1", 5, 1),
        ("tail.0.conv1", 7, 1),
        ("tail.1.conv1", 18, 1),
    ]
    assert network.blocks["stage"] == network.layers[:3]
    assert list(network.blocks) == [
        "stage",
        "stage.0",
        "stage.1",
        "stage.2",
        "block1",
        "block1.0",
        "tail",
        "tail.0",
        "tail.1",
    ]


def test_weights_are_shared_by_name() -> None:
    network = read_network("network: n\ninput: [4]\nlayers:\n- a: {linear: 4}\n- b: {linear: 4, weights: a}")
    assert [layer.shares for layer in network.layers] == [None, "a"]


@pytest.mark.parametrize(
    ("layers", "line", "column", "reason"),
    [
        ("- {convv: 3}", 4, 3, "no kind of layer 'convv'. Did you mean 'conv'?"),
        ("- {conv: 3}", 4, 3, "conv needs kernel"),
        ("- {conv: 3, kernel: 3, bais: false}", 4, 24, "no setting 'bais'. Did you mean 'bias'?"),
        ("- {conv: 3, kernel: 2.5}", 4, 21, "kernel is a whole number"),
        ("- {conv: 3, kernel: widht}", 4, 21, "widht"),
        ("- {conv: 3, kernel: 3, bias: 1}", 4, 30, "bias is one of true, false"),
        ("- {conv: 3, kernel: 3, from: nowhere}", 4, 30, "no earlier layer 'nowhere'"),
        ("- a: relu\n- a: relu", 5, 6, "two layers are called a"),
        ("- {block: missing}", 4, 3, "no block 'missing'"),
        ("- {repeat: 0, layers: [relu]}", 4, 3, "repeat is at least 1"),
        ("- {repeat: 9999999, layers: [relu]}", 4, 3, "repeat"),
        ("- residual: [relu]\n  shortcat: []", 5, 3, "unknown key 'shortcat'. Did you mean 'shortcut'?"),
        ("- {branches: {a: [relu]}, merge: glue}", 4, 3, "cannot be merged by 'glue'"),
        ('- {branches: {"a|b": [relu]}}', 4, 15, "'a|b' is no name"),
        ("  []", 4, 3, "needs layers"),
    ],
)
def test_a_mistake_is_said_with_its_place(layers: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(YamlError) as raised:
        read_network(f"network: net\ninput: [3, 32, 32]\nlayers:\n{layers}", source="net.yaml")
    assert f"net.yaml:{line}:{column}" in raised.value.text.en
    assert reason in raised.value.text.en
    assert raised.value.text.zh != raised.value.text.en


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("layers:\n  - {repeat: 5000, layers: [{repeat: 5000, layers: [{repeat: 5000, layers: []}]}]}", "repeat less"),
        ("layers:\n  - {repeat: 5000, layers: [{repeat: 5000, layers: [relu]}]}", "more than 5000 layers"),
        ("blocks: {a: {layers: [{block: a}, {block: a}]}}\nlayers:\n  - {block: a}", "nested too deep"),
    ],
)
def test_repetitions_end_however_they_are_nested(text: str, said: str) -> None:
    with pytest.raises(YamlError) as error:
        read_network(f"network: net\ninput: [3, 8, 8]\n{text}")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ('inputs: {"a$b{c": [3]}', "is no name"),
        ("inputs: {}", "needs an input"),
        (f"input: [{', '.join(['2'] * 400)}]", "at most 8 axes"),
        ("input: [3, -32, 0]", "at least 1"),
    ],
)
def test_an_input_has_a_name_and_a_shape_that_can_be_shown(inputs: str, said: str) -> None:
    with pytest.raises(YamlError) as error:
        read_network(f"network: net\n{inputs}\nlayers: [relu]")
    assert said in str(error.value)


@pytest.mark.parametrize("name", ["a:b", "net(3)", "a/b", "n" * 81])
def test_a_network_has_a_name_that_can_be_asked_for(name: str) -> None:
    with pytest.raises(YamlError, match="network's name"):
        read_network(f"network: {name}\ninput: [3]\nlayers: [relu]")


def test_a_sibling_needs_a_name_too(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("network: one\ninput: [3]\nlayers: [relu]", "utf-8")
    (tmp_path / "two.yaml").write_text("like: one", "utf-8")
    with pytest.raises(YamlError, match="needs network"):
        read_network(tmp_path / "two.yaml")


def test_names_in_chinese_keep_layers_apart() -> None:
    network = read_network("""
network: 小网络
inputs: {图像: [3, 8, 8]}
layers:
  - 卷积1: {conv: 4, kernel: 3}
  - 卷积2: {conv: 4, kernel: 3, padding: 1}
  - 相加: {add: , from: [卷积1, 卷积2]}
""")
    assert len({layer.step for layer in network.layers}) == 3
    found = LayerTable(network)
    assert (found.parameters, found.rows[-1].fields) == (112 + 148, (Field(5, 3, 1, Fraction(3, 2)),))
    assert found.working("卷积2", "field")[0].label["zh"] == "卷积2 的感受野"
