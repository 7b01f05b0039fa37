"""What a kind of layer has to say of itself: the rules of its quantities, its window on what is before it, and the real module.

A kind is a frozen dataclass whose fields are a layer's settings. Its methods get the shapes of the layer's inputs (channels first, without
the batch) and answer with `Quantity`s: formula, rule and wrong rules, over names that the network wires to steps. `x`, `x2`, `x3`, ... are the
shapes of the layer's inputs, `y` is the shape of its own output.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import lru_cache
from typing import Any, ClassVar, Literal

from solvers.rules import taking
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape, Value

Rule = Callable[..., Value]

LEAST: Mapping[str, int] = dict.fromkeys(
    ("out", "kernel", "stride", "dilation", "groups", "hidden", "layers", "rows", "width", "heads", "ff", "factor"), 1
) | dict.fromkeys(("padding", "output_padding", "projection", "weights", "count", "size", "scale"), 0)
"""What a setting of this name is at least."""


@dataclass(frozen=True)
class Quantity:
    """One quantity of a layer: its rule over `x`, `x2`, ... and `y`, its formula over the same names, and wrong rules by misconception."""

    formula: str
    rule: Rule
    wrong: Mapping[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True)
class Window:
    """What one unit sees of the layer before it, one number for each spatial axis.

    `kernel` taps that lie `dilation` apart, moved by `stride`; `padding` is what is put before the first sample. With `upsample`, the samples
    are first laid so far apart, with gaps between that nobody sees: then neighbouring units may see differently many samples.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    upsample: tuple[int, ...] = ()

    def along(self, axis: int) -> tuple[int, int, int, int, int]:
        """Kernel, stride, padding, dilation and upsampling along one axis."""
        upsample = self.upsample[axis] if self.upsample else 1
        return self.kernel[axis], self.stride[axis], self.padding[axis], self.dilation[axis], upsample


class Sees(Enum):
    """Layers without a window: each unit sees its own place, every place, nothing at all, or nobody can say."""

    OWN_PLACE = "own place"
    EVERYTHING = "everything"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Kind(ABC):
    """The settings of one layer. Subclasses are registered by `word`, as networks in YAML call them.

    The first field is the one that a YAML network may write right behind the word: `conv: 64`.
    """

    word: ClassVar[str]
    label: ClassVar[Text]
    inputs: ClassVar[tuple[int, int | None]] = (1, 1)
    """How few and how many inputs a layer of this kind takes; None for any number."""
    uncounted: ClassVar[bool] = False
    """Whether nobody can say how many multiply-adds it makes; else a kind without a rule for them makes none."""

    least: ClassVar[Mapping[str, int | None]] = {}
    """The least values of settings, where they are not those of `LEAST`; None for any."""

    def check(self) -> None:
        """Raises Undefined for a setting that no layer has, such as a stride of 0."""
        for name, value in vars(self).items():
            least = self.least.get(name, LEAST.get(name))
            numbers = value if isinstance(value, tuple) else (value,)
            if least is not None and any(isinstance(n, int) and n < least for n in numbers):
                raise Undefined(f"{name} is at least {least}", f"{name} 至少为 {least}")

    def shape(self, *xs: Shape) -> Quantity | None:
        """The shape of the output; None where it is that of the (first) input.

        Raises Undefined where the inputs do not fit.
        """
        return None

    def parameters(self, *xs: Shape) -> Quantity | None:
        """How many numbers are learned; None for nothing."""
        return None

    def multiply_adds(self, *xs: Shape) -> Quantity | None:
        """Multiplications, each with its addition, for one example; None for a layer that counts as none. Biases are not counted."""
        return None

    def window(self, *xs: Shape) -> Window | Sees:
        """What a unit sees of the layer before it."""
        return Sees.OWN_PLACE

    def mixes(self, *xs: Shape) -> tuple[int, ...]:
        """The axes of the input of which a unit reads every entry, for layers whose field depends on what these axes are."""
        return ()

    def order(self, *xs: Shape) -> tuple[int, ...] | None:
        """Which axis of the input each axis of the output is, where a layer puts them in another order."""
        return None

    @abstractmethod
    def real(self, *xs: Shape) -> Any:
        """The PyTorch module that does what this layer does, on inputs with a batch axis in front. For oracles only."""

    def settings(self) -> dict[str, Any]:
        """What differs from the defaults, in the order of the fields: what a YAML network has to write."""
        found = {}
        for at in fields(self):
            value = getattr(self, at.name)
            if value != at.default:
                found[at.name] = list(value) if isinstance(value, tuple) else value
        return found


