"""Parameter counts of residual networks (He et al., 2015): basic and bottleneck blocks, and ResNet-18 to ResNet-152.

Convolutions have no biases, each is followed by a batch norm with a gain and a shift for each channel, and a shortcut whose
shape changes goes through a 1x1 convolution with a batch norm of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer
from solvers.parameters.common import INPUT_CHANNELS, OUTPUT_CHANNELS, add_total, learned, leave_out, miss_parts, size
from solvers.text import UsageError
from solvers.values import Value

STRIDE = size("s", "stride of the block", "残差块的步幅", default=1)
WIDENING = 4  # a bottleneck block puts out four times its inner width

# -------------------------------------------------------------------------------------------------------- basic block


def _basic_block(projected: bool) -> Derivation:
    block = Derivation(
        "params.basic_block",
        "Parameters of a basic residual block (two 3x3 convolutions)",
        "基本残差块（两个 3×3 卷积）的参数量",
        c_in=INPUT_CHANNELS,
        c_out=OUTPUT_CHANNELS,
        s=STRIDE,
    )

    @block.step("3^2 $c_in $c_out", symbol="N_1", zh="第一个卷积层的权重数（无偏置）")
    def conv_1(c_in: int, c_out: int) -> int:
        """Weights of the first convolution."""
        return 9 * c_in * c_out

    @block.step("3^2 $c_out^2", symbol="N_2", zh="第二个卷积层的权重数（无偏置）")
    def conv_2(c_out: int) -> int:
        """Weights of the second convolution."""
        return 9 * c_out**2

    @block.step(r"2 \cdot 2 $c_out", symbol=r"N_\text{bn}", zh="两个批量归一化层的参数量")
    def norms(c_out: int) -> int:
        """Both batch norms: a gain and a shift for each channel."""
        return 4 * c_out

    @block.step(
        "$c_in $c_out + 2 $c_out" if projected else "0", symbol=r"N_\text{short}", zh="捷径上的 1×1 卷积与批量归一化"
    )
    def shortcut(c_in: int, c_out: int, s: int) -> int:
        """Shortcut: a 1x1 convolution and its batch norm where the shape changes, else nothing."""
        return c_in * c_out + 2 * c_out if _changes(c_in, c_out, s) else 0

    add_total(block, "conv_1", "conv_2", "norms", "shortcut")
    leave_out(block, "params/norm-left-out", "norms")
    block.convention("convention/buffers-counted", replaces="norms")(lambda c_out: 8 * c_out)
    block.misconception("params/norm-gain-only", replaces="norms")(lambda c_out: 2 * c_out)
    if projected:
        block.convention("convention/buffers-counted", replaces="shortcut")(
            lambda c_in, c_out: c_in * c_out + 4 * c_out
        )
        block.misconception("params/norm-gain-only", replaces="shortcut")(lambda c_in, c_out: c_in * c_out + c_out)

    @block.misconception("params/missed-input-channels", replaces="conv_1")
    def _(c_out: int) -> int:
        return 9 * c_out

    @block.misconception("params/missed-input-channels", replaces="conv_2")
    def _(c_out: int) -> int:
        return 9 * c_out

    @block.convention("convention/with-bias", replaces="conv_1")
    def _(c_in: int, c_out: int) -> int:
        return 9 * c_in * c_out + c_out

    @block.convention("convention/with-bias", replaces="conv_2")
    def _(c_out: int) -> int:
        return 9 * c_out**2 + c_out

    if projected:
        block.misconception("params/shortcut-norm-left-out", replaces="shortcut")(lambda c_in, c_out: c_in * c_out)
        block.convention("convention/with-bias", replaces="shortcut")(lambda c_in, c_out: (c_in + 3) * c_out)
        leave_out(block, "params/shortcut-left-out", "shortcut")

    @block.oracle
    def _(c_in: int, c_out: int, s: int) -> dict[str, int]:
        return _counts_of_block((_filters(c_in, c_out, 3, s), _filters(c_out, c_out, 3)), c_in, c_out, s)

    return block


def _changes(c_in: int, c_out: int, s: int) -> bool:
    """Whether the shortcut must change the shape."""
    return c_in != c_out or s != 1


def _filters(*sizes: int) -> Any:
    """A real convolution without biases."""
    import torch

    return torch.nn.Conv2d(*sizes, bias=False, device="meta")


def _counts_of_block(convolutions: tuple[Any, ...], c_in: int, c_out: int, s: int) -> dict[str, int]:
    """The real layers, with batch norms and, where the shape changes, a projection on the shortcut."""
    import torch

    norms = [torch.nn.BatchNorm2d(layer.out_channels, device="meta") for layer in convolutions]
    image = torch.empty(1, c_in, 9, 9, device="meta")
    output = torch.empty(1, c_out, len(range(0, 9, s)), len(range(0, 9, s)), device="meta")
    projection = [_filters(c_in, c_out, 1, s), torch.nn.BatchNorm2d(c_out, device="meta")]
    shortcut = projection if image.shape != output.shape else []
    found = {f"conv_{i}": learned(layer) for i, layer in enumerate(convolutions, 1)}
    return found | {
        "norms": learned(*norms),
        "shortcut": learned(*shortcut),
        "total": learned(*convolutions, *norms, *shortcut),
    }


basic_block = Family("params.basic_block", _basic_block, lambda g: (_changes(g["c_in"], g["c_out"], g["s"]),), (False,))

# --------------------------------------------------------------------------------------------------- bottleneck block


def _bottleneck_block(projected: bool) -> Derivation:
    block = Derivation(
        "params.bottleneck_block",
        "Parameters of a bottleneck residual block (1x1, 3x3 and 1x1 convolutions)",
        "瓶颈残差块（1×1、3×3、1×1 卷积）的参数量",
        c_in=INPUT_CHANNELS,
        w=size("w", "channels inside the block; it puts out four times as many", "块内通道数（输出通道数为其 4 倍）"),
        s=STRIDE,
    )

    @block.step("$c_in $w", symbol="N_1", zh="第一个 1×1 卷积（降维）的权重数")
    def conv_1(c_in: int, w: int) -> int:
        """Weights of the first 1x1 convolution, which reduces the channels."""
        return c_in * w

    @block.step("3^2 $w^2", symbol="N_2", zh="3×3 卷积的权重数")
    def conv_2(w: int) -> int:
        """Weights of the 3x3 convolution."""
        return 9 * w**2

    @block.step(r"$w \cdot 4 $w", symbol="N_3", zh="第二个 1×1 卷积（升维）的权重数")
    def conv_3(w: int) -> int:
        """Weights of the last 1x1 convolution, which widens them again."""
        return w * WIDENING * w

    @block.step(r"2 ($w + $w + 4 $w)", symbol=r"N_\text{bn}", zh="三个批量归一化层的参数量")
    def norms(w: int) -> int:
        """All three batch norms: a gain and a shift for each channel."""
        return 2 * (w + w + WIDENING * w)

    @block.step(
        r"$c_in \cdot 4 $w + 2 \cdot 4 $w" if projected else "0",
        symbol=r"N_\text{short}",
        zh="捷径上的 1×1 卷积与批量归一化",
    )
    def shortcut(c_in: int, w: int, s: int) -> int:
        """Shortcut: a 1x1 convolution and its batch norm where the shape changes, else nothing."""
        wide = WIDENING * w
        return c_in * wide + 2 * wide if _changes(c_in, wide, s) else 0

    add_total(block, "conv_1", "conv_2", "conv_3", "norms", "shortcut")
    leave_out(block, "params/norm-left-out", "norms")
    block.convention("convention/buffers-counted", replaces="norms")(lambda w: 4 * (2 + WIDENING) * w)
    block.misconception("params/norm-gain-only", replaces="norms")(lambda w: (2 + WIDENING) * w)
    if projected:
        block.convention("convention/buffers-counted", replaces="shortcut")(lambda c_in, w: (c_in + 4) * WIDENING * w)
        block.misconception("params/norm-gain-only", replaces="shortcut")(lambda c_in, w: (c_in + 1) * WIDENING * w)
        block.misconception("params/shortcut-norm-left-out", replaces="shortcut")(lambda c_in, w: c_in * WIDENING * w)
        block.convention("convention/with-bias", replaces="shortcut")(lambda c_in, w: (c_in + 3) * WIDENING * w)
        leave_out(block, "params/shortcut-left-out", "shortcut")
    block.convention("convention/with-bias", replaces="conv_1")(lambda c_in, w: c_in * w + w)
    block.convention("convention/with-bias", replaces="conv_2")(lambda w: 9 * w**2 + w)
    block.convention("convention/with-bias", replaces="conv_3")(lambda w: WIDENING * (w**2 + w))

    @block.misconception("params/not-widened", replaces="conv_3")
    def _(w: int) -> int:
        return w**2

    @block.oracle
    def _(c_in: int, w: int, s: int) -> dict[str, int]:
        wide = WIDENING * w
        return _counts_of_block((_filters(c_in, w, 1), _filters(w, w, 3, s), _filters(w, wide, 1)), c_in, wide, s)

    return block


bottleneck_block = Family(
    "params.bottleneck_block",
    _bottleneck_block,
    lambda g: (_changes(g["c_in"], WIDENING * g["w"], g["s"]),),
    (False,),
)

# ------------------------------------------------------------------------------------------------------ whole networks


@dataclass(frozen=True)
class Plan:
    """The blocks in each of a network's four stages, and whether they are bottlenecks."""

    blocks: tuple[int, int, int, int]
    bottleneck: bool

    def width(self, stage: int) -> int:
        """Channels inside the blocks of a stage, counted from 0."""
        return int(64 * 2**stage)

    def out(self, stage: int) -> int:
        """Channels that a stage puts out; stage -1 is the stem."""
        return 64 if stage < 0 else self.width(stage) * (WIDENING if self.bottleneck else 1)


