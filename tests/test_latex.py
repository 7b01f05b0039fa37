"""Formulas are read strictly, and said on one line without changing what they mean."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.expression import evaluate
from solvers.expression import parse as read
from solvers.latex import (
    MAX_DEPTH,
    MAX_LENGTH,
    LatexError,
    Segment,
    parse,
    plain_text,
    segments,
    with_plain_text,
)
from solvers.latex.symbols import ACCENTS, LEAVES, OPENERS, STYLES, TABLES
from solvers.latex.tree import Fraction as FractionNode
from solvers.latex.tree import Number, Row, Scripts, Symbol

LINES = {
    # quotients
    r"\frac{1}{3}": "1/3",
    r"\frac{n + 2 \cdot p - k'}{s}": "(n + 2·p - k')/s",
    r"\frac{a}{2x}": "a/(2x)",
    r"\frac{2 \cdot a}{b}": "2·a/b",
    r"\frac{a}{-2}": "a/(-2)",
    r"\frac{-a}{2}": "-a/2",
    r"x - \frac{-a}{2}": "x - (-a/2)",
    r"\frac{(a+b)}{(c+d)}": "(a + b)/(c + d)",
    r"\frac{\frac{a}{b}}{\frac{c}{d}}": "(a/b)/(c/d)",
    r"\frac{1}{2} \cdot x": "(1/2)·x",
    r"x \cdot \frac{1}{2}": "x·1/2",
    r"2\frac{1}{3}": "2·1/3",
    r"2\frac{x}{y}": "2(x/y)",
    r"\frac{a}{b}^2": "(a/b)²",
    r"a / \frac{b}{c}": "a/(b/c)",
    r"\frac{\log x}{y}": "(log x)/y",
    r"\frac{\log(x)}{y}": "log(x)/y",
    r"\log \frac{a}{b}": "log(a/b)",
    r"\frac{e^x}{\sum_j e^{x_j}}": "e^x/(∑_j e^(x_j))",
    r"\frac{\partial L}{\partial w}": "∂L/∂w",
    r"\frac{\partial^2 L}{\partial x^2}": "∂²L/∂x²",
    r"\frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial w}": "(∂L/∂y)·(∂y/∂w)",
    r"\eta \frac{\partial L}{\partial w}": "η(∂L/∂w)",
    r"\frac{\mathrm{d}y}{\mathrm{d}x}": "dy/dx",
    r"\frac{\text{true positives}}{\text{all}}": "(true positives)/all",
    r"\binom{n}{k}": "C(n, k)",
    # scripts
    "x_{t-1}": "x_(t-1)",
    "h_1 + h_{12}": "h₁ + h₁₂",
    "W_{xh} x_t": "W_xh x_t",
    r"W_{\text{in}}": "W_in",
    r"N_\text{emb,ln}": "N_(emb,ln)",
    "x_{i,j}": "x_(i,j)",
    "{x_1}^2": "x₁²",
    "x^{2} + x^{-1}": "x² + x⁻¹",
    "e^{-x}": "e^(-x)",
    "a^{n+1}": "a^(n+1)",
    "a^{b^c}": "a^(b^c)",
    r"a^{\frac{1}{2}}": "a^(1/2)",
    "h^{(l)} W^{[1]}": "h^(l) W^[1]",
    "x_i^2 x_i^n": "x_i² x_i^n",
    "(a+b)^2": "(a + b)²",
    "{a+b}^2": "(a + b)²",
    "-x^2": "-x²",
    "e^x (1-x)": "e^x (1 - x)",
    "2^n x": "2^n x",
    r"A^\top B^{*}": "Aᵀ B^*",
    r"f'(x) + x'' + y^\prime": "f'(x) + x'' + y'",
    "x'_1": "x'₁",
    "3 \\times 10^{-4}": "3 × 10⁻⁴",
    # roots
    r"\sqrt{d_k}": "√(d_k)",
    r"\sqrt{2} + \sqrt{x}": "√2 + √x",
    r"\sqrt[3]{x} + \sqrt[n]{x+1}": "∛x + (x + 1)^(1/n)",
    # brackets
    r"\left\lfloor \frac{a}{b} \right\rfloor + \lceil x \rceil": "⌊a/b⌋ + ⌈x⌉",
    r"\left( \frac{a}{b} \right)^2": "(a/b)²",
    r"\{ x \in \mathbb{R} \mid x > 0 \}": "{x ∈ ℝ | x > 0}",
    r"\lVert w \rVert_2^2 + |x| - |-y|^2": "‖w‖₂² + |x| - |-y|²",
    "|a||b|": "|a|·|b|",
    r"\left| |a| - b \right|": "abs(|a| - b)",
    "P(a|b)": "P(a | b)",
    r"\mathrm{KL}(p \| q)": "KL(p ‖ q)",
    "f(x)|_{x=0} + 1": "f(x)|_(x=0) + 1",
    r"\left. x^2 \right|_{x=0}": "x²|_(x=0)",
    "[0, 1)": "[0, 1)",
    r"f\!\left(x\right)": "f(x)",
    r"\bigl(x + 1\bigr)^2": "(x + 1)²",
    # products and functions
    "W x + b": "W x + b",
    "2x + x2": "2x + x 2",
    "2 3": "2·3",
    "(a+b)(c+d)": "(a + b)(c + d)",
    "d(k - 1) + 1": "d(k - 1) + 1",
    r"\sigma(W x_t + U h_{t-1})": "σ(W x_t + U h_(t-1))",
    r"f \odot c + i \odot \tilde{c}_t": "f ⊙ c + i ⊙ c̃_t",
    r"\operatorname{softmax}\left(\frac{QK^{\top}}{\sqrt{d_k}}\right)V": "softmax(Q Kᵀ/√(d_k)) V",
    r"\operatorname*{arg\,max}_{y} p(y \mid x)": "arg max_y p(y | x)",
    r"\mathrm{ReLU}(x) = \max(0, x)": "ReLU(x) = max(0, x)",
    r"\sin^2 x + \tanh^{-1}(x) + \log_2 n": "sin² x + tanh⁻¹(x) + log₂ n",
    r"-\sum_{i=1}^{n} y_i \log \hat y_i": "-∑_(i=1)^n y_i log ŷ_i",
    r"\prod_{t=2}^{T} \frac{\partial h_t}{\partial h_{t-1}}": "∏_(t=2)^T ∂h_t/∂h_(t-1)",
    r"\nabla_\theta J + \nabla f + \Delta w": "∇_θ J + ∇f + Δw",
    r"\min_G \max_D V(D, G)": "min_G max_D V(D, G)",
    "n!": "n!",
    # signs and numbers
    "a = -b": "a = -b",
    "a - -b": "a - -b",
    r"2 \cdot -3": "2·-3",
    r"(-x) \pm 1": "(-x) ± 1",
    r"1{,}000 + 10\,000 + 0.5 + .5": "1,000 + 10 000 + 0.5 + .5",
    r"64 \times 112": "64 × 112",
    r"50\% \text{ of } x": "50% of x",
    r"7 \bmod 3": "7 mod 3",
    r"a, b, \ldots, z": "a, b, …, z",
    r"x \sim \mathcal{N}(0, 1)": "x ~ N(0, 1)",
    r"w \leftarrow w - \eta g": "w ← w - η g",
    r"\text{若 } x \le 0": "若 x ≤ 0",
    r"\#\_\&": "# _ &",
    # tables
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}": "[[a, b], [c, d]]",
    r"\begin{pmatrix} a \\ b \end{pmatrix}^\top": "[a, b]ᵀ",
    r"\begin{bmatrix} a & b \\ \end{bmatrix}": "[a, b]",
    r"\left[\begin{matrix}1 & 2\\3 & 4\end{matrix}\right]": "[[1, 2], [3, 4]]",
    r"\begin{cases} x & x > 0 \\ \alpha x, & \text{否则} \end{cases}": "{x, x > 0; α x, 否则}",
    r"\begin{aligned} a &= b + c \\ &= d \end{aligned}": "a = b + c = d",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}": "a = b; c = d",
    # accents
    r"\bar x + \hat{y}_t + \overline{AB}": "x̄ + ŷ_t + overline(A B)",
    r"\underbrace{a + b}_{n}": "(a + b)_n",
}


@pytest.mark.parametrize(("latex", "line"), LINES.items(), ids=LINES)
def test_a_formula_is_said_on_one_line(latex: str, line: str) -> None:
    """Brackets stand where the line would otherwise mean something else, and nowhere else."""
    assert plain_text(latex) == line


ERRORS = {
    r"a + !\foo": "not understood",
    r"!{a": "never closed",
    r"a!}": "closes nothing",
    r"a !& b": "belongs in a matrix",
    r"a !\\ b": "belongs in a matrix",
    r"\frac{a}!": "missing",
    r"x^!": "missing",
    r"x^!12": "braces",
    r"x^!-1": "braces",
    r"x^!(2)": "braces",
    r"x_1!_2": "second script",
    r"x^2!^3": "second script",
    r"!^2": "before it",
    r"a =!_2": "before it",
    r"!\left( a": r"no `\right`",
    r"a !\right)": "no beginning",
    r"!\left\alpha b \right)": "no bracket",
    r"!\begin{pmatrix} a": r"no `\end",
    r"!\begin{pmatrix} a & b \\ c \end{pmatrix}": "differ in length",
    r"!\begin{tikzpicture}": "not understood",
    r"\sqrt![3": "never closed",
    r"50!%": r"`\%`",
    "a !若 b": r"`\text",
    r"!\text{a \frac{b}{c}}": "words",
    r"!\text{\alpha}": "words",
    r"!\operatorname{a+b}": "letters",
}


@pytest.mark.parametrize(("case", "words"), ERRORS.items(), ids=ERRORS)
def test_the_error_stands_at_the_mistake(case: str, words: str) -> None:
    """What is not understood is refused, at the character where it stands, in both languages."""
    latex = case.replace("!", "")
    with pytest.raises(LatexError) as caught:
        parse(latex)
    assert words in caught.value.text.en
    assert f"第 {caught.value.offset + 1} 个字符" in caught.value.text.zh
    assert caught.value.offset == case.index("!")


HOSTILE = [
    "{" * 5000,
    "(" * 5000,
    r"\sqrt" * 3000,
    r"\frac" * 3000,
    "x_{" * 3000,
    r"\left(" * 3000,
    r"\begin{pmatrix}" * 1000,
    r"\text{" * 3000,
    "x" * (MAX_LENGTH + 1),
    "{" * (MAX_DEPTH + 1) + "x" + "}" * (MAX_DEPTH + 1),
    "\\",
    "\\begin{",
    "$",
]


@pytest.mark.parametrize("latex", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_a_hostile_formula_is_an_ordinary_error(latex: str) -> None:
    """Depth and length have limits, so nothing recurses without end."""
    with pytest.raises(LatexError):
        plain_text(latex)


def test_the_deepest_formula_is_said() -> None:
    """Whatever the parser accepts, the writer can write."""
    deep = MAX_DEPTH - 2
    assert plain_text("x_{" * deep + "y" + "}" * deep).count("(") == deep - 1


LEXEMES = [
    *LEAVES, *OPENERS, *(f"\\{name}{{x}}" for name in (*ACCENTS, *STYLES)), *(rf"\begin{{{name}}}" for name in TABLES),
    *(rf"\end{{{name}}}" for name in TABLES), *"{}&^_'|$%\\", r"\\", "12", r"\frac", r"\sqrt", r"\left(", r"\right.",
    r"\text{a b}", r"\text{", r"\operatorname", "若", "\x00",
]  # fmt: skip


@given(st.lists(st.sampled_from(LEXEMES), max_size=12).map(" ".join))
def test_any_text_is_a_formula_or_an_error(latex: str) -> None:
    """Nothing but LatexError ever comes out."""
    try:
        line = plain_text(latex)
    except LatexError as error:
        line = str(error)
    assert line.isprintable() or "\x00" in latex


@pytest.mark.parametrize("lexeme", sorted(LEAVES))
def test_every_symbol_has_a_line(lexeme: str) -> None:
    """Each command of the subset stands in a formula and leaves no backslash behind."""
    assert "\\" not in plain_text(f"a {lexeme} b")


VALUES = {"x": Fraction(2, 3), "n": Fraction(3), "k_1": Fraction(7), "d_k": Fraction(-11, 4)}
Formula = tuple[str, Fraction, int]  # LaTeX, value, and 0 for a sum, 1 a signed term, 2 a product, 3 a factor


def _bracketed(formula: Formula, level: int) -> str:
    return formula[0] if formula[2] >= level else rf"\left({formula[0]}\right)"


def _combinations(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    pairs = st.tuples(inner, inner)
    quotients = pairs.filter(lambda p: p[1][1] != 0)
    return st.one_of(
        pairs.map(lambda p: (f"{p[0][0]} + {_bracketed(p[1], 2)}", p[0][1] + p[1][1], 0)),
        pairs.map(lambda p: (f"{p[0][0]} - {_bracketed(p[1], 2)}", p[0][1] - p[1][1], 0)),
        pairs.map(lambda p: (rf"{_bracketed(p[0], 2)} \cdot {_bracketed(p[1], 2)}", p[0][1] * p[1][1], 2)),
        pairs.map(lambda p: (rf"{_bracketed(p[0], 2)} \times {_bracketed(p[1], 2)}", p[0][1] * p[1][1], 2)),
        pairs.map(lambda p: (rf"{_bracketed(p[0], 2)} \left({p[1][0]}\right)", p[0][1] * p[1][1], 2)),
        pairs.map(lambda p: (rf"{_bracketed(p[0], 2)} x", p[0][1] * VALUES["x"], 2)),
        quotients.map(lambda p: (rf"\frac{{{p[0][0]}}}{{{p[1][0]}}}", p[0][1] / p[1][1], 2)),
        quotients.map(lambda p: (rf"\frac{{{p[0][0]}}}{{{p[1][0]}}} x", p[0][1] / p[1][1] * VALUES["x"], 2)),
        inner.map(lambda f: (rf"\left\lfloor {f[0]} \right\rfloor", Fraction(floor(f[1])), 3)),
        inner.map(lambda f: (f"{_bracketed(f, 4)}^{{2}}", f[1] ** 2, 3)),
        inner.map(lambda f: (f"{_bracketed(f, 4)}^{{n - 1}}", f[1] ** 2, 3)),
        inner.map(lambda f: (rf"\sqrt{{{_bracketed(f, 4)}^2}}", abs(f[1]), 3)),
        inner.map(lambda f: (f"-{_bracketed(f, 2)}", -f[1], 1)),
    )


_LEAVES = st.integers(0, 12).map(lambda n: (str(n), Fraction(n), 4)) | st.sampled_from(
    [(name, value, 4 if len(name) == 1 else 3) for name, value in VALUES.items()]
)


@given(st.recursive(_LEAVES, _combinations, max_leaves=8).filter(lambda f: f[1].denominator < 10**6))
def test_the_line_means_what_the_formula_means(formula: Formula) -> None:
    """What is printed reads back to the formula's own value."""
    latex, value, _ = formula
    assert evaluate(read(plain_text(latex)), VALUES) == value


