"""What counting updates tells: the dual form, and how often one point alone must be used."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import sqrt
from solvers.givens import number, vector
from solvers.oracles import torch_tensor
from solvers.perceptron.plane import LABELS, POINTS, RATE
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector

# ------------------------------------------------------------------------------------------------------ the dual form

dual = Derivation(
    "perceptron.dual",
    "Dual form: weights and bias from how often each point was used",
    "对偶形式：由各点被使用的次数求权重与偏置",
    X=POINTS,
    y=LABELS,
    n=vector("n", "how often each point was used for an update", "各点被用于更新的次数", axes=("n",)),
    rate=RATE,
)


@dual.step(r"$X $X^\top", symbol="G", zh="Gram 矩阵", final=True)
def gram(X: Matrix) -> Matrix:
    """Gram matrix of the points."""
    return X @ X.T


@dual.step("$rate $n", symbol=r"\alpha", zh="系数")
def alpha(rate: Number, n: Vector) -> Vector:
    """Coefficients."""
    return rate * n


@dual.step(r"$X^\top \left($alpha \odot $y\right)", symbol="w", zh="权重", final=True)
def weights(X: Matrix, alpha: Vector, y: Vector) -> Vector:
    """Weights."""
    return X.T @ (alpha * y)


@dual.step(r"$alpha^\top $y", symbol="b", zh="偏置")
def bias(alpha: Vector, y: Vector) -> Number:
    """Bias."""
    return alpha @ y


@dual.misconception("perceptron/label-forgotten", replaces="weights")
def _(X: Matrix, alpha: Vector) -> Vector:
    return X.T @ alpha


@dual.misconception("perceptron/label-forgotten", replaces="bias")
def _(alpha: Vector) -> Number:
    return sum(alpha)


@dual.oracle
def _(X: Matrix, y: Vector, n: Vector, rate: Number) -> dict[str, Any]:
    import torch

    points, labels, used = torch_tensor(X), torch_tensor(y), torch_tensor(n) * float(rate)
    return {
        "gram": torch.nn.functional.linear(points, points),
        "alpha": used,
        "weights": torch.einsum("nd,n,n->d", points, used, labels),
        "bias": torch.dot(used, labels).item(),
    }


# ------------------------------------------------------------------------------- how many updates does one point need?

repeats = Derivation(
    "perceptron.repeats",
    "How an update on a point changes its margin, and how many it takes alone to be right",
    "用一个点更新后其间隔的变化，以及只用该点需更新几次才能分对",
    m=number("m", "functional margin before the update (0 or less)", "更新前的函数间隔（不大于 0）", most=0),
    q=number("q", "squared length of the point", "样本点长度的平方", least=0),
    r=number("r", "learning rate", "学习率", default=1),
)


@repeats.step(r"$r \left($q + 1\right)", symbol=r"\Delta", zh="每次更新使间隔增加的量")
def gain(r: Number, q: Number) -> Number:
    """What an update adds to the margin."""
    return r * (q + 1)


@repeats.step("$m + $gain", symbol=r"m^{\text{new}}", zh="更新一次后的间隔", final=True)
def margin_after(m: Number, gain: Number) -> Number:
    """Margin after one update."""
    return m + gain


@repeats.step(
    r"\left\lfloor \frac{-$m}{$gain} \right\rfloor + 1", symbol="k", zh="分对该点所需的更新次数", name="repeats"
)
def _(m: Number, gain: Number) -> int:
    """Updates until the margin is above 0."""
    if gain <= 0:
        raise Undefined("the learning rate must be above 0", "学习率必须大于 0")
    return math.floor(-m / gain if isinstance(m / gain, float) else Fraction(-m) / gain) + 1


repeats.misconception("perceptron/bias-not-updated", replaces="gain")(lambda r, q: r * q)
repeats.misconception("perceptron/length-not-squared", replaces="gain")(lambda r, q: r * (sqrt(q) + 1))
repeats.misconception("perceptron/zero-margin-accepted", replaces="repeats")(lambda m, gain: math.ceil(-m / gain))


@repeats.oracle
def _(m: Number, q: Number, r: Number) -> dict[str, Any]:
    import torch

    x = torch.tensor([float(q) ** 0.5, 1.0], dtype=torch.float64)
    before = torch_tensor(m)
    w = (before * x / x.square().sum()).requires_grad_()
    optimiser = torch.optim.SGD([w], lr=float(r))
    margins = [before.item()]
    while round(margins[-1], 9) <= 0:
        optimiser.zero_grad()
        (-(w @ x)).backward()
        optimiser.step()
        margins.append((w @ x).item())
    return {"gain": margins[1] - margins[0], "margin_after": margins[1], "repeats": len(margins) - 1}
