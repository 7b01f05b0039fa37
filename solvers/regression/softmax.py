"""Softmax regression: a step of gradient descent for several classes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers import functions
from solvers.backprop.functions import factor
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import matrix, vector
from solvers.oracles import torch_tensor
from solvers.regression.logistic import REDUCTION, shared
from solvers.regression.steps import INPUTS, RATE, add_update
from solvers.rules import in_bits, times, to_base_ten
from solvers.values import Matrix, Number, Vector, array, elements


def _softmax_step(reduction: str, samples: int) -> Derivation:
    d = Derivation(
        "regression.softmax_step",
        "One step of gradient descent for softmax regression (a column of W per class)",
        "softmax 回归的一次梯度下降（W 的每列对应一个类）",
        X=INPUTS,
        Y=matrix("Y", "targets, one-hot, one sample a row", "目标（one-hot，每行一个样本）", axes=("n", "classes")),
        W=matrix("W", "weights, a column per class", "权重（每列对应一个类）", axes=("d", "classes"), default=0),
        b=vector("b", "biases", "偏置", axes=("classes",), default=0, row=True),
        rate=RATE,
        reduction=REDUCTION,
    )
    before = factor(Fraction(1, samples)) if reduction == "mean" else ""

    @d.step("$X $W + $b", symbol="Z", zh="得分（每行一个样本）")
    def scores(X: Matrix, W: Matrix, b: Vector) -> Matrix:
        """Scores, one sample a row."""
        return X @ W + b

    @d.step(r"\operatorname{softmax}\left($scores\right)", symbol="P", zh="概率（逐行 softmax）")
    def probabilities(scores: Matrix) -> Matrix:
        """Probabilities: softmax along each row."""
        return functions.softmax(scores)

    @d.step(rf"-{before}\sum_{{i,c}} Y_{{ic}} \ln P_{{ic}}", symbol="L", name="loss", zh="损失：交叉熵", final=True)
    def loss(probabilities: Matrix, Y: Matrix) -> Number:
        """Loss: cross-entropy."""
        pairs = zip(elements(Y), elements(probabilities), strict=True)
        return shared(-sum(y * functions.log(p) for y, p in pairs if y != 0), len(Y), reduction)

    @d.step("$probabilities - $Y", symbol="E", zh="误差：概率减目标")
    def errors(probabilities: Matrix, Y: Matrix) -> Matrix:
        """Errors: probability minus target."""
        return probabilities - Y

    @d.step(rf"{before}$X^\top $errors", symbol=r"\frac{\partial L}{\partial W}", zh="权重的梯度", name="W_gradient")
    def weight_gradient(X: Matrix, errors: Matrix, reduction: str) -> Matrix:
        """Gradient of the weights."""
        return shared(X.T @ errors, len(X), reduction)

    @d.step(rf"{before}\sum_i E_i", symbol=r"\frac{\partial L}{\partial b}", zh="偏置的梯度", row=True)
    def b_gradient(errors: Matrix) -> Vector:
        """Gradient of the biases."""
        return shared(array(errors.sum(axis=0)), len(errors), reduction)

    add_update(d, "W", "weights", "权重", final=True)
    add_update(d, "b", "biases", "偏置")
    d.misconception("regression/target-minus-prediction", replaces="errors")(lambda probabilities, Y: Y - probabilities)
    d.misconception("regression/target-left-out", replaces="errors")(lambda probabilities: probabilities)
    d.misconception("regression/one-bias-for-all-classes", replaces="b_gradient")(
        lambda errors: shared(array([sum(errors.flatten())] * errors.shape[1]), len(errors), reduction)
    )
    d.misconception("regression/right-class-only", replaces="errors")(lambda probabilities, Y: (probabilities - 1) * Y)
    d.misconception("regression/bias-forgotten", replaces="scores")(lambda X, W: X @ W)
    d.misconception("loss/sigmoid-for-softmax", replaces="probabilities", x="scores")(functions.sigmoid)
    d.misconception("activation/not-normalised", replaces="probabilities", x="scores")(functions.exp)
    d.misconception("backprop/divided-by-classes", replaces="errors")(
        lambda probabilities, Y: (probabilities - Y) * Fraction(1, Y.shape[1])
    )
    d.misconception("loss/averaged-over-classes", replaces="loss")(
        lambda probabilities, Y: loss(probabilities, Y) * Fraction(1, Y.shape[1])
    )
    if reduction == "mean":
        d.convention("convention/sum-for-mean", replaces="W_gradient")(lambda X, errors: X.T @ errors)
        d.convention("convention/sum-for-mean", replaces="b_gradient")(lambda errors: array(errors.sum(axis=0)))
        d.convention("convention/sum-for-mean", replaces="loss")(times(samples, loss))
    d.convention("convention/base-two-logarithm", replaces="loss")(in_bits(loss))
    d.misconception("loss/logarithm-to-base-ten", replaces="loss")(to_base_ten(loss))
    d.misconception("loss/minus-forgotten", replaces="loss")(times(-1, loss))
    d.misconception("loss/likeliest-class", replaces="loss")(
        lambda probabilities: shared(
            -sum(functions.log(max(row, key=float)) for row in probabilities), len(probabilities), reduction
        )
    )
    d.convention("convention/base-two-logarithm", replaces="W_gradient")(in_bits(weight_gradient))
    d.convention("convention/base-two-logarithm", replaces="b_gradient")(in_bits(b_gradient))

    @d.oracle
    def _(X: Matrix, Y: Matrix, W: Matrix, b: Vector, rate: Number, reduction: str) -> dict[str, Any]:
        import torch

        weights, biases = torch_tensor(W).requires_grad_(), torch_tensor(b).requires_grad_()
        z = torch.nn.functional.linear(torch_tensor(X), weights.T, biases)
        z.retain_grad()
        loss = torch.nn.functional.cross_entropy(z, torch_tensor(Y), reduction=reduction)
        loss.backward()
        assert z.grad is not None
        gradients = {"W_gradient": weights.grad, "b_gradient": biases.grad}
        torch.optim.SGD([weights, biases], lr=float(rate)).step()
        return {
            "scores": z.detach(),
            "probabilities": z.detach().log_softmax(1).exp(),
            "loss": loss.item(),
            "errors": z.grad * (len(Y) if reduction == "mean" else 1),
            **gradients,
            "W_updated": weights.detach(),
            "b_updated": biases.detach(),
        }

    return d


softmax_step = Family(
    "regression.softmax_step",
    _softmax_step,
    lambda givens: (givens["reduction"], len(givens["Y"])),
    smallest=("mean", 2),
)
