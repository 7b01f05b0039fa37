"""What the names in a student's working stand for: steps and givens, by symbol, by name or in words of either language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from grader.working.spellings import (
    Quantity,
    bases,
    characters_of,
    gradients,
    in_words,
    indexed,
    key,
    label_words,
    plain,
    running,
    spellings,
    words,
    words_of,
)
from solvers.derivation import Derivation
from solvers.expression import ExpressionError, Node, parse
from solvers.expression.tokens import canonical, tidy
from solvers.expression.vocabulary import FUNCTIONS

_LONGEST = 80  # characters of a name in words
_MOST_KEPT = 400  # names that are remembered with what they mean
_SYMBOL = 3  # letters of a word that may be a symbol
_MOST_ALIKE = 12  # steps that a name may stand for by words that theirs share with it
_CALL = re.compile(r"([a-z][a-z0-9]*)\s*\(")
_BULLET = re.compile(
    r"\s*(?:[-*•+]\s|\(?[0-9]{1,2}\s*[.):]\s|[(（]?[①-⑳]|step\s*[0-9]{1,2}\s*[.:)]?|第\s*[0-9一二三四五六七八九十]{1,3}\s*步\s*[.:,]?)\s*",
    re.IGNORECASE,
)
_WORDS_BEFORE = re.compile(
    r"\s*(?:(?:the|so|then|thus|hence|therefore|and|now|new|finally|next)\b|因此|所以|故|则|于是|即|得到|得|新的|∴|⇒|→)[\s,:]*",
    re.IGNORECASE,
)
_LONE = re.compile(r"[A-Za-z_]\w*")
_OPERATION = re.compile(r"[-+*/^⊙∑∏]")
_ANSWER = re.compile(
    r"(?:(?:the|my|final|our)\s+)*(?:answer|result|ans)|(?:最终|最后)?的?(?:答案|结果)|答", re.IGNORECASE
)


class Named(NamedTuple):
    """What a line may be about: what its name says, each a way to take it, and what the name only may mean."""

    surely: tuple[Quantity, ...] = ()
    perhaps: tuple[Quantity, ...] = ()


class Names:
    """The names of one derivation, as students write them."""

    def __init__(self, derivation: Derivation) -> None:
        self._steps: dict[str, str] = {}
        self._in_words: dict[str, list[str]] = {}
        self._bases: dict[str, list[str]] = {}
        self._running: dict[str, str] = {}
        self._sources: dict[str, list[str]] = {}
        self._written_out: list[tuple[str, str]] = []
        self._said: dict[str, set[str]] = {}
        self._shown = {name: step.label.zh.replace(" ", "") for name, step in derivation.steps.items()}
        self._found: dict[tuple[str, int], Named] = {}
        for name, step in derivation.steps.items():
            self._steps.setdefault(key(step.symbol), name)
        for name, step in derivation.steps.items():
            for spelling in spellings(name, step.symbol):
                self._steps.setdefault(key(spelling), name)
                self._declare(spelling, name)
            for said in (*in_words(step.label), name.replace("_", " ")):
                self._in_words.setdefault(said, []).append(name)
            if (letter := running(step.symbol)) is not None:
                self._running.setdefault(letter, name)
            for word in label_words(name, step.label):
                self._said.setdefault(word, set()).add(name)
            for base in bases(name, step.symbol):
                self._bases.setdefault(base, []).append(name)
        for name, step in derivation.steps.items():
            for spelling in gradients(step.symbol):
                self._steps.setdefault(key(spelling), name)
        self._givens: dict[str, str] = {}
        self._letters = _letters(derivation)
        for name, given in derivation.givens.items():
            for spelling in spellings(name, given.symbol):
                self._givens.setdefault(key(spelling), name)
                self._declare(spelling, name)
        self._written_out.sort(key=lambda pair: -len(pair[0]))
        self.names = frozenset(self._sources)

    def _declare(self, spelling: str, source: str) -> None:
        """Lets expressions use a spelling; one that is no plain name is put in a plain name's place before they are read."""
        written = plain(spelling)
        name = canonical(written)
        if re.fullmatch(r"[^\W\d]\w*(?:\{[^{}]*\})?", name) is None:
            written = re.sub(r"\s+", "", written)
            name = f"quantity_{len(self._sources)}"
            self._written_out.append((written, name))
        known = self._sources.setdefault(name, [])
        if source not in known:
            known.append(source)

    def sources(self, name: str) -> list[str]:
        """The steps and givens that a name in an expression may stand for."""
        return self._sources.get(name, [])

    def meanings(self, name: str) -> set[str]:
        """The steps and givens that a name in an expression may stand for, those of the same letter among them."""
        letter = key(name)
        return {*self.sources(name), *self._bases.get(letter, ()), *self._letters.get(letter, ())}

    def named(self, text: str, first: int = 1) -> Named:
        """What the words or the symbol before an equals sign name; `first` is the student's index of a first place."""
        if not 0 < len(text) <= _LONGEST:
            return Named()
        if (text, first) not in self._found:
            if len(self._found) >= _MOST_KEPT:
                self._found.clear()
            self._found[text, first] = self._named(text, first)
        return self._found[text, first]

    def _named(self, text: str, first: int) -> Named:
        candidates = self._candidates(text)
        for candidate in candidates:
            if (step := self._step(candidate)) is not None:
                return Named((Quantity(step),))
        for candidate in candidates:
            if found := list(self._entries(candidate, first)):
                return Named(tuple(found))
        return Named((), tuple(map(Quantity, dict.fromkeys(self._likely(candidates)))))

    def _entries(self, text: str, first: int) -> Iterator[Quantity]:
        """The places of a quantity that a name with an index says."""
        for name, index in indexed(text, first):
            step = self._running.get(key(name)) or self._step(name)
            if step is not None:
                yield Quantity(step, index)

    def _likely(self, candidates: list[str]) -> Iterator[str]:
        """Steps that a name may mean: of the same letter whatever its index, or with all its words in their names."""
        for candidate in candidates:
            yield from self._bases.get(key(candidate), ())
            yield from self._in_words.get(words(candidate), ())
        for candidate in candidates:
            found = list(self._alike(candidate))
            if len(found) <= _MOST_ALIKE:
                yield from found

    def _alike(self, text: str) -> Iterator[str]:
        """Steps among whose words are all that a name says: `layer 3` of `Size after layer 3`."""
        said, (shown, numbers) = words_of(text), characters_of(text)
        for name, label in self._shown.items():
            in_english = bool(said) and all(name in self._said.get(word, ()) for word in said)
            in_chinese = bool(shown) and all(word in label for word in shown)
            if in_english or (in_chinese and numbers <= set(re.findall("[0-9]+", label))):
                yield name

    def given(self, text: str) -> str | None:
        """The given that stands before an equals sign."""
        found = (self._givens.get(key(candidate)) for candidate in self._candidates(text))
        return next((name for name in found if name is not None), None)

    def earlier(self, text: str) -> list[str]:
        """The givens that have the letter before an equals sign, but for an index: `h` may be h_{t-1}."""
        found = (self._letters.get(key(candidate), ()) for candidate in self._candidates(text))
        return next((list(names) for names in found if names), [])

    def renewed(self, text: str) -> Quantity | None:
        """The one step that has a given's letter: `w` is what the weights have become where it is another value."""
        for candidate in self._candidates(text):
            found = self._bases.get(key(candidate), ())
            if len(found) == 1:
                return Quantity(found[0])
        return None

    def _step(self, text: str) -> str | None:
        if (step := self._steps.get(key(text))) is not None:
            return step
        found = self._in_words.get(words(text), ())
        return found[0] if len(found) == 1 else None

    def _candidates(self, text: str) -> list[str]:
        """What may be the name; nothing but the whole where several names stand side by side, as in `W x` and `x - μ`."""
        found = _candidates(text)
        side_by_side = text.split()
        if len(side_by_side) > 1 and all(
            key(piece) in self._steps or key(piece) in self._givens for piece in side_by_side
        ):
            return found[:1]
        return found

    def expression(self, text: str, own: Collection[str] = ()) -> Node | None:
        """What stands between two equals signs as an expression; None if it cannot be read as one."""
        written = plain(text)
        if _LONE.fullmatch(written) is not None and written not in self.names and written not in own:
            return None  # a name alone that nobody knows: to look for the nearest one takes long
        for spelling, name in self._written_out:
            if spelling[0] in written:
                pattern = r"\s*".join(map(re.escape, spelling))
                written = re.sub(rf"\(\s*{pattern}\s*\)|{pattern}(?![\w'])", f" {name} ", written)
        for attempt in dict.fromkeys((written, text)):
            # `mean([1, 2])` is the function, also where the mean is a quantity of that name.
            called = {function for function in _CALL.findall(attempt) if function in FUNCTIONS}
            with suppress(ExpressionError):
                return parse(attempt, {*self.names, *own} - called, longest=_LONGEST * 40)
        return None


