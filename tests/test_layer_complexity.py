"""Costs and paths of layers on sequences: numbers by hand, corner cases, and PyTorch's own count of operations."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.formula_check import check_formula
from tests.deriving import run


@pytest.mark.parametrize(
    ("name", "givens"),
    [
        *[("complexity.costs", {"L": n, "d": d, "k": k, "r": r}) for n, d, k, r in ((5, 8, 3, 2), (1, 1, 2, 1), (64, 16, 7, 9))],
        *[("complexity.paths", {"L": n, "k": k}) for n, k in ((2, 2), (10, 3), (27, 3), (28, 3), (300, 5))],
    ],
)  # fmt: skip
def test_pytorch_agrees(name: str, givens: dict[str, Any]) -> None:
    """Every step is compared, and every printed formula gives the step's value."""
    trace = run(name, **givens)
    certificate = certify(trace)
    assert certificate.certified
    assert set(certificate.steps) == set(trace.derivation.steps)
    assert all(check_formula(trace, step) != "differs" for step in trace.derivation.steps)


def test_attention_and_recurrence_cost_the_same_where_length_is_width() -> None:
    """Vaswani et al., 2017, section 4: self-attention is the faster one for sequences shorter than the width."""
    assert run("complexity.costs", L=512, d=512)["against_recurrent"] == 1
    assert run("complexity.costs", L=100, d=512)["against_recurrent"] == Fraction(100, 512)


def test_path_lengths_given_for_costs() -> None:
    """The table of the notes read off one column too far: 1 layer, as many steps as tokens, log_k layers."""
    trace = run("complexity.costs", L=97, d=64, k=5, r=8).replacing(["complexity/path-for-cost"])
    costs = [trace[name] for name in ("self_attention", "recurrent", "convolution", "restricted")]
    assert costs == [1, 97, 3, 13]


def test_wavenet_covers_1024_samples_with_ten_layers() -> None:
    """Van den Oord et al., 2016: kernels of 2 with dilations 1, 2, 4 … 512."""
    assert run("complexity.paths", L=1024, k=2)["dilated_layers"] == 10
    assert run("complexity.paths", L=1025, k=2)["dilated_layers"] == 11


def test_one_wide_kernel_is_enough() -> None:
    """A kernel as long as the sequence connects everything at once."""
    trace = run("complexity.paths", L=7, k=7)
    assert (trace["convolution_layers"], trace["dilated_layers"], trace["recurrent_steps"]) == (1, 1, 6)
