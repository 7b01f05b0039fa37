"""Autoencoders: code, reconstruction and its error; how many numbers they learn."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.functions import relu, sigmoid, tanh
from solvers.givens import integer, matrix, vector, word
from solvers.oracles import torch_tensor
from solvers.values import Matrix, Number, Vector

__all__ = ["parameters", "reconstruction", "tied"]

_ACTIVATIONS = {"identity": lambda v: v, "relu": relu, "sigmoid": sigmoid, "tanh": tanh}


def _zeros(axis: str) -> Any:
    return {"default": 0, "axes": (axis,)}


def _add_errors(d: Derivation) -> None:
    """The difference of the input from its reconstruction, and the squared error."""

    @d.step("$x - $output", symbol="e", zh="输入与重构之差", name="difference")
    def _(x: Vector, output: Vector) -> Vector:
        """Difference between input and reconstruction."""
        return x - output

    @d.step(
        r"\operatorname{sum}\left($difference^2\right)", symbol="E", zh="重构误差：差的平方和", name="squared_error"
    )
    def _(difference: Vector) -> Number:
        """Reconstruction error: the sum of the squared differences."""
        found: Number = (difference * difference).sum()
        return found

    @d.convention("convention/mean-for-sum", replaces="squared_error")
    def _(difference: Vector) -> Number:
        found: Number = (difference * difference).sum()
        return found * Fraction(1, len(difference))

    @d.misconception("autoencoder/not-squared", replaces="squared_error")
    def _(difference: Vector) -> Number:
        found: Number = abs(difference).sum()
        return found

    @d.misconception("autoencoder/root-taken", replaces="squared_error")
    def _(difference: Vector) -> Number:
        return float((difference * difference).sum()) ** 0.5

    @d.misconception("autoencoder/differences-cancel", replaces="squared_error")
    def _(difference: Vector) -> Number:
        found: Number = difference.sum() ** 2
        return found


def _torch_errors(x: Vector, output: Any) -> dict[str, Any]:
    import torch

    target = torch_tensor(x)
    error = torch.nn.functional.mse_loss(output, target, reduction="sum")
    return {"output": output.tolist(), "difference": torch.sub(target, output).tolist(), "squared_error": error.item()}


def _torch_activation(name: str) -> Any:
    import torch

    return {
        "identity": torch.nn.Identity(),
        "relu": torch.nn.ReLU(),
        "sigmoid": torch.nn.Sigmoid(),
        "tanh": torch.nn.Tanh(),
    }[name]


# ------------------------------------------------------------------------------------------------------- two matrices

reconstruction = Derivation(
    "autoencoder.reconstruction",
    "Code, reconstruction and squared error of an autoencoder with one hidden layer and a linear decoder",
    "单隐藏层、线性解码的自编码器的编码、重构与误差",
    x=vector("x", "input", "输入", axes=("inputs",)),
    W=matrix(
        "W",
        "encoder's weights, one row for each unit of the code",
        "编码器权重（每行对应一个编码单元）",
        axes=("code", "inputs"),
    ),
    V=matrix(
        "V", "decoder's weights, one row for each output", "解码器权重（每行对应一个输出）", axes=("inputs", "code")
    ),
    b=vector("b", "encoder's biases", "编码器偏置", **_zeros("code")),
    a=vector("a", "decoder's biases", "解码器偏置", **_zeros("inputs")),
    activation=word("f", "activation of the code", "编码层的激活函数", words=tuple(_ACTIVATIONS), default="identity"),
)


@reconstruction.step(r"$W $x + $b", symbol="s", zh="编码层的加权和", name="weighted_sum")
def _(W: Matrix, x: Vector, b: Vector) -> Vector:
    """Weighted sums of the code."""
    return W @ x + b


@reconstruction.step("f($weighted_sum)", symbol="h", zh="编码", name="code")
def _(weighted_sum: Vector, activation: str) -> Vector:
    """Code."""
    found: Vector = _ACTIVATIONS[activation](weighted_sum)
    return found


@reconstruction.step(r"$V $code + $a", symbol=r"\hat{x}", zh="重构", name="output")
def _(V: Matrix, code: Vector, a: Vector) -> Vector:
    """Reconstruction."""
    return V @ code + a


_add_errors(reconstruction)


@reconstruction.misconception("autoencoder/activation-skipped", replaces="code")
def _(weighted_sum: Vector) -> Vector:
    return weighted_sum


@reconstruction.misconception("autoencoder/encoder-transposed", replaces="output")
def _(W: Matrix, code: Vector, a: Vector) -> Vector:
    return W.T @ code + a


@reconstruction.misconception("autoencoder/decoder-bias-forgotten", replaces="output")
def _(V: Matrix, code: Vector) -> Vector:
    return V @ code


@reconstruction.misconception("autoencoder/encoder-bias-forgotten", replaces="weighted_sum")
def _(W: Matrix, x: Vector) -> Vector:
    return W @ x


@reconstruction.oracle
def _(x: Vector, W: Matrix, V: Matrix, b: Vector, a: Vector, activation: str) -> dict[str, Any]:
    import torch

    linear = torch.nn.functional.linear
    score = linear(torch_tensor(x), torch_tensor(W), torch_tensor(b))
    code = _torch_activation(activation)(score)
    output = linear(code, torch_tensor(V), torch_tensor(a))
    return {"weighted_sum": score.tolist(), "code": code.tolist(), **_torch_errors(x, output)}


# ------------------------------------------------------------------------------------------------------- tied weights

tied = Derivation(
    "autoencoder.tied",
    "Code, reconstruction and squared error of a linear autoencoder with tied weights",
    "权重共享的线性自编码器的编码、重构与误差",
    x=vector("x", "input", "输入", axes=("inputs",)),
    W=matrix("W", "weights; the decoder has their transpose", "权重（解码器使用其转置）", axes=("code", "inputs")),
)


@tied.step(r"$W $x", symbol="h", zh="编码", name="code")
def _(W: Matrix, x: Vector) -> Vector:
    """Code."""
    return W @ x


@tied.step(r"$W^\top $code", symbol=r"\hat{x}", zh="重构", name="output")
def _(W: Matrix, code: Vector) -> Vector:
    """Reconstruction."""
    return W.T @ code


_add_errors(tied)


@tied.oracle
def _(x: Vector, W: Matrix) -> dict[str, Any]:
    import torch

    layer = torch_tensor(W)
    code = torch.mv(layer, torch_tensor(x))
    return {"code": code.tolist(), **_torch_errors(x, torch.einsum("ki,k->i", layer, code))}


# ---------------------------------------------------------------------------------------------------------- parameters

parameters = Derivation(
    "autoencoder.parameters",
    "Parameters of an autoencoder with one hidden layer, with separate and with tied weights",
    "单隐藏层自编码器的参数量：权重独立与权重共享",
    n=integer("n", "inputs", "输入维数", least=1),
    d=integer("d", "units of the code", "编码维数", least=1),
)


@parameters.step("$n $d + $d", symbol="P_E", zh="编码器的参数量", name="encoder")
def _(n: int, d: int) -> int:
    """Parameters of the encoder."""
    return n * d + d


@parameters.step("$d $n + $n", symbol="P_D", zh="解码器的参数量", name="decoder")
def _(n: int, d: int) -> int:
    """Parameters of the decoder."""
    return d * n + n


@parameters.step("$encoder + $decoder", symbol="P", zh="权重独立时的参数总量", name="separate")
def _(encoder: int, decoder: int) -> int:
    """Parameters with separate weights."""
    return encoder + decoder


@parameters.step("$separate - $n $d", symbol="P_t", zh="权重共享时的参数总量", name="shared", final=True)
def _(separate: int, n: int, d: int) -> int:
    """Parameters with tied weights: the decoder's matrix is the encoder's, its biases are its own."""
    return separate - n * d


@parameters.step(r"\frac{$n}{$d}", symbol="r", zh="压缩比", name="compression", final=True)
def _(n: int, d: int) -> Number:
    """Inputs for each number of the code."""
    return Fraction(n, d)


@parameters.convention("convention/no-bias", replaces="separate")
def _(n: int, d: int) -> int:
    return 2 * n * d


@parameters.misconception("autoencoder/decoder-biases-forgotten", replaces="shared")
def _(n: int, d: int) -> int:
    return n * d + d


@parameters.misconception("autoencoder/decoder-biases-of-the-code", replaces="decoder")
def _(n: int, d: int) -> int:
    return d * n + d


@parameters.misconception("autoencoder/everything-halved", replaces="shared")
def _(separate: int) -> Number:
    return Fraction(separate, 2)


@parameters.oracle
def _(n: int, d: int) -> dict[str, Any]:
    import torch

    def count(*layers: Any) -> int:
        return sum(weights.numel() for weights in {id(w): w for layer in layers for w in layer.parameters()}.values())

    there, back = torch.nn.Linear(n, d, device="meta"), torch.nn.Linear(d, n, device="meta")
    found: dict[str, Any] = {"encoder": count(there), "decoder": count(back), "separate": count(there, back)}
    found["shared"] = count(there) + back.bias.numel()
    found["compression"] = torch.empty(n).numel() / torch.empty(d).numel()
    return found
