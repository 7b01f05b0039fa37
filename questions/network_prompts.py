"""What a prompt may say of a network: its title, a table of its layers, shapes, and counts one of which is wrong.

The filters get the network's name; the language is said in the prompt, since each language's prompt is a text of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from questions.question import closed_up
from solvers.network.kinds.convolution import Conv
from solvers.network.kinds.resizing import Pad
from solvers.network.library import called, find
from solvers.network.model import Layer, Network
from solvers.network.rows import shown_counts
from solvers.network.suited import crops
from solvers.network.wiring import shapes_of
from solvers.network.words import settings_in_words
from solvers.text import Language
from solvers.values import Shape

_HEADS = {"en": ("Layer", "What it is", "Reads"), "zh": ("层", "类型与设置", "输入")}
_COUNT = {"en": "Parameters", "zh": "参数量"}
_UNKNOWN = {"en": "padding ?", "zh": "填充 ?"}
_THEN = {"en": ", then ", "zh": "，后接 "}
_AND = {"en": ", ", "zh": "、"}
_COMMA = {"en": ", ", "zh": "，"}
_SIZES = re.compile(r"\(([^()]+)\)\s*\Z")
_CHANGED = {"en": "{network} with changed sizes", "zh": "改动尺寸后的 {network}"}
_BLOCK = {"en": "block `{part}` of {network}", "zh": "{network} 的 `{part}` 模块"}
_CROP = {"en": "crop, {samples} off each side", "zh": "裁剪，每侧裁去 {samples}"}
_STRETCH = {"en": "`{first}` to `{last}` of {network}", "zh": "{network} 中从 `{first}` 到 `{last}` 的部分"}


_COUNTING: tuple[tuple[frozenset[str], dict[str, str]], ...] = (
    (
        frozenset({"conv", "deconv", "linear", "partial_conv"}),
        {
            "en": "Every convolution and fully connected layer has biases unless the table says otherwise.",
            "zh": "除表中注明外，卷积层和全连接层均有偏置。",
        },
    ),
    (
        frozenset({"batchnorm"}),
        {
            "en": "A batch norm learns a gain and a shift for each channel.",
            "zh": "批量归一化的每个通道有可训练的缩放和平移系数。",
        },
    ),
    (
        frozenset({"groupnorm"}),
        {
            "en": "A group norm learns a gain and a shift for each channel.",
            "zh": "组归一化的每个通道有可训练的缩放和平移系数。",
        },
    ),
    (
        frozenset({"layernorm"}),
        {
            "en": "A layer norm learns a gain and a shift for each feature.",
            "zh": "层归一化的每个特征有可训练的缩放和平移系数。",
        },
    ),
    (
        frozenset({"attention"}),
        {
            "en": "Attention has four projections (queries, keys, values, output), all with biases.",
            "zh": "注意力含查询、键、值和输出四个投影，均带偏置。",
        },
    ),
    (
        frozenset({"rnn", "lstm", "gru"}),
        {
            "en": "Recurrent layers have two bias vectors for each gate, as in PyTorch.",
            "zh": "循环层的每个门有两个偏置向量（同 PyTorch）。",
        },
    ),
)
"""Conventions of counting, each with the kinds of layers that it concerns."""


def title(name: str, language: Language) -> str:
    """The network's title, whether its sizes are others than its own, and the part of it that is meant."""
    whole, _, part = name.partition("/")
    said = _dollars(find(name).title[language])
    if _SIZES.search(called(whole)):
        said = _CHANGED[language].format(network=said)
    if not part:
        return said if language == "en" else closed_up(said)
    first, dots, last = part.partition("..")
    words = (_STRETCH if dots else _BLOCK)[language]
    whole_and_part = words.format(network=said, part=part, first=first, last=last)
    return whole_and_part if language == "en" else closed_up(whole_and_part)


def layers(name: str, language: Language, hidden: str = "") -> str:
    """The layers as a table in Markdown; the padding or cropping of the `hidden` one is left out."""
    return _table(find(name), language, hidden)


