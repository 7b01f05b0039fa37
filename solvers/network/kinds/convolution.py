"""Convolutions on one, two or three axes: groups, dilation, padding with whatever values, SAME."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

from solvers.network.kind import Kind, Quantity, Sees, Window, per_axis, power, product, times
from solvers.network.kinds.windowed import Sides, divided, fitting, maps, moves, same_zeros
from solvers.text import Text
from solvers.values import Shape
from solvers.windows import positions, span


@dataclass(frozen=True)
class Conv(Kind):
    """A convolution on two axes; `Conv1d` and `Conv3d` differ in nothing but the axes.

    `padding` is the zeros on each side, or `same`: as many as keep the size at stride 1 (PyTorch's) or give ceil(n / s) (TensorFlow's).
    """

    out: int
    kernel: Sides
    stride: Sides = 1
    padding: Sides | Literal["same"] = 0
    dilation: Sides = 1
    groups: int = 1
    bias: bool = True
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    word: ClassVar[str] = "conv"
    label: ClassVar[Text] = Text("convolution", "卷积")
    axes: ClassVar[int] = 2

    def sides(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Kernel, stride and dilation, a number for each axis."""
        return tuple(per_axis(v, self.axes) for v in (self.kernel, self.stride, self.dilation))  # type: ignore[return-value]

    def _zeros(self, x: Shape) -> tuple[tuple[int, int], ...]:
        """Zeros before and behind, for each axis; SAME puts the odd one behind."""
        if self.padding != "same":
            return tuple((p, p) for p in per_axis(self.padding, self.axes))
        return tuple(same_zeros(n, *sides) for n, *sides in zip(x[1:], *self.sides(), strict=True))

    def shape(self, *xs: Shape) -> Quantity:
        """Filters, and the places at which the whole kernel fits."""
        (x,) = xs
        maps(x, self.axes)
        divided(x[0], self.out, self.groups)
        kernel, stride, dilation = self.sides()
        zeros = self._zeros(x)

        def sizes(
            x: Shape, *, zeros: tuple[tuple[int, int], ...] = zeros, dilation: tuple[int, ...] = dilation
        ) -> Shape:
            along = zip(x[1:], zeros, stride, kernel, dilation, strict=True)
            return Shape((self.out, *(positions(n, sum(z), s, span(k, d)) for n, z, s, k, d in along)))

        along = enumerate(zip(zeros, stride, kernel, dilation, strict=True), 1)
        pieces = [moves(f"$x[{axis}]", sum(z), s, span(k, d)) for axis, (z, s, k, d) in along]
        wrong: dict[str, Any] = {
            "conv/no-plus-one": lambda x: Shape((self.out, *(fitting(n - 1) for n in sizes(x)[1:]))),
        }
        if any(map(sum, zeros)):
            none, once = tuple((0, 0) for _ in zeros), tuple((before, 0) for before, _ in zeros)
            wrong["conv/forgot-padding"] = lambda x: sizes(x, zeros=none)
            wrong["conv/padding-once"] = lambda x: sizes(x, zeros=once)
        if set(dilation) != {1}:
            wrong["conv/ignored-dilation"] = lambda x: sizes(x, dilation=(1,) * self.axes)
        return Quantity(product([str(self.out), *pieces]), sizes, wrong)

    def parameters(self, *xs: Shape) -> Quantity:
        """One kernel over the channels of its group, and one bias, for each filter."""
        taps, groups, filters = math.prod(self.sides()[0]), self.groups, self.out
        channels = "$x[0]" if groups == 1 else rf"\frac{{$x[0]}}{{{groups}}}"
        biases = filters if self.bias else 0

        def count(x: Shape) -> int:
            return int(taps * Fraction(x[0], groups) * filters) + biases

        wrong: dict[str, Any] = {
            "params/missed-input-channels": lambda: taps * filters + biases,
            "params/weights-per-position": lambda x, y: (count(x) - biases) * math.prod(y[1:]) + biases,
        }
        if groups > 1:
            wrong["params/ignored-groups"] = lambda x: taps * x[0] * filters + biases
        wrong["convention/no-bias" if self.bias else "convention/with-bias"] = lambda x: (
            count(x) - biases if self.bias else count(x) + filters
        )
        formula = times(power(self.sides()[0]) or 1, channels, filters) + (f" + {filters}" if self.bias else "")
        return Quantity(formula, count, wrong)

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The weights, once at every place of the output."""
        taps, groups, filters = math.prod(self.sides()[0]), self.groups, self.out
        channels = "$x[0]" if groups == 1 else rf"\frac{{$x[0]}}{{{groups}}}"
        places = [f"$y[{axis + 1}]" for axis in range(self.axes)]

        def count(x: Shape, y: Shape) -> int:
            return int(taps * Fraction(x[0], groups) * filters) * math.prod(y[1:])

        return Quantity(times(power(self.sides()[0]) or 1, channels, filters, *places), count)

    def window(self, *xs: Shape) -> Window | Sees:
        """The kernel itself."""
        kernel, stride, dilation = self.sides()
        return Window(kernel, stride, tuple(before for before, _ in self._zeros(xs[0])), dilation)

    def real(self, *xs: Shape) -> Any:
        """`Conv1d`, `Conv2d` or `Conv3d`, behind a padding layer where that is uneven."""
        import torch

        kernel, stride, dilation = self.sides()
        zeros = self._zeros(xs[0])
        layer = getattr(torch.nn, f"Conv{self.axes}d")
        convolution = layer(
            xs[0][0],
            self.out,
            kernel,
            stride,
            tuple(before for before, _ in zeros) if all(a == b for a, b in zeros) else 0,
            dilation,
            self.groups,
            self.bias,
            device="meta",
        )
        if all(a == b for a, b in zeros):
            return convolution
        flat = [side for pair in reversed(zeros) for side in pair]
        return torch.nn.Sequential(getattr(torch.nn, f"ConstantPad{self.axes}d")(flat, 0.0), convolution)


@dataclass(frozen=True)
class Conv1d(Conv):
    """A convolution along one axis."""

    word: ClassVar[str] = "conv1d"
    label: ClassVar[Text] = Text("1-D convolution", "一维卷积")
    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class Conv3d(Conv):
    """A convolution on three axes."""

    word: ClassVar[str] = "conv3d"
    label: ClassVar[Text] = Text("3-D convolution", "三维卷积")
    axes: ClassVar[int] = 3
