"""Regularisation: steps with an L1 or L2 term, dropout, early stopping."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer, number, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector, each

# ------------------------------------------------------------------------------------------- penalties and their steps

PENALTY_GIVENS = {
    "w": vector("w", "weights", "权重", axes=("n",)),
    "g": vector("g", "gradient of the data loss", "数据损失的梯度", axes=("n",), default=0),
    "l": number(r"\lambda", "weight of the penalty", "正则化系数", least=0),
    "lr": number(r"\eta", "learning rate", "学习率", default=Fraction(1, 10)),
}


def _sign(w: Vector) -> Vector:
    return each(lambda x: (x > 0) - (x < 0), w)


def _updated(w: Vector, total_gradient: Vector, lr: Number) -> Vector:
    return w - lr * total_gradient


def _penalised(
    name: str,
    en: str,
    zh: str,
    penalty: tuple[str, Callable[..., Number]],
    slope: tuple[str, Callable[..., Vector]],
    norm: Callable[[Any], Any],
) -> Derivation:
    d = Derivation(name, en, zh, **PENALTY_GIVENS)
    d.step(penalty[0], symbol="R", zh="正则项的值", en="Penalty", name="penalty", final=True)(penalty[1])
    d.step(slope[0], symbol=r"\nabla R", zh="正则项的梯度", en="Gradient of the penalty", name="penalty_gradient")(
        slope[1]
    )
    d.step(
        "$g + $penalty_gradient",
        symbol=r"\nabla J",
        zh="总梯度",
        en="Gradient of the whole loss",
        name="total_gradient",
    )(lambda g, penalty_gradient: g + penalty_gradient)
    d.step("$w - $lr $total_gradient", symbol="w'", zh="更新后的权重", en="Updated weights", name="w_updated")(_updated)
    d.misconception("reg/penalty-not-differentiated", replaces="total_gradient")(
        lambda g, penalty: each(lambda x: x + penalty, g)
    )
    d.misconception("reg/penalty-subtracted", replaces="total_gradient")(
        lambda g, penalty_gradient: g - penalty_gradient
    )
    d.misconception("reg/penalty-forgotten", replaces="total_gradient")(lambda g: g)
    d.misconception("reg/penalty-without-rate", replaces="w_updated")(
        lambda w, g, penalty_gradient, lr: w - lr * g - penalty_gradient
    )

    @d.oracle
    def _(w: Vector, g: Vector, l: Number, lr: Number) -> dict[str, Any]:  # noqa: E741 - the given's name
        import torch

        weights = torch_tensor(w).requires_grad_()
        cost = float(l) * norm(weights)
        slope = torch.autograd.grad(cost, weights, retain_graph=True)[0]
        optimiser = torch.optim.SGD([weights], lr=float(lr))
        (weights @ torch_tensor(g) + cost).backward()
        assert weights.grad is not None
        total = weights.grad.clone()
        optimiser.step()
        return {
            "penalty": cost.item(),
            "penalty_gradient": slope,
            "total_gradient": total,
            "w_updated": weights.detach(),
        }

    return d


l2_step = _penalised(
    "reg.l2_step",
    "One gradient step with the L2 penalty (lambda / 2) |w|^2",
    "带 L2 正则项 (lambda / 2) |w|^2 的一次更新",
    (r"\frac{$l}{2} {$w}^\top $w", lambda l, w: l * Fraction(1, 2) * sum(w * w)),  # noqa: E741 - the given's name
    (r"$l $w", lambda l, w: l * w),  # noqa: E741 - the given's name
    lambda w: w.square().sum() / 2,
)
l2_step.misconception("reg/two-of-the-square", replaces="penalty_gradient")(lambda l, w: 2 * l * w)  # noqa: E741 - the given's name
l2_step.misconception("reg/sign-for-weight", replaces="penalty_gradient")(lambda l, w: l * _sign(w))  # noqa: E741 - the given's name

l1_step = _penalised(
    "reg.l1_step",
    "One (sub)gradient step with the L1 penalty lambda |w|_1",
    "带 L1 正则项 lambda |w|_1 的一次（次）梯度更新",
    (r"$l \operatorname{sum}\left(\left|$w\right|\right)", lambda l, w: l * sum(each(abs, w))),  # noqa: E741 - the given's name
    (r"$l \operatorname{sign}\left($w\right)", lambda l, w: l * _sign(w)),  # noqa: E741 - the given's name
    lambda w: w.abs().sum(),
)
l1_step.misconception("reg/weight-for-sign", replaces="penalty_gradient")(lambda l, w: l * w)  # noqa: E741 - the given's name
l1_step.misconception("reg/sign-left-out", replaces="penalty_gradient")(lambda l, w: each(lambda _: l, w))  # noqa: E741 - the given's name

# ------------------------------------------------------------------------------------------------- decay over many steps

weight_decay = Derivation(
    "reg.weight_decay",
    "A weight under L2 alone: the factor per step and the weight after T steps",
    "仅受 L2 正则作用的权重：每步的因子与 T 步之后的值",
    w=number("w_0", "weight at the start", "权重的初值", default=1),
    lr=number(r"\eta", "learning rate", "学习率"),
    decay=number(r"\lambda", "weight decay", "权重衰减系数"),
    T=integer("T", "number of steps", "步数", default=1, least=0),
)


@weight_decay.step(r"1 - $lr $decay", symbol="q", zh="每步的因子")
def factor(lr: Number, decay: Number) -> Number:
    """Factor per step."""
    return 1 - lr * decay


@weight_decay.step("{$factor}^{$T} $w", symbol="w_T", zh="T 步之后的权重", name="after")
def _(factor: Number, T: int, w: Number) -> Number:
    """Weight after T steps."""
    return factor**T * w


@weight_decay.misconception("reg/decay-without-rate", replaces="factor")
def _(decay: Number) -> Number:
    return 1 - decay


@weight_decay.misconception("reg/decay-in-a-line", replaces="after")
def _(lr: Number, decay: Number, T: int, w: Number) -> Number:
    return (1 - T * lr * decay) * w


@weight_decay.oracle
def _(w: Number, lr: Number, decay: Number, T: int) -> dict[str, Any]:
    import torch

    def after(start: float, steps: int) -> float:
        place = torch.nn.Parameter(torch.full((1,), start, dtype=torch.float64))
        optimiser = torch.optim.SGD([place], lr=float(lr), weight_decay=float(decay))
        for _ in range(steps):
            place.grad = torch.zeros_like(place)
            optimiser.step()
        return place.item()

    return {"factor": after(1.0, 1), "after": after(float(w), T)}


# ------------------------------------------------------------------------------------------------------------ dropout

dropout = Derivation(
    "reg.dropout",
    "Inverted dropout with a given mask: kept activations are divided by the share that is kept (as in PyTorch)",
    "给定掩码的（反向缩放）丢弃法：保留的激活值除以保留率（与 PyTorch 一致）",
    a=vector("a", "activations", "激活值", axes=("n",), row=True),
    mask=vector("m", "mask: 1 kept, 0 dropped", "掩码：1 保留，0 丢弃", axes=("n",), row=True),
    p=number("p", "probability of dropping", "丢弃率", default=Fraction(1, 2), least=0),
)


@dropout.step(r"\frac{1}{1 - $p}", symbol="s", zh="缩放因子")
def scale(p: Number) -> Number:
    """Factor for what is kept."""
    if not p < 1:
        raise Undefined("everything is dropped", "全部被丢弃")
    return Fraction(1) / (1 - p)


@dropout.step(r"$scale \, ($mask \odot $a)", symbol="y", zh="训练时的输出", row=True)
def output(scale: Number, mask: Vector, a: Vector) -> Vector:
    """Output in training."""
    return scale * (mask * a)


@dropout.misconception("reg/dropout-not-scaled", replaces="scale")
def _() -> int:
    return 1


@dropout.misconception("reg/scaled-by-drop-rate", replaces="scale")
def _(p: Number) -> Number:
    return Fraction(1) / p


@dropout.misconception("reg/scaled-the-wrong-way", replaces="scale")
def _(p: Number) -> Number:
    return 1 - p


@dropout.misconception("reg/mask-inverted", replaces="output")
def _(scale: Number, mask: Vector, a: Vector) -> Vector:
    return scale * ((1 - mask) * a)


@dropout.oracle
def _(a: Vector, mask: Vector, p: Number) -> dict[str, Any]:
    import torch

    values, kept = torch_tensor(a), torch_tensor(mask)
    # PyTorch's own layer draws masks; its factor is read off one unit that it has kept.
    share = 1.0
    for seed in range(200):
        torch.manual_seed(seed)
        drawn = torch.nn.functional.dropout(torch.ones(64, dtype=torch.float64), float(p))
        if bool(drawn.any()):
            share = drawn.max().item()
            break
    return {"scale": share, "output": torch.where(kept > 0, values * share, torch.zeros_like(values))}


dropout_moments = Derivation(
    "reg.dropout_moments",
    "One unit under dropout: mean and variance of its output, without and with scaling, and its weight in use",
    "单个单元的丢弃法：不缩放与缩放时输出的期望和方差",
    a=number("a", "activation", "激活值"),
    p=number("p", "probability of dropping", "丢弃率", default=Fraction(1, 2), least=0, most=1),
    n=integer("n", "units of the layer", "该层的单元数", default=1, least=1),
)


@dropout_moments.step("$n (1 - $p)", symbol="k", zh="保留单元数的期望", final=True)
def kept_units(n: int, p: Number) -> Number:
    """Expected number of units that stay."""
    return n * (1 - p)


@dropout_moments.step("(1 - $p) $a", symbol="e", zh="不缩放时输出的期望", final=True)
def expected(p: Number, a: Number) -> Number:
    """Expected output without scaling."""
    return (1 - p) * a


@dropout_moments.step("$p (1 - $p) {$a}^2", symbol="v", zh="不缩放时输出的方差", final=True)
def variance(p: Number, a: Number) -> Number:
    """Variance of the output without scaling."""
    return p * (1 - p) * a * a


@dropout_moments.step(r"\frac{$expected}{1 - $p}", symbol="e'", zh="缩放后输出的期望", final=True)
def scaled_expected(expected: Number, p: Number) -> Number:
    """Expected output with scaling."""
    return expected * (Fraction(1) / _kept(p))


@dropout_moments.step(r"\frac{$variance}{(1 - $p)^2}", symbol="v'", zh="缩放后输出的方差")
def scaled_variance(variance: Number, p: Number) -> Number:
    """Variance of the output with scaling."""
    return variance * (Fraction(1) / _kept(p)) ** 2


def _kept(p: Number) -> Number:
    if p == 1:
        raise Undefined("everything is dropped", "全部被丢弃")
    return 1 - p


@dropout_moments.misconception("reg/kept-and-dropped-exchanged", replaces="kept_units")
def _(n: int, p: Number) -> Number:
    return n * p


@dropout_moments.misconception("reg/kept-and-dropped-exchanged", replaces="expected")
def _(p: Number, a: Number) -> Number:
    return p * a


@dropout_moments.misconception("reg/variance-of-mask", replaces="variance")
def _(p: Number) -> Number:
    return p * (1 - p)


@dropout_moments.misconception("reg/factor-not-squared", replaces="scaled_variance")
def _(variance: Number, p: Number) -> Number:
    return variance * (Fraction(1) / _kept(p))


@dropout_moments.oracle
def _(a: Number, p: Number, n: int) -> dict[str, Any]:
    import torch

    stay = torch.distributions.Bernoulli(probs=torch_tensor(1 - p))
    value, factor = torch_tensor(a), 1 / (1 - torch_tensor(p))
    outcomes = stay.enumerate_support() * value
    chances = torch.stack([1 - stay.probs, stay.probs])

    def moments(results: Any) -> tuple[float, float]:
        mean = (chances * results).sum()
        return mean.item(), (chances * (results - mean).square()).sum().item()

    plain, scaled = moments(outcomes), moments(outcomes * factor)
    count = torch.distributions.Binomial(n, probs=stay.probs).mean.item()
    return {
        "kept_units": count,
        "expected": plain[0],
        "variance": plain[1],
        "scaled_expected": scaled[0],
        "scaled_variance": scaled[1],
    }


# ------------------------------------------------------------------------------------------------------ early stopping

early_stopping = Derivation(
    "reg.early_stopping",
    "Early stopping on a validation curve: best epoch, last epoch trained, loss of the model that is kept",
    "根据验证损失曲线早停：最优轮、停止轮与所保留模型的损失",
    losses=vector(
        "L", "validation loss of each epoch, the first epoch being 1", "各轮的验证损失（第一轮记为 1）", row=True
    ),
    patience=integer(
        "p", "epochs without improvement after which training stops", "容忍多少轮没有改进", default=3, least=1
    ),
    delta=number(r"\delta", "an improvement must be larger than this", "改进量须大于该值", default=0, least=0),
)


def _history(losses: Vector, patience: int, delta: Number) -> tuple[int, int]:
    """The best epoch so far when training stops, and the epoch after which it stops."""
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best] - delta:
            best, waited = epoch, 0
        else:
            waited += 1
        if waited == patience:
            return best + 1, epoch + 1
    return best + 1, len(losses)


@early_stopping.step(
    r"\operatorname{stop}\left($losses, $patience, $delta\right)",
    symbol="t_{\\text{stop}}",
    zh="停止训练的轮次",
)
def stop_epoch(losses: Vector, patience: int, delta: Number) -> int:
    """Last epoch that is trained."""
    return _history(losses, patience, delta)[1]


@early_stopping.step(
    r"\operatorname{best}\left($losses, $stop_epoch, $delta\right)",
    symbol="t^*",
    zh="保留的轮次",
)
def best_epoch(losses: Vector, stop_epoch: int, delta: Number) -> int:
    """Epoch whose model is kept."""
    return _history(losses[:stop_epoch], len(losses) + 1, delta)[0]


@early_stopping.step(r"\operatorname{entry}_{$best_epoch}\left($losses\right)", symbol="L^*", zh="所保留模型的验证损失")
def best_loss(losses: Vector, best_epoch: int) -> Number:
    """Validation loss of the model that is kept."""
    return losses[best_epoch - 1]


@early_stopping.misconception("reg/stopped-at-first-rise", replaces="stop_epoch")
def _(losses: Vector, delta: Number) -> int:
    return _history(losses, 1, delta)[1]


@early_stopping.misconception("reg/best-of-all-epochs", replaces="best_epoch")
def _(losses: Vector) -> int:
    return min(range(len(losses)), key=lambda epoch: losses[epoch]) + 1


@early_stopping.misconception("reg/last-model-kept", replaces="best_epoch")
def _(stop_epoch: int) -> int:
    return stop_epoch


@early_stopping.misconception("reg/patience-not-reset", replaces="stop_epoch")
def _(losses: Vector, patience: int, delta: Number) -> int:
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best] - delta:
            best = epoch
        else:
            waited += 1
        if waited == patience:
            return epoch + 1
    return len(losses)


@early_stopping.oracle
def _(losses: Vector, patience: int, delta: Number) -> dict[str, Any]:
    import torch

    # The scheduler that lowers the rate on a plateau counts the same epochs, with a patience that is one less.
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    watcher = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, patience=patience - 1, threshold=float(delta), threshold_mode="abs"
    )
    best = 1
    for epoch, loss in enumerate(torch_tensor(losses).tolist(), start=1):
        watcher.step(loss)
        if watcher.best == loss and watcher.num_bad_epochs == 0 and optimiser.param_groups[0]["lr"] == 1.0:
            best = epoch
        if optimiser.param_groups[0]["lr"] < 1.0:
            break
    return {"stop_epoch": epoch, "best_epoch": best, "best_loss": float(watcher.best)}
