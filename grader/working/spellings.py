"""The spellings of a quantity: its symbol, its name in programs, letters that are usual for it, words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from solvers.expression.tokens import SUPERSCRIPTS, canonical, tidy
from solvers.latex import LatexError, plain_text
from solvers.text import Text

_USUAL = {
    "candidate": ("g", "g_t"), "output": ("y",), "weights": ("a", "w"), "loss": ("L", "J"), "context": ("o",),
    "variance": ("var", "sigma^2", "s^2", "方差"), "deviation": ("std", "sd", "standard deviation", "标准差"), "mean": ("avg", "average", "平均值", "均值"),
    "effective_kernel": ("k_eff", "k_e", "K'"), "smallest": ("min",), "largest": ("max",), "cell": ("细胞状态",), "hidden": ("隐藏状态",),
}  # fmt: skip
_BEFORE = ("_{t-1}", "_(t-1)", "_{t−1}")
_DERIVATIVE = re.compile(r"(?<![A-Za-z])[d∂]\s*([A-Za-z]|loss)\s*/\s*[d∂]\s*(?=[^\W\d_])")
_OF_LOSS = re.compile(r"∂L/∂(.+)|∇_?(\w+?) ?L(?:\(.*\))?")
_INDEX = re.compile(
    r"(.*?)\s*(?:\[\s*([0-9]{1,3}(?:\s*,\s*[0-9]{1,3})*)\s*\]|_?\{?([0-9]{1,2}(?:,[0-9]{1,2})?)\}?)\Z", re.DOTALL
)
_ARGUMENT = re.compile(r"(.+?)\([a-z]\)\Z")
_CHARACTERS = re.compile(r"[\u3400-\u9fff]{2,}")
_LOSSES = "LEJC"
_RAISED = str.maketrans({above: f"^{below}" for above, below in SUPERSCRIPTS.items() if below.isalnum()})
_SUPERSCRIPT = re.compile(r"\^(\{[^{}^]{1,12}\}|[^\W_]+)")
_IDLE = frozenset(
    (
        "the",
        "of",
        "a",
        "an",
        "for",
        "after",
        "in",
        "at",
        "from",
        "to",
        "number",
        "with",
        "and",
        "is",
        "all",
        "new",
        "each",
    )
)


@dataclass(frozen=True)
class Quantity:
    """What a line is about: a step, or one element of it."""

    step: str
    index: tuple[int, ...] = ()


def spellings(name: str, symbol: str) -> Iterator[str]:
    """How a quantity is written: its symbol, without the time step, its name in programs, and letters that are usual for it."""
    yield symbol
    shown = canonical(symbol)
    if (joined := re.sub(r"(?<=[a-z]{3})-(?=[^\W\d])", "", plain(symbol))) != plain(symbol):
        yield joined
    if "^" in shown:
        yield shown.replace("^", "_")
    if shown.endswith("_t") and len(shown) > 2:
        yield shown.removesuffix("_t")
    base = next((shown.removesuffix(end) for end in _BEFORE if shown.endswith(end)), None)
    if base is not None:
        yield from (f"{base}_prev", f"{base}_0", f"{base}_old", f"{base}_last")
    if (called := _ARGUMENT.fullmatch(plain(symbol))) is not None:
        yield called[1]
        yield f"{called[1]} of {plain(symbol)[-2]}"
        yield f"{plain(symbol)[-2]}.{called[1]}"
    if not shown[:1].isalpha() or name != shown:
        yield name
    yield from _USUAL.get(name, ())


def gradients(symbol: str) -> Iterator[str]:
    """What else a gradient is called: `w.grad`, `dw`, `∂E/∂w`; a delta is the gradient at the weighted sum."""
    written = plain(symbol)
    if written.startswith("δ"):
        yield from (f"∂{loss}/∂{net}{written[1:]}" for loss in _LOSSES for net in ("z", "net", "a"))
    found = _OF_LOSS.fullmatch(written)
    if found is None:
        return
    of = found[1] or found[2]
    yield from (f"{of}.grad", f"grad {of}", f"gradient of {of}", f"d{of}", f"Δ{of}", f"∇{of}", f"∇_{of}", f"∇_{of} L")
    yield from (f"∂{loss}/∂{of}" for loss in _LOSSES)


def bases(name: str, symbol: str) -> Iterator[str]:
    """A symbol's letter without its index, its accent or its prime: what a student calls it who has no other of the letter."""
    whole = key(symbol)
    written = plain(symbol)
    if "∂" in written or "∇" in written:
        return
    letter = re.sub(r"\^.*|'+$", "", written)
    found = {letter, re.sub(r"_.*|[₀-₉]+$", "", letter), name.partition("_")[0]}
    for spelling in found:
        shorter = key(spelling)
        for accent in ("hat", "tilde", "bar"):
            shorter = shorter.removesuffix(accent)
        for known in dict.fromkeys((key(spelling), shorter)):
            if known and known != whole:
                yield known


