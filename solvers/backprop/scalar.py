"""The steps of a single neuron's backward pass, shared by the derivations that have one neuron per layer."""

from __future__ import annotations

from typing import Any

from solvers.backprop.functions import (
    activation_of,
    fused_delta,
    gradient_formula,
    is_fused,
    loss_formula,
    loss_gradient,
    loss_value,
    slope,
    slope_symbol,
)
from solvers.backprop.loss_mistakes import declare_entropy_mistakes
from solvers.backprop.mistakes import (
    declare_fused_mistakes,
    declare_loss_mistakes,
    declare_slope_mistakes,
    declare_step_mistakes,
)
from solvers.derivation import Derivation
from solvers.givens import number
from solvers.values import Number

TARGET = number("y", "target", "目标值")


def partial(symbol: str) -> str:
    """The LaTeX of the loss's derivative with respect to a symbol."""
    return rf"\frac{{\partial L}}{{\partial {symbol}}}"


def add_loss(d: Derivation, loss: str, output: str) -> None:
    """Adds the loss of one output."""
    d.step(
        loss_formula(loss, "number", 1),
        symbol="L",
        name="loss",
        en="Loss",
        zh="损失",
        final=True,
        output=output,
        loss="loss_function",
    )(loss_value)
    declare_entropy_mistakes(d, "loss", loss, several=False, output=output)


def add_delta_of_loss(
    d: Derivation,
    activation: str,
    loss: str,
    *,
    z: str,
    output: str,
    output_symbol: str,
    z_symbol: str,
    slope_step: str,
    delta: str,
    word: str = "activation",
    **words: Any,
) -> None:
    """Adds the delta of the neuron whose output the loss looks at."""
    if is_fused(activation, loss):
        d.step("$output - $target", name=delta, output=output, loss="loss_function", **words)(fused_delta)
        declare_fused_mistakes(d, delta, output=output)
        return
    d.step(
        gradient_formula(loss, "number", 1),
        symbol=partial(output_symbol),
        name="error",
        en="Gradient of the loss at the output",
        zh="损失对输出的梯度",
        output=output,
        loss="loss_function",
    )(loss_gradient)
    declare_loss_mistakes(d, loss, 1, step="error", output=output)
    add_delta(
        d,
        activation,
        z=z,
        a=output,
        z_symbol=z_symbol,
        error="error",
        slope_step=slope_step,
        delta=delta,
        word=word,
        **words,
    )


def add_delta(
    d: Derivation,
    activation: str,
    *,
    z: str,
    a: str,
    z_symbol: str,
    error: str,
    slope_step: str,
    delta: str,
    word: str = "activation",
    **words: Any,
) -> None:
    """Adds the derivative of an activation at a weighted sum, and the delta there, with their misconceptions.

    `z`, `a` and `error` are the steps of the weighted sum, of the activation and of the gradient at the activation; `word` is
    the given that names the activation, `words` the delta's symbol and its names in both languages.
    """
    if not activation_of(activation).scalar_slope:
        d.step("$error", name=delta, error=error, **words)(lambda error: error)
        return

    def rule(a: Number, z: Number, word: str) -> Number:
        return slope(a, z, activation if word == "same" else word)

    d.step(
        activation_of(activation).scalar_slope,
        symbol=slope_symbol(activation, z_symbol),
        name=slope_step,
        en="Derivative of the activation at the weighted sum",
        zh="激活函数在加权和处的导数",
        a=a,
        z=z,
        word=word,
    )(rule)
    d.step("$error $slope", name=delta, error=error, slope=slope_step, **words)(lambda error, slope: error * slope)
    declare_slope_mistakes(d, activation, slope_step, a=a, z=z)
    d.misconception("backprop/derivative-missing", replaces=delta, error=error)(lambda error: error)


def add_update(d: Derivation, step: str, *, value: str, gradient: str, symbol: str, en: str, zh: str) -> None:
    """Adds a parameter after a step of gradient descent, with its misconceptions."""
    names = {"value": value, "gradient": gradient}
    d.step(
        "$value - $rate $gradient",
        symbol=rf"{symbol}^{{\text{{new}}}}",
        name=step,
        en=en,
        zh=zh,
        final=True,
        inputs=names,
    )(lambda value, gradient, rate: value - rate * gradient)
    declare_step_mistakes(d, step, value=value, gradient=gradient)
