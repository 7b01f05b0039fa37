"""Parameter counts of networks known by name: the original LeNet-5, AlexNet twice, VGG, GoogLeNet's inception block.

LeCun et al. (1998), Krizhevsky, Sutskever and Hinton (2012), Krizhevsky (2014) as torchvision builds it, Simonyan and
Zisserman (2014), Szegedy et al. (2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer
from solvers.parameters.common import add_sum, add_total, learned, leave_out, miss_parts, size
from solvers.text import Text, UsageError

DEPTH = integer(r"\ell", "layers with weights", "含权重的层数", default=16)
CLASSES = size("c", "classes", "类别数", default=1000)
IMAGE_CHANNELS = size(r"C_\text{in}", "channels of the image", "图像通道数", default=3)

# ---------------------------------------------------------------------------------------------------- AlexNet and VGG


@dataclass(frozen=True)
class Filters:
    """One convolution of a network: its filters, their side, and the groups they are divided into."""

    count: int
    side: int = 3
    groups: int = 1


def _network(name: str, title: Text, layers: Sequence[Filters], grid: int, depth: int | None = None) -> Derivation:
    """Convolutions, a grid of features of the given side, and three fully connected layers (4096, 4096, classes)."""
    given_depth = {} if depth is None else {"depth": DEPTH}
    net = Derivation(
        name,
        title.en,
        title.zh,
        channels=IMAGE_CHANNELS,
        classes=CLASSES,
        grid=size("g", "side of the last feature maps", "最后特征图的边长", default=grid),
        **given_depth,
    )
    for i, layer in enumerate(layers):
        _add_layer(net, i, layers[i - 1].count if i else None, layer)
    convolutions = [f"conv_{i + 1}" for i in range(len(layers))]
    add_sum(net, *convolutions, name="convolutions", symbol=r"N_\text{conv}", en="All convolutions", zh="所有卷积层")
    last = layers[-1].count

    @net.step(rf"{last} \cdot $grid^2 \cdot 4096 + 4096", symbol=r"N_{\text{fc} 1}", zh="第一个全连接层")
    def dense_1(grid: int) -> int:
        """First fully connected layer."""
        return last * grid**2 * 4096 + 4096

    @net.step(r"4096 \cdot 4096 + 4096", symbol=r"N_{\text{fc} 2}", zh="第二个全连接层")
    def dense_2() -> int:
        """Second fully connected layer."""
        return 4096 * 4096 + 4096

    @net.step(r"4096 \cdot $classes + $classes", symbol=r"N_{\text{fc} 3}", zh="第三个全连接层")
    def dense_3(classes: int) -> int:
        """Third fully connected layer."""
        return 4096 * classes + classes

    dense = ("dense_1", "dense_2", "dense_3")
    add_sum(net, *dense, name="dense", symbol=r"N_\text{fc}", en="All fully connected layers", zh="所有全连接层")
    net.misconception("params/flattened-one-side", replaces="dense_1")(lambda grid: last * grid * 4096 + 4096)
    net.misconception("params/positions-left-out", replaces="dense_1")(lambda: last * 4096 + 4096)
    net.misconception("params/flattened-one-channel", replaces="dense_1")(lambda grid: grid**2 * 4096 + 4096)
    net.convention("convention/no-bias", replaces="dense_1")(lambda grid: last * grid**2 * 4096)
    net.convention("convention/no-bias", replaces="dense_2")(lambda: 4096 * 4096)
    net.convention("convention/no-bias", replaces="dense_3")(lambda classes: 4096 * classes)
    _add_network_total(net, depth)
    net.misconception("params/convolutions-left-out", replaces="total")(lambda dense: dense)
    net.misconception("params/dense-left-out", replaces="total")(lambda convolutions: convolutions)

    @net.oracle
    def _(channels: int, classes: int, grid: int, **_: int) -> dict[str, int]:
        return _counts_of_network(layers, channels, classes, grid)

    return net


def _add_network_total(net: Derivation, depth: int | None) -> None:
    if depth is None:
        add_total(net, "convolutions", "dense")
        return

    @net.step("$convolutions + $dense", symbol="N", zh="参数总数", name="total")
    def _(convolutions: int, dense: int, depth: int) -> int:
        """Parameters in all."""
        _plan(depth)
        return convolutions + dense


def _add_layer(net: Derivation, i: int, before: int | None, layer: Filters) -> None:
    """The parameters of convolution i + 1, the first of which reads the image."""
    label = Text(f"Convolution {i + 1}: {layer.count} filters", f"第 {i + 1} 个卷积层：{layer.count} 个卷积核")
    symbol, name = rf"N_{{\text{{conv}} {i + 1}}}", f"conv_{i + 1}"
    if before is None:

        @net.step(
            rf"{layer.side}^2 \cdot $channels \cdot {layer.count} + {layer.count}",
            symbol=symbol,
            name=name,
            en=label.en,
            zh=label.zh,
        )
        def _(channels: int) -> int:
            return layer.side**2 * channels * layer.count + layer.count

        @net.convention("convention/no-bias", replaces=name)
        def _(channels: int) -> int:
            return layer.side**2 * channels * layer.count

        net.misconception("params/missed-input-channels", replaces=name)(lambda: (layer.side**2 + 1) * layer.count)
        return

    seen = before // layer.groups
    shown = str(before) if layer.groups == 1 else rf"\frac{{{before}}}{{{layer.groups}}}"

    @net.step(
        rf"{layer.side}^2 \cdot {shown} \cdot {layer.count} + {layer.count}",
        symbol=symbol,
        name=name,
        en=label.en,
        zh=label.zh,
    )
    def _() -> int:
        return layer.side**2 * seen * layer.count + layer.count

    @net.convention("convention/no-bias", replaces=name)
    def _() -> int:
        return layer.side**2 * seen * layer.count

    net.misconception("params/missed-input-channels", replaces=name)(lambda: (layer.side**2 + 1) * layer.count)
    net.misconception("params/kernel-side-once", replaces=name)(lambda: (layer.side * seen + 1) * layer.count)
    if layer.groups > 1:

        @net.misconception("params/ignored-groups", replaces=name)
        def _() -> int:
            return layer.side**2 * before * layer.count + layer.count


def _counts_of_network(layers: Sequence[Filters], channels: int, classes: int, grid: int) -> dict[str, int]:
    """The real layers, each built for the real output of the one before."""
    import torch

    found: dict[str, int] = {}
    maps = torch.empty(1, channels, 16, 16, device="meta")
    for i, layer in enumerate(layers, 1):
        real = torch.nn.Conv2d(
            maps.shape[1], layer.count, layer.side, padding=layer.side // 2, groups=layer.groups, device="meta"
        )
        maps = real(maps)
        found[f"conv_{i}"] = learned(real)
    features = torch.nn.functional.adaptive_avg_pool2d(maps, grid).numel()
    dense = [torch.nn.Linear(a, b, device="meta") for a, b in ((features, 4096), (4096, 4096), (4096, classes))]
    convolutions = sum(found.values())
    found |= {f"dense_{j}": learned(layer) for j, layer in enumerate(dense, 1)}
    return found | {
        "convolutions": convolutions,
        "dense": learned(*dense),
        "total": convolutions + learned(*dense),
    }


alexnet = _network(
    "params.alexnet",
    Text("Parameters of AlexNet on one device (as in torchvision)", "单设备版 AlexNet（与 torchvision 相同）的参数量"),
    (Filters(64, 11), Filters(192, 5), Filters(384), Filters(256), Filters(256)),
    grid=6,
)
alexnet_grouped = _network(
    "params.alexnet_grouped",
    Text(
        "Parameters of the original AlexNet, divided between two devices",
        "原始 AlexNet（分在两块设备上，分组卷积）的参数量",
    ),
    (Filters(96, 11), Filters(256, 5, 2), Filters(384), Filters(384, 3, 2), Filters(256, 3, 2)),
    grid=6,
)

_STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_VGG_WIDTHS = (64, 128, 256, 512, 512)


def _plan(depth: int) -> tuple[Filters, ...]:
    """VGG's convolutions. Raises UsageError for a depth that was never published."""
    if depth not in _STAGES:
        raise UsageError(
            f"There is no VGG-{depth}: depth is 11, 13, 16 or 19.", f"没有 VGG-{depth}：depth 应为 11、13、16 或 19。"
        )
    return tuple(Filters(w) for w, n in zip(_VGG_WIDTHS, _STAGES[depth], strict=True) for _ in range(n))


