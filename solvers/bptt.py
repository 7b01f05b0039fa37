"""Why gradients vanish or explode over time: products of Jacobians, their bound, and what truncation cuts off.

The gradients of all weights of a whole network are in `solvers.backprop` (`backprop.rnn` and its kin); here are the factors
between one time step and the next:

    dh_t / dh_(t-1) = diag(f'(z_t)) U,    |dh_T / dh_k| <= (gamma sigma)^(T - k)

with gamma the largest slope of the activation and sigma the largest singular value of U (Pascanu, Mikolov and Bengio, 2013).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from typing import Any

from solvers import functions
from solvers.backprop.functions import activation_of, slope
from solvers.backprop.givens import activation
from solvers.backprop.oracle import activated, slope_at
from solvers.backprop.scalar import partial
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, integer, matrix, number, vector
from solvers.oracles import torch_tensor
from solvers.rules import taking
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector

RECURRENT = number("u", "weight of the previous hidden state", "上一隐状态的权重（循环权重）")


def _activation() -> Given:
    return activation("activation", "activation of the hidden state", "隐状态的激活函数", default="tanh")


def _preimage(h: Any, word: str) -> Any:
    """A weighted sum whose activation is `h`."""
    import torch

    if word == "tanh":
        return torch.atanh(h)
    return torch.logit(h) if word == "sigmoid" else h


# -------------------------------------------------------------------------------- one unit: shares of the time steps


def _contributions(length: int, word: str, kept: int) -> Derivation:
    d = Derivation(
        "bptt.contributions",
        "Gradient of a recurrent weight as the sum of its time steps' shares, whole and truncated",
        "循环权重的梯度：各时间步贡献之和（完整与截断）",
        h=vector("h", "hidden states of the time steps 1 to T", "第 1 至 T 步的隐状态", axes=("T",)),
        u=RECURRENT,
        error=number(partial("h_T"), "gradient of the loss at the last state", "损失对最后隐状态的梯度", default=1),
        h0=number("h_0", "initial hidden state", "初始隐状态", default=0),
        K=integer("K", "time steps that truncated back-propagation goes back", "截断的步数", default=1, least=1),
        activation=_activation(),
    )
    for t in range(length, 0, -1):
        _add_slope(d, t, word)
        _add_delta(d, t, length)
    for t in range(length, 0, -1):
        _add_share(d, t)
    shares = [f"share_{t}" for t in range(1, length + 1)]
    _add_sum(d, "gradient", partial("u"), "Gradient of the recurrent weight", "循环权重的梯度", shares)
    d.misconception("bptt/last-share-only", replaces="gradient", share=shares[-1])(lambda share: share)
    en, zh = f"Gradient truncated to {min(kept, length)} time steps", f"截断为 {min(kept, length)} 步的梯度"
    _add_sum(d, "truncated", r"\hat{g}", en, zh, shares[-kept:])
    if kept < length:
        d.misconception("bptt/oldest-kept", replaces="truncated")(
            taking(shares[:kept], lambda values: sum(values.values()))
        )
    d.oracle(_contributions_oracle)
    return d


def _add_sum(d: Derivation, name: str, symbol: str, en: str, zh: str, terms: list[str]) -> None:
    formula = " + ".join(f"${term}" for term in terms)
    # Every truncation takes K, which says how many terms there are.
    used = [*terms, "K"] if name == "truncated" else terms
    rule = taking(used, lambda values: sum(values[term] for term in terms))
    d.step(formula, symbol=symbol, name=name, en=en, zh=zh, final=True)(rule)


def _add_slope(d: Derivation, t: int, word: str) -> None:
    own = activation_of(word).scalar_slope.replace("$z", "$a").replace("$a", f"$h[{t - 1}]") or "1"
    words: dict[str, Any] = {"en": f"Derivative of the activation at time step {t}", "zh": f"第 {t} 步激活函数的导数"}

    @d.step(own, symbol=f"f'(z_{{{t}}})", name=f"slope_{t}", **words)
    def _(h: Vector, activation: str) -> Number:
        return _slope(h[t - 1], activation)

    @d.misconception("bptt/slope-left-out", replaces=f"slope_{t}")
    def left_out() -> int:
        return 1


def _slope(state: Value, word: str) -> Value:
    """The activation's derivative where it has this value: that of ReLU is above 0 where its argument is."""
    return slope(state, state, word)


