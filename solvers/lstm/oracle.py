"""What `torch.nn.LSTMCell` says about a time step, gate by gate.

The layer returns only the hidden state and the cell. Its gates are found by asking it again under conditions in which one of
them is all that is left: the new cell is f c + i g, so that f is what the cell gains when the old cell goes from 0 to 1; with
an infinite bias on the candidate, g is 1 and an empty cell becomes i; with one on the input gate it becomes g; and an
infinite cell, wholly kept, shows o as the hidden state.
"""

from __future__ import annotations

import math
from typing import Any

from solvers.oracles import torch_tensor
from solvers.values import Value

ORDER = ("input", "forget", "candidate", "output")
"""The order in which PyTorch stacks the weights of the gates: i, f, g, o."""
Weights = tuple[Any, Any, Any]
"""Stacked weights of the input, of the hidden state, and the bias."""


def layer(weight: Any, recurrent: Any, bias: Any, **more: float) -> Any:
    """An LSTMCell with these stacked weights and bias, `more` added to the bias of the gates named: `forget=inf`."""
    import torch

    size = recurrent.shape[1]
    cell = torch.nn.LSTMCell(weight.shape[1], size, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(weight)
        cell.weight_hh.copy_(recurrent)
        cell.bias_ih.copy_(bias)
        cell.bias_hh.zero_()
        for gate, amount in more.items():
            cell.bias_hh[ORDER.index(gate) * size :][:size] = amount
    return cell


def with_gates(forget: Any, input: Any, candidate: Any, output: Any) -> Any:  # noqa: A002 - the gate's name
    """An LSTMCell without weights whose biases make the gates these values."""
    import torch

    bias = torch.cat([torch.logit(input), torch.logit(forget), torch.atanh(candidate), torch.logit(output)])
    nothing = torch.zeros(len(bias), len(forget), dtype=torch.float64)
    return layer(nothing, nothing, bias)


def time_step(weights: Weights, x: Any, h: Any, c: Any) -> dict[str, Any]:
    """Every step of one time step; `x`, `h` and `c` may have a batch axis in front."""
    import torch

    weight, recurrent, bias = weights
    with torch.no_grad():
        empty, one = torch.zeros_like(c), torch.ones_like(c)
        plain = layer(*weights)
        full = layer(*weights, forget=math.inf)
        hidden, cell = plain(x, (h, c))
        sums = torch.nn.functional.linear(x, weight, bias) + torch.nn.functional.linear(h, recurrent)
        return {
            **{f"{gate}_score": part for gate, part in zip(ORDER, sums.chunk(4, dim=-1), strict=True)},
            "forget_gate": plain(x, (h, one))[1] - plain(x, (h, empty))[1],
            "input_gate": layer(*weights, candidate=math.inf)(x, (h, empty))[1],
            "candidate": layer(*weights, input=math.inf)(x, (h, empty))[1],
            "cell": cell,
            "output_gate": full(x, (h, one * math.inf))[0],
            "hidden": hidden,
        }


def stacked(weights: dict[str, Value], name: str) -> Any:
    """The weights or biases `name_i`, `name_f`, `name_c`, `name_o` in PyTorch's order; numbers become 1 × 1 (biases: 1)."""
    import torch

    parts = [torch_tensor(weights[f"{name}_{gate[0]}"]) for gate in ORDER]
    if parts[0].dim() == 0:
        parts = [part.reshape((1,) if name == "b" else (1, 1)) for part in parts]
    return torch.cat(parts)


def sequence(weights: Weights, xs: Any, h: Any, c: Any) -> dict[str, Any]:
    """Every step of every time step, named as in the sequence derivations."""
    found: dict[str, Any] = {}
    for number, x in enumerate(xs, start=1):
        now = time_step(weights, x, h, c)
        h, c = now["hidden"], now["cell"]
        found.update({f"{step}_{number}": value for step, value in now.items()})
    return found


def scalars(found: dict[str, Any]) -> dict[str, Any]:
    """The same steps of a cell with one unit, as numbers."""
    return {step: value.item() for step, value in found.items()}


def stacked_from_concatenated(weights: dict[str, Value], size: int, order: str) -> tuple[Any, Any, Any]:
    """The stacked weights of input and hidden state, and the bias, from weights over [h, x] or [x, h]."""
    both, bias = stacked(weights, "W"), stacked(weights, "b")
    if order == "hx":
        return both[:, size:], both[:, :size], bias
    return both[:, :-size], both[:, -size:], bias
