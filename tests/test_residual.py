"""Residual blocks: published shapes and counts, corner cases, agreement with PyTorch."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.formula_check import check_formula
from solvers.trace import StepError
from solvers.values import to_json
from tests.deriving import run


def test_a_branch_of_zeros_leaves_the_identity() -> None:
    """He et al. (2015), section 3.1: with weights driven to zero a block passes its (non-negative) input on."""
    zero = [[0, 0], [0, 0]]
    assert to_json(run("residual.block", x=[3, 5], W1=zero, W2=zero)["output"]) == [3, 5]
    assert to_json(run("residual.block", x=[-3, 5], W1=zero, W2=zero)["output"]) == [0, 5]
    assert to_json(run("residual.block", x=[-3, 5], W1=zero, W2=zero, last="none")["output"]) == [-3, 5]


def test_a_relu_before_the_addition_gives_something_else() -> None:
    """Where the branch is negative."""
    givens = {"x": [5], "W1": [[1]], "W2": [[-1]]}
    assert to_json(run("residual.block", **givens)["output"]) == [0]
    assert to_json(run("residual.block", "residual/relu-before-the-sum", **givens)["output"]) == [5]


def test_resnets_change_of_stage() -> None:
    """ResNet-18, first block of its second stage: 64 x 56 x 56 becomes 128 x 28 x 28; 8,192 weights on the shortcut."""
    trace = run("residual.shapes", n=56, c_in=64, c_out=128, s=2)
    assert (trace["branch_shape"], trace["projection_weights"]) == ((128, 28, 28), 8192)
    assert run("residual.shapes", n=56, c_in=64, c_out=64)["projection_weights"] == 0


def test_a_bottleneck_on_256_channels() -> None:
    """He et al. (2015), figure 5: 256 to 64 and back, 69,632 weights, about as many as a basic block on 64 channels."""
    assert run("residual.weights", c=256)["bottleneck"] == 69_632
    assert run("residual.weights", c=64)["basic"] == 73_728
    with pytest.raises(StepError, match="multiple of 4"):
        _ = run("residual.weights", c=6)["bottleneck"]


def test_small_slopes_vanish_only_without_shortcuts() -> None:
    """Ten slopes of one tenth."""
    trace = run("residual.chain", w=[Fraction(1, 10)] * 10)
    assert trace["without_shortcuts"] == Fraction(1, 10**10)
    assert trace["with_shortcuts"] == Fraction(11, 10) ** 10


@pytest.mark.parametrize(
    ("name", "givens"),
    [
        (
            "residual.block",
            {"x": [1, -2], "W1": [[1, 2], [3, -1], [0, 1]], "W2": [[1, 0, 2], [-1, 2, 1]], "b1": [0, 1, -1]},
        ),
        ("residual.block", {"x": [1], "W1": [[-1]], "W2": [[4]], "b2": [-7], "last": "none"}),
        ("residual.projected_block", {"x": [1, -2], "W1": [[1, 2], [3, -1]], "W2": [[1, 1]], "Ws": [[1, 2]]}),
        ("residual.backward", {"x": [1, -2], "W1": [[1, 2], [3, -1]], "W2": [[1, 0], [-1, 2]], "delta": [1, 2]}),
        ("residual.backward", {"x": [0], "W1": [[1]], "W2": [[1]], "delta": [3]}),
        ("residual.chain", {"w": [0]}),
        ("residual.shapes", {"n": 1, "c_in": 2, "c_out": 2, "s": 3}),
        ("residual.weights", {"c": 4}),
    ],
)
def test_every_derivation_is_certified_and_its_formulas_true(name: str, givens: dict[str, Any]) -> None:
    """Other widths, a ReLU at exactly 0, one block, one pixel."""
    trace = run(name, **givens)
    assert certify(trace).certified
    assert "differs" not in {check_formula(trace, step) for step in trace.derivation.steps}
