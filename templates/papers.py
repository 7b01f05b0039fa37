"""Papers and answer sheets for students; keys with worked solutions for the teacher."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from grader.submissions.forms import Form, comment
from questions.bank import Bank
from questions.blueprint import Blueprint
from questions.exam import Item, Paper
from questions.key import Choosable, Target, split_answer
from questions.near_misses import is_made_up
from questions.prompts import render_in
from questions.question import Part
from questions.variant import Variant
from solvers.certificate import Certificate
from solvers.text import Language
from solvers.trace import Line
from solvers.values import latex
from templates.pages import page
from templates.words import TRUTHS, WORDS, expected_form, precision_words

_FILLED = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)  # what a prompt has drawn numbers put into
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class PartView:
    """One part as a page shows it."""

    label: str
    letter: str
    ask: str
    marks: Fraction
    expected: str
    working: bool
    options: tuple[tuple[str, str], ...]
    left: tuple[str, ...]
    key: str
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class QuestionView:
    """One question as a page shows it."""

    number: int
    title: str
    prompt: str
    marks: Fraction
    parts: tuple[PartView, ...]
    example: str
    solution: tuple[Line, ...]
    remarks: tuple[str, ...]
    forms: str
    certificate: Certificate | None
    seed: int
    id: str


@dataclass(frozen=True)
class SectionView:
    """A section of the paper and its questions."""

    title: str | None
    questions: tuple[QuestionView, ...]


def asked(variant: Variant, index: int, language: Language) -> str:
    """What a part asks, with the digits wanted."""
    digits = precision_words(variant.question.parts[index])[language]
    text = variant.ask(index)[language]
    if not digits:
        return text
    return f"{text}（{digits}）" if language == "zh" else f"{text} Give your answer {digits}."


def solution_lines(variant: Variant) -> tuple[Line, ...]:
    """The worked lines of every step that an asked part rests on."""
    if variant.trace is None:
        return ()
    names: set[str] = set()
    for part in variant.question.parts:
        if part.answer:
            names |= variant.trace.derivation.upstream(split_answer(part.answer)[0])
    wanted = max((part.decimals or 0 for part in variant.question.parts), default=0)
    return tuple(variant.trace.lines(names, max(4, wanted)))


def _example(variant: Variant, language: Language) -> str:
    """The numbers with which the lines are worked where the question names none, as one on formulas does."""
    if variant.trace is None or variant.question.kind != "derive":
        return ""
    derivation, question = variant.trace.derivation, variant.question
    texts = [question.prompt.text.en, *(part.ask.text.en for part in question.parts)]
    told = set(_NAME.findall(" ".join(_FILLED.findall(" ".join(texts)))))
    steps = set().union(*(derivation.upstream(split_answer(part.answer)[0]) for part in question.parts if part.answer))
    used = {name for step in steps & set(derivation.steps) for name in derivation.steps[step].inputs.values()}
    drawn = [name for name in derivation.givens if name in used and name in question.givens]
    if told & set(drawn):
        return ""
    taken = [
        f"${given.symbol} = {latex(variant.givens[name])}$"
        for name, given in derivation.givens.items()
        if name in drawn and given.kind in ("integer", "number")
    ]
    return f"{WORDS['example'][language]}{WORDS['colon'][language]}{('、' if language == 'zh' else ', ').join(taken)}"


def question_view(item: Item, language: Language, bank: Bank | None = None) -> QuestionView:
    """One question of a paper, ready for a page; with a bank, it says what the wrong options of computed choices stand for."""
    variant = item.variant
    several = len(variant.question.parts) > 1
    parts = []
    for i, part in enumerate(variant.question.parts):
        target = variant.targets[i]
        label = item.label(i)
        parts.append(
            PartView(
                label=label,
                letter=label.lstrip("0123456789") if several else "",
                ask=asked(variant, i, language),
                marks=item.worth(part),
                expected=expected_form(part)[language],
                working=bool(part.working),
                options=tuple((o.label, o.text[language]) for o in target.options),
                left=tuple(text[language] for text in target.left),
                key=_said_key(part, target, language),
                reasons=tuple(_reasons(target.options, language, bank)),
            )
        )
    remarks = tuple(
        (f"({view.letter}) " if view.letter else "") + render_in(part.solution.text, language, variant.givens)
        for part, view in zip(variant.question.parts, parts, strict=True)
        if part.solution
    )
    return QuestionView(
        number=item.number,
        title=variant.question.title.text[language],
        prompt=variant.prompt[language],
        marks=item.marks,
        parts=tuple(parts),
        example=_example(variant, language),
        solution=solution_lines(variant),
        remarks=remarks,
        forms=comment(
            {item.label(i): Form.of(part, variant.targets[i]) for i, part in enumerate(variant.question.parts)}
        ),
        certificate=item.certificate,
        seed=variant.seed,
        id=variant.question.id,
    )


def _said_key(part: Part, target: Target, language: Language) -> str:
    """The key of a part: a name or a truth in the page's language; everything else is printed alike in both."""
    if part.accept:
        return str(getattr(part.accept, language)[0])
    return TRUTHS[target.printed][language] if part.type == "truth" else target.printed


