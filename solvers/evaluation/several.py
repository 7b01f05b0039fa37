"""Several classes: a confusion matrix has one row for each true class and one column for each predicted class."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.evaluation.common import harmonic, share
from solvers.expression.arithmetic import divided
from solvers.givens import matrix
from solvers.values import Matrix, Number, Vector, array, to_json

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


def _mean(values: Vector) -> Number:
    found: Number = values.sum()
    return found / Fraction(len(values))


def _shares(C: Matrix, axis: int, en: str, zh: str) -> Vector:
    return array([share(hit, whole, en, zh) for hit, whole in zip(C.diagonal(), C.sum(axis=axis), strict=True)])


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
    return share(C.trace(), examples, "there are no examples", "没有样本")


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
    return array([harmonic(p, r) for p, r in zip(precisions, recalls, strict=True)])


@confusion_matrix.step(
    r"\operatorname{mean}\left($f1_scores\right)",
    symbol=r"\text{macro-}F_1",
    zh="宏平均 F1：各类 F1 值的平均",
    name="macro_f1",
)
def _(f1_scores: Vector) -> Number:
    """Macro F1: the mean of the classes' F1."""
    return _mean(f1_scores)


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
    return 1 - share(C.trace(), examples, "there are no examples", "没有样本")


@confusion_matrix.misconception("eval/mean-recall-for-accuracy", replaces="overall_accuracy")
def _(recalls: Vector) -> Number:
    return _mean(recalls)


@confusion_matrix.misconception("eval/weighted-mean-first", replaces="macro_f1")
def _(C: Matrix, precisions: Vector, recalls: Vector) -> Number:
    sizes = C.sum(axis=1)
    return harmonic(
        share(sizes @ precisions, C.sum(), "there are no examples", "没有样本"),
        share(sizes @ recalls, C.sum(), "there are no examples", "没有样本"),
    )


@confusion_matrix.misconception("eval/micro-for-macro", replaces="macro_f1")
def _(overall_accuracy: Number) -> Number:
    return overall_accuracy


@confusion_matrix.misconception("eval/weighted-for-macro", replaces="macro_f1")
def _(C: Matrix, f1_scores: Vector) -> Number:
    return share((C.sum(axis=1) * f1_scores).sum(), C.sum(), "there are no examples", "没有样本")


@confusion_matrix.misconception("eval/mean-first", replaces="macro_f1")
def _(precisions: Vector, recalls: Vector) -> Number:
    return harmonic(_mean(precisions), _mean(recalls))


confusion_matrix.misconception("eval/mean-precision-for-accuracy", replaces="overall_accuracy", values="precisions")(
    _mean
)


@confusion_matrix.misconception("eval/predicted-over-actual", replaces="recalls")
def _(C: Matrix) -> Vector:
    pairs = zip(C.sum(axis=0), C.sum(axis=1), strict=True)
    return array([share(said, there, "a class has no examples", "有一个类别没有样本") for said, there in pairs])


for _step, _id in (("recalls", "eval/share-of-all-for-recall"), ("precisions", "eval/share-of-all-for-precision")):

    @confusion_matrix.misconception(_id, replaces=_step)
    def _of_all(C: Matrix, examples: Number) -> Vector:
        return array([share(hits, examples, "there are no examples", "没有样本") for hits in C.diagonal()])


def _f1_scores(rule: Callable[[Number, Number], Number]) -> Callable[[Vector, Vector], Vector]:
    """A wrong F1 of each class, from the precision and the recall of the class."""
    return lambda precisions, recalls: array([rule(p, r) for p, r in zip(precisions, recalls, strict=True)])


for _id, _rule in (
    ("eval/arithmetic-mean", lambda p, r: divided(p + r, 2)),
    ("eval/overlap-for-f1", lambda p, r: divided(harmonic(p, r), 2 - harmonic(p, r))),
    ("eval/two-forgotten", lambda p, r: divided(harmonic(p, r), 2)),
    ("eval/product-not-divided", lambda p, r: 2 * p * r),
):
    confusion_matrix.misconception(_id, replaces="f1_scores")(_f1_scores(_rule))


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
