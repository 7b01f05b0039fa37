"""Conditions in several unknowns, and in names that are true or false: the same logic of the same inequalities."""

from __future__ import annotations

from itertools import product
from typing import Final

from grader.statements.proportion import Domains, proportional
from grader.statements.regions import MOST_COMPARISONS, count_comparisons, pairs, truth
from solvers.expression.nodes import Comparison, Constant, Logic, Name, Node, Not, Sum

MOST_PARTS: Final = 5
"""Different inequalities and names whose every combination is tried."""


def join_the_same(key: Node, answer: Node, domains: Domains) -> bool:
    """Whether two conditions are the same logic of the same inequalities (up to positive factors) and names."""
    parts: list[Node] = []
    if max(count_comparisons(key), count_comparisons(answer)) > MOST_COMPARISONS:
        return False
    try:
        mine, yours = _schema(key, parts, domains), _schema(answer, parts, domains)
    except _TooManyPartsError:
        return False
    return all(
        _decided(mine, case) == _decided(yours, case)
        for case in product(*((-1, 1) if isinstance(part, Name) else (-1, 0, 1) for part in parts))
    )


class _TooManyPartsError(Exception):
    """More different inequalities than every combination of can be tried."""


Schema = tuple[object, ...]


def _schema(node: Node, parts: list[Node], domains: Domains) -> Schema:
    match node:
        case Logic(word=word, operands=operands):
            return (word, *(_schema(operand, parts, domains) for operand in operands))
        case Not(operand=operand):
            return ("not", _schema(operand, parts, domains))
        case Constant(name=name):
            return ("known", name == "true")
        case Comparison():
            return ("and", *(_part(sign, a, b, parts, domains) for sign, a, b in pairs(node)))
        case Name():
            if node not in parts:
                if len(parts) >= MOST_PARTS:
                    raise _TooManyPartsError
                parts.append(node)
            return ("==", parts.index(node), 1, 1)
        case _:
            raise _TooManyPartsError


def _part(sign: str, left: Node, right: Node, parts: list[Node], domains: Domains) -> Schema:
    here = Sum(left.offset, (("+", left), ("-", right)))
    for i, part in enumerate(parts):
        if not isinstance(part, Name) and (sense := _sense(here, part, domains)):
            return (sign, i, sense, 0)
    if len(parts) >= MOST_PARTS:
        raise _TooManyPartsError
    parts.append(here)
    return (sign, len(parts) - 1, 1, 0)


def _sense(here: Node, part: Node, domains: Domains) -> int:
    """1 or -1 if the one is the other times a positive or a negative number, else 0."""
    ratio = proportional(here, part, domains)
    if ratio is None or ratio.imag:
        return 0
    return 1 if ratio.real > 0 else -1


def _decided(schema: Schema, case: tuple[int, ...]) -> bool:
    match schema:
        case ("and", *rest):
            return all(_decided(each, case) for each in rest)  # type: ignore[arg-type]
        case ("or", *rest):
            return any(_decided(each, case) for each in rest)  # type: ignore[arg-type]
        case ("not", inner):
            return not _decided(inner, case)  # type: ignore[arg-type]
        case ("known", value):
            return bool(value)
        case (sign, int(part), int(factor), int(level)):
            order = case[part] * factor
            return truth(str(sign), (order > level) - (order < level))
        case _:
            return False
