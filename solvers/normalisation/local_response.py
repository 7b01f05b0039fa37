"""Local response normalisation across channels, as in AlexNet and in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import sqrt
from solvers.givens import integer, number, vector, word
from solvers.oracles import torch_tensor
from solvers.values import Number, Vector, array

# ------------------------------------------------------------------------------------------------ local response norm


def _windows(a: Vector, n: int, size: Callable[[Number], Number]) -> Vector:
    """For each channel the sum over the n channels around it; of an even number, the larger half comes before."""
    before, after = n // 2, (n - 1) // 2
    return array([sum(size(x) for x in a[max(0, i - before) : i + after + 1]) for i in range(len(a))])


def _add_mistakes(d: Derivation, form: str) -> None:
    """Declares the other form, and what goes wrong."""
    other = "convention/alpha-shared-out" if form == "alexnet" else "convention/alpha-for-each"

    @d.convention(other, replaces="base")
    def _(k: Number, alpha: Number, squares: Vector, n: int) -> Vector:
        return k + (alpha * Fraction(1, n) if form == "alexnet" else alpha) * squares

    @d.misconception("norm/not-squared", replaces="squares")
    def _(a: Vector, n: int) -> Vector:
        return _windows(a, n, lambda x: x)

    @d.misconception("norm/own-channel-only", replaces="squares")
    def _(a: Vector) -> Vector:
        return a * a

    @d.misconception("norm/all-channels", replaces="squares")
    def _(a: Vector) -> Vector:
        return array(np.full(len(a), sum(a * a), dtype=object))

    @d.misconception("norm/power-left-out", replaces="output")
    def _(a: Vector, base: Vector) -> Vector:
        return a * array([Fraction(1) / x for x in base])


def _local_response(form: str) -> Derivation:
    d = Derivation(
        "norm.local_response",
        "Local response normalisation across the channels at one position",
        "某一位置上跨通道的局部响应归一化",
        a=vector("a", "activations of the channels, in order", "各通道的激活值（按顺序）", row=True),
        n=integer("n", "channels in the window", "窗口内的通道数", default=5, least=1),
        k=number("k", "constant added", "加上的常数", default=2),
        alpha=number(r"\alpha", "weight of the squares", "平方和的系数", default=Fraction(1, 10000)),
        beta=number(r"\beta", "power", "指数", default=Fraction(3, 4)),
        form=word(
            r"\text{form}",
            "alexnet for alpha times the sum of squares, pytorch for alpha times the sum divided by n",
            "alexnet 为 alpha 乘平方和，pytorch 为 alpha 乘平方和再除以 n",
            words=("alexnet", "pytorch"),
            default="alexnet",
        ),
    )

    @d.step(r"\operatorname{window}_{$n}\left($a \odot $a\right)", symbol="q", zh="窗口内的平方和", row=True)
    def squares(a: Vector, n: int) -> Vector:
        """Sum of squares in each channel's window."""
        return _windows(a, n, lambda x: x * x)

    @d.step(
        "$k + $alpha $squares" if form == "alexnet" else r"$k + \frac{$alpha}{$n} $squares",
        symbol="s",
        zh="除数的底数",
        row=True,
    )
    def base(k: Number, alpha: Number, squares: Vector, n: int, form: str) -> Vector:
        """Base of the divisor."""
        return k + (alpha if form == "alexnet" else alpha * Fraction(1, n)) * squares

    @d.step(r"\frac{$a}{{$base}^{$beta}}", symbol="b", zh="归一化后的激活值", name="output", row=True)
    def _(a: Vector, base: Vector, beta: Number) -> Vector:
        """Normalised activations."""
        if beta == 1:
            return a * array([Fraction(1) / x for x in base])
        if beta == Fraction(1, 2):
            return a * array([Fraction(1) / sqrt(x) for x in base])
        return array([float(x) / float(below) ** float(beta) for x, below in zip(a, base, strict=True)])

    _add_mistakes(d, form)

    @d.oracle
    def _(a: Vector, n: int, k: Number, alpha: Number, beta: Number, form: str) -> dict[str, Any]:
        import torch

        values = torch_tensor(a).reshape(1, -1, 1)
        scale = float(alpha) * (n if form == "alexnet" else 1)
        output = torch.nn.functional.local_response_norm(values, n, scale, float(beta), float(k))
        inverse = torch.nn.functional.local_response_norm(values, n, float(n), -1.0, 0.0) / values
        found = {"output": output.flatten()}
        if bool((values != 0).all()):
            found["squares"] = inverse.flatten()
            found["base"] = float(k) + scale / n * inverse.flatten()
        return found

    return d


local_response = Family("norm.local_response", _local_response, lambda givens: (givens["form"],), smallest=("alexnet",))
