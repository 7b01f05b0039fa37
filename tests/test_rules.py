"""What the step graph reads from a rule: its parameters, without looking at it twice as hard as needed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import pytest

from solvers.network.kind import over
from solvers.rules import parameters_of, taking


def _plain(a: int, b: int) -> int:
    return a + b


def _with_defaults(a: int, b: int = 1, *, c: int, d: int = 2) -> int:
    return a + b + c + d


def _many(a: int, *more: int, **named: int) -> int:
    return a + sum(more) + sum(named.values())


@wraps(_plain)
def _wrapped(*numbers: int) -> int:
    return _plain(*numbers)


class _Method:
    def rule(self, a: int) -> int:
        return a


RULES: list[Callable[..., Any]] = [
    _plain,
    _with_defaults,
    _many,
    _wrapped,
    _Method().rule,
    partial(_with_defaults, c=1),
    lambda: 1,
    lambda x, *, y=2: x + y,
    taking(["r1", "r2"], lambda values: sum(values.values())),
    over(3, lambda *xs: xs[0]),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: getattr(rule, "__name__", type(rule).__name__))
def test_parameters_without_a_default_are_those_of_the_signature(rule: Callable[..., Any]) -> None:
    empty = inspect.Parameter.empty
    expected = [p.name for p in inspect.signature(rule).parameters.values() if p.default is empty]
    assert list(parameters_of(rule)) == expected
