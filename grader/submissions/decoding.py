"""From bytes to text: UTF-8, and what Windows writes instead."""

from __future__ import annotations

import codecs
import io

from grader.submissions.found import Found
from grader.submissions.submission import Problem
from solvers.text import Text

_CHUNK = 1 << 20
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def encoding_of(found: Found) -> tuple[str | None, Problem | None]:
    """The encoding that fits every byte of a file, and what to say about it; no encoding if none fits."""
    with found.open() as stream:
        start = stream.read(4)
    if encoding := _MARKS.get(start[:2]):
        return (encoding, None) if _fits(found, encoding) is None else (None, _no_text(found, 0, start[0]))
    wrong = _fits(found, "utf-8")
    if wrong is None:
        return "utf-8-sig", None
    if _fits(found, "gb18030") is None:
        return "gb18030", Problem(
            found.name,
            None,
            "encoding",
            Text(
                "This file is not UTF-8; it was read as GB18030, the Chinese encoding of Windows.",
                "该文件不是 UTF-8 编码，已按 GB18030（Windows 中文编码）读取。",
            ),
            Text(
                "If its characters look right, nothing. Otherwise save it as UTF-8.",
                "若文字正常则无需处理，否则请另存为 UTF-8。",
            ),
        )
    return None, _no_text(found, *wrong)


def _fits(found: Found, encoding: str) -> tuple[int, int] | None:
    """None if every byte fits, otherwise the line and value of the first that does not."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with found.open() as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                data = bytes(error.object)
                return lines + data[: error.start].count(b"\n"), data[error.start]
            if not chunk:
                return None
            lines += chunk.count(b"\n")


def _no_text(found: Found, line: int, byte: int) -> Problem:
    return Problem(
        found.name,
        line or None,
        "not-text",
        Text(f"This file is not text in UTF-8: byte 0x{byte:02X}.", f"该文件不是 UTF-8 文本：字节 0x{byte:02X}。"),
        Text("Save it as UTF-8, and run again.", "请另存为 UTF-8 后重新运行。"),
    )


def reader(found: Found, encoding: str) -> io.TextIOWrapper:
    """The file as text, its line ends untouched."""
    return io.TextIOWrapper(found.open(), encoding=encoding, newline="")
