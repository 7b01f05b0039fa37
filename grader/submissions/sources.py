"""Everything that was named on the way in, one file after another, each given to the reader of its format."""

from __future__ import annotations

import functools
import glob
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from grader.submissions import csv_table, json_sheet, markdown_sheet, yaml_sheet
from grader.submissions.decoding import encoding_of
from grader.submissions.forms import forms_in
from grader.submissions.found import Found, aside, ending, shown, too_large
from grader.submissions.submission import Limits, Problem, Submission
from grader.submissions.zips import members
from solvers.files import refusal
from solvers.text import Text

_PATTERN = re.compile(r"[*?\[]")
_DEEPEST = 50  # folders within each other
_STANDARD = Limits()

_Results = Iterator[Submission | Problem]
_SHEETS: dict[str, Callable[[str, str, Limits], _Results]] = {
    ".yaml": yaml_sheet.read_sheets,
    ".yml": yaml_sheet.read_sheets,
    ".json": json_sheet.read_sheets,
    ".md": markdown_sheet.read_sheet,
    ".markdown": markdown_sheet.read_sheet,
    ".txt": markdown_sheet.read_sheet,
}
_TABLES: dict[str, Callable[[Found, Limits], _Results]] = {
    ".csv": csv_table.read_table,
    ".tsv": csv_table.read_table,
    ".jsonl": json_sheet.read_lines,
    ".ndjson": json_sheet.read_lines,
}


def read_submissions(sources: Iterable[Path | str], *, limits: Limits = _STANDARD) -> Iterator[Submission | Problem]:
    """What students handed in, one submission at a time, and a problem for everything that could not be read.

    A source is a file, a folder (with all folders in it), a zip, or a pattern such as `late/*.yaml`. The order is that of
    the sources, and within each that of the names. Memory holds one file at a time, and of a table one row.
    """
    for source in sources:
        for found in _found(source, limits):
            if isinstance(found, Problem):
                yield found
            else:
                yield from _read(found, limits)


def _read(found: Found, limits: Limits) -> _Results:
    seen = problems = 0
    try:
        for result in _results(found, limits):
            seen += 1
            problems += isinstance(result, Problem)
            if problems <= limits.problems or isinstance(result, Submission):
                yield result
    except OSError as error:
        seen += 1
        yield _refused(Path(found.name), found.name, error)
    if problems > limits.problems:
        message = Text("There are more problems in this file than are listed.", "该文件中还有更多问题，未一一列出。")
        todo = Text("Correct the first ones, and run again.", "请先改正已列出的问题，再重新运行。")
        yield Problem(found.name, None, "more", message, todo)
    if not seen:
        message = Text("There is no submission in this file.", "该文件中没有答卷。")
        todo = Text("Ask for it again, or remove the file.", "请让学生重新提交，或删除该文件。")
        yield Problem(found.name, None, "empty", message, todo)


def _results(found: Found, limits: Limits) -> _Results:
    if read_table := _TABLES.get(found.ending):
        return read_table(found, limits)
    return _read_sheet(found, limits) if found.ending in _SHEETS else iter([_unknown(found)])


def _read_sheet(found: Found, limits: Limits) -> _Results:
    with found.open() as stream:
        data = stream.read(limits.file + 1)
    if len(data) > limits.file:
        yield too_large(found.name, limits.file)
        return
    encoding, note = encoding_of(Found(found.name, found.ending, functools.partial(io.BytesIO, data)))
    if note:
        yield note
    if encoding is None:
        return
    text = data.decode(encoding)
    if not text.strip():
        return
    read = _SHEETS[found.ending]
    if read is markdown_sheet.read_sheet and not markdown_sheet.has_headings(text):
        read = json_sheet.read_sheets if text.lstrip().startswith("{") else yaml_sheet.read_sheets
    forms = forms_in(text)
    for result in read(text, found.name, limits):
        yield replace(result, forms=forms) if forms and isinstance(result, Submission) else result


def _unknown(found: Found) -> Problem:
    return Problem(
        found.name,
        None,
        "ending",
        Text(
            f"Files that end in {found.ending!r} are not read."
            if found.ending
            else "Files without an ending are not read.",
            f"不读取以 {found.ending!r} 结尾的文件。" if found.ending else "不读取没有扩展名的文件。",
        ),
        Text(
            "Submissions are .yaml, .json, .jsonl, .csv, .md and .zip files. Type the answers into a sheet, or rename the file.",
            "答卷应为 .yaml、.json、.jsonl、.csv、.md 或 .zip 文件。请把作答录入答题卡，或更正扩展名。",
        ),
    )


