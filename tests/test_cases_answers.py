"""Answers in the forms in which people and language models write them, each against a key: a table of ours."""

from __future__ import annotations

from functools import partial

import pytest

from grader.checking import check
from tests.hostile import counted

WRITTEN_AROUND = (
    # type, key, answer, verdict
    ("real", "3/8", r"$\boxed{\frac{3}{8}}$", "correct"),
    ("real", "3/8", r"Adding both gives $\boxed{\dfrac38}$, as claimed.", "correct"),
    ("real", "3/8", r"First \boxed{1}, and in the end \boxed{3/8}.", "correct"),
    ("real", "3/8", r"\boxed{3/5} is what I get", "incorrect"),
    ("integer", "117", r"so it is \boxed 117", "correct"),
    ("integer", "117", r"so it is boxed(117)", "correct"),
    ("integer", "117", r"\boxed{117", "unreadable"),
    ("integer", "117", "<answer>117</answer>", "correct"),
    ("integer", "117", "<answer>171</answer>", "incorrect"),
    ("integer", "117", "It has 13 rows of 9.\n#### 117", "correct"),
    ("integer", "117", "The final answer is $117$. I hope it is correct.", "correct"),
    ("integer", "117", "Final Answer: The largest $n$ is 117.", "correct"),
    ("integer", "117", "**Answer:** 117", "correct"),
    ("integer", "117", "The number of weights is not 117", "unreadable"),
    ("integer", "117", "结果不是117", "unreadable"),
    ("integer", "117", "这一层的参数个数是117", "correct"),
    ("integer", "117", "If the bias is left out it is 117", "unreadable"),
    ("integer", "6", "x = 5 or x = 6", "unreadable"),
    ("integer", "6", "x = 5, y = 6", "unreadable"),
    ("integer", "6", "n = 5; k = 6", "unreadable"),
    ("integer", "30", r"\begin{align*} 5 \cdot 6 &= 30 \end{align*}", "correct"),
    ("real", "3/8", r"\[ \frac{3}{8}. \]", "correct"),
    ("real", "3/8", r"$\frac{3}{8},$", "correct"),
    ("real", "40", "_40°_", "correct"),
    ("vector", "(4, -1)", r"Hence $(u, v) = \boxed{\left( 4, -1 \right)}.$", "correct"),
    ("vector", "(4, -1)", "(u, v) = (-1, 4)", "incorrect"),
    ("matrix", r"\begin{pmatrix} 2 & 5 \\ 0 & 7 \end{pmatrix}", r"The product is $\begin{bmatrix} 2 & 5 \\ 0 & 7 \end{bmatrix}$.", "correct"),
    ("matrix", r"\begin{pmatrix} 2 & 5 \\ 0 & 7 \end{pmatrix}", r"\left[\begin{array}{cc} 2 & 5 \\ 0 & 8 \end{array}\right]", "partial"),
)  # fmt: skip

UNITS = (
    ("real", "12.5", "12.5 cm", "correct"),
    ("real", "12.5", r"12.5\text{ cm}^2", "correct"),
    ("real", "12.5", r"12.5 \mbox{ inches}", "correct"),
    ("real", "12.5", "12.5 square units", "correct"),
    ("real", "12.5", "12.5 m/s^2", "correct"),
    ("real", "12.5", "12.5 km h^-1", "correct"),
    ("real", "12.5", "$12.50", "correct"),
    ("real", "12.5", r"\$12.50", "correct"),
    ("real", "-12.5", "-€12.50", "correct"),
    ("real", "12.5", "12.5€", "correct"),
    ("real", "12.5", "1.25 cm", "incorrect"),
    ("real", "35", r"35^{\circ}", "correct"),
    ("real", "35", "35°", "correct"),
    ("real", "35", "35 degrees", "correct"),
    ("real", "0.35", "35 percent", "correct"),
    ("real", "0.35", "35 pct", "correct"),
    ("real", "0.35", "35", "incorrect"),
    ("real", "35", "0.35", "incorrect"),
    ("integer", "25000000", "25M params", "correct"),
    ("integer", "25", "25m", "unreadable"),
    ("integer", "25000000", r"25\text{ million}", "correct"),
    ("real", "1/2", r"\cos 60^\circ", "correct"),
    ("real", "1/2", r"\sin(30°)", "correct"),
    ("real", "1/2", r"\sin 30", "incorrect"),
)

FIGURES = (
    ("integer", "27416", r"27{,}416", "correct"),
    ("integer", "27416", r"27,\!416", "correct"),
    ("integer", "27416", "27, 416", "unreadable"),
    ("integer", "27416", r"27{,}461", "incorrect"),
    ("real", "2.75", r"2{,}75", "correct"),
    ("real", "2.75", "2 3/4", "correct"),
    ("real", "2.75", r"2\frac34", "correct"),
    ("real", "2.75", r"2\frac{3}{4}", "correct"),
    ("real", "3", "2 3/3", "unreadable"),
    ("real", "11/3", "2 5/3", "unreadable"),
    ("real", "2.75", "2\n3/4", "unreadable"),
    ("real", "450000", "4.5x10^5", "correct"),
    ("real", "450000", r"4.5\times 10^{5}", "correct"),
    ("real", "5/9", "5:9", "correct"),
    ("real", "5/9", "9:5", "incorrect"),
)

