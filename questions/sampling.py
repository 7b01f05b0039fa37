"""Drawing the givens of a variant: the same for ever from the question's id and the seed.

Randomness comes from SHA-256 over id, seed and a counter, so that no library's generator can change a paper. A draw is
rejected where a condition fails, where a step has no value, where the work is far more or less than in other variants, or where a listed
misconception, or a declared pair of them, could be taken for the key or for another one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from statistics import median

from questions.choices import NoChoiceError, asked_as_choice
from questions.drawing import candidates, draw_value, of_network
from questions.effort import effort
from questions.key import Slack, Target, close_to, split_answer
from questions.question import Draw, Question
from questions.same import Same
from questions.stream import Stream
from questions.variant import Variant, opened, targets, with_choices
from solvers.expression import holds
from solvers.nearest import suggestion
from solvers.registry import derivation
from solvers.text import GradmarkError, Text, UsageError
from solvers.trace import StepError, Trace
from solvers.values import Value, elements

ATTEMPTS = 2_000  # draws tried before a template is reported as impossible
ALIKE = Fraction(35, 100)  # how far a variant's work may lie from the middle one's, as a share of it
SAMPLE = 25  # draws that the middle is taken of
SAMPLE_ATTEMPTS = 40  # draws tried for each of them


class UnknownStepError(GradmarkError):
    """A part that asks for a step which its derivation does not have; the message says which ones it has."""


class NoDrawError(GradmarkError):
    """A template from which no fair variant can be drawn; the message says what rejected the draws."""


def draw(question: Question, seed: int, *, choices: bool = False) -> Variant:
    """The variant of a question for a seed; with `choices`, the same one with its computed parts asked as choices.

    Raises NoDrawError if no fair one is found, UnknownStepError if a part asks for what the derivation does not have, NoChoiceError for a question in which nothing can be asked as a choice.
    """
    return drawn(question, seed, choices=choices)[0]


def drawn(question: Question, seed: int, *, choices: bool = False) -> tuple[Variant, int]:
    """What `draw` gives, and how many draws that took."""
    stream = Stream(f"gradmark|{question.id}|{seed}")
    rejected: Counter[_Reason] = Counter()
    for attempt in range(1, ATTEMPTS + 1):
        givens = _draw_givens(question, stream)
        reason = _unmet(question, givens)
        if reason is None:
            variant, reason = _fair(question, seed, givens)
            if variant is not None and choices:
                variant, reason = _chosen(variant)
            if variant is not None:
                return variant, attempt
        assert reason is not None
        rejected[reason] += 1
    raise _no_draw(question, rejected)


@dataclass(frozen=True)
class _Reason:
    """Why a draw was rejected, and what its author can do about it."""

    text: Text
    todo: Text


def _no_draw(question: Question, rejected: Counter[_Reason]) -> NoDrawError:
    """Why no draw was fair: the most frequent reasons, and what to do about the first."""
    worst = rejected.most_common(3)
    en = "; ".join(f"{reason.text.en} ({count})" for reason, count in worst)
    zh = "；".join(f"{reason.text.zh}（{count} 次）" for reason, count in worst)
    todo = worst[0][0].todo
    return NoDrawError(
        f"{question.id}: no fair variant in {ATTEMPTS} draws. Rejected by: {en}. {todo.en}",
        f"{question.id}：{ATTEMPTS} 次抽取均未得到公平的变体。原因：{zh}。{todo.zh}",
    )


_LOOSEN = Text("Loosen the condition, or widen the ranges.", "请放宽该条件，或扩大取值范围。")
_DEFINE = Text("Exclude such givens with a condition under `where`.", "请在 `where` 中加条件，排除这样的取值。")
_CHOOSE = Text("Widen the ranges, or ask this part without options.", "请扩大取值范围，或不把这一问设为选择题。")
_UNEQUAL = _Reason(
    Text("harder or easier than the others", "比其他变体更难或更易"),
    Text("Narrow the ranges, or widen the band with `effort`.", "请缩小取值范围，或用 `effort` 放宽允许的计算量范围。"),
)
_TELL = Text(
    "Widen the ranges, exclude such givens with a condition under `where`, or take a misconception off the list.",
    "请扩大取值范围，在 `where` 中加条件排除这样的取值，或从列表中去掉一个误解。",
)


@dataclass(frozen=True)
class Band:
    """The efforts that variants of a question may take: the middle of a fixed sample of draws, and so much less or more."""

    middle: float
    width: float

    @property
    def least(self) -> float:
        """The lightest that a variant may be."""
        return self.middle * (1 - self.width)

    @property
    def most(self) -> float:
        """The hardest that a variant may be."""
        return self.middle * (1 + self.width)


def band(question: Question) -> Band | None:
    """Between which efforts the question's variants lie; None where nothing is computed. It depends on the question alone."""
    return _band(Same(question))


