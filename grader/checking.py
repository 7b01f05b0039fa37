"""One response against a key that is given as text: what `gradmark check` and other programs ask for.

A request is a JSON object with `type`, `key` and `answer` (texts in the notation of responses) and, as the type needs, `decimals`,
`significant` (or `sigfigs`), `abs`, `rel`, `variables`, `options` (or `choices`), `marks` (1 unless given), `lang`, `id`. The reply
has `verdict` (`correct`, `partial`, `incorrect`, `coarse`, `form`, `blank`, `unreadable`), the `marks` earned, `credit` from 0 to 1,
`reading`, `feedback` and, for what could not be read, `error`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, cast, get_args

from grader.comparing import compare
from grader.marking import read_for
from grader.reading import Blank, Reading, Unreadable, read
from questions.blueprint import Policy
from questions.key import Choosable, Precision, Target
from questions.question import NUMERIC, ResponseType
from questions.variant import names_in_cost
from solvers.expression import ExpressionError, names_in, parse
from solvers.expression.function import DOMAINS, Function
from solvers.json_text import no_constant, why
from solvers.nearest import suggestion
from solvers.text import GradmarkError, Language, Text, UsageError
from solvers.values import Value, as_float, elements, is_exact

_TYPES = get_args(ResponseType)
_LABELLED = ("choice", "choices", "order", "matching")
_KNOWN = {
    "id", "type", "key", "answer", "decimals", "significant", "sigfigs", "abs", "rel", "variables", "options", "choices", "marks",
    "lang",
}  # fmt: skip
_MOST_DIGITS = 30
_MOST_NAMES = 200


def check(request: Mapping[str, Any], policy: Policy | None = None) -> dict[str, Any]:
    """The reply to one request. Raises UsageError for a request that is itself wrong."""
    language = _language(request)
    target = target_of(request)
    worth = _fraction(request, "marks", "1")
    reading = read_for(_text(request, "answer"), target)
    reply: dict[str, Any] = {"id": request["id"]} if "id" in request else {}
    match reading:
        case Blank():
            return reply | _reply("blank", Fraction(0), worth, "", Text("No answer.", "未作答。")[language])
        case Unreadable():
            expected = Text(f" Expected: {reading.expected.en}.", f"应填：{reading.expected.zh}。")
            error = {"code": reading.code, "offset": reading.offset}
            said = reading.message[language] + expected[language]
            return reply | _reply("unreadable", Fraction(0), worth, "", said) | {"error": error}
        case Reading():
            outcome = compare(reading, target, policy or Policy())
            notes = " ".join(note[language] for note in (*reading.notes, *outcome.notes))
            return reply | _reply(outcome.kind, outcome.credit, worth, reading.echo, notes)


def _reply(verdict: str, credit: Fraction, worth: Fraction, reading: str, feedback: str) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "marks": float(credit * worth),
        "credit": float(credit),
        "reading": reading,
        "feedback": feedback,
        "error": None,
    }


def check_line(line: str) -> dict[str, Any]:
    """The reply to a line of JSON; a line that is no request gets a reply that says so, and the next one is read."""
    try:
        request = json.loads(line, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        return _refused(f"This is not JSON: {why(error, line=False).en}.")
    if not isinstance(request, dict):
        return _refused("A request is a JSON object.")
    reply = {"id": request["id"]} if "id" in request else {}
    try:
        return check(request)
    except GradmarkError as error:
        return reply | _refused(error.text["zh" if request.get("lang") == "zh" else "en"])


def _refused(message: str) -> dict[str, Any]:
    said = _reply("error", Fraction(0), Fraction(0), "", message)
    return said | {"error": {"code": "request", "offset": 0}}


def check_lines(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """A reply for each line that isn't empty."""
    return (check_line(line) for line in lines if line.strip())


