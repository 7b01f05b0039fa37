"""How much work a variant is, and that variants of one question are about as hard."""

from __future__ import annotations

import pytest

from questions.bank import Bank
from questions.effort import effort
from questions.sampling import band, draw
from solvers.registry import derivation

BANK = Bank()


def _work(**givens: int) -> float:
    found = derivation("conv.output_size")
    return effort(BANK.question("convolution/output-size"), found.run(found.complete(givens)))


def test_more_digits_are_more_work() -> None:
    """A longer signal takes more writing."""
    assert _work(n=237, k=3, s=2, p=1, d=2) > _work(n=7, k=3, s=2, p=1, d=2)


def test_a_zero_is_no_work() -> None:
    """Without padding there is less to add."""
    assert _work(n=32, k=3, s=2, p=0, d=2) < _work(n=32, k=3, s=2, p=2, d=2)


@pytest.mark.parametrize("id", ["backprop/needed-rate", "attention/key-value", "lstm/one-unit"])
def test_variants_lie_within_the_band(id: str) -> None:
    """A third more or less than the middle one."""
    question = BANK.question(id)
    allowed = band(question)
    assert allowed is not None
    assert all(allowed.least <= effort(question, draw(question, s).trace) <= allowed.most for s in range(30))
