"""Receptive fields: how much of the input one unit sees, how far apart the units' fields lie, and where they begin.

The recurrences are those of Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks" (Distill,
2019): the field grows by d(k - 1) times the product of the *earlier* strides; padding moves the field and never widens it.
Pooling layers are layers like any other. Layers counted backwards from a wanted field have their own module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, number
from solvers.receptive_field.layers import declare_field, declare_padded_field
from solvers.receptive_field.measured import Layer, ends, gradient, layers_of, measure
from solvers.trace import Undefined
from solvers.values import Value
from solvers.windows import DILATION, DILATIONS, INPUT, KERNEL, KERNELS, PADDING, PADDINGS, STRIDE, STRIDES, whole

UNIT = integer("i", "index of the unit, counted from 0", "单元的下标（从 0 开始）", least=0)


def _layers(givens: Mapping[str, Value]) -> tuple[int]:
    return (len(givens["k"]),)


# ------------------------------------------------------------------------------------------- one layer, border and all

window = Derivation(
    "receptive.window",
    "Input samples that feed one unit of a single layer",
    "单层中某个单元所依赖的输入",
    n=INPUT,
    k=KERNEL,
    s=STRIDE,
    p=PADDING,
    d=DILATION,
    i=UNIT,
)


@window.step(r"$i \cdot $s - $p", symbol="a", zh="第一个核元素对应的输入下标")
def first(i: int, s: int, p: int) -> int:
    """Input index under the first tap, counted from 0 (negative: in the padding)."""
    return i * s - p


@window.step(r"$first + $d($k - 1)", symbol="b", zh="最后一个核元素对应的输入下标")
def last(n: int, p: int, first: int, k: int, d: int) -> int:
    """Input index under the last tap."""
    end = first + d * (k - 1)
    if end >= n + p:
        raise Undefined("the layer has no such unit", "该层没有这个单元")
    return end


@window.step(
    r"\left\lceil \frac{\max\left(-$first, 0\right)}{$d} \right\rceil"
    r" + \left\lceil \frac{\max\left($last - $n + 1, 0\right)}{$d} \right\rceil",
    symbol="z",
    zh="落在补零上的核元素数",
)
def padded_taps(first: int, last: int, n: int, d: int) -> int:
    """Taps on padding, before the input and after it."""
    if last < 0 or first >= n:
        raise Undefined("the unit sees nothing but padding", "该单元只看到补零")
    return -(-max(-first, 0) // d) - (-max(last - n + 1, 0) // d)


@window.step(r"$k - $padded_taps", symbol="m", zh="落在真实输入上的核元素数")
def real_taps(k: int, padded_taps: int) -> int:
    """Taps on real input."""
    if padded_taps >= k:
        raise Undefined("the unit sees nothing but padding", "该单元只看到补零")
    return k - padded_taps


@window.misconception("receptive/padding-ignored", replaces="first")
def _(i: int, s: int) -> int:
    return i * s


@window.convention("convention/counted-from-one", replaces="first")
def _(i: int, s: int, p: int) -> int:
    return (i - 1) * s - p


@window.misconception("receptive/stride-left-out", replaces="first")
def _(i: int, p: int) -> int:
    return i - p


@window.misconception("receptive/kernel-times-dilation", replaces="last")
def _(first: int, k: int, d: int) -> int:
    return first + (d * k if d > 1 else k - 1)


@window.misconception("receptive/ignored-dilation", replaces="last")
def _(first: int, k: int) -> int:
    return first + k - 1


@window.convention("convention/end-excluded", replaces="last")
def _(first: int, k: int, d: int) -> int:
    return first + d * (k - 1) + 1


@window.oracle
def _(n: int, k: int, s: int, p: int, d: int, i: int) -> dict[str, int]:
    # Padding put on beforehand gets gradients too, so its taps are counted like the others.
    seen = gradient(n + 2 * p, [Layer(k, s, 0, d)], i)
    assert seen is not None
    start, end = ends(seen)
    real = int((seen[p : p + n] != 0).sum())
    return {"first": start - p, "last": end - p, "padded_taps": k - real, "real_taps": real}


# ------------------------------------------------------------------------------------------------------------- chains


def _declare_start(derivation: Derivation, layer: int) -> None:
    """Adds the steps `start_1`, `start_2`, ...: centres of the first units' fields."""
    name = f"start_{layer + 1}"
    moved = rf"\frac{{$d[{layer}]($k[{layer}] - 1)}}{{2}} - $p[{layer}]"
    earlier: dict[str, Any] = {"before": f"start_{layer}", "jump": f"jump_{layer}"} if layer else {"before": "origin"}
    formula = rf"$before + \left({moved}\right) \cdot $jump" if layer else f"$before + {moved}"

    def rule(own: Callable[[int, int, int, int], Value]) -> Callable[..., Value]:
        def of_first(before: Value, k: Value, d: Value, p: Value) -> Value:
            whole(k, d, p)
            return before + own(k[0], d[0], p[0], 1)

        def of_later(before: Value, k: Value, d: Value, p: Value, jump: int) -> Value:
            return before + own(k[layer], d[layer], p[layer], jump)

        return of_later if layer else of_first

    derivation.step(
        formula,
        symbol=f"c_{{{layer + 1}}}",
        name=name,
        en=f"Centre of the first unit's field after layer {layer + 1}",
        zh=f"第 {layer + 1} 层第一个单元感受野的中心",
        **earlier,
    )(rule(lambda k, d, p, jump: (Fraction(d * (k - 1), 2) - p) * jump))

    if not layer:
        derivation.misconception("receptive/first-layer-left-out", replaces=name, **earlier)(lambda before: before)
        derivation.convention("convention/first-centre-at-zero", replaces=name)(
            lambda k, d, p: Fraction(d[0] * (k[0] - 1), 2) - p[0]
        )

    def wrong(id: str, own: Callable[[int, int, int, int], Value]) -> None:
        derivation.misconception(id, replaces=name, **earlier)(rule(own))

    wrong("receptive/padding-ignored", lambda k, d, _p, jump: Fraction(d * (k - 1), 2) * jump)
    wrong("receptive/padding-unscaled", lambda k, d, p, jump: Fraction(d * (k - 1), 2) * jump - p)
    wrong("receptive/strides-ignored", lambda k, d, p, _jump: Fraction(d * (k - 1), 2) - p)


