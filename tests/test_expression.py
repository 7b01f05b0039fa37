"""The grammar of expressions: what is read, what it is worth, what is refused and where."""

from __future__ import annotations

import math
import pickle
import re
import time
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from solvers.expression import ExpressionError, evaluate, holds, names_in, parse, to_plain
from solvers.expression import errors as mistakes
from solvers.expression.grammar import LONGEST
from solvers.values import Shape, array, same
from tests.hostile import HOSTILE

VALUES: dict[str, Any] = {
    "n": 28, "k": 5, "s": 2, "p": 1, "d": 3, "h": 4, "x": Fraction(1, 2), "k'": 7, "d_k": 64, "W_f": 6, "h_{t-1}": 9, "delta1": 8,
    "alpha": 10, "y_hat": 11, "宽度": 12, "v": array([1, 2, 3]), "w": array([4, 5, 6]), "A": array([[1, 2], [3, 4]]),
    "shape": Shape((64, 112)), "mode": "same",
}  # fmt: skip
NAMES = frozenset(VALUES)

NUMBERS = (
    ("55", 55),
    ("0.5", Fraction(1, 2)),
    (".5", Fraction(1, 2)),
    ("5.", 5),
    ("1_234", 1234),
    ("3e-2", Fraction(3, 100)),
    ("1.2e-3", Fraction(3, 2500)),
    ("3×10^-2", Fraction(3, 100)),
    ("3 \\times 10^{-2}", Fraction(3, 100)),
    ("½", Fraction(1, 2)),
    ("1½", Fraction(3, 2)),
    ("1 1/2", Fraction(3, 2)),
    ("1\\frac{1}{2}", Fraction(3, 2)),
    ("50%", Fraction(1, 2)),
    ("50\\%", Fraction(1, 2)),
    ("２５＋１", 26),
    ("（１＋２）×３", 9),
    ("−3", -3),
    ("6 ÷ 4", Fraction(3, 2)),
    ("𝟚+1", 3),
    ("2.5M", 2_500_000),
    ("2.5万", 25_000),
    ("1.3亿", 130_000_000),
    ("138 million", 138_000_000),
)
ARITHMETIC = (
    ("1 + 2*3", 7),
    ("7 - 2 - 1", 4),
    ("8/4/2", 1),
    ("1/2x", Fraction(1, 4)),
    ("2^3^2", 512),
    ("2**3", 8),
    ("2^-3", Fraction(1, 8)),
    ("-3^2", -9),
    ("(-3)^2", 9),
    ("x²", Fraction(1, 4)),
    ("10⁻²", Fraction(1, 100)),
    ("7 // 2", 3),
    ("-7 // 2", -4),
    ("k % 2", 1),
    ("n mod 5", 3),
    ("n \\bmod 5", 3),
    ("4^(1/2)", 2),
    ("8^(1/3)", 2),
    ("(-8)^(1/3)", -2),
    ("(-1)^999999", -1),
    ("1^(10^300)", 1),
    ("0^0", 1),
)
NAMED = (
    ("2x", 1),
    ("2(n+1)", 58),
    ("n d", 84),
    ("nd", 84),
    ("4h(d+h+1)", 128),
    ("2nd(k - 1)", 672),
    ("k'", 7),
    ("k′ + k’", 14),
    ("k^\\prime", 7),
    ("d_k", 64),
    ("d_{k}", 64),
    ("dk", 64),
    ("d_{\\text{k}}", 64),
    ("W_f x", 3),
    ("\\mathbf{W}_f", 6),
    ("h_{t-1}", 9),
    ("hₜ₋₁", 9),
    ("delta1", 8),
    ("delta_1", 8),
    ("δ1", 8),
    ("α", 10),
    ("\\alpha", 10),
    ("\\alpha n", 280),
    ("\\hat{y}", 11),
    ("ŷ", 11),
    ("宽度*2", 24),
    ("2 宽度", 24),
    ("nlog2(s)", 28),
)
FUNCTIONS = (
    ("sin(500pi)", 0),
    ("\\cos(60^\\circ)", Fraction(1, 2)),
    ("sin(n*pi/6 + pi/2)", Fraction(-1, 2)),
    ("-tan(135°)", 1),
    ("sec(2pi) + csc(-pi/2)", 0),
    ("log(125, 5)", 3),
    ("\\left\\lceil \\log_{5}\\left(125\\right) \\right\\rceil", 3),
    ("ceil(ln(125)/ln(5))", 3),
    ("floor(x^2*2.9999/0.25)", 2),
    ("\\mathbf{1}\\left[n \\ge 0\\right]", 1),
    ("2 \\cdot \\mathbf{1}[x > p] - 1", -1),
    ("n*1[0 < x < 1]", 28),
    ("\\mathbb{1}\\{n = k\\}", 0),
    ("1[n > 1 and not (k > 1)]", 0),
    ("floor((n-k)/s)+1", 12),
    ("⌊(n-k)/s⌋+1", 12),
    ("\\left\\lfloor \\frac{n + 2 \\cdot p - k'}{s} \\right\\rfloor + 1", 12),
    ("⌈7/2⌉", 4),
    ("\\lceil 7/2 \\rceil", 4),
    ("|p - 3|", 2),
    ("2|p - 3|", 4),
    ("|\\left|p - 3\\right| - 5|", 3),
    ("\\left|p-3\\right|", 2),
    ("sqrt(9)", 3),
    ("√9", 3),
    ("2√9", 6),
    ("\\sqrt{9}", 3),
    ("\\sqrt[3]{27}", 3),
    ("\\sqrt9", 3),
    ("\\frac12", Fraction(1, 2)),
    ("\\tfrac{1}{2}", Fraction(1, 2)),
    ("\\frac{1}2 x", Fraction(1, 4)),
    ("σ(0)", Fraction(1, 2)),
    ("\\sigma(0)", Fraction(1, 2)),
    ("sigma(0)", Fraction(1, 2)),
    ("logistic(0)", Fraction(1, 2)),
    ("\\operatorname{relu}(-3)", 0),
    ("\\mathrm{ReLU}(3)", 3),
    ("max(0, n)", 28),
    ("\\max\\left(0, -n\\right)", 0),
    ("\\max\\{1, 2\\}", 2),
    ("min(3; 2)", 2),
    ("log2(8)", 3),
    ("log_2(8)", 3),
    ("\\log_2 8", 3),
    ("\\log_{10}(1000)", 3),
    ("lg 100", 2),
    ("log(8, 2)", 3),
    ("exp(0)", 1),
    ("e^0", 1),
    ("ln 1", 0),
    ("tanh(0)", 0),
    ("1 - \\tanh^2(0)", 1),
    ("cos 0", 1),
    ("round(5/2)", 3),
    ("sum(1, 2, 3)", 6),
    ("mean([1, 2])", Fraction(3, 2)),
    ("len(v)", 3),
    ("len(shape)", 2),
    ("np.exp(0) + math.sqrt(4)", 3),
    ("\\|[3, 4]\\|", 5),
)
TRANSCENDENTAL = (
    ("e^2/(1+e^2)", math.exp(2) / (1 + math.exp(2))),
    ("\\frac{1}{1+e^{-2}}", 1 / (1 + math.exp(-2))),
    ("2π", 2 * math.pi),
    ("\\pi", math.pi),
    ("pi/2", math.pi / 2),
    ("ln(2)", math.log(2)),
    ("\\ln 2\\pi", math.log(2 * math.pi)),
    ("sin(1)", math.sin(1)),
    ("2^0.5", math.sqrt(2)),
    ("∞", math.inf),
    ("-\\infty", -math.inf),
)
ARRAYS = (
    ("[1, 2]", [1, 2]),
    ("(1, 2)", [1, 2]),
    ("1, 2", [1, 2]),
    ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
    ("\\begin{pmatrix}1 & 2\\\\ 3 & 4\\end{pmatrix}", [[1, 2], [3, 4]]),
    ("\\begin{bmatrix}1\\\\2\\\\\\end{bmatrix}", [1, 2]),
    ("\\left[\\begin{array}{cc}1&2\\\\3&4\\end{array}\\right]", [[1, 2], [3, 4]]),
    ("v + w", [5, 7, 9]),
    ("1 - v", [0, -1, -2]),
    ("2v", [2, 4, 6]),
    ("v/2", [Fraction(1, 2), 1, Fraction(3, 2)]),
    ("v^2", [1, 4, 9]),
    ("v ⊙ w", [4, 10, 18]),
    ("v \\odot w", [4, 10, 18]),
    ("v \\cdot w", 32),
    ("v^\\top w", 32),
    ("v^T w", 32),
    ("v.T @ w", 32),
    ("[1, 2] [3, 4]^\\top", [[3, 4], [6, 8]]),
    ("[1, 2] ⊗ [3, 4]", [[3, 4], [6, 8]]),
    ("A [1, 1]", [3, 7]),
    ("A A", [[7, 10], [15, 22]]),
    ("A^T", [[1, 3], [2, 4]]),
    ("[1, 1]^T A", [4, 6]),
    ("A + [10, 20]", [[11, 22], [13, 24]]),
    ("A[1, 0]", 3),
    ("A[0]", [1, 2]),
    ("v[0] + v[-1]", 4),
    ("shape[1]", 112),
    ("relu([-1, 2])", [0, 2]),
    ("max(0, v - 2)", [0, 0, 1]),
    ("\\min\\left(0, 2 - v\\right)", [0, 0, -1]),
    ("\\mathbf{1}\\left[v \\ne [1, 5, 3]\\right]", [0, 1, 0]),
    ("softmax([5, 5])", [Fraction(1, 2), Fraction(1, 2)]),
    ("sum(v)", 6),
)
CONDITIONS = (
    ("n + 2*p >= d*(k - 1) + 1", True),
    ("2*p <= k", True),
    ("k % 2 == 1", True),
    ("n != k and p < d", True),
    ("n == k or p < d", True),
    ("s in [1, 2]", True),
    ("s not in (1, 2)", False),
    ("not (s in [1, 2])", False),
    ("not s == 2 and 1/0 == 1", False),
    ("0 <= p < k", True),
    ("0 <= p < k < 3", False),
    ("n ≥ k ∧ p ≠ d", True),
    ("n \\le k", False),
    ("mode == 'same'", True),
    ('mode in "samesame"', True),
    ("v == [1, 2, 3]", True),
    ("len(v) = 3", True),
    ("true", True),
    ("v[0] < v[1]", True),
)


