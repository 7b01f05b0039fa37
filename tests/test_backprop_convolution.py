"""Gradients through convolution and pooling: by hand, by PyTorch, and at the corners."""

from __future__ import annotations

from fractions import Fraction

import pytest

from solvers.text import UsageError
from solvers.values import to_json
from tests.deriving import assert_certified, run

IMAGE = [[1, 2, 0], [0, 1, 3], [2, -1, 1]]

# ------------------------------------------------------------------------------------------------------- convolution


def test_a_signal_by_hand() -> None:
    t = run("backprop.convolution_1d", x=[1, 2, 0, -1, 3], w=[1, 0, -1], delta=[1, -1, 2])
    assert to_json(t["output"]) == [1, 3, -3]
    assert to_json(t["kernel_gradient"]) == [1 - 2 + 0, 2 - 0 - 2, 0 + 1 + 6]
    assert to_json(t["input_gradient"]) == [1, -1, -1 + 2, 1, -2]
    assert t["bias_gradient"] == 2


def test_a_kernel_of_one_scales() -> None:
    t = run("backprop.convolution_2d", x=IMAGE, w=[[3]], delta=IMAGE)
    assert to_json(t["input_gradient"]) == [[3 * number for number in row] for row in IMAGE]
    assert to_json(t["kernel_gradient"]) == [[sum(number * number for row in IMAGE for number in row)]]


def test_a_kernel_as_large_as_its_input_gives_the_input() -> None:
    t = run("backprop.convolution_2d", x=IMAGE, w=IMAGE, delta=[[5]])
    assert to_json(t["kernel_gradient"]) == [[5 * number for number in row] for row in IMAGE]


@pytest.mark.parametrize(
    ("n", "k", "s", "p", "d", "o"),
    [(5, 3, 1, 0, 1, 3), (5, 3, 2, 1, 1, 3), (7, 3, 2, 0, 2, 2), (6, 2, 3, 0, 1, 2), (4, 3, 1, 2, 1, 6)],
)
def test_signals_agree_with_autograd(n: int, k: int, s: int, p: int, d: int, o: int) -> None:
    x, w = [(7 * i) % 5 - 2 for i in range(n)], [i - 1 for i in range(k)]
    assert_certified(
        run("backprop.convolution_1d", x=x, w=w, delta=[i - 1 for i in range(o)], b=Fraction(1, 2), s=s, p=p, d=d)
    )


@pytest.mark.parametrize(("s", "p", "o"), [(1, 0, 2), (2, 1, 2), (1, 1, 4)])
def test_images_agree_with_autograd(s: int, p: int, o: int) -> None:
    delta = [[i - 2 * j for j in range(o)] for i in range(o)]
    assert_certified(run("backprop.convolution_2d", x=IMAGE, w=[[1, -1], [2, 0]], delta=delta, s=s, p=p))


def test_large_images_agree_with_autograd() -> None:
    """Beyond a few dozen products the formulas are no longer written out."""
    x = [[(3 * i + 5 * j) % 7 - 3 for j in range(8)] for i in range(8)]
    delta = [[(i - j) % 3 for j in range(6)] for i in range(6)]
    assert_certified(run("backprop.convolution_2d", x=x, w=[[1, 0, -1], [2, 0, -2], [1, 0, -1]], delta=delta))


def test_channels_agree_with_autograd() -> None:
    x = [IMAGE, [row[::-1] for row in IMAGE]]
    w = [[[[1, 0], [2, -1]], [[0, 1], [1, 1]]], [[[2, 2], [0, 1]], [[1, -1], [0, 3]]]]
    assert_certified(
        run("backprop.convolution_channels", x=x, w=w, delta=[[[1, -1], [2, 0]], [[3, 1], [0, 1]]], b=[1, 2])
    )


def test_gradients_of_another_size_than_the_output_are_refused() -> None:
    with pytest.raises(UsageError, match="output of this layer has 3"):
        run("backprop.convolution_1d", x=[1, 2, 3, 4, 5], w=[1, 1, 1], delta=[1, 1])
    with pytest.raises(UsageError, match="does not fit"):
        run("backprop.convolution_1d", x=[1], w=[1, 1], delta=[1])


def test_a_kernel_that_is_not_turned() -> None:
    givens = {"x": [1, 2, 3], "w": [1, 10], "delta": [1, 1]}
    assert to_json(run("backprop.convolution_1d", **givens)["input_gradient"]) == [1, 11, 10]
    wrong = run("backprop.convolution_1d", "backprop/kernel-not-flipped", **givens)
    assert to_json(wrong["input_gradient"]) == [10, 11, 1]


# ----------------------------------------------------------------------------------------------------------- pooling


def test_pinards_average_pooling() -> None:
    """Liu Jianping (Pinard), on back-propagation in CNNs: a 2 x 2 delta spread over 2 x 2 windows."""
    t = run("backprop.average_upsample", delta=[[2, 8], [4, 6]])
    assert to_json(t["input_gradient"]) == [[0.5, 0.5, 2, 2], [0.5, 0.5, 2, 2], [1, 1, 1.5, 1.5], [1, 1, 1.5, 1.5]]
    assert_certified(t)


def test_pinards_max_pooling() -> None:
    """The same deltas, the maxima at the upper left, lower right, upper right and lower left of their windows."""
    x = [[9, 0, 0, 0], [0, 0, 0, 9], [0, 9, 0, 0], [0, 0, 9, 0]]
    t = run("backprop.max_pool", x=x, delta=[[2, 8], [4, 6]])
    assert to_json(t["input_gradient"]) == [[2, 0, 0, 0], [0, 0, 0, 8], [0, 4, 0, 0], [0, 0, 6, 0]]


def test_a_tie_goes_to_the_first_in_reading_order() -> None:
    t = run("backprop.max_pool", x=[[3, 5], [5, 5]], delta=[[7]])
    assert to_json(t["mask"]) == [[0, 1], [0, 0]]
    assert to_json(t["input_gradient"]) == [[0, 7], [0, 0]]
    assert_certified(t)


def test_overlapping_windows_add_up() -> None:
    t = run("backprop.max_pool", x=[[0, 0, 0], [0, 9, 0], [0, 0, 0]], delta=[[1, 2], [3, 4]], s=1)
    assert to_json(t["input_gradient"]) == [[0, 0, 0], [0, 10, 0], [0, 0, 0]]
    assert t["mask"][1, 1] == 4
    assert_certified(t)


@pytest.mark.parametrize("kind", ["max_pool", "average_pool"])
@pytest.mark.parametrize(
    ("k", "s", "delta"), [(2, 0, [[3]]), (2, 1, [[1, -2], [0, 5]]), (3, 0, [[2]]), (1, 2, [[1, 2], [3, 4]])]
)
def test_pooling_agrees_with_autograd(kind: str, k: int, s: int, delta: list[list[int]]) -> None:
    assert_certified(run(f"backprop.{kind}", x=IMAGE, delta=delta, k=k, s=s))


def test_pooling_refuses_gradients_of_another_size() -> None:
    with pytest.raises(UsageError, match="pooled output has 1 × 1"):
        run("backprop.max_pool", x=IMAGE, delta=[[1, 2], [3, 4]])
    with pytest.raises(UsageError, match="does not fit"):
        run("backprop.average_pool", x=IMAGE, delta=[[1]], k=4)