PLANS = {
    18: Plan((2, 2, 2, 2), bottleneck=False),
    34: Plan((3, 4, 6, 3), bottleneck=False),
    50: Plan((3, 4, 6, 3), bottleneck=True),
    101: Plan((3, 4, 23, 3), bottleneck=True),
    152: Plan((3, 8, 36, 3), bottleneck=True),
}


def _resnet(depth: int) -> Derivation:
    if depth not in PLANS:
        raise UsageError(
            f"There is no ResNet-{depth}: depth is 18, 34, 50, 101 or 152.",
            f"没有 ResNet-{depth}：depth 应为 18、34、50、101 或 152。",
        )
    net = Derivation(
        "params.resnet",
        "Parameters of ResNet (depth 18, 34, 50, 101 or 152)",
        "ResNet（深度 18、34、50、101 或 152）的参数量",
        depth=integer(r"\ell", "layers with weights", "含权重的层数", default=18),
        channels=size(r"C_\text{in}", "channels of the image", "图像通道数", default=3),
        classes=size("c", "classes", "类别数", default=1000),
    )
    plan = PLANS[depth]

    @net.step(r"7^2 \cdot $channels \cdot 64 + 2 \cdot 64", symbol=r"N_\text{stem}", zh="最前面的 7×7 卷积与批量归一化")
    def stem(channels: int) -> int:
        """First 7x7 convolution and its batch norm."""
        return 49 * channels * 64 + 2 * 64

    net.convention("convention/with-bias", replaces="stem")(lambda channels: 49 * channels * 64 + 3 * 64)
    net.convention("convention/buffers-counted", replaces="stem")(lambda channels: 49 * channels * 64 + 4 * 64)
    net.convention("convention/biases-and-buffers", replaces="stem")(lambda channels: 49 * channels * 64 + 5 * 64)
    net.misconception("params/norm-left-out", replaces="stem")(lambda channels: 49 * channels * 64)
    for stage in range(4):
        _add_stage(net, plan, stage)
    last = plan.out(3)

    @net.step(rf"{last} \cdot $classes + $classes", symbol=r"N_\text{fc}", zh="末尾的全连接层")
    def head(classes: int) -> int:
        """Fully connected layer at the end."""
        return last * classes + classes

    stages = [f"stage_{i}" for i in range(1, 5)]
    add_total(net, "stem", *stages, "head")
    miss_parts(
        net,
        "total",
        {"stem": "params/stem-left-out", **dict.fromkeys(stages, ""), "head": "params/output-layer-left-out"},
    )
    net.oracle(_resnet_oracle)
    return net


