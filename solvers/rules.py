"""Rules made for steps whose number of inputs is known only when the derivation is built."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from functools import wraps
from types import FunctionType
from typing import Any, TypeGuard

from solvers.values import Value

_MANY = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def positional(rule: Callable[..., Value], parameters: Iterable[str]) -> Callable[..., Value]:
    """The rule as one that is handed its inputs one after another, in the order of these parameters: that is the quickest way to call it."""
    names = tuple(parameters)
    if _is_plain(rule) and not rule.__code__.co_kwonlyargcount and rule.__code__.co_varnames[: len(names)] == names:
        return rule
    return lambda *inputs: rule(**dict(zip(names, inputs, strict=True)))


def _is_plain(rule: Callable[..., Any]) -> TypeGuard[FunctionType]:
    """Whether a rule takes just what its code says."""
    own = getattr(rule, "__dict__", {})
    return (
        type(rule) is FunctionType
        and "__wrapped__" not in own
        and "__signature__" not in own
        and not rule.__code__.co_flags & _MANY
    )


def parameters_of(rule: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a rule's parameters that have no default.

    A network has thousands of rules, and `inspect.signature` takes ten times as long as a look at a plain function's code.
    """
    if not _is_plain(rule):
        parameters = inspect.signature(rule).parameters.values()
        return tuple(p.name for p in parameters if p.default is inspect.Parameter.empty)
    code = rule.__code__
    required = code.co_argcount - len(rule.__defaults__ or ())
    last = code.co_argcount + code.co_kwonlyargcount
    optional = rule.__kwdefaults__ or {}
    return code.co_varnames[:required] + tuple(
        name for name in code.co_varnames[code.co_argcount : last] if name not in optional
    )


def taking(names: Iterable[str], function: Callable[[dict[str, Value]], Value]) -> Callable[..., Value]:
    """The function as a rule whose parameters have these names; it is handed its inputs by name."""

    def rule(**values: Value) -> Value:
        return function(values)

    parameters = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names]
    rule.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect.signature
    return rule


def times(factor: Value, rule: Callable[..., Value]) -> Callable[..., Value]:
    """The rule with its result multiplied by a factor."""

    @wraps(rule)
    def multiplied(*inputs: Value, **named: Value) -> Value:
        return factor * rule(*inputs, **named)

    return multiplied


def in_bits(rule: Callable[..., Value]) -> Callable[..., Value]:
    """The rule with its result, which is in nats, in bits: with logarithms to base 2."""
    return times(1 / math.log(2), rule)


def to_base_ten(rule: Callable[..., Value]) -> Callable[..., Value]:
    """The rule with its result, which is in nats, as logarithms to base ten give it: those of the key `log`."""
    return times(1 / math.log(10), rule)


def turning(rule: Callable[..., Value], *matrices: str) -> Callable[..., Value]:
    """The rule of somebody whose vectors lie the other way: the named matrices are used transposed, as far as they are square.

    The shape of any other matrix says on which side of it a vector stands.
    """

    @wraps(rule)
    def turned(**inputs: Any) -> Value:
        for name in matrices:
            own = inputs[name]
            inputs[name] = own.T if own.ndim == 2 and own.shape[0] == own.shape[1] else own
        return rule(**inputs)

    return turned


def sum_of(*steps: str) -> Callable[..., Value]:
    """The rule that adds up the named steps, however many there are."""
    return taking(steps, lambda values: sum(values.values()))
