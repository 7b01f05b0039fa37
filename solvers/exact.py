"""The same rules run on sympy numbers, for the exact form of what is otherwise a float."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import islice
from typing import Any

from solvers.trace import StepError, Trace
from solvers.values import Number, Value, each, elements, is_array, is_symbolic

LONGEST = 120  # characters beyond which an exact form helps nobody
_MOST_PARTS = 48  # of an expression on which others are built: for longer ones sympy takes seconds
_LARGEST = 10**15  # a numerator or denominator on which expressions are built: for larger ones it takes minutes


def symbolic(value: Value) -> Value:
    """Numbers as sympy rationals, elementwise; words, shapes and truth values as they are."""
    import sympy

    def convert(number: Number) -> Number:
        if isinstance(number, (int, Fraction)) and not isinstance(number, bool):
            return sympy.Rational(number.numerator, number.denominator)
        return number

    return each(convert, value) if is_array(value) else convert(value)


def symbolic_trace(trace: Trace) -> Trace:
    """The run repeated on sympy numbers; counts and sizes stay integers."""
    declared = trace.derivation.givens
    givens = {
        name: value if declared[name].kind in ("integer", "shape", "word", "name", "truth") else symbolic(value)
        for name, value in trace.givens.items()
    }
    overrides = {name: symbolic(value) for name, value in trace.overrides.items()}
    return Trace(trace.wiring.whole, givens, overrides)


def symbolic_text(trace: Trace, name: str) -> str | None:
    """The step's exact value as text, or None if it has none or only a long one."""
    try:
        value = trace[name]
    except (StepError, AttributeError, NotImplementedError):
        return None
    if any(
        isinstance(element, float) or _has_more_parts(element, LONGEST) or _has_float(element)
        for element in elements(value)
    ):
        return None
    text = _text(value)
    return text if len(text) <= LONGEST else None


def is_large(value: Value) -> bool:
    """Whether numbers in it are so large or so long, or infinite, that no expression in them helps anybody."""

    def large(number: Any) -> bool:
        if isinstance(number, (int, Fraction)):
            return max(abs(number.numerator), number.denominator) > _LARGEST
        return isinstance(number, float) and not math.isfinite(number)

    return any(large(element) for element in elements(value))


def is_outgrown(trace: Trace, name: str) -> bool:
    """Whether the step has no exact value, or one so long that nothing built on it is worth computing."""
    try:
        return any(_has_more_parts(element, _MOST_PARTS) for element in elements(trace[name]))
    except (StepError, AttributeError, NotImplementedError):
        return True


def _has_more_parts(element: Any, most: int) -> bool:
    import sympy

    if not is_symbolic(element):
        return False
    return next(islice(sympy.preorder_traversal(element), most, None), None) is not None


def _has_float(element: Any) -> bool:
    import sympy

    return is_symbolic(element) and bool(element.has(sympy.Float))


def _text(value: Value) -> str:
    from sympy.printing.str import StrPrinter

    class Printer(StrPrinter):  # type: ignore[misc]  # sympy has no type hints
        def _print_Exp1(self, expr: Any) -> str:  # noqa: N802 - the name that sympy looks up
            return "e"

    if is_array(value):
        return "[" + ", ".join(_text(row) for row in value) + "]"
    return str(Printer().doprint(symbolic(value))).replace("**", "^")
