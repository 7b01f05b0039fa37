"""Numbers as they are typed: their exact values, their forms, and how many digits are read."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from typing import Final

from solvers.expression.errors import TooLarge, UnexpectedCharacter
from solvers.expression.nodes import Form, Negative, Node, Number
from solvers.expression.tokens import SUPERSCRIPTS

MOST_DIGITS: Final = 400
"""Digits of a number as typed, and the largest power of ten in `1e400`."""


def literal(text: str, offset: int) -> tuple[int | Fraction, Form]:
    """The exact value of a number's characters, and its form. Raises TooLarge beyond MOST_DIGITS."""
    if len(text) > MOST_DIGITS:
        raise TooLarge(offset)
    if text.isdigit():
        return int(text), "integer"
    mantissa, _, power = text.replace("_", "").replace("E", "e").partition("e")
    whole, point, decimals = mantissa.partition(".")
    if len(power) > 4 or (power and abs(int(power)) > MOST_DIGITS):
        raise TooLarge(offset)
    places = int(power or 0) - len(decimals)
    digits = int(whole + decimals)
    value = whole_if_possible(Fraction(digits, 10**-places)) if places < 0 else digits * 10**places
    return value, "scientific" if power else "decimal" if point else "integer"


def whole_if_possible(value: int | Fraction) -> int | Fraction:
    """A fraction over 1 as a whole number."""
    return value.numerator if value.denominator == 1 else value


def vulgar_fraction(character: str) -> Fraction:
    """The value of a character such as `½`, or of raised and lowered figures: `³/₁₆`."""
    if len(character) == 1:
        return Fraction(unicodedata.numeric(character)).limit_denominator(10)
    top, bottom = (int("".join(str(unicodedata.digit(c)) for c in part)) for part in character.split("/"))
    return Fraction(top, bottom)


def raised_exponent(text: str, start: int) -> Node | None:
    """The exponent in superscript figures, with a sign or without; None if it is more than that."""
    plain = "".join(SUPERSCRIPTS[character] for character in text)
    digits = plain.lstrip("+-")
    if not digits.isdigit() or len(plain) - len(digits) > 1:
        return None
    if len(digits) > MOST_DIGITS:
        raise UnexpectedCharacter(start, text)
    value = int(digits)
    if plain[0] == "-":
        return Negative(start, Number(start, value, text, "integer"))
    return Number(start, value, text, "integer")