NOTATIONS = (
    ("real", "7/9", r"0.\overline{7}", "correct"),
    ("real", "7/9", "0.777...", "correct"),
    ("real", "7/9", "0.77", "incorrect"),
    ("real", "7/9", r"0.\overline{8}", "incorrect"),
    ("real", "16/15", r"1.0\overline{6}", "correct"),
    ("real", "3/7", "0.428571428571…", "correct"),
    ("real", "3/7", "0.4285...", "unreadable"),
    ("integer", "233", "1413_5", "correct"),
    ("integer", "1413_5", r"1413_{5}", "correct"),
    ("integer", "1413_5", "1413", "incorrect"),
    ("integer", "1413_5", "1431_5", "incorrect"),
    ("integer", "1413", "1413_3", "unreadable"),
    ("integer", "5", r"\text{5}", "correct"),
    ("text", r"\text{odd}", "odd", "correct"),
    ("choice", "C", r"$\boxed{\text{(C)}}$", "correct"),
    ("choice", "C", r"\mathrm{D}", "incorrect"),
    ("matrix", "[[4, 0], [1, 4]]", r"The matrix that was asked for is $\begin{pmatrix}4&0\\1&4\end{pmatrix}$, of course", "correct"),
    ("real", "4", r"It is surely not $4$", "unreadable"),
)  # fmt: skip

SOLUTIONS = (
    # key, answer, verdict: sets, intervals, conditions
    ("{4, 9}", "9, 4", "correct"),
    ("{4, 9}", r"\boxed{9} and \boxed{4}", "correct"),
    ("{4, 9}", r"\boxed{9}, \boxed{5}", "incorrect"),
    ("{4, 9}", "x = 4或x = 9", "correct"),
    ("{4, 9}", "x = 4 or x = -9", "incorrect"),
    (r"2 \pm \sqrt{7}", r"2 - \sqrt{7}, 2 + \sqrt{7}", "correct"),
    (r"2 \pm \sqrt{7}", r"2 + \sqrt{7}", "incorrect"),
    (r"(-\infty, 4) \cup [9, \infty)", "x < 4 or x >= 9", "correct"),
    (r"(-\infty, 4) \cup [9, \infty)", "x<4或x≥9", "correct"),
    (r"(-\infty, 4) \cup [9, \infty)", r"(-\infty, 4) \cup (9, \infty)", "incorrect"),
    ("(4, 9]", r"4 < x \le 9", "correct"),
    ("(4, 9]", r"x\in(4,9]", "correct"),
    ("(4, 9]", "[4, 9)", "incorrect"),
    ("[4, 9]", "(4, 9)", "incorrect"),
    (r"(4, \infty)", r"(4, -\infty)", "incorrect"),
    (r"(-\infty, 4)", r"(\infty, 4)", "incorrect"),
    ("x >= 4", r"We need $x \geq 4$ for this.", "correct"),
    ("x >= 4", r"We need $x \leq 4$ for this.", "incorrect"),
    ("g(4) < g(1) < g(9)", "g(4) < g(1) < g(9)", "correct"),
    ("g(4) < g(1) < g(9)", "g(9) < g(1) < g(4)", "incorrect"),
    ("u^2 + 2uv + v^2", "(u + v)^2", "correct"),
    ("u^2 + 2uv + v^2", "(u - v)^2", "incorrect"),
)

