"""Normalisation: what is learned is a gain and a shift for each channel or feature; running statistics are measured, not learned.

Multiply-adds are not counted for it, and what a unit sees is its own place: that the statistics of a group or a layer reach over all places is
disregarded, as is usual for receptive fields.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind, Quantity, axis_of, times
from solvers.network.kinds.windowed import divided
from solvers.text import Text
from solvers.values import Shape


def _gain_and_shift(x: Shape, *, buffers: bool = False) -> Quantity:
    """Two numbers for each channel."""
    wrong: dict[str, Any] = {
        "params/norm-gain-only": lambda x: x[0],
        "params/norm-left-out": lambda: 0,
        "params/norm-per-layer": lambda: 2,
    }
    if len(x) > 1:
        wrong["network/norm-per-position"] = lambda x: 2 * math.prod(x)
    if buffers:
        wrong["convention/buffers-counted"] = lambda x: 4 * x[0]
    return Quantity(r"2 \cdot $x[0]", lambda x: 2 * x[0], wrong)


@dataclass(frozen=True)
class BatchNorm(Kind):
    """Each channel normalised over the batch and all places."""

    affine: bool = True

    word: ClassVar[str] = "batchnorm"
    label: ClassVar[Text] = Text("batch norm", "批量归一化")

    def parameters(self, *xs: Shape) -> Quantity | None:
        """A gain and a shift for each channel."""
        return _gain_and_shift(xs[0], buffers=True) if self.affine else None

    def real(self, *xs: Shape) -> Any:
        """`BatchNorm1d`, `BatchNorm2d` or `BatchNorm3d`."""
        import torch

        return getattr(torch.nn, f"BatchNorm{max(len(xs[0]) - 1, 1)}d")(xs[0][0], affine=self.affine, device="meta")


@dataclass(frozen=True)
class InstanceNorm(Kind):
    """Each channel of each example normalised over all places."""

    affine: bool = False

    word: ClassVar[str] = "instancenorm"
    label: ClassVar[Text] = Text("instance norm", "实例归一化")

    def parameters(self, *xs: Shape) -> Quantity | None:
        """A gain and a shift for each channel, if any are learned."""
        return _gain_and_shift(xs[0]) if self.affine else None

    def real(self, *xs: Shape) -> Any:
        """`InstanceNorm1d`, `InstanceNorm2d` or `InstanceNorm3d`."""
        import torch

        return getattr(torch.nn, f"InstanceNorm{len(xs[0]) - 1}d")(xs[0][0], affine=self.affine, device="meta")


@dataclass(frozen=True)
class GroupNorm(Kind):
    """Groups of channels of each example, each normalised over its channels and all places."""

    groups: int
    affine: bool = True

    word: ClassVar[str] = "groupnorm"
    label: ClassVar[Text] = Text("group norm", "组归一化")

    def shape(self, *xs: Shape) -> Quantity | None:
        """That of the input, whose channels must be divisible into the groups."""
        divided(xs[0][0], self.groups, self.groups)
        return None

    def parameters(self, *xs: Shape) -> Quantity | None:
        """A gain and a shift for each channel, however many groups there are."""
        if not self.affine:
            return None
        quantity = _gain_and_shift(xs[0])
        wrong = {**quantity.wrong, "network/norm-per-group": lambda: 2 * self.groups}
        return Quantity(quantity.formula, quantity.rule, wrong)

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.GroupNorm`."""
        import torch

        return torch.nn.GroupNorm(self.groups, xs[0][0], affine=self.affine, device="meta")


@dataclass(frozen=True)
class LayerNorm(Kind):
    """The last `axes` axes of each example normalised together; `gain` and `bias` say what is learned for each entry of them."""

    axes: int = 1
    gain: bool = True
    bias: bool = True

    word: ClassVar[str] = "layernorm"
    label: ClassVar[Text] = Text("layer norm", "层归一化")

    def shape(self, *xs: Shape) -> Quantity | None:
        """That of the input, which must have so many axes."""
        axis_of(-self.axes, xs[0])
        return None

    def parameters(self, *xs: Shape) -> Quantity | None:
        """A gain and a shift for each entry of the normalised axes."""
        kinds = self.gain + (self.gain and self.bias)
        if not kinds:
            return None
        return _per_entry(xs[0], self.axes, kinds)

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.LayerNorm`."""
        import torch

        return torch.nn.LayerNorm(
            xs[0][len(xs[0]) - self.axes :], elementwise_affine=self.gain, bias=self.bias, device="meta"
        )


def _per_entry(x: Shape, axes: int, kinds: int) -> Quantity:
    """One number, or two, for each entry of the last axes."""
    first = len(x) - axes
    wrong: dict[str, Any] = {"params/norm-left-out": lambda: 0, "params/norm-per-layer": lambda: kinds}
    if kinds == 2:
        wrong["params/norm-gain-only"] = lambda x: math.prod(x[first:])
    if first > 0:
        wrong["network/norm-per-position"] = lambda x: kinds * math.prod(x)
    formula = times(kinds, *(f"$x[{i}]" for i in range(first, len(x))))
    return Quantity(formula, lambda x: kinds * math.prod(x[first:]), wrong)


@dataclass(frozen=True)
class RmsNorm(Kind):
    """The last `axes` axes of each example divided by their root mean square; nothing is shifted."""

    axes: int = 1
    gain: bool = True

    word: ClassVar[str] = "rmsnorm"
    label: ClassVar[Text] = Text("RMS norm", "RMS 归一化")

    def shape(self, *xs: Shape) -> Quantity | None:
        """That of the input, which must have so many axes."""
        axis_of(-self.axes, xs[0])
        return None

    def parameters(self, *xs: Shape) -> Quantity | None:
        """A gain for each entry of the normalised axes."""
        if not self.gain:
            return None
        quantity = _per_entry(xs[0], self.axes, 1)
        first = len(xs[0]) - self.axes
        wrong = {**quantity.wrong, "network/rms-norm-shifts": lambda x: 2 * math.prod(x[first:])}
        return Quantity(quantity.formula, quantity.rule, wrong)

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.RMSNorm`."""
        import torch

        return torch.nn.RMSNorm(xs[0][len(xs[0]) - self.axes :], elementwise_affine=self.gain, device="meta")


@dataclass(frozen=True)
class LocalNorm(Kind):
    """AlexNet's local response norm: each value divided by a power of the squares in `size` neighbouring channels. It learns nothing."""

    size: int = 5

    word: ClassVar[str] = "localnorm"
    label: ClassVar[Text] = Text("local response norm", "局部响应归一化")

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.LocalResponseNorm`."""
        import torch

        return torch.nn.LocalResponseNorm(self.size)
