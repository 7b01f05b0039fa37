"""Parameter counts of convolutional networks described by lists of sizes, LeNet-5 among them, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, vector
from solvers.parameters.common import add_total, learned, size, whole
from solvers.rules import sum_of
from solvers.text import Text, UsageError
from solvers.trace import Undefined
from solvers.values import Value, Vector

# ------------------------------------------------------------------------------- a chain described by lists of sizes


def _chain_givens(**defaults: Any) -> dict[str, Given]:
    """Lists that describe a network; each layer's output has as many maps as the next entry of `channels`."""
    described: dict[str, tuple[str, str, str, Any, int]] = {
        "channels": (
            "C",
            "channels of the image and of each convolution's output",
            "图像及各卷积层输出的通道数",
            None,
            1,
        ),
        "kernels": ("k", "kernel size of each convolution", "各卷积层的卷积核边长", None, 1),
        "widths": ("u", "widths of the fully connected layers", "各全连接层的宽度", None, 1),
        "strides": ("s", "stride of each convolution", "各卷积层的步幅", 1, 1),
        "paddings": ("p", "zeros on each side before each convolution", "各卷积层每侧补零个数", 0, 0),
        "pools": (
            "q",
            "window and stride of the pooling behind each convolution (1: none)",
            "各卷积层后池化的窗口与步幅（1 表示无池化）",
            1,
            1,
        ),
    }
    axes: dict[str, tuple[str]] = {"channels": ("maps",), "widths": ("dense",)}
    lists = {
        name: vector(
            symbol,
            en,
            zh,
            axes=axes.get(name, ("convolutions",)),
            default=defaults.get(name, default),
            least=least,
            row=True,
        )
        for name, (symbol, en, zh, default, least) in described.items()
    }
    return {"n": size("n", "side of the square image", "方形图像的边长", default=defaults.get("n")), **lists}


def _chain(
    name: str, title: Text, givens: dict[str, Given], *, convolutions: int, dense: int, pooled: tuple[bool, ...]
) -> Derivation:
    """A network of so many convolutions, some with pooling behind them, and so many fully connected layers."""
    net = Derivation(name, title.en, title.zh, **givens)
    before = "n"
    for i in range(convolutions):
        before = _add_convolution(net, i, before)
        unpooled, before = before, _add_pooling(net, i, before, pooled[i])
    if pooled[-1] and convolutions > 1:
        net.misconception("params/last-pooling-left-out", replaces=before, side=unpooled)(lambda side: side)
    last = convolutions

    @net.step(f"$side^2 $channels[{last}]", symbol="f", zh="展平后的特征数", side=before)
    def features(side: int, channels: Vector) -> int:
        """Features after flattening."""
        return whole(side**2 * channels[last])

    @net.misconception("params/flattened-one-channel", replaces="features", side=before)
    def _(side: int) -> int:
        return side**2

    @net.misconception("params/flattened-one-side", replaces="features", side=before)
    def _(side: int, channels: Vector) -> int:
        return whole(side * channels[last])

    for j in range(dense):
        _add_dense(net, j)

    @net.step("0", symbol=r"N_\text{pool}", zh="池化层的参数量：没有参数")
    def pooling(pools: Vector) -> int:
        """Parameters of the pooling layers: they have none."""
        return sum(0 for _ in pools)

    @net.misconception("params/pooling-has-weights", replaces="pooling")
    def _(pools: Vector) -> int:
        return whole(sum(q**2 for q in pools if q > 1))

    _add_chain_total(net, [f"conv_{i + 1}" for i in range(convolutions)], [f"dense_{j + 1}" for j in range(dense)])
    if name == "params.lenet5" and convolutions > 1:
        net.misconception("params/maps-connected-in-part", replaces="conv_2")(_connected_in_part)
    net.oracle(_chain_oracle)
    return net


def _connected_in_part(kernels: Vector, channels: Vector) -> int:
    """The second convolution of 1998: its 16 filters see 60 of the 96 pairs of maps."""
    if (channels[1], channels[2]) != (6, 16):
        raise Undefined("there is no table of connections for these maps", "没有这些特征图的连接表")
    return whole(60 * kernels[1] ** 2 + 16)


