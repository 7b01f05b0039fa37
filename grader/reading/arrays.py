"""Reading vectors, matrices and tensors: Python, NumPy, PyTorch, MATLAB, LaTeX, spreadsheets, or numbers in a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from grader.reading.blocks import Cell, Row, lay_out
from grader.reading.equations import ONLY_LAST, Equation, is_rounding, strip_array_working, strip_name
from grader.reading.figures import in_figures, nested
from grader.reading.mistakes import MixedRows, NotAnArray, UnlikeRow
from grader.reading.numbers import BUDGET, plain_fraction, plain_number, without_brackets, worked_out
from grader.reading.prints import strip_print, strip_table
from grader.reading.result import Reading, ReadingError, Written, each_written, written_as
from grader.reading.surroundings import EQUALS, Surrounded, strip_label, strip_marks
from solvers.expression import ExpressionError, Node, evaluate, parse, to_plain
from solvers.expression.errors import Elided, TooLarge, TooLong, UnevenRows
from solvers.expression.nodes import Array
from solvers.expression.tokens import LETTERS
from solvers.text import Text
from solvers.values import Value, elements, is_array, is_number, plain

LONGEST = 4_000
"""Characters of a response that is to be an array."""
MOST_FORMULAS = 200
"""Cells of an array that may be more than plain figures."""
EXPECTED = {
    "vector": Text("a vector such as [1, 2, 3]", "向量，例如 [1, 2, 3]"),
    "matrix": Text("a matrix such as [[1, 2], [3, 4]] or 1 2; 3 4", "矩阵，例如 [[1, 2], [3, 4]] 或 1 2; 3 4"),
    "tensor": Text("nested rows such as [[[1, 2], [3, 4]]]", "嵌套的数组，例如 [[[1, 2], [3, 4]]]"),
}

_SHORT_CELL = 80  # characters
_OPENING_ANGLE = re.compile(r"\s*(?:\\left\s*)?(?:\\langle(?![A-Za-z])|[<⟨〈])")
_CLOSING_ANGLE = re.compile(r"(?:\\right\s*)?(?:\\rangle(?![A-Za-z])|[>⟩〉])\s*\Z")
_TRANSPOSED = re.compile(r"(?<=[\])])'\s*\Z")
_LISTED_ONCE = re.compile(r"\s*[\[(][^\[\]()]{1,2000}[\])]\s*(\^\s*\{?\s*(?:T|\\top|\\intercal|⊤)\s*\}?|ᵀ|\.T)\s*")
_PIECE = re.compile(r"[^,;\n]+")
_NAMED = re.compile(
    rf"\s*(?P<name>\\?[{LETTERS}]{{1,16}})_?\{{?(?P<number>[0-9₀-₉]{{0,3}})\}}?\s*[=:]\s*(?P<value>[^=:\[\](){{}}]+)"
)
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_DOTS = re.compile(r"\.\.+|…|\\[lcv]?dots|\\ddots")
_OPERATION = re.compile(r"[\])]\s*(?:[-+*/^@]|\.T\b)|\\(?:begin|frac|left)|[0-9a-zA-Z*]\s*\[")


def read_array(text: str, kind: str) -> Reading:
    """An array, as it is typed for a response of type `vector`, `matrix` or `tensor`.

    Raises ReadingError, or ExpressionError with an offset in `text`.
    """
    if len(text) > LONGEST:
        raise TooLong(LONGEST, len(text), LONGEST)
    found = in_figures(text, kind)
    if found is not None:
        values, shape, written, echo = found
        value, written = _as_kind(_array(values, shape), written, kind)
        return Reading(text, kind, value, echo, written)
    return read_layout(text, kind)


def read_layout(text: str, kind: str) -> Reading:
    """An array in any notation, with formulas in its cells perhaps; see `read_array`."""
    around = Surrounded.of(text)
    strip_marks(around)
    if kind == "vector":
        _strip_names(around)
    strip_label(around)
    strip_name(around)
    before = around.text
    equation = strip_array_working(around) if EQUALS.search(before) is not None else None
    strip_print(around)
    strip_table(around)
    if kind == "vector":
        _strip_transposition(around)
    around.text = _TRANSPOSED.sub("^T", around.text)
    around.text = _in_angles(around.text)
    if "\\begin" not in around.text:
        around.text = around.text.replace("\\\\", "; ").replace("&", ",")
    dots = _DOTS.search(around.text)
    if dots is not None:
        raise Elided(dots.start())
    layout = None if _OPERATION.search(around.text) else lay_out(around.text, flat=kind == "vector")
    if isinstance(layout, Row):
        value, written, echo = _built(layout, _CellReader(around))
    else:
        value, written, echo = _worked_out(parse(around.text, (), longest=LONGEST))
    if not is_array(value):
        value, written, echo = _array([value], (1,)), (written,), f"[{echo}]"
    value, written = _as_kind(value, written, kind, around)
    reading = Reading(text, kind, value, echo, written, tuple(around.notes))
    return reading if equation is None else _with_exact(reading, equation, before)


def _with_exact(reading: Reading, equation: Equation, text: str) -> Reading:
    """The array with the one before the equals sign, if it is that one rounded; else that the other was not read is noted."""
    try:
        exact = read_layout(" " * equation.start + text[equation.start : equation.end], reading.type)
    except (ReadingError, ExpressionError):
        exact = None
    if exact is not None and exact.value.shape == reading.value.shape:
        written = each_written(reading.written)
        pairs = zip(elements(exact.value), elements(reading.value), written, strict=True)
        if all(a == b or (how is not None and is_rounding(equation.sign, a, b, how)) for a, b, how in pairs):
            return reading._replace(echo=f"{exact.echo} ≈ {reading.echo}", exact=exact)
    return reading._replace(notes=(*reading.notes, ONLY_LAST))


def _strip_transposition(around: Surrounded) -> None:
    """Passes over a sign of transposition after one list: a vector has no direction."""
    listed = _LISTED_ONCE.fullmatch(around.text)
    if listed is not None:
        around.blank(*listed.span(1))


def _strip_names(around: Surrounded) -> None:
    """Passes over the name of each number, `x = 1, y = 2` or `w1: 0.5; w2: 3`, if the names stand in their order."""
    pieces = [_NAMED.fullmatch(around.text, *match.span()) for match in _PIECE.finditer(around.text)]
    named = [piece for piece in pieces if piece is not None]
    order = [(piece["name"], int(piece["number"].translate(_LOWERED) or 0)) for piece in named]
    if len(named) < 2 or len(named) < len(pieces) or order != sorted(set(order)):
        return
    shown = ", ".join(piece["name"] + piece["number"] for piece in named)
    for piece in named:
        around.blank(piece.start(), piece.start("value"))
    around.note(f"The names {shown} were passed over.", f"名称 {shown} 已略去。")


def _array(values: Sequence[Value], shape: tuple[int, ...]) -> np.ndarray:
    result = np.fromiter(values, dtype=object, count=len(values)).reshape(shape)
    result.setflags(write=False)
    return result


def _in_angles(text: str) -> str:
    r"""A vector in angle brackets, `<1, 2>`, `⟨1, 2⟩` or `\langle 1, 2 \rangle`, in square ones; every character keeps its place."""
    opened, closed = _OPENING_ANGLE.match(text), _CLOSING_ANGLE.search(text)
    if opened is None or closed is None:
        return text
    inner = text[opened.end() : closed.start()]
    return f"{'[':<{opened.end()}}{inner}{']':<{len(text) - closed.start()}}"


class _CellReader:
    """Reads cells; those that are more than figures are counted."""

    def __init__(self, around: Surrounded) -> None:
        self.around = around
        self.formulas = 0

    def __call__(self, cell: Cell) -> tuple[Value, Written, str]:
        text = self.around.text[cell.start : cell.end]
        if cell.decimal_comma:
            text = text.replace(",", ".")
            self.note_commas()
        found = plain_number(text) or plain_fraction(text)
        if found is not None:
            return (*found, text)
        self.formulas += 1
        if self.formulas > MOST_FORMULAS:
            raise TooLarge(cell.start)
        if len(text) <= _SHORT_CELL:
            try:
                return _cell(parse(text, ()))
            except ExpressionError:
                pass  # and read once more at its own place, so that the mistake is found where it was typed
        return _cell(parse(" " * cell.start + text, (), longest=LONGEST))

    def note_commas(self) -> None:
        note = Text("Commas were read as decimal commas.", "逗号按小数点读取。")
        if note not in self.around.notes:
            self.around.notes.append(note)


def _cell(node: Node) -> tuple[Value, Written, str]:
    node = without_brackets(node)
    return worked_out(node), written_as(node), to_plain(node)


def _built(layout: Cell | Row, read_cell: Callable[[Cell], tuple[Value, Written, str]]) -> tuple[Value, Any, str]:
    """The array that a layout holds, how its numbers are written, and its echo."""
    if isinstance(layout, Cell):
        return read_cell(layout)
    _check_even(layout, read_cell)
    parts = [_built(item, read_cell) for item in layout.items]
    echo = "[" + ", ".join(part[2] for part in parts) + "]"
    values, shapes = [part[0] for part in parts], [np.shape(part[0]) for part in parts]
    for item, shape in zip(layout.items, shapes, strict=True):
        if shape != shapes[0]:
            raise UnlikeRow(item.start)
    if shapes[0]:
        values = [element for value in values for element in value.flat]
    return _array(values, (len(parts), *shapes[0])), tuple(part[1] for part in parts), echo


def _check_even(row: Row, read_cell: Callable[[Cell], tuple[Value, Written, str]]) -> None:
    """Raises UnevenRows, or ReadingError where a number stands beside a row, or a word."""
    first = row.items[0]
    for number, item in enumerate(row.items[1:], start=2):
        if isinstance(item, Cell) != isinstance(first, Cell):
            read_cell(item if isinstance(item, Cell) else cast("Cell", first))
            raise MixedRows(item.start)
        if isinstance(item, Row) and isinstance(first, Row) and len(item.items) != len(first.items):
            raise UnevenRows(item.start, number, len(first.items), len(item.items))


def _worked_out(node: Node) -> tuple[Value, Any, str]:
    """An array in the grammar of expressions: a LaTeX matrix, or arithmetic with arrays."""
    if isinstance(node, Array):
        return _from_nodes(node)
    value = evaluate(node, budget=5 * BUDGET)
    if not is_array(value) and not is_number(value):
        raise NotAnArray(node.offset)
    written = nested([Written("expression")] * value.size, value.shape) if is_array(value) else written_as(node)
    echo = to_plain(node)
    return value, written, f"{echo} = {plain(value)}" if is_array(value) else echo


def _from_nodes(node: Node) -> tuple[Value, Any, str]:
    if not isinstance(node, Array):
        return _cell(node)
    parts = [_from_nodes(item) for item in node.items]
    shapes = [np.shape(part[0]) for part in parts]
    for item, shape in zip(node.items, shapes, strict=True):
        if shape != shapes[0]:
            raise UnlikeRow(item.offset)
    values: list[Value] = [part[0] for part in parts]
    if shapes[0]:
        values = [element for value in values for element in value.flat]
    echo = "[" + ", ".join(part[2] for part in parts) + "]"
    return _array(values, (len(parts), *shapes[0])), tuple(part[1] for part in parts), echo


def _as_kind(value: Value, written: Any, kind: str, around: Surrounded | None = None) -> tuple[Value, Any]:
    """The array with the axes that its kind has, where that changes no number: a matrix of one row may be typed as that row."""
    if kind == "vector" and value.ndim == 2 and 1 in value.shape:
        if around is not None and "\\begin" not in around.text:
            way_en, way_zh = ("column", "列") if value.shape[1] == 1 else ("row", "行")
            around.note(f"The {way_en} was read as a vector.", f"该{way_zh}按向量读取。")
        flat = [item for row in written for item in row]
        return _array(list(value.flat), (value.size,)), tuple(flat)
    if kind == "matrix" and value.ndim == 1:
        return _array(list(value.flat), (1, value.size)), (written,)
    return value, written
