"""Texts of the bank as HTML: the short way and the long way give the same, and nothing in them is markup of its own."""

from __future__ import annotations

import pytest

from templates import prose

TEXTS = [
    ("A line with $k = 3$ and no markup.", "<p>A line with <math>"),
    ("A **bold** word.", "<strong>bold</strong>"),
    ("`code_with_$` stays as it is.", "<code>code_with_$</code>"),
    ("| a | b |\n|---|---|\n| 1 | $x$ |", "<table>"),
    ("```python\nnn.Conv2d(3, 8)\n```", '<code class="language-python">nn.Conv2d(3, 8)'),
    ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
    ("- one\n- two", "<li>one</li>"),
    ("1. not a list", "<ol>"),
    ("a_b and c_d", "<p>a_b and c_d</p>"),
    ("中文，$x$。", '<p>中文，<span class="kept"><math>'),
    ("中文（$x$）", '<span class="kept">（<math><mi>x</mi></math>）</span>'),
    ("$x$ 与 $y$", "<p><math><mi>x</mi></math> 与 <math><mi>y</mi></math></p>"),
    ("**$x$**，$y$，", '</strong>，<span class="kept"><math><mi>y</mi></math>，</span>'),
]


@pytest.mark.parametrize(("text", "part"), TEXTS, ids=[text for text, _ in TEXTS])
def test_markdown_is_set(text: str, part: str) -> None:
    """Paragraphs, emphasis, code, tables and lists."""
    assert part in prose.html(text)


@pytest.mark.parametrize(
    "text", ["<b>x</b>", "<script>alert(1)</script>", "[a](javascript:alert(1))", "![i](x.png)", "a & b < c"]
)
def test_markup_of_ones_own_is_shown_not_obeyed(text: str) -> None:
    """Raw HTML, links and pictures are text."""
    html = prose.html(text)
    assert not any(tag in html for tag in ("<b>", "<script", "<a ", "<img"))


@pytest.mark.parametrize("text", [text for text, _ in TEXTS if not prose._MARKED.search(text)])
def test_the_short_way_gives_what_markdown_gives(text: str) -> None:
    """A text without markup skips the reader of Markdown, and nobody can tell."""
    held, formulas = prose._held(text)
    assert prose.html(text) == prose._restored(prose._markdown().render(held), formulas)
