"""Layers that put numbers elsewhere and compute nothing: other shapes, parts, borders, larger maps; and means over an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from solvers.network.kind import Kind, Quantity, Sees, Window, as_module, per_axis, times
from solvers.network.kinds.windowed import Sides, copies, fitting
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


def _axis(axis: int, x: Shape) -> int:
    """An axis counted from 0; a negative one is counted from the end. Raises Undefined where there is none."""
    if not -len(x) <= axis < len(x):
        raise Undefined(f"there is no axis {axis} in {len(x)}", f"共 {len(x)} 个维度，没有第 {axis} 维")
    return axis % len(x)


def _shown(sizes: list[str]) -> str:
    return r" \times ".join(sizes) or r"\text{()}"


def _letters(x: Shape) -> list[str]:
    return [f"$x[{i}]" for i in range(len(x))]


@dataclass(frozen=True)
class Reshape(Kind):
    """The same numbers in another shape; one size may be -1, for as many as are left."""

    out: tuple[int, ...]

    word: ClassVar[str] = "reshape"
    label: ClassVar[Text] = Text("reshape", "改变形状")

    def shape(self, *xs: Shape) -> Quantity:
        """The stated sizes, the open one computed."""
        given = math.prod(size for size in self.out if size != -1)
        total = math.prod(xs[0])
        if self.out.count(-1) > 1 or given == 0 or (total % given if -1 in self.out else total != given):
            shown = " × ".join(map(str, self.out))
            raise Undefined(f"{total} numbers do not make up {shown}", f"{total} 个数无法排成 {shown}")
        left = times(*_letters(xs[0]))
        left = left if given == 1 else rf"\frac{{{left}}}{{{given}}}"

        def sizes(x: Shape) -> Shape:
            return Shape(math.prod(x) // given if size == -1 else size for size in self.out)

        return Quantity(_shown([left if size == -1 else str(size) for size in self.out]), sizes)

    def window(self, *xs: Shape) -> Sees:
        """Its own place where the places stay as they are and only channels or features are arranged anew."""
        x, y = xs[0], self.out
        if tuple(y[len(y) - len(x) + 1 :]) == x[1:] or (len(x) == 2 and y[0] == x[0]) or len(x) == 1:
            return Sees.OWN_PLACE
        return Sees.EVERYTHING if len(y) == 1 else Sees.UNKNOWN

    def real(self, *xs: Shape) -> Any:
        """A module that reshapes each example."""
        return as_module(lambda x: x.reshape(x.shape[0], *self.out))


@dataclass(frozen=True)
class Permute(Kind):
    """The axes of an example in another order."""

    axes: tuple[int, ...]

    word: ClassVar[str] = "permute"
    label: ClassVar[Text] = Text("permute", "交换维度")

    def order(self, *xs: Shape) -> tuple[int, ...]:
        """The axes, counted from 0. Raises Undefined where they are not all of the input's."""
        x = xs[0]
        order = tuple(_axis(axis, x) for axis in self.axes)
        if sorted(order) != list(range(len(x))):
            raise Undefined(
                f"{self.axes} does not put {len(x)} axes in order", f"{self.axes} 不是 {len(x)} 个维度的排列"
            )
        return order

    def shape(self, *xs: Shape) -> Quantity:
        """The sizes in the new order."""
        order = self.order(xs[0])
        return Quantity(_shown([f"$x[{i}]" for i in order]), lambda x: Shape(x[i] for i in order))

    def window(self, *xs: Shape) -> Sees:
        """Its own place, unless height and width change places."""
        order = [i for i in self.order(xs[0]) if i >= len(xs[0]) - 2]
        return Sees.OWN_PLACE if len(xs[0]) == 2 or order == sorted(order) else Sees.UNKNOWN

    def real(self, *xs: Shape) -> Any:
        """A module that permutes the axes behind the batch."""
        order = self.order(xs[0])
        return as_module(lambda x: x.permute(0, *(i + 1 for i in order)))


