"""What all optimisers share: how one is described, and how it is unrolled over its steps."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, number
from solvers.optimisers.settings import Setting, Step
from solvers.values import Number, Value


@dataclass(frozen=True)
class Method:
    """One optimiser: its own givens, what it remembers, the steps it adds, and its form's size."""

    name: str
    en: str
    zh: str
    givens: Callable[[Setting], dict[str, Given]]
    add: Callable[..., None]
    started: Mapping[str, str]
    oracle: Callable[[Setting, Mapping[str, Value]], dict[str, Any]]
    size: Callable[[Mapping[str, Value]], tuple[Hashable, ...]]
    smallest: tuple[Hashable, ...]


def family(method: Method, setting: Setting) -> Family:
    """The method in a setting, unrolled over as many steps as the givens say."""

    def build(length: int, sloped: bool, *options: Hashable) -> Derivation:
        d = Derivation(
            f"optim.{method.name}{setting.suffix}",
            f"{method.en}, {setting.en}",
            f"{method.zh}，{setting.zh}",
            **setting.givens(),
            **method.givens(setting),
        )
        for step in range(1, length + 1):
            method.add(Step(d, setting, step, method.started, sloped), *options)
        d.oracle(lambda **givens: method.oracle(setting, givens))
        return d

    return Family(
        f"optim.{method.name}{setting.suffix}",
        build,
        lambda givens: (*setting.size(givens), *method.size(givens)),
        smallest=(2, not setting.listed, *method.smallest),
    )


def rate_given(default: Number) -> Given:
    """The learning rate."""
    return number(r"\eta", "learning rate", "学习率", default=default)


def epsilon(default: float) -> Given:
    """The number that keeps a divisor from 0."""
    return number(
        r"\epsilon", "small number that keeps the divisor from 0", "防止除数为 0 的小常数", default=default, least=0
    )


def share(symbol: str, en: str, zh: str, default: Number) -> Given:
    """A coefficient between 0 and 1."""
    return number(symbol, en, zh, default=default, least=0, most=1)
