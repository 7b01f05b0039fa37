"""What misconceptions, on top of a student's own earlier values or not, lead to: the runs of a question's graph that a diagnosis is found among."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache, partial
from itertools import combinations
from operator import gt
from typing import NamedTuple

from grader.carrying import BUDGET, run_from
from grader.comparing import Outcome
from grader.evidence import ALONE, is_close, places, sizes
from grader.reading import Blank, Reading, Unreadable
from questions.key import Target, reaches, split_answer, value_of, within
from questions.question import ResponseType
from questions.variant import Variant
from solvers.derivation import Derivation
from solvers.expression import ExpressionError, evaluate
from solvers.trace import StepError, Trace
from solvers.values import Value, as_float, elements, is_number, same

MOST_PAIRED = 24  # misconceptions beyond which only pairs of those that the question names are searched
_PLAIN = frozenset((int, float, Fraction))
_NEAR = 25  # times a part's slack beyond which no rounding reaches


@dataclass(frozen=True)
class Response:
    """One part's response as far as it is understood."""

    reading: Reading | Blank | Unreadable
    outcome: Outcome | None

    @property
    def wrong(self) -> bool:
        """Whether it was read and lost marks."""
        return self.outcome is not None and self.outcome.credit != 1

    @property
    def mistaken(self) -> bool:
        """Whether it is wrong in more than its rounding."""
        return self.wrong and self.outcome is not None and self.outcome.kind != "coarse"


def computed(variant: Variant, index: int) -> bool:
    """Whether the derivation answers the part with this index."""
    return variant.question.parts[index].answer is not None


def left_out(variant: Variant, answers: Sequence[Response]) -> float:
    """Bits to take off where a number that could bear a cause out was not given, or not readably."""
    numbers = (a for p, a in zip(variant.question.parts, answers, strict=True) if p.answer and p.type != "expression")
    return ALONE if any(a.outcome is None for a in numbers) else 0.0


@dataclass(frozen=True)
class Plan:
    """What can be said of a question's misconceptions before anything is computed: the same for a whole class.

    `ids` are the question's own misconceptions first, then the others that its derivation knows; `steps` the step that each part asks for,
    `upstream` those that it rests on; `changing` the misconceptions that may change each part; `pairs` those that can be had at once.
    """

    ids: tuple[str, ...]
    listed: frozenset[str]
    steps: tuple[str, ...]
    upstream: tuple[frozenset[str], ...]
    changing: tuple[frozenset[str], ...]
    pairs: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1024)
def plan_of(derivation: Derivation, listed: tuple[str, ...], asked: tuple[str | None, ...]) -> Plan:
    """The plan of a question that names these misconceptions and whose parts ask for these steps."""
    rules = {id: misconception.rules for id, misconception in derivation.misconceptions.items()}
    ids = tuple(dict.fromkeys((*listed, *rules)))
    steps = tuple(split_answer(answer)[0] if answer else "" for answer in asked)
    reached = {id: derivation.downstream(rules[id]) for id in ids}
    # The listed ones come first: a pair without one is far-fetched.
    pairs = [
        (first, second)
        for first, second in combinations((ids if len(ids) <= MOST_PAIRED else listed)[:MOST_PAIRED], 2)
        if first in listed and rules[first].keys().isdisjoint(rules[second].keys())
    ]
    return Plan(
        ids,
        frozenset(listed),
        steps,
        tuple(derivation.upstream(step) - {step} if step else frozenset() for step in steps),
        tuple(frozenset(id for id in ids if step in reached[id]) for step in steps),
        tuple(pairs),
    )


@lru_cache(maxsize=1024)
def _reaching(derivation: Derivation, fixed: tuple[str, ...], step: str) -> frozenset[str]:
    """The misconceptions that can change a step where others have a student's own values."""
    known = derivation.misconceptions.items()
    return frozenset(id for id, wrong in known if step in derivation.downstream(wrong.rules, fixed=fixed))


Hit = tuple[tuple[str, ...], tuple[int, ...]]
"""The misconceptions that give the answer to a part, and the earlier parts from whose values."""


