"""Whatever a student types is marked or refused within milliseconds, and runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.marking import mark
from questions.bank import Bank
from questions.blueprint import Policy
from questions.exam import Item
from questions.sampling import draw
from questions.stream import Stream
from solvers.latex import LatexError, plain_text
from tests.fuzzing import FRAGMENTS, KEYS, drawn, examined, forget, request_of, watch
from tests.hostile import HOSTILE, REQUESTS, counted

DRAWN = 1_500
MOST_CALLS = 400_000
"""A few times what any took when this was written; a tenth of a second or so."""


@pytest.fixture(autouse=True, scope="module")
def watched() -> None:
    """What is run is noted from here on."""
    watch()


def answered(request: Mapping[str, object]) -> None:
    """It is what it has to be, and takes little work."""
    for _ in range(2):
        _, calls = counted(partial(examined, request))
        if calls < MOST_CALLS:
            return
        forget()  # once more from the start: the first time, something may have been imported
    pytest.fail(f"{calls} calls")


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: f"{request['type']} {request['answer'][:16]!a}")
def test_what_once_was_too_much(request_: dict[str, object]) -> None:
    answered(request_)


@pytest.mark.parametrize("kind", KEYS)
def test_a_hostile_text_is_an_ordinary_answer(kind: str) -> None:
    """Every curated text, as an answer of every type."""
    for number, text in enumerate(HOSTILE):
        answered({"type": kind, "key": KEYS[kind][number % len(KEYS[kind])], "answer": text})


@pytest.mark.parametrize("reader", FRAGMENTS)
def test_drawn_answers(reader: str) -> None:
    """Always the same ones."""
    for request in drawn(DRAWN, seed=5, reader=reader):
        answered(request)


@given(st.binary(max_size=48))
def test_any_bytes_are_an_answer(data: bytes) -> None:
    answered(request_of(data))


@given(st.lists(st.sampled_from(FRAGMENTS["latex"]), max_size=24).map("".join))
def test_a_formula_of_the_bank_is_read_or_refused(latex: str) -> None:
    """The reader of prompts raises nothing else."""

    def tried() -> None:
        with suppress(LatexError):
            plain_text(latex)

    assert counted(tried)[1] < MOST_CALLS


GARBAGE = (
    *("0", "1", "-1", "1e308", "-1e308", "1e-300", "9" * 400, "1/3", "inf", "nan", "sqrt(2)", "1e400", "2^1000", "true"),
    *("2x3", "(1, 2)", "(1, 2, 3, 4)", "(0, 0, 0)", "[1, 2]", "[0, 0, 0]", "[1e308, 1e308]", "[[1, 2], [3, 4]]", "[[1], [2]]"),
)  # fmt: skip


@pytest.mark.parametrize("id", [question.id for question in Bank().questions() if question.derivation is not None])
def test_garbage_in_any_part_is_marked(id: str) -> None:
    """Beside right answers or more garbage: everything that is tried on a wrong answer bears every number."""
    found = draw(Bank().question(id), 1)
    paper = Item(1, 0, found, found.question.marks)
    stream = Stream(f"garbage {id}")
    for _ in range(4):
        answers = {
            paper.label(i): GARBAGE[stream.below(len(GARBAGE))] if stream.below(2) else target.printed
            for i, target in enumerate(found.targets)
        }
        assert all(0 <= verdict.marks <= verdict.worth for verdict in mark(paper, answers, Policy()))
