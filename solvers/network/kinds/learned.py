"""Tensors that are learned and stand by themselves: positions, class tokens, scales."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind, Quantity, Sees, as_module, axis_of, product, times
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


def _learning(sizes: tuple[int, ...], function: Any) -> Any:
    """A module with one learned tensor of these sizes whose forward pass is the function of it and of the inputs. For oracles only."""
    import torch

    learned = torch.nn.Parameter(torch.empty(*sizes, device="meta"))
    return as_module(lambda *tensors: function(learned, *tensors), learned=learned)


@dataclass(frozen=True)
class Positions(Kind):
    """Learned position embeddings added to what is read: one number for each of its entries, or `rows` vectors, of which the first are used."""

    rows: int | None = None

    word: ClassVar[str] = "positions"
    label: ClassVar[Text] = Text("position embeddings", "位置嵌入")

    def shape(self, *xs: Shape) -> Quantity | None:
        """That of the input. Raises Undefined where there are too few positions."""
        if self.rows is not None and (len(xs[0]) != 2 or self.rows < xs[0][0]):
            raise Undefined(
                f"it has positions for sequences of at most {self.rows} vectors", f"只有 {self.rows} 个位置的嵌入可用"
            )
        return None

    def parameters(self, *xs: Shape) -> Quantity:
        """The table of positions."""
        if self.rows is None:
            return Quantity(times(*(f"$x[{i}]" for i in range(len(xs[0])))), lambda x: int(math.prod(x)))
        rows = self.rows
        wrong: dict[str, Any] = {
            "params/position-embeddings-left-out": lambda: 0,
            "params/one-word": lambda x: x[1],
        }
        return Quantity(rf"{rows} \cdot $x[1]", lambda x: rows * x[1], wrong)

    def real(self, *xs: Shape) -> Any:
        """A module that adds a learned tensor."""
        sizes = tuple(xs[0]) if self.rows is None else (self.rows, xs[0][1])
        return _learning(sizes, lambda table, x: x + table[: x.shape[1]])


@dataclass(frozen=True)
class ClassToken(Kind):
    """A learned vector set before a sequence, for what is to be said about all of it."""

    word: ClassVar[str] = "class_token"
    label: ClassVar[Text] = Text("class token", "类别词元")

    def shape(self, *xs: Shape) -> Quantity:
        """One vector more."""
        if len(xs[0]) != 2:
            raise Undefined("it takes a sequence of vectors", "输入应为向量序列")
        wrong: dict[str, Any] = {"network/class-token-left-out": lambda x: x}
        return Quantity(r"($x[0] + 1) \times $x[1]", lambda x: Shape((x[0] + 1, x[1])), wrong)

    def parameters(self, *xs: Shape) -> Quantity:
        """One vector."""
        return Quantity("$x[1]", lambda x: x[1], {"network/class-token-left-out": lambda: 0})

    def real(self, *xs: Shape) -> Any:
        """A module that sets a learned vector before each sequence."""
        import torch

        return _learning(
            (1, xs[0][1]), lambda token, x: torch.cat([token.expand(x.shape[0], 1, token.shape[1]), x], dim=1)
        )


@dataclass(frozen=True)
class Scale(Kind):
    """Learned factors, one for each entry of an axis of the example: the last, or the channels of a map (axis 0)."""

    axis: int = -1

    word: ClassVar[str] = "scale"
    label: ClassVar[Text] = Text("learned scale", "可学习缩放")

    def shape(self, *xs: Shape) -> Quantity | None:
        """That of the input, which must have the axis."""
        axis_of(self.axis, xs[0])
        return None

    def parameters(self, *xs: Shape) -> Quantity:
        """The factors."""
        axis = axis_of(self.axis, xs[0])
        return Quantity(f"$x[{axis}]", lambda x: x[axis])

    def real(self, *xs: Shape) -> Any:
        """A module that multiplies by a learned tensor."""
        axis = axis_of(self.axis, xs[0])
        return _learning((xs[0][axis], *(1 for _ in xs[0][axis + 1 :])), lambda factors, x: x * factors)


@dataclass(frozen=True)
class Learned(Kind):
    """A learned tensor of its own that reads nothing: queries of a decoder, a constant input of a generator."""

    out: tuple[int, ...]

    word: ClassVar[str] = "learned"
    label: ClassVar[Text] = Text("learned tensor", "可学习张量")
    inputs: ClassVar[tuple[int, int | None]] = (0, 0)

    def shape(self, *xs: Shape) -> Quantity:
        """The stated sizes."""
        return Quantity(product(self.out), lambda: Shape(self.out))

    def parameters(self, *xs: Shape) -> Quantity:
        """All of its entries."""
        return Quantity(times(*self.out), lambda: math.prod(self.out))

    def window(self, *xs: Shape) -> Sees:
        """It depends on no input."""
        return Sees.NOTHING

    def real(self, *xs: Shape) -> Any:
        """A module that puts out a learned tensor, as one example."""
        return _learning(self.out, lambda table: table.unsqueeze(0).clone())
