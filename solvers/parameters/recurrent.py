"""Parameter counts of recurrent layers: simple, LSTM and GRU; stacked, two-way, with one bias vector or two.

Every gate is an affine map of the input and the previous hidden state, so that a layer has as many of them as gates: 1 in
a simple layer, 3 in a GRU, 4 in an LSTM. Textbooks write one bias vector for each, PyTorch and cuDNN keep two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, truth
from solvers.parameters.common import leave_out, size

INPUT_SIZE = size("d", "input size", "输入维数")
HIDDEN_SIZE = size("h", "hidden units", "隐藏单元数")
BIAS_VECTORS = integer(
    "b",
    "bias vectors of each gate (textbooks 1, PyTorch 2)",
    "每个门的偏置向量个数（教材为 1，PyTorch 为 2）",
    default=1,
    least=0,
    most=2,
)
TWO_WAY = truth(r"\text{bidirectional}", "whether a second layer runs backwards", "是否双向", default=False)


@dataclass(frozen=True)
class Cell:
    """A kind of recurrent layer and its gates: affine maps of input and hidden state, the candidate counted with them."""

    name: str
    gates: int
    en: str
    zh: str
    layer: str


RNN = Cell("params.rnn", 1, "Parameters of a simple recurrent layer", "简单循环层的参数量", "RNN")
GRU = Cell("params.gru", 3, "Parameters of a GRU", "GRU 的参数量", "GRU")
LSTM = Cell("params.lstm", 4, "Parameters of an LSTM", "LSTM 的参数量", "LSTM")

# ------------------------------------------------------------------------------------ one layer, a stack, two directions


def _recurrent(cell: Cell, stacked: bool, two_way: bool, biases: int) -> Derivation:
    net = Derivation(
        cell.name,
        cell.en,
        cell.zh,
        d=INPUT_SIZE,
        h=HIDDEN_SIZE,
        layers=size("L", "layers", "层数", default=1),
        bidirectional=TWO_WAY,
        biases=BIAS_VECTORS,
    )
    add_gate(net, biases)
    times = "2 " if two_way else ""
    maps = f"{cell.gates} " if cell.gates > 1 else ""
    factors = r" \cdot ".join(piece.strip() for piece in (times, maps) if piece)
    first = "first_layer" if stacked else "total"
    if stacked:

        @net.step(f"{factors} $gate".strip(), symbol="N_1", zh="第一层的参数量")
        def first_layer(gate: int, bidirectional: bool) -> int:
            """Parameters of the first layer."""
            return directions(bidirectional) * cell.gates * gate

        _add_later_layers(net, cell, factors, two_way)
    else:

        @net.step(f"{factors} $gate".strip(), symbol="N", zh="参数总数")
        def total(gate: int, bidirectional: bool, layers: int) -> int:
            """Parameters in all."""
            return directions(bidirectional) * cell.gates * gate * layers

    _add_mistakes(net, cell, first, two_way, stacked)
    if biases and cell.gates > 1:
        _add_bias_of_one_gate(net, cell, first, two_way, stacked)
    if biases and cell is GRU:
        _add_second_bias_of_candidate(net, first, two_way, stacked)
    net.oracle(_oracle_of(cell))
    return net


def directions(bidirectional: bool) -> int:
    """2 layers read the sequence if it is read both ways."""
    return 2 if bidirectional else 1


def add_gate(net: Derivation, biases: int) -> None:
    """Adds the weights and biases of one gate, and the ways to get them wrong."""

    @net.step("$h $d", symbol="N_W", zh="一个门的输入权重数")
    def input_weights(h: int, d: int) -> int:
        """Weights of one gate on the input."""
        return h * d

    @net.step("$h^2", symbol="N_U", zh="一个门的循环权重数")
    def recurrent_weights(h: int) -> int:
        """Weights of one gate on the previous hidden state."""
        return h**2

    @net.step({0: "0", 1: "$h", 2: "2 $h"}[biases], symbol="N_b", zh="一个门的偏置数")
    def gate_biases(h: int, biases: int) -> int:
        """Biases of one gate."""
        return biases * h

    @net.step("$input_weights + $recurrent_weights + $gate_biases", symbol=r"N_\text{gate}", zh="一个门的参数量")
    def gate(input_weights: int, recurrent_weights: int, gate_biases: int) -> int:
        """Parameters of one gate."""
        return input_weights + recurrent_weights + gate_biases

    leave_out(net, "params/recurrent-weights-left-out", "recurrent_weights")
    leave_out(net, "params/input-weights-left-out", "input_weights")

    @net.misconception("params/one-recurrent-weight-each", replaces="recurrent_weights")
    def _(h: int) -> int:
        return h

    if biases:
        leave_out(net, "convention/no-bias", "gate_biases")

    @net.convention(
        "convention/two-bias-vectors" if biases < 2 else "convention/one-bias-vector", replaces="gate_biases"
    )
    def _(h: int) -> int:
        return 2 * h if biases < 2 else h

    if biases:

        @net.misconception("params/one-bias-per-layer", replaces="gate_biases")
        def _() -> int:
            return 1


def _add_later_layers(net: Derivation, cell: Cell, factors: str, two_way: bool) -> None:
    """The layers behind the first one, which read its hidden states; and their sum with it."""

    @net.step(r"$h \cdot 2 $h" if two_way else "$h^2", symbol="N_{W,2}", zh="其余各层一个门的输入权重数")
    def later_input_weights(h: int, bidirectional: bool) -> int:
        """Weights of one gate of a later layer on the layer below."""
        return directions(bidirectional) * h**2

    @net.step(
        f"{factors} ($later_input_weights + $recurrent_weights + $gate_biases)".strip(),
        symbol="N_2",
        zh="其余每层的参数量",
    )
    def later_layer(later_input_weights: int, recurrent_weights: int, gate_biases: int, bidirectional: bool) -> int:
        """Parameters of each later layer."""
        return directions(bidirectional) * cell.gates * (later_input_weights + recurrent_weights + gate_biases)

    @net.step("$first_layer + ($layers - 1) $later_layer", symbol="N", zh="参数总数")
    def total(first_layer: int, layers: int, later_layer: int) -> int:
        """Parameters in all."""
        return first_layer + (layers - 1) * later_layer

    @net.misconception("params/layers-alike", replaces="later_input_weights")
    def _(input_weights: int) -> int:
        return input_weights

    if two_way:
        net.misconception("params/one-direction-read", replaces="later_input_weights")(lambda h: h**2)

    @net.misconception("params/one-layer", replaces="total")
    def _(first_layer: int) -> int:
        return first_layer


def _add_bias_of_one_gate(net: Derivation, cell: Cell, first: str, two_way: bool, stacked: bool) -> None:
    """The weights of all gates, but the biases of only one: 4(nm + n²) + n for an LSTM."""
    ways = directions(two_way)

    @net.misconception("params/bias-of-one-gate", replaces=first)
    def _(input_weights: int, recurrent_weights: int, gate_biases: int) -> int:
        return ways * (cell.gates * (input_weights + recurrent_weights) + gate_biases)

    if stacked:

        @net.misconception("params/bias-of-one-gate", replaces="later_layer")
        def _(later_input_weights: int, recurrent_weights: int, gate_biases: int) -> int:
            return ways * (cell.gates * (later_input_weights + recurrent_weights) + gate_biases)


def _add_second_bias_of_candidate(net: Derivation, first: str, two_way: bool, stacked: bool) -> None:
    """One bias vector for each gate, and the second one of the candidate, where the reset gate acts, alone."""
    ways = directions(two_way)

    @net.misconception("params/second-bias-of-candidate", replaces=first)
    def _(input_weights: int, recurrent_weights: int, h: int) -> int:
        return ways * (3 * (input_weights + recurrent_weights + h) + h)

    if stacked:

        @net.misconception("params/second-bias-of-candidate", replaces="later_layer")
        def _(later_input_weights: int, recurrent_weights: int, h: int) -> int:
            return ways * (3 * (later_input_weights + recurrent_weights + h) + h)


def _add_mistakes(net: Derivation, cell: Cell, first: str, two_way: bool, stacked: bool) -> None:
    """Wrong numbers of gates and directions, in the first layer and the later ones."""
    wrong_gates = {
        "GRU": {"params/one-gate": 1, "params/candidate-left-out": 2, "params/gru-with-four-gates": 4},
        "LSTM": {"params/one-gate": 1, "params/candidate-left-out": 3},
        "RNN": {},
    }[cell.layer]
    found = {id: (gates, two_way) for id, gates in wrong_gates.items()}
    if two_way:
        found["params/one-direction"] = (cell.gates, False)
    for id, (gates, both) in found.items():
        factor = gates * directions(both)

        @net.misconception(id, replaces=first)
        def _(gate: int, factor: int = factor) -> int:
            return factor * gate

        if stacked:

            @net.misconception(id, replaces="later_layer")
            def _(later_input_weights: int, recurrent_weights: int, gate_biases: int, factor: int = factor) -> int:
                return factor * (later_input_weights + recurrent_weights + gate_biases)


def kept(name: str, biases: int) -> bool:
    """Whether a parameter of a PyTorch layer exists with so many bias vectors: the second ones are called `bias_hh`."""
    return biases == 2 or not name.startswith("bias_hh")


def _oracle_of(cell: Cell) -> Any:
    def oracle(d: int, h: int, layers: int, bidirectional: bool, biases: int) -> dict[str, int]:
        import torch

        kind = getattr(torch.nn, cell.layer)
        real = kind(d, h, layers, bias=biases > 0, bidirectional=bidirectional, device="meta")
        sizes = {name: p.numel() for name, p in real.named_parameters() if kept(name, biases)}
        by_layer = [sum(n for name, n in sizes.items() if f"_l{i}" in name) for i in range(layers)]
        found = {
            "input_weights": sizes["weight_ih_l0"] // cell.gates,
            "recurrent_weights": sizes["weight_hh_l0"] // cell.gates,
            "gate_biases": sum(n for name, n in sizes.items() if name in ("bias_ih_l0", "bias_hh_l0")) // cell.gates,
            "gate": by_layer[0] // cell.gates // directions(bidirectional),
            "total": sum(sizes.values()),
        }
        if layers > 1:
            found |= {
                "first_layer": by_layer[0],
                "later_input_weights": sizes["weight_ih_l1"] // cell.gates,
                "later_layer": by_layer[1],
            }
        return found

    return oracle


def _recurrent_family(cell: Cell) -> Family:
    def build(stacked: bool, two_way: bool, biases: int) -> Derivation:
        return _recurrent(cell, stacked, two_way, biases)

    return Family(cell.name, build, lambda g: (g["layers"] > 1, g["bidirectional"], g["biases"]), (False, False, 1))


rnn = _recurrent_family(RNN)
gru = _recurrent_family(GRU)
lstm = _recurrent_family(LSTM)

# ------------------------------------------------------------------------------------------------ the three compared


def _recurrent_cells(biases: int) -> Derivation:
    three = Derivation(
        "params.recurrent_cells",
        "Parameters of a simple recurrent layer, a GRU and an LSTM of the same size",
        "相同规模的简单循环层、GRU 与 LSTM 的参数量",
        d=INPUT_SIZE,
        h=HIDDEN_SIZE,
        biases=BIAS_VECTORS,
    )
    add_gate(three, biases)

    @three.step("$gate", symbol=r"N_\text{RNN}", zh="简单循环层：一个仿射变换", name="simple")
    def _(gate: int) -> int:
        """Simple recurrent layer: one affine map."""
        return gate

    @three.step("3 $simple", symbol=r"N_\text{GRU}", zh="GRU：更新门、重置门与候选状态", name="gru", final=True)
    def _(simple: int) -> int:
        """GRU: update gate, reset gate and candidate, each like a simple layer."""
        return 3 * simple

    @three.step("4 $simple", symbol=r"N_\text{LSTM}", zh="LSTM：遗忘门、输入门、输出门与候选状态", name="lstm")
    def _(simple: int) -> int:
        """LSTM: forget, input and output gate and candidate, each like a simple layer."""
        return 4 * simple

    @three.misconception("params/candidate-left-out", replaces="gru")
    def _(simple: int) -> int:
        return 2 * simple

    @three.misconception("params/candidate-left-out", replaces="lstm")
    def _(simple: int) -> int:
        return 3 * simple

    @three.misconception("params/gru-with-four-gates", replaces="gru")
    def _(simple: int) -> int:
        return 4 * simple

    @three.oracle
    def _(d: int, h: int, biases: int) -> dict[str, int]:
        import torch

        def counted(kind: Any, part: str = "") -> int:
            real = kind(d, h, bias=biases > 0, device="meta")
            return sum(p.numel() for name, p in real.named_parameters() if kept(name, biases) and part in name)

        return {
            "input_weights": counted(torch.nn.RNN, "weight_ih"),
            "recurrent_weights": counted(torch.nn.RNN, "weight_hh"),
            "gate_biases": counted(torch.nn.RNN, "bias"),
            "gate": counted(torch.nn.RNN),
            "simple": counted(torch.nn.RNN),
            "gru": counted(torch.nn.GRU),
            "lstm": counted(torch.nn.LSTM),
        }

    return three


recurrent_cells = Family("params.recurrent_cells", _recurrent_cells, lambda g: (g["biases"],), (1,))
