"""What a question holds to be right: its formulas, its key, the model answer."""

from __future__ import annotations

from collections.abc import Iterator

from grader.bank_check.marked import mark_variant
from grader.bank_check.rules import Subject, at_seed, first, rule
from questions.key import split_answer
from questions.question import Part
from questions.variant import Variant
from solvers.certificate import Certificate
from solvers.formula_check import check_formula, is_scalar_step
from solvers.text import Text

_WORKED_DECIMALS = 8  # of worked lines that are read back: more than any part asks for


@rule(
    "formulas",
    "every scalar step's formula, read from its LaTeX, gives the step's value",
    "标量步骤的公式按其 LaTeX 计算与步骤的值一致",
)
def _formulas(subject: Subject) -> Iterator[Text]:
    def differing(variant: Variant) -> Text | None:
        trace = variant.trace
        for name in trace.derivation.steps if trace is not None else ():
            assert trace is not None
            found = check_formula(trace, name)
            if found == "differs" or (found == "unreadable" and is_scalar_step(trace, name)):
                line = trace.line(name)
                return Text(f"the formula of {name} {found}: {line.latex}", f"{name} 的公式有误：{line.latex}")
        return None

    yield from first(subject.drawn, differing)


@rule("certificates", "an independent engine agrees with every key", "独立引擎与每个答案一致")
def _certificates(subject: Subject) -> Iterator[Text]:
    asked = {split_answer(part.answer)[0] for part in subject.question.parts if part.answer}
    for variant, certificate in zip(subject.drawn, subject.certificates, strict=False):
        if found := _unproved(certificate, asked):
            yield at_seed(variant, found)
            return


def _unproved(certificate: Certificate, asked: set[str]) -> Text | None:
    if not certificate.engine:
        if certificate.reason == "no oracle":
            return Text("the derivation has no oracle", "该推导没有验证程序")
        return None
    if not certificate.agrees:
        return Text(
            f"{certificate.engine} disagrees: {certificate.reason} by {certificate.largest_difference:g}",
            f"{certificate.engine} 结果不同：{certificate.reason}，相差 {certificate.largest_difference:g}",
        )
    if missing := sorted(asked - set(certificate.steps)):
        return Text(f"the oracle does not cover {', '.join(missing)}", f"验证程序没有覆盖 {'、'.join(missing)}")
    return None


@rule("model-answer", "the printed model answer, read back, earns everything", "印出的标准答案读回后得满分")
def _model_answer(subject: Subject) -> Iterator[Text]:
    def losing(variant: Variant) -> Text | None:
        printed = {
            p.key_name: _with_working(variant, p, t.printed)
            for p, t in zip(subject.question.parts, variant.targets, strict=True)
        }
        result = mark_variant(variant, printed)
        if result.marks == subject.question.marks:
            return None
        lost = next(v for v in result.items[0].verdicts if v.marks < v.worth)
        return Text(
            f"{lost.label}: {lost.response!r} is {lost.kind}", f"{lost.label}：{lost.response!r} 被判为 {lost.kind}"
        )

    yield from first(subject.drawn, losing)


def _with_working(variant: Variant, part: Part, printed: str) -> str:
    """The printed answer, after the worked lines where these are required."""
    if not part.working_required or part.answer is None or variant.trace is None:
        return printed
    step, _ = split_answer(part.answer)
    lines = variant.trace.lines(variant.trace.derivation.upstream(step) - {step}, _WORKED_DECIMALS)
    return "\n".join([*(line.text for line in lines), f"{part.answer} = {printed}"])
