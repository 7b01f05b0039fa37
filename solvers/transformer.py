"""Transformer layers: the feed-forward network, a sublayer with residual and layer norm, the shapes on the way through.

Vaswani et al. (2017): post-norm, LN(x + F(x)); pre-norm is x + F(LN(x)). Attention is in `solvers.attention` and
`solvers.cross_attention`, parameter counts of layers and of the whole model in `solvers.parameters`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import relu
from solvers.givens import integer, matrix, vector, word
from solvers.normalisation import shared
from solvers.oracles import torch_tensor
from solvers.rules import taking, turning
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Shape, Vector

# ------------------------------------------------------------------------------------------------------ feed-forward

feed_forward = Derivation(
    "transformer.feed_forward",
    "Position-wise feed-forward network, ReLU(X W1 + b1) W2 + b2, one row per token",
    "逐位前馈网络 ReLU(X W1 + b1) W2 + b2（每行一个词元）",
    X=matrix("X", "inputs, one row per token", "输入（每行一个词元）", axes=("tokens", "d")),
    W1=matrix("W_1", "weights of the first layer", "第一层的权重", axes=("d", "f")),
    b1=vector("b_1", "biases of the first layer", "第一层的偏置", axes=("f",), default=0, row=True),
    W2=matrix("W_2", "weights of the second layer", "第二层的权重", axes=("f", "d")),
    b2=vector("b_2", "biases of the second layer", "第二层的偏置", axes=("d",), default=0, row=True),
)


@feed_forward.step("$X $W1 + $b1", symbol="Z", zh="第一层的加权和")
def expanded(X: Matrix, W1: Matrix, b1: Vector) -> Matrix:
    """Weighted sums of the first layer."""
    return X @ W1 + b1


@feed_forward.step(r"\operatorname{ReLU}\left($expanded\right)", symbol="A", zh="第一层的激活值")
def hidden(expanded: Matrix) -> Matrix:
    """Activations of the first layer."""
    return relu(expanded)


@feed_forward.step("$hidden $W2 + $b2", symbol="Y", zh="前馈网络的输出")
def output(hidden: Matrix, W2: Matrix, b2: Vector) -> Matrix:
    """Output of the feed-forward network."""
    return hidden @ W2 + b2


feed_forward.convention("convention/column-vectors", replaces="expanded")(turning(expanded, "W1"))
feed_forward.convention("convention/column-vectors", replaces="output")(turning(output, "W2"))


@feed_forward.misconception("transformer/relu-left-out", replaces="hidden")
def _(expanded: Matrix) -> Matrix:
    return expanded


@feed_forward.misconception("transformer/relu-at-the-end", replaces="output")
def _relu_again(hidden: Matrix, W2: Matrix, b2: Vector) -> Matrix:
    return relu(hidden @ W2 + b2)


@feed_forward.misconception("transformer/tokens-mixed", replaces="output")
def _mixed(hidden: Matrix, W2: Matrix, b2: Vector) -> Matrix:
    total = np.sum(hidden, axis=0, keepdims=True) @ W2 + b2
    return np.repeat(total, len(hidden), axis=0)


@feed_forward.misconception("transformer/biases-left-out", replaces="output")
def _no_bias(hidden: Matrix, W2: Matrix) -> Matrix:
    return hidden @ W2


@feed_forward.misconception("transformer/biases-left-out", replaces="expanded")
def _no_first_bias(X: Matrix, W1: Matrix) -> Matrix:
    return X @ W1


@feed_forward.oracle
def _feed_forward(X: Matrix, W1: Matrix, b1: Vector, W2: Matrix, b2: Vector) -> dict[str, Any]:
    """`torch.nn.Linear` layers, one token at a time: that the network is position-wise is part of what is checked."""
    import torch

    def linear(weight: Matrix, bias: Vector) -> Any:
        layer = torch.nn.Linear(*weight.shape, dtype=torch.float64)
        layer.load_state_dict({"weight": torch_tensor(weight.T), "bias": torch_tensor(bias)})
        return layer

    first, second = linear(W1, b1), linear(W2, b2)
    with torch.no_grad():
        sums = torch.stack([first(token) for token in torch_tensor(X)])
        activations = torch.nn.functional.relu(sums)
        return {
            "expanded": sums,
            "hidden": activations,
            "output": torch.stack([second(token) for token in activations]),
        }


# ---------------------------------------------------------------------------------------------- residual and layer norm

ORDER = word(
    r"\text{order}",
    "post: LN(x + F(x)), as in 2017; pre: x + F(LN(x))",
    "post 表示 LN(x + F(x))（2017 年原文），pre 表示 x + F(LN(x))",
    words=("post", "pre"),
    default="post",
)


def _layer_norm(x: Vector, gamma: Vector, beta: Vector, eps: Number) -> Vector:
    mean = shared.mean(x)
    return shared.scaled(gamma, shared.normalised(x, mean, shared.variance(x, mean), eps), beta)


# The sum is taken in both orders; that it names the order as an input shows the given as used.
_residual = taking(("x", "mapped", "order"), lambda values: values["x"] + values["mapped"])


def _sublayer(order: str) -> Derivation:
    d = Derivation(
        "transformer.sublayer",
        "A sublayer F(v) = W v + b with residual connection and layer norm, before it (pre) or behind it (post)",
        "带残差连接与层归一化的子层 F(v) = W v + b（pre：归一化在前；post：归一化在后）",
        x=vector("x", "input of one token", "某词元的输入", axes=("d",)),
        W=matrix("W", "weights of the sublayer", "子层的权重", axes=("d", "d")),
        b=vector("b", "biases of the sublayer", "子层的偏置", axes=("d",), default=0),
        order=ORDER,
        **shared.gain(("d",)),
        eps=shared.EPSILON,
    )
    if order == "post":
        _add_post(d)
    else:
        _add_pre(d)
    d.oracle(_sublayer_oracle)
    return d


def _add_map(d: Derivation, source: str) -> None:
    @d.step("$W $v + $b", symbol="F", name="mapped", v=source, en="Output of the sublayer itself", zh="子层本身的输出")
    def mapped(W: Matrix, v: Vector, b: Vector) -> Vector:
        return W @ v + b

    d.convention("convention/row-vectors", replaces="mapped", v=source)(turning(mapped, "W"))


def _add_post(d: Derivation) -> None:
    _add_map(d, "x")

    d.step("$x + $mapped", symbol="s", name="residual", en="Residual sum", zh="残差和")(_residual)

    @d.misconception("transformer/residual-left-out", replaces="residual")
    def _(mapped: Vector) -> Vector:
        return mapped

    shared.add_statistics(d, "residual")
    shared.add_output(d, r" \odot ")

    @d.misconception("transformer/norm-before-sum", replaces="output")
    def before_sum(x: Vector, mapped: Vector, gamma: Vector, beta: Vector, eps: Number) -> Vector:
        return x + _layer_norm(mapped, gamma, beta, eps)

    @d.misconception("transformer/other-order", replaces="output")
    def other(*, x: Vector, W: Matrix, b: Vector, gamma: Vector, beta: Vector, eps: Number) -> Vector:
        return x + W @ _layer_norm(x, gamma, beta, eps) + b


def _add_pre(d: Derivation) -> None:
    shared.add_statistics(d, "x")
    d.step(
        r"$gamma \odot $normalised + $beta", symbol=r"\operatorname{LN}(x)", name="norm", en="Layer norm", zh="层归一化"
    )(shared.scaled)
    _add_map(d, "norm")

    d.step("$x + $mapped", symbol="y", name="output", en="Output", zh="输出")(_residual)

    @d.misconception("transformer/residual-left-out", replaces="output")
    def _(mapped: Vector) -> Vector:
        return mapped

    @d.misconception("transformer/norm-before-sum", replaces="output")
    def behind(*, x: Vector, W: Matrix, b: Vector, gamma: Vector, beta: Vector, eps: Number) -> Vector:
        return x + _layer_norm(W @ x + b, gamma, beta, eps)

    @d.misconception("transformer/normalised-shortcut", replaces="output")
    def shortcut(norm: Vector, mapped: Vector) -> Vector:
        return norm + mapped

    @d.misconception("transformer/other-order", replaces="output")
    def other(*, x: Vector, W: Matrix, b: Vector, gamma: Vector, beta: Vector, eps: Number) -> Vector:
        return _layer_norm(x + W @ x + b, gamma, beta, eps)


def _sublayer_oracle(
    *, x: Vector, W: Matrix, b: Vector, order: str, gamma: Vector, beta: Vector, eps: Number
) -> dict[str, Any]:
    import torch

    start, weight, bias = torch_tensor(x), torch_tensor(W), torch_tensor(b)
    gain, shift, tiny = torch_tensor(gamma), torch_tensor(beta), shared.positive(eps)
    linear, layer_norm = torch.nn.functional.linear, torch.nn.functional.layer_norm
    source = start if order == "pre" else start + linear(start, weight, bias)
    spread, centre = torch.var_mean(source, correction=0)
    found = {"mean": centre.item(), "variance": spread.item(), "normalised": layer_norm(source, source.shape, eps=tiny)}
    norm = layer_norm(source, source.shape, gain, shift, tiny)
    if order == "post":
        return {**found, "mapped": source - start, "residual": source, "output": norm}
    mapped = linear(norm, weight, bias)
    return {**found, "norm": norm, "mapped": mapped, "output": mapped + start}


sublayer = Family("transformer.sublayer", _sublayer, lambda givens: (givens["order"],), smallest=("post",))

# ------------------------------------------------------------------------------------------------------------ shapes

shapes = Derivation(
    "transformer.shapes",
    "Shapes of all tensors on the way through an encoder layer and the output layer (defaults: the base model)",
    "经过编码器层与输出层的各张量的形状（默认为基础模型）",
    B=integer("B", "sequences in the batch", "批大小", default=1, least=1),
    L=integer("L", "tokens in a sequence", "序列长度", least=1),
    d=integer("d", "model width", "模型维数", default=512, least=1),
    h=integer("h", "heads", "头数", default=8, least=1),
    d_ff=integer(r"d_\text{ff}", "width of the feed-forward layer", "前馈层宽度", default=2048, least=1),
    V=integer("V", "entries of the vocabulary", "词表大小", default=37000, least=1),
)


@shapes.step(r"$B \times $L \times $d", symbol=r"\operatorname{shape}(X)", zh="词嵌入（加位置编码）的形状", final=True)
def embedded(B: int, L: int, d: int) -> Shape:
    """Shape of the embedded tokens."""
    return Shape((B, L, d))


@shapes.step(
    r"$B \times $h \times $L \times \frac{$d}{$h}", symbol=r"\operatorname{shape}(Q)", zh="分头后查询的形状", final=True
)
def queries(B: int, h: int, L: int, d: int) -> Shape:
    """Shape of the queries, cut into heads."""
    if d % h:
        raise Undefined("the width cannot be shared out among the heads", "模型维数不能被头数整除")
    return Shape((B, h, L, d // h))


@shapes.step(r"$B \times $h \times $L \times $L", symbol=r"\operatorname{shape}(A)", zh="注意力权重的形状", final=True)
def weights(B: int, h: int, L: int) -> Shape:
    """Shape of the attention weights."""
    return Shape((B, h, L, L))


@shapes.step(r"$B \times $L \times $d_ff", symbol=r"\operatorname{shape}(F)", zh="前馈网络隐藏层的形状", final=True)
def feed_forward_hidden(B: int, L: int, d_ff: int) -> Shape:
    """Shape inside the feed-forward network."""
    return Shape((B, L, d_ff))


@shapes.step(r"$B \times $L \times $d", symbol=r"\operatorname{shape}(Y)", zh="编码器层输出的形状", final=True)
def layer_output(B: int, L: int, d: int) -> Shape:
    """Shape of the layer's output, which is that of its input."""
    return Shape((B, L, d))


