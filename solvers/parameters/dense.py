"""Parameter counts of fully connected networks, of sparse and shared connections, and of embeddings."""

from __future__ import annotations

from itertools import pairwise
from math import prod

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import vector
from solvers.parameters.common import (
    add_biases,
    add_other_bias,
    add_sum,
    add_total,
    bias_given,
    bias_size,
    learned,
    size,
    whole,
)
from solvers.rules import sum_of
from solvers.text import UsageError
from solvers.trace import Undefined
from solvers.values import Vector

# ------------------------------------------------------------------------------------------------------ one layer


def _linear(bias: bool) -> Derivation:
    layer = Derivation(
        "params.linear",
        "Parameters of a fully connected layer",
        "全连接层的参数量",
        n_in=size(r"n_\text{in}", "inputs", "输入维数"),
        n_out=size(r"n_\text{out}", "outputs", "输出维数"),
        bias=bias_given(),
    )

    @layer.step("$n_in $n_out", symbol="N_W", zh="权重数")
    def weights(n_in: int, n_out: int) -> int:
        """Weights: one from every input to every output."""
        return n_in * n_out

    add_biases(layer, "n_out", bias, en="Biases: one for each output", zh="偏置数：每个输出一个")

    add_total(layer, "weights", "biases")

    @layer.misconception("params/one-bias-per-layer", replaces="biases")
    def _() -> int:
        return 1

    @layer.misconception("params/bias-per-input", replaces="biases")
    def _(n_in: int) -> int:
        return n_in

    layer.misconception("params/added-layer-sizes", replaces="weights")(lambda n_in, n_out: n_in + n_out)
    layer.misconception("params/counted-units", replaces="total")(lambda n_in, n_out: n_in + n_out)
    if bias:
        layer.misconception("params/biases-twice", replaces="biases")(lambda n_out: 2 * n_out)
        layer.misconception("params/biases-of-inputs", replaces="biases")(lambda n_in, n_out: n_in + n_out)
        layer.misconception("params/bias-unit-fed", replaces="biases")(lambda n_in, n_out: n_in + n_out + 1)

    @layer.oracle
    def _(n_in: int, n_out: int, bias: bool) -> dict[str, int]:
        import torch

        real = torch.nn.Linear(n_in, n_out, bias=bias, device="meta")
        return {
            "weights": real.weight.numel(),
            "biases": real.bias.numel() if bias else 0,
            "total": learned(real),
        }

    return layer


linear = Family("params.linear", _linear, bias_size, (True,))


# -------------------------------------------------------------------------------------------- multi-layer perceptron


def _mlp(count: int, bias: bool) -> Derivation:
    if count < 2:
        raise UsageError(
            "widths needs at least two entries: the inputs and the outputs.",
            "widths 至少应有两项：输入维数和输出维数。",
        )
    net = Derivation(
        "params.mlp",
        "Parameters of a multi-layer perceptron",
        "多层感知机的参数量",
        widths=vector(
            "n", "widths of all layers, from the input to the output", "各层宽度（从输入层到输出层）", least=1
        ),
        bias=bias_given(),
    )
    layers = range(1, count)
    for i in layers:
        _add_mlp_layer(net, i, bias)
    weights = [f"weights_{i}" for i in layers]
    add_sum(net, *weights, name="weights", symbol="N_W", en="Weights in all", zh="权重总数", final=True)
    _add_mlp_biases(net, count, bias)
    add_total(net, *(f"layer_{i}" for i in layers))
    if count > 2:
        but_last = sum_of(*(f"layer_{i}" for i in layers[:-1]))
        net.misconception("params/output-layer-left-out", replaces="total")(but_last)
        but_first = sum_of(*(f"layer_{i}" for i in layers[1:]))
        net.misconception("params/first-layer-left-out", replaces="total")(but_first)
        net.misconception("params/widths-multiplied", replaces="total")(lambda widths: whole(prod(widths)))

    if bias:
        _add_bias_mistakes(net, count)
    add_other_bias(net, bias)

    @net.misconception("params/counted-units", replaces="total")
    def _(widths: Vector) -> int:
        return whole(sum(widths))

    @net.oracle
    def _(widths: Vector, bias: bool) -> dict[str, int]:
        import torch

        real = [torch.nn.Linear(a, b, bias=bias, device="meta") for a, b in pairwise(widths)]
        found = {f"weights_{i}": layer.weight.numel() for i, layer in enumerate(real, 1)}
        found |= {f"layer_{i}": learned(layer) for i, layer in enumerate(real, 1)}
        found["weights"] = sum(layer.weight.numel() for layer in real)
        return found | {"biases": learned(*real) - found["weights"], "total": learned(*real)}

    return net


