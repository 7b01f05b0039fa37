"""What an LSTM's cell keeps, from known values of its gates: states, long memory, and the way back from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import wraps
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import log, sigmoid, tanh
from solvers.givens import integer, number, vector
from solvers.lstm import oracle
from solvers.lstm.cell import cell, hidden
from solvers.lstm.givens import gate_value
from solvers.lstm.mistakes import STATE_MISTAKES, declare_mistakes
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Value, Vector

NAMES = {"forget_gate": "f", "input_gate": "i", "candidate": "g", "output_gate": "o"}
"""The givens that hold the values of the gates."""


# ------------------------------------------------------------------------------------- cell and hidden state from gates


def _state_from_gates(name: str, en: str, zh: str, axes: tuple[str] | tuple[()], times: str) -> Derivation:
    old = (
        vector("c_{t-1}", "previous cell state", "上一单元状态", axes=axes)
        if axes
        else number("c_{t-1}", "previous cell state", "上一单元状态")
    )
    d = Derivation(
        name,
        en,
        zh,
        f=gate_value("f", "f_t", axes),
        i=gate_value("i", "i_t", axes),
        g=gate_value("g", r"\tilde{c}_t", axes),
        o=gate_value("o", "o_t", axes),
        c=old,
    )
    formula = f"$forget_gate{times}$c + $input_gate{times}$candidate"
    d.step(formula, symbol="c_t", zh="单元状态", inputs=NAMES)(cell)
    d.step(rf"$output_gate{times}\tanh\left($cell\right)", symbol="h_t", zh="隐状态", inputs=NAMES)(hidden)
    declare_mistakes(d, STATE_MISTAKES, NAMES)

    @d.oracle
    def _(f: Value, i: Value, g: Value, o: Value, c: Value) -> dict[str, Any]:
        import torch

        gates = [torch.atleast_1d(torch_tensor(value)) for value in (f, i, g, o)]
        old = torch.atleast_1d(torch_tensor(c))
        with torch.no_grad():
            h, new = oracle.with_gates(*gates)(torch.zeros_like(old), (torch.zeros_like(old), old))
        return {"cell": new, "hidden": h} if axes else {"cell": new.item(), "hidden": h.item()}

    return d


state_from_gates = _state_from_gates(
    "lstm.state_from_gates",
    "Cell and hidden state of an LSTM layer from the values of its gates",
    "由各门的值求 LSTM 层的单元状态与隐状态",
    ("h",),
    r" \odot ",
)
scalar_state_from_gates = _state_from_gates(
    "lstm.scalar_state_from_gates",
    "Cell and hidden state of one LSTM unit from the values of its gates",
    "由各门的值求单个 LSTM 单元的单元状态与隐状态",
    (),
    " ",
)

# ------------------------------------------------------------------------- one unit over time, its gates known at each step


def _at(rule: Callable[..., Value], place: int) -> Callable[..., Value]:
    """The rule, taking the gates' values at one time from their lists."""

    @wraps(rule)
    def at_time(**inputs: Value) -> Value:
        return rule(**{name: value[place] if name in NAMES else value for name, value in inputs.items()})

    return at_time


def _sequence_from_gates(length: int) -> Derivation:
    gates = {
        name: gate_value(name, symbol, ("T",))
        for name, symbol in zip("figo", ("f", "i", r"\tilde{c}", "o"), strict=True)
    }
    d = Derivation(
        "lstm.sequence_from_gates",
        "Cell and hidden state of one LSTM unit over a sequence from the values of its gates",
        "由各时间步的门值求单个 LSTM 单元的状态序列",
        **gates,
        c=number("c_0", "cell state before the first time step", "起始单元状态", default=0),
    )
    for number_ in range(1, length + 1):
        at = number_ - 1
        names = {**NAMES, "cell": f"cell_{number_}", "hidden": f"hidden_{number_}", "c": f"cell_{at}" if at else "c"}
        d.step(
            f"$forget_gate[{at}] $c + $input_gate[{at}] $candidate[{at}]",
            symbol=f"c_{{{number_}}}",
            name=f"cell_{number_}",
            en=f"Cell state at time step {number_}",
            zh=f"第 {number_} 步单元状态",
            inputs=names,
        )(_at(cell, at))
        d.step(
            rf"$output_gate[{at}] \tanh\left($cell\right)",
            symbol=f"h_{{{number_}}}",
            name=f"hidden_{number_}",
            en=f"Hidden state at time step {number_}",
            zh=f"第 {number_} 步隐状态",
            final=True,
            inputs=names,
        )(_at(hidden, at))
        timed = {id: {step: _at(rule, at) for step, rule in rules.items()} for id, rules in STATE_MISTAKES.items()}
        declare_mistakes(d, timed, names)
        if at:
            for id, before in (("lstm/cell-not-carried", "c"), ("lstm/hidden-carried", f"hidden_{at}")):
                d.misconception(id, replaces=f"cell_{number_}", inputs={**names, "c": before})(_at(cell, at))

    @d.oracle
    def _(f: Vector, i: Vector, g: Vector, o: Vector, c: Number) -> dict[str, Any]:
        import torch

        state = torch_tensor(c).reshape(1)
        nothing, found = torch.zeros_like(state), {}
        for number_, gates in enumerate(zip(*map(torch_tensor, (f, i, g, o)), strict=True), start=1):
            with torch.no_grad():
                h, state = oracle.with_gates(*(gate.reshape(1) for gate in gates))(nothing, (nothing, state))
            found.update({f"cell_{number_}": state.item(), f"hidden_{number_}": h.item()})
        return found

    return d


