"""Sums of two dice: the distribution of a sum of independent numbers is the convolution of their distributions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.discrete_convolution.flipped import full_convolution, pairs
from solvers.family import Family
from solvers.givens import integer, vector
from solvers.oracles import torch_tensor
from solvers.sliding import LONGEST_FORMULA, slot, written_out
from solvers.text import UsageError
from solvers.trace import Undefined
from solvers.values import Number, Value, Vector

_ROUNDED = Fraction(1, 100)  # by how much probabilities that somebody has rounded may miss 1

TOTAL = integer("t", "total of the two dice", "两个骰子的点数之和", least=2)


def _one(*distributions: Vector) -> None:
    for distribution in distributions:
        if abs(sum(distribution) - 1) > _ROUNDED or min(distribution) < 0:
            raise Undefined("the probabilities do not add up to 1", "各概率之和不为 1")


def _dice(m: int, n: int, t: int) -> Derivation:
    d = Derivation(
        "convolve.dice",
        "Distribution of the sum of two dice whose faces have any probabilities",
        "两个（可不均匀的）骰子点数之和的分布",
        p=vector(
            "p", "probabilities of 1, 2, … on the first die", "第一个骰子掷出 1、2、… 的概率", axes=("m",), row=True
        ),
        q=vector(
            "q", "probabilities of 1, 2, … on the second die", "第二个骰子掷出 1、2、… 的概率", axes=("n",), row=True
        ),
        t=TOTAL,
    )
    met = pairs((m,), (n,))
    terms = [(o, f"{slot('p', i)} {slot('q', k)}") for o, i, k in met]
    formula = written_out((m + n - 1,), terms) if len(terms) <= LONGEST_FORMULA else r"$p \ast $q"

    @d.step(
        formula,
        symbol=r"p \ast q",
        zh="点数之和为 2、3、… 的概率",
        name="distribution",
        final=True,
        row=True,
    )
    def _(p: Vector, q: Vector) -> Vector:
        """Probabilities of the totals 2, 3, …: the convolution of the two distributions."""
        _one(p, q)
        return full_convolution(p, q)

    @d.step(
        " + ".join(term for o, term in terms if o == (t - 2,)),
        symbol=f"P({t})",
        zh="点数之和等于 t 的概率",
        name="probability",
    )
    def _(p: Vector, q: Vector, t: int) -> Number:
        """Probability of the total: all ways in which two faces add up to it."""
        _one(p, q)
        return sum(p[i] * q[t - 2 - i] for i in range(len(p)) if 0 <= t - 2 - i < len(q))

    @d.misconception("convolve/same-faces", replaces="probability")
    def _(p: Vector, q: Vector) -> Number:
        return sum(a * b for a, b in zip(p, q, strict=False))

    @d.misconception("convolve/pairs-without-order", replaces="probability")
    def _(p: Vector, q: Vector, t: int) -> Number:
        return sum(p[i] * q[t - 2 - i] for i in range(len(p)) if 0 <= t - 2 - i < len(q) and i <= t - 2 - i)

    @d.misconception("convolve/probabilities-added", replaces="probability")
    def _(p: Vector, q: Vector, t: int) -> Number:
        return sum(p[i] + q[t - 2 - i] for i in range(len(p)) if 0 <= t - 2 - i < len(q))

    @d.oracle
    def _(p: Vector, q: Vector, t: int) -> Mapping[str, Any]:
        import torch

        joint = torch.outer(torch_tensor(p), torch_tensor(q))
        turned = joint.flip(1)
        sums = [turned.diagonal(n - 1 - total).sum() for total in range(m + n - 1)]
        return {"distribution": torch.stack(sums), "probability": sums[t - 2].item()}

    return d


def _size(givens: Mapping[str, Value]) -> tuple[int, int, int]:
    m, n, t = len(givens["p"]), len(givens["q"]), givens["t"]
    if t > m + n:
        raise UsageError(f"The largest total is {m + n}.", f"最大的点数之和是 {m + n}。")
    return m, n, t


dice = Family("convolve.dice", _dice, _size, smallest=(6, 6, 7))

# ------------------------------------------------------------------------------------------------------- fair dice

fair_dice = Derivation(
    "convolve.fair_dice",
    "Ways to throw a total with two fair dice, and its probability",
    "两个均匀骰子掷出某一点数之和的方式数与概率",
    m=integer("m", "faces of the first die", "第一个骰子的面数", default=6, least=1),
    n=integer("n", "faces of the second die", "第二个骰子的面数", default=6, least=1),
    t=TOTAL,
)


@fair_dice.step(r"\min($m, $t - 1) - \max(1, $t - $n) + 1", symbol="N", zh="两个面之和等于 t 的有序对数")
def ways(m: int, n: int, t: int) -> int:
    """Ordered pairs of faces with this total: from the smallest to the largest face that the first die may show."""
    if t > m + n:
        raise Undefined(f"the largest total is {m + n}", f"最大的点数之和是 {m + n}")
    return min(m, t - 1) - max(1, t - n) + 1


@fair_dice.step("$m $n", symbol=r"\Omega", zh="等可能结果的总数")
def outcomes(m: int, n: int) -> int:
    """Equally likely outcomes."""
    return m * n


@fair_dice.step(r"\frac{$ways}{$outcomes}", symbol="P", zh="概率")
def probability(ways: int, outcomes: int) -> Fraction:
    """Probability."""
    return Fraction(ways, outcomes)


@fair_dice.misconception("convolve/pairs-without-order", replaces="ways")
def _(m: int, n: int, t: int) -> int:
    return len({tuple(sorted((i, t - i))) for i in range(1, m + 1) if 1 <= t - i <= n})


@fair_dice.misconception("convolve/pairs-without-order", replaces="outcomes")
def _(m: int, n: int) -> int:
    return m * n - min(m, n) * (min(m, n) - 1) // 2


@fair_dice.misconception("convolve/second-die-unlimited", replaces="ways")
def _(m: int, t: int) -> int:
    return min(m, t - 1)


@fair_dice.misconception("convolve/totals-equally-likely", replaces="probability")
def _(m: int, n: int) -> Fraction:
    return Fraction(1, m + n - 1)


@fair_dice.oracle
def _(m: int, n: int, t: int) -> dict[str, Any]:
    import torch

    totals = torch.cartesian_prod(torch.arange(1, m + 1), torch.arange(1, n + 1)).reshape(-1, 2).sum(1)
    found = int((totals == t).sum())
    return {"ways": found, "outcomes": len(totals), "probability": found / len(totals)}
