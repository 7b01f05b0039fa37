"""JSON answer sheets, lists of them, and JSONL: one on each line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from grader.submissions.decoding import encoding_of, reader
from grader.submissions.found import Found
from grader.submissions.sheet import CORRECT, Branch, Sheet, Tree
from grader.submissions.submission import Limits, Problem, Submission
from solvers.json_text import why
from solvers.text import Text


def _branch(pairs: list[tuple[str, Any]]) -> Branch:
    return Branch([(key, value, None) for key, value in pairs])


def _parsed(text: str) -> Tree:
    """Numbers stay as typed; raw line ends within strings are let pass. Raises ValueError and RecursionError."""
    tree: Tree = json.loads(
        text, strict=False, object_pairs_hook=_branch, parse_int=str, parse_float=str, parse_constant=str
    )
    return tree


def _broken(file: str, line: int | None, error: ValueError | RecursionError) -> Problem:
    reason = why(error, line=False)
    if line is None and isinstance(error, json.JSONDecodeError):
        line = error.lineno
    return Problem(file, line, "json", Text(f"This is not JSON: {reason.en}.", f"这不是 JSON：{reason.zh}。"), CORRECT)


def read_sheets(text: str, source: str, limits: Limits) -> Iterator[Submission | Problem]:
    """The sheet, or list of sheets, in a JSON text."""
    try:
        tree = _parsed(text)
    except (ValueError, RecursionError) as error:
        yield _broken(source, None, error)
        return
    if not isinstance(tree, list):
        yield from _sheet(tree, source, source, None, limits)
        return
    for number, item in enumerate(tree, 1):
        yield from _sheet(item, f"{source}#{number}", f"{source}#{number}", None, limits)


def _sheet(tree: Tree, source: str, file: str, line: int | None, limits: Limits) -> Iterator[Submission | Problem]:
    if not isinstance(tree, Branch):
        yield Problem(
            file,
            line,
            "json",
            Text(
                "This is not an answer sheet: braces with student and answers.",
                "这不是答题卡：应为含 student 和 answers 的花括号。",
            ),
            CORRECT,
        )
        return
    sheet = Sheet(source, file, line, limits)
    sheet.fill(tree)
    yield from sheet.finish()


def read_lines(found: Found, limits: Limits) -> Iterator[Submission | Problem]:
    """The sheets of a JSONL file, one line at a time."""
    encoding, note = encoding_of(found)
    if note:
        yield note
    if encoding is None:
        return
    with reader(found, encoding) as lines:
        for number, line in enumerate(_bounded(lines, limits.file), 1):
            if line is None:
                yield too_long(found.name, number, limits)
            elif line.strip():
                try:
                    tree = _parsed(line)
                except (ValueError, RecursionError) as error:
                    yield _broken(found.name, number, error)
                else:
                    yield from _sheet(tree, f"{found.name}:{number}", found.name, number, limits)


def _bounded(lines: io.TextIOWrapper, limit: int) -> Iterator[str | None]:
    """Each line, or None for one that is longer than `limit`, the rest of which is passed over."""
    while line := lines.readline(limit + 1):
        if len(line) <= limit:
            yield line
            continue
        while line and not line.endswith(("\n", "\r")):
            line = lines.readline(limit)
        yield None


def too_long(file: str, number: int, limits: Limits) -> Problem:
    """The problem of a line that is longer than a whole sheet may be."""
    size = f"{limits.file / 1_000_000:g} MB"
    return Problem(
        file,
        number,
        "too-large",
        Text(f"This line is longer than {size} and was not read.", f"这一行超过 {size}，未读取。"),
        CORRECT,
    )
