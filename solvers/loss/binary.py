"""Losses of two classes: binary cross-entropy, hinge."""

from __future__ import annotations

from typing import Any

from solvers import functions
from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.givens import Given, number, vector
from solvers.loss.classes import binary_of, log_of, mean, total
from solvers.oracles import torch_tensor
from solvers.values import Number, Vector, array

# ----------------------------------------------------------------------------------------------- binary cross-entropy


def _probabilities() -> Given:
    return vector("p", "predicted probabilities of class 1", "预测为类别 1 的概率", axes=("n",))


def _add_sum_and_mean(derivation: Derivation) -> None:
    """Adds the sum and the mean of the samples' losses, which stand in the step `losses`."""
    derivation.step(
        r"\operatorname{sum}\left($losses\right)", symbol="S", name="total", en="Sum over the samples", zh="损失之和"
    )(total)
    derivation.step(
        r"\frac{$total}{\operatorname{len}\left($losses\right)}",
        symbol="L",
        name="mean",
        en="Mean over the samples",
        zh="平均损失",
    )(mean)


binary_cross_entropy = Derivation(
    "loss.binary_cross_entropy",
    "Binary cross-entropy: of each sample, sum and mean",
    "二元交叉熵：各样本的值、总和与均值",
    y=vector("y", "targets, 0 or 1", "目标（0 或 1）", axes=("n",)),
    p=_probabilities(),
)


@binary_cross_entropy.step(
    r"-\left($y \odot \ln $p + \left(1 - $y\right) \odot \ln\left(1 - $p\right)\right)",
    symbol=r"\ell",
    zh="各样本的损失",
    name="losses",
)
def _(y: Vector, p: Vector) -> Vector:
    """Loss of each sample."""
    return binary_of(y, p)


_add_sum_and_mean(binary_cross_entropy)
binary_cross_entropy.convention("convention/base-two-logarithm", replaces="losses")(
    lambda y, p: array([divided(loss, functions.log(2)) for loss in binary_of(y, p)])
)
binary_cross_entropy.misconception("loss/logarithm-to-base-ten", replaces="losses")(
    lambda y, p: array([divided(loss, functions.log(10)) for loss in binary_of(y, p)])
)
binary_cross_entropy.misconception("loss/sigmoid-of-probabilities", replaces="losses")(
    lambda y, p: binary_of(y, functions.sigmoid(p))
)
binary_cross_entropy.misconception("loss/second-term-sign", replaces="losses")(
    lambda y, p: array([(1 if t == 1 else -1) * loss for t, loss in zip(y, binary_of(y, p), strict=True)])
)
binary_cross_entropy.misconception("loss/other-class-forgotten", replaces="losses")(
    lambda y, p: array([0 if t == 0 else -t * log_of(chance) for t, chance in zip(y, p, strict=True)])
)
binary_cross_entropy.misconception("loss/target-ignored", replaces="losses")(
    lambda p: array([-log_of(chance) for chance in p])
)
binary_cross_entropy.misconception("loss/second-logarithm-left-out", replaces="losses")(
    lambda y, p: (
        array([0 if t == 0 else -t * log_of(chance) for t, chance in zip(y, p, strict=True)]) - (1 - y) * (1 - p)
    )
)
binary_cross_entropy.misconception("loss/targets-exchanged", replaces="losses")(lambda y, p: binary_of(1 - y, p))
binary_cross_entropy.misconception("loss/minus-forgotten", replaces="losses")(lambda y, p: -binary_of(y, p))
binary_cross_entropy.misconception("loss/not-averaged", replaces="mean")(lambda total: total)


binary_cross_entropy.misconception("loss/both-logarithms", replaces="losses")(
    lambda p: array([-log_of(chance) - log_of(1 - chance) for chance in p])
)
binary_cross_entropy.misconception("loss/probability-for-loss", replaces="losses")(
    lambda y, p: array([1 - t * chance - (1 - t) * (1 - chance) for t, chance in zip(y, p, strict=True)])
)
binary_cross_entropy.misconception("loss/entropy-of-output", replaces="losses")(lambda p: binary_of(p, p))


@binary_cross_entropy.oracle
def _(y: Vector, p: Vector) -> dict[str, Any]:
    import torch

    targets, chances = torch_tensor(y), torch_tensor(p)
    found = {kind: torch.nn.BCELoss(reduction=kind)(chances, targets) for kind in ("none", "sum", "mean")}
    return {"losses": found["none"], "total": found["sum"].item(), "mean": found["mean"].item()}


needed_probability = Derivation(
    "loss.needed_probability",
    "Probability of the right class that keeps the cross-entropy at a given value",
    "使交叉熵等于给定值的正确类别概率",
    L=number("L", "cross-entropy of one sample", "单个样本的交叉熵", least=0),
)


@needed_probability.step("e^{-$L}", symbol="p_c", zh="正确类别的概率")
def probability(L: Number) -> Number:
    """Probability of the right class."""
    return functions.exp(-L)


def _grown(L: Number) -> Number:
    return functions.exp(L)


needed_probability.convention("convention/base-two-logarithm", replaces="probability")(
    lambda L: functions.exp(-L * functions.log(2))
)
needed_probability.misconception("loss/probability-for-loss", replaces="probability")(lambda L: 1 - L)
needed_probability.misconception("loss/logarithm-to-base-ten", replaces="probability")(
    lambda L: functions.exp(-L * functions.log(10))
)
needed_probability.misconception("loss/minus-forgotten", replaces="probability")(_grown)


@needed_probability.oracle
def _(L: Number) -> dict[str, Any]:
    return {"probability": torch_tensor(L).neg().exp().item()}


# ------------------------------------------------------------------------------------------------------------- hinge

hinge = Derivation(
    "loss.hinge",
    "Hinge loss of labels 1 and -1 against scores",
    "合页损失（标签 1、-1 与得分）",
    y=vector("y", "labels, 1 or -1", "标签（1 或 -1）", axes=("n",)),
    s=vector("s", "scores", "得分", axes=("n",)),
)


@hinge.step(r"\max\left(1 - $y \odot $s, 0\right)", symbol=r"\ell", zh="各样本的损失", name="losses")
def _(y: Vector, s: Vector) -> Vector:
    """Loss of each sample."""
    return functions.relu(1 - y * s)


_add_sum_and_mean(hinge)
hinge.misconception("loss/margin-of-zero", replaces="losses")(lambda y, s: functions.relu(-y * s))
hinge.misconception("loss/surplus-kept", replaces="losses")(lambda y, s: 1 - y * s)
hinge.misconception("loss/hinge-squared", replaces="losses")(lambda y, s: functions.relu(1 - y * s) ** 2)
hinge.misconception("loss/label-ignored", replaces="losses")(lambda s: functions.relu(1 - s))
hinge.misconception("loss/zero-for-minus-one", replaces="losses")(
    lambda y, s: functions.relu(1 - array([max(label, 0) for label in y]) * s)
)


hinge.misconception("loss/not-averaged", replaces="mean")(lambda total: total)


@hinge.oracle
def _(y: Vector, s: Vector) -> dict[str, Any]:
    import torch

    labels, scores = torch_tensor(y), torch_tensor(s)
    agreeing = scores * labels
    ones = -torch.ones_like(agreeing)
    found = torch.nn.HingeEmbeddingLoss(margin=1.0, reduction="none")(agreeing, ones)
    return {"losses": found, "total": found.sum().item(), "mean": found.mean().item()}
