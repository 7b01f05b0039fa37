"""What is wrong with a YAML text, in words a teacher or a student can act on, with the line and a caret."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import yaml

from solvers.text import GradmarkError, Text

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what YAML counts as the end of a line
_SHOWN = 100  # characters of a line that are shown around the caret


class YamlError(GradmarkError):
    """A YAML text cannot be taken: `reason` is why and what to do; `source`, `line` and `column` (from 1) are where."""

    def __init__(self, reason: Text, source: str, line: int, column: int, text: str) -> None:
        place, snippet = f"{source}:{line}:{column}", _snippet(text, line, column)
        super().__init__(f"{place}: {reason.en}\n{snippet}", f"{place}：{reason.zh}\n{snippet}")
        self.reason = reason
        self.source = source
        self.line = line
        self.column = column


def _snippet(text: str, line: int, column: int) -> str:
    lines = _BREAK.split(text)
    shown = lines[line - 1] if line <= len(lines) else ""
    start = max(0, min(column - 1, len(shown)) - _SHOWN // 2)
    before, rest = shown[start : column - 1], shown[column - 1 : start + _SHOWN]
    return f"    {_printable(before + rest)}\n    {''.join(map(_blank, before))}^"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text)


def _blank(character: str) -> str:
    """White space as wide as the character, so that the caret stands below its place under Chinese text too."""
    if character == "\t":
        return character
    return "\u3000" if unicodedata.east_asian_width(character) in "WF" else " "


@dataclass(frozen=True)
class _Slip:
    """A parser's words for a mistake, ours, and whether the mistake is where the construct began (`at_start`)."""

    pattern: re.Pattern[str]
    reason: Text
    at_start: bool = False


def _slip(pattern: str, en: str, zh: str, *, at_start: bool = False) -> _Slip:
    return _Slip(re.compile(pattern, re.DOTALL), Text(en, zh), at_start)


BACKSLASH = Text(
    'between double quotes a backslash is special: \\f in "\\frac" is a control character. Use single quotes.',
    '双引号中的反斜杠有特殊含义："\\frac" 中的 \\f 是一个控制字符。请改用单引号。',
)
_TAB = Text("YAML does not take tabs as indentation. Use spaces.", "YAML 不能用制表符缩进，请改用空格。")
_AFTER = Text(
    "nothing can follow a closing quotation mark, bracket or brace. Put the whole text in quotes.",
    "右引号、右方括号或右花括号之后不能再写内容。请把整段文本放进引号。",
)
_MISFIT = re.compile(r"(block mapping|block collection|expected <block end>|expected key|'-' indicator)")

