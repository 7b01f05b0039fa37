"""Whole passes over the samples, each visited in turn: the perceptron rule as older textbooks run it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, matrix, number, truth, vector, word
from solvers.oracles import torch_tensor
from solvers.perceptron.plane import RATE
from solvers.rules import taking
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector

MOST_VISITS = 120
SETTINGS = ("epochs", "activation", "rule", "train_bias")  # what the steps are built by


def answer(v: Number, activation: str, theta: Number) -> int:
    """What a unit puts out: threshold 1 or 0 (1 at 0), bipolar 1 or -1 (1 at 0), signum 0 from -theta to theta."""
    if activation == "threshold":
        return 1 if v >= 0 else 0
    if activation == "bipolar":
        return 1 if v >= 0 else -1
    return (v > theta) - (v < -theta)


FORMULAS = {
    "threshold": r"\mathbf{1}\left[$w^\top x_i + $b \ge 0\right]",
    "bipolar": r"2 \cdot \mathbf{1}\left[$w^\top x_i + $b \ge 0\right] - 1",
    "signum": r"\operatorname{sgn}\left($w^\top x_i + $b\right)",
}


def _epochs(activation: str, rule: str, samples: int, width: int, rounds: int, keeps_bias: bool) -> Derivation:
    if samples * rounds > MOST_VISITS:
        raise Undefined(
            f"at most {MOST_VISITS} samples can be visited in all", f"各轮访问的样本总数不能超过 {MOST_VISITS}"
        )
    d = Derivation(
        "perceptron.epochs",
        "Perceptron learning over whole passes, every sample visited in turn",
        "感知器按轮学习：每轮依次访问所有样本",
        X=matrix("X", "inputs, one sample a row", "输入（每行一个样本）", axes=("n", "d")),
        t=vector(
            "t",
            "targets: 0 and 1 for threshold, 1 and -1 otherwise",
            "目标：threshold 为 0、1，其余为 1、-1",
            axes=("n",),
        ),
        w=vector("w_0", "weights at the start", "初始权重", axes=("d",), default=0),
        b=number("b_0", "bias at the start (minus the threshold)", "初始偏置（阈值的相反数）", default=0),
        rate=RATE,
        epochs=integer("E", "passes over the samples", "轮数", default=1, least=1, most=MOST_VISITS),
        activation=word(
            r"\text{activation}",
            "output of the unit: threshold 1 or 0, bipolar 1 or -1, signum 1, 0 or -1",
            "单元的输出：threshold 为 1 或 0，bipolar 为 1 或 -1，signum 为 1、0 或 -1",
            words=tuple(FORMULAS),
            default="threshold",
        ),
        theta=number(
            r"\theta",
            "half-width of the band in which signum answers 0",
            "signum 输出 0 的区间半宽",
            default=0,
            least=0,
        ),
        rule=word(
            r"\text{rule}",
            "what a wrong answer adds: error η(t - o)x, target ηtx",
            "答错时权重增加的量：error 为 η(t - o)x，target 为 ηtx",
            words=("error", "target"),
            default="error",
        ),
        train_bias=truth(r"\text{train bias}", "whether the bias learns, too", "是否也更新偏置", default=True),
    )
    w, b = "w", "b"
    for epoch in range(1, rounds + 1):
        for place in range(samples):
            name = f"{epoch}_{place + 1}"
            _add_visit(d, name, (place, width), activation, rule, {"w": w, "b": b}, keeps_bias)
            w, b = f"w_{name}", f"b_{name}"
        errors = [f"error_{epoch}_{place + 1}" for place in range(samples)]
        d.step(
            r"\operatorname{count}(e \ne 0)",
            symbol=f"E_{{{epoch}}}",
            name=f"mistakes_{epoch}",
            en=f"Wrong answers in pass {epoch}",
            zh=f"第 {epoch} 轮答错的次数",
            final=True,
        )(taking([*errors, *SETTINGS], _count))
    d.step(
        "$final", symbol="w", name="weights", en="Weights at the end", zh="最终权重", final=True, inputs={"final": w}
    )(_same)
    d.step("$final", symbol="b", name="bias", en="Bias at the end", zh="最终偏置", inputs={"final": b})(_same)

    @d.oracle
    def _(**givens: Value) -> dict[str, Any]:
        return _oracle(rounds, givens)

    return d


def _same(final: Value) -> Value:
    return final


def _count(values: dict[str, Value]) -> int:
    return sum(value != 0 for name, value in values.items() if name not in SETTINGS)


def _add_visit(
    d: Derivation,
    name: str,
    where: tuple[int, int],
    activation: str,
    rule: str,
    state: dict[str, str],
    keeps_bias: bool,
) -> None:
    """Declares one visit to one sample: output, error, weights and bias after it."""
    at = name.replace("_", ",")
    epoch, sample_number = name.split("_")
    en, zh = f"epoch {epoch}, sample {sample_number}", f"第 {epoch} 轮第 {sample_number} 个样本"
    place, width = where

    def output(w: Vector, X: Matrix, b: Number, activation: str, theta: Number) -> int:
        return answer(w @ X[place] + b, activation, theta)

    def error(t: Vector, o: int) -> Number:
        return t[place] - o

    def change(error: Number, t: Vector, rate: Number) -> Number:
        return rate * (error if rule == "error" else (t[place] if error != 0 else 0))

    def moved(w: Vector, s: Number, X: Matrix) -> Vector:
        return w + s * X[place]

    def shifted(b: Number, s: Number) -> Number:
        return b if keeps_bias else b + s

    numbers = r" \\ ".join(f"$X[{place},{column}]" for column in range(width))
    sample = rf"\begin{{pmatrix}} {numbers} \end{{pmatrix}}"
    d.step(
        FORMULAS[activation].replace("x_i", sample),
        symbol=f"o_{{{at}}}",
        name=f"output_{name}",
        en=f"Output in {en}",
        zh=f"{zh}的输出",
        inputs=state,
    )(output)
    d.step(
        f"$t[{place}] - $o",
        symbol=f"e_{{{at}}}",
        name=f"error_{name}",
        en=f"Error in {en}",
        zh=f"{zh}的误差",
        o=f"output_{name}",
    )(error)
    formula = "$rate $error" if rule == "error" else rf"$rate $t[{place}] \cdot \mathbf{{1}}\left[$error \ne 0\right]"
    d.step(
        formula,
        symbol=f"s_{{{at}}}",
        name=f"step_{name}",
        en=f"Factor of the update in {en}",
        zh=f"{zh}的更新系数",
        error=f"error_{name}",
    )(change)
    d.step(
        f"$w + $s {sample}",
        symbol=f"w_{{{at}}}",
        name=f"w_{name}",
        en=f"Weights after {en}",
        zh=f"{zh}之后的权重",
        inputs={**state, "s": f"step_{name}"},
    )(moved)
    d.step(
        "$b" if keeps_bias else "$b + $s",
        symbol=f"b_{{{at}}}",
        name=f"b_{name}",
        en=f"Bias after {en}",
        zh=f"{zh}之后的偏置",
        inputs={**state, "s": f"step_{name}"},
    )(shifted)
    d.misconception("perceptron/bias-not-updated", replaces=f"b_{name}", inputs=state)(lambda b: b)
    d.misconception("perceptron/uphill", replaces=f"step_{name}", error=f"error_{name}")(
        lambda error, t, rate: -change(error, t, rate)
    )
    if rule == "error":
        d.misconception("perceptron/rate-left-out", replaces=f"step_{name}", error=f"error_{name}")(lambda error: error)
    d.misconception("perceptron/bias-forgotten", replaces=f"output_{name}", inputs=state)(
        lambda w, X, activation, theta: answer(w @ X[place], activation, theta)
    )
    d.misconception("perceptron/always-updated", replaces=f"step_{name}")(lambda t, rate: rate * t[place])
    d.misconception("perceptron/label-forgotten", replaces=f"step_{name}", error=f"error_{name}")(
        lambda error, rate: rate if error != 0 else 0
    )


def _oracle(rounds: int, givens: Mapping[str, Value]) -> dict[str, Any]:
    """The same passes with PyTorch: the step is a gradient step on -target (or error) times the net input."""
    import torch

    points, targets = torch_tensor(givens["X"]), torch_tensor(givens["t"])
    weights, bias = torch_tensor(givens["w"]).requires_grad_(), torch_tensor(givens["b"]).requires_grad_()
    learnt = [weights, bias] if givens["train_bias"] else [weights]
    optimiser = torch.optim.SGD(learnt, lr=float(givens["rate"]))
    steps: dict[str, Any] = {}
    for epoch in range(1, rounds + 1):
        wrong = 0
        for place in range(len(targets)):
            v = torch.dot(points[place], weights) + bias
            clean = v.detach().round(decimals=9) + 0.0
            o = _torch_answer(clean, givens["activation"], float(givens["theta"]))
            error = targets[place] - o
            factor = error if givens["rule"] == "error" else targets[place] * (error != 0)
            wrong += int(error != 0)
            optimiser.zero_grad()
            (-factor * v).backward()
            optimiser.step()
            name = f"{epoch}_{place + 1}"
            steps[f"output_{name}"] = int(o)
            steps[f"error_{name}"] = error.item()
            steps[f"step_{name}"] = float(givens["rate"]) * factor.item()
            steps[f"w_{name}"] = weights.detach().clone()
            steps[f"b_{name}"] = bias.item()
        steps[f"mistakes_{epoch}"] = wrong
    return {**steps, "weights": weights.detach(), "bias": bias.item()}


def _torch_answer(v: Any, activation: str, theta: float) -> Any:
    import torch

    one = torch.ones_like(v)
    if activation == "threshold":
        return torch.heaviside(v, one)
    if activation == "bipolar":
        return torch.copysign(one, v)
    return torch.nn.functional.softshrink(v, theta).round(decimals=9).sign()


epochs = Family(
    "perceptron.epochs",
    _epochs,
    lambda givens: (
        givens["activation"],
        givens["rule"],
        len(givens["t"]),
        givens["X"].shape[1],
        givens["epochs"],
        not givens["train_bias"],
    ),
    smallest=("threshold", "error", 2, 2, 1, False),
)
