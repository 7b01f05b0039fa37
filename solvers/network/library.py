"""Networks by name: the shipped ones, read from `shipped/` when first asked for, and those that a person has added."""

from __future__ import annotations

from solvers.nearest import suggestion
from solvers.network.model import Network
from solvers.text import UsageError

_added: dict[str, Network] = {}


def add(network: Network) -> None:
    """Makes a network known under its name, in place of an earlier one."""
    _added[network.name] = network


def find(name: str) -> Network:
    """The network of this name. Raises UsageError with the nearest name."""
    if name in _added:
        return _added[name]
    hint = suggestion(name, _added)
    raise UsageError(f"There is no network {name!r}.{hint.en}", f"没有名为 {name!r} 的网络。{hint.zh}")