def _vgg(depth: int) -> Derivation:
    title = Text("Parameters of VGG (depth 11, 13, 16 or 19)", "VGG（深度 11、13、16 或 19）的参数量")
    return _network("params.vgg", title, _plan(depth), grid=7, depth=depth)


vgg = Family("params.vgg", _vgg, lambda givens: (givens["depth"],), (16,))

# ---------------------------------------------------------------------------------- LeNet-5 as published in 1998

lenet5_original = Derivation(
    "params.lenet5_original",
    "Trainable parameters of LeNet-5 as published in 1998",
    "1998 年论文中 LeNet-5 的可训练参数量",
    k=size("k", "side of all kernels", "所有卷积核的边长", default=5),
)


@lenet5_original.step(r"6 ($k^2 + 1)", symbol=r"N_\text{C1}", zh="C1：6 个卷积核")
def c1(k: int) -> int:
    """C1: six filters on the image."""
    return 6 * (k**2 + 1)


@lenet5_original.step(r"6 \cdot 2", symbol=r"N_\text{S2}", zh="S2：每个特征图一个系数和一个偏置")
def s2() -> int:
    """S2: a coefficient and a bias for each map."""
    return 6 * 2


@lenet5_original.step(
    r"6 (3 \cdot $k^2 + 1) + 9 (4 \cdot $k^2 + 1) + 6 \cdot $k^2 + 1",
    symbol=r"N_\text{C3}",
    zh="C3：16 个卷积核，分别只连 3、4 或 6 个特征图",
)
def c3(k: int) -> int:
    """C3: 16 filters, which see three, four or all six maps."""
    return 6 * (3 * k**2 + 1) + 9 * (4 * k**2 + 1) + 6 * k**2 + 1


