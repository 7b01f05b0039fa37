"""Linear regression by several steps of gradient descent, every step with all samples."""

from __future__ import annotations

from typing import Any

from solvers.backprop.functions import factor
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, vector, word
from solvers.oracles import torch_tensor
from solvers.regression.linear import LOSSES, share, with_or_without_half
from solvers.regression.steps import BIAS, INPUTS, RATE, WEIGHTS
from solvers.rules import times
from solvers.values import Matrix, Number, Vector, array


def _linear_descent(steps: int, loss: str, samples: int, bias: str) -> Derivation:
    d = Derivation(
        "regression.linear_descent",
        "Several steps of gradient descent for linear regression",
        "线性回归的多次梯度下降",
        X=INPUTS,
        y=vector("y", "targets", "目标值", axes=("n",)),
        w=WEIGHTS,
        b=BIAS,
        rate=RATE,
        T=integer("T", "steps", "更新次数", default=2, least=1),
        loss_function=word(
            r"\text{loss}",
            "loss: half_mean is 1/(2n) of the squared residuals' sum, mean 1/n, half_sum 1/2, sum 1",
            "损失：half_mean 为残差平方和的 1/(2n)，mean 为 1/n，half_sum 为 1/2，sum 为 1",
            words=tuple(LOSSES),
            default="half_mean",
        ),
        bias=word(
            r"\text{bias}",
            "learnt: the bias is updated, too; fixed: it keeps its value",
            "learnt：偏置也更新；fixed：偏置保持不变",
            words=("learnt", "fixed"),
            default="learnt",
        ),
    )
    scale = 2 * share(loss, samples)
    others: list[tuple[str, Number]] = [with_or_without_half(loss, share(loss, samples))]
    if LOSSES[loss][1]:
        others.append(("convention/sum-for-mean", LOSSES[loss][0]))
    for step in range(1, steps + 1):
        _add_step(d, step, scale, others, learnt=bias == "learnt")
    last = {"w": f"w_{steps}", "b": f"b_{steps}" if bias == "learnt" else "b"}

    @d.step(
        rf"{factor(scale / 2)}\operatorname{{sum}}\left(($X $w + $b - $y)^2\right)",
        symbol="L",
        name="loss",
        en="Loss after the last step",
        zh="最后一次更新之后的损失",
        inputs=last,
    )
    def _(X: Matrix, w: Vector, b: Number, y: Vector, loss_function: str, T: int, bias: str) -> Number:  # noqa: ARG001 - they make the chain
        residuals = X @ w + b - y
        return share(loss_function, len(y)) * (residuals @ residuals)

    def squares(X: Matrix, w: Vector, b: Number, y: Vector) -> Number:
        residuals = X @ w + b - y
        return residuals @ residuals

    for id, other in others:
        d.convention(id, replaces="loss", inputs=last)(times(other, squares))
    d.oracle(_oracle)
    return d


def _add_step(d: Derivation, step: int, scale: Number, others: list[tuple[str, Number]], *, learnt: bool) -> None:
    """One step: residuals, gradients, update."""
    before = {"w": f"w_{step - 1}" if step > 1 else "w", "b": f"b_{step - 1}" if step > 1 and learnt else "b"}
    residuals = {"r": f"residuals_{step}"}

    def lacking(X: Matrix, w: Vector, b: Number, y: Vector) -> Vector:
        return X @ w + b - y

    def of_weights(X: Matrix, r: Vector) -> Vector:
        return scale * (X.T @ r)

    def down(value: Any, rate: Number, gradient: Any) -> Any:
        return value - rate * gradient

    d.step(
        "$X $w + $b - $y",
        symbol=f"r_{{{step}}}",
        name=f"residuals_{step}",
        en=f"Residuals before step {step}: prediction minus target",
        zh=f"第 {step} 次更新前的残差（预测减目标）",
        inputs=before,
    )(lacking)
    d.misconception("regression/target-minus-prediction", replaces=f"residuals_{step}", inputs=before)(
        lambda X, w, b, y: y - X @ w - b
    )
    if step > 1:
        d.misconception("regression/gradient-at-start", replaces=f"residuals_{step}")(lacking)
    d.step(
        rf"{factor(scale)}$X^\top $r",
        symbol=rf"\nabla_w^{{({step})}}",
        name=f"w_gradient_{step}",
        en=f"Gradient of the weights in step {step}",
        zh=f"第 {step} 次更新中权重的梯度",
        inputs=residuals,
    )(of_weights)
    d.misconception("regression/input-left-out", replaces=f"w_gradient_{step}", inputs=residuals)(
        lambda X, r: array([scale * sum(r)] * X.shape[1])
    )
    for id, other in others:
        d.convention(id, replaces=f"w_gradient_{step}", inputs=residuals)(lambda X, r, by=2 * other: by * (X.T @ r))
    inputs = {"value": before["w"], "gradient": f"w_gradient_{step}"}
    d.step(
        "$value - $rate $gradient",
        symbol=f"w_{{{step}}}",
        name=f"w_{step}",
        en=f"Weights after step {step}",
        zh=f"第 {step} 次更新后的权重",
        inputs=inputs,
    )(down)
    d.misconception("regression/uphill", replaces=f"w_{step}", inputs=inputs)(
        lambda value, rate, gradient: value + rate * gradient
    )
    d.misconception("regression/rate-forgotten", replaces=f"w_{step}", inputs=inputs)(
        lambda value, gradient: value - gradient
    )
    if learnt:
        _add_bias(d, step, scale, before["b"], others)
        d.misconception(
            "regression/other-parameter-first", replaces=f"b_gradient_{step}", w=f"w_{step}", b=before["b"]
        )(lambda X, w, b, y: scale * sum(lacking(X, w, b, y)))
        d.misconception("regression/bias-first", replaces=f"w_gradient_{step}", w=before["w"], b=f"b_{step}")(
            lambda X, w, b, y: of_weights(X, lacking(X, w, b, y))
        )


