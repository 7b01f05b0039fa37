"""Expressions that are quotients of polynomials, brought over one denominator and cancelled: exact, and refused where that would take long."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any, Final

from solvers.expression.nodes import JUXTAPOSED, Name, Negative, Node, Number, Percent, Power, Product, Sum

MOST_NAMES: Final = 6
MOST_TERMS: Final = 200
"""Terms of a numerator or denominator."""
HIGHEST: Final = 10_000
"""Degree of a power of one term; sums are raised to as many terms as are allowed."""
HIGHEST_CANCELLED: Final = 10
"""Degree up to which common factors are looked for."""

Polynomial = Any
"""A polynomial over the rationals in the names, of sympy's sparse kind."""


class _TooMuchError(Exception):
    """Not a quotient of polynomials, or not a small one."""


def quotient(node: Node, names: Collection[str]) -> tuple[Polynomial, Polynomial] | None:
    """Numerator and denominator without common factors; None for what is no quotient of polynomials in the names, or no small one.

    Numbers have to be exact: `0.5 x` is, `pi x` is not. The denominator's leading coefficient is 1.
    """
    if len(names) > MOST_NAMES:
        return None
    from sympy import QQ
    from sympy.polys.rings import ring

    ordered = sorted(names)
    polynomials, *generators = ring(ordered or ["_"], QQ)
    work = _Work(polynomials, dict(zip(ordered, generators, strict=False)))
    try:
        top, bottom = work.value(node)
    except (_TooMuchError, ZeroDivisionError):
        return None
    if not bottom:
        return None
    if not bottom.is_ground and top:
        if max(_degree(top), _degree(bottom)) > HIGHEST_CANCELLED:
            return None
        top, bottom = top.cancel(bottom)
    if not top:
        return top, polynomials.one
    return top.mul_ground(1 / bottom.LC), bottom.monic()


def _degree(polynomial: Polynomial) -> int:
    return max((sum(exponents) for exponents in polynomial.itermonoms()), default=0)


class _Work:
    def __init__(self, polynomials: Any, generators: dict[str, Polynomial]) -> None:
        self.polynomials, self.generators = polynomials, generators

    def number(self, value: int | Fraction) -> Polynomial:
        from sympy import QQ

        exact = Fraction(value)
        if max(abs(exact.numerator), exact.denominator) > 10**60:
            raise _TooMuchError
        return self.polynomials.ground_new(QQ(exact.numerator, exact.denominator))

    def value(self, node: Node) -> tuple[Polynomial, Polynomial]:
        one = self.polynomials.one
        match node:
            case Number(value=value):
                return self.number(value), one
            case Name(name=name) if name in self.generators:
                return self.generators[name], one
            case Negative(operand=operand):
                top, bottom = self.value(operand)
                return -top, bottom
            case Percent(operand=operand):
                top, bottom = self.value(operand)
                return top, bottom * 100
            case Sum(terms=terms):
                return self.sum(terms)
            case Product(factors=factors):
                return self.product(factors)
            case Power(base=base, exponent=exponent):
                return self.power(self.value(base), self.value(exponent))
            case _:
                raise _TooMuchError

    def sum(self, terms: tuple[tuple[str, Node], ...]) -> tuple[Polynomial, Polynomial]:
        total, under = self.polynomials.zero, self.polynomials.one
        for sign, term in terms:
            top, bottom = self.value(term)
            top = -top if sign == "-" else top
            if bottom == under:
                total = total + top
            else:
                total, under = (
                    self.times(total, bottom) + self.times(top, under),
                    self.times(under, bottom),
                )
            if len(total) > MOST_TERMS:
                raise _TooMuchError
        return total, under

    def product(self, factors: tuple[tuple[str, Node], ...]) -> tuple[Polynomial, Polynomial]:
        total, under = self.polynomials.one, self.polynomials.one
        for sign, factor in factors:
            top, bottom = self.value(factor)
            if sign == "/":
                top, bottom = bottom, top
                if not bottom:
                    raise ZeroDivisionError
            elif sign not in ("*", JUXTAPOSED):
                raise _TooMuchError
            total, under = self.times(total, top), self.times(under, bottom)
        return total, under

    def power(
        self, base: tuple[Polynomial, Polynomial], exponent: tuple[Polynomial, Polynomial]
    ) -> tuple[Polynomial, Polynomial]:
        over, under = exponent
        if not over.is_ground or under != self.polynomials.one:
            raise _TooMuchError
        count = over.LC if over else 0
        if count != int(count) or abs(int(count)) > HIGHEST:
            raise _TooMuchError
        count = int(count)
        top, bottom = base if count >= 0 else base[::-1]
        if not bottom:
            raise ZeroDivisionError
        return self.raised(top, abs(count)), self.raised(bottom, abs(count))

    def raised(self, base: Polynomial, count: int) -> Polynomial:
        if len(base) <= 1 and not (base.is_ground and base and abs(base.LC) != 1 and count > 200):
            if base and abs(base.LC) != 1 and count > 200:
                raise _TooMuchError
            return base**count
        if count > 40 or base.is_ground:
            raise _TooMuchError
        result = self.polynomials.one
        for _ in range(count):
            result = self.times(result, base)
        return result

    def times(self, left: Polynomial, right: Polynomial) -> Polynomial:
        if len(left) * len(right) > 10 * MOST_TERMS:
            raise _TooMuchError
        found = left * right
        if len(found) > MOST_TERMS:
            raise _TooMuchError
        return found
