"""Receptive fields of a network's layers as steps: field, jump and start along every axis, through branches too.

The recurrences are those of Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks" (Distill, 2019). Where
branches meet, the field reaches from the least to the greatest end of theirs; the field over the shortest path is kept beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from inspect import Parameter, Signature
from typing import Any

from solvers.network.kind import Sees, Window
from solvers.network.model import Layer, step_name
from solvers.network.wiring import Wiring
from solvers.text import Text
from solvers.values import Value

_NO_WORDS = Text("", "")


@dataclass(frozen=True)
class Axis:
    """One axis of the maps: the ending of its steps' names, its letter, and its name in words. `Axis()` stands for all of them."""

    suffix: str = ""
    letter: str = ""
    words: Text = _NO_WORDS


_HEIGHT = Axis("_height", "H", Text(" (height)", "（高度方向）"))
_WIDTH = Axis("_width", "W", Text(" (width)", "（宽度方向）"))
_DEPTH = Axis("_depth", "D", Text(" (depth)", "（深度方向）"))
_AXES: dict[int, tuple[Axis, ...]] = {1: (Axis(),), 2: (_HEIGHT, _WIDTH), 3: (_DEPTH, _HEIGHT, _WIDTH)}


@dataclass(frozen=True)
class Place:
    """The steps that hold a layer's receptive field along one axis; `least` is the field over the shortest path."""

    field: str
    jump: str
    start: str
    least: str


Seen = tuple[Place, ...] | Sees
"""The fields of a layer along each axis, or why it has none."""


class Fields:
    """Declares the steps `field_...`, `jump_...`, `start_...` and, behind branches, `least_field_...` of a network's layers.

    `of` maps inputs and layers to what they see; `axes` are those along which the network's windows differ.
    """

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.axes = self._axes()
        self.of: dict[str, Seen] = {}
        self._known: dict[str, Any] = {}
        for name in wiring.network.inputs:
            self.of[name] = tuple(self._origin(name, axis) for axis in self.axes)
        for layer in wiring.layers:
            self.of[layer.name] = self._after(layer)

    def _axes(self) -> tuple[Axis, ...]:
        """One axis for all, if every window has the same settings along all of them."""
        windows = [
            w
            for layer in self.wiring.layers
            if isinstance(w := layer.kind.window(*self.wiring.inputs_of(layer)), Window)
        ]
        ranks = {len(window.kernel) for window in windows}
        alike = all(len(set(side)) <= 1 for w in windows for side in (w.kernel, w.stride, w.padding, w.dilation))
        return (Axis(),) if alike or len(ranks) != 1 else _AXES[ranks.pop()]

    def _declare(
        self, name: str, formula: str, symbol: str, words: Text, rule: Callable[..., Value], **inputs: str
    ) -> None:
        self.wiring.derivation.step(
            formula, symbol=symbol, name=name, en=words.en, zh=words.zh, final=True, inputs=inputs
        )(rule)
        self._known[name] = rule(**{parameter: self._known[source] for parameter, source in inputs.items()})

    def _origin(self, name: str, axis: Axis) -> Place:
        """One sample sees itself, and its centre lies half a sample from the border."""
        field, jump, start = (f"{what}_{step_name(name)}{axis.suffix}" for what in ("field", "jump", "start"))
        self._declare(field, "1", "r_0", Text("Field of one sample of the input", "一个输入样本的感受野"), lambda: 1)
        self._declare(jump, "1", "j_0", Text("Distance of neighbouring samples", "相邻输入样本的间距"), lambda: 1)
        self._declare(
            start,
            r"\frac{1}{2}",
            "c_0",
            Text("Centre of the first sample", "第一个输入样本的中心"),
            lambda: Fraction(1, 2),
        )
        return Place(field, jump, start, field)

    def _after(self, layer: Layer) -> Seen:
        before = [self.of[source] for source in layer.inputs]
        window = layer.kind.window(*self.wiring.inputs_of(layer))
        for blind in (Sees.UNKNOWN, Sees.EVERYTHING):
            if blind in before or window is blind:
                return blind
        paths = [seen for seen in before if isinstance(seen, tuple)]
        places = []
        for index, axis in enumerate(self.axes):
            met = self._met(layer, list(dict.fromkeys(path[index] for path in paths)), axis)
            if met is None:
                return Sees.UNKNOWN
            places.append(self._through(layer, met, window, index, axis) if isinstance(window, Window) else met)
        return tuple(places)

    def _met(self, layer: Layer, places: list[Place], axis: Axis) -> Place | None:
        """The field where paths meet; None where their units do not lie equally far apart, so that nothing can be said."""
        if len(places) == 1:
            return places[0]
        if len({self._known[place.jump] for place in places}) > 1:
            return None
        own = self._names(layer, axis)
        sub = self._subscript(layer, axis)
        aligned = len({self._known[place.start] for place in places}) == 1
        inputs = {f"r{i}": place.field for i, place in enumerate(places, 1)}
        field = Text(f"Receptive field of {layer.name}{axis.words.en}", f"{layer.name}{axis.words.zh}的感受野")
        if aligned:
            widest = rf"\max\left({', '.join(f'${name}' for name in inputs)}\right)"
            self._declare(own.field, widest, f"r_{{{sub}}}", field, _over(inputs, max), **inputs)
            start = places[0].start
        else:
            inputs |= {f"c{i}": place.start for i, place in enumerate(places, 1)}
            first = ", ".join(rf"$c{i} - \frac{{$r{i}}}{{2}}" for i in range(1, len(places) + 1))
            last = ", ".join(rf"$c{i} + \frac{{$r{i}}}{{2}}" for i in range(1, len(places) + 1))
            low, high = rf"\min\left({first}\right)", rf"\max\left({last}\right)"
            self._declare(own.field, f"{high} - {low}", f"r_{{{sub}}}", field, _over(inputs, _extent), **inputs)
            centre = Text(
                f"Centre of the first field of {layer.name}{axis.words.en}",
                f"{layer.name}{axis.words.zh}第一个感受野的中心",
            )
            formula = rf"\frac{{{low} + {high}}}{{2}}"
            self._declare(own.start, formula, f"c_{{{sub}}}", centre, _over(inputs, _middle), **inputs)
            start = own.start
        nearest = {f"r{i}": place.least for i, place in enumerate(places, 1)}
        narrowest = rf"\min\left({', '.join(f'${name}' for name in nearest)}\right)"
        self._declare(
            own.least, narrowest, rf"r^{{\min}}_{{{sub}}}", _least(layer, axis), _over(nearest, min), **nearest
        )
        return Place(own.field, places[0].jump, start, own.least)

    def _through(self, layer: Layer, before: Place, window: Window, index: int, axis: Axis) -> Place:
        """The steps of one window along one axis."""
        k, s, p, d = (side[index] for side in (window.kernel, window.stride, window.padding, window.dilation))
        if (k, s, p) == (1, 1, 0):
            return before
        own, sub, name = self._names(layer, axis), self._subscript(layer, axis), layer.name
        growth = f"({k} - 1)" if d == 1 else f"{d}({k} - 1)"
        wrong = self.wiring.derivation.misconception
        en, zh = axis.words.en, axis.words.zh

        jump = Text(f"Jump of {name}{en}: input samples between neighbouring units", f"{name}{zh}的间距")
        self._declare(own.jump, rf"$jump \cdot {s}", f"j_{{{sub}}}", jump, lambda jump: jump * s, jump=before.jump)
        wrong("receptive/strides-not-multiplied", replaces=own.jump)(lambda: s)
        wrong("receptive/strides-added", replaces=own.jump, jump=before.jump)(lambda jump: jump + s)

        def grow(field: int, jump: int) -> int:
            return field + d * (k - 1) * jump

        formula = rf"$field + {growth} \cdot $jump"
        words = Text(f"Receptive field of {name}{en}", f"{name}{zh}的感受野")
        self._declare(own.field, formula, f"r_{{{sub}}}", words, grow, field=before.field, jump=before.jump)
        for id, rule in _wrong_fields(k, s, d).items():
            wrong(id, replaces=own.field, inputs={"field": before.field, "jump": before.jump})(rule)
        wrong("receptive/jump-for-field", replaces=own.field, own=own.jump)(lambda own: own)

        self._declare(
            own.start,
            rf"$start + \left(\frac{{{growth}}}{{2}} - {p}\right) \cdot $jump",
            f"c_{{{sub}}}",
            Text(f"Centre of the first field of {name}{en}", f"{name}{zh}第一个感受野的中心"),
            lambda start, jump: start + (Fraction(d * (k - 1), 2) - p) * jump,
            start=before.start,
            jump=before.jump,
        )
        if before.least == before.field:
            return Place(own.field, own.jump, own.start, own.field)
        symbol = rf"r^{{\min}}_{{{sub}}}"
        self._declare(own.least, formula, symbol, _least(layer, axis), grow, field=before.least, jump=before.jump)
        return own

    def _names(self, layer: Layer, axis: Axis) -> Place:
        return Place(*(f"{what}_{layer.step}{axis.suffix}" for what in ("field", "jump", "start", "least_field")))

    def _subscript(self, layer: Layer, axis: Axis) -> str:
        return f"{layer.symbol}, {axis.letter}" if axis.letter else layer.symbol


