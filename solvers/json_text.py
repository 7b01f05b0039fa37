"""JSON from outside: what is wrong with it, in both languages, and objects that say nothing twice."""

from __future__ import annotations

import json
from typing import Any

from solvers.text import Text

_MISTAKES = {
    "Expecting value": Text("a value is missing here, or is not JSON", "这里缺少值，或不是合法的值"),
    "Expecting property name": Text("a name in double quotes belongs here", "这里应为双引号中的名称"),
    "Expecting ':'": Text("a colon is missing here", "这里缺少冒号"),
    "Expecting ','": Text("a comma or a closing bracket is missing here", "这里缺少逗号或右括号"),
    "Illegal trailing comma": Text("this comma is one too many", "这个逗号多余"),
    "Extra data": Text("nothing may follow here", "这里之后不应再有内容"),
    "Unterminated string": Text("this quotation mark is never closed", "这个引号没有闭合"),
    "Invalid control character": Text("this character must be written as an escape", "这个字符须写成转义形式"),
    "Invalid \\": Text("a backslash must be doubled here", "这里的反斜杠须写两个"),
}
"""What Python's reader says of each mistake, and what we do."""


class RefusedError(ValueError):
    """What Python's reader takes and we do not; `text` says what."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text(en, zh)


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `object_pairs_hook`: the object as a dict. Raises RefusedError for a name that is given twice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise RefusedError(f"{name[:60]!r} is given twice", f"{name[:60]!r} 出现了两次")
        found[name] = value
    return found


def no_constant(name: str) -> None:
    """For `parse_constant`: NaN and Infinity are no JSON. Raises RefusedError."""
    raise RefusedError(f"{name} is no number", f"{name} 不是数")


def why(error: ValueError | RecursionError, *, line: bool = True) -> Text:
    """What was wrong, for an error that `json.loads` raised; with its place, without the line if that is known anyway."""
    if isinstance(error, RefusedError):
        return error.text
    if isinstance(error, RecursionError):
        return Text("it is nested too deep", "嵌套过深")
    if not isinstance(error, json.JSONDecodeError):
        return Text("a number in it is too large", "其中有过大的数")
    said = next((text for start, text in _MISTAKES.items() if error.msg.startswith(start)), None)
    what = said or Text(error.msg, error.msg)
    if not line:
        return Text(f"column {error.colno}: {what.en}", f"第 {error.colno} 列：{what.zh}")
    return Text(
        f"line {error.lineno}, column {error.colno}: {what.en}", f"第 {error.lineno} 行第 {error.colno} 列：{what.zh}"
    )