@lenet5_original.step(r"16 \cdot 2", symbol=r"N_\text{S4}", zh="S4：每个特征图一个系数和一个偏置")
def s4() -> int:
    """S4: a coefficient and a bias for each map."""
    return 16 * 2


@lenet5_original.step(r"120 (16 \cdot $k^2 + 1)", symbol=r"N_\text{C5}", zh="C5：120 个卷积核，与 16 个特征图全部相连")
def c5(k: int) -> int:
    """C5: 120 filters on all 16 maps."""
    return 120 * (16 * k**2 + 1)


@lenet5_original.step(r"84 (120 + 1)", symbol=r"N_\text{F6}", zh="F6：84 个单元的全连接层")
def f6() -> int:
    """F6: 84 fully connected units."""
    return 84 * (120 + 1)


add_total(lenet5_original, "c1", "s2", "c3", "s4", "c5", "f6")


@lenet5_original.misconception("params/all-maps-connected", replaces="c3")
def _(k: int) -> int:
    return 16 * (6 * k**2 + 1)


leave_out(lenet5_original, "params/subsampling-left-out", "s2", "s4")
lenet5_original.misconception("params/modern-lenet", replaces="total")(
    lambda c1, c5, f6, k: c1 + 16 * (6 * k**2 + 1) + c5 + f6 + 10 * (84 + 1)
)
lenet5_original.convention("convention/no-bias", replaces="c1")(lambda k: 6 * k**2)
lenet5_original.convention("convention/no-bias", replaces="s2")(lambda: 6)
lenet5_original.convention("convention/no-bias", replaces="c3")(lambda k: 60 * k**2)
lenet5_original.convention("convention/no-bias", replaces="s4")(lambda: 16)
lenet5_original.convention("convention/no-bias", replaces="c5")(lambda k: 120 * 16 * k**2)
lenet5_original.convention("convention/no-bias", replaces="f6")(lambda: 84 * 120)


@lenet5_original.oracle
def _(k: int) -> dict[str, int]:
    import torch

    def filters(maps: int, count: int) -> Any:
        return torch.nn.Conv2d(maps, count, k, device="meta")

    found = {
        "c1": learned(filters(1, 6)),
        "s2": learned(
            torch.nn.GroupNorm(6, 6, device="meta")
        ),  # like the published layer, one factor and one shift a map
        "c3": learned(filters(3, 6), filters(4, 9), filters(6, 1)),
        "s4": learned(torch.nn.GroupNorm(16, 16, device="meta")),
        "c5": learned(filters(16, 120)),
        "f6": learned(torch.nn.Linear(120, 84, device="meta")),
    }
    return found | {"total": sum(found.values())}


# ------------------------------------------------------------------------------------------- GoogLeNet's inception block

