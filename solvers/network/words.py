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
}
_TRUE = {
    "ceil": Text("rounded up", "向上取整"),
    "bidirectional": Text("both directions", "双向"),
    "causal": Text("causal", "因果掩码"),
}
_FALSE = {
    "bias": Text("no bias", "无偏置"),
    "gain": Text("no gain", "无缩放"),
    "affine": Text("no gain and shift", "无缩放和平移"),
    "count_include_pad": Text("padding not counted", "不计填充"),
}
_VALUES = {"same": "SAME"}


def settings_in_words(kind: Kind) -> Text:
    """What is set, the first setting without its name where it is what the kind is about; nothing that goes without saying."""
    first = first_setting(type(kind))
    pieces = [
        _piece(name, value, name == first) for name, value in kind.settings().items() if name in fields_of(type(kind))
    ]
    return Text(", ".join(piece.en for piece in pieces), "，".join(piece.zh for piece in pieces))


def _piece(name: str, value: Any, first: bool) -> Text:
    if isinstance(value, bool):
        known = (_TRUE if value else _FALSE).get(name)
        plain = name.replace("_", " ")
        return known or Text(plain if value else f"no {plain}", plain if value else f"无 {plain}")
    shown = "×".join(map(str, value)) if isinstance(value, list) else _VALUES.get(str(value), str(value))
    if first:
        return Text(shown, shown)
    words = _NAMES.get(name, Text(name.replace("_", " "), name.replace("_", " ")))
    return Text(f"{words.en} {shown}", f"{words.zh} {shown}")
