"""Learning from one misclassified point after another, until none is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, number, vector, word
from solvers.oracles import torch_tensor
from solvers.perceptron.plane import BIAS, LABELS, POINT, POINTS, RATE, WEIGHTS, label
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector, each

# ------------------------------------------------------------------------------------------------ one point, one step

update = Derivation(
    "perceptron.update",
    "One step of perceptron learning on one point",
    "感知器用一个样本点更新一次",
    x=POINT,
    y=label(),
    w=WEIGHTS,
    b=BIAS,
    rate=RATE,
)


@update.step(r"$w^\top $x + $b", symbol="v", zh="得分")
def score(w: Vector, x: Vector, b: Number) -> Number:
    """Score of the point."""
    return w @ x + b


@update.step("$y $score", symbol="m", zh="函数间隔")
def margin(y: Number, score: Number) -> Number:
    """Functional margin."""
    return y * score


@update.step(r"$margin \le 0", symbol=r"(m \le 0)", zh="该点是否误分类")
def misclassified(margin: Number) -> bool:
    """Whether the point is misclassified."""
    return bool(margin <= 0)


@update.step(r"\mathbf{1}\left[$misclassified\right] \cdot $rate $y", symbol="s", zh="步长（未误分类时为 0）")
def step_size(misclassified: bool, rate: Number, y: Number) -> Number:
    """Signed step: 0 for a point that is classified rightly."""
    return rate * y if misclassified else 0


@update.step("$w + $step_size $x", symbol=r"w^{\text{new}}", zh="更新后的权重", final=True)
def w_updated(w: Vector, step_size: Number, x: Vector) -> Vector:
    """Updated weights."""
    return w + step_size * x


@update.step("$b + $step_size", symbol=r"b^{\text{new}}", zh="更新后的偏置")
def b_updated(b: Number, step_size: Number) -> Number:
    """Updated bias."""
    return b + step_size


update.misconception("perceptron/bias-forgotten", replaces="score")(lambda w, x: w @ x)
update.misconception("perceptron/decision-given", replaces="score")(lambda w, x, b: 1 if w @ x + b >= 0 else -1)


@update.misconception("perceptron/label-forgotten", replaces="step_size")
def _(misclassified: bool, rate: Number) -> Number:
    return rate if misclassified else 0


@update.misconception("perceptron/uphill", replaces="step_size")
def _(misclassified: bool, rate: Number, y: Number) -> Number:
    return -rate * y if misclassified else 0


@update.misconception("perceptron/rate-left-out", replaces="step_size")
def _(misclassified: bool, y: Number) -> Number:
    return y if misclassified else 0


@update.misconception("perceptron/labels-subtracted", replaces="step_size")
def _(misclassified: bool, rate: Number, y: Number) -> Number:
    return 2 * rate * y if misclassified else 0


@update.misconception("perceptron/score-for-decision", replaces="step_size")
def _(rate: Number, y: Number, score: Number) -> Number:
    return rate * (y - score)


@update.misconception("perceptron/score-multiplied", replaces="step_size")
def _(misclassified: bool, rate: Number, y: Number, score: Number) -> Number:
    return rate * y * abs(score) if misclassified else 0


update.misconception("perceptron/input-left-out", replaces="w_updated")(
    lambda w, step_size: each(lambda weight: weight + step_size, w)
)


@update.misconception("perceptron/always-updated", replaces="misclassified")
def _() -> bool:
    return True


@update.misconception("perceptron/bias-not-updated", replaces="b_updated")
def _(b: Number) -> Number:
    return b


@update.oracle
def _(x: Vector, y: Number, w: Vector, b: Number, rate: Number) -> dict[str, Any]:
    import torch

    weights, bias = torch_tensor(w).requires_grad_(), torch_tensor(b).requires_grad_()
    v = torch.dot(weights, torch_tensor(x)) + bias
    m = v * float(y)
    wrong = bool(m.detach().round(decimals=9) <= 0)
    (-m if wrong else m * 0).backward()
    assert bias.grad is not None
    size = -float(rate) * bias.grad.item()
    torch.optim.SGD([weights, bias], lr=float(rate)).step()
    return {
        "score": v.item(),
        "margin": m.item(),
        "misclassified": wrong,
        "step_size": size,
        "w_updated": weights.detach(),
        "b_updated": bias.item(),
    }


# --------------------------------------------------------------------------------------------------- to convergence

MOST = 100  # updates after which a run is given up


def next_misclassified(X: Matrix, y: Vector, w: Vector, b: Number, start: int) -> int | None:
    """The place of the first misclassified point from `start` on, around the end; None if there is none."""
    for turn in range(len(y)):
        place = (start + turn) % len(y)
        if y[place] * (X[place] @ w + b) <= 0:
            return place
    return None


def _run(givens: Mapping[str, Value]) -> list[int]:
    """The points of the updates, in their order; at most one more than allowed."""
    X, y, w, b, rate = (givens[name] for name in ("X", "y", "w", "b", "rate"))
    order, most = givens["order"], givens["most"]
    places: list[int] = []
    while len(places) <= most:
        start = places[-1] + 1 if places and order == "cyclic" else 0
        place = next_misclassified(X, y, w, b, start)
        if place is None:
            break
        w, b = w + rate * y[place] * X[place], b + rate * y[place]
        places.append(place)
    return places


def _train(order: str, updates: int) -> Derivation:
    d = Derivation(
        "perceptron.train",
        "Perceptron learning, one misclassified point at a time, until none is left",
        "感知器学习：每次用一个误分类点更新，直至没有误分类点",
        X=POINTS,
        y=LABELS,
        w=vector("w_0", "weights at the start", "初始权重", axes=("d",), default=0),
        b=number("b_0", "bias at the start", "初始偏置", default=0),
        rate=RATE,
        order=word(
            r"\text{order}",
            "which misclassified point is next: cyclic goes on from the last one, first begins again at the first point",
            "下一个误分类点的选法：cyclic 从上一个点之后继续循环，first 每次从第一个点找起",
            words=("cyclic", "first"),
            default="cyclic",
        ),
        most=integer(
            r"k_{\max}", "updates after which training is given up", "更新次数上限", default=50, least=0, most=MOST
        ),
    )
    w, b, last = "w", "b", None
    for k in range(1, updates + 1):
        _add_update(d, k, order, w, b, last)
        w, b, last = f"w_{k}", f"b_{k}", f"sample_{k}"

    @d.step(f"{updates}", symbol="k", zh="更新次数", name="updates", final=True)
    def _(*, X: Matrix, y: Vector, w: Vector, b: Number, rate: Number, order: str, most: int) -> int:
        """Number of updates."""
        places = _run({"X": X, "y": y, "w": w, "b": b, "rate": rate, "order": order, "most": most})
        if len(places) > most:
            raise Undefined(
                f"after {most} updates there is still a misclassified point", f"更新 {most} 次后仍有误分类点"
            )
        return len(places)

    d.step(
        "$final",
        symbol="w",
        name="weights",
        en="Weights after training",
        zh="训练结束时的权重",
        final=True,
        inputs={"final": w},
    )(_same)
    d.step("$final", symbol="b", name="bias", en="Bias after training", zh="训练结束时的偏置", inputs={"final": b})(
        _same
    )

    @d.oracle
    def _(**givens: Value) -> dict[str, Any]:
        return _train_oracle(order, updates, givens)

    return d


def _same(final: Value) -> Value:
    return final


def _add_update(d: Derivation, k: int, order: str, w: str, b: str, last: str | None) -> None:
    """Declares the k-th update: which point is misclassified, and what it makes of weights and bias."""
    inputs = {"w": w, "b": b}
    follows = {"last": last} if last and order == "cyclic" else {}

    def found(X: Matrix, y: Vector, w: Vector, b: Number, last: int = 0) -> int:
        place = next_misclassified(X, y, w, b, last)
        if place is None:
            raise Undefined("no point is misclassified any more", "已没有误分类点")
        return place + 1

    def after(X: Matrix, y: Vector, w: Vector, b: Number, last: int) -> int:
        return found(X, y, w, b, last)

    formula = r"\min \left\{ i : y_i \left($w^\top x_i + $b\right) \le 0 \right\}"
    d.step(
        formula,
        symbol=f"i_{{{k}}}",
        name=f"sample_{k}",
        en=f"Point of update {k}, counted from 1",
        zh=f"第 {k} 次更新所用的点（从 1 数起）",
        inputs={**inputs, **follows},
    )(after if follows else found)
    place = {"place": f"sample_{k}"}

    def point(X: Matrix, place: int) -> Vector:
        return X[place - 1]

    def target(y: Vector, place: int) -> Number:
        return y[place - 1]

    d.step(
        "x_{$place}",
        symbol=f"x_{{({k})}}",
        name=f"point_{k}",
        en=f"Its inputs (update {k})",
        zh=f"该点的输入（第 {k} 次更新）",
        inputs=place,
    )(point)
    d.step(
        "y_{$place}",
        symbol=f"y_{{({k})}}",
        name=f"label_{k}",
        en=f"Its label (update {k})",
        zh=f"该点的标签（第 {k} 次更新）",
        inputs=place,
    )(target)
    used = {**inputs, "label": f"label_{k}", "point": f"point_{k}"}

    def moved(w: Vector, rate: Number, label: Number, point: Vector) -> Vector:
        return w + rate * label * point

    def shifted(b: Number, rate: Number, label: Number) -> Number:
        return b + rate * label

    d.step(
        "$w + $rate $label $point",
        symbol=f"w_{{{k}}}",
        name=f"w_{k}",
        en=f"Weights after update {k}",
        zh=f"第 {k} 次更新后的权重",
        inputs=used,
    )(moved)
    d.step(
        "$b + $rate $label",
        symbol=f"b_{{{k}}}",
        name=f"b_{k}",
        en=f"Bias after update {k}",
        zh=f"第 {k} 次更新后的偏置",
        inputs=used,
    )(shifted)
    d.misconception("perceptron/bias-not-updated", replaces=f"b_{k}", inputs=inputs)(lambda b: b)
    d.misconception("perceptron/label-forgotten", replaces=f"label_{k}")(lambda: 1)


def _train_oracle(order: str, updates: int, givens: Mapping[str, Value]) -> dict[str, Any]:
    """The same run by PyTorch: gradient steps on the loss of one point, points taken from a mask of margins."""
    import torch

    points, labels = torch_tensor(givens["X"]), torch_tensor(givens["y"])
    weights, bias = torch_tensor(givens["w"]).requires_grad_(), torch_tensor(givens["b"]).requires_grad_()
    optimiser = torch.optim.SGD([weights, bias], lr=float(givens["rate"]))
    steps: dict[str, Any] = {}
    start = 0
    for k in range(1, updates + 1):
        with torch.no_grad():
            wrong = ((points @ weights + bias) * labels).round(decimals=9) <= 0
        rolled = torch.roll(wrong, -start).nonzero()
        place = (int(rolled[0]) + start) % len(labels)
        optimiser.zero_grad()
        (-labels[place] * (points[place] @ weights + bias)).backward()
        optimiser.step()
        now = {
            "sample": place + 1,
            "point": points[place],
            "label": labels[place].item(),
            "w": weights.detach().clone(),
            "b": bias.item(),
        }
        steps.update({f"{name}_{k}": value for name, value in now.items()})
        start = place + 1 if order == "cyclic" else 0
    final = (points @ weights + bias) * labels
    done = bool((final.detach().round(decimals=9) > 0).all())
    return {**steps, "updates": updates if done else -1, "weights": weights.detach(), "bias": bias.item()}


train = Family(
    "perceptron.train",
    _train,
    lambda givens: (givens["order"], min(len(_run(givens)), givens["most"])),
    smallest=("cyclic", 1),
)