@pytest.mark.parametrize(
    ("text", "value"),
    NUMBERS + ARITHMETIC + NAMED + FUNCTIONS,
    ids=[t for t, _ in NUMBERS + ARITHMETIC + NAMED + FUNCTIONS],
)
def test_the_value_is_exact(text: str, value: int | Fraction) -> None:
    """Whole numbers and fractions stay what they are; no float on the way."""
    found = evaluate(parse(text, NAMES), VALUES)
    assert type(found) is type(value)
    assert found == value


@pytest.mark.parametrize(("text", "value"), TRANSCENDENTAL, ids=[t for t, _ in TRANSCENDENTAL])
def test_a_transcendental_value_is_a_float(text: str, value: float) -> None:
    found = evaluate(parse(text, ()))
    assert isinstance(found, float)
    assert found == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(("text", "value"), ARRAYS, ids=[t for t, _ in ARRAYS])
def test_arrays_follow_linear_algebra(text: str, value: Any) -> None:
    expected = array(value) if isinstance(value, list) else value
    assert same(evaluate(parse(text, NAMES), VALUES), expected, 0)


@pytest.mark.parametrize(("text", "truth"), CONDITIONS, ids=[t for t, _ in CONDITIONS])
def test_a_condition_holds_or_not(text: str, truth: bool) -> None:
    assert holds(text, VALUES) is truth