def _add_convolution(net: Derivation, i: int, before: str) -> str:
    """The parameters of convolution i + 1 and the side of its output, whose name is returned."""

    @net.step(
        f"$kernels[{i}]^2 $channels[{i}] $channels[{i + 1}] + $channels[{i + 1}]",
        symbol=rf"N_{{\text{{conv}} {i + 1}}}",
        en=f"Parameters of convolution {i + 1}",
        zh=f"第 {i + 1} 个卷积层的参数量",
        name=f"conv_{i + 1}",
    )
    def _(kernels: Vector, channels: Vector) -> int:
        return whole(kernels[i] ** 2 * channels[i] * channels[i + 1] + channels[i + 1])

    @net.convention("convention/no-bias", replaces=f"conv_{i + 1}")
    def _(kernels: Vector, channels: Vector) -> int:
        return whole(kernels[i] ** 2 * channels[i] * channels[i + 1])

    @net.misconception("params/missed-input-channels", replaces=f"conv_{i + 1}")
    def _(kernels: Vector, channels: Vector) -> int:
        return whole(kernels[i] ** 2 * channels[i + 1] + channels[i + 1])

    @net.step(
        rf"\left\lfloor \frac{{$side + 2 $paddings[{i}] - $kernels[{i}]}}{{$strides[{i}]}} \right\rfloor + 1",
        symbol=f"n_{{{i + 1}}}",
        en=f"Side of the maps that convolution {i + 1} puts out",
        zh=f"第 {i + 1} 个卷积层输出的边长",
        name=f"side_{i + 1}",
        side=before,
    )
    def _(side: int, kernels: Vector, strides: Vector, paddings: Vector) -> int:
        found = (side + 2 * whole(paddings[i]) - whole(kernels[i])) // whole(strides[i]) + 1
        if found < 1:
            raise Undefined("the kernel is larger than its padded input", "卷积核比补零后的输入还大")
        return found

    _add_wrong_sides(net, i, before)
    return f"side_{i + 1}"