inception = Derivation(
    "params.inception",
    "Parameters of an inception block (defaults: GoogLeNet's block 3a)",
    "Inception 块的参数量（默认值为 GoogLeNet 的 3a 块）",
    c_in=size(r"C_\text{in}", "input channels", "输入通道数", default=192),
    n_1=size("n_1", "1x1 filters", "1×1 卷积核个数", default=64),
    r_3=size("r_3", "1x1 filters before the 3x3 ones", "3×3 卷积之前的 1×1 卷积核个数", default=96),
    n_3=size("n_3", "3x3 filters", "3×3 卷积核个数", default=128),
    r_5=size("r_5", "1x1 filters before the 5x5 ones", "5×5 卷积之前的 1×1 卷积核个数", default=16),
    n_5=size("n_5", "5x5 filters", "5×5 卷积核个数", default=32),
    n_pool=size("n_p", "1x1 filters behind the pooling", "池化之后的 1×1 卷积核个数", default=32),
)


@inception.step("($c_in + 1) $n_1", symbol="N_1", zh="1×1 分支")
def branch_1(c_in: int, n_1: int) -> int:
    """Branch of 1x1 filters."""
    return (c_in + 1) * n_1


@inception.step(r"($c_in + 1) $r_3 + (3^2 $r_3 + 1) $n_3", symbol="N_3", zh="3×3 分支")
def branch_3(c_in: int, r_3: int, n_3: int) -> int:
    """Branch of 3x3 filters, reduced by 1x1 filters first."""
    return (c_in + 1) * r_3 + (9 * r_3 + 1) * n_3


@inception.step(r"($c_in + 1) $r_5 + (5^2 $r_5 + 1) $n_5", symbol="N_5", zh="5×5 分支")
def branch_5(c_in: int, r_5: int, n_5: int) -> int:
    """Branch of 5x5 filters, reduced by 1x1 filters first."""
    return (c_in + 1) * r_5 + (25 * r_5 + 1) * n_5


@inception.step("($c_in + 1) $n_pool", symbol="N_p", zh="池化分支")
def branch_pool(c_in: int, n_pool: int) -> int:
    """Branch of pooling, followed by 1x1 filters."""
    return (c_in + 1) * n_pool


add_total(inception, "branch_1", "branch_3", "branch_5", "branch_pool")
miss_parts(
    inception,
    "total",
    {
        "branch_1": "params/small-branch-left-out",
        "branch_3": "",
        "branch_5": "",
        "branch_pool": "params/pooling-branch-left-out",
    },
)


@inception.convention("convention/no-bias", replaces="branch_1")
def _(c_in: int, n_1: int) -> int:
    return c_in * n_1


@inception.convention("convention/no-bias", replaces="branch_3")
def _(c_in: int, r_3: int, n_3: int) -> int:
    return c_in * r_3 + 9 * r_3 * n_3


@inception.convention("convention/no-bias", replaces="branch_5")
def _(c_in: int, r_5: int, n_5: int) -> int:
    return c_in * r_5 + 25 * r_5 * n_5


@inception.convention("convention/no-bias", replaces="branch_pool")
def _(c_in: int, n_pool: int) -> int:
    return c_in * n_pool


inception.misconception("params/reduction-not-counted", replaces="branch_3")(lambda r_3, n_3: (9 * r_3 + 1) * n_3)
inception.misconception("params/reduction-not-counted", replaces="branch_5")(lambda r_5, n_5: (25 * r_5 + 1) * n_5)
leave_out(inception, "params/pooling-branch-left-out", "branch_pool")


@inception.misconception("params/reduction-left-out", replaces="branch_3")
def _(c_in: int, n_3: int) -> int:
    return (9 * c_in + 1) * n_3


@inception.misconception("params/reduction-left-out", replaces="branch_5")
def _(c_in: int, n_5: int) -> int:
    return (25 * c_in + 1) * n_5


@inception.oracle
def _(*, c_in: int, n_1: int, r_3: int, n_3: int, r_5: int, n_5: int, n_pool: int) -> dict[str, int]:
    import torch

    def filters(*sizes: int) -> Any:
        return torch.nn.Conv2d(*sizes, device="meta")

    branches = {
        "branch_1": [filters(c_in, n_1, 1)],
        "branch_3": [filters(c_in, r_3, 1), filters(r_3, n_3, 3)],
        "branch_5": [filters(c_in, r_5, 1), filters(r_5, n_5, 5)],
        "branch_pool": [torch.nn.MaxPool2d(3), filters(c_in, n_pool, 1)],
    }
    found = {name: learned(*layers) for name, layers in branches.items()}
    return found | {"total": sum(found.values())}