def test_what_is_no_condition_is_refused() -> None:
    with pytest.raises(mistakes.WrongKind):
        holds("n + 1", VALUES)
    with pytest.raises(mistakes.UnknownName) as caught:
        holds("padding > 1", {"pading": 2})
    assert caught.value.nearest == "pading"


def test_any_word_is_a_name_where_none_is_declared() -> None:
    assert names_in(parse("effective_kernel + alpha*nd - e^x + sqrt(y)")) == {
        "effective_kernel",
        "alpha",
        "nd",
        "x",
        "y",
    }


def test_a_name_that_looks_like_a_magnitude_or_a_function_is_a_name_if_declared() -> None:
    assert evaluate(parse("2k", ("k",)), {"k": 5}) == 10
    assert evaluate(parse("sigma(x + 1)", ("sigma", "x")), {"sigma": 2, "x": 3}) == 8
    assert evaluate(parse("2e", ("e",)), {"e": 5}) == 10


@pytest.mark.parametrize(
    "text", ["\\sigma(x)", "e^x", "2\\pi x", "relu(x)", "max(x, 0)", "sqrt(x)", "|x|", "sin x", "x^(1/2)"]
)
def test_with_symbols_every_function_stays_symbolic(text: str) -> None:
    x = sympy.Symbol("x", real=True)
    symbolic = evaluate(parse(text, ("x",)), {"x": x})
    number = evaluate(parse(text, ("x",)), {"x": 2})
    assert float(symbolic.subs(x, 2)) == pytest.approx(float(number))


