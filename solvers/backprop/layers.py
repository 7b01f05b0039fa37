"""The steps of one dense layer, forwards and backwards, each written once for one sample and for a batch.

One sample is a column: z = W a + b, with one row of weights for each unit of the layer. A batch has one sample per row:
Z = A W + b, with one column of weights for each unit. Deltas are the gradients of each sample's own loss with respect to
the weighted sums: averaging over the batch comes with the gradients of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from solvers.backprop.functions import (
    Form,
    activate,
    activation_of,
    fused_delta,
    fused_formula,
    gradient_formula,
    is_fused,
    loss_gradient,
    quotient,
    slope,
    slope_symbol,
    softmax_delta,
)
from solvers.derivation import Derivation
from solvers.rules import turning
from solvers.values import Matrix, Number, Value, Vector, each

Rule = Callable[..., Value]


@dataclass(frozen=True)
class Layer:
    """A dense layer: its number, the names of what it reads and computes, and its activation.

    `before` is the given or step that the layer reads, `units` the step of its activations (`hidden`, `output`); the weights
    are `W1`, `b1`. `word` is the given that names the activation, `activation` the name itself.
    """

    number: int
    before: str
    units: str
    symbol: str
    word: str
    activation: str
    en: str
    zh: str

    @property
    def names(self) -> dict[str, str]:
        """What the parameters of the rules stand for."""
        n, units = self.number, self.units
        return {
            "W": f"W{n}",
            "b": f"b{n}",
            "a_before": self.before,
            "z": f"z{n}",
            "a": units,
            "activation": self.word,
            "error": f"{units}_error",
            "slope": f"{units}_slope",
            "delta": f"{units}_delta",
            "W_gradient": f"W{n}_gradient",
            "b_gradient": f"b{n}_gradient",
            "W_updated": f"W{n}_updated",
            "b_updated": f"b{n}_updated",
        }

    @property
    def is_bent(self) -> bool:
        """Whether its activation has a derivative of its own that is not 1 everywhere."""
        return bool(activation_of(self.activation).slope)


@dataclass(frozen=True)
class Convention:
    """How samples lie: the formulas and rules in which columns and rows differ."""

    form: Form
    affine: tuple[str, Rule]
    back: tuple[str, Rule]
    back_wrongly: Rule
    weight_gradient: tuple[str, Rule]
    bias_gradient: tuple[str, Rule]
    letters: Mapping[str, str]

    @property
    def other(self) -> str:
        """The convention of those whose samples lie the other way."""
        return "convention/row-vectors" if self.form == "vector" else "convention/column-vectors"


# ---------------------------------------------------------------------------------------------- one sample, a column


def _column_affine(W: Matrix, a_before: Vector, b: Vector) -> Vector:
    return W @ a_before + b


def _column_back(W: Matrix, delta: Vector) -> Vector:
    return W.T @ delta


def _column_back_wrongly(W: Matrix, delta: Vector) -> Vector:
    return W @ delta


def _column_weight_gradient(delta: Vector, a_before: Vector) -> Matrix:
    return np.multiply.outer(delta, a_before)


def _column_bias_gradient(delta: Vector) -> Vector:
    return delta


COLUMNS = Convention(
    "vector",
    ("$W $a_before + $b", _column_affine),
    (r"$W^\top $delta", _column_back),
    _column_back_wrongly,
    (r"$delta $a_before^\top", _column_weight_gradient),
    ("$delta", _column_bias_gradient),
    {"z": "z", "delta": r"\delta", "output": r"\hat{y}", "h": "h"},
)

# --------------------------------------------------------------------------------------- a batch, one sample per row


def batch(samples: int, divisor: int) -> Convention:
    """The convention for a batch of so many samples, whose gradients are divided by `divisor`."""

    def affine(W: Matrix, a_before: Matrix, b: Vector) -> Matrix:
        return a_before @ W + b

    def back(W: Matrix, delta: Matrix) -> Matrix:
        return delta @ W.T

    def back_wrongly(W: Matrix, delta: Matrix) -> Matrix:
        return delta @ W

    def weight_gradient(delta: Matrix, a_before: Matrix) -> Matrix:
        return quotient(a_before.T @ delta, divisor)

    def bias_gradient(delta: Matrix) -> Vector:
        return quotient(np.sum(delta, axis=0), divisor)

    before = "" if divisor == 1 else rf"\frac{{1}}{{{divisor}}} "
    ones = rf"\begin{{pmatrix}} {' & '.join('1' * samples)} \end{{pmatrix}}"
    return Convention(
        "batch",
        ("$a_before $W + $b", affine),
        (r"$delta $W^\top", back),
        back_wrongly,
        (rf"{before}$a_before^\top $delta", weight_gradient),
        (f"{before}{ones} $delta", bias_gradient),
        {"z": "Z", "delta": r"\Delta", "output": r"\hat{Y}", "h": "H"},
    )


# ------------------------------------------------------------------------------------------------------------ steps


def add_forward(d: Derivation, layer: Layer, convention: Convention) -> None:
    """Adds the weighted sums and the activations of a layer."""
    names, n = layer.names, layer.number
    formula, rule = convention.affine
    d.step(
        formula,
        symbol=f"{convention.letters['z']}_{n}",
        name=f"z{n}",
        en=f"Weighted sums of the {layer.en}",
        zh=f"{layer.zh}的加权和",
        **_needed(names, "W", "b", "a_before"),
    )(rule)
    d.convention(convention.other, replaces=f"z{n}", **_needed(names, "W", "b", "a_before"))(turning(rule, "W"))
    d.step(
        activation_of(layer.activation).formula,
        symbol=layer.symbol,
        name=layer.units,
        en=f"Activations of the {layer.en}",
        zh=f"{layer.zh}的输出",
        **_needed(names, "z", "activation"),
        inputs={"first": "activation"} if layer.word == "activation2" else None,
    )(_activate_as_first if layer.word == "activation2" else activate)


def _activate_as_first(z: Value, activation: str, first: str) -> Value:
    """The second hidden layer's activation, which may be that of the first."""
    return activate(z, first if activation == "same" else activation)


