"""Pooling on one, two or three axes: with windows, adaptive, and over the whole map. It learns nothing and multiplies nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from solvers.network.kind import Kind, Quantity, Rule, Sees, Window, as_module, per_axis, product
from solvers.network.kinds.windowed import Sides, fitting, maps, moves
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape
from solvers.windows import positions, rounded_up, span, starts


class Along(NamedTuple):
    """Window, stride, padding and dilation along one axis."""

    k: int
    s: int
    p: int
    d: int

    def places(self, n: int, *, ceil: bool) -> int:
        """Where the window can stand on n samples; with `ceil`, also hanging over the end, but not beginning behind the input."""
        reach = span(self.k, self.d)
        if ceil:
            return fitting(min(rounded_up(n, 2 * self.p, self.s, reach), starts(n, self.p, self.s)))
        return positions(n, 2 * self.p, self.s, reach)

    def formula(self, size: str, n: int, *, ceil: bool) -> str:
        """The formula for the places on n samples, whose number is called `size`."""
        reach = span(self.k, self.d)
        if ceil and starts(n, self.p, self.s) < rounded_up(n, 2 * self.p, self.s, reach):
            return rf"\left\lceil \frac{{{size}{f' + {self.p}' if self.p else ''}}}{{{self.s}}} \right\rceil"
        return moves(size, 2 * self.p, self.s, reach, ceil=ceil)


@dataclass(frozen=True)
class Pool(Kind):
    """What pooling layers with windows share; the stride is the kernel's side unless it is given.

    With `ceil`, a last window that hangs over the end counts, unless it begins behind the input.
    """

    kernel: Sides
    stride: Sides | None = None
    padding: Sides = 0

    axes: ClassVar[int] = 2

    def _dilation(self) -> Sides:
        return 1

    def _ceil(self) -> bool:
        return False

    def _along(self) -> tuple[Along, ...]:
        stride = self.kernel if self.stride is None else self.stride
        settings = (self.kernel, stride, self.padding, self._dilation())
        return tuple(Along(*one) for one in zip(*(per_axis(v, self.axes) for v in settings), strict=True))

    def shape(self, *xs: Shape) -> Quantity:
        """The channels as they are, and the places of the window."""
        maps(xs[0], self.axes)
        along, ceil = self._along(), self._ceil()
        if any(2 * one.p > one.k for one in along):
            raise Undefined("the padding is more than half of the window", "填充超过窗口的一半")

        def sizes(along: tuple[Along, ...], *, ceil: bool = ceil, less: int = 0) -> Rule:
            def rule(x: Shape) -> Shape:
                places = (a.places(n, ceil=ceil) for n, a in zip(x[1:], along, strict=True))
                return Shape((x[0], *(fitting(place - less) for place in places)))

            return rule

        wrong: dict[str, Rule] = {
            "pool/keeps-size": lambda x: x,
            "convention/other-rounding": sizes(along, ceil=not ceil),
            "conv/no-plus-one": sizes(along, less=1),
        }
        if any(one.s > 1 for one in along):
            wrong["pool/step-of-one"] = sizes(tuple(one._replace(s=1) for one in along))
        if any(one.s != one.k for one in along):
            wrong["conv/window-as-stride"] = sizes(tuple(one._replace(s=one.k) for one in along))
        if any(one.p for one in along):
            wrong["conv/forgot-padding"] = sizes(tuple(one._replace(p=0) for one in along))
        numbered = enumerate(zip(xs[0][1:], along, strict=True), 1)
        pieces = [one.formula(f"$x[{axis}]", n, ceil=ceil) for axis, (n, one) in numbered]
        return Quantity(product(["$x[0]", *pieces]), sizes(along), wrong)

    def window(self, *xs: Shape) -> Window | Sees:
        """The pooling window itself."""
        kernel, stride, padding, dilation = zip(*self._along(), strict=True)
        return Window(kernel, stride, padding, dilation)


@dataclass(frozen=True)
class MaxPool(Pool):
    """The largest value of each window, on two axes."""

    dilation: Sides = 1
    ceil: bool = False

    word: ClassVar[str] = "maxpool"
    label: ClassVar[Text] = Text("max pooling", "最大池化")

    def _dilation(self) -> Sides:
        return self.dilation

    def _ceil(self) -> bool:
        return self.ceil

    def real(self, *xs: Shape) -> Any:
        """`MaxPool1d`, `MaxPool2d` or `MaxPool3d`."""
        import torch

        layer = getattr(torch.nn, f"MaxPool{self.axes}d")
        return layer(self.kernel, self.stride, self.padding, self.dilation, ceil_mode=self.ceil)


@dataclass(frozen=True)
class MaxPool1d(MaxPool):
    """The largest value of each window, along one axis."""

    word: ClassVar[str] = "maxpool1d"
    label: ClassVar[Text] = Text("1-D max pooling", "一维最大池化")
    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class MaxPool3d(MaxPool):
    """The largest value of each window, on three axes."""

    word: ClassVar[str] = "maxpool3d"
    label: ClassVar[Text] = Text("3-D max pooling", "三维最大池化")
    axes: ClassVar[int] = 3


@dataclass(frozen=True)
class AvgPool(Pool):
    """The mean of each window, on two axes; `count_include_pad` says whether zeros of the padding count in it."""

    ceil: bool = False
    count_include_pad: bool = True

    word: ClassVar[str] = "avgpool"
    label: ClassVar[Text] = Text("average pooling", "平均池化")

    def _ceil(self) -> bool:
        return self.ceil

    def real(self, *xs: Shape) -> Any:
        """`AvgPool1d`, `AvgPool2d` or `AvgPool3d`."""
        import torch

        layer = getattr(torch.nn, f"AvgPool{self.axes}d")
        return layer(self.kernel, self.stride, self.padding, self.ceil, self.count_include_pad)


@dataclass(frozen=True)
class AvgPool1d(AvgPool):
    """The mean of each window, along one axis."""

    word: ClassVar[str] = "avgpool1d"
    label: ClassVar[Text] = Text("1-D average pooling", "一维平均池化")
    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class AvgPool3d(AvgPool):
    """The mean of each window, on three axes."""

    word: ClassVar[str] = "avgpool3d"
    label: ClassVar[Text] = Text("3-D average pooling", "三维平均池化")
    axes: ClassVar[int] = 3


@dataclass(frozen=True)
class AdaptivePool(Kind):
    """What adaptive pooling layers share: windows made to give just so many places, 0 for as many as the input has."""

    out: Sides = 1

    least: ClassVar[Mapping[str, int | None]] = {"out": 0}
    axes: ClassVar[int] = 2
    module: ClassVar[str]

    def shape(self, *xs: Shape) -> Quantity:
        """The channels as they are, and the wanted sizes."""
        maps(xs[0], self.axes)
        out = per_axis(self.out, self.axes)
        pieces = ["$x[0]", *(str(o) if o else f"$x[{axis}]" for axis, o in enumerate(out, 1))]

        def sizes(x: Shape) -> Shape:
            return Shape((x[0], *(o or n for n, o in zip(x[1:], out, strict=True))))

        return Quantity(product(pieces), sizes, {"pool/keeps-size": lambda x: x})

    def window(self, *xs: Shape) -> Window | Sees:
        """Equal windows where the sizes divide; the whole map where one place is left; otherwise they differ from place to place."""
        sizes = [(n, o or n) for n, o in zip(xs[0][1:], per_axis(self.out, self.axes), strict=True)]
        if all(o == 1 for _, o in sizes):
            return Sees.EVERYTHING
        if any(n % o for n, o in sizes):
            return Sees.UNKNOWN
        sides = tuple(n // o for n, o in sizes)
        return Window(sides, sides, (0,) * self.axes, (1,) * self.axes)

    def real(self, *xs: Shape) -> Any:
        """`AdaptiveAvgPool...` or `AdaptiveMaxPool...`."""
        import torch

        out = tuple(o or None for o in per_axis(self.out, self.axes))
        return getattr(torch.nn, f"{self.module}{self.axes}d")(out if self.axes > 1 else (out[0] or xs[0][1]))


@dataclass(frozen=True)
class AdaptiveAvgPool(AdaptivePool):
    """Means of adaptive windows, on two axes."""

    word: ClassVar[str] = "adaptive_avgpool"
    label: ClassVar[Text] = Text("adaptive average pooling", "自适应平均池化")
    module: ClassVar[str] = "AdaptiveAvgPool"


@dataclass(frozen=True)
class AdaptiveAvgPool1d(AdaptiveAvgPool):
    """Means of adaptive windows, along one axis."""

    word: ClassVar[str] = "adaptive_avgpool1d"
    label: ClassVar[Text] = Text("1-D adaptive average pooling", "一维自适应平均池化")
    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class AdaptiveAvgPool3d(AdaptiveAvgPool):
    """Means of adaptive windows, on three axes."""

    word: ClassVar[str] = "adaptive_avgpool3d"
    label: ClassVar[Text] = Text("3-D adaptive average pooling", "三维自适应平均池化")
    axes: ClassVar[int] = 3


@dataclass(frozen=True)
class AdaptiveMaxPool(AdaptivePool):
    """Largest values of adaptive windows, on two axes."""

    word: ClassVar[str] = "adaptive_maxpool"
    label: ClassVar[Text] = Text("adaptive max pooling", "自适应最大池化")
    module: ClassVar[str] = "AdaptiveMaxPool"


@dataclass(frozen=True)
class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """Largest values of adaptive windows, along one axis."""

    word: ClassVar[str] = "adaptive_maxpool1d"
    label: ClassVar[Text] = Text("1-D adaptive max pooling", "一维自适应最大池化")
    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """Largest values of adaptive windows, on three axes."""

    word: ClassVar[str] = "adaptive_maxpool3d"
    label: ClassVar[Text] = Text("3-D adaptive max pooling", "三维自适应最大池化")
    axes: ClassVar[int] = 3


@dataclass(frozen=True)
class GlobalPool(Kind):
    """The mean or the largest value of every map: one number for each channel, on however many axes."""

    mode: Literal["avg", "max"] = "avg"

    word: ClassVar[str] = "globalpool"
    label: ClassVar[Text] = Text("global pooling", "全局池化")

    def shape(self, *xs: Shape) -> Quantity:
        """The channels."""
        return Quantity("$x[0]", lambda x: Shape(x[:1]), {"pool/keeps-size": lambda x: x})

    def window(self, *xs: Shape) -> Window | Sees:
        """The whole map."""
        return Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """A module that reduces all axes behind the channels."""
        axes = tuple(range(2, len(xs[0]) + 1))
        if self.mode == "avg":
            return as_module(lambda x: x.mean(axes) if axes else x)
        return as_module(lambda x: x.amax(axes) if axes else x)
