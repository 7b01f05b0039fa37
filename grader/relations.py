"""Which one change, one value or one slip explains many of a part's wrong answers at once, and not by chance.

An answer that means nothing hits a given wrong value with the probability of the narrowest spread around the key that reaches it, and with at least one in
twenty (one in eight for 0, 1 and -1): so the expected number of hits is never taken too low, however the answers are spread. A relation counts where
at least `LEAST` students and a `SHARE` of the answers looked at agree on it, and where so many hits would come about by chance in less than `ALPHA` of the
classes, all relations that were tried and all parts of the exam taken together.

Answers that some misconception explains are looked at as well: under a wrong key, right answers look like many different mistakes. So that no alarm
is raised for what is known, the misconception named most often among the answers that agree must not be needed for the count to be beyond
chance, and none of the catalogue may give nearly all of them, unless most were told none: then it is not what these students did, since their other
parts speak against it. Where hardly an answer is left unexplained, only a change counts that gives most of the answers, while each of the catalogue's
misconceptions gives some.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from fractions import Fraction
from typing import Any

from grader.changes import Change, changes
from grader.evidence import is_close
from questions.key import Target, reaches
from questions.variant import Variant
from solvers.derivation import Derivation
from solvers.trace import StepError
from solvers.values import Value, as_float, elements, is_array, is_number, plain

LEAST = 3  # students who agree
SHARE = Fraction(1, 5)  # of the answers looked at
ALPHA = 0.01  # classes in which chance alone may raise an alarm
FIRST = 20  # answers in which changes are looked for; those that show up there are then tried on all
_MOST = 3  # relations told of one part
_FEW = 10  # values near the key that are written by chance, at least
_USUAL = frozenset((-1, 0, 1))  # numbers that are written for many reasons
_KINDS = 3  # of relations: changes, values, slips
_KNOWN = 0.9  # of the answers that agree, given by one misconception of the catalogue
_MANY = 8  # wrong answers that may have one cause although each of them is explained
_JOINED = Fraction(3, 5)  # of those, given by one change
_APART = 0.8  # of those that it gives, explained alike, at most
_NEAR = 25  # times a part's slack beyond which no rounding reaches


@dataclass(frozen=True)
class Answer:
    """One student's wrong answer: the part's variant and target, what was read, and the misconceptions, slips or conventions that it was told."""

    student: str
    label: str
    variant: Variant
    index: int
    value: Value
    told: tuple[str, ...] = ()

    @property
    def target(self) -> Target:
        """What would have been right."""
        return self.variant.targets[self.index]

    @property
    def unexplained(self) -> bool:
        """Whether nothing but a general slip, at most, was said of it."""
        return not is_explained(self.told)


@dataclass(frozen=True)
class Relation:
    """What several students did alike: a change of a step, a slip's id, or one value.

    `expected` is how many would have agreed by chance, `likelihood` the probability that so many do. `others` are changes that explain the same.
    """

    what: Change | str | None
    value: str
    answers: tuple[Answer, ...]
    expected: float
    likelihood: float
    others: tuple[Change, ...] = ()


def relations(answers: Sequence[Answer], parts: int) -> list[Relation]:
    """What many of the wrong answers to one part have in common, the most frequent first; `parts` is how many parts are searched."""
    left, found = list(answers), list[Relation]()
    while len(found) < _MOST and is_worth_a_search(answer.told for answer in left):
        best = _best(left, ALPHA / max(1, parts))
        if best is None:
            break
        found.append(best)
        left = [answer for answer in left if answer not in best.answers]
    return found


def is_worth_a_search(told: Iterable[Sequence[str]]) -> bool:
    """Whether these wrong answers, with what was told of each, may have a common cause that was not told: some were told none, or all several."""
    named = Counter(ids if is_explained(ids) else () for ids in map(tuple, told))
    return named[()] >= LEAST or _is_mixed(named)


def is_explained(told: Sequence[str]) -> bool:
    """Whether more than a general slip was said of an answer."""
    return not all(id.startswith("slip/") for id in told)


def _is_mixed(named: Mapping[Any, int]) -> bool:
    """Whether so many answers were told different things that they may have one cause."""
    count = sum(named.values())
    return count >= _MANY and max(named.values()) < _APART * count


def _best(answers: Sequence[Answer], alpha: float) -> Relation | None:
    unexplained = [answer for answer in answers if answer.unexplained]
    beyond: list[Relation] = []
    for groups in (_by_change(answers), list(_by_value(unexplained)), list(_by_slip(unexplained))):
        tried = _KINDS * max(1, len(groups))
        likely = [r for r in groups if r.likelihood * tried <= alpha]
        beyond += [r for r in likely if _is_shared(r, len(unexplained)) or _is_joined(r, len(answers))]
    # A change says more than a value that comes out the same for everybody, and a value more than a slip; of changes the simplest goes first.
    beyond.sort(key=lambda r: (-len(r.answers), _rank(r)))
    best = next((r for r in beyond if not (isinstance(r.what, Change) and _is_known(r.answers))), None)
    if best is None or not isinstance(best.what, Change):
        return best
    hit = [r.what for r in beyond if isinstance(r.what, Change) and r.answers == best.answers and r.what != best.what]
    others = [other for other in hit if _effort(other) <= _effort(best.what)]
    return replace(best, others=tuple(others[:2]))


def _is_shared(relation: Relation, unexplained: int) -> bool:
    """Whether enough students agree, among whom enough are unexplained."""
    hits = len(relation.answers)
    new = sum(answer.unexplained for answer in relation.answers)
    return new >= LEAST and hits >= SHARE * (unexplained + hits - new)


def _is_joined(relation: Relation, looked: int) -> bool:
    """Whether a change gives most of the answers that were looked at, while no misconception of the catalogue gives as many."""
    hits = relation.answers
    if not isinstance(relation.what, Change) or len(hits) < _MANY or len(hits) < _JOINED * looked:
        return False
    return _is_mixed(Counter(answer.told for answer in hits)) and not _is_given_alike(hits, _APART)


def _is_known(answers: Sequence[Answer]) -> bool:
    """Whether one misconception of the catalogue gives nearly all of these answers, most of which were told a misconception."""
    told = sum(not answer.unexplained for answer in answers)
    return 2 * told >= len(answers) and _is_given_alike(answers, _KNOWN)


def _is_given_alike(answers: Sequence[Answer], share: float) -> bool:
    """Whether one misconception of the catalogue gives this share of the answers."""
    trace = answers[0].variant.trace
    assert trace is not None
    return any(
        sum(_given_by(id, answer) for answer in answers) >= share * len(answers)
        for id in trace.derivation.misconceptions
    )


def _given_by(id: str, answer: Answer) -> bool:
    part = answer.variant.question.parts[answer.index]
    assert answer.variant.trace is not None
    if id not in answer.variant.trace.derivation.misconceptions:
        return False
    try:
        value = answer.variant.answer_of(answer.variant.under(id), part, answer.target)
    except StepError:
        return False
    return target_at(answer.target, value).close(answer.value)


def _rank(relation: Relation) -> tuple[int, int]:
    if isinstance(relation.what, Change):
        return 0, _effort(relation.what)
    return (1 if relation.what is None else 2), 0


def _effort(change: Change) -> int:
    """How many characters of the formula are another: the simplest of several changes has the fewest."""
    edits = SequenceMatcher(None, change.was, change.now.en, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in edits if kind != "equal")


def at_least(count: int, expected: float) -> float:
    """The probability of so many hits or more where `expected` are expected, by Poisson's law."""
    if expected <= 0:
        return 1.0
    terms = (math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) for k in range(count, count + 200))
    return min(1.0, sum(terms))


