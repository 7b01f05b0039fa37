"""Short names: whether what a student wrote is the term that was asked for.

Case, spaces, hyphens, articles and plurals don't matter, and the term may stand there in both languages. A slip of the pen is forgiven
in a long term, two in a very long one, but never one that makes another term of the field or of the question.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

FORGIVING_FROM = 6
"""Letters of a term from which one slip is forgiven."""
TWO_SLIPS_FROM = 14
"""Letters from which two are."""
LONGEST = 200
"""Characters beyond which nothing is a misspelt term."""
FIXED_BELOW = 4
"""Letters of a word in which no slip is forgiven: `max`, `min`, the `II` of a type II error."""

_BETWEEN = re.compile(r"[\s\-_'’·.,，。]+")
_LEADING = re.compile(
    r"(?:(?:it|this|that)(?:\s+is|['’]s)\s+(?:called\s+)?|called\s+|(?:这|它)?(?:是|叫做|叫|称为|即))?(?:(?:the|a|an)\s+)?"
)
_ALTERNATIVES = re.compile(r"\s*[/|=()\[\];:,、；：，（）]\s*")
_UNCHANGED = ("ss", "us", "is", "as", "os")  # loss, focus, axis, bias
_IRREGULAR = {
    "matrices": "matrix", "vertices": "vertex", "indices": "index", "axes": "axis", "maxima": "maximum", "minima": "minimum",
    "optima": "optimum", "hypotheses": "hypothesis", "biases": "bias", "losses": "loss", "caches": "cache",
}  # fmt: skip
_RIVALS = (
    ("adam", "adamw", "adamax", "nadam", "adagrad", "adadelta"), ("additive", "adaptive"), ("argmax", "argmin"),
    ("ascent", "descent"), ("backward", "forward"), ("batch", "layer", "instance", "group", "weight"), ("cell", "hidden"),
    ("column", "row"), ("concave", "convex"), ("convergence", "divergence"), ("convergent", "divergent"),
    ("convolution", "deconvolution", "correlation"), ("cross", "self"), ("dense", "sparse"), ("depth", "width"),
    ("discriminative", "generative"), ("downsampling", "upsampling", "sampling"), ("dropout", "dropconnect"), ("decoder", "encoder"),
    ("decoding", "encoding"), ("equivariance", "invariance", "covariance", "variance"), ("equivariant", "invariant"),
    ("exploding", "vanishing"), ("forget", "input", "output", "update", "reset"), ("global", "local"), ("hard", "soft"),
    ("height", "weight"), ("heterogeneous", "homogeneous"), ("hyperparameter", "parameter"), ("inductive", "transductive"),
    ("inter", "intra"), ("invalid", "valid"), ("key", "query", "value"), ("linear", "nonlinear", "bilinear"), ("lower", "upper"),
    ("macro", "micro"), ("max", "mean", "min", "sum", "average"), ("maximum", "minimum"), ("maximal", "minimal"), ("mean", "median"),
    ("modal", "model"), ("multimodal", "unimodal", "bimodal"), ("negative", "positive"), ("overfitting", "underfitting"),
    ("overcomplete", "undercomplete"), ("padding", "pooling"), ("post", "pre"), ("posterior", "prior"),
    ("recurrent", "recursive"), ("relu", "elu", "gelu", "selu", "prelu", "silu"), ("rmsprop", "rprop"), ("sensitivity", "specificity"),
    ("softmax", "softmin", "softplus", "softsign"), ("stationary", "nonstationary"), ("supervised", "unsupervised"),
    ("symmetric", "asymmetric", "antisymmetric"), ("synchronous", "asynchronous"), ("tanh", "tan"), ("transition", "translation"),
    ("word", "world"),
)  # fmt: skip
"""Words of the field that stand in the same place of different terms; some are a slip or two away from each other."""


def plain_term(text: str) -> str:
    """The term without case, spaces, hyphens, articles and plurals: `The Forget-Gates` is `forgetgate`."""
    return "".join(_words(text))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """The words of a term in plain form, each in the singular."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    leading = _LEADING.match(folded)
    rest = folded[leading.end() :] if leading is not None else folded
    return tuple(_singular(word) for word in _BETWEEN.split(rest or folded) if word)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if not word.isascii() or len(word) <= 3 or not word.endswith("s") or word.endswith(_UNCHANGED):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def alike(text: str, accepted: Collection[str], others: Collection[str] = ()) -> bool:
    """Whether the text is one of the accepted terms, in one language or both, slips of the pen forgiven.

    `others` are terms of the same question that are not accepted: what is one of them, or as near to it, is no misspelling.
    """
    if len(text) > LONGEST:
        return False
    if _is_term(text, accepted, others):
        return True
    pieces = [piece for piece in _ALTERNATIVES.split(text) if plain_term(piece)]
    named = [_is_term(piece, accepted, others) for piece in pieces]
    initials = {_initials(term) for term in accepted}
    return any(named) and all(
        right or plain_term(piece) in initials for piece, right in zip(pieces, named, strict=True)
    )


