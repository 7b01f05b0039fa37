"""Why an answer is wrong: the misconceptions, or the carried values, that lead to just what the student wrote.

All parts of a question are explained together. A cause, one misconception or two, is weighed by the wrong parts that it explains, alone or on
top of the student's own earlier values: by how unlikely it is that chance would hit just these numbers (see `evidence`). Against it count
how many causes of its kind are tried, the right parts that it would have made wrong, and the wrong parts that it leaves unexplained.
So one misconception that explains three parts goes before three that explain one each, a single one before a pair, and a number of few digits
is explained only where the rest of the question bears it out. Causes that explain as much are told together: either, or.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Any

from grader.comparing import Outcome
from grader.evidence import (
    AGAINST,
    ALONE,
    CLOSE,
    ENOUGH,
    FOLLOWED,
    MOST_RIGHT,
    OWN,
    RIGHT,
    SLIP,
    UNEXPLAINED,
    is_close,
    price,
    specificity,
)
from grader.following import run_from
from grader.reading import Blank, Reading, Unreadable
from grader.slips import slips
from questions.key import Target, reaches, split_answer, value_of, within
from questions.variant import Variant
from solvers.expression import ExpressionError, evaluate
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Value, as_float, elements, is_number, same

MOST_PAIRED = 24  # misconceptions beyond which pairs are not searched
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


@dataclass(frozen=True)
class Diagnosis:
    """The likely cause: misconceptions, or other conventions, that together give the student's answer.

    `alternatives` are other causes that explain it as well. `carried` are the indices of earlier parts whose values were used. Where no
    misconception does, it may be a general slip (`slip/sign`); `details` say of some of these ids what exactly it was.
    """

    misconceptions: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    carried: tuple[int, ...] = ()
    details: tuple[tuple[str, Text], ...] = ()


def diagnose(variant: Variant, answers: Sequence[Response]) -> list[Diagnosis | None]:
    """A diagnosis for each wrong part, None where nothing explains it."""
    found: list[Diagnosis | None] = [_shown(a) or _chosen(variant, i, a) for i, a in enumerate(answers)]
    wrong = [i for i, a in enumerate(answers) if a.wrong and found[i] is None and _computed(variant, i)]
    if wrong and variant.trace is not None:
        known = frozenset(id for diagnosis in found if diagnosis for id in diagnosis.misconceptions)
        for i, diagnosis in _Search(variant, answers, tuple(wrong), known).settle().items():
            found[i] = diagnosis
    return found


def _computed(variant: Variant, index: int) -> bool:
    return variant.question.parts[index].answer is not None


def _shown(answer: Response) -> Diagnosis | None:
    """The convention that a wrong answer shows by itself: the right sizes in another order of the axes."""
    return Diagnosis((answer.outcome.convention,)) if answer.outcome is not None and answer.outcome.convention else None


def _chosen(variant: Variant, index: int, answer: Response) -> Diagnosis | None:
    """A wrong option that stands for a misconception is its own diagnosis, with the others that lead to the same option."""
    if not answer.wrong or not isinstance(answer.reading, Reading) or variant.question.parts[index].type != "choice":
        return None
    part, target = variant.question.parts[index], variant.targets[index]
    option = next((o for o in target.options if o.label == answer.reading.value), None)
    if option is None or not option.misconception:
        return None
    others: list[tuple[str, ...]] = []
    if part.options == "misconceptions" and variant.trace is not None:
        for id in variant.trace.derivation.misconceptions:
            try:
                alike = id != option.misconception and variant.answer_of(variant.under(id), part, target)
            except StepError:
                continue
            if alike == option.label:
                others.append((id,))
    return Diagnosis((option.misconception,), tuple(others))


# ---------------------------------------------------------------------------------------------------- the search


@dataclass(frozen=True)
class _Cause:
    """Misconceptions, and the parts that they, or some of them on top of earlier answers, explain.

    `weight` is what that says in bits, `score` what is left of it when the misconceptions are paid for.
    """

    ids: tuple[str, ...]
    parts: Mapping[int, tuple[tuple[str, ...], tuple[int, ...]]]
    weight: float
    score: float


@dataclass
class _Search:
    """The search for the causes of one question's wrong parts; `known` are misconceptions found already."""

    variant: Variant
    answers: Sequence[Response]
    wrong: tuple[int, ...]
    known: frozenset[str]
    _own: dict[tuple[int, ...], Trace | None] = field(default_factory=dict)
    _runs: dict[tuple[str, ...], Trace] = field(default_factory=dict)
    _tried: dict[tuple[int, ...], tuple[int, int]] = field(default_factory=dict)
    _changed: dict[tuple[str, int], bool] = field(default_factory=dict)
    _hits: dict[tuple[tuple[str, ...], int], tuple[tuple[str, ...], tuple[int, ...]] | None] = field(
        default_factory=dict
    )

    def settle(self) -> dict[int, Diagnosis]:
        """The diagnosis of each wrong part that has one: the best cause first, then the best for what it leaves."""
        found: dict[int, Diagnosis] = {}
        left = [i for i in self.wrong if i not in self.followed]
        while left:
            causes = self._causes(left)
            best = max(causes, key=lambda cause: cause.score, default=None)
            if best is None or best.score < ENOUGH:
                break
            rivals = [cause for cause in causes if cause is not best and self._rivals(cause, best)]
            rivals.sort(key=lambda cause: -cause.score)
            for i, (ids, carried) in best.parts.items():
                others = [cause.parts[i][0] for cause in rivals if i in cause.parts]
                alternatives = tuple(dict.fromkeys(other for other in others if other != ids))
                found.setdefault(i, Diagnosis(ids, alternatives, carried))
            self.known = self.known.union(best.ids)
            left = [i for i in left if i not in found]
        return found | self._slips(left)

    def _slips(self, left: Sequence[int]) -> dict[int, Diagnosis]:
        """The slips in the parts that no misconception explains, each of which has to pay for all that are tried."""
        likely_at_most = {i: self.bits[i] + MOST_RIGHT - SLIP >= ENOUGH for i in left}
        hits = {i: slips(self.variant, i, self._reading(i).value) if likely_at_most[i] else ([], 1) for i in left}
        unexplained = sum(not found for found, _ in hits.values())
        told = {}
        for i, (found, tried) in hits.items():
            weight = self.bits[i] + min(MOST_RIGHT, RIGHT * self.right) - ALONE * self.alone - UNEXPLAINED * unexplained
            likely = [slip for slip in found if weight - slip.blur - math.log2(tried) - SLIP >= ENOUGH]
            if likely:
                ids = list(dict.fromkeys((slip.id,) for slip in likely))
                details = tuple((slip.id, slip.detail) for slip in likely if slip.detail)
                told[i] = Diagnosis(ids[0], tuple(ids[1:]), (), details)
        return told

    def _causes(self, left: Sequence[int]) -> list[_Cause]:
        """Single misconceptions, and pairs where no single one explains everything that is left."""
        causes = [cause for id in self.ids if (cause := self._weighed((id,), left))]
        best = max(causes, key=lambda cause: cause.score, default=None)
        open_ = [i for i in left if best is None or best.score < ENOUGH or i not in best.parts]
        if open_ and len(self.ids) <= MOST_PAIRED:
            causes += [cause for pair in self._pairs(left) if (cause := self._weighed(pair, left))]
        return causes

    def _rivals(self, other: _Cause, best: _Cause) -> bool:
        """Whether another cause explains as much as simply, listed or not."""
        return len(other.ids) == len(best.ids) and other.weight >= best.weight - CLOSE

    def _pairs(self, left: Sequence[int]) -> Iterator[tuple[str, ...]]:
        """The pairs that could explain enough to be believed, each of which changes something that is left."""
        most = sum(self.bits[i] for i in left)
        rules = {id: self.derivation.misconceptions[id].rules.keys() for id in self.ids}
        for first, second in combinations(self.ids, 2):
            if first not in self.listed or not rules[first].isdisjoint(rules[second]):
                continue  # the listed ones come first: a pair without one is far-fetched
            if most - self._price((first, second), left) >= ENOUGH:
                yield first, second

    def _weighed(self, ids: tuple[str, ...], left: Sequence[int]) -> _Cause | None:
        """A cause with the parts that it explains; None if there are none."""
        weight = sum(self.bits[i] for i in left) - ALONE * self.alone
        least = ENOUGH + (self._price(ids, left) if len(ids) > 1 else 0.0)
        explained, carried = [], set[int]()
        for i in left:
            if (hit := self._hit(ids, i)) is not None:
                explained.append(i)
                carried.update(hit[1])
            elif (weight := weight - self.bits[i] - OWN) < least:
                return None
        weight -= (UNEXPLAINED - OWN) * sum(i not in explained and i not in carried for i in left)
        against = self._against(ids)
        weight += min(MOST_RIGHT, RIGHT * (self.right - against)) - AGAINST * against
        parts = {i: hit for i in self.wrong if (hit := self._hit(ids, i)) is not None}
        weight += FOLLOWED * len(self.followed & parts.keys())
        return _Cause(ids, parts, weight, weight - self._price(ids, explained)) if explained else None

    # ------------------------------------------------------------------------------------------- what is known

    @property
    def derivation(self) -> Any:
        """The graph that answers the question."""
        assert self.variant.trace is not None
        return self.variant.trace.derivation

    @cached_property
    def listed(self) -> frozenset[str]:
        """The misconceptions that the question itself names."""
        return frozenset(self.variant.question.misconceptions)

    @cached_property
    def ids(self) -> list[str]:
        """The question's own misconceptions first, then the others that its derivation knows."""
        return list(dict.fromkeys((*self.variant.question.misconceptions, *self.derivation.misconceptions)))

    @cached_property
    def bits(self) -> dict[int, float]:
        """What each wrong part says."""
        parts, targets = self.variant.question.parts, self.variant.targets
        return {i: specificity(self._reading(i), parts[i], targets[i]) for i in self.wrong}

    @cached_property
    def alone(self) -> bool:
        """Whether a number that could bear a cause out was not given, or not readably."""
        parts = self.variant.question.parts
        return any(
            a.outcome is None and p.answer and p.type != "expression" for p, a in zip(parts, self.answers, strict=True)
        )

    @cached_property
    def right(self) -> int:
        """How many parts are right."""
        return sum(
            a.outcome is not None and not a.wrong and _computed(self.variant, i) for i, a in enumerate(self.answers)
        )

    @cached_property
    def followed(self) -> frozenset[int]:
        """The wrong parts that are right working from the student's own earlier values."""
        return frozenset(
            i for i in self.wrong if (own := self._carried(self._earlier[i])) is not None and self._gives(own, i)
        )

    def _price(self, ids: tuple[str, ...], parts: Sequence[int]) -> float:
        """What these misconceptions cost among all that change any of these parts."""
        key = tuple(parts)
        if key not in self._tried:
            tried = [id for id in self.ids if any(self._changes(id, i) for i in parts)]
            self._tried[key] = (sum(id in self.listed for id in tried), len(tried))
        return price(ids, self.listed, self._tried[key], self.known)

    def _changes(self, id: str, index: int) -> bool:
        """Whether a misconception alone makes a right part wrong."""
        if (id, index) not in self._changed:
            part, target = self.variant.question.parts[index], self.variant.targets[index]
            try:
                value = (
                    self.variant.answer_of(self.variant.under(id), part, target) if part.type != "expression" else None
                )
                self._changed[id, index] = value is None or not target.close(value)
            except StepError:
                self._changed[id, index] = False
        return self._changed[id, index]

    def _reading(self, index: int) -> Reading:
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

    # ------------------------------------------------------------------------------------------------ the runs

    def _hit(self, ids: tuple[str, ...], index: int) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
        """Which of these misconceptions, on top of which earlier parts, give the answer to a part."""
        if (ids, index) not in self._hits:
            self._hits[ids, index] = self._found(ids, index)
        return self._hits[ids, index]

    def _found(self, ids: tuple[str, ...], index: int) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
        if len(ids) > 1:
            for id in ids:
                if (hit := self._hit((id,), index)) is not None:
                    return hit
        if not all(self._steps[index] in self._reached[id] for id in ids):
            return None
        if self._gives(self._run(ids), index):
            return ids, ()
        earlier = self._earlier[index] if index not in self.followed and len(ids) == 1 else ()
        own = self._carried(earlier)
        if own is not None and self._gives(self._replaced(own, ids), index):
            return ids, earlier
        return None

    @cached_property
    def _reached(self) -> dict[str, frozenset[str]]:
        """The steps that each misconception can change."""
        return {id: self.derivation.downstream(self.derivation.misconceptions[id].rules) for id in self.ids}

    def _run(self, ids: tuple[str, ...]) -> Trace:
        if len(ids) == 1:
            return self.variant.under(ids[0])
        if ids not in self._runs:
            self._runs[ids] = self._replaced(self.variant.under(ids[0]), ids)
        return self._runs[ids]

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

    def _against(self, ids: tuple[str, ...]) -> int:
        """How many right parts these misconceptions would have made wrong."""
        trace, count = self._run(ids), 0
        for i, answer in enumerate(self.answers):
            if answer.outcome is not None and not answer.wrong and _computed(self.variant, i):
                part, target = self.variant.question.parts[i], self.variant.targets[i]
                try:
                    count += not target.close(self.variant.answer_of(trace, part, target))
                except StepError:
                    count += 1
        return count

    def _gives(self, trace: Trace, index: int) -> bool:
        """Whether a run leads to the student's answer in one part, rounding allowed for."""
        part, target = self.variant.question.parts[index], self.variant.targets[index]
        given = self._reading(index).value
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
        return {i: _reach_of(targets[i]) for i in self.wrong if targets[i].slack}

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
            value = evaluate(self._reading(index).value, point)
        except ExpressionError:
            return None
        return value if is_number(value) else None


def _reach_of(target: Target) -> float:
    largest = max((abs(as_float(key)) for key in elements(target.value)), default=0.0)
    return _NEAR * float(max(target.slack)) + 1e-9 * largest