def _add_delta(d: Derivation, t: int, length: int) -> None:
    words: dict[str, Any] = {"en": f"Gradient at the weighted sum of time step {t}", "zh": f"第 {t} 步加权和处的梯度"}
    own: dict[str, Any] = {"symbol": rf"\delta_{{{t}}}", "name": f"delta_{t}", **words}
    if t == length:
        d.step("$error $slope", slope=f"slope_{t}", **own)(lambda error, slope: error * slope)
        return
    later = {"slope": f"slope_{t}", "later": f"delta_{t + 1}"}
    d.step("$later $u $slope", inputs=later, **own)(lambda later, u, slope: later * u * slope)
    d.misconception("bptt/weight-left-out", replaces=f"delta_{t}", inputs=later)(lambda later, slope: later * slope)


def _add_share(d: Derivation, t: int) -> None:
    before = "$h0" if t == 1 else f"$h[{t - 2}]"
    words: dict[str, Any] = {"en": f"Share of time step {t}", "zh": f"第 {t} 步的贡献"}

    @d.step(f"$delta {before}", symbol=f"g_{{{t}}}", name=f"share_{t}", delta=f"delta_{t}", **words)
    def _(delta: Number, h0: Number, h: Vector) -> Number:
        return delta * (h0 if t == 1 else h[t - 2])

    @d.misconception("bptt/own-state", replaces=f"share_{t}", delta=f"delta_{t}")
    def own_state(delta: Number, h: Vector) -> Number:
        return delta * h[t - 1]


def _contributions_oracle(
    *, h: Vector, u: Number, error: Number, h0: Number, K: int, activation: str
) -> dict[str, Any]:
    """Autograd on a network whose inputs are such that its states are these, each time step with a copy of the weight."""
    import torch

    states = torch_tensor(h)
    before = torch.cat([torch_tensor(h0).reshape(1), states[:-1]])
    copies = [torch_tensor(u).requires_grad_() for _ in h]
    drive = _preimage(states, activation) - float(u) * before
    state, sums, found = before[0], [], {}
    for t, copy in enumerate(copies):
        sums.append(drive[t] + copy * state)
        state = activated(sums[-1], activation)
        found[f"slope_{t + 1}"] = slope_at(sums[-1], activation).item() if activation != "linear" else 1.0
    gradients = torch.autograd.grad(state * float(error), [*copies, *sums])
    shares = [g.item() for g in gradients[: len(copies)]]
    found |= {f"share_{t}": share for t, share in enumerate(shares, 1)}
    found |= {f"delta_{t}": g.item() for t, g in enumerate(gradients[len(copies) :], 1)}
    return {**found, "gradient": sum(shares), "truncated": sum(shares[-K:])}


contributions = Family(
    "bptt.contributions",
    _contributions,
    lambda givens: (len(givens["h"]), givens["activation"], givens["K"]),
    smallest=(2, "tanh", 1),
)

# ---------------------------------------------------------------------------------------------- a layer: the Jacobians


