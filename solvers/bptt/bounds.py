"""Bounds on the norm of a product of Jacobians, from the largest singular value."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from solvers import functions
from solvers.backprop.oracle import slope_at
from solvers.bptt.common import hidden_activation
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, matrix, number
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number

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

    d.misconception("bptt/one-step-fewer", replaces="bound")(lambda factor, k: factor ** (k - 1))
    d.misconception("bptt/one-step-more", replaces="bound")(lambda factor, k: factor ** (k + 1))

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
        activation=hidden_activation(),
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
        activation=hidden_activation(),
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
