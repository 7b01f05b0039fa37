"""Plain figures against plain figures: most numeric responses, decided in a fraction of the time, and never otherwise than at length.

Only what needs no words is decided here: what is right, and what is wrong and neither the key rounded nor the key with another sign.
The numbers are compared as floats whose error is known; whatever that leaves in doubt is left to exact arithmetic.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from questions.key import Precision

LONGEST = 60
"""Characters of a number that is decided here."""

_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+|/[0-9]*[1-9][0-9]*)?").fullmatch
_LOST = 2.0**-50  # of all sizes in a comparison: twice what reading, dividing and adding them can round
_PLACES = tuple(float(f"1e-{count}") for count in range(LONGEST))


class Margin:
    """How far a number may lie from its key: the most of a distance, a share of the key, and half of the last figure asked for."""

    __slots__ = ("absolute", "figures", "is_fixed", "relative")

    def __init__(self, absolute: float, relative: float, figures: int | None) -> None:
        self.absolute = absolute
        self.relative = relative
        self.figures = figures
        self.is_fixed = not relative and figures is None

    @classmethod
    def of(cls, absolute: Fraction, relative: Fraction, precision: Precision | None) -> Margin | None:
        """The margin, or None where it is beyond floats, or where the number of digits matters for itself."""
        if precision is not None and precision.exactly:
            return None
        if precision is not None and precision.decimals is not None:
            absolute = max(absolute, Fraction(1, 2 * 10**precision.decimals))
        try:
            return cls(float(absolute), float(relative), precision.significant if precision is not None else None)
        except OverflowError:
            return None

    def around(self, key: str, value: float) -> float:
        """How far from this key, as typed and as a float."""
        most = max(self.absolute, self.relative * abs(value))
        if self.figures is None:
            return most
        digits = Decimal(key)
        return max(most, float(f"5e{(digits.adjusted() if digits else 0) - self.figures}"))


def decide(answer: str, key: str, margin: Margin) -> bool | None:
    """Whether a number is right; None for whatever else there may be to say of it."""
    if len(answer) > LONGEST or len(key) > LONGEST or _PLAIN(answer) is None:
        return None
    if answer == key:
        return True
    if _PLAIN(key) is None:
        return None
    typed = _ratio(answer) if "/" in answer else float(answer)
    if "/" not in key:
        right = float(key)
    elif margin.figures is None:
        right = _ratio(key)
    else:
        return None
    allowed = margin.absolute if margin.is_fixed else margin.around(key, right)
    gap = abs(typed - right)
    doubt = _LOST * (abs(typed) + abs(right) + allowed)
    if gap + doubt < allowed:
        return True
    far = allowed + doubt
    if gap <= far or abs(typed + right) <= far:
        return None
    return False if 2 * (gap - doubt) > _last_place(answer) else None


def _ratio(text: str) -> float:
    top, bottom = text.split("/")
    return int(top) / int(bottom)


def _last_place(text: str) -> float:
    """One in the last place of a number as typed; the zeros that end a whole number may be places or not; a fraction has none."""
    point = text.find(".")
    if point >= 0:
        return _PLACES[len(text) - 1 - point]
    return 0.0 if "/" in text else 10.0 ** (len(text) - len(text.rstrip("0")))