def _jacobians(length: int, units: int, word: str) -> Derivation:
    d = Derivation(
        "bptt.jacobians",
        "Jacobians between the hidden states of a recurrent layer, and their product",
        "循环层相邻隐状态之间的雅可比矩阵及其乘积",
        h=matrix("h", "hidden states, one row per time step", "各时间步的隐状态（每行一步）", axes=("T", "h")),
        U=matrix("U", "weights of the previous hidden state", "上一隐状态的权重（循环权重）", axes=("h", "h")),
        activation=_activation(),
    )
    own = activation_of(word).scalar_slope.replace("$z", "$a")
    for t in range(1, length + 1):
        entries = [own.replace("$a", f"$h[{t - 1},{i}]") or "1" for i in range(units)]
        lines = [" & ".join(entry if i == j else "0" for j in range(units)) for i, entry in enumerate(entries)]
        body = r" \\ ".join(lines)

        @d.step(
            rf"\begin{{pmatrix}} {body} \end{{pmatrix}} $U",
            symbol=f"J_{{{t}}}",
            name=f"jacobian_{t}",
            en=f"Jacobian of state {t} with respect to the state before it",
            zh=f"第 {t} 步隐状态对前一隐状态的雅可比矩阵",
        )
        def _(h: Matrix, U: Matrix, activation: str, t: int = t) -> Matrix:
            return _slope(h[t - 1], activation).reshape(-1, 1) * U

        @d.misconception("bptt/slope-left-out", replaces=f"jacobian_{t}")
        def left_out(U: Matrix) -> Matrix:
            return U

        @d.misconception("bptt/jacobian-transposed", replaces=f"jacobian_{t}")
        def transposed(h: Matrix, U: Matrix, activation: str, t: int = t) -> Matrix:
            return _slope(h[t - 1], activation).reshape(-1, 1) * U.T

        @d.misconception("bptt/slopes-on-columns", replaces=f"jacobian_{t}")
        def columns(h: Matrix, U: Matrix, activation: str, t: int = t) -> Matrix:
            return _slope(h[t - 1], activation) * U

    names = [f"jacobian_{t}" for t in range(length, 0, -1)]
    en, zh = (
        f"Jacobian of state {length} with respect to the initial state",
        f"第 {length} 步隐状态对初始状态的雅可比矩阵",
    )
    d.step(
        " ".join(f"${name}" for name in names),
        symbol=rf"\frac{{\partial h_{{{length}}}}}{{\partial h_0}}",
        name="product",
        en=en,
        zh=zh,
    )(taking(names, lambda values: reduce(lambda a, b: a @ b, (values[name] for name in names))))
    if length > 1:
        d.misconception("bptt/order-reversed", replaces="product")(
            taking(names, lambda values: reduce(lambda a, b: b @ a, (values[name] for name in names)))
        )
        d.misconception("bptt/factors-added", replaces="product")(taking(names, lambda values: sum(values.values())))

    @d.oracle
    def _(h: Matrix, U: Matrix, activation: str) -> dict[str, Any]:
        import torch

        states, weights = torch_tensor(h), torch_tensor(U)
        start = torch.zeros(len(U), dtype=torch.float64)
        before = torch.cat([start[None], states[:-1]])
        drive = _preimage(states, activation) - before @ weights.T

        def after(state: Any, first: int, last: int) -> Any:
            for t in range(first, last):
                state = activated(weights @ state + drive[t], activation)
            return state

        jacobian = torch.autograd.functional.jacobian
        found = {
            f"jacobian_{t + 1}": jacobian(lambda state, t=t: after(state, t, t + 1), before[t]) for t in range(len(h))
        }
        return {**found, "product": jacobian(lambda state: after(state, 0, len(h)), start)}

    return d


jacobians = Family(
    "bptt.jacobians",
    _jacobians,
    lambda givens: (len(givens["h"]), len(givens["U"]), givens["activation"]),
    smallest=(2, 2, "tanh"),
)

# ------------------------------------------------------------------------------------------------- the bound on the norm

LARGEST_SLOPES = {"sigmoid": Fraction(1, 4), "tanh": 1, "relu": 1, "linear": 1}
STEPS = integer("k", "time steps that the gradient goes back", "梯度回传的步数", least=1, most=1000)


