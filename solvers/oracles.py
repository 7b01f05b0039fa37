"""Small pieces that oracles share: values on their way into PyTorch."""

from __future__ import annotations

from typing import Any

from solvers.values import Value, to_json

_FEW_NUMBERS = 10_000_000


def torch_tensor(value: Value) -> Any:
    """The number or array as a float64 tensor."""
    import torch

    return torch.tensor(to_json(value), dtype=torch.float64)


def device_for(numbers: int) -> str:
    """Where a layer that works off a sequence step by step is asked for its sizes, `numbers` being those that it holds and makes.

    The meta device holds no numbers, however many there are, but PyTorch takes a millisecond for each step there: real numbers are
    far quicker while they are few.
    """
    return "cpu" if numbers <= _FEW_NUMBERS else "meta"