def chance(value: Value, target: Target) -> float:
    """The probability, at most, that an answer that means nothing is this wrong value (see above)."""
    if target.options:
        return 1 / max(1, len(target.options) - 1)
    if not is_array(value) and not all(map(is_number, elements(value))):
        return 0.5
    product, right = 1.0, elements(target.value)
    for mine, key, slack in zip(elements(value), right, target.slack, strict=False):
        gap = abs(as_float(mine) - as_float(key))
        if gap > float(slack):
            step = max(2 * float(slack), 1.0 if isinstance(key, int) else 1e-4 * abs(as_float(key)), 1e-9)
            product *= max(1 / (2 * max(_FEW, gap / step)), 1 / 8 if mine in _USUAL else 0.0)
    return max(product, 1e-9)


# ------------------------------------------------------------------------------------------------------- changes


def _by_change(answers: Sequence[Answer]) -> list[Relation]:
    """Every change that was tried, with the answers that it gives."""
    numeric = [answer for answer in answers if _is_computed(answer)]
    known = _Known()
    first: dict[Change, int] = {}
    for answer in sorted(numeric, key=lambda answer: not answer.unexplained)[:FIRST]:
        for change in known.of(answer):
            first[change] = first.get(change, 0) + _outcome(change, answer)[0]
    outcomes: dict[Change, list[tuple[Answer, bool, float]]] = {
        change: [] for change, hits in first.items() if hits >= 2
    }
    for answer in numeric:
        for change in known.of(answer):
            if change in outcomes:
                outcomes[change].append((answer, *_outcome(change, answer)))
    # What was tried in vain has to be paid for as well.
    return [_weighed(change, outcomes.get(change, [])) for change in first]


