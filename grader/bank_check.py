"""Checking a bank before a student meets it: every rule below, on variants of every question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from grader.marking import Verdict
from grader.result import StudentResult, mark_paper
from questions.bank import Bank
from questions.blueprint import Policy, Student
from questions.exam import Item, Paper
from questions.key import split_answer
from questions.question import Check, Part, Question
from questions.sampling import draw, draws
from questions.variant import Variant
from questions.variant_json import misconception_answers
from solvers.certificate import Certificate, certify
from solvers.formula_check import check_formula, is_scalar_step
from solvers.latex import with_plain_text
from solvers.text import GradmarkError, Text
from solvers.values import Value, elements, is_number, plain

ENOUGH_DRAWS = 10_000  # distinct givens that a numeric template must allow, so that a class shares no numbers
ENOUGH_CHECKS = 3
MOST_MISSED = (
    0.2  # share of the variants on which a misconception's answer may be too common a number to be told from chance
)
_WORKED_DECIMALS = 8  # of worked lines that are read back: more than any part asks for
LONGEST_NUMBER = 9  # characters of a given beyond which a person would not want to work with it


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a question."""

    question: str
    rule: str
    text: Text


@dataclass
class Report:
    """What a check covered and what it found."""

    questions: int = 0
    variants: int = 0
    certified: int = 0
    formulas: int = 0
    uncertified: str = ""
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: a question, its bank, and the variants drawn of it."""

    bank: Bank
    question: Question
    drawn: list[Variant]


Rule = Callable[[Subject], Iterator[Text]]
RULES: dict[str, tuple[Text, Rule]] = {}


def rule(name: str, en: str, zh: str) -> Callable[[Rule], Rule]:
    """Declares the decorated generator as a rule; the sentence says what it promises."""

    def declare(function: Rule) -> Rule:
        RULES[name] = (Text(en, zh), function)
        return function

    return declare


def check_bank(
    bank: Bank, ids: Iterable[str], *, variants: int = 20, step: Callable[[], None] = lambda: None
) -> Report:
    """Every rule on so many variants of each question."""
    report = Report()
    for id in ids:
        try:
            question = bank.question(id)
            drawn = [draw(question, seed) for seed in range(1, variants + 1)]
        except GradmarkError as error:
            report.findings.append(Finding(id, "draw", error.text))
            report.questions += 1
            step()
            continue
        for name, (_, function) in RULES.items():
            report.findings += _found(Subject(bank, question, drawn), name, function)
        _count(report, drawn)
        step()
    return report


def _found(subject: Subject, name: str, function: Rule) -> Iterator[Finding]:
    try:
        for text in function(subject):
            yield Finding(subject.question.id, name, text)
    except GradmarkError as error:
        yield Finding(subject.question.id, name, error.text)


def _count(report: Report, drawn: list[Variant]) -> None:
    report.questions += 1
    report.variants += len(drawn)
    for variant in drawn:
        if variant.trace is None:
            continue
        certificate = certify(variant.trace)
        report.certified += certificate.certified
        if not certificate.engine:
            report.uncertified = certificate.reason
        report.formulas += len(variant.trace.derivation.steps)


def _first(drawn: list[Variant], wrong: Callable[[Variant], Text | None]) -> Iterator[Text]:
    """What is wrong with the first variant that has it, with its seed: one example is enough."""
    for variant in drawn:
        if found := wrong(variant):
            yield Text(f"seed {variant.seed}: {found.en}", f"种子 {variant.seed}：{found.zh}")
            return


@rule(
    "steps",
    "every part's answer, and every step that its working is asked for, is a step of the derivation",
    "每一问的答案，以及按步骤给分的步骤，都是推导中的步骤",
)
def _steps(subject: Subject) -> Iterator[Text]:
    for part in subject.question.parts:
        if part.answer and subject.drawn[0].trace is not None:
            step, _ = split_answer(part.answer)
            if step not in subject.drawn[0].trace.derivation.steps:
                yield Text(f"{part.answer} is no step", f"{part.answer} 不是步骤")
                continue
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

    yield from _first(subject.drawn, ugly)


def _is_ugly(number: Value) -> bool:
    if not is_number(number):
        return False
    return isinstance(number, float) or len(plain(number)) > LONGEST_NUMBER


_SLIPS = ("None", "nan", "Undefined", "+ -", "- -")  # in a text, though not in its template: a value shown badly


@rule("words", "every prompt, hint and option can be set in both languages", "题面、提示和选项在两种语言中都能排版")
def _words(subject: Subject) -> Iterator[Text]:
    source = subject.question.model_dump_json()

    def broken(variant: Variant) -> Text | None:
        texts = [variant.prompt, *variant.hints, *(variant.ask(i) for i in range(len(subject.question.parts)))]
        texts += [option.text for target in variant.targets for option in target.options]
        for text in texts:
            for words in (text.en, text.zh):
                said = with_plain_text(words)
                if any(bad in said and bad not in source for bad in _SLIPS):
                    return Text(f"a text says {said[:80]!r}", f"文字中出现 {said[:80]!r}")
        return None

    yield from _first(subject.drawn, broken)


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

    yield from _first(subject.drawn, differing)


@rule("certificates", "an independent engine agrees with every key", "独立引擎与每个答案一致")
def _certificates(subject: Subject) -> Iterator[Text]:
    asked = {split_answer(part.answer)[0] for part in subject.question.parts if part.answer}

    def unproved(variant: Variant) -> Text | None:
        if variant.trace is None:
            return None
        certificate = certify(variant.trace)
        return _unproved(certificate, asked)

    yield from _first(subject.drawn, unproved)


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

    yield from _first(subject.drawn, losing)


def _with_working(variant: Variant, part: Part, printed: str) -> str:
    """The printed answer, after the worked lines where these are required."""
    if not part.working_required or part.answer is None or variant.trace is None:
        return printed
    step, _ = split_answer(part.answer)
    lines = variant.trace.lines(variant.trace.derivation.upstream(step) - {step}, _WORKED_DECIMALS)
    return "\n".join([*(line.text for line in lines), f"{part.answer} = {printed}"])


@rule("diagnosis", "each listed misconception's answer is told for what it is", "每个所列误解的答案都能被诊断出来")
def _diagnosis(subject: Subject) -> Iterator[Text]:
    """Where the answer is taken for another's, or on more than a few variants for nobody's: its numbers may be too common."""
    for id in subject.question.misconceptions:
        examples = []
        for variant in subject.drawn:
            answers = misconception_answers(variant, id) if variant.trace is not None else None
            verdicts = mark_variant(variant, answers).items[0].verdicts if answers else ()
            if verdicts and not any(_names(verdict, id) for verdict in verdicts):
                examples.append(
                    Text(
                        f"seed {variant.seed}: {id} is not recognised in {answers}",
                        f"种子 {variant.seed}：未能从 {answers} 诊断出 {id}",
                    )
                )
                if len(examples) > max(1, MOST_MISSED * len(subject.drawn)) or any(v.diagnosis for v in verdicts):
                    yield examples[-1]
                    break


def _names(verdict: Verdict, id: str) -> bool:
    said = verdict.diagnosis
    return said is not None and any(id in cause for cause in (said.misconceptions, *said.alternatives))


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
    if check.diagnosis and not any(_names(verdict, check.diagnosis) for verdict in verdicts.values()):
        yield Text(f"{check.diagnosis} was not diagnosed", f"未诊断出 {check.diagnosis}")
    for name in check.unreadable:
        if verdicts[name].kind != "unreadable":
            yield Text(f"{name} could be read", f"{name} 能够识别")
    for name in check.carried:
        if not verdicts[name].carried:
            yield Text(f"{name} was not carried", f"{name} 未按沿用错误给分")


def mark_variant(variant: Variant, answers: dict[str, str], policy: Policy | None = None) -> StudentResult:
    """Answers to one variant, by the parts' names, marked as a paper of one question."""
    item = Item(1, 0, variant, variant.question.marks)
    names = [part.key_name for part in variant.question.parts]
    responses = {item.label(i): answers.get(name, "") for i, name in enumerate(names)}
    return mark_paper(Paper("check", Student(id="check"), "", (item,)), responses, policy or Policy())
