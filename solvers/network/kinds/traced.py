"""Kinds of layers that only tracing meets: functions known by name and shape, products of computed arrays, cells, parameters beside a layer's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from solvers.network.kind import Kind, Quantity, Sees, as_module, over, times
from solvers.network.kinds.custom import of_shape
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


@dataclass(frozen=True)
class Operation(Kind):
    """A function of what it reads, known by its name and by the shape `out` that it was seen to give. It learns nothing."""

    name: str
    out: tuple[int, ...]
    sees: Literal["own place", "everything", "nothing", "unknown"] = "unknown"

    word: ClassVar[str] = "operation"
    label: ClassVar[Text] = Text("operation", "运算")
    inputs: ClassVar[tuple[int, int | None]] = (0, None)

    def shape(self, *xs: Shape) -> Quantity:
        """As it was seen."""
        return Quantity(r" \times ".join(map(str, self.out)), lambda: Shape(self.out))

    def window(self, *xs: Shape) -> Sees:
        """As its name says."""
        return Sees(self.sees)

    def real(self, *xs: Shape) -> Any:
        """A module that puts out an array of that shape."""
        return of_shape(self.out)


@dataclass(frozen=True)
class Further(Kind):
    """Learned numbers beside those of the layer before it, which they change place by place: the lengths of a weight norm, a bias of its own."""

    count: int
    of: str = ""

    word: ClassVar[str] = "further_parameters"
    label: ClassVar[Text] = Text("further parameters", "附加参数")

    def parameters(self, *xs: Shape) -> Quantity:
        """As many as were counted."""
        return Quantity(str(self.count), lambda: self.count)

    def real(self, *xs: Shape) -> Any:
        """A module with so many learned numbers that hands on what it reads."""
        import torch

        return as_module(lambda x: x.clone(), own=torch.nn.Parameter(torch.empty(self.count, device="meta")))


@dataclass(frozen=True)
class Derived(Kind):
    """An array `out` that is computed of `count` learned numbers and reads nothing: biases looked up by distance, positions that are stretched."""

    out: tuple[int, ...]
    count: int

    word: ClassVar[str] = "derived"
    label: ClassVar[Text] = Text("array made of parameters", "由参数得到的张量")
    inputs: ClassVar[tuple[int, int | None]] = (0, 0)

    def shape(self, *xs: Shape) -> Quantity:
        """As it was seen."""
        return Quantity(r" \times ".join(map(str, self.out)), lambda: Shape(self.out))

    def parameters(self, *xs: Shape) -> Quantity:
        """As many as were counted."""
        return Quantity(str(self.count), lambda: self.count)

    def window(self, *xs: Shape) -> Sees:
        """It depends on no input."""
        return Sees.NOTHING

    def real(self, *xs: Shape) -> Any:
        """A module with so many learned numbers that puts out an array of that shape."""
        import torch

        return of_shape(self.out, own=torch.nn.Parameter(torch.empty(self.count, device="meta")))


@dataclass(frozen=True)
class AttentionProduct(Kind):
    """Scaled products of queries with keys, softmax, and the weighted sum of the values; heads are an axis in front. It learns nothing."""

    word: ClassVar[str] = "attention_product"
    label: ClassVar[Text] = Text("scaled dot-product attention", "缩放点积注意力")
    inputs: ClassVar[tuple[int, int | None]] = (3, 4)

    def shape(self, *xs: Shape) -> Quantity:
        """A sum of values for each query."""
        query, _, value = xs[:3]
        if len({len(x) for x in xs[:3]}) != 1 or len(query) < 2:
            raise Undefined("queries, keys and values must have axes alike", "查询、键、值的维数须一致")
        pieces = [*(f"$x[{i}]" for i in range(len(query) - 1)), f"$x3[{len(value) - 1}]"]
        return Quantity(r" \times ".join(pieces), over(len(xs), lambda *s: Shape((*s[0][:-1], s[2][-1]))))

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """For each query and key as many as the keys are wide, and as many as the values are."""
        last = len(xs[0]) - 1
        rows = [f"$x[{i}]" for i in range(last)]
        formula = times(*rows, f"$x2[{last - 1}]", rf"\left($x[{last}] + $x3[{last}]\right)")

        def count(*s: Shape) -> int:
            return int(math.prod(s[0][:-1]) * s[1][-2] * (s[0][-1] + s[2][-1]))

        return Quantity(formula, over(len(xs), count))

    def window(self, *xs: Shape) -> Sees:
        """Every place."""
        return Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """`scaled_dot_product_attention`."""
        import torch

        return as_module(torch.nn.functional.scaled_dot_product_attention)


@dataclass(frozen=True)
class Einsum(Kind):
    """A product of two arrays in Einstein's notation, the batch left out. With `weights`, the second array is learned, and of that shape."""

    equation: str
    weights: tuple[int, ...] = ()

    word: ClassVar[str] = "einsum"
    label: ClassVar[Text] = Text("product of arrays", "张量乘积")
    inputs: ClassVar[tuple[int, int | None]] = (1, 2)

    def _sizes(self, *xs: Shape) -> dict[str, int]:
        """The size of every index. Raises Undefined where one has two."""
        operands = self.equation.partition("->")[0].split(",")
        arrays = [*xs, *([Shape(self.weights)] if self.weights else [])]
        sizes: dict[str, int] = {}
        for letters, array in zip(operands, arrays, strict=True):
            for letter, size in zip(letters, array, strict=True):
                if sizes.setdefault(letter, size) != size:
                    raise Undefined(
                        f"the index {letter} has the sizes {sizes[letter]} and {size}",
                        f"下标 {letter} 的大小既是 {sizes[letter]} 又是 {size}",
                    )
        return sizes

    def shape(self, *xs: Shape) -> Quantity:
        """The sizes of the indices that are left."""
        left = self.equation.partition("->")[2]

        def sizes(*s: Shape) -> Shape:
            found = self._sizes(*s)
            return Shape(found[letter] for letter in left) or Shape((1,))

        return Quantity(r" \times ".join(map(str, sizes(*xs))), over(len(xs), sizes))

    def parameters(self, *xs: Shape) -> Quantity | None:
        """The learned array."""
        if not self.weights:
            return None
        return Quantity(times(*self.weights), lambda: math.prod(self.weights))

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """One for each choice of all indices."""
        sizes = self._sizes(*xs)
        return Quantity(times(*sizes.values()), over(len(xs), lambda *s: math.prod(self._sizes(*s).values())))

    def window(self, *xs: Shape) -> Sees:
        """Its own place if a learned array maps the last axis alone; sums run over places otherwise."""
        operands, _, left = self.equation.partition("->")
        first = operands.split(",")[0]
        return Sees.OWN_PLACE if self.weights and len(first) == 2 and left[:1] == first[:1] else Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """`einsum`, with a batch in front."""
        import torch

        operands, _, left = self.equation.partition("->")
        batched = ",".join(f"Z{letters}" for letters in operands.split(",")[: len(xs)])
        if not self.weights:
            return as_module(lambda *tensors: torch.einsum(f"{batched}->Z{left}", *tensors))
        weight = torch.nn.Parameter(torch.empty(self.weights, device="meta"))
        equation = f"{batched},{operands.split(',')[1]}->Z{left}"
        return as_module(lambda x: torch.einsum(equation, x, weight), weight=weight)


