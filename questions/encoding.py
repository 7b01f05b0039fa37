"""Exact values in JSON and back: what the teacher's key keeps of a variant."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.text import GradmarkError
from solvers.values import Shape, Value, array, is_array


def encode(value: Value) -> Any:
    """Fractions as `{"fraction": "3/20"}`, shapes as `{"shape": [...]}`, arrays as nested lists, the rest as it is."""
    if is_array(value):
        return [encode(row) for row in value]
    if isinstance(value, Shape):
        return {"shape": list(value)}
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    return value


def decode(data: Any) -> Value:
    """The value that `encode` wrote. Raises GradmarkError for anything else."""
    if isinstance(data, list):
        return array([decode(item) for item in data])
    if isinstance(data, dict):
        if set(data) == {"fraction"}:
            return Fraction(data["fraction"])
        if set(data) == {"shape"}:
            return Shape(data["shape"])
        raise GradmarkError(
            "The key holds a value that gradmark did not write.", "答案文件中有不是由 gradmark 写入的值。"
        )
    return data
