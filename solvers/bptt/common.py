"""What the derivations of back-propagation through time share: the activation and its derivative."""

from __future__ import annotations

from typing import Any

from solvers.backprop.functions import slope
from solvers.backprop.givens import activation
from solvers.givens import Given, number
from solvers.values import Value

RECURRENT = number("u", "weight of the previous hidden state", "上一隐状态的权重（循环权重）")


def hidden_activation() -> Given:
    """The name of the hidden state's activation."""
    return activation("activation", "activation of the hidden state", "隐状态的激活函数", default="tanh")


def preimage(h: Any, word: str) -> Any:
    """A weighted sum whose activation is `h`."""
    import torch

    if word == "tanh":
        return torch.atanh(h)
    return torch.logit(h) if word == "sigmoid" else h


def slope_of(state: Value, word: str) -> Value:
    """The activation's derivative where it has this value: that of ReLU is above 0 where its argument is."""
    return slope(state, state, word)
