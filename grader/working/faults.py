"""Where a line goes wrong: in its formula, in the numbers put in, or in the arithmetic."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from grader.working.expressions import Expression, numbers_in, with_number, worked_out
from grader.working.result import Fault
from grader.working.values import Given, close, fitted
from questions.key import value_of
from solvers.expression import Node
from solvers.expression.nodes import Array, Name, Negative, Number, Product, Sum, children
from solvers.latex import plain_text
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, each, elements, ending_decimal, is_array, is_number, plain

_MOST_NUMBERS = 32  # of an expression, beyond which none of them is put in another's place
_MOST_TRIED = 100  # numbers put in another's place before a line is given up
_ENOUGH = 6.0  # bits left for a misconception when all that are tried have been paid for
_DELIBERATE = 4.0  # bits that a formula says which comes to the wrong value
_LAST_BITS = 1e-9
_LARGEST = 1e9
_FIGURES = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_LONGEST_LINE = 160  # characters of a worked line that a remark quotes in full
_MOST_TOLD = 4  # misconceptions that one line may be told to show


@dataclass(frozen=True)
class Found:
    """What is wrong with a line."""

    fault: Fault
    says: tuple[Text, ...]


def fault_of(
    step: str, right: Value, given: Given, value: Value, expressions: Sequence[Expression], run: Trace
) -> Found:
    """What is wrong with a line whose value is not `right`, which follows from the values before it."""
    wanted = _wanted(step, run, given.decimals)
    agreeing: Expression | None = None
    for expression in expressions:
        if _agrees(expression, right, given) and not _is(expression, value, right, given):
            agreeing = expression
            continue
        if agreeing is not None:
            return Found("arithmetic", (_became(agreeing, expression, given), wanted))
        if (slipped := _other_number(expression, step, right, given, run)) is not None:
            return Found("numbers", (slipped, *_arithmetic(expressions, given, value), wanted))
        said = IN_FIGURES if expression.is_in_figures else _FORMULA
        return Found("formula", (said, *_arithmetic(expressions, given, value), wanted))
    if agreeing is not None:
        return Found("arithmetic", tuple(_arithmetic(expressions, given, value)) or (wanted,))
    return Found("value", (wanted,))


def _is(expression: Expression, value: Value, right: Value, given: Given) -> bool:
    """Whether an expression comes to the very value that was written, and so is not the right one, near as that may lie."""
    slack = tuple(float(half) * (1 + _LAST_BITS) for half in given.slack(right))
    laid_out = fitted(expression.values[0], right)
    return laid_out is not None and close(laid_out, value, slack) and not close(laid_out, right, slack)


def _became(before: Expression, after: Expression, given: Given) -> Text:
    """Where a chain of equals signs breaks."""
    first, then = _shown(before.values[0], given), _shown(after.values[0], given)
    return Text(
        f"Between two of your equals signs {first} became {then}: “{before.text}” is not “{after.text}”.",
        f"等号两边不相等：“{before.text}”等于 {first}，而“{after.text}”等于 {then}。",
    )


def _shown(value: Value, given: Given) -> str:
    """A value as exactly as the student wrote theirs; fractions that do not end as fractions only where they wrote one, no empty decimals."""
    digits = max(given.decimals, 4)

    def decimal(x: Value) -> Value:
        if type(x) is Fraction and ending_decimal(x, digits) is None:
            x = as_float(x)
        if not isinstance(x, float) or not math.isfinite(x):
            return x
        ending = Fraction(format(x, f".{digits}f"))
        return ending if math.isclose(x, ending, rel_tol=_LAST_BITS, abs_tol=_LAST_BITS / 1000) else x

    return plain(value if "/" in given.echo else each(decimal, value), digits)


_FORMULA = Text("This is not the formula that belongs here.", "此处不应使用这个公式。")
IN_FIGURES = Text("This is not what belongs here.", "此处的算式不对。")
"""What is said of a formula of numbers alone, which may be the right one with several wrong numbers in it."""


def arithmetic(expressions: Sequence[Expression], given: Given, value: Value) -> Text | None:
    """What the last expression, one of single numbers, comes to, if that is not what was written after it."""
    if not expressions or isinstance(value, Shape):
        return None
    node = expressions[-1].node
    if isinstance(node, Number) and value in (math.floor(node.value), math.ceil(node.value)):
        return None  # rounded to a whole number
    if not _is_sum(node) if is_array(value) else _has_arrays(node):
        return None
    return next(_arithmetic(expressions, given, value), None)


def _has_arrays(node: Node) -> bool:
    return isinstance(node, (Array, Name)) or any(map(_has_arrays, children(node)))


def _is_sum(node: Node) -> bool:
    """Whether arrays are only added and subtracted, which is meant in one way only."""
    return isinstance(node, Sum) and all(
        isinstance(term, (Number, Name, Negative, Array)) and not any(isinstance(x, Product) for x in children(term))
        for _, term in node.terms
    )


def _arithmetic(expressions: Sequence[Expression], given: Given, value: Value) -> Iterator[Text]:
    if expressions and not _agrees(expressions[-1], value, given):
        yield comes_to(expressions[-1], given)


def comes_to(expression: Expression, given: Given) -> Text:
    """That an expression is not the value written after it."""
    found, written = _shown(expression.values[0], given), given.echo
    return Text(
        f"What you wrote before the last equals sign comes to {found}, not {written}.",
        f"最后一个等号左边的算式等于 {found}，而不是 {written}。",
    )


def _wanted(step: str, run: Trace, decimals: int) -> Text:
    line = run.line(step, max(4, decimals))
    shown = line.text if len(line.text) <= _LONGEST_LINE else line.briefly
    return Text(f"With the values so far, {shown}.", f"由前面的内容应得：{shown}。")


def _agrees(expression: Expression, right: Value, given: Given) -> bool:
    """Whether an expression comes to a value, its numbers and the value itself being rounded."""
    slack = tuple(float(half) * (1 + _LAST_BITS) + 2 * expression.drift for half in given.slack(right))
    return any(
        (laid_out := fitted(value, right)) is not None and close(laid_out, right, slack) for value in expression.values
    )


def _other_number(expression: Expression, step: str, right: Value, given: Given, run: Trace) -> Text | None:
    """The one number of an expression in whose place another one belongs, or the same with another sign; None if there is none."""
    if not expression.is_in_figures:
        return None
    inputs, numbers = list(_inputs(step, run)), list(numbers_in(expression.node))
    if len(numbers) > _MOST_NUMBERS:
        return None
    known = [abs(as_float(value)) for _, value in inputs]
    known += map(float, _FIGURES.findall(run.line(step).text))
    tried = 0
    slack = tuple(float(half) + 2 * expression.drift for half in given.slack(right))
    for number in numbers:
        if any(abs(abs(as_float(number.value)) - other) <= _LAST_BITS for other in known):
            continue  # a number that belongs to the formula; that it stands elsewhere is another one
        for symbol, value in inputs:
            tried += 1
            if tried > _MOST_TRIED:
                return None
            other = worked_out(with_number(expression.node, number, value), {})
            if other is None or (laid_out := fitted(other, right)) is None or not close(laid_out, right, slack):
                continue
            shown = plain(value)
            return Text(
                f"You put in {number.text} where {symbol} = {shown} belongs.",
                f"此处代入了 {number.text}，应代入 {symbol} = {shown}。",
            )
    return None


def _has_a_sign_wrong(expressions: Sequence[Expression], right: Value, given: Given) -> bool:
    """Whether a formula in figures is the right one but for one sign, so that nothing is left out of it."""
    slack = given.slack(right)
    for expression in expressions:
        for number in islice(numbers_in(expression.node), _MOST_NUMBERS) if expression.is_in_figures else ():
            other = worked_out(with_number(expression.node, number, -number.value), {})
            if other is not None and (laid_out := fitted(other, right)) is not None and close(laid_out, right, slack):
                return True
    return False


def _numbers(run: Trace, name: str) -> list[Value]:
    """The numbers of a value, none where a run does not come to it."""
    try:
        return [number for number in elements(run[name]) if is_number(number)]
    except StepError:
        return []


def _leaves_out(id: str, reached: Collection[str], run: Trace) -> bool:
    """Whether a misconception's rules do without a number that the right ones need."""
    steps = run.derivation.steps
    for step, (_, inputs) in run.derivation.misconceptions[id].rules.items():
        missing = set(steps[step].inputs.values()) - set(inputs.values()) if step in reached else set()
        if set(inputs.values()) < set(steps[step].inputs.values()) and any(_numbers(run, name) for name in missing):
            return True
    return False


