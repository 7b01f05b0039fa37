"""From what an LSTM is to do back to what it needs: the bias that keeps a share, the cell that was there before."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import log
from solvers.givens import integer, number
from solvers.lstm import oracle
from solvers.lstm.givens import gate_value
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number

# ---------------------------------------------------------------------------------------- the bias that keeps a wanted share

forget_bias = Derivation(
    "lstm.forget_bias",
    "Forget-gate bias with which a wanted share of the cell state is left after T steps",
    "使 T 步之后留存给定比例的遗忘门偏置",
    p=number("p", "share of the cell state that is to be left", "希望留存的比例", least=0, most=1),
    T=integer("T", "number of time steps", "时间步数", default=1, least=1),
    w_f=number("w_f", "weight of the input in the forget gate", "遗忘门中输入的权重", default=0),
    x=number("x_t", "input, the same at every step", "输入（各步相同）", default=0),
    u_f=number("u_f", "weight of the previous hidden state in the forget gate", "遗忘门中上一隐状态的权重", default=0),
    h=number("h_{t-1}", "previous hidden state, the same at every step", "上一隐状态（各步相同）", default=0),
)


@forget_bias.step("$p^{1/$T}", symbol="f_t", zh="每一步的遗忘门", name="forget_gate")
def _(p: Number, T: int) -> Number:
    """Forget gate of each step."""
    return p ** Fraction(1, T)


@forget_bias.step(r"\ln \frac{$forget_gate}{1 - $forget_gate}", symbol="a_f", zh="遗忘门的加权和", name="forget_score")
def _(forget_gate: Number) -> Number:
    """Weighted sum of the forget gate."""
    if not 0 < forget_gate < 1:
        raise Undefined("a sigmoid never reaches 0 or 1", "Sigmoid 取不到 0 或 1")
    return log(forget_gate / (1 - forget_gate))


@forget_bias.step("$forget_score - $w_f $x - $u_f $h", symbol="b_f", zh="遗忘门偏置")
def bias(forget_score: Number, w_f: Number, x: Number, u_f: Number, h: Number) -> Number:
    """Bias of the forget gate."""
    return forget_score - w_f * x - u_f * h


@forget_bias.misconception("lstm/share-per-step", replaces="forget_gate")
def _(p: Number) -> Number:
    return p


@forget_bias.misconception("lstm/share-divided", replaces="forget_gate")
def _(p: Number, T: int) -> Number:
    return p / T


@forget_bias.misconception("lstm/linear-forgetting", replaces="forget_gate")
def _(p: Number, T: int) -> Number:
    return 1 - (1 - p) / T


@forget_bias.misconception("lstm/logit-inverted", replaces="forget_score")
def _(forget_gate: Number) -> Number:
    return log((1 - forget_gate) / forget_gate)


@forget_bias.misconception("regression/logarithm-to-base-ten", replaces="forget_score")
def _(forget_gate: Number) -> Number:
    return log(forget_gate / (1 - forget_gate)) / log(10)


@forget_bias.misconception("lstm/inputs-not-subtracted", replaces="bias")
def _(forget_score: Number) -> Number:
    return forget_score


@forget_bias.misconception("lstm/inputs-added", replaces="bias")
def _(forget_score: Number, w_f: Number, x: Number, u_f: Number, h: Number) -> Number:
    return forget_score + w_f * x + u_f * h


@forget_bias.oracle
def _(*, p: Number, T: int, w_f: Number, x: Number, u_f: Number, h: Number) -> dict[str, Any]:
    import torch

    gate = torch.exp(torch.log(torch_tensor(p)) / T)
    score = torch.logit(gate)
    sums = torch.dot(torch_tensor(w_f).reshape(1), torch_tensor(x).reshape(1)) + torch_tensor(u_f) * torch_tensor(h)
    return {"forget_gate": gate.item(), "forget_score": score.item(), "bias": (score - sums).item()}


# ----------------------------------------------------------------------------------------------- back to the previous cell

previous_cell = Derivation(
    "lstm.previous_cell",
    "Previous cell state of one LSTM unit from its hidden state and the values of its gates",
    "由隐状态与各门的值反求上一单元状态",
    h=number("h_t", "hidden state", "隐状态"),
    f=gate_value("f", "f_t"),
    i=gate_value("i", "i_t"),
    g=gate_value("g", r"\tilde{c}_t"),
    o=gate_value("o", "o_t"),
)


@previous_cell.step(r"\frac{$h}{$o}", symbol=r"\tanh(c_t)", zh="输出门之前的值")
def squashed_cell(h: Number, o: Number) -> Number:
    """Value before the output gate."""
    if o == 0 or abs(h) >= o:
        raise Undefined("the hidden state is smaller than the output gate", "隐状态的绝对值必须小于输出门的值")
    return h / Fraction(o) if isinstance(o, int) else h / o


@previous_cell.step(
    r"\frac{1}{2} \ln \frac{1 + $squashed_cell}{1 - $squashed_cell}", symbol="c_t", zh="单元状态", name="cell"
)
def _(squashed_cell: Number) -> Number:
    """Cell state."""
    return log((1 + squashed_cell) / (1 - squashed_cell)) / 2


@previous_cell.step(r"\frac{$cell - $i $g}{$f}", symbol="c_{t-1}", zh="上一单元状态", name="old_cell")
def _(cell: Number, i: Number, g: Number, f: Number) -> Number:
    """Previous cell state."""
    if f == 0:
        raise Undefined("a closed forget gate leaves nothing of the old cell", "遗忘门关闭时旧单元状态无从恢复")
    return (cell - i * g) / f


@previous_cell.misconception("lstm/tanh-not-inverted", replaces="cell")
def _(squashed_cell: Number) -> Number:
    return squashed_cell


@previous_cell.misconception("lstm/output-gate-ignored", replaces="squashed_cell")
def _(h: Number) -> Number:
    return h


@previous_cell.misconception("lstm/write-added-back", replaces="old_cell")
def _(cell: Number, i: Number, g: Number, f: Number) -> Number:
    return (cell + i * g) / f


@previous_cell.misconception("lstm/forget-not-undone", replaces="old_cell")
def _(cell: Number, i: Number, g: Number) -> Number:
    return cell - i * g


@previous_cell.misconception("lstm/candidate-not-gated", replaces="old_cell")
def _(cell: Number, g: Number, f: Number) -> Number:
    return (cell - g) / f


@previous_cell.oracle
def _(h: Number, f: Number, i: Number, g: Number, o: Number) -> dict[str, Any]:
    import torch

    gates = [torch_tensor(value).reshape(1) for value in (f, i, g, o)]
    nothing, one = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    layer = oracle.with_gates(*gates)
    with torch.no_grad():
        # The new cell is a straight line over the old one: two points of it tell where it has the wanted height.
        at_zero, at_one = layer(nothing, (nothing, nothing))[1], layer(nothing, (nothing, one))[1]
        squashed = torch.true_divide(torch_tensor(h), gates[3])
        new = torch.atanh(squashed)
    return {
        "squashed_cell": squashed.item(),
        "cell": new.item(),
        "old_cell": ((new - at_zero) / (at_one - at_zero)).item(),
    }