ECHOES = (
    ("4h(d+h+1)", "4*h*(d + h + 1)"),
    ("\\frac{n+2p-k'}{s}", "(n + 2*p - k')/s"),
    ("((n))", "n"),
    ("(n*d)/(h)", "n*d/h"),
    ("n/(d*h)", "n/(d*h)"),
    ("n-(d-h)", "n - (d - h)"),
    ("(-n)^2", "(-n)^2"),
    ("-n^2", "-n^2"),
    ("n^{-x}", "n^-x"),
    ("n^(x+1)", "n^(x + 1)"),
    ("(n^2)^3", "(n^2)^3"),
    ("⌊n/2⌋", "floor(n/2)"),
    ("1½ + ½", "3/2 + 1/2"),
    ("½^2", "(1/2)^2"),
    ("10^-2½", "10^(-5/2)"),
    ("50%", "50%"),
    ("１２．５", "12.5"),
    ("2.5M", "2500000"),
    ("v^\\top w", "v^T*w"),
    ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "[1, 2]"),
    ("not (n > 1 or d < 2) and h == 3", "not (n > 1 or d < 2) and h = 3"),
    ("mode == 'same'", 'mode = "same"'),
    ("A[1,0]", "A[1, 0]"),
    ("n \\bmod 2", "n % 2"),
    ("n*\\mathbf{1}\\left[x > 0\\right]", "n*1[x > 0]"),
)


@pytest.mark.parametrize(("text", "echo"), ECHOES, ids=[t for t, _ in ECHOES])
def test_the_echo_has_no_needless_bracket(text: str, echo: str) -> None:
    assert to_plain(parse(text, NAMES)) == echo


def formulas() -> st.SearchStrategy[str]:
    """Formulas in n, d and h that have every operator and some brackets."""
    leaf = st.sampled_from(["n", "d", "h", "2", "0.5", "½", "3e-1", "1 1/2"])

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pair = st.tuples(inner, st.sampled_from([" + ", " - ", "*", "/", "^", " "]), inner)
        return st.one_of(
            st.tuples(st.sampled_from(["(", "-(", "floor(", "|(", "√("]), inner).map(
                lambda parts: parts[0] + parts[1] + (")|" if parts[0] == "|(" else ")")
            ),
            pair.map(lambda parts: f"({parts[0]}){parts[1]}({parts[2]})"),
            pair.filter(lambda parts: parts[1] != " ")
            .map("".join)
            .filter(lambda text: not re.search(r"[/^]1 1/2", text)),
        )

    return st.recursive(leaf, grown, max_leaves=8)


def worth(text: str) -> Any:
    """The value at one point, or the code of the mistake."""
    try:
        return evaluate(parse(text, ("n", "d", "h")), {"n": 3, "d": 5, "h": Fraction(7, 2)})
    except ExpressionError as error:
        return error.code


