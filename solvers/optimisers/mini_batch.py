"""Mini-batch gradient descent on a straight line: which samples each update sees, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, number, truth, vector, word
from solvers.oracles import torch_tensor
from solvers.values import Number, Value, Vector


def _gradient(part: slice, scale: int, divided: bool, *, bias: bool, of_bias: bool) -> Callable[..., Number]:
    """The gradient over the samples of one batch, with respect to the weight or the bias."""

    def plain(x: Vector, y: Vector, w: Number, b: Number) -> Number:
        errors = [w * u + b - v for u, v in zip(x[part], y[part], strict=True)]
        total = sum(e if of_bias else e * u for e, u in zip(errors, x[part], strict=True))
        return scale * total * _one_over(len(errors) if divided else 1)

    return plain if bias else lambda x, y, w: plain(x, y, w, 0)


def _one_over(count: int) -> Number:
    from fractions import Fraction

    return Fraction(1, count)


def _build(count: int, size: int, epochs: int, bias: bool, loss: str) -> Derivation:
    scale = 2 if loss == "mean" else 1
    d = Derivation(
        "optim.mini_batch",
        "Mini-batch gradient descent for a straight line w x + b, the batches in order",
        "直线 w x + b 的小批量梯度下降（按顺序取批）",
        x=vector("x", "inputs", "输入", axes=("N",)),
        y=vector("y", "targets", "目标", axes=("N",)),
        w=number("w_0", "weight at the start", "权重的初值", default=0),
        b=number("b_0", "bias at the start", "偏置的初值", default=0),
        lr=number(r"\eta", "learning rate", "学习率"),
        size=integer(
            "B", "samples per batch (1: stochastic; N: full batch)", "批大小（1 为随机梯度下降，N 为全批量）", least=1
        ),
        epochs=integer("E", "passes through the data", "遍历数据的轮数", default=1, least=1),
        bias=truth(r"\text{bias}", "with a bias or without", "是否带偏置", default=True),
        loss=word(
            r"\text{loss}",
            "half_mean for the mean of (1/2)(y^ - y)^2 over the batch, mean for the mean of (y^ - y)^2",
            "half_mean 为批内 (1/2)(ŷ - y)^2 的均值，mean 为 (ŷ - y)^2 的均值",
            words=("half_mean", "mean"),
            default="half_mean",
        ),
    )
    starts = [start for _ in range(epochs) for start in range(0, count, size)]
    for step, start in enumerate(starts, start=1):
        _add_update(d, step, slice(start, min(start + size, count)), scale, bias)
    d.oracle(_oracle)
    return d


def _add_update(d: Derivation, step: int, part: slice, scale: int, bias: bool) -> None:
    before = f"_{step - 1}" if step > 1 else ""
    names = {"w": f"w{before}", "b": f"b{before}" if bias else "b"}
    places = range(part.start, part.stop)
    front = f"{scale} \\cdot " if scale > 1 else ""
    for letter, zh, of_bias in (("w", "权重", False), ("b", "偏置", True)):
        if of_bias and not bias:
            continue
        terms = [
            f"($w $x[{i}]" + (" + $b" if bias else "") + f" - $y[{i}])" + ("" if of_bias else f" $x[{i}]")
            for i in places
        ]
        top = " + ".join(terms)
        formula = rf"{front}\frac{{{top}}}{{{len(places)}}}" if len(places) > 1 else f"{front}{top}"
        said = {"w": ("weight", "gradient_w"), "b": ("bias", "gradient_b")}[letter]
        name = f"{said[1]}_{step}"

        def rule(
            divided: bool = True, seen: slice = part, of_bias: bool = of_bias, factor: int = scale
        ) -> Callable[..., Number]:
            return _laid_out(bias, _gradient(seen, factor, divided, bias=bias, of_bias=of_bias))

        d.step(formula, symbol=rf"\nabla {letter}_{{{step}}}", name=name, en=f"Gradient of the {said[0]} in update {step}",
               zh=f"第 {step} 次更新中{zh}的梯度", inputs=names)(rule())  # fmt: skip
        if len(places) > 1:
            d.convention("convention/sum-for-mean", replaces=name, inputs=names)(rule(divided=False))
        d.misconception("optim/whole-data", replaces=name, inputs=names)(rule(seen=slice(None)))
        half = "convention/squared-error-with-half" if scale > 1 else "convention/squared-error-without-half"
        d.convention(half, replaces=name, inputs=names)(rule(factor=3 - scale))
        if step > 1:
            d.misconception("optim/gradient-at-start", replaces=name, inputs={"w": "w", "b": "b"})(rule())
        d.step(f"${letter} - $lr $gradient", symbol=f"{letter}_{{{step}}}", name=f"{letter}_{step}", en=f"{said[0].capitalize()} after update {step}",
               zh=f"第 {step} 次更新之后的{zh}", final=True, inputs={letter: names[letter], "gradient": name})(_UPDATES[letter][0])  # fmt: skip
        inputs = {letter: names[letter], "gradient": name}
        d.misconception("optim/ascent", replaces=f"{letter}_{step}", inputs=inputs)(_UPDATES[letter][1])
        d.misconception("optim/change-for-parameter", replaces=f"{letter}_{step}", inputs={"gradient": name})(
            lambda lr, gradient: -lr * gradient
        )
        d.misconception("optim/rate-left-out", replaces=f"{letter}_{step}", inputs=inputs)(_UPDATES[letter][2])


def _laid_out(bias: bool, rule: Callable[..., Number]) -> Callable[..., Number]:
    from solvers.optimisers.settings import chosen

    for given in ("size", "epochs", "bias", "loss", *(() if bias else ("b",))):
        rule = chosen(rule, given)
    return rule


_UPDATES: dict[str, tuple[Callable[..., Number], ...]] = {
    "w": (
        lambda w, lr, gradient: w - lr * gradient,
        lambda w, lr, gradient: w + lr * gradient,
        lambda w, gradient: w - gradient,
    ),
    "b": (
        lambda b, lr, gradient: b - lr * gradient,
        lambda b, lr, gradient: b + lr * gradient,
        lambda b, gradient: b - gradient,
    ),
}


def _oracle(
    x: Vector, y: Vector, w: Number, b: Number, lr: Number, size: int, epochs: int, bias: bool, loss: str
) -> dict[str, Value]:
    import torch

    layer = torch.nn.Linear(1, 1, bias=bias, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.fill_(float(w))
        if bias:
            layer.bias.fill_(float(b))
    optimiser = torch.optim.SGD(layer.parameters(), lr=float(lr))
    data = torch.utils.data.TensorDataset(torch_tensor(x).reshape(-1, 1), torch_tensor(y).reshape(-1, 1))
    found: dict[str, Any] = {}
    step = 0
    for _ in range(epochs):
        for inputs, targets in torch.utils.data.DataLoader(data, batch_size=size):
            step += 1
            optimiser.zero_grad()
            (torch.nn.functional.mse_loss(layer(inputs), targets) * (1.0 if loss == "mean" else 0.5)).backward()
            found[f"gradient_w_{step}"] = layer.weight.grad.item()
            if bias:
                found[f"gradient_b_{step}"] = layer.bias.grad.item()
            optimiser.step()
            found[f"w_{step}"] = layer.weight.item()
            if bias:
                found[f"b_{step}"] = layer.bias.item()
    return found


mini_batch = Family(
    "optim.mini_batch",
    _build,
    lambda givens: (len(givens["x"]), givens["size"], givens["epochs"], givens["bias"], givens["loss"]),
    smallest=(2, 1, 1, True, "half_mean"),
)
