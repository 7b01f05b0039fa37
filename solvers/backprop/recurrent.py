"""Back-propagation through time in a simple recurrent network, for one unit or for vectors.

    h_t = f(W x_t + U h_(t-1) + b),    y_t = g(V h_t + c)

Either there is a target for every time step, and the loss is the sum of the steps' losses, or the loss looks at the last
output only. Every weight is shared by all time steps, so that its gradient is a sum over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solvers.backprop.functions import (
    activation_of,
    loss_gradient,
    slope,
    slope_symbol,
)
from solvers.backprop.mistakes import declare_slope_mistakes, declare_step_mistakes
from solvers.backprop.recurrent_forward import (
    Output,
    Target,
    add_hidden,
    add_loss,
    add_output,
    add_total_loss,
    at_time,
    only_target,
    state_before,
    target_of_step,
)
from solvers.backprop.recurrent_oracle import recurrent_oracle
from solvers.backprop.recurrent_parts import (
    NUMBERS,
    VECTORS,
    Parts,
    output_delta_formula,
    output_delta_of,
    recurrent_givens,
)
from solvers.backprop.scalar import partial
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.rules import taking
from solvers.text import UsageError
from solvers.values import Value


def _build(parts: Parts, every: bool, length: int, activation: str, out: Output) -> Derivation:
    en, zh = parts.titles(every)
    d = Derivation(parts.called(every), en, zh, **recurrent_givens(parts, every=every))
    judged = range(1, length + 1) if every else range(length, length + 1)
    target = target_of_step if every else only_target
    for t in range(1, length + 1):
        add_hidden(d, parts, t, activation)
        if t in judged:
            add_output(d, parts, t, out)
            add_loss(d, parts, t, out, target(t))
    add_total_loss(d, list(judged))
    for t in range(length, 0, -1):
        if t in judged:
            _add_output_delta(d, parts, t, out, target(t))
        _add_hidden_delta(d, parts, t, activation, judged=t in judged, last=t == length)
    _add_gradients(d, parts, length, list(judged))
    d.oracle(recurrent_oracle(parts, every=every))
    return d


# ---------------------------------------------------------------------------------------------------- backwards


def _add_output_delta(d: Derivation, parts: Parts, t: int, out: Output, target: Target) -> None:
    place, taken = target
    last, loss, outputs = out
    step, output = f"output_delta_{t}", f"output_{t}"
    d.step(
        output_delta_formula(parts.form, last, loss, outputs).replace("$target", place),
        symbol=rf"\delta^y_{{{t}}}",
        name=step,
        output=output,
        loss="loss_function",
        **at_time(t, "Delta of the output", "输出的误差项"),
    )(lambda output, target, loss: output_delta_of(output, taken(target), last, loss))
    d.misconception("backprop/target-minus-output", replaces=step, output=output)(
        lambda output, target: -output_delta_of(output, taken(target), last, loss)
    )
    if last == "linear" and loss == "squared_error":
        d.convention("convention/squared-error-without-half", replaces=step, output=output)(
            lambda output, target: 2 * loss_gradient(output, taken(target), loss)
        )


def _add_hidden_delta(d: Derivation, parts: Parts, t: int, activation: str, *, judged: bool, last: bool) -> None:
    error, delta = f"hidden_error_{t}", f"hidden_delta_{t}"
    own = {"V": parts.V, "out": f"output_delta_{t}"}
    later = {"U": parts.U, "after": f"hidden_delta_{t + 1}"}
    local = parts.back("V", "out")
    through = parts.back("U", "after")
    words: dict[str, Any] = {
        "symbol": partial(f"h_{{{t}}}"),
        "name": error,
        **at_time(t, "Gradient of the loss at the hidden state", "隐状态处的梯度"),
    }

    def from_both(V: Value, out: Value, U: Value, after: Value) -> Value:
        return parts.sent_back(V, out) + parts.sent_back(U, after)

    def from_output(V: Value, out: Value) -> Value:
        return parts.sent_back(V, out)

    def from_later(U: Value, after: Value) -> Value:
        return parts.sent_back(U, after)

    if judged and not last:
        d.step(f"{local} + {through}", **words, inputs={**own, **later})(from_both)
        d.misconception("backprop/not-through-time", replaces=error, inputs=own)(from_output)
        d.misconception("backprop/own-loss-forgotten", replaces=error, inputs=later)(from_later)

        @d.misconception("backprop/weights-left-out", replaces=error, inputs={**own, "after": later["after"]})
        def _(V: Value, out: Value, after: Value) -> Value:
            return parts.sent_back(V, out) + after

    elif judged:
        d.step(local, **words, inputs=own)(from_output)
    else:
        d.step(through, **words, inputs=later)(from_later)
        d.misconception("backprop/weights-left-out", replaces=error, after=later["after"])(lambda after: after)
    if not last:
        _add_other_ways_back(d, parts, error, own if judged else {}, later)
    formulas = activation_of(activation)
    bent = formulas.slope
    sign: dict[str, Any] = {
        "symbol": rf"\delta_{{{t}}}",
        "name": delta,
        **at_time(t, "Delta of the hidden state", "隐状态的误差项"),
    }
    if not bent:
        d.step("$error", error=error, **sign)(lambda error: error)
        return
    d.step(
        formulas.scalar_slope if parts.form == "number" else bent,
        symbol=slope_symbol(activation, f"z_{{{t}}}"),
        name=f"hidden_slope_{t}",
        a=f"hidden_{t}",
        z=f"z_{t}",
        activation="activation",
        **at_time(t, "Derivative of the activation", "激活函数的导数"),
    )(slope)
    d.step(f"$error{parts.elementwise}$slope", error=error, slope=f"hidden_slope_{t}", **sign)(
        lambda error, slope: error * slope
    )
    declare_slope_mistakes(d, activation, f"hidden_slope_{t}", a=f"hidden_{t}", z=f"z_{t}")
    d.misconception("backprop/derivative-missing", replaces=delta, error=error)(lambda error: error)


def _add_other_ways_back(
    d: Derivation, parts: Parts, error: str, own: Mapping[str, str], later: Mapping[str, str]
) -> None:
    """The recurrent weights not turned over, or the weight of the input in their place, on the way to an earlier step."""

    def back(parts: Parts, inputs: Mapping[str, Value], through: Value) -> Value:
        return parts.sent_back(inputs["V"], inputs["out"]) + through if own else through

    if parts.form == "number":
        names = {**own, "weight": parts.W, "after": later["after"]}
        id = "backprop/input-weight-for-recurrent"
    else:
        names = {**own, "weight": parts.U, "after": later["after"]}
        id = "backprop/weights-not-transposed"
    d.misconception(id, replaces=error, inputs=names)(
        taking(names, lambda inputs: back(parts, inputs, parts.times(inputs["weight"], inputs["after"])))
    )


# ---------------------------------------------------------------------------------------------------- gradients


def _add_gradients(d: Derivation, parts: Parts, length: int, judged: list[int]) -> None:
    steps = range(1, length + 1)
    hidden = [f"hidden_delta_{t}" for t in steps]
    out = [f"output_delta_{t}" for t in judged]
    before = [state_before(t) for t in steps]
    _add_sum(d, parts, parts.V, out, [f"hidden_{t}" for t in judged], words=("output weights", "输出权重"))
    _add_sum(d, parts, "c", out, None, words=("output bias", "输出偏置"))
    _add_sum(
        d, parts, parts.U, hidden, before, words=("recurrent weights", "循环权重"), own=[f"hidden_{t}" for t in steps]
    )
    _add_sum(d, parts, parts.W, hidden, [f"x[{t - 1}]" for t in steps], words=("input weights", "输入权重"))
    _add_sum(d, parts, "b", hidden, None, words=("bias", "偏置"))

    def start(U: Value, delta: Value) -> Value:
        return parts.sent_back(U, delta)

    d.step(
        parts.back("U", "delta"),
        symbol=partial("h_{0}"),
        name="h0_gradient",
        en="Gradient of the loss at the initial hidden state",
        zh="初始隐状态处的梯度",
        final=True,
        U=parts.U,
        delta="hidden_delta_1",
    )(start)


def _add_sum(
    d: Derivation,
    parts: Parts,
    letter: str,
    deltas: list[str],
    factors: list[str] | None,
    *,
    words: tuple[str, str],
    own: list[str] | None = None,
) -> None:
    """Adds the gradient of a shared weight or bias, the sum over the time steps, and the parameter after a step."""
    en, zh = words
    terms = list(zip(deltas, factors or [""] * len(deltas), strict=True))
    step = f"{letter}_gradient"

    def total(inputs: Mapping[str, Value], chosen: list[tuple[str, str]]) -> Value:
        return sum(parts.term(inputs, delta, factor) for delta, factor in chosen)

    def rule_for(chosen: list[tuple[str, str]]) -> Any:
        inputs = dict.fromkeys(name.partition("[")[0] for term in chosen for name in term if name)
        return taking(inputs, lambda values: total(values, chosen))

    d.step(
        " + ".join(parts.term_formula(delta, factor) for delta, factor in terms),
        symbol=partial(letter),
        name=step,
        en=f"Gradient of the {en}",
        zh=f"{zh}的梯度",
    )(rule_for(terms))
    if len(terms) > 1:
        d.misconception("backprop/last-step-only", replaces=step)(rule_for(terms[-1:]))
    if own is not None:
        d.misconception("backprop/own-activation", replaces=step)(rule_for(list(zip(deltas, own, strict=True))))
    d.step(
        "$value - $rate $gradient",
        symbol=rf"{letter}^{{\text{{new}}}}",
        name=f"{letter}_updated",
        en=f"Updated {en}",
        zh=f"更新后的{zh}",
        final=True,
        value=letter,
        gradient=step,
    )(lambda value, gradient, rate: value - rate * gradient)
    declare_step_mistakes(d, f"{letter}_updated", value=letter, gradient=step)


# --------------------------------------------------------------------------------------------------- the families


def _size(givens: Mapping[str, Value]) -> tuple[Any, ...]:
    words = givens["activation"], givens["output_activation"], givens["loss_function"]
    if words[1] == "softmax" and words[2] != "cross_entropy":
        raise UsageError(
            "A softmax output goes with loss_function=cross_entropy here.",
            "此处 softmax 输出须与 loss_function=cross_entropy 搭配。",
        )
    return len(givens["x"]), *words, len(givens["c"]) if "V" in givens else 1


def _family(parts: Parts, *, every: bool) -> Family:
    def build(*size: Any) -> Derivation:
        return _build(parts, every, size[0], size[1], Output(*size[2:]))

    return Family(parts.called(every), build, _size, smallest=(2, "tanh", "linear", "squared_error", 1))


rnn_scalar = _family(NUMBERS, every=True)
rnn_scalar_last = _family(NUMBERS, every=False)
rnn = _family(VECTORS, every=True)
rnn_last = _family(VECTORS, every=False)
