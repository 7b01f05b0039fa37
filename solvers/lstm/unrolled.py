"""LSTM gate steps over several time steps: `forget_gate_1` to `hidden_T`, from a list of inputs."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import matrix, vector, word
from solvers.lstm import oracle
from solvers.lstm.cell import (
    CONCATENATED,
    SCALAR,
    SPLIT,
    UNITS,
    Moment,
    Weighing,
    add_joined,
    add_joined_cell,
    add_time_step,
    cell,
    joined,
)
from solvers.lstm.givens import concatenated_weights, scalar_states, scalar_weights, split_weights, states
from solvers.oracles import torch_tensor
from solvers.values import Matrix, Value, Vector

ORDER = word(
    r"\text{order}",
    "order of the concatenation: hx for [h, x], xh for [x, h]",
    "拼接顺序：hx 表示 [h, x]，xh 表示 [x, h]",
    words=("hx", "xh"),
    default="hx",
)


def _add_forgetful_mistakes(d: Derivation, weighing: Weighing, at: Moment) -> None:
    """Declares, from the second time step on, that a student begins again from the initial states."""
    if at.number is None or at.number == 1:
        return
    began = {**at.names, "h": "h", "c": "c"}
    d.misconception("lstm/states-not-carried", replaces=at.named("cell"), inputs=began)(cell)
    d.misconception("lstm/cell-not-carried", replaces=at.named("cell"), inputs=began)(cell)
    if weighing is CONCATENATED:
        d.misconception("lstm/states-not-carried", replaces=at.named("joined"), inputs=began)(at.reading(joined))
        return
    for step, (letter, *_) in UNITS.items():
        own = {parameter: f"{name}_{letter}" for parameter, name in weighing.weights.items()}
        rule = at.reading(weighing.rule)
        d.misconception("lstm/states-not-carried", replaces=at.named(step), inputs={**began, **own})(rule)


def _unroll(d: Derivation, weighing: Weighing, length: int) -> None:
    for number in range(1, length + 1):
        at = Moment.of_sequence(number)
        add_time_step(d, weighing, at)
        _add_forgetful_mistakes(d, weighing, at)


# ---------------------------------------------------------------------------------------------- one unit, one input


def _sequence_scalar(length: int) -> Derivation:
    d = Derivation(
        "lstm.sequence_scalar",
        "An LSTM cell with one input and one unit over a sequence",
        "单输入、单单元 LSTM 沿序列的计算",
        x=vector("x", "inputs, one per time step", "各时间步的输入", axes=("T",)),
        **scalar_states("0"),
        **scalar_weights(),
    )
    _unroll(d, SCALAR, length)

    @d.oracle
    def _(x: Vector, h: Value, c: Value, **weights: Value) -> dict[str, Any]:
        w, u, b = (oracle.stacked(weights, name) for name in "wub")
        xs, h, c = torch_tensor(x).reshape(-1, 1), torch_tensor(h).reshape(1), torch_tensor(c).reshape(1)
        return oracle.scalars(oracle.sequence((w, u, b), xs, h, c))

    return d


sequence_scalar = Family("lstm.sequence_scalar", _sequence_scalar, lambda givens: (len(givens["x"]),), smallest=(2,))

# ------------------------------------------------------------------------------------- vectors, with weights W and U


def _sequence(length: int) -> Derivation:
    d = Derivation(
        "lstm.sequence",
        "An LSTM layer over a sequence, with separate weights for input and hidden state",
        "LSTM 层沿序列的计算（输入与隐状态各有权重矩阵）",
        x=matrix("x", "inputs, one row per time step", "各时间步的输入（每行一步）", axes=("T", "d")),
        **states("0"),
        **split_weights(),
    )
    _unroll(d, SPLIT, length)

    @d.oracle
    def _(x: Matrix, h: Vector, c: Vector, **weights: Value) -> dict[str, Any]:
        w, u, b = (oracle.stacked(weights, name) for name in "WUb")
        return oracle.sequence((w, u, b), torch_tensor(x), torch_tensor(h), torch_tensor(c))

    return d


sequence = Family("lstm.sequence", _sequence, lambda givens: (len(givens["x"]),), smallest=(2,))

# ----------------------------------------------------------------------------- vectors over the concatenation [h, x] or [x, h]


def _sequence_concatenated(length: int, order: str, units: int, inputs: int) -> Derivation:
    d = Derivation(
        "lstm.sequence_concatenated",
        "An LSTM layer over a sequence, its weights acting on the concatenation [h, x] or [x, h]",
        "LSTM 层沿序列的计算（权重作用于拼接向量 [h, x] 或 [x, h]）",
        x=matrix("x", "inputs, one row per time step", "各时间步的输入（每行一步）", axes=("T", "d")),
        **states("0"),
        **concatenated_weights(),
        order=ORDER,
    )
    for number in range(1, length + 1):
        add_joined(d, order, units, inputs, Moment.of_sequence(number))
        add_joined_cell(d, Moment.of_sequence(number))
    _unroll(d, CONCATENATED, length)

    @d.oracle
    def _(x: Matrix, h: Vector, c: Vector, order: str, **weights: Value) -> dict[str, Any]:
        w, u, b = oracle.stacked_from_concatenated(weights, len(h), order)
        return oracle.sequence((w, u, b), torch_tensor(x), torch_tensor(h), torch_tensor(c))

    return d


sequence_concatenated = Family(
    "lstm.sequence_concatenated",
    _sequence_concatenated,
    lambda givens: (len(givens["x"]), givens["order"], len(givens["h"]), givens["x"].shape[1]),
    smallest=(2, "hx", 1, 1),
)
