"""Layers that work on every number by itself and learn nothing: activations and dropout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind
from solvers.text import Text


@dataclass(frozen=True)
class Activation(Kind):
    """A function of each number; what it learns, costs and sees is the same for all of them."""

    module: ClassVar[str]

    def real(self, *xs: Any) -> Any:
        """The module of the same name."""
        import torch

        return getattr(torch.nn, self.module)()


@dataclass(frozen=True)
class Relu(Activation):
    """max(0, x)."""

    word: ClassVar[str] = "relu"
    label: ClassVar[Text] = Text("ReLU", "ReLU")
    module: ClassVar[str] = "ReLU"