sequence_from_gates = Family(
    "lstm.sequence_from_gates", _sequence_from_gates, lambda givens: (len(givens["f"]),), smallest=(2,)
)

# ------------------------------------------------------------------------------------ the cell after T steps of equal gates


def _constant_gates(all_kept: bool) -> Derivation:
    d = Derivation(
        "lstm.constant_gates",
        "Cell state of one LSTM unit after T steps with the same gate values",
        "门值保持不变时 T 步之后的单元状态",
        f=gate_value("f", "f"),
        i=gate_value("i", "i"),
        g=gate_value("g", "g"),
        c=number("c_0", "cell state before the first time step", "起始单元状态", default=0),
        T=integer("T", "number of time steps", "时间步数", least=0),
    )

    @d.step("$f^{$T} $c", symbol="k_T", zh="初始单元状态的留存部分")
    def kept(f: Number, T: int, c: Number) -> Number:
        """What is left of the initial cell state."""
        return f**T * c

    @d.step(
        "$T $i $g" if all_kept else r"$i $g \cdot \frac{1 - $f^{$T}}{1 - $f}", symbol="w_T", zh="历次写入的留存总和"
    )
    def written(i: Number, g: Number, f: Number, T: int) -> Number:
        """What is left of all that was written."""
        return T * i * g if f == 1 else i * g * (1 - f**T) / (1 - f)

    if not all_kept:

        @d.step(r"\frac{$i $g}{1 - $f}", symbol=r"c_\infty", zh="单元状态的极限", final=True)
        def limit(i: Number, g: Number, f: Number) -> Number:
            """Value that the cell tends to."""
            return i * g / (1 - f)

    @d.step("$kept + $written", symbol="c_T", zh="T 步之后的单元状态", name="cell")
    def _(kept: Number, written: Number) -> Number:
        """Cell state after T steps."""
        return kept + written

    @d.misconception("lstm/linear-forgetting", replaces="kept")
    def _(f: Number, T: int, c: Number) -> Number:
        return T * f * c

    @d.misconception("lstm/written-once", replaces="written")
    def _(i: Number, g: Number) -> Number:
        return i * g

    if not all_kept:
        _add_forgetting_mistakes(d)

    @d.misconception("lstm/writes-not-forgotten", replaces="written")
    def _(i: Number, g: Number, T: int) -> Number:
        return T * i * g

    d.oracle(_constant_gates_oracle)
    return d


def _add_forgetting_mistakes(d: Derivation) -> None:
    """What goes wrong only where something of each write is forgotten again."""

    @d.misconception("lstm/written-once", replaces="limit")
    def written_once_for_ever(i: Number, g: Number) -> Number:
        return i * g

    @d.misconception("lstm/limit-for-state", replaces="written")
    def written_for_ever(i: Number, g: Number, f: Number) -> Number:
        return i * g / (1 - f)

    @d.misconception("lstm/one-write-more", replaces="written")
    def one_more(i: Number, g: Number, f: Number, T: int) -> Number:
        return i * g * (1 - f ** (T + 1)) / (1 - f)