def _weighed(change: Change, outcomes: Sequence[tuple[Answer, bool, float]]) -> Relation:
    """A change with the answers that it gives, how likely they are without those told the misconception that is named most often among them."""
    hit = tuple(answer for answer, gives, _ in outcomes if gives)
    named = Counter(id for answer in hit for id in answer.told if not answer.unexplained)
    usual = max(named, key=named.__getitem__, default="")
    rest = [(gives, by_chance) for answer, gives, by_chance in outcomes if usual not in answer.told]
    likelihood = at_least(sum(gives for gives, _ in rest), sum(by_chance for _, by_chance in rest))
    return Relation(change, "", hit, sum(by_chance for *_, by_chance in outcomes), likelihood)


class _Known:
    """The changes of each answer's part; those of the same derivation are made once."""

    def __init__(self) -> None:
        self._last: tuple[Derivation | None, list[Change]] = (None, [])

    def of(self, answer: Answer) -> list[Change]:
        trace, asked = answer.variant.trace, answer.variant.question.parts[answer.index].answer
        assert trace is not None
        assert asked is not None
        if self._last[0] is not trace.derivation:
            self._last = trace.derivation, changes(trace, asked)
        return self._last[1]


def _is_computed(answer: Answer) -> bool:
    part, target = answer.variant.question.parts[answer.index], answer.target
    return (
        answer.variant.trace is not None
        and part.answer is not None
        and bool(target.slack)
        and part.type != "expression"
        and all(map(is_number, elements(answer.value)))
    )


def _outcome(change: Change, answer: Answer) -> tuple[bool, float]:
    """Whether a change gives what the student wrote, and how likely chance would have it so; nothing where it gives the key."""
    target, trace = answer.target, answer.variant.trace
    asked = answer.variant.question.parts[answer.index].answer
    assert trace is not None
    assert asked is not None
    value = change.value(trace, asked)
    if value is None or len(elements(value)) != len(target.slack) or not all(map(is_number, elements(value))):
        return False, 0.0
    if not all(math.isfinite(as_float(x)) for x in elements(value)) or target.close(value):
        return False, 0.0
    reach = _NEAR * float(max(target.slack)) + 1e-9 * max(abs(as_float(x)) for x in elements(value))
    by_chance = chance(value, target)
    if not is_close(value, answer.value, reach):
        return False, by_chance
    try:
        return reaches(target_at(target, value), change.run(trace), asked, answer.value), by_chance
    except StepError:
        return False, by_chance


def target_at(target: Target, value: Value) -> Target:
    """The target with another value for its key."""
    return Target.of_numbers(target.type, value, target.printed, target.precision, target.slack)


# --------------------------------------------------------------------------------------------- values and slips


def _by_value(answers: Sequence[Answer]) -> Iterator[Relation]:
    """The answers that are one and the same value, whatever the students' numbers, or the same option."""
    groups: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[_shown(answer)].append(answer)
    for shown, alike in groups.items():
        expected = sum(chance(alike[0].value, answer.target) for answer in answers)
        yield Relation(None, shown, tuple(alike), expected, at_least(len(alike), expected))


def _shown(answer: Answer) -> str:
    """The value in words that are the same on every paper: an option's text, not its letter."""
    options = {option.label: option for option in answer.target.options}
    value = answer.value
    if isinstance(value, str) and value in options:
        option = options[value]
        return option.text.en if option.value is None else f"= {plain(option.value)}"
    if isinstance(value, frozenset) and value <= options.keys():
        return "; ".join(sorted(options[label].text.en for label in value))
    return plain(value) if is_array(value) or is_number(value) else str(value)


def _by_slip(answers: Sequence[Answer]) -> Iterator[Relation]:
    """The answers that the same slip would give."""
    for id in sorted({id for answer in answers for id in answer.told}):
        alike = tuple(answer for answer in answers if id in answer.told)
        expected = sum(chance(a.value, a.target) for a in alike) * len(answers) / len(alike)
        yield Relation(id, "", alike, expected, at_least(len(alike), expected))
