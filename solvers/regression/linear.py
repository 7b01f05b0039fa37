"""Linear regression: a step of gradient descent, the line through points, and the normal equation."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from solvers.backprop.functions import factor
from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.functions import sqrt
from solvers.givens import matrix, number, vector, word
from solvers.oracles import torch_tensor
from solvers.regression.steps import BIAS, DECAY, INPUTS, L2, PENALTY, RATE, WEIGHTS, add_update, add_weight_decay
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector, array

# ------------------------------------------------------------------------------------------- a step of gradient descent

LOSSES: dict[str, tuple[Fraction, bool]] = {
    "half_mean": (Fraction(1, 2), True),
    "mean": (Fraction(1), True),
    "half_sum": (Fraction(1, 2), False),
    "sum": (Fraction(1), False),
}
"""The factor before the squares, and whether they are averaged."""


def share(loss: str, samples: int) -> Fraction:
    """What the sum of the squared residuals is multiplied by."""
    before, averaged = LOSSES[loss]
    return before / samples if averaged else before


def with_or_without_half(loss: str, before: Fraction) -> tuple[str, Fraction]:
    """The convention that has the factor one half where this loss hasn't, or the other way round, and its share."""
    if LOSSES[loss][0] == 1:
        return "convention/squared-error-with-half", before / 2
    return "convention/squared-error-without-half", before * 2


def _declare_other_loss(d: Derivation, id: str, before: Fraction) -> None:
    """Declares the convention under which the sum of the squared residuals is multiplied by another share."""
    d.convention(id, replaces="loss")(
        lambda residuals, w, l2: before * (residuals @ residuals) + divided(l2 * (w @ w), 2)
    )
    d.convention(id, replaces="w_gradient")(lambda X, residuals, l2, w: 2 * before * (X.T @ residuals) + l2 * w)
    d.convention(id, replaces="b_gradient")(lambda residuals: 2 * before * sum(residuals))


def _declare_half_kept(d: Derivation, loss: str, before: Fraction) -> None:
    """Declares the gradient whose 2, from the square, was forgotten; without a half in the loss that is a convention's."""
    if LOSSES[loss][0] == 1:
        return
    d.misconception("regression/halved-again", replaces="w_gradient")(
        lambda X, residuals, l2, w: before * (X.T @ residuals) + l2 * w
    )
    d.misconception("regression/halved-again", replaces="b_gradient")(lambda residuals: before * sum(residuals))


def _declare_wrong_squares(d: Derivation, before: Fraction) -> None:
    d.misconception("loss/not-squared", replaces="loss")(lambda residuals: before * sum(abs(r) for r in residuals))
    d.misconception("loss/squared-after-adding", replaces="loss")(lambda residuals: before * sum(residuals) ** 2)


