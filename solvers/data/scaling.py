"""A feature brought to scale with what the training set says: standardised, or mapped to an interval."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import sqrt
from solvers.givens import number, vector, word
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector

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
    standardise.misconception("data/brackets-left-out", replaces=_name, value=_value)(
        lambda value, mean, deviation: value - mean * (Fraction(1) / deviation)
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
    min_max.misconception("data/brackets-left-out", replaces=_name, value=_value)(
        lambda low, high, value, smallest, x: low + (high - low) * (value - smallest * (Fraction(1) / _range(x)))
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
