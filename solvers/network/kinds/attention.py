"""Multi-head attention and the Transformer's layers, on sequences `(n, d)`.

Multiply-adds are those of the projections, of the scores, and of the weighted sum of the values; softmax, norms and biases are not counted. A causal
mask hides scores but saves none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from solvers.network.kind import Kind, Quantity, Sees, as_module, inputs_named, over
from solvers.network.kinds.recurrent import sequence
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


def _heads_fit(x: Shape, heads: int) -> None:
    sequence(x)
    if x[1] % heads:
        raise Undefined(
            f"a width of {x[1]} cannot be divided among {heads} heads", f"宽度 {x[1]} 无法平均分给 {heads} 个头"
        )


@dataclass(frozen=True)
class Attention(Kind):
    """Multi-head attention: of a sequence to itself, to a memory (second input), or with keys and values of their own (second and third).

    The heads divide the width of the queries among themselves; there are four projections, of queries, keys, values and the output.
    """

    heads: int
    bias: bool = True
    causal: bool = False

    word: ClassVar[str] = "attention"
    label: ClassVar[Text] = Text("multi-head attention", "多头注意力")
    inputs: ClassVar[tuple[int, int | None]] = (1, 3)

    def shape(self, *xs: Shape) -> Quantity | None:
        """That of the queries."""
        _heads_fit(xs[0], self.heads)
        for x in xs[1:]:
            sequence(x)
        if len(xs) == 3 and xs[1][0] != xs[2][0]:
            raise Undefined(
                f"there are {xs[1][0]} keys and {xs[2][0]} values", f"键有 {xs[1][0]} 个，值却有 {xs[2][0]} 个"
            )
        return None

    def parameters(self, *xs: Shape) -> Quantity:
        """Four projections, the first and the last between vectors of the queries' width."""
        return _counted(_projections(inputs_named(len(xs)), self.bias), len(xs), self._wrong_parameters(len(xs)))

    def _wrong_parameters(self, count: int) -> dict[str, Any]:
        def weights(*xs: Shape, q: int = 1, k: int = 1, v: int = 1, o: int = 1) -> int:
            d, keys, values = xs[0][1], xs[min(1, count - 1)][1], xs[-1][1]
            biases = (q + k + v + o) * d if self.bias else 0
            return d * (q * d + k * keys + v * values + o * d) + biases

        wrong: dict[str, Any] = {
            "params/output-projection-left-out": lambda *xs: weights(*xs, o=0),
            "params/value-projection-left-out": lambda *xs: weights(*xs, v=0),
            "params/one-projection": lambda *xs: weights(*xs, k=0, v=0, o=0),
        }
        if self.heads > 1:
            wrong["params/multiplied-by-heads"] = lambda *xs: self.heads * weights(*xs)
        added = 4 if not self.bias else -4
        wrong["convention/no-bias" if self.bias else "convention/with-bias"] = lambda *xs: (
            weights(*xs) + added * xs[0][1]
        )
        return wrong

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The projections of all tokens, and for every query a score with every key and a sum over all values."""
        names = inputs_named(len(xs))
        query, key, value = names[0], names[min(1, len(names) - 1)], names[-1]

        def projections(*xs: Shape) -> int:
            d = xs[0][1]
            keys, values = xs[min(1, len(xs) - 1)], xs[-1]
            return 2 * xs[0][0] * d * d + keys[0] * keys[1] * d + values[0] * values[1] * d

        def products(*xs: Shape) -> int:
            return xs[0][0] * xs[-1][0] * xs[0][1]

        wrong: dict[str, Any] = {
            "attention/weighted-sum-uncounted": lambda *xs: projections(*xs) + products(*xs),
            "network/scores-uncounted": projections,
            "attention/output-projection-uncounted": lambda *xs: (
                projections(*xs) - xs[0][0] * xs[0][1] ** 2 + 2 * products(*xs)
            ),
        }
        if self.heads > 1:
            wrong["attention/heads-full-width"] = lambda *xs: projections(*xs) + 2 * self.heads * products(*xs)
        return _counted(
            (
                _attention_cost(query, key, value),
                lambda *xs: projections(*xs) + 2 * products(*xs),
            ),
            len(xs),
            wrong,
        )

    def window(self, *xs: Shape) -> Sees:
        """Every token sees every token (up to its own, with a causal mask)."""
        return Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.MultiheadAttention`, batch first."""
        import torch

        kdim, vdim = xs[min(1, len(xs) - 1)][1], xs[-1][1]
        layer = torch.nn.MultiheadAttention(
            xs[0][1], self.heads, bias=self.bias, kdim=kdim, vdim=vdim, batch_first=True, device="meta"
        )

        def attend(*tensors: Any) -> Any:
            query, key, value = tensors[0], tensors[min(1, len(tensors) - 1)], tensors[-1]
            return layer(query, key, value, need_weights=True)[0]

        return as_module(attend, layer=layer)


