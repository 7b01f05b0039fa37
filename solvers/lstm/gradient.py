"""Gradients in an LSTM: along the cell over many steps, and back through one time step."""

from __future__ import annotations

import math
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import tanh
from solvers.givens import Given, number, vector
from solvers.lstm import oracle
from solvers.lstm.cell import cell
from solvers.lstm.givens import gate_value
from solvers.oracles import torch_tensor
from solvers.values import Number, Value, Vector

# ------------------------------------------------------------------------------------------- from one cell to a later one


def _cell_gradient(length: int) -> Derivation:
    d = Derivation(
        "lstm.cell_gradient",
        "Gradient of a cell state with respect to an earlier one, along the cell",
        "沿单元状态的梯度：后一单元状态对前一单元状态的偏导数",
        f=gate_value("f", "f", ("k",)),
    )

    @d.step(
        r" \cdot ".join(f"$f[{step}]" for step in range(length)),
        symbol=rf"\frac{{\partial c_{{{length}}}}}{{\partial c_0}}",
        zh="沿单元状态的梯度",
    )
    def gradient(f: Vector) -> Number:
        """Gradient along the cell."""
        return math.prod(f)

    @d.misconception("lstm/gradient-sum", replaces="gradient")
    def _(f: Vector) -> Number:
        return sum(f)

    @d.misconception("lstm/gradient-last-gate-only", replaces="gradient")
    def _(f: Vector) -> Number:
        return f[-1]

    @d.misconception("lstm/gradient-with-slopes", replaces="gradient")
    def _(f: Vector) -> Number:
        return math.prod(f * (1 - f))

    @d.misconception("lstm/forgetting-inverted", replaces="gradient")
    def _(f: Vector) -> Number:
        return math.prod(1 - f)

    @d.oracle
    def _(f: Vector) -> dict[str, Any]:
        import torch

        nothing = torch.zeros(1, dtype=torch.float64)
        start = torch.ones(1, dtype=torch.float64, requires_grad=True)
        state = start
        for gate in torch_tensor(f):
            state = oracle.with_gates(gate.reshape(1), nothing, nothing, nothing)(nothing, (nothing, state))[1]
        (found,) = torch.autograd.grad(state, start)
        return {"gradient": found.item()}

    return d


cell_gradient = Family("lstm.cell_gradient", _cell_gradient, lambda givens: (len(givens["f"]),), smallest=(3,))

# ----------------------------------------------------------------------------------------------- back through one time step


def _partial(symbol: str) -> str:
    return rf"\frac{{\partial L}}{{\partial {symbol}}}"


def _number_or_vector(symbol: str, en: str, zh: str, axes: tuple[str] | tuple[()], default: int | None = None) -> Given:
    if axes:
        return vector(symbol, en, zh, axes=axes, default=default)
    return number(symbol, en, zh, default=default)


def _backward_step(name: str, en: str, zh: str, axes: tuple[str] | tuple[()], times: str) -> Derivation:
    d = Derivation(
        name,
        en,
        zh,
        f=gate_value("f", "f_t", axes),
        i=gate_value("i", "i_t", axes),
        g=gate_value("g", r"\tilde{c}_t", axes),
        o=gate_value("o", "o_t", axes),
        c=_number_or_vector("c_{t-1}", "previous cell state", "上一单元状态", axes),
        dh=_number_or_vector(_partial("h_t"), "gradient at the hidden state", "隐状态处的梯度", axes),
        dc=_number_or_vector(
            r"\delta_{t+1}", "gradient that reaches the cell from the next step", "由下一步传回单元状态的梯度", axes, 0
        ),
    )
    d.step(
        f"$forget_gate{times}$c + $input_gate{times}$candidate",
        symbol="c_t",
        zh="单元状态",
        forget_gate="f",
        input_gate="i",
        candidate="g",
    )(cell)

    @d.step(rf"$dh{times}\tanh\left($cell\right)", symbol=_partial("o_t"), zh="输出门处的梯度", final=True)
    def output_gradient(dh: Value, cell: Value) -> Value:
        """Gradient at the output gate."""
        return dh * tanh(cell)

    slope = r"\left(1 - \tanh^2\left($cell\right)\right)"

    @d.step(rf"$dh{times}$o{times}{slope} + $dc", symbol=_partial("c_t"), zh="单元状态处的梯度")
    def state_gradient(dh: Value, o: Value, cell: Value, dc: Value) -> Value:
        """Gradient at the cell state."""
        return dh * o * (1 - tanh(cell) ** 2) + dc

    @d.step(f"$state_gradient{times}$c", symbol=_partial("f_t"), zh="遗忘门处的梯度")
    def forget_gradient(state_gradient: Value, c: Value) -> Value:
        """Gradient at the forget gate."""
        return state_gradient * c

    @d.step(f"$state_gradient{times}$g", symbol=_partial("i_t"), zh="输入门处的梯度")
    def input_gradient(state_gradient: Value, g: Value) -> Value:
        """Gradient at the input gate."""
        return state_gradient * g

    @d.step(f"$state_gradient{times}$i", symbol=_partial(r"\tilde{c}_t"), zh="候选值处的梯度")
    def candidate_gradient(state_gradient: Value, i: Value) -> Value:
        """Gradient at the candidate."""
        return state_gradient * i

    def add_delta(gate: str, letter: str, value: str, en: str, zh: str) -> None:
        @d.step(
            rf"$gradient{times}$gate{times}\left(1 - $gate\right)",
            symbol=rf"\delta_{letter}",
            name=f"{gate}_delta",
            en=f"Gradient at the weighted sum of the {en}",
            zh=f"{zh}加权和处的梯度",
            final=True,
            gradient=f"{gate}_gradient",
            gate=value,
        )
        def _(gradient: Value, gate: Value) -> Value:
            return gradient * gate * (1 - gate)

    add_delta("output", "o", "o", "output gate", "输出门")
    add_delta("forget", "f", "f", "forget gate", "遗忘门")
    add_delta("input", "i", "i", "input gate", "输入门")

    @d.step(
        rf"$candidate_gradient{times}\left(1 - $g^2\right)"
        if not axes
        else r"$candidate_gradient \odot \left(1 - $g \odot $g\right)",
        symbol=r"\delta_c",
        zh="候选值加权和处的梯度",
        final=True,
    )
    def candidate_delta(candidate_gradient: Value, g: Value) -> Value:
        """Gradient at the weighted sum of the candidate."""
        return candidate_gradient * (1 - g * g)

    @d.step(f"$state_gradient{times}$f", symbol=_partial("c_{t-1}"), zh="上一单元状态处的梯度")
    def old_cell_gradient(state_gradient: Value, f: Value) -> Value:
        """Gradient at the previous cell state."""
        return state_gradient * f

    _add_backward_mistakes(d)
    d.oracle(_backward_oracle)
    return d


