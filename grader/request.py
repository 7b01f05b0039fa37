"""What a request asks: its fields, what each may say, and the key that they make.

A request is a JSON object; docs/formats.md has the table of its fields. Nothing in it is run, and whatever is wrong with it is a
UsageError that names the field.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, cast, get_args

import numpy as np

from grader.reading import Reading, Unreadable, read
from grader.reading.statements import STATEMENTS
from grader.statements import is_statement
from questions.key import Choosable, Precision, Target
from questions.question import NUMERIC, ResponseType
from questions.variant import names_in_cost
from solvers.expression import names_in
from solvers.expression.function import DOMAINS, IMAGINARY, UNIT, Function
from solvers.expression.vocabulary import ANY
from solvers.nearest import suggestion
from solvers.text import Language, Text, UsageError
from solvers.values import Value, array, as_float, elements, is_exact

FIELDS = frozenset((
    "id", "type", "key", "answer", "decimals", "significant", "sigfigs", "abs", "rel", "variables", "options", "choices", "order", "partial",
    "marks", "lang",
))  # fmt: skip
"""What a request may say."""
TYPES: tuple[str, ...] = (*get_args(ResponseType), "set")
"""The types of responses, and sets, which are vectors in any order."""
_LABELLED = ("choice", "choices", "order", "matching")
_MOST_DIGITS = 30
_MOST_NAMES = 200
_MOST_MARKS = 1_000_000
_NONE, _ONE = Fraction(0), Fraction(1)
_KEPT = 1024  # requests that differ in more than id and answer: what they ask is kept


class KeyUnreadableError(UsageError):
    """The key of a request cannot be read; `offset` is where."""

    def __init__(self, reason: Text, offset: int) -> None:
        super().__init__(f"the key cannot be read: {reason.en}", f"无法识别标准答案：{reason.zh}")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks, its answer aside: the key, its `worth` in marks, and how the reply is given.

    `distinct` is whether equal elements are one.
    """

    target: Target
    worth: Fraction
    language: Language
    distinct: bool


def asked(fields: Mapping[str, Any], language: Language) -> Asked:
    """What is asked by the fields of a request other than `id` and `answer`. Raises UsageError.

    It is kept, so that a key that comes again is not read again.
    """
    kinds = tuple(map(type, fields.values()))  # 1, 1.0 and true are equal, and not the same
    try:
        return _kept(tuple(fields.items()), kinds, language)
    except TypeError:
        flat = tuple(
            (name, value if isinstance(value, Hashable) else json.dumps(value)) for name, value in fields.items()
        )
        return _kept(flat, kinds, language)


@lru_cache(maxsize=_KEPT)
def _kept(flat: tuple[tuple[str, Any], ...], kinds: tuple[type, ...], language: Language) -> Asked:
    nested = (list, dict)
    fields = {
        name: json.loads(value) if kind in nested else value for (name, value), kind in zip(flat, kinds, strict=True)
    }
    target = target_of(fields)
    worth = _fraction(fields, "marks", _ONE)
    if worth > _MOST_MARKS:
        raise UsageError(f"'marks' is at most {_MOST_MARKS}.", f"'marks' 最大为 {_MOST_MARKS}。")
    return Asked(target, worth, language_of(fields, language), fields["type"] == "set")


def target_of(request: Mapping[str, Any]) -> Target:
    """The key that a request describes. Raises UsageError, naming what is missing, unknown or unreadable."""
    if not FIELDS.issuperset(request):
        name = next(name for name in request if name not in FIELDS)
        hint = suggestion(name, FIELDS)
        raise UsageError(f"unknown field {name!r}.{hint.en}", f"未知的字段 {name!r}。{hint.zh}")
    kind = _kind(request)
    key = text_in(request, "key")
    domains = _domains(request) if "variables" in request else {}
    options = _options(request) if kind in _LABELLED or "options" in request or "choices" in request else ()
    if kind in NUMERIC:
        return _numeric(request, kind, key)
    if kind == "text":
        accepted = tuple(word.strip() for word in key.split("|"))
        return Target(kind, accepted[0], key, accept=accepted)
    if kind == "complexity":
        return Target(kind, key, key, names=tuple(dict.fromkeys((*domains, *names_in_cost(key)))))
    if kind == "expression":
        declared = tuple(domains) or (ANY,)
        return _expression(_read_key(key, kind, names=(*declared, STATEMENTS)), key, domains)
    if kind not in _LABELLED:
        return Target(kind, _read_key(key, kind).value, key)
    value = _read_key(key, kind, options=options).value
    shown = tuple(Choosable(label, Text.of(label), _is_right(label, value)) for label in options)
    return Target(kind, value, key, options=shown)


