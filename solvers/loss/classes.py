"""Losses of predicted classes: 0-1, cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers import functions
from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.givens import integer, matrix, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector, array, each

# --------------------------------------------------------------------------------------------------------- 0-1 loss

zero_one = Derivation(
    "loss.zero_one",
    "0-1 loss over a data set: mistakes, error rate, accuracy",
    "数据集上的 0-1 损失：错误个数、错误率、准确率",
    y=vector("y", "right classes", "真实类别", axes=("n",)),
    p=vector(r"\hat{y}", "predicted classes", "预测类别", axes=("n",)),
)


@zero_one.step(r"\mathbf{1}\left[$p \ne $y\right]", symbol=r"\ell", zh="各样本的损失：错为 1，对为 0")
def losses(p: Vector, y: Vector) -> Vector:
    """Loss of each sample: 1 for a mistake, else 0."""
    return array([1 if a != b else 0 for a, b in zip(p, y, strict=True)])


@zero_one.step(r"\operatorname{sum}\left($losses\right)", symbol="k", zh="错误个数")
def mistakes(losses: Vector) -> int:
    """Number of mistakes."""
    return sum(losses)


@zero_one.step(r"\frac{$mistakes}{\operatorname{len}\left($y\right)}", symbol="R", zh="错误率：平均损失")
def error_rate(mistakes: int, y: Vector) -> Number:
    """Error rate: the mean loss."""
    return divided(mistakes, len(y))


@zero_one.step("1 - $error_rate", symbol=r"\text{acc}", zh="准确率")
def accuracy(error_rate: Number) -> Number:
    """Accuracy."""
    return 1 - error_rate


zero_one.misconception("loss/accuracy-for-error", replaces="error_rate")(
    lambda mistakes, y: 1 - divided(mistakes, len(y))
)
zero_one.misconception("loss/distance-of-classes", replaces="losses")(
    lambda p, y: array([abs(a - b) for a, b in zip(p, y, strict=True)])
)


@zero_one.oracle
def _(y: Vector, p: Vector) -> dict[str, Any]:
    import torch

    wrong = torch.ne(torch_tensor(p), torch_tensor(y))
    return {
        "losses": wrong.to(torch.int64),
        "mistakes": int(torch.count_nonzero(wrong)),
        "error_rate": wrong.double().mean().item(),
        "accuracy": torch.eq(torch_tensor(p), torch_tensor(y)).double().mean().item(),
    }


# ------------------------------------------------------------------------------------------------------ cross-entropy


def log_of(p: Number) -> Number:
    """Natural logarithm of a probability. Raises Undefined at 0 and outside of 0 to 1."""
    if not 0 < p <= 1:
        raise Undefined("the logarithm needs a probability above 0 and at most 1", "取对数的概率必须大于 0 且不超过 1")
    return functions.log(p)


def entropy_of(y: Vector, p: Vector) -> Number:
    """Minus the sum of y ln p, where classes of weight 0 count nothing."""
    return -sum(weight * log_of(chance) for weight, chance in zip(y, p, strict=True) if weight != 0)


def binary_of(y: Vector, p: Vector) -> Vector:
    """Binary cross-entropy of each sample: that of two classes."""
    pairs = zip(y, p, strict=True)
    return array([entropy_of(array([t, 1 - t]), array([chance, 1 - chance])) for t, chance in pairs])


TARGET = vector("y", "target: one-hot, or any distribution", "目标：one-hot 向量或任一概率分布", axes=("classes",))

cross_entropy = Derivation(
    "loss.cross_entropy",
    "Cross-entropy of a target distribution and predicted probabilities, with entropy and KL divergence",
    "目标分布与预测概率的交叉熵，以及熵与 KL 散度",
    y=TARGET,
    p=vector("p", "predicted probabilities", "预测概率", axes=("classes",)),
)


@cross_entropy.step(r"-$y^\top \ln\left($p\right)", symbol="H(y, p)", zh="交叉熵（自然对数）", final=True)
def loss(y: Vector, p: Vector) -> Number:
    """Cross-entropy, with natural logarithms."""
    return entropy_of(y, p)


@cross_entropy.step(r"-\sum_c y_c \ln y_c", symbol="H(y)", zh="目标分布的熵")
def entropy(y: Vector) -> Number:
    """Entropy of the target."""
    return entropy_of(y, y)


@cross_entropy.step("$loss - $entropy", symbol=r"D_{\text{KL}}", zh="KL 散度：交叉熵减熵")
def divergence(loss: Number, entropy: Number) -> Number:
    """Kullback-Leibler divergence: cross-entropy minus entropy."""
    return loss - entropy


def _in_bits(y: Vector, p: Vector) -> Number:
    return divided(entropy_of(y, p), functions.log(2))


cross_entropy.convention("convention/base-two-logarithm", replaces="loss")(_in_bits)
cross_entropy.convention("convention/base-two-logarithm", replaces="entropy")(lambda y: _in_bits(y, y))
cross_entropy.misconception("loss/logarithm-to-base-ten", replaces="loss")(
    lambda y, p: divided(entropy_of(y, p), functions.log(10))
)
cross_entropy.misconception("loss/logarithm-to-base-ten", replaces="entropy")(
    lambda y: divided(entropy_of(y, y), functions.log(10))
)
cross_entropy.misconception("loss/softmax-of-probabilities", replaces="loss")(
    lambda y, p: entropy_of(y, functions.softmax(p))
)
cross_entropy.misconception("loss/divergence-averaged", replaces="divergence")(
    lambda loss, entropy, y: divided(loss - entropy, len(y))
)
cross_entropy.misconception("loss/divergence-turned-round", replaces="divergence")(
    lambda y, p: entropy_of(p, y) - entropy_of(p, p)
)
cross_entropy.misconception("loss/arguments-exchanged", replaces="loss", inputs={"y": "p", "p": "y"})(entropy_of)
cross_entropy.misconception("loss/minus-forgotten", replaces="loss")(lambda y, p: -entropy_of(y, p))
cross_entropy.misconception("loss/entropy-averaged", replaces="loss")(lambda y, p: divided(entropy_of(y, p), len(y)))
cross_entropy.misconception("loss/probability-as-loss", replaces="loss")(lambda y, p: y @ p)
cross_entropy.misconception("loss/probability-for-loss", replaces="loss")(lambda y, p: 1 - y @ p)
cross_entropy.misconception("loss/likeliest-class", replaces="loss")(lambda p: -log_of(max(p, key=float)))
cross_entropy.misconception("loss/entropy-of-output", replaces="loss")(lambda p: entropy_of(p, p))
cross_entropy.misconception("loss/logarithm-left-out", replaces="loss")(lambda y, p: -(y @ p))
cross_entropy.misconception("loss/other-classes-counted", replaces="loss")(lambda y, p: sum(binary_of(y, p)))


cross_entropy.misconception("backprop/all-classes-in-loss", replaces="loss")(lambda p: -sum(log_of(q) for q in p))


@cross_entropy.oracle
def _(y: Vector, p: Vector) -> dict[str, Any]:
    import torch

    target, chances = torch_tensor(y), torch_tensor(p)
    own = torch.special.entr(target).sum()
    apart = torch.where(target > 0, torch.nn.functional.kl_div(chances.log(), target, reduction="none"), 0.0).sum()
    return {"loss": (apart + own).item(), "entropy": own.item(), "divergence": apart.item()}


cross_entropy_of_scores = Derivation(
    "loss.cross_entropy_of_scores",
    "Cross-entropy of the right class from scores (logits), as torch.nn.CrossEntropyLoss computes it",
    "由得分（logits）与正确类别求交叉熵（同 torch.nn.CrossEntropyLoss）",
    z=vector("z", "scores (logits)", "得分（logits）", axes=("classes",)),
    c=integer("c", "right class, counted from 0", "正确类别（从 0 数起）", least=0),
)


@cross_entropy_of_scores.step(r"\operatorname{softmax}\left($z\right)", symbol="p", zh="各类的概率")
def probabilities(z: Vector) -> Vector:
    """Probabilities of the classes."""
    return functions.softmax(z)


@cross_entropy_of_scores.step("p_c", symbol="q", zh="正确类别的概率")
def right_probability(probabilities: Vector, c: int) -> Number:
    """Probability of the right class."""
    if c >= len(probabilities):
        raise Undefined("there is no such class", "没有这个类别")
    return probabilities[c]


@cross_entropy_of_scores.step(r"-\ln $right_probability", symbol="L", zh="损失", name="loss")
def _(right_probability: Number) -> Number:
    """Loss."""
    return -log_of(right_probability)


cross_entropy_of_scores.misconception("loss/sigmoid-for-softmax", replaces="probabilities", x="z")(functions.sigmoid)
cross_entropy_of_scores.misconception("loss/scores-as-probabilities", replaces="probabilities")(lambda z: z)
cross_entropy_of_scores.misconception("loss/scores-divided-by-sum", replaces="probabilities")(
    lambda z: each(lambda score: divided(score, sum(z)), z)
)
cross_entropy_of_scores.misconception("loss/logarithm-left-out", replaces="loss")(
    lambda right_probability: -right_probability
)
cross_entropy_of_scores.misconception("loss/class-counted-from-one", replaces="right_probability")(
    lambda probabilities, c: probabilities[c - 1]
)
cross_entropy_of_scores.misconception("loss/other-classes-counted", replaces="loss")(
    lambda probabilities, c: sum(-log_of(p if k == c else 1 - p) for k, p in enumerate(probabilities))
)
cross_entropy_of_scores.misconception("loss/minus-forgotten", replaces="loss", p="right_probability")(log_of)
cross_entropy_of_scores.misconception("loss/probability-as-loss", replaces="loss")(
    lambda right_probability: right_probability
)
cross_entropy_of_scores.misconception("loss/likeliest-class", replaces="right_probability")(
    lambda probabilities: max(probabilities, key=float)
)
cross_entropy_of_scores.misconception("loss/entropy-of-output", replaces="loss")(
    lambda probabilities: entropy_of(probabilities, probabilities)
)
cross_entropy_of_scores.misconception("loss/entropy-averaged", replaces="loss")(
    lambda right_probability, z: divided(-log_of(right_probability), len(z))
)
cross_entropy_of_scores.misconception("loss/probability-for-loss", replaces="loss")(
    lambda right_probability: 1 - right_probability
)
cross_entropy_of_scores.convention("convention/base-two-logarithm", replaces="loss")(
    lambda right_probability: -functions.log2(right_probability)
)
cross_entropy_of_scores.misconception("loss/logarithm-to-base-ten", replaces="loss")(
    lambda right_probability: divided(-log_of(right_probability), functions.log(10))
)


cross_entropy_of_scores.misconception("backprop/all-classes-in-loss", replaces="loss")(
    lambda probabilities: -sum(log_of(q) for q in probabilities)
)


@cross_entropy_of_scores.oracle
def _(z: Vector, c: int) -> dict[str, Any]:
    import torch

    found = torch.nn.CrossEntropyLoss()(torch_tensor(z), torch.tensor(c))
    chances = torch.special.softmax(torch_tensor(z), 0)
    return {"probabilities": chances, "right_probability": chances[c].item(), "loss": found.item()}


cross_entropy_batch = Derivation(
    "loss.cross_entropy_batch",
    "Mean cross-entropy over samples, from their predicted probabilities",
    "由各样本的预测概率求平均交叉熵",
    Y=matrix(
        "Y",
        "targets, one sample a row (one-hot or distributions)",
        "目标，每行一个样本（one-hot 或概率分布）",
        axes=("n", "classes"),
    ),
    P=matrix("P", "predicted probabilities, one sample a row", "预测概率，每行一个样本", axes=("n", "classes")),
)


@cross_entropy_batch.step(r"-\sum_c Y_{ic} \ln P_{ic}", symbol=r"\ell_i", zh="各样本的交叉熵", name="losses")
def _(Y: Matrix, P: Matrix) -> Vector:
    """Cross-entropy of each sample."""
    return array([entropy_of(y, p) for y, p in zip(Y, P, strict=True)])


@cross_entropy_batch.step(r"\operatorname{sum}\left($losses\right)", symbol="S", zh="交叉熵之和")
def total(losses: Vector) -> Number:
    """Sum over the samples."""
    return sum(losses)


@cross_entropy_batch.step(r"\frac{$total}{\operatorname{len}\left($losses\right)}", symbol="L", zh="平均交叉熵")
def mean(total: Number, losses: Vector) -> Number:
    """Mean over the samples."""
    return divided(total, len(losses))


cross_entropy_batch.convention("convention/base-two-logarithm", replaces="losses")(
    lambda Y, P: array([_in_bits(y, p) for y, p in zip(Y, P, strict=True)])
)
cross_entropy_batch.misconception("loss/softmax-of-probabilities", replaces="losses")(
    lambda Y, P: array([entropy_of(y, functions.softmax(p)) for y, p in zip(Y, P, strict=True)])
)
cross_entropy_batch.misconception("loss/logarithm-to-base-ten", replaces="losses")(
    lambda Y, P: array([divided(entropy_of(y, p), functions.log(10)) for y, p in zip(Y, P, strict=True)])
)
cross_entropy_batch.misconception("loss/logarithm-left-out", replaces="losses")(
    lambda Y, P: array([-(y @ p) for y, p in zip(Y, P, strict=True)])
)
cross_entropy_batch.misconception("loss/probability-for-loss", replaces="losses")(
    lambda Y, P: array([1 - y @ p for y, p in zip(Y, P, strict=True)])
)
cross_entropy_batch.misconception("loss/likeliest-class", replaces="losses")(
    lambda P: array([-log_of(max(p, key=float)) for p in P])
)
cross_entropy_batch.misconception("loss/entropy-of-output", replaces="losses")(
    lambda P: array([entropy_of(p, p) for p in P])
)
cross_entropy_batch.misconception("loss/minus-forgotten", replaces="losses")(
    lambda Y, P: array([-entropy_of(y, p) for y, p in zip(Y, P, strict=True)])
)
cross_entropy_batch.misconception("loss/other-classes-counted", replaces="losses")(
    lambda Y, P: array([sum(binary_of(y, p)) for y, p in zip(Y, P, strict=True)])
)
cross_entropy_batch.misconception("loss/not-averaged", replaces="mean")(lambda total: total)
cross_entropy_batch.misconception("loss/averaged-over-classes", replaces="mean")(
    lambda total, Y: divided(total, int(np.size(Y)))
)
cross_entropy_batch.misconception("loss/averaged-before-logarithm", replaces="mean")(
    lambda Y, P: -log_of(divided(sum(sum(y * p) for y, p in zip(Y, P, strict=True)), len(Y)))
)


cross_entropy_batch.misconception("backprop/all-classes-in-loss", replaces="losses")(
    lambda P: array([-sum(log_of(q) for q in p) for p in P])
)
cross_entropy_batch.misconception("loss/arguments-exchanged", replaces="losses")(
    lambda Y, P: array([entropy_of(p, y) for y, p in zip(Y, P, strict=True)])
)


@cross_entropy_batch.oracle
def _(Y: Matrix, P: Matrix) -> dict[str, Any]:
    import torch

    targets, logs = torch_tensor(Y), torch_tensor(P).log()
    found = torch.where(targets > 0, -(targets * logs), 0.0).sum(1)
    by_torch = torch.nn.functional.cross_entropy(logs.clamp(min=-1e9), targets, reduction="none")
    exact = bool((torch_tensor(P).sum(1).round(decimals=9) == 1).all()) and bool(torch.isfinite(logs).all())
    used = by_torch if exact else found
    return {"losses": used, "total": used.sum().item(), "mean": used.mean().item()}
