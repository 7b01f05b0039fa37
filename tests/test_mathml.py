"""Formulas on a page are well-formed MathML, and the font that comes with them can set them."""

from __future__ import annotations

import re
from base64 import b64decode
from importlib.resources import files
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.latex import LatexError
from solvers.latex.symbols import ACCENTS, LEAVES, OPENERS, STYLES, TABLES
from templates.fonts import FAMILY, math_font_css
from templates.mathml import mathml, with_mathml

ELEMENTS = {
    "x": "<mi>x</mi>",
    "12.5": "<mn>12.5</mn>",
    r"\frac{1}{x}": "<mfrac><mn>1</mn><mi>x</mi></mfrac>",
    r"\sqrt{x}": "<msqrt><mi>x</mi></msqrt>",
    r"\sqrt[3]{x}": "<mroot><mi>x</mi><mn>3</mn></mroot>",
    "x_1": "<msub><mi>x</mi><mn>1</mn></msub>",
    "x^2": "<msup><mi>x</mi><mn>2</mn></msup>",
    "x_1^2": "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>",
    r"\tanh": "<mi>tanh</mi>",
    r"\mathrm{ReLU}": "<mi>ReLU</mi>",
    r"\mathrm{d}": '<mi mathvariant="normal">d</mi>',
    r"\Gamma": '<mi mathvariant="normal">Γ</mi>',
    r"\mathbf{W}": "<mi>𝐖</mi>",
    r"\mathbb{R}": "<mi>ℝ</mi>",
    r"\mathbb{E}": "<mi>𝔼</mi>",
    r"\mathcal{L}": "<mi>ℒ</mi>",
    r"\boldsymbol{\mu}": "<mi>𝝁</mi>",
    r"\mathit{loss}": "<mi>𝑙𝑜𝑠𝑠</mi>",
    "a - b": "<mi>a</mi><mo>−</mo><mi>b</mi>",
    "-b": '<mo form="prefix">−</mo><mi>b</mi>',
    "a < b": '<mi>a</mi><mo stretchy="false">&lt;</mo><mi>b</mi>',
    r"\text{if <b> }": "<mtext>if &lt;b&gt;\u00a0</mtext>",
    r"\tilde c": '<mover accent="true"><mi>c</mi><mo stretchy="false">~</mo></mover>',
    r"\left\lfloor \frac{a}{b} \right\rfloor": ("<mrow><mo>⌊</mo><mfrac><mi>a</mi><mi>b</mi></mfrac><mo>⌋</mo></mrow>"),
    "(x)": '<mrow><mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo></mrow>',
    r"\begin{pmatrix} a \\ b \end{pmatrix}": (
        "<mrow><mo>(</mo><mtable><mtr><mtd><mi>a</mi></mtd></mtr><mtr><mtd><mi>b</mi></mtd></mtr></mtable><mo>)</mo></mrow>"
    ),
}


@pytest.mark.parametrize(("latex", "elements"), ELEMENTS.items(), ids=ELEMENTS)
def test_a_formula_has_its_elements(latex: str, elements: str) -> None:
    """Each construction becomes the element that MathML has for it."""
    assert mathml(latex) == f"<math>{elements}</math>"


