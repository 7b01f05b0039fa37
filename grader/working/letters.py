"""Formulas in letters: whether one comes to the value that is written after it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from grader.working.expressions import Expression, Reader
from grader.working.faults import comes_to
from grader.working.names import Names
from grader.working.values import Given
from solvers.expression import Node, names_in
from solvers.expression.nodes import Array, Call, Transpose, children
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Value, as_float, is_number

_SHARE = 0.05  # of the larger value, and
_PLACES = (
    20  # half places of the written one: what two values differ by clearly, wherever numbers were rounded on the way
)


def in_letters(
    step: str, expressions: Sequence[Expression], given: Given, value: Value, reader: Reader, run: Trace, key: Trace
) -> Text | None:
    """What the last formula of a line about a step comes to in the student's own `run`, if there and by the key it is clearly not its value."""
    if not expressions or not is_number(value):
        return None
    formula = expressions[-1]
    if not _is_clear(formula, step, reader, run) or not _is_off(formula, given, value):
        return None
    by_key = reader.read(formula.text, key)
    return comes_to(formula, given) if by_key is not None and _is_off(by_key, given, value) else None


def _is_clear(expression: Expression, step: str, reader: Reader, run: Trace) -> bool:
    """Whether a formula is one of letters that each stand for a single number, in one way only, and not for its own step."""
    used, own = names_in(expression.node), reader.own
    if not used or any(isinstance(node, (Array, Transpose)) or _is_log(node) for node in _within(expression.node)):
        return False
    return all(is_number(own[name]) if name in own else _is_plain(name, step, reader.names, run) for name in used)


def _is_off(expression: Expression, given: Given, value: Value) -> bool:
    """Whether a formula comes to another number than the one after it, not rounded on the way nor to a whole number."""
    if not is_number(value) or not all(map(is_number, expression.values)):
        return False
    written, half = as_float(value), max(map(float, given.written()))
    return all(
        written not in (math.floor(number), math.ceil(number))
        and abs(number - written) > max(_SHARE * max(abs(number), abs(written)), _PLACES * half)
        for number in map(as_float, expression.values)
        if math.isfinite(number)
    )


def _is_plain(name: str, step: str, names: Names, run: Trace) -> bool:
    found = names.meanings(name)
    try:
        return len(found) == 1 and step not in found and all(is_number(run[source]) for source in found)
    except StepError:
        return False


def _is_log(node: Node) -> bool:
    """Whether a logarithm's base is left open."""
    return isinstance(node, Call) and node.function == "log"


def _within(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _within(child)
