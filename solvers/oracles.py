"""Small pieces that oracles share: values on their way into PyTorch."""

from __future__ import annotations

from typing import Any

from solvers.values import Value, to_json


def torch_tensor(value: Value) -> Any:
    """The number or array as a float64 tensor."""
    import torch

    return torch.tensor(to_json(value), dtype=torch.float64)
