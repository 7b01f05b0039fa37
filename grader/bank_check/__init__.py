"""Checking a bank before a student meets it: every rule, on variants of every question.

Each module beside this one holds the rules about one thing; importing it declares them.
"""

from __future__ import annotations

from grader.bank_check import declarations, wording, keys, fairness, examples  # isort: skip  # in the order of a report
from grader.bank_check.checking import check_bank, check_question
from grader.bank_check.marked import mark_variant
from grader.bank_check.report import Effort, Finding, Report
from grader.bank_check.rules import RULES, Subject

__all__ = [
    "RULES",
    "Effort",
    "Finding",
    "Report",
    "Subject",
    "check_bank",
    "check_question",
    "declarations",
    "examples",
    "fairness",
    "keys",
    "mark_variant",
    "wording",
]
