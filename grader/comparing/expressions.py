"""Formulas and statements: the key decides which; a formula may use names that the key has not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from grader.agreement import compare_expression as compare_formula
from grader.agreement import same_formula
from grader.outcome import Outcome
from grader.reading import Reading
from grader.statements import compare_statement, is_statement, stated
from questions.key import Target
from solvers.expression.function import IMAGINARY, UNIT, Function
from solvers.expression.nodes import Node, names_in
from solvers.expression.vocabulary import ANY


def compare_expression(reading: Reading, target: Target) -> Outcome:
    """A formula by its values, anything else by what it says; `y = 2x + 1` is as good as `2x + 1` where the key is either."""
    formula, answer = target.formula, reading.value
    if formula is None:
        return compare_formula(reading, target)
    key = formula.node
    if is_statement(key):
        side = stated(key)
        if side is None or is_statement(answer):
            domains = _more(answer, formula)
            return compare_statement(key, answer, domains, partial(same_formula, domains=domains))
        key = side
    elif ANY not in target.names:
        return compare_formula(reading, target)
    domains = _more(answer, formula)
    if key is not formula.node or len(domains) > len(formula.domains):
        target = replace(target, formula=Function(key, domains, formula.tolerance))
    return compare_formula(reading, target)


def _more(answer: Node, formula: Function) -> dict[str, str]:
    """The domains of the key's names and of those that only the answer uses: real ones, and the imaginary unit."""
    more = names_in(answer) - formula.domains.keys()
    domains = {**dict.fromkeys(sorted(more), "real"), **formula.domains}
    if formula.has_unit or IMAGINARY in more:
        domains[IMAGINARY] = UNIT
    return domains
