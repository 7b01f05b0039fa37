"""What a step can be worth: exact numbers, floats, shapes, and arrays of numbers; how each is written down.

Numbers are `int`, `Fraction`, `float` or a sympy expression. Vectors, matrices and tensors are read-only numpy arrays of
such numbers (`dtype=object`), so that arithmetic on them stays exact for as long as its elements are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any

import numpy as np

Number = Any
"""An `int`, `Fraction`, `float` or sympy expression."""
Vector = np.ndarray
"""Numbers along one axis."""
Matrix = np.ndarray
"""Numbers in rows and columns."""
Tensor = np.ndarray
"""Numbers along any number of axes."""
Value = Any
"""A number, a truth value, a word, a `Shape`, or an array."""

MOST_BITS = 4_000
"""Binary digits of a whole number, or of a fraction's numerator and denominator together: 1,205 figures."""
MOST_AXES = 8
MOST_SHOWN = 400  # elements of an array that a worked line shows in full
_SHOWN_OF_AXIS = 3  # entries at either end of an axis that stand for all
LONGEST_DECIMAL = 6  # a fraction is shown as a decimal if that ends within so many places: 0.0375, but 1/3
_SYMPY = "sympy"


class Shape(tuple[int, ...]):
    """The sizes of an array's axes, outermost first; written 64 × 112 × 112."""

    __slots__ = ()


class Exact(np.ndarray):
    """An array of objects whose `@` is `product`."""

    def __matmul__(self, other: Any) -> Any:
        return product(self, other) if isinstance(other, np.ndarray) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return product(other, self) if isinstance(other, np.ndarray) else NotImplemented


def product(a: np.ndarray, b: np.ndarray) -> Any:
    """The product of two vectors (a number), two matrices, or one of each.

    Where the product of two elements raises, as that of a double and an integer beyond all doubles does, numpy's own `@` on
    objects frees a part of its result twice, and the process dies. Raises ValueError for sizes that do not fit.
    """
    if not (0 < a.ndim < 3 and 0 < b.ndim < 3 and a.shape[-1] == b.shape[0] > 0):
        raise ValueError(f"arrays of sizes {a.shape} and {b.shape} have no product")
    rows = a.tolist() if a.ndim == 2 else [a.tolist()]
    columns = b.T.tolist() if b.ndim == 2 else [b.tolist()]
    entries = [reduce(add, map(mul, row, column)) for row in rows for column in columns]
    sizes = (*a.shape[:-1], *b.shape[1:])
    return array(entries).reshape(sizes) if sizes else entries[0]


def array(nested: Any) -> np.ndarray:
    """A read-only array of exact elements from nested lists, tuples or another array.

    Raises ValueError if rows differ in length, or for more than `MOST_AXES`.
    """
    result: np.ndarray
    if isinstance(nested, np.ndarray) and nested.dtype == object:
        result = nested.copy().view(Exact)
    else:
        shape = _shape_of(nested)
        result = np.empty(shape, dtype=object).view(Exact)
        for index, element in zip(np.ndindex(*shape), _leaves(nested, len(shape)), strict=True):
            result[index] = element
    result.setflags(write=False)
    return result


def _shape_of(nested: Any, axes: int = MOST_AXES) -> tuple[int, ...]:
    if not isinstance(nested, (list, tuple, np.ndarray)):
        return ()
    if axes == 0:
        raise ValueError(f"there are more than {MOST_AXES} axes")
    inner = {_shape_of(row, axes - 1) for row in nested}
    if len(inner) > 1:
        raise ValueError("rows differ in length")
    return (len(nested), *(inner.pop() if inner else ()))


def _leaves(nested: Any, depth: int) -> Iterator[Any]:
    if depth == 0:
        yield nested.item() if isinstance(nested, np.generic) else nested
        return
    for row in nested:
        yield from _leaves(row, depth - 1)


def is_array(value: Value) -> bool:
    """Whether the value is a vector, matrix or tensor."""
    return isinstance(value, np.ndarray)


def is_number(value: Value) -> bool:
    """Whether the value is one number (a truth value is none)."""
    return (isinstance(value, (int, Fraction, float)) and not isinstance(value, bool)) or is_symbolic(value)


def is_symbolic(value: Value) -> bool:
    """Whether the value is a sympy expression."""
    return type(value).__module__.partition(".")[0] == _SYMPY


def elements(value: Value) -> tuple[Value, ...]:
    """The numbers in a value, in reading order; a lone value is its own only element."""
    if is_array(value):
        return tuple(value.flat)
    if isinstance(value, Shape):
        return tuple(value)
    return (value,)