Counted = tuple[str, Any]
"""A formula and its rule over the shapes in order."""


def _counted(counted: Counted, inputs: int, wrong: dict[str, Any] | None = None) -> Quantity:
    formula, rule = counted
    return Quantity(formula, over(inputs, rule), {id: over(inputs, each) for id, each in (wrong or {}).items()})


def _projections(names: list[str], bias: bool) -> Counted:
    """The parameters of one attention over the inputs of these names."""
    d, keys, values = (f"${name}[1]" for name in (names[0], names[min(1, len(names) - 1)], names[-1]))
    biases = rf" + 4 \cdot {d}" if bias else ""
    if len(names) == 1:
        formula = rf"4 \cdot {d}^2{biases}"
    elif len(names) == 2:
        formula = rf"2 \cdot {d}^2 + 2 \cdot {keys} \cdot {d}{biases}"
    else:
        formula = rf"2 \cdot {d}^2 + {keys} \cdot {d} + {values} \cdot {d}{biases}"

    def count(*xs: Shape) -> int:
        width = xs[0][1]
        return width * (2 * width + xs[min(1, len(xs) - 1)][1] + xs[-1][1]) + (4 * width if bias else 0)

    return formula, count


def _attention_cost(query: str, key: str, value: str) -> str:
    """The formula for the multiply-adds of one attention over the inputs of these names."""
    n, d, m = f"${query}[0]", f"${query}[1]", f"${key}[0]"
    products = rf"2 \cdot {n} \cdot {m} \cdot {d}"
    if query == key:
        return rf"4 \cdot {n} \cdot {d}^2 + 2 \cdot {n}^2 \cdot {d}"
    if key == value:
        return rf"2 \cdot {n} \cdot {d}^2 + 2 \cdot {m} \cdot ${key}[1] \cdot {d} + {products}"
    separate = rf"{m} \cdot ${key}[1] \cdot {d} + ${value}[0] \cdot ${value}[1] \cdot {d}"
    return rf"2 \cdot {n} \cdot {d}^2 + {separate} + {products}"