def _add_mlp_layer(net: Derivation, i: int, bias: bool) -> None:
    """The weights into layer i + 1 of units, and all parameters of that layer."""

    @net.step(
        f"$widths[{i - 1}] $widths[{i}]",
        symbol=f"W_{{{i}}}",
        en=f"Weights of layer {i}",
        zh=f"第 {i} 层的权重数",
        name=f"weights_{i}",
    )
    def _(widths: Vector, i: int = i) -> int:
        return whole(widths[i - 1] * widths[i])

    @net.step(
        f"$weights + $widths[{i}]" if bias else "$weights",
        symbol=f"N_{{{i}}}",
        en=f"Parameters of layer {i}",
        zh=f"第 {i} 层的参数量",
        name=f"layer_{i}",
        weights=f"weights_{i}",
    )
    def _(weights: int, widths: Vector, bias: bool, i: int = i) -> int:
        return whole(weights + widths[i]) if bias else weights

    if not bias:
        return

    @net.misconception("params/one-bias-per-layer", replaces=f"layer_{i}", weights=f"weights_{i}")
    def _(weights: int) -> int:
        return weights + 1

    @net.misconception("params/bias-per-input", replaces=f"layer_{i}", weights=f"weights_{i}")
    def _(weights: int, widths: Vector, i: int = i) -> int:
        return whole(weights + widths[i - 1])


def _add_mlp_biases(net: Derivation, count: int, bias: bool) -> None:
    formula = " + ".join(f"$widths[{i}]" for i in range(1, count)) if bias else "0"

    @net.step(formula, symbol="N_b", zh="偏置总数", name="biases", final=True)
    def _(widths: Vector, bias: bool) -> int:
        """Biases in all: one for each unit but the inputs."""
        return whole(sum(widths[1:])) if bias else 0


def _add_bias_mistakes(net: Derivation, count: int) -> None:
    """Biases for units that have none, and none for units that have one."""

    @net.misconception("params/biases-of-inputs", replaces="total")
    def _(weights: int, widths: Vector) -> int:
        return whole(weights + sum(widths))

    net.misconception("params/one-bias-in-all", replaces="biases")(lambda: 1)
    net.misconception("params/one-bias-in-all", replaces="total")(lambda weights: weights + 1)
    if count > 2:
        net.misconception("params/hidden-biases-left-out", replaces="biases")(lambda widths: whole(widths[-1]))
        net.misconception("params/hidden-biases-left-out", replaces="total")(
            lambda weights, widths: whole(weights + widths[-1])
        )
        net.misconception("params/bias-unit-fed", replaces="total")(
            lambda weights, widths: whole(weights + sum(widths[1:]) + sum(width + 1 for width in widths[:-2]))
        )

    @net.misconception("params/output-biases-left-out", replaces="biases")
    def _(widths: Vector) -> int:
        return whole(sum(widths[1:-1]))

    @net.misconception("params/output-biases-left-out", replaces=f"layer_{count - 1}", weights=f"weights_{count - 1}")
    def _(weights: int) -> int:
        return weights


mlp = Family("params.mlp", _mlp, lambda givens: (len(givens["widths"]), givens["bias"]), (3, True))


# ------------------------------------------------------------------------------------------- from a count to a width

