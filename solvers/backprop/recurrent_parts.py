"""How a recurrent network is written for numbers and for vectors: names, givens, formulas and products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from solvers.backprop.functions import (
    Form,
    activation_of,
    fused_delta,
    fused_formula,
    gradient_formula,
    is_fused,
    loss_gradient,
    slope,
)
from solvers.backprop.givens import LOSS_FUNCTION, RATE, activation
from solvers.givens import Given, matrix, number, vector
from solvers.values import Value


@dataclass(frozen=True)
class Parts:
    """A recurrent network over numbers or over vectors: names of its weights, and its products."""

    name: str
    en: str
    zh: str
    form: Form
    W: str
    U: str
    V: str
    times: Callable[[Value, Value], Value]
    sent_back: Callable[[Value, Value], Value]
    outer: Callable[[Value, Value], Value]
    elementwise: str
    turned: str

    def called(self, every: bool) -> str:
        """The derivation's name, with a target for every time step or for the last one only."""
        return self.name if every else f"{self.name}_last"

    def titles(self, every: bool) -> tuple[str, str]:
        """The derivation's title in both languages."""
        if every:
            return f"{self.en}, with a loss at every time step", f"{self.zh}，每步都有损失"
        return f"{self.en}, with a loss at the last time step", f"{self.zh}，仅最后一步有损失"

    def back(self, weight: str, delta: str) -> str:
        """The formula of a delta sent back through a weight."""
        return f"${weight}{self.turned} ${delta}"

    def term(self, inputs: Mapping[str, Value], delta: str, factor: str) -> Value:
        """One time step's share in a gradient: delta times what the weight multiplied; `factor` may be `x[2]`."""
        if not factor:
            return inputs[delta]
        name, _, index = factor.partition("[")
        value = inputs[name][int(index[:-1])] if index else inputs[name]
        return self.outer(inputs[delta], value)

    def term_formula(self, delta: str, factor: str) -> str:
        """The formula of one time step's share."""
        return f"${delta} ${factor}{self.turned}" if factor else f"${delta}"


NUMBERS = Parts(
    "backprop.rnn_scalar",
    "Back-propagation through time in a recurrent network with one unit",
    "单个单元的循环网络的随时间反向传播（BPTT）",
    "number",
    "w",
    "u",
    "v",
    lambda weight, value: weight * value,
    lambda weight, delta: weight * delta,
    lambda delta, value: delta * value,
    " ",
    "",
)
VECTORS = Parts(
    "backprop.rnn",
    "Back-propagation through time in a simple recurrent network",
    "简单循环网络的随时间反向传播（BPTT）",
    "vector",
    "W",
    "U",
    "V",
    lambda weight, value: weight @ value,
    lambda weight, delta: weight.T @ delta,
    np.multiply.outer,
    r" \odot ",
    r"^\top",
)


def recurrent_givens(parts: Parts, *, every: bool) -> dict[str, Given]:
    """Inputs, weights, initial state, targets, and how the network is trained."""
    words = {
        "activation": activation("activation", "activation of the hidden state", "隐状态的激活函数", default="tanh"),
        "output_activation": activation(
            "output activation",
            "activation of the output",
            "输出的激活函数",
            softmax=parts.form == "vector",
            default="linear",
        ),
        "loss_function": LOSS_FUNCTION,
        "rate": RATE,
    }
    many = ("y", "targets, one per time step", "各时间步的目标值")
    one = ("y", "target of the last time step", "最后一步的目标值")
    if parts.form == "number":
        return {
            "x": vector("x", "inputs, one per time step", "各时间步的输入", axes=("T",)),
            "w": number("w", "weight of the input", "输入的权重"),
            "u": number("u", "weight of the previous hidden state", "上一隐状态的权重（循环权重）"),
            "b": number("b", "bias", "偏置", default=0),
            "v": number("v", "weight of the output", "输出的权重", default=1),
            "c": number("c", "bias of the output", "输出的偏置", default=0),
            "h0": number("h_{0}", "initial hidden state", "初始隐状态", default=0),
            "target": vector(*many, axes=("T",)) if every else number(*one),
            **words,
        }
    return {
        "x": matrix("x", "inputs, one row per time step", "各时间步的输入（每行一步）", axes=("T", "d")),
        "W": matrix("W", "weights of the input", "输入的权重", axes=("h", "d")),
        "U": matrix("U", "weights of the previous hidden state", "上一隐状态的权重（循环权重）", axes=("h", "h")),
        "b": vector("b", "biases", "偏置", axes=("h",), default=0),
        "V": matrix("V", "weights of the output", "输出的权重", axes=("o", "h")),
        "c": vector("c", "biases of the output", "输出的偏置", axes=("o",), default=0),
        "h0": vector("h_{0}", "initial hidden state", "初始隐状态", axes=("h",), default=0),
        "target": matrix(*many, axes=("T", "o")) if every else vector(*one, axes=("o",)),
        **words,
    }


def output_delta_of(output: Value, target: Value, activation: str, loss: str) -> Value:
    """The gradient of the loss with respect to the weighted sums of the output."""
    if is_fused(activation, loss):
        return fused_delta(output, target, loss)
    # The derivative of ReLU may be taken at its value, which is above 0 where the weighted sum is.
    return loss_gradient(output, target, loss) * slope(output, output, activation)


def output_delta_formula(form: Form, activation: str, loss: str, outputs: int) -> str:
    """The formula of `output_delta_of`."""
    if is_fused(activation, loss):
        return fused_formula(loss, outputs)
    gradient = gradient_formula(loss, form, outputs)
    formulas = activation_of(activation)
    if not formulas.slope:
        return gradient
    if form == "number":
        own, times = formulas.scalar_slope, " "
    else:
        own, times = formulas.slope, r" \odot "
    own = own.replace("$a", "$output").replace("$z", "$output")
    return rf"\left({gradient}\right){times}\left({own}\right)"