@given(formulas())
def test_the_echo_means_the_same(text: str) -> None:
    """Whatever is typed, its echo read again has the same value."""
    echo = to_plain(parse(text, ("n", "d", "h")))
    first, second = worth(text), worth(echo)
    assert first == second or first == pytest.approx(second, rel=1e-12), echo


MISTAKES = (
    # The mark stands where the caret has to.
    ("2 + !* 3", mistakes.MissingOperand),
    ("2 ^ (1 + !)", mistakes.MissingOperand),
    ("!", mistakes.MissingOperand),
    ("n +!", mistakes.MissingOperand),
    ("(!)", mistakes.MissingOperand),
    ("3 * !zz", mistakes.UnknownName),
    ("\\frac{n}{!\\beta}", mistakes.UnknownName),
    ("（１＋!ｚ）", mistakes.UnknownName),
    ("n + !foo(2)", mistakes.UnknownFunction),
    ("(1 + 2!", mistakes.UnclosedBracket),
    ("[1, 2!)", mistakes.UnclosedBracket),
    ("⌊n/2!", mistakes.UnclosedBracket),
    ("\\begin{pmatrix}1&2!", mistakes.UnclosedBracket),
    ("1 + 2!)", mistakes.UnopenedBracket),
    ("3 !4", mistakes.MissingOperator),
    ("n !2", mistakes.MissingOperator),
    ("1/2 !1/2", mistakes.MissingOperator),
    ("3*!×4", mistakes.MissingOperand),
    ("3×!×4", mistakes.MissingOperand),
    ("5 %!%", mistakes.MissingOperand),
    ("\\begin{pmatrix} 1 & 2 \\\\ 3 & !\\end{pmatrix}", mistakes.MissingOperand),
    ("(1 + 2!]", mistakes.UnclosedBracket),
    ("n + !tanh", mistakes.MissingArgument),
    ("n !log", mistakes.MissingArgument),
    ("!\\alhpa + 1", mistakes.UnknownCommand),
    ("2 + !\\sum k", mistakes.MissingLimits),
    ("!∑_{k} k", mistakes.MissingLimits),
    ("n!.d", mistakes.UnexpectedCharacter),
    ("n !# 2", mistakes.UnexpectedCharacter),
    ("2!\\foo", mistakes.UnknownCommand),
    ("!_x", mistakes.UnexpectedCharacter),
    ("n + !\u202e3", mistakes.UnexpectedCharacter),
    ("1, 2, !..., 9", mistakes.Elided),
    ("1, !\\dots, 9", mistakes.Elided),
    ("[[1, 2], ![3]]", mistakes.UnevenRows),
    ("\\begin{pmatrix}1&2\\\\!3\\end{pmatrix}", mistakes.UnevenRows),
    ("1 + max(!)", mistakes.MissingOperand),
    ("1 + !ln(1, 2)", mistakes.WrongArguments),
    ("1 + !1e999999", mistakes.TooLarge),
    ("1/!0", mistakes.DividedByZero),
    ("1 + !ln(0)", mistakes.OutsideDomain),
    ("1 + (!-2)^0.5", mistakes.OutsideDomain),
    ("v[!3]", mistakes.NoSuchElement),
    ("v[!x]", mistakes.NoSuchElement),
    ("v + ![1, 2]", mistakes.ShapesDiffer),
    ("A !v", mistakes.ShapesDiffer),
    ("n > 1 and !d", mistakes.WrongKind),
    ("!9^9^9", mistakes.TooLarge),
    ("!true + 1", mistakes.WrongKind),
    ("∞ - !∞", mistakes.OutsideDomain),
    ("[∞, 1]·![0, 1]", mistakes.OutsideDomain),
)


def refusal(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse(text, NAMES), VALUES)
    return caught.value


@pytest.mark.parametrize(("case", "kind"), MISTAKES, ids=[case for case, _ in MISTAKES])
def test_a_mistake_is_named_and_found(case: str, kind: type[ExpressionError]) -> None:
    """Each mistake has its class, and its offset counts the characters that were typed."""
    error = refusal(case.replace("!", "", 1))
    assert type(error) is kind
    assert error.offset == case.index("!")


