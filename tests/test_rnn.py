"""Simple recurrent networks, forwards: a published example, corner cases, and PyTorch's word on all of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.formula_check import check_formula
from solvers.text import UsageError
from solvers.trace import StepError
from solvers.values import Shape, as_float
from tests.deriving import run

F = Fraction
SCALAR: dict[str, Any] = {"x": [1, F(-1, 2), 2], "w": F(1, 2), "u": F(-3, 2), "b": F(1, 10), "h0": F(1, 5)}
LAYER: dict[str, Any] = {
    "x": [[1, 2], [F(-1, 2), 3], [0, 1]],
    "W": [[F(1, 2), -1], [1, F(1, 4)], [0, 1]],
    "U": [[0, 1, F(1, 2)], [-1, F(1, 2), 0], [F(1, 4), 0, 1]],
    "b": [0, F(1, 2), -1],
}
OUT: dict[str, Any] = {"V": [[1, 0, F(1, 2)], [F(-1, 2), 1, 1]], "c": [F(1, 2), 0]}
STEP: dict[str, Any] = {"x": [1, -2], "h": [F(1, 2), -1]}


CASES: list[tuple[str, dict[str, Any]]] = [
    *[("rnn.hidden_scalar", {**SCALAR, "activation": word}) for word in ("tanh", "relu", "sigmoid", "linear")],
    *[("rnn.hidden", {**LAYER, "activation": word}) for word in ("tanh", "relu", "sigmoid", "linear")],
    ("rnn.outputs_scalar", {**SCALAR, "v": 2, "c": 1, "output_activation": "sigmoid"}),
    ("rnn.outputs", {**LAYER, **OUT, "output_activation": "softmax"}),
    ("rnn.losses_scalar", {**SCALAR, "v": 2, "c": 1, "target": [0, 1, 2]}),
    ("rnn.losses", {**LAYER, **OUT, "target": [[1, 0], [0, 1], [1, 0]], "output_activation": "softmax"}
     | {"loss_function": "cross_entropy"}),
    ("rnn.losses", {**LAYER, **OUT, "target": [[1, 0], [0, 1], [1, 2]]}),
    ("rnn.step_batch", {"X": [[1, 2], [0, -1], [3, 1]], "W_xh": [[1, 0], [F(1, 2), -1]], "H": [[1, 0], [0, 1], [1, 1]],
                        "W_hh": [[0, 1], [F(-1, 2), 1]], "b_h": [1, -1]}),
    ("rnn.step_concatenated", {**STEP, "W": [[1, 0, F(1, 2), -1], [0, 1, 1, 0]], "b": [1, 0]}),
    ("rnn.step_concatenated", {**STEP, "W": [[1, 0, F(1, 2), -1], [0, 1, 1, 0]], "order": "xh", "activation": "relu"}),
    ("rnn.step_pytorch", {**STEP, "W_ih": [[1, 0], [F(1, 2), -1]], "W_hh": [[0, 1], [1, 1]], "b_ih": [1, 0], "b_hh": [0, 1]}),
    ("rnn.step_pytorch", {**STEP, "W_ih": [[1, 0], [F(1, 2), -1]], "W_hh": [[0, 1], [1, 1]], "activation": "relu"}),
    *[("rnn.linear", {"u": u, "w": 2, "x": 3, "T": 4, "h0": -1}) for u in (F(1, 2), 1, -1, 2, 0)],
    *[("rnn.shapes", {"B": 4, "T": 7, "d": 5, "h": 6, "layers": 2, "bidirectional": both, "batch_first": first})
      for both in (False, True) for first in (False, True)],
    ("rnn.shapes", {"B": 2, "T": 3, "d": 40_000, "h": 50_000, "layers": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "givens"), CASES)
def test_pytorch_agrees_with_every_step(name: str, givens: dict[str, Any]) -> None:
    """All steps are compared, and every printed formula gives the step's value."""
    trace = run(name, **givens)
    certificate = certify(trace)
    assert certificate.certified
    assert set(certificate.steps) == set(trace.derivation.steps)
    assert all(check_formula(trace, step) != "differs" for step in trace.derivation.steps)


def test_a_batch_step_is_that_of_the_joined_matrices() -> None:
    """Zhang et al., Dive into Deep Learning, section 9.4: X W_xh + H W_hh equals [X, H] times the stacked weights."""
    trace = run("rnn.step_batch", X=[[1, 2]], W_xh=[[1], [3]], H=[[4]], W_hh=[[5]], activation="linear")
    assert trace["hidden"].tolist() == [[1 * 1 + 2 * 3 + 4 * 5]]


def test_a_linear_unit_with_a_weight_of_one_adds_up() -> None:
    """The geometric series has no closed form at u = 1, where it is the number of its terms."""
    assert run("rnn.linear", u=1, w=1, x=2, T=5, h0=3)["state"] == 13


def test_the_state_of_an_empty_history_is_the_initial_one() -> None:
    """Without an input weight the first state depends on h0 alone; ReLU keeps it exact."""
    trace = run("rnn.hidden_scalar", x=[1], w=0, u=2, h0=F(1, 4), activation="relu")
    assert trace["hidden_1"] == F(1, 2)


def test_a_character_model_starts_uncertain() -> None:
    """With all weights zero, every class is as likely: the loss is T times ln of the classes (Karpathy's min-char-rnn)."""
    zeros: dict[str, Any] = {"x": [[1], [1]], "W": [[0]], "U": [[0]], "V": [[0]] * 4, "c": 0}
    zeros |= {"target": [[1, 0, 0, 0], [0, 0, 1, 0]], "output_activation": "softmax", "loss_function": "cross_entropy"}
    assert as_float(run("rnn.losses", **zeros)["loss"]) == pytest.approx(2 * 1.3862943611)


def test_pytorch_documents_these_shapes() -> None:
    """torch.nn.RNN(10, 20, 2) on input (5, 3, 10) returns output (5, 3, 20) and h_n (2, 3, 20)."""
    trace = run("rnn.shapes", T=5, B=3, d=10, h=20, layers=2, batch_first=False)
    assert (trace["output"], trace["last_state"]) == (Shape((5, 3, 20)), Shape((2, 3, 20)))


def test_a_weight_that_does_not_fit_is_refused() -> None:
    """Columns of the joint weights must match the joined vector; sizes of split weights are named."""
    with pytest.raises(StepError, match="columns"):
        _ = run("rnn.step_concatenated", x=[1], h=[1], W=[[1, 2, 3]])["hidden"]
    with pytest.raises(UsageError, match="sizes do not fit"):
        run("rnn.hidden", x=[[1, 2]], W=[[1]], U=[[1]])
