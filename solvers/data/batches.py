"""Batches, and with each of them an update: how many per epoch and in all epochs."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import ceil, floor
from solvers.givens import integer, truth
from solvers.trace import Undefined


def _all_at_once(drop_last: bool) -> Callable[[int, int, int], int]:
    """The batches of somebody who divides the samples of all epochs at once."""
    whole = floor if drop_last else ceil
    return lambda N, B, E: whole(Fraction(N * E) / B)


def _updates(drop_last: bool) -> Derivation:
    d = Derivation(
        "data.updates",
        "Batches per epoch, size of the last batch, updates in all epochs",
        "每轮的批数、最后一批的大小与总更新次数",
        N=integer("N", "training samples", "训练样本数", least=1),
        B=integer("B", "batch size", "批大小", least=1),
        E=integer("E", "epochs", "轮数", default=1, least=0),
        drop_last=truth(
            r"\text{drop}", "whether an incomplete last batch is dropped", "是否丢弃不完整的最后一批", default=False
        ),
    )
    left, right = ("floor", "floor") if drop_last else ("ceil", "ceil")

    @d.step(rf"\left\l{left} \frac{{$N}}{{$B}} \right\r{right}", symbol="s", zh="每轮的批数（更新次数）")
    def steps_per_epoch(N: int, B: int, drop_last: bool) -> int:
        """Batches, and so updates, per epoch."""
        quotient = Fraction(N) / B
        return floor(quotient) if drop_last else ceil(quotient)

    @d.step("$B" if drop_last else "$N - $B ($steps_per_epoch - 1)", symbol="l", zh="最后一批的样本数", final=True)
    def last_batch(N: int, B: int, steps_per_epoch: int, drop_last: bool) -> int:
        """Samples in the last batch."""
        if steps_per_epoch == 0:
            raise Undefined("there is no batch", "没有任何一批")
        return B if drop_last else N - B * (steps_per_epoch - 1)

    @d.step("$E $steps_per_epoch", symbol="U", zh="总更新次数")
    def total_updates(E: int, steps_per_epoch: int) -> int:
        """Updates in all epochs."""
        return E * steps_per_epoch

    @d.misconception("data/last-batch-kept" if drop_last else "data/last-batch-forgotten", replaces="steps_per_epoch")
    def _(N: int, B: int) -> int:
        return ceil(Fraction(N) / B) if drop_last else floor(Fraction(N) / B)

    d.misconception("data/part-of-a-batch", replaces="steps_per_epoch")(lambda N, B: Fraction(N) / B)

    @d.misconception("data/one-update-per-sample", replaces="steps_per_epoch")
    def _(N: int) -> int:
        return N

    @d.misconception("data/one-update-per-sample", replaces="last_batch")
    def size_all_the_same(N: int, B: int) -> int:
        return B if drop_last else N - B * (ceil(Fraction(N) / B) - 1)

    @d.misconception("data/one-update-per-epoch", replaces="total_updates")
    def _(E: int) -> int:
        return E

    d.misconception("data/rounded-at-the-end", replaces="total_updates")(_all_at_once(drop_last))

    @d.misconception("data/epochs-forgotten", replaces="total_updates")
    def _(steps_per_epoch: int) -> int:
        return steps_per_epoch

    if not drop_last:
        d.misconception("data/always-one-more", replaces="steps_per_epoch")(lambda N, B: N // B + 1)

        @d.misconception("data/last-batch-full", replaces="last_batch")
        def _(B: int) -> int:
            return B

    d.oracle(_batches)
    return d


def _batches(N: int, B: int, E: int, drop_last: bool) -> dict[str, Any]:
    import torch

    sampler = torch.utils.data.BatchSampler(torch.utils.data.SequentialSampler(range(N)), B, drop_last)
    sizes = [len(batch) for batch in sampler]
    found = {"steps_per_epoch": len(sizes), "total_updates": sum(len(sampler) for _ in range(E))}
    return {**found, "last_batch": sizes[-1]} if sizes else found


updates = Family("data.updates", _updates, lambda givens: (givens["drop_last"],), smallest=(False,))
