"""Every rule on variants of every question, by one process or several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from grader.bank_check.report import Effort, Finding, Report
from grader.bank_check.rules import RULES, Rule, Subject
from questions.bank import Bank
from questions.effort import effort
from questions.own_bank import open_bank
from questions.sampling import UnknownStepError, band, drawn
from solvers.text import GradmarkError


def check_bank(
    bank: Bank, ids: Iterable[str], *, variants: int = 50, step: Callable[[], None] = lambda: None, jobs: int = 1
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


def check_question(bank: Bank, id: str, *, variants: int = 50) -> Report:
    """Every rule on so many variants of one question."""
    report = Report(questions=1)
    try:
        question = bank.question(id)
        found = [drawn(question, seed) for seed in range(1, variants + 1)]
    except GradmarkError as error:
        report.findings.append(Finding(id, "steps" if isinstance(error, UnknownStepError) else "draw", error.text))
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
    report.mistakes += subject.covered["mistakes"]
    report.pairs += subject.covered["pairs"]
    report.texts += subject.covered["texts"]
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
