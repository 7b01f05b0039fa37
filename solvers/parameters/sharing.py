"""What it saves that connections are few, and that they share their weights: among units, and on an image."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.givens import integer
from solvers.parameters.common import INPUT_CHANNELS, KERNEL_SIDE, OUTPUT_CHANNELS, learned, leave_out, size
from solvers.trace import Undefined

# ------------------------------------------------------------------------------ dense, sparse and shared connections

connectivity = Derivation(
    "params.connectivity",
    "Weights of dense, sparse and shared connections",
    "全连接、稀疏连接与权重共享的权重数",
    m=size("m", "inputs", "输入数"),
    n=size("n", "outputs", "输出数"),
    k=size("k", "inputs that each output is connected to", "每个输出所连接的输入数"),
)


@connectivity.step("$m $n", symbol=r"N_\text{dense}", zh="全连接：每个输入连到每个输出", final=True)
def dense(m: int, n: int) -> int:
    """Dense connections: every input to every output."""
    return m * n


@connectivity.step("$k $n", symbol=r"N_\text{sparse}", zh="稀疏连接：每个输出只连 k 个输入", final=True)
def sparse(m: int, n: int, k: int) -> int:
    """Sparse connections: every output to k inputs, each with weights of its own."""
    if k > m:
        raise Undefined(
            "an output can't be connected to more inputs than there are", "每个输出所连的输入不能多于全部输入"
        )
    return k * n


@connectivity.step("$k", symbol=r"N_\text{shared}", zh="权重共享：所有输出共用同一组权重")
def shared(k: int) -> int:
    """Shared weights: all outputs use the same k."""
    return k


@connectivity.convention("convention/with-bias", replaces="dense")
def _(m: int, n: int) -> int:
    return (m + 1) * n


@connectivity.convention("convention/with-bias", replaces="sparse")
def _(k: int, n: int) -> int:
    return (k + 1) * n


@connectivity.convention("convention/with-bias", replaces="shared")
def _(k: int) -> int:
    return k + 1


@connectivity.misconception("params/shared-per-output", replaces="shared")
def _(k: int, n: int) -> int:
    return k * n


@connectivity.misconception("params/sparse-per-input", replaces="sparse")
def _(k: int, m: int) -> int:
    return k * m


@connectivity.misconception("params/added-layer-sizes", replaces="dense")
def _(m: int, n: int) -> int:
    return m + n


@connectivity.oracle
def _(m: int, n: int, k: int) -> dict[str, int]:
    import torch

    return {
        "dense": learned(torch.nn.Linear(m, n, bias=False, device="meta")),
        # n groups of one channel: each output has a kernel of its own.
        "sparse": learned(torch.nn.Conv1d(n, n, k, groups=n, bias=False, device="meta")),
        "shared": learned(torch.nn.Conv1d(1, 1, k, bias=False, device="meta")),
    }


# ---------------------------------------------------------------------------- one convolution, on an image of some size

conv_on_image = Derivation(
    "params.conv_on_image",
    "Parameters of a convolution on an image, and what sharing its weights saves",
    "图像上卷积层的参数量，以及权重共享所节省的参数",
    c_in=INPUT_CHANNELS,
    n=size("n", "side of the square image", "方形图像的边长"),
    c_out=OUTPUT_CHANNELS,
    k=KERNEL_SIDE,
    s=size("s", "stride", "步幅", default=1),
    p=integer("p", "zeros padded on each side", "每侧补零个数", default=0, least=0),
)


@conv_on_image.step(r"\left\lfloor \frac{$n + 2 $p - $k}{$s} \right\rfloor + 1", symbol="o", zh="输出特征图的边长")
def side(n: int, p: int, k: int, s: int) -> int:
    """Side of each output map."""
    found = (n + 2 * p - k) // s + 1
    if found < 1:
        raise Undefined("the kernel is larger than the padded image", "卷积核比补零后的图像还大")
    return found


@conv_on_image.step("$k^2 $c_in", symbol="w", zh="每个卷积核的权重数")
def filter_weights(k: int, c_in: int) -> int:
    """Weights of one filter: its kernel in every input channel."""
    return k**2 * c_in


@conv_on_image.step("$c_out $filter_weights", symbol="N_W", zh="权重总数")
def weights(c_out: int, filter_weights: int) -> int:
    """Weights of all filters."""
    return c_out * filter_weights


@conv_on_image.step("$c_out", symbol="N_b", zh="偏置数：每个卷积核一个")
def biases(c_out: int) -> int:
    """Biases: one for each filter."""
    return c_out


@conv_on_image.step("$weights + $biases", symbol=r"N_\text{conv}", zh="卷积层的参数总数", final=True)
def convolution(weights: int, biases: int) -> int:
    """Parameters of the convolution: its weights are shared by all positions."""
    return weights + biases


@conv_on_image.step(
    "$side^2 $c_out ($filter_weights + 1)", symbol=r"N_\text{local}", zh="局部连接但不共享权重时的参数量", final=True
)
def local(side: int, c_out: int, filter_weights: int) -> int:
    """Parameters with the same connections but unshared: weights and a bias for every output."""
    return side**2 * c_out * (filter_weights + 1)


@conv_on_image.step(
    "$side^2 $c_out ($n^2 $c_in + 1)", symbol=r"N_\text{dense}", zh="输入输出大小相同的全连接层的参数量"
)
def fully_connected(side: int, c_out: int, n: int, c_in: int) -> int:
    """Parameters of a fully connected layer with as many inputs and outputs."""
    return side**2 * c_out * (n**2 * c_in + 1)


leave_out(conv_on_image, "convention/no-bias", "biases")


@conv_on_image.misconception("params/bias-per-position", replaces="biases")
def _(c_out: int, side: int) -> int:
    return c_out * side**2


@conv_on_image.misconception("params/bias-per-input", replaces="biases")
def _(c_in: int) -> int:
    return c_in


@conv_on_image.misconception("params/bias-per-channel-pair", replaces="biases")
def _(c_in: int, c_out: int) -> int:
    return c_in * c_out


@conv_on_image.misconception("params/one-bias-per-layer", replaces="biases")
def _() -> int:
    return 1


@conv_on_image.misconception("params/missed-input-channels", replaces="filter_weights")
def _(k: int) -> int:
    return k**2


@conv_on_image.misconception("params/kernel-side-once", replaces="filter_weights")
def _(k: int, c_in: int) -> int:
    return k * c_in


@conv_on_image.misconception("params/one-filter", replaces="weights")
def _(filter_weights: int) -> int:
    return filter_weights


@conv_on_image.misconception("params/weights-per-position", replaces="weights")
def _(c_out: int, filter_weights: int, side: int) -> int:
    return c_out * filter_weights * side**2


conv_on_image.convention("convention/no-bias", replaces="local")(
    lambda side, c_out, filter_weights: side**2 * c_out * filter_weights
)
conv_on_image.convention("convention/no-bias", replaces="fully_connected")(
    lambda side, c_out, n, c_in: side**2 * c_out * n**2 * c_in
)
conv_on_image.misconception("params/outputs-for-parameters", replaces="convolution")(
    lambda side, c_out: side**2 * c_out
)
conv_on_image.misconception("params/shared-for-local", replaces="local")(
    lambda c_out, filter_weights: c_out * (filter_weights + 1)
)
conv_on_image.misconception("params/one-bias-per-map", replaces="local")(
    lambda side, c_out, filter_weights: side**2 * c_out * filter_weights + c_out
)
conv_on_image.misconception("params/one-unit-per-filter", replaces="fully_connected")(
    lambda c_out, n, c_in: c_out * (n**2 * c_in + 1)
)
conv_on_image.misconception("conv/forgot-padding", replaces="side")(lambda n, k, s: (n - k) // s + 1)
conv_on_image.misconception("conv/padding-once", replaces="side")(lambda n, p, k, s: (n + p - k) // s + 1)
conv_on_image.misconception("conv/no-plus-one", replaces="side")(lambda n, p, k, s: (n + 2 * p - k) // s)


@conv_on_image.misconception("params/dense-per-channel", replaces="fully_connected")
def _(side: int, n: int) -> int:
    return side**2 * (n**2 + 1)


@conv_on_image.misconception("params/kernel-times-image", replaces="convolution")
def _(c_in: int, n: int, c_out: int, k: int) -> int:
    return c_out * (k**2 * n**2 * c_in + 1)


@conv_on_image.oracle
def _(*, c_in: int, n: int, c_out: int, k: int, s: int, p: int) -> dict[str, int]:
    import torch

    layer = torch.nn.Conv2d(c_in, c_out, k, s, p, device="meta")
    image = torch.empty(1, c_in, n, n, device="meta")
    output = layer(image)
    patches = torch.nn.functional.unfold(image, k, padding=p, stride=s).shape[-1]
    dense = torch.nn.Linear(image.numel(), output.numel(), device="meta")
    return {
        "side": output.shape[-1],
        "filter_weights": layer.weight[0].numel(),
        "weights": layer.weight.numel(),
        "biases": layer.bias.numel(),
        "convolution": learned(layer),
        "local": patches * learned(layer),
        "fully_connected": learned(dense),
    }
