"""Learning rates that fall in steps: every so many epochs, or at given ones."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer, number, vector
from solvers.optimisers.rate import one_back, scheduled, start_rate, time_so_far
from solvers.trace import Undefined
from solvers.values import Number, Vector

step_decay = Derivation(
    "optim.step_decay",
    "Learning rate multiplied by gamma every so many epochs (StepLR)",
    "每隔若干轮乘以 gamma 的学习率（StepLR）",
    lr=start_rate(),
    gamma=number(r"\gamma", "factor", "衰减因子", default=Fraction(1, 10)),
    size=integer("s", "epochs between two decays", "两次衰减之间的轮数", least=1),
    t=time_so_far(),
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


step_decay.misconception("optim/one-minus-factor", replaces="rate")(
    lambda lr, gamma, decays: lr * (1 - gamma) ** decays
)


@step_decay.misconception("optim/decay-multiplied", replaces="rate")
def _(lr: Number, gamma: Number, decays: int) -> Number:
    return lr * gamma * decays


@step_decay.oracle
def _(lr: Number, gamma: Number, size: int, t: int) -> dict[str, Any]:
    import torch

    return {
        "rate": scheduled(lambda schedulers, o: schedulers.StepLR(o, size, float(gamma)), lr, t),
        "decays": int(torch.div(torch.tensor(t), size, rounding_mode="floor")),
    }


milestone_decay = Derivation(
    "optim.milestone_decay",
    "Learning rate multiplied by gamma at given epochs (MultiStepLR)",
    "在指定轮次乘以 gamma 的学习率（MultiStepLR）",
    lr=start_rate(),
    gamma=number(r"\gamma", "factor", "衰减因子", default=Fraction(1, 10)),
    milestones=vector("M", "epochs at which the rate is multiplied", "衰减发生的轮次", row=True),
    t=time_so_far(),
)


@milestone_decay.step(r"\#\{m \in $milestones : m \le $t\}", symbol="k", zh="衰减次数", name="decays")
def _(milestones: Vector, t: int) -> int:
    """Number of milestones reached."""
    return sum(1 for milestone in milestones if milestone <= t)


milestone_decay.step(
    r"$lr \cdot {$gamma}^{$decays}", symbol=r"\eta_t", zh="当前学习率", en="Learning rate", name="rate"
)(lambda lr, gamma, decays: lr * gamma**decays)


milestone_decay.misconception("optim/decay-multiplied", replaces="rate")(lambda lr, gamma, decays: lr * gamma * decays)


milestone_decay.misconception("optim/one-minus-factor", replaces="rate")(
    lambda lr, gamma, decays: lr * (1 - gamma) ** decays
)


@milestone_decay.misconception("optim/all-milestones", replaces="decays")
def _(milestones: Vector) -> int:
    return len(milestones)


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
        "rate": scheduled(lambda schedulers, o: schedulers.MultiStepLR(o, at, float(gamma)), lr, t),
    }
