"""Givens that a student says again under a letter which, without its index, is a step's: `h = 0.4` for the state before, h_{t-1}."""

from __future__ import annotations

from grader.working.lines import TypedLine
from grader.working.names import Names
from grader.working.values import Given, close, fitted, read_value
from solvers.trace import Trace


def says_earlier(line: TypedLine, names: Names, key: Trace) -> bool:
    """Whether a line says no more than the value of a given, by the letter of its symbol without the index."""
    if len(line.links) != 1:
        return False
    for name in names.earlier(line.left.text):
        like = key.givens[name]
        found = read_value(line.links[0].text, like)
        if isinstance(found, Given):
            value = fitted(found.value, like)
            if value is not None and close(value, like, found.slack(like)):
                return True
    return False
