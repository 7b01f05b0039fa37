"""Formulas and statements: the key decides which; a formula may use names that the key has not."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import partial

from grader.agreement import compare_expression as compare_formula
from grader.agreement import same_formula
from grader.outcome import Outcome
from grader.reading import Reading
from grader.statements import compare_statement, is_statement, stated
from questions.key import Target
from solvers.expression.function import IMAGINARY, UNIT, Function
from solvers.expression.nodes import Name, Node, Number, Product, names_in, rebuilt
from solvers.expression.tokens import GREEK
from solvers.expression.vocabulary import ANY

_GREEK = frozenset(GREEK.values())
_UNIT_TIMES = re.compile(rf"{IMAGINARY}[0-9]{{1,9}}")
_LONGEST_RUN = 4  # letters that may be a product of as many variables


def compare_expression(reading: Reading, target: Target) -> Outcome:
    """A formula by its values, anything else by what it says; `y = 2x + 1` is as good as `2x + 1` where the key is either."""
    formula, answer = target.formula, reading.value
    if formula is None:
        return compare_formula(reading, target)
    key = formula.node
    if formula.has_unit and (times := _with_unit(answer, formula.names)) is not answer:
        reading, answer = reading._replace(value=times), times
    if is_statement(key):
        side = stated(key)
        if side is None or is_statement(answer):
            domains = _more(answer, formula)
            return compare_statement(key, answer, domains, partial(same_formula, domains=domains))
        key = side
    elif ANY not in target.names or names_in(answer) == formula.names:
        return compare_formula(reading, target)
    if ANY in target.names:
        key, answer = apart(key, answer), apart(answer, key)
        reading = reading if answer is reading.value else reading._replace(value=answer)
    domains = dict.fromkeys(sorted(names_in(key)), "real") | _more(answer, formula)
    if key is not formula.node or len(domains) > len(formula.domains):
        target = replace(target, formula=Function(key, domains, formula.tolerance))
    return compare_formula(reading, target)


def apart(node: Node, other: Node) -> Node:
    """A formula with `xy` for `x*y` where the other one has names for the letters, or the same letters in another order."""
    known = names_in(other)
    runs = {name for name in names_in(node) - known if _is_run(name, known)}
    return _apart(node, runs) if runs else node


def _is_run(name: str, known: frozenset[str]) -> bool:
    if not (1 < len(name) <= _LONGEST_RUN and name.isascii() and name.isalpha()) or name in _GREEK:
        return False
    return known.issuperset(name) or any(sorted(name) == sorted(each) for each in known)


def _with_unit(node: Node, known: Collection[str]) -> Node:
    """A formula with `i*2` for a name `i2` that is none of the key's, where the key is about complex numbers."""
    names = {name for name in names_in(node) - set(known) if _UNIT_TIMES.fullmatch(name)}
    return _times_figure(node, names) if names else node


def _times_figure(node: Node, names: set[str]) -> Node:
    if isinstance(node, Name) and node.name in names:
        at, figure = node.offset, node.name[1:]
        return Product(at, (("*", Name(at, IMAGINARY)), ("*", Number(at + 1, int(figure), figure, "integer"))))
    return rebuilt(node, lambda child: _times_figure(child, names))


def _apart(node: Node, runs: set[str]) -> Node:
    if isinstance(node, Name) and node.name in runs:
        return Product(node.offset, tuple(("*", Name(node.offset, letter)) for letter in node.name))
    return rebuilt(node, lambda child: _apart(child, runs))


def _more(answer: Node, formula: Function) -> dict[str, str]:
    """The domains of the key's names and of those that only the answer uses: real ones, and the imaginary unit."""
    more = names_in(answer) - formula.domains.keys()
    domains = {**dict.fromkeys(sorted(more), "real"), **formula.domains}
    if formula.has_unit or IMAGINARY in more:
        domains[IMAGINARY] = UNIT
    return domains
