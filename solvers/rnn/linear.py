"""A recurrent unit without an activation and with a constant input: its state after T steps, in closed form."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.givens import integer, number
from solvers.values import Number


def _linear(even: bool) -> Derivation:
    d = Derivation(
        "rnn.linear",
        "State of a linear recurrent unit after T steps with the same input",
        "线性循环单元在恒定输入下经过 T 步后的状态",
        u=number("u", "weight of the previous hidden state", "上一隐状态的权重（循环权重）"),
        w=number("w", "weight of the input", "输入的权重", default=1),
        x=number("x", "input of every time step", "每一步的输入", default=0),
        T=integer("T", "time steps", "时间步数", least=1, most=200),
        h0=number("h_0", "initial hidden state", "初始隐状态", default=0),
    )

    @d.step("$u^{$T}", symbol="M", zh="初始状态所乘的倍数")
    def memory(u: Number, T: int) -> Number:
        """What the initial state is multiplied by."""
        return u**T

    @d.step(
        "$T" if even else r"\frac{1 - $memory}{1 - $u}",
        symbol="S",
        zh="各步输入的累计倍数（等比数列求和）",
    )
    def accumulation(u: Number, T: int, memory: Number) -> Number:
        """What the input is multiplied by: a geometric series."""
        return T if u == 1 else divided(1 - memory, 1 - u)

    @d.step("$memory $h0 + $w $x $accumulation", symbol="h_T", zh="T 步后的状态")
    def state(memory: Number, h0: Number, w: Number, x: Number, accumulation: Number) -> Number:
        """State after T steps."""
        return memory * h0 + w * x * accumulation

    @d.misconception("rnn/power-as-product", replaces="memory")
    def _(u: Number, T: int) -> Number:
        return u * T

    @d.misconception("rnn/input-counted-once", replaces="accumulation")
    def _() -> int:
        return 1

    @d.misconception("rnn/series-too-long", replaces="accumulation")
    def _(u: Number, T: int) -> Number:
        return sum(u**k for k in range(T + 1))

    @d.misconception("rnn/initial-state-forgotten", replaces="state")
    def _(w: Number, x: Number, accumulation: Number) -> Number:
        return w * x * accumulation

    @d.oracle
    def _(u: Number, w: Number, x: Number, T: int, h0: Number) -> dict[str, float]:
        """T steps one after the other, and autograd's word on what depends on what."""
        import torch

        start = torch.tensor(float(h0), dtype=torch.float64, requires_grad=True)
        drive = torch.tensor(float(w * x), dtype=torch.float64, requires_grad=True)
        h = start
        for _ in range(T):
            h = float(u) * h + drive
        memory, accumulation = torch.autograd.grad(h, (start, drive))
        return {"memory": memory.item(), "accumulation": accumulation.item(), "state": h.item()}

    return d


linear = Family("rnn.linear", _linear, lambda givens: (givens["u"] == 1,), smallest=(False,))
