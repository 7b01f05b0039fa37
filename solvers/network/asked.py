"""What is asked of a network beyond its table: the first layer that sees enough, a fitting padding, a bottleneck's saving, rows of the table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer, word
from solvers.givens import name as named
from solvers.network import measured
from solvers.network.derivations import LAYER, layer_of, of_network, started
from solvers.network.fields import Fields
from solvers.network.kind import Quantity
from solvers.network.kinds.convolution import Conv
from solvers.network.library import find
from solvers.network.model import Layer, Network
from solvers.network.wiring import Wiring
from solvers.text import Text
from solvers.trace import StepError, Undefined
from solvers.values import Shape, Value
from solvers.windows import positions, span


def _unsuited(derivation: str, en: str, zh: str) -> StepError:
    """A network or layer of which this cannot be asked."""
    return StepError(derivation, "layer", Text(en, zh))


WANTED = integer("R", "input samples that are to be seen", "需要看到的输入样本数", least=2)
ROWS = ("a", "b", "c")


# ------------------------------------------------------------------------------------------ the first that sees enough


def _first_to_see(network: str, x: tuple[int, ...]) -> Derivation:
    whole = find(network)
    derivation = started(
        "network.first_to_see",
        "The first layer whose units see so many input samples",
        "网络中第一个能看到足够多输入样本的层",
        R=WANTED,
    )
    wiring = Wiring(derivation, whole, Shape(x))
    wiring.add_shapes()
    fields = Fields(wiring)
    places = {name: seen[0] for name, seen in fields.of.items() if name in whole.by_name and isinstance(seen, tuple)}
    # A layer that sees what the one before it sees is never the first.
    steps = dict.fromkeys(place.field for place in places.values())
    first = {step: next(name for name, place in places.items() if place.field == step) for step in steps}
    parameters = {f"r{i}": step for i, step in enumerate(first, 1)}

    def found(R: int, fields: dict[str, Value]) -> str:
        for parameter, value in fields.items():
            if value >= R:
                return first[parameters[parameter]]
        raise Undefined("no layer sees so many", "没有任何层能看到这么多")

    derivation.step(
        r"\min \{\ell : r_\ell \ge $R\}",
        symbol=r"\ell",
        name="layer",
        en="First layer that sees so many input samples",
        zh="第一个满足要求的层",
        inputs=parameters,
    )(_with(found, "R", *parameters))

    @derivation.oracle
    def _(R: int, **_: Any) -> dict[str, str]:
        for name in whole.by_name:
            seen = measured.seen(wiring, name) if name in places else None
            if seen is not None and seen.field >= R:
                return {"layer": name}
        return {}

    return derivation


def _with(function: Callable[..., Value], given: str, *others: str) -> Callable[..., Value]:
    """A rule over one given and however many steps, which the function gets in a dict."""
    from inspect import Parameter, Signature

    def rule(**values: Value) -> Value:
        return function(values[given], {name: values[name] for name in others})

    # The step graph reads a rule's inputs from its signature, and here their number differs.
    rule.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter(name, Parameter.KEYWORD_ONLY) for name in (given, *others)]
    )
    return rule


first_to_see = of_network("network.first_to_see", _first_to_see)


# ------------------------------------------------------------------------------------------------- a padding that fits


def _padding(network: str, x: tuple[int, ...], layer: str) -> Derivation:
    whole = find(network)
    asked = layer_of(whole, layer)
    derivation = started(
        "network.padding",
        "The padding of one layer, from the shapes around it",
        "由前后形状求某一层的填充",
        layer=LAYER,
    )
    kind = asked.kind
    if not isinstance(kind, Conv) or kind.padding == "same":
        raise _unsuited("network.padding", "only the padding of a convolution is asked for", "只求卷积层的填充")
    before = [one for one in whole.before(layer) if one.name != layer]
    wiring = Wiring(derivation, whole, Shape(x), before)
    wiring.add_shapes()
    k, s, d = (side[0] for side in kind.sides())
    size = wiring.shapes[layer][1]
    name = wiring.shape[asked.inputs[0]]

    @derivation.step(
        rf"\left\lceil \frac{{({size} - 1) \cdot {s} + {span(k, d)} - $x[1]}}{{2}} \right\rceil",
        symbol="p",
        zh=f"{layer} 每侧的填充",
        en=f"Zeros padded on each side by {layer}",
        name="padding",
        x=name,
    )
    def padding(x: Shape) -> int:
        found = -(-((size - 1) * s + span(k, d) - x[1]) // 2)
        if found < 0 or positions(x[1], 2 * found, s, span(k, d)) != size:
            raise Undefined("no padding gives this shape", "没有填充能得到该形状")
        return found

    @derivation.misconception("conv/padding-for-both-sides", replaces="padding", x=name)
    def _(x: Shape) -> int:
        return (size - 1) * s + span(k, d) - x[1]

    @derivation.misconception("conv/half-kernel-always", replaces="padding")
    def _() -> int:
        return k // 2

    @derivation.misconception("conv/stride-left-out", replaces="padding", x=name)
    def _(x: Shape) -> int:
        return max(-(-((size - 1) + span(k, d) - x[1]) // 2), 0)

    @derivation.oracle
    def _(**_: Any) -> dict[str, int]:
        import torch

        signal = torch.empty(1, 1, wiring.shapes[asked.inputs[0]][1], device="meta")
        taps = torch.empty(1, 1, k, device="meta")
        for p in range(k * d + size * s):
            if torch.nn.functional.conv1d(signal, taps, None, s, p, d).shape[-1] == size:
                return {"padding": p}
        return {}

    return derivation


padding = of_network("network.padding", _padding, layer="conv2")


# ----------------------------------------------------------------------------------------------- a bottleneck's saving


def _bottleneck(network: Network, layer: str) -> tuple[Layer, Layer]:
    """The 1 × 1 convolution in front of a larger one, and the larger one; activations and norms may stand between them."""
    asked = layer_of(network, layer)
    if not isinstance(asked.kind, Conv) or math.prod(asked.kind.sides()[0]) == 1:
        raise _unsuited(
            "network.saving", f"{layer} is no convolution larger than 1 × 1", f"{layer} 不是大于 1 × 1 的卷积层"
        )
    before = network.by_name.get(asked.inputs[0])
    while before is not None and before.kind.shape(*(Shape((1, 1, 1)) for _ in before.inputs)) is None:
        before = network.by_name.get(before.inputs[0])
    if before is None or not isinstance(before.kind, Conv) or math.prod(before.kind.sides()[0]) != 1:
        raise _unsuited(
            "network.saving", f"there is no 1 × 1 convolution in front of {layer}", f"{layer} 之前没有 1 × 1 卷积"
        )
    return before, asked


def _saving(network: str, x: tuple[int, ...], layer: str) -> Derivation:
    whole = find(network)
    reducing, large = _bottleneck(whole, layer)
    derivation = started(
        "network.saving",
        "What a 1 × 1 convolution in front of a larger one saves",
        "较大卷积之前的 1 × 1 卷积节省了多少计算",
        layer=LAYER,
    )
    wiring = Wiring(derivation, whole, Shape(x), whole.before(layer))
    wiring.add_shapes()
    wiring.add_multiply_adds([reducing, large])
    first, second = wiring.multiply_adds[reducing.name], wiring.multiply_adds[large.name]
    inside, outside = wiring.shape[reducing.inputs[0]], wiring.shape[layer]
    direct_cost = large.kind.multiply_adds(wiring.shapes[reducing.inputs[0]])
    assert direct_cost is not None
    _add(
        derivation,
        "direct",
        direct_cost,
        r"M_{\text{direct}}",
        Text("Multiply-adds of the large kernel alone", "只用大卷积核时的乘加次数"),
        {"x": inside, "y": outside},
    )

    @derivation.step(
        "$first + $second", symbol=r"M_{\text{with}}", zh="两层的乘加次数之和", first=first, second=second, name="both"
    )
    def _(first: int, second: int) -> int:
        """Multiply-adds of the two layers."""
        return first + second

    @derivation.misconception("cost/one-stage-only", replaces="both", second=second)
    def _(second: int) -> int:
        return second

    @derivation.step("$direct - $both", symbol=r"\Delta M", zh="节省的乘加次数", name="saved")
    def _(direct: int, both: int) -> int:
        """Multiply-adds saved."""
        return direct - both

    @derivation.oracle
    def _(**_: Any) -> dict[str, int]:
        found = measured.run(wiring)
        both = found.multiply_adds[reducing.name] + found.multiply_adds[layer]
        direct = measured.multiply_adds(large, wiring.shapes[reducing.inputs[0]])
        return {"both": both, "direct": direct, "saved": direct - both}

    return derivation


def _add(
    derivation: Derivation, name: str, quantity: Quantity, symbol: str, words: Text, inputs: dict[str, str]
) -> None:
    derivation.step(quantity.formula, symbol=symbol, name=name, en=words.en, zh=words.zh, final=True, inputs=inputs)(
        quantity.rule
    )


saving = of_network("network.saving", _saving, network="inception-block", layer="three.conv1")


# ------------------------------------------------------------------------------------------------- rows of the table


def _rows(network: str, x: tuple[int, ...], a: str, b: str, c: str) -> Derivation:
    whole = find(network)
    rows = dict(zip(ROWS, (a, b, c), strict=True))
    order = [list(whole.by_name).index(layer_of(whole, name).name) for name in rows.values()]
    if sorted(set(order)) != order:
        raise _unsuited("network.rows", "the rows are not in the order of the network", "各行没有按网络的顺序排列")
    derivation = started(
        "network.rows",
        "Shapes and parameters of three layers of a network",
        "网络中三层的形状与参数量",
        **{row: named(rf"\ell_{row}", f"the layer of row {row}", f"第 {row} 行的层") for row in ROWS},
    )
    wiring = Wiring(derivation, whole, Shape(x), whole.before(*rows.values()))
    wiring.add_shapes()
    wiring.add_parameters([whole.by_name[name] for name in rows.values()])
    for row, name in rows.items():
        _same(
            derivation,
            f"shape_{row}_row",
            wiring.shape[name],
            rf"\mathrm{{shape}}_{row}",
            Text(f"Output shape of {name}", f"{name} 的输出形状"),
        )
    for row, name in rows.items():
        step = wiring.parameters.get(name)
        if step is None:
            raise _unsuited("network.rows", f"{name} learns nothing", f"{name} 没有参数")
        _same(derivation, f"params_{row}_row", step, f"N_{row}", Text(f"Parameters of {name}", f"{name} 的参数量"))

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        found = measured.run(wiring)
        shapes = {f"shape_{row}_row": found.shapes[name] for row, name in rows.items()}
        return shapes | {f"params_{row}_row": found.parameters[name] for row, name in rows.items()}

    return derivation


def _same(derivation: Derivation, name: str, step: str, symbol: str, words: Text) -> None:
    derivation.step("$of", symbol=symbol, name=name, en=words.en, zh=words.zh, final=True, inputs={"of": step})(
        lambda of: of
    )


rows = of_network("network.rows", _rows, a="conv1", b="conv2", c="fc1")

SLIPS = (
    "params/missed-input-channels",
    "params/bias-per-position",
    "params/weights-per-position",
    "params/ignored-groups",
    "convention/no-bias",
    "convention/with-bias",
)
SLIP = word(r"\text{slip}", "what went wrong in the row", "该行出错的原因", words=SLIPS)


def mistaken(network: Network, x: Shape, layer: str, slip: str) -> int:
    """What somebody with the misconception would write for a layer's parameters. Raises StepError where it changes nothing."""
    derivation = started("network.mistaken", "A mistaken row", "出错的一行", layer=LAYER)
    wiring = Wiring(derivation, network, x, network.before(layer))
    wiring.add_shapes()
    wiring.add_parameters([network.by_name[layer]])
    step = wiring.parameters.get(layer)
    known = derivation.misconceptions.get(slip)
    if step is None or known is None or step not in known.rules:
        raise _unsuited("network.wrong_row", f"{slip} does not apply to {layer}", f"{slip} 不适用于 {layer}")
    givens = {"network": network.name, "x": x, "layer": layer}
    right = derivation.run(givens)
    wrong = derivation.run(givens, replacing=(slip,), base=right)
    if right[step] == wrong[step]:
        raise _unsuited("network.wrong_row", f"{slip} changes nothing in {layer}", f"{slip} 对 {layer} 没有影响")
    return int(wrong[step])


def _wrong_row(network: str, x: tuple[int, ...], layer: str, slip: str) -> Derivation:
    whole = find(network)
    mistaken(whole, Shape(x), layer_of(whole, layer).name, slip)
    derivation = started(
        "network.wrong_row",
        "The row of a table whose parameters are wrong",
        "表中参数量有误的一行",
        layer=LAYER,
        slip=SLIP,
    )

    @derivation.step(r"\ell", symbol=r"\ell", zh="参数量有误的层", name="row", final=True)
    def _(slip: str) -> str:  # noqa: ARG001 - the slip is what makes the row wrong
        """Layer whose parameters are wrong."""
        return layer

    wiring = Wiring(derivation, whole, Shape(x), whole.before(layer))
    wiring.add_shapes()
    wiring.add_parameters([whole.by_name[layer]])
    _same(derivation, "params", wiring.parameters[layer], "N", Text(f"Parameters of {layer}", f"{layer} 的参数量"))

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        return {"params": measured.run(wiring).parameters[layer]}

    return derivation


wrong_row = of_network("network.wrong_row", _wrong_row, layer="conv2", slip="params/missed-input-channels")
