"""Parameter counts of a simple recurrent network: a recurrent layer and the output layer behind it."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.parameters.common import add_total, leave_out, size
from solvers.parameters.recurrent import HIDDEN_SIZE, INPUT_SIZE

rnn_with_output = Derivation(
    "params.rnn_with_output",
    "Parameters of a simple recurrent network: input, recurrent and output weights",
    "简单循环网络的参数量：输入、循环与输出权重",
    d=INPUT_SIZE,
    h=HIDDEN_SIZE,
    o=size("o", "outputs", "输出维数"),
)


@rnn_with_output.step("$h $d", symbol="N_U", zh="输入到隐藏层的权重数")
def input_weights(h: int, d: int) -> int:
    """Weights from the input to the hidden units."""
    return h * d


@rnn_with_output.step("$h^2", symbol="N_W", zh="隐藏层到隐藏层的循环权重数")
def recurrent_weights(h: int) -> int:
    """Weights from the previous hidden state to the hidden units."""
    return h**2


@rnn_with_output.step("$o $h", symbol="N_V", zh="隐藏层到输出的权重数")
def output_weights(o: int, h: int) -> int:
    """Weights from the hidden units to the output."""
    return o * h


@rnn_with_output.step("$h + $o", symbol="N_b", zh="偏置数")
def biases(h: int, o: int) -> int:
    """Biases: one for each hidden unit and each output."""
    return h + o


add_total(rnn_with_output, "input_weights", "recurrent_weights", "output_weights", "biases")
leave_out(rnn_with_output, "convention/no-bias", "biases")
rnn_with_output.convention("convention/two-bias-vectors", replaces="biases")(lambda h, o: 2 * h + o)
leave_out(rnn_with_output, "params/recurrent-weights-left-out", "recurrent_weights")
leave_out(rnn_with_output, "params/output-layer-left-out", "output_weights")


@rnn_with_output.misconception("params/output-biases-left-out", replaces="biases")
def _(h: int) -> int:
    return h


@rnn_with_output.misconception("params/hidden-biases-left-out", replaces="biases")
def _(o: int) -> int:
    return o


@rnn_with_output.misconception("params/output-layer-left-out", replaces="biases")
def _(h: int) -> int:
    return h


@rnn_with_output.oracle
def _(d: int, h: int, o: int) -> dict[str, int]:
    import torch

    cell, output = torch.nn.RNNCell(d, h, device="meta"), torch.nn.Linear(h, o, device="meta")
    found = {
        "input_weights": cell.weight_ih.numel(),
        "recurrent_weights": cell.weight_hh.numel(),
        "output_weights": output.weight.numel(),
        "biases": cell.bias_ih.numel() + output.bias.numel(),
    }
    return found | {"total": sum(found.values())}
