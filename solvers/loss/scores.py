"""Losses of scores (logits) with several classes: the multi-class hinge loss, and cross-entropy with smoothed labels."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers import functions
from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.givens import integer, number, vector
from solvers.loss.classes import entropy_of
from solvers.oracles import torch_tensor
from solvers.rules import in_bits, times, to_base_ten
from solvers.trace import Undefined
from solvers.values import Number, Vector, array


def _right(z: Vector, c: int) -> Number:
    if c >= len(z):
        raise Undefined("there is no such class", "没有这个类别")
    return z[c]


# --------------------------------------------------------------------------------------------------- multi-class hinge

multiclass_hinge = Derivation(
    "loss.multiclass_hinge",
    "Multi-class hinge (SVM) loss of one sample: what every wrong score lacks to lie delta below the right one",
    "一个样本的多类合页（SVM）损失：各错误类得分与正确类得分相差不足 δ 的部分之和",
    z=vector("s", "scores", "得分", axes=("classes",)),
    c=integer("c", "right class, counted from 0", "正确类别（从 0 开始）", least=0),
    delta=number(r"\Delta", "margin wanted", "要求的间隔", default=1, least=0),
)


@multiclass_hinge.step(r"s_{$c}", symbol="s_y", zh="正确类的得分")
def right_score(z: Vector, c: int) -> Number:
    """Score of the right class."""
    return _right(z, c)


@multiclass_hinge.step("$z - $right_score + $delta", symbol="m", zh="各类得分超出“正确类得分减间隔”的量")
def excesses(z: Vector, right_score: Number, delta: Number) -> Vector:
    """By how much every score lies above the right one less the margin."""
    return z - right_score + delta


@multiclass_hinge.step(
    r"\mathbf{1}\left[j \ne $c\right] \max\left($excesses, 0\right)", symbol=r"\ell", zh="各类的损失（正确类不计）"
)
def margins(excesses: Vector, c: int) -> Vector:
    """Share of every class in the loss; the right one has none."""
    return array([0 if place == c else max(excess, 0) for place, excess in enumerate(excesses)])


@multiclass_hinge.step(r"\operatorname{sum}\left($margins\right)", symbol="L", zh="损失")
def loss(margins: Vector) -> Number:
    """Loss."""
    return sum(margins)


multiclass_hinge.misconception("loss/right-class-counted", replaces="margins")(
    lambda excesses: array([max(excess, 0) for excess in excesses])
)
multiclass_hinge.misconception("loss/negative-kept", replaces="margins")(
    lambda excesses, c: array([0 if place == c else excess for place, excess in enumerate(excesses)])
)
multiclass_hinge.misconception("loss/margin-of-zero", replaces="excesses")(lambda z, right_score: z - right_score)
multiclass_hinge.misconception("loss/worst-class-only", replaces="loss")(lambda margins: margins.max())
multiclass_hinge.misconception("loss/hinge-squared", replaces="loss")(lambda margins: margins @ margins)
multiclass_hinge.misconception("loss/margins-averaged", replaces="loss")(
    lambda margins: divided(sum(margins), len(margins))
)
multiclass_hinge.misconception("loss/margin-subtracted", replaces="excesses")(
    lambda z, right_score, delta: z - right_score - delta
)


@multiclass_hinge.oracle
def _(z: Vector, c: int, delta: Number) -> dict[str, Any]:
    import torch

    scores = torch_tensor(z)
    mean = torch.nn.functional.multi_margin_loss(scores[None], torch.tensor([c]), margin=float(delta) or 1e-300)
    others = torch.arange(len(z)) != c
    lacking = torch.sub(scores + float(delta), scores[c])
    return {
        "right_score": scores[c].item(),
        "excesses": lacking,
        "margins": lacking.clamp(min=0) * others,
        "loss": mean.item() * len(z),
    }


# ---------------------------------------------------------------------------------------------------- label smoothing

label_smoothing = Derivation(
    "loss.label_smoothing",
    "Cross-entropy with label smoothing, as in torch.nn.CrossEntropyLoss: epsilon is spread over all classes",
    "带标签平滑的交叉熵（同 torch.nn.CrossEntropyLoss）：ε 均分给所有类别",
    z=vector("z", "scores (logits)", "得分（logits）", axes=("classes",)),
    c=integer("c", "right class, counted from 0", "正确类别（从 0 开始）", least=0),
    eps=number(r"\epsilon", "share of the target that is spread", "平滑系数", default=Fraction(1, 10), least=0, most=1),
)


def _target(z: Vector, c: int, right: Number, wrong: Number) -> Vector:
    _right(z, c)
    return array([right if place == c else wrong for place in range(len(z))])


def _spread_over_two_fewer(z: Vector, eps: Number) -> Number:
    """The share of a class where two of them are left out, other than by not dividing at all."""
    if len(z) < 4:
        raise Undefined("no two classes are left out of so few", "类别太少，不能除去两个")
    return divided(eps, len(z) - 2)


@label_smoothing.step(
    r"\left(1 - $eps\right) \mathbf{e}_{$c} + \frac{$eps}{K} \mathbf{1}", symbol="q", zh="平滑后的目标分布"
)
def target(z: Vector, c: int, eps: Number) -> Vector:
    """Smoothed target distribution."""
    share = divided(eps, len(z))
    return _target(z, c, 1 - eps + share, share)


@label_smoothing.step(r"\operatorname{softmax}\left($z\right)", symbol="p", zh="预测概率")
def probabilities(z: Vector) -> Vector:
    """Predicted probabilities."""
    return functions.softmax(z)


@label_smoothing.step(r"-$target^\top \ln $probabilities", symbol="L", zh="损失", name="loss")
def smoothed_loss(target: Vector, probabilities: Vector) -> Number:
    """Loss."""
    return -sum(q * functions.log(p) for q, p in zip(target, probabilities, strict=True) if q != 0)


label_smoothing.convention("convention/base-two-logarithm", replaces="loss")(in_bits(smoothed_loss))
label_smoothing.misconception("loss/logarithm-to-base-ten", replaces="loss")(to_base_ten(smoothed_loss))
label_smoothing.misconception("loss/minus-forgotten", replaces="loss")(times(-1, smoothed_loss))
label_smoothing.misconception("loss/smoothing-ignored", replaces="target")(lambda z, c: _target(z, c, 1, 0))
label_smoothing.convention("convention/smoothing-over-others", replaces="target")(
    lambda z, c, eps: _target(z, c, 1 - eps, divided(eps, len(z) - 1) if len(z) > 1 else 0)
)
label_smoothing.misconception("loss/smoothing-not-shared", replaces="target")(
    lambda z, c, eps: _target(z, c, 1 - eps, eps)
)
label_smoothing.misconception("loss/right-class-without-share", replaces="target")(
    lambda z, c, eps: _target(z, c, 1 - eps, divided(eps, len(z)))
)
label_smoothing.misconception("loss/smoothing-over-two-fewer", replaces="target")(
    lambda z, c, eps: _target(z, c, 1 - eps, _spread_over_two_fewer(z, eps))
)
label_smoothing.misconception("loss/kept-share-spread", replaces="target")(
    lambda z, c, eps: _target(z, c, 1 - eps + divided(1 - eps, len(z)), divided(1 - eps, len(z)))
)
label_smoothing.misconception("loss/whole-share-spread", replaces="target")(
    lambda z, c, eps: _target(z, c, 1 - eps + divided(1, len(z)), divided(1, len(z)))
)
label_smoothing.misconception("loss/share-of-others-for-all", replaces="target")(
    lambda z, c, eps: _target(z, c, 1 - eps + divided(eps, len(z) - 1), divided(eps, len(z) - 1))
)
label_smoothing.misconception("loss/smoothing-given-to-none", replaces="target")(
    lambda z, c, eps: _target(z, c, 1 - eps, 0)
)
label_smoothing.misconception("loss/smoothing-only-added", replaces="target")(
    lambda z, c, eps: _target(z, c, 1, divided(eps, len(z)))
)


label_smoothing.misconception("backprop/all-classes-in-loss", replaces="loss")(
    lambda probabilities: -sum(functions.log(p) for p in probabilities)
)
label_smoothing.misconception("loss/entropy-averaged", replaces="loss")(
    lambda target, probabilities: divided(smoothed_loss(target, probabilities), len(target))
)
label_smoothing.misconception("loss/arguments-exchanged", replaces="loss")(
    lambda target, probabilities: entropy_of(probabilities, target)
)
label_smoothing.misconception("loss/sigmoid-for-softmax", replaces="probabilities", x="z")(functions.sigmoid)


@label_smoothing.oracle
def _(z: Vector, c: int, eps: Number) -> dict[str, Any]:
    import torch

    scores, label = torch_tensor(z), torch.tensor(c)
    uniform = torch.full_like(scores, 1 / len(z))
    one_hot = torch.nn.functional.one_hot(label, len(z)).double()
    return {
        "target": torch.lerp(one_hot, uniform, float(eps)),
        "probabilities": torch.softmax(scores, 0),
        "loss": torch.nn.functional.cross_entropy(scores, label, label_smoothing=float(eps)).item(),
    }
