"""Evaluation of classifiers and language models: counts, precision and recall, F scores, cross-entropy and perplexity.

A confusion matrix has one row for each true class and one column for each predicted class. Logarithms are natural.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from solvers.agreement import agreement, bleu, iou, roc_auc
from solvers.derivation import Derivation
from solvers.functions import exp, log, sqrt
from solvers.givens import Given, integer, matrix, number, vector
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector, array, to_json

__all__ = [
    "agreement",
    "binary",
    "bleu",
    "confusion_matrix",
    "counts_wanted",
    "f_beta",
    "iou",
    "perplexity",
    "roc_auc",
]


def _share(part: Number, whole: Number, en: str, zh: str) -> Number:
    if whole == 0:
        raise Undefined(en, zh)
    return Fraction(part, whole) if isinstance(part, int) and isinstance(whole, int) else part / whole


def _precision(tp: Number, fp: Number) -> Number:
    return _share(tp, tp + fp, "nothing was predicted positive", "没有样本被预测为正类")


def _recall(tp: Number, fn: Number) -> Number:
    return _share(tp, tp + fn, "no example is positive", "没有正类样本")


def _between(precision: Number, recall: Number) -> Number:
    return _share(2 * precision * recall, precision + recall, "precision and recall are both 0", "精确率与召回率均为 0")


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
    return _share(tp + tn, total, "there are no examples", "没有样本")


@binary.step(r"\frac{$tp}{$tp + $fp}", symbol="P", zh="精确率：预测为正的样本中真正为正的比例")
def precision(tp: int, fp: int) -> Number:
    """Precision: the fraction of the positive predictions that are right."""
    return _precision(tp, fp)


@binary.step(r"\frac{$tp}{$tp + $fn}", symbol="R", zh="召回率：正类样本中被找出的比例")
def recall(tp: int, fn: int) -> Number:
    """Recall: the fraction of the positive examples that are found."""
    return _recall(tp, fn)


@binary.step(r"\frac{$tn}{$tn + $fp}", symbol="S", zh="特异度：负类样本中被判为负的比例", final=True)
def specificity(tn: int, fp: int) -> Number:
    """Specificity: the share of the negative examples that were left alone."""
    return _share(tn, tn + fp, "no example is negative", "没有负类样本")


@binary.step(r"\frac{2 $precision $recall}{$precision + $recall}", symbol="F_1", zh="F1 值：精确率与召回率的调和平均")
def f1(precision: Number, recall: Number) -> Number:
    """F1: the harmonic mean of precision and recall."""
    return _between(precision, recall)


@binary.misconception("eval/true-negatives-left-out", replaces="accuracy")
def _(tp: int, total: int) -> Number:
    return _share(tp, total, "there are no examples", "没有样本")


@binary.misconception("eval/negatives-for-precision", replaces="precision")
def _(tp: int, fn: int) -> Number:
    return _recall(tp, fn)


@binary.misconception("eval/predicted-for-recall", replaces="recall")
def _(tp: int, fp: int) -> Number:
    return _precision(tp, fp)


@binary.misconception("eval/share-of-all-for-recall", replaces="recall")
def _(tp: int, total: int) -> Number:
    return _share(tp, total, "there are no examples", "没有样本")


@binary.misconception("eval/false-alarm-for-specificity", replaces="specificity")
def _(tn: int, fp: int) -> Number:
    return _share(fp, tn + fp, "no example is negative", "没有负类样本")


@binary.misconception("eval/true-positives-for-specificity", replaces="specificity")
def _(tp: int, tn: int, fp: int) -> Number:
    return _share(tp, tn + fp, "no example is negative", "没有负类样本")


@binary.misconception("eval/arithmetic-mean", replaces="f1")
def _(precision: Number, recall: Number) -> Number:
    return (precision + recall) / 2


@binary.misconception("eval/geometric-mean", replaces="f1")
def _(precision: Number, recall: Number) -> Number:
    return sqrt(precision * recall)


@binary.misconception("eval/predicted-for-specificity", replaces="specificity")
def _(tn: int, fn: int) -> Number:
    return _share(tn, tn + fn, "nothing was predicted negative", "没有样本被预测为负")


@binary.misconception("eval/other-class-positive", replaces="precision")
def _(tn: int, fn: int) -> Number:
    return _share(tn, tn + fn, "nothing was predicted negative", "没有样本被预测为负")


@binary.misconception("eval/other-class-positive", replaces="recall")
def _(tn: int, fp: int) -> Number:
    return _share(tn, tn + fp, "no example is negative", "没有负类样本")


@binary.misconception("eval/other-class-positive", replaces="specificity")
def _(tp: int, fn: int) -> Number:
    return _recall(tp, fn)


# The table that begins with the negative class, read as if it began with the positive one.
binary.misconception("eval/corners-exchanged", replaces="precision", tp="tn")(_precision)
binary.misconception("eval/corners-exchanged", replaces="recall", tp="tn")(_recall)
binary.misconception("eval/corners-exchanged", replaces="specificity")(_precision)


@binary.misconception("eval/two-forgotten", replaces="f1")
def _(precision: Number, recall: Number) -> Number:
    return _between(precision, recall) / 2


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
    return _share((1 + beta**2) * P * R, beta**2 * P + R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/beta-on-recall", replaces="score")
def _(P: Number, R: Number, beta: Number) -> Number:
    return _share((1 + beta**2) * P * R, P + beta**2 * R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/beta-not-squared", replaces="score")
def _(P: Number, R: Number, beta: Number) -> Number:
    return _share((1 + beta) * P * R, beta * P + R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/sum-squared", replaces="score")
def _(P: Number, R: Number, beta: Number) -> Number:
    return _share((1 + beta) ** 2 * P * R, beta**2 * P + R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/beta-squared-below-only", replaces="score")
def _(P: Number, R: Number, beta: Number) -> Number:
    return _share((1 + beta) * P * R, beta**2 * P + R, "precision and recall are both 0", "精确率与召回率均为 0")


@f_beta.misconception("eval/f1-for-beta", replaces="score")
def _(P: Number, R: Number) -> Number:
    return _between(P, R)


@f_beta.oracle(engine="sympy")  # type: ignore[untyped-decorator]
def _(P: Number, R: Number, beta: Number) -> dict[str, Any]:
    import sympy

    weight = sympy.Rational(beta) ** 2 if not isinstance(beta, float) else sympy.Float(beta) ** 2
    parts = [sympy.nsimplify(value) if not isinstance(value, float) else sympy.Float(value) for value in (P, R)]
    if 0 in parts:
        return {"score": 0}
    return {"score": 1 / ((1 / parts[0] + weight / parts[1]) / (1 + weight))}


# ------------------------------------------------------------------------------------------------------- several classes

confusion_matrix = Derivation(
    "eval.confusion_matrix",
    "Accuracy, precision, recall and F1 of each class from a confusion matrix (rows: true, columns: predicted)",
    "由混淆矩阵（行为真实类别，列为预测类别）求准确率及各类的精确率、召回率与 F1 值",
    C=matrix(
        "C",
        "confusion matrix: rows are true classes, columns predicted ones",
        "混淆矩阵：行为真实类别，列为预测类别",
        axes=("classes", "classes"),
    ),
)


def _shares(C: Matrix, axis: int, en: str, zh: str) -> Vector:
    return array([_share(hit, whole, en, zh) for hit, whole in zip(C.diagonal(), C.sum(axis=axis), strict=True)])


@confusion_matrix.step(r"\operatorname{sum}\left($C\right)", symbol="N", zh="样本总数", name="examples")
def _(C: Matrix) -> Number:
    """Number of examples."""
    found: Number = C.sum()
    return found


@confusion_matrix.step(
    r"\frac{\sum_i C_{ii}}{$examples}",
    symbol=r"\text{accuracy}",
    zh="准确率：对角元之和占样本总数的比例",
    name="overall_accuracy",
    final=True,
)
def _(C: Matrix, examples: Number) -> Number:
    """Accuracy: the diagonal's share of all examples."""
    return _share(C.trace(), examples, "there are no examples", "没有样本")


