"""What a question declares, before anybody answers it: its steps, misconceptions and ranges."""

from __future__ import annotations

from collections.abc import Iterator

from grader.bank_check.rules import Subject, first, rule
from questions.key import split_answer
from questions.sampling import draws
from questions.variant import Variant
from solvers.text import Text
from solvers.values import Value, elements, is_number, plain

ENOUGH_DRAWS = 10_000  # distinct givens that a numeric template must allow, so that a class shares no numbers
LONGEST_NUMBER = 9  # characters of a given beyond which a person would not want to work with it


@rule(
    "steps",
    "every part's answer, and every step that its working is asked for, is a step of the derivation",
    "每一问的答案，以及按步骤给分的步骤，都是推导中的步骤",
)
def _steps(subject: Subject) -> Iterator[Text]:
    for part in subject.question.parts:
        if part.answer and subject.drawn[0].trace is not None:
            step, _ = split_answer(part.answer)  # which the draw has found to be one
            below = subject.drawn[0].trace.derivation.upstream(step)
            for name in sorted(set(part.working) - below):
                yield Text(f"{name} is no step on the way to {step}", f"{name} 不是求 {step} 过程中的步骤")


@rule(
    "misconceptions", "every misconception is declared, and explained in both languages", "每个误解都有定义和双语说明"
)
def _misconceptions(subject: Subject) -> Iterator[Text]:
    listed = list(subject.question.misconceptions)
    if subject.question.derivation is not None and subject.drawn[0].trace is not None:
        declared = subject.drawn[0].trace.derivation.misconceptions
        for id in listed:
            if id not in declared:
                yield Text(
                    f"{subject.question.derivation} does not declare {id}",
                    f"{subject.question.derivation} 没有定义误解 {id}",
                )
        listed += list(declared)
    listed += [
        o.misconception
        for p in subject.question.parts
        if isinstance(p.options, list)
        for o in p.options
        if o.misconception
    ]
    for id in dict.fromkeys(listed):
        if id not in subject.bank.misconceptions:
            yield Text(f"the catalogue does not explain {id}", f"误解目录中没有 {id} 的说明")


@rule(
    "variety", f"numeric questions allow {ENOUGH_DRAWS:,} distinct draws", f"数值题至少有 {ENOUGH_DRAWS:,} 种不同的取值"
)
def _variety(subject: Subject) -> Iterator[Text]:
    count = draws(subject.question)
    if not subject.question.finite and subject.question.derivation is not None and count < ENOUGH_DRAWS:
        yield Text(
            f"only {count:,} distinct draws; widen the ranges, or say `finite: true`",
            f"只有 {count:,} 种取值；请放宽范围，或注明 finite: true",
        )


@rule("numbers", "no given is a number that nobody wants to work with", "已知量中没有难以手算的数")
def _numbers(subject: Subject) -> Iterator[Text]:
    def ugly(variant: Variant) -> Text | None:
        for name, value in variant.givens.items():
            if any(_is_ugly(x) for x in elements(value)):
                return Text(f"{name} = {plain(value)}", f"{name} = {plain(value)}")
        return None

    yield from first(subject.drawn, ugly)


def _is_ugly(number: Value) -> bool:
    if not is_number(number):
        return False
    return isinstance(number, float) or len(plain(number)) > LONGEST_NUMBER
