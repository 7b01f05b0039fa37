"""Costs said in words: `linear`, `quadratic in n`, `平方级`, `与 n 成线性关系`."""

from __future__ import annotations

import re
from collections.abc import Collection

from grader.reading.mistakes import WhichVariable
from grader.reading.surroundings import Surrounded
from solvers.expression.tokens import LETTERS
from solvers.expression.vocabulary import ANY

_GROWTHS = {
    "1": "constant|常数|常量", "log({})": "logarithmic|对数", "{}": "linear|线性|一次", "{0}*log({0})": "linearithmic|loglinear|log-linear|quasilinear|quasi-linear|线性对数|线性乘对数",
    "{}^2": "quadratic|平方|二次", "{}^3": "cubic|立方|三次", "{}^4": "quartic|四次", "2^{}": "exponential|指数", "factorial({})": "factorial|阶乘",
}  # fmt: skip
_COSTS = {word: cost for cost, words in _GROWTHS.items() for word in words.split("|")}
_WORDS = "|".join(sorted(_COSTS, key=len, reverse=True))
_NAME = rf"\$?(?P<name>\\?[{LETTERS}][{LETTERS}0-9_']{{0,15}}?)\$?"
_ENGLISH = re.compile(
    rf"(?P<word>{_WORDS})(?:ly)?(?:[\s-]+(?:time|space|complexity|cost|growth|order|runtime))*(?:\s+(?:in|with)\s+{_NAME})?",
    re.IGNORECASE,
)
_ENDING = r"(?:方|级别?|阶|量级|数量级|增长|关系|时间|空间|复杂度|的|\s)*"
_CHINESE = re.compile(
    rf"(?:(?:[与随和对]|关于)?\s*(?P<name>[A-Za-z][A-Za-z0-9_']{{0,15}})\s*(?:[的呈成是为]|增长)*\s*)?(?P<word>{_WORDS}){_ENDING}"
)
_BEFORE = re.compile(r"\s*(?:(?:on\s+)?(?:the\s+)?order(?:\s+of)?|big[- ]?oh?\s+of|o\s+of)\s+(?=\S)", re.IGNORECASE)
_BEHIND = re.compile(
    r"(?<=[)\]}0-9²³ ])(?:\s{0,9}(?:time|space|complexity|runtime|operations|级别?|数?量级|阶|时间|空间|复杂度)){1,3}\s*\Z"
)
_JOINTS = re.compile(r",|\band\b|\btimes\b|并?且")


def strip_words(found: Surrounded, names: Collection[str]) -> None:
    """Passes over words around a cost that say what it is, `O(n^2) time`, `big-O of n^2`, `O(n²)级`; none that are declared."""
    for match in (_BEFORE.match(found.text), _BEHIND.search(found.text)):
        if match is not None and match[0].strip() not in names and found.text.replace(match[0], "", 1).strip():
            found.blank(*match.span())


def cost_in_words(text: str, names: Collection[str]) -> str | None:
    """The cost that words say, as it is typed; None if they say none. Raises WhichVariable where they leave open in what it grows."""
    parts = []
    for words in map(str.strip, _JOINTS.split(text)):
        match = _ENGLISH.fullmatch(words) or _CHINESE.fullmatch(words)
        if match is None:
            return None
        cost = _COSTS[match["word"].casefold()]
        declared = [name for name in names if name != ANY and name.isidentifier()]
        name = match["name"] or (declared[0] if len(declared) == 1 else None)
        if name is None and "{" in cost:
            raise WhichVariable(len(text) - len(text.lstrip()))
        parts.append(f"({cost.format(name)})")
    return "*".join(parts)
