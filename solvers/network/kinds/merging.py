"""Layers that read several others: sums, products, concatenations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import mul, sub
from typing import Any, ClassVar

from solvers.network.kind import Kind, Quantity, Sees, as_module, axis_of, inputs_named, over, product, times
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


def _listed(xs: tuple[Shape, ...]) -> tuple[str, str]:
    shown = [" × ".join(map(str, x)) for x in xs]
    return ", ".join(shown), "、".join(shown)


def broadcast(*xs: Shape) -> Shape:
    """The common shape of arrays put together entry by entry: axes of one entry are repeated, missing ones stand in front.

    Raises Undefined if there is none.
    """
    rank = max(map(len, xs))
    full = [(1,) * (rank - len(x)) + x for x in xs]
    if any(len({size for size in sizes if size != 1}) > 1 for sizes in zip(*full, strict=True)):
        en, zh = _listed(xs)
        raise Undefined(f"shapes {en} cannot be put together entry by entry", f"形状 {zh} 无法逐元素运算")
    return Shape(max(sizes) for sizes in zip(*full, strict=True))


@dataclass(frozen=True)
class Add(Kind):
    """The sum of the inputs, entry by entry."""

    word: ClassVar[str] = "add"
    label: ClassVar[Text] = Text("sum", "相加")
    inputs: ClassVar[tuple[int, int | None]] = (1, None)

    def shape(self, *xs: Shape) -> Quantity | None:
        """That of the first input, unless another one is broadcast."""
        whole = broadcast(*xs)
        names = inputs_named(len(xs))
        widest = next((name for name, x in zip(names, xs, strict=True) if x == whole), None)
        if widest is not None:
            return Quantity(f"${widest}", over(len(xs), broadcast))
        pieces = [_from(names, xs, axis - len(whole)) for axis in range(len(whole))]
        return Quantity(product(pieces), over(len(xs), broadcast))

    def real(self, *xs: Shape) -> Any:
        """A module that adds what it gets."""
        return as_module(lambda *tensors: sum(tensors[1:], tensors[0]))


def _from(names: list[str], xs: tuple[Shape, ...], axis: int) -> str:
    """The size along an axis, counted from the end, out of the input in which it is largest."""
    reaching = [(x[axis], f"${name}[{len(x) + axis}]") for name, x in zip(names, xs, strict=True) if -axis <= len(x)]
    return max(reaching, key=lambda one: one[0])[1]


@dataclass(frozen=True)
class Multiply(Add):
    """The product of the inputs, entry by entry; not counted as multiply-adds, since nothing is added."""

    word: ClassVar[str] = "multiply"
    label: ClassVar[Text] = Text("product", "逐元素相乘")

    def real(self, *xs: Shape) -> Any:
        """A module that multiplies what it gets."""
        return as_module(lambda *tensors: reduce(mul, tensors))


@dataclass(frozen=True)
class Subtract(Add):
    """The second input taken from the first, entry by entry."""

    word: ClassVar[str] = "subtract"
    label: ClassVar[Text] = Text("difference", "相减")
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)

    def real(self, *xs: Shape) -> Any:
        """A module that subtracts."""
        return as_module(sub)


@dataclass(frozen=True)
class Matmul(Kind):
    """The product of two matrices, or of stacks of them; with `transposed`, the second one's last two axes change places first."""

    transposed: bool = False

    word: ClassVar[str] = "matmul"
    label: ClassVar[Text] = Text("matrix product", "矩阵乘法")
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)

    def _axes(self, x2: Shape) -> tuple[int, int]:
        """Which axes of the second input are summed over, and which are left."""
        last = len(x2) - 1
        return (last, last - 1) if self.transposed else (last - 1, last)

    def shape(self, *xs: Shape) -> Quantity:
        """The stack, the rows of the first and the columns of the second."""
        x, x2 = xs
        if len(x) != len(x2) or len(x) < 2 or x[:-2] != x2[:-2] or x[-1] != x2[self._axes(x2)[0]]:
            en, zh = _listed(xs)
            raise Undefined(f"matrices of shapes {en} cannot be multiplied", f"形状为 {zh} 的矩阵无法相乘")
        left = self._axes(x2)[1]
        pieces = [*(f"$x[{i}]" for i in range(len(x) - 1)), f"$x2[{left}]"]
        return Quantity(product(pieces), lambda x, x2: Shape((*x[:-1], x2[left])))

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """As many for each entry of the product as are summed over."""
        left = self._axes(xs[1])[1]
        pieces = [*(f"$x[{i}]" for i in range(len(xs[0]))), f"$x2[{left}]"]
        return Quantity(times(*pieces), lambda x, x2: math.prod(x) * x2[left])

    def window(self, *xs: Shape) -> Sees:
        """Sums run over places: every one is seen."""
        return Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """A module that multiplies the matrices of each example."""
        return as_module(lambda a, b: a @ (b.transpose(-1, -2) if self.transposed else b))


@dataclass(frozen=True)
class Concat(Kind):
    """The inputs side by side along an axis, by default the channels (axis 0 of an example)."""

    axis: int = 0

    word: ClassVar[str] = "concat"
    label: ClassVar[Text] = Text("concatenation", "拼接")
    inputs: ClassVar[tuple[int, int | None]] = (1, None)

    def shape(self, *xs: Shape) -> Quantity:
        """The sizes along the axis added up; the others must agree."""
        axis = axis_of(self.axis, xs[0])

        def joined(*shapes: Shape) -> Shape:
            others = {(*x[:axis], *x[axis + 1 :]) for x in shapes}
            if len(others) != 1 or len({len(x) for x in shapes}) != 1:
                en, zh = _listed(shapes)
                raise Undefined(f"shapes {en} cannot be joined along axis {axis}", f"形状 {zh} 无法沿第 {axis} 维拼接")
            return Shape((*shapes[0][:axis], sum(x[axis] for x in shapes), *shapes[0][axis + 1 :]))

        joined(*xs)
        along = " + ".join(f"${name}[{axis}]" for name in inputs_named(len(xs)))
        pieces = [rf"\left({along}\right)" if i == axis else f"$x[{i}]" for i in range(len(xs[0]))]
        return Quantity(product(pieces), over(len(xs), joined))

    def real(self, *xs: Shape) -> Any:
        """A module that joins what it gets; the batch stands in front of the axis."""
        import torch

        axis = axis_of(self.axis, xs[0]) + 1
        return as_module(lambda *tensors: torch.cat(tensors, axis))
