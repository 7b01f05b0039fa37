"""What there is in a formula, seen in one walk: how large it is, and what takes care when it is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from solvers.expression.nodes import SERIES, Call, Name, Negative, Node, Number, Power, Product, children
from solvers.expression.vocabulary import FUNCTIONS

FEW_FIGURES: Final = 10**6
SMALL_POWER: Final = 4
BENDING: Final = frozenset(("abs", "relu", "sign", "max", "min", "floor", "ceil", "round", "indicator"))
"""Functions that change their rule from one place to the next."""


@dataclass(slots=True)
class Survey:
    """How many nodes there are; whether a number has many figures, as in 10^-15; whether the rule changes anywhere; whether there is an `f`
    that stands for any function.
    """

    size: int = 0
    fine: bool = False
    bends: bool = False
    opaque: bool = False


def survey(node: Node) -> Survey:
    """What there is in a formula."""
    found = Survey()
    nodes = [node]
    while nodes:
        node = nodes.pop()
        found.size += 1
        if isinstance(node, Name):
            continue
        if isinstance(node, Number):
            value = node.value
            if isinstance(value, int):
                found.fine = found.fine or value > FEW_FIGURES
            elif value.denominator > FEW_FIGURES or value.numerator > FEW_FIGURES:
                found.fine = True
            continue
        if isinstance(node, Call):
            found.bends = found.bends or node.function in BENDING
            found.opaque = found.opaque or (node.function not in FUNCTIONS and node.function not in SERIES)
        elif isinstance(node, Product):
            found.bends = found.bends or any(sign in ("//", "%") for sign, _ in node.factors)
        elif isinstance(node, Power) and isinstance(node.base, Number):
            exponent = node.exponent.operand if isinstance(node.exponent, Negative) else node.exponent
            found.fine = found.fine or (isinstance(exponent, Number) and exponent.value > SMALL_POWER)
        nodes.extend(children(node))
    return found
