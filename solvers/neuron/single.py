"""One unit: a neuron with any activation, the McCulloch-Pitts unit, and the bias that makes a unit count."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, number, vector
from solvers.neuron.functions import FUNCTIONS, activation_given, add_activation, cleaned, torch_activation
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector

INPUTS = vector("x", "inputs", "输入", axes=("d",))
WEIGHTS = vector("w", "weights", "权重", axes=("d",))
BIAS = number("b", "bias", "偏置", default=0)


def _output(activation: str) -> Derivation:
    d = Derivation(
        "neuron.output",
        "Output of one neuron: weighted sum, bias, activation",
        "单个神经元的输出：加权和、偏置与激活函数",
        x=INPUTS,
        w=WEIGHTS,
        b=BIAS,
        activation=activation_given("threshold"),
    )

    @d.step(r"$w^\top $x", symbol="u", zh="输入的加权和")
    def weighted_sum(w: Vector, x: Vector) -> Number:
        """Weighted sum of the inputs."""
        return w @ x

    @d.step("$weighted_sum + $b", symbol="v", zh="净输入：加权和加偏置")
    def net_input(weighted_sum: Number, b: Number) -> Number:
        """Net input: the weighted sum with the bias."""
        return weighted_sum + b

    add_activation(d, activation, "output", "net_input", "o", "Output of the neuron", "神经元的输出")
    d.misconception("neuron/bias-forgotten", replaces="net_input")(lambda weighted_sum: weighted_sum)
    d.misconception("neuron/bias-behind-activation", replaces="output")(
        lambda weighted_sum, b, activation: FUNCTIONS[activation](weighted_sum) + b
    )
    d.misconception("neuron/bias-subtracted", replaces="net_input")(lambda weighted_sum, b: weighted_sum - b)

    @d.misconception("neuron/inputs-added", replaces="weighted_sum")
    def _(x: Vector) -> Number:
        return sum(x)

    @d.misconception("neuron/weights-added", replaces="weighted_sum")
    def _(w: Vector, x: Vector) -> Number:
        return sum(w) + sum(x)

    @d.oracle
    def _(x: Vector, w: Vector, b: Number, activation: str) -> dict[str, Any]:
        import torch

        x_, w_, b_ = torch_tensor(x), torch_tensor(w).unsqueeze(0), torch_tensor(b).reshape(1)
        v = torch.nn.functional.linear(x_, w_, b_)
        exact = v if activation in ("sigmoid", "tanh", "bipolar_sigmoid") else cleaned(v)
        return {
            "weighted_sum": torch.nn.functional.linear(x_, w_).item(),
            "net_input": v.item(),
            "output": torch_activation(exact, activation).item(),
        }

    return d


output = Family("neuron.output", _output, lambda givens: (givens["activation"],), smallest=("threshold",))

# ---------------------------------------- the unit of 1943: threshold, inhibition

mp_unit = Derivation(
    "neuron.mp_unit",
    "McCulloch-Pitts unit: fires when the weighted sum reaches its threshold and nothing inhibits it",
    "M-P 神经元：加权和达到阈值且无抑制性输入时兴奋",
    x=vector("x", "inputs", "输入", axes=("d",)),
    w=vector("w", "weights (1 by default)", "权重（默认为 1）", axes=("d",), default=1),
    theta=number(r"\theta", "threshold", "阈值"),
    inhibitory=vector(
        "h", "inhibitory inputs: any that is on silences the unit", "抑制性输入：任一为 1 则神经元不兴奋", default=[0]
    ),
)


@mp_unit.step(r"$w^\top $x", symbol="u", zh="兴奋性输入的加权和")
def excitation(w: Vector, x: Vector) -> Number:
    """Weighted sum of the excitatory inputs."""
    return w @ x


@mp_unit.step(r"$excitation - $theta", symbol="v", zh="加权和超出阈值的量")
def margin(excitation: Number, theta: Number) -> Number:
    """By how much the sum exceeds the threshold."""
    return excitation - theta


@mp_unit.step(
    r"\mathbf{1}\left[$margin \ge 0\right] \cdot \left(1 - \max\left($inhibitory\right)\right)", symbol="o", zh="输出"
)
def fired(margin: Number, inhibitory: Vector) -> int:
    """Output: 1 if the unit fires."""
    return 1 if margin >= 0 and not any(inhibitory) else 0


mp_unit.misconception("neuron/threshold-added", replaces="margin")(lambda excitation, theta: excitation + theta)


@mp_unit.misconception("neuron/inhibition-ignored", replaces="fired")
def _(margin: Number) -> int:
    return 1 if margin >= 0 else 0


@mp_unit.misconception("neuron/silent-at-zero", replaces="fired")
def _(margin: Number, inhibitory: Vector) -> int:
    return 1 if margin > 0 and not any(inhibitory) else 0


@mp_unit.misconception("neuron/threshold-inverted", replaces="fired")
def _(margin: Number, inhibitory: Vector) -> int:
    return 1 if margin <= 0 and not any(inhibitory) else 0


@mp_unit.oracle
def _(x: Vector, w: Vector, theta: Number, inhibitory: Vector) -> dict[str, Any]:
    import torch

    total = torch.dot(torch_tensor(w), torch_tensor(x))
    above = cleaned(total - torch_tensor(theta))
    silent = torch_tensor(inhibitory).any()
    return {
        "excitation": total.item(),
        "margin": above.item(),
        "fired": int(torch.heaviside(above, torch.ones_like(above)).masked_fill(silent, 0.0).item()),
    }


# ---------------------------------------- which bias makes a unit count?

at_least = Derivation(
    "neuron.at_least",
    "Bias with which a threshold unit fires when at least k of n equal inputs are on",
    "阈值单元在 n 个等权输入中至少 k 个为 1 时兴奋所需的偏置",
    n=integer("n", "inputs, each 0 or 1", "输入个数（每个为 0 或 1）", least=1),
    k=integer("k", "inputs that must be on", "至少须为 1 的输入个数", least=1),
    w=number("w", "weight of every input", "每个输入的权重", default=1),
)


@at_least.step("$k $w", symbol="u_k", zh="恰有 k 个输入为 1 时的加权和")
def enough(n: int, k: int, w: Number) -> Number:
    """Weighted sum with k inputs on, at which the unit must fire."""
    if w <= 0 or k > n:
        raise Undefined("the weight must be positive and k at most n", "权重须为正，且 k 不超过 n")
    return k * w


@at_least.step(r"\left($k - 1\right) $w", symbol="u_{k-1}", zh="只有 k - 1 个输入为 1 时的加权和")
def too_few(k: int, w: Number) -> Number:
    """Weighted sum with one input fewer, at which it must not."""
    return (k - 1) * w


@at_least.step("-$enough", symbol=r"b_{\min}", zh="偏置的最小值（可取到）", final=True)
def smallest_bias(enough: Number) -> Number:
    """Smallest bias, with which the net input is just 0."""
    return -enough


@at_least.step("-$too_few", symbol=r"b_{\sup}", zh="偏置的上界（不可取到）", final=True)
def bias_bound(too_few: Number) -> Number:
    """Bound below which the bias must stay."""
    return -too_few


@at_least.step(r"-\frac{$enough + $too_few}{2}", symbol=r"b^*", zh="两界正中的偏置")
def middle_bias(enough: Number, too_few: Number) -> Number:
    """Bias half-way between the two."""
    return -Fraction(enough + too_few) / 2 if isinstance(enough + too_few, (int, Fraction)) else -(enough + too_few) / 2


at_least.misconception("neuron/threshold-as-bias", replaces="smallest_bias")(lambda enough: enough)
at_least.misconception("neuron/threshold-as-bias", replaces="bias_bound")(lambda too_few: too_few)
at_least.misconception("neuron/threshold-as-bias", replaces="middle_bias")(lambda k, w: (2 * k - 1) * w / Fraction(2))
at_least.misconception("neuron/one-input-too-many", replaces="enough")(lambda k, w: (k + 1) * w)
at_least.misconception("neuron/one-input-too-many", replaces="too_few")(lambda k, w: k * w)
at_least.misconception("neuron/weight-left-out", replaces="enough")(lambda k: k)
at_least.misconception("neuron/weight-left-out", replaces="too_few")(lambda k: k - 1)


@at_least.oracle
def _(n: int, k: int, w: Number) -> dict[str, Any]:
    import torch

    sums = torch.cumsum(torch.full((n,), float(w), dtype=torch.float64), 0)
    padded = torch.nn.functional.pad(sums, (1, 0))
    return {
        "enough": padded[k].item(),
        "too_few": padded[k - 1].item(),
        "smallest_bias": -padded[k].item(),
        "bias_bound": -padded[k - 1].item(),
        "middle_bias": -padded[k - 1 : k + 1].mean().item(),
    }
