"""Samples shared out: training, validation and test set, and the folds of cross-validation."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import floor
from solvers.givens import integer, number
from solvers.trace import Undefined
from solvers.values import Number, Vector, array

split = Derivation(
    "data.split",
    "Sizes of training, validation and test set; what is left over goes to training",
    "训练集、验证集与测试集的大小；余数归入训练集",
    N=integer("N", "samples", "样本总数", least=1),
    validation=number("p_v", "share of the validation set", "验证集所占比例", default=Fraction(1, 10), least=0, most=1),
    test=number("p_t", "share of the test set", "测试集所占比例", default=Fraction(1, 10), least=0, most=1),
)


@split.step(r"\left\lfloor $validation $N \right\rfloor", symbol="N_v", zh="验证集的样本数")
def validation_size(validation: Number, N: int) -> int:
    """Samples for validation."""
    return floor(validation * N)


@split.step(r"\left\lfloor $test $N \right\rfloor", symbol="N_t", zh="测试集的样本数")
def test_size(test: Number, N: int) -> int:
    """Samples for the test."""
    return floor(test * N)


@split.step("$N - $validation_size - $test_size", symbol="N_{tr}", zh="训练集的样本数")
def training_size(N: int, validation_size: int, test_size: int) -> int:
    """Samples for training."""
    if N - validation_size - test_size < 1:
        raise Undefined("nothing is left for training", "没有样本可用于训练")
    return N - validation_size - test_size


@split.misconception("data/share-of-what-is-left", replaces="test_size")
def _(test: Number, N: int, validation_size: int) -> int:
    return floor(test * (N - validation_size))


@split.misconception("data/validation-from-what-is-left", replaces="validation_size")
def _(validation: Number, test_size: int, N: int) -> int:
    return floor(validation * (N - test_size))


@split.misconception("data/validation-inside-training", replaces="training_size")
def _(N: int, test_size: int) -> int:
    return N - test_size


split.misconception("data/share-rounded-up", replaces="validation_size")(lambda validation, N: -floor(-validation * N))
split.misconception("data/share-rounded-up", replaces="test_size")(lambda test, N: -floor(-test * N))


@split.oracle
def _(N: int, validation: Number, test: Number) -> dict[str, Any]:
    import torch

    data = torch.utils.data.TensorDataset(torch.arange(N))
    shares = [1 - float(validation) - float(test), float(validation), float(test)]
    cuts = [torch.tensor(share * N + 1e-9, dtype=torch.float64).floor().int().item() for share in shares[1:]]
    parts = torch.utils.data.random_split(data, [N - sum(cuts), *cuts])
    return dict(zip(("training_size", "validation_size", "test_size"), map(len, parts), strict=True))


# --------------------------------------------------------------------------------------------------------- k-fold splits

k_fold = Derivation(
    "data.k_fold",
    "k-fold cross-validation: sizes of the folds; the first N mod k folds have one sample more",
    "k 折交叉验证：各折的大小（前 N mod k 折各多一个样本）",
    N=integer("N", "samples", "样本总数", least=2),
    k=integer("k", "folds", "折数", least=2, most=1000),
)


@k_fold.step(r"\left\lfloor \frac{$N}{$k} \right\rfloor", symbol="s", zh="较小的折的样本数")
def smallest_fold(N: int, k: int) -> int:
    """Samples in the smaller folds."""
    if k > N:
        raise Undefined("there are fewer samples than folds", "样本数少于折数")
    return N // k


@k_fold.step("$N - $k $smallest_fold", symbol="r", zh="多一个样本的折数")
def larger_folds(N: int, k: int, smallest_fold: int) -> int:
    """Folds with one sample more."""
    return N - k * smallest_fold


@k_fold.step(r"$smallest_fold + \mathbf{1}\left[i \le $larger_folds\right]", symbol="s_i", zh="各折的样本数", row=True)
def fold_sizes(k: int, smallest_fold: int, larger_folds: int) -> Vector:
    """Samples in each fold."""
    return array([smallest_fold + (i < larger_folds) for i in range(k)])


@k_fold.step("$N - $fold_sizes", symbol="t_i", zh="每次训练所用的样本数", final=True, row=True)
def training_sizes(N: int, fold_sizes: Vector) -> Vector:
    """Samples to train on while each fold validates."""
    return N - fold_sizes


@k_fold.step("($k - 1) $N", symbol="V", zh="全部训练过程中用于训练的样本次数")
def trained_in_all(k: int, N: int) -> int:
    """How often samples are used for training, all runs together (one epoch each)."""
    return (k - 1) * N


k_fold.misconception("data/fold-rounded-up", replaces="smallest_fold")(lambda N, k: -(-N // k))
k_fold.misconception("data/fold-for-training", replaces="training_sizes")(lambda fold_sizes: fold_sizes)
k_fold.misconception("data/remainder-dropped", replaces="larger_folds")(lambda: 0)
k_fold.misconception("data/every-fold-trains", replaces="trained_in_all")(lambda k, N: k * N)
k_fold.misconception("data/one-run-only", replaces="trained_in_all")(lambda N, smallest_fold: N - smallest_fold)


@k_fold.oracle
def _(N: int, k: int) -> dict[str, Any]:
    import torch

    folds = torch.arange(N).tensor_split(k)
    rest = [torch.cat([*folds[:i], *folds[i + 1 :]]) for i in range(k)]
    return {
        "smallest_fold": min(map(len, folds)),
        "larger_folds": sum(len(fold) > len(folds[-1]) for fold in folds),
        "fold_sizes": [len(fold) for fold in folds],
        "training_sizes": [len(part) for part in rest],
        "trained_in_all": sum(map(len, rest)),
    }