@dataclass(frozen=True)
class Select(Kind):
    """One entry along an axis, such as the class token of a sequence; the axis is gone."""

    index: int = 0
    axis: int = 0

    word: ClassVar[str] = "select"
    label: ClassVar[Text] = Text("one entry", "取其一")

    def shape(self, *xs: Shape) -> Quantity:
        """The sizes of the other axes."""
        axis = _axis(self.axis, xs[0])
        if not -xs[0][axis] <= self.index < xs[0][axis]:
            raise Undefined(
                f"there is no entry {self.index} in {xs[0][axis]}", f"共 {xs[0][axis]} 项，没有第 {self.index} 项"
            )
        letters = _letters(xs[0])
        return Quantity(_shown(letters[:axis] + letters[axis + 1 :]), lambda x: Shape((*x[:axis], *x[axis + 1 :])))

    def window(self, *xs: Shape) -> Sees:
        """What that entry saw; where it is one channel of a map, each place sees itself."""
        return Sees.OWN_PLACE

    def real(self, *xs: Shape) -> Any:
        """A module that selects behind the batch."""
        axis = _axis(self.axis, xs[0]) + 1
        return as_module(lambda x: x.select(axis, self.index))


@dataclass(frozen=True)
class Slice(Kind):
    """The entries from `start` to before `stop` along an axis, every `step`-th; as Python counts, so that -1 stands before the last."""

    start: int = 0
    stop: int | None = None
    step: int = 1
    axis: int = 0

    word: ClassVar[str] = "slice"
    label: ClassVar[Text] = Text("slice", "切片")

    def shape(self, *xs: Shape) -> Quantity:
        """The number of entries that are left, and the other sizes."""
        axis = _axis(self.axis, xs[0])
        if self.step < 1:
            raise Undefined("the step must be at least 1", "步长至少为 1")
        part = slice(self.start, self.stop, self.step)

        def left(n: int) -> int:
            return fitting(len(range(*part.indices(n))))

        first, last, step = part.indices(xs[0][axis])
        if self.stop is None and self.start >= 0:
            count = rf"$x[{axis}] - {first}" if first else f"$x[{axis}]"
        else:
            count = f"{last} - {first}" if first else str(last)
        if step > 1:
            count = rf"\left\lceil \frac{{{count}}}{{{step}}} \right\rceil"
        elif "-" in count:
            count = rf"({count})"
        sizes = _letters(xs[0])
        sizes[axis] = count
        return Quantity(_shown(sizes), lambda x: Shape((*x[:axis], left(x[axis]), *x[axis + 1 :])))

    def window(self, *xs: Shape) -> Window | Sees:
        """Its own place; every `step`-th of them on a spatial axis is a window of one sample."""
        axis, rank = _axis(self.axis, xs[0]), len(xs[0])
        if axis == 0 and rank > 2:
            return Sees.OWN_PLACE
        return Sees.OWN_PLACE if (self.start, self.step) == (0, 1) else Sees.UNKNOWN

    def real(self, *xs: Shape) -> Any:
        """A module that slices behind the batch."""
        axis = _axis(self.axis, xs[0])
        part = (slice(None),) * (axis + 1) + (slice(self.start, self.stop, self.step),)
        return as_module(lambda x: x[part])


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
            return Quantity(_shown(["$x[0]", *map(str, size)]), lambda x: Shape((x[0], *size)))
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
        return Quantity(_shown(["$x[0]", *pieces]), sizes, wrong)

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
        return Quantity(_shown(["$x[0]", *pieces]), sizes, wrong)

    def window(self, *xs: Shape) -> Window | Sees:
        """One sample, moved by what stands before the first."""
        sides = self._sides(len(xs[0]) - 1)
        one = (1,) * len(sides)
        return Window(one, one, tuple(before for before, _ in sides), one)

    def real(self, *xs: Shape) -> Any:
        """`ConstantPad`, `ReflectionPad`, `ReplicationPad` or `CircularPad`."""
        import torch

        axes = len(xs[0]) - 1
        flat = per_axis(self.padding, 2 * axes)
        words = {"zeros": "Zero", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}
        return getattr(torch.nn, f"{words[self.mode]}Pad{axes}d")(flat)


