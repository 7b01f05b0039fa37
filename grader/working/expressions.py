"""What the expressions of a line come to, with the student's own numbers for the names in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import islice, product

from grader.reading.numbers import separate_digits
from grader.reading.result import written_as
from grader.reading.surroundings import Surrounded
from grader.working.names import Names
from solvers.expression import ExpressionError, Node, evaluate, names_in
from solvers.expression.nodes import Name, Number, children, rebuilt
from solvers.expression.tokens import canonical
from solvers.trace import StepError, Trace
from solvers.values import Value, as_float, elements, is_array, is_number

_BUDGET = 4_000  # operations of one evaluation
_MOST_SPENT = 150  # numbers in the expressions of one response, beyond which no more are worked out
_READINGS = 8  # ways to take the names of one expression that are tried
_MOST_ENTRIES = 6  # of a given vector that are known by their places
_MOST_NUMBERS = 60  # numbers of one expression that are looked at one by one


@dataclass(frozen=True)
class Expression:
    """What stands between two equals signs, read: one value for every way to take its names."""

    text: str
    node: Node
    values: tuple[Value, ...]

    @cached_property
    def drift(self) -> float:
        """By how much it may be off because its numbers were rounded when they were typed."""
        return _drift(self.node, self.values[0])

    @property
    def is_in_figures(self) -> bool:
        """Whether it holds numbers only."""
        return not names_in(self.node)


@dataclass
class Reader:
    """Reads the expressions of one response; `own` are quantities that the student has named."""

    names: Names
    own: dict[str, Value] = field(default_factory=dict)
    spent: int = 0

    def read(self, text: str, trace: Trace) -> Expression | None:
        """The expression with its values in a run; None where it cannot be read or has none."""
        if self.spent > _MOST_SPENT:
            return None
        around = Surrounded.of(text)
        separate_digits(around)
        node = self.names.expression(around.text, self.own)
        if node is None or isinstance(node, Name):
            return None
        self.spent += 1 + sum(1 for _ in numbers_in(node))
        values: list[Value] = []
        for meaning in islice(self._meanings(node, trace), _READINGS):
            value = worked_out(node, meaning)
            if value is not None:
                values.append(value)
        return Expression(" ".join(text.split()), node, tuple(values)) if values else None

    def _meanings(self, node: Node, trace: Trace) -> Iterator[Mapping[str, Value]]:
        """The values of an expression's names, in every way to take them."""
        names = sorted(names_in(node))
        choices = [list(self._values_of(name, trace)) for name in names]
        for values in product(*choices):
            yield dict(zip(names, values, strict=True))

    def _values_of(self, name: str, trace: Trace) -> Iterator[Value]:
        if name in self.own:
            yield self.own[name]
        for source in self.names.sources(name):
            try:
                yield trace[source]
            except StepError:
                continue


def entries(names: Names, trace: Trace) -> Iterator[tuple[str, Value]]:
    """The entries of given vectors by their places, `w1` and `w_1`, where no quantity has that name."""
    for name, given in trace.derivation.givens.items():
        value = trace.givens[name]
        if is_array(value) and value.ndim == 1 and len(value) <= _MOST_ENTRIES:
            symbol = canonical(given.symbol)
            for place, entry in enumerate(value, 1):
                yield from ((s, entry) for s in (f"{symbol}{place}", f"{symbol}_{place}") if s not in names.names)


def worked_out(node: Node, values: Mapping[str, Value]) -> Value | None:
    """What an expression comes to, if that is a number or an array of them."""
    try:
        value = evaluate(node, values, budget=_BUDGET)
    except ExpressionError:
        return None
    return value if all(is_number(x) for x in elements(value)) else None


def numbers_in(node: Node) -> Iterator[Number]:
    """The numbers that were typed in an expression."""
    if isinstance(node, Number):
        yield node
    for child in children(node):
        yield from numbers_in(child)


def with_number(node: Node, number: Number, value: Value) -> Node:
    """The expression with another number in the place of one that was typed."""
    if node is number:
        exact = Fraction(repr(value)) if isinstance(value, float) else value
        return Number(number.offset, exact, number.text, number.form)
    return rebuilt(node, lambda child: with_number(child, number, value))


def _drift(node: Node, value: Value) -> float:
    """By how much an expression may be off because its numbers were rounded when they were typed."""
    if names_in(node):
        return 0.0
    drift = 0.0
    for number in islice(numbers_in(node), _MOST_NUMBERS):
        places = written_as(number).decimals
        if number.form != "decimal" or places is None or places < 2:
            continue
        moved = worked_out(with_number(node, number, number.value + Fraction(1, 2 * 10**places)), {})
        if moved is not None and is_array(moved) == is_array(value) and len(elements(moved)) == len(elements(value)):
            pairs = zip(elements(moved), elements(value), strict=True)
            drift += max((abs(as_float(a) - as_float(b)) for a, b in pairs), default=0.0)
    return drift
