"""Parameter counts of a text classifier: embedding table, recurrent layer, linear output layer, as PyTorch builds them."""

from __future__ import annotations

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import word
from solvers.oracles import device_for
from solvers.parameters.common import add_total, learned, miss_parts, size
from solvers.parameters.recurrent import TWO_WAY, directions

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


def _text_classifier(cell: str, two_way: bool) -> Derivation:
    net = Derivation(
        "params.text_classifier",
        "Parameters of an embedding, a recurrent layer (two bias vectors, as in PyTorch) and a linear output layer",
        "词嵌入 + 循环层（与 PyTorch 相同，两个偏置向量）+ 线性输出层的参数量",
        vocab=size("V", "words in the vocabulary", "词表大小"),
        d=size("d", "length of each word's vector", "词向量维数"),
        h=size("h", "hidden units", "隐藏单元数"),
        classes=size("c", "classes", "类别数"),
        length=size("T", "words in a sequence", "序列长度", default=1),
        cell=word(r"\text{cell}", "kind of recurrent layer", "循环层类型", words=tuple(GATES), default="LSTM"),
        bidirectional=TWO_WAY,
    )
    gates = GATES[cell]
    factors = rf"{2 * gates} \cdot " if two_way and gates == 1 else rf"2 \cdot {gates} " if two_way else f"{gates} "

    @net.step("$vocab $d", symbol=r"N_\text{emb}", zh="词嵌入表的参数量")
    def embedding(vocab: int, d: int) -> int:
        """Embedding table: one vector for each word."""
        return vocab * d

    @net.step("$h ($d + $h + 2)", symbol=r"N_\text{gate}", zh="一个门的参数量（两个偏置向量）")
    def gate(h: int, d: int) -> int:
        """One gate: weights on input and hidden state, two bias vectors."""
        return h * (d + h + 2)

    @net.step("$gate" if factors == "1 " else f"{factors}$gate", symbol=r"N_\text{rec}", zh="循环层的参数量")
    def recurrent(gate: int, cell: str, bidirectional: bool) -> int:
        """Recurrent layer."""
        return directions(bidirectional) * GATES[cell] * gate

    @net.step(
        r"2 \cdot $h $classes + $classes" if two_way else "$h $classes + $classes",
        symbol=r"N_\text{out}",
        zh="线性输出层的参数量",
    )
    def output(h: int, classes: int, bidirectional: bool) -> int:
        """Linear output layer on the last hidden state."""
        return directions(bidirectional) * h * classes + classes

    @net.step(
        r"2 \cdot $length $h" if two_way else "$length $h", symbol="A", zh="循环层对一个序列输出的数值个数", final=True
    )
    def activations(length: int, h: int, bidirectional: bool) -> int:
        """Numbers that the recurrent layer puts out for one sequence: values, not parameters."""
        return directions(bidirectional) * length * h

    add_total(net, "embedding", "recurrent", "output")
    parts = {"embedding": "params/embeddings-left-out", "recurrent": "", "output": "params/output-layer-left-out"}
    miss_parts(net, "total", parts)
    _add_other_biases(net, directions(two_way))
    _add_mistakes(net, gates, two_way)

    @net.oracle
    def _(*, vocab: int, d: int, h: int, classes: int, length: int, cell: str, bidirectional: bool) -> dict[str, int]:
        import torch

        device = device_for(vocab * d + 4 * (d + h) * h + 8 * length * h)
        table = torch.nn.Embedding(vocab, d, device=device)
        layer = getattr(torch.nn, cell)(d, h, batch_first=True, bidirectional=bidirectional, device=device)
        with torch.inference_mode():
            states = layer(table(torch.zeros(1, length, dtype=torch.long, device=device)))[0]
        last = torch.nn.Linear(states.shape[-1], classes, device="meta")
        return {
            "embedding": learned(table),
            "gate": learned(torch.nn.RNN(d, h, device="meta")),
            "recurrent": learned(layer),
            "output": learned(last),
            "activations": states.numel(),
            "total": learned(table, layer, last),
        }

    return net


def _add_other_biases(net: Derivation, ways: int) -> None:
    """Declares the counts with one bias vector for each gate, and without any biases."""

    @net.convention("convention/one-bias-vector", replaces="gate")
    def _(h: int, d: int) -> int:
        return h * (d + h + 1)

    @net.convention("convention/no-bias", replaces="gate")
    def _(h: int, d: int) -> int:
        return h * (d + h)

    @net.convention("convention/no-bias", replaces="output")
    def _(h: int, classes: int) -> int:
        return ways * h * classes


def _add_mistakes(net: Derivation, gates: int, two_way: bool) -> None:
    both = directions(two_way)

    @net.misconception("params/recurrent-weights-left-out", replaces="gate")
    def _(h: int, d: int) -> int:
        return h * (d + 2)

    @net.misconception("params/weights-per-time-step", replaces="recurrent")
    def _(gate: int, length: int) -> int:
        return both * gates * gate * length

    @net.misconception("params/output-reads-all-steps", replaces="output")
    def _(length: int, h: int, classes: int) -> int:
        return both * length * h * classes + classes

    @net.misconception("params/one-word", replaces="embedding")
    def _(d: int) -> int:
        return d

    if gates > 1:

        @net.misconception("params/one-gate", replaces="recurrent")
        def _(gate: int) -> int:
            return both * gate

        @net.misconception("params/candidate-left-out", replaces="recurrent")
        def _(gate: int) -> int:
            return both * (gates - 1) * gate

    if two_way:

        @net.misconception("params/one-direction", replaces="recurrent")
        def _(gate: int) -> int:
            return gates * gate

        @net.misconception("params/output-reads-one-direction", replaces="output")
        def _(h: int, classes: int) -> int:
            return h * classes + classes


text_classifier = Family(
    "params.text_classifier",
    _text_classifier,
    lambda givens: (givens["cell"], givens["bidirectional"]),
    ("LSTM", False),
)
