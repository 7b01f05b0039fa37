"""How much work a variant is: the operations of its solution and the digits that have to be handled in them.

A step costs an operation for each sign in its formula, and what the numbers that go into it and come out of it weigh: nothing for a zero, half a
digit for one, otherwise their significant digits, more for a minus sign; a number that has no end as a decimal weighs as many digits as are
worked with. So `3·0` costs less than `3·7`, and that less than `2.35·(-0.6)`.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from questions.key import split_answer
from questions.question import Question
from solvers.trace import Trace
from solvers.values import Shape, Value, elements, ending_decimal

_WORKED_DIGITS = 4  # of a number without an end that people carry along
_MINUS = 0.5  # of a digit: what a sign adds
_ONE = 0.5  # of a digit: multiplying by one is hardly work
_OPERATORS = (
    "+", "-", "/", "^", r"\cdot", r"\frac", r"\sqrt", r"\exp", r"\log", r"\ln", r"\tanh", r"\sigma", r"\lfloor", r"\lceil", r"\sum"
)  # fmt: skip


def effort(question: Question, trace: Trace | None) -> float:
    """The work in all steps that the asked parts rest on; 0 for a question that nothing has to be computed for."""
    if trace is None:
        return 0.0
    names: set[str] = set()
    for part in question.parts:
        if part.answer:
            names |= trace.derivation.upstream(split_answer(part.answer)[0])
    return sum(_of_step(trace, name) for name in names)


def _of_step(trace: Trace, name: str) -> float:
    step = trace.derivation.steps[name]
    used = [trace[source] for source in dict.fromkeys(step.inputs.values())]
    return _operations(step.formula.template) + sum(map(_weight, [*used, trace[name]]))


@cache
def _operations(formula: str) -> int:
    """The signs of operations in a formula, one at least."""
    return max(1, sum(formula.count(sign) for sign in _OPERATORS))


def _weight(value: Value) -> float:
    """What handling a value costs, in digits."""
    if isinstance(value, Shape):
        return float(sum(_digits(size) for size in value))
    return sum(_digits(number) for number in elements(value))


def _digits(number: Value) -> float:
    if isinstance(number, (bool, str)) or number == 0:
        return 0.0
    sign = _MINUS if number < 0 else 0.0
    size = abs(number)
    if size == 1:
        return _ONE + sign
    if isinstance(size, float):
        return _WORKED_DIGITS + sign
    if isinstance(size, int):
        text = str(size).rstrip("0")
    elif isinstance(size, Fraction):
        decimal = ending_decimal(size, _WORKED_DIGITS)
        text = decimal.replace(".", "").strip("0") if decimal else "0" * _WORKED_DIGITS
    else:
        return _WORKED_DIGITS + sign
    return min(len(text), 2 * _WORKED_DIGITS) + sign
