"""Fully connected layers, and what leads up to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind, Quantity, Sees, times
from solvers.text import Text
from solvers.values import Shape


@dataclass(frozen=True)
class Linear(Kind):
    """An affine map of the last axis; whatever axes stand before it are places, each mapped by the same weights."""

    out: int
    bias: bool = True

    word: ClassVar[str] = "linear"
    label: ClassVar[Text] = Text("fully connected", "全连接")

    def shape(self, *xs: Shape) -> Quantity:
        """The last axis becomes `out`."""
        places = [f"$x[{i}]" for i in range(len(xs[0]) - 1)]
        return Quantity(r" \times ".join([*places, str(self.out)]), lambda x: Shape((*x[:-1], self.out)))

    def parameters(self, *xs: Shape) -> Quantity:
        """A weight for each pair of input and output, and a bias for each output."""
        last = len(xs[0]) - 1
        biases = self.out if self.bias else 0

        def count(x: Shape) -> int:
            return x[last] * self.out + biases

        wrong: dict[str, Any] = {
            "convention/no-bias" if self.bias else "convention/with-bias": lambda x: (
                x[last] * self.out + (0 if self.bias else self.out)
            )
        }
        formula = rf"$x[{last}] \cdot {self.out}" + (f" + {self.out}" if self.bias else "")
        return Quantity(formula, count, wrong)

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The weights, once at every place."""
        axes = [f"$x[{i}]" for i in range(len(xs[0]))]
        return Quantity(times(*axes, self.out), lambda x: math.prod(x) * self.out)

    def window(self, *xs: Shape) -> Sees:
        """Places in a sequence are mapped one by one; a map or a vector is seen whole."""
        return Sees.OWN_PLACE if len(xs[0]) == 2 else Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.Linear`."""
        import torch

        return torch.nn.Linear(xs[0][-1], self.out, self.bias, device="meta")


@dataclass(frozen=True)
class Flatten(Kind):
    """All axes in one."""

    word: ClassVar[str] = "flatten"
    label: ClassVar[Text] = Text("flatten", "展平")

    def shape(self, *xs: Shape) -> Quantity:
        """The product of the sizes."""
        axes = [f"$x[{i}]" for i in range(len(xs[0]))]
        return Quantity(times(*axes), lambda x: Shape((math.prod(x),)))

    def window(self, *xs: Shape) -> Sees:
        """What follows sees the whole map."""
        return Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.Flatten`."""
        import torch

        return torch.nn.Flatten()
