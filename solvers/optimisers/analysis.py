"""What follows from the rules: which rates converge on a parabola, what a constant gradient adds up to."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer, number
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number

contraction = Derivation(
    "optim.contraction",
    "Gradient descent on f(w) = a (w - c)^2: the factor per step, the largest rate, the value after T steps",
    "在 f(w) = a (w - c)^2 上的梯度下降：每步的因子、学习率上限与 T 步之后的值",
    a=number("a", "curvature coefficient, above 0", "二次项系数（大于 0）"),
    c=number("c", "place of the minimum", "极小点的位置", default=0),
    w=number("w_0", "start", "初值"),
    lr=number(r"\eta", "learning rate", "学习率"),
    T=integer("T", "number of steps", "步数", default=1, least=0),
)


@contraction.step(r"1 - 2 $a $lr", symbol="q", zh="每步距离乘上的因子")
def factor(a: Number, lr: Number) -> Number:
    """Factor by which the distance to the minimum is multiplied."""
    return 1 - 2 * a * lr


@contraction.step(r"\frac{1}{$a}", symbol=r"\eta_{\max}", zh="学习率的上限", final=True)
def largest_rate(a: Number) -> Number:
    """Rate from which on it no longer converges."""
    if not a > 0:
        raise Undefined("the parabola has no minimum", "该抛物线没有极小点")
    return Fraction(1) / a


@contraction.step(r"$c + {$factor}^{$T} ($w - $c)", symbol="w_T", zh="T 步之后的参数")
def after(c: Number, factor: Number, T: int, w: Number) -> Number:
    """Parameter after T steps."""
    return c + factor**T * (w - c)


@contraction.misconception("optim/derivative-of-square", replaces="factor")
def _(a: Number, lr: Number) -> Number:
    return 1 - a * lr


contraction.misconception("optim/curvature-left-out", replaces="factor")(lambda lr: 1 - lr)


@contraction.misconception("optim/rate-half", replaces="largest_rate")
def _(a: Number) -> Number:
    return Fraction(1, 2) / a


@contraction.misconception("optim/minimum-at-zero", replaces="after")
def _(factor: Number, T: int, w: Number) -> Number:
    return factor**T * w


@contraction.misconception("optim/linear-contraction", replaces="after")
def _(c: Number, factor: Number, T: int, w: Number) -> Number:
    return c + factor * T * (w - c)


@contraction.oracle
def _(a: Number, c: Number, w: Number, lr: Number, T: int) -> dict[str, Any]:
    import torch

    place = torch_tensor(w).reshape(1).requires_grad_()
    curve, low = torch_tensor(a), torch_tensor(c)
    optimiser = torch.optim.SGD([place], lr=float(lr))

    def loss() -> Any:
        return (curve * (place - low).square()).sum()

    for _ in range(T):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
    curvature = torch.autograd.functional.hessian(
        lambda x: curve * (x - low).square().sum(), torch.ones(1, dtype=torch.float64)
    ).item()
    return {"after": place.item(), "largest_rate": 2 / curvature, "factor": 1 - float(lr) * curvature}


constant_gradient = Derivation(
    "optim.constant_gradient",
    "Momentum under a constant gradient (v = mu v + g from v = 0): velocity after T steps, its limit, the effective rate",
    "梯度恒定时的动量（v = mu v + g，初值 0）：T 步之后的速度、极限与等效学习率",
    g=number("g", "constant gradient", "恒定的梯度", default=1),
    mu=number(r"\mu", "momentum coefficient", "动量系数", least=0),
    lr=number(r"\eta", "learning rate", "学习率", default=1),
    T=integer("T", "number of steps", "步数", default=1, least=1),
)


@constant_gradient.step(r"$g \cdot \frac{1 - {$mu}^{$T}}{1 - $mu}", symbol="v_T", zh="T 步之后的速度", final=True)
def velocity(g: Number, mu: Number, T: int) -> Number:
    """Velocity after T steps."""
    return g * (1 - mu**T) / _rest(mu)


@constant_gradient.step(r"\frac{$g}{1 - $mu}", symbol=r"v_\infty", zh="速度的极限")
def limit(g: Number, mu: Number) -> Number:
    """Velocity that is approached."""
    return g / _rest(mu)


@constant_gradient.step(r"$lr \cdot $limit", symbol="s", zh="最终每步的位移")
def stride(lr: Number, limit: Number) -> Number:
    """Length of a step in the end."""
    return lr * limit


def _rest(mu: Number) -> Number:
    if not mu < 1:
        raise Undefined("the velocity grows without end", "速度将无限增大")
    return Fraction(1) - mu


@constant_gradient.misconception("optim/momentum-not-damped", replaces="velocity")
def _(g: Number, T: int) -> Number:
    return g * T


@constant_gradient.convention("convention/momentum-averages", replaces="velocity")
def _(g: Number, mu: Number, T: int) -> Number:
    return g * (1 - mu**T)


@constant_gradient.convention("convention/momentum-averages", replaces="limit")
def _(g: Number) -> Number:
    return g


constant_gradient.misconception("optim/limit-without-first", replaces="velocity")(
    lambda g, mu, T: g * mu * (1 - mu**T) / _rest(mu)
)
constant_gradient.misconception("optim/limit-without-first", replaces="limit")(lambda g, mu: g * mu / _rest(mu))


@constant_gradient.misconception("optim/limit-by-coefficient", replaces="limit")
def _(g: Number, mu: Number) -> Number:
    if mu == 0:
        raise Undefined("there is no momentum to divide by", "没有动量可作除数")
    return Fraction(1) * g / mu


@constant_gradient.misconception("optim/limit-with-plus", replaces="limit")
def _(g: Number, mu: Number) -> Number:
    return g * (1 + mu)


@constant_gradient.oracle
def _(g: Number, mu: Number, lr: Number, T: int) -> dict[str, Any]:
    import torch

    place = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimiser = torch.optim.SGD([place], lr=float(lr), momentum=float(mu))
    for _ in range(T):
        place.grad = torch_tensor(g).reshape(1)
        optimiser.step()
    buffer = optimiser.state[place]["momentum_buffer"].item() if mu else float(g)
    # The limit is the velocity that one more step leaves as it is.
    still = torch.linalg.solve(torch.ones(1, 1, dtype=torch.float64) - float(mu), torch_tensor(g).reshape(1)).item()
    return {"velocity": buffer, "limit": still, "stride": float(lr) * still}
