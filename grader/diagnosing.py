"""Why an answer is wrong: the misconceptions, or the carried values, that lead to just what the student wrote.

Single wrong rules are tried first, then a wrong rule on top of the student's own earlier values, then pairs of wrong rules.
What explains more of the question's parts wins; what explains as much with less is preferred; a tie is told as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from grader.following import run_from
from grader.outcome import Outcome
from grader.reading import Blank, Reading, Unreadable
from questions.key import reaches, within
from questions.variant import Variant
from solvers.expression import ExpressionError, evaluate
from solvers.trace import StepError, Trace
from solvers.values import Value, elements, is_number

MOST_PAIRED = 12  # misconceptions beyond which pairs are not searched


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
    """The likely cause: misconceptions that together give the student's answer.

    `alternatives` are other causes that explain it as well. `carried` are the indices of earlier parts whose values were used.
    """

    misconceptions: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    carried: tuple[int, ...] = ()


def diagnose(variant: Variant, answers: Sequence[Response]) -> list[Diagnosis | None]:
    """A diagnosis for each wrong part, None where nothing explains it."""
    found: list[Diagnosis | None] = [_chosen(variant, i, answer) for i, answer in enumerate(answers)]
    wrong = [i for i, a in enumerate(answers) if a.wrong and found[i] is None and _computed(variant, i)]
    if not wrong or variant.trace is None:
        return found
    ids = _candidates(variant)
    single = [_explanation(variant, (id,), answers, wrong) for id in ids]
    _settle(found, single, wrong, variant)
    _settle_carried(found, variant, ids, answers, wrong)
    left = [i for i in wrong if found[i] is None]
    if left and len(ids) <= MOST_PAIRED:
        pairs = [_explanation(variant, pair, answers, left) for pair in combinations(ids, 2)]
        _settle(found, pairs, left, variant)
    return found


def _computed(variant: Variant, index: int) -> bool:
    return variant.question.parts[index].answer is not None


def _chosen(variant: Variant, index: int, answer: Response) -> Diagnosis | None:
    """A wrong option that stands for a misconception is its own diagnosis."""
    if not answer.wrong or not isinstance(answer.reading, Reading) or variant.question.parts[index].type != "choice":
        return None
    options = variant.targets[index].options
    option = next((o for o in options if o.label == answer.reading.value), None)
    return Diagnosis((option.misconception,)) if option is not None and option.misconception else None


def _candidates(variant: Variant) -> list[str]:
    """The question's own misconceptions first, then the others that its derivation knows."""
    assert variant.trace is not None
    return list(dict.fromkeys((*variant.question.misconceptions, *variant.trace.derivation.misconceptions)))


@dataclass(frozen=True)
class _Explanation:
    """What some misconceptions explain: the wrong parts whose answers they give, and how many right parts speak against them."""

    ids: tuple[str, ...]
    parts: frozenset[int]
    against: int


def _explanation(
    variant: Variant, ids: tuple[str, ...], answers: Sequence[Response], wrong: Iterable[int]
) -> _Explanation:
    assert variant.trace is not None
    trace = variant.trace.derivation.run(variant.trace.givens, replacing=ids, base=variant.trace)
    parts = frozenset(i for i in wrong if _gives(variant, trace, i, answers[i]))
    against = sum(_speaks_against(variant, trace, i, answer) for i, answer in enumerate(answers)) if parts else 0
    return _Explanation(ids, parts, against)


def _speaks_against(variant: Variant, trace: Trace, index: int, answer: Response) -> bool:
    """Whether the student has a part right that these misconceptions would have made wrong."""
    if answer.outcome is None or answer.wrong or not _computed(variant, index):
        return False
    part, target = variant.question.parts[index], variant.targets[index]
    try:
        return not target.close(variant.answer_of(trace, part, target))
    except StepError:
        return True


def _gives(variant: Variant, trace: Trace, index: int, answer: Response) -> bool:
    """Whether a run leads to the student's answer in one part, rounding allowed for."""
    part, target = variant.question.parts[index], variant.targets[index]
    assert isinstance(answer.reading, Reading)
    try:
        value = variant.answer_of(trace, part, target)
        if part.type == "expression":
            return _same_function(answer.reading, target.points, value, target.slack)
        if target.options or not target.slack:
            return bool(value == answer.reading.value) and value != target.value
        if target.close(value):
            return False
        assert part.answer is not None
        return reaches(replace(target, value=value), trace, part.answer, answer.reading.value)
    except StepError:
        return False


def _same_function(
    reading: Reading, points: Iterable[Mapping[str, Value]], values: Value, slack: Iterable[Fraction | float]
) -> bool:
    try:
        for point, value, free in zip(points, elements(values), slack, strict=True):
            answer = evaluate(reading.value, point)
            if not is_number(answer) or not within(value, answer, free):
                return False
    except ExpressionError:
        return False
    return True


def _settle(
    found: list[Diagnosis | None], explanations: list[_Explanation], wrong: list[int], variant: Variant
) -> None:
    """Gives each wrong part the cause that explains most and is least contradicted; equal causes become alternatives.

    Among equals, those that the question itself lists come first.
    """
    listed = set(variant.question.misconceptions)
    for i in wrong:
        causes = [cause for cause in explanations if i in cause.parts]
        if found[i] is not None or not causes:
            continue
        most = max(len(cause.parts) - cause.against for cause in causes)
        best = [cause.ids for cause in causes if len(cause.parts) - cause.against == most]
        ranked = [ids for ids in best if listed.issuperset(ids)] or best
        found[i] = Diagnosis(ranked[0], tuple(ranked[1:3]))


def _settle_carried(
    found: list[Diagnosis | None], variant: Variant, ids: list[str], answers: Sequence[Response], wrong: list[int]
) -> None:
    """A wrong rule on top of the student's own earlier values."""
    for i in wrong:
        earlier = tuple(j for j in wrong if j < i)
        if found[i] is not None or not earlier:
            continue
        own = run_from(variant, earlier, answers)
        if own is None:
            continue
        causes = [(id,) for id in ids if _gives(variant, _replaced(own, id), i, answers[i])]
        if causes:
            found[i] = Diagnosis(causes[0], tuple(causes[1:3]), earlier)


def _replaced(own: Trace, id: str) -> Trace:
    """The run with a student's own values, one rule replaced as well."""
    return own.derivation.run(own.givens, overrides=own.overrides, replacing=(id,), base=own)
