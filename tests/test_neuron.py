"""The M-P neuron: published worked examples, what happens at exactly 0, and PyTorch's word on all derivations."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.trace import StepError
from tests.deriving import certified, matrices, run, tenths, vectors

F = Fraction
ACTIVATIONS = ("threshold", "signum", "bipolar", "linear", "relu", "sigmoid", "bipolar_sigmoid", "tanh")


@pytest.mark.parametrize(("activation", "output"), [("sigmoid", 0.629), ("bipolar_sigmoid", 0.259)])
def test_textbook_neuron_with_three_inputs(activation: str, output: float) -> None:
    """Sivanandam and Deepa, Principles of Soft Computing: net input 0.53."""
    trace = run(
        "neuron.output",
        x=[F("0.8"), F("0.6"), F("0.4")],
        w=[F("0.1"), F("0.3"), F("-0.2")],
        b=F("0.35"),
        activation=activation,
    )
    assert trace["net_input"] == F("0.53")
    assert trace["output"] == pytest.approx(output, abs=1e-3)


def test_xor_by_two_rectified_units() -> None:
    """Goodfellow, Bengio and Courville, Deep Learning, section 6.1."""
    weights = {"W": [[1, 1], [1, 1]], "b": [0, -1], "w": [1, -2]}
    trace = run("neuron.two_layers", **weights, activation="relu", output_activation="linear")
    assert trace["hidden"].tolist() == [[0, 0], [1, 0], [1, 0], [2, 1]]
    assert trace["outputs"].tolist() == [0, 1, 1, 0]


def test_xor_by_threshold_units() -> None:
    """XOR is OR and not AND."""
    trace = run("neuron.two_layers", W=[[1, 1], [1, 1]], b=[F(-1, 2), F(-3, 2)], w=[1, -1], c=F(-1, 2))
    assert trace["outputs"].tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(("b", "table"), [(F(-3, 2), [0, 0, 0, 1]), (F(-1, 2), [0, 1, 1, 1]), (-1, [0, 1, 1, 1])])
def test_and_and_or(b: Fraction, table: list[int]) -> None:
    """The same weights, another bias."""
    assert run("neuron.truth_table", w=[1, 1], b=b)["outputs"].tolist() == table


@pytest.mark.parametrize(("activation", "output"), [("threshold", 1), ("signum", 0), ("bipolar", 1), ("relu", 0)])
def test_a_net_input_of_exactly_zero(activation: str, output: int) -> None:
    """0.1 + 0.2 - 0.3 is 0 here, and in no other way of computing it with doubles."""
    trace = run("neuron.output", x=[1, 1], w=[F("0.1"), F("0.2")], b=F("-0.3"), activation=activation)
    assert trace["output"] == output
    assert certified(trace)


def test_one_inhibitory_input_silences_the_unit() -> None:
    """McCulloch and Pitts (1943): inhibition is absolute."""
    assert run("neuron.mp_unit", x=[1, 1, 1], theta=2)["fired"] == 1
    assert run("neuron.mp_unit", x=[1, 1, 1], theta=2, inhibitory=[0, 1])["fired"] == 0


def test_formulas_of_the_slides_are_told_for_what_they_are() -> None:
    """E7: fires for v <= 0; signum 0 below 0."""
    unit = run("neuron.output", x=[2], w=[1])
    assert unit.derivation.run(unit.givens, replacing=["neuron/threshold-inverted"])["output"] == 0 != unit["output"]
    sign = run("neuron.output", x=[-2], w=[1], activation="signum")
    assert sign.derivation.run(sign.givens, replacing=["neuron/signum-zero-below"])["output"] == 0 != sign["output"]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_every_bias_between_the_bounds_counts_to_k(k: int) -> None:
    """With the smallest and the middle bias the unit fires for k inputs and not for one fewer."""
    trace = run("neuron.at_least", n=3, k=k, w=F(1, 2))
    for bias in (trace["smallest_bias"], trace["middle_bias"]):
        assert F(k, 2) + bias >= 0 > F(k - 1, 2) + bias


def test_more_inputs_than_there_are_are_refused() -> None:
    """k may not exceed n."""
    with pytest.raises(StepError, match="at most n"):
        run("neuron.at_least", n=2, k=3)["enough"]


BITS = st.integers(0, 1)
ACTIVATION = st.sampled_from(ACTIVATIONS)
VARIED: dict[str, dict[str, Any]] = {
    "neuron.output": {"x": vectors(3), "w": vectors(3), "b": tenths, "activation": ACTIVATION},
    "neuron.mp_unit": {"x": vectors(4, BITS), "w": vectors(4), "theta": tenths, "inhibitory": vectors(2, BITS)},
    "neuron.truth_table": {"w": vectors(2), "b": tenths, "activation": ACTIVATION},
    "neuron.layer": {"x": vectors(3), "W": matrices(2, 3), "b": vectors(2), "activation": ACTIVATION},
    "neuron.two_layers": {
        "X": matrices(3, 2),
        "W": matrices(3, 2),
        "b": vectors(3),
        "w": vectors(3),
        "c": tenths,
        "activation": ACTIVATION,
        "output_activation": ACTIVATION,
    },
    "neuron.at_least": {"n": st.integers(4, 9), "k": st.integers(1, 4), "w": st.integers(1, 9).map(lambda n: F(n, 4))},
}


@pytest.mark.parametrize("name", VARIED)
def test_pytorch_agrees_step_by_step(name: str) -> None:
    """On varied givens, every step is certified."""

    @settings(max_examples=15, deadline=None)
    @given(givens=st.fixed_dictionaries(VARIED[name]))
    def holds(givens: dict[str, Any]) -> None:
        assert certified(run(name, **givens))

    holds()
