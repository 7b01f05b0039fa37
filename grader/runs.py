"""What misconceptions, on top of a student's own earlier values or not, lead to: the runs of a question's graph that a diagnosis is found among."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from grader.comparing import Outcome
from grader.evidence import is_close
from grader.following import run_from
from grader.reading import Blank, Reading, Unreadable
from questions.key import Target, reaches, split_answer, value_of, within
from questions.variant import Variant
from solvers.expression import ExpressionError, evaluate
from solvers.trace import StepError, Trace
from solvers.values import Value, as_float, elements, is_number, same

_NEAR = 25  # times a part's slack beyond which no rounding reaches


@dataclass(frozen=True)
class Response:
    """One part's response as far as it is understood."""

    reading: Reading | Blank | Unreadable
    outcome: Outcome | None

    @property
    def wrong(self) -> bool:
        """Whether it was read and lost marks."""
        return self.outcome is not None and self.outcome.credit < 1


def computed(variant: Variant, index: int) -> bool:
    """Whether the derivation answers the part with this index."""
    return variant.question.parts[index].answer is not None


@dataclass
class Runs:
    """The runs that may have led to one question's wrong parts, each made once."""

    variant: Variant
    answers: Sequence[Response]
    wrong: tuple[int, ...]
    _own: dict[tuple[int, ...], Trace | None] = field(default_factory=dict)
    _made: dict[tuple[str, ...], Trace] = field(default_factory=dict)
    _hits: dict[tuple[tuple[str, ...], int], tuple[tuple[str, ...], tuple[int, ...]] | None] = field(
        default_factory=dict
    )

    @property
    def derivation(self) -> Any:
        """The graph that answers the question."""
        assert self.variant.trace is not None
        return self.variant.trace.derivation

    @cached_property
    def ids(self) -> list[str]:
        """The question's own misconceptions first, then the others that its derivation knows."""
        return list(dict.fromkeys((*self.variant.question.misconceptions, *self.derivation.misconceptions)))

    @cached_property
    def followed(self) -> frozenset[int]:
        """The wrong parts that are right working from the student's own earlier values."""
        return frozenset(
            i for i in self.wrong if (own := self._carried(self._earlier[i])) is not None and self.gives(own, i)
        )

    def reading(self, index: int) -> Reading:
        """What was read of a wrong part."""
        reading = self.answers[index].reading
        assert isinstance(reading, Reading)
        return reading

    @cached_property
    def _earlier(self) -> dict[int, tuple[int, ...]]:
        """For each wrong part the wrong ones before it that it depends on."""
        ahead = {i: self.derivation.upstream(step) - {step} for i, step in self._steps.items()}
        return {i: tuple(j for j in self.wrong if j < i and self._steps[j] in ahead[i]) for i in self.wrong}

    @cached_property
    def _steps(self) -> dict[int, str]:
        return {i: split_answer(self.variant.question.parts[i].answer or "")[0] for i in self.wrong}

    def hit(self, ids: tuple[str, ...], index: int) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
        """Which of these misconceptions, on top of which earlier parts, give the answer to a part."""
        if (ids, index) not in self._hits:
            self._hits[ids, index] = self._found(ids, index)
        return self._hits[ids, index]

    def _found(self, ids: tuple[str, ...], index: int) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
        if len(ids) > 1:
            for id in ids:
                if (hit := self.hit((id,), index)) is not None:
                    return hit
        if not all(self._steps[index] in self._reached[id] for id in ids):
            return None
        if self.gives(self._run(ids), index):
            return ids, ()
        earlier = self._earlier[index] if index not in self.followed and len(ids) == 1 else ()
        own = self._carried(earlier)
        if own is not None and self.gives(self._replaced(own, ids), index):
            return ids, earlier
        return None

    @cached_property
    def _reached(self) -> dict[str, frozenset[str]]:
        """The steps that each misconception can change."""
        return {id: self.derivation.downstream(self.derivation.misconceptions[id].rules) for id in self.ids}

    def _run(self, ids: tuple[str, ...]) -> Trace:
        if len(ids) == 1:
            return self.variant.under(ids[0])
        if ids not in self._made:
            self._made[ids] = self._replaced(self.variant.under(ids[0]), ids)
        return self._made[ids]

    def _replaced(self, run: Trace, ids: tuple[str, ...]) -> Trace:
        """A run with rules replaced as well."""
        trace: Trace = self.derivation.run(run.givens, overrides=run.overrides, replacing=ids, base=run)
        return trace

    def _carried(self, earlier: tuple[int, ...]) -> Trace | None:
        """The run with the student's own values of these parts; None where there are none to carry."""
        if not earlier:
            return None
        if earlier not in self._own:
            self._own[earlier] = run_from(self.variant, earlier, self.answers)
        return self._own[earlier]

    def against(self, ids: tuple[str, ...]) -> int:
        """How many right parts these misconceptions would have made wrong."""
        trace, count = self._run(ids), 0
        for i, answer in enumerate(self.answers):
            if answer.outcome is not None and not answer.wrong and computed(self.variant, i):
                part, target = self.variant.question.parts[i], self.variant.targets[i]
                try:
                    count += not target.close(self.variant.answer_of(trace, part, target))
                except StepError:
                    count += 1
        return count

    def gives(self, trace: Trace, index: int) -> bool:
        """Whether a run leads to the student's answer in one part, rounding allowed for."""
        part, target = self.variant.question.parts[index], self.variant.targets[index]
        given = self.reading(index).value
        assert part.answer is not None
        try:
            if part.type == "expression":
                return self._same_function(trace, index)
            if target.options or not target.slack:
                value = self.variant.answer_of(trace, part, target)
                return bool(value == given) and value != target.value
            value = trace[self._steps[index]] if part.answer == self._steps[index] else value_of(trace, part.answer)
            if not is_close(value, given, self._reach[index]) or target.close(value):
                return False
            return reaches(replace(target, value=value), trace, part.answer, given)
        except StepError:
            return False

    @cached_property
    def _reach(self) -> dict[int, float]:
        """For each wrong part how far rounding can reach at most."""
        targets = self.variant.targets
        return {i: _reach_of(targets[i], self.reading(i).value) for i in self.wrong if targets[i].slack}

    def _same_function(self, trace: Trace, index: int) -> bool:
        """Whether a run agrees with the student's formula at every point of the key, and not with the key's."""
        part, target = self.variant.question.parts[index], self.variant.targets[index]
        assert part.answer is not None
        differs = False
        for point, mine, key, slack in zip(
            target.points, self._drawn[index], elements(target.value), target.slack, strict=True
        ):
            value = value_of(trace.moved({**trace.givens, **point}), part.answer)
            if mine is None or not within(value, mine, slack):
                return False
            differs = differs or not same(value, key)
        return differs

    @cached_property
    def _drawn(self) -> dict[int, list[Value]]:
        """The values of the student's formulas at the points of their keys, None where there is no number."""
        return {i: [self._at(i, point) for point in self.variant.targets[i].points] for i in self.wrong}

    def _at(self, index: int, point: Mapping[str, Value]) -> Value:
        try:
            value = evaluate(self.reading(index).value, point)
        except ExpressionError:
            return None
        return value if is_number(value) else None


def _reach_of(target: Target, given: Value) -> float:
    """How far rounding reaches: as the key's slack says, and, with significant figures, as far as they leave open in a larger answer."""
    largest = max((abs(as_float(key)) for key in elements(target.value)), default=0.0)
    figures = target.precision.significant if target.precision is not None else None
    own = max((abs(as_float(x)) for x in elements(given) if is_number(x)), default=0.0) if figures else 0.0
    return _NEAR * (float(max(target.slack)) + own * 10.0 ** (1 - (figures or 1))) + 1e-9 * largest
