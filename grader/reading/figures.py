"""Arrays in plain figures, taken apart at once: nested lists, rows on lines or between semicolons, LaTeX matrices.

What is found here is what the layout and the grammar would find, only sooner; whatever is unusual is left to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

from grader.reading.numbers import plain_number
from solvers.values import MOST_AXES, Value

LONGEST = 2_000
"""Characters of a text that is taken apart here."""

_LISTED = re.compile(r"[-+0-9.,eE\[\] ]+")
_ROW = re.compile(r"\[([^\[\]]*)\]")
_ROWS = re.compile(r"\[\s*(r(?:(?:\s*,\s*r)+|(?:\s+r)*))\s*\]")
_LINE_ENDS = re.compile(r"[^,\s]\s*\n")
_WRAPPED = re.compile(
    r"\s*(?:(?:torch\.)?tensor|(?:np\.)?array)\(\s*(\[.*\])"
    r"(?:,\s*(?:dtype=[a-z0-9.]+|device='[a-z0-9:]+'|requires_grad=True|grad_fn=<[A-Za-z0-9]+>))*\)\s*",
    re.DOTALL,
)
_LATEX = re.compile(r"\s*\\begin\{([bp]matrix)\}([-+0-9.eE&\s\\]*)\\end\{\1\}\s*")
_READER = json.JSONDecoder(parse_int=str, parse_float=str)

Sizes = tuple[int, ...]


def in_figures(text: str, kind: str) -> tuple[Sequence[Value], Sizes, Any, str] | None:
    """The numbers of an array in reading order, its shape, how each is written, nested, and its echo; None for what isn't plain."""
    if len(text) > LONGEST or text.rstrip()[-1:] == ".":  # which may end a sentence
        return None
    if "[" in text:
        found = _python(text) or _printed(text) or (_lines(text) if kind != "vector" else None)
    else:
        found = _lines(text) if kind != "vector" else None
    if found is None:
        return None
    cells, shape, echo = found
    if kind == "vector" and len(shape) > 1:
        return None
    numbers = [number for number in map(plain_number, cells) if number is not None]
    if len(numbers) != len(cells):
        return None
    values, written = zip(*numbers, strict=True)
    return values, shape, nested(written, shape), echo or _echo(cells, shape)


def _python(text: str) -> tuple[list[str], Sizes, str] | None:
    """The cells of nested lists in Python's notation, in reading order; JSON's reader takes them apart fastest."""
    if _LISTED.fullmatch(text) is None:
        return None
    try:
        cells = _READER.decode(text)
    except (ValueError, RecursionError):
        return None
    shape = [len(cells)] if isinstance(cells, list) else []
    while shape and set(map(type, cells)) == {list}:
        sizes = set(map(len, cells))
        if len(sizes) > 1 or len(shape) == MOST_AXES:
            return None
        cells = list(chain.from_iterable(cells))
        shape.append(sizes.pop())
    if set(map(type, cells)) != {str}:
        return None
    return cells, tuple(shape), text.replace(" ", "").replace(",", ", ")


def _printed(text: str) -> tuple[list[str], Sizes, None] | None:
    """The cells of nested lists as NumPy and PyTorch print them: rows give way to a letter, level by level, until one is left."""
    if "(" in text and (wrapped := _WRAPPED.fullmatch(text)) is not None:
        text = wrapped[1]
    inner = _ROW.findall(text)
    if "\n" in text and any("\n" in row and _LINE_ENDS.search(row.strip() + "\n") for row in inner):
        return None
    rows = list(map(_cells, inner))
    sizes = set(map(len, rows))
    if len(sizes) != 1 or sizes == {0}:
        return None
    shape: Sizes = (sizes.pop(),)
    count = len(rows)
    rest = _ROW.sub("r", text).strip()
    while rest != "r" and len(shape) < MOST_AXES:
        groups = [group.count("r") for group in _ROWS.findall(rest)]
        if sum(groups) != count or len(set(groups)) != 1:
            return None
        shape, count = (groups[0], *shape), len(groups)
        rest = _ROWS.sub("r", rest)
    return ([cell for row in rows for cell in row], shape, None) if rest == "r" else None


def _lines(text: str) -> tuple[list[str], Sizes, None] | None:
    """The cells of a matrix that is written with semicolons, line by line, or in LaTeX."""
    if "\\" in text:
        latex = _LATEX.fullmatch(text)
        if latex is None:
            return None
        rows = [line.split("&") for line in latex[2].strip().removesuffix("\\\\").split("\\\\")]
        rows = [list(map(str.strip, row)) for row in rows]
    else:
        text = text.strip()
        if text[:1] == "[" and text[-1:] == "]":
            text = text[1:-1].strip()
        rows = list(map(_cells, text.split(";" if ";" in text else "\n")))
    sizes = set(map(len, rows))
    if len(rows) < 2 or len(sizes) != 1 or sizes <= {0, 1}:
        return None
    return [cell for row in rows for cell in row], (len(rows), sizes.pop()), None


def _cells(row: str) -> list[str]:
    """What stands between commas, or else between spaces."""
    return list(map(str.strip, row.split(","))) if "," in row else row.split()


def nested(items: Sequence[Any], shape: Sizes) -> Any:
    """Items in reading order as nested tuples of a shape."""
    for size in reversed(shape[1:]):
        items = list(zip(*[iter(items)] * size, strict=True))
    return tuple(items)


def _echo(cells: list[str], shape: Sizes) -> str:
    for size in reversed(shape):
        cells = [f"[{', '.join(row)}]" for row in zip(*[iter(cells)] * size, strict=True)]
    return cells[0]
