"""Layers that read several others: sums, products, concatenations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind, Over, Quantity, as_module, inputs_named
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


def _listed(xs: tuple[Shape, ...]) -> tuple[str, str]:
    shown = [" × ".join(map(str, x)) for x in xs]
    return ", ".join(shown), "、".join(shown)


def broadcast(*xs: Shape) -> Shape:
    """The common shape of arrays that are added, axes of one entry repeated. Raises Undefined if there is none."""
    if len({len(x) for x in xs}) != 1 or any(
        len({size for size in sizes if size != 1}) > 1 for sizes in zip(*xs, strict=True)
    ):
        en, zh = _listed(xs)
        raise Undefined(f"shapes {en} cannot be added", f"形状 {zh} 无法相加")
    return Shape(max(sizes) for sizes in zip(*xs, strict=True))


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
        widest = next((name for name, x in zip(names, xs, strict=True) if x == whole), "x")
        return Quantity(f"${widest}", Over(len(xs), broadcast))

    def real(self, *xs: Shape) -> Any:
        """A module that adds what it gets."""
        return as_module(lambda *tensors: sum(tensors[1:], tensors[0]))


@dataclass(frozen=True)
class Concat(Kind):
    """The inputs side by side along an axis, by default the channels (axis 0 of an example)."""

    axis: int = 0

    word: ClassVar[str] = "concat"
    label: ClassVar[Text] = Text("concatenation", "拼接")
    inputs: ClassVar[tuple[int, int | None]] = (1, None)

    def shape(self, *xs: Shape) -> Quantity:
        """The sizes along the axis added up; the others must agree."""
        axis = self.axis % len(xs[0])

        def joined(*shapes: Shape) -> Shape:
            others = {(*x[:axis], *x[axis + 1 :]) for x in shapes}
            if len(others) != 1 or len({len(x) for x in shapes}) != 1:
                en, zh = _listed(shapes)
                raise Undefined(f"shapes {en} cannot be joined along axis {axis}", f"形状 {zh} 无法沿第 {axis} 维拼接")
            return Shape((*shapes[0][:axis], sum(x[axis] for x in shapes), *shapes[0][axis + 1 :]))

        joined(*xs)
        along = " + ".join(f"${name}[{axis}]" for name in inputs_named(len(xs)))
        pieces = [rf"\left({along}\right)" if i == axis else f"$x[{i}]" for i in range(len(xs[0]))]
        return Quantity(r" \times ".join(pieces), Over(len(xs), joined))

    def real(self, *xs: Shape) -> Any:
        """A module that joins what it gets; the batch stands in front of the axis."""
        import torch

        axis = self.axis % len(xs[0]) + 1
        return as_module(lambda *tensors: torch.cat(tensors, axis))
