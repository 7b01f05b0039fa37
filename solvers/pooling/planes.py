"""Max pooling and average pooling of an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from solvers.convolution.pooling import MODE
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import matrix, truth
from solvers.oracles import torch_tensor
from solvers.pooling.windows import (
    SETTINGS,
    Windows,
    average,
    formula_of,
    geometry,
    largest_of,
    mapped,
    mean_of,
    windows,
)
from solvers.rules import taking
from solvers.sliding import Index
from solvers.values import Matrix, Number, Value

_X = matrix("X", "input", "输入", axes=("h", "w"))

# ------------------------------------------------------------------------------------------------------ max pooling


def _max(inputs: Index, sides: Index, strides: Index, paddings: Index, mode: str) -> Derivation:
    d = Derivation("pool.max", "Max pooling", "最大池化", x=_X, **SETTINGS, mode=MODE)
    found = windows(inputs, sides, strides, paddings, mode)
    formula = formula_of(found, largest_of, r"\operatorname{maxpool}\left($x\right)")

    def largest(values: Mapping[str, Value]) -> Matrix:
        return mapped(found, lambda cells, _: max(values["x"][i] for i in cells))

    step = d.step(formula, symbol="Y", en="Largest value in each window", zh="各窗口的最大值", name="output")
    step(taking(("x", *SETTINGS, "mode"), largest))

    @d.misconception("pool/average-for-max", replaces="output")
    def _(x: Matrix) -> Matrix:
        return mapped(found, lambda cells, size: average(x, cells, size))

    @d.misconception("pool/largest-magnitude", replaces="output")
    def _(x: Matrix) -> Matrix:
        return mapped(found, lambda cells, _: max((x[i] for i in cells), key=abs))

    @d.misconception("pool/smallest", replaces="output")
    def _(x: Matrix) -> Matrix:
        return mapped(found, lambda cells, _: min(x[i] for i in cells))

    @d.misconception("pool/sum-for-largest", replaces="output")
    def _(x: Matrix) -> Matrix:
        return mapped(found, lambda cells, _: sum(x[i] for i in cells))

    _add_shape_mistakes(d, inputs, sides, strides, paddings, lambda x, cells, _: max(x[i] for i in cells))
    if paddings != (0, 0):

        @d.misconception("pool/zeros-compete", replaces="output")
        def padded_with_zeros(x: Matrix) -> Matrix:
            return mapped(found, lambda cells, size: max([x[i] for i in cells] + [0] * (len(cells) < size)))

    @d.oracle
    def _(x: Matrix, mode: str, **_: Value) -> Mapping[str, Any]:
        import torch

        layer = torch.nn.MaxPool2d(sides, strides, paddings, ceil_mode=mode == "ceil")
        return {"output": layer(torch_tensor(x)[None, None])[0, 0]}

    return d


def _add_shape_mistakes(
    d: Derivation, inputs: Index, sides: Index, strides: Index, paddings: Index, value: Callable[..., Number]
) -> None:
    """Windows in the wrong places: a step of 1, or one for each input."""
    every = [
        (o, [c for c in cells if c[0] < inputs[0] and c[1] < inputs[1]], size)
        for o, cells, size in _each(inputs, sides)
    ]

    @d.misconception("pool/keeps-size", replaces="output")
    def _(x: Matrix) -> Matrix:
        return mapped(every, lambda cells, size: value(x, cells, size))

    if strides != (1, 1):
        dense = windows(inputs, sides, (1, 1), paddings)

        @d.misconception("pool/step-of-one", replaces="output")
        def one_step(x: Matrix) -> Matrix:
            return mapped(dense, lambda cells, size: value(x, cells, size))


def _each(inputs: Index, sides: Index) -> Windows:
    """A window that begins at every input, whether it fits or not."""
    return [
        (o, [(o[0] + a, o[1] + b) for a, b in np.ndindex(*sides)], sides[0] * sides[1]) for o in np.ndindex(*inputs)
    ]


max_pool = Family("pool.max", _max, lambda g: (*geometry(g), g["mode"]), ((4, 4), (2, 2), (2, 2), (0, 0), "floor"))

# -------------------------------------------------------------------------------------------------- average pooling


def _averaged(inputs: Index, sides: Index, strides: Index, paddings: Index, counted: bool) -> Derivation:
    zeros = truth("z", "whether zeros of the padding are counted", "是否计入填充的零", default=True)
    d = Derivation("pool.average", "Average pooling", "平均池化", x=_X, **SETTINGS, count_include_pad=zeros)
    found = windows(inputs, sides, strides, paddings)
    if not counted:
        found = [(o, cells, len(cells)) for o, cells, _ in found]
    formula = formula_of(found, mean_of, r"\operatorname{avgpool}\left($x\right)")

    def averaged(values: Mapping[str, Value]) -> Matrix:
        return mapped(found, lambda cells, size: average(values["x"], cells, size))

    step = d.step(formula, symbol="Y", en="Average of each window", zh="各窗口的平均值", name="output")
    step(taking(("x", *SETTINGS, "count_include_pad"), averaged))

    @d.misconception("pool/max-for-average", replaces="output")
    def _(x: Matrix) -> Matrix:
        return mapped(found, lambda cells, _: max(x[i] for i in cells))

    @d.misconception("pool/sum-not-divided", replaces="output")
    def _(x: Matrix) -> Matrix:
        return mapped(found, lambda cells, _: sum(x[i] for i in cells))

    if sides[0] == sides[1] > 1:

        @d.misconception("pool/divided-by-side", replaces="output")
        def over_side(x: Matrix) -> Matrix:
            return mapped(found, lambda cells, _: average(x, cells, sides[0]))

    _add_shape_mistakes(d, inputs, sides, strides, paddings, average)
    if paddings != (0, 0):

        @d.misconception("pool/other-divisor", replaces="output")
        def other_divisor(x: Matrix) -> Matrix:
            size = sides[0] * sides[1]
            return mapped(found, lambda cells, _: average(x, cells, len(cells) if counted else size))

    @d.oracle
    def _(x: Matrix, count_include_pad: bool, **_: Value) -> Mapping[str, Any]:
        import torch

        layer = torch.nn.AvgPool2d(sides, strides, paddings, count_include_pad=count_include_pad)
        return {"output": layer(torch_tensor(x)[None, None])[0, 0]}

    return d


average_pool = Family(
    "pool.average", _averaged, lambda g: (*geometry(g), g["count_include_pad"]), ((4, 4), (2, 2), (2, 2), (0, 0), True)
)
