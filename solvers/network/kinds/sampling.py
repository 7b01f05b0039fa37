"""Layers that draw random numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from solvers.network.kind import Kind, Quantity, as_module, over
from solvers.network.kinds.merging import broadcast
from solvers.text import Text
from solvers.values import Shape


@dataclass(frozen=True)
class Sample(Kind):
    """A draw from normal distributions of which it reads the means and the logarithms of the variances."""

    word: ClassVar[str] = "sample"
    label: ClassVar[Text] = Text("normal sample", "正态采样")
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)

    def shape(self, *xs: Shape) -> Quantity:
        """That of the means."""
        broadcast(*xs)
        return Quantity("$x", over(2, broadcast))

    def real(self, *xs: Shape) -> Any:
        """Mean plus deviation times a standard normal draw."""
        import torch

        return as_module(lambda mean, variance: mean + torch.exp(variance / 2) * torch.randn_like(mean))
