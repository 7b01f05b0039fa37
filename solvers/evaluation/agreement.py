"""Measures that a frequent class does not flatter: ROC area, balanced accuracy, Matthews correlation, kappa."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.functions import sqrt
from solvers.givens import integer, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector

# --------------------------------------------------------------------------------------------------------- area under ROC

roc_auc = Derivation(
    "eval.roc_auc",
    "Area under the ROC curve: how often a positive example has a higher score than a negative one",
    "ROC 曲线下面积（AUC）：正类样本得分高于负类样本的比例",
    y=vector("y", "classes, 1 or 0", "类别（1 或 0）", axes=("n",)),
    s=vector("s", "scores", "得分", axes=("n",)),
)


def _sides(y: Vector, s: Vector) -> tuple[list[Number], list[Number]]:
    if any(label not in (0, 1) for label in y):
        raise Undefined("the classes must be 1 and 0", "类别只能是 1 和 0")
    return [score for label, score in zip(y, s, strict=True) if label == 1], [
        score for label, score in zip(y, s, strict=True) if label == 0
    ]


def _won(y: Vector, s: Vector, tie: Fraction) -> Number:
    high, low = _sides(y, s)
    return sum((1 if a > b else tie if a == b else 0) for a in high for b in low)


@roc_auc.step(r"\operatorname{sum}\left($y\right)", symbol="N_{+}", zh="正类样本数")
def positives(y: Vector, s: Vector) -> int:
    """Positive examples."""
    return len(_sides(y, s)[0])


@roc_auc.step(r"\operatorname{len}\left($y\right) - $positives", symbol="N_{-}", zh="负类样本数")
def negatives(y: Vector, positives: int) -> int:
    """Negative examples."""
    return len(y) - positives


@roc_auc.step("$positives $negatives", symbol="N", zh="正负样本对的个数")
def pairs(positives: int, negatives: int) -> int:
    """Pairs of a positive and a negative example."""
    if positives * negatives == 0:
        raise Undefined("there must be examples of both classes", "两个类别都应有样本")
    return positives * negatives


@roc_auc.step(
    r"\operatorname{count}\left(s_{+} > s_{-}\right) + \frac{1}{2} \operatorname{count}\left(s_{+} = s_{-}\right)",
    symbol="W",
    zh="正类得分较高的对数（相等的计一半）",
)
def wins(y: Vector, s: Vector) -> Number:
    """Pairs in which the positive one has the higher score; equal ones count half."""
    return divided(_won(y, s, Fraction(1, 2)), 1)


@roc_auc.step(r"\frac{$wins}{$pairs}", symbol=r"\text{AUC}", zh="曲线下面积")
def auc(wins: Number, pairs: int) -> Number:
    """Area under the curve."""
    return divided(wins, pairs)


roc_auc.misconception("eval/pairs-upside-down", replaces="auc")(lambda wins, pairs: 1 - divided(wins, pairs))
roc_auc.misconception("eval/pairs-of-all", replaces="pairs")(lambda y: len(y) * (len(y) - 1) // 2)
roc_auc.misconception("eval/ties-as-wins", replaces="wins")(lambda y, s: _won(y, s, Fraction(1)))
roc_auc.misconception("eval/ties-as-losses", replaces="wins")(lambda y, s: _won(y, s, Fraction(0)))


@roc_auc.misconception("eval/threshold-half", replaces="auc")
def _(y: Vector, s: Vector) -> Number:
    right = sum((score >= Fraction(1, 2)) == (label == 1) for label, score in zip(y, s, strict=True))
    return Fraction(right, len(y))


@roc_auc.misconception("eval/one-threshold", replaces="auc")
def _(y: Vector, s: Vector, positives: int, negatives: int) -> Number:
    """The area under the curve of the classes decided at 0.5, which has one corner: the mean of sensitivity and specificity."""
    hits = sum(score >= Fraction(1, 2) and label == 1 for label, score in zip(y, s, strict=True))
    spared = sum(score < Fraction(1, 2) and label != 1 for label, score in zip(y, s, strict=True))
    return (Fraction(hits, positives) + Fraction(spared, negatives)) / 2


@roc_auc.oracle
def _(y: Vector, s: Vector) -> dict[str, Any]:
    import torch

    labels, scores = torch_tensor(y), torch_tensor(s)
    cuts = torch.cat([torch.tensor([torch.inf], dtype=torch.float64), scores.unique().flip(0)])
    said = (scores >= cuts[:, None]).double()
    hits, alarms = (said @ labels) / labels.sum(), (said @ (1 - labels)) / (1 - labels).sum()
    area = torch.trapezoid(hits, alarms).item()
    pairs = int(labels.sum() * (1 - labels).sum())
    counts = labels.bool()
    return {
        "positives": int(counts.count_nonzero()),
        "negatives": int((~counts).count_nonzero()),
        "pairs": pairs,
        "wins": area * pairs,
        "auc": area,
    }


# ---------------------------------------------------------------------------------------- measures chance does not flatter

agreement = Derivation(
    "eval.agreement",
    "Balanced accuracy, Matthews correlation and Cohen's kappa from the four counts",
    "由四个计数求平衡准确率、马修斯相关系数与 Cohen κ 系数",
    tp=integer(r"\mathrm{TP}", "true positives", "真正例数", least=0),
    fp=integer(r"\mathrm{FP}", "false positives", "假正例数", least=0),
    fn=integer(r"\mathrm{FN}", "false negatives", "假负例数", least=0),
    tn=integer(r"\mathrm{TN}", "true negatives", "真负例数", least=0),
)


def _needed(count: int) -> int:
    if count == 0:
        raise Undefined("one of the classes never occurs, or is never predicted", "有一类从未出现或从未被预测")
    return count


@agreement.step(
    r"\frac{1}{2} \left(\frac{$tp}{$tp + $fn} + \frac{$tn}{$tn + $fp}\right)",
    symbol="B",
    zh="平衡准确率：两类召回率的平均",
    final=True,
)
def balanced_accuracy(tp: int, fn: int, tn: int, fp: int) -> Number:
    """Balanced accuracy: the mean of both classes' recall."""
    return (Fraction(tp, _needed(tp + fn)) + Fraction(tn, _needed(tn + fp))) / 2


