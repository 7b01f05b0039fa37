"""Logistic regression: probabilities, the boundary, and a step of gradient descent. It classifies, whatever its name says."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers import functions
from solvers.backprop.functions import factor
from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.givens import number, vector, word
from solvers.oracles import torch_tensor
from solvers.regression.steps import BIAS, DECAY, INPUTS, L2, PENALTY, RATE, WEIGHTS, add_update, add_weight_decay
from solvers.rules import in_bits, times, to_base_ten
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector, array, each

REDUCTION = word(
    r"\text{reduction}",
    "whether the samples' losses are averaged or added up",
    "对各样本损失取平均（mean）还是求和（sum）",
    words=("mean", "sum"),
    default="mean",
)


def shared(total: Value, samples: int, reduction: str) -> Value:
    """The sum over the samples, or their mean."""
    return each(lambda number: divided(number, samples), total) if reduction == "mean" else total


# ------------------------------------------------------------------------------------------------------ one prediction

probability = Derivation(
    "regression.probability",
    "Probability that logistic regression gives class 1",
    "logistic 回归给出的类别 1 的概率",
    x=vector("x", "input", "输入", axes=("d",)),
    w=vector("w", "weights", "权重", axes=("d",)),
    b=BIAS,
)


@probability.step(r"$w^\top $x + $b", symbol="z", zh="得分（对数几率）")
def score(w: Vector, x: Vector, b: Number) -> Number:
    """Score: the logarithm of the odds."""
    return w @ x + b


@probability.step("e^{$score}", symbol=r"\frac{p}{1 - p}", zh="几率", final=True)
def odds(score: Number) -> Number:
    """Odds of class 1."""
    return functions.exp(score)


probability.step(
    r"\frac{1}{1 + e^{-$x}}", symbol="p", name="probability", en="Probability of class 1", zh="类别 1 的概率", x="score"
)(functions.sigmoid)
probability.misconception("regression/bias-forgotten", replaces="score")(lambda w, x: w @ x)
probability.misconception("regression/exponent-sign", replaces="probability")(lambda score: functions.sigmoid(-score))
probability.misconception("regression/odds-for-probability", replaces="probability")(lambda odds: odds)
probability.misconception("regression/score-for-probability", replaces="probability")(lambda score: score)


probability.misconception("regression/probability-for-odds", replaces="odds", x="score")(functions.sigmoid)
probability.misconception("regression/score-for-odds", replaces="odds")(lambda score: score)


@probability.oracle
def _(x: Vector, w: Vector, b: Number) -> dict[str, Any]:
    import torch

    z = torch.nn.functional.linear(torch_tensor(x), torch_tensor(w).unsqueeze(0), torch_tensor(b).reshape(1))
    chance = torch.special.expit(z)
    return {"score": z.item(), "odds": (chance / torch.special.expit(-z)).item(), "probability": chance.item()}


boundary = Derivation(
    "regression.boundary",
    "Input at which logistic regression with one input gives a wanted probability",
    "使单输入 logistic 回归给出指定概率的输入值",
    w=number("w", "weight", "权重"),
    b=BIAS,
    p=number("p", "wanted probability", "指定的概率", default=divided(1, 2), least=0, most=1),
)


@boundary.step(r"\ln \frac{$p}{1 - $p}", symbol="z", zh="所需的得分（对数几率）", name="score")
def _(p: Number) -> Number:
    """Score that is needed: the logarithm of the odds."""
    if p in (0, 1):
        raise Undefined("no input gives probability 0 or 1", "任何输入都不会给出概率 0 或 1")
    return functions.log(divided(p, 1 - p))


@boundary.step(r"\frac{$score - $b}{$w}", symbol="x", zh="输入值", name="input")
def _(score: Number, b: Number, w: Number) -> Number:
    """Input."""
    return divided(score - b, w)


boundary.misconception("regression/bias-added", replaces="input")(lambda score, b, w: divided(score + b, w))
boundary.misconception("regression/logit-left-out", replaces="score")(lambda p: p)
boundary.misconception("regression/odds-upside-down", replaces="score")(lambda p: functions.log(divided(1 - p, p)))
boundary.misconception("regression/half-for-wanted", replaces="score")(lambda: 0)
boundary.misconception("regression/logarithm-to-base-ten", replaces="score")(
    lambda p: divided(functions.log(divided(p, 1 - p)), functions.log(10))
)


boundary.misconception("regression/weight-not-divided", replaces="input")(lambda score, b: score - b)


@boundary.oracle
def _(w: Number, b: Number, p: Number) -> dict[str, Any]:
    import torch

    z = torch.special.logit(torch_tensor(p))
    found = torch.linalg.solve(torch_tensor(w).reshape(1, 1), (z - torch_tensor(b)).reshape(1))
    return {"score": z.item(), "input": found.item()}


# --------------------------------------------------------------------------------------------------- one gradient step


def _losses(y: Vector, z: Vector) -> Vector:
    """Of each sample, ln(1 + e^z) - yz, which is the binary cross-entropy."""
    return array([_softplus(score) - target * score for target, score in zip(y, z, strict=True)])


def _softplus(z: Number) -> Number:
    return -functions.log(functions.sigmoid(-z)) if z < 30 else z + functions.exp(-z)


_WRONG_LOSSES: dict[str, Callable[[Vector, Vector], Vector]] = {
    "loss/other-class-forgotten": lambda y, z: y * _losses(y, z),
    "loss/targets-exchanged": lambda y, z: _losses(1 - y, z),
    "loss/both-logarithms": lambda y, z: _losses(y, z) + _losses(1 - y, z),
    "loss/target-ignored": lambda y, z: _losses(y * 0 + 1, z),
}
"""What goes wrong in the loss, of each sample, over classes and scores."""


def _summed(losses: Callable[[Vector, Vector], Vector], reduction: str) -> Callable[[Vector, Vector], Number]:
    return lambda y, scores: shared(sum(losses(y, scores)), len(y), reduction)


def _logistic_step(reduction: str, samples: int, penalised: bool) -> Derivation:
    d = Derivation(
        "regression.logistic_step",
        "One step of gradient descent for logistic regression",
        "logistic 回归的一次梯度下降",
        X=INPUTS,
        y=vector("y", "classes, 0 or 1", "类别（0 或 1）", axes=("n",), least=0),
        w=WEIGHTS,
        b=BIAS,
        rate=RATE,
        reduction=REDUCTION,
        l2=L2,
    )
    before = factor(Fraction(1, samples)) if reduction == "mean" else ""

    @d.step("$X $w + $b", symbol="z", zh="得分")
    def scores(X: Matrix, w: Vector, b: Number) -> Vector:
        """Scores."""
        return X @ w + b

    d.step(
        r"\sigma\left($x\right)",
        symbol="p",
        name="probabilities",
        en="Probabilities of class 1",
        zh="类别 1 的概率",
        x="scores",
    )(functions.sigmoid)

    @d.step(
        rf"{before}\operatorname{{sum}}\left(\ln\left(1 + e^{{$scores}}\right) - $y \odot $scores\right)"
        + (PENALTY if penalised else ""),
        symbol="L",
        name="loss",
        en="Loss: binary cross-entropy" + (", with its L2 term" if penalised else ""),
        zh="损失：二元交叉熵" + ("（含 L2 项）" if penalised else ""),
        final=True,
    )
    def loss(y: Vector, scores: Vector, w: Vector, l2: Number, reduction: str) -> Number:
        return shared(sum(_losses(y, scores)), len(y), reduction) + divided(l2 * (w @ w), 2)

    @d.step("$probabilities - $y", symbol=r"\delta", zh="误差：概率减类别")
    def errors(probabilities: Vector, y: Vector) -> Vector:
        """Errors: probability minus class."""
        return probabilities - y

    @d.step(
        rf"{before}$X^\top $errors" + (DECAY if penalised else ""),
        symbol=r"\frac{\partial L}{\partial w}",
        zh="权重的梯度",
    )
    def w_gradient(X: Matrix, errors: Vector, y: Vector, l2: Number, w: Vector) -> Vector:
        """Gradient of the weights."""
        return shared(X.T @ errors, len(y), reduction) + l2 * w

    @d.step(
        rf"{before}\operatorname{{sum}}\left($errors\right)", symbol=r"\frac{\partial L}{\partial b}", zh="偏置的梯度"
    )
    def b_gradient(errors: Vector, y: Vector) -> Number:
        """Gradient of the bias."""
        return shared(sum(errors), len(y), reduction)

    add_update(d, "w", "weights", "权重", final=True)
    add_update(d, "b", "bias", "偏置")
    d.misconception("regression/target-minus-prediction", replaces="errors")(lambda probabilities, y: y - probabilities)
    d.misconception("regression/sigmoid-left-out", replaces="probabilities")(lambda scores: scores)
    d.misconception("regression/target-left-out", replaces="errors")(lambda probabilities: probabilities)
    d.misconception("regression/bias-forgotten", replaces="scores")(lambda X, w: X @ w)
    d.misconception("regression/exponent-sign", replaces="probabilities")(lambda scores: functions.sigmoid(-scores))
    if not penalised:
        for id, losses in _WRONG_LOSSES.items():
            d.misconception(id, replaces="loss")(_summed(losses, reduction))
    d.misconception("regression/squared-error-delta", replaces="errors")(
        lambda probabilities, y: (probabilities - y) * probabilities * (1 - probabilities)
    )
    d.misconception("regression/input-left-out", replaces="w_gradient")(
        lambda X, errors, l2, w: array([shared(sum(errors), len(errors), reduction)] * X.shape[1]) + l2 * w
    )
    if penalised:
        d.misconception("regression/decay-left-out", replaces="w_gradient")(
            lambda X, errors: shared(X.T @ errors, len(errors), reduction)
        )
    if reduction == "mean":
        d.convention("convention/sum-for-mean", replaces="w_gradient")(lambda X, errors, l2, w: X.T @ errors + l2 * w)
        d.convention("convention/sum-for-mean", replaces="b_gradient")(lambda errors: errors.sum())
        d.convention("convention/sum-for-mean", replaces="loss")(
            lambda y, scores, w, l2: sum(_losses(y, scores)) + divided(l2 * (w @ w), 2)
        )
    if not penalised:
        d.convention("convention/base-two-logarithm", replaces="loss")(in_bits(loss))
        d.misconception("loss/logarithm-to-base-ten", replaces="loss")(to_base_ten(loss))
        d.misconception("loss/minus-forgotten", replaces="loss")(times(-1, loss))
        d.convention("convention/base-two-logarithm", replaces="w_gradient")(in_bits(w_gradient))
        d.convention("convention/base-two-logarithm", replaces="b_gradient")(in_bits(b_gradient))

    @d.oracle
    def _(X: Matrix, y: Vector, w: Vector, b: Number, rate: Number, reduction: str, l2: Number) -> dict[str, Any]:
        import torch

        weights, bias = torch_tensor(w).requires_grad_(), torch_tensor(b).reshape(1).requires_grad_()
        z = torch.nn.functional.linear(torch_tensor(X), weights.unsqueeze(0), bias)[:, 0]
        z.retain_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch_tensor(y), reduction=reduction)
        loss.backward()
        after = add_weight_decay(weights, bias, float(rate), float(l2))
        assert z.grad is not None
        return {
            "scores": z.detach(),
            "probabilities": torch.special.expit(z.detach()),
            "errors": z.grad * (len(y) if reduction == "mean" else 1),
            "loss": loss.item() + after.pop("penalty"),
            **after,
        }

    return d


logistic_step = Family(
    "regression.logistic_step",
    _logistic_step,
    lambda givens: (givens["reduction"], len(givens["y"]), givens["l2"] != 0),
    smallest=("mean", 2, False),
)

# --------------------------------------------------------------------------------------- one sample with one input

logistic_gradient = Derivation(
    "regression.logistic_gradient",
    "Gradient of logistic regression on one sample with one input",
    "单输入 logistic 回归在一个样本上的梯度",
    x=number("x", "input", "输入"),
    w=number("w", "weight", "权重"),
    b=BIAS,
    y=number("y", "class, 0 or 1", "类别（0 或 1）"),
)


@logistic_gradient.step(
    r"\frac{1}{1 + e^{-\left($w $x + $b\right)}}", symbol="p", zh="类别 1 的概率", name="probability"
)
def _(w: Number, x: Number, b: Number) -> Number:
    """Probability of class 1."""
    return functions.sigmoid(w * x + b)


@logistic_gradient.step(
    "$probability - $y", symbol=r"\frac{\partial L}{\partial b}", zh="偏置的梯度", name="b_gradient"
)
def _(probability: Number, y: Number) -> Number:
    """Gradient of the bias."""
    return probability - y


@logistic_gradient.step(r"$b_gradient $x", symbol=r"\frac{\partial L}{\partial w}", zh="权重的梯度", name="w_gradient")
def _(b_gradient: Number, x: Number) -> Number:
    """Gradient of the weight."""
    return b_gradient * x


logistic_gradient.misconception("regression/bias-forgotten", replaces="probability")(
    lambda w, x: functions.sigmoid(w * x)
)
logistic_gradient.misconception("regression/exponent-sign", replaces="probability")(
    lambda w, x, b: functions.sigmoid(-(w * x + b))
)
logistic_gradient.misconception("regression/target-minus-prediction", replaces="b_gradient")(
    lambda probability, y: y - probability
)
logistic_gradient.misconception("regression/squared-error-delta", replaces="b_gradient")(
    lambda probability, y: (probability - y) * probability * (1 - probability)
)
logistic_gradient.misconception("regression/input-left-out", replaces="w_gradient")(lambda b_gradient: b_gradient)


logistic_gradient.misconception("regression/sigmoid-left-out", replaces="probability")(lambda w, x, b: w * x + b)
logistic_gradient.misconception("regression/target-left-out", replaces="b_gradient")(lambda probability: probability)


@logistic_gradient.oracle
def _(x: Number, w: Number, b: Number, y: Number) -> dict[str, Any]:
    import torch

    weight, bias = (torch_tensor(value).requires_grad_() for value in (w, b))
    z = weight * torch_tensor(x) + bias
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch_tensor(y))
    found = torch.autograd.grad(loss, [weight, bias])
    return {
        "probability": z.detach().sigmoid().item(),
        "b_gradient": found[1].item(),
        "w_gradient": found[0].item(),
    }
