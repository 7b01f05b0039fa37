"""The layer table of a network: the values of the steps in rows, one for each layer or, summed up, for each block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from solvers.nearest import suggestion
from solvers.network.derivations import Table
from solvers.network.fields import Place
from solvers.network.kind import Sees
from solvers.network.model import Layer, Network, NetworkError
from solvers.network.words import settings_in_words
from solvers.text import Text
from solvers.trace import Line, Trace
from solvers.values import Shape

COLUMNS = ("shape", "params", "macs", "memory", "field", "jump", "start")
"""What can be asked for the working of."""


@dataclass(frozen=True)
class Field:
    """What a layer's units see along one axis: field, the field over the shortest path, jump, and the first unit's centre."""

    field: int | Fraction
    least: int | Fraction
    jump: int | Fraction
    start: int | Fraction


@dataclass(frozen=True)
class Row:
    """A layer, or a block with its layers' sums and its last layer's output.

    `parameters` and `multiply_adds` are None where they cannot be known. `fields` has an entry for each axis along which the network's windows
    differ, a single one where they are alike along all.
    """

    name: str
    kind: Text
    settings: Text
    inputs: tuple[str, ...]
    shape: Shape
    parameters: int
    multiply_adds: int | None
    memory: int
    fields: tuple[Field, ...] | Sees
    shares: str | None = None
    layers: int = 1


class LayerTable:
    """A network's table on an input of shape `x`, its own if none is given.

    Raises NetworkError where the layers do not fit together.
    """

    def __init__(self, network: Network, x: Shape | None = None) -> None:
        self.network = network
        self.x = x or next(iter(network.inputs.values()))
        self.table = Table(network, self.x)
        self.trace: Trace = self.table.derivation.run({"network": network.name, "x": self.x})

    @cached_property
    def rows(self) -> list[Row]:
        """A row for each layer."""
        return [self._row(layer) for layer in self.network.by_name.values()]

    def _row(self, layer: Layer) -> Row:
        wiring = self.table.wiring
        known = not _is_unknown(layer)
        return Row(
            layer.name,
            layer.kind.label,
            settings_in_words(layer.kind),
            layer.inputs,
            Shape(self.trace[wiring.shape[layer.name]]),
            self._count(wiring.parameters.get(layer.name)),
            self._count(wiring.multiply_adds.get(layer.name)) if known else None,
            self._count(wiring.activations[layer.name]),
            self._fields(layer.name),
            layer.shares,
        )

    def _count(self, step: str | None) -> int:
        return 0 if step is None else int(self.trace[step])

    def _fields(self, name: str) -> tuple[Field, ...] | Sees:
        seen = self.table.fields.of[name]
        return seen if isinstance(seen, Sees) else tuple(self._field(place) for place in seen)

    def _field(self, place: Place) -> Field:
        return Field(*(self.trace[step] for step in (place.field, place.least, place.jump, place.start)))

    def in_blocks(self, depth: int) -> list[Row]:
        """Rows for the blocks at a depth (1: the outermost); layers outside of them keep their own."""
        return [self._summed(name, list(rows)) if name else rows[0] for name, rows in self._by_block(depth)]

    def _by_block(self, depth: int) -> Iterator[tuple[str, list[Row]]]:
        current: str = ""
        rows: list[Row] = []
        for layer, row in zip(self.network.by_name.values(), self.rows, strict=True):
            block = layer.block[min(depth, len(layer.block)) - 1] if layer.block else ""
            if rows and (block != current or not block):
                yield current, rows
                rows = []
            current, rows = block, [*rows, row]
        if rows:
            yield current, rows

    def _summed(self, name: str, rows: list[Row]) -> Row:
        last = rows[-1]
        count = len(rows)
        costs = [row.multiply_adds for row in rows]
        return Row(
            name,
            Text("block", "模块"),
            Text(f"{count} layer{'' if count == 1 else 's'}", f"{count} 层"),
            rows[0].inputs,
            last.shape,
            sum(row.parameters for row in rows),
            None if None in costs else sum(cost for cost in costs if cost is not None),
            sum(row.memory for row in rows),
            last.fields,
            layers=count,
        )

    @property
    def parameters(self) -> int:
        """All parameters, shared ones once."""
        return int(self.trace["params"])

    @property
    def multiply_adds(self) -> int:
        """All multiply-adds that are known, for one example."""
        return int(self.trace["macs"])

    @property
    def memory(self) -> int:
        """The bytes of all outputs, each kept once in float32, for one example."""
        return int(self.trace["memory"])

    @property
    def unknown(self) -> list[str]:
        """The layers of whose multiply-adds and receptive fields nothing is known."""
        return [layer.name for layer in self.network.by_name.values() if _is_unknown(layer)]

    def working(self, layer: str, column: str | None = None) -> list[Line]:
        """The worked lines of a layer's row, or of one cell of it. Raises NetworkError for a layer or column that isn't there."""
        if layer not in self.network.by_name:
            hint = suggestion(layer, self.network.by_name)
            raise NetworkError(
                f"There is no layer {layer!r} in {self.network.name}.{hint.en}",
                f"{self.network.name} 中没有名为 {layer!r} 的层。{hint.zh}",
            )
        if column is not None and column not in COLUMNS:
            raise NetworkError(
                f"There is no column {column!r}; the columns are {', '.join(COLUMNS)}.",
                f"没有 {column!r} 这一列；可用的列：{'、'.join(COLUMNS)}。",
            )
        return [self.trace.line(step) for step in dict.fromkeys(self._steps(layer, (column,) if column else COLUMNS))]

    def _steps(self, layer: str, columns: Iterable[str]) -> Iterator[str]:
        wiring = self.table.wiring
        counts = {
            "shape": wiring.shape,
            "params": wiring.parameters,
            "macs": wiring.multiply_adds,
            "memory": wiring.activations,
        }
        seen = self.table.fields.of[layer]
        for column in columns:
            if column in counts:
                if layer in counts[column]:
                    yield counts[column][layer]
            elif not isinstance(seen, Sees):
                yield from (str(getattr(place, column)) for place in seen)


def _is_unknown(layer: Layer) -> bool:
    return layer.kind.uncounted