@dataclass(frozen=True)
class EncoderLayer(Kind):
    """A Transformer encoder layer: self-attention and two linear maps with `ff` units between, each with a shortcut and a layer norm."""

    heads: int
    ff: int = 2048
    bias: bool = True
    activation: Literal["relu", "gelu"] = "relu"
    norm_first: bool = False

    word: ClassVar[str] = "encoder_layer"
    label: ClassVar[Text] = Text("Transformer encoder layer", "Transformer 编码器层")

    attentions: ClassVar[int] = 1

    def shape(self, *xs: Shape) -> Quantity | None:
        """That of the (first) input."""
        _heads_fit(xs[0], self.heads)
        if len(xs) == 2:
            sequence(xs[1])
            if xs[1][1] != xs[0][1]:
                raise Undefined(
                    f"the memory is {xs[1][1]} wide, and the layer {xs[0][1]}",
                    f"memory 的宽度为 {xs[1][1]}，而该层的宽度为 {xs[0][1]}",
                )
        return None

    def _parameters(self, d: int, *, attentions: int, norms: int, biases: int, linear: int = 2) -> int:
        weights = attentions * 4 * d * d + linear * d * self.ff
        shifts = 1 + biases
        return weights + biases * (attentions * 4 * d + (linear > 0) * self.ff + (linear > 1) * d) + norms * shifts * d

    def parameters(self, *xs: Shape) -> Quantity:
        """The attentions, the two linear maps, and a gain and a shift for each feature in every norm."""
        found, norms, b = self.attentions, self.attentions + 1, int(self.bias)

        def count(x: Shape, **changes: int) -> int:
            return self._parameters(x[1], **{"attentions": found, "norms": norms, "biases": b, **changes})

        wrong: dict[str, Any] = {
            "params/norm-left-out": lambda x: count(x, norms=0),
            "params/one-norm": lambda x: count(x, norms=1),
            "params/one-feed-forward-matrix": lambda x: count(x, linear=1),
            "params/output-projection-left-out": lambda x: count(x) - found * x[1] * (x[1] + b),
        }
        if found > 1:
            wrong["params/cross-attention-left-out"] = lambda x: count(x, attentions=1, norms=2)
        d, ff = "$x[1]", self.ff
        if self.bias:
            wrong["convention/no-bias"] = lambda x: (
                self._parameters(x[1], attentions=found, norms=0, biases=0) + norms * 2 * x[1]
            )
            wide = rf"\left({d} \cdot {ff} + {ff}\right) + \left({ff} \cdot {d} + {d}\right)"
            formula = rf"{4 * found} \cdot \left({d}^2 + {d}\right) + {wide} + {norms} \cdot 2 \cdot {d}"
        else:
            formula = rf"{4 * found} \cdot {d}^2 + 2 \cdot {d} \cdot {ff} + {norms} \cdot {d}"
        return Quantity(formula, lambda x: self._parameters(x[1], attentions=found, norms=norms, biases=b), wrong)

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """Attention to itself (and to the memory), and two linear maps at every place."""
        names = inputs_named(len(xs))
        n, d = "$x[0]", "$x[1]"
        pieces = [_attention_cost("x", name, name) for name in names]
        wide = rf"2 \cdot {n} \cdot {d} \cdot {self.ff}"

        def attend(x: Shape, memory: Shape, *, products: int = 2) -> int:
            width = x[1]
            return width * width * (2 * x[0] + 2 * memory[0]) + products * x[0] * memory[0] * width

        def count(*xs: Shape, linear: int = 2, products: int = 2) -> int:
            attended = sum(attend(xs[0], memory, products=products) for memory in xs)
            return attended + linear * xs[0][0] * xs[0][1] * self.ff

        wrong: dict[str, Any] = {
            "attention/weighted-sum-uncounted": lambda *xs: count(*xs, products=1),
            "network/scores-uncounted": lambda *xs: count(*xs, products=0),
            "params/one-feed-forward-matrix": lambda *xs: count(*xs, linear=1),
        }
        if len(xs) == 2:
            wrong["params/cross-attention-left-out"] = lambda *xs: count(xs[0])
        return _counted((" + ".join([*pieces, wide]), count), len(xs), wrong)

    def window(self, *xs: Shape) -> Sees:
        """Every token sees every token."""
        return Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.TransformerEncoderLayer`, batch first."""
        import torch

        layer = torch.nn.TransformerEncoderLayer if len(xs) == 1 else torch.nn.TransformerDecoderLayer
        return layer(
            xs[0][1],
            self.heads,
            self.ff,
            activation=self.activation,
            norm_first=self.norm_first,
            bias=self.bias,
            batch_first=True,
            device="meta",
        )


@dataclass(frozen=True)
class DecoderLayer(EncoderLayer):
    """A Transformer decoder layer: self-attention, attention to the memory (second input), and two linear maps."""

    word: ClassVar[str] = "decoder_layer"
    label: ClassVar[Text] = Text("Transformer decoder layer", "Transformer 解码器层")
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    attentions: ClassVar[int] = 2
