"""Answers that say something: equations, inequalities, conditions, sets and lists, compared by what they say."""

from grader.statements.compare import compare_statement, is_statement, stated

__all__ = ["compare_statement", "is_statement", "stated"]