@confusion_matrix.step(
    r"\frac{C_{kk}}{\sum_i C_{ik}}", symbol="P_k", zh="各类的精确率：对角元占该列之和的比例", name="precisions"
)
def _(C: Matrix) -> Vector:
    """Precision of each class: the diagonal element's share of its column."""
    return _shares(C, 0, "a class is never predicted", "有一个类别从未被预测")


@confusion_matrix.step(
    r"\frac{C_{kk}}{\sum_j C_{kj}}", symbol="R_k", zh="各类的召回率：对角元占该行之和的比例", name="recalls"
)
def _(C: Matrix) -> Vector:
    """Recall of each class: the diagonal element's share of its row."""
    return _shares(C, 1, "a class has no examples", "有一个类别没有样本")


@confusion_matrix.step(
    r"\frac{2 $precisions \odot $recalls}{$precisions + $recalls}", symbol="F_k", zh="各类的 F1 值", name="f1_scores"
)
def _(precisions: Vector, recalls: Vector) -> Vector:
    """F1 of each class."""
    return array([_between(p, r) for p, r in zip(precisions, recalls, strict=True)])


@confusion_matrix.step(
    r"\operatorname{mean}\left($f1_scores\right)",
    symbol=r"\text{macro-}F_1",
    zh="宏平均 F1：各类 F1 值的平均",
    name="macro_f1",
)
def _(f1_scores: Vector) -> Number:
    """Macro F1: the mean of the classes' F1."""
    found: Number = f1_scores.sum()
    return found / Fraction(len(f1_scores))


