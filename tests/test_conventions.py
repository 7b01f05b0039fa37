"""Conventions: right under another one than the question states, which is said, and credited as the policy says."""

from __future__ import annotations

import pytest

from solvers.derivation import Derivation, GraphError, is_convention
from solvers.givens import integer


def counted() -> Derivation:
    """Parameters of a dense layer."""
    d = Derivation(
        "params.example", "Example", "示例", n=integer("n", "inputs", "输入"), m=integer("m", "units", "单元")
    )

    @d.step("$m", symbol="b", zh="偏置数")
    def biases(m: int) -> int:
        """Biases."""
        return m

    @d.step("$n $m + $biases", symbol="N", zh="参数总数")
    def total(n: int, m: int, biases: int) -> int:
        """Parameters in all."""
        return n * m + biases

    return d


# ------------------------------------------------------------------------------------------------------- declaring them


def test_a_convention_runs_like_a_misconception() -> None:
    """There is one way to compute: the rule of another convention stands in for the step's."""
    d = counted()
    d.convention("convention/no-bias", replaces="biases")(lambda: 0)
    d.misconception("params/added", replaces="total")(lambda n, m: n + m)
    assert d.run({"n": 3, "m": 4}, replacing=("convention/no-bias",))["total"] == 12
    assert d.conventions == ("convention/no-bias",)


@pytest.mark.parametrize("id", ["convention/no-bias", "params/added"])
def test_an_id_tells_a_convention_from_a_misconception(id: str) -> None:
    """So that whoever holds an id only knows which it is; each declares its own kind."""
    d = counted()
    declare = d.misconception if is_convention(id) else d.convention
    with pytest.raises(GraphError, match=id):
        declare(id, replaces="total")