def _linear_step(loss: str, samples: int, penalised: bool) -> Derivation:
    d = Derivation(
        "regression.linear_step",
        "One step of gradient descent for linear regression",
        "线性回归的一次梯度下降",
        X=INPUTS,
        y=vector("y", "targets", "目标值", axes=("n",)),
        w=WEIGHTS,
        b=BIAS,
        rate=RATE,
        loss_function=word(
            r"\text{loss}",
            "loss: half_mean is 1/(2n) of the squared residuals' sum, mean 1/n, half_sum 1/2, sum 1",
            "损失：half_mean 为残差平方和的 1/(2n)，mean 为 1/n，half_sum 为 1/2，sum 为 1",
            words=tuple(LOSSES),
            default="half_mean",
        ),
        l2=L2,
    )
    before = share(loss, samples)

    @d.step("$X $w + $b", symbol=r"\hat{y}", zh="预测值")
    def predictions(X: Matrix, w: Vector, b: Number) -> Vector:
        """Predictions."""
        return X @ w + b

    @d.step("$predictions - $y", symbol="r", zh="残差：预测减目标")
    def residuals(predictions: Vector, y: Vector) -> Vector:
        """Residuals: prediction minus target."""
        return predictions - y

    @d.step(
        rf"{factor(before)}\operatorname{{sum}}\left($residuals^2\right)" + (PENALTY if penalised else ""),
        symbol="L",
        name="loss",
        en="Loss, with its L2 term" if penalised else "Loss",
        zh="损失（含 L2 项）" if penalised else "损失",
        final=True,
    )
    def _(residuals: Vector, w: Vector, l2: Number, loss_function: str) -> Number:
        return share(loss_function, len(residuals)) * (residuals @ residuals) + divided(l2 * (w @ w), 2)

    @d.step(
        rf"{factor(2 * before)}$X^\top $residuals" + (DECAY if penalised else ""),
        symbol=r"\frac{\partial L}{\partial w}",
        zh="权重的梯度",
    )
    def w_gradient(X: Matrix, residuals: Vector, l2: Number, w: Vector) -> Vector:
        """Gradient of the weights."""
        return 2 * before * (X.T @ residuals) + l2 * w

    @d.step(
        rf"{factor(2 * before)}\operatorname{{sum}}\left($residuals\right)",
        symbol=r"\frac{\partial L}{\partial b}",
        zh="偏置的梯度",
    )
    def b_gradient(residuals: Vector) -> Number:
        """Gradient of the bias."""
        return 2 * before * sum(residuals)

    add_update(d, "w", "weights", "权重", final=True)
    add_update(d, "b", "bias", "偏置")
    if LOSSES[loss][1]:
        _declare_other_loss(d, "convention/sum-for-mean", before * samples)
    _declare_other_loss(d, *with_or_without_half(loss, before))
    _declare_half_kept(d, loss, before)
    d.misconception("regression/target-minus-prediction", replaces="residuals")(lambda predictions, y: y - predictions)

    @d.misconception("regression/other-parameter-first", replaces="b_gradient")
    def _(X: Matrix, w_updated: Vector, b: Number, y: Vector) -> Number:
        return 2 * before * sum(X @ w_updated + b - y)

    @d.misconception("regression/bias-first", replaces="w_gradient")
    def _(*, X: Matrix, w: Vector, b_updated: Number, y: Vector, l2: Number) -> Vector:
        return 2 * before * (X.T @ (X @ w + b_updated - y)) + l2 * w

    @d.misconception("regression/input-left-out", replaces="w_gradient")
    def _(X: Matrix, residuals: Vector, l2: Number, w: Vector) -> Vector:
        return array([2 * before * sum(residuals)] * X.shape[1]) + l2 * w

    d.misconception("backprop/bias-forgotten", replaces="predictions")(lambda X, w: X @ w)
    if not penalised:
        _declare_wrong_squares(d, before)
    else:
        d.misconception("regression/decay-left-out", replaces="w_gradient")(
            lambda X, residuals: 2 * before * (X.T @ residuals)
        )

    @d.oracle
    def _(**givens: Any) -> dict[str, Any]:
        return _linear_oracle(**givens)

    return d


def _linear_oracle(
    *, X: Matrix, y: Vector, w: Vector, b: Number, rate: Number, loss_function: str, l2: Number
) -> dict[str, Any]:
    import torch

    weights, bias = torch_tensor(w).requires_grad_(), torch_tensor(b).reshape(1).requires_grad_()
    guess = torch.nn.functional.linear(torch_tensor(X), weights.unsqueeze(0), bias)[:, 0]
    target = torch_tensor(y)
    kind = "mean" if loss_function.endswith("mean") else "sum"
    loss = torch.nn.functional.mse_loss(guess, target, reduction=kind)
    loss = loss / 2 if loss_function.startswith("half") else loss
    data = loss
    data.backward()
    assert weights.grad is not None
    assert bias.grad is not None
    with_decay = add_weight_decay(weights, bias, float(rate), float(l2))
    return {
        "predictions": guess.detach(),
        "residuals": torch.sub(guess, target).detach(),
        "loss": loss.item() + with_decay.pop("penalty"),
        **with_decay,
    }


linear_step = Family(
    "regression.linear_step",
    _linear_step,
    lambda givens: (givens["loss_function"], len(givens["y"]), givens["l2"] != 0),
    smallest=("half_mean", 2, False),
)

# --------------------------------------------------------------------------------------------- the line through points

