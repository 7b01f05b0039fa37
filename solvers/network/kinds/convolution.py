"""Convolutions on one, two or three axes: groups, dilation, padding with whatever values, SAME."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

from solvers.network.kind import Kind, Quantity, Sees, Window, per_axis, power, times
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape
from solvers.windows import positions, span

Sides = int | tuple[int, ...]


def maps(x: Shape, axes: int) -> None:
    """Raises Undefined unless `x` is channels and so many axes."""
    if len(x) != axes + 1:
        raise Undefined(
            f"it takes channels and {axes} spatial {'axis' if axes == 1 else 'axes'}, and gets {' × '.join(map(str, x))}",
            f"输入应为通道加 {axes} 个空间维，实际为 {' × '.join(map(str, x))}",
        )


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
    padding_mode: str = "zeros"

    word: ClassVar[str] = "conv"
    label: ClassVar[Text] = Text("convolution", "卷积")
    axes: ClassVar[int] = 2

    def _sides(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        return tuple(per_axis(v, self.axes) for v in (self.kernel, self.stride, self.dilation))  # type: ignore[return-value]

    def _zeros(self, x: Shape) -> tuple[tuple[int, int], ...]:
        """Zeros before and behind, for each axis; SAME puts the odd one behind."""
        if self.padding != "same":
            return tuple((p, p) for p in per_axis(self.padding, self.axes))
        found = []
        for n, k, s, d in zip(x[1:], *self._sides(), strict=True):
            whole = max((-(-n // s) - 1) * s + span(k, d) - n, 0)
            found.append((whole // 2, whole - whole // 2))
        return tuple(found)

    def shape(self, *xs: Shape) -> Quantity:
        """Filters, and the places at which the whole kernel fits."""
        (x,) = xs
        maps(x, self.axes)
        if x[0] % self.groups or self.out % self.groups:
            raise Undefined(
                f"{x[0]} channels and {self.out} filters cannot both be divided into {self.groups} groups",
                f"{x[0]} 个通道与 {self.out} 个卷积核无法都平均分成 {self.groups} 组",
            )
        kernel, stride, dilation = self._sides()
        zeros = self._zeros(x)

        def sizes(
            x: Shape, *, zeros: tuple[tuple[int, int], ...] = zeros, dilation: tuple[int, ...] = dilation
        ) -> Shape:
            along = zip(x[1:], zeros, stride, kernel, dilation, strict=True)
            return Shape((self.out, *(positions(n, sum(z), s, span(k, d)) for n, z, s, k, d in along)))

        along = enumerate(zip(zeros, stride, kernel, dilation, strict=True), 1)
        pieces = [moves(f"$x[{axis}]", sum(z), s, span(k, d)) for axis, (z, s, k, d) in along]
        wrong: dict[str, Any] = {
            "conv/no-plus-one": lambda x: Shape((self.out, *(_fitting(n - 1) for n in sizes(x)[1:]))),
        }
        if any(map(sum, zeros)):
            none, once = tuple((0, 0) for _ in zeros), tuple((before, 0) for before, _ in zeros)
            wrong["conv/forgot-padding"] = lambda x: sizes(x, zeros=none)
            wrong["conv/padding-once"] = lambda x: sizes(x, zeros=once)
        if set(dilation) != {1}:
            wrong["conv/ignored-dilation"] = lambda x: sizes(x, dilation=(1,) * self.axes)
        return Quantity(r" \times ".join([str(self.out), *pieces]), sizes, wrong)

    def parameters(self, *xs: Shape) -> Quantity:
        """One kernel over the channels of its group, and one bias, for each filter."""
        taps, groups, filters = math.prod(self._sides()[0]), self.groups, self.out
        channels = "$x[0]" if groups == 1 else rf"\frac{{$x[0]}}{{{groups}}}"
        biases = filters if self.bias else 0

        def count(x: Shape) -> int:
            return int(taps * Fraction(x[0], groups) * filters) + biases

        wrong: dict[str, Any] = {
            "params/input-channels-left-out": lambda: taps * filters + biases,
            "params/per-position": lambda x, y: count(x) * math.prod(y[1:]),
        }
        if groups > 1:
            wrong["params/ignored-groups"] = lambda x: taps * x[0] * filters + biases
        wrong["convention/no-bias" if self.bias else "convention/with-bias"] = lambda x: (
            count(x) - biases if self.bias else count(x) + filters
        )
        formula = times(power(self._sides()[0]) or 1, channels, filters) + (f" + {filters}" if self.bias else "")
        return Quantity(formula, count, wrong)

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The weights, once at every place of the output."""
        taps, groups, filters = math.prod(self._sides()[0]), self.groups, self.out
        channels = "$x[0]" if groups == 1 else rf"\frac{{$x[0]}}{{{groups}}}"
        places = [f"$y[{axis + 1}]" for axis in range(self.axes)]

        def count(x: Shape, y: Shape) -> int:
            return int(taps * Fraction(x[0], groups) * filters) * math.prod(y[1:])

        return Quantity(times(power(self._sides()[0]) or 1, channels, filters, *places), count)

    def window(self, *xs: Shape) -> Window | Sees:
        """The kernel itself."""
        kernel, stride, dilation = self._sides()
        return Window(kernel, stride, tuple(before for before, _ in self._zeros(xs[0])), dilation)

    def real(self, *xs: Shape) -> Any:
        """`Conv1d`, `Conv2d` or `Conv3d`, behind a padding layer where that is uneven."""
        import torch

        kernel, stride, dilation = self._sides()
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


def moves(size: str, zeros: int, stride: int, reach: int) -> str:
    """The formula for the places of a window that spans `reach` samples, in brackets unless it changes nothing."""
    if zeros == reach - 1 and stride == 1 and zeros == 0:
        return size
    added = "" if zeros == 0 else (rf" + 2 \cdot {zeros // 2}" if zeros % 2 == 0 else f" + {zeros}")
    if stride == 1:
        return rf"\left({size}{added} - {reach} + 1\right)"
    return rf"\left(\left\lfloor \frac{{{size}{added} - {reach}}}{{{stride}}} \right\rfloor + 1\right)"


def _fitting(size: int) -> int:
    if size < 1:
        raise Undefined("nothing is left", "尺寸不足 1")
    return size