# Both parsers' words: libyaml's and that of PyYAML in Python. The first that fits counts.
_SLIPS = (
    _slip(
        r"quoted scalar.*(end of stream|document indicator)",
        "the quotation mark that opens here is never closed. Add the closing one.",
        "这里的引号没有闭合，请补上右引号。",
        at_start=True,
    ),
    _slip(
        r"quoted scalar.*(escape|hexdecimal|hexadecimal)",
        "between double quotes a backslash is special. Use single quotes, as in '\\frac{1}{2}'.",
        "双引号中的反斜杠有特殊含义，请改用单引号，例如 '\\frac{1}{2}'。",
    ),
    _slip(
        r"flow sequence.*(expected ',' or '\]'|but got)",
        "the list that opens with [ here is not closed, or a comma is missing in it.",
        "这里以 [ 开始的列表没有闭合，或其中缺少逗号。",
        at_start=True,
    ),
    _slip(
        r"flow mapping.*(expected ',' or '\}'|but got)",
        "the braces that open with { here are not closed, or a comma is missing in them.",
        "这里以 { 开始的花括号没有闭合，或其中缺少逗号。",
        at_start=True,
    ),
    _slip(
        r"(flow node|node content)",
        "a value is missing: a bracket or brace stays open, or there are two commas in a row.",
        "缺少一个值：方括号或花括号没有闭合，或连续出现了两个逗号。",
    ),
    _slip(
        r"mapping values are not allowed",
        "there is a second ': ' where only text can stand. Put the whole text in quotes, or correct the indentation.",
        "此处多了一个“: ”，只能写文本。请把整段文本放进引号，或更正缩进。",
    ),
    _slip(
        r"could not find expected ':'",
        "a line has no ': ' after its key. Write 'key: value', and indent text that goes over several lines.",
        "有一行的键后面没有“: ”。请写成“键: 值”，跨行的文本要缩进。",
        at_start=True,
    ),
    _slip(
        r"(block )?sequence entries are not allowed",
        "'- ' cannot stand here. Put the text in quotes, or begin the list on a line of its own.",
        "这里不能出现“- ”。请把文本放进引号，或让列表另起一行。",
    ),
    _slip(
        r"cannot start any token",
        "text cannot begin with this character. Put the text in quotes.",
        "文本不能以这个字符开头，请把文本放进引号。",
    ),
    _slip(
        r"expected alphabetic or numeric character",
        "text that begins with * or & must be put in quotes.",
        "以 * 或 & 开头的文本必须放进引号。",
        at_start=True,
    ),
    _slip(
        r"(block scalar|comment or (a )?line break)",
        "text that begins with | or > must be put in quotes, or begin on the next line, indented.",
        "以 | 或 > 开头的文本必须放进引号，或者另起一行并缩进。",
        at_start=True,
    ),
    _slip(
        r"(tag|URI)",
        "text that begins with ! must be put in quotes.",
        "以 ! 开头的文本必须放进引号。",
        at_start=True,
    ),
    _Slip(
        _MISFIT,
        Text(
            "this line does not fit what is above it. Check its indentation and any quotation mark in the lines before.",
            "这一行与上文不吻合。请检查它的缩进，以及前面各行的引号。",
        ),
    ),
    _slip(
        r"expected (<|'<)?document start",
        "this line stands after the end of the document. Check its indentation and the lines before.",
        "这一行位于文档结束之后。请检查它的缩进和前面的各行。",
    ),
)


def in_plain_words(error: yaml.YAMLError, source: str, text: str) -> YamlError:
    """A parser's error as a located one in our words."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return YamlError(Text("this is not YAML.", "这不是 YAML。"), source, 1, 1, text)
    words = f"{error.context or ''} {error.problem or ''}"
    slip = next((slip for slip in _SLIPS if slip.pattern.search(words)), None)
    mark = error.context_mark if slip and slip.at_start and error.context_mark else error.problem_mark
    lines = _BREAK.split(text)
    line = min(mark.line, len(lines) - 1)  # libyaml puts the end of a text on a line after the last
    column = mark.column if line == mark.line else len(lines[line])
    before = lines[line][:column]
    if text[mark.index : mark.index + 1] == "\t" or "tab character" in words:
        reason = _TAB
    elif _MISFIT.search(words) and before.rstrip().endswith(("'", '"', "]", "}")):
        reason = _AFTER
    elif slip:
        reason = slip.reason
    else:
        reason = Text(f"this is not YAML ({words.strip()}).", f"这不是 YAML（{words.strip()}）。")
    return YamlError(reason, source, line + 1, column + 1, text)


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at `offset`."""
    lines = _BREAK.split(text[:offset])
    return len(lines), len(lines[-1]) + 1


def control_character(source: str, text: str, offset: int) -> YamlError:
    """The error for a character that no text file should have."""
    code = f"U+{ord(text[offset]):04X}"
    reason = Text(
        f"there is an invisible control character ({code}). Delete it.", f"有不可见的控制字符（{code}），请把它删除。"
    )
    return YamlError(reason, source, *place(text, offset), text)


def not_utf8(source: str, error: UnicodeDecodeError) -> YamlError:
    """The error for bytes that are not UTF-8."""
    data = bytes(error.object)
    byte = f"0x{data[error.start]:02X}"
    before = data[: error.start].decode("utf-8", "replace")
    reason = Text(
        f"this file is not UTF-8: byte {byte}. Save it again as UTF-8.",
        f"该文件不是 UTF-8 编码：字节 {byte}。请以 UTF-8 编码重新保存。",
    )
    return YamlError(reason, source, *place(before, len(before)), data.decode("utf-8", "replace"))
