"""Reading responses: what is understood of every form that people answer in, and where an unreadable one goes wrong."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from grader.reading import EXPECTED, Blank, Reading, Unreadable, Written, caret, read
from grader.reading.arrays import LONGEST as LONGEST_ARRAY
from questions.question import ResponseType
from solvers.expression import evaluate, names_in
from solvers.values import Shape
from tests.hostile import HOSTILE

TYPES = get_args(ResponseType)
NAMES = ("n", "k", "s", "p", "d", "h", "d_k", "W_f", "h_{t-1}", "k'", "alpha", "宽度")
OPTIONS = ("A", "B", "C", "D")
HALF = Fraction(1, 2)


def reading(text: str, kind: ResponseType, **question: Any) -> Reading:
    """The reading of a text that can be read."""
    found = read(text, kind, **question)
    assert isinstance(found, Reading), found
    return found


def nested(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


# ----------------------------------------------------------------------------------------------------------- numbers

INTEGERS = (
    ("55", 55),
    (" 55\n", 55),
    ("-3", -3),
    ("−3", -3),
    ("+3", 3),
    ("５５", 55),
    ("1,234", 1234),
    ("1，234", 1234),
    ("1 234", 1234),
    ("1'234", 1234),
    ("1,234,567", 1_234_567),
    ("1.234.567", 1_234_567),
    ("1_000", 1000),
    ("55.0", 55),
    ("55.", 55),
    ("55。", 55),
    ("(55)", 55),
    ("[55]", 55),
    ("$55$", 55),
    ("**55**", 55),
    ("`55`", 55),
    ('"55"', 55),
    ("\\boxed{55}", 55),
    ("o = 55", 55),
    ("x=55", 55),
    ("output size = 55", 55),
    ("P(y=1) = 55", 55),
    ("= 55", 55),
    ("答案：55", 55),
    ("答案是55", 55),
    ("Answer: 55", 55),
    ("the answer is 55", 55),
    ("so 55", 55),
    ("≈ 55", 55),
    ("约 55", 55),
    ("5*11 = 55", 55),
    ("(28 - 3)/1 + 1 = 26", 26),
    ("55 params", 55),
    ("55 parameters.", 55),
    ("55个", 55),
    ("15 zeros", 15),
    ("15 个零", 15),
    ("tensor(55)", 55),
    ("np.int64(55)", 55),
    ("55 个参数", 55),
    ("55像素", 55),
    ("55\\text{ bits}", 55),
    ("25.6M", 25_600_000),
    ("25.6M params", 25_600_000),
    ("1.2k", 1200),
    ("138 million", 138_000_000),
    ("2.5万", 25_000),
    ("1.3亿个参数", 130_000_000),
    ("2^3", 8),
    ("2**3", 8),
    ("2³", 8),
    ("3×4", 12),
    ("floor(7/2)", 3),
    ("⌊7/2⌋", 3),
    ("1e3", 1000),
    ("9" * 90, int("9" * 90)),
    ("55.5", Fraction(111, 2)),
)
REALS = (
    ("0.5", HALF),
    (".5", HALF),
    ("０．５", HALF),
    ("0,5", HALF),
    ("3,14", Fraction(157, 50)),
    ("0,123", Fraction(123, 1000)),
    ("1.234", Fraction(617, 500)),
    ("1,234.5", Fraction(2469, 2)),
    ("1.234,5", Fraction(2469, 2)),
    ("1 234,5", Fraction(2469, 2)),
    ("1'234.5", Fraction(2469, 2)),
    ("1,5e-3", Fraction(3, 2000)),
    ("1/2", HALF),
    ("-1/2", -HALF),
    ("4/2", 2),
    ("1÷2", HALF),
    ("\\frac{1}{2}", HALF),
    ("1 1/2", Fraction(3, 2)),
    ("1½", Fraction(3, 2)),
    ("½", HALF),
    ("50%", HALF),
    ("50 ％", HALF),
    ("62.25\\%", Fraction(249, 400)),
    ("3e-2", Fraction(3, 100)),
    ("1.2E-3", Fraction(3, 2500)),
    ("3×10^-2", Fraction(3, 100)),
    ("3 \\cdot 10^{-2}", Fraction(3, 100)),
    ("3×10⁻²", Fraction(3, 100)),
    ("σ(0)", HALF),
    ("p = 0.5", HALF),
    ("0.4999 ≈ 0.5", HALF),
    ("tensor(0.5000, grad_fn=<SigmoidBackward0>)", HALF),
    ("np.float64(0.5)", HALF),
    ("array(0.5, dtype=float32)", HALF),
    ("50 ％。", HALF),
    ("５０％", HALF),
    ("1’234.5", Fraction(2469, 2)),
    ("max(0,5)", 5),
    ("about 0.5", HALF),
    ("((((0.5))))", HALF),
)
TRANSCENDENTAL = (
    ("π", 3.141592653589793),
    ("2π", 6.283185307179586),
    ("e^2/(1+e^2)", 0.8807970779778824),
    ("\\frac{1}{1+e^{-2}}", 0.8807970779778823),
    ("σ(2)", 0.8807970779778823),
    ("sqrt(2)", 1.4142135623730951),
    ("√2", 1.4142135623730951),
    ("ln 2", 0.6931471805599453),
    ("tanh(0.5)", 0.46211715726000975),
    ("-∞", float("-inf")),
)


@pytest.mark.parametrize(("text", "value"), INTEGERS, ids=[t[:24] for t, _ in INTEGERS])
def test_an_integer_is_read_exactly(text: str, value: int) -> None:
    found = reading(text, "integer").value
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(("text", "value"), REALS, ids=[t for t, _ in REALS])
def test_a_number_is_read_exactly(text: str, value: int | Fraction) -> None:
    found = reading(text, "real").value
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(("text", "value"), TRANSCENDENTAL, ids=[t for t, _ in TRANSCENDENTAL])
def test_a_transcendental_number_is_a_float(text: str, value: float) -> None:
    found = reading(text, "real").value
    assert isinstance(found, float)
    assert found == pytest.approx(value, rel=1e-14)


WRITTEN = (
    ("55", Written("integer", 0, 2)),
    ("1,200", Written("integer", 0, 4)),
    ("007", Written("integer", 0, 1)),
    ("0", Written("integer", 0, 1)),
    ("0.50", Written("decimal", 2, 2)),
    ("-0.050", Written("decimal", 3, 2)),
    ("0,50", Written("decimal", 2, 2)),
    ("5.", Written("decimal", 0, 1)),
    ("62.25%", Written("percent", 4, 4)),
    ("3e-2", Written("scientific", 2, 1)),
    ("1.20e3", Written("scientific", -1, 3)),
    ("3.0×10^-2", Written("scientific", 3, 2)),
    ("10^-3", Written("scientific", 3, 1)),
    ("25.6M", Written("scientific", -5, 3)),
    ("2.5万", Written("scientific", -3, 2)),
    ("2/4", Written("fraction", parts=(2, 4))),
    ("-2/4", Written("fraction", parts=(-2, 4))),
    ("\\frac{2}{4}", Written("fraction", parts=(2, 4))),
    ("-½", Written("fraction", parts=(-1, 2))),
    ("1 1/2", Written("mixed", parts=(1, 2))),
    ("1/2+1/4", Written("expression")),
    ("π", Written("expression")),
)


@pytest.mark.parametrize(("text", "written"), WRITTEN, ids=[t for t, _ in WRITTEN])
def test_how_a_number_is_written_is_kept(text: str, written: Written) -> None:
    assert reading(text, "real").written == written


ECHOES = (
    ("55", "55"),
    ("1,234", "1234"),
    ("1.234,50", "1234.50"),
    ("25.6M", "25600000"),
    ("1½", "3/2"),
    ("-½", "-1/2"),
    ("50%", "50%"),
    ("⌊7/2⌋", "floor(7/2) = 3"),
    ("√2", "sqrt(2) ≈ 1.4142"),
    ("o = 55", "55"),
)


@pytest.mark.parametrize(("text", "echo"), ECHOES, ids=[t for t, _ in ECHOES])
def test_what_was_understood_is_said(text: str, echo: str) -> None:
    assert reading(text, "real").echo == echo


NOTED = (
    ("1,234", "integer", "read as 1234"),
    ("0,5", "real", "read as 0.5"),
    ("1 234", "integer", "read as 1234"),
    ("o = 55", "integer", "“o =”"),
    ("5*11 = 55", "integer", "last equals sign"),
    ("55 params", "integer", "“params”"),
    ("[[1], [2]]", "vector", "column"),
    ("[[1, 2]]", "vector", "row"),
    ("0,5; 1,5", "vector", "decimal commas"),
    ("1/2n", "expression", "1/2*n"),
    ("Ω(n)", "complexity", "Ω"),
    ("０。６８７８", "real", "decimal point"),
    ("[0。5，1]", "vector", "decimal point"),
    ("2n的平方", "expression", "“的平方” was read as ^2"),
    ("n cubed", "complexity", "“cubed” was read as ^3"),
    ("{n, k, n}", "expression", "twice in a set"),
    ("B. because", "choice", "label B"),
    ("B, B", "choices", "twice"),
)


@pytest.mark.parametrize(("text", "kind", "said"), NOTED, ids=[t for t, _, _ in NOTED])
def test_a_decision_is_noted(text: str, kind: ResponseType, said: str) -> None:
    (note,) = reading(text, kind, names=NAMES, options=OPTIONS).notes
    assert said in note.en
    assert note.zh
    assert note.zh != note.en


@pytest.mark.parametrize("text", ["55", "0.5", "1/2", "3e-2", "[1, 2]", "n + 1"])
def test_nothing_is_noted_where_nothing_was_decided(text: str) -> None:
    kind: ResponseType = "vector" if text.startswith("[") else "expression" if "n" in text else "real"
    assert reading(text, kind, names=NAMES).notes == ()


def test_a_very_large_fraction_is_shown_rounded() -> None:
    assert reading("10^999/1009", "real").echo.endswith("400.3964")


def test_the_unit_is_remembered() -> None:
    assert reading("25.6M params", "integer").unit == "params"
    assert reading("55", "integer").unit is None


# ------------------------------------------------------------------------------------------------------------ arrays

ROW = [1, 2, 3]
VECTORS = (
    ("[1, 2, 3]", ROW),
    ("(1, 2, 3)", ROW),
    ("（１，２，３）", ROW),
    ("{1, 2, 3}", ROW),
    ("1, 2, 3", ROW),
    ("1，2、3", ROW),
    ("1 2 3", ROW),
    ("1; 2; 3", ROW),
    ("1\t2\t3", ROW),
    ("1\n2\n3", ROW),
    ("[1 2\n 3]", ROW),
    ("[1. 2. 3.]", ROW),
    ("1, 2, 3.", ROW),
    ("[1, 2, 3,]", ROW),
    ("array([1, 2, 3])", ROW),
    ("np.array([1., 2., 3.], dtype=float32)", ROW),
    ("tensor([1., 2., 3.])", ROW),
    ("tensor([1.0000e+00, 2.0000e+00, 3.0000e+00], device='cuda:0', grad_fn=<AddBackward0>)", ROW),
    ("torch.tensor([1, 2, 3], requires_grad=True)", ROW),
    ("tf.Tensor([1. 2. 3.], shape=(3,), dtype=float32)", ROW),
    ("[[1], [2], [3]]", ROW),
    ("tensor([1.,\n        2.,\n        3.])", ROW),
    ("[np.float64(1.0), np.float64(2.0), np.float64(3.0)]", ROW),
    ("[1.e+00 2.e+00 3.e+00]", ROW),
    ("|1|2|3|", ROW),
    ("[1, 2, 3]'", ROW),
    ("[１　２　３]", ROW),
    ("答案是：１，２，３。", ROW),
    ("\\left(1, 2, 3\\right)", ROW),
    ("[[1, 2, 3]]", ROW),
    ("[1, 2, 3]^T", ROW),
    ("(1, 2, 3)^\\top", ROW),
    ("\\begin{pmatrix}1\\\\2\\\\3\\end{pmatrix}", ROW),
    ("\\begin{bmatrix}1 & 2 & 3\\end{bmatrix}", ROW),
    ("h = [1, 2, 3]", ROW),
    ("答案：(1, 2, 3)", ROW),
    ("[1 -2]", [1, -2]),
    ("[1 - 2, 3]", [-1, 3]),
    ("[-1 / 2 3]", [-HALF, 3]),
    ("0,5; 1,5; 2", [HALF, Fraction(3, 2), 2]),
    ("0,5 1,5", [HALF, Fraction(3, 2)]),
    ("[1/2, ½, 50%]", [HALF, HALF, HALF]),
    ("[σ(0), max(1, 2)]", [HALF, 2]),
    ("[(1 + 2)/3, 2]", [1, 2]),
    ("2*[1, 2]", [2, 4]),
    ("[1, 2] + [3, 4]", [4, 6]),
    ("softmax(1, 1)", [HALF, HALF]),
    ("\\frac{1}{2}\\begin{pmatrix}1\\\\2\\end{pmatrix}", [HALF, 1]),
    ("5", [5]),
)
SQUARE = [[1, 2], [3, 4]]
MATRICES = (
    ("[[1, 2], [3, 4]]", SQUARE),
    ("((1, 2), (3, 4))", SQUARE),
    ("{{1, 2}, {3, 4}}", SQUARE),
    ("[(1, 2), (3, 4)]", SQUARE),
    ("[1, 2], [3, 4]", SQUARE),
    ("[1, 2],\n[3, 4]", SQUARE),
    ("[1, 2]\n[3, 4]", SQUARE),
    ("[1 2][3 4]", SQUARE),
    ("1 2; 3 4", SQUARE),
    ("1, 2; 3, 4", SQUARE),
    ("１ ２；３ ４", SQUARE),
    ("[1 2; 3 4]", SQUARE),
    ("[1, 2; 3, 4]", SQUARE),
    ("[[1, 2]; [3, 4]]", SQUARE),
    ("1 2\n3 4", SQUARE),
    ("1, 2\n3, 4\n", SQUARE),
    ("1, 2,\n3, 4", SQUARE),
    ("1\t2\n3\t4", SQUARE),
    ("１\t２\r\n３\t４\r\n", SQUARE),
    ("| 1 | 2 |\n|---|---|\n| 3 | 4 |", SQUARE),
    ("| a | b |\n|:--|--:|\n| 1 | 2 |\n| 3 | 4 |", SQUARE),
    ("|1|2|\n|3|4|", SQUARE),
    ("[[1\n  2]\n [3\n  4]]", SQUARE),
    ("tensor([[1.,\n         2.],\n        [3.,\n         4.]])", SQUARE),
    ("tensor([[1.0000e+00, 2.0000e+00],\n        [3.0000e+00, 4.0000e+00]], device='cuda:0')", SQUARE),
    ("ans =\n\n     1     2\n     3     4\n", SQUARE),
    ("1\u3000２；３\u30004", SQUARE),
    ("[[1, 3], [2, 4]]'", SQUARE),
    ("[1 2\n 3 4]", SQUARE),
    ("[[1. 2.]\n [3. 4.]]", SQUARE),
    ("array([[1, 2],\n       [3, 4]])", SQUARE),
    ("tensor([[1., 2.],\n        [3., 4.]], grad_fn=<AddmmBackward0>, dtype=torch.float64)", SQUARE),
    ("Parameter containing:\ntensor([[1., 2.],\n        [3., 4.]], requires_grad=True)", SQUARE),
    ("np.matrix('1 2; 3 4')", SQUARE),
    ("W = [[1, 2], [3, 4]]", SQUARE),
    ("\\begin{pmatrix}1 & 2 \\\\ 3 & 4\\end{pmatrix}", SQUARE),
    ("$$\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}$$", SQUARE),
    ("\\left[\\begin{array}{cc}1&2\\\\3&4\\end{array}\\right]", SQUARE),
    ("1 & 2 \\\\ 3 & 4", SQUARE),
    ("[[1, 3], [2, 4]]^T", SQUARE),
    ("0,5 1,5; 2,5 3,5", [[HALF, Fraction(3, 2)], [Fraction(5, 2), Fraction(7, 2)]]),
    ("[[1/2, 1/3], [1/4, 1]]", [[HALF, Fraction(1, 3)], [Fraction(1, 4), 1]]),
    ("1; 2", [[1], [2]]),
    ("1 2 3 4", [[1, 2, 3, 4]]),
    ("[1, 2]", [[1, 2]]),
)
TENSORS = (
    ("[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
    ("[[[1 2]\n  [3 4]]\n\n [[5 6]\n  [7 8]]]", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
    ("tensor([[[[1.]]]])", [[[[1]]]]),
    ("[1, 2]", [1, 2]),
)
ARRAYS = [
    *(("vector", text, value) for text, value in VECTORS),
    *(("matrix", text, value) for text, value in MATRICES),
    *(("tensor", text, value) for text, value in TENSORS),
]


@pytest.mark.parametrize(("kind", "text", "value"), ARRAYS, ids=[f"{k}-{t[:32]}" for k, t, _ in ARRAYS])
def test_an_array_is_read_exactly(kind: ResponseType, text: str, value: Any) -> None:
    """The values, and beside each how it was written."""
    found = reading(text, kind)
    assert nested(found.value) == value
    assert not any(isinstance(element, float) for element in found.value.flat)
    assert np.array(found.written, dtype=object).shape == found.value.shape


def test_each_number_of_an_array_keeps_its_digits() -> None:
    assert reading("[0.50, 1/2, 3e-2]", "vector").written == (
        Written("decimal", 2, 2),
        Written("fraction", parts=(1, 2)),
        Written("scientific", 2, 1),
    )
    assert reading("[[0.5, 1], [2, 3.00]]", "matrix").written[1] == (Written("integer", 0, 1), Written("decimal", 2, 3))


def test_an_array_read_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        reading("[1, 2]", "vector").value[0] = 5


SHAPES = (
    ("64x112x112", (64, 112, 112)),
    ("64×112×112", (64, 112, 112)),
    ("64 X 112 X 112", (64, 112, 112)),
    ("６４×１１２×１１２", (64, 112, 112)),
    ("64*112*112", (64, 112, 112)),
    ("64 \\times 112 \\times 112", (64, 112, 112)),
    ("(64, 112, 112)", (64, 112, 112)),
    ("[64,112,112]", (64, 112, 112)),
    ("（64，112，112）", (64, 112, 112)),
    ("torch.Size([64, 112, 112])", (64, 112, 112)),
    ("64 112 112", (64, 112, 112)),
    ("64, 112, 112", (64, 112, 112)),
    ("64 by 112", (64, 112)),
    ("64乘112", (64, 112)),
    ("shape = (2, 3)", (2, 3)),
    ("64x112 pixels", (64, 112)),
    ("1,234", (1, 234)),
    ("(64,)", (64,)),
    ("64", (64,)),
    ("()", ()),
    ("torch.Size([])", ()),
    ("(64, 2*3)", (64, 6)),
    ("(0, 3)", (0, 3)),
)


@pytest.mark.parametrize(("text", "shape"), SHAPES, ids=[t for t, _ in SHAPES])
def test_a_shape_is_read(text: str, shape: tuple[int, ...]) -> None:
    found = reading(text, "shape")
    assert isinstance(found.value, Shape)
    assert tuple(found.value) == shape
    assert found.echo == str(shape)


# ------------------------------------------------------------------------------------------------- formulas and costs

POINT = {
    "n": 28,
    "k": 5,
    "s": 2,
    "p": 1,
    "d": 3,
    "h": 4,
    "d_k": 64,
    "W_f": 6,
    "h_{t-1}": 9,
    "k'": 7,
    "alpha": 10,
    "宽度": 12,
}
FORMULAS = (
    ("floor((n-k)/s)+1", "floor((n - k)/s) + 1", 12),
    ("o = ⌊(n−k)／s⌋＋1", "floor((n - k)/s) + 1", 12),
    ("\\left\\lfloor\\frac{n+2p-k'}{s}\\right\\rfloor+1", "floor((n + 2*p - k')/s) + 1", 12),
    ("$4h(d+h+1)$", "4*h*(d + h + 1)", 128),
    ("f(n) = n^2", "n^2", 784),
    ("output size = n - k", "n - k", 23),
    ("答案：n＋1", "n + 1", 29),
    ("nd", "n*d", 84),
    ("W_f h_{t-1}", "W_f*h_{t-1}", 54),
    ("α·宽度", "alpha*宽度", 120),
    ("[n]", "n", 28),
    ("n² p", "n^2*p", 784),
    ("2n.", "2*n", 56),
    ("7", "7", 7),
)


@pytest.mark.parametrize(("text", "echo", "value"), FORMULAS, ids=[t for t, _, _ in FORMULAS])
def test_a_formula_is_read(text: str, echo: str, value: int) -> None:
    found = reading(text, "expression", names=NAMES)
    assert found.echo == echo
    assert evaluate(found.value, POINT) == value


COSTS = (
    ("O(n^2 d)", "O(n^2*d)"),
    ("O(n²·d)", "O(n^2*d)"),
    ("$O(n^2 d)$", "O(n^2*d)"),
    ("\\mathcal{O}(n^2 d)", "O(n^2*d)"),
    ("O\\left(n^2 d\\right)", "O(n^2*d)"),
    ("Ｏ（n^2 d）", "O(n^2*d)"),
    ("o(n^2 d)", "O(n^2*d)"),
    ("T(n) = O(n^2 d)", "O(n^2*d)"),
    ("n^2 d", "O(n^2*d)"),
    ("Θ(n log n)", "Θ(n*log(n))"),
    ("\\Theta(n \\log n)", "Θ(n*log(n))"),
    ("O(nlogn)", "O(n*log(n))"),
    ("Ω(n)", "Ω(n)"),
    ("O(1)", "O(1)"),
    ("O(n log n + d)", "O(n*log(n) + d)"),
    ("n squared", "O(n^2)"),
    ("O(n squared d)", "O(n^2*d)"),
    ("O(n的平方)", "O(n^2)"),
    ("O(n 的三次方 d)", "O(n^3*d)"),
    ("Θ(n 立方)", "Θ(n^3)"),
    ("(n + d)的平方级", "O((n + d)^2)"),
)


@pytest.mark.parametrize(("text", "echo"), COSTS, ids=[t for t, _ in COSTS])
def test_a_cost_is_read(text: str, echo: str) -> None:
    found = reading(text, "complexity", names=("n", "d"))
    assert found.echo == echo
    assert names_in(found.value) <= {"n", "d"}


@pytest.mark.parametrize(
    ("text", "echo"),
    [("O(平方)", "O(n^2)"), ("Θ(quadratic)", "Θ(n^2)"), ("O(线性对数)", "O(n*log(n))"), ("（平方级）", "O(n^2)")],
)
def test_a_cost_in_words_grows_in_the_one_variable(text: str, echo: str) -> None:
    """Within a bound as without one; nobody can say in which of two."""
    assert reading(text, "complexity", names=("n",)).echo == echo
    assert isinstance(read(text, "complexity", names=("n", "d")), Unreadable)


@pytest.mark.parametrize("text", ["n平方根", "n平方和", "n平方米", "nsquared", "n squaredness"])
def test_what_only_begins_like_a_power_is_none(text: str) -> None:
    assert isinstance(read(text, "expression", names=("n",)), Unreadable)


STOPS = (
    ("0。5", HALF),
    ("０｡５", HALF),
    ("约 -12。25 。", Fraction(-49, 4)),
    ("1。5e1", 15),
    ("3。1/2", Fraction(31, 20)),
)


@pytest.mark.parametrize(("text", "value"), STOPS, ids=[t for t, _ in STOPS])
def test_a_full_stop_within_a_number_is_its_point(text: str, value: int | Fraction) -> None:
    """An input method for Chinese puts it there."""
    assert reading(text, "real").value == value


@pytest.mark.parametrize("text", ["1。2。3", "第1步。2", "1.2。3"])
def test_a_full_stop_between_numbers_is_none(text: str) -> None:
    assert isinstance(read(text, "real"), Unreadable)


def test_a_cost_may_use_any_word_where_none_is_declared() -> None:
    assert names_in(reading("O(width * depth^2)", "complexity").value) == {"width", "depth"}


# ------------------------------------------------------------------------------------------------- labels and names

LABELS = (
    *(
        (text, "choice", "B")
        for text in ("B", "b", "Ｂ", " B ", "B.", "b)", "(B)", "（B）", "[B]", "B、", "B！", "选B", "选择 B", "我选B")
    ),
    *(
        (text, "choice", "B")
        for text in ("答案：B", "答案是B", "Answer: B", "option B", "**B**", '"B"', "B. 3x3 kernel", "B: because")
    ),
    *(
        (text, "choices", frozenset("BD"))
        for text in ("B, D", "BD", "bd", "B D", "B和D", "B、D", "B；D", "B and D", "{B, D}", "选BD")
    ),
    *((text, "choices", frozenset("BD")) for text in ("D, B", "(B)(D)", "B & D", "B. D.", "B\nD")),
    *((text, "choices", frozenset()) for text in ("none", "无", "都不选")),
    *(
        (text, "truth", True)
        for text in ("true", "True", "T", "yes", "y", "对", "正确", "是", "√", "✓", "对。", "(T)", "答案：对")
    ),
    *(
        (text, "truth", False)
        for text in ("false", "F", "no", "错", "错误", "否", "不对", "×", "✗", "wrong", "答案：错")
    ),
    *(
        (text, "order", tuple("BAC"))
        for text in ("B > A > C", "B, A, C", "BAC", "bac", "B A C", "B→A→C", "B->A->C", "B＞A＞C")
    ),
    *((text, "order", tuple("BAC")) for text in ("B、A、C", "B-A-C", "(B, A, C)", "B then A then C")),
)
PAIRS = tuple(
    (text, "matching", (("2", "A"), ("1", "B")))
    for text in (
        "A-2, B-1",
        "2-A, 1-B",
        "A:2, B:1",
        "A：2；B：1",
        "A→2 B→1",
        "A->2, B->1",
        "2A 1B",
        "A2B1",
        "2-A\n1-B",
        "(2,A),(1,B)",
    )
)


@pytest.mark.parametrize(("text", "kind", "value"), LABELS + PAIRS, ids=[f"{k}-{t}" for t, k, _ in LABELS + PAIRS])
def test_labels_are_read(text: str, kind: ResponseType, value: Any) -> None:
    assert reading(text, kind, options=OPTIONS).value == value


def test_a_name_is_folded_and_found_among_the_terms() -> None:
    assert reading("Forget－Gate.", "text").value == "forget gate"
    assert reading("“遗忘门”", "text", terms={"forget gate": ("遗忘门",)}).value == "forget gate"


# -------------------------------------------------------------------------------------------- blank and unreadable

BLANK = (
    "",
    " ",
    "\n",
    "-",
    "—",
    "?",
    "？",
    "n/a",
    "N/A",
    "I don't know",
    "I don’t know.",
    "idk",
    "不会",
    "不知道",
    "不知道。",
    "略",
    "\u3000",
)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("text", BLANK, ids=ascii)
def test_no_answer_is_blank(text: str, kind: ResponseType) -> None:
    assert read(text, kind, names=NAMES, options=OPTIONS) == Blank(text)


UNREADABLE = (
    # The mark stands where the caret has to.
    ("integer", "!fifty", "unknown-name"),
    ("integer", "55!x", "unknown-name"),
    ("integer", "!1, 2, 3", "several-numbers"),
    ("integer", "!55 or 56", "not-a-number"),
    ("integer", "3!#", "unexpected-character"),
    ("integer", "!9**9**9", "too-large"),
    ("integer", "o = 5*!", "missing-operand"),
    ("integer", "（5＋!", "missing-operand"),
    ("integer", "答案：(5!", "unclosed-bracket"),
    ("real", "1/!0", "divided-by-zero"),
    ("real", "!ln(0)", "outside-domain"),
    ("real", "0.5 !0.6", "missing-operator"),
    ("vector", "[1, 2!", "unclosed-bracket"),
    ("vector", "1, 2!]", "unopened-bracket"),
    ("vector", "[1, !, 2]", "missing-operand"),
    ("vector", "[1, 2, !..., 9]", "ellipsis"),
    ("vector", "tensor([0.1, !..., 0.9])", "ellipsis"),
    ("matrix", "tensor([[1, 2],\n        !...,\n        [3, 4]])", "ellipsis"),
    ("vector", "[1. 2. !... 9.]", "ellipsis"),
    ("vector", "１，２，!……，９", "ellipsis"),
    ("vector", "[1, !x]", "unknown-name"),
    ("vector", "１，!ｘ", "unknown-name"),
    ("matrix", "[[1, 2], ![3]]", "uneven-rows"),
    ("matrix", "1 2; !3", "uneven-rows"),
    ("matrix", "1 2\n!3", "uneven-rows"),
    ("matrix", "[[1, 2], !3]", "mixed-rows"),
    ("vector", "[1, 2] (!maybe)", "unknown-name"),
    ("matrix", "[[1, 2], [3, 4]] (!maybe)", "unknown-name"),
    ("matrix", "\\begin{pmatrix}1&2\\\\!3\\end{pmatrix}", "uneven-rows"),
    ("tensor", "[[[1, 2]], ![[3, 4], [5, 6]]]", "uneven-rows"),
    ("tensor", "torch.!zeros(2, 3)", "unknown-function"),
    ("shape", "64 x 112 x!", "missing-operand"),
    ("shape", "(64, !n)", "unknown-name"),
    ("shape", "64 x !1.5", "not-a-size"),
    ("shape", "(64, !-1)", "not-a-size"),
    ("shape", "(64, !...)", "ellipsis"),
    ("shape", "[!(1, 2), 3]", "not-a-size"),
    ("shape", "!(1, 2), 3", "not-a-size"),
    ("expression", "n + !forgot", "unknown-name"),
    ("expression", "!n > 3", "not-a-formula"),
    ("expression", "n + !'s'", "unexpected-character"),
    ("expression", "!n, d", "several-formulas"),
    ("expression", "2*(n + 1!", "unclosed-bracket"),
    ("complexity", "O(n^2!", "unclosed-bracket"),
    ("complexity", "O(n !q)", "unknown-name"),
    ("choice", "!E", "unknown-label"),
    ("choice", "!A, B", "several-labels"),
    ("choice", "!AB", "several-labels"),
    ("choices", "B, !E", "unknown-label"),
    ("truth", "!maybe", "not-a-truth-value"),
    ("truth", "![1, 2", "not-a-truth-value"),
    ("order", "B !< A", "backwards"),
    ("order", "B, !B", "repeated-label"),
    ("order", "B, !X", "unknown-label"),
    ("matching", "1-A, !1-B", "repeated-label"),
    ("matching", "!hello", "not-a-pair"),
    ("matching", "1-!Z", "unknown-label"),
)


@pytest.mark.parametrize(("kind", "case", "code"), UNREADABLE, ids=[f"{k}-{c}" for k, c, _ in UNREADABLE])
def test_the_caret_stands_under_the_mistake(kind: ResponseType, case: str, code: str) -> None:
    """An unreadable response says what is wrong, where, and what is expected, in both languages."""
    text, at = case.replace("!", "", 1), case.index("!")
    found = read(text, kind, names=NAMES, options=OPTIONS)
    assert isinstance(found, Unreadable), found
    assert (found.code, found.offset, found.text) == (code, at, text)
    assert found.expected == EXPECTED[kind]
    for said in (found.message, found.expected):
        assert said.en
        assert any("\u4e00" <= character <= "\u9fff" for character in said.zh)


def test_an_uneven_matrix_is_told_its_rows() -> None:
    found = read("[[1, 2, 3], [4, 5]]", "matrix")
    assert isinstance(found, Unreadable)
    assert found.message.en == "3 entries in row 1, 2 in row 2."
    assert found.message.zh == "第 1 行有 3 项，第 2 行有 2 项。"


CARETS = (
    ("3 * k", 4, "3 * k\n    ^"),
    ("１２＋ｘ", 3, "１２＋ｘ\n      ^"),
    ("答案：x", 3, "答案：x\n      ^"),
    ("a\nb + \nc", 5, "b + \n   ^"),
    ("1\t2", 2, "1 2\n  ^"),
    ("1\x002", 1, "1·2\n ^"),
    ("\u202e3", 0, "·3\n^"),
    ("", 0, "\n^"),
    ("12", 2, "12\n  ^"),
    ("[[1, 2],\n[3\n", 12, "[3\n  ^"),
    ("y\u0302 + z", 5, "y\u0302 + z\n    ^"),
    ("1\ufe0f2", 2, "1·2\n  ^"),
    ("12 +\r\n3 4", 8, "3 4\n  ^"),
)


@pytest.mark.parametrize(("text", "offset", "shown"), CARETS, ids=[ascii(t) for t, _, _ in CARETS])
def test_the_caret_is_drawn_under_the_character(text: str, offset: int, shown: str) -> None:
    assert caret(text, offset) == shown


def test_a_long_line_is_cut_around_the_caret() -> None:
    line, mark = caret("1 + " * 200 + "x" + " + 1" * 200, 800).split("\n")
    assert line[len(mark) - 1] == "x"
    assert len(line) < 80
    assert line.startswith("…")
    assert line.endswith("…")


def test_a_long_line_of_chinese_is_cut_to_the_width_of_a_terminal() -> None:
    line, mark = caret("输出尺寸为" * 40, 101).split("\n")
    assert cell_len(line) < 80
    assert cell_len(line.partition("出")[0]) % 2 == 1
    assert line[len(mark) // 2 :].startswith("出尺寸为")


@given(st.text(st.sampled_from("1 +xｘ，（中é\u0302─…½√\t🎉한"), max_size=60), st.integers(0, 60))
def test_the_caret_stands_where_a_terminal_draws_the_character(text: str, offset: int) -> None:
    """Measured by rich, whose table of widths is its own."""
    at = min(offset, len(text.rstrip()))
    line, mark = caret(text, at).split("\n")
    if "…" not in line and not text[at:].startswith("\u0302"):
        assert cell_len(text[:at].replace("\t", " ")) == len(mark) - 1


# ------------------------------------------------------------------------------------------------------ hostile texts


@pytest.mark.parametrize("kind", TYPES)
def test_a_hostile_text_is_read_blank_or_unreadable(kind: ResponseType) -> None:
    """Each becomes one of the three results; 20 seconds of processor time for one are what a hang would take."""
    for text in HOSTILE:
        start = time.process_time()
        found = read(text, kind, names=NAMES, options=OPTIONS)
        assert isinstance(found, (Reading, Blank, Unreadable))
        assert time.process_time() - start < 20, text[:40]


@pytest.mark.parametrize("kind", TYPES)
def test_very_long_texts_are_refused(kind: ResponseType) -> None:
    found = read("1 " * LONGEST_ARRAY, kind, names=NAMES, options=OPTIONS)
    assert isinstance(found, Unreadable)
    assert found.code == "too-long"


def check(text: str, kind: ResponseType) -> None:
    """Reading a text gives one of the three results, and the same one again."""
    found = read(text, kind, names=NAMES, options=OPTIONS, terms={"relu": ("修正线性单元",)})
    again = read(text, kind, names=NAMES, options=OPTIONS, terms={"relu": ("修正线性单元",)})
    if isinstance(found, Unreadable):
        assert found == again
        assert 0 <= found.offset <= len(text)
        assert found.code
        assert found.message.en
        assert found.message.zh
        assert caret(text, found.offset).endswith("^")
    elif isinstance(found, Reading):
        assert isinstance(again, Reading)
        assert (found.echo, found.written, found.notes) == (again.echo, again.written, again.notes)
        assert found.text == text
        assert found.echo or kind == "text"
    else:
        assert found == Blank(text)


TABLES: tuple[tuple[Any, ...], ...] = (INTEGERS, REALS, VECTORS, MATRICES, SHAPES, FORMULAS, COSTS, LABELS, PAIRS)
VALID: list[str] = [case[0] for table in TABLES for case in table]
PIECES = [
    *"0123456789+-*/^()[]{}|,;:.%=<>_'\"\\$& \n\tenxσπ²½×→对AB⌊⌋…",
    "\\frac",
    "\\left",
    "**",
    "e^",
    "not ",
    "1e9",
    "max(",
    "\\\\",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid answer with a few pieces put in, taken out, or doubled."""
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        text = text[:place] + draw(st.sampled_from(["", *PIECES])) + text[place + cut :]
    return text


