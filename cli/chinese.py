"""Chinese on the command line: click's own messages, and help pages whose lines fit characters two columns wide.

Loaded only when Chinese is spoken. click looks its messages up through a module-level `_`, which expects compiled
catalogues in a system folder; here the same name looks into the table below.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from gettext import gettext, ngettext

import click

from cli.language import language

MESSAGES = {
    "Options": "选项",
    "Commands": "命令",
    "env var: {var}": "环境变量：{var}",
    "default: {default}": "默认：{default}",
    "required": "必填",
    "Error: {message}": "错误：{message}",
    "Try '{command} {option}' for help.": "请用“{command} {option}”查看说明。",
    "Missing command.": "缺少命令。",
    "No such command {name!r}.": "没有名为 {name!r} 的命令。",
    "No such option {name!r}.": "没有名为 {name!r} 的选项。",
    "Did you mean {possibility}?": "您是否想用 {possibility}？",
    "(Did you mean one of: {possibilities}?)": "（您是否想用下列之一：{possibilities}？）",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Invalid value: {message}": "取值无效：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的取值无效：{message}",
    "Choose from:\n\t{choices}": "可选：\n\t{choices}",
    "{value!r} is not one of {choices}.": "{value!r} 不在可选范围内：{choices}。",
    "{value!r} is not a valid {number_type}.": "{value!r} 不是有效的数（{number_type}）。",
    "{value} is not in the range {range}.": "{value} 超出范围 {range}。",
    "file": "文件",
    "directory": "文件夹",
    "path": "路径",
    "{name} {filename!r} does not exist.": "{name} {filename!r} 不存在。",
    "{name} {filename!r} is a file.": "{name} {filename!r} 是文件，而不是文件夹。",
    "{name} {filename!r} is a directory.": "{name} {filename!r} 是文件夹，而不是文件。",
    "{name} {filename!r} is not readable.": "{name} {filename!r} 无法读取。",
    "{name} {filename!r} is not writable.": "{name} {filename!r} 无法写入。",
    "Could not open file {filename!r}: {message}": "无法打开文件 {filename!r}：{message}",
    "Got unexpected extra argument ({args})": "多余的参数（{args}）",
    "Got unexpected extra arguments ({args})": "多余的参数（{args}）",
    "Option {name!r} does not take a value.": "选项 {name!r} 不带取值。",
    "Option {name!r} requires an argument.": "选项 {name!r} 缺少取值。",
    "Argument {name!r} takes {nargs} values.": "参数 {name!r} 需要 {nargs} 个值。",
    "Error: invalid input": "错误：输入无效",
}
"""What click says, and how it is said in Chinese."""

_NO_BREAK_BEFORE = "。，、；：？！）》」』”’…%)]},.;:?!"
_CHINESE = r"[\u2e80-\u9fff\uff00-\uffef]"
_SOURCE_BREAK = re.compile(rf"(?<={_CHINESE})[ ]*\n\s*(?={_CHINESE})")  # ends a line of our source, not of a sentence
_TOKEN = re.compile(r"\s+|[!-~]+|.", re.DOTALL)


def _translated(message: str) -> str:
    return MESSAGES.get(message, message) if language() == "zh" else gettext(message)


def _translated_plural(one: str, many: str, count: int) -> str:
    return _translated(one if count == 1 else many) if language() == "zh" else ngettext(one, many, count)


def teach_click() -> None:
    """Make click look its messages up in the table."""
    for module in (click.core, click.exceptions, click.formatting, click.parser, click.termui, click.types):
        vars(module).update(_=_translated)
        if hasattr(module, "ngettext"):
            vars(module).update(ngettext=_translated_plural)


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def wrap(text: str, width: int) -> list[str]:
    """The text as lines of at most `width` columns, broken at spaces and between Chinese characters."""
    lines = [""]
    for token in _tokens(" ".join(_SOURCE_BREAK.sub("", text).split())):
        if lines[-1] and columns((lines[-1] + token).rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(token.lstrip())
        else:
            lines[-1] += token
    return lines


def _tokens(text: str) -> Iterator[str]:
    """The pieces of a text that stay on one line; closing punctuation stays with what it closes."""
    piece = ""
    for token in _TOKEN.findall(text):
        if piece and token not in _NO_BREAK_BEFORE:
            yield piece
            piece = ""
        piece += token
    yield piece


class Formatter(click.HelpFormatter):
    """Lays a help page out by columns instead of characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is called."""
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write a heading with a full-width colon."""
        self.write(f"{'':{self.current_indent}}{heading}：\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs, those that begin with a backspace line by line as they stand."""
        paragraphs = []
        for paragraph in text.split("\n\n"):
            first, _, rest = paragraph.partition("\n")
            lines = rest.splitlines() if first.strip() == "\b" else wrap(paragraph, self.width - self.current_indent)
            paragraphs.append("".join(f"{'':{self.current_indent}}{line}\n" for line in lines))
        self.write("\n".join(paragraphs))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms and what they mean in two columns."""
        rows = list(rows)
        left = min(max(columns(term) for term, _ in rows), col_max) + col_spacing
        for term, meaning in rows:
            self.write(f"{'':{self.current_indent}}{term}")
            lines = wrap(meaning, max(self.width - left - self.current_indent, 10))
            if columns(term) > left - col_spacing:
                lines.insert(0, "")
            else:
                self.write(" " * (left - columns(term)))
            self.write(f"{lines[0]}\n")
            self.write("".join(f"{'':{left + self.current_indent}}{line}\n" for line in lines[1:]))
