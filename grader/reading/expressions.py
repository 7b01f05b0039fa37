"""Reading formulas in declared names, and costs in big-O notation."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

from grader.reading.costs import cost_in_words, strip_words
from grader.reading.equations import strip_name
from grader.reading.mistakes import NotAFormula, SeveralFormulas
from grader.reading.numbers import group_thousands, without_brackets
from grader.reading.powers import write_powers
from grader.reading.result import Reading
from grader.reading.statements import STATEMENTS, each_once, read_statement, with_indexed_names
from grader.reading.surroundings import Surrounded, strip_label, strip_marks
from solvers.expression import Node, parse, to_plain
from solvers.expression.errors import TooLong, UnexpectedCharacter
from solvers.expression.nodes import (
    JUXTAPOSED,
    Array,
    Comparison,
    Constant,
    Logic,
    Name,
    Not,
    Number,
    Product,
    Word,
    children,
)
from solvers.expression.vocabulary import ANY
from solvers.text import Text

LONGEST = 2_000
"""Characters of a response that is to be a formula."""
LONGEST_FORMULA = 1_000
"""Characters of the formula itself, without what stands around it."""
EXPRESSION = Text("a formula such as floor((n - k)/s) + 1", "公式，例如 floor((n - k)/s) + 1")
COMPLEXITY = Text("a cost such as O(n^2 d)", "复杂度，例如 O(n^2 d)")

_RELATION = re.compile(r"[=<>≤≥≠]|\\(?:leq?|geq?|neq?|lt|gt)(?![a-z])")
_POINTED = re.compile(r"(?<=[0-9]),(?=[0-9])")
_DIVIDES = re.compile(r"/|÷|\\div")
_BOUND = re.compile(
    r"\s*(?:(?P<O>\\mathcal\s*\{?\s*O\s*\}?|\\(?:operatorname|mathrm|text)\s*\{\s*O\s*\}|[OoΟ0]|[Bb]ig[- ]?[Oo])"
    r"|(?P<Θ>\\Theta|Θ|[Tt]heta)|(?P<Ω>\\Omega|Ω|[Oo]mega))\s*(?=(?:\\left\s*)?[(\[{])"
)


def read_expression(text: str, names: Collection[str]) -> Reading:
    """A formula in the declared names, or a statement if STATEMENTS is among them. Raises ReadingError, or ExpressionError with an offset in `text`."""
    if len(text) > LONGEST:
        raise TooLong(LONGEST, len(text), LONGEST)
    around = Surrounded.of(text)
    strip_marks(around)
    if STATEMENTS in names:
        strip_label(around, names, equations=False)
        if "," in around.text and _RELATION.search(around.text) is not None:
            group_thousands(around)
        _limit(around)
        node = read_statement(around.text, [name for name in names if name != STATEMENTS])
    else:
        strip_label(around, names)
        strip_name(around, names)
        node = _formula(around, names)
    once = each_once(node)
    if once is not node:
        node = once
        around.note("What stands twice in a set counts once.", "集合中重复的元素只算一个。")
    return Reading(text, "expression", node, to_plain(node), None, tuple(around.notes))


def read_complexity(text: str, names: Collection[str]) -> Reading:
    """What stands inside `O(…)`, `Θ(…)` or `Ω(…)`, or without any of them; any word is a variable where none is declared.

    Raises ReadingError, or ExpressionError with an offset in `text`.
    """
    if len(text) > LONGEST:
        raise TooLong(LONGEST, len(text), LONGEST)
    around = Surrounded.of(text)
    strip_marks(around)
    strip_label(around, names)
    strip_words(around, names)
    start, end = _within_bound(around.text)
    words = " " * start + around.text[start:end]
    said = cost_in_words(words, names)
    if said is not None:
        around.note(
            f"“{words.strip()}” was read as O({to_plain(parse(said))}).",
            f"“{words.strip()}”按 O({to_plain(parse(said))}) 理解。",
        )
        around.text = around.text[:start] + said + around.text[end:]
    else:
        write_powers(around)
        strip_words(around, names)
    match = _BOUND.match(around.text)
    letter = (match.lastgroup if match is not None else None) or "O"
    if match is not None:
        around.blank(*match.span())
    if letter == "Ω":
        around.note("Ω bounds from below.", "Ω 表示下界。")
    node = _formula(around, names or None)
    if isinstance(node, Array):
        raise SeveralFormulas(node.offset, len(node.items))
    return Reading(text, "complexity", node, f"{letter}({to_plain(node)})", None, tuple(around.notes))


def _within_bound(text: str) -> tuple[int, int]:
    """Where what stands in the brackets around all of a text, perhaps a bound's, begins and ends; all of it where there are none."""
    match = _BOUND.match(text)
    opening = match.end() if match is not None else len(text) - len(text.lstrip())
    if not text.startswith("(", opening) or not text.rstrip().endswith(")"):
        return 0, len(text)
    return opening + 1, len(text.rstrip()) - 1


def _limit(around: Surrounded) -> None:
    """Raises TooLong for a formula that is longer than any that is asked for."""
    length = len(around.text.strip())
    if length > LONGEST_FORMULA:
        raise TooLong(around.start + LONGEST_FORMULA, length, LONGEST_FORMULA)


def _formula(around: Surrounded, names: Collection[str] | None) -> Node:
    write_powers(around)
    _limit(around)
    node = without_brackets(parse(around.text, names))
    if names is not None and ANY in names and ("[" in around.text or "brack" in around.text):
        node = with_indexed_names(node)
    quoted = _quoted(node) if '"' in around.text or "'" in around.text else None
    if quoted is not None and quoted is not node:
        raise UnexpectedCharacter(quoted.offset, quoted.text)
    if isinstance(node, (Comparison, Logic, Not, Word)) or (
        isinstance(node, Constant) and node.name in ("true", "false")
    ):
        raise NotAFormula(node.offset)
    if isinstance(node, Array) and not node.bracket and (pointed := _POINTED.sub(".", around.text)).count(",") == 0:
        node = without_brackets(parse(pointed, names))
        around.note("The comma was read as a decimal point.", "逗号按小数点理解。")
    if isinstance(node, Array) and not node.bracket:
        raise SeveralFormulas(node.offset, len(node.items))
    if _DIVIDES.search(around.text) is not None and _divides_then_multiplies(node):
        shown = to_plain(node)
        around.note(f"Read from left to right: {shown}.", f"按从左到右的顺序理解：{shown}。")
    return node


def _quoted(node: Node) -> Word | None:
    """The first quoted text in a formula, or None."""
    if isinstance(node, Word):
        return node
    return next((found for child in children(node) if (found := _quoted(child)) is not None), None)


def _divides_then_multiplies(node: Node) -> bool:
    """Whether a product is written like `1/2x`, which some take for `1/(2x)`."""
    if isinstance(node, (Name, Number)):
        return False
    if isinstance(node, Product):
        signs = [sign for sign, _ in node.factors]
        if any(a == "/" and b == JUXTAPOSED for a, b in pairwise(signs)):
            return True
    return any(map(_divides_then_multiplies, children(node)))
