"""What the steps of gradient descent share: their givens, the update, and PyTorch's optimiser for the oracles."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import matrix, number, vector
from solvers.values import Value

INPUTS = matrix("X", "inputs, one sample a row", "输入（每行一个样本）", axes=("n", "d"))
WEIGHTS = vector("w", "weights", "权重", axes=("d",), default=0)
BIAS = number("b", "bias", "偏置", default=0)
RATE = number(r"\eta", "learning rate", "学习率", default=Fraction(1, 10))
L2 = number(
    r"\lambda",
    "weight of the L2 term: the loss gains λ/2 times the squared weights (bias left out)",
    "L2 正则化系数：损失加上 λ/2 乘以权重平方和（不含偏置）",
    default=0,
    least=0,
)
PENALTY = r" + \frac{$l2}{2} \operatorname{sum}\left($w^2\right)"
DECAY = " + $l2 $w"
"""What the L2 term adds to the loss and to the gradient, where there is one."""


def add_update(d: Derivation, value: str, en: str, zh: str, *, final: bool = False) -> None:
    """Declares the step from a parameter and its gradient to the new parameter."""
    inputs = {"value": value, "gradient": f"{value}_gradient"}

    def updated(value: Value, rate: Value, gradient: Value) -> Value:
        return value - rate * gradient

    d.step(
        "$value - $rate $gradient",
        symbol=rf"{value}^{{\text{{new}}}}",
        name=f"{value}_updated",
        en=f"Updated {en}",
        zh=f"更新后的{zh}",
        final=final,
        inputs=inputs,
    )(updated)
    d.misconception("regression/uphill", replaces=f"{value}_updated", inputs=inputs)(
        lambda value, rate, gradient: value + rate * gradient
    )
    d.misconception("regression/rate-forgotten", replaces=f"{value}_updated", inputs=inputs)(
        lambda value, gradient: value - gradient
    )


def add_weight_decay(weights: Any, bias: Any, rate: float, l2: float) -> dict[str, Any]:
    """Gradients with the L2 term and parameters after a step of PyTorch's SGD; `penalty` is the L2 term of the loss."""
    import torch

    decay = weights.detach().clone().requires_grad_()
    penalty = torch.linalg.vector_norm(decay).square() * (l2 / 2) if decay.any() else (decay * 0).sum()
    (extra,) = torch.autograd.grad(penalty, decay)
    steps = {"w_gradient": weights.grad + extra, "b_gradient": bias.grad.item(), "penalty": penalty.item()}
    optimiser = torch.optim.SGD([{"params": [weights], "weight_decay": l2}, {"params": [bias]}], lr=rate)
    optimiser.step()
    return {**steps, "w_updated": weights.detach(), "b_updated": bias.item()}