FUNCTIONS = (
    # key, answer, verdict: formulas
    ("720", "6!", "correct"),
    ("144", "3!4!", "correct"),
    ("n*(n-1)", r"\frac{n!}{(n-2)!}", "correct"),
    ("n*(n-1)", r"\frac{n!}{(n-1)!}", "incorrect"),
    ("n*(n-1)/2", r"\binom{n}{2}", "correct"),
    ("n*(n-1)/2", r"{n \choose 2}", "correct"),
    ("n*(n+1)/2", r"\binom{n}{2}", "incorrect"),
    ("n*(n+1)/2", r"\sum_{k=1}^{n} k", "correct"),
    ("n*(n+1)/2", r"\sum_{k=1}^{n-1} k", "incorrect"),
    ("2^n", r"\prod_{k=1}^{n} 2", "correct"),
    ("140", r"\sum _{k=1}^{7} k^2", "correct"),
    ("1", "gcd(n, n+1)", "correct"),
    ("n*(n+1)", "lcm(n, n+1)", "correct"),
    ("n*log2(n)", "nlog_2(n)", "correct"),
    ("n*2^n", "n 2^n", "correct"),
)
REALS = (
    ("1 + tan(x)^2", r"\sec^2 x", "correct"),
    ("1 + tan(x)^2", r"\csc^2 x", "incorrect"),
    ("1/tan(x)", r"\cot x", "correct"),
    ("asin(x/10)", r"\sin^{-1}\left(\frac{x}{10}\right)", "correct"),
    ("asin(x/10)", r"\frac{1}{\sin(x/10)}", "incorrect"),
    ("atan(x)", r"\arctan x", "correct"),
    ("atan(x)", r"\tan^{-1} x", "correct"),
    ("ln(x + sqrt(x^2 + 1))", r"\operatorname{arsinh}(x)", "correct"),
    ("sin(x)^2", r"\sin^2 x", "correct"),
    ("sin(x)^2", r"\sin x^2", "incorrect"),
    ("abs(x)*abs(y)", "|x||y|", "correct"),
    ("abs(x*y)", r"\left|x\right|\left|y\right|", "correct"),
    ("abs(x) + abs(y)", "|x + y|", "incorrect"),
    ("x^(1/3)*y", r"\sqrt[3]{x}\,y", "correct"),
    ("x^(1/3)", "∛x", "correct"),
    ("7*(1 + x)", "7[1 + x]", "correct"),
    ("7 + x", "7[1 + x]", "incorrect"),
    ("x/2", r"\frac x2", "correct"),
    ("sin(2*x)", r"\sin 2x", "correct"),
    ("sin(2*x)", r"2\sin x\cos x", "correct"),
    ("sin(-x)", r"\sin -x", "correct"),
)
LOGARITHMS = (
    ("ln(x*y)", r"\ln xy", "correct"),
    ("ln(x)*y", r"\ln xy", "incorrect"),
    ("ln(x)/ln(11)", r"\log_{11} x", "correct"),
    ("ln(x)/ln(11)", "log_11(x)", "correct"),
    ("ln(x)/ln(y)", r"\log_y x", "correct"),
    ("ln(x)/ln(y)", r"\log_x y", "incorrect"),
    ("ln(x)/(2*ln(y))", r"\log_{y^2} x", "correct"),
    ("ln(x)/ln(2.5)", "log_2.5 x", "correct"),
    ("log2(x)", r"\log _2 x", "correct"),
    ("log2(x)^2", "log_2² x", "correct"),
    ("log2(x)", r"\lg x", "incorrect"),
)


def verdict_on(kind: str, key: str, answer: str, **more: object) -> str:
    """The verdict on one answer."""
    reply = check({"type": kind, "key": key, "answer": answer, **more})
    return str(reply["verdict"])


@pytest.mark.parametrize(("kind", "key", "answer", "verdict"), [*WRITTEN_AROUND, *UNITS, *FIGURES, *NOTATIONS])
def test_what_stands_around_an_answer_is_passed_over(kind: str, key: str, answer: str, verdict: str) -> None:
    """Boxes, sentences, units and signs of money; what is no answer to the question is not taken for one."""
    assert verdict_on(kind, key, answer) == verdict


@pytest.mark.parametrize(("key", "answer", "verdict"), SOLUTIONS)
def test_solutions(key: str, answer: str, verdict: str) -> None:
    """Sets, intervals and conditions, in the ways in which they are listed and joined; names are not declared."""
    assert verdict_on("expression", key, answer) == verdict


@pytest.mark.parametrize(("key", "answer", "verdict"), FUNCTIONS)
def test_formulas_of_counts(key: str, answer: str, verdict: str) -> None:
    """Factorials, binomials, sums and products, divisors."""
    assert verdict_on("expression", key, answer, variables={"n": "integer"}) == verdict


@pytest.mark.parametrize(("key", "answer", "verdict"), REALS)
def test_formulas_of_reals(key: str, answer: str, verdict: str) -> None:
    """Functions with and without brackets, inverses, roots, bars."""
    assert verdict_on("expression", key, answer, variables={"x": "real", "y": "real"}) == verdict


@pytest.mark.parametrize(("key", "answer", "verdict"), LOGARITHMS)
def test_logarithms(key: str, answer: str, verdict: str) -> None:
    """Logarithms to any base, and what belongs to their argument."""
    assert verdict_on("expression", key, answer, variables={"x": "positive", "y": "positive"}) == verdict


@pytest.mark.parametrize(
    ("answer", "unit"),
    [("3 cm", "cm"), (r"3\text{ cm}^2", "cm^2"), ("9.81 m/s²", "m/s^2"), ("40°C", "°C"), ("$5", "$"), ("12 params", "params"), ("12", None)],
)  # fmt: skip
def test_units_are_remembered(answer: str, unit: str | None) -> None:
    """A unit that is passed over is kept with the reading, in one spelling."""
    from grader.reading import Reading, read

    found = read(answer, "real")
    assert isinstance(found, Reading)
    assert found.unit == unit


@pytest.mark.parametrize(
    "text",
    [
        "\\boxed{" * 150,
        "is " * 300,
        "1{,}234" * 140,
        "#### " * 190,
        "5 " + "m/" * 300,
        "<answer>" * 100,
        "100" * 300 + "{",
    ],
)
def test_repeated_marks_are_read_with_little_work(text: str) -> None:
    """What looks for boxes, sentences and units takes work in proportion to the text."""
    for kind in ("real", "vector", "expression"):
        _, calls = counted(partial(verdict_on, kind, "5", text))
        assert calls < 200_000
