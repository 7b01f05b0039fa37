"""Losses without a logarithm: the least-squares GAN (Mao et al., 2017) and the Wasserstein GAN (Arjovsky et al., 2017)."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.gan.batch import mean, outputs, over
from solvers.oracles import torch_tensor
from solvers.rules import times
from solvers.values import Number, Vector

least_squares = Derivation(
    "gan.least_squares",
    "Losses of a least-squares GAN on a batch",
    "最小二乘 GAN 在一个批量上的损失",
    **outputs("outputs of the discriminator", "判别器的输出"),
)


def _squares(numbers: Vector, target: int) -> Number:
    return mean(over(lambda d: (d - target) ** 2, numbers)) / 2


@least_squares.step(
    r"\frac{1}{2} \operatorname{mean}\left(($real - 1)^2\right) + \frac{1}{2} \operatorname{mean}\left($fake^2\right)",
    symbol="L_D",
    zh="判别器的损失：真实样本的目标值为 1，生成样本为 0",
    name="squared_discriminator",
    final=True,
)
def _squared_discriminator(real: Vector, fake: Vector) -> Number:
    """Loss of the discriminator: real ones should score 1, generated ones 0."""
    return _squares(real, 1) + _squares(fake, 0)


@least_squares.step(
    r"\frac{1}{2} \operatorname{mean}\left(($fake - 1)^2\right)",
    symbol="L_G",
    zh="生成器的损失：希望生成样本的得分为 1",
    name="squared_generator",
)
def _squared_generator(fake: Vector) -> Number:
    """Loss of the generator: generated ones should score 1."""
    return _squares(fake, 1)


least_squares.convention("convention/squared-error-without-half", replaces="squared_discriminator")(
    times(2, _squared_discriminator)
)
least_squares.convention("convention/squared-error-without-half", replaces="squared_generator")(
    times(2, _squared_generator)
)


@least_squares.convention("convention/sum-for-mean", replaces="squared_discriminator")
def _(real: Vector, fake: Vector) -> Number:
    return _squares(real, 1) * len(real) + _squares(fake, 0) * len(fake)


@least_squares.convention("convention/sum-for-mean", replaces="squared_generator")
def _(fake: Vector) -> Number:
    return _squares(fake, 1) * len(fake)


@least_squares.misconception("gan/targets-swapped", replaces="squared_discriminator")
def _(real: Vector, fake: Vector) -> Number:
    return _squares(real, 0) + _squares(fake, 1)


@least_squares.misconception("gan/generator-target-zero", replaces="squared_generator")
def _(fake: Vector) -> Number:
    return _squares(fake, 0)


@least_squares.misconception("gan/not-squared", replaces="squared_generator")
def _(fake: Vector) -> Number:
    return mean(over(lambda d: 1 - d, fake)) / 2


@least_squares.oracle
def _(real: Vector, fake: Vector) -> dict[str, Any]:
    import torch

    squared = torch.nn.functional.mse_loss
    there, here = torch_tensor(real), torch_tensor(fake)
    critic = (squared(there, torch.ones_like(there)) + squared(here, torch.zeros_like(here))) / 2
    return {
        "squared_discriminator": critic.item(),
        "squared_generator": (squared(here, torch.ones_like(here)) / 2).item(),
    }


wasserstein = Derivation(
    "gan.wasserstein",
    "Losses of a Wasserstein GAN on a batch",
    "Wasserstein GAN 在一个批量上的损失",
    **outputs("scores of the critic, any real numbers,", "评价网络的得分，可为任意实数"),
)


@wasserstein.step(
    r"\operatorname{mean}\left($real\right) - \operatorname{mean}\left($fake\right)",
    symbol="W",
    zh="Wasserstein 距离的估计",
    name="distance",
)
def _(real: Vector, fake: Vector) -> Number:
    """Estimate of the Wasserstein distance, which the critic maximises."""
    return mean(real) - mean(fake)


@wasserstein.step("-$distance", symbol="L_C", zh="评价网络的损失", name="critic_loss", final=True)
def _(distance: Number) -> Number:
    """Loss of the critic."""
    return -distance


@wasserstein.step(r"-\operatorname{mean}\left($fake\right)", symbol="L_G", zh="生成器的损失", name="actor_loss")
def _(fake: Vector) -> Number:
    """Loss of the generator."""
    return -mean(fake)


@wasserstein.misconception("gan/scores-added", replaces="distance")
def _(real: Vector, fake: Vector) -> Number:
    return mean(real) + mean(fake)


@wasserstein.misconception("gan/generator-sign", replaces="actor_loss")
def _(fake: Vector) -> Number:
    return mean(fake)


@wasserstein.oracle
def _(real: Vector, fake: Vector) -> dict[str, Any]:
    import torch

    there, here = torch_tensor(real).requires_grad_(), torch_tensor(fake).requires_grad_()
    distance = there.mean() - here.mean()
    distance.backward()
    # The distance is linear in the scores, so scores times gradients give it back, and the generator's part of it.
    part = torch.dot(here, here.grad)
    return {
        "distance": (torch.dot(there, there.grad) + part).item(),
        "critic_loss": -distance.item(),
        "actor_loss": part.item(),
    }