def _letters(derivation: Derivation) -> dict[str, list[str]]:
    """The givens by the letters of their symbols without the index."""
    found: dict[str, list[str]] = {}
    for name, given in derivation.givens.items():
        for base in bases(name, given.symbol):
            found.setdefault(base, []).append(name)
    return found


@lru_cache(maxsize=64)
def names_of(derivation: Derivation) -> Names:
    """The names of a derivation, worked out once."""
    return Names(derivation)


def says_answer(text: str) -> bool:
    """Whether what stands before an equals sign or a colon says that the answer follows."""
    return any(_ANSWER.fullmatch(candidate) for candidate in _candidates(text))


def _candidates(text: str) -> list[str]:
    """What of the text before an equals sign may be the name: all of it, or what is left without what leads up to it."""
    text = tidy(text).strip()
    found = [text]
    for pattern in (_BULLET, _WORDS_BEFORE, _WORDS_BEFORE):
        match = pattern.match(found[-1])
        if match is not None and match.end():
            found.append(found[-1][match.end() :])
    if ":" in found[-1]:
        label, _, name = found[-1].rpartition(":")
        label, name = label.strip(), name.strip()
        if name and (places := re.findall(r"[0-9]+|[^\W\d_]+[0-9]+", label)):
            found.append(f"{name}_{places[-1]}")
            found += [f"{name}_{digits[0]}" for digits in [re.findall("[0-9]+", places[-1])] if digits]
        found += [name, label]
        text = name or label
    else:
        text = found[-1]
    if "," in text:
        found.append(text.rpartition(",")[2].strip())
    spoken = found[-1].split()
    if len(spoken) > 1 and _OPERATION.search(found[-1]) is None:
        last, before = spoken[-1], " ".join(spoken[:-1])
        # A symbol after words is their name; a word after others is none of its own.
        is_symbol = len(last) <= _SYMBOL or not last.isascii() or not last.isalpha()
        found.extend((last, before) if is_symbol else (before,))
    return [piece for piece in dict.fromkeys(found) if piece]
