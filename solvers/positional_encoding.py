"""Sinusoidal positional encoding (Vaswani et al., 2017, section 3.5) and what a shift of the position does to it.

    PE(p, 2i) = sin(p / base^(2i/d)),    PE(p, 2i + 1) = cos(p / base^(2i/d))

Positions and dimensions count from 0, angles are in radians. `layout=halves` puts all sines before all cosines, as some
libraries do.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import sqrt
from solvers.givens import integer, number, truth, vector, word
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector, array, each, is_symbolic

POSITION = number("p", "position, counted from 0", "位置（从 0 开始）")
WIDTH = integer("d", "width of the model", "模型维数", least=1, most=4096)
BASE = number(r"\text{base}", "base of the wavelengths", "波长的底数", default=10000, least=1)
LAYOUT = word(
    r"\text{layout}",
    "interleaved: sine and cosine take turns; halves: all sines first",
    "interleaved 表示正弦、余弦交替，halves 表示先全部正弦再全部余弦",
    words=("interleaved", "halves"),
    default="interleaved",
)
READABLE = 16  # denominators of exponents up to which they are kept as fractions
WIDEST = 64  # dimensions of an encoding that is written out entry by entry


def _wave(name: str, x: Number) -> Number:
    if is_symbolic(x):
        import sympy

        return getattr(sympy, name)(x)
    if x == 0:
        return 0 if name == "sin" else 1
    return float(getattr(math, name)(x))


def sin(x: Value) -> Value:
    """Sine, elementwise, of an angle in radians."""
    return each(lambda number: _wave("sin", number), x)


def cos(x: Value) -> Value:
    """Cosine, elementwise, of an angle in radians."""
    return each(lambda number: _wave("cos", number), x)


def power(base: Number, exponent: Number) -> Number:
    """The base raised to a fraction, exact where that is a whole number: 10000^(1/2) = 100."""
    if is_symbolic(base) or is_symbolic(exponent):
        import sympy

        return sympy.sympify(base) ** sympy.sympify(exponent)
    found = float(base) ** float(exponent)
    if isinstance(base, float) or isinstance(exponent, float) or Fraction(exponent).denominator > WIDEST:
        return found
    nearest = round(found)
    return nearest if nearest ** Fraction(exponent).denominator == base ** Fraction(exponent).numerator else found


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

    _add_value_mistakes(d, odd)
    d.oracle(_value_oracle)
    return d


def _add_value_mistakes(d: Derivation, odd: bool) -> None:
    @d.misconception("position/sine-cosine-swapped", replaces="value")
    def _(angle: Number) -> Number:
        return sin(angle) if odd else cos(angle)

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

    @d.misconception("position/sine-cosine-swapped", replaces="encoding")
    def _(angles: Vector) -> Vector:
        return array([entry for a in angles for entry in (cos(a), sin(a))])

    @d.misconception("position/degrees", replaces="encoding")
    def _degrees(angles: Vector, layout: str) -> Vector:
        return _arranged(each(math.radians, angles), layout)

    @d.misconception("position/halves-for-pairs", replaces="encoding")
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

# ------------------------------------------------------------------------------------------------ a shift of the position

shift = Derivation(
    "position.shift",
    "One pair of sine and cosine at two positions: a shift is a rotation that does not depend on the position",
    "两个位置上的一对正弦、余弦：平移对应与位置无关的旋转",
    p=POSITION,
    k=number("k", "shift", "平移量"),
    omega=number(r"\omega", "frequency of the pair: 1 / base^(2j/d)", "该对的频率：1 / base^(2j/d)"),
)


@shift.step(
    r"\begin{pmatrix} \sin\left($omega $p\right) \\ \cos\left($omega $p\right) \end{pmatrix}",
    symbol=r"\mathrm{PE}_p",
    zh="位置 p 的编码",
)
def before(omega: Number, p: Number) -> Vector:
    """Encoding of the position p."""
    return array([sin(omega * p), cos(omega * p)])


@shift.step(r"$omega $k", symbol=r"\varphi", zh="旋转角（弧度）")
def rotation_angle(omega: Number, k: Number) -> Number:
    """Angle of the rotation, in radians."""
    return omega * k


@shift.step(
    r"\begin{pmatrix} \cos\left($a\right) & \sin\left($a\right) \\ -\sin\left($a\right) & \cos\left($a\right) \end{pmatrix}",
    symbol="M_k",
    zh="平移 k 对应的旋转矩阵",
    a="rotation_angle",
)
def rotation(a: Number) -> Matrix:
    """Matrix of the shift by k."""
    return array([[cos(a), sin(a)], [-sin(a), cos(a)]])


@shift.step(r"$rotation $before", symbol=r"\mathrm{PE}_{p+k}", zh="位置 p + k 的编码")
def after(rotation: Matrix, before: Vector) -> Vector:
    """Encoding of the position p + k."""
    return rotation @ before


@shift.step(r"$before^\top $after", symbol="s", zh="两个编码的点积")
def dot(before: Vector, after: Vector) -> Number:
    """Dot product of the two encodings."""
    return before @ after


@shift.misconception("position/rotated-backwards", replaces="rotation", a="rotation_angle")
def _(a: Number) -> Matrix:
    return array([[cos(a), -sin(a)], [sin(a), cos(a)]])


@shift.misconception("position/encodings-added", replaces="after")
def _added(before: Vector, omega: Number, k: Number) -> Vector:
    return before + array([sin(omega * k), cos(omega * k)])


@shift.misconception("position/dot-of-position", replaces="dot")
def _dot(omega: Number, p: Number, k: Number) -> Number:
    return cos(omega * (2 * p + k))


def _shifted(p: Number, k: Number, omega: Number) -> dict[str, Any]:
    """The later pair and the dot product from the later angle itself; the matrix as the derivative of the map."""
    import torch

    start, step = torch_tensor(omega) * torch_tensor(p), torch_tensor(omega) * torch_tensor(k)

    def pair(angle: Any) -> Any:
        wave = torch.polar(torch.ones((), dtype=torch.float64), angle)
        return torch.stack([wave.imag, wave.real])

    basis = torch.stack([pair(start), pair(start + torch.pi / 2)], dim=1)
    image = torch.stack([pair(start + step), pair(start + step + torch.pi / 2)], dim=1)
    return {
        "before": pair(start),
        "rotation_angle": step.item(),
        "rotation": torch.linalg.solve(basis.T, image.T).T,
        "after": pair(start + step),
        "dot": torch.linalg.vecdot(pair(start), pair(start + step)).item(),
    }


shift.oracle(_shifted)
