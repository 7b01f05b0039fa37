"""Initialisation: variance rules, how variance passes through a layer, equal weights, an LSTM's forget bias."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import sigmoid, sqrt
from solvers.givens import Given, integer, number, vector, word
from solvers.oracles import torch_tensor
from solvers.rules import times
from solvers.values import Number, Vector

FANS: dict[str, Given] = {
    "n_in": integer(r"n_{\text{in}}", "inputs of a unit (fan-in)", "单元的输入数（扇入）", least=1),
    "n_out": integer(r"n_{\text{out}}", "outputs (fan-out)", "输出数（扇出）", least=1),
}


def _root(variance: Number) -> Number:
    return sqrt(variance)


def _add_spread(d: Derivation) -> None:
    """Declares standard deviation and uniform bound that belong to the step `variance`."""
    d.step(
        r"\sqrt{$variance}",
        symbol=r"\sigma",
        zh="标准差（正态分布）",
        en="Standard deviation, for normal weights",
        name="std",
        final=True,
    )(_root)
    d.step(
        r"\sqrt{3 $variance}",
        symbol="r",
        zh="均匀分布的边界",
        en="Bound of uniform weights between -r and r",
        name="bound",
    )(lambda variance: sqrt(3 * variance))
    d.misconception("init/variance-for-deviation", replaces="std")(lambda variance: variance)
    d.misconception("init/bound-for-deviation", replaces="std")(lambda variance: sqrt(3 * variance))
    d.misconception("init/deviation-for-bound", replaces="bound")(_root)
    d.misconception("init/six-for-three", replaces="bound")(lambda variance: sqrt(6 * variance))
    d.misconception("init/bound-without-root", replaces="bound")(lambda variance: 3 * variance)


# ----------------------------------------------------------------------------------------------------------- Xavier

xavier = Derivation(
    "init.xavier",
    "Xavier (Glorot) initialisation: variance, standard deviation and uniform bound",
    "Xavier（Glorot）初始化：方差、标准差与均匀分布的边界",
    **FANS,
    gain=number(
        "a",
        "gain (1 for linear and sigmoid, 5/3 for tanh in PyTorch)",
        "增益（PyTorch 中线性与 sigmoid 为 1，tanh 为 5/3）",
        default=1,
    ),
)


@xavier.step(r"{$gain}^2 \cdot \frac{2}{$n_in + $n_out}", symbol=r"\sigma^2", zh="权重的方差")
def variance(gain: Number, n_in: int, n_out: int) -> Number:
    """Variance of the weights."""
    return gain * gain * Fraction(2, n_in + n_out)


_add_spread(xavier)


@xavier.convention("convention/fan-in-only", replaces="variance")
def _(gain: Number, n_in: int) -> Number:
    return gain * gain * Fraction(1, n_in)


@xavier.misconception("init/bracket-forgotten", replaces="variance")
def _(gain: Number, n_in: int, n_out: int) -> Number:
    return gain * gain * (Fraction(2, n_in) + n_out)


@xavier.misconception("init/two-for-one", replaces="variance")
def _(gain: Number, n_in: int, n_out: int) -> Number:
    return gain * gain * Fraction(1, n_in + n_out)


@xavier.misconception("init/three-for-two", replaces="variance")
def _(gain: Number, n_in: int, n_out: int) -> Number:
    return gain * gain * Fraction(3, n_in + n_out)


xavier.misconception("init/fan-out-only", replaces="variance")(lambda gain, n_out: gain * gain * Fraction(1, n_out))
xavier.misconception("init/fans-multiplied", replaces="variance")(
    lambda gain, n_in, n_out: gain * gain * Fraction(2, n_in * n_out)
)
xavier.misconception("init/root-of-numerator-only", replaces="std")(
    lambda gain, n_in, n_out: gain * sqrt(2) / (n_in + n_out)
)
xavier.misconception("init/root-of-numerator-only", replaces="bound")(
    lambda gain, n_in, n_out: gain * sqrt(6) / (n_in + n_out)
)


xavier.misconception("init/gain-not-squared", replaces="variance")(
    lambda gain, n_in, n_out: gain * Fraction(2, n_in + n_out)
)


@xavier.misconception("init/he-for-xavier", replaces="variance")
def _(n_in: int) -> Number:
    return Fraction(2, n_in)


@xavier.oracle
def _(n_in: int, n_out: int, gain: Number) -> dict[str, Any]:
    import torch
    from torch.nn import init

    # The sum of the two fans is all that counts: a single column with the same sum is quickly drawn.
    shape = (n_in + n_out - 1, 1)
    torch.manual_seed(0)
    normal = init.xavier_normal_(torch.empty(shape, dtype=torch.float64), float(gain))
    torch.manual_seed(0)
    deviation = (normal[0, 0] / torch.empty(shape, dtype=torch.float64).normal_()[0, 0]).item()
    torch.manual_seed(0)
    uniform = init.xavier_uniform_(torch.empty(shape, dtype=torch.float64), float(gain))
    torch.manual_seed(0)
    share = torch.empty(shape, dtype=torch.float64).uniform_(-1, 1)
    return {"std": deviation, "variance": deviation * deviation, "bound": (uniform[0, 0] / share[0, 0]).item()}


# --------------------------------------------------------------------------------------------------------------- He

he = Derivation(
    "init.he",
    "He (Kaiming) initialisation for ReLU and leaky ReLU: variance, standard deviation and uniform bound",
    "He（Kaiming）初始化（ReLU 与 Leaky ReLU）：方差、标准差与均匀分布的边界",
    n_in=FANS["n_in"],
    a=number("a", "slope of the leaky ReLU below 0 (0 for ReLU)", "Leaky ReLU 在 0 以下的斜率（ReLU 为 0）", default=0),
)


@he.step(
    r"\frac{2}{(1 + {$a}^2) $n_in}", symbol=r"\sigma^2", zh="权重的方差", en="Variance of the weights", name="variance"
)
def _(a: Number, n_in: int) -> Number:
    return Fraction(2) / ((1 + a * a) * n_in)


_add_spread(he)


he.misconception("init/root-of-numerator-only", replaces="std")(lambda a, n_in: sqrt(2) / (sqrt(1 + a * a) * n_in))
he.misconception("init/root-of-numerator-only", replaces="bound")(lambda a, n_in: sqrt(6) / (sqrt(1 + a * a) * n_in))


@he.misconception("init/numerator-without-root", replaces="std")
def _(a: Number, n_in: int) -> Number:
    return 2 / ((1 + a * a) * sqrt(n_in))


@he.misconception("init/two-for-one", replaces="variance")
def _(a: Number, n_in: int) -> Number:
    return Fraction(1) / ((1 + a * a) * n_in)


@he.oracle
def _(n_in: int, a: Number) -> dict[str, Any]:
    import torch
    from torch.nn import init

    torch.manual_seed(0)
    drawn = init.kaiming_normal_(torch.empty(1, n_in, dtype=torch.float64), a=float(a))
    torch.manual_seed(0)
    plain = torch.empty(1, n_in, dtype=torch.float64).normal_()
    deviation = (drawn[0, 0] / plain[0, 0]).item()
    torch.manual_seed(0)
    uniform = init.kaiming_uniform_(torch.empty(1, n_in, dtype=torch.float64), a=float(a))
    torch.manual_seed(0)
    share = torch.empty(1, n_in, dtype=torch.float64).uniform_(-1, 1)
    return {"std": deviation, "variance": deviation * deviation, "bound": (uniform[0, 0] / share[0, 0]).item()}


# --------------------------------------------------------------------------- what a layer does to the variance of its input


def _propagated(depth: int, activation: str) -> Derivation:
    d = Derivation(
        "init.propagated_variance",
        "Variance of the weighted sums layer by layer: n Var(w) per layer, half of it kept by ReLU",
        "各层加权和的方差：每层乘以 n Var(w)，ReLU 只保留一半",
        n=vector("n", "inputs of each layer's units", "各层单元的输入数", row=True),
        v_w=vector("v", "variance of each layer's weights", "各层权重的方差", row=True),
        v_x=number("q_0", "mean square of the input", "输入的均方值", default=1),
        activation=word(
            "f", "activation between the layers", "层间的激活函数", words=("linear", "relu"), default="linear"
        ),
    )
    for layer in range(1, depth + 1):
        place = layer - 1
        half = activation == "relu" and layer > 1

        def without_count(v_w: Vector, before: Number, activation: str, place: int = place) -> Number:
            factor = Fraction(1, 2) if activation == "relu" and place else 1
            return v_w[place] * before * factor

        def rule(n: Vector, v_w: Vector, before: Number, activation: str, place: int = place) -> Number:
            return n[place] * without_count(v_w, before, activation, place)

        def squared_again(n: Vector, v_w: Vector, before: Number, activation: str, place: int = place) -> Number:
            return v_w[place] * rule(n, v_w, before, activation, place)

        def without_half(n: Vector, v_w: Vector, before: Number, place: int = place) -> Number:
            return n[place] * v_w[place] * before

        inputs = {"before": f"variance_{place}" if place else "v_x"}
        d.step(
            (r"\frac{1}{2} \cdot " if half else "") + f"$n[{place}] \\cdot $v_w[{place}] \\cdot $before",
            symbol=f"q_{{{layer}}}",
            zh=f"第 {layer} 层加权和的方差",
            en=f"Variance of the weighted sums of layer {layer}",
            name=f"variance_{layer}",
            inputs=inputs,
        )(rule)
        d.misconception("init/fan-in-left-out", replaces=f"variance_{layer}", inputs=inputs)(without_count)
        d.misconception("init/variance-squared", replaces=f"variance_{layer}", inputs=inputs)(squared_again)
        if half:
            d.misconception("init/half-forgotten", replaces=f"variance_{layer}", inputs=inputs)(without_half)

    @d.oracle
    def _(n: Vector, v_w: Vector, v_x: Number, activation: str) -> dict[str, Any]:
        import torch

        # All sign patterns of two weights stand for any symmetric ones: their mean square is taken exactly.
        square, found = torch_tensor(v_x), {}
        for layer, (count, spread) in enumerate(zip(torch_tensor(n), torch_tensor(v_w), strict=True), start=1):
            root = torch.sqrt(square)
            values = torch.stack([root, -root])
            kept = torch.relu(values) if activation == "relu" and layer > 1 else values
            weights = torch.stack([torch.sqrt(spread), -torch.sqrt(spread)])
            square = torch.outer(weights, kept).square().mean() * count
            found[f"variance_{layer}"] = square.item()
        return found

    return d


propagated_variance = Family(
    "init.propagated_variance",
    _propagated,
    lambda givens: (len(givens["n"]), givens["activation"]),
    smallest=(2, "linear"),
)

# -------------------------------------------------------------------------------------------------------- equal weights

equal_weights = Derivation(
    "init.equal_weights",
    "A hidden layer of sigmoid units that all start with the same weights: activations, and the gradients of one step",
    "各隐藏单元初始权重完全相同时：激活值与一步的梯度",
    x=vector("x", "inputs", "输入"),
    c=number("c", "every weight into the hidden layer", "隐藏层每个权重的初值", default=0),
    u=number(
        "u",
        "every weight from the hidden layer to the linear output",
        "隐藏层到（线性）输出的每个权重的初值",
        default=0,
    ),
    h=integer("h", "hidden units", "隐藏单元数", default=2, least=1),
    y=number("y", "target; the loss is (output - y)^2 / 2", "目标，损失为 (输出 - y)^2 / 2"),
)


@equal_weights.step(r"\sigma\left($c \operatorname{sum}\left($x\right)\right)", symbol="a", zh="每个隐藏单元的激活值")
def activation(c: Number, x: Vector) -> Number:
    """Activation of every hidden unit."""
    return sigmoid(c * sum(x))


@equal_weights.step("$h $u $activation", symbol=r"\hat{y}", zh="输出")
def output(h: int, u: Number, activation: Number) -> Number:
    """Output."""
    return h * u * activation


@equal_weights.step("($output - $y) $activation", symbol=r"\nabla u", zh="每个输出权重的梯度", final=True)
def output_gradient(output: Number, y: Number, activation: Number) -> Number:
    """Gradient of every output weight."""
    return (output - y) * activation


@equal_weights.step("($output - $y) $u $activation (1 - $activation)", symbol=r"\delta", zh="每个隐藏单元的误差项")
def hidden_delta(output: Number, y: Number, u: Number, activation: Number) -> Number:
    """Delta of every hidden unit."""
    return (output - y) * u * activation * (1 - activation)


@equal_weights.step("$hidden_delta $x", symbol=r"\nabla w", zh="每个隐藏单元权重的梯度")
def hidden_gradient(hidden_delta: Number, x: Vector) -> Vector:
    """Gradient of the weights of every hidden unit."""
    return hidden_delta * x


equal_weights.convention("convention/squared-error-without-half", replaces="output_gradient")(times(2, output_gradient))
equal_weights.convention("convention/squared-error-without-half", replaces="hidden_delta")(times(2, hidden_delta))


@equal_weights.misconception("init/sigmoid-of-zero", replaces="activation")
def _(c: Number, x: Vector) -> Number:
    return c * sum(x)


@equal_weights.misconception("init/units-not-counted", replaces="output")
def _(u: Number, activation: Number) -> Number:
    return u * activation


@equal_weights.misconception("init/slope-left-out", replaces="hidden_delta")
def _(output: Number, y: Number, u: Number) -> Number:
    return (output - y) * u


@equal_weights.oracle
def _(x: Vector, c: Number, u: Number, h: int, y: Number) -> dict[str, Any]:
    import torch

    first = torch.full((h, len(x)), float(c), dtype=torch.float64, requires_grad=True)
    last = torch.full((h,), float(u), dtype=torch.float64, requires_grad=True)
    sums = first @ torch_tensor(x)
    hidden = torch.sigmoid(sums)
    result = last @ hidden
    loss = (result - torch_tensor(y)).square() / 2
    into, out, delta = torch.autograd.grad(loss, (first, last, sums))
    assert bool((into == into[0]).all())
    return {
        "activation": hidden[0].item(),
        "output": result.item(),
        "output_gradient": out[0].item(),
        "hidden_delta": delta[0].item(),
        "hidden_gradient": into[0],
    }


# ---------------------------------------------------------------------------------------------------------- forget bias

forget_bias = Derivation(
    "init.forget_bias",
    "An LSTM's forget gate at the start of training: its value for a bias, and what is left of the cell after T steps",
    "训练初期的 LSTM 遗忘门：给定偏置时的门值与 T 步之后的留存比例",
    b=number("b_f", "forget bias; weights and states are taken as 0", "遗忘门偏置，权重与状态视为 0", default=1),
    T=integer("T", "time steps", "时间步数", default=1, least=0),
)


def _gate(b: Number) -> Number:
    return sigmoid(b)


forget_bias.step(r"\sigma\left($b\right)", symbol="f", zh="遗忘门的值", en="Value of the forget gate", name="gate")(
    _gate
)
forget_bias.step("{$gate}^{$T}", symbol="r", zh="T 步之后的留存比例", en="Share left after T steps", name="retained")(
    lambda gate, T: gate**T
)
forget_bias.misconception("init/bias-for-gate", replaces="gate")(lambda b: b)
forget_bias.misconception("init/one-step-only", replaces="retained")(lambda gate: gate)


@forget_bias.oracle
def _(b: Number, T: int) -> dict[str, Any]:
    import torch

    cell = torch.nn.LSTMCell(1, 1, dtype=torch.float64)
    with torch.no_grad():
        for weights in cell.parameters():
            weights.zero_()
        cell.bias_ih[1] = float(b)
        start = torch.ones(1, 1, dtype=torch.float64)
        nothing, state = torch.zeros_like(start), start
        gate = cell(nothing, (nothing, start))[1].item()
        for _ in range(T):
            state = cell(nothing, (nothing, state))[1]
    return {"gate": gate, "retained": state.item()}
