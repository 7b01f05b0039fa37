"""Back-propagation through time: by hand on a linear unit, by PyTorch, and at the corners."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.backprop.functions import ACTIVATIONS
from solvers.text import UsageError
from solvers.values import to_json
from tests.deriving import assert_certified, run

LINEAR: dict[str, Any] = {"x": [1, 1, 1], "w": 1, "u": 2, "activation": "linear"}


def test_a_linear_unit_by_hand() -> None:
    """h = 1, 3, 7, and dh3/du = h2 + u h1 = 5."""
    t = run("backprop.rnn_scalar_last", target=6, **LINEAR)
    assert [t[f"hidden_{n}"] for n in (1, 2, 3)] == [1, 3, 7]
    assert [t[f"hidden_delta_{n}"] for n in (3, 2, 1)] == [1, 2, 4]
    assert t["u_gradient"] == 5
    assert t["w_gradient"] == t["b_gradient"] == 7
    assert t["h0_gradient"] == 8


def test_only_the_last_step_of_the_same_unit() -> None:
    wrong = run("backprop.rnn_scalar_last", "backprop/last-step-only", target=6, **LINEAR)
    assert (wrong["u_gradient"], wrong["w_gradient"]) == (3, 1)


def test_losses_at_every_step_add_up() -> None:
    """With the first two targets met, only the last loss is left."""
    every = run("backprop.rnn_scalar", target=[1, 3, 6], **LINEAR)
    last = run("backprop.rnn_scalar_last", target=6, **LINEAR)
    for step in ("loss", "u_gradient", "w_gradient", "b_gradient", "u_updated"):
        assert every[step] == last[step]


def test_one_step_is_a_neuron() -> None:
    t = run("backprop.rnn_scalar_last", x=[2], w=Fraction(1, 2), u=3, target=1)
    neuron = run("backprop.neuron", x=[2], w=[Fraction(1, 2)], target=1, activation="tanh")
    assert t["w_gradient"] == pytest.approx(float(neuron["w_gradient"][0]))
    assert t["u_gradient"] == 0


@pytest.mark.parametrize("output", ACTIVATIONS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_units_agree_with_autograd(activation: str, output: str) -> None:
    more = {"v": 2, "c": Fraction(1, 10), "b": Fraction(1, 5), "h0": Fraction(3, 10), "activation": activation}
    words = {"output_activation": output, "loss_function": "squared_error"}
    sequence: dict[str, Any] = {"x": [1, Fraction(1, 2), -1], "w": Fraction(1, 2), "u": Fraction(4, 5)}
    assert_certified(run("backprop.rnn_scalar", target=[1, 0, Fraction(1, 2)], **sequence, **more, **words))
    assert_certified(run("backprop.rnn_scalar_last", target=1, **sequence, **more, **words))


VECTORS: dict[str, Any] = {
    "x": [[1, 0], [0, 1], [Fraction(1, 2), Fraction(1, 2)]],
    "W": [[Fraction(1, 2), Fraction(1, 10)], [Fraction(1, 5), Fraction(3, 10)]],
    "U": [[Fraction(4, 5), Fraction(1, 10)], [Fraction(3, 10), Fraction(1, 5)]],
    "V": [[1, 2], [Fraction(1, 2), Fraction(1, 2)]],
}


@pytest.mark.parametrize(
    ("output", "loss"),
    [
        ("softmax", "cross_entropy"),
        ("sigmoid", "binary_cross_entropy"),
        ("sigmoid", "mean_squared_error"),
        ("linear", "squared_error"),
    ],
)
def test_layers_agree_with_autograd(output: str, loss: str) -> None:
    words = {"output_activation": output, "loss_function": loss}
    assert_certified(run("backprop.rnn", target=[[1, 0], [0, 1], [Fraction(1, 2), Fraction(1, 2)]], **VECTORS, **words))
    assert_certified(run("backprop.rnn_last", target=[1, 0], **VECTORS, **words))


def test_a_softmax_goes_with_the_cross_entropy() -> None:
    with pytest.raises(UsageError, match="cross_entropy"):
        run("backprop.rnn_last", target=[1, 0], output_activation="softmax", **VECTORS)


def test_every_mistake_can_be_made() -> None:
    right = run("backprop.rnn_scalar", target=[1, 0, 2], x=[1, 2, 3], w=1, u=Fraction(1, 2), b=1)
    for id, wrong in right.derivation.misconceptions.items():
        other = right.derivation.run(right.givens, replacing=(id,), base=right)
        assert any(to_json(other[step]) != to_json(right[step]) for step in wrong.rules), id