def _least(layer: Layer, axis: Axis) -> Text:
    return Text(
        f"Receptive field of {layer.name}{axis.words.en} over the shortest path",
        f"{layer.name}{axis.words.zh}沿最短路径的感受野",
    )


def _wrong_fields(k: int, s: int, d: int) -> dict[str, Callable[..., Value]]:
    wrong: dict[str, Any] = {
        "receptive/strides-ignored": lambda field: field + d * (k - 1),
        "receptive/own-stride-counted": lambda field, jump: field + d * (k - 1) * jump * s,
        "receptive/kernels-summed": lambda field: field + k,
    }
    if d > 1:
        wrong["receptive/ignored-dilation"] = lambda field, jump: field + (k - 1) * jump
    return wrong


def _over(names: dict[str, str], function: Callable[..., Value]) -> Callable[..., Value]:
    """The function as a rule over so many parameters."""

    def rule(**values: Value) -> Value:
        return function(list(values.values()))

    # The step graph reads a rule's inputs from its signature, and here their number differs.
    rule.__signature__ = Signature([Parameter(name, Parameter.KEYWORD_ONLY) for name in names])  # type: ignore[attr-defined]
    return rule


def _ends(fields_and_centres: list[Value]) -> tuple[Fraction, Fraction]:
    half = len(fields_and_centres) // 2
    both = list(zip(fields_and_centres[:half], fields_and_centres[half:], strict=True))
    return min(c - Fraction(r) / 2 for r, c in both), max(c + Fraction(r) / 2 for r, c in both)


def _extent(fields_and_centres: list[Value]) -> Value:
    low, high = _ends(fields_and_centres)
    return high - low


def _middle(fields_and_centres: list[Value]) -> Value:
    low, high = _ends(fields_and_centres)
    return (low + high) / 2
