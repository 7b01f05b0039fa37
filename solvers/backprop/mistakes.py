"""What students get wrong in the backward pass, as wrong rules for the steps of a dense layer."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from solvers.backprop.functions import SQUARES, above_zero, activate, is_fused, loss_gradient, outputs_of
from solvers.backprop.layers import Convention, Layer, Rule
from solvers.derivation import Derivation
from solvers.functions import sigmoid, tanh
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector, each, elements

# --------------------------------------------------------------------------------------- derivatives of activations

Slopes = dict[str, Rule]
_HALF = Fraction(1, 2)


def _value_as_slope(a: Value) -> Value:
    return a


SLOPE_MISTAKES: dict[str, Slopes] = {
    "sigmoid": {
        "backprop/derivative-at-activation": lambda a: sigmoid(a) * (1 - sigmoid(a)),
        "backprop/formula-on-weighted-sum": lambda z: z * (1 - z),
        "backprop/tanh-slope-for-sigmoid": lambda a: 1 - a * a,
        "backprop/one-minus-activation": lambda a: 1 - a,
        "backprop/activation-for-derivative": _value_as_slope,
    },
    "tanh": {
        "backprop/derivative-at-activation": lambda a: 1 - tanh(a) * tanh(a),
        "backprop/formula-on-weighted-sum": lambda z: 1 - z * z,
        "backprop/sigmoid-slope-for-tanh": lambda a: a * (1 - a),
        "backprop/activation-for-derivative": _value_as_slope,
    },
    "relu": {
        "backprop/relu-mask-inverted": lambda z: above_zero(-z),
        "backprop/activation-for-derivative": _value_as_slope,
    },
}
"""Wrong rules for the derivative of each activation, over its value `a` and the weighted sum `z`."""


def declare_slope_mistakes(
    d: Derivation, activation: str, step: str, *, without: tuple[str, ...] = (), **renamed: str
) -> None:
    """Declares the wrong derivatives of an activation on the step that computes the right one."""
    for id, rule in SLOPE_MISTAKES[activation].items():
        if id not in without:
            d.misconception(id, replaces=step, inputs=renamed)(rule)


# --------------------------------------------------------------------------------------------------- the loss's own


def declare_loss_mistakes(
    d: Derivation,
    loss: str,
    outputs: int,
    *,
    step: str = "output_error",
    output: str = "output",
    target: str = "target",
) -> None:
    """Declares what goes wrong with the derivative of the loss itself."""
    names = {"loss": "loss_function", "output": output, "target": target}
    d.misconception("backprop/target-minus-output", replaces=step, inputs=names)(
        lambda output, target, loss: -loss_gradient(output, target, loss)
    )
    if loss in SQUARES:
        d.misconception("backprop/target-left-out", replaces=step, inputs=names)(
            lambda output, loss: loss_gradient(output, output * 0, loss)
        )
    if loss == "squared_error":
        d.convention("convention/squared-error-without-half", replaces=step, inputs=names)(
            lambda output, target: 2 * (output - target)
        )
    elif loss in SQUARES:
        d.convention("convention/squared-error-with-half", replaces=step, inputs=names)(
            lambda output, target, loss: loss_gradient(output, target, loss) * _HALF
        )
    if loss.startswith("mean") and outputs > 1:
        d.convention("convention/sum-for-mean", replaces=step, inputs=names)(
            lambda output, target, loss: loss_gradient(output, target, loss) * outputs_of(output)
        )


def declare_fused_mistakes(d: Derivation, step: str, *, output: str = "output") -> None:
    """Declares what goes wrong where the delta is output minus target."""
    d.misconception("backprop/slope-twice", replaces=step, output=output)(
        lambda output, target: (output - target) * output * (1 - output)
    )
    d.misconception("backprop/target-minus-output", replaces=step, output=output)(
        lambda output, target: target - output
    )
    d.misconception("backprop/target-left-out", replaces=step, output=output)(lambda output: output)


# -------------------------------------------------------------------------------------------------- a dense layer's


def declare_forward_mistakes(d: Derivation, layer: Layer, convention: Convention) -> None:
    """Declares what goes wrong on the way forwards."""
    affine = convention.affine[1]

    @d.misconception("backprop/bias-forgotten", replaces=layer.names["z"], inputs=layer.names)
    def _(W: Matrix, a_before: Value, b: Vector) -> Value:
        return affine(W=W, a_before=a_before, b=each(lambda _: 0, b))


def declare_output_mistakes(d: Derivation, layer: Layer, loss: str, outputs: int) -> None:
    """Declares what goes wrong with the delta of the output layer."""
    if is_fused(layer.activation, loss):
        declare_fused_mistakes(d, "output_delta")
        return
    declare_loss_mistakes(d, loss, outputs)
    if layer.activation == "softmax":

        @d.misconception("backprop/softmax-elementwise", replaces="output_delta", error="output_error")
        def _(output: Value, error: Value) -> Value:
            return error * output * (1 - output)

        d.misconception("backprop/derivative-missing", replaces="output_delta", error="output_error")(
            lambda error: error
        )
        return
    declare_delta_mistakes(d, layer)


def declare_delta_mistakes(d: Derivation, layer: Layer) -> None:
    """Declares what goes wrong between the gradient at the activations and the delta."""
    if not layer.is_bent:
        return
    names = layer.names
    declare_slope_mistakes(d, layer.activation, names["slope"], a=names["a"], z=names["z"])
    error = names["error"]
    d.misconception("backprop/derivative-missing", replaces=names["delta"], error=error)(lambda error: error)
    if layer.activation == "relu":
        d.misconception("backprop/relu-mask-from-gradient", replaces=names["delta"], error=error)(
            lambda error: activate(error, "relu")
        )


def _first_only(delta: Value) -> Value:
    """The deltas, those of all units but the first as 0."""
    return delta * np.array([1] + [0] * (delta.shape[-1] - 1), dtype=object)


def declare_chain_mistakes(d: Derivation, layer: Layer, after: Layer, convention: Convention) -> None:
    """Declares what goes wrong as the next layer's deltas come back through its weights."""
    replaced = layer.names["error"]
    back = convention.back[1]
    weights, delta = after.names["W"], after.names["delta"]
    d.misconception("backprop/weights-not-transposed", replaces=replaced, W=weights, delta=delta)(
        convention.back_wrongly
    )
    d.misconception("backprop/first-output-only", replaces=replaced, W=weights, delta=delta)(
        lambda W, delta: back(W=W, delta=_first_only(delta))
    )
    d.misconception("backprop/updated-weights-used", replaces=replaced, W=after.names["W_updated"], delta=delta)(back)

    @d.misconception("backprop/weights-left-out", replaces=replaced, W=weights, delta=delta)
    def _(W: Matrix, delta: Value) -> Value:
        return back(W=each(lambda _: 1, W), delta=delta)