def _add_bias(d: Derivation, step: int, scale: Number, before: str, others: list[tuple[str, Number]]) -> None:
    residuals = {"r": f"residuals_{step}"}
    d.step(
        rf"{factor(scale)}\operatorname{{sum}}\left($r\right)",
        symbol=rf"\nabla_b^{{({step})}}",
        name=f"b_gradient_{step}",
        en=f"Gradient of the bias in step {step}",
        zh=f"第 {step} 次更新中偏置的梯度",
        inputs=residuals,
    )(lambda r: scale * sum(r))
    for id, other in others:
        d.convention(id, replaces=f"b_gradient_{step}", inputs=residuals)(lambda r, by=2 * other: by * sum(r))
    inputs = {"value": before, "gradient": f"b_gradient_{step}"}
    d.step(
        "$value - $rate $gradient",
        symbol=f"b_{{{step}}}",
        name=f"b_{step}",
        en=f"Bias after step {step}",
        zh=f"第 {step} 次更新后的偏置",
        inputs=inputs,
    )(lambda value, rate, gradient: value - rate * gradient)
    d.misconception("regression/uphill", replaces=f"b_{step}", inputs=inputs)(
        lambda value, rate, gradient: value + rate * gradient
    )
    d.misconception("regression/rate-forgotten", replaces=f"b_{step}", inputs=inputs)(
        lambda value, gradient: value - gradient
    )


def _oracle(
    X: Matrix, y: Vector, w: Vector, b: Number, rate: Number, T: int, loss_function: str, bias: str
) -> dict[str, Any]:
    import torch

    table, target = torch_tensor(X), torch_tensor(y)
    layer = torch.nn.Linear(table.shape[1], 1, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch_tensor(w)[None])
        layer.bias.fill_(float(b))
    layer.bias.requires_grad_(bias == "learnt")
    optimiser = torch.optim.SGD([p for p in layer.parameters() if p.requires_grad], lr=float(rate))
    kind = "mean" if loss_function.endswith("mean") else "sum"

    def loss() -> Any:
        found = torch.nn.functional.mse_loss(layer(table)[:, 0], target, reduction=kind)
        return found / 2 if loss_function.startswith("half") else found

    found: dict[str, Any] = {}
    for step in range(1, T + 1):
        found[f"residuals_{step}"] = torch.sub(layer(table)[:, 0], target).detach()
        optimiser.zero_grad()
        loss().backward()
        assert layer.weight.grad is not None
        found[f"w_gradient_{step}"] = layer.weight.grad[0].clone()
        if layer.bias.grad is not None:
            found[f"b_gradient_{step}"] = layer.bias.grad.item()
        optimiser.step()
        found[f"w_{step}"] = layer.weight.detach()[0].clone()
        if bias == "learnt":
            found[f"b_{step}"] = layer.bias.item()
    return {**found, "loss": loss().item()}


linear_descent = Family(
    "regression.linear_descent",
    _linear_descent,
    lambda givens: (givens["T"], givens["loss_function"], len(givens["y"]), givens["bias"]),
    smallest=(2, "half_mean", 2, "learnt"),
)