def _block_formula(plan: Plan, stage: int, before: int, first: bool) -> tuple[str, int]:
    """One block's count as LaTeX and as a number; `before` are the channels that it reads."""
    w, out = plan.width(stage), plan.out(stage)
    if plan.bottleneck:
        formula = rf"{before} \cdot {w} + 3^2 \cdot {w}^2 + {w} \cdot {out} + 2({w} + {w} + {out})"
        count = before * w + 9 * w**2 + w * out + 2 * (w + w + out)
    else:
        formula = rf"3^2 \cdot {before} \cdot {out} + 3^2 \cdot {out}^2 + 2({out} + {out})"
        count = 9 * before * out + 9 * out**2 + 4 * out
    if first and _changes(before, out, 1 if stage == 0 else 2):
        formula += rf" + {before} \cdot {out} + 2 \cdot {out}"
        count += before * out + 2 * out
    return formula, count


def _biases_of_block(plan: Plan, stage: int) -> int:
    """One for each channel that a convolution of the block puts out, if it had biases; the shortcut's apart."""
    w, out = plan.width(stage), plan.out(stage)
    return 2 * w + out if plan.bottleneck else 2 * out


def _add_stage(net: Derivation, plan: Plan, stage: int) -> None:
    """The first block of a stage, which may have a projection, the later ones, and the sum."""
    i = stage + 1
    first_formula, first_count = _block_formula(plan, stage, plan.out(stage - 1), first=True)
    later_formula, later_count = _block_formula(plan, stage, plan.out(stage), first=False)

    @net.step(
        first_formula,
        symbol=f"N_{{{i},1}}",
        en=f"First block of stage {i}",
        zh=f"第 {i} 阶段的第一个残差块",
        name=f"first_block_{i}",
    )
    def _() -> int:
        return first_count

    @net.step(
        later_formula,
        symbol=f"N_{{{i},2}}",
        en=f"Each later block of stage {i}",
        zh=f"第 {i} 阶段其余每个残差块",
        name=f"later_block_{i}",
    )
    def _() -> int:
        return later_count

    more = {"first": _biases_of_block(plan, stage), "later": _biases_of_block(plan, stage)}
    if _changes(plan.out(stage - 1), plan.out(stage), 1 if stage == 0 else 2):
        more["first"] += plan.out(stage)
    for step, count in (("first", first_count), ("later", later_count)):
        _add_other_counts(net, f"{step}_block_{i}", count, more[step])

    @net.step(
        rf"$first_block + {plan.blocks[stage] - 1} \cdot $later_block",
        symbol=f"N_{{{i}}}",
        en=f"Stage {i}: {plan.blocks[stage]} blocks",
        zh=f"第 {i} 阶段：{plan.blocks[stage]} 个残差块",
        name=f"stage_{i}",
        first_block=f"first_block_{i}",
        later_block=f"later_block_{i}",
    )
    def _(first_block: int, later_block: int, depth: int) -> int:
        return first_block + (PLANS[depth].blocks[stage] - 1) * later_block

    net.misconception("params/blocks-alike", replaces=f"stage_{i}", first_block=f"first_block_{i}")(
        lambda first_block: plan.blocks[stage] * first_block
    )


