"""Activations: values everybody knows, their corners and tails, and PyTorch's word on all derivations."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.certificate import certify
from solvers.trace import StepError
from solvers.values import Number, array
from tests.deriving import certified, run

F = Fraction


@pytest.mark.parametrize(
    ("name", "x", "value", "slope"),
    [
        ("sigmoid", 0, F(1, 2), F(1, 4)),
        ("sigmoid", 2, 0.8808, 0.1050),
        ("tanh", 1, 0.7616, 0.4200),
        ("relu", 0, 0, 0),
        ("relu", -3, 0, 0),
        ("leaky_relu", -3, F(-3, 100), F(1, 100)),
        ("elu", -1, -0.6321, 0.3679),
        ("elu", 0, 0, 1),
        ("softplus", 0, 0.6931, F(1, 2)),
        ("silu", 1, 0.7311, 0.9277),
        ("prelu", -2, F(-1, 2), F(1, 4)),
    ],
)
def test_values_and_slopes(name: str, x: int, value: Any, slope: Any) -> None:
    """Those of any table, exact where they can be."""
    trace = run(f"activation.{name}", x=x)
    assert trace["value"] == pytest.approx(value, abs=5e-5)
    assert trace["derivative"] == pytest.approx(slope, abs=5e-5)


def test_softmax_of_one_two_three() -> None:
    """0.09, 0.24, 0.67: the example of many courses."""
    trace = run("activation.softmax", z=[1, 2, 3])
    assert trace["probabilities"].tolist() == pytest.approx([0.0900, 0.2447, 0.6652], abs=5e-5)
    assert sum(trace["jacobian"][0]) == pytest.approx(0)


def test_equal_scores_have_exact_probabilities() -> None:
    """A third each, whatever the scores are."""
    assert run("activation.stable_softmax", z=[7, 7, 7])["probabilities"].tolist() == [F(1, 3)] * 3


def test_large_scores_do_not_overflow() -> None:
    """The largest is subtracted first."""
    trace = run("activation.stable_softmax", z=[1000, 1001])
    assert trace["probabilities"].tolist() == pytest.approx([0.2689, 0.7311], abs=5e-5)


@pytest.mark.parametrize("x", [-900, 900])
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "elu", "softplus", "silu"])
def test_tails_are_finite(name: str, x: int) -> None:
    """No exponential overflows, and no slope is negative without need."""
    trace = run(f"activation.{name}", x=x)
    assert math.isfinite(trace["value"])
    assert trace["derivative"] == pytest.approx(1 if x > 0 and name not in ("sigmoid", "tanh") else 0)


def test_a_sigmoid_never_reaches_one() -> None:
    """Its inverse ends there."""
    with pytest.raises(StepError, match="never reaches"):
        run("activation.logit", s=1)["argument"]


def test_a_dead_unit_gets_no_gradient() -> None:
    """At the largest dying bias every net input is 0 or less."""
    samples: dict[str, Any] = {"X": [[1, 2], [-1, 3], [2, -1]], "w": [1, 1]}
    bias = run("activation.dying_bias", **samples)["bias"]
    trace = run("activation.dead_unit", **samples, b=bias)
    assert (trace["count"], trace["w_gradient"].tolist(), trace["b_gradient"]) == (0, [0, 0], 0)
    assert run("activation.dead_unit", **samples, b=bias + F(1, 10))["count"] == 1


def test_ten_sigmoid_layers_pass_on_next_to_nothing() -> None:
    """A quarter to the tenth."""
    assert run("activation.vanishing", n=10)["factor"] == F(1, 4**10)


tenths = st.integers(-30, 30).map(lambda n: F(n, 10))
positives = st.integers(1, 30).map(lambda n: F(n, 10))


def vectors(size: int) -> Any:
    """Vectors of tenths."""
    return st.lists(tenths, min_size=size, max_size=size).map(array)


SAMPLES = st.lists(st.lists(tenths, min_size=2, max_size=2), min_size=3, max_size=3).map(array)
NAMES = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu"]
VARIED: dict[str, dict[str, Any]] = {
    "activation.sigmoid": {"x": tenths, "a": positives},
    "activation.tanh": {"x": tenths, "a": positives},
    "activation.relu": {"x": tenths},
    "activation.leaky_relu": {"x": tenths, "gamma": positives},
    "activation.prelu": {"x": tenths, "gamma": tenths, "g": tenths, "rate": positives},
    "activation.elu": {"x": tenths.filter(bool), "alpha": positives},
    "activation.softplus": {"x": tenths, "beta": positives},
    "activation.silu": {"x": tenths, "beta": positives},
    "activation.elementwise": {"x": vectors(4), "function": st.sampled_from(NAMES)},
    "activation.softmax": {"z": vectors(3), "T": positives},
    "activation.stable_softmax": {"z": vectors(3)},
    "activation.tanh_from_sigmoid": {"x": tenths},
    "activation.logit": {"s": st.integers(1, 99).map(lambda n: F(n, 100)), "a": positives},
    "activation.dead_unit": {"X": SAMPLES, "w": vectors(2), "b": tenths, "g": vectors(3)},
    "activation.dying_bias": {"X": SAMPLES, "w": vectors(2)},
    "activation.vanishing": {"n": st.integers(0, 20), "a": positives},
}


@pytest.mark.parametrize("name", VARIED)
def test_pytorch_agrees_step_by_step(name: str) -> None:
    """On varied givens, every step is certified."""

    @settings(max_examples=12, deadline=None)
    @given(givens=st.fixed_dictionaries(VARIED[name]))
    def holds(givens: dict[str, Any]) -> None:
        assert certified(run(name, **givens))

    holds()


@pytest.mark.parametrize("name", ["activation.gelu", "activation.gelu_tanh"])
@pytest.mark.parametrize("x", [-6, -1, Fraction(-1, 2), 0, Fraction(3, 4), 2, 6])
def test_gelu_lies_between_nothing_and_its_argument(name: str, x: Number) -> None:
    """Its minimum is about -0.17, and PyTorch agrees on value and slope."""
    trace = run(name, x=x)
    assert -0.171 < trace["value"] <= max(x, 0)
    assert certify(trace).certified


def test_gelu_at_zero_is_exact() -> None:
    """Nothing comes out, with a slope of one half."""
    assert (run("activation.gelu", x=0)["value"], run("activation.gelu", x=0)["derivative"]) == (0, Fraction(1, 2))
