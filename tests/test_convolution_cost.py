"""Cost of convolution: published counts, corner cases, agreement with PyTorch's own counter."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.formula_check import check_formula
from solvers.registry import derivation
from solvers.trace import StepError, Trace


def solve(name: str, **givens: Any) -> Trace:
    """The derivation of this name, run on givens."""
    found = derivation(name)
    complete = found.complete(givens)
    return found.at(complete).run(complete)


def test_alexnets_first_two_layers() -> None:
    """Krizhevsky et al. (2012): 105,415,200 multiply-adds, then 223,948,800 in two groups."""
    first = solve("cost.layer", n=227, c_in=3, c_out=96, k=11, s=4)
    second = solve("cost.layer", n=27, c_in=96, c_out=256, k=5, p=2, groups=2)
    assert (first["side"], first["macs"], first["weights"]) == (55, 105_415_200, 34_848)
    assert second["macs"] == 223_948_800


def test_vgg_16s_first_layer_and_resnets_stem() -> None:
    """Counts that every profiler prints: 86,704,128 and 118,013,952 multiply-adds."""
    assert solve("cost.layer", n=224, c_in=3, c_out=64, k=3, p=1)["macs"] == 86_704_128
    assert solve("cost.layer", n=224, c_in=3, c_out=64, k=7, s=2, p=3)["macs"] == 118_013_952


def test_a_one_by_one_convolution_in_front() -> None:
    """Andrew Ng's inception example: 120 million multiplications become 2.4 + 10.0 = 12.4 million."""
    trace = solve("cost.reduced", side=28, k=5, c_in=192, c_mid=16, c_out=32)
    assert (trace["direct"], trace["reduction"], trace["convolution"]) == (120_422_400, 2_408_448, 10_035_200)
    assert trace["together"] == 12_443_648


def test_a_separable_convolution_costs_an_eighth_to_a_ninth() -> None:
    """Howard et al., MobileNets (2017): 1/N + 1/D_K^2 of the ordinary cost."""
    trace = solve("cost.separable", side=14, k=3, c_in=512, c_out=512)
    assert trace["ratio"] == Fraction(1, 512) + Fraction(1, 9)


def test_lenets_convolutions() -> None:
    """5 x 5 kernels, 6 maps of 28 x 28, then 16 of 10 x 10 with all connections."""
    trace = solve("cost.network", c_in=1, sides=[28, 10], k=[5, 5], channels=[6, 16])
    assert (trace["macs_1"], trace["macs_2"], trace["total_macs"]) == (117_600, 240_000, 357_600)
    assert trace["space"] == 150 + 2_400 + 4_704 + 1_600


def test_alexnets_largest_linear_layer() -> None:
    """9,216 inputs, 4,096 outputs."""
    assert solve("cost.linear", n_in=9216, n_out=4096)["macs"] == 37_748_736


def test_channels_that_groups_cannot_share_are_refused() -> None:
    """Corner case: three groups of four channels."""
    with pytest.raises(StepError, match="equal groups"):
        _ = solve("cost.layer", n=8, c_in=4, c_out=6, k=3, groups=3)["macs"]


@pytest.mark.parametrize(
    ("name", "givens"),
    [
        ("cost.layer", {"n": 1, "c_in": 1, "c_out": 1, "k": 1}),
        ("cost.layer", {"n": 13, "c_in": 6, "c_out": 9, "k": 3, "s": 2, "p": 2, "d": 2, "groups": 3}),
        ("cost.output_map", {"M": 7, "K": 3, "C": 4, "F": 5}),
        ("cost.network", {"sides": [9], "k": [1], "channels": [4]}),
        ("cost.network", {"c_in": 2, "sides": [9, 7, 3], "k": [3, 3, 5], "channels": [4, 8, 2]}),
        ("cost.separable", {"side": 5, "k": 5, "c_in": 3, "c_out": 4}),
        ("cost.reduced", {"side": 5, "k": 3, "c_in": 8, "c_mid": 2, "c_out": 6}),
        ("cost.linear", {"n_in": 3, "n_out": 4, "batch": 5}),
    ],
)
def test_every_count_is_certified_and_its_formula_true(name: str, givens: dict[str, Any]) -> None:
    """Against the operations that PyTorch counts as a real layer runs."""
    trace = solve(name, **givens)
    assert certify(trace).certified
    assert {check_formula(trace, step) for step in trace.derivation.steps} == {"agrees"}