def target_of(request: Mapping[str, Any]) -> Target:
    """The key that a request describes. Raises UsageError, naming what is missing, unknown or unreadable."""
    for name in request:
        if name not in _KNOWN:
            hint = suggestion(name, _KNOWN)
            raise UsageError(f"unknown field {name!r}.{hint.en}", f"未知的字段 {name!r}。{hint.zh}")
    kind = _kind(request)
    options = _options(request)
    key = _text(request, "key")
    if kind == "text":
        accepted = tuple(word.strip() for word in key.split("|"))
        return Target(kind, accepted[0], key, accept=accepted)
    domains = _domains(request)
    if kind == "complexity":
        return Target(kind, key, key, names=tuple(dict.fromkeys((*domains, *names_in_cost(key)))))
    names = tuple(domains) or (_names(key) if kind == "expression" else ())
    read_key = read(key, kind, names=names, options=options)
    if not isinstance(read_key, Reading):
        why = read_key.message if isinstance(read_key, Unreadable) else Text("it is empty", "内容为空")
        raise UsageError(f"the key cannot be read: {why.en}", f"无法识别标准答案：{why.zh}")
    if kind == "expression":
        return _expression(read_key, key, domains)
    if kind not in NUMERIC:
        shown = tuple(Choosable(label, Text.of(label), _is_right(label, read_key.value)) for label in options)
        return Target(kind, read_key.value, key, options=shown if kind in _LABELLED else ())
    precision = _precision(request)
    return Target(kind, read_key.value, key, precision, _slack(request, read_key.value, precision))


def _language(request: Mapping[str, Any]) -> Language:
    return "zh" if request.get("lang") == "zh" else "en"


def _kind(request: Mapping[str, Any]) -> ResponseType:
    kind = _text(request, "type")
    if kind not in _TYPES:
        hint = suggestion(kind, _TYPES)
        raise UsageError(
            f"unknown type {kind!r}.{hint.en} Types: {', '.join(_TYPES)}.",
            f"未知的类型 {kind!r}。{hint.zh}类型有：{'、'.join(_TYPES)}。",
        )
    return cast(ResponseType, kind)


def _options(request: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels that may be chosen: a list of texts, or a text of letters."""
    given = request.get("options") or request.get("choices") or "ABCDEFGH"
    if not isinstance(given, (list, str)) or not all(isinstance(label, str) and label.strip() for label in given):
        raise UsageError("'options' is a list of labels.", "'options' 应为由选项字母组成的列表。")
    return tuple(given[:_MOST_NAMES])


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


def _names(key: str) -> tuple[str, ...]:
    """The variables of a key that declares none."""
    try:
        return tuple(sorted(names_in(parse(key))))
    except ExpressionError as error:
        raise UsageError(f"the key cannot be read: {error.text.en}", f"无法识别标准答案：{error.text.zh}") from error


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str):
        raise UsageError(f"{name!r} is missing, or no text.", f"缺少 {name!r}，或它不是文字。")
    return value


def _is_right(label: str, value: Value) -> bool:
    return label in value if isinstance(value, frozenset) else label == value


def _precision(request: Mapping[str, Any]) -> Precision | None:
    decimals = _digits(request, "decimals", 0)
    if decimals is not None:
        return Precision(decimals=decimals)
    figures = _digits(request, "significant" if request.get("significant") is not None else "sigfigs", 1)
    return Precision(significant=figures) if figures is not None else None


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
    absolute, relative = _fraction(request, "abs"), _fraction(request, "rel")
    slacks: list[Fraction | float] = []
    for element in elements(value):
        allowed: Fraction | float = absolute
        if relative:
            size = abs(Fraction(element)) if is_exact(element) else abs(as_float(element))
            allowed = max(allowed, relative * size)
        if precision is not None:
            allowed = max(allowed, precision.unit(element) / 2)
        if not allowed and not is_exact(element):
            allowed = 1e-9 * max(1.0, abs(as_float(element)))
        slacks.append(allowed)
    return tuple(slacks)


def _fraction(request: Mapping[str, Any], name: str, otherwise: str = "0") -> Fraction:
    """A number that isn't negative, as JSON or as text."""
    given = request.get(name, otherwise)
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
    formula = Function(key.value, domains)
    if formula.residue is None and not formula.places.points:
        raise UsageError("the key has no value at any point tried.", "标准答案在所有试取的点上都没有值。")
    return Target("expression", None, printed, names=tuple(formula.domains), formula=formula)
