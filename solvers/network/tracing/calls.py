"""One call of a function while a module runs, as the converters of functions see it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solvers.network.kind import Kind
from solvers.network.tracing.batch import example_axis
from solvers.network.tracing.recorder import Learned, Recorder
from solvers.values import Shape


@dataclass(frozen=True)
class Call:
    """A function's name, what it got and what it gave. `read` are the tensors among its arguments that rest on the network's inputs."""

    recorder: Recorder
    function: Callable[..., Any]
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    read: tuple[Any, ...]
    learned: tuple[Learned, ...]

    def arg(self, index: int, name: str, default: Any = None) -> Any:
        """An argument, by place or by name."""
        return self.args[index] if index < len(self.args) else self.kwargs.get(name, default)

    @property
    def x(self) -> Any:
        """The first argument."""
        return self.args[0] if self.args else self.kwargs.get("input", self.read[0] if self.read else None)

    @property
    def parameters(self) -> list[Any]:
        """All parameters that the arguments rest on."""
        return [parameter for learned in self.learned for parameter in learned.parameters]

    @property
    def shape(self) -> Shape:
        """The shape of one example of the first argument."""
        return self.recorder.shape_of(self.x)

    @property
    def target(self) -> Shape:
        """The shape of one example of the result."""
        return self.recorder.shape_of(self.result)

    def axis(self, axis: int, of: Any = None) -> int | None:
        """An axis as one example numbers it; None for the batch."""
        return example_axis(axis, tuple((self.x if of is None else of).shape), self.recorder.batch)

    def sources(self, tensors: Sequence[Any]) -> list[str]:
        """The layers that the tensors come from."""
        return [name for name in map(self.recorder.source, tensors) if name is not None]

    def put(self, what: Kind, *tensors: Any, parameters: Sequence[Any] | None = None, base: str = "") -> bool:
        """Adds a layer that reads the tensors, by default all, and whose output the result is."""
        sources = self.sources(tensors or self.read)
        own = self.parameters if parameters is None else parameters
        self.recorder.put(self.result, what, sources, own, base=base or self.name)
        return True

    def same(self, tensor: Any = None) -> bool:
        """Notes that nothing happens that a table shows."""
        self.recorder.same(self.result, self.read[0] if tensor is None else tensor)
        return True

    def later(self, result: Any, what: Kind, *tensors: Any, base: str = "") -> bool:
        """Notes a layer that is added when something reads its output."""
        self.recorder.later(result, what, self.sources(tensors), base or self.name)
        return True


def tensors_in(value: Any, of: type, depth: int = 6) -> Iterator[Any]:
    """The tensors in an argument or output, however it is nested: lists, tuples, mappings, dataclasses."""
    if isinstance(value, of):
        yield value
    elif depth:
        inner: Iterable[Any] = ()
        if isinstance(value, list | tuple):
            inner = value
        elif isinstance(value, Mapping):
            inner = value.values()
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            inner = [getattr(value, at.name, None) for at in dataclasses.fields(value)]
        for item in inner:
            yield from tensors_in(item, of, depth - 1)


def tensors_out(value: Any, of: type) -> Iterator[Any]:
    """The tensors in what a network puts out, which may also be an object of a class of one's own."""
    found = list(tensors_in(value, of))
    if not found and hasattr(value, "__dict__"):
        found = list(tensors_in(vars(value), of))
    yield from found
