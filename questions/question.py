"""What a question file may say. The models are the schema: its keys are closed, and editors get it as JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from questions.schema_errors import Place, check_once, wrong
from solvers.network.suits import Suits
from solvers.text import Text

ResponseType = Literal[
    "integer",
    "real",
    "fraction",
    "vector",
    "matrix",
    "tensor",
    "shape",
    "expression",
    "complexity",
    "choice",
    "choices",
    "truth",
    "order",
    "matching",
    "text",
]
NUMERIC: frozenset[str] = frozenset({"integer", "real", "fraction", "vector", "matrix", "tensor", "shape"})
Kind = Literal[
    "compute",
    "invert",
    "trace",
    "choose",
    "judge",
    "order",
    "match",
    "derive",
    "read-code",
    "table",
    "find-error",
    "compare",
]


# A space or line break that follows Chinese punctuation, or a Chinese character and stands before another one or such a mark.
_FOLDED = re.compile(
    r"(?<=[，。；：、！？（）“”])(?: +|\n(?=[\u4e00-\u9fff$]))|(?<=[\u4e00-\u9fff])(?: +|\n)(?=[\u4e00-\u9fff，。；：、！？（）])"
)


def closed_up(chinese: str) -> str:
    """Chinese without the spaces and line breaks that its characters and punctuation marks do not have around them."""
    return _FOLDED.sub("", chinese)


def _exact(value: Any) -> Any:
    """Numbers as exact fractions; anything else is left for the validator to refuse."""
    if isinstance(value, str):
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            return value
    return Fraction(value) if isinstance(value, int) and not isinstance(value, bool) else value


Exact = Annotated[Fraction, BeforeValidator(_exact)]


class Model(BaseModel):
    """A closed set of keys, read strictly, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)


class Words(Model):
    """A sentence in both languages; it may use `{{ given }}` and `$formulas$`."""

    en: str = Field(min_length=1, max_length=4000)
    zh: str = Field(min_length=1, max_length=4000)

    @cached_property
    def text(self) -> Text:
        """The two sentences as a `Text`; Chinese loses the spaces that YAML puts where its lines were folded."""
        return Text(self.en, closed_up(self.zh))


_WAYS = ("integer", "decimal", "choice", "value", "expression", "text", "layer_of", "input_of")


class Draw(Model):
    """How one given is drawn: exactly one of `integer`, `decimal`, `choice`, `value`, `expression`, `text`, `layer_of` or `input_of`.

    `integer` and `decimal` take the lowest and the highest value, in steps of `step`; `expression` computes from earlier
    givens, and `text` is a word with earlier givens put in for `{name}`; with `shape`, an array of such draws. `avoid` lists values never drawn;
    `distinct` forbids repeats in an array. `layer_of` draws a layer of the network that an earlier given names, `that` one of which something
    holds; `input_of` a size of its input.
    """

    integer: tuple[int, int] | None = None
    decimal: tuple[Exact, Exact] | None = None
    choice: list[Any] | None = Field(default=None, min_length=1, max_length=200)
    value: Any = None
    expression: str | None = Field(default=None, max_length=300)
    text: str | None = Field(default=None, min_length=1, max_length=300)
    layer_of: str | None = None
    that: Suits = "computes"
    input_of: str | None = None
    step: Exact | None = Field(default=None)
    avoid: list[Any] = []
    shape: list[int | str] = Field(default=[], max_length=4)
    distinct: bool = False

    @model_validator(mode="before")
    @classmethod
    def _pairs(cls, data: Any) -> Any:
        """Ranges come from YAML as lists."""
        if isinstance(data, dict):
            data = {k: tuple(v) if k in ("integer", "decimal") and isinstance(v, list) else v for k, v in data.items()}
        return data

    @model_validator(mode="after")
    def _one_way(self) -> Draw:
        ways = [way for way in _WAYS if getattr(self, way) is not None]
        if len(ways) != 1:
            raise wrong(f"give exactly one of {', '.join(_WAYS)}", f"{'、'.join(_WAYS)} 应恰好给出一个")
        for bounds in (self.integer, self.decimal):
            if bounds is not None and bounds[0] > bounds[1]:
                raise wrong("the range is empty: its first number is the larger one", "范围为空：前一个数更大")
        if self.decimal is not None and self.step is None:
            raise wrong("decimal needs a step, such as 0.1", "decimal 需要步长 step，例如 0.1")
        if self.step is not None and self.step <= 0:
            raise wrong("step must be above 0", "step 应大于 0")
        return self


