"""Parameter counts of a small convolutional network: two convolutions with pooling, and a linear layer."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.parameters.common import add_total, learned, size
from solvers.rules import sum_of
from solvers.trace import Undefined

two_layer_cnn = Derivation(
    "params.two_layer_cnn",
    "Parameters of a small network: convolution, pooling, convolution, pooling, linear layer",
    "小型卷积网络的参数量：卷积—池化—卷积—池化—全连接",
    n=size("n", "side of the square image", "方形图像的边长"),
    c_in=size(r"C_\text{in}", "channels of the image", "图像通道数", default=3),
    c_1=size("C_1", "filters of the first convolution", "第一个卷积层的卷积核个数"),
    k_1=size("k_1", "kernel size of the first convolution", "第一个卷积层的卷积核边长"),
    c_2=size("C_2", "filters of the second convolution", "第二个卷积层的卷积核个数"),
    k_2=size("k_2", "kernel size of the second convolution", "第二个卷积层的卷积核边长"),
    pool=size("q", "window and stride of both poolings", "两次池化的窗口与步幅", default=2),
    classes=size("c", "classes", "类别数", default=10),
)


def _window_positions(side: int, kernel: int) -> int:
    if side < kernel:
        raise Undefined("the kernel is larger than its input", "卷积核比输入还大")
    return side - kernel + 1


def _pooled_side(side: int, pool: int) -> int:
    if side < pool:
        raise Undefined("the pooling window is larger than its input", "池化窗口比输入还大")
    return side // pool


@two_layer_cnn.step("$k_1^2 $c_in $c_1 + $c_1", symbol=r"N_{\text{conv} 1}", zh="第一个卷积层的参数量")
def conv_1(k_1: int, c_in: int, c_1: int) -> int:
    """Parameters of the first convolution."""
    return k_1**2 * c_in * c_1 + c_1


@two_layer_cnn.step(r"\left\lfloor \frac{$n - $k_1 + 1}{$pool} \right\rfloor", symbol="n_1", zh="第一次池化后的边长")
def side_1(n: int, k_1: int, pool: int) -> int:
    """Side of the maps after the first convolution and pooling."""
    return _pooled_side(_window_positions(n, k_1), pool)


@two_layer_cnn.step("$k_2^2 $c_1 $c_2 + $c_2", symbol=r"N_{\text{conv} 2}", zh="第二个卷积层的参数量")
def conv_2(k_2: int, c_1: int, c_2: int) -> int:
    """Parameters of the second convolution."""
    return k_2**2 * c_1 * c_2 + c_2


@two_layer_cnn.step(
    r"\left\lfloor \frac{$side_1 - $k_2 + 1}{$pool} \right\rfloor", symbol="n_2", zh="第二次池化后的边长"
)
def side_2(side_1: int, k_2: int, pool: int) -> int:
    """Side of the maps after the second convolution and pooling."""
    return _pooled_side(_window_positions(side_1, k_2), pool)


@two_layer_cnn.step("$side_2^2 $c_2", symbol="f", zh="展平后的特征数")
def features(side_2: int, c_2: int) -> int:
    """Features after flattening."""
    return side_2**2 * c_2


@two_layer_cnn.step("$features $classes + $classes", symbol=r"N_\text{fc}", zh="全连接层的参数量")
def dense(features: int, classes: int) -> int:
    """Parameters of the linear layer."""
    return features * classes + classes


@two_layer_cnn.step("0", symbol=r"N_\text{pool}", zh="池化层的参数量：没有参数")
def pooling(pool: int) -> int:
    """Parameters of the pooling layers: they have none, whatever their window."""
    return 0 * pool


add_total(two_layer_cnn, "conv_1", "pooling", "conv_2", "dense")
two_layer_cnn.misconception("params/one-kernel-for-all", replaces="total")(sum_of("conv_1", "dense"))


two_layer_cnn.misconception("params/convolutions-left-out", replaces="total")(lambda dense: dense)
two_layer_cnn.misconception("params/dense-left-out", replaces="total")(sum_of("conv_1", "conv_2"))
two_layer_cnn.misconception("params/same-padding-assumed", replaces="side_1", side="n")(_pooled_side)
two_layer_cnn.misconception("params/same-padding-assumed", replaces="side_2", side="side_1")(_pooled_side)
two_layer_cnn.misconception("params/last-pooling-left-out", replaces="side_2", side="side_1", kernel="k_2")(
    _window_positions
)
two_layer_cnn.misconception("conv/no-plus-one", replaces="side_1")(lambda n, k_1, pool: _pooled_side(n - k_1, pool))
two_layer_cnn.misconception("conv/no-plus-one", replaces="side_2")(
    lambda side_1, k_2, pool: _pooled_side(side_1 - k_2, pool)
)
two_layer_cnn.misconception("params/flattened-one-side", replaces="features")(lambda side_2, c_2: side_2 * c_2)


@two_layer_cnn.misconception("params/pooling-has-weights", replaces="pooling")
def _(pool: int) -> int:
    return 2 * pool**2


@two_layer_cnn.convention("convention/no-bias", replaces="conv_1")
def _(k_1: int, c_in: int, c_1: int) -> int:
    return k_1**2 * c_in * c_1


@two_layer_cnn.convention("convention/no-bias", replaces="conv_2")
def _(k_2: int, c_1: int, c_2: int) -> int:
    return k_2**2 * c_1 * c_2


@two_layer_cnn.convention("convention/no-bias", replaces="dense")
def _(features: int, classes: int) -> int:
    return features * classes


@two_layer_cnn.convention("convention/rounded-up", replaces="side_1")
def _(n: int, k_1: int, pool: int) -> int:
    return -(-_window_positions(n, k_1) // pool)


@two_layer_cnn.convention("convention/rounded-up", replaces="side_2")
def _(side_1: int, k_2: int, pool: int) -> int:
    return -(-_window_positions(side_1, k_2) // pool)


@two_layer_cnn.misconception("params/missed-input-channels", replaces="conv_1")
def _(k_1: int, c_1: int) -> int:
    return k_1**2 * c_1 + c_1


@two_layer_cnn.misconception("params/missed-input-channels", replaces="conv_2")
def _(k_2: int, c_2: int) -> int:
    return k_2**2 * c_2 + c_2


@two_layer_cnn.misconception("params/bias-per-position", replaces="conv_1")
def _(k_1: int, c_in: int, c_1: int, n: int) -> int:
    return k_1**2 * c_in * c_1 + c_1 * _window_positions(n, k_1) ** 2


@two_layer_cnn.misconception("params/bias-per-position", replaces="conv_2")
def _(k_2: int, c_1: int, c_2: int, side_1: int) -> int:
    return k_2**2 * c_1 * c_2 + c_2 * _window_positions(side_1, k_2) ** 2


@two_layer_cnn.misconception("params/flattened-one-channel", replaces="features")
def _(side_2: int) -> int:
    return side_2**2


@two_layer_cnn.misconception("params/pooling-ignored", replaces="side_1")
def _(n: int, k_1: int) -> int:
    return _window_positions(n, k_1)


@two_layer_cnn.misconception("params/pooling-ignored", replaces="side_2")
def _(side_1: int, k_2: int) -> int:
    return _window_positions(side_1, k_2)


@two_layer_cnn.oracle
def _(*, n: int, c_in: int, c_1: int, k_1: int, c_2: int, k_2: int, pool: int, classes: int) -> dict[str, int]:
    import torch

    pooling = torch.nn.MaxPool2d(pool)
    first, second = torch.nn.Conv2d(c_in, c_1, k_1, device="meta"), torch.nn.Conv2d(c_1, c_2, k_2, device="meta")
    once = pooling(first(torch.empty(1, c_in, n, n, device="meta")))
    twice = pooling(second(once))
    last = torch.nn.Linear(twice.numel(), classes, device="meta")
    return {
        "conv_1": learned(first),
        "side_1": once.shape[-1],
        "conv_2": learned(second),
        "side_2": twice.shape[-1],
        "features": twice.numel(),
        "dense": learned(last),
        "pooling": learned(pooling),
        "total": learned(first, pooling, second, last),
    }
