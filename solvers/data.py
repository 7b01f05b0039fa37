"""Data handling: splits, batches and updates, one-hot codes, standardising and scaling an input."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import ceil, floor, sqrt
from solvers.givens import integer, number, truth, vector, word
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector, array

# -------------------------------------------------------------------------------------------------------------- splits

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


# ------------------------------------------------------------------------------------------------- batches and updates


def _all_at_once(drop_last: bool) -> Callable[[int, int, int], int]:
    """The batches of somebody who divides the samples of all epochs at once."""
    whole = floor if drop_last else ceil
    return lambda N, B, E: whole(Fraction(N * E) / B)


def _updates(drop_last: bool) -> Derivation:
    d = Derivation(
        "data.updates",
        "Batches per epoch, size of the last batch, updates in all epochs",
        "每轮的批数、最后一批的大小与总更新次数",
        N=integer("N", "training samples", "训练样本数", least=1),
        B=integer("B", "batch size", "批大小", least=1),
        E=integer("E", "epochs", "轮数", default=1, least=0),
        drop_last=truth(
            r"\text{drop}", "whether an incomplete last batch is dropped", "是否丢弃不完整的最后一批", default=False
        ),
    )
    left, right = ("floor", "floor") if drop_last else ("ceil", "ceil")

    @d.step(rf"\left\l{left} \frac{{$N}}{{$B}} \right\r{right}", symbol="s", zh="每轮的批数（更新次数）")
    def steps_per_epoch(N: int, B: int, drop_last: bool) -> int:
        """Batches, and so updates, per epoch."""
        quotient = Fraction(N) / B
        return floor(quotient) if drop_last else ceil(quotient)

    @d.step("$B" if drop_last else "$N - $B ($steps_per_epoch - 1)", symbol="l", zh="最后一批的样本数", final=True)
    def last_batch(N: int, B: int, steps_per_epoch: int, drop_last: bool) -> int:
        """Samples in the last batch."""
        if steps_per_epoch == 0:
            raise Undefined("there is no batch", "没有任何一批")
        return B if drop_last else N - B * (steps_per_epoch - 1)

    @d.step("$E $steps_per_epoch", symbol="U", zh="总更新次数")
    def total_updates(E: int, steps_per_epoch: int) -> int:
        """Updates in all epochs."""
        return E * steps_per_epoch

    @d.misconception("data/last-batch-kept" if drop_last else "data/last-batch-forgotten", replaces="steps_per_epoch")
    def _(N: int, B: int) -> int:
        return ceil(Fraction(N) / B) if drop_last else floor(Fraction(N) / B)

    d.misconception("data/part-of-a-batch", replaces="steps_per_epoch")(lambda N, B: Fraction(N) / B)

    @d.misconception("data/one-update-per-sample", replaces="steps_per_epoch")
    def _(N: int) -> int:
        return N

    @d.misconception("data/one-update-per-sample", replaces="last_batch")
    def size_all_the_same(N: int, B: int) -> int:
        return B if drop_last else N - B * (ceil(Fraction(N) / B) - 1)

    @d.misconception("data/one-update-per-epoch", replaces="total_updates")
    def _(E: int) -> int:
        return E

    d.misconception("data/rounded-at-the-end", replaces="total_updates")(_all_at_once(drop_last))

    @d.misconception("data/epochs-forgotten", replaces="total_updates")
    def _(steps_per_epoch: int) -> int:
        return steps_per_epoch

    if not drop_last:
        d.misconception("data/always-one-more", replaces="steps_per_epoch")(lambda N, B: N // B + 1)

        @d.misconception("data/last-batch-full", replaces="last_batch")
        def _(B: int) -> int:
            return B

    d.oracle(_batches)
    return d


def _batches(N: int, B: int, E: int, drop_last: bool) -> dict[str, Any]:
    import torch

    sampler = torch.utils.data.BatchSampler(torch.utils.data.SequentialSampler(range(N)), B, drop_last)
    sizes = [len(batch) for batch in sampler]
    found = {"steps_per_epoch": len(sizes), "total_updates": sum(len(sampler) for _ in range(E))}
    return {**found, "last_batch": sizes[-1]} if sizes else found


updates = Family("data.updates", _updates, lambda givens: (givens["drop_last"],), smallest=(False,))


# ------------------------------------------------------------------------------------------------------------- one-hot

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


# ----------------------------------------------------------------------------------------------- normalising an input

standardise = Derivation(
    "data.standardise",
    "Standardising a feature: mean and standard deviation of the training set, applied to a new value",
    "特征标准化：用训练集的均值与标准差处理新值",
    x=vector("x", "values of the feature in the training set", "训练集中该特征的值"),
    new=number("z", "a new value, from the test set", "测试集中的一个新值", default=0),
    variance=word(
        r"\text{variance}",
        "population for division by n, sample for division by n - 1",
        "population 为除以 n，sample 为除以 n - 1",
        words=("population", "sample"),
        default="population",
    ),
)


@standardise.step(r"\operatorname{mean}\left($x\right)", symbol=r"\mu", zh="训练集的均值")
def mean(x: Vector) -> Number:
    """Mean of the training set."""
    return sum(x) * Fraction(1, len(x))


@standardise.step(r"\operatorname{std}\left($x\right)", symbol=r"\sigma", zh="训练集的标准差")
def deviation(x: Vector, mean: Number, variance: str) -> Number:
    """Standard deviation of the training set."""
    count = len(x) - (variance == "sample")
    squares = sum((x - mean) * (x - mean))
    if count == 0 or squares == 0:
        raise Undefined("the values do not spread", "数据没有离散程度")
    return sqrt(squares * Fraction(1, count))


@standardise.step(r"\frac{$x - $mean}{$deviation}", symbol="x'", zh="标准化后的训练数据", final=True)
def scaled(x: Vector, mean: Number, deviation: Number) -> Vector:
    """Standardised training values."""
    return (x - mean) * (Fraction(1) / deviation)


@standardise.step(r"\frac{$new - $mean}{$deviation}", symbol="z'", zh="标准化后的新值")
def scaled_new(new: Number, mean: Number, deviation: Number) -> Number:
    """Standardised new value."""
    return (new - mean) * (Fraction(1) / deviation)


@standardise.misconception("data/test-statistics", replaces="scaled_new")
def _() -> int:
    return 0


def _range(x: Vector) -> Number:
    if max(x) == min(x):
        raise Undefined("the values do not spread", "数据没有离散程度")
    return max(x) - min(x)


for _name, _value in (("scaled", "x"), ("scaled_new", "new")):
    standardise.misconception("data/divided-by-variance", replaces=_name, value=_value)(
        lambda value, mean, deviation: (value - mean) * (Fraction(1) / (deviation * deviation))
    )
    standardise.misconception("data/mean-not-subtracted", replaces=_name, value=_value)(
        lambda value, deviation: value * (Fraction(1) / deviation)
    )
    standardise.misconception("data/extremes-for-deviation", replaces=_name, value=_value)(
        lambda value, x: (value - min(x)) * (Fraction(1) / _range(x))
    )
    standardise.misconception("data/range-for-deviation", replaces=_name, value=_value)(
        lambda value, x, mean: (value - mean) * (Fraction(1) / _range(x))
    )


@standardise.misconception("data/root-left-out", replaces="deviation")
def _(x: Vector, mean: Number, variance: str) -> Number:
    return deviation(x, mean, variance) ** 2


@standardise.misconception("data/mean-deviation", replaces="deviation")
def _(x: Vector, mean: Number) -> Number:
    return sum(abs(value - mean) for value in x) * Fraction(1, len(x))


@standardise.convention("convention/sample-variance", replaces="deviation")
def _(x: Vector, mean: Number) -> Number:
    return deviation(x, mean, "sample")


@standardise.convention("convention/population-variance", replaces="deviation")
def _(x: Vector, mean: Number) -> Number:
    return deviation(x, mean, "population")


@standardise.oracle
def _(x: Vector, new: Number, variance: str) -> dict[str, Any]:
    import torch

    spread, middle = torch.std_mean(torch_tensor(x), correction=int(variance == "sample"))
    return {
        "mean": middle.item(),
        "deviation": spread.item(),
        "scaled": (torch_tensor(x) - middle) / spread,
        "scaled_new": ((torch_tensor(new) - middle) / spread).item(),
    }


min_max = Derivation(
    "data.min_max",
    "Scaling a feature to an interval by the smallest and largest value of the training set",
    "最小－最大归一化：用训练集的最小值与最大值把特征缩放到区间",
    x=vector("x", "values of the feature in the training set", "训练集中该特征的值"),
    new=number("z", "a new value", "新值", default=0),
    low=number("a", "lower end of the interval", "区间下端", default=0),
    high=number("b", "upper end of the interval", "区间上端", default=1),
)


@min_max.step(r"\min\left($x\right)", symbol=r"x_{\min}", zh="最小值")
def smallest(x: Vector) -> Number:
    """Smallest value."""
    return min(x)


@min_max.step(r"\max\left($x\right)", symbol=r"x_{\max}", zh="最大值")
def largest(x: Vector) -> Number:
    """Largest value."""
    return max(x)


def _scaled(low: Number, high: Number, value: Any, smallest: Number, largest: Number) -> Any:
    """One value or many, mapped with the training set's extremes."""
    if smallest == largest:
        raise Undefined("all values are equal", "所有值相等")
    return low + (high - low) * (value - smallest) * (Fraction(1) / (largest - smallest))


