"""What a request asks: its fields, and what each may say. `grader.request_key` makes its key of them.

A request is a JSON object; docs/formats.md has the table of its fields. Nothing in it is run, and whatever is wrong with it is a
UsageError that names the field.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast, get_args

import numpy as np

from grader.plainly import Margin
from grader.reading import Reading, read
from questions.key import Precision, Target
from questions.question import ResponseType
from solvers.expression.function import DOMAINS
from solvers.nearest import suggestion
from solvers.text import Language, UsageError

FIELDS = frozenset((
    "id", "type", "key", "answer", "decimals", "significant", "sigfigs", "exactly", "abs", "rel", "variables", "functions", "shape",
    "options", "choices", "order", "partial", "simplest", "others", "marks", "lang",
))  # fmt: skip
"""What a request may say."""
TYPES: tuple[str, ...] = (*get_args(ResponseType), "set")
"""The types of responses, and sets: vectors in any order, in which equal numbers are one."""
_LABELS = tuple("ABCDEFGH")
MOST_DIGITS = 30
_MOST_NAMES = 200
_MOST_MARKS = 1_000_000
_NONE, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What a request asks, its key and answer aside.

    `empty` is a target that lacks nothing but its key; `distinct` is whether equal numbers are one; `worth` are the marks, and `marks`
    the same as a float. Plain figures are decided by `margin`, where there is one.
    """

    kind: ResponseType
    empty: Target
    options: tuple[str, ...]
    domains: Mapping[str, str]
    functions: tuple[str, ...]
    shape: tuple[int, ...] | None
    absolute: Fraction
    relative: Fraction
    distinct: bool
    worth: Fraction
    marks: float
    language: Language
    margin: Margin | None


def setting_of(request: Mapping[str, Any], language: Language = "en") -> Setting:
    """What is asked by a request; its language is `language` unless it names one. Raises UsageError.

    Settings are kept: those of the next request are likely the same.
    """
    asked = {**request}
    for name in _APART:
        asked.pop(name, None)
    try:
        said = marshal.dumps(asked, _MARSHAL), language
    except ValueError:  # nested too deep, or nothing that JSON could hold
        return _setting(asked, language)
    setting = _KEPT.get(said)
    if setting is None:
        setting = _setting(asked, language)
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[said] = setting
    return setting


def text_in(request: Mapping[str, Any], name: str) -> str:
    """A field that is a text. Raises UsageError."""
    value = request.get(name)
    if not isinstance(value, str):
        raise UsageError(f"{name!r} is missing, or no text.", f"缺少 {name!r}，或它不是文字。")
    return value


def language_of(request: Mapping[str, Any], otherwise: Language) -> Language:
    """The language in which a request wants its reply."""
    given = request.get("lang")
    return given if given in ("en", "zh") else otherwise


def each_once(reading: Reading) -> Reading:
    """A vector without the numbers that stand in it already."""
    value, written = reading.value, reading.written
    if np.ndim(value) != 1:
        return reading
    first = {number: place for place, number in reversed(list(enumerate(value)))}
    places = sorted(first.values())
    if len(places) == len(value):
        return reading
    return reading._replace(value=value[places], written=tuple(written[place] for place in places))


# ------------------------------------------------------------------------------------------------------------ settings

_APART = ("id", "key", "answer")
_MARSHAL = 2  # the version in which equal things are the same bytes; 1, 1.0 and true are not
_MOST_KEPT = 1024
_KEPT: dict[tuple[bytes, Language], Setting] = {}


def _setting(fields: Mapping[str, Any], language: Language) -> Setting:
    for name in fields:
        if name not in FIELDS:
            hint = suggestion(name, FIELDS)
            raise UsageError(f"unknown field {name!r}.{hint.en}", f"未知的字段 {name!r}。{hint.zh}")
    kind = _kind(fields)
    is_set = fields["type"] == "set"
    empty = Target(
        kind,
        None,
        "",
        _precision(fields),
        others=_names_in(fields, "others"),
        partial=_flag(fields, "partial", True),
        ordered=_flag(fields, "order", not is_set),
        simplest=_flag(fields, "simplest", False),
    )
    absolute, relative, shape = _number(fields, "abs", _NONE), _number(fields, "rel", _NONE), _shape(fields)
    is_plain = kind in ("integer", "real") and shape is None
    return Setting(
        kind=kind,
        empty=empty,
        options=_options(fields),
        domains=_domains(fields),
        functions=_names_in(fields, "functions"),
        shape=shape,
        absolute=absolute,
        relative=relative,
        distinct=is_set,
        worth=(worth := _marks(fields)),
        marks=float(worth),
        language=language_of(fields, language),
        margin=Margin.of(absolute, relative, empty.precision) if is_plain else None,
    )


