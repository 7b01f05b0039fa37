r"""Units at the end of a number: `55 params`, `90^\circ`, `9.81 m/s^2`, `\text{ cm}`, `$5`, `28 percent`, `3.5 亿个参数`."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from solvers.expression.tokens import LETTERS, canonical

Notation = Callable[[str], str | None]
"""What writes a number in another notation, or says with None that it isn't in this one."""

_COUNTED = (
    "parameters|parameter|params|param|weights|pixels|pixel|px|bits|bit|bytes|byte|elements|entries|values|neurons|units|unit|"
    "channels|steps|positions|samples|tokens|layers|heads|operations|ops|flops|macs|multiplications|multiply-adds|additions|"
    "zeros|zeroes|items|people|times|ways|points|numbers|words|images|examples|epochs|batches|iterations|features|classes|nodes|edges"
)
_MEASURED = (
    "kilomet(?:er|re)s?|centimet(?:er|re)s?|millimet(?:er|re)s?|met(?:er|re)s?|inch(?:es)?|f(?:oo|ee)t|yards?|miles?|"
    "kilograms?|grams?|pounds?|ounces?|lit(?:er|re)s?|gallons?|milliseconds?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|"
    "months?|years?|degrees?|deg|radians?|rad|newtons?|joules?|watts?|volts?|amperes?|amps?|kelvins?|pascals?|hertz|"
    "dollars?|cents?|euros?|yuan|yen|rmb|usd|eur|gbp|cny|mph|kph"
)
# A lone `m` right after the figures may mean a million: `25m`.
_SYMBOLS = (
    "km|cm|mm|nm|kg|mg|ms|ns|GHz|MHz|kHz|Hz|kPa|Pa|kJ|kW|kV|mV|mA|ml|mL|GB|MB|KB|kB|GiB|MiB|KiB|TB|TFLOPS|GFLOPS|[sghNJWVL]|"
    r"m(?:(?<=[\s*/.}]m)|(?=\s*[*/^²³]))"
)
_CHINESE = (
    "个参数|个零|个像素|个元素|个权重|个神经元|个比特|个位置|个通道|个|参数|像素点|像素|比特|字节|元素|次乘法|次加法|次运算|次|位|层|步|维|倍|"
    "平方米|立方米|平方厘米|立方厘米|千米|公里|厘米|毫米|米|千克|公斤|克|小时|分钟|秒|天|年|元|块|度"
)
_MEASURE = rf"(?:(?i:(?:sq(?:uare)?|cubic)\s+)?(?:(?i:{_MEASURED})|{_SYMBOLS})(?![{LETTERS}]))"
_COUNT = rf"(?i:(?:(?:square|cubic)\s+)?(?:{_COUNTED})(?![{LETTERS}]))"
_POWER = r"(?:\s*(?:\^\s*(?:\{\s*)?-?[1-4](?:\s*\})?|\*\*\s*-?[1-4]|⁻?[¹²³]))?"
_WORDS = rf"(?:{_MEASURE}{_POWER}(?:\s*(?:[*/.]|\bper\b|\\cdot(?![A-Za-z])|\s)\s*{_MEASURE}{_POWER}){{0,4}}|{_COUNT}|{_CHINESE})"
_FONT = r"\\(?:text(?:normal|rm|bf|it|sf)?|mathrm|mathbf|mathit|operatorname|mbox|hbox)"
_LARGE = "thousand|million|billion|trillion|hundred|dozen|percent|[kKMGBT]\\s*\\}|百|千|万|亿|or\\b|and\\b|或|和"
_FREE = rf"(?!{_LARGE})[{LETTERS}][{LETTERS} .'/\\-]{{0,38}}"
_UNIT = re.compile(
    rf"""(?:(?<=[\s0-9.)\]}}%kKMGTB万亿½¼¾⅓⅔])|(?<=n)(?=[\s*~\\]))(?:[\s*~]|\\[,;:! ])* (?P<unit>
        {_FONT}\s*\{{\s*(?:{_WORDS}|{_FREE})\s*\}}{_POWER}
      | (?:\^\s*\{{?\s*)?\\(?:circ|degree)(?![A-Za-z])\s*\}}? (?:\s*[CF](?![{LETTERS}]))? | °\s*[CF]? | ℃ | ℉
      | {_WORDS} | \\?\$ | [€£¥₩₽¢] ) \s*\Z""",
    re.VERBOSE,
)
_LONGEST = 48  # characters at the end among which a unit is looked for
_MONEY = re.compile(r"([-+]?)\s{0,3}(\\\$|[$€£¥₩₽]|US\$|(?:USD|EUR|GBP|CNY|RMB)\b)\s{0,3}(?=[-+]?[0-9.])")
_TRIGONOMETRIC = re.compile(r"sin|cos|tan|cot|sec|csc")
_RATIO = re.compile(r"\s*[0-9]{1,30}\s*(:)\s*[0-9]{1,30}\s*")
_NUMBER = r"\s*([-+]?)([0-9]{0,9})\.([0-9]{0,9}?)"
_DOTS = r"(?:\.{3}|…|\\l?dots)\s*"
_REPEATING = tuple(
    re.compile(_NUMBER + block)
    for block in (
        r"\\(?:overline|bar|dot)\s*\{([0-9]{1,9})\}\s*", rf"([0-9])\4{{2,19}}{_DOTS}", rf"([0-9]{{2,9}})\4{{1,3}}{_DOTS}",
    )
)  # fmt: skip
_BASED = re.compile(r"\s*([-+]?)([0-9]{1,90})\s*_\s*\{?\s*([0-9]{1,2})\s*\}?\s*")
_PREFIXED = re.compile(r"\s*([-+]?)(0(?:x[0-9a-f]{1,40}|b[01]{1,90}|o[0-7]{1,40}))\s*", re.IGNORECASE)
_LEAST_BASE, _MOST_BASE = 2, 36
_PERCENT = re.compile(r"(?<=[0-9)}\s$])(per\s?cent(?:age)?|pct\b\.?)\s*\Z", re.IGNORECASE)


