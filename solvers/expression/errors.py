# ruff: noqa: N818 - each class is named after the mistake, and all are ExpressionErrors
"""What can be wrong with an expression: one class per mistake, its facts in fields, its words in both languages."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

from solvers.text import GradmarkError, Text


@dataclass(eq=False)
class ExpressionError(GradmarkError):
    """An expression that can't be read or has no value; `offset` counts characters of the text as it was typed."""

    offset: int
    code: ClassVar[str] = "expression"

    def __post_init__(self) -> None:
        words = self._words()
        super().__init__(words.en, words.zh)

    def __reduce__(self) -> tuple[type[ExpressionError], tuple[object, ...]]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

    @abstractmethod
    def _words(self) -> Text:
        """The mistake in a sentence."""


@dataclass(eq=False)
class UnexpectedCharacter(ExpressionError):
    """A character, word or command that no expression holds at this place."""

    found: str
    code: ClassVar[str] = "unexpected-character"

    def _words(self) -> Text:
        shown = shorten(self.found)
        if not self.found.isprintable():
            return Text(f"The invisible character {shown} cannot stand here.", f"此处不能出现不可见字符 {shown}。")
        instead = _INSTEAD.get(self.found)
        if instead is not None:
            return Text(f"“{shown}” cannot stand here; {instead.en}.", f"此处不能出现“{shown}”；{instead.zh}。")
        return Text(f"“{shown}” cannot stand here.", f"此处不能出现“{shown}”。")


_DIVIDE = Text("for a quotient, use “/”", "除法请用“/”")
_INSTEAD = {
    ":": _DIVIDE,
    "：": _DIVIDE,
    "±": Text("give the number alone, without a margin", "请只写数值，不写误差范围"),
    "!": Text("it stands once, after a number or name, as in n!", "应紧跟在数或名称之后，且只写一个，例如 n!"),
    "！": Text("it stands once, after a number or name, as in n!", "应紧跟在数或名称之后，且只写一个，例如 n!"),
    "∫": Text("write its value", "请写出积分的值"),
}
"""What to write in place of signs that students use, and that have no meaning in a response."""


@dataclass(eq=False)
class MissingOperand(ExpressionError):
    """Nothing where a number, a name or a bracket has to be; `after` is what stands before the gap, `before` what stands after it."""

    after: str
    before: str = ""
    code: ClassVar[str] = "missing-operand"

    def _words(self) -> Text:
        if not self.after and self.before:
            shown = shorten(self.before)
            return Text(f"Something is missing before “{shown}”.", f"“{shown}”前面缺少内容。")
        if not self.after:
            return Text("Something is missing here.", "此处缺少内容。")
        shown = shorten(self.after)
        return Text(f"Something is missing after “{shown}”.", f"“{shown}”后面缺少内容。")


@dataclass(eq=False)
class MissingOperator(ExpressionError):
    """Two operands side by side whose product is not a usual way of writing: `3 4`, `x 2`."""

    before: str
    found: str
    code: ClassVar[str] = "missing-operator"

    def _words(self) -> Text:
        before, found = shorten(self.before), shorten(self.found)
        if found.startswith(".") and "." in before:
            return Text("A number has only one decimal point.", "一个数只能有一个小数点。")
        return Text(
            f"An operator or a comma is missing between “{before}” and “{found}”.",
            f"“{before}”与“{found}”之间缺少运算符或逗号。",
        )


@dataclass(eq=False)
class UnclosedBracket(ExpressionError):
    """A bracket without its partner; `opened_at` is where it was opened, `offset` where its partner was missed.

    `found` is the bracket of another kind that stands in its place, if one does.
    """

    bracket: str
    opened_at: int
    found: str = ""
    code: ClassVar[str] = "unclosed-bracket"

    def _words(self) -> Text:
        return self.opened(Text(f"character {self.opened_at + 1}", f"第 {self.opened_at + 1} 个字符"))

    def opened(self, at: Text) -> Text:
        """The mistake, with the place of the opening bracket in other words."""
        if self.found:
            return Text(
                f"The bracket “{self.bracket}” opened at {at.en} cannot be closed by “{self.found}”.",
                f"{at.zh}处的左括号“{self.bracket}”不能用“{self.found}”闭合。",
            )
        return Text(
            f"The bracket “{self.bracket}” opened at {at.en} is never closed.",
            f"{at.zh}处的左括号“{self.bracket}”没有闭合。",
        )


