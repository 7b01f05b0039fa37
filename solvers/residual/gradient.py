"""Gradient through the shortcut: of one block, and through a chain of blocks."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import matrix, vector
from solvers.oracles import torch_tensor
from solvers.rules import turning
from solvers.values import Matrix, Number, Vector

_X = vector("x", "input", "输入", axes=("d",))
_W1 = matrix("W_1", "weights of the first layer", "第一层权重", axes=("h", "d"))
_B1 = vector("b_1", "biases of the first layer", "第一层偏置", axes=("h",), default=0)

# ------------------------------------------------------------------------------------------------ backward pass

backward = Derivation(
    "residual.backward",
    "Gradient at the input of a residual block y = x + W2 ReLU(W1 x + b1)",
    "残差块 y = x + W2 ReLU(W1 x + b1) 输入处的梯度",
    x=_X,
    W1=_W1,
    W2=matrix("W_2", "weights of the second layer", "第二层权重", axes=("d", "h")),
    b1=_B1,
    delta=vector(r"\delta", "gradient of the loss at the block's output", "损失对残差块输出的梯度", axes=("d",)),
)


@backward.step("$W1 $x + $b1", symbol="z", zh="第一层的净输入")
def z(W1: Matrix, x: Vector, b1: Vector) -> Vector:
    """Weighted input of the first layer."""
    return W1 @ x + b1


@backward.step(r"\operatorname{ReLU}'\left($z\right)", symbol="r", zh="ReLU 的导数（0 处取 0）")
def slope(z: Vector) -> Vector:
    """Derivative of ReLU, 0 at 0."""
    return np.array([int(entry > 0) for entry in z], dtype=object)


@backward.step(r"$slope \odot ($W2^\top $delta)", symbol=r"\delta_z", zh="第一层净输入处的梯度")
def z_gradient(slope: Vector, W2: Matrix, delta: Vector) -> Vector:
    """Gradient at the first layer's weighted input."""
    return slope * (W2.T @ delta)


@backward.step(r"$W1^\top $z_gradient", symbol="g_F", zh="经残差支路传回的梯度")
def branch_gradient(W1: Matrix, z_gradient: Vector) -> Vector:
    """Gradient that comes back through the branch."""
    return W1.T @ z_gradient


@backward.step("$delta + $branch_gradient", symbol=r"\frac{\partial L}{\partial x}", zh="输入处的梯度：捷径与支路之和")
def input_gradient(delta: Vector, branch_gradient: Vector) -> Vector:
    """Gradient at the input: through the shortcut unchanged, plus through the branch."""
    return delta + branch_gradient


@backward.misconception("residual/gradient-without-shortcut", replaces="input_gradient")
def _(branch_gradient: Vector) -> Vector:
    return branch_gradient


@backward.misconception("residual/gradient-by-shortcut-only", replaces="input_gradient")
def _(delta: Vector) -> Vector:
    return delta


backward.convention("convention/row-vectors", replaces="z")(turning(z, "W1"))
backward.convention("convention/row-vectors", replaces="z_gradient")(turning(z_gradient, "W2"))
backward.convention("convention/row-vectors", replaces="branch_gradient")(turning(branch_gradient, "W1"))


@backward.convention("convention/relu-slope-at-zero", replaces="slope")
def _(z: Vector) -> Vector:
    return np.array([int(entry >= 0) for entry in z], dtype=object)


@backward.misconception("residual/relu-slope-ignored", replaces="slope")
def _(z: Vector) -> Vector:
    return np.array([1 for _ in z], dtype=object)


@backward.oracle
def _(x: Vector, W1: Matrix, W2: Matrix, b1: Vector, delta: Vector) -> Mapping[str, Any]:
    import torch

    signal = torch_tensor(x).requires_grad_()
    z = torch.nn.functional.linear(signal, torch_tensor(W1), torch_tensor(b1))
    branch = torch.nn.functional.linear(z.relu(), torch_tensor(W2))
    arrived = torch_tensor(delta)
    (at_z,) = torch.autograd.grad(branch, z, arrived, retain_graph=True)
    (through,) = torch.autograd.grad(branch, signal, arrived, retain_graph=True)
    (both,) = torch.autograd.grad(branch + signal, signal, arrived, retain_graph=True)
    (slope,) = torch.autograd.grad(z.relu().sum(), z)
    return {"z": z.detach(), "slope": slope, "z_gradient": at_z, "branch_gradient": through, "input_gradient": both}


# ---------------------------------------------------------------------------------------------- a chain of blocks


def _chain(depth: int) -> Derivation:
    d = Derivation(
        "residual.chain",
        "Derivative through a chain of blocks with slopes w, without and with shortcuts",
        "导数经过若干层（各层斜率为 w）：不带与带捷径的对比",
        w=vector("w", "slope of each block's branch", "各残差支路的斜率", axes=("blocks",), row=True),
    )
    plain = r" \cdot ".join(f"$w[{i}]" for i in range(depth))

    @d.step(plain, symbol="D", zh="不带捷径时的导数", name="without_shortcuts", final=True)
    def _(w: Vector) -> Number:
        """Derivative without shortcuts: the product of the slopes."""
        return prod(w)

    @d.step("".join(f"(1 + $w[{i}])" for i in range(depth)), symbol="D'", zh="带捷径时的导数", name="with_shortcuts")
    def _(w: Vector) -> Number:
        """Derivative with shortcuts: each block adds 1 to its slope."""
        return prod(1 + slope for slope in w)

    @d.misconception("residual/gradient-without-shortcut", replaces="with_shortcuts")
    def _(w: Vector) -> Number:
        return prod(w)

    @d.misconception("residual/one-added-once", replaces="with_shortcuts")
    def _(w: Vector) -> Number:
        return 1 + prod(w)

    @d.misconception("residual/added-for-multiplied", replaces="without_shortcuts")
    def _(w: Vector) -> Number:
        return sum(w)

    @d.misconception("residual/added-for-multiplied", replaces="with_shortcuts")
    def _(w: Vector) -> Number:
        return len(w) + sum(w)

    @d.misconception("residual/slopes-added", replaces="with_shortcuts")
    def _(w: Vector) -> Number:
        return 1 + sum(w)

    @d.oracle
    def _(w: Vector) -> Mapping[str, Any]:
        import torch

        x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        plain = residual = x
        for slope in torch_tensor(w):
            plain, residual = slope * plain, residual + slope * residual
        found = {"without_shortcuts": plain, "with_shortcuts": residual}
        return {name: torch.autograd.grad(end, x)[0].item() for name, end in found.items()}

    return d


chain = Family("residual.chain", _chain, lambda givens: (len(givens["w"]),), (3,))
