"""GRU gate steps in all conventions: numbers by hand, corner cases, and `torch.nn.GRUCell` on every step."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.trace import StepError
from solvers.values import as_float
from tests.deriving import assert_certified, run

F = Fraction
UNIT: dict[str, Any] = {"w_z": 1, "u_z": F(-1, 2), "b_z": F(1, 4), "w_r": F(1, 2), "u_r": 2, "b_r": -1}
UNIT |= {"w_n": F(-3, 2), "u_n": 1, "b_n": F(1, 10), "c_n": F(1, 5), "h": F(2, 5)}
LAYER: dict[str, Any] = {
    "W_z": [[1, 0], [F(1, 2), -1]],
    "U_z": [[0, 1], [1, F(1, 4)]],
    "W_r": [[-1, 2], [0, F(1, 2)]],
    "U_r": [[1, 0], [2, -1]],
    "W_n": [[F(1, 2), 1], [-1, 1]],
    "U_n": [[1, -2], [F(1, 2), 3]],
    "b_z": [1, 0],
    "c_n": [F(1, 2), -1],
    "h": [F(1, 2), F(-1, 4)],
}
CONVENTIONS = [(update, reset) for update in ("keep", "write") for reset in ("before", "after")]


@pytest.mark.parametrize(("update", "reset"), CONVENTIONS)
@pytest.mark.parametrize(
    ("name", "givens"),
    [
        ("gru.scalar_step", {**UNIT, "x": 2}),
        ("gru.sequence_scalar", {**UNIT, "x": [2, -1, F(1, 2)]}),
        ("gru.step", {**LAYER, "x": [1, -2]}),
        ("gru.sequence", {**LAYER, "x": [[1, -2], [0, 1]]}),
    ],
)
def test_pytorch_agrees_with_every_gate(name: str, givens: dict[str, Any], update: str, reset: str) -> None:
    """All four conventions, one step and several, numbers and vectors."""
    assert_certified(run(name, **givens, update=update, reset=reset))


@pytest.mark.parametrize("update", ["keep", "write"])
def test_a_blend_is_certified(update: str) -> None:
    """From known gate values."""
    assert_certified(run("gru.blend", z=F(1, 4), n=F(-1, 2), h=F(3, 5), update=update))
    assert_certified(run("gru.needed_gate", n=F(-1, 2), h=F(3, 5), target=F(13, 40)))


def test_the_two_conventions_of_the_update_gate_add_up() -> None:
    """What one keeps, the other writes: both states together are candidate plus old state."""
    kept, written = (run("gru.scalar_step", **UNIT, x=2, update=word) for word in ("keep", "write"))
    assert as_float(kept["hidden"] + written["hidden"]) == pytest.approx(as_float(kept["candidate"] + F(2, 5)))


def test_all_weights_zero_halve_the_state() -> None:
    """Both gates are 1/2 then and the candidate is 0: h is half of what it was."""
    zeros: dict[str, Any] = {f"{kind}_{gate}": 0 for kind in "wu" for gate in "zrn"}
    assert run("gru.scalar_step", **zeros, x=3, h=F(4, 5))["hidden"] == F(2, 5)


def test_from_an_empty_state_the_reset_gate_does_not_matter() -> None:
    """With h = 0 and no second bias there is nothing to reset."""
    states = [
        run("gru.scalar_step", **{**UNIT, "h": 0, "c_n": 0}, x=2, reset=word)["hidden"] for word in ("before", "after")
    ]
    assert states[0] == states[1]


def test_pytorch_counts_these_parameters() -> None:
    """nn.GRU(10, 20) has 3 * 20 * (10 + 20 + 2) = 1920 parameters; with one bias vector each it would be 1860."""
    assert run("params.gru", d=10, h=20, biases=2)["total"] == 1920
    assert run("params.gru", d=10, h=20)["total"] == 1860


def test_no_gate_gives_a_state_outside() -> None:
    """A share is between 0 and 1, and equal ends say nothing about it."""
    with pytest.raises(StepError, match="between"):
        _ = run("gru.needed_gate", n=0, h=F(1, 2), target=1)["update_gate"]
    with pytest.raises(StepError, match="equal"):
        _ = run("gru.needed_gate", n=F(1, 2), h=F(1, 2), target=F(1, 2))["update_gate"]


@pytest.mark.parametrize(
    ("id", "wrong"),
    [
        ("one-share-for-both", 0.18),
        ("states-not-weighed", 0.6),
        ("old-state-left-out", 0.56),
        ("candidate-left-out", -0.06),
    ],
)
def test_the_shares_of_old_state_and_candidate(id: str, wrong: float) -> None:
    """By hand, of z = 0.3, a candidate of 0.8 and an old state of -0.2."""
    trace = run("gru.blend", z=F("0.3"), n=F("0.8"), h=F("-0.2"), update="keep")
    assert as_float(trace.derivation.run(trace.givens, replacing=(f"gru/{id}",))["hidden"]) == pytest.approx(wrong)


def test_the_reset_gate_mixes_nothing() -> None:
    """With r = 1/2, z = sigmoid(ln 3) = 3/4 and a candidate of 0, a state of 1 would keep 1/2 of itself."""
    trace = run("gru.scalar_step", x=1, h=1, w_z=F("1.0986"), u_z=0, w_r=0, u_r=0, w_n=0, u_n=0)
    found = [trace, *(trace.derivation.run(trace.givens, replacing=(id,)) for id in MIXED_BY_RESET)]
    assert [as_float(one["hidden"]) for one in found] == pytest.approx([0.75, 0.5, 0.5], abs=1e-4)


MIXED_BY_RESET = ("gru/reset-for-update", "gru/two-gates-for-two-states")
