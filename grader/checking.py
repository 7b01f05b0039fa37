"""One response against a key that is given as text: what `gradmark check` and other programs ask for.

A request is a JSON object with `type`, `key` and `answer` (texts in the notation of responses) and what else `grader.request` knows.
The reply has the `verdict` (`correct`, `partial`, `incorrect`, `coarse`, `form` or `unreadable`), the `marks` earned, `credit` from 0 to
1, `reading`, `feedback`, and `error`: null, or `code` and `offset` of what could not be read, be it the answer, the key or the request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from json.encoder import encode_basestring
from typing import Any

from grader.comparing import compare
from grader.marking import read_for
from grader.plainly import decide
from grader.reading import Blank, Reading, Unreadable
from grader.request import Setting, each_once, language_of, setting_of, text_in
from grader.request_key import KeyUnreadableError, target_in
from questions.blueprint import Policy
from questions.key import Target
from solvers.json_text import no_constant, why
from solvers.text import GradmarkError, Language, Text

LONGEST_LINE = 1_000_000
"""Characters of a line that is a request."""
_MOST_BYTES = 4 * LONGEST_LINE + 4  # as UTF-8, and a little more
CHUNK = 1 << 16
"""Bytes of requests that are answered at once."""

_POLICY = Policy()
_NO_ANSWER = Text("No answer.", "未作答。")
_READER = json.JSONDecoder(parse_constant=no_constant)
_WRITER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def check(request: Mapping[str, Any], policy: Policy | None = None, language: Language = "en") -> dict[str, Any]:
    """The reply to one request, in `language` unless it names one. Raises UsageError for a request that is itself wrong."""
    setting = setting_of(request, language)
    key, answer = request.get("key"), request.get("answer")
    if key.__class__ is not str or answer.__class__ is not str:
        key, answer = text_in(request, "key"), text_in(request, "answer")
    right = decide(answer, key, setting.margin) if setting.margin is not None else None
    if right is None:
        reply = _reply_to(answer, target_in(setting, key), setting, policy or _POLICY)
    elif right:
        reply = _said("correct", setting.marks, 1.0, answer)
    else:
        reply = _said("incorrect", 0.0, 0.0, answer)
    return {"id": request["id"], **reply} if "id" in request else reply


def _reply_to(answer: str, target: Target, setting: Setting, policy: Policy) -> dict[str, Any]:
    language = setting.language
    match read_for(answer, target):
        case Blank():
            return _failed(_NO_ANSWER[language], "blank", 0)
        case Unreadable() as found:
            expected = Text(f" Expected: {found.expected.en}.", f"应填：{found.expected.zh}。")
            return _failed(found.message[language] + expected[language], found.code, found.offset)
        case Reading() as reading:
            outcome = compare(each_once(reading) if setting.distinct else reading, target, policy)
            feedback = ("" if language == "zh" else " ").join(
                [note[language] for note in (*reading.notes, *outcome.notes)]
            )
            credit = float(outcome.credit)
            partly = 0 < credit < 1  # only then is there anything to multiply
            marks = float(outcome.credit * setting.worth) if partly else setting.marks * credit
            return _said(outcome.kind, marks, credit, reading.echo, feedback)


def _said(verdict: str, marks: float, credit: float, reading: str, feedback: str = "") -> dict[str, Any]:
    return {
        "verdict": verdict,
        "marks": marks,
        "credit": credit,
        "reading": reading,
        "feedback": feedback,
        "error": None,
    }


def _failed(message: str, code: str, offset: int) -> dict[str, Any]:
    return {**_said("unreadable", 0.0, 0.0, "", message), "error": {"code": code, "offset": offset}}


def check_line(line: str, language: Language = "en") -> dict[str, Any]:
    """The reply to a line of JSON; a line that is no request gets a reply that says so, and the next one is read."""
    try:
        if len(line) > LONGEST_LINE:
            message = Text(
                f"This line is longer than {LONGEST_LINE} characters.", f"这一行超过 {LONGEST_LINE} 个字符。"
            )
            return _failed(message[language], "request", LONGEST_LINE)
        request, end = _READER.raw_decode(line) if line[:1] == "{" else (None, 0)
        if end != len(line):
            request = _READER.decode(line)  # which says what is wrong, and where
    except (ValueError, RecursionError) as error:
        said = why(error, line=False)
        message = Text(f"This is not JSON: {said.en}.", f"这不是 JSON：{said.zh}。")
        return _failed(message[language], "request", getattr(error, "pos", 0))
    if not isinstance(request, dict):
        return _failed(Text("A request is a JSON object.", "请求应为 JSON 对象。")[language], "request", 0)
    try:
        return check(request, language=language)
    except (GradmarkError, RecursionError) as error:
        said = error.text if isinstance(error, GradmarkError) else Text("it is nested too deep", "嵌套过深")
        code, offset = ("key", error.offset) if isinstance(error, KeyUnreadableError) else ("request", 0)
        reply = _failed(said[language_of(request, language)], code, offset)
        return {"id": request["id"], **reply} if "id" in request else reply


def check_lines(lines: Iterable[str], language: Language = "en") -> Iterator[dict[str, Any]]:
    """A reply for each line that isn't empty."""
    return (check_line(line, language) for line in lines if line and not line.isspace())


def written(reply: Mapping[str, Any]) -> str:
    """A reply as JSON on one line: what `json.dumps` makes of it, in a fraction of the time."""
    first = f'"id": {_encoded(reply["id"])}, ' if "id" in reply else ""
    error = "null" if reply["error"] is None else _encoded(reply["error"])
    return (
        f'{{{first}"verdict": "{reply["verdict"]}", "marks": {reply["marks"]!r}, "credit": {reply["credit"]!r}, '
        f'"reading": {encode_basestring(reply["reading"])}, "feedback": {encode_basestring(reply["feedback"])}, "error": {error}}}'
    )


def _encoded(value: Any) -> str:
    """A value of a request as JSON; what JSON can be read from but not written in, such as 1e999, becomes null."""
    if isinstance(value, str):
        return encode_basestring(value)
    try:
        return _WRITER.encode(value)
    except (ValueError, RecursionError):
        return "null"


def check_bytes(chunks: Iterable[bytes], language: Language = "en") -> Iterator[str]:
    """The replies to JSONL that comes in pieces: for each piece, the lines that it completes, answered.

    Memory holds one piece and one line, and of that no more than a request may have.
    """
    rest = b""
    for chunk in chunks:
        head, end, tail = chunk.rpartition(b"\n")
        if end:
            yield _answered(rest + head, language)
            rest = tail
        else:
            rest = (rest + chunk)[:_MOST_BYTES]
    if rest:
        yield _answered(rest, language)


def _answered(lines: bytes, language: Language) -> str:
    """The replies to whole lines, each ended; a byte order mark is none of them."""
    text = lines.decode("utf-8", "replace").removeprefix("\ufeff")
    replies = "".join([written(reply) + "\n" for reply in check_lines(text.split("\n"), language)])
    return replies.encode("utf-8", "backslashreplace").decode("utf-8")  # half a surrogate pair, as JSON writes it