@shapes.step(r"$B \times $L \times $V", symbol=r"\operatorname{shape}(S)", zh="词表上得分（logits）的形状")
def logits(B: int, L: int, V: int) -> Shape:
    """Shape of the scores over the vocabulary."""
    return Shape((B, L, V))


@shapes.misconception("attention/one-score-matrix", replaces="weights")
def _one_matrix(B: int, L: int) -> Shape:
    return Shape((B, L, L))


@shapes.misconception("attention/features-for-tokens", replaces="weights")
def _features(B: int, h: int, d: int) -> Shape:
    return Shape((B, h, d // h, d // h))


@shapes.misconception("transformer/width-kept-inside", replaces="feed_forward_hidden")
def _kept(B: int, L: int, d: int) -> Shape:
    return Shape((B, L, d))


@shapes.misconception("transformer/width-not-restored", replaces="layer_output")
def _not_restored(B: int, L: int, d_ff: int) -> Shape:
    return Shape((B, L, d_ff))


@shapes.misconception("transformer/one-word-per-sequence", replaces="logits")
def _one_word(B: int, V: int) -> Shape:
    return Shape((B, V))


@shapes.oracle
def _shapes(*, B: int, L: int, d: int, h: int, d_ff: int, V: int) -> dict[str, Any]:
    import torch

    x = torch.nn.Embedding(V, d, device="meta")(torch.empty(B, L, dtype=torch.long, device="meta"))
    layer = torch.nn.TransformerEncoderLayer(d, h, d_ff, batch_first=True, device="meta")
    _, weights = layer.self_attn(x, x, x, average_attn_weights=False)
    found = {
        "embedded": x,
        "queries": x.unflatten(-1, (h, -1)).transpose(1, 2),
        "weights": weights,
        "feed_forward_hidden": layer.linear1(x),
        "layer_output": layer(x),
        "logits": torch.nn.Linear(d, V, device="meta")(x),
    }
    return {name: list(tensor.shape) for name, tensor in found.items()}
