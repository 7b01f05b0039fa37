"""One value of the encoding, step by step."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer
from solvers.oracles import torch_tensor
from solvers.positional_encoding.waves import (
    BASE,
    OTHER_BASES,
    POSITION,
    READABLE,
    WIDTH,
    cos,
    other_power,
    power,
    sin,
)
from solvers.trace import Undefined
from solvers.values import Number, is_symbolic

# ----------------------------------------------------------------------------------------------------- one dimension


def _value(odd: bool, readable: bool) -> Derivation:
    d = Derivation(
        "position.value",
        "One value of a sinusoidal positional encoding",
        "正弦位置编码的一个分量",
        p=POSITION,
        i=integer("i", "dimension, counted from 0", "维度下标（从 0 开始）", least=0),
        d=WIDTH,
        base=BASE,
    )

    @d.step(r"\frac{$i - 1}{2}" if odd else r"\frac{$i}{2}", symbol="j", zh="所在的正弦余弦对的序号")
    def pair(i: int, d: int) -> int:
        """Number of the pair of sine and cosine."""
        if i >= d:
            raise Undefined(f"the dimensions go up to {d - 1}", f"维度下标最大为 {d - 1}")
        return i // 2

    @d.step(r"\frac{2 $pair}{$d}", symbol="e", zh="底数的指数")
    def exponent(pair: int, d: int) -> Number:
        """Exponent of the base."""
        exact = Fraction(2 * pair, d)
        return exact if exact.denominator <= READABLE else float(exact)

    # Powers with large denominators are what a calculator makes of them.
    @d.step(
        r"$base^{$exponent}" if readable else r"\exp\left($exponent \cdot \ln $base\right)",
        symbol=r"\lambda",
        zh="位置所除的数",
    )
    def scale(base: Number, exponent: Number) -> Number:
        """What the position is divided by."""
        return power(base, exponent)

    @d.step(r"\frac{$p}{$scale}", symbol=r"\theta", zh="角度（弧度）")
    def angle(p: Number, scale: Number) -> Number:
        """Angle in radians."""
        return Fraction(p) / scale if not isinstance(scale, float) and not isinstance(p, float) else p / scale

    @d.step(r"2 \pi \cdot $scale", symbol=r"\Lambda", zh="该维度的波长", final=True)
    def wavelength(scale: Number) -> Number:
        """Wavelength of this dimension, in positions."""
        return 2 * math.pi * scale if not is_symbolic(scale) else 2 * _pi() * scale

    @d.step(r"\cos\left($angle\right)" if odd else r"\sin\left($angle\right)", symbol=r"\mathrm{PE}_{p,i}", zh="编码值")
    def value(angle: Number, i: int) -> Number:
        """Value of the encoding."""
        return cos(angle) if i % 2 else sin(angle)

    _add_angle_mistakes(d)
    _add_value_mistakes(d, odd)
    d.oracle(_value_oracle)
    return d


def _add_angle_mistakes(d: Derivation) -> None:
    """Another position, and the scale on the wrong side of the fraction."""
    for id, other in OTHER_BASES.items():

        @d.misconception(id, replaces="scale")
        def _other(base: Number, exponent: Number, other: int = other) -> Number:
            return other_power(base, other, exponent)

    @d.misconception("position/counted-from-one", replaces="angle")
    def _next(p: Number, scale: Number) -> Number:
        return (p + 1) / scale

    @d.misconception("position/multiplied-by-scale", replaces="angle")
    def _grown(p: Number, scale: Number) -> Number:
        return p * scale


def _add_value_mistakes(d: Derivation, odd: bool) -> None:
    d.misconception("position/two-pi-left-out", replaces="wavelength")(lambda scale: scale)

    @d.misconception("position/sine-cosine-swapped", replaces="value")
    def _(angle: Number) -> Number:
        return sin(angle) if odd else cos(angle)

    @d.convention("convention/counted-from-one", replaces="pair")
    def _pair_from_one(i: int) -> int:
        if i < 1:
            raise Undefined("there is no dimension before the first", "首个维度之前没有维度")
        return (i - 1) // 2

    @d.convention("convention/counted-from-one", replaces="angle")
    def _angle_from_one(p: Number, scale: Number) -> Number:
        return (p - 1) / scale

    @d.convention("convention/counted-from-one", replaces="value")
    def _value_from_one(angle: Number) -> Number:
        return sin(angle) if odd else cos(angle)

    @d.misconception("position/wave-left-out", replaces="value")
    def _straight(angle: Number) -> Number:
        return angle

    @d.misconception("position/degrees", replaces="value")
    def _degrees(angle: Number) -> Number:
        return math.cos(math.radians(angle)) if odd else math.sin(math.radians(angle))

    @d.misconception("position/pair-not-doubled", replaces="exponent")
    def _single(pair: int, d: int) -> Number:
        return Fraction(pair, d)

    @d.misconception("position/dimension-doubled", replaces="exponent")
    def _doubled(i: int, d: int) -> Number:
        return Fraction(2 * i, d)

    if odd:

        @d.misconception("position/own-exponent", replaces="exponent")
        def _own(i: int, d: int) -> Number:
            return Fraction(i, d)


def _value_oracle(p: Number, i: int, d: int, base: Number) -> dict[str, float]:
    """By complex numbers: the encoding's pairs are real and imaginary parts of e^(i angle)."""
    import torch

    pair = torch.arange(d).tolist()[i] - i % 2
    scale = torch.exp(torch.tensor(math.log(base) * pair / d, dtype=torch.float64))
    wave = torch.polar(torch.ones((), dtype=torch.float64), torch_tensor(p) / scale)
    return {
        "pair": pair / 2,
        "exponent": pair / d,
        "scale": scale.item(),
        "angle": (torch_tensor(p) / scale).item(),
        "value": (wave.real if i % 2 else wave.imag).item(),
        "wavelength": (scale * torch.pi * 2).item(),
    }


def _pi() -> Any:
    import sympy

    return sympy.pi


value = Family(
    "position.value",
    _value,
    lambda givens: (givens["i"] % 2 == 1, Fraction(givens["i"] // 2 * 2, givens["d"]).denominator <= READABLE),
    smallest=(False, True),
)
