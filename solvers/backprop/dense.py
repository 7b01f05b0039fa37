"""Back-propagation through dense networks: one, two or three layers of weights, one sample or a batch.

Conventions: a delta is the gradient of a sample's loss with respect to the weighted sums of a layer; the derivative of ReLU
at 0 is 0; logarithms are natural. The two-layer network of Matt Mazur's "A Step by Step Backpropagation Example" and the one
of Han and Kamber's "Data Mining", section 9.2, are special cases (sigmoid, 1/2 squared error).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from solvers.backprop.functions import loss_formula, loss_value, quotient
from solvers.backprop.givens import (
    HIDDEN_ACTIVATION,
    L2,
    LOSS_FUNCTION,
    OUTPUT_ACTIVATION,
    RATE,
    SECOND_ACTIVATION,
    UPDATE_BIASES,
)
from solvers.backprop.layers import (
    COLUMNS,
    Convention,
    Layer,
    add_delta,
    add_error,
    add_forward,
    add_gradients,
    add_output_delta,
    add_second_forward,
    add_update,
    batch,
)
from solvers.backprop.loss_mistakes import Loss, declare_entropy_mistakes
from solvers.backprop.mistakes import (
    declare_chain_mistakes,
    declare_delta_mistakes,
    declare_forward_mistakes,
    declare_gradient_mistakes,
    declare_half_derivatives,
    declare_output_mistakes,
    declare_update_mistakes,
)
from solvers.backprop.oracle import dense_oracle
from solvers.derivation import Derivation, Rule
from solvers.family import Family
from solvers.givens import Given, matrix, vector, word
from solvers.rules import taking, turning
from solvers.values import Number, Value

WORDS = {1: (), 2: ("activation",), 3: ("activation", "activation2")}
"""The givens that name the hidden layers' activations, by the number of layers."""
_DEPTHS = {1: "one", 2: "two", 3: "three"}
_DIGITS_ZH = {1: "单", 2: "两", 3: "三"}
_ORDINALS = {1: ("first", "第一"), 2: ("second", "第二")}
REDUCTION = word(
    r"\text{reduction}",
    "whether the loss of a batch is the mean or the sum of its samples' losses",
    "批量损失取各样本损失的均值还是和",
    words=("mean", "sum"),
    default="mean",
)


def _layers(activations: tuple[str, ...], convention: Convention) -> list[Layer]:
    """The layers of a network with these activations, the last one the output's."""
    hidden = len(activations) - 1
    letter = convention.letters["h"]
    layers: list[Layer] = []
    for n, (activation, word_) in enumerate(
        zip(activations, (*WORDS[hidden + 1], "output_activation"), strict=True), 1
    ):
        before = layers[-1].units if layers else "x"
        if n > hidden:
            layers.append(
                Layer(n, before, "output", convention.letters["output"], word_, activation, "output layer", "输出层")
            )
        elif hidden == 1:
            layers.append(Layer(n, before, "hidden", letter, word_, activation, "hidden layer", "隐藏层"))
        else:
            en, zh = _ORDINALS[n]
            layers.append(
                Layer(n, before, f"hidden{n}", f"{letter}_{n}", word_, activation, f"{en} hidden layer", f"{zh}隐藏层")
            )
    return layers


def _givens(depth: int, *, rows: bool) -> dict[str, Given]:
    """Input, weights and biases, target, and how the network is trained."""
    widths = [
        "inputs",
        *([f"hidden{n}" for n in range(1, depth)] if depth > 2 else ["hidden"] * (depth - 1)),
        "outputs",
    ]
    ins, outs = (("samples",), ("samples",)) if rows else ((), ())
    kind = matrix if rows else vector
    where = ("one row per sample", "每行一个样本") if rows else ("one sample", "单个样本")
    givens: dict[str, Given] = {
        "x": kind("X" if rows else "x", f"input, {where[0]}", f"输入（{where[1]}）", axes=(*ins, "inputs"))
    }
    for n, (before, units) in enumerate(pairwise(widths), 1):
        axes = (before, units) if rows else (units, before)
        per = ("column", "列") if rows else ("row", "行")
        givens[f"W{n}"] = matrix(
            f"W_{n}",
            f"weights of layer {n}, one {per[0]} per unit",
            f"第 {n} 层的权重（每{per[1]}对应一个单元）",
            axes=axes,
        )
        givens[f"b{n}"] = vector(
            f"b_{n}", f"biases of layer {n}", f"第 {n} 层的偏置", axes=(units,), default=0, row=rows
        )
    givens["target"] = kind(
        "Y" if rows else "y", f"target, {where[0]}", f"目标值（{where[1]}）", axes=(*outs, "outputs")
    )
    if depth > 1:
        givens["activation"] = HIDDEN_ACTIVATION
    if depth > 2:
        givens["activation2"] = SECOND_ACTIVATION
    givens.update(output_activation=OUTPUT_ACTIVATION, loss_function=LOSS_FUNCTION, rate=RATE, l2=L2)
    givens["update_biases"] = UPDATE_BIASES
    if rows:
        givens["reduction"] = REDUCTION
    return givens


class Size(NamedTuple):
    """What the steps of a network depend on; `divisor` is what the gradients of a batch are divided by."""

    activations: tuple[str, ...]
    loss: str
    outputs: int
    samples: int
    divisor: int
    decays: bool
    moves_biases: bool