def find_unit(text: str) -> tuple[int, int, str] | None:
    """Where the unit at the end of a text starts and ends, and its plain name; None if there is none."""
    end = len(text.rstrip())
    last = text[end - 1 : end]
    if not last or (last in "0123456789)" and not _may_be_power(text, end)):
        return None
    match = _UNIT.search(text, max(end - _LONGEST, 0), end)
    if match is None:
        return None
    unit = plain_unit(match["unit"])
    if unit == "°" and _TRIGONOMETRIC.search(text) is not None:
        return None
    return match.start("unit"), match.end("unit"), unit


def _may_be_power(text: str, end: int) -> bool:
    """Whether figures at the end may be the power of a unit: `m^2`, `s^-1`."""
    return any(sign in text[max(end - 5, 0) : end] for sign in ("^", "**"))


def find_money(text: str, start: int = 0) -> tuple[int, int, str] | None:
    """Where a sign of money in front of the number at `start` stands, and the sign; None if there is none."""
    match = _MONEY.match(text, start)
    return None if match is None else (match.start(2), match.end(2), match[2].lstrip("\\"))


def find_ratio(text: str) -> int | None:
    """Where the colon of a ratio of two whole numbers stands, `7:32`; None for anything else."""
    match = _RATIO.fullmatch(text)
    return None if match is None else match.start(1)


def repeating(text: str) -> str | None:
    r"""The fraction that a repeating decimal is: `0.\overline{3}`, `0.333...`; None for anything else."""
    match = next((found for pattern in _REPEATING if (found := pattern.fullmatch(text)) is not None), None)
    if match is None:
        return None
    sign, whole, first, block = match.groups()
    scale = 10 ** len(first)
    value = (
        Fraction(int(whole or 0))
        + Fraction(int(first or 0), scale)
        + Fraction(int(block), (10 ** len(block) - 1) * scale)
    )
    return f"{sign}{value}"


def based(text: str) -> str | None:
    """The number that figures in a stated base are, `4210_5`, `101_{2}` or `0x2A`; None for anything else."""
    match = _BASED.fullmatch(text)
    if match is None:
        prefixed = _PREFIXED.fullmatch(text)
        return None if prefixed is None else f"{prefixed[1]}{int(prefixed[2], 0)}"
    base = int(match[3])
    if not _LEAST_BASE <= base <= _MOST_BASE or any(int(figure) >= base for figure in match[2]):
        return None
    return f"{match[1]}{int(match[2], base)}"


def find_percent(text: str) -> tuple[int, int] | None:
    """Where the word `percent` stands at the end of a text."""
    match = _PERCENT.search(text)
    return None if match is None else (match.start(1), len(text.rstrip()))


@lru_cache(maxsize=1024)
def plain_unit(unit: str) -> str:
    r"""One spelling for a unit: `\text{ cm}^2` is `cm^2`, `^\circ` is `°`."""
    found = re.sub(rf"{_FONT}\s*\{{([^{{}}]*)\}}", r"\1", unit).strip()
    found = re.sub(r"\^?\s*\{?\s*\\(?:circ|degree)\s*\}?", "°", found).lstrip("\\")
    found = found.replace("**", "^").replace("\\cdot", "*").replace("{", "").replace("}", "")
    found = re.sub(r"\s*([*/^°])\s*", r"\1", found).replace("²", "^2").replace("³", "^3")
    return canonical(found) if found.isalnum() else found
