"""Chains of convolution and pooling layers along one axis: the length after each layer, features at the end, and back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping

from solvers.convolution.pooling import pool_padding, pooled
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, integer
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Shape, Value
from solvers.windows import (
    DILATIONS,
    INPUT,
    KERNELS,
    OUTPUT,
    PADDINGS,
    STRIDES,
    WRONG_POSITIONS,
    WRONG_SPANS,
    fitting,
    positions,
    rounded_up,
    settings,
    span,
    torch_length,
    whole,
)

CEIL = Given(
    symbol=r"\text{ceil}",
    kind="vector",
    meaning=Text("1 for each pooling layer in ceil mode, else 0", "各层是否为向上取整的池化层（是为 1，否为 0）"),
    axes=("layers",),
    default=0,
    least=0,
    most=1,
    row=True,
)
CHANNELS = integer("C", "channels of the last layer", "最后一层的通道数", default=1, least=1)


def _layer_formula(layer: int, ceil: bool) -> str:
    moves = rf"\frac{{$previous + 2 \cdot $p[{layer}] - $d[{layer}]($k[{layer}] - 1) - 1}}{{$s[{layer}]}}"
    if not ceil:
        return rf"\left\lfloor {moves} \right\rfloor + 1"
    begun = rf"\left\lceil \frac{{$previous + $p[{layer}]}}{{$s[{layer}]}} \right\rceil"
    return rf"\min\left(\left\lceil {moves} \right\rceil + 1, {begun}\right)"


def _layer_size(layer: int, previous: int, k: Value, s: Value, p: Value, d: Value, ceil: Value) -> int:
    whole([previous], k, s, p, d)
    at = settings(layer, k=k, s=s, p=p, d=d)
    reach = span(at["k"], at["d"])
    if ceil[layer]:
        return pooled(previous, pool_padding(at["p"], at["k"]), at["s"], reach, "ceil")
    return positions(previous, 2 * at["p"], at["s"], reach)


def _declare_layer(derivation: Derivation, layer: int, ceil: bool) -> None:
    """Adds the step `size_1`, `size_2`, ... and what goes wrong in it."""
    name = f"size_{layer + 1}"
    before = f"size_{layer}" if layer else "n"

    @derivation.step(
        _layer_formula(layer, ceil),
        symbol=f"n_{{{layer + 1}}}",
        name=name,
        en=f"Size after layer {layer + 1}",
        zh=f"第 {layer + 1} 层之后的尺寸",
        previous=before,
    )
    def _(previous: int, k: Value, s: Value, p: Value, d: Value, ceil: Value) -> int:
        return _layer_size(layer, previous, k, s, p, d, ceil)

    @derivation.convention("convention/rounded-up", replaces=name, previous=before)
    def _(previous: int, k: Value, s: Value, p: Value, d: Value, ceil: Value) -> int:
        if ceil[layer]:
            return _layer_size(layer, previous, k, s, p, d, ceil)
        return fitting(rounded_up(previous, 2 * p[layer], s[layer], span(k[layer], d[layer])))

    def wrong(id: str) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
        return derivation.misconception(id, replaces=name, previous=before)

    for id, paddings in _WRONG_PADDINGS.items():
        _declare_padded(wrong(id), layer, paddings)
    for id, counted in WRONG_POSITIONS.items():
        wrong(id)(_counted(layer, counted))

    if layer == 0:
        wrong("conv/first-layer-left-out")(lambda previous: previous)

    for id, of_layer in WRONG_SPANS.items():
        wrong(id)(
            lambda previous, k, s, p, d, ceil, of_layer=of_layer: _layer_size(
                layer, previous, [of_layer(k[layer], d[layer])] * len(k), s, p, [1] * len(k), ceil
            )
        )

    @wrong("conv/no-plus-one")
    def _(previous: int, k: Value, s: Value, p: Value, d: Value, ceil: Value) -> int:
        return fitting(_layer_size(layer, previous, k, s, p, d, ceil) - 1)

    @wrong("conv/size-unchanged")
    def _(previous: int, k: Value, s: Value, p: Value, d: Value, ceil: Value) -> int:
        return previous if s[layer] == 1 else _layer_size(layer, previous, k, s, p, d, ceil)

    @wrong("conv/pooling-keeps-size")
    def _(previous: int, k: Value, s: Value, p: Value, d: Value, ceil: Value) -> int:
        pooling = k[layer] == s[layer] > 1 and p[layer] == 0
        return previous if pooling else _layer_size(layer, previous, k, s, p, d, ceil)


def _declare_padded(
    declare: Callable[[Callable[..., Value]], Callable[..., Value]], layer: int, paddings: Callable[[Value], list[int]]
) -> None:
    """Adds the size of a layer of a chain whose paddings are taken for others."""

    @declare
    def _(previous: int, k: Value, s: Value, p: Value, d: Value, ceil: Value) -> int:
        return _layer_size(layer, previous, k, s, paddings(p), d, ceil)


def _counted(layer: int, positions: Callable[[int, int, int, int], Value]) -> Callable[..., Value]:
    """The size of a layer whose positions are counted in another way."""

    def rule(previous: int, k: Value, s: Value, p: Value, d: Value) -> Value:
        at = settings(layer, k=k, s=s, p=p, d=d)
        return positions(previous, at["p"], at["s"], span(at["k"], at["d"]))

    return rule


def _one_less(p: Value, which: int) -> list[int]:
    """The paddings without one of them, counted among those that are not 0."""
    padded = [i for i, zeros in enumerate(p) if zeros]
    if len(padded) < 2:
        raise Undefined("fewer than two layers are padded", "补零的层不足两层")
    return [0 if i == padded[which] else zeros for i, zeros in enumerate(p)]


_WRONG_PADDINGS: dict[str, Callable[[Value], list[int]]] = {
    "conv/forgot-padding": lambda p: [0] * len(p),
    "conv/first-padding-forgotten": lambda p: _one_less(p, 0),
    "conv/last-padding-forgotten": lambda p: _one_less(p, -1),
}


def _measured(n: int, k: Value, s: Value, p: Value, d: Value, ceil: Value) -> dict[str, int]:
    """The lengths after each layer, by real layers without values."""
    import torch

    sizes = {}
    for layer in range(len(k)):
        at = settings(layer, k=k, s=s, p=p, d=d)
        if ceil[layer]:
            pool = torch.nn.MaxPool1d(at["k"], at["s"], at["p"], at["d"], ceil_mode=True)
            n = int(pool(torch.empty(1, 1, n, device="meta")).shape[-1])
        else:
            length = torch_length(n, at["k"], at["s"], at["p"], at["d"])
            assert length is not None
            n = length
        sizes[f"size_{layer + 1}"] = n
    return sizes


def _layers_and_modes(givens: Mapping[str, Value]) -> tuple[int, tuple[bool, ...]]:
    return len(givens["k"]), tuple(flag == 1 for flag in givens["ceil"])


def _chain(layers: int, ceil: tuple[bool, ...]) -> Derivation:
    derivation = Derivation(
        "conv.chain",
        "Lengths after each layer of a chain",
        "多层串联时各层之后的长度",
        n=INPUT,
        k=KERNELS,
        s=STRIDES,
        p=PADDINGS,
        d=DILATIONS,
        ceil=CEIL,
    )
    for layer in range(layers):
        _declare_layer(derivation, layer, ceil[layer])

    @derivation.step("$last", symbol="o", zh="最后一层的输出尺寸", last=f"size_{layers}")
    def size(last: int) -> int:
        """Size after the last layer."""
        return last

    if layers > 1:
        derivation.misconception("conv/last-layer-left-out", replaces="size", last=f"size_{layers - 1}")(size)

    @derivation.oracle
    def _(n: int, k: Value, s: Value, p: Value, d: Value, ceil: Value) -> dict[str, int]:
        sizes = _measured(n, k, s, p, d, ceil)
        return sizes | {"size": sizes[f"size_{len(k)}"]}

    return derivation


chain = Family("conv.chain", _chain, _layers_and_modes, (2, (False, False)))


def _features(layers: int, ceil: tuple[bool, ...]) -> Derivation:
    derivation = Derivation(
        "conv.features",
        "Features after flattening a chain of square layers",
        "方形输入经多层后展平得到的特征数",
        n=INPUT,
        k=KERNELS,
        s=STRIDES,
        p=PADDINGS,
        d=DILATIONS,
        ceil=CEIL,
        c=CHANNELS,
    )
    for layer in range(layers):
        _declare_layer(derivation, layer, ceil[layer])
    last = f"size_{layers}"

    @derivation.step(
        r"$c \times $last \times $last", symbol=r"\mathrm{shape}(y)", zh="最后一层的输出形状", last=last, final=True
    )
    def shape(c: int, last: int) -> Shape:
        """Output shape of the last layer, channels first."""
        whole([last])
        return Shape((c, last, last))

    @derivation.step(r"$c \cdot $last^2", symbol="F", zh="展平后的特征数", name="features", last=last)
    def _(c: int, last: int) -> int:
        """Features after flattening."""
        return c * last**2

    if layers > 1:
        before_last = f"size_{layers - 1}"
        derivation.misconception("conv/last-layer-left-out", replaces="shape", last=before_last)(shape)
        derivation.misconception("conv/last-layer-left-out", replaces="features", last=before_last)(
            lambda c, last: c * last**2
        )

    @derivation.misconception("conv/flattened-one-side", replaces="features", last=last)
    def _(c: int, last: int) -> int:
        return c * last

    @derivation.misconception("conv/flattened-without-channels", replaces="features", last=last)
    def _(last: int) -> int:
        return last**2

    @derivation.oracle
    def _(n: int, k: Value, s: Value, p: Value, d: Value, ceil: Value, c: int) -> dict[str, object]:
        import torch

        sizes = _measured(n, k, s, p, d, ceil)
        side = sizes[f"size_{len(k)}"]
        flat = torch.nn.Flatten()(torch.empty(1, c, side, side, device="meta"))
        return sizes | {"shape": (c, side, side), "features": flat.shape[1]}

    return derivation


features = Family("conv.features", _features, _layers_and_modes, (2, (False, False)))


# ---------------------------------------------------------------------------------------------------------- backwards


def _declare_needed(derivation: Derivation, layer: int, name: str, after: str) -> None:
    """Adds what goes wrong in the smallest input of a layer."""

    @derivation.convention("convention/rounded-up", replaces=name, following=after)
    def _(following: int, k: Value, s: Value, p: Value, d: Value) -> int:
        before_last = max(int(following) - 2, -1) * s[layer] + 1
        return fitting(int(before_last + span(k[layer], d[layer]) - 2 * p[layer]))

    @derivation.misconception("conv/output-times-stride", replaces=name, following=after)
    def _(following: int, s: Value) -> int:
        return int(following * s[layer])

    @derivation.misconception("conv/no-plus-one", replaces=name, following=after)
    def _(following: int, k: Value, s: Value, p: Value, d: Value) -> int:
        return int(following * s[layer] + span(k[layer], d[layer]) - 2 * p[layer])

    @derivation.misconception("conv/forgot-padding", replaces=name, following=after)
    def _(following: int, k: Value, s: Value, d: Value) -> int:
        return int((following - 1) * s[layer] + span(k[layer], d[layer]))

    @derivation.misconception("conv/padding-once", replaces=name, following=after)
    def _(following: int, k: Value, s: Value, p: Value, d: Value) -> int:
        return int((following - 1) * s[layer] + span(k[layer], d[layer]) - p[layer])

    @derivation.misconception("conv/stride-left-out", replaces=name, following=after)
    def _(following: int, k: Value, p: Value, d: Value) -> int:
        return fitting(int(following - 1 + span(k[layer], d[layer]) - 2 * p[layer]))

    @derivation.misconception("conv/padding-added-backwards", replaces=name, following=after)
    def _(following: int, k: Value, s: Value, p: Value, d: Value) -> int:
        return int((following - 1) * s[layer] + span(k[layer], d[layer]) + 2 * p[layer])


def _chain_input(layers: int) -> Derivation:
    derivation = Derivation(
        "conv.chain_input",
        "Smallest input of a chain that gives a wanted output length",
        "使多层串联得到指定输出长度的最小输入",
        o=OUTPUT,
        k=KERNELS,
        s=STRIDES,
        p=PADDINGS,
        d=DILATIONS,
    )

    def declare(layer: int) -> None:
        name, after = f"input_{layer + 1}", f"input_{layer + 2}" if layer + 1 < layers else "o"
        formula = rf"($following - 1)$s[{layer}] + $d[{layer}]($k[{layer}] - 1) + 1 - 2 \cdot $p[{layer}]"

        @derivation.step(
            formula,
            symbol=f"n_{{{layer}}}",
            name=name,
            en=f"Smallest input of layer {layer + 1}",
            zh=f"第 {layer + 1} 层所需的最小输入",
            following=after,
        )
        def _(following: int, k: Value, s: Value, p: Value, d: Value) -> int:
            whole(k, s, p, d)
            at = settings(layer, k=k, s=s, p=p, d=d)
            needed = (following - 1) * at["s"] + span(at["k"], at["d"]) - 2 * at["p"]
            if needed < 1:
                raise Undefined("the padding alone gives more output", "仅补零部分就会产生更多输出")
            return needed

        _declare_needed(derivation, layer, name, after)

    for layer in reversed(range(layers)):
        declare(layer)

    @derivation.oracle
    def _(o: int, k: Value, s: Value, p: Value, d: Value) -> dict[str, int]:
        wanted, found = o, {}
        for layer in reversed(range(len(k))):
            at = settings(layer, k=k, s=s, p=p, d=d)
            wanted = _shortest(wanted, **at)
            found[f"input_{layer + 1}"] = wanted
        return found

    return derivation


def _shortest(o: int, k: int, s: int, p: int, d: int) -> int:
    """The shortest signal of which a real layer makes so many samples."""
    lengths = range(1, o * s + k * d + 1)
    return lengths[bisect_left(lengths, o, key=lambda n: torch_length(n, k, s, p, d) or 0)]


def _layers(givens: Mapping[str, Value]) -> tuple[int]:
    return (len(givens["k"]),)


chain_input = Family("conv.chain_input", _chain_input, _layers, (2,))
