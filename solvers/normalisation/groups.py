"""Normalisations that need no batch: group norm (with layer and instance norm as its ends), and RMS norm."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import sqrt
from solvers.givens import integer, matrix, number, vector
from solvers.normalisation import shared
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector, array

# ------------------------------------------------------------------------------------------------------------ group norm

group_norm = Derivation(
    "norm.group_norm",
    "Group normalisation of one sample: 1 group is layer norm, as many groups as channels are instance norm",
    "一个样本的组归一化：组数为 1 即层归一化，组数等于通道数即实例归一化",
    x=matrix("X", "one sample: a row for each channel, its positions in it", "一个样本：每行一个通道", axes=("c", "n")),
    groups=integer("G", "groups of channels", "组数", default=2, least=1),
    **shared.gain(("c",)),
    eps=shared.EPSILON,
)


def _members(x: Matrix, groups: int) -> list[Vector]:
    if len(x) % groups:
        raise Undefined("the channels do not divide into so many groups", "通道数不能被组数整除")
    return [array(list(part)) for part in x.reshape(groups, -1)]


def _per_channel(values: Vector, x: Matrix) -> Vector:
    return array([value for value in values for _ in range(len(x) // len(values))])


@group_norm.step(r"\operatorname{mean}_{\text{group}} $x", symbol=r"\mu", zh="各组的均值", name="mean")
def _(x: Matrix, groups: int) -> Vector:
    """Mean of every group, over its channels and positions."""
    return array([shared.mean(part) for part in _members(x, groups)])


@group_norm.step(
    r"\operatorname{mean}_{\text{group}} \left($x - $mean\right)^2",
    symbol=r"\sigma^2",
    zh="各组的方差（除以个数）",
    name="variance",
)
def _(x: Matrix, groups: int, mean: Vector) -> Vector:
    """Variance of every group, divided by the count."""
    return array([shared.variance(part, mean[i]) for i, part in enumerate(_members(x, groups))])


@group_norm.step(
    r"\frac{$x - {$mean}_{\text{group}}}{\sqrt{{$variance}_{\text{group}} + $eps}}",
    symbol=r"\hat{X}",
    zh="归一化后的值",
    name="normalised",
)
def _by_groups(x: Matrix, mean: Vector, variance: Vector, eps: Number) -> Matrix:
    """Normalised values."""
    middles, spreads = _per_channel(mean, x), _per_channel(variance, x)
    return array([shared.normalised(row, middles[i], spreads[i], eps) for i, row in enumerate(x)])


@group_norm.step(
    r"$gamma \odot $normalised + $beta", symbol="Y", zh="输出（每个通道一个缩放与平移系数）", name="output"
)
def _(gamma: Vector, normalised: Matrix, beta: Vector) -> Matrix:
    """Output, with one gain and one bias for each channel."""
    return array([shared.scaled(gamma[i], row, beta[i]) for i, row in enumerate(normalised)])


def _along(x: Matrix, eps: Number, *, whole: bool) -> Matrix:
    """Normalised over everything or row by row."""
    found = []
    for row in [x.reshape(-1)] if whole else list(x):
        middle = shared.mean(row)
        found.append(shared.normalised(row, middle, shared.variance(row, middle), eps))
    return array(found).reshape(x.shape)


@group_norm.convention("convention/sample-variance", replaces="variance")
def _(x: Matrix, groups: int, mean: Vector) -> Vector:
    return array([shared.sample_variance(part, mean[i]) for i, part in enumerate(_members(x, groups))])


shared.add_line_mistakes(group_norm, _by_groups, root=False)
group_norm.misconception("norm/one-group", replaces="normalised")(lambda x, eps: _along(x, eps, whole=True))
group_norm.misconception("norm/channel-by-channel", replaces="normalised")(lambda x, eps: _along(x, eps, whole=False))
group_norm.misconception("norm/gain-and-bias-left-out", replaces="output")(shared.unscaled)


@group_norm.misconception("norm/root-forgotten", replaces="normalised")
def _(x: Matrix, mean: Vector, variance: Vector, eps: Number) -> Matrix:
    middles, spreads = _per_channel(mean, x), _per_channel(variance, x)
    return array([shared.by_variance(row, middles[i], spreads[i], eps) for i, row in enumerate(x)])


@group_norm.oracle
def _(x: Matrix, groups: int, gamma: Vector, beta: Vector, eps: Number) -> dict[str, Any]:
    import torch

    values = torch_tensor(x)
    function, tiny = torch.nn.functional.group_norm, shared.positive(eps)
    variance, middle = torch.var_mean(values.unflatten(0, (groups, -1)), dim=(1, 2), correction=0)
    return {
        "mean": middle,
        "variance": variance,
        "normalised": function(values[None], groups, eps=tiny)[0],
        "output": function(values[None], groups, torch_tensor(gamma), torch_tensor(beta), tiny)[0],
    }


# -------------------------------------------------------------------------------------------------------------- RMS norm

rms_norm = Derivation(
    "norm.rms_norm",
    "RMS normalisation of one vector: no mean is taken off, no bias added",
    "一个向量的 RMS 归一化：不减均值，也没有平移",
    x=vector("x", "features of one sample", "一个样本的各特征", axes=("d",)),
    gamma=vector(r"\gamma", "gain", "缩放系数", axes=("d",), default=1),
    eps=number(r"\epsilon", "small number under the root", "根号内的小常数", default=0, least=0),
)


@rms_norm.step(r"\operatorname{mean}\left($x^2\right)", symbol="q", zh="平方的均值")
def mean_square(x: Vector) -> Number:
    """Mean of the squares."""
    return sum(x * x) * Fraction(1, len(x))


@rms_norm.step(r"\sqrt{$mean_square + $eps}", symbol=r"\operatorname{RMS}", zh="均方根")
def root_mean_square(mean_square: Number, eps: Number) -> Number:
    """Root of the mean square."""
    return sqrt(mean_square + eps)


@rms_norm.step(r"\frac{$x}{$root_mean_square}", symbol=r"\hat{x}", zh="归一化后的值", name="normalised")
def _(x: Vector, root_mean_square: Number) -> Vector:
    """Normalised values."""
    return shared.over(x, root_mean_square)


@rms_norm.step(r"$gamma \odot $normalised", symbol="y", zh="输出", name="output")
def _(gamma: Vector, normalised: Vector) -> Vector:
    """Output."""
    return gamma * normalised


@rms_norm.misconception("norm/layer-for-rms", replaces="normalised")
def _(x: Vector, eps: Number) -> Vector:
    middle = shared.mean(x)
    return shared.normalised(x, middle, shared.variance(x, middle), eps)


@rms_norm.misconception("norm/mean-taken-off", replaces="normalised")
def _(x: Vector, root_mean_square: Number) -> Vector:
    return shared.over(x - shared.mean(x), root_mean_square)


rms_norm.misconception("norm/length-for-rms", replaces="mean_square")(lambda x: sum(x * x))
rms_norm.misconception("norm/root-forgotten", replaces="root_mean_square")(lambda mean_square, eps: mean_square + eps)
rms_norm.misconception("norm/epsilon-left-out", replaces="root_mean_square", x="mean_square")(sqrt)
rms_norm.misconception("norm/epsilon-outside-root", replaces="root_mean_square")(
    lambda mean_square, eps: sqrt(mean_square) + eps
)
rms_norm.misconception("norm/gain-and-bias-left-out", replaces="output")(shared.unscaled)


@rms_norm.oracle
def _(x: Vector, gamma: Vector, eps: Number) -> dict[str, Any]:
    import torch

    values, size = torch_tensor(x), (len(x),)
    norm = torch.linalg.vector_norm(values)
    return {
        "mean_square": (norm**2 / len(x)).item(),
        "root_mean_square": (norm**2 / len(x) + float(eps)).sqrt().item(),
        "normalised": torch.nn.functional.rms_norm(values, size, eps=shared.positive(eps)),
        "output": torch.nn.functional.rms_norm(values, size, torch_tensor(gamma), shared.positive(eps)),
    }
