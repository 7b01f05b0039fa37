"""Layers that put the numbers of an example in another shape or order, or leave some out; and means over an axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind, Quantity, Sees, as_module, axis_of, product, times
from solvers.network.kinds.windowed import Sides, fitting
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


def _letters(x: Shape) -> list[str]:
    return [f"$x[{i}]" for i in range(len(x))]


@dataclass(frozen=True)
class Reshape(Kind):
    """The same numbers in another shape; one size may be -1, for as many as are left."""

    out: tuple[int, ...]

    word: ClassVar[str] = "reshape"
    label: ClassVar[Text] = Text("reshape", "改变形状")
    least: ClassVar[Mapping[str, int | None]] = {"out": -1}

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

        return Quantity(product([left if size == -1 else str(size) for size in self.out]), sizes)

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
        order = tuple(axis_of(axis, x) for axis in self.axes)
        if sorted(order) != list(range(len(x))):
            raise Undefined(
                f"{self.axes} does not put {len(x)} axes in order", f"{self.axes} 不是 {len(x)} 个维度的排列"
            )
        return order

    def shape(self, *xs: Shape) -> Quantity:
        """The sizes in the new order."""
        order = self.order(xs[0])
        return Quantity(product([f"$x[{i}]" for i in order]), lambda x: Shape(x[i] for i in order))

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
        axis = axis_of(self.axis, xs[0])
        if not -xs[0][axis] <= self.index < xs[0][axis]:
            raise Undefined(
                f"there is no entry {self.index} in {xs[0][axis]}", f"共 {xs[0][axis]} 项，没有第 {self.index} 项"
            )
        letters = _letters(xs[0])
        return Quantity(product(letters[:axis] + letters[axis + 1 :]), lambda x: Shape((*x[:axis], *x[axis + 1 :])))

    def window(self, *xs: Shape) -> Sees:
        """What that entry saw; where it is one channel of a map, each place sees itself."""
        return Sees.OWN_PLACE

    def real(self, *xs: Shape) -> Any:
        """A module that selects behind the batch."""
        axis = axis_of(self.axis, xs[0]) + 1
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
        axis = axis_of(self.axis, xs[0])
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
        return Quantity(product(sizes), lambda x: Shape((*x[:axis], left(x[axis]), *x[axis + 1 :])))

    def window(self, *xs: Shape) -> Sees:
        """Its own place; every `step`-th of them on a spatial axis is a window of one sample."""
        axis, rank = axis_of(self.axis, xs[0]), len(xs[0])
        if axis == 0 and rank > 2:
            return Sees.OWN_PLACE
        return Sees.OWN_PLACE if (self.start, self.step) == (0, 1) else Sees.UNKNOWN

    def real(self, *xs: Shape) -> Any:
        """A module that slices behind the batch."""
        axis = axis_of(self.axis, xs[0])
        part = (slice(None),) * (axis + 1) + (slice(self.start, self.stop, self.step),)
        return as_module(lambda x: x[part])


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
        formula = product([*letters[:axis], "1", *letters[axis:]])
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
        axes = range(len(xs[0])) if self.axis is None else [axis_of(self.axis, xs[0])]
        dropped = {axis for axis in axes if xs[0][axis] == 1}
        kept = [i for i in range(len(xs[0])) if i not in dropped]
        return Quantity(product([f"$x[{i}]" for i in kept]), lambda x: Shape(x[i] for i in kept))

    def real(self, *xs: Shape) -> Any:
        """A module that drops the axes behind the batch."""
        axes = range(len(xs[0])) if self.axis is None else [axis_of(self.axis, xs[0])]
        return as_module(lambda x: x.squeeze(tuple(axis + 1 for axis in axes)))


@dataclass(frozen=True)
class Mean(Kind):
    """Means along axes of an example; `keep` leaves sizes of 1 in their place."""

    axis: Sides = 0
    keep: bool = False

    word: ClassVar[str] = "mean"
    label: ClassVar[Text] = Text("mean", "求均值")

    def _axes(self, x: Shape) -> set[int]:
        return {axis_of(axis, x) for axis in ((self.axis,) if isinstance(self.axis, int) else self.axis)}

    def shape(self, *xs: Shape) -> Quantity:
        """The sizes of the axes that are left."""
        gone = self._axes(xs[0])
        pieces = ["1" if i in gone else f"$x[{i}]" for i in range(len(xs[0])) if self.keep or i not in gone]

        def sizes(x: Shape) -> Shape:
            return Shape(1 if i in gone else n for i, n in enumerate(x) if self.keep or i not in gone)

        return Quantity(product(pieces), sizes)

    def window(self, *xs: Shape) -> Sees:
        """Every place, unless the mean is over the channels or features alone."""
        features = {1} if len(xs[0]) == 2 else {0}
        return Sees.OWN_PLACE if self._axes(xs[0]) <= features else Sees.EVERYTHING

    def mixes(self, *xs: Shape) -> tuple[int, ...]:
        """The axes of the mean."""
        return tuple(self._axes(xs[0]))

    def real(self, *xs: Shape) -> Any:
        """A module that takes the mean behind the batch."""
        axes = tuple(axis + 1 for axis in sorted(self._axes(xs[0])))
        return as_module(lambda x: x.mean(axes, keepdim=self.keep))