def add_output_delta(d: Derivation, layer: Layer, convention: Convention, loss: str, outputs: int) -> None:
    """Adds the delta of the output layer: the gradient of each sample's loss with respect to the weighted sums."""
    symbol = f"{convention.letters['delta']}_{layer.number}"
    words: dict[str, Any] = {"en": "Delta of the output layer", "zh": "输出层的误差项"}
    if is_fused(layer.activation, loss):
        d.step(
            fused_formula(loss, outputs),
            symbol=symbol,
            name="output_delta",
            **words,
            loss="loss_function",
            output="output",
        )(fused_delta)
        return
    d.step(
        gradient_formula(loss, convention.form, outputs),
        symbol=rf"\frac{{\partial L}}{{\partial {layer.symbol}}}",
        name="output_error",
        en="Gradient of the loss at the output",
        zh="损失对网络输出的梯度",
        loss="loss_function",
    )(loss_gradient)
    if layer.activation == "softmax":
        if convention.form == "vector":
            formula = r"$output \odot \left($error - $error^\top $output\right)"
        else:
            formula = r"$output \odot \left($error - \operatorname{rowsum}\left($error \odot $output\right)\right)"
        d.step(formula, symbol=symbol, name="output_delta", **words, error="output_error")(softmax_delta)
        return
    add_delta(d, layer, convention, **words)


def add_error(d: Derivation, layer: Layer, after: Layer, convention: Convention) -> None:
    """Adds what the next layer's deltas, sent back through its weights, say about the activations of this one."""
    formula, rule = convention.back
    d.step(
        formula,
        symbol=rf"\frac{{\partial L}}{{\partial {layer.symbol}}}",
        name=f"{layer.units}_error",
        en=f"Gradient of the loss at the activations of the {layer.en}",
        zh=f"损失对{layer.zh}输出的梯度",
        **_needed(after.names, "W", "delta"),
    )(rule)
    d.convention(convention.other, replaces=f"{layer.units}_error", **_needed(after.names, "W", "delta"))(
        turning(rule, "W")
    )


def add_delta(d: Derivation, layer: Layer, convention: Convention, en: str, zh: str) -> None:
    """Adds the derivative of the activation, and the delta: the gradient at the activations times that derivative."""
    names, n = layer.names, layer.number
    symbol = f"{convention.letters['delta']}_{n}"
    if not layer.is_bent:
        d.step("$error", symbol=symbol, name=names["delta"], en=en, zh=zh, **_needed(names, "error"))(
            lambda error: error
        )
        return
    slope_sign = slope_symbol(layer.activation, f"{convention.letters['z']}_{n}")
    d.step(
        activation_of(layer.activation).slope,
        symbol=slope_sign,
        name=names["slope"],
        en=f"Derivative of the activation at the weighted sums of the {layer.en}",
        zh=f"{layer.zh}激活函数在加权和处的导数",
        **_needed(names, "a", "z"),
    )(lambda a, z: slope(a, z, layer.activation))
    if layer.activation == "relu":
        d.convention("convention/relu-slope-at-zero", replaces=names["slope"], inputs={"z": names["z"]})(
            lambda z: each(lambda number: int(number >= 0), z)
        )
    d.step(
        r"$error \odot $slope", symbol=symbol, name=names["delta"], en=en, zh=zh, **_needed(names, "error", "slope")
    )(lambda error, slope: error * slope)


