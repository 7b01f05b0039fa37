"""The game at its end: the best discriminator for two distributions, their Jensen-Shannon divergence, what the game is worth."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.functions import log, sqrt
from solvers.givens import vector
from solvers.oracles import torch_tensor
from solvers.rules import in_bits, to_base_ten
from solvers.trace import Undefined
from solvers.values import Number, Vector, array

optimum = Derivation(
    "gan.optimum",
    "Best discriminator for two distributions, their Jensen-Shannon divergence, and the value of the game",
    "两个分布下的最优判别器、JS 散度与博弈的目标值",
    p=vector("p", "probabilities of the data", "数据分布的概率", axes=("outcomes",), row=True),
    q=vector("q", "probabilities of the generator", "生成分布的概率", axes=("outcomes",), row=True),
)


def _exact(number: Number) -> Number:
    return Fraction(number) if isinstance(number, int) else number


def _divergence(p: Vector, q: Vector) -> Number:
    """Kullback-Leibler divergence; where `p` is 0 there is nothing to add."""
    found: Number = sum(a * log(_exact(a) / b) for a, b in zip(p, q, strict=True) if a != 0)
    return found


@optimum.step(
    r"\frac{$p}{$p + $q}",
    symbol="D^*",
    zh="最优判别器：每种样本中真实样本所占的比例",
    name="best",
    row=True,
    final=True,
)
def _(p: Vector, q: Vector) -> Vector:
    """Best discriminator: for each kind of example, the fraction that is real."""
    for each in (p, q):
        if abs(each.sum() - 1) > 1e-9 or min(each) < 0:
            raise Undefined("probabilities add up to 1", "概率之和应为 1")
    if any(a + b == 0 for a, b in zip(p, q, strict=True)):
        raise Undefined("an outcome has no probability in either", "某个结果在两个分布中的概率均为 0")
    return array([_exact(a) / (a + b) for a, b in zip(p, q, strict=True)])


@optimum.step(r"\frac{$p + $q}{2}", symbol="m", zh="两个分布的平均", name="mixture", row=True)
def _(p: Vector, q: Vector) -> Vector:
    """Mean of the two distributions."""
    return (p + q) / Fraction(2)


@optimum.step(
    r"\frac{1}{2} \operatorname{sum}\left($p \odot \ln \frac{$p}{$mixture}\right)"
    r" + \frac{1}{2} \operatorname{sum}\left($q \odot \ln \frac{$q}{$mixture}\right)",
    symbol=r"\text{JS}",
    zh="JS 散度",
    name="jensen_shannon",
)
def _jensen_shannon(p: Vector, q: Vector, mixture: Vector) -> Number:
    """Jensen-Shannon divergence."""
    return (_divergence(p, mixture) + _divergence(q, mixture)) * Fraction(1, 2)


@optimum.step(r"-\ln 4 + 2 $jensen_shannon", symbol="V^*", zh="最优判别器下的目标值", name="game_value")
def _(jensen_shannon: Number) -> Number:
    """Value of the game under the best discriminator."""
    return -log(4) + 2 * jensen_shannon


optimum.misconception("loss/logarithm-to-base-ten", replaces="jensen_shannon")(to_base_ten(_jensen_shannon))
optimum.misconception("loss/logarithm-to-base-ten", replaces="game_value")(
    lambda jensen_shannon: 2 * jensen_shannon - log(4) / log(10)
)
optimum.convention("convention/base-two-logarithm", replaces="jensen_shannon")(in_bits(_jensen_shannon))


@optimum.convention("convention/base-two-logarithm", replaces="game_value")
def _(jensen_shannon: Number) -> Number:
    return 2 * jensen_shannon - 2


@optimum.misconception("gan/share-of-generated", replaces="best")
def _(p: Vector, q: Vector) -> Vector:
    return array([_exact(b) / (a + b) for a, b in zip(p, q, strict=True)])


@optimum.misconception("gan/root-of-divergence", replaces="jensen_shannon")
def _(p: Vector, q: Vector, mixture: Vector) -> Number:
    return sqrt(_jensen_shannon(p, q, mixture))


@optimum.misconception("gan/one-sided-divergence", replaces="jensen_shannon")
def _(p: Vector, mixture: Vector) -> Number:
    return _divergence(p, mixture)


@optimum.misconception("gan/not-halved", replaces="jensen_shannon")
def _(p: Vector, q: Vector, mixture: Vector) -> Number:
    return _divergence(p, mixture) + _divergence(q, mixture)


@optimum.misconception("gan/log-two", replaces="game_value")
def _(jensen_shannon: Number) -> Number:
    return -log(2) + 2 * jensen_shannon


@optimum.misconception("gan/divergence-alone", replaces="game_value")
def _(jensen_shannon: Number) -> Number:
    return 2 * jensen_shannon


@optimum.misconception("gan/mixture-not-halved", replaces="mixture")
def _(p: Vector, q: Vector) -> Vector:
    return p + q


@optimum.misconception("gan/half-everywhere", replaces="best")
def _(p: Vector) -> Vector:
    return array([Fraction(1, 2)] * len(p))


@optimum.misconception("gan/ratio-of-probabilities", replaces="best")
def _(p: Vector, q: Vector) -> Vector:
    return array([divided(a, b) for a, b in zip(p, q, strict=True)])


def _between(p: Vector, q: Vector) -> Number:
    """Divergence of the data from the generator, which is infinite where only the data has an outcome."""
    if any(a != 0 and b == 0 for a, b in zip(p, q, strict=True)):
        raise Undefined("the generator never makes what the data has", "数据中的某个结果生成分布从不产生")
    return _divergence(p, q)


optimum.misconception("gan/divergence-between-the-two", replaces="jensen_shannon")(_between)


@optimum.misconception("gan/inequality-for-the-game", replaces="game_value")
def _(p: Vector, q: Vector) -> Number:
    return -_between(p, q)


@optimum.misconception("gan/divergence-once", replaces="game_value")
def _(jensen_shannon: Number) -> Number:
    return jensen_shannon - log(4)


@optimum.oracle
def _(p: Vector, q: Vector) -> dict[str, Any]:
    import torch

    data, made = torch_tensor(p), torch_tensor(q)
    best = data / (data + made)
    value = (torch.xlogy(data, best) + torch.xlogy(made, 1 - best)).sum()
    mixture = torch.stack([data, made]).mean(0)
    towards = [torch.nn.functional.kl_div(mixture.log(), each, reduction="sum") for each in (data, made)]
    return {
        "best": best.tolist(),
        "mixture": mixture.tolist(),
        "jensen_shannon": torch.stack(towards).mean().item(),
        "game_value": value.item(),
    }
