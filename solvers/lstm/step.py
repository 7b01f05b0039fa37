"""LSTM gate steps: derivations of one time step, in the conventions that books and libraries use.

Hochreiter and Schmidhuber (1997) with the forget gate of Gers, Schmidhuber and Cummins (2000). The gates' rules are in
`solvers.lstm.cell` and the students' mistakes in `solvers.lstm.mistakes`; several time steps are in
`solvers.lstm.unrolled`; what follows from known gate values is in
`solvers.lstm.memory`, `solvers.lstm.inverse` and `solvers.lstm.gradient`.
"""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import matrix, number, vector
from solvers.lstm import oracle
from solvers.lstm.cell import (
    CONCATENATED,
    ROWS,
    SCALAR,
    SPLIT,
    Moment,
    add_gates,
    add_joined,
    add_joined_cell,
    add_time_step,
)
from solvers.lstm.givens import concatenated_weights, scalar_states, scalar_weights, split_weights, states
from solvers.lstm.unrolled import ORDER
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Value, Vector

# ---------------------------------------------------------------------------------------------- one unit, one input

scalar_step = Derivation(
    "lstm.scalar_step",
    "One time step of an LSTM cell with one input and one unit",
    "单输入、单单元 LSTM 的一个时间步",
    x=number("x_t", "input", "输入"),
    **scalar_states(),
    **scalar_weights(),
)
add_time_step(scalar_step, SCALAR)


@scalar_step.oracle
def _(x: Value, h: Value, c: Value, **weights: Value) -> dict[str, Any]:
    w, u, b = (oracle.stacked(weights, name) for name in "wub")
    x, h, c = (torch_tensor(value).reshape(1) for value in (x, h, c))
    return oracle.scalars(oracle.time_step((w, u, b), x, h, c))


# ------------------------------------------------------------------------------------- vectors, with weights W and U

step = Derivation(
    "lstm.step",
    "One time step of an LSTM layer with separate weights for input and hidden state",
    "LSTM 层的一个时间步（输入与隐状态各有权重矩阵）",
    x=vector("x_t", "input", "输入", axes=("d",)),
    **states(),
    **split_weights(),
)
add_time_step(step, SPLIT)


@step.oracle
def _(x: Vector, h: Vector, c: Vector, **weights: Value) -> dict[str, Any]:
    w, u, b = (oracle.stacked(weights, name) for name in "WUb")
    return oracle.time_step((w, u, b), torch_tensor(x), torch_tensor(h), torch_tensor(c))


# ----------------------------------------------------------------------------- vectors over the concatenation [h, x] or [x, h]


def _step_concatenated(order: str, units: int, inputs: int) -> Derivation:
    d = Derivation(
        "lstm.step_concatenated",
        "One time step of an LSTM layer whose weights act on the concatenation [h, x] or [x, h]",
        "LSTM 层的一个时间步（权重作用于拼接向量 [h, x] 或 [x, h]）",
        x=vector("x_t", "input", "输入", axes=("d",)),
        **states(),
        **concatenated_weights(),
        order=ORDER,
    )
    add_joined(d, order, units, inputs)
    add_joined_cell(d)
    add_time_step(d, CONCATENATED)

    @d.oracle
    def _(x: Vector, h: Vector, c: Vector, order: str, **weights: Value) -> dict[str, Any]:
        import torch

        parts = {"x": torch_tensor(x), "h": torch_tensor(h)}
        found = oracle.time_step(
            oracle.stacked_from_concatenated(weights, len(h), order), parts["x"], parts["h"], torch_tensor(c)
        )
        return {"joined": torch.cat([parts[letter] for letter in order]), **found}

    return d


step_concatenated = Family(
    "lstm.step_concatenated",
    _step_concatenated,
    lambda givens: (givens["order"], len(givens["h"]), len(givens["x"])),
    smallest=("hx", 1, 1),
)

# ------------------------------------------------------------------------ a batch with one example a row, X W + H U + b

step_batch = Derivation(
    "lstm.step_batch",
    "One time step of an LSTM layer on a batch with one example a row",
    "LSTM 层对一个小批量的一个时间步（每行一个样本）",
    x=matrix("X_t", "inputs, one example a row", "输入（每行一个样本）", axes=("n", "d")),
    h=matrix("H_{t-1}", "hidden states before the time step", "起始隐状态", axes=("n", "h"), default=0),
    c=matrix("C_{t-1}", "cell states before the time step", "起始单元状态", axes=("n", "h"), default=0),
    **split_weights(rows=True),
)
add_time_step(step_batch, ROWS)


