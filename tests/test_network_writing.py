"""Networks written as YAML and read back."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from solvers.network.library import find, shipped
from solvers.network.reading import read_network
from solvers.network.table import LayerTable
from solvers.network.tracing import trace
from solvers.network.writing import to_yaml


class Odd(torch.nn.Module):
    """A loop over one layer, a number of its own, a recurrent layer, products of computed arrays."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Linear(6, 8)
        self.again = torch.nn.Linear(8, 8)
        self.scale = torch.nn.Parameter(torch.ones(8))
        self.lstm = torch.nn.LSTM(8, 4, batch_first=True)

    def forward(self, x: Any) -> dict[str, Any]:
        """Whatever comes to a lecturer's mind."""
        x = self.first(x).relu()
        for _ in range(2):
            x = x + self.scale * torch.tanh(self.again(x))
        mixed = torch.softmax(x @ x.transpose(1, 2), -1) @ x
        out, _ = self.lstm(mixed)
        return {"sequence": out, "pooled": out.mean(1)}


def test_a_traced_network_is_written_and_read_back_the_same() -> None:
    network = trace(Odd, [(5, 6)])
    again = read_network(to_yaml(network))
    assert again.layers == network.layers
    assert again.blocks == network.blocks
    assert LayerTable(again).parameters == LayerTable(network).parameters == sum(p.numel() for p in Odd().parameters())


@pytest.mark.parametrize("name", [*shipped(), "resnet-18/layer2", "vgg-16/stage2.pool..stage3.pool"])
def test_what_is_written_is_read_back_the_same(name: str) -> None:
    network = find(name)
    again = read_network(to_yaml(network), name=name)
    assert again.layers == network.layers
    assert again.inputs == network.inputs
    assert again.outputs == network.outputs
    assert (again.name, again.title, again.source, again.notes) == (
        network.name,
        network.title,
        network.source,
        network.notes,
    )
    assert again.blocks == network.blocks