def _padded(size: str, before: int, behind: int) -> str:
    if not before and not behind:
        return size
    added = rf"2 \cdot {before}" if before == behind else str(before + behind)
    return rf"\left({size} + {added}\right)".replace("+ -", "- ")


@dataclass(frozen=True)
class Unsqueeze(Kind):
    """A further axis of one entry."""

    axis: int = 0

    word: ClassVar[str] = "unsqueeze"
    label: ClassVar[Text] = Text("new axis", "增加维度")

    def shape(self, *xs: Shape) -> Quantity:
        """A size of 1 more."""
        axis = self.axis % (len(xs[0]) + 1)
        letters = _letters(xs[0])
        formula = _shown([*letters[:axis], "1", *letters[axis:]])
        return Quantity(formula, lambda x: Shape((*x[:axis], 1, *x[axis:])))

    def real(self, *xs: Shape) -> Any:
        """A module that adds the axis behind the batch."""
        axis = self.axis % (len(xs[0]) + 1) + 1
        return as_module(lambda x: x.unsqueeze(axis))


@dataclass(frozen=True)
class Squeeze(Kind):
    """An axis of one entry dropped; without an axis, all of them."""

    axis: int | None = None

    word: ClassVar[str] = "squeeze"
    label: ClassVar[Text] = Text("axis of one dropped", "去除长度为 1 的维度")

    def shape(self, *xs: Shape) -> Quantity:
        """The sizes without it; an axis of more entries stays, as in PyTorch."""
        axes = range(len(xs[0])) if self.axis is None else [_axis(self.axis, xs[0])]
        dropped = {axis for axis in axes if xs[0][axis] == 1}
        kept = [i for i in range(len(xs[0])) if i not in dropped]
        return Quantity(_shown([f"$x[{i}]" for i in kept]), lambda x: Shape(x[i] for i in kept))

    def real(self, *xs: Shape) -> Any:
        """A module that drops the axes behind the batch."""
        axes = range(len(xs[0])) if self.axis is None else [_axis(self.axis, xs[0])]
        return as_module(lambda x: x.squeeze(tuple(axis + 1 for axis in axes)))


@dataclass(frozen=True)
class Mean(Kind):
    """Means along axes of an example; `keep` leaves sizes of 1 in their place."""

    axis: Sides = 0
    keep: bool = False

    word: ClassVar[str] = "mean"
    label: ClassVar[Text] = Text("mean", "求均值")

    def _axes(self, x: Shape) -> set[int]:
        return {_axis(axis, x) for axis in ((self.axis,) if isinstance(self.axis, int) else self.axis)}

    def shape(self, *xs: Shape) -> Quantity:
        """The sizes of the axes that are left."""
        gone = self._axes(xs[0])
        pieces = ["1" if i in gone else f"$x[{i}]" for i in range(len(xs[0])) if self.keep or i not in gone]

        def sizes(x: Shape) -> Shape:
            return Shape(1 if i in gone else n for i, n in enumerate(x) if self.keep or i not in gone)

        return Quantity(_shown(pieces), sizes)

    def window(self, *xs: Shape) -> Sees:
        """Every place, unless the mean is over the channels or features alone."""
        features = {1} if len(xs[0]) == 2 else {0}
        return Sees.OWN_PLACE if self._axes(xs[0]) <= features else Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """A module that takes the mean behind the batch."""
        axes = tuple(axis + 1 for axis in sorted(self._axes(xs[0])))
        return as_module(lambda x: x.mean(axes, keepdim=self.keep))
