"""Equations and systems of them: the same up to a number, after common denominators; systems by the zeros of their polynomials."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from grader.statements.proportion import Domains, proportional
from solvers.expression.function import IMAGINARY, UNIT
from solvers.expression.nodes import Call, Comparison, Logic, Node, Number, Power, Product, Sum, names_in
from solvers.rational import quotient

MOST_EQUATIONS: Final = 40
"""Equations of a system."""
MOST_PAIRED: Final = 6
"""Equations of a system that are compared one by one."""
LARGEST_SYSTEM: Final = 16
"""The product of the degrees of a system's equations up to which it is solved."""


MOST_ALTERNATIVES: Final = 12
"""Equations joined by `or`."""


def alternatives(node: Node) -> tuple[Comparison, ...] | None:
    """The equations that are joined by `or`; None if it is anything else."""
    match node:
        case Comparison(rest=(("==", _),)):
            return (node,)
        case Logic(word="or", operands=operands):
            parts = [alternatives(operand) for operand in operands]
            return None if None in parts else tuple(each for part in parts if part for each in part)
        case _:
            return None


def system(node: Node) -> tuple[Node, ...] | None:
    """The equations that are joined by `and`; None if it is anything else."""
    match node:
        case Comparison(first=first, rest=rest) if len(rest) <= MOST_EQUATIONS and all(
            sign == "==" for sign, _ in rest
        ):
            sides = (first, *(side for _, side in rest))
            return tuple(Comparison(a.offset, a, (("==", b),)) for a, b in pairwise(sides))
        case Logic(word="and", operands=operands):
            parts = [system(operand) for operand in operands]
            return None if None in parts else tuple(each for part in parts if part for each in part)
        case Logic(word="or"):
            return (node,) if alternatives(node) is not None else None
        case _:
            return None


def difference(node: Node) -> Node:
    """An expression that is zero where an equation, or one of several joined by `or`, holds."""
    equations = alternatives(node)
    assert equations is not None
    factors = [_difference(equation) for equation in equations]
    return factors[0] if len(factors) == 1 else Product(node.offset, tuple(("*", factor) for factor in factors))


def _difference(equation: Comparison) -> Node:
    left, right = equation.first, equation.rest[0][1]
    if _is_size(left) and _is_size(right):
        # |a| = |b| where a² = b²: without the bars, both signs are seen.
        left, right = _square(left), _square(right)
    return Sum(left.offset, (("+", left), ("-", right)))


def _is_size(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "abs"


def _square(node: Node) -> Node:
    assert isinstance(node, Call)
    return Power(node.offset, node.arguments[0], Number(node.offset, 2, "2", "integer"))


def same_equation(key: Node, answer: Node, domains: Domains) -> bool:
    """Whether two equations (each may be several joined by `or`) are the same up to a number other than 0."""
    if max(len(alternatives(node) or ()) for node in (key, answer)) > MOST_ALTERNATIVES:
        return False
    mine, yours = difference(key), difference(answer)
    names = names_in(mine) | names_in(yours)
    a, b = quotient(mine, names), quotient(yours, names)
    if a is not None and b is not None and not (IMAGINARY in names and domains.get(IMAGINARY) == UNIT):
        if not a[0] or not b[0]:
            return not a[0] and not b[0]
        return bool(a[0].monic() == b[0].monic())
    return proportional(mine, yours, domains) is not None


def same_system(mine: Sequence[Node], yours: Sequence[Node], domains: Domains) -> bool:
    """Whether two lists of equations that hold together are the same, one by one or by their solutions."""
    if max(len(mine), len(yours)) > MOST_EQUATIONS:
        return False
    if len(mine) == len(yours) <= MOST_PAIRED:
        left = list(yours)
        for equation in mine:
            same = next((other for other in left if same_equation(equation, other, domains)), None)
            if same is None:
                break
            left.remove(same)
        if not left:
            return True
    names = frozenset[str]().union(*map(names_in, (*mine, *yours)))
    first, second = _basis(mine, names), _basis(yours, names)
    return first is not None and first == second


def _basis(equations: Sequence[Node], names: frozenset[str]) -> list[object] | None:
    """The one simplest system that has the same polynomials' zeros; None where finding it might take long."""
    from sympy.polys.groebnertools import groebner

    found = [quotient(difference(equation), names) for equation in equations]
    polynomials = [pair[0] for pair in found if pair is not None and pair[0]]
    if len(polynomials) != len(equations) or len(names) > 4 or len(equations) > 5:
        return None
    size = 1
    for polynomial in polynomials:
        size *= max(sum(exponents) for exponents in polynomial.itermonoms()) or 1
    if size > LARGEST_SYSTEM:
        return None
    basis: list[object] = groebner(polynomials, polynomials[0].ring)
    return basis
