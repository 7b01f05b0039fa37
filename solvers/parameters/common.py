"""What the parameter counts share: givens, the bias step, frequent wrong rules, and counting a real layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from solvers.derivation import Derivation, is_convention
from solvers.givens import Given, integer, truth
from solvers.rules import sum_of, taking
from solvers.trace import Undefined
from solvers.values import Number, Value


def bias_given(default: bool = True) -> Given:
    """Whether the layers have biases."""
    return truth(r"\text{bias}", "whether there are biases", "是否有偏置", default=default)


def size(symbol: str, en: str, zh: str, default: int | None = None) -> Given:
    """A number of units, channels, layers or rows: at least one."""
    return integer(symbol, en, zh, default=default, least=1)


INPUT_CHANNELS = size(r"C_\text{in}", "input channels", "输入通道数")
OUTPUT_CHANNELS = size(r"C_\text{out}", "output channels (filters)", "输出通道数（卷积核个数）")
KERNEL_SIDE = size("k", "kernel size along every axis", "卷积核边长")
MODEL_WIDTH = size("d", "model width", "模型维度")
HEADS = size("a", "attention heads", "注意力头数", default=1)
FEED_FORWARD_WIDTH = size(r"d_\text{ff}", "width of the feed-forward layer", "前馈层宽度")


def nothing() -> int:
    """The wrong rule of everybody who leaves something out."""
    return 0


def add_sum(derivation: Derivation, *terms: str, name: str, symbol: str, en: str, zh: str, final: bool = False) -> None:
    """Adds a step that is the sum of earlier ones."""
    formula = " + ".join(f"${term}" for term in terms)
    derivation.step(formula, symbol=symbol, en=en, zh=zh, name=name, final=final)(sum_of(*terms))


def add_total(derivation: Derivation, *terms: str) -> None:
    """Adds the step `total`, the sum of earlier ones."""
    add_sum(derivation, *terms, name="total", symbol="N", en="Parameters in all", zh="参数总数")


def leave_out(derivation: Derivation, id: str, *steps: str) -> None:
    """Declares the misconception, or the convention, that these steps add nothing."""
    declare = derivation.convention if is_convention(id) else derivation.misconception
    for step in steps:
        declare(id, replaces=step)(nothing)


def miss_parts(derivation: Derivation, total: str, parts: Mapping[str, str]) -> None:
    """Declares the totals without one part each: `parts` are the steps that are added, and the misconception of each that may be missing."""
    for missing, id in parts.items():
        if id:
            rest = sum_of(*(part for part in parts if part != missing))
            derivation.misconception(id, replaces=total)(rest)


def add_biases(derivation: Derivation, source: str, bias: bool, *, en: str, zh: str) -> None:
    """Adds the step `biases`, one for each unit that `source` counts, and the convention of another count."""

    @derivation.step("$count" if bias else "0", symbol="N_b", en=en, zh=zh, name="biases", count=source)
    def _(count: int, bias: bool) -> int:
        return count if bias else 0

    if bias:
        leave_out(derivation, "convention/no-bias", "biases")
    else:

        @derivation.convention("convention/with-bias", replaces="biases", count=source)
        def _(count: int) -> int:
            return count


def add_other_bias(derivation: Derivation, bias: bool) -> None:
    """Declares the convention of those who count biases where the question has none, or none where it has some.

    It is followed in every step whose rule takes the given `bias`: call this when all of them stand.
    """
    for step in derivation.steps.values():
        if "bias" not in step.inputs:
            continue

        def other(values: dict[str, Value], rule: Callable[..., Value] = step.rule) -> Value:
            return rule(**{**values, "bias": not values["bias"]})

        declare = derivation.convention(
            "convention/no-bias" if bias else "convention/with-bias", replaces=step.name, inputs=step.inputs
        )
        declare(taking(step.inputs, other))


def whole(count: Number) -> int:
    """The count, if it is a whole number: a list of sizes may hold anything. Raises Undefined otherwise."""
    if isinstance(count, int):
        return count
    raise Undefined("sizes must be whole numbers", "各尺寸必须为整数")


def per_group(channels: int, groups: int) -> int:
    """Channels in each group. Raises Undefined if they can't be shared out evenly."""
    if channels % groups:
        raise Undefined(
            f"{channels} channels can't be divided into {groups} equal groups",
            f"{channels} 个通道无法平均分成 {groups} 组",
        )
    return channels // groups


def per_head(width: int, heads: int) -> int:
    """Width of one head. Raises Undefined if the model width is no multiple of the heads."""
    if width % heads:
        raise Undefined(
            f"a width of {width} can't be divided among {heads} heads", f"维度 {width} 无法平均分给 {heads} 个头"
        )
    return width // heads


def bias_size(givens: Any) -> tuple[bool]:
    """The size key of families that only depend on whether there are biases."""
    return (bool(givens["bias"]),)


def learned(*modules: Any) -> int:
    """How many numbers real layers learn: the elements of all their parameters."""
    return sum(parameter.numel() for module in modules for parameter in module.parameters())