def _kind(fields: Mapping[str, Any]) -> ResponseType:
    kind = text_in(fields, "type")
    if kind not in TYPES:
        hint = suggestion(kind, TYPES)
        raise UsageError(
            f"unknown type {kind!r}.{hint.en} Types: {', '.join(TYPES)}.",
            f"未知的类型 {kind!r}。{hint.zh}类型有：{'、'.join(TYPES)}。",
        )
    return "vector" if kind == "set" else cast(ResponseType, kind)


def _flag(fields: Mapping[str, Any], name: str, otherwise: bool) -> bool:
    given = fields.get(name)
    if given is None:
        return otherwise
    if not isinstance(given, bool):
        raise UsageError(f"{name!r} is true or false.", f"{name!r} 应为 true 或 false。")
    return given


def _options(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels that may be chosen: a list of texts, an object with the text of each label, or a text of letters."""
    given = fields.get("options") or fields.get("choices") or _LABELS
    if not isinstance(given, (list, tuple, dict, str)) or not all(_is_word(label) for label in given):
        raise UsageError("'options' is a list of labels.", "'options' 应为由选项字母组成的列表。")
    return tuple(given)[:_MOST_NAMES]


def _is_word(found: Any) -> bool:
    return isinstance(found, str) and bool(found.strip())


def _domains(fields: Mapping[str, Any]) -> dict[str, str]:
    """The variables and their domains; a list of names means reals."""
    given = fields.get("variables") or {}
    domains = dict.fromkeys(given, "real") if isinstance(given, list) and all(map(_is_word, given)) else given
    if not isinstance(domains, dict) or not all(map(_is_word, domains.values())) or len(domains) > _MOST_NAMES:
        raise UsageError(
            "'variables' is a list of names, or an object with the domain of each.",
            "'variables' 应为变量名的列表，或给出各变量取值范围的对象。",
        )
    for domain in domains.values():
        if domain not in DOMAINS:
            hint = suggestion(domain, DOMAINS)
            raise UsageError(
                f"unknown domain {domain!r}.{hint.en} Domains: {', '.join(DOMAINS)}.",
                f"未知的取值范围 {domain!r}。{hint.zh}可用：{'、'.join(DOMAINS)}。",
            )
    return {**domains}


def _names_in(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    given = fields.get(name) or ()
    if not isinstance(given, (list, tuple)) or not all(map(_is_word, given)) or len(given) > _MOST_NAMES:
        raise UsageError(f"{name!r} is a list of names.", f"{name!r} 应为名称的列表。")
    return tuple(given)


def _shape(fields: Mapping[str, Any]) -> tuple[int, ...] | None:
    given = fields.get("shape")
    if given is None:
        return None
    if not isinstance(given, list) or not given or not all(type(size) is int and size > 0 for size in given):
        raise UsageError(
            "'shape' is a list of sizes, such as [2, 3].", "'shape' 应为由各维大小组成的列表，例如 [2, 3]。"
        )
    return tuple(given)


def _precision(fields: Mapping[str, Any]) -> Precision | None:
    exactly = _flag(fields, "exactly", False)
    decimals = _digits(fields, "decimals", 0)
    if decimals is not None:
        return Precision(decimals=decimals, exactly=exactly)
    figures = _digits(fields, "significant" if fields.get("significant") is not None else "sigfigs", 1)
    return Precision(significant=figures, exactly=exactly) if figures is not None else None


def _digits(fields: Mapping[str, Any], name: str, least: int) -> int | None:
    """A count of digits, or None if none is asked for."""
    count = fields.get(name)
    if count is None:
        return None
    if type(count) is not int or not least <= count <= MOST_DIGITS:
        raise UsageError(
            f"{name!r} is a whole number from {least} to {MOST_DIGITS}.",
            f"{name!r} 应为 {least} 到 {MOST_DIGITS} 之间的整数。",
        )
    return count


def _marks(fields: Mapping[str, Any]) -> Fraction:
    worth = _number(fields, "marks", _ONE)
    if worth > _MOST_MARKS:
        raise UsageError(f"'marks' is at most {_MOST_MARKS}.", f"'marks' 最大为 {_MOST_MARKS}。")
    return worth


def _number(fields: Mapping[str, Any], name: str, otherwise: Fraction) -> Fraction:
    """A number that isn't negative, as JSON or as text."""
    given = fields.get(name)
    if given is None:
        return otherwise
    known = isinstance(given, (int, float, str)) and not isinstance(given, bool)
    reading = read(str(given), "real") if known else None
    if not isinstance(reading, Reading) or not isinstance(reading.value, (int, Fraction)) or reading.value < 0:
        raise UsageError(f"{name!r} is no number from 0 on.", f"{name!r} 应为不小于 0 的数。")
    return Fraction(reading.value)
