"""Which step a line of working is about: by its name, by its value, by what its formula comes to, or by a mistake that leads to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.working.expressions import Expression
from grader.working.spellings import Quantity
from grader.working.values import Budget, Given, close, fitted, follows, is_near, telling
from questions.key import value_of
from solvers.trace import StepError, Trace

_TELLS = 8.0  # bits from which on a value alone says which step it belongs to
_TELLS_WORKED_OUT = 6.0  # the same of one that was worked out before the equals sign
_TELLS_NAMED = 3.0  # the same of one whose name may mean the step
_DRIFT = 1e-3  # what rounded numbers may move a formula by that has no other claim to be a step's
_MOST_LOOKED = 16  # lines of one response that were found to be about no step, beyond which no more are looked at
_MOST_TRIED = 4  # lines of one response for which mistakes are tried


@dataclass
class Places:
    """The steps that lines without a sure name may be about: those on the way to the answer that none shows yet.

    `run` gives the graph with the student's values so far, `open` the steps that are not shown.
    """

    key: Trace
    listed: Sequence[str]
    run: Callable[[str], Trace]
    open: Callable[[], Iterable[str]]
    looked: int = 0
    tried: int = 0

    def by_value(self, given: Given, perhaps: Sequence[Quantity], expressions: Sequence[Expression]) -> Quantity | None:
        """The step that has just this value: of those that the name may mean, else of all, if the value says enough."""
        if self.looked >= _MOST_LOOKED:
            return None
        found = next((q for q in perhaps if self._has(q, given)), None)
        if found is not None:
            return found
        least = _TELLS_WORKED_OUT if expressions or not given.whole else _TELLS
        if telling(given) < least:
            return None
        found = next((q for q in map(Quantity, self.open()) if self._has(q, given)), None)
        self.looked += found is None
        return found

    def _has(self, quantity: Quantity, given: Given) -> bool:
        run = self.run(quantity.step)
        try:
            right = value_of(run, answer_of(quantity))
            value = fitted(given.value, right)
            return (
                value is not None
                and is_near(value, right)
                and bool(follows(given, value, run, answer_of(quantity), {}, Budget(0)))
            )
        except StepError:
            return False

    def by_formula(self, given: Given, expressions: Sequence[Expression]) -> Quantity | None:
        """The step that what stands before the equals sign comes to, though the value after it is another."""
        if telling(given) < _TELLS_WORKED_OUT or self.looked >= _MOST_LOOKED:
            return None
        for expression in expressions:
            for step in self.open() if expression.is_in_figures else ():
                try:
                    right = self.run(step)[step]
                except StepError:
                    continue
                value = fitted(expression.values[0], right)
                if value is None or not is_near(value, right):
                    continue
                slack = [float(half) for half in given.slack(right)]
                if not close(value, right, tuple(half + _DRIFT for half in slack)):
                    continue
                if close(value, right, tuple(half + min(2 * expression.drift, _DRIFT) for half in slack)):
                    return Quantity(step)
        return None

    def by_mistake(self, given: Given, perhaps: Sequence[Quantity]) -> Quantity | None:
        """The step to which one of the question's misconceptions gives just this value."""
        said = telling(given)
        if said < (_TELLS_NAMED if perhaps else _TELLS) or self.tried >= _MOST_TRIED:
            return None
        self.tried += 1
        steps = [q.step for q in perhaps] or list(self.open())
        return next((Quantity(step) for step in steps if any(self._mistaken(step, given))), None)

    def _mistaken(self, step: str, given: Given) -> Iterator[bool]:
        derivation = self.key.derivation
        for id in self.listed:
            if id not in derivation.misconceptions or step not in derivation.misconceptions[id].rules:
                continue
            run = self.run(step)
            try:
                other = derivation.run(run.givens, overrides=run.overrides, replacing=(id,), base=run)[step]
            except StepError:
                continue
            value = fitted(given.value, other)
            yield value is not None and close(value, other, given.slack(other))


def answer_of(quantity: Quantity) -> str:
    """A quantity as parts name their answers: `hidden[0]`."""
    return f"{quantity.step}[{','.join(map(str, quantity.index))}]" if quantity.index else quantity.step
