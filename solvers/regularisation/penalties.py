"""Penalties on the weights: a step with an L1 or L2 term, and decay over many steps."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import sqrt
from solvers.givens import integer, number, vector
from solvers.oracles import torch_tensor
from solvers.values import Number, Vector, each

# ------------------------------------------------------------------------------------------- penalties and their steps

PENALTY_GIVENS = {
    "w": vector("w", "weights", "权重", axes=("n",)),
    "g": vector("g", "gradient of the data loss", "数据损失的梯度", axes=("n",), default=0),
    "l": number(r"\lambda", "weight of the penalty", "正则化系数", least=0),
    "lr": number(r"\eta", "learning rate", "学习率", default=Fraction(1, 10)),
}


def _sign(w: Vector) -> Vector:
    return each(lambda x: (x > 0) - (x < 0), w)


def _updated(w: Vector, total_gradient: Vector, lr: Number) -> Vector:
    return w - lr * total_gradient


def _penalised(
    name: str,
    en: str,
    zh: str,
    penalty: tuple[str, Callable[..., Number]],
    slope: tuple[str, Callable[..., Vector]],
    norm: Callable[[Any], Any],
) -> Derivation:
    d = Derivation(name, en, zh, **PENALTY_GIVENS)
    d.step(penalty[0], symbol="R", zh="正则项的值", en="Penalty", name="penalty", final=True)(penalty[1])
    d.step(slope[0], symbol=r"\nabla R", zh="正则项的梯度", en="Gradient of the penalty", name="penalty_gradient")(
        slope[1]
    )
    d.step(
        "$g + $penalty_gradient",
        symbol=r"\nabla J",
        zh="总梯度",
        en="Gradient of the whole loss",
        name="total_gradient",
    )(lambda g, penalty_gradient: g + penalty_gradient)
    d.step("$w - $lr $total_gradient", symbol="w'", zh="更新后的权重", en="Updated weights", name="w_updated")(_updated)
    d.misconception("reg/penalty-not-differentiated", replaces="total_gradient")(
        lambda g, penalty: each(lambda x: x + penalty, g)
    )
    d.misconception("reg/penalty-subtracted", replaces="total_gradient")(
        lambda g, penalty_gradient: g - penalty_gradient
    )
    d.misconception("reg/penalty-averaged", replaces="penalty")(lambda l, w: penalty[1](l, w) / len(w))  # noqa: E741
    d.misconception("reg/penalty-averaged", replaces="penalty_gradient")(lambda l, w: slope[1](l, w) / len(w))  # noqa: E741
    d.misconception("reg/penalty-forgotten", replaces="total_gradient")(lambda g: g)
    d.misconception("reg/penalty-without-rate", replaces="w_updated")(
        lambda w, g, penalty_gradient, lr: w - lr * g - penalty_gradient
    )

    d.misconception("reg/rate-left-out", replaces="w_updated")(lambda w, total_gradient: w - total_gradient)

    @d.oracle
    def _(w: Vector, g: Vector, l: Number, lr: Number) -> dict[str, Any]:  # noqa: E741 - the given's name
        import torch

        weights = torch_tensor(w).requires_grad_()
        cost = float(l) * norm(weights)
        slope = torch.autograd.grad(cost, weights, retain_graph=True)[0]
        optimiser = torch.optim.SGD([weights], lr=float(lr))
        (weights @ torch_tensor(g) + cost).backward()
        assert weights.grad is not None
        total = weights.grad.clone()
        optimiser.step()
        return {
            "penalty": cost.item(),
            "penalty_gradient": slope,
            "total_gradient": total,
            "w_updated": weights.detach(),
        }

    return d


l2_step = _penalised(
    "reg.l2_step",
    "One gradient step with the L2 penalty (lambda / 2) |w|^2",
    "带 L2 正则项 (lambda / 2) |w|^2 的一次更新",
    (r"\frac{$l}{2} {$w}^\top $w", lambda l, w: l * Fraction(1, 2) * sum(w * w)),  # noqa: E741 - the given's name
    (r"$l $w", lambda l, w: l * w),  # noqa: E741 - the given's name
    lambda w: w.square().sum() / 2,
)
l2_step.misconception("reg/two-of-the-square", replaces="penalty_gradient")(lambda l, w: 2 * l * w)  # noqa: E741 - the given's name
l2_step.misconception("reg/sizes-for-squares", replaces="penalty")(lambda l, w: l * sum(each(abs, w)))  # noqa: E741 - the given's name
l2_step.misconception("reg/root-of-squares", replaces="penalty")(lambda l, w: l * Fraction(1, 2) * sqrt(sum(w * w)))  # noqa: E741 - the given's name
l2_step.misconception("reg/sign-for-weight", replaces="penalty_gradient")(lambda l, w: l * _sign(w))  # noqa: E741 - the given's name

l1_step = _penalised(
    "reg.l1_step",
    "One (sub)gradient step with the L1 penalty lambda |w|_1",
    "带 L1 正则项 lambda |w|_1 的一次（次）梯度更新",
    (r"$l \operatorname{sum}\left(\left|$w\right|\right)", lambda l, w: l * sum(each(abs, w))),  # noqa: E741 - the given's name
    (r"$l \operatorname{sign}\left($w\right)", lambda l, w: l * _sign(w)),  # noqa: E741 - the given's name
    lambda w: w.abs().sum(),
)
l1_step.misconception("reg/weight-for-sign", replaces="penalty_gradient")(lambda l, w: l * w)  # noqa: E741 - the given's name
l1_step.misconception("reg/signs-kept", replaces="penalty")(lambda l, w: l * sum(w))  # noqa: E741 - the given's name
l1_step.misconception("reg/squares-for-sizes", replaces="penalty")(lambda l, w: l * sum(w * w))  # noqa: E741 - the given's name
l1_step.misconception("reg/size-for-sign", replaces="penalty_gradient")(lambda l, w: l * each(abs, w))  # noqa: E741 - the given's name
l1_step.misconception("reg/sign-left-out", replaces="penalty_gradient")(lambda l, w: each(lambda _: l, w))  # noqa: E741 - the given's name

# ------------------------------------------------------------------------------------------------- decay over many steps

weight_decay = Derivation(
    "reg.weight_decay",
    "A weight under L2 alone: the factor per step and the weight after T steps",
    "仅受 L2 正则作用的权重：每步的因子与 T 步之后的值",
    w=number("w_0", "weight at the start", "权重的初值", default=1),
    lr=number(r"\eta", "learning rate", "学习率"),
    decay=number(r"\lambda", "weight decay", "权重衰减系数"),
    T=integer("T", "number of steps", "步数", default=1, least=0),
)


@weight_decay.step(r"1 - $lr $decay", symbol="q", zh="每步的因子")
def factor(lr: Number, decay: Number) -> Number:
    """Factor per step."""
    return 1 - lr * decay


@weight_decay.step("{$factor}^{$T} $w", symbol="w_T", zh="T 步之后的权重", name="after")
def _(factor: Number, T: int, w: Number) -> Number:
    """Weight after T steps."""
    return factor**T * w


@weight_decay.misconception("reg/decay-without-rate", replaces="factor")
def _(decay: Number) -> Number:
    return 1 - decay


weight_decay.misconception("reg/two-of-the-square", replaces="factor")(lambda lr, decay: 1 - 2 * lr * decay)
weight_decay.misconception("reg/weight-grown", replaces="factor")(lambda lr, decay: 1 + lr * decay)


weight_decay.misconception("reg/one-step-only", replaces="after")(lambda factor, w: factor * w)


@weight_decay.misconception("reg/decay-in-a-line", replaces="after")
def _(lr: Number, decay: Number, T: int, w: Number) -> Number:
    return (1 - T * lr * decay) * w


@weight_decay.oracle
def _(w: Number, lr: Number, decay: Number, T: int) -> dict[str, Any]:
    import torch

    def after(start: float, steps: int) -> float:
        place = torch.nn.Parameter(torch.full((1,), start, dtype=torch.float64))
        optimiser = torch.optim.SGD([place], lr=float(lr), weight_decay=float(decay))
        for _ in range(steps):
            place.grad = torch.zeros_like(place)
            optimiser.step()
        return place.item()

    return {"factor": after(1.0, 1), "after": after(float(w), T)}
