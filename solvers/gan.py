"""Generative adversarial networks: losses, the best discriminator, what the game is worth (Goodfellow et al., 2014).

`D(x)` is the probability that the discriminator gives to an example being real. Logarithms are natural; expectations are means over the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.functions import log
from solvers.givens import Given, integer, vector
from solvers.oracles import torch_tensor
from solvers.rules import in_bits, times, to_base_ten
from solvers.trace import Undefined
from solvers.values import Number, Vector, array

__all__ = ["input_size", "least_squares", "losses", "optimum", "wasserstein"]


def _mean(numbers: Vector) -> Number:
    return numbers.sum() / Fraction(len(numbers))


def _over(rule: Callable[[Number], Number], numbers: Vector) -> Vector:
    return array([rule(each) for each in numbers])


def _probability(value: Number) -> Number:
    if not 0 < value < 1:
        raise Undefined("a sigmoid's output lies between 0 and 1", "sigmoid 的输出在 0 与 1 之间")
    return value


def _log_real(scores: Vector) -> Number:
    return _mean(_over(lambda p: log(_probability(p)), scores))


def _log_fake(scores: Vector) -> Number:
    return _mean(_over(lambda p: log(1 - _probability(p)), scores))


def _outputs(what_en: str, what_zh: str) -> dict[str, Given]:
    return {
        "real": vector("r", f"{what_en} for real examples", f"{what_zh}（真实样本）", axes=("real",)),
        "fake": vector("g", f"{what_en} for generated examples", f"{what_zh}（生成样本）", axes=("generated",)),
    }


# ---------------------------------------------------------------------------------------------------------------- losses

losses = Derivation(
    "gan.losses",
    "Value of the game and the losses of both networks on a batch",
    "一个批量上的博弈目标值与两个网络的损失",
    **_outputs("outputs of the discriminator", "判别器的输出"),
)


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


@losses.misconception("gan/discriminator-sign", replaces="discriminator_loss")
def _(value: Number) -> Number:
    return value


@losses.misconception("gan/minimax-generator", replaces="generator_loss")
def _(fake_term: Number) -> Number:
    return fake_term


@losses.misconception("gan/log-of-mean", replaces="generator_loss")
def _(fake: Vector) -> Number:
    return -log(_mean(fake))


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


# --------------------------------------------------------------------------------------------------------------- optimum

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


# ------------------------------------------------------------------------------------------------------- other losses

least_squares = Derivation(
    "gan.least_squares",
    "Losses of a least-squares GAN on a batch",
    "最小二乘 GAN 在一个批量上的损失",
    **_outputs("outputs of the discriminator", "判别器的输出"),
)


def _squares(numbers: Vector, target: int) -> Number:
    return _mean(_over(lambda d: (d - target) ** 2, numbers)) / 2


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
    return _mean(_over(lambda d: 1 - d, fake)) / 2


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
    **_outputs("scores of the critic, any real numbers,", "评价网络的得分，可为任意实数"),
)


@wasserstein.step(
    r"\operatorname{mean}\left($real\right) - \operatorname{mean}\left($fake\right)",
    symbol="W",
    zh="Wasserstein 距离的估计",
    name="distance",
)
def _(real: Vector, fake: Vector) -> Number:
    """Estimate of the Wasserstein distance, which the critic maximises."""
    return _mean(real) - _mean(fake)


@wasserstein.step("-$distance", symbol="L_C", zh="评价网络的损失", name="critic_loss", final=True)
def _(distance: Number) -> Number:
    """Loss of the critic."""
    return -distance


@wasserstein.step(r"-\operatorname{mean}\left($fake\right)", symbol="L_G", zh="生成器的损失", name="actor_loss")
def _(fake: Vector) -> Number:
    """Loss of the generator."""
    return -_mean(fake)


@wasserstein.misconception("gan/scores-added", replaces="distance")
def _(real: Vector, fake: Vector) -> Number:
    return _mean(real) + _mean(fake)


@wasserstein.misconception("gan/generator-sign", replaces="actor_loss")
def _(fake: Vector) -> Number:
    return _mean(fake)


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


# ------------------------------------------------------------------------------------------------- conditional input

input_size = Derivation(
    "gan.input_size",
    "Inputs of the two networks of a conditional GAN in which the class is joined on as a one-hot vector",
    "条件 GAN 中两个网络的输入维数（类别以one-hot 向量拼接）",
    z=integer("z", "components of the noise", "噪声维数", least=1),
    c=integer("c", "classes", "类别数", least=1),
    h=integer("h", "height of the images", "图像高度", least=1),
    w=integer("w", "width of the images", "图像宽度", least=1),
    k=integer("k", "channels of the images", "图像通道数", default=1, least=1),
)


@input_size.step("$z + $c", symbol="n_G", zh="生成器的输入维数", name="generator_inputs", final=True)
def _(z: int, c: int) -> int:
    """Inputs of the generator: noise and class."""
    return z + c


@input_size.step("$h $w $k + $c", symbol="n_D", zh="判别器的输入维数（图像展平）", name="discriminator_inputs")
def _(h: int, w: int, k: int, c: int) -> int:
    """Inputs of the discriminator: the flattened image and the class."""
    return h * w * k + c


@input_size.misconception("gan/class-as-one-number", replaces="generator_inputs")
def _(z: int) -> int:
    return z + 1


@input_size.misconception("gan/generator-unconditioned", replaces="generator_inputs")
def _(z: int) -> int:
    return z


@input_size.misconception("gan/discriminator-unconditioned", replaces="discriminator_inputs")
def _(h: int, w: int, k: int) -> int:
    return h * w * k


@input_size.misconception("gan/class-for-each-pixel", replaces="discriminator_inputs")
def _(h: int, w: int, k: int, c: int) -> int:
    return h * w * (k + c)


@input_size.oracle
def _(z: int, c: int, h: int, w: int, k: int) -> dict[str, Any]:
    import torch

    label = torch.nn.functional.one_hot(torch.tensor([c - 1]), c).to("meta")
    noise, image = torch.empty(1, z, device="meta"), torch.empty(1, k, h, w, device="meta")
    joined = [torch.cat([each.flatten(1), label], dim=1).shape[1] for each in (noise, image)]
    return {"generator_inputs": joined[0], "discriminator_inputs": joined[1]}
