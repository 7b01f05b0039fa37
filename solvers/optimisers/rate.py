"""What learning-rate schedules share: givens, counting from 1 for 0, and a schedule of PyTorch's."""

from __future__ import annotations

from typing import Any

from solvers.givens import Given, integer, number
from solvers.trace import Undefined
from solvers.values import Number


def start_rate() -> Given:
    """The learning rate that a schedule begins with."""
    return number(r"\eta_0", "learning rate at the start", "初始学习率")


def time_so_far() -> Given:
    """How long the training has gone on."""
    return integer("t", "epochs (or steps) so far, counted from 0", "已进行的轮数（或步数），从 0 计", least=0)


def one_on(t: int) -> int:
    """The time at which a loop has arrived that steps its schedule before it reads the rate."""
    return t + 1


def one_back(t: int) -> int:
    """The time by a count that gives the first epoch the number 1."""
    if t < 1:
        raise Undefined("there is no epoch before the first", "第一轮之前没有轮次")
    return t - 1


def times_lowered(t: int) -> int:
    """How many single falls a rate has had if each epoch's formula was put on the rate of the epoch before."""
    if t > 20:
        raise Undefined("so many falls on top of one another leave nothing", "如此多次叠加的衰减之后学习率几乎为 0")
    return t * (t + 1) // 2


def scheduled(schedulers: Any, lr: Number, t: int) -> float:
    """The rate that PyTorch's schedulers, made from an optimiser, have after so many steps."""
    import torch

    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=float(lr))
    scheduler = schedulers(torch.optim.lr_scheduler, optimiser)
    for _ in range(t):
        optimiser.step()
        scheduler.step()
    return float(optimiser.param_groups[0]["lr"])
