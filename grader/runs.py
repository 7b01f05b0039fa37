"""What misconceptions, on top of a student's own earlier values or not, lead to: the runs of a question's graph that a diagnosis is found among."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache, partial
from itertools import combinations
from operator import gt

from grader.carrying import BUDGET, run_from
from grader.comparing import Outcome
from grader.evidence import ALONE, is_close, places, sizes
from grader.reading import Blank, Reading, Unreadable
from questions.key import Target, reaches, split_answer, value_of, within
from questions.question import Part
from questions.variant import Variant
from solvers.derivation import Derivation
from solvers.expression import ExpressionError, evaluate
from solvers.trace import StepError, Trace
from solvers.values import Value, as_float, elements, is_number, same
from solvers.wiring import CircularError

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


@lru_cache(maxsize=65_536)
def _all_matter(derivation: Derivation, ids: tuple[str, ...], step: str) -> bool:
    """Whether each of these misconceptions replaces a rule that the step rests on where all of them are at work."""
    try:
        needed = {name for name, _, _ in derivation.wiring.changed(ids).whole.order(step)}
    except CircularError:
        return False
    return not any(needed.isdisjoint(derivation.misconceptions[id].rules) for id in ids)


Hit = tuple[tuple[str, ...], tuple[int, ...]]
"""The misconceptions that give the answer to a part, and the earlier parts from whose values."""


@dataclass(slots=True)
class Sought:
    """A wrong part: the student's `value`, what may lead there, and which misconceptions were found to (`hits`).

    `changing` are the misconceptions that may change the part, `earlier` the wrong parts before it that it depends on. `reach` is how far rounding
    can reach at most, None for what is no number. `typed` is how far each number's own digits reach where one has fewer than asked for. One number
    is `number` as well, and nothing farther than `far` from it leads there.
    """

    index: int
    part: Part
    target: Target
    value: Value
    changing: frozenset[str]
    earlier: tuple[int, ...]
    reach: float | None = None
    typed: tuple[float, ...] = ()
    number: float | None = None
    far: float = 0.0
    hits: dict[str, Hit | None] = field(default_factory=dict)


@dataclass
class Runs:
    """The runs that may have led to one question's wrong parts, each made once."""

    variant: Variant
    answers: Sequence[Response]
    wrong: tuple[int, ...]
    _own: dict[tuple[int, ...], Trace | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.variant.trace is not None
        self.derivation = self.variant.trace.derivation
        question = self.variant.question
        asked = tuple(part.answer for part in question.parts)
        self.plan = plan_of(self.derivation, tuple(question.misconceptions), asked)
        self.sought = {i: self._sought(i) for i in self.wrong}

    def reading(self, index: int) -> Reading:
        """What was read of a wrong part."""
        reading = self.answers[index].reading
        assert isinstance(reading, Reading)
        return reading

    @cached_property
    def followed(self) -> frozenset[int]:
        """The wrong parts that are right working from the student's own earlier values."""
        runs = {i: self._carried(sought.earlier) for i, sought in self.sought.items() if sought.earlier}
        return frozenset(i for i, own in runs.items() if own is not None and self.gives(own, self.sought[i]))

    def hit(self, ids: tuple[str, ...], index: int) -> Hit | None:
        """Which of these misconceptions, on top of which earlier parts, give the answer to a part."""
        sought = self.sought[index]
        for id in ids:
            if (found := self.single(id, sought)) is not None:
                return found
        return (ids, ()) if len(ids) > 1 and self.together(ids, sought) else None

    def single(self, id: str, sought: Sought) -> Hit | None:
        """The answer to a part under one misconception by itself, or on top of earlier parts."""
        hits = sought.hits
        if id not in hits:
            hits[id] = self._found((id,), sought) if id in sought.changing else None
        return hits[id]

    def _found(self, ids: tuple[str], sought: Sought) -> Hit | None:
        if self._explains(ids, sought):
            return ids, ()
        own, changing = self._going_on.get(sought.index, (None, ()))
        if own is None or ids[0] not in changing:
            return None
        return (ids, sought.earlier) if self.gives(own.replacing(ids), sought) else None

    @cached_property
    def _going_on(self) -> dict[int, tuple[Trace, frozenset[str]]]:
        """For each wrong part that does not just follow from the earlier ones: the run that goes on from these, and what can change it there."""
        runs = {i: self._carried(self.sought[i].earlier) for i in self.wrong if i not in self.followed}
        return {
            i: (own, _reaching(self.derivation, (*own.overrides, *own.formulas), self.plan.steps[i]))
            for i, own in runs.items()
            if own is not None
        }

    def together(self, ids: tuple[str, ...], sought: Sought) -> bool:
        """Whether misconceptions give the answer to a part that each of them changes."""
        return (
            sought.changing.issuperset(ids)
            and _all_matter(self.derivation, ids, self.plan.steps[sought.index])
            and self._explains(ids, sought)
        )

    def _explains(self, ids: tuple[str, ...], sought: Sought) -> bool:
        """Whether misconceptions by themselves lead to the student's answer in one part."""
        try:
            if sought.part.type == "expression":
                return self._same_function(self.variant.under(*ids), sought)
            value = self.variant.misled(ids, sought.index)
        except StepError:
            return False
        if value is None or _is_far(value, sought):
            return False
        return _leads_to(value, partial(self.variant.under, *ids), sought)

    def _carried(self, earlier: tuple[int, ...]) -> Trace | None:
        """The run with the student's own values of these parts; None where there are none to carry."""
        if not earlier:
            return None
        if earlier not in self._own:
            self._own[earlier] = run_from(self.variant, earlier, self.answers)
        return self._own[earlier]

    def against(self, ids: tuple[str, ...]) -> int:
        """How many right parts these misconceptions would have made wrong: not those whose digits are too few to tell."""
        count = 0
        for i, answer in enumerate(self.answers):
            if answer.outcome is not None and not answer.mistaken and computed(self.variant, i):
                try:
                    value = self.variant.misled(ids, i)
                    count += value is not None and not self._agrees(i, value)
                except StepError:
                    count += 1
        return count

    def _agrees(self, index: int, value: Value) -> bool:
        """Whether what the student wrote is this value as well as the key."""
        target, reading = self.variant.targets[index], self.answers[index].reading
        return bool(target.slack) and isinstance(reading, Reading) and replace(target, value=value).close(reading.value)

    def gives(self, trace: Trace, sought: Sought) -> bool:
        """Whether a run leads to the student's answer in one part, rounding allowed for."""
        try:
            if sought.part.type == "expression":
                return self._same_function(trace, sought)
            value = self.variant.answer_of(trace, sought.part, sought.target)
            if _is_far(value, sought):
                return False
            return _leads_to(value, lambda: trace, sought) and not sought.target.close(value)
        except StepError:
            return False

    def _same_function(self, trace: Trace, sought: Sought) -> bool:
        """Whether a run agrees with the student's formula at every point of the key, and not with the key's."""
        target = sought.target
        assert sought.part.answer is not None
        differs = False
        for point, mine, key, slack in zip(
            target.points, self._drawn[sought.index], elements(target.value), target.slack, strict=True
        ):
            value = value_of(trace.moved({**trace.givens, **point}), sought.part.answer)
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

    def _sought(self, index: int) -> Sought:
        """What is looked for in a part.

        A count is not rounded, and a whole number where others are asked for says nothing about what it may be the rounding of. What the key
        itself rounds to needs no other explanation.
        """
        reading, part, target = self.reading(index), self.variant.question.parts[index], self.variant.targets[index]
        given, plan = reading.value, self.plan
        earlier = tuple(j for j in self.wrong if j < index and plan.steps[j] in plan.upstream[index])
        sought = Sought(index, part, target, given, plan.changing[index], earlier)
        if not target.slack or target.options:
            return sought
        if part.type not in ("integer", "shape"):
            halves = [0.5 * 10.0**-n if n else 0.0 for n in places(reading.written)]
            slack = tuple(map(as_float, target.slack))
            coarser = len(halves) == len(slack) and any(map(gt, halves, slack))
            if coarser and not _rounds_to(target.value, given, halves):
                sought.typed = tuple(map(max, halves, slack))
        sought.reach = _reach_of(target, given)
        if type(given) in _PLAIN:
            sought.number, sought.far = as_float(given), max((sought.reach, *sought.typed)) * (1 + 1e-9)
        return sought


def _leads_to(value: Value, run: Callable[[], Trace], sought: Sought) -> bool:
    """Whether the student's answer is this value, or what rounding in the run that leads there makes of it."""
    if sought.reach is None:
        return bool(value == sought.value)
    if sought.typed and _rounds_to(value, sought.value, sought.typed):
        return True
    if not is_close(value, sought.value, sought.reach):
        return False
    assert sought.part.answer is not None
    return reaches(replace(sought.target, value=value), run(), sought.part.answer, sought.value)


def _is_far(value: Value, sought: Sought) -> bool:
    """Whether a number is clearly elsewhere."""
    return sought.number is not None and type(value) in _PLAIN and abs(as_float(value) - sought.number) > sought.far


def _rounds_to(value: Value, given: Value, reach: Sequence[float]) -> bool:
    """Whether every number of the student's is that of the value, rounded to the digits typed."""
    mine, other = elements(value), elements(given)
    return sizes(value) == sizes(given) and all(
        is_number(a) and is_number(b) and abs(as_float(a) - as_float(b)) <= near * (1 + 1e-9)
        for a, b, near in zip(mine, other, reach, strict=True)
    )


def _reach_of(target: Target, given: Value) -> float:
    """How far rounding reaches: as the key's slack says, and, with significant figures, as far as they leave open in a larger answer."""
    largest = max([abs(as_float(key)) for key in elements(target.value)], default=0.0)
    figures = target.precision.significant if target.precision is not None else None
    own = max([abs(as_float(x)) for x in elements(given) if is_number(x)], default=0.0) if figures else 0.0
    return _NEAR * (target.reach + own * 10.0 ** (1 - (figures or 1))) + 1e-9 * largest
