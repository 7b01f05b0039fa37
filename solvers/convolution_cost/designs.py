"""Cheaper designs and what they save: depthwise separable convolutions, and a 1x1 convolution that reduces channels first."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.convolution_cost.layer import KERNEL, MAP, torch_filters, torch_macs
from solvers.derivation import Derivation
from solvers.parameters.common import INPUT_CHANNELS, OUTPUT_CHANNELS, size
from solvers.rules import times

_ORDINARY = "$side^2 $k^2 $c_in $c_out"


def _add_factor_mistakes(d: Derivation, step: str, seen: str, filters: str) -> None:
    """Declares a convolution's products with one factor missing or not squared."""
    named = {"seen": seen, "filters": filters}
    for id, rule in (
        ("cost/side-not-squared", lambda side, k, seen, filters: side * k**2 * seen * filters),
        ("cost/kernel-not-squared", lambda side, k, seen, filters: side**2 * k * seen * filters),
        ("cost/positions-left-out", lambda k, seen, filters: k**2 * seen * filters),
        ("cost/input-channels-left-out", lambda side, k, filters: side**2 * k**2 * filters),
        ("cost/one-filter-for-the-layer", lambda side, k, seen: side**2 * k**2 * seen),
    ):
        d.misconception(id, replaces=step, inputs=named)(rule)


# --------------------------------------------------------------------------------------------- depthwise separable

separable = Derivation(
    "cost.separable",
    "Multiply-adds of a depthwise separable convolution against an ordinary one",
    "深度可分离卷积与普通卷积的乘加次数",
    side=MAP,
    k=KERNEL,
    c_in=INPUT_CHANNELS,
    c_out=OUTPUT_CHANNELS,
)


@separable.step(_ORDINARY, symbol="T", zh="普通卷积的乘加次数")
def ordinary(side: int, k: int, c_in: int, c_out: int) -> int:
    """Multiply-adds of the ordinary convolution."""
    return side**2 * k**2 * c_in * c_out


@separable.step("$side^2 $k^2 $c_in", symbol=r"T_{\text{dw}}", zh="逐通道卷积的乘加次数")
def depthwise(side: int, k: int, c_in: int) -> int:
    """Multiply-adds of the depthwise part: one kernel for each channel."""
    return side**2 * k**2 * c_in


@separable.step("$side^2 $c_in $c_out", symbol=r"T_{\text{pw}}", zh="逐点（1×1）卷积的乘加次数")
def pointwise(side: int, c_in: int, c_out: int) -> int:
    """Multiply-adds of the pointwise part: a 1x1 convolution that mixes the channels."""
    return side**2 * c_in * c_out


@separable.step("$depthwise + $pointwise", symbol=r"T_{\text{sep}}", zh="深度可分离卷积的乘加次数")
def both(depthwise: int, pointwise: int) -> int:
    """Multiply-adds of both parts."""
    return depthwise + pointwise


@separable.step(r"\frac{$both}{$ordinary}", symbol="r", zh="两者之比")
def ratio(both: int, ordinary: int) -> Fraction:
    """Share of the ordinary convolution's cost."""
    return Fraction(both, ordinary)


for _name, _rule in (("ordinary", ordinary), ("depthwise", depthwise), ("pointwise", pointwise)):
    separable.convention("convention/additions-counted", replaces=_name)(times(2, _rule))


@separable.misconception("cost/depthwise-mixes-channels", replaces="depthwise")
def _(side: int, k: int, c_in: int) -> int:
    return side**2 * k**2 * c_in**2


@separable.misconception("cost/pointwise-left-out", replaces="both")
def _(depthwise: int) -> int:
    return depthwise


@separable.misconception("cost/depthwise-left-out", replaces="both")
def _(pointwise: int) -> int:
    return pointwise


separable.misconception("cost/input-channels-left-out", replaces="depthwise")(lambda side, k: side**2 * k**2)
separable.misconception("cost/one-filter-for-the-layer", replaces="pointwise")(lambda side, c_in: side**2 * c_in)
separable.misconception("cost/kernel-in-pointwise", replaces="pointwise")(
    lambda side, k, c_in, c_out: side**2 * k**2 * c_in * c_out
)
separable.misconception("cost/depthwise-per-filter", replaces="depthwise")(
    lambda side, k, c_out: side**2 * k**2 * c_out
)
separable.misconception("cost/stages-multiplied", replaces="both")(lambda depthwise, pointwise: depthwise * pointwise)


@separable.misconception("cost/side-not-squared", replaces="pointwise")
def _(side: int, c_in: int, c_out: int) -> int:
    return side * c_in * c_out


separable.misconception("cost/ordinary-for-separable", replaces="both")(lambda ordinary: ordinary)
separable.misconception("cost/saving-for-share", replaces="ratio")(lambda both, ordinary: 1 - Fraction(both, ordinary))
separable.misconception("cost/side-not-squared", replaces="depthwise")(lambda side, k, c_in: side * k**2 * c_in)
separable.misconception("cost/kernel-not-squared", replaces="depthwise")(lambda side, k, c_in: side**2 * k * c_in)
separable.misconception("cost/positions-left-out", replaces="depthwise")(lambda k, c_in: k**2 * c_in)
separable.misconception("cost/positions-left-out", replaces="pointwise")(lambda c_in, c_out: c_in * c_out)
_add_factor_mistakes(separable, "ordinary", "c_in", "c_out")


