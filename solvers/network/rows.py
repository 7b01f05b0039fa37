"""Rows of a network's table: those to be filled in, and the one whose parameters somebody has counted wrongly."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import name as named
from solvers.givens import word
from solvers.network import measured
from solvers.network.asked import unsuited
from solvers.network.derivations import LAYER, ask_shape, layer_of, measured_shapes, of_network, started
from solvers.network.model import Network
from solvers.network.wiring import Wiring
from solvers.rules import taking
from solvers.trace import Undefined
from solvers.values import Shape, Value

ROWS = ("a", "b", "c")
SLIPS = (
    "params/missed-input-channels",
    "params/kernel-side-once",
    "params/one-bias-per-layer",
    "params/bias-per-input",
    "params/weights-per-position",
    "params/ignored-groups",
    "params/norm-gain-only",
    "convention/no-bias",
    "convention/with-bias",
)
SLIP = word(r"\text{slip}", "what went wrong in the row", "该行出错的原因", words=SLIPS)


def _rows(whole: Network, x: tuple[int, ...], a: str, b: str, c: str) -> Derivation:
    rows = dict(zip(ROWS, (a, b, c), strict=True))
    order = [list(whole.by_name).index(layer_of(whole, name).name) for name in rows.values()]
    if sorted(set(order)) != order:
        raise unsuited("network.rows", "the rows are not in the order of the network", "各行没有按网络的顺序排列")
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
        ask_shape(wiring, whole.by_name[name], f"shape_{row}_row")
    for row, name in rows.items():
        step = wiring.parameters.get(name)
        if step is None:
            raise unsuited("network.rows", f"{name} learns nothing", f"{name} 没有参数")
        derivation.rename(step, f"params_{row}_row")

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        found = measured.run(wiring)
        shapes = {f"shape_{row}_row": found.shapes[name] for row, name in rows.items()}
        counts = {f"params_{row}_row": found.parameters[name] for row, name in rows.items()}
        return measured_shapes(wiring, found) | shapes | counts

    return derivation


rows = of_network("network.rows", _rows, a="conv1", b="conv2", c="fc1")


# ------------------------------------------------------------------------------------------------------ a wrong row


@lru_cache(maxsize=64)
def shown_counts(network: Network, x: Shape, layer: str, slip: str) -> dict[str, int]:
    """The parameters of each layer that has any, those of one layer as somebody with a misconception would count them.

    Raises StepError where the misconception changes nothing in that layer.
    """
    derivation = started("network.wrong_row", "A table with a wrong row", "有一行出错的表", layer=LAYER)
    wiring = Wiring(derivation, network, x)
    wiring.add_shapes()
    wiring.add_parameters()
    step = wiring.parameters.get(layer)
    known = derivation.misconceptions.get(slip)
    if step is None or known is None or step not in known.rules:
        raise unsuited("network.wrong_row", f"{slip} does not apply to {layer}", f"{slip} 不适用于 {layer}")
    givens = {"network": network.name, "x": x, "layer": layer}
    right = derivation.run(givens)
    wrong = derivation.run(givens, replacing=(slip,), base=right)
    if right[step] == wrong[step]:
        raise unsuited("network.wrong_row", f"{slip} changes nothing in {layer}", f"{slip} 对 {layer} 没有影响")
    return {name: int(wrong[one] if name == layer else right[one]) for name, one in wiring.parameters.items()}


def _wrong_row(whole: Network, x: tuple[int, ...], layer: str, slip: str) -> Derivation:
    shown = shown_counts(whole, Shape(x), layer_of(whole, layer).name, slip)
    derivation = started(
        "network.wrong_row",
        "The row of a table whose parameters are wrong",
        "表中参数量有误的一行",
        layer=LAYER,
        slip=SLIP,
    )
    wiring = Wiring(derivation, whole, Shape(x))
    wiring.add_shapes()
    wiring.add_parameters()
    row_of = {step: name for name, step in wiring.parameters.items()}

    def differing(values: dict[str, Value]) -> str:
        values.pop("slip")
        for step, value in values.items():
            if value != shown[row_of[step]]:
                return row_of[step]
        raise Undefined("all rows agree", "各行都相符")

    inputs = {"slip": "slip"} | {step: step for step in row_of}
    derivation.step(
        r"\{\ell : N_\ell \ne N'_\ell\}",
        symbol=r"\ell",
        name="row",
        en="Layer whose parameters are not those of the table",
        zh="参数量与表中不符的层",
        final=True,
        among=shown,
        inputs=inputs,
    )(taking(inputs, differing))
    derivation.rename(wiring.parameters[layer], "params")

    @derivation.oracle
    def _(**_: Any) -> dict[str, Any]:
        found = measured.run(wiring).parameters
        return {"params": found[layer], "row": next(name for name, count in shown.items() if found[name] != count)}

    return derivation


wrong_row = of_network("network.wrong_row", _wrong_row, layer="conv2", slip="params/missed-input-channels")
