"""Givens as people and programs write them: `n=227`, `x=1/2`, `W=[[1, 2], [3, 4]]`, `W=1 2; 3 4`, `mode=floor`, or one JSON object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from solvers.expression import ExpressionError, evaluate, parse
from solvers.givens import Given
from solvers.json_text import no_constant, why, without_repeats
from solvers.nearest import suggestion
from solvers.text import UsageError
from solvers.values import Value

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LARGEST_EXPONENT = 400  # beyond which a JSON number such as 1e999999999 would take minutes to write out
_LONGEST = 200_000
_SHOWN = 80  # characters of a word that a message repeats
_ARRAYS = ("vector", "matrix", "tensor", "shape")
_BETWEEN = re.compile(r"(?<=[\w.)\]])\s+(?=[-+]?[\w.(\[])")  # `1 -2` are two numbers, `1 - 2` is one


def read_givens(declared: Mapping[str, Given], words: Iterable[str]) -> dict[str, Value]:
    """The values in `name=value` words and JSON objects, exact. Raises UsageError that says which word is wrong."""
    values: dict[str, Value] = {}
    for word in words:
        found = _from_json(word) if word.lstrip().startswith("{") else _from_word(declared, word)
        for name in found:
            if name in values:
                raise UsageError(f"{_shown(name)} is given twice.", f"{_shown(name)} 给出了两次。")
        values.update(found)
    return values


def _from_word(declared: Mapping[str, Given], word: str) -> dict[str, Value]:
    name, sign, text = word.partition("=")
    name = name.strip()
    if not sign:
        raise UsageError(
            f"{_shown(word)!r} is not of the form name=value, with quotation marks around what holds blanks.",
            f"{_shown(word)!r} 不是 名称=值 的形式；含空格时请加引号。",
        )
    if name not in declared:
        hint = suggestion(name, declared)
        raise UsageError(
            f"There is no given {_shown(name)!r}.{hint.en} The givens are: {', '.join(declared)}.",
            f"没有已知量 {_shown(name)!r}。{hint.zh}已知量有：{'、'.join(declared)}。",
        )
    return {name: _read(name, declared[name], text.strip())}


def _shown(word: str) -> str:
    return word if len(word) <= _SHOWN else word[:_SHOWN] + "…"


def _read(name: str, given: Given, text: str) -> Value:
    if given.kind in ("word", "name"):
        return text.strip("\"'")
    if given.kind == "truth":
        return _TRUTHS.get(text.lower(), text)
    try:
        return evaluate(parse(_laid_out(given, text), names=(), longest=_LONGEST))
    except ExpressionError as error:
        shown = _shown(f"{name}={text}")
        raise UsageError(f"{shown}: {error.text.en}", f"{shown}：{error.text.zh}") from error


def _laid_out(given: Given, text: str) -> str:
    """`1 2; 3 4` and `[1 2; 3 4]`, as matrices are typed elsewhere, with the commas and brackets that they stand for."""
    if given.kind not in _ARRAYS:
        return text
    rows = [row if "," in row else _BETWEEN.sub(", ", row.strip()) for row in re.split(r"[;\n]", text)]
    inner = ";".join(rows).strip()
    if inner[:1] + inner[-1:] in ("[]", "()"):
        inner = inner[1:-1]
    if given.kind == "matrix" and not set("[](){}") & set(inner):
        return f"[{', '.join(f'[{row}]' for row in inner.split(';'))}]"
    return ";".join(rows)


def _from_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_float=_exact, parse_constant=no_constant, object_pairs_hook=without_repeats)
    except (ValueError, RecursionError) as error:
        reason = why(error)
        raise UsageError(f"This is not JSON: {reason.en}.", f"这不是合法的 JSON：{reason.zh}。") from None
    assert isinstance(found, dict)  # the text begins with a brace
    return found


def _exact(text: str) -> Fraction:
    if len(text) > _LARGEST_EXPONENT or abs(int(text.lower().partition("e")[2] or 0)) > _LARGEST_EXPONENT:
        raise ValueError(f"{_shown(text)} is out of range")
    return Fraction(text)
