"""Questions, verdicts and solutions as plain text, for a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from questions.bank import Bank
from questions.exam import Item
from questions.variant import Variant
from solvers.latex import plain_text, segments
from solvers.text import Language
from templates.papers import question_view
from templates.words import VERDICTS, WORDS, marks_of, marks_words

if TYPE_CHECKING:
    from grader.marking import Verdict
    from templates.feedback import Cause

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![*\\])(\*{1,2})(?![\s*])(.+?)(?<![\s*])\1(?!\*)")


def plain_prose(text: str) -> str:
    """A text of the bank for a terminal: formulas on one line, marks of emphasis taken off, but for those in code."""
    return "".join(plain_text(part.text) if part.latex else _unmarked(part.text) for part in segments(text))


def _unmarked(words: str) -> str:
    pieces = _CODE.split(words)
    return "".join(piece if i % 2 else _EMPHASIS.sub(r"\2", piece) for i, piece in enumerate(pieces))


def question_text(item: Item, language: Language) -> str:
    """The question's title and prompt."""
    view = question_view(item, language)
    head = f"{view.title}{WORDS['('][language]}{marks_words(view.marks, language)}{WORDS[')'][language]}"
    return f"{head}\n\n{plain_prose(view.prompt)}"


def part_text(item: Item, index: int, language: Language) -> str:
    """One part: what it asks, its options, the form expected."""
    part = question_view(item, language).parts[index]
    letter = f"({part.letter}) " if part.letter else ""
    lines = [letter + plain_prose(part.ask)]
    lines += [f"    {i}. {plain_prose(text)}" for i, text in enumerate(part.left, 1)]
    lines += [f"    {label}. {plain_prose(text)}" for label, text in part.options]
    return "\n".join(lines)


def variant_text(variant: Variant, language: Language) -> str:
    """A whole question as a student sees it."""
    item = alone(variant)
    parts = [part_text(item, i, language) for i in range(len(variant.question.parts))]
    return "\n\n".join([question_text(item, language), *parts])


def solution_text(variant: Variant, language: Language, bank: Bank | None = None) -> str:
    """The worked solution and the key of every part; with a bank, also what the wrong options of computed choices stand for."""
    view = question_view(alone(variant), language, bank)
    lines = [WORDS["solution"][language]]
    lines += [f"  {plain_prose(view.example)}"] if view.example else []
    lines += [f"  {line.label[language]}\n    {line.text}" for line in view.solution]
    for part in view.parts:
        letter = f"({part.letter}) " if part.letter else ""
        lines.append(f"  {letter}{WORDS['key'][language]}{WORDS['colon'][language]}{part.key}")
        lines += [f"    {label}. {plain_prose(reason)}" for label, reason in part.reasons]
    lines += [f"  {plain_prose(remark)}" for remark in view.remarks]
    return "\n".join(lines)


def verdict_text(verdict: Verdict, bank: Bank, language: Language) -> str:
    """What became of a response: reading, verdict, marks, the operations behind them, the likely cause."""
    # Imported here so that a question can be shown without loading the grader.
    from templates.feedback import verdict_view
    from templates.unreadable import unreadable_lines
    from templates.working import working_lines

    if verdict.unreadable is not None:
        return "\n".join(unreadable_lines(verdict.unreadable, language))
    view = verdict_view(verdict, bank, language)
    lines = []
    if view.reading:
        lines.append(f"{WORDS['read as'][language]} {view.reading}")
    lines.append(
        f"{VERDICTS[verdict.kind][language]}{WORDS['comma'][language]}{marks_of(verdict.marks, verdict.worth, language)}"
    )
    lines += [f"  {operation}" for operation in view.operations]
    lines += [*view.heard, *(plain_prose(note) for note in view.notes)]
    lines += working_lines(view.working, language) if view.working is not None else []
    return "\n".join([*lines, *_causes(view.causes, language)])


def _causes(causes: Sequence[Cause], language: Language) -> list[str]:
    """What seems to have happened: one mistake, two together, or one of several explanations."""
    from templates.feedback import heading

    several, both = len(causes) > 1, len(causes) == 1 and len(causes[0]) > 1
    head = WORDS[heading(causes)][language] + WORDS["colon"][language] if causes else ""
    lines = [head.rstrip()] if several or both else []
    for i, cause in enumerate(causes):
        for j, mistake in enumerate(cause):
            lead = head if not lines else f"- {WORDS['or'][language] if i else ''}"
            if several and j:
                lead = f"  {WORDS['besides'][language].lstrip()}"
            lines.append(lead + plain_prose(mistake.title))
            lines += [f"  {plain_prose(mistake.says)}"] if mistake.says else []
    return lines


def alone(variant: Variant) -> Item:
    """A variant as the only question of a paper."""
    return Item(1, 0, variant, variant.question.marks)