def _inputs(step: str, run: Trace) -> Iterator[tuple[str, Value]]:
    """The numbers that a step works with, each with its symbol."""
    derivation = run.derivation
    declared = derivation.steps[step]
    symbols = derivation.symbols_of(declared)
    for parameter, source in declared.inputs.items():
        numbers = _numbers(run, source)
        symbol = plain_text(symbols[parameter])
        for place, number in enumerate(islice(numbers, 60)):
            yield (symbol if len(numbers) == 1 else f"{symbol}[{place}]"), number


@dataclass(frozen=True)
class Suspects:
    """The misconceptions that would give a wrong line's value: what the value says in bits, less what trying so many costs."""

    ids: tuple[str, ...]
    bits: float


def told(lines: Sequence[Suspects]) -> list[tuple[str, ...]]:
    """For each wrong line the misconceptions to name: those for which it, with the other lines that show the same, says enough.

    A number of few figures is nobody's in particular; the same mistake in three gates is.
    """
    weight: dict[str, float] = {}
    for line in lines:
        for id in line.ids:
            weight[id] = weight.get(id, 0.0) + line.bits
    return [tuple(id for id in line.ids if weight[id] >= _ENOUGH) for line in lines]


def suspects(
    step: str,
    answer: str,
    given: Given,
    value: Value,
    right: Value,
    run: Trace,
    listed: Sequence[str],
    *,
    worked_out: bool,
    expressions: Sequence[Expression] = (),
) -> Suspects:
    """The misconceptions whose rules, on the student's own values before the line, give just the value in it; the question's own first.

    A value that was `worked_out` from another formula before it is no slip of the pen, which says more; what one of the `expressions` puts in
    with a wrong sign was not left out.
    """
    derivation = run.derivation
    shown = set(run.overrides) - {step}
    reached = derivation.upstream(step) - shown
    known = (id for id in dict.fromkeys((*listed, *derivation.misconceptions)) if id in derivation.misconceptions)
    tried = [id for id in known if not reached.isdisjoint(derivation.misconceptions[id].rules)]
    if not tried:
        return _NOBODY
    found = []
    for id in tried:
        try:
            other = value_of(derivation.run(run.givens, overrides=run.overrides, replacing=(id,), base=run), answer)
        except StepError:
            continue
        slack = tuple(2 * half if shown else half for half in given.slack(other))
        laid_out = fitted(value, other)
        if laid_out is not None and close(laid_out, other, slack) and not close(laid_out, right, slack):
            found.append(id)
    if found and _has_a_sign_wrong(expressions, right, given):
        found = [id for id in found if not _leaves_out(id, reached, run)]
    if len(found) > _MOST_TOLD:
        return _NOBODY
    bits = _bits(given, value, right) - math.log2(2 * len(tried)) + (_DELIBERATE if worked_out else 0.0)
    return Suspects(tuple(found), bits)


_NOBODY = Suspects((), 0.0)


def _bits(given: Given, value: Value, right: Value) -> float:
    """What the wrong elements of a value say: how many others of their size and digits there are, in bits."""
    pairs = zip(elements(value), elements(right), strict=True)
    wrong = [abs(as_float(x)) for x, key in pairs if is_number(x) and abs(as_float(x) - as_float(key)) > _LAST_BITS]
    return sum(math.log2(max(1.0, min(size, _LARGEST) * 10**given.decimals)) for size in wrong)