def _is_term(text: str, accepted: Collection[str], others: Collection[str]) -> bool:
    given = plain_term(text)
    terms = [_words(term) for term in accepted]
    if given in {"".join(words) for words in terms}:
        return True
    if not given.isascii():
        return False
    nearest = min((slips for words in terms if (slips := _slips(given, words)) is not None), default=None)
    if nearest is None:
        return False
    rivals = {plain_term(other) for other in others}.union(*map(_rivals, terms))
    return not any(_distance(given, rival, nearest) is not None for rival in rivals)


def _initials(term: str) -> str:
    """`lstm` of `long short-term memory`; nothing of a single word."""
    words = _words(term)
    return "".join(word[0] for word in words) if len(words) > 1 and "".join(words).isascii() else ""


@lru_cache(maxsize=1024)
def _rivals(words: tuple[str, ...]) -> frozenset[str]:
    """The term with one of its words replaced by a word that tells another term from it."""
    found: set[str] = set()
    for i, word in enumerate(words):
        for group in _RIVALS:
            if word in group:
                found.update("".join((*words[:i], other, *words[i + 1 :])) for other in group if other != word)
    return frozenset(found)


def _slips(given: str, words: tuple[str, ...]) -> int | None:
    """The slips that make a term into what was given, if they are few enough for its length.

    Digits are no letters, words keep their first letter, and short words keep them all: `conv1d` is no misspelt `conv2d`.
    """
    term = "".join(words)
    if not term.isascii() or len(term) < FORGIVING_FROM or _digits(given) != _digits(term):
        return None
    first, short = set[int](), set[int]()
    place = 0
    for word in words:
        first.add(place)
        short.update(range(place, place + len(word)) if len(word) < FIXED_BELOW else ())
        place += len(word)
    return _distance(given, term, 2 if len(term) >= TWO_SLIPS_FROM else 1, first, short)


def _digits(word: str) -> str:
    return "".join(c for c in word if c.isdigit())


def _distance(
    given: str, term: str, most: int, first: Collection[int] = (), short: Collection[int] = (), i: int = 0, j: int = 0
) -> int | None:
    """The letters inserted, left out, replaced, or swapped with their neighbours, if they are at most so many.

    No letter of the term at the places `first` and `short` is touched, and none is inserted next to one at `short`.
    """
    while i < len(given) and j < len(term) and given[i] == term[j]:
        i, j = i + 1, j + 1
    if i == len(given) and j == len(term):
        return 0
    if most == 0 or abs((len(given) - i) - (len(term) - j)) > most:
        return None
    tails = (_distance(given, term, most - 1, first, short, a, b) for a, b in _slip(given, term, first, short, i, j))
    return min((tail + 1 for tail in tails if tail is not None), default=None)


def _slip(
    given: str, term: str, first: Collection[int], short: Collection[int], i: int, j: int
) -> Iterator[tuple[int, int]]:
    """Where both go on after one slip."""
    free = j not in first and j not in short
    doubled = j > 0 and term[j - 1 : j] == term[j : j + 1] and j - 1 not in first and j - 1 not in short
    strict = bool(first)
    if i < len(given) and not (strict and j == 0) and j - 1 not in short and j not in short:
        yield i + 1, j
    if j < len(term) and (free or doubled):  # of two equal letters the one that may be left out was
        yield i, j + 1
    if j < len(term) and free:
        if i < len(given):
            yield i + 1, j + 1
        if j + 1 not in first and j + 1 not in short and given[i : i + 2] == term[j : j + 2][::-1]:
            yield i + 2, j + 2