def add_gradients(d: Derivation, layer: Layer, convention: Convention) -> None:
    """Adds the gradients of the layer's weights and biases."""
    names, n = layer.names, layer.number
    for letter, (formula, rule), en, zh in (
        ("W", convention.weight_gradient, "weights", "权重"),
        ("b", convention.bias_gradient, "biases", "偏置"),
    ):
        d.step(
            formula,
            symbol=rf"\frac{{\partial L}}{{\partial {letter}_{n}}}",
            name=f"{letter}{n}_gradient",
            en=f"Gradient of the {en} of the {layer.en}",
            zh=f"{layer.zh}{zh}的梯度",
            row=letter == "b" and convention.form == "batch",
            **_needed(names, "delta", *(("a_before",) if letter == "W" else ())),
        )(rule)
    d.convention(convention.other, replaces=f"W{n}_gradient", **_needed(names, "delta", "a_before"))(
        partial(_lying_as_the_weights, convention.weight_gradient[1])
    )


def _lying_as_the_weights(rule: Rule, delta: Value, a_before: Value) -> Matrix:
    """The gradient of weights that are used transposed: transposed as well, as far as they are square."""
    gradient: Matrix = rule(delta, a_before)
    return gradient.T if gradient.shape[0] == gradient.shape[1] else gradient


def add_update(d: Derivation, layer: Layer, convention: Convention, *, decays: bool, moves_biases: bool) -> None:
    """Adds the weights and biases after one step of gradient descent; with decay, the gradient of the L2 term first."""
    names, n = layer.names, layer.number
    used = names["W_gradient"]
    if decays:
        used = f"W{n}_total_gradient"
        d.step(
            "$W_gradient + $l2 $W",
            symbol=rf"\frac{{\partial J}}{{\partial W_{n}}}",
            name=used,
            en=f"Gradient of the weights of the {layer.en}, L2 term included",
            zh=f"{layer.zh}权重的梯度（含 L2 项）",
            **_needed(names, "W_gradient", "W"),
        )(lambda W_gradient, l2, W: W_gradient + l2 * W)

    def weights(W: Matrix, gradient: Matrix, rate: Number) -> Matrix:
        return W - rate * gradient

    def weights_without_decay(W: Matrix, gradient: Matrix, rate: Number, l2: Number) -> Matrix:
        return W - rate * (gradient + l2 * W)  # l2 is 0

    def biases(b: Vector, gradient: Vector, rate: Number, update_biases: bool) -> Vector:
        return b - rate * gradient if update_biases else b

    own: dict[str, Any] = {"gradient": used, "W": names["W"]}
    d.step(
        "$W - $rate $gradient",
        symbol=rf"W_{n}^{{\text{{new}}}}",
        name=names["W_updated"],
        en=f"Updated weights of the {layer.en}",
        zh=f"{layer.zh}更新后的权重",
        **own,
    )(weights if decays else weights_without_decay)
    d.step(
        "$b - $rate $gradient" if moves_biases else "$b",
        symbol=rf"b_{n}^{{\text{{new}}}}",
        name=names["b_updated"],
        en=f"Updated biases of the {layer.en}",
        zh=f"{layer.zh}更新后的偏置",
        row=convention.form == "batch",
        gradient=names["b_gradient"],
        b=names["b"],
    )(biases)


def add_second_forward(d: Derivation, layer: Layer, before: str, convention: Convention) -> None:
    """Adds the layer's activations once more, with the updated weights; `before` is what the layer then reads."""
    affine_formula, affine = convention.affine
    formula = activation_of(layer.activation).formula.replace("$z", affine_formula)

    def again(W: Matrix, b: Vector, a_before: Value) -> Value:
        return activate(affine(W=W, a_before=a_before, b=b), layer.activation)

    inputs = {"W": layer.names["W_updated"], "b": layer.names["b_updated"], "a_before": before}
    d.convention(convention.other, replaces=f"{layer.units}_after", inputs=inputs)(turning(again, "W"))
    d.step(
        formula,
        symbol=rf"{layer.symbol}^{{\text{{new}}}}",
        name=f"{layer.units}_after",
        en=f"Activations of the {layer.en} after the update",
        zh=f"更新后{layer.zh}的输出",
        inputs=inputs,
    )(again)


def _needed(names: Mapping[str, str], *wanted: str) -> dict[str, Any]:
    return {name: names[name] for name in wanted}
