"""Networks as YAML that `reading` takes back: every layer under its name, with what it reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from solvers.network.kind import Kind
from solvers.network.model import Layer, Network
from solvers.network.settings import first_setting
from solvers.text import Text


def to_yaml(network: Network) -> str:
    """The network, layer by layer; blocks are the groups in the layers' names."""
    return "".join(f"{line}\n" for line in _lines(network))


def _lines(network: Network) -> Iterator[str]:
    yield f"network: {_flow(network.name)}"
    yield f"title: {_text(network.title)}"
    if network.source:
        yield f"source: {_flow(network.source)}"
    yield f"inputs: {_flow({name: list(shape) for name, shape in network.inputs.items()})}"
    if network.outputs:
        yield f"outputs: {_flow(list(network.outputs))}"
    if network.notes:
        yield "notes:"
        yield from (f"  - {_text(note)}" for note in network.notes)
    yield "layers:"
    for layer in network.layers:
        yield f"  - {_flow({layer.name: _settings(layer)})}"


def _settings(layer: Layer) -> dict[str, Any]:
    settings = _by_keys(layer.kind)
    if layer.inputs:
        settings["from"] = list(layer.inputs)
    if layer.shares is not None:
        settings["weights"] = layer.shares
    return settings


def _by_keys(kind: Kind) -> dict[str, Any]:
    """The settings under the keys that a network in YAML uses: the first one stands behind the word."""
    stated = kind.settings()
    first = first_setting(type(kind))
    head = stated.pop(first, None) if first is not None and kind.word not in stated else None
    return {kind.word: head, **stated} if kind.word not in stated else stated


def _text(text: Text) -> str:
    return _flow({"en": text.en, "zh": text.zh})


def _flow(value: Any) -> str:
    """A value in YAML's flow style, which JSON is."""
    return json.dumps(value, ensure_ascii=False)
