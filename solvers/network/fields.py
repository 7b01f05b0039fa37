"""Receptive fields of a network's layers as steps: field, jump and start along every axis, through branches too.

The recurrences are those of Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks" (Distill, 2019). Where
branches meet, the field reaches from the least to the greatest end of theirs; the field over the shortest path is kept beside it. Behind
upsampling, neighbouring units may see differently many samples: the field is then the largest of them, the jump a fraction, and the start that of
fields centred on their units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from solvers.network.growth import Distances, Growth, extent, growing, halves, middle, wrong_fields
from solvers.network.kind import Sees, Window, window_of
from solvers.network.model import Layer, step_name
from solvers.network.phases import Reach, TooManyPhasesError
from solvers.network.wiring import Wiring
from solvers.rules import taking
from solvers.text import Text
from solvers.values import Value, latex, normal

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
    """The steps that hold a layer's receptive field along one axis; `least` is the field over the shortest path.

    `grid` is the jump on which fields can end: that of the layer itself, or behind upsampling that of the layer before it. `reach` and
    `nearest` are what each unit sees, over all paths and over the shortest.
    """

    field: str
    jump: str
    start: str
    least: str
    grid: str
    reach: Reach
    nearest: Reach


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
        self._features: dict[str, int] = {}
        for name in wiring.network.inputs:
            self._features[name] = self._features_of_input(name)
            self.of[name] = tuple(self._origin(name, axis) for axis in self.axes)
        for layer in wiring.layers:
            self.of[layer.name] = self._after(layer)

    def _axes(self) -> tuple[Axis, ...]:
        """One axis for all, if every window has the same settings along all of them."""
        windows = [
            w
            for layer in self.wiring.layers
            if isinstance(w := window_of(layer.kind, self.wiring.inputs_of(layer)), Window)
        ]
        ranks = {len(window.kernel) for window in windows}
        alike = all(len({window.along(axis) for axis in range(len(window.kernel))}) == 1 for window in windows)
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
        return Place(field, jump, start, field, jump, Reach(), Reach())

    def _after(self, layer: Layer) -> Seen:
        before = [self.of[source] for source in layer.inputs]
        window = self._window(layer)
        if window is Sees.EVERYTHING or (Sees.EVERYTHING in before and window is not Sees.UNKNOWN):
            return Sees.EVERYTHING
        if window is Sees.UNKNOWN or Sees.UNKNOWN in before:
            return Sees.UNKNOWN
        paths = [seen for seen in before if isinstance(seen, tuple)]
        if not paths:
            return Sees.NOTHING
        try:
            places = [self._along(layer, [path[i] for path in paths], window, i) for i in range(len(self.axes))]
        except TooManyPhasesError:
            return Sees.UNKNOWN
        return tuple(place for place in places if place is not None) if None not in places else Sees.UNKNOWN

    def _features_of_input(self, name: str) -> int:
        """Which axis of an input is that of channels or features, not of places: the first of maps and signals, the last of sequences."""
        x = self.wiring.shapes[name]
        readers = [layer for layer in self.wiring.layers if name in layer.inputs]
        signal = any(isinstance(window_of(r.kind, self.wiring.inputs_of(r)), Window) for r in readers)
        return 1 if len(x) == 2 and not signal else 0

    def _window(self, layer: Layer) -> Window | Sees:
        """What a unit sees of the layer before it, where it may depend on which axis is that of the features."""
        xs = self.wiring.inputs_of(layer)
        window = window_of(layer.kind, xs)
        axes = len(self.wiring.shapes[layer.name])
        if not xs or isinstance(window, Window):
            self._features[layer.name] = 0
            return window
        features, order = self._features[layer.inputs[0]], layer.kind.order(*xs)
        if order is not None:
            self._features[layer.name] = order.index(features)
        else:
            last = features == len(xs[0]) - 1 if len(xs[0]) > 1 else axes == 2
            self._features[layer.name] = axes - 1 if last else min(features, axes - 1)
        mixed = set(layer.kind.mixes(*xs))
        if len(xs[0]) == 1 or not mixed:
            return window
        places = set(range(len(xs[0]))) - {features}
        if not mixed & places:
            return Sees.OWN_PLACE
        return Sees.EVERYTHING if places <= mixed else Sees.UNKNOWN

    def _along(self, layer: Layer, places: list[Place], window: Window | Sees, index: int) -> Place | None:
        axis = self.axes[index]
        met = self._met(layer, list(dict.fromkeys(places)), axis)
        return self._through(layer, met, window, index, axis) if met and isinstance(window, Window) else met

    def _met(self, layer: Layer, places: list[Place], axis: Axis) -> Place | None:
        """The field where paths meet; None where their units do not lie equally far apart, so that nothing can be said."""
        if len(places) == 1:
            return places[0]
        if len({self._known[place.jump] for place in places}) > 1:
            return None
        names, sub = self._names(layer, axis), self._subscript(layer, axis)
        reach = places[0].reach.joined(*(place.reach for place in places[1:]))
        nearest = min((place.nearest for place in places), key=lambda each: each.largest)
        inputs = {f"r{i}": place.field for i, place in enumerate(places, 1)}
        widest = rf"\max\left({', '.join(f'${name}' for name in inputs)}\right)"
        largest = max(self._known[place.field] for place in places)
        start = places[0].start
        words = Text(f"Receptive field of {layer.name}{axis.words.en}", f"{_of(layer, axis)}的感受野")
        if len({self._known[place.start] for place in places}) == 1:
            more = reach.largest - largest
            formula = widest if more == 0 else f"{widest} + {more}"
            rule = taking(inputs, lambda r: max(r.values()) + more)
            self._declare(names["field"], formula, f"r_{{{sub}}}", words, rule, **inputs)
        else:
            start = self._apart(layer, places, reach, axis)
        shortest = {f"r{i}": place.least for i, place in enumerate(places, 1)}
        narrowest = rf"\min\left({', '.join(f'${name}' for name in shortest)}\right)"
        rule = taking(shortest, lambda r: min(r.values()))
        self._declare(names["least"], narrowest, rf"r^{{\min}}_{{{sub}}}", _least(layer, axis), rule, **shortest)
        grid = max(places, key=lambda place: self._known[place.grid]).grid
        return Place(names["field"], places[0].jump, start, names["least"], grid, reach, nearest)

    def _apart(self, layer: Layer, places: list[Place], reach: Reach, axis: Axis) -> str:
        """The field and its centre where paths meet whose fields are centred differently: from the first end to the last."""
        names, sub, count = self._names(layer, axis), self._subscript(layer, axis), len(places)
        inputs = {f"r{i}": place.field for i, place in enumerate(places, 1)}
        inputs |= {f"c{i}": place.start for i, place in enumerate(places, 1)}
        first = ", ".join(rf"$c{i} - \frac{{$r{i}}}{{2}}" for i in range(1, count + 1))
        last = ", ".join(rf"$c{i} + \frac{{$r{i}}}{{2}}" for i in range(1, count + 1))
        low, high = rf"\min\left({first}\right)", rf"\max\left({last}\right)"
        more = reach.largest - extent(*([self._known[getattr(p, what)] for p in places] for what in ("field", "start")))
        formula = f"{high} - {low}" if more == 0 else f"{high} - {low} + {latex(more)}".replace("+ -", "- ")

        def ends_apart(values: dict[str, Value]) -> Value:
            return extent(*halves(values)) + more

        def between(values: dict[str, Value]) -> Value:
            return middle(*halves(values))

        words = Text(f"Receptive field of {layer.name}{axis.words.en}", f"{_of(layer, axis)}的感受野")
        self._declare(names["field"], formula, f"r_{{{sub}}}", words, taking(inputs, ends_apart), **inputs)
        centre = Text(
            f"Centre of the first field of {layer.name}{axis.words.en}",
            f"{_of(layer, axis)}第一个感受野的中心",
        )
        formula = rf"\frac{{{low} + {high}}}{{2}}"
        self._declare(names["start"], formula, f"c_{{{sub}}}", centre, taking(inputs, between), **inputs)
        return names["start"]

    def _through(self, layer: Layer, before: Place, window: Window, index: int, axis: Axis) -> Place:
        """The steps of one window along one axis."""
        k, s, p, d, u = window.along(index)
        if (k, s, p, u) == (1, 1, 0, 1):
            return before
        names, sub, name = self._names(layer, axis), self._subscript(layer, axis), layer.name
        en = axis.words.en

        jump = before.jump if s == u else self._jump(layer, before, s, u, axis)
        distances = Distances(self._known[before.jump], self._known[before.grid], before.jump, before.grid)
        reach = before.reach.through(k, s, p, d, u)
        growth = growing(reach.largest, self._known[before.field], distances, (k, d, u))
        words = Text(f"Receptive field of {name}{en}", f"{_of(layer, axis)}的感受野")
        self._grow(names["field"], f"r_{{{sub}}}", words, before.field, growth)
        wrong = self.wiring.derivation.misconception
        if u == 1:
            for id, rule in wrong_fields(k, s, p, d).items():
                wrong(id, replaces=names["field"], inputs={"field": before.field, "jump": before.jump})(rule)
        wrong("receptive/jump-for-field", replaces=names["field"], own=jump)(lambda own: own)

        start = self._start(layer, before, (k, p, d, u), reach, axis)
        grid = jump if len(reach.ends) == 1 else before.grid
        if before.least == before.field:
            return Place(names["field"], jump, start, names["field"], grid, reach, reach)
        nearest = before.nearest.through(k, s, p, d, u)
        growth = growing(nearest.largest, self._known[before.least], distances, (k, d, u))
        self._grow(names["least"], rf"r^{{\min}}_{{{sub}}}", _least(layer, axis), before.least, growth)
        return Place(names["field"], jump, start, names["least"], grid, reach, nearest)

    def _start(self, layer: Layer, before: Place, settings: tuple[int, int, int, int], reach: Reach, axis: Axis) -> str:
        """The centre of the first field; the step before it where the window moves nothing."""
        k, p, d, u = settings
        moved = Fraction(d * (k - 1), 2) - p
        start = self._known[before.start] + moved * self._known[before.jump] / u
        more = reach.middle - start if len(reach.ends) == 1 else Fraction(0)
        if moved == more == 0:
            return before.start
        own, name = self._names(layer, axis)["start"], layer.name
        growth = f"({k} - 1)" if d == 1 else rf"{d} \cdot ({k} - 1)"
        distance = "$jump" if u == 1 else rf"\frac{{$jump}}{{{u}}}"
        formula = rf"$start + \left(\frac{{{growth}}}{{2}} - {p}\right) \cdot {distance}"
        self._declare(
            own,
            formula if more == 0 else f"{formula} + {latex(more)}".replace("+ -", "- "),
            f"c_{{{self._subscript(layer, axis)}}}",
            Text(f"Centre of the first field of {name}{axis.words.en}", f"{_of(layer, axis)}第一个感受野的中心"),
            lambda start, jump: start + moved * jump / u + more,
            start=before.start,
            jump=before.jump,
        )
        return own

    def _jump(self, layer: Layer, before: Place, s: int, u: int, axis: Axis) -> str:
        name, en = layer.name, axis.words.en
        own = self._names(layer, axis)["jump"]
        moved = "$jump" if s == 1 and u > 1 else rf"$jump \cdot {s}"
        self._declare(
            own,
            moved if u == 1 else rf"\frac{{{moved}}}{{{u}}}",
            f"j_{{{self._subscript(layer, axis)}}}",
            Text(f"Jump of {name}{en}: input samples between neighbouring units", f"{_of(layer, axis)}的间距"),
            lambda jump: normal(Fraction(jump * s, u)),
            jump=before.jump,
        )
        wrong = self.wiring.derivation.misconception
        if u == 1 and s > 1:
            wrong("receptive/strides-not-multiplied", replaces=own)(lambda: s)
            wrong("receptive/strides-added", replaces=own, jump=before.jump)(lambda jump: jump + s)
        if u > 1:
            wrong("network/upsampling-multiplies-jump", replaces=own, jump=before.jump)(lambda jump: jump * u)
        return own

    def _grow(self, name: str, symbol: str, words: Text, field: str, growth: Growth) -> None:
        inputs = {"field": field, **growth.inputs}

        def grown(values: dict[str, Value]) -> Value:
            return values.pop("field") + growth.rule(**values)

        self._declare(name, f"$field + {growth.formula}", symbol, words, taking(inputs, grown), **inputs)

    def _names(self, layer: Layer, axis: Axis) -> dict[str, str]:
        words = {"field": "field", "jump": "jump", "start": "start", "least": "least_field"}
        return {what: f"{word}_{layer.step}{axis.suffix}" for what, word in words.items()}

    def _subscript(self, layer: Layer, axis: Axis) -> str:
        return f"{layer.symbol}, {axis.letter}" if axis.letter else layer.symbol


def _of(layer: Layer, axis: Axis) -> str:
    """A layer's name before Chinese words, which stand apart from Latin letters but not from brackets."""
    return f"{layer.name}{axis.words.zh}" if axis.words.zh else f"{layer.name} "


def _least(layer: Layer, axis: Axis) -> Text:
    return Text(
        f"Receptive field of {layer.name}{axis.words.en} over the shortest path",
        f"{_of(layer, axis)}沿最短路径的感受野",
    )
