"""One-hot codes of class labels."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Vector, array

one_hot = Derivation(
    "data.one_hot",
    "One-hot codes of class labels",
    "类别标签的 one-hot 编码",
    labels=vector("y", "labels, one per sample", "各样本的类别标签", row=True),
    C=integer("C", "number of classes", "类别数", least=2),
    first=integer("s", "label of the first class", "第一个类别的编号", default=0),
)


@one_hot.step(r"\operatorname{onehot}_{$C}\left($labels - $first\right)", symbol="Y", zh="编码矩阵（每行一个样本）")
def codes(labels: Vector, C: int, first: int) -> Matrix:
    """Codes, one row per sample."""
    if any(not 0 <= label - first < C for label in labels):
        raise Undefined("a label is not among the classes", "有标签不在类别范围内")
    return array([[1 if place == label - first else 0 for place in range(C)] for label in labels])


@one_hot.step(r"\operatorname{sum}_{\text{column}} $codes", symbol="n", zh="各类别的样本数", row=True)
def counts(codes: Matrix) -> Vector:
    """Samples of each class."""
    return array([sum(column) for column in codes.T])


@one_hot.misconception("data/counted-from-the-other-end", replaces="codes")
def _(labels: Vector, C: int, first: int) -> Matrix:
    return array([[1 if C - 1 - place == label - first else 0 for place in range(C)] for label in labels])


@one_hot.misconception("data/off-by-one", replaces="codes")
def _(labels: Vector, C: int, first: int) -> Matrix:
    return array(
        [
            [1 if place == (label - first + (1 if first == 0 else -1)) % C else 0 for place in range(C)]
            for label in labels
        ]
    )


@one_hot.oracle
def _(labels: Vector, C: int, first: int) -> dict[str, Any]:
    import torch

    found = torch.nn.functional.one_hot(torch_tensor(labels).long() - first, C)
    return {"codes": found, "counts": torch.bincount(torch_tensor(labels).long() - first, minlength=C)}
