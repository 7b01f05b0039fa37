"""The minimax game on a batch: its value, and the losses of both networks.

`D(x)` is the probability that the discriminator gives to an example being real.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import log
from solvers.gan.batch import mean, outputs, over
from solvers.oracles import torch_tensor
from solvers.rules import in_bits, to_base_ten
from solvers.trace import Undefined
from solvers.values import Number, Vector

losses = Derivation(
    "gan.losses",
    "Value of the game and the losses of both networks on a batch",
    "一个批量上的博弈目标值与两个网络的损失",
    **outputs("outputs of the discriminator", "判别器的输出"),
)


def _probability(value: Number) -> Number:
    if not 0 < value < 1:
        raise Undefined("a sigmoid's output lies between 0 and 1", "sigmoid 的输出在 0 与 1 之间")
    return value


def _log_real(scores: Vector) -> Number:
    return mean(over(lambda p: log(_probability(p)), scores))


def _log_fake(scores: Vector) -> Number:
    return mean(over(lambda p: log(1 - _probability(p)), scores))


@losses.step(r"\operatorname{mean}\left(\ln $real\right)", symbol="A", zh="真实样本的对数概率均值", name="real_term")
def _real_term(real: Vector) -> Number:
    """Mean of ln D(x) over the real examples."""
    return _log_real(real)


@losses.step(
    r"\operatorname{mean}\left(\ln(1 - $fake)\right)", symbol="B", zh="生成样本被识破的对数概率均值", name="fake_term"
)
def _fake_term(fake: Vector) -> Number:
    """Mean of ln(1 - D(G(z))) over the generated examples, which the generator minimises in the minimax game."""
    return _log_fake(fake)


@losses.step("$real_term + $fake_term", symbol="V", zh="博弈的目标值", name="value")
def _(real_term: Number, fake_term: Number) -> Number:
    """Value of the game, which the discriminator maximises."""
    return real_term + fake_term


@losses.step("-$value", symbol="L_D", zh="判别器的损失", name="discriminator_loss", final=True)
def _(value: Number) -> Number:
    """Loss of the discriminator."""
    return -value


@losses.step(
    r"-\operatorname{mean}\left(\ln $fake\right)",
    symbol="L_G",
    zh="生成器的非饱和损失",
    name="generator_loss",
    final=True,
)
def _generator_loss(fake: Vector) -> Number:
    """Non-saturating loss of the generator."""
    return -_log_real(fake)


@losses.misconception("gan/fakes-not-complemented", replaces="fake_term")
def _(fake: Vector) -> Number:
    return _log_real(fake)


@losses.convention("convention/sum-for-mean", replaces="real_term")
def _(real: Vector) -> Number:
    return _log_real(real) * len(real)


@losses.convention("convention/sum-for-mean", replaces="fake_term")
def _(fake: Vector) -> Number:
    return _log_fake(fake) * len(fake)


@losses.convention("convention/sum-for-mean", replaces="generator_loss")
def _(fake: Vector) -> Number:
    return -_log_real(fake) * len(fake)


losses.misconception("loss/logarithm-to-base-ten", replaces="real_term")(to_base_ten(_real_term))
losses.misconception("loss/logarithm-to-base-ten", replaces="fake_term")(to_base_ten(_fake_term))
losses.misconception("loss/logarithm-to-base-ten", replaces="generator_loss")(to_base_ten(_generator_loss))
losses.convention("convention/base-two-logarithm", replaces="real_term")(in_bits(_real_term))
losses.convention("convention/base-two-logarithm", replaces="fake_term")(in_bits(_fake_term))
losses.convention("convention/base-two-logarithm", replaces="generator_loss")(in_bits(_generator_loss))


@losses.convention("convention/both-halves-averaged", replaces="discriminator_loss")
def _(value: Number) -> Number:
    return -value * Fraction(1, 2)


@losses.misconception("gan/terms-subtracted", replaces="value")
def _(real_term: Number, fake_term: Number) -> Number:
    return real_term - fake_term


@losses.misconception("gan/real-term-only", replaces="discriminator_loss")
def _(real_term: Number) -> Number:
    return -real_term


@losses.misconception("gan/discriminator-sign", replaces="discriminator_loss")
def _(value: Number) -> Number:
    return value


@losses.misconception("gan/minimax-generator", replaces="generator_loss")
def _(fake_term: Number) -> Number:
    return fake_term


@losses.misconception("gan/log-of-mean", replaces="generator_loss")
def _(fake: Vector) -> Number:
    return -log(mean(fake))


@losses.misconception("gan/one-minus-outside", replaces="fake_term")
def _(fake: Vector) -> Number:
    return 1 - _log_real(fake)


@losses.misconception("gan/fake-term-for-generator", replaces="generator_loss")
def _(fake_term: Number) -> Number:
    return -fake_term


@losses.oracle
def _(real: Vector, fake: Vector) -> dict[str, Any]:
    import torch

    cross_entropy = torch.nn.functional.binary_cross_entropy
    there, here = torch_tensor(real), torch_tensor(fake)
    right, caught = cross_entropy(there, torch.ones_like(there)), cross_entropy(here, torch.zeros_like(here))
    return {
        "real_term": -right.item(),
        "fake_term": -caught.item(),
        "value": -(right + caught).item(),
        "discriminator_loss": (right + caught).item(),
        "generator_loss": cross_entropy(here, torch.ones_like(here)).item(),
    }
