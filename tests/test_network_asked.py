"""What is asked of networks beyond their tables, against published numbers, and certified with real modules."""

from __future__ import annotations

import pytest

from solvers.certificate import certify
from solvers.derivation import Derivation, GraphError
from solvers.givens import integer
from solvers.network.library import find
from solvers.network.rows import shown_counts
from solvers.registry import derivation
from solvers.text import UsageError
from solvers.trace import StepError, Trace
from solvers.values import Shape


def run(name: str, **givens: object) -> Trace:
    found = derivation(name)
    complete = found.complete(givens)
    return found.at(complete).run(complete)


PUBLISHED = [
    # Ronneberger et al. (2015), figure 1: the sides on the way up, and so what the copies lose.
    ("network.crop", {"network": "u-net", "layer": "crop4"}, "crop_on_each_side", 4),
    ("network.crop", {"network": "u-net", "layer": "crop3"}, "crop_on_each_side", 16),
    ("network.crop", {"network": "u-net", "layer": "crop2"}, "crop_on_each_side", 40),
    ("network.crop", {"network": "u-net", "layer": "crop1"}, "crop_on_each_side", 88),
    ("network.crop", {"network": "u-net", "layer": "crop4"}, "skipped", Shape((512, 64, 64))),
    ("network.crop", {"network": "u-net", "layer": "crop4"}, "risen", Shape((512, 56, 56))),
    # Krizhevsky et al. (2012): 55 × 55 maps become 27 × 27, which the second convolution keeps.
    ("network.padding", {"network": "alexnet", "layer": "conv2"}, "padding", 2),
    ("network.padding", {"network": "vgg-16", "layer": "stage1.conv.0.conv1"}, "padding", 1),
    # Araujo et al. (2019): 195 samples after AlexNet's last pooling, 212 after VGG-16's.
    ("network.first_to_see", {"network": "alexnet", "R": 195}, "layer", "pool5"),
    ("network.first_to_see", {"network": "vgg-16", "R": 212}, "layer", "stage5.pool"),
    ("network.first_to_see", {"network": "vgg-16", "R": 197}, "field", 212),
    ("network.field", {"network": "vgg-16", "layer": "stage5.pool"}, "jump", 32),
    # Szegedy et al. (2014), table 1: the 5 × 5 convolution of 3a reads 16 channels, not 192.
    (
        "network.saving",
        {"network": "inception-block", "layer": "five.conv1"},
        "both",
        28 * 28 * (192 * 16 + 25 * 16 * 32),
    ),
    ("network.saving", {"network": "inception-block", "layer": "five.conv1"}, "direct", 28 * 28 * 25 * 192 * 32),
    ("network.params", {"network": "lenet-5", "layer": "conv2"}, "params", 2_416),
    ("network.params", {"network": "inception-block", "layer": "three"}, "params", 129_248),
    ("network.cost", {"network": "alexnet-2014", "layer": "conv1"}, "macs", 70_276_800),
    ("network.shape", {"network": "dcgan-generator", "layer": "deconv5"}, "shape", Shape((3, 64, 64))),
]


@pytest.mark.parametrize(("name", "givens", "step", "value"), PUBLISHED)
def test_published_numbers_come_out(name: str, givens: dict[str, object], step: str, value: object) -> None:
    assert run(name, **givens)[step] == value


CERTIFIED = [
    ("network.crop", {"network": "u-net(width=4)/down3.conv1..left3.relu2", "layer": "crop3"}),
    ("network.padding", {"network": "resnet-18/layer2.0", "layer": "conv1"}),
    ("network.first_to_see", {"network": "googlenet/conv1..pool2", "R": 20}),
    ("network.saving", {"network": "resnet-50/layer2.1", "layer": "conv2"}),
    ("network.comparison", {"network": "separable-block", "other": "resnet-18/layer2.0"}),
    ("network.rows", {"network": "lenet-5", "a": "conv1", "b": "conv3", "c": "fc2"}),
    ("network.wrong_row", {"network": "lenet-5", "layer": "conv2", "slip": "params/missed-input-channels"}),
    ("network.shape", {"network": "lenet-5", "layer": "tanh1"}),
    ("network.cost", {"network": "dcgan-generator(width=8)", "layer": "deconv3"}),
    ("network.field", {"network": "mobilenet/conv1..block3.relu2", "layer": "block3.depthwise"}),
    ("network.params", {"network": "bert-base(n=8, layers=1, vocabulary=50)/encoder", "layer": "attention"}),
]