@lru_cache(maxsize=1_000)
def _band(same: Same[Question]) -> Band | None:
    question = same.object
    if question.derivation is None:
        return None
    efforts = [found for number in range(SAMPLE) if (found := _sampled_effort(question, number)) is not None]
    if not efforts:
        return None
    return Band(median(efforts), float(ALIKE if question.effort is None else question.effort))


def _sampled_effort(question: Question, number: int) -> float | None:
    """The effort of one draw that meets the question's conditions, fair or not."""
    stream = Stream(f"gradmark|{question.id}|effort|{number}")
    for _ in range(SAMPLE_ATTEMPTS):
        givens = _draw_givens(question, stream)
        if _unmet(question, givens) is None:
            try:
                trace = _trace(question, givens)
                return effort(question, trace)
            except StepError:
                continue
    return None


def _draw_givens(question: Question, stream: Stream) -> dict[str, Value]:
    givens: dict[str, Value] = {}
    for name, how in question.givens.items():
        try:
            givens[name] = draw_value(how, stream, givens)
        except GradmarkError as error:
            raise UsageError(
                f"{question.id}: the given {name} cannot be drawn: {error.text.en}",
                f"{question.id}：无法抽取已知量 {name}：{error.text.zh}",
            ) from None
    return givens


def draws(question: Question) -> int:
    """How many different givens the ranges allow, before any condition is asked."""
    total = 1
    asked: dict[str, list[Draw]] = {}
    for how in question.givens.values():
        if (network := how.layer_of or how.input_of) is not None:
            asked.setdefault(network, []).append(how)
    for name, how in question.givens.items():
        if how.value is None and how.expression is None and how.text is None and not (how.layer_of or how.input_of):
            options = candidates(how)
            if isinstance(options, tuple) and (of_it := asked.pop(name, None)):
                total *= sum(_of_one_network(str(network), of_it) for network in set(options))
                continue
            kinds = len({str(v) for v in options}) if isinstance(options, tuple) else len(options)
            length = math.prod(size if isinstance(size, int) else 2 for size in how.shape)
            total *= kinds**length
    if asked:  # of networks whose names are put together from other givens: any one stands for all
        givens = _draw_givens(question, Stream(f"gradmark|{question.id}|draws"))
        total *= math.prod(_of_one_network(str(givens[name]), draws) for name, draws in asked.items())
    return total


def _of_one_network(network: str, draws: Sequence[Draw]) -> int:
    """How many ways there are to draw layers and input sizes of one network."""
    return math.prod(len(of_network(how, network)) for how in draws)


def _unmet(question: Question, givens: Mapping[str, Value]) -> _Reason | None:
    for condition in question.where:
        if not holds(condition, givens):
            return _Reason(Text.of(f"where {condition}"), _LOOSEN)
    return None


def _chosen(variant: Variant) -> tuple[Variant | None, _Reason | None]:
    """The variant as a choice, or the reason why its numbers allow none."""
    asked_as_choice(variant.question)  # where the question itself allows none, no other numbers will
    try:
        return with_choices(variant), None
    except NoChoiceError as error:
        return None, _Reason(error.text, _CHOOSE)


