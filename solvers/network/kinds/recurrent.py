"""Recurrent layers on sequences `(n, d)`: plain, LSTM and GRU, stacked, in both directions, with projections; biases as PyTorch has them.

Multiply-adds are those of the weights, at every time step; products of gates with states are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from solvers.network.kind import Kind, Quantity, Sees, as_module, times
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape


def sequence(x: Shape) -> None:
    """Raises Undefined unless `x` is a sequence of vectors."""
    if len(x) != 2:
        shown = " × ".join(map(str, x))
        raise Undefined(
            f"it takes a sequence of vectors (n × d), and gets {shown}", f"输入应为向量序列（n × d），实际为 {shown}"
        )


def _product(terms: list[str], *factors: object) -> str:
    """A sum, in brackets if it has several terms and there are factors other than 1, times these factors."""
    if all(factor == 1 for factor in factors):
        return " + ".join(terms)
    return times(*factors, terms[0] if len(terms) == 1 else rf"\left({' + '.join(terms)}\right)")


@dataclass(frozen=True)
class Recurrent(Kind):
    """What recurrent layers share. `returns` is every state of the last layer, or its last ones (of both directions, joined)."""

    hidden: int
    layers: int = 1
    bidirectional: bool = False
    bias: bool = True
    returns: Literal["sequence", "last"] = "sequence"

    gates: ClassVar[int]
    module: ClassVar[str]

    def _projected(self) -> int:
        """The width of a projection of the states; 0 for none."""
        return 0

    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _state(self) -> int:
        """How wide the states are that are fed back and handed on."""
        return self._projected() or self.hidden

    def shape(self, *xs: Shape) -> Quantity:
        """The states of both directions side by side, for every time step or for the last."""
        sequence(xs[0])
        width = times(self._directions(), self._state())
        wrong: dict[str, Any] = {}
        every, last = (lambda x: Shape((x[0], self._width()))), (lambda: Shape((self._width(),)))
        if self._directions() == 2:
            one = self._state()
            wrong["params/output-reads-one-direction"] = (
                (lambda x: Shape((x[0], one))) if self.returns == "sequence" else lambda: Shape((one,))
            )
        if self.returns == "last":
            return Quantity(width, lambda: Shape((self._width(),)), {**wrong, "network/whole-sequence": every})
        return Quantity(rf"$x[0] \times {width}", every, {**wrong, "network/last-state-only": last})

    def _width(self) -> int:
        return self._directions() * self._state()

    def _biases(self) -> int:
        """Of one layer in one direction."""
        return 2 * self.gates * self.hidden if self.bias else 0

    def _weights(self, width: int) -> int:
        """Of one layer in one direction that reads vectors of this width."""
        return self.gates * self.hidden * (width + self._state()) + self._projected() * self.hidden

    def _count(self, width: int, biases: int) -> int:
        first = self._weights(width) + biases
        further = self._weights(self._width()) + biases
        return self._directions() * (first + (self.layers - 1) * further)

    def _terms(self, width: str, biases: bool) -> list[str]:
        """What one layer has in one direction: the gates, and the projection."""
        weights = rf"{self.hidden} \cdot ({width} + {self._state()})"
        gate = rf"\left({weights} + 2 \cdot {self.hidden}\right)" if biases and self.bias else weights
        projection = [rf"{self._projected()} \cdot {self.hidden}"] if self._projected() else []
        if self.gates == 1:
            return [weights, *([rf"2 \cdot {self.hidden}"] if biases and self.bias else [])]
        return [rf"{self.gates} \cdot {gate}", *projection]

    def _formula(self, *, biases: bool, steps: str | int = 1) -> str:
        """The weights, with or without the biases, of all layers and directions, times the steps."""
        terms = self._terms("$x[1]", biases)
        if self.layers > 1:
            further = self._terms(times(self._directions(), self._state()), biases)
            terms += further if self.layers == 2 else [_product(further, self.layers - 1)]
        return _product(terms, steps, self._directions())

    def parameters(self, *xs: Shape) -> Quantity:
        """For each gate weights on the input and on the state, and PyTorch's two bias vectors; for every layer and direction."""

        def count(x: Shape) -> int:
            return self._count(x[1], self._biases())

        wrong: dict[str, Any] = {
            "params/recurrent-weights-left-out": lambda x: self._without(x[1], state=True),
            "params/input-weights-left-out": lambda x: self._without(x[1], state=False),
            "params/weights-per-time-step": lambda x: x[0] * count(x),
        }
        if self.gates > 1:
            wrong["params/one-gate"] = lambda x: self._like(gates=1, x=x)
            wrong["params/candidate-left-out"] = lambda x: self._like(gates=self.gates - 1, x=x)
        if self.gates == 3:
            wrong["params/gru-with-four-gates"] = lambda x: self._like(gates=4, x=x)
        if self.bidirectional:
            wrong["params/one-direction"] = lambda x: replace(self, bidirectional=False)._count(x[1], self._biases())
        if self.layers > 1:
            wrong["params/one-layer"] = lambda x: replace(self, layers=1)._count(x[1], self._biases())
            wrong["params/layers-alike"] = lambda x: self.layers * replace(self, layers=1)._count(x[1], self._biases())
        if self.bias:
            wrong["convention/one-bias-vector"] = lambda x: self._count(x[1], self._biases() // 2)
            wrong["convention/no-bias"] = lambda x: self._count(x[1], 0)
        else:
            wrong["convention/with-bias"] = lambda x: self._count(x[1], 2 * self.gates * self.hidden)
        return Quantity(self._formula(biases=True), count, wrong)

    def _like(self, gates: int, x: Shape) -> int:
        """The parameters if there were so many gates."""
        biases = self._biases() // self.gates * gates
        weights = [self._weights(width) - self._projected() * self.hidden for width in (x[1], self._width())]
        first, further = (w // self.gates * gates + self._projected() * self.hidden + biases for w in weights)
        return self._directions() * (first + (self.layers - 1) * further)

    def _without(self, width: int, *, state: bool) -> int:
        """The parameters without the weights on the state, or without those on the input."""
        lost = [self._state()] * 2 if state else [width, self._width()]
        first, further = (self.gates * self.hidden * w for w in lost)
        return self._count(width, self._biases()) - self._directions() * (first + (self.layers - 1) * further)

    def multiply_adds(self, *xs: Shape) -> Quantity:
        """The weights, once at every time step."""
        wrong: dict[str, Any] = {"cost/positions-left-out": lambda x: self._count(x[1], 0)}
        formula = self._formula(biases=False, steps="$x[0]")
        return Quantity(formula, lambda x: x[0] * self._count(x[1], 0), wrong)

    def window(self, *xs: Shape) -> Sees:
        """A state rests on all that came before it (and after it, in the other direction)."""
        return Sees.EVERYTHING

    def real(self, *xs: Shape) -> Any:
        """`torch.nn.RNN`, `LSTM` or `GRU`, and what is taken of its output."""
        import torch

        projection = {"proj_size": self._projected()} if self._projected() else {}
        layer = getattr(torch.nn, self.module)(
            xs[0][1],
            self.hidden,
            self.layers,
            bias=self.bias,
            batch_first=True,
            bidirectional=self.bidirectional,
            device="meta",
            **projection,
        )
        return _taking(layer, self._directions() if self.returns == "last" else 0)


def _taking(layer: Any, last: int) -> Any:
    """The layer with its states alone, or the last state of each of so many directions side by side, for an output."""
    import torch

    def take(x: Any) -> Any:
        states, final = layer(x)
        if not last:
            return states
        hidden = final[0] if isinstance(final, tuple) else final
        return torch.cat(tuple(hidden[-last:]), -1)

    return as_module(take, layer=layer)


@dataclass(frozen=True)
class Rnn(Recurrent):
    """A plain recurrent layer."""

    activation: Literal["tanh", "relu"] = "tanh"

    word: ClassVar[str] = "rnn"
    label: ClassVar[Text] = Text("RNN", "RNN")
    gates: ClassVar[int] = 1
    module: ClassVar[str] = "RNN"


@dataclass(frozen=True)
class Lstm(Recurrent):
    """Long short-term memory: three gates and a candidate. `projection` narrows the hidden state that is fed back and handed on."""

    projection: int = 0

    word: ClassVar[str] = "lstm"
    label: ClassVar[Text] = Text("LSTM", "LSTM")
    gates: ClassVar[int] = 4
    module: ClassVar[str] = "LSTM"

    def _projected(self) -> int:
        return self.projection


@dataclass(frozen=True)
class Gru(Recurrent):
    """A gated recurrent unit: two gates and a candidate."""

    word: ClassVar[str] = "gru"
    label: ClassVar[Text] = Text("GRU", "GRU")
    gates: ClassVar[int] = 3
    module: ClassVar[str] = "GRU"
