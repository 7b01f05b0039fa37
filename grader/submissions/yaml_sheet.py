"""YAML answer sheets: as YAML where they are, as typed where a student has broken it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import dedent

from grader.submissions.labels import field_name, joined, known_label
from grader.submissions.sheet import CORRECT, Branch, Sheet, Tree, text_of
from grader.submissions.submission import Limits, Problem, Submission
from solvers.text import Text
from solvers.yaml_reader import Mapping, Node, Scalar, Sequence, read_yaml
from solvers.yaml_words import YamlError

_COMMENT = re.compile(r"(?:^|\s)#.*\Z")
_MOST_TYPED = 5_000, 200_000  # lines and characters of a sheet that a person may have typed
_LETTER = re.compile("[a-z]", re.IGNORECASE)
_BLOCK = re.compile(r"[|>][-+]?\Z")
_KEY = re.compile(
    r"""(?:- )?(?P<quote>["']?)(?P<key>[^\s"':：#][^"':：#]{0,40}?)(?P=quote)\s{0,9}[:：](?P<rest>.*)\Z"""
)


def read_sheets(text: str, source: str, limits: Limits) -> Iterator[Submission | Problem]:
    """The sheet, or list of sheets, in a YAML text."""
    try:
        root = read_yaml(text, source=source, limit=len(text), plain_strings=True).root
    except YamlError as error:
        yield from _as_typed(text, source, limits, error)
        return
    roots = root.items if isinstance(root, Sequence) else [root]
    for number, node in enumerate(roots, 1):
        tree = _tree(node)
        if not isinstance(tree, Branch) or _loose(tree):
            reason = Text("the answers are not lines of the form '1a: answer'", "作答不是“1a: 答案”的形式")
            yield from _as_typed(text, source, limits, YamlError(reason, source, node.line, node.column, text))
            return
        sheet = Sheet(f"{source}#{number}" if isinstance(root, Sequence) else source, source, limits=limits)
        sheet.fill(tree)
        yield from sheet.finish()


def _loose(tree: Branch) -> bool:
    """Whether the answers are one piece of text, as they are to YAML after `1a:55` or `1a：55`."""
    return any(
        field_name(key) == "answers" and isinstance(value, str) and value.strip() for key, value, _ in tree.pairs
    )


def _tree(node: Node) -> Tree:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [_tree(item) for item in node.items]
    if _is_set(node):
        return f"{{{', '.join(node.values)}}}"
    return Branch([(key, _tree(value), node.keys[key][0]) for key, value in node.values.items()])


def _is_set(mapping: Mapping) -> bool:
    """Whether it was typed as `{1, 2}`: then each missing value is where its key ends, before any colon."""
    return all(
        isinstance(value, Scalar)
        and value.text == ""
        and (value.line, value.column) == (mapping.keys[key][0], mapping.keys[key][1] + len(key))
        for key, value in mapping.values.items()
    )


def _as_typed(text: str, source: str, limits: Limits, error: YamlError) -> Iterator[Submission | Problem]:
    """A sheet that is not YAML, line by line: what follows each label is its answer."""
    sheet = Sheet(source, source, limits=limits)
    if text.count("\n") <= _MOST_TYPED[0] and len(text) <= _MOST_TYPED[1]:
        _Lines(text, sheet).read()
    reason = Text(error.reason.en.rstrip("."), error.reason.zh.rstrip("。"))
    if not sheet.fields and not sheet.answers:
        yield Problem(
            source, error.line, "yaml", Text(f"This is not YAML: {reason.en}.", f"这不是 YAML：{reason.zh}。"), CORRECT
        )
        return
    yield Problem(
        source,
        error.line,
        "repaired",
        Text(
            f"The sheet is not quite YAML: {reason.en}. Its lines were taken as they were typed.",
            f"答题卡不完全符合 YAML：{reason.zh}。已按每行所填的内容读取。",
        ),
        Text("Check that the answers were understood.", "请核对作答是否读取正确。"),
    )
    yield from sheet.finish()


class _Lines:
    """Reads `label: answer` lines, answers continuing on lines that are indented further."""

    def __init__(self, text: str, sheet: Sheet) -> None:
        self.sheet = sheet
        self.lines = text.replace("\r\n", "\n").split("\n")
        self.at = 0
        self.outer = ""

    def read(self) -> None:
        while self.at < len(self.lines):
            line, number = self.lines[self.at], self.at + 1
            self.at += 1
            typed = line.strip()
            if not typed or typed.startswith(("#", "---", "...")):
                continue
            found = _KEY.match(typed)
            if found is None or not self.entry(found, _indent(line), number):
                self.sheet.unread(typed, number)

    def entry(self, found: re.Match[str], indent: int, number: int) -> bool:
        """Take one key and what follows it; False if this is no key of a sheet."""
        key, rest = found["key"].strip(), found["rest"]
        name, label = field_name(key), known_label(key)
        if name is None and label is None:
            if not self.outer or not _LETTER.fullmatch(key):
                return False
            label = joined(self.outer, key)
        if name == "answers":
            return not _uncommented(rest)
        if label and not _uncommented(rest) and self.next_is_letter(indent):
            self.outer = label
            return True
        answer = self.value(rest, indent)
        if label:
            self.sheet.add_answer(label, answer, number)
        elif name in ("student", "exam", "paper"):
            self.sheet.set_field(name, answer, number)
        return True

    def next_is_letter(self, indent: int) -> bool:
        """Whether the next line is `a: …`, further in."""
        at = self.at
        while at < len(self.lines) and not self.lines[at].strip():
            at += 1
        following = self.lines[at] if at < len(self.lines) else ""
        found = _KEY.match(following.strip())
        return bool(found and _indent(following) > indent and _LETTER.fullmatch(found["key"].strip()))

    def value(self, rest: str, indent: int) -> str:
        """The text after a colon, and the lines below that are indented further."""
        first = _uncommented(rest)
        is_block = _BLOCK.match(first) is not None
        below = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and (_indent(line) <= indent or (not is_block and _label(line))):
                break
            below.append(line)
            self.at += 1
        block = dedent("\n".join(below)).strip("\n")
        if is_block:
            return block
        return "\n".join(part for part in (_unquoted(first), block) if part)


def _label(line: str) -> str | None:
    found = _KEY.match(line.strip())
    return known_label(found["key"]) if found else None


def _indent(line: str) -> int:
    wide = line.expandtabs()
    return len(wide) - len(wide.lstrip())


def _uncommented(rest: str) -> str:
    return _COMMENT.sub("", rest).strip()


def _unquoted(text: str) -> str:
    """One line's value: what YAML takes it for if it is quoted or a list, or as it stands if that fails."""
    if text[:1] in ("'", '"', "[", "{"):
        try:
            return text_of(_tree(read_yaml(text, plain_strings=True).root))
        except YamlError:
            pass
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
