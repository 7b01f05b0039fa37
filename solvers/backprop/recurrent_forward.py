"""The forward pass of a simple recurrent network, step by step: weighted sums, hidden states, outputs, losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from solvers.backprop.functions import activate, activation_of, loss_formula, loss_value
from solvers.backprop.loss_mistakes import Loss, declare_entropy_mistakes
from solvers.backprop.recurrent_parts import Parts
from solvers.derivation import Derivation, Rule
from solvers.rules import taking
from solvers.values import Value


class Output(NamedTuple):
    """The output of every time step: its activation, its loss, and how many numbers it has."""

    activation: str
    loss: str
    size: int


Target = tuple[str, Callable[[Value], Value]]
"""The target of one time step: its place in a formula, and how it is taken from the given."""


def target_of_step(t: int) -> Target:
    """One target for every time step."""
    return f"$target[{t - 1}]", lambda target: target[t - 1]


def only_target(_: int) -> Target:
    """One target for the whole sequence."""
    return "$target", lambda target: target


def at_time(t: int, en: str, zh: str) -> dict[str, Any]:
    """The words for a quantity of a time step."""
    return {"en": f"{en} at time step {t}", "zh": f"第 {t} 步的{zh}"}


def state_before(t: int) -> str:
    """The name of the hidden state that a time step reads."""
    return "h0" if t == 1 else f"hidden_{t - 1}"


def add_hidden(d: Derivation, parts: Parts, t: int, activation: str) -> None:
    """Adds the weighted sum and the hidden state of a time step."""
    names = {"W": parts.W, "U": parts.U, "h": state_before(t)}

    def weighted_sum(W: Value, x: Value, U: Value, h: Value, b: Value) -> Value:
        return parts.times(W, x[t - 1]) + parts.times(U, h) + b

    def without_state(W: Value, x: Value, b: Value) -> Value:
        return parts.times(W, x[t - 1]) + b

    def without_bias(W: Value, x: Value, U: Value, h: Value) -> Value:
        return parts.times(W, x[t - 1]) + parts.times(U, h)

    words = at_time(t, "Weighted sum", "加权和")
    d.step(f"$W $x[{t - 1}] + $U $h + $b", symbol=f"z_{{{t}}}", name=f"z_{t}", inputs=names, **words)(weighted_sum)
    d.misconception("backprop/bias-forgotten", replaces=f"z_{t}", inputs=names)(without_bias)
    if t > 1:
        d.misconception("backprop/state-not-carried", replaces=f"z_{t}", W=parts.W)(without_state)
    d.step(
        activation_of(activation).formula,
        symbol=f"h_{{{t}}}",
        name=f"hidden_{t}",
        z=f"z_{t}",
        **at_time(t, "Hidden state", "隐状态"),
    )(activate)


def add_output(d: Derivation, parts: Parts, t: int, out: Output, *, final: bool = False) -> None:
    """Adds the output at a time step, from the hidden state; `final` where no loss reads it."""

    def scores(V: Value, h: Value, c: Value) -> Value:
        return parts.times(V, h) + c

    d.step(
        "$V $h + $c",
        symbol=f"s_{{{t}}}",
        name=f"score_{t}",
        V=parts.V,
        h=f"hidden_{t}",
        **at_time(t, "Weighted sum of the output", "输出层加权和"),
    )(scores)
    d.step(
        activation_of(out.activation).formula,
        symbol=rf"\hat{{y}}_{{{t}}}",
        name=f"output_{t}",
        z=f"score_{t}",
        activation="output_activation",
        final=final,
        **at_time(t, "Output", "输出"),
    )(activate)


def add_loss(d: Derivation, parts: Parts, t: int, out: Output, target: Target) -> None:
    """Adds the loss of a time step."""
    place, taken = target
    _, loss, outputs = out
    d.step(
        loss_formula(loss, parts.form, outputs).replace("$target", place),
        symbol=f"L_{{{t}}}",
        name=f"loss_{t}",
        output=f"output_{t}",
        loss="loss_function",
        **at_time(t, "Loss", "损失"),
    )(lambda output, target, loss: loss_value(output, taken(target), loss))

    def rule(wrong: Loss) -> Rule:
        return lambda output, target: wrong(output, taken(target))

    declare_entropy_mistakes(d, f"loss_{t}", loss, several=outputs > 1, output=f"output_{t}", rule=rule)


def add_total_loss(d: Derivation, judged: list[int]) -> None:
    """Adds the sum of the losses of these time steps."""
    names = [f"loss_{t}" for t in judged]
    d.step(" + ".join(f"${name}" for name in names), symbol="L", name="loss", en="Total loss", zh="总损失", final=True)(
        taking(names, lambda losses: sum(losses.values()))
    )
