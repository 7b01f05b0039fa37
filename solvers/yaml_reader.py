"""The only place that reads YAML: every key and value knows its line, numbers are exact, nothing in it runs or explodes.

What is read is the core of YAML 1.2: `no`, `on` and `12:30` are words, `1e-3` is a number. Anchors, aliases, tags,
duplicate keys, deep nesting, huge files and control characters are refused, each with the place and what to do about it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import yaml

from solvers.files import read_bytes, too_large
from solvers.text import Text
from solvers.yaml_words import BACKSLASH, YamlError, control_character, in_plain_words, not_utf8

LARGEST = 2_000_000  # bytes of a file, unless a caller says otherwise
DEEPEST = 50  # mappings and lists within each other
FOLDED = 60  # characters of a line that a program may have broken off
MOST = 200_000  # values in a file: a few seconds' work at worst
LONGEST_NUMBER = 400  # digits, and the largest exponent: an exact 1e999999999 would fill the memory

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # only its events are used: no object is ever constructed
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

_CONSTANTS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_MAYBE_NUMBER = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE]([-+]?[0-9]+))?")

Plain = Any
"""None, bool, int, Fraction, float, str, or a list or dict (keys are strings) of such."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value that holds no others: what it means, the characters that stand for it, and where it begins."""

    value: bool | int | Fraction | float | str | None
    text: str
    line: int
    column: int

    def plain(self) -> Plain:
        """The value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list and where it begins."""

    items: list[Node]
    line: int
    column: int

    def plain(self) -> list[Plain]:
        """The values as a list."""
        return [item.plain() for item in self.items]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Values by key; a key is always the text that was typed (`1`, `true`). `keys` says where each key stands."""

    values: dict[str, Node]
    keys: dict[str, tuple[int, int]]
    line: int
    column: int

    def plain(self) -> dict[str, Plain]:
        """The values as a dict."""
        return {key: value.plain() for key, value in self.values.items()}


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content: `root` is its outermost node, `source` its name in messages, `text` what was read."""

    root: Node
    source: str
    text: str

    def plain(self) -> Plain:
        """The content as ordinary dicts, lists and values."""
        return self.root.plain()

    def position(self, path: Iterable[str | int], *, key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of the value at `path`, such as `("parts", 0, "marks")`, or of its key.

        What of the path does not exist is passed over: a missing key is at the mapping that lacks it. This is what a
        validator's paths need, in which the names of alternatives stand between the keys.
        """
        node: Node = self.root
        at_key = (node.line, node.column)
        for step in path:
            if isinstance(node, Mapping) and str(step) in node.values:
                at_key = node.keys[str(step)]
                node = node.values[str(step)]
            elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
                node = node.items[step]
                at_key = (node.line, node.column)
        return at_key if key else (node.line, node.column)

    def error(self, path: Iterable[str | int], reason: Text, *, key: bool = False) -> YamlError:
        """An error at `path` (see `position`) that shows the line."""
        return YamlError(reason, self.source, *self.position(path, key=key), self.text)


def read_yaml(
    path_or_text: Path | str | bytes,
    *,
    source: str | None = None,
    limit: int = LARGEST,
    plain_strings: bool = False,
    numbers: Literal["exact", "float"] = "exact",
) -> Document:
    """Read a file (a `Path`) or a text (`str`, or `bytes` in UTF-8).

    Args:
        path_or_text: The file to open, or the text itself.
        source: The name of the file in messages; the path itself if not given.
        limit: The largest size, in bytes.
        plain_strings: Leave every value the string that was typed: `0.50`, `007`, `true`, "" for no value, and text that
            goes on below, indented, with its line ends.
        numbers: Whether `0.1` is `Fraction(1, 10)` or a float.

    Raises:
        YamlError: The content is not what is read here.
        FileError: The file cannot be opened, or is too large.
    """
    name = source if source is not None else str(path_or_text) if isinstance(path_or_text, Path) else "<text>"
    text = _text(path_or_text, name, limit)
    if forbidden := _FORBIDDEN.search(text):
        raise control_character(name, text, forbidden.start())
    return _Builder(text, name, plain_strings, numbers == "exact").document()


def _text(content: Path | str | bytes, source: str, limit: int) -> str:
    if isinstance(content, Path):
        content = read_bytes(content, limit)
    if len(content) > limit:
        raise too_large(Path(source), limit)
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise not_utf8(source, error) from error
    return content.removeprefix("\ufeff")


class _Builder:
    """Builds nodes from the parser's events; stops at the first thing that is refused."""

    def __init__(self, text: str, source: str, plain_strings: bool, exact: bool) -> None:
        self.text = text
        self.source = source
        self.plain_strings = plain_strings
        self.exact = exact
        self.seen = 0

    def document(self) -> Document:
        try:
            parser = _PARSER(self.text)
            self.next = parser.get_event
            self.next()
            event = self.next()
            if type(event) is yaml.StreamEndEvent:
                raise self.error(event, Text("there is nothing in it.", "内容是空的。"))
            root = self.node(self.next(), 0)
            self.next()
            event = self.next()
            if type(event) is not yaml.StreamEndEvent:
                raise self.error(
                    event,
                    Text(
                        "a second document begins here (---). Keep one in each file.",
                        "这里开始了第二个文档（---）。每个文件只能有一个文档。",
                    ),
                )
        except yaml.YAMLError as error:
            raise in_plain_words(error, self.source, self.text) from error
        return Document(root, self.source, self.text)

    def node(self, event: Any, depth: int) -> Node:
        kind = type(event)
        if kind is yaml.AliasEvent or event.anchor is not None:
            raise self.error(
                event,
                Text(
                    "anchors (&) and aliases (*) are not used here. Write the value out, or put the text in quotes.",
                    "这里不使用锚点（&）和别名（*）。请把值完整写出，或把文本放进引号。",
                ),
            )
        if event.tag is not None:
            raise self.error(
                event,
                Text(
                    "tags (!) are not used here. Leave it out, or put the text in quotes.",
                    "这里不使用标签（!）。请把它去掉，或把文本放进引号。",
                ),
            )
        self.seen += 1
        if self.seen > MOST:
            raise self.error(event, Text(f"there are more than {MOST} values in it.", f"其中的值超过 {MOST} 个。"))
        if kind is yaml.ScalarEvent:
            return self.scalar(event)
        if depth == DEEPEST:
            raise self.error(event, Text(f"this is nested more than {DEEPEST} deep.", f"嵌套超过了 {DEEPEST} 层。"))
        return self.mapping(event, depth + 1) if kind is yaml.MappingStartEvent else self.sequence(event, depth + 1)

    def scalar(self, event: Any) -> Scalar:
        text, mark = event.value, event.start_mark
        if self.plain_strings:
            text = self.typed(event)
        value = text
        if event.style == '"' and _FORBIDDEN.search(text):
            raise self.error(event, BACKSLASH)
        if event.implicit[0] and not self.plain_strings:
            if text in _CONSTANTS:
                value = _CONSTANTS[text]
            elif text[0] in _MAYBE_NUMBER:
                value = self.number(event, text)
        return Scalar(value, text, mark.line + 1, mark.column + 1)

    def typed(self, event: Any) -> str:
        """A scalar without two things that YAML does to what people type: `>5` is no text, and line ends are spaces.

        Programs break lines too, but only long ones.
        """
        text: str = event.value
        start, end = event.start_mark, event.end_mark
        if event.style in ("|", ">") and not text:
            header = self.text[start.index : end.index].split("\n")[0].strip()
            return header if header[1:].isdecimal() else text
        if event.implicit[0] and end.line > start.line:
            lines = [line.strip() for line in self.text[start.index : end.index].splitlines()]
            return text if min(map(len, lines[:-1]), default=FOLDED) >= FOLDED else "\n".join(lines)
        return text

    def number(self, event: Any, text: str) -> int | Fraction | float | str:
        if _INTEGER.fullmatch(text):
            self.check_size(event, len(text), "0")
            return int(text)
        if _BASED.fullmatch(text):
            self.check_size(event, len(text), "0")
            return int(text, 0)
        if decimal := _DECIMAL.fullmatch(text):
            self.check_size(event, len(text), decimal[1] or "0")
            return Fraction(text) if self.exact else float(text)
        return text

    def check_size(self, event: Any, length: int, exponent: str) -> None:
        if length > LONGEST_NUMBER or abs(int(exponent)) > LONGEST_NUMBER:
            raise self.error(
                event,
                Text(
                    f"this number is too large or too long (at most {LONGEST_NUMBER} digits). Put it in quotes if it is text.",
                    f"这个数太大或太长（最多 {LONGEST_NUMBER} 位）。如果它是文本，请放进引号。",
                ),
            )

    def sequence(self, start: Any, depth: int) -> Sequence:
        items = []
        while type(event := self.next()) is not yaml.SequenceEndEvent:
            items.append(self.node(event, depth))
        return Sequence(items, start.start_mark.line + 1, start.start_mark.column + 1)

    def mapping(self, start: Any, depth: int) -> Mapping:
        values: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        while type(event := self.next()) is not yaml.MappingEndEvent:
            key = self.key(event, depth)
            if key in keys:
                line = keys[key][0]
                raise self.error(
                    event,
                    Text(
                        f"the key '{key}' stands here for the second time; the first is in line {line}. Keep one of them.",
                        f"键“{key}”在这里第二次出现，第一次在第 {line} 行。请只保留一个。",
                    ),
                )
            keys[key] = (event.start_mark.line + 1, event.start_mark.column + 1)
            values[key] = self.node(self.next(), depth)
        return Mapping(values, keys, start.start_mark.line + 1, start.start_mark.column + 1)

    def key(self, event: Any, depth: int) -> str:
        node = self.node(event, depth)
        if not isinstance(node, Scalar) or node.text == "":
            raise self.error(event, Text("a key must be a word or a number.", "键必须是一个词或一个数。"))
        return node.text

    def error(self, event: Any, reason: Text) -> YamlError:
        mark = event.start_mark
        return YamlError(reason, self.source, mark.line + 1, mark.column + 1, self.text)
