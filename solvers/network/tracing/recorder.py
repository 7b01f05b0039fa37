"""What is found out while a module runs: which tensor is which layer's output, and the layers themselves, each checked against what was seen."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Signature
from typing import Any

from solvers.network.kind import Kind, Quantity, inputs_named
from solvers.network.kinds import kind
from solvers.network.kinds.traced import Further, Operation
from solvers.network.model import Layer, step_name
from solvers.network.tracing.batch import example_shape, has_batch
from solvers.trace import Undefined
from solvers.values import Shape

_STATES = ("h_n", "c_n")  # of recurrent layers, which count them
_ODD = re.compile(r"[^\w.\-]")


def legal(name: str) -> str:
    """The name without what would mean something in a formula."""
    return _ODD.sub("_", name)


@dataclass(frozen=True)
class Learned:
    """Where a tensor comes from that rests on parameters alone; `name` is that of the parameter or of the module that gave it."""

    parameters: tuple[Any, ...]
    name: str


@dataclass(frozen=True)
class Later:
    """A tensor whose layer is added when something reads it: one of several outputs, say."""

    make: Callable[[], str]


Origin = str | Learned | Later
"""Where a tensor comes from: a network's input or a layer by name, parameters alone, or a layer that is yet to be added."""


@dataclass
class Frame:
    """The module that is running: its name, and what was there before it."""

    name: str = ""
    layers: int = 0
    tensors: int = 0

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks inside of it, outermost first."""
        return blocks_of(self.name, whole=True)

    def short(self, name: str) -> str:
        """The name of something as it is called in here; of something that stands elsewhere, its last part."""
        if not self.name:
            return name
        prefix = f"{self.name}."
        return name.removeprefix(prefix) if name.startswith(prefix) else name.rpartition(".")[2]

    def inner(self, name: str) -> str:
        """The full name of something in it."""
        return f"{self.name}.{name}" if self.name else name


def blocks_of(name: str, *, whole: bool = False) -> tuple[str, ...]:
    """The blocks in which a layer of this name stands; with `whole`, the name itself is a block too."""
    pieces = name.split(".") if name else []
    count = len(pieces) if whole else len(pieces) - 1
    return tuple(".".join(pieces[: i + 1]) for i in range(count))


@dataclass
class Remarks:
    """Names of layers of which something has to be said, by what."""

    custom: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    disagreeing: list[str] = field(default_factory=list)
    further: list[str] = field(default_factory=list)
    mixing: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    def without(self, names: Iterable[str]) -> None:
        """Forgets layers that are no longer there."""
        gone = set(names)
        for at in dataclasses.fields(self):
            kept = [name for name in getattr(self, at.name) if name not in gone]
            setattr(self, at.name, kept)

    def rename(self, old: str, new: str) -> None:
        """Knows a layer by another name."""
        for at in dataclasses.fields(self):
            setattr(self, at.name, [new if name == old else name for name in getattr(self, at.name)])


class Recorder:
    """The layers found so far. `batch` is the number of examples, by which the shapes of single ones are known.

    `doubtful` is set when the examples seem to lie along another axis than the first.
    """

    def __init__(self, inputs: Mapping[str, Shape], batch: int, names: Iterable[str]) -> None:
        self.batch = batch
        self.inputs = inputs
        self.layers: list[Layer] = []
        self.shapes: dict[str, Shape] = dict(inputs)
        self.frame = Frame()
        self.remarks = Remarks()
        self.doubtful = False
        self.functional: set[str] = set()
        self.owners: dict[int, str] = {}
        self.materials: dict[tuple[tuple[int, ...], Shape], str] = {}
        self.parameter_names: dict[int, str] = {}
        self.learned_names: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._constants: set[int] = set()
        self._origins: dict[int, Origin] = {}
        self._alive: list[Any] = []
        self._steps = {step_name(name) for name in inputs}
        self._reserved = {step_name(name) for name in names}

    # ---------------------------------------------------------------------------------------------------- tensors

    def remember(self, tensor: Any, origin: Origin) -> None:
        """Notes where a tensor comes from; it is kept, so that no other one gets its identity."""
        self._origins[id(tensor)] = origin
        self._alive.append(tensor)

    def constant(self, tensor: Any) -> None:
        """Notes that a tensor rests on nothing."""
        self._constants.add(id(tensor))
        self._alive.append(tensor)

    def is_unseen(self, tensor: Any) -> bool:
        """Whether a tensor came about where nobody looked."""
        return self.origin(tensor) is None and id(tensor) not in self._constants

    def own(self, name: str, parameter: Any) -> None:
        """Notes a parameter of the module's by its name."""
        self.parameter_names[id(parameter)] = name = legal(name)
        self.learned_names.add(name)

    def origin(self, tensor: Any) -> Origin | None:
        """Where it comes from; None for a constant."""
        found = self._origins.get(id(tensor))
        if found is None and id(tensor) in self.parameter_names:
            return Learned((tensor,), self.parameter_names[id(tensor)])
        return found

    def is_read(self, tensor: Any) -> bool:
        """Whether it rests on the network's inputs."""
        return isinstance(self.origin(tensor), str | Later)

    def source(self, tensor: Any) -> str | None:
        """The layer or input that it is the output of, which is added now if it had to wait; None for constants and parameters."""
        found = self.origin(tensor)
        if isinstance(found, Later):
            found = found.make()
            self.remember(tensor, found)
        return found if isinstance(found, str) else None

    def shape_of(self, tensor: Any) -> Shape:
        """The shape of one example of it."""
        return example_shape(tuple(tensor.shape), self.batch)

    def same(self, result: Any, tensor: Any) -> None:
        """Notes that the result is, for the table, what the tensor is."""
        found = self.origin(tensor)
        if found is not None:
            self.remember(result, found)

    def later(self, result: Any, what: Kind, sources: Sequence[str], base: str) -> None:
        """Notes a layer that is added when something reads its output."""
        frame = self.frame

        def make() -> str:
            now, self.frame = self.frame, frame
            try:
                return self.put(result, what, sources, base=base)
            finally:
                self.frame = now

        self.remember(result, Later(make))

    # ----------------------------------------------------------------------------------------------------- layers

    def unique(self, name: str, *, module: bool = False) -> str:
        """The name, or with a number behind it if there is one like it; modules and parameters have theirs before functions do."""
        own = module or name in self.learned_names
        name = legal(name)
        if not step_name(name):
            name = f"layer_{name}"
        if step_name(name) not in self._steps and (own or step_name(name) not in self._reserved):
            return name
        number = self._numbers.get(name, 1) + 1
        while (step := step_name(f"{name}_{number}")) in self._steps or step in self._reserved:
            number += 1
        self._numbers[name] = number
        return f"{name}_{number}"

    def put(
        self,
        result: Any,
        what: Kind,
        sources: Sequence[str],
        parameters: Sequence[Any] = (),
        *,
        name: str = "",
        base: str = "",
        module: str = "",
    ) -> str:
        """Adds the layer whose output the tensor is, and gives its name.

        `name` is that of a module, `base` the short name of a function in the module that is running. A kind that does not agree with the shape
        and the parameters that were seen is put down as what was seen.
        """
        lost = has_batch(result.shape, self.batch) is False and bool(sources)
        added = self.add(self.shape_of(result), what, sources, parameters, name=name, base=base, module=module)
        if lost:
            self.doubtful = True
            self.remarks.mixing.append(added)
        self.remember(result, added)
        return added

    def add(
        self,
        target: Shape,
        what: Kind,
        sources: Sequence[str],
        parameters: Sequence[Any] = (),
        *,
        name: str = "",
        base: str = "",
        module: str = "",
    ) -> str:
        """`put` for an output of this shape, whatever tensor holds it."""
        full = self.unique(name, module=True) if name else self.unique(self.frame.inner(base))
        xs = tuple(self.shapes[source] for source in sources)
        distinct = list({id(p): p for p in parameters}.values())
        fresh = [p for p in distinct if id(p) not in self.owners]
        own, total = _size(fresh), _size(distinct)
        counted = self.counted(what, xs, target)
        shares, further = None, 0
        label = module or base or name
        if counted is None or (not distinct and counted):
            if what.word not in ("custom", "operation"):
                self.remarks.disagreeing.append(full)
            what = self._seen(label, target, own)
        elif distinct and not own:
            shares = self.owners[id(max(distinct, key=lambda p: p.numel()))]
        elif own == total and own >= counted:
            further = own - counted
        elif own != counted:
            reduced = dataclasses.replace(what, bias=False) if getattr(what, "bias", False) else None  # type: ignore[call-arg]
            if reduced is not None and self.counted(reduced, xs, target) == total - own:
                shared = [p for p in distinct if id(p) in self.owners]
                what, shares, further = reduced, self.owners[id(max(shared, key=lambda p: p.numel()))], own
            else:
                what = self._seen(label, target, own)
        self._append(full, what, sources, target, blocks_of(name) if name else self.frame.blocks, shares)
        for parameter in fresh:
            self.owners[id(parameter)] = full
        if not name:
            self.functional.add(full)
        if what.word == "custom":
            self.remarks.custom.append(full)
        elif isinstance(what, Operation) and what.sees != "own place" and what.name not in _STATES:
            self.remarks.operations.append(full)
        return self._add_further(full, further, target, name) if further else full

    def _seen(self, label: str, target: Shape, own: int) -> Kind:
        if not own:
            return Operation(label, tuple(target))
        return kind("custom", module=label, out=tuple(target), weights=own)

    def _append(
        self, name: str, what: Kind, sources: Sequence[str], target: Shape, blocks: tuple[str, ...], shares: str | None
    ) -> None:
        self._steps.add(step_name(name))
        self.shapes[name] = target
        self.layers.append(Layer(name, what, tuple(sources), blocks, shares))

    def _add_further(self, before: str, count: int, target: Shape, module: str) -> str:
        name = self.unique(f"{before}.further")
        blocks = blocks_of(module) if module else self.frame.blocks
        self._append(name, Further(count, before), [before], target, blocks, None)
        self.remarks.further.append(name)
        return name

    def counted(self, what: Kind, xs: tuple[Shape, ...], target: Shape) -> int | None:
        """The parameters that a kind has by its own rules; None if they do not lead to the shape that was seen."""
        try:
            fewest, most = what.inputs
            if len(xs) < fewest or (most is not None and len(xs) > most):
                return None
            quantity = what.shape(*xs)
            if (xs[0] if quantity is None else _value(quantity, xs, None)) != target:
                return None
            parameters = what.parameters(*xs)
            return 0 if parameters is None else int(_value(parameters, xs, target))
        except (Undefined, ArithmeticError, ValueError, TypeError, IndexError):
            return None

    # ------------------------------------------------------------------------------------------------ whole modules

    def enter(self, name: str) -> Frame:
        """Begins a module that is opened up; gives what ran before, for `leave`."""
        before = self.frame
        self.frame = Frame(name, len(self.layers), len(self._alive))
        return before

    def leave(self, before: Frame) -> None:
        """Ends it."""
        self.frame = before

    def rename(self, frame: Frame, name: str) -> None:
        """Gives the one layer that was added since the frame began the name of its module."""
        layer = self.layers[-1]
        self._steps.discard(step_name(layer.name))
        new = self.unique(name, module=True)
        self._steps.add(step_name(new))
        self.layers[-1] = dataclasses.replace(layer, name=new, block=blocks_of(name))
        self.shapes[new] = self.shapes.pop(layer.name)
        self.functional.discard(layer.name)
        self.remarks.rename(layer.name, new)
        self.owners = {id: new if owner == layer.name else owner for id, owner in self.owners.items()}
        for tensor in self._alive[frame.tensors :]:
            if self._origins.get(id(tensor)) == layer.name:
                self._origins[id(tensor)] = new

    def take_back(self, frame: Frame) -> None:
        """Forgets the layers that were added since the frame began."""
        gone = {layer.name for layer in self.layers[frame.layers :]}
        del self.layers[frame.layers :]
        self.remarks.without(gone)
        self.functional -= gone
        self._steps -= {step_name(name) for name in gone}
        self.owners = {id: owner for id, owner in self.owners.items() if owner not in gone}
        self.materials = {key: name for key, name in self.materials.items() if name not in gone}
        self._origins = {id: o for id, o in self._origins.items() if not isinstance(o, str) or o not in gone}


def _size(parameters: Iterable[Any]) -> int:
    return sum(int(parameter.numel()) for parameter in parameters)


def _value(quantity: Quantity, xs: tuple[Shape, ...], y: Shape | None) -> Any:
    """A quantity's value on these shapes."""
    wanted = Signature.from_callable(quantity.rule).parameters
    given = dict(zip(inputs_named(len(xs)), xs, strict=True)) | ({} if y is None else {"y": y})
    return quantity.rule(**{name: shape for name, shape in given.items() if name in wanted})