def abridged(value: Value) -> Value:
    """The value, of a large array only its corners, with dots between them."""
    if not is_array(value) or value.size <= MOST_SHOWN:
        return value
    for axis, length in enumerate(value.shape):
        if length > 2 * _SHOWN_OF_AXIS:
            first, last = np.split(value, [_SHOWN_OF_AXIS, length - _SHOWN_OF_AXIS], axis)[::2]
            sizes = (*value.shape[:axis], 1, *value.shape[axis + 1 :])
            value = np.concatenate([first, np.full(sizes, "…", dtype=object), last], axis)
    return value


def is_exact(value: Value) -> bool:
    """Whether no element is a float."""
    return not any(isinstance(element, float) for element in elements(value))


def is_too_long(value: Value) -> bool:
    """Whether an exact number in it has more than `MOST_BITS`."""
    if type(value) is int:
        return value.bit_length() > MOST_BITS
    if type(value) is Fraction:
        return value.numerator.bit_length() + value.denominator.bit_length() - 1 > MOST_BITS
    exact = (x for x in elements(value) if isinstance(x, (int, Fraction)))
    return any(x.numerator.bit_length() + x.denominator.bit_length() - 1 > MOST_BITS for x in exact)


def normal(number: Number) -> Number:
    """The plainest type for a number: a whole `Fraction` or numpy integer becomes an `int`, a numpy float a `float`."""
    if isinstance(number, Fraction) and number.denominator == 1:
        return number.numerator
    if isinstance(number, np.generic):
        return number.item()
    return number


def tidy(value: Value) -> Value:
    """The value with every number in its plainest type and arrays read-only."""
    if is_array(value):
        if value.ndim == 0:
            return normal(value.item())
        return array(each(normal, value))
    if isinstance(value, (tuple, list)) and not isinstance(value, Shape):
        return array(value)
    return normal(value)


def each(function: Callable[[Any], Any], value: Value) -> Value:
    """The function applied to every element of an array, or to the lone value."""
    if not is_array(value):
        return function(value)
    result = np.empty(value.shape, dtype=object).view(Exact)
    for index, element in np.ndenumerate(value):
        result[index] = function(element)
    result.setflags(write=False)
    return result


def with_element(whole: Value, index: Sequence[int], own: Value) -> Value:
    """An array or a shape with another number in one of its places."""
    if isinstance(whole, Shape):
        return Shape(own if i == index[0] else size for i, size in enumerate(whole))
    changed = whole.copy()
    changed[tuple(index)] = own
    changed.setflags(write=False)
    return changed


def with_number(whole: Value, place: int, number: Value) -> Value:
    """A value with another number in one of its places, counted in reading order; of a number, the other one."""
    if isinstance(whole, Shape):
        return with_element(whole, (place,), number)
    if not is_array(whole):
        return number
    changed = whole.copy()
    changed.flat[place] = number
    changed.setflags(write=False)
    return changed


def as_float(number: Number) -> float:
    """The nearest double; an integer too large for one becomes infinity."""
    try:
        if type(number) is Fraction:
            over, under = number.as_integer_ratio()
            return over / under
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def same(a: Value, b: Value, tolerance: float = 1e-9) -> bool:
    """Whether two values are equal: exact ones exactly, floats within a relative or absolute `tolerance`."""
    if isinstance(a, (bool, str)) or isinstance(b, (bool, str)):
        return type(a) is type(b) and bool(a == b)
    if isinstance(a, Shape) or isinstance(b, Shape):
        return isinstance(a, Shape) and isinstance(b, Shape) and tuple(a) == tuple(b)
    if is_array(a) or is_array(b):
        if np.shape(a) != np.shape(b):
            return False
        return all(same(x, y, tolerance) for x, y in zip(elements(a), elements(b), strict=True))
    if is_exact(a) and is_exact(b):
        return bool(a == b)
    return math.isclose(as_float(a), as_float(b), rel_tol=tolerance, abs_tol=tolerance)


def to_json(value: Value) -> Any:
    """Numbers as numbers (fractions as their nearest double), arrays and shapes as nested lists, the rest as text."""
    if is_array(value):
        return [to_json(row) for row in value]
    if isinstance(value, Shape):
        return list(value)
    if isinstance(value, (bool, str, int)) or value is None:
        return value
    if is_symbolic(value) and value.free_symbols:
        return str(value)
    nearest = as_float(value)
    return nearest if math.isfinite(nearest) else str(value)


def exact_text(value: Value) -> str | None:
    """The value without any rounding, in the notation that responses are read in; None if it holds a float."""
    if not is_exact(value):
        return None
    if is_array(value):
        return "[" + ", ".join(str(exact_text(row)) for row in value) + "]"
    if isinstance(value, Shape):
        return "(" + ", ".join(map(str, value)) + ("," if len(value) == 1 else "") + ")"
    return str(value).replace("**", "^") if is_symbolic(value) else str(value)


