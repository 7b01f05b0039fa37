"""A module that is known only by what it weighs and what it puts out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind, Quantity, Sees, as_module, product
from solvers.text import Text
from solvers.values import Shape


@dataclass(frozen=True)
class Custom(Kind):
    """A layer of some class `module`: its output shape `out` and the number `weights` of its parameters were counted on the real one.

    Multiply-adds and receptive field are unknown, and its shape holds for the inputs on which it was counted.
    """

    module: str
    out: tuple[int, ...]
    weights: int = 0

    word: ClassVar[str] = "custom"
    label: ClassVar[Text] = Text("other module", "其他模块")
    inputs: ClassVar[tuple[int, int | None]] = (0, None)
    uncounted: ClassVar[bool] = True
    least: ClassVar[Mapping[str, int | None]] = {"out": 0}

    def shape(self, *xs: Shape) -> Quantity:
        """As it was counted."""
        return Quantity(product(self.out), lambda: Shape(self.out))

    def parameters(self, *xs: Shape) -> Quantity | None:
        """As they were counted."""
        return Quantity(str(self.weights), lambda: self.weights) if self.weights else None

    def window(self, *xs: Shape) -> Sees:
        """Nobody can say."""
        return Sees.UNKNOWN

    def real(self, *xs: Shape) -> Any:
        """A stand-in with as many parameters that puts out an array of that shape: what was counted is not counted again."""
        import torch

        return of_shape(self.out, own=torch.nn.Parameter(torch.empty(self.weights, device="meta")))


def of_shape(out: tuple[int, ...], **parts: Any) -> Any:
    """A PyTorch module that puts out one example of this shape, whatever it reads. For oracles only."""
    import torch

    return as_module(lambda *_: torch.empty((1, *out), device="meta"), **parts)
