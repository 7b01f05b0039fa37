"""Expressions: one safe grammar for conditions, formulas and responses, its values, and its mistakes.

What belongs here: reading the notation of mathematics and working it out. What a response of some type means is the grader's.
"""

from __future__ import annotations

from solvers.expression.errors import ExpressionError
from solvers.expression.evaluate import evaluate, holds
from solvers.expression.grammar import parse
from solvers.expression.nodes import Node, names_in
from solvers.expression.plain import to_plain

__all__ = ["ExpressionError", "Node", "evaluate", "holds", "names_in", "parse", "to_plain"]
