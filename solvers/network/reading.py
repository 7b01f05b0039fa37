"""Networks written in YAML: a compact list of layers, with repeats, branches, blocks, shared weights and named sizes.

A layer is a word (`relu`), a word with settings (`{conv: 64, kernel: 3}`), or either of them under a name (`conv1: {conv: 64, kernel: 3}`).
Each reads the one before it, unless `from` names others, which may be groups: their last layer is read. Around layers stand

- `{residual: [layers], shortcut: [layers]}`: both read the same, and are added; without a shortcut the input itself is added;
- `{branches: {name: [layers], ...}, merge: concat}`: all read the same, and are merged;
- `{repeat: 3, layers: [...]}` or `{each: {width: [64, 128]}, layers: [...]}`: one after the other, `i` counting from 0;
- `{block: name, width: 64}`: the layers of a block declared under `blocks`, its sizes put in; `repeat`, `each` and `first` (settings of
  the first repetition) go with it.

Numbers may be expressions over the network's `sizes`, the sizes that a block `takes`, and `i`. A file that says `like: other` is the network of
`other.yaml` beside it, with other sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from solvers.network.heading import Heading
from solvers.network.layers import Layers
from solvers.network.model import Network
from solvers.yaml_reader import Document, read_yaml
from solvers.yaml_reader import Mapping as Map

_TOP = ("network", "title", "source", "input", "inputs", "sizes", "blocks", "layers", "outputs", "notes")
_LIKE = ("network", "like", "title", "source", "sizes", "notes")


def read_network(
    content: Path | str | bytes,
    *,
    source: str | None = None,
    sizes: Mapping[str, int] | None = None,
    name: str | None = None,
) -> Network:
    """The network that a YAML file or text describes, with other `sizes` than it states, or under another `name`, if they are given.

    Raises YamlError with the place of what is wrong, NetworkError where layers do not fit together.
    """
    document = read_yaml(content, source=source)
    if isinstance(document.root, Map) and "like" in document.root.values:
        return _alike(document, content.parent if isinstance(content, Path) else None, sizes or {})
    return _network(document, sizes or {}, name)


def _network(document: Document, sizes: Mapping[str, int], name: str | None = None) -> Network:
    """The network of a document, under its own name or this one."""
    heading = Heading(document, sizes, _TOP)
    name = name or heading.name()
    written = heading.stated("layers")
    if written is None:
        raise heading.wrong(heading.top, "a network needs layers", "网络缺少 layers")
    known = heading.sizes()
    blocks = heading.stated("blocks")
    inputs = heading.inputs(known)
    layers = Layers(document, inputs, heading.mapping(blocks, "blocks").values if blocks is not None else {}, known)
    layers.read(written)
    outputs = heading.stated("outputs")
    network = Network(
        name=name,
        title=heading.text(heading.stated("title"), name),
        inputs=inputs,
        layers=tuple(layers.found.values()),
        source=heading.source(""),
        outputs=tuple(layers.referred(node) for node in heading.several(outputs)) if outputs is not None else (),
        notes=heading.notes(),
    )
    _ = network.by_name
    return network


def _alike(document: Document, folder: Path | None, sizes: Mapping[str, int]) -> Network:
    """A network that is another one with other sizes."""
    heading = Heading(document, sizes, _LIKE)
    other = heading.top.values["like"]
    path = None if folder is None else folder / f"{heading.word(other, 'like')}.yaml"
    if path is None or path.parent != folder or not path.is_file():
        raise heading.wrong(other, "there is no such network beside this file", "此文件旁没有这个网络")
    known = read_yaml(path)
    if isinstance(known.root, Map) and "like" in known.root.values:
        raise heading.wrong(other, "that network is itself like another one", "该网络本身也引用了别的网络")
    stated = {key: heading.number(node, {}, key) for key, node in heading.stated_sizes().items()}
    found = _network(known, {**stated, **sizes})
    title = heading.stated("title")
    return replace(
        found,
        name=heading.name(),
        title=heading.text(title, found.name) if title is not None else found.title,
        source=heading.source(found.source),
        notes=found.notes + heading.notes(),
    )
