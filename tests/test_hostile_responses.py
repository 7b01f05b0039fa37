"""Whatever a student types is marked or refused within milliseconds, and runs nothing."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.latex import LatexError, plain_text
from tests.fuzzing import FRAGMENTS, KEYS, SLOWEST, drawn, examined, request_of, watch
from tests.hostile import HOSTILE, REQUESTS

DRAWN = 1_500


@pytest.fixture(autouse=True, scope="module")
def watched() -> None:
    """What is run is noted from here on."""
    watch()


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: f"{request['type']} {request['answer'][:16]!a}")
def test_what_once_was_too_much(request_: dict[str, object]) -> None:
    examined(request_)


@pytest.mark.parametrize("kind", KEYS)
def test_a_hostile_text_is_an_ordinary_answer(kind: str) -> None:
    """Every curated text, as an answer of every type."""
    for number, text in enumerate(HOSTILE):
        examined({"type": kind, "key": KEYS[kind][number % len(KEYS[kind])], "answer": text})


@pytest.mark.parametrize("reader", FRAGMENTS)
def test_drawn_answers(reader: str) -> None:
    """Always the same ones."""
    for request in drawn(DRAWN, seed=5, reader=reader):
        examined(request)


@given(st.binary(max_size=48))
def test_any_bytes_are_an_answer(data: bytes) -> None:
    examined(request_of(data))


@given(st.lists(st.sampled_from(FRAGMENTS["latex"]), max_size=24).map("".join))
def test_a_formula_of_the_bank_is_read_or_refused(latex: str) -> None:
    """The reader of prompts raises nothing else."""
    began = time.process_time()
    with suppress(LatexError):
        plain_text(latex)
    assert time.process_time() - began < 2 * SLOWEST