@confusion_matrix.misconception("eval/columns-for-recall", replaces="recalls")
def _by_column(C: Matrix) -> Vector:
    return _shares(C, 0, "a class is never predicted", "有一个类别从未被预测")


@confusion_matrix.misconception("eval/rows-for-precision", replaces="precisions")
def _by_row(C: Matrix) -> Vector:
    return _shares(C, 1, "a class has no examples", "有一个类别没有样本")


confusion_matrix.convention("convention/rows-are-predictions", replaces="recalls")(_by_column)
confusion_matrix.convention("convention/rows-are-predictions", replaces="precisions")(_by_row)


@confusion_matrix.misconception("eval/off-diagonal", replaces="overall_accuracy")
def _(C: Matrix, examples: Number) -> Number:
    return 1 - _share(C.trace(), examples, "there are no examples", "没有样本")


@confusion_matrix.misconception("eval/micro-for-macro", replaces="macro_f1")
def _(overall_accuracy: Number) -> Number:
    return overall_accuracy


@confusion_matrix.misconception("eval/weighted-for-macro", replaces="macro_f1")
def _(C: Matrix, f1_scores: Vector) -> Number:
    return _share((C.sum(axis=1) * f1_scores).sum(), C.sum(), "there are no examples", "没有样本")


@confusion_matrix.misconception("eval/mean-first", replaces="macro_f1")
def _(precisions: Vector, recalls: Vector) -> Number:
    return _between(precisions.sum() / Fraction(len(precisions)), recalls.sum() / Fraction(len(recalls)))


@confusion_matrix.oracle
def _(C: Matrix) -> dict[str, Any]:
    import torch

    table = torch.tensor(to_json(C))
    size = len(table)
    pairs = torch.cartesian_prod(torch.arange(size), torch.arange(size)).repeat_interleave(table.flatten(), dim=0)
    truth, said = (torch.nn.functional.one_hot(labels, size).double() for labels in pairs.T)
    hits = (truth * said).sum(0)
    f1_scores = 2 * hits / (truth.sum(0) + said.sum(0))
    return {
        "examples": len(pairs),
        "overall_accuracy": (pairs[:, 0] == pairs[:, 1]).double().mean().item(),
        "precisions": (hits / said.sum(0)).tolist(),
        "recalls": (hits / truth.sum(0)).tolist(),
        "f1_scores": f1_scores.tolist(),
        "macro_f1": f1_scores.mean().item(),
    }


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
        _share(true_positives, P, "a precision of 0 leaves the count open", "精确率为 0 时无法确定") - true_positives
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
    return _share(true_positives + true_negatives, positives + negatives, "there are no examples", "没有样本")


