"""Arithmetic on numbers and arrays alike, within a budget: what an evaluation may cost and how large a number may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from solvers.expression.arithmetic import divided, extreme, real
from solvers.expression.errors import OutsideDomain, ShapesDiffer, TooLarge
from solvers.expression.nodes import Node
from solvers.values import MOST_BITS, Shape, Value, each, is_array, normal, product


class Row(np.ndarray):
    """A vector that was transposed: it lies down, so that `x^T y` is a number and `x y^T` a matrix."""


class Arithmetic:
    """Operations on values, each of which costs a part of the budget. `node` is what an error points at."""

    __slots__ = ("left",)

    def __init__(self, budget: int) -> None:
        self.left = budget

    def spend(self, operations: int, offset: int) -> None:
        """Takes the cost of some operations off the budget. Raises TooLarge when it is used up."""
        self.left -= operations
        if self.left < 0:
            raise TooLarge(offset)

    def exactly(self, number: Value, offset: int = 0) -> Value:
        """The number in its plainest type, if it is real and within the limits; counts as an operation."""
        if type(number) is float:
            self.left -= 1
            if math.isnan(number):
                raise OutsideDomain(offset, "∞")
        elif isinstance(number, (int, Fraction)):
            bits = number.numerator.bit_length() + number.denominator.bit_length() - 1
            self.left -= 1 + bits // 64
            if bits > MOST_BITS:
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
        """The array with every number in its plainest type and within the limits."""
        result: np.ndarray = each(lambda number: self.exactly(number, offset), numbers)
        return result

    def matrix_product(self, a: Value, b: Value, node: Node) -> Value:
        """The product of arrays with one or two axes; a number for two vectors."""
        if isinstance(b, Row) and a.ndim == 1 and not isinstance(a, Row):
            return self.outer_product(a, b, node)
        if a.ndim > 1 and b.ndim == 1 and isinstance(b, Row):
            raise ShapesDiffer(node.offset, "*", a.shape, (1, len(b)))
        if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0] or a.ndim > 2 or b.ndim > 2:
            raise ShapesDiffer(node.offset, "*", a.shape, b.shape)
        lies = isinstance(a, Row)
        self.spend(a.size * (b.shape[1] if b.ndim == 2 else 1), node.offset)
        self.spend((_longest(a) + _longest(b)) // 64 * a.size, node.offset)
        result = product(a.view(np.ndarray), b.view(np.ndarray))
        if not is_array(result):
            return self.exactly(normal(result), node.offset)
        result = self.checked(result, node.offset)
        return result.view(Row) if lies and result.ndim == 1 else result

    def outer_product(self, a: Value, b: Value, node: Node) -> Value:
        """The matrix of all products of an element of one vector with one of the other."""
        if not (is_array(a) and is_array(b) and a.ndim == b.ndim == 1):
            raise ShapesDiffer(node.offset, "⊗", np.shape(a), np.shape(b))
        self.spend(a.size * b.size, node.offset)
        return self.checked(np.multiply.outer(a.view(np.ndarray), b.view(np.ndarray)), node.offset)

    def elementwise(self, sign: str, function: Callable[[Any, Any], Any], a: Value, b: Value, node: Node) -> Value:
        """The function of two numbers, or of the elements of arrays that match."""
        if not (is_array(a) or is_array(b)):
            return self.exactly(function(real(a), real(b)), node.offset)
        if is_array(a) and is_array(b) and a.shape != b.shape:
            small, large = sorted((a, b), key=np.ndim)
            if small.ndim != 1 or large.ndim == 1 or small.shape[-1] != large.shape[-1]:
                raise ShapesDiffer(node.offset, sign, a.shape, b.shape)
        lies = isinstance(a, Row) or isinstance(b, Row)
        self.spend(max(np.size(a), np.size(b)), node.offset)
        left, right = (value.view(np.ndarray) if is_array(value) else _boxed(real(value)) for value in (a, b))
        result = self.checked(np.frompyfunc(function, 2, 1)(left, right), node.offset)
        return result.view(Row) if lies and result.ndim == 1 else result

    def transposed(self, value: Value) -> Value:
        """The value with its last two axes exchanged; a standing vector lies down, and a lying one stands up."""
        if not is_array(value):
            return real(value)
        if value.ndim == 1:
            return value.view(np.ndarray) if isinstance(value, Row) else value.view(Row)
        return np.swapaxes(value, -1, -2)

    def applied(self, function: Callable[[Value], Value], value: Value, node: Node) -> Value:
        """A function of one number, on a number or on every element of an array."""
        if is_array(value):
            self.spend(value.size, node.offset)
            result = self.checked(function(value.view(np.ndarray)), node.offset)
            return result.view(Row) if isinstance(value, Row) else result
        return self.exactly(function(real(value)), node.offset)

    def gathered(self, function: str, arguments: list[Value], node: Node) -> Value:
        """The sum, mean, largest or smallest of numbers, given one by one or as an array."""
        numbers: list[Value] = []
        for argument in arguments:
            numbers.extend(
                argument.flat if is_array(argument) else argument if isinstance(argument, Shape) else (argument,)
            )
        bounds = function in ("max", "min") and len(arguments) == 2
        if bounds and is_array(arguments[0]) != is_array(arguments[1]):
            a, b = arguments
            return self.elementwise(function, lambda x, y: extreme(function, (x, y)), a, b, node)
        self.spend(len(numbers), node.offset)
        if function in ("max", "min"):
            return extreme(function, [real(number) for number in numbers])
        total: Value = 0
        for number in numbers:
            total = self.exactly(total + real(number), node.offset)
        return total if function == "sum" else self.exactly(divided(total, len(numbers)), node.offset)


def _boxed(number: Value) -> np.ndarray:
    """A lone number as an array without axes: sympy's own operators would try to take arrays in."""
    box = np.empty((), dtype=object)
    box[()] = number
    return box


def _longest(values: np.ndarray) -> int:
    """Binary digits of the longest exact number in an array."""
    return max(
        (x.numerator.bit_length() + x.denominator.bit_length() for x in values.flat if isinstance(x, (int, Fraction))),
        default=0,
    )
