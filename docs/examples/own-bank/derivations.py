"""Derivations of our own course: how often a training run updates its weights."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.givens import integer

updates = Derivation(
    "training.updates",
    "Weight updates in a training run",
    "一次训练中的参数更新次数",
    n=integer("N", "training examples", "训练样本数", least=1),
    b=integer("B", "batch size", "批大小", least=1),
    e=integer("E", "epochs", "训练轮数", least=1),
)


@updates.step(r"\left\lceil \frac{$n}{$b} \right\rceil", symbol="m", zh="每轮的批数")
def batches(n: int, b: int) -> int:
    """Batches in one epoch, the last one perhaps smaller."""
    return -(-n // b)


@updates.step("$e $batches", symbol="U", zh="全部更新次数")
def total(e: int, batches: int) -> int:
    """Updates in all: one for each batch of each epoch."""
    return e * batches


@updates.misconception("training/last-batch-lost", replaces="batches")
def _(n: int, b: int) -> int:
    return n // b


@updates.misconception("training/one-epoch", replaces="total")
def _(batches: int) -> int:
    return batches


@updates.misconception("training/update-per-example", replaces="total")
def _(n: int, e: int) -> int:
    return n * e


@updates.oracle
def _(n: int, b: int, e: int) -> dict[str, object]:
    from torch.utils.data import BatchSampler

    epochs = [sum(1 for _ in BatchSampler(range(n), b, drop_last=False)) for _ in range(e)]
    return {"batches": epochs[0], "total": sum(epochs)}