@dataclass
class Runs:
    """The runs that may have led to one question's wrong parts, each made once; `hits` is what `single` has given for each part."""

    variant: Variant
    answers: Sequence[Response]
    wrong: tuple[int, ...]
    _own: dict[tuple[int, ...], Trace | None] = field(default_factory=dict)
    hits: dict[int, dict[str, Hit | None]] = field(default_factory=lambda: defaultdict(dict))

    @cached_property
    def derivation(self) -> Derivation:
        """The graph that answers the question."""
        assert self.variant.trace is not None
        return self.variant.trace.derivation

    @cached_property
    def plan(self) -> Plan:
        """What is known of the question's misconceptions beforehand."""
        question = self.variant.question
        return plan_of(self.derivation, tuple(question.misconceptions), tuple(part.answer for part in question.parts))

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
        steps, upstream = self.plan.steps, self.plan.upstream
        return {i: tuple(j for j in self.wrong if j < i and steps[j] in upstream[i]) for i in self.wrong}

    def hit(self, ids: tuple[str, ...], index: int) -> Hit | None:
        """Which of these misconceptions, on top of which earlier parts, give the answer to a part."""
        for id in ids:
            if (found := self.single(id, index)) is not None:
                return found
        return (ids, ()) if len(ids) > 1 and self.together(ids, index) else None

    def single(self, id: str, index: int) -> Hit | None:
        """The answer to a part under one misconception by itself, or on top of earlier parts."""
        known = self.hits[index]
        if id not in known:
            known[id] = self._found(id, index) if id in self.plan.changing[index] else None
        return known[id]

    def _found(self, id: str, index: int) -> Hit | None:
        ids = (id,)
        if self._explains(ids, index):
            return ids, ()
        own, changing = self._going_on.get(index, (None, ()))
        if own is None or id not in changing:
            return None
        return (ids, self._earlier[index]) if self.gives(own.replacing(ids), index) else None

    @cached_property
    def _going_on(self) -> dict[int, tuple[Trace, frozenset[str]]]:
        """For each wrong part that does not just follow from the earlier ones: the run that goes on from these, and what can change it there."""
        runs = {i: self._carried(self._earlier[i]) for i in self.wrong if i not in self.followed}
        return {
            i: (own, _reaching(self.derivation, (*own.overrides, *own.formulas), self.plan.steps[i]))
            for i, own in runs.items()
            if own is not None
        }

    def together(self, ids: tuple[str, ...], index: int) -> bool:
        """Whether misconceptions give the answer to a part that each of them may change."""
        return self.plan.changing[index].issuperset(ids) and self._explains(ids, index)

    def _explains(self, ids: tuple[str, ...], index: int) -> bool:
        """Whether misconceptions by themselves lead to the student's answer in one part."""
        sought = self._sought[index]
        try:
            if sought.formula:
                return self._same_function(self.variant.under(*ids), index)
            value = self.variant.misled(ids, index)
        except StepError:
            return False
        if value is None or _is_far(value, sought):
            return False
        return self._leads_to(value, partial(self.variant.under, *ids), index)

    def _carried(self, earlier: tuple[int, ...]) -> Trace | None:
        """The run with the student's own values of these parts; None where there are none to carry."""
        if not earlier:
            return None
        if earlier not in self._own:
            self._own[earlier] = run_from(self.variant, earlier, self.answers)
        return self._own[earlier]

    def against(self, ids: tuple[str, ...]) -> int:
        """How many right parts these misconceptions would have made wrong."""
        count = 0
        for i, answer in enumerate(self.answers):
            if answer.outcome is not None and not answer.mistaken and computed(self.variant, i):
                try:
                    count += self.variant.misled(ids, i) is not None
                except StepError:
                    count += 1
        return count

    def gives(self, trace: Trace, index: int) -> bool:
        """Whether a run leads to the student's answer in one part, rounding allowed for."""
        part, target = self.variant.question.parts[index], self.variant.targets[index]
        sought = self._sought[index]
        try:
            if sought.formula:
                return self._same_function(trace, index)
            value = self.variant.answer_of(trace, part, target)
            if _is_far(value, sought):
                return False
            return self._leads_to(value, lambda: trace, index) and not target.close(value)
        except StepError:
            return False

    def _leads_to(self, value: Value, run: Callable[[], Trace], index: int) -> bool:
        """Whether the student's answer is this value, or what rounding in the run that leads there makes of it."""
        sought = self._sought[index]
        if sought.reach is None:
            return bool(value == sought.value)
        if sought.typed and _rounds_to(value, sought.value, sought.typed):
            return True
        if not is_close(value, sought.value, sought.reach):
            return False
        part, target = self.variant.question.parts[index], self.variant.targets[index]
        assert part.answer is not None
        return reaches(replace(target, value=value), run(), part.answer, sought.value)

    @cached_property
    def _sought(self) -> dict[int, _Sought]:
        """What is looked for in each wrong part."""
        parts, targets = self.variant.question.parts, self.variant.targets
        return {i: _sought(self.reading(i), parts[i].type, targets[i]) for i in self.wrong}

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
            value = evaluate(self.reading(index).value, point, budget=BUDGET)
        except ExpressionError:
            return None
        return value if is_number(value) else None


