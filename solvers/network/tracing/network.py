"""The recorded layers as a network: what leads nowhere is left out, outputs are named, totals are checked, and notes say what has to be known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solvers.network.model import Layer, Network
from solvers.network.tracing.calls import tensors_out
from solvers.network.tracing.recorder import Recorder
from solvers.text import GradmarkError, Text

_NAMED = 4


def assembled(
    recorder: Recorder,
    module: Any,
    outputs: Any,
    name: str,
    title: Text | None,
    source: str,
    *,
    computed: bool,
) -> Network:
    """The network of a finished run. Raises GradmarkError if the outputs do not rest on the inputs."""
    import torch

    results = [found for x in tensors_out(outputs, torch.Tensor) if (found := recorder.source(x))]
    ends = [found for found in dict.fromkeys(results) if found not in recorder.inputs]
    if not ends or not recorder.layers:
        raise GradmarkError(
            f"{name}: none of its outputs could be followed back to an input through a layer. Its forward pass should return what it computes of its inputs with PyTorch.",
            f"{name}：无法把任何一个输出经由某一层追溯到输入。forward 应返回用 PyTorch 由输入算出的结果。",
        )
    layers = _used(recorder, ends)
    unshown = _unshown(recorder, module, layers)
    recorder.remarks.without(set(recorder.shapes) - {layer.name for layer in layers})
    notes = [*_notes(recorder), *unshown]
    if computed:
        notes.append(
            Text(
                "What it does depends on the numbers it computes: this is the way it took on random inputs.",
                "它的计算流程取决于算出的数值：此处为随机输入所走的路径。",
            )
        )
    title = title or Text(name, name)
    only = tuple(ends) if ends != [layers[-1].name] else ()
    return Network(name, title, dict(recorder.inputs), tuple(layers), source, only, tuple(notes))


def _used(recorder: Recorder, ends: Sequence[str]) -> list[Layer]:
    """The layers without functions that learn nothing and lead to no output."""
    wanted = set(ends)
    kept = []
    for layer in reversed(recorder.layers):
        if layer.name in wanted or layer.name not in recorder.functional or _learns(recorder, layer):
            wanted.update(layer.inputs)
            kept.append(layer)
    return kept[::-1]


def _learns(recorder: Recorder, layer: Layer) -> bool:
    if layer.shares is not None:
        return False
    xs = tuple(recorder.shapes[source] for source in layer.inputs)
    return bool(recorder.counted(layer.kind, xs, recorder.shapes[layer.name]))


def _unshown(recorder: Recorder, module: Any, layers: Sequence[Layer]) -> list[Text]:
    """Notes on parameters that no layer has, because what holds them did not run."""
    counted = 0
    for layer in layers:
        if layer.shares is None:
            xs = tuple(recorder.shapes[source] for source in layer.inputs)
            counted += recorder.counted(layer.kind, xs, recorder.shapes[layer.name]) or 0
    distinct = {id(p): p for p in module.parameters()}
    total = sum(int(p.numel()) for p in distinct.values())
    notes = []
    if total != counted:
        idle = [name for name, p in module.named_parameters() if id(p) not in recorder.owners]
        parts = list(dict.fromkeys(_part(name) for name in idle))
        notes.append(
            Text(
                f"The module has {total:,} parameters, {total - counted:,} more than this table: what holds them did not run ({_listed(parts)}).",
                f"该模块共有 {total:,} 个参数，比此表多 {total - counted:,} 个：所属部分没有运行（{_listed(parts, zh=True)}）。",
            )
        )
    frozen = sum(int(p.numel()) for p in distinct.values() if not p.requires_grad)
    if frozen:
        notes.append(
            Text(
                f"{frozen:,} of the parameters are not trained (requires_grad is False); they are counted.",
                f"其中 {frozen:,} 个参数不参与训练（requires_grad 为 False），仍计入总数。",
            )
        )
    return notes


def _part(name: str) -> str:
    return name.rpartition(".")[0] or name


def _listed(names: Sequence[str], *, zh: bool = False) -> str:
    shown = ("、" if zh else ", ").join(names[:_NAMED])
    more = len(names) - _NAMED
    if more <= 0:
        return shown
    return f"{shown} 等 {len(names)} 处" if zh else f"{shown} and {more} more"


def _notes(recorder: Recorder) -> list[Text]:
    """What has to be said about single layers."""
    remarks = recorder.remarks
    said = (
        (
            remarks.custom,
            "Known only by parameters and output shape, without multiply-adds or receptive field: {}.",
            "仅知参数量和输出形状，乘加次数和感受野未知：{}。",
        ),
        (
            remarks.operations,
            "Known only by name and output shape; their multiply-adds are not counted: {}.",
            "仅知运算名称和输出形状，不计其乘加次数：{}。",
        ),
        (
            remarks.disagreeing,
            "Put down as they were seen, because the rules of their kind give something else: {}.",
            "与该类层的规则不一致，按实际运行结果列出：{}。",
        ),
        (
            remarks.further,
            "Learned numbers beside a layer's own (a weight norm, an additional bias) have rows of their own: {}.",
            "层自身参数之外的可学习数（如权重归一化、附加偏置）单列一行：{}。",
        ),
        (
            remarks.mixing,
            "Mixes the examples of a batch, so that its output is not that of one example: {}.",
            "混合了批次中的不同样本，输出不属于单个样本：{}。",
        ),
        (
            remarks.states,
            "The state with which it begins comes from another layer, and is not listed among its inputs: {}.",
            "初始状态来自其他层，未列入其输入：{}。",
        ),
    )
    return [
        Text(en.format(_listed(names)), zh.format(_listed(names, zh=True)))
        for found, en, zh in said
        if (names := list(dict.fromkeys(found)))
    ]
