"""Rules made for steps whose number of inputs is known only when the derivation is built."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

from solvers.values import Value


def taking(names: Iterable[str], function: Callable[[dict[str, Value]], Value]) -> Callable[..., Value]:
    """The function as a rule whose parameters have these names; it is handed its inputs by name."""

    def rule(**values: Value) -> Value:
        return function(values)

    parameters = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names]
    rule.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect.signature
    return rule
