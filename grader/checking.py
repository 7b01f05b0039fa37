"""One response against a key that is given as text: what `gradmark check` and other programs ask for.

A request is a JSON object with `type`, `key` and `answer` (texts in the notation of responses) and, as the type needs, `decimals`,
`significant` (or `sigfigs`), `abs`, `rel`, `variables`, `options` (or `choices`), `id`. The reply has `verdict` (`correct`, `partial`,
`incorrect`, `coarse`, `form`, `blank`, `unreadable`), `credit` from 0 to 1, `reading`, `feedback` and, for what could not be read, `error`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, get_args

from grader.comparing import compare
from grader.marking import read_for
from grader.reading import Blank, Reading, Unreadable, read
from questions.blueprint import Policy
from questions.key import Choosable, Precision, Target
from questions.question import NUMERIC, ResponseType
from questions.stream import Stream
from questions.variant import POINTS
from solvers.expression import ExpressionError, evaluate, names_in, parse
from solvers.nearest import suggestion
from solvers.text import GradmarkError, Language, Text, UsageError
from solvers.values import Value, array, as_float, elements, is_exact, is_number

_TYPES = get_args(ResponseType)
_KNOWN = {
    "id", "type", "key", "answer", "decimals", "significant", "sigfigs", "abs", "rel", "variables", "options", "choices", "lang",
}  # fmt: skip
_WHOLE = (1, 2, 3, 5, 7, 8, 11, 13, 16, 24)
_REAL = tuple(Fraction(n, 8) for n in (1, 3, 5, 9, 12, 17, 25, 37, -3, -7, -13, -22))


def check(request: Mapping[str, Any], policy: Policy | None = None) -> dict[str, Any]:
    """The reply to one request. Raises UsageError for a request that is itself wrong."""
    target = target_of(request)
    language: Language = "zh" if request.get("lang") == "zh" else "en"
    reading = read_for(_text(request, "answer"), target)
    reply: dict[str, Any] = {"id": request["id"]} if "id" in request else {}
    match reading:
        case Blank():
            return reply | _reply("blank", Fraction(0), "", Text("No answer.", "未作答。")[language])
        case Unreadable():
            expected = Text(f" Expected: {reading.expected.en}.", f"应填：{reading.expected.zh}。")
            error = {"code": reading.code, "offset": reading.offset}
            said = reading.message[language] + expected[language]
            return reply | _reply("unreadable", Fraction(0), "", said) | {"error": error}
        case Reading():
            outcome = compare(reading, target, policy or Policy())
            notes = " ".join(note[language] for note in (*reading.notes, *outcome.notes))
            return reply | _reply(outcome.kind, outcome.credit, reading.echo, notes)


def _reply(verdict: str, credit: Fraction, reading: str, feedback: str) -> dict[str, Any]:
    return {"verdict": verdict, "credit": float(credit), "reading": reading, "feedback": feedback, "error": None}


def check_line(line: str) -> dict[str, Any]:
    """The reply to a line of JSON; a line that is no request gets a reply that says so, and the next one is read."""
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise UsageError("A request is a JSON object.", "请求应为一个 JSON 对象。")
        return check(request)
    except GradmarkError as error:
        return _refused(line, error.text.en)
    except (ValueError, RecursionError) as error:
        return _refused(line, f"This is not JSON: {error}.")


def _refused(line: str, message: str) -> dict[str, Any]:
    return {
        "verdict": "error",
        "credit": 0.0,
        "reading": "",
        "feedback": message,
        "error": {"code": "request", "offset": 0},
    }


def check_lines(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """A reply for each line that isn't empty."""
    return (check_line(line) for line in lines if line.strip())


