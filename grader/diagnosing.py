"""Why an answer is wrong: the misconceptions, or the carried values, that lead to just what the student wrote.

All parts of a question are explained together. A cause, one misconception or two, is weighed by the wrong parts that it explains, alone or on
top of the student's own earlier values: by how unlikely it is that chance would hit just these numbers (see `evidence`). Against it count
how many causes of its kind are tried, the right parts that it would have made wrong, and the wrong parts that it leaves unexplained.
So one misconception that explains three parts goes before three that explain one each, a single one before a pair, and a number of few digits
is explained only where the rest of the question bears it out. Causes that explain as much are told together: either, or.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from grader.evidence import (
    AGAINST,
    CLOSE,
    ENOUGH,
    FOLLOWED,
    MOST_RIGHT,
    OWN,
    RIGHT,
    SLIP,
    UNEXPLAINED,
    price,
    specificity,
)
from grader.reading import Reading
from grader.runs import Response, Runs, Sought, computed, left_out
from grader.slips import Slip, least_price, slips
from questions.near_misses import is_commonplace
from questions.variant import Variant
from solvers.text import Text
from solvers.trace import StepError, quietly

__all__ = ["Diagnosis", "Response", "diagnose"]


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
    wrong = [i for i, a in enumerate(answers) if a.mistaken and found[i] is None and computed(variant, i)]
    if wrong and variant.trace is not None:
        known = frozenset(id for diagnosis in found if diagnosis for id in diagnosis.misconceptions)
        with quietly():
            for i, diagnosis in _Search(variant, answers, tuple(wrong), known=known).settle().items():
                found[i] = diagnosis
    return found


def _shown(answer: Response) -> Diagnosis | None:
    """The convention that a wrong answer shows by itself: the right sizes in another order of the axes."""
    return Diagnosis((answer.outcome.convention,)) if answer.outcome is not None and answer.outcome.convention else None


def _chosen(variant: Variant, index: int, answer: Response) -> Diagnosis | None:
    """A wrong option that stands for a misconception is its own diagnosis, with the others that lead to the same option."""
    if not answer.wrong or not isinstance(answer.reading, Reading) or variant.question.parts[index].type != "choice":
        return None
    part, target = variant.question.parts[index], variant.targets[index]
    option = next((o for o in target.options if o.label == answer.reading.value), None)
    if option is None or not option.misconceptions or is_commonplace(option.misconceptions[0], option.value):
        return None
    others: list[tuple[str, ...]] = []
    if part.options == "misconceptions" and variant.trace is not None:
        for id in variant.trace.derivation.misconceptions:
            try:
                alike = (id,) != option.misconceptions and variant.answer_of(variant.under(id), part, target)
            except StepError:
                continue
            if alike == option.label:
                others.append((id,))
    return Diagnosis(option.misconceptions, tuple(others))


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


_Worth = Sequence[tuple[Sought, float]]
"""Wrong parts, each with the bits that are lost where it stays unexplained."""


@dataclass
class _Search(Runs):
    """The search for the causes of one question's wrong parts; `known` are misconceptions found already."""

    known: frozenset[str] = frozenset()
    _counts: dict[tuple[int, ...], tuple[int, int]] = field(default_factory=dict)

    def settle(self) -> dict[int, Diagnosis]:
        """The diagnosis of each wrong part that has one: the best cause first, then the best for what it leaves."""
        found: dict[int, Diagnosis] = {}
        # What says most comes first, so that a cause that does not explain it is given up at once.
        left = sorted((i for i in self.wrong if i not in self.followed), key=lambda i: -self.bits[i])
        while left:
            causes = self._causes(left)
            best = max(causes, key=lambda cause: cause.score, default=None)
            if best is None or self._borne_out(best, causes) < ENOUGH:
                break
            rivals = [cause for cause in causes if cause is not best and self._rivals(cause, best)]
            rivals.sort(key=lambda cause: -cause.score)
            simpler = self._simpler(best) if not best.parts.keys() & found.keys() else {}
            for i, (ids, carried) in best.parts.items():
                others = [cause.parts[i][0] for cause in rivals if i in cause.parts]
                alternatives = tuple(dict.fromkeys(other for other in others if other != ids))
                told = Diagnosis(ids, alternatives, carried)
                if i in simpler:
                    told = replace(simpler[i], alternatives=(*simpler[i].alternatives, ids, *alternatives))
                found.setdefault(i, told)
            self.known = self.known.union(best.ids)
            left = [i for i in left if i not in found]
        return found | self._slips(left)

    def _simpler(self, cause: _Cause) -> dict[int, Diagnosis]:
        """The slips that explain by themselves every part for which a cause needs two misconceptions; nothing where it does with fewer."""
        if any(len(ids) < 2 for ids, _ in cause.parts.values()):
            return {}
        told = self._slips(tuple(cause.parts))
        return told if told.keys() == cause.parts.keys() else {}

    def _slips(self, left: Sequence[int]) -> dict[int, Diagnosis]:
        """The slips in the parts that no single misconception explains, each of which has to pay for all that are tried."""
        extra = min(MOST_RIGHT, RIGHT * self.right) - self.alone - SLIP - ENOUGH
        spare = [self.bits[i] + extra - least_price(self.variant.targets[i], self.sought[i].value) for i in left]
        most = max(spare, default=0.0)
        hits: dict[int, list[Slip]] = {}
        unexplained = 0
        for i in left:
            if most < UNEXPLAINED * unexplained:
                return {}  # whatever is still found, too much is unexplained for any of it
            likely_at_most = self.bits[i] + MOST_RIGHT - SLIP >= ENOUGH
            hits[i] = slips(self.variant, i, self.sought[i].value) if likely_at_most else []
            unexplained += not hits[i]
        told = {}
        for i, found in hits.items():
            weight = self.bits[i] + extra - UNEXPLAINED * unexplained
            likely = [slip for slip in found if weight >= slip.price]
            if likely:
                ids = list(dict.fromkeys((slip.id,) for slip in likely))
                details = tuple((slip.id, slip.detail) for slip in likely if slip.detail)
                told[i] = Diagnosis(ids[0], tuple(ids[1:]), (), details)
        return told

    def _causes(self, left: Sequence[int]) -> list[_Cause]:
        """Single misconceptions, and pairs where no single one explains everything that is left."""
        most = sum(self.bits[i] for i in left) - self.alone
        worth = [(self.sought[i], self.bits[i] + OWN) for i in left]
        causes = [cause for id in self._likely(worth, most - ENOUGH) if (cause := self._weighed((id,), left, most))]
        best = max(causes, key=lambda cause: cause.score, default=None)
        if best is None or best.score < ENOUGH or any(i not in best.parts for i in left):
            pairs, listed, known = self.plan.pairs, self.plan.listed, self.known
            tried = self._tried(tuple(left)) if pairs else (0, 0)
            for pair in pairs:
                spare = most - ENOUGH - price(pair, listed, tried, known)
                if spare >= 0 and self._may_explain(pair, worth, spare) and (cause := self._weighed(pair, left, most)):
                    causes.append(cause)
        return causes

    def _likely(self, worth: _Worth, spare: float) -> list[str]:
        """The single misconceptions that explain anything, and so much that no more than the `spare` bits are lost by what they do not."""
        found = []
        for id in self.plan.ids:
            left, explains = spare, False
            for sought, lost in worth:
                if id in sought.changing and self.single(id, sought) is not None:
                    explains = True
                elif (left := left - lost) < 0:
                    break
            else:
                if explains:
                    found.append(id)
        return found

    def _may_explain(self, pair: tuple[str, str], worth: _Worth, spare: float) -> bool:
        """Whether a pair explains anything, and loses no more than the `spare` bits. What both may change is looked at last."""
        first, second = pair
        explains, joint = False, []
        for sought, lost in worth:
            one, other = first in sought.changing, second in sought.changing
            if (one and self.single(first, sought) is not None) or (other and self.single(second, sought) is not None):
                explains = True
            elif one and other:
                joint.append((sought, lost))
            elif (spare := spare - lost) < 0:
                return False
        for sought, lost in joint:
            if self.together(pair, sought):
                explains = True
            elif (spare := spare - lost) < 0:
                return False
        return explains

    def _borne_out(self, best: _Cause, causes: Sequence[_Cause]) -> float:
        """What is left over of all that say the same as the best: it is likelier that one of them is the cause than that this one is."""
        alike = [
            cause.score
            for cause in causes
            if cause.parts.keys() == best.parts.keys() and len(cause.ids) == len(best.ids)
        ]
        return math.log2(sum(2.0**score for score in alike))

    def _rivals(self, other: _Cause, best: _Cause) -> bool:
        """Whether another cause explains as much as simply, listed or not."""
        return len(other.ids) == len(best.ids) and other.weight >= best.weight - CLOSE

    def _weighed(self, ids: tuple[str, ...], left: Sequence[int], most: float) -> _Cause | None:
        """A cause with the parts that it explains; None if not each misconception has one."""
        weight, explained, used, carried = most, [], set[str](), set[int]()
        for i in left:
            if (hit := self.hit(ids, i)) is not None:
                explained.append(i)
                used.update(hit[0])
                carried.update(hit[1])
            else:
                weight -= self.bits[i] + OWN
        # One that explains nothing would only serve to take back what the other does to right parts.
        if not used.issuperset(ids):
            return None
        weight -= (UNEXPLAINED - OWN) * sum(i not in explained and i not in carried for i in left)
        against = self.against(ids)
        weight += min(MOST_RIGHT, RIGHT * (self.right - against)) - AGAINST * against
        parts = {i: hit for i in self.wrong if (hit := self.hit(ids, i)) is not None}
        weight += FOLLOWED * len(self.followed & parts.keys())
        return _Cause(ids, parts, weight, weight - self._price(ids, explained))

    # ------------------------------------------------------------------------------------------- what is known

    @cached_property
    def bits(self) -> dict[int, float]:
        """What each wrong part says."""
        parts, targets = self.variant.question.parts, self.variant.targets
        return {i: specificity(self.reading(i), parts[i], targets[i]) for i in self.wrong}

    @cached_property
    def alone(self) -> float:
        """What is taken off where a number that could bear a cause out was not given, or not readably."""
        return left_out(self.variant, self.answers)

    @cached_property
    def right(self) -> int:
        """How many parts are right."""
        return sum(
            a.outcome is not None and not a.mistaken and computed(self.variant, i) for i, a in enumerate(self.answers)
        )

    def _price(self, ids: tuple[str, ...], parts: Sequence[int]) -> float:
        """What these misconceptions cost among all that change any of these parts."""
        return price(ids, self.plan.listed, self._tried(tuple(parts)), self.known)

    def _tried(self, parts: tuple[int, ...]) -> tuple[int, int]:
        """How many of the listed misconceptions, and how many of all, change any of these parts."""
        if parts not in self._counts:
            tried = [id for id in self.plan.ids if self._changes(id, parts)]
            self._counts[parts] = sum(id in self.plan.listed for id in tried), len(tried)
        return self._counts[parts]

    def _changes(self, id: str, parts: Sequence[int]) -> bool:
        """Whether a misconception alone makes any of these parts wrong."""
        for i in parts:
            if self.sought[i].part.type == "expression":
                return True
            try:
                if id in self.plan.changing[i] and self.variant.misled((id,), i) is not None:
                    return True
            except StepError:
                continue
        return False
