"""Losses of predicted numbers: squared, absolute and Huber."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.functions import sqrt
from solvers.givens import Given, number, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector, array, each


def _pairs() -> dict[str, Given]:
    return {
        "y": vector("y", "targets", "目标值", axes=("n",)),
        "p": vector(r"\hat{y}", "predictions", "预测值", axes=("n",)),
    }


def _add_errors(d: Derivation) -> None:
    @d.step("$p - $y", symbol="e", zh="误差：预测减目标")
    def errors(p: Vector, y: Vector) -> Vector:
        """Errors: prediction minus target."""
        return p - y


def _mean(total: Number, y: Vector) -> Number:
    return divided(total, len(y))


# ------------------------------------------------------------------------------------------------------ squared error

squared_error = Derivation(
    "loss.squared_error",
    "Squared errors: sum, half the sum, mean (MSE) and its root (RMSE)",
    "平方误差：平方和、平方和的一半、均方误差（MSE）及其平方根（RMSE）",
    **_pairs(),
)
_add_errors(squared_error)


@squared_error.step(r"\operatorname{sum}\left($errors^2\right)", symbol=r"\text{SSE}", zh="误差平方和")
def total(errors: Vector) -> Number:
    """Sum of the squared errors."""
    return errors @ errors


@squared_error.step(r"\frac{$total}{2}", symbol=r"L", zh="误差平方和的一半", final=True)
def half(total: Number) -> Number:
    """Half the sum of the squared errors."""
    return divided(total, 2)


@squared_error.step(
    r"\frac{$total}{\operatorname{len}\left($y\right)}", symbol=r"\text{MSE}", zh="均方误差", name="mean"
)
def _(total: Number, y: Vector) -> Number:
    """Mean squared error."""
    return _mean(total, y)


@squared_error.step(r"\sqrt{$mean}", symbol=r"\text{RMSE}", zh="均方根误差")
def root(mean: Number) -> Number:
    """Root mean squared error."""
    return sqrt(mean)


squared_error.misconception("loss/not-squared", replaces="total")(lambda errors: sum(abs(e) for e in errors))
squared_error.misconception("loss/squared-after-adding", replaces="total")(lambda errors: sum(errors) ** 2)
squared_error.misconception("loss/not-averaged", replaces="mean")(lambda total: total)
squared_error.misconception("loss/root-for-mean", replaces="mean")(lambda total, y: sqrt(divided(total, len(y))))
squared_error.misconception("loss/root-left-out", replaces="root")(lambda mean: mean)
squared_error.misconception("loss/one-fewer", replaces="mean")(
    lambda total, y: divided(total, len(y) - 1) if len(y) > 1 else total
)
squared_error.misconception("loss/half-kept", replaces="mean")(lambda total, y: divided(total, 2 * len(y)))


squared_error.misconception("loss/root-before-mean", replaces="root")(
    lambda errors, y: divided(sum(abs(e) for e in errors), len(y))
)


@squared_error.oracle
def _(y: Vector, p: Vector) -> dict[str, Any]:
    import torch

    target, guess = torch_tensor(y), torch_tensor(p)
    mse = torch.nn.MSELoss()(guess, target)
    sse = torch.nn.MSELoss(reduction="sum")(guess, target)
    return {
        "errors": torch.sub(guess, target),
        "total": sse.item(),
        "half": torch.linalg.vecdot(guess - target, guess - target).item() / 2,
        "mean": mse.item(),
        "root": mse.sqrt().item(),
    }


# ----------------------------------------------------------------------------------------------------- absolute error

absolute_error = Derivation(
    "loss.absolute_error", "Absolute errors: sum and mean (MAE)", "绝对误差：总和与平均绝对误差（MAE）", **_pairs()
)
_add_errors(absolute_error)


@absolute_error.step(
    r"\operatorname{sum}\left(\left|$errors\right|\right)", symbol=r"\text{SAE}", zh="绝对误差之和", name="total"
)
def _(errors: Vector) -> Number:
    """Sum of the absolute errors."""
    return sum(abs(e) for e in errors)


absolute_error.step(
    r"\frac{$total}{\operatorname{len}\left($y\right)}",
    symbol=r"\text{MAE}",
    name="mean",
    en="Mean absolute error",
    zh="平均绝对误差",
)(_mean)
absolute_error.misconception("loss/signs-kept", replaces="total")(lambda errors: errors.sum())
absolute_error.misconception("loss/not-averaged", replaces="mean")(lambda total: total)
absolute_error.misconception("loss/squared-for-absolute", replaces="total")(lambda errors: errors @ errors)


absolute_error.misconception("loss/one-fewer", replaces="mean")(
    lambda total, y: divided(total, len(y) - 1) if len(y) > 1 else total
)
absolute_error.misconception("loss/half-kept", replaces="mean")(lambda total, y: divided(total, 2 * len(y)))
absolute_error.misconception("loss/root-for-mean", replaces="mean")(lambda total, y: sqrt(divided(total, len(y))))


@absolute_error.oracle
def _(y: Vector, p: Vector) -> dict[str, Any]:
    import torch

    target, guess = torch_tensor(y), torch_tensor(p)
    return {
        "errors": torch.sub(guess, target),
        "total": torch.nn.L1Loss(reduction="sum")(guess, target).item(),
        "mean": torch.nn.L1Loss()(guess, target).item(),
    }


# ------------------------------------------------------------------------------------------------------------- Huber

huber = Derivation(
    "loss.huber",
    "Huber loss: squared up to delta, linear beyond",
    "Huber 损失：误差不超过 δ 时为平方，超过时为线性",
    **_pairs(),
    delta=number(r"\delta", "absolute error beyond which the loss is linear", "由平方转为线性的误差大小", default=1),
)
_add_errors(huber)


@huber.step(r"\left|$errors\right|", symbol="a", zh="误差的绝对值")
def sizes(errors: Vector) -> Vector:
    """Absolute values of the errors."""
    return each(abs, errors)


@huber.step(r"H_\delta\left($sizes\right)", symbol=r"\ell", zh="各样本的损失：a²/2（a ≤ δ）或 δ(a - δ/2)")
def losses(sizes: Vector, delta: Number) -> Vector:
    """Loss of each sample: a²/2 up to δ, δ(a - δ/2) beyond."""
    if delta <= 0:
        raise Undefined("delta must be above 0", "δ 必须大于 0")
    return array([_huber(a, delta) for a in sizes])


def _huber(a: Number, delta: Number) -> Number:
    return divided(a * a, 2) if a <= delta else delta * (a - divided(delta, 2))


@huber.step(r"\operatorname{sum}\left($losses\right)", symbol="S", zh="损失之和", name="total")
def _(losses: Vector) -> Number:
    """Sum of the losses."""
    return sum(losses)


huber.step(
    r"\frac{$total}{\operatorname{len}\left($y\right)}",
    symbol=r"\bar{\ell}",
    name="mean",
    en="Mean loss",
    zh="平均损失",
)(_mean)
huber.misconception("loss/huber-always-squared", replaces="losses")(
    lambda sizes: each(lambda a: divided(a * a, 2), sizes)
)
huber.misconception("loss/huber-offset-forgotten", replaces="losses")(
    lambda sizes, delta: array([divided(a * a, 2) if a <= delta else delta * a for a in sizes])
)
huber.misconception("loss/huber-half-forgotten", replaces="losses")(
    lambda sizes, delta: array([a * a if a <= delta else delta * (a - divided(delta, 2)) for a in sizes])
)
huber.misconception("loss/huber-threshold-of-one", replaces="losses")(
    lambda sizes, delta: array([divided(a * a, 2) if a <= delta else a - Fraction(1, 2) for a in sizes])
)
huber.misconception("loss/smooth-l1-for-huber", replaces="losses")(
    lambda sizes, delta: array([divided(a * a, 2 * delta) if a <= delta else a - divided(delta, 2) for a in sizes])
)
huber.misconception("loss/huber-branches-exchanged", replaces="losses")(
    lambda sizes, delta: array([divided(a * a, 2) if a > delta else delta * (a - divided(delta, 2)) for a in sizes])
)
huber.misconception("loss/not-averaged", replaces="mean")(lambda total: total)


huber.misconception("loss/huber-offset-not-squared", replaces="losses")(
    lambda sizes, delta: array([divided(a * a, 2) if a <= delta else delta * a - divided(delta, 2) for a in sizes])
)
huber.misconception("loss/huber-large-on-one-side", replaces="losses")(
    lambda errors, delta: array([0 if e < -delta else _huber(abs(e), delta) for e in errors])
)


@huber.oracle
def _(y: Vector, p: Vector, delta: Number) -> dict[str, Any]:
    import torch

    target, guess = torch_tensor(y), torch_tensor(p)
    options = {"delta": float(delta)}
    return {
        "errors": torch.sub(guess, target),
        "sizes": torch.nn.L1Loss(reduction="none")(guess, target),
        "losses": torch.nn.HuberLoss(reduction="none", **options)(guess, target),
        "total": torch.nn.HuberLoss(reduction="sum", **options)(guess, target).item(),
        "mean": torch.nn.HuberLoss(**options)(guess, target).item(),
    }
