"""Fully connected layers, embeddings, and what leads up to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind, Quantity, Sees, axis_of, product, times
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
        return Quantity(product([*places, str(self.out)]), lambda x: Shape((*x[:-1], self.out)))

    def parameters(self, *xs: Shape) -> Quantity:
        """A weight for each pair of input and output, and a bias for each output."""
        last = len(xs[0]) - 1
        biases = self.out if self.bias else 0

        def count(x: Shape) -> int:
            return x[last] * self.out + biases

        wrong: dict[str, Any] = {
            "params/added-layer-sizes": lambda x: x[last] + self.out,
            "convention/no-bias" if self.bias else "convention/with-bias": lambda x: (
                x[last] * self.out + (0 if self.bias else self.out)
            ),
        }
        if self.bias:
            wrong["params/one-bias-per-layer"] = lambda x: x[last] * self.out + 1
            wrong["params/bias-per-input"] = lambda x: x[last] * self.out + x[last]
            wrong["params/biases-of-inputs"] = lambda x: x[last] * self.out + x[last] + self.out
        if last:
            wrong["params/weights-per-time-step"] = lambda x: math.prod(x[:last]) * count(x)
        formula = rf"$x[{last}] \cdot {self.out}" + (f" + {self.out}" if self.bias else "")
        return Quantity(formula, count, wrong)

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The weights, once at every place."""
        last = len(xs[0]) - 1
        axes = [f"$x[{i}]" for i in range(last + 1)]
        wrong: dict[str, Any] = {"cost/positions-left-out": lambda x: x[last] * self.out} if last else {}
        return Quantity(times(*axes, self.out), lambda x: math.prod(x) * self.out, wrong)

    def window(self, *xs: Shape) -> Sees:
        """Places are mapped one by one, whereas a vector is seen whole."""
        return Sees.OWN_PLACE if len(xs[0]) > 1 else Sees.EVERYTHING

    def mixes(self, *xs: Shape) -> tuple[int, ...]:
        """The last axis."""
        return (len(xs[0]) - 1,)

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.Linear`."""
        import torch

        return torch.nn.Linear(xs[0][-1], self.out, self.bias, device="meta")


@dataclass(frozen=True)
class Flatten(Kind):
    """All axes from `start` on in one."""

    start: int = 0

    word: ClassVar[str] = "flatten"
    label: ClassVar[Text] = Text("flatten", "展平")

    def shape(self, *xs: Shape) -> Quantity:
        """The product of the sizes."""
        start = axis_of(self.start, xs[0])
        kept = [f"$x[{i}]" for i in range(start)]
        joined = times(*(f"$x[{i}]" for i in range(start, len(xs[0]))))
        wrong: dict[str, Any] = {}
        if len(xs[0]) == 3 and start == 0:
            wrong = {
                "conv/flattened-one-side": lambda x: Shape((x[0] * x[1],)),
                "conv/flattened-without-channels": lambda x: Shape((x[1] * x[2],)),
            }

        def sizes(x: Shape) -> Shape:
            return Shape((*x[:start], math.prod(x[start:])))

        return Quantity(product([*kept, rf"({joined})" if kept else joined]), sizes, wrong)

    def window(self, *xs: Shape) -> Sees:
        """What follows a vector sees the whole map; axes of places alone become one axis of places."""
        return Sees.EVERYTHING if axis_of(self.start, xs[0]) == 0 and len(xs[0]) > 1 else Sees.OWN_PLACE

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.Flatten`."""
        import torch

        return torch.nn.Flatten(axis_of(self.start, xs[0]) + 1)


@dataclass(frozen=True)
class Embedding(Kind):
    """A table with a learned vector of `width` numbers for each of `rows` token numbers."""

    rows: int
    width: int

    word: ClassVar[str] = "embedding"
    label: ClassVar[Text] = Text("embedding", "嵌入")

    def shape(self, *xs: Shape) -> Quantity:
        """One vector for each token number."""
        places = [f"$x[{i}]" for i in range(len(xs[0]))]
        return Quantity(product([*places, str(self.width)]), lambda x: Shape((*x, self.width)))

    def parameters(self, *xs: Shape) -> Quantity:
        """The table; nothing is added to what is looked up."""
        wrong: dict[str, Any] = {
            "params/embedding-bias": lambda: self.rows * self.width + self.width,
            "params/one-word": lambda: self.width,
            "params/weights-per-time-step": lambda x: math.prod(x) * self.rows * self.width,
        }
        return Quantity(rf"{self.rows} \cdot {self.width}", lambda: self.rows * self.width, wrong)

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.Embedding`."""
        import torch

        # Filling a table with normal numbers takes seconds on the meta device, which has none: it is handed over instead.
        table = torch.empty(self.rows, self.width, device="meta")
        return torch.nn.Embedding.from_pretrained(table, freeze=False)
