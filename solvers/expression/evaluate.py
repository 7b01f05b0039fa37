"""What an expression is worth: exact for as long as the mathematics is, and never more work than a budget allows."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from solvers import functions
from solvers.expression.angles import OF_TURNS, of_turns, turns_in
from solvers.expression.arithmetic import (
    FUNCTIONS,
    OPERATORS,
    based_logarithm,
    compared,
    divided,
    of_several,
    raised,
    real,
    root,
)
from solvers.expression.arrays import Arithmetic, Row
from solvers.expression.errors import (
    DividedByZero,
    ExpressionError,
    NoSuchElement,
    OutsideDomain,
    TooLarge,
    UnevenRows,
    UnknownName,
    WrongKind,
)
from solvers.expression.grammar import parse
from solvers.expression.nodes import (
    JUXTAPOSED,
    SERIES,
    Array,
    Call,
    Comparison,
    Constant,
    Index,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Percent,
    Power,
    Product,
    Sum,
    Transpose,
    Word,
)
from solvers.expression.tokens import canonical
from solvers.expression.vocabulary import closest
from solvers.values import Shape, Value, array, is_array, is_symbolic, tidy

MOST_ELEMENTS = 100_000
"""Numbers in an array."""
MOST_TERMS = 1_000
"""Terms of a sum or product over an index."""
BUDGET = 100_000
"""Operations on numbers that one evaluation may cost; those on long numbers count several times."""


def evaluate(node: Node, values: Mapping[str, Value] | None = None, *, budget: int = BUDGET) -> Value:
    """The value of an expression, given values (numbers, arrays, sympy expressions, words) for its names.

    Whole numbers and fractions stay exact; functions are those of `solvers.functions`. Between arrays `+`, `-`, `/` and `⊙` go
    element by element (a lone number goes with every element, a vector with every row); a product without `⊙` is the matrix
    product, the dot product for two vectors; powers go element by element. A value named like a constant replaces it.

    Raises a subclass of ExpressionError where there is no value, or none within the limits.
    """
    return _Evaluation(values or {}, budget).whole(node)


def holds(condition: str, values: Mapping[str, Value]) -> bool:
    """Whether a condition such as `n + 2*p >= d*(k - 1) + 1` is true for the values.

    Raises a subclass of ExpressionError if it can't be read, names something without a value, or isn't a condition.
    """
    node = _condition(condition, frozenset(values))
    value = evaluate(node, values)
    if not isinstance(value, bool):
        raise WrongKind(node.offset, "true / false")
    return value


@lru_cache(maxsize=2048)
def _condition(text: str, names: frozenset[str]) -> Node:
    return parse(text, names)


class _Evaluation(Arithmetic):
    __slots__ = ("spellings", "symbolic", "values")

    def __init__(self, values: Mapping[str, Value], budget: int) -> None:
        super().__init__(budget)
        self.values = values
        self.symbolic = any(_has_symbols(value) for value in values.values())
        self.spellings: dict[str, str] | None = None

    def whole(self, node: Node) -> Value:
        # What has no value is refused below; numpy's own warning of it would be one more voice.
        with np.errstate(all="ignore"):
            value = self.value(node)
        if isinstance(value, (bool, str, Shape)):
            return value
        return tidy(value.view(np.ndarray) if isinstance(value, Row) else value)

    def value(self, node: Node) -> Value:
        try:
            return _RULES[type(node)](self, node)
        except ExpressionError:
            raise
        except ZeroDivisionError:
            raise DividedByZero(node.offset) from None
        except (OverflowError, MemoryError):
            raise TooLarge(node.offset) from None
        except ValueError:
            raise OutsideDomain(node.offset, _sign_of(node)) from None
        except (TypeError, AttributeError):
            raise WrongKind(node.offset, _sign_of(node)) from None

    # Leaves.

    def number(self, node: Number) -> Value:
        return self.exactly(node.value)

    def name(self, node: Name) -> Value:
        if node.name in self.values:
            return self.values[node.name]
        if self.spellings is None:
            self.spellings = {canonical(name): name for name in self.values}
        known = self.spellings.get(canonical(node.name))
        if known is None:
            names = tuple(sorted(self.values))
            raise UnknownName(node.offset, node.name, names, closest(node.name, names))
        return self.values[known]

    def constant(self, node: Constant) -> Value:
        if node.name in self.values:
            return self.values[node.name]
        if self.symbolic and node.name in ("e", "pi"):
            import sympy

            return sympy.E if node.name == "e" else sympy.pi
        return {"e": math.e, "pi": math.pi, "infinity": math.inf, "true": True, "false": False}[node.name]

    def word(self, node: Word) -> Value:
        return node.text

    # Arithmetic.

    def negative(self, node: Negative) -> Value:
        return self.elementwise("-", lambda _, b: -real(b), 0, self.value(node.operand), node.operand)

    def sum(self, node: Sum) -> Value:
        (_, first), *rest = node.terms
        total = self.value(first)
        if isinstance(total, (bool, str)):
            raise WrongKind(first.offset, "+")
        for sign, term in rest:
            total = self.elementwise(sign, operator.add if sign == "+" else operator.sub, total, self.value(term), term)
        return total

    def product(self, node: Product) -> Value:
        (_, first), *rest = node.factors
        total = self.value(first)
        for sign, factor in rest:
            total = self.multiplied(sign, total, self.value(factor), factor)
        return total

    def multiplied(self, sign: str, a: Value, b: Value, node: Node) -> Value:
        if sign in ("*", JUXTAPOSED, "@"):
            if is_array(a) and is_array(b):
                return self.matrix_product(a, b, node)
            return self.elementwise("*", operator.mul, a, b, node)
        if sign == "outer":
            return self.outer_product(a, b, node)
        try:
            return self.elementwise(sign, OPERATORS[sign], a, b, node)
        except ZeroDivisionError:
            raise DividedByZero(node.offset) from None

    def power(self, node: Power) -> Value:
        exponent = self.value(node.exponent)
        if isinstance(node.base, Constant) and node.base.name == "e" and "e" not in self.values:
            return self.applied(functions.exp, exponent, node)
        base = self.value(node.base)
        return self.elementwise("^", raised, base, exponent, node)

    def percent(self, node: Percent) -> Value:
        return self.elementwise("%", divided, self.value(node.operand), 100, node)

    def transpose(self, node: Transpose) -> Value:
        return self.transposed(self.value(node.operand))

    # Functions.

    def call(self, node: Call) -> Value:
        if node.function in SERIES or node.function == "indicator":
            return self.series(node) if node.function in SERIES else self.indicator(node)
        arguments = [self.value(argument) for argument in node.arguments]
        first = arguments[0]
        match node.function:
            case function if function in OF_TURNS and (turns := self.turns(node.arguments[0])) is not None:
                return self.exactly(of_turns(function, turns), node.offset)
            case "max" | "min" | "sum" | "mean":
                return self.gathered(node.function, arguments, node)
            case "len":
                if not is_array(first) and not isinstance(first, Shape):
                    raise WrongKind(node.offset, "len")
                return len(first)
            case "norm":
                squares = self.elementwise("^", raised, first.view(np.ndarray) if is_array(first) else first, 2, node)
                return self.applied(functions.sqrt, self.gathered("sum", [squares], node), node)
            case "transpose":
                return self.transposed(first)
            case "softmax":
                scores = first if len(arguments) == 1 else array(arguments)
                if not is_array(scores):
                    raise WrongKind(node.offset, "softmax")
                self.spend(4 * scores.size, node.offset)
                return self.checked(functions.softmax(scores.view(np.ndarray)), node.offset)
            case "sqrt" | "log" if len(arguments) == 2:
                return self.based(node, first, arguments[1])
            case "atan2" | "binomial" | "gcd" | "lcm":
                self.spend(20, node.offset)
                return self.exactly(of_several(node.function, arguments), node.offset)
        return self.applied(FUNCTIONS[node.function], first, node)

    def turns(self, angle: Node) -> Fraction | None:
        """How many times pi an angle is, where it is written as a rational multiple of it."""
        return None if self.symbolic or "pi" in self.values else turns_in(angle, self.value)

    def series(self, node: Call) -> Value:
        """A sum or product over an index, term by term."""
        body, index, first, last = node.arguments
        low, high = self.value(first), self.value(last)
        if not isinstance(index, Name) or not isinstance(low, int) or not isinstance(high, int):
            raise WrongKind(node.offset, "Σ" if node.function == "series" else "Π")
        if high - low > MOST_TERMS:
            raise TooLarge(node.offset)
        outer = self.values
        total: Value = 0 if node.function == "series" else 1
        combined = operator.add if node.function == "series" else operator.mul
        try:
            for k in range(low, high + 1):
                self.values = {**outer, index.name: k}
                total = self.elementwise("+", combined, total, self.value(body), body)
        finally:
            self.values = outer
        return total

    def based(self, node: Call, value: Value, base: Value) -> Value:
        """`sqrt[n]{x}` and `log(x, base)`."""
        if node.function == "sqrt":
            return self.elementwise("^", root, value, base, node)
        if base == 2:
            return self.applied(functions.log2, value, node)
        return self.elementwise("/", based_logarithm, value, base, node)

    def indicator(self, node: Call) -> Value:
        """1 where a condition holds, 0 elsewhere; for each element where a comparison is one of arrays."""
        condition = node.arguments[0]
        if isinstance(condition, Comparison) and len(condition.rest) == 1:
            ((sign, other),) = condition.rest
            left, right = self.value(condition.first), self.value(other)
            if sign not in ("in", "not in") and (is_array(left) or is_array(right)):
                return self.elementwise(sign, lambda a, b: int(compared(sign, a, b)), left, right, other)
        return int(self.truth(condition, "1[…]"))

    # Arrays.

    def array(self, node: Array) -> Value:
        items = [self.value(item) for item in node.items]
        if node.bracket == "matrix":
            if len(items) == 1:
                return array(items[0]).view(Row)
            if items[0].shape == (1,):
                items = [item.item() for item in items]
        shapes = [np.shape(item) for item in items]
        for number, shape in enumerate(shapes):
            if shape != shapes[0]:
                first, this = (_size(found) for found in (shapes[0], shape))
                raise UnevenRows(node.items[number].offset, number + 1, first, this)
        self.spend(len(items), node.offset)
        if len(items) * math.prod(shapes[0]) > MOST_ELEMENTS:
            raise TooLarge(node.offset)
        result = np.empty((len(items), *shapes[0]), dtype=object)
        for number, item in enumerate(items):
            result[number] = item
        return result

    def index(self, node: Index) -> Value:
        target = self.value(node.target)
        for index_node in node.indices:
            index = self.value(index_node)
            if not isinstance(index, int) or isinstance(index, bool):
                raise NoSuchElement(index_node.offset, str(index)[:32])
            if not is_array(target) and not isinstance(target, Shape):
                raise WrongKind(node.offset, "[ ]")
            if not -len(target) <= index < len(target):
                raise NoSuchElement(index_node.offset, str(index)[:32])
            target = target[index]
        return target

    # Conditions.

    def comparison(self, node: Comparison) -> Value:
        left = self.value(node.first)
        for sign, right_node in node.rest:
            right = self.value(right_node)
            self.spend(1, right_node.offset)
            if not compared(sign, left, right):
                return False
            left = right
        return True

    def opposite(self, node: Not) -> Value:
        return not self.truth(node.operand, "not")

    def logic(self, node: Logic) -> Value:
        decisive = node.word == "or"
        for operand in node.operands:
            if self.truth(operand, node.word) is decisive:
                return decisive
        return not decisive

    def truth(self, node: Node, word: str) -> bool:
        """What stands beside the word, which only truths can."""
        value = self.value(node)
        if not isinstance(value, bool):
            raise WrongKind(node.offset, word)
        return value


_RULES: dict[type, Callable[[_Evaluation, Any], Value]] = {
    Number: _Evaluation.number,
    Name: _Evaluation.name,
    Constant: _Evaluation.constant,
    Word: _Evaluation.word,
    Negative: _Evaluation.negative,
    Sum: _Evaluation.sum,
    Product: _Evaluation.product,
    Power: _Evaluation.power,
    Percent: _Evaluation.percent,
    Transpose: _Evaluation.transpose,
    Call: _Evaluation.call,
    Array: _Evaluation.array,
    Index: _Evaluation.index,
    Comparison: _Evaluation.comparison,
    Not: _Evaluation.opposite,
    Logic: _Evaluation.logic,
}


def _has_symbols(value: Value) -> bool:
    return any(map(is_symbolic, value.flat)) if is_array(value) else is_symbolic(value)


def _size(shape: tuple[int, ...]) -> int:
    return shape[0] if shape else 1


def _sign_of(node: Node) -> str:
    """How an operation is named in a message."""
    match node:
        case Call(function=function):
            return function
        case Sum():
            return "+"
        case Product():
            return "*"
        case Power():
            return "^"
        case Comparison(rest=((sign, _), *_)):
            return sign
        case _:
            return type(node).__name__.lower()
