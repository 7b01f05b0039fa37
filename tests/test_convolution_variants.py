"""Variants of convolution: published worked examples, corner cases, agreement with PyTorch."""

from __future__ import annotations

from typing import Any

import pytest

from solvers.certificate import certify
from solvers.formula_check import check_formula
from solvers.registry import derivation
from solvers.text import UsageError
from solvers.trace import StepError, Trace
from solvers.values import Value, to_json


def solve(name: str, **givens: Any) -> Trace:
    """The derivation of this name, run on givens."""
    found = derivation(name)
    complete = found.complete(givens)
    return found.at(complete).run(complete)


def answer(name: str, **givens: Any) -> Value:
    """The last step, as plain lists and numbers."""
    trace = solve(name, **givens)
    return to_json(trace[trace.derivation.answer])


FOUR = [[0, 1], [2, 3]]


def test_dive_into_deep_learnings_transposed_convolution() -> None:
    """Zhang et al., "Dive into Deep Learning", section 14.10: plain, with stride 2, with padding 1."""
    assert answer("variants.transposed_2d", x=FOUR, w=FOUR) == [[0, 0, 1], [0, 4, 6], [4, 12, 9]]
    strided = answer("variants.transposed_2d", x=FOUR, w=FOUR, s=2)
    assert strided == [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]
    assert answer("variants.transposed_2d", x=FOUR, w=FOUR, p=1) == [[4]]


def test_the_matrix_of_a_convolution_has_its_kernel_along_the_diagonal() -> None:
    """Dumoulin and Visin (2016), section 4.1: the transposed convolution multiplies with the transpose."""
    trace = solve("variants.as_matrix", x=[1, 2, 3, 4], w=[1, -1])
    assert to_json(trace["matrix"]) == [[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]]
    assert to_json(trace["back"]) == answer("variants.transposed_1d", x=to_json(trace["output"]), w=[1, -1])


def test_output_padding_adds_places_at_the_end_only() -> None:
    """No input reaches them; only the bias is there."""
    assert answer("variants.transposed_1d", x=[1, 2], w=[1, -1], s=3, q=2, b=5) == [6, 4, 5, 7, 3, 5, 5]


def test_a_dilated_kernel_is_an_ordinary_one_with_zeros() -> None:
    """Dilation 2 spreads three entries over five places."""
    trace = solve("variants.dilated_1d", x=[1, 2, 3, 4, 5, 6], w=[1, 2, 3], d=2)
    assert to_json(trace["spread_kernel"]) == [1, 0, 2, 0, 3]
    assert to_json(trace["output"]) == answer("convolve.correlation_1d", x=[1, 2, 3, 4, 5, 6], w=[1, 0, 2, 0, 3])
    assert answer("variants.dilated_1d", x=[1, 2, 3], w=[1, 2], d=1) == [5, 8]


def test_a_one_by_one_convolution_is_a_linear_layer_at_every_pixel() -> None:
    """Lin et al. (2013): channels are mixed, pixels are not."""
    image = [[[1, 2]], [[3, 4]]]
    assert answer("variants.pointwise", x=image, W=[[1, 1], [0, 2], [-1, 0]], b=[0, 1, 0]) == [
        [[4, 6]],
        [[7, 9]],
        [[-1, -2]],
    ]


def test_one_group_is_an_ordinary_convolution_and_as_many_as_channels_a_depthwise_one() -> None:
    """The two ends of grouping."""
    image = [[[1, 2, 3]], [[4, 5, 6]]]
    both = [[[[1, 1]], [[2, 0]]]]
    assert answer("variants.grouped", x=image, w=both) == answer("convolve.channels", x=image, w=both)
    assert answer("variants.grouped", x=image, w=[[[[1, 1]]], [[[2, 0]]]], groups=2) == [[[3, 5]], [[8, 10]]]


def test_sizes_that_do_not_fit_are_refused() -> None:
    """Kernels larger than the input, paddings that leave nothing, groups that cannot be shared."""
    with pytest.raises(UsageError, match="does not fit"):
        solve("variants.dilated_1d", x=[1, 2], w=[1, 2])
    with pytest.raises(UsageError, match="takes all"):
        solve("variants.transposed_1d", x=[1], w=[1], p=1)
    with pytest.raises(StepError, match="equal groups"):
        _ = solve("variants.grouped", x=[[[1]], [[2]], [[3]]], w=[[[[1]]], [[[1]]]], groups=2)["output"]


@pytest.mark.parametrize(
    "settings", [{}, {"s": 2}, {"s": 3, "q": 1}, {"p": 1}, {"s": 2, "p": 2, "q": 1, "d": 2}, {"d": 3, "b": 4}]
)
def test_every_setting_of_a_transposed_convolution_is_certified(settings: dict[str, int]) -> None:
    """Stride, padding, output padding, dilation and bias."""
    for trace in (
        solve("variants.transposed_1d", x=[1, -2, 3], w=[2, 1, -1], **settings),
        solve("variants.transposed_2d", x=[[1, -2], [3, 4]], w=[[2, 1], [-1, 5]], **settings),
    ):
        assert certify(trace).certified
        assert check_formula(trace, "output") in ("agrees", "unreadable")


@pytest.mark.parametrize(
    ("name", "givens"),
    [
        ("variants.as_matrix", {"x": [1, 2, 3, 4, 5, 6], "w": [1, -1, 3], "s": 2}),
        ("variants.dilated_2d", {"x": [[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3]], "w": FOUR, "d": 2}),
        ("variants.pointwise", {"x": [FOUR, FOUR, FOUR], "W": [[1, 2, -3]]}),
        ("variants.grouped", {"x": [FOUR] * 4, "w": [[FOUR, FOUR]] * 4, "groups": 2, "s": 2, "p": 1}),
    ],
)
def test_the_other_variants_are_certified(name: str, givens: dict[str, Any]) -> None:
    """Against PyTorch's layers, and their formulas against their rules."""
    trace = solve(name, **givens)
    assert certify(trace).certified
    assert "differs" not in {check_formula(trace, step) for step in trace.derivation.steps}