def test_every_mistake_is_met_above() -> None:
    met = {kind for _, kind in MISTAKES} | {mistakes.TooLong, mistakes.TooDeep}
    assert met == set(ExpressionError.__subclasses__())


EACH = (*(case.replace("!", "", 1) for case, _ in MISTAKES), "(" * 100, "1" * (LONGEST + 1))


@pytest.mark.parametrize("text", EACH, ids=lambda text: text[:24])
def test_a_mistake_speaks_both_languages(text: str) -> None:
    """A sentence in each, a stable code, and the same mistake after a journey between processes."""
    error = refusal(text)
    assert error.text.en.endswith((".", "?"))
    assert error.text.zh.endswith(("。", "？"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(again), again.text, again.offset) == (type(error), error.text, error.offset)


def test_codes_are_short_and_differ() -> None:
    codes = [kind.code for kind in ExpressionError.__subclasses__()]
    assert len(set(codes)) == len(codes)
    assert all(code.replace("-", "").isalpha() and len(code) < 24 for code in codes)


SUGGESTIONS = (
    ("paddign", ("padding", "stride"), "padding"),
    ("Padding", ("padding", "stride"), "padding"),
    ("forgot", ("f", "i"), "f"),
    ("zzz", ("padding", "stride"), None),
)


@pytest.mark.parametrize(("word", "names", "nearest"), SUGGESTIONS, ids=[word for word, _, _ in SUGGESTIONS])
def test_an_unknown_name_suggests_the_nearest(word: str, names: tuple[str, ...], nearest: str | None) -> None:
    with pytest.raises(mistakes.UnknownName) as caught:
        parse(word, names)
    assert caught.value.nearest == nearest
    assert (nearest or "、".join(sorted(names))) in caught.value.text["zh"]


LIMITS = (
    "9**9**9",
    "2^4001",
    "10^-2000",
    "9^999*9^999",
    "(1/3)^2600",
    "1e401",
    "1" * 401,
    "(" * 61 + "1" + ")" * 61,
    "-" * 61 + "1",
    "2^" * 61 + "1",
    "5" + ".T" * 61,
    "+".join("1" * 5001),
    "[" + "1," * 400 + "1]⊗[" + "1," * 400 + "1]",
)


@pytest.mark.parametrize("text", LIMITS, ids=lambda text: text[:12])
def test_beyond_a_limit_is_refused(text: str) -> None:
    assert isinstance(refusal(text), (mistakes.TooLarge, mistakes.TooDeep, mistakes.TooLong))


WITHIN = ("2^3999", "1e400", "1" * 400, "(" * 29 + "1" + ")" * 29, "-" * 50 + "1", "+".join("1" * 4999))


@pytest.mark.parametrize("text", WITHIN, ids=lambda text: text[:12])
def test_within_the_limits_is_read(text: str) -> None:
    assert isinstance(evaluate(parse(text, ())), int)


def test_work_is_paid_from_the_budget() -> None:
    node = parse("+".join("1" * 200))
    assert evaluate(node) == 200
    with pytest.raises(mistakes.TooLarge):
        evaluate(node, budget=100)


def mistake(text: str, names: tuple[str, ...] | None) -> ExpressionError | None:
    """What is wrong with a text, or None if it has a value."""
    try:
        evaluate(parse(text, names), {"n": 3, "d": 5, "x": Fraction(1, 2)})
    except ExpressionError as error:
        return error
    return None


@pytest.mark.parametrize("names", [None, (), ("n", "d", "x")], ids=["any", "none", "some"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:16]))
def test_a_hostile_text_is_an_ordinary_mistake_or_value(text: str, names: tuple[str, ...] | None) -> None:
    start = time.process_time()
    error = mistake(text, names)
    assert time.process_time() - start < 20  # a hang, not a slow machine
    assert error is None or 0 <= error.offset <= max(len(text), LONGEST)


@given(st.text(max_size=40), st.sampled_from([None, ("n", "x")]))
def test_no_text_raises_anything_else(text: str, names: tuple[str, ...] | None) -> None:
    error = mistake(text, names)
    assert error is None or error.code