def _xml(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own output, without a document type


def _tags(latex: str, display: bool) -> set[str]:
    return {element.tag for element in _xml(mathml(latex, display)).iter()}


@pytest.mark.parametrize(("display", "tag"), [(True, "munderover"), (False, "msubsup")], ids=["display", "inline"])
def test_limits_stand_over_a_sum_where_there_is_room(display: bool, tag: str) -> None:
    """Limits are under and over the sign on a line of its own, beside it in a sentence."""
    assert tag in _tags(r"\sum_{i=1}^{n} x_i", display)


def test_limits_stand_beside_an_integral() -> None:
    """An integral keeps its limits beside it everywhere."""
    assert "msubsup" in _tags(r"\int_0^1 x", display=True)


@pytest.mark.parametrize("latex", [r"\max_j a_j", r"\operatorname*{argmax}_j a_j", r"\lim_{x \to 0} x"])
def test_the_limit_of_a_function_stands_under_its_name(latex: str) -> None:
    """Names that take limits have them below on a line of their own."""
    assert "munder" in _tags(latex, display=True)


def test_a_display_formula_is_a_block() -> None:
    """`display` puts the formula on a line of its own."""
    assert mathml("x", display=True) == '<math display="block"><mi>x</mi></math>'


def test_brackets_grow_only_around_what_is_tall() -> None:
    r"""Brackets around a fraction stretch, with and without `\left`, around a letter they do not."""
    assert 'stretchy="false"' not in mathml(r"(\frac{a}{b}) [\frac{a}{b}] |\frac{a}{b}|")
    assert mathml(r"\left( x \right)") == mathml("(x)")


LEXEMES = [
    *LEAVES, *OPENERS, *(f"\\{name}{{x}}" for name in (*ACCENTS, *STYLES)), *(rf"\begin{{{name}}}" for name in TABLES),
    *(rf"\end{{{name}}}" for name in TABLES), *"{}&^_'|$%\\", r"\\", "12", r"\frac", r"\sqrt", r"\left(", r"\right.",
    r"\text{a<b> & 中}", "\\text{\x00\x0b\ud800}", r"\operatorname{ab}", r"\binom", r"\overset",
]  # fmt: skip


@given(st.lists(st.sampled_from(LEXEMES), max_size=12).map(" ".join), st.booleans())
def test_any_formula_is_well_formed(latex: str, display: bool) -> None:
    """Whatever is set is XML; whatever is not is a LatexError."""
    try:
        text = mathml(latex, display)
    except LatexError:
        text = "<math/>"
    assert _xml(text).tag == "math"


@pytest.mark.parametrize("lexeme", [*sorted(LEAVES), *(rf"\{name}{{x}}" for name in sorted(ACCENTS | STYLES.keys()))])
def test_every_symbol_is_set(lexeme: str) -> None:
    """Each command of the subset becomes an element, and no LaTeX is left on the page."""
    assert "\\" not in ET.tostring(_xml(mathml(f"a {lexeme} b")), encoding="unicode")


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_is_set(name: str) -> None:
    """Each environment becomes a table with its cells."""
    columns = "{ll}" if name == "array" else ""
    tree = _xml(mathml(rf"\begin{{{name}}}{columns} a & b \\ c & d \end{{{name}}}"))
    assert [cell.findtext("mi") for cell in tree.iter("mtd")] == ["a", "b", "c", "d"]


PROMPTS = {
    "a < b & c": "a &lt; b &amp; c",
    "is $x$ > 1?": "is <math><mi>x</mi></math> &gt; 1?",
    r"costs \$5": "costs $5",
    "$$x$$": '<math display="block"><mi>x</mi></math>',
    "<script>$x$</script>": "&lt;script&gt;<math><mi>x</mi></math>&lt;/script&gt;",
    "a\x00b": "a\ufffdb",
}


@pytest.mark.parametrize(("text", "html"), PROMPTS.items(), ids=map(ascii, PROMPTS))
def test_a_prompt_becomes_html(text: str, html: str) -> None:
    """Words are escaped, formulas are set."""
    assert with_mathml(text) == html


def test_a_lone_dollar_is_refused() -> None:
    """A dollar without a partner is an error on a page too."""
    with pytest.raises(LatexError, match="no partner"):
        with_mathml("costs $5")


def _font() -> bytes:
    found = re.search(r"url\(data:font/woff2;base64,([A-Za-z0-9+/=]+)\)", math_font_css())
    assert found is not None
    return b64decode(found[1])


def test_the_style_sheet_embeds_a_small_font() -> None:
    """The font is WOFF2, below 80 kB, and `math` elements are set in it by its own name."""
    font = _font()
    assert font[:4] == b"wOF2"
    assert len(font) < 80_000
    assert f'math{{font-family:"{FAMILY}"' in math_font_css()


def test_the_licence_travels_with_the_font() -> None:
    """The Open Font License asks for its text and the copyright notice beside every copy."""
    licence = files("templates").joinpath("fonts", "OFL.txt").read_text(encoding="utf-8")
    assert "STIX Fonts Project Authors" in licence
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


def test_the_font_can_set_every_symbol() -> None:
    """Every character that a formula of the subset can hold has a glyph, and brackets and roots can grow."""
    tools = pytest.importorskip("fontTools.ttLib", reason="fontTools reads the font; pages do not need it")
    pytest.importorskip("brotli", reason="WOFF2 is compressed with brotli")
    font = tools.TTFont(BytesIO(_font()))
    glyphs = font.getBestCmap()
    page = "".join(
        mathml(latex)
        for latex in (
            *(f"a {lexeme} b" for lexeme in LEAVES),
            *(f"\\{style}{{a W 1 \\mu \\Sigma}}" for style in STYLES),
            *(f"\\{accent}{{x}}" for accent in ACCENTS),
            r"f''' + \left\lfloor \left\lceil \left\{ \left\langle \left\| x \right\| \right\rangle \right\} \right\rceil \right\rfloor",
        )
    )
    slanted = (
        {chr(0x1D44E + i) for i in range(26)} - {chr(0x1D455)} | {chr(0x1D6FC + i) for i in range(25)} | {"ℎ", "𝜕"}
    )
    assert {character for character in {*page, *slanted} if ord(character) not in glyphs} == set()
    variants = font["MATH"].table.MathVariants
    growing = set(variants.VertGlyphCoverage.glyphs)
    assert {character for character in "()[]{}|‖⌊⌋⌈⌉⟨⟩√∑∏∫" if glyphs[ord(character)] not in growing} == set()
