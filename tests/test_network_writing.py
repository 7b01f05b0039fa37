"""Networks written as YAML and read back."""

from __future__ import annotations

import pytest

from solvers.network.library import find, shipped
from solvers.network.reading import read_network
from solvers.network.writing import to_yaml


@pytest.mark.parametrize("name", [*shipped(), "resnet-18/layer2", "vgg-16/stage2.pool..stage3.pool"])
def test_what_is_written_is_read_back_the_same(name: str) -> None:
    network = find(name)
    again = read_network(to_yaml(network))
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
