"""Output shapes with channels, on one, two or three axes whose settings may differ: convolution, pooling, transposed.

Settings are lists, outermost axis first, as PyTorch's `Conv2d(3, 64, (3, 5), stride=(2, 1))` takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from solvers.convolution.pooling import MODE, halved, pool_padding, pooled
from solvers.convolution.transposed import stretched
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, integer, vector
from solvers.rules import taking
from solvers.text import Text, UsageError
from solvers.trace import Undefined
from solvers.values import Shape, Value
from solvers.windows import WRONG_POSITIONS, WRONG_SPANS, positions, rounded_up, settings, span, whole

CHANNELS = integer(r"C_{\text{in}}", "input channels", "输入通道数", default=1, least=1)
FILTERS = integer(r"C_{\text{out}}", "filters, that is output channels", "卷积核组数，即输出通道数", default=1, least=1)

_AXES = {
    1: (("length", "L", "length", "长度"),),
    2: (("height", "H", "height", "高度"), ("width", "W", "width", "宽度")),
    3: (("depth", "D", "depth", "深度"), ("height", "H", "height", "高度"), ("width", "W", "width", "宽度")),
}
"""The steps that give the sizes along so many axes: name, symbol, and the axis in words."""


def _per_axis(symbol: str, en: str, zh: str, default: int | None = None, least: int = 0) -> Given:
    return vector(symbol, f"{en}, per axis", f"各维{zh}", axes=("axes",), default=default, row=True, least=least)


N = _per_axis("n", "input size", "输入大小", least=1)
K = _per_axis("k", "kernel size", "卷积核大小", least=1)
S = _per_axis("s", "stride", "步幅", default=1, least=1)
P = _per_axis("p", "zeros padded on each side", "每侧补零个数", default=0)
D = _per_axis("d", "dilation", "膨胀率", default=1, least=1)
Q = _per_axis("q", "output padding, at the end only", "输出填充（仅在末端）", default=0)

_FLOORED = r"\left\lfloor \frac{$n[i] + 2 \cdot $p[i] - $d[i]($k[i] - 1) - 1}{$s[i]} \right\rfloor + 1"
_CEILED = (
    r"\min\left(\left\lceil \frac{$n[i] + 2 \cdot $p[i] - $d[i]($k[i] - 1) - 1}{$s[i]} \right\rceil + 1,"
    r" \left\lceil \frac{$n[i] + $p[i]}{$s[i]} \right\rceil\right)"
)
_STRETCHED = r"($n[i] - 1)$s[i] - 2 \cdot $p[i] + $d[i]($k[i] - 1) + 1 + $q[i]"


def _channels_first(axes: int) -> Callable[..., Shape]:
    """A rule that puts `channels` before the sizes along so many axes."""
    return taking(["channels", *_sizes(axes)], lambda sizes: Shape(sizes.values()))


def _sizes(axes: int) -> dict[str, Any]:
    """The parameter for the size along each axis, and the step that it stands for."""
    return {f"size_{i + 1}": name for i, (name, *_) in enumerate(_AXES[axes])}


def _add_shape(derivation: Derivation, channels: str, axes: int) -> None:
    """Adds the last step: channels first, then the sizes along the axes."""
    derivation.step(
        r" \times ".join(["$channels", *(f"${size}" for size in _sizes(axes))]),
        symbol=r"\mathrm{shape}(y)",
        en="Output shape, channels first",
        zh="输出形状（通道在前）",
        name="shape",
        channels=channels,
        **_sizes(axes),
    )(_channels_first(axes))


def _checked(axes: int) -> int:
    if axes not in _AXES:
        raise UsageError("n needs one, two or three axes.", "n 应有一维、二维或三维。")
    return axes


def _axes(givens: Mapping[str, Value]) -> tuple[int]:
    return (len(givens["n"]),)


def _axes_and_mode(givens: Mapping[str, Value]) -> tuple[int, str]:
    return len(givens["n"]), str(givens["mode"])


def _title(axes: int, en: str, zh: str) -> Text:
    return Text(f"{en} on {axes} {'axis' if axes == 1 else 'axes'}", f"{'一二三'[axes - 1]}维{zh}")


def _at(template: str, axis: int) -> str:
    return template.replace("[i]", f"[{axis}]")


def _ints(values: Value) -> list[int]:
    return [int(value) for value in values]


# -------------------------------------------------------------------------------------------------------- convolution


def _weight_rule(axes: int, *, transposed: bool) -> tuple[str, Callable[[int, int, Value], Shape]]:
    order = ("$c", "$f") if transposed else ("$f", "$c")
    formula = r" \times ".join([*order, *(f"$k[{axis}]" for axis in range(axes))])

    def rule(c: int, f: int, k: Value) -> Shape:
        return Shape(((c, f) if transposed else (f, c)) + tuple(int(size) for size in k))

    return formula, rule


def _convolved(axis: int, n: Value, k: Value, s: Value, p: Value, d: Value) -> int:
    whole(n, k, s, p, d)
    at = settings(axis, n=n, k=k, s=s, p=p, d=d)
    return positions(at["n"], 2 * at["p"], at["s"], span(at["k"], at["d"]))


def _counted(axis: int, positions: Callable[[int, int, int, int], Value]) -> Callable[..., Value]:
    """The output size along one axis where the positions are counted in another way."""

    def rule(n: Value, k: Value, s: Value, p: Value, d: Value) -> Value:
        at = settings(axis, n=n, k=k, s=s, p=p, d=d)
        return positions(at["n"], at["p"], at["s"], span(at["k"], at["d"]))

    return rule


def _declare_convolved(derivation: Derivation, axis: int, axes: int) -> None:
    """Adds the output size along one axis and what goes wrong in it."""
    name, symbol, en, zh = _AXES[axes][axis]

    @derivation.step(
        _at(_FLOORED, axis), symbol=rf"{symbol}_{{\text{{out}}}}", name=name, en=f"Output {en}", zh=f"输出{zh}"
    )
    def _(n: Value, k: Value, s: Value, p: Value, d: Value) -> int:
        return _convolved(axis, n, k, s, p, d)

    @derivation.misconception("conv/forgot-padding", replaces=name)
    def _(n: Value, k: Value, s: Value, d: Value) -> int:
        return int((n[axis] - span(k[axis], d[axis])) // s[axis] + 1)

    @derivation.misconception("conv/no-plus-one", replaces=name)
    def _(n: Value, k: Value, s: Value, p: Value, d: Value) -> int:
        return _convolved(axis, n, k, s, p, d) - 1

    for id, counted in WRONG_POSITIONS.items():
        derivation.misconception(id, replaces=name)(_counted(axis, counted))

    for id, wrong in WRONG_SPANS.items():
        derivation.misconception(id, replaces=name)(
            lambda n, k, s, p, d, wrong=wrong: (n[axis] + 2 * p[axis] - wrong(k[axis], d[axis])) // s[axis] + 1
        )

    derivation.misconception("conv/size-unchanged", replaces=name)(lambda n: int(n[axis]))

    @derivation.convention("convention/rounded-up", replaces=name)
    def _(n: Value, k: Value, s: Value, p: Value, d: Value) -> int:
        return int(rounded_up(n[axis], 2 * p[axis], s[axis], span(k[axis], d[axis])))

    if axes > 1:

        @derivation.misconception("conv/axes-swapped", replaces=name)
        def _(n: Value, k: Value, s: Value, p: Value, d: Value) -> int:
            k, s, p, d = (list(reversed(setting)) for setting in (k, s, p, d))
            return _convolved(axis, n, k, s, p, d)


def _output_shape(axes: int) -> Derivation:
    title = _title(_checked(axes), "Output shape of a convolution", "卷积的输出形状")
    derivation = Derivation("conv.output_shape", title.en, title.zh, c=CHANNELS, n=N, f=FILTERS, k=K, s=S, p=P, d=D)
    formula, weight_rule = _weight_rule(axes, transposed=False)
    derivation.step(
        formula,
        symbol=r"\mathrm{shape}(W)",
        en="Shape of the layer's weight: filters, input channels, kernel",
        zh="该层权重的形状：卷积核组数、输入通道数、核大小",
        name="weight_shape",
        final=True,
    )(weight_rule)

    for axis in range(axes):
        _declare_convolved(derivation, axis, axes)
    _add_shape(derivation, "f", axes)

    derivation.misconception("conv/channels-kept", replaces="shape", channels="c", **_sizes(axes))(
        _channels_first(axes)
    )
    derivation.misconception("conv/maps-for-every-channel", replaces="shape", **_sizes(axes))(
        taking(["c", "f", *_sizes(axes)], _every_channel)
    )
    derivation.misconception("conv/one-map-for-all-filters", replaces="shape", **_sizes(axes))(
        taking([*_sizes(axes)], lambda sizes: Shape((1, *sizes.values())))
    )
    derivation.misconception("conv/weight-axes-swapped", replaces="weight_shape")(
        _weight_rule(axes, transposed=True)[1]
    )
    derivation.convention("convention/filters-last", replaces="weight_shape")(_channels_last_weight)
    derivation.misconception("conv/weight-without-channels", replaces="weight_shape")(
        lambda f, k: Shape((f, *(int(size) for size in k)))
    )

    @derivation.oracle
    def _(c: int, n: Value, f: int, k: Value, s: Value, p: Value, d: Value) -> dict[str, Any]:
        import torch

        kind: Any = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)[axes - 1]
        layer = kind(c, f, _ints(k), _ints(s), _ints(p), _ints(d), device="meta")
        return _measured(layer, axes, c, n) | {"weight_shape": tuple(layer.weight.shape)}

    return derivation


def _channels_last_weight(f: int, c: int, k: Value) -> Shape:
    """The weight as TensorFlow stores it: kernel, input channels, filters."""
    return Shape((*(int(size) for size in k), c, f))


def _every_channel(given: dict[str, Value]) -> Shape:
    """The shape if each filter made a map of every input channel by itself."""
    return Shape((int(given.pop("c") * given.pop("f")), *given.values()))


def _measured(layer: Any, axes: int, c: int, n: Value) -> dict[str, Any]:
    import torch

    shape = tuple(layer(torch.empty(1, c, *_ints(n), device="meta")).shape[1:])
    return {"shape": shape} | dict(zip((name for name, *_ in _AXES[axes]), shape[1:], strict=True))


output_shape = Family("conv.output_shape", _output_shape, _axes, (2,))


# ------------------------------------------------------------------------------------------------------------ pooling


def _channels_pooled(given: dict[str, Value]) -> Shape:
    """The shape if the windows reached over the channels as they do over the first axis."""
    left = int(given.pop("c") // given.pop("s")[0])
    if left < 1:
        raise Undefined("there are fewer channels than the stride", "通道数小于步幅")
    return Shape((left, *given.values()))


def _pool_shape(axes: int, mode: str) -> Derivation:
    title = _title(_checked(axes), "Output shape of a pooling layer", "池化层的输出形状")
    derivation = Derivation("conv.pool_shape", title.en, title.zh, c=CHANNELS, n=N, k=K, s=S, p=P, d=D, mode=MODE)

    def declare(axis: int, name: str, symbol: str, en: str, zh: str) -> None:
        template = _at(_FLOORED if mode == "floor" else _CEILED, axis)

        @derivation.step(template, symbol=rf"{symbol}_{{\text{{out}}}}", name=name, en=f"Output {en}", zh=f"输出{zh}")
        def _(n: Value, k: Value, s: Value, p: Value, d: Value, mode: str) -> int:
            whole(n, k, s, p, d)
            at = settings(axis, n=n, k=k, s=s, p=p, d=d)
            return pooled(at["n"], pool_padding(at["p"], at["k"]), at["s"], span(at["k"], at["d"]), mode)

        @derivation.misconception("conv/pooling-keeps-size", replaces=name)
        def _(n: Value) -> int:
            return int(n[axis])

        for id, counted in WRONG_POSITIONS.items():
            derivation.misconception(id, replaces=name)(_counted(axis, counted))
        derivation.misconception("conv/no-plus-one", replaces=name)(
            lambda n, k, s, p, d: _convolved(axis, n, k, s, p, d) - 1
        )

        derivation.misconception("conv/pooling-always-halves", replaces=name)(
            lambda n, s: halved(int(n[axis]), int(s[axis]))
        )

        @derivation.misconception("conv/window-as-stride", replaces=name)
        def _(n: Value, k: Value, p: Value, d: Value, mode: str) -> int:
            at = settings(axis, n=n, k=k, p=p, d=d)
            return pooled(at["n"], at["p"], at["k"], span(at["k"], at["d"]), mode)

        @derivation.convention("convention/other-rounding", replaces=name)
        def _(n: Value, k: Value, s: Value, p: Value, d: Value, mode: str) -> int:
            at = settings(axis, n=n, k=k, s=s, p=p, d=d)
            return pooled(at["n"], at["p"], at["s"], span(at["k"], at["d"]), "ceil" if mode == "floor" else "floor")

        @derivation.misconception("conv/forgot-padding", replaces=name)
        def _(n: Value, k: Value, s: Value, d: Value, mode: str) -> int:
            at = settings(axis, n=n, k=k, s=s, d=d)
            return pooled(at["n"], 0, at["s"], span(at["k"], at["d"]), mode)

    for axis, (name, symbol, en, zh) in enumerate(_AXES[axes]):
        declare(axis, name, symbol, en, zh)
    _add_shape(derivation, "c", axes)
    derivation.misconception("conv/channels-pooled", replaces="shape", **_sizes(axes))(
        taking(["c", "s", *_sizes(axes)], _channels_pooled)
    )

    @derivation.oracle
    def _(c: int, n: Value, k: Value, s: Value, p: Value, d: Value, mode: str) -> dict[str, Any]:
        import torch

        kind: Any = (torch.nn.MaxPool1d, torch.nn.MaxPool2d, torch.nn.MaxPool3d)[axes - 1]
        return _measured(kind(_ints(k), _ints(s), _ints(p), _ints(d), ceil_mode=mode == "ceil"), axes, c, n)

    return derivation


pool_shape = Family("conv.pool_shape", _pool_shape, _axes_and_mode, (2, "floor"))


# --------------------------------------------------------------------------------------------- transposed convolution


def _transposed_shape(axes: int) -> Derivation:
    title = _title(_checked(axes), "Output shape of a transposed convolution", "转置卷积的输出形状")
    derivation = Derivation(
        "conv.transposed_shape", title.en, title.zh, c=CHANNELS, n=N, f=FILTERS, k=K, s=S, p=P, q=Q, d=D
    )
    formula, weight_rule = _weight_rule(axes, transposed=True)
    derivation.step(
        formula,
        symbol=r"\mathrm{shape}(W)",
        en="Shape of the layer's weight: input channels, filters, kernel",
        zh="该层权重的形状：输入通道数、卷积核组数、核大小",
        name="weight_shape",
        final=True,
    )(weight_rule)

    def declare(axis: int, name: str, symbol: str, en: str, zh: str) -> None:
        @derivation.step(
            _at(_STRETCHED, axis), symbol=rf"{symbol}_{{\text{{out}}}}", name=name, en=f"Output {en}", zh=f"输出{zh}"
        )
        def _(n: Value, k: Value, s: Value, p: Value, q: Value, d: Value) -> int:
            whole(n, k, s, p, q, d)
            at = settings(axis, n=n, k=k, s=s, p=p, q=q, d=d)
            return stretched(at["n"], at["s"], at["p"], at["q"], at["d"], span(at["k"], at["d"]))

        @derivation.misconception("conv/forward-formula", replaces=name)
        def _(n: Value, k: Value, s: Value, p: Value, d: Value) -> int:
            return int((n[axis] + 2 * p[axis] - span(k[axis], d[axis])) // s[axis] + 1)

        @derivation.misconception("conv/transposed-padding-added", replaces=name)
        def _(n: Value, k: Value, s: Value, p: Value, q: Value, d: Value) -> int:
            return int((n[axis] - 1) * s[axis] + 2 * p[axis] + span(k[axis], d[axis]) + q[axis])

        @derivation.misconception("conv/no-output-padding", replaces=name)
        def _(n: Value, k: Value, s: Value, p: Value, d: Value) -> int:
            return int((n[axis] - 1) * s[axis] - 2 * p[axis] + span(k[axis], d[axis]))

        @derivation.misconception("conv/input-times-stride", replaces=name)
        def _(n: Value, s: Value) -> int:
            return int(n[axis] * s[axis])

        @derivation.misconception("conv/forgot-padding", replaces=name)
        def _(n: Value, k: Value, s: Value, q: Value, d: Value) -> int:
            return int((n[axis] - 1) * s[axis] + span(k[axis], d[axis]) + q[axis])

        @derivation.misconception("conv/padding-once", replaces=name)
        def _(n: Value, k: Value, s: Value, p: Value, q: Value, d: Value) -> int:
            return int((n[axis] - 1) * s[axis] - p[axis] + span(k[axis], d[axis]) + q[axis])

        @derivation.misconception("conv/transposed-all-strides", replaces=name)
        def _(n: Value, k: Value, s: Value, p: Value, q: Value, d: Value) -> int:
            return int(n[axis] * s[axis] - 2 * p[axis] + span(k[axis], d[axis]) + q[axis])

    for axis, (name, symbol, en, zh) in enumerate(_AXES[axes]):
        declare(axis, name, symbol, en, zh)
    _add_shape(derivation, "f", axes)
    derivation.misconception("conv/weight-axes-swapped", replaces="weight_shape")(
        _weight_rule(axes, transposed=False)[1]
    )
    derivation.misconception("conv/channels-kept", replaces="shape", channels="c", **_sizes(axes))(
        _channels_first(axes)
    )
    derivation.misconception("conv/one-map-for-all-filters", replaces="shape", **_sizes(axes))(
        taking([*_sizes(axes)], lambda sizes: Shape((1, *sizes.values())))
    )

    @derivation.oracle
    def _(c: int, n: Value, f: int, k: Value, s: Value, p: Value, q: Value, d: Value) -> dict[str, Any]:
        import torch

        kind: Any = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)[axes - 1]
        layer = kind(c, f, _ints(k), _ints(s), _ints(p), _ints(q), dilation=_ints(d), device="meta")
        return _measured(layer, axes, c, n) | {"weight_shape": tuple(layer.weight.shape)}

    return derivation


transposed_shape = Family("conv.transposed_shape", _transposed_shape, _axes, (2,))