for _value, _name, _symbol, _en, _zh in (
    ("x", "scaled", "x'", "Scaled values of the training set", "缩放后的训练集取值"),
    ("new", "scaled_new", "z'", "Scaled new value", "缩放后的新值"),
):
    min_max.step(
        r"$low + ($high - $low) \cdot \frac{$value - $smallest}{$largest - $smallest}",
        symbol=_symbol,
        name=_name,
        en=_en,
        zh=_zh,
        final=True,
        row=_value == "x",
        value=_value,
    )(_scaled)
    min_max.misconception("data/divided-by-largest", replaces=_name, value=_value)(
        lambda low, high, value, largest: low + (high - low) * value * (Fraction(1) / largest)
    )
    min_max.misconception("data/smallest-not-subtracted", replaces=_name, value=_value)(
        lambda low, high, value, x: low + (high - low) * value * (Fraction(1) / _range(x))
    )
    min_max.misconception("data/range-not-taken", replaces=_name, value=_value)(
        lambda low, high, value, smallest, largest: _scaled(low, high, value - smallest, 0, largest)
    )
    min_max.misconception("data/mean-for-smallest", replaces=_name, value=_value)(
        lambda low, high, value, x: low + (high - low) * (value - mean(x)) * (Fraction(1) / _range(x))
    )
    min_max.misconception("data/interval-ignored", replaces=_name, value=_value)(
        lambda value, smallest, largest: _scaled(0, 1, value, smallest, largest)
    )
    min_max.misconception("data/lower-end-not-added", replaces=_name, value=_value)(
        lambda low, high, value, smallest, largest: _scaled(0, high - low, value, smallest, largest)
    )


@min_max.oracle
def _(x: Vector, new: Number, low: Number, high: Number) -> dict[str, Any]:
    import torch

    least, most = torch.aminmax(torch_tensor(x))
    share, shares = (torch_tensor(value).sub(least).div(most.sub(least)) for value in (new, x))
    return {
        "smallest": least.item(),
        "largest": most.item(),
        "scaled": torch.lerp(torch_tensor(low), torch_tensor(high), shares),
        "scaled_new": torch.lerp(torch_tensor(low), torch_tensor(high), share).item(),
    }
