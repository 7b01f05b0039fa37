"""Layers that change the size of maps and learn nothing: upsampling, pixel shuffles, padding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from solvers.network.kind import Kind, Quantity, Sees, Window, per_axis, product
from solvers.network.kinds.windowed import Sides, copies, fitting, padding_layer
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


@dataclass(frozen=True)
class Upsample(Kind):
    """Larger maps: `scale` times as large, or of the given `size`; each sample repeated (nearest), or blended with its neighbours."""

    scale: float | tuple[int, ...] | None = None
    size: Sides | None = None
    mode: Literal["nearest", "linear", "bilinear", "trilinear", "bicubic"] = "nearest"
    align_corners: bool = False

    word: ClassVar[str] = "upsample"
    label: ClassVar[Text] = Text("upsampling", "上采样")

    def _scales(self, axes: int) -> tuple[float, ...]:
        if isinstance(self.scale, tuple):
            return per_axis(self.scale, axes)
        return (1.0 if self.scale is None else self.scale,) * axes

    def shape(self, *xs: Shape) -> Quantity:
        """The channels as they are, and larger sizes."""
        axes = len(xs[0]) - 1
        if (self.scale is None) == (self.size is None) or axes < 1:
            raise Undefined("it takes maps, and either a scale or a size", "输入应为特征图，并须指定倍数或尺寸之一")
        if self.size is not None:
            size = per_axis(self.size, axes)
            return Quantity(product(["$x[0]", *map(str, size)]), lambda x: Shape((x[0], *size)))
        scales = self._scales(axes)
        whole = all(scale == int(scale) for scale in scales)
        pieces = [
            rf"\left({scale:g} \cdot $x[{i}]\right)"
            if whole
            else rf"\left\lfloor {scale:g} \cdot $x[{i}] \right\rfloor"
            for i, scale in enumerate(scales, 1)
        ]

        def sizes(x: Shape) -> Shape:
            return Shape((x[0], *(fitting(math.floor(scale * n)) for n, scale in zip(x[1:], scales, strict=True))))

        wrong: dict[str, Any] = {
            "network/channels-upsampled": lambda x: Shape((math.floor(scales[0] * x[0]), *sizes(x)[1:]))
        }
        return Quantity(product(["$x[0]", *pieces]), sizes, wrong)

    def window(self, *xs: Shape) -> Window | Sees:
        """The sample that is repeated, or those that are blended; nobody can say where the scale is no whole number."""
        axes = len(xs[0]) - 1
        if self.size is not None:
            factors = [s / n for s, n in zip(per_axis(self.size, axes), xs[0][1:], strict=True)]
        else:
            factors = list(self._scales(axes))
        if self.align_corners or any(factor != int(factor) or factor < 1 for factor in factors):
            return Sees.UNKNOWN
        scales = tuple(int(factor) for factor in factors)
        if self.mode == "nearest":
            return copies(scales, axes)
        reach = 2 if self.mode == "bicubic" else 1
        taps = tuple(1 if s == 1 else 2 * reach * s - s % 2 for s in scales)
        before = tuple((k - 1) - (k - s) // 2 for k, s in zip(taps, scales, strict=True))
        return Window(taps, (1,) * axes, before, (1,) * axes, scales)

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.Upsample`."""
        import torch

        scale = tuple(map(float, self.scale)) if isinstance(self.scale, tuple) else self.scale
        corners = None if self.mode == "nearest" else self.align_corners
        return torch.nn.Upsample(self.size, scale, self.mode, corners)


