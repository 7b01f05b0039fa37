"""Single pieces of the backward pass: softmax with cross-entropy, one output unit, one step with an L2 term."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.backprop.functions import (
    SOFTMAX,
    activation_of,
    fused_delta,
    gradient_formula,
    loss_formula,
    loss_gradient,
    loss_value,
    quotient,
    slope,
)
from solvers.backprop.givens import L2, LOSS_FUNCTION, RATE
from solvers.backprop.loss_mistakes import declare_entropy_mistakes
from solvers.backprop.mistakes import (
    declare_decay_mistakes,
    declare_fused_mistakes,
    declare_loss_mistakes,
    declare_slope_mistakes,
    declare_step_mistakes,
)
from solvers.backprop.oracle import activated, sample_losses, slope_at
from solvers.backprop.scalar import partial
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import softmax
from solvers.givens import number, vector, word
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector, each

# ------------------------------------------------------------------------------------- softmax with cross-entropy

softmax_cross_entropy = Derivation(
    "backprop.softmax_cross_entropy",
    "Gradient of softmax with cross-entropy, from the scores (logits)",
    "softmax 与交叉熵的梯度（由得分 logits 求）",
    z=vector("z", "scores (logits), one per class", "各类的得分（logits）", axes=("classes",)),
    target=vector("y", "target: one-hot, or any distribution", "目标：one-hot 向量或任一概率分布", axes=("classes",)),
)


@softmax_cross_entropy.step(SOFTMAX.formula, symbol=r"\hat{y}", zh="各类的概率")
def output(z: Vector) -> Vector:
    """Probabilities of the classes."""
    return softmax(z)


@softmax_cross_entropy.step(loss_formula("cross_entropy", "vector", 1), symbol="L", zh="交叉熵损失", final=True)
def loss(output: Vector, target: Vector) -> Number:
    """Cross-entropy loss."""
    return loss_value(output, target, "cross_entropy")


@softmax_cross_entropy.step("$output - $target", symbol=r"\delta", zh="误差项：损失对得分的梯度")
def delta(output: Vector, target: Vector) -> Vector:
    """Delta: gradient of the loss with respect to the scores."""
    return fused_delta(output, target, "cross_entropy")


declare_fused_mistakes(softmax_cross_entropy, "delta")
declare_entropy_mistakes(softmax_cross_entropy, "loss", "cross_entropy", several=True)


@softmax_cross_entropy.misconception("backprop/softmax-jacobian-diagonal", replaces="delta")
def _(output: Vector, target: Vector) -> Vector:
    return -target * (1 - output)


@softmax_cross_entropy.misconception("backprop/divided-by-classes", replaces="delta")
def _(output: Vector, target: Vector) -> Vector:
    return (output - target) * Fraction(1, len(target))


@softmax_cross_entropy.misconception("backprop/absolute-difference", replaces="delta")
def _(output: Vector, target: Vector) -> Vector:
    return each(abs, output - target)


@softmax_cross_entropy.misconception("backprop/loss-slope-only", replaces="delta")
def _(output: Vector, target: Vector) -> Vector:
    return loss_gradient(output, target, "cross_entropy")


@softmax_cross_entropy.oracle
def _(z: Vector, target: Vector) -> dict[str, Any]:
    import torch

    scores = torch_tensor(z).requires_grad_()
    found = torch.nn.functional.cross_entropy(scores, torch_tensor(target))
    found.backward()
    return {"output": scores.detach().softmax(0), "loss": found.item(), "delta": scores.grad}


# ------------------------------------------------------------------------- one output unit, from its activation's value


def _output_unit(activation: str, loss: str) -> Derivation:
    d = Derivation(
        "backprop.output_unit",
        "Delta of one output unit, from the value of its activation",
        "由输出值求单个输出单元的误差项",
        a=number("a", "output of the unit", "该单元的输出"),
        y=number("y", "target", "目标值"),
        h=number("h", "activation that the weight multiplies", "与该权重相乘的前层输出", default=1),
        activation=word(
            r"\text{activation}",
            "activation of the unit",
            "该单元的激活函数",
            words=("sigmoid", "tanh", "linear"),
            default="sigmoid",
        ),
        loss_function=LOSS_FUNCTION,
    )
    d.step(
        gradient_formula(loss, "number", 1),
        symbol=partial("a"),
        name="error",
        en="Gradient of the loss at the output",
        zh="损失对输出的梯度",
        output="a",
        target="y",
        loss="loss_function",
    )(loss_gradient)
    declare_loss_mistakes(d, loss, 1, step="error", output="a", target="y")
    formula = activation_of(activation).scalar_slope or "1"

    @d.step(formula, symbol="f'(z)", name="slope", zh="激活函数的导数（用输出值表示）")
    def _(a: Number, activation: str) -> Number:
        """Derivative of the activation, in terms of its value."""
        return slope(a, a, activation)

    @d.step("$error $slope", symbol=r"\delta", zh="误差项")
    def delta(error: Number, slope: Number) -> Number:
        """Delta of the unit."""
        return error * slope

    @d.step("$delta $h", symbol=partial("w"), zh="权重的梯度", name="weight_gradient")
    def _(delta: Number, h: Number) -> Number:
        """Gradient of the weight."""
        return delta * h

    if activation != "linear":
        declare_slope_mistakes(d, activation, "slope", without=("backprop/formula-on-weighted-sum",), a="a")
        d.misconception("backprop/derivative-missing", replaces="delta")(lambda error: error)
        d.misconception("backprop/derivative-twice", replaces="delta")(lambda error, slope: error * slope * slope)
    d.misconception("backprop/input-left-out", replaces="weight_gradient")(lambda delta: delta)
    d.misconception("backprop/own-activation", replaces="weight_gradient")(lambda delta, a: delta * a)

    @d.oracle
    def _(a: Number, y: Number, h: Number, activation: str, loss_function: str) -> dict[str, Any]:
        import torch

        inverses = {"sigmoid": torch.logit, "tanh": torch.atanh, "linear": torch.clone}
        z = inverses[activation](torch_tensor(a).reshape(1)).requires_grad_()
        output = activated(z, activation)
        found = sample_losses(z, output, torch_tensor(y).reshape(1), "none", loss_function)
        error, at_sum = torch.autograd.grad(found, [output, z])
        weight = torch.autograd.functional.jvp(lambda w: w * torch_tensor(h), torch_tensor(0), at_sum[0])[1]
        slope = slope_at(z, activation).item()
        return {"error": error.item(), "slope": slope, "delta": at_sum.item(), "weight_gradient": weight.item()}

    return d


output_unit = Family(
    "backprop.output_unit",
    _output_unit,
    lambda givens: (givens["activation"], givens["loss_function"]),
    smallest=("sigmoid", "squared_error"),
)

# ---------------------------------------------------------------------------------- one step with an L2 term

l2_update = Derivation(
    "backprop.l2_update",
    "One step of gradient descent with an L2 term",
    "带 L2 正则化的一次梯度下降",
    w=vector("w", "weights", "权重", axes=("d",)),
    g=vector(partial("w"), "gradient of the data loss", "数据损失的梯度", axes=("d",)),
    l2=L2,
    rate=RATE,
)


@l2_update.step("$g + $l2 $w", symbol=r"\frac{\partial J}{\partial w}", zh="含 L2 项的总梯度")
def total_gradient(g: Vector, l2: Number, w: Vector) -> Vector:
    """Gradient of the loss with its L2 term."""
    return g + l2 * w


@l2_update.step("$w - $rate $total_gradient", symbol=r"w^{\text{new}}", zh="更新后的权重")
def w_updated(w: Vector, rate: Number, total_gradient: Vector) -> Vector:
    """Updated weights."""
    return w - rate * total_gradient


declare_decay_mistakes(l2_update, "total_gradient", value="w", gradient="g")
declare_step_mistakes(l2_update, "w_updated", value="w", gradient="total_gradient")


@l2_update.misconception("backprop/penalty-without-rate", replaces="w_updated")
def _(w: Vector, rate: Number, g: Vector, l2: Number) -> Vector:
    return w - rate * g - l2 * w


@l2_update.oracle
def _(w: Vector, g: Vector, l2: Number, rate: Number) -> dict[str, Any]:
    import torch

    weights, gradient = torch_tensor(w).requires_grad_(), torch_tensor(g)
    regularised = weights @ gradient + float(l2) / 2 * torch.linalg.vector_norm(weights) ** 2
    (total,) = torch.autograd.grad(regularised, weights)
    weights.grad = gradient
    torch.optim.SGD([weights], lr=float(rate), weight_decay=float(l2)).step()
    return {"total_gradient": total, "w_updated": weights.detach()}


# ----------------------------------------------------------------------------------------- which rate was it?

needed_rate = Derivation(
    "backprop.needed_rate",
    "The learning rate that took a linear neuron's weight from one value to another",
    "由线性神经元权重更新前后的值反求学习率",
    x=number("x", "input", "输入"),
    w=number("w", "weight before the step", "更新前的权重"),
    target=number("y", "target", "目标值"),
    w_new=number(r"w^{\text{new}}", "weight after the step", "更新后的权重"),
)


@needed_rate.step("$w $x", symbol=r"\hat{y}", zh="神经元的输出")
def prediction(w: Number, x: Number) -> Number:
    """Output of the neuron."""
    return w * x


@needed_rate.step(r"\left($prediction - $target\right) $x", symbol=partial("w"), zh="权重的梯度")
def gradient(prediction: Number, target: Number, x: Number) -> Number:
    """Gradient of the weight, for half the squared error."""
    return (prediction - target) * x


@needed_rate.step(r"\frac{$w - $w_new}{$gradient}", symbol=r"\eta", zh="所求的学习率")
def rate(w: Number, w_new: Number, gradient: Number) -> Number:
    """Learning rate."""
    if gradient == 0:
        raise Undefined("the gradient is 0, so that no rate moves the weight", "梯度为 0，任何学习率都不会改变权重")
    return quotient(w - w_new, gradient)


@needed_rate.misconception("backprop/target-minus-output", replaces="gradient")
def _(prediction: Number, target: Number, x: Number) -> Number:
    return (target - prediction) * x


@needed_rate.convention("convention/squared-error-without-half", replaces="gradient")
def _(prediction: Number, target: Number, x: Number) -> Number:
    return 2 * (prediction - target) * x


@needed_rate.misconception("backprop/input-left-out", replaces="gradient")
def _(prediction: Number, target: Number) -> Number:
    return prediction - target


def _rate_by_sympy(x: Number, w: Number, target: Number, w_new: Number) -> dict[str, Any]:
    import sympy

    weight, eta = sympy.symbols("weight eta")
    at = {weight: sympy.Rational(w)}
    loss = (sympy.Rational(target) - weight * sympy.Rational(x)) ** 2 / 2
    slope = sympy.diff(loss, weight).subs(at)
    found = sympy.solve(sympy.Eq(sympy.Rational(w) - eta * slope, sympy.Rational(w_new)), eta)
    return {"prediction": at[weight] * sympy.Rational(x), "gradient": slope, "rate": found[0]}


needed_rate.oracle(_rate_by_sympy, engine="sympy")
