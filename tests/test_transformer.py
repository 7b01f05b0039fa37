"""Transformer layers: numbers by hand, the base model's counts, and PyTorch's word on every step."""

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
TOKEN: dict[str, Any] = {"x": [1, 3, -2], "W": [[1, 0, 2], [0, -1, 1], [1, 1, 1]], "b": [1, 0, F(1, 2)]}


@pytest.mark.parametrize(
    ("name", "givens"),
    [
        ("transformer.feed_forward", {"X": [[1, 2], [-1, 0], [F(1, 2), 3]], "W1": [[1, -1, 2], [0, 1, 1]], "b1": [1, 0, -4],
                                      "W2": [[1, 0], [2, -1], [0, 3]], "b2": [F(1, 2), -1]}),
        *[("transformer.sublayer", {**TOKEN, "order": order, "eps": eps, "gamma": [1, 2, F(1, 2)], "beta": [0, 1, -1]})
          for order in ("post", "pre") for eps in (0, 1, F(1, 1000))],
        ("transformer.sublayer", TOKEN),
        ("transformer.shapes", {"L": 10}),
        ("transformer.shapes", {"B": 3, "L": 5, "d": 12, "h": 4, "d_ff": 20, "V": 50}),
    ],
)  # fmt: skip
def test_pytorch_agrees(name: str, givens: dict[str, Any]) -> None:
    """Every step is compared, and every printed formula gives the step's value."""
    trace = run(name, **givens)
    certificate = certify(trace)
    assert certificate.certified
    assert set(certificate.steps) == set(trace.derivation.steps)
    assert all(check_formula(trace, step) != "differs" for step in trace.derivation.steps)


def test_a_sublayer_of_zeros_leaves_the_input_or_its_norm() -> None:
    """With F = 0, pre-norm passes x on unchanged, and post-norm gives LN(x)."""
    nothing: dict[str, Any] = {"x": [1, 3], "W": [[0, 0], [0, 0]], "eps": 0}
    assert run("transformer.sublayer", **nothing, order="pre")["output"].tolist() == [1, 3]
    assert run("transformer.sublayer", **nothing, order="post")["output"].tolist() == [-1, 1]


def test_the_base_model_has_these_counts() -> None:
    """d = 512, d_ff = 2048: 3,152,384 parameters in an encoder layer and 4,204,032 in a decoder layer (torch.nn)."""
    assert run("params.encoder_layer", d=512, heads=8, d_ff=2048)["total"] == 3_152_384
    assert run("params.decoder_layer", d=512, heads=8, d_ff=2048)["total"] == 4_204_032


def test_the_base_model_has_heads_of_width_64() -> None:
    """Vaswani et al., 2017, section 3.2.2."""
    trace = run("transformer.shapes", L=10)
    assert trace["queries"] == Shape((1, 8, 10, 64))
    assert trace["feed_forward_hidden"] == Shape((1, 10, 2048))


def test_equal_entries_have_no_norm_without_epsilon() -> None:
    """The standard deviation is 0; with an epsilon the normalised values are 0."""
    with pytest.raises(StepError):
        _ = run("transformer.sublayer", x=[2, 2], W=[[0, 0], [0, 0]], eps=0)["output"]
    assert [as_float(y) for y in run("transformer.sublayer", x=[2, 2], W=[[0, 0], [0, 0]])["output"]] == [0, 0]


def test_a_width_that_heads_cannot_share_is_refused() -> None:
    """512 is no multiple of 7."""
    with pytest.raises(StepError, match="shared out"):
        _ = run("transformer.shapes", L=3, h=7)["queries"]
