"""Networks by name: the shipped ones, read from `shipped/` when first asked for, and those that a person has added.

Behind a name, other sizes may stand than the network's file states: `bert-base(n=128, layers=2)`; and behind a slash a block
(`resnet-50/layer2.0`) or the layers from one to another (`vgg-16/conv3..pool2`), which are then networks of their own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from solvers.nearest import suggestion
from solvers.network.model import Network
from solvers.network.reading import read_network
from solvers.network.wiring import shapes_of
from solvers.text import UsageError

SHIPPED = Path(__file__).parent / "shipped"
_CALL = re.compile(r"(?P<name>[^()]+?)\s*(?:\((?P<sizes>[^()]*)\))?\Z")
_SIZE = re.compile(r"\s*(\w+)\s*=\s*(\d{1,9})\s*\Z")

_added: dict[str, Path | Network] = {}
_kept: dict[str, Network] = {}


@lru_cache(maxsize=1)
def shipped() -> tuple[str, ...]:
    """The names of the networks that come with gradmark."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def add(network: Network) -> None:
    """Makes a network known under its name, in place of an earlier one."""
    _added[network.name] = network


def add_file(path: Path) -> Network:
    """Makes the network of a YAML file known under its name, so that it may be asked for with other sizes too."""
    network = read_network(path)
    _added[network.name] = path
    _read.cache_clear()
    return network


def keep(network: Network, content: str) -> str:
    """Makes a network of an exam's known under a name that goes with its `content`, a fingerprint; gives that name.

    Networks of other exams that are called the same have other names, and nobody finds it who asks for the network as it is called.
    """
    name = f"{network.name}:{content}"  # no network that a file states has a colon in its name
    _kept.setdefault(name, network)
    return name


def called(name: str) -> str:
    """How a network is called: without what tells one that an exam has kept from others."""
    return _kept[name].name if name in _kept else name


def find(name: str) -> Network:
    """The network of this name, or the part of it. Raises UsageError with the nearest name."""
    whole, slash, part = name.partition("/")
    return _part(whole, part) if slash else _whole(name)


@lru_cache(maxsize=256)
def _cut(network: Network, part: str) -> Network:
    first, dots, last = part.partition("..")
    names = list(network.by_name)
    if dots and first in names and last in names and names.index(first) <= names.index(last):
        layers = network.layers[names.index(first) : names.index(last) + 1]
    elif not dots and part in network.blocks:
        layers = network.blocks[part]
    else:
        hint = suggestion(part, network.blocks)
        raise UsageError(
            f"{network.name} has no part {part!r}.{hint.en} A part is a block, or two layers: conv1..pool1.",
            f"{network.name} 中没有 {part!r} 这一部分。{hint.zh}可以写模块名，或首尾两层，例如 conv1..pool1。",
        )
    shapes = shapes_of(network, next(iter(network.inputs.values())))
    return network.part(f"{network.name}/{part}", layers, shapes)


def _part(whole: str, part: str) -> Network:
    return _cut(_whole(whole), part)


def _whole(name: str) -> Network:
    if isinstance(own := _kept.get(name) or _added.get(name), Network):
        return own
    called = _CALL.match(name)
    base = called["name"] if called else name
    source = _added.get(base)
    sizes = _sizes(name, called["sizes"] if called else None)
    if isinstance(source, Network) and not sizes:
        return source
    if isinstance(source, Network) and base in shipped():
        source = None  # one of gradmark's own that was added as it is has its sizes still
    if isinstance(source, Network):
        raise UsageError(f"{base} has no sizes of its own.", f"{base} 没有可改的尺寸。")
    path = source or SHIPPED / f"{base}.yaml"
    if source is None and base not in shipped():
        hint = suggestion(base, [*_added, *shipped()])
        raise UsageError(
            f"There is no network {base!r}.{hint.en} `gradmark network --list` shows them all.",
            f"没有名为 {base!r} 的网络。{hint.zh}用 `gradmark network --list` 查看全部网络。",
        )
    return _read(path, tuple(sorted(sizes.items())))


@lru_cache(maxsize=64)
def _read(path: Path, sizes: tuple[tuple[str, int], ...]) -> Network:
    return read_network(path, source=path.name if path.parent == SHIPPED else None, sizes=dict(sizes))


def _sizes(name: str, text: str | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for piece in (text or "").split(",") if text and text.strip() else []:
        size = _SIZE.match(piece)
        if size is None:
            raise UsageError(
                f"{name!r}: sizes are written like bert-base(n=128, layers=2).",
                f"{name!r}：尺寸应写成 bert-base(n=128, layers=2) 的形式。",
            )
        found[size[1]] = int(size[2])
    return found


def forget(name: str) -> None:
    """Makes a network that was added unknown again."""
    _added.pop(name, None)
    _read.cache_clear()
