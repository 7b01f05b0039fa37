"""Short names: whether what a student wrote is the term that was asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_BETWEEN = re.compile(r"[\s\-_'’·.,，。]+")
_FORGIVING_FROM = 6  # letters from which one slip of the pen is forgiven


def plain_term(text: str) -> str:
    """The term without case, spaces, hyphens, articles and a plural s: `The Forget-Gates` is `forgetgate`."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    folded = re.sub(r"^(?:the|a|an)\s+", "", folded)
    joined = _BETWEEN.sub("", folded)
    return joined.removesuffix("s") if len(joined) > 3 and joined.isascii() else joined


def alike(text: str, accepted: Iterable[str]) -> bool:
    """Whether the text is one of the accepted terms, or one letter away from a long one."""
    given = plain_term(text)
    terms = [plain_term(term) for term in accepted]
    if given in terms:
        return True
    return any(len(term) >= _FORGIVING_FROM and term.isascii() and _one_slip(given, term) for term in terms)


def _one_slip(a: str, b: str) -> bool:
    """Whether one letter inserted, left out, replaced, or two neighbours swapped make `a` into `b`.

    Digits are no letters: `conv1d` is not a misspelt `conv2d`.
    """
    if abs(len(a) - len(b)) > 1 or _digits(a) != _digits(b):
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    tails = ((a[i + 1 :], b[i + 1 :]), (a[i:], b[i + 1 :]), (a[i + 1 :], b[i:]))
    swapped = a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
    return swapped or any(x == y for x, y in tails)


def _digits(word: str) -> str:
    return "".join(c for c in word if c.isdigit())
