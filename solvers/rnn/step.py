"""One time step of a simple recurrent layer in the other usual notations: a batch of rows, [h, x] joined, PyTorch's."""

from __future__ import annotations

from typing import Any

from solvers.backprop.functions import activate, activation_of
from solvers.backprop.givens import activation
from solvers.backprop.oracle import activated
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import sigmoid
from solvers.givens import Given, matrix, vector
from solvers.lstm.cell import add_joined
from solvers.lstm.unrolled import ORDER
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Value, Vector

STATE = vector("h_{t-1}", "hidden state before the time step", "上一隐状态", axes=("h",), default=0)
INPUT = vector("x_t", "input", "输入", axes=("d",))


def _nonlinearity() -> Given:
    return activation("activation", "activation of the hidden state", "隐状态的激活函数", default="tanh")


def _add_hidden(d: Derivation, word: str, symbol: str = "h_t") -> None:
    """Adds the hidden state, the activation of the step `z`, and what goes wrong with it."""
    d.step(activation_of(word).formula, symbol=symbol, name="hidden", en="Hidden state", zh="隐状态")(activate)
    if word != "linear":
        d.misconception("rnn/activation-forgotten", replaces="hidden")(lambda z: z)
    if word == "tanh":
        d.misconception("rnn/sigmoid-for-tanh", replaces="hidden", x="z")(sigmoid)


# ------------------------------------------------------------------------ a batch with one example a row, X W + H U + b


def _step_batch(word: str) -> Derivation:
    d = Derivation(
        "rnn.step_batch",
        "One time step of a simple recurrent layer on a batch with one example a row",
        "简单循环层对一个小批量的一个时间步（每行一个样本）",
        X=matrix("X_t", "inputs, one example a row", "输入（每行一个样本）", axes=("n", "d")),
        W_xh=matrix("W_{xh}", "weights of the input", "输入的权重", axes=("d", "h")),
        H=matrix("H_{t-1}", "hidden states before the time step", "上一隐状态", axes=("n", "h"), default=0),
        W_hh=matrix("W_{hh}", "weights of the previous hidden state", "上一隐状态的权重", axes=("h", "h")),
        b_h=vector("b_h", "biases", "偏置", axes=("h",), default=0, row=True),
        activation=_nonlinearity(),
    )

    @d.step("$X $W_xh + $H $W_hh + $b_h", symbol="Z_t", zh="加权和")
    def z(X: Matrix, W_xh: Matrix, H: Matrix, W_hh: Matrix, b_h: Vector) -> Matrix:
        """Weighted sums."""
        return X @ W_xh + H @ W_hh + b_h

    @d.misconception("backprop/bias-forgotten", replaces="z")
    def _(X: Matrix, W_xh: Matrix, H: Matrix, W_hh: Matrix) -> Matrix:
        return X @ W_xh + H @ W_hh

    @d.misconception("backprop/state-not-carried", replaces="z")
    def _(X: Matrix, W_xh: Matrix, b_h: Vector) -> Matrix:
        return X @ W_xh + b_h

    _add_hidden(d, word, "H_t")

    @d.oracle
    def _(X: Matrix, W_xh: Matrix, H: Matrix, W_hh: Matrix, b_h: Vector, activation: str) -> dict[str, Any]:
        import torch

        both = torch.cat([torch_tensor(X), torch_tensor(H)], dim=1)
        z = torch.addmm(torch_tensor(b_h), both, torch.cat([torch_tensor(W_xh), torch_tensor(W_hh)]))
        return {"z": z, "hidden": activated(z, activation)}

    return d


step_batch = Family("rnn.step_batch", _step_batch, lambda givens: (givens["activation"],), smallest=("tanh",))


# ----------------------------------------------------------------------------------- weights over [h, x] or [x, h]