def _chain(layers: int) -> Derivation:
    derivation = Derivation(
        "receptive.chain",
        "Receptive field, jump and start after each layer",
        "各层的感受野、间距与起始中心",
        k=KERNELS,
        s=STRIDES,
        d=DILATIONS,
        p=PADDINGS,
        origin=number("c_0", "centre of the first input sample", "第一个输入样本的中心坐标", default=Fraction(1, 2)),
    )
    for layer in range(layers):
        declare_field(derivation, layer)
        declare_padded_field(derivation, layer)
        _declare_start(derivation, layer)

    @derivation.step("$last", symbol="j", zh="总步幅（最后一层的间距）", last=f"jump_{layers}", final=True)
    def jump(last: int) -> int:
        """Effective stride: the last layer's jump."""
        return last

    @derivation.step("$last", symbol="c", zh="最后一层第一个单元感受野的中心", last=f"start_{layers}", final=True)
    def start(last: Value) -> Value:
        """Centre of the field of the last layer's first unit."""
        return last

    @derivation.step("$last", symbol="r", zh="最后一层的感受野", last=f"field_{layers}")
    def field(last: int) -> int:
        """Receptive field of the last layer."""
        return last

    if layers > 1:
        for name, rule in (("jump", jump), ("start", start), ("field", field)):
            derivation.misconception("receptive/last-layer-left-out", replaces=name, last=f"{name}_{layers - 1}")(rule)
    _declare_notes_formula(derivation, layers)

    @derivation.oracle
    def _(k: Value, s: Value, d: Value, p: Value, origin: Value) -> dict[str, Value]:
        network = layers_of(k, s, d, p)
        found: dict[str, Value] = {}
        for depth in range(1, len(network) + 1):
            seen = measure(network[:depth])
            if seen is None:
                return found
            centre = origin + seen.offset + Fraction(seen.field - 1, 2)
            found |= {f"field_{depth}": seen.field, f"jump_{depth}": seen.jump, f"start_{depth}": centre}
        return found | {name: found[f"{name}_{len(network)}"] for name in ("field", "jump", "start")}

    return derivation