def declare_half_derivatives(d: Derivation, layers: Sequence[Layer], loss: str) -> None:
    """Declares a derivative that is left out in the output layer alone, or in the hidden layers alone, where both have one."""
    *hidden, last = layers
    if not last.is_bent or is_fused(last.activation, loss) or not any(layer.is_bent for layer in hidden):
        return
    for id, some in (
        ("backprop/output-derivative-missing", [last]),
        ("backprop/hidden-derivative-missing", [layer for layer in hidden if layer.is_bent]),
    ):
        for layer in some:
            names = layer.names
            d.misconception(id, replaces=names["delta"], error=names["error"])(lambda error: error)


def _inputs_in_biases(rule: Rule) -> Rule:
    """The biases' gradient as the sum of their unit's weights' gradients: the inputs are multiplied in."""

    def wrong(delta: Value, a_before: Value) -> Value:
        found = rule(delta=delta, a_before=a_before)
        axis = 1 if delta.ndim == 1 else 0
        return found.sum(axis=axis)

    return wrong


def declare_gradient_mistakes(
    d: Derivation, layer: Layer, before: Layer | None, convention: Convention, divisor: int
) -> None:
    """Declares what goes wrong with the gradients of weights and biases."""
    names = layer.names
    rule = convention.weight_gradient[1]
    delta, a_before = names["delta"], names["a_before"]

    @d.convention("convention/transposed-layout", replaces=names["W_gradient"], delta=delta, a_before=a_before)
    def _(delta: Value, a_before: Value) -> Value:
        right = rule(delta=delta, a_before=a_before)
        if right.shape[0] != right.shape[1]:
            raise Undefined("the matrix is not square", "矩阵不是方阵")
        return right.T

    if before is not None and before.activation != "linear":
        d.misconception(
            "backprop/weighted-sum-for-activation",
            replaces=names["W_gradient"],
            delta=delta,
            a_before=before.names["z"],
        )(rule)
    d.misconception("backprop/input-left-out", replaces=names["W_gradient"], delta=delta, a_before=a_before)(
        lambda delta, a_before: rule(delta=delta, a_before=each(lambda _: 1, a_before))
    )
    d.misconception("backprop/inputs-in-biases", replaces=names["b_gradient"], delta=delta, a_before=a_before)(
        _inputs_in_biases(rule)
    )
    if divisor > 1:
        for step, right in (("W_gradient", rule), ("b_gradient", convention.bias_gradient[1])):
            needed = {"delta": delta, **({"a_before": a_before} if step == "W_gradient" else {})}
            _declare_undivided(d, names[step], right, needed, divisor)