What = Literal["shape", "parameters", "multiply_adds"]


@lru_cache(maxsize=4096)
def quantity_of(kind: Kind, what: What, xs: tuple[Shape, ...]) -> Quantity | None:
    """What a kind says of one of its quantities, which it says once for all the layers of a network that are alike.

    Raises Undefined for settings that no layer has, and where the inputs do not fit.
    """
    kind.check()
    quantity: Quantity | None = getattr(kind, what)(*xs)
    return quantity


@lru_cache(maxsize=4096)
def window_of(kind: Kind, xs: tuple[Shape, ...]) -> Window | Sees:
    """What a unit of such a layer sees of the layer before it."""
    return kind.window(*xs)


def inputs_named(count: int) -> list[str]:
    """What the shapes of a layer's inputs are called in rules and formulas: `x`, `x2`, `x3`, ..."""
    return ["x", *(f"x{i}" for i in range(2, count + 1))][:count]


def over(count: int, function: Callable[..., Value]) -> Rule:
    """A rule over the shapes of however many inputs; the function gets them in the order of the inputs."""
    return taking(inputs_named(count), lambda shapes: function(*shapes.values()))


def as_module(function: Callable[..., Any], **parts: Any) -> Any:
    """A PyTorch module whose forward pass is the function. For oracles only.

    `parts` are what it learns: modules and parameters by name, which the function knows of itself.
    """
    import torch

    module = type("Function", (torch.nn.Module,), {"forward": lambda self, *tensors: function(*tensors)})()  # noqa: ARG005
    for name, part in parts.items():
        setattr(module, name, part)
    return module


def per_axis(value: int | tuple[int, ...], axes: int) -> tuple[int, ...]:
    """One number for all axes, or one for each, as one for each. Raises Undefined for another number of them."""
    if isinstance(value, int):
        return (value,) * axes
    if len(value) != axes:
        raise Undefined(
            f"{axes} numbers are needed, and there are {len(value)}", f"应有 {axes} 个数，实际有 {len(value)} 个"
        )
    return tuple(value)


def times(*factors: object) -> str:
    r"""Factors joined by `\cdot`, ones left out."""
    kept = [str(factor) for factor in factors if factor != 1]
    return r" \cdot ".join(kept) or "1"


def axis_of(axis: int, x: Shape) -> int:
    """An axis counted from 0, where a negative one is counted from the end. Raises Undefined where there is none."""
    if not -len(x) <= axis < len(x):
        raise Undefined(f"there is no axis {axis} in {len(x)}", f"共 {len(x)} 个维度，没有第 {axis} 维")
    return axis % len(x)


def power(sides: tuple[int, ...]) -> str:
    r"""The taps of a kernel, `3^2` or `1 \cdot 7`; an empty string for a single tap."""
    if set(sides) == {1}:
        return ""
    if len(set(sides)) == 1:
        return f"{sides[0]}^{len(sides)}" if len(sides) > 1 else str(sides[0])
    return r" \cdot ".join(map(str, sides))


def product(sizes: Iterable[object]) -> str:
    r"""Sizes of axes joined by `\times`."""
    return r" \times ".join(map(str, sizes)) or r"\text{()}"
