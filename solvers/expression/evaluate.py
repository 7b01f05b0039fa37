"""What an expression is worth: exact for as long as the mathematics is, and never more work than a budget allows."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from solvers import functions
from solvers.expression.errors import (
    DividedByZero,
    ExpressionError,
    NoSuchElement,
    OutsideDomain,
    ShapesDiffer,
    TooLarge,
    UnevenRows,
    UnknownName,
    WrongKind,
)
from solvers.expression.grammar import parse
from solvers.expression.nodes import (
    JUXTAPOSED,
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
from solvers.values import Shape, Value, array, each, is_array, is_symbolic, normal, same, tidy

MOST_BITS = 4_000
"""Binary digits of a whole number, or of a fraction's numerator or denominator."""
MOST_ELEMENTS = 100_000
"""Numbers in an array."""
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
    node = _condition(condition)
    value = evaluate(node, values)
    if not isinstance(value, bool):
        raise WrongKind(node.offset, "true / false")
    return value


@lru_cache(maxsize=2048)
def _condition(text: str) -> Node:
    return parse(text)


class _Row(np.ndarray):
    """A vector that was transposed: it lies down, so that `x^T y` is a number and `x y^T` a matrix."""


class _Evaluation:
    __slots__ = ("left", "spellings", "symbolic", "values")

    def __init__(self, values: Mapping[str, Value], budget: int) -> None:
        self.values = values
        self.left = budget
        self.symbolic = any(_has_symbols(value) for value in values.values())
        self.spellings: dict[str, str] | None = None

    def whole(self, node: Node) -> Value:
        value = self.value(node)
        if isinstance(value, (bool, str, Shape)):
            return value
        return tidy(value.view(np.ndarray) if isinstance(value, _Row) else value)

    def value(self, node: Node) -> Value:
        try:
            return _RULES[type(node)](self, node)
        except ExpressionError:
            raise
        except ZeroDivisionError:
            raise DividedByZero(node.offset) from None
        except (OverflowError, MemoryError):
            raise TooLarge(node.offset) from None
        except (TypeError, ValueError, AttributeError):
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
        return self.elementwise("-", lambda _, b: -_number(b), 0, self.value(node.operand), node.operand)

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
        return self.elementwise(sign, _OPERATORS[sign], a, b, node)

    def matrix_product(self, a: Value, b: Value, node: Node) -> Value:
        if isinstance(b, _Row) and a.ndim == 1 and not isinstance(a, _Row):
            return self.outer_product(a, b, node)
        if a.ndim > 1 and b.ndim == 1 and isinstance(b, _Row):
            raise ShapesDiffer(node.offset, "*", a.shape, (1, len(b)))
        if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0] or a.ndim > 2 or b.ndim > 2:
            raise ShapesDiffer(node.offset, "*", a.shape, b.shape)
        lies = isinstance(a, _Row)
        self.spend(a.size * (b.shape[1] if b.ndim == 2 else 1), node.offset)
        self.spend((_longest(a) + _longest(b)) // 64 * a.size, node.offset)
        result = a.view(np.ndarray) @ b.view(np.ndarray)
        if not is_array(result):
            return self.exactly(normal(result), node.offset)
        result = self.checked(result, node.offset)
        return result.view(_Row) if lies and result.ndim == 1 else result

    def outer_product(self, a: Value, b: Value, node: Node) -> Value:
        if not (is_array(a) and is_array(b) and a.ndim == b.ndim == 1):
            raise ShapesDiffer(node.offset, "⊗", np.shape(a), np.shape(b))
        self.spend(a.size * b.size, node.offset)
        return self.checked(np.multiply.outer(a.view(np.ndarray), b.view(np.ndarray)), node.offset)

    def elementwise(self, sign: str, function: Callable[[Any, Any], Any], a: Value, b: Value, node: Node) -> Value:
        """The function of two numbers, or of the elements of arrays that match."""
        if not (is_array(a) or is_array(b)):
            return self.exactly(function(_number(a), _number(b)), node.offset)
        if is_array(a) and is_array(b) and a.shape != b.shape:
            small, large = sorted((a, b), key=np.ndim)
            if small.ndim != 1 or large.ndim == 1 or small.shape[-1] != large.shape[-1]:
                raise ShapesDiffer(node.offset, sign, a.shape, b.shape)
        lies = isinstance(a, _Row) or isinstance(b, _Row)
        self.spend(max(np.size(a), np.size(b)), node.offset)
        left, right = (value.view(np.ndarray) if is_array(value) else _boxed(_number(value)) for value in (a, b))
        result = self.checked(np.frompyfunc(function, 2, 1)(left, right), node.offset)
        return result.view(_Row) if lies and result.ndim == 1 else result

    def power(self, node: Power) -> Value:
        exponent = self.value(node.exponent)
        if isinstance(node.base, Constant) and node.base.name == "e" and "e" not in self.values:
            return self.applied(functions.exp, exponent, node)
        base = self.value(node.base)
        return self.elementwise("^", _raise, base, exponent, node)

    def percent(self, node: Percent) -> Value:
        return self.elementwise("%", _divide, self.value(node.operand), 100, node)

    def transpose(self, node: Transpose) -> Value:
        return self.transposed(self.value(node.operand), node)

    def transposed(self, value: Value, node: Node) -> Value:
        if not is_array(value):
            return _number(value)
        if value.ndim == 1:
            return value.view(np.ndarray) if isinstance(value, _Row) else value.view(_Row)
        return np.swapaxes(value, -1, -2)

    # Functions.

    def call(self, node: Call) -> Value:
        arguments = [self.value(argument) for argument in node.arguments]
        first = arguments[0]
        match node.function:
            case "max" | "min" | "sum" | "mean":
                return self.gathered(node.function, arguments, node)
            case "len":
                if not is_array(first) and not isinstance(first, Shape):
                    raise WrongKind(node.offset, "len")
                return len(first)
            case "norm":
                squares = self.elementwise("^", _raise, _stood(first), 2, node)
                return self.applied(functions.sqrt, self.gathered("sum", [squares], node), node)
            case "transpose":
                return self.transposed(first, node)
            case "softmax":
                scores = first if len(arguments) == 1 else array(arguments)
                if not is_array(scores):
                    raise WrongKind(node.offset, "softmax")
                self.spend(4 * scores.size, node.offset)
                return functions.softmax(scores.view(np.ndarray))
            case "sqrt" | "log" if len(arguments) == 2:
                return self.based(node, first, arguments[1])
        return self.applied(_FUNCTIONS[node.function], first, node)

    def based(self, node: Call, value: Value, base: Value) -> Value:
        """`sqrt[n]{x}` and `log(x, base)`."""
        if node.function == "sqrt":
            return self.elementwise("^", _root, value, base, node)
        if base == 2:
            return self.applied(functions.log2, value, node)
        above, below = (self.applied(functions.log, x, node) for x in (value, base))
        return self.elementwise("/", _divide, above, below, node)

    def applied(self, function: Callable[[Value], Value], value: Value, node: Node) -> Value:
        """A function of one number, on a number or on every element of an array."""
        self.spend(int(np.size(value)), node.offset)
        try:
            if is_array(value):
                lies = isinstance(value, _Row)
                result = self.checked(function(value.view(np.ndarray)), node.offset)
                return result.view(_Row) if lies else result
            return self.exactly(function(_number(value)), node.offset)
        except ValueError:
            name = node.function if isinstance(node, Call) else "exp"
            raise OutsideDomain(node.offset, name) from None

    def gathered(self, function: str, arguments: list[Value], node: Node) -> Value:
        """The sum, mean, largest or smallest of numbers, given one by one or as an array."""
        numbers: list[Value] = []
        for argument in arguments:
            numbers.extend(
                argument.flat if is_array(argument) else argument if isinstance(argument, Shape) else (argument,)
            )
        if function == "max" and len(arguments) == 2 and is_array(arguments[0]) != is_array(arguments[1]):
            a, b = arguments
            return self.elementwise("max", lambda x, y: _extreme("max", (x, y)), a, b, node)
        self.spend(len(numbers), node.offset)
        if function in ("max", "min"):
            return _extreme(function, [_number(number) for number in numbers])
        total: Value = 0
        for number in numbers:
            total = self.exactly(total + _number(number), node.offset)
        return total if function == "sum" else self.exactly(_divide(total, len(numbers)), node.offset)

    # Arrays.

    def array(self, node: Array) -> Value:
        items = [self.value(item) for item in node.items]
        if node.bracket == "matrix":
            if len(items) == 1:
                return array(items[0]).view(_Row)
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
            if not _compared(sign, left, right):
                return False
            left = right
        return True

    def opposite(self, node: Not) -> Value:
        return not self.truth(node.operand)

    def logic(self, node: Logic) -> Value:
        decisive = node.word == "or"
        for operand in node.operands:
            if self.truth(operand) is decisive:
                return decisive
        return not decisive

    def truth(self, node: Node) -> bool:
        value = self.value(node)
        if not isinstance(value, bool):
            raise WrongKind(node.offset, "true / false")
        return value

    # Limits.

    def spend(self, operations: int, offset: int) -> None:
        self.left -= operations
        if self.left < 0:
            raise TooLarge(offset)

    def exactly(self, number: Value, offset: int = 0) -> Value:
        """The number in its plainest type, if it is real and within the limits; counts as an operation."""
        if type(number) is float:
            self.left -= 1
        elif isinstance(number, (int, Fraction)):
            bits = number.numerator.bit_length() + number.denominator.bit_length()
            self.left -= 1 + bits // 64
            if (
                bits > 2 * MOST_BITS
                or number.numerator.bit_length() > MOST_BITS
                or number.denominator.bit_length() > MOST_BITS
            ):
                raise TooLarge(offset)
            if number.denominator == 1:
                number = int(number)
        elif isinstance(number, complex):
            raise OutsideDomain(offset, "^")
        else:
            self.left -= 10
        if self.left < 0:
            raise TooLarge(offset)
        return number

    def checked(self, numbers: np.ndarray, offset: int) -> np.ndarray:
        result: np.ndarray = each(lambda number: self.exactly(number, offset), numbers)
        return result


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


def _number(value: Value) -> Value:
    """The value, if it is a number or an array. Raises TypeError for a truth value, a word or a shape."""
    if isinstance(value, (bool, str, Shape)) or value is None:
        raise TypeError
    return value


def _boxed(number: Value) -> np.ndarray:
    """A lone number as an array without axes: sympy's own operators would try to take arrays in."""
    box = np.empty((), dtype=object)
    box[()] = number
    return box


def _stood(value: Value) -> Value:
    return value.view(np.ndarray) if isinstance(value, _Row) else value


def _has_symbols(value: Value) -> bool:
    return any(map(is_symbolic, value.flat)) if is_array(value) else is_symbolic(value)


def _longest(values: np.ndarray) -> int:
    """Binary digits of the longest exact number in an array."""
    return max(
        (x.numerator.bit_length() + x.denominator.bit_length() for x in values.flat if isinstance(x, (int, Fraction))),
        default=0,
    )


def _size(shape: tuple[int, ...]) -> int:
    return shape[0] if shape else 1


def _divide(a: Value, b: Value) -> Value:
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return Fraction(a) / b if type(a) is int else a / b
    if b == 0:
        raise ZeroDivisionError
    return a / b


def _floor_divide(a: Value, b: Value) -> Value:
    if is_symbolic(a) or is_symbolic(b):
        return functions.floor(_divide(a, b))
    return a // b


def _raise(base: Value, exponent: Value) -> Value:
    """The power, with its size judged before it is computed."""
    if is_symbolic(base) or is_symbolic(exponent):
        power: Value = exponent if isinstance(exponent, (int, Fraction, float)) else as_rational(exponent)
        if power is not None and abs(power) > MOST_BITS:
            raise OverflowError
        return base**exponent
    if isinstance(base, float) or isinstance(exponent, float):
        return float(base) ** float(exponent)
    if exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(base) not in (0, 1) and (bits - 1) * abs(exponent) > MOST_BITS:
            raise OverflowError
        if abs(base) in (0, 1):
            exponent = (
                exponent
                if exponent < 0 and base == 0
                else exponent % 2
                if exponent > 1 and base == -1
                else min(exponent, 1)
            )
        return Fraction(base) ** int(exponent) if exponent < 0 else base ** int(exponent)
    return _root(
        base**exponent.numerator if abs(exponent.numerator) == 1 else _raise(base, exponent.numerator),
        exponent.denominator,
    )


def as_rational(value: Value) -> Fraction | None:
    """The fraction that a sympy number is, or None."""
    return Fraction(int(value.p), int(value.q)) if getattr(value, "is_Rational", False) else None


def _root(value: Value, degree: Value) -> Value:
    """The degree-th root, exact where it is rational; of a negative number, its real root if the degree is odd."""
    if is_symbolic(value) or is_symbolic(degree):
        import sympy

        return sympy.root(value, degree)
    if degree == 2:
        return functions.sqrt(value)
    if isinstance(degree, int) and degree % 2 and value < 0:
        return -_root(-value, degree)
    if isinstance(value, (int, Fraction)) and isinstance(degree, int) and 0 < degree <= MOST_BITS:
        guess = Fraction(round(value.numerator ** (1 / degree)), round(value.denominator ** (1 / degree)))
        if (
            guess
            and degree * max(guess.numerator.bit_length(), guess.denominator.bit_length()) <= 2 * MOST_BITS
            and guess**degree == value
        ):
            return normal(guess)
    result = float(value) ** (1 / degree)
    if isinstance(result, complex):
        raise ValueError
    return result


def _extreme(function: str, numbers: Iterable[Value]) -> Value:
    found: list[Any] = list(numbers)
    if any(map(is_symbolic, found)):
        import sympy

        return sympy.Max(*found) if function == "max" else sympy.Min(*found)
    largest: Value = max(found) if function == "max" else min(found)
    return largest


def _compared(sign: str, a: Value, b: Value) -> bool:
    if sign in ("in", "not in"):
        if isinstance(b, str):
            return (a in b) is (sign == "in")
        return any(same(a, item, 0) for item in b) is (sign == "in")
    if sign in ("==", "!="):
        return _equal(a, b) is (sign == "==")
    return bool(_ORDERS[sign](_number(a), _number(b)))


def _equal(a: Value, b: Value) -> bool:
    if is_array(a) or is_array(b) or isinstance(a, (bool, str)):
        return same(a, b, 0)
    return bool(a == b)


def _symbolic_or(name: str, plain: Callable[[Any], Any]) -> Callable[[Value], Value]:
    """An elementary function that `solvers.functions` has no need of, elementwise, symbolic on sympy numbers."""

    def number(x: Value) -> Value:
        if is_symbolic(x):
            import sympy

            return getattr(sympy, name)(x)
        return plain(x)

    return lambda value: each(number, value)


def _relu(x: Value) -> Value:
    return each(lambda element: _extreme("max", (element, 0)) if is_symbolic(element) else functions.relu(element), x)


def _sine(name: str, at_zero: int) -> Callable[[Any], Any]:
    exact: Callable[[float], float] = getattr(math, name)
    return lambda x: at_zero if x == 0 else exact(x)


_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "abs": _symbolic_or("Abs", abs),
    "ceil": functions.ceil,
    "cos": _symbolic_or("cos", _sine("cos", 1)),
    "cosh": _symbolic_or("cosh", _sine("cosh", 1)),
    "exp": functions.exp,
    "floor": functions.floor,
    "ln": functions.log,
    "log": functions.log,
    "log10": lambda value: each(_log10, value),
    "log2": functions.log2,
    "relu": _relu,
    "round": lambda value: each(_round, value),
    "sigmoid": functions.sigmoid,
    "sin": _symbolic_or("sin", _sine("sin", 0)),
    "sinh": _symbolic_or("sinh", _sine("sinh", 0)),
    "sqrt": functions.sqrt,
    "tan": _symbolic_or("tan", _sine("tan", 0)),
    "tanh": functions.tanh,
}


def _log10(x: Value) -> Value:
    if is_symbolic(x):
        import sympy

        return sympy.log(x, 10)
    if isinstance(x, int) and x > 0 and x == 10 ** (len(str(x)) - 1):
        return len(str(x)) - 1
    return math.log10(x)


def _round(x: Value) -> Value:
    """The nearest whole number, halves away from zero, as it is taught at school."""
    return math.floor(x + Fraction(1, 2)) if x >= 0 else math.ceil(x - Fraction(1, 2))


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "/": _divide,
    "//": _floor_divide,
    "%": operator.mod,
    "⊙": operator.mul,
}
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


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
