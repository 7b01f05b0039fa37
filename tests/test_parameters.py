"""Parameter counts: published totals, corner cases, and every derivation against the real modules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.bank import Bank
from solvers import parameters
from solvers.certificate import certify
from solvers.derivation import is_convention
from solvers.expression import evaluate, parse
from solvers.registry import derivation
from solvers.text import UsageError
from solvers.trace import StepError, Trace


def solve(name: str, **givens: Any) -> Trace:
    found = derivation(f"params.{name}")
    complete = found.complete(givens)
    return found.at(complete).run(complete)


def count(name: str, **givens: Any) -> int:
    trace = solve(name, **givens)
    return trace["total"]


PUBLISHED = [
    # torchvision's model pages, trained weights' `num_params`
    ("alexnet", {}, 61_100_840),
    ("vgg", {"depth": 11}, 132_863_336),
    ("vgg", {"depth": 13}, 133_047_848),
    ("vgg", {"depth": 16}, 138_357_544),
    ("vgg", {"depth": 19}, 143_667_240),
    ("resnet", {"depth": 18}, 11_689_512),
    ("resnet", {"depth": 34}, 21_797_672),
    ("resnet", {"depth": 50}, 25_557_032),
    ("resnet", {"depth": 101}, 44_549_160),
    ("resnet", {"depth": 152}, 60_192_808),
    # Krizhevsky et al. (2012) with two groups, as in Caffe's reference network
    ("alexnet_grouped", {}, 60_965_224),
    # LeCun et al. (1998), section II.B: 60,000 trainable parameters
    ("lenet5_original", {}, 60_000),
    # LeNet-5 with all maps connected, as PyTorch's tutorials build it
    ("lenet5", {}, 61_706),
    # Hugging Face: BertModel and GPT2Model of the base and small sizes
    ("bert", {}, 109_482_240),
    ("bert", {"d": 1024, "heads": 16, "d_ff": 4096, "layers": 24}, 335_141_888),
    ("bert_embeddings", {}, 23_837_184),
    ("gpt2", {}, 124_439_808),
    # Nielsen, Neural Networks and Deep Learning, chapter 3: "almost 24,000" and "nearly 80,000" parameters
    ("mlp", {"widths": [784, 30, 10]}, 23_860),
    ("mlp", {"widths": [784, 100, 10]}, 79_510),
    # CS231n notes, "Neural Networks 1": 20 + 6 and 32 + 9 learnable parameters
    ("mlp", {"widths": [3, 4, 2]}, 26),
    ("mlp", {"widths": [3, 4, 4, 1]}, 41),
    # CS231n notes, "Convolutional Networks": AlexNet's first layer with 34,848 weights and 96 biases
    ("conv2d", {"c_in": 3, "c_out": 96, "k": 11}, 34_944),
]


@pytest.mark.parametrize(
    ("name", "givens", "total"),
    PUBLISHED,
    ids=[f"{n} {' '.join(map(str, g.values()))}".strip() for n, g, _ in PUBLISHED],
)
def test_published_totals_come_out(name: str, givens: dict[str, Any], total: int) -> None:
    assert count(name, **givens) == total


def test_the_layers_of_lenet5_are_those_of_the_paper_where_they_agree() -> None:
    trace = solve("lenet5_original")
    steps = {name: trace[name] for name in ("c1", "s2", "c3", "s4", "c5", "f6")}
    assert steps == {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164}


def test_the_base_transformer_has_the_layers_of_torch_nn_transformer() -> None:
    assert solve("transformer", final_norms=True)["stacks"] == 44_140_544


def test_locally_connected_weights_of_alexnets_first_layer() -> None:
    """CS231n: without sharing, 55 x 55 x 96 neurons with 363 weights and a bias each make 105,705,600 parameters."""
    trace = solve("conv_on_image", c_in=3, n=227, c_out=96, k=11, s=4)
    assert (trace["side"], trace["filter_weights"], trace["local"]) == (55, 363, 105_705_600)


# --------------------------------------------------------------------------------------------------- relations


def test_groups_divide_the_weights_and_leave_the_biases() -> None:
    whole, grouped = (solve("conv2d", c_in=8, c_out=12, k=3, groups=g) for g in (1, 4))
    assert (grouped["weights"] * 4, grouped["biases"]) == (whole["weights"], whole["biases"])


def test_depthwise_is_a_convolution_with_as_many_groups_as_channels() -> None:
    assert count("depthwise", c=6, k=5) == count("conv2d", c_in=6, c_out=6, k=5, groups=6)


def test_heads_do_not_change_the_count() -> None:
    assert count("attention", d=64, heads=1) == count("attention", d=64, heads=16)


def test_heads_of_the_usual_width_count_like_shared_ones() -> None:
    assert count("attention_heads", d=512, heads=8, d_k=64, d_v=64) == count("attention", d=512, heads=8, bias=False)


def test_a_network_of_one_layer_is_a_linear_layer() -> None:
    assert count("mlp", widths=[7, 3]) == count("linear", n_in=7, n_out=3)


@pytest.mark.parametrize(("biases", "total"), [(0, 2400), (1, 2480), (2, 2560)])
def test_lstm_with_no_one_or_two_bias_vectors(biases: int, total: int) -> None:
    assert count("lstm", d=10, h=20, biases=biases) == total


def test_pooling_adds_nothing_to_a_network() -> None:
    assert solve("cnn", n=12, channels=[1, 2], kernels=[3], pools=[2], widths=[4])["pooling"] == 0


def test_a_shortcut_that_changes_nothing_is_free() -> None:
    assert [solve("basic_block", c_in=64, c_out=64, s=s)["shortcut"] for s in (1, 2)] == [0, 64 * 64 + 128]


def test_the_widest_hidden_layer_stays_within_its_budget() -> None:
    trace = solve("hidden_width", n_in=784, n_out=10, budget=79_510)
    assert (trace["hidden"], trace["used"]) == (100, 79_510)
    assert solve("hidden_width", n_in=784, n_out=10, budget=79_509)["hidden"] == 99


def test_counts_beyond_a_double_are_exact() -> None:
    assert count("linear", n_in=10**30 + 1, n_out=3) == 3 * 10**30 + 6


# ------------------------------------------------------------------------------------------------ what has no value

NO_VALUE = [
    ("conv2d", {"c_in": 5, "c_out": 4, "k": 3, "groups": 2}, "divided into 2 equal groups"),
    ("conv2d", {"c_in": 4, "c_out": 5, "k": 3, "groups": 2}, "divided into 2 equal groups"),
    ("attention", {"d": 10, "heads": 4}, "divided among 4 heads"),
    ("encoder_layer", {"d": 10, "heads": 4, "d_ff": 20}, "divided among 4 heads"),
    ("cnn", {"n": 4, "channels": [1, 2], "kernels": [5], "widths": [3]}, "larger than its padded input"),
    ("cnn", {"n": 4, "channels": [1, 2], "kernels": [3], "pools": [3], "widths": [3]}, "window is larger"),
    ("two_layer_cnn", {"n": 8, "c_in": 1, "c_1": 2, "k_1": 3, "c_2": 2, "k_2": 5}, "kernel is larger"),
    ("conv_on_image", {"c_in": 1, "n": 4, "c_out": 1, "k": 7}, "larger than the padded image"),
    ("connectivity", {"m": 3, "n": 3, "k": 4}, "more inputs than there are"),
    ("hidden_width", {"n_in": 10, "n_out": 2, "budget": 14}, "too small"),
    ("mlp", {"widths": [3, 1.5]}, "whole numbers"),
    ("cnn", {"n": 9, "channels": [1, 2], "kernels": [3], "strides": [1.5], "widths": [3]}, "whole numbers"),
]


@pytest.mark.parametrize(("name", "givens", "reason"), NO_VALUE, ids=[f"{n}: {r}" for n, _, r in NO_VALUE])
def test_impossible_layers_are_refused_with_the_reason(name: str, givens: dict[str, Any], reason: str) -> None:
    with pytest.raises(StepError, match=reason):
        _ = solve(name, **givens).values


UNKNOWN = [
    ("vgg", {"depth": 17}, "There is no VGG-17"),
    ("resnet", {"depth": 20}, "There is no ResNet-20"),
    ("mlp", {"widths": [5]}, "at least two entries"),
    ("conv", {"c_in": 1, "c_out": 1, "kernel": [1, 1, 1, 1]}, "at most 3 axes"),
    ("cnn", {"n": 9, "channels": [1], "kernels": [3], "widths": [3]}, "it must have 2"),
    ("lstm", {"d": 3, "h": 3, "biases": 3}, "at most 2"),
]


@pytest.mark.parametrize(("name", "givens", "message"), UNKNOWN, ids=[m for _, _, m in UNKNOWN])
def test_networks_that_do_not_exist_are_a_mistake_in_usage(name: str, givens: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        solve(name, **givens)


# ------------------------------------------------------------------------------------------------------- certificates

EXPLAINED = Bank().misconceptions
BOTH = (False, True)
GIVENS: dict[str, list[dict[str, Any]]] = {
    "additive_scoring": [{"d_q": 4, "d_k": 5, "h": 6}],
    "alexnet": [{}, {"channels": 1, "classes": 10, "grid": 2}],
    "alexnet_grouped": [{}],
    "attention": [{"d": 12, "heads": h, "bias": b} for h in (1, 3) for b in BOTH],
    "attention_heads": [{"d": 12, "heads": 3, "d_k": 5, "d_v": 2, "bias": b} for b in BOTH],
    "basic_block": [{"c_in": 4, "c_out": c, "s": s} for c in (4, 6) for s in (1, 2)],
    "batch_norm": [{"c": 1}, {"c": 64}],
    "bert": [{"d": 8, "heads": 2, "d_ff": 12, "layers": 3, "vocab": 50, "positions": 9, "pooler": p} for p in BOTH],
    "bert_embeddings": [{}, {"d": 4, "vocab": 9, "positions": 3, "segments": 1}],
    "bottleneck_block": [{"c_in": c, "w": 4, "s": s} for c in (8, 16) for s in (1, 2)],
    "cnn": [
        {"n": 9, "channels": [1, 2], "kernels": [3], "widths": [4]},
        {
            "n": 28,
            "channels": [3, 4, 8],
            "kernels": [3, 4],
            "pools": [1, 3],
            "paddings": [1, 0],
            "strides": [1, 2],
            "widths": [5, 2],
        },
    ],
    "connectivity": [{"m": 10, "n": 8, "k": 3}, {"m": 4, "n": 9, "k": 4}],
    "conv": [
        {"c_in": 4, "c_out": 6, "kernel": kernel, "groups": g, "bias": b}
        for kernel in ([3], [3, 5], [1, 2, 3])
        for g in (1, 2)
        for b in BOTH
    ],
    "conv1d": [{"c_in": 4, "c_out": 6, "k": 3, "groups": g} for g in (1, 2)],
    "conv2d": [{"c_in": 4, "c_out": 6, "k": 3, "groups": g, "bias": b} for g in (1, 2) for b in BOTH],
    "conv2d_rectangular": [{"c_in": 4, "c_out": 6, "k_h": 3, "k_w": 5, "groups": g} for g in (1, 2)],
    "conv3d": [{"c_in": 4, "c_out": 6, "k": 2, "groups": g} for g in (1, 2)],
    "conv_batch_norm": [{"c_in": 3, "c_out": 8, "k": 7}],
    "conv_on_image": [
        {"c_in": 3, "n": 32, "c_out": 6, "k": 5},
        {"c_in": 2, "n": 9, "c_out": 4, "k": 3, "s": 2, "p": 1},
    ],
    "decoder_layer": [{"d": 12, "heads": 3, "d_ff": 20}],
    "depthwise": [{"c": 6, "k": 3, "bias": b} for b in BOTH],
    "embedding": [{"vocab": 100, "d": 8}],
    "encoder_layer": [{"d": 12, "heads": 3, "d_ff": 20}, {"d": 1, "heads": 1, "d_ff": 1}],
    "feed_forward": [{"d": 12, "d_ff": 20, "bias": b} for b in BOTH],
    "gpt2": [{"d": 8, "heads": 2, "d_ff": 12, "layers": 3, "vocab": 50, "positions": 9}],
    "gru": [],
    "hidden_width": [{"n_in": 5, "n_out": 3, "budget": b} for b in (12, 20, 21, 1000)],
    "inception": [{}, {"c_in": 8, "n_1": 1, "r_3": 2, "n_3": 3, "r_5": 4, "n_5": 5, "n_pool": 6}],
    "layer_norm": [{"d": 512}],
    "lenet5": [{}, {"n": 28, "paddings": [2, 0]}],
    "lenet5_original": [{}, {"k": 3}],
    "linear": [{"n_in": 7, "n_out": 3, "bias": b} for b in BOTH],
    "lstm": [],
    "mlp": [{"widths": widths, "bias": b} for widths in ([3, 2], [3, 4, 2], [5, 4, 3, 2, 1]) for b in BOTH],
    "pointwise": [{"c_in": 7, "c_out": 3, "bias": b} for b in BOTH],
    "recurrent_cells": [{"d": 3, "h": 4, "biases": b} for b in (0, 1, 2)],
    "resnet": [{"depth": 18}, {"depth": 50, "channels": 1, "classes": 10}],
    "rnn": [],
    "rnn_with_output": [{"d": 3, "h": 4, "o": 2}],
    "self_attention": [{"d": 12, "d_k": 5, "d_v": 2, "bias": b} for b in BOTH],
    "separable": [{"c_in": 4, "c_out": 6, "k": 3, "bias": b} for b in BOTH],
    "separable_block": [{"c_in": 4, "c_out": 6, "k": 3}],
    "stacked_kernels": [{"c": 4}, {"c": 4, "k": 5, "layers": 3}],
    "text_classifier": [
        {"vocab": 50, "d": 3, "h": 4, "classes": 2, "length": 7, "cell": cell, "bidirectional": b}
        for cell in ("RNN", "GRU", "LSTM")
        for b in BOTH
    ],
    "transformer": [{"d": 12, "heads": 3, "d_ff": 20, "layers": 2, "vocab": 9, "final_norms": f} for f in BOTH],
    "two_layer_cnn": [{"n": 28, "c_in": 1, "c_1": 4, "k_1": 5, "c_2": 8, "k_2": 3}],
    "vgg": [{"depth": 11}, {"depth": 16, "channels": 1, "classes": 10}],
}
for _cell in ("rnn", "gru", "lstm"):
    GIVENS[_cell] = [
        {"d": 3, "h": 4, "layers": layers, "bidirectional": both, "biases": biases}
        for layers in (1, 3)
        for both in BOTH
        for biases in (0, 1, 2)
    ]
CASES = [(name, givens) for name, some in GIVENS.items() for givens in some]


def test_every_derivation_is_certified_below() -> None:
    assert set(parameters.__all__) == set(GIVENS)


@pytest.mark.parametrize(("name", "givens"), CASES, ids=[f"{n} {g}" for n, g in CASES])
def test_real_modules_have_as_many_parameters(name: str, givens: dict[str, Any]) -> None:
    """All steps agree with the modules, so that no step is taken on trust."""
    trace = solve(name, **givens)
    certificate = certify(trace)
    assert certificate.certified, certificate.reason
    assert set(certificate.steps) == set(trace.derivation.steps)


@pytest.mark.parametrize(("name", "givens"), CASES, ids=[f"{n} {g}" for n, g in CASES])
def test_the_printed_numbers_give_the_value(name: str, givens: dict[str, Any]) -> None:
    trace = solve(name, **givens)
    wrong = [line.text for line in trace.lines() if evaluate(parse(line.substituted), {}) != line.value]
    assert not wrong


@pytest.mark.parametrize(("name", "givens"), CASES, ids=[f"{n} {g}" for n, g in CASES])
def test_every_misconception_leads_to_a_number_and_is_explained(name: str, givens: dict[str, Any]) -> None:
    trace = solve(name, **givens)
    for id in trace.derivation.misconceptions:
        assert trace.derivation.run(trace.givens, replacing=(id,)).values
        assert EXPLAINED[id].says.zh != EXPLAINED[id].says.en


@pytest.mark.parametrize(
    ("name", "givens"), [(n, g) for n, g in CASES if "bias" in g], ids=[f"{n} {g}" for n, g in CASES if "bias" in g]
)
def test_the_other_convention_about_biases_counts_like_the_other_layer(name: str, givens: dict[str, Any]) -> None:
    trace = solve(name, **givens)
    id = "convention/no-bias" if givens["bias"] else "convention/with-bias"
    other = trace.derivation.run(trace.givens, replacing=(id,))
    assert other.values == solve(name, **{**givens, "bias": not givens["bias"]}).values


@pytest.mark.parametrize(
    ("name", "givens", "more"),
    [
        ("basic_block", {"c_in": 64, "c_out": 128, "s": 2}, 3 * 128),
        ("bottleneck_block", {"c_in": 256, "w": 128, "s": 2}, 2 * 128 + 2 * 512),
        ("resnet", {"depth": 18}, 4800),
        ("stacked_kernels", {"c": 4}, None),
        ("additive_scoring", {"d_q": 5, "d_k": 4, "h": 3}, None),
    ],
)
def test_biases_where_the_convolutions_have_none(name: str, givens: dict[str, Any], more: int | None) -> None:
    trace = solve(name, **givens)
    other = trace.derivation.run(trace.givens, replacing=("convention/with-bias",))
    if more is not None:
        assert other["total"] - trace["total"] == more
    elif name == "stacked_kernels":
        assert (other["stack"] - trace["stack"], other["large"] - trace["large"]) == (8, 4)
    else:
        assert (other["additive"] - trace["additive"], other["bilinear"] - trace["bilinear"]) == (3, 1)


def test_the_first_lenet_without_biases() -> None:
    """248 of the 60,000 trainable parameters are biases."""
    trace = solve("lenet5_original")
    assert trace["total"] - trace.derivation.run(trace.givens, replacing=("convention/no-bias",))["total"] == 248


@given(st.integers(1, 300), st.integers(1, 300))
def test_an_lstm_has_four_gates_of_the_textbooks_formula(d: int, h: int) -> None:
    assert count("lstm", d=d, h=h) == 4 * h * (d + h + 1)


@given(st.lists(st.integers(1, 10**12), min_size=2, max_size=8))
def test_a_perceptron_splits_into_weights_and_biases(widths: list[int]) -> None:
    trace = solve("mlp", widths=widths)
    assert trace["weights"] + trace["biases"] == trace["total"]


@given(st.integers(1, 50), st.integers(1, 20), st.integers(1, 5000))
def test_one_unit_more_breaks_the_budget(n_in: int, n_out: int, spare: int) -> None:
    budget = n_in + 1 + 2 * n_out + spare
    trace = solve("hidden_width", n_in=n_in, n_out=n_out, budget=budget)
    wider = count("mlp", widths=[n_in, trace["hidden"] + 1, n_out])
    assert trace["used"] == count("mlp", widths=[n_in, trace["hidden"], n_out]) <= budget < wider


def test_each_derivation_is_found_under_its_own_name() -> None:
    assert {name: getattr(parameters, name).name for name in parameters.__all__} == {
        name: f"params.{name}" for name in parameters.__all__
    }


def test_the_explained_misconceptions_are_all_in_use() -> None:
    declared = {id for name, givens in CASES for id in solve(name, **givens).derivation.misconceptions}
    assert {id for id in EXPLAINED if id.startswith("params/")} == {id for id in declared if id.startswith("params/")}
    assert {id for id in declared if not is_convention(id)} <= set(EXPLAINED)
