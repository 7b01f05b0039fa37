"""Risks: the mean loss over a data set, and what a penalty on the weights adds."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.functions import sqrt
from solvers.givens import number, vector, word
from solvers.oracles import torch_tensor
from solvers.values import Number, Vector

LOSSES = vector(r"\ell", "loss of each sample", "各样本的损失", axes=("n",))

empirical_risk = Derivation(
    "loss.empirical_risk",
    "Empirical risk: the mean of the samples' losses",
    "经验风险：各样本损失的平均值",
    losses=LOSSES,
)


@empirical_risk.step(r"\operatorname{sum}\left($losses\right)", symbol="S", zh="损失之和")
def total(losses: Vector) -> Number:
    """Sum of the losses."""
    return sum(losses)


@empirical_risk.step(r"\frac{$total}{\operatorname{len}\left($losses\right)}", symbol=r"R_{\text{emp}}", zh="经验风险")
def risk(total: Number, losses: Vector) -> Number:
    """Empirical risk."""
    return divided(total, len(losses))


empirical_risk.misconception("loss/not-averaged", replaces="risk")(lambda total: total)


empirical_risk.misconception("loss/one-fewer", replaces="risk")(
    lambda total, losses: divided(total, len(losses) - 1) if len(losses) > 1 else total
)


@empirical_risk.oracle
def _(losses: Vector) -> dict[str, Any]:
    found = torch_tensor(losses)
    return {"total": found.sum().item(), "risk": found.mean().item()}


PENALTIES: dict[str, tuple[str, Callable[[Vector], Number]]] = {
    "half_l2": (r"\frac{1}{2} \operatorname{sum}\left($w^2\right)", lambda w: divided(w @ w, 2)),
    "l2": (r"\operatorname{sum}\left($w^2\right)", lambda w: w @ w),
    "l1": (r"\operatorname{sum}\left(\left|$w\right|\right)", lambda w: sum(abs(weight) for weight in w)),
}


def _regularised(penalty: str) -> Derivation:
    d = Derivation(
        "loss.regularised_risk",
        "Regularised risk: empirical risk plus lambda times a penalty on the weights",
        "结构风险：经验风险加 λ 乘以对权重的惩罚项",
        losses=LOSSES,
        w=vector("w", "weights", "权重", axes=("d",)),
        lam=number(r"\lambda", "weight of the penalty", "正则化系数"),
        penalty=word(
            r"\text{penalty}",
            "penalty: half_l2 is half the sum of squares, l2 the sum of squares, l1 the sum of absolute values",
            "惩罚项：half_l2 为平方和的一半，l2 为平方和，l1 为绝对值之和",
            words=tuple(PENALTIES),
            default="half_l2",
        ),
    )
    formula = PENALTIES[penalty][0]

    @d.step(
        r"\frac{1}{\operatorname{len}\left($losses\right)} \operatorname{sum}\left($losses\right)",
        symbol=r"R_{\text{emp}}",
        name="risk",
        zh="经验风险",
    )
    def _(losses: Vector) -> Number:
        """Empirical risk."""
        return divided(sum(losses), len(losses))

    @d.step(formula, symbol=r"\Omega(w)", name="size", zh="惩罚项")
    def _(w: Vector, penalty: str) -> Number:
        """Penalty on the weights."""
        return PENALTIES[penalty][1](w)

    @d.step("$risk + $lam $size", symbol="R", zh="结构风险")
    def regularised(risk: Number, lam: Number, size: Number) -> Number:
        """Regularised risk."""
        return risk + lam * size

    d.misconception("loss/not-averaged", replaces="risk")(lambda losses: losses.sum())
    d.misconception("loss/penalty-without-lambda", replaces="regularised")(lambda risk, size: risk + size)
    d.misconception("loss/penalty-subtracted", replaces="regularised")(lambda risk, lam, size: risk - lam * size)
    if penalty == "half_l2":
        d.convention("convention/penalty-without-half", replaces="size")(lambda w: w @ w)
    if penalty != "l1":
        d.misconception("loss/sizes-for-squares", replaces="size")(lambda w: sum(abs(weight) for weight in w))
        share = Fraction(1, 2) if penalty == "half_l2" else Fraction(1)
        d.misconception("loss/length-for-squares", replaces="size")(lambda w: sqrt(w @ w) * share)

    @d.oracle
    def _(losses: Vector, w: Vector, lam: Number, penalty: str) -> dict[str, Any]:
        import torch

        weights = torch_tensor(w)
        size = {
            "half_l2": torch.nn.functional.mse_loss(weights, torch.zeros_like(weights), reduction="sum") / 2,
            "l2": torch.linalg.vector_norm(weights).square(),
            "l1": torch.linalg.vector_norm(weights, ord=1),
        }[penalty]
        risk = torch_tensor(losses).mean()
        return {"risk": risk.item(), "size": size.item(), "regularised": (risk + float(lam) * size).item()}

    return d


regularised_risk = Family(
    "loss.regularised_risk", _regularised, lambda givens: (givens["penalty"],), smallest=("half_l2",)
)