def target_of(request: Mapping[str, Any]) -> Target:
    """The key that a request describes. Raises UsageError, naming what is missing, unknown or unreadable."""
    for name in request:
        if name not in _KNOWN:
            hint = suggestion(name, _KNOWN)
            raise UsageError(f"unknown field {name!r}.{hint.en}", f"未知的字段 {name!r}。{hint.zh}")
    kind = _text(request, "type")
    if kind not in _TYPES:
        hint = suggestion(kind, _TYPES)
        raise UsageError(
            f"unknown type {kind!r}.{hint.en} Types: {', '.join(_TYPES)}.",
            f"未知的类型 {kind!r}。{hint.zh}类型有：{'、'.join(_TYPES)}。",
        )
    options = tuple(str(label) for label in request.get("options") or request.get("choices") or "ABCDEFGH")
    key = _text(request, "key")
    if kind == "text":
        accepted = tuple(word.strip() for word in key.split("|"))
        return Target(kind, accepted[0], key, accept=accepted)
    if kind == "complexity":
        return Target(kind, key, key, names=tuple(request.get("variables") or ()))
    variables = request.get("variables") or {}
    names = tuple(variables) or (_names(key) if kind == "expression" else ())
    read_key = read(key, kind, names=names, options=options)
    if not isinstance(read_key, Reading):
        why = read_key.message if isinstance(read_key, Unreadable) else Text("it is empty", "内容为空")
        raise UsageError(f"the key cannot be read: {why.en}", f"无法识别标准答案：{why.zh}")
    if kind == "expression":
        return _expression(read_key, key, variables)
    if kind not in NUMERIC:
        shown = tuple(Choosable(label, Text.of(label), _is_right(label, read_key.value)) for label in options)
        with_options = kind in ("choice", "choices", "order", "matching")
        return Target(kind, read_key.value, key, options=shown if with_options else ())
    precision = _precision(request, read_key)
    return Target(kind, read_key.value, key, precision, _slack(request, read_key.value, precision))


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


def _precision(request: Mapping[str, Any], key: Reading) -> Precision | None:
    if isinstance(request.get("decimals"), int):
        return Precision(decimals=request["decimals"])
    figures = request.get("significant", request.get("sigfigs"))
    if isinstance(figures, int) and figures > 0:
        return Precision(significant=figures)
    return None


def _slack(request: Mapping[str, Any], value: Value, precision: Precision | None) -> tuple[Fraction | float, ...]:
    """The largest of what `abs`, `rel` and the stated digits allow; without them, exact keys allow nothing."""
    absolute, relative = _fraction(request, "abs"), _fraction(request, "rel")
    slacks: list[Fraction | float] = []
    for element in elements(value):
        allowed: Fraction | float = absolute
        if relative:
            allowed = max(allowed, relative * abs(Fraction(element)))
        if precision is not None:
            allowed = max(allowed, precision.unit(element) / 2)
        if not allowed and not is_exact(element):
            allowed = 1e-9 * max(1.0, abs(as_float(element)))
        slacks.append(allowed)
    return tuple(slacks)


def _fraction(request: Mapping[str, Any], name: str) -> Fraction:
    value = request.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise UsageError(f"{name!r} is no number.", f"{name!r} 不是数。")
    try:
        return abs(Fraction(str(value)))
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"{name!r} is no number.", f"{name!r} 不是数。") from None


def _expression(key: Reading, printed: str, variables: Mapping[str, str] | list[str]) -> Target:
    """The key's values at points of the variables' domains: `integer`, `positive`, `nonnegative` or `real`."""
    kinds = dict(variables) if isinstance(variables, Mapping) else dict.fromkeys(variables, "real")
    for name in names_in(key.value):
        kinds.setdefault(name, "real")
    stream = Stream(f"gradmark|check|{printed}")
    points: list[dict[str, Value]] = []
    values: list[Value] = []
    for _ in range(POINTS * 20):
        if len(points) == POINTS or (points and not kinds):
            break
        point = {name: _sample(kind, stream) for name, kind in kinds.items()}
        try:
            value = evaluate(key.value, point)
        except ExpressionError:
            continue
        if is_number(value) and point not in points:
            points.append(point)
            values.append(value)
    if not points:
        raise UsageError("the key has no value at any point tried.", "标准答案在所有试取的点上都没有值。")
    slack = tuple(Fraction(0) if is_exact(x) else 1e-9 * max(1.0, abs(as_float(x))) for x in values)
    target = Target("expression", array(values), printed, slack=slack, names=tuple(kinds), points=tuple(points))
    return replace(target, function=lambda point: evaluate(key.value, point))


def _sample(kind: str, stream: Stream) -> Value:
    match kind:
        case "integer":
            return _WHOLE[stream.below(len(_WHOLE))]
        case "positive" | "nonnegative":
            return abs(_REAL[stream.below(len(_REAL))])
        case "real" | "complex":
            return _REAL[stream.below(len(_REAL))]
        case _:
            raise UsageError(
                f"unknown domain {kind!r}; domains: integer, positive, nonnegative, real.",
                f"未知的取值范围 {kind!r}；可用：integer、positive、nonnegative、real。",
            )
