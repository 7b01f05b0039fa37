"""Learning rates that warm up: a straight rise, a rise with half a cosine behind it, and that of the Transformer paper."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import sqrt
from solvers.givens import Given, integer, number
from solvers.optimisers.rate import one_back, one_on, scheduled, times_lowered
from solvers.trace import Undefined
from solvers.values import Number


def _common() -> dict[str, Given]:
    return {
        "lr": number(r"\eta", "full learning rate", "预热后的学习率"),
        "start": number(r"\eta_0", "learning rate at the start of the warm-up", "预热开始时的学习率", default=0),
        "t": integer("t", "steps (or epochs) so far, counted from 0", "已进行的步数（或轮数），从 0 计", least=0),
        "warmup": integer("w", "steps of warm-up", "预热步数", least=1),
    }


def _ramp(schedulers: Any, optimiser: Any, lr: Number, start: Number, warmup: int) -> Any:
    """The rise; PyTorch wants its first rate as a factor above 0 of the full one."""
    factor = float(start) / float(lr) if start != 0 else 1e-300
    return schedulers.LinearLR(optimiser, start_factor=factor, total_iters=warmup)


linear_warmup = Derivation(
    "optim.linear_warmup",
    "Learning rate that rises in a straight line to its full value",
    "线性预热学习率",
    **_common(),
)


@linear_warmup.step(r"\min\left(1, \frac{$t}{$warmup}\right)", symbol="a", zh="预热进度", name="progress")
def _(t: int, warmup: int) -> Number:
    """Share of the warm-up that is done."""
    return min(1, Fraction(t, warmup))


@linear_warmup.step(r"$start + ($lr - $start) $progress", symbol=r"\eta_t", zh="当前学习率", name="rate")
def _(start: Number, lr: Number, progress: Number) -> Number:
    """Learning rate."""
    return start + (lr - start) * progress


linear_warmup.convention("convention/counted-from-one", replaces="progress")(
    lambda t, warmup: min(1, Fraction(one_back(t), warmup))
)
linear_warmup.misconception("optim/one-step-on", replaces="progress")(
    lambda t, warmup: min(1, Fraction(one_on(t), warmup))
)


linear_warmup.misconception("optim/start-left-out", replaces="rate")(lambda lr, progress: lr * progress)
linear_warmup.misconception("optim/start-on-top", replaces="rate")(lambda start, lr, progress: start + lr * progress)


@linear_warmup.misconception("optim/warmup-compounded", replaces="rate")
def _(lr: Number, t: int, warmup: int) -> Number:
    times_lowered(t)
    return lr * math.prod(min(Fraction(1), Fraction(step, warmup)) for step in range(1, t + 1))


linear_warmup.misconception("optim/begun-at-a-hundredth", replaces="rate")(
    lambda lr, progress: lr * (Fraction(1, 100) + Fraction(99, 100) * progress)
)


@linear_warmup.misconception("optim/warmup-stretched", replaces="progress")
def _(t: int, warmup: int) -> Number:
    return min(1, Fraction(t + 1, warmup + 1))


@linear_warmup.misconception("optim/warmup-without-end", replaces="progress")
def _(t: int, warmup: int) -> Number:
    return Fraction(t, warmup)


@linear_warmup.oracle
def _(lr: Number, start: Number, t: int, warmup: int) -> dict[str, Any]:
    def rate(high: Number, low: Number) -> float:
        return scheduled(lambda schedulers, o: _ramp(schedulers, o, high, low, warmup), high, t)

    return {"progress": rate(1, 0), "rate": rate(lr, start)}


def _warmup_cosine(warming: bool) -> Derivation:
    d = Derivation(
        "optim.warmup_cosine",
        "Learning rate that warms up in a straight line, then falls along half a cosine",
        "先线性预热、再按余弦退火的学习率",
        **_common(),
        T=integer("T", "steps in all, warm-up included", "总步数（含预热）", least=2),
        least=number(r"\eta_{\min}", "learning rate at the end", "最终学习率", default=0),
    )
    if warming:
        progress = r"\frac{$t}{$warmup}", "a", "预热进度", "Share of the warm-up that is done"
        rise = "$start + ($lr - $start) $progress"
    else:
        progress = r"\frac{$t - $warmup}{$T - $warmup}", "a", "退火进度", "Share of the fall that is done"
        rise = r"$least + \frac{1}{2} ($lr - $least) \left(1 + \cos\left(\pi \cdot $progress\right)\right)"

    def done(t: int, warmup: int, T: int) -> Number:
        if not max(t, warmup + 1) <= T:
            raise Undefined("the schedule is over before this step", "在这一步之前学习率计划已结束")
        return Fraction(t, warmup) if warming else Fraction(t - warmup, T - warmup)

    def rate(start: Number, lr: Number, least: Number, progress: Number) -> Number:
        return start + (lr - start) * progress if warming else _fallen(least, lr, progress)

    d.step(progress[0], symbol=progress[1], name="progress", en=progress[3], zh=progress[2])(done)
    d.step(rise, symbol=r"\eta_t", name="rate", en="Learning rate", zh="当前学习率")(rate)
    if warming:
        d.misconception("optim/start-left-out", replaces="rate")(lambda lr, progress: lr * progress)
        d.misconception("optim/start-on-top", replaces="rate")(lambda start, lr, progress: start + lr * progress)
    else:
        _add_mistakes_of_the_fall(d)
    d.misconception("optim/warmup-skipped", replaces="rate")(_unwarmed)

    @d.oracle
    def _(lr: Number, start: Number, t: int, warmup: int, T: int, least: Number) -> dict[str, Any]:
        import torch

        def rate(high: Number, low: Number, floor: Number) -> float:
            def both(schedulers: Any, o: Any) -> Any:
                rise = _ramp(schedulers, o, high, low, warmup)
                fall = schedulers.CosineAnnealingLR(o, T - warmup, float(floor))
                return schedulers.SequentialLR(o, [rise, fall], milestones=[warmup])

            import warnings

            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore"
                )  # SequentialLR itself calls its schedulers in a way that PyTorch warns of
                return scheduled(both, high, t)

        places = torch.linspace(0, 1, warmup + 1 if warming else T - warmup + 1, dtype=torch.float64)
        return {"rate": rate(lr, start, least), "progress": places[t if warming else t - warmup].item()}

    return d


def _add_mistakes_of_the_fall(d: Derivation) -> None:
    """Declares what goes wrong once the warm-up is over."""

    @d.convention("convention/counted-from-one", replaces="progress")
    def _(t: int, warmup: int, T: int) -> Number:
        if t <= warmup:
            raise Undefined("the fall has not begun yet", "退火尚未开始")
        return Fraction(one_back(t) - warmup, T - warmup)

    @d.misconception("optim/one-step-on", replaces="progress")
    def _(t: int, warmup: int, T: int) -> Number:
        if t >= T:
            raise Undefined("the schedule is over after this step", "在这一步之后学习率计划已结束")
        return Fraction(one_on(t) - warmup, T - warmup)

    @d.misconception("optim/warmup-not-taken-off", replaces="progress")
    def _(t: int, T: int) -> Number:
        return Fraction(t, T)

    d.misconception("optim/fall-over-all-steps", replaces="progress")(lambda t, warmup, T: Fraction(t - warmup, T))
    d.misconception("optim/straight-fall", replaces="rate")(
        lambda least, lr, progress: least + (lr - least) * (1 - progress)
    )
    d.misconception("optim/cosine-not-lifted", replaces="rate")(
        lambda least, lr, progress: least + (lr - least) * math.cos(math.pi * progress)
    )
    d.misconception("optim/pi-left-out", replaces="rate")(
        lambda least, lr, progress: least + (lr - least) * (1 + math.cos(progress)) / 2
    )
    d.misconception("optim/floor-left-out", replaces="rate")(lambda lr, progress: _fallen(0, lr, progress))
    d.misconception("optim/floor-not-added", replaces="rate")(
        lambda lr, least, progress: _fallen(least, lr, progress) - least
    )
    d.misconception("optim/quarter-period", replaces="rate")(
        lambda least, lr, progress: least + (lr - least) * math.cos(math.pi * progress / 2)
    )
    d.misconception("optim/cosine-subtracted", replaces="rate")(
        lambda least, lr, progress: _fallen(least, lr, 1 - progress)
    )


def _unwarmed(lr: Number, least: Number, t: int, warmup: int, T: int) -> Number:
    if t > T - warmup:
        raise Undefined("a fall from the first step is over by now", "若从第一步起退火，此时已经结束")
    return _fallen(least, lr, Fraction(t, T - warmup))


def _fallen(least: Number, lr: Number, progress: Number) -> Number:
    if progress in (0, 1) or 2 * progress == 1:
        return least + (lr - least) * (1 - progress)
    return least + (lr - least) * (1 + math.cos(math.pi * progress)) / 2


warmup_cosine = Family(
    "optim.warmup_cosine", _warmup_cosine, lambda givens: (givens["t"] < givens["warmup"],), smallest=(False,)
)


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