def _add_largest_slope(d: Derivation, word: str) -> None:
    formula = r"\frac{1}{2} \left(1 - \frac{1}{2}\right)" if word == "sigmoid" else "1"

    @d.step(formula, symbol=r"\gamma", zh="激活函数导数的最大值")
    def largest_slope(activation: str) -> Number:
        """Largest slope of the activation."""
        return LARGEST_SLOPES[activation]

    if word == "sigmoid":
        d.misconception("bptt/slope-left-out", replaces="largest_slope")(lambda: 1)
        d.misconception("bptt/value-for-slope", replaces="largest_slope")(lambda: Fraction(1, 2))


def _add_bound(d: Derivation, sigma: str) -> None:
    """Adds the bound of one step and of k steps."""

    @d.step(r"$largest_slope \cdot $sigma", symbol=r"\beta", zh="每一步的上界因子", sigma=sigma)
    def factor(largest_slope: Number, sigma: Number) -> Number:
        """Bound on the norm of one Jacobian."""
        return largest_slope * sigma

    @d.step("$factor^{$k}", symbol="B", zh="k 步雅可比乘积范数的上界", final=True)
    def bound(factor: Number, k: int) -> Number:
        """Bound on the norm of the product of k Jacobians."""
        return factor**k

    @d.misconception("bptt/bound-times-steps", replaces="bound")
    def _(factor: Number, k: int) -> Number:
        return factor * k

    @d.misconception("bptt/slope-once", replaces="bound", sigma=sigma)
    def once(largest_slope: Number, sigma: Number, k: int) -> Number:
        return largest_slope * sigma**k


def _largest_slope(word: str) -> float:
    """The largest slope that autograd finds on a grid around 0."""
    import torch

    if word == "linear":
        return 1.0
    return slope_at(torch.linspace(-8, 8, 1601, dtype=torch.float64), word).max().item()


def _norm_of_power(scale: float, size: int, k: int) -> float:
    import torch

    return torch.linalg.matrix_norm(torch.linalg.matrix_power(torch.eye(size).double() * scale, k), 2).item()


def _norm_bound(word: str) -> Derivation:
    d = Derivation(
        "bptt.norm_bound",
        "Bound on a gradient that has gone back k time steps, from the largest singular value",
        "由最大奇异值估计梯度回传 k 步后的上界",
        sigma=number(r"\sigma_1", "largest singular value (spectral norm) of U", "U 的最大奇异值（谱范数）", least=0),
        k=STEPS,
        activation=_activation(),
        share=number(
            r"\varepsilon",
            "share below which the gradient counts as vanished",
            "视为消失的比例",
            default=Fraction(1, 100),
            least=0,
        ),
    )
    _add_largest_slope(d, word)
    _add_bound(d, "sigma")

    @d.step(r"\frac{\ln $share}{\ln $factor}", symbol="x", zh="上界等于该比例时的步数（实数）")
    def crossing(share: Number, factor: Number) -> Number:
        """Where the bound equals the share."""
        if not 0 < factor < 1 or not 0 < share < 1:
            raise Undefined("only a factor below 1 makes the bound vanish", "只有因子小于 1 时上界才趋于零")
        return functions.log(share) / functions.log(factor)

    @d.step(r"\left\lfloor $crossing \right\rfloor + 1", symbol="k_0", zh="使上界低于该比例的最少步数")
    def steps_needed(crossing: Number) -> int:
        """Fewest time steps after which the bound lies below the share."""
        nearest = round(crossing)
        return (nearest if abs(crossing - nearest) < 1e-9 else math.floor(crossing)) + 1

    @d.misconception("bptt/rounded-down", replaces="steps_needed")
    def _(crossing: Number) -> int:
        return math.floor(crossing)

    @d.oracle
    def _(sigma: Number, k: int, activation: str, share: Number) -> dict[str, Any]:
        import torch

        slope = _largest_slope(activation)
        factor = _norm_of_power(slope * float(sigma), 2, 1)
        powers = torch.tensor([factor], dtype=torch.float64) ** torch.arange(1, 20_000)
        return {
            "largest_slope": slope,
            "factor": factor,
            "bound": _norm_of_power(factor, 2, k),
            "crossing": torch.log2(torch_tensor(share)).item() / math.log2(factor),
            "steps_needed": int((powers < float(share) * (1 - 1e-12)).nonzero()[0]) + 1,
        }

    return d


