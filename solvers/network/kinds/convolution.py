"""Convolutions on one, two or three axes: groups, dilation, padding with whatever values, SAME."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

from solvers.network.kind import Kind, Quantity, Sees, Window, per_axis, power, product, times
from solvers.network.kinds.windowed import Sides, divided, fitting, maps, moves, padding_layer, same_zeros
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape
from solvers.windows import WRONG_SPANS, positions, span


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
        repeated = {"reflect": 1, "circular": 0}.get(self.padding_mode)
        if repeated is not None and any(max(z) > n - repeated for n, z in zip(x[1:], zeros, strict=True)):
            raise Undefined("the map is too small for this kind of padding", "特征图太小，无法按这种方式填充")

        def sizes(
            x: Shape,
            *,
            zeros: tuple[tuple[int, int], ...] = zeros,
            strides: Sequence[int] = stride,
            spans: Callable[[int, int], int] = span,
        ) -> Shape:
            along = zip(x[1:], zeros, strides, kernel, dilation, strict=True)
            return Shape((self.out, *(positions(n, sum(z), s, spans(k, d)) for n, z, s, k, d in along)))

        along = enumerate(zip(zeros, stride, kernel, dilation, strict=True), 1)
        pieces = [moves(f"$x[{axis}]", sum(z), s, span(k, d)) for axis, (z, s, k, d) in along]
        wrong: dict[str, Any] = {
            "conv/no-plus-one": lambda x: Shape((self.out, *(fitting(n - 1) for n in sizes(x)[1:]))),
            "conv/size-unchanged": lambda x: Shape((self.out, *x[1:])),
        }
        if set(stride) != {1}:
            wrong["conv/stride-ignored"] = lambda x: sizes(x, strides=[1] * self.axes)
        if x[0] > 1:
            wrong["conv/maps-for-every-channel"] = lambda x: Shape((x[0] * self.out // self.groups, *sizes(x)[1:]))
        if any(map(sum, zeros)):
            none, once = tuple((0, 0) for _ in zeros), tuple((before, 0) for before, _ in zeros)
            wrong["conv/forgot-padding"] = lambda x: sizes(x, zeros=none)
            wrong["conv/padding-once"] = lambda x: sizes(x, zeros=once)
        if set(dilation) != {1}:
            wrong |= {id: lambda x, spans=spans: sizes(x, spans=spans) for id, spans in WRONG_SPANS.items()}
        if self.padding == "same" and set(stride) != {1}:
            wrong["conv/same-keeps-size"] = lambda x: Shape((self.out, *x[1:]))
        if x[0] != self.out:
            wrong["conv/channels-kept"] = lambda x: Shape((x[0], *sizes(x)[1:]))
        return Quantity(product([str(self.out), *pieces]), sizes, wrong)

    def parameters(self, *xs: Shape) -> Quantity:
        """One kernel over the channels of its group, and one bias, for each filter."""
        sides, groups, filters = self.sides()[0], self.groups, self.out
        taps, biases = math.prod(sides), filters if self.bias else 0

        def weights(x: Shape) -> int:
            return int(taps * Fraction(x[0], groups) * filters)

        wrong: dict[str, Any] = {"params/one-filter": lambda x: int(taps * Fraction(x[0], groups)) + self.bias}
        if taps > sides[0]:
            wrong["params/kernel-side-once"] = lambda x: weights(x) * sides[0] // taps + biases
        if groups > 1:
            wrong["params/ignored-groups"] = lambda x: weights(x) * groups + biases
            wrong["params/groups-divided-twice"] = lambda x: int(Fraction(weights(x), groups)) + biases
        if xs[0][0] > groups:
            wrong["params/missed-input-channels"] = lambda: taps * filters + biases
        wrong["params/weights-per-position"] = lambda x, y: weights(x) * math.prod(y[1:]) + biases
        if self.bias:
            wrong["params/one-bias-per-layer"] = lambda x: weights(x) + 1
            wrong["params/bias-per-input"] = lambda x: weights(x) + x[0]
            wrong["params/biases-twice"] = lambda x: weights(x) + 2 * filters
            wrong["params/bias-per-position"] = lambda x, y: weights(x) + math.prod(y)
            wrong["convention/no-bias"] = weights
        else:
            wrong["convention/with-bias"] = lambda x: weights(x) + filters
        formula = times(*self._weights()) + (f" + {filters}" if self.bias else "")
        return Quantity(formula, lambda x: weights(x) + biases, wrong)

    def _weights(self) -> tuple[object, ...]:
        """The factors of the number of weights."""
        channels = "$x[0]" if self.groups == 1 else rf"\frac{{$x[0]}}{{{self.groups}}}"
        return power(self.sides()[0]) or 1, channels, self.out

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The weights, once at every place of the output."""
        taps, groups, filters = math.prod(self.sides()[0]), self.groups, self.out

        def weights(x: Shape) -> int:
            return int(taps * Fraction(x[0], groups) * filters)

        wrong: dict[str, Any] = {
            "cost/positions-left-out": weights,
            "cost/one-filter-for-the-layer": lambda x, y: weights(x) // filters * math.prod(y[1:]),
        }
        if self.stride != 1:
            wrong["cost/input-size-for-output"] = lambda x: weights(x) * math.prod(x[1:])
        if taps > self.sides()[0][0]:
            wrong["cost/kernel-not-squared"] = lambda x, y: weights(x) * self.sides()[0][0] // taps * math.prod(y[1:])
        if groups > 1:
            wrong["cost/groups-ignored"] = lambda x, y: weights(x) * groups * math.prod(y[1:])
        if xs[0][0] > groups:
            wrong["cost/input-channels-left-out"] = lambda y: taps * filters * math.prod(y[1:])
        places = (f"$y[{axis + 1}]" for axis in range(self.axes))
        return Quantity(times(*self._weights(), *places), lambda x, y: weights(x) * math.prod(y[1:]), wrong)

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
            self.padding_mode,
            device="meta",
        )
        if all(a == b for a, b in zeros):
            return convolution
        flat = tuple(side for pair in reversed(zeros) for side in pair)
        return torch.nn.Sequential(padding_layer(self.padding_mode, flat), convolution)


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
