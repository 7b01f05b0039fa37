"""Shapes that must match at the addition, and weights of basic and bottleneck blocks."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer
from solvers.parameters.common import INPUT_CHANNELS, OUTPUT_CHANNELS, learned, size
from solvers.trace import Undefined
from solvers.values import Shape, Value
from solvers.windows import positions

# -------------------------------------------------------------------------------------------------------- shapes


def _shapes(changed: bool) -> Derivation:
    d = Derivation(
        "residual.shapes",
        "Shapes on both ways through a basic block, and the 1x1 convolution that makes them match",
        "基本残差块两条路径上的形状，以及使其一致的 1×1 卷积",
        n=integer("n", "side of the input", "输入边长", least=1),
        c_in=INPUT_CHANNELS,
        c_out=OUTPUT_CHANNELS,
        s=size("s", "stride of the first convolution", "第一个卷积的步幅", default=1),
    )

    @d.step(
        r"\left\lfloor \frac{$n + 2 \cdot 1 - 3}{$s} \right\rfloor + 1",
        symbol="m",
        zh="支路输出的边长（3×3 卷积，补零 1）",
        name="side",
    )
    def _(n: int, s: int) -> int:
        """Side after the 3x3 convolutions with padding 1, of which only the first has the stride."""
        return positions(n, 2, s, 3)

    @d.step(
        r"$c_out \times $side \times $side",
        symbol=r"\mathrm{shape}(F)",
        zh="支路输出的形状",
        name="branch_shape",
        final=True,
    )
    def _(c_out: int, side: int) -> Shape:
        """Shape of the branch's output."""
        return Shape((c_out, side, side))

    @d.step(r"$c_in \times $n \times $n", symbol=r"\mathrm{shape}(x)", zh="输入的形状", name="input_shape", final=True)
    def _(c_in: int, n: int) -> Shape:
        """Shape of the input, which an identity shortcut would add."""
        return Shape((c_in, n, n))

    @d.step(
        "$c_in $c_out" if changed else "0",
        symbol="N_s",
        zh="捷径所需的权重数（1×1 卷积，无偏置）",
        name="projection_weights",
    )
    def _(c_in: int, c_out: int, n: int, side: int) -> int:
        """Weights that the shortcut needs: a 1x1 convolution without biases where the shape changes."""
        return c_in * c_out if (c_in, n) != (c_out, side) else 0

    @d.misconception("residual/stride-twice", replaces="side")
    def _(n: int, s: int) -> int:
        return positions(positions(n, 2, s, 3), 2, s, 3)

    @d.misconception("residual/shortcut-like-the-branch", replaces="projection_weights")
    def _(c_in: int, c_out: int) -> int:
        return 9 * c_in * c_out

    if changed:

        @d.convention("convention/with-bias", replaces="projection_weights")
        def with_biases(c_in: int, c_out: int) -> int:
            return (c_in + 1) * c_out

        @d.misconception("residual/identity-everywhere", replaces="projection_weights")
        def identity() -> int:
            return 0

    @d.oracle
    def _(n: int, c_in: int, c_out: int, s: int) -> Mapping[str, Any]:
        import torch

        image = torch.empty(1, c_in, n, n, device="meta")
        first = torch.nn.Conv2d(c_in, c_out, 3, s, 1, device="meta")
        found = torch.nn.Conv2d(c_out, c_out, 3, 1, 1, device="meta")(first(image))
        fits = found.shape == image.shape
        projection = torch.nn.Identity() if fits else torch.nn.Conv2d(c_in, c_out, 1, s, bias=False, device="meta")
        if projection(image).shape != found.shape:
            raise ValueError("the projection does not fit the branch")
        return {
            "side": found.shape[-1],
            "branch_shape": tuple(found.shape[1:]),
            "input_shape": tuple(image.shape[1:]),
            "projection_weights": learned(projection),
        }

    return d


def _changes(givens: Mapping[str, Value]) -> tuple[bool]:
    """Whether the branch changes the shape."""
    side = positions(givens["n"], 2, givens["s"], 3)
    return ((givens["c_in"], givens["n"]) != (givens["c_out"], side),)


shapes = Family("residual.shapes", _shapes, _changes, (True,))

# ------------------------------------------------------------------------------------------------------- weights

weights = Derivation(
    "residual.weights",
    "Weights of the convolutions in a basic and in a bottleneck block on the same number of channels",
    "相同通道数下基本块与瓶颈块的卷积权重数",
    c=size("c", "channels in and out, a multiple of 4", "输入与输出通道数（4 的倍数）"),
)


@weights.step(r"2 \cdot 3^2 $c^2", symbol="N_b", zh="基本块：两个 3×3 卷积")
def basic(c: int) -> int:
    """Basic block: two 3x3 convolutions."""
    return 18 * c**2


@weights.step(r"\frac{$c}{4}", symbol="u", zh="瓶颈块内部的通道数")
def inner(c: int) -> int:
    """Channels inside the bottleneck."""
    if c % 4:
        raise Undefined("the channels are no multiple of 4", "通道数不是 4 的倍数")
    return c // 4


@weights.step("$c $inner + 3^2 $inner^2 + $inner $c", symbol="N_n", zh="瓶颈块：1×1、3×3、1×1 三个卷积")
def bottleneck(c: int, inner: int) -> int:
    """Bottleneck block: 1x1, 3x3 and 1x1 convolutions."""
    return c * inner + 9 * inner**2 + inner * c


@weights.step(r"\frac{$bottleneck}{$basic}", symbol="r", zh="瓶颈块与基本块权重数之比")
def ratio(bottleneck: int, basic: int) -> Fraction:
    """Share of the basic block's weights that the bottleneck needs."""
    return Fraction(bottleneck, basic)


@weights.convention("convention/with-bias", replaces="basic")
def _(c: int) -> int:
    return 18 * c**2 + 2 * c


@weights.convention("convention/with-bias", replaces="bottleneck")
def _(c: int, inner: int) -> int:
    return c * inner + 9 * inner**2 + inner * c + 2 * inner + c


@weights.misconception("residual/channels-not-reduced", replaces="inner")
def _(c: int) -> int:
    return c


@weights.misconception("residual/one-convolution-left-out", replaces="basic")
def _(c: int) -> int:
    return 9 * c**2


@weights.misconception("residual/one-convolution-left-out", replaces="bottleneck")
def _(c: int, inner: int) -> int:
    return c * inner + 9 * inner**2


weights.misconception("residual/ratio-upside-down", replaces="ratio")(
    lambda bottleneck, basic: Fraction(basic, bottleneck)
)
weights.misconception("residual/saving-for-share", replaces="ratio")(
    lambda bottleneck, basic: 1 - Fraction(bottleneck, basic)
)


@weights.oracle
def _(c: int) -> Mapping[str, Any]:
    import torch

    def filters(*sizes: int) -> Any:
        return torch.nn.Conv2d(*sizes, bias=False, device="meta")

    narrow = filters(c, c // 4, 1)
    found = learned(narrow, filters(c // 4, c // 4, 3), filters(c // 4, c, 1))
    basic = learned(filters(c, c, 3), filters(c, c, 3))
    return {"basic": basic, "inner": narrow.out_channels, "bottleneck": found, "ratio": found / basic}