def _constant_gates_oracle(f: Number, i: Number, g: Number, c: Number, T: int) -> dict[str, Any]:
    import torch

    forget, into, new = (torch_tensor(value).reshape(1) for value in (f, i, g))
    nothing = torch.zeros(1, dtype=torch.float64)
    layer = oracle.with_gates(forget, into, new, nothing)
    kept, state = torch_tensor(c).reshape(1), torch_tensor(c).reshape(1)
    one = torch.ones_like(state)
    silent = oracle.with_gates(forget, nothing, nothing, nothing)
    with torch.no_grad():
        for _ in range(T):
            kept, state = silent(nothing, (nothing, kept))[1], layer(nothing, (nothing, state))[1]
        # One step is a straight line over the old cell; where it crosses the diagonal the cell stays as it is.
        at_zero, at_one = layer(nothing, (nothing, nothing))[1], layer(nothing, (nothing, one))[1]
    found = {"kept": kept.item(), "written": (state - kept).item(), "cell": state.item()}
    if f != 1:
        found["limit"] = (at_zero / (1 - at_one + at_zero)).item()
    return found


constant_gates = Family("lstm.constant_gates", _constant_gates, lambda givens: (givens["f"] == 1,), smallest=(False,))

# --------------------------------------------------------------------------------------- how long a forget gate remembers

retention = Derivation(
    "lstm.retention",
    "Share of the cell state that a constant forget gate keeps over T steps, and how long a share lasts",
    "遗忘门保持不变时 T 步之后的留存比例与记忆时长",
    a=number("a_f", "weighted sum in the forget gate, the same at every step", "遗忘门的加权和（各步相同）"),
    T=integer("T", "number of time steps", "时间步数", least=0),
    s=number("s", "share in question", "所考察的比例", default=Fraction(1, 2)),
)


@retention.step(r"\sigma\left($a\right)", symbol="f", zh="遗忘门", name="forget_gate")
def _(a: Number) -> Number:
    """Forget gate."""
    return sigmoid(a)


@retention.step("$forget_gate^{$T}", symbol="r_T", zh="T 步之后的留存比例")
def retained(forget_gate: Number, T: int) -> Number:
    """Share that is left after T steps."""
    return forget_gate**T


@retention.step(r"\left($retained \ge $s\right)", symbol="v", zh="留存比例是否达到 s", final=True)
def enough(retained: Number, s: Number) -> bool:
    """Whether the share in question is still there."""
    return bool(retained >= s)


@retention.step(r"\frac{\ln $s}{\ln $forget_gate}", symbol="T_s", zh="留存比例降到 s 所需的步数")
def lifetime(s: Number, forget_gate: Number) -> Number:
    """Steps until the share in question is left."""
    if not 0 < s <= 1 or forget_gate >= 1:
        raise Undefined("the share is never reached", "留存比例永远不会降到该值")
    return log(s) / log(forget_gate)


@retention.misconception("lstm/tanh-in-gates", replaces="forget_gate")
def _(a: Number) -> Number:
    return tanh(a)


@retention.misconception("lstm/linear-forgetting", replaces="retained")
def _(forget_gate: Number, T: int) -> Number:
    return 1 - T * (1 - forget_gate)


@retention.misconception("lstm/steps-inside-sigmoid", replaces="retained")
def _(a: Number, T: int) -> Number:
    return sigmoid(a * T)


@retention.misconception("lstm/forgetting-inverted", replaces="retained")
def _(forget_gate: Number, T: int) -> Number:
    return (1 - forget_gate) ** T


@retention.misconception("lstm/gradient-last-gate-only", replaces="retained")
def _(forget_gate: Number) -> Number:
    return forget_gate


@retention.oracle
def _(a: Number, T: int, s: Number) -> dict[str, Any]:
    import torch

    cell = oracle.layer(
        torch.zeros(4, 1, dtype=torch.float64),
        torch.zeros(4, 1, dtype=torch.float64),
        torch.zeros(4, dtype=torch.float64),
        forget=float(a),
        input=-math.inf,
    )
    nothing = torch.zeros(1, dtype=torch.float64)
    state = torch.ones(1, dtype=torch.float64)
    with torch.no_grad():
        gate = cell(nothing, (nothing, state))[1].item()
        for _ in range(T):
            state = cell(nothing, (nothing, state))[1]
    return {
        "forget_gate": gate,
        "retained": state.item(),
        "enough": state.item() >= float(s),
        # In halvings: the number of halvings in the share over those of one step.
        "lifetime": (torch.log2(torch_tensor(s)) / torch.nn.functional.softplus(-torch_tensor(a))).item()
        * -math.log(2),
    }
