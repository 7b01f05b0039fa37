"""Activations and losses by name: their values, their derivatives, and the formulas of both.

A derivation takes the name as a word given, so that one rule serves every activation or loss; only the formula that
stands beside the rule is chosen when the derivation is built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from solvers import functions
from solvers.expression.arithmetic import divided
from solvers.trace import Undefined
from solvers.values import Number, Value, each, elements, is_array

Form = Literal["number", "vector", "batch"]
"""What a formula speaks of: one number, one sample as a column, or a batch with one sample per row."""

# ------------------------------------------------------------------------------------------------------ activations


@dataclass(frozen=True)
class Activation:
    """Formulas of an activation over `$z`, and of its derivative over `$a` and `$z`, for arrays and for one number.

    `letter` is the LaTeX of the function itself. Where the derivative is 1 everywhere it has no formula.
    """

    formula: str
    letter: str
    slope: str = ""
    scalar_slope: str = ""


_STEP = r"\mathbf{1}\left[$z > 0\right]"
ACTIVATIONS = {
    "sigmoid": Activation(
        r"\sigma\left($z\right)", r"\sigma", r"$a \odot \left(1 - $a\right)", r"$a \left(1 - $a\right)"
    ),
    "tanh": Activation(r"\tanh\left($z\right)", r"\tanh", r"1 - $a \odot $a", "1 - $a^2"),
    "relu": Activation(r"\operatorname{ReLU}\left($z\right)", r"\operatorname{ReLU}", _STEP, _STEP),
    "linear": Activation("$z", ""),
}
SOFTMAX = Activation(r"\operatorname{softmax}\left($z\right)", r"\operatorname{softmax}")

_VALUES: dict[str, Callable[[Value], Value]] = {
    "sigmoid": functions.sigmoid,
    "tanh": functions.tanh,
    "relu": functions.relu,
    "softmax": functions.softmax,
}


def activation_of(name: str) -> Activation:
    """The formulas of the activation of this name, softmax included."""
    return SOFTMAX if name == "softmax" else ACTIVATIONS[name]


def activate(z: Value, activation: str) -> Value:
    """The activation of this name, elementwise; softmax along the last axis."""
    return _VALUES[activation](z) if activation in _VALUES else z


def slope(a: Value, z: Value, activation: str) -> Value:
    """The derivative at `z`, where the activation has the value `a`; that of ReLU is 0 at 0."""
    if activation == "sigmoid":
        return a * (1 - a)
    if activation == "tanh":
        return 1 - a * a
    return above_zero(z) if activation == "relu" else each(lambda _: 1, z)


def above_zero(z: Value) -> Value:
    """1 where the number is above 0, elsewhere 0."""
    return each(lambda number: 1 if number > 0 else 0, z)


def quotient(a: Value, b: Value) -> Value:
    """The elementwise quotient, exact where both numbers are."""
    if not (is_array(a) or is_array(b)):
        return divided(a, b)
    return np.frompyfunc(divided, 2, 1)(a, b)


# ----------------------------------------------------------------------------------------------------------- losses

SQUARES = ("squared_error", "mean_squared_error", "sum_of_squares")
ENTROPIES = ("cross_entropy", "binary_cross_entropy", "mean_binary_cross_entropy")
LOSSES = (*SQUARES, *ENTROPIES)


def is_fused(activation: str, loss: str) -> bool:
    """Whether the derivative of the activation cancels against the loss, so that the delta is output minus target."""
    return (activation, loss) in {
        ("softmax", "cross_entropy"),
        ("sigmoid", "binary_cross_entropy"),
        ("sigmoid", "mean_binary_cross_entropy"),
    }


def share(loss: str, outputs: int) -> Fraction:
    """The factor before the sum over the outputs: 1/2 for the squared error, 1/n for means."""
    if loss == "squared_error":
        return Fraction(1, 2)
    return Fraction(1, outputs) if loss.startswith("mean") else Fraction(1)


def outputs_of(output: Value) -> int:
    """How many outputs a sample has."""
    return int(output.shape[-1]) if is_array(output) else 1


def loss_value(output: Value, target: Value, loss: str) -> Number:
    """The loss, summed over the samples of a batch. Raises Undefined for the logarithm of 0."""
    pairs = list(zip(elements(output), elements(target), strict=True))
    if loss in SQUARES:
        total = sum((a - y) ** 2 for a, y in pairs)
    elif loss == "cross_entropy":
        total = -sum(_weighted_log(y, a) for a, y in pairs)
    elif any(a < 0 or a > 1 for a, _ in pairs):
        raise Undefined("the binary cross-entropy needs outputs between 0 and 1", "二元交叉熵要求输出在 0 与 1 之间")
    else:
        total = -sum(_weighted_log(y, a) + _weighted_log(1 - y, 1 - a) for a, y in pairs)
    return total * share(loss, outputs_of(output))


def _weighted_log(weight: Number, number: Number) -> Number:
    if weight == 0:
        return 0
    if number <= 0:
        raise Undefined("the loss needs the logarithm of a number that is not positive", "损失需要对非正数取对数")
    return weight * functions.log(number)


def loss_gradient(output: Value, target: Value, loss: str) -> Value:
    """The derivative of each sample's loss with respect to its outputs. Raises Undefined where there is none."""
    if loss in SQUARES:
        return (output - target) * (2 * share(loss, outputs_of(output)))
    if any(a == 0 or (a == 1 and loss != "cross_entropy") for a in elements(output)):
        raise Undefined("an output is saturated at 0 or 1", "某个输出已饱和为 0 或 1")
    if loss == "cross_entropy":
        return -quotient(target, output)
    return quotient(output - target, output * (1 - output)) * share(loss, outputs_of(output))


