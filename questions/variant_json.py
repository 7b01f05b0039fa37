"""A variant as programs read it."""

from __future__ import annotations

from typing import Any

from questions.key import printed_value
from questions.variant import Variant
from solvers.certificate import certify
from solvers.text import Text
from solvers.trace import json_of
from solvers.values import to_json


def variant_json(variant: Variant) -> dict[str, Any]:
    """Givens, prompt and parts in both languages, key, worked solution, certificate, each misconception's answers."""
    question, trace = variant.question, variant.trace
    return {
        "question": question.id,
        "title": _both(question.title.text),
        "seed": variant.seed,
        "derivation": question.derivation,
        "givens": {name: to_json(value) for name, value in variant.givens.items()},
        "prompt": _both(variant.prompt),
        "parts": [_part_json(variant, index) for index in range(len(question.parts))],
        "hints": [_both(hint) for hint in variant.hints],
        "marks": str(question.marks),
        "solution": json_of(trace) if trace is not None else None,
        "certificate": certify(trace).to_json() if trace is not None else None,
        "misconceptions": {id: misconception_answers(variant, id) for id in question.misconceptions},
    }


def _part_json(variant: Variant, index: int) -> dict[str, Any]:
    part, target = variant.question.parts[index], variant.targets[index]
    return {
        "name": part.key_name,
        "ask": _both(variant.ask(index)),
        "type": part.type,
        "marks": str(part.marks),
        "answer": part.answer,
        "key": target.printed,
        "decimals": part.decimals,
        "significant": part.significant,
        "options": [{"label": option.label, **_both(option.text)} for option in target.options],
        "left": [_both(text) for text in target.left],
    }


def misconception_answers(variant: Variant, id: str) -> dict[str, str] | None:
    """What a student with this misconception would write in each part that the derivation answers.

    None where it leads to no answer; parts whose answer is a formula are left out, since a wrong rule has no printed form, and so are choices
    that do not offer what it gives.
    """
    values = variant.misconception_answers(id)
    if values is None:
        return None
    computed = [(p, t) for p, t in zip(variant.question.parts, variant.targets, strict=True) if p.answer]
    return {
        part.key_name: value if isinstance(value, str) else printed_value(value, target.precision)
        for (part, target), value in zip(computed, values, strict=True)
        if part.type != "expression" and not (isinstance(value, str) and value == "")
    }


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}