def test_a_formula_becomes_a_tree() -> None:
    """The tree holds what stands where, not how it was written."""
    tree = Row((FractionNode(Number("1"), Number("2")), Symbol("·", "product"), Scripts(LEAVES["x"], sup=Number("2"))))
    assert parse(r"\frac{1}2 \cdot x^{2}") == parse(r"\dfrac{1}{2}⋅x^2") == tree


PROMPTS = {
    "no formula": "no formula",
    r"costs \$5, is $x^2$": "costs $5, is x²",
    "gate $f_t$, state $$c_t = \\frac{a}{b}$$.": "gate f_t, state c_t = a/b.",
    "步长 $s=2$ 时": "步长 s = 2 时",
    r"$\text{costs \$5}$": "costs $5",
}


@pytest.mark.parametrize(("text", "line"), PROMPTS.items(), ids=PROMPTS)
def test_a_prompt_is_said_in_plain_text(text: str, line: str) -> None:
    r"""Formulas between dollars are read, everything else stays, `\$` is a dollar."""
    assert with_plain_text(text) == line


@pytest.mark.parametrize("text", ["one ! dollar", "a $b$ and !", "!!", "x!!"])
def test_a_lone_dollar_is_refused(text: str) -> None:
    """A dollar without a partner is an error, at its place."""
    with pytest.raises(LatexError, match="no partner") as caught:
        with_plain_text(text.replace("!", "$"))
    assert caught.value.offset == text.index("!")


def test_a_prompt_is_cut_into_segments() -> None:
    """Words and formulas alternate; display formulas say so."""
    assert list(segments(r"a \$ $x$$$y$$")) == [
        Segment("a $ "),
        Segment("x", latex=True),
        Segment("y", latex=True, display=True),
    ]