@pytest.mark.parametrize(("name", "givens"), CERTIFIED)
def test_real_modules_agree(name: str, givens: dict[str, object]) -> None:
    trace = run(name, **givens)
    certificate = certify(trace)
    assert certificate.agrees, certificate.reason
    assert trace.derivation.answer in certificate.steps


REFUSED = [
    ("network.saving", {"network": "inception-block", "layer": "one.conv1"}),
    ("network.padding", {"network": "lenet-5", "layer": "pool1"}),
    ("network.crop", {"network": "lenet-5", "layer": "conv1"}),
    ("network.cost", {"network": "lenet-5", "layer": "tanh1"}),
    ("network.comparison", {"network": "lenet-5", "other": "lenet-5"}),
    ("network.comparison", {"network": "lenet-5", "other": "bert-base/encoder.0"}),
    ("network.first_to_see", {"network": "lenet-5", "R": 1000}),
    ("network.rows", {"network": "lenet-5", "a": "conv2", "b": "conv1", "c": "fc2"}),
    ("network.wrong_row", {"network": "lenet-5", "layer": "conv2", "slip": "params/ignored-groups"}),
]


@pytest.mark.parametrize(("name", "givens"), REFUSED)
def test_what_cannot_be_asked_is_refused_so_that_another_draw_is_tried(name: str, givens: dict[str, object]) -> None:
    with pytest.raises(StepError) as caught:
        run(name, **givens)
    assert caught.value.text.en
    assert caught.value.text.zh


def test_an_unknown_layer_is_a_mistake_of_whoever_asks() -> None:
    with pytest.raises(UsageError, match="conv1"):
        run("network.shape", network="lenet-5", layer="conv11")


def test_a_layer_of_its_own_is_asked_for_without_a_line_that_repeats_it() -> None:
    trace = run("network.shape", network="lenet-5", layer="conv2")
    lines = trace.lines(trace.derivation.upstream("shape"))
    assert [line.label.en for line in lines].count("Output shape of conv2") == 1


def test_only_one_row_of_the_table_differs() -> None:
    lenet = find("lenet-5")
    shown = shown_counts(lenet, Shape((1, 32, 32)), "conv2", "params/missed-input-channels")
    assert shown == {"conv1": 156, "conv2": 416, "conv3": 48_120, "fc1": 10_164, "fc2": 850}


def test_the_saving_is_carried_from_a_wrong_sum() -> None:
    trace = run("network.saving", network="inception-block", layer="five.conv1")
    own = trace.derivation.run(trace.givens, overrides={"both": trace["both"] + 1})
    assert own["saved"] == trace["saved"] - 1


# ----------------------------------------------------------------------------------------------------------- renaming


def doubled() -> Derivation:
    found = Derivation("test.doubled", "Doubled", "加倍", a=integer("a", "a number", "一个数"))

    @found.step("2 $a", symbol="b", zh="两倍", name="twice")
    def _(a: int) -> int:
        """Twice."""
        return 2 * a

    @found.step("$twice + 1", symbol="c", zh="加一", name="more", final=True)
    def _(twice: int) -> int:
        """One more."""
        return twice + 1

    @found.misconception("slip/twice", replaces="twice")
    def _(a: int) -> int:
        return 4 * a

    return found


def test_a_renamed_step_keeps_its_readers_and_its_misconceptions() -> None:
    found = doubled()
    found.rename("twice", "double")
    assert found.run({"a": 3})["more"] == 7
    assert found.run({"a": 3}, replacing=("slip/twice",))["more"] == 13
    assert found.answer == "double"
    assert "twice" not in found.steps


def test_a_step_cannot_take_a_name_that_is_taken() -> None:
    with pytest.raises(GraphError, match="more"):
        doubled().rename("twice", "more")