@dataclass(eq=False)
class UnopenedBracket(ExpressionError):
    """A closing bracket that closes nothing."""

    bracket: str
    code: ClassVar[str] = "unopened-bracket"

    def _words(self) -> Text:
        return Text(
            f"This “{self.bracket}” has no opening bracket.",
            f"这个右括号“{self.bracket}”没有对应的左括号。",
        )


@dataclass(eq=False)
class UnknownName(ExpressionError):
    """A name that was not declared; `nearest` is the declared one it resembles, if any."""

    name: str
    known: tuple[str, ...]
    nearest: str | None
    code: ClassVar[str] = "unknown-name"

    def _words(self) -> Text:
        shown = shorten(self.name)
        if self.nearest is not None:
            return Text(
                f"“{shown}” is not a name here; did you mean “{self.nearest}”?",
                f"此处不能使用“{shown}”，是否想写“{self.nearest}”？",
            )
        if not self.known:
            if _IN_WORDS.fullmatch(self.name):
                return Text(f"“{shown}” is written in words; use figures.", f"“{shown}”请用阿拉伯数字书写。")
            return Text(f"“{shown}” is not a number.", f"“{shown}”不是数。")
        more = len(self.known) > _MOST_NAMES
        en, zh = (mark.join(self.known[:_MOST_NAMES]) + (f"{mark}…" if more else "") for mark in (", ", "、"))
        if len(self.known) == 1:
            return Text(f"“{shown}” is not a name here; the only one is {en}.", f"此处不能使用“{shown}”；只能用 {zh}。")
        return Text(f"“{shown}” is not a name here; the names are {en}.", f"此处不能使用“{shown}”；可用的符号有 {zh}。")


@dataclass(eq=False)
class UnknownFunction(ExpressionError):
    """A name used like a function, `name(…)`, that is neither a function nor declared."""

    name: str
    nearest: str | None
    code: ClassVar[str] = "unknown-function"

    def _words(self) -> Text:
        shown = shorten(self.name)
        if self.nearest is not None:
            return Text(
                f"“{shown}” is not a function here; did you mean “{self.nearest}”?",
                f"没有函数“{shown}”，是否想写“{self.nearest}”？",
            )
        if self.name in _BOUNDS:
            return Text(
                f"“{shown}(…)” is a bound, not a function: it stands once, around the whole cost.",
                f"“{shown}(…)”是界，不是函数：只在整个式子外写一次。",
            )
        return Text(f"“{shown}” is not a function here.", f"没有函数“{shown}”。")


_BOUNDS = frozenset(("O", "o", "Theta", "Θ", "\\Theta", "Omega", "Ω", "\\Omega"))


@dataclass(eq=False)
class MissingLimits(ExpressionError):
    r"""A sum or product without both of its limits: `\sum 1/n`, `\sum_{k} k`."""

    sign: str
    code: ClassVar[str] = "missing-limits"

    def _words(self) -> Text:
        return Text(
            f"“{self.sign}” needs its limits, as in {self.sign}_{{k=1}}^{{n}} k.",
            f"“{self.sign}”缺少上下限，应写成 {self.sign}_{{k=1}}^{{n}} k 的形式。",
        )


@dataclass(eq=False)
class MissingArgument(ExpressionError):
    """A function's name on its own: `tanh`, `n log`."""

    function: str
    code: ClassVar[str] = "missing-argument"

    def _words(self) -> Text:
        shown = shorten(self.function)
        return Text(
            f"“{shown}” is a function and needs an argument, as in {shown}(2).",
            f"“{shown}”是函数，需要写出自变量，例如 {shown}(2)。",
        )


@dataclass(eq=False)
class UnknownCommand(ExpressionError):
    r"""A LaTeX command that isn't read, `\alhpa`; `nearest` is the known one that it resembles, if any."""

    command: str
    nearest: str | None
    code: ClassVar[str] = "unknown-command"

    def _words(self) -> Text:
        shown = shorten(self.command)
        if self.nearest is not None:
            return Text(
                f"“{shown}” is not a command here; did you mean “{self.nearest}”?",
                f"没有命令“{shown}”，是否想写“{self.nearest}”？",
            )
        return Text(f"“{shown}” is not a command here.", f"没有命令“{shown}”。")


@dataclass(eq=False)
class WrongArguments(ExpressionError):
    """A function given too few or too many arguments."""

    function: str
    given: int
    code: ClassVar[str] = "wrong-arguments"

    def _words(self) -> Text:
        return Text(
            f"“{self.function}” does not take {self.given} argument{'' if self.given == 1 else 's'}.",
            f"函数“{self.function}”不能有 {self.given} 个参数。",
        )


