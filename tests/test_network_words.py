"""Settings of layers in words: as a lecturer would say them, without what a table has columns for."""

from __future__ import annotations

import pytest

from solvers.network.kind import Kind
from solvers.network.kinds.custom import Custom
from solvers.network.kinds.dense import Flatten
from solvers.network.kinds.norm import LayerNorm
from solvers.network.kinds.reshaping import Permute, Select
from solvers.network.kinds.traced import Cell, Derived, Einsum, Further, Operation
from solvers.network.words import settings_in_words


@pytest.mark.parametrize(
    ("kind", "en", "zh"),
    [
        (Operation("div", (8,), "own place"), "div", "div"),
        (Further(4, "conv1"), "4 parameters", "4 个参数"),
        (Derived((4, 9), 13), "13 parameters", "13 个参数"),
        (Custom("Bilinear", (6,), 126), "Bilinear", "Bilinear"),
        (Cell(6, 4), "6, 4 gates", "6，4 个门"),
        (Cell(6), "6", "6"),
        (Einsum("nd,de->ne", (4, 6)), "nd · de → ne, weights 4×6", "nd · de → ne，权重 4×6"),
        (Permute((1, 2, 0)), "axes 1, 2, 0", "维 1, 2, 0"),
        (Select(2), "index 2", "下标 2"),
        (Flatten(1), "from axis 1", "从第 1 维起"),
        (LayerNorm(2), "last 2 axes", "最后 2 维"),
    ],
)
def test_settings_read_naturally(kind: Kind, en: str, zh: str) -> None:
    assert settings_in_words(kind)["en"] == en
    assert settings_in_words(kind)["zh"] == zh


def test_a_name_that_somebody_else_chose_stays_on_one_short_line() -> None:
    said = settings_in_words(Custom("a\nb" + "c" * 500, (6,)))["en"]
    assert said.startswith("a bcc")
    assert len(said) < 100
