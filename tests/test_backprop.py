"""Back-propagation through dense layers: published worked examples, corner cases, PyTorch's agreement."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.backprop.functions import ACTIVATIONS, LOSSES
from solvers.registry import derivation
from solvers.text import UsageError
from solvers.trace import StepError, Trace
from solvers.values import same, to_json
from tests.deriving import assert_certified


def solve(name: str, *replacing: str, **givens: Any) -> Trace:
    """The derivation of this name run on givens whose floats are meant as the decimals they print."""
    found = derivation(name)
    complete = found.complete({key: _exact(value) for key, value in givens.items()})
    return found.at(complete).run(complete, replacing=replacing)


def _exact(value: Any) -> Any:
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return Fraction(repr(value)) if isinstance(value, float) else value


def near(value: Any, digits: int) -> Any:
    """Within half of the last published digit (and a little, for what the authors rounded on their way)."""
    return pytest.approx(value, abs=0.6 * 10**-digits)


# ------------------------------------------------------------------------------------------------- published examples

MAZUR: dict[str, Any] = {
    "x": [0.05, 0.10],
    "W1": [[0.15, 0.20], [0.25, 0.30]],
    "b1": [0.35, 0.35],
    "W2": [[0.40, 0.45], [0.50, 0.55]],
    "b2": [0.60, 0.60],
    "target": [0.01, 0.99],
    "rate": 0.5,
    "update_biases": False,
}


def test_mazurs_step_by_step_example() -> None:
    """Matt Mazur, "A Step by Step Backpropagation Example" (2015): every number of the first pass."""
    t = solve("backprop.two_layer", **MAZUR)
    assert to_json(t["z1"])[0] == near(0.3775, 9)
    assert to_json(t["hidden"]) == near([0.593269992, 0.596884378], 9)
    assert to_json(t["output"]) == near([0.75136507, 0.772928465], 8)
    assert t["loss"] == near(0.298371109, 9)
    assert to_json(t["output_delta"]) == near([0.138498562, -0.038098236], 8)
    assert t["W2_gradient"][0, 0] == near(0.082167041, 9)
    assert to_json(t["W2_updated"]) == [near([0.35891648, 0.408666186], 8), near([0.511301270, 0.561370121], 9)]
    assert t["hidden_error"][0] == near(0.036350306, 9)
    assert t["W1_gradient"][0, 0] == near(0.000438568, 9)
    assert to_json(t["W1_updated"]) == [near([0.149780716, 0.19956143], 8), near([0.24975114, 0.29950229], 8)]
    assert to_json(t["b1_updated"]) == [0.35, 0.35]


def test_mazurs_loss_after_the_step_comes_from_the_updated_weights() -> None:
    """The published 0.291027924 belongs to deltas sent back through the weights already updated, which the text forbids."""
    assert solve("backprop.two_layer", **MAZUR)["loss_after"] == near(0.291027774, 9)
    assert solve("backprop.two_layer", "backprop/updated-weights-used", **MAZUR)["loss_after"] == near(0.291027924, 9)


def test_han_and_kambers_network() -> None:
    """Han, Kamber and Pei, "Data Mining", example 9.1; their error terms are minus our deltas."""
    t = solve(
        "backprop.two_layer",
        x=[1, 0, 1],
        W1=[[0.2, 0.4, -0.5], [-0.3, 0.1, 0.2]],
        b1=[-0.4, 0.2],
        W2=[[-0.3, -0.2]],
        b2=[0.1],
        target=[1],
        rate=0.9,
    )
    assert to_json(t["hidden"]) == near([0.332, 0.525], 3)
    assert to_json(t["output"]) == near([0.474], 3)
    assert to_json(-t["output_delta"]) == near([0.1311], 3)
    assert to_json(-t["hidden_delta"]) == near([-0.0087, -0.0065], 4)
    assert to_json(t["W2_updated"])[0] == near([-0.261, -0.138], 3)
    assert to_json(t["W1_updated"]) == [near([0.192, 0.4, -0.508], 3), near([-0.306, 0.1, 0.194], 3)]
    assert to_json(t["b2_updated"]) == near([0.218], 3)
    assert to_json(t["b1_updated"]) == near([-0.408, 0.194], 3)


def test_hmkcodes_linear_network() -> None:
    """hmkcode, "Backpropagation Step by Step" (2019): linear neurons without biases."""
    t = solve(
        "backprop.two_layer",
        x=[2, 3],
        W1=[[0.11, 0.21], [0.12, 0.08]],
        W2=[[0.14, 0.15]],
        target=[1],
        rate=0.05,
        activation="linear",
        output_activation="linear",
        update_biases=False,
    )
    assert t["output"][0] == Fraction("0.191")
    assert t["output_delta"][0] == Fraction("-0.809")
    assert t["loss"] == near(0.327, 3)
    assert to_json(t["W2_updated"])[0] == near([0.17, 0.17], 2)
    assert to_json(t["W1_updated"]) == [near([0.12, 0.23], 2), near([0.13, 0.10], 2)]
    assert t["output_after"][0] == near(0.26, 1)


def test_cs231ns_sigmoid_neuron() -> None:
    """Stanford CS231n, notes on backpropagation: a two-dimensional neuron with the gradient 1 at its output."""
    t = solve("backprop.unit", x=[-1, -2], w=[2, -3], b=-3)
    assert t["z"] == 1
    assert t["output"] == near(0.73, 2)
    assert to_json(t["w_gradient"]) == near([-0.20, -0.39], 2)
    assert t["b_gradient"] == near(0.20, 2)
    assert to_json(t["x_gradient"]) == near([0.39, -0.59], 2)


def test_cs231ns_matrix_vector_product() -> None:
    """Stanford CS231n, lecture 4: the squared norm of W x."""
    t = solve(
        "backprop.one_layer",
        x=[0.2, 0.4],
        W1=[[0.1, 0.5], [-0.3, 0.8]],
        target=[0, 0],
        output_activation="linear",
        loss_function="sum_of_squares",
    )
    assert to_json(t["output"]) == [0.22, 0.26]
    assert t["loss"] == Fraction("0.116")
    assert to_json(t["W1_gradient"]) == [[0.088, 0.176], [0.104, 0.208]]
    assert to_json(t["input_gradient"]) == [-0.112, 0.636]


def test_nielsens_neuron() -> None:
    """Michael Nielsen, "Neural Networks and Deep Learning", chapter 3: a badly wrong neuron, with both losses."""
    wrong = {"x": [1], "w": [2], "b": 2, "target": 0}
    squared = solve("backprop.neuron", **wrong)
    entropy = solve("backprop.neuron", loss_function="binary_cross_entropy", **wrong)
    assert squared["output"] == near(0.98, 2)
    assert solve("backprop.neuron", **{**wrong, "w": [0.6], "b": 0.9})["output"] == near(0.82, 2)
    assert squared["w_gradient"][0] < Fraction(1, 50) < entropy["w_gradient"][0]
    assert entropy["delta"] == entropy["output"]


# ------------------------------------------------------------------------------------------------------- PyTorch agrees

NET: dict[str, Any] = {
    "W1": [[0.1, 0.4], [0.2, 0.3]],
    "b1": [-0.1, 0.3],
    "W2": [[0.7, 0.2], [0.5, -0.5]],
    "b2": [0.3, 0.2],
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("last", [*ACTIVATIONS, "softmax"])
@pytest.mark.parametrize("first", ACTIVATIONS)
def test_two_layers_agree_with_autograd(first: str, last: str, loss: str) -> None:
    words = {"activation": first, "output_activation": last, "loss_function": loss}
    try:
        t = solve("backprop.two_layer", x=[1, 2], target=[0.3, 0.7], l2=0.1, **NET, **words)
        t.values  # noqa: B018 - a loss of the entropies may not exist for outputs beyond 0 and 1
    except StepError:
        assert last in ("tanh", "relu", "linear")
        assert loss not in ("squared_error", "mean_squared_error", "sum_of_squares")
        return
    assert_certified(t)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("last", "loss"),
    [
        ("softmax", "cross_entropy"),
        ("sigmoid", "mean_binary_cross_entropy"),
        ("softmax", "squared_error"),
        ("linear", "mean_squared_error"),
    ],
)
def test_batches_agree_with_autograd(last: str, loss: str, reduction: str) -> None:
    words = {"output_activation": last, "loss_function": loss, "reduction": reduction}
    x, target = [[1, 2], [0.5, -1], [2, 0]], [[0.25, 0.75], [1, 0], [0.5, 0.5]]
    assert_certified(solve("backprop.batch_two_layer", x=x, target=target, activation="tanh", l2=0.2, **NET, **words))
    assert_certified(solve("backprop.batch_one_layer", x=x, target=target, W1=NET["W1"], b1=NET["b1"], **words))


@pytest.mark.parametrize("second", ["same", "relu", "sigmoid", "linear"])
def test_three_layers_agree_with_autograd(second: str) -> None:
    assert_certified(
        solve(
            "backprop.three_layer",
            x=[1, 2],
            W3=[[0.5, 0.3], [-0.2, 0.6], [0.1, 0.1]],
            b3=[0.1, 0, -0.1],
            target=[0, 1, 0],
            activation="tanh",
            activation2=second,
            output_activation="softmax",
            loss_function="cross_entropy",
            **NET,
        )
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["squared_error", "mean_squared_error", "binary_cross_entropy"])
def test_neurons_and_chains_agree_with_autograd(activation: str, loss: str) -> None:
    words = {"activation": activation, "loss_function": loss}
    assert_certified(solve("backprop.neuron", x=[1, 2], w=[0.5, 0.1], target=0.7, **words))
    assert_certified(solve("backprop.unit", x=[1, 2], w=[0.5, 0.1], upstream=-2, activation=activation))
    assert_certified(solve("backprop.chain", x=0.5, w=[0.8, 1.2, 0.6], b=[0.1, 0.2, 0], target=0.7, **words))
    assert_certified(solve("backprop.chain", x=0.5, w=[0.8, 1.2], target=0.7, output_activation="sigmoid", **words))
    assert_certified(solve("backprop.chain", x=0.5, w=[0.8], target=0.7, **words))


def test_the_pieces_agree_with_their_engines() -> None:
    assert_certified(solve("backprop.softmax_cross_entropy", z=[1, 2, 0.5], target=[0.2, 0.3, 0.5]))
    assert_certified(solve("backprop.l2_update", w=[1, -2], g=[0.5, 0.3], l2=0.1, rate=0.2))
    assert_certified(solve("backprop.needed_rate", x=2, w=1.5, target=2, w_new=1.3))
    for activation in ("sigmoid", "tanh", "linear"):
        for loss in ("squared_error", "binary_cross_entropy", "cross_entropy"):
            words = {"activation": activation, "loss_function": loss}
            assert_certified(solve("backprop.output_unit", a=0.7, y=1, h=0.5, **words))


# --------------------------------------------------------------------------------------------------------- corner cases


def test_relu_at_exactly_zero_has_the_derivative_zero() -> None:
    t = solve("backprop.neuron", x=[1, 2], w=[0.5, -0.3], b=0.1, target=1, activation="relu")
    assert (t["z"], t["slope"], t["delta"]) == (0, 0, 0)
    assert_certified(t)


def test_a_network_of_dead_units_learns_only_the_output_bias() -> None:
    t = solve(
        "backprop.two_layer",
        x=[1, 1],
        W1=[[-1, -1], [-2, 0]],
        W2=[[3, 4]],
        target=[1],
        activation="relu",
        output_activation="linear",
    )
    assert not any(t["W1_gradient"].flat)
    assert not any(t["W2_gradient"].flat)
    assert t["b2_gradient"][0] == -1


def test_a_perfect_output_stops_the_gradient() -> None:
    t = solve("backprop.neuron", x=[2, 3], w=[1, 1], target=5, activation="linear")
    assert (t["loss"], t["delta"]) == (0, 0)
    assert to_json(t["w_updated"]) == [1, 1]


def test_targets_of_a_softmax_must_be_a_distribution() -> None:
    with pytest.raises(StepError, match="add up to 1"):
        solve("backprop.softmax_cross_entropy", z=[1, 2], target=[1, 1])["delta"]


def test_a_saturated_output_has_no_cross_entropy() -> None:
    words = {"activation": "linear", "loss_function": "binary_cross_entropy"}
    with pytest.raises(StepError, match="logarithm"):
        solve("backprop.neuron", x=[1], w=[1], target=0, **words)["loss"]
    with pytest.raises(StepError, match="saturated"):
        solve("backprop.neuron", x=[1], w=[1], target=0, **words)["error"]
    with pytest.raises(StepError, match="between 0 and 1"):
        solve("backprop.neuron", x=[2], w=[1], target=0, **words)["loss"]


def test_no_l2_term_leaves_no_trace_of_it() -> None:
    assert "penalty" not in solve("backprop.two_layer", x=[1, 2], target=[1, 0], **NET).derivation.steps
    assert "penalty" in solve("backprop.two_layer", x=[1, 2], target=[1, 0], l2=0.5, **NET).derivation.steps


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="sizes"):
        solve("backprop.two_layer", x=[1, 2, 3], target=[1, 0], **NET)


def test_vanishing_along_a_chain() -> None:
    """With weights 1 each sigmoid leaves at most a quarter of the delta."""
    t = solve("backprop.chain", x=1, w=[1] * 6, target=0)
    for n in range(1, 6):
        assert abs(t[f"delta{n}"]) <= abs(t[f"delta{n + 1}"]) / 4


# --------------------------------------------------------------------------------------------------------- the mistakes


def test_adding_the_l2_term_itself() -> None:
    """E19: r(w) = 1/2 |w|^2 is one number, added to every weight's gradient."""
    givens = {"w": [1, -2], "g": [0.5, 0.3], "l2": 0.1, "rate": 0.2}
    assert to_json(solve("backprop.l2_update", **givens)["total_gradient"]) == [0.6, 0.1]
    wrong = solve("backprop.l2_update", "backprop/penalty-not-differentiated", **givens)
    assert to_json(wrong["total_gradient"]) == [0.75, 0.55]


