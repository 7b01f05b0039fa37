"""What a student is told whose response can't be read: some 150 of them, in golden files that a person has read."""

from __future__ import annotations

import pytest

from grader.reading import EXPECTED, Unreadable, mistakes, read
from questions.question import ResponseType
from solvers.expression.errors import ExpressionError
from solvers.text import LANGUAGES, Language
from templates.unreadable import unreadable_lines
from tests.conftest import Golden

NAMES = ("n", "k", "s", "d", "d_k")
OPTIONS = ("A", "B", "C", "D")

MALFORMED: dict[ResponseType, tuple[str, ...]] = {
    "integer": (
        "fifty-five",
        "55 or 56",
        "55, 56",
        "5 5",
        "about 5x",
        "12..5",
        "1,23,4",
        "1.2.3",
        "25.6Q",
        "?5",
        "(227-11)/4+",
        "227-11)/4",
        "((227-11)/4+1",
        "5/0",
        "10^10^10",
        "n = k",
        "5 > 3",
        "https://example.org",
        "1e999999999",
        "9" * 1_200,
        "五十五",
        "１２３４）",
        "答案是 ５５ 或 ５６",
        "第（１）问：５５＋",
        "[1, 2, 3]",
        "import os",
        "NaN",
    ),
    "real": (
        "tanh(1",
        "2x",
        "0.5 0.6",
        "0.73 ± 0.01",
        "sigmiod(2)",
        "sin()",
        "log(1, 2, 3)",
        "ln(0)",
        "sqrt(-1)",
        "√(-4)",
        "1/(2-2)",
        "e^",
        "0..5",
        "1,5,2",
        "3*×4",
        "3 +* 4",
        "* 4",
        r"\frac{1}{",
        r"\frac{1}{1+e^{-2}",
        r"\frac12{3",
        r"\alhpa",
        r"\sqrt[3",
        "|−2",
        "⌊2.5",
        "⌊2.5⌉",
        "(1+2]",
        "e^(2/(1+e^2)",
        "0.5 = 2x",
        "true",
        "tanh",
        "f(2)",
        "∑ 1/n",
        "∫x dx",
        "0.7@",
        "0.5#",
        "１＋（２＊３",
        "约 ０．５ 左右吗",
        "\u202e5.0",
        "1\x003",
        "-" * 80 + "1",
        "(" * 80 + "1" + ")" * 80,
        "0.1, 0.2",
        "2^(3",
        "softmax([1, 2",
        "__import__('os').system('ls')",
        "½½",
        "5 %%",
        "1 2/3/4 5",
    ),
    "fraction": ("3/", "/4", "3//4//", "3/4/", r"\frac{3}{}", r"\frac{3}", "3|4", "3 over 4", "三分之四", "3/0", "½/"),
    "vector": (
        "1, two",
        "[1, 2, 3",
        "1, 2, 3]",
        "[1, , 3]",
        "[1, 2, 3)",
        "[1, 2, …, 9]",
        "tensor([0.1000, 0.2000, ..., 0.9000])",
        "tensor([0.1000, 0.2000",
        "<1, 2, 3",
        "(1; 2; x)",
        "1, 2, 3/0",
        "[]",
        "[1 2] [3",
        "１，２，三",
        "[[1, 2], [3]]",
        "1 2 3 +",
        "a, b, c",
        "[1, 2] + [1, 2, 3]",
    ),
    "matrix": (
        "[[1,2],[3]]",
        "[[1, 2, 3], [4, 5]]",
        "1 2 3; 4 5",
        "1 2 3\n4 5",
        "[[1, 2], [3, 4",
        "[[1, 2], [3, 4]",
        "[[1, 2], 3, 4]]",
        "[[1, 2], 3]",
        "[[1, 2], [3, x]]",
        "[[1, 2], [3, ]]",
        "[[1, 2], [, 4]]",
        r"\begin{pmatrix} 1 & 2 \\ 3 \end{pmatrix}",
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4",
        r"\begin{pmatrix} 1 & 2 \\ 3 & \end{pmatrix}",
        "1\t2\n3\t",
        "[[１，２］，［３］]",
        "【【１，２】，【３，四】】",
        "{{1,2},{3,4}",
        "[1 2; 3 4; 5]",
        "[[1,2],[3,4]] * [[1,2,3]]",
        "[[1 2]\n [3 4]\n ...\n [9 9]]",
    ),
    "tensor": ("[[[1, 2], [3, 4]], [[5, 6], [7]]]", "[[[1, 2], [3, 4]], [[5, 6]]]", "[[[1, 2], [3, 4]], 5]", "[[[1, 2]], [[3, 4]"),
    "shape": (
        "64 x 112 x",
        "64x112xW",
        "64 x -1 x 112",
        "(64, 112, 112",
        "64.5 x 112",
        "(64, , 112)",
        "64×112×高",
        "64 by 112 by wide",
        "torch.Size([64, 112",
        "square",
        "(W, 64, 112)",
        "x64",
        "64 / 0 x 3",
    ),
    "expression": (
        "forgot*n",
        "floor((n-k)/s+1",
        "(n-k)/s)+1",
        "n + ",
        "n k m",
        "2 n 3",
        "n ** ** 2",
        "flor((n-k)/s)",
        "n, k",
        "n > 3",
        "D + 1",
        "d_v",
        "n^^2",
        r"\frac{n-k}{s + 1",
        r"\lfloor n/2",
        "n/(k-k",
        "n₀",
        "（ｎ－ｋ）／ｓ）＋１",
        "步幅 + 1",
        "max()",
        "n;k",
        "n + 'a'",
        "n[0",
        "lambda n: n",
        "n if n > 0 else 0",
        "√",
    ),
    "complexity": ("O(n^2", "O()", "O(n^2) + O(", "n log", "O(n^2 d))", "O(n²；d)", "O(n^2) = O(n)", "quadratic!", "O(n^)", "quadratic", "平方级"),
    "choice": ("E", "A, B", "A or B", "neither", "1", "选 Ｅ", "AB", "the second one", "B C"),
    "choices": ("A, E", "A and the last", "1, 2", "所有", "A，Ｅ", "A-C"),
    "truth": ("maybe", "true or false", "0.5", "不一定", "T/F"),
    "order": ("A, B, E", "A > B > A", "A < B < C", "先 A 后 E", "A > > B, X"),
    "matching": ("1-E", "1-A, 1-B", "A", "1", "1=A, 2=?", "1-A 2-", "1-A; 2-Z"),
    "text": ("()", "（）", "x" * 600),
}  # fmt: skip
CASES = [(kind, text) for kind, texts in MALFORMED.items() for text in texts]
LABELLED = ("choice", "choices", "order", "matching")