@dataclass(eq=False)
class Elided(ExpressionError):
    """An ellipsis: numbers were left out."""

    code: ClassVar[str] = "ellipsis"

    def _words(self) -> Text:
        return Text(
            "Write numbers in place of the dots, and only one point in a decimal.",
            "小数点只能写一个，也不要用省略号代替具体的数。",
        )


@dataclass(eq=False)
class UnevenRows(ExpressionError):
    """Rows of different lengths; `row` counts from 1."""

    row: int
    first: int
    this: int
    code: ClassVar[str] = "uneven-rows"

    def _words(self) -> Text:
        return Text(
            f"{self.first} {'entry' if self.first == 1 else 'entries'} in row 1, {self.this} in row {self.row}.",
            f"第 1 行有 {self.first} 项，第 {self.row} 行有 {self.this} 项。",
        )


@dataclass(eq=False)
class ShapesDiffer(ExpressionError):
    """Two arrays whose shapes don't allow the operation between them."""

    operation: str
    left: tuple[int, ...]
    right: tuple[int, ...]
    code: ClassVar[str] = "shapes-differ"

    def _words(self) -> Text:
        left, right = (" × ".join(map(str, shape)) or "1" for shape in (self.left, self.right))
        return Text(
            f"“{self.operation}” cannot join arrays of shapes {left} and {right}.",
            f"“{self.operation}”不能用于形状为 {left} 和 {right} 的数组。",
        )


@dataclass(eq=False)
class WrongKind(ExpressionError):
    """An operation on something it is not made for, such as adding a truth value to a number."""

    operation: str
    code: ClassVar[str] = "wrong-kind"

    def _words(self) -> Text:
        return Text(
            f"“{self.operation}” cannot be worked out for what stands here.",
            f"此处的内容不能做“{self.operation}”运算。",
        )


@dataclass(eq=False)
class DividedByZero(ExpressionError):
    """A division by zero, or zero to a negative power."""

    code: ClassVar[str] = "divided-by-zero"

    def _words(self) -> Text:
        return Text("This divides by zero.", "此处除数为零。")


@dataclass(eq=False)
class OutsideDomain(ExpressionError):
    """A function asked for a value it has not got among the real numbers: `ln(0)`, `sqrt(-1)`."""

    function: str
    code: ClassVar[str] = "outside-domain"

    def _words(self) -> Text:
        return Text(f"“{self.function}” has no real value here.", f"“{self.function}”在此处没有实数值。")


@dataclass(eq=False)
class NoSuchElement(ExpressionError):
    """An index beyond the array's end, or an index that isn't a whole number."""

    index: str
    code: ClassVar[str] = "no-such-element"

    def _words(self) -> Text:
        shown = shorten(self.index)
        return Text(f"There is no element at index {shown}.", f"下标 {shown} 处没有元素。")


@dataclass(eq=False)
class TooLong(ExpressionError):
    """More text than is read."""

    length: int
    limit: int
    code: ClassVar[str] = "too-long"

    def _words(self) -> Text:
        return Text(
            f"This is too long: {self.length:,} characters, where at most {self.limit:,} are read.",
            f"内容过长：共 {self.length} 个字符，最多只读 {self.limit} 个。",
        )


@dataclass(eq=False)
class TooDeep(ExpressionError):
    """Brackets, powers or signs within each other beyond the limit."""

    limit: int
    code: ClassVar[str] = "too-deep"

    def _words(self) -> Text:
        return Text(
            f"Brackets, powers or signs are nested more than {self.limit} deep here.",
            f"此处括号、乘方或符号的嵌套超过 {self.limit} 层。",
        )


@dataclass(eq=False)
class TooLarge(ExpressionError):
    """A number, a power, an array or an amount of work beyond the limit."""

    code: ClassVar[str] = "too-large"

    def _words(self) -> Text:
        return Text("This is too large to be worked out.", "此处的数值或计算量过大，无法计算。")


_IN_WORDS = re.compile(
    r"[零〇一二两三四五六七八九十百千万亿半点]+(?:分之[零〇一二两三四五六七八九十百千万亿]+)?"
    r"|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|third|quarter",
    re.IGNORECASE,
)
_MOST_NAMES = 12  # names that one sentence lists


def shorten(found: str, longest: int = 24) -> str:
    """What was found, fit to be shown inside a sentence: cut short, with invisible characters spelt as U+XXXX."""
    cut = found if len(found) <= longest else found[: longest - 1] + "…"
    return "".join(character if character.isprintable() else f"U+{ord(character):04X}" for character in cut)
