"""Reading one number: plain figures at once, everything else by the grammar of expressions.

What separates digits is decided by one rule, and said in a note wherever it decided anything:

- In a single number, commas, spaces or apostrophes before groups of exactly three digits group thousands: `1,234`, `1 234` and
  `1'234` are 1234. A number that begins with 0 is not grouped.
- Commas as in India group as well: `12,34,567` is 1234567.
- Any other single comma before digits is a decimal comma: `0,5` and `,5` are 0.5, and `0,123` is 0.123. Where both signs stand, the last
  one is the decimal sign: `1.234,5` and `1,234.5` are 1234.5; `1.234.567` is 1234567. A lone point is always a decimal point.
- Within brackets commas separate, as in `max(0, 5)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from grader.reading.equations import ONLY_LAST, is_rounding, strip_name, strip_working
from grader.reading.mistakes import NotANumber, SeveralNumbers
from grader.reading.prints import strip_print
from grader.reading.result import Form, Reading, ReadingError, Written, plainly, written_as
from grader.reading.surroundings import Surrounded, strip_label, strip_marks, strip_unit
from solvers.expression import ExpressionError, Node, evaluate, parse, to_plain
from solvers.expression.errors import TooLong
from solvers.expression.literals import whole_if_possible
from solvers.expression.nodes import Array, Comparison, Logic, Not, Word
from solvers.values import Value, is_array, is_number, is_symbolic, plain

LONGEST = 1_000
"""Characters of a response that is to be one number."""
BUDGET = 4_000
"""Operations that working out one number may cost."""
EXPECTED_EN, EXPECTED_ZH = "one number", "一个数"

_PLAIN = re.compile(r"\s*([+-]?)(?=[0-9.])([0-9]{0,300})(?:\.([0-9]{0,90}))?(?:[eE]([+-]?[0-9]{1,2}))?\s*")
_FRACTION = re.compile(r"\s*([+-]?[0-9]{1,90})\s*/\s*([0-9]{1,90})\s*")
_GROUPED = re.compile(
    r"(?<![\w.,'])[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+|(?:'[0-9]{3})+)(?![0-9'])(?! ?[0-9/])"
)
_EUROPEAN = re.compile(r"(?<![\w.,])[1-9][0-9]{0,2}(?:(?:[. ][0-9]{3})+(?=,[0-9])|(?:\.[0-9]{3}){2,})(?![0-9.])")
_DECIMAL_COMMA = re.compile(r"(?<![0-9,.])[0-9]+(?:_[0-9]{3})*,[0-9]+(?![0-9]*[,.][0-9])")
_INDIAN = re.compile(r"(?<![\w.,'])[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?![0-9',])")
_THOUSANDS = re.compile(r"(?<![\w.,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,.])")
_BARE_COMMA = re.compile(r"\s*[+-]?,[0-9]+\s*")
_SEPARATED = re.compile(r"[0-9][,'. ][0-9]")
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


@lru_cache(maxsize=16384)
def plain_number(text: str) -> tuple[int | Fraction, Written] | None:
    """The value of plain figures with a sign, `-0.50` or `3e-2`, and how they are written; None for anything else."""
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    sign, whole, decimals, power = match.groups()
    if decimals is None and power is None:
        size: int | Fraction = int(whole)
        return -size if sign == "-" else size, plainly("integer", 0, len(whole.lstrip("0")) or 1)
    digits = whole + (decimals or "")
    if not digits:
        return None
    places = len(decimals or "") - int(power or 0)
    top, bottom = int(digits), 10 ** abs(places)
    size = whole_if_possible(Fraction(top, bottom)) if places > 0 else top * bottom
    form: Form = "decimal" if power is None else "scientific"
    return -size if sign == "-" else size, plainly(form, places, len(digits.lstrip("0")) or 1)


def plain_fraction(text: str) -> tuple[int | Fraction, Written] | None:
    """The value of a fraction in plain figures, `-5/8`, and how it is written; None for anything else."""
    match = _FRACTION.fullmatch(text)
    if match is None:
        return None
    top, bottom = int(match[1]), int(match[2])
    if not bottom:
        return None
    return whole_if_possible(Fraction(top, bottom)), Written("fraction", parts=(top, bottom))


def in_figures(text: str, kind: str) -> Reading | None:
    """The reading of a plain number or fraction, which most responses are; None for anything else."""
    found = plain_fraction(text) if "/" in text else plain_number(text)
    return Reading(text, kind, found[0], text.strip(), found[1]) if found is not None else None


def read_number(text: str, kind: str) -> Reading:
    """One number that is more than plain figures, as it is typed for a response of type `integer`, `real` or `fraction`.

    Raises ReadingError, or ExpressionError with an offset in `text`.
    """
    if len(text) > LONGEST:
        raise TooLong(LONGEST, len(text), LONGEST)
    around = Surrounded.of(text)
    strip_marks(around)
    strip_label(around)
    strip_print(around)
    strip_name(around)
    before = around.text
    equation = strip_working(around)
    reading = _one_number(around, kind)
    if equation is None:
        return reading
    exact = _before(Surrounded(text, " " * equation.start + before[equation.start : equation.end]), kind)
    if exact is not None and is_rounding(equation.sign, exact.value, reading.value, reading.written):
        exact = exact._replace(unit=reading.unit, notes=reading.notes)
        shown = exact.echo.partition(" ≈ ")[0]
        return reading._replace(echo=f"{shown} ≈ {reading.echo}", exact=exact)
    return reading._replace(notes=(*reading.notes, ONLY_LAST))


def _one_number(around: Surrounded, kind: str) -> Reading:
    """What is left of a response, as one number. Raises ReadingError, or ExpressionError with an offset in the text."""
    strip_unit(around)
    strip_marks(around)
    separate_digits(around)
    node = without_brackets(parse(around.text, ()))
    value = worked_out(node)
    written = written_as(node)
    return Reading(around.typed, kind, value, echo(node, value, written), written, tuple(around.notes), around.unit)


def _before(around: Surrounded, kind: str) -> Reading | None:
    """The number in front of an equals sign, or None if it is none."""
    try:
        return _one_number(around, kind)
    except (ReadingError, ExpressionError):
        return None


def worked_out(node: Node) -> Value:
    """The number that an expression comes to. Raises ReadingError if it is none."""
    if isinstance(node, Array):
        raise SeveralNumbers(node.offset, len(node.items))
    if isinstance(node, (Comparison, Logic, Not, Word)):
        raise NotANumber(node.offset)
    value = evaluate(node, budget=BUDGET)
    if is_array(value) or not is_number(value) or is_symbolic(value):
        raise NotANumber(node.offset)
    return value


def without_brackets(node: Node) -> Node:
    """What brackets around a single value hold."""
    while isinstance(node, Array) and len(node.items) == 1:
        node = node.items[0]
    return node


def separate_digits(around: Surrounded) -> None:
    """Decides what separates digits, by the rule above; thousands are joined with `_`, the decimal sign is `.`."""
    before = around.text
    if _BARE_COMMA.fullmatch(before) is not None:
        around.text = before.replace(",", ".")
    elif _SEPARATED.search(before) is None:
        return
    text = _at_top(_EUROPEAN, around.text, lambda number: re.sub("[. ]", "_", number))
    text = _at_top(_INDIAN, text, lambda number: number.replace(",", "").rjust(len(number)))
    text = _at_top(_GROUPED, text, lambda number: re.sub("[, ']", "_", number))
    text = _at_top(_DECIMAL_COMMA, text, lambda number: number.replace(",", "."))
    if text != before:
        around.text = text
        typed, read = before.strip(), text.strip().replace("_", "")
        around.note(f"“{typed}” was read as {read}.", f"“{typed}”按 {read} 读取。")


def group_thousands(around: Surrounded) -> None:
    """Takes commas before groups of just three digits for separators of thousands in a formula: `y = 72,300x`."""
    text = _at_top(_THOUSANDS, around.text, lambda number: number.replace(",", "_"))
    if text != around.text:
        around.text = text
        around.note(
            "Commas before three digits were read as grouping thousands.", "三位数字之前的逗号按千位分隔符读取。"
        )


def _at_top(pattern: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    """The text with every match that stands outside of brackets changed; nothing moves."""
    parts: list[str] = []
    end = depth = 0
    for match in pattern.finditer(text):
        depth += sum(_BRACKETS.get(character, 0) for character in text[end : match.start()])
        parts.append(text[end : match.start()])
        parts.append(change(match[0]) if depth == 0 else match[0])
        end = match.end()
    return "".join(parts) + text[end:]


def echo(node: Node, value: Value, written: Written) -> str:
    """The number as it was understood: as typed, or as a worked-out expression with its value."""
    text = to_plain(node)
    if written.form != "expression":
        return text
    shown = plain(value)
    return text if shown == text else f"{text} {'≈' if isinstance(value, float) else '='} {shown}"