def _add_other_counts(net: Derivation, block: str, count: int, channels: int) -> None:
    """Declares a block's count with biases, with stored statistics, with both and without its norms, which have so many channels."""
    net.convention("convention/with-bias", replaces=block)(lambda: count + channels)
    net.convention("convention/buffers-counted", replaces=block)(lambda: count + 2 * channels)
    net.convention("convention/biases-and-buffers", replaces=block)(lambda: count + 3 * channels)
    net.misconception("params/norm-left-out", replaces=block)(lambda: count - 2 * channels)


def _resnet_oracle(depth: int, channels: int, classes: int) -> dict[str, int]:
    import torch

    plan = PLANS[depth]
    stem = (_filters(channels, 64, 7), torch.nn.BatchNorm2d(64, device="meta"))
    found = {"stem": learned(*stem)}
    before, total = 64, found["stem"]
    for stage, blocks in enumerate(plan.blocks):
        counts = []
        for block in range(blocks):
            s = 2 if stage and not block else 1
            w, out = plan.width(stage), plan.out(stage)
            layers: tuple[Any, ...]
            if plan.bottleneck:
                layers = (_filters(before, w, 1), _filters(w, w, 3, s), _filters(w, out, 1))
            else:
                layers = (_filters(before, out, 3, s), _filters(out, out, 3))
            counts.append(_counts_of_block(layers, before, out, s)["total"])
            before = out
        i = stage + 1
        found |= {f"first_block_{i}": counts[0], f"later_block_{i}": counts[1], f"stage_{i}": sum(counts)}
        total += sum(counts)
    found["head"] = learned(torch.nn.Linear(before, classes, device="meta"))
    return found | {"total": total + found["head"]}


def _resnet_size(givens: Mapping[str, Value]) -> tuple[int]:
    return (givens["depth"],)


resnet = Family("params.resnet", _resnet, _resnet_size, (18,))
