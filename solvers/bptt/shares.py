"""The gradient of one unit's recurrent weight as a sum of its time steps' shares."""

from __future__ import annotations

from typing import Any

from solvers.backprop.functions import activation_of
from solvers.backprop.oracle import activated, slope_at
from solvers.backprop.scalar import partial
from solvers.bptt.common import RECURRENT, hidden_activation, preimage, slope_of
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, number, vector
from solvers.oracles import torch_tensor
from solvers.rules import taking
from solvers.values import Number, Vector

# -------------------------------------------------------------------------------- one unit: shares of the time steps


def _contributions(length: int, word: str, kept: int) -> Derivation:
    d = Derivation(
        "bptt.contributions",
        "Gradient of a recurrent weight as the sum of its time steps' shares, whole and truncated",
        "循环权重的梯度：各时间步贡献之和（完整与截断）",
        h=vector("h", "hidden states of the time steps 1 to T", "第 1 至 T 步的隐状态", axes=("T",)),
        u=RECURRENT,
        error=number(partial("h_T"), "gradient of the loss at the last state", "损失对最后隐状态的梯度", default=1),
        h0=number("h_0", "initial hidden state", "初始隐状态", default=0),
        K=integer("K", "time steps that truncated back-propagation goes back", "截断的步数", default=1, least=1),
        activation=hidden_activation(),
    )
    for t in range(length, 0, -1):
        _add_slope(d, t, word)
        _add_delta(d, t, length)
    for t in range(length, 0, -1):
        _add_share(d, t)
    shares = [f"share_{t}" for t in range(1, length + 1)]
    _add_sum(d, "gradient", partial("u"), "Gradient of the recurrent weight", "循环权重的梯度", shares)
    d.misconception("bptt/last-share-only", replaces="gradient", share=shares[-1])(lambda share: share)
    steps = min(kept, length)
    en, zh = f"Gradient truncated to {steps} time step{'s' * (steps > 1)}", f"截断为 {steps} 步的梯度"
    _add_sum(d, "truncated", r"\hat{g}", en, zh, shares[-kept:])
    if kept < length:
        d.misconception("bptt/oldest-kept", replaces="truncated")(
            taking(shares[:kept], lambda values: sum(values.values()))
        )
    d.oracle(_contributions_oracle)
    return d


def _add_sum(d: Derivation, name: str, symbol: str, en: str, zh: str, terms: list[str]) -> None:
    formula = " + ".join(f"${term}" for term in terms)
    # Every truncation takes K, which says how many terms there are.
    used = [*terms, "K"] if name == "truncated" else terms
    rule = taking(used, lambda values: sum(values[term] for term in terms))
    d.step(formula, symbol=symbol, name=name, en=en, zh=zh, final=True)(rule)


def _add_slope(d: Derivation, t: int, word: str) -> None:
    own = activation_of(word).scalar_slope.replace("$z", "$a").replace("$a", f"$h[{t - 1}]") or "1"
    words: dict[str, Any] = {"en": f"Derivative of the activation at time step {t}", "zh": f"第 {t} 步激活函数的导数"}

    @d.step(own, symbol=f"f'(z_{{{t}}})", name=f"slope_{t}", **words)
    def _(h: Vector, activation: str) -> Number:
        return slope_of(h[t - 1], activation)

    @d.misconception("bptt/slope-left-out", replaces=f"slope_{t}")
    def left_out() -> int:
        return 1


def _add_delta(d: Derivation, t: int, length: int) -> None:
    words: dict[str, Any] = {"en": f"Gradient at the weighted sum of time step {t}", "zh": f"第 {t} 步加权和处的梯度"}
    own: dict[str, Any] = {"symbol": rf"\delta_{{{t}}}", "name": f"delta_{t}", **words}
    if t == length:
        d.step("$error $slope", slope=f"slope_{t}", **own)(lambda error, slope: error * slope)
        return
    later = {"slope": f"slope_{t}", "later": f"delta_{t + 1}"}
    d.step("$later $u $slope", inputs=later, **own)(lambda later, u, slope: later * u * slope)
    d.misconception("bptt/weight-left-out", replaces=f"delta_{t}", inputs=later)(lambda later, slope: later * slope)


def _add_share(d: Derivation, t: int) -> None:
    before = "$h0" if t == 1 else f"$h[{t - 2}]"
    words: dict[str, Any] = {"en": f"Contribution of time step {t}", "zh": f"第 {t} 步的贡献"}

    @d.step(f"$delta {before}", symbol=f"g_{{{t}}}", name=f"share_{t}", delta=f"delta_{t}", **words)
    def _(delta: Number, h0: Number, h: Vector) -> Number:
        return delta * (h0 if t == 1 else h[t - 2])

    @d.misconception("bptt/own-state", replaces=f"share_{t}", delta=f"delta_{t}")
    def own_state(delta: Number, h: Vector) -> Number:
        return delta * h[t - 1]


def _contributions_oracle(
    *, h: Vector, u: Number, error: Number, h0: Number, K: int, activation: str
) -> dict[str, Any]:
    """Autograd on a network whose inputs are such that its states are these, each time step with a copy of the weight."""
    import torch

    states = torch_tensor(h)
    before = torch.cat([torch_tensor(h0).reshape(1), states[:-1]])
    copies = [torch_tensor(u).requires_grad_() for _ in h]
    drive = preimage(states, activation) - float(u) * before
    state, sums, found = before[0], [], {}
    for t, copy in enumerate(copies):
        sums.append(drive[t] + copy * state)
        state = activated(sums[-1], activation)
        found[f"slope_{t + 1}"] = slope_at(sums[-1], activation).item() if activation != "linear" else 1.0
    gradients = torch.autograd.grad(state * float(error), [*copies, *sums])
    shares = [g.item() for g in gradients[: len(copies)]]
    found |= {f"share_{t}": share for t, share in enumerate(shares, 1)}
    found |= {f"delta_{t}": g.item() for t, g in enumerate(gradients[len(copies) :], 1)}
    return {**found, "gradient": sum(shares), "truncated": sum(shares[-K:])}


contributions = Family(
    "bptt.contributions",
    _contributions,
    lambda givens: (len(givens["h"]), givens["activation"], givens["K"]),
    smallest=(2, "tanh", 1),
)