def _fair(question: Question, seed: int, givens: dict[str, Value]) -> tuple[Variant | None, _Reason | None]:
    """The variant on these givens, or the reason why it would be unfair."""
    if question.derivation is None:
        return Variant(question, seed, givens, None, targets(question, seed, givens, None)), None
    try:
        trace = _trace(question, givens)
        _only_known_steps(question, trace)
        trace.values  # noqa: B018 - a variant whose solution cannot be shown is no variant
        if (found := band(question)) is not None and not found.least <= effort(question, trace) <= found.most:
            return None, _UNEQUAL
        keys = targets(question, seed, givens, trace)
    except StepError as error:
        reason = Text(f"{error.step}: {error.reason.en}", f"{error.step}：{error.reason.zh}")
        return None, _Reason(reason, _DEFINE)
    except NoChoiceError as error:
        return None, _Reason(error.text, _CHOOSE)
    variant = Variant(question, seed, givens, trace, keys)
    return next(((None, _Reason(text, _TELL)) for text in collisions(variant)), (variant, None))


def _trace(question: Question, givens: Mapping[str, Value]) -> Trace:
    """The run of the question's derivation on these givens."""
    assert question.derivation is not None
    found = derivation(question.derivation)
    complete = found.complete({name: value for name, value in givens.items() if name in found.givens})
    return found.at(complete).run(complete)


def _only_known_steps(question: Question, trace: Trace) -> None:
    steps = trace.derivation.steps
    for number, part in enumerate(question.parts, 1):
        step = split_answer(part.answer)[0] if part.answer else None
        if step is not None and step not in steps:
            hint = suggestion(step, steps)
            raise UnknownStepError(
                f"{question.id}: part {number} asks for {step}, which is no step of {question.derivation}.{hint.en} "
                f"Its steps: {', '.join(steps)}.",
                f"{question.id}：第 {number} 问所求的 {step} 不是推导 {question.derivation} 的步骤。{hint.zh}"
                f"该推导的步骤有：{'、'.join(steps)}。",
            )


def collisions(variant: Variant) -> Iterator[Text]:
    """What makes a variant unfair: misconceptions, or declared pairs of them, that give the key's values, or each other's."""
    assert variant.trace is not None
    declared = variant.trace.derivation.misconceptions
    computed = [
        (part, opened(variant, part, target))
        for part, target in zip(variant.question.parts, variant.targets, strict=True)
        if part.answer
    ]
    keys = [target.value for _, target in computed]
    slacks = [_blurred_slack(target) for _, target in computed]
    answers = {
        id: variant.answers_of(variant.under(id), computed) if id in declared else None
        for id in variant.question.misconceptions
    }
    for id, values in answers.items():
        if id not in declared:
            name = variant.question.derivation
            yield Text(f"{name} does not know {id}", f"推导 {name} 中没有 {id}")
        elif values is None:
            yield Text(f"{id} has no answer", f"{id} 得不出答案")
        elif _alike(values, keys, slacks):
            yield Text(f"{id} gives the key", f"{id} 的结果与正确答案相同")
    for a, b in variant.question.pairs:
        both = variant.trace.derivation.run(variant.trace.givens, replacing=(a, b), base=variant.trace)
        answers[f"{a} with {b}"] = values = variant.answers_of(both, computed)
        if values is not None and _alike(values, keys, slacks):
            yield Text(f"{a} with {b} gives the key", f"{a} 与 {b} 同时出现时，结果与正确答案相同")
    for (a, first), (b, second) in combinations(answers.items(), 2):
        if first is not None and second is not None and _alike(first, second, slacks):
            yield Text(f"{a} and {b} coincide", f"{a} 与 {b} 的结果相同")


def _alike(first: list[Value], second: list[Value], slacks: list[Slack]) -> bool:
    """Whether two lists of answers could be taken for each other, part by part."""
    return all(map(close_to, first, second, slacks))


def _blurred_slack(target: Target) -> Slack:
    """How far from a key an answer may lie that is rounded to the digits asked for."""
    if target.precision is None:
        return target.slack
    units = [target.precision.unit(element) for element in elements(target.value)]
    return tuple(slack + float(unit / 2) for slack, unit in zip(target.slack, units, strict=True))
