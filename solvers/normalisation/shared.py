"""What all normalisations share: statistics, the normalised values, gain and bias."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from solvers.derivation import Derivation
from solvers.functions import sqrt
from solvers.givens import Given, number, vector
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector, array, is_symbolic

# --------------------------------------------------------------------------------------------------- shared rules


def mean(x: Vector) -> Number:
    """Sum over count."""
    return sum(x) * Fraction(1, len(x))


def variance(x: Vector, mean: Number) -> Number:
    """Mean square distance from the mean."""
    return sum((x - mean) * (x - mean)) * Fraction(1, len(x))


def sample_variance(x: Vector, mean: Number) -> Number:
    """Squares divided by the count less one."""
    if len(x) < 2:
        raise Undefined("one value has no sample variance", "单个值没有样本方差")
    return sum((x - mean) * (x - mean)) * Fraction(1, len(x) - 1)


def summed_squares(x: Vector, mean: Number) -> Number:
    """The sum of the squares, not their mean: wrong."""
    return sum((x - mean) * (x - mean))


def mean_square(x: Vector) -> Number:
    """The mean of the squares, from which no mean was taken off: wrong."""
    return mean(x * x)


def ranged(x: Vector) -> Vector:
    """From 0 for the smallest to 1 for the largest: another scaling."""
    return over(x - min(x), max(x) - min(x))


def over(top: Value, below: Number) -> Value:
    """A quotient, exact where it can be; raises Undefined for a divisor of 0."""
    if not is_symbolic(below) and below == 0:
        raise Undefined("all values are equal and epsilon is 0", "所有值相等且 ε 为 0")
    return top * (Fraction(1) / below)


def normalised(x: Value, mean: Value, variance: Number, eps: Number) -> Value:
    """Mean taken off, divided by the standard deviation."""
    return over(x - mean, sqrt(variance + eps))


def by_variance(x: Value, mean: Value, variance: Number, eps: Number) -> Value:
    """Divided by the variance: wrong."""
    return over(x - mean, variance + eps)


def epsilon_outside(x: Value, mean: Value, variance: Number, eps: Number) -> Value:
    """Epsilon added to the root: wrong."""
    return over(x - mean, sqrt(variance) + eps)


def epsilon_left_out(x: Value, mean: Value, variance: Number) -> Value:
    """Epsilon not added at all: wrong."""
    return over(x - mean, sqrt(variance))


def not_centred(x: Value, variance: Number, eps: Number) -> Value:
    """The mean left in: wrong."""
    return over(x, sqrt(variance + eps))


def scaled(gamma: Value, normalised: Value, beta: Value) -> Value:
    """Times the gain, plus the bias."""
    return gamma * normalised + beta


def unscaled(normalised: Value) -> Value:
    """Gain and bias left out: wrong."""
    return normalised


def gain_and_bias_exchanged(gamma: Value, normalised: Value, beta: Value) -> Value:
    """Gain and bias exchanged: wrong."""
    return beta * normalised + gamma


def rows(rule: Callable[..., Value], per: int) -> Callable[..., Value]:
    """The rule applied to every column (`per` 0) or row (1) of a matrix; its second argument to match."""

    def by_line(x: Matrix, *others: Vector) -> Vector:
        lines = x.T if per == 0 else x
        return array([rule(line, *(other[i] for other in others)) for i, line in enumerate(lines)])

    return by_line


def positive(eps: Number) -> float:
    """For PyTorch, which refuses an epsilon of 0: one that changes no double."""
    return float(eps) or 1e-300


EPSILON = number(r"\epsilon", "small number under the root", "根号内的小常数", default=1e-5, least=0)


def gain(axes: tuple[str] | tuple[()] = ()) -> dict[str, Given]:
    """The givens gain and bias; vectors if they have axes."""
    scale, shift = (r"\gamma", "gain", "缩放系数"), (r"\beta", "bias", "平移系数")
    if axes:
        return {"gamma": vector(*scale, axes=axes, default=1), "beta": vector(*shift, axes=axes, default=0)}
    return {"gamma": number(*scale, default=1), "beta": number(*shift, default=0)}


def add_statistics(d: Derivation, source: str = "x") -> None:
    """Declares mean, variance and normalised values of a vector."""
    named = {"x": source}
    d.step(r"\operatorname{mean}\left($x\right)", symbol=r"\mu", zh="均值", en="Mean", name="mean", inputs=named)(mean)
    d.step(
        r"\operatorname{mean}\left(($x - $mean)^2\right)",
        symbol=r"\sigma^2",
        zh="方差（除以个数）",
        en="Variance, divided by the count",
        name="variance",
        inputs=named,
    )(variance)
    d.step(
        r"\frac{$x - $mean}{\sqrt{$variance + $eps}}",
        symbol=r"\hat{x}",
        zh="归一化后的值",
        en="Normalised values",
        name="normalised",
        inputs=named,
    )(normalised)
    d.convention("convention/sample-variance", replaces="variance", inputs=named)(sample_variance)
    d.misconception("norm/squares-not-divided", replaces="variance", inputs=named)(summed_squares)
    d.misconception("norm/deviation-for-variance", replaces="variance", inputs=named)(
        lambda x, mean: sqrt(variance(x, mean))
    )
    d.misconception("norm/mean-of-squares", replaces="variance", inputs={"x": source})(mean_square)
    d.misconception("norm/scaled-to-range", replaces="normalised", inputs={"x": source})(ranged)
    d.misconception("norm/root-forgotten", replaces="normalised", inputs=named)(by_variance)
    d.misconception("norm/mean-not-subtracted", replaces="normalised", inputs=named)(not_centred)
    d.misconception("norm/epsilon-outside-root", replaces="normalised", inputs=named)(epsilon_outside)
    d.misconception("norm/epsilon-left-out", replaces="normalised", inputs=named)(epsilon_left_out)


def add_output(d: Derivation, times: str = " ") -> None:
    """Declares the output: gain and bias applied to the normalised values."""
    d.step(rf"$gamma{times}$normalised + $beta", symbol="y", zh="输出", en="Output", name="output")(scaled)
    d.misconception("norm/gain-and-bias-left-out", replaces="output")(unscaled)
    d.misconception("norm/gain-and-bias-exchanged", replaces="output")(gain_and_bias_exchanged)
    add_half_outputs(d)


def add_line_mistakes(d: Derivation, rule: Callable[..., Value], *, root: bool = True) -> None:
    """Declares what goes wrong where every line is normalised by its own `mean` and `variance`; `rule` is the right one.

    Without `root`, a root that is forgotten is left to the caller.
    """
    d.misconception("norm/mean-not-subtracted", replaces="normalised")(
        lambda x, mean, variance, eps: rule(x=x, mean=mean * 0, variance=variance, eps=eps)
    )
    d.misconception("norm/epsilon-left-out", replaces="normalised")(
        lambda x, mean, variance: rule(x=x, mean=mean, variance=variance, eps=0)
    )
    d.misconception("norm/epsilon-outside-root", replaces="normalised")(
        lambda x, mean, variance, eps: rule(x=x, mean=mean, variance=(sqrt(variance) + eps) ** 2, eps=0)
    )
    if root:
        d.misconception("norm/root-forgotten", replaces="normalised")(
            lambda x, mean, variance, eps: rule(x=x, mean=mean, variance=(variance + eps) ** 2, eps=0)
        )


def add_half_outputs(d: Derivation) -> None:
    """Declares the outputs in which gain or bias has its place wrong or none."""
    d.misconception("norm/gain-left-out", replaces="output")(lambda normalised, beta: normalised + beta)
    d.misconception("norm/bias-left-out", replaces="output")(lambda gamma, normalised: gamma * normalised)
    d.misconception("norm/bias-scaled", replaces="output")(lambda gamma, normalised, beta: gamma * (normalised + beta))