class _Sought(NamedTuple):
    """A student's value: whatever leads there is found by it.

    `reach` is how far rounding can reach at most, None for what is no number. `typed` is how far each number's own digits reach where one has fewer
    than asked for. One number is `number` as well, and nothing farther than `far` from it leads there.
    """

    value: Value
    reach: float | None = None
    typed: tuple[float, ...] = ()
    number: float | None = None
    far: float = 0.0
    formula: bool = False


def _is_far(value: Value, sought: _Sought) -> bool:
    """Whether a number is clearly elsewhere."""
    return sought.number is not None and type(value) in _PLAIN and abs(as_float(value) - sought.number) > sought.far


def _sought(reading: Reading, type_: ResponseType, target: Target) -> _Sought:
    """What is looked for in a part of this type.

    A count is not rounded, and a whole number where others are asked for says nothing about what it may be the rounding of. What the key
    itself rounds to needs no other explanation.
    """
    given = reading.value
    if not target.slack or target.options:
        return _Sought(given, formula=type_ == "expression")
    slack = tuple(map(as_float, target.slack))
    typed: tuple[float, ...] = ()
    if type_ not in ("integer", "shape"):
        halves = [0.5 * 10.0**-n if n else 0.0 for n in places(reading.written)]
        coarser = len(halves) == len(slack) and any(map(gt, halves, slack))
        if coarser and not _rounds_to(target.value, given, halves):
            typed = tuple(map(max, halves, slack))
    reach = _reach_of(target, given, max(slack))
    if type(given) not in _PLAIN:
        return _Sought(given, reach, typed, formula=type_ == "expression")
    return _Sought(given, reach, typed, as_float(given), max((reach, *typed)) * (1 + 1e-9))


def _rounds_to(value: Value, given: Value, reach: Sequence[float]) -> bool:
    """Whether every number of the student's is that of the value, rounded to the digits typed."""
    mine, other = elements(value), elements(given)
    return sizes(value) == sizes(given) and all(
        is_number(a) and is_number(b) and abs(as_float(a) - as_float(b)) <= near * (1 + 1e-9)
        for a, b, near in zip(mine, other, reach, strict=True)
    )


def _reach_of(target: Target, given: Value, slack: float) -> float:
    """How far rounding reaches: as the key's slack says, and, with significant figures, as far as they leave open in a larger answer."""
    largest = max([abs(as_float(key)) for key in elements(target.value)], default=0.0)
    figures = target.precision.significant if target.precision is not None else None
    own = max([abs(as_float(x)) for x in elements(given) if is_number(x)], default=0.0) if figures else 0.0
    return _NEAR * (slack + own * 10.0 ** (1 - (figures or 1))) + 1e-9 * largest
