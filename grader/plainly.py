"""Plain decimals against plain decimals: most numeric responses, decided in a fraction of the time, exactly.

Only what needs no words is decided here: what is right, and what is wrong and neither the key rounded nor the key with another sign.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache

from questions.key import Precision

LONGEST = 60
"""Characters of a number that is decided here."""

_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_EXACT = Context(prec=1_000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact])
_ONE, _TWO = Decimal(1), Decimal(2)


class Margin:
    """How far a number may lie from its key: the most of a distance, a share of the key, and half of the last digit asked for."""

    __slots__ = ("absolute", "figures", "relative")

    def __init__(self, absolute: Decimal, relative: Decimal, figures: int | None) -> None:
        self.absolute = absolute
        self.relative = relative
        self.figures = figures

    @classmethod
    def of(cls, absolute: Fraction, relative: Fraction, precision: Precision | None) -> Margin | None:
        """The margin, or None where it is no decimal, or where the number of digits matters for itself."""
        most, share = _decimal_of(absolute), _decimal_of(relative)
        if most is None or share is None or (precision is not None and precision.exactly):
            return None
        if precision is not None and precision.decimals is not None:
            most = max(most, Decimal(5).scaleb(-precision.decimals - 1))
        return cls(most, share, precision.significant if precision is not None else None)

    def around(self, key: Decimal) -> Decimal:
        """How far from this key."""
        most = self.absolute
        if self.relative:
            most = max(most, _EXACT.multiply(self.relative, key.copy_abs()))
        if self.figures is not None:
            most = max(most, Decimal(5).scaleb(key.adjusted() - self.figures if key else -self.figures))
        return most


def decide(answer: str, key: str, margin: Margin) -> bool | None:
    """Whether a number is right; None for whatever else there may be to say of it."""
    right, typed = _number(key), _number(answer)
    if right is None or typed is None:
        return None
    allowed = margin.around(right)
    gap = _EXACT.subtract(typed, right).copy_abs()
    if gap <= allowed:
        return True
    if _EXACT.multiply(gap, _TWO) <= _last_place(answer) or _EXACT.add(typed, right).copy_abs() <= allowed:
        return None
    return False


@lru_cache(maxsize=4096)
def _number(text: str) -> Decimal | None:
    return Decimal(text) if len(text) <= LONGEST and _PLAIN.fullmatch(text) is not None else None


def _last_place(text: str) -> Decimal:
    """One in the last place of a number as typed; the zeros that end a whole number may be places or not."""
    point = text.find(".")
    return _ONE.scaleb(point + 1 - len(text) if point >= 0 else len(text) - len(text.rstrip("0")))


def _decimal_of(number: Fraction) -> Decimal | None:
    """The number as a decimal that ends, or None."""
    try:
        return _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
    except Inexact:
        return None
