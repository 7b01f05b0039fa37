"""Early stopping: the epoch at which training stops, and the model that is kept."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer, number, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector

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


@early_stopping.misconception("reg/one-epoch-too-long", replaces="stop_epoch")
def _(losses: Vector, patience: int, delta: Number) -> int:
    return _history(losses, patience + 1, delta)[1]


@early_stopping.misconception("reg/best-epoch-waited", replaces="stop_epoch")
def _(losses: Vector, patience: int, delta: Number) -> int:
    if patience == 1:
        raise Undefined("training would stop before it began", "训练尚未开始就会停止")
    return _history(losses, patience - 1, delta)[1]


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


@early_stopping.misconception("reg/wait-begun-again-at-any-fall", replaces="stop_epoch")
def _(losses: Vector, patience: int, delta: Number) -> int:
    waited = 0
    for epoch in range(1, len(losses)):
        waited = 0 if losses[epoch] < losses[epoch - 1] - delta else waited + 1
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