def _numeric(request: Mapping[str, Any], kind: ResponseType, key: str) -> Target:
    is_set = request["type"] == "set"
    reading = _read_key(key, kind)
    value = (each_once(reading) if is_set else reading).value
    precision = _precision(request)
    target = Target(kind, value, key, precision, _slack(request, value, precision))
    ordered, partial = _flag(request, "order", not is_set), _flag(request, "partial", True)
    return target if ordered and partial else replace(target, ordered=ordered, partial=partial)


def each_once(reading: Reading) -> Reading:
    """A vector without the numbers that stand in it already."""
    value, written = reading.value, reading.written
    if np.ndim(value) != 1:
        return reading
    first = {number: place for place, number in reversed(list(enumerate(value)))}
    places = sorted(first.values())
    if len(places) == len(value):
        return reading
    return reading._replace(value=array(value[places]), written=tuple(written[place] for place in places))


def _read_key(key: str, kind: ResponseType, *, names: tuple[str, ...] = (), options: tuple[str, ...] = ()) -> Reading:
    reading = read(key, kind, names=names, options=options)
    if isinstance(reading, Reading):
        return reading
    if isinstance(reading, Unreadable):
        raise KeyUnreadableError(reading.message, reading.offset)
    raise KeyUnreadableError(Text("it is empty", "内容为空"), 0)


def language_of(request: Mapping[str, Any], otherwise: Language) -> Language:
    """The language in which a request wants its reply."""
    given = request.get("lang")
    return given if given in ("en", "zh") else otherwise


def text_in(request: Mapping[str, Any], name: str) -> str:
    """A field that is a text. Raises UsageError."""
    value = request.get(name)
    if not isinstance(value, str):
        raise UsageError(f"{name!r} is missing, or no text.", f"缺少 {name!r}，或它不是文字。")
    return value


def _kind(request: Mapping[str, Any]) -> ResponseType:
    kind = text_in(request, "type")
    if kind not in TYPES:
        hint = suggestion(kind, TYPES)
        raise UsageError(
            f"unknown type {kind!r}.{hint.en} Types: {', '.join(TYPES)}.",
            f"未知的类型 {kind!r}。{hint.zh}类型有：{'、'.join(TYPES)}。",
        )
    return "vector" if kind == "set" else cast(ResponseType, kind)


def _flag(request: Mapping[str, Any], name: str, otherwise: bool) -> bool:
    given = request.get(name)
    if given is None:
        return otherwise
    if not isinstance(given, bool):
        raise UsageError(f"{name!r} is true or false.", f"{name!r} 应为 true 或 false。")
    return given