def _add_backward_mistakes(d: Derivation) -> None:
    @d.misconception("lstm/tanh-slope-forgotten", replaces="state_gradient")
    def _(dh: Value, o: Value, dc: Value) -> Value:
        return dh * o + dc

    @d.misconception("lstm/future-gradient-forgotten", replaces="state_gradient")
    def _(dh: Value, o: Value, cell: Value) -> Value:
        return dh * o * (1 - tanh(cell) ** 2)

    @d.misconception("lstm/output-gate-ignored", replaces="state_gradient")
    def _(dh: Value, cell: Value, dc: Value) -> Value:
        return dh * (1 - tanh(cell) ** 2) + dc

    @d.misconception("lstm/hidden-without-tanh", replaces="output_gradient")
    def _(dh: Value, cell: Value) -> Value:
        return dh * cell

    @d.misconception("lstm/sigmoid-slope-for-candidate", replaces="candidate_delta")
    def _(candidate_gradient: Value, g: Value) -> Value:
        return candidate_gradient * g * (1 - g)

    d.misconception("lstm/slope-of-cell", replaces="state_gradient")(
        lambda dh, o, cell, dc: dh * o * (1 - cell * cell) + dc
    )
    d.misconception("lstm/partners-exchanged", replaces="input_gradient")(lambda state_gradient, i: state_gradient * i)
    d.misconception("lstm/partners-exchanged", replaces="candidate_gradient")(
        lambda state_gradient, g: state_gradient * g
    )
    d.misconception("lstm/forgetting-left-out", replaces="old_cell_gradient")(lambda state_gradient: state_gradient)
    d.misconception("lstm/forgetting-inverted", replaces="old_cell_gradient")(
        lambda state_gradient, f: state_gradient * (1 - f)
    )
    d.misconception("lstm/new-cell-for-old", replaces="forget_gradient")(
        lambda state_gradient, cell: state_gradient * cell
    )
    for gate, value in (("output", "o"), ("forget", "f"), ("input", "i")):
        d.misconception("lstm/tanh-slope-for-gates", replaces=f"{gate}_delta", gradient=f"{gate}_gradient", gate=value)(
            lambda gradient, gate: gradient * (1 - gate * gate)
        )

    for gate in ("output", "forget", "input", "candidate"):

        @d.misconception("lstm/slope-forgotten", replaces=f"{gate}_delta", gradient=f"{gate}_gradient")
        def _(gradient: Value) -> Value:
            return gradient


def _backward_oracle(*, f: Value, i: Value, g: Value, o: Value, c: Value, dh: Value, dc: Value) -> dict[str, Any]:
    import torch

    gates = [torch.atleast_1d(torch_tensor(value)).requires_grad_() for value in (f, i, g, o)]
    # A batch of one: for a lone vector the layer would return copies, which the gradient does not pass through.
    old, from_hidden, from_next = (torch.atleast_1d(torch_tensor(value)).unsqueeze(0) for value in (c, dh, dc))
    old.requires_grad_()
    nothing = torch.zeros_like(from_hidden)
    layer = oracle.with_gates(*(gate.detach() for gate in gates))
    h, new = layer(nothing, (nothing, old))
    new.retain_grad()
    torch.autograd.backward([h, new], [from_hidden, from_next])
    sums = dict(zip(oracle.ORDER, layer.bias_ih.grad.chunk(4), strict=True))

    # The gates' own gradients: the same state once more, its gates now leaves of autograd.
    forget, input_, candidate, output = gates
    state = torch.addcmul(forget * old.detach(), input_, candidate)
    torch.autograd.backward([output * torch.tanh(state), state], [from_hidden, from_next])
    found = {
        "cell": new.detach()[0],
        "state_gradient": new.grad[0],
        "old_cell_gradient": old.grad[0],
        "output_gradient": output.grad,
        "forget_gradient": forget.grad,
        "input_gradient": input_.grad,
        "candidate_gradient": candidate.grad,
        **{f"{gate}_delta": value for gate, value in sums.items()},
    }
    return found if getattr(c, "shape", ()) else oracle.scalars(found)


backward_step = _backward_step(
    "lstm.backward_step",
    "Back-propagation through one time step of an LSTM layer, from the values of its gates",
    "LSTM 层一个时间步的反向传播（各门的值已知）",
    ("h",),
    r" \odot ",
)
scalar_backward_step = _backward_step(
    "lstm.scalar_backward_step",
    "Back-propagation through one time step of one LSTM unit, from the values of its gates",
    "单个 LSTM 单元一个时间步的反向传播（各门的值已知）",
    (),
    " ",
)
