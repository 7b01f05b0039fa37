"""What an LSTM's derivations are given: weights in the usual conventions, states, and values of gates."""

from __future__ import annotations

from collections.abc import Mapping

from solvers.givens import Given, matrix, number, vector
from solvers.text import Text

GATES = {
    "f": ("forget gate", "遗忘门"),
    "i": ("input gate", "输入门"),
    "c": ("candidate", "候选值"),
    "o": ("output gate", "输出门"),
}
"""The letters of the weights, in the order in which textbooks introduce the gates."""

Givens = Mapping[str, Given]


def scalar_weights() -> Givens:
    """`w_f`, `u_f`, `b_f` … of a cell with one input and one unit."""
    givens: dict[str, Given] = {}
    for letter, (en, zh) in GATES.items():
        givens[f"w_{letter}"] = number(f"w_{letter}", f"weight of the input in the {en}", f"{zh}中输入的权重")
        givens[f"u_{letter}"] = number(
            f"u_{letter}", f"weight of the previous hidden state in the {en}", f"{zh}中上一隐状态的权重"
        )
        givens[f"b_{letter}"] = number(f"b_{letter}", f"bias of the {en}", f"{zh}的偏置", default=0)
    return givens


def split_weights(rows: bool = False) -> Givens:
    """`W_f`, `U_f`, `b_f` …; with `rows`, inputs stand to the left of the weights, which are then d × h."""
    givens: dict[str, Given] = {}
    for letter, (en, zh) in GATES.items():
        givens[f"W_{letter}"] = matrix(
            f"W_{letter}",
            f"weights of the input in the {en}",
            f"{zh}中输入的权重",
            axes=("d", "h") if rows else ("h", "d"),
        )
        givens[f"U_{letter}"] = matrix(
            f"U_{letter}",
            f"weights of the previous hidden state in the {en}",
            f"{zh}中上一隐状态的权重",
            axes=("h", "h"),
        )
        givens[f"b_{letter}"] = vector(
            f"b_{letter}", f"biases of the {en}", f"{zh}的偏置", axes=("h",), default=0, row=rows
        )
    return givens


def concatenated_weights() -> Givens:
    """`W_f`, `b_f` …, each weight matrix over the concatenation of hidden state and input."""
    givens: dict[str, Given] = {}
    for letter, (en, zh) in GATES.items():
        givens[f"W_{letter}"] = matrix(
            f"W_{letter}",
            f"weights of the {en} over the concatenated vector",
            f"{zh}对拼接向量的权重",
            axes=("h", "h+d"),
        )
        givens[f"b_{letter}"] = vector(f"b_{letter}", f"biases of the {en}", f"{zh}的偏置", axes=("h",), default=0)
    return givens


def scalar_states(before: str = "t-1") -> Givens:
    """`h` and `c`, the states before the (first) time step; zero unless given."""
    return {
        "h": number(f"h_{{{before}}}", "hidden state before the first time step", "起始隐状态", default=0),
        "c": number(f"c_{{{before}}}", "cell state before the first time step", "起始单元状态", default=0),
    }


def states(before: str = "t-1") -> Givens:
    """`h` and `c` as vectors; zero unless given."""
    return {
        "h": vector(f"h_{{{before}}}", "hidden state before the first time step", "起始隐状态", axes=("h",), default=0),
        "c": vector(f"c_{{{before}}}", "cell state before the first time step", "起始单元状态", axes=("h",), default=0),
    }


def gate_value(name: str, symbol: str, axes: tuple[str, ...] = ()) -> Given:
    """The value of a gate or candidate (`f`, `i`, `g`, `o`), from its own range; a vector if it has axes."""
    en, zh = GATES["c" if name == "g" else name]
    return Given(
        symbol=symbol,
        kind="vector" if axes else "number",
        meaning=Text(f"value of the {en}", f"{zh}的值"),
        axes=axes,
        least=-1 if name == "g" else 0,
        most=1,
    )
