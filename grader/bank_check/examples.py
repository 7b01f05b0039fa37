"""What a question's author has written down to be checked: answers with the marks they earn."""

from __future__ import annotations

from collections.abc import Iterator

from grader.bank_check.marked import mark_variant, names_misconception
from grader.bank_check.rules import Subject, rule
from questions.question import Check, Question
from questions.sampling import draw
from solvers.text import Text

ENOUGH_CHECKS = 3


@rule(
    "checks",
    f"the question's own checks hold, at least {ENOUGH_CHECKS} of them",
    f"题目自带的检验全部成立，且不少于 {ENOUGH_CHECKS} 个",
)
def _checks(subject: Subject) -> Iterator[Text]:
    if len(subject.question.checks) < ENOUGH_CHECKS:
        yield Text(
            f"{len(subject.question.checks)} checks, but {ENOUGH_CHECKS} are needed: a right answer, a misconception, one more",
            f"只有 {len(subject.question.checks)} 个检验，至少需要 {ENOUGH_CHECKS} 个：正确答案、一个误解、再加一个",
        )
    for number, check in enumerate(subject.question.checks, 1):
        for text in _check_failures(subject.question, check):
            yield Text(f"check {number}: {text.en}", f"检验 {number}：{text.zh}")


def _check_failures(question: Question, check: Check) -> Iterator[Text]:
    names = [part.key_name for part in question.parts]
    if strange := sorted(set(check.answers) - set(names)):
        yield Text(f"no part is called {', '.join(strange)}", f"没有名为 {'、'.join(strange)} 的小问")
        return
    result = mark_variant(draw(question, check.seed), check.answers)
    verdicts = dict(zip(names, result.items[0].verdicts, strict=True))
    if result.marks != check.marks:
        earned = ", ".join(f"{name} {verdict.kind} {verdict.marks}" for name, verdict in verdicts.items())
        yield Text(
            f"earned {result.marks}, not {check.marks} ({earned})",
            f"得 {result.marks} 分，而非 {check.marks} 分（{earned}）",
        )
    if check.diagnosis and not any(names_misconception(verdict, check.diagnosis) for verdict in verdicts.values()):
        yield Text(f"{check.diagnosis} was not diagnosed", f"未诊断出 {check.diagnosis}")
    for name in check.unreadable:
        if verdicts[name].kind != "unreadable":
            yield Text(f"{name} could be read", f"{name} 能够识别")
    for name in check.carried:
        if not verdicts[name].carried:
            yield Text(f"{name} was not carried", f"{name} 未按沿用错误给分")