def _step_concatenated(word: str, order: str, units: int, inputs: int) -> Derivation:
    d = Derivation(
        "rnn.step_concatenated",
        "One time step of a simple recurrent layer whose weights act on the concatenation [h, x] or [x, h]",
        "简单循环层的一个时间步（权重作用于拼接向量 [h, x] 或 [x, h]）",
        x=INPUT,
        h=STATE,
        W=matrix("W", "weights over the concatenated vector", "对拼接向量的权重", axes=("h", "h+d")),
        b=vector("b", "biases", "偏置", axes=("h",), default=0),
        order=ORDER,
        activation=_nonlinearity(),
    )
    add_joined(d, order, units, inputs)

    @d.step("$W $joined + $b", symbol="a_t", zh="加权和")
    def z(W: Matrix, joined: Vector, b: Vector) -> Vector:
        """Weighted sum."""
        if W.shape[1] != len(joined):
            raise Undefined(
                f"the weights have {W.shape[1]} columns, but the concatenated vector has {len(joined)} entries",
                f"权重矩阵有 {W.shape[1]} 列，而拼接向量有 {len(joined)} 个元素",
            )
        return W @ joined + b

    @d.misconception("backprop/bias-forgotten", replaces="z")
    def _(W: Matrix, joined: Vector) -> Vector:
        return W @ joined

    _add_hidden(d, word)

    @d.oracle
    def _(x: Vector, h: Vector, W: Matrix, b: Vector, order: str, activation: str) -> dict[str, Any]:
        import torch

        parts = {"x": torch_tensor(x), "h": torch_tensor(h)}
        first = len(parts[order[0]])
        left, right = torch_tensor(W)[:, :first], torch_tensor(W)[:, first:]
        z = left @ parts[order[0]] + right @ parts[order[1]] + torch_tensor(b)
        joined = torch.cat([parts[letter] for letter in order])
        return {"joined": joined, "z": z, "hidden": activated(z, activation)}

    return d


step_concatenated = Family(
    "rnn.step_concatenated",
    _step_concatenated,
    lambda givens: (givens["activation"], givens["order"], len(givens["h"]), len(givens["x"])),
    smallest=("tanh", "hx", 1, 1),
)

# ---------------------------------------------------------------------------------- the parameters of nn.RNNCell


def _step_pytorch(word: str) -> Derivation:
    d = Derivation(
        "rnn.step_pytorch",
        "One time step of torch.nn.RNNCell from its parameters, with two bias vectors",
        "由参数计算 torch.nn.RNNCell 的一个时间步（两个偏置向量）",
        x=INPUT,
        h=STATE,
        W_ih=matrix("W_{ih}", "weight_ih", "weight_ih", axes=("h", "d")),
        W_hh=matrix("W_{hh}", "weight_hh", "weight_hh", axes=("h", "h")),
        b_ih=vector("b_{ih}", "bias_ih", "bias_ih", axes=("h",), default=0),
        b_hh=vector("b_{hh}", "bias_hh", "bias_hh", axes=("h",), default=0),
        activation=_nonlinearity(),
    )

    @d.step("$W_ih $x + $b_ih + $W_hh $h + $b_hh", symbol="z_t", zh="加权和")
    def z(*, W_ih: Matrix, x: Vector, b_ih: Vector, W_hh: Matrix, h: Vector, b_hh: Vector) -> Vector:
        """Weighted sum."""
        return W_ih @ x + b_ih + W_hh @ h + b_hh

    @d.misconception("rnn/second-bias-forgotten", replaces="z")
    def _(W_ih: Matrix, x: Vector, b_ih: Vector, W_hh: Matrix, h: Vector) -> Vector:
        return W_ih @ x + b_ih + W_hh @ h

    @d.misconception("backprop/state-not-carried", replaces="z")
    def _(W_ih: Matrix, x: Vector, b_ih: Vector, b_hh: Vector) -> Vector:
        return W_ih @ x + b_ih + b_hh

    @d.misconception("rnn/weights-transposed", replaces="z")
    def _(*, W_ih: Matrix, x: Vector, b_ih: Vector, W_hh: Matrix, h: Vector, b_hh: Vector) -> Vector:
        return W_ih @ x + b_ih + W_hh.T @ h + b_hh

    _add_hidden(d, word)

    @d.oracle
    def _(*, x: Vector, h: Vector, activation: str, **parameters: Value) -> dict[str, Any]:
        import torch

        own = {
            name: torch_tensor(parameters[short])
            for name, short in zip(
                ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), ("W_ih", "W_hh", "b_ih", "b_hh"), strict=True
            )
        }
        cell = torch.nn.RNNCell(len(x), len(h), dtype=torch.float64)
        cell.load_state_dict(own)
        with torch.no_grad():
            state = cell(torch_tensor(x), torch_tensor(h))
            linear = torch.nn.functional.linear
            z = linear(torch_tensor(x), own["weight_ih"], own["bias_ih"])
            z = z + linear(torch_tensor(h), own["weight_hh"], own["bias_hh"])
        return {"z": z, "hidden": state if activation == "tanh" else activated(z, activation)}

    return d


step_pytorch = Family("rnn.step_pytorch", _step_pytorch, lambda givens: (givens["activation"],), smallest=("tanh",))
