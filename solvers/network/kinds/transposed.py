"""Transposed convolutions on one, two or three axes: every sample lays down a kernel, scaled by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

from solvers.network.kind import Kind, Quantity, Rule, Sees, Window, per_axis, power, product, times
from solvers.network.kinds.windowed import Sides, divided, fitting, maps
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape
from solvers.windows import span


class Along(NamedTuple):
    """Kernel, stride, padding, output padding and dilation along one axis."""

    k: int
    s: int
    p: int
    q: int
    d: int

    @property
    def reach(self) -> int:
        """What the kernel spans."""
        return span(self.k, self.d)


@dataclass(frozen=True)
class Deconv(Kind):
    """A transposed convolution on two axes; `Deconv1d` and `Deconv3d` differ in nothing but the axes.

    `padding` is cropped from each side of the output; `output_padding` makes it longer at the end.
    """

    out: int
    kernel: Sides
    stride: Sides = 1
    padding: Sides = 0
    output_padding: Sides = 0
    dilation: Sides = 1
    groups: int = 1
    bias: bool = True

    word: ClassVar[str] = "deconv"
    label: ClassVar[Text] = Text("transposed convolution", "转置卷积")
    axes: ClassVar[int] = 2

    def _along(self) -> tuple[Along, ...]:
        settings = (self.kernel, self.stride, self.padding, self.output_padding, self.dilation)
        return tuple(Along(*one) for one in zip(*(per_axis(v, self.axes) for v in settings), strict=True))

    def _taps(self) -> tuple[int, ...]:
        return per_axis(self.kernel, self.axes)

    def shape(self, *xs: Shape) -> Quantity:
        """Filters, and kernels laid a stride apart, cropped by the padding."""
        (x,) = xs
        maps(x, self.axes)
        divided(x[0], self.out, self.groups)
        along = self._along()
        if any(one.q >= max(one.s, one.d) for one in along):
            raise Undefined(
                "the output padding must be smaller than the stride or the dilation", "输出填充须小于步幅或膨胀率"
            )

        def sizes(size: Callable[[int, Along], int]) -> Rule:
            return lambda x: Shape((self.out, *(fitting(size(n, a)) for n, a in zip(x[1:], along, strict=True))))

        wrong = {
            "conv/forward-formula": sizes(lambda n, a: (n + 2 * a.p - a.reach) // a.s + 1),
            "conv/input-times-stride": sizes(lambda n, a: n * a.s),
            "conv/transposed-all-strides": sizes(lambda n, a: n * a.s - 2 * a.p + a.reach + a.q),
        }
        if any(one.p for one in along):
            wrong["conv/forgot-padding"] = sizes(lambda n, a: (n - 1) * a.s + a.reach + a.q)
            wrong["conv/padding-once"] = sizes(lambda n, a: (n - 1) * a.s - a.p + a.reach + a.q)
            wrong["conv/transposed-padding-added"] = sizes(lambda n, a: (n - 1) * a.s + 2 * a.p + a.reach + a.q)
        if any(one.q for one in along):
            wrong["conv/output-padding-twice"] = sizes(lambda n, a: (n - 1) * a.s - 2 * a.p + a.reach + 2 * a.q)
            wrong["conv/no-output-padding"] = sizes(lambda n, a: (n - 1) * a.s - 2 * a.p + a.reach)
        pieces = [stretched(f"$x[{axis}]", one) for axis, one in enumerate(along, 1)]
        right = sizes(lambda n, a: (n - 1) * a.s - 2 * a.p + a.reach + a.q)
        return Quantity(product([str(self.out), *pieces]), right, wrong)

    def parameters(self, *xs: Shape) -> Quantity:
        """One kernel from every input channel to every filter of its group, and one bias for each filter."""
        taps, groups, filters = math.prod(self._taps()), self.groups, self.out
        biases = filters if self.bias else 0

        def count(x: Shape) -> int:
            return int(taps * Fraction(x[0] * filters, groups)) + biases

        wrong: dict[str, Any] = {
            "params/missed-input-channels": lambda: taps * filters + biases,
            "params/weights-per-position": lambda x, y: (count(x) - biases) * math.prod(y[1:]) + biases,
        }
        if groups > 1:
            wrong["params/ignored-groups"] = lambda x: taps * x[0] * filters + biases
        wrong["convention/no-bias" if self.bias else "convention/with-bias"] = lambda x: (
            count(x) - biases if self.bias else count(x) + filters
        )
        formula = self._weights() + (f" + {filters}" if self.bias else "")
        return Quantity(formula, count, wrong)

    def _weights(self) -> str:
        filters = self.out if self.groups == 1 else rf"\frac{{{self.out}}}{{{self.groups}}}"
        return times(power(self._taps()) or 1, "$x[0]", filters)

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The weights, once at every place of the input; what the padding crops is computed and counted."""
        taps, groups, filters = math.prod(self._taps()), self.groups, self.out

        def weights(x: Shape) -> int:
            return int(taps * Fraction(x[0] * filters, groups))

        places = [f"$x[{axis + 1}]" for axis in range(self.axes)]
        wrong: dict[str, Any] = {
            "network/output-size-for-input": lambda x, y: weights(x) * math.prod(y[1:]),
            "cost/positions-left-out": weights,
        }
        return Quantity(times(self._weights(), *places), lambda x: weights(x) * math.prod(x[1:]), wrong)

    def window(self, *xs: Shape) -> Window | Sees:
        """The kernel over the input spread out by the stride, from the other side."""
        kernel, stride, padding, _, dilation = zip(*self._along(), strict=True)
        before = tuple(d * (k - 1) - p for k, p, d in zip(kernel, padding, dilation, strict=True))
        return Window(kernel, (1,) * self.axes, before, dilation, stride)

    def real(self, *xs: Shape) -> Any:
        """`ConvTranspose1d`, `ConvTranspose2d` or `ConvTranspose3d`."""
        import torch

        kernel, stride, padding, more, dilation = zip(*self._along(), strict=True)
        layer = getattr(torch.nn, f"ConvTranspose{self.axes}d")
        return layer(xs[0][0], self.out, kernel, stride, padding, more, self.groups, self.bias, dilation, device="meta")


@dataclass(frozen=True)
class Deconv1d(Deconv):
    """A transposed convolution along one axis."""

    word: ClassVar[str] = "deconv1d"
    label: ClassVar[Text] = Text("1-D transposed convolution", "一维转置卷积")
    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class Deconv3d(Deconv):
    """A transposed convolution on three axes."""

    word: ClassVar[str] = "deconv3d"
    label: ClassVar[Text] = Text("3-D transposed convolution", "三维转置卷积")
    axes: ClassVar[int] = 3


def stretched(size: str, one: Along) -> str:
    """The formula for the length to which a transposed convolution stretches an axis, in brackets."""
    apart = rf"({size} - 1) \cdot {one.s}" if one.s > 1 else f"{size} - 1"
    cropped = rf" - 2 \cdot {one.p}" if one.p else ""
    return rf"\left({apart}{cropped} + {one.reach}{f' + {one.q}' if one.q else ''}\right)"
