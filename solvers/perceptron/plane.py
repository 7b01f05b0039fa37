"""One plane and its points: which side, how far, and what the perceptron's loss makes of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.functions import sqrt
from solvers.givens import Given, matrix, number, vector, word
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Vector, array

WEIGHTS = vector("w", "weights", "权重", axes=("d",))
POINT = vector("x", "point", "样本点", axes=("d",))
BIAS = number("b", "bias", "偏置", default=0)
RATE = number(r"\eta", "learning rate", "学习率", default=1)
POINTS = matrix("X", "points, one a row", "样本点（每行一个）", axes=("n", "d"))
LABELS = vector("y", "labels, 1 or -1", "标签（1 或 -1）", axes=("n",))


def label(default: int | None = None) -> Given:
    """The class of one point."""
    return number("y", "label, 1 or -1", "标签（1 或 -1）", default=default)


def norm(w: Vector) -> Number:
    """Length of a vector, exact where it is rational. Raises Undefined for a vector of zeros, which gives no plane."""
    if not any(w):
        raise Undefined("weights of 0 give no plane", "权重全为 0 时不存在超平面")
    return sqrt(w @ w)


# ------------------------------------------------------------------------------------------- one point and the plane

TIES = {
    "plus": (r"2 \cdot \mathbf{1}\left[$score \ge 0\right] - 1", 1),
    "minus": (r"2 \cdot \mathbf{1}\left[$score > 0\right] - 1", -1),
    "zero": (r"\operatorname{sgn}\left($score\right)", 0),
}
"""The sign function by its value at 0: formula and value."""


def _decision(tie: str) -> Derivation:
    d = Derivation(
        "perceptron.decision",
        "Decision of a perceptron for one point, and the point's distance from the plane",
        "感知器对一个样本点的判别，以及该点到超平面的距离",
        w=WEIGHTS,
        x=POINT,
        b=BIAS,
        y=label(1),
        tie=word(r"\text{tie}", "sign of 0", "sign(0) 的取值", words=tuple(TIES), default="plus"),
    )

    @d.step(r"$w^\top $x + $b", symbol="v", zh="得分")
    def score(w: Vector, x: Vector, b: Number) -> Number:
        """Score of the point."""
        return w @ x + b

    @d.step(TIES[tie][0], symbol=r"\hat{y}", zh="判别结果：得分的符号", final=True)
    def decision(score: Number, tie: str) -> int:
        """Decision: the sign of the score."""
        return (score > 0) - (score < 0) if score != 0 else TIES[tie][1]

    @d.step("$y $score", symbol="m", zh="函数间隔（分类正确时为正）")
    def margin(y: Number, score: Number) -> Number:
        """Functional margin: positive for a point on its own side."""
        return y * score

    @d.step(r"\sqrt{$w^\top $w}", symbol=r"\lVert w \rVert", zh="权重向量的长度", name="length")
    def _(w: Vector) -> Number:
        """Length of the weight vector."""
        return norm(w)

    @d.step(r"\frac{\left|$score\right|}{$length}", symbol="D", zh="到超平面的距离", final=True)
    def distance(score: Number, length: Number) -> Number:
        """Distance from the plane."""
        return divided(abs(score), length)

    @d.step(r"\frac{$margin}{$length}", symbol=r"\gamma", zh="几何间隔（带符号的距离）")
    def geometric_margin(margin: Number, length: Number) -> Number:
        """Geometric margin: the distance, negative on the wrong side."""
        return divided(margin, length)

    _add_mistakes(d)

    @d.oracle
    def _(w: Vector, x: Vector, b: Number, y: Number, tie: str) -> dict[str, Any]:
        import torch

        weights, point = torch_tensor(w), torch_tensor(x)
        v = torch.nn.functional.linear(point, weights.unsqueeze(0), torch_tensor(b).reshape(1))
        length = torch.linalg.vector_norm(weights)
        # The nearest point of the plane, by projection; the distance is measured from there.
        foot = point - v * weights / length**2
        far = torch.dist(point, foot)
        clean = v.round(decimals=9) + 0.0
        sign = {"plus": 1.0, "minus": -1.0, "zero": 0.0}[tie] if clean == 0 else clean.sign().item()
        return {
            "score": v.item(),
            "decision": int(sign),
            "margin": (v * float(y)).item(),
            "length": length.item(),
            "distance": far.item(),
            "geometric_margin": far.item() * (v * float(y)).sign().item() * abs(float(y)),
        }

    return d


def _size(score: Number) -> Number:
    return abs(score)


def _add_mistakes(d: Derivation) -> None:
    """Declares what goes wrong with a distance."""
    d.misconception("perceptron/not-divided-by-length", replaces="distance")(_size)
    d.misconception("perceptron/not-divided-by-length", replaces="geometric_margin")(lambda margin: margin)

    @d.misconception("perceptron/square-root-forgotten", replaces="length")
    def _(w: Vector) -> Number:
        return w @ w

    @d.misconception("perceptron/sum-for-length", replaces="length")
    def _(w: Vector) -> Number:
        return sum(abs(weight) for weight in w)

    @d.misconception("perceptron/bias-in-length", replaces="length")
    def _(w: Vector, b: Number) -> Number:
        return sqrt(w @ w + b * b)

    @d.misconception("perceptron/bias-forgotten", replaces="score")
    def _(w: Vector, x: Vector) -> Number:
        return w @ x

    d.misconception("perceptron/bias-subtracted", replaces="score")(lambda w, x, b: w @ x - b)


decision = Family("perceptron.decision", _decision, lambda givens: (givens["tie"],), smallest=("plus",))

# ------------------------------------------------------------------------------------- the loss over several points

loss = Derivation(
    "perceptron.loss",
    "Perceptron loss over the misclassified points, its gradient, and one step with all of them",
    "感知器在误分类点上的损失、梯度，以及用全部误分类点更新一次",
    X=POINTS,
    y=LABELS,
    w=WEIGHTS,
    b=BIAS,
    rate=RATE,
)


@loss.step("$X $w + $b", symbol="v", zh="各点的得分")
def scores(X: Matrix, w: Vector, b: Number) -> Vector:
    """Scores of the points."""
    return X @ w + b


@loss.step(r"$y \odot $scores", symbol="m", zh="各点的函数间隔")
def margins(y: Vector, scores: Vector) -> Vector:
    """Functional margins."""
    return y * scores


@loss.step(r"\mathbf{1}\left[$margins \le 0\right]", symbol="M", zh="误分类的点（1 表示误分类）")
def misclassified(margins: Vector) -> Vector:
    """Misclassified points, marked by 1."""
    return array([1 if margin <= 0 else 0 for margin in margins])


@loss.step(r"\operatorname{sum}\left($misclassified\right)", symbol="|M|", zh="误分类点的个数", final=True)
def count(misclassified: Vector) -> int:
    """Number of misclassified points."""
    return sum(misclassified)


@loss.step(
    r"-$misclassified^\top $margins", symbol="L(w, b)", zh="损失：误分类点间隔之和的相反数", final=True, name="loss"
)
def _loss(misclassified: Vector, margins: Vector) -> Number:
    """Loss: minus the sum of the misclassified points' margins."""
    return -(misclassified @ margins)


