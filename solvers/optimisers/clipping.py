"""Gradient clipping, by the norm of the whole gradient and by the value of each entry."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import sqrt
from solvers.givens import number, vector
from solvers.oracles import torch_tensor
from solvers.values import Number, Vector, each

clip_by_norm = Derivation(
    "optim.clip_by_norm",
    "Gradient scaled down to a largest norm",
    "按范数裁剪梯度",
    g=vector("g", "gradient, all its entries", "梯度（全部分量）"),
    c=number("c", "largest norm", "范数上限", least=0),
    eps=number(
        r"\epsilon",
        "added to the norm (PyTorch adds 1e-6)",
        "加在范数上的小常数（PyTorch 为 1e-6）",
        default=0,
        least=0,
    ),
)


@clip_by_norm.step(r"\sqrt{{$g}^\top $g}", symbol=r"\lVert g \rVert", zh="梯度的范数")
def norm(g: Vector) -> Number:
    """Norm of the gradient."""
    return sqrt(sum(x * x for x in g))


@clip_by_norm.step(r"\min\left(1, \frac{$c}{$norm + $eps}\right)", symbol="s", zh="缩放因子")
def factor(c: Number, norm: Number, eps: Number) -> Number:
    """Factor by which the gradient is scaled."""
    return 1 if norm + eps <= c else Fraction(1) * c / (norm + eps)


@clip_by_norm.step("$factor $g", symbol="g'", zh="裁剪后的梯度")
def clipped(factor: Number, g: Vector) -> Vector:
    """Clipped gradient."""
    return factor * g


@clip_by_norm.misconception("optim/norm-without-root", replaces="norm")
def _(g: Vector) -> Number:
    return sum(x * x for x in g)


@clip_by_norm.misconception("optim/norm-of-sizes", replaces="norm")
def _(g: Vector) -> Number:
    return sum(abs(x) for x in g)


@clip_by_norm.misconception("optim/clipped-entrywise", replaces="clipped")
def _(g: Vector, c: Number) -> Vector:
    return each(lambda x: max(-c, min(c, x)), g)


@clip_by_norm.misconception("optim/scaled-to-one", replaces="factor")
def _(norm: Number) -> Number:
    return Fraction(1) / norm


@clip_by_norm.misconception("optim/scaled-up", replaces="factor")
def _(c: Number, norm: Number) -> Number:
    return Fraction(1) * c / norm


clip_by_norm.misconception("optim/multiplied-by-limit", replaces="factor")(lambda c: c)


@clip_by_norm.oracle
def _(g: Vector, c: Number, eps: Number) -> dict[str, Any]:
    import torch

    gradient = torch_tensor(g)
    size, most = torch.linalg.vector_norm(gradient), torch_tensor(c)
    share = torch.clamp(most / (size + torch_tensor(eps)), max=1.0) if size + float(eps) > 0 else torch.tensor(1.0)
    shrunk = torch.nn.functional.normalize(gradient, dim=0, eps=0.0) * size * share if size > 0 else gradient
    return {"norm": size.item(), "factor": share.item(), "clipped": shrunk}


clip_by_value = Derivation(
    "optim.clip_by_value",
    "Gradient with every entry kept between two bounds",
    "按值裁剪梯度",
    g=vector("g", "gradient", "梯度"),
    c=number("c", "largest size of an entry", "分量绝对值的上限", least=0),
)


@clip_by_value.step(r"\operatorname{clip}\left($g, -$c, $c\right)", symbol="g'", zh="裁剪后的梯度", name="clipped")
def _(g: Vector, c: Number) -> Vector:
    """Clipped gradient."""
    return each(lambda x: max(-c, min(c, x)), g)


@clip_by_value.misconception("optim/clipped-by-norm", replaces="clipped")
def _(g: Vector, c: Number) -> Vector:
    size = sqrt(sum(x * x for x in g))
    return g if size <= c else Fraction(1) * c / size * g


@clip_by_value.misconception("optim/clipped-above-only", replaces="clipped")
def _(g: Vector, c: Number) -> Vector:
    return each(lambda x: min(c, x), g)


@clip_by_value.misconception("optim/sign-lost-in-clipping", replaces="clipped")
def _(g: Vector, c: Number) -> Vector:
    return each(lambda x: min(c, abs(x)), g)


@clip_by_value.misconception("optim/clipped-below-at-zero", replaces="clipped")
def _(g: Vector, c: Number) -> Vector:
    return each(lambda x: max(0, min(c, x)), g)


@clip_by_value.misconception("optim/only-the-sign-kept", replaces="clipped")
def _(g: Vector, c: Number) -> Vector:
    return each(lambda x: c * ((x > 0) - (x < 0)), g)


@clip_by_value.misconception("optim/set-to-zero-beyond", replaces="clipped")
def _(g: Vector, c: Number) -> Vector:
    return each(lambda x: x if abs(x) <= c else 0, g)


@clip_by_value.misconception("optim/scaled-by-the-largest", replaces="clipped")
def _(g: Vector, c: Number) -> Vector:
    largest = max(abs(x) for x in g)
    return g if largest <= c else Fraction(1) * c / largest * g


@clip_by_value.oracle
def _(g: Vector, c: Number) -> dict[str, Any]:
    import torch

    parameter = torch.nn.Parameter(torch.zeros(len(g), dtype=torch.float64))
    parameter.grad = torch_tensor(g)
    torch.nn.utils.clip_grad_value_([parameter], float(c))
    return {"clipped": parameter.grad}