def plain(text: str) -> str:
    """A name or formula without LaTeX's commands, derivatives always with the same sign, norms between their own bars."""
    written = tidy(text)
    if "\\" in written:
        with suppress(LatexError):  # what is no formula stays as it was typed
            written = plain_text(written)
    if "~" in written:
        written = re.sub(r"(?<=[A-Za-z])~", "\u0303", written)
    if "||" in written:
        written = written.replace("||", "‖")
    return _DERIVATIVE.sub(lambda found: f"∂{found[1].replace('loss', 'L')}/∂", written)


def key(spelling: str) -> str:
    """A spelling in which `W_f` and `Wf`, `δ₂` and `delta_2`, `a^n_t` and `a_t^n` are the same."""
    written = plain(spelling).translate(_RAISED)
    raised = _SUPERSCRIPT.findall(written)
    if raised:
        written = "".join((_SUPERSCRIPT.sub("", written), *(f"^{above.strip('{}')}" for above in raised)))
    return re.sub(r"[\s_{}()]", "", canonical(written))


def words(text: str) -> str:
    """Words as they are compared."""
    return re.sub(r"\s+", " ", tidy(text)).strip(" *_").casefold()


def in_words(label: Text) -> Mapping[str, None]:
    """A step's name in both languages, whole and without what explains it: `Scores: the query times every key`."""
    whole = [words(label.en), words(label.zh)]
    short = [re.split(r"[:(,]", said)[0].strip() for said in whole]
    return dict.fromkeys([*whole, whole[1].replace(" ", ""), *short])


def words_of(text: str) -> frozenset[str]:
    """The words and numbers of a name in English, without those that say nothing; none if all of them are short."""
    said = frozenset(re.findall(r"[a-z]+|[0-9]+", words(text).replace("_", " "))) - _IDLE
    return said if any(len(word) > 2 for word in said) else frozenset()


def label_words(name: str, label: Text) -> Iterator[str]:
    """The words by which a step may be meant, each as one and as several."""
    for word in re.findall(r"[a-z]+|[0-9]+", f"{words(label.en)} {name.replace('_', ' ')}".casefold()):
        yield from (word, word.removesuffix("s"), f"{word}s")


def characters_of(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words and the numbers of a name in Chinese; none if it holds no Chinese."""
    said = frozenset(_CHARACTERS.findall(text.replace(" ", "")))
    return said, frozenset(re.findall("[0-9]+", text)) if said else frozenset()


def indexed(text: str, first: int = 1) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A name with an index: in brackets places count from 0, as in programs; as a subscript from `first`, in mathematics 1."""
    found = _INDEX.match(plain(text))
    if found is None:
        return
    if found[2]:
        yield found[1], tuple(int(place) for place in found[2].split(","))
        return
    places = found[3].split(",")
    ways = [list(places[0]), places] if len(places) == 1 and len(places[0]) > 1 else [places]
    for way in ways:
        index = tuple(int(place) - first for place in way)
        if min(index) >= 0:
            yield found[1], index


def counts_from_zero(text: str) -> bool:
    """Whether a name has the index 0, so that its places are counted from there."""
    return re.search(r"[^\W\d_]_?\{?0\}?\s*\Z", plain(text)) is not None


def running(symbol: str) -> str | None:
    """What stands before an index that runs over the places of a quantity: `F` of `F_k`."""
    found = re.fullmatch(r"(.+)_\{?[ijkn]\}?", plain(symbol))
    return key(found[1]) if found is not None else None