def _found(source: Path | str, limits: Limits) -> Iterator[Found | Problem]:
    path = Path(source)
    name = shown(str(source))
    try:
        if source != "" and os.path.lexists(path):
            yield from _at(path, limits)
            return
    except ValueError as error:
        yield _refused(path, name, error)
        return
    pattern = _PATTERN.search(str(source)) is not None
    matches = sorted(glob.glob(str(source), recursive=True)) if pattern else []  # noqa: PTH207 - may be absolute
    deep = "**" in str(source)  # such a pattern names a folder's files as well as the folder
    for match in matches:
        if not (deep and Path(match).is_dir()):
            yield from _at(Path(match), limits)
    if not matches:
        yield Problem(
            name,
            None,
            "not-found",
            Text(
                "There is no such file or folder, and no file fits it as a pattern.",
                "没有这个文件或文件夹，也没有与之匹配的文件。",
            ),
            Text("Check the path.", "请检查路径。"),
        )


def _at(path: Path, limits: Limits) -> Iterator[Found | Problem]:
    """What a path that exists leads to."""
    if path.is_dir():
        yield from _or_empty(_folder(path, Path(os.path.realpath(path)), limits, 0), shown(str(path)))
    else:
        yield from _file(path, limits)


def _or_empty(items: Iterator[Found | Problem], name: str) -> Iterator[Found | Problem]:
    nothing = True
    for item in items:
        nothing = False
        yield item
    if nothing:
        message = Text("There is no submission in this folder or zip.", "该文件夹或 zip 中没有答卷。")
        yield Problem(name, None, "empty", message, Text("Check the path.", "请检查路径。"))


def _folder(folder: Path, root: Path, limits: Limits, depth: int) -> Iterator[Found | Problem]:
    name = shown(str(folder))
    if depth > _DEEPEST:
        message = Text("Folders are nested too deep here; this one was not read.", "文件夹嵌套过深，此文件夹未读取。")
        yield Problem(name, None, "too-deep", message, Text("Move it further up.", "请将它上移几层。"))
        return
    try:
        entries = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        yield _refused(folder, name, error)
        return
    for entry in entries:
        path = folder / entry
        if aside(entry):
            continue
        if path.is_symlink() and not _stays(path, root):
            message = Text(
                "This link leads out of the folder, or nowhere; it was not followed.",
                "该链接指向文件夹之外或已失效，未跟随。",
            )
            todo = Text(
                "Put the file itself here, or name it on the command line.",
                "请把文件本身放在这里，或在命令行中指定它。",
            )
            yield Problem(shown(str(path)), None, "link", message, todo)
        elif not path.is_dir():
            yield from _file(path, limits)
        elif not path.is_symlink():  # a link to a folder in here: its files are read where they are
            yield from _folder(path, root, limits, depth + 1)


def _stays(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # a link to nothing, or to itself
        return False


def _file(path: Path, limits: Limits) -> Iterator[Found | Problem]:
    name = shown(str(path))
    kind = ending(path.name)
    try:
        if not path.is_file():  # a pipe or a device would make us wait, or never end
            message = Text("This is not an ordinary file.", "这不是普通文件。")
            yield Problem(name, None, "not-a-file", message, Text("Save it as a file first.", "请先保存为文件。"))
        elif path.stat().st_size > (limits.table if kind in _TABLES else limits.file) and kind != ".zip":
            yield too_large(name, limits.table if kind in _TABLES else limits.file)
        elif kind == ".zip":
            with path.open("rb") as file:
                yield from _or_empty(members(file, name, limits), name)
        else:
            yield Found(name, kind, functools.partial(_open, path))
    except OSError as error:
        yield _refused(path, name, error)


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _refused(path: Path, name: str, error: OSError | ValueError) -> Problem:
    reason = refusal(path, error).reason
    message = Text(
        "This could not be opened: " + reason.en.partition(".")[0] + ".",
        "无法打开：" + reason.zh.partition("。")[0] + "。",
    )
    return Problem(
        name, None, "cannot-open", message, Text("Check the path and its permissions.", "请检查路径和权限。")
    )
