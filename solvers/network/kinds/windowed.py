"""What layers with windows share: settings for each axis, the places of a window, and maps of so many axes."""

from __future__ import annotations

from typing import Any

from solvers.network.kind import Window, per_axis
from solvers.trace import Undefined
from solvers.values import Shape

Sides = int | tuple[int, ...]
"""A setting for all axes, or one for each."""


def maps(x: Shape, axes: int) -> None:
    """Raises Undefined unless `x` is channels and so many axes."""
    if len(x) != axes + 1:
        raise Undefined(
            f"it takes channels and {axes} spatial {'axis' if axes == 1 else 'axes'}, and gets {' × '.join(map(str, x))}",
            f"输入应为通道加 {axes} 个空间维，实际为 {' × '.join(map(str, x))}",
        )


def divided(channels: int, filters: int, groups: int) -> None:
    """Raises Undefined unless channels and filters can both be divided into the groups."""
    if channels % groups or filters % groups:
        raise Undefined(
            f"{channels} channels and {filters} filters cannot both be divided into {groups} groups",
            f"{channels} 个通道与 {filters} 个卷积核无法都平均分成 {groups} 组",
        )


def same_zeros(n: int, k: int, s: int, d: int) -> tuple[int, int]:
    """Zeros before and behind that give ceil(n / s) places; the odd one stands behind."""
    whole = max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
    return whole // 2, whole - whole // 2


def moves(size: str, zeros: int, stride: int, reach: int, *, ceil: bool = False) -> str:
    """The formula for the places of a window that spans `reach` samples, in brackets unless it changes nothing."""
    if zeros == 0 and reach == 1 and stride == 1:
        return size
    added = "" if zeros == 0 else (rf" + 2 \cdot {zeros // 2}" if zeros % 2 == 0 else f" + {zeros}")
    if stride == 1:
        return rf"\left({size}{added} - {reach} + 1\right)"
    left, right = (r"\left\lceil", r"\right\rceil") if ceil else (r"\left\lfloor", r"\right\rfloor")
    return rf"\left({left} \frac{{{size}{added} - {reach}}}{{{stride}}} {right} + 1\right)"


def fitting(size: int) -> int:
    """The size, if anything is left of it. Raises Undefined otherwise."""
    if size < 1:
        raise Undefined("nothing is left", "尺寸不足 1")
    return size


def copies(factor: Sides, axes: int) -> Window:
    """What a unit sees of which every sample is repeated so many times along each axis."""
    factors = per_axis(factor, axes)
    return Window(factors, (1,) * axes, tuple(f - 1 for f in factors), (1,) * axes, factors)


def padding_layer(mode: str, flat: tuple[int, ...]) -> Any:
    """PyTorch's layer that pads maps, before and behind, the last axis first. For oracles only."""
    import torch

    words = {"zeros": "Zero", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}
    return getattr(torch.nn, f"{words[mode]}Pad{len(flat) // 2}d")(flat)
