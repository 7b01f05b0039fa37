"""Language models and translations: cross-entropy, perplexity (natural logarithms), BLEU."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.evaluation.common import share
from solvers.expression.arithmetic import divided
from solvers.functions import exp, log
from solvers.givens import integer, vector
from solvers.trace import Undefined
from solvers.values import Number, Vector, array

# ------------------------------------------------------------------------------------------------------------- perplexity

perplexity = Derivation(
    "eval.perplexity",
    "Cross-entropy and perplexity of a language model from the probabilities it gave to the right tokens",
    "由语言模型给正确词元的概率求交叉熵与困惑度",
    p=vector("p", "probability given to each right token", "各个正确词元的概率", axes=("tokens",)),
)


def _surprise(probability: Number) -> Number:
    if not 0 < probability <= 1:
        raise Undefined("a probability lies between 0 and 1", "概率应在 0 与 1 之间")
    return -log(probability)


@perplexity.step(r"-\ln $p", symbol=r"\ell", zh="各词元的负对数似然", name="surprises")
def _(p: Vector) -> Vector:
    """Negative log-likelihood of each token."""
    return array([_surprise(each) for each in p])


@perplexity.step(
    r"\operatorname{mean}\left($surprises\right)", symbol="H", zh="交叉熵：每个词元的平均", name="cross_entropy"
)
def _(surprises: Vector) -> Number:
    """Cross-entropy: the mean over the tokens."""
    return share(surprises.sum(), len(surprises), "there are no tokens", "没有词元")


@perplexity.step("e^{$cross_entropy}", symbol=r"\text{PPL}", zh="困惑度", name="perplexity")
def _(cross_entropy: Number) -> Number:
    """Perplexity."""
    return exp(cross_entropy)


@perplexity.convention("convention/base-two-logarithm", replaces="surprises")
def _(p: Vector) -> Vector:
    return array([_surprise(each) / log(2) for each in p])


@perplexity.convention("convention/base-two-logarithm", replaces="perplexity")
def _(cross_entropy: Number) -> Number:
    return 2.0 ** float(cross_entropy)


@perplexity.misconception("eval/sum-for-mean", replaces="cross_entropy")
def _(surprises: Vector) -> Number:
    found: Number = surprises.sum()
    return found


@perplexity.misconception("eval/log-of-mean", replaces="cross_entropy")
def _(p: Vector) -> Number:
    return -log(share(p.sum(), len(p), "there are no tokens", "没有词元"))


@perplexity.misconception("eval/bits-for-perplexity", replaces="perplexity")
def _(cross_entropy: Number) -> Number:
    return cross_entropy / log(2)


@perplexity.misconception("eval/two-to-nats", replaces="perplexity")
def _(cross_entropy: Number) -> Number:
    return 2.0 ** float(cross_entropy)


@perplexity.misconception("eval/e-to-bits", replaces="perplexity")
def _(cross_entropy: Number) -> Number:
    return exp(cross_entropy / log(2))


@perplexity.misconception("eval/common-logarithm", replaces="surprises")
def _(p: Vector) -> Vector:
    return array([_surprise(each) / log(10) for each in p])


@perplexity.misconception("eval/one-token-more", replaces="cross_entropy")
def _(surprises: Vector) -> Number:
    return surprises.sum() / (len(surprises) + 1)


@perplexity.misconception("eval/one-token-fewer", replaces="cross_entropy")
def _(surprises: Vector) -> Number:
    return share(surprises.sum(), len(surprises) - 1, "there is one token only", "只有一个词元")


@perplexity.misconception("eval/reciprocal-mean", replaces="perplexity")
def _(p: Vector) -> Number:
    return share(
        sum(Fraction(1) / each for each in p),
        len(p),
        "there are no tokens",
        "没有词元",
    )


@perplexity.oracle
def _(p: Vector) -> dict[str, Any]:
    import torch

    chances = torch.tensor(np.asarray(p, dtype=float), dtype=torch.float64)
    table = torch.stack([chances, 1 - chances], dim=1)
    labels = torch.zeros(len(chances), dtype=torch.long)
    logs = table.log()
    return {
        "surprises": torch.nn.functional.nll_loss(logs, labels, reduction="none").tolist(),
        "cross_entropy": torch.nn.functional.nll_loss(logs, labels).item(),
        "perplexity": (1 / torch.prod(chances) ** (1 / len(chances))).item(),
    }


# ------------------------------------------------------------------------------------------------------------------ BLEU

bleu = Derivation(
    "eval.bleu",
    "BLEU score of a translation from its matched n-grams, with the brevity penalty",
    "由匹配的 n 元组计算译文的 BLEU 值（含简短惩罚）",
    matched=vector(
        "m", "matched (clipped) n-grams, for n = 1, 2, …", "匹配（截断）的 n 元组数，n = 1, 2, …", axes=("N",)
    ),
    total=vector("t", "n-grams of the candidate, for n = 1, 2, …", "译文的 n 元组总数，n = 1, 2, …", axes=("N",)),
    c=integer("c", "length of the candidate", "译文长度", least=1),
    r=integer("r", "length of the reference", "参考译文长度", least=1),
)


@bleu.step(r"\frac{$matched}{$total}", symbol="p_n", zh="各阶精确率")
def precisions(matched: Vector, total: Vector) -> Vector:
    """Precision of the n-grams of each length."""
    if any(not 0 <= m <= t or t == 0 for m, t in zip(matched, total, strict=True)):
        raise Undefined("no more n-grams can match than there are", "匹配数不能超过总数")
    return array([divided(m, t) for m, t in zip(matched, total, strict=True)])


@bleu.step(r"e^{\min\left(0, 1 - \frac{$r}{$c}\right)}", symbol=r"\text{BP}", zh="简短惩罚")
def brevity(c: int, r: int) -> Number:
    """Brevity penalty."""
    return 1 if c >= r else exp(1 - Fraction(r, c))


@bleu.step(
    r"$brevity \exp\left(\operatorname{mean}\left(\ln $precisions\right)\right)", symbol=r"\text{BLEU}", zh="BLEU 值"
)
def score(brevity: Number, precisions: Vector) -> Number:
    """BLEU score: the geometric mean of the precisions, times the penalty."""
    if 0 in precisions:
        return 0
    return brevity * exp(divided(sum(log(p) for p in precisions), len(precisions)))


bleu.misconception("eval/arithmetic-mean-of-precisions", replaces="score")(
    lambda brevity, precisions: brevity * divided(sum(precisions), len(precisions))
)
bleu.misconception("eval/precisions-multiplied", replaces="score")(
    lambda brevity, precisions: brevity * exp(sum(log(p) for p in precisions))
)
bleu.misconception("eval/empty-orders-skipped", replaces="score")(
    lambda brevity, precisions: brevity * exp(divided(sum(log(p) for p in precisions if p), len(precisions)))
)
bleu.misconception("eval/two-orders", replaces="score")(lambda brevity, precisions: score(brevity, precisions[:2]))
bleu.misconception("eval/brevity-without-one", replaces="brevity")(lambda c, r: 1 if c >= r else exp(-Fraction(r, c)))
bleu.misconception("eval/brevity-left-out", replaces="brevity")(lambda: 1)
bleu.misconception("eval/length-rewarded", replaces="brevity")(lambda c, r: exp(1 - Fraction(r, c)))
bleu.misconception("eval/brevity-upside-down", replaces="brevity")(lambda c, r: exp(1 - Fraction(c, r)))
bleu.misconception("eval/brevity-as-ratio", replaces="brevity")(lambda c, r: min(1, Fraction(c, r)))


bleu.misconception("eval/brevity-over-reference", replaces="brevity")(
    lambda c, r: 1 if c >= r else exp(Fraction(c, r) - 1)
)


@bleu.oracle(engine="sympy")  # type: ignore[untyped-decorator]
def _(matched: Vector, total: Vector, c: int, r: int) -> dict[str, Any]:
    import sympy

    shares = [sympy.Rational(int(m), int(t)) for m, t in zip(matched, total, strict=True)]
    penalty = sympy.exp(sympy.Min(0, 1 - sympy.Rational(r, c)))
    mean = sympy.root(sympy.prod(shares), len(shares))
    return {"precisions": shares, "brevity": penalty, "score": penalty * mean}
