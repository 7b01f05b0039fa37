"""The whole encoding of one position, and a table of positions."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import sqrt
from solvers.givens import integer, truth, vector
from solvers.oracles import torch_tensor
from solvers.positional_encoding.waves import (
    BASE,
    LAYOUT,
    OTHER_BASES,
    POSITION,
    WIDEST,
    WIDTH,
    cos,
    other_power,
    power,
    sin,
)
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector, array, each

# ------------------------------------------------------------------------------------- all dimensions of one position


def _matrix(rows: list[list[str]]) -> str:
    body = r" \\ ".join(" & ".join(row) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _width(d: int) -> int:
    """The width, if it is even and not beyond what can be written out. Raises Undefined otherwise."""
    if d % 2 or d > WIDEST:
        raise Undefined(
            f"an encoding is written out for even widths up to {WIDEST}; one value: position.value",
            f"完整编码只支持不超过 {WIDEST} 的偶数维；单个分量请用 position.value",
        )
    return d


def _add_scales(d: Derivation, width: int) -> None:
    entries = [rf"$base^{{\frac{{{2 * j}}}{{$d}}}}" for j in range(width // 2)]

    @d.step(_matrix([[entry] for entry in entries]), symbol=r"\lambda", zh="各正弦余弦对中位置所除的数")
    def scales(base: Number, d: int) -> Vector:
        """What the position is divided by, for each pair."""
        return array([power(base, Fraction(2 * j, _width(d))) for j in range(d // 2)])

    @d.misconception("position/pair-not-doubled", replaces="scales")
    def _(base: Number, d: int) -> Vector:
        return array([power(base, Fraction(j, d)) for j in range(d // 2)])

    for id, other in OTHER_BASES.items():

        @d.misconception(id, replaces="scales")
        def _other(base: Number, d: int, other: int = other) -> Vector:
            return array([other_power(base, other, Fraction(2 * j, d)) for j in range(d // 2)])


def _each_alone(p: Number, d: int, base: Number, step: int) -> Vector:
    """An encoding in which every dimension has a wavelength of its own, `step` times its number as the exponent."""
    waves = (cos if i % 2 else sin for i in range(_width(d)))
    return array([wave(_angle(p, power(base, Fraction(step * i, d)))) for i, wave in enumerate(waves)])


def _add_waves_alone(d: Derivation, encoded: Callable[..., Vector | Matrix], layout: str) -> None:
    """The two ways to give every dimension an exponent of its own, where sines and cosines take turns."""
    if layout == "interleaved":
        for id, step in {"position/own-exponent": 1, "position/dimension-doubled": 2}.items():
            d.misconception(id, replaces="encoding")(partial(encoded, step=step))


def _angle(p: Number, scale: Number) -> Number:
    return Fraction(p) / scale if not isinstance(scale, float) else p / scale


def _arranged(angles: Vector, layout: str) -> Vector:
    sines, cosines = list(sin(angles)), list(cos(angles))
    if layout == "halves":
        return array(sines + cosines)
    return array([entry for pair in zip(sines, cosines, strict=True) for entry in pair])


def _waves(places: list[str], layout: str) -> list[str]:
    """The encoding's entries as formulas of the angles."""
    sines, cosines = ([rf"\{wave}\left({place}\right)" for place in places] for wave in ("sin", "cos"))
    if layout == "halves":
        return sines + cosines
    return [entry for pair in zip(sines, cosines, strict=True) for entry in pair]


