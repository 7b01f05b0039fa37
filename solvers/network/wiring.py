"""A network's layers as steps of a derivation: shapes, parameters, multiply-adds and activations (receptive fields: `fields`).

Every layer contributes the steps that its kind describes, wired to those of the layers that it reads; a layer that changes nothing (an
activation's shape, say) contributes none, and stands for the step before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from solvers.derivation import Derivation, is_convention
from solvers.network.kind import Quantity, Window, inputs_named, quantity_of, window_of
from solvers.network.model import Layer, Network, NetworkError, step_name
from solvers.rules import parameters_of, sum_of, times
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape

NUMBER_BYTES = 4  # of a float32
_LETTERS = {1: ("n",), 2: ("n", "d"), 3: ("C", "H", "W"), 4: ("C", "D", "H", "W")}
_SIGNAL = ("C", "L")


def shapes_of(network: Network, x: Shape) -> dict[str, Shape]:
    """The shape of every input and every layer's output, by the layers' own rules; `x` is that of the first input.

    Raises NetworkError, which names the layer, where they do not fit.
    """
    found = dict(network.inputs)
    found[next(iter(found))] = x
    for layer in network.by_name.values():
        xs = tuple(found[source] for source in layer.inputs)
        try:
            quantity = quantity_of(layer.kind, "shape", xs)
            shape = xs[0] if quantity is None else _of_shapes(quantity, xs)
        except Undefined as reason:
            raise _misfit(network, layer, reason.text) from None
        except (ArithmeticError, ValueError, TypeError, IndexError) as reason:
            raise _misfit(network, layer, Text(str(reason), str(reason))) from None
        found[layer.name] = shape
    return found


def _of_shapes(quantity: Quantity, xs: tuple[Shape, ...]) -> Shape:
    wanted = parameters_of(quantity.rule)
    value = quantity.rule(**{n: x for n, x in zip(inputs_named(len(xs)), xs, strict=True) if n in wanted})
    assert isinstance(value, Shape)
    return value


def _misfit(network: Network, layer: Layer, reason: Text) -> NetworkError:
    return NetworkError(
        f"{network.name}: the layer {layer.name} ({layer.kind.label.en}) does not fit: {reason.en}.",
        f"{network.name}：{layer.name} 层（{layer.kind.label.zh}）不合适：{reason.zh}。",
    )


class Wiring:
    """Declares steps for the layers of a network, and knows which step holds what.

    `shape`, `parameters`, `multiply_adds` and `activations` map layers to steps. Layers left out of `layers` contribute nothing; those that the kept ones rest on must be among them.
    """

    def __init__(
        self, derivation: Derivation, network: Network, x: Shape, layers: Iterable[Layer] | None = None
    ) -> None:
        self.derivation = derivation
        self.network = network
        self.layers = tuple(network.by_name.values() if layers is None else layers)
        self.shapes = shapes_of(network, x)
        self.shape: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        self.multiply_adds: dict[str, str] = {}
        self.activations: dict[str, str] = {}
        self._letters: dict[str, tuple[str, ...]] = {}
        self._declare_inputs()

    # ------------------------------------------------------------------------------------------------------ shapes

    def _declare_inputs(self) -> None:
        for index, (name, shape) in enumerate(self.network.inputs.items()):
            readers = [layer for layer in self.layers if name in layer.inputs]
            signal = len(shape) == 2 and any(isinstance(r.kind.window(shape), Window) for r in readers)
            letters = _SIGNAL if signal else _LETTERS.get(len(shape), ())
            self._letters[name] = letters
            self.shape[name] = f"shape_{step_name(name)}"

            def first(x: Shape) -> Shape:
                return x

            def further(*, shape: Shape = shape) -> Shape:
                return shape

            self.derivation.step(
                "$x" if index == 0 else r" \times ".join(map(str, shape)),
                symbol=rf"\mathrm{{shape}}(\text{{{name}}})",
                name=self.shape[name],
                en=f"Shape of {name}",
                zh=f"{name} 的形状",
                final=True,
                elements=letters if len(self.network.inputs) == 1 else _subscripted(letters, rf"\text{{{name}}}"),
            )(first if index == 0 else further)

    def add_shapes(self) -> None:
        """Adds a step `shape_...` for each layer that changes the shape of what it reads."""
        for layer in self.layers:
            xs = self.inputs_of(layer)
            quantity = quantity_of(layer.kind, "shape", xs)
            letters = self._letters[layer.name] = self._letters_of(layer, xs)
            if quantity is None:
                self.shape[layer.name] = self.shape[layer.inputs[0]]
                continue
            self._add(
                layer,
                "shape",
                quantity,
                rf"\mathrm{{shape}}({layer.symbol})",
                _SHAPE,
                _subscripted(letters, layer.symbol),
            )
            self.shape[layer.name] = f"shape_{layer.step}"

    def _letters_of(self, layer: Layer, xs: tuple[Shape, ...]) -> tuple[str, ...]:
        """Letters for the axes of a layer's output: those of what it reads, where they fit."""
        axes = len(self.shapes[layer.name])
        before = self._letters[layer.inputs[0]] if layer.inputs else ()
        if len(before) == axes:
            return tuple(before[axis] for axis in layer.kind.order(*xs) or range(axes))
        return _SIGNAL if axes == 2 and isinstance(window_of(layer.kind, xs), Window) else _LETTERS.get(axes, ())

    def inputs_of(self, layer: Layer) -> tuple[Shape, ...]:
        """The shapes that a layer reads."""
        return tuple(self.shapes[source] for source in layer.inputs)

    def _add(
        self, layer: Layer, what: str, quantity: Quantity, symbol: str, words: Text, elements: tuple[str, ...] = ()
    ) -> None:
        name = f"{what}_{layer.step}"
        inputs = dict(zip(inputs_named(len(layer.inputs)), (self.shape[s] for s in layer.inputs), strict=True))
        if what != "shape":
            inputs["y"] = self.shape[layer.name]
        self.derivation.step(
            quantity.formula,
            symbol=symbol,
            name=name,
            en=words.en.format(layer=layer.name),
            zh=words.zh.format(layer=layer.name),
            final=True,
            elements=elements,
            inputs=inputs,
        )(quantity.rule)
        for id, rule in quantity.wrong.items():
            declare = self.derivation.convention if is_convention(id) else self.derivation.misconception
            declare(id, replaces=name, inputs=inputs)(rule)

    # ------------------------------------------------------------------------------------------------------ counts

    def add_parameters(self, layers: Iterable[Layer] | None = None) -> None:
        """Adds a step `params_...` for each layer (or each of some) that learns something of its own."""
        for layer in self.layers if layers is None else layers:
            quantity = quantity_of(layer.kind, "parameters", self.inputs_of(layer)) if layer.shares is None else None
            if quantity is not None:
                self._add(layer, "params", quantity, rf"N_{{{layer.symbol}}}", _PARAMETERS)
                self.parameters[layer.name] = f"params_{layer.step}"

    def add_multiply_adds(self, layers: Iterable[Layer] | None = None) -> None:
        """Adds a step `macs_...` for each layer (or each of some) that multiplies and adds."""
        for layer in self.layers if layers is None else layers:
            quantity = quantity_of(layer.kind, "multiply_adds", self.inputs_of(layer))
            if quantity is not None:
                doubled = {"convention/additions-counted": times(2, quantity.rule)}
                quantity = replace(quantity, wrong={**quantity.wrong, **doubled})
                self._add(layer, "macs", quantity, rf"M_{{{layer.symbol}}}", _MULTIPLY_ADDS)
                self.multiply_adds[layer.name] = f"macs_{layer.step}"

    def add_activations(self) -> None:
        """Adds a step `memory_...` for each layer: the bytes of its output in float32."""
        for layer in self.layers:
            axes = [f"$y[{axis}]" for axis in range(len(self.shapes[layer.name]))]
            formula = r" \cdot ".join([str(NUMBER_BYTES), *axes])
            quantity = Quantity(formula, lambda y: NUMBER_BYTES * math.prod(y))
            self._add(layer, "memory", quantity, rf"A_{{{layer.symbol}}}", _ACTIVATIONS)
            self.activations[layer.name] = f"memory_{layer.step}"

    def add_total(self, name: str, steps: Mapping[str, str], symbol: str, words: Text) -> None:
        """Adds a step that is the sum of the given ones; 0 where there are none."""
        names = list(dict.fromkeys(steps.values()))
        self.derivation.step(
            " + ".join(f"${step}" for step in names) or "0",
            symbol=symbol,
            name=name,
            en=words.en,
            zh=words.zh,
            final=True,
        )(sum_of(*names))


def _subscripted(letters: tuple[str, ...], layer: str) -> tuple[str, ...]:
    return tuple(f"{letter}_{{{layer}}}" for letter in letters)


_SHAPE = Text("Output shape of {layer}", "{layer} 的输出形状")
_PARAMETERS = Text("Parameters of {layer}", "{layer} 的参数量")
_MULTIPLY_ADDS = Text("Multiply-adds of {layer}", "{layer} 的乘加次数")
_ACTIVATIONS = Text("Bytes of the output of {layer}", "{layer} 的输出所占字节数")