def counts(name: str, language: Language, x: Shape, mistaken: str, slip: str) -> str:
    """The layers with their parameters, those of one layer as somebody with a misconception would count them."""
    network = find(name)
    return _table(network, language, counts=shown_counts(network, x, mistaken, slip))


def shape_after(name: str, layer: str, x: Shape) -> str:
    """The output shape of a layer."""
    return " × ".join(map(str, shapes_of(find(name), x)[layer]))


def counting(name: str, language: Language) -> str:
    """What has to be known to count the parameters of the network's layers: only what concerns kinds that it has."""
    words = {layer.kind.word.rstrip("123d") for layer in find(name).layers}
    return (" " if language == "en" else "").join(say[language] for kinds, say in _COUNTING if words & kinds)


def _dollars(words: str) -> str:
    """Words as a prompt has them, in which a dollar alone begins a formula."""
    return words.replace("$", r"\$")


def _cell(words: str) -> str:
    """Words as they stand in a cell of a table, whose columns bars divide."""
    return _dollars(words).replace("|", r"\|")


def _table(network: Network, language: Language, hidden: str = "", counts: Mapping[str, int] | None = None) -> str:
    """What each layer reads is left out where each reads the one before it."""
    rows = list(_rows(network, language, hidden))
    before = [next(iter(network.inputs)), *(name for name, _, _ in rows[:-1])]
    straight = all(reads == name for (_, _, reads), name in zip(rows, before, strict=True))
    columns = list(_HEADS[language][: 2 if straight else 3])
    cells = [[f"`{name}`", said, *([] if straight else [f"`{reads}`"])] for name, said, reads in rows]
    if counts is not None:
        columns.append(_COUNT[language])
        for (name, _, _), row in zip(rows, cells, strict=True):
            row.append(f"{counts[name]:,}" if name in counts else "–")
    aligned = [":---"] * len(columns) if counts is None else [*[":---"] * (len(columns) - 1), "---:"]
    lines = ["| " + " | ".join(columns) + " |", "|" + "|".join(aligned) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in cells)])


def _rows(network: Network, language: Language, hidden: str) -> Iterator[tuple[str, str, str]]:
    """Name, description and sources of each row; a layer that keeps shape and learns nothing stands in the row of the one that it reads."""
    shapes = shapes_of(network, next(iter(network.inputs.values())))
    row_of: dict[str, str] = {name: name for name in network.inputs}
    rows: dict[str, tuple[list[str], str]] = {}
    for layer in network.layers:
        before = row_of[layer.inputs[0]] if layer.inputs else ""
        last = next(reversed(rows), None)
        if last is not None and before == last and _changes_nothing(layer, shapes):
            rows[last][0].append(layer.kind.label[language])
            row_of[layer.name] = last
            continue
        row_of[layer.name] = layer.name
        sources = ", ".join(dict.fromkeys(row_of[source] for source in layer.inputs))
        rows[layer.name] = ([_described(layer, language, hidden)], sources)
    for name, (pieces, sources) in rows.items():
        said = _THEN[language].join([pieces[0], _AND[language].join(pieces[1:])] if pieces[1:] else pieces)
        yield name, _cell(said if language == "en" else closed_up(said)), sources


def _changes_nothing(layer: Layer, shapes: dict[str, Shape]) -> bool:
    xs = tuple(shapes[source] for source in layer.inputs)
    return len(xs) == 1 and layer.kind.shape(*xs) is None and layer.kind.parameters(*xs) is None


def _described(layer: Layer, language: Language, hidden: str) -> str:
    kind = layer.kind
    if isinstance(kind, Pad) and crops(layer) and isinstance(kind.padding, int):
        sides = "?" if layer.name == hidden else str(-kind.padding)
        return _CROP[language].format(samples=sides)
    asked = layer.name == hidden and isinstance(kind, Conv)
    said = settings_in_words(replace(kind, padding=0) if isinstance(kind, Conv) and asked else kind)[language]
    pieces = [kind.label[language], *([said] if said else []), *([_UNKNOWN[language]] if asked else [])]
    return _COMMA[language].join(pieces)
