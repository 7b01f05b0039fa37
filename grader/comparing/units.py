"""Units: an answer in another unit of the same kind is converted, one of another kind is wrong, a missing one is told."""

from __future__ import annotations

import re
from fractions import Fraction

from grader.reading import Reading
from questions.key import Target
from solvers.text import Text
from solvers.values import Value

PERCENT = "%"
_KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "length": (("nm", "1/1000000000"), ("mm", "1/1000"), ("cm", "1/100"), ("m", "1"), ("km", "1000"), ("in", "0.0254"), ("ft", "0.3048"),
               ("mi", "1609.344")),
    "mass": (("mg", "1/1000"), ("g", "1"), ("kg", "1000")),
    "time": (("ns", "1/1000000000"), ("ms", "1/1000"), ("s", "1"), ("min", "60"), ("h", "3600"), ("d", "86400")),
    "information": (("bit", "1"), ("byte", "8"), ("kB", "8000"), ("KB", "8000"), ("MB", "8000000"), ("GB", "8000000000"),
                    ("KiB", "8192"), ("MiB", "8388608"), ("GiB", "8589934592")),
    "angle": (("°", "1"),),
    "angle in radians": (("rad", "1"),),
    "money": (("$", "1"),),
    "frequency": (("Hz", "1"), ("kHz", "1000"), ("MHz", "1000000"), ("GHz", "1000000000")),
    "energy": (("J", "1"), ("kJ", "1000")),
    "power": (("W", "1"), ("kW", "1000")),
    "force": (("N", "1"),),
}  # fmt: skip
_SIZES = {unit: (kind, Fraction(size)) for kind, units in _KINDS.items() for unit, size in units}
_NAMES = {
    "kilometer": "km", "kilometre": "km", "centimeter": "cm", "centimetre": "cm", "millimeter": "mm", "millimetre": "mm", "meter": "m",
    "metre": "m", "inch": "in", "inche": "in", "foot": "ft", "feet": "ft", "mile": "mi", "kilogram": "kg", "gram": "g",
    "millisecond": "ms", "second": "s", "sec": "s", "minute": "min", "hour": "h", "hr": "h", "day": "d", "degree": "°", "deg": "°",
    "radian": "rad", "dollar": "$", "usd": "$", "joule": "J", "watt": "W", "newton": "N", "hertz": "Hz", "bit": "bit", "byte": "byte",
    "米": "m", "厘米": "cm", "毫米": "mm", "千米": "km", "公里": "km", "克": "g", "千克": "kg", "公斤": "kg", "秒": "s", "分钟": "min", "小时": "h",
    "天": "d", "度": "°", "比特": "bit", "字节": "byte",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+|[°$]")


def in_unit_of_key(reading: Reading, target: Target) -> tuple[Value, tuple[Text, ...]] | None:
    """The number in the key's unit, and what is said about it; None if the units measure different things.

    Counts of things (`params`, `values`) are passed over: only units that measure are judged.
    """
    value, wanted, given = reading.value, target.unit, reading.unit
    if wanted is None:
        return value, ()
    if wanted == PERCENT:
        return _percent(reading, target)
    mine, yours = _plain(wanted), _plain(given) if given is not None else ""
    if given is None:
        missing = Text(f"The unit {wanted} is missing.", f"缺少单位 {wanted}。")
        return value, (missing,) if _measures(mine) else ()
    if mine == yours or not (_measures(mine) and _measures(yours)):
        return value, ()
    if mine not in _SIZES or yours not in _SIZES or _SIZES[mine][0] != _SIZES[yours][0]:
        return None
    factor = _SIZES[yours][1] / _SIZES[mine][1]
    converted = value * factor if not isinstance(value, float) else value * float(factor)
    return converted, (Text(f"Converted from {given} to {wanted}.", f"已由 {given} 换算为 {wanted}。"),)


def _percent(reading: Reading, target: Target) -> tuple[Value, tuple[Text, ...]]:
    """`28` is taken for `28 %` where the key is a percentage and it is right so."""
    value = reading.value
    hundredth = value / 100 if isinstance(value, float) else Fraction(value) / 100
    if target.close(value) or not target.close(hundredth):
        return value, ()
    return hundredth, (Text("Read as a percentage.", "按百分数理解。"),)


def _plain(unit: str) -> str:
    """A unit with the symbols of its parts: `kilometers/hour` is `km/h`."""
    return _WORD.sub(lambda word: _symbol(word[0]), unit.strip().replace(" per ", "/")).replace(" ", "*")


def _symbol(word: str) -> str:
    if word in _SIZES:
        return word
    folded = word.casefold()
    return _NAMES.get(folded) or _NAMES.get(folded.removesuffix("s")) or folded


def _measures(unit: str) -> bool:
    """Whether every part of a unit is one that measures."""
    return all(word in _SIZES for word in _WORD.findall(unit))