@counts_wanted.misconception("eval/recall-of-everything", replaces="true_positives")
def _(R: Number, positives: int, negatives: int) -> Number:
    return R * (positives + negatives)


@counts_wanted.misconception("eval/precision-times-hits", replaces="false_positives")
def _(true_positives: Number, P: Number) -> Number:
    return (1 - P) * true_positives


@counts_wanted.misconception("eval/share-of-negatives", replaces="false_positives")
def _(negatives: int, P: Number) -> Number:
    return (1 - P) * negatives


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


# ------------------------------------------------------------------------------------------------------------- perplexity

perplexity = Derivation(
    "eval.perplexity",
    "Cross-entropy and perplexity of a language model from the probabilities it gave to the right tokens",
    "由语言模型给正确词元的概率求交叉熵与困惑度",
    p=vector("p", "probability given to each right token", "各个正确词元的概率", axes=("tokens",)),
)


def _surprise(probability: Number) -> Number:
    if not 0 < probability <= 1:
        raise Undefined("a probability lies between 0 and 1", "概率应在 0 与 1 之间")
    return -log(probability)


@perplexity.step(r"-\ln $p", symbol=r"\ell", zh="各词元的负对数似然", name="surprises")
def _(p: Vector) -> Vector:
    """Negative log-likelihood of each token."""
    return array([_surprise(each) for each in p])


@perplexity.step(
    r"\operatorname{mean}\left($surprises\right)", symbol="H", zh="交叉熵：每个词元的平均", name="cross_entropy"
)
def _(surprises: Vector) -> Number:
    """Cross-entropy: the mean over the tokens."""
    return _share(surprises.sum(), len(surprises), "there are no tokens", "没有词元")


@perplexity.step("e^{$cross_entropy}", symbol=r"\text{PPL}", zh="困惑度", name="perplexity")
def _(cross_entropy: Number) -> Number:
    """Perplexity."""
    return exp(cross_entropy)


@perplexity.convention("convention/base-two-logarithm", replaces="surprises")
def _(p: Vector) -> Vector:
    return array([_surprise(each) / log(2) for each in p])


@perplexity.convention("convention/base-two-logarithm", replaces="perplexity")
def _(cross_entropy: Number) -> Number:
    return 2.0 ** float(cross_entropy)


@perplexity.misconception("eval/sum-for-mean", replaces="cross_entropy")
def _(surprises: Vector) -> Number:
    found: Number = surprises.sum()
    return found


@perplexity.misconception("eval/log-of-mean", replaces="cross_entropy")
def _(p: Vector) -> Number:
    return -log(_share(p.sum(), len(p), "there are no tokens", "没有词元"))


@perplexity.misconception("eval/two-to-nats", replaces="perplexity")
def _(cross_entropy: Number) -> Number:
    return 2.0 ** float(cross_entropy)


@perplexity.misconception("eval/e-to-bits", replaces="perplexity")
def _(cross_entropy: Number) -> Number:
    return exp(cross_entropy / log(2))


@perplexity.misconception("eval/reciprocal-mean", replaces="perplexity")
def _(p: Vector) -> Number:
    return _share(
        sum(Fraction(1) / each for each in p),
        len(p),
        "there are no tokens",
        "没有词元",
    )


@perplexity.oracle
def _(p: Vector) -> dict[str, Any]:
    import torch

    chances = torch.tensor(np.asarray(p, dtype=float), dtype=torch.float64)
    table = torch.stack([chances, 1 - chances], dim=1)
    labels = torch.zeros(len(chances), dtype=torch.long)
    logs = table.log()
    return {
        "surprises": torch.nn.functional.nll_loss(logs, labels, reduction="none").tolist(),
        "cross_entropy": torch.nn.functional.nll_loss(logs, labels).item(),
        "perplexity": (1 / torch.prod(chances) ** (1 / len(chances))).item(),
    }
