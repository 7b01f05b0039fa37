"""A layer's settings in words, as tables of networks and prompts show them: `64, kernel 7, stride 2, padding 3, no bias`."""

from __future__ import annotations

from typing import Any

from solvers.network.kind import Kind
from solvers.network.settings import fields_of, first_setting
from solvers.text import Text

_NAMES = {
    "kernel": Text("kernel", "核"),
    "stride": Text("stride", "步幅"),
    "padding": Text("padding", "填充"),
    "output_padding": Text("output padding", "输出填充"),
    "dilation": Text("dilation", "膨胀率"),
    "groups": Text("groups", "分组"),
    "padding_mode": Text("padding mode", "填充方式"),
    "width": Text("width", "维度"),
    "heads": Text("heads", "头数"),
    "ff": Text("feed-forward", "前馈层"),
    "hidden": Text("hidden", "隐藏单元"),
    "layers": Text("layers", "层数"),
    "projection": Text("projection", "投影"),
    "rows": Text("rows", "行数"),
    "axis": Text("axis", "维"),
    "axes": Text("axes", "维"),
    "scale": Text("scale", "倍数"),
    "size": Text("size", "大小"),
    "mode": Text("mode", "方式"),
    "returns": Text("returns", "返回"),
    "weights": Text("weights", "权重"),
    "slope": Text("slope", "斜率"),
    "activation": Text("activation", "激活"),
    "stop": Text("stop", "终点"),
    "step": Text("step", "步长"),
    "count": Text("count", "个数"),
    "factor": Text("factor", "倍数"),
}
_TRUE = {
    "ceil": Text("rounded up", "向上取整"),
    "bidirectional": Text("both directions", "双向"),
    "causal": Text("causal", "因果掩码"),
    "norm_first": Text("norm first", "先归一化"),
    "align_corners": Text("corners aligned", "对齐角点"),
    "transposed": Text("second one transposed", "第二个转置"),
    "keep": Text("axis kept", "保留该维"),
}
_FALSE = {
    "bias": Text("no bias", "无偏置"),
    "gain": Text("no gain", "无缩放"),
    "affine": Text("no gain and shift", "无缩放和平移"),
    "count_include_pad": Text("padding not counted", "不计填充"),
}
_VALUES = {"same": "SAME"}
_COUNTED = {
    "gates": Text("{} gates", "{} 个门"),
    "count": Text("{} parameters", "{} 个参数"),
    "start": Text("from axis {}", "从第 {} 维起"),
    "index": Text("index {}", "下标 {}"),
}
"""Settings whose number stands within their words, first or not."""
_PLACES = ("axis", "axes")  # a bare number would not tell which
_UNSAID = {
    "operation": ("out", "sees"),
    "further_parameters": ("of",),
    "derived": ("out",),
    "custom": ("out", "weights"),
}
"""What a table has columns for, or what is of use to gradmark alone."""
_LONGEST = 80  # characters of a name that somebody else chose


_FILTERS = ("{} filter", Text("{} filters", "{} 个卷积核"))
_UNITS = ("{} unit", Text("{} units", "{} 个单元"))
_WINDOW = ("window {}", Text("window {}", "窗口 {}"))
_HEADS = ("{} head", Text("{} heads", "{} 个头"))
_ROWS = ("{} row", Text("{} rows", "{} 行"))
_SIDE = ("to {}", Text("to {}", "输出边长 {}"))
_FIRST = {
    **dict.fromkeys(("conv", "conv1d", "conv3d", "deconv", "deconv1d", "deconv3d"), _FILTERS),
    **dict.fromkeys(("linear", "rnn", "lstm", "gru"), _UNITS),
    **dict.fromkeys(("maxpool", "avgpool", "maxpool1d", "avgpool1d", "maxpool3d", "avgpool3d"), _WINDOW),
    **dict.fromkeys(("attention", "encoder_layer", "decoder_layer"), _HEADS),
    **dict.fromkeys(("embedding", "positions"), _ROWS),
    **dict.fromkeys(("adaptive_avgpool", "adaptive_maxpool"), _SIDE),
}
"""What the first setting of a kind counts: of one, and of several."""


def settings_in_words(kind: Kind) -> Text:
    """What is set, the first setting as what it counts, or without its name where it is what the kind is about; nothing that goes without saying."""
    first = first_setting(type(kind))
    unsaid = _UNSAID.get(kind.word, ())
    pieces = [
        _piece(kind, name, value, name == first)
        for name, value in kind.settings().items()
        if name in fields_of(type(kind)) and name not in unsaid
    ]
    return Text(", ".join(piece.en for piece in pieces), "，".join(piece.zh for piece in pieces))


def _piece(kind: Kind, name: str, value: Any, first: bool) -> Text:
    if isinstance(value, bool):
        known = (_TRUE if value else _FALSE).get(name)
        plain = name.replace("_", " ")
        return known or Text(plain if value else f"no {plain}", plain if value else f"无 {plain}")
    if name == "axes" and isinstance(value, int):
        return Text(f"last {value} axes", f"最后 {value} 维")
    joint = ", " if name == "axes" else "×"
    shown = joint.join(map(str, value)) if isinstance(value, list) else _clipped(_VALUES.get(str(value), str(value)))
    if name in _COUNTED and not (name == "start" and kind.word == "slice"):
        return Text(_COUNTED[name].en.format(shown), _COUNTED[name].zh.format(shown))
    if name == "equation":
        shown = shown.replace("->", " → ").replace(",", " · ")
    if first and kind.word in _FIRST:
        one, many = _FIRST[kind.word]
        return Text((one if shown == "1" else many.en).format(shown), many.zh.format(shown))
    if first and name not in _PLACES:
        return Text(shown, shown)
    words = _NAMES.get(name, Text(name.replace("_", " "), name.replace("_", " ")))
    return Text(f"{words.en} {shown}", f"{words.zh} {shown}")


def _clipped(text: str) -> str:
    """Text on one line, and no longer than a cell bears."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
