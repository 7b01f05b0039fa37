"""What makes variants fair: equal work, and mistakes that can be told from one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from grader.bank_check.marked import mark_variant, names_misconception
from grader.bank_check.rules import Subject, first, rule
from grader.evidence import specificity
from grader.marking import Verdict, read_for
from grader.reading import Reading
from questions.choices import DISTRACTORS, NoChoiceError, can_be_choice, is_computed_choice
from questions.effort import effort
from questions.key import Choosable
from questions.near_misses import is_commonplace
from questions.sampling import band, collisions, draw
from questions.variant import Variant, with_choices
from questions.variant_json import misconception_answers
from solvers.text import Text

LEAST_TOLD = (
    10.0  # bits of a misconception's answer below which it may go untold: anybody could hit numbers so common by chance
)
LEAST_TAKEN = 0.02  # share of draws that have to be fair, so that drawing stays quick and the numbers various
OFFERED = 3  # variants of each question that are asked as choices


@rule(
    "effort",
    f"variants are equally hard, and no fewer than {LEAST_TAKEN:.0%} of the draws are fair",
    f"各变体难度相当，且至少 {LEAST_TAKEN:.0%} 的抽取是公平的",
)
def _effort(subject: Subject) -> Iterator[Text]:
    allowed = band(subject.question)

    def outside(variant: Variant) -> Text | None:
        work = effort(subject.question, variant.trace)
        if allowed is None or variant.trace is None or allowed.least <= work <= allowed.most:
            return None
        limits = f"{allowed.least:.0f}-{allowed.most:.0f}"
        return Text(f"an effort of {work:.0f}, outside {limits}", f"计算量为 {work:.0f}，超出 {limits}")

    yield from first(subject.drawn, outside)
    taken = len(subject.drawn) / subject.attempts
    if taken < LEAST_TAKEN:
        yield Text(
            f"only {taken:.1%} of the draws are fair; widen the ranges, or list fewer misconceptions",
            f"只有 {taken:.1%} 的抽取是公平的；请放宽范围，或少列几个误解",
        )


@rule(
    "apart",
    "no listed misconception, and no declared pair of them, gives the key or what another one gives, on any variant",
    "在每个变体上，所列误解及声明的误解组合都不会得出正确答案，彼此的结果也不相同",
)
def _apart(subject: Subject) -> Iterator[Text]:
    computed = [variant for variant in subject.drawn if variant.trace is not None]
    subject.covered["pairs"] += len(subject.question.pairs) * len(computed)
    yield from first(computed, lambda variant: next(collisions(variant), None))


@rule(
    "diagnosis",
    "each listed misconception's answer is told for what it is, unless chance could hit it",
    "每个所列误解的答案都能被诊断出来，除非其数值太常见",
)
def _diagnosis(subject: Subject) -> Iterator[Text]:
    """On every variant. Only numbers that say less than `LEAST_TOLD` bits may go untold; none may be taken for another's."""
    for id in subject.question.misconceptions:
        yield from first(subject.drawn, partial(_untold, id=id, covered=subject.covered))


def _untold(variant: Variant, id: str, covered: Counter[str]) -> Text | None:
    answers = misconception_answers(variant, id) if variant.trace is not None else None
    if not answers:
        return None
    covered["mistakes"] += 1
    verdicts = mark_variant(variant, answers).items[0].verdicts
    if any(names_misconception(verdict, id) for verdict in verdicts):
        return None
    if not any(verdict.diagnosis for verdict in verdicts) and _said(variant, verdicts) < LEAST_TOLD:
        return None
    return Text(f"{id} is not recognised in {answers}", f"未能从 {answers} 诊断出 {id}")


def _said(variant: Variant, verdicts: Sequence[Verdict]) -> float:
    """Bits that the wrong ones of these answers say: see `grader.evidence`."""
    asked = zip(variant.question.parts, variant.targets, verdicts, strict=True)
    wrong = [(part, target, read_for(v.response, target)) for part, target, v in asked if v.marks < v.worth]
    return sum(specificity(reading, part, target) for part, target, reading in wrong if isinstance(reading, Reading))


@rule(
    "choices",
    "asked as choices, the key is one option, every wrong one is told for what it is, and no two look alike",
    "改为选择题时恰有一个正确选项，每个错误选项都能对应到原因，且选项互不相同",
)
def _choices(subject: Subject) -> Iterator[Text]:
    if not any(can_be_choice(part) or is_computed_choice(part) for part in subject.question.parts):
        return

    def unclear(variant: Variant) -> Text | None:
        asked = _as_choice(variant)
        return next((wrong for turn in range(DISTRACTORS + 1) if (wrong := _misjudged(subject, asked, turn))), None)

    yield from first(subject.drawn[:OFFERED], unclear)


def _as_choice(variant: Variant) -> Variant:
    """What is drawn for the variant's seed where choices are asked for: the same numbers, if they allow it."""
    try:
        return with_choices(variant)
    except NoChoiceError:
        return draw(variant.question, variant.seed, choices=True)


def _told(option: Choosable) -> tuple[str, ...]:
    """What is told who takes an option: nothing of a number that anybody may write."""
    ids = option.misconceptions
    return () if ids and is_commonplace(ids[0], option.value) else ids


def _misjudged(subject: Subject, variant: Variant, turn: int) -> Text | None:
    """What is wrong with a verdict when in every choice the option is taken whose turn it is."""
    taken = {
        part.key_name: target.options[turn]
        for part, target in zip(variant.question.parts, variant.targets, strict=True)
        if is_computed_choice(part) and turn < len(target.options)
    }
    verdicts = mark_variant(variant, {name: option.label for name, option in taken.items()}).items[0].verdicts
    for part, verdict in zip(variant.question.parts, verdicts, strict=True):
        if (option := taken.get(part.key_name)) is None or verdict.carried:
            continue  # an option that follows from a wrong one before it is as good as right
        said = verdict.diagnosis.misconceptions if verdict.diagnosis is not None else ()
        if (verdict.marks == verdict.worth) != option.correct or said != _told(option):
            return Text(
                f"{part.key_name}: option {option.text.en} is {verdict.kind}",
                f"{part.key_name}：选项 {option.text.zh} 判定有误",
            )
        for blamed in option.misconceptions:
            if blamed not in subject.bank.misconceptions:
                return Text(f"nothing explains {blamed}", f"没有 {blamed} 的说明")
    return None
