"""Learning rates that change: the rate after so many epochs (or steps) under the usual schedules."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import exp, sqrt
from solvers.givens import Given, integer, number, vector
from solvers.trace import Undefined
from solvers.values import Number, Vector, is_symbolic


def _start() -> Given:
    return number(r"\eta_0", "learning rate at the start", "初始学习率")


def _time() -> Given:
    return integer("t", "epochs (or steps) so far, counted from 0", "已进行的轮数（或步数），从 0 计", least=0)


def one_on(t: int) -> int:
    """The time at which a loop has arrived that steps its schedule before it reads the rate."""
    return t + 1


def one_back(t: int) -> int:
    """The time by a count that gives the first epoch the number 1."""
    if t < 1:
        raise Undefined("there is no epoch before the first", "第一轮之前没有轮次")
    return t - 1


def _stepped(make: Callable[[Any], Any], lr: Number, t: int) -> float:
    """The rate that a PyTorch scheduler has after so many steps."""
    import torch

    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=float(lr))
    scheduler = make(optimiser)
    for _ in range(t):
        optimiser.step()
        scheduler.step()
    return float(optimiser.param_groups[0]["lr"])


step_decay = Derivation(
    "optim.step_decay",
    "Learning rate multiplied by gamma every so many epochs (StepLR)",
    "每隔若干轮乘以 gamma 的学习率（StepLR）",
    lr=_start(),
    gamma=number(r"\gamma", "factor", "衰减因子", default=Fraction(1, 10)),
    size=integer("s", "epochs between two decays", "两次衰减之间的轮数", least=1),
    t=_time(),
)


@step_decay.step(r"\left\lfloor \frac{$t}{$size} \right\rfloor", symbol="k", zh="衰减次数")
def decays(t: int, size: int) -> int:
    """Number of decays so far."""
    return t // size


@step_decay.step(r"$lr \cdot {$gamma}^{$decays}", symbol=r"\eta_t", zh="当前学习率", name="rate")
def _(lr: Number, gamma: Number, decays: int) -> Number:
    """Learning rate."""
    return lr * gamma**decays


@step_decay.convention("convention/counted-from-one", replaces="decays")
def _(t: int, size: int) -> int:
    return one_back(t) // size


step_decay.misconception("optim/one-decay-more", replaces="decays")(lambda t, size: t // size + 1)


@step_decay.misconception("optim/one-decay-fewer", replaces="decays")
def _(t: int, size: int) -> int:
    if t < size:
        raise Undefined("there was no decay yet", "此前还没有衰减")
    return t // size - 1


@step_decay.misconception("optim/decays-not-floored", replaces="decays")
def _(t: int, size: int) -> Number:
    return Fraction(t, size)


@step_decay.misconception("optim/decay-every-epoch", replaces="decays")
def _(t: int) -> int:
    return t


@step_decay.misconception("optim/decay-multiplied", replaces="rate")
def _(lr: Number, gamma: Number, decays: int) -> Number:
    return lr * gamma * decays


@step_decay.oracle
def _(lr: Number, gamma: Number, size: int, t: int) -> dict[str, Any]:
    import torch

    return {
        "rate": _stepped(lambda o: torch.optim.lr_scheduler.StepLR(o, size, float(gamma)), lr, t),
        "decays": int(torch.div(torch.tensor(t), size, rounding_mode="floor")),
    }


milestone_decay = Derivation(
    "optim.milestone_decay",
    "Learning rate multiplied by gamma at given epochs (MultiStepLR)",
    "在指定轮次乘以 gamma 的学习率（MultiStepLR）",
    lr=_start(),
    gamma=number(r"\gamma", "factor", "衰减因子", default=Fraction(1, 10)),
    milestones=vector("M", "epochs at which the rate is multiplied", "衰减发生的轮次", row=True),
    t=_time(),
)


@milestone_decay.step(r"\#\{m \in $milestones : m \le $t\}", symbol="k", zh="衰减次数", name="decays")
def _(milestones: Vector, t: int) -> int:
    """Number of milestones reached."""
    return sum(1 for milestone in milestones if milestone <= t)


milestone_decay.step(
    r"$lr \cdot {$gamma}^{$decays}", symbol=r"\eta_t", zh="当前学习率", en="Learning rate", name="rate"
)(lambda lr, gamma, decays: lr * gamma**decays)


milestone_decay.misconception("optim/decay-multiplied", replaces="rate")(lambda lr, gamma, decays: lr * gamma * decays)


@milestone_decay.misconception("optim/milestone-exclusive", replaces="decays")
def _(milestones: Vector, t: int) -> int:
    return sum(1 for milestone in milestones if milestone < t)


@milestone_decay.misconception("optim/one-decay-more", replaces="decays")
def _(milestones: Vector, t: int) -> int:
    return sum(1 for milestone in milestones if milestone <= t) + 1


@milestone_decay.misconception("optim/decay-once", replaces="decays")
def _() -> int:
    return 1


@milestone_decay.oracle
def _(lr: Number, gamma: Number, milestones: Vector, t: int) -> dict[str, Any]:
    import torch

    at = [int(milestone) for milestone in milestones]
    reached = int((torch.tensor(at) <= t).sum())
    return {
        "decays": reached,
        "rate": _stepped(lambda o: torch.optim.lr_scheduler.MultiStepLR(o, at, float(gamma)), lr, t),
    }


exponential_decay = Derivation(
    "optim.exponential_decay",
    "Learning rate multiplied by gamma every epoch (ExponentialLR)",
    "每轮乘以 gamma 的学习率（ExponentialLR）",
    lr=_start(),
    gamma=number(r"\gamma", "factor per epoch", "每轮的衰减因子"),
    t=_time(),
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


@exponential_decay.oracle
def _(lr: Number, gamma: Number, t: int) -> dict[str, Any]:
    import torch

    return {"rate": _stepped(lambda o: torch.optim.lr_scheduler.ExponentialLR(o, float(gamma)), lr, t)}


natural_decay = Derivation(
    "optim.natural_decay",
    "Learning rate that falls as e to the power -kt",
    "按 e 的 -kt 次方衰减的学习率",
    lr=_start(),
    k=number("k", "decay constant", "衰减系数", least=0),
    t=_time(),
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


@natural_decay.oracle
def _(lr: Number, k: Number, t: int) -> dict[str, Any]:
    import torch

    factor = torch.exp(torch.tensor(-float(k), dtype=torch.float64)).item()
    return {"rate": _stepped(lambda o: torch.optim.lr_scheduler.ExponentialLR(o, factor), lr, t)}


inverse_decay = Derivation(
    "optim.inverse_decay",
    "Learning rate divided by a power of 1 + kt: inverse-time decay for power 1, inverse square root for 1/2",
    "除以 1 + kt 的幂的学习率：幂为 1 时即反比衰减，1/2 时即反平方根衰减",
    lr=_start(),
    k=number("k", "decay constant", "衰减系数", least=0),
    t=_time(),
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
    lr=_start(),
    least=number(r"\eta_{\min}", "learning rate at the end", "最终学习率", default=0),
    t=_time(),
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


@cosine_decay.misconception("optim/fallen-twice", replaces="share")
def _(t: int, T: int) -> Number:
    return share(t, T) * share(t, T) / share(one_back(t), T)


cosine_decay.misconception("optim/floor-not-added", replaces="rate")(lambda least, lr, share: (lr - least) * share)


@cosine_decay.misconception("optim/floor-left-out", replaces="rate")
def _(lr: Number, share: Number) -> Number:
    return lr * share


@cosine_decay.oracle
def _(lr: Number, least: Number, t: int, T: int) -> dict[str, Any]:
    import torch

    def rate(high: Number, low: Number) -> float:
        return _stepped(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T, float(low)), high, t)

    return {"rate": rate(lr, least), "share": rate(1, 0)}


transformer_rate = Derivation(
    "optim.transformer_rate",
    "Learning rate of the Transformer paper: d^(-1/2) min(t^(-1/2), t w^(-3/2))",
    "Transformer 论文的学习率：d^(-1/2) min(t^(-1/2), t w^(-3/2))",
    d=integer("d", "model width", "模型宽度", default=512, least=1),
    t=integer("t", "step, counted from 1", "步数，从 1 计", least=1),
    warmup=integer("w", "steps of warm-up", "预热步数", default=4000, least=1),
)


@transformer_rate.step(r"\frac{$t}{$warmup \sqrt{$warmup}}", symbol="a", zh="预热项")
def rising(t: int, warmup: int) -> Number:
    """Factor while warming up."""
    return t / (warmup * sqrt(warmup))


@transformer_rate.step(r"\frac{1}{\sqrt{$t}}", symbol="b", zh="衰减项")
def falling(t: int) -> Number:
    """Factor afterwards."""
    return 1 / sqrt(t)


@transformer_rate.step(
    r"\frac{\min\left($rising, $falling\right)}{\sqrt{$d}}", symbol=r"\eta_t", zh="当前学习率", name="rate"
)
def _(d: int, rising: Number, falling: Number) -> Number:
    """Learning rate."""
    return min(rising, falling) / sqrt(d)


@transformer_rate.misconception("optim/larger-term", replaces="rate")
def _(d: int, rising: Number, falling: Number) -> Number:
    return max(rising, falling) / sqrt(d)


@transformer_rate.misconception("optim/width-without-root", replaces="rate")
def _(d: int, rising: Number, falling: Number) -> Number:
    return min(rising, falling) / d


@transformer_rate.misconception("optim/width-left-out", replaces="rate")
def _(rising: Number, falling: Number) -> Number:
    return min(rising, falling)


@transformer_rate.misconception("optim/root-of-warmup-left-out", replaces="rising")
def _(t: int, warmup: int) -> Number:
    return Fraction(t, warmup)


transformer_rate.misconception("optim/terms-left-out", replaces="rate")(lambda d: 1 / sqrt(d))


@transformer_rate.oracle
def _(d: int, t: int, warmup: int) -> dict[str, Any]:
    import torch

    step, width, full = (torch.tensor(float(x), dtype=torch.float64) for x in (t, d, warmup))
    rise, fall = step * torch.rsqrt(full) ** 3, torch.rsqrt(step)
    return {
        "rising": rise.item(),
        "falling": fall.item(),
        "rate": (torch.minimum(rise, fall) * torch.rsqrt(width)).item(),
    }
