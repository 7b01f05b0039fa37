"""Several units or several inputs at once: truth tables, layers, and two layers, which is enough for XOR."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, matrix, number, vector
from solvers.neuron.functions import (
    FORMULAS,
    FUNCTIONS,
    MISTAKES,
    activation_given,
    add_activation,
    cleaned,
    torch_activation,
)
from solvers.neuron.single import BIAS, INPUTS
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector

TWO_INPUTS = [[0, 0], [0, 1], [1, 0], [1, 1]]


def _rows(default: Any = None) -> Given:
    return matrix(
        "X",
        "inputs, one case a row (by default the four of two bits)",
        "输入，每行一种情形（默认为两个二进制输入的四种）",
        axes=("n", "d"),
        default=default,
    )


def _truth_table(activation: str) -> Derivation:
    d = Derivation(
        "neuron.truth_table",
        "Outputs of one unit for every row of inputs",
        "一个单元对各行输入的输出（真值表）",
        X=_rows(TWO_INPUTS),
        w=vector("w", "weights", "权重"),
        b=BIAS,
        activation=activation_given("threshold"),
    )

    @d.step("$X $w + $b", symbol="v", zh="各行的净输入")
    def net_inputs(X: Matrix, w: Vector, b: Number) -> Vector:
        """Net input of each row."""
        return X @ w + b

    add_activation(d, activation, "outputs", "net_inputs", "o", "Output for each row", "各行的输出")

    @d.misconception("neuron/bias-forgotten", replaces="net_inputs")
    def _(X: Matrix, w: Vector) -> Vector:
        return X @ w

    @d.misconception("neuron/bias-subtracted", replaces="net_inputs")
    def _(X: Matrix, w: Vector, b: Number) -> Vector:
        return X @ w - b

    @d.oracle
    def _(X: Matrix, w: Vector, b: Number, activation: str) -> dict[str, Any]:
        import torch

        v = cleaned(
            torch.nn.functional.linear(torch_tensor(X), torch_tensor(w).unsqueeze(0), torch_tensor(b).reshape(1))
        )
        return {"net_inputs": v[:, 0], "outputs": torch_activation(v[:, 0], activation)}

    return d


truth_table = Family(
    "neuron.truth_table", _truth_table, lambda givens: (givens["activation"],), smallest=("threshold",)
)

# ---------------------------------------- a layer of neurons


def _layer(activation: str) -> Derivation:
    d = Derivation(
        "neuron.layer",
        "Outputs of a layer of neurons for one input (a row of W per neuron)",
        "一层神经元对一个输入的输出（W 的每行对应一个神经元）",
        x=INPUTS,
        W=matrix("W", "weights, one neuron a row", "权重（每行一个神经元）", axes=("h", "d")),
        b=vector("b", "biases", "偏置", axes=("h",), default=0),
        activation=activation_given("threshold"),
    )

    @d.step("$W $x + $b", symbol="v", zh="各神经元的净输入")
    def net_inputs(W: Matrix, x: Vector, b: Vector) -> Vector:
        """Net input of each neuron."""
        return W @ x + b

    add_activation(d, activation, "outputs", "net_inputs", "o", "Output of each neuron", "各神经元的输出")

    @d.misconception("neuron/bias-forgotten", replaces="net_inputs")
    def _(W: Matrix, x: Vector) -> Vector:
        return W @ x

    d.misconception("neuron/bias-subtracted", replaces="net_inputs")(lambda W, x, b: W @ x - b)
    d.misconception("neuron/bias-behind-activation", replaces="outputs")(
        lambda W, x, b, activation: FUNCTIONS[activation](W @ x) + b
    )

    @d.convention("convention/row-vectors", replaces="net_inputs")
    def _(W: Matrix, x: Vector, b: Vector) -> Vector:
        if W.shape[0] != W.shape[1]:
            raise Undefined("only a square matrix can be read the wrong way round", "只有方阵才可能读错行列")
        return W.T @ x + b

    @d.oracle
    def _(x: Vector, W: Matrix, b: Vector, activation: str) -> dict[str, Any]:
        import torch

        v = cleaned(torch.nn.functional.linear(torch_tensor(x), torch_tensor(W), torch_tensor(b)))
        return {"net_inputs": v, "outputs": torch_activation(v, activation)}

    return d


layer = Family("neuron.layer", _layer, lambda givens: (givens["activation"],), smallest=("threshold",))

# ---------------------------------------- two layers: XOR and its kind


def _two_layers(activation: str, output_activation: str) -> Derivation:
    d = Derivation(
        "neuron.two_layers",
        "A hidden layer and one output unit, for every row of inputs",
        "一个隐藏层加一个输出单元，对各行输入的计算",
        X=_rows(TWO_INPUTS),
        W=matrix("W", "weights of the hidden layer, one unit a row", "隐藏层权重（每行一个单元）", axes=("h", "m")),
        b=vector("b", "biases of the hidden layer", "隐藏层偏置", axes=("h",), default=0),
        w=vector("w", "weights of the output unit", "输出单元的权重", axes=("h",)),
        c=number("c", "bias of the output unit", "输出单元的偏置", default=0),
        activation=activation_given("threshold"),
        output_activation=activation_given("threshold"),
    )

    @d.step(r"$X $W^\top + $b", symbol="V", zh="隐藏层的净输入（每行一种情形）")
    def hidden_inputs(X: Matrix, W: Matrix, b: Vector) -> Matrix:
        """Net inputs of the hidden units, one case a row."""
        return X @ W.T + b

    add_activation(d, activation, "hidden", "hidden_inputs", "H", "Outputs of the hidden units", "隐藏单元的输出")

    @d.step("$hidden $w + $c", symbol="u", zh="输出单元的净输入")
    def net_inputs(hidden: Matrix, w: Vector, c: Number) -> Vector:
        """Net inputs of the output unit."""
        return hidden @ w + c

    d.step(
        FORMULAS[output_activation],
        symbol="o",
        name="outputs",
        en="Output for each row",
        zh="各行的输出",
        inputs={"v": "net_inputs", "activation": "output_activation"},
    )(_named)
    for id, wrong in MISTAKES.get(output_activation, {}).items():
        d.misconception(id, replaces="outputs", inputs={"v": "net_inputs"})(wrong)

    @d.misconception("neuron/hidden-not-activated", replaces="hidden")
    def _(hidden_inputs: Matrix) -> Matrix:
        return hidden_inputs

    d.misconception("neuron/hidden-biases-forgotten", replaces="hidden_inputs")(lambda X, W: X @ W.T)

    @d.misconception("neuron/bias-forgotten", replaces="net_inputs")
    def _(hidden: Matrix, w: Vector) -> Vector:
        return hidden @ w

    @d.oracle
    def _(
        *, X: Matrix, W: Matrix, b: Vector, w: Vector, c: Number, activation: str, output_activation: str
    ) -> dict[str, Any]:
        import torch

        linear = torch.nn.functional.linear
        below = cleaned(linear(torch_tensor(X), torch_tensor(W), torch_tensor(b)))
        hidden = torch_activation(below, activation)
        above = cleaned(linear(hidden, torch_tensor(w).unsqueeze(0), torch_tensor(c).reshape(1)))[:, 0]
        return {
            "hidden_inputs": below,
            "hidden": hidden,
            "net_inputs": above,
            "outputs": torch_activation(above, output_activation),
        }

    return d


def _named(v: Value, activation: str) -> Value:
    return FUNCTIONS[activation](v)


two_layers = Family(
    "neuron.two_layers",
    _two_layers,
    lambda givens: (givens["activation"], givens["output_activation"]),
    smallest=("threshold", "threshold"),
)
