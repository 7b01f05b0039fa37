"""The scanner for plain characters gives what the scanner for everything gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.expression import ExpressionError, tokens
from solvers.expression.tokens import Token, tokenize

PIECES = (
    *[
        "x",
        "d_k",
        "h_{t-1}",
        "W_f'",
        "sin",
        "log_2",
        "and",
        "in",
        "mod",
        "1",
        "2.5",
        ".5",
        "3e-2",
        "2.",
        "1..2",
        "1_000",
        "_",
        "'",
        "**",
        "*",
        "/",
        "//",
        "<=",
        "<",
        ">",
        "=",
        "==",
        "!",
        "!=",
        "||",
        "|",
        "&&",
        "&",
        ",",
        ";",
    ],
    *[
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "\\",
        "\\frac",
        "\\left(",
        "\\right)",
        "\\left[",
        "\\,",
        "\\{",
        "\\}",
        "\\|",
        "\\%",
        "\\sigma",
        "\\sigma_1",
        "\\alpha",
        "^",
        "^\\prime",
        "\\text{a}",
        "\\cdot",
    ],
    *[
        "\\quad",
        "\\\\",
        "\\begin{matrix}",
        "\\sqrt",
        "%",
        "$",
        "~",
        "math.",
        "F.",
        "x.T",
        ".T",
        "...",
        "#",
        "?",
        ":",
        "@",
        '"',
        "`",
        "\\lfloor",
        "\\var",
        "\\cr",
        "\\log",
        "\\theta'",
        "\\top",
        "<>",
        "é",
        "½",
    ],
    " ",
    "\n",
    "\x0b",
)


def _found(text: str) -> list[Token] | str:
    try:
        return tokenize(text)
    except ExpressionError as error:
        return repr(error)


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_the_easy_way_gives_the_same_tokens(text: str) -> None:
    """For every text that it takes at all."""
    quick = _found(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_easy", lambda _: None)
        assert _found(text) == quick


@pytest.mark.parametrize(
    "text", ["4*h*(d + h + 1)", r"\frac{n + 2p - k}{s} + 1", "x_1 >= 2.5e-3", r"\sigma(x) \cdot 2"]
)
def test_what_most_people_type_is_easy(text: str) -> None:
    """Without that, the test above would say nothing."""
    assert tokens._easy(text) is not None
