"""The key of a request, from its text to a target that a response can be compared with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from grader.comparing.units import PERCENT
from grader.reading import Reading, Unreadable, Written, read
from grader.reading.statements import STATEMENTS
from grader.reading.surroundings import plain_text
from grader.request import MOST_DIGITS, Setting, each_once, setting_of, text_in
from grader.statements import is_statement
from questions.key import Choosable, Target
from questions.question import NUMERIC, ResponseType
from questions.variant import names_in_cost
from solvers.expression import names_in
from solvers.expression.function import IMAGINARY, UNIT, Function, Tolerance
from solvers.expression.nodes import Array
from solvers.expression.vocabulary import ANY
from solvers.text import Text, UsageError
from solvers.values import Shape, Value, as_float, is_array, is_exact

_ARRAYS = ("vector", "matrix", "tensor")
_LAST_BITS = 1e-9  # of a key that is no exact number
_KEYS_KEPT = 4096
_LONGEST_KEPT = 2_000  # characters of a key that is kept
_LABELLED = ("choice", "choices", "order", "matching")
_NONE = Fraction(0)


class KeyUnreadableError(UsageError):
    """The key of a request cannot be read; `offset` is where."""

    def __init__(self, reason: Text, offset: int) -> None:
        super().__init__(f"the key cannot be read: {reason.en}", f"无法识别标准答案：{reason.zh}")
        self.offset = offset


def target_in(setting: Setting, key: str) -> Target:
    """The key that a request gives, as a target. Raises KeyUnreadableError, or UsageError where it has no value.

    Targets are kept as settings are.
    """
    return _kept_target(setting, key) if len(key) <= _LONGEST_KEPT else _target(setting, key)


def target_of(request: Mapping[str, Any]) -> Target:
    """The key that a request describes. Raises UsageError, naming what is missing, unknown or unreadable."""
    return target_in(setting_of(request), text_in(request, "key"))


def _target(setting: Setting, key: str) -> Target:
    kind = setting.kind
    if kind in NUMERIC:
        try:
            return _numeric(setting, key)
        except KeyUnreadableError:
            formulas = _formulas(setting, key)
            if formulas is None:
                raise
            return formulas
    if kind == "text":
        accepted = tuple(plain_text(word) for word in key.split("|"))
        return _filled(setting.empty, value=accepted[0], printed=key, accept=accepted)
    if kind == "complexity":
        names = tuple(dict.fromkeys((*setting.domains, *names_in_cost(key))))
        return _filled(setting.empty, value=key, printed=key, names=names)
    if kind == "expression":
        return _expression(setting, key)
    if kind not in _LABELLED:
        return _filled(setting.empty, value=_read_key(key, kind).value, printed=key)
    value = _read_key(key, kind, options=setting.options).value
    shown = tuple(Choosable(label, Text.of(label), _is_right(label, value)) for label in setting.options)
    return _filled(setting.empty, value=value, printed=key, options=shown)


_kept_target = lru_cache(maxsize=_KEYS_KEPT)(_target)


def _filled(empty: Target, **fields: Any) -> Target:
    """A copy of a target with its key: what `replace` gives, which however costs more than marking a number."""
    target = object.__new__(Target)
    target.__dict__.update(empty.__dict__, **fields)
    return target


def _read_key(key: str, kind: ResponseType, *, names: tuple[str, ...] = (), options: tuple[str, ...] = ()) -> Reading:
    reading = read(key, kind, names=names, options=options)
    if isinstance(reading, Reading):
        return reading
    if isinstance(reading, Unreadable):
        raise KeyUnreadableError(reading.message, reading.offset)
    raise KeyUnreadableError(Text("it is empty", "内容为空"), 0)


def _is_right(label: str, value: Value) -> bool:
    return label in value if isinstance(value, frozenset) else label == value


def _numeric(setting: Setting, key: str) -> Target:
    reading = _read_key(key, setting.kind)
    value = each_once(reading).value if setting.distinct else reading.value
    if setting.shape is not None:
        value = _shaped(value, setting.shape)
    if isinstance(value, Shape):
        return _filled(setting.empty, value=value, printed=key)
    if is_array(value):
        slack = tuple([_slack(setting, element) for element in value.ravel().tolist()])
    else:
        slack = (_slack(setting, value),)
    written = reading.written
    unit = PERCENT if isinstance(written, Written) and written.form == "percent" else reading.unit
    return _filled(setting.empty, value=value, printed=key, slack=slack, unit=unit)


def _shaped(value: Value, shape: tuple[int, ...]) -> Value:
    """The key in the shape that is stated; one that is written flat is laid out."""
    if is_array(value) and value.shape != shape and 1 in (value.ndim, *value.shape) and value.size == np.prod(shape):
        return value.reshape(shape)
    if np.shape(value) != shape:
        raise UsageError(
            f"the key's shape is {list(np.shape(value))}, but 'shape' says {list(shape)}.",
            f"标准答案的形状是 {list(np.shape(value))}，而 'shape' 为 {list(shape)}。",
        )
    return value


def _slack(setting: Setting, element: Value) -> Fraction | float:
    """The largest of what `abs`, `rel` and the stated digits allow; without them, exact keys allow nothing."""
    allowed: Fraction | float = setting.absolute
    precision = setting.empty.precision
    if setting.relative:
        size = abs(Fraction(element)) if is_exact(element) else abs(as_float(element))
        allowed = max(allowed, setting.relative * size)
    if precision is not None:
        half = precision.unit(element) / 2 if precision.decimals is None else _half_place(precision.decimals)
        allowed = max(allowed, half) if allowed else half
    if not allowed and type(element) is float:
        return _LAST_BITS * max(1.0, abs(element))
    return allowed


@lru_cache(maxsize=MOST_DIGITS + 1)
def _half_place(decimals: int) -> Fraction:
    return Fraction(1, 2 * 10**decimals)


def _expression(setting: Setting, key: str) -> Target:
    """The key as a function of its variables; `i` is the imaginary unit where a variable is complex."""
    domains = setting.domains
    applied = tuple(f"{name}()" for name in setting.functions)
    imaginary = (IMAGINARY,) if "complex" in domains.values() else ()
    declared = (*(domains or (ANY,)), *applied, *imaginary)
    node = _read_key(key, "expression", names=(*declared, STATEMENTS)).value
    if not domains and (letters := _letters_of_products(names_in(node))):
        node = _read_key(key, "expression", names=(*letters, *declared, STATEMENTS)).value
    domains = domains or ({IMAGINARY: UNIT} if IMAGINARY in names_in(node) else {})
    absolute = as_float(max(setting.absolute, _half_place_of(setting)))
    formula = Function(node, domains, Tolerance(absolute, as_float(setting.relative)))
    names = tuple(dict.fromkeys((*formula.domains, *declared)))
    if is_statement(node):
        return replace(setting.empty, printed=key, names=(*names, STATEMENTS), formula=formula)
    if formula.residue is None and not formula.places.points:
        raise UsageError("the key has no value at any point tried.", "标准答案在所有试取的点上都没有值。")
    return replace(setting.empty, printed=key, names=names, formula=formula)


def _letters_of_products(names: Collection[str]) -> tuple[str, ...]:
    """The letters of the words that are products of other names of the key, as `ab` is beside `a^2` and `b^2`."""
    words = [name for name in names if len(name) > 1 and name.isascii() and name.isalpha() and set(name) <= set(names)]
    return tuple(sorted(set("".join(words))))


def _formulas(setting: Setting, key: str) -> Target | None:
    """An array with names in it, as a list or rows of formulas, or a complex number; None if the key is neither."""
    try:
        target = _expression(setting, key)
    except UsageError:
        return None
    formula = target.formula
    assert formula is not None
    is_one = isinstance(formula.node, Array) if setting.kind in _ARRAYS else formula.has_unit
    return replace(target, type="expression") if is_one else None


def _half_place_of(setting: Setting) -> Fraction:
    precision = setting.empty.precision
    return _NONE if precision is None or precision.decimals is None else _half_place(precision.decimals)
