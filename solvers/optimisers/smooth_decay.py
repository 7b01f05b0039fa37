"""Learning rates that fall at every epoch (or step): along a power, an exponential, a fraction or a cosine."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import exp, sqrt
from solvers.givens import integer, number
from solvers.optimisers.rate import one_back, one_on, scheduled, start_rate, time_so_far, times_lowered
from solvers.trace import Undefined
from solvers.values import Number, is_symbolic

exponential_decay = Derivation(
    "optim.exponential_decay",
    "Learning rate multiplied by gamma every epoch (ExponentialLR)",
    "每轮乘以 gamma 的学习率（ExponentialLR）",
    lr=start_rate(),
    gamma=number(r"\gamma", "factor per epoch", "每轮的衰减因子"),
    t=time_so_far(),
)
exponential_decay.step(r"$lr \cdot {$gamma}^{$t}", symbol=r"\eta_t", zh="当前学习率", en="Learning rate", name="rate")(
    lambda lr, gamma, t: lr * gamma**t
)


exponential_decay.convention("convention/counted-from-one", replaces="rate")(
    lambda lr, gamma, t: lr * gamma ** one_back(t)
)
exponential_decay.misconception("optim/one-step-on", replaces="rate")(lambda lr, gamma, t: lr * gamma ** one_on(t))


@exponential_decay.misconception("optim/decay-multiplied", replaces="rate")
def _(lr: Number, gamma: Number, t: int) -> Number:
    return lr * gamma * t


exponential_decay.misconception("optim/decay-in-a-line", replaces="rate")(
    lambda lr, gamma, t: lr * (1 - (1 - gamma) * t)
)


@exponential_decay.misconception("optim/decay-once", replaces="rate")
def _(lr: Number, gamma: Number) -> Number:
    return lr * gamma


exponential_decay.misconception("optim/one-minus-factor", replaces="rate")(lambda lr, gamma, t: lr * (1 - gamma) ** t)
exponential_decay.misconception("optim/decay-compounded", replaces="rate")(
    lambda lr, gamma, t: lr * gamma ** times_lowered(t)
)


@exponential_decay.oracle
def _(lr: Number, gamma: Number, t: int) -> dict[str, Any]:

    return {"rate": scheduled(lambda schedulers, o: schedulers.ExponentialLR(o, float(gamma)), lr, t)}


natural_decay = Derivation(
    "optim.natural_decay",
    "Learning rate that falls as e to the power -kt",
    "按 e 的 -kt 次方衰减的学习率",
    lr=start_rate(),
    k=number("k", "decay constant", "衰减系数", least=0),
    t=time_so_far(),
)
natural_decay.step(r"$lr \cdot e^{-$k \cdot $t}", symbol=r"\eta_t", zh="当前学习率", en="Learning rate", name="rate")(
    lambda lr, k, t: lr * exp(-k * t)
)


natural_decay.convention("convention/counted-from-one", replaces="rate")(lambda lr, k, t: lr * exp(-k * one_back(t)))
natural_decay.misconception("optim/one-step-on", replaces="rate")(lambda lr, k, t: lr * exp(-k * one_on(t)))


@natural_decay.misconception("optim/growth", replaces="rate")
def _(lr: Number, k: Number, t: int) -> Number:
    return lr * exp(k * t)


natural_decay.misconception("optim/decay-subtracted", replaces="rate")(lambda lr, k, t: lr * (1 - k * t))
natural_decay.misconception("optim/time-left-out", replaces="rate")(lambda lr, k: lr * exp(-k))


natural_decay.misconception("optim/inverse-for-exponential", replaces="rate")(lambda lr, k, t: lr / (1 + k * t))
natural_decay.misconception("optim/decay-compounded", replaces="rate")(lambda lr, k, t: lr * exp(-k * times_lowered(t)))


@natural_decay.misconception("optim/power-for-exponential", replaces="rate")
def _(lr: Number, k: Number, t: int) -> Number:
    if k >= 1:
        raise Undefined("nothing would be left after the first epoch", "第一轮之后学习率就不再为正")
    return lr * (1 - k) ** t


@natural_decay.oracle
def _(lr: Number, k: Number, t: int) -> dict[str, Any]:
    import torch

    factor = torch.exp(torch.tensor(-float(k), dtype=torch.float64)).item()
    return {"rate": scheduled(lambda schedulers, o: schedulers.ExponentialLR(o, factor), lr, t)}


inverse_decay = Derivation(
    "optim.inverse_decay",
    "Learning rate divided by a power of 1 + kt: inverse-time decay for power 1, inverse square root for 1/2",
    "除以 1 + kt 的幂的学习率：幂为 1 时即反比衰减，1/2 时即反平方根衰减",
    lr=start_rate(),
    k=number("k", "decay constant", "衰减系数", least=0),
    t=time_so_far(),
    power=number("p", "power", "幂次", default=1),
)


@inverse_decay.step(r"1 + $k $t", symbol="q", zh="除数的底数")
def base(k: Number, t: int) -> Number:
    """Base of the divisor."""
    return 1 + k * t


@inverse_decay.step(r"\frac{$lr}{{$base}^{$power}}", symbol=r"\eta_t", zh="当前学习率", name="rate")
def _(lr: Number, base: Number, power: Number) -> Number:
    """Learning rate."""
    return lr / sqrt(base) if power == Fraction(1, 2) else lr / base**power


inverse_decay.convention("convention/counted-from-one", replaces="base")(lambda k, t: base(k, one_back(t)))
inverse_decay.misconception("optim/one-step-on", replaces="base")(lambda k, t: base(k, one_on(t)))


@inverse_decay.misconception("optim/decay-subtracted", replaces="rate")
def _(lr: Number, k: Number, t: int) -> Number:
    return lr * (1 - k * t)


inverse_decay.misconception("optim/time-left-out", replaces="base")(lambda k: 1 + k)


@inverse_decay.misconception("optim/one-left-out", replaces="base")
def _(k: Number, t: int) -> Number:
    return k * t


inverse_decay.misconception("optim/exponential-for-inverse", replaces="rate")(lambda lr, k, t: lr * exp(-k * t))


@inverse_decay.misconception("optim/decay-compounded", replaces="rate")
def _(lr: Number, k: Number, t: int, power: Number) -> Number:
    times_lowered(t)
    return lr / math.prod(float(base(k, i)) ** float(power) for i in range(1, t + 1))


def _falling_logarithm(lr: Number, k: Number, t: int, power: Number) -> dict[str, Any]:
    import sympy

    # Its logarithm falls with slope -p k / (1 + k s) in the time s.
    s = sympy.Symbol("s", nonnegative=True)
    k, p = sympy.Rational(str(Fraction(k))), sympy.Rational(str(Fraction(power)))
    fallen = sympy.integrate(-p * k / (1 + k * s), (s, 0, t))
    return {"rate": float(lr) * float(sympy.exp(fallen)), "base": float(sympy.diff(s + k * s**2 / 2, s).subs(s, t))}


inverse_decay.oracle(_falling_logarithm, engine="sympy")

cosine_decay = Derivation(
    "optim.cosine_decay",
    "Learning rate that falls along half a cosine (CosineAnnealingLR)",
    "余弦退火学习率（CosineAnnealingLR）",
    lr=start_rate(),
    least=number(r"\eta_{\min}", "learning rate at the end", "最终学习率", default=0),
    t=time_so_far(),
    T=integer("T", "epochs of the whole fall", "衰减的总轮数", least=1),
)


@cosine_decay.step(
    r"\frac{1}{2} \left(1 + \cos\left(\frac{\pi \cdot $t}{$T}\right)\right)", symbol="c", zh="余下的比例"
)
def share(t: int, T: int) -> Number:
    """Share of the fall that is left."""
    if t > T:
        raise Undefined("the fall is over before this epoch", "该轮之前衰减已结束")
    if t in (0, T) or 2 * t == T:
        return Fraction(T - t, T)
    if is_symbolic(t) or is_symbolic(T):
        import sympy

        return (1 + sympy.cos(sympy.pi * t / T)) / 2
    return (1 + math.cos(math.pi * t / T)) / 2


@cosine_decay.step(r"$least + ($lr - $least) $share", symbol=r"\eta_t", zh="当前学习率", name="rate")
def _(least: Number, lr: Number, share: Number) -> Number:
    """Learning rate."""
    return least + (lr - least) * share


cosine_decay.convention("convention/counted-from-one", replaces="share")(lambda t, T: share(one_back(t), T))
cosine_decay.misconception("optim/one-step-on", replaces="share")(lambda t, T: share(one_on(t), T))


@cosine_decay.misconception("optim/cosine-not-lifted", replaces="share")
def _(t: int, T: int) -> Number:
    return math.cos(math.pi * t / T)


@cosine_decay.misconception("optim/whole-period", replaces="share")
def _(t: int, T: int) -> Number:
    return (1 + math.cos(2 * math.pi * t / T)) / 2


@cosine_decay.misconception("optim/straight-fall", replaces="share")
def _(t: int, T: int) -> Number:
    return Fraction(T - t, T)


cosine_decay.misconception("optim/quarter-period", replaces="share")(lambda t, T: math.cos(math.pi * t / (2 * T)))
cosine_decay.misconception("optim/cosine-subtracted", replaces="share")(
    lambda t, T: (1 - math.cos(math.pi * t / T)) / 2
)


cosine_decay.misconception("optim/pi-left-out", replaces="share")(lambda t, T: (1 + math.cos(t / T)) / 2)


@cosine_decay.misconception("optim/fallen-twice", replaces="share")
def _(t: int, T: int) -> Number:
    return share(t, T) * share(t, T) / share(one_back(t), T)


cosine_decay.misconception("optim/floor-not-added", replaces="rate")(lambda least, lr, share: (lr - least) * share)


@cosine_decay.misconception("optim/floor-left-out", replaces="rate")
def _(lr: Number, share: Number) -> Number:
    return lr * share


@cosine_decay.oracle
def _(lr: Number, least: Number, t: int, T: int) -> dict[str, Any]:

    def rate(high: Number, low: Number) -> float:
        return scheduled(lambda schedulers, o: schedulers.CosineAnnealingLR(o, T, float(low)), high, t)

    return {"rate": rate(lr, least), "share": rate(1, 0)}
