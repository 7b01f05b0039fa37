"""A formula at many points at once, in floating point: to see quickly where two formulas surely agree or surely don't."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.expression.elementary import FLOATS, FLOATS_OF_SEVERAL
from solvers.expression.nodes import (
    JUXTAPOSED,
    SERIES,
    Call,
    Comparison,
    Constant,
    Name,
    Negative,
    Node,
    Number,
    Percent,
    Power,
    Product,
    Sum,
)
from solvers.expression.opaque import opaque
from solvers.expression.vocabulary import FUNCTIONS

Floats = NDArray[Any]
"""One float64, or complex128, for each point."""


MOST_TERMS = 200
"""Terms of a sum or product over an index."""


class NoSamplesError(Exception):
    """The formula holds something that is no number: an array, a comparison."""


def sampled(node: Node, points: Mapping[str, Floats]) -> Floats | None:
    """A formula's values, given its variables' at each point; nan or inf where there is none.

    None if it is no formula over numbers, or one with another name. What is defined may still be a rounding away from the exact value.
    """
    try:
        with np.errstate(all="ignore"):
            value: Floats = np.asarray(_value(node, points))
        return value
    except (NoSamplesError, KeyError, OverflowError, ZeroDivisionError, TypeError, ValueError):
        return None


def _value(node: Node, points: Mapping[str, Floats]) -> Any:
    rule = _RULES.get(type(node))
    if rule is None:
        raise NoSamplesError
    return rule(node, points)


def _product(node: Product, points: Mapping[str, Floats]) -> Any:
    total: Any = 1.0
    for sign, factor in node.factors:
        value = _value(factor, points)
        total = total * value if sign in _TIMES else _QUOTIENTS[sign](total, value)
    return total


def _sum(node: Sum, points: Mapping[str, Floats]) -> Any:
    total: Any = 0.0
    for sign, term in node.terms:
        value = _value(term, points)
        total = total + value if sign == "+" else total - value
    return total


def _raised(node: Power, points: Mapping[str, Floats]) -> Any:
    exponent = _value(node.exponent, points)
    if isinstance(node.base, Constant) and node.base.name == "e" and "e" not in points:
        return np.exp(exponent)
    return _power(_value(node.base, points), exponent)


def _constant(node: Constant, points: Mapping[str, Floats]) -> Any:
    return points[node.name] if node.name in points else _CONSTANTS[node.name]


def _series(node: Call, points: Mapping[str, Floats]) -> Any:
    """A sum or product over an index, whose limits may differ from point to point."""
    body, index, first, last = node.arguments
    low, high = np.asarray(_value(first, points)), np.asarray(_value(last, points))
    if not isinstance(index, Name) or not float(np.max(high) - np.min(low)) <= MOST_TERMS:
        raise NoSamplesError
    add = node.function == "series"
    total: Any = 0.0 if add else 1.0
    for k in range(int(np.min(low)), int(np.max(high)) + 1):
        term = _value(body, {**points, index.name: np.asarray(float(k))})
        inside = (low <= k) & (k <= high)
        total = total + np.where(inside, term, 0.0) if add else total * np.where(inside, term, 1.0)
    return total


def _indicator(condition: Node, points: Mapping[str, Floats]) -> Any:
    """1 where a chain of comparisons holds, 0 elsewhere."""
    if not isinstance(condition, Comparison):
        raise NoSamplesError
    left = _value(condition.first, points)
    found: Any = 1.0
    for sign, inner in condition.rest:
        right = _value(inner, points)
        found, left = found * _ORDERS[sign](left, right), right
    return found


def _called(node: Call, points: Mapping[str, Floats]) -> Any:
    if node.function in SERIES:
        return _series(node, points)
    if node.function == "indicator":
        return _indicator(node.arguments[0], points)
    return _call(node.function, [_value(argument, points) for argument in node.arguments])


_RULES: dict[type, Callable[[Any, Mapping[str, Floats]], Any]] = {
    Name: lambda node, points: points[node.name],
    Number: lambda node, _: float(node.value),
    Product: _product,
    Sum: _sum,
    Power: _raised,
    Call: _called,
    Negative: lambda node, points: -_value(node.operand, points),
    Constant: _constant,
    Percent: lambda node, points: _value(node.operand, points) / 100,
}


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(exponent, float):
        if exponent == 2:
            return base * base
        if exponent == -1:
            return np.divide(1.0, base)
    return np.power(base, exponent)


def _call(function: str, arguments: list[Any]) -> Any:
    rule = _FUNCTIONS.get(function)
    if rule is not None and len(arguments) == 1:
        return rule(arguments[0])
    if function in _GATHERING:
        return _GATHERING[function](arguments)
    if function == "log" and len(arguments) == 2:
        return np.log(arguments[0]) / np.log(arguments[1])
    if function == "sqrt" and len(arguments) == 2:
        return np.power(arguments[0], 1 / arguments[1])
    if function not in FUNCTIONS:
        return opaque(function, arguments, np.sin)
    raise NoSamplesError


def _total(arguments: list[Any]) -> Any:
    total = arguments[0]
    for argument in arguments[1:]:
        total = total + argument
    return total


def _extreme(rule: Callable[[Any, Any], Any]) -> Callable[[list[Any]], Any]:
    def found(arguments: list[Any]) -> Any:
        value = arguments[0]
        for argument in arguments[1:]:
            value = rule(value, argument)
        return value

    return found


_TIMES = ("*", JUXTAPOSED)
_CONSTANTS = {"e": math.e, "pi": math.pi, "infinity": math.inf, "i": 1j}
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_QUOTIENTS: dict[str, Callable[[Any, Any], Any]] = {
    "/": np.divide,
    "//": np.floor_divide,
    "%": np.mod,
    "⊙": np.multiply,
    "@": np.multiply,
}
_GATHERING: dict[str, Callable[[list[Any]], Any]] = {
    "max": _extreme(np.maximum),
    "min": _extreme(np.minimum),
    "sum": _total,
    "mean": lambda arguments: _total(arguments) / len(arguments),
    **FLOATS_OF_SEVERAL,
}
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "floor": np.floor,
    "ln": np.log,
    "log": np.log,
    "log10": np.log10,
    "log2": np.log2,
    "relu": lambda x: np.maximum(x, 0.0),
    "round": lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5),
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
    "norm": np.abs,
    **FLOATS,
}