@dataclass(frozen=True)
class Cell(Kind):
    """One time step of a recurrent layer: reads a vector and, where it is not the first step, the state."""

    hidden: int
    gates: int = 1
    bias: bool = True

    word: ClassVar[str] = "cell"
    label: ClassVar[Text] = Text("recurrent cell", "循环单元（单步）")
    inputs: ClassVar[tuple[int, int | None]] = (1, 3)

    def shape(self, *xs: Shape) -> Quantity:
        """The state."""
        return Quantity(str(self.hidden), lambda: Shape((self.hidden,)))

    def _weights(self) -> str:
        gate = rf"{self.hidden} \cdot ($x[0] + {self.hidden})"
        return times(self.gates, gate)

    def parameters(self, *xs: Shape) -> Quantity:
        """For each gate weights on the input and on the state, and PyTorch's two bias vectors."""
        biases = 2 * self.gates * self.hidden if self.bias else 0
        formula = self._weights() + (rf" + 2 \cdot {times(self.gates, self.hidden)}" if self.bias else "")
        return Quantity(formula, lambda x: self.gates * self.hidden * (x[0] + self.hidden) + biases)

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The weights, once."""
        return Quantity(self._weights(), lambda x: self.gates * self.hidden * (x[0] + self.hidden))

    def window(self, *xs: Shape) -> Sees:
        """All that the state rests on."""
        return Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """`RNNCell`, `LSTMCell` or `GRUCell`; of an LSTM's two states the first."""
        import torch

        name = {4: "LSTMCell", 3: "GRUCell"}.get(self.gates, "RNNCell")
        cell = getattr(torch.nn, name)(xs[0][0], self.hidden, self.bias, device="meta")

        def step(x: Any, *states: Any) -> Any:
            if self.gates == 4:
                return cell(x, (states[0], states[-1]) if states else None)[0]
            return cell(x, *states[:1])

        return as_module(step, cell=cell)