@agreement.step(
    r"\frac{$tp \cdot $tn - $fp \cdot $fn}{\sqrt{($tp + $fp) ($tp + $fn) ($tn + $fp) ($tn + $fn)}}",
    symbol=r"\text{MCC}",
    zh="马修斯相关系数",
    final=True,
)
def matthews(tp: int, tn: int, fp: int, fn: int) -> Number:
    """Matthews correlation."""
    below = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return divided(tp * tn - fp * fn, sqrt(_needed(below)))


@agreement.step(r"\frac{$tp + $tn}{$tp + $fp + $fn + $tn}", symbol="p_o", zh="观察到的一致率（准确率）")
def observed(tp: int, tn: int, fp: int, fn: int) -> Number:
    """Observed agreement: the accuracy."""
    return Fraction(tp + tn, _needed(tp + fp + fn + tn))


@agreement.step(
    r"\frac{($tp + $fp) ($tp + $fn) + ($fn + $tn) ($fp + $tn)}{\left($tp + $fp + $fn + $tn\right)^2}",
    symbol="p_e",
    zh="随机情形下的期望一致率",
)
def expected(tp: int, fp: int, fn: int, tn: int) -> Number:
    """Agreement expected by chance."""
    return Fraction((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn), _needed(tp + fp + fn + tn) ** 2)


@agreement.step(r"\frac{$observed - $expected}{1 - $expected}", symbol=r"\kappa", zh="Cohen κ 系数")
def kappa(observed: Number, expected: Number) -> Number:
    """Cohen's kappa."""
    if expected == 1:
        raise Undefined("chance alone would agree always", "随机情形下也总是一致")
    return divided(observed - expected, 1 - expected)


agreement.misconception("eval/accuracy-for-balanced", replaces="balanced_accuracy")(
    lambda tp, fn, tn, fp: Fraction(tp + tn, tp + fn + tn + fp)
)
agreement.misconception("eval/chance-not-taken-off", replaces="kappa")(lambda observed: observed)
agreement.misconception("eval/chance-not-rescaled", replaces="kappa")(lambda observed, expected: observed - expected)
agreement.misconception("eval/half-by-chance", replaces="expected")(lambda: Fraction(1, 2))
agreement.misconception("eval/chance-of-one-class", replaces="expected")(
    lambda tp, fp, fn, tn: Fraction((tp + fp) * (tp + fn), _needed(tp + fp + fn + tn) ** 2)
)
agreement.misconception("eval/recalls-multiplied", replaces="balanced_accuracy")(
    lambda tp, fn, tn, fp: sqrt(Fraction(tp, _needed(tp + fn)) * Fraction(tn, _needed(tn + fp)))
)
agreement.misconception("eval/precision-for-specificity", replaces="balanced_accuracy")(
    lambda tp, fn, fp: (Fraction(tp, _needed(tp + fn)) + Fraction(tp, _needed(tp + fp))) / 2
)
agreement.misconception("eval/root-left-out", replaces="matthews")(
    lambda tp, tn, fp, fn: divided(tp * tn - fp * fn, _needed((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))
)
agreement.misconception("eval/products-added", replaces="matthews")(
    lambda tp, tn, fp, fn: divided(tp * tn + fp * fn, sqrt(_needed((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))))
)
agreement.misconception("eval/over-observed", replaces="kappa")(
    lambda observed, expected: divided(observed - expected, observed)
)


agreement.misconception("eval/youden-for-balanced", replaces="balanced_accuracy")(
    lambda tp, fn, tn, fp: Fraction(tp, _needed(tp + fn)) + Fraction(tn, _needed(tn + fp)) - 1
)


@agreement.misconception("eval/error-rate-for-accuracy", replaces="observed")
def _(tp: int, fp: int, fn: int, tn: int) -> Number:
    return Fraction(fp + fn, tp + fp + fn + tn)


@agreement.oracle
def _(tp: int, fp: int, fn: int, tn: int) -> dict[str, Any]:
    import torch

    truth = torch.tensor([1.0] * tp + [0.0] * fp + [1.0] * fn + [0.0] * tn, dtype=torch.float64)
    said = torch.tensor([1.0] * (tp + fp) + [0.0] * (fn + tn), dtype=torch.float64)
    right = (truth == said).double()
    found: dict[str, Any] = {"observed": right.mean().item()}
    if 0 < truth.mean() < 1:
        found["balanced_accuracy"] = torch.stack([right[truth == side].mean() for side in (0, 1)]).mean().item()
        if 0 < said.mean() < 1:
            found["matthews"] = torch.corrcoef(torch.stack([truth, said]))[0, 1].item()
    rates = torch.stack([torch.stack([v.mean(), 1 - v.mean()]) for v in (truth, said)])
    chance = torch.linalg.vecdot(rates[0], rates[1]).item()
    return {
        **found,
        "expected": chance,
        **({"kappa": 1 - (1 - found["observed"]) / (1 - chance)} if chance < 1 else {}),
    }