def _add_wrong_sides(net: Derivation, i: int, before: str) -> None:
    """The sides that convolution i + 1 would put out under other paddings, and without its first position."""

    def declare(id: str, zeros: Callable[[int], int], first: int = 1) -> None:
        @net.misconception(id, replaces=f"side_{i + 1}", side=before)
        def _(side: int, kernels: Vector, strides: Vector, paddings: Vector) -> int:
            room = side + zeros(whole(paddings[i])) - whole(kernels[i])
            if room < 0:
                raise Undefined("the kernel is larger than its padded input", "卷积核比补零后的输入还大")
            return room // whole(strides[i]) + first

    declare("conv/forgot-padding", lambda _: 0)
    declare("conv/padding-once", lambda padding: padding)
    declare("conv/no-plus-one", lambda padding: 2 * padding, 0)

    @net.misconception("params/same-padding-assumed", replaces=f"side_{i + 1}", side=before)
    def _(side: int, strides: Vector) -> int:
        return -(-side // whole(strides[i]))


def _add_pooling(net: Derivation, i: int, before: str, pooled: bool) -> str:
    """The side behind the pooling after convolution i + 1; windows of 1 change nothing."""
    if not pooled:
        return before

    @net.step(
        rf"\left\lfloor \frac{{$side}}{{$pools[{i}]}} \right\rfloor",
        symbol=f"m_{{{i + 1}}}",
        en=f"Side after pooling {i + 1}, which has no parameters",
        zh=f"第 {i + 1} 次池化（无参数）后的边长",
        name=f"pooled_{i + 1}",
        side=before,
    )
    def _(side: int, pools: Vector) -> int:
        if side < pools[i]:
            raise Undefined("the pooling window is larger than its input", "池化窗口比输入还大")
        return side // whole(pools[i])

    @net.convention("convention/rounded-up", replaces=f"pooled_{i + 1}", side=before)
    def _(side: int, pools: Vector) -> int:
        return -(-side // whole(pools[i]))

    @net.misconception("params/pooling-ignored", replaces=f"pooled_{i + 1}", side=before)
    def _(side: int) -> int:
        return side

    return f"pooled_{i + 1}"


def _add_dense(net: Derivation, j: int) -> None:
    """The parameters of fully connected layer j + 1."""
    label = Text(f"Parameters of fully connected layer {j + 1}", f"第 {j + 1} 个全连接层的参数量")
    symbol, name = rf"N_{{\text{{fc}} {j + 1}}}", f"dense_{j + 1}"
    if j == 0:

        @net.step("$features $widths[0] + $widths[0]", symbol=symbol, name=name, en=label.en, zh=label.zh)
        def _(features: int, widths: Vector) -> int:
            return whole(features * widths[0] + widths[0])

        @net.convention("convention/no-bias", replaces=name)
        def _(features: int, widths: Vector) -> int:
            return whole(features * widths[0])

    else:

        @net.step(f"$widths[{j - 1}] $widths[{j}] + $widths[{j}]", symbol=symbol, name=name, en=label.en, zh=label.zh)
        def _(widths: Vector) -> int:
            return whole(widths[j - 1] * widths[j] + widths[j])

        @net.convention("convention/no-bias", replaces=name)
        def _(widths: Vector) -> int:
            return whole(widths[j - 1] * widths[j])


def _add_chain_total(net: Derivation, convolutions: Sequence[str], dense: Sequence[str]) -> None:
    add_total(net, *convolutions, "pooling", *dense)
    if len(convolutions) > 1:
        net.misconception("params/one-kernel-for-all", replaces="total")(sum_of(convolutions[0], *dense))
    net.misconception("params/output-layer-left-out", replaces="total")(sum_of(*convolutions, *dense[:-1]))
    net.misconception("params/convolutions-left-out", replaces="total")(sum_of(*dense))
    net.misconception("params/dense-left-out", replaces="total")(sum_of(*convolutions))


def _chain_oracle(
    *,
    n: int,
    channels: Vector,
    kernels: Vector,
    strides: Vector,
    paddings: Vector,
    pools: Vector,
    widths: Vector,
) -> dict[str, int]:
    import torch

    found: dict[str, int] = {}
    real: list[Any] = []
    image = torch.empty(1, channels[0], n, n, device="meta")
    for i, (kernel, stride, padding, pool) in enumerate(zip(kernels, strides, paddings, pools, strict=True), 1):
        layer = torch.nn.Conv2d(channels[i - 1], channels[i], kernel, stride, padding, device="meta")
        image = layer(image)
        found |= {f"conv_{i}": learned(layer), f"side_{i}": image.shape[-1]}
        real.append(layer)
        if pool > 1:
            image = torch.nn.functional.avg_pool2d(image, pool)
            found[f"pooled_{i}"] = image.shape[-1]
    found |= {"features": image.numel(), "pooling": learned(torch.nn.AvgPool2d(2))}
    for j, (a, b) in enumerate(zip([image.numel(), *widths[:-1]], widths, strict=True), 1):
        real.append(torch.nn.Linear(a, b, device="meta"))
        found[f"dense_{j}"] = learned(real[-1])
    return found | {"total": learned(*real)}


def _chain_size(givens: Mapping[str, Value]) -> tuple[int, int, tuple[bool, ...], int]:
    pooled = tuple(q > 1 for q in givens["pools"])
    return len(givens["kernels"]), len(givens["channels"]), pooled, len(givens["widths"])


def _chain_family(name: str, en: str, zh: str, **defaults: Any) -> Family:
    givens = _chain_givens(**defaults)

    def build(convolutions: int, maps: int, pooled: tuple[bool, ...], dense: int) -> Derivation:
        if maps != convolutions + 1:
            raise UsageError(
                f"channels has {maps} entries, but with {convolutions} kernels it must have {convolutions + 1}: the image's and each convolution's.",
                f"channels 有 {maps} 项，但 kernels 有 {convolutions} 项，channels 应有 {convolutions + 1} 项：图像的通道数及各卷积层的输出通道数。",
            )
        return _chain(name, Text(en, zh), givens, convolutions=convolutions, dense=dense, pooled=pooled)

    return Family(name, build, _chain_size, (2, 3, (True, True), 3))


cnn = _chain_family("params.cnn", "Parameters of a convolutional network, layer by layer", "卷积网络的逐层参数量")
lenet5 = _chain_family(
    "params.lenet5",
    "Parameters of LeNet-5 as it is built today (all maps connected)",
    "LeNet-5（现代写法，特征图全部相连）的参数量",
    n=32,
    channels=[1, 6, 16],
    kernels=[5, 5],
    strides=[1, 1],
    paddings=[0, 0],
    pools=[2, 2],
    widths=[120, 84, 10],
)