@loss.step(r"-$X^\top \left($misclassified \odot $y\right)", symbol=r"\nabla_w L", zh="对权重的梯度")
def w_gradient(X: Matrix, misclassified: Vector, y: Vector) -> Vector:
    """Gradient of the weights."""
    return -(X.T @ (misclassified * y))


@loss.step(r"-$misclassified^\top $y", symbol=r"\nabla_b L", zh="对偏置的梯度")
def b_gradient(misclassified: Vector, y: Vector) -> Number:
    """Gradient of the bias."""
    return -(misclassified @ y)


@loss.step("$w - $rate $w_gradient", symbol=r"w^{\text{new}}", zh="更新后的权重", final=True)
def w_updated(w: Vector, rate: Number, w_gradient: Vector) -> Vector:
    """Updated weights."""
    return w - rate * w_gradient


@loss.step("$b - $rate $b_gradient", symbol=r"b^{\text{new}}", zh="更新后的偏置")
def b_updated(b: Number, rate: Number, b_gradient: Number) -> Number:
    """Updated bias."""
    return b - rate * b_gradient


@loss.misconception("perceptron/all-points-counted", replaces="misclassified")
def _(margins: Vector) -> Vector:
    return array([1] * len(margins))


@loss.misconception("perceptron/label-forgotten", replaces="margins")
def _(scores: Vector) -> Vector:
    return scores


@loss.misconception("perceptron/gradient-sign", replaces="w_gradient")
def _(X: Matrix, misclassified: Vector, y: Vector) -> Vector:
    return X.T @ (misclassified * y)


@loss.misconception("perceptron/gradient-sign", replaces="b_gradient")
def _(misclassified: Vector, y: Vector) -> Number:
    return misclassified @ y


@loss.misconception("perceptron/gradient-averaged", replaces="w_gradient")
def _(X: Matrix, misclassified: Vector, y: Vector) -> Vector:
    return -(X.T @ (misclassified * y)) * Fraction(1, len(y))