@given(st.text(max_size=60), st.sampled_from(TYPES))
def test_any_text_is_read_blank_or_unreadable(text: str, kind: ResponseType) -> None:
    check(text, kind)


@given(mutated(), st.sampled_from(TYPES))
def test_any_mutation_of_an_answer_is_read_blank_or_unreadable(text: str, kind: ResponseType) -> None:
    check(text, kind)


@given(st.integers())
def test_whole_numbers_survive_printing(value: int) -> None:
    """Plain, grouped by commas or spaces, or full-width: the same number."""
    wide = str(value).translate({ord(figure): ord(figure) + 0xFEE0 for figure in "0123456789"})
    for text in (str(value), f"{value:,}", f"{value:,}".replace(",", " "), f"x = {value}", wide):
        assert reading(text, "integer").value == value


@given(st.lists(st.lists(st.fractions(max_denominator=50), min_size=2, max_size=3), min_size=2, max_size=3))
def test_matrices_survive_every_layout(rows: list[list[Fraction]]) -> None:
    """Python, MATLAB, lines and LaTeX: the same matrix."""
    width = min(map(len, rows))
    cells = [[str(cell) for cell in row[:width]] for row in rows]
    value = [row[:width] for row in rows]
    layouts = (
        str(cells).replace("'", ""),
        "; ".join(" ".join(row) for row in cells),
        "\n".join("\t".join(row) for row in cells),
        "\\begin{pmatrix}" + " \\\\ ".join(" & ".join(row) for row in cells) + "\\end{pmatrix}",
        "\n".join(", ".join(row) for row in cells),
    )
    for text in layouts:
        assert nested(reading(text, "matrix").value) == value
