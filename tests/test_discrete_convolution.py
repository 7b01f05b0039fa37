"""Convolution by hand: published worked examples, corner cases, agreement with PyTorch."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.discrete_convolution.filters import FILTERS
from solvers.formula_check import check_formula
from solvers.registry import derivation
from solvers.text import UsageError
from solvers.trace import StepError, Trace
from solvers.values import Value, to_json


def solve(name: str, *replacing: str, **givens: Any) -> Trace:
    """The derivation of this name, run on givens whose floats are meant as the decimals they print."""
    found = derivation(name)
    complete = found.complete({key: exact(value) for key, value in givens.items()})
    return found.at(complete).run(complete, replacing=replacing)


def exact(value: Any) -> Any:
    """Floats as the fractions that they print."""
    if isinstance(value, list):
        return [exact(item) for item in value]
    return Fraction(repr(value)) if isinstance(value, float) else value


def answer(name: str, **givens: Any) -> Value:
    """The last step of a derivation, as plain lists and numbers."""
    trace = solve(name, **givens)
    return to_json(trace[trace.derivation.answer])


GRID = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
NEXT_GRID = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
KERNEL = [[0, 1], [2, 3]]


def test_dive_into_deep_learnings_cross_correlation() -> None:
    """Zhang et al., "Dive into Deep Learning", figure 7.2.1."""
    assert answer("convolve.correlation_2d", x=GRID, w=KERNEL) == [[19, 25], [37, 43]]


def test_dive_into_deep_learnings_padded_and_strided_examples() -> None:
    """The same, figures 7.3.2 (padding 1) and 7.3.3 (strides 3 and 2)."""
    padded = answer("convolve.correlation_2d", x=GRID, w=KERNEL, p=1)
    assert padded == [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]
    assert answer("convolve.correlation_2d", x=GRID, w=KERNEL, p=1, s=3, s_w=2) == [[0, 8], [6, 8]]


def test_dive_into_deep_learnings_edge_detector() -> None:
    """The same, section 7.2.3: a kernel of two entries finds where white turns to black."""
    row = [1, 1, 0, 0, 0, 0, 1, 1]
    assert answer("convolve.correlation_2d", x=[row] * 6, w=[[1, -1]]) == [[0, 1, 0, 0, 0, -1, 0]] * 6


def test_dive_into_deep_learnings_channels() -> None:
    """The same, section 7.4: two input channels, then three filters."""
    first = [KERNEL, [[1, 2], [3, 4]]]
    filters = [[[[entry + more for entry in row] for row in kernel] for kernel in first] for more in range(3)]
    found = answer("convolve.channels", x=[GRID, NEXT_GRID], w=filters)
    assert found == [[[56, 72], [104, 120]], [[76, 100], [148, 172]], [[96, 128], [192, 224]]]


def test_numpys_documented_examples() -> None:
    """The docstrings of `numpy.convolve` and `numpy.correlate`."""
    x, w = [1, 2, 3], [0, 1, 0.5]
    assert answer("convolve.convolution_1d", x=x, w=w) == [0, 1, 2.5, 4, 1.5]
    assert answer("convolve.convolution_1d", x=x, w=w, mode="same") == [1, 2.5, 4]
    assert answer("convolve.convolution_1d", x=x, w=w, mode="valid") == [2.5]
    assert to_json(solve("convolve.convolution_1d", x=x, w=w)["correlation"]) == [0.5, 2, 3.5, 3, 0]
    assert to_json(solve("convolve.convolution_1d", x=x, w=w, mode="same")["correlation"]) == [2, 3.5, 3]


def test_three_blue_one_browns_lists() -> None:
    """Grant Sanderson, "But what is a convolution?" (2022): (1, 2, 3) * (4, 5, 6)."""
    assert answer("convolve.convolution_1d", x=[1, 2, 3], w=[4, 5, 6]) == [4, 13, 28, 27, 18]


def test_two_ordinary_dice() -> None:
    """The triangle of every probability course: 1/36 up to 6/36 and down again."""
    sixth = [Fraction(1, 6)] * 6
    distribution = solve("convolve.dice", p=sixth, q=sixth, t=7)["distribution"]
    assert [36 * p for p in distribution] == [1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1]
    assert [solve("convolve.fair_dice", t=t)["ways"] for t in range(2, 13)] == [1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1]
    assert solve("convolve.fair_dice", t=7)["probability"] == Fraction(1, 6)


def test_opencvs_gaussian_kernels() -> None:
    """`cv2.getGaussianKernel(3, 1)` and `(5, 1)` as printed all over its tutorials."""
    assert to_json(solve("convolve.gaussian_kernel")["kernel"]) == pytest.approx([0.27406862, 0.45186276, 0.27406862])
    found = to_json(solve("convolve.gaussian_kernel", k=5)["kernel"])
    assert found == pytest.approx([0.05448868, 0.24420134, 0.40261995, 0.24420134, 0.05448868])


def test_a_kernel_that_half_a_turn_leaves_unchanged_needs_no_flip() -> None:
    """Then convolution and cross-correlation are the same."""
    trace = solve("convolve.convolution_2d", x=GRID, w=[[1, 2], [2, 1]])
    assert to_json(trace["convolution"]) == to_json(trace["correlation"])


def test_a_kernel_longer_than_the_signal() -> None:
    """NumPy keeps as many values as the longer of the two in `same` mode."""
    assert len(answer("convolve.convolution_1d", x=[1, 2], w=[1, 2, 3, 4, 5], mode="same")) == 5
    with pytest.raises(UsageError, match="does not fit"):
        solve("convolve.correlation_1d", x=[1, 2], w=[1, 2, 3])


def test_a_kernel_of_one_entry_scales() -> None:
    """Corner case: 1 x 1."""
    assert answer("convolve.correlation_2d", x=GRID, w=[[2]], b=1)[0] == [1, 3, 5]


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_filters_answer_as_certified(name: str) -> None:
    """Each filter's kernel is what its meaning says, on an image with a border of zeros too."""
    for p in (0, 2):
        image = [[3, 1, 4, 1, 5], [9, 2, 6, 5, 3], [5, 8, 9, 7, 9], [3, 2, 3, 8, 4], [6, 2, 6, 4, 3]]
        assert certify(solve("convolve.filter", x=image, filter=name, p=p)).certified


