"""Givens as people and programs write them: `n=227`, `x=1/2`, `W=[[1, 2], [3, 4]]`, `mode=floor`, or one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from solvers.expression import ExpressionError, evaluate, parse
from solvers.givens import Given
from solvers.nearest import suggestion
from solvers.text import UsageError
from solvers.values import Value

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LARGEST_EXPONENT = 400  # beyond which a JSON number such as 1e999999999 would take minutes to write out
_LONGEST = 200_000


def read_givens(declared: Mapping[str, Given], words: Iterable[str]) -> dict[str, Value]:
    """The values in `name=value` words and JSON objects, exact. Raises UsageError that says which word is wrong."""
    values: dict[str, Value] = {}
    for word in words:
        if word.lstrip().startswith("{"):
            values.update(_from_json(word))
            continue
        name, sign, text = word.partition("=")
        name = name.strip()
        if not sign:
            raise UsageError(f"{word!r} is not of the form name=value.", f"{word!r} 不是 名称=值 的形式。")
        if name not in declared:
            hint = suggestion(name, declared)
            raise UsageError(
                f"There is no given {name!r}.{hint.en} The givens are: {', '.join(declared)}.",
                f"没有已知量 {name!r}。{hint.zh}已知量有：{'、'.join(declared)}。",
            )
        values[name] = _read(name, declared[name], text.strip())
    return values


def _read(name: str, given: Given, text: str) -> Value:
    if given.kind == "word":
        return text.strip("\"'")
    if given.kind == "truth":
        return _TRUTHS.get(text.lower(), text)
    try:
        return evaluate(parse(text, names=(), longest=_LONGEST))
    except ExpressionError as error:
        raise UsageError(f"{name}={text}: {error.text.en}", f"{name}={text}：{error.text.zh}") from error


def _from_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_float=_exact)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"This is not JSON: {error}.", f"这不是合法的 JSON：{error}。") from None
    assert isinstance(found, dict)  # the text begins with a brace
    return found


def _exact(text: str) -> Fraction:
    if abs(Decimal(text).adjusted()) > _LARGEST_EXPONENT:
        raise ValueError(f"{text} is out of range")
    return Fraction(text)
