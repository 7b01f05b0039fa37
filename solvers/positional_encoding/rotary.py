"""Rotary position embedding (RoPE; Su et al., 2021): every pair of components is turned by an angle that grows with the position."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import vector
from solvers.oracles import torch_tensor
from solvers.positional_encoding.waves import BASE, LAYOUT, POSITION, WIDEST, cos, power, sin
from solvers.trace import Undefined
from solvers.values import Number, Vector, array


def _places(width: int, layout: str) -> list[tuple[int, int]]:
    """Which components make a pair. Raises Undefined for widths that cannot be paired or written out."""
    if width % 2 or width > WIDEST:
        raise Undefined(
            f"the components are turned in pairs: the width must be even, and at most {WIDEST}",
            f"分量两两旋转：维数应为不超过 {WIDEST} 的偶数",
        )
    half = width // 2
    return [(2 * j, 2 * j + 1) if layout == "interleaved" else (j, j + half) for j in range(half)]


def _turned(x: Vector, angles: Vector, layout: str, sign: int = 1) -> Vector:
    found: list[Number] = [0] * len(x)
    for (one, other), angle in zip(_places(len(x), layout), angles, strict=True):
        c, s = cos(angle), sign * sin(angle)
        found[one], found[other] = x[one] * c - x[other] * s, x[one] * s + x[other] * c
    return array(found)


def _turned_alone(x: Vector, angles: Vector, layout: str) -> list[Number]:
    """Every component times its own wave, as sinusoidal encodings have them, without the other one of its pair."""
    found: list[Number] = [0] * len(x)
    for (one, other), angle in zip(_places(len(x), layout), angles, strict=True):
        found[one], found[other] = x[one] * cos(angle), x[other] * sin(angle)
    return found


def _rotary(width: int, layout: str) -> Derivation:
    d = Derivation(
        "position.rotary",
        "Rotary position embedding (RoPE) of a query or key",
        "对查询或键施加旋转位置编码（RoPE）",
        x=vector("x", "query or key", "查询或键", axes=("d",)),
        p=POSITION,
        base=BASE,
        layout=LAYOUT,
    )
    pairs = _places(width, layout)
    entries = " \\\\ ".join(rf"\frac{{$p}}{{$base^{{\frac{{{2 * j}}}{{{width}}}}}}}" for j in range(width // 2))

    @d.step(rf"\begin{{pmatrix}} {entries} \end{{pmatrix}}", symbol=r"\theta", zh="各对分量转过的角度（弧度）")
    def angles(p: Number, base: Number, x: Vector) -> Vector:
        """Angle by which each pair is turned, in radians."""
        return array([_quotient(p, power(base, Fraction(2 * j, len(x)))) for j in range(len(x) // 2)])

    lines = [""] * width
    for j, (one, other) in enumerate(pairs):
        wave = rf"\left($angles[{j}]\right)"
        lines[one] = rf"$x[{one}] \cos{wave} - $x[{other}] \sin{wave}"
        lines[other] = rf"$x[{one}] \sin{wave} + $x[{other}] \cos{wave}"
    body = " \\\\ ".join(lines)

    @d.step(rf"\begin{{pmatrix}} {body} \end{{pmatrix}}", symbol="x_p", zh="旋转后的向量")
    def rotated(x: Vector, angles: Vector, layout: str) -> Vector:
        """Turned vector."""
        return _turned(x, angles, layout)

    d.misconception("position/turned-backwards", replaces="rotated")(
        lambda x, angles: _turned(x, angles, layout, sign=-1)
    )
    d.misconception("position/components-alone", replaces="rotated")(
        lambda x, angles: array(_turned_alone(x, angles, layout))
    )
    if width > 2:
        arranged = "halves" if layout == "interleaved" else "interleaved"
        d.convention("convention/halves-for-pairs", replaces="rotated")(lambda x, angles: _turned(x, angles, arranged))
    if width > 2:
        d.misconception("position/mixed-pairs", replaces="rotated")(_mixed)
    d.misconception("position/added-not-turned", replaces="rotated")(lambda x, angles: _added(x, angles, layout))
    if width > 2:
        d.misconception("position/one-angle", replaces="angles")(lambda p, x: array([p] * (len(x) // 2)))
        d.misconception("position/pair-not-doubled", replaces="angles")(
            lambda p, base, x: array([_quotient(p, power(base, Fraction(j, len(x)))) for j in range(len(x) // 2)])
        )

    @d.oracle
    def _(x: Vector, p: Number, base: Number, layout: str) -> dict[str, Any]:
        import torch

        half = len(x) // 2
        scales = torch.logspace(0, 1 - 1 / half, half, base=float(base), dtype=torch.float64)
        values = torch_tensor(x)
        pairs = values.unflatten(0, (half, 2)) if layout == "interleaved" else values.unflatten(0, (2, half)).mT
        turn = torch.polar(torch.ones_like(scales), float(p) / scales)
        both = torch.view_as_real(torch.view_as_complex(pairs.contiguous()) * turn)
        return {
            "angles": float(p) / scales,
            "rotated": both.flatten() if layout == "interleaved" else both.mT.flatten(),
        }

    return d


def _mixed(x: Vector, angles: Vector) -> Vector:
    """Partners half the vector apart, as one layout has them, under angles that neighbours share, as the other has them."""
    found = list(x)
    for one, other in _places(len(x), "halves"):
        found[one] = x[one] * cos(angles[one // 2]) - x[other] * sin(angles[one // 2])
        found[other] = x[other] * cos(angles[other // 2]) + x[one] * sin(angles[other // 2])
    return array(found)


def _quotient(p: Number, scale: Number) -> Number:
    return Fraction(p) / scale if not isinstance(scale, float) and not isinstance(p, float) else p / scale


def _added(x: Vector, angles: Vector, layout: str) -> Vector:
    found = list(x)
    for (one, other), angle in zip(_places(len(x), layout), angles, strict=True):
        found[one], found[other] = x[one] + sin(angle), x[other] + cos(angle)
    return array(found)


rotary = Family(
    "position.rotary", _rotary, lambda givens: (len(givens["x"]), givens["layout"]), smallest=(4, "interleaved")
)