norm_bound = Family("bptt.norm_bound", _norm_bound, lambda givens: (givens["activation"],), smallest=("tanh",))


def _matrix_bound(word: str) -> Derivation:
    d = Derivation(
        "bptt.matrix_bound",
        "Bound on a gradient that has gone back k time steps, from a 2 by 2 matrix of recurrent weights",
        "由 2×2 循环权重矩阵估计梯度回传 k 步后的上界",
        U=matrix("U", "weights of the previous hidden state", "上一隐状态的权重（循环权重）"),
        k=STEPS,
        activation=_activation(),
    )

    @d.step("$U^\\top $U", symbol=r"U^\top U", zh="U 的转置与 U 之积")
    def gram(U: Matrix) -> Matrix:
        """Product of U's transpose with U."""
        if U.shape != (2, 2):
            raise Undefined("the matrix must be 2 by 2", "矩阵应为 2×2")
        return U.T @ U

    @d.step("$gram[0,0] + $gram[1,1]", symbol="t", zh="该矩阵的迹")
    def trace(gram: Matrix) -> Number:
        """Its trace."""
        return gram[0, 0] + gram[1, 1]

    @d.step("$gram[0,0] $gram[1,1] - $gram[0,1] $gram[1,0]", symbol="D", zh="该矩阵的行列式")
    def determinant(gram: Matrix) -> Number:
        """Its determinant."""
        return gram[0, 0] * gram[1, 1] - gram[0, 1] * gram[1, 0]

    @d.step(r"\frac{$trace + \sqrt{$trace^2 - 4 $determinant}}{2}", symbol=r"\lambda_1", zh="该矩阵的最大特征值")
    def largest_eigenvalue(trace: Number, determinant: Number) -> Number:
        """Its largest eigenvalue."""
        return (trace + functions.sqrt(trace**2 - 4 * determinant)) * Fraction(1, 2)

    @d.step(r"\sqrt{$largest_eigenvalue}", symbol=r"\sigma_1", zh="U 的最大奇异值（谱范数）")
    def spectral_norm(largest_eigenvalue: Number) -> Number:
        """Largest singular value of U (spectral norm)."""
        return functions.sqrt(largest_eigenvalue)

    @d.misconception("bptt/root-forgotten", replaces="spectral_norm")
    def _(largest_eigenvalue: Number) -> Number:
        return largest_eigenvalue

    @d.misconception("bptt/largest-entry", replaces="spectral_norm")
    def largest_entry(U: Matrix) -> Number:
        return max(abs(entry) for entry in U.flat)

    @d.misconception("bptt/frobenius-norm", replaces="spectral_norm")
    def frobenius(trace: Number) -> Number:
        return functions.sqrt(trace)

    _add_largest_slope(d, word)
    _add_bound(d, "spectral_norm")

    @d.oracle
    def _(U: Matrix, k: int, activation: str) -> dict[str, Any]:
        import torch

        weights = torch_tensor(U)
        gram = torch.einsum("ki,kj->ij", weights, weights)
        norm = torch.linalg.svdvals(weights)[0].item()
        slope = _largest_slope(activation)
        return {
            "gram": gram,
            "trace": torch.trace(gram).item(),
            "determinant": torch.linalg.det(gram).item(),
            "largest_eigenvalue": torch.linalg.eigvalsh(gram)[-1].item(),
            "spectral_norm": norm,
            "largest_slope": slope,
            "factor": slope * norm,
            "bound": _norm_of_power(slope * norm, 2, k),
        }

    return d


matrix_bound = Family("bptt.matrix_bound", _matrix_bound, lambda givens: (givens["activation"],), smallest=("tanh",))
