"""Networks designed for a receptive field: small kernels in place of a large one, and the kernel of the last layer."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer
from solvers.receptive_field.layers import declare_field
from solvers.receptive_field.measured import Layer, fewest, layers_of, measure
from solvers.receptive_field.stacks import WANTED
from solvers.trace import Undefined
from solvers.values import Value
from solvers.windows import DILATIONS, KERNELS, STRIDES

# --------------------------------------------------------------------------------------- one large kernel or a stack

versus_stack = Derivation(
    "receptive.versus_stack",
    "One large kernel compared with a stack of small ones that sees as much",
    "一个大卷积核与感受野相同的一组小卷积核的比较",
    K=integer("K", "size of the large kernel", "大卷积核的大小", least=2),
    k=integer("k", "size of the small kernels", "小卷积核的大小", default=3, least=2),
    c=integer("C", "channels, in and out", "通道数（输入输出相同）", least=1),
)


@versus_stack.step(r"\frac{$K - 1}{$k - 1}", symbol="L", zh="小卷积核的层数", name="layers")
def _stack_layers(K: int, k: int) -> int:
    """Layers of small kernels."""
    if (K - 1) % (k - 1):
        raise Undefined("no stack of these kernels sees just as much", "这种小卷积核无法恰好堆出相同的感受野")
    return (K - 1) // (k - 1)


@versus_stack.step(r"$K^2 \cdot $c^2", symbol=r"P_{\text{large}}", zh="大卷积核的权重数")
def large_weights(K: int, c: int) -> int:
    """Weights of the large kernel's layer, without biases."""
    return K**2 * c**2


@versus_stack.step(r"$layers \cdot $k^2 \cdot $c^2", symbol=r"P_{\text{stack}}", zh="一组小卷积核的权重数")
def stack_weights(layers: int, k: int, c: int) -> int:
    """Weights of the stack, without biases."""
    return layers * k**2 * c**2


@versus_stack.step(r"\frac{$stack_weights}{$large_weights}", symbol=r"\rho", zh="权重数之比")
def ratio(stack_weights: int, large_weights: int) -> Fraction:
    """Share of the large kernel's weights that the stack needs."""
    return Fraction(stack_weights, large_weights)


@versus_stack.convention("convention/with-bias", replaces="large_weights")
def _(K: int, c: int) -> int:
    return (K**2 * c + 1) * c


@versus_stack.convention("convention/with-bias", replaces="stack_weights")
def _(layers: int, k: int, c: int) -> int:
    return layers * (k**2 * c + 1) * c


@versus_stack.misconception("receptive/kernels-summed", replaces="layers")
def _(K: int, k: int) -> int:
    return max(K // k, 1)


@versus_stack.misconception("receptive/one-layer-counted", replaces="stack_weights")
def _(k: int, c: int) -> int:
    return k**2 * c**2


@versus_stack.misconception("receptive/channels-counted-once", replaces="large_weights")
def _(K: int, c: int) -> int:
    return K**2 * c


@versus_stack.misconception("receptive/channels-counted-once", replaces="stack_weights")
def _(layers: int, k: int, c: int) -> int:
    return layers * k**2 * c


@versus_stack.misconception("receptive/kernel-not-squared", replaces="large_weights")
def _(K: int, c: int) -> int:
    return K * c**2


@versus_stack.misconception("receptive/kernel-not-squared", replaces="stack_weights")
def _(layers: int, k: int, c: int) -> int:
    return layers * k * c**2


versus_stack.misconception("receptive/ratio-upside-down", replaces="ratio")(
    lambda stack_weights, large_weights: Fraction(large_weights, stack_weights)
)
versus_stack.misconception("receptive/excess-for-share", replaces="ratio")(
    lambda stack_weights, large_weights: Fraction(large_weights, stack_weights) - 1
)
versus_stack.misconception("receptive/saving-for-share", replaces="ratio")(
    lambda stack_weights, large_weights: 1 - Fraction(stack_weights, large_weights)
)


@versus_stack.oracle
def _(K: int, k: int, c: int) -> dict[str, Value]:
    import torch

    count = fewest(lambda layers: [Layer(k)] * layers, K)
    large = torch.nn.Conv2d(c, c, K, bias=False, device="meta").weight.numel()
    small = count * torch.nn.Conv2d(c, c, k, bias=False, device="meta").weight.numel()
    return {"layers": count, "large_weights": large, "stack_weights": small, "ratio": small / large}


# ---------------------------------------------------------------------------------------------- the last layer's kernel


def _last_kernel(layers: int) -> Derivation:
    derivation = Derivation(
        "receptive.last_kernel",
        "Smallest kernel of one more layer that reaches a wanted receptive field",
        "再加一层达到期望感受野所需的最小卷积核",
        k=KERNELS,
        s=STRIDES,
        d=DILATIONS,
        R=WANTED,
    )
    for layer in range(layers):
        declare_field(derivation, layer)
    field, jump = f"field_{layers}", f"jump_{layers}"

    @derivation.step(
        r"\left\lceil \frac{\max\left($R - $field, 0\right)}{$jump} \right\rceil + 1",
        symbol=f"k_{{{layers + 1}}}",
        zh="新增一层的卷积核大小",
        name="kernel",
        field=field,
        jump=jump,
    )
    def _(R: int, field: int, jump: int) -> int:
        """Kernel size of the added layer."""
        return -(-max(R - field, 0) // jump) + 1

    @derivation.misconception("receptive/no-plus-one", replaces="kernel", field=field, jump=jump)
    def _(R: int, field: int, jump: int) -> int:
        return -(-max(R - field, 0) // jump)

    @derivation.misconception("receptive/jump-left-out", replaces="kernel", field=field)
    def _(R: int, field: int) -> int:
        return max(R - field, 0) + 1

    @derivation.misconception("receptive/whole-field-divided", replaces="kernel", jump=jump)
    def _(R: int, jump: int) -> int:
        return -(-R // jump)

    @derivation.oracle
    def _(k: Value, s: Value, d: Value, R: int) -> dict[str, int]:
        network = layers_of(k, s, d)
        found: dict[str, int] = {}
        for depth in range(1, len(network) + 1):
            seen = measure(network[:depth])
            if seen is None:
                return found
            found |= {f"field_{depth}": seen.field, f"jump_{depth}": seen.jump}
        kernel = fewest(lambda size: [*network, Layer(max(size, 1))], R)
        return found | {"kernel": max(kernel, 1)}

    return derivation


def _layers(givens: Mapping[str, Value]) -> tuple[int]:
    return (len(givens["k"]),)


last_kernel = Family("receptive.last_kernel", _last_kernel, _layers, (2,))
