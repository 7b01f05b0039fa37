"""What words mean: functions with their many spellings, constants, magnitudes, and the names that a question declares."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from functools import lru_cache

from solvers.expression.elementary import EXACT
from solvers.expression.tokens import canonical

FUNCTIONS: dict[str, tuple[int, int]] = {
    "abs": (1, 1), "ceil": (1, 1), "cos": (1, 1), "cosh": (1, 1), "exp": (1, 1), "floor": (1, 1), "indicator": (1, 1), "len": (1, 1),
    "ln": (1, 1), "log": (1, 2), "log10": (1, 1), "log2": (1, 1), "max": (1, 999), "mean": (1, 999), "min": (1, 999),
    "norm": (1, 1), "relu": (1, 1), "round": (1, 1), "sigmoid": (1, 1), "sin": (1, 1), "sinh": (1, 1), "softmax": (1, 999),
    "sqrt": (1, 2), "sum": (1, 999), "tan": (1, 1), "tanh": (1, 1), "transpose": (1, 1),
    **dict.fromkeys(EXACT, (1, 1)), "binomial": (2, 2), "gcd": (2, 99), "lcm": (2, 99), "atan2": (2, 2),
}  # fmt: skip
"""Every function by its plain name, with the fewest and the most arguments it takes. `log` is the natural logarithm."""

_SPELLINGS = {
    "sigma": "sigmoid", "logistic": "sigmoid", "sigm": "sigmoid", "ceiling": "ceil", "log_2": "log2", "lb": "log2",
    "ld": "log2", "log_10": "log10", "lg": "log10", "log_e": "ln", "absolute": "abs", "maximum": "max", "minimum": "min",
    "tg": "tan", "ctg": "cot", "cotan": "cot", "cosec": "csc", "arctg": "atan", "arcctg": "acot", "arccosec": "acsc", "cosech": "csch", "root": "sqrt",
    "nthroot": "sqrt", "arctan2": "atan2", "sgn": "sign", "signum": "sign", "fact": "factorial", "binom": "binomial", "choose": "binomial", "comb": "binomial",
    **{f"{prefix}{name[1:]}": name for name in EXACT for prefix in ("arc", "ar", "arg") if name[0] == "a"},
}  # fmt: skip
WITHOUT_BRACKETS = frozenset((
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "ln", "log", "log2", "log10", "log_2", "log_10", "lg", "lb", "sqrt", "sec", "csc",
    "cot", "sech", "csch", "coth", "arcsin", "arccos", "arctan", "asin", "acos", "atan", "arcsinh", "arccosh", "arctanh", "arsinh",
    "arcosh", "artanh", "asinh", "acosh", "atanh", "arccot", "arcsec", "arccsc",
))  # fmt: skip
"""Functions that take an operand without brackets even where any word may be a variable: `ln 2`, `\\log_2 n`."""

CONSTANTS = {
    "e": "e", "pi": "pi", "inf": "infinity", "infinity": "infinity", "Inf": "infinity", "true": "true", "True": "true",
    "false": "false", "False": "false",
}  # fmt: skip

MAGNITUDES = {
    "k": 3, "K": 3, "M": 6, "G": 9, "B": 9, "T": 12, "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
    "thousands": 3, "millions": 6, "billions": 9, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "十亿": 9,
    "百亿": 10, "千亿": 11, "万亿": 12,
}  # fmt: skip
"""Words that multiply the number before them by a power of ten, where no such name is declared."""

ROWS = frozenset(("matrix", "Matrix"))
"""Words before the rows of a matrix, where nothing says which words are names."""

ANY = "*"
"""Among the names that a text may use: every other word is a variable as well."""

APPLIED = "()"
"""After a name that a text may use: a function, and any function at all, such as `f()`."""

_RUN_INTO = frozenset(("pi", "log_2", *(word for word in WITHOUT_BRACKETS if word.startswith("ar"))))
LONGEST_WORD = 64  # characters of a run of letters that is tried as a product of declared names


@lru_cache(maxsize=4096)
def function_named(name: str) -> str | None:
    """The plain name of the function that a word means, whatever its case, or None."""
    for spelling in (name, name.lower()):
        plain = _SPELLINGS.get(spelling, spelling)
        if plain in FUNCTIONS:
            return plain
    return None


def _loose(name: str) -> str:
    """A spelling in which `W_f` and `Wf`, `x_1` and `x1` are the same."""
    return name.replace("_", "").replace("{", "").replace("}", "")


class Vocabulary:
    """The names that a text may use, found under any of their spellings."""

    __slots__ = ("_spellings", "_split", "functions", "names", "open")

    def __init__(self, names: Collection[str]) -> None:
        self.functions = frozenset(name.removesuffix(APPLIED) for name in names if name.endswith(APPLIED))
        self.names = tuple(sorted(name for name in names if name != ANY and not name.endswith(APPLIED)))
        self.open = ANY in names
        loose: dict[str, list[str]] = {}
        for name in self.names:
            loose.setdefault(_loose(canonical(name)), []).append(name)
        self._spellings = {spelling: found[0] for spelling, found in loose.items() if len(found) == 1}
        self._spellings.update({canonical(name): name for name in self.names})
        self._spellings.update({name: name for name in self.names})
        self._split = bool(self.names)

    def find(self, word: str) -> str | None:
        """The declared name that a word stands for, or None."""
        return self._spellings.get(word) or self._spellings.get(_loose(word))

    def is_magnitude(self, word: str) -> bool:
        """Whether a word after a number multiplies it, as in `2.5M`; where every word may be a variable, only longer ones do."""
        return word in MAGNITUDES and self.find(word) is None and not (self.open and len(word) == 1 and word.isascii())

    def split(self, word: str) -> tuple[str, ...] | None:
        """The word as a run of declared names, functions and constants (`nd` is `n`, `d`), longest first; None if it is none."""
        if not self._split or not 1 < len(word) <= LONGEST_WORD:
            return None
        ways: list[tuple[str, ...] | None] = [None] * len(word) + [()]
        for start in range(len(word) - 1, -1, -1):
            for end in range(len(word), start, -1):
                rest, piece = ways[end], word[start:end]
                if rest is None or not self._is_piece(piece) or (rest and rest[0][0].isdigit()):
                    continue
                best = ways[start]
                if best is None or len(rest) + 1 < len(best):
                    ways[start] = (piece, *rest)
        return ways[0]

    def _is_piece(self, piece: str) -> bool:
        return piece in self._spellings or piece in FUNCTIONS or piece in _RUN_INTO

    def nearest(self, word: str) -> str | None:
        """The declared name that a mistyped word resembles most, if any does."""
        return closest(word, self.names)


def closest(word: str, known: Sequence[str]) -> str | None:
    """The known word that a mistyped one resembles: in all but its case, or in most of its letters."""
    if len(word) > LONGEST_WORD:
        return None
    for candidate in known:
        if _loose(canonical(candidate)).lower() == _loose(word).lower():
            return candidate
    found = difflib.get_close_matches(word, known[:200], n=1, cutoff=0.6)
    if found:
        return found[0]
    initials = [candidate for candidate in known if word.startswith(candidate) and len(word) > 2]
    return max(initials, key=len, default=None)


@lru_cache(maxsize=512)
def vocabulary(names: frozenset[str]) -> Vocabulary:
    """The vocabulary of a set of declared names."""
    return Vocabulary(names)