def _encoded(p: Any, d: int, base: Number, layout: str) -> dict[str, Any]:
    """Scales, angles and encodings of positions, by complex numbers."""
    import torch

    scales = torch.logspace(0, 1 - 2 / d, d // 2, base=float(base), dtype=torch.float64)
    angles = p[..., None] / scales
    waves = torch.polar(torch.ones_like(angles), angles)
    both = torch.stack([waves.imag, waves.real], dim=-1)
    encoding = both.flatten(-2) if layout == "interleaved" else both.mT.flatten(-2)
    return {"scales": scales, "angles": angles, "encoding": encoding}


def _encoding(width: int, layout: str, scaled: bool) -> Derivation:
    d = Derivation(
        "position.encoding",
        "Sinusoidal encoding of one position, and its sum with a token's embedding",
        "某一位置的正弦位置编码，以及与词嵌入之和",
        p=POSITION,
        d=WIDTH,
        base=BASE,
        layout=LAYOUT,
        x=vector("x", "embedding of the token", "词嵌入", axes=("d",), default=[0]),
        scaled=truth(
            r"\text{scaled}", "whether the embedding is multiplied by the root of d", "词嵌入是否乘以 √d", default=False
        ),
    )
    _add_scales(d, width)
    places = [f"$angles[{j}]" for j in range(width // 2)]

    @d.step(
        _matrix([[rf"\frac{{$p}}{{$scales[{j}]}}"] for j in range(width // 2)]),
        symbol=r"\theta",
        zh="各对的角度（弧度）",
    )
    def angles(p: Number, scales: Vector) -> Vector:
        """Angle of each pair, in radians."""
        return array([_angle(p, scale) for scale in scales])

    @d.step(_matrix([[entry] for entry in _waves(places, layout)]), symbol=r"\mathrm{PE}_p", zh="位置编码")
    def encoding(angles: Vector, layout: str) -> Vector:
        """Positional encoding."""
        return _arranged(angles, layout)

    @d.convention("convention/counted-from-one", replaces="angles")
    def _from_one(p: Number, scales: Vector) -> Vector:
        return array([_angle(p - 1, scale) for scale in scales])

    @d.misconception("position/sine-cosine-swapped", replaces="encoding")
    def _(angles: Vector) -> Vector:
        return array([entry for a in angles for entry in (cos(a), sin(a))])

    @d.misconception("position/degrees", replaces="encoding")
    def _degrees(angles: Vector, layout: str) -> Vector:
        return _arranged(each(math.radians, angles), layout)

    @d.misconception("position/counted-from-one", replaces="encoding")
    def _next(p: Number, scales: Vector, layout: str) -> Vector:
        return _arranged(array([_angle(p + 1, s) for s in scales]), layout)

    _add_waves_alone(d, _each_alone, layout)
    d.misconception("position/wave-left-out", replaces="encoding")(
        lambda angles: array([*angles, *angles] if layout == "halves" else np.repeat(angles, 2).tolist())
    )

    @d.convention("convention/halves-for-pairs", replaces="encoding")
    def _other(angles: Vector) -> Vector:
        return _arranged(angles, "interleaved" if layout == "halves" else "halves")

    @d.step(r"\sqrt{$d} \cdot $x + $encoding" if scaled else "$x + $encoding", symbol="h", zh="Transformer 的输入")
    def total(x: Vector, d: int, encoding: Vector, scaled: bool) -> Vector:
        """Input of the Transformer: embedding plus encoding."""
        if len(x) not in (1, d) or (len(x) == 1 and x[0] != 0 and d != 1):
            raise Undefined("embedding and encoding must have the same width", "词嵌入与位置编码的维数必须相同")
        return x * (sqrt(d) if scaled else 1) + encoding

    @d.misconception("position/multiplied", replaces="total")
    def _product(x: Vector, encoding: Vector) -> Vector:
        return x * encoding

    @d.oracle
    def _(p: Number, d: int, base: Number, layout: str, x: Vector, scaled: bool) -> dict[str, Any]:
        found = _encoded(torch_tensor(p), d, base, layout)
        return {**found, "total": torch_tensor(x) * (d**0.5 if scaled else 1.0) + found["encoding"]}

    return d


encoding = Family(
    "position.encoding",
    _encoding,
    lambda givens: (min(givens["d"], WIDEST), givens["layout"], bool(givens["scaled"])),
    smallest=(4, "interleaved", False),
)

# ----------------------------------------------------------------------------------------------- a table of positions


def _table(length: int, width: int, layout: str) -> Derivation:
    d = Derivation(
        "position.table",
        "Sinusoidal encodings of the first positions, one row each",
        "前若干个位置的正弦位置编码（每行一个位置）",
        L=integer("L", "positions", "位置个数", least=1, most=40),
        d=WIDTH,
        base=BASE,
        layout=LAYOUT,
    )
    _add_scales(d, width)
    places = [[rf"\frac{{{p}}}{{$scales[{j}]}}" for j in range(width // 2)] for p in range(length)]

    @d.step(_matrix([_waves(row, layout) for row in places]), symbol=r"\mathrm{PE}", zh="位置编码表")
    def encoding(L: int, scales: Vector, layout: str) -> Matrix:
        """Positional encodings."""
        return array([_arranged(array([_angle(p, s) for s in scales]), layout).tolist() for p in range(L)])

    @d.misconception("position/counted-from-one", replaces="encoding")
    def _(L: int, scales: Vector) -> Matrix:
        return array([_arranged(array([_angle(p, s) for s in scales]), layout).tolist() for p in range(1, L + 1)])

    def alone(L: int, d: int, base: Number, step: int) -> Matrix:
        return array([_each_alone(p, d, base, step).tolist() for p in range(L)])

    _add_waves_alone(d, alone, layout)

    @d.oracle
    def _(L: int, d: int, base: Number, layout: str) -> dict[str, Any]:
        import torch

        found = _encoded(torch.arange(L, dtype=torch.float64), d, base, layout)
        return {"scales": found["scales"], "encoding": found["encoding"]}

    return d


table = Family(
    "position.table",
    _table,
    lambda givens: (givens["L"], min(givens["d"], WIDEST), givens["layout"]),
    smallest=(2, 4, "interleaved"),
)
