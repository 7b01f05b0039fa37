"""Texts of the bank as HTML: Markdown without raw HTML, formulas as MathML."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from solvers.latex import segments
from templates.mathml import mathml, with_mathml

# What Markdown could read as markup, outside formulas; most texts have none of it, and need no reader of Markdown.
_MARKED = re.compile(r"[`*|\n\[\]<>&]|\\[^A-Za-z{}$,;:! ]|(?<![A-Za-z0-9])_|~~|^\s*(?:[#+\-]|\d+[.)]\s)")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_OPEN, _CLOSE = "\ue000", "\ue001"  # private characters stand for formulas while Markdown is read
# No line may begin with the comma after a formula, nor end with the bracket before one; browsers allow both around what is set as a whole.
_BESIDE = re.compile(r"([（“《(\[]*)(<math>(?:(?!</math>).)*</math>)([，。；：、！？）”》,.;:!?)\]]*)", re.DOTALL)
_HELD = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


@cache
def _markdown() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False, "linkify": False})
        .enable("table")
        .disable(["image", "link", "autolink"])
    )


@lru_cache(maxsize=4096)
def html(text: str) -> Markup:
    """The text as paragraphs, tables, lists and code."""
    if not _MARKED.search(text):
        return Markup(f"<p>{_kept(with_mathml(text))}</p>\n")  # noqa: S704 - the words are escaped
    held, formulas = _held(text)
    return _restored(_markdown().render(held), formulas)


@lru_cache(maxsize=4096)
def inline_html(text: str) -> Markup:
    """The text as one run, without a paragraph around it."""
    if not _MARKED.search(text):
        return Markup(_kept(with_mathml(text)))  # noqa: S704 - the words are escaped
    held, formulas = _held(text)
    return _restored(_markdown().renderInline(held), formulas)


def _held(text: str) -> tuple[str, list[str]]:
    """The text with each formula outside code replaced by a private mark, and the formulas."""
    formulas: list[str] = []
    pieces: list[str] = []

    def hold(words: str) -> None:
        for part in segments(words):
            if part.latex:
                formulas.append(mathml(part.text, part.display))
            pieces.append(f"{_OPEN}{len(formulas) - 1}{_CLOSE}" if part.latex else part.text)

    text = text.replace(_OPEN, "").replace(_CLOSE, "")
    end = 0
    for code in _CODE.finditer(text):
        hold(text[end : code.start()])
        pieces.append(code[0])
        end = code.end()
    hold(text[end:])
    return "".join(pieces), formulas


def _restored(rendered: str, formulas: list[str]) -> Markup:
    return Markup(_kept(_HELD.sub(lambda match: formulas[int(match[1])], rendered)))  # noqa: S704 - both parts are escaped above


def _kept(page: str) -> str:
    """The page with each formula and the punctuation beside it on one line."""
    return _BESIDE.sub(lambda it: f'<span class="kept">{it[0]}</span>' if it[1] or it[3] else it[0], page)
