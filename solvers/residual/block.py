"""Output of a residual block, with an identity shortcut or a linear projection on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import relu
from solvers.givens import Given, matrix, vector, word
from solvers.oracles import torch_tensor
from solvers.rules import taking, turning
from solvers.values import Matrix, Value, Vector

_X = vector("x", "input", "输入", axes=("d",))
_W1 = matrix("W_1", "weights of the first layer", "第一层权重", axes=("h", "d"))
_B1 = vector("b_1", "biases of the first layer", "第一层偏置", axes=("h",), default=0)


def _block(projected: bool, last: str) -> Derivation:
    out = "m" if projected else "d"
    givens: dict[str, Given] = {
        "x": _X,
        "W1": _W1,
        "W2": matrix("W_2", "weights of the second layer", "第二层权重", axes=(out, "h")),
        "b1": _B1,
        "b2": vector("b_2", "biases of the second layer", "第二层偏置", axes=(out,), default=0),
    }
    if projected:
        givens["Ws"] = matrix("W_s", "weights of the shortcut", "捷径的权重", axes=("m", "d"))
    d = Derivation(
        "residual.projected_block" if projected else "residual.block",
        "Residual block of two layers with a linear projection on the shortcut"
        if projected
        else "Residual block of two layers with an identity shortcut",
        "捷径带线性投影的两层残差块" if projected else "恒等捷径的两层残差块",
        **givens,
        last=word("g", "activation after the addition", "相加之后的激活函数", words=("relu", "none"), default="relu"),
    )

    @d.step("$W1 $x + $b1", symbol="z", zh="第一层的净输入", name="z")
    def weighted(W1: Matrix, x: Vector, b1: Vector) -> Vector:
        """Weighted input of the first layer."""
        return W1 @ x + b1

    d.convention("convention/row-vectors", replaces="z")(turning(weighted, "W1"))

    @d.step(r"\operatorname{ReLU}\left($z\right)", symbol="h", zh="第一层的输出", name="hidden")
    def _(z: Vector) -> Vector:
        """Output of the first layer."""
        return relu(z)

    @d.step("$W2 $hidden + $b2", symbol="F(x)", zh="残差支路的输出", name="branch")
    def branched(W2: Matrix, hidden: Vector, b2: Vector) -> Vector:
        """Output of the branch."""
        return W2 @ hidden + b2

    d.convention("convention/row-vectors", replaces="branch")(turning(branched, "W2"))

    if projected:

        @d.step("$Ws $x", symbol="s", zh="捷径的输出", name="shortcut")
        def shortcut(Ws: Matrix, x: Vector) -> Vector:
            """Output of the shortcut."""
            return Ws @ x

        d.convention("convention/row-vectors", replaces="shortcut")(turning(shortcut, "Ws"))

    side = "shortcut" if projected else "x"

    @d.step("$branch + $side", symbol="a", zh="支路与捷径之和", name="total", side=side)
    def _(branch: Vector, side: Vector) -> Vector:
        """Branch and shortcut added."""
        return branch + side

    def finished(values: Mapping[str, Value]) -> Vector:
        return relu(values["total"]) if last == "relu" else values["total"]

    formula = r"\operatorname{ReLU}\left($total\right)" if last == "relu" else "$total"
    d.step(formula, symbol="y", en="Output of the block", zh="残差块的输出", name="output")(
        taking(("total", "last"), finished)
    )

    _add_mistakes(d, side, last)
    d.oracle(_forward)
    return d


def _add_mistakes(d: Derivation, side: str, last: str) -> None:
    """Declares the wrong ways to put branch and shortcut together."""

    @d.misconception("residual/shortcut-forgotten", replaces="total")
    def _(branch: Vector) -> Vector:
        return branch

    @d.misconception("residual/relu-left-out-inside", replaces="hidden")
    def _(z: Vector) -> Vector:
        return z

    if last == "relu":

        @d.misconception("residual/relu-before-the-sum", replaces="output", side=side)
        def early(branch: Vector, side: Vector) -> Vector:
            return relu(branch) + side

    @d.misconception("residual/multiplied", replaces="total", side=side)
    def _(branch: Vector, side: Vector) -> Vector:
        return branch * side


def _forward(
    *, x: Vector, W1: Matrix, W2: Matrix, b1: Vector, b2: Vector, last: str, Ws: Any = None
) -> Mapping[str, Any]:
    import torch

    signal = torch_tensor(x)
    z = torch.nn.functional.linear(signal, torch_tensor(W1), torch_tensor(b1))
    branch = torch.nn.functional.linear(z.relu(), torch_tensor(W2), torch_tensor(b2))
    found = {"z": z, "hidden": z.relu(), "branch": branch}
    if Ws is not None:
        signal = found["shortcut"] = torch.nn.functional.linear(signal, torch_tensor(Ws))
    total = branch + signal
    return found | {"total": total, "output": total.relu() if last == "relu" else total}


def _last(givens: Mapping[str, Value]) -> tuple[str]:
    return (str(givens["last"]),)


block = Family("residual.block", lambda last: _block(False, last), _last, ("relu",))
projected_block = Family("residual.projected_block", lambda last: _block(True, last), _last, ("relu",))
