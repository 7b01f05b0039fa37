"""Variational autoencoders: a sample by reparameterisation, the divergence between Gaussians, the loss (Kingma and Welling, 2014).

Logarithms are natural. The encoder gives a mean and a standard deviation (or the logarithm of the variance) for each component of the code.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import exp, log
from solvers.givens import Given, number, vector
from solvers.oracles import torch_tensor
from solvers.rules import in_bits, to_base_ten
from solvers.trace import Undefined
from solvers.values import Number, Vector, array

__all__ = ["divergence", "divergence_of_two", "loss", "sample"]

_HALF = Fraction(1, 2)


def _each(rule: Any, *vectors: Vector) -> Vector:
    return array([rule(*elements) for elements in zip(*vectors, strict=True)])


# ---------------------------------------------------------------------------------------------------------------- sample

sample = Derivation(
    "vae.sample",
    "Sample of the code by reparameterisation",
    "用重参数化对隐变量采样",
    mu=vector(r"\mu", "means that the encoder gives", "编码器给出的均值", axes=("code",)),
    log_var=vector(
        r"\lambda", "logarithms of the variances that the encoder gives", "编码器给出的对数方差", axes=("code",)
    ),
    eps=vector(r"\varepsilon", "standard normal noise", "标准正态噪声", axes=("code",)),
)


@sample.step(r"e^{$log_var / 2}", symbol=r"\sigma", zh="标准差", name="deviation")
def _(log_var: Vector) -> Vector:
    """Standard deviations."""
    return _each(lambda v: exp(v * _HALF), log_var)


@sample.step(r"$mu + $deviation \odot $eps", symbol="z", zh="采样得到的隐变量", name="code")
def _(mu: Vector, deviation: Vector, eps: Vector) -> Vector:
    """Sample of the code."""
    return mu + deviation * eps


@sample.misconception("vae/variance-for-deviation", replaces="deviation")
def _(log_var: Vector) -> Vector:
    return _each(exp, log_var)


@sample.misconception("vae/log-variance-as-deviation", replaces="deviation")
def _(log_var: Vector) -> Vector:
    return log_var


@sample.misconception("vae/exponent-sign", replaces="deviation")
def _(log_var: Vector) -> Vector:
    return _each(lambda logarithm: exp(-logarithm * _HALF), log_var)


@sample.misconception("vae/noise-not-scaled", replaces="code")
def _(mu: Vector, eps: Vector) -> Vector:
    return mu + eps


@sample.misconception("vae/mean-scaled", replaces="code")
def _(mu: Vector, deviation: Vector, eps: Vector) -> Vector:
    return deviation * (mu + eps)


@sample.oracle
def _(mu: Vector, log_var: Vector, eps: Vector) -> dict[str, Any]:
    import torch

    deviation = torch_tensor(log_var).exp().sqrt()
    moved = torch.distributions.AffineTransform(torch_tensor(mu), deviation)(torch_tensor(eps))
    return {"deviation": deviation.tolist(), "code": moved.tolist()}


# ------------------------------------------------------------------------------------------- divergence from the prior


def _encoded() -> dict[str, Given]:
    return {
        "mu": vector(r"\mu", "means that the encoder gives", "编码器给出的均值", axes=("code",)),
        "sigma": vector(r"\sigma", "standard deviations that the encoder gives", "编码器给出的标准差", axes=("code",)),
    }


def _positive(sigma: Number) -> Number:
    if sigma <= 0:
        raise Undefined("a standard deviation is above 0", "标准差应大于 0")
    return sigma


def _component(mean: Number, sigma: Number) -> Number:
    return (mean**2 + sigma**2 - 1 - 2 * log(_positive(sigma))) * _HALF


def _add_divergence(d: Derivation) -> None:
    """The divergence of each component from N(0, 1), and their sum, with what goes wrong in them."""

    @d.step(
        r"\frac{1}{2} (\mu_i^2 + \sigma_i^2 - 1 - \ln \sigma_i^2)",
        symbol=r"\text{KL}_i",
        zh="各分量的 KL 散度",
        name="components",
    )
    def each_component(mu: Vector, sigma: Vector) -> Vector:
        """Divergence of each component."""
        return _each(_component, mu, sigma)

    d.convention("convention/base-two-logarithm", replaces="components")(in_bits(each_component))
    d.misconception("vae/logarithm-of-another-base", replaces="components")(
        lambda mu, sigma: _each(lambda m, s: _component(m, s) + (1 - 1 / log(2)) * log(_positive(s)), mu, sigma)
    )
    d.misconception("loss/logarithm-to-base-ten", replaces="components")(
        lambda mu, sigma: _each(lambda m, s: _component(m, s) + (1 - 1 / log(10)) * log(_positive(s)), mu, sigma)
    )

    @d.step(r"\sum_i \text{KL}_i", symbol=r"\text{KL}", zh="KL 散度：各分量之和", name="divergence")
    def _(components: Vector) -> Number:
        """Kullback-Leibler divergence: the sum over the components."""
        found: Number = components.sum()
        return found

    _add_bracket_mistakes(d)

    @d.misconception("vae/half-forgotten", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return 2 * _each(_component, mu, sigma)

    @d.misconception("vae/deviation-not-squared", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: (m**2 + s - 1 - log(_positive(s))) * _HALF, mu, sigma)

    @d.misconception("vae/one-for-all-components", replaces="divergence")
    def _(components: Vector) -> Number:
        found: Number = components.sum() + (len(components) - 1) * _HALF
        return found

    @d.misconception("vae/one-forgotten", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: _component(m, s) + _HALF, mu, sigma)

    @d.misconception("vae/logarithm-added", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: (m**2 + s**2 - 1 + 2 * log(_positive(s))) * _HALF, mu, sigma)

    @d.misconception("vae/mean-over-components", replaces="divergence")
    def _(components: Vector) -> Number:
        return components.sum() / Fraction(len(components))


def _add_bracket_mistakes(d: Derivation) -> None:
    """Wrong brackets for one component: terms that are not halved, not squared, doubled, or of the other sign."""

    @d.misconception("vae/squares-not-halved", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: m**2 + s**2 - log(_positive(s)) - _HALF, mu, sigma)

    @d.misconception("vae/variance-not-squared", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: (m**2 + s - 1 - 2 * log(_positive(s))) * _HALF, mu, sigma)

    @d.misconception("vae/logarithm-of-deviation", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: (m**2 + s**2 - 1 - log(_positive(s))) * _HALF, mu, sigma)

    @d.misconception("vae/logarithm-doubled-again", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: (m**2 + s**2 - 1 - 4 * log(_positive(s))) * _HALF, mu, sigma)

    @d.misconception("vae/logarithm-squared", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: (m**2 + s**2 - 1 + log(_positive(s)) ** 2) * _HALF, mu, sigma)

    @d.misconception("vae/square-of-logarithm", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: (m**2 + s**2 - 1 - log(_positive(s)) ** 2) * _HALF, mu, sigma)

    @d.misconception("vae/variance-as-deviation", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: _component(m, s * s), mu, sigma)

    @d.misconception("vae/variance-subtracted", replaces="components")
    def _(mu: Vector, sigma: Vector) -> Vector:
        return _each(lambda m, s: (m**2 - s**2 - 1 - 2 * log(_positive(s))) * _HALF, mu, sigma)


def _torch_divergence(mu: Vector, sigma: Vector) -> Any:
    import torch

    there = torch.distributions.Normal(torch_tensor(mu), torch_tensor(sigma))
    prior = torch.distributions.Normal(
        torch.zeros(len(mu), dtype=torch.float64), torch.ones(len(mu), dtype=torch.float64)
    )
    return torch.distributions.kl_divergence(there, prior)


divergence = Derivation(
    "vae.divergence",
    "Divergence of the encoder's Gaussian from the standard normal prior",
    "编码器给出的高斯分布与标准正态先验之间的 KL 散度",
    **_encoded(),
)
_add_divergence(divergence)


@divergence.oracle
def _(mu: Vector, sigma: Vector) -> dict[str, Any]:
    found = _torch_divergence(mu, sigma)
    return {"components": found.tolist(), "divergence": found.sum().item()}


# ------------------------------------------------------------------------------------------------------ any two Gaussians

divergence_of_two = Derivation(
    "vae.divergence_of_two",
    "Divergence of one Gaussian from another",
    "一个高斯分布相对于另一个高斯分布的 KL 散度",
    m=number("m", "mean of the first", "第一个分布的均值"),
    s=number("s", "standard deviation of the first", "第一个分布的标准差", least=0),
    n=number("n", "mean of the second", "第二个分布的均值", default=0),
    t=number("t", "standard deviation of the second", "第二个分布的标准差", default=1, least=0),
)


def _between(m: Number, s: Number, n: Number, t: Number) -> Number:
    if isinstance(t, int):
        t = Fraction(t)
    return log(_positive(t) / _positive(s)) + (s**2 + (m - n) ** 2) / (2 * t**2) - _HALF


@divergence_of_two.step(
    r"\ln \frac{$t}{$s} + \frac{$s^2 + ($m - $n)^2}{2 $t^2} - \frac{1}{2}",
    symbol=r"\text{KL}",
    zh="KL 散度",
    name="between",
)
def between(m: Number, s: Number, n: Number, t: Number) -> Number:
    """Divergence of the first from the second."""
    return _between(m, s, n, t)


divergence_of_two.convention("convention/base-two-logarithm", replaces="between")(in_bits(between))


@divergence_of_two.misconception("vae/other-way-round", replaces="between")
def _(m: Number, s: Number, n: Number, t: Number) -> Number:
    return _between(n, t, m, s)


@divergence_of_two.misconception("vae/ratio-inverted", replaces="between")
def _(m: Number, s: Number, n: Number, t: Number) -> Number:
    return _between(m, s, n, t) - 2 * log(Fraction(t) / s if isinstance(t, int) else t / s)


@divergence_of_two.misconception("vae/halved-twice", replaces="between")
def _(m: Number, s: Number, n: Number, t: Number) -> Number:
    return (_between(m, s, n, t) - _HALF) * _HALF


@divergence_of_two.misconception("vae/second-not-squared", replaces="between")
def _(m: Number, s: Number, n: Number, t: Number) -> Number:
    return log(_positive(t) / _positive(s)) + (s**2 + (m - n) ** 2) / (2 * t) - _HALF


@divergence_of_two.misconception("vae/difference-not-squared", replaces="between")
def _(m: Number, s: Number, n: Number, t: Number) -> Number:
    return _between(m, s, n, t) + (abs(m - n) - (m - n) ** 2) / (2 * t**2)


@divergence_of_two.misconception("vae/half-not-subtracted", replaces="between")
def _(m: Number, s: Number, n: Number, t: Number) -> Number:
    return _between(m, s, n, t) + _HALF


@divergence_of_two.oracle
def _(m: Number, s: Number, n: Number, t: Number) -> dict[str, Any]:
    import torch

    first, second = (torch.distributions.Normal(torch_tensor(a), torch_tensor(b)) for a, b in ((m, s), (n, t)))
    return {"between": torch.distributions.kl_divergence(first, second).item()}


# ------------------------------------------------------------------------------------------------------------------ loss

loss = Derivation(
    "vae.loss",
    "Loss of a variational autoencoder on one example: cross-entropy of the reconstruction plus divergence",
    "变分自编码器在一个样本上的损失：重构交叉熵与 KL 散度之和",
    x=vector("x", "input, each component between 0 and 1", "输入（各分量在 0 与 1 之间）", axes=("inputs",)),
    y=vector(
        r"\hat{x}", "reconstruction, each component between 0 and 1", "重构（各分量在 0 与 1 之间）", axes=("inputs",)
    ),
    **_encoded(),
)


def _entropy(x: Number, y: Number) -> Number:
    if not 0 < y < 1:
        raise Undefined("the reconstruction lies between 0 and 1", "重构值应在 0 与 1 之间")
    return -x * log(y) - (1 - x) * log(1 - y)


@loss.step(
    r"-\sum_j (x_j \ln \hat{x}_j + (1 - x_j) \ln(1 - \hat{x}_j))",
    symbol="E",
    zh="重构误差：二元交叉熵之和",
    name="reconstruction_error",
)
def reconstruction_error(x: Vector, y: Vector) -> Number:
    """Reconstruction error: binary cross-entropy, summed over the components."""
    found: Number = _each(_entropy, x, y).sum()
    return found


_add_divergence(loss)


@loss.step("$reconstruction_error + $divergence", symbol="L", zh="损失（负的证据下界）", name="total_loss")
def _(reconstruction_error: Number, divergence: Number) -> Number:
    """Loss: the negative evidence lower bound."""
    return reconstruction_error + divergence


loss.convention("convention/base-two-logarithm", replaces="reconstruction_error")(in_bits(reconstruction_error))
loss.misconception("loss/logarithm-to-base-ten", replaces="reconstruction_error")(to_base_ten(reconstruction_error))


@loss.convention("convention/mean-for-sum", replaces="reconstruction_error")
def _(x: Vector, y: Vector) -> Number:
    found: Number = _each(_entropy, x, y).sum()
    return found / len(x)


@loss.misconception("vae/squared-reconstruction", replaces="reconstruction_error")
def _(x: Vector, y: Vector) -> Number:
    return (x - y) @ (x - y)


@loss.misconception("vae/divergence-subtracted", replaces="total_loss")
def _(reconstruction_error: Number, divergence: Number) -> Number:
    return reconstruction_error - divergence


@loss.misconception("vae/zeros-ignored", replaces="reconstruction_error")
def _(x: Vector, y: Vector) -> Number:
    found: Number = _each(lambda a, b: -a * log(b), x, y).sum()
    return found


@loss.oracle
def _(x: Vector, y: Vector, mu: Vector, sigma: Vector) -> dict[str, Any]:
    import torch

    error = torch.nn.functional.binary_cross_entropy(torch_tensor(y), torch_tensor(x), reduction="sum")
    parts = _torch_divergence(mu, sigma)
    return {
        "reconstruction_error": error.item(),
        "components": parts.tolist(),
        "divergence": parts.sum().item(),
        "total_loss": (error + parts.sum()).item(),
    }
