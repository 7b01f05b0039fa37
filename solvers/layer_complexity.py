"""What self-attention, recurrent and convolutional layers cost on a sequence (Vaswani et al., 2017, table 1).

Counts are those of the table's leading terms: multiplications in the scores of attention, in the recurrent weights, in the
kernels; all widths are d and there is one output per position. Path lengths are exact numbers of layers or steps.
"""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.givens import integer
from solvers.rules import times
from solvers.values import Number

LENGTH = integer("L", "length of the sequence", "序列长度", least=1)
WIDTH = integer("d", "width of the layer", "维数", least=1)
KERNEL = integer("k", "kernel size", "卷积核大小", least=2, default=3)


def _dilated(L: int, k: int) -> int:
    """How often a field of 1 has to be multiplied by k until it covers the sequence."""
    layers, field = 0, 1
    while field < L:
        layers, field = layers + 1, field * k
    return layers


# ------------------------------------------------------------------------------------------------------------- costs

costs = Derivation(
    "complexity.costs",
    "Multiplications of a self-attention, a recurrent and a convolutional layer on one sequence (leading terms)",
    "自注意力层、循环层与卷积层处理一个序列的乘法次数（主项）",
    L=LENGTH,
    d=WIDTH,
    k=KERNEL,
    r=integer("r", "neighbours that restricted self-attention looks at", "受限自注意力的邻域大小", least=1, default=1),
)


@costs.step("$L^2 $d", symbol=r"N_\text{attn}", zh="自注意力（得分）的乘法次数")
def self_attention(L: int, d: int) -> int:
    """Self-attention: every token's scores with every token."""
    return L * L * d


@costs.step("$L $d^2", symbol=r"N_\text{rec}", zh="循环层（循环权重）的乘法次数")
def recurrent(L: int, d: int) -> int:
    """Recurrent layer: one product with the recurrent weights per time step."""
    return L * d * d


@costs.step("$k $L $d^2", symbol=r"N_\text{conv}", zh="卷积层的乘法次数")
def convolution(k: int, L: int, d: int) -> int:
    """Convolutional layer: k weight matrices per position."""
    return k * L * d * d


@costs.step("$r $L $d", symbol=r"N_\text{restr}", zh="受限自注意力的乘法次数", final=True)
def restricted(r: int, L: int, d: int) -> int:
    """Self-attention restricted to r neighbours."""
    return r * L * d


@costs.step(
    r"\frac{$self_attention}{$recurrent}",
    symbol=r"\frac{N_\text{attn}}{N_\text{rec}}",
    zh="自注意力与循环层之比",
    final=True,
)
def against_recurrent(self_attention: int, recurrent: int) -> Number:
    """Self-attention against the recurrent layer."""
    return divided(self_attention, recurrent)


@costs.step(
    r"\frac{$convolution}{$self_attention}",
    symbol=r"\frac{N_\text{conv}}{N_\text{attn}}",
    zh="卷积层与自注意力之比",
)
def against_attention(convolution: int, self_attention: int) -> Number:
    """Convolution against self-attention."""
    return divided(convolution, self_attention)


for _name, _rule in (
    ("self_attention", self_attention),
    ("recurrent", recurrent),
    ("convolution", convolution),
    ("restricted", restricted),
):
    costs.convention("convention/additions-counted", replaces=_name)(times(2, _rule))