def _reasons(options: tuple[Choosable, ...], language: Language, bank: Bank | None) -> list[tuple[str, str]]:
    """Why each option is right or wrong: in its author's words, or by the misconception that gives its value."""
    found = []
    for option in options:
        if option.because:
            found.append((option.label, option.because[language]))
        elif bank is None or option.value is None or is_made_up(option.misconceptions):
            continue
        elif option.misconceptions:
            titles = tuple(bank.misconception_title(id)[language] for id in option.misconceptions)
            found.append((option.label, together(titles, language)))
    return found


def together(titles: tuple[str, ...], language: Language) -> str:
    """`strides ignored, and bias forgotten`."""
    return ("，" if language == "zh" else ", and ").join(titles)


def _sections(paper: Paper, blueprint: Blueprint, bank: Bank | None = None) -> tuple[SectionView, ...]:
    language = blueprint.language
    sections = []
    for index, section in enumerate(blueprint.sections):
        views = tuple(question_view(item, language, bank) for item in paper.items if item.section == index)
        title = section.title.text[language] if section.title else None
        sections.append(SectionView(title, views))
    return tuple(sections)


def _minutes(paper: Paper) -> int:
    return sum(item.variant.question.minutes for item in paper.items)


def paper_pages(paper: Paper, blueprint: Blueprint) -> dict[str, str]:
    """What a student is handed: the paper in Markdown and HTML, and an answer sheet in YAML and Markdown."""
    data = {
        "paper": paper,
        "blueprint": blueprint,
        "title": blueprint.title.text[blueprint.language],
        "instructions": blueprint.instructions.text[blueprint.language] if blueprint.instructions else None,
        "sections": _sections(paper, blueprint),
        "minutes": _minutes(paper),
    }
    language = blueprint.language
    return {
        "paper.md": page("paper.md.j2", language, **data),
        "paper.html": page("paper.html.j2", language, **data),
        "answers.yaml": page("answers.yaml.j2", language, **data),
        "answers.md": page("answers.md.j2", language, **data),
    }


def solution_pages(paper: Paper, blueprint: Blueprint, bank: Bank | None = None) -> dict[str, str]:
    """What the teacher keeps: key, worked solutions and certificates in Markdown and HTML; with a bank, also what wrong options stand for."""
    data = {
        "paper": paper,
        "blueprint": blueprint,
        "title": blueprint.title.text[blueprint.language],
        "sections": _sections(paper, blueprint, bank),
    }
    language = blueprint.language
    return {
        "solution.md": page("solution.md.j2", language, **data),
        "solution.html": page("solution.html.j2", language, **data),
    }
