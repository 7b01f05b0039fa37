"""Two layers of LeNet-5 that nobody builds any more: a convolution whose maps read some of the maps before, and pooling that learns.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998), table I and section II.B.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind, Quantity, Sees, Window, as_module, per_axis, times
from solvers.network.kinds.convolution import Conv
from solvers.network.kinds.pooling import AvgPool
from solvers.network.kinds.windowed import maps
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


@dataclass(frozen=True)
class PartialConv(Kind):
    """A convolution each map of which reads the maps that the digits of its number in `reads` name, counted from 1."""

    reads: tuple[int, ...]
    kernel: int | tuple[int, ...]

    word: ClassVar[str] = "partial_conv"
    label: ClassVar[Text] = Text("convolution with a connection table", "按连接表的卷积")

    def _whole(self) -> Conv:
        return Conv(len(self.reads), self.kernel)

    def _maps_read(self) -> list[list[int]]:
        return [[int(digit) - 1 for digit in str(number)] for number in self.reads]

    def shape(self, *xs: Shape) -> Quantity:
        """As for a convolution with as many filters."""
        maps(xs[0], 2)
        if not self.reads or max(map(max, self._maps_read())) >= xs[0][0] or min(map(min, self._maps_read())) < 0:
            raise Undefined("the table names maps that are not there", "连接表中有不存在的特征图")
        return self._whole().shape(*xs)

    def parameters(self, *xs: Shape) -> Quantity:
        """A kernel for each connection, and a bias for each map."""
        sides = per_axis(self.kernel, 2)
        taps, filters, connections = math.prod(sides), len(self.reads), sum(len(read) for read in self._maps_read())
        formula = rf"{connections} \cdot {sides[0]} \cdot {sides[1]} + {filters}"

        def all_connected(x: Shape) -> int:
            return taps * x[0] * filters + filters

        return Quantity(formula, lambda: connections * taps + filters, {"params/all-maps-connected": all_connected})

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The kernel of each connection, once at every place."""
        sides = per_axis(self.kernel, 2)
        connections = sum(len(read) for read in self._maps_read())
        formula = times(connections, *sides, "$y[1]", "$y[2]")
        return Quantity(formula, lambda y: connections * math.prod(sides) * y[1] * y[2])

    def window(self, *xs: Shape) -> Window | Sees:
        """The kernel."""
        return self._whole().window(*xs)

    def real(self, *xs: Shape) -> Any:
        """A convolution of its own for each map, over the maps that it reads."""
        import torch

        reads, sides = self._maps_read(), per_axis(self.kernel, 2)
        convolutions = torch.nn.ModuleList(torch.nn.Conv2d(len(read), 1, sides, device="meta") for read in reads)
        module = as_module(
            lambda x: torch.cat([one(x[:, read]) for one, read in zip(convolutions, reads, strict=True)], 1)
        )
        module.convolutions = convolutions
        return module


@dataclass(frozen=True)
class Subsample(AvgPool):
    """Sums of square windows, each map multiplied by a number and shifted by another that are learned."""

    word: ClassVar[str] = "subsample"
    label: ClassVar[Text] = Text("pooling that learns", "可训练的下采样")

    def parameters(self, *xs: Shape) -> Quantity:
        """A coefficient and a bias for each map."""
        return Quantity(r"2 \cdot $x[0]", lambda x: 2 * x[0], {"params/subsampling-left-out": lambda: 0})

    def real(self, *xs: Shape) -> Any:
        """Average pooling, and a batch norm for its two numbers a map."""
        import torch

        return torch.nn.Sequential(super().real(*xs), torch.nn.BatchNorm2d(xs[0][0], device="meta"))