line_fit = Derivation(
    "regression.line_fit",
    "Least-squares line through points, with its R squared",
    "过样本点的最小二乘直线及其决定系数",
    x=vector("x", "inputs", "输入", axes=("n",)),
    y=vector("y", "targets", "目标值", axes=("n",)),
)


@line_fit.step(r"\operatorname{mean}\left($x\right)", symbol=r"\bar{x}", zh="输入的平均值")
def x_mean(x: Vector) -> Number:
    """Mean of the inputs."""
    return divided(sum(x), len(x))


@line_fit.step(r"\operatorname{mean}\left($y\right)", symbol=r"\bar{y}", zh="目标的平均值")
def y_mean(y: Vector) -> Number:
    """Mean of the targets."""
    return divided(sum(y), len(y))


@line_fit.step(r"\operatorname{sum}\left(\left($x - $x_mean\right)^2\right)", symbol="S_{xx}", zh="输入的离差平方和")
def x_spread(x: Vector, x_mean: Number) -> Number:
    """Sum of the squared deviations of the inputs."""
    return sum((number - x_mean) ** 2 for number in x)


@line_fit.step(
    r"\operatorname{sum}\left(\left($x - $x_mean\right) \odot \left($y - $y_mean\right)\right)",
    symbol="S_{xy}",
    zh="离差乘积之和",
)
def joint_spread(x: Vector, x_mean: Number, y: Vector, y_mean: Number) -> Number:
    """Sum of the products of the deviations."""
    return (x - x_mean) @ (y - y_mean)


@line_fit.step(r"\frac{$joint_spread}{$x_spread}", symbol="w", zh="斜率")
def slope(joint_spread: Number, x_spread: Number) -> Number:
    """Slope."""
    if x_spread == 0:
        raise Undefined("all inputs are equal", "所有输入都相同")
    return divided(joint_spread, x_spread)


@line_fit.step("$y_mean - $slope $x_mean", symbol="b", zh="截距", final=True)
def intercept(y_mean: Number, slope: Number, x_mean: Number) -> Number:
    """Intercept."""
    return y_mean - slope * x_mean


@line_fit.step(
    r"\operatorname{sum}\left(\left($y - $slope $x - $intercept\right)^2\right)",
    symbol=r"\text{SSE}",
    zh="残差平方和",
    final=True,
)
def squared_residuals(y: Vector, slope: Number, x: Vector, intercept: Number) -> Number:
    """Sum of the squared residuals."""
    return sum((t - slope * number - intercept) ** 2 for t, number in zip(y, x, strict=True))


line_fit.misconception("regression/through-the-origin", replaces="slope")(lambda x, y: divided(x @ y, x @ x))
line_fit.misconception("regression/spread-of-targets", replaces="slope")(
    lambda joint_spread, y, y_mean: divided(joint_spread, sum((t - y_mean) ** 2 for t in y))
)
line_fit.misconception("regression/correlation-for-slope", replaces="slope")(
    lambda joint_spread, x_spread, y, y_mean: divided(joint_spread, sqrt(x_spread * sum((t - y_mean) ** 2 for t in y)))
)
line_fit.misconception("regression/ends-only", replaces="slope")(lambda x, y: divided(y[-1] - y[0], x[-1] - x[0]))
line_fit.misconception("regression/means-exchanged", replaces="intercept")(
    lambda y_mean, slope, x_mean: x_mean - slope * y_mean
)
line_fit.misconception("regression/intercept-is-mean", replaces="intercept")(lambda y_mean: y_mean)
line_fit.misconception("regression/intercept-sign", replaces="intercept")(
    lambda y_mean, slope, x_mean: y_mean + slope * x_mean
)


line_fit.convention("convention/mean-for-sum", replaces="squared_residuals")(
    lambda y, slope, x, intercept: divided(squared_residuals(y, slope, x, intercept), len(y))
)
line_fit.misconception("loss/not-squared", replaces="squared_residuals")(
    lambda y, slope, x, intercept: sum(abs(t - slope * number - intercept) for t, number in zip(y, x, strict=True))
)


