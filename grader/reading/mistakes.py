# ruff: noqa: N818 - each class is named after the mistake, and all are ReadingErrors
"""What can be wrong with a response that its grammar does not tell: one class per mistake, its facts in fields, its words in both
languages. Mistakes in the notation itself are in `solvers.expression.errors`.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from grader.reading.result import ReadingError
from solvers.expression.errors import shorten
from solvers.text import Text

_MOST_LABELS = 12  # that one sentence lists


@dataclass(eq=False)
class Mistake(ReadingError):
    """A response that is no value of its type; `offset` counts characters of the text as it was typed."""

    offset: int
    code = "reading"

    def __post_init__(self) -> None:
        words = self._words()
        super().__init__(self.offset, self.code, words.en, words.zh)

    @abstractmethod
    def _words(self) -> Text:
        """The mistake in a sentence."""


# ------------------------------------------------------------------------------------------------- numbers and arrays


@dataclass(eq=False)
class MissingNumber(Mistake):
    """Nothing where a number has to be: `[1, , 3]`."""

    code = "missing-operand"

    def _words(self) -> Text:
        return Text("A number is missing here.", "此处缺少一个数。")


@dataclass(eq=False)
class SeveralNumbers(Mistake):
    """Several values where the answer is one number."""

    count: int
    code = "several-numbers"

    def _words(self) -> Text:
        return Text(f"These are {self.count} values; give one.", f"此处有 {self.count} 个值，请只写一个。")


@dataclass(eq=False)
class NotANumber(Mistake):
    """A statement, a word or an array where the answer is one number."""

    code = "not-a-number"

    def _words(self) -> Text:
        return Text("This is not one number.", "这不是单独一个数。")


@dataclass(eq=False)
class NotAnArray(Mistake):
    """A statement or a word where the answer is an array."""

    code = "not-an-array"

    def _words(self) -> Text:
        return Text("This is not an array of numbers.", "这不是由数组成的数组。")


@dataclass(eq=False)
class MixedRows(Mistake):
    """A number beside a row: `[[1, 2], 3]`."""

    code = "mixed-rows"

    def _words(self) -> Text:
        return Text(
            "A single number and a row stand side by side here.", "此处单个数与一行数并列，两者不能放在同一个数组中。"
        )


@dataclass(eq=False)
class UnlikeRow(Mistake):
    """A row that is as long as the first, but whose own rows are not."""

    code = "uneven-rows"

    def _words(self) -> Text:
        return Text("This row has another shape than the first.", "此行的形状与第一行不同。")


# ------------------------------------------------------------------------------------------------------------- shapes


@dataclass(eq=False)
class MissingSize(Mistake):
    """Nothing where a size has to be: `64 x 112 x`."""

    code = "missing-operand"

    def _words(self) -> Text:
        return Text("A size is missing here.", "此处缺少一维的大小。")


@dataclass(eq=False)
class NotASize(Mistake):
    """A size that is negative, or no whole number."""

    code = "not-a-size"

    def _words(self) -> Text:
        return Text("A size is a whole number, 0 or more.", "每一维的大小应为非负整数。")


@dataclass(eq=False)
class NestedSizes(Mistake):
    """Lists among the sizes: `[[1, 2], [3]]`."""

    code = "not-a-size"

    def _words(self) -> Text:
        return Text("A shape is one list of sizes, without lists in it.", "形状是一列大小，其中不应再有列表。")


@dataclass(eq=False)
class TooManyAxes(Mistake):
    """More axes than any array has."""

    limit: int
    code = "too-many-axes"

    def _words(self) -> Text:
        return Text(f"An array has at most {self.limit} axes.", f"数组最多有 {self.limit} 维。")


# ----------------------------------------------------------------------------------------------------------- formulas


@dataclass(eq=False)
class NotAFormula(Mistake):
    """A statement, such as `n > 3`, where the answer is a formula."""

    code = "not-a-formula"

    def _words(self) -> Text:
        return Text("This is a statement, not a formula.", "这是一个判断或等式，不是式子。")


@dataclass(eq=False)
class SeveralFormulas(Mistake):
    """Several formulas where the answer is one."""

    count: int
    code = "several-formulas"

    def _words(self) -> Text:
        return Text(f"These are {self.count} formulas; give one.", f"此处有 {self.count} 个式子，请只写一个。")


@dataclass(eq=False)
class WhichVariable(Mistake):
    """A growth said in words, `quadratic`, where there is not just one variable."""

    code = "which-variable"

    def _words(self) -> Text:
        return Text("It does not say in which variable it grows.", "没有说明是关于哪个变量增长。")


@dataclass(eq=False)
class NotIndexable(Mistake):
    """An index at something that is no name: `2[1]`."""

    code = "not-a-name"

    def _words(self) -> Text:
        return Text("An index belongs to a name.", "下标只能加在名称之后。")


# --------------------------------------------------------------------------------------------------- labels and names


@dataclass(eq=False)
class UnknownLabel(Mistake):
    """Something that is none of the labels; `known` is empty where any letter is one."""

    found: str
    known: tuple[str, ...]
    code = "unknown-label"

    def _words(self) -> Text:
        shown = shorten(self.found)
        if not self.known:
            return Text(f"“{shown}” is not the letter of an option.", f"“{shown}”不是选项字母。")
        more = len(self.known) > _MOST_LABELS
        en, zh = (mark.join(self.known[:_MOST_LABELS]) + (f"{mark}…" if more else "") for mark in (", ", "、"))
        return Text(f"“{shown}” is not one of the options {en}.", f"“{shown}”不是选项 {zh} 之一。")


@dataclass(eq=False)
class SeveralLabels(Mistake):
    """More than one option where the answer is one."""

    code = "several-labels"

    def _words(self) -> Text:
        return Text("More than one option is named; give one.", "写了不止一个选项，请只选一个。")


@dataclass(eq=False)
class RepeatedLabel(Mistake):
    """A label that stands twice in an order."""

    label: str
    code = "repeated-label"

    def _words(self) -> Text:
        return Text(f"{self.label} stands here a second time.", f"{self.label} 重复出现。")


@dataclass(eq=False)
class Backwards(Mistake):
    """An order written with `<`, which leaves open which end comes first."""

    code = "backwards"

    def _words(self) -> Text:
        return Text(
            "With “<” it is not clear which end comes first; use “>” or commas.",
            "用“<”看不出哪一端在前，请用“>”或逗号。",
        )


@dataclass(eq=False)
class NotAPair(Mistake):
    """Something in a matching that is no pair; `found` is empty where there is none at all."""

    found: str
    code = "not-a-pair"

    def _words(self) -> Text:
        if not self.found:
            return Text("There is no pair here.", "此处没有配对。")
        shown = shorten(self.found)
        return Text(f"“{shown}” is not a pair.", f"“{shown}”不是一个配对。")


@dataclass(eq=False)
class MatchedTwice(Mistake):
    """A left label with two partners."""

    label: str
    code = "repeated-label"

    def _words(self) -> Text:
        return Text(f"{self.label} is matched twice.", f"{self.label} 配对了两次。")


@dataclass(eq=False)
class NotATruthValue(Mistake):
    """Neither true nor false, or both."""

    code = "not-a-truth-value"

    def _words(self) -> Text:
        return Text("This says neither true nor false.", "看不出这里写的是对还是错。")


@dataclass(eq=False)
class NotAName(Mistake):
    """No letters where the answer is a name."""

    code = "not-a-name"

    def _words(self) -> Text:
        return Text("There are no letters here.", "此处没有文字。")