@loss.misconception("perceptron/gradient-averaged", replaces="b_gradient")
def _(misclassified: Vector, y: Vector) -> Number:
    return -(misclassified @ y) * Fraction(1, len(y))


@loss.misconception("perceptron/loss-counts-points", replaces="loss")
def _(misclassified: Vector) -> int:
    return sum(misclassified)


@loss.misconception("perceptron/loss-sign", replaces="loss")
def _(misclassified: Vector, margins: Vector) -> Number:
    return misclassified @ margins


@loss.misconception("perceptron/uphill", replaces="w_updated")
def _(w: Vector, rate: Number, w_gradient: Vector) -> Vector:
    return w + rate * w_gradient


@loss.misconception("perceptron/uphill", replaces="b_updated")
def _(b: Number, rate: Number, b_gradient: Number) -> Number:
    return b + rate * b_gradient


@loss.misconception("perceptron/bias-not-updated", replaces="b_updated")
def _(b: Number) -> Number:
    return b


@loss.oracle
def _(X: Matrix, y: Vector, w: Vector, b: Number, rate: Number) -> dict[str, Any]:
    import torch

    weights, bias = torch_tensor(w).requires_grad_(), torch_tensor(b).requires_grad_()
    v = torch_tensor(X) @ weights + bias
    m = v * torch_tensor(y)
    wrong = m.detach().round(decimals=9) <= 0
    total = -(m[wrong]).sum()
    total.backward()
    w_grad, b_grad = weights.grad, bias.grad
    torch.optim.SGD([weights, bias], lr=float(rate)).step()
    return {
        "scores": v.detach(),
        "margins": m.detach(),
        "misclassified": wrong.to(torch.int64),
        "count": int(wrong.sum()),
        "loss": total.item(),
        "w_gradient": w_grad,
        "b_gradient": b_grad.item() if b_grad is not None else 0.0,
        "w_updated": weights.detach(),
        "b_updated": bias.item(),
    }


# ------------------------------------------------------------------------------------------------ how many mistakes

mistake_bound = Derivation(
    "perceptron.mistake_bound",
    "Novikoff's bound on the updates, for a plane through the origin (append a 1 to every point for a bias)",
    "Novikoff 定理给出的更新次数上界（超平面过原点；若有偏置，在每个点后添上 1）",
    X=POINTS,
    y=LABELS,
    w=WEIGHTS,
)


@mistake_bound.step(r"\max_i \lVert x_i \rVert", symbol="R", zh="样本点的最大长度")
def radius(X: Matrix) -> Number:
    """Length of the longest point."""
    return sqrt(max(row @ row for row in X))


@mistake_bound.step(
    r"\frac{\min_i y_i $w^\top x_i}{\left\lVert $w \right\rVert}",
    symbol=r"\gamma",
    zh="最小的几何间隔",
    name="smallest_margin",
)
def _(X: Matrix, y: Vector, w: Vector) -> Number:
    """Smallest geometric margin."""
    smallest = divided(min(y * (X @ w)), norm(w))
    if smallest <= 0:
        raise Undefined("the plane does not separate the points", "该超平面没有把样本点正确分开")
    return smallest


@mistake_bound.step(r"\left(\frac{$radius}{$smallest_margin}\right)^2", symbol=r"(R / \gamma)^2", zh="更新次数的上界")
def bound(radius: Number, smallest_margin: Number) -> Number:
    """Bound on the number of updates."""
    return divided(radius, smallest_margin) ** 2


@mistake_bound.misconception("perceptron/not-squared", replaces="bound")
def _(radius: Number, smallest_margin: Number) -> Number:
    return divided(radius, smallest_margin)


mistake_bound.misconception("perceptron/square-root-forgotten", replaces="radius")(
    lambda X: max(row @ row for row in X)
)
mistake_bound.misconception("perceptron/not-divided-by-length", replaces="smallest_margin")(
    lambda X, y, w: min(y * (X @ w))
)


@mistake_bound.oracle
def _(X: Matrix, y: Vector, w: Vector) -> dict[str, Any]:
    import torch

    points, weights = torch_tensor(X), torch.nn.functional.normalize(torch_tensor(w), dim=0)
    longest = torch.linalg.matrix_norm(points.unsqueeze(1)).max()
    gap = torch.einsum("nd,d,n->n", points, weights, torch_tensor(y)).min()
    return {"radius": longest.item(), "smallest_margin": gap.item(), "bound": (longest / gap).square().item()}