def ending_decimal(number: Fraction, longest: int = LONGEST_DECIMAL) -> str | None:
    """The fraction as a decimal that ends within `longest` places, or None."""
    over = number.denominator
    for places in range(longest + 1):
        if 10**places % over == 0:
            return _with_point(number.numerator * (10**places // over), places)
    return None


def _with_point(digits: int, places: int) -> str:
    """A whole number with its last `places` digits behind a decimal point."""
    if not places:
        return str(digits)
    text = str(abs(digits)).zfill(places + 1)
    return f"{'-' if digits < 0 else ''}{text[:-places]}.{text[-places:]}"


def rounded(number: Number, decimals: int) -> str:
    """The number with exactly `decimals` places, halves away from zero, never `-0.00`."""
    if isinstance(number, (int, Fraction)):
        above, below = number.numerator, number.denominator
    else:  # a float as it is written, so that 2.675 is no 2.67499999999999982
        above, below = Decimal(repr(as_float(number))).as_integer_ratio()
    size = (2 * abs(above) * 10**decimals + below) // (2 * below)
    return _with_point(-size if above < 0 else size, decimals)


def _short(number: Number, decimals: int) -> tuple[str, str]:
    """The digits to show for a number, and its power of ten (empty if there is none)."""
    size = abs(as_float(number))
    if not math.isfinite(size):  # an exact number that no double holds
        return rounded(number, decimals), ""
    if 0 < size < 10.0 ** -(decimals - 1) or size >= 1e15:
        digits, _, power = f"{as_float(number):.{max(decimals - 1, 0)}e}".partition("e")
        return digits, str(int(power))
    return rounded(number, decimals), ""


def plain(value: Value, decimals: int = 4) -> str:
    """The value for a person to read on one line: `55`, `0.6225`, `1/3`, `[1, 2]`, `64 × 112 × 112`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_array(value):
        return "[" + ", ".join(plain(row, decimals) for row in value) + "]"
    if isinstance(value, Shape):
        return " × ".join(map(str, value)) if len(value) > 1 else exact_text(value) or ""
    if isinstance(value, Fraction):
        if decimal := ending_decimal(value):
            return decimal
        if value.denominator < 1000:
            return str(value)
        digits, power = _short(value, decimals)
        return f"{digits}e{power}" if power else digits
    if isinstance(value, float):
        if not math.isfinite(value):
            return {math.inf: "∞", -math.inf: "-∞"}.get(value, "?")
        digits, power = _short(value, decimals)
        return f"{digits}e{power}" if power else digits
    return exact_text(value) or str(value)


def latex(value: Value, decimals: int = 4, row: bool = False) -> str:
    """The value as LaTeX; a vector stands as a column unless `row` is set."""
    if isinstance(value, bool):
        return r"\text{true}" if value else r"\text{false}"
    if isinstance(value, str):
        return rf"\text{{{value}}}"
    if isinstance(value, Shape):
        return r" \times ".join(map(str, value)) if len(value) > 1 else f"({value[0] if value else ''})"
    if is_array(value):
        return _latex_array(value, decimals, row)
    if isinstance(value, Fraction):
        decimal = ending_decimal(value)
        if decimal is None and value.denominator < 1000:
            sign = "-" if value < 0 else ""
            return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
        return decimal or _latex_short(value, decimals)
    if isinstance(value, float):
        if not math.isfinite(value):
            return {math.inf: r"\infty", -math.inf: r"-\infty"}.get(value, "?")
        return _latex_short(value, decimals)
    if is_symbolic(value):
        import sympy

        return str(sympy.latex(value))
    return str(value)


def _latex_short(number: Number, decimals: int) -> str:
    digits, power = _short(number, decimals)
    return rf"{digits} \times 10^{{{power}}}" if power else digits


def _latex_array(value: np.ndarray, decimals: int, row: bool) -> str:
    if value.ndim > 2:
        return r"\left[ " + r",\; ".join(_latex_array(part, decimals, row) for part in value) + r" \right]"
    if value.ndim == 1:
        joint = " & " if row else r" \\ "
        body = joint.join(latex(element, decimals) for element in value)
    else:
        body = r" \\ ".join(" & ".join(latex(element, decimals) for element in line) for line in value)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def is_rounded(value: Value, decimals: int = 4) -> bool:
    """Whether what `plain` and `latex` show is not the value itself but near it."""
    for element in elements(value):
        if isinstance(element, float) and math.isfinite(element):
            if Fraction(element) != Fraction(rounded(element, decimals)):
                return True
        elif isinstance(element, Fraction) and element.denominator >= 1000 and ending_decimal(element) is None:
            return True
    return False
