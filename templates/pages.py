"""The one place where pages are made of templates. HTML is escaped by default; what the bank says goes through `prose`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from solvers.text import Language, Text
from templates import prose
from templates.broken import line
from templates.fonts import math_font_css
from templates.words import VERDICTS, WORDS, marks_of, marks_words, sentence, shown_marks

# What Markdown reads as markup wherever it stands, or as an address; and what it reads as a list or a heading at the beginning.
_MARKUP = re.compile(r"[\\`*_\[\]#|<>$~&@]|(?<=[A-Za-z])\.(?=[A-Za-z])|:(?=//)")
_OPENING = re.compile(r"^(\d*)([-+=](?=[\s=-]|$)|(?<=\d)[.)](?=\s|$))")
_FOLDER = Path(__file__).parent


def markdown_escaped(text: str) -> str:
    """Text that a student or a roster wrote, so that Markdown shows it as it is: on one line, every mark of markup escaped."""
    return _OPENING.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", " ".join(text.split())))


def markdown_typed(text: str) -> str:
    """What a student typed, as code, which needs no escapes; escaped where code could be left or dollars be a formula."""
    line = " ".join(text.split())
    return f"`{line}`" if line and not set("`$") & set(line) else markdown_escaped(line)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=lambda name: name is None or ".html" in name,  # noqa: S701 - the other templates are Markdown and YAML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "prose": prose.html,
        "inline": prose.inline_html,
        "display": lambda latex: Markup(line(latex)),  # noqa: S704 - MathML escapes what it sets
        "md": markdown_escaped,
        "typed": markdown_typed,
        "sentence": sentence,
        "marks": shown_marks,
        "percent": lambda share: f"{100 * float(share):.0f}",
    }
    return environment


@cache
def style() -> Markup:
    """The style sheet, the font for mathematics within it."""
    css = (_FOLDER / "style.css").read_text("utf-8")
    return Markup(math_font_css() + css)  # noqa: S704 - both are files of our own


def page(template: str, language: Language, **data: Any) -> str:
    """A page: the template with the data, its words in one language."""

    def say(words: str | Text) -> str:
        return (WORDS[words] if isinstance(words, str) else words)[language]

    return (
        _environment()
        .get_template(template)
        .render(
            lang=language,
            html_lang="zh-CN" if language == "zh" else "en",
            say=say,
            style=style,
            verdict_word=lambda kind: VERDICTS[kind][language],
            marks_words=lambda marks: marks_words(marks, language),
            marks_of=lambda marks, worth: marks_of(marks, worth, language),
            **data,
        )
    )
