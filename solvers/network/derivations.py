"""What can be computed of a whole network: its table, and single layers' or blocks' quantities for questions.

The given `network` is a name that `library.find` knows. `x` is the shape of its (first) input, the network's own where nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, shape
from solvers.givens import name as named
from solvers.nearest import suggestion
from solvers.network import measured
from solvers.network.fields import Fields, Place
from solvers.network.kind import Sees
from solvers.network.library import find
from solvers.network.model import Layer, Network
from solvers.network.wiring import Wiring
from solvers.text import Text, UsageError
from solvers.trace import StepError
from solvers.values import Shape, Value

NETWORK = named(r"\text{network}", "the network's name", "网络名称")
INPUT = shape("x", "shape of the input, channels first", "输入形状（通道在前）")
LAYER = named(r"\ell", "the layer's name", "层的名称")
PLACE = named(r"\ell", "the name of a layer or block", "层或模块的名称")

PARAMETERS = Text("Parameters in all", "参数总数")
MULTIPLY_ADDS = Text("Multiply-adds in all", "乘加总次数")
ACTIVATIONS = Text("Bytes of all outputs", "所有输出所占字节数")

_EXAMPLE = "lenet-5"


class OfNetwork(Family):
    """A family over networks: `x` is the network's own input where it is not given."""

    def complete(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """The givens checked and completed. Raises UsageError for an unknown network."""
        name = values.get("network")
        if isinstance(name, str) and "x" not in values:
            values = {**values, "x": next(iter(find(name).inputs.values()))}
        return super().complete(values)


def of_network(name: str, build: Callable[..., Derivation], *, network: str = _EXAMPLE, **further: str) -> OfNetwork:
    """A family whose steps depend on the network, its input, and the further givens, of which examples are stated, as text."""

    def size(givens: Mapping[str, Value]) -> tuple[Hashable, ...]:
        # The network itself, not its name: another one may be called the same.
        return find(str(givens["network"])), tuple(givens["x"]), *(str(givens[given]) for given in further)

    example = find(network)
    return OfNetwork(name, build, size, (example, tuple(next(iter(example.inputs.values()))), *further.values()))


def started(name: str, en: str, zh: str, **givens: Given) -> Derivation:
    """A derivation about a network, before it has steps."""
    return Derivation(name, en, zh, network=NETWORK, x=INPUT, **givens)


# -------------------------------------------------------------------------------------------------- the whole network


class Table:
    """Everything about a network, as steps of one derivation: which step holds which cell."""

    def __init__(self, network: Network, x: Shape) -> None:
        self.network = network
        self.derivation = started("network.table", "A network, layer by layer", "逐层分析一个网络")
        self.wiring = Wiring(self.derivation, network, x)
        self.wiring.add_shapes()
        self.fields = Fields(self.wiring)
        self.wiring.add_activations()
        self.wiring.add_multiply_adds()
        self.wiring.add_parameters()
        self.wiring.add_total("memory", self.wiring.activations, "A", ACTIVATIONS)
        self.wiring.add_total("macs", self.wiring.multiply_adds, "M", MULTIPLY_ADDS)
        self.wiring.add_total("params", self.wiring.parameters, "N", PARAMETERS)
        self.derivation.oracle(partial(_measured_table, self))


def measured_shapes(wiring: Wiring, found: measured.Run | None = None) -> dict[str, Shape]:
    """For oracles: what real modules give for the step of each layer that has one of its own for its shape."""
    shapes = (found or measured.run(wiring)).shapes
    own = {f"shape_{layer.step}": layer.name for layer in wiring.layers}
    return {step: shapes[own[step]] for step in wiring.shape.values() if step in own}


def _measured_table(table: Table, **_: Any) -> dict[str, Any]:
    wiring = table.wiring
    found = measured.run(wiring)
    shapes = measured_shapes(wiring, found)
    params = {step: found.parameters[name] for name, step in wiring.parameters.items()}
    macs = {step: found.multiply_adds[name] for name, step in wiring.multiply_adds.items()}
    return {**shapes, **params, **macs, "params": sum(params.values()), "macs": sum(macs.values())}


def _table(whole: Network, x: tuple[int, ...]) -> Derivation:
    return Table(whole, Shape(x)).derivation


table = of_network("network.table", _table)

# ------------------------------------------------------------------------------------------------ one layer of it


def layer_of(network: Network, name: str) -> Layer:
    """The layer of this name. Raises UsageError with the nearest name."""
    if name in network.by_name:
        return network.by_name[name]
    hint = suggestion(name, network.by_name)
    raise UsageError(
        f"{network.name} has no layer {name!r}.{hint.en}", f"{network.name} 中没有名为 {name!r} 的层。{hint.zh}"
    )


def _layers_at(network: Network, place: str) -> tuple[Layer, ...]:
    """The layer of this name, or the layers of the block."""
    return network.blocks.get(place) or (layer_of(network, place),)


def asked_for(derivation: Derivation, name: str, step: str, *, own: bool, symbol: str, words: Text) -> str:
    """Makes a step known under the name that questions know; gives that name.

    A layer's own step is renamed; one that stands for it (of the layer before, where it changes nothing) gets a step of this name behind it.
    """
    if own:
        derivation.rename(step, name)
    else:
        declare = derivation.step(
            "$of", symbol=symbol, name=name, en=words.en, zh=words.zh, final=True, inputs={"of": step}
        )
        declare(lambda of: of)
    return name


def rename_shape(wiring: Wiring, layer: str, name: str) -> None:
    """Makes the step that holds a layer's output shape known under a name that questions know."""
    step = wiring.shape[layer]
    wiring.derivation.rename(step, name)
    wiring.shape = {key: name if held == step else held for key, held in wiring.shape.items()}


def ask_shape(wiring: Wiring, layer: Layer, name: str = "shape") -> None:
    """Makes the output shape of a layer known under a name that questions know."""
    if wiring.shape[layer.name] == f"shape_{layer.step}":
        return rename_shape(wiring, layer.name, name)
    words = Text(f"Output shape of {layer.name}", f"{layer.name} 的输出形状")
    symbol = rf"\mathrm{{shape}}({layer.symbol})"
    step = wiring.shape[layer.name]
    wiring.shape[layer.name] = asked_for(wiring.derivation, name, step, own=False, symbol=symbol, words=words)
    return None


def _shape(whole: Network, x: tuple[int, ...], layer: str) -> Derivation:
    asked = layer_of(whole, layer)
    derivation = started(
        "network.shape", "The output shape of one layer of a network", "网络中某一层的输出形状", layer=LAYER
    )
    wiring = Wiring(derivation, whole, Shape(x), whole.before(layer))
    wiring.add_shapes()
    ask_shape(wiring, asked)

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        return measured_shapes(wiring) | {"shape": measured.run(wiring).shapes[layer]}

    return derivation


def _counted(
    name: str, what: str, title: Text, words: Text, symbol: str
) -> Callable[[Network, tuple[int, ...], str], Derivation]:
    """Builds the derivation of a count of one layer or block: its parameters, its multiply-adds."""

    def build(whole: Network, x: tuple[int, ...], layer: str) -> Derivation:
        asked = _layers_at(whole, layer)
        derivation = started(name, title.en, title.zh, layer=PLACE)
        wiring = Wiring(derivation, whole, Shape(x), whole.before(*(one.name for one in asked)))
        wiring.add_shapes()
        add, counts = (
            (wiring.add_parameters, wiring.parameters)
            if what == "params"
            else (wiring.add_multiply_adds, wiring.multiply_adds)
        )
        add(asked)
        if list(counts) == [layer]:
            counts[layer] = asked_for(derivation, what, counts[layer], own=True, symbol=symbol, words=words)
        else:
            wiring.add_total(what, counts, symbol, Text(words.en.format(layer=layer), words.zh.format(layer=layer)))

        @derivation.oracle
        def _(**_: Any) -> dict[str, Any]:
            found = measured.run(wiring)
            values = found.parameters if what == "params" else found.multiply_adds
            steps = {step: values[one] for one, step in counts.items()}
            return {**measured_shapes(wiring, found), **steps, what: sum(steps.values())}

        return derivation

    return build


_params = _counted(
    "network.params",
    "params",
    Text("The parameters of one layer or block of a network", "网络中某一层或模块的参数量"),
    Text("Parameters of {layer}", "{layer} 的参数量"),
    "N",
)
_macs = _counted(
    "network.macs",
    "macs",
    Text("The multiply-adds of one layer or block of a network", "网络中某一层或模块的乘加次数"),
    Text("Multiply-adds of {layer}", "{layer} 的乘加次数"),
    "M",
)


def _cost(whole: Network, x: tuple[int, ...], layer: str) -> Derivation:
    asked = layer_of(whole, layer)
    derivation = started(
        "network.cost",
        "Output shape and multiply-adds of one layer of a network",
        "网络中某一层的输出形状与乘加次数",
        layer=LAYER,
    )
    wiring = Wiring(derivation, whole, Shape(x), whole.before(layer))
    wiring.add_shapes()
    wiring.add_multiply_adds([asked])
    if layer not in wiring.multiply_adds:
        raise StepError(derivation.name, "macs", Text(f"{layer} multiplies nothing", f"{layer} 没有乘加运算"))
    ask_shape(wiring, asked)
    words = Text(f"Multiply-adds of {layer}", f"{layer} 的乘加次数")
    asked_for(derivation, "macs", wiring.multiply_adds[layer], own=True, symbol="M", words=words)

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        found = measured.run(wiring)
        return measured_shapes(wiring, found) | {"shape": found.shapes[layer], "macs": found.multiply_adds[layer]}

    return derivation


def _place(fields: Fields, layer: str) -> Place:
    """The field of a layer along its first axis. Raises UsageError where it has none."""
    seen = fields.of[layer]
    if isinstance(seen, Sees):
        raise UsageError(
            f"{layer} sees the whole input, so it has no receptive field of its own size.",
            f"{layer} 能看到整个输入，没有固定大小的感受野。",
        )
    return seen[0]


def _field(whole: Network, x: tuple[int, ...], layer: str) -> Derivation:
    layer_of(whole, layer)
    derivation = started(
        "network.field",
        "Receptive field, jump and start of one layer of a network",
        "网络中某一层的感受野、间距与起始中心",
        layer=LAYER,
    )
    wiring = Wiring(derivation, whole, Shape(x), whole.before(layer))
    wiring.add_shapes()
    fields = Fields(wiring)
    place = _place(fields, layer)
    at = whole.by_name[layer].symbol
    own = (
        f"field_{whole.by_name[layer].step}",
        f"jump_{whole.by_name[layer].step}",
        f"start_{whole.by_name[layer].step}",
    )
    least = Text(f"Receptive field of {layer} over the shortest path", f"{layer} 沿最短路径的感受野")
    centre = Text(f"Centre of the first field of {layer}", f"{layer} 第一个感受野的中心")
    jump = Text(f"Jump of {layer}", f"{layer} 的间距")
    widest = Text(f"Receptive field of {layer}", f"{layer} 的感受野")

    def ask(name: str, step: str, symbol: str, words: Text) -> None:
        asked_for(derivation, name, step, own=step in own, symbol=f"{symbol}_{{{at}}}", words=words)

    asked_for(derivation, "least_field", place.least, own=False, symbol=rf"r^{{\min}}_{{{at}}}", words=least)
    ask("start", place.start, "c", centre)
    ask("jump", place.jump, "j", jump)
    ask("field", place.field, "r", widest)

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        seen = measured.seen(wiring, layer)
        return {} if seen is None else {"field": seen.field, "jump": seen.jump}

    return derivation


layer_shape = of_network("network.shape", _shape, layer="pool2")
layer_params = of_network("network.params", _params, layer="conv2")
layer_macs = of_network("network.macs", _macs, layer="conv2")
layer_cost = of_network("network.cost", _cost, layer="conv2")
layer_field = of_network("network.field", _field, layer="pool2")