hidden_width = Derivation(
    "params.hidden_width",
    "Largest hidden layer that a budget of parameters allows",
    "给定参数预算下隐藏层的最大宽度",
    n_in=size(r"n_\text{in}", "inputs", "输入维数"),
    n_out=size(r"n_\text{out}", "outputs", "输出维数"),
    budget=size("B", "parameters allowed", "允许的参数总数"),
)


@hidden_width.step(r"$n_in + 1 + $n_out", symbol="u", zh="每个隐藏单元带来的参数个数")
def per_unit(n_in: int, n_out: int) -> int:
    """Parameters that each hidden unit brings: its weights, its bias and its outgoing weights."""
    return n_in + 1 + n_out


@hidden_width.step(r"\left\lfloor \frac{$budget - $n_out}{$per_unit} \right\rfloor", symbol="h", zh="隐藏单元数")
def hidden(budget: int, n_out: int, per_unit: int) -> int:
    """Hidden units that fit beside the output biases."""
    found = (budget - n_out) // per_unit
    if found < 1:
        raise Undefined("the budget is too small for even one hidden unit", "预算连一个隐藏单元都不够")
    return found


@hidden_width.step(r"$hidden $per_unit + $n_out", symbol="N", zh="此时网络的参数总数")
def used(hidden: int, per_unit: int, n_out: int) -> int:
    """Parameters that a network with that many hidden units has."""
    return hidden * per_unit + n_out


@hidden_width.convention("convention/no-bias", replaces="per_unit")
def _(n_in: int, n_out: int) -> int:
    return n_in + n_out


@hidden_width.convention("convention/no-bias", replaces="hidden")
def _(budget: int, per_unit: int) -> int:
    return budget // per_unit


@hidden_width.convention("convention/no-bias", replaces="used")
def _(hidden: int, per_unit: int) -> int:
    return hidden * per_unit


@hidden_width.misconception("params/output-layer-left-out", replaces="per_unit")
def _(n_in: int) -> int:
    return n_in + 1


@hidden_width.misconception("params/output-layer-left-out", replaces="hidden")
def _(budget: int, per_unit: int) -> int:
    return budget // per_unit


@hidden_width.misconception("params/output-layer-left-out", replaces="used")
def _(hidden: int, per_unit: int) -> int:
    return hidden * per_unit


@hidden_width.misconception("params/rounded-up", replaces="hidden")
def _(budget: int, n_out: int, per_unit: int) -> int:
    return -((n_out - budget) // per_unit)


@hidden_width.oracle
def _(n_in: int, n_out: int, budget: int) -> dict[str, int]:
    import torch

    def cost(units: int) -> int:
        return learned(torch.nn.Linear(n_in, units, device="meta"), torch.nn.Linear(units, n_out, device="meta"))

    fits, too_many = 0, 1
    while cost(too_many) <= budget:
        fits, too_many = too_many, 2 * too_many
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if cost(middle) <= budget else (fits, middle)
    return {"per_unit": cost(2) - cost(1), "hidden": fits, "used": cost(fits)}


# --------------------------------------------------------------------------------------------------------- embedding

embedding = Derivation(
    "params.embedding",
    "Parameters of an embedding table",
    "词嵌入表的参数量",
    vocab=size("V", "words in the vocabulary", "词表大小"),
    d=size("d", "length of each word's vector", "词向量维数"),
)


@embedding.step("$vocab $d", symbol="N", zh="参数总数：每个词一个向量")
def total(vocab: int, d: int) -> int:
    """Parameters: one vector for each word."""
    return vocab * d


@embedding.misconception("params/embedding-bias", replaces="total")
def _(vocab: int, d: int) -> int:
    return vocab * d + d


@embedding.misconception("params/embedding-bias-per-word", replaces="total")
def _(vocab: int, d: int) -> int:
    return vocab * (d + 1)


@embedding.oracle
def _(vocab: int, d: int) -> dict[str, int]:
    import torch

    return {"total": learned(torch.nn.Embedding(vocab, d, device="meta"))}
