"""Is what is printed what is computed? A step's formula, evaluated from its own LaTeX, against its rule."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

import numpy as np

from solvers.expression import ExpressionError, evaluate, parse
from solvers.trace import Trace
from solvers.values import Number, Shape, Value, is_array, is_number, latex, same

Finding = Literal["agrees", "differs", "unreadable"]
_LONGEST = 100_000


def exact_latex(value: Value, row: bool = False) -> str:
    """The value as LaTeX without any rounding."""
    if is_array(value):
        if value.ndim > 2:
            return latex(value)
        joint = " & " if row and value.ndim == 1 else r" \\ "
        lines = [" & ".join(map(exact_latex, line)) if is_array(line) else exact_latex(line) for line in value]
        return rf"\begin{{pmatrix}} {joint.join(lines)} \end{{pmatrix}}"
    if isinstance(value, Fraction):
        return rf"{'-' if value < 0 else ''}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
    if isinstance(value, float) and math.isfinite(value):
        digits, _, power = repr(value).partition("e")
        return rf"{digits} \times 10^{{{int(power)}}}" if power else digits
    return latex(value)


def is_scalar_step(trace: Trace, name: str) -> bool:
    """Whether a step makes one number out of single numbers: its formula must then be readable."""
    inputs = trace.derivation.steps[name].inputs.values()
    return all(is_number(trace[source]) for source in (name, *inputs))


def check_formula(trace: Trace, name: str) -> Finding:
    """The step's formula with the exact numbers in, read and evaluated, against the step's value."""
    step = trace.derivation.steps[name]
    inputs = {parameter: trace[source] for parameter, source in step.inputs.items()}
    text = step.formula.with_values(inputs, trace.derivation.rows_of(step), show=exact_latex)
    try:
        value = evaluate(parse(text, longest=_LONGEST))
    except ExpressionError:
        return "unreadable"
    return "agrees" if _agree(trace[name], value) else "differs"


def _agree(rule: Value, formula: Value) -> bool:
    """Equal, where a column may stand for a vector and one number in brackets for itself.

    A shape is written as a product of its sizes, and so is compared with the product.
    """
    if isinstance(rule, Shape):
        return same(math.prod(rule), formula)
    if is_array(rule) and is_array(formula) and rule.shape != formula.shape and rule.size == formula.size:
        formula = formula.reshape(rule.shape)
    if is_array(formula) != is_array(rule) and np.size(formula) == np.size(rule) == 1:
        rule, formula = _only(rule), _only(formula)
    return same(rule, formula)


def _only(value: Value) -> Number:
    return value.flat[0] if is_array(value) else value