def _options(request: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels that may be chosen: a list of texts, an object with the text of each label, or a text of letters."""
    given = request.get("options") or request.get("choices") or "ABCDEFGH"
    if not isinstance(given, (list, dict, str)) or not all(isinstance(label, str) and label.strip() for label in given):
        raise UsageError("'options' is a list of labels.", "'options' 应为由选项字母组成的列表。")
    return tuple(given)[:_MOST_NAMES]


def _domains(request: Mapping[str, Any]) -> dict[str, str]:
    """The variables and their domains; a list of names means reals."""
    given = request.get("variables") or {}
    domains = dict.fromkeys(given, "real") if isinstance(given, list) and _texts(given) else given
    if not isinstance(domains, dict) or not _texts(domains.values()) or len(domains) > _MOST_NAMES:
        raise UsageError(
            "'variables' is a list of names, or an object with the domain of each.",
            "'variables' 应为变量名的列表，或给出各变量取值范围的对象。",
        )
    return domains


def _texts(found: Any) -> bool:
    return all(isinstance(item, str) for item in found)


def _is_right(label: str, value: Value) -> bool:
    return label in value if isinstance(value, frozenset) else label == value


def _precision(request: Mapping[str, Any]) -> Precision | None:
    decimals = _digits(request, "decimals", 0)
    if decimals is not None:
        return _of_digits(decimals, None)
    figures = _digits(request, "significant" if request.get("significant") is not None else "sigfigs", 1)
    return _of_digits(None, figures) if figures is not None else None


@lru_cache(maxsize=128)
def _of_digits(decimals: int | None, significant: int | None) -> Precision:
    return Precision(decimals, significant)


def _digits(request: Mapping[str, Any], name: str, least: int) -> int | None:
    """A count of digits, or None if none is asked for."""
    count = request.get(name)
    if count is None:
        return None
    if type(count) is not int or not least <= count <= _MOST_DIGITS:
        raise UsageError(
            f"{name!r} is a whole number from {least} to {_MOST_DIGITS}.",
            f"{name!r} 应为 {least} 到 {_MOST_DIGITS} 之间的整数。",
        )
    return count


def _slack(request: Mapping[str, Any], value: Value, precision: Precision | None) -> tuple[Fraction | float, ...]:
    """The largest of what `abs`, `rel` and the stated digits allow; without them, exact keys allow nothing."""
    absolute, relative = _fraction(request, "abs", _NONE), _fraction(request, "rel", _NONE)
    slacks: list[Fraction | float] = []
    for element in elements(value):
        allowed: Fraction | float = absolute
        if relative:
            size = abs(Fraction(element)) if is_exact(element) else abs(as_float(element))
            allowed = max(allowed, relative * size)
        if precision is not None:
            half = _half_of(precision, element)
            allowed = max(allowed, half) if allowed else half
        if not allowed and not is_exact(element):
            allowed = 1e-9 * max(1.0, abs(as_float(element)))
        slacks.append(allowed)
    return tuple(slacks)


def _half_of(precision: Precision, element: Value) -> Fraction:
    """Half of the last place asked for, which is the same for all numbers where decimals are asked for."""
    return precision.unit(element) / 2 if precision.decimals is None else _half_place(precision.decimals)


@lru_cache(maxsize=_MOST_DIGITS + 1)
def _half_place(decimals: int) -> Fraction:
    return Precision(decimals=decimals).unit(0) / 2


def _fraction(request: Mapping[str, Any], name: str, otherwise: Fraction) -> Fraction:
    """A number that isn't negative, as JSON or as text."""
    given = request.get(name)
    if given is None:
        return otherwise
    known = isinstance(given, (int, float, str)) and not isinstance(given, bool)
    reading = read(str(given), "real") if known else None
    if not isinstance(reading, Reading) or not isinstance(reading.value, (int, Fraction)) or reading.value < 0:
        raise UsageError(f"{name!r} is no number from 0 on.", f"{name!r} 应为不小于 0 的数。")
    return Fraction(reading.value)


def _expression(key: Reading, printed: str, domains: Mapping[str, str]) -> Target:
    """The key as a function of its variables."""
    for domain in domains.values():
        if domain not in DOMAINS:
            raise UsageError(
                f"unknown domain {domain!r}; domains: {', '.join(DOMAINS)}.",
                f"未知的取值范围 {domain!r}；可用：{'、'.join(DOMAINS)}。",
            )
    unit = {IMAGINARY: UNIT} if not domains and IMAGINARY in names_in(key.value) else {}
    formula = Function(key.value, domains or unit)
    names = tuple(formula.domains) if domains else (*formula.domains, ANY)
    if is_statement(key.value):
        return Target("expression", None, printed, names=(*names, STATEMENTS), formula=formula)
    if formula.residue is None and not formula.places.points:
        raise UsageError("the key has no value at any point tried.", "标准答案在所有试取的点上都没有值。")
    return Target("expression", None, printed, names=names, formula=formula)
