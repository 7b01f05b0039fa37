"""Reading the shape of an array: `64x112x112`, `(64, 112, 112)`, `torch.Size([64, 112, 112])`, `64 112 112`."""

from __future__ import annotations

import re

from grader.reading.mistakes import MissingSize, NestedSizes, NotASize, TooManyAxes
from grader.reading.numbers import worked_out
from grader.reading.result import Reading, Written
from grader.reading.surroundings import Surrounded, strip_label, strip_marks, strip_unit
from solvers.expression import parse
from solvers.expression.errors import Elided, TooLong, UnclosedBracket
from solvers.text import Text
from solvers.values import Shape

LONGEST = 300
"""Characters of a response that is to be a shape."""
MOST_AXES = 32
EXPECTED = Text("a shape such as 64 x 112 x 112 or (64, 112, 112)", "形状，例如 64 x 112 x 112 或 (64, 112, 112)")

_WRAPPED = re.compile(r"\s*(?:torch\.)?(?:Size|TensorShape|shape|tuple|list)\s*(?=\()", re.IGNORECASE)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_BY = re.compile(r"\s*(?:[*xXхХ@]|\\times|\bby\b|乘以?)\s*")
_AXIS = re.compile(
    r"(?<![^\W_])(?:[NBCDHW]|batch|channels?|depth|height|width|批量|通道|高|宽)\s*[=:]\s*(?=[0-9])", re.IGNORECASE
)
_BATCH = re.compile(r"\s*(?:N|B|bs|batch(?:[_ ]?size)?|None|批量(?:大小)?)\s*(?:[,*xX]|\\times)\s*(?=[0-9])")
_LIST = re.compile(r"\[[^\[\]()]*,[^\[\]()]*\]|\([^\[\]()]*,[^\[\]()]*\)|\]\s*,\s*\[|\)\s*,\s*\(")
_SIZE = re.compile(r"[0-9]{1,18}")


def read_shape(text: str) -> Reading:
    """A shape. Raises ReadingError, or ExpressionError with an offset in `text`."""
    if len(text) > LONGEST:
        raise TooLong(LONGEST, len(text), LONGEST)
    around = Surrounded.of(text)
    strip_marks(around)
    for axis in _AXIS.finditer(around.text):
        around.blank(*axis.span())
    strip_label(around)
    strip_unit(around)
    match = _WRAPPED.match(around.text)
    if match is not None:
        around.blank(0, match.end())
    _strip_brackets(around)
    _refuse_lists(around)
    batch = _BATCH.match(around.text)
    if batch is not None:
        around.blank(*batch.span())
        around.note("The batch in front was passed over.", "最前面的批量维已略去。")
    pieces = _pieces(around) if around.text.strip() else []
    sizes = tuple(_size(around, start, end) for start, end in pieces)
    if len(sizes) > MOST_AXES:
        raise TooManyAxes(pieces[MOST_AXES][0], MOST_AXES)
    written = tuple(Written("integer", 0, len(str(size))) for size in sizes)
    return Reading(
        text,
        "shape",
        Shape(sizes),
        "(" + ", ".join(map(str, sizes)) + ("," * (len(sizes) == 1)) + ")",
        written,
        tuple(around.notes),
    )


def _strip_brackets(around: Surrounded) -> None:
    for _ in range(3):
        start, end = around.start, len(around.text.rstrip())
        if start < end and around.text[start] in _BRACKETS:
            last = around.text[end - 1]
            if last != _BRACKETS[around.text[start]]:
                _refuse_lists(around)
                other = last in _BRACKETS.values()
                raise UnclosedBracket(end - other, around.text[start], start, last if other else "")
            around.blank(start, start + 1)
            around.blank(end - 1, end)


def _refuse_lists(around: Surrounded) -> None:
    if (inner := _LIST.search(around.text)) is not None:
        raise NestedSizes(inner.start())


def _pieces(around: Surrounded) -> list[tuple[int, int]]:
    """Where each size stands: between commas, or else between multiplication signs, or else between spaces."""
    text = around.text.rstrip().removesuffix(",")
    start = around.start
    for pattern in (r"[,;]", _BY, r"\s+"):
        places = [match.span() for match in re.compile(pattern).finditer(text, start)]
        if places:
            edges = [start, *(edge for place in places for edge in place), len(text)]
            return list(zip(edges[::2], edges[1::2], strict=True))
    return [(start, len(text))]


def _size(around: Surrounded, start: int, end: int) -> int:
    piece = around.text[start:end]
    start += len(piece) - len(piece.lstrip())
    piece = piece.strip()
    if _SIZE.fullmatch(piece):
        return int(piece)
    if not piece:
        raise MissingSize(min(start, len(around.typed)))
    if piece in ("...", "…"):
        raise Elided(start)
    value = worked_out(parse(" " * start + piece, ()))
    if not isinstance(value, int) or value < 0:
        raise NotASize(start)
    return value
