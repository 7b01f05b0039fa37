"""Stacks of like layers: equal ones, strided ones, and ones whose dilation doubles; their fields, and how many are needed."""

from __future__ import annotations

from fractions import Fraction

from solvers.derivation import Derivation
from solvers.givens import integer
from solvers.receptive_field.measured import Layer, fewest, field_of
from solvers.trace import Undefined
from solvers.windows import DILATION, span

KERNEL = integer("k", "kernel size of every layer", "每层的卷积核大小", least=2)
LAYERS = integer("L", "number of layers", "层数", least=1, most=200)
WANTED = integer("R", "wanted receptive field", "期望的感受野", least=1)

# -------------------------------------------------------------------------------------------------------- equal layers

equal_layers = Derivation(
    "receptive.equal_layers",
    "Receptive field of equal layers with stride 1",
    "若干相同层（步幅 1）的感受野",
    k=KERNEL,
    L=LAYERS,
    d=DILATION,
)


@equal_layers.step(r"1 + $L \cdot $d($k - 1)", symbol="r", zh="感受野")
def field(L: int, d: int, k: int) -> int:
    """Receptive field: every layer adds d(k - 1)."""
    return 1 + L * d * (k - 1)


@equal_layers.misconception("receptive/kernels-summed", replaces="field")
def _(L: int, k: int) -> int:
    return L * k


@equal_layers.misconception("receptive/kernels-multiplied", replaces="field")
def _(L: int, k: int) -> int:
    return k**L


@equal_layers.misconception("receptive/kernel-times-dilation", replaces="field")
def _(L: int, d: int, k: int) -> int:
    return 1 + L * d * k


@equal_layers.misconception("receptive/ignored-dilation", replaces="field")
def _(L: int, k: int) -> int:
    return 1 + L * (k - 1)


@equal_layers.misconception("receptive/layer-too-many", replaces="field")
def _(L: int, d: int, k: int) -> int:
    return 1 + (L + 1) * d * (k - 1)


equal_layers.misconception("receptive/layer-too-few", replaces="field")(lambda L, d, k: 1 + (L - 1) * d * (k - 1))
equal_layers.misconception("receptive/itself-not-counted", replaces="field")(lambda L, d, k: L * d * (k - 1))
equal_layers.misconception("receptive/spans-added-up", replaces="field")(lambda L, d, k: L * span(k, d))


@equal_layers.oracle
def _(k: int, L: int, d: int) -> dict[str, int]:
    return {"field": field_of([Layer(k, d=d)] * L)}


strided_layers = Derivation(
    "receptive.strided_layers",
    "Receptive field of equal layers with a stride above 1",
    "若干相同层（步幅大于 1）的感受野",
    k=KERNEL,
    s=integer("s", "stride of every layer", "每层的步幅", least=2),
    L=LAYERS,
)


