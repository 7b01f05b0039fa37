"""The nearest right name for a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from solvers.text import Text


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None if none is like it."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.55)
    return found[0] if found else None


def suggestion(name: str, known: Iterable[str]) -> Text:
    """` Did you mean 'size'?` or nothing."""
    near = nearest(name, known)
    return Text(f" Did you mean {near!r}?", f"是否想写 {near!r}？") if near else Text("", "")