def test_blurs_keep_and_edges_remove_even_regions() -> None:
    """The sum of the kernel is 1 for blurs and 0 for edge filters."""
    sums = {name: solve("convolve.filter", x=[[1] * 5] * 5, filter=name)["kernel_sum"] for name in FILTERS}
    assert {name for name, found in sums.items() if found == 1} == {
        "identity", "sharpen", "box", "gaussian", "gaussian_5", "emboss",
    }  # fmt: skip
    assert {found for name, found in sums.items() if name.startswith(("edge", "sobel", "prewitt", "lap"))} == {0}


def test_probabilities_must_add_up_to_one() -> None:
    """A list of weights is no distribution."""
    with pytest.raises(StepError, match="add up"):
        _ = solve("convolve.dice", p=[0.5, 0.2], q=[0.5, 0.5], t=3)["probability"]


def test_a_total_beyond_the_dice_is_refused() -> None:
    """Two six-sided dice go up to 12."""
    with pytest.raises(StepError, match="largest"):
        _ = solve("convolve.fair_dice", t=13)["ways"]
    with pytest.raises(UsageError, match="largest"):
        solve("convolve.dice", p=[1], q=[1], t=3)


@pytest.mark.parametrize("settings", [{}, {"s": 2}, {"p": 1, "b": -0.5}, {"d": 2}, {"s": 2, "p": 2, "d": 2, "b": 3}])
def test_every_setting_is_certified_and_its_formula_true(settings: dict[str, Any]) -> None:
    """Strides, padding, dilation and bias, in one and two dimensions and with channels."""
    line, square = [1, -2, 3, 0.5, 4], [[1, -2, 3, 0], [0.5, 4, 1, 2], [3, 1, -1, 2], [2, 2, 0, 1]]
    bias = [settings.get("b", 0)]
    for trace in (
        solve("convolve.correlation_1d", x=line, w=[2, -1, 1], **settings),
        solve("convolve.correlation_2d", x=square, w=[[1, -1], [2, 3]], **settings),
        solve("convolve.channels", x=[square, square], w=[[[[1, 2]], [[0, -1]]]], **{**settings, "b": bias}),
    ):
        assert certify(trace).certified
        assert "differs" not in {check_formula(trace, name) for name in trace.derivation.steps}


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_every_mode_is_certified(mode: str) -> None:
    """Convolution and correlation in one and two dimensions, with even and odd kernels."""
    for size in (1, 2, 3):
        line = solve("convolve.convolution_1d", x=[1, 2, -1, 3], w=[2, 1, 4][:size], mode=mode)
        plane = solve("convolve.convolution_2d", x=GRID, w=[[1, 2, 5][:size], [0, 3, 1][:size]], mode=mode)
        assert certify(line).certified
        assert certify(plane).certified


@pytest.mark.parametrize(
    ("id", "kernel", "total"),
    [("convolve/flipped-one-way", [[2, 1], [4, 3]], 28), ("convolve/flipped-top-bottom", [[3, 4], [1, 2]], 22)],
)
def test_kernels_flipped_in_one_direction_only(id: str, kernel: list[list[int]], total: int) -> None:
    """Their convolution is the sum over the kernel as they have flipped it."""
    x = [[1, 2], [3, 4]]
    trace = solve("convolve.convolution_2d", id, x=x, w=[[1, 2], [3, 4]], mode="valid")
    assert to_json(trace["flipped_kernel"]) == kernel
    assert to_json(trace["convolution"]) == [[total]]
    assert sum(a * b for row, other in zip(x, kernel, strict=True) for a, b in zip(row, other, strict=True)) == total


@pytest.mark.parametrize(("id", "total"), [("convolve/mirrored-top-bottom", 22), ("convolve/mirrored-left-right", 28)])
def test_kernels_mirrored_where_nothing_is_to_be_flipped(id: str, total: int) -> None:
    output = solve("convolve.correlation_2d", id, x=[[1, 2], [3, 4]], w=[[1, 2], [3, 4]])["output"]
    assert to_json(output) == [[total]]
