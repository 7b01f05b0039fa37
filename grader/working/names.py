"""What the names in a student's working stand for: steps and givens, by symbol, by name or in words of either language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from solvers.derivation import Derivation
from solvers.expression import ExpressionError, Node, parse
from solvers.expression.tokens import canonical, tidy
from solvers.latex import LatexError, plain_text
from solvers.text import Text

_LONGEST = 80  # characters of a name in words
_USUAL = {"candidate": ("g", "g_t"), "output": ("y",), "weights": ("a", "w"), "loss": ("L", "J"), "context": ("o",)}
_BEFORE = ("_{t-1}", "_(t-1)", "_{t−1}")
_BULLET = re.compile(
    r"\s*(?:[-*•]\s|\(?[0-9]{1,2}\s*[.):]\s|step\s*[0-9]{1,2}\s*[.:)]?|第\s*[0-9一二三四五六七八九十]{1,3}\s*步\s*[.:,]?)\s*",
    re.IGNORECASE,
)
_WORDS_BEFORE = re.compile(
    r"\s*(?:(?:the|so|then|thus|hence|therefore|and|now)\b|因此|所以|故|则|于是|即|∴)[\s,:]*", re.IGNORECASE
)
_DERIVATIVE = re.compile(r"(?<![A-Za-z])[d∂]\s*([A-Za-z])\s*/\s*[d∂]\s*(?=[^\W\d_])")
_INDEX = re.compile(r"(.*?)\s*(?:\[\s*([0-9]{1,3}(?:\s*,\s*[0-9]{1,3})*)\s*\]|_?\{?([0-9]{1,2})\}?)\Z", re.DOTALL)


@dataclass(frozen=True)
class Quantity:
    """What a line is about: a step, or one element of it."""

    step: str
    index: tuple[int, ...] = ()


class Names:
    """The names of one derivation, as students write them."""

    def __init__(self, derivation: Derivation) -> None:
        self._steps: dict[str, str] = {}
        self._in_words: dict[str, str] = {}
        self._sources: dict[str, list[str]] = {}
        self._written_out: list[tuple[str, str]] = []
        for name, step in derivation.steps.items():
            for spelling in _spellings(name, step.symbol):
                self._steps.setdefault(_key(spelling), name)
                self._declare(spelling, name)
            for words in (*_in_words(step.label), name.replace("_", " ")):
                self._in_words.setdefault(words, name)
        for name, given in derivation.givens.items():
            for spelling in _spellings(name, given.symbol):
                self._declare(spelling, name)
        self._givens = {_key(s) for name, given in derivation.givens.items() for s in _spellings(name, given.symbol)}
        self._written_out.sort(key=lambda pair: -len(pair[0]))
        self.names = frozenset(self._sources)

    def _declare(self, spelling: str, source: str) -> None:
        """Lets expressions use a spelling; one that is no plain name is put in a plain name's place before they are read."""
        plain = _plain(spelling)
        name = canonical(plain)
        if re.fullmatch(r"[^\W\d]\w*(?:\{[^{}]*\})?", name) is None:
            written = re.sub(r"\s+", "", plain)
            name = f"quantity_{len(self._sources)}"
            self._written_out.append((written, name))
        known = self._sources.setdefault(name, [])
        if source not in known:
            known.append(source)

    def sources(self, name: str) -> list[str]:
        """The steps and givens that a name in an expression may stand for."""
        return self._sources.get(name, [])

    def quantity(self, text: str) -> Quantity | None:
        """The step that the words or the symbol before an equals sign name; None if they name none."""
        if not 0 < len(text) <= _LONGEST:
            return None
        for candidate in _candidates(text):
            if (step := self._step(candidate)) is not None:
                return Quantity(step)
        for candidate in _candidates(text):
            found = _INDEX.match(_plain(candidate))
            if found is not None and (step := self._step(found[1])) is not None:
                # In brackets places count from 0, as in programs; as a subscript from 1, as in mathematics.
                return Quantity(step, _index(found[2]) if found[2] else (int(found[3]) - 1,))
        return None

    def is_given(self, text: str) -> bool:
        """Whether what stands before an equals sign is a given."""
        return any(_key(_plain(candidate)) in self._givens for candidate in _candidates(text))

    def _step(self, text: str) -> str | None:
        return self._steps.get(_key(_plain(text))) or self._in_words.get(_words(text))

    def expression(self, text: str, own: Iterable[str] = ()) -> Node | None:
        """What stands between two equals signs as an expression; None if it cannot be read as one."""
        plain = _plain(text)
        for written, name in self._written_out:
            if written[0] in plain:
                pattern = r"\s*".join(map(re.escape, written))
                plain = re.sub(rf"\(\s*{pattern}\s*\)|{pattern}(?![\w'])", f" {name} ", plain)
        for attempt in dict.fromkeys((plain, text)):
            try:
                return parse(attempt, (*self.names, *own), longest=_LONGEST * 40)
            except ExpressionError:
                continue
        return None


@lru_cache(maxsize=64)
def names_of(derivation: Derivation) -> Names:
    """The names of a derivation, worked out once."""
    return Names(derivation)


def _index(text: str) -> tuple[int, ...]:
    return tuple(int(place) for place in text.split(","))


def _spellings(name: str, symbol: str) -> Iterator[str]:
    """How a quantity is written: its symbol, without the time step, its name in programs, and letters that are usual for it."""
    yield symbol
    shown = canonical(symbol)
    if shown.endswith("_t") and len(shown) > 2:
        yield shown.removesuffix("_t")
    base = next((shown.removesuffix(end) for end in _BEFORE if shown.endswith(end)), None)
    if base is not None:
        yield from (f"{base}_prev", f"{base}_0", f"{base}_old", f"{base}_last")
    if not shown[:1].isalpha() or name != shown:
        yield name
    yield from _USUAL.get(name, ())


def _plain(text: str) -> str:
    """A name or formula without LaTeX's commands, derivatives always with the same sign."""
    plain = tidy(text)
    if "\\" in plain:
        with suppress(LatexError):  # what is no formula stays as it was typed
            plain = plain_text(plain)
    return _DERIVATIVE.sub(r"∂\1/∂", plain)


def _key(spelling: str) -> str:
    """A spelling in which `W_f` and `Wf`, `δ₂` and `delta_2` are the same."""
    return re.sub(r"[\s_{}()]", "", canonical(_plain(spelling)))


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", tidy(text)).strip(" *_").casefold()


def _in_words(label: Text) -> Mapping[str, None]:
    """A step's name in both languages, whole and without what explains it: `Scores: the query times every key`."""
    whole = [_words(label.en), _words(label.zh)]
    short = [re.split(r"[:(,]", words)[0].strip() for words in whole]
    return dict.fromkeys([*whole, whole[1].replace(" ", ""), *short])


def _candidates(text: str) -> list[str]:
    """What of the text before an equals sign may be the name: all of it, or what is left without what leads up to it."""
    text = tidy(text).strip()
    found = [text]
    for pattern in (_BULLET, _WORDS_BEFORE):
        match = pattern.match(found[-1])
        if match is not None and match.end():
            found.append(found[-1][match.end() :])
    if ":" in found[-1]:
        found.extend(reversed([piece.strip() for piece in found[-1].split(":")]))
    words = found[-1].split() if ":" not in found[-1] else []
    if len(words) > 1:
        found.extend((words[-1], " ".join(words[:-1])))
    if "," in found[-1]:
        found.append(found[-1].rpartition(",")[2].strip())
    return [piece for piece in dict.fromkeys(found) if piece]
