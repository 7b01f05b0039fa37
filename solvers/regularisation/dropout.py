"""Dropout: one pass with a given mask, and mean and variance of what comes out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer, number, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector

# ------------------------------------------------------------------------------------------------------------ dropout

dropout = Derivation(
    "reg.dropout",
    "Inverted dropout with a given mask: kept activations are divided by the share that is kept (as in PyTorch)",
    "给定掩码的（反向缩放）丢弃法：保留的激活值除以保留率（与 PyTorch 一致）",
    a=vector("a", "activations", "激活值", axes=("n",), row=True),
    mask=vector("m", "mask: 1 kept, 0 dropped", "掩码：1 保留，0 丢弃", axes=("n",), row=True),
    p=number("p", "probability of dropping", "丢弃率", default=Fraction(1, 2), least=0),
)


@dropout.step(r"\frac{1}{1 - $p}", symbol="s", zh="缩放因子")
def scale(p: Number) -> Number:
    """Factor for what is kept."""
    if not p < 1:
        raise Undefined("everything is dropped", "全部被丢弃")
    return Fraction(1) / (1 - p)


@dropout.step(r"$scale \, ($mask \odot $a)", symbol="y", zh="训练时的输出", row=True)
def output(scale: Number, mask: Vector, a: Vector) -> Vector:
    """Output in training."""
    return scale * (mask * a)


@dropout.convention("convention/dropout-scaled-at-test", replaces="scale")
def _() -> int:
    return 1


@dropout.misconception("reg/scaled-by-drop-rate", replaces="scale")
def _(p: Number) -> Number:
    return Fraction(1) / p


@dropout.misconception("reg/scaled-the-wrong-way", replaces="scale")
def _(p: Number) -> Number:
    return 1 - p


@dropout.misconception("reg/multiplied-by-drop-rate", replaces="scale")
def _(p: Number) -> Number:
    return p


dropout.misconception("reg/one-plus-the-rate", replaces="scale")(lambda p: 1 + p)


@dropout.misconception("reg/always-doubled", replaces="scale")
def _() -> int:
    return 2


@dropout.misconception("reg/scaled-twice", replaces="scale")
def _(p: Number) -> Number:
    return scale(p) * scale(p)


@dropout.misconception("reg/scaled-by-the-mask", replaces="scale")
def _(mask: Vector) -> Number:
    if sum(mask) == 0:
        raise Undefined("nothing is kept", "没有保留任何单元")
    return Fraction(len(mask)) / sum(mask)


@dropout.misconception("reg/mask-inverted", replaces="output")
def _(scale: Number, mask: Vector, a: Vector) -> Vector:
    return scale * ((1 - mask) * a)


@dropout.oracle
def _(a: Vector, mask: Vector, p: Number) -> dict[str, Any]:
    import torch

    values, kept = torch_tensor(a), torch_tensor(mask)
    # PyTorch's own layer draws masks; its factor is read off one unit that it has kept.
    share = 1.0
    for seed in range(200):
        torch.manual_seed(seed)
        drawn = torch.nn.functional.dropout(torch.ones(64, dtype=torch.float64), float(p))
        if bool(drawn.any()):
            share = drawn.max().item()
            break
    return {"scale": share, "output": torch.where(kept > 0, values * share, torch.zeros_like(values))}


dropout_moments = Derivation(
    "reg.dropout_moments",
    "One unit under dropout: mean and variance of its output, without and with scaling, and its weight in use",
    "单个单元的丢弃法：不缩放与缩放时输出的期望和方差",
    a=number("a", "activation", "激活值"),
    p=number("p", "probability of dropping", "丢弃率", default=Fraction(1, 2), least=0, most=1),
    n=integer("n", "units of the layer", "该层的单元数", default=1, least=1),
)


@dropout_moments.step("$n (1 - $p)", symbol="k", zh="保留单元数的期望", final=True)
def kept_units(n: int, p: Number) -> Number:
    """Expected number of units that stay."""
    return n * (1 - p)


@dropout_moments.step("(1 - $p) $a", symbol="e", zh="不缩放时输出的期望", final=True)
def expected(p: Number, a: Number) -> Number:
    """Expected output without scaling."""
    return (1 - p) * a


@dropout_moments.step("$p (1 - $p) {$a}^2", symbol="v", zh="不缩放时输出的方差", final=True)
def variance(p: Number, a: Number) -> Number:
    """Variance of the output without scaling."""
    return p * (1 - p) * a * a


@dropout_moments.step(r"\frac{$expected}{1 - $p}", symbol="e'", zh="缩放后输出的期望", final=True)
def scaled_expected(expected: Number, p: Number) -> Number:
    """Expected output with scaling."""
    return expected * (Fraction(1) / _kept(p))


@dropout_moments.step(r"\frac{$variance}{(1 - $p)^2}", symbol="v'", zh="缩放后输出的方差")
def scaled_variance(variance: Number, p: Number) -> Number:
    """Variance of the output with scaling."""
    return variance * (Fraction(1) / _kept(p)) ** 2


def _kept(p: Number) -> Number:
    if p == 1:
        raise Undefined("everything is dropped", "全部被丢弃")
    return 1 - p


@dropout_moments.misconception("reg/kept-and-dropped-exchanged", replaces="kept_units")
def _(n: int, p: Number) -> Number:
    return n * p


@dropout_moments.misconception("reg/kept-and-dropped-exchanged", replaces="expected")
def _(p: Number, a: Number) -> Number:
    return p * a


@dropout_moments.misconception("reg/variance-of-mask", replaces="variance")
def _(p: Number) -> Number:
    return p * (1 - p)


dropout_moments.misconception("reg/mean-square-for-variance", replaces="variance")(lambda p, a: (1 - p) * a * a)
dropout_moments.misconception("reg/drop-rate-times-square", replaces="variance")(lambda p, a: p * a * a)
dropout_moments.misconception("reg/scaling-left-out", replaces="scaled_expected")(lambda expected: expected)
dropout_moments.misconception("reg/scaling-left-out", replaces="scaled_variance")(lambda variance: variance)
dropout_moments.misconception("reg/nothing-dropped", replaces="scaled_expected")(lambda a, p: a / _kept(p))


@dropout_moments.misconception("reg/factor-not-squared", replaces="scaled_variance")
def _(variance: Number, p: Number) -> Number:
    return variance * (Fraction(1) / _kept(p))


@dropout_moments.oracle
def _(a: Number, p: Number, n: int) -> dict[str, Any]:
    import torch

    stay = torch.distributions.Bernoulli(probs=torch_tensor(1 - p))
    value, factor = torch_tensor(a), 1 / (1 - torch_tensor(p))
    outcomes = stay.enumerate_support() * value
    chances = torch.stack([1 - stay.probs, stay.probs])

    def moments(results: Any) -> tuple[float, float]:
        mean = (chances * results).sum()
        return mean.item(), (chances * (results - mean).square()).sum().item()

    plain, scaled = moments(outcomes), moments(outcomes * factor)
    count = torch.distributions.Binomial(n, probs=stay.probs).mean.item()
    return {
        "kept_units": count,
        "expected": plain[0],
        "variance": plain[1],
        "scaled_expected": scaled[0],
        "scaled_variance": scaled[1],
    }
