"""What runs of a derivation have in common: which rules they follow, and in which order their steps are computed.

Whoever looks for a mistake makes hundreds of runs, and a whole class makes the same few mistakes on different numbers: what does not depend on the
numbers is found once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from solvers.rules import positional

if TYPE_CHECKING:
    from solvers.derivation import Derivation, Rule, Sourced

Work = tuple[str, "Rule", tuple[str, ...]]
"""A step to be computed, its rule, and the givens or steps that the rule takes, one after another."""


class CircularError(ValueError):
    """Replaced rules need each other; `step` is one that needs itself in the end."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class Wiring:
    """A derivation's rules, others standing in for some, and what is left of the graph where values are put in.

    `rules` are those of misconceptions, `formulas` a student's own, which no misconception's displaces; `put` are the steps with values put in.
    `fresh` are the steps in which a run differs from the one that it takes all others from; None where it computes everything by itself.
    """

    def __init__(
        self,
        derivation: Derivation,
        rules: Mapping[str, Sourced],
        formulas: Mapping[str, Sourced],
        put: frozenset[str] = frozenset(),
        fresh: tuple[str, ...] | None = None,
    ) -> None:
        self.derivation = derivation
        self.rules = rules
        self.formulas = formulas
        self._standing_in = {**rules, **formulas} if formulas else rules
        self._put = put
        self._fresh = fresh
        self._changed: dict[tuple[tuple[str, ...], tuple[str, ...]], Wiring] = {}
        self._orders: dict[str, tuple[Work, ...]] = {}

    def changed(self, ids: tuple[str, ...] = (), put: tuple[str, ...] = ()) -> Wiring:
        """That of a run which goes on from one of this wiring, with the rules of misconceptions or conventions or values put in as well."""
        found = self._changed.get((ids, put))
        if found is None:
            rules = {step: rule for id in ids for step, rule in self.derivation.misconceptions[id].rules.items()}
            found = Wiring(
                self.derivation, {**self.rules, **rules}, self.formulas, self._put.union(put), (*put, *rules)
            )
            self._changed[ids, put] = found
        return found

    def with_formulas(self, formulas: Mapping[str, Sourced]) -> Wiring:
        """The same with a student's own rules for some steps."""
        return Wiring(self.derivation, self.rules, formulas, self._put, (*(self._fresh or ()), *formulas))

    @cached_property
    def whole(self) -> Wiring:
        """That of a run which computes everything by itself."""
        return self if self._fresh is None else Wiring(self.derivation, self.rules, self.formulas, self._put)

    @cached_property
    def touched(self) -> frozenset[str]:
        """The steps that a run does not take from another one."""
        return frozenset(self.derivation.steps) if self._fresh is None else self.derivation.downstream(self._fresh)

    def sourced(self, step: str) -> Sourced:
        """The rule that a step has here, and what its parameters stand for."""
        if step in self._standing_in:
            return self._standing_in[step]
        own = self.derivation.steps[step]
        return own.rule, own.inputs

    def order(self, step: str) -> tuple[Work, ...]:
        """What has to be computed for a step, that itself last. Raises CircularError where the replaced rules need each other."""
        found = self._orders.get(step)
        if found is None:
            found = self._orders[step] = self._ordered(step)
        return found

    def _ordered(self, step: str) -> tuple[Work, ...]:
        order: dict[str, Work] = {}
        begun: set[str] = set()
        waiting = [step]
        while waiting:
            name = waiting[-1]
            rule, inputs = self.sourced(name)
            ahead = [s for s in inputs.values() if s in self.touched and s not in self._put and s not in order]
            if name in order or not ahead:
                order.setdefault(waiting.pop(), (name, positional(rule, inputs), tuple(inputs.values())))
            elif name in begun:
                raise CircularError(name)
            else:
                begun.add(name)
                waiting.extend(reversed(ahead))
        return tuple(order.values())
