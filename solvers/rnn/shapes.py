"""Shapes of what `torch.nn.RNN` (and GRU, for that matter) takes and returns."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, truth
from solvers.oracles import device_for
from solvers.values import Shape


def _shapes(two_way: bool, batch_first: bool) -> Derivation:
    d = Derivation(
        "rnn.shapes",
        "Shapes of the two results of torch.nn.RNN (of torch.nn.GRU, too)",
        "torch.nn.RNN 两个返回值的形状（torch.nn.GRU 相同）",
        B=integer("B", "sequences in the batch", "批大小", least=1, default=1),
        T=integer("T", "time steps", "时间步数", least=1),
        d=integer("d", "input size", "输入维数", least=1),
        h=integer("h", "hidden units", "隐藏单元数", least=1),
        layers=integer("L", "layers", "层数", least=1, default=1),
        bidirectional=truth(r"\text{bidirectional}", "whether it reads both ways", "是否双向", default=False),
        batch_first=truth(r"\text{batch_first}", "whether the batch axis comes first", "批维是否在前", default=True),
    )
    ways = "2 " if two_way else ""

    @d.step(f"{ways}$h".strip(), symbol="m", zh="每个时间步输出的维数")
    def features(h: int, bidirectional: bool) -> int:
        """Numbers in each time step's output."""
        return 2 * h if bidirectional else h

    @d.misconception("rnn/one-direction", replaces="features")
    def _(h: int) -> int:
        return h

    @d.misconception("rnn/layers-joined", replaces="features")
    def _(h: int, layers: int) -> int:
        return h * layers

    first, second = ("B", "T") if batch_first else ("T", "B")

    @d.step(
        rf"${first} \times ${second} \times $d",
        symbol=r"\operatorname{shape}(x)",
        zh="输入的形状",
        name="input",
        final=True,
    )
    def _(B: int, T: int, d: int, batch_first: bool) -> Shape:
        """Shape of the input."""
        return Shape((B, T, d) if batch_first else (T, B, d))

    @d.step(
        rf"${first} \times ${second} \times $features",
        symbol=r"\operatorname{shape}(\text{output})",
        zh="输出（最后一层各步隐状态）的形状",
        final=True,
    )
    def output(B: int, T: int, features: int, batch_first: bool) -> Shape:
        """Shape of `output`: the last layer's states of all time steps."""
        return Shape((B, T, features) if batch_first else (T, B, features))

    @d.misconception("rnn/batch-axis", replaces="output")
    def _(B: int, T: int, features: int, batch_first: bool) -> Shape:
        return Shape((T, B, features) if batch_first else (B, T, features))

    @d.misconception("rnn/input-width-kept", replaces="output")
    def _(B: int, T: int, d: int, batch_first: bool) -> Shape:
        return Shape((B, T, d) if batch_first else (T, B, d))

    @d.step(
        rf"{ways}$layers \times $B \times $h",
        symbol=r"\operatorname{shape}(h_n)",
        zh="各层最终隐状态的形状",
    )
    def last_state(layers: int, B: int, h: int, bidirectional: bool) -> Shape:
        """Shape of `h_n`: the final state of every layer and direction, whatever batch_first says."""
        return Shape(((2 if bidirectional else 1) * layers, B, h))

    @d.misconception("rnn/batch-axis", replaces="last_state")
    def _(layers: int, B: int, h: int, bidirectional: bool) -> Shape:
        return Shape((B, (2 if bidirectional else 1) * layers, h))

    @d.misconception("rnn/last-layer-only", replaces="last_state")
    def _(B: int, h: int, bidirectional: bool) -> Shape:
        return Shape((2 if bidirectional else 1, B, h))

    @d.misconception("rnn/one-direction", replaces="last_state")
    def _(layers: int, B: int, h: int) -> Shape:
        return Shape((layers, B, h))

    d.oracle(_oracle)
    return d


def _oracle(*, B: int, T: int, d: int, h: int, layers: int, bidirectional: bool, batch_first: bool) -> dict[str, Any]:
    import torch

    device = device_for(2 * layers * (d + 2 * h) * (h + B * T))
    layer = torch.nn.RNN(d, h, layers, batch_first=batch_first, bidirectional=bidirectional, device=device)
    x = torch.zeros((B, T, d) if batch_first else (T, B, d), device=device)
    with torch.inference_mode():
        output, last = layer(x)
    return {
        "input": list(x.shape),
        "features": output.shape[-1],
        "output": list(output.shape),
        "last_state": list(last.shape),
    }


shapes = Family(
    "rnn.shapes",
    _shapes,
    lambda givens: (bool(givens["bidirectional"]), bool(givens["batch_first"])),
    smallest=(False, True),
)