@dataclass(frozen=True)
class PixelShuffle(Kind):
    """Channels laid out as places: `factor`² of them make one map that is `factor` times as high and wide."""

    factor: int

    word: ClassVar[str] = "pixel_shuffle"
    label: ClassVar[Text] = Text("pixel shuffle", "像素重排")

    def shape(self, *xs: Shape) -> Quantity:
        """Fewer channels, larger maps."""
        r = self.factor
        if len(xs[0]) != 3 or xs[0][0] % r**2:
            raise Undefined(f"it takes a multiple of {r**2} maps", f"通道数应为 {r**2} 的倍数")
        formula = rf"\frac{{$x[0]}}{{{r}^2}} \times \left({r} \cdot $x[1]\right) \times \left({r} \cdot $x[2]\right)"
        wrong: dict[str, Any] = {
            "network/factor-not-squared": lambda x: Shape((x[0] // r, r * x[1], r * x[2])),
            "network/shuffle-keeps-channels": lambda x: Shape((x[0], r * x[1], r * x[2])),
        }
        return Quantity(formula, lambda x: Shape((x[0] // r**2, r * x[1], r * x[2])), wrong)

    def window(self, *xs: Shape) -> Window | Sees:
        """The place from whose channels it is taken."""
        return copies(self.factor, 2)

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.PixelShuffle`."""
        import torch

        return torch.nn.PixelShuffle(self.factor)


@dataclass(frozen=True)
class PixelUnshuffle(Kind):
    """Places laid out as channels: blocks of `factor` by `factor` places become so many channels of one place."""

    factor: int

    word: ClassVar[str] = "pixel_unshuffle"
    label: ClassVar[Text] = Text("pixel unshuffle", "像素逆重排")

    def shape(self, *xs: Shape) -> Quantity:
        """More channels, smaller maps."""
        r = self.factor
        if len(xs[0]) != 3 or xs[0][1] % r or xs[0][2] % r:
            raise Undefined(f"it takes maps whose sides are multiples of {r}", f"特征图的边长应为 {r} 的倍数")
        formula = rf"\left({r}^2 \cdot $x[0]\right) \times \frac{{$x[1]}}{{{r}}} \times \frac{{$x[2]}}{{{r}}}"
        wrong: dict[str, Any] = {
            "network/factor-not-squared": lambda x: Shape((x[0] * r, x[1] // r, x[2] // r)),
            "network/shuffle-keeps-channels": lambda x: Shape((x[0], x[1] // r, x[2] // r)),
        }
        return Quantity(formula, lambda x: Shape((x[0] * r**2, x[1] // r, x[2] // r)), wrong)

    def window(self, *xs: Shape) -> Window | Sees:
        """The block of places."""
        return Window((self.factor,) * 2, (self.factor,) * 2, (0, 0), (1, 1))

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.PixelUnshuffle`."""
        import torch

        return torch.nn.PixelUnshuffle(self.factor)


@dataclass(frozen=True)
class Pad(Kind):
    """Samples put around maps: so many on every side, or before and behind, for the last axis first, as PyTorch lists them."""

    padding: Sides
    mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    word: ClassVar[str] = "pad"
    label: ClassVar[Text] = Text("padding", "填充")
    least: ClassVar[Mapping[str, int | None]] = {"padding": None}  # a negative number crops

    def _sides(self, axes: int) -> tuple[tuple[int, int], ...]:
        """Before and behind for each spatial axis, the first axis first."""
        flat = per_axis(self.padding, 2 * axes)
        return tuple((flat[2 * i], flat[2 * i + 1]) for i in reversed(range(axes)))

    def shape(self, *xs: Shape) -> Quantity:
        """The channels as they are, and longer sides."""
        sides = self._sides(len(xs[0]) - 1)
        if self.mode == "reflect" and any(p >= n for n, pair in zip(xs[0][1:], sides, strict=True) for p in pair):
            raise Undefined("reflection needs more samples than it adds", "反射填充的数量须小于边长")

        def sizes(x: Shape) -> Shape:
            return Shape((x[0], *(fitting(n + sum(pair)) for n, pair in zip(x[1:], sides, strict=True))))

        pieces = [_padded(f"$x[{i}]", *pair) for i, pair in enumerate(sides, 1)]
        wrong: dict[str, Any] = {}
        if any(map(sum, sides)):
            once = tuple(before for before, _ in sides)
            wrong["conv/padding-once"] = lambda x: Shape((x[0], *(n + p for n, p in zip(x[1:], once, strict=True))))
        return Quantity(product(["$x[0]", *pieces]), sizes, wrong)

    def window(self, *xs: Shape) -> Window | Sees:
        """One sample, moved by what stands before the first."""
        sides = self._sides(len(xs[0]) - 1)
        one = (1,) * len(sides)
        return Window(one, one, tuple(before for before, _ in sides), one)

    def real(self, *xs: Shape) -> Any:
        """`ConstantPad`, `ReflectionPad`, `ReplicationPad` or `CircularPad`."""
        return padding_layer(self.mode, per_axis(self.padding, 2 * (len(xs[0]) - 1)))


def _padded(size: str, before: int, behind: int) -> str:
    if not before and not behind:
        return size
    added = rf"2 \cdot {before}" if before == behind else str(before + behind)
    return rf"\left({size} + {added}\right)".replace("+ -", "- ")
