"""What a student's lines have established so far: the graph of the question run with the student's own values put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.gaming import deaf, outlandish, saturated, trivial
from grader.working.result import State
from grader.working.spellings import Quantity
from grader.working.values import Budget, Given, close, follows, same_numbers
from questions.key import Precision, split_answer
from solvers.trace import StepError, Trace
from solvers.values import Value, elements, with_element

_LOOKS = 20  # costly looks at rounding that one response may have
_MOST_FLAT = 2  # saturated values from which on nothing is carried: nobody comes by so many


@dataclass
class Known:
    """The values that the lines so far give to steps, and with how many digits; `off` are those that differ from the key's by more than
    rounding, `base` the student's wrong answers to earlier parts.
    """

    key: Trace
    base: Mapping[str, Value]
    values: dict[str, Value] = field(default_factory=dict)
    precisions: dict[str, Precision] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    budget: Budget = field(default_factory=lambda: Budget(_LOOKS))
    _runs: dict[str | None, Trace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.off.update(self.base)

    def keep(self, quantity: Quantity, value: Value, precision: Precision, *, right: bool) -> None:
        """Puts a line's value in for its step, from which later lines go on; one that needed no rounding is what it is."""
        step = quantity.step
        (self.off.discard if right else self.off.add)(step)
        whole = self.values.get(step, self.key[step])
        self.values[step] = with_element(whole, quantity.index, value) if quantity.index else value
        self.precisions[step] = precision
        self._runs.clear()

    def has(self, step: str, given: Given, value: Value) -> bool:
        """Whether a line before gave a step this value, or lines its places."""
        return step in self.values and close(value, self.values[step], given.slack(self.values[step]))

    def run(self, step: str | None, *, with_earlier: bool = True) -> Trace:
        """The graph run with the student's values, except for the step itself, about which its own value says nothing."""
        asked = step if step in self.values or step in self.base else None
        if with_earlier and asked in self._runs:
            return self._runs[asked]
        values = {**(self.base if with_earlier else {}), **self.values}
        overrides = {name: value for name, value in values.items() if name != step}
        found = self.key
        if overrides:
            found = self.key.derivation.run(self.key.givens, overrides=overrides, base=self.key)
        if with_earlier:
            self._runs[asked] = found
        return found

    def state(self, given: Given, value: Value, answer: str) -> State:
        """Whether a value is the key's, what the student's own values give, or neither."""
        step, _ = split_answer(answer)
        run = self.run(step)
        runs = [self.key, *([run] if run is not self.key else [])]
        if self.base:
            runs.append(self.run(step, with_earlier=False))
        coarse = False
        right = {name: precision for name, precision in self.precisions.items() if name not in self.off}
        for trace in runs:
            asked = right if trace is self.key else self.precisions
            try:
                verdict = follows(given, value, trace, answer, asked, self.budget)
            except StepError:
                continue
            if verdict:
                differs = trace is not self.key and not self.off.isdisjoint(self.key.derivation.upstream(step) - {step})
                return "follows" if differs else "right"
            coarse = coarse or verdict is None
        return "coarse" if coarse else "wrong"

    def counts(self, step: str) -> bool:
        """Whether a value that only follows is worth marks: not where the student's own values left nothing to work out."""
        run = self.run(step)
        key, value = self.key[step], run[step]
        mine = [name for name in run.derivation.upstream(step) if name in run.overrides]
        if any(outlandish(run.overrides[name], self.key[name], counts=False) for name in mine):
            return False
        if any(same_numbers(value, run.overrides[name]) for name in mine if name in self.off):
            return False  # handed on as it was
        try:
            if trivial(value, key, counts=all(isinstance(x, int) for x in elements(key))):
                return False
            flat = [name for name in mine if saturated(run[name], self.key[name])]
            return not flat or (len(flat) < _MOST_FLAT and not deaf(run, self.key, step, also=mine))
        except StepError:
            return False