def test_the_transpose_cannot_be_forgotten_where_sizes_forbid_it() -> None:
    givens = {**NET, "W2": [[0.7, 0.2]], "b2": [0]}
    wrong = solve("backprop.two_layer", "backprop/weights-not-transposed", x=[1, 2], target=[1], **givens)
    with pytest.raises(StepError):
        wrong["hidden_delta"]


@pytest.mark.parametrize("first", ACTIVATIONS)
def test_every_mistake_of_a_network_can_be_made(first: str) -> None:
    givens = {"x": [1, -1], "target": [0.9, 0.3], "l2": 0.1, "activation": first, **NET}
    right = solve("backprop.two_layer", **givens)
    for id, wrong in right.derivation.misconceptions.items():
        if id == "convention/relu-slope-at-zero":
            continue  # it shows where a weighted sum is 0, and none is here
        other = right.derivation.run(right.givens, replacing=(id,), base=right)
        assert any(to_json(other[step]) != to_json(right[step]) for step in wrong.rules), id


def test_the_same_numbers_as_a_batch_of_one() -> None:
    """A batch has its weights the other way round: one column per unit."""
    one = solve("backprop.two_layer", **MAZUR)
    turned = {**MAZUR, "x": [MAZUR["x"]], "target": [MAZUR["target"]]}
    turned.update({name: [list(row) for row in zip(*MAZUR[name], strict=True)] for name in ("W1", "W2")})
    many = solve("backprop.batch_two_layer", **turned)
    assert same(many["W1_updated"].T, one["W1_updated"])
    assert many["loss_after"] == pytest.approx(one["loss_after"])


def test_the_target_left_out_of_the_delta() -> None:
    """The output times the derivative there."""
    t = solve("backprop.two_layer", "backprop/target-left-out", **MAZUR)
    assert to_json(t["output_delta"]) == near([0.1404, 0.1357], 4)


def test_the_input_left_out_of_the_gradient() -> None:
    """The delta of a unit in each column of its row."""
    t = solve("backprop.two_layer", "backprop/input-left-out", **MAZUR)
    assert to_json(t["W2_gradient"]) == [near([0.1385, 0.1385], 4), near([-0.0381, -0.0381], 4)]
