"""A network: layers by name, each with its settings and the layers whose outputs it reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import takewhile

from solvers.network.kind import Kind
from solvers.text import GradmarkError, Text
from solvers.values import Shape

_ODD = re.compile(r"[^0-9A-Za-z]+")
_FOREIGN = re.compile(r"[^\W_0-9A-Za-z]")  # letters and digits of other scripts: 卷积1


class NetworkError(GradmarkError):
    """A network does not fit together; the message names the layer."""


@lru_cache(maxsize=4096)
def step_name(name: str) -> str:
    """A layer's or input's name as a part of the names of its steps, which are written in ASCII: other letters by their code points."""
    spelled = _FOREIGN.sub(lambda letter: f"u{ord(letter[0]):x}", name)
    return _ODD.sub("_", spelled).strip("_")


@dataclass(frozen=True)
class Layer:
    """One layer: a name that no other layer has (`layer1.0.conv1`), its kind and settings, and what it reads.

    `inputs` are names of earlier layers or of the network's inputs. `shares` names the earlier layer whose weights it uses again.
    `block` are the blocks that it stands in, outermost first, each by its full name (`layer1`, `layer1.0`).
    """

    name: str
    kind: Kind
    inputs: tuple[str, ...]
    block: tuple[str, ...] = ()
    shares: str | None = None

    @property
    def step(self) -> str:
        """The name as a part of step names."""
        return step_name(self.name)

    @property
    def symbol(self) -> str:
        """The name as LaTeX text."""
        return rf"\text{{{self.name}}}".replace("_", r"\_")


def _without_common_prefix(names: list[str]) -> dict[str, str]:
    """The names without the groups that all of them stand in, unless one of them would begin with a digit."""
    groups = zip(*(name.split(".")[:-1] for name in names), strict=False)
    shared = list(takewhile(lambda ones: len(set(ones)) == 1, groups))
    shorter = {name: ".".join(name.split(".")[len(shared) :]) for name in names}
    return shorter if all(short[0].isalpha() for short in shorter.values()) else {name: name for name in names}


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """Layers in an order in which each follows what it reads; the last one's output is the network's unless `outputs` says otherwise.

    `inputs` are the shapes of one example, channels first, without the batch; token numbers are a shape of one axis.
    `notes` say what has to be known to read its table, such as modules that could only be counted.
    """

    name: str
    title: Text
    inputs: Mapping[str, Shape]
    layers: tuple[Layer, ...]
    source: str = ""
    outputs: tuple[str, ...] = ()
    notes: tuple[Text, ...] = field(default=())

    def __repr__(self) -> str:
        return self.name

    @cached_property
    def by_name(self) -> dict[str, Layer]:
        """The layers by their names. Raises NetworkError where two have the same, or one reads what is not before it."""
        known: dict[str, Layer] = {}
        steps = {step_name(name) for name in self.inputs}
        for layer in self.layers:
            if layer.name in known or layer.name in self.inputs or layer.step in steps:
                raise NetworkError(
                    f"{self.name}: two layers are called {layer.name}, or nearly so.",
                    f"{self.name}：有两层的名称相同或过于相近：{layer.name}。",
                )
            for source in (*layer.inputs, *([layer.shares] if layer.shares else [])):
                if source not in known and source not in self.inputs:
                    raise NetworkError(
                        f"{self.name}: {layer.name} reads {source}, which is no input and no earlier layer.",
                        f"{self.name}：{layer.name} 的输入 {source} 既不是网络的输入，也不是前面的层。",
                    )
            fewest, most = layer.kind.inputs
            if len(layer.inputs) < fewest or (most is not None and len(layer.inputs) > most):
                raise NetworkError(
                    f"{self.name}: {layer.name} ({layer.kind.word}) cannot take {len(layer.inputs)} inputs.",
                    f"{self.name}：{layer.name}（{layer.kind.word}）不能有 {len(layer.inputs)} 个输入。",
                )
            known[layer.name] = layer
            steps.add(layer.step)
        return known

    @cached_property
    def blocks(self) -> dict[str, tuple[Layer, ...]]:
        """The layers of each block, by its name, in order."""
        found: dict[str, list[Layer]] = {}
        for layer in self.layers:
            for block in layer.block:
                found.setdefault(block, []).append(layer)
        return {name: tuple(layers) for name, layers in found.items()}

    def part(self, name: str, layers: tuple[Layer, ...], shapes: Mapping[str, Shape]) -> Network:
        """Some of the layers as a network of their own; what they read of the others becomes its inputs, of the given `shapes`.

        A layer whose weights come from outside of the part has its own in it. A single input is called `input`, and names lose
        what all of them begin with.
        """
        own = {layer.name for layer in layers}
        shorter = _without_common_prefix([layer.name for layer in layers])
        read = list(dict.fromkeys(source for layer in layers for source in layer.inputs if source not in own))
        called = {**shorter, **({read[0]: "input"} if len(read) == 1 and "input" not in own else {})}
        cut = len(layers[0].name) - len(shorter[layers[0].name])
        kept = tuple(
            replace(
                layer,
                name=shorter[layer.name],
                block=tuple(block[cut:] for block in layer.block if len(block) > cut),
                inputs=tuple(called.get(source, source) for source in layer.inputs),
                shares=shorter.get(layer.shares or ""),
            )
            for layer in layers
        )
        inputs = {called.get(source, source): shapes[source] for source in read}
        return Network(name, self.title, inputs, kept, self.source)

    def before(self, *names: str) -> tuple[Layer, ...]:
        """The named layers and all that they rest on, in order."""
        wanted = set(names)
        for layer in reversed(self.layers):
            if layer.name in wanted:
                wanted.update(layer.inputs)
        return tuple(layer for layer in self.layers if layer.name in wanted)
