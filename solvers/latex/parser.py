"""Reading LaTeX: from the text of one formula to its tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from solvers.latex.lexer import LatexError, closes, is_fence, lexemes, offset
from solvers.latex.symbols import (
    ACCENTS,
    CLOSERS,
    DELIMITERS,
    LEAVES,
    OPENERS,
    PRODUCT_DOT,
    SIGNS,
    STYLES,
    TABLES,
)
from solvers.latex.tree import (
    WITHOUT_AN_OPERAND,
    Accent,
    Fenced,
    Fraction,
    Letter,
    Name,
    Node,
    Number,
    Root,
    Row,
    Scripts,
    Symbol,
    Table,
    Words,
    as_operand,
    digits_meet,
    paired_bars,
    styled,
)

MAX_LENGTH = 20_000
MAX_DEPTH = 30

_BEFORE_A_SIGN = frozenset(["sum", "product", "slash", "relation", "comma", "open", "sign", "name", "operator"])
_PRIME = LEAVES["\\prime"]
_EMPTY = Row(())


class Parser:
    """Recursive descent over the lexemes of one formula."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.lexemes = lexemes(latex)
        self.at = 0
        self.depth = 0
        self.tall = False

    def formula(self) -> Node:
        """The whole formula."""
        node = self.row()
        lexeme = self.lexemes[self.at]
        if lexeme:
            raise self.error(
                {
                    "}": ("this `}` closes nothing", "这个 `}` 没有对应的 `{`"),
                    "&": (
                        "`&` belongs in a matrix or in cases (the character is `\\&`)",
                        "`&` 只用于矩阵或分段（字符本身写作 `\\&`）",
                    ),
                    "\\\\": ("a new line belongs in a matrix or in cases", "换行 `\\\\` 只用于矩阵或分段"),
                }.get(lexeme, (f"`{lexeme}` has no beginning", f"`{lexeme}` 没有对应的开头"))
            )
        return node

    def error(self, words: tuple[str, str], at: int | None = None) -> LatexError:
        """An error at the lexeme `at`, or at the present one."""
        return LatexError(self.latex, offset(self.latex, self.at if at is None else at), *words)

    def enter(self) -> None:
        """One level deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error((f"nested more than {MAX_DEPTH} deep", f"嵌套超过 {MAX_DEPTH} 层"))

    def row(self, until_closer: bool = False) -> Node:
        """Everything up to a closing brace, cell, line or environment (or closing bracket), which stays unread."""
        self.enter()
        lexemes, items, bars = self.lexemes, list[Node](), 0
        while True:
            lexeme = lexemes[self.at]
            node = LEAVES.get(lexeme)
            if node is None:
                if closes(lexeme):
                    break
                node = self.item(lexeme)
            elif until_closer and lexeme in CLOSERS:
                break
            else:
                self.at += 1
                if node.kind == "sum":
                    node = _as_sign(node, items, bars)
                elif node.kind == "operator":
                    self.tall = True
            following = lexemes[self.at]
            if following and following[0] in "_^'":
                node = self.scripts(node)
            kind = node.kind
            if kind == "row":
                items.extend(node.items if isinstance(node, Row) else [node])
                continue
            if kind == "bar":
                bars += 1
            elif items and kind in ("number", "fraction") and digits_meet(items[-1], node):
                items.append(PRODUCT_DOT)
            items.append(node)
        self.depth -= 1
        if bars:
            items = paired_bars(items)
        return items[0] if len(items) == 1 else Row(tuple(items))

    def item(self, lexeme: str) -> Node:
        """The node that a lexeme which is not a leaf begins."""
        first = lexeme[0]
        if first.isdecimal() or (first == "." and len(lexeme) > 1):
            self.at += 1
            return _number(lexeme)
        if first == "{":
            return self.group()
        if lexeme in OPENERS:
            return self.bracketed(OPENERS[lexeme])
        if first == "\\":
            self.enter()
            node = self.command(lexeme)
            self.depth -= 1
            return node
        if first in "_^'":
            raise self.error(
                (f"`{first}` needs something before it", f"`{first}` 前面缺少内容"),
            )
        if first in "%#$&":
            raise self.error((f"write `\\{first}` for this character", f"该字符写作 `\\{first}`"))
        raise self.error(
            (
                f"`{first}` is not understood (words go into `\\text{{…}}`)",
                f"无法识别 `{first}`（文字请放入 `\\text{{…}}`）",
            )
        )

    def group(self) -> Node:
        """What stands between braces; a lone operator in them is an ordinary symbol, as in `1{,}5`."""
        opened = self.at
        self.at += 1
        node = self.row()
        if self.lexemes[self.at] != "}":
            raise self.error(("this `{` is never closed", "这个 `{` 没有闭合"), opened)
        self.at += 1
        return as_operand(node)

    def argument(self) -> Node:
        """A group, or the one lexeme that LaTeX takes where there are no braces."""
        lexeme = self.lexemes[self.at]
        if lexeme == "{":
            leaf = LEAVES.get(self.lexemes[self.at + 1])
            if leaf is None or self.lexemes[self.at + 2] != "}":
                return self.group()
            self.at += 3
            return as_operand(leaf)
        if closes(lexeme) or lexeme in ("^", "_"):
            raise self.error(("something is missing here", "此处缺少内容"))
        following = self.lexemes[self.at + 1]
        runs_on = lexeme[0].isdecimal() and len(lexeme) > 1
        if runs_on or lexeme in OPENERS or (lexeme in SIGNS and following[:1].isalnum()):
            raise self.error(
                (
                    f"put braces around what belongs together: `{{{lexeme[:30]}…}}`",
                    f"请用花括号括起整体：`{{{lexeme[:30]}…}}`",
                )
            )
        leaf = LEAVES.get(lexeme)
        if leaf is None:
            return self.item(lexeme)
        self.at += 1
        return as_operand(leaf)

    def scripts(self, base: Node) -> Node:
        """`base` with the subscripts, superscripts and primes that follow it."""
        if base.kind in WITHOUT_AN_OPERAND and base.kind != "bar":
            raise self.error(("this needs something before it", "前面缺少内容"))
        if type(base) is Row and not base.items and self.lexemes[self.at - 1] != "}":
            raise self.error(("this needs something before it", "前面缺少内容"))
        sub: Node | None = None
        sup: Node | None = None
        primes = 0
        while True:
            lexeme = self.lexemes[self.at]
            if lexeme == "_" and sub is None:
                self.at += 1
                sub = self.argument()
            elif lexeme == "^" and sup is None:
                self.at += 1
                sup = self.argument()
            elif lexeme[:1] == "'" and sup is None and not primes:
                self.at += 1
                primes = len(lexeme)
            elif lexeme[:1] in ("_", "^", "'") and lexeme:
                raise self.error(
                    ("a second script; put braces around the first", "重复的上标或下标；请用花括号括起前一个")
                )
            else:
                break
        if sup == _PRIME:
            sup, primes = None, primes + 1
        if type(base) is Scripts and base.sup is None and sub is None and not base.stacked:  # {x_1}^2 is x_1^2
            return replace(base, sup=sup, primes=base.primes + primes)
        return Scripts(base, sub, sup, primes)

    def bracketed(self, opened: Node) -> Node:
        """A bracket with everything up to its partner, or the bracket alone if it has none here."""
        self.at += 1
        body, tall = self.measured(until_closer=True)
        closed = LEAVES.get(self.lexemes[self.at])
        if isinstance(opened, Symbol) and isinstance(closed, Symbol) and closed.kind == "close":
            self.at += 1
            return Fenced(opened.text, body, closed.text, tall)
        return Row((opened, *(body.items if isinstance(body, Row) else (body,))))

    def command(self, lexeme: str) -> Node:
        """A command with its arguments."""
        start = self.at
        if lexeme[-1] == "}" and lexeme.startswith(("\\text", "\\mbox")):
            self.at += 1
            return Words(self.words(lexeme[lexeme.index("{") + 1 : -1], start))
        if lexeme.startswith("\\begin") and lexeme[-1] == "}":
            return self.table(lexeme)
        if lexeme.startswith("\\left") and is_fence(lexeme, 5):
            return self.fenced(lexeme)
        self.at += 1
        name = lexeme[1:]
        build = _COMMANDS.get(name)
        if build is not None:
            return build(self)
        if name in STYLES:
            return styled(self.argument(), STYLES[name])
        if name in ACCENTS:
            return Accent(name, self.argument())
        if name.startswith("text"):
            raise self.error(
                (f"`{lexeme}` takes words in braces, without braces in them", f"`{lexeme}` 后应为花括号中的文字"), start
            )
        raise self.error((f"the command `{lexeme[:30]}` is not understood", f"无法识别命令 `{lexeme[:30]}`"), start)

    def words(self, text: str, at: int) -> str:
        """The content of a text command without its escapes."""
        if re.search(r"\\[^%_{}$&# ]", text):
            raise self.error(("only words go into a text command", "文字命令中只能放文字"), at)
        return re.sub(r"\\(.)", r"\1", text)

    def fraction(self, bar: bool = True) -> Node:
        r"""`\frac`, or without a bar `\binom`."""
        self.tall = True
        return Fraction(self.argument(), self.argument(), bar)

    def root(self) -> Node:
        r"""`\sqrt`, with or without a degree."""
        index = None
        if self.lexemes[self.at] == "[":
            opened = self.at
            self.at += 1
            index = self.row(until_closer=True)
            if self.lexemes[self.at] != "]":
                raise self.error(("this `[` is never closed", "这个 `[` 没有闭合"), opened)
            self.at += 1
        return Root(self.argument(), index)

    def operator_name(self, limits: bool = False) -> Node:
        r"""`\operatorname`: letters, digits, hyphens and spaces."""
        start = self.at - 1
        node = self.argument()
        parts = node.items if isinstance(node, Row) else (node,)
        text = ""
        for part in parts:
            if isinstance(part, (Letter, Number, Name, Words)) or (isinstance(part, Symbol) and part.text in "-_"):
                text += part.text
            elif part.kind == "space":
                text += " "
            else:
                raise self.error(("a name is made of letters", "函数名只能由字母组成"), start)
        return Name(text, limits)

    def over(self, above: bool) -> Node:
        r"""`\overset` and `\underset`."""
        script, base = self.argument(), self.argument()
        return Scripts(base, None if above else script, script if above else None, stacked=True)

    def fenced(self, lexeme: str) -> Node:
        r"""`\left … \right`."""
        opened = self.at
        left = self.delimiter(lexeme[5:].strip(), opened)
        self.at += 1
        body, tall = self.measured()
        closing = self.lexemes[self.at]
        if not closing.startswith("\\right"):
            raise self.error(("this `\\left` has no `\\right`", "这个 `\\left` 没有对应的 `\\right`"), opened)
        right = self.delimiter(closing[6:].strip(), self.at)
        self.at += 1
        return Fenced(left, body, right, tall)

    def measured(self, until_closer: bool = False) -> tuple[Node, bool]:
        """A row, and whether it is so tall that brackets around it should grow."""
        outside, self.tall = self.tall, False
        body = self.row(until_closer)
        tall, self.tall = self.tall, self.tall or outside
        return body, tall

    def delimiter(self, text: str, at: int) -> str:
        r"""The bracket that follows `\left` or `\right`, empty for a dot."""
        if text not in DELIMITERS:
            raise self.error((f"`{text}` is no bracket", f"`{text}` 不是括号"), at)
        return DELIMITERS[text]

    def table(self, lexeme: str) -> Node:
        r"""`\begin{…} … \end{…}`."""
        opened, name = self.at, lexeme[lexeme.index("{") + 1 : -1]
        if name not in TABLES:
            raise self.error((f"the environment `{name[:30]}` is not understood", f"无法识别环境 `{name[:30]}`"))
        self.at += 1
        self.tall = True
        if name == "array":
            self.argument()
        lines: list[tuple[Node, ...]] = []
        cells: list[Node] = []
        while True:
            cells.append(self.row())
            lexeme = self.lexemes[self.at]
            if lexeme == "&":
                self.at += 1
            elif lexeme == "\\\\":
                self.at += 1
                lines.append(tuple(cells))
                cells = []
            elif lexeme.startswith("\\end") and lexeme[lexeme.index("{") + 1 : -1] == name:
                self.at += 1
                break
            else:
                raise self.error(
                    (
                        f"`\\begin{{{name}}}` has no `\\end{{{name}}}`",
                        f"`\\begin{{{name}}}` 没有对应的 `\\end{{{name}}}`",
                    ),
                    opened,
                )
        if cells != [_EMPTY] or not lines:
            lines.append(tuple(cells))
        layout, left, right = TABLES[name]
        if layout == "matrix" and len(set(map(len, lines))) > 1:
            raise self.error(("the rows of this matrix differ in length", "矩阵各行的长度不同"), opened)
        return Table(layout, tuple(lines), left, right)


_COMMANDS: dict[str, Callable[[Parser], Node]] = {
    "frac": Parser.fraction,
    "dfrac": Parser.fraction,
    "tfrac": Parser.fraction,
    "cfrac": Parser.fraction,
    "binom": lambda parser: parser.fraction(bar=False),
    "sqrt": Parser.root,
    "operatorname": Parser.operator_name,
    "operatorname*": lambda parser: parser.operator_name(limits=True),
    "overset": lambda parser: parser.over(above=True),
    "underset": lambda parser: parser.over(above=False),
}


@lru_cache(maxsize=1024)
def _number(lexeme: str) -> Number:
    return Number(lexeme.replace("{,}", ",").replace("\\,", "\u2009"))


def _as_sign(node: Node, items: list[Node], bars: int) -> Node:
    """A plus or minus as the sign of the term after it, if nothing before it could be added to."""
    before = next((item for item in reversed(items) if item.kind != "space"), None)
    if (
        before is None
        or before.kind in _BEFORE_A_SIGN
        or (type(before) is Symbol and before.kind == "bar" and bars % 2)
    ):
        return SIGNS.get(node.text, node) if isinstance(node, Symbol) else node
    return node
