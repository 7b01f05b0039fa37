"""Two classes: accuracy, precision, recall, specificity and F scores from four counts, and the counts behind them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.evaluation.common import harmonic, precision_of, recall_of, share
from solvers.expression.arithmetic import divided
from solvers.functions import sqrt
from solvers.givens import Given, integer, number
from solvers.trace import Undefined
from solvers.values import Number

# -------------------------------------------------------------------------------------------------- two classes, four counts


def _counts() -> dict[str, Given]:
    return {
        "tp": integer(
            r"\mathrm{TP}", "true positives: positive, and predicted so", "真正例数（正类且预测为正）", least=0
        ),
        "fp": integer(
            r"\mathrm{FP}", "false positives: negative, but predicted positive", "假正例数（负类却预测为正）", least=0
        ),
        "fn": integer(
            r"\mathrm{FN}", "false negatives: positive, but predicted negative", "假负例数（正类却预测为负）", least=0
        ),
        "tn": integer(
            r"\mathrm{TN}", "true negatives: negative, and predicted so", "真负例数（负类且预测为负）", least=0
        ),
    }


binary = Derivation(
    "eval.binary",
    "Accuracy, precision, recall and F1 of a classifier with two classes",
    "二分类器的准确率、精确率、召回率与 F1 值",
    **_counts(),
)


@binary.step("$tp + $fp + $fn + $tn", symbol="N", zh="样本总数")
def total(tp: int, fp: int, fn: int, tn: int) -> int:
    """Number of examples."""
    return tp + fp + fn + tn


@binary.step(r"\frac{$tp + $tn}{$total}", symbol=r"\text{accuracy}", zh="准确率：判断正确的比例", final=True)
def accuracy(tp: int, tn: int, total: int) -> Number:
    """Accuracy: the fraction of all examples that are classified correctly."""
    return share(tp + tn, total, "there are no examples", "没有样本")


@binary.step(r"\frac{$tp}{$tp + $fp}", symbol="P", zh="精确率：预测为正的样本中真正为正的比例")
def precision(tp: int, fp: int) -> Number:
    """Precision: the fraction of the positive predictions that are right."""
    return precision_of(tp, fp)


@binary.step(r"\frac{$tp}{$tp + $fn}", symbol="R", zh="召回率：正类样本中被找出的比例")
def recall(tp: int, fn: int) -> Number:
    """Recall: the fraction of the positive examples that are found."""
    return recall_of(tp, fn)


@binary.step(r"\frac{$tn}{$tn + $fp}", symbol="S", zh="特异度：负类样本中被判为负的比例", final=True)
def specificity(tn: int, fp: int) -> Number:
    """Specificity: the share of the negative examples that were left alone."""
    return share(tn, tn + fp, "no example is negative", "没有负类样本")


@binary.step(r"\frac{2 $precision $recall}{$precision + $recall}", symbol="F_1", zh="F1 值：精确率与召回率的调和平均")
def f1(precision: Number, recall: Number) -> Number:
    """F1: the harmonic mean of precision and recall."""
    return harmonic(precision, recall)


@binary.misconception("eval/true-negatives-left-out", replaces="accuracy")
def _(tp: int, total: int) -> Number:
    return share(tp, total, "there are no examples", "没有样本")


@binary.misconception("eval/negatives-for-precision", replaces="precision")
def _(tp: int, fn: int) -> Number:
    return recall_of(tp, fn)


@binary.misconception("eval/predicted-for-recall", replaces="recall")
def _(tp: int, fp: int) -> Number:
    return precision_of(tp, fp)


@binary.misconception("eval/share-of-all-for-recall", replaces="recall")
def _(tp: int, total: int) -> Number:
    return share(tp, total, "there are no examples", "没有样本")


@binary.misconception("eval/false-alarm-for-specificity", replaces="specificity")
def _(tn: int, fp: int) -> Number:
    return share(fp, tn + fp, "no example is negative", "没有负类样本")


@binary.misconception("eval/true-positives-for-specificity", replaces="specificity")
def _(tp: int, tn: int, fp: int) -> Number:
    return share(tp, tn + fp, "no example is negative", "没有负类样本")


@binary.misconception("eval/predicted-over-actual", replaces="recall")
def _(tp: int, fp: int, fn: int) -> Number:
    return share(tp + fp, tp + fn, "no example is positive", "没有正类样本")


@binary.misconception("eval/predicted-over-actual", replaces="specificity")
def _(tn: int, fn: int, fp: int) -> Number:
    return share(tn + fn, tn + fp, "no example is negative", "没有负类样本")


binary.misconception("eval/recall-for-accuracy", replaces="accuracy")(recall_of)
for _rate in ("precision", "recall", "specificity"):
    binary.misconception("eval/accuracy-for-rate", replaces=_rate)(accuracy)
binary.misconception("eval/product-not-divided", replaces="f1")(lambda precision, recall: 2 * precision * recall)


@binary.misconception("eval/arithmetic-mean", replaces="f1")
def _(precision: Number, recall: Number) -> Number:
    return (precision + recall) / 2


@binary.misconception("eval/geometric-mean", replaces="f1")
def _(precision: Number, recall: Number) -> Number:
    return sqrt(precision * recall)


@binary.misconception("eval/predicted-for-specificity", replaces="specificity")
def _(tn: int, fn: int) -> Number:
    return share(tn, tn + fn, "nothing was predicted negative", "没有样本被预测为负")


@binary.misconception("eval/other-class-positive", replaces="precision")
def _(tn: int, fn: int) -> Number:
    return share(tn, tn + fn, "nothing was predicted negative", "没有样本被预测为负")


@binary.misconception("eval/other-class-positive", replaces="recall")
def _(tn: int, fp: int) -> Number:
    return share(tn, tn + fp, "no example is negative", "没有负类样本")


@binary.misconception("eval/other-class-positive", replaces="specificity")
def _(tp: int, fn: int) -> Number:
    return recall_of(tp, fn)


# The table that begins with the negative class, read as if it began with the positive one.
binary.misconception("eval/corners-exchanged", replaces="precision", tp="tn")(precision_of)
binary.misconception("eval/corners-exchanged", replaces="recall", tp="tn")(recall_of)
binary.misconception("eval/corners-exchanged", replaces="specificity")(precision_of)


@binary.misconception("eval/error-rate-for-accuracy", replaces="accuracy")
def _(fp: int, fn: int, total: int) -> Number:
    return share(fp + fn, total, "there are no examples", "没有样本")


@binary.misconception("eval/balanced-for-accuracy", replaces="accuracy")
def _(recall: Number, specificity: Number) -> Number:
    return (recall + specificity) / 2


@binary.misconception("eval/among-the-right-ones", replaces="precision")
def _(tp: int, tn: int) -> Number:
    return share(tp, tp + tn, "nothing was classified correctly", "没有判断正确的样本")


@binary.misconception("eval/share-of-all-for-precision", replaces="precision")
def _(tp: int, total: int) -> Number:
    return share(tp, total, "there are no examples", "没有样本")


@binary.misconception("eval/share-of-all-for-specificity", replaces="specificity")
def _(tn: int, total: int) -> Number:
    return share(tn, total, "there are no examples", "没有样本")


@binary.misconception("eval/overlap-for-f1", replaces="f1")
def _(tp: int, fp: int, fn: int) -> Number:
    return share(tp, tp + fp + fn, "no example is positive", "没有正类样本")


@binary.misconception("eval/hits-counted-once", replaces="f1")
def _(tp: int, fp: int, fn: int) -> Number:
    return share(2 * tp, tp + fp + fn, "no example is positive", "没有正类样本")


@binary.misconception("eval/two-forgotten", replaces="f1")
def _(precision: Number, recall: Number) -> Number:
    return harmonic(precision, recall) / 2


@binary.oracle
def _(tp: int, fp: int, fn: int, tn: int) -> dict[str, Any]:
    import torch

    truth = torch.tensor([True] * tp + [False] * fp + [True] * fn + [False] * tn)
    said = torch.tensor([True] * (tp + fp) + [False] * (fn + tn))
    right = (truth == said).double()
    found: dict[str, Any] = {"total": len(truth), "accuracy": right.mean().item()}
    for name, chosen in (("precision", said), ("recall", truth), ("specificity", ~truth)):
        if chosen.any():
            found[name] = right[chosen].mean().item()
    if (truth & said).any():
        found["f1"] = (2 * (truth & said).sum() / (truth.sum() + said.sum()).double()).item()
    return found


# ------------------------------------------------------------------------------------------------------------------ F beta

f_beta = Derivation(
    "eval.f_beta",
    "F score in which recall weighs beta times as much as precision",
    "召回率的权重为精确率 β 倍的 F 值",
    P=number("P", "precision", "精确率", least=0, most=1),
    R=number("R", "recall", "召回率", least=0, most=1),
    beta=number(r"\beta", "how many times as important recall is", "召回率相对于精确率的重要程度", default=1, least=0),
)


@f_beta.step(r"\frac{(1 + $beta^2) $P $R}{$beta^2 $P + $R}", symbol=r"F_\beta", zh="F 值")
def score(P: Number, R: Number, beta: Number) -> Number:
    """F score."""
    return share((1 + beta**2) * P * R, beta**2 * P + R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/beta-on-recall", replaces="score")
def _(P: Number, R: Number, beta: Number) -> Number:
    return share((1 + beta**2) * P * R, P + beta**2 * R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/beta-not-squared", replaces="score")
def _(P: Number, R: Number, beta: Number) -> Number:
    return share((1 + beta) * P * R, beta * P + R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/sum-squared", replaces="score")
def _(P: Number, R: Number, beta: Number) -> Number:
    return share((1 + beta) ** 2 * P * R, beta**2 * P + R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/beta-squared-below-only", replaces="score")
def _(P: Number, R: Number, beta: Number) -> Number:
    return share((1 + beta) * P * R, beta**2 * P + R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/weighted-arithmetic-mean", replaces="score")
def _(P: Number, R: Number, beta: Number) -> Number:
    return divided(P + beta**2 * R, 1 + beta**2)


@f_beta.misconception("eval/f1-for-beta", replaces="score")
def _(P: Number, R: Number) -> Number:
    return harmonic(P, R)


@f_beta.oracle(engine="sympy")  # type: ignore[untyped-decorator]
def _(P: Number, R: Number, beta: Number) -> dict[str, Any]:
    import sympy

    weight = sympy.Rational(beta) ** 2 if not isinstance(beta, float) else sympy.Float(beta) ** 2
    parts = [sympy.nsimplify(value) if not isinstance(value, float) else sympy.Float(value) for value in (P, R)]
    if 0 in parts:
        return {"score": 0}
    return {"score": 1 / ((1 / parts[0] + weight / parts[1]) / (1 + weight))}


# --------------------------------------------------------------------------------------------------------------- inverse

counts_wanted = Derivation(
    "eval.counts_wanted",
    "The four counts behind a precision, a recall and the sizes of the classes",
    "由精确率、召回率与两类样本数反求四个计数",
    positives=integer("N_+", "positive examples", "正类样本数", least=1),
    negatives=integer("N_-", "negative examples", "负类样本数", least=0),
    P=number("P", "precision", "精确率", least=0, most=1),
    R=number("R", "recall", "召回率", least=0, most=1),
)


def _whole(count: Number) -> Number:
    if isinstance(count, Fraction) and count.denominator != 1:
        raise Undefined("no whole number of examples fits", "没有整数个样本与之相符")
    return int(count) if isinstance(count, Fraction) else count


@counts_wanted.step("$R $positives", symbol=r"\mathrm{TP}", zh="真正例数：召回率乘正类样本数", name="true_positives")
def _(R: Number, positives: int) -> Number:
    """True positives: recall times the positive examples."""
    return _whole(R * positives)


@counts_wanted.step(
    "$positives - $true_positives",
    symbol=r"\mathrm{FN}",
    zh="假负例数：漏掉的正类样本",
    name="false_negatives",
    final=True,
)
def _(positives: int, true_positives: Number) -> Number:
    """False negatives: the positive examples that were missed."""
    return positives - true_positives


@counts_wanted.step(
    r"\frac{$true_positives}{$P} - $true_positives",
    symbol=r"\mathrm{FP}",
    zh="假正例数：预测为正的样本数减去真正例数",
    name="false_positives",
)
def _(true_positives: Number, P: Number) -> Number:
    """False positives: the positive predictions that are not true ones."""
    return _whole(
        share(true_positives, P, "a precision of 0 leaves the count open", "精确率为 0 时无法确定") - true_positives
    )


@counts_wanted.step("$negatives - $false_positives", symbol=r"\mathrm{TN}", zh="真负例数", name="true_negatives")
def _(negatives: int, false_positives: Number) -> Number:
    """True negatives."""
    if false_positives > negatives:
        raise Undefined("there are not so many negative examples", "负类样本没有这么多")
    return negatives - false_positives


@counts_wanted.step(
    r"\frac{$true_positives + $true_negatives}{$positives + $negatives}",
    symbol=r"\text{accuracy}",
    zh="准确率",
    name="resulting_accuracy",
)
def _(true_positives: Number, true_negatives: Number, positives: int, negatives: int) -> Number:
    """Accuracy."""
    return share(true_positives + true_negatives, positives + negatives, "there are no examples", "没有样本")


@counts_wanted.misconception("eval/recall-of-everything", replaces="true_positives")
def _(R: Number, positives: int, negatives: int) -> Number:
    return R * (positives + negatives)


@counts_wanted.misconception("eval/precision-times-hits", replaces="false_positives")
def _(true_positives: Number, P: Number) -> Number:
    return (1 - P) * true_positives


@counts_wanted.misconception("eval/share-of-negatives", replaces="false_positives")
def _(negatives: int, P: Number) -> Number:
    return (1 - P) * negatives


@counts_wanted.misconception("eval/share-of-positives", replaces="false_positives")
def _(positives: int, P: Number) -> Number:
    return (1 - P) * positives


@counts_wanted.misconception("eval/mean-for-accuracy", replaces="resulting_accuracy")
def _(P: Number, R: Number) -> Number:
    return (P + R) / 2


@counts_wanted.oracle(engine="sympy")  # type: ignore[untyped-decorator]
def _(positives: int, negatives: int, P: Number, R: Number) -> dict[str, Any]:
    import sympy

    tp, fp, fn, tn = sympy.symbols("tp fp fn tn")
    p, r = sympy.Rational(P), sympy.Rational(R)
    equations = [tp * (1 - p) - p * fp, tp * (1 - r) - r * fn, tp + fn - positives, fp + tn - negatives]
    (found,) = sympy.linsolve(equations, [tp, fp, fn, tn])
    names = ("true_positives", "false_positives", "false_negatives", "true_negatives")
    share = (found[0] + found[3]) / (positives + negatives)
    return {**dict(zip(names, found, strict=True)), "resulting_accuracy": share}