def refusal(kind: ResponseType, text: str) -> Unreadable:
    """Why a malformed response can't be read."""
    names = NAMES if kind in ("expression", "complexity") else ()
    found = read(text, kind, names=names, options=OPTIONS if kind in LABELLED else ())
    assert isinstance(found, Unreadable), (kind, text, found)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_are_what_a_person_has_read(golden: Golden, language: Language) -> None:
    """Each response with its caret, the message, and its code."""
    lines = []
    for kind, texts in MALFORMED.items():
        lines.append(f"══ {kind}: {EXPECTED[kind][language]}\n")
        for text in texts:
            found = refusal(kind, text)
            *shown, message, _ = unreadable_lines(found, language)
            lines += [line.rstrip() for line in shown]
            lines.append(f"{message} [{found.code}]\n")
    golden.check(f"messages-{language}.txt", "\n".join(lines))


@pytest.mark.parametrize(("kind", "text"), CASES, ids=[ascii(text[:20]) for _, text in CASES])
def test_a_message_is_short_and_says_nothing_twice(kind: ResponseType, text: str) -> None:
    """A sentence in each language, in its own punctuation; what is expected is said elsewhere."""
    found = refusal(kind, text)
    assert 0 <= found.offset <= len(text)
    assert len(found.message.en) <= 110
    assert len(found.message.zh) <= 60
    assert found.message.en.endswith((".", "?"))
    assert found.message.zh.endswith(("。", "？"))
    assert "expected" not in found.message.en
    assert "应填" not in found.message.zh


def test_every_mistake_is_shown() -> None:
    """Of those that a response can make; indices belong to names nobody declared."""
    classes = {*ExpressionError.__subclasses__(), *mistakes.Mistake.__subclasses__()}
    shown = {refusal(kind, text).code for kind, text in CASES}
    assert {each.code for each in classes} - shown <= {"no-such-element", "wrong-kind", "too-many-axes", "not-an-array"}


@pytest.mark.parametrize(("kind", "text"), CASES, ids=[ascii(text[:20]) for _, text in CASES])
def test_full_width_characters_make_the_same_mistake_at_the_same_place(kind: ResponseType, text: str) -> None:
    """Every character has its place in what was typed, whatever it is read as."""
    plain = refusal(kind, text)
    wide = refusal(kind, "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text))
    assert (wide.code, wide.offset) == (plain.code, plain.offset)


@pytest.mark.parametrize("before", ["答案：", "  \n", "the answer is ", "**"])
@pytest.mark.parametrize("text", ["2 * (3 + 4", "1 + two", "5 / 0", "[1, , 3]", "3 +* 4"])
def test_what_is_passed_over_moves_nothing(before: str, text: str) -> None:
    """The place is counted from the first character typed."""
    kind: ResponseType = "vector" if text.startswith("[") else "real"
    plain = refusal(kind, text)
    after = "**" if before == "**" else ""
    found = refusal(kind, before + text + after)
    assert found.code == plain.code
    assert found.offset == plain.offset + len(before)
