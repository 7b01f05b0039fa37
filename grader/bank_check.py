"""Checking a bank before a student meets it: every rule below, on variants of every question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from grader.evidence import specificity
from grader.marking import Verdict, read_for
from grader.reading import Reading
from grader.result import StudentResult, mark_paper
from questions.bank import Bank
from questions.blueprint import Policy, Student
from questions.choices import DISTRACTORS, can_be_choice, is_computed_choice
from questions.effort import effort
from questions.exam import Item, Paper
from questions.key import split_answer
from questions.own_bank import open_bank
from questions.question import Check, Part, Question
from questions.sampling import band, draw, drawn, draws
from questions.variant import Variant
from questions.variant_json import misconception_answers
from solvers.certificate import Certificate, certify
from solvers.formula_check import check_formula, is_scalar_step
from solvers.latex import with_plain_text
from solvers.text import GradmarkError, Text
from solvers.values import Value, elements, is_number, plain

ENOUGH_DRAWS = 10_000  # distinct givens that a numeric template must allow, so that a class shares no numbers
ENOUGH_CHECKS = 3
LEAST_TOLD = (
    10.0  # bits of a misconception's answer below which it may go untold: anybody could hit numbers so common by chance
)
LEAST_TAKEN = 0.02  # share of draws that have to be fair, so that drawing stays quick and the numbers various
OFFERED = 3  # variants of each question that are asked as choices
_WORKED_DECIMALS = 8  # of worked lines that are read back: more than any part asks for
LONGEST_NUMBER = 9  # characters of a given beyond which a person would not want to work with it


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a question."""

    question: str
    rule: str
    text: Text


@dataclass(frozen=True)
class Effort:
    """How much work the variants of one question are: the band they have to lie in, those drawn, the share of draws taken."""

    question: str
    middle: float
    width: float
    least: float
    most: float
    taken: float


@dataclass
class Report:
    """What a check covered and what it found."""

    questions: int = 0
    variants: int = 0
    certified: int = 0
    formulas: int = 0
    uncertified: str = ""
    findings: list[Finding] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Takes in what another check covered and found."""
        self.questions += other.questions
        self.variants += other.variants
        self.certified += other.certified
        self.formulas += other.formulas
        self.uncertified = self.uncertified or other.uncertified
        self.findings += other.findings
        self.efforts += other.efforts


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: a question, its bank, the variants drawn of it, and how many draws these took."""

    bank: Bank
    question: Question
    drawn: list[Variant]
    attempts: int = 1

    @cached_property
    def certificates(self) -> list[Certificate]:
        """The certificates of the variants that a derivation answers."""
        return [certify(variant.trace) for variant in self.drawn if variant.trace is not None]


Rule = Callable[[Subject], Iterator[Text]]
RULES: dict[str, tuple[Text, Rule]] = {}


def rule(name: str, en: str, zh: str) -> Callable[[Rule], Rule]:
    """Declares the decorated generator as a rule; the sentence says what it promises."""

    def declare(function: Rule) -> Rule:
        RULES[name] = (Text(en, zh), function)
        return function

    return declare


def check_bank(
    bank: Bank, ids: Iterable[str], *, variants: int = 20, step: Callable[[], None] = lambda: None, jobs: int = 1
) -> Report:
    """Every rule on so many variants of each question, by `jobs` processes. The banks must have been trusted."""
    report, wanted = Report(), list(ids)
    if jobs > 1 and len(wanted) > jobs:
        folders = tuple(folder.resolve() for folder in bank.folders[:-1])
        # A fresh interpreter: a fork would inherit the threads of a progress bar.
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as executor:
            for found in executor.map(_check_elsewhere, repeat(folders), wanted, repeat(variants)):
                report.add(found)
                step()
        return report
    for id in wanted:
        report.add(check_question(bank, id, variants=variants))
        step()
    return report


@lru_cache(maxsize=1)
def _opened(folders: tuple[Path, ...]) -> Bank:
    return open_bank(folders, trust=True)


def _check_elsewhere(folders: tuple[Path, ...], id: str, variants: int) -> Report:
    """One question checked in another process."""
    return check_question(_opened(folders), id, variants=variants)


def check_question(bank: Bank, id: str, *, variants: int = 20) -> Report:
    """Every rule on so many variants of one question."""
    report = Report(questions=1)
    try:
        question = bank.question(id)
        found = [drawn(question, seed) for seed in range(1, variants + 1)]
    except GradmarkError as error:
        report.findings.append(Finding(id, "draw", error.text))
        return report
    subject = Subject(bank, question, [variant for variant, _ in found], sum(attempts for _, attempts in found))
    for name, (_, function) in RULES.items():
        report.findings += _found(subject, name, function)
    _count(report, subject)
    return report