@step_batch.oracle
def _(x: Matrix, h: Matrix, c: Matrix, **weights: Value) -> dict[str, Any]:
    columns = {name: value if name.startswith("b") else value.T for name, value in weights.items()}
    w, u, b = (oracle.stacked(columns, name) for name in "WUb")
    return oracle.time_step((w, u, b), torch_tensor(x), torch_tensor(h), torch_tensor(c))


# --------------------------------------------------------------------------------------- the parameters of nn.LSTMCell

OTHER_ORDERS = {
    "lstm/blocks-forget-first": ("forget", "input", "candidate", "output"),
    "lstm/blocks-output-third": ("input", "forget", "output", "candidate"),
}
BLOCKS = {
    "input": ("i", "Block of the input gate, the first", "输入门的一块（第一块）"),
    "forget": ("f", "Block of the forget gate, the second", "遗忘门的一块（第二块）"),
    "candidate": ("g", "Block of the candidate, the third", "候选值的一块（第三块）"),
    "output": ("o", "Block of the output gate, the fourth", "输出门的一块（第四块）"),
}
"""PyTorch stacks the gates in this order: i, f, g, o."""


def _stacked_score(*, W_ih: Matrix, x: Vector, b_ih: Vector, W_hh: Matrix, h: Vector, b_hh: Vector) -> Vector:
    """Weighted sums of all gates, stacked."""
    if len(W_ih) != 4 * len(h):
        raise Undefined(
            "the parameters need four rows for every hidden unit: one for each gate",
            "每个隐单元在参数中应有四行：每个门一行",
        )
    return W_ih @ x + b_ih + W_hh @ h + b_hh


def _one_bias(W_ih: Matrix, x: Vector, b_ih: Vector, W_hh: Matrix, h: Vector) -> Vector:
    return W_ih @ x + b_ih + W_hh @ h


def _no_hidden(W_ih: Matrix, x: Vector, b_ih: Vector, b_hh: Vector) -> Vector:
    return W_ih @ x + b_ih + b_hh


def _step_pytorch(size: int) -> Derivation:
    d = Derivation(
        "lstm.step_pytorch",
        "One time step of torch.nn.LSTMCell from its parameters, the gates stacked as i, f, g, o",
        "由参数计算 torch.nn.LSTMCell 的一个时间步（各门按 i、f、g、o 堆叠）",
        x=vector("x_t", "input", "输入", axes=("d",)),
        **states(),
        W_ih=matrix("W_{ih}", "weight_ih", "weight_ih", axes=("4h", "d")),
        W_hh=matrix("W_{hh}", "weight_hh", "weight_hh", axes=("4h", "h")),
        b_ih=vector("b_{ih}", "bias_ih", "bias_ih", axes=("4h",), default=0),
        b_hh=vector("b_{hh}", "bias_hh", "bias_hh", axes=("4h",), default=0),
    )
    d.step("$W_ih $x + $b_ih + $W_hh $h + $b_hh", symbol="a", zh="各门加权和（堆叠）", name="stacked_score")(
        _stacked_score
    )
    d.misconception("lstm/second-bias-forgotten", replaces="stacked_score")(_one_bias)
    d.misconception("lstm/previous-hidden-ignored", replaces="stacked_score")(_no_hidden)
    for place, (gate, (letter, en, zh)) in enumerate(BLOCKS.items()):
        rows = r" \\ ".join(f"$stacked_score[{place * size + row}]" for row in range(size))
        block = rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"
        d.step(block, symbol=f"a_{letter}", en=en, zh=zh, name=f"{gate}_score")(_block(place, size))
        for id, order in OTHER_ORDERS.items():
            if order.index(gate) != place:
                d.misconception(id, replaces=f"{gate}_score")(_block(order.index(gate), size))
    add_gates(d, r" \odot ", Moment())

    @d.oracle
    def _(*, x: Vector, h: Vector, c: Vector, W_ih: Matrix, W_hh: Matrix, b_ih: Vector, b_hh: Vector) -> dict[str, Any]:
        import torch

        weights = (torch_tensor(W_ih), torch_tensor(W_hh), torch_tensor(b_ih) + torch_tensor(b_hh))
        found = oracle.time_step(weights, *(torch_tensor(value) for value in (x, h, c)))
        return {"stacked_score": torch.cat([found[f"{gate}_score"] for gate in oracle.ORDER]), **found}

    return d


def _block(place: int, size: int) -> Any:
    def block(stacked_score: Vector) -> Vector:
        return stacked_score[place * size : (place + 1) * size]

    return block


step_pytorch = Family("lstm.step_pytorch", _step_pytorch, lambda givens: (len(givens["h"]),), smallest=(1,))
