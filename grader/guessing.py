"""What kind of answer a response looks like, for a reader who doesn't know what was asked."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.reading import EXPECTED, Blank, Reading, Unreadable, read
from grader.reading.words import normal_name
from grader.submissions.forms import Form
from questions.question import ResponseType
from solvers.expression import names_in
from solvers.expression.tokens import tidy

_HEAD = 300  # characters by which the form is told
_NOT_TEXT = re.compile(r"[0-9=+*/^()\[\]{}\\√⌊⌋×·<>|]")
_LOOKS: tuple[tuple[ResponseType, re.Pattern[str]], ...] = (
    ("complexity", re.compile(r"\s*(?:\\mathcal\s*\{?\s*)?(?:O|Θ|Ω|\\Theta|\\Omega)\s*\}?\s*(?:\\left\s*)?[(（].*", re.DOTALL)),
    ("matching", re.compile(r"\s*[0-9]{1,2}\s*(?:-|=|:|：|->|→)\s*[A-Za-z]\b.*", re.DOTALL)),
    ("order", re.compile(r"\s*[A-Za-z]\s*(?:->|→|>|＞).*", re.DOTALL)),
    ("choice", re.compile(r"\s*[(（]?[A-Ha-h][)）.]?\s*")),
    ("choices", re.compile(r"\s*[A-Ha-h](?:\s*[,，、;；]\s*[A-Ha-h])+\s*|[A-H]{2,6}")),
    ("shape", re.compile(r"\s*(?:torch\.)?Size\s*\(.*|\s*[0-9]+(?:(?:\s*x\s*[0-9]+)+|(?:\s*×\s*[0-9]+){2,})\s*", re.DOTALL)),
    ("tensor", re.compile(r".*\[\s*\[\s*\[.*", re.DOTALL)),
    ("matrix", re.compile(r".*(?:\[\s*\[|\\begin|[0-9]\s*[;；\n]\s*[-0-9][-0-9.,\s]*[\s,][-0-9]).*", re.DOTALL)),
    ("vector", re.compile(r"\s*[(\[（【].*[,，;；].*|\s*(?:torch\.)?tensor\(.*|[-+0-9.\s]+[,，]\s.*", re.DOTALL)),
)  # fmt: skip


def guessed(text: str) -> tuple[Form, Reading | Blank | Unreadable]:
    """The likeliest form of a response, and how it is then read."""
    head = text[:_HEAD]
    for kind, pattern in _LOOKS:
        if pattern.fullmatch(head) or pattern.fullmatch(tidy(head)):
            return Form(kind), read(text, kind)
    as_number = read(text, "real")
    if isinstance(as_number, (Blank, Reading)):
        return Form("real"), as_number
    if isinstance(found := read(text, "truth"), Reading):
        return Form("truth"), found
    if _NOT_TEXT.search(text) is None and normal_name(text):
        return Form("text"), read(text, "text")
    for kind in ("vector", "matrix", "shape"):
        if isinstance(found := read(text, kind), Reading):
            return Form(kind), found
    words = read(text, "complexity")  # which takes any word for a variable
    if isinstance(words, Reading):
        names = tuple(sorted(names_in(words.value)))
        return Form("expression", names), read(text, "expression", names=names)
    if as_number.code == "unknown-name" and isinstance(words, Unreadable):
        return Form("expression"), replace(words, expected=EXPECTED["expression"])
    return Form("real"), as_number