def _declare_undivided(d: Derivation, step: str, rule: Rule, needed: dict[str, str], divisor: int) -> None:
    if len(needed) == 2:

        @d.convention("convention/sum-for-mean", replaces=step, inputs=needed)
        def _(delta: Value, a_before: Value) -> Value:
            return rule(delta=delta, a_before=a_before) * divisor

        @d.misconception("backprop/averaged-twice", replaces=step, inputs=needed)
        def _twice(delta: Value, a_before: Value) -> Value:
            return rule(delta=delta, a_before=a_before) * Fraction(1, divisor)

    else:

        @d.convention("convention/sum-for-mean", replaces=step, inputs=needed)
        def _(delta: Value) -> Value:
            return rule(delta=delta) * divisor

        @d.misconception("backprop/averaged-twice", replaces=step, inputs=needed)
        def _also_twice(delta: Value) -> Value:
            return rule(delta=delta) * Fraction(1, divisor)


def declare_update_mistakes(d: Derivation, layer: Layer, *, decays: bool, moves_biases: bool) -> None:
    """Declares what goes wrong with the step of gradient descent."""
    names, n = layer.names, layer.number
    used = f"W{n}_total_gradient" if decays else names["W_gradient"]
    declare_step_mistakes(d, names["W_updated"], value=names["W"], gradient=used)
    if decays:
        declare_decay_mistakes(d, used, value=names["W"], gradient=names["W_gradient"])
    if moves_biases:
        declare_step_mistakes(d, names["b_updated"], value=names["b"], gradient=names["b_gradient"])
        d.misconception("backprop/bias-not-updated", replaces=names["b_updated"], value=names["b"])(lambda value: value)


def declare_step_mistakes(d: Derivation, step: str, *, value: str, gradient: str, at: int | None = None) -> None:
    """Declares what goes wrong in `value - rate * gradient`; the value may be the element `at` of a vector."""

    def old(value: Value) -> Value:
        return value if at is None else value[at]

    names = {"value": value, "gradient": gradient}
    d.misconception("backprop/rate-forgotten", replaces=step, inputs=names)(
        lambda value, gradient: old(value) - gradient
    )
    d.misconception("backprop/ascent", replaces=step, inputs=names)(
        lambda value, gradient, rate: old(value) + rate * gradient
    )


def declare_decay_mistakes(d: Derivation, step: str, *, value: str, gradient: str) -> None:
    """Declares what goes wrong in `gradient + l2 * value`."""
    names = {"value": value, "gradient": gradient}

    @d.misconception("backprop/penalty-not-differentiated", replaces=step, inputs=names)
    def _(value: Value, gradient: Value, l2: Number) -> Value:
        return gradient + l2 * (sum(number * number for number in elements(value)) * _HALF)

    d.misconception("backprop/penalty-forgotten", replaces=step, gradient=gradient)(lambda gradient: gradient)
    d.misconception("backprop/penalty-subtracted", replaces=step, inputs=names)(
        lambda value, gradient, l2: gradient - l2 * value
    )
    d.convention("convention/penalty-without-half", replaces=step, inputs=names)(
        lambda value, gradient, l2: gradient + 2 * l2 * value
    )
