"""Cross-attention: its place between self-attentions, corner cases, and PyTorch's word on every step."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.formula_check import check_formula
from solvers.trace import StepError
from solvers.values import Shape, as_float
from tests.deriving import run

F = Fraction
ONE: dict[str, Any] = {"W_Q": [[1, 0], [0, 1]], "W_K": [[1, 0], [0, 1]], "W_V": [[1, 0], [0, 1]]}


@pytest.mark.parametrize(
    ("name", "givens"),
    [
        ("cross.attention", {"S": [[1, 2], [0, -1]], "H": [[1, 0], [F(1, 2), 1], [2, 2]], **ONE}),
        ("cross.attention", {"S": [[1, 2]], "H": [[3, -1]], "W_Q": [[1], [2]], "W_K": [[0], [1]], "W_V": [[1, 2, 3], [0, 1, 0]]}),
        ("cross.shapes", {"B": 2, "n": 5, "m": 7, "d": 12, "h": 3}),
        ("cross.model_weights", {"n": 5, "m": 7, "h": 8, "layers": 6}),
    ],
)  # fmt: skip
def test_pytorch_agrees(name: str, givens: dict[str, Any]) -> None:
    """Every step is compared, and every printed formula gives the step's value."""
    trace = run(name, **givens)
    certificate = certify(trace)
    assert certificate.certified
    assert set(certificate.steps) == set(trace.derivation.steps)
    assert all(check_formula(trace, step) != "differs" for step in trace.derivation.steps)


def test_a_decoder_that_is_its_own_encoder_attends_to_itself() -> None:
    """With H = S, cross-attention is self-attention."""
    S = [[1, 2], [0, -1], [3, 1]]
    cross, own = run("cross.attention", S=S, H=S, **ONE), run("attention.self_attention", X=S, **ONE)
    assert [as_float(x) for x in cross["output"].flat] == [as_float(x) for x in own["output"].flat]


def test_a_single_source_token_gets_all_the_weight() -> None:
    """Softmax over one score is 1, so every output is its value."""
    assert run("cross.attention", S=[[5, 1], [0, 0]], H=[[2, 3]], **ONE)["output"].tolist() == [[2, 3], [2, 3]]


def test_the_weights_have_a_row_for_each_target() -> None:
    """torch.nn.MultiheadAttention: attn_output_weights of shape (N, num_heads, L, S)."""
    assert run("cross.shapes", B=2, n=5, m=7, d=12, h=3)["weights"] == Shape((2, 3, 5, 7))


def test_a_width_that_heads_cannot_share_is_refused() -> None:
    """12 is no multiple of 5."""
    with pytest.raises(StepError, match="shared out"):
        _ = run("cross.shapes", n=5, m=7, d=12, h=5)["queries"]
