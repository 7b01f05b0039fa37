"""A GRU's hidden state from known gate values, and the way back to the update gate."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.givens import Given, number
from solvers.gru.step import UPDATE, declare_shares
from solvers.oracles import torch_tensor
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Number

# ------------------------------------------------------------------------------------------- from known gate values

GATE = Given(symbol="z_t", kind="number", meaning=Text("value of the update gate", "更新门的值"), least=0, most=1)
CANDIDATE = Given(symbol=r"\tilde{h}_t", kind="number", meaning=Text("candidate", "候选状态"), least=-1, most=1)
OLD = number("h_{t-1}", "previous hidden state", "上一隐状态")


def _blend(update: str) -> Derivation:
    d = Derivation(
        "gru.blend",
        "Hidden state of one GRU unit from its update gate, its candidate and its previous state",
        "由更新门、候选状态和上一隐状态求 GRU 单元的隐状态",
        z=GATE,
        n=CANDIDATE,
        h=OLD,
        update=UPDATE,
    )

    @d.step("$z" if update == "keep" else "1 - $z", symbol=r"\alpha", zh="旧状态所占的比例")
    def kept(z: Number, update: str) -> Number:
        """Share of the previous state."""
        return z if update == "keep" else 1 - z

    @d.convention("convention/update-gate-inverted", replaces="kept")
    def _(z: Number) -> Number:
        return 1 - z if update == "keep" else z

    @d.step(r"$kept $h + \left(1 - $kept\right) $n", symbol="h_t", zh="隐状态")
    def hidden(kept: Number, h: Number, n: Number) -> Number:
        """Hidden state."""
        return kept * h + (1 - kept) * n

    @d.misconception("gru/old-state-not-weighed", replaces="hidden")
    def _unweighed(kept: Number, h: Number, n: Number) -> Number:
        return h + (1 - kept) * n

    @d.misconception("gru/candidate-not-weighed", replaces="hidden")
    def _whole_candidate(kept: Number, h: Number, n: Number) -> Number:
        return kept * h + n

    @d.misconception("gru/candidate-as-state", replaces="hidden")
    def _candidate(n: Number) -> Number:
        return n

    declare_shares(d, "hidden", {}, keeps=update == "keep")

    @d.oracle
    def _(z: Number, n: Number, h: Number, update: str) -> dict[str, Any]:
        import torch

        start, candidate = torch_tensor(h).requires_grad_(), torch_tensor(n)
        ends = (candidate, start) if update == "keep" else (start, candidate)
        state = torch.lerp(*ends, torch_tensor(z))
        (share,) = torch.autograd.grad(state, start)
        return {"kept": share.item(), "hidden": state.item()}

    return d


blend = Family("gru.blend", _blend, lambda givens: (givens["update"],), smallest=("keep",))

needed_gate = Derivation(
    "gru.needed_gate",
    "Update gate of one GRU unit from its states and its candidate (z weighs the old state)",
    "由前后隐状态与候选状态反求 GRU 的更新门（z 为旧状态的比例）",
    n=CANDIDATE,
    h=OLD,
    target=number("h_t", "hidden state after the step", "本步的隐状态"),
)


@needed_gate.step(r"\frac{$target - $n}{$h - $n}", symbol="z_t", zh="更新门")
def update_gate(target: Number, n: Number, h: Number) -> Number:
    """Update gate."""
    if h == n:
        raise Undefined(
            "candidate and old state are equal: every gate gives the same", "候选状态与旧状态相等，任何门值结果都相同"
        )
    share = divided(target - n, h - n)
    if not 0 <= share <= 1:
        raise Undefined("the state does not lie between candidate and old state", "隐状态不在候选状态与旧状态之间")
    return share


@needed_gate.convention("convention/update-gate-inverted", replaces="update_gate")
def _(target: Number, n: Number, h: Number) -> Number:
    return divided(target - h, n - h)


@needed_gate.misconception("gru/ratio-of-states", replaces="update_gate")
def _(target: Number, h: Number) -> Number:
    return divided(target, h)


def _solved(n: Number, h: Number, target: Number) -> dict[str, Any]:
    import sympy

    z = sympy.Symbol("z")
    a, b, c = (sympy.Rational(str(value)) for value in (n, h, target))
    (found,) = sympy.solve((1 - z) * a + z * b - c, z)
    return {"update_gate": float(found)}


needed_gate.oracle(_solved, engine="sympy")
