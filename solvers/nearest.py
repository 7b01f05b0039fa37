"""The nearest right name for a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from solvers.text import Text

_MOST_NEAR = 4  # names in one hint


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None if none is like it."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.55)
    return found[0] if found else None


def suggestion(name: str, known: Iterable[str]) -> Text:
    """` Did you mean 'size'?` or nothing."""
    near = nearest(name, known)
    return Text(f" Did you mean {near!r}?", f"是否想写 {near!r}？") if near else Text("", "")


def near_ones(name: str, known: Iterable[str]) -> Text:
    """` Did you mean 'attention.softmax' or 'activation.softmax'?` or nothing: dotted names that hold the word, or else the one most like it."""
    names = list(known)
    word = name.casefold().rpartition(".")[2]
    holding = [each for each in names if len(word) > 2 and word in each.casefold().rpartition(".")[2]]
    alike = nearest(name, names)
    found = sorted(holding, key=len)[:_MOST_NEAR] or ([alike] if alike else [])
    if not found:
        return Text("", "")
    *others, last = map(repr, found)
    said = f"{', '.join(others)} or {last}" if others else last
    return Text(f" Did you mean {said}?", f"是否想写 {'、'.join((*others, last))}？")
