"""What can be computed of a whole network: its table, and single layers' or blocks' quantities for questions.

The given `network` is a name that `library.find` knows, with other sizes in brackets where the network has any: `bert-base(n=128)`. `x` is the
shape of its (first) input.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import name as named
from solvers.givens import shape
from solvers.network.fields import Fields
from solvers.network.library import find
from solvers.network.model import Network
from solvers.network.wiring import Wiring
from solvers.text import Text
from solvers.values import Shape, Value

NETWORK = named(r"\text{network}", "the network's name", "网络名称")
INPUT = shape("x", "shape of the input, channels first", "输入形状（通道在前）")

PARAMETERS = Text("Parameters in all", "参数总数")
MULTIPLY_ADDS = Text("Multiply-adds in all", "乘加总次数")
ACTIVATIONS = Text("Bytes of all outputs", "所有输出所占字节数")


class OfNetwork(Family):
    """A family over networks: `x` is the network's own input where it is not given."""

    def complete(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """The givens checked and completed. Raises UsageError for an unknown network."""
        name = values.get("network")
        if isinstance(name, str) and "x" not in values:
            values = {**values, "x": next(iter(find(name).inputs.values()))}
        return super().complete(values)


class Table:
    """Everything about a network, as steps of one derivation: which step holds which cell."""

    def __init__(self, network: Network, x: Shape) -> None:
        self.network = network
        self.derivation = Derivation(
            "network.table", "A network, layer by layer", "逐层分析一个网络", network=NETWORK, x=INPUT
        )
        self.wiring = Wiring(self.derivation, network, x)
        self.wiring.add_shapes()
        self.fields = Fields(self.wiring)
        self.wiring.add_activations()
        self.wiring.add_multiply_adds()
        self.wiring.add_parameters()
        self.wiring.add_total("memory", self.wiring.activations, "A", ACTIVATIONS)
        self.wiring.add_total("macs", self.wiring.multiply_adds, "M", MULTIPLY_ADDS)
        self.wiring.add_total("params", self.wiring.parameters, "N", PARAMETERS)


def _network_and_input(givens: Mapping[str, Value]) -> tuple[Hashable, ...]:
    return str(givens["network"]), tuple(givens["x"])


def _table(network: str, x: tuple[int, ...]) -> Derivation:
    return Table(find(network), Shape(x)).derivation