def _declare_notes_formula(derivation: Derivation, layers: int) -> None:
    """The closed formula that circulates in notes: it treats all layers alike and subtracts padding."""

    def declare(layer: int) -> None:
        @derivation.misconception("receptive/padding-subtracted", replaces=f"field_{layer + 1}")
        def _(k: Value, s: Value, p: Value) -> int:
            return int((1 + layer * s[layer]) * k[layer] - 2 * p[layer] * layer)

    for layer in range(layers):
        declare(layer)


chain = Family("receptive.chain", _chain, _layers, (2,))


# --------------------------------------------------------------------------------------- the input of one unit, by index


def _declare_offset(derivation: Derivation, layer: int) -> None:
    """Adds the steps `offset_1`, `offset_2`, ...: the input index at which the first unit's field begins."""
    name = f"offset_{layer + 1}"
    earlier: dict[str, Any] = {"before": f"offset_{layer}", "jump": f"jump_{layer}"}

    if layer == 0:

        @derivation.step(
            "-$p[0]",
            symbol="u_{1}",
            name=name,
            en="First input index of unit 0 after layer 1",
            zh="第 1 层单元 0 的首个输入下标",
        )
        def _(p: Value) -> int:
            whole(p)
            return -int(p[0])

    else:

        @derivation.step(
            rf"$before - $p[{layer}] \cdot $jump",
            symbol=f"u_{{{layer + 1}}}",
            name=name,
            en=f"First input index of unit 0 after layer {layer + 1}",
            zh=f"第 {layer + 1} 层单元 0 的首个输入下标",
            **earlier,
        )
        def _(before: int, p: Value, jump: int) -> int:
            return before - int(p[layer]) * jump

        @derivation.misconception("receptive/padding-unscaled", replaces=name, before=earlier["before"])
        def _(before: int, p: Value) -> int:
            return before - int(p[layer])

    @derivation.misconception("receptive/padding-ignored", replaces=name)
    def _() -> int:
        return 0


def _pixels(layers: int) -> Derivation:
    derivation = Derivation(
        "receptive.pixels",
        "First and last input index that feed a unit of the last layer",
        "最后一层某个单元所依赖的首、末输入下标",
        k=KERNELS,
        s=STRIDES,
        d=DILATIONS,
        p=PADDINGS,
        i=UNIT,
    )
    for layer in range(layers):
        declare_field(derivation, layer)
        declare_padded_field(derivation, layer)
        _declare_offset(derivation, layer)
    offset, jump, field = (f"{name}_{layers}" for name in ("offset", "jump", "field"))

    @derivation.step(r"$offset + $i \cdot $jump", symbol="a", zh="首个输入下标", name="first", offset=offset, jump=jump)
    def _(offset: int, i: int, jump: int) -> int:
        """First input index of the unit's field, counted from 0 (negative: in the padding)."""
        return offset + i * jump

    @derivation.step(r"$first + $field - 1", symbol="b", zh="最后一个输入下标", name="last", field=field)
    def _(first: int, field: int) -> int:
        """Last input index of the unit's field."""
        return first + field - 1

    @derivation.convention("convention/counted-from-one", replaces="first", offset=offset, jump=jump)
    def _(offset: int, i: int, jump: int) -> int:
        return offset + (i - 1) * jump

    @derivation.misconception("receptive/stride-left-out", replaces="first", offset=offset)
    def _(offset: int, i: int) -> int:
        return offset + i

    @derivation.convention("convention/end-excluded", replaces="last", field=field)
    def _(first: int, field: int) -> int:
        return first + field

    @derivation.oracle
    def _(k: Value, s: Value, d: Value, p: Value, i: int) -> dict[str, int]:
        network = layers_of(k, s, d, p)
        found: dict[str, int] = {}
        for depth in range(1, len(network) + 1):
            seen = measure(network[:depth])
            if seen is None:
                return found
            found |= {f"field_{depth}": seen.field, f"jump_{depth}": seen.jump, f"offset_{depth}": seen.offset}
        first = found[f"offset_{layers}"] + i * found[f"jump_{layers}"]
        return found | {"first": first, "last": first + found[f"field_{layers}"] - 1}

    return derivation


pixels = Family("receptive.pixels", _pixels, _layers, (2,))
