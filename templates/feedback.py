"""Feedback for one student: what was read, what it earned and why, what went wrong, and how it is done."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial

from grader.diagnosing import Diagnosis
from grader.marking import ELSEWHERE, Verdict
from grader.reading import caret
from grader.result import ItemResult, StudentResult
from questions.bank import Bank
from questions.blueprint import Blueprint
from questions.near_misses import BESIDES, is_made_up
from solvers.derivation import is_convention
from solvers.text import Language
from templates.pages import page
from templates.papers import QuestionView, question_view
from templates.words import VERDICTS, WORDS, as_in_words, shown_marks, shown_reading
from templates.working import WorkingView, working_view

MOST_CAUSES = 4  # explanations of one answer that a page shows
LONGEST_SHOWN = 400  # characters of a response that a page repeats

# What the text about a convention begins with: that the result is right under it, which nobody is told beside no marks for that.
_IS_RIGHT = {"en": re.compile(r"\b(?:is|are) right\b"), "zh": re.compile("(?=是正确的)")}
_WOULD_BE_RIGHT = {"en": "would be right", "zh": "才"}
_ON_TOP = frozenset(BESIDES.values())


@dataclass(frozen=True)
class Mistake:
    """A misconception or a slip by its name, and what it says; or, where an earlier part of the question has said so, which one that was.

    Two are the same if they say the same but for the marks and the mistakes beside them, which is `about`.
    """

    title: str
    says: str = field(compare=False)
    about: str = ""
    as_in: str = field(default="", compare=False)
    on_top: bool = field(default=False, compare=False)


Cause = tuple[Mistake, ...]
"""One explanation of a wrong answer: the mistakes that lead to it together."""


@dataclass(frozen=True)
class VerdictView:
    """One verdict as a page shows it."""

    verdict: Verdict
    response: str
    reading: str
    operations: tuple[str, ...]
    heard: tuple[str, ...]
    notes: tuple[str, ...]
    causes: tuple[Cause, ...]
    answer: str
    message: str
    expected: str
    pointer: str
    working: WorkingView | None


@dataclass(frozen=True)
class ItemView:
    """One question with its verdicts."""

    question: QuestionView
    marks: Fraction
    verdicts: tuple[VerdictView, ...]


def causes(
    diagnosis: Diagnosis | None, bank: Bank, language: Language, *, right_elsewhere: bool = False
) -> tuple[Cause, ...]:
    """The diagnosis in words: the likeliest explanation first, up to `MOST_CAUSES` in all that fit as well.

    Where an answer has earned marks for being `right_elsewhere`, under another convention, that one stands first.
    """
    if diagnosis is None:
        return ()
    told = [ids for ids in (diagnosis.misconceptions, *diagnosis.alternatives) if not is_made_up(ids)]
    if ("slip/other-part",) in told:  # the answer to a part is a step on the way to some other, too
        told = [ids for ids in told if ids != ("slip/intermediate",)]
    if right_elsewhere:
        told.sort(key=lambda ids: not all(map(is_convention, ids)))
    details = {id: text[language] for id, text in diagnosis.details}
    mistake = partial(_mistake, bank=bank, language=language, details=details, right_elsewhere=right_elsewhere)
    return tuple(tuple(mistake(id, ids) for id in ids) for ids in told[:MOST_CAUSES])


def _mistake(
    id: str,
    among: tuple[str, ...],
    bank: Bank,
    language: Language,
    details: Mapping[str, str],
    *,
    right_elsewhere: bool,
) -> Mistake:
    known = bank.misconceptions.get(id)
    detail = details.get(id, "")
    about = text = known.says.text[language] if known else ""
    # "Your result is right where ..." is true of a convention by itself only.
    if is_convention(id) and len(among) > 1:
        text = f"{WORDS['apart'][language]}{text[:1].lower()}{text[1:]}"
    elif is_convention(id) and not right_elsewhere:
        text = _IS_RIGHT[language].sub(_WOULD_BE_RIGHT[language], text, count=1)
    says = WORDS["gap"][language].join(said for said in (detail, text) if said)
    return Mistake(bank.misconception_title(id)[language], says, f"{detail}{about}", on_top=id in _ON_TOP)


def heading(causes: Sequence[Cause]) -> str:
    """Which words stand above the causes of one answer."""
    if len(causes) > 1:
        return "either"
    if len(causes[0]) == 1:
        return "likely cause"
    return "both in option" if any(mistake.on_top for mistake in causes[0]) else "both"


def verdict_view(verdict: Verdict, bank: Bank, language: Language) -> VerdictView:
    """One verdict, ready for a page or a terminal."""
    wrong = verdict.unreadable
    response = _shortened(verdict.response)
    right_elsewhere = any(operation.text == ELSEWHERE for operation in verdict.operations)
    told = causes(verdict.diagnosis, bank, language, right_elsewhere=right_elsewhere or bool(verdict.carried))
    working = _but_for(working_view(verdict.working, bank, language), told)
    # One line of working is both: what it was read as stands there.
    heard = () if working is not None and len(working.lines) == 1 and verdict.reading else verdict.heard
    return VerdictView(
        verdict=verdict,
        response=response,
        reading=shown_reading(verdict.reading, response, language),
        operations=_operations(verdict, language),
        heard=tuple(note[language] for note in heard),
        notes=tuple(note[language] for note in verdict.notes),
        causes=told,
        answer=verdict.reading if working is not None else "",
        message=wrong.message[language] if wrong else "",
        expected=wrong.expected[language] if wrong else "",
        pointer=caret(wrong.text, wrong.offset) if wrong else "",
        working=working,
    )


def _but_for(working: WorkingView | None, told: tuple[Cause, ...]) -> WorkingView | None:
    """The working without the causes of those lines that one explained below it gives, whatever else would give them."""
    if working is None:
        return None
    titles = {mistake.title for cause in told for mistake in cause}
    lines = (line if titles.isdisjoint(line.causes) else replace(line, causes=()) for line in working.lines)
    return replace(working, lines=tuple(lines))


def _operations(verdict: Verdict, language: Language) -> tuple[str, ...]:
    """How the marks came about, but for what the verdict beside them says already."""
    operations = verdict.operations
    if len(operations) == 1 and not verdict.carried:
        said = operations[0].text[language].rstrip(".。").casefold()
        told_below = verdict.kind in ("coarse", "form") and verdict.notes
        if said == VERDICTS[verdict.kind][language] or verdict.kind in ("blank", "unreadable") or told_below:
            return ()
    return tuple(_operation(o.kind, shown_marks(o.marks), o.text[language]) for o in operations)


def _operation(kind: str, marks: str, text: str) -> str:
    sign = {"award": "+", "carry": "+", "deduct": "−", "note": ""}[kind]
    return f"{sign}{marks} {text}" if sign else text


def _shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + " …"


def _item_view(result: ItemResult, bank: Bank, language: Language) -> ItemView:
    question = question_view(result.item, language, bank)
    told: dict[Mistake, str] = {}
    verdicts = []
    for verdict in result.verdicts:
        view = verdict_view(verdict, bank, language)
        here: set[Mistake] = set()
        once = (tuple(_told_once(one, told, here, verdict.label, language) for one in cause) for cause in view.causes)
        verdicts.append(replace(view, causes=tuple(once), heard=_worth_saying(verdict, view)))
    return ItemView(question, result.marks, tuple(verdicts))


def _told_once(
    mistake: Mistake, told: dict[Mistake, str], here: set[Mistake], label: str, language: Language
) -> Mistake:
    """A mistake explained at the first part of a question that it concerns, once, and only named from then on."""
    first = told.setdefault(mistake, label)
    again = first != label or mistake in here
    here.add(mistake)
    if not again or not mistake.says:
        return mistake
    return replace(mistake, says="", as_in=as_in_words(first)[language] if first != label else "")


def _worth_saying(verdict: Verdict, view: VerdictView) -> tuple[str, ...]:
    """How an answer was read, where marks are missing, and the page does not show it beside the answer."""
    if verdict.kind == "correct":
        return ()
    shown = f"“{view.response}” was read as {view.reading}.", f"“{view.response}”按 {view.reading} 读取。"
    return tuple(note for note in view.heard if note not in shown)


def feedback_pages(result: StudentResult, blueprint: Blueprint, bank: Bank) -> dict[str, str]:
    """A student's feedback in Markdown and HTML, in the exam's language."""
    language = blueprint.language
    data = {
        "paper": result.paper,
        "blueprint": blueprint,
        "title": blueprint.title.text[language],
        "result": result,
        "share": float(result.marks / result.paper.marks) if result.paper.marks else 0.0,
        "items": [_item_view(item, bank, language) for item in result.items],
        "heading": heading,
    }
    return {
        "feedback.md": page("feedback.md.j2", language, **data),
        "feedback.html": page("feedback.html.j2", language, **data),
    }