@separable.misconception("cost/ratio-upside-down", replaces="ratio")
def _(both: int, ordinary: int) -> Fraction:
    return Fraction(ordinary, both)


@separable.oracle
def _(side: int, k: int, c_in: int, c_out: int) -> dict[str, Any]:
    n = side + k - 1
    found = {
        "ordinary": torch_macs(torch_filters(c_in, c_out, k), c_in, n, n),
        "depthwise": torch_macs(torch_filters(c_in, c_in, k, groups=c_in), c_in, n, n),
        "pointwise": torch_macs(torch_filters(c_in, c_out, 1), c_in, side, side),
    }
    both = found["depthwise"] + found["pointwise"]
    return found | {"both": both, "ratio": both / found["ordinary"]}


# --------------------------------------------------------------------------------------- a 1x1 convolution in front

reduced = Derivation(
    "cost.reduced",
    "Multiply-adds of a convolution directly, and after a 1x1 convolution that reduces the channels",
    "直接卷积与先用 1×1 卷积降低通道数再卷积的乘加次数",
    side=MAP,
    k=KERNEL,
    c_in=INPUT_CHANNELS,
    c_mid=size(r"C_\text{mid}", "channels in between", "中间通道数"),
    c_out=OUTPUT_CHANNELS,
)


@reduced.step(_ORDINARY, symbol="T", zh="直接卷积的乘加次数")
def direct(side: int, k: int, c_in: int, c_out: int) -> int:
    """Multiply-adds of the direct convolution."""
    return side**2 * k**2 * c_in * c_out


@reduced.step("$side^2 $c_in $c_mid", symbol="T_1", zh="1×1 卷积的乘加次数")
def reduction(side: int, c_in: int, c_mid: int) -> int:
    """Multiply-adds of the 1x1 convolution."""
    return side**2 * c_in * c_mid


@reduced.step("$side^2 $k^2 $c_mid $c_out", symbol="T_2", zh="其后大核卷积的乘加次数")
def convolution(side: int, k: int, c_mid: int, c_out: int) -> int:
    """Multiply-adds of the convolution on fewer channels."""
    return side**2 * k**2 * c_mid * c_out


@reduced.step("$reduction + $convolution", symbol="T'", zh="两步合计的乘加次数")
def together(reduction: int, convolution: int) -> int:
    """Multiply-adds of both steps."""
    return reduction + convolution


@reduced.step(r"\frac{$together}{$direct}", symbol="r", zh="两者之比")
def share(together: int, direct: int) -> Fraction:
    """Share of the direct convolution's cost."""
    return Fraction(together, direct)


reduced.convention("convention/additions-counted", replaces="direct")(times(2, direct))
reduced.convention("convention/additions-counted", replaces="reduction")(times(2, reduction))
reduced.convention("convention/additions-counted", replaces="convolution")(times(2, convolution))


@reduced.misconception("cost/reduction-free", replaces="together")
def _(convolution: int) -> int:
    return convolution


reduced.misconception("cost/kernel-in-pointwise", replaces="reduction")(
    lambda side, k, c_in, c_mid: side**2 * k**2 * c_in * c_mid
)
reduced.misconception("cost/reduction-only", replaces="together")(lambda reduction: reduction)
reduced.misconception("cost/stages-multiplied", replaces="together")(
    lambda reduction, convolution: reduction * convolution
)


reduced.misconception("cost/side-not-squared", replaces="reduction")(lambda side, c_in, c_mid: side * c_in * c_mid)
reduced.misconception("cost/positions-left-out", replaces="reduction")(lambda c_in, c_mid: c_in * c_mid)
reduced.misconception("cost/input-channels-left-out", replaces="reduction")(lambda side, c_mid: side**2 * c_mid)
reduced.misconception("cost/saving-for-share", replaces="share")(
    lambda together, direct: 1 - Fraction(together, direct)
)
_add_factor_mistakes(reduced, "direct", "c_in", "c_out")
_add_factor_mistakes(reduced, "convolution", "c_mid", "c_out")


@reduced.misconception("cost/channels-not-reduced", replaces="convolution")
def _(side: int, k: int, c_in: int, c_out: int) -> int:
    return side**2 * k**2 * c_in * c_out


@reduced.misconception("cost/ratio-upside-down", replaces="share")
def _(together: int, direct: int) -> Fraction:
    return Fraction(direct, together)


@reduced.oracle
def _(side: int, k: int, c_in: int, c_mid: int, c_out: int) -> dict[str, Any]:
    n = side + k - 1
    found = {
        "direct": torch_macs(torch_filters(c_in, c_out, k), c_in, n, n),
        "reduction": torch_macs(torch_filters(c_in, c_mid, 1), c_in, side, side),
        "convolution": torch_macs(torch_filters(c_mid, c_out, k), c_mid, n, n),
    }
    together = found["reduction"] + found["convolution"]
    return found | {"together": together, "share": together / found["direct"]}