def _found(subject: Subject, name: str, function: Rule) -> Iterator[Finding]:
    try:
        for text in function(subject):
            yield Finding(subject.question.id, name, text)
    except GradmarkError as error:
        yield Finding(subject.question.id, name, error.text)


def _count(report: Report, subject: Subject) -> None:
    report.variants += len(subject.drawn)
    try:
        certificates = subject.certificates
    except GradmarkError:  # which the rule about certificates has reported
        certificates = []
    for certificate in certificates:
        report.certified += certificate.certified
        if not certificate.engine:
            report.uncertified = certificate.reason
    traces = [variant.trace for variant in subject.drawn if variant.trace is not None]
    report.formulas += sum(len(trace.derivation.steps) for trace in traces)
    allowed = band(subject.question)
    if traces and allowed is not None:
        efforts = [effort(subject.question, trace) for trace in traces]
        taken = len(subject.drawn) / subject.attempts
        row = Effort(subject.question.id, allowed.middle, allowed.width, min(efforts), max(efforts), taken)
        report.efforts.append(row)


def _first(drawn: list[Variant], wrong: Callable[[Variant], Text | None]) -> Iterator[Text]:
    """What is wrong with the first variant that has it, with its seed: one example is enough."""
    for variant in drawn:
        if found := wrong(variant):
            yield _at(variant, found)
            return


def _at(variant: Variant, found: Text) -> Text:
    return Text(f"seed {variant.seed}: {found.en}", f"种子 {variant.seed}：{found.zh}")


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
    for variant, certificate in zip(subject.drawn, subject.certificates, strict=False):
        if found := _unproved(certificate, asked):
            yield _at(variant, found)
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

    yield from _first(subject.drawn, losing)


def _with_working(variant: Variant, part: Part, printed: str) -> str:
    """The printed answer, after the worked lines where these are required."""
    if not part.working_required or part.answer is None or variant.trace is None:
        return printed
    step, _ = split_answer(part.answer)
    lines = variant.trace.lines(variant.trace.derivation.upstream(step) - {step}, _WORKED_DECIMALS)
    return "\n".join([*(line.text for line in lines), f"{part.answer} = {printed}"])


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

    yield from _first(subject.drawn, outside)
    taken = len(subject.drawn) / subject.attempts
    if taken < LEAST_TAKEN:
        yield Text(
            f"only {taken:.1%} of the draws are fair; widen the ranges, or list fewer misconceptions",
            f"只有 {taken:.1%} 的抽取是公平的；请放宽范围，或少列几个误解",
        )


@rule(
    "diagnosis",
    "each listed misconception's answer is told for what it is, unless chance could hit it",
    "每个所列误解的答案都能被诊断出来，除非其数值太常见",
)
def _diagnosis(subject: Subject) -> Iterator[Text]:
    """On every variant. Only numbers that say less than `LEAST_TOLD` bits may go untold; none may be taken for another's."""
    for id in subject.question.misconceptions:
        yield from _first(subject.drawn, partial(_untold, id=id))


def _untold(variant: Variant, id: str) -> Text | None:
    answers = misconception_answers(variant, id) if variant.trace is not None else None
    if not answers:
        return None
    verdicts = mark_variant(variant, answers).items[0].verdicts
    if any(_names(verdict, id) for verdict in verdicts):
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
        asked = draw(subject.question, variant.seed, choices=True)
        return next((wrong for turn in range(DISTRACTORS + 1) if (wrong := _misjudged(subject, asked, turn))), None)

    yield from _first(subject.drawn[:OFFERED], unclear)


def _misjudged(subject: Subject, variant: Variant, turn: int) -> Text | None:
    """What is wrong with a verdict when in every choice the option is taken whose turn it is."""
    taken = {
        part.key_name: target.options[turn]
        for part, target in zip(variant.question.parts, variant.targets, strict=True)
        if is_computed_choice(part) and turn < len(target.options)
    }
    verdicts = mark_variant(variant, {name: option.label for name, option in taken.items()}).items[0].verdicts
    for part, verdict in zip(variant.question.parts, verdicts, strict=True):
        if (option := taken.get(part.key_name)) is None:
            continue
        blamed = option.misconception
        if (verdict.marks == verdict.worth) != option.correct or not (blamed is None or _names(verdict, blamed)):
            return Text(
                f"{part.key_name}: option {option.text.en} is {verdict.kind}",
                f"{part.key_name}：选项 {option.text.zh} 判定有误",
            )
        if blamed is not None and blamed not in subject.bank.misconceptions:
            return Text(f"nothing explains {blamed}", f"没有 {blamed} 的说明")
    return None


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