class Option(Model):
    """One option of a choice, with the reason that feedback gives for it."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)
    correct: bool = False
    because: Words | None = None
    misconception: str | None = None


class Pair(Model):
    """Two things that belong together."""

    left: Words
    right: Words


class Accepted(Model):
    """The names that count as right, in each language."""

    en: list[str] = Field(min_length=1)
    zh: list[str] = Field(min_length=1)


class Part(Model):
    """One thing asked.

    `answer` names a step (`size`) or an element of one (`hidden[0]`). Choices, orders, matchings, judgements and names that no
    derivation computes carry their key themselves. `working` gives marks to steps that lead to the answer; what is left of the part's marks is for
    the answer itself. A right answer alone earns all of them, unless the working is required.
    """

    ask: Words
    type: ResponseType
    marks: Exact = Field(gt=0, le=100)
    answer: str | None = Field(default=None, pattern=r"^[A-Za-z]\w*(\[\d+(,\s*\d+)*\])?$")
    name: str | None = Field(default=None, pattern=r"^[A-Za-z]\w*$")
    decimals: int | None = Field(default=None, ge=0, le=10)
    significant: int | None = Field(default=None, ge=1, le=12)
    variables: dict[str, Draw] = {}
    form: str | None = None
    options: list[Option] | Literal["misconceptions"] | None = None
    statement: bool | None = None
    sequence: list[Words] | None = Field(default=None, min_length=3)
    pairs: list[Pair] | None = Field(default=None, min_length=3)
    accept: Accepted | None = None
    solution: Words | None = None
    working: dict[str, Exact] = {}
    working_required: bool = False

    @property
    def key_name(self) -> str:
        """The name under which self-checks and `checks` speak of this part."""
        return self.name or (self.answer or "").partition("[")[0] or "answer"

    @model_validator(mode="after")
    def _has_a_key(self) -> Part:
        own = {
            "choice": self.options,
            "choices": self.options,
            "truth": self.statement,
            "order": self.sequence,
            "matching": self.pairs,
            "text": self.accept,
            "complexity": self.form,
        }
        if self.answer is None and own.get(self.type) is None:
            raise wrong(
                f"a part of type {self.type} needs an answer (a step's name) or its own key",
                f"类型为 {self.type} 的小问需要 answer（步骤名）或自带的答案",
            )
        if self.type == "expression" and not (self.variables and self.form):
            raise wrong(
                "an expression needs variables (with their domains) and form (the printed key)",
                "expression 需要 variables（各变量的取值范围）和 form（印出的答案）",
            )
        if self.decimals is not None and self.significant is not None:
            raise wrong("give decimals or significant, not both", "decimals 与 significant 只能给一个")
        if self.working or self.working_required:
            self._check_working()
        for language in ("en", "zh"):
            for words in _told_apart(self):
                check_once((getattr(each, language), place) for each, place in words)
        if isinstance(self.options, list):
            right = sum(option.correct for option in self.options)
            if self.type == "choice" and right != 1:
                raise wrong(
                    f"a choice needs exactly one correct option, this has {right}",
                    f"单选题应恰好有一个正确选项，现有 {right} 个",
                )
            if self.type == "choices" and not 0 < right < len(self.options):
                raise wrong(
                    "choices need at least one correct and one wrong option", "多选题至少要有一个正确选项和一个错误选项"
                )
        return self

    def _check_working(self) -> None:
        if self.answer is None or self.type not in NUMERIC or not self.working:
            raise wrong(
                "working gives marks to the steps of a number that a derivation computes, such as {forget_gate: 1}",
                "working 为推导算出的数值题按步骤给分，例如 {forget_gate: 1}",
            )
        if min(self.working.values()) <= 0 or sum(self.working.values()) > self.marks:
            raise wrong(
                f"the marks of the steps are above 0, and no more than the part's {self.marks} together",
                f"各步骤的分值应大于 0，且总和不超过该问的 {self.marks} 分",
            )


def _told_apart(part: Part) -> Iterator[list[tuple[Words | Option, Place]]]:
    """What a part shows to be chosen among: no two say the same."""
    options = part.options if isinstance(part.options, list) else []
    yield [(option, ("options", i)) for i, option in enumerate(options)]
    yield [(words, ("sequence", i)) for i, words in enumerate(part.sequence or [])]
    yield [(pair.left, ("pairs", i, "left")) for i, pair in enumerate(part.pairs or [])]
    yield [(pair.right, ("pairs", i, "right")) for i, pair in enumerate(part.pairs or [])]


class Check(Model):
    """A self-check: these answers to this variant earn these marks, and mean this misconception."""

    seed: int = Field(ge=0)
    answers: dict[str, str]
    marks: Exact = Field(ge=0)
    diagnosis: str | None = None
    unreadable: list[str] = []
    carried: list[str] = []


class Question(Model):
    """A template: from it and a seed comes a variant.

    `pairs` are misconceptions that a student may have both of: their common answer is told apart too. `effort` is how far a variant's work may lie
    from the middle one's, as a share of it.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)+$", max_length=100)
    title: Words
    kind: Kind
    derivation: str | None = None
    difficulty: int = Field(ge=1, le=5)
    minutes: int = Field(default=3, ge=1, le=60)
    sources: list[str] = []
    tags: list[Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]] = Field(
        default=[], max_length=20
    )
    givens: dict[str, Draw] = {}
    where: list[str] = []
    prompt: Words
    parts: list[Part] = Field(min_length=1, max_length=26)
    hints: list[Words] = []
    misconceptions: list[str] = []
    pairs: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    effort: Exact | None = Field(default=None, gt=0, le=2)
    checks: list[Check] = []
    finite: bool = False

    @property
    def topic(self) -> str:
        """The folder of the bank it stands in."""
        return self.id.partition("/")[0]

    @property
    def marks(self) -> Fraction:
        """What the whole question is worth."""
        return sum((part.marks for part in self.parts), Fraction(0))

    @model_validator(mode="after")
    def _fits_together(self) -> Question:
        if self.derivation is None and any(part.answer for part in self.parts):
            raise wrong(
                "parts name steps as answers, but the question names no derivation",
                "小问以步骤为答案，但题目没有给出 derivation",
            )
        names = [part.key_name for part in self.parts]
        if len(set(names)) != len(names):
            raise wrong("two parts have the same name; give them `name:`", "两个小问同名，请用 `name:` 区分")
        for key in ("sources", "tags", "where", "misconceptions"):
            check_once((entry, (key, i)) for i, entry in enumerate(getattr(self, key)))
        for i, pair in enumerate(self.pairs):
            check_once((id, ("pairs", i, j)) for j, id in enumerate(pair))
        check_once((" + ".join(sorted(pair)), ("pairs", i)) for i, pair in enumerate(self.pairs))
        if strange := [id for pair in self.pairs for id in pair if id not in self.misconceptions]:
            raise wrong(
                f"pairs names {strange[0]!r}, which is not among the misconceptions",
                f"pairs 中的 {strange[0]!r} 不在 misconceptions 中",
            )
        return self


class MisconceptionText(Model):
    """What a student is told whose answer shows this misconception."""

    title: Words
    says: Words
    sources: list[str] = []