@line_fit.oracle
def _(x: Vector, y: Vector) -> dict[str, Any]:
    import torch

    inputs, targets = torch_tensor(x), torch_tensor(y)
    table = torch.stack([inputs, torch.ones_like(inputs)], dim=1)
    found = torch.linalg.lstsq(table, targets.unsqueeze(1)).solution[:, 0]
    covariance = torch.cov(torch.stack([inputs, targets]), correction=0) * len(inputs)
    return {
        "x_mean": inputs.mean().item(),
        "y_mean": targets.mean().item(),
        "x_spread": covariance[0, 0].item(),
        "joint_spread": covariance[0, 1].item(),
        "slope": found[0].item(),
        "intercept": found[1].item(),
        "squared_residuals": torch.nn.functional.mse_loss(table @ found, targets, reduction="sum").item(),
    }


# ------------------------------------------------------------------------------------------------ the normal equation

normal_equation = Derivation(
    "regression.normal_equation",
    "Least squares or ridge regression by the normal equation (append a column of ones for a bias)",
    "用正规方程求最小二乘或岭回归（若有偏置，在 X 中添上一列 1）",
    X=matrix("X", "inputs, one sample a row", "输入（每行一个样本）", axes=("n", "d")),
    y=vector("y", "targets", "目标值", axes=("n",)),
    l2=number(
        r"\lambda",
        "weight of the squared norm beside the sum of squared residuals",
        "权重平方和的系数（与残差平方和相加）",
        default=0,
        least=0,
    ),
)


@normal_equation.step(r"$X^\top $X + $l2 I", symbol="A", zh="系数矩阵")
def gram(X: Matrix, l2: Number) -> Matrix:
    """Matrix of the equation."""
    return X.T @ X + l2 * array(np.eye(X.shape[1], dtype=int))


@normal_equation.step(r"$X^\top $y", symbol="c", zh="右端项")
def moments(X: Matrix, y: Vector) -> Vector:
    """Right-hand side."""
    return X.T @ y


@normal_equation.step(r"\operatorname{solve}\left($gram, $moments\right)", symbol="w", zh="权重", name="weights")
def _(gram: Matrix, moments: Vector) -> Vector:
    """Weights."""
    return solved(gram, moments)


def solved(a: Matrix, c: Vector) -> Vector:
    """The solution of a linear equation by elimination, exact on exact numbers. Raises Undefined if there is not just one."""
    rows = [[*row, right] for row, right in zip(a.tolist(), c.tolist(), strict=True)]
    for column in range(len(rows)):
        pivot = max(range(column, len(rows)), key=lambda row: abs(rows[row][column]))
        if rows[pivot][column] == 0:
            raise Undefined("the columns of X depend on each other", "X 的各列线性相关")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        first = rows[column] = [divided(x, rows[column][column]) for x in rows[column]]
        for place, row in enumerate(rows):
            if place != column:
                rows[place] = [x - row[column] * y for x, y in zip(row, first, strict=True)]
    return array([row[-1] for row in rows])


normal_equation.misconception("regression/penalty-left-out", replaces="gram")(lambda X: X.T @ X)


@normal_equation.misconception("regression/bias-not-penalised", replaces="gram")
def _(X: Matrix, l2: Number) -> Matrix:
    """The columns of ones, which stand for a bias, are spared."""
    spared = [all(number == 1 for number in column) for column in X.T]
    if not any(spared):
        raise Undefined("no column of ones stands for a bias", "没有代表偏置的全 1 列")
    return X.T @ X + l2 * array(np.diag([0 if ones else 1 for ones in spared]))


normal_equation.misconception("regression/not-inverted", replaces="weights")(lambda gram, moments: gram @ moments)


@normal_equation.oracle
def _(X: Matrix, y: Vector, l2: Number) -> dict[str, Any]:
    import torch

    table, targets = torch_tensor(X), torch_tensor(y)
    taller = torch.cat([table, float(l2) ** 0.5 * torch.eye(table.shape[1], dtype=table.dtype)])
    longer = torch.cat([targets, torch.zeros(table.shape[1], dtype=table.dtype)])
    weights = torch.linalg.lstsq(taller, longer.unsqueeze(1), driver="gelsd").solution[:, 0]
    return {
        "gram": torch.einsum("ni,nj->ij", taller, taller),
        "moments": torch.einsum("ni,n->i", table, targets),
        "weights": weights,
    }
