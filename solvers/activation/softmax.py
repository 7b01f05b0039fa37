"""Softmax, its stable form, and its Jacobian."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers import functions
from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.givens import number, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector, array, each

SCORES = vector("z", "scores (logits)", "得分（logits）", axes=("classes",))

softmax = Derivation(
    "activation.softmax",
    "Softmax of scores, with its Jacobian matrix",
    "softmax 函数及其雅可比矩阵",
    z=SCORES,
    T=number("T", "temperature", "温度", default=1),
)


@softmax.step(r"e^{$z / $T}", symbol="e", zh="各得分的指数")
def powers(z: Vector, T: Number) -> Vector:
    """Exponentials of the scores."""
    if T <= 0:
        raise Undefined("the temperature must be above 0", "温度必须大于 0")
    return each(lambda score: functions.exp(divided(score, T)), z)


@softmax.step(r"\operatorname{sum}\left($powers\right)", symbol="Z", zh="指数之和")
def total(powers: Vector) -> Number:
    """Sum of the exponentials."""
    return sum(powers)


@softmax.step(r"\frac{$powers}{$total}", symbol="p", zh="概率：各指数除以总和")
def probabilities(powers: Vector, total: Number) -> Vector:
    """Probabilities: each exponential divided by the sum."""
    return each(lambda power: divided(power, total), powers)


@softmax.step(
    r"\frac{1}{$T} \left(\operatorname{diag}\left($probabilities\right) - $probabilities $probabilities^\top\right)",
    symbol=r"\frac{\partial p}{\partial z}",
    zh="雅可比矩阵",
)
def jacobian(probabilities: Vector, T: Number) -> Matrix:
    """Jacobian matrix: how each probability changes with each score."""
    p = probabilities
    size = range(len(p))
    return array([[divided(p[i] * ((1 if i == j else 0) - p[j]), T) for j in size] for i in size])


@softmax.misconception("activation/divided-by-score-sum", replaces="probabilities")
def _(z: Vector) -> Vector:
    return each(lambda score: divided(score, sum(z)), z)


@softmax.misconception("activation/powers-over-scores", replaces="probabilities")
def _(powers: Vector, z: Vector) -> Vector:
    return each(lambda power: divided(power, sum(z)), powers)


@softmax.misconception("activation/not-normalised", replaces="probabilities")
def _(powers: Vector) -> Vector:
    return powers


@softmax.misconception("activation/divided-by-largest", replaces="probabilities")
def _(powers: Vector) -> Vector:
    return each(lambda power: divided(power, max(powers)), powers)


@softmax.misconception("activation/powers-of-two", replaces="powers")
def _(z: Vector, T: Number) -> Vector:
    return each(lambda score: functions.exp(divided(score, T) * functions.log(2)), z)


softmax.misconception("activation/exponent-sign", replaces="powers")(
    lambda z, T: each(lambda score: functions.exp(-divided(score, T)), z)
)
softmax.misconception("activation/temperature-multiplied", replaces="powers")(
    lambda z, T: each(lambda score: functions.exp(score * T), z)
)
softmax.misconception("activation/temperature-ignored", replaces="powers")(lambda z: each(functions.exp, z))


@softmax.misconception("activation/own-power-left-out", replaces="probabilities")
def _(powers: Vector, total: Number) -> Vector:
    if len(powers) < 2:
        raise Undefined("there are no other classes", "没有其他类别")
    return each(lambda power: divided(power, total - power), powers)


@softmax.misconception("activation/sigmoid-per-class", replaces="probabilities")
def _(z: Vector) -> Vector:
    return functions.sigmoid(z)


@softmax.misconception("activation/jacobian-diagonal-only", replaces="jacobian")
def _(probabilities: Vector) -> Matrix:
    return array(np.diag(probabilities * (1 - probabilities)))


softmax.misconception("activation/jacobian-without-product", replaces="jacobian")(
    lambda probabilities, T: array(np.diag(each(lambda p: divided(p, T), probabilities)))
)


@softmax.misconception("activation/jacobian-of-scores", replaces="jacobian")
def _(z: Vector) -> Matrix:
    size = range(len(z))
    return array([[z[i] * ((1 if i == j else 0) - z[j]) for j in size] for i in size])


@softmax.misconception("activation/jacobian-sign", replaces="jacobian")
def _(probabilities: Vector) -> Matrix:
    p = probabilities
    return array([[p[i] * (1 - p[i]) if i == j else p[i] * p[j] for j in range(len(p))] for i in range(len(p))])


@softmax.oracle
def _(z: Vector, T: Number) -> dict[str, Any]:
    import torch

    scores = torch_tensor(z)

    def outputs(at: Any) -> Any:
        return (at / float(T)).softmax(0)

    log_total = (scores / float(T)).logsumexp(0)
    return {
        "powers": (scores / float(T)).log_softmax(0).add(log_total).exp(),
        "total": log_total.exp().item(),
        "probabilities": outputs(scores),
        "jacobian": torch.autograd.functional.jacobian(outputs, scores),
    }


stable_softmax = Derivation(
    "activation.stable_softmax",
    "Softmax with the largest score subtracted, which changes nothing and cannot overflow",
    "先减去最大得分的 softmax（结果不变，不会溢出）",
    z=SCORES,
)


@stable_softmax.step(r"$z - \max\left($z\right)", symbol=r"\tilde z", zh="减去最大得分")
def shifted(z: Vector) -> Vector:
    """Scores with the largest subtracted."""
    return z - max(z)


stable_softmax.step("e^{$x}", symbol="e", zh="指数", name="powers", en="Exponentials", x="shifted")(functions.exp)
stable_softmax.step(r"\operatorname{sum}\left($powers\right)", symbol="Z", zh="指数之和", name="total")(total)
stable_softmax.step(r"\frac{$powers}{$total}", symbol="p", zh="概率", name="probabilities")(probabilities)
stable_softmax.misconception("activation/not-normalised", replaces="probabilities")(lambda powers: powers)
stable_softmax.misconception("activation/shifted-above-only", replaces="probabilities")(
    lambda powers, z: each(lambda power: divided(power, sum(each(functions.exp, z))), powers)
)
stable_softmax.misconception("activation/divided-by-score-sum", replaces="probabilities")(
    lambda z: each(lambda score: divided(score, sum(z)), z)
)


@stable_softmax.oracle
def _(z: Vector) -> dict[str, Any]:
    import torch

    scores = torch_tensor(z)
    chances = torch.softmax(scores, 0)
    return {
        "shifted": (chances / chances.max()).log() if bool((chances > 0).all()) else scores - scores.amax(),
        "powers": (scores - scores.amax()).exp(),
        "total": (scores.logsumexp(0) - scores.amax()).exp().item(),
        "probabilities": chances,
    }
