"""What follows from the shapes of the curves: identities, inverses, dying units, vanishing products."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers import functions
from solvers.activation.catalogue import positive
from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.givens import integer, matrix, number, vector
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector, array

# ---------------------------------------------------------------------------------------------------- tanh and sigmoid

tanh_from_sigmoid = Derivation(
    "activation.tanh_from_sigmoid",
    "tanh from the sigmoid: tanh(x) = 2 sigmoid(2x) - 1",
    "用 sigmoid 表示 tanh：tanh(x) = 2σ(2x) - 1",
    x=number("x", "argument", "自变量"),
)


@tanh_from_sigmoid.step(r"\frac{1}{1 + e^{-2 $x}}", symbol=r"\sigma(2x)", zh="两倍自变量处的 sigmoid 值")
def logistic(x: Number) -> Number:
    """Sigmoid of twice the argument."""
    return functions.sigmoid(2 * x)


@tanh_from_sigmoid.step("2 $logistic - 1", symbol=r"\tanh(x)", zh="双曲正切的值")
def tangent(logistic: Number) -> Number:
    """Hyperbolic tangent."""
    return 2 * logistic - 1


tanh_from_sigmoid.misconception("activation/argument-not-doubled", replaces="logistic")(functions.sigmoid)
tanh_from_sigmoid.misconception("activation/shift-forgotten", replaces="tangent")(lambda logistic: 2 * logistic)


@tanh_from_sigmoid.oracle
def _(x: Number) -> dict[str, Any]:
    at = torch_tensor(x)
    return {"logistic": (2 * at).sigmoid().item(), "tangent": at.tanh().item()}


logit = Derivation(
    "activation.logit",
    "Argument at which a sigmoid with slope parameter a has a wanted value",
    "使带斜率参数 a 的 sigmoid 取给定值的自变量",
    s=number("s", "wanted value, between 0 and 1", "给定的函数值（0 与 1 之间）", least=0, most=1),
    a=number("a", "slope parameter", "斜率参数", default=1),
)


@logit.step(r"\frac{$s}{1 - $s}", symbol="q", zh="几率")
def odds(s: Number) -> Number:
    """Odds."""
    if s in (0, 1):
        raise Undefined("a sigmoid never reaches 0 or 1", "sigmoid 永远取不到 0 或 1")
    return divided(s, 1 - s)


@logit.step(r"\frac{\ln $odds}{$a}", symbol="x", zh="自变量")
def argument(odds: Number, a: Number) -> Number:
    """Argument."""
    return divided(functions.log(odds), a)


logit.misconception("activation/odds-upside-down", replaces="odds")(lambda s: divided(1 - s, s))
logit.misconception("activation/logarithm-to-base-ten", replaces="argument")(
    lambda odds, a: divided(functions.log(odds), functions.log(10) * a)
)
logit.misconception("activation/slope-ignored", replaces="argument", x="odds")(functions.log)
logit.misconception("activation/logarithm-of-value", replaces="argument")(lambda s, a: divided(functions.log(s), a))


@logit.oracle
def _(s: Number, a: Number) -> dict[str, Any]:
    import torch

    at = torch.logit(torch_tensor(s))
    return {"odds": at.exp().item(), "argument": (at / float(a)).item()}


# -------------------------------------------------------------------------------------------------------- dying ReLU

dead_unit = Derivation(
    "activation.dead_unit",
    "A ReLU unit over a data set: where it is active, and the gradient that its weights get",
    "一个 ReLU 单元在数据集上的激活情况与权重梯度",
    X=matrix("X", "inputs, one sample a row", "输入（每行一个样本）", axes=("n", "d")),
    w=vector("w", "weights", "权重", axes=("d",)),
    b=number("b", "bias", "偏置", default=0),
    g=vector(
        "g",
        "gradient of the loss with respect to the unit's output, for each sample",
        "各样本上损失对单元输出的梯度",
        axes=("n",),
        default=1,
    ),
)


@dead_unit.step("$X $w + $b", symbol="z", zh="各样本的净输入")
def net_inputs(X: Matrix, w: Vector, b: Number) -> Vector:
    """Net input for each sample."""
    return X @ w + b


@dead_unit.step(r"\max\left($net_inputs, 0\right)", symbol="h", zh="各样本的输出", final=True)
def outputs(net_inputs: Vector) -> Vector:
    """Output for each sample."""
    return functions.relu(net_inputs)


@dead_unit.step(
    r"\max\left(\operatorname{sgn}\left($net_inputs\right), 0\right)", symbol="m", zh="激活标记（1 表示激活）"
)
def active(net_inputs: Vector) -> Vector:
    """Samples on which the unit is active, marked by 1."""
    return array([positive(z) for z in net_inputs])


@dead_unit.step(r"\operatorname{sum}\left($active\right)", symbol="k", zh="激活的样本数", final=True)
def count(active: Vector) -> int:
    """Number of samples on which it is active."""
    return sum(active)


@dead_unit.step(
    r"$X^\top \left($g \odot $active\right)",
    symbol=r"\frac{\partial L}{\partial w}",
    zh="权重的梯度（对样本求和）",
    final=True,
)
def w_gradient(X: Matrix, g: Vector, active: Vector) -> Vector:
    """Gradient of the weights, added up over the samples."""
    return X.T @ (g * active)


@dead_unit.step(r"$g^\top $active", symbol=r"\frac{\partial L}{\partial b}", zh="偏置的梯度")
def b_gradient(g: Vector, active: Vector) -> Number:
    """Gradient of the bias."""
    return g @ active


dead_unit.misconception("activation/mask-inverted", replaces="active")(
    lambda net_inputs: array([positive(-z) for z in net_inputs])
)
dead_unit.misconception("activation/mask-ignored", replaces="active")(lambda net_inputs: array([1] * len(net_inputs)))
dead_unit.misconception("activation/bias-forgotten", replaces="net_inputs")(lambda X, w: X @ w)


@dead_unit.oracle
def _(X: Matrix, w: Vector, b: Number, g: Vector) -> dict[str, Any]:
    import torch

    weights, bias = torch_tensor(w).requires_grad_(), torch_tensor(b).requires_grad_()
    z = torch_tensor(X) @ weights + bias
    z.retain_grad()
    clean = z + (z.detach().round(decimals=9) + 0.0 - z.detach())
    h = torch.relu(clean)
    (h * torch_tensor(g)).sum().backward()
    return {
        "net_inputs": z.detach(),
        "outputs": h.detach(),
        "active": (h > 0).to(torch.int64),
        "count": int(h.count_nonzero()),
        "w_gradient": weights.grad,
        "b_gradient": bias.grad.item() if bias.grad is not None else 0.0,
    }


dying_bias = Derivation(
    "activation.dying_bias",
    "Largest bias with which a ReLU unit is dead on all samples",
    "使 ReLU 单元在所有样本上都不激活的最大偏置",
    X=matrix("X", "inputs, one sample a row", "输入（每行一个样本）", axes=("n", "d")),
    w=vector("w", "weights", "权重", axes=("d",)),
)


@dying_bias.step("$X $w", symbol="u", zh="各样本的加权和")
def sums(X: Matrix, w: Vector) -> Vector:
    """Weighted sum for each sample."""
    return X @ w


@dying_bias.step(r"-\max\left($sums\right)", symbol=r"b^*", zh="不激活的最大偏置")
def bias(sums: Vector) -> Number:
    """Largest bias with which no net input is above 0."""
    return -max(sums)


dying_bias.misconception("activation/smallest-sum", replaces="bias")(lambda sums: -min(sums))
dying_bias.misconception("activation/sign-lost", replaces="bias")(lambda sums: sums.max())


@dying_bias.oracle
def _(X: Matrix, w: Vector) -> dict[str, Any]:
    import torch

    found = torch.nn.functional.linear(torch_tensor(X), torch_tensor(w).unsqueeze(0))[:, 0]
    return {"sums": found, "bias": torch.neg(found.sort().values[-1]).item()}


# -------------------------------------------------------------------------------------------------- vanishing products

vanishing = Derivation(
    "activation.vanishing",
    "Largest factor by which a chain of sigmoid layers can pass a gradient on (weights 1)",
    "一串 sigmoid 层所能传递的梯度的最大倍数（权重为 1）",
    n=integer("n", "layers", "层数", least=0, most=400),
    a=number("a", "slope parameter", "斜率参数", default=1),
)


@vanishing.step(r"\frac{$a}{4}", symbol=r"\max \sigma'", zh="单层导数的最大值（在 0 处）")
def steepest(a: Number) -> Number:
    """Largest derivative of one layer, at 0."""
    return Fraction(a) / 4 if isinstance(a, (int, Fraction)) else a / 4


@vanishing.step("$steepest^{$n}", symbol="F", zh="n 层的倍数上界")
def factor(steepest: Number, n: int) -> Number:
    """Largest factor of all layers."""
    return steepest**n


vanishing.misconception("activation/half-for-quarter", replaces="steepest")(lambda a: divided(a, 2))
vanishing.misconception("activation/one-layer-fewer", replaces="factor")(lambda steepest, n: steepest ** max(n - 1, 0))
vanishing.misconception("activation/one-layer-only", replaces="factor")(lambda steepest: steepest)
vanishing.misconception("activation/sum-for-product", replaces="factor")(lambda steepest, n: steepest * n)


@vanishing.oracle
def _(n: int, a: Number) -> dict[str, Any]:
    import torch

    at = torch.zeros(n + 1, dtype=torch.float64, requires_grad=True)
    (slopes,) = torch.autograd.grad(torch.sigmoid(float(a) * at).sum(), at)
    return {"steepest": slopes[0].item(), "factor": slopes[:n].prod().item()}
