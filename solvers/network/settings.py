"""A layer's settings out of a network's YAML: whole numbers may be expressions over the network's sizes, such as `4*width`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from fractions import Fraction
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from solvers.expression import ExpressionError, evaluate, parse
from solvers.nearest import suggestion
from solvers.network.kind import Kind
from solvers.text import Text
from solvers.yaml_reader import Node, Scalar, Sequence

LARGEST = 10**9  # of a size: beyond it nothing fits into any memory


class SettingError(Exception):
    """A setting cannot be taken; `node` is where it stands, `text` why."""

    def __init__(self, node: Node, en: str, zh: str) -> None:
        super().__init__(en)
        self.node = node
        self.text = Text(en, zh)


_fields: dict[str, dict[str, Any]] = {}


def fields_of(kind: type[Kind]) -> dict[str, Any]:
    """The types of a kind's settings by name, the one that may stand behind its word first."""
    if kind.word not in _fields:
        hints = get_type_hints(kind)
        _fields[kind.word] = {field.name: hints[field.name] for field in fields(kind)}
    return _fields[kind.word]


def first_setting(kind: type[Kind]) -> str | None:
    """The setting that a network may write right behind the kind's word."""
    return next(iter(fields_of(kind)), None)


def required(kind: type[Kind]) -> list[str]:
    """The settings without a default."""
    return [field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING]


def setting(kind: type[Kind], name: str, node: Node, sizes: Mapping[str, int]) -> Any:
    """The value of one setting. Raises SettingError where it is none of those that the setting takes."""
    alternatives = _alternatives(fields_of(kind)[name])
    if isinstance(node, Sequence):
        if not any(get_origin(kind) is tuple for kind in alternatives):
            raise SettingError(node, f"{name} is no list", f"{name} 不是列表")
        return tuple(number(item, sizes, name) for item in node.items)
    if not isinstance(node, Scalar):
        raise SettingError(node, f"{name} is a value, not a mapping", f"{name} 应为一个值，而不是映射")
    return _scalar(name, node, alternatives, sizes)


def _scalar(name: str, node: Scalar, alternatives: list[Any], sizes: Mapping[str, int]) -> Any:
    words = [word for kind in alternatives if get_origin(kind) is Literal for word in get_args(kind)]
    if node.value is None and NoneType in alternatives:
        return None
    if isinstance(node.value, bool):
        if bool in alternatives:
            return node.value
        raise SettingError(node, f"{name} is not a question of true or false", f"{name} 不是真假值")
    if isinstance(node.value, str) and (node.value in words or str in alternatives):
        return node.value
    numeric = [kind for kind in alternatives if kind in (int, float) or get_origin(kind) is tuple]
    if not numeric:
        choices = words or ["true", "false"]
        hint = suggestion(node.text, choices)
        raise SettingError(
            node,
            f"{name} is one of {', '.join(choices)}.{hint.en}",
            f"{name} 应为 {'、'.join(choices)} 之一。{hint.zh}",
        )
    return _real(node, sizes, name) if float in numeric else number(node, sizes, name)


def _alternatives(hint: Any) -> list[Any]:
    """What a type stands for, one by one."""
    if get_origin(hint) in (Union, UnionType):
        return [each for part in get_args(hint) for each in _alternatives(part)]
    return [hint]


def number(node: Node, sizes: Mapping[str, int], name: str) -> int:
    """A whole number, written as such or as an expression over the sizes."""
    value = _real(node, sizes, name)
    if value != int(value) or abs(value) > LARGEST:
        raise SettingError(node, f"{name} is a whole number", f"{name} 应为整数")
    return int(value)


def _real(node: Node, sizes: Mapping[str, int], name: str) -> float | int:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, str):
        try:
            value = evaluate(parse(value, sizes), sizes)
        except ExpressionError as error:
            raise SettingError(node, f"{name}: {error.text.en}", f"{name}：{error.text.zh}") from None
    if isinstance(value, bool) or not isinstance(value, (int, Fraction, float)):
        raise SettingError(node, f"{name} is a number", f"{name} 应为数")
    return value if isinstance(value, int) else float(value)