def fused_delta(output: Value, target: Value, loss: str) -> Value:
    """Output minus target: the delta where the activation's derivative cancels against the loss.

    Raises Undefined if the targets of a softmax are no distribution, for then it does not cancel.
    """
    if loss == "cross_entropy" and any(total != 1 for total in elements(np.sum(target, axis=-1))):
        raise Undefined("the targets of each sample must add up to 1", "每个样本的目标值之和必须为 1")
    return (output - target) * share(loss, outputs_of(output))


def softmax_delta(output: Value, error: Value) -> Value:
    """The gradient sent back through a softmax whose value is `output`."""
    return output * (error - np.sum(error * output, axis=-1, keepdims=True))


# -------------------------------------------------------------------------------------------------- their formulas


def factor(number: Fraction) -> str:
    """A coefficient as LaTeX, nothing for 1."""
    if number == 1:
        return ""
    if number.denominator == 1:
        return f"{number.numerator} "
    return rf"\frac{{{number.numerator}}}{{{number.denominator}}} "


def loss_formula(loss: str, form: Form, outputs: int, divisor: int = 1) -> str:
    """The loss over `$output` and `$target`; that of a batch is divided by `divisor`."""
    before = factor(share(loss, outputs) / divisor)
    if loss in SQUARES:
        if form == "number":
            return rf"{before}\left($output - $target\right)^2"
        return rf"{before}\left\lVert $output - $target \right\rVert^2"
    first = _entropy_formula("$target", "$output", form)
    if loss == "cross_entropy":
        return f"-{before}{first}"
    second = _entropy_formula(r"\left(1 - $target\right)", "1 - $output", form)
    return rf"-{before}\left({first} + {second}\right)"


def _entropy_formula(weight: str, number: str, form: Form) -> str:
    logarithm = rf"\ln\left({number}\right)"
    if form == "number":
        return f"{weight} {logarithm}"
    if form == "vector":
        return rf"{weight}^\top {logarithm}"
    return rf"\operatorname{{sum}}\left({weight} \odot {logarithm}\right)"


def gradient_formula(loss: str, form: Form, outputs: int) -> str:
    """The derivative of a sample's loss with respect to its outputs."""
    if loss in SQUARES:
        before = factor(2 * share(loss, outputs))
        return rf"{before}\left($output - $target\right)" if before else "$output - $target"
    if loss == "cross_entropy":
        return r"-\frac{$target}{$output}"
    times = " " if form == "number" else r" \odot "
    return rf"{factor(share(loss, outputs))}\frac{{$output - $target}}{{$output{times}\left(1 - $output\right)}}"


def fused_formula(loss: str, outputs: int) -> str:
    """The delta where the activation's derivative cancels against the loss."""
    before = factor(share(loss, outputs))
    return rf"{before}\left($output - $target\right)" if before else "$output - $target"


def slope_symbol(activation: str, argument: str) -> str:
    """The derivative's LaTeX symbol at an argument."""
    return rf"{activation_of(activation).letter}'\left({argument}\right)"
