"""Activations of a neuron by name: their values, formulas, and what students take for them.

Threshold units fire from 0 on, and the signum of 0 is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solvers import functions
from solvers.derivation import Derivation
from solvers.givens import Given, word
from solvers.values import Value, each


def fires(v: Value) -> Value:
    """1 from 0 on, 0 below: the threshold function."""
    return each(lambda number: 1 if number >= 0 else 0, v)


def sign(v: Value) -> Value:
    """1 above 0, 0 at 0, -1 below: the signum function."""
    return each(lambda number: (number > 0) - (number < 0), v)


def bipolar(v: Value) -> Value:
    """1 from 0 on, -1 below."""
    return each(lambda number: 1 if number >= 0 else -1, v)


def _bipolar_sigmoid(v: Value) -> Value:
    return 2 * functions.sigmoid(v) - 1


FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "threshold": fires,
    "signum": sign,
    "bipolar": bipolar,
    "linear": lambda v: v,
    "relu": functions.relu,
    "sigmoid": functions.sigmoid,
    "bipolar_sigmoid": _bipolar_sigmoid,
    "tanh": functions.tanh,
}
FORMULAS = {
    "threshold": r"\mathbf{1}\left[$v \ge 0\right]",
    "signum": r"\operatorname{sgn}\left($v\right)",
    "bipolar": r"2 \cdot \mathbf{1}\left[$v \ge 0\right] - 1",
    "linear": "$v",
    "relu": r"\max\left(0, $v\right)",
    "sigmoid": r"\frac{1}{1 + e^{-$v}}",
    "bipolar_sigmoid": r"\frac{2}{1 + e^{-$v}} - 1",
    "tanh": r"\tanh\left($v\right)",
}


def _tanh(v: Value) -> Value:
    return functions.tanh(v)


def _sigmoid(v: Value) -> Value:
    return functions.sigmoid(v)


MISTAKES: dict[str, dict[str, Callable[[Value], Value]]] = {
    "threshold": {
        "neuron/threshold-inverted": lambda v: each(lambda number: 1 if number <= 0 else 0, v),
        "neuron/silent-at-zero": lambda v: each(lambda number: 1 if number > 0 else 0, v),
        "neuron/signum-for-threshold": sign,
    },
    "signum": {
        "neuron/signum-zero-below": lambda v: each(lambda number: 1 if number > 0 else 0, v),
        "neuron/signum-one-at-zero": bipolar,
    },
    "bipolar": {"neuron/threshold-for-bipolar": fires},
    "sigmoid": {
        "neuron/exponent-sign": lambda v: functions.sigmoid(-v),
        "activation/tanh-for-sigmoid": _tanh,
    },
    "tanh": {"activation/sigmoid-for-tanh": _sigmoid},
    "relu": {"activation/absolute-value": lambda v: each(abs, v)},
    "bipolar_sigmoid": {"neuron/exponent-sign": lambda v: _bipolar_sigmoid(-v)},
}
"""Wrong activations: what a student takes for the function of that name."""


def activation_given(default: str, *names: str) -> Given:
    """The name of an activation: one of `names`, or any."""
    return word(
        r"\text{activation}",
        "activation: threshold is 1 from 0 on, else 0; signum is 1, 0 or -1; bipolar is 1 from 0 on, else -1",
        "激活函数：threshold 在 v ≥ 0 时为 1，否则为 0；signum 取 1、0、-1；bipolar 在 v ≥ 0 时为 1，否则为 -1",
        words=names or tuple(FUNCTIONS),
        default=default,
    )


def add_activation(d: Derivation, activation: str, name: str, of: str, symbol: str, en: str, zh: str) -> None:
    """Declares the step that puts a weighted sum through the activation, and what goes wrong there."""
    inputs = {"v": of, "activation": "activation"}

    def rule(v: Value, activation: str) -> Value:
        return FUNCTIONS[activation](v)

    d.step(FORMULAS[activation], symbol=symbol, name=name, en=en, zh=zh, inputs=inputs)(rule)
    for id, wrong in MISTAKES.get(activation, {}).items():
        d.misconception(id, replaces=name, inputs={"v": of})(wrong)


def torch_activation(v: Any, activation: str) -> Any:
    """The activation by PyTorch's own functions."""
    import torch

    one = torch.ones((), dtype=v.dtype)
    return {
        "threshold": lambda: torch.heaviside(v, one),
        "signum": v.sign,
        "bipolar": lambda: torch.copysign(one, v + 0.0),
        "linear": lambda: v,
        "relu": v.relu,
        "sigmoid": v.sigmoid,
        "bipolar_sigmoid": (v / 2).tanh,
        "tanh": v.tanh,
    }[activation]()


def cleaned(v: Any) -> Any:
    """The tensor with what doubles leave of an exact 0 rounded away, for functions that jump there."""
    return v.round(decimals=10) + 0.0