@strided_layers.step(r"\frac{$s^{$L} - 1}{$s - 1}", symbol="J", zh="各层之前间距之和")
def jump_sum(s: int, L: int) -> int:
    """Sum of the jumps before each layer, a geometric series."""
    return int((s**L - 1) // (s - 1))


@strided_layers.step(r"1 + ($k - 1)$jump_sum", symbol="r", zh="感受野", name="field")
def _strided_field(k: int, jump_sum: int) -> int:
    """Receptive field."""
    return 1 + (k - 1) * jump_sum


@strided_layers.misconception("receptive/strides-ignored", replaces="jump_sum")
def _(L: int) -> int:
    return L


@strided_layers.misconception("receptive/strides-not-multiplied", replaces="jump_sum")
def _(s: int, L: int) -> int:
    return 1 + (L - 1) * s


@strided_layers.misconception("receptive/own-stride-counted", replaces="jump_sum")
def _(s: int, L: int) -> int:
    return int(s * (s**L - 1) // (s - 1))


@strided_layers.misconception("receptive/padding-subtracted", replaces="field")
def _(k: int, s: int, L: int) -> int:
    return (1 + (L - 1) * s) * k


strided_layers.misconception("receptive/layer-too-few", replaces="jump_sum")(
    lambda s, L: int((s ** (L - 1) - 1) // (s - 1))
)
strided_layers.misconception("receptive/layer-too-many", replaces="jump_sum")(
    lambda s, L: int((s ** (L + 1) - 1) // (s - 1))
)
strided_layers.misconception("receptive/kernels-multiplied", replaces="field")(lambda k, L: k**L)
strided_layers.misconception("receptive/kernels-summed", replaces="field")(lambda k, L: k * L)
strided_layers.misconception("receptive/jump-for-field", replaces="field")(lambda s, L: s**L)
strided_layers.misconception("receptive/itself-not-counted", replaces="field")(lambda k, jump_sum: (k - 1) * jump_sum)
strided_layers.misconception("receptive/whole-kernels-times-jumps", replaces="field")(lambda k, jump_sum: k * jump_sum)


@strided_layers.oracle
def _(k: int, s: int, L: int) -> dict[str, int]:
    fields = {"field": field_of([Layer(k, s)] * L)}
    # With kernels of two taps, each layer adds just the jump before it.
    return fields | {"jump_sum": field_of([Layer(2, s)] * L) - 1}


layers_needed = Derivation(
    "receptive.layers_needed",
    "Equal layers with stride 1 needed for a wanted receptive field",
    "达到期望感受野所需的相同层数（步幅 1）",
    k=KERNEL,
    d=DILATION,
    R=WANTED,
)


@layers_needed.step(r"$d($k - 1)", symbol="g", zh="每层增加的感受野")
def growth(k: int, d: int) -> int:
    """What each layer adds to the field."""
    return d * (k - 1)


@layers_needed.step(r"\left\lceil \frac{$R - 1}{$growth} \right\rceil", symbol="L", zh="所需层数")
def layers(R: int, growth: int) -> int:
    """Layers needed."""
    return -(-(R - 1) // growth)


@layers_needed.step(r"1 + $layers \cdot $growth", symbol="r", zh="实际达到的感受野", name="field")
def _reached(layers: int, growth: int) -> int:
    """Field that they reach."""
    return 1 + layers * growth


@layers_needed.misconception("receptive/kernels-summed", replaces="layers")
def _(R: int, k: int) -> int:
    return -(-R // k)


@layers_needed.misconception("receptive/kernel-times-dilation", replaces="growth")
def _(k: int, d: int) -> int:
    return d * k


@layers_needed.misconception("receptive/ignored-dilation", replaces="growth")
def _(k: int) -> int:
    return k - 1


@layers_needed.misconception("receptive/rounded-down", replaces="layers")
def _(R: int, growth: int) -> int:
    return (R - 1) // growth


layers_needed.misconception("receptive/itself-not-counted", replaces="layers")(lambda R, growth: -(-R // growth))


@layers_needed.misconception("receptive/layer-too-many", replaces="layers")
def _(R: int, growth: int) -> int:
    return -(-(R - 1) // growth) + 1


@layers_needed.oracle
def _(k: int, d: int, R: int) -> dict[str, int]:
    count = fewest(lambda layers: [Layer(k, d=d)] * layers, R)
    reached = field_of([Layer(k, d=d)] * count)
    return {"growth": field_of([Layer(k, d=d)]) - 1, "layers": count, "field": reached}


# -------------------------------------------------------------------------------------------- dilations that double

MOST_DOUBLINGS = 30
PER_BLOCK = integer("L", "layers in a block", "每个模块的层数", least=1, most=MOST_DOUBLINGS)

dilated_stack = Derivation(
    "receptive.dilated_stack",
    "Receptive field of layers whose dilation doubles (1, 2, 4, ...), block after block",
    "膨胀率逐层加倍（1, 2, 4, …）的若干模块的感受野",
    k=KERNEL,
    L=PER_BLOCK,
    B=integer("B", "number of blocks", "模块数", default=1, least=1),
    k_0=integer(
        "k_0",
        "kernel size of a plain first layer (1: none)",
        "首个普通卷积层的核大小（1 表示没有）",
        default=1,
        least=1,
    ),
)


@dilated_stack.step(r"2^{$L - 1}", symbol=r"d_{\max}", zh="每个模块最后一层的膨胀率", final=True)
def largest_dilation(L: int) -> int:
    """Dilation of a block's last layer."""
    return int(2 ** (L - 1))


@dilated_stack.step(r"$B \cdot \left(2^{$L} - 1\right)", symbol="D", zh="所有层膨胀率之和")
def dilation_sum(L: int, B: int) -> int:
    """Sum of all the dilations."""
    return int(B * (2**L - 1))


@dilated_stack.step(r"$k_0 + ($k - 1)$dilation_sum", symbol="r", zh="感受野", name="field")
def _dilated_field(k_0: int, k: int, dilation_sum: int) -> int:
    """Receptive field."""
    return k_0 + (k - 1) * dilation_sum


@dilated_stack.misconception("receptive/ignored-dilation", replaces="dilation_sum")
def _(L: int, B: int) -> int:
    return B * L


@dilated_stack.misconception("receptive/last-dilation-only", replaces="dilation_sum")
def _(L: int, B: int) -> int:
    return int(B * 2 ** (L - 1))


@dilated_stack.misconception("receptive/doubled-too-soon", replaces="dilation_sum")
def _(L: int, B: int) -> int:
    return int(B * (2 ** (L + 1) - 2))


@dilated_stack.misconception("receptive/doubled-too-soon", replaces="largest_dilation")
def _(L: int) -> int:
    return int(2**L)


@dilated_stack.misconception("receptive/doubling-not-begun-again", replaces="dilation_sum")
def _(L: int, B: int) -> int:
    if L * B > MOST_DOUBLINGS:
        raise Undefined("the dilation doubles beyond all measure", "膨胀率加倍的次数过多")
    return int(2 ** (L * B) - 1)


dilated_stack.misconception("receptive/power-of-two", replaces="field")(lambda L, B: int(B * 2**L))
dilated_stack.misconception("receptive/kernels-summed", replaces="field")(lambda k, L, B: B * L * k)


@dilated_stack.misconception("receptive/blocks-multiplied", replaces="field")
def _(k_0: int, k: int, L: int, B: int) -> int:
    return int(B * (k_0 + (k - 1) * (2**L - 1)))


@dilated_stack.misconception("receptive/spans-summed", replaces="field")
def _(k_0: int, k: int, L: int, B: int, dilation_sum: int) -> int:
    return k_0 + (k - 1) * dilation_sum + B * L


@dilated_stack.misconception("receptive/itself-not-counted", replaces="field")
def _(k_0: int, k: int, dilation_sum: int) -> int:
    return k_0 - 1 + (k - 1) * dilation_sum


@dilated_stack.misconception("receptive/kernel-times-dilation", replaces="field")
def _(k_0: int, k: int, dilation_sum: int) -> int:
    return k_0 + k * dilation_sum


@dilated_stack.misconception("receptive/last-span-per-block", replaces="field")
def _(k: int, L: int, B: int) -> int:
    return int(B * k * 2 ** (L - 1))


@dilated_stack.misconception("receptive/plain-layer-added", replaces="field")
def _(k_0: int, k: int, dilation_sum: int) -> int:
    return k_0 + (k - 1) * (dilation_sum + 1)


@dilated_stack.misconception("receptive/blocks-of-powers", replaces="field")
def _(L: int, B: int) -> int:
    return int(B * 2 ** (L + 1))


@dilated_stack.oracle
def _(k: int, L: int, B: int, k_0: int) -> dict[str, int]:
    dilations = [2**layer for layer in range(L)] * B
    return {
        "largest_dilation": max(dilations),
        "dilation_sum": field_of([Layer(2, d=d) for d in dilations]) - 1,
        "field": field_of([Layer(k_0), *(Layer(k, d=d) for d in dilations)]),
    }


dilated_layers = Derivation(
    "receptive.dilated_layers",
    "Layers with doubling dilation needed for a wanted receptive field",
    "膨胀率逐层加倍时达到期望感受野所需的层数",
    k=KERNEL,
    R=WANTED,
)


@dilated_layers.step(r"\frac{$R - 1}{$k - 1} + 1", symbol="q", zh="2 的幂至少要达到的值")
def power(R: int, k: int) -> Fraction:
    """What the power of two must reach."""
    return Fraction(R - 1, k - 1) + 1


@dilated_layers.step(r"\left\lceil \log_2\left($power\right) \right\rceil", symbol="L", zh="所需层数", name="layers")
def _dilated_layers(power: Fraction) -> int:
    """Layers needed."""
    count = 0
    while 2**count < power:
        count += 1
    return count


@dilated_layers.step(r"1 + ($k - 1)\left(2^{$layers} - 1\right)", symbol="r", zh="实际达到的感受野", name="field")
def _dilated_reached(k: int, layers: int) -> int:
    """Field that they reach."""
    if layers > MOST_DOUBLINGS:
        raise Undefined("the dilation doubles beyond all measure", "膨胀率加倍的次数过多")
    return int(1 + (k - 1) * (2**layers - 1))


@dilated_layers.misconception("receptive/ignored-dilation", replaces="layers")
def _(R: int, k: int) -> int:
    return -(-(R - 1) // (k - 1))


@dilated_layers.misconception("receptive/kernel-times-dilation", replaces="field")
def _(k: int, layers: int) -> int:
    return int(1 + k * (2**layers - 1))


@dilated_layers.misconception("receptive/ignored-dilation", replaces="field")
def _(k: int, layers: int) -> int:
    return 1 + layers * (k - 1)


@dilated_layers.misconception("receptive/rounded-down", replaces="layers")
def _(power: Fraction) -> int:
    count = 0
    while 2 ** (count + 1) <= power:
        count += 1
    return count


@dilated_layers.misconception("receptive/layer-too-many", replaces="layers")
def _(power: Fraction) -> int:
    count = 1
    while 2 ** (count - 1) < power:
        count += 1
    return count


@dilated_layers.oracle
def _(k: int, R: int) -> dict[str, int]:
    stack: list[Layer] = []  # one by one: twice the layers would mean the square of the field
    while (reached := field_of(stack)) < R:
        stack.append(Layer(k, d=2 ** len(stack)))
    return {"layers": len(stack), "field": reached}
