"""Jacobians between the hidden states of a layer, and their product."""

from __future__ import annotations

from functools import reduce
from typing import Any

from solvers.backprop.functions import activation_of
from solvers.backprop.oracle import activated
from solvers.bptt.common import hidden_activation, preimage, slope_of
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import matrix
from solvers.oracles import torch_tensor
from solvers.rules import taking
from solvers.values import Matrix

# ---------------------------------------------------------------------------------------------- a layer: the Jacobians


def _jacobians(length: int, units: int, word: str) -> Derivation:
    d = Derivation(
        "bptt.jacobians",
        "Jacobians between the hidden states of a recurrent layer, and their product",
        "循环层相邻隐状态之间的雅可比矩阵及其乘积",
        h=matrix("h", "hidden states, one row per time step", "各时间步的隐状态（每行一步）", axes=("T", "h")),
        U=matrix("U", "weights of the previous hidden state", "上一隐状态的权重（循环权重）", axes=("h", "h")),
        activation=hidden_activation(),
    )
    own = activation_of(word).scalar_slope.replace("$z", "$a")
    for t in range(1, length + 1):
        entries = [own.replace("$a", f"$h[{t - 1},{i}]") or "1" for i in range(units)]
        lines = [" & ".join(entry if i == j else "0" for j in range(units)) for i, entry in enumerate(entries)]
        body = r" \\ ".join(lines)

        @d.step(
            rf"\begin{{pmatrix}} {body} \end{{pmatrix}} $U",
            symbol=f"J_{{{t}}}",
            name=f"jacobian_{t}",
            en=f"Jacobian of state {t} with respect to the state before it",
            zh=f"第 {t} 步隐状态对前一隐状态的雅可比矩阵",
        )
        def _(h: Matrix, U: Matrix, activation: str, t: int = t) -> Matrix:
            return slope_of(h[t - 1], activation).reshape(-1, 1) * U

        @d.misconception("bptt/slope-left-out", replaces=f"jacobian_{t}")
        def left_out(U: Matrix) -> Matrix:
            return U

        @d.convention("convention/row-vectors", replaces=f"jacobian_{t}")
        def transposed(h: Matrix, U: Matrix, activation: str, t: int = t) -> Matrix:
            return slope_of(h[t - 1], activation).reshape(-1, 1) * U.T

        @d.misconception("bptt/slopes-on-columns", replaces=f"jacobian_{t}")
        def columns(h: Matrix, U: Matrix, activation: str, t: int = t) -> Matrix:
            return slope_of(h[t - 1], activation) * U

    names = [f"jacobian_{t}" for t in range(length, 0, -1)]
    en, zh = (
        f"Jacobian of state {length} with respect to the initial state",
        f"第 {length} 步隐状态对初始状态的雅可比矩阵",
    )
    d.step(
        " ".join(f"${name}" for name in names),
        symbol=rf"\frac{{\partial h_{{{length}}}}}{{\partial h_0}}",
        name="product",
        en=en,
        zh=zh,
    )(taking(names, lambda values: reduce(lambda a, b: a @ b, (values[name] for name in names))))
    if length > 1:
        d.misconception("bptt/order-reversed", replaces="product")(
            taking(names, lambda values: reduce(lambda a, b: b @ a, (values[name] for name in names)))
        )
        d.misconception("bptt/factors-added", replaces="product")(taking(names, lambda values: sum(values.values())))

    @d.oracle
    def _(h: Matrix, U: Matrix, activation: str) -> dict[str, Any]:
        import torch

        states, weights = torch_tensor(h), torch_tensor(U)
        start = torch.zeros(len(U), dtype=torch.float64)
        before = torch.cat([start[None], states[:-1]])
        drive = preimage(states, activation) - before @ weights.T

        def after(state: Any, first: int, last: int) -> Any:
            for t in range(first, last):
                state = activated(weights @ state + drive[t], activation)
            return state

        jacobian = torch.autograd.functional.jacobian
        found = {
            f"jacobian_{t + 1}": jacobian(lambda state, t=t: after(state, t, t + 1), before[t]) for t in range(len(h))
        }
        return {**found, "product": jacobian(lambda state: after(state, 0, len(h)), start)}

    return d


jacobians = Family(
    "bptt.jacobians",
    _jacobians,
    lambda givens: (len(givens["h"]), len(givens["U"]), givens["activation"]),
    smallest=(2, 2, "tanh"),
)
