"""Equality of rational formulas, decided: their values at one point of a large finite field.

Two formulas of sums, products, quotients and whole powers that are equal as functions have equal values there. Two that are not, of
degree d, agree at a point chosen at random with probability below d / 2^60 (Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from solvers.expression.nodes import (
    JUXTAPOSED,
    Name,
    Negative,
    Node,
    Number,
    Percent,
    Power,
    Product,
    Sum,
    children,
)

FIELD: Final = 2_305_843_008_226_039_621
"""A prime just below 2^61, of no form that a formula would have by chance."""
LARGEST_POWER: Final = 10_000
FIGURES: Final = 60
"""Bits that a formula has to hold to have another one's residue by design."""
_TIMES = ("*", JUXTAPOSED)


class NotRationalError(Exception):
    """The formula holds something else than sums, products, quotients and whole powers."""


def residue(node: Node) -> int | None:
    """The value of a rational formula at the one point; None for any other formula, and for one that divides by zero everywhere."""
    try:
        return _residue(node)
    except (NotRationalError, ValueError):
        return None


def has_few_figures(node: Node) -> bool:
    """Whether a rational formula is too short to be made for its residue: its numbers' bits, and two for each node, are few."""
    left = FIGURES
    nodes = [node]
    while nodes and left >= 0:
        node = nodes.pop()
        left -= 2
        if isinstance(node, Number):
            left -= node.value.numerator.bit_length() + node.value.denominator.bit_length() - 1
        else:
            nodes.extend(children(node))
    return left >= 0


@lru_cache(maxsize=4096)
def _place(name: str) -> int:
    """A variable's coordinate, the same on every machine."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % FIELD


def _residue(node: Node) -> int:
    if isinstance(node, Name):
        return _place(node.name)
    if isinstance(node, Number):
        value = node.value
        return value if isinstance(value, int) else value.numerator * pow(value.denominator, -1, FIELD) % FIELD
    if isinstance(node, Product):
        total = 1
        for sign, factor in node.factors:
            if sign == "/":
                total = total * pow(_residue(factor), -1, FIELD) % FIELD
            elif sign in _TIMES:
                total = total * _residue(factor) % FIELD
            else:
                raise NotRationalError
        return total
    if isinstance(node, Sum):
        total = 0
        for sign, term in node.terms:
            total = total + _residue(term) if sign == "+" else total - _residue(term)
        return total % FIELD
    if isinstance(node, Power):
        return pow(_residue(node.base), _whole(node.exponent), FIELD)
    if isinstance(node, Negative):
        return -_residue(node.operand) % FIELD
    if isinstance(node, Percent):
        return _residue(node.operand) * pow(100, -1, FIELD) % FIELD
    raise NotRationalError


def _whole(node: Node) -> int:
    """A whole exponent."""
    if isinstance(node, Negative):
        return -_whole(node.operand)
    if isinstance(node, Number) and isinstance(node.value, int) and node.value <= LARGEST_POWER:
        return node.value
    raise NotRationalError