costs.misconception("complexity/path-for-cost", replaces="self_attention")(lambda: 1)
costs.misconception("complexity/path-for-cost", replaces="recurrent")(lambda L: L)
costs.misconception("complexity/path-for-cost", replaces="convolution")(_dilated)
costs.misconception("complexity/path-for-cost", replaces="restricted")(lambda L, r: -(-L // r))


costs.misconception("complexity/ratio-upside-down", replaces="against_recurrent")(
    lambda self_attention, recurrent: divided(recurrent, self_attention)
)
costs.misconception("complexity/ratio-upside-down", replaces="against_attention")(
    lambda convolution, self_attention: divided(self_attention, convolution)
)


@costs.misconception("complexity/attention-linear", replaces="self_attention")
def _(L: int, d: int) -> int:
    return L * d


@costs.misconception("complexity/width-uncounted", replaces="self_attention")
def _pairs(L: int) -> int:
    return L * L


@costs.misconception("complexity/width-uncounted", replaces="recurrent")
def _steps(L: int, d: int) -> int:
    return L * d


costs.misconception("complexity/neighbours-uncounted", replaces="restricted")(lambda L, d: L * d)
costs.misconception("complexity/width-uncounted", replaces="restricted")(lambda r, L: r * L)


@costs.misconception("complexity/squares-exchanged", replaces="self_attention")
def _attention(L: int, d: int) -> int:
    return L * d * d


@costs.misconception("complexity/squares-exchanged", replaces="recurrent")
def _recurrent(L: int, d: int) -> int:
    return L * L * d


@costs.misconception("complexity/kernel-uncounted", replaces="convolution")
def _convolution(L: int, d: int) -> int:
    return L * d * d


@costs.misconception("complexity/channels-uncounted", replaces="convolution")
def _depthwise(k: int, L: int, d: int) -> int:
    return k * L * d


@costs.oracle
def _costs(L: int, d: int, k: int, r: int) -> dict[str, Any]:
    """PyTorch's own count of the operations of real layers, a multiplication and an addition each."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    def multiplications(work: Any) -> int:
        with FlopCounterMode(display=False) as counter:
            work()
        return int(counter.get_total_flops()) // 2

    x = torch.empty(L, d, device="meta")
    weights = torch.nn.Linear(d, d, bias=False, device="meta")
    kernel = torch.nn.Conv1d(d, d, k, bias=False, device="meta")
    padded = torch.empty(1, d, L + k - 1, device="meta")
    neighbours = torch.empty(L, d, r, device="meta")
    found = {
        "self_attention": multiplications(lambda: x @ x.mT),
        "recurrent": L * multiplications(lambda: weights(x[:1])),
        "convolution": multiplications(lambda: kernel(padded)),
        "restricted": multiplications(lambda: torch.bmm(x[:, None], neighbours)),
    }
    return {
        **found,
        "against_recurrent": found["self_attention"] / found["recurrent"],
        "against_attention": found["convolution"] / found["self_attention"],
    }


# ------------------------------------------------------------------------------------------------------------- paths

paths = Derivation(
    "complexity.paths",
    "Steps or layers until the last token of a sequence has seen the first",
    "序列的最后一个词元看到第一个词元所需的步数或层数",
    L=integer("L", "length of the sequence", "序列长度", least=2, most=20_000),
    k=KERNEL,
)


@paths.step("1", symbol=r"P_\text{attn}", zh="自注意力的层数", final=True)
def attention_layers() -> int:
    """Layers of self-attention."""
    return 1


@paths.step("$L - 1", symbol=r"P_\text{rec}", zh="循环层的步数", final=True)
def recurrent_steps(L: int) -> int:
    """Recurrent steps between the two."""
    return L - 1


@paths.step(
    r"\left\lceil \frac{$L - 1}{$k - 1} \right\rceil",
    symbol=r"P_\text{conv}",
    zh="普通卷积的层数（步幅为 1）",
    final=True,
)
def convolution_layers(L: int, k: int) -> int:
    """Layers of ordinary convolution (stride 1), each of which adds k - 1 positions."""
    return -((1 - L) // (k - 1))


@paths.step(
    r"\left\lceil \log_{$k}\left($L\right) \right\rceil",
    symbol=r"P_\text{dil}",
    zh="空洞卷积的层数（膨胀率依次为 1、k、k²…）",
)
def dilated_layers(L: int, k: int) -> int:
    """Layers of dilated convolution with dilations 1, k, k^2 …, each of which multiplies the receptive field by k."""
    return _dilated(L, k)


@paths.misconception("complexity/path-logarithmic-anyway", replaces="convolution_layers")
def _logarithmic(dilated_layers: int) -> int:
    return dilated_layers


@paths.misconception("complexity/field-grows-by-kernel", replaces="convolution_layers")
def _by_kernel(L: int, k: int) -> int:
    return -(-L // k)


@paths.misconception("complexity/path-linear-anyway", replaces="dilated_layers")
def _linear(convolution_layers: int) -> int:
    return convolution_layers


paths.misconception("complexity/doubling-for-kernel", replaces="dilated_layers")(lambda L: (L - 1).bit_length())
paths.misconception("complexity/steps-as-positions", replaces="recurrent_steps")(lambda L: L)


@paths.misconception("complexity/layers-rounded-down", replaces="dilated_layers")
def _rounded(L: int, k: int) -> int:
    layers, field = 0, k
    while field <= L:
        layers, field = layers + 1, field * k
    return layers


@paths.oracle
def _paths(L: int, k: int) -> dict[str, int]:
    """Spreads an impulse at the first position through layers of ones until it reaches the last."""
    import torch

    def layers(dilated: bool) -> int:
        reached, count, dilation = torch.zeros(1, 1, L), 0, 1
        reached[..., 0] = 1
        while reached[..., -1] == 0:
            padded = torch.nn.functional.pad(reached, ((k - 1) * dilation, 0))
            reached = torch.nn.functional.conv1d(padded, torch.ones(1, 1, k), dilation=dilation).clamp(max=1)
            count, dilation = count + 1, dilation * k if dilated else 1
        return count

    steps = torch.arange(L).diff()
    seen = torch.ones(L, L)[-1, 0]
    return {
        "attention_layers": int(seen),
        "recurrent_steps": int(steps.sum()),
        "convolution_layers": layers(dilated=False),
        "dilated_layers": layers(dilated=True),
    }
