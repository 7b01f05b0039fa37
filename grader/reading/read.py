"""One function from what a student typed to what was understood: nothing that is typed makes it raise."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

from grader.reading import arrays, expressions, sequences, shapes, words
from grader.reading.numbers import in_figures, read_number
from grader.reading.result import Blank, Reading, ReadingError, Unreadable
from grader.reading.surroundings import is_blank
from solvers.expression import ExpressionError
from solvers.expression.errors import UnclosedBracket
from solvers.text import Text

if TYPE_CHECKING:
    from questions.question import ResponseType

EXPECTED: dict[str, Text] = {
    "integer": Text("a whole number such as 55", "整数，例如 55"),
    "real": Text("a number such as 0.62 or 5/8", "数，例如 0.62 或 5/8"),
    "fraction": Text("a fraction such as 5/8", "分数，例如 5/8"),
    **arrays.EXPECTED,
    "shape": shapes.EXPECTED,
    "expression": expressions.EXPRESSION,
    "complexity": expressions.COMPLEXITY,
    "choice": words.CHOICE,
    "choices": words.CHOICES,
    "truth": words.TRUTH,
    "order": sequences.ORDER,
    "matching": sequences.MATCHING,
    "text": words.NAME,
}
"""The form in which a response of each type is expected."""
_LONGEST_KEPT = 400  # characters of a response whose reading is kept: a class answers alike


def read(
    text: str,
    type: ResponseType,  # noqa: A002 - the word for it in question files
    *,
    names: Collection[str] = (),
    options: Collection[str] = (),
    terms: Mapping[str, Collection[str]] | None = None,
) -> Reading | Blank | Unreadable:
    """What is understood of a response of a type.

    `names` are the variables that a formula may use, `options` the labels that may be chosen (for a matching, those on the
    right), `terms` the spellings of names that are asked for. The same text gives the same reading, on every machine.
    """
    if type in ("integer", "real", "fraction"):
        found = in_figures(text, type)
        if found is not None:
            return found
    if terms is None and len(text) <= _LONGEST_KEPT:
        return _kept(text, type, tuple(names), tuple(options))
    return _anew(text, type, names, options, terms)


@lru_cache(maxsize=2048)
def _kept(
    text: str, kind: ResponseType, names: tuple[str, ...], options: tuple[str, ...]
) -> Reading | Blank | Unreadable:
    return _anew(text, kind, names, options, None)


def _anew(
    text: str,
    kind: ResponseType,
    names: Collection[str],
    options: Collection[str],
    terms: Mapping[str, Collection[str]] | None,
) -> Reading | Blank | Unreadable:
    if is_blank(text):
        return Blank(text)
    try:
        return _read(text, kind, names, options, terms)
    except (ExpressionError, ReadingError) as error:
        said = _opened_in_line(error, text) if isinstance(error, UnclosedBracket) and "\n" in text else error.text
        return Unreadable(text, min(max(error.offset, 0), len(text)), error.code, said, EXPECTED[kind])


def _opened_in_line(error: UnclosedBracket, text: str) -> Text:
    """The mistake, with the place of the opening bracket as people count in a text of several lines."""
    before, _, line = text[: error.opened_at].rpartition("\n")
    row = before.count("\n") + (error.opened_at > len(line)) + 1
    return error.opened(Text(f"line {row}, character {len(line) + 1}", f"第 {row} 行第 {len(line) + 1} 个字符"))


def _read(
    text: str,
    kind: ResponseType,
    names: Collection[str],
    options: Collection[str],
    terms: Mapping[str, Collection[str]] | None,
) -> Reading:
    match kind:
        case "integer" | "real" | "fraction":
            return read_number(text, kind)
        case "vector" | "matrix" | "tensor":
            return arrays.read_array(text, kind)
        case "shape":
            return shapes.read_shape(text)
        case "expression":
            return expressions.read_expression(text, names)
        case "complexity":
            return expressions.read_complexity(text, names)
        case "choice":
            return words.read_choice(text, options)
        case "choices":
            return words.read_choices(text, options)
        case "truth":
            return words.read_truth(text)
        case "order":
            return sequences.read_order(text, options)
        case "matching":
            return sequences.read_matching(text, options)
        case "text":
            return words.read_text(text, terms)
        case _:
            assert_never(kind)
