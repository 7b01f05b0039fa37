"""A shift of the position as a rotation."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.givens import number
from solvers.oracles import torch_tensor
from solvers.positional_encoding.waves import POSITION, cos, sin
from solvers.values import Matrix, Number, Vector, array

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
