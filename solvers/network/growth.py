"""How receptive fields grow through a window, and how far they reach where paths meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import ceil, floor
from typing import Any

from solvers.network.kind import times
from solvers.receptive_field.layers import PADDED
from solvers.values import Value, normal


@dataclass(frozen=True)
class Distances:
    """Jump and grid of the layer before a window: their values, and the steps that hold them."""

    jump: Value
    grid: Value
    jump_step: str
    grid_step: str


@dataclass(frozen=True)
class Growth:
    """By how much a window makes a field grow: formula and rule over `inputs`."""

    formula: str
    rule: Callable[..., Value]
    inputs: dict[str, str]


def _on_grid(rounded: Callable[[Fraction], int], distances: Fraction, *, jump: Value, grid: Value) -> Value:
    """So many jumps, rounded to whole steps of the grid."""
    return rounded(distances * jump / grid) * grid


def growing(largest: int, field: Value, before: Distances, settings: tuple[int, int, int]) -> Growth:
    """How a window of k taps, d apart, on units laid u apart, makes a field grow: the first rule that gives the `largest` exactly."""
    k, d, u = settings
    jump, grid = before.jump, before.grid
    jumps, grids = {"jump": before.jump_step}, {"jump": before.jump_step, "grid": before.grid_step}
    if u > 1:
        units = -(-k // u) - 1
        if d == 1 and field + units * jump == largest:
            taps = rf"\left(\left\lceil \frac{{{k}}}{{{u}}} \right\rceil - 1\right)"
            return Growth(rf"{taps} \cdot $jump", lambda jump: units * jump, jumps)
    elif field + d * (k - 1) * jump == largest:
        taps = f"({k} - 1)" if d == 1 else f"{d}({k} - 1)"
        return Growth(rf"{taps} \cdot $jump", lambda jump: d * (k - 1) * jump, jumps)
    distance = times(d * (k - 1), "$jump")
    for word, rounded in (("ceil", ceil), ("floor", floor)):
        if field + rounded(Fraction(d * (k - 1)) * jump / (u * grid)) * grid == largest:
            below = "$grid" if u == 1 else rf"{u} \cdot $grid"
            formula = rf"\left\l{word} \frac{{{distance}}}{{{below}}} \right\r{word} \cdot $grid"
            return Growth(formula, partial(_on_grid, rounded, Fraction(d * (k - 1), u)), grids)
    more = largest - field
    return Growth(str(more) if more >= 0 else rf"({more})", lambda: more, {})


def wrong_fields(k: int, s: int, p: int, d: int) -> dict[str, Callable[..., Value]]:
    """The field behind a window by mistaken rules, over the field and the jump before it."""
    wrong: dict[str, Any] = {
        "receptive/strides-ignored": lambda field: field + d * (k - 1),
        "receptive/own-stride-counted": lambda field, jump: field + d * (k - 1) * jump * s,
        "receptive/kernels-summed": lambda field: field + k,
    }
    if d > 1:
        wrong["receptive/kernel-times-dilation"] = lambda field, jump: field + d * k * jump
        wrong["receptive/ignored-dilation"] = lambda field, jump: field + (k - 1) * jump
    if p > 0:
        wrong |= {id: partial(_padded_field, d * (k - 1), partial(more, p)) for id, more in PADDED.items()}
    return wrong


def _padded_field(distances: int, more: Callable[[Value], Value], *, field: Value, jump: Value) -> Value:
    """The field behind a window whose padding is taken to change it by `more` of the jump."""
    return field + distances * jump + more(jump)


def halves(values: dict[str, Value]) -> tuple[list[Value], list[Value]]:
    """Fields and centres, which were handed over in this order."""
    listed = list(values.values())
    return listed[: len(listed) // 2], listed[len(listed) // 2 :]


def _ends(fields: list[Value], centres: list[Value]) -> tuple[Value, Value]:
    both = [(centre, Fraction(field) / 2) for centre, field in zip(centres, fields, strict=True)]
    return min(centre - half for centre, half in both), max(centre + half for centre, half in both)


def extent(fields: list[Value], centres: list[Value]) -> Value:
    """How far it is from the first end of the fields to the last."""
    low, high = _ends(fields, centres)
    return normal(high - low)


def middle(fields: list[Value], centres: list[Value]) -> Value:
    """What lies halfway between the first end of the fields and the last."""
    low, high = _ends(fields, centres)
    return normal((low + high) / 2)
