"""Angles that are written as rational multiples of pi, and what trigonometric functions are there: exact where it is rational."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from solvers.expression.nodes import JUXTAPOSED, Call, Constant, Negative, Node, Number, Product, Sum, children
from solvers.values import Value


def turns_in(node: Node, value: Callable[[Node], Value]) -> Fraction | None:
    """How many times pi an angle is, if it is written as a rational multiple of it; `value` works out what stands beside pi."""
    match node:
        case Constant(name="pi"):
            return Fraction(1)
        case Negative(operand=operand):
            inner = turns_in(operand, value)
            return None if inner is None else -inner
        case Sum(terms=terms):
            found = [turns_in(Negative(0, term) if sign == "-" else term, value) for sign, term in terms]
            return sum((x for x in found if x is not None), Fraction(0)) if None not in found else None
        case Product(factors=factors):
            turns = [turns_in(factor, value) for _, factor in factors]
            rest = [pair for pair, inner in zip(factors, turns, strict=True) if inner is None]
            of_pi = [(sign, inner) for (sign, _), inner in zip(factors, turns, strict=True) if inner is not None]
            # What holds functions would be worked out twice, and their angles four times.
            if len(of_pi) != 1 or of_pi[0][0] not in _TIMES or not all(_is_without_calls(x) for _, x in rest):
                return None
            others = value(Product(node.offset, (("*", _ONE), *rest)))
            return of_pi[0][1] * others if isinstance(others, (int, Fraction)) else None
        case _:
            return None


_TIMES = ("*", JUXTAPOSED)
_ONE = Number(0, 1, "1", "integer")


def _is_without_calls(node: Node) -> bool:
    return not isinstance(node, Call) and all(map(_is_without_calls, children(node)))


def of_turns(function: str, turns: Fraction) -> int | Fraction | float:
    """A trigonometric function of `turns` times pi, exact where it is rational. Raises ValueError at a pole."""
    over, under = OF_TURNS[function]
    above, below = (_PARTS[part](turns) for part in (over, under))
    if below == 0:
        raise ValueError
    if abs(above) == abs(below):  # at odd quarters, where both are irrational
        return 1 if above == below else -1
    return above / below if isinstance(above, float) or isinstance(below, float) else Fraction(above) / below


def _sine(turns: Fraction) -> int | Fraction | float:
    turns %= 2
    sign, turns = (1, turns) if turns < 1 else (-1, turns - 1)
    turns = min(turns, 1 - turns)
    exact = _SINES.get(turns)
    return sign * (math.sin(math.pi * turns) if exact is None else exact)


_SINES: Final[dict[Fraction, int | Fraction]] = {Fraction(0): 0, Fraction(1, 6): Fraction(1, 2), Fraction(1, 2): 1}
_PARTS: Final[dict[str, Callable[[Fraction], Any]]] = {
    "1": lambda _: 1,
    "sin": _sine,
    "cos": lambda turns: _sine(turns + Fraction(1, 2)),
}
OF_TURNS: Final = {
    "sin": ("sin", "1"), "cos": ("cos", "1"), "tan": ("sin", "cos"), "cot": ("cos", "sin"), "sec": ("1", "cos"), "csc": ("1", "sin"),
}  # fmt: skip
"""The trigonometric functions, each as a quotient of sine, cosine and 1."""