def _build(depth: int, rows: bool, size: Size) -> Derivation:
    activations, loss, outputs, samples, divisor, decays, moves_biases = size
    en = f"Back-propagation through a network with {_DEPTHS[depth]} layer{'s' if depth > 1 else ''} of weights"
    zh = f"{_DIGITS_ZH[depth]}层网络的反向传播"
    d = Derivation(
        f"backprop.{'batch_' if rows else ''}{_DEPTHS[depth]}_layer",
        en + (", for a batch with one sample per row" if rows else ", for one sample"),
        zh + ("（批量，每行一个样本）" if rows else "（单个样本）"),
        **_givens(depth, rows=rows),
    )
    convention = batch(samples, divisor) if rows else COLUMNS
    layers = _layers(activations, convention)
    for layer in layers:
        add_forward(d, layer, convention)
        declare_forward_mistakes(d, layer, convention)
    _add_loss(d, loss, convention, outputs, divisor, rows=rows)
    add_output_delta(d, layers[-1], convention, loss, outputs)
    declare_output_mistakes(d, layers[-1], loss, outputs)
    for layer, after in reversed(list(pairwise(layers))):
        add_error(d, layer, after, convention)
        add_delta(d, layer, convention, f"Delta of the {layer.en}", f"{layer.zh}的误差项")
        declare_chain_mistakes(d, layer, after, convention)
        declare_delta_mistakes(d, layer)
    declare_half_derivatives(d, layers, loss)
    _add_input_gradient(d, layers[0], convention)
    for n, layer in reversed(list(enumerate(layers))):
        add_gradients(d, layer, convention)
        declare_gradient_mistakes(d, layer, layers[n - 1] if n else None, convention, divisor)
    for layer in reversed(layers):
        add_update(d, layer, convention, decays=decays, moves_biases=moves_biases)
        declare_update_mistakes(d, layer, decays=decays, moves_biases=moves_biases)
    if decays:
        _add_penalty(d, depth)
    before = "x"
    for layer in layers:
        add_second_forward(d, layer, before, convention)
        before = f"{layer.units}_after"
    _add_loss(d, loss, convention, outputs, divisor, rows=rows, after=True)
    d.oracle(dense_oracle(depth, rows=rows))
    return d


def _add_loss(
    d: Derivation, loss: str, convention: Convention, outputs: int, divisor: int, *, rows: bool, after: bool = False
) -> None:
    """Adds the loss of the outputs, before or after the update."""

    def of_sample(output: Value, target: Value, loss: str) -> Number:
        return loss_value(output, target, loss)

    def of_batch(output: Value, target: Value, loss: str, reduction: str) -> Number:
        return quotient(loss_value(output, target, loss), len(target) if reduction == "mean" else 1)

    d.step(
        loss_formula(loss, convention.form, outputs, divisor),
        symbol=r"L^{\text{new}}" if after else "L",
        name="loss_after" if after else "loss",
        en="Loss after the update" if after else "Loss",
        zh="更新后的损失" if after else "损失",
        final=True,
        loss="loss_function",
        output="output_after" if after else "output",
    )(of_batch if rows else of_sample)

    def rule(wrong: Loss) -> Rule:
        return lambda output, target: quotient(wrong(output, target), divisor)

    step, output = ("loss_after", "output_after") if after else ("loss", "output")
    declare_entropy_mistakes(d, step, loss, several=outputs > 1, output=output, rule=rule)


def _add_input_gradient(d: Derivation, first: Layer, convention: Convention) -> None:
    formula, rule = convention.back
    d.step(
        formula,
        symbol=r"\frac{\partial L}{\partial X}" if convention.form == "batch" else r"\frac{\partial L}{\partial x}",
        name="input_gradient",
        en="Gradient of the loss at the input",
        zh="损失对输入的梯度",
        final=True,
        W=first.names["W"],
        delta=first.names["delta"],
    )(rule)
    d.convention(convention.other, replaces="input_gradient", W=first.names["W"], delta=first.names["delta"])(
        turning(rule, "W")
    )


def _add_penalty(d: Derivation, depth: int) -> None:
    weights = [f"W{n}" for n in range(1, depth + 1)]
    squares = " + ".join(rf"\left\lVert ${name} \right\rVert^2" for name in weights)

    def penalty(inputs: dict[str, Value]) -> Number:
        return inputs["l2"] * sum(number * number for name in weights for number in inputs[name].flat) * Fraction(1, 2)

    d.step(
        rf"\frac{{$l2}}{{2}} \left({squares}\right)" if depth > 1 else rf"\frac{{$l2}}{{2}} {squares}",
        symbol="R",
        name="penalty",
        en="L2 term of the loss",
        zh="损失中的 L2 正则项",
    )(taking(("l2", *weights), penalty))

    @d.step("$loss + $penalty", symbol="J", zh="含正则项的损失", final=True)
    def total_loss(loss: Number, penalty: Number) -> Number:
        """Loss with its L2 term."""
        return loss + penalty


def _family(depth: int, *, rows: bool) -> Family:
    def build(*size: Any) -> Derivation:
        return _build(depth, rows, Size(*size))

    def size(givens: Mapping[str, Value]) -> Size:
        first = givens.get("activation")
        hidden: list[Any] = [first if givens[name] == "same" else givens[name] for name in WORDS[depth]]
        samples = len(givens["x"]) if rows else 1
        divisor = samples if rows and givens["reduction"] == "mean" else 1
        return Size(
            (*hidden, givens["output_activation"]),
            givens["loss_function"],
            int(givens["target"].shape[-1]),
            samples,
            divisor,
            givens["l2"] != 0,
            givens["update_biases"],
        )

    name = f"backprop.{'batch_' if rows else ''}{_DEPTHS[depth]}_layer"
    samples = 2 if rows else 1
    smallest = Size(("sigmoid",) * depth, "squared_error", 1, samples, samples, decays=False, moves_biases=True)
    return Family(name, build, size, smallest)


one_layer = _family(1, rows=False)
two_layer = _family(2, rows=False)
three_layer = _family(3, rows=False)
batch_one_layer = _family(1, rows=True)
batch_two_layer = _family(2, rows=True)
