"""How many variants are drawn, and how many certified, per second."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from questions.bank import Bank
from questions.sampling import draw
from solvers.certificate import certify

TEMPLATES = (
    "convolution/output-size",
    "parameters/small-network",
    "receptive-field/layer-by-layer",
    "lstm/one-unit",
    "attention/scaled-dot-product",
    "backprop/two-layer-step",
    "backprop/delta-in-symbols",
    "discrete-convolution/dice-formula",
    "gru/parameters-in-symbols",
)
BANK = Bank()


@pytest.mark.parametrize("id", TEMPLATES)
@pytest.mark.benchmark(group="variants drawn")
def test_draw(benchmark: Any, id: str) -> None:
    """A fresh variant each round, its key and its fairness included."""
    question, seeds = BANK.question(id), count(1)
    variant = benchmark(lambda: draw(question, next(seeds)))
    assert variant.targets


@pytest.mark.parametrize("id", TEMPLATES)
@pytest.mark.benchmark(group="variants certified")
def test_certify(benchmark: Any, id: str) -> None:
    """The same variant against PyTorch again and again."""
    pytest.importorskip("torch")
    variant = draw(BANK.question(id), 1)
    assert variant.trace is not None
    assert benchmark(certify, variant.trace).certified
